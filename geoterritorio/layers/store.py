"""Files out, whole or not at all: each is written beside its place, then renamed into it."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from pyogrio.errors import DataLayerError, DataSourceError

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.files import is_file, is_folder, there, unnameable
from geoterritorio.layers.findings import reason_of
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.postgis.address import Address, is_address, split_address, target_address
from geoterritorio.layers.postgis.writing import Sheet, check_tables, tables_written
from geoterritorio.layers.readers import split_source
from geoterritorio.registry import Layer

_SHAPEFILE = 10
_GEOPACKAGE = "1.2"  # newer GDAL writes 1.4, of which programs of 2022 warn that they may not read it whole
_BLOCK = 65_536  # bytes that must still find room behind a file that was written whole
_STEM = 40  # letters of its name in that of the folder beside it, which the system would else find too long
_BEFORE = "before"  # folder of what outputs replace, until all are in place
_TABLES = (".csv", ".parquet", ".xlsx")
PICTURES = (".png", ".svg", ".pdf")
RASTERS = (".tif", ".tiff")
# How rasters are kept between steps, and how they are handed out: in blocks with overviews, readable in parts.
_PLAIN = {"driver": "GTiff", "compress": "deflate", "predictor": 3, "tiled": True}
_CLOUD = {"driver": "COG", "compress": "deflate", "predictor": "YES", "overview_resampling": "average"}


def check_targets(
    targets: Mapping[str, str],
    *,
    overwrite: bool,
    pictures: Collection[str] = (),
    rasters: Collection[str] = (),
) -> None:
    """
    Refusal of outputs that cannot or must not be written, before anything is computed.

    Parameters
    ----------
    targets
        Name of the output -> ``file.ext``, ``file.gpkg|layer`` or the address of a table.
    overwrite
        Whether existing files, layers and tables may be replaced.
    pictures
        Names of the outputs that are pictures.
    rasters
        Names of the outputs that are rasters.

    Raises
    ------
    LayerError
        With every target that exists, has an unknown format or lies in a folder that is not writable.
    """
    problems: list[Message] = [*_shared(targets), *_tables(targets, pictures, overwrite=overwrite)]
    for name, target in targets.items():
        if is_address(target):
            continue
        path, layer = split_source(target)
        folder = path.parent
        if reason := unnameable(path):
            problems.append(message("{path} cannot be written ({reason}).", path=target, reason=reason))
        elif not is_folder(folder) or not os.access(folder, os.W_OK):
            problems.append(
                message(
                    "{output}: the folder {folder} is not there or not writable.", output=name, folder=folder
                )
            )
        elif there(path) and not overwrite and (layer is None or layer in _layers(path)):
            problems.append(
                message(
                    "{output}: {path} exists. Choose another name, or allow overwriting (--overwrite).",
                    output=name,
                    path=target,
                )
            )
        if path.suffix.lower() == ".xlsx" and importlib.util.find_spec("openpyxl") is None:
            problems.append(
                message(
                    "Reading {path} needs the package {package}. Install it: pip install {package}",
                    path=path.name,
                    package="openpyxl",
                )
            )
        known = next((k for k, names in ((PICTURES, pictures), (RASTERS, rasters)) if name in names), None)
        problems += _format_problems(name, path, known, whole=layer is None)
    if problems:
        raise LayerError(problems)


def _tables(targets: Mapping[str, str], files: Collection[str], *, overwrite: bool) -> Iterator[Message]:
    """Refusals of outputs that go into a database."""
    found = {name: target for name, target in targets.items() if is_address(target)}
    for name in found.keys() & set(files):
        yield message("{output}: a picture is a file. Name one, not a table of a database.", output=name)
    tables, problems = {}, []
    for name in [n for n in found if n not in files]:
        try:
            tables[name] = target_address(found[name])
        except LayerError as error:
            problems += [message("{key}: {problem}", key=name, problem=p) for p in error.problems]
    if problems:
        yield from problems
    elif tables:
        yield from check_tables(tables, overwrite=overwrite)


def _format_problems(
    output: str, path: Path, known: tuple[str, ...] | None, *, whole: bool
) -> Iterator[Message]:
    """Files of a format that cannot hold the output; `known` are those of pictures or of rasters."""
    suffix = path.suffix.lower()
    if known == PICTURES and suffix not in known:
        yield message(
            "{output}: no picture format is known for “{extension}”. Use one of {known}.",
            output=output,
            extension=path.suffix or path.name,
            known=", ".join(known),
        )
    elif known == RASTERS and (suffix not in known or not whole):
        yield message(
            "{output}: a raster is a file of its own. Name one that ends in {known}.",
            output=output,
            known=", ".join(known),
        )
    elif known is None and suffix not in _TABLES and _driver(path) is None:
        yield message(
            "{output}: no format is known for “{extension}”. "
            "Use for example .gpkg, .geojson, .fgb, .parquet or .csv.",
            output=output,
            extension=path.suffix or path.name,
        )


def _shared(targets: Mapping[str, str]) -> Iterator[Message]:
    """Outputs that would end in one another's place."""
    places: dict[str, tuple[object, str | None]] = {
        name: (split_address(target)[0], None) if is_address(target) else split_source(target)
        for name, target in targets.items()
    }
    for name, (path, layer) in places.items():
        rivals = [
            other
            for other, (own, part) in places.items()
            if other < name and own == path and (None in {layer, part} or layer == part)
        ]
        if rivals:
            yield message(
                "{output}: {path} is also the place of {other}. Name another file, or layers: {path}|{layer}.",
                output=name,
                path=path,
                other=", ".join(rivals),
                layer=name,
            )


