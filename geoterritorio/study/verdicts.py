"""Words, choices and order of rows that tell of withheld figures: which are told, and which are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.layers.schema import WITHHELD as STATUS_WITHHELD
from geoterritorio.publication.disclosure.contributions import Mask
from geoterritorio.registry import descriptions
from geoterritorio.study.masking import key_of
from geoterritorio.study.withholding import CONFIDENTIAL, WITHHELD

Name = tuple[str, str]
# What a row is of, by which rules, and what is said of it whatever its figures are. Any other words are a verdict.
_SAID = frozenset(
    (
        *(
            "territory",
            "name",
            "name_es",
            "sector",
            "sector_name",
            "group",
            "group_name",
            "industry",
            "class",
        ),
        *("size_class", "period", "start", "end", "measure", "definition", "classification", "reference"),
        *(
            "other",
            "other_name",
            "neighbours_name",
            "part",
            "purpose",
            "field",
            "kind",
            "capital",
            "direction",
        ),
        *("indicator", "unit", "form", "contact", "method", "status", "certainty", "geometry", WITHHELD),
        # Rules and their sources.
        *("preset", "confirmed", "unconfirmed", "size_of", "origin", "source", "assignment", "given_by"),
        *(
            "criterion",
            "step",
            "asked",
            "rule",
            "of",
            "against",
            "normalisation",
            "share_of",
            "interval",
            "changed",
            "what",
        ),
        *("check", "severity", "meaning", "meaning_es", "version", "wanted", "looks_at", "subject", "on"),
        *("gate", "condition", "title", "title_es", "required", "axis", "reading", "piece", "actor"),
        *("tested", "scaling", "convention", "band", "null", "correction", "window"),
        # Institutions, fields that they teach, statements of sources: of no establishment.
        *("missing_kinds", "present", "nearest_institution", "nearest_name", "nearest_name_es"),
        *(
            "nearest_territory",
            "measured_from",
            "needed_fields",
            "taught_fields",
            "taught",
            "taught_elsewhere",
        ),
        *("list", "item", "spoke", "feature", "statements", "ratings", "sources", "coders", "latest"),
        *(
            "lowest",
            "median",
            "median_upper",
            "highest",
            "distribution",
            "confidence_least",
            "confidence_most",
        ),
    )
)
# Beside the words: columns that elsewhere say what a row is of, and here what came out.
_CHOSEN: Mapping[Name, tuple[str, ...]] = {
    ("districts", "areas"): ("activity",),
    ("districts", "evidence"): ("of", "against"),
    ("contrast", "areas"): ("group", "group_name"),
    ("contrast", "pieces"): ("group",),
    ("district_stability", "areas"): ("other",),
    ("cluster_stars", "areas"): ("group", "group_name"),
}
# Why a verdict is unknown, and what would decide it: of a withheld one nothing is said.
_ASIDE = frozenset(
    ("reason", "cure", "because", "unknown_steps", "unknown_criteria", "unknown_parts", "differ_on")
)
# Rows that are there because of their verdict: without it there is none.
_BY_VERDICT = frozenset((("clusters", "areas"), ("clusters", "extents")))
# Rungs rest on many conditions of all kinds, most of them of no establishment: which, is seen row by row.
_TOLD = frozenset(("ladder",))
# Words that follow from the figures of their own row.
_OF_ROW = frozenset((("shift_share", "components"),))
# Layers whose rows show, of each territory, the first row of a table: by which column.
FIRST: Mapping[str, tuple[str, str, str]] = {
    "location_quotient": ("areas", "quotients", "excess"),
    "focal_location_quotient": ("areas", "quotients", "low"),
    "cluster_index": ("areas", "indices", "index"),
    "relatedness_density": ("areas", "densities", "density"),
}


def verdicts(name: Name, rows: pd.DataFrame) -> list[str]:
    """
    Columns of an output whose words follow from figures.

    Parameters
    ----------
    name
        Its tool and its name.
    rows
        The output.

    Returns
    -------
    columns
        Columns of the tool; what territories bring along is nobody's.
    """
    outputs = descriptions()[name[0]]["outputs"]
    own = {c["name"] for o in outputs if o["name"] == name[1] for c in o.get("columns", ())}
    return [
        c
        for c in rows.columns
        if c in own
        and (c in _CHOSEN.get(name, ()) or c not in _SAID)
        and (not pd.api.types.is_numeric_dtype(rows[c]) or rows[c].dtype == bool)
    ]


def rests_on_others(name: Name) -> bool:
    """Whether words of a row follow from further cells of its territory, as the name of its main industry."""
    return name not in _OF_ROW


def without_verdicts(rows: pd.DataFrame, lost: Mask, name: Name) -> tuple[pd.DataFrame, Mask]:
    """
    An output without the words that follow from withheld figures.

    Parameters
    ----------
    rows
        The output.
    lost
        Rows that rest on withheld cells.
    name
        Its tool and its name.

    Returns
    -------
    rows, some
        The output, and which of the given rows lost words; rows that are there because of a verdict are left out.
    """
    columns = [] if name[0] in _TOLD else verdicts(name, rows)
    some = lost & rows[columns].notna().any(axis=1).to_numpy()
    if not some.any():
        return rows, some
    if name in _BY_VERDICT:
        return rows[~lost], some
    told = rows.copy()
    for column in columns:
        word = None if column in _ASIDE or rows[column].dtype == bool else STATUS_WITHHELD
        told[column] = told[column].astype(object).mask(lost, word)
    if "status" not in told.columns:
        before = told[WITHHELD] if WITHHELD in told.columns else pd.Series(None, told.index, dtype=object)
        told[WITHHELD] = before.mask(some & before.isna().to_numpy(), CONFIDENTIAL)
    return told, some


def without_withheld(tool: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Outputs as pictures draw them: without rows whose verdict is withheld, which have no colour.

    Parameters
    ----------
    tool
        Name of the tool.
    outputs
        Its outputs by name.

    Returns
    -------
    outputs
        The same; one of which no row is left is none.
    """
    found = dict(outputs)
    for name, rows in outputs.items():
        judged = isinstance(rows, pd.DataFrame) and tool not in _TOLD
        columns = verdicts((tool, name), rows) if judged else []
        lost = rows[columns].eq(STATUS_WITHHELD).any(axis=1) if columns else pd.Series(dtype=bool)
        if lost.any():
            found[name] = rows[~lost]
        if len(lost) and lost.all():
            del found[name]
    return found


