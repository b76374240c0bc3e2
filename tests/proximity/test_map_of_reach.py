"""The map of reach: what it says, of all places and of one."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

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


@pytest.mark.parametrize("focus", [None, "a"])
def test_roads_are_coloured_where_their_land_is_too_narrow(cross, spots, focus):
    with pytest.warns(GeoterritorioWarning, match="1 of 2 places are farther"):
        found = tools.isochrones(
            spots(a=(0, 0), far=(900, 900)), cross, budgets="0,25; 0,5; 1", reach=ReachRules(radius=0.5)
        )
    outputs = {name: getattr(found, name) for name in ("areas", "merged", "edges", "snapped")}
    figure = isochrone_map({**outputs, "roads": cross}, focus=focus)
    told = texts(figure)
    assert "Coloured are the reached roads: the land within 0.5 m of them" in told[-2]
    coloured = [c for c in figure.axes[0].collections if c.get_zorder() >= 0.6]
    # a colour and a width of its own each, the farthest beneath
    assert len({to_hex(c.get_color()[0]) for c in coloured}) == 3
    assert [c.get_linewidth()[0] for c in coloured] == pytest.approx([0.9, 1.3, 1.7])
    ends = [max(float(np.hypot(*(p - (5e5, 4.5e6)).T).max()) for p in c.get_segments()) for c in coloured]
    assert ends == pytest.approx([1000, 500, 250], abs=0.6)  # to the end of the land, where it is one place's
    assert "En color, las vías alcanzadas" in texts(isochrone_map({**outputs, "roads": cross}, lang="es"))[-2]


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
