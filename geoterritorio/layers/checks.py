"""The door: user columns renamed once, every problem of a layer collected, one refusal.

Each finding says what is wrong, where, how many times, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.registry import Column, Layer

_FAMILIES = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}
_SHOWN = 5
_EXACT = 2.0**53  # above this, floats no longer name every whole number


def as_layer(
    frame: pd.DataFrame, schema: Layer, *, columns: Mapping[str, str | None] | None = None, name: str = ""
) -> Any:
    """
    Layer with the fixed columns of its schema, checked.

    Parameters
    ----------
    frame
        Table or GeoDataFrame as the user has it; not changed.
    schema
        What the layer must be.
    columns
        Fixed name -> the user's own column; a fixed name left out stands for itself.
    name
        What the layer is called in messages; its kind by default.

    Returns
    -------
    layer
        New frame with fixed names first, identifiers as text, numbers as float, a fresh index; the
        user's other columns follow.

    Raises
    ------
    LayerError
        With every problem found, each with its place, count and cure.
    """
    title = name or schema.kind
    problems = list(_missing_columns(frame, schema, columns or {}, title))
    if problems:
        raise LayerError(problems)
    return check_layer(rename(frame, schema, columns or {}), schema, name=title)


def rename(frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None]) -> Any:
    """Frame with the user's columns under their fixed names; unmapped columns of the same name yield."""
    wanted = {c.name: columns.get(c.name, c.name) for c in schema.columns}
    mapped = {user: fixed for fixed, user in wanted.items() if user is not None and user in frame.columns}
    fixed_names = set(wanted)
    kept = [c for c in frame.columns if c in mapped or c not in fixed_names]
    return frame[kept].rename(columns=mapped).reset_index(drop=True)


def check_layer(frame: pd.DataFrame, schema: Layer, *, name: str = "") -> Any:
    """
    Layer whose columns already have their fixed names, checked and typed.

    Parameters
    ----------
    frame
        Table or GeoDataFrame with the schema's column names; not changed.
    schema
        What the layer must be.
    name
        What the layer is called in messages; its kind by default.

    Returns
    -------
    layer
        New frame, identifiers as text, numbers as float.

    Raises
    ------
    LayerError
        With every problem found, each with its place, count and cure.
    """
    title = name or schema.kind
    absent = list(_missing_columns(frame, schema, {}, title))
    if absent:
        raise LayerError(absent)
    if frame.empty:
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=title))
    checked = _single_points(frame.copy())
    problems: list[Message] = []
    for column in schema.columns:
        if column.name in checked.columns:
            values, found = _typed(checked[column.name], column, title)
            checked[column.name] = values
            problems += found
    problems += _repeated(checked, schema, title)
    problems += _geometry(checked, schema, title)
    if problems:
        raise LayerError(problems)
    return checked


