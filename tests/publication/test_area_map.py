"""Maps of areas: what is drawn and said, of areas within distances and of those nearest."""

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from geoterritorio.errors import LayerError
from geoterritorio.proximity.tools import nearest_areas, service_areas
from geoterritorio.proximity.tools.areas import NearestRules
from geoterritorio.publication.plots import area_map

CENTRES = gpd.GeoDataFrame(
    {"centre": ["a", "b"]}, geometry=[Point(500_000, 4_500_000), Point(504_000, 4_500_000)], crs=25830
)
LAND = gpd.GeoDataFrame({"territory": ["t"]}, geometry=[box(498e3, 4.498e6, 506e3, 4.502e6)], crs=25830)
ROADS = gpd.GeoDataFrame(
    {"speed": [30.0, 30.0]},
    geometry=[
        LineString([(498e3, 4.5e6), (506e3, 4.5e6)]),
        LineString([(498e3, 4.5015e6), (506e3, 4.5015e6)]),
    ],
    crs=25830,
)


def words(figure):
    axes = figure.axes[0]
    legend = [text.get_text() for held in figure.legends for text in held.get_texts()]
    return figure.get_suptitle(), legend, [text.get_text() for text in axes.texts]


def test_areas_within_distances():
    areas = service_areas(CENTRES, distances="500; 1000").areas
    title, legend, named = words(area_map({"areas": areas, "centres": CENTRES, "territories": LAND}))
    assert title == "Land within straight distances · areas: 4; 6.28 km² in all within 1,000 m"
    assert legend == ["up to 500 m", "up to 1,000 m", "centre"]
    assert {"a", "b"} <= set(named)
    title, *_ = words(area_map({"areas": areas, "centres": CENTRES}, focus="b", lang="es"))
    assert title.startswith("Suelo a distancias en línea recta · b · áreas: 2; 3,14 km²")
    with pytest.raises(LayerError, match="nobody"):
        area_map({"areas": areas}, focus="nobody")


def test_nearest_areas_by_line_and_road():
    areas = nearest_areas(CENTRES, LAND).areas
    title, legend, named = words(area_map({"areas": areas}))
    assert title == "Land nearest to each centre · areas: 2; the largest 16 km²"
    assert legend == ["nearest to one centre each: colours tell neighbours apart"]
    assert {"a", "b"} <= set(named)
    with pytest.warns(match="no centre is reached|no road joins"):
        areas = nearest_areas(CENTRES, LAND, ROADS, rules=NearestRules(by="road")).areas
    _, legend, _ = words(area_map({"areas": areas, "roads": ROADS, "centres": CENTRES}))
    assert legend == [
        "nearest to one centre each: colours tell neighbours apart",
        "no road leads to a centre",
        "centre",
    ]


def test_centres_are_called_by_their_names():
    named = CENTRES.assign(name=["School of the north", "School of the south"])
    areas = service_areas(named, distances="500").areas
    assert areas["name"].tolist() == ["School of the north", "School of the south"]
    title, _, told = words(area_map({"areas": areas, "centres": named}, focus="b"))
    assert "School of the south" in title
    assert "School of the south" in told
    whole = nearest_areas(named, LAND).areas
    assert {"School of the north", "School of the south"} <= set(words(area_map({"areas": whole}))[2])
    assert "name" not in service_areas(CENTRES).areas.columns


def test_nothing_to_draw():
    areas = service_areas(CENTRES).areas
    assert not area_map({"areas": areas[:0]}).legends
