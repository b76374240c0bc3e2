"""Rational agents on layers: what the tool adds to the measure."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_centres, as_costs, as_population
from geoterritorio.proximity import RationalRules
from geoterritorio.proximity.tools import rational_agent_access


@pytest.fixture
def demand():
    frame = pd.DataFrame({"place": ["01", "02"], "population": [300.0, 100.0], "young": [40, 9]})
    points = gpd.points_from_xy([500_000, 503_000], [4_500_000] * 2)
    return as_population(gpd.GeoDataFrame(frame, geometry=points, crs=25830))


@pytest.fixture
def supply():
    frame = pd.DataFrame({"centre": ["x", "y"], "name": ["North", "South"]})
    points = gpd.points_from_xy([500_000, 503_000], [4_500_000] * 2)
    return as_centres(gpd.GeoDataFrame(frame, geometry=points, crs=25830))


def test_straight_lines(demand, supply):
    found = rational_agent_access(demand, supply, tau=6000, rules=RationalRules(within=5000))
    # As by hand: half the usual load is what three kilometres weigh.
    assert found.access["rational_cost"].tolist() == pytest.approx([1.25, 0.75])
    assert found.access["young"].tolist() == [40, 9]
    assert found.access.crs == demand.crs
    assert found.access["reached"].tolist() == ["yes", "yes"]
    assert found.centres["people_served"].tolist() == pytest.approx([250, 150])
    assert found.centres["capacity"].tolist() == [1, 1]
    row = found.summary.iloc[0]
    assert (row["measured"], row["tau"], row["usual_load"], row["converged"]) == (
        "straight lines",
        6000,
        200,
        "yes",
    )
    assert row["mean_cost"] == pytest.approx((300 * 1.25 + 100 * 0.75) / 400)
    assert 0 <= row["remaining_gain"] <= 1e-6


def test_a_table_of_costs_has_its_own_unit_and_no_word_on_its_end(demand, supply):
    frame = pd.DataFrame(
        {"origin": ["01", "01", "02"], "destination": ["x", "y", "y"], "cost": [0.0, 30.0, 0.0]}
    )
    tables = pd.DataFrame(demand.drop(columns="geometry")), pd.DataFrame(supply.drop(columns="geometry"))
    found = rational_agent_access(*tables, as_costs(frame), tau=60)
    assert found.access["rational_cost"].tolist() == pytest.approx([1.25, 0.75])
    assert not isinstance(found.access, gpd.GeoDataFrame)


def test_bad_layers_are_refused_without_a_word_before(demand, supply):
    rules = RationalRules(within=5000)
    with pytest.raises(LayerError, match="demand: 1 of 2 rows have no “population”"):
        rational_agent_access(demand.assign(population=[np.nan, 1.0]), supply, tau=60, rules=rules)
    with pytest.raises(LayerError, match="supply: 2 of 2 rows have no “capacity”"):
        rational_agent_access(demand, supply.assign(capacity=np.nan), tau=60, rules=rules)
    with pytest.raises(LayerError, match="within: straight lines need a longest one"):
        rational_agent_access(demand, supply, tau=60)
    with pytest.raises(LayerError, match="1 of 2 places have people and no centre with supply within reach"):
        rational_agent_access(demand, supply.iloc[:1], tau=60, rules=RationalRules(within=1000))
    with pytest.raises(LayerError, match="tau: a number above 0"):
        rational_agent_access(demand, supply, tau=0, rules=rules)
