"""Layers that tools of districts give."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification.district_rules import GIVEN, READING
from geoterritorio.layers.schema import NO, YES
from geoterritorio.registry import Column, Layer

_MARKET = Column("territory", "text", mark("Identifier of the labour market"))
_NAME = Column("name", "text", mark("Name of the labour market"))
_KINDS = mark(
    "Verdict: district, large firm system, residual (manufacturing of another kind), services, other system, no "
    "district (but its kind is open), undecidable, or empty"
)
_RULED = (
    Column("preset", "text", mark("Rules: a preset, or own rules")),
    Column(
        "confirmed",
        "text",
        mark(
            "Whether the rules are a preset and confirmed: yes; reading, where all numbers are published and some of "
            "what they are of is this project's reading; or no"
        ),
        options=(YES, READING, NO),
    ),
    Column("size_of", "text", mark("Whose jobs make the size: the plant's or the enterprise's")),
    Column("reference", "text", "Whole compared with: own sums, or reference"),
)
SHARES = (
    Column(
        "share_draws",
        "number",
        mark("Share of draws of the plants in which it is a district; empty where some are undecidable"),
    ),
    Column(
        "share_settings",
        "number",
        mark("Share of other thresholds under which it is a district; empty where some are undecidable"),
    ),
    Column(
        "share_all",
        "number",
        mark(
            "Share of all draws under all thresholds in which it is a district; empty where some are undecidable"
        ),
    ),
    Column(
        "share_all_low", "number", mark("That share at least: what is undecidable counted as no district")
    ),
    Column("share_all_high", "number", mark("That share at most: what is undecidable counted as a district")),
)
AREAS = Layer(
    "district_areas",
    ("polygon", "point"),
    (
        _MARKET,
        _NAME,
        Column("verdict", "text", _KINDS),
        Column("district", "text", mark("Whether it is a district: yes, no, or unknown")),
        Column("activity", "text", mark("Activity with most excess jobs; empty where that is open")),
        Column("main_industry", "text", mark("Main industry; empty where there is none, or it is open")),
        Column("employment", "number", "Jobs"),
        Column("manufacturing", "number", mark("Jobs in manufacturing")),
        Column("share_manufacturing", "number", mark("Share of manufacturing in all jobs")),
        Column("share_smaller", "number", mark("Share of small and medium firms in manufacturing")),
        Column("share_micro", "number", mark("Share of micro firms in manufacturing"), required=False),
        Column("share_small", "number", mark("Share of small firms in manufacturing")),
        Column("share_medium", "number", mark("Share of medium firms in manufacturing")),
        Column("share_large", "number", mark("Share of large firms in manufacturing")),
        Column("industry_employment", "number", mark("Jobs in the main industry")),
        Column("industry_smaller", "number", mark("Share of small and medium firms in the main industry")),
        Column("weakest", "text", mark("Step whose figure is least above its threshold, or farthest below")),
        Column(
            "margin",
            "number",
            mark("By how much, as a part of the threshold; of excess jobs, as a part of all jobs"),
        ),
        Column("unknown_steps", "text", mark("Steps that are unknown")),
        Column("cure", "text", mark("What would decide them")),
        *SHARES,
        *_RULED,
    ),
    key=("territory",),
)
EVIDENCE = Layer(
    "district_evidence",
    ("table",),
    (
        _MARKET,
        _NAME,
        Column("step", "number", mark("Number of the step")),
        Column("asked", "text", mark("Step")),
        Column("rule", "text", mark("What is asked")),
        Column(
            "of", "text", mark("Activity, size class or industry of the figure; several where that is open")
        ),
        Column("value", "number", mark("Figure; empty where only bounds are known")),
        Column(
            "low",
            "number",
            mark("The least the figure can be; the figure itself where it is known; empty without bound"),
        ),
        Column("high", "number", mark("The most the figure can be; empty without bound")),
        Column(
            "against", "text", mark("Activity or size class of the threshold; several where that is open")
        ),
        Column("threshold", "number", mark("What it must exceed; empty where that is open")),
        Column("threshold_low", "number", mark("The least the threshold can be; empty without bound")),
        Column("threshold_high", "number", mark("The most the threshold can be; empty without bound")),
        Column("margin", "number", mark("Figure less threshold")),
        Column(
            "distance",
            "number",
            mark("The same as a part of the threshold; of excess jobs, as a part of all jobs"),
        ),
        Column("passed", "text", mark("Whether the step is passed: yes, no, unknown, or not asked")),
        Column("reason", "text", mark("Why it is unknown, or decided though something is open")),
        Column("cure", "text", mark("What would decide it")),
        Column(
            "origin",
            "text",
            mark(
                "Where the threshold comes from: published, reading of this project, not confirmed, own rule"
            ),
        ),
        Column(
            "assignment",
            "text",
            mark(
                "Which sectors make an activity or an industry: reading of this project, or as given in the data"
            ),
            options=(READING, GIVEN),
        ),
        Column(
            "source", "text", mark("Where the rules are published; of own rules, those they were made of")
        ),
        *_RULED,
    ),
    key=("territory", "step"),
)
_BOUNDED = (
    Column("employment", "number", "Jobs", required=False),
    Column("employment_low", "number", mark("Jobs at least, where they are not known")),
    Column("employment_high", "number", mark("Jobs at most, where they are not known; empty without bound")),
    Column("establishments", "number", mark("Establishments, or enterprises where these make the size")),
)
_QUOTIENT = (
    Column("lq", "number", mark("Location quotient within manufacturing; empty where only bounds are known")),
    Column("low", "number", mark("The least the quotient can be, where it is not known")),
    Column("high", "number", mark("The most the quotient can be, where it is not known")),
)
_EXCESS = (
    Column("excess", "number", mark("Jobs above what the whole's shares would give (prevalence)")),
    Column("excess_low", "number", mark("The least these can be, where they are not known")),
    Column("excess_high", "number", mark("The most these can be, where they are not known")),
)
ACTIVITIES = Layer(
    "district_activities",
    ("table",),
    (
        _MARKET,
        _NAME,
        Column("activity", "text", mark("Activity of the eight of the district method")),
        *_BOUNDED,
        Column("lq", "number", mark("Location quotient within all jobs; empty where only bounds are known")),
        *_QUOTIENT[1:],
        *_EXCESS,
        Column("main", "text", mark("Whether it has most excess jobs: yes, no, or unknown")),
        *_RULED,
    ),
    key=("territory", "activity"),
)
INDUSTRIES = Layer(
    "district_industries",
    ("table",),
    (
        _MARKET,
        _NAME,
        Column("industry", "text", mark("Industry of the eleven of the district method")),
        *_BOUNDED,
        *_QUOTIENT,
        *_EXCESS,
        Column("share", "number", mark("Share in the manufacturing jobs of the market")),
        Column("share_smaller", "number", mark("Share of small and medium firms in its jobs")),
        Column("employment_micro", "number", mark("Its jobs in micro firms"), required=False),
        Column("employment_small", "number", mark("Its jobs in small firms")),
        Column("employment_medium", "number", mark("Its jobs in medium firms")),
        Column("employment_large", "number", mark("Its jobs in large firms")),
        Column("medium_firms", "number", mark("Number of its medium firms")),
        Column("medium_firms_low", "number", mark("Number of these at least, where it is not known")),
        Column("medium_firms_high", "number", mark("Number of these at most, where it is not known")),
        Column("main", "text", mark("Whether it is the main industry: yes, no, or unknown")),
        *_RULED,
    ),
    key=("territory", "industry"),
)
SIZES = Layer(
    "district_sizes",
    ("table",),
    (
        _MARKET,
        _NAME,
        Column("size_class", "text", mark("Size class of manufacturing")),
        *_BOUNDED,
        Column("share", "number", mark("Share in the manufacturing jobs of the market")),
        *_QUOTIENT,
        *_RULED,
    ),
    key=("territory", "size_class"),
)
STABILITY = Layer(
    "district_stability",
    ("polygon", "point"),
    (
        _MARKET,
        _NAME,
        Column("verdict", "text", _KINDS),
        *SHARES,
        Column("kept", "number", mark("Share of draws of the plants in which its verdict is the same")),
        Column(
            "kept_settings", "number", mark("Share of other thresholds under which its verdict is the same")
        ),
        Column(
            "kept_all",
            "number",
            mark("Share of all draws under all thresholds in which its verdict is the same"),
        ),
        Column("other", "text", mark("Verdict that it most often has otherwise")),
        Column("share_other", "number", mark("Share of all draws under all thresholds in which it has that")),
        *_RULED,
    ),
    key=("territory",),
)
RUNS = Layer(
    "district_runs",
    ("table",),
    (
        Column("setting", "text", mark("Given rules, or the threshold that was changed")),
        Column("value", "number", mark("Value of the threshold")),
        Column("districts", "number", mark("Number of districts")),
        Column(
            "districts_draws",
            "number",
            mark("Number of districts on average over the draws; empty where some are undecidable"),
        ),
        Column("undecidable", "number", mark("Number of markets that are undecidable")),
        Column(
            "same",
            "number",
            mark("Share of markets whose verdict is that by the given rules, of those that both decide"),
        ),
    ),
    key=("setting", "value"),
)
Areas = Annotated[gpd.GeoDataFrame, AREAS]
Evidence = Annotated[pd.DataFrame, EVIDENCE]
Activities = Annotated[pd.DataFrame, ACTIVITIES]
Industries = Annotated[pd.DataFrame, INDUSTRIES]
Sizes = Annotated[pd.DataFrame, SIZES]
StableAreas = Annotated[gpd.GeoDataFrame, STABILITY]
Runs = Annotated[pd.DataFrame, RUNS]
