"""Tables that say where: by coordinates, or by a postcode that a table of places knows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjError

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import distinct, first_row
from geoterritorio.layers.numerals import as_text, parse_coordinates
from geoterritorio.layers.schema import PLACING
from geoterritorio.registry import Layer

PLACE_COLUMNS = tuple(c.name for c in PLACING)
# Names under which tables usually keep coordinates, taken when the system is given and no column is named.
_USUAL = (
    ("x", "y"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("longitud", "latitud"),
    ("easting", "northing"),
)
_NORTHWARD = ("y", "lat", "latitude", "latitud", "northing")
_DEGREES = (180, 90)  # largest longitude and latitude
_EDGE = 21  # points along each side of the area of use

Floats = npt.NDArray[np.float64]


def place(
    frame: pd.DataFrame,
    schema: Layer,
    columns: Mapping[str, str | None],
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    name: str = "",
) -> Any:
    """
    Frame with points, or territories, from its columns of coordinates or postcodes.

    Parameters
    ----------
    frame
        Table as the user has it; a layer that has geometries passes unchanged.
    schema
        What the layer must be.
    columns
        Fixed name -> the user's own column; `x`, `y` and `postcode` say where.
    crs
        System of the coordinates, for example ``EPSG:4326``; also of geometries that came without one.
    places
        Checked table of places: `postcode` with points or `territory`.
    name
        What the layer is called in messages.

    Returns
    -------
    frame
        Points in `crs`, or the table with its territories; rows without coordinates or with an unknown postcode have
        neither.

    Raises
    ------
    LayerError
        If columns, numbers, system or places are missing or wrong.

    Warns
    -----
    GeoterritorioWarning
        If coordinates seem to be exchanged or lie outside the system's area of use, and for unknown postcodes.
    """
    x, y = _coordinate_columns(frame, columns, crs)
    postcode = columns.get("postcode")
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        return _with_crs(frame, crs, name) if crs else frame
    if "point" not in schema.geometry:
        return frame
    if x is not None or y is not None:
        return _from_coordinates(frame, x, y, crs=crs, name=name)
    usual = _usual_columns(frame) if crs is None else None
    if usual is not None and "table" not in schema.geometry:
        return _from_coordinates(frame, *usual, crs=None, name=name)
    if postcode is not None or (places is not None and "postcode" in frame.columns):
        return _from_postcodes(frame, postcode or "postcode", places, schema, columns, name)
    if usual is not None and (columns.get("territory") or "territory") not in frame.columns:
        _tell_unused(frame, usual, name)
    return frame


def place_columns(frame: pd.DataFrame, columns: Mapping[str, str | None], crs: str | None) -> tuple[str, ...]:
    """Columns of a table without geometries that say where its rows are, or seem to."""
    named = [*_coordinate_columns(frame, columns, crs), *(_usual_columns(frame) or ())]
    named.append(columns.get("postcode") or "postcode")
    return tuple(dict.fromkeys(c for c in named if c is not None and c in frame.columns))


def _coordinate_columns(
    frame: pd.DataFrame, columns: Mapping[str, str | None], crs: str | None
) -> tuple[str | None, str | None]:
    x, y = columns.get("x"), columns.get("y")
    if crs is None or x is not None or y is not None:
        return x, y
    return _usual_columns(frame) or (None, None)


def _usual_columns(frame: pd.DataFrame) -> tuple[str, str] | None:
    found = {str(c).strip().casefold(): str(c) for c in frame.columns}
    return next(((found[e], found[n]) for e, n in _USUAL if e in found and n in found), None)


def _tell_unused(frame: pd.DataFrame, columns: tuple[str, str], name: str) -> None:
    """Say why columns that look like coordinates place nothing."""
    x, y = columns
    text = message(
        "{layer}: the columns “{x}” and “{y}” look like coordinates, but nobody says in which system; the rows have "
        "no place. {cure}",
        layer=name,
        x=x,
        y=y,
        cure=_system_cure(frame, x, y),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _system_cure(frame: pd.DataFrame, *columns: str | None) -> Message:
    """How to name the system of coordinates, and of what unit they seem to be."""
    named = [c for c in columns if c is not None]
    numbers = [parse_coordinates(frame[c], column=c, layer="")[0].to_numpy() for c in named]
    finite = [values[np.isfinite(values)] for values in numbers]
    guess: Message | str = ""
    if len(numbers) == len(columns) and all(len(values) for values in finite):
        fits = [np.abs(v).max() <= top for v, top in zip(finite, _DEGREES, strict=True)]
        guess = (
            message(" The numbers look like degrees: EPSG:4326 (longitude and latitude) is likely.")
            if all(fits)
            else message(
                " The numbers look like metres: ask their source for the system (EPSG:25830, for example, is UTM zone "
                "30N in Europe)."
            )
        )
    return message(
        "Name the system: behind the file as ?crs=EPSG:… on the command line, as crs = "
        '"EPSG:…" in the study file, as crs="EPSG:…" in Python.{guess}',
        guess=guess,
    )


def known_crs(text: str, name: str) -> CRS:
    """System of a text such as ``EPSG:25830``; a refusal where there is none."""
    try:
        return CRS.from_user_input(text)
    except ProjError as error:
        raise LayerError(
            message(
                "{layer}: there is no coordinate reference system “{crs}”. Write it as EPSG:4326, for example.",
                layer=name,
                crs=text,
            )
        ) from error


def _with_crs(frame: gpd.GeoDataFrame, crs: str, name: str) -> gpd.GeoDataFrame:
    wanted = known_crs(crs, name)
    if frame.crs is None:
        return frame.set_crs(wanted)
    if not CRS(frame.crs).equals(wanted, ignore_axis_order=True):
        raise LayerError(
            message(
                "{layer}: the layer says that it is in {found}, not in {given}. Leave the system out, or correct it in "
                "the file.",
                layer=name,
                found=frame.crs.name,
                given=wanted.name,
            )
        )
    return frame


def _from_coordinates(
    frame: pd.DataFrame, x: str | None, y: str | None, *, crs: str | None, name: str
) -> gpd.GeoDataFrame:
    if x is None or y is None or crs is None:
        raise LayerError(
            message(
                "{layer}: coordinates need three things: the columns x and y, and the system they are in. {cure}",
                layer=name,
                cure=_system_cure(frame, x, y),
            )
        )
    system = known_crs(crs, name)
    east, problems = parse_coordinates(frame[x], column=x, layer=name)
    north, more = parse_coordinates(frame[y], column=y, layer=name)
    problems += more
    half = (east.isna() != north.isna()).to_numpy()
    if half.any() and not problems:
        problems.append(
            message(
                "{layer}: one coordinate is there without the other (rows: {count}, first: {row}). Fill in the "
                "other or empty both.",
                layer=name,
                count=int(half.sum()),
                row=first_row(half),
            )
        )
    if len(frame) and not problems and east.isna().all():
        problems.append(message("{layer}: no row has coordinates in “{x}” and “{y}”.", layer=name, x=x, y=y))
    if problems:
        raise LayerError(problems)
    _warn_misplaced(east.to_numpy(), north.to_numpy(), system, names=(x, y), layer=name)
    points = np.full(len(frame), None, dtype=object)
    there = east.notna().to_numpy()
    points[there] = shapely.points(east[there], north[there])
    geometry = gpd.GeoSeries(points, index=frame.index, crs=system)
    return gpd.GeoDataFrame(frame.copy(), geometry=geometry, crs=system)


def _warn_misplaced(x: Floats, y: Floats, system: CRS, *, names: tuple[str, str], layer: str) -> None:
    """Say so where coordinates lie outside the area for which their system is made, or seem exchanged."""
    there = np.isfinite(x) & np.isfinite(y)
    total = int(np.count_nonzero(there))
    outside = total - _inside(x, y, system)
    exchanged = outside > 0 and _inside(y, x, system) > total - outside
    east, north = (n.strip().casefold() for n in names)
    if exchanged or (east in _NORTHWARD and north not in _NORTHWARD):
        text = message(
            "{layer}: x (“{x}”) and y (“{y}”) seem to be exchanged: x is the easting or longitude, y the northing or "
            "latitude.",
            layer=layer,
            x=names[0],
            y=names[1],
        )
    elif outside:
        text = message(
            "{layer}: points lie outside the area for which {crs} is made: {count} of {total}. Check the system "
            "and the columns of coordinates.",
            layer=layer,
            count=outside,
            total=total,
            crs=system.name,
        )
    else:
        return
    warnings.warn(GeoterritorioWarning(text), stacklevel=6)


def _inside(x: Floats, y: Floats, system: CRS) -> int:
    """Number of points in the system's area of use; all where it is not known."""
    area = system.area_of_use
    if area is None or area.west > area.east:
        return int(np.count_nonzero(np.isfinite(x) & np.isfinite(y)))
    side = np.linspace(0, 1, _EDGE)
    lon = area.west + (area.east - area.west) * np.concatenate([side, side, 0 * side, 0 * side + 1])
    lat = area.south + (area.north - area.south) * np.concatenate([0 * side, 0 * side + 1, side, side])
    geodetic = system.geodetic_crs or CRS(4326)
    edge_x, edge_y = Transformer.from_crs(geodetic, system, always_xy=True).transform(lon, lat)
    fine = np.isfinite(edge_x) & np.isfinite(edge_y)
    if not fine.any():
        return int(np.count_nonzero(np.isfinite(x) & np.isfinite(y)))
    within = (x >= edge_x[fine].min()) & (x <= edge_x[fine].max())
    within &= (y >= edge_y[fine].min()) & (y <= edge_y[fine].max())
    return int(np.count_nonzero(within))


