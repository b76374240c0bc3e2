"""Files in: any OGR format, GeoParquet, CSV and Excel tables, each read once and checked.

Text files are read as text, so that codes keep their leading zeros.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geoterritorio.errors import DependencyError, GeoterritorioError, LayerError, message
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.schema import COUNTS, FIRMS, REFERENCE, TERRITORIES
from geoterritorio.registry import Layer


def split_source(source: str) -> tuple[Path, str | None]:
    """File and layer of ``file.gpkg|layer`` (also QGIS's ``|layername=layer``)."""
    path, bar, layer = source.rpartition("|")
    return (Path(path), layer.removeprefix("layername=")) if bar else (Path(layer), None)


def read_layer(
    source: str | Path, schema: Layer, *, columns: Mapping[str, str | None] | None = None, name: str = ""
) -> Any:
    """
    Checked layer from a file.

    Parameters
    ----------
    source
        File, or ``file.gpkg|layer``: any OGR format, GeoParquet, CSV, TSV or Excel.
    schema
        What the layer must be.
    columns
        Fixed name -> the file's own column.
    name
        What the layer is called in messages; its kind and file by default.

    Returns
    -------
    layer
        Checked layer with fixed column names.

    Raises
    ------
    LayerError
        If the file cannot be read or the layer has problems.
    """
    path, layer = split_source(str(source))
    title = name or schema.kind
    if not path.exists():
        raise LayerError(message("{layer}: there is no file {path}.", layer=title, path=path))
    return as_layer(read_frame(path, layer=layer, name=title), schema, columns=columns, name=title)


def read_frame(path: Path, *, layer: str | None = None, name: str = "") -> Any:
    """Unchecked table or GeoDataFrame of a file, by its extension."""
    reader = _READERS.get(path.suffix.lower(), _read_ogr)
    try:
        return reader(path, layer)
    except GeoterritorioError:
        raise
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(name or path.name, path, error) from error
    except ImportError as error:
        raise DependencyError(
            message(
                "Reading {path} needs the package {package}. Install it: pip install {package}",
                path=path.name,
                package="openpyxl" if path.suffix.lower() == ".xlsx" else error.name or "pyarrow",
            )
        ) from error
    except (OSError, ValueError, csv.Error, pd.errors.ParserError, UnicodeError) as error:
        raise _unreadable(name or path.name, path, error) from error


def _unreadable(name: str, path: Path, error: Exception) -> LayerError:
    return LayerError(
        message(
            "{layer}: {path} cannot be read ({reason}). Check that the file is whole and of the kind its name says.",
            layer=name,
            path=path,
            reason=str(error).strip().splitlines()[0] if str(error).strip() else "–",
        )
    )


def _read_ogr(path: Path, layer: str | None) -> Any:
    layers = pyogrio.list_layers(path)[:, 0].tolist()
    if layer is None and len(layers) > 1:
        raise LayerError(
            message(
                "{path} holds the layers {names}. Name one: {path}|{first}",
                path=path.name,
                names=", ".join(layers),
                first=layers[0],
            )
        )
    return pyogrio.read_dataframe(path, layer=layer)


def _read_text(separator: str | None) -> Callable[[Path, str | None], Any]:
    def read(path: Path, _layer: str | None) -> Any:
        return pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            engine="python" if separator is None else "c",
        )

    return read


def _read_parquet(path: Path, _layer: str | None) -> Any:
    try:
        return gpd.read_parquet(path)
    except ValueError as error:
        if "geo metadata" not in str(error).lower():
            raise
        return pd.read_parquet(path)


def _read_excel(path: Path, layer: str | None) -> Any:
    return pd.read_excel(path, sheet_name=layer or 0, dtype=str)


_READERS: dict[str, Callable[[Path, str | None], Any]] = {
    ".csv": _read_text(None),
    ".txt": _read_text(None),
    ".tsv": _read_text("\t"),
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}


def as_territories(frame: gpd.GeoDataFrame, **columns: str | None) -> gpd.GeoDataFrame:
    """Territories from a frame; keywords name the user's columns (``territory="code"``)."""
    return as_layer(frame, TERRITORIES, columns=columns)


def as_firms(frame: pd.DataFrame, **columns: str | None) -> Any:
    """Firms (establishments) from a frame; keywords name the user's columns (``sector="cnae"``)."""
    return as_layer(frame, FIRMS, columns=columns)


def as_counts(frame: pd.DataFrame, **columns: str | None) -> pd.DataFrame:
    """Counts by territory and sector from a long frame; keywords name the user's columns."""
    return as_layer(frame, COUNTS, columns=columns)


def as_reference(frame: pd.DataFrame, **columns: str | None) -> pd.DataFrame:
    """Totals of a whole by sector from a frame; keywords name the user's columns."""
    return as_layer(frame, REFERENCE, columns=columns)


def read_territories(source: str | Path, **columns: str | None) -> gpd.GeoDataFrame:
    """Territories from a file (``file.gpkg|layer``); keywords name the file's columns."""
    return read_layer(source, TERRITORIES, columns=columns)


def read_firms(source: str | Path, **columns: str | None) -> Any:
    """Firms (establishments) from a file; keywords name the file's columns (``sector="cnae"``)."""
    return read_layer(source, FIRMS, columns=columns)


def read_counts(source: str | Path, **columns: str | None) -> pd.DataFrame:
    """Counts by territory and sector from a file in long form; keywords name the file's columns."""
    return read_layer(source, COUNTS, columns=columns)


def read_reference(source: str | Path, **columns: str | None) -> pd.DataFrame:
    """Totals of a whole by sector from a file; keywords name the file's columns."""
    return read_layer(source, REFERENCE, columns=columns)
