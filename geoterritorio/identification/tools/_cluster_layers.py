"""What the tools on clusters give: layers and tables, column by column."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification.cluster_evidence import CRITERIA, ORIGINS, VERDICTS
from geoterritorio.identification.knowledge import TOGETHER
from geoterritorio.identification.stars import CONFIRMED, DIMENSIONS, OWN, UNCONFIRMED
from geoterritorio.layers.schema import CLUSTER_ROLES, FLAGS, UNKNOWN
from geoterritorio.registry import Column, Layer

TOLD = (*FLAGS, UNKNOWN)
TERRITORY = Column("territory", "text", "Identifier of the territory")
NAME = Column("name", "text", "Name of the territory", required=False)
GROUP = Column("group", "text", mark("Group of related industries"))
GROUP_NAME = Column("group_name", "text", mark("Name of the group"), required=False)
REFERENCE = Column("reference", "text", "Whole compared with: own sums, or reference", required=False)


def number(name: str, text: str) -> Column:
    """Number that a result has only where the data allow it."""
    return Column(name, "number", text, required=False)


def word(name: str, text: str, options: tuple[str, ...] = ()) -> Column:
    """Text that a result has only where the data allow it."""
    return Column(name, "text", text, required=False, options=options)


EMPLOYMENT = number("employment", mark("Jobs of the group's core sectors"))
ESTABLISHMENTS = number("establishments", mark("Establishments of the group's core sectors"))
LQ = number("lq", mark("Location quotient of the group's core sectors together"))
_VERDICT = Column(
    "verdict",
    "text",
    mark(
        "cluster (all criteria met), possible cluster (none failed, some unknown), concentration only (the economic "
        "ones met, another failed), undecided, or no cluster"
    ),
    options=VERDICTS,
)
_TALLY = (
    Column("met", "number", mark("Criteria met")),
    Column("unmet", "number", mark("Criteria failed")),
    Column("unknown_criteria", "number", mark("Criteria that these data cannot decide")),
)
_ORIGIN = Column(
    "origin",
    "text",
    mark("Whose cut-offs these are: this project's own, or one's own; no published method has any"),
    options=ORIGINS,
)
CELLS = Layer(
    "cluster_cells",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        _VERDICT,
        *_TALLY,
        EMPLOYMENT,
        ESTABLISHMENTS,
        number("effective_plants", "Effective number of establishments in the cell"),
        LQ,
        number("low", "Lower end of the interval"),
        number("high", "Upper end of the interval"),
        number(
            "q",
            mark("p-value of a quotient of 1, adjusted for all groups and territories (Benjamini-Hochberg)"),
        ),
        number(
            "specialised_sectors",
            mark("Core sectors with a quotient above 1 and three establishments or more"),
        ),
        number("suppliers", mark("Establishments of suppliers and services of the group")),
        number("institutions", mark("Institutions with a field of knowledge of the group's")),
        number("actors", mark("Firms and institutions of the group with recorded links")),
        number("links_inside", mark("Links among them in the territory")),
        number("links_expected", mark("The same if the ends of all links in the territory were dealt anew")),
        number("links_outside", mark("Links of these actors with anyone else")),
        number("clumped", mark("Share of the group's establishments here that lie in one of its clumps")),
        REFERENCE,
        _ORIGIN,
    ),
    key=("territory", "group"),
)
AREAS = Layer("cluster_claims", ("polygon", "point"), CELLS.columns, key=("territory", "group"))
_LINE = (
    number("value", mark("What was found")),
    number("threshold", mark("What it is held against")),
    number("margin", mark("How far it is from there; above 0 speaks for it")),
    Column("passed", "text", mark("Whether it holds: yes, no or unknown"), options=TOLD),
    word("reason", mark("Why it is unknown, fails in spite of its margin, or is known by a bound only")),
    word("cure", mark("What would decide it")),
)
EVIDENCE = Layer(
    "cluster_evidence",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        Column("criterion", "text", mark("Criterion"), options=CRITERIA),
        *_LINE[:3],
        number("q", mark("Adjusted p-value, where the criterion asks for it beside the value")),
        number("q_most", mark("What that p-value may be at most")),
        *_LINE[3:],
        _ORIGIN,
    ),
    key=("territory", "group", "criterion"),
)
ACTORS = Layer(
    "cluster_actors",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        Column("actor", "text", mark("Role of the firms (core, supplier, service), or kind of institution")),
        Column("number", "number", mark("Firms or institutions")),
        number("employment", mark("Jobs of the firms")),
    ),
    key=("territory", "group", "actor"),
)
EXTENTS = Layer(
    "cluster_extents",
    ("polygon",),
    (
        Column("extent", "text", mark("Number of the extent")),
        GROUP,
        GROUP_NAME,
        replace(_VERDICT, help=mark("Best verdict among its territories")),
        Column("number", "number", mark("Territories that touch each other")),
        Column("territories", "text", mark("Their identifiers")),
        EMPLOYMENT,
        ESTABLISHMENTS,
    ),
    key=("extent",),
)
DEFINED = Layer(
    "cluster_definitions",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        GROUP,
        GROUP_NAME,
        Column("role", "text", mark("Part of the sector in the group"), options=CLUSTER_ROLES),
    ),
    key=("sector", "group"),
)

_STAR = tuple(
    word(f"star_{name}", text, TOLD)
    for name, text in zip(
        DIMENSIONS,
        (
            mark("Star of size"),
            mark("Star of specialisation"),
            mark("Star of focus"),
            mark("Star of productivity"),
            mark("Star of growth"),
        ),
        strict=True,
    )
)
_PRESET = (
    Column("preset", "text", mark("Rules with which it began")),
    word("unconfirmed", mark("Cut-offs in force that no published page seen confirms")),
)
_FOCUS = number("focus", mark("Share of the group in the territory's own jobs"))
STARS = Layer(
    "cluster_stars",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        Column("stars", "number", mark("Stars surely earned")),
        Column("stars_possible", "number", mark("The same, with those that are unknown")),
        EMPLOYMENT,
        LQ,
        _FOCUS,
        number("productivity", mark("Value added a job")),
        number("growth", mark("Change of jobs since the earlier period, as a share")),
        *_STAR,
        *_PRESET,
        REFERENCE,
    ),
    key=("territory", "group"),
)
STAR_AREAS = Layer(
    "cluster_star_areas",
    ("polygon", "point"),
    (
        TERRITORY,
        NAME,
        Column("total", "number", mark("Stars of all its groups")),
        Column("starred", "number", mark("Groups with a star or more")),
        GROUP,
        GROUP_NAME,
        Column("stars", "number", mark("Stars of that group, its strongest")),
        Column("stars_possible", "number", mark("The same, with those that are unknown")),
        *_PRESET,
        REFERENCE,
    ),
    key=("territory",),
)
STAR_EVIDENCE = Layer(
    "cluster_star_evidence",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        Column("criterion", "text", mark("Criterion"), options=DIMENSIONS),
        number("value", mark("What was found; empty where it is withheld")),
        number("low", mark("The least it can be, where it is withheld")),
        number("high", mark("The most it can be, where it is withheld")),
        *_LINE[1:],
        Column(
            "origin",
            "text",
            mark("Whether a published page confirms the cut-off for this method, or it is one's own"),
            options=(CONFIRMED, UNCONFIRMED, OWN),
        ),
        _PRESET[0],
        REFERENCE,
    ),
    key=("territory", "group", "criterion"),
)
STRONG = Layer(
    "strong_clusters",
    ("table",),
    (
        TERRITORY,
        NAME,
        GROUP,
        GROUP_NAME,
        Column("strong", "text", mark("Whether it is strong: yes, no or unknown"), options=TOLD),
        EMPLOYMENT,
        LQ,
        _FOCUS,
        *_PRESET,
        REFERENCE,
    ),
    key=("territory", "group"),
)
STRONG_AREAS = Layer(
    "strong_cluster_areas",
    ("polygon", "point"),
    (
        TERRITORY,
        NAME,
        Column("strong_groups", "number", mark("Strong clusters")),
        Column("unknown_groups", "number", mark("Groups of which it is unknown")),
        number("strong_share", mark("Share of the territory's jobs in strong clusters")),
        *_PRESET,
        REFERENCE,
    ),
    key=("territory",),
)

CLASSES = (
    "high_tech",
    "medium_high_tech",
    "medium_low_tech",
    "low_tech",
    "kis_high_tech",
    "kis_market",
    "kis_financial",
    "kis_other",
    "lkis_market",
    "lkis_other",
    *TOGETHER,
)
GROUPS = Layer(
    "related_sectors",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        GROUP,
        number("within", mark("Mean similarity with the others of its group")),
        number("between", mark("Mean similarity with each other group, on average")),
        number("between_95", mark("95th percentile of its similarities with other groups")),
        word("nearest", mark("Other group to which it is most similar")),
        word("outlier", mark("Whether it is more similar to that than to its own"), TOLD),
    ),
    key=("sector",),
)
GROUP_SCORES = Layer(
    "related_groups",
    ("table",),
    (
        GROUP,
        Column("sectors", "number", mark("Sectors of the group")),
        number("within", mark("Mean similarity of its pairs")),
        number("between", mark("Mean similarity with each other group, on average")),
        number("between_95", mark("95th percentile of its similarities with other groups")),
        word("above_mean", mark("Whether it is more similar within than with the others on average"), TOLD),
        word(
            "above_95", mark("Whether it is more similar within than the 95th percentile of the others"), TOLD
        ),
    ),
    key=("group",),
)
SCORES = Layer(
    "definition_scores",
    ("table",),
    (
        Column(
            "definition", "text", mark("How the groups were made: louvain, ward, average, k_means or given")
        ),
        Column("matrix", "text", mark("Similarity by which they are scored")),
        Column("groups", "number", mark("Number of groups")),
        number("groups_mean", mark("Share of the groups above the mean of the others")),
        number("groups_95", mark("Share of the groups above the 95th percentile of the others")),
        number("sectors_mean", mark("Share of the sectors above the mean of the other groups")),
        number("sectors_95", mark("Share of the sectors above the 95th percentile of the other groups")),
        number("score", mark("Mean of the four shares")),
        Column("chosen", "text", mark("Whether these groups are those of the result"), options=FLAGS),
    ),
    key=("definition", "matrix", "groups"),
)
GROUP_LINKS = Layer(
    "group_links",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("other", "text", mark("Code of the other sector")),
        Column("similarity", "number", mark("Similarity of the two, all matrices together")),
        word("together", mark("Whether both are in the same group"), FLAGS),
    ),
    key=("sector", "other"),
)

_CLASS = Column("class", "text", mark("Group by technology or knowledge"), options=CLASSES)
KNOWLEDGE = Layer(
    "knowledge_content",
    ("table",),
    (
        TERRITORY,
        NAME,
        _CLASS,
        number("employment", mark("Jobs in these sectors")),
        number("establishments", mark("Establishments in these sectors")),
        number("employment_low", mark("Jobs at least: where codes or withheld cells leave it open")),
        number("employment_high", mark("Jobs at most; empty where nothing bounds them")),
        number("share", mark("Share of these sectors in the territory's jobs")),
        number("share_low", mark("That share at least: where codes or withheld cells leave it open")),
        number("share_high", mark("That share at most")),
        LQ,
        number("low", "Lower end of the interval"),
        number("high", "Upper end of the interval"),
        number("q", mark("p-value of a quotient of 1, adjusted for all cells (Benjamini-Hochberg)")),
        word(
            "certainty", mark("high or low where the interval excludes 1, unclear, few, untested or withheld")
        ),
        number("productivity", mark("Value added a job")),
        number(
            "relative_productivity", mark("Value added a job over that of the same sectors everywhere here")
        ),
        word("reason", mark("Why figures are missing")),
        word("cure", mark("What would decide it")),
        REFERENCE,
    ),
    key=("territory", "class"),
)
KNOWLEDGE_AREAS = Layer(
    "knowledge_areas", ("polygon", "point"), (TERRITORY, NAME, *KNOWLEDGE.columns[2:]), key=("territory",)
)

ClusterAreas = Annotated[gpd.GeoDataFrame, AREAS]
ClusterCells = Annotated[pd.DataFrame, CELLS]
ClusterEvidence = Annotated[pd.DataFrame, EVIDENCE]
ClusterActors = Annotated[pd.DataFrame, ACTORS]
ClusterExtents = Annotated[gpd.GeoDataFrame, EXTENTS]
Defined = Annotated[pd.DataFrame, DEFINED]
StarTable = Annotated[pd.DataFrame, STARS]
StarAreas = Annotated[gpd.GeoDataFrame, STAR_AREAS]
StarEvidence = Annotated[pd.DataFrame, STAR_EVIDENCE]
StrongTable = Annotated[pd.DataFrame, STRONG]
StrongAreas = Annotated[gpd.GeoDataFrame, STRONG_AREAS]
RelatedSectors = Annotated[pd.DataFrame, GROUPS]
RelatedGroups = Annotated[pd.DataFrame, GROUP_SCORES]
DefinitionScores = Annotated[pd.DataFrame, SCORES]
GroupLinks = Annotated[pd.DataFrame, GROUP_LINKS]
KnowledgeTable = Annotated[pd.DataFrame, KNOWLEDGE]
KnowledgeAreas = Annotated[gpd.GeoDataFrame, KNOWLEDGE_AREAS]


def shaped(frame: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Table with the columns of its layer, in their order."""
    return frame[[c.name for c in layer.columns if c.name in frame.columns]].reset_index(drop=True)


def placed(frame: pd.DataFrame, territories: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same with the geometry of the territories."""
    shapes = territories.set_index("territory").geometry
    table = shaped(frame, layer)
    found = shapes.reindex(table["territory"]).to_numpy() if len(table) else []
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(found, crs=territories.crs), crs=territories.crs)


def with_names(
    frame: pd.DataFrame, territories: gpd.GeoDataFrame, definitions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Table with the names of territories and groups."""
    table = frame.copy()
    if "name" in territories.columns:
        table["name"] = table["territory"].map(territories.set_index("territory")["name"])
    if definitions is not None and "group_name" in definitions.columns:
        names = (
            definitions.dropna(subset=["group_name"])
            .drop_duplicates("group")
            .set_index("group")["group_name"]
        )
        table["group_name"] = table["group"].map(names).fillna(table["group"])
    return table
