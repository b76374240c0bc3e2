"""Basins beside reliefs whose basins are known, a minimax path of each cell, and the invented territory."""

import importlib
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.transform import Affine
from scipy import ndimage, sparse

from geoterritorio.delimitation import _flow, natural_basins
from geoterritorio.delimitation import tools as layers
from geoterritorio.delimitation._joining import joined
from geoterritorio.errors import CRSError, DependencyError, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import check_layer
from geoterritorio.layers.grids import Grid, read_grid
from geoterritorio.registry import descriptions, layer_of

pytest.importorskip("pyflwdir")
KM = 1000.0


def grid(values, cell=KM, crs=25830):
    """A relief with cells of a square kilometre, unless said otherwise, its corner at 500, 4000 km."""
    return Grid(np.asarray(values, dtype=np.float32), Affine(cell, 0, 5e5, 0, -cell, 4e6), crs)


def numbers(found, relief):
    """Basin of each cell, by what its middle lies in."""
    rows, columns = relief.values.shape
    x = relief.transform.c + (np.arange(columns) + 0.5) * relief.transform.a
    y = relief.transform.f + (np.arange(rows) + 0.5) * relief.transform.e
    points = shapely.points(*np.meshgrid(x, y))
    point, basin = shapely.STRtree(found.basins.geometry.to_numpy()).query(points.ravel(), predicate="within")
    label = np.full(points.size, -1)
    label[point] = basin
    assert len(point) == len(set(point))  # no cell lies in two
    return label.reshape(rows, columns)


def valleys(rows, columns, *centres):
    """Valleys that fall to the south along these columns, with crests midway."""
    along = np.arange(columns)
    side = np.min([np.abs(along - c) for c in centres], axis=0)
    return 100 + 10.0 * side[None, :] + (rows - np.arange(rows))[:, None]


def test_one_valley_is_one_basin_that_ends_in_the_middle_of_its_foot():
    found = natural_basins(grid(valleys(30, 21, 10)), min_area=1, parts="basins", stream_area=30)
    assert found.basins["area_km2"].tolist() == [630]
    row = found.basins.iloc[0]
    assert (row["outlet_x"], row["outlet_y"]) == (5e5 + 10.5 * KM, 4e6 - 29.5 * KM)
    assert (row["upstream_km2"], row["outlets"], row["touches_edge"]) == (630, 1, "yes")
    assert pd.isna(row["flows_to"])
    assert row["elevation"] == pytest.approx(valleys(30, 21, 10).mean())
    assert found.report[["raised", "deepest", "undecided"]].iloc[0].tolist() == [0, 0, 0]
    # Water of a side cell runs down aslant, and reaches the middle as many rows below as it lies aside.
    through = np.cumsum(np.minimum(2 * np.arange(30) + 1, 21))
    main = found.streams.loc[found.streams["length_km"].idxmax()]
    assert main["length_km"] == 29 - np.argmax(through >= 30)
    assert (main["order"], main["upstream_km2"]) == (1, through[28])


def test_two_valleys_are_parted_along_the_crest():
    relief = grid(valleys(20, 24, 5, 18))
    found = natural_basins(relief, min_area=1, parts="basins")
    label = numbers(found, relief)
    assert found.basins["area_km2"].tolist() == [240, 240]
    assert len(set(label[:, :12].ravel())) == len(set(label[:, 12:].ravel())) == 1


def test_two_cones_in_the_sea_are_two_basins_of_many_outlets():
    row, column = np.mgrid[:40, :60]
    height = np.maximum(120 - 10 * np.hypot(row - 20, column - 15), 80 - 8 * np.hypot(row - 20, column - 44))
    relief = grid(np.maximum(height, 0))
    found = natural_basins(relief, min_area=2000, parts="basins")
    label = numbers(found, relief)
    islands, number = ndimage.label(relief.values > 0)
    assert number == len(found.basins) == 2
    for k, island in enumerate((1, 2)):
        assert set(label[islands == island]) == {k}
    assert found.basins["area_km2"].tolist() == np.bincount(islands.ravel())[1:].tolist()
    assert (found.basins["outlets"] > 8).all()
    assert found.basins["touches_edge"].tolist() == ["no", "no"]
    assert found.report["sea_km2"].item() == np.count_nonzero(islands == 0)
    assert found.report["at_edge"].item() == 0


