"""Two readings of the same territories, from what the tools on districts and clusters give."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.assessment import two_readings
from geoterritorio.assessment._foremost import REASONS
from geoterritorio.assessment._same_run import refuse_other_run
from geoterritorio.assessment.axes import AXES, READINGS, axis_table
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification.tools._cluster_layers import EVIDENCE as FROM_CLUSTERS
from geoterritorio.identification.tools._district_layers import AREAS as FROM_AREAS
from geoterritorio.identification.tools._district_layers import EVIDENCE as FROM_DISTRICTS
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import FLAGS, UNKNOWN, Definitions, Evidence
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

_TOLD = (*FLAGS, UNKNOWN)


def _taken(layer: Layer, needed: AbstractSet[str], wanted: AbstractSet[str]) -> Layer:
    """A result taken in again: the columns that are used, of which few must be there."""
    kept = (c for c in layer.columns if c.name in needed | wanted)
    return replace(layer, columns=tuple(replace(c, required=c.name in needed) for c in kept))


_FOUND = {"value", "threshold", "margin", "reason"}
_RUN = {"preset", "size_of", "reference"}
DISTRICT_AREAS = _taken(
    FROM_AREAS, {"territory", "district"}, {"name", "verdict", "main_industry", "confirmed", *_RUN}
)
DISTRICT_EVIDENCE = replace(
    _taken(FROM_DISTRICTS, {"territory", "asked", "passed"}, {*_FOUND, "of", *_RUN}),
    key=("territory", "asked"),
)
CLUSTER_EVIDENCE = _taken(
    FROM_CLUSTERS, {"territory", "group", "criterion", "passed"}, {*_FOUND, "cure", "group_name"}
)
MARKETS = Layer(
    "labour_markets",
    ("polygon", "point", "table"),
    (
        Column(
            "territory",
            "text",
            mark("Identifier of the market: that of its centre, the place with most jobs"),
        ),
        Column(
            "validity",
            "number",
            mark("1 or more: large and self-contained enough by the rules"),
            required=False,
        ),
    ),
    key=("territory",),
)
_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
_AXIS = Column("axis", "text", mark("Axis of the founding document, A to E"))
_READING = Column("reading", "text", mark("Reading: district or cluster"), options=READINGS)
_CURE = Column("cure", "text", mark("What would decide it"))
AREAS = Layer(
    "contrast_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        Column(
            "readings",
            "text",
            mark("What both readings say together"),
            options=tuple(two_readings.CLASSES.values()),
        ),
        Column("district", "text", mark("Whether it is a district: yes, no, or unknown"), options=_TOLD),
        Column(
            "main_industry",
            "text",
            mark("Main industry; empty where there is none, or it is open"),
            required=False,
        ),
        Column(
            "cluster", "text", mark("Whether the group is a cluster here: yes, no, or unknown"), options=_TOLD
        ),
        Column("cluster_verdict", "text", mark("Verdict on the group as a cluster")),
        Column("group", "text", mark("Group of industries that is read as the cluster")),
        Column("group_name", "text", mark("Name of the group"), required=False),
        Column(
            "chosen_by",
            "text",
            mark(
                "Why that group: asked for, its verdict, the district's main industry, its specialisation, or criteria "
                "met"
            ),
            options=REASONS,
        ),
        Column("axes_agree", "number", mark("Axes on which both readings agree")),
        Column("axes_differ", "number", mark("Axes on which they do not")),
        Column("axes_open", "number", mark("Axes on which it is unknown")),
        Column("differ_on", "text", mark("Axes on which they do not agree, by their letters")),
        Column("preset", "text", mark("Rules: a preset, or own rules"), required=False),
        Column(
            "confirmed",
            "text",
            mark(
                "Whether the rules are a preset and confirmed: yes; reading, where all numbers are published and some "
                "of what they are of is this project's reading; or no"
            ),
            required=False,
        ),
    ),
    key=("territory",),
)
CONTRAST_AXES = Layer(
    "contrast_axes",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _AXIS,
        Column("title", "text", mark("What the axis is about")),
        Column(
            "district_reading", "text", mark("Whether it holds as a district: yes, no, unknown, or not asked")
        ),
        Column("cluster_reading", "text", mark("Whether it holds as a cluster: yes, no, or unknown")),
        Column("agrees", "text", mark("Whether both readings agree: yes, no, or unknown"), options=_TOLD),
        Column("because", "text", mark("Pieces of evidence that explain a disagreement")),
        _CURE,
        Column(
            "statements", "number", mark("Coded statements on the axis, which decide nothing"), required=False
        ),
        Column("rating_least", "number", mark("Lowest rating among them"), required=False),
        Column("rating_most", "number", mark("Highest rating among them"), required=False),
    ),
    key=("territory", "axis"),
)
PIECES = Layer(
    "contrast_pieces",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _AXIS,
        _READING,
        Column("group", "text", mark("Group of industries; empty of the district")),
        Column("piece", "text", mark("Step of the district procedure, criterion of clusters, or validity")),
        Column("value", "number", mark("What was found")),
        Column("threshold", "number", mark("What it is held against")),
        Column("margin", "number", mark("How far it is from there; above 0 speaks for it")),
        Column("passed", "text", mark("Whether the piece holds: yes, no, unknown, or not asked")),
        Column("reason", "text", mark("Why it is unknown")),
        _CURE,
        Column("explains", "text", mark("Whether a disagreement rests on it: yes or no"), options=FLAGS),
    ),
    key=("territory", "axis", "reading", "piece"),
)
MAPPING = Layer(
    "contrast_mapping",
    ("table",),
    (
        _AXIS,
        Column("title", "text", mark("What the axis is about")),
        _READING,
        Column("speaks", "text", mark("Pieces of evidence that speak to it")),
        Column("meaning", "text", mark("Why these")),
        Column("untold", "text", mark("What no layer can tell of it, and what would")),
        Column("items", "text", mark("Items of coded evidence that speak to it")),
    ),
    key=("axis", "reading"),
)


@dataclass(frozen=True)
class ContrastResult:
    """
    Two readings of the same territories.

    Attributes
    ----------
    areas
        Territories with what both readings say together, and on how many axes they agree.
    axes
        One row per territory and axis: both readings, whether they agree, why not, and what would decide.
    pieces
        The evidence: one row per territory, axis, reading and piece.
    mapping
        Which evidence speaks to which axis, and why: this project's reading of the document.
    """

    areas: Annotated[gpd.GeoDataFrame, AREAS]
    axes: Annotated[pd.DataFrame, CONTRAST_AXES]
    pieces: Annotated[pd.DataFrame, PIECES]
    mapping: Annotated[pd.DataFrame, MAPPING]


@tool
def contrast(
    district_areas: Annotated[gpd.GeoDataFrame, DISTRICT_AREAS],
    district_evidence: Annotated[pd.DataFrame, DISTRICT_EVIDENCE],
    cluster_evidence: Annotated[pd.DataFrame, CLUSTER_EVIDENCE],
    *,
    markets: Annotated[gpd.GeoDataFrame, MARKETS] | None = None,
    evidence: Evidence | None = None,
    definitions: Definitions | None = None,
    group: str | None = None,
    progress: Progress = no_progress,
) -> ContrastResult:
    """
    District and cluster, two readings of the same territory.

    Whether both readings of a territory agree, on the five axes on which F. Alburquerque compares districts and
    clusters: economy and society, the unit instead of the sector, methods, networks, location. Each axis has the steps
    of the district procedure and the criteria of clusters that speak to it; a disagreement names those on which it
    rests; what no layer can tell stays unknown and says what would decide it. Nothing is averaged. Which evidence
    speaks to which axis is this project's reading of the document, and given as a table.

    Parameters
    ----------
    district_areas
        Areas of `districts`.
    district_evidence
        Evidence of `districts`.
    cluster_evidence
        Evidence of `clusters`, of the same territories.
    markets
        Areas of `labour_markets`, if the territories are these: their validity tells whether people live where they
        work.
    evidence
        Coded statements, counted beside the axes; they decide nothing.
    definitions
        Sectors of each group, as `clusters` gives them: where nothing is a cluster, the group of the district's main
        industry is read.
    group
        Group of industries that is read as the cluster everywhere, or for some territories: “MINV03: G08; MINV07: G09”.
        By default the foremost of each: the one with the best verdict; where none is a cluster or a possible one, that
        of the main industry, else the most specialised.
    progress
        Callback.

    Returns
    -------
    result
        Areas, axes, pieces of evidence and the mapping of axes.

    Raises
    ------
    LayerError
        If both readings are of different territories, areas and evidence of districts of different runs, the markets
        others, or there is no such group.

    References
    ----------
    .. [1] Economía Industrial 359 (2006). El distrito industrial marshalliano, un balance crítico de 25 años. Madrid.
    .. [2] Porter, M. E. (1998). Clusters and the new economics of competition. Harvard Business Review 76(6), 77-90.
    """
    progress(0, mark("Drawing up results"))
    refuse_other_run(district_areas, district_evidence)
    told = district_areas.set_index("territory")
    found = two_readings.contrast(
        told["district"],
        district_evidence,
        cluster_evidence,
        validity=_validity(markets, told.index),
        statements=evidence,
        definitions=definitions,
        group=_groups(group, cluster_evidence),
    )
    areas = _areas(found.territories, told, cluster_evidence)
    axes = found.axes.assign(title=found.axes["axis"].map({c: a.title for c, a in AXES.items()}))
    return ContrastResult(
        areas, _named(axes, told, CONTRAST_AXES), _named(found.pieces, told, PIECES), axis_table()
    )


def _validity(markets: pd.DataFrame | None, places: pd.Index) -> pd.Series | None:
    """Validity of the territories, which must be the markets; tells of how many nothing is known."""
    if markets is None:
        return None
    given = markets.set_index("territory")
    if len(places) and not places.isin(given.index).any():
        raise LayerError(
            message(
                "markets: none of the {count} territories is among them, for example {values} (they have {others}). "
                "Their validity says nothing of other territories: give districts and clusters these markets as "
                "territories, or leave markets out.",
                count=len(places),
                values=listing(sorted(map(str, places))),
                others=listing(sorted(map(str, given.index))),
            )
        )
    validity = given.get("validity", pd.Series(float("nan"), index=given.index))
    lacking = places[validity.reindex(places).isna()]
    if len(lacking):
        text = message(
            "markets: {count} of {number} territories have no validity and stay unknown on axis E: {values}.",
            count=len(lacking),
            number=len(places),
            values=listing(sorted(map(str, lacking))),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return validity


def _groups(group: str | None, evidence: pd.DataFrame) -> str | Mapping[str, str] | None:
    """The group asked for; those of single territories if it is written so."""
    if group is None or ":" not in group or group in set(evidence["group"]):
        return group
    pairs = [part.partition(":") for part in group.split(";") if part.strip()]
    found = {place.strip(): code.strip() for place, _, code in pairs}
    strange = sorted(set(found) - set(evidence["territory"]))
    if strange:
        raise LayerError(
            message(
                "group: {count} territories are not in cluster_evidence: {values}. Write “territory: group”, with "
                "semicolons between.",
                count=len(strange),
                values=listing(strange),
            )
        )
    return found


def _areas(found: pd.DataFrame, told: gpd.GeoDataFrame, cluster_evidence: pd.DataFrame) -> gpd.GeoDataFrame:
    beside = [c for c in ("name", "main_industry", "preset", "confirmed") if c in told.columns]
    table = found.join(told[beside])
    if "group_name" in cluster_evidence.columns:
        names = cluster_evidence.dropna(subset=["group_name"]).drop_duplicates("group")
        table["group_name"] = table["group"].map(names.set_index("group")["group_name"])
    kept = [c.name for c in AREAS.columns if c.name in {*table.columns, "territory"}]
    return gpd.GeoDataFrame(table.reset_index()[kept], geometry=told.geometry.to_numpy(), crs=told.crs)


def _named(table: pd.DataFrame, told: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    if "name" in told.columns:
        table = table.assign(name=table["territory"].map(told["name"]))
    return table[[c.name for c in layer.columns if c.name in table.columns]]
