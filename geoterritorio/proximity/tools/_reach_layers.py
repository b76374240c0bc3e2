"""Layers that the tools of reach give."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.proximity._ways import BY, UNITS
from geoterritorio.proximity.tools._reach_inputs import SIZES, WHO
from geoterritorio.registry import Column, Layer

_WHO = Column("who", "text", mark("Whose reach it is: establishments or residents"), options=WHO)
_KIND = Column("centre_kind", "text", mark("Kind of centre"))
_TERRITORY = Column("territory", "text", mark("Identifier of the territory"))
_NAME = Column("name", "text", mark("Name of the territory"), required=False)
_UP_TO = Column("up_to", "number", mark("Budget: what the way to the nearest centre costs at most"))
_WAYS = (
    Column(
        "unit",
        "text",
        mark("What ways cost: minutes, metres, or whatever the table of costs counts (cost)"),
        options=UNITS,
    ),
    Column("by", "text", mark("How ways are found: road, straight line or table"), options=BY),
)
_SIZE = Column(
    "size_of",
    "text",
    mark(
        "Whether small and medium are told by the establishment (plant) or by its enterprise; empty of residents"
    ),
    options=SIZES,
)
_NUMBER = Column("number", "number", mark("Number of small and medium establishments, or of residents"))
_AMOUNTS = (
    _NUMBER,
    Column("within_reach", "number", mark("Of these, how many reach a centre of the kind within the budget")),
    Column("beyond_reach", "number", mark("How many do not: it is farther, or there is no way")),
    Column("reached_share", "number", mark("Share that reaches one within the budget")),
    Column(
        "reached_low",
        "number",
        mark("The least that share can be, establishments of unknown size considered"),
    ),
    Column("reached_high", "number", mark("The most that it can be")),
    Column("jobs", "number", mark("Jobs of these establishments")),
    Column(
        "jobs_reached", "number", mark("Of these jobs, how many have a centre of the kind within the budget")
    ),
    Column("jobs_unreached", "number", mark("How many are not")),
    Column("jobs_share", "number", mark("Share of the jobs within the budget")),
    Column("jobs_low", "number", mark("The least that share can be, unknown jobs considered")),
    Column("jobs_high", "number", mark("The most that share of jobs can be")),
    Column(
        "unsized", "number", mark("Establishments of which it is not known whether they are small or medium")
    ),
)
_TIMES = (
    Column(
        "median",
        "number",
        mark("Cost of the way within which half of them reach a centre; empty if fewer do"),
    ),
    Column("ninth", "number", mark("Cost within which nine of ten reach one; empty if fewer do")),
    Column("unreachable", "number", mark("Number that no way leads to any centre of the kind")),
    Column("several", "number", mark("Share with two or more centres of the kind within the middle budget")),
    Column("single", "number", mark("Share with exactly one, whose reach hangs on it")),
    Column("main_centre", "text", mark("Centre on which most of these depend; empty where none does")),
    Column("main_centre_name", "text", mark("Name of that centre"), required=False),
    Column("main_share", "number", mark("Share of all that would lose reach if that centre closed")),
)
SHARES = Layer(
    "reach_shares",
    ("table",),
    (_WHO, _KIND, _UP_TO, *_AMOUNTS, *_WAYS, _SIZE),
    key=("who", "centre_kind", "up_to"),
)
TERRITORY_SHARES = Layer(
    "reach_by_territory",
    ("table",),
    (_WHO, _TERRITORY, _NAME, _KIND, _UP_TO, *_AMOUNTS, *_WAYS),
    key=("who", "territory", "centre_kind", "up_to"),
)
TIMES = Layer(
    "reach_times", ("table",), (_WHO, _KIND, _UP_TO, _NUMBER, *_TIMES, *_WAYS), key=("who", "centre_kind")
)
AREAS = Layer(
    "reach_areas",
    ("polygon", "point"),
    (
        _WHO,
        _TERRITORY,
        _NAME,
        _KIND,
        _UP_TO,
        *(c for c in _AMOUNTS if c.name in ("number", "reached_share", "jobs_share", "beyond_reach")),
        *_TIMES,
        *_WAYS,
    ),
    key=("who", "territory", "centre_kind"),
)
_CENTRE = Column("centre", "text", mark("Identifier of the centre"))
_CENTRE_NAME = Column("centre_name", "text", mark("Name of the centre"), required=False)
BY_CENTRE = Layer(
    "reach_centres",
    ("point",),
    (
        _WHO,
        _CENTRE,
        _CENTRE_NAME,
        _KIND,
        _UP_TO,
        Column("nearest_to", "number", mark("Number for whom no other of its kind is nearer")),
        Column(
            "only", "number", mark("Number who reach no other of its kind within the budget: they hang on it")
        ),
        Column("only_share", "number", mark("Their share of all; so many would lose reach if it closed")),
        Column("only_jobs", "number", mark("Jobs of the establishments that hang on it")),
        *_WAYS,
    ),
    key=("who", "centre"),
)
LINES = Layer(
    "nearest_lines",
    ("line",),
    (
        _WHO,
        _TERRITORY,
        _NAME,
        _KIND,
        _CENTRE,
        _CENTRE_NAME,
        Column(
            "cost",
            "number",
            mark("Cost of the way between the middle of the territory's jobs and the centre"),
        ),
        *_WAYS,
    ),
    key=("who", "territory", "centre_kind"),
)
PLACES = Layer(
    "reach_places",
    ("point", "table"),
    (
        _WHO,
        Column("firm", "text", mark("Identifier of the establishment, or of the place where people live")),
        _KIND,
        _CENTRE,
        _CENTRE_NAME,
        Column(
            "cost",
            "number",
            mark("Cost of the way to the nearest centre of the kind; empty where none leads"),
        ),
        Column("centres", "number", mark("Number of centres of the kind within the middle budget")),
        *_WAYS,
    ),
    key=("who", "firm", "centre_kind"),
)
_GAINS = (
    Column("newly", "number", mark("Establishments or residents newly within the budget")),
    Column("newly_jobs", "number", mark("Jobs of these establishments")),
    Column("newly_unsized", "number", mark("Establishments of unknown size newly within the budget")),
    Column("saved", "number", mark("Cost saved by all who reach a centre already, added up")),
)
_CANDIDATE = Column("candidate", "text", mark("Place where a centre could be"))
_CANDIDATE_NAME = Column("candidate_name", "text", mark("Name of that place"), required=False)
GAINS = Layer(
    "candidate_gains",
    ("point", "polygon", "table"),
    (
        Column("rank", "number", mark("Rank; 1 is the best")),
        _CANDIDATE,
        _CANDIDATE_NAME,
        _KIND,
        _UP_TO,
        *_GAINS,
        Column(
            "gaining",
            "number",
            mark("Territories in which somebody is newly within the budget"),
            required=False,
        ),
        Column("most_in", "text", mark("Territory in which most of them are"), required=False),
        *_WAYS,
    ),
    key=("candidate",),
)
CHOSEN = Layer(
    "chosen_candidates",
    ("point", "polygon", "table"),
    (
        Column("turn", "number", mark("Turn in which it was chosen, given those before; 0 is today")),
        _CANDIDATE,
        _CANDIDATE_NAME,
        _KIND,
        _UP_TO,
        *_GAINS,
        Column(
            "reached_share", "number", mark("Share that reaches a centre within the budget after this turn")
        ),
        Column("jobs_share", "number", mark("Share of the jobs within the budget after this turn")),
        *_WAYS,
    ),
    key=("turn",),
)
GAINING = Layer(
    "gaining_territories",
    ("table",),
    (
        Column("turn", "number", mark("Turn in which the centre was chosen, given those before")),
        _CANDIDATE,
        _CANDIDATE_NAME,
        _TERRITORY,
        Column("name", "text", "Name of the territory", required=False),
        _KIND,
        _UP_TO,
        _GAINS[0],
        Column("number", "number", mark("Number of small and medium establishments, or of residents")),
        Column("share", "number", mark("Share of these that is newly within the budget")),
        *_WAYS,
    ),
    key=("turn", "territory"),
)
ReachShares = Annotated[pd.DataFrame, SHARES]
TerritoryShares = Annotated[pd.DataFrame, TERRITORY_SHARES]
ReachTimes = Annotated[pd.DataFrame, TIMES]
ReachAreas = Annotated[gpd.GeoDataFrame, AREAS]
ReachCentres = Annotated[gpd.GeoDataFrame, BY_CENTRE]
NearestLines = Annotated[gpd.GeoDataFrame, LINES]
ReachPlaces = Annotated[gpd.GeoDataFrame, PLACES]
CandidateGains = Annotated[gpd.GeoDataFrame, GAINS]
ChosenCandidates = Annotated[gpd.GeoDataFrame, CHOSEN]
GainingTerritories = Annotated[pd.DataFrame, GAINING]