def test_streams_that_meet_have_a_higher_order():
    # Two side valleys that run into the middle one at its head, in a letter Y.
    relief = np.full((9, 9), 50.0)
    for k in range(4):
        relief[k, k] = relief[k, 8 - k] = 20 - k
    relief[4:, 4] = 16 - np.arange(5)
    found = natural_basins(grid(relief), min_area=1, parts="basins", stream_area=4)
    main = found.streams.loc[found.streams["upstream_km2"].idxmax()]
    assert found.streams["order"].max() == main["order"] == 2
    assert shapely.get_coordinates(main.geometry)[-1].tolist() == [5e5 + 4.5 * KM, 4e6 - 8.5 * KM]


def minimax(height):
    """Lowest level at which water leaves each cell, by the way of a tree that spans all of them."""
    rows, columns = height.shape
    land = ~np.isnan(height)
    number = np.arange(height.size).reshape(height.shape)
    outside = height.size
    ends = land & ndimage.binary_dilation(~np.pad(land, 1), np.ones((3, 3)))[1:-1, 1:-1]
    links = [(int(number[r, c]), outside, height[r, c]) for r, c in np.argwhere(ends)]
    for r, c in np.argwhere(land):
        for r2, c2 in ((r, c + 1), (r + 1, c - 1), (r + 1, c), (r + 1, c + 1)):
            if r2 < rows and 0 <= c2 < columns and land[r2, c2]:
                links.append((int(number[r, c]), int(number[r2, c2]), max(height[r, c], height[r2, c2])))
    a, b, weight = map(np.array, zip(*links, strict=True))
    # scipy before 1.17 spans trees over short numbers alone.
    a, b = a.astype(np.int32), b.astype(np.int32)
    # Weights of 0 would be no links.
    graph = sparse.coo_array((weight + 1.0, (a, b)), shape=(outside + 1, outside + 1)).tocsr()
    tree = sparse.csgraph.minimum_spanning_tree(graph)
    order, before = sparse.csgraph.breadth_first_order(tree, outside, directed=False)
    both = (tree + tree.T).todok()
    level = np.full(outside + 1, -np.inf)
    for node in order[1:]:
        level[node] = max(level[before[node]], both[node, before[node]] - 1)
    return np.where(land, level[:-1].reshape(height.shape), np.nan)


reliefs = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(2, 9)), elements=st.integers(-3, 12).map(float)
)


@settings(max_examples=80, deadline=None)
@given(reliefs, st.sampled_from([1.0, 4.0, 12.0]), st.sampled_from(["basins", "subbasins"]))
def test_water_of_every_cell_runs_off_to_its_lowest_neighbour(relief, least, parts):
    height = np.where(relief > 0, relief, np.nan)
    if np.isnan(height).all():
        with pytest.raises(LayerError, match="no cell lies above 0"):
            natural_basins(grid(relief))
        return
    flow = _flow.flow(height)
    level = minimax(height)
    np.testing.assert_array_equal(
        flow.raised.reshape(height.shape)[flow.land.reshape(height.shape)],
        (level - height)[~np.isnan(height)],
    )
    padded = np.pad(level, 1, constant_values=np.nan)
    around = np.stack(
        [
            padded[1 + r : 1 + r + height.shape[0], 1 + c : 1 + c + height.shape[1]]
            for r in (-1, 0, 1)
            for c in (-1, 0, 1)
            if (r, c) != (0, 0)
        ]
    )
    lowest = np.fmin.reduce(around).ravel()
    drained = np.zeros(height.size)
    for cell in np.flatnonzero(flow.land):
        way = [cell]
        while flow.below[way[-1]] != way[-1]:
            assert level.ravel()[flow.below[way[-1]]] == lowest[way[-1]]
            way.append(flow.below[way[-1]])
            assert len(way) <= height.size
        drained[way] += 1
    np.testing.assert_array_equal(flow.cells, drained)
    label, outlet = flow.units(np.inf if parts == "basins" else max(least - 1, 0))
    assert len(np.unique(label[label >= 0])) == len(outlet)
    # Within a unit water leaves at its outlet alone.
    leaves = flow.land & ((label[flow.below] != label) | (flow.below == np.arange(height.size)))
    assert sorted(np.flatnonzero(leaves)) == sorted(outlet)
    check_joined(flow, joined(flow, label, outlet.astype(np.int64), least), least)
    found = natural_basins(grid(relief), min_area=least, parts=parts)
    check_basins(found, height)


