"""How are districts, clusters and both readings told on the map of a study, and how firm they are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.names import called, with_own_half
from geoterritorio.publication.profile_words import COVERED, coverage
from geoterritorio.publication.shares import is_share
from geoterritorio.study.mapfacts import KEPT_BACK, KEPT_BACK_COLOUR
from geoterritorio.study.withholding import WITHHELD

# Colours as in QGIS, so that both maps of a study are read alike; what is not known is no colour.
_VERDICTS = {
    "district": "#c2571a",
    "large firm system": "#5b4a7d",
    "residual": "#e8c9a0",
    "services": "#b7d3e0",
    "other system": "#d5e3c3",
    "no district": "#e4e3df",
    "undecidable": "#ffffff",
    "empty": "#ffffff",
}
_READINGS = {
    "district and cluster": "#5b2a6e",
    "district only": "#d2741f",
    "cluster only": "#2d7f95",
    "district, cluster open": "#f0b97a",
    "cluster, district open": "#9ccbd6",
    "no district, cluster open": "#ffffff",
    "no cluster, district open": "#ffffff",
    "both open": "#ffffff",
    "neither": "#e4e3df",
}
_CLAIMS = ("cluster", "possible cluster", "concentration only", "undecided")
_CLAIM_COLOURS = ("#7a2608", "#d2741f", "#f0c58f", "#ffffff")
_RUNS = {
    "firm": mark("District in 95\u00a0% of the runs or more"),
    "mostly": mark("District in half of the runs or more"),
    "sometimes": mark("District in 5\u00a0% of the runs or more"),
    "hardly": mark("District in hardly any run"),
}
_RUN_COLOURS = ("#c2571a", "#e8a05c", "#f5dcb8", "#e4e3df")
_FROM = (0.95, 0.5, 0.05, 0.0)
_DISTRICT_FACTS = ("main_industry", "weakest", "unknown_steps", "share_all")
_RUN_FACTS = ("verdict", "share_draws", "share_settings", "share_all", "kept")
_CLAIM_FACTS = ("group_name", "met", "unmet", "unknown_criteria")
_EVIDENCE_FACTS = (
    "rated_items",
    "unknown_items",
    "statements",
    "sources",
    "coders",
    "contradictions",
    "rating_changes",
    "latest",
)
_READING_FACTS = ("main_industry", "group_name", "axes_agree", "axes_differ", "differ_on", "axes_open")


def verdicts(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Markets in the colour of their verdict.

    Parameters
    ----------
    rows
        Areas of `districts`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the main industry, the weakest step and the share of runs.
    """
    return coloured(rows, name, "verdict", _VERDICTS, ("district_areas", _DISTRICT_FACTS))


