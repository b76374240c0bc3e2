"""Minutes over open ground, basins and ways, on layers and as files."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace

import geopandas as gpd
import matplotlib.cbook
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from geoterritorio import registry
from geoterritorio.delimitation.tools import limit_agreement
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.interface.run import Source, run_tool
from geoterritorio.layers.grids import Grid, read_grid
from geoterritorio.layers.schema import FRICTION, TRAVEL_TIME
from geoterritorio.layers.store import write_grid
from geoterritorio.proximity import surface
from geoterritorio.proximity.friction import LEVEL_SPEED
from geoterritorio.proximity.tools import allocation, cost_distance, friction_surface, least_cost_paths
from geoterritorio.publication.plots.terrain import reach, travel_basins
from geoterritorio.registry import no_progress

WALK = 60 / 1000 / LEVEL_SPEED


def grid(values, cell=100.0, crs=25830, **tags):
    return Grid(np.asarray(values, dtype=np.float32), Affine(cell, 0, 6e5, 0, -cell, 4.4e6), crs, None, tags)


def centres(*cells, cell=100.0, crs=25830):
    """Points in the middle of cells, given as row and column."""
    rows, columns = np.array(cells, dtype=float).T
    points = gpd.points_from_xy(6e5 + (columns + 0.5) * cell, 4.4e6 - (rows + 0.5) * cell)
    ids = [f"c{k}" for k in range(len(cells))]
    return gpd.GeoDataFrame({"centre": ids, "name": [f"Ñ {k}" for k in ids]}, geometry=points, crs=crs)


@pytest.fixture
def plain():
    return grid(np.full((6, 8), 0.01))


@pytest.fixture(scope="module")
def real():
    """A relief of 403 by 344 cells in Tennessee (matplotlib's sample data)."""
    with np.load(matplotlib.cbook.get_sample_data("jacksboro_fault_dem.npz", asfileobj=False)) as held:
        return grid(held["elevation"], cell=90.0, crs=32616)


def test_minutes_and_report(plain):
    found = cost_distance(plain, centres((0, 0)), neighbours="8")
    assert found.minutes.values[0].tolist() == pytest.approx([float(k) for k in range(8)])
    assert found.minutes.values[1, 1] == pytest.approx(np.sqrt(2))
    assert found.minutes.values.dtype == np.float32
    row = found.report.iloc[0]
    assert row["reached_km2"] == pytest.approx(0.48)
    assert row["unreached_km2"] == row["impassable_km2"] == row["moved"] == 0
    assert row["direction_error"] == pytest.approx(0.0824, abs=1e-4)
    assert row["most_minutes"] == pytest.approx(2 + 5 * np.sqrt(2), rel=1e-6)
    assert found.minutes.tags["unit"] == "minutes"


def test_a_limit_of_minutes(plain):
    found = cost_distance(plain, centres((0, 0)), max_cost=2.5)
    assert np.nanmax(found.minutes.values) <= 2.5
    assert found.report["unreached_km2"][0] == pytest.approx(0.01 * np.isnan(found.minutes.values).sum())


def test_sixteen_neighbours_are_never_farther(real):
    ground = surface.level_pace(real, WALK)
    start = centres((50, 60), (300, 200), cell=90.0, crs=32616)
    eight, sixteen = (cost_distance(ground, start, neighbours=n).minutes.values for n in ("8", "16"))
    assert (sixteen <= eight * (1 + 1e-6)).all()
    assert (sixteen < eight * 0.999).any()


def test_uphill_and_downhill_differ_on_a_real_relief(real):
    ground = surface.level_pace(real, WALK)
    low = np.unravel_index(np.argmin(real.values), real.values.shape)
    high = np.unravel_index(np.argmax(real.values), real.values.shape)
    valley, summit = centres(low, cell=90.0, crs=32616), centres(high, cell=90.0, crs=32616)
    up = cost_distance(ground, valley, elevation=real).minutes.values[high]
    down = cost_distance(ground, valley, elevation=real, direction="to").minutes.values[high]
    assert up > down
    # the way down from the summit is the way to the valley
    back = cost_distance(ground, summit, elevation=real).minutes.values[low]
    assert back == pytest.approx(down, rel=1e-6)
    # no way is faster than on a slope of -5 % all along
    straight = np.hypot(low[0] - high[0], low[1] - high[1]) * 90
    assert down > straight * 60 / 6000


def test_five_percent_down_is_six_kilometres_an_hour():
    level = grid(np.full((1, 11), WALK))
    falling = replace(level, values=np.arange(10, -1, -1, dtype=np.float32)[None] * 5)
    found = cost_distance(level, centres((0, 0)), elevation=falling)
    assert found.minutes.values[0, 10] == pytest.approx(10.0, rel=1e-6)
    back = cost_distance(level, centres((0, 0)), elevation=falling, direction="to").minutes.values[0, 10]
    assert back == pytest.approx(60 / (6 * np.exp(-3.5 * 0.1)), rel=1e-6)


def test_basins_stand_for_territories(plain):
    found = allocation(plain, centres((2, 1), (3, 6)))
    assert found.basins["territory"].tolist() == found.basins["centre"].tolist() == ["c0", "c1"]
    assert found.basins["area_km2"].sum() == pytest.approx(0.48)
    assert found.basins.union_all().equals(shapely.box(*plain.bounds))
    for k, basin in enumerate(found.basins.geometry):
        assert basin.area == pytest.approx(1e4 * (found.nearest.values == k + 1).sum())
    assert found.basins["centre_x"].tolist() == [600_150, 600_650]
    halves = gpd.GeoDataFrame(
        {"territory": ["w", "e"]},
        geometry=[shapely.box(6e5, 4.3994e6, 600_400, 4.4e6), shapely.box(600_400, 4.3994e6, 600_800, 4.4e6)],
        crs=25830,
    )
    assert len(limit_agreement(halves, natural=found.basins, tolerance=50).table) == 2


def test_two_centres_on_one_cell(plain):
    with pytest.warns(GeoterritorioWarning, match=r"nearest of no cell.*: 1 \(“c1”\)"):
        found = allocation(plain, centres((2, 1), (2, 1)))
    assert found.basins["centre"].tolist() == ["c0"]


def test_areas_are_left_at_any_of_their_cells(plain):
    town = gpd.GeoDataFrame(
        {"centre": ["town"]}, geometry=[shapely.box(6e5, 4.3998e6, 600_300, 4.4e6)], crs=25830
    )
    found = cost_distance(plain, town).minutes.values
    assert (found[:2, :3] == 0).all()
    assert found[0, 3] == pytest.approx(1)


def test_paths_have_the_minutes_of_the_surface(real):
    ground = surface.level_pace(real, WALK)
    ends = centres((20, 30), (300, 310), cell=90.0, crs=32616)
    starts = centres((150, 150), (320, 20), (20, 30), cell=90.0, crs=32616)
    near = least_cost_paths(ground, starts, ends, elevation=real)
    minutes = cost_distance(ground, ends, elevation=real, direction="to").minutes.values
    assert near["minutes"].tolist() == pytest.approx([minutes[150, 150], minutes[320, 20], 0], rel=1e-6)
    assert near["origin"].tolist() == ["c0", "c1", "c2"]
    assert near["metres"][:2].tolist() == pytest.approx(near.length[:2].tolist())
    assert near.geometry[2] is None
    assert near["metres"][2] == 0
    every = least_cost_paths(ground, starts, ends, elevation=real, pairs="all")
    assert len(every) == 6
    least = every.groupby("origin")["minutes"].min()
    assert least.tolist() == pytest.approx(near["minutes"].tolist(), rel=1e-9)
    first = every.geometry[1]
    row = starts.geometry[0]
    assert shapely.Point(first.coords[0]).distance(row) < 1
    assert shapely.Point(first.coords[-1]).distance(ends.geometry[1]) < 1


@pytest.mark.parametrize("pairs", ["nearest", "all"])
def test_paths_from_areas_begin_in_their_own_area(pairs):
    # cells of the first area come after those of the second, so that ways are found in another order
    east, north = 6e5, 4.4e6
    areas = gpd.GeoDataFrame(
        {"centre": ["south", "north"]},
        geometry=[
            shapely.box(east, north - 900, east + 300, north - 700),
            shapely.box(east, north - 200, east + 300, north),
        ],
        crs=25830,
    )
    found = least_cost_paths(grid(np.full((10, 10), 0.01)), areas, centres((1, 9), (8, 9)), pairs=pairs)
    for origin, line in zip(found["origin"], found.geometry, strict=True):
        own = areas.geometry[areas["centre"] == origin].iloc[0]
        assert own.covers(shapely.Point(line.coords[0]))
    assert found["metres"].tolist() == pytest.approx(found.length.tolist())


def test_a_path_goes_round_a_wall():
    values = np.full((5, 5), 0.01)
    values[:4, 2] = np.nan
    found = least_cost_paths(grid(values), centres((0, 0)), centres((0, 4)), neighbours="8")
    assert (shapely.get_coordinates(found.geometry[0])[:, 1] < 4.4e6 - 400).any()


def test_where_there_is_no_way():
    values = np.full((3, 5), 0.01)
    values[:, 2] = np.nan
    with pytest.warns(GeoterritorioWarning, match=r"ways that are not there.*: 1 \(“c0”\)"):
        found = least_cost_paths(grid(values), centres((0, 0)), centres((0, 4)))
    assert found["destination"][0] is None
    assert found["minutes"].isna().all()
    assert found.geometry[0] is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([[0.01, 0.0]], r"from 0 to 0 \(cells: 1\)"),
        ([[0.01, -1.0]], r"from -1 to -1 \(cells: 1\)"),
        ([[np.nan, np.nan]], "no value at all"),
        ([[0.01, np.inf]], "infinite values"),
        ([[0.01, 1e20]], r"\(cells: 1\)"),
    ],
)
def test_impossible_friction_is_refused(values, told):
    with pytest.raises(LayerError, match=told):
        cost_distance(grid(values), centres((0, 0)))


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"neighbours": "x"}, "neighbours: x is neither 8 nor 16"),
        ({"neighbours": 4}, "neighbours: 4 is neither 8 nor 16"),
        ({"direction": "x"}, "not x"),
        ({"max_cost": float("nan")}, "max_cost: minutes are 0 or more, not nan"),
        ({"max_cost": -1.0}, "max_cost: minutes are 0 or more"),
        ({"max_move": float("nan")}, "max_move: metres are 0 or more"),
        ({"max_move": float("inf")}, "max_move: metres are 0 or more"),
        ({"max_move": -5.0}, "max_move: metres are 0 or more"),
    ],
)
def test_impossible_options_are_refused(plain, option, told):
    for tool in (cost_distance, allocation):
        with pytest.raises(LayerError, match=told):
            tool(plain, centres((0, 0)), **option)
    if "direction" not in option:
        with pytest.raises(LayerError, match=told):
            least_cost_paths(plain, centres((0, 0)), centres((0, 1)), **option)


