"""What `community_of_people` gives: its layers, tables and figures."""

from __future__ import annotations

from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.layers.schema import INDICATOR_TABLE
from geoterritorio.registry import Column, Layer

EMPLOYED, INHABITANTS = BASES = (mark("employed residents"), mark("inhabitants"))
PEOPLE, COMMUTING, PLACES, DIVISION, CHANGE = PARTS = (
    mark("inhabitants"),
    mark("self-containment"),
    mark("homes and jobs"),
    mark("division of labour"),
    mark("change of the division of labour"),
)
_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)


def _may(name: str, text: str, **options: Any) -> Column:
    return Column(name, "number", text, required=False, **options)


SIDES = (
    Column("supply", "number", mark("Share of its employed residents who work in it")),
    Column("supply_low", "number", mark("Lower end of its interval")),
    Column("supply_high", "number", mark("Upper end of its interval")),
    Column("supply_chance", "number", mark("What it would be if people worked anywhere alike")),
    Column("demand", "number", mark("Share of its workers who live in it")),
    Column("demand_low", "number", mark("Lower end of its interval")),
    Column("demand_high", "number", mark("Upper end of its interval")),
    Column("demand_chance", "number", mark("What it would be if workers lived anywhere alike")),
    Column("containment", "number", mark("The smaller of both shares")),
)
OVERLAP = (
    Column(
        "overlap_of",
        "text",
        mark("Who is compared with jobs: employed residents or inhabitants"),
        options=BASES,
    ),
    Column("places", "number", mark("Smaller places in the territory")),
    Column(
        "overlap", "number", mark("Share that homes and jobs have in common over these places, from 0 to 1")
    ),
    Column("even", "number", mark("Mean of it if jobs were where people are but for small numbers")),
    Column("p_apart", "number", mark("Share of such draws in which they overlap no more")),
    Column("q_apart", "number", mark("The same, corrected for all territories (Benjamini-Hochberg)")),
    Column("dealt", "number", mark("Mean of it if the jobs of the places were dealt among them")),
    Column("p_together", "number", mark("Share of such draws in which they overlap no less")),
    Column("q_together", "number", mark("The same, corrected for all territories (Benjamini-Hochberg)")),
)
DIVIDED = (
    Column("sectors", "number", mark("Sectors or occupations that it has")),
    Column(
        "equivalent_sectors", "number", mark("Equivalent number: so many of one size would be as diverse")
    ),
    Column(
        "specialisation",
        "number",
        mark("Share of jobs that would have to change sector to be divided as in the whole"),
    ),
    Column("main_share", "number", mark("Share of the three main sectors")),
    Column("main_sectors", "text", mark("The three main sectors")),
    _may("unrelated", mark("Unrelated variety: entropy over the coarsest groups, in bits")),
    _may(
        "semi_related", mark("Semi-related variety: entropy of the middle level within the coarsest, in bits")
    ),
    _may("related", mark("Related variety: entropy of the finest level within the one above, in bits")),
    _may("equivalent_sectors_before", mark("Equivalent number in the earlier period")),
    _may("specialisation_before", mark("Specialisation in the earlier period")),
    _may("main_share_before", mark("Share of the three main sectors of the earlier period, then")),
    Column("moved", "number", mark("Share of the work in other sectors than in the earlier period")),
    Column("moved_chance", "number", mark("Mean of it if nothing but chance moved it")),
    Column("p_moved", "number", mark("Share of draws by chance alone in which as much moved")),
    Column("q_moved", "number", mark("The same, corrected for all territories (Benjamini-Hochberg)")),
)
COMMUNITY_AREAS = Layer(
    "community_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        Column("inhabitants", "number", mark("Inhabitants")),
        Column("residents", "number", mark("Employed residents")),
        Column("workers", "number", mark("Employed who work in it")),
        Column("jobs_per_resident", "number", mark("Employed who work in it, for each employed resident")),
        Column("internal", "number", mark("Employed who live and work in it")),
        *SIDES,
        *OVERLAP,
        *DIVIDED,
        Column("unknown_parts", "number", mark("Parts of the account that are unknown")),
    ),
    key=("territory",),
)
COMMUNITY_PLACES = Layer(
    "community_places",
    ("polygon", "point"),
    (
        Column("place", "text", mark("Identifier of the smaller place")),
        _NAME,
        _TERRITORY,
        Column("homes", "number", mark("People who live there")),
        Column("jobs", "number", mark("Jobs there")),
        Column("share_of_homes", "number", mark("Share of the territory's people")),
        Column("share_of_jobs", "number", mark("Share of the territory's jobs")),
        Column("difference", "number", mark("Share of jobs less share of people")),
    ),
    key=("place",),
)
COMMUNITY_DIVISION = Layer(
    "local_division",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("sector", "text", "Code of the sector or occupation"),
        Column("sector_name", "text", mark("Name of the sector or occupation"), required=False),
        _may("before", mark("Jobs in the earlier period")),
        Column("after", "number", mark("Jobs in the later period")),
        _may("share_before", mark("Share of the jobs in the earlier period")),
        Column("share_after", "number", mark("Share of the jobs in the later period")),
        _may("share_change", mark("Later share less earlier share")),
        _may("beyond", mark("Jobs beyond what the sector's growth in the whole would have made")),
    ),
    key=("territory", "sector"),
)
COMMUNITY_UNKNOWN = Layer(
    "community_unknown",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("part", "text", mark("Part of the account that is unknown"), options=PARTS),
        Column("reason", "text", mark("Why it is unknown")),
        Column("cure", "text", mark("What would decide it")),
    ),
    key=("territory", "part"),
)
FIGURES_KEPT = ("territory", "indicator", "value", "low", "high", "period")
FIGURES = Layer(
    "indicators",
    ("table",),
    tuple(next(c for c in INDICATOR_TABLE.columns if c.name == name) for name in FIGURES_KEPT),
    key=("territory", "indicator", "period"),
)
# Name of each figure: column of the areas, and what its period is.
FIGURE_NAMES: dict[str, tuple[str, str]] = {
    mark("Inhabitants"): ("inhabitants", "people"),
    mark("Employed residents"): ("residents", "people"),
    mark("Employed who work in it"): ("workers", "people"),
    mark("Jobs for each employed resident"): ("jobs_per_resident", "people"),
    mark("Employed residents who work in it (share)"): ("supply", "people"),
    mark("Workers who live in it (share)"): ("demand", "people"),
    mark("Overlap of homes and jobs (share)"): ("overlap", "people"),
    mark("Equivalent number of sectors"): ("equivalent_sectors", "counts"),
    mark("Jobs that differ from the whole's sectors (share)"): ("specialisation", "counts"),
    mark("Jobs in the three main sectors (share)"): ("main_share", "counts"),
    mark("Related variety (bits)"): ("related", "counts"),
    mark("Work in other sectors than before (share)"): ("moved", "change"),
}
