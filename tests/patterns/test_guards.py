"""What is told before and after: coincident establishments, land without any, and refusals in plain words."""

from __future__ import annotations

import warnings
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_firms
from geoterritorio.patterns import (
    PatternRules,
    WindowRules,
    _jit,
    _pairs,
    contributions,
    k_density,
    m_function,
    tools,
)
from geoterritorio.publication import plots
from geoterritorio.publication.code_words import VALUES

RULES = PatternRules(farthest=3000, steps=30, simulations=19)


def register(places, sectors="a"):
    places = np.asarray(places, dtype=float) + np.array([440_000, 4_470_000])
    table = {"firm": [f"f{k}" for k in range(len(places))], "sector": sectors, "employment": 1.0}
    return as_firms(gpd.GeoDataFrame(table, geometry=shapely.points(places), crs=25830))


def spread(number=90, seed=1):
    places = np.random.default_rng(seed).uniform(0, 10_000, (number, 2))
    return register(places, np.resize(["a", "b", "c"], number))


def one_point(number=30):
    return register(np.full((number, 2), 500.0), np.resize(["a", "b"], number))


def said(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(w.message) for w in caught if isinstance(w.message, GeoterritorioWarning)]


@pytest.mark.parametrize("tool", [tools.k_density, tools.m_function, tools.m_density])
def test_one_point_is_refused_as_what_it_is(tool):
    rules = PatternRules(simulations=19)
    with (
        pytest.warns(GeoterritorioWarning, match="share their point"),
        pytest.raises(LayerError, match="All establishments are at one point: there are no distances"),
    ):
        tool(one_point(), sector="a", rules=rules)
    with pytest.raises(LayerError, match=r"number of establishments: 1; needed: [12]"):
        tool(one_point(1), sector="a", rules=rules)


def test_a_median_of_nothing_is_told_from_one_point():
    most = register(
        np.vstack([np.full((20, 2), 500.0), spread(8).geometry.get_coordinates()[:8] % 9000]), "a"
    )
    with (
        pytest.warns(GeoterritorioWarning, match="share their point"),
        pytest.raises(LayerError, match="most establishments are at one point, so the median distance is 0"),
    ):
        tools.k_density(most, sector="a", rules=PatternRules(simulations=19))


def test_nothing_large_enough_is_no_error():
    for tool in (tools.k_density, tools.m_function):
        with pytest.warns(GeoterritorioWarning, match="none is looked at"):
            found = tool(one_point(1))
        assert found.verdicts["verdict"].tolist() == ["small"]
        assert found.functions.empty


def test_coincident_establishments_are_told_once_for_all_sectors():
    firms = spread()
    firms = register(np.vstack([firms.geometry.get_coordinates() % 10_000] * 2), list(firms["sector"]) * 2)
    told = said(lambda: tools.k_density(firms, rules=RULES))
    expected = (
        "Sectors in which establishments share their point with another: 3 of 3, most of all “a” (100 %). Distances "
        "shorter than the precision of the coordinates say nothing. Are they coded to centroids?"
    )
    assert told == [expected]
    alone = said(lambda: tools.k_density(firms, sector="a", rules=RULES))
    assert alone[0].startswith("60 of 60 establishments share their point")


def test_surfaces_tell_coincident_establishments():
    firms = spread()
    places = firms.geometry.to_numpy().copy()
    places[firms["sector"] == "a"] = places[0]
    firms = firms.set_geometry(gpd.GeoSeries(places, crs=firms.crs))
    told = said(lambda: tools.density_surface(firms, bandwidth="1000"))
    assert [t.startswith("30 of 90 establishments share their point") for t in told] == [True]
    assert not said(lambda: tools.density_surface(firms, sector="b", bandwidth="1000"))


def test_surfaces_say_what_is_missing():
    far = gpd.GeoDataFrame({"territory": ["t"]}, geometry=[shapely.box(0, 0, 1000, 1000)], crs=25830)
    for measure in ("establishments", "employment"):
        with (
            pytest.warns(GeoterritorioWarning, match="lie outside"),
            pytest.raises(LayerError, match="window: no establishment lies in it"),
        ):
            tools.density_surface(spread(), far, measure=measure)
    firms = spread()
    half = shapely.box(440_000, 4_470_000, 450_000, 4_480_000)
    here = gpd.GeoDataFrame({"territory": ["t"]}, geometry=[half], crs=25830)
    away = register([[50_000, 0]], "d")
    both = as_firms(pd.concat([firms, away.assign(firm="away")], ignore_index=True))
    with (
        pytest.warns(GeoterritorioWarning, match="lie outside"),
        pytest.raises(LayerError, match="window: no establishment of “d” lies in it"),
    ):
        tools.density_surface(both, here, sector="d")
    with pytest.raises(LayerError, match="no establishment has jobs"):
        tools.density_surface(firms.assign(employment=0.0), measure="employment")
    with pytest.raises(LayerError, match=r"larger than the bandwidth of 0\.001 m"):
        tools.density_surface(firms, bandwidth="0.001")


