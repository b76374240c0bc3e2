"""Lorenz curves, Gini and Theil of sectors over territories, on layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import curves
from geoterritorio.concentration._shares import Of
from geoterritorio.concentration.tools import _indices
from geoterritorio.concentration.tools._cells import Measure
from geoterritorio.concentration.tools._indices import Given, SectorIndices, TerritoryIndices
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing
from geoterritorio.layers.schema import Counts, Firms, Reference, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, Ratio, no_progress, tool

LORENZ_CURVES = Layer(
    "lorenz_curves",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column(
            "territory",
            "text",
            "Identifier of the territory; empty for what the whole holds beyond these",
            required=False,
        ),
        Column("quotient", "number", "Location quotient, by which the curve is ordered", required=False),
        Column("reference", "number", "Share of the whole, cumulated"),
        Column("share", "number", "Share of the sector, cumulated"),
    ),
)
THEIL_PARTS = Layer(
    "theil_parts",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("part", "text", "Part of the index: between groups of territories, or within one"),
        Column("group", "text", "Group of territories; empty for the part between groups", required=False),
        Column("value", "number", "Amount of the part; those of a sector add up to its index"),
        Column("share", "number", "Share of the part in the index"),
        Column("reference", "text", "Whole compared with: own sums, reference, published totals or area"),
    ),
    key=("sector", "part", "group"),
)
LorenzCurves = Annotated[pd.DataFrame, LORENZ_CURVES]
TheilShares = Annotated[pd.DataFrame, THEIL_PARTS]
# What a reference has beyond the territories of a layer is none of their groups.
_BEYOND = "\0"


@dataclass(frozen=True)
class GiniRules:
    """
    Which Gini, what sectors are compared with, and how exact the figures are.

    Parameters
    ----------
    definition
        Which of the three measures of that name: the Gini of the Lorenz curve against the whole (weighted); the area
        between curve and diagonal, half of it (area); the Gini of the list of location quotients, in which every
        territory counts once whatever its size (unweighted), of which neither chance nor bounds are given.
    against
        What a sector's distribution is compared with where no reference is given: all activity, or the areas of the
        territories.
    rounding
        Most that a published figure may be off by rounding, in jobs or establishments.
    replicates
        Number of times chance places the establishments of a register; 0 leaves chance out.
    """

    definition: curves.Definition = "weighted"
    against: _indices.Against = "activity"
    rounding: Ratio = 0
    replicates: Count = 199


@dataclass(frozen=True)
class TheilRules:
    """
    Groups of territories, what sectors are compared with, and how exact the figures are.

    Parameters
    ----------
    groups
        Column of the territories that names the group of each, such as its province or type; divides the index into
        a part between groups and a part within each.
    against
        What a sector's distribution is compared with where no reference is given: all activity, or the areas of the
        territories (topographic concentration).
    rounding
        Most that a published figure may be off by rounding, in jobs or establishments.
    replicates
        Number of times chance places the establishments of a register; 0 leaves chance out.
    """

    groups: str | None = None
    against: _indices.Against = "activity"
    rounding: Ratio = 0
    replicates: Count = 199


_GINI, _THEIL = GiniRules(), TheilRules()


@dataclass(frozen=True)
class GiniResult:
    """
    Locational Gini and the curves it is read from.

    Attributes
    ----------
    indices
        One row per sector.
    curves
        One row per sector and territory, in the order of the curve, which starts at 0.
    areas
        One row per territory: its index over the sectors, compared with all territories together; without chance.
    """

    indices: SectorIndices
    curves: LorenzCurves
    areas: TerritoryIndices


@dataclass(frozen=True)
class TheilResult:
    """
    Theil's index and its parts.

    Attributes
    ----------
    indices
        One row per sector.
    parts
        One row per sector and part: between groups of territories, and within each; empty without groups.
    """

    indices: SectorIndices
    parts: TheilShares


@tool
def locational_gini(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    sector_totals: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    rules: GiniRules = _GINI,
    progress: Progress = no_progress,
) -> GiniResult:
    """
    Locational Gini of each sector.

    Gini of the sector's Lorenz curve against the whole: from 0 (spread like the whole) to below 1; or another of the
    three measures of that name.
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot lie like
    the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the table's own sums, or the total of counts.
    sector_totals
        Published totals of the sectors over these territories, from which bounds of withheld cells follow.
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    rules
        Which Gini, what sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    result
        Index of every sector, the curves it is read from, and index of every territory over the sectors.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name territories that the
        layer does not have or the reference lacks territories, or published totals contradict the cells.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    whole = _indices.compared_with(layers, reference, rules.against)
    rows = _gini(layers, whole, sector_totals, rules, progress)
    areas = _gini_of_areas(layers, sector_totals, rules)
    with warnings.catch_warnings():
        # What is withheld was said with the indices.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        drawn = curves.lorenz(layers.cells.table, reference=whole)
    return GiniResult(
        _indices.by_sector(layers, rows, "locational_gini"),
        drawn,
        _indices.by_territory(layers, areas, "locational_gini"),
    )


