"""Industrial districts by the procedure of ISTAT, step by step, with every figure that decides."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification._district_account import Account, Plan, account, plan
from geoterritorio.identification._district_cells import (
    ACTIVITIES,
    INDUSTRIES,
    Cells,
    Kinds,
    both_kinds,
    cells_of,
    checked,
    sized_jobs,
)
from geoterritorio.identification._district_reasons import reasons
from geoterritorio.identification._district_steps import (
    EMPTY,
    Answer,
    Beside,
    answers,
    is_district,
    main_activity,
    main_industries,
    verdicts,
)
from geoterritorio.identification._ranges import MOOT, NO, OPEN, SAME, YES, Range
from geoterritorio.identification.district_rules import (
    NUMBERS,
    PRESETS,
    TEXTS,
    DistrictRules,
    confirmed,
    origin_of,
    preset_of,
    sound,
    source_of,
)
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]
PASSED = {YES: "yes", NO: "no", OPEN: "unknown", MOOT: "not asked"}
OWN_SUMS, REFERENCE = "own sums", "reference"


@dataclass(frozen=True)
class Districts:
    """
    Markets with their verdict, and all that it rests on.

    Parameters
    ----------
    areas
        By market: `verdict` (district; large firm system; residual: manufacturing of another kind; services; other
        system; no district: no district, but its kind is open; undecidable; empty), `district` (yes, no, unknown),
        `activity` with most excess jobs, `main_industry` (missing where open or none), `employment`,
        `manufacturing`, `share_manufacturing`, `share_smaller` (small and medium firms in manufacturing),
        `share_micro` where there are such, `share_small`, `share_medium`, `share_large`, `industry_employment`,
        `industry_smaller` (share of small and medium firms in the main industry), `weakest` (step nearest to its
        threshold, or farthest below) and its `margin`, `unknown_steps`; `preset`, `confirmed`, `size_of`,
        `reference`.
    evidence
        By market and step: `rule` in words, `value` with `low` and `high` where only bounds are known, `threshold`,
        `margin` (value less threshold), `distance` (the same as a part of the threshold; of excess jobs, as a part of
        all jobs), `passed` (yes, no, unknown, not asked), `reason` where it is unknown, `origin` of the threshold
        (published, reading, not confirmed, own rule), `source` of the rules, `reference` and
        `size_of`: what was compared with what.
    industries
        By market and main industry: jobs, units, quotient and excess with bounds, `share_smaller`, whether it is
        the `main` one.
    sizes
        By market and size class of manufacturing: jobs, units, quotient with bounds.
    rules
        The rules.
    """

    areas: pd.DataFrame
    evidence: pd.DataFrame
    industries: pd.DataFrame
    sizes: pd.DataFrame
    rules: DistrictRules


@dataclass(frozen=True)
class Prepared:
    """Tables ready to be counted: markets, their cells, those of the whole, and the sums to be made."""

    markets: pd.Index
    kinds: Kinds
    cells: Cells
    whole: Cells | None
    sums: Plan
    beside: Beside


def districts(
    jobs: pd.DataFrame,
    *,
    reference: pd.DataFrame | None = None,
    rules: DistrictRules | None = None,
    region: pd.DataFrame | None = None,
    people: pd.Series | None = None,
) -> Districts:
    r"""
    Industrial districts, step by step.

    Parameters
    ----------
    jobs
        Table by `territory` (labour market), `sector`, and `size_class` if known (small, medium, large, or in numbers,
        such as 10-49): `employment`, and `establishments` if known. Missing jobs lie between `employment_low` and
        `employment_high`, where these are given. Markets with no row cannot be told of.
    reference
        The same of the whole, without territory: normally the nation. None takes the table's own sums, which says less:
        what is common in these markets cannot stand out in them.
    rules
        Steps and thresholds; by default those of ISTAT 2006 as far as they are confirmed.
    region
        Jobs by `sector` of the region, which the Italian decree takes where it is less industrial than the nation.
    people
        Inhabitants of each market, and of the whole under the name "whole", for the step on density.

    Returns
    -------
    districts
        Areas, evidence, industries, sizes, rules.

    Raises
    ------
    LayerError
        Columns are missing, figures contradict each other, no code is known, or the rules contradict themselves.

    Notes
    -----
    Quotient and excess (prevalence) of an activity, industry or size class i in market r:

    .. math:: LQ_{ri} = \frac{x_{ri} / n_r}{X_i / N}, \qquad P_{ri} = x_{ri} - n_r \frac{X_i}{N}

    n is all jobs for activities, and manufacturing jobs for industries and size classes. Every figure is kept as the
    least and the most it can be: withheld cells between their bounds, codes too coarse for the groups in each group
    they may belong to, establishments without size in each class they may have (a plant is no larger than all the jobs
    of its cell). A step is passed, or failed, if that holds at both ends; else it is unknown. The bounds take the
    cells one by one: a step that is told unknown may still be decided by how they hang together, never the reverse.

    Whether presets are confirmed is said by their name and in the column `confirmed` of each table; `PRESETS` has the
    sources. Which sectors make an activity or an industry is this project's assignment throughout.

    References
    ----------
    .. [1] Sforzi, F. (2009). The empirical evidence of industrial districts in Italy. In: Becattini, G., Bellandi, M.,
       De Propris, L. (eds), A Handbook of Industrial Districts. Cheltenham: Edward Elgar, 327-342.
    .. [2] Boix, R., Galletto, V. (2009). Innovation and industrial districts: a first approach to the measurement and
       determinants of the I-district effect. Regional Studies 43(9), 1117-1133.

    Examples
    --------
    >>> jobs = pd.DataFrame({"territory": ["A", "A", "B", "B"], "sector": ["15.2", "47.1", "15.2", "47.1"],
    ...     "size_class": "small", "employment": [300.0, 200, 20, 800], "establishments": [40, 50, 4, 160]})
    >>> whole = pd.DataFrame({"sector": ["15.2", "15.2", "29.1", "47.1"], "size_class": ["small", "large"] * 2,
    ...     "employment": [5_000.0, 5_000, 20_000, 90_000]})
    >>> districts(jobs, reference=whole).areas["verdict"].tolist()
    ['district', 'services']
    """
    rules = DistrictRules() if rules is None else rules
    ready = prepared(jobs, reference, rules, region=region, people=people)
    found = account(ready.cells, ready.whole, ready.sums, rules)
    told = answers(found, rules, ready.beside)
    return Districts(
        _areas(ready, found, told, rules),
        _evidence(ready, found, told, rules),
        _industries(ready, found, rules),
        _sizes(ready, found, rules),
        rules,
    )


def district_jobs(firms: pd.DataFrame, *, rules: DistrictRules | None = None) -> pd.DataFrame:
    """
    Jobs of a register by market, sector and size class.

    Parameters
    ----------
    firms
        Establishments: `territory` (labour market), `sector`, `employment`, and `group` where enterprises make the
        size; an establishment without one is an enterprise by itself.
    rules
        Ends of the size classes, and whose jobs make them: the plant's, or those of all the enterprise's plants in the
        register, in whatever market.

    Returns
    -------
    jobs
        Table that `districts` takes.

    Raises
    ------
    LayerError
        A needed column is missing, or nothing is known of any establishment.

    Examples
    --------
    >>> firms = pd.DataFrame({"territory": "A", "sector": "15.2", "employment": [40.0, 30, 300]})
    >>> firms["group"] = ["g", "g", None]
    >>> district_jobs(firms)[["size_class", "employment", "establishments"]].values.tolist()
    [['large', 300.0, 1.0], ['small', 70.0, 2.0]]
    >>> district_jobs(firms, rules=DistrictRules(size_of="enterprise"))["size_class"].tolist()
    ['large', 'medium']
    """
    rules = DistrictRules() if rules is None else rules
    sound(rules)
    return sized_jobs(firms, rules)[0]


def prepared(
    jobs: pd.DataFrame,
    reference: pd.DataFrame | None,
    rules: DistrictRules,
    *,
    region: pd.DataFrame | None,
    people: pd.Series | None,
) -> Prepared:
    """Checked tables as cells, and the sums over them."""
    sound(rules)
    rows = checked(jobs, "jobs", keys=("territory", "sector"))
    if rows.empty:
        raise LayerError(message("jobs: no rows, so there are no markets."))
    _refuse_nameless(rows)
    beyond = None if reference is None else checked(reference, "reference", keys=("sector",))
    kinds = both_kinds(rows, beyond, rules.classification)
    _refuse_nothing(rows, beyond, kinds)
    markets = pd.Index(sorted(rows["territory"].unique()), name="territory")
    cells = cells_of(rows, kinds, rules, markets)
    whole = None if beyond is None else cells_of(beyond, kinds, rules, None)
    if whole is None and len(markets) == 1:
        _warn_alone()
    beside = _beside(markets, region, people, rules)
    return Prepared(markets, kinds, cells, whole, plan(kinds, rules), beside)


def _warn_alone() -> None:
    warnings.warn(
        GeoterritorioWarning(
            message(
                "reference: there is none and only one market, which is compared with itself: nothing can stand out. "
                "Give the jobs of the nation."
            )
        ),
        stacklevel=4,
    )


def _refuse_nameless(rows: pd.DataFrame) -> None:
    blank = int(rows[["territory", "sector"]].isna().any(axis=1).sum())
    if blank:
        raise LayerError(
            message(
                "jobs: {count} rows have no territory or no sector. Fill them or remove the rows.",
                count=blank,
            )
        )


def _refuse_nothing(rows: pd.DataFrame, beyond: pd.DataFrame | None, kinds: Kinds) -> None:
    if not rows["high"].gt(0).any():
        raise LayerError(message("jobs: no jobs above 0: there is nothing to measure."))
    if beyond is None:
        return
    here, there = (kinds.of.reindex(t.loc[t["high"] > 0, "sector"]).dropna() for t in (rows, beyond))
    lost = pd.Series(data=False, index=kinds.of.index)
    for flags in (kinds.activity, kinds.industry):
        known = flags[there.unique().astype(int)].any(axis=0)
        lost |= (flags.any(axis=1) & ~(flags & known).any(axis=1))[kinds.of]
    absent = sorted(set(here.index) & set(lost.index[lost]))
    if absent:
        raise LayerError(
            message(
                "reference: sectors of the data have no total in it, nor has any of their group: {values}. Check that "
                "both use the same classification.",
                values=listing(absent),
            )
        )


def _beside(
    markets: pd.Index, region: pd.DataFrame | None, people: pd.Series | None, rules: DistrictRules
) -> Beside:
    share = None
    if region is not None:
        rows = checked(region, "region", keys=("sector",))
        kinds = both_kinds(rows.assign(territory="region"), None, rules.classification)
        part = account(cells_of(rows, kinds, rules, None), None, plan(kinds, rules), rules)
        share = part.making[0]
    if people is None:
        return Beside(share)
    here = people.reindex(markets).to_numpy(dtype=float)
    return Beside(share, here, float(people.get("whole", np.nan)))


def marked(table: pd.DataFrame, ready: Prepared, rules: DistrictRules) -> pd.DataFrame:
    """Table that says by which rules it was made, whether they are confirmed, and what was compared with what."""
    name = preset_of(rules)
    return table.assign(
        preset=name or "own rules",
        confirmed="yes" if confirmed(rules) else "no",
        size_of=rules.size_of,
        reference=OWN_SUMS if ready.whole is None else REFERENCE,
    )


def _areas(ready: Prepared, found: Account, told: dict[str, Answer], rules: DistrictRules) -> pd.DataFrame:
    verdict = verdicts(found, told, rules)
    district = is_district(told)
    _, candidates = main_industries(found, rules)
    single = candidates.sum(axis=-1) == 1
    best = candidates.argmax(axis=-1)
    rows = np.arange(len(best))
    activity = main_activity(found)
    making = found.activity_jobs[..., ACTIVITIES.index("manufacturing")]
    weakest, margin = _weakest(told)
    part = {
        f"share_{name}": _ratio(found.size_jobs[..., i].value, making.value)
        for i, name in enumerate(rules.classes)
    }
    table = pd.DataFrame(
        {
            "verdict": verdict,
            "district": np.where(verdict == EMPTY, "no", [PASSED[d] for d in district.tolist()]),
            "activity": np.append(np.array(ACTIVITIES, dtype=object), [None])[activity],
            "main_industry": np.where(single, np.array(INDUSTRIES, dtype=object)[best], None),
            "employment": found.jobs.value,
            "manufacturing": making.value,
            "share_manufacturing": _ratio(making.value, found.jobs.value),
            "share_smaller": found.smaller.value,
            **part,
            "industry_employment": np.where(single, found.industry_jobs.value[rows, best], np.nan),
            "industry_smaller": np.where(single, found.industry_smaller.value[rows, best], np.nan),
            "weakest": weakest,
            "margin": margin,
            "unknown_steps": _undecided(told, verdict),
        },
        index=ready.markets,
    )
    return marked(table, ready, rules)


def _ratio(part: Floats, whole: Floats) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return shares


def _weakest(told: dict[str, Answer]) -> tuple[npt.NDArray[np.object_], Floats]:
    """Step whose figure is least above its threshold, and by how much; those that are not known left out."""
    names = np.array([*told, None], dtype=object)
    table = np.stack([a.distance for a in told.values()], axis=-1)
    filled = np.where(np.isnan(table), np.inf, table)
    known = ~np.isnan(table).all(axis=-1)
    return names[np.where(known, filled.argmin(axis=-1), -1)], np.where(known, filled.min(axis=-1), np.nan)


def _undecided(told: dict[str, Answer], verdict: npt.NDArray[np.object_]) -> list[str | None]:
    """Names of the steps that are unknown, with semicolons between them."""
    flags = np.stack([a.passed == OPEN for a in told.values()], axis=-1) & (verdict != EMPTY)[:, None]
    names = np.array(list(told), dtype=object)
    return ["; ".join(names[row]) or None for row in flags]


def _evidence(ready: Prepared, found: Account, told: dict[str, Answer], rules: DistrictRules) -> pd.DataFrame:
    why = reasons(ready.kinds, ready.cells, ready.whole, found, told, rules, ready.beside)
    parts = []
    for number, (step, answer) in enumerate(told.items(), start=1):
        value, threshold = answer.value, answer.threshold
        bounded = ~value.exact
        parts.append(
            pd.DataFrame(
                {
                    "territory": ready.markets,
                    "step": number,
                    "asked": step,
                    "rule": TEXTS[step],
                    "value": value.value,
                    "low": np.where(bounded, value.low, np.nan),
                    "high": np.where(bounded & np.isfinite(value.high), value.high, np.nan),
                    "threshold": np.broadcast_to(threshold.value, value.low.shape),
                    "margin": _margin(answer, found),
                    "distance": answer.distance,
                    "passed": [PASSED[p] for p in answer.passed.tolist()],
                    "reason": why[step],
                    "origin": origin_of(rules, step),
                    "source": source_of(rules),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(["territory", "step"], kind="stable")
    return marked(table.set_index(["territory", "step"]), ready, rules)


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


def _industries(ready: Prepared, found: Account, rules: DistrictRules) -> pd.DataFrame:
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
            "excess": _known(found.industry_excess),
            "share": _known(found.industry_share),
            "share_smaller": _known(found.industry_smaller),
            "main": np.where(single, "yes", np.where(candidates, "unknown", "no")),
        },
    )
    return marked(table, ready, rules)


def _sizes(ready: Prepared, found: Account, rules: DistrictRules) -> pd.DataFrame:
    making = found.activity_jobs[..., [ACTIVITIES.index("manufacturing")]]
    table = _long(
        ready,
        rules.classes,
        "size_class",
        {
            **_bounded(found.size_jobs, "employment", "employment_low", "employment_high"),
            "establishments": _known(found.size_units),
            "share": _ratio(found.size_jobs.value, making.value),
            **_bounded(found.size_quotient, "lq", "low", "high"),
        },
    )
    return marked(table, ready, rules)


def _known(figures: Range) -> Floats:
    return np.where(np.isfinite(figures.value), figures.value, np.nan)


def own_rules(preset: str, **changed: object) -> DistrictRules:
    """
    Rules of a preset with one's own numbers.

    Parameters
    ----------
    preset
        Name of the preset.
    **changed
        Fields of the rules; None leaves the preset's, and so does, with a warning, a number that no step asks for.

    Returns
    -------
    rules
        The rules.

    Raises
    ------
    LayerError
        There is no such preset.

    Examples
    --------
    >>> own_rules("boix_unconfirmed", mainly=0.6).mainly
    0.6
    """
    if preset not in PRESETS:
        raise LayerError(
            message(
                "preset: there is no “{name}”. There are: {known}.",
                name=preset,
                known=", ".join(sorted(PRESETS)),
            )
        )
    rules = PRESETS[preset].rules
    given = {k: v for k, v in changed.items() if v is not None}
    asked = {n for step in rules.steps for n in NUMBERS.get(step, ())}
    idle = (set().union(*NUMBERS.values()) - asked - {"small", "medium", "micro"}) & set(given)
    if idle:
        _warn_idle(sorted(idle), preset)
    values = {f.name: getattr(rules, f.name) for f in fields(DistrictRules)}
    return DistrictRules(**(values | {k: v for k, v in given.items() if k not in idle}))


def _warn_idle(names: list[str], preset: str) -> None:
    text = message(
        "{names}: no step of “{preset}” asks for it, so it changes nothing.",
        names=", ".join(names),
        preset=preset,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


__all__ = ["Districts", "Prepared", "district_jobs", "districts", "marked", "own_rules", "prepared"]
