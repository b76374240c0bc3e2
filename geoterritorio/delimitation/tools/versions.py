"""Boundary history on layers: what is in force, what is doubtful, which followed which, what events make of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd

from geoterritorio.delimitation import boundary_events, history, soundness
from geoterritorio.layers.schema import BoundaryEvents, History, Territories, TerritoryVersions
from geoterritorio.registry import Column, Layer, Metres, Progress, no_progress, tool

_FROM = Column("valid_from", "date", "First day on which it is so; empty: from the beginning", required=False)
_TO = Column("valid_to", "date", "First day on which it is so no longer; empty: it still is", required=False)
_AREA = Column("area_km2", "number", "Area in square kilometres")
REPORT = Layer(
    "history_report",
    ("table",),
    (
        Column("fault", "text", "What was looked for"),
        Column("count", "number", "Number of places or spans of time found"),
        Column(
            "area_km2", "number", "Their area in square kilometres; empty for spans of time", required=False
        ),
        Column("severity", "text", "serious, doubtful or note"),
        Column("meaning", "text", "What it means for later work"),
    ),
    key=("fault",),
)
PLACES = Layer(
    "history_places",
    ("polygon",),
    (
        Column("fault", "text", "What was found"),
        Column("territory", "text", "Identifier of the territory; empty for a gap", required=False),
        Column("other", "text", "Identifier of the territory that it overlaps", required=False),
        _FROM,
        _TO,
        _AREA,
        Column("width", "number", "Mean width in metres: twice the area over the perimeter"),
    ),
)
TIMES = Layer(
    "history_times",
    ("table",),
    (
        Column("fault", "text", "What was found"),
        Column("territory", "text", "Identifier of the territory"),
        _FROM,
        _TO,
        Column("days", "number", "Number of days; empty where an end is open", required=False),
    ),
)
_EVENT = Column("event", "number", "Number of the event, in the order of time")
_DATE = Column("date", "date", "First day on which the new boundaries are in force")
_KIND = Column(
    "kind",
    "text",
    "creation, secession, division, merger, absorption, transfer, renaming, recoding, redrawing, unchanged, "
    "appearance, disappearance or rearrangement",
)
EVENTS = Layer(
    "lineage_events",
    ("table",),
    (
        _EVENT,
        _DATE,
        _KIND,
        Column("before", "text", "Territories before the event, separated by semicolons"),
        Column("after", "text", "Territories after the event, separated by semicolons"),
        Column("area_km2", "number", "Land that changed hands, in square kilometres"),
    ),
    key=("event",),
)
LINKS = Layer(
    "lineage",
    ("table",),
    (
        _EVENT,
        _DATE,
        _KIND,
        Column("predecessor", "text", "Territory before; empty where nobody had the land", required=False),
        Column("successor", "text", "Territory after; empty where nobody has the land", required=False),
        Column("predecessor_name", "text", "Name of the predecessor", required=False),
        Column("successor_name", "text", "Name of the successor", required=False),
        Column("area_km2", "number", "Land that both have in common, in square kilometres"),
        Column("share_of_predecessor", "number", "Its share of the predecessor's land", required=False),
        Column("share_of_successor", "number", "Its share of the successor's land", required=False),
    ),
)


@dataclass(frozen=True)
class ChecksResult:
    """
    What is doubtful in boundary versions.

    Attributes
    ----------
    report
        One row per check, with number, area, severity and meaning.
    places
        Gaps, overlaps and slivers as polygons, with the days between which they are there.
    times
        Versions of one territory that are in force together, on no day, or not one after the other.
    """

    report: Annotated[pd.DataFrame, REPORT]
    places: Annotated[gpd.GeoDataFrame, PLACES]
    times: Annotated[pd.DataFrame, TIMES]


@dataclass(frozen=True)
class LineageResult:
    """
    Which territories became which.

    Attributes
    ----------
    events
        One row per event: day, kind, territories before and after, land that changed hands.
    links
        One row per event, predecessor and successor, with the land that both have in common.
    """

    events: Annotated[pd.DataFrame, EVENTS]
    links: Annotated[pd.DataFrame, LINKS]


@tool
def as_of(territories: TerritoryVersions, *, day: str, progress: Progress = no_progress) -> Territories:
    """
    Territories in force on a day.

    The versions whose span of time holds the day: one map out of a history.

    Parameters
    ----------
    territories
        Versions of territories.
    day
        Day, as 2001-05-31; a year or month stands for its first day.
    progress
        Callback.

    Returns
    -------
    output
        Territories in force on that day.

    Raises
    ------
    LayerError
        If it is no date, or no version is in force on it.
    """
    found = history.as_of(territories, day)
    progress(1)
    return found


@tool
def history_checks(
    history: History, *, sliver: Metres = 10, progress: Progress = no_progress
) -> ChecksResult:
    """
    Checks of boundary versions.

    Gaps and overlaps in space and in time, and slivers, counted in a report and drawn as a layer. Reads histories that
    other tools refuse. Gaps are looked for inside the outline of all versions together; one that is enclosed and never
    anybody's may be a lake. One that opens to the outside is found where it is narrower than a sliver.

    Parameters
    ----------
    history
        Versions of territories as they come.
    sliver
        Mean width below which gaps, overlaps and parts come of how borders were drawn.
    progress
        Callback.

    Returns
    -------
    result
        Report, places and spans of time.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.
    """
    found = soundness.history_checks(history, sliver=sliver, progress=progress)
    return ChecksResult(found.report, found.places, found.times)


@tool
def lineage(
    territories: TerritoryVersions, *, sliver: Metres = 10, progress: Progress = no_progress
) -> LineageResult:
    """
    Territories that became others.

    Versions that end on a day are compared with those that begin on it: which land passed from which to which, and
    what kind of event that was. Nothing but outlines, days, identifiers and names is used.

    Parameters
    ----------
    territories
        Versions of territories.
    sliver
        Mean width below which land in common comes of how borders were drawn, and links nothing.
    progress
        Callback.

    Returns
    -------
    result
        Events, and links between predecessors and successors.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.
    """
    links = history.lineage(territories, sliver=sliver, progress=progress)
    return LineageResult(history.lineage_events(links), links)


@tool
def apply_events(
    territories: Territories,
    events: BoundaryEvents,
    *,
    direction: Literal["forward", "backward"] = "forward",
    progress: Progress = no_progress,
) -> TerritoryVersions:
    """
    Versions of territories from one map and a list of events.

    Creations, mergers, absorptions, secessions, transfers and renamings are applied to the map as it was, or undone
    from the map as it is: a history where only a map and the gazette are at hand. Events that contradict the map are
    refused together.

    Parameters
    ----------
    territories
        One map: as it was before all events, or as it is after them.
    events
        Dates, kinds and territories before and after; polygons of the land that changes hands where the map does not
        tell it.
    direction
        Forward from the map as it was, or backward from the map as it is.
    progress
        Callback.

    Returns
    -------
    output
        Every version that the events make.

    Raises
    ------
    LayerError
        With every event that contradicts the map.
    """
    return boundary_events.apply_events(territories, events, direction=direction, progress=progress)
