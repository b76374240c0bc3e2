"""Networks by chance: ends dealt anew or exchanged; and what draws say of a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from geoterritorio.identification.network_figures import among

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_TRIES, _ROUNDS = 25, 40


def dealt_ends(
    ends: tuple[Ints, Ints], cell: Ints, mutual: Flags, size: int, rng: np.random.Generator
) -> Ints:
    """
    Targets dealt anew among the ties of each cell.

    Every actor keeps how many ties of each cell go from it and how many come to it, and no tie is lost: self-links and
    repetitions are dealt again with others of the cell. Cells in which some remain after 25 rounds exchange the ends of
    their own ties instead.

    Parameters
    ----------
    ends
        Sources and targets of the ties, none of them a self-link or a repetition.
    cell
        Ties that may exchange ends.
    mutual
        Ties without direction: either order of the two is the same tie.
    size
        Number of actors.
    rng
        Generator.

    Returns
    -------
    targets
        New targets.
    """
    source, target = ends
    new = _permuted(target, cell, rng)
    for _ in range(_TRIES):
        bad = _faulty((source, new), cell, mutual, size)
        if not bad.any():
            return new
        # as many sound ones again, so that the faulty have someone to exchange with
        some = bad | (rng.random(len(new)) < max(4 * bad.mean(), 8 / len(new)))
        new[some] = _permuted(new[some], cell[some], rng)
    rest = np.isin(cell, cell[_faulty((source, new), cell, mutual, size)])
    if rest.any():
        alike = np.zeros(size, dtype=np.int64)
        new[rest] = Switching(source[rest], cell[rest], mutual[rest], alike).after(target[rest], _ROUNDS, rng)
    return new


def _permuted(values: Ints, cell: Ints, rng: np.random.Generator) -> Ints:
    found = np.empty_like(values)
    found[np.argsort(cell, kind="stable")] = values[np.lexsort((rng.random(len(values)), cell))]
    return found


def _keys(ends: tuple[Ints, Ints], cell: Ints, mutual: Flags, size: int) -> Ints:
    """One number for each tie; the same whatever the order of the ends where there is no direction."""
    source, target = ends
    low = np.where(mutual, np.minimum(source, target), source)
    high = np.where(mutual, np.maximum(source, target), target)
    return np.asarray((cell * size + low) * size + high)


def _faulty(ends: tuple[Ints, Ints], cell: Ints, mutual: Flags, size: int) -> Flags:
    """Self-links, and all but the first of those that are alike."""
    keys = _keys(ends, cell, mutual, size)
    ranked = np.sort(keys)
    twice = ranked[1:][ranked[1:] == ranked[:-1]]
    rows = np.flatnonzero(among(keys, twice))
    again = np.zeros(len(keys), dtype=bool)
    again[rows] = True
    again[rows[np.unique(keys[rows], return_index=True)[1]]] = False
    return np.asarray(again | (ends[0] == ends[1]))


@dataclass(frozen=True)
class Switching:
    """
    Ties whose ends are exchanged within groups, so that degrees and the number of ties between any two groups stay.

    Parameters
    ----------
    source
        First end of each tie.
    cell
        Ties that may exchange ends: those of a kind and period.
    mutual
        Ties without direction: either order of the two is the same tie.
    label
        Group of each actor, from 0.
    """

    source: Ints
    cell: Ints
    mutual: Flags
    label: Ints

    def after(self, target: Ints, rounds: int, rng: np.random.Generator) -> Ints:
        """
        Targets after some rounds of exchanges.

        Parameters
        ----------
        target
            Second end of each tie.
        rounds
            Rounds; in each, ties of a cell are put together by two at random that have their first ends in one group,
            in the next those that have their second ends in one group, and exchange their targets unless that would
            make a self-link or a tie that is there already.
        rng
            Generator.

        Returns
        -------
        target
            New second ends.
        """
        new, groups = target.copy(), int(self.label.max(initial=0)) + 1
        for k in range(rounds):
            ends = new if k % 2 else self.source
            one, two = _by_two(self.cell * groups + self.label[ends], rng)
            there = np.sort(self._keys(slice(None), new))
            made = np.concatenate([self._keys(one, new[two]), self._keys(two, new[one])])
            ranked = np.sort(made)
            bad = among(made, there) | among(made, ranked[1:][ranked[1:] == ranked[:-1]])
            half = len(one)
            loops = (self.source[one] == new[two]) | (self.source[two] == new[one])
            good = ~(bad[:half] | bad[half:] | loops)
            one, two = one[good], two[good]
            new[one], new[two] = new[two], new[one]
        return new

    def _keys(self, rows: Ints | slice, target: Ints) -> Ints:
        """One number for each tie; the same whatever the order of the ends where there is no direction."""
        return _keys((self.source[rows], target), self.cell[rows], self.mutual[rows], len(self.label))


def _by_two(cell: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Rows of each cell put together by two at random; the last one stays alone where they are odd."""
    mixed = rng.permutation(len(cell))
    order = mixed[np.argsort(cell[mixed], kind="stable")]
    ranked = cell[order]
    start = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    place = np.arange(len(ranked)) - np.repeat(start, np.diff(np.r_[start, len(ranked)]))
    first = np.flatnonzero((place[:-1] % 2 == 0) & (ranked[1:] == ranked[:-1]))
    return order[first], order[first + 1]


