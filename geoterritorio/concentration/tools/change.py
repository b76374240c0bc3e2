"""Change between periods on layers: shift-share."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration import change
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._neighbours import contiguity
from geoterritorio.concentration._panel import periods_of, say_absent
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, names_of, say_alone, whole_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.reference import reference_of
from geoterritorio.layers.schema import CountsPeriods, ReferenceAreas, Territories
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

Missing = Literal["refuse", "zero_sectors", "zero"]

_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
_REFERENCE = Column("reference", "text", "Whole compared with: own sums, or reference")
_MEASURE = Column("measure", "text", "What is counted: employment or establishments", required=False)
_AMOUNTS = (
    Column("before", "number", "Jobs or establishments at the start"),
    Column("after", "number", "Jobs or establishments at the end"),
    Column("change", "number", "Jobs or establishments gained or lost"),
)


def _part(name: str, text: str) -> Column:
    """Component that some methods have."""
    return Column(name, "number", text, required=False)


_COMPONENTS = (
    _part("growth", "Figure at the end over that at the start (Gerfin)"),
    _part(
        "national",
        "What growth like the whole's would have given; of Gerfin, the index of the whole's growth",
    ),
    _part("mix", "What the sectors' growth in the whole gives beyond it; of Gerfin, the index of the mix"),
    _part("neighbours", "What the sector's growth among the neighbours gives beyond the national part"),
    _part("regional", "What the territory's sectors grew beyond that; of Gerfin, the regional index"),
    _part("competitive", "Regional part if the territory had the whole's shares of sectors"),
    _part(
        "allocation",
        "Regional part owed to its specialisation in the sectors that grew faster or slower here",
    ),
    _part("national_homothetic", "National part on the jobs that the whole's shares would give"),
    _part("national_differential", "National part on the jobs beyond or below those"),
    _part("mix_homothetic", "Mix on the jobs that the whole's shares would give"),
    _part("mix_differential", "Mix on the jobs beyond or below those"),
    _part(
        "regional_growth_homothetic",
        "Territory's growth beyond the whole's, on the jobs of the whole's shares",
    ),
    _part(
        "regional_growth_differential",
        "Territory's growth beyond the whole's, on the jobs beyond or below those",
    ),
    _part(
        "regional_mix_homothetic",
        "The sector's own growth in the territory, on the jobs of the whole's shares",
    ),
    _part(
        "regional_mix_differential",
        "The sector's own growth in the territory, on the jobs beyond or below those",
    ),
    _part("unsplit", "Change that cannot be divided, because a rate has no base"),
)
SHIFT_CELLS = Layer(
    "shift_share",
    ("table",),
    (
        _TERRITORY,
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        *_AMOUNTS,
        *_COMPONENTS,
        Column(
            "position",
            "text",
            "Whether the territory is specialised in the sector and advantaged in it (Esteban-Marquillas)",
            required=False,
        ),
        _MEASURE,
        _REFERENCE,
    ),
    key=("territory", "sector"),
)
SHIFT_AREAS = Layer(
    "shift_share_areas",
    ("polygon", "point"),
    (_TERRITORY, _NAME, *_AMOUNTS, *_COMPONENTS, _MEASURE, _REFERENCE),
    key=("territory",),
)
SHIFT_STEPS = Layer(
    "shift_share_steps",
    ("table",),
    (
        _TERRITORY,
        Column("start", "text", "Period at which the step begins"),
        Column("end", "text", "Period at which the step ends"),
        *_AMOUNTS,
        *_COMPONENTS,
        _MEASURE,
        _REFERENCE,
    ),
    key=("territory", "start"),
)
ShiftCells = Annotated[pd.DataFrame, SHIFT_CELLS]
ShiftAreas = Annotated[gpd.GeoDataFrame, SHIFT_AREAS]
ShiftSteps = Annotated[pd.DataFrame, SHIFT_STEPS]


@dataclass(frozen=True)
class ShiftShareResult:
    """
    Components of change as a table, on the map and step by step.

    Attributes
    ----------
    components
        One row per territory and sector.
    areas
        One row per territory: all its sectors together.
    steps
        One row per territory and step of time; several steps if the method is dynamic.
    """

    components: ShiftCells
    areas: ShiftAreas
    steps: ShiftSteps


@dataclass(frozen=True)
class ShiftShareRules:
    """
    Periods compared, how each step is divided, and what rows that are not there mean.

    Parameters
    ----------
    start
        Period at which the change begins; by default the first.
    end
        Period at which the change ends; by default the last.
    step
        Division of each step of the dynamic method: any other but gerfin.
    missing
        What it means that a period lacks rows of a territory or sector: refuse; of sectors nothing was there, and
        territories are refused (zero_sectors); nothing was there (zero).
    """

    start: str | None = None
    end: str | None = None
    step: change.Additive = "classic"
    missing: Missing = "zero_sectors"


_RULES = ShiftShareRules()


@tool
def shift_share(
    territories: Territories,
    counts: CountsPeriods,
    reference: ReferenceAreas | None = None,
    *,
    method: change.Method = "classic",
    measure: Measure = "employment",
    total: str | None = None,
    rules: ShiftShareRules = _RULES,
    progress: Progress = no_progress,
) -> ShiftShareResult:
    """
    Shift-share analysis of change between periods.

    How much of the change of each territory and sector is the growth of the whole, how much its mix of sectors, and how
    much is left to the territory itself. It describes and does not explain: what is left depends on the detail of
    sectors, on the years and on the whole compared with. The spatial method also looks at territories that touch.

    Parameters
    ----------
    territories
        Territories to compare; the spatial method needs polygons.
    counts
        Jobs or establishments by territory, sector and period.
    reference
        Totals by sector and period of the whole, possibly of a larger area; by default the table's own sums.
    method
        Division of the change: national, mix and regional (classic); the latter as competitive and allocation
        (esteban_marquillas); four terms in two parts each (arcelus); the classic one summed over all periods (dynamic);
        with the neighbours' growth (spatial); indices that multiply to the growth (gerfin).
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    rules
        Periods compared, how each step is divided, and what rows that are not there mean.
    progress
        Callback.

    Returns
    -------
    result
        Components by territory and sector, by territory, and by step of time.

    Raises
    ------
    LayerError
        If there are fewer than two periods, a territory or sector is missing in one of them, their classifications
        differ, counts or reference name territories or sectors that the other layers do not have, or neighbours are
        asked for among points.

    References
    ----------
    .. [1] Dunn, E. S. (1960). A statistical and analytical technique for regional analysis. Papers of the Regional
       Science Association 6, 97-112.
    .. [2] Nazara, S. & Hewings, G. J. D. (2004). Spatial structure and taxonomy of decomposition in shift-share
       analysis. Growth and Change 35, 476-490.
    """
    progress(0, mark("Counting"))
    periods = _between(periods_of(counts), rules.start, rules.end, every=method == "dynamic")
    parts = {period: counts[counts["period"].astype(str) == period] for period in periods}
    _require_balance(parts, territories=rules.missing != "zero")
    _tell_lost(parts)
    say_absent(pd.concat(parts.values()))
    cells = {p: cells_of(territories, None, part, measure=measure, total=total) for p, part in parts.items()}
    if reference is None:
        say_alone(cells[periods[0]], sector=False)
    if rules.missing != "refuse":
        _tell_vanished({period: found.table.columns for period, found in cells.items()})
    progress(0.4, mark("Dividing the change"))
    found = change.shift_share(
        {period: part.table for period, part in cells.items()},
        method=method,
        step=rules.step,
        reference=_wholes(reference, cells, measure=measure, total=total),
        neighbours=contiguity(territories) if _spatial(method, rules.step) else None,
        missing="refuse" if rules.missing == "refuse" else "zero",
    )
    progress(0.9, mark("Drawing up results"))
    return _result(found, measure, territories, names_of(pd.concat(parts.values())))


def _spatial(method: change.Method, step: change.Additive) -> bool:
    return (step if method == "dynamic" else method) == "spatial"


def _between(periods: list[str], start: str | None, end: str | None, *, every: bool) -> list[str]:
    """Periods from start to end: all of them, or these two."""
    unknown = [p for p in (start, end) if p is not None and p not in periods]
    if unknown:
        raise LayerError(
            message(
                "counts: no figures of the periods {values}. There are: {known}.",
                values=listing(unknown),
                known=listing(periods),
            )
        )
    first = 0 if start is None else periods.index(start)
    last = len(periods) - 1 if end is None else periods.index(end)
    if first >= last:
        raise LayerError(
            message(
                "counts: change needs a period to begin with and a later one to end with. There are: {known}.",
                known=listing(periods),
            )
        )
    return periods[first : last + 1] if every else [periods[first], periods[last]]


def _require_balance(parts: dict[str, pd.DataFrame], *, territories: bool) -> None:
    """Refusal of periods that lack a territory of others (its boundary or code changed) or are coded otherwise."""
    there = {period: set(part["territory"]) for period, part in parts.items()}
    every = set().union(*there.values())
    problems = [
        message(
            "counts: {count} territories of other periods have no rows in “{period}”: {values}. Bring all periods to "
            "the same boundaries; where there is really nothing, add rows of 0, or say that missing is zero.",
            count=len(every - found),
            period=period,
            values=listing(sorted(every - found)),
        )
        for period, found in there.items()
        if territories and every - found
    ]
    problems += _other_codes(parts)
    if problems:
        raise LayerError(problems)


def _other_codes(parts: dict[str, pd.DataFrame]) -> list[Message]:
    """Problem of periods whose codes belong to different classifications: the same code may mean another sector."""
    named = {
        period: set(part["classification"].dropna())
        for period, part in parts.items()
        if "classification" in part
    }
    every = set().union(*named.values())
    if all(found == every for found in named.values()):
        return []
    return [
        message(
            "counts: periods are coded in different classifications: {values}. Recode them into one.",
            values=listing(sorted(every)),
        )
    ]


def _tell_lost(parts: dict[str, pd.DataFrame]) -> None:
    """Warning where a territory has no rows in some period and so counts as nothing."""
    there = [set(part["territory"]) for part in parts.values()]
    lost = sorted(set().union(*there) - set.intersection(*there))
    if lost:
        text = message(
            "counts: {count} territories have no rows in some period and count as 0 there: {values}. Check that all "
            "periods have the same boundaries and codes.",
            count=len(lost),
            values=listing(lost),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _tell_vanished(sectors: dict[str, pd.Index]) -> None:
    """Warning where a sector has no rows in some period and so counts as nothing."""
    every = pd.Index([]).append(list(sectors.values())).unique()
    lost = sorted({s for found in sectors.values() for s in every.difference(found)})
    if lost:
        text = message(
            "counts: {count} sectors have no rows in some period and count as 0 there: {values}. Check that all "
            "periods use the same classification.",
            count=len(lost),
            values=listing(lost),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _wholes(
    reference: pd.DataFrame | None, cells: dict[str, Cells], *, measure: Measure, total: str | None
) -> dict[str, Whole] | None:
    if reference is None:
        return None
    if "period" not in reference.columns:
        raise LayerError(message("reference: no column “period”. Change needs the totals of every period."))
    given = reference["period"].astype(str)
    lost = [period for period in cells if not (given == period).any()]
    if lost:
        raise LayerError(
            message(
                "reference: no totals of {count} periods of the data: {values}.",
                count=len(lost),
                values=listing(lost),
            )
        )
    found = {
        period: whole_of(reference_of(reference[given == period]), part, measure=measure, total=total)
        for period, part in cells.items()
    }
    return {period: whole for period, whole in found.items() if whole is not None}


def _result(
    found: change.ShiftShare, measure: Measure, territories: gpd.GeoDataFrame, names: pd.Series
) -> ShiftShareResult:
    cells, totals, steps = (
        frame.assign(measure=measure, reference=found.reference)
        for frame in (found.cells, found.totals.reset_index(), found.steps)
    )
    areas = territories.merge(
        totals, on="territory", how="left", validate="one_to_one", suffixes=("_own", "")
    )
    return ShiftShareResult(
        _ordered(cells.assign(sector_name=cells["sector"].map(names)), SHIFT_CELLS),
        _ordered(areas, SHIFT_AREAS),
        _ordered(steps, SHIFT_STEPS),
    )


def _ordered(frame: pd.DataFrame, schema: Layer) -> pd.DataFrame:
    """Columns of the schema first, the user's own and the geometry last."""
    first = [c.name for c in schema.columns if c.name in frame.columns]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]