def _driver(path: Path) -> str | None:
    try:
        return str(pyogrio.detect_write_driver(path))
    except ValueError:
        return None


def _layers(path: Path) -> list[str]:
    if not is_file(path):
        return [""]
    try:
        return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except DataSourceError:
        return [""]


@dataclass(frozen=True)
class LayerMetadata:
    """
    What a layer says about itself.

    Attributes
    ----------
    title
        Name for people.
    kind
        Kind of layer, as in the schema.
    source
        Who made the data.
    licence
        Under which licence.
    date
        Day, month or year to which the data refer.
    """

    title: str = ""
    kind: str = ""
    source: str = ""
    licence: str = ""
    date: str = ""


def read_metadata(source: str | Path) -> LayerMetadata:
    """
    What a layer of a GeoPackage says about itself.

    Parameters
    ----------
    source
        ``file.gpkg|layer``, or the file where it holds one layer.

    Returns
    -------
    metadata
        As written by `write_layers`; empty texts where the layer says nothing.

    Raises
    ------
    LayerError
        If the file or the layer is not there or cannot be read.
    """
    path, layer = split_source(str(source))
    try:
        said = pyogrio.read_info(path, layer=layer)["layer_metadata"] or {}
    except (DataSourceError, DataLayerError) as error:
        raise LayerError(
            message("{path} cannot be read ({reason}).", path=source, reason=reason_of(error))
        ) from error
    return LayerMetadata(**{f.name: said.get(f.name, "") for f in fields(LayerMetadata)})


def write_layers(
    items: Mapping[str, pd.DataFrame | Grid | bytes],
    *,
    metadata: Mapping[str, LayerMetadata] | None = None,
    kinds: Mapping[str, Layer] | None = None,
    overwrite: bool = True,
) -> None:
    """
    Layers, tables, rasters and pictures written together: all of them appear, or none.

    Parameters
    ----------
    items
        ``file.ext`` or ``file.gpkg|layer`` -> layer or table; an existing GeoPackage keeps its other layers.
        A raster becomes a cloud-optimised GeoTIFF. Bytes, such as a picture, are written as they are. Addresses of
        tables, ``postgresql://user@host/database?table=schema.name``, are written in one transaction.
    metadata
        Key of `items` -> what the layer says about itself, kept inside a GeoPackage or GeoTIFF and as the comment of a
        table; other formats keep none.
    kinds
        Key of `items` -> what its columns mean and which identify a row; tables of a database keep both.
    overwrite
        Whether tables of a database that are there may be replaced; files are.

    Raises
    ------
    LayerError
        If a file or table cannot be written; nothing is left behind.
    """
    about, told = metadata or {}, kinds or {}
    tables: dict[str, tuple[Address, Sheet]] = {}
    for name, frame in items.items():
        if not is_address(name):
            continue
        if isinstance(frame, bytes):
            raise LayerError(
                message("{output}: a picture is a file. Name one, not a table of a database.", output=name)
            )
        tables[name] = target_address(name), Sheet(frame, told.get(name), _comment(about.get(name)))
    files = {name: frame for name, frame in items.items() if name not in tables}
    with tables_written(tables, overwrite=overwrite) as commit:
        _write_files(files, about, last=commit)


def _comment(about: LayerMetadata | None) -> str:
    """What a table says of itself, in one line."""
    if about is None:
        return ""
    said = [f"{f.name}: {text}" for f in fields(about)[1:] if (text := getattr(about, f.name))]
    return " | ".join(filter(None, [about.title, *said]))


def _write_files(
    items: Mapping[str, pd.DataFrame | Grid | bytes],
    about: Mapping[str, LayerMetadata],
    *,
    last: Callable[[], None],
) -> None:
    """Files, all of them or none; also none if what is done last fails."""
    parts: dict[Path, Path] = {}
    target = ""
    try:
        for target, frame in items.items():
            path, layer = split_source(target)
            if path not in parts:
                parts[path] = _beside(path)
                if layer is not None and path.exists():
                    shutil.copyfile(path, parts[path])
            _write(frame, parts[path], layer or path.stem, about.get(target))
        _put_in_place(parts, last)
    except GeoterritorioError:
        raise
    except Exception as error:
        raise _unwritten(target, error) from error
    finally:
        for part in parts.values():
            shutil.rmtree(part.parent, ignore_errors=True)


