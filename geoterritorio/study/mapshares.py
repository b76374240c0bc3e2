"""How is who reaches what told on the map of a study: shares by kind of centre, gaps, centres, ways to the nearest?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.qgis.brushes import PALE_NONE
from geoterritorio.publication.webmap.further import PLAIN
from geoterritorio.publication.webmap.palette import NONE
from geoterritorio.publication.webmap.texts import in_all_languages
from geoterritorio.study.mapcolours import (
    Words,
    both,
    both_halves,
    coloured,
    headed,
    ramp,
    unit_of,
    unit_word,
)
from geoterritorio.study.mapreach import weakest
from geoterritorio.study.reachtable import measured, shares_in_words
from geoterritorio.study.results import StepResult
from geoterritorio.study.withholding import FEW, WITHHELD

# Shares have the limits of QGIS, so that both maps of a study are read alike.
_LIMITS = (0.5, 0.75, 0.9, 0.99)
_PALEST = 2.0
# Kinds of centres that a reader can tick one by one; lists of more are long.
_APART = 16
_FACTS = ("nearest_to", "only", "only_share", "only_jobs")
_NOBODY, _UNTOLD = "nobody", "unknown"
_OUTPUTS = frozenset(("reach_areas", "reach_centres", "nearest_lines"))


def is_reach(kind: str) -> bool:
    """
    Whether a layer is told here.

    Parameters
    ----------
    kind
        Its kind.

    Returns
    -------
    is_reach
        True of territories, centres and ways of `reach`.
    """
    return kind in _OUTPUTS


def names_of(rows: Any, key: str, name: str = "name") -> dict[str, str]:
    """
    Names of territories or centres.

    Parameters
    ----------
    rows
        Layer that may have a column of names; anything else has none.
    key
        Column of the identifiers.
    name
        Column of the names.

    Returns
    -------
    names
        By identifier, of those that have one.
    """
    if not isinstance(rows, pd.DataFrame) or not {key, name} <= set(rows.columns):
        return {}
    known = rows[rows[name].notna()].drop_duplicates(key)
    return dict(zip(known[key].astype(str), known[name].astype(str), strict=True))


def layers_of_reach(
    result: StepResult,
    output: str,
    kind: str,
    title: Mapping[Language, str],
    names: Mapping[str, Mapping[str, str]],
) -> list[FurtherLayer]:
    """
    Layers of an output of `reach`, for establishments and residents alike.

    Parameters
    ----------
    result
        The step's result.
    output
        Territories, centres or ways.
    kind
        Kind of that output.
    title
        What further steps of the tool are told apart by, by language; empty where there is only this one.
    names
        Names of territories and centres, where their layers have some: by column and identifier; those in Spanish by
        the column with `_es` behind it.

    Returns
    -------
    layers
        Of territories, for each group where it is hardest to reach something, and then the share that reaches a centre
        of each kind; of centres and ways one for each group.
    """
    rows = result.outputs[output]
    found = [
        layer
        for who in rows["who"].unique()
        for layer in _of_group(result, rows[rows["who"] == who], kind, names)
    ]
    for layer in found:
        if layer.look.fold:
            fold, full = (_beside(in_all_languages(t), title) for t in (layer.look.fold, layer.look.title))
            layer.look = replace(layer.look, fold=fold, title=full)
        else:
            layer.words = _beside(layer.words, title)
    return found


def _beside(words: Mapping[Language, str], title: Mapping[Language, str]) -> Words:
    return {lang: f"{text} ({title[lang]})" if title else text for lang, text in words.items()}


def _of_group(
    result: StepResult, rows: gpd.GeoDataFrame, kind: str, names: Mapping[str, Mapping[str, str]]
) -> list[FurtherLayer]:
    """Layers of establishments alone, or of residents."""
    if kind == "reach_centres":
        return [_centres(rows, names)]
    if kind == "nearest_lines":
        return [_nearest(rows, names)]
    told = rows.assign(name=_called(rows["territory"], names.get("territory", {})))
    told, more = _with_shares(told, result.outputs.get("territory_shares"))
    first = weakest(
        told,
        kind,
        _entitled(mark("Hardest to reach within {amount}, {who}"), rows, amount=_budget(rows)),
        more,
    )
    kinds = list(told["centre_kind"].drop_duplicates())
    if len(kinds) > _APART:
        return [first]
    return [first, *(_share(told[told["centre_kind"] == k], kind, more) for k in kinds)]


def _called(ids: pd.Series, names: Mapping[str, str]) -> pd.Series:
    return ids.map(lambda one: names.get(str(one), str(one)))


def _entitled(text: str, rows: pd.DataFrame, **values: Words) -> Words:
    """Title of a layer, with the group."""
    who = str(rows["who"].iloc[0])
    return {
        lang: message(
            text,
            who=worded("who", who, "reach_areas", translator(lang)),
            **{key: words[lang] for key, words in values.items()},
        ).render(translator(lang))
        for lang in LANGUAGES
    }


def _with_shares(rows: gpd.GeoDataFrame, shares: pd.DataFrame | None) -> tuple[gpd.GeoDataFrame, Look]:
    """Rows with the shares of all groups within every budget, in words, and how these are headed."""
    if shares is None or shares.empty:
        return rows, PLAIN
    told, words = shares_in_words(shares, ["territory", "centre_kind"])
    found = rows.merge(told, on=["territory", "centre_kind"], how="left")
    budgets = {lang: _budgets(shares, lang) for lang in LANGUAGES}
    headings = {
        c: {
            lang: message("{what} within {budgets}", what=measured(c, lang), budgets=budgets[lang]).render(
                translator(lang)
            )
            for lang in LANGUAGES
        }
        for c in told.columns
        if c not in {"territory", "centre_kind"}
    }
    kind = {lang: heading("centre_kind", "reach_areas", translator(lang)) for lang in LANGUAGES}
    number = {lang: measured(str(rows["who"].iloc[0]), lang) for lang in LANGUAGES}
    return found, Look({"centre_kind": kind, "number": number, **headings}, words=words)


def _budgets(shares: pd.DataFrame, lang: Language) -> str:
    """All budgets with their unit."""
    amounts = [Numbers(lang).plain(float(b)) for b in np.sort(shares["up_to"].unique())]
    unit = unit_of(shares)
    return " · ".join(amounts) + (f" {unit_word(unit, lang)}" if unit else "")


def _budget(rows: pd.DataFrame) -> Words:
    """The middle budget with its unit."""
    return {lang: _budgets(rows, lang) for lang in LANGUAGES}


def _share(rows: gpd.GeoDataFrame, kind: str, more: Look) -> FurtherLayer:
    """Territories by the share that reaches a centre of one kind within the middle budget."""
    share = rows["reached_share"].to_numpy(dtype=float)
    place = np.searchsorted(_LIMITS, share.round(9), side="left")
    hidden = rows[WITHHELD].notna().to_numpy() if WITHHELD in rows.columns else np.zeros(len(rows), bool)
    code = np.where(
        np.isnan(share),
        np.where(rows["number"].eq(0), _NOBODY, np.where(hidden, FEW, _UNTOLD)),
        place.astype(str),
    )
    classes = {str(k): _class(k) for k in reversed(range(len(_LIMITS) + 1))}
    labels = {
        **classes,
        _NOBODY: both(mark("Nobody there")),
        FEW: both(VALUES[FEW]),
        _UNTOLD: both(mark("No data")),
    }
    colours = (*ramp(len(classes), _PALEST), PALE_NONE, PALE_NONE, NONE)
    one = str(rows["centre_kind"].iloc[0])
    kind_of = {lang: worded("centre_kind", one, kind, translator(lang)) for lang in LANGUAGES}
    fold = _entitled(mark("Share within {amount}, by kind of centre: {who}"), rows, amount=_budget(rows))
    full = _entitled(
        mark("{kind}: share that reaches one within {amount} ({who})"),
        rows,
        kind=kind_of,
        amount=_budget(rows),
    )
    told = Look(more.facts, words=more.words, fold=fold, title=full)
    return coloured(rows.assign(code=code), kind, kind_of, labels, colours, more=told)


def _class(k: int) -> Words:
    """Bounds of a class of shares."""
    words: Words = {}
    for lang in LANGUAGES:
        say, at = translator(lang), [Numbers(lang).percent(limit) for limit in _LIMITS]
        if k == len(at):
            words[lang] = message("over {a}", a=at[-1]).render(say)
        elif k == 0:
            words[lang] = message("up to {a}", a=at[0]).render(say)
        else:
            words[lang] = message("{a} to {b}", a=at[k - 1], b=at[k]).render(say)
    return words


def _centres(rows: gpd.GeoDataFrame, names: Mapping[str, Mapping[str, str]]) -> FurtherLayer:
    """Centres by kind, with what hangs on them."""
    shown = rows[rows.geometry.notna()]
    shown = shown.assign(
        name=_called(shown["centre"], names.get("centre", {})),
        only_share=(100 * shown["only_share"]).round(1),
    )
    if names.get("centre_es"):
        shown["name_es"] = shown["centre"].astype(str).map(names["centre_es"])
    columns = [c for c in (*_FACTS, WITHHELD) if c in shown.columns and shown[c].notna().any()]
    facts = {c: headed(c, "reach_centres", None) for c in columns}
    if "only_share" in facts:
        facts["only_share"] = {
            lang: f"{text.removesuffix(' (%)')} (%)" for lang, text in facts["only_share"].items()
        }
    look = Look(facts, words={FEW: both(VALUES[FEW])})
    title = _entitled(mark("Centres and who depends on them, {who}"), rows)
    return further_layer(
        shown, name=title, kinds="centre_kind", labels=_kinds(shown, "reach_centres"), look=look
    )


def _nearest(rows: gpd.GeoDataFrame, names: Mapping[str, Mapping[str, str]]) -> FurtherLayer:
    """Wedges from the middle of a territory's jobs or residents, where they are wide, to the nearest of each kind."""
    start, end = (shapely.get_coordinates(shapely.get_point(rows.geometry.array, k)) for k in (0, -1))
    west, south, east, north = rows.total_bounds
    length = np.maximum(np.hypot(*(end - start).T), 1e-9)
    aside = (np.hypot(east - west, north - south) / 1000 / length)[:, None] * (end - start)[:, ::-1] * [1, -1]
    here = {c: _called(rows[c], names.get(c, {})) for c in ("territory", "centre")}
    wedges = gpd.GeoDataFrame(
        rows[["centre_kind"]].assign(
            name=here["territory"], centre=here["centre"], cost=rows["cost"].astype(float).round(1)
        ),
        geometry=shapely.polygons(np.stack([start + aside, start - aside, end], axis=1)),
        crs=rows.crs,
    )
    facts = {c: headed(c, "nearest_lines", unit_of(rows)) for c in ("centre", "cost")}
    words = {
        name: {**both_halves(name), **({"es": spanish} if isinstance(spanish, str) else {})}
        for name, spanish in zip(
            wedges["centre"], rows["centre"].astype(str).map(names.get("centre_es", {})), strict=True
        )
    }
    look = Look(facts, words=words)
    title = _entitled(mark("Way to the nearest centre of each kind, {who}"), rows)
    return further_layer(
        wedges, name=title, kinds="centre_kind", labels=_kinds(rows, "nearest_lines"), look=look
    )


def _kinds(rows: pd.DataFrame, kind: str) -> dict[str, Words]:
    found = sorted(set(rows["centre_kind"].dropna()))
    return {k: {lang: worded("centre_kind", k, kind, translator(lang)) for lang in LANGUAGES} for k in found}
