"""The one door to a register: what is left out and told, what is refused, and that every tool goes through it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.i18n import translator
from geoterritorio.patterns import ColocationRules, PatternRules, WindowRules, tools
from geoterritorio.patterns.tools._plants import plants_of

FEW = PatternRules(farthest=2000, steps=4, simulations=0)
WINDOW = WindowRules(farthest=500, steps=4, simulations=0)
NONE = ColocationRules(simulations=0)

# Every tool that takes a register as points, and how it is asked to weigh with jobs.
TOOLS = {
    "k_density": lambda f, w: tools.k_density(f, sector="15", weighted=w, rules=FEW).functions["value"],
    "m_function": lambda f, w: tools.m_function(f, sector="15", weighted=w, rules=FEW).functions["value"],
    "m_density": lambda f, w: tools.m_density(f, sector="15", weighted=w, rules=FEW).functions["value"],
    "k_function": lambda f, w: tools.k_function(
        f, LAND, sector="15", form="k_jobs" if w else "k", rules=WINDOW
    ).functions["value"],
    "colocation_quotient": lambda f, **_: tools.colocation_quotient(f, rules=NONE).pairs["quotient"],
    "clumps": lambda f, w: tools.clumps(f, measure="employment" if w else "establishments").areas["area_km2"],
    "density_surface": lambda f, w: pd.Series(
        tools.density_surface(
            f, LAND, bandwidth="800", cell=200, measure="employment" if w else "establishments"
        ).surface.values.ravel()
    ),
}
WEIGHING = [name for name in TOOLS if name != "colocation_quotient"]
LAND = gpd.GeoDataFrame({"territory": ["a"]}, geometry=[shapely.box(0, 0, 6000, 6000)], crs=25830)
LAND = LAND.set_geometry(LAND.translate(440_000, 4_470_000))


@pytest.fixture
def firms():
    rng = np.random.default_rng(1)
    places = np.vstack([rng.normal(3000, 200, (40, 2)), rng.uniform(0, 6000, (80, 2))])
    table = {
        "firm": [f"f{k:03d}" for k in range(120)],
        "sector": np.repeat(["15", "25"], [40, 80]),
        "employment": np.ceil(rng.lognormal(1, 1, 120)),
    }
    return gpd.GeoDataFrame(
        table, geometry=shapely.points(places + np.array([440_000, 4_470_000])), crs=25830
    )


@pytest.fixture
def holed(firms):
    found = firms.copy()
    found.loc[0, "geometry"] = None
    found.loc[50, "geometry"] = shapely.Point()
    found.loc[[1, 50, 60], "sector"] = None
    return found


@pytest.mark.parametrize("name", TOOLS)
def test_without_place_or_sector_left_out_and_told(firms, holed, name):
    said = "firms: 4 of 120 establishments are left out: 3 without “sector”, 2 without “geometry”."
    with pytest.warns(GeoterritorioWarning) as told:
        found = TOOLS[name](holed, w=name in WEIGHING)
    assert [str(w.message) for w in told] == [said]
    expected = TOOLS[name](firms.drop(index=[0, 1, 50, 60]), w=name in WEIGHING)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", WEIGHING)
def test_without_jobs_that_are_to_weigh_refused(firms, name):
    unknown = firms.assign(employment=firms["employment"].where(firms.index > 1))
    with pytest.raises(
        LayerError, match=r"2 of 120 establishments have no “employment”.* count establishments"
    ):
        TOOLS[name](unknown, w=True)
    np.testing.assert_array_equal(TOOLS[name](unknown, w=False), TOOLS[name](firms, w=False))


def test_jobs_of_those_left_out_need_not_be_known(firms):
    unknown = firms.assign(
        employment=firms["employment"].where(firms.index > 0), sector=firms["sector"].where(firms.index > 0)
    )
    with pytest.warns(GeoterritorioWarning, match="1 of 120"):
        assert len(plants_of(unknown, weighted=True).points) == 119


def test_costs_of_those_left_out_go_with_them(firms, holed):
    place = np.c_[firms.geometry.x, firms.geometry.y]
    away = np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    one, other = np.nonzero(~np.eye(len(firms), dtype=bool))
    names = firms["firm"].to_numpy()
    costs = pd.DataFrame({"origin": names[one], "destination": names[other], "cost": away[one, other]})
    table = pd.DataFrame(holed.drop(columns="geometry"))
    kept = pd.DataFrame(firms.drop(columns="geometry")).drop(index=[1, 50, 60])
    among = costs[costs["origin"].isin(kept["firm"]) & costs["destination"].isin(kept["firm"])]
    for tool, options in (
        (tools.k_density, {"sector": "15", "rules": FEW}),
        (tools.m_function, {"sector": "15", "rules": FEW}),
        (tools.m_density, {"sector": "15", "rules": FEW}),
        (tools.colocation_quotient, {"rules": NONE}),
    ):
        with pytest.warns(
            GeoterritorioWarning, match="3 of 120 establishments are left out: 3 without “sector”"
        ):
            found = tool(table, costs, **options)
        expected = tool(kept, among, **options)
        name = "pairs" if tool is tools.colocation_quotient else "functions"
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_nothing_left_is_refused_in_both_languages(firms):
    with pytest.raises(LayerError, match="no establishment has both a sector and a place") as refused:
        plants_of(firms.assign(sector=None), weighted=False)
    assert refused.value.render(translator("es")).startswith("firms: ningún establecimiento tiene a la vez")


def test_what_is_told_is_told_in_spanish(holed):
    with pytest.warns(GeoterritorioWarning) as told:
        plants_of(holed, weighted=False)
    assert told[0].message.message.render(translator("es")) == (
        "firms: se dejan fuera 4 de 120 establecimientos: 3 sin «sector»; 2 sin «geometry»."
    )
