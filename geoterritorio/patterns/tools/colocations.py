"""Colocation quotients on layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.crs import has_geometry
from geoterritorio.layers.schema import Costs, Firms
from geoterritorio.patterns import colocations
from geoterritorio.patterns._shuffles import FewDrawsWarning
from geoterritorio.patterns.colocations import LOCAL, ColocationRules
from geoterritorio.patterns.tools._plants import Plants, plants_of
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

_RULES = ColocationRules()
_SECTOR = Column("sector", "text", "Code of the sector")
_NAME = Column("sector_name", "text", "Name of the sector", required=False)
_NEIGHBOURS = Column("neighbours", "text", "Code of the sector looked at")
_TESTS = (
    Column("p", "number", "Two-sided p-value: chance of a quotient at least as far out, on either side"),
    Column("q", "number", "p-value adjusted for all rows of the table (Benjamini-Hochberg)"),
    Column(
        "verdict",
        "text",
        "more than chance gives, less than chance gives, not told from chance, small (too few establishments of a "
        "sector that is not named), or empty where undefined",
    ),
)
_RULED = (
    Column("looked_at", "number", "How many nearest neighbours of each establishment are looked at"),
    Column("null", "text", "What chance is: conditional or labelling"),
    Column("simulations", "number", "How often sectors were dealt anew by chance"),
)
COLOCATIONS = Layer(
    "colocations",
    ("table",),
    (
        _SECTOR,
        _NAME,
        _NEIGHBOURS,
        Column("neighbours_name", "text", "Name of the sector looked at", required=False),
        Column("establishments", "number", "Establishments of the sector that have neighbours"),
        Column(
            "found",
            "number",
            "How many of their nearest neighbours are of the sector looked at; ties in parts",
        ),
        Column(
            "quotient",
            "number",
            "Colocation quotient: that share over the share of the sector looked at in all",
        ),
        Column("expected", "number", "Quotient that chance gives on average"),
        *_TESTS,
        *_RULED,
        Column("scale_error", "number", "Largest error of projected distances, as a share"),
    ),
    key=("sector", "neighbours"),
)
LOCAL_COLOCATIONS = Layer(
    "local_colocations",
    ("point", "table"),
    (
        Column("firm", "text", "Identifier of the establishment"),
        _SECTOR,
        _NAME,
        _NEIGHBOURS,
        Column(
            "quotient", "number", "Colocation quotient around the establishment; near neighbours count most"
        ),
        *_TESTS,
        *_RULED,
    ),
    key=("firm",),
)


@dataclass(frozen=True)
class ColocationResult:
    """
    Colocation quotients of sectors, and around single establishments.

    Attributes
    ----------
    pairs
        One row per pair of sectors.
    establishments
        One point per establishment of the sector, where a pair is chosen: the quotient around it; otherwise empty.
    rules
        How they were found.
    """

    pairs: Annotated[pd.DataFrame, COLOCATIONS]
    establishments: Annotated[gpd.GeoDataFrame, LOCAL_COLOCATIONS]
    rules: ColocationRules


@tool
def colocation_quotient(
    firms: Firms,
    costs: Costs | None = None,
    *,
    sector: str | None = None,
    neighbours: str | None = None,
    rules: ColocationRules = _RULES,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> ColocationResult:
    """
    Colocation quotients: whose nearest neighbours are of which sector (Leslie and Kronenfeld).

    2 says that the nearest neighbour of an establishment is of the other sector twice as often as if sectors were dealt
    by chance. Establishments of one sector may be near another without those of the other being near them. Where
    both sectors are named, each establishment of the first gets its own quotient, over its ten nearest neighbours at
    least, the nearer counting more.

    Parameters
    ----------
    firms
        Register of establishments of all sectors, as points.
    costs
        Distances, minutes or money between establishments in place of straight lines; pairs that are not listed are
        farther than all that are.
    sector
        Code of the sector whose establishments look; by default each.
    neighbours
        Code of the sector looked for; by default each.
    rules
        Neighbours and chance.
    seed
        Seed of the random draws.
    progress
        Callback.

    Returns
    -------
    result
        Pairs of sectors, and the quotients around establishments.

    Raises
    ------
    LayerError
        There are no points or no sectors of this code, or fewer establishments than neighbours looked at.
    CRSError
        Metres cannot be measured in the layer's CRS.

    References
    ----------
    .. [1] Leslie, T. F. & Kronenfeld, B. J. (2011). The colocation quotient: a new measure of spatial association
       between categorical subsets of points. Geographical Analysis 43, 306-326.
    .. [2] Cromley, R. G., Hanink, D. M. & Bentley, G. C. (2014). Geographically weighted colocation quotients:
       specification and application. Professional Geographer 66, 138-148.
    """
    plants = plants_of(firms, weighted=False, placed=costs is None)
    costs = plants.costs(costs)
    found = colocations.colocation_quotient(
        plants.points, sector, neighbours, costs=costs, rules=rules, rng=seed, progress=progress
    )
    columns = [c.name for c in LOCAL_COLOCATIONS.columns if c.name not in ("firm", "sector_name")]
    local = pd.DataFrame(columns=columns, index=plants.points.index[:0])
    if sector is not None and neighbours is not None:
        around = _local(rules, len(plants.points))
        with warnings.catch_warnings():
            # The quotients of the pair have told the same, but for how many tests there are.
            warnings.simplefilter("ignore", GeoterritorioWarning)
            warnings.simplefilter("default", FewDrawsWarning)
            local = colocations.local_colocation_quotient(
                plants.points, sector, neighbours, costs=costs, rules=around, rng=seed
            ).assign(sector=sector, neighbours=neighbours, **_ruled(around))
    return ColocationResult(_pairs(found, plants), _establishments(local, plants), rules)


def _ruled(rules: ColocationRules) -> dict[str, Any]:
    """How it was found, as the results tell it."""
    return {"looked_at": rules.nearest, "null": rules.null, "simulations": rules.simulations}


def _local(rules: ColocationRules, number: int) -> ColocationRules:
    """Rules of quotients around single establishments, of which few neighbours say nothing."""
    enough = max(int(rules.nearest), min(int(LOCAL.nearest), number - 1))
    return replace(rules, nearest=enough, kernel=LOCAL.kernel)


def _pairs(found: colocations.Colocation, plants: Plants) -> pd.DataFrame:
    rows = found.pairs.reset_index().assign(**_ruled(found.rules), scale_error=plants.error)
    for code, name in (("sector", "sector_name"), ("neighbours", "neighbours_name")):
        rows[name] = rows[code].map(plants.names)
    return rows[[c.name for c in COLOCATIONS.columns]]


def _establishments(local: pd.DataFrame, plants: Plants) -> pd.DataFrame:
    """Quotients at the places of their establishments, if these have any."""
    rows = local.rename_axis("firm").reset_index()
    rows["sector_name"] = rows["sector"].map(plants.names)
    rows = rows[[c.name for c in LOCAL_COLOCATIONS.columns]]
    if not has_geometry(plants.layer):
        return rows
    place = pd.Series(plants.layer.geometry.to_numpy(), plants.points.index)
    return gpd.GeoDataFrame(
        rows, geometry=gpd.GeoSeries(place[rows["firm"]].to_numpy(), crs=plants.layer.crs)
    )
