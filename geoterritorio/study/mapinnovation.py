"""How are institutions, what is missing of them, training and synergy told on the map of a study?"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, further_layer
from geoterritorio.publication.headings import worded
from geoterritorio.study.mapreadings import coloured

# From pale to dark, the more is missing; what is not known is no colour.
_MISSING = {
    mark("No kind of institution is missing"): "#d5e8e4",
    mark("One or two kinds are missing"): "#f5e3cf",
    mark("Three to five kinds are missing"): "#e8a66a",
    mark("Six kinds or more are missing"): "#b5541a",
    mark("Institutions unknown: not covered"): "#ffffff",
}
_MOST = (0, 2, 5)
_SERVED = {
    mark("Field taught for 80\u00a0% of the jobs or more"): "#0b5d53",
    mark("Field taught for 60 to 80\u00a0% of the jobs"): "#4f948b",
    mark("Field taught for 40 to 60\u00a0% of the jobs"): "#9fc7c1",
    mark("Field taught for fewer than 40\u00a0% of the jobs"): "#efd3b4",
    mark("Share of the jobs unknown"): "#ffffff",
}
_FROM = (0.8, 0.6, 0.4, 0.0)
_SYNERGY = {
    mark("More synergy than chance gives"): "#00796b",
    mark("Synergy not told from chance"): "#e4e3df",
    mark("Less synergy than chance gives"): "#d2741f",
    mark("Synergy unknown"): "#ffffff",
}
_LEVEL = 0.05
_AREA_FACTS = ("missing_kinds", "number", "density", "low", "high", "kinds_present", "kinds_expected")
_MATCH_FACTS = ("served", "unserved", "match_share", "expected", "certainty")
_HELIX_FACTS = ("synergy", "expected", "beyond_chance", "q", "establishments")


def missing_kinds(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more kinds of institution they lack.

    Parameters
    ----------
    rows
        Areas of `innovation_system`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell which kinds are missing.
    """
    lost = rows["missing_kinds"].fillna("").str.split("; ").map(lambda kinds: len([k for k in kinds if k]))
    grade = np.searchsorted(_MOST, lost.to_numpy(), side="left")
    words = np.array(list(_MISSING), dtype=object)
    told = np.where(rows["kinds_present"].isna(), words[-1], words[grade])
    return coloured(rows.assign(grade=told), name, "grade", _MISSING, ("innovation_areas", _AREA_FACTS))


def taught(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more of their jobs have their field taught there.

    Parameters
    ----------
    rows
        Areas of `training_match`; those of research are left out.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell jobs served and unserved, and what chance gives.
    """
    own = rows[rows["purpose"] == "training"]
    share = own["match_share"].to_numpy(dtype=float)
    words = np.array(list(_SERVED), dtype=object)
    grade = np.searchsorted(-np.array(_FROM), -np.nan_to_num(share))
    told = np.where(np.isnan(share), words[-1], words[grade])
    return coloured(own.assign(grade=told), name, "grade", _SERVED, ("training_match", _MATCH_FACTS))


def synergies(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories with more or less triple-helix synergy than chance gives.

    Parameters
    ----------
    rows
        Areas of `triple_helix`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell T and what chance gives.
    """
    words = np.array(list(_SYNERGY), dtype=object)
    away, q = rows["beyond_chance"].to_numpy(dtype=float), rows["q"].to_numpy(dtype=float)
    told = np.select([np.isnan(away), ~(q <= _LEVEL), away < 0], [words[3], words[1], words[0]], words[2])
    return coloured(rows.assign(grade=told), name, "grade", _SYNERGY, ("triple_helix_areas", _HELIX_FACTS))


def placed(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Institutions by kind.

    Parameters
    ----------
    rows
        Institutions of `innovation_system`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Points, a colour for each kind.
    """
    kinds = sorted(set(rows["kind"].dropna()))
    labels = {
        k: {lang: worded("kind", k, "placed_institutions", translator(lang)) for lang in LANGUAGES}
        for k in kinds
    }
    return further_layer(rows, name=name, kinds="kind", labels=labels)