def in_no_order(rows: pd.DataFrame, lost: Mask) -> pd.DataFrame:
    """
    Rows whose order tells nothing of those that are withheld.

    Parameters
    ----------
    rows
        An output.
    lost
        Rows without figures.

    Returns
    -------
    rows
        The same rows; where they were ordered by a figure, those without come last, by what they are of.
    """
    names = [c for c in ("territory", key_of(rows)) if c in rows.columns]
    if not lost.any() or not names or isinstance(rows, gpd.GeoDataFrame) or _by_name(rows, names):
        return rows
    last = rows[lost].sort_values(names, kind="stable", key=lambda column: column.astype(str))
    return pd.concat([rows[~lost], last])


def _by_name(rows: pd.DataFrame, names: list[str]) -> bool:
    """Whether rows follow each other as their codes do."""
    codes = pd.MultiIndex.from_frame(rows[names].astype(str))
    return bool(codes.is_monotonic_increasing)


def first_of_told(areas: gpd.GeoDataFrame, table: pd.DataFrame, by: str) -> gpd.GeoDataFrame:
    """
    Territories with the first of those rows of a table that are told.

    Parameters
    ----------
    areas
        Territories with the first of all rows.
    table
        The table as it is published.
    by
        Column in whose order the first is found.

    Returns
    -------
    areas
        The same territories; which row is the first follows from what is told, and bounds nothing that is not.
    """
    ranked = table[table[by].notna()]
    if "presence" in ranked.columns:
        ranked = ranked[ranked["presence"] == 0]
    ranked = ranked.sort_values([by, "sector"], ascending=[False, True], kind="stable")
    chosen = ranked.drop_duplicates("territory").set_index("territory")
    told = areas.copy()
    at = chosen.reindex(areas["territory"])
    for column in chosen.columns.intersection(areas.columns):
        values: Any = at[column].to_numpy()
        told[column] = values if column != "status" else np.where(pd.isna(values), STATUS_WITHHELD, values)
    return told
