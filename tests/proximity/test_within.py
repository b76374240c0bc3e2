"""What lies inside areas: sums that add up, what is not known, shares of polygons and cells."""

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine
from shapely import Point, box

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers.grids import Grid
from geoterritorio.proximity import Sources, contents, nearest_areas, tools
from geoterritorio.proximity.tools.areas import CONTENTS, NearestRules, ServiceRules
from geoterritorio.proximity.within import side_by_side

EAST, NORTH = ORIGIN = np.array([5e5, 4.5e6])


def here(*shapes):
    return shapely.transform(np.array(shapes, dtype=object), lambda c: c + ORIGIN)


def layer(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=here(*shapes), crs=25830)


def areas(*shapes):
    return layer(shapes, area=[f"A{k + 1}" for k in range(len(shapes))])


def told(table, figure, column="sum"):
    return table.loc[table["figure"] == figure, column].tolist()


def grid(values, cell=100.0, west=0.0, north=None):
    values = np.asarray(values, dtype=np.float64)
    north = len(values) * cell if north is None else north
    return Grid(values, Affine(cell, 0, EAST + west, 0, -cell, NORTH + north), "EPSG:25830")


TWO = (box(0, 0, 100, 100), box(100, 0, 200, 100))


def test_points_count_and_their_jobs_are_summed():
    firms = layer([Point(10, 10), Point(20, 20), Point(150, 50), Point(999, 0)], employment=[3.0, 4, 5, 8])
    found = contents(areas(*TWO), Sources(firms=firms))
    assert told(found, "establishments") == [2, 1]
    assert told(found, "employment") == [7, 5]
    assert told(found, "employment", "share") == [7 / 20, 5 / 20]
    assert set(found["method"]) == {"points"}


def test_missing_is_not_zero():
    firms = layer([Point(10, 10), Point(20, 20), Point(150, 50)], employment=[3.0, np.nan, np.nan])
    found = contents(areas(*TWO, box(500, 0, 600, 1)), Sources(firms=firms))
    employment = found[found["figure"] == "employment"]
    assert np.isnan(employment["sum"].to_numpy()).tolist() == [True, True, False]
    # of the second nothing is known; the third holds nobody, which is known
    assert employment["known"].tolist()[0] == 3
    assert np.isnan(employment["known"].iloc[1])
    assert employment["known"].tolist()[2] == employment["sum"].tolist()[2] == 0
    assert employment["missing"].tolist() == [1, 1, 0]
    assert employment["counted"].tolist() == [2, 1, 0]


def test_a_point_on_a_border_counts_once_in_a_group_and_in_all_areas_without():
    point = layer([Point(100, 50)], population=[6.0])
    people = Sources(population=point)
    assert told(contents(areas(*TWO), people), "population") == [6, 6]
    assert told(contents(areas(*TWO), people, group=np.zeros(2, np.int64)), "population") == [6, 0]
    assert told(contents(areas(*TWO[::-1]), people, group=np.zeros(2, np.int64)), "population") == [6, 0]


def test_polygons_count_by_the_share_of_their_area():
    people = layer([box(50, 0, 150, 100), box(0, 0, 10, 10)], population=[80.0, 5], children=[8.0, np.nan])
    found = contents(areas(*TWO), Sources(population=people, columns=["children"]))
    assert told(found, "population") == pytest.approx([45, 40])
    assert np.isnan(told(found, "children")[0])
    assert told(found, "children")[1] == pytest.approx(4)
    assert told(found, "children", "known") == pytest.approx([4, 4])
    assert set(found["method"]) == {"by_area"}


def test_touching_polygons_do_not_count():
    people = layer([box(200, 0, 300, 100)], population=[np.nan])
    found = contents(areas(*TWO), Sources(population=people))
    assert told(found, "population", "counted") == [0, 0]
    assert told(found, "population") == [0, 0]


def test_cells_count_by_the_share_of_them_inside():
    found = contents(areas(box(0, 0, 150, 150), box(50, 50, 60, 70)), Sources(grid=grid([[1, 2], [4, 8]])))
    # a whole cell of 4, halves of 1 and 8, a quarter of 2
    assert told(found, "population") == pytest.approx([4 + 0.5 + 4 + 0.5, 4 * 0.02])
    assert told(found, "population", "counted") == pytest.approx([2.25, 0.02])
    assert told(found, "population", "share") == pytest.approx([9 / 15, 0.08 / 15])
    assert set(found["method"]) == {"cells"}


