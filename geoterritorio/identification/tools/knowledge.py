"""Knowledge content on layers: jobs in groups of technology and knowledge."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pandas as pd

from geoterritorio.concentration import CellBounds
from geoterritorio.concentration.tools._cells import Measure, cells_of, whole_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import knowledge
from geoterritorio.identification.cluster_quotients import Sizes
from geoterritorio.identification.tools._cluster_layers import (
    KNOWLEDGE,
    KNOWLEDGE_AREAS,
    KnowledgeAreas,
    KnowledgeTable,
    placed,
    shaped,
    with_names,
)
from geoterritorio.identification.tools._groups import limits
from geoterritorio.layers.findings import listing
from geoterritorio.layers.recoding import recode_sectors
from geoterritorio.layers.schema import CountsBounds, Figures, Firms, Reference, Territories
from geoterritorio.registry import Level, Progress, no_progress, tool

_GROUPS = "eurostat_technology"
_SHOWN = "high_technology"


@dataclass(frozen=True)
class KnowledgeResult:
    """
    Knowledge content as a table and on the map.

    Attributes
    ----------
    content
        One row per territory and group of technology or knowledge.
    areas
        One row per territory: high technology in manufacturing and services together.
    """

    content: KnowledgeTable
    areas: KnowledgeAreas


@tool
def knowledge_content(
    territories: Territories,
    firms: Firms | None = None,
    counts: CountsBounds | None = None,
    *,
    reference: Reference | None = None,
    value_added: Figures | None = None,
    source: str = "nace2",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> KnowledgeResult:
    """
    Knowledge content: jobs in high technology and knowledge-intensive services.

    Jobs by Eurostat's groups of technology (manufacturing) and of knowledge intensity (services), their share and
    quotient with intervals, and value added a job where it is given. Codes of two digits do not always tell the group:
    then jobs are told between their limits. It says what kind of sectors there are, not what their firms know.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole; by default the table's own sums.
    value_added
        Value added by territory and sector.
    source
        Classification of the codes, from which a correspondence leads to NACE Rev. 2: nace2, nace21 and others.
    level
        Level of the intervals.
    progress
        Callback.

    Returns
    -------
    result
        Table by territory and group, and the territories with high technology.

    Raises
    ------
    LayerError
        As for location quotients, or if no sector belongs to a group.

    References
    ----------
    .. [1] Eurostat (2009). High-tech industry and knowledge-intensive services, annex 3: aggregations of manufacturing
       and services based on NACE Rev. 2.
    """
    progress(0, mark("Counting"))
    given = firms if firms is not None else counts
    jobs = given is not None and "employment" in given.columns
    measure: Measure = "employment" if jobs else "establishments"
    cells = cells_of(territories, firms, counts, measure=measure, total=None)
    whole = whole_of(reference, cells, measure=measure, total=None)
    sizes = Sizes(cells.table, cells.other.get("establishments"), cells.other.get("squares"), plants=not jobs)
    progress(0.5, mark("Intervals"))
    found = knowledge.knowledge_content(
        sizes,
        technology_classes(cells.table.columns, source),
        CellBounds(*limits(cells.table, counts if jobs else None, cells.totals), cells.table),
        reference=whole,
        value_added=_wide(value_added),
        level=level,
    )
    found["reference"] = "own sums" if whole is None else "reference"
    _say_withheld(found)
    table = with_names(found, territories)
    shown = (
        table[table["class"] == _SHOWN].set_index("territory").reindex(territories["territory"]).reset_index()
    )
    return KnowledgeResult(shaped(table, KNOWLEDGE), placed(shown, territories, KNOWLEDGE_AREAS))


def technology_classes(sectors: pd.Index, source: str) -> pd.DataFrame:
    """Groups of technology or knowledge of each sector, by the held table; tells codes that are too short."""
    rows = pd.DataFrame({"territory": "-", "sector": sectors, "employment": 1.0})
    with warnings.catch_warnings():
        # Sectors without a group (agriculture, energy, construction) are no fault of the table.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        split = recode_sectors(rows, source=source, target=_GROUPS).split
    found = split[["sector", "target"]].drop_duplicates().rename(columns={"target": "class"})
    short = found.loc[found["sector"].duplicated(), "sector"].unique()
    if len(short):
        text = message(
            "{count} sectors have codes too short to tell their group: {values}. Their jobs are told between limits; "
            "codes of three digits would decide.",
            count=len(short),
            values=listing(sorted(short)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return found


def _say_withheld(content: pd.DataFrame) -> None:
    """Tell of how many territories withheld cells leave figures open."""
    lost = content.loc[content["reason"] == "withheld cells", ["territory", "cure"]]
    if lost.empty:
        return
    cure = str(lost["cure"].iloc[0])
    text = message(
        "Withheld cells leave figures of {count} of {number} territories open: they are told between limits. What "
        "would decide them: {cure}.",
        count=lost["territory"].nunique(),
        number=content["territory"].nunique(),
        cure=message(cure),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _wide(value_added: pd.DataFrame | None) -> pd.DataFrame | None:
    if value_added is None:
        return None
    if "sector" not in value_added.columns:
        raise LayerError(message("value_added: no column “sector”, which tells the groups apart. Name it."))
    return value_added.pivot_table(index="territory", columns="sector", values="value", aggfunc="sum")