@pytest.mark.parametrize("text", ["-5", "0", "nan", "inf"])
def test_clumps_refuse_what_is_no_length(text):
    with pytest.raises(LayerError, match=r"distance: give metres above 0\."):
        tools.clumps(spread(), distance=text)


def test_neighbours_are_refused_in_numbers_that_fit():
    with pytest.raises(LayerError, match="one establishment alone has no neighbour"):
        tools.colocation_quotient(one_point(1))
    rules = replace(tools.colocation_quotient.__kwdefaults__["rules"], nearest=90)
    with pytest.raises(LayerError, match="each has 89 others, and 90 nearest are looked at"):
        tools.colocation_quotient(spread(), rules=rules)


@pytest.mark.parametrize("tool", [tools.local_moran, tools.hotspots])
def test_rates_need_a_sector(tool):
    land = gpd.GeoDataFrame(
        {"territory": ["t", "u"]},
        geometry=[shapely.box(440_000 + d, 4_470_000, 445_000 + d, 4_480_000) for d in (0, 5000)],
        crs=25830,
    )
    with pytest.raises(LayerError, match=r"sector: none is named.* There are: “a”, “b”, “c”"):
        tool(land, spread())


def by_cost(firms, factor):
    place = firms.geometry.get_coordinates().to_numpy()
    away = np.hypot(*(place[:, None] - place).transpose(2, 0, 1)) * factor
    table = pd.DataFrame(away, firms["firm"], firms["firm"]).rename_axis(
        index="origin", columns="destination"
    )
    return table.reset_index().melt("origin", value_name="cost")


def axes_of(found):
    figure = plots.bands(vars(found))
    return figure.axes[0].get_ylabel(), figure.axes[0].get_xlabel()


def test_functions_say_what_they_are_and_in_which_unit():
    firms, rules = spread(), PatternRules(farthest=0.45, steps=30, simulations=19)
    hours = by_cost(firms, 1e-4)
    found = tools.k_density(firms, hours, sector="a", rules=rules)
    assert found.verdicts[["form", "unit"]].to_numpy().tolist() == [["k_density", "costs"]]
    assert axes_of(found) == (
        "Density of distances, per unit of the costs",
        "Distance in the unit of the costs",
    )
    assert (
        axes_of(tools.m_density(firms, hours, sector="a", rules=rules))[0] == "m: 1 = share in all activity"
    )
    assert axes_of(tools.m_function(firms, hours, sector="a", rules=rules)) == (
        "M: 1 = share in all activity",
        "Distance in the unit of the costs",
    )
    # thousands of a cost are no kilometres
    large = replace(rules, farthest=4500)
    assert axes_of(tools.k_density(firms, by_cost(firms, 1), sector="a", rules=large))[1] == (
        "Distance in the unit of the costs"
    )
    short = replace(rules, farthest=2000)
    assert axes_of(tools.k_density(firms, sector="a", rules=short)) == (
        "Density of distances, per metre",
        "Distance in metres",
    )
    with pytest.warns(GeoterritorioWarning, match="rectangle"):
        ripley = tools.k_function(firms, sector="a", rules=WindowRules(farthest=2000, simulations=19))
    assert axes_of(ripley)[1] == "Distance in metres"
    assert set(ripley.verdicts["unit"]) | set(found.verdicts["unit"]) <= set(VALUES)


