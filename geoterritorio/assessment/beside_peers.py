"""A territory beside its peers, indicator by indicator, with what is known of how sure each figure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._intervals import blocks, draws_within, one_figure_each, outside_own
from geoterritorio.assessment.peers import Distance, similar_peers
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Count, Level, Share

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ABOVE, WITHIN, BELOW = PLACES = ("above peers", "among peers", "below peers")
OWN, SOME, SPREAD = ORIGINS = ("own intervals", "some intervals", "spread of peers only")
# Figures drawn at once.
_AT_ONCE = 4_000_000
# One alone has no peer.
_LEAST = 2


@dataclass(frozen=True)
class BenchmarkRules:
    """
    How peers are found and compared.

    Parameters
    ----------
    number
        How many of the most similar territories are peers, where none are named.
    distance
        What similar means: standardised (deviations in standard deviations), robust (in median absolute deviations) or
        mahalanobis (what indicators have in common counts once).
    quantile
        Share of the peers below the lower end of their usual range, and above its upper end.
    level
        Level of the indicators' own intervals, and of those made of them.
    draws
        How often figures are drawn within their own intervals; 0 leaves these out.
    seed
        Seed of the draws.
    """

    number: Count = 10
    distance: Distance = "standardised"
    quantile: Share = 0.25
    level: Level = 0.95
    draws: Count = 999
    seed: Count = 1


RULES = BenchmarkRules()


@dataclass(frozen=True)
class Benchmark:
    """
    Territories beside their peers.

    Parameters
    ----------
    comparison
        One row per territory and indicator: its figure with its interval, median and usual range of the peers, the
        difference, rank among them with its interval, and what the intervals rest on.
    peers
        One row per territory and peer, the nearest first: `order` and `distance`; these are empty where peers were
        named.
    rules
        How they were found and compared.
    """

    comparison: pd.DataFrame
    peers: pd.DataFrame
    rules: BenchmarkRules


def benchmark(
    values: pd.DataFrame,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    *,
    territories: Sequence[str] | None = None,
    peers: Sequence[str] | None = None,
    match: Sequence[str] | None = None,
    rules: BenchmarkRules = RULES,
) -> Benchmark:
    """
    Territories beside named or most similar peers, indicator by indicator.

    Parameters
    ----------
    values
        Territories by indicators; NaN where missing.
    low, high
        Ends of the indicators' own intervals, of the same form; NaN where there is none.
    territories
        Those that are compared; by default all.
    peers
        Peers of all of them, in place of the most similar ones; none is its own peer.
    match
        Indicators by which similar ones are found; by default all.
    rules
        How peers are found and compared.

    Returns
    -------
    benchmark
        Comparison, peers and rules.

    Raises
    ------
    LayerError
        If there is only one territory, or one twice; names are unknown; figures are texts or infinite; or intervals do
        not hold them.

    Notes
    -----
    `rank` 1 is the highest figure among the territory and its peers with a figure; equal ones share the better rank.
    `lower`, `upper`: quantiles of the peers' figures (linear interpolation); `place` says on which side of them the
    territory is. Where figures have intervals, these are drawn as two halves of normal curves, below and above the
    figure, each as wide as its side of the interval; rank and median are taken of every draw, and `same_place` is the
    share of draws with the same place. Draws of two figures are independent. Where there are no intervals, nothing but
    the spread of the peers is known, and `rests_on` says so: a rank then tells nothing of chance.

    Examples
    --------
    >>> table = pd.DataFrame({"rate": [9.0, 1, 2, 3, 4]}, index=list("ABCDE"))
    >>> found = benchmark(table, territories=["A"], peers=list("BCDE")).comparison.iloc[0]
    >>> " ".join(str(v) for v in found[["median", "lower", "upper", "rank", "place"]])
    '2.5 1.75 3.25 1.0 above peers'
    """
    values = one_figure_each(values, "indicators")
    low, high = (
        None if t is None else one_figure_each(t, f"indicators: {name}")
        for name, t in (("low", low), ("high", high))
    )
    own = list(values.index) if territories is None else list(dict.fromkeys(territories))
    _sound(values, low, high, own, peers)
    near = _named(own, peers) if peers is not None else _similar(values, own, match, rules)
    chosen = _positions(values.index, own, near)
    random = np.random.default_rng(rules.seed)
    parts = [
        _compared(
            values[name],
            *(None if t is None else t[name] for t in (low, high)),
            own=values.index.get_indexer(own),
            peers=chosen,
            rules=rules,
            random=random,
        ).assign(territory=own, indicator=name)
        for name in values.columns
    ]
    comparison = pd.concat(parts, ignore_index=True)
    order = comparison["territory"].map({t: i for i, t in enumerate(own)})
    comparison = comparison.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
    first = ["territory", "indicator"]
    return Benchmark(comparison[[*first, *comparison.columns.drop(first)]], near, rules)


def _sound(
    values: pd.DataFrame,
    low: pd.DataFrame | None,
    high: pd.DataFrame | None,
    own: Sequence[str],
    peers: Sequence[str] | None,
) -> None:
    known = set(values.index)
    if len(known) < _LEAST:
        raise LayerError(
            message(
                "indicators: {count} territories: there is none to compare with. Give two or more.",
                count=len(known),
            )
        )
    problems = []
    for name, given in (("territory", own), ("peers", peers or ())):
        strange = sorted({str(t) for t in given if t not in known})
        if strange:
            problems.append(
                message(
                    "{name}: {values}: no indicators are of that territory. Check the codes (leading zeros?).",
                    name=name,
                    values=listing(strange),
                )
            )
    problems += outside_own(values, low, high)
    if problems:
        raise LayerError(problems)


def _named(own: Sequence[str], peers: Sequence[str]) -> pd.DataFrame:
    """The same peers for all, none of them its own."""
    table = pd.MultiIndex.from_product(
        [own, list(dict.fromkeys(peers))], names=["territory", "peer"]
    ).to_frame(index=False)
    table = table[table["territory"] != table["peer"]].reset_index(drop=True)
    return table.assign(order=np.nan, distance=np.nan)


def _similar(
    values: pd.DataFrame, own: Sequence[str], match: Sequence[str] | None, rules: BenchmarkRules
) -> pd.DataFrame:
    near = similar_peers(values, number=rules.number, distance=rules.distance, match=match)
    return near[near["territory"].isin(own)].reset_index(drop=True)


def _positions(index: pd.Index, own: Sequence[str], near: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rows of the peers of each territory; -1 where it has fewer."""
    rank = near.groupby("territory", sort=False).cumcount().to_numpy()
    found = np.full((len(own), int(rank.max(initial=-1)) + 1), -1, dtype=np.int64)
    rows = pd.Index(own).get_indexer(near["territory"])
    found[rows, rank] = index.get_indexer(near["peer"])
    return found


