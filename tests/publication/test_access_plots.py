"""Maps of access and of market areas: what they say, and what they do with little."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_centres, as_population
from geoterritorio.proximity import DecayRules
from geoterritorio.proximity.tools import floating_catchments, huff_shares
from geoterritorio.publication import plots


def world(*, points=False, equal=False):
    cells = [shapely.box(500_000 + 1000 * i, 4_500_000, 501_000 + 1000 * i, 4_501_000) for i in range(12)]
    demand = gpd.GeoDataFrame(
        {"place": [f"p{k}" for k in range(12)], "population": np.arange(12.0)}, geometry=cells, crs=25830
    )
    if points:
        demand = demand.set_geometry(demand.centroid)
    at = gpd.points_from_xy([500_200, 503_200, 503_900], [4_500_600] * 3, crs=25830)
    supply = gpd.GeoDataFrame(
        {
            "centre": list("xyz"),
            "name": ["Ñ <b>", "{{ y }} $x$", "Zeta"],
            "capacity": [2.0] * 3 if equal else [5.0, 1, 2],
        },
        geometry=at,
    )
    return as_population(demand), as_centres(supply)


def texts(figure):
    found = [t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text"))]
    return " ".join(found)


def outputs(result, *names):
    return {name: getattr(result, name) for name in names}


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("points", [False, True])
def test_access_map(lang, points, tmp_path):
    demand, supply = world(points=points)
    result = floating_catchments(demand, supply, variant="gaussian", rules=DecayRules(within=4000))
    drawn = plots.access_map(outputs(result, "access", "centres", "summary"), lang=lang)
    said = texts(drawn)
    assert ("straight lines up to 4 km" if lang == "en" else "líneas rectas de hasta 4 km") in said
    assert ("nothing within reach" if lang == "en" else "nada al alcance") in said
    assert "{{ y }} $x$" in said
    drawn.savefig(tmp_path / "map.png")


def test_centres_that_offer_the_same_are_not_told_apart_by_size():
    found = {}
    for equal in (True, False):
        result = floating_catchments(*world(equal=equal), rules=DecayRules(within=4000))
        found[equal] = texts(plots.access_map(outputs(result, "access", "centres", "summary")))
    assert "the larger the more it offers" in found[False]
    assert "the larger" not in found[True]


@pytest.mark.filterwarnings("ignore:demand")
def test_unknown_access_is_dotted():
    demand, supply = world()
    unknown = demand.assign(population=demand["population"].where(demand.index != 3))
    result = floating_catchments(unknown, supply, rules=DecayRules(within=4000))
    assert "not known" in texts(plots.access_map(outputs(result, "access", "centres", "summary")))


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("points", [False, True])
@pytest.mark.parametrize("focus", [None, "x"])
def test_market_area_map(lang, points, focus, tmp_path):
    demand, supply = world(points=points)
    result = huff_shares(demand, supply, rules=DecayRules("exponential", within=6000, half=2000))
    layers = outputs(result, "areas", "centres", "choices", "summary")
    drawn = plots.market_area_map(layers, focus=focus, lang=lang)
    said = texts(drawn)
    assert ("Market areas (Huff)" if lang == "en" else "Áreas de mercado (Huff)") in said
    wanted = ("nothing within reach", "nada al alcance") if focus is None else ("out of its", "fuera de su")
    assert wanted[lang == "es"] in said
    drawn.savefig(tmp_path / "map.png")


@pytest.mark.parametrize("points", [False, True])
def test_contested_places_are_told_apart(points, tmp_path):
    demand, supply = world(points=points)
    rules = DecayRules("exponential", within=6000, half=2000)
    result = huff_shares(demand, supply, rules=rules, least_share=0.8)
    assert set(result.areas["contested"].dropna()) == {"yes", "no"}
    layers = outputs(result, "areas", "centres", "choices", "summary")
    drawn = plots.market_area_map(layers)
    assert "contested: no centre has 80%" in texts(drawn)
    drawn.savefig(tmp_path / "map.png")
    assert "contested" not in texts(plots.market_area_map(layers, focus="x"))


def test_tables_have_no_map_and_unknown_names_are_refused():
    demand, supply = world()
    result = floating_catchments(demand, supply, rules=DecayRules(within=4000))
    layers = outputs(result, "access", "centres", "summary")
    table = pd.DataFrame(result.access.drop(columns="geometry"))
    assert plots.access_map({**layers, "access": table}) is not None
    with pytest.raises(LayerError, match="plot: “nowhere”"):
        plots.access_map(layers, focus="nowhere")
