"""Files in: any OGR format, GeoParquet, CSV and Excel tables, rasters, each read once and checked.

Text files are read as text, so that codes keep their leading zeros. A table becomes a map layer by its columns of
coordinates (`x`, `y` and a system) or of postcodes (and a table of places); where only a file name can be given, as on
the command line, both follow it: ``register.csv?crs=EPSG:4326`` or ``register.csv?places=postcodes.csv``. So do a day
and the values of rows that are taken: ``institutions.gpkg?on=2025-01-01&kind=chamber;transfer``.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio

from geoterritorio.errors import (
    DependencyError,
    GeoterritorioError,
    GeoterritorioWarning,
    LayerError,
    Message,
    message,
)
from geoterritorio.layers import schema as kinds
from geoterritorio.layers.alone import VECTOR, offline, require_alone, require_driver
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.choosing import open_on, require_days, rows_with, tell_closed
from geoterritorio.layers.files import is_folder, require_columns, require_file, require_memory, require_rows
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.layers.gate_schema import GATES
from geoterritorio.layers.grids import read_grid
from geoterritorio.layers.part_files import PARQUET, has_parts, is_parquet
from geoterritorio.layers.postgis.address import is_address, split_address
from geoterritorio.layers.postgis.rasters import raster_file
from geoterritorio.layers.postgis.reading import read_table
from geoterritorio.layers.tables import TABLES, like_kind
from geoterritorio.layers.versions import in_force
from geoterritorio.registry import Layer

_OPTIONS = re.compile(r"(?P<source>.+?)\?(?P<options>[^=&?]+=[^&]+(?:&[^=&]+=[^&]+)*)")
_KNOWN = ("crs", "places", "on", "parts")
_VALUE = 8  # bytes of a number, or of what leads to a text
# Tables in which QGIS keeps styles and projects beside the layers of a GeoPackage: none of somebody's data.
_OF_QGIS = ("layer_styles", "qgis_projects")
_TEXTS = (".geojson", ".json", ".geojsonl")
# The wider kind of those whose rows are cut by a day.
_CUT = {kinds.TERRITORIES.kind: kinds.TERRITORY_VERSIONS, kinds.CENTRES.kind: kinds.CENTRES_DATED}


def split_source(source: str) -> tuple[Path, str | None]:
    """File and layer of ``file.gpkg|layer`` (also QGIS's ``|layername=layer``)."""
    path, bar, layer = source.rpartition("|")
    return (Path(path), layer.removeprefix("layername=")) if bar else (Path(layer), None)


def split_options(source: str) -> tuple[str, dict[str, str]]:
    """
    File and options of ``table.csv?crs=EPSG:4326&places=postcodes.csv``.

    Parameters
    ----------
    source
        File, with its layer and options if any.

    Returns
    -------
    source
        File, with its layer if any.
    options
        `crs`, `places` and `on`, where given; others are columns, and the values of rows that are taken.

    Examples
    --------
    >>> split_options("register.csv?crs=EPSG:4326")
    ('register.csv', {'crs': 'EPSG:4326'})
    >>> split_options("institutions.gpkg|all?kind=chamber;transfer&on=2025")
    ('institutions.gpkg|all', {'kind': 'chamber;transfer', 'on': '2025'})
    >>> split_options("what?.csv")
    ('what?.csv', {})
    """
    if is_address(source):
        address, options = split_address(source)
        return str(address), options
    found = _OPTIONS.fullmatch(source)
    if not found:
        return source, {}
    return found["source"], dict(o.split("=", 1) for o in found["options"].split("&"))


def read_layer(
    source: str | Path,
    schema: Layer,
    *,
    columns: Mapping[str, str | None] | None = None,
    name: str = "",
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    on: str | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
) -> Any:
    """
    Checked layer from a file.

    Parameters
    ----------
    source
        File, or ``file.gpkg|layer``: any OGR format, GeoParquet, CSV, TSV, Excel, or a raster; or a table,
        ``postgresql://user@host/database?table=schema.name``. May end in the options
        `crs`, `places` and `on`, and in columns with the values of `only`: ``register.csv?crs=EPSG:4326``,
        ``areas.gpkg?on=2025-01-01``, ``institutions.gpkg?kind=chamber;transfer``.
    schema
        What the layer must be.
    columns
        Fixed name -> the file's own column. `x` and `y`, or `postcode`, place a table.
    name
        What the layer is called in messages; its kind by default.
    crs
        System of the columns `x` and `y`, or of a layer that says none.
    places
        Postcodes with their points or territories: a file (columns `postcode`, and `territory`, `x` and `y`, or points)
        or a frame.
    on
        Day, month or year on which the versions of territories must be in force, or establishments, institutions and
        centres open; by default all are taken.
    only
        Column -> values, one of which the rows that are taken have; see `rows_with`.

    Returns
    -------
    layer
        Checked layer with fixed column names; a `Grid` where the schema is that of a raster.

    Raises
    ------
    LayerError
        If the file cannot be read or the layer has problems.
    """
    if in_parts(source):
        raise _not_in_parts(name or schema.kind)
    text, options = split_options(str(source))
    crs = crs or options.get("crs")
    title = name or schema.kind
    on = on or options.get("on")
    only = {**_columns(options), **(only or {})}
    wide = _cut_by_day(schema, on, title)
    if schema.geometry == ("raster",):
        if only:
            raise LayerError(
                message(
                    "{layer}: a raster has no rows to choose from. Leave {names} out.",
                    layer=title,
                    names=listing(only),
                )
            )
        if is_address(text):
            with tempfile.TemporaryDirectory() as folder:
                file = raster_file(split_address(text)[0], Path(folder), name=title, kind=schema.kind)
                return read_grid(file, schema, crs=crs, name=title)
        return read_grid(text, schema, crs=crs, name=title)
    frame = _read(text, title, schema.kind)
    if only:
        frame = rows_with(frame, wide, only, columns=columns, name=title)
    places = options.get("places") if places is None else places
    if isinstance(places, str | Path):
        places = read_places(places, title)
    layer = as_layer(frame, wide, columns=columns, name=title, crs=crs, places=places)
    if on is not None:
        return _on(layer, wide, on, title)
    tell_closed(layer, schema, name=title)
    return layer


def in_parts(source: str | Path) -> bool:
    """
    Whether a source is a register in parts: a folder of Parquet files, a pattern of their names, a file with ?parts, or
    a table of a database with &parts.

    Examples
    --------
    >>> in_parts("register/*.parquet"), in_parts("register.parquet?parts"), in_parts("register.parquet")
    (True, True, False)
    """
    if is_address(str(source)):
        return "parts" in split_options(str(source))[1]
    text, options = split_options(str(source).removesuffix("?parts").removesuffix("&parts"))
    if is_folder(Path(text)):
        return has_parts(Path(text))
    return is_parquet(text) and (
        str(source).endswith(("?parts", "&parts")) or "parts" in options or "*" in text
    )


def _not_in_parts(name: str) -> LayerError:
    return LayerError(
        message(
            "{layer}: it is in parts, and this work needs it whole. Tabulate it first and give the "
            "counts (geoterritorio tabulate --firms … --territories … --output counts.parquet), or join its parts.",
            layer=name,
        )
    )


def _columns(options: Mapping[str, str]) -> dict[str, list[str]]:
    """Values of each column behind the name of a file."""
    return {
        column: [v.strip() for v in values.split(";") if v.strip()]
        for column, values in options.items()
        if column not in _KNOWN
    }


def _cut_by_day(schema: Layer, on: str | None, name: str) -> Layer:
    """Kind as which a file is read: where a day chooses among its rows, that of all of them."""
    if on is None:
        return schema
    wide = _CUT.get(schema.kind, schema)
    if wide.kind != kinds.TERRITORIES.kind and "closed" not in {c.name for c in wide.columns}:
        raise LayerError(
            message(
                "{layer}: rows of this kind are neither in force nor open on a day. Leave “on” out.",
                layer=name,
            )
        )
    return wide


def _on(layer: Any, schema: Layer, on: str, name: str) -> Any:
    if schema.kind == kinds.TERRITORIES.kind:
        return in_force(layer, on, name=name)
    require_days(layer, name=name)
    return open_on(layer, on, name=name)


def read_places(source: str | Path, name: str) -> pd.DataFrame:
    """Unchecked table of places."""
    return _read(str(source), f"{name} (places)")


def _read(source: str, name: str, kind: str = "") -> Any:
    if is_address(source):
        return read_table(split_address(source)[0], name=name, kind=kind)
    path, layer = split_source(source)
    return read_frame(path, layer=layer, name=name, kind=kind)


def read_frame(path: Path, *, layer: str | None = None, name: str = "", kind: str = "") -> Any:
    """Unchecked table or GeoDataFrame of a file, by its extension; of several layers that which bears its kind."""
    reader = _READERS.get(path.suffix.lower(), _read_ogr)
    require_file(path, name or path.name)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            frame = reader(path, layer, kind)
    except GeoterritorioError:
        raise
    except ImportError as error:
        raise DependencyError(
            message(
                "Reading {path} needs the package {package}. Install it: pip install {package}",
                path=path.name,
                package="openpyxl" if path.suffix.lower() == ".xlsx" else error.name or "pyarrow",
            )
        ) from error
    except Exception as error:
        raise _unreadable(name or path.name, path, error) from error
    require_columns(len(frame.columns), path)
    retold = [_retold(w.message, path) for w in said if not _is_ours_to_ignore(w)]
    for text in {str(t): t for t in retold}.values():
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return frame


def _is_ours_to_ignore(said: warnings.WarningMessage) -> bool:
    """Whether a warning speaks to developers, not to whoever owns the file."""
    return issubclass(said.category, DeprecationWarning | FutureWarning | ResourceWarning)


def _retold(said: Warning | str, path: Path) -> Message:
    """Our own message as it is, that of a library quoted."""
    if isinstance(said, GeoterritorioWarning):
        return said.message
    return message("{path}: the library that reads it says: “{said}”", path=path.name, said=str(said))


def _unreadable(name: str, path: Path, error: Exception) -> LayerError:
    return LayerError(
        message(
            "{layer}: {path} cannot be read ({reason}). Check that the file is whole and of the kind its name says.",
            layer=name,
            path=path,
            reason=reason_of(error),
        )
    )


def _read_ogr(path: Path, layer: str | None, kind: str) -> Any:
    require_alone(path)
    with offline():
        return _read_alone(path, layer, kind)


def _read_alone(path: Path, layer: str | None, kind: str) -> Any:
    place = path.absolute()  # a name of a file, whatever else GDAL could take it for
    layers = [str(n) for n in pyogrio.list_layers(place)[:, 0] if n not in _OF_QGIS]
    if layer is None and len(layers) > 1:
        layer = like_kind(layers, kind)
    elif layer is None and layers:
        layer = layers[0]
    if layer is None and len(layers) > 1:
        raise LayerError(
            message(
                "{path} holds the layers {names}. Name one: {path}|{first}",
                path=path.name,
                names=", ".join(layers),
                first=layers[0],
            )
        )
    if path.suffix.lower() not in _TEXTS:  # texts would be read once more for it, and were looked at before
        require_driver(pyogrio.read_info(place, layer=layer)["driver"], VECTOR, path)
    return pyogrio.read_dataframe(place, layer=layer)


def _read_parquet(path: Path, _layer: str | None, _kind: str) -> Any:
    head = pq.read_metadata(path)
    require_columns(head.num_columns, path)
    # A run of one value takes a few bytes there, and eight for each row here.
    require_rows(head.num_rows, path)
    require_memory(_VALUE * head.num_rows * head.num_columns, path, path.name)
    try:
        frame = gpd.read_parquet(path)
    except ValueError as error:
        if "geo metadata" not in str(error).lower():
            raise
        frame = pd.read_parquet(path)
    for values in (frame.iloc[:, place] for place in range(len(frame.columns))):
        # Arrow takes texts as they come, and finds only when it works with them that they are none.
        if isinstance(values.dtype, pd.StringDtype) and hasattr(values.array, "__arrow_array__"):
            values.array.__arrow_array__().validate(full=True)
    return frame


_READERS: dict[str, Callable[[Path, str | None, str], Any]] = {
    **TABLES,
    **dict.fromkeys(PARQUET, _read_parquet),
}


def read_territories(
    source: str | Path, /, *, crs: str | None = None, on: str | None = None, **columns: str | None
) -> gpd.GeoDataFrame:
    """Territories, all versions or those in force on a day, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.TERRITORY_VERSIONS, columns=columns, crs=crs, on=on)


def read_history(source: str | Path, /, *, crs: str | None = None, **columns: str | None) -> gpd.GeoDataFrame:
    """Versions of territories as they come, faults included, from a file; keywords name the user's columns."""
    return read_layer(source, kinds.HISTORY, columns=columns, crs=crs)


def read_boundary_events(source: str | Path, /, *, crs: str | None = None, **columns: str | None) -> Any:
    """Events that changed boundaries, from a file; keywords name the user's columns."""
    return read_layer(source, kinds.BOUNDARY_EVENTS, columns=columns, crs=crs)


def read_firms(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Firms (establishments), from a file; keywords name the file's columns."""
    return read_layer(source, kinds.FIRMS, columns=columns, crs=crs, places=places)


def read_register(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Register of establishments as it comes, faults included; keywords name the file's columns."""
    return read_layer(source, kinds.REGISTER, columns=columns, crs=crs, places=places)


def read_counts(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Counts by territory and sector in long form, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.COUNTS_PERIODS, columns=columns)


def read_reference(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Totals by sector of one whole or several, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.REFERENCE_AREAS, columns=columns)


def read_institutions(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Institutions, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.INSTITUTIONS, columns=columns, crs=crs, places=places)


def read_flows(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Flows between territories, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.FLOWS, columns=columns)


def read_commuting_totals(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """All employed residents and workers by territory, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.COMMUTING_TOTALS, columns=columns)


def read_costs(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Distances, minutes or money between places, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.COSTS, columns=columns)


def read_links(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Links between firms and institutions, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.LINKS, columns=columns)


def read_population(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Population, or demand, by place, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.POPULATION, columns=columns, crs=crs, places=places)


def read_centres(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Places that offer something, or from which ways begin, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.CENTRES_DATED, columns=columns, crs=crs, places=places)


def read_areas(source: str | Path, /, *, crs: str | None = None, **columns: str | None) -> gpd.GeoDataFrame:
    """Areas of any kind, such as isochrones or basins, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.AREAS, columns=columns, crs=crs)


def read_indicators(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Values per head by territory and period, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.INDICATOR_TABLE, columns=columns)


def read_figures(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Figures by territory, from a file; keywords name the user's columns."""
    return read_layer(source, kinds.FIGURES, columns=columns)


def read_cover_speeds(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Speeds by class of land cover, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.COVER_SPEEDS, columns=columns)


def read_roads(source: str | Path, /, *, crs: str | None = None, **columns: str | None) -> gpd.GeoDataFrame:
    """Roads, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.ROADS, columns=columns, crs=crs)


def read_speeds(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Speeds by class of road, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.SPEEDS, columns=columns)


def read_evidence(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Coded evidence on territories, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.EVIDENCE, columns=columns)


def read_capital_indicators(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Indicators and the capital each speaks of, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.CAPITAL_INDICATORS, columns=columns)


def read_actions(
    source: str | Path,
    /,
    *,
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Innovative actions, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.ACTIONS, columns=columns, crs=crs, places=places)


def read_gates(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Gates of the ladder and their conditions, from a file; keywords name the file's columns."""
    return read_layer(source, GATES, columns=columns)


def read_correspondence(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Correspondence between the codes of two classifications, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.CORRESPONDENCE, columns=columns)


def read_definitions(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Groups of related industries and their sectors, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.DEFINITIONS, columns=columns)


def read_similarities(source: str | Path, /, **columns: str | None) -> pd.DataFrame:
    """Similarities of sectors, from a file; keywords name the file's columns."""
    return read_layer(source, kinds.SIMILARITIES, columns=columns)
