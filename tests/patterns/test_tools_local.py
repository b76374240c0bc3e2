"""Tools of local patterns: layers in, layers out; what they compose, and what they refuse."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import Point, box

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms, as_indicators, as_territories
from geoterritorio.patterns import ColocationRules, LocalRules, colocation_quotient, standardised_rates, tools
from geoterritorio.patterns import hotspots as hotspots_of
from geoterritorio.patterns import local_moran as moran_of
from geoterritorio.patterns.tools.colocations import COLOCATIONS, LOCAL_COLOCATIONS
from geoterritorio.patterns.tools.local import HOTSPOTS, LOCAL_MORAN, NeighbourRules
from geoterritorio.registry import describe

SIDE = 8
FEW = NeighbourRules(simulations=2999)


@pytest.fixture
def territories():
    cells = [(r, c) for r in range(SIDE) for c in range(SIDE)]
    frame = gpd.GeoDataFrame(
        {"code": [f"t{r}{c}" for r, c in cells], "name": [f"T {r} {c}" for r, c in cells]},
        geometry=[box(1000 * c, 1000 * r, 1000 * (c + 1), 1000 * (r + 1)) for r, c in cells],
        crs=25830,
    )
    return as_territories(frame, territory="code")


@pytest.fixture
def indicators(territories):
    value = np.random.default_rng(1).normal(size=SIDE**2)
    corner = [t[1] < "3" and t[2] < "3" for t in territories["territory"]]
    frame = pd.DataFrame({"territory": territories["territory"], "value": value + 4 * np.array(corner)})
    return as_indicators(frame.sample(frac=1, random_state=1))


@pytest.fixture
def firms():
    rng = np.random.default_rng(2)
    n = 600
    place = rng.uniform(0, 1000 * SIDE, (n, 2))
    here = (place < 3000).all(axis=1)
    sector = np.where(rng.uniform(size=n) < np.where(here, 0.7, 0.1), "10", rng.choice(["47", "62"], n))
    return as_firms(
        gpd.GeoDataFrame(
            {"firm": [f"f{k}" for k in range(n)], "sector": sector, "employment": rng.integers(1, 50, n)},
            geometry=gpd.points_from_xy(*place.T),
            crs=25830,
        )
    )


def queen():
    cells = [(r, c) for r in range(SIDE) for c in range(SIDE)]
    pairs = [
        (f"t{a}{b}", f"t{c}{d}")
        for a, b in cells
        for c, d in cells
        if (a, b) != (c, d) and max(abs(a - c), abs(b - d)) <= 1
    ]
    return pd.DataFrame(pairs, columns=["territory", "neighbour"])


def test_moran_of_an_indicator_is_the_measure_on_touching_territories(territories, indicators):
    found = tools.local_moran(territories, indicators=indicators, rules=FEW)
    values = indicators.set_index("territory")["value"].reindex(territories["territory"])
    expected = moran_of(values, queen(), rules=LocalRules(simulations=2999), rng=1).table
    # Of an indicator there is no sector, and nothing is counted.
    without = {"sector", "sector_name", "measure"}
    assert list(found.columns) == [
        *(c.name for c in LOCAL_MORAN.columns if c.name not in without),
        "geometry",
    ]
    assert found[["form", "contact", "simulations"]].drop_duplicates().to_numpy().tolist() == [
        ["local_moran", "contiguity", 2999]
    ]
    columns = ["value", "neighbours", "lag", "statistic", "expected", "variance", "z"]
    np.testing.assert_allclose(found[columns], expected[columns])
    assert found["territory"].tolist() == territories["territory"].tolist()
    assert found.crs == territories.crs
    assert found.set_index("territory").loc["t11", "cluster"] == "high-high"


def test_hotspots_of_a_sector_are_those_of_its_standardised_rates(territories, firms):
    found = tools.hotspots(territories, firms, sector="10", rules=FEW)
    counts = firms.assign(
        territory="t"
        + (firms.geometry.y // 1000).astype(int).astype(str)
        + (firms.geometry.x // 1000).astype(int).astype(str)
    )
    table = pd.crosstab(counts["territory"], counts["sector"]).reindex(territories["territory"], fill_value=0)
    rates = standardised_rates(table["10"].astype(float), table.sum(axis=1).astype(float))
    np.testing.assert_allclose(found["value"], rates)
    with np.errstate(all="ignore"):
        expected = hotspots_of(
            rates, queen(), rules=LocalRules(weighting="as_given", simulations=2999), rng=1
        ).table
    np.testing.assert_allclose(found["z"], expected["z"])
    told = found.set_index("territory")["cluster"]
    assert told["t11"] == "hot spot"
    assert told["t66"] != "hot spot"
    assert list(found.columns) == [*(c.name for c in HOTSPOTS.columns if c.name != "sector_name"), "geometry"]
    named = firms.assign(sector_name=firms["sector"].map({"10": "Food"}))
    again = tools.hotspots(territories, named, sector="10", rules=FEW)
    assert again[["form", "sector", "sector_name", "measure"]].drop_duplicates().to_numpy().tolist() == [
        ["hotspots", "10", "Food", "establishments"]
    ]


def test_counts_give_what_the_register_gives(territories, firms):
    from geoterritorio.concentration.tools import tabulate

    counts = tabulate(territories, firms)
    one = tools.local_moran(territories, firms, sector="62", rules=FEW)
    other = tools.local_moran(territories, counts=as_counts(counts), sector="62", rules=FEW)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry"))
    )
    jobs = tools.local_moran(territories, firms, sector="62", measure="employment", rules=FEW)
    assert not np.allclose(jobs["value"], one["value"])


@pytest.mark.parametrize("tool", [tools.local_moran, tools.hotspots])
def test_unknown_jobs_that_are_counted_are_refused(territories, firms, tool):
    unknown = firms.assign(employment=firms["employment"].where(firms.index > 1))
    with pytest.raises(LayerError, match="2 of 600 establishments have no “employment”, which is to weigh"):
        tool(territories, unknown, sector="10", measure="employment", rules=FEW)
    expected = tool(territories, firms, sector="10", rules=FEW)
    assert_geodataframe_equal(tool(territories, unknown, sector="10", rules=FEW), expected)
    coded = pd.DataFrame(unknown.drop(columns="geometry")).assign(territory="t00")
    with pytest.raises(LayerError, match="2 of 600 establishments"):
        tool(territories, coded, sector="10", measure="employment", rules=FEW)


def test_nearest_and_within(territories, indicators):
    four = NeighbourRules(contact="nearest", number=4, simulations=199)
    found = tools.local_moran(territories, indicators=indicators, rules=four).set_index("territory")
    assert found.loc["t44", "neighbours"] == 4
    value = found["value"]
    assert found.loc["t44", "lag"] == pytest.approx(value[["t34", "t54", "t43", "t45"]].mean())
    # In the corner three are nearer than the next two, which share the fourth place.
    lag = value[["t01", "t10", "t11"]].sum() / 4 + value[["t02", "t20"]].sum() / 8
    two = NeighbourRules(contact="nearest", number=2, simulations=199)
    assert tools.local_moran(territories, indicators=indicators, rules=two)["lag"][0] == pytest.approx(
        value[["t01", "t10"]].mean()
    )
    assert found.loc["t00", "lag"] == pytest.approx(lag)
    near = NeighbourRules(contact="within", distance=1000, simulations=199)
    within = tools.hotspots(territories, indicators=indicators, rules=near).set_index("territory")
    assert within.loc["t44", "neighbours"] == 4
    assert within.loc["t00", "lag"] == pytest.approx(value[["t00", "t01", "t10"]].sum())
    points = territories.set_geometry(territories.centroid)
    same = tools.hotspots(points, indicators=indicators, rules=near)
    np.testing.assert_allclose(same["z"], within["z"])
    none = NeighbourRules(contact="within", distance=10, simulations=199)
    with pytest.warns(GeoterritorioWarning, match="64 of 64 territories have none"):
        alone = tools.hotspots(territories, indicators=indicators, rules=none)
    assert alone["p"].isna().all()


def test_territories_without_value_are_left_out(territories, indicators):
    some = indicators[indicators["territory"] != "t00"]
    with pytest.warns(GeoterritorioWarning, match="1 of 64 territories have no value"):
        found = tools.local_moran(territories, indicators=some, rules=FEW).set_index("territory")
    assert np.isnan(found.loc["t00", "statistic"])
    assert found.loc["t11", "neighbours"] == 7


def test_what_local_tools_refuse(territories, indicators, firms):
    with pytest.raises(LayerError, match="Give one of firms"):
        tools.local_moran(territories, rules=FEW)
    with pytest.raises(LayerError, match="Give one of firms"):
        tools.hotspots(territories, firms, indicators=indicators, rules=FEW)
    with pytest.raises(LayerError, match="no code “99”"):
        tools.hotspots(territories, firms, sector="99", rules=FEW)
    with pytest.raises(LayerError, match="sector: none is named"):
        tools.hotspots(territories, firms, rules=FEW)
    twice = pd.concat([indicators, indicators.assign(territory="x")])
    with pytest.raises(LayerError) as refused:
        tools.local_moran(territories, indicators=twice, rules=FEW)
    assert "several rows" in str(refused.value)
    assert "1 territories are not in the layer" in str(refused.value)
    points = territories.set_geometry(territories.centroid)
    with pytest.raises(LayerError, match="only be found among polygons"):
        tools.local_moran(points, indicators=indicators, rules=FEW)
    with pytest.raises(LayerError, match="64 nearest neighbours of 64 territories"):
        tools.local_moran(
            territories, indicators=indicators, rules=NeighbourRules(contact="nearest", number=64)
        )
    with pytest.raises(CRSError, match="degrees"):
        tools.local_moran(
            territories.to_crs(4326), indicators=indicators, rules=NeighbourRules(contact="nearest")
        )


def test_colocation_of_all_pairs(firms):
    found = tools.colocation_quotient(firms)
    assert list(found.pairs.columns) == [c.name for c in COLOCATIONS.columns]
    points = pd.DataFrame({"x": firms.geometry.x, "y": firms.geometry.y, "sector": firms["sector"]})
    expected = colocation_quotient(points, rng=1).pairs.reset_index()
    pd.testing.assert_frame_equal(found.pairs[expected.columns], expected)
    assert (
        found.pairs.set_index(["sector", "neighbours"]).loc[("10", "10"), "verdict"]
        == "more than chance gives"
    )
    assert found.establishments.empty
    assert list(found.establishments.columns) == [*(c.name for c in LOCAL_COLOCATIONS.columns), "geometry"]


def test_colocation_of_a_pair_comes_with_its_establishments(firms):
    named = firms.assign(sector_name=firms["sector"].map({"10": "Food", "47": "Shops"}))
    found = tools.colocation_quotient(named, sector="10", neighbours="47")
    assert len(found.pairs) == 1
    assert found.pairs["sector_name"].item() == "Food"
    assert found.pairs["neighbours_name"].item() == "Shops"
    around = found.establishments
    assert len(around) == (firms["sector"] == "10").sum()
    place = firms.set_index("firm").geometry[around["firm"]]
    assert around.geometry.geom_equals(gpd.GeoSeries(place.to_numpy(), crs=firms.crs)).all()
    assert around["quotient"].between(0, 6).all()
    assert around.crs == firms.crs


def test_what_a_pair_and_its_establishments_both_tell_is_told_once(firms):
    few = firms.assign(sector=firms["sector"].mask(firms.index < 5, "few"))
    rules = ColocationRules(simulations=99)
    with pytest.warns(GeoterritorioWarning) as told:
        tools.colocation_quotient(few, sector="47", neighbours="few", rules=rules)
    assert [str(w.message).split(" ")[:2] for w in told] == [["sector", "“few”:"], ["simulations:", "with"]]


def test_colocation_by_costs(firms):
    few = firms.iloc[:30]
    x, y = few.geometry.x.to_numpy(), few.geometry.y.to_numpy()
    away = np.hypot(x[:, None] - x, y[:, None] - y)
    one, other = np.nonzero(away > 0)
    names = few["firm"].to_numpy()
    costs = pd.DataFrame({"origin": names[one], "destination": names[other], "cost": away[one, other]})
    straight = tools.colocation_quotient(few, sector="47", neighbours="62")
    table = pd.DataFrame(few.drop(columns="geometry"))
    by_cost = tools.colocation_quotient(table, costs, sector="47", neighbours="62")
    pd.testing.assert_frame_equal(
        by_cost.pairs.drop(columns="scale_error"), straight.pairs.drop(columns="scale_error")
    )
    assert by_cost.pairs["scale_error"].item() == 0 < straight.pairs["scale_error"].item()
    assert straight.pairs[["looked_at", "null", "simulations"]].to_numpy().tolist() == [
        [1, "conditional", 999]
    ]
    np.testing.assert_allclose(by_cost.establishments["quotient"], straight.establishments["quotient"])
    with pytest.raises(LayerError, match="needs the column “firm”"):
        tools.colocation_quotient(table.drop(columns="firm"), costs)


def test_colocation_in_degrees_is_refused(firms):
    with pytest.raises(CRSError, match="degrees"):
        tools.colocation_quotient(firms.to_crs(4326))
    lone = firms.iloc[:1].set_geometry([Point(0, 0)], crs=25830)
    with pytest.raises(LayerError, match="one establishment alone has no neighbour"):
        tools.colocation_quotient(lone)


@pytest.mark.parametrize("name", ["local_moran", "hotspots", "colocation_quotient"])
def test_everything_is_described(name):
    described = describe(name)
    assert described["title"]
    assert described["description"]
    assert all(p["help"] for p in described["parameters"])
    assert all(o["help"] for o in described["outputs"])
    assert {"simulations", "level"} <= {p["name"] for p in described["parameters"]}
