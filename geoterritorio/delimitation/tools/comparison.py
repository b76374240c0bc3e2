"""Divisions compared, on layers: communities of flows, and where two divisions agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.delimitation import communities
from geoterritorio.delimitation.outlines import outlines
from geoterritorio.delimitation.tools.labour import (
    LABOUR_MARKETS,
    DivisionFigures,
    division_figures,
    names_outside,
    of_period,
)
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, require_metres
from geoterritorio.layers.findings import strings
from geoterritorio.layers.schema import FLAGS, Flows, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, Ratio, no_progress, tool

_SIZES = LABOUR_MARKETS.columns[2:8]
COMMUNITIES = Layer(
    "flow_communities",
    ("polygon", "point"),
    (
        Column("territory", "text", mark("Identifier of the community: that of the place with most jobs")),
        Column("name", "text", mark("Name of that place")),
        *_SIZES,
    ),
    key=("territory",),
)
COMMUNITY_MEMBERSHIP = Layer(
    "community_membership",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column(
            "community", "text", mark("Identifier of its community; empty where it has none"), required=False
        ),
        Column("community_name", "text", mark("Name of its community"), required=False),
    ),
    key=("territory",),
)
AGREEMENT = Layer(
    "agreement_places",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column("first", "text", mark("Its area in the first division")),
        Column("second", "text", mark("Its area in the second division")),
        Column(
            "agrees", "text", mark("Whether the two areas answer to each other: yes or no"), options=FLAGS
        ),
    ),
    key=("territory",),
)
MATCHES = Layer(
    "agreement_areas",
    ("table",),
    (
        Column("area", "text", mark("Area of the first division")),
        Column("match", "text", mark("Area of the second division that shares most places with it")),
        Column("similarity", "number", mark("Likeness of the two (Jaccard), by number of places")),
        Column("parts", "number", mark("Areas of the second division among which its places are")),
    ),
    key=("area",),
)
CommunityMembership = Annotated[pd.DataFrame, COMMUNITY_MEMBERSHIP]
CommunityAreas = Annotated[gpd.GeoDataFrame, COMMUNITIES]
AgreementPlaces = Annotated[gpd.GeoDataFrame, AGREEMENT]
Matches = Annotated[pd.DataFrame, MATCHES]


@dataclass(frozen=True)
class CommunityResult:
    """
    Communities of flows.

    Attributes
    ----------
    areas
        Communities with their size and self-containment.
    membership
        Community of each territory.
    figures
        Number of communities, modularity, and agreement of the runs.
    modularity
        Modularity: 0 where flows are as between places without borders, towards 1 where nobody crosses one.
    agreement
        Agreement of the runs with the best one (adjusted Rand): below 1 chance has a part in it.
    """

    areas: CommunityAreas
    membership: CommunityMembership
    figures: DivisionFigures
    modularity: float
    agreement: float


@dataclass(frozen=True)
class AgreementResult:
    """
    How far two divisions agree.

    Attributes
    ----------
    places
        Territories with their area in each division, and whether these answer to each other.
    areas
        Areas of the first division with the area of the second that is most like them.
    figures
        Adjusted Rand index, how many places were compared, and in how many the divisions agree.
    adjusted_rand
        Adjusted Rand index: 1 where they are the same, 0 where they have nothing to do with each other.
    """

    places: AgreementPlaces
    areas: Matches
    figures: DivisionFigures
    adjusted_rand: float


@tool
def flow_communities(
    territories: Territories,
    flows: Flows,
    *,
    resolution: Ratio = 1.0,
    runs: Count = 10,
    period: str | None = None,
    outside: str | None = None,
    progress: Progress = no_progress,
) -> CommunityResult:
    """
    Communities of flows.

    Areas within which more is exchanged than the sizes of their places would give, by modularity (Louvain). Nothing is
    asked of size or self-containment: a comparison for labour markets, and for flows other than commuting.

    Parameters
    ----------
    territories
        Places, in a projected system in metres.
    flows
        Flows between places, those within a place among them.
    resolution
        Above 1 communities are smaller, below 1 larger.
    runs
        How often they are looked for; the best is kept.
    period
        Period of the flows, where there are several.
    outside
        Names that flows give to what is across the border of the study, with semicolons between them. Other unknown
        names count as across the border too, with a warning.
    progress
        Callback.

    Returns
    -------
    result
        Communities, their places, and how sure they are.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    FlowError
        If flows are wrong, have several periods, none within a place, or name none of the territories.

    References
    ----------
    .. [1] Blondel, V. D., Guillaume, J.-L., Lambiotte, R. & Lefebvre, E. (2008). Fast unfolding of communities in large
       networks. Journal of Statistical Mechanics, P10008.
    """
    require_metres(territories, name="territories")
    found = communities.flow_communities(
        of_period(flows, period),
        territories["territory"],
        resolution=resolution,
        runs=runs,
        outside=names_outside(outside),
        progress=progress,
    )
    areas = _areas(found, territories)
    figures = {
        "communities": len(areas),
        "modularity": found.modularity,
        "agreement_of_runs": found.agreement,
    }
    return CommunityResult(
        areas,
        _membership(found, territories, areas),
        division_figures(figures),
        found.modularity,
        found.agreement,
    )


def _membership(
    found: communities.FlowCommunities, territories: gpd.GeoDataFrame, areas: gpd.GeoDataFrame
) -> pd.DataFrame:
    ids = strings(territories["territory"]).astype(object)
    community = found.membership.reindex(ids).to_numpy(dtype=object)
    table = pd.DataFrame({"territory": ids.to_numpy(), "community": community})
    table["community_name"] = table["community"].map(areas.set_index("territory")["name"])
    if "name" in territories.columns:
        table.insert(1, "name", territories["name"].to_numpy(dtype=object))
    return table


def _areas(found: communities.FlowCommunities, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = strings(territories["territory"]).astype(object)
    table = found.communities.rename_axis("territory").reset_index()
    name = ids.set_axis(ids)
    if "name" in territories.columns:
        name = territories["name"].astype(object).set_axis(ids).fillna(name)
    table.insert(1, "name", table["territory"].map(name))
    code = pd.Index(table["territory"]).get_indexer(found.membership.reindex(ids)).astype(np.int64)
    shapes = outlines(territories.reset_index(drop=True), code, len(table))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=territories.crs)


@tool
def division_agreement(
    territories: Territories, first: Territories, second: Territories, *, progress: Progress = no_progress
) -> AgreementResult:
    """
    Agreement of two divisions.

    Where two ways to draw borders, such as provinces and labour markets, put the same places together. A place belongs
    to the area in which a point within it lies.

    Parameters
    ----------
    territories
        Places, in a projected system in metres.
    first
        Areas of the first division.
    second
        Areas of the second division.
    progress
        Callback.

    Returns
    -------
    result
        Places, areas and index.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    LayerError
        If no place lies in an area of both divisions.

    References
    ----------
    .. [1] Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.
    """
    require_metres(territories, name="territories")
    ids = strings(territories["territory"]).astype(object)
    points = gpd.GeoSeries(territories.representative_point().set_axis(ids), crs=territories.crs)
    areas = [
        assign(points, align(layer, territories, name=name)).territory
        for layer, name in ((first, "first"), (second, "second"))
    ]
    _refuse_apart(*areas)
    found = communities.division_agreement(*areas)
    progress(1)
    places = territories.set_axis(ids)[[c for c in ("name", "geometry") if c in territories.columns]]
    table = places.loc[found.places.index].assign(**{c: found.places[c] for c in found.places})
    table = table.rename_axis("territory").reset_index()
    kept = [c.name for c in AGREEMENT.columns if c.name in table.columns]
    figures = {
        "adjusted_rand": found.adjusted_rand,
        "places_compared": len(table),
        "places_agreeing": int((table["agrees"] == "yes").sum()),
    }
    return AgreementResult(
        table[[*kept, "geometry"]], found.areas.reset_index(), division_figures(figures), found.adjusted_rand
    )


def _refuse_apart(first: pd.Series, second: pd.Series) -> None:
    """Refusal of divisions that cover no place together: here places are found by where they lie."""
    there = first.notna().to_numpy(), second.notna().to_numpy()
    if not (there[0] & there[1]).any():
        raise LayerError(
            message(
                "no place lies in an area of both divisions (places: {all}; in the first: {first}, in the second: "
                "{second}). Places are found by where they lie: compare divisions of the same land.",
                all=len(first),
                first=int(there[0].sum()),
                second=int(there[1].sum()),
            )
        )
