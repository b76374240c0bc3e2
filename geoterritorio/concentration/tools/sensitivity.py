"""The same verdict on several areas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd

from geoterritorio.concentration import sensitivity
from geoterritorio.concentration.intervals import IntervalRules
from geoterritorio.concentration.tools._cells import Measure, names_of
from geoterritorio.concentration.tools.quotients import location_quotient
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.result_schema import SectorVerdicts, Verdicts
from geoterritorio.layers.schema import Firms, Reference, Territories
from geoterritorio.registry import Level, Metres, Progress, no_progress, tool

# Occupied cells times sectors that a grid may have: what fits into the memory of a small computer.
_MOST_PAIRS = 5_000_000
_GRIDS = (mark("grid"), mark("shifted"))
_NEEDED = ["territory", "sector", "lq", "certainty", "effective_plants"]


@dataclass(frozen=True)
class SensitivityResult:
    """
    Verdicts on several divisions of the same land.

    Attributes
    ----------
    sectors
        One row per sector: its verdict on each division, and whether it changes; those that change come first.
    verdicts
        One row per sector and division.
    rules
        How the intervals were made.
    """

    sectors: SectorVerdicts
    verdicts: Verdicts
    rules: IntervalRules


@tool
def areal_sensitivity(
    territories: Territories,
    firms: Firms,
    other: Territories | None = None,
    *,
    reference: Reference | None = None,
    cell: Metres = 10_000,
    measure: Measure = "employment",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> SensitivityResult:
    """
    Verdicts on different areas.

    The same register, the same measure, several divisions of the same land: the territories, other ones if given
    (labour markets, for example), a grid of squares, and the same grid shifted by half a cell. Where
    the verdicts differ, they owe more to the division than to the firms: the modifiable areal unit problem, made
    visible.

    Parameters
    ----------
    territories
        First division, with which the others are compared.
    firms
        Register of establishments: points.
    other
        Second division of the same land.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
    cell
        Side of the squares of the two grids; 0 leaves them out.
    measure
        What is counted: jobs or establishments.
    level
        Confidence level of the verdicts.
    progress
        Callback.

    Returns
    -------
    result
        Verdicts by sector, and by sector and division.

    Raises
    ------
    LayerError
        If firms are not points, the measure is missing, the reference lacks sectors, or the cells would be too many.
    CRSError
        If metres cannot be measured on the territories.

    References
    ----------
    .. [1] Openshaw, S. (1984). The modifiable areal unit problem. Concepts and Techniques in Modern Geography 38.
    """
    if not has_geometry(firms):
        raise LayerError(
            message("firms: points are needed to count the same establishments on several areas.")
        )
    points = align(firms, territories, name="firms")
    tables = {}
    rules = []
    divisions = _divisions(territories, other, cell)
    for i, (name, areas) in enumerate(divisions):
        progress(i / 4, mark("Counting"))
        place = assign(points, areas).territory
        # Areas without establishments have no quotient, and a fine grid has many of them.
        held = areas[areas["territory"].isin(place)]
        if name in _GRIDS:
            _refuse_too_many(len(held) * points["sector"].nunique(), cell)
        found = location_quotient(held, points, reference=reference, measure=measure, level=level)
        tables[name] = found.quotients[_NEEDED], place
        rules.append(found.rules)
    verdicts = sensitivity.compare_verdicts(points["sector"], tables, names=names_of(firms))
    return SensitivityResult(sensitivity.verdict_changes(verdicts), verdicts, rules[0])


def _divisions(
    territories: gpd.GeoDataFrame, other: gpd.GeoDataFrame | None, cell: float
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Divisions one after the other, so that two large grids need not be held at once."""
    yield mark("territories"), territories
    if other is not None:
        yield mark("other"), align(other, territories, name="other")
    if cell > 0:
        require_metres(territories, name="territories")
        yield _GRIDS[0], regular_cells(territories, cell=cell)
        yield _GRIDS[1], regular_cells(territories, cell=cell, shift=0.5)


def _refuse_too_many(number: int, cell: float) -> None:
    if number > _MOST_PAIRS:
        raise LayerError(
            message("cell: {cell} m would make {number} cells. Choose larger ones.", cell=cell, number=number)
        )
