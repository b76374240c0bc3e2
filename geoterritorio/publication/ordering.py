"""Which rows of a result a reader sees first."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoterritorio.layers.schema import UNKNOWN, YES

# Rows of a further table that the report shows: of one that has an order, the foremost; of others, more.
FOREMOST, MOST = 15, 40

# Kind of the result: columns by which it is ordered; those after "-" from the largest, those after "±" from the
# largest by size, whatever the sign; of certainties, what is clearly above 1 comes first, of validity what is not
# valid. Other kinds keep the order of their tool.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "dartboard": ("q", "p", "-z"),
    "pattern_verdicts": ("p", "-gamma"),
    "colocations": ("q", "p", "-quotient"),
    "hotspots": ("q", "p"),
    "local_moran": ("q", "p"),
    "clumps": ("-plants",),
    "cluster_cells": ("-met", "-low"),
    "cluster_claims": ("-met", "-low"),
    "cluster_extents": ("-employment",),
    "cluster_stars": ("-stars", "-lq"),
    "cluster_star_areas": ("-total",),
    "strong_cluster_areas": ("-strong_groups",),
    "strong_clusters": ("strong", "-lq"),
    "knowledge_areas": ("certainty", "-low", "-lq"),
    "related_groups": ("-sectors",),
    "labour_markets": ("valid", "-workers"),
    "territory_limits": ("-ratio",),
    "limit_areas": ("-travel_along", "-natural_along", "-functional_along"),
    "urban_areas": ("-population",),
    "urban_centres": ("-population",),
    "market_links": ("-flow",),
    "market_network": ("-workers",),
    "market_places": ("kept",),
    "district_areas": ("-share_all_low", "-margin"),
    "profile_areas": ("-rated_items", "-contradictions"),
    "profile_contradictions": ("-steps",),
    "profile_changes": ("-steps",),
    "contrast_areas": ("-axes_differ", "-axes_agree"),
    "community_areas": ("containment",),
    "community_places": ("±difference",),
    "local_division": ("±beyond",),
    "capital_sensitivity": ("±moved",),
    "ladder_areas": ("-rung", "-rung_most"),
    "action_places": ("-budget",),
    "action_areas": ("-budget",),
    "district_stability": ("-share_all_low", "kept_all"),
    "market_stability": ("similarity",),
    "sector_indices": ("q", "p", "-corrected", "-value"),
    "territory_indices": ("q", "p", "-corrected", "-value"),
    "standardised_quotients": ("-z",),
    "focal_quotients": ("certainty", "-low", "-focal_lq"),
    "cluster_indices": ("-low", "-index"),
    "coagglomeration": ("q", "-z"),
    "coagglomerated_pairs": ("q", "-z"),
    "plant_colocation": ("q", "-z"),
    "sector_pairs": ("q", "-z"),
    "relatedness_densities": ("presence", "-density"),
    "complexity_areas": ("rank",),
    "complexity_sectors": ("rank",),
    "fitness_areas": ("rank",),
    "fitness_sectors": ("rank",),
    "variety": ("-related",),
    "shift_share": ("±regional",),
    "shift_share_areas": ("-regional",),
    "candidate_gains": ("rank",),
    "reach_areas": ("reached_share", "-beyond_reach"),
    "gaining_territories": ("turn", "-newly"),
}


def foremost(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """
    Rows of a result as the report shows them.

    Parameters
    ----------
    table
        The result.
    kind
        Kind of its layer.

    Returns
    -------
    rows
        The first rows in the order of `ORDERS`, unknown figures last and ties as they were; rows of other kinds in
        their own order.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sector": ["a", "b", "c"], "q": [0.2, 0.01, 0.01], "z": [1.0, 2.0, 3.0]})
    >>> foremost(table, "sector_pairs")["sector"].tolist()
    ['c', 'b', 'a']
    """
    keys = [key for key in ORDERS.get(kind, ()) if key.lstrip("-±") in table.columns]
    if not keys:
        return table.head(MOST)
    by = pd.DataFrame({key: _key(table[key.lstrip("-±")], key) for key in keys}).reset_index(drop=True)
    order = by.sort_values(keys, kind="stable", na_position="last").index
    return table.iloc[order[:FOREMOST]]


def names_first(table: pd.DataFrame) -> pd.DataFrame:
    """
    Names before codes: a row is headed by what a reader knows it by.

    Parameters
    ----------
    table
        The result.

    Returns
    -------
    table
        With the names of sectors first, where all have one.
    """
    if "sector_name" not in table.columns or not table["sector_name"].notna().all():
        return table
    return table[["sector_name", *table.columns.drop("sector_name")]]


def _key(values: pd.Series, key: str) -> pd.Series:
    """What is sorted upwards to bring the wanted rows first."""
    if key == "valid":
        # what the rules do not hold for must not hide behind the large ones
        return (values != "no").astype(float)
    if key == "strong":
        return values.map({YES: 0.0, UNKNOWN: 1.0}).astype(float)
    if key == "certainty":
        return (values != "high").astype(float)
    figures = pd.to_numeric(values, errors="coerce").astype(float)
    if key.startswith("±"):
        return -figures.abs()
    return -figures if key.startswith("-") else figures
