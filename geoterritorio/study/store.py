"""Values of a study on disk, each under the hash of everything it depends on.

A value is a folder: its frames as GeoParquet or Parquet, its rasters as GeoTIFF, and ``value.json`` with plain values,
notices, timing and the hashes of the files. A value whose files are missing or changed does not exist.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import rasterio

from geoterritorio.errors import Message
from geoterritorio.layers.grids import Grid, said
from geoterritorio.layers.part_files import part_files
from geoterritorio.layers.readers import in_parts
from geoterritorio.layers.store import write_grid
from geoterritorio.layers.working import packed, software, unpacked

__all__ = ["Value", "key_of", "known", "load", "save", "sha256", "sha256_of", "software"]

_HEAD = "value.json"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Value:
    """
    What a layer or step gave.

    Attributes
    ----------
    outputs
        Frames and plain values by name.
    notices
        What was warned about.
    seconds
        How long it took.
    """

    outputs: Mapping[str, Any]
    notices: tuple[Message, ...] = ()
    seconds: float = 0.0
    rules: Mapping[str, Any] = field(default_factory=dict)


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Hash of a file or, of a register in parts, of the names and bytes of all its files."""
    if not in_parts(path):
        return sha256(path)
    return key_of("layer", [(file.name, sha256(file)) for file in part_files(path)])


def key_of(kind: Literal["layer", "step"], *parts: object) -> str:
    """Name under which a value is kept: its kind and the hash of what it depends on."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def save(store: Path, key: str, value: Value) -> None:
    """Keep a value under its key; it appears whole or not at all."""
    part = Path(tempfile.mkdtemp(prefix=".part.", dir=store))
    try:
        head = _written(part, value)
        (part / _HEAD).write_text(json.dumps(head, ensure_ascii=False, default=str), encoding="utf-8")
        shutil.rmtree(store / key, ignore_errors=True)
        part.rename(store / key)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _written(folder: Path, value: Value) -> dict[str, Any]:
    frames: dict[str, dict[str, str]] = {}
    plain: dict[str, Any] = {}
    for name, output in value.outputs.items():
        if isinstance(output, pd.DataFrame):
            path = folder / f"{name}.parquet"
            output.to_parquet(path)
            kind = "layer" if isinstance(output, gpd.GeoDataFrame) else "table"
            frames[name] = {"kind": kind, "file": path.name, "sha256": sha256(path)}
        elif isinstance(output, Grid):
            path = folder / f"{name}.tif"
            write_grid(path, output)
            frames[name] = {"kind": "grid", "file": path.name, "sha256": sha256(path)}
        else:
            plain[name] = output
    return {
        "frames": frames,
        "plain": plain,
        "notices": [packed(n) for n in value.notices],
        "seconds": value.seconds,
        "rules": dict(value.rules),
    }


def load(store: Path, key: str) -> Value | None:
    """Value of a key; None where there is none, or its files are missing or not what was written."""
    head = _head(store / key)
    if head is None:
        return None
    frames = {name: _READERS[f["kind"]](store / key / f["file"]) for name, f in head["frames"].items()}
    notices = tuple(unpacked(n) for n in head["notices"])
    return Value({**frames, **head["plain"]}, notices, head["seconds"], head["rules"])


def _read_grid(path: Path) -> Grid:
    with rasterio.open(path, driver="GTiff") as file:
        return Grid(file.read(1), file.transform, file.crs, file.nodata, said(file))


_READERS: dict[str, Callable[[Path], Any]] = {
    "layer": gpd.read_parquet,
    "table": pd.read_parquet,
    "grid": _read_grid,
}


def known(store: Path, key: str) -> bool:
    """Whether a value is there whole, without reading its frames."""
    return _head(store / key) is not None


def _head(folder: Path) -> dict[str, Any] | None:
    try:
        head: dict[str, Any] = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
        hashes = {name: sha256(folder / frame["file"]) for name, frame in head["frames"].items()}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # whatever stands there is not ours
        return None
    return head if all(hashes[n] == f["sha256"] for n, f in head["frames"].items()) else None
