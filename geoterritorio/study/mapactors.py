"""How are ties between territories, single ties and institutions as brokers told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.actor_words import ACTOR_HEADINGS, ACTOR_VALUES
from geoterritorio.publication.headings import heading
from geoterritorio.publication.names import called, with_own_half
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.qgis.actor_looks import ROLE_COLOURS, TIE_COLOURS
from geoterritorio.study.mapfacts import Fact, Row, beside, graded, looks_of, number, plain, share, where

_WIDEST, _THINNEST = 1 / 60, 1 / 400
_DASH = " \N{EN DASH} "
_NONE = "none"
# Ties across, beside those of the two territories that have most.
_STRENGTHS = {
    mark("Half as many ties as the most, or more"): "#3d2b66",
    mark("A fifth to half as many as the most"): "#8473ac",
    mark("Fewer than a fifth of the most"): "#c3bad8",
}
_PARTS = (0.5, 0.2)
_FROM = (0.5, 0.25, 0.1, 0.0)
_STAYING = {
    mark("Half of the ties stay or more"): "#4b3a75",
    mark("A quarter to half of the ties stay"): "#8473ac",
    mark("A tenth to a quarter of the ties stay"): "#b9afd0",
    mark("Fewer than a tenth of the ties stay"): "#d9a066",
    mark("Ties that stay: unknown"): "#ffffff",
}
_LEVEL = 0.05


def _words(text: str) -> dict[Language, str]:
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def _headed(columns: tuple[str, ...], kind: str) -> dict[str, dict[Language, str]]:
    return {c: {lang: heading(c, kind, translator(lang)) for lang in LANGUAGES} for c in columns}


def _bands(rows: gpd.GeoDataFrame, wide: np.ndarray) -> gpd.GeoSeries:
    """Lines as bands of these widths, since the map draws areas and points."""
    start, end = (shapely.get_coordinates(shapely.get_point(rows.geometry.array, k)) for k in (0, -1))
    way = end - start
    length = np.maximum(np.hypot(*way.T), 1e-9)
    aside = (wide / 2 / length)[:, None] * way[:, ::-1] * [1, -1]
    corners = np.stack([start + aside, end + aside, end - aside, start - aside], axis=1)
    return gpd.GeoSeries(shapely.polygons(corners), crs=rows.crs)


def _long(rows: gpd.GeoDataFrame) -> float:
    west, south, east, north = rows.total_bounds
    return float(np.hypot(east - west, north - south))


def _between(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Ties across as bands, the wider the more; those whose number is withheld are left out."""
    shown = rows[rows["ties"].notna() & rows.geometry.notna()].sort_values("ties", kind="stable")
    part = (shown["ties"] / shown["ties"].max()).to_numpy(dtype=float)
    wide = _long(rows) * np.maximum(_WIDEST * part, _THINNEST)
    names = {lang: f"name_{lang}" for lang in LANGUAGES}
    keys = np.array(list(_STRENGTHS), dtype=object)
    way = keys[np.searchsorted(-np.array(_PARTS), -part)]
    table = shown[["ties", "firms"]].assign(
        way=way, **{names[lang]: _pairs(shown, lang) for lang in LANGUAGES}
    )
    there = [key for key in keys if (way == key).any()]
    facts = _headed(("ties", "firms"), "network_between")
    look = Look(facts, tuple(_STRENGTHS[key] for key in there), called=names)
    bands = gpd.GeoDataFrame(
        pd.DataFrame(table).reset_index(drop=True), geometry=_bands(shown, wide), crs=rows.crs
    )
    most = float(shown["ties"].max())
    labels = {key: {lang: _counted(key, most, lang) for lang in LANGUAGES} for key in there}
    return further_layer(bands, name=name, kinds="way", labels=labels, look=look)


def _counted(key: str, most: float, lang: Language) -> str:
    """Class of strength with the numbers of ties that it stands for."""
    limits = [int(np.ceil(part * most)) for part in (1.0, *_PARTS, 0.0)]
    at = list(_STRENGTHS).index(key)
    low, high = max(limits[at + 1], 1), limits[at] if at == 0 else limits[at] - 1
    count = Numbers(lang).count
    return message(
        "{what} ({low} to {high})", what=translator(lang)(key), low=count(low), high=count(high)
    ).render(translator(lang))


def _pairs(rows: gpd.GeoDataFrame, lang: Language) -> pd.Series:
    """Names of the territories at both ends in a language, as far as they have one of their own."""
    told = with_own_half(rows, lang)
    one, other = (called(told, column).astype(str) for column in ("origin", "destination"))
    return one + _DASH + other


