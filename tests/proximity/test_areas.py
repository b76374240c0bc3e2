"""Areas around centres and nearest to them: identities, cases by hand, what is refused and said."""

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely import Point, Polygon, box

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.proximity import (
    NetworkRules,
    allocated_roads,
    nearest_areas,
    nearest_by_road,
    road_network,
    service_areas,
    snap,
)
from geoterritorio.proximity._cutting import Cutter

EAST, NORTH = ORIGIN = np.array([5e5, 4.5e6])


def land(*shapes, crs=25830):
    moved = shapely.transform(np.array(shapes, dtype=object), lambda c: c + ORIGIN)
    return gpd.GeoDataFrame({"territory": [f"t{k}" for k in range(len(shapes))]}, geometry=moved, crs=crs)


def centres(xy, crs=25830):
    names = [f"c{k:03d}" for k in range(len(xy))]
    return gpd.GeoDataFrame(
        {"centre": names}, geometry=gpd.points_from_xy(*(np.asarray(xy) + ORIGIN).T), crs=crs
    )


# the corners of a circle of 128, as a share of its area
CORNERS = 64 / np.pi * np.sin(2 * np.pi / 128)


def test_disks_have_the_area_of_their_corners(spots):
    found = service_areas(spots(a=(0, 0), b=(9000, 0)), distances=[500, 2000])
    assert found["up_to"].tolist() == [2000, 2000, 500, 500]
    assert found["centre"].tolist() == ["a", "b", "a", "b"]
    assert found["area"].tolist() == ["A1", "A2", "A3", "A4"]
    assert found["area_km2"].to_numpy() == pytest.approx(
        np.pi * np.array([4, 4, 0.25, 0.25]) * CORNERS, rel=1e-9
    )


def test_rings_share_the_disk_out(spots):
    place = spots(a=(0, 0))
    disk = service_areas(place, distances=[3000])["area_km2"].sum()
    rings = service_areas(place, distances=[1000, 2000, 3000], rings=True)
    assert rings["area_km2"].sum() == pytest.approx(disk, rel=1e-12)
    assert rings[["starts_at", "up_to"]].to_numpy().tolist() == [[2000, 3000], [1000, 2000], [0, 1000]]


def test_dissolved_areas_list_their_centres(spots):
    found = service_areas(spots(b=(0, 0), a=(1000, 0), c=(9000, 0)), distances=[400, 800], overlap="dissolve")
    assert found["centres"].tolist()[:2] == ["a; b", "c"]
    assert set(found["centres"][2:]) == {"a", "b", "c"}
    assert found["places"].tolist() == [2, 1, 1, 1, 1]
    assert found["centre"].isna().tolist() == [True, False, False, False, False]
    kept = service_areas(spots(b=(0, 0), a=(1000, 0), c=(9000, 0)), distances=[800])
    assert found["area_km2"][:2].sum() == pytest.approx(kept.union_all().area / 1e6)


def test_dissolved_rings_do_not_overlap(spots):
    place = spots(a=(0, 0), b=(1000, 0), c=(2500, 0))
    rings = service_areas(place, distances=[600, 1200], overlap="dissolve", rings=True)
    assert rings["area_km2"].sum() == pytest.approx(rings.union_all().area / 1e6, rel=1e-12)


def test_a_polygon_belongs_to_its_own_area():
    square = land(box(0, 0, 1000, 1000)).rename(columns={"territory": "centre"})
    found = service_areas(square, distances=[100])
    by_hand = 1.0 + 4 * 0.1 + np.pi * 0.01 * CORNERS
    assert found["area_km2"].tolist() == pytest.approx([by_hand], rel=1e-9)


