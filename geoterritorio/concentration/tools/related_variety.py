"""Variety on layers."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd

from geoterritorio.concentration.related_variety import variety as variety_of
from geoterritorio.concentration.tools._cells import Measure, cells_of, say_alone
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Counts, FirmsParts, Territories
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

VARIETY_AREAS = Layer(
    "variety",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column("total", "number", "Entropy over sectors at the finest level, in bits"),
        Column("unrelated", "number", "Unrelated variety: entropy over the coarsest groups, in bits"),
        Column(
            "semi_related",
            "number",
            "Semi-related variety: entropy of the middle level within the coarsest, in bits",
            required=False,
        ),
        Column(
            "related", "number", "Related variety: entropy of the finest level within the one above, in bits"
        ),
        Column("sectors", "number", "Sectors of the finest level that the territory has"),
    ),
    key=("territory",),
)
VarietyAreas = Annotated[gpd.GeoDataFrame, VARIETY_AREAS]


@tool
def variety(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    measure: Measure = "employment",
    total: str | None = None,
    classification: str = "nace2",
    levels: str = "section,division,group",
    progress: Progress = no_progress,
) -> VarietyAreas:
    """
    Unrelated and related variety of each territory.

    The entropy of a territory's sectors, divided into what lies between broad groups of the classification (unrelated
    variety) and what lies within them (related variety, and semi-related on the middle one of three levels).
    Related means close in the classification; whether anything passes between them is not measured.

    Parameters
    ----------
    territories
        Territories to compare; polygons or points.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts have one.
    classification
        Classification of the codes, from the vocabularies held, for example nace2, nace21, isic4 or naics2022.
    levels
        Two or three levels of the classification from coarse to fine, separated by commas; sectors finer than the last
        are added up to it.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, or sectors are not in the
        classification at these levels.

    References
    ----------
    .. [1] Frenken, K., van Oort, F. & Verburg, T. (2007). Related variety, unrelated variety and regional economic
       growth. Regional Studies 41, 685-697.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    say_alone(cells, territory=False, compared=False)
    progress(0.5, mark("Drawing up results"))
    chain = tuple(name.strip() for name in levels.split(","))
    found = variety_of(cells.table, groups=classification, levels=chain).reset_index()
    areas = territories.merge(found, on="territory", how="left", validate="one_to_one", suffixes=("_own", ""))
    first = [c.name for c in VARIETY_AREAS.columns if c.name in areas.columns]
    return areas[[*first, *(c for c in areas.columns if c not in first)]]