def _from_postcodes(
    frame: pd.DataFrame,
    postcode: str,
    places: pd.DataFrame | None,
    schema: Layer,
    columns: Mapping[str, str | None],
    name: str,
) -> Any:
    if places is None:
        raise LayerError(
            message(
                "{layer}: postcodes need a table of places (columns postcode and territory, or points).",
                layer=name,
            )
        )
    codes = _codes(frame[postcode])
    known = places.set_index(_codes(places["postcode"]))
    _tell_twins(known.index, name)
    there = codes.isin(known.index).to_numpy()
    _tell_unmatched(codes, there, known.index, name)
    new: Any = frame.copy()
    names = {c.name for c in schema.columns}
    if "territory" in names and "territory" in known.columns:
        own = columns.get("territory") or "territory"
        found = codes.map(known["territory"])
        new[own] = new[own].fillna(found) if own in new.columns else found
    if "precision" in names and (columns.get("precision") or "precision") not in new.columns:
        new["precision"] = pd.Series("place", index=new.index, dtype=object).where(there, None)
    if isinstance(known, gpd.GeoDataFrame) and known.active_geometry_name is not None:
        points = known.geometry.reindex(codes.to_numpy())
        return gpd.GeoDataFrame(new, geometry=points.set_axis(new.index), crs=known.crs)
    if "territory" not in known.columns:
        raise LayerError(
            message("{layer}: the table of places has neither points nor the column territory.", layer=name)
        )
    return new


