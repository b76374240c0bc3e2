"""The map of reach: what it says, of all places and of one."""

import pytest

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning
from geoterritorio.proximity import ReachRules, tools
from geoterritorio.publication.plots import isochrone_map


@pytest.fixture
def reach(cross, spots):
    with pytest.warns(GeoterritorioWarning, match="1 of 2 places are farther"):
        found = tools.isochrones(
            spots(a=(500, 0), far=(900, 900)), cross, budgets="0,5; 1", reach=ReachRules(radius=80)
        )
    outputs = {name: getattr(found, name) for name in ("areas", "merged", "edges", "snapped")}
    return {**outputs, "roads": cross}


def texts(figure):
    found = [t.get_text() for t in figure.legends[0].get_texts()]
    return [*found, figure.legends[0].get_title().get_text(), figure.get_suptitle()]


@pytest.mark.parametrize("focus", [None, "a"])
def test_land_is_named_by_its_budget_and_radius(reach, focus):
    told = texts(isochrone_map(reach, focus=focus))
    assert told[0].startswith("up to 0.5 minutes: 0.1796 km²")  # 1000 by 160 m, and a circle
    assert told[1].startswith("up to 1 minutes: 0.4")
    assert ("too far from every road" in told) == (focus is None)
    assert "within 80 m of a reached road" in told[-2]
    assert ("a" in told[-1].split(" · ")) == (focus == "a")
    assert "hasta 1 minutos" in texts(isochrone_map(reach, lang="es"))[1]


def test_unknown_places_and_empty_reach(reach):
    with pytest.raises(GeoterritorioError):
        isochrone_map(reach, focus="nobody")
    assert isochrone_map(reach, focus="far") is not None


def test_budgets_are_read_as_they_are_typed(cross, spots):
    with pytest.raises(GeoterritorioError, match="is not a row of numbers"):
        tools.isochrones(spots(a=(0, 0)), cross, budgets="15, 30; sixty")


def test_the_network_as_layers(cross):
    found = tools.road_network(cross)
    assert found.edges["road"].tolist() == list("ewns")
    assert set(found.edges["first_node"]) <= set(found.nodes["node"])
    assert found.nodes["meeting"].sum() == 8
    assert found.components["share"].tolist() == [1.0]
    assert set(found.repairs["count"]) == {0}
