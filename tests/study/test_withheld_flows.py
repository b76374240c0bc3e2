"""Flows of few commuters that tables of a network of labour markets would give back, and no longer do."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from geoterritorio.delimitation import market_links
from geoterritorio.registry import descriptions
from geoterritorio.study.config import Step
from geoterritorio.study.results import StepResult
from geoterritorio.study.withheld_flows import of_markets
from geoterritorio.study.withholding import WITHHELD, published

SIZE = 9


@pytest.fixture(scope="module")
def network():
    """Invented commuters between nine markets and across the border."""
    rng = np.random.default_rng(3)
    flow = rng.poisson(np.exp(rng.normal(1, 1.5, (SIZE, SIZE)))) * (rng.random((SIZE, SIZE)) < 0.5)
    np.fill_diagonal(flow, rng.poisson(300, SIZE))
    names = [f"a{k}" for k in range(SIZE)]
    origin, destination = np.indices(flow.shape)
    inside = pd.DataFrame(
        {"origin": np.array(names)[origin.ravel()], "destination": np.array(names)[destination.ravel()]}
    ).assign(flow=flow.ravel().astype(float))
    across = [
        pd.DataFrame({end: names, other: "X", "flow": rng.poisson(9, SIZE) + 1.0})
        for end, other in (("origin", "destination"), ("destination", "origin"))
    ]
    rows = pd.concat([inside, *across])
    markets = pd.Series({name: f"m{name[1:]}" for name in names})
    found = market_links.market_network(rows[rows["flow"] > 0], markets, outside=["X"])
    outputs = {
        "links": found.links,
        "markets": found.markets.rename_axis("territory").reset_index(),
        "network": found.network,
    }
    step = Step("network", "market_network", {"territories": "towns", "flows": "commuters"}, {}, {})
    return StepResult(step, outputs, {})


def found_out(outputs, true, told=None):
    """Least and most of every flow of one or two that links, markets and figures of the whole leave possible."""
    links = outputs["links"]
    told = links["flow"].notna() if told is None else told
    names = list(outputs["markets"]["territory"])
    at = {pair: k for k, pair in enumerate(zip(links["origin"], links["destination"], strict=True))}
    parts = len(at) + 3 * SIZE
    lines, sums = [], []

    def add(places, value):
        if np.isfinite(value):
            lines.append(np.bincount(places, minlength=parts).astype(float)), sums.append(value)

    for pair, flow in zip(at, links["flow"].where(told), strict=True):
        add([at[pair]], flow)
    for k, (name, row) in enumerate(outputs["markets"].set_index("territory").iterrows()):
        assert names[k] == name
        stay, out, into = len(at) + k, len(at) + SIZE + k, len(at) + 2 * SIZE + k
        to, of = ([at[p] for p in at if p[end] == name] for end in (0, 1))
        add([stay], row["internal"])
        add([out], row["beyond_out"])
        add([into], row["beyond_in"])
        add(to, row["sent"])
        add(of, row["received"])
        add([*to, stay, out], row["residents"])
        add([*of, stay, into], row["workers"])
        add([stay], (1 - row["openness_out"]) * row["residents"])
        for main, total, turn in (("destination", "residents", 1), ("origin", "workers", -1)):
            partner = (name, row[f"main_{main}"])[::turn]
            if partner in at:
                add([at[partner]], row[f"{main}_share"] * row[total])
    network = outputs["network"].set_index("measure")["value"]
    add(list(at.values()), network["between_markets"])
    add([len(at) + k for k in range(SIZE)], network["within_markets"])
    found = []
    for k in np.flatnonzero(true.lt(3)):
        goal = np.eye(parts)[k]
        ends = [linprog(s * goal, A_eq=np.array(lines), b_eq=sums, bounds=(0, None)) for s in (1, -1)]
        assert {e.status for e in ends} <= {0, 3}
        found.append((true.iloc[k], ends[0].fun, -ends[1].fun if ends[1].status == 0 else np.inf))
    return pd.DataFrame(found, columns=["true", "low", "high"])


def test_sums_give_back_flows_that_a_map_withholds(network):
    true = network.outputs["links"]["flow"]
    assert true.lt(3).sum() > 5
    left = found_out(network.outputs, true, told=true.ge(3))
    assert (left["high"] < 3 - 1e-6).any()
    # With what the table of links says of the opposite flow, each is read.
    assert network.outputs["links"]["reciprocal"].isin([1, 2]).any()


def test_what_is_published_gives_none_back(network):
    true = network.outputs["links"]["flow"]
    safe = published([network])[0]
    links = safe.outputs["links"]
    assert links["flow"].isna().sum() < len(links)
    left = found_out(safe.outputs, true)
    assert (left["high"] >= 3 - 1e-6).all()
    assert (left["low"] <= 0.9 * left["true"] + 1e-6).all()
    small = links.merge(
        links[["origin", "destination", "flow"]],
        left_on=["origin", "destination"],
        right_on=["destination", "origin"],
        suffixes=("", "_back"),
    )
    lost = small["flow_back"].isna()
    assert lost.any()
    assert small.loc[lost, ["reciprocal", "net", "reciprocity", "cohesion"]].isna().all(axis=None)
    assert set(links[WITHHELD].dropna()) == {"few commuters"}
    assert "flows of fewer than 3 commuters" in str(safe.notices[-1])


def test_every_figure_of_the_network_is_thought_of(network):
    """A column that is new to the tool must be withheld or named here."""
    free = {"units", "destinations", "origins"}
    hidden = {"links": {"flow"}, "markets": {"sent"}, "network": {"value"}}
    safe = published([network])[0]
    for output in descriptions()["market_network"]["outputs"]:
        rows = safe.outputs[output["name"]]
        numbers = {
            c["name"] for c in output["columns"] if c["dtype"] == "number" and c["name"] in rows.columns
        }
        known = set(of_markets(network.outputs, 3)[output["name"]]) | free
        assert numbers <= known
        assert hidden[output["name"]] <= known
