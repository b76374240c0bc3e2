"""The tool of K and its kin on layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.patterns import WindowRules, goodness_of_fit, k_function, tools

CRS = 25830
RULES = WindowRules(farthest=800, steps=8, simulations=19)


@pytest.fixture
def firms():
    rng = np.random.default_rng(1)
    town, country = rng.normal(3000, 200, (30, 2)), rng.uniform(0, 6000, (120, 2))
    places = np.vstack([town, country]) + np.array([440_000, 4_470_000])
    table = {"sector": np.repeat(["15", "25"], [30, 120]), "sector_name": "x", "employment": 2.0}
    return gpd.GeoDataFrame(table, geometry=shapely.points(places), crs=CRS)


@pytest.fixture
def territories():
    parts = [shapely.box(440_000 + x, 4_470_000, 443_000 + x, 4_476_000) for x in (0, 3000)]
    return gpd.GeoDataFrame({"territory": ["a", "b"]}, geometry=parts, crs=CRS)


def table(firms):
    return pd.DataFrame({"x": firms.geometry.x, "y": firms.geometry.y, "sector": firms["sector"]})


@pytest.mark.parametrize("form", ["k", "l", "pcf", "d"])
def test_the_tool_is_the_measure(firms, territories, form):
    found = tools.k_function(firms, territories, sector="15", form=form, rules=RULES)
    expected = k_function(table(firms), "15", window=territories.union_all(), form=form, rules=RULES, rng=1)
    rows = found.functions.set_index("distance")
    columns = ["value", "mean", "low", "high", "global_low", "global_high"]
    pd.testing.assert_frame_equal(rows[columns], expected.table[columns])
    assert set(rows["sector"]) == set(rows["neighbours"]) == {"15"}
    row = found.verdicts.iloc[0]
    assert (row["verdict"], row["p"], row["form"]) == (expected.verdict, expected.p, form)
    assert row["verdict"] == "localised"
    assert row["distances"].startswith("100" if form != "pcf" else "")
    assert (row["area"], row["window"]) == (36, "given")
    assert (row["null"], row["correction"]) == ("location", "isotropic")
    assert 0 < row["scale_error"] < 0.001


def test_neighbours_and_null(firms, territories):
    rules = WindowRules(farthest=800, steps=8, simulations=0, null="position", correction="border")
    row = tools.k_function(
        firms, territories, sector="15", neighbours="25", rules=rules, form="l_jobs"
    ).verdicts.iloc[0]
    assert list(row[["neighbours", "null", "correction", "verdict"]]) == [
        "25",
        "position",
        "border",
        "untested",
    ]
    assert row["distances"] is None


def test_verdicts_say_how_they_were_tested(firms, territories):
    rules = WindowRules(farthest=800, steps=8, simulations=19, scaling="quantile", test_from=200, test_to=600)
    found = tools.k_function(firms, territories, sector="15", rules=rules)
    measured = k_function(table(firms), "15", window=territories.union_all(), form="l", rules=rules, rng=1)
    row = found.verdicts.iloc[0]
    assert list(row[["tested", "scaling"]]) == ["200–600", "quantile"]
    assert (row["p"], row["p_largest"]) == (measured.p, measured.p_largest)
    # The table gives what the reader needs to find the same p: these distances, this scale.
    rows = measured.table["value"]
    expected = goodness_of_fit(rows, measured.simulated, scaling="quantile", start=200, end=600)
    assert row["p"] == expected
    assert tools.k_function(firms, territories, sector="15", rules=RULES).verdicts["tested"].item() == "0–800"


def test_without_territories_the_rectangle(firms):
    with pytest.warns(GeoterritorioWarning, match="rectangle around all 150"):
        found = tools.k_function(firms, sector="15", rules=RULES)
    assert found.verdicts["window"].item() == "rectangle"


def test_territories_of_another_system_are_reprojected(firms, territories):
    with pytest.warns(GeoterritorioWarning) as said:
        found = tools.k_function(firms, territories.to_crs(25831), sector="15", rules=RULES)
    assert "reprojected" in str(said[0].message)
    assert found.verdicts["area"].item() == pytest.approx(36, rel=1e-3)


def test_refusals(firms, territories):
    costs = pd.DataFrame({"origin": ["a"], "destination": ["b"], "cost": [5.0]})
    for register in (firms, pd.DataFrame(firms.drop(columns="geometry"))):
        with pytest.raises(LayerError, match=r"which a table of costs has not. Use k-density or m-function"):
            tools.k_function(register, territories, costs, sector="15")
    with pytest.raises(LayerError, match="points and lines are no window"):
        tools.k_function(firms, territories.set_geometry(territories.centroid), sector="15")
    with pytest.raises(LayerError, match="distances need points"):
        tools.k_function(pd.DataFrame(firms.drop(columns="geometry")), territories, sector="15")
    with pytest.raises(CRSError, match="degrees"):
        tools.k_function(firms.to_crs(4326), territories, sector="15")
