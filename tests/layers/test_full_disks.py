"""Full disks and folders that may not be written into: one refusal with cause and cure, every file as it was."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from rasterio.transform import Affine

from geoterritorio.errors import LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import write_layers
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.store import write_grid

ROOM = 1000  # bytes that a file may hold: less than any output here needs
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FORBIDDEN = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
CAUSES = {FULL: ("the disk is full", "el disco está lleno"), FORBIDDEN: ("does not permit", "no lo permite")}
SUFFIXES = ("csv", "parquet", "gpkg", "geojson", "fgb", "shp")


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    return tmp_path


def command(folder, output, areas):
    inputs = ["--territories", str(folder / "areas.gpkg"), "--firms", str(folder / "firms.gpkg")]
    outputs = ["--output", str(folder / output), "--areas", str(folder / areas), "--sector", "15"]
    return ["location-quotient", *inputs, *outputs, "--lang", "en"]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_a_disk_that_becomes_full_while_a_command_writes(folder, suffix):
    before = contents(folder)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (ROOM, ROOM))
    done = subprocess.run(
        [sys.executable, "-m", "geoterritorio", *command(folder, f"out.{suffix}", "map.gpkg")],
        preexec_fn=limit,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Make room on the disk, or choose a folder in which you may write." in done.stderr
    assert contents(folder) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_tells_a_full_disk(tmp_path, territories, suffix):
    target = tmp_path / f"map.{suffix}"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        with pytest.raises(LayerError, match="Make room on the disk"):
            write_layers({str(target): pd.concat([territories] * 200, ignore_index=True)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_a_raster_tells_a_full_disk(tmp_path):
    values = np.random.default_rng(3).uniform(size=(300, 300))
    grid = Grid(values, Affine(100, 0, 5e5, 0, -100, 4.4e6), "EPSG:25830")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        with pytest.raises(LayerError, match="Make room on the disk"):
            write_grid(tmp_path / "g.tif", grid)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def fails(error, *, at=1, otherwise=None):
    """Function that fails at its n-th call and until then does what the original does."""
    calls = []

    def call(*args, **options):
        calls.append(args)
        if len(calls) >= at:
            raise error
        return otherwise(*args, **options)

    return call


STAGES = {
    "folder beside": (tempfile, "mkdtemp", 1),
    "second folder beside": (tempfile, "mkdtemp", 2),
    "copy of what is kept": (shutil, "copyfile", 1),
    "table": (pd.DataFrame, "to_csv", 1),
    "columnar file": (gpd.GeoDataFrame, "to_parquet", 1),
    "map": (pyogrio, "write_dataframe", 1),
    "folder of what was before": (Path, "mkdir", 2),
    "first in place": (Path, "replace", 1),
    "second in place": (Path, "replace", 2),
    "third in place": (Path, "replace", 3),
}


@pytest.mark.parametrize("error", CAUSES, ids=["full", "forbidden"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_every_stage_of_writing_leaves_what_was(tmp_path, territories, monkeypatch, error, stage, links):
    old = territories.assign(name="old")
    first, second, third = tmp_path / "a.csv", f"{tmp_path / 'b.gpkg'}|areas", tmp_path / "c.parquet"
    write_layers({str(first): old, second: old})
    before = contents(tmp_path)
    where, name, at = STAGES[stage]
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", fails(OSError(errno.EPERM, "no links here")))
    original = getattr(where, name)
    with monkeypatch.context() as patch:
        broken = fails(error, at=at, otherwise=original)
        if where is Path and name == "replace":
            broken = replaced(original, error, at)
        patch.setattr(where, name, broken)
        with pytest.raises(LayerError) as caught:
            write_layers({str(first): territories, second: territories, str(third): territories})
    assert contents(tmp_path) == before
    assert CAUSES[error][0] in str(caught.value)
    assert "Nothing was changed. Make room" in str(caught.value)


def replaced(original, error, at):
    """Renaming that fails once, at its n-th call: what goes back to its place may."""
    calls = []

    def call(path, target):
        calls.append(path)
        if len(calls) == at:
            raise error
        return original(path, target)

    return call


@pytest.mark.parametrize("error", CAUSES, ids=["full", "forbidden"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_command_line_ends_with_one(folder, monkeypatch, capsys, error, lang):
    before = contents(folder)
    monkeypatch.setattr(pd.DataFrame, "to_csv", fails(error))
    words = command(folder, "out.csv", "map.gpkg")
    assert main([*words[:-1], lang]) == 1
    said = capsys.readouterr().err
    assert CAUSES[error][lang == "es"] in said
    assert ("Libere espacio" if lang == "es" else "Make room") in said
    assert contents(folder) == before


def test_a_path_below_a_file_is_no_folder(folder, capsys):
    before = contents(folder)
    assert main(command(folder, "areas.gpkg/out.csv", "map.gpkg")) == 1
    assert "not there or not writable" in capsys.readouterr().err
    with pytest.raises(LayerError, match="a part of the path is not a folder"):
        write_layers({str(folder / "areas.gpkg" / "out.csv"): pd.DataFrame({"x": [1]})})
    assert contents(folder) == before