def test_pairs_that_there_are_not(plain):
    with pytest.raises(LayerError, match="“all”, not some"):
        least_cost_paths(plain, centres((0, 0)), centres((0, 1)), pairs="some")


def test_slopes_do_not_slow_twice(tmp_path, plain):
    height = replace(plain, values=np.tile(np.arange(8, dtype=np.float32), (6, 1)))
    steep = friction_surface(height).friction
    write_grid(tmp_path / "steep.tif", steep)
    for held in (steep, read_grid(tmp_path / "steep.tif", FRICTION)):
        for tool in (cost_distance, allocation):
            with pytest.raises(LayerError, match="slopes would slow ways twice"):
                tool(held, centres((0, 0)), elevation=height)
        with pytest.raises(LayerError, match="slopes would slow ways twice"):
            least_cost_paths(held, centres((0, 0)), centres((0, 1)), elevation=height)
    # level ground takes its slopes here
    assert cost_distance(plain, centres((0, 0)), elevation=height).minutes.tags["slope"] == "Tobler"


@pytest.mark.parametrize("direction", ["from", "to"])
def test_the_picture_says_where_ways_lead(plain, direction):
    found = cost_distance(plain, centres((0, 0)), direction=direction)
    outputs = {"minutes": found.minutes, "report": found.report}
    assert reach(outputs).get_suptitle().startswith(f"Minutes {direction} the nearest centre")
    spanish = {"from": "Minutos desde el centro", "to": "Minutos al centro"}[direction]
    assert reach(outputs, lang="es").get_suptitle().startswith(spanish)


