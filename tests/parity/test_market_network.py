"""Flows between labour markets beside LabourMarketAreas 3.4 for R, and their reciprocity beside networkx."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from geoterritorio.delimitation import market_network

COLUMNS = {"community_live": "origin", "community_work": "destination", "amount": "flow"}


@pytest.mark.parametrize("case", ["lma_brindisi_std", "lma_sardinia_std"])
def test_flows_between_markets_are_the_peers(oracles, case):
    folder = oracles / case
    flows = pd.read_csv(folder / "inputs/flows.csv", dtype={0: str, 1: str}).rename(columns=COLUMNS)
    places = pd.read_csv(folder / "expected/assignment.csv", dtype={"community": str})
    market = places.set_index("community")["cluster"].map("{:04d}".format)
    found = market_network(flows, market)
    table = pd.read_csv(folder / "expected/lma_flows.csv")
    table = table[table["amount"] > 0]
    ends = (
        table[["cluster_live", "cluster_work"]]
        .map("{:04d}".format)
        .set_axis(["origin", "destination"], axis=1)
    )
    theirs = ends.assign(flow=table["amount"].astype(float))
    apart = theirs[theirs["origin"] != theirs["destination"]].sort_values(["origin", "destination"])
    pd.testing.assert_frame_equal(
        found.links[["origin", "destination", "flow"]], apart.reset_index(drop=True)
    )
    marginals = pd.read_csv(folder / "expected/lma_marginals.csv")
    marginals = marginals.set_index(marginals["cluster"].map("{:04d}".format)).reindex(found.markets.index)
    for mine, peers in (("residents", "amount_live"), ("workers", "amount_work"), ("internal", "live_work")):
        assert found.markets[mine].tolist() == marginals[peers].tolist()
    assert (1 - found.markets["openness_out"]).tolist() == pytest.approx(marginals["sc_supply"].tolist())
    assert (1 - found.markets["openness_in"]).tolist() == pytest.approx(marginals["sc_demand"].tolist())
    graph = nx.from_pandas_edgelist(apart, "origin", "destination", "flow", create_using=nx.DiGraph)
    figures = found.network.set_index("measure")
    assert figures.loc["reciprocity", "value"] == pytest.approx(nx.overall_reciprocity(graph))
    weights = nx.to_numpy_array(graph, weight="flow")
    expected = np.minimum(weights, weights.T).sum() / weights.sum()
    assert figures.loc["weighted_reciprocity", "value"] == pytest.approx(expected)
    assert figures.loc["weighted_reciprocity", "p"] < (0.2 if "brindisi" in case else 0.01)
