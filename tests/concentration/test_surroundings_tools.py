"""Tools of focal quotients and cluster indices on layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from geoterritorio.concentration import (
    ClusterWhole,
    cluster_index,
    focal_location_quotient,
    focal_location_quotient_interval,
    kernel_weights,
    location_quotient,
    tabulate_plants,
    tools,
)
from geoterritorio.concentration.tools import ClusterRules
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_population, as_reference


@pytest.fixture
def spain(territories):
    return territories.set_geometry(territories.translate(440_000, 4_470_000))


@pytest.fixture
def plants(firms):
    return firms.set_geometry(firms.translate(440_000, 4_470_000))


def wide(rows, column):
    return rows.pivot_table(index="territory", columns="sector", values=column)


def test_focal_quotients_are_those_of_the_measures(spain, plants):
    found = tools.focal_location_quotient(spain, plants, bandwidth=1500)
    near = kernel_weights(spain, bandwidth=1500, kernel="bisquare")
    table = tabulate_plants(plants, spain)
    expected = focal_location_quotient_interval(
        table.employment, near, table.squares, plants=table.establishments
    )
    pd.testing.assert_frame_equal(wide(found.quotients, "focal_lq"), expected.lq)
    pd.testing.assert_frame_equal(wide(found.quotients, "low"), expected.low)
    pd.testing.assert_frame_equal(wide(found.quotients, "lq"), location_quotient(table.employment))
    assert set(found.quotients["reference"]) == {"own sums"}
    assert list(found.areas["territory"]) == list("abcdef")
    first = (
        found.quotients.sort_values("low", ascending=False)
        .drop_duplicates("territory")
        .set_index("territory")
    )
    assert (found.areas.set_index("territory")["sector"] == first["sector"].reindex(list("abcdef"))).all()
    assert found.areas.crs == spain.crs


def test_bandwidth_of_nothing_gives_the_plain_quotient(spain, plants):
    found = tools.focal_location_quotient(spain, plants, bandwidth=0, measure="establishments").quotients
    np.testing.assert_allclose(found["focal_lq"], found["lq"])
    np.testing.assert_allclose(found["effective_plants"], found["establishments"])


def test_focal_with_a_reference_and_a_sector(spain, plants):
    nation = as_reference(pd.DataFrame({"sector": ["15", "25", "47"], "employment": [5000.0, 9000, 20000]}))
    found = tools.focal_location_quotient(
        spain, plants, bandwidth=1500, kernel="uniform", reference=nation, sector="25"
    )
    assert set(found.quotients["reference"]) == {"reference"}
    assert found.rules.reference == "reference"
    assert (found.areas["sector"] == "25").all()
    table = tabulate_plants(plants, spain).employment
    near = kernel_weights(spain, bandwidth=1500)
    expected = focal_location_quotient(table, near, reference=nation.set_index("sector")["employment"])
    pd.testing.assert_frame_equal(wide(found.quotients, "focal_lq"), expected)
    with pytest.raises(LayerError, match="no code “99”"):
        tools.focal_location_quotient(spain, plants, bandwidth=1500, sector="99")


def test_focal_needs_metres(spain, plants):
    with pytest.raises(CRSError, match="degrees"):
        tools.focal_location_quotient(spain.to_crs(4326), plants, bandwidth=1500)


@pytest.fixture
def people():
    return as_population(
        pd.DataFrame({"territory": list("abcdef"), "population": [100.0, 200, 300, 400, 500, 600]})
    )


def test_cluster_indices_are_those_of_the_measure(spain, plants, people):
    found = tools.cluster_index(spain, plants, population=people)
    table = tabulate_plants(plants, spain)
    heads = people.set_index("territory")["population"]
    flat = pd.Series(1.0, index=list("abcdef"))
    expected = cluster_index(table.employment, table.establishments, flat, heads)
    pd.testing.assert_frame_equal(wide(found.indices, "index"), expected, rtol=1e-5)
    some = found.indices[found.indices["low"].notna()]
    assert len(some) > 0
    assert (some["effective_plants"] >= 5).all()
    assert ((some["low"] < some["index"]) & (some["index"] < some["high"])).all()
    best = (
        found.indices.sort_values("index", ascending=False)
        .drop_duplicates("territory")
        .set_index("territory")
    )
    assert (found.areas.set_index("territory")["index"] == best["index"].reindex(list("abcdef"))).all()


def test_cluster_indices_against_a_larger_whole(spain, plants, people):
    nation = pd.DataFrame(
        {"sector": ["15", "25", "47"], "employment": [4e3, 5e3, 6e3], "establishments": [400.0, 500, 600]}
    )
    rules = ClusterRules(whole_area=100, whole_population=9000)
    found = tools.cluster_index(
        spain, plants, population=people, reference=as_reference(nation), rules=rules
    ).indices
    table = tabulate_plants(plants, spain)
    sums = nation.set_index("sector")
    whole = ClusterWhole(sums["employment"], sums["establishments"], 100, 9000, "reference")
    area = found.drop_duplicates("territory").set_index("territory")["area"]
    heads = people.set_index("territory")["population"]
    expected = cluster_index(table.employment, table.establishments, area, heads, reference=whole)
    pd.testing.assert_frame_equal(wide(found, "index"), expected)
    assert set(found["reference"]) == {"reference"}
    jobs, squares = table.employment, table.squares
    sure = found[found["low"].notna()].set_index(["territory", "sector"])
    for cell, row in sure.iterrows():
        deviation = np.sqrt(squares.loc[cell] / jobs.loc[cell] ** 2 + 3 / table.establishments.loc[cell])
        assert np.log(row["high"] / row["index"]) == pytest.approx(1.959964 * deviation, rel=1e-6)
    with pytest.raises(LayerError, match=r"whole_area: .* above 0") as refused:
        tools.cluster_index(
            spain, plants, population=people, reference=as_reference(nation.drop(columns="establishments"))
        )
    assert len(refused.value.problems) == 3
    with pytest.raises(LayerError, match=r"whole_population.: there is no reference"):
        tools.cluster_index(spain, plants, population=people, rules=ClusterRules(whole_population=5))


def test_areas_are_those_on_the_ellipsoid(spain, plants, people):
    found = tools.cluster_index(spain, plants, population=people).areas
    geod = Geod(ellps="WGS84")
    expected = [abs(geod.geometry_area_perimeter(g)[0]) / 1e6 for g in spain.to_crs(4326).geometry]
    np.testing.assert_allclose(found["area"], expected, rtol=1e-5)
    # The projection makes them larger or smaller than the 1 km² of its own.
    assert (np.abs(found["area"] - 1) > 1e-4).all()


def test_places_count_where_they_lie(spain, plants, people):
    points = spain.geometry.representative_point()
    places = gpd.GeoDataFrame({"population": people["population"]}, geometry=points)
    places = pd.concat([places, places.set_geometry(places.translate(50_000, 0))], ignore_index=True)
    with pytest.warns(GeoterritorioWarning, match="6 places are in no territory"):
        found = tools.cluster_index(spain, plants, population=as_population(places))
    expected = tools.cluster_index(spain, plants, population=people)
    pd.testing.assert_frame_equal(found.indices, expected.indices)


def test_counts_without_sizes_have_no_interval(spain, people):
    counts = as_counts(
        pd.DataFrame(
            {"territory": list("abc"), "sector": "10", "employment": [5.0, 6, 7], "establishments": 2.0}
        )
    )
    found = tools.cluster_index(spain, counts=counts, population=people).indices
    assert found["low"].isna().all()
    assert found["index"].tolist()[3:] == [0, 0, 0]


def test_what_the_cluster_tool_refuses(spain, plants, people):
    counts = as_counts(pd.DataFrame({"territory": ["a"], "sector": ["10"], "employment": [5.0]}))
    with pytest.raises(LayerError, match="needs jobs and establishments"):
        tools.cluster_index(spain, counts=counts, population=people)
    dots = spain.set_geometry(spain.representative_point())
    table = plants.assign(territory="a").drop(columns="geometry")
    with pytest.raises(LayerError, match="points have no area"):
        tools.cluster_index(dots, pd.DataFrame(table), population=people)
    with pytest.raises(LayerError, match="1 territories have no number of inhabitants, for example f"):
        tools.cluster_index(spain, plants, population=people.iloc[:5])
    with pytest.raises(LayerError, match="1 territories have no number of inhabitants, for example b"):
        tools.cluster_index(spain, plants, population=people.assign(population=[1, np.nan, 1, 1, 1, 1]))
    with pytest.warns(
        GeoterritorioWarning, match="1 territory codes are not in the layer of territories: “z”"
    ):
        tools.cluster_index(
            spain, plants, population=pd.concat([people, people.iloc[:1].assign(territory="z")])
        )
    with pytest.raises(LayerError, match="several periods"):
        tools.cluster_index(spain, plants, population=people.assign(period=list("112222")))
    with pytest.raises(LayerError, match="neither places nor a territory column"):
        tools.cluster_index(spain, plants, population=people.drop(columns="territory"))