def test_cells_without_a_value_and_land_beyond_the_raster_are_not_zero():
    raster = Sources(grid=grid([[np.nan, 2], [4, 8]]))
    shapes = (box(0, 0, 100, 200), box(100, 0, 200, 200), box(100, 0, 300, 100), box(0, 100, 100, 200))
    with pytest.warns(GeoterritorioWarning, match="3 of 4 areas lie in part on cells without a value"):
        found = contents(areas(*shapes), raster)
    assert np.isnan(told(found, "population")).tolist() == [True, False, True, True]
    assert told(found, "population", "known")[:3] == pytest.approx([4, 10, 8])
    assert np.isnan(told(found, "population", "known")[3])
    assert told(found, "population", "missing") == pytest.approx([1, 0, 1, 1])


def test_the_raster_tells_where_in_polygons_people_are():
    # all 90 people of the polygon, by 1 : 2 : 0 on three cells; the other polygon lies in one area
    people = layer([box(0, 0, 300, 100), box(0, 100, 100, 200)], population=[90.0, 7.0])
    raster = grid([[5, 5, 5], [10, 20, 0]])
    lands = areas(box(0, 0, 150, 200), box(150, 0, 300, 200))
    found = contents(lands, Sources(population=people, grid=raster))
    assert told(found, "population") == pytest.approx([30 + 30 + 7, 30])
    assert set(found["method"]) == {"by_grid"}
    with pytest.warns(GeoterritorioWarning, match="nobody in 1 of 1 polygons"):
        found = contents(lands, Sources(population=people, grid=grid([[5, 5, 5], [0, 0, 0]])))
    assert told(found, "population") == pytest.approx([45 + 7, 45])


@pytest.mark.parametrize(
    "raster",
    [grid([[np.nan] * 10 + [1.0] * 10] * 20), grid([[1.0] * 10] * 20), grid([[1.0] * 10] * 20, west=1000)],
    ids=["no value", "ends in the middle", "begins in the middle"],
)
def test_people_of_a_polygon_that_the_raster_does_not_wholly_know_are_unknown_in_its_parts(raster):
    disks = areas(Point(400, 1000).buffer(300), Point(1600, 1000).buffer(300), box(-100, -100, 2100, 2100))
    people = layer([box(0, 0, 2000, 2000)], population=[100.0], pupils=[0.0])
    with pytest.warns(
        GeoterritorioWarning, match="in 1 of 1 polygons that areas cut, the raster has cells without"
    ):
        found = contents(disks, Sources(population=people, grid=raster, columns=["pupils"]))
    # the third holds the polygon wholly, and nobody is divided without knowing how
    assert np.isnan(told(found, "population")).tolist() == [True, True, False]
    assert np.isnan(told(found, "population", "known")).tolist() == [True, True, False]
    assert told(found, "population")[2] == 100
    assert told(found, "population", "missing") == [1, 1, 0]
    assert told(found, "pupils") == [0, 0, 0]