@tool
def theil(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    sector_totals: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    rules: TheilRules = _THEIL,
    progress: Progress = no_progress,
) -> TheilResult:
    """
    Theil's index of concentration of each sector.

    Mean logarithm of the location quotients, weighted by the sector's jobs. Against areas it is topographic
    concentration. It divides exactly into a part between groups of territories and a part within each.
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot lie like
    the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the table's own sums, or the total of counts.
    sector_totals
        Published totals of the sectors over these territories, from which bounds of withheld cells follow.
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    rules
        Groups of territories, what sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    result
        Index of every sector, and its parts by groups of territories.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name territories that the
        layer does not have or the reference lacks territories, published totals contradict the cells, or territories
        lack the column of groups or have none.

    References
    ----------
    .. [1] Brülhart, M. & Traeger, R. (2005). An account of geographic concentration patterns in Europe. Regional
       Science and Urban Economics 35, 597-624.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    groups = _groups(territories, rules.groups)
    whole = _indices.compared_with(layers, reference, rules.against)
    rows = _indices.rows_of(
        layers,
        "theil",
        of="sectors",
        reference=whole,
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    return TheilResult(_indices.by_sector(layers, rows, "theil"), _parts(layers, whole, groups))


def _gini(
    layers: Given,
    whole: pd.Series | None,
    sector_totals: pd.DataFrame | None,
    rules: GiniRules,
    progress: Progress,
) -> pd.DataFrame:
    """Gini of the sectors by the definition chosen."""
    if rules.definition == "unweighted":
        return _unweighted(layers, "sectors", whole)
    rows = _indices.rows_of(
        layers,
        "locational_gini",
        of="sectors",
        reference=whole,
        sector_totals=_indices.totals_of(sector_totals, layers.measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    return _defined(rows, rules.definition)


def _gini_of_areas(layers: Given, sector_totals: pd.DataFrame | None, rules: GiniRules) -> pd.DataFrame:
    """Gini of the territories by the definition chosen."""
    if rules.definition == "unweighted":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GeoterritorioWarning)
            return _unweighted(layers, "territories", None)
    return _defined(
        _indices.areas_of(layers, "locational_gini", sector_totals, rules.rounding), rules.definition
    )


def _unweighted(layers: Given, of: Of, whole: pd.Series | None) -> pd.DataFrame:
    found = curves.locational_gini(layers.cells.table, of=of, reference=whole, definition="unweighted")
    return _indices.plain_rows(layers, found, of).assign(definition="unweighted")


def _defined(rows: pd.DataFrame, definition: curves.Definition) -> pd.DataFrame:
    factor = 0.5 if definition == "area" else 1.0
    return rows.assign(definition=definition, **{c: factor * rows[c] for c in _indices.IN_UNITS if c in rows})


def _groups(territories: gpd.GeoDataFrame, column: str | None) -> pd.Series | None:
    """Group of each territory."""
    if column is None:
        return None
    if column not in territories.columns or column == territories.geometry.name:
        there = [c for c in territories.columns if c not in {"territory", territories.geometry.name}]
        raise LayerError(
            message(
                "territories: no column “{column}”, named as their groups. There are: {values}.",
                column=column,
                values=listing(there),
            )
        )
    return pd.Series(territories[column].to_numpy(), index=territories["territory"])


def _parts(layers: Given, whole: pd.Series | None, groups: pd.Series | None) -> pd.DataFrame:
    """Long table of the parts of Theil's index, for each sector the one between groups first."""
    if groups is None:
        types = {"text": object, "number": float}
        return pd.DataFrame({c.name: pd.Series(dtype=types[c.dtype]) for c in THEIL_PARTS.columns})
    beyond = pd.Index([]) if whole is None else whole.index.difference(groups.index)
    every = pd.concat([groups.astype(object), pd.Series(_BEYOND, index=beyond, dtype=object)])
    with warnings.catch_warnings():
        # What is withheld was said with the indices.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = curves.theil(layers.cells.table, reference=whole, groups=every)
    within = found.groups.drop(columns=_BEYOND, errors="ignore")
    values = np.column_stack([found.between, within])
    sectors, width = within.index, values.shape[1]
    rows = pd.DataFrame(
        {
            "sector": sectors.repeat(width),
            "part": np.tile(np.array(["between", *["within"] * (width - 1)], dtype=object), len(sectors)),
            "group": np.tile(np.array([None, *within.columns], dtype=object), len(sectors)),
            "value": values.ravel(),
        }
    )
    total = rows["sector"].map(found.total)
    rows["share"] = rows["value"] / total.where((total > 0) & np.isfinite(total))
    rows["sector_name"] = rows["sector"].map(layers.cells.names)
    rows["reference"] = found.total.attrs["reference"]
    return rows[[c.name for c in THEIL_PARTS.columns]]