def _single_points(frame: pd.DataFrame) -> Any:
    """Frame whose multipoints of one part are points, as many formats store them."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return frame
    shapes = frame.geometry.to_numpy()
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    if not single.any():
        return frame
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def listing(values: Sequence[object]) -> str:
    """First few values, quoted, and how many more there are."""
    shown = ", ".join(f"“{v}”" for v in values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown} … (+{len(values) - _SHOWN})"


def _missing_columns(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None], layer: str
) -> Iterator[Message]:
    found = [str(c) for c in frame.columns if c != "geometry"]
    names = {c.name for c in schema.columns}
    for fixed in sorted(set(columns) - names):
        yield message(
            "{layer}: “{column}” is not a column of this kind of layer. Its columns are: {names}.",
            layer=layer,
            column=fixed,
            names=", ".join(sorted(names)),
        )
    for column in schema.columns:
        user = columns.get(column.name, column.name)
        asked = column.required or columns.get(column.name) is not None
        if asked and user not in frame.columns:
            near = get_close_matches(str(user), found, n=1)
            yield message(
                "{layer}: no column “{column}” ({meaning}). It has: {found}.{hint} "
                "Name the right column for “{fixed}”.",
                layer=layer,
                column=user,
                meaning=Message(column.help),
                fixed=column.name,
                found=", ".join(found) or "–",
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
            )


def _typed(values: pd.Series, column: Column, layer: str) -> tuple[pd.Series, list[Message]]:
    if column.dtype == "number":
        return _numbers(values, column, layer)
    texts = as_text(values)
    return texts, [*_blank(texts, column, layer), *_outside_options(texts, column, layer)]


def as_text(values: pd.Series) -> pd.Series:
    """Identifiers as text: 1 and 1.0 become “1”, “01” stays, blank becomes missing."""
    if pd.api.types.is_float_dtype(values):
        known = values.dropna()
        whole = (known.abs() < _EXACT) & (known % 1 == 0)
        values = values.astype("Int64") if whole.all() else values
    texts = values.astype("string").str.strip()
    return texts.mask(texts == "").astype(object).where(texts.notna() & (texts != ""), None)


def _numbers(values: pd.Series, column: Column, layer: str) -> tuple[pd.Series, list[Message]]:
    numeric = pd.to_numeric(values, errors="coerce").astype(float)
    blank = values.isna() | (values.astype("string").str.strip() == "").fillna(value=True)
    wrong = numeric.isna() & ~blank
    infinite = pd.Series(np.isinf(numeric), index=values.index)
    low = numeric < (-np.inf if column.min is None else column.min)
    problems = []
    if wrong.any():
        problems.append(
            message(
                "{layer}: column “{column}” must hold numbers; {count} rows do not, first in row {row}: "
                "{values}. Correct them, or leave unknown figures empty.",
                **_found(wrong, column, layer),
                values=listing(list(dict.fromkeys(values[wrong]))),
            )
        )
    if infinite.any():
        problems.append(
            message(
                "{layer}: column “{column}” holds {count} infinite values, first in row {row}. "
                "Leave unknown figures empty.",
                **_found(infinite, column, layer),
            )
        )
    if low.any():
        problems.append(
            message(
                "{layer}: column “{column}” must not be below {minimum}; {count} rows are, first in row {row}: "
                "{values}. Correct them, or leave unknown figures empty.",
                **_found(low, column, layer),
                minimum=f"{column.min:g}",
                values=listing([f"{v:g}" for v in numeric[low].unique()]),
            )
        )
    return numeric, problems


def _found(rows: pd.Series, column: Column, layer: str) -> dict[str, object]:
    return {"layer": layer, "column": column.name, "count": int(rows.sum()), "row": _first(rows)}


def _blank(texts: pd.Series, column: Column, layer: str) -> Iterator[Message]:
    blank = texts.isna()
    if column.required and blank.any():
        yield message(
            "{layer}: column “{column}” is empty in {count} rows, first in row {row}. Fill it or remove the rows.",
            layer=layer,
            column=column.name,
            count=int(blank.sum()),
            row=_first(blank),
        )


def _outside_options(texts: pd.Series, column: Column, layer: str) -> Iterator[Message]:
    if not column.options:
        return
    strange = texts.notna() & ~texts.isin(column.options)
    if strange.any():
        yield message(
            "{layer}: column “{column}” holds {count} values outside its vocabulary, first in row {row}: {values}. "
            "Use one of: {options}.",
            layer=layer,
            column=column.name,
            count=int(strange.sum()),
            row=_first(strange),
            values=listing(list(dict.fromkeys(texts[strange]))),
            options=", ".join(column.options),
        )


def _repeated(frame: pd.DataFrame, schema: Layer, layer: str) -> Iterator[Message]:
    key = [k for k in schema.key if k in frame.columns]
    if not key or len(key) < len(schema.key):
        return
    filled = frame[key].notna().all(axis=1)
    twice = frame[key][filled].duplicated(keep=False)
    if twice.any():
        values = frame.loc[twice.index[twice], key].drop_duplicates().agg(" / ".join, axis=1)
        yield message(
            "{layer}: {count} rows share their identifier ({columns}): {values}. Identifiers must be unique; "
            "merge or rename the rows.",
            layer=layer,
            count=int(twice.sum()),
            columns=", ".join(key),
            values=listing(list(values)),
        )


def _geometry(frame: pd.DataFrame, schema: Layer, layer: str) -> Iterator[Message]:
    spatial = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    if not spatial:
        if "table" not in schema.geometry:
            yield message(
                "{layer}: a map layer with geometries ({wanted}) is needed, this is a table without them.",
                layer=layer,
                wanted=_families(schema),
            )
        return
    if schema.geometry == ("table",):
        return
    if frame.crs is None:
        yield message(
            "{layer}: the layer has no coordinate reference system. Assign the one its coordinates are in.",
            layer=layer,
        )
    yield from _shapes(frame.geometry, schema, layer)


def _shapes(geometry: gpd.GeoSeries, schema: Layer, layer: str) -> Iterator[Message]:
    blank = (geometry.isna() | geometry.is_empty).to_numpy()
    if blank.any() and "table" not in schema.geometry:
        yield message(
            "{layer}: {count} rows have no geometry, first in row {row}. Draw them or remove the rows.",
            layer=layer,
            count=int(blank.sum()),
            row=_first(blank),
        )
    accepted = {t for family in schema.geometry if family != "table" for t in _FAMILIES[family]}
    kinds = geometry.geom_type
    wrong = ~blank & ~kinds.isin(accepted).to_numpy()
    if wrong.any():
        yield message(
            "{layer}: {count} geometries are of the wrong kind ({found}), first in row {row}. {wanted} are needed.",
            layer=layer,
            count=int(wrong.sum()),
            found=", ".join(sorted(set(kinds[wrong]))),
            row=_first(wrong),
            wanted=_families(schema),
        )
    solid = ~blank & kinds.isin(_FAMILIES["polygon"]).to_numpy()
    broken = solid.copy()
    broken[solid] = ~shapely.is_valid(geometry.to_numpy()[solid])
    if broken.any():
        yield message(
            "{layer}: {count} polygons are invalid (they cross themselves), first in row {row}. "
            "Repair them, for example with “Fix geometries” in QGIS.",
            layer=layer,
            count=int(broken.sum()),
            row=_first(broken),
        )


_FAMILY_NAMES = {"point": message("points"), "line": message("lines"), "polygon": message("polygons")}


def _families(schema: Layer) -> Message:
    names = [_FAMILY_NAMES[g] for g in schema.geometry if g != "table"]
    if len(names) == 1:
        return names[0]
    return message("{first} or {second}", first=names[0], second=names[1])


def _first(mask: Any) -> int:
    return int(np.flatnonzero(np.asarray(mask, dtype=bool))[0]) + 1