def test_areas_are_cut_to_the_territories(spots):
    ground = land(box(-5000, -5000, 0, 5000))
    found = service_areas(spots(a=(0, 0)), distances=[1000], territories=ground)
    assert found["area_km2"].tolist() == pytest.approx([np.pi / 2 * CORNERS], rel=1e-9)
    with pytest.warns(GeoterritorioWarning) as said:
        found = service_areas(spots(a=(0, 0), b=(500, 0), c=(9000, 0)), distances=[1000], territories=ground)
    texts = [str(w.message) for w in said]
    assert any("2 of 3 lie outside the territories: “b”, “c”" in t for t in texts)
    assert any("wholly outside the territories, left out: 1" in t for t in texts)
    assert found["centre"].tolist() == ["a", "b"]
    with (
        pytest.warns(GeoterritorioWarning, match="lie outside"),
        pytest.raises(LayerError, match="all areas lie outside"),
    ):
        service_areas(spots(c=(90000, 0)), distances=[1000], territories=ground)


@pytest.mark.parametrize("rings", [False, True])
def test_dissolved_areas_that_only_the_larger_distance_brings_inside(spots, rings):
    ground, place = land(box(-5000, -5000, 0, 5000)), spots(a=(500, 0))
    with pytest.warns(GeoterritorioWarning, match="lie outside"):
        found = service_areas(
            place, distances=[400, 1000], overlap="dissolve", territories=ground, rings=rings
        )
    assert found["up_to"].tolist() == [1000]
    with (
        pytest.warns(GeoterritorioWarning, match="lie outside"),
        pytest.raises(LayerError, match="all areas lie outside"),
    ):
        service_areas(place, distances=[100], overlap="dissolve", territories=ground, rings=rings)


@pytest.mark.parametrize("distances", [(), (0,), (-5, 10), (np.nan,), (np.inf,)])
def test_distances_that_are_none(spots, distances):
    with pytest.raises(LayerError, match="distances"):
        service_areas(spots(a=(0, 0)), distances=distances)


def test_what_centres_are_refused(spots):
    place = spots(a=(0, 0), b=(1, 1))
    for measure in (service_areas, nearest_areas):
        with pytest.raises(LayerError, match="empty"):
            measure(place[:0])
        with pytest.raises(CRSError, match="degrees"):
            measure(place.to_crs(4326))
        with pytest.raises(CRSError, match="metres on the ground"):
            measure(place.to_crs(3857))
        with pytest.raises(LayerError, match="names stand in several rows"):
            measure(place.assign(centre="a"))
        with pytest.raises(LayerError, match="1 places have no point"):
            measure(place.set_geometry([place.geometry[0], None]))
        with pytest.raises(LayerError, match="2 places have no point"):
            measure(place.drop(columns="geometry"))
    with pytest.raises(LayerError, match="territories: the layer is empty"):
        nearest_areas(place, territories=land(box(0, 0, 1, 1))[:0])
    with pytest.raises(LayerError, match="land is cut to polygons"):
        nearest_areas(place, territories=place)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
def test_nearest_areas_share_the_land_out(seed, number, regular):
    rng = np.random.default_rng(seed)
    xy = rng.random((number, 2)) * 2e4
    if regular:
        # many ties: four centres around every corner
        side = int(np.ceil(np.sqrt(number)))
        xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[:number] * 1000.0
    hole = Polygon(
        [(0, 0), (2e4, 0), (1.5e4, 2e4), (0, 1.2e4)], [[(5e3, 5e3), (9e3, 5e3), (9e3, 8e3), (5e3, 8e3)]]
    )
    ground = land(hole, box(3e4, 0, 3.1e4, 1e3))
    found = quiet(nearest_areas, centres(xy), territories=ground)
    whole = ground.union_all().area / 1e6
    assert found["area_km2"].sum() == pytest.approx(whole, rel=1e-9)
    assert found.union_all().area / 1e6 == pytest.approx(whole, rel=1e-9)
    assert found.geometry.is_valid.all()
    points = rng.random((400, 2)) * [3.2e4, 2e4]
    distance, nearest = cKDTree(xy).query(points, k=2)
    clear = distance[:, 1] - distance[:, 0] > 1e-3
    spots = gpd.GeoSeries(gpd.points_from_xy(*(points + ORIGIN).T), crs=25830)
    point, area = shapely.STRtree(found.geometry.to_numpy()).query(spots, predicate="intersects").tolist()
    names = found["centre"].to_numpy()
    for p, a in zip(point, area, strict=True):
        if clear[p]:
            assert names[a] == f"c{nearest[p, 0]:03d}"
    inside = spots.within(ground.union_all())
    assert set(np.flatnonzero(inside)) <= set(point)