def _codes(values: pd.Series) -> pd.Series:
    """Postcodes comparable: without spaces, in capitals."""
    return as_text(values).astype("string").str.replace(r"[\s-]+", "", regex=True).str.upper().astype(object)


def _tell_unmatched(codes: pd.Series, there: Any, known: pd.Index, name: str) -> None:
    lost = ~there
    if not lost.any():
        return
    values: Mapping[str, object] = {
        "layer": name,
        "count": int(lost.sum()),
        "total": len(codes),
        "values": distinct(codes[lost]),
        "hint": _zeros_hint(codes[lost], known),
    }
    if lost.all():
        raise LayerError(
            message(
                "{layer}: no postcode is in the table of places (rows: {total}): {values}. Check that both are of one "
                "country and written alike.{hint}",
                **values,
            )
        )
    text: Message = message(
        "{layer}: rows without a postcode, or with one that is not in the table of places: {count} of {total}, "
        "{values}. They have no place.{hint}",
        **values,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=6)


def _bare(codes: pd.Series) -> pd.Series:
    """Codes without leading zeros."""
    return codes.dropna().astype(str).str.replace(r"^0+(?=.)", "", regex=True)


def _zeros_hint(lost: pd.Series, known: pd.Index) -> Message | str:
    """Cure where codes would be found if leading zeros did not count."""
    bare = _bare(lost)
    found = bare.isin(_bare(known.to_series()))
    if not found.any():
        return ""
    return message(
        " Leading zeros are lost here or there: without them, {count} would be found, such as “{value}”. Read and save "
        "postcodes as text.",
        count=int(found.sum()),
        value=lost[bare.index[found][0]],
    )


def _tell_twins(known: pd.Index, name: str) -> None:
    """Say so where the table of places has a postcode with and without its leading zeros."""
    codes = known.to_series().dropna().drop_duplicates()
    twins = codes[_bare(codes).duplicated(keep=False).to_numpy()]
    if len(twins):
        text = message(
            "{layer}: the table of places has postcodes with and without leading zeros: {values}. Keep one of each.",
            layer=name,
            values=distinct(twins),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=6)
