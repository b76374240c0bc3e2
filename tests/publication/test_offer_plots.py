"""Maps in classes of what places reach: what they say, and what they do with little."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.text import Annotation

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_centres, as_population
from geoterritorio.proximity import DecayRules, RationalRules
from geoterritorio.proximity.tools import (
    floating_catchments,
    gravity_access,
    opportunities_within,
    rational_agent_access,
    spatial_availability,
)
from geoterritorio.publication import plots
from geoterritorio.publication.plots.offers import _edges

WITHIN = DecayRules(within=4000)


def world(*, points=False):
    cells = [shapely.box(500_000 + 1000 * i, 4_500_000, 501_000 + 1000 * i, 4_501_000) for i in range(12)]
    demand = gpd.GeoDataFrame(
        {"place": [f"p{k}" for k in range(12)], "population": np.arange(12.0)}, geometry=cells, crs=25830
    )
    if points:
        demand = demand.set_geometry(demand.centroid)
    at = gpd.points_from_xy([500_200, 503_200, 503_900], [4_500_600] * 3, crs=25830)
    supply = gpd.GeoDataFrame(
        {"centre": list("xyz"), "name": ["Ñ <b>", "{{ y }} $x$", "Zeta"], "capacity": [5.0, 1, 2]},
        geometry=at,
    )
    return as_population(demand), as_centres(supply)


def texts(figure):
    found = " ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))
    return " ".join(found.split())


def drawn(kind, *, lang="en", points=False, focus=None, change=None):
    demand, supply = world(points=points)
    demand = demand if change is None else change(demand)
    if kind == "potential":
        found = gravity_access(demand, supply, rules=WITHIN)
        layers = {"access": found.access, "summary": found.summary}
        return plots.potential_map(layers, focus=focus, lang=lang)
    if kind == "availability":
        found = spatial_availability(demand, supply, rules=WITHIN)
        return plots.availability_map({"output": found}, focus=focus, lang=lang)
    if kind == "opportunities":
        found = opportunities_within(demand, supply, budgets="1000; 4000; 8000")
        return plots.opportunity_map({"output": found}, focus=focus, lang=lang)
    found = rational_agent_access(demand, supply, tau=6000, rules=RationalRules(within=20_000))
    layers = {"access": found.access, "centres": found.centres, "summary": found.summary}
    return plots.cost_map(layers, focus=focus, lang=lang)


KINDS = {
    "potential": ("Potential access", "Acceso potencial"),
    "availability": ("Spatial availability per head", "Disponibilidad espacial por habitante"),
    "opportunities": ("Opportunities within the budget", "Oportunidades dentro del límite"),
    "costs": ("Cost of travel and crowding", "Coste de viaje y saturación"),
}


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("points", [False, True])
@pytest.mark.parametrize("kind", list(KINDS))
def test_titles_classes_and_what_has_nothing(kind, points, lang, tmp_path):
    figure = drawn(kind, lang=lang, points=points)
    said = texts(figure)
    assert KINDS[kind][lang == "es"] in said
    assert ("over" if lang == "en" else "más de") in said
    if kind != "costs":
        assert ("nothing within reach" if lang == "en" else "nada al alcance") in said
        assert ("not known" if lang == "en" else "no se sabe") not in said
    assert (("The larger a dot" if lang == "en" else "Cuanto mayor el punto") in said) == points
    figure.savefig(tmp_path / "map.png")


@pytest.mark.filterwarnings("ignore:demand")
def test_unknown_is_neither_none_nor_little():
    def lacking(demand):
        return demand.assign(population=demand["population"].where(demand.index != 3))

    assert "not known" in texts(drawn("availability", change=lacking))
    # What is offered does not hang on who wants it.
    assert "not known" not in texts(drawn("opportunities", change=lacking))


def test_places_without_way_have_no_cost():
    def empty(demand):
        return demand.assign(population=demand["population"].where(demand.index < 5, 0.0))

    demand, supply = world()
    found = rational_agent_access(empty(demand), supply, tau=6000, rules=RationalRules(within=2500))
    layers = {"access": found.access, "centres": found.centres, "summary": found.summary}
    assert found.access["rational_cost"].isna().any()
    assert "nothing within reach" in texts(plots.cost_map(layers))
    unfinished = found.summary.assign(converged="no")
    assert "not at rest" in texts(plots.cost_map({**layers, "summary": unfinished}))


def test_the_budget_in_focus():
    assert "up to a cost of 4,000" in texts(drawn("opportunities"))
    assert "up to a cost of 8,000" in texts(drawn("opportunities", focus="8000"))
    with pytest.raises(LayerError, match="plot: “5”"):
        drawn("opportunities", focus="5")


@pytest.mark.parametrize("kind", ["potential", "availability", "costs"])
def test_the_place_in_focus_is_named(kind):
    assert "p3" in texts(drawn(kind, focus="p3"))
    with pytest.raises(LayerError, match="plot: “nowhere”"):
        drawn(kind, focus="nowhere")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_one_more_centre(lang, tmp_path):
    cells = [shapely.box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(8)]
    ways = {"unit": "minutes", "by": "road", "centre_kind": "transfer", "up_to": 15.0}
    gains = gpd.GeoDataFrame(
        {"candidate": [f"c{k}" for k in range(8)], "newly": [0.0, 0, 4, 9, 40, 90, 200, 900], **ways},
        geometry=cells,
        crs=25830,
    )
    chosen = gpd.GeoDataFrame(
        {"turn": [0.0, 1, 2], "candidate": [None, "c7", "c5"]},
        geometry=[None, cells[7].centroid, cells[5].centroid],
        crs=25830,
    )
    figure = plots.one_more_map({"gains": gains, "chosen": chosen}, lang=lang, focus="c2")
    said = texts(figure)
    assert "1. c7" in said
    assert "2. c5" in said
    assert ("nobody newly" if lang == "en" else "nadie nuevo") in said
    assert "15 min" in said
    figure.savefig(tmp_path / "map.png")
    with pytest.raises(LayerError, match="plot: “c9”"):
        plots.one_more_map({"gains": gains, "chosen": chosen}, focus="c9")


def test_tables_have_no_map():
    demand, supply = world()
    found = gravity_access(demand, supply, rules=WITHIN)
    table = pd.DataFrame(found.access.drop(columns="geometry"))
    assert plots.potential_map({"access": table, "summary": found.summary}) is not None


def test_classes_are_fifths_in_two_figures():
    assert _edges(np.array([0.0, np.nan])).size == 0
    assert _edges(np.array([3.0, 3.0])).size == 0
    assert _edges(np.arange(1.0, 1001.0)).tolist() == [200, 400, 600, 800]


def test_names_hide_no_dots():
    """Of places drawn as dots a name covers none, and neither a centre."""
    demand, supply = world(points=True)
    found = floating_catchments(demand, supply, rules=WITHIN)
    layers = {"access": found.access, "centres": found.centres, "summary": found.summary}
    figure = plots.access_map(layers)
    axes = figure.axes[0]
    figure.draw_without_rendering()
    spots = axes.transData.transform(
        np.vstack([np.column_stack([g.geometry.x, g.geometry.y]) for g in (found.access, found.centres)])
    )
    names = [a for a in axes.findobj(Annotation) if a.get_text() in {"Ñ <b>", "{{ y }} $x$", "Zeta"}]
    assert names
    for name in names:
        box = name.get_window_extent()
        assert not any(box.contains(*spot) for spot in spots)


def test_dots_of_places_without_reach_have_the_size_of_their_people():
    demand, supply = world(points=True)
    found = spatial_availability(demand, supply, rules=DecayRules(within=2000))
    figure = plots.availability_map({"output": found})
    hatched = [c for c in figure.axes[0].collections if c.get_hatch()]
    none = found["reached"] == "no"
    assert 0 < none.sum() < len(none)
    assert hatched[0].get_sizes() == pytest.approx(np.maximum(260 * demand["population"][none] / 11, 24))
