"""What the tools on institutions give: layers and tables, column by column."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification.helix import PARTS as HELIX_PARTS
from geoterritorio.identification.thickness import PARTS
from geoterritorio.identification.tools._cluster_layers import NAME, TERRITORY, TOLD, number, word
from geoterritorio.identification.training import PURPOSES, STATES
from geoterritorio.layers.schema import FLAGS, INDICATOR_TABLE
from geoterritorio.registry import Column, Layer

_KIND = Column("kind", "text", mark("Kind of institution, from the vocabulary of institutions"))
_REASONS = (word("reason", mark("Why figures are missing")), word("cure", mark("What would decide it")))
_NUMBER = number("number", mark("Institutions; empty where the layer does not cover the territory"))
_RATE = (
    number("density", mark("Institutions per 1000 establishments")),
    number("low", mark("Lower end of its interval, exact for a Poisson count")),
    number("high", mark("Upper end of its interval")),
)
_LEAST = number(
    "p_least", mark("Smallest p that there could be here; above 1 - level it is outside the family of q")
)
_FAMILY = mark("p adjusted for all territories that could be told from chance (Benjamini-Hochberg)")
PRESENCE = Layer(
    "institution_presence",
    ("table",),
    (
        TERRITORY,
        NAME,
        _KIND,
        _NUMBER,
        word("present", mark("Whether there is one"), TOLD),
        *_RATE,
        number(
            "lq", mark("Quotient of the kind: institutions here over what its share of establishments gives")
        ),
        number("lq_low", mark("Lower end of the quotient's interval")),
        number("lq_high", mark("Upper end of the quotient's interval")),
        number(
            "expected", mark("Institutions of the kind that the territory's share of establishments gives")
        ),
        number("none_by_chance", mark("How often chance alone leaves none of the kind here")),
        number("p", mark("Two-sided p-value of a quotient of 1")),
        _LEAST,
        number("q", mark("p adjusted for all cells that could be told from chance (Benjamini-Hochberg)")),
        word(
            "certainty",
            mark(
                "high or low where q tells the quotient from 1, unclear, untestable (p cannot be small), or untested"
            ),
        ),
        number("reached_share", mark("Share of the establishments that reach one within the budget")),
        number("up_to", mark("That budget")),
        *_REASONS,
    ),
    key=("territory", "kind"),
)
AREAS = Layer(
    "innovation_areas",
    ("polygon", "point"),
    (
        TERRITORY,
        NAME,
        _NUMBER,
        *_RATE,
        number("kinds_present", mark("Kinds of institution present")),
        number("kinds_share", mark("Their share of all kinds looked at")),
        number(
            "kinds_expected", mark("Kinds that so many institutions have when kinds are dealt anew among all")
        ),
        number("kinds_p", mark("How often that gives as few kinds as here")),
        number("diversity", mark("Entropy of the kinds, from 0 (one kind) to 1 (all alike)")),
        number("diversity_expected", mark("Its mean when kinds are dealt anew")),
        word("missing_kinds", mark("Kinds that are missing")),
        *_REASONS,
    ),
    key=("territory",),
)
PLACED = Layer(
    "placed_institutions",
    ("point", "table"),
    (
        Column("institution", "text", "Identifier of the institution"),
        word("name", mark("Name of the institution")),
        word("name_es", mark("Its name in Spanish, where there are both")),
        _KIND,
        word("territory", mark("Territory in which it lies; empty outside all")),
        word("fields", mark("Fields of knowledge, separated by semicolons")),
        word("opened", mark("Day, month or year of opening")),
        word("closed", mark("Day, month or year of closing; empty while open")),
    ),
    key=("institution",),
)
GAPS = Layer(
    "institution_gaps",
    ("table",),
    (
        TERRITORY,
        NAME,
        Column("kind", "text", mark("Kind of institution that is missing")),
        number(
            "expected", mark("Institutions of the kind that the territory's share of establishments gives")
        ),
        number("none_by_chance", mark("How often chance alone leaves none of the kind here")),
        word("nearest_institution", mark("Nearest institution of the kind, elsewhere")),
        word("nearest_name", mark("Name of that institution")),
        word("nearest_name_es", mark("Its name in Spanish, where there are both")),
        word("nearest_territory", mark("Territory of that institution")),
        number("distance", mark("Distance to it in metres, as the crow flies")),
        word(
            "measured_from", mark("Where the distance begins: middle of establishments, or of the territory")
        ),
        number("reached_share", mark("Share of the establishments that reach one within the budget")),
        number("up_to", mark("That budget")),
    ),
    key=("territory", "kind"),
)
THICKNESS = Layer(
    "institutional_thickness",
    ("table",),
    (
        TERRITORY,
        NAME,
        Column(
            "part",
            "text",
            mark(
                "Part of thickness: presence, interaction, coalition or agenda; index where it was asked for"
            ),
            options=(*PARTS, "index"),
        ),
        number("value", mark("Value of the part, from 0 to 1; empty where unknown")),
        number("institutions", mark("Institutions of the territory")),
        number("kinds_present", mark("Kinds of institution present")),
        number("links_inside", mark("Pairs of institutions of the territory that are linked")),
        number("links_outside", mark("Linked pairs with an institution elsewhere")),
        number("link_density", mark("Share of the possible pairs in the territory that are linked")),
        number("mean_degree", mark("Linked institutions for each institution, on average")),
        number("expected", mark("Linked pairs in the territory when the ends of all pairs are dealt anew")),
        number("p", mark("How often that gives as many pairs as here")),
        _LEAST,
        number("q", _FAMILY),
        word(
            "certainty",
            mark(
                "high where q tells the pairs from chance, unclear, untestable (p cannot be small), or untested"
            ),
        ),
        number(
            "centralisation", mark("Freeman's centralisation: 1 where all links go through one institution")
        ),
        number("projects", mark("Projects that institutions of the territory share with another one")),
        number("statements", mark("Coded statements on the territory, counted and never averaged")),
        *_REASONS,
    ),
    key=("territory", "part"),
)
_H = {
    "h_1": mark("Entropy of places, in bits"),
    "h_2": mark("Entropy of technologies, in bits"),
    "h_3": mark("Entropy of sizes, in bits"),
    "h_12": mark("Entropy of places and technologies together"),
    "h_13": mark("Entropy of places and sizes together"),
    "h_23": mark("Entropy of technologies and sizes together"),
    "h_123": mark("Entropy of all three together"),
}
HELIX = Layer(
    "triple_helix",
    ("table",),
    (
        Column(
            "part",
            "text",
            mark("What the row is of: the whole, within or between territories, or one territory"),
            options=HELIX_PARTS,
        ),
        word("territory", mark("Identifier of the territory, of rows of one")),
        NAME,
        number("establishments", mark("Establishments with place, technology and size")),
        number("units", mark("Smaller places that have some")),
        number("cells", mark("Combinations of place, technology and size that there could be")),
        *(number(k, v) for k, v in _H.items()),
        number("synergy", mark("Information that the three share, T in bits; below 0 is synergy")),
        number("low", mark("Lower end of its interval (bootstrap)")),
        number("high", mark("Upper end of its interval")),
        number(
            "contribution",
            mark("Share of the establishments times T: the territory's part of what is within"),
        ),
        number("expected", mark("Mean of T when technologies and sizes are dealt anew")),
        number("expected_low", mark("Lower end of what chance gives")),
        number("expected_high", mark("Upper end of what chance gives")),
        number("beyond_chance", mark("T less that mean: below 0 is synergy beyond chance")),
        number("small_number_bias", mark("T that so few establishments give by themselves, in bits")),
        number("p", mark("Two-sided p-value of T against chance")),
        number("q", mark("The same, adjusted for all territories (Benjamini-Hochberg)")),
        word("few", mark("Whether there are fewer establishments than combinations"), FLAGS),
        *_REASONS,
    ),
)
HELIX_AREAS = Layer(
    "triple_helix_areas", ("polygon", "point"), (TERRITORY, *HELIX.columns[2:]), key=("territory",)
)
_PURPOSE = Column(
    "purpose", "text", mark("What the institutions do: training, or research"), options=PURPOSES
)
_DIVISION = Column("sector", "text", mark("Division of NACE Rev. 2"))
MATCH_SECTORS = Layer(
    "training_sectors",
    ("table",),
    (
        TERRITORY,
        NAME,
        _PURPOSE,
        _DIVISION,
        number("jobs", mark("Jobs of the division")),
        Column(
            "state",
            "text",
            mark("Whether a field that serves it is taught or researched here"),
            options=STATES,
        ),
        word("needed_fields", mark("Fields that serve it (ISCED-F 2013)")),
        word("taught_fields", mark("Those of them that are taught or researched here")),
        *_REASONS,
    ),
    key=("territory", "purpose", "sector"),
)
MATCH_FIELDS = Layer(
    "training_fields",
    ("table",),
    (
        TERRITORY,
        NAME,
        _PURPOSE,
        Column("field", "text", mark("Field of knowledge (ISCED-F 2013)")),
        word("taught", mark("Whether it is taught or researched here"), FLAGS),
        number("institutions", mark("Institutions that do so")),
        number("taught_elsewhere", mark("Institutions elsewhere that do so, of those given")),
        number("jobs", mark("Jobs here that the field serves; 0 is a field without local jobs")),
        number("jobs_only", mark("Of these, jobs that no other field taught here serves")),
    ),
    key=("territory", "purpose", "field"),
)
MATCH = Layer(
    "training_match",
    ("polygon", "point"),
    (
        TERRITORY,
        NAME,
        _PURPOSE,
        number("jobs", mark("Jobs of the territory")),
        number("served", mark("Jobs whose division has a field taught or researched here")),
        number("unserved", mark("Jobs whose division has none")),
        number("no_field", mark("Jobs of divisions that no field serves")),
        number(
            "undecided_jobs",
            mark("Jobs of which it is not known, since an institution does not say its fields"),
        ),
        number("match_share", mark("Share served of the jobs that a field could serve")),
        number("match_low", mark("That share at least")),
        number("match_high", mark("That share at most")),
        number(
            "expected",
            mark("Mean of the share when fields are dealt anew among the institutions of each kind"),
        ),
        number("expected_low", mark("Lower end of what chance gives")),
        number("expected_high", mark("Upper end of what chance gives")),
        number("p_low", mark("How often chance gives a share as low as here")),
        number("p_high", mark("How often chance gives a share as high as here")),
        _LEAST,
        number(
            "q",
            mark("Twice the smaller of the two, adjusted for all territories that could be told from chance"),
        ),
        word(
            "certainty",
            mark(
                "high or low where q tells the share from chance, unclear, untestable (p cannot be small), or untested"
            ),
        ),
        *_REASONS,
    ),
    key=("territory", "purpose"),
)
MATCH_WHOLE = Layer("training_whole", ("table",), MATCH.columns[2:], key=("purpose",))
# The common feed of capitals, benchmark and profile: the layer kind of indicators.
FIGURES = Layer("indicators", ("table",), INDICATOR_TABLE.columns, key=INDICATOR_TABLE.key)

PresenceTable = Annotated[pd.DataFrame, PRESENCE]
InnovationAreas = Annotated[gpd.GeoDataFrame, AREAS]
PlacedInstitutions = Annotated[gpd.GeoDataFrame, PLACED]
GapTable = Annotated[pd.DataFrame, GAPS]
ThicknessTable = Annotated[pd.DataFrame, THICKNESS]
HelixTable = Annotated[pd.DataFrame, HELIX]
HelixAreas = Annotated[gpd.GeoDataFrame, HELIX_AREAS]
MatchSectors = Annotated[pd.DataFrame, MATCH_SECTORS]
MatchFields = Annotated[pd.DataFrame, MATCH_FIELDS]
MatchAreas = Annotated[gpd.GeoDataFrame, MATCH]
MatchWhole = Annotated[pd.DataFrame, MATCH_WHOLE]
FiguresTable = Annotated[pd.DataFrame, FIGURES]


def figures_of(table: pd.DataFrame, named: dict[str, tuple[str, ...]], period: str = "") -> pd.DataFrame:
    """
    Long table of figures by territory, as other tools read it.

    Parameters
    ----------
    table
        One row per territory.
    named
        Name of each indicator -> its column, and those of the ends of its interval where it has one.
    period
        Day or year of the figures; empty where none was given.

    Returns
    -------
    figures
        `territory`, `indicator`, `value`, `low`, `high`, `period`; unknown figures are rows with an empty value.
    """
    parts = []
    for indicator, columns in named.items():
        part = pd.DataFrame({"territory": table["territory"].to_numpy(), "indicator": indicator})
        for name, column in zip(("value", "low", "high"), columns, strict=False):
            part[name] = table[column].to_numpy(float)
        parts.append(part)
    found = pd.concat(parts, ignore_index=True).reindex(
        columns=["territory", "indicator", "value", "low", "high"]
    )
    if period:
        found["period"] = period
    return found