def test_hardly_minutes_per_metre():
    with pytest.warns(GeoterritorioWarning, match=r"more than 1\.5 minutes per metre: 1"):
        cost_distance(grid([[0.01, 9999.0]]), centres((0, 0)))


def test_systems_that_do_not_measure_metres(plain):
    with pytest.raises(CRSError, match="does not measure metres"):
        cost_distance(replace(plain, crs="EPSG:3857"), centres((0, 0)))
    with pytest.raises(CRSError, match="in degrees"):
        cost_distance(
            replace(plain, crs="EPSG:4326", transform=Affine(0.1, 0, 0, 0, -0.1, 40)), centres((0, 0))
        )


def test_cells_that_are_not_square(plain):
    with pytest.raises(LayerError, match="square cells are needed"):
        cost_distance(replace(plain, transform=Affine(100, 0, 6e5, 0, -50, 4.4e6)), centres((0, 0)))


def test_centres_outside_are_named(plain):
    with pytest.raises(LayerError, match=r"outside the raster: 1 \(“c1”\)"):
        cost_distance(plain, centres((0, 0), (-1, 3)))


def test_centres_of_another_system_are_reprojected(plain):
    with pytest.warns(GeoterritorioWarning, match="reprojected"):
        found = cost_distance(plain, centres((0, 0)).to_crs(3042))
    assert found.minutes.values[0, 0] == 0


