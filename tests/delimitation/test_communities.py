"""Communities of flows and agreement of divisions, beside networkx and scikit-learn and on the invented territory."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from geoterritorio.delimitation import division_agreement, flow_communities
from geoterritorio.delimitation import tools as layers
from geoterritorio.errors import FlowError, LayerError
from geoterritorio.layers import as_flows, as_territories, check_layer
from geoterritorio.registry import descriptions, layer_of

COMARCA = "sample_data/comarca"


def club():
    """Zachary's karate club, both ways, and one within each so that there is a flow to oneself."""
    graph = nx.karate_club_graph()
    rows = [(f"{a:02d}", f"{b:02d}", d["weight"]) for a, b, d in graph.edges(data=True)]
    rows += [(b, a, w) for a, b, w in rows] + [(f"{n:02d}", f"{n:02d}", 1) for n in graph]
    return pd.DataFrame(rows, columns=["origin", "destination", "flow"])


@pytest.fixture(scope="module")
def comarca(request):
    folder = request.config.rootpath / COMARCA
    flows = as_flows(pd.read_csv(folder / "commuting.csv", dtype=str).astype({"flow": float}))
    read = {
        n: as_territories(gpd.read_file(folder / f"{n}.gpkg"))
        for n in ("municipalities_2025", "labour_markets")
    }
    provinces = as_territories(gpd.read_file(folder / "provinces_region.gpkg"))
    truth = pd.read_csv(folder / "truth" / "labour_markets.csv").set_index("territory")["market"]
    return read["municipalities_2025"], flows, read["labour_markets"], provinces, truth


def test_modularity_is_that_of_networkx():
    flows = club()
    found = flow_communities(flows, runs=20)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(flows.itertuples(index=False, name=None))
    parts = [set(group.index) for _, group in found.membership.groupby(found.membership)]
    assert found.modularity == pytest.approx(nx.community.modularity(graph, parts))
    assert found.modularity > 0.35
    assert 0 <= found.agreement <= 1
    assert found.communities["units"].sum() == 34
    finer = flow_communities(flows, runs=20, resolution=3)
    assert len(finer.communities) > len(found.communities)


def test_the_seed_decides():
    one, other = (flow_communities(club(), runs=3, rng=7) for _ in range(2))
    pd.testing.assert_series_equal(one.membership, other.membership)


@pytest.mark.parametrize("wrong", [{"resolution": 0}, {"runs": 0}])
def test_nothing_to_look_for(wrong):
    with pytest.raises(FlowError, match="is not above 0"):
        flow_communities(club(), **wrong)


labels = st.lists(st.sampled_from("abcd"), min_size=2, max_size=25)


@settings(max_examples=60, deadline=None)
@given(labels, st.randoms())
def test_agreement_of_divisions(first, random):
    second = [random.choice("uvw") for _ in first]
    found = division_agreement(pd.Series(first), pd.Series(second))
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(first, second))
    table = pd.crosstab(pd.Series(first), pd.Series(second))
    assert found.areas["parts"].to_dict() == (table > 0).sum(axis=1).to_dict()
    shared = table.max(axis=1)
    assert [table.loc[a, m] for a, m in found.areas["match"].items()] == shared.tolist()
    assert (found.places["agrees"] == "yes").sum() == shared.sum()
    assert found.areas["similarity"].between(0, 1).all()
    same = division_agreement(pd.Series(first), pd.Series(first))
    assert (same.areas["similarity"] == 1).all()


def test_weights_and_places_without_area():
    first = pd.Series({"a": "x", "b": "x", "c": "x", "d": None})
    second = pd.Series({"a": "u", "b": "v", "c": "v", "d": "v"})
    heavy = pd.Series({"a": 98.0, "b": 1.0, "c": 1.0})
    assert division_agreement(first, second).areas.loc["x", "match"] == "v"
    found = division_agreement(first, second, weight=heavy)
    assert found.areas.loc["x", ["match", "similarity"]].tolist() == ["u", 0.98]
    assert "d" not in found.places.index
    with pytest.raises(LayerError, match="no place has an area in both"):
        division_agreement(first, pd.Series({"z": "u"}))


def test_tools_on_the_invented_territory(comarca):
    municipalities, flows, markets, provinces, truth = comarca
    found = layers.flow_communities(municipalities, flows, period="2021", outside="OUTSIDE", runs=3)
    agreed = layers.division_agreement(municipalities, markets, found.areas)
    for output in descriptions()["flow_communities"]["outputs"]:
        if output["type"] == "layer":
            check_layer(getattr(found, output["name"]), layer_of(output))
    counted = found.membership.groupby("community").size()
    assert counted.to_dict() == found.areas.set_index("territory")["units"].to_dict()
    figures = found.figures.set_index("measure")["value"]
    assert figures[["communities", "modularity", "agreement_of_runs"]].tolist() == [
        len(found.areas),
        found.modularity,
        found.agreement,
    ]
    told = agreed.figures.set_index("measure")["value"]
    assert told.to_dict() == {
        "adjusted_rand": agreed.adjusted_rand,
        "places_compared": 150,
        "places_agreeing": (agreed.places["agrees"] == "yes").sum(),
    }
    for output in descriptions()["division_agreement"]["outputs"]:
        if output["type"] == "layer":
            check_layer(getattr(agreed, output["name"]), layer_of(output))
    assert agreed.adjusted_rand > 0.8
    assert found.areas["units"].sum() == 150
    planted = agreed.places.set_index("territory")["first"]
    assert adjusted_rand_score(planted, truth.reindex(planted.index)) == 1
    level = provinces[provinces["level"].astype(str).str.contains("prov")]
    upper = layers.division_agreement(municipalities, level, markets)
    assert upper.adjusted_rand < agreed.adjusted_rand
    assert (upper.places["agrees"] == "no").any()
    assert not np.isnan(found.modularity)


def test_divisions_of_other_land_are_refused_by_where_they_lie(comarca):
    municipalities, _, markets, _, _ = comarca
    away = markets.set_geometry(markets.translate(1e6))
    with pytest.raises(LayerError, match=r"in the first: 150, in the second: 0.*by where they lie"):
        layers.division_agreement(municipalities, markets, away)
