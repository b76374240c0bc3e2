"""Columns out: which name, which type and which text of COPY each column of a frame has in a table."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.findings import listing, strings

LONGEST = 63  # bytes of a name
_DIGEST = 6  # characters that keep shortened names apart
_SYSTEM = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "_row")
_LARGEST = 2**63 - 1
_NULL = r"\N"
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
PLACE = "geom"


@dataclass(frozen=True)
class Filled:
    """A column to be written: its name and type in the database, and its values as COPY reads them."""

    name: str
    type: str
    values: pd.Series[Any]
    texts: Callable[[pd.Series[Any]], pd.Series[Any]]
    source: str


def fitting(name: str, *, ending: str = "") -> str:
    """
    Name that a database keeps whole.

    Parameters
    ----------
    name
        Name as it is wanted.
    ending
        What it must end in.

    Returns
    -------
    name
        The same, or its beginning with a few characters that tell it from others of the same beginning.

    Examples
    --------
    >>> fitting("localización"), fitting("a" * 70), fitting("quotients", ending="_map")
    ('localización', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_6bd5e5', 'quotients_map')
    """
    whole = name + ending
    if len(whole.encode()) <= LONGEST:
        return whole
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    room = LONGEST - len(ending.encode()) - _DIGEST - 1
    return f"{name.encode()[:room].decode(errors='ignore')}_{digest}{ending}"


def column_names(names: Iterable[object], *, place: str | None, layer: str) -> dict[str, str]:
    """
    Name in the database of every column.

    Parameters
    ----------
    names
        Columns of the frame.
    place
        That of the geometry, if any.
    layer
        What the frame is called in messages.

    Returns
    -------
    names
        Old name -> new name.

    Raises
    ------
    LayerError
        If a column has no name, or one that no database holds.
    """
    given = [str(name) for name in names]
    wrong = [n for n in given if not n or "\0" in n] + [n for n in given if given.count(n) > 1]
    if wrong:
        raise LayerError(
            message(
                "{layer}: columns have no name, several have the same, or a name holds what no database keeps: "
                "{values}. Rename them.",
                layer=layer,
                values=listing(dict.fromkeys(n.replace("\0", "�") for n in wrong)),
            )
        )
    new = {n: fitting(f"{n}_" if n in _SYSTEM else n) for n in given if n != place}
    if place is not None:
        new[place] = PLACE if PLACE not in new.values() else "geometry"
    cut = [f"{old} → {name}" for old, name in new.items() if old not in (name, place)]
    if cut:
        text = message(
            "{layer}: names that the database does not hold were changed: {names}.",
            layer=layer,
            names=", ".join(cut),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return new


def filled(frame: pd.DataFrame, *, srid: int, layer: str) -> list[Filled]:
    """
    Columns of a frame as a table holds them, its geometry last.

    Parameters
    ----------
    frame
        Table or layer; not changed.
    srid
        Number of its reference system in the database.
    layer
        What it is called in messages.

    Returns
    -------
    columns
        One for each column.

    Raises
    ------
    LayerError
        If texts hold the character NUL, or columns have names that no database holds.
    """
    place = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    names = column_names(frame.columns, place=place, layer=layer)
    made = [_plain(frame[c], names[str(c)], layer) for c in frame.columns if c != place]
    if place is None:
        return made
    shapes, kind = _shapes(frame.geometry.array)
    values = pd.Series(
        shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True), dtype=object
    )
    return [*made, Filled(names[place], f"geometry:{kind}:{srid}", values, _as_text, str(place))]


def _shapes(shapes: Any) -> tuple[Any, str]:
    """Shapes of one type, as far as they can be, and the type: polygons as multipolygons, as in files."""
    found = np.asarray(shapes, dtype=object)
    kinds = set(shapely.get_type_id(found[~shapely.is_missing(found)]).tolist())
    high = "Z" if shapely.has_z(found).any() else ""
    if high:
        found = shapely.force_3d(found)
    for single, multi, name in ((3, 6, "MultiPolygon"), (1, 5, "MultiLineString")):
        if kinds and kinds <= {single, multi}:
            if single == 1 and kinds == {1}:
                return found, f"LineString{high}"
            alone = shapely.get_type_id(found) == single
            found[alone] = _GATHER[single](found[alone, None])
            return found, f"{name}{high}"
    only = {0: "Point", 4: "MultiPoint"}.get(next(iter(kinds))) if len(kinds) == 1 else None
    return found, f"{only or 'Geometry'}{high}"


_GATHER = {
    3: lambda parts: np.array([shapely.MultiPolygon(list(p)) for p in parts], dtype=object),
    1: lambda parts: np.array([shapely.MultiLineString(list(p)) for p in parts], dtype=object),
}


def _plain(values: pd.Series[Any], name: str, layer: str) -> Filled:
    values = values.reset_index(drop=True)
    source = str(values.name)
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return Filled(name, "boolean", values, _as_text, source)
    if pd.api.types.is_integer_dtype(kind):
        return Filled(name, "bigint" if _is_small(values) else "numeric", values, _as_text, source)
    if pd.api.types.is_float_dtype(kind):
        return Filled(name, "double", values, _numbers, source)
    if pd.api.types.is_datetime64_any_dtype(kind):
        aware = getattr(kind, "tz", None) is not None
        return Filled(name, "timestamptz" if aware else "timestamp", values, _moments, source)
    return _mixed(values, name, layer)


def _mixed(values: pd.Series[Any], name: str, layer: str) -> Filled:
    """Column of objects: what they all are, else text."""
    source, found = str(values.name), pd.api.types.infer_dtype(values, skipna=True)
    if found == "boolean":
        return Filled(name, "boolean", values, _as_text, source)
    if found == "integer":
        return Filled(name, "bigint" if _is_small(values.dropna()) else "numeric", values, _as_text, source)
    if found in ("floating", "mixed-integer-float"):
        return Filled(name, "double", values.astype(float), _numbers, source)
    if found == "date":
        return Filled(name, "date", values, _as_text, source)
    if (
        found in ("datetime", "datetime64")
        and len({getattr(v, "tzinfo", None) for v in values.dropna()}) == 1
    ):
        return _plain(pd.to_datetime(values), name, layer)
    texts = strings(values)
    nul = texts.str.contains("\0", regex=False).fillna(value=False)
    if nul.any():
        raise LayerError(
            message(
                "{layer}: column “{column}” has the character NUL, which no database keeps (rows: {count}). Remove it.",
                layer=layer,
                column=source,
                count=int(nul.sum()),
            )
        )
    return Filled(name, "text", texts, _as_text, source)


def _is_small(values: pd.Series[Any]) -> bool:
    return not len(values) or (int(values.max()) <= _LARGEST and int(values.min()) >= -_LARGEST - 1)


def _as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    texts = values.astype("string")
    for plain, escaped in _ESCAPES:
        texts = texts.str.replace(plain, escaped, regex=False)
    return texts.fillna(_NULL)


def _numbers(values: pd.Series[Any]) -> pd.Series[Any]:
    """Shortest text from which the same number comes back; undefined is missing."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    texts = pd.Series(numbers.astype("U32"), index=values.index, dtype="string")
    return texts.mask(np.isnan(numbers), _NULL)


def _moments(values: pd.Series[Any]) -> pd.Series[Any]:
    aware = getattr(values.dtype, "tz", None) is not None
    plain = values.dt.tz_convert("UTC").dt.tz_localize(None) if aware else values
    texts = pd.Series(np.datetime_as_string(plain.to_numpy()), index=values.index, dtype="string")
    return (texts + ("+00" if aware else "")).mask(values.isna(), _NULL)


def copied(columns: list[Filled], begin: int, end: int) -> str:
    """Some rows as COPY reads them."""
    first, *others = (c.texts(c.values.iloc[begin:end]) for c in columns)
    lines = first.str.cat(others, sep="\t") if others else first
    return "\n".join(lines) + "\n" if len(lines) else ""
