"""How each output that may rest on a register or on counts is made safe; what stands on no list is not published."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.identification.tools._community_layers import FIGURE_NAMES
from geoterritorio.registry import descriptions

# Rows are cells, totals, or indices of a territory or a sector: withheld by the system of all tables.
CELLS = "cells"
# Figures with what lies around, or with moments of all territories: told only of sectors without a withheld cell.
LINES = "lines"
# Two sectors: told only if neither has a withheld cell.
PAIRS = "pairs"
# Sums of a territory over other cells than the row names: told only if no cell of the territory is withheld.
ROWS = "rows"
# Figures of all territories: told only if no cell is withheld.
WHOLE = "whole"
# Distances between establishments of a sector: told only of sectors with many.
MANY = "many"
# Faults of a register, counted.
CHECKS = "checks"
# Its own sums are withheld before.
OWN = "own"
# A row, or a picture, of each establishment: only where the study says in words why.
SINGLE = "single"
# Nothing of establishments: borders, definitions, institutions, statements.
NOBODYS = "nobody's"
# Known to tell of establishments in a way that nothing here guards.
INTERNAL = "internal"
WAYS = (CELLS, LINES, PAIRS, ROWS, WHOLE, MANY, CHECKS, OWN, SINGLE, NOBODYS, INTERNAL)

_INDICES = {"indices": CELLS, "areas": CELLS}
_DISTANCES = {"verdicts": MANY, "functions": MANY}
_ALONE = {"output": CELLS}
_QUOTIENTS = {"quotients": CELLS, "areas": CELLS}
_OWN_AREAS = {"areas": OWN, "contents": OWN}
GUARDED: Mapping[str, Mapping[str, str]] = {
    "recode_sectors": {"recoded": CELLS, "remainder": CELLS, "split": NOBODYS},
    "register_quality": {"summary": CHECKS, "doubtful": SINGLE},
    "areal_sensitivity": {"sectors": CELLS, "verdicts": INTERNAL},
    "cluster_index": _INDICES,
    "coagglomeration": {"output": WHOLE},
    "complexity": {"areas": CELLS, "sectors": CELLS},
    "ellison_glaeser": _ALONE,
    "entropy": _ALONE,
    "excess_employment": _ALONE,
    "fitness": {"areas": CELLS, "sectors": CELLS},
    "focal_location_quotient": {"quotients": LINES, "areas": LINES},
    "hachman": _ALONE,
    "herfindahl": _INDICES,
    "hoover": _INDICES,
    "krugman_concentration": _ALONE,
    "krugman_specialisation": _ALONE,
    "location_quotient": _QUOTIENTS,
    "location_quotient_interval": _ALONE,
    "locational_gini": {**_INDICES, "curves": LINES},
    "maurel_sedillot": _ALONE,
    "pairwise_coagglomeration": {"output": PAIRS},
    "plant_colocation": {"output": PAIRS},
    "relatedness_density": {"densities": LINES, "areas": LINES},
    "relative_diversity": _ALONE,
    "sector_relatedness": {"output": PAIRS},
    "shift_share": {"components": CELLS, "areas": CELLS, "steps": CELLS},
    "standardised_location_quotient": {"output": LINES},
    "symmetric_location_quotient": _ALONE,
    "tabulate": _ALONE,
    "theil": {"indices": CELLS, "parts": CELLS},
    "variety": _ALONE,
    "clumps": {"areas": INTERNAL, "establishments": SINGLE},
    "colocation_quotient": {"pairs": MANY, "establishments": SINGLE},
    "density_surface": {"surface": INTERNAL, "bandwidth": NOBODYS},
    "hotspots": {"output": LINES},
    "k_density": _DISTANCES,
    "k_function": _DISTANCES,
    "local_moran": {"output": LINES},
    "m_density": _DISTANCES,
    "m_function": {**_DISTANCES, "contributions": SINGLE},
    "nearest_areas": _OWN_AREAS,
    "service_areas": _OWN_AREAS,
    "one_more_centre": {"gains": OWN, "chosen": OWN, "territories": OWN},
    "reach": {
        **dict.fromkeys(("times", "shares", "territory_shares", "areas", "by_centre"), OWN),
        # Lines from the middle of few are left out.
        "lines": OWN,
        "places": SINGLE,
    },
    "sums_within": {"sums": INTERNAL, "contents": INTERNAL},
    "actor_network": {
        **dict.fromkeys(("summary", "whole", "areas", "between", "figures"), OWN),
        "ties": SINGLE,
        "actors": SINGLE,
    },
    "brokerage": {
        "roles": SINGLE,
        "by_type": NOBODYS,
        "actors": SINGLE,
        "bodies": NOBODYS,
        "top": SINGLE,
        "figures": CELLS,
    },
    "cluster_groups": {"sectors": WHOLE, "groups": WHOLE, "scores": WHOLE, "network": PAIRS},
    "cluster_stars": {"stars": CELLS, "areas": CELLS, "evidence": CELLS},
    "clusters": {
        "areas": CELLS,
        "cells": CELLS,
        "evidence": CELLS,
        "actors": ROWS,
        "extents": WHOLE,
        "groups": NOBODYS,
    },
    "community_of_people": {
        "areas": CELLS,
        "homes_and_jobs": NOBODYS,
        "division": CELLS,
        "unknown": NOBODYS,
        "figures": CELLS,
    },
    "district_stability": {"areas": CELLS, "runs": NOBODYS},
    "districts": dict.fromkeys(("areas", "evidence", "activities", "industries", "sizes", "figures"), CELLS),
    "innovation_system": {
        "areas": CELLS,
        "presence": CELLS,
        "gaps": CELLS,
        "placed_institutions": NOBODYS,
        "figures": CELLS,
    },
    "knowledge_content": {"content": CELLS, "areas": CELLS},
    "strong_clusters": {"clusters": CELLS, "areas": CELLS, "evidence": CELLS},
    "training_match": {
        "areas": CELLS,
        "sectors": CELLS,
        "fields": CELLS,
        "together": WHOLE,
        "figures": CELLS,
    },
    "triple_helix": {"helix": CELLS, "areas": CELLS, "figures": CELLS},
    "leader_profile": {
        **dict.fromkeys(("areas", "items", "spokes", "figures"), CELLS),
        **dict.fromkeys(("statements", "contradictions", "rating_changes", "coding"), NOBODYS),
    },
    "disclose": {"disclosed": NOBODYS, "totals": NOBODYS, "bounds": SINGLE, "loss": SINGLE},
    # Made from results of the tools above.
    "institutional_thickness": {"parts": CELLS, "figures": CELLS},
    "action_register": dict.fromkeys(
        ("register", "budgets", "phase_funders", "years", "areas", "figures"), NOBODYS
    ),
    "benchmark": {"comparison": CELLS, "chosen_peers": NOBODYS},
    "capitals": {
        "areas": CELLS,
        "scores": CELLS,
        "normalised": CELLS,
        "sensitivity": CELLS,
        "figures": CELLS,
    },
    # Its pieces are of the market as a whole, or of the group that is read as its cluster, which they would name.
    "contrast": {"areas": CELLS, "axes": CELLS, "pieces": ROWS, "mapping": NOBODYS},
    "ladder": dict.fromkeys(("areas", "gate_verdicts", "conditions", "changes"), CELLS),
    "convergence": {"summary": WHOLE, "coefficients": WHOLE, "dispersion": WHOLE},
    "disparities": {"measures": WHOLE, "groups": WHOLE, "lorenz": WHOLE},
    "crosswalk": {"pairs": NOBODYS, "sources": NOBODYS},
    "limit_agreement": dict.fromkeys(("table", "areas", "borders", "divisions"), NOBODYS),
    "division_agreement": dict.fromkeys(("places", "areas", "figures", "adjusted_rand"), NOBODYS),
    "market_network": {"links": OWN, "markets": OWN, "network": OWN},
}
# Columns that tell of other cells than the row: told only where no cell is withheld (whole), or none of the territory.
OF_OTHERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    # Squares of a grid are no division of the system, and one of them may hold one establishment.
    ("areal_sensitivity", "sectors"): ("on_grid", "on_shifted", "share_least", "share_most"),
    ("shift_share", "components"): ("neighbours", "regional"),
    ("shift_share", "areas"): ("neighbours", "regional"),
    ("shift_share", "steps"): ("neighbours", "regional"),
    # The middle, the least and the most of several territories are the figure of one.
    ("benchmark", "comparison"): (
        "median",
        "median_low",
        "median_high",
        "lower",
        "upper",
        "least",
        "most",
        "difference",
        "place",
        "rank",
        "rank_low",
        "rank_high",
    ),
    # The threshold of a star is the figure of the territory that just passes it.
    ("cluster_stars", "evidence"): ("threshold", "margin"),
    ("strong_clusters", "evidence"): ("threshold", "margin"),
    # The least and the most of an indicator follow from the scores of two territories.
    ("capitals", "normalised"): ("normalised", "normalised_low", "normalised_high"),
    ("capitals", "areas"): ("human", "social", "natural", "economic"),
    ("capitals", "scores"): (
        "score",
        "score_low",
        "score_high",
        "least",
        "most",
        "spread",
        "rank",
        "rank_low",
        "rank_high",
    ),
    ("capitals", "sensitivity"): ("score", "rank", "rank_low", "rank_high", "moved"),
    ("capitals", "figures"): ("value", "low", "high"),
    # Scores of the others say of each withheld quotient whether it is above one.
    ("complexity", "areas"): ("eci", "low", "high", "rank", "rank_low", "rank_high", "outlook"),
    ("complexity", "sectors"): ("pci", "rank"),
    ("fitness", "areas"): ("fitness", "rank"),
    ("fitness", "sectors"): ("complexity", "rank"),
}
_COMMUTERS = "commuters and inhabitants, counted where they live and work, by no establishment"
_ENDS = "people and jobs of smaller places, which homes_and_jobs tells"
_BODIES = "institutions, which placed_institutions lists with their kind and territory"
_STATEMENTS = "coded statements, which leader_profile tells"
# Columns that rest on no establishment although others of their row do, and on what they rest.
OF_NOBODY: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("community_of_people", "areas"): {
        **dict.fromkeys(("inhabitants", "residents", "workers", "jobs_per_resident", "internal"), _COMMUTERS),
        **dict.fromkeys(("supply", "supply_low", "supply_high", "supply_chance"), _COMMUTERS),
        **dict.fromkeys(("demand", "demand_low", "demand_high", "demand_chance"), _COMMUTERS),
        "containment": _COMMUTERS,
        "unknown_parts": "which parts have data, which the output unknown lists",
        **dict.fromkeys(("places", "overlap", "even", "dealt"), _ENDS),
        **dict.fromkeys(("p_apart", "q_apart", "p_together", "q_together"), _ENDS),
    },
    ("innovation_system", "areas"): {
        **dict.fromkeys(("number", "kinds_present", "kinds_share", "kinds_expected", "kinds_p"), _BODIES),
        **dict.fromkeys(("diversity", "diversity_expected"), _BODIES),
        **dict.fromkeys(("reason", "cure"), "what the layer covers, and what counts hold back themselves"),
    },
    ("innovation_system", "presence"): {"number": _BODIES},
    ("training_match", "fields"): dict.fromkeys(("institutions", "taught_elsewhere"), _BODIES),
    ("capitals", "normalised"): dict.fromkeys(("weight", "weight_share"), "the table of weights"),
    ("capitals", "scores"): {"indicators": "the table of weights"},
    ("contrast", "axes"): dict.fromkeys(("statements", "rating_least", "rating_most"), _STATEMENTS),
}
# Of these, columns that do so only where the step takes one of these layers: else jobs are those of counts.
ONLY_WITH: Mapping[tuple[str, str, str], tuple[str, ...]] = {
    ("community_of_people", "areas", column): ("flows", "totals")
    for column in ("overlap", "even", "dealt", "p_apart", "q_apart", "p_together", "q_together")
}
# … and outputs, which are internal without.
NOBODYS_WITH: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("community_of_people", "homes_and_jobs"): ("flows", "totals")
}
# Outputs whose indicators are columns of the areas.
INDICATORS_OF: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("community_of_people", "figures"): {name: column for name, (column, _) in FIGURE_NAMES.items()},
    ("innovation_system", "figures"): {
        "Kinds of institution present (share)": "kinds_share",
        "Diversity of institutions (0 to 1)": "diversity",
    },
}
# Of a territory: establishments of other sectors than those of the row.
OF_TERRITORY: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("clusters", "areas"): ("suppliers", "clumped"),
    ("clusters", "cells"): ("suppliers", "clumped"),
}
# What single establishments stand in: kinds of layers that are confidential.
CONFIDENTIAL_KINDS = frozenset(("firms", "register", "counts"))


def way_of(tool: str, output: str) -> str:
    """
    How an output is made safe.

    Parameters
    ----------
    tool
        Name of the tool.
    output
        Name of its output.

    Returns
    -------
    way
        One of `WAYS`; an output that stands on no list is internal.
    """
    return GUARDED.get(tool, {}).get(output, INTERNAL)


def confidential_tools() -> tuple[str, ...]:
    """Tools that take a register of establishments or counts."""
    return tuple(
        name
        for name, about in descriptions().items()
        if any(p.get("kind") in CONFIDENTIAL_KINDS for p in about["parameters"] if p["type"] == "layer")
    )
