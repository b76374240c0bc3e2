"""Concentration of sectors over territories, on layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.concentration.tools import _indices
from geoterritorio.concentration.tools._cells import Measure
from geoterritorio.concentration.tools._indices import ComparisonRules, SectorIndices, TerritoryIndices
from geoterritorio.concentration.withheld import UNDEFINED
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Counts, Firms, Reference, Territories
from geoterritorio.registry import Count, Progress, Ratio, no_progress, tool


@dataclass(frozen=True)
class HerfindahlRules:
    """
    Form of the Herfindahl index, and how exact the figures are.

    Parameters
    ----------
    normalised
        Whether 0 is the even distribution over all territories (or sectors), instead of one over their number.
    rounding
        Most that a published figure may be off by rounding, in jobs or establishments.
    """

    normalised: bool = False
    rounding: Ratio = 0


_HERFINDAHL, _RULES = HerfindahlRules(), ComparisonRules()


@dataclass(frozen=True)
class IndexResult:
    """
    An index of the sectors over the territories, and of the territories over the sectors.

    Attributes
    ----------
    indices
        One row per sector.
    areas
        One row per territory: its index over the sectors, compared with all territories together; without chance.
    """

    indices: SectorIndices
    areas: TerritoryIndices


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
    rules: HerfindahlRules = _HERFINDAHL,
    progress: Progress = no_progress,
) -> IndexResult:
    """
    Herfindahl index of each sector over the territories, and of each territory over the sectors.

    Sum of the squared shares of the territories in the sector: one over it is the number of territories of equal size
    with the same index. It is compared with nothing: for that see the other indices.
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
    rules
        Form of the index, and how exact the figures are.
    progress
        Callback.

    Returns
    -------
    result
        Index of every sector over the territories, and of every territory over the sectors.

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
        rounding=rules.rounding,
        replicates=replicates,
        progress=progress,
    )
    areas = _indices.areas_of(layers, "herfindahl", sector_totals, rules.rounding)
    if rules.normalised:
        table = layers.cells.table
        rows, areas = _normalised(rows, len(table.index)), _normalised(areas, len(table.columns))
    told = {"definition": "normalised" if rules.normalised else "plain"}
    return IndexResult(
        _indices.by_sector(layers, rows.assign(**told), "herfindahl"),
        _indices.by_territory(layers, areas.assign(**told), "herfindahl"),
    )


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
) -> IndexResult:
    """
    Hoover's index of concentration of each sector, and of specialisation of each territory.

    Share of the sector that would have to move to be spread like the whole; of a territory, share of its jobs that
    would have to change sector (the coefficient of specialisation).
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
        Index of every sector over the territories, and of every territory over the sectors.

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
    areas = _indices.areas_of(layers, "hoover", sector_totals, rules.rounding)
    return IndexResult(
        _indices.by_sector(layers, rows, "hoover"), _indices.by_territory(layers, areas, "hoover")
    )


def _normalised(rows: pd.DataFrame, parts: int) -> pd.DataFrame:
    """Herfindahl indices from 0 for the even distribution over the parts."""
    even = 1 / parts
    if even == 1:
        return rows.assign(status=UNDEFINED, **{c: np.nan for c in _indices.IN_UNITS if c in rows})
    return rows.assign(**{c: (rows[c] - even) / (1 - even) for c in _indices.IN_UNITS if c in rows})
