"""What the results are that several rooms give: quotients, their areas, verdicts on several areas."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.registry import Column, Layer

RESULT_STATUS = Column(
    "status",
    "text",
    "Status of the figure: known, withheld, estimated, unknown, or partial totals (known, but compared with "
    "sums that lack withheld cells)",
    required=False,
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
        RESULT_STATUS,
        Column("lq", "number", "Location quotient: share of the sector here over its share in the whole"),
        Column("low", "number", "Lower end of the interval", required=False),
        Column("high", "number", "Upper end of the interval", required=False),
        Column(
            "most",
            "number",
            "The most the quotient can be where the cell is withheld, by the totals; else empty",
            required=False,
        ),
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
        Column("reference", "text", "Whole compared with: own sums, or reference", required=False),
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
        Column(
            "agglomerated",
            "text",
            "yes where z exceeds the cut-off, no, or empty where undefined or totals are partial",
        ),
        RESULT_STATUS,
        Column("reference", "text", "Whole compared with: own sums, or reference", required=False),
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
        Column("territories", "number", "Number of these areas that hold establishments"),
        Column("high", "number", "Areas clearly above 1"),
        Column("low", "number", "Areas clearly below 1"),
        Column("largest", "number", "Largest quotient among areas with 5 effective establishments or more"),
        Column("share_high", "number", "Share of the sector's establishments in areas clearly above 1"),
        Column(
            "agreement",
            "number",
            "Share of the sector's establishments, judged on both, with the same verdict as on the first areas",
        ),
    ),
    key=("sector", "areas"),
)
SECTOR_VERDICTS = Layer(
    "sector_verdicts",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("changes", "text", "Whether the verdict is not the same on all divisions"),
        *(
            Column(
                f"on_{division}",
                "text",
                "Verdict on this division: most (half or more of the establishments are in areas clearly above 1), "
                "some (fewer) or none (no area is clearly above 1)",
                required=False,
            )
            for division in ("territories", "other", "grid", "shifted")
        ),
        Column("share_least", "number", "Smallest share of establishments in areas clearly above 1"),
        Column("share_most", "number", "Largest share of establishments in areas clearly above 1"),
    ),
    key=("sector",),
)

Quotients = Annotated[pd.DataFrame, QUOTIENTS]
QuotientAreas = Annotated[gpd.GeoDataFrame, QUOTIENT_AREAS]
StandardisedQuotients = Annotated[pd.DataFrame, STANDARDISED]
Verdicts = Annotated[pd.DataFrame, VERDICTS]
SectorVerdicts = Annotated[pd.DataFrame, SECTOR_VERDICTS]