def told_by(value: Floats, drawn: Floats) -> dict[str, Floats]:
    """
    What draws say of values: mean, band of 95 %, standardised distance and two-sided p.

    Parameters
    ----------
    value
        Values.
    drawn
        Draws by values; NaN where a draw has none.

    Returns
    -------
    told
        `expected`, `low`, `high`, `z`, `p`. NaN where there is no value or no draw; z and p also where chance can give
        nothing else than what was found, z where all draws are the same: differences by rounding are none.
    """
    count = (~np.isnan(drawn)).sum(axis=0)
    asked = ~np.isnan(value) & (count > 0)
    empty = np.full(value.shape, np.nan)
    told = {name: empty.copy() for name in ("expected", "low", "high", "z", "p")}
    if not asked.any():
        return told
    part, mine = drawn[:, asked], value[asked]
    # rounding must not part what is equal
    slack = 1e-9 * np.maximum(1.0, np.abs(mine))
    fixed = np.nanmax(np.abs(part - mine), axis=0) <= slack
    mean, spread = np.nanmean(part, axis=0), np.nanstd(part, axis=0)
    told["expected"][asked] = np.where(fixed, mine, mean)
    told["low"][asked], told["high"][asked] = np.where(
        fixed, mine, np.nanpercentile(part, [2.5, 97.5], axis=0)
    )
    moved = np.nanmax(part, axis=0) - np.nanmin(part, axis=0) > slack
    told["z"][asked] = np.where(moved, (mine - mean) / np.where(moved, spread, 1), np.nan)
    above, below = (part >= mine - slack).sum(axis=0), (part <= mine + slack).sum(axis=0)
    p = np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (1 + count[asked]))
    told["p"][asked] = np.where(fixed, np.nan, p)
    return told


def beyond(value: Floats, drawn: npt.NDArray[np.float32]) -> dict[str, Floats]:
    """
    How far counts are above those of draws, and how many as far would be false.

    Parameters
    ----------
    value
        Counts.
    drawn
        Draws by counts.

    Returns
    -------
    told
        `z`, `p` (share of draws with as many or more) and `q`. NaN where all draws are the same.

    Notes
    -----
    q is the false discovery rate as the draws of all tests together tell it: distances d = (x - m) / (s + s0), with s0
    the median of s, which keeps counts of next to nothing from being far; how often d is as large among all draws, over
    how often among the counts. Each q is at least its p.

    References
    ----------
    .. [1] Tusher, V. G., Tibshirani, R. & Chu, G. (2001). Significance analysis of microarrays applied to the ionizing
       radiation response. PNAS 98, 5116-5121.
    """
    told = {name: np.full(value.shape, np.nan) for name in ("z", "p", "q")}
    moved = drawn.min(axis=0, initial=np.inf) < drawn.max(axis=0, initial=-np.inf)
    if not moved.any():
        return told
    part, mine = drawn[:, moved], value[moved].astype(np.float32)
    mean, spread = part.mean(axis=0, dtype=float), part.std(axis=0, dtype=float)
    p = (1 + (part >= mine).sum(axis=0)) / (1 + len(part))
    # in single precision both, so that equal counts are equally far
    middle, scale = mean.astype(np.float32), (spread + np.median(spread)).astype(np.float32)
    far, part = (mine - middle) / scale, part - middle
    part /= scale
    null = np.sort(part, axis=None)
    pooled = (1 + len(null) - np.searchsorted(null, far)) / (1 + len(null))
    told["z"][moved], told["p"][moved] = (mine - mean) / spread, p
    told["q"][moved] = np.maximum(p, adjusted(pooled))
    return told


def adjusted(p: Floats) -> Floats:
    """p-values that allow for all tests of the table (Benjamini-Hochberg)."""
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q
