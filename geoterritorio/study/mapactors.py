"""How are ties between territories, single ties and institutions as brokers told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.actor_words import ACTOR_VALUES
from geoterritorio.publication.headings import heading
from geoterritorio.publication.qgis.actor_looks import ROLE_COLOURS, TIE_COLOURS

_WIDEST, _THINNEST = 1 / 60, 1 / 400
_COLOUR, _NONE = "#745f9c", "none"
_FACTS = ("degree", "constraint", "effective_size", "linking", "linking_expected", "linking_q")


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
    shown = rows[rows["ties"].notna() & rows.geometry.notna()].sort_values("ties", ascending=False)
    part = (shown["ties"] / shown["ties"].max()).to_numpy(dtype=float)
    wide = _long(rows) * np.maximum(_WIDEST * part, _THINNEST)
    table = pd.DataFrame(
        {
            "name": shown["origin"].astype(str) + " \N{EN DASH} " + shown["destination"].astype(str),
            "ties": shown["ties"],
            "way": "ties",
        }
    ).reset_index(drop=True)
    look = Look(_headed(("ties",), "network_between"), (_COLOUR,))
    labels = {"ties": _words(mark("The wider, the more pairs are tied across"))}
    bands = gpd.GeoDataFrame(table, geometry=_bands(shown, wide), crs=rows.crs)
    return further_layer(bands, name=name, kinds="way", labels=labels, look=look)


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


def _brokers(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Actors by the role in which they stand out."""
    shown = rows[rows.geometry.notna()]
    shown = shown.assign(
        name=shown["actor_name"].where(shown["actor_name"].notna(), shown["actor"]),
        **({"name_es": shown["actor_name_es"]} if "actor_name_es" in shown.columns else {}),
        strongest=shown["strongest"].astype(object).where(shown["strongest"].notna(), _NONE),
    )
    roles = {**{role: ACTOR_VALUES[role] for role in ROLE_COLOURS}, _NONE: mark("No role beyond chance")}
    colours = {**ROLE_COLOURS, _NONE: "#9aa3ad"}
    there = [role for role in roles if (shown["strongest"] == role).any()]
    look = Look(_headed(_FACTS, "institution_brokers"), tuple(colours[role] for role in there))
    labels = {role: _words(roles[role]) for role in there}
    return further_layer(shown, name=name, kinds="strongest", labels=labels, look=look)


ACTORS: Mapping[str, Callable[[gpd.GeoDataFrame, Mapping[Language, str]], FurtherLayer]] = {
    "network_between": _between,
    "actor_ties": _ties,
    "actor_brokers": _brokers,
    "institution_brokers": _brokers,
}
