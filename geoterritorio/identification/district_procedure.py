"""Industrial districts by the procedure of ISTAT, step by step, with every figure that decides."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification._district_account import Account, Plan, account, plan
from geoterritorio.identification._district_bounds import bounded, without_totals
from geoterritorio.identification._district_cells import (
    ACTIVITIES,
    INDUSTRIES,
    Cells,
    Kinds,
    both_kinds,
    cells_of,
    checked,
    refuse_edition,
    sized_jobs,
)
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
from geoterritorio.identification._district_tables import (
    PASSED,
    Prepared,
    activities_table,
    evidence_table,
    industries_table,
    marked,
    ratio,
    sizes_table,
)
from geoterritorio.identification._ranges import OPEN, counted
from geoterritorio.identification.district_rules import NUMBERS, PRESETS, DistrictRules, sound
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]


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
        threshold, or farthest below) and its `margin`, `unknown_steps` and `cure`, what would decide them; `preset`,
        `confirmed` (yes, reading or no), `size_of`, `reference`.
    evidence
        By market and step: `rule` in words; what the figure is `of` (activity, size class or industry; several where
        that is open), `value` with `low` and `high` (both the value where it is known; `high` missing without bound);
        what it is compared `against`, `threshold` with `threshold_low` and `threshold_high`; `margin` (value less
        threshold), `distance` (the same as a part of the threshold; of excess jobs, as a part of all jobs), `passed`
        (yes, no, unknown, not asked), `reason` where it is unknown, or decided though something is open, and `cure`,
        what would decide it; `origin` of the threshold (published, reading, not confirmed, own rule), `assignment` of
        sectors to activities and industries (reading, as given), `source` of the rules, `reference` and `size_of`:
        what was compared with what.
    activities
        By market and activity: jobs, units, quotient and excess with bounds, whether it is the `main` one.
    industries
        By market and main industry: jobs, units, quotient and excess with bounds, `share_smaller`, jobs by size class
        (`employment_small` and so on), number of `medium_firms` with bounds, whether it is the `main` one.
    sizes
        By market and size class of manufacturing: jobs, units, quotient with bounds.
    rules
        The rules.
    """

    areas: pd.DataFrame
    evidence: pd.DataFrame
    activities: pd.DataFrame
    industries: pd.DataFrame
    sizes: pd.DataFrame
    rules: DistrictRules


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
        Areas, evidence, activities, industries, sizes, rules.

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
    of its cell). No cell is larger than what the others leave of the whole's jobs in its sectors and sizes, or of the
    total of its market where `rules` name the rows of totals. A step is passed, or failed, if that holds at both ends;
    else it is unknown. The bounds take the cells one by one: a step that is told unknown may still be decided by how
    they hang together, never the reverse.

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
    evidence = evidence_table(ready, found, told, rules)
    areas = _areas(ready, found, told, rules)
    areas.insert(areas.columns.get_loc("unknown_steps") + 1, "cure", _cures(evidence).reindex(areas.index))
    return Districts(
        areas,
        evidence,
        activities_table(ready, found, rules),
        industries_table(ready, found, rules),
        sizes_table(ready, found, rules),
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
    for table in (jobs, reference, region):
        if table is not None:
            refuse_edition(table, rules.classification)
    rows = checked(jobs, "jobs", keys=("territory", "sector"))
    if rows.empty:
        raise LayerError(message("jobs: no rows, so there are no markets."))
    _refuse_nameless(rows)
    beyond = None if reference is None else checked(reference, "reference", keys=("sector",))
    rows, beyond, totals = without_totals(rows, beyond, rules.total)
    kinds = both_kinds(rows, beyond, rules.classification)
    _refuse_nothing(rows, beyond, kinds)
    rows = bounded(rows, beyond, kinds, rules, totals)
    markets = pd.Index(sorted(rows["territory"].unique()), name="territory")
    cells = cells_of(rows, kinds, rules, markets)
    whole = None if beyond is None else cells_of(beyond, kinds, rules, None)
    if whole is None and len(markets) == 1:
        _warn_alone()
    sums = plan(kinds, rules)
    if whole is not None:
        _refuse_smaller_whole(cells, whole, sums)
    beside = _beside(markets, region, people, rules)
    return Prepared(markets, kinds, cells, whole, sums, beside)


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


def _refuse_smaller_whole(cells: Cells, whole: Cells, sums: Plan) -> None:
    """Refusal of a whole in which an activity or an industry surely has fewer jobs than the markets together."""
    here = cells.summed()
    smaller = []
    for names, some in (
        (("employment",), sums.everything),
        (ACTIVITIES, sums.activities),
        (INDUSTRIES, sums.industries),
    ):
        least = counted(here.low, here.high, some.surely, some.perhaps).low[0]
        most = counted(whole.low, whole.high, some.surely, some.perhaps).high[0]
        # A job less is rounding of the table.
        smaller += [
            f"{name} ({there:.6g} < {mine:.6g})"
            for name, mine, there in zip(names, least, most, strict=True)
            if there + 1 < mine
        ]
    if smaller:
        raise LayerError(
            message(
                "reference: fewer jobs than in the markets, of which it must be the whole: {values}. Check its "
                "unit, its year and its area.",
                values=listing(smaller),
            )
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
    people = amounts(people, "people")
    here = people.reindex(markets).to_numpy(dtype=float)
    return Beside(share, here, float(people.get("whole", np.nan)))


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
        f"share_{name}": ratio(found.size_jobs[..., i].value, making.value)
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
            "share_manufacturing": ratio(making.value, found.jobs.value),
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


def _weakest(told: dict[str, Answer]) -> tuple[npt.NDArray[np.object_], Floats]:
    """Step whose figure is least above its threshold, and by how much; those that are not known left out."""
    names = np.array([*told, None], dtype=object)
    table = np.stack([a.distance for a in told.values()], axis=-1)
    filled = np.where(np.isnan(table), np.inf, table)
    known = ~np.isnan(table).all(axis=-1)
    return names[np.where(known, filled.argmin(axis=-1), -1)], np.where(known, filled.min(axis=-1), np.nan)


def _cures(evidence: pd.DataFrame) -> pd.Series:
    """By market what would decide its unknown steps, each once."""
    cures = evidence.loc[evidence["passed"] == "unknown", "cure"].dropna().str.split("; ").explode()
    return cures.groupby(level="territory").agg(lambda texts: "; ".join(dict.fromkeys(texts))).astype(object)


def _undecided(told: dict[str, Answer], verdict: npt.NDArray[np.object_]) -> list[str | None]:
    """Names of the steps that are unknown, with semicolons between them."""
    flags = np.stack([a.passed == OPEN for a in told.values()], axis=-1) & (verdict != EMPTY)[:, None]
    names = np.array(list(told), dtype=object)
    return ["; ".join(names[row]) or None for row in flags]


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
