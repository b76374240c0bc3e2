"""Open ways over actors: who leads to whom without a tie between the two, and in which role; labels dealt anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geoterritorio.identification.network_figures import among

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
# Candidate ways from an actor over another that are looked at together, to bound memory.
_CHUNK = 4_000_000
# Cells of the table of brokers by labels above which it is kept sparse.
_TABLE = 2_000_000


@dataclass(frozen=True)
class Ways:
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


def open_ways(source: Ints, target: Ints, size: int) -> Ways:
    keys = source * size + target
    order = np.argsort(keys)
    keys, source, target = keys[order], source[order], target[order]
    back = among(target * size + source, keys)
    first, middle, last = closed_ways(source, target, keys, size)
    into, out = (np.bincount(x, minlength=size) for x in (target, source))
    # open: both ends differ and are not tied directly
    paths = into * out - np.bincount(target[back], minlength=size) - np.bincount(middle, minlength=size)
    brokers = np.flatnonzero(paths > 0)
    number = np.full(size, -1)
    number[brokers] = np.arange(len(brokers))
    to, of, over = number[target], number[source], number[middle] >= 0
    return Ways(
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


def closed_ways(source: Ints, target: Ints, keys: Ints, size: int) -> tuple[Ints, Ints, Ints]:
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
        there = among(missing, keys)
        parts.append(np.stack([source[row[there]], middle[there], target[row[there]]]))
    first, middle, last = np.concatenate(parts, axis=1)
    return first, middle, last


@dataclass(frozen=True)
class Seen:
    """Labels as each broker sees them: of both ends of its ties and closed ways, and its own."""

    into: Ints
    out: Ints
    first: Ints
    last: Ints
    own: Ints


def true_labels(ways: Ways, labels: Ints) -> Seen:
    seen = (labels[x] for x in (ways.source, ways.target, ways.first, ways.last, ways.brokers))
    return Seen(*seen)


@dataclass(frozen=True)
class Deal:
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


def dealt_labels(ways: Ways, deal: Deal, random: np.random.Generator) -> Seen:
    """Labels where every broker keeps its own, and those of all others of a cell are dealt anew among them."""
    decks, rank, mine = _decks(deal, random), deal.rank, deal.deck

    def seen(other: Ints, broker: Ints) -> Ints:
        place, who = rank[other], ways.brokers[broker]
        return np.asarray(decks[mine[who], place - (place > rank[who])])

    return Seen(
        seen(ways.source, ways.to),
        seen(ways.target, ways.of),
        seen(ways.first, ways.middle),
        seen(ways.last, ways.middle),
        deal.labels[ways.brokers],
    )


def _decks(deal: Deal, random: np.random.Generator) -> Ints:
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


def role_counts(ways: Ways, seen: Seen) -> Floats:
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


def linking_counts(ways: Ways, seen: Seen, holder: Flags, firm: int) -> Floats:
    """Ways from a holder of knowledge over each broker to a firm that is not tied with that holder."""
    size = len(ways.brokers)
    into, out = holder[seen.into], seen.out == firm
    count = np.bincount(ways.to[into], minlength=size) * np.bincount(ways.of[out], minlength=size)
    closed = np.bincount(ways.middle[holder[seen.first] & (seen.last == firm)], minlength=size)
    return np.asarray(count - closed, dtype=float)[:, None]