def _put_in_place(parts: Mapping[Path, Path], last: Callable[[], None]) -> None:
    """Written files renamed into their places; where one cannot be, or the last thing fails, all is as it was."""
    done: list[tuple[Path, Path]] = []
    try:
        for path, part in parts.items():
            # Some formats are several files of one name; the one that was asked for comes last.
            files = sorted(part.parent.iterdir(), key=lambda f: f == part)
            before = part.parent / _BEFORE
            before.mkdir()
            for file in files:
                place = path.parent / file.name
                if place.exists():
                    _keep(place, before / file.name)
                done.append((place, before / file.name))
                file.replace(place)
        last()
    except BaseException:
        for place, before in reversed(done):
            if before.exists():
                before.replace(place)
            else:
                place.unlink(missing_ok=True)
        raise


def _keep(place: Path, copy: Path) -> None:
    """Second name for a file, or a copy where the disk knows no second names."""
    try:
        copy.hardlink_to(place)
    except OSError:
        shutil.copyfile(place, copy)


def _unwritten(target: str | Path, error: Exception) -> LayerError:
    return LayerError(
        message(
            "{path} cannot be written: {reason}. Nothing was changed. Make room on the disk, or choose a folder in "
            "which you may write.",
            path=target,
            reason=reason_of(error),
        )
    )


def _beside(path: Path) -> Path:
    """Place for a file of the same name in a hidden folder beside its own."""
    return Path(tempfile.mkdtemp(prefix=f".{path.stem[:_STEM]}.", dir=path.parent)) / path.name


def _write(frame: pd.DataFrame | Grid | bytes, path: Path, layer: str, about: LayerMetadata | None) -> None:
    if isinstance(frame, bytes):
        path.write_bytes(frame)
        return
    if isinstance(frame, Grid):
        _write_raster(path, frame, _CLOUD, about)
        _require_room(path)
        return
    suffix = path.suffix.lower()
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if suffix == ".csv":
        (plain(frame) if spatial else frame).to_csv(path, index=False, lineterminator="\n")
    elif suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif suffix == ".xlsx":
        (plain(frame) if spatial else frame).to_excel(path, index=False, sheet_name=layer[:31])
    else:
        options = _format_options(suffix, about)
        if spatial and _has_polygons(frame):
            options["promote_to_multi"] = True
        if suffix == ".shp":
            frame = _short_names(frame)
        pyogrio.write_dataframe(frame, path, layer=layer, **options)
        for file in path.parent.iterdir():
            _require_room(file)


def _format_options(suffix: str, about: LayerMetadata | None) -> dict[str, Any]:
    if suffix == ".fgb":
        return {"SPATIAL_INDEX": "NO"}  # the index would reorder the rows
    if suffix != ".gpkg":
        return {}
    said = {} if about is None else {name: text for name, text in asdict(about).items() if text}
    told = {} if about is None else {"layer_metadata": said}
    return {"dataset_options": {"VERSION": _GEOPACKAGE}, **told}


def _require_room(file: Path) -> None:
    """Refusal of the system where a file could not grow: GDAL's drivers do not all tell when a disk becomes full."""
    size = file.stat().st_size
    with file.open("ab", buffering=0) as end:
        written = end.write(bytes(_BLOCK))
        end.truncate(size)
    if written != _BLOCK:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_grid(path: Path, grid: Grid) -> None:
    """
    Raster as a compressed, tiled GeoTIFF of 64-bit values, NaN where there is none.

    Parameters
    ----------
    path
        File to write.
    grid
        Raster.

    Raises
    ------
    LayerError
        If the file cannot be written; none is left behind.
    """
    try:
        _write_raster(path, replace(grid, values=np.asarray(grid.values, dtype=float)), _PLAIN)
        _require_room(path)
    except Exception as error:
        path.unlink(missing_ok=True)
        raise _unwritten(path, error) from error


def _write_raster(
    path: Path, grid: Grid, kind: Mapping[str, Any], about: LayerMetadata | None = None
) -> None:
    rows, columns = grid.values.shape
    size = {"count": 1, "height": rows, "width": columns, "dtype": grid.values.dtype}
    place = {"crs": grid.crs, "transform": grid.transform, "nodata": np.nan}
    said = {name: text for name, text in asdict(about or LayerMetadata()).items() if text}
    with rasterio.open(path, "w", **kind, **size, **place) as file:
        file.write(grid.values, 1)
        file.update_tags(**{**said, **grid.tags})


def _short_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame whose column names fit a Shapefile: ten characters, still unique; says which were cut."""
    names: dict[str, str] = {}
    for column in frame.columns:
        name = str(column)[:_SHAPEFILE]
        if column != "geometry" and name in names.values():
            name = f"{name[: _SHAPEFILE - 2]}_{len(names) % 10}"
        names[column] = column if column == "geometry" else name
    cut = [f"{old} → {new}" for old, new in names.items() if old != new]
    if cut:
        text = message(
            "A Shapefile holds names of ten characters at most; cut: {names}. A GeoPackage (.gpkg) keeps them.",
            names=", ".join(cut),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return frame.rename(columns=names)


def plain(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Table without the geometry."""
    return pd.DataFrame(frame.drop(columns=frame.geometry.name))


def _has_polygons(frame: gpd.GeoDataFrame) -> bool:
    return bool(frame.geom_type.isin(["Polygon", "MultiPolygon"]).any())
