"""Cost distance from 100 centres on 4000 x 4000 cells beside `skimage.graph.MCP_Geometric`, and basins."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from rasterio.transform import Affine
from scipy import ndimage
from skimage.graph import MCP_Geometric

from geoterritorio.layers.grids import Grid
from geoterritorio.proximity import allocation, cost_distance
from geoterritorio.proximity._fronts import Terrain, spread

SIDE, CELL, CENTRES = 4000, 25.0, 100


def ground(side: int = SIDE) -> Grid:
    """Land of smoothly varying friction, with fast and slow cells strewn over it."""
    rng = np.random.default_rng(0)
    rough = ndimage.gaussian_filter(rng.random((side // 8, side // 8)).astype(np.float32), 2)
    values = 0.006 + 0.1 * ndimage.zoom(rough, 8, order=1)[:side, :side] ** 2
    values[rng.random((side, side)) < 0.02] *= 6
    return Grid(values.astype(np.float32), Affine(CELL, 0, 5e5, 0, -CELL, 4.5e6), 25830)


def centres(side: int = SIDE) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    cells = np.random.default_rng(1).choice(side * side, CENTRES, replace=False)
    rows, columns = np.divmod(cells, side)
    points = gpd.points_from_xy(5e5 + (columns + 0.5) * CELL, 4.5e6 - (rows + 0.5) * CELL)
    names = [f"c{k}" for k in range(CENTRES)]
    return np.column_stack([rows, columns]), gpd.GeoDataFrame({"centre": names}, geometry=points, crs=25830)


@pytest.fixture(scope="module")
def given():
    found = ground(), *centres()
    small = centres(200)[1]
    cost_distance(ground(200), small, neighbours="8")  # compiled, or read from where the compiled lies
    return found


def test_front(compare, given):
    """The search alone, as the peer has no more."""
    grid, cells, _ = given
    seeds = (*cells.T, np.arange(CENTRES, dtype=np.int32))

    def peer():
        found = MCP_Geometric(grid.values, fully_connected=True, sampling=(CELL, CELL))
        return found.find_costs(cells.tolist())[0]

    name = f"cost distance, {SIDE}², {CENTRES} centres, 8 neighbours"
    found, expected = compare(name, lambda: spread(Terrain(grid.values, CELL), seeds), peer)
    gap = np.abs(found.cost - expected).max() / expected.max()
    print(f"\n{name}: largest difference {gap:.1e} of the largest cost")
    np.testing.assert_allclose(found.cost, expected, rtol=1e-6)


@pytest.mark.parametrize("neighbours", ["8", "16"])
def test_layers(compare, given, neighbours):
    """From layers to layers: checks, the search, the raster in single precision, the report."""
    grid, _, points = given
    name = f"cost distance on layers, {SIDE}², {neighbours} neighbours"
    found, _ = compare(name, lambda: cost_distance(grid, points, neighbours=neighbours))
    assert np.isfinite(found.minutes.values).all()


def test_basins(compare, given):
    grid, _, points = given
    found, _ = compare(f"basins of {CENTRES} centres, {SIDE}²", lambda: allocation(grid, points))
    assert len(found.basins) == CENTRES