def test_without_territories_the_rectangle_around(spots):
    found = nearest_areas(spots(a=(0, 0), b=(1000, 0)))
    assert found["area_km2"].tolist() == pytest.approx([0.6 * 0.2, 0.6 * 0.2])
    with pytest.raises(LayerError, match="Give territories"):
        nearest_areas(spots(a=(0, 0)))


def test_one_centre_has_the_whole_land(spots):
    found = nearest_areas(spots(a=(0, 0)), territories=land(box(-500, 0, 3000, 2000)))
    assert found["area_km2"].tolist() == pytest.approx([7.0])
    assert found["centre"].tolist() == ["a"]


def test_centres_at_one_place_are_said(spots):
    with pytest.warns(GeoterritorioWarning, match="several centres lie: 1 .*“a; z”"):
        found = nearest_areas(
            spots(z=(0, 0), b=(1000, 0), a=(0, 0)), territories=land(box(-500, 0, 1500, 500))
        )
    assert found[["centre", "centres", "places"]].to_numpy().tolist() == [["a", "a; z", 2], ["b", "b", 1]]
    assert found["area_km2"].tolist() == pytest.approx([0.5, 0.5])


def test_centres_without_land_are_said(spots):
    ground = land(box(0, 0, 1000, 1000))
    with pytest.warns(GeoterritorioWarning) as said:
        found = nearest_areas(spots(a=(500, 500), b=(9000, 500)), territories=ground)
    assert [str(w.message).split(":")[1].strip() for w in said] == [
        "1 of 2 lie outside the territories",
        "to 1 of 2 no land is nearest, they have no area",
    ]
    assert found["centre"].tolist() == ["a"]


def test_polygons_count_by_a_point_inside():
    squares = land(box(0, 0, 100, 100), box(900, 0, 1000, 100)).rename(columns={"territory": "centre"})
    with pytest.warns(GeoterritorioWarning, match="polygons, .* counts: 2"):
        found = nearest_areas(squares, territories=land(box(0, 0, 1000, 100)))
    assert found["area_km2"].tolist() == pytest.approx([0.05, 0.05])


