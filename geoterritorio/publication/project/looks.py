"""How a layer of the project is drawn: by the ready style of its kind, else by plain symbols."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pandas as pd

from geoterritorio.i18n import Language, translator
from geoterritorio.layers.grids import Grid
from geoterritorio.publication import qgis
from geoterritorio.publication.project.markup import clean
from geoterritorio.publication.project.symbols import surface, symbology
from geoterritorio.publication.qgis import legend, qml

_PARTS = frozenset(("renderer-v2", "labeling", "layerOpacity", "blendMode", "layerGeometryType"))
_SHAPES = {"Polygon": legend.POLYGON, "Line": legend.LINE, "Point": legend.POINT}
# What classes are made of: a column, or a column as a percentage.
_SCALED = re.compile(r'(?:(\d+(?:\.\d+)?) \* )?"(\w+)"')
_NULL = re.compile(r'"(\w+)" IS NULL')
_CODE = re.compile(r""""(\w+)" = '(\w+)'""")
_OTHERS = re.compile(r'"(\w+)" NOT IN \(([^)]*)\)')


def looks(rows: pd.DataFrame, kind: str, geometry: str, lang: Language) -> list[Element]:
    """
    Renderer and labels of a layer.

    Parameters
    ----------
    rows
        Its rows.
    kind
        Kind of the layer, as in the schema.
    geometry
        Point, Line or Polygon.
    lang
        Language of the legend.

    Returns
    -------
    elements
        What the ``maplayer`` of the project holds of it.
    """
    described = _table()["kinds"].get(kind)
    columns = [str(c) for c in rows.columns]
    style = legend.chosen(described, columns) if described else None
    if style is None:
        return symbology(rows, kind, geometry, lang)
    scaled = _SCALED.fullmatch(legend.expression(style))
    values: list[float] = []
    if scaled and scaled[2] in columns:
        values = (pd.to_numeric(rows[scaled[2]]).dropna() * float(scaled[1] or 1)).tolist()
    codes = {
        c: sorted(rows[c].dropna().astype(str).unique()) for c in legend.coded(_table(), described, columns)
    }
    reader = legend.Reader(lang, translator(lang))
    held = legend.Holding(_SHAPES[geometry], columns, values, codes)
    absent = [r.filter for r in legend.rules(style, held, reader) if r.apart and _none(rows, r.filter)]
    sized = style.get("size")
    most = pd.to_numeric(rows[sized], errors="coerce").max() if sized in columns else 0.0
    held = legend.Holding(
        held.geometry,
        columns,
        values,
        codes,
        absent,
        largest={str(sized): float(most)} if most > 0 else {},
        alike="sector" in columns and len(set(rows["sector"])) == 1,
    )
    found = [part for part in fromstring(qml.compose(_table(), kind, held, reader)) if part.tag in _PARTS]  # noqa: S314 - our own text
    for part in found:
        for entry in part.iter("rule"):
            entry.set("label", clean(entry.get("label", "")))
    return found


def raster_looks(grid: Grid, kind: str, lang: Language) -> Element:
    """
    Renderer of a raster.

    Parameters
    ----------
    grid
        Raster.
    kind
        Kind of the layer, as in the schema.
    lang
        Language of the legend.

    Returns
    -------
    element
        The ``rasterrenderer``.
    """
    known = np.asarray(grid.values, dtype=float)
    known = known[np.isfinite(known)]
    described, unit = _table()["kinds"].get(kind), grid.tags.get("unit", "")
    if known.size and described and legend.chosen(described, (), unit):
        held = legend.Holding(legend.RASTER, values=known.tolist())
        text = qml.compose(_table(), kind, held, legend.Reader(lang, translator(lang)), unit)
        found = fromstring(text).find(".//rasterrenderer")  # noqa: S314 - our own text
        if found is not None:
            return found
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return surface(low, high, lang)


def _none(rows: pd.DataFrame, text: str) -> bool:
    """Whether no row can pass a filter, by those of its conditions that are told from the rows at once."""
    if " OR " in text or text.startswith("NOT"):
        return False
    empty = [c for c in _NULL.findall(text) if c in rows.columns]
    coded = [(c, v) for c, v in _CODE.findall(text.split(" NOT ", maxsplit=1)[0]) if c in rows.columns]
    others = [(c, re.findall("'([^']*)'", v)) for c, v in _OTHERS.findall(text) if c in rows.columns]
    if any(rows[c].dropna().isin(codes).all() for c, codes in others):
        return True
    return any(rows[c].notna().all() for c in empty) or any(not (rows[c] == v).any() for c, v in coded)


@cache
def _table() -> dict[str, Any]:
    path = Path(qgis.__file__).parent / "styles.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
