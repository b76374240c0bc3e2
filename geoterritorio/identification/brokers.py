"""Who stands between others: the five roles of brokers, structural holes, and who links knowledge to its users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification._dealing import Switching, beyond
from geoterritorio.identification._open_ways import (
    ROLES,
    Deal,
    Seen,
    Ways,
    dealt_labels,
    linking_counts,
    open_ways,
    role_counts,
    true_labels,
)
from geoterritorio.identification.actor_ties import FIRM, HOLDERS, MUTUAL, Ties, arcs_of, pairs
from geoterritorio.identification.holes import holes_by_chance
from geoterritorio.registry import Count, Progress, no_progress

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Random = int | np.random.Generator | None

KNOWLEDGE = "knowledge"
BY = ("type", "territory")
# What chance does with each of them.
DEALT, SWITCHED = "labels dealt", "ends exchanged within groups"
BASELINES = {"type": DEALT, "territory": SWITCHED, KNOWLEDGE: DEALT}
# Rounds of exchanges before the first network by chance, and between two of them.
_FIRST, _BETWEEN = 40, 6
# Ties looked at in all draws together, tests times draws that are held, and draws that are made in any case.
_STEPS, _HELD, _LEAST_DRAWS = 20_000_000, 20_000_000, 99


@dataclass(frozen=True)
class Brokerage:
    """
    Roles of brokers beside chance.

    Parameters
    ----------
    roles
        By number of the `actor`, `by` (type or territory; knowledge) and `role`: `count`, `expected`, `z`, `p`, `q`,
        `baseline` (what chance does) and `paths`, the open ways over the actor.
    totals
        The same by type of actor: `type`, `by`, `role`, `count`, `expected`, `z`, `p`, `q`, `baseline`.
    actors
        By number: `degree`, `constraint`, `constraint_expected`, `effective_size`, `effective_size_expected`.
    draws
        Draws that were made.
    """

    roles: pd.DataFrame
    totals: pd.DataFrame
    actors: pd.DataFrame
    draws: int


def gould_fernandez(source: npt.ArrayLike, target: npt.ArrayLike, labels: npt.ArrayLike) -> pd.DataFrame:
    """
    Roles of brokers between groups, counted.

    Parameters
    ----------
    source, target
        Numbers of the actors at both ends of each tie, from 0; each ordered pair once.
    labels
        Group of each actor.

    Returns
    -------
    roles
        One row per actor: coordinator (all three of one group), itinerant (both others of one group, not the
        broker's), representative (from the broker's group to another), gatekeeper (from another to the broker's),
        liaison (three groups).

    Notes
    -----
    Counted are ways i to j to k with a tie from i to j and one from j to k, none from i to k, and i other than k. All
    ways by kind of ends are sums of products; ways that are closed are taken off.

    References
    ----------
    .. [1] Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126.

    Examples
    --------
    >>> gould_fernandez([0, 1], [1, 2], ["firm", "laboratory", "firm"]).loc[1].to_dict()
    {'coordinator': 0, 'itinerant': 1, 'representative': 0, 'gatekeeper': 0, 'liaison': 0}
    """
    codes = np.unique(np.asarray(labels).astype(str), return_inverse=True)[1].astype(np.int64)
    ways = open_ways(np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64), len(codes))
    table = pd.DataFrame(0, index=range(len(codes)), columns=list(ROLES))
    table.loc[ways.brokers] = role_counts(ways, true_labels(ways, codes)).astype(int)
    return table


def broker_roles(
    ties: Ties, *, draws: Count = 1999, least: Count = 20, rng: Random = 1, progress: Progress = no_progress
) -> Brokerage:
    """
    Roles of brokers over types of actors and over territories, each beside what chance makes of it.

    Parameters
    ----------
    ties
        Ties among known actors.
    draws
        Draws of each kind of chance; fewer are made where the network is so large that they would take long.
    least
        Ways that must lead over an actor for it to be tested: fewer tell little, and all tests are paid for by q.
    rng
        Generator, or its seed.
    progress
        Callback.

    Returns
    -------
    brokerage
        Roles by actor and by type of actor, and structural holes.

    Notes
    -----
    Ties of cooperation and projects count both ways, others as recorded.

    *Over territories*, chance exchanges the ends of ties within territories: every actor keeps how many ties of each
    kind and period go from it and come to it, and between any two territories (and within each) there are as many as
    there were. So it is told who stands between others more than the other actors of its territory with as many ties;
    that ties of a territory stay in it makes nobody a broker. Networks are those of a chain of exchanges, 40 rounds
    before the first and 6 between two of them.

    *Over types*, and of *knowledge*, every broker keeps its label and its ties; the labels of all other linked firms
    are dealt anew among these, and those of institutions among institutions, since who takes part in projects or joins
    a club is not told by chance alone. *knowledge*: ways between a holder of knowledge (higher education, laboratory,
    transfer) and a firm that is not tied with it, whatever the direction.

    p is the share of draws with as many or more. Who is tested depends on what chance keeps: of territories on the
    ways that an actor's ties could make, of types on its open ways, of knowledge on those that would count if all
    institutions were holders. q is the share of false ones among those as far from chance, counted from the draws of
    all tests over the same groups together (distance over standard deviation plus its median), and at least p. Where
    all draws are the same nothing is tested: z, p and q are empty.

    Constraint and effective size are those of the network without directions; they are held against networks whose ends
    are dealt anew among ties of the same kind and period.

    References
    ----------
    .. [1] Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126.
    .. [2] Karrer, B. & Newman, M. E. J. (2011). Stochastic blockmodels and community structure in networks. Physical
       Review E 83, 016107.
    .. [3] Tusher, V. G., Tibshirani, R. & Chu, G. (2001). Significance analysis of microarrays applied to the ionizing
       radiation response. PNAS 98, 5116-5121.
    .. [4] Bourgon, R., Gentleman, R. & Huber, W. (2010). Independent filtering increases detection power for
       high-throughput experiments. PNAS 107, 9546-9551.
    """
    random = np.random.default_rng(rng)
    names, types = np.unique(ties.actors["type"].astype(str), return_inverse=True)
    parts, sums, made = [], [], draws
    for k, make in enumerate((_over_types, _over_territories, _over_knowledge)):
        family = make(ties, max(least, 1), random)
        count = _affordable(draws, len(ties.source), family)
        made = min(made, count)
        found = _held(family, types.astype(np.int64), count, _Part(progress, k / 4, 1 / 4))
        parts.append(found[0])
        sums.append(found[1])
    roles, totals = pd.concat(parts, ignore_index=True), pd.concat(sums, ignore_index=True)
    totals.insert(0, "type", names[totals.pop("code").to_numpy(dtype=int)])
    rest = _Part(progress, 3 / 4, 1 / 4, mark("Structural holes"))
    return Brokerage(roles, totals, holes_by_chance(ties, draws, random, rest), made)


@dataclass(frozen=True)
class _Family:
    """Tests over one kind of groups: what was found of each actor, who is tested, and what a draw gives."""

    by: str
    value: Floats
    paths: Floats
    tested: Flags
    draw: Callable[[], Floats]

    @property
    def roles(self) -> list[str]:
        """Roles, in the order of the columns of values."""
        return [KNOWLEDGE] if self.by == KNOWLEDGE else list(ROLES)


def _coded(labels: pd.Series) -> tuple[Ints, list[str]]:
    """Labels as numbers; actors whose label is not known are each of a kind of their own."""
    known = labels.astype(object).where(labels.notna(), "\t" + labels.index.astype(str))
    names, codes = np.unique(known.astype(str), return_inverse=True)
    return codes.astype(np.int64), names.tolist()


def _spread_out(ways: Ways, found: Floats, size: int) -> Floats:
    """What was found of brokers, by actor."""
    table = np.zeros((size, found.shape[1]))
    table[ways.brokers] = found
    return table


def _over_types(ties: Ties, least: int, random: np.random.Generator) -> _Family:
    labels, _ = _coded(ties.actors["type"])
    both = np.isin(ties.kind.astype(str), MUTUAL)
    ways = open_ways(*arcs_of(ties.source, ties.target, both, ties.size), ties.size)
    deal = _deal(ties, labels)

    def counted(seen: Seen) -> Floats:
        return _spread_out(ways, role_counts(ways, seen), ties.size)

    paths = _spread_out(ways, ways.paths[:, None], ties.size)[:, 0]
    value = counted(true_labels(ways, labels))
    return _Family("type", value, paths, paths >= least, lambda: counted(dealt_labels(ways, deal, random)))


def _deal(ties: Ties, labels: Ints) -> Deal:
    return Deal(labels, ties.actors["type"].eq(FIRM).to_numpy().astype(np.int64))


def _over_territories(ties: Ties, least: int, random: np.random.Generator) -> _Family:
    labels, _ = _coded(ties.actors["territory"])
    kept, size = ~ties.echo, ties.size
    source, target = ties.chosen(kept)
    both = np.isin(ties.kind[kept].astype(str), MUTUAL)
    switching = Switching(source, ties.cells[kept], both, labels)
    now, rounds = target, _FIRST

    def counted(ends: Ints) -> tuple[Floats, Floats]:
        ways = open_ways(*arcs_of(source, ends, both, size), size)
        roles = role_counts(ways, true_labels(ways, labels))
        table = _spread_out(ways, np.column_stack([roles, ways.paths]), size)
        return table[:, :-1], table[:, -1]

    def draw() -> Floats:
        nonlocal now, rounds
        now, rounds = switching.after(now, rounds, random), _BETWEEN
        return counted(now)[0]

    value, paths = counted(target)
    into, out, mutual = (
        np.bincount(np.concatenate(ends), minlength=size)
        for ends in ((target, source[both]), (source, target[both]), (source[both], target[both]))
    )
    return _Family("territory", value, paths, into * out - mutual >= least, draw)


def _over_knowledge(ties: Ties, least: int, random: np.random.Generator) -> _Family:
    labels, names = _coded(ties.actors["type"])
    holder, firm = np.isin(names, HOLDERS), names.index(FIRM) if FIRM in names else -1
    one, two = pairs(ties.source, ties.target, ties.size)
    ways = open_ways(np.concatenate([one, two]), np.concatenate([two, one]), ties.size)
    deal = _deal(ties, labels)

    def counted(seen: Seen, who: Flags = holder) -> Floats:
        return _spread_out(ways, linking_counts(ways, seen, who, firm), ties.size)

    true = true_labels(ways, labels)
    # ways that could count, whichever institutions are the holders
    possible = counted(true, np.arange(len(names)) != firm)[:, 0]
    paths = _spread_out(ways, ways.paths[:, None], ties.size)[:, 0]
    return _Family(
        KNOWLEDGE, counted(true), paths, possible >= least, lambda: counted(dealt_labels(ways, deal, random))
    )


def _affordable(draws: int, ties: int, family: _Family) -> int:
    """Draws that are made: as many as asked for, fewer in large networks."""
    tests = max(int(family.tested.sum()) * len(family.roles), 1)
    return min(draws, max(_LEAST_DRAWS, min(_STEPS // max(ties, 1), _HELD // tests)))


def _held(family: _Family, types: Ints, draws: int, progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows by actor and by type: what was found beside the draws."""
    kinds, roles = int(types.max()) + 1, family.roles

    def of_types(count: Floats) -> Floats:
        return np.stack([np.bincount(types, c, minlength=kinds) for c in count.T], axis=1)

    asked = of_types(family.paths[:, None])[:, 0]
    sums = np.zeros_like(family.value)
    drawn = np.zeros((draws, int(family.tested.sum()) * len(roles)), dtype=np.float32)
    whole = np.zeros((draws, kinds * len(roles)), dtype=np.float32)
    for k in range(draws):
        progress(k / draws)
        one = family.draw()
        sums += one
        drawn[k], whole[k] = one[family.tested].ravel(), of_types(one).ravel()
    expected = sums / draws if draws else np.full_like(sums, np.nan)
    shown = (family.paths > 0) | family.tested
    single = _table(family, expected, drawn, family.tested)[np.repeat(shown, len(roles))]
    single["paths"] = np.repeat(family.paths[shown], len(roles))
    totals = of_types(family.value)
    mean = whole.mean(axis=0, dtype=float).reshape(totals.shape) if draws else np.full_like(totals, np.nan)
    few = np.repeat(asked > 0, len(roles))
    every = np.ones(kinds, dtype=bool)
    sum_rows = _table(replace(family, value=totals), mean, whole, every)[few]
    return single.rename(columns={"code": "actor"}), sum_rows


def _table(family: _Family, expected: Floats, drawn: npt.NDArray[np.float32], tested: Flags) -> pd.DataFrame:
    """One row per unit and role; units that are not tested have no z, p and q."""
    roles = family.roles
    frame = pd.DataFrame(
        {
            "code": np.repeat(np.arange(len(family.value)), len(roles)),
            "by": family.by,
            "role": roles * len(family.value),
            "count": family.value.ravel(),
            "expected": expected.ravel(),
        }
    )
    rows = np.repeat(tested, len(roles))
    for name, told in beyond(family.value[tested].ravel(), drawn).items():
        frame[name] = np.nan
        frame.loc[rows, name] = told
    return frame.assign(baseline=BASELINES[family.by])


@dataclass(frozen=True)
class _Part:
    """Progress of a part of the work."""

    whole: Progress
    begin: float
    size: float
    words: str = mark("Networks by chance")

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report the share of the whole."""
        self.whole(self.begin + self.size * fraction, text or self.words)
