"""Clumps on layers: a register in, their outlines and their establishments out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import spatial

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Firms
from geoterritorio.patterns import clumping
from geoterritorio.patterns.clumping import ClumpRules, Clumps, DistanceRule, Method
from geoterritorio.patterns.tools._plants import Plants, plants_of, sectors_of
from geoterritorio.registry import Column, Count, Layer, Metres, Progress, no_progress, tool

# How far a concave outline follows its points: 0 as closely as can be, 1 not at all.
_CONCAVE = 0.3
_SQUARE_KM = 1e6
_SEED = 1
CLUMP = Column("clump", "text", mark("Number of the clump, the one with most establishments first"))
CLUMPS = Layer(
    "clumps",
    ("polygon",),
    (
        CLUMP,
        Column("plants", "number", mark("Establishments of the clump")),
        Column("jobs", "number", mark("Jobs of the clump; empty where the register has none")),
        Column("share_plants", "number", mark("Share of all establishments looked at")),
        Column("share_jobs", "number", mark("Share of all their jobs")),
        Column("area_km2", "number", mark("Area of the outline in square kilometres")),
        Column("plants_km2", "number", mark("Establishments per square kilometre of the outline")),
        Column(
            "lq",
            "number",
            mark(
                "Share of the sector among all establishments inside the outline, over its share among all: above 1 it "
                "is not only where everything is"
            ),
        ),
        Column("main_sectors", "text", mark("Commonest sectors with their share of the clump")),
        Column(
            "similarity",
            "number",
            mark("Likeness (Jaccard) to the clump found when some establishments are left out, on average"),
        ),
        Column(
            "found_again",
            "number",
            mark("Share of these draws in which it is found again (likeness of 0.5 or more)"),
        ),
        Column(
            "similarity_settings",
            "number",
            mark("Likeness (Jaccard) to the clump found under other settings, on average"),
        ),
        Column(
            "found_again_settings", "number", mark("Share of these settings under which it is found again")
        ),
        Column(
            "stability",
            "text",
            mark("stable (both likenesses 0.75 or more), unstable (one below 0.5) or partly"),
        ),
        Column("method", "text", mark("Method with its settings")),
        Column("scale_error", "number", mark("Largest error of projected distances, as a share")),
    ),
    key=("clump",),
)
CLUMPED = Layer(
    "clumped_firms",
    ("point",),
    (
        Column("firm", "text", mark("Identifier of the establishment"), required=False),
        Column("name", "text", mark("Name of the establishment"), required=False),
        Column("sector", "text", "Code of the sector"),
        Column("employment", "number", mark("Jobs at the establishment"), required=False),
        replace(CLUMP, help=mark("Number of its clump; empty outside clumps")),
        Column("probability", "number", mark("How surely it belongs to the clump, from 0 to 1")),
    ),
)
ClumpAreas = Annotated[gpd.GeoDataFrame, CLUMPS]
ClumpedFirms = Annotated[gpd.GeoDataFrame, CLUMPED]


@dataclass(frozen=True)
class ClumpResult:
    """
    Clumps and the establishments in them.

    Attributes
    ----------
    areas
        Outlines with what each clump holds and how surely it is found again.
    establishments
        Establishments looked at, with their clump.
    """

    areas: ClumpAreas
    establishments: ClumpedFirms


@tool
def clumps(
    firms: Firms,
    *,
    sector: str | None = None,
    method: Method = "dbscan",
    least: Count | None = None,
    distance: str = "chance",
    measure: Literal["employment", "establishments"] = "establishments",
    progress: Progress = no_progress,
) -> ClumpResult:
    """
    Clumps of establishments, with how surely each is found again.

    Where establishments of a sector, or of several, lie close together. Each clump is looked for again under other
    settings and without a fifth of the establishments: read stability before its outline. That a sector clumps says
    not yet that it clumps more than all do: read the quotient lq.

    Parameters
    ----------
    firms
        Register of establishments with places, in a projected system in metres.
    sector
        Code of the sector, or several with semicolons between them; by default all sectors.
    method
        How clumps are found. dbscan: establishments that have enough others within a distance; hdbscan: clumps of any
        density, which parts towns more finely and never finds one clump alone.
    least
        Establishments that make a clump, 3 or more; by default the square root of their number, and 5 or more. Where
        there are fewer than 5, all of them.
    distance
        Of dbscan: metres, or a rule: chance (the largest at which establishments thrown evenly over the ground of all
        would show no clump in 19 of 20 cases) or knee (where the distances to neighbours bend most).
    measure
        What is counted: jobs or establishments. Jobs weigh in dbscan only.
    progress
        Callback.

    Returns
    -------
    result
        Outlines and establishments.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If there are fewer establishments than make a clump, all are at one point, or jobs are to weigh in hdbscan or
        are missing.

    References
    ----------
    .. [1] Ester, M., Kriegel, H.-P., Sander, J. & Xu, X. (1996). A density-based algorithm for discovering clusters in
       large spatial databases with noise. Proceedings of KDD-96, 226-231.
    .. [2] Campello, R. J. G. B., Moulavi, D. & Sander, J. (2013). Density-based clustering based on hierarchical
       density estimates. Advances in Knowledge Discovery and Data Mining, 160-172.
    .. [3] Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics and Data Analysis
       52, 258-271.
    """
    progress(0, mark("Placing establishments"))
    weighted = measure == "employment"
    plants = plants_of(firms, weighted=weighted)
    rules = ClumpRules(method=method, least=least, distance=_distance(distance))
    found = clumping.clumps(
        plants.numbered(), sectors_of(sector), weighted=weighted, rules=rules, rng=_SEED, progress=progress
    )
    return ClumpResult(_areas(found, plants), _establishments(found, plants))


def outline(
    places: npt.NDArray[np.float64],
    *,
    shape: Literal["concave", "convex"] = "concave",
    margin: Metres | None = None,
) -> shapely.Geometry:
    """
    Outline of a clump.

    Parameters
    ----------
    places
        Coordinates in metres, plants by two.
    shape
        "concave" follows the points, "convex" does not.
    margin
        Metres around it; None takes the median distance from a point to the nearest other, and 1 or more.

    Returns
    -------
    polygon
        One polygon or several, never crossing itself, that holds all plants.
    """
    # Of plants at one point each is as far from the next point as if it were alone there.
    places = np.unique(places, axis=0)
    cloud = shapely.MultiPoint(places)
    hull = shapely.concave_hull(cloud, ratio=_CONCAVE) if shape == "concave" else shapely.convex_hull(cloud)
    if margin is None:
        nearest = spatial.KDTree(places).query(places, k=[2])[0]
        margin = max(1.0, float(np.median(nearest[np.isfinite(nearest)])) if len(places) > 1 else 1.0)
    return shapely.buffer(hull, margin)


def _distance(text: str) -> float | DistanceRule:
    rules: tuple[DistanceRule, ...] = get_args(DistanceRule)
    for rule in rules:
        if text.strip().lower() == rule:
            return rule
    try:
        return float(text)
    except ValueError:
        raise LayerError(
            message(
                "distance: “{value}” is neither a number of metres nor one of {known}.",
                value=text,
                known=", ".join(rules),
            )
        ) from None


def _areas(found: Clumps, plants: Plants) -> gpd.GeoDataFrame:
    clump, points, crs = found.plants["clump"], plants.numbered(), plants.layer.crs
    table = found.clumps.reset_index()
    shapes = [
        outline(points.loc[clump.index[clump == name], ["x", "y"]].to_numpy()) for name in table["clump"]
    ]
    areas = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)
    size = areas.area / _SQUARE_KM
    areas = areas.assign(
        area_km2=size,
        plants_km2=areas["plants"] / size,
        lq=_quotients(areas, plants.layer, clump.index),
        method=_told(found.rules),
        scale_error=plants.error,
    )
    return areas[[*(c.name for c in CLUMPS.columns), "geometry"]]


def _quotients(areas: gpd.GeoDataFrame, points: gpd.GeoDataFrame, looked_at: pd.Index) -> Any:
    """Share of the plants looked at among all inside each outline, over their share among all."""
    inside = points.sindex.query(areas.geometry, predicate="intersects")
    mine = points.index.isin(looked_at)
    own, every = (
        np.bincount(inside[0], weights=w[inside[1]], minlength=len(areas)) for w in (mine, np.ones(len(mine)))
    )
    return own / every / mine.mean()


def _establishments(found: Clumps, plants: Plants) -> gpd.GeoDataFrame:
    rows = plants.layer.loc[found.plants.index].assign(**{c: found.plants[c] for c in found.plants})
    kept = [c.name for c in CLUMPED.columns if c.name in rows.columns]
    return rows[[*kept, "geometry"]].reset_index(drop=True)


def _told(rules: ClumpRules) -> str:
    if rules.method == "hdbscan":
        return f"hdbscan, least {rules.least}"
    return f"dbscan, least {rules.least}, distance {float(rules.distance):.0f} m"
