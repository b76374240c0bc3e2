"""Who stands between others: the five roles of brokers, structural holes, and who links knowledge to its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from geoterritorio.i18n import mark
from geoterritorio.identification._dealing import adjusted, dealt_ends
from geoterritorio.identification.actor_ties import FIRM, HOLDERS, Ties, arcs, pairs
from geoterritorio.registry import Count, Progress, no_progress

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Random = int | np.random.Generator | None

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
KNOWLEDGE = "knowledge"
BY = ("type", "territory")
# Candidate ways from an actor over another that are looked at together, to bound memory.
_CHUNK = 4_000_000
# Cells of the table of brokers by labels above which it is kept sparse.
_TABLE = 2_000_000
# Above so many actors the dense matrix of networkx would not fit; then actor by actor, which gives the same.
_DENSE = 4000
_HOLE_DRAWS = 99


@dataclass(frozen=True)
class Brokerage:
    """
    Roles of brokers beside chance.

    Parameters
    ----------
    roles
        By number of the `actor`, `by` (type or territory; knowledge) and `role`: `count`, `expected`, `z`, `p`, `q` and
        `paths`, the open ways over the actor.
    totals
        The same by type of actor: `type`, `by`, `role`, `count`, `expected`, `z`, `p`, `q`.
    actors
        By number: `degree`, `constraint`, `constraint_expected`, `effective_size`, `effective_size_expected`.
    """

    roles: pd.DataFrame
    totals: pd.DataFrame
    actors: pd.DataFrame


@dataclass(frozen=True)
class _Ways:
    """
    Ties to and from those over whom open ways lead, and ways over them that a direct tie closes.

    Brokers are numbered among themselves (`to`, `of`, `middle`), others among all actors; `back` and `forth` tell
    which of their ties are returned.
    """

    brokers: Ints
    paths: Floats
    source: Ints
    to: Ints
    back: Flags
    of: Ints
    target: Ints
    first: Ints
    middle: Ints
    last: Ints


def _ways(source: Ints, target: Ints, size: int) -> _Ways:
    keys = source * size + target
    order = np.argsort(keys)
    keys, source, target = keys[order], source[order], target[order]
    back = np.isin(target * size + source, keys, assume_unique=True)
    first, middle, last = _closed(source, target, keys, size)
    into, out = (np.bincount(x, minlength=size) for x in (target, source))
    # open: both ends differ and are not tied directly
    paths = into * out - np.bincount(target[back], minlength=size) - np.bincount(middle, minlength=size)
    brokers = np.flatnonzero(paths > 0)
    number = np.full(size, -1)
    number[brokers] = np.arange(len(brokers))
    to, of, over = number[target], number[source], number[middle] >= 0
    return _Ways(
        brokers,
        paths[brokers].astype(float),
        source[to >= 0],
        to[to >= 0],
        back[to >= 0],
        of[of >= 0],
        target[of >= 0],
        first[over],
        number[middle[over]],
        last[over],
    )


def _closed(source: Ints, target: Ints, keys: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Actors i, j, k with ties i to j, j to k and i to k: for each tie i to k, over the end with fewer ties."""
    start = np.searchsorted(source, np.arange(size + 1))
    turned = np.argsort(target, kind="stable")
    begin = np.searchsorted(target[turned], np.arange(size + 1))
    out, into = np.diff(start)[source], np.diff(begin)[target]
    ahead = out <= into
    work = np.where(ahead, out, into)
    parts = []
    for rows in np.array_split(np.arange(len(source)), max(1, int(work.sum() // _CHUNK))):
        row = np.repeat(rows, work[rows])
        step = np.arange(len(row)) - np.repeat(np.cumsum(work[rows]) - work[rows], work[rows])
        forward = ahead[row]
        middle = np.where(
            forward,
            target[np.minimum(start[source[row]] + step, len(target) - 1)],
            source[turned[np.minimum(begin[target[row]] + step, len(target) - 1)]],
        )
        missing = np.where(forward, middle * size + target[row], source[row] * size + middle)
        at = np.minimum(np.searchsorted(keys, missing), len(keys) - 1)
        there = keys[at] == missing
        parts.append(np.stack([source[row[there]], middle[there], target[row[there]]]))
    first, middle, last = np.concatenate(parts, axis=1)
    return first, middle, last


@dataclass(frozen=True)
class _Seen:
    """Labels as each broker sees them: of both ends of its ties and closed ways, and its own."""

    into: Ints
    out: Ints
    first: Ints
    last: Ints
    own: Ints


def _true(ways: _Ways, labels: Ints) -> _Seen:
    seen = (labels[x] for x in (ways.source, ways.target, ways.first, ways.last, ways.brokers))
    return _Seen(*seen)


@dataclass(frozen=True)
class _Deal:
    """Who may exchange labels with whom: firms with firms, institutions with institutions."""

    labels: Ints
    cell: Ints

    @property
    def rank(self) -> Ints:
        """Place of each actor where cells lie one after the other."""
        rank = np.empty_like(self.cell)
        rank[np.argsort(self.cell, kind="stable")] = np.arange(len(rank))
        return rank

    @property
    def deck(self) -> Ints:
        """Deck that each broker sees: of its cell and label."""
        return self.cell * (int(self.labels.max()) + 1) + self.labels


def _dealt(ways: _Ways, deal: _Deal, random: np.random.Generator) -> _Seen:
    """Labels where every broker keeps its own, and those of all others of a cell are dealt anew among them."""
    decks, rank, mine = _decks(deal, random), deal.rank, deal.deck

    def seen(other: Ints, broker: Ints) -> Ints:
        place, who = rank[other], ways.brokers[broker]
        return np.asarray(decks[mine[who], place - (place > rank[who])])

    return _Seen(
        seen(ways.source, ways.to),
        seen(ways.target, ways.of),
        seen(ways.first, ways.middle),
        seen(ways.last, ways.middle),
        deal.labels[ways.brokers],
    )


def _decks(deal: _Deal, random: np.random.Generator) -> Ints:
    """Labels of all but one actor by chance, cell after cell: one row for each cell and label of that one."""
    cells, labels = int(deal.cell.max()) + 1, int(deal.labels.max()) + 1
    ranked = [np.sort(deal.labels[deal.cell == c]) for c in range(cells)]
    whole = [random.permutation(part) for part in ranked]
    order = [random.permutation(max(len(part) - 1, 0)) for part in ranked]
    decks = np.zeros((cells * labels, max(len(deal.labels) - 1, 1)), dtype=np.int64)
    for c in range(cells):
        for label in np.unique(ranked[c]):
            rest = np.delete(ranked[c], np.searchsorted(ranked[c], label))[order[c]]
            row = np.concatenate([*whole[:c], rest, *whole[c + 1 :]])
            decks[c * labels + label, : len(row)] = row
    return decks


def _counts(ways: _Ways, seen: _Seen) -> Floats:
    """The five roles of each broker: all ways by whose ends are alike, less those returned and closed."""
    size, middle = len(ways.brokers), ways.middle
    if not size:
        return np.zeros((0, len(ROLES)))
    mine, yours = seen.into == seen.own[ways.to], seen.out == seen.own[ways.of]

    def number(who: Ints, chosen: Flags) -> Floats:
        return np.bincount(who[chosen], minlength=size).astype(float)

    same_in, same_out = number(ways.to, mine), number(ways.of, yours)
    other_in, other_out = number(ways.to, ~mine), number(ways.of, ~yours)
    alike = _alike((ways.to[~mine], seen.into[~mine]), (ways.of[~yours], seen.out[~yours]), size)
    own = seen.own[middle]
    first, last, ends = seen.first == own, seen.last == own, seen.first == seen.last
    return np.column_stack(
        [
            same_in * same_out - number(ways.to, mine & ways.back) - number(middle, first & last),
            alike - number(ways.to, ~mine & ways.back) - number(middle, ~first & ~last & ends),
            same_in * other_out - number(middle, first & ~last),
            other_in * same_out - number(middle, ~first & last),
            other_in * other_out - alike - number(middle, ~first & ~last & ~ends),
        ]
    )


def _alike(into: tuple[Ints, Ints], out: tuple[Ints, Ints], size: int) -> Floats:
    """Ways over each broker both of whose ends have the same label."""
    labels = int(max(into[1].max(initial=0), out[1].max(initial=0))) + 1
    if size * labels <= _TABLE:
        one, other = (
            np.bincount(who * labels + label, minlength=size * labels) for who, label in (into, out)
        )
        return np.asarray((one * other).reshape(size, labels).sum(axis=1), dtype=float)
    one, other = (csr_array((np.ones(len(p[0])), p), shape=(size, labels)) for p in (into, out))
    return np.asarray(one.multiply(other).sum(axis=1), dtype=float).ravel()


def _linking(ways: _Ways, seen: _Seen, holder: Flags, firm: int) -> Floats:
    """Ways from a holder of knowledge over each broker to a firm that is not tied with that holder."""
    size = len(ways.brokers)
    into, out = holder[seen.into], seen.out == firm
    count = np.bincount(ways.to[into], minlength=size) * np.bincount(ways.of[out], minlength=size)
    closed = np.bincount(ways.middle[holder[seen.first] & (seen.last == firm)], minlength=size)
    return np.asarray(count - closed, dtype=float)[:, None]


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
    ways = _ways(np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64), len(codes))
    table = pd.DataFrame(0, index=range(len(codes)), columns=list(ROLES))
    table.loc[ways.brokers] = _counts(ways, _true(ways, codes)).astype(int)
    return table


def structural_holes(graph: nx.Graph, *, weight: str | None = None) -> pd.DataFrame:
    """
    Constraint and effective size of each actor's ties, by networkx.

    Parameters
    ----------
    graph
        Network, directed or not.
    weight
        Attribute with the strength of the ties; None counts all alike.

    Returns
    -------
    holes
        By actor: `constraint`, near 0 where the others are many and not tied with each other, `effective_size`, the
        number of others less what they have in common. NaN without ties.

    References
    ----------
    .. [1] Burt, R. S. (1992). Structural Holes. Harvard University Press.
    .. [2] Borgatti, S. P. (1997). Structural holes: unpacking Burt's redundancy measures. Connections 20(1), 35-38.

    Examples
    --------
    >>> structural_holes(nx.star_graph(3)).loc[0].round(3).tolist()
    [0.333, 3.0]
    """
    # The way of networkx 3.6 for all at once departs from published values where ties have strengths or directions.
    plain = weight is None and not graph.is_directed()
    wanted = None if plain and len(graph) <= _DENSE else list(graph)
    # Isolated actors have no sum to divide by; networkx makes them NaN afterwards.
    with np.errstate(invalid="ignore", divide="ignore"):
        constraint = nx.constraint(graph, weight=weight)
        size = nx.effective_size(graph, nodes=wanted, weight=weight)
    return pd.DataFrame({"constraint": pd.Series(constraint), "effective_size": pd.Series(size)})


def broker_roles(
    ties: Ties, *, draws: Count = 1999, least: Count = 20, rng: Random = 1, progress: Progress = no_progress
) -> Brokerage:
    """
    Roles of brokers over types of actors and over territories, beside labels dealt anew.

    Parameters
    ----------
    ties
        Ties among known actors.
    draws
        Times that labels are dealt.
    least
        Open ways that an actor must stand on to be tested: fewer tell little, and all tests are paid for by q.
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
    Ties of cooperation and projects count both ways, others as recorded. By chance every broker keeps its label and its
    ties; the labels of all other linked firms are dealt anew among these, and those of institutions among institutions,
    since who takes part in projects or joins a club is not told by chance alone. p is the share of deals with as many
    or more. Who is tested does not depend on labels (the number of open ways does not), so that the choice leaves p as
    it is. q allows for all tests over types, all over territories, and all of knowledge (Benjamini-Hochberg).
    *knowledge*: ways between a holder of knowledge (higher education, laboratory, transfer) and a firm that is not tied
    with it, whatever the direction.

    Constraint and effective size are those of the network without directions; they are held against 99 networks whose
    ends are dealt anew among ties of the same kind and period.

    References
    ----------
    .. [1] Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126.
    .. [2] Bourgon, R., Gentleman, R. & Huber, W. (2010). Independent filtering increases detection power for
       high-throughput experiments. PNAS 107, 9546-9551.
    """
    random = np.random.default_rng(rng)
    asked = {by: _coded(ties.actors[by]) for by in BY}
    one, two = pairs(ties.source, ties.target, ties.size)
    directed = _ways(*arcs(ties), ties.size)
    either = _ways(np.concatenate([one, two]), np.concatenate([two, one]), ties.size)
    types = np.unique(ties.actors["type"].astype(str), return_inverse=True)[1].astype(np.int64)
    firms = ties.actors["type"].eq(FIRM).to_numpy()
    parts, sums = [], []
    for k, (by, ways) in enumerate({**dict.fromkeys(BY, directed), KNOWLEDGE: either}.items()):
        labels, names = asked["type" if by == KNOWLEDGE else by]
        share = _Part(progress, k / 4, 1 / 4)
        found = _tested(by, ways, labels, names, (types, firms, draws, least, random, share))
        parts.append(found[0])
        sums.append(found[1])
    roles, totals = pd.concat(parts, ignore_index=True), pd.concat(sums, ignore_index=True)
    kinds = np.unique(ties.actors["type"].astype(str))
    totals.insert(0, "type", kinds[totals.pop("code").to_numpy(dtype=int)])
    for table in (roles, totals):
        table["q"] = table.groupby("by")["p"].transform(lambda p: adjusted(p.to_numpy()))
    progress(0.75, mark("Structural holes"))
    return Brokerage(roles, totals, _holes(ties, min(draws, _HOLE_DRAWS), random))


def _coded(labels: pd.Series) -> tuple[Ints, list[str]]:
    """Labels as numbers; actors whose label is not known are each of a kind of their own."""
    known = labels.astype(object).where(labels.notna(), "\t" + labels.index.astype(str))
    names, codes = np.unique(known.astype(str), return_inverse=True)
    return codes.astype(np.int64), names.tolist()


def _tested(
    by: str,
    ways: _Ways,
    labels: Ints,
    names: list[str],
    given: tuple[Ints, Flags, int, int, np.random.Generator, Progress],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    types, firms, draws, least, random, progress = given
    holder, firm = np.isin(names, HOLDERS), names.index(FIRM) if FIRM in names else -1
    roles = [KNOWLEDGE] if by == KNOWLEDGE else list(ROLES)

    def counted(seen: _Seen) -> Floats:
        return _linking(ways, seen, holder, firm) if by == KNOWLEDGE else _counts(ways, seen)

    def of_types(count: Floats) -> Floats:
        mine = types[ways.brokers]
        sums = [np.bincount(mine, c, minlength=int(types.max()) + 1) for c in count.T]
        return np.stack(sums, axis=1)

    deal = _Deal(labels, firms.astype(np.int64))
    value = counted(_true(ways, labels))
    single, whole = _Tally(value), _Tally(of_types(value))
    for k in range(draws):
        progress(k / draws)
        drawn = counted(_dealt(ways, deal, random))
        single.add(drawn)
        whole.add(of_types(drawn))
    table = single.table(roles, _possible(by, ways, labels, names) >= max(least, 1)).assign(by=by)
    table["paths"] = np.repeat(ways.paths, len(roles))
    table.insert(0, "actor", ways.brokers[table.pop("code").to_numpy(dtype=int)])
    total = of_types(np.repeat(ways.paths[:, None], len(roles), axis=1))[:, 0]
    sums = whole.table(roles, total >= max(least, 1)).assign(by=by)
    return table, sums[np.repeat(total > 0, len(roles))]


def _possible(by: str, ways: _Ways, labels: Ints, names: list[str]) -> Floats:
    """Open ways over each broker that labels could make count, whichever way they are dealt."""
    if by != KNOWLEDGE or FIRM not in names:
        return ways.paths
    firm = names.index(FIRM)
    return _linking(ways, _true(ways, labels), np.arange(len(names)) != firm, firm)[:, 0]


@dataclass(frozen=True)
class _Part:
    """Progress of a part of the work."""

    whole: Progress
    begin: float
    size: float

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report the share of the whole."""
        self.whole(self.begin + self.size * fraction, text or mark("Labels dealt anew"))


class _Tally:
    """Sums over draws: of values, squares, and how many are as large as what was found."""

    def __init__(self, value: Floats) -> None:
        self.value = value
        self.sum, self.squares, self.above = (np.zeros_like(value) for _ in range(3))
        self.draws = 0

    def add(self, drawn: Floats) -> None:
        """Take in a draw."""
        self.sum += drawn
        self.squares += drawn**2
        self.above += drawn >= self.value
        self.draws += 1

    def table(self, roles: list[str], tested: Flags) -> pd.DataFrame:
        """One row per unit and role."""
        count = max(self.draws, 1)
        mean = self.sum / count
        spread = np.sqrt(np.maximum(self.squares / count - mean**2, 0))
        asked = tested[:, None] & (spread > 0) & (self.draws > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(asked, (self.value - mean) / spread, np.nan)
        p = np.where(asked, (1 + self.above) / (1 + count), np.nan)
        columns: Mapping[str, Floats] = {"count": self.value, "expected": mean, "z": z, "p": p}
        frame = pd.DataFrame(
            {
                "code": np.repeat(np.arange(len(mean)), len(roles)),
                "role": roles * len(mean),
                **{name: table.ravel() for name, table in columns.items()},
            }
        )
        if not self.draws:
            frame["expected"] = np.nan
        return frame


def _holes(ties: Ties, draws: int, random: np.random.Generator) -> pd.DataFrame:
    """Structural holes, and what they are where ends are dealt anew."""
    first, second = pairs(ties.source, ties.target, ties.size)
    found = _of_graph(first, second, ties.size)
    found.insert(0, "degree", np.bincount(np.concatenate([first, second]), minlength=ties.size))
    cell = np.unique(ties.kind.astype(str) + "\t" + ties.period.astype(str), return_inverse=True)[1]
    sums = np.zeros((ties.size, 2))
    count = np.zeros((ties.size, 2))
    # effective size is looked at actor by actor in large networks, which is slow
    draws = draws if ties.size <= _DENSE else min(draws, 3)
    for _ in range(draws):
        target, sound = dealt_ends(ties.source, ties.target, cell.astype(np.int64), ties.size, random)
        drawn = _of_graph(*pairs(ties.source[sound], target[sound], ties.size), ties.size).to_numpy(
            dtype=float
        )
        sums += np.nan_to_num(drawn)
        count += ~np.isnan(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, sums / count, np.nan)
    return found.assign(constraint_expected=mean[:, 0], effective_size_expected=mean[:, 1])


def _of_graph(first: Ints, second: Ints, size: int) -> pd.DataFrame:
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    return structural_holes(graph)
