"""The steps of districts: a figure, what it must exceed, and whether it does, whatever is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geoterritorio.identification._district_account import Account
from geoterritorio.identification._district_cells import BUSINESS, CONSUMER, MANUFACTURING
from geoterritorio.identification._ranges import (
    MOOT,
    NO,
    OPEN,
    SAME,
    YES,
    Answers,
    Flags,
    Range,
    agreed,
    every,
    larger,
    opened,
    point,
    spread,
)
from geoterritorio.identification.district_rules import MANUFACTURING as MANUFACTURING_STEPS
from geoterritorio.identification.district_rules import DistrictRules

Floats = npt.NDArray[np.float64]
DISTRICT, LARGE, RESIDUAL, SERVICES, OTHER, NO_DISTRICT, UNDECIDABLE, EMPTY = VERDICTS = (
    "district",
    "large firm system",
    "residual",
    "services",
    "other system",
    "no district",
    "undecidable",
    "empty",
)


# Part of all jobs by which excess jobs of the same market differ at least; less is rounding.
_NEAR = 1e-9


@dataclass(frozen=True)
class Beside:
    """
    What steps ask for that the table of jobs does not hold.

    Parameters
    ----------
    region
        Share of manufacturing in the region, where it is given.
    people, people_whole
        Inhabitants of each market (NaN where unknown), and of the whole.
    """

    region: Range | None = None
    people: Floats | None = None
    people_whole: float = np.nan


@dataclass(frozen=True)
class Answer:
    """
    What a step finds.

    Parameters
    ----------
    value, threshold
        The figure and what it must exceed.
    passed
        `YES`, `NO`, `OPEN` or `MOOT`.
    distance
        How far the figure is above the threshold, in a unit that steps share: as a part of the threshold, or for excess
        jobs of all jobs of the market. NaN where it is not known.
    of_excess
        Whether the figure is one of excess jobs, a small difference of large numbers.
    """

    value: Range
    threshold: Range
    passed: Answers
    distance: Floats
    of_excess: bool = False


@dataclass(frozen=True)
class Asked:
    """What a step works on: the figures, what is beside them, the rules, and which industries may be the main one."""

    account: Account
    beside: Beside
    rules: DistrictRules
    sure: Flags
    candidates: Flags


def _relative(value: Range, threshold: Range) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(threshold.value > 0, value.value / threshold.value - 1, np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _above(value: Range, threshold: Range, *, equal: bool = False) -> Answer:
    threshold = Range(*(np.broadcast_to(v, value.low.shape) for v in (threshold.low, threshold.high)))
    return Answer(value, threshold, larger(value, threshold, equal=equal), _relative(value, threshold))


def _manufacturing_share(asked: Asked) -> Answer:
    times = asked.rules.over_whole
    low, high = asked.account.making_whole.low, asked.account.making_whole.high
    if asked.beside.region is not None:
        low, high = np.minimum(low, asked.beside.region.low), np.minimum(high, asked.beside.region.high)
    return _above(asked.account.making, Range(times * low, times * high))


def _density(asked: Asked) -> Answer:
    units, whole = asked.account.manufacturing_units, asked.account.manufacturing_units_whole
    people = asked.beside.people
    here = np.full(units.low.shape, np.nan) if people is None else np.where(people > 0, people, np.nan)
    there = asked.beside.people_whole if asked.beside.people_whole > 0 else np.nan
    return _above(Range(units.low / here, units.high / here), Range(whole.low / there, whole.high / there))


def _specialised(asked: Asked) -> Answer:
    three = [MANUFACTURING, BUSINESS, CONSUMER]
    found = opened(asked.account.activity_quotient, asked.account.activity_jobs)[..., three]
    return _above(_largest(found), point(asked.rules.activity_quotient))


def _prevails(asked: Asked) -> Answer:
    found = asked.account.activity_excess
    making, services = found[..., MANUFACTURING], _largest(found[..., [BUSINESS, CONSUMER]])
    jobs = asked.account.jobs
    if asked.rules.prevails_by:
        more = asked.rules.prevails_by
        low, high = sorted((more * jobs.low, more * jobs.high), key=np.sum)
        services = Range(services.low + low, services.high + high)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(jobs.value > 0, (making.value - services.value) / jobs.value, np.nan)
    return Answer(
        making,
        services,
        larger(making, services, scale=np.where(np.isfinite(jobs.high), jobs.high, 0)),
        np.where(np.abs(distance) <= SAME, 0.0, distance),
        of_excess=True,
    )


def _size_quotients(asked: Asked) -> Answer:
    sizes = asked.account.size_quotient
    # Where there are no large firms at all their quotient is undefined, and is above no other.
    none = (asked.account.size_jobs.high[..., -1] == 0) & (asked.account.jobs.high > 0)
    large = Range(*(np.where(none, 0.0, v[..., -1]) for v in (sizes.low, sizes.high)))
    times = asked.rules.size_over
    # A smaller class that is here and not in the whole has no quotient, and may be above or below any other.
    smaller = opened(sizes, asked.account.size_jobs)[..., :-1]
    return _above(_largest(smaller), Range(times * large.low, times * large.high))


def _sme_manufacturing(asked: Asked) -> Answer:
    return _above(asked.account.smaller, asked.account.smaller_whole)


def _main_industry(asked: Asked) -> Answer:
    found = asked.account.industry_quotient
    threshold = np.full(found.low.shape[:-1], asked.rules.industry_quotient)
    none = ~asked.candidates.any(axis=-1)
    # Where none can be the main one, the nearest to it is told.
    value = spread(found, np.where(np.expand_dims(none, -1), _first_best(asked), asked.candidates))
    unknown = np.isnan(found.high).all(axis=-1)
    passed = np.where(asked.sure.any(axis=-1), YES, np.where(none & ~unknown, NO, OPEN)).astype(np.int8)
    return Answer(value, point(threshold), passed, _relative(value, point(threshold)))


def _first_best(asked: Asked) -> Flags:
    """The industry with the largest quotient."""
    found = asked.account.industry_quotient
    best = np.nan_to_num(found.high, nan=-np.inf).argmax(axis=-1)
    return np.asarray(np.arange(found.high.shape[-1]) == best[..., None])


def _of_main(asked: Asked, value: Range, threshold: Range, *, equal: bool = False) -> Answer:
    """Step on the main industry, or on all that may be it."""
    each = larger(value, threshold, equal=equal)
    figure = spread(value, asked.candidates)
    wide = Range(*(np.broadcast_to(v, value.low.shape) for v in (threshold.low, threshold.high)))
    bound = spread(wide, asked.candidates)
    return Answer(figure, bound, agreed(each, asked.candidates), _relative(figure, bound))


def _mainly(asked: Asked, value: Range) -> Answer:
    if asked.rules.mainly is not None:
        return _of_main(asked, value, point(asked.rules.mainly))
    # Without a number it is decided where the number cannot matter.
    with np.errstate(invalid="ignore"):
        each = np.where(value.low >= 1, YES, np.where(value.high <= 0, NO, OPEN)).astype(np.int8)
    figure = spread(value, asked.candidates)
    nothing = np.full(figure.low.shape, np.nan)
    return Answer(figure, Range(nothing, nothing), agreed(each, asked.candidates), nothing)


def _sme_industry(asked: Asked) -> Answer:
    return _mainly(asked, asked.account.industry_smaller)


def _small_industry(asked: Asked) -> Answer:
    return _mainly(asked, asked.account.industry_small)


def _industry_share(asked: Asked) -> Answer:
    return _of_main(asked, asked.account.industry_share, point(asked.rules.industry_share))


def _industry_jobs(asked: Asked) -> Answer:
    return _of_main(asked, asked.account.industry_jobs, point(asked.rules.least_jobs), equal=True)


def _one_medium_firm(asked: Asked) -> Answer:
    small, medium, units = (getattr(asked.account, n) for n in ("small_jobs", "medium_jobs", "medium_units"))
    near = 1e-9  # enterprises are counted by parts of their plants
    one = (np.abs(units.low - 1) < near) & (np.abs(units.high - 1) < near)
    never = (units.low > 1 + near) | (units.high < 1 - near)
    fits = larger(small, medium, equal=True)
    each = np.where(never | (fits == YES), YES, np.where(one & (fits == NO), NO, OPEN)).astype(np.int8)
    passed = agreed(each, asked.candidates)
    figure, bound = spread(small, asked.candidates), spread(medium, asked.candidates)
    # Where there is not one medium firm the jobs decide nothing, however near they are.
    counts = (asked.candidates & ~never).any(axis=-1)
    return Answer(figure, bound, passed, np.where(counts, _relative(figure, bound), np.nan))


_STEPS: Mapping[str, Callable[[Asked], Answer]] = {
    "manufacturing_share": _manufacturing_share,
    "unit_density": _density,
    "specialised": _specialised,
    "prevails": _prevails,
    "size_quotients": _size_quotients,
    "sme_manufacturing": _sme_manufacturing,
    "main_industry": _main_industry,
    "industry_share": _industry_share,
    "industry_jobs": _industry_jobs,
    "sme_industry": _sme_industry,
    "one_medium_firm": _one_medium_firm,
    "small_industry": _small_industry,
}


def _largest(figures: Range) -> Range:
    """Largest of the last axis, those that are undefined left out: there is nothing of them here."""
    low = np.where(np.isnan(figures.low), -np.inf, figures.low).max(axis=-1)
    high = np.where(np.isnan(figures.high), -np.inf, figures.high).max(axis=-1)
    none = np.isnan(figures.high).all(axis=-1)
    return Range(np.where(none, np.nan, low), np.where(none, np.nan, high))


def main_industries(found: Account, rules: DistrictRules) -> tuple[Flags, Flags]:
    """
    Which industries may be the main one.

    Parameters
    ----------
    found
        Figures of the markets.
    rules
        Quotient above which an industry can be the main one.

    Returns
    -------
    sure, candidates
        Whose quotient is surely above the threshold; and which may have the most excess jobs of those above it. One
        candidate where nothing is open; of several with the same excess jobs the first of the list.
    """
    over = larger(found.industry_quotient, point(rules.industry_quotient))
    sure, perhaps = over == YES, (over != NO) & ~np.isnan(found.industry_quotient.high)
    gain = found.industry_excess
    least = np.where(sure, gain.low, -np.inf).max(axis=-1, keepdims=True)
    candidates = perhaps & (gain.high >= least)
    exact = candidates & gain.exact & (gain.high == least)
    tied = candidates.any(axis=-1, keepdims=True) & (candidates == exact).all(axis=-1, keepdims=True)
    first = np.cumsum(candidates, axis=-1) == 1
    return sure, np.where(tied, candidates & first, candidates)


def answers(found: Account, rules: DistrictRules, beside: Beside) -> dict[str, Answer]:
    """Answer of every step, whatever the steps before it found."""
    asked = Asked(found, beside, rules, *main_industries(found, rules))
    nothing = found.activity_jobs.high[..., MANUFACTURING] == 0
    told = {step: _STEPS[step](asked) for step in rules.steps}
    # Without manufacturing there are no sizes and industries of it to ask about.
    return {
        step: replace(a, passed=np.where((a.passed == OPEN) & nothing, MOOT, a.passed).astype(np.int8))
        for step, a in told.items()
    }


def is_district(told: Mapping[str, Answer]) -> Answers:
    """Whether a market passes all steps."""
    return every(np.stack([a.passed for a in told.values()], axis=-1))


def verdicts(found: Account, told: Mapping[str, Answer], rules: DistrictRules) -> npt.NDArray[np.object_]:
    """Verdict on each market; what kind it is besides only where the rules know kinds."""
    district = is_district(told)
    making = every(np.stack([told[s].passed for s in MANUFACTURING_STEPS if s in told], axis=-1))
    large = _large(found, told)
    activity = main_activity(found)
    kind = np.select(
        [(making == YES) & (large == YES), (making == YES) & (large == NO), making == NO],
        [LARGE, RESIDUAL, np.where(np.isin(activity, (BUSINESS, CONSUMER)), SERVICES, OTHER)],
        NO_DISTRICT,
    )
    # Where manufacturing is what there is most of, a market that fails the step is of no other kind.
    none = (making == NO) & ((activity < 0) | (activity == MANUFACTURING))
    kind = np.where(none | (not rules.kinds), NO_DISTRICT, kind)
    result: npt.NDArray[np.object_] = np.select(
        [found.jobs.high == 0, district == YES, district == OPEN], [EMPTY, DISTRICT, UNDECIDABLE], kind
    ).astype(object)
    return result


def _large(found: Account, told: Mapping[str, Answer]) -> Answers:
    """Whether large firms have the largest quotient and most of the main industry; no where rules do not ask it."""
    if "size_quotients" not in told or "sme_industry" not in told:
        return np.full(found.jobs.low.shape, NO, dtype=np.int8)
    turned = []
    for name in ("size_quotients", "sme_industry"):
        passed = told[name].passed
        turned.append(np.select([passed == YES, passed == NO, passed == MOOT], [NO, YES, NO], OPEN))
    return every(np.stack(turned, axis=-1).astype(np.int8))


def main_activity(found: Account) -> npt.NDArray[np.int64]:
    """Activity with most excess jobs; −1 where that is open, or several have the same."""
    gain = found.activity_excess
    low = np.where(np.isnan(gain.low), -np.inf, gain.low)
    high = np.where(np.isnan(gain.high), -np.inf, gain.high)
    best = low.argmax(axis=-1)
    mine = np.take_along_axis(low, best[..., None], axis=-1)
    # Excesses that differ by rounding alone are the same, and then no activity has most.
    near = _NEAR * np.where(np.isfinite(found.jobs.high), found.jobs.high, 0)[..., None]
    least = mine - near
    rivals = (high >= least) & (np.arange(low.shape[-1]) != best[..., None])
    known = ~rivals.any(axis=-1) & np.isfinite(mine[..., 0])
    found_best: npt.NDArray[np.int64] = np.where(known, best, -1).astype(np.int64)
    return found_best
