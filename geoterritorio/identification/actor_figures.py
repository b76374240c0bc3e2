"""How dense, central, open and learning is the network of each territory, and what would chance make of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification import network_figures as figures
from geoterritorio.identification._dealing import adjusted, dealt_ends, told_by
from geoterritorio.identification.actor_ties import FIRM, HOLDERS, PROJECT, RETURNABLE, Ties, apart, pairs
from geoterritorio.identification.cures import NETWORKS
from geoterritorio.registry import Count, Progress, no_progress

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Random = int | np.random.Generator | None
Found = dict[str, Floats]

ENDS, INSIDE = "ends dealt", "ends dealt within"
# Dealing ends keeps how many ties of each kind there are and each actor has: it says nothing of these.
UNTOLD = "no test"
UNDIRECTED, DIRECTED = "undirected", "directed"
# What chance each measure is held against, if any; one has a direction.
BASELINES: Mapping[str, str] = MappingProxyType(
    {
        "density": UNTOLD,
        "reciprocity": INSIDE,
        "degree_centralisation": UNTOLD,
        "betweenness_centralisation": INSIDE,
        "components": INSIDE,
        "largest_share": INSIDE,
        "main_core": INSIDE,
        "local_share": ENDS,
        "ei_territory": ENDS,
        "ei_type": ENDS,
        "type_assortativity": INSIDE,
        "repeated": ENDS,
        "project_share": UNTOLD,
        "project_overlap": ENDS,
        "one_step": ENDS,
        "two_steps": ENDS,
    }
)
# Measures of all ties with an end in the territory; others are of those within it, or of its linked firms.
TOUCHING = ("local_share", "ei_territory", "ei_type", "repeated", "project_share")
# Measures that depend on where both ends of a tie are.
PLACED = ("local_share", "ei_territory")
# Groups of actors: in none of the territories, and in who knows which.
_ELSEWHERE, _NOWHERE = -1, -2
# Names of the figures that other tools read.
INDICATORS: Mapping[str, str] = MappingProxyType(
    {
        "density": mark("Density of the network of actors"),
        "reciprocity": mark("Reciprocity of supply and cooperation (share)"),
        "degree_centralisation": mark("Centralisation of the network, by degree"),
        "local_share": mark("Ties that stay in the territory (share)"),
        "ei_type": mark("Ties between types of actors: E-I index"),
        "repeated": mark("Ties repeated in several periods (share)"),
        "project_share": mark("Ties of shared projects (share)"),
        "one_step": mark("Linked firms within one step of a knowledge holder (share)"),
        "two_steps": mark("Linked firms within two steps of a knowledge holder (share)"),
    }
)
_FEW, _PERIODS = 3, 2
# Steps of work that betweenness may cost for one network, pivots times ties, and draws in which it is asked.
_WORK, _LEAST_PIVOTS, _MOST_PIVOTS = 100_000, 8, 64
_PATH_DRAWS, _LARGE_DRAWS, _LARGE = 99, 19, 10_000
# Ties dealt in all draws together, and draws that are made in any case.
_STEPS, _LEAST_DRAWS = 10_000_000, 99


@dataclass(frozen=True)
class NetworkFigures:
    """
    Figures of networks beside chance.

    Parameters
    ----------
    summary
        By `territory` and `measure`: `value`, with `value_low` and `value_high` where ends of ties are not placed,
        `expected`, `low`, `high`, `z`, `p`, `q`, `direction`, `baseline`, `reason`, `cure`, `cases` (ties or firms from
        which the value comes), and `actors`, `firms`, `ties`, `outward`, `unplaced` of the territory.
    whole
        The same by `measure`, of all actors together.
    pivots
        Actors from which shortest paths were counted where there were more; 0 where all were.
    draws
        Networks by chance that were drawn.
    """

    summary: pd.DataFrame
    whole: pd.DataFrame
    pivots: int
    draws: int


@dataclass(frozen=True)
class _Context:
    """What does not change from draw to draw."""

    ties: Ties
    territory: Ints
    groups: int
    kinds: Ints
    types: Ints
    firm: Flags
    holder: Flags
    pivots: int
    returnable: Flags

    @property
    def size(self) -> int:
        return self.ties.size

    @property
    def several(self) -> bool:
        """Whether there are periods that do not overlap."""
        begin, end = self.ties.days
        told = begin <= end
        return bool(told.any() and begin[told].max() > end[told].min())

    @property
    def whole(self) -> Ints:
        return np.zeros(self.size, dtype=np.int64)


def network_measures(
    ties: Ties,
    territories: pd.Index,
    *,
    draws: Count = 499,
    rng: Random = 1,
    progress: Progress = no_progress,
) -> NetworkFigures:
    """
    Figures of the network of actors by territory, each beside networks by chance.

    Parameters
    ----------
    ties
        Ties among known actors.
    territories
        Territories wanted.
    draws
        Networks drawn by chance; fewer, 99 at least, where there are so many ties that they would take long.
    rng
        Generator, or its seed.
    progress
        Callback.

    Returns
    -------
    figures
        By territory, and of the whole.

    Notes
    -----
    Chance is one of two. *ends dealt*: the ends of all ties of a kind and period are dealt anew, so that every actor
    keeps how many go from it and come to it, near or far. *ends dealt within*: the same among the ties within a
    territory. No tie is lost by dealing: those that would go from an actor to itself or repeat another are dealt again.
    p is two-sided, twice the smaller tail; where chance can give one value only, nothing is tested. q allows for all
    tests of a table (Benjamini-Hochberg).

    Density, centralisation by degree and the share of shared projects are told without a test: dealing keeps how many
    ties of each kind there are and each actor has. Ties dealt evenly would keep neither clubs nor groups of firms, and
    tell every network from chance in which some actors are made to have many ties; kinds dealt among ties would part
    those of one action, which come together. These figures are to compare territories.

    Ties of which one end is in the territory and the other is not placed may stay or go outward. Share of ties that
    stay and E-I index come from the others, with the bounds between which they lie: of the share, `value_low` if all of
    these go outward, `value_high` if all stay. Where the others are fewer than half of the ties, only the bounds are
    told.

    Betweenness is counted from all actors of a territory, or from a sample where it has more than `pivots`; it is held
    against 99 draws, 19 above 10 000 ties.

    References
    ----------
    .. [1] Freeman, L. C. (1979). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
    .. [2] Anderson, B. S., Butts, C. & Carley, K. (1999). The interaction of size and density with graph-level indices.
       Social Networks 21, 239-267.
    .. [3] Maslov, S. & Sneppen, K. (2002). Specificity and stability in topology of protein networks. Science 296,
       910-913.
    """
    random = np.random.default_rng(rng)
    have = _context(ties, territories)
    values, bounds = _observed(have), _bounds(have)
    thin = ~(_settled(have) >= 0.5)  # noqa: PLR2004 - half of the ties, as the notes say
    values |= {name: np.where(thin, np.nan, values[name]) for name in PLACED}
    draws = min(draws, max(_LEAST_DRAWS, _STEPS // max(len(ties.source), 1)))
    count = min(draws, _LARGE_DRAWS if len(ties.source) > _LARGE else _PATH_DRAWS)
    drawn: dict[str, list[Floats]] = {name: [] for name, chance in BASELINES.items() if chance != UNTOLD}
    for k in range(draws):
        progress(k / draws, mark("Networks by chance"))
        for name, found in _draw(have, random, paths=k < count).items():
            drawn[name].append(found)
    told = {
        name: told_by(values[name], np.array(drawn.get(name, [])).reshape(-1, have.groups + 1))
        for name in BASELINES
    }
    rows = pd.concat(
        [_rows(name, values[name], {**told[name], **bounds.get(name, {})}, have) for name in BASELINES]
    )
    sizes = _sizes(have).assign(territory=[*territories, None])
    table = rows.merge(sizes, left_on="group", right_index=True).sort_values(["group"], kind="stable")
    inside = table["group"] < have.groups
    summary, whole = (
        part.assign(q=adjusted(part["p"].to_numpy())).drop(columns="group").reset_index(drop=True)
        for part in (table[inside], table[~inside].drop(columns="territory"))
    )
    largest = figures.counted(have.territory, have.groups).max(initial=0)
    return NetworkFigures(summary, whole, have.pivots if max(largest, have.size) > have.pivots else 0, draws)


def _context(ties: Ties, territories: pd.Index) -> _Context:
    actors = ties.actors
    pivots = int(np.clip(_WORK // max(len(ties.source), 1), _LEAST_PIVOTS, _MOST_PIVOTS))
    where = territories.get_indexer(actors["territory"]).astype(np.int64)
    return _Context(
        ties,
        np.where((where == _ELSEWHERE) & ~actors["placed"].to_numpy(dtype=bool), _NOWHERE, where),
        len(territories),
        ties.cells,
        np.unique(actors["type"].astype(str), return_inverse=True)[1].astype(np.int64),
        actors["type"].eq(FIRM).to_numpy(),
        actors["type"].isin(HOLDERS).to_numpy(),
        pivots,
        np.isin(ties.kind.astype(str), RETURNABLE),
    )


def _observed(have: _Context) -> Found:
    ties = have.ties
    inside = _structure(have, ties.source, ties.target, have.territory, have.groups, paths=True)
    whole = _structure(have, ties.source, ties.target, have.whole, 1, paths=True)
    first, second = pairs(ties.source, ties.target, have.size)
    return {
        **_of_ends(have, ties.source, ties.target),
        **{name: np.r_[inside[name], whole[name]] for name in inside},
        "density": _density(have, first, second),
        "degree_centralisation": np.r_[
            _degrees(have, first, second, have.territory, have.groups),
            _degrees(have, first, second, have.whole, 1),
        ],
        "project_share": _projects(have, first, second, _project_pairs(have, first, second)),
    }


def _draw(have: _Context, random: np.random.Generator, *, paths: bool) -> Found:
    """All measures in networks by chance, one of each kind."""
    one, other = have.ties.either_way(random)
    dealt = dealt_ends((one, other), have.kinds, have.ties.mutual, have.size, random)
    whole = _structure(have, one, dealt, have.whole, 1, paths=paths)
    same, moved = _same(have.territory, one, other), other.copy()
    if same.any():
        cell = have.territory[one] * (int(have.kinds.max()) + 1) + have.kinds
        ends = one[same], other[same]
        moved[same] = dealt_ends(ends, cell[same], have.ties.mutual[same], have.size, random)
    inside = _structure(have, one, moved, have.territory, have.groups, paths=paths)
    return {**_of_ends(have, one, dealt), **{name: np.r_[inside[name], whole[name]] for name in inside}}


def _same(group: Ints, first: Ints, second: Ints) -> Flags:
    return np.asarray((group[first] == group[second]) & (group[first] >= 0))


def _touching(have: _Context, first: Ints, second: Ints, weight: Flags | None = None) -> Floats:
    """Pairs with an end in each territory, and in all."""
    one, two = have.territory[first], have.territory[second]
    chosen = np.ones(len(first), dtype=bool) if weight is None else weight
    ends = np.concatenate([one[chosen], two[chosen & (one != two)]])
    return np.append(figures.counted(ends, have.groups), float(chosen.sum()))


def _inside(have: _Context, first: Ints, second: Ints) -> Floats:
    """Pairs within each territory, and within any."""
    same = _same(have.territory, first, second)
    return np.append(figures.counted(have.territory[first[same]], have.groups), float(same.sum()))


def _placed(have: _Context, first: Ints, second: Ints) -> Flags:
    """Pairs of which it is known where both ends are."""
    return np.asarray((have.territory[first] != _NOWHERE) & (have.territory[second] != _NOWHERE))


def _density(have: _Context, first: Ints, second: Ints) -> Floats:
    number = figures.counted(have.territory, have.groups)
    within = _inside(have, first, second)[:-1]
    return figures.density(np.r_[within, len(first)], np.r_[number, have.size])


def _settled(have: _Context) -> Floats:
    """Share of the ties of each territory, and of all, of which it is known where both ends are."""
    first, second = pairs(have.ties.source, have.ties.target, have.size)
    placed = _placed(have, first, second)
    return figures.over(_touching(have, first, second, placed), _touching(have, first, second))


def _bounds(have: _Context) -> dict[str, Found]:
    """Between what shares lie where ends are not placed: all of these ties go outward, or all stay."""
    first, second = pairs(have.ties.source, have.ties.target, have.size)
    inside, every = _inside(have, first, second), _touching(have, first, second)
    open_ = every - _touching(have, first, second, _placed(have, first, second))
    low, high = (figures.over(np.where(open_ > 0, part, np.nan), every) for part in (inside, inside + open_))
    return {
        "local_share": {"value_low": low, "value_high": high},
        "ei_territory": {"value_low": 1 - 2 * high, "value_high": 1 - 2 * low},
    }


def _of_ends(have: _Context, source: Ints, target: Ints) -> Found:
    """What depends on who is tied with whom across the whole."""
    once = ~have.ties.echo
    source, target = source[once], target[once]
    first, second = pairs(source, target, have.size)
    inside = _inside(have, first, second)
    known = _touching(have, first, second, _placed(have, first, second))
    every = _touching(have, first, second)
    pair = np.minimum(source, target) * have.size + np.maximum(source, target)
    one, two = figures.within_steps(first, second, have.holder)
    return {
        "local_share": figures.over(inside, known),
        "ei_territory": figures.external_internal(known - inside, inside),
        "ei_type": _mixing(have, first, second, every),
        "repeated": _repeated(have, pair),
        "project_overlap": _overlap(have, pair),
        "one_step": _firms(have, one),
        "two_steps": _firms(have, two),
    }


def _firms(have: _Context, who: Flags) -> Floats:
    if not have.holder.any():
        return np.full(have.groups + 1, np.nan)
    near, firm = have.firm & who, have.firm
    part = np.r_[figures.counted(have.territory[near], have.groups), near.sum()]
    return figures.over(part, np.r_[figures.counted(have.territory[firm], have.groups), firm.sum()])


def _mixing(have: _Context, first: Ints, second: Ints, every: Floats) -> Floats:
    """Ties between actors of different types less ties within one, over both."""
    if int(have.types.max()) + 1 < _PERIODS:
        return np.full(have.groups + 1, np.nan)
    alike = _touching(have, first, second, have.types[first] == have.types[second])
    return figures.external_internal(every - alike, alike)


def _repeated(have: _Context, pair: Ints) -> Floats:
    """Pairs tied in several periods that do not overlap, over those tied in any."""
    if not have.several:
        return np.full(have.groups + 1, np.nan)
    begin, end = (days[~have.ties.echo] for days in have.ties.days)
    keys, number = apart(pair, begin, end)
    first, second = keys // have.size, keys % have.size
    return figures.over(_touching(have, first, second, number >= _PERIODS), _touching(have, first, second))


def _overlap(have: _Context, pair: Ints) -> Floats:
    """Pairs with a shared project that are tied otherwise too."""
    project = have.ties.kind[~have.ties.echo] == PROJECT
    keys = figures.distinct(pair[project])
    first, second = keys // have.size, keys % have.size
    both = figures.among(keys, np.sort(pair[~project]))
    return figures.over(_touching(have, first, second, both), _touching(have, first, second))


def _project_pairs(have: _Context, first: Ints, second: Ints) -> Flags:
    source, target = have.ties.chosen(have.ties.kind == PROJECT)
    keys = np.minimum(source, target) * have.size + np.maximum(source, target)
    return figures.among(first * have.size + second, np.sort(keys))


def _projects(have: _Context, first: Ints, second: Ints, project: Flags) -> Floats:
    if not project.any():
        return np.full(have.groups + 1, np.nan)
    return figures.over(_touching(have, first, second, project), _touching(have, first, second))


def _structure(have: _Context, source: Ints, target: Ints, group: Ints, groups: int, *, paths: bool) -> Found:
    """Shape of the network within each group."""
    kept = _same(group, source, target)
    returned = kept & have.returnable
    kept = kept & ~have.ties.echo
    first, second = pairs(source[kept], target[kept], have.size)
    parts, largest = figures.components(first, second, group, groups)
    enough = figures.counted(group, groups) >= _FEW
    found = {
        "reciprocity": figures.reciprocity(source[returned], target[returned], group, groups, have.size),
        "components": np.where(enough, parts, np.nan),
        "largest_share": np.where(enough, largest, np.nan),
        "main_core": np.where(enough, figures.main_core(first, second, group, groups), np.nan),
    }
    found["type_assortativity"] = figures.assortativity(have.types, first, second, group[first], groups)
    if paths:
        found["betweenness_centralisation"] = figures.betweenness_centralisation(
            first, second, group, groups, pivots=have.pivots, seed=1
        )
    return found


def _degrees(have: _Context, first: Ints, second: Ints, group: Ints, groups: int) -> Floats:
    same = _same(group, first, second)
    degree = np.bincount(np.concatenate([first[same], second[same]]), minlength=have.size)
    return figures.degree_centralisation(degree, group, groups)


def _sizes(have: _Context) -> pd.DataFrame:
    first, second = pairs(have.ties.source, have.ties.target, have.size)
    inside, firm = _inside(have, first, second), have.firm
    placed = _touching(have, first, second, _placed(have, first, second))
    return pd.DataFrame(
        {
            "actors": np.r_[figures.counted(have.territory, have.groups), have.size],
            "firms": np.r_[figures.counted(have.territory[firm], have.groups), firm.sum()],
            "ties": inside,
            "outward": placed - inside,
            "unplaced": _touching(have, first, second) - placed,
        }
    )


def _rows(name: str, value: Floats, told: Mapping[str, Floats], have: _Context) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "group": np.arange(have.groups + 1),
            "measure": name,
            "value": value,
            "value_low": np.nan,
            "value_high": np.nan,
            **told,
        }
    )
    frame["cases"] = _cases(name, have)
    frame["direction"] = DIRECTED if name == "reciprocity" else UNDIRECTED
    frame["baseline"] = BASELINES[name]
    frame["reason"] = np.where(np.isnan(value), _reason(name, have), "")
    frame["cure"] = frame["reason"].map(NETWORKS).fillna("")
    return frame


def _cases(name: str, have: _Context) -> Floats:
    """Number of ties or firms from which a figure comes, by group."""
    size = _sizes(have)
    if name != "reciprocity":
        told = (
            size["firms"]
            if name in ("one_step", "two_steps")
            else size["ties"]
            + size["outward"] * float(name in TOUCHING)
            + size["unplaced"] * float(name in TOUCHING and name not in PLACED)
        )
        return np.asarray(told, dtype=float)
    source, target = have.ties.chosen(have.returnable)
    keys = figures.distinct(source * have.size + target)
    same = _same(have.territory, keys // have.size, keys % have.size)
    inside = figures.counted(have.territory[keys[same] // have.size], have.groups)
    return np.append(inside, float(len(keys)))


def _reason(name: str, have: _Context) -> npt.NDArray[np.object_]:
    """Why a figure is unknown, by group."""
    size = _sizes(have)
    lacking = {
        "reciprocity": "no links that can be returned",
        "repeated": "too few ties" if have.several else "one period",
        "project_share": "too few ties" if (have.ties.kind == PROJECT).any() else "no projects",
        "project_overlap": "no projects",
        "one_step": "no linked firms" if have.holder.any() else "no knowledge holders",
        "two_steps": "no linked firms" if have.holder.any() else "no knowledge holders",
        "ei_type": "too few ties" if len(np.unique(have.types)) > 1 else "one type of actor",
        "type_assortativity": "one type of actor",
    }
    default = lacking.get(name, "too few ties")
    if name in PLACED:
        open_ = (size["unplaced"] > 0).to_numpy()
        return np.where(open_, "ends not placed", default).astype(object)
    few = (size["actors"] < _FEW).to_numpy() & (default in ("too few ties", "one type of actor"))
    return np.where(few, "too few actors", default).astype(object)
