import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from geoterritorio.delimitation import regular_cells
from geoterritorio.delimitation.tools import regular_grid
from geoterritorio.errors import CRSError, LayerError


@pytest.fixture
def area():
    shape = shapely.transform(
        box(500_000, 4_400_000, 523_700, 4_411_300), lambda c: c + np.sin(c[:, ::-1] / 999)
    )
    return gpd.GeoDataFrame({"territory": ["a"]}, geometry=[shape], crs=25830)


@pytest.mark.parametrize(("shape", "size"), [("square", 1.0), ("hexagon", np.sqrt(3) / 2)])
def test_cells_cover_without_gap_or_overlap(area, shape, size):
    cells = regular_cells(area, cell=1_700, shape=shape)
    assert cells.area.to_numpy() == pytest.approx(size * 1_700**2)
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())
    assert cells.union_all().buffer(1e-6).covers(area.union_all())
    assert cells["territory"].is_unique
    assert cells.intersection(area.union_all()).area.sum() == pytest.approx(area.area.sum())


def test_cells_of_two_layers_agree(area):
    half = area.set_geometry(area.intersection(box(510_000, 0, 600_000, 9e6)))
    one, two = regular_cells(area, cell=3000), regular_cells(half, cell=3000)
    both = one.merge(two, on="territory")
    assert len(both) == len(two)
    assert (both["geometry_x"].geom_equals(both["geometry_y"])).all()


def test_refusals(area):
    with pytest.raises(CRSError):
        regular_grid(area.to_crs(4326))
    with pytest.raises(LayerError, match="would make"):
        regular_grid(area, cell=1)
    with pytest.raises(LayerError, match="these are points"):
        regular_grid(area.set_geometry([Point(500_000, 4_400_000)]))