def test_distances_below_one_are_told_with_their_figures():
    firms = spread()
    for factor, farthest, expected in (
        (1e-4, 0.45, "0.045–0.45"),
        (1e-2, 45, "4.5–45"),
        (1, 4500, "450–4500"),
    ):
        rules = PatternRules(farthest=farthest, steps=30, simulations=19)
        verdicts = tools.m_function(firms, by_cost(firms, factor), sector="a", rules=rules).verdicts
        assert verdicts["tested"].tolist() == [expected]
    near = np.random.default_rng(1).normal(5000, 100, (30, 2))
    firms = register(
        np.vstack([near, np.random.default_rng(2).uniform(0, 10_000, (90, 2))]), ["a"] * 30 + ["b"] * 90
    )
    rules = PatternRules(farthest=0.45, steps=30, simulations=39)
    text = (
        tools.m_function(firms, by_cost(firms, 1e-4), sector="a", rules=rules).verdicts["distances"].iloc[0]
    )
    first, last = (float(part) for part in text.split(";")[0].split("–"))
    assert 0 < first < last <= 0.45


@pytest.mark.skipif(not _jit._COMPILED, reason="nothing is compiled without numba")
def test_the_first_word_comes_before_kernels_are_compiled(monkeypatch):
    said = []

    def slow(*arguments):
        said.append("compiled")
        return _pairs._within_blocks(*arguments)

    lazy = _jit._Lazy(slow)
    monkeypatch.setattr(_pairs, "_within", lazy)
    monkeypatch.setattr(_jit, "_machine_code", lambda loop: loop)
    points = pd.DataFrame(np.random.default_rng(1).uniform(0, 1000, (40, 2)), columns=["x", "y"])
    points["sector"] = ["15", "25"] * 20
    rules = PatternRules(simulations=39, steps=5)
    k_density(points, "15", rules=rules, rng=1, progress=lambda _, text: said.append(text))
    assert said[0].startswith("Preparing the calculation")
    assert said[1] == "compiled"
    said.clear()
    k_density(points, "15", rules=rules, rng=1, progress=lambda _, text: said.append(text))
    assert said[0] == "compiled"


def plain():
    points = pd.DataFrame(np.random.default_rng(1).uniform(0, 1000, (40, 2)), columns=["x", "y"])
    return points.assign(sector=["15", "25"] * 20)


def test_rules_without_effect_are_told():
    firms = spread()
    rules = PatternRules(farthest=3000, simulations=0, steps=5, mode="fft", bandwidth=500)
    assert [
        text.split(":")[0] for text in said(lambda: tools.m_function(firms, sector="a", rules=rules))
    ] == ["mode", "bandwidth"]
    (text,) = said(lambda: tools.m_density(firms, sector="a", rules=rules))
    assert text == "mode: “fft” is one of K-density; M and m look at every pair."
    assert not said(lambda: tools.k_density(firms, sector="a", rules=rules))
    one, other = np.nonzero(~np.eye(90, dtype=bool))
    names = firms["firm"].to_numpy()
    costs = pd.DataFrame({"origin": names[one], "destination": names[other], "cost": 1.0 + one + other})
    (text,) = said(lambda: tools.k_density(firms, costs, sector="a", rules=replace(rules, farthest=100)))
    assert text.startswith("mode: “fft” is one of straight lines")


def test_tables_of_costs_that_say_nothing_are_refused_in_plain_words():
    points = plain()
    one, other = np.triu_indices(40, 1)
    costs = pd.DataFrame({"origin": one, "destination": other, "cost": 1.0 + one + other})
    with pytest.raises(LayerError, match="the table lists no pair"):
        k_density(points, "15", costs=costs.iloc[:0])
    with pytest.raises(LayerError, match="780 costs are missing, negative or infinite"):
        k_density(points, "15", costs=costs.assign(cost="x"))
    twice = pd.concat([points, points.iloc[:2]])
    with pytest.raises(LayerError, match="2 labels stand for several establishments"):
        m_function(twice, "15", costs=costs)


def test_contributions_of_repeated_labels_and_of_no_weight():
    points = plain()
    expected = contributions(points, "15", distance=300)
    repeated = points.set_axis(np.repeat(np.arange(20), 2))
    np.testing.assert_array_equal(contributions(repeated, "15", distance=300), expected)
    jobs = points.assign(employment=np.where(points["sector"] == "15", 0, 1))
    with pytest.raises(LayerError, match="no jobs to weigh with"):
        contributions(jobs, "15", distance=300, weighted=True)


def test_codes_that_are_numbers_and_coordinates_without_end_are_told_as_such():
    with pytest.raises(LayerError, match="the codes of the data are no text"):
        k_density(plain().assign(sector=[15, 25] * 20), "15")
    with pytest.raises(LayerError, match="1 of 40 establishments have an infinite “x”"):
        k_density(plain().assign(x=[np.inf, *range(39)]), "15")