def test_what_is_known_beside_what_is_not_is_told():
    people = layer([box(0, 0, 200, 100), box(200, 0, 400, 100)], population=[10.0, 30.0])
    lands = areas(box(0, 0, 300, 100), box(300, 0, 400, 100))
    with pytest.warns(GeoterritorioWarning, match="in 1 of 1 polygons"):
        found = contents(lands, Sources(population=people, grid=grid([[1, 1, np.nan, 1]])))
    assert np.isnan(told(found, "population")).all()
    assert told(found, "population", "known")[0] == 10
    assert np.isnan(told(found, "population", "known")[1])
    assert told(found, "population", "share")[0] == 10 / 40
    # where the raster knows that the rest of the polygon has nobody, all are on this side
    found = contents(lands, Sources(population=people, grid=grid([[1, 1, np.nan, 0]])))
    assert told(found, "population") == [40, 0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_shares_are_known_where_every_value_of_unknown_cells_gives_the_same(seed):
    rng = np.random.default_rng(seed)
    side = 4
    values = rng.choice([0.0, 0.0, 1.0, 2.0, np.nan], (side, side), p=[0.3, 0.2, 0.15, 0.15, 0.2])
    ends = int(rng.integers(2, side + 1))
    values[:, ends:] = np.nan
    west, south = rng.integers(0, 3, 2)
    east, north = west + rng.integers(2, side - west + 1), south + rng.integers(1, side - south + 1)
    edge = int(rng.integers(west + 1, east))
    polygon = box(100 * west, 100 * south, 100 * east, 100 * north)
    lands = areas(box(-50, -50, 100 * edge, 500), box(100 * edge, -50, 500, 500))
    rows = slice(side - north, side - south)
    unknown = np.argwhere(np.isnan(values[rows, west:east]))
    shares = []
    for filled in [*np.eye(len(unknown)) * 1000, *rng.choice([0.0, 1, 1000], (20, len(unknown)))]:
        cells = values[rows, west:east].copy()
        cells[tuple(unknown.T)] = filled
        if cells.sum() > 0:
            shares.append(cells[:, : edge - west].sum() / cells.sum())
    by_area = (edge - west) / (east - west)
    same = not shares or np.ptp(shares) < 1e-12
    people = layer([polygon], population=[60.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        raster = grid(values[:, :ends], north=100.0 * side)
        found = told(contents(lands, Sources(population=people, grid=raster)), "population")
    if same:
        share = shares[0] if shares else by_area
        assert found == pytest.approx([60 * share, 60 * (1 - share)])
    else:
        assert np.isnan(found).all()


def test_what_is_refused():
    lands = areas(*TWO)
    people = layer([Point(1, 1)], population=[1.0])
    with pytest.raises(LayerError, match="no column “pupils”"):
        contents(lands, Sources(population=people, columns=["pupils"]))
    with pytest.raises(LayerError, match="does not hold numbers"):
        contents(lands, Sources(population=people.assign(pupils="many"), columns=["pupils"]))
    with pytest.raises(LayerError, match="lie nowhere on the map"):
        contents(lands, Sources(population=people.drop(columns="geometry")))
    with pytest.raises(LayerError, match="raster lies nowhere on the areas"):
        contents(lands, Sources(grid=grid([[1.0]], west=9e4)))
    with pytest.warns(GeoterritorioWarning, match="1 of 2 rows lie nowhere"):
        found = contents(
            lands,
            Sources(
                firms=gpd.GeoDataFrame({"firm": ["a", "b"]}, geometry=[here(Point(1, 1))[0], None], crs=25830)
            ),
        )
    assert told(found, "establishments") == [1, 0]


def test_cells_as_exactextract_sums_them():
    exact = pytest.importorskip("exactextract", reason="peer not installed")
    rng = np.random.default_rng(7)
    values = rng.random((30, 30))
    values[rng.random((30, 30)) < 0.1] = np.nan
    shapes = [
        Point(*p).buffer(r)
        for p, r in zip(rng.random((12, 2)) * 2000 + 500, rng.random(12) * 450 + 20, strict=True)
    ]
    lands, raster = areas(*shapes), grid(values)
    source = exact.raster.NumPyRasterSource(
        values, EAST, NORTH, EAST + 3000, NORTH + 3000, nodata=np.nan, srs_wkt=lands.crs.to_wkt()
    )
    peer = exact.exact_extract(source, lands, ["sum", "count"], output="pandas")
    with pytest.warns(GeoterritorioWarning, match="cells without a value"):
        found = contents(lands, Sources(grid=raster))
    # The peer keeps its shares in single precision.
    assert found["known"].to_numpy() == pytest.approx(peer["sum"].to_numpy(), rel=1e-6)
    assert found["counted"].to_numpy() == pytest.approx(peer["count"].to_numpy(), rel=1e-6)


def test_a_corner_a_hair_across_a_cell_is_a_hair():
    # exactextract 0.3.0 counts a whole cell here
    triangle = shapely.Polygon([(100 + 6e-11, 500), (0, 400), (0, 500)])
    found = contents(areas(triangle), Sources(grid=grid(np.ones((20, 20)))))
    assert told(found, "population") == pytest.approx([0.5])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_sums_over_nearest_areas_are_the_total_inside(seed):
    rng = np.random.default_rng(seed)
    # on whole hundreds, so that many lie on borders
    firms = layer(
        [Point(*p) for p in rng.integers(0, 20, (200, 2)) * 100.0], employment=rng.integers(0, 50, 200) * 1.0
    )
    blocks = [box(x, y, x + 250, y + 250) for x in range(0, 2000, 250) for y in range(0, 2000, 250)]
    people = layer(blocks, population=rng.integers(0, 900, len(blocks)) * 1.0)
    raster = grid(rng.integers(0, 30, (20, 20)))
    spots = np.unique(rng.integers(0, 10, (7, 2)) * 200.0, axis=0)
    centres = layer([Point(*p) for p in spots], centre=[f"c{k}" for k in range(len(spots))])
    land = layer([box(0, 0, 2000, 2000)], territory=["t"])
    lands = nearest_areas(centres, territories=land)
    group = np.zeros(len(lands), np.int64)
    found = contents(lands, Sources(firms, people, raster), group=group)
    sums = found.groupby("figure")["sum"].sum()
    assert sums["establishments"] == 200
    assert sums["employment"] == firms["employment"].sum()
    assert sums["population"] == pytest.approx(people["population"].sum(), rel=1e-9)
    by_area = contents(lands, Sources(population=people), group=group)
    assert by_area["sum"].sum() == pytest.approx(people["population"].sum(), rel=1e-9)
    cells = contents(lands, Sources(grid=raster), group=group)
    assert cells["sum"].sum() == pytest.approx(raster.values.sum(), rel=1e-9)
    assert cells["share"].sum() == pytest.approx(1, rel=1e-9)


def test_the_tools_give_areas_with_sums(spots, lines):
    places = spots(a=(0, 0), b=(3000, 0))
    firms = layer(
        [Point(0, 500), Point(0, 1500), Point(3000, 10), Point(1000, 0)],
        firm=list("wxyz"),
        sector=["1"] * 4,
        employment=[1.0, 2, np.nan, 8],
    )
    people = layer([box(-100, 900, 100, 1100)], population=[50.0], pupils=[10.0])
    rings = ServiceRules(rings=True, columns="pupils")
    found = tools.service_areas(places, firms=firms, population=people, distances="1000; 2000", rules=rings)
    areas = found.areas.set_index(["centre", "up_to"])
    assert areas["area"].tolist() == ["A1", "A2", "A3", "A4"]
    # at 1000 m exactly the inner ring counts
    assert areas["establishments"].to_dict() == {
        ("a", 2000.0): 1,
        ("b", 2000.0): 1,
        ("a", 1000.0): 2,
        ("b", 1000.0): 1,
    }
    assert np.isnan(areas.loc[("b", 1000.0), "employment"])
    pupils = found.contents[found.contents["figure"] == "pupils"].set_index("area")["sum"]
    assert pupils[areas.loc["a", "area"].to_list()].sum() == pytest.approx(10)
    assert "pupils" not in found.areas
    roads = lines([(0, 0), (3000, 0)], speed=[30.0])
    land = layer([box(-100, -100, 3100, 2000)], territory=["t"])
    near = tools.nearest_areas(places, land, roads, firms=firms, rules=NearestRules(by="road"))
    assert near.areas["establishments"].tolist() == [3, 1]
    assert near.areas["area_km2"].to_numpy() == pytest.approx([3.2 * 2.1 / 2] * 2, rel=1e-6)
    assert near.contents["centres"].tolist() == ["a", "b", "a", "b"]
    with pytest.raises(LayerError, match="need the layer roads"):
        tools.nearest_areas(places, rules=NearestRules(by="road"))
    with pytest.raises(LayerError, match="not a row of numbers"):
        tools.service_areas(places, distances="near")
    half = grid([[1.0] * 10], west=-100, north=1100)
    blocks = layer([box(-100, 900, 3100, 1100)], population=[50.0])
    with pytest.warns(
        GeoterritorioWarning, match="or ends; how many of their people are inside is not known"
    ):
        near = tools.nearest_areas(places, land, population=blocks, population_grid=half)
    assert near.areas["population"].isna().all()
    assert near.contents["missing"].tolist() == [1, 1]
    plain = tools.nearest_areas(places)
    assert len(plain.contents) == 0
    assert "population" not in plain.areas


def test_isochrones_and_basins_have_sums_within(spots, lines):
    places, roads = spots(a=(0, 0), b=(4000, 0)), lines([(0, 0), (4000, 0)], speed=[60.0])
    firms = layer(
        [Point(500, 0), Point(2000, 40), Point(3000, 2000)],
        firm=list("xyz"),
        sector=["1"] * 3,
        employment=[1.0, 2, 4],
    )
    reached = tools.isochrones(places, roads, budgets="1; 3")
    found = tools.sums_within(reached.areas, firms)
    assert found.sums["area"].tolist() == ["a, 3", "b, 3", "a, 1", "b, 1"]
    assert found.sums[["origin", "up_to", "unit"]].equals(reached.areas[["origin", "up_to", "unit"]])
    assert found.sums["area_km2"].to_numpy() == pytest.approx(reached.areas["area_km2"].to_numpy())
    # nested and overlapping areas count each by itself
    assert found.sums["establishments"].tolist() == [2, 1, 1, 0]
    assert found.sums["employment"].tolist() == [3, 2, 1, 0]
    assert contents(reached.areas, Sources(firms=firms))["area"].tolist() == found.contents["area"].tolist()
    merged = tools.sums_within(reached.merged, firms).sums
    assert merged["area"].tolist() == ["3, 1", "1, 1", "1, 2"]
    assert merged["establishments"].tolist() == [2, 1, 0]
    # of basins, which share borders, the firm in the middle counts in one
    ground = Grid(np.full((20, 40), 0.012), Affine(100, 0, EAST, 0, -100, NORTH + 1000), "EPSG:25830")
    basins = tools.allocation(ground, spots(a=(50, 0), b=(3950, 0))).basins
    found = tools.sums_within(basins, firms[:2], population_grid=grid(np.ones((20, 40)), north=1000))
    assert found.sums["area"].tolist() == found.sums["territory"].tolist() == ["a", "b"]
    assert found.sums["establishments"].tolist() == [2, 0]
    assert found.sums["population"].tolist() == pytest.approx((basins["area_km2"] * 100).tolist())
    assert set(found.contents.columns) == {c.name for c in CONTENTS.columns} - {"centres"}
    # disks keep the identifier that they have
    disks = tools.service_areas(places, firms=firms, distances="600")
    again = tools.sums_within(disks.areas, firms)
    assert again.sums[["area", "establishments"]].equals(disks.areas[["area", "establishments"]])


def test_areas_that_overlap_and_those_that_do_not():
    lands = areas(*TWO, box(50, 0, 60, 10), box(500, 0, 600, 1)).assign(up_to=[1.0, 1, 2, 1])
    group = side_by_side(lands)
    assert group[0] == group[1] == group[3] != group[2]
    assert len(set(side_by_side(lands.assign(up_to=1.0)))) == 4
    assert len(set(side_by_side(lands[:2].drop(columns="up_to")))) == 1


def test_areas_are_told_apart_or_refused():
    lands, firms = areas(*TWO).rename(columns={"area": "shop"}), layer([Point(1, 1)], firm=["x"])
    with pytest.raises(LayerError, match=r"no column identifies them. Name one as “area”.*There are: “shop”"):
        contents(lands, Sources(firms=firms))
    with pytest.raises(LayerError, match=r"2 of 2 rows share their identifier.*\(“origin”\): “a”"):
        tools.sums_within(lands.assign(origin="a"), firms)
    with pytest.raises(LayerError, match=r"1 of 2 rows share their identifier, or have none"):
        tools.sums_within(lands.assign(area=["a", None]), firms)
    with pytest.raises(LayerError, match="1 of 2 rows are no polygons"):
        tools.sums_within(lands.assign(area=["a", "b"], geometry=here(TWO[0], Point(1, 1))), firms)
    with pytest.raises(LayerError, match="the layer is empty"):
        tools.sums_within(lands[:0], firms)
    with pytest.raises(LayerError, match="nothing to sum"):
        tools.sums_within(lands.assign(area=["a", "b"]))
    with pytest.raises(CRSError):
        tools.sums_within(lands.assign(area=["a", "b"]).to_crs(4326), firms)