def test_centres_on_water_move_or_are_refused():
    values = np.full((6, 8), 0.01)
    values[:3, :5] = np.nan
    with pytest.warns(GeoterritorioWarning, match=r"moved to the nearest passable cell: 1, by up to 100 m"):
        found = cost_distance(grid(values), centres((2, 2)))
    assert found.minutes.values[3, 2] == 0
    assert found.report["moved"][0] == 1
    assert np.isnan(found.minutes.values[2, 2])
    with pytest.raises(LayerError, match=r"more than 200 m from any other: 1 \(“c0”\).*max_move"):
        cost_distance(grid(values), centres((0, 1)))
    with pytest.warns(GeoterritorioWarning, match="moved"):
        cost_distance(grid(values), centres((0, 1)), max_move=350)


def test_no_centre_and_no_place(plain):
    with pytest.raises(LayerError, match="not a single row"):
        cost_distance(plain, centres((0, 0))[:0])
    lost = centres((0, 0), (1, 1))
    lost.geometry = [lost.geometry[0], None]
    with pytest.raises(LayerError, match=r"without a place: 1 \(“c1”\)"):
        cost_distance(plain, lost)
    with pytest.raises(LayerError, match="neither 8 nor 16"):
        surface.cost_distance(plain, centres((0, 0)), neighbours=4)


def test_elevation_on_other_cells_is_resampled_with_a_word(plain):
    fine = grid(np.zeros((24, 32)), cell=25.0)
    with pytest.warns(GeoterritorioWarning, match=r"resampled.*25 m to 100 m"):
        found = cost_distance(plain, centres((0, 0)), elevation=fine)
    np.testing.assert_allclose(found.minutes.values, cost_distance(plain, centres((0, 0))).minutes.values)
    # the same system, told in another way
    cost_distance(plain, centres((0, 0)), elevation=grid(np.zeros((6, 8)), crs="EPSG:25830"))
    small = grid(np.zeros((12, 16)), cell=25.0)
    with (
        pytest.warns(GeoterritorioWarning, match="resampled"),
        pytest.warns(GeoterritorioWarning, match=r"without elevation, taken as impassable: \d+"),
    ):
        found = cost_distance(plain, centres((0, 0)), elevation=small)
    assert np.isnan(found.minutes.values[-1, -1])
    far = replace(fine, transform=Affine(25, 0, 7e5, 0, -25, 4.4e6))
    with (
        pytest.warns(GeoterritorioWarning, match="resampled"),
        pytest.raises(LayerError, match="no value on any cell"),
    ):
        cost_distance(plain, centres((0, 0)), elevation=far)


