"""Pictures of networks, ways, zones and unequal access say what their tables say."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from matplotlib.colors import to_rgb
from shapely import LineString, Point, box

from geoterritorio.errors import LayerError
from geoterritorio.layers.grids import Grid
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.snapping import SnapRules
from geoterritorio.proximity.tools import (
    access_inequality,
    break_points,
    cost_distance,
    floating_catchments,
    isochrones,
    least_cost_paths,
    road_network,
    travel_costs,
    zonal_sums,
)
from geoterritorio.publication.plots import (
    access_lorenz,
    break_map,
    cost_curves,
    isochrone_map,
    network_map,
    path_map,
    reach,
    zonal_map,
)
from geoterritorio.publication.plots._maps import near_colours

EAST, NORTH = 6e5, 4.4e6


def words(figure):
    legends = [t.get_text() for legend in figure.legends for t in [*legend.get_texts(), legend.get_title()]]
    own = [t.get_text() for axes in figure.axes for t in axes.texts]
    return [figure.get_suptitle(), *legends, *own]


def outputs(found):
    return {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}


def centres(*spots, **columns):
    shapes = [Point(EAST + x, NORTH + y) for x, y in spots]
    return gpd.GeoDataFrame({"centre": list("abcdef")[: len(spots)], **columns}, geometry=shapes, crs=25830)


@pytest.fixture
def roads():
    """A road of a kilometre, and one apart from it."""
    lines = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(0, 800), (200, 800)]]
    shapes = [LineString([(EAST + x, NORTH + y) for x, y in line]) for line in lines]
    return gpd.GeoDataFrame({"speed": 6.0}, index=range(3), geometry=shapes, crs=25830)


@pytest.fixture
def ground():
    return Grid(
        np.full((8, 12), 0.01, dtype=np.float32), Affine(100, 0, EAST, 0, -100, NORTH + 400), 25830, None, {}
    )


def lightness(colour):
    return sum(to_rgb(colour))


def test_the_near_is_dark_everywhere(ground):
    colours = near_colours(4)
    assert [lightness(c) for c in colours] == sorted(map(lightness, colours))
    found = cost_distance(ground, centres((150, 50)))
    figure = reach(outputs(found))
    shades = [sum(patch.get_facecolor()[:3]) for patch in figure.legends[0].get_patches()]
    assert shades[0] == min(shades)


def test_network_tells_parts_and_what_was_found(roads):
    with pytest.warns(match="no road joins"):
        found = outputs(road_network(roads))
    told = words(network_map(found))
    assert told[0] == "Network of roads · 1.2 km; parts that no road joins: 2; the longest has 83.33%"
    assert {"Main network", "roads apart from the main network"} <= set(told)
    assert "Encontrado en las líneas: " in " ".join(words(network_map(found, lang="es")))
    one = outputs(road_network(roads[:2]))
    assert words(network_map(one, focus="1"))[0] == "Network of roads · 1 km; all roads hang together"
    with pytest.raises(LayerError, match="opera"):
        network_map(found, focus="opera")


def test_curves_of_costs_count_who_has_none(roads):
    homes, schools = (
        centres((0, 10), (900, 10), (100, 810)),
        centres((100, 0), (400, 0)).assign(centre=["s", "t"]),
    )
    with pytest.warns(match="no road joins|apart from the main"):
        found = travel_costs(homes, roads, schools, cutoff=6, access=SnapRules(walking_speed=6))
    figure = cost_curves(outputs(found))
    # 110 and 510 metres at 6 km/h, and 410 and 810; the third is on the road apart
    assert " ".join(words(figure)[0].split()) == (
        "Ways by road to the nearest places · origins: 3; with none within the cut-off: 1; half have one within 5.1"
    )
    first, second = figure.axes[0].lines
    assert first.get_ydata().max() == pytest.approx(2 / 3)
    assert second.get_ydata().max() == pytest.approx(1 / 3)
    assert not cost_curves({**outputs(found), "costs": found.costs[:0]}).legends
    with pytest.raises(LayerError, match="about all origins together"):
        cost_curves(outputs(found), focus="opera")


def test_paths_have_minutes_and_names(ground):
    starts = centres((50, 50), (50, 350), name=["Upper mill", "Lower mill"])
    ends = centres((1150, 50), name=["Town"])
    found = least_cost_paths(ground, starts, ends)
    assert found["destination_name"].tolist() == ["Town", "Town"]
    told = words(path_map({"output": found}))
    assert told[0].startswith("Ways with the fewest minutes · ways: 2; minutes: ")
    assert "Upper mill: 11" in told
    assert "Upper mill" in words(path_map({"output": found}, focus="a", lang="es"))[0]
    with pytest.raises(LayerError, match="opera"):
        path_map({"output": found}, focus="opera")
    assert not path_map({"output": found.assign(minutes=np.nan)}).legends


def test_zones_in_classes(ground):
    areas = gpd.GeoDataFrame(
        {"territory": ["w", "e"], "name": ["West", "East"]},
        geometry=[
            box(EAST, NORTH, EAST + 600, NORTH + 400),
            box(EAST + 600, NORTH, EAST + 1200, NORTH + 400),
        ],
        crs=25830,
    )
    found = zonal_sums(
        dataclasses.replace(ground, values=np.arange(96, dtype=np.float32).reshape(8, 12)), areas
    )
    told = words(zonal_map({"output": found}))
    assert told[0] == "Sum of the raster by territory · 1,128 in all; territories: 2, without a value: 0"
    assert {"West", "East"} <= set(told)
    assert words(zonal_map({"output": found}, focus="mean", lang="es"))[0].startswith("Media del ráster")
    with pytest.raises(LayerError, match="opera"):
        zonal_map({"output": found}, focus="opera")
    assert not zonal_map({"output": found.assign(sum=np.nan)}).legends


def test_break_points_with_and_without_centres():
    towns = centres((0, 0), (9000, 0), (0, 9000), capacity=[10.0, 40.0, 10.0], name=["A", "B", "C"])
    found = break_points(towns)
    told = words(break_map({"output": found}))
    assert told[0].startswith("Where neighbouring centres draw alike · points: 3; 3 to 4.5 km")
    assert "A | B" in told
    told = words(break_map({"output": found, "centres": towns}, focus="b"))
    assert {"A", "B", "C", "straight line between neighbours"} <= set(told)
    with pytest.raises(LayerError, match="opera"):
        break_map({"output": found}, focus="opera")
    assert not break_map({"output": found[:0]}).legends


def test_curves_of_access_state_their_gini():
    homes = centres((0, 0), (1000, 0), (9000, 0), population=[10.0, 10.0, 20.0], young=[8.0, 2.0, 0.0])
    homes = homes.rename(columns={"centre": "place"})
    access = floating_catchments(homes, centres((100, 0)), rules=DecayRules(within=3000)).access
    found = access_inequality(access, groups="young")
    figure = access_lorenz(outputs(found))
    told = words(figure)
    gini = found.by_group.set_index("group")["gini"]
    assert told[0] == "Inequality of access"
    assert f"everyone\nGini {gini['all']:.3f}; without any access: 50%" in told
    assert any(text.startswith("young\nGini 0") for text in told)
    assert "the same access for all" in told
    # half of the people are at the floor
    _, every, _ = figure.axes[0].lines
    assert every.get_ydata()[every.get_xdata() <= 0.5].max() == 0
    assert len(figure.axes[0].lines) == 3
    assert len(access_lorenz(outputs(found), focus="young").axes[0].lines) == 3
    with pytest.raises(LayerError, match="opera"):
        access_lorenz(outputs(found), focus="opera")
    assert not access_lorenz({**outputs(found), "by_group": found.by_group[:0]}).legends


def test_budgets_that_add_nothing_have_no_colour(roads):
    found = isochrones(centres((0, 0), name=["Mill"]), roads[:2], budgets="5; 15; 60")
    told = words(isochrone_map(outputs(found)))
    assert "up to 60 minutes: no more land" in told
    assert "Mill" in told
    assert found.areas["name"].tolist() == ["Mill"] * 3
    assert found.snapped["name"].tolist() == ["Mill"]