def readings(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories in the colour of both readings.

    Parameters
    ----------
    rows
        Areas of `contrast`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell on which axes the readings part.
    """
    return coloured(rows, name, "readings", _READINGS, ("contrast_areas", _READING_FACTS))


def evidence(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more items have evidence, whatever it says.

    Parameters
    ----------
    rows
        Areas of `leader_profile`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell statements, sources, coders, contradictions and changes.
    """
    graded = rows.assign(grade=coverage(rows))
    colours = {code: colour for code, (_, colour, _) in COVERED.items()}
    return coloured(graded, name, "grade", colours, ("profile_areas", _EVIDENCE_FACTS))


def claims(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories in the colour of the best that is claimed of any group, and all groups of that claim.

    Parameters
    ----------
    rows
        Areas of `clusters`: one row per territory and group.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas, one per territory.
    """
    rank = rows["verdict"].map({word: k for k, word in enumerate(_CLAIMS)})
    best = rows[rank == rank.groupby(rows["territory"]).transform("min")]
    facts = [c for c in _CLAIM_FACTS if c in rows.columns]
    one = best.drop_duplicates("territory")
    if "group_name" in facts:
        together = {lang: _together(with_own_half(best, lang)) for lang in LANGUAGES}
        one = one.assign(group_name=one["territory"].map(together[LANGUAGES[0]]))
        said = {n: {lang: together[lang][t] for lang in LANGUAGES} for t, n in together[LANGUAGES[0]].items()}
    else:
        said = {}
    alone = best["territory"].value_counts().eq(1)
    numbers = [c for c in facts if c != "group_name"]
    # Of several groups no one number holds.
    one = one.assign(**{c: one[c].where(one["territory"].map(alone)) for c in numbers})
    colours = dict(zip(_CLAIMS, _CLAIM_COLOURS, strict=True))
    return coloured(one, name, "verdict", colours, ("cluster_claims", facts), said)


def extents(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Outlines of territories that touch each other and have the same cluster.

    Parameters
    ----------
    rows
        Extents of `clusters`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Outlines called by their group; opened, they tell the verdict and how many territories they are.
    """
    names = {lang: f"name_{lang}" for lang in LANGUAGES}
    shown = rows.assign(**{names[lang]: called(with_own_half(rows, lang), "group") for lang in LANGUAGES})
    facts, kind = ("verdict", "number"), "cluster_extents"
    words = {str(v): _words("verdict", str(v), kind) for v in rows["verdict"].dropna()}
    headings = {c: {lang: heading(c, kind, translator(lang)) for lang in LANGUAGES} for c in facts}
    return further_layer(shown, name=name, look=Look(headings, filled=False, words=words, called=names))


def _together(rows: pd.DataFrame) -> dict[str, str]:
    return {str(t): "; ".join(g) for t, g in rows.groupby("territory", sort=False)["group_name"]}


def runs(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Markets the darker the more often they are a district when thresholds and plants change.

    Parameters
    ----------
    rows
        Areas of `district_stability`; those of which nothing is known are not drawn.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the shares.
    """
    shares = rows["share_all"].to_numpy(dtype=float)
    names = np.array([*_RUNS, None], dtype=object)
    graded = rows.assign(
        grade=names[np.where(np.isnan(shares), -1, np.searchsorted(-np.array(_FROM), -shares))]
    )
    kept_back = rows[WITHHELD].notna() if WITHHELD in rows.columns else False
    graded = graded[graded["grade"].notna() | kept_back]
    colours = dict(zip(_RUNS, _RUN_COLOURS, strict=True))
    return coloured(graded, name, "grade", colours, ("district_stability", _RUN_FACTS))


def coloured(
    rows: gpd.GeoDataFrame,
    name: Mapping[Language, str],
    column: str,
    colours: Mapping[str, str],
    told: tuple[str, Sequence[str]],
    said: Mapping[str, Mapping[Language, str]] | None = None,
) -> FurtherLayer:
    """
    Areas filled by the words of a column.

    Parameters
    ----------
    rows
        Areas.
    name
        Name of the layer by language.
    column
        Column of the words; of `grade` they are texts of ours.
    colours
        Colour by word, in the order of the legend.
    told
        Kind of the layer, and the columns that are said of an opened row.
    said
        Words that are said in both languages.

    Returns
    -------
    layer
        Filled areas.
    """
    kind, wanted = told
    rows, colours = _with_withheld(rows, column, colours)
    noted = WITHHELD in rows.columns and rows[WITHHELD].notna().any()
    facts = [c for c in (*wanted, *([WITHHELD] if noted else [])) if c in rows.columns]
    there = [code for code in colours if rows[column].eq(code).any()]
    labels = {code: _class(column, code, kind) for code in there}
    named = [c for c in facts if not pd.api.types.is_numeric_dtype(rows[c])]
    codes = {str(v): _words(c, str(v), kind) for c in named for v in rows[c].dropna()}
    shares = [c for c in facts if is_share(c, kind) and c not in named]
    # Shares are told in percent, and their headings say so.
    rows = rows.assign(**{c: (100 * rows[c]).round(1) for c in shares})
    unit = dict.fromkeys(shares, " (%)")
    look = Look(
        {
            c: {lang: heading(c, kind, translator(lang)) + unit.get(c, "") for lang in LANGUAGES}
            for c in facts
        },
        tuple(colours[code] for code in there),
        words={**codes, **(said or {})},
    )
    return further_layer(rows, name=name, kinds=column, labels=labels, look=look)


def _with_withheld(
    rows: gpd.GeoDataFrame, column: str, colours: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, Mapping[str, str]]:
    """Rows whose words are withheld as a class of their own, the last of the legend."""
    if WITHHELD not in rows.columns:
        return rows, colours
    words = rows[column].astype(object)
    kept_back = words.isna() & rows[WITHHELD].notna()
    return rows.assign(**{column: words.mask(kept_back, WITHHELD)}), {**colours, WITHHELD: KEPT_BACK_COLOUR}


def _class(column: str, code: str, kind: str) -> dict[Language, str]:
    """Heading of a class of the legend."""
    if code == WITHHELD:
        return {lang: translator(lang)(KEPT_BACK) for lang in LANGUAGES}
    return _words(column, code, kind)


def _words(column: str, code: str, kind: str) -> dict[Language, str]:
    grades = _RUNS if kind == "district_stability" else {c: words for c, (_, _, words) in COVERED.items()}
    if column == "grade":
        return {lang: translator(lang)(grades.get(code, code)) for lang in LANGUAGES}
    if column == "group_name" and code != WITHHELD:
        halves = pd.DataFrame({"group_name": [code]})
        return {lang: str(with_own_half(halves, lang)["group_name"].iloc[0]) for lang in LANGUAGES}
    return {lang: worded(column, code, kind, translator(lang)) for lang in LANGUAGES}