def test_as_files(tmp_path, plain):
    friction, places, target = tmp_path / "f.tif", tmp_path / "c.gpkg", tmp_path / "minutes.tif"
    with rasterio.open(
        friction,
        "w",
        driver="GTiff",
        width=8,
        height=6,
        count=1,
        dtype="float32",
        crs=25830,
        transform=plain.transform,
    ) as file:
        file.write(plain.values, 1)
    centres((0, 0), (5, 7)).to_file(places)
    arguments = {"friction": Source(str(friction), {}), "sources": Source(str(places), {}), "neighbours": "8"}
    targets = {"minutes": str(target), "report": str(tmp_path / "report.csv")}
    run_tool(registry.describe("cost_distance"), arguments, targets, progress=no_progress)
    assert read_grid(target, TRAVEL_TIME).values.max() > 3
    with rasterio.open(target) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.tags()["unit"] == "minutes"
        assert file.read(1)[0, 3] == pytest.approx(3)
    assert pd.read_csv(tmp_path / "report.csv")["centres"][0] == 2


def test_pictures(plain):
    found = cost_distance(plain, centres((0, 0), (5, 7)))
    drawn = reach({"minutes": found.minutes, "report": found.report})
    assert len(drawn.axes[0].images) == 1
    areas = allocation(plain, centres((0, 0), (5, 7)))
    outputs = {"nearest": areas.nearest, "basins": areas.basins, "report": areas.report}
    assert travel_basins(outputs).texts
    assert travel_basins(outputs, focus="c1", lang="es").texts
    with pytest.raises(LayerError):
        travel_basins(outputs, focus="nobody")
    with pytest.raises(LayerError):
        reach({"minutes": found.minutes, "report": found.report}, focus="c0")


@st.composite
def blocks(draw, number=5):
    """Boxes on a raster of 8 by 10 cells, no side through the middle of a cell; some lie on others."""
    found = []
    for _ in range(draw(st.integers(1, number))):
        west, north = draw(st.integers(0, 9)), draw(st.integers(0, 7))
        wide, high = draw(st.integers(1, 10 - west)), draw(st.integers(1, 8 - north))
        found.append(
            shapely.box(
                6e5 + 100 * west + 10,
                4.4e6 - 100 * (north + high) + 20,
                6e5 + 100 * (west + wide) - 30,
                4.4e6 - 100 * north - 20,
            )
        )
    ids = [f"b{k}" for k in range(len(found))]
    return gpd.GeoDataFrame({"centre": ids}, geometry=found, crs=25830)


def cells_in(block, values):
    """Passable cells with their middle in a block."""
    rows, columns = np.indices(values.shape)
    middles = shapely.points(6e5 + (columns + 0.5) * 100, 4.4e6 - (rows + 0.5) * 100)
    return list(zip(*np.nonzero(shapely.contains(block, middles) & np.isfinite(values)), strict=True))


def raster_graph(values):
    """All moves to the eight cells around, as a graph of networkx."""
    graph = nx.DiGraph()
    size = values.shape
    for r, c in np.ndindex(size):
        graph.add_node((r, c))
        for dr, dc in itertools.product((-1, 0, 1), repeat=2):
            to = (r + dr, c + dc)
            if (dr or dc) and 0 <= to[0] < size[0] and 0 <= to[1] < size[1]:
                minutes = (values[r, c] + values[to]) / 2 * 100 * np.hypot(dr, dc)
                if np.isfinite(minutes):
                    graph.add_edge((r, c), to, minutes=float(minutes))
    return graph


