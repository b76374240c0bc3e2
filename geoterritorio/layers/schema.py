"""What each layer is: the geometries it may hold, its columns, its key.

User columns are renamed to these fixed names once, at the door (`readers`, `checks`).
"""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.registry import Column, Layer

KNOWN, WITHHELD, ESTIMATED = STATUSES = ("known", "withheld", "estimated")
UNKNOWN = "unknown"  # of results: a cell whose figure is missing without having been withheld

TERRITORIES = Layer(
    "territories",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
    ),
    key=("territory",),
)
FIRMS = Layer(
    "firms",
    ("point", "table"),
    (
        Column("firm", "text", "Identifier of the establishment", required=False),
        Column("sector", "text", "Code of the sector in a classification"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("employment", "number", "Jobs at the establishment", required=False, min=0),
        Column("territory", "text", "Territory of the establishment, where already known", required=False),
    ),
    key=("firm",),
)
COUNTS = Layer(
    "counts",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("sector", "text", "Code of the sector or occupation in a classification"),
        Column("sector_name", "text", "Name of the sector or occupation", required=False),
        Column("employment", "number", "Jobs in the cell", required=False, min=0),
        Column("establishments", "number", "Establishments in the cell", required=False, min=0),
        Column("squares", "number", "Sum of the squared sizes of the establishments", required=False, min=0),
        Column(
            "relative_error",
            "number",
            "Relative standard error of the employment estimate, in percent",
            required=False,
            min=0,
        ),
        Column(
            "status",
            "text",
            "Status of the figure: known, withheld or estimated",
            required=False,
            options=STATUSES,
        ),
    ),
    key=("territory", "sector"),
)
REFERENCE = Layer(
    "reference",
    ("table",),
    (
        Column("sector", "text", "Code of the sector or occupation in a classification"),
        Column("employment", "number", "Jobs of the sector in the whole", required=False, min=0),
        Column(
            "establishments", "number", "Establishments of the sector in the whole", required=False, min=0
        ),
    ),
    key=("sector",),
)
QUOTIENTS = Layer(
    "quotients",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("employment", "number", "Jobs in the cell", required=False),
        Column("establishments", "number", "Establishments in the cell", required=False),
        Column(
            "status", "text", "Status of the figure: known, withheld, estimated or unknown", required=False
        ),
        Column("lq", "number", "Location quotient: share of the sector here over its share in the whole"),
        Column("low", "number", "Lower end of the interval", required=False),
        Column("high", "number", "Upper end of the interval", required=False),
        Column("p", "number", "Two-sided p-value of the hypothesis that the quotient is 1", required=False),
        Column(
            "q",
            "number",
            "p-value adjusted for all cells tested in the table (Benjamini-Hochberg)",
            required=False,
        ),
        Column(
            "effective_plants", "number", "Effective number of establishments in the cell", required=False
        ),
        Column(
            "certainty",
            "text",
            "high or low where the interval excludes 1, unclear, few (under 5 effective "
            "establishments), untested, withheld or unknown",
            required=False,
        ),
        Column("symmetric", "number", "Symmetric quotient (LQ - 1) / (LQ + 1), from -1 to 1", required=False),
        Column(
            "excess",
            "number",
            "Jobs or establishments above what the whole's shares would give",
            required=False,
        ),
    ),
    key=("territory", "sector"),
)
QUOTIENT_AREAS = Layer(
    "quotient_areas",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        *QUOTIENTS.columns[1:],
    ),
    key=("territory",),
)
STANDARDISED = Layer(
    "standardised_quotients",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("lq", "number", "Location quotient: share of the sector here over its share in the whole"),
        Column("z", "number", "Standardised quotient: deviations from the sector's mean over territories"),
        Column("normality_p", "number", "p-value of the Shapiro-Wilk test for the sector's quotients"),
        Column("cutoff", "number", "Value of z above which the sector counts as agglomerated"),
        Column("agglomerated", "text", "yes where z exceeds the cut-off, no, or empty where undefined"),
    ),
    key=("territory", "sector"),
)
VERDICTS = Layer(
    "verdicts",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("areas", "text", "Areas the verdict was found on"),
        Column("territories", "number", "Number of these areas"),
        Column("high", "number", "Areas clearly above 1"),
        Column("low", "number", "Areas clearly below 1"),
        Column("largest", "number", "Largest quotient among areas with 5 effective establishments or more"),
        Column("share_high", "number", "Share of the sector's establishments in areas clearly above 1"),
        Column(
            "agreement",
            "number",
            "Share of the sector's establishments with the same verdict as on the first areas",
        ),
    ),
    key=("sector", "areas"),
)
KINDS = {layer.kind: layer for layer in (TERRITORIES, FIRMS, COUNTS, REFERENCE)}

Territories = Annotated[gpd.GeoDataFrame, TERRITORIES]
Firms = Annotated[gpd.GeoDataFrame, FIRMS]
Counts = Annotated[pd.DataFrame, COUNTS]
Reference = Annotated[pd.DataFrame, REFERENCE]
Quotients = Annotated[pd.DataFrame, QUOTIENTS]
QuotientAreas = Annotated[gpd.GeoDataFrame, QUOTIENT_AREAS]
StandardisedQuotients = Annotated[pd.DataFrame, STANDARDISED]
Verdicts = Annotated[pd.DataFrame, VERDICTS]
