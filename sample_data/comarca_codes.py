"""What the invented territory is made of: sectors, planted structures, decoys, vocabularies.

Codes are NACE Rev. 2 groups (three digits). Weights and sizes are invented; they only have the order of magnitude
of a European region.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

NATURE = "invented / inventado"
CLASSIFICATION = "NACE Rev. 2, groups"
TITLES = Path(__file__).resolve().parent / "nace2_groups.csv"

# division: last digits of its groups, plants per mille, median jobs, tilt (exponent of town size: 0 = as everything)
DIVISIONS = """
01 1234567 62 1.6 -.45; 02 1234 4 2 -.45; 03 12 3 2.5 -.2; 05 12 .2 20 -.4; 06 12 .2 8 -.4; 07 12 .3 12 -.4
08 19 2.2 6 -.4; 09 19 .3 6 -.4; 10 123456789 14 6 0; 11 0 2.5 5 0; 12 0 .2 30 0; 13 1239 4 6 0; 14 123 5 6 0
15 12 3 8 0; 16 12 7 4 0; 17 12 2 12 0; 18 12 6 4 0; 19 12 .2 15 0; 20 123456 3 11 0; 21 12 .6 25 0; 22 12 4.5 10 0
23 12345679 7 7 0; 24 12345 1.6 18 0; 25 1234567 15 6 0; 25 9 3 6 0; 26 12345678 2.2 9 0; 27 123459 2.6 11 0
28 12349 6 10 0; 29 123 1.4 24 0; 30 1234 1 15 0; 30 9 .3 9 0; 31 0 8 5 0; 32 123459 5 3 0; 33 12 6 3 0
35 123 2 5 -.1; 36 0 1.2 9 -.1; 37 0 .6 6 -.1; 38 123 1.8 8 -.1; 39 0 .3 5 0; 41 12 42 2.6 0; 42 129 4 7 0
43 1239 64 2.4 0; 45 1234 28 2.6 0; 46 12345679 62 3 .05; 47 123456789 128 2 0; 49 12345 38 2 0; 50 1234 .6 5 .1
51 12 .1 20 .2; 52 12 6 6 .1; 53 12 3 5 0; 55 1239 11 4 -.1; 56 123 74 2.8 0; 58 12 3 3 .2; 59 12 2 2 .2
60 12 .6 6 .2; 61 1239 1.6 4 .15; 62 0 12 3 .2; 63 19 2.5 3 .2; 64 1239 9 4 .1; 65 123 1.2 6 .15; 66 123 11 2 .1
68 123 34 1.4 .1; 69 12 38 2 .1; 70 12 11 2 .2; 71 12 28 2.2 .1; 72 12 2 5 .2; 73 12 7 2 .2; 74 1239 13 1.6 .1
75 0 3 2 -.1; 77 1234 6 2.4 0; 78 123 1.2 20 .15; 79 19 4 2.2 .1; 80 123 1.6 9 .1; 81 123 14 4 .05; 82 1239 9 3 .1
84 123 6 18 0; 85 123456 23 6 0; 86 129 32 3 .05; 87 1239 3 22 0; 88 19 3.4 10 0; 90 0 7 1.6 .15; 91 0 1 5 .05
92 0 3 4 .05; 93 12 13 2.6 0; 94 129 13 2.4 0; 95 12 8 1.6 0; 96 0 44 1.6 0; 97 0 12 1 0; 98 12 .2 1 0; 99 0 .1 8 .2
"""
RANK_EXPONENT = 0.8  # how unequal the groups of one division are
SHUFFLE = (
    20_190  # order of the groups within each division: the same in every territory, so that the nation is too
)


def sectors() -> pd.DataFrame:
    """Groups of NACE Rev. 2 with their title, share of plants, median size and tilt, by code."""
    rng = np.random.default_rng(SHUFFLE)
    parts = []
    for entry in DIVISIONS.replace("\n", ";").split(";"):
        if not entry.strip():
            continue
        division, digits, mille, median, tilt = entry.split()
        weight = 1.0 / (1 + rng.permutation(len(digits))) ** RANK_EXPONENT
        parts.append(
            pd.DataFrame(
                {
                    "sector": [f"{division}.{digit}" for digit in digits],
                    "share": float(mille) * weight / weight.sum(),
                    "median": float(median),
                    "tilt": float(tilt),
                }
            )
        )
    table = pd.concat(parts).sort_values("sector", ignore_index=True)
    titles = pd.read_csv(TITLES, dtype="str").set_index("sector")["sector_name"]
    return table.assign(name=table["sector"].map(titles), share=table["share"] / table["share"].sum())


@dataclass(frozen=True)
class Structure:
    """
    One planted system of establishments.

    Parameters
    ----------
    key
        Identifier in the truth files.
    kind
        `district`, `cluster` or `large_firm_system`.
    market
        Rank of its labour market by size, 0 the largest.
    main
        Sector that leads the system.
    mix
        Shares of the planted establishments by sector; they need not add up to 1.
    weight
        Planted establishments as a share of those the market has without them.
    median, sigma, cap
        Sizes: lognormal with this median and spread, never above the cap.
    municipalities
        Into how many municipalities it goes; the nearest to the market's centre.
    spill
        Share of the establishments in the neighbouring market (clusters cross borders of labour markets).
    giants
        Jobs of single large plants of the main sector.
    """

    key: str
    kind: str
    market: int
    main: str
    mix: dict[str, float]
    weight: float
    median: float
    sigma: float
    cap: int
    municipalities: int
    spill: float = 0.0
    giants: tuple[int, ...] = field(default=())


STRUCTURES = (
    Structure(
        "D1 leather and footwear",
        "district",
        4,
        "15.2",
        {"15.2": 0.6, "15.1": 0.16, "22.1": 0.07, "28.9": 0.05, "46.1": 0.05, "46.4": 0.04, "20.5": 0.03},
        0.17,
        10,
        0.85,
        180,
        7,
    ),
    Structure(
        "D2 ceramics and housing goods",
        "district",
        2,
        "23.3",
        {"23.3": 0.42, "31.0": 0.22, "23.4": 0.12, "20.3": 0.08, "28.9": 0.06, "08.1": 0.04, "46.7": 0.06},
        0.15,
        12,
        0.9,
        220,
        8,
    ),
    Structure(
        "D3 machinery",
        "district",
        6,
        "28.4",
        {"28.4": 0.34, "28.9": 0.2, "28.2": 0.12, "25.6": 0.16, "25.7": 0.08, "33.2": 0.05, "46.6": 0.05},
        0.15,
        12,
        0.85,
        200,
        7,
    ),
    Structure(
        "C1 food",
        "cluster",
        3,
        "10.3",
        {"10.3": 0.34, "10.8": 0.16, "11.0": 0.1, "17.2": 0.12, "46.3": 0.18, "72.1": 0.03, "52.1": 0.07},
        0.09,
        12,
        1.15,
        700,
        8,
        spill=0.4,
    ),
    Structure(
        "C2 electronics, software and health",
        "cluster",
        0,
        "26.5",
        {"26.5": 0.2, "26.6": 0.1, "32.5": 0.16, "62.0": 0.3, "72.1": 0.1, "71.2": 0.1, "63.1": 0.04},
        0.06,
        8,
        1.2,
        600,
        7,
        spill=0.25,
    ),
    Structure(
        "L1 vehicles",
        "large_firm_system",
        5,
        "29.1",
        {"29.3": 0.55, "22.2": 0.25, "25.6": 0.2},
        0.025,
        45,
        0.8,
        240,
        5,
        giants=(1_900, 1_150),
    ),
)

DISPERSED = ("10.7", "18.1", "25.1")  # everywhere in proportion to the place
ONE_PLANT = (("17.1", 620), ("20.1", 480), ("23.5", 350), ("24.1", 900), ("30.3", 540))
SIZE_ONLY = 3  # largest municipalities without a planted system

INSTITUTION_KINDS = {  # kind: how many, Spanish and English words of the names, fields of knowledge (ISCED-F)
    "higher_education": (3, "Universidad", "University", ("071", "061", "041", "091")),
    "laboratory": (6, "Laboratorio", "Laboratory", ("071", "072", "053")),
    "transfer": (6, "Instituto tecnológico", "Technology institute", ("071", "072")),
    "training": (18, "Centro de formación", "Training centre", ("071", "072", "101", "041")),
    "chamber": (3, "Cámara de comercio", "Chamber of commerce", ("041",)),
    "association": (14, "Asociación empresarial", "Business association", ()),
    "government": (14, "Oficina del gobierno", "Government office", ()),
    "development_agency": (9, "Agencia de desarrollo", "Development agency", ("041", "031")),
    "finance": (15, "Caja de crédito", "Credit union", ()),
    "labour": (8, "Servicio de empleo", "Employment service", ()),
}
TRAINING_GAP = "072"  # manufacturing and processing, the field of the first district's main sector
LEADER = (
    "networking",
    "integrated",
    "bottom_up",
    "territorial",
    "local_management",
    "public_private",
    "innovation",
)
ELEMENTS = (
    "division_of_labour",
    "training_fit",
    "learning",
    "intermediaries",
    "local_markets",
    "values",
    "institutions",
    "identity",
)
COMPONENTS = ("renewal", "collective", "risk", "adapted_answers")
SOCIAL = ("ways_of_learning", "context", "negotiation", "references", "decentralisation")
ACTION_KINDS = (
    "sme_support",
    "business_services",
    "links",
    "resources",
    "participation",
    "finance_governance",
    "information",
    "labour_markets",
    "environment_heritage",
)
PHASES = ("animation", "structuring", "consolidation")
