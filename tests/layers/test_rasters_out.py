"""Rasters handed out: cloud-optimised, whole or not at all, saying what they are."""

from __future__ import annotations

import resource

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from geoterritorio.errors import LayerError
from geoterritorio.layers.grids import Grid, read_grid
from geoterritorio.layers.schema import DENSITY
from geoterritorio.layers.store import LayerMetadata, check_targets, write_layers


def grid(side=1500, dtype="float32"):
    values = np.random.default_rng(3).uniform(size=(side, side)).astype(dtype)
    values[:40, :70] = np.nan
    return Grid(values, Affine(100, 0, 5e5, 0, -100, 4.4e6), "EPSG:25830", tags={"unit": "plants per km2"})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cloud_optimised(tmp_path, dtype):
    path, given = tmp_path / "d.tif", grid(dtype=dtype)
    about = LayerMetadata(title="Density", kind="density", source="Invented")
    write_layers({str(path): given}, metadata={str(path): about})
    with rasterio.open(path) as file:
        assert file.driver == "GTiff"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "DEFLATE"
        assert file.overviews(1) == [2, 4]
        assert file.block_shapes == [(512, 512)]
        assert np.isnan(file.nodata)
        assert file.crs.to_epsg() == 25830
        assert file.dtypes == (dtype,)
        np.testing.assert_array_equal(file.read(1), given.values)
        small = file.read(1, out_shape=(375, 375))
    expected = np.nanmean(given.values[400:404, 400:404])
    assert small[100, 100] == pytest.approx(expected, rel=1e-5)
    again = read_grid(path, DENSITY)
    assert again.tags == {
        "title": "Density",
        "kind": "density",
        "source": "Invented",
        "unit": "plants per km2",
    }
    assert again.transform == given.transform
    assert list(tmp_path.iterdir()) == [path]


def test_with_layers_all_or_none(tmp_path, territories):
    path, layer = tmp_path / "d.tif", tmp_path / "t.gpkg"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(LayerError, match="cannot be written"):
            write_layers({str(layer): territories, str(path): grid()})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())
    write_layers({str(layer): territories, str(path): grid(20)})
    assert {p.name for p in tmp_path.iterdir()} == {"d.tif", "t.gpkg"}


@pytest.mark.parametrize("target", ["d.gpkg", "d.csv", "d.tif|one", "d.png"])
def test_a_raster_needs_a_file_of_its_own(tmp_path, target):
    with pytest.raises(LayerError, match=r"a raster is a file of its own.*\.tif, \.tiff"):
        check_targets({"surface": str(tmp_path / target)}, overwrite=False, rasters={"surface"})
    check_targets({"surface": str(tmp_path / "d.tif")}, overwrite=False, rasters={"surface"})


def test_a_raster_that_exists_is_kept(tmp_path):
    write_layers({str(tmp_path / "d.tif"): grid(20)})
    with pytest.raises(LayerError, match="exists"):
        check_targets({"surface": str(tmp_path / "d.tif")}, overwrite=False, rasters={"surface"})