def _ties(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Single ties by kind, as thin bands: of firms, so only where a study asks for them."""
    shown = rows[rows.geometry.notna() & rows["tie"].isin(list(TIE_COLOURS))].reset_index(drop=True)
    there = [kind for kind in TIE_COLOURS if (shown["tie"] == kind).any()]
    table = shown[["tie"]].assign(
        name=shown["source_actor"] + " \N{RIGHTWARDS ARROW} " + shown["target_actor"]
    )
    bands = gpd.GeoDataFrame(
        table, geometry=_bands(shown, np.full(len(shown), _long(rows) / 3000)), crs=rows.crs
    )
    labels = {kind: _words(ACTOR_VALUES[kind]) for kind in there}
    look = Look({}, tuple(TIE_COLOURS[kind] for kind in there))
    return further_layer(bands, name=name, kinds="tie", labels=labels, look=look)


def _areas(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Territories the darker the more of their ties stay there, paler where as many stay by chance."""
    stay = rows["local_share"].to_numpy(dtype=float)
    words = np.array(list(_STAYING), dtype=object)
    grade = np.searchsorted(-np.array(_FROM), -np.nan_to_num(stay))
    told = np.where(np.isnan(stay), words[-1], words[grade])
    faint = ~np.isnan(stay) & ~(rows["q"].to_numpy(dtype=float) < _LEVEL)
    kind = "network_areas"
    facts = (
        Fact(ACTOR_HEADINGS["local_share"], lambda row, lang: beside(row, "local_share", "expected", lang)),
        Fact(ACTOR_HEADINGS["two_steps"], lambda row, lang: share(number(row, "two_steps"), lang)),
        *(plain(column, kind) for column in ("ties", "outward", "actors", "firms")),
    )
    return graded(rows, name, told, _STAYING, facts, faint)


def _brokers(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Actors by the role in which they stand out."""
    shown = rows[rows.geometry.notna()]
    shown = shown.assign(
        name=shown["actor_name"].where(shown["actor_name"].notna(), shown["actor"]),
        **({"name_es": shown["actor_name_es"]} if "actor_name_es" in shown.columns else {}),
        strongest=shown["strongest"].astype(object).where(shown["strongest"].notna(), _NONE),
    ).drop(columns="territory")
    # What stands out lies on top.
    shown = shown.sort_values("strongest", key=lambda roles: roles != _NONE, kind="stable").rename(
        columns={"actor": "institution"}
    )
    roles = {**{role: ACTOR_VALUES[role] for role in ROLE_COLOURS}, _NONE: mark("No role beyond chance")}
    colours = {**ROLE_COLOURS, _NONE: "#9aa3ad"}
    there = [role for role in roles if (shown["strongest"] == role).any()]
    columns, headings, words = looks_of(shown, _OF_BROKERS)
    look = Look(headings, tuple(colours[role] for role in there), words=words)
    labels = {role: _words(roles[role]) for role in there}
    return further_layer(shown.assign(**columns), name=name, kinds="strongest", labels=labels, look=look)


def _linking(row: Row, lang: Language) -> str:
    """Ways from knowledge holders to firms beside chance; where too few lead over an actor, that it was not tested."""
    tested = {**row, "q": row.get("linking_q")}
    if np.isnan(number(row, "linking")):
        return translator(lang)(mark("too few ways to test"))
    return beside(
        tested, "linking", "linking_expected", lang, written=lambda x, there: Numbers(there).count(x)
    )


def _tight(row: Row, lang: Language) -> str:
    return beside({**row, "q": None}, "constraint", "constraint_expected", lang, written=_two)


def _effective(row: Row, lang: Language) -> str:
    return beside({**row, "q": None}, "effective_size", "effective_size_expected", lang, written=_two)


def _two(value: float, lang: Language) -> str:
    return Numbers(lang).significant(value)


_OF_BROKERS = (
    where(),
    plain("actor_type", "institution_brokers"),
    plain("degree", "institution_brokers"),
    Fact(ACTOR_HEADINGS["linking"], _linking),
    Fact(ACTOR_HEADINGS["constraint"], _tight),
    Fact(ACTOR_HEADINGS["effective_size"], _effective),
)

ACTORS: Mapping[str, Callable[[gpd.GeoDataFrame, Mapping[Language, str]], FurtherLayer]] = {
    "network_areas": _areas,
    "network_between": _between,
    "actor_ties": _ties,
    "actor_brokers": _brokers,
    "institution_brokers": _brokers,
}
