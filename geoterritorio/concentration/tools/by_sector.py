"""Concentration of sectors over territories, on layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from geoterritorio.concentration.curves import lorenz
from geoterritorio.concentration.tools import _indices
from geoterritorio.concentration.tools._cells import Measure
from geoterritorio.concentration.tools._indices import ComparisonRules, SectorIndices
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Counts, Firms, Reference, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, Ratio, no_progress, tool

_RULES = ComparisonRules()
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
LorenzCurves = Annotated[pd.DataFrame, LORENZ_CURVES]


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
    """

    indices: SectorIndices
    curves: LorenzCurves


@tool
def herfindahl(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    sector_totals: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 199,
    rounding: Ratio = 0,
    progress: Progress = no_progress,
) -> SectorIndices:
    """
    Herfindahl index of each sector over the territories.

    Sum of the squared shares of the territories in the sector: one over it is the number of territories of equal size
    with the same index.
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
    sector_totals
        Published totals of the sectors over these territories, from which bounds of withheld cells follow.
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    replicates
        Number of times chance places the establishments of a register; 0 leaves chance out.
    rounding
        Most that a published figure may be off by rounding, in jobs or establishments.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name territories that the
        layer does not have, or published totals contradict the cells.

    References
    ----------
    .. [1] Adelman, M. A. (1969). Comment on the "H" concentration measure as a numbers-equivalent. Review of Economics
       and Statistics 51, 99-101.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "herfindahl",
        of="sectors",
        reference=None,
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rounding,
        replicates=replicates,
        progress=progress,
    )
    return _indices.by_sector(layers, rows, "herfindahl")


@tool
def krugman_concentration(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    sector_totals: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    rules: ComparisonRules = _RULES,
    progress: Progress = no_progress,
) -> SectorIndices:
    """
    Krugman's index of concentration of each sector.

    Sum of the differences between the territories' shares in the sector and in the whole: from 0 (spread like the
    whole) to below 2.
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
        What sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

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
    rows = _indices.rows_of(
        layers,
        "krugman_concentration",
        of="sectors",
        reference=_indices.compared_with(layers, reference, rules.against),
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    return _indices.by_sector(layers, rows, "krugman_concentration")


@tool
def hoover(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    sector_totals: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    rules: ComparisonRules = _RULES,
    progress: Progress = no_progress,
) -> SectorIndices:
    """
    Hoover's index of concentration of each sector.

    Share of the sector that would have to move to be spread like the whole.
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
        What sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name territories that the
        layer does not have or the reference lacks territories, or published totals contradict the cells.

    References
    ----------
    .. [1] Hoover, E. M. (1936). The measurement of industrial localization. Review of Economics and Statistics 18,
       162-171.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "hoover",
        of="sectors",
        reference=_indices.compared_with(layers, reference, rules.against),
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    return _indices.by_sector(layers, rows, "hoover")


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
    rules: ComparisonRules = _RULES,
    progress: Progress = no_progress,
) -> GiniResult:
    """
    Locational Gini of each sector.

    Gini of the sector's Lorenz curve against the whole: from 0 (spread like the whole) to below 1.
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
        What sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    result
        Index of every sector, and the curves it is read from.

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
    rows = _indices.rows_of(
        layers,
        "locational_gini",
        of="sectors",
        reference=whole,
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    table = _indices.by_sector(layers, rows, "locational_gini")
    with warnings.catch_warnings():
        # What is withheld was said with the indices.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        curves = lorenz(layers.cells.table, reference=whole)
    return GiniResult(table, curves)


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
    rules: ComparisonRules = _RULES,
    progress: Progress = no_progress,
) -> SectorIndices:
    """
    Theil's index of concentration of each sector.

    Mean logarithm of the location quotients, weighted by the sector's jobs. Against areas it is topographic
    concentration.
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
        What sectors are compared with, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name territories that the
        layer does not have or the reference lacks territories, or published totals contradict the cells.

    References
    ----------
    .. [1] Brülhart, M. & Traeger, R. (2005). An account of geographic concentration patterns in Europe. Regional
       Science and Urban Economics 35, 597-624.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "theil",
        of="sectors",
        reference=_indices.compared_with(layers, reference, rules.against),
        sector_totals=_indices.totals_of(sector_totals, measure),
        rounding=rules.rounding,
        replicates=rules.replicates,
        progress=progress,
    )
    return _indices.by_sector(layers, rows, "theil")