def quiet(measure, *layers, **options):
    """What a measure finds, whatever it says of random places."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return measure(*layers, **options)


def by_road(roads, places, *, network=None, ground=None, **options):
    built = road_network(roads, rules=network)
    return nearest_by_road(places, built, snap(places, built, name="centres"), territories=ground, **options)


@pytest.mark.parametrize("step", [20, 1000])
def test_one_straight_road_is_the_straight_line(lines, spots, step):
    road = lines([(0, 0), (20000, 0)], speed=[30.0])
    places, ground = spots(a=(1000, 0), b=(7000, 0), c=(16500, 0)), land(box(0, -1000, 20000, 1000))
    along, across = by_road(road, places, ground=ground, step=step), nearest_areas(places, territories=ground)
    assert along["centre"].tolist() == across["centre"].tolist()
    apart = along.geometry.symmetric_difference(across.geometry).area
    # a millimetre along two kilometres
    assert apart.max() < 2.0


def test_faster_roads_draw_the_border_away(lines, spots):
    road = lines([(0, 0), (5000, 0)], [(5000, 0), (10000, 0)], speed=[60.0, 30.0])
    places, ground = spots(a=(0, 0), b=(10000, 0)), land(box(0, -10, 10000, 10))
    found = by_road(road, places, ground=ground)
    # 5 minutes from the fast end, 10 from the slow one: they meet after 7.5 minutes, 1250 m beyond the middle
    assert found["area_km2"].to_numpy() == pytest.approx([0.02 * 6.25, 0.02 * 3.75], rel=1e-6)


def test_ties_go_to_the_name_that_sorts_first(lines, spots):
    # a branch that starts where both are equally near
    road = lines([(-1000, 0), (0, 0)], [(0, 0), (1000, 0)], [(0, 0), (0, 3000)], speed=[30.0] * 3)
    for east, west in (("a", "b"), ("b", "a")):
        places = spots(**{east: (1000, 0), west: (-1000, 0)})
        built = road_network(road)
        found = allocated_roads(built, snap(places, built, name="centres"))
        length = shapely.length(built.lines)[found.edge] * (found.finish - found.begin)
        owner = places["centre"].to_numpy()[found.centre]
        assert length[owner == "a"].sum() == pytest.approx(4000, abs=0.01)
        assert length[owner == "b"].sum() == pytest.approx(1000, abs=0.01)


def test_roads_that_reach_no_centre_are_told_apart(lines, spots):
    road = lines([(0, 0), (1000, 0)], [(0, 5000), (1000, 5000)], speed=[30.0, 30.0])
    ground = land(box(0, 0, 1000, 5000))
    with pytest.warns(GeoterritorioWarning) as said:
        found = by_road(road, spots(a=(100, 0)), ground=ground)
    assert "from 1 km of roads no centre is reached (50 % of all)" in str(said[-1].message)
    assert found["centre"].isna().tolist() == [False, True]
    assert found["places"].tolist() == [1, 0]
    assert found["area_km2"].to_numpy() == pytest.approx([2.5, 2.5], rel=1e-4)


def test_one_way_roads_tell_the_directions_apart(lines, spots):
    road = lines([(0, 0), (1000, 0)], speed=[30.0], oneway=["yes"])
    built = road_network(road)
    places = snap(spots(a=(400, 0)), built, name="centres")
    for direction, reached in (("to", (0, 0.4)), ("from", (0.4, 1))):
        found = allocated_roads(built, places, direction=direction)
        mine = found.centre == 0
        assert (found.begin[mine].min(), found.finish[mine].max()) == pytest.approx(reached)
        assert np.isnan(found.cost_begin[~mine]).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_roads_are_shared_out_as_scipy_does(random_roads, seed):
    roads, _, _ = random_roads(seed)
    rng = np.random.default_rng(seed)
    built = quiet(road_network, roads, rules=NetworkRules(junctions="ends"))
    few = rng.choice(len(built.xy), 3, replace=False)
    places = gpd.GeoDataFrame(
        {"centre": ["a", "b", "c"]}, geometry=gpd.points_from_xy(*built.xy[few].T), crs=25830
    )
    snapped = quiet(snap, places, built, name="centres")
    found = allocated_roads(built, snapped, direction="from")
    there, back = built.costs()
    # a matrix adds what stands twice, so the cheapest of each pair is looked for
    matrix = np.full((len(built.xy),) * 2, np.inf)
    np.minimum.at(matrix, (built.start, built.end), there)
    np.minimum.at(matrix, (built.end, built.start), back)
    np.fill_diagonal(matrix, np.inf)
    row, column = np.nonzero(np.isfinite(matrix))
    graph = sparse.csr_array((matrix[row, column], (row, column)), shape=matrix.shape)
    cost = dijkstra(graph, indices=few, min_only=True)
    for ends, place, spent in (
        (built.start, found.begin == 0, found.cost_begin),
        (built.end, found.finish == 1, found.cost_finish),
    ):
        # where the way enters the road; at its far end a one-way road may cost more than the node does
        mine = place & (found.centre >= 0) & (spent == np.fmin(found.cost_begin, found.cost_finish))
        assert spent[mine] == pytest.approx(cost[ends[found.edge[mine]]], abs=1e-6)
        every = dijkstra(graph, indices=few)[:, ends[found.edge[mine]]]
        assert np.take_along_axis(every, found.centre[mine][None], axis=0)[0] == pytest.approx(
            every.min(axis=0), abs=1e-6
        )
    # what is not shared out is nowhere reached
    alone = found.centre < 0
    lost = found.edge[alone]
    assert not (np.isfinite(cost[built.start[lost]]) & built.ahead[lost]).any()
    length = (found.finish - found.begin) * built.metres[found.edge]
    assert length.sum() == pytest.approx(built.metres.sum())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(3248)  # crossings a billionth of a metre apart
def test_land_by_road_is_shared_out_and_follows_its_roads(random_roads, seed):
    roads, _, _ = random_roads(seed, oneways=False)
    ground = land(box(-500, -500, 6000, 6000))
    rng = np.random.default_rng(seed)
    built = quiet(road_network, roads, rules=NetworkRules(junctions="crossings"))
    few = rng.choice(len(built.xy), 3, replace=False)
    places = gpd.GeoDataFrame(
        {"centre": ["a", "b", "c"]}, geometry=gpd.points_from_xy(*built.xy[few].T), crs=25830
    )
    snapped = quiet(snap, places, built, name="centres")
    found = quiet(nearest_by_road, places, built, snapped, territories=ground, step=20)
    assert found["area_km2"].sum() == pytest.approx(6.5**2, rel=1e-9)
    shared = allocated_roads(built, snapped)
    middle = (shared.begin + shared.finish) / 2
    spots = shapely.points(Cutter(built.lines).points(shared.edge, middle))
    length = (shared.finish - shared.begin) * built.metres[shared.edge]
    names = np.append(places["centre"].to_numpy(dtype=object), None)
    lands = dict(zip(found["centre"].where(found["centre"].notna(), None), found.geometry, strict=True))
    pieces = shapely.STRtree(Cutter(built.lines).pieces(shared.edge, shared.begin, shared.finish))
    for spot, centre, size in zip(spots, shared.centre, length, strict=True):
        # where roads of several centres lie on each other, land is the first's
        rivals = shared.centre[pieces.query(spot, predicate="dwithin", distance=2)]
        if size > 1 and (rivals == centre).all():
            assert shapely.distance(lands[names[centre]], spot) < 20


def test_road_options_that_are_none(lines, spots):
    road = lines([(0, 0), (1000, 0)], speed=[30.0])
    with pytest.raises(LayerError, match="step: 0 is no length"):
        by_road(road, spots(a=(0, 0)), step=0.0)
    with pytest.raises(LayerError, match="Raise step"):
        by_road(road, spots(a=(0, 0)), step=1e-5)


def test_nothing_is_changed(spots):
    place, ground = spots(a=(0, 0), b=(900, 0)), land(box(-500, -500, 2000, 500))
    before = place.copy(), ground.copy()
    service_areas(place, territories=ground)
    nearest_areas(place, territories=ground)
    assert place.equals(before[0])
    assert ground.equals(before[1])
    assert Point(EAST, NORTH).equals(place.geometry[0])


@pytest.mark.parametrize("apart", [0.2, 3.0, 20.0, 400.0])
def test_roads_side_by_side_have_their_own_sides(lines, spots, apart):
    # two roads that nothing joins, one beside the other and a third farther west: no land in slices
    road = lines([(0, 0), (0, 3000)], [(apart, 0.3), (apart, 3000.3)], speed=[30.0, 30.0])
    places, ground = spots(b=(0, 0), a=(apart, 0.3)), land(box(-1000, 0, 1000, 3000))
    found = quiet(by_road, road, places, ground=ground, step=50).set_index("centre")
    if apart < 1:
        assert found["area_km2"].to_dict() == pytest.approx({"a": 6.0})
        return
    assert shapely.get_num_geometries(found.geometry.to_numpy()).tolist() == [1, 1]
    west = box(-1000, 0, apart / 2, 3000)
    wrong = shapely.transform(west, lambda c: c + ORIGIN).symmetric_difference(found.loc["b"].geometry).area
    assert wrong < 3000 * apart / 10
