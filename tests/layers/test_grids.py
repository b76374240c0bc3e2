import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from geoterritorio.errors import CRSError, LayerError
from geoterritorio.layers import Grid, as_grid, read_grid, read_layer
from geoterritorio.layers.schema import DENSITY, ELEVATION, FRICTION, KINDS, POPULATION_GRID


def from_origin(west, north, width, height):
    return Affine(width, 0, west, 0, -height, north)


NORTH_UP = from_origin(500_000, 4_400_000, 100, 100)


def written(path, bands, *, crs="EPSG:25830", transform=NORTH_UP, nodata=None, dtype="float32"):
    data = np.array(bands, dtype)
    profile = {"count": data.shape[0], "height": data.shape[1], "width": data.shape[2], "dtype": dtype}
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **profile
    ) as file:
        file.write(data)
    return path


def refusal(*args, **options) -> str:
    with pytest.raises((LayerError, CRSError)) as caught:
        read_grid(*args, **options)
    return str(caught.value)


def test_values_place_and_missing_cells(tmp_path):
    path = written(tmp_path / "d.tif", [[[120, -9999, 130], [1, 2, 3]]], nodata=-9999, dtype="int16")
    grid = read_grid(path, ELEVATION)
    np.testing.assert_array_equal(grid.values, [[120, np.nan, 130], [1, 2, 3]])
    assert grid.values.dtype == np.float32
    assert grid.nodata == -9999
    assert grid.cell == (100, 100)
    assert grid.bounds == (500_000, 4_399_800, 500_300, 4_400_000)
    assert read_layer(path, KINDS["elevation"]).crs == grid.crs


def test_whole_numbers_beyond_32_bits_stay_exact(tmp_path):
    people = 16_777_217  # the first whole number that float32 cannot hold
    path = written(tmp_path / "p.tif", [[[people, 0]]], dtype="int32")
    assert read_grid(path, POPULATION_GRID).values[0, 0] == people


def test_bands_are_named_not_guessed(tmp_path):
    path = written(tmp_path / "b.tif", [[[1.0]], [[2.0]]])
    assert "holds 2 bands. Name one" in refusal(path, DENSITY)
    assert read_grid(f"{path}|2", DENSITY).values.tolist() == [[2.0]]
    assert "no band “3”; it has 2" in refusal(f"{path}|3", DENSITY)
    assert "no band “elevation”" in refusal(f"{path}|elevation", DENSITY)


@pytest.mark.parametrize(
    ("schema", "cells", "said"),
    [
        (FRICTION, [[0.012, 0.0]], r"from 0 to 0 \(cells: 1\)"),
        (ELEVATION, [[100.0, -9999.0]], r"from -9999 to -9999 \(cells: 1\). Declare the value"),
        (POPULATION_GRID, [[10.0, -1.0]], "from -1 to -1"),
        (DENSITY, [[10.0, np.inf]], r"infinite values \(cells: 1\)"),
        (ELEVATION, [[np.nan, np.nan]], "no value at all"),
    ],
)
def test_values_that_cannot_be(tmp_path, schema, cells, said):
    with pytest.raises(LayerError, match=said):
        read_grid(written(tmp_path / "x.tif", [cells]), schema)


def test_place_and_shape_of_cells(tmp_path):
    flat = [[[1.0, 2.0]]]
    assert "no coordinate reference system" in refusal(written(tmp_path / "a.tif", flat, crs=None))
    assert read_grid(tmp_path / "a.tif", crs="EPSG:25830").crs.to_epsg() == 25830
    turned = written(tmp_path / "b.tif", flat, transform=Affine(98, 17, 5e5, 17, -98, 4.4e6))
    assert "the raster is rotated" in refusal(turned)
    assert "100 by 50; square cells are needed" in refusal(
        written(tmp_path / "c.tif", flat, transform=from_origin(0, 0, 100, 50))
    )
    assert "not north-up" in refusal(
        written(tmp_path / "d.tif", flat, transform=Affine(100, 0, 0, 0, 100, 0))
    )


def test_friction_is_per_metre_so_degrees_are_refused_and_elevation_in_degrees_is_not(tmp_path):
    path = written(
        tmp_path / "g.tif", [[[0.5, 1.0]]], crs="EPSG:4326", transform=from_origin(-4, 41, 0.01, 0.01)
    )
    assert "in degrees" in refusal(path, FRICTION)
    assert read_grid(path, ELEVATION).crs.to_epsg() == 4326


def test_problems_come_together():
    grid = Grid(np.array([[-5.0]]), from_origin(0, 0, 100, 50), None)
    with pytest.raises(LayerError) as caught:
        as_grid(grid, POPULATION_GRID)
    assert len(caught.value.problems) == 3
