"""Tables that districts are told in: every step, activity, industry and size class of every market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.identification._district_account import Account, Plan
from geoterritorio.identification._district_cells import (
    ACTIVITIES,
    BUSINESS,
    CONSUMER,
    INDUSTRIES,
    MANUFACTURING,
    Cells,
    Kinds,
)
from geoterritorio.identification._district_reasons import cures, reasons
from geoterritorio.identification._district_steps import Answer, Beside, main_activity, main_industries
from geoterritorio.identification._ranges import MOOT, NO, OPEN, SAME, YES, Flags, Range, opened
from geoterritorio.identification.district_rules import (
    TEXTS,
    DistrictRules,
    assignment_of,
    confirmed,
    origin_of,
    preset_of,
    source_of,
)

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
PASSED = {YES: "yes", NO: "no", OPEN: "unknown", MOOT: "not asked"}
OWN_SUMS, REFERENCE = "own sums", "reference"


@dataclass(frozen=True)
class Prepared:
    """Tables ready to be counted: markets, their cells, those of the whole, and the sums to be made."""

    markets: pd.Index
    kinds: Kinds
    cells: Cells
    whole: Cells | None
    sums: Plan
    beside: Beside


def marked(table: pd.DataFrame, ready: Prepared, rules: DistrictRules) -> pd.DataFrame:
    """Table that says by which rules it was made, whether they are confirmed, and what was compared with what."""
    name = preset_of(rules)
    return table.assign(
        preset=name or "own rules",
        confirmed=confirmed(rules),
        size_of=rules.size_of,
        reference=OWN_SUMS if ready.whole is None else REFERENCE,
    )


def evidence_table(
    ready: Prepared, found: Account, told: Mapping[str, Answer], rules: DistrictRules
) -> pd.DataFrame:
    """Every step of every market, with what its figure and its threshold are of."""
    why = reasons(ready.kinds, ready.cells, ready.whole, found, told, rules, ready.beside)
    parts = []
    for number, (step, answer) in enumerate(told.items(), start=1):
        of, against = _subjects(step, found, rules)
        parts.append(
            pd.DataFrame(
                {
                    "territory": ready.markets,
                    "step": number,
                    "asked": step,
                    "rule": TEXTS[step],
                    "of": of,
                    **_figure(answer.value, "value", "low", "high"),
                    "against": against,
                    **_figure(answer.threshold, "threshold", "threshold_low", "threshold_high"),
                    "margin": _margin(answer, found),
                    "distance": answer.distance,
                    "passed": [PASSED[p] for p in answer.passed.tolist()],
                    "reason": why[step],
                    "cure": cures(why[step], own_sums=ready.whole is None),
                    "origin": origin_of(rules, step),
                    "assignment": assignment_of(rules),
                    "source": source_of(rules),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(["territory", "step"], kind="stable")
    return marked(table.set_index(["territory", "step"]), ready, rules)


def _figure(figures: Range, name: str, low: str, high: str) -> dict[str, Floats]:
    """Columns of a figure with both its bounds, so that only one without bound has no upper one."""
    ends = {name: figures.value, low: figures.low, high: figures.high}
    return {c: np.where(np.isfinite(v), v, np.nan) for c, v in ends.items()}


def _subjects(step: str, found: Account, rules: DistrictRules) -> tuple[Texts, Texts]:
    """What the figure of a step is of, and its threshold: all that it may be, with semicolons between them."""
    markets = len(found.jobs.low)
    nothing, making = np.full(markets, None, object), np.full(markets, ACTIVITIES[MANUFACTURING], object)
    services = [BUSINESS, CONSUMER]
    if step == "specialised":
        quotients = opened(found.activity_quotient, found.activity_jobs)
        return _named(_foremost(quotients, [MANUFACTURING, *services]), ACTIVITIES), nothing
    if step == "prevails":
        return making, _named(_foremost(found.activity_excess, services), ACTIVITIES)
    if step == "size_quotients":
        smaller = list(range(len(rules.classes) - 1))
        quotients = opened(found.size_quotient, found.size_jobs)
        return _named(_foremost(quotients, smaller), rules.classes), np.full(
            markets, rules.classes[-1], object
        )
    if step in {"manufacturing_share", "unit_density", "sme_manufacturing"}:
        return making, nothing
    return _named(main_industries(found, rules)[1], INDUSTRIES), nothing


def _foremost(figures: Range, among: list[int]) -> Flags:
    """Which of some may be the largest."""
    low, high = (np.where(np.isnan(v), -np.inf, v) for v in (figures.low, figures.high))
    allowed = np.isin(np.arange(low.shape[-1]), among)
    least = np.where(allowed, low, -np.inf).max(axis=-1, keepdims=True)
    return np.asarray(allowed & (high >= least) & (high > -np.inf))


def _named(flags: Flags, names: tuple[str, ...]) -> Texts:
    labels = np.array(names, dtype=object)
    return np.array(["; ".join(labels[row]) or None for row in flags], dtype=object)


def _margin(answer: Answer, found: Account) -> Floats:
    """Value less threshold; nothing where they differ by less than rounding does."""
    value, threshold = answer.value.value, np.broadcast_to(answer.threshold.value, answer.value.low.shape)
    scale = np.fmax(np.abs(value), np.abs(threshold))
    if answer.of_excess:
        scale = np.where(np.isfinite(found.jobs.high), found.jobs.high, 0.0)
    margin = value - threshold
    return np.where(np.abs(margin) <= SAME * scale, 0.0, margin)


def _long(
    ready: Prepared, names: tuple[str, ...], name: str, columns: dict[str, npt.NDArray[np.generic]]
) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([ready.markets, names], names=["territory", name])
    return pd.DataFrame({c: np.asarray(v).reshape(-1) for c, v in columns.items()}, index=index)


def _bounded(figures: Range, name: str, low: str, high: str) -> dict[str, npt.NDArray[np.generic]]:
    """Columns of a figure: itself where known, else its bounds; infinite ones missing."""
    finite = np.where(np.isfinite(figures.high), figures.high, np.nan)
    return {
        name: np.where(np.isfinite(figures.value), figures.value, np.nan),
        low: np.where(figures.exact, np.nan, figures.low),
        high: np.where(figures.exact, np.nan, finite),
    }


def activities_table(ready: Prepared, found: Account, rules: DistrictRules) -> pd.DataFrame:
    """Every activity of every market; the main one has most excess jobs."""
    best = main_activity(found)
    open_ = (best < 0)[:, None] & _foremost(found.activity_excess, list(range(len(ACTIVITIES))))
    main = np.arange(len(ACTIVITIES)) == best[:, None]
    table = _long(
        ready,
        ACTIVITIES,
        "activity",
        {
            **_bounded(found.activity_jobs, "employment", "employment_low", "employment_high"),
            "establishments": _known(found.activity_units),
            **_bounded(found.activity_quotient, "lq", "low", "high"),
            **_bounded(found.activity_excess, "excess", "excess_low", "excess_high"),
            "main": np.where(main, "yes", np.where(open_, "unknown", "no")),
        },
    )
    return marked(table, ready, rules)


def industries_table(ready: Prepared, found: Account, rules: DistrictRules) -> pd.DataFrame:
    """Every industry of every market, with its jobs by size class."""
    _, candidates = main_industries(found, rules)
    single = candidates & (candidates.sum(axis=-1, keepdims=True) == 1)
    table = _long(
        ready,
        INDUSTRIES,
        "industry",
        {
            **_bounded(found.industry_jobs, "employment", "employment_low", "employment_high"),
            "establishments": _known(found.industry_units),
            **_bounded(found.industry_quotient, "lq", "low", "high"),
            **_bounded(found.industry_excess, "excess", "excess_low", "excess_high"),
            "share": _known(found.industry_share),
            "share_smaller": _known(found.industry_smaller),
            **_sized(found, rules),
            **_bounded(found.medium_units, "medium_firms", "medium_firms_low", "medium_firms_high"),
            "main": np.where(single, "yes", np.where(candidates, "unknown", "no")),
        },
    )
    return marked(table, ready, rules)


def _sized(found: Account, rules: DistrictRules) -> dict[str, npt.NDArray[np.generic]]:
    """Jobs of industries by size class, where they are known."""
    return {
        f"employment_{name}": _known(found.industry_size_jobs[..., i]) for i, name in enumerate(rules.classes)
    }


def sizes_table(ready: Prepared, found: Account, rules: DistrictRules) -> pd.DataFrame:
    """Every size class of manufacturing of every market."""
    making = found.activity_jobs[..., [ACTIVITIES.index("manufacturing")]]
    table = _long(
        ready,
        rules.classes,
        "size_class",
        {
            **_bounded(found.size_jobs, "employment", "employment_low", "employment_high"),
            "establishments": _known(found.size_units),
            "share": ratio(found.size_jobs.value, making.value),
            **_bounded(found.size_quotient, "lq", "low", "high"),
        },
    )
    return marked(table, ready, rules)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part of a whole, missing where there is none."""
    shares: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return shares


def _known(figures: Range) -> Floats:
    return np.where(np.isfinite(figures.value), figures.value, np.nan)