def check_joined(flow, label, least):
    """Every unit is connected and large, or an island."""
    cells = label.reshape(flow.shape)
    islands, _ = ndimage.label(cells >= 0)
    size = np.bincount(label[label >= 0])
    assert (size > 0).all()
    assert (np.diff(size) <= 0).all()
    for unit in np.flatnonzero(size < least):
        alone = islands[cells == unit]
        touching = ndimage.binary_dilation(cells == unit) & (cells >= 0) & (cells != unit)
        below = label[flow.below[label == unit]]
        assert not touching.any()
        assert set(below) == {unit}
        assert len(set(alone)) >= 1


def check_basins(found, height):
    land = int(np.count_nonzero(~np.isnan(height)))
    basins = found.basins
    assert basins["area_km2"].sum() == pytest.approx(land)
    assert shapely.area(basins.geometry.to_numpy()) / 1e6 == pytest.approx(basins["area_km2"].to_numpy())
    assert shapely.area(basins.union_all()) / 1e6 == pytest.approx(land)
    assert basins.geometry.is_valid.all()
    # Ways from basin to basin end.
    to = basins.set_index("territory")["flows_to"].dropna()
    for start in to.index:
        seen = [start]
        while seen[-1] in to.index:
            seen.append(to[seen[-1]])
            assert len(seen) <= len(basins)
    assert found.streams["territory"].isin(basins["territory"]).all()
    assert found.report["land_km2"].item() == pytest.approx(land)
    assert found.report["raised"].item() == pytest.approx(
        (basins["raised"] * basins["area_km2"]).sum() / land
    )


def test_a_hollow_is_filled_to_its_lowest_rim():
    relief = np.full((7, 7), 10.0)
    relief[2:5, 2:5] = 3
    relief[3, 5] = relief[3, 6] = 8
    found = natural_basins(grid(relief), min_area=1, parts="basins")
    assert found.report["raised"].item() == pytest.approx(9 / 49)
    assert found.report[["mean_depth", "deepest"]].iloc[0].tolist() == [5, 5]
    assert found.basins["deepest"].max() == 5


def test_flat_ground_is_told():
    found = natural_basins(grid(np.full((12, 12), 5.0)), min_area=30)
    assert found.report["undecided"].item() == pytest.approx(143 / 144)
    assert found.report["raised"].item() == 0
    assert (found.basins["area_km2"] >= 30).all()


@pytest.mark.parametrize("shape", [(1, 2), (1, 9), (9, 1)])
def test_rasters_of_one_row(shape):
    found = natural_basins(grid(np.arange(9.0)[: max(shape)].reshape(shape) + 1), min_area=3, stream_area=2)
    assert found.basins["area_km2"].sum() == max(shape)
    assert (found.basins["touches_edge"] == "yes").all()
    assert found.streams.geom_type.isin(["LineString"]).all()
    assert found.streams.crs == found.basins.crs


def test_what_has_no_value_is_unknown_unless_it_is_sea():
    relief = valleys(12, 12, 6)
    relief = np.pad(relief, 2, constant_values=0.0)
    relief[7, 8] = np.nan
    unknown, sea = (
        natural_basins(grid(relief), parts="basins", min_area=200, void=v) for v in ("unknown", "sea")
    )
    assert unknown.basins["touches_edge"].tolist() == ["yes"]
    assert sea.basins["touches_edge"].tolist() == ["no"]
    assert unknown.report["void_km2"].item() == 1
    assert unknown.report["sea_km2"].item() == 16 * 16 - 144
    dry = natural_basins(grid(relief), parts="basins", min_area=1, sea_level=-1)
    assert dry.report["sea_km2"].item() == 0


