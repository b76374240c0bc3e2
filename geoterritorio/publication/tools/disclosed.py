"""A register or counts in, a table that may be published out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from geoterritorio.layers.schema import Counts, Firms, Territories
from geoterritorio.publication.disclosure.rounded import rounded_tables
from geoterritorio.publication.disclosure.rules import DisclosureRules, require_rules
from geoterritorio.publication.disclosure.secured import secured, warn_unprotected
from geoterritorio.publication.disclosure.told import (
    Named,
    audit_rows,
    cell_rows,
    loss_rows,
    told_rows,
    total_rows,
)
from geoterritorio.publication.disclosure.whose import Source, from_counts, from_firms, source_of
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

_STATUS = Column("status", "text", "known, withheld, or estimated where it is rounded")
TOTALS = Layer(
    "disclosed_totals",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory or larger area; empty for all of them"),
        Column("sector", "text", "Code of the sector or its group; empty for all of them"),
        Column("employment", "number", "Jobs, if they may be told", required=False),
        Column("establishments", "number", "Establishments, if they may be told"),
        _STATUS,
    ),
)
BOUNDS = Layer(
    "disclosure_bounds",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory or larger area; empty for all of them"),
        Column("sector", "text", "Code of the sector or its group; empty for all of them"),
        Column("reason", "text", "Why the cell is confidential"),
        Column("employment", "number", "Jobs of the cell; confidential"),
        Column("establishments", "number", "Establishments of the cell; confidential"),
        Column("low", "number", "Fewest jobs that published figures leave possible"),
        Column("high", "number", "Most jobs that they leave possible; empty without limit"),
        Column("demanded", "number", "Jobs by which both must miss the true figure"),
    ),
)
LOSS = Layer(
    "disclosure_loss",
    ("table",),
    (
        Column("division", "text", "Table: the finest cells, or which totals"),
        Column("reason", "text", "Why cells are withheld"),
        Column("cells", "number", "Cells withheld for this reason"),
        Column("cells_share", "number", "Their share of the cells with establishments"),
        Column("establishments_share", "number", "Share of the table's establishments in them"),
        Column("jobs_share", "number", "Share of the table's jobs in them"),
    ),
)
_RULES = DisclosureRules()


@dataclass(frozen=True)
class Disclosed:
    """
    Counts that may be published, and what must stay internal.

    Attributes
    ----------
    disclosed
        One row per territory and sector; withheld figures are empty. May be published.
    totals
        The same of territories, sectors, larger areas and groups of sectors. May be published.
    bounds
        What an attacker finds out of confidential cells. Internal.
    loss
        How much is withheld, and why. Internal.
    """

    disclosed: Counts
    totals: Annotated[pd.DataFrame, TOTALS]
    bounds: Annotated[pd.DataFrame, BOUNDS]
    loss: Annotated[pd.DataFrame, LOSS]


@tool
def disclose(
    firms: Firms | None = None,
    counts: Counts | None = None,
    territories: Territories | None = None,
    *,
    digits: Count = 0,
    seed: Count = 0,
    rules: DisclosureRules = _RULES,
    progress: Progress = no_progress,
) -> Disclosed:
    """
    Disclosure control of counts by territory and sector.

    Cells that would tell of single establishments are withheld, and further ones beside them, so that neither totals
    of territories and sectors nor those of larger areas and groups of sectors tell them. That the figures that are
    published leave enough to guess is proved by other tables with the same sums, and verified by linear programming.

    Parameters
    ----------
    firms
        Register of establishments; give this or counts. A column `group` makes establishments one contributor.
    counts
        Jobs and establishments by territory and sector; give this or firms. Each establishment is a contributor.
    territories
        Territories in which establishments are counted; a column `parent` names the larger area in which each lies,
        whose counts are published too.
    digits
        If above 0, counts of the first so many signs of the sectors' codes are published too.
    seed
        Number from which random rounding begins; it must stay internal.
    rules
        What is confidential, and how much must be left to guess.
    progress
        Callback.

    Returns
    -------
    result
        Tables that may be published, and two that must stay internal.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, counts lack establishments or have cells withheld already,
        figures are negative or infinite,
        rules of dominance are to be applied to counts, or a rule protects nothing.

    References
    ----------
    .. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. & de Wolf,
       P.-P. (2012). Statistical Disclosure Control. Wiley.
    .. [2] Kelly, J. P., Golden, B. L. & Assad, A. A. (1992). Cell suppression: disclosure protection for sensitive
       tabular data. Networks 22, 397-417.
    """
    require_rules(rules)
    given = source_of(firms, counts)
    source = (
        from_firms(given, territories, digits)
        if firms is not None
        else from_counts(given, territories, digits, rules)
    )
    if rules.rounding:
        return _rounded(source, rules, seed)
    safe = secured(source.contributions, rules, progress=progress)
    warn_unprotected("firms" if firms is not None else "counts", safe)
    named = Named(source)
    cells = cell_rows(named, safe, zeros=rules.zeros)
    return Disclosed(cells, total_rows(named, safe), audit_rows(named, safe), loss_rows(named, safe))


def _rounded(source: Source, rules: DisclosureRules, seed: int) -> Disclosed:
    """Every figure rounded, none withheld."""
    jobs, plants, _ = source.contributions.finest
    both = [
        rounded_tables(source.contributions, values, rules.rounding, rules.rounded, seed=seed + k)
        for k, values in enumerate((jobs, plants))
    ]
    cells, totals = told_rows(Named(source), *both)
    return Disclosed(
        cells,
        totals,
        pd.DataFrame(
            {c.name: pd.Series(dtype=object if c.dtype == "text" else float) for c in BOUNDS.columns}
        ),
        pd.DataFrame({c.name: pd.Series(dtype=object if c.dtype == "text" else float) for c in LOSS.columns}),
    )
