"""The same verdict on several areas."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration import sensitivity
from geoterritorio.concentration.tools._cells import Measure, names_of
from geoterritorio.concentration.tools.quotients import location_quotient
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.schema import Firms, Territories, Verdicts
from geoterritorio.registry import Level, Metres, Progress, no_progress, tool


@tool
def areal_sensitivity(
    territories: Territories,
    firms: Firms,
    other: Territories | None = None,
    *,
    cell: Metres = 10_000,
    measure: Measure = "employment",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> Verdicts:
    """
    Verdicts on different areas.

    The same register, the same measure, several divisions of the same land: the territories, other ones if given
    (labour markets, for example), and a grid of squares. Where the verdicts differ, they owe more to the division than
    to the firms: the modifiable areal unit problem, made visible.

    Parameters
    ----------
    territories
        First division, with which the others are compared.
    firms
        Register of establishments: points.
    other
        Second division of the same land.
    cell
        Side of the squares of the grid; 0 leaves the grid out.
    measure
        What is counted: jobs or establishments.
    level
        Confidence level of the verdicts.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector and division.

    Raises
    ------
    LayerError
        If firms are not points, or the measure is missing.
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
    divisions = {mark("territories"): territories}
    if other is not None:
        divisions[mark("other")] = align(other, territories, name="other")
    if cell > 0:
        require_metres(territories, name="territories")
        divisions[mark("grid")] = regular_cells(territories, cell=cell)
    points = align(firms, territories, name="firms")
    tables = {}
    for i, (name, areas) in enumerate(divisions.items()):
        progress(i / len(divisions), mark("Counting"))
        tables[name] = _verdicts(areas, points, measure=measure, level=level)
    return sensitivity.compare_verdicts(points["sector"], tables, names=names_of(firms))


def _verdicts(
    areas: gpd.GeoDataFrame, points: gpd.GeoDataFrame, *, measure: Measure, level: float
) -> tuple[pd.DataFrame, pd.Series]:
    table = location_quotient(areas, points, measure=measure, level=level).quotients
    return table, assign(points, areas).territory