grounds = st.lists(st.sampled_from([0.01, 0.02, 0.05, np.nan]), min_size=80, max_size=80).map(
    lambda v: np.array(v, dtype=np.float32).reshape(8, 10)
)


def between(graph, starts, ends):
    """Fewest minutes from any of the cells to any of the others; infinite where there is no way."""
    away = nx.multi_source_dijkstra_path_length(graph, set(starts), weight="minutes")
    return min((away.get(cell, np.inf) for cell in ends), default=np.inf)


@given(grounds, blocks(), blocks(), st.sampled_from(["nearest", "all"]))
@settings(max_examples=60, deadline=None)
def test_ways_between_areas_are_those_of_a_graph(values, starts, ends, pairs):
    own = [[cells_in(block, values) for block in layer.geometry] for layer in (starts, ends)]
    assume(all(cells for layer in own for cells in layer))
    graph = raster_graph(values)
    with warnings.catch_warnings():
        # where there is no way, a word is told
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = least_cost_paths(grid(values), starts, ends, pairs=pairs, neighbours="8")
    for k, row in enumerate(found.itertuples()):
        i = starts["centre"].tolist().index(row.origin)
        assert i == (k if pairs == "nearest" else k // len(ends))
        reach = [between(graph, own[0][i], cells) for cells in own[1]]
        if pairs == "all":
            reach = [v if j == k % len(ends) else np.inf for j, v in enumerate(reach)]
        best = min(reach)
        if not np.isfinite(best):
            assert np.isnan(row.minutes)
            assert row.geometry is None
            continue
        assert row.minutes == pytest.approx(best, rel=1e-6, abs=1e-9)
        j = ends["centre"].tolist().index(row.destination)
        assert reach[j] == pytest.approx(best, rel=1e-6, abs=1e-9)
        if row.minutes == 0:
            assert row.geometry is None
            continue
        xy = shapely.get_coordinates(row.geometry)
        way = [(int((4.4e6 - y) // 100), int((x - 6e5) // 100)) for x, y in xy]
        assert way[0] in own[0][i]
        assert way[-1] in own[1][j]
        spent = sum(graph.edges[a, b]["minutes"] for a, b in itertools.pairwise(way))
        assert spent == pytest.approx(row.minutes, rel=1e-6)
        assert row.metres == pytest.approx(row.geometry.length)


@given(grounds, blocks())
@settings(max_examples=60, deadline=None)
def test_minutes_and_basins_of_areas_are_those_of_a_graph(values, sources):
    own = [cells_in(block, values) for block in sources.geometry]
    assume(all(own))
    graph = raster_graph(values)
    with warnings.catch_warnings():
        # areas that lie wholly on others have no basin, and a word is told
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = allocation(grid(values), sources, neighbours="8")
    minutes = cost_distance(grid(values), sources, neighbours="8").minutes.values
    by_block = [nx.multi_source_dijkstra_path_length(graph, set(cells), weight="minutes") for cells in own]
    for cell in np.ndindex(values.shape):
        away = np.array([block.get(cell, np.inf) for block in by_block])
        if not np.isfinite(away.min()):
            assert np.isnan(minutes[cell])
            continue
        assert minutes[cell] == pytest.approx(away.min(), rel=1e-6, abs=1e-9)
        label = int(found.nearest.values[cell]) - 1
        assert away[label] == pytest.approx(away.min(), rel=1e-6, abs=1e-9)
        if away.min() == 0:
            assert label == np.flatnonzero(away == 0)[0]


def test_an_area_in_another_is_entered_at_any_of_its_cells():
    around, inside = (
        shapely.box(6e5, 4.3992e6, 601_000, 4.4e6),
        shapely.box(600_210, 4.39951e6, 600_790, 4.39979e6),
    )
    ends = gpd.GeoDataFrame({"centre": ["around", "inside"]}, geometry=[around, inside], crs=25830)
    found = least_cost_paths(
        grid(np.full((8, 12), 0.01)), centres((2, 11)), ends, pairs="all", neighbours="8"
    )
    # from the middle of column 11 to those of columns 9 and 7
    assert found["minutes"].tolist() == pytest.approx([2.0, 4.0])