def _compared(
    values: pd.Series,
    low: pd.Series | None,
    high: pd.Series | None,
    *,
    own: npt.NDArray[np.int64],
    peers: npt.NDArray[np.int64],
    rules: BenchmarkRules,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One indicator of all territories beside their peers."""
    figure = np.append(values.to_numpy(dtype=np.float64), np.nan)  # the last stands for no peer
    ends = [_end(values, e) for e in (low, high)]
    mine, theirs = figure[own], figure[peers]
    median, lower, upper = _quantiles(theirs, rules.quantile)
    found = pd.DataFrame(
        {
            "value": mine,
            "low": ends[0][own],
            "high": ends[1][own],
            "peers": (~np.isnan(theirs)).sum(axis=1),
            "median": median,
            "lower": lower,
            "upper": upper,
            "difference": mine - median,
        }
    )
    for name, pick in (("least", np.fmin), ("most", np.fmax)):
        found[name] = pick.reduce(theirs, axis=1, initial=np.nan)
    place, rank = _placed(mine, lower, upper), _ranked(mine, theirs)
    found["place"], found["rank"] = place, rank
    known = ~np.isnan(ends[0] + ends[1])
    drawn = _drawn(figure, ends, known, own, peers, rules, random, place)
    # What has no place has no chance of another; what has no interval anywhere has none either.
    any_, all_ = _intervals(known, figure, own, peers)
    tellable = any_ & (rules.draws > 0) & ~np.isnan(rank)
    for name, column in drawn.items():
        found[name] = np.where(tellable, column, np.nan)
    found["rests_on"] = np.where(any_ & (rules.draws > 0), np.where(all_, OWN, SOME), SPREAD)
    return found


def _end(values: pd.Series, end: pd.Series | None) -> Floats:
    if end is None:
        return np.full(len(values) + 1, np.nan)
    return np.append(end.reindex(values.index).to_numpy(dtype=np.float64), np.nan)


def _quantiles(theirs: Floats, quantile: float) -> tuple[Floats, Floats, Floats]:
    """Median and both quantiles over the last axis, of what is known; all rows at once, which numpy's own does not."""
    number = (~np.isnan(theirs)).sum(axis=-1, keepdims=True)
    if theirs.shape[-1] == 0:
        nothing = np.full(theirs.shape[:-1], np.nan)
        return nothing, nothing, nothing
    ordered = np.sort(theirs, axis=-1)  # what is unknown comes last
    last = np.maximum(number - 1, 0)
    found = []
    for share in (0.5, min(quantile, 1 - quantile), max(quantile, 1 - quantile)):
        place = share * last
        below = np.floor(place).astype(np.int64)
        at, above = (np.take_along_axis(ordered, i, axis=-1) for i in (below, np.minimum(below + 1, last)))
        found.append((at + (place - below) * (above - at))[..., 0])
    return found[0], found[1], found[2]


def _placed(mine: Floats, lower: Floats, upper: Floats) -> npt.NDArray[np.object_]:
    found: npt.NDArray[np.object_] = np.select(
        [np.isnan(mine) | np.isnan(lower), mine > upper, mine < lower], ["", ABOVE, BELOW], WITHIN
    ).astype(object)
    found[found == ""] = None
    return found


def _ranked(mine: Floats, theirs: Floats) -> Floats:
    """1 and the peers with more; NaN without a figure, or without a peer that has one."""
    rank = 1.0 + (theirs > mine[..., None]).sum(axis=-1)
    none = np.isnan(mine) | np.isnan(theirs).all(axis=-1)
    ranked: Floats = np.where(none, np.nan, rank)
    return ranked


def _intervals(
    known: Flags, figure: Floats, own: npt.NDArray[np.int64], peers: npt.NDArray[np.int64]
) -> tuple[Flags, Flags]:
    """Whether some, and whether all of the figures compared have an interval."""
    rows = np.column_stack([own, peers])
    there = ~np.isnan(figure[rows])
    some: Flags = np.asarray((known[rows] & there).any(axis=1))
    every: Flags = np.asarray((known[rows] | ~there).all(axis=1))
    return some, every


def _drawn(
    figure: Floats,
    ends: Sequence[Floats],
    known: Flags,
    own: npt.NDArray[np.int64],
    peers: npt.NDArray[np.int64],
    rules: BenchmarkRules,
    random: np.random.Generator,
    place: npt.NDArray[np.object_],
) -> dict[str, Floats]:
    """Intervals of rank and median, and how often the place is the same, over draws of the figures."""
    names = ("rank_low", "rank_high", "median_low", "median_high", "same_place")
    found = {name: np.full(len(own), np.nan) for name in names}
    if not (rules.draws and known.any()):
        return found
    drawn = draws_within(figure, *ends, level=rules.level, draws=rules.draws, random=random)
    tail = (1 - rules.level) / 2
    for part in blocks(len(own), rules.draws * max(peers.shape[1], 1), _AT_ONCE):
        mine, theirs = drawn[:, own[part]], drawn[:, peers[part]]
        median, lower, upper = _quantiles(theirs, rules.quantile)
        rank = _ranked(mine, theirs)
        some = ~np.isnan(rank[0])
        for name, table in (("rank", rank), ("median", median)):
            both = np.full((2, mine.shape[1]), np.nan)
            # A rank is a whole number, and so are the ends of its interval.
            kind: Literal["inverted_cdf", "linear"] = "inverted_cdf" if name == "rank" else "linear"
            both[:, some] = np.quantile(table[:, some], [tail, 1 - tail], axis=0, method=kind)
            found[f"{name}_low"][part], found[f"{name}_high"][part] = both
        found["same_place"][part] = (_placed(mine, lower, upper) == place[part]).mean(axis=0)
    return found
