"""Specialisation and diversity of territories over sectors, on layers."""

from __future__ import annotations

from geoterritorio.concentration.tools import _indices
from geoterritorio.concentration.tools._cells import Measure, whole_of
from geoterritorio.concentration.tools._indices import TerritoryIndices
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Counts, Firms, Reference, Territories
from geoterritorio.registry import Count, Progress, Ratio, no_progress, tool


@tool
def krugman_specialisation(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 199,
    rounding: Ratio = 0,
    progress: Progress = no_progress,
) -> TerritoryIndices:
    """
    Krugman's index of specialisation of each territory.

    Sum of the differences between the sectors' shares in the territory and in the whole: from 0 (the shares of the
    whole) to below 2.
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot be of as
    many sectors as the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
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
        One row per territory.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts or reference name
        territories or sectors that the other layers do not have, or published totals contradict the cells.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, layers.cells, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "krugman_specialisation",
        of="territories",
        reference=whole,
        rounding=rounding,
        replicates=replicates,
        progress=progress,
    )
    return _indices.by_territory(layers, rows, "krugman_specialisation")


@tool
def entropy(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 199,
    rounding: Ratio = 0,
    progress: Progress = no_progress,
) -> TerritoryIndices:
    """
    Entropy of each territory over the sectors, in bits.

    From 0 (all in one sector) to the logarithm of the number of sectors: the larger, the more diverse.
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot be of as
    many sectors as the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
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
        One row per territory.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts name
        territories or sectors that the other layers do not have, or published totals contradict the cells.

    References
    ----------
    .. [1] Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27, 379-423.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "entropy",
        of="territories",
        reference=None,
        rounding=rounding,
        replicates=replicates,
        progress=progress,
    )
    return _indices.by_territory(layers, rows, "entropy")


@tool
def relative_diversity(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 199,
    rounding: Ratio = 0,
    progress: Progress = no_progress,
) -> TerritoryIndices:
    """
    Relative diversity of each territory.

    One over Krugman's index of specialisation; infinite where the shares are those of the whole.
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot be of as
    many sectors as the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
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
        One row per territory.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts or reference name
        territories or sectors that the other layers do not have, or published totals contradict the cells.

    References
    ----------
    .. [1] Duranton, G. & Puga, D. (2000). Diversity and specialisation in cities: why, where and when does it matter?
       Urban Studies 37, 533-555.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, layers.cells, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "relative_diversity",
        of="territories",
        reference=whole,
        rounding=rounding,
        replicates=replicates,
        progress=progress,
    )
    return _indices.by_territory(layers, rows, "relative_diversity")


@tool
def hachman(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 199,
    rounding: Ratio = 0,
    progress: Progress = no_progress,
) -> TerritoryIndices:
    """
    Hachman's index of likeness of each territory to the whole.

    From 0 (nothing in common) to 1 (the shares of the whole).
    A register gives each index its mean under chance, p, q and an interval, since few establishments cannot be of as
    many sectors as the whole; counts with withheld cells and published totals give bounds.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
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
        One row per territory.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts or reference name
        territories or sectors that the other layers do not have, or published totals contradict the cells.

    References
    ----------
    .. [1] Benway, D. J. (2020). Measuring Economic Diversity: The Hachman Index, 2018. Kem C. Gardner Policy
       Institute, University of Utah.
    """
    progress(0, mark("Counting"))
    layers = _indices.given(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, layers.cells, measure=measure, total=total)
    rows = _indices.rows_of(
        layers,
        "hachman",
        of="territories",
        reference=whole,
        rounding=rounding,
        replicates=replicates,
        progress=progress,
    )
    return _indices.by_territory(layers, rows, "hachman")