def test_small_basins_join_what_they_run_into():
    relief = valleys(40, 21, 10)
    relief[:, 3] -= 15  # a side valley of its own
    whole = natural_basins(grid(relief), min_area=50)
    assert (whole.basins["area_km2"] >= 50).all()
    assert len(whole.basins) > 1
    assert whole.basins["flows_to"].notna().sum() >= 1
    assert whole.basins.loc[whole.basins["flows_to"].isna(), "upstream_km2"].max() == pytest.approx(
        relief.size, rel=0.4
    )


def test_one_cell_is_no_relief():
    with pytest.raises(LayerError, match="a raster of one cell has no relief"):
        natural_basins(grid([[5.0]]))


def test_degrees_are_refused_with_a_system_that_fits():
    relief = Grid(np.ones((5, 5), dtype=np.float32), Affine(0.01, 0, -4, 0, -0.01, 40), 4326)
    with pytest.raises(CRSError, match=r"elevation: coordinates are in degrees.*EPSG:32630"):
        natural_basins(relief)


def test_the_missing_package_is_named_with_its_cure(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name, name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(DependencyError, match=r"the package pyflwdir\. Install it: pip install pyflwdir"):
        natural_basins(grid(valleys(5, 5, 2)))


def test_nothing_is_loaded_before_it_is_needed():
    code = "import sys, geoterritorio.delimitation.tools; print({'pyflwdir', 'numba'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_the_relief_is_not_changed_and_progress_ends():
    relief = grid(valleys(10, 10, 4))
    before, told = relief.values.copy(), []
    natural_basins(relief, progress=lambda share, text="": told.append((share, text)))
    np.testing.assert_array_equal(relief.values, before)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][0] == 1


def test_basins_of_the_command_line_go_into_the_agreement_of_limits(samples, tmp_path):
    folder, basins, table = samples / "comarca", str(tmp_path / "basins.gpkg"), str(tmp_path / "table.csv")
    relief = str(folder / "elevation_200m.tif")
    streams, report = str(tmp_path / "streams.fgb"), str(tmp_path / "report.csv")
    words = ["--elevation", relief, "--min-area", "200", "--output", basins]
    assert main(["natural_basins", *words, "--streams", streams, "--report", report]) == 0
    assert pd.read_csv(report)["basins"].item() == len(gpd.read_file(basins))
    assert gpd.read_file(streams)["order"].max() > 2
    territories = str(folder / "municipalities_2025.gpkg")
    words = ["--territories", territories, "--natural", basins, "--output", table]
    assert main(["limit-agreement", *words, "--borders", str(tmp_path / "borders.gpkg")]) == 0
    assert set(pd.read_csv(table)["division"]) == {"natural"}
    assert "functional" not in gpd.read_file(tmp_path / "borders.gpkg").columns


def test_the_invented_territory(samples):
    relief = read_grid(samples / "comarca/elevation_200m.tif")
    found = layers.natural_basins(relief, min_area=100)
    for output in descriptions()["natural_basins"]["outputs"]:
        check_layer(getattr(found, output["name"]), layer_of(output))
    assert found.report["land_km2"].item() == pytest.approx(np.count_nonzero(relief.values > 0) * 0.04)
    assert found.basins["area_km2"].min() >= 100
    assert isinstance(found.basins, gpd.GeoDataFrame)
    # Each basin of the coast that has one outlet drains all that drains into it.
    single = found.basins[found.basins["outlets"] == 1].set_index("territory")
    fed = found.basins.groupby("flows_to")["upstream_km2"].sum()
    assert (single["upstream_km2"] + 1e-6 >= fed.reindex(single.index).fillna(0)).all()
