"""How strong is a cluster beside its like in other territories? Stars, and the strong clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import CellBounds, Whole
from geoterritorio.errors import LayerError, message
from geoterritorio.identification.cluster_quotients import sound_whole
from geoterritorio.identification.cures import STARS as CURES
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import NO, UNKNOWN, YES
from geoterritorio.registry import Ratio, Share

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
Preset = Literal["eco", "eco_unconfirmed", "panorama_unconfirmed", "own"]
StrongPreset = Literal["us_unconfirmed", "own"]

CONFIRMED, UNCONFIRMED, OWN = "confirmed", "unconfirmed", "own choice"
DIMENSIONS = ("size", "specialisation", "focus", "productivity", "growth")
# Why a star was not given, or cannot be told.
BELOW_FLOOR, NO_JOBS, FEW = "below the floor", "no jobs in the group", "too few territories"
HIDDEN, NOT_GIVEN, NO_BASE = "withheld cells", "not given", "nothing to compare with"
NO_START = "no jobs in the earlier period"
_ROUNDING = 1e-9
_FIGURES = 11
_NO_CUTS = ("preset", "period", "earlier")


@dataclass(frozen=True)
class Threshold:
    """
    One cut-off.

    Parameters
    ----------
    value
        Share of the territories that get the star ("top"), or the least value that earns it ("least").
    kind
        What the value is.
    origin
        Whether a published page confirms it for the method it is taken from, or it is one's own choice.
    """

    value: float
    kind: Literal["top", "least"]
    origin: str = OWN


@dataclass(frozen=True)
class StarRules:
    """
    Cut-offs of a preset, or one's own.

    Parameters
    ----------
    preset
        Rules to begin with. eco: the two stars of the European Cluster Observatory (2007-11) whose cut-offs are
        confirmed, size (top 10 %) and specialisation (quotient 2 or more); eco_unconfirmed: with focus (top 10 %) and
        a floor of 1000 jobs, which are not; panorama_unconfirmed: size, specialisation, productivity and growth, top
        20 % each, of the European Cluster Panorama (2014-16), none of which is confirmed; own: only what is given here.
    size
        Share of the territories that get the star of size, the largest first; by default the preset's.
    quotient
        Location quotient from which on there is the star of specialisation; by default the preset's.
    specialisation
        In place of it, share of the territories that get this star, the highest quotients first.
    focus
        Share of the territories that get the star of focus, by the group's share in their own jobs.
    productivity
        Share of the territories that get the star of productivity, by value added a job.
    growth
        Share of the territories that get the star of growth, by change of jobs since the earlier period.
    least_jobs
        Jobs below which a group gets no star; by default the preset's.
    least_establishments
        Establishments below which a group gets no star; by default none.
    period
        Of counts of several periods, the one that is looked at; by default the last.
    earlier
        Of counts of several periods, the one from which growth is told; by default the first.
    """

    preset: Preset = "eco"
    size: Share | None = None
    quotient: Ratio | None = None
    specialisation: Share | None = None
    focus: Share | None = None
    productivity: Share | None = None
    growth: Share | None = None
    least_jobs: Ratio | None = None
    least_establishments: Ratio | None = None
    period: str | None = None
    earlier: str | None = None


@dataclass(frozen=True)
class StrongRules:
    """
    When a cluster is strong.

    Parameters
    ----------
    preset
        Rules to begin with. us_unconfirmed: quotient in the top quarter of the territories, as the U.S. Cluster Mapping
        Project is reported to do, which no page seen confirms; own: only what is given here.
    specialisation
        Share of the territories that are strong, the highest quotients first; by default the preset's.
    quotient
        Location quotient that a strong cluster has at least; by default none.
    least_jobs
        Jobs that a strong cluster has at least; by default none: the published floor is not known.
    least_establishments
        Establishments that a strong cluster has at least; by default none: the published floor is not known.
    """

    preset: StrongPreset = "us_unconfirmed"
    specialisation: Share | None = None
    quotient: Ratio | None = None
    least_jobs: Ratio | None = None
    least_establishments: Ratio | None = None


STARS, STRONG = StarRules(), StrongRules()
PRESETS: Mapping[str, Mapping[str, Threshold]] = MappingProxyType(
    {
        "own": {},
        "eco": {
            "size": Threshold(0.10, "top", CONFIRMED),
            "specialisation": Threshold(2.0, "least", CONFIRMED),
        },
        "eco_unconfirmed": {
            "size": Threshold(0.10, "top", CONFIRMED),
            "specialisation": Threshold(2.0, "least", CONFIRMED),
            "focus": Threshold(0.10, "top", UNCONFIRMED),
            "least_jobs": Threshold(1000.0, "least", UNCONFIRMED),
        },
        "panorama_unconfirmed": {
            name: Threshold(0.20, "top", UNCONFIRMED)
            for name in ("size", "specialisation", "productivity", "growth")
        },
        "us_unconfirmed": {"specialisation": Threshold(0.25, "top", UNCONFIRMED)},
    }
)


@dataclass(frozen=True)
class Stars:
    """
    Stars and the evidence for each.

    Parameters
    ----------
    stars
        One row per territory and group: `employment`, `lq`, `focus`, `productivity`, `growth`, a column for each star
        asked for ("yes", "no", "unknown"), `stars` (those surely earned), `stars_possible` (with those unknown),
        `preset` and `unconfirmed` (its cut-offs that no page confirms).
    evidence
        One row per territory, group and star: `criterion`, `value`, `low` and `high` (where the value is withheld),
        `threshold`, `margin` (value less threshold), `passed`, `reason`, `cure` and `origin` of the cut-off.
    thresholds
        Cut-offs in force, by name.
    """

    stars: pd.DataFrame
    evidence: pd.DataFrame
    thresholds: Mapping[str, Threshold]


@dataclass(frozen=True)
class _Measure:
    """Values of one dimension between their limits; which cells are compared, and why the others are not."""

    low: Floats
    high: Floats
    reason: Words

    @property
    def value(self) -> Floats:
        return np.where(self.low == self.high, self.low, np.nan)

    @property
    def compared(self) -> Bools:
        found: Bools = self.reason == ""
        return found


def thresholds_of(rules: StarRules | StrongRules) -> dict[str, Threshold]:
    """
    Cut-offs in force: those of the preset, in whose place one's own may stand.

    Parameters
    ----------
    rules
        Preset and one's own values.

    Returns
    -------
    thresholds
        By name of the star or floor.

    Raises
    ------
    LayerError
        If no star is asked for, or two cut-offs of the same.

    Examples
    --------
    >>> thresholds_of(StarRules(preset="eco", quotient=1.5))["specialisation"]
    Threshold(value=1.5, kind='least', origin='own choice')
    """
    found = dict(PRESETS[rules.preset])
    given = {f.name: getattr(rules, f.name) for f in fields(rules) if f.name not in _NO_CUTS}
    given = {name: value for name, value in given.items() if value is not None}
    if {"quotient", "specialisation"} <= set(given):
        raise LayerError(
            message("specialisation: give either a quotient or a share of the territories, not both.")
        )
    for name, value in given.items():
        kind: Literal["top", "least"] = "top" if name in DIMENSIONS else "least"
        found["specialisation" if name == "quotient" else name] = Threshold(float(value), kind)
    if not any(name in DIMENSIONS for name in found):
        raise LayerError(message("preset: no star is asked for. Choose a preset, or give a cut-off."))
    return found


def cluster_stars(
    employment: pd.DataFrame,
    establishments: pd.DataFrame | None = None,
    bounds: CellBounds | None = None,
    *,
    totals: pd.Series | None = None,
    reference: Whole | None = None,
    value_added: pd.DataFrame | None = None,
    earlier: pd.DataFrame | None = None,
    rules: StarRules | StrongRules = STARS,
) -> Stars:
    r"""
    Stars of groups of related industries in territories.

    Parameters
    ----------
    employment
        Jobs, territories by groups; NaN is withheld or unknown.
    establishments
        Numbers of establishments, where a floor asks for them.
    bounds
        Least and most that withheld cells can hold; None takes 0 and no limit.
    totals
        Jobs of each territory in all sectors; None takes the sums of the table, which groups that overlap or leave
        sectors out make wrong.
    reference
        Totals of the groups in the whole; None takes the table's own sums.
    value_added
        Value added, as `employment`; NaN is unknown.
    earlier
        Jobs of an earlier period, as `employment`.
    rules
        Preset and cut-offs.

    Returns
    -------
    stars
        Stars and evidence.

    Raises
    ------
    LayerError
        If no star is asked for, tables lack territories or groups, or figures are texts, infinite or negative.

    Notes
    -----
    With :math:`e_{rg}` jobs of group g in territory r, :math:`e_r` all its jobs and :math:`E` the whole, size is
    :math:`e_{rg}`, specialisation :math:`(e_{rg} / e_r) / (E_g / E)`, focus :math:`e_{rg} / e_r`, productivity
    value added over :math:`e_{rg}` and growth :math:`e_{rg} / e^0_{rg} - 1`.

    *Top shares.* Of the n territories where the value is defined (for size, specialisation and focus: those with jobs
    in the group, withheld ones among them; for growth: those with jobs in the earlier period, so that a group that is
    gone counts with -1, though no star is given to what has no jobs) those get the star above which fewer than
    :math:`k = \lfloor q n \rfloor` others are. Ties at the k-th place all get it. Where k is 0 there are too few
    territories, and the star is unknown.

    *Withheld cells* lie between their bounds. A star is given if it is earned whatever they hold, refused if it is
    missed whatever they hold, and else unknown. Whatever is missing makes a star unknown, never refused.

    *Floors.* What is surely below a floor gets no star, though it counts among the territories compared.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"food": [900.0, 100, 50, 40]}, index=list("ABCD"))
    >>> totals = pd.Series([2000.0, 2000, 2000, 2000], index=list("ABCD"))
    >>> found = cluster_stars(jobs, totals=totals, rules=StarRules(preset="own", size=0.25, quotient=2))
    >>> found.stars[["territory", "star_size", "star_specialisation", "stars"]]
      territory star_size star_specialisation  stars
    0         A       yes                 yes      2
    1         B        no                  no      0
    2         C        no                  no      0
    3         D        no                  no      0
    """
    cuts = thresholds_of(rules)
    _alike(employment, {"establishments": establishments, "value_added": value_added, "earlier": earlier})
    sound_whole(reference)
    given = {"jobs": employment, "establishments": establishments, "earlier": earlier, "totals": totals}
    employment, establishments, earlier, totals = (
        None if t is None else amounts(t, name) for name, t in given.items()
    )
    value_added = None if value_added is None else amounts(value_added, "value_added", signed=True)
    bounds = bounds and _sound_bounds(bounds)
    measures = _measures(
        employment, bounds, totals, reference, {"value_added": value_added, "earlier": earlier}
    )
    floor = (*_floors(measures["size"], establishments, cuts), measures["size"].high <= 0)
    parts = [
        _judged(name, measures[name], cuts[name], floor).assign(criterion=name)
        for name in DIMENSIONS
        if name in cuts
    ]
    labels = pd.MultiIndex.from_product(
        [employment.index, employment.columns], names=["territory", "group"]
    ).to_frame(index=False)
    evidence = pd.concat([pd.concat([labels, part], axis=1) for part in parts], ignore_index=True)
    table = _table(labels, measures, parts)
    table["preset"] = rules.preset
    table["unconfirmed"] = "; ".join(name for name, cut in cuts.items() if cut.origin == UNCONFIRMED)
    evidence["preset"] = rules.preset
    return Stars(table, evidence, MappingProxyType(cuts))


def _sound_bounds(bounds: CellBounds) -> CellBounds:
    low, high = amounts(bounds.low, "bounds: low"), amounts(bounds.high, "bounds: high", endless=True)
    return replace(bounds, low=low, high=high)


def _alike(employment: pd.DataFrame, others: Mapping[str, pd.DataFrame | None]) -> None:
    problems = []
    for name, table in others.items():
        if table is None:
            continue
        for axis in ("index", "columns"):
            lost = getattr(employment, axis).difference(getattr(table, axis))
            if len(lost):
                text = message(
                    "{layer}: {count} territories or groups that have jobs are not in it: {values}.",
                    layer=name,
                    count=len(lost),
                    values=listing(lost.tolist()),
                )
                problems.append(text)
    if problems:
        raise LayerError(problems)


def _measures(
    employment: pd.DataFrame,
    bounds: CellBounds | None,
    totals: pd.Series | None,
    reference: Whole | None,
    others: Mapping[str, pd.DataFrame | None],
) -> dict[str, _Measure]:
    jobs = employment.to_numpy(np.float64)
    hidden = np.isnan(jobs)
    low, high = jobs, jobs
    if hidden.any():
        least, most = (np.zeros_like(jobs), np.full_like(jobs, np.inf))
        if bounds is not None:
            least, most = (t.reindex_like(employment).to_numpy(np.float64) for t in (bounds.low, bounds.high))
        low = np.where(hidden, np.nan_to_num(least), jobs)
        high = np.where(hidden, np.where(np.isnan(most), np.inf, most), jobs)
    none = np.where(high > 0, "", NO_JOBS).astype(object)
    rows = jobs.sum(axis=1) if totals is None else totals.reindex(employment.index).to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        per = 1 / np.where(rows > 0, rows, np.nan)[:, None]
        share = _shares_of(employment, rows, reference)
        return {
            "size": _Measure(low, high, none),
            "focus": _scaled(low, high, per, none),
            "specialisation": _scaled(low, high, per / np.where(share > 0, share, np.nan), none),
            "productivity": _ratio(others["value_added"], employment, (low, high), none, turned=False),
            "growth": _ratio(others["earlier"], employment, (low, high), none, turned=True),
        }


def _shares_of(employment: pd.DataFrame, rows: Floats, reference: Whole | None) -> Floats:
    """Share of each group in the whole; NaN where withheld cells leave it open."""
    if reference is None:
        found: Floats = employment.sum(skipna=False).to_numpy(np.float64) / rows.sum()
        return found
    known: Floats = reference.sectors.reindex(employment.columns).to_numpy(np.float64) / reference.total
    return known


def _scaled(low: Floats, high: Floats, factor: Floats, none: Words) -> _Measure:
    """Jobs times a factor; without a factor there is nothing to compare with."""
    factor = np.broadcast_to(factor, low.shape)
    lost = np.isnan(factor) & (none == "")
    # A total that lacks withheld cells is no total; one that is 0 leaves nothing to compare with.
    gap = low != high
    why = np.where(gap.any(axis=0, keepdims=True) | gap.any(axis=1, keepdims=True), HIDDEN, NO_BASE)
    with np.errstate(invalid="ignore"):
        ends = [_tidy(np.where(end == 0, 0.0, end * factor)) for end in (low, high)]
    return _Measure(ends[0], ends[1], np.where(lost, why, none).astype(object))


def _tidy(values: Floats) -> Floats:
    """Values in twelve figures, so that what is equal but for rounding ties."""
    size = np.abs(values)
    usual = np.isfinite(values) & (size > 0)
    unit = 10.0 ** (np.floor(np.log10(np.where(usual, size, 1.0))) - _FIGURES)
    found: Floats = np.where(usual, np.round(values / unit) * unit, values)
    return found


def _ratio(
    other: pd.DataFrame | None,
    employment: pd.DataFrame,
    ends: tuple[Floats, Floats],
    none: Words,
    *,
    turned: bool,
) -> _Measure:
    """Value added over jobs, or, turned, jobs over those of the earlier period, less 1."""
    low, high = ends
    if other is None:
        nothing = np.full(low.shape, np.nan)
        return _Measure(nothing, nothing, np.full(low.shape, NOT_GIVEN, dtype=object))
    given = other.reindex_like(employment).to_numpy(np.float64)
    known = low == high
    # Growth from nothing is undefined, not endless; what is gone has grown by -1.
    base = np.where(given > 0, given, np.nan) if turned else given
    values = _tidy(np.where(known, low / base - 1 if turned else base / low, np.nan))
    none = np.where(turned & (given > 0), "", none)
    reason = np.where(known, none, HIDDEN).astype(object)
    reason[np.isnan(given) & (reason == "")] = NOT_GIVEN
    reason[(given == 0) & (reason == "") & turned] = NO_START
    return _Measure(values, values, reason)


def _floors(
    size: _Measure, establishments: pd.DataFrame | None, cuts: Mapping[str, Threshold]
) -> tuple[Bools, Words]:
    """Which cells are surely below a floor, and why others may be."""
    below = np.zeros(size.low.shape, dtype=bool)
    open_ = np.full(size.low.shape, "", dtype=object)
    if "least_jobs" in cuts:
        least = cuts["least_jobs"].value
        below |= size.high < least
        open_[(size.low < least) & (size.high >= least)] = HIDDEN
    if "least_establishments" in cuts:
        least = cuts["least_establishments"].value
        number = np.full(size.low.shape, np.nan)
        if establishments is not None:
            number = establishments.to_numpy(np.float64)
        below |= number < least
        open_[np.isnan(number)] = NOT_GIVEN if establishments is None else HIDDEN
    return below, np.where(below, "", open_)


def _judged(name: str, measure: _Measure, cut: Threshold, floor: tuple[Bools, Words, Bools]) -> pd.DataFrame:
    """Verdict on each cell, row by row of the table."""
    below, open_, empty = floor
    if cut.kind == "least":
        sure, possible = measure.low >= cut.value, measure.high >= cut.value
        limit = np.full(measure.low.shape, cut.value)
        few = np.zeros(measure.low.shape[1], dtype=bool)
    else:
        sure, possible, limit, few = _topmost(measure, cut.value)
    passed = np.where(sure, YES, np.where(possible, UNKNOWN, NO)).astype(object)
    reason = np.where(passed == UNKNOWN, HIDDEN, "").astype(object)
    undecided = ~measure.compared & (measure.reason != NO_JOBS)
    for where, word, why in (
        (np.broadcast_to(few, sure.shape), UNKNOWN, np.full(sure.shape, FEW, dtype=object)),
        (undecided, UNKNOWN, measure.reason),
        ((passed == YES) & (open_ != ""), UNKNOWN, open_),
        (below, NO, np.full(sure.shape, BELOW_FLOOR, dtype=object)),
        (empty, NO, np.full(sure.shape, NO_JOBS, dtype=object)),
    ):
        passed, reason = np.where(where, word, passed), np.where(where, why, reason)
    value = measure.value
    needed = {"productivity": "value_added", "growth": "earlier"}.get(name, "establishments")
    cures = {**CURES, NOT_GIVEN: CURES[needed]}
    frame = {
        "value": value,
        "low": np.where(np.isnan(value), measure.low, np.nan),
        "high": np.where(np.isnan(value) & np.isfinite(measure.high), measure.high, np.nan),
        "threshold": limit,
        "margin": value - limit,
        "passed": passed,
        "reason": reason,
        "cure": [
            cures.get(r, "") if p == UNKNOWN else "" for r, p in zip(reason.flat, passed.flat, strict=True)
        ],
        "origin": np.full(sure.shape, cut.origin, dtype=object),
    }
    return pd.DataFrame({k: np.asarray(v).ravel() for k, v in frame.items()})


def _topmost(measure: _Measure, share: float) -> tuple[Bools, Bools, Floats, Bools]:
    """Which cells are surely and possibly among the top share of their column; the k-th value; too few to say."""
    shape = measure.low.shape
    sure, possible = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    limit, few = np.full(shape, np.nan), np.zeros(shape[1], dtype=bool)
    for g in range(shape[1]):
        among = measure.compared[:, g]
        low, high = measure.low[among, g], measure.high[among, g]
        k = int(np.floor(share * len(low) + _ROUNDING))
        few[g] = k < 1
        if few[g]:
            continue
        # A cell is not above itself, whatever its own limits.
        above = len(high) - np.searchsorted(np.sort(high), low, "right") - (high > low)
        surely = len(low) - np.searchsorted(np.sort(low), high, "right")
        sure[among, g], possible[among, g] = above < k, surely < k
        if (low == high).all():
            limit[:, g] = np.sort(low)[-k]
    return sure, possible, limit, few


def _table(labels: pd.DataFrame, measures: Mapping[str, _Measure], parts: list[pd.DataFrame]) -> pd.DataFrame:
    names = {"size": "employment", "specialisation": "lq"}
    values = {names.get(d, d): measures[d].value.ravel() for d in DIMENSIONS}
    judged = {f"star_{part['criterion'].iloc[0]}": part["passed"].to_numpy() for part in parts}
    frame = labels.assign(**values, **judged)
    frame["stars"] = (frame[list(judged)] == YES).sum(axis=1)
    frame["stars_possible"] = (frame[list(judged)] != NO).sum(axis=1)
    return frame


def strong_clusters(
    employment: pd.DataFrame,
    establishments: pd.DataFrame | None = None,
    bounds: CellBounds | None = None,
    *,
    totals: pd.Series | None = None,
    reference: Whole | None = None,
    rules: StrongRules = STRONG,
) -> Stars:
    """
    Strong clusters: groups of related industries whose quotient is among the highest of all territories.

    Parameters
    ----------
    employment
        Jobs, territories by groups; NaN is withheld or unknown.
    establishments
        Numbers of establishments, where a floor asks for them.
    bounds
        Least and most that withheld cells can hold; None takes 0 and no limit.
    totals
        Jobs of each territory in all sectors; None takes the sums of the table.
    reference
        Totals of the groups in the whole; None takes the table's own sums.
    rules
        Preset and cut-offs.

    Returns
    -------
    strong
        As `cluster_stars`; `strong` in the table is "yes", "no" or "unknown".

    Raises
    ------
    LayerError
        As `cluster_stars`.

    Notes
    -----
    It is the star of specialisation with a top share, and floors: see `cluster_stars`.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"food": [900.0, 100, 50, 40]}, index=list("ABCD"))
    >>> strong_clusters(jobs, totals=pd.Series(2000.0, index=list("ABCD"))).stars["strong"].tolist()
    ['yes', 'no', 'no', 'no']
    """
    found = cluster_stars(employment, establishments, bounds, totals=totals, reference=reference, rules=rules)
    gone = ["productivity", "growth", "stars", "stars_possible"]
    table = found.stars.drop(columns=gone).rename(columns={"star_specialisation": "strong"})
    return Stars(table, found.evidence, found.thresholds)
