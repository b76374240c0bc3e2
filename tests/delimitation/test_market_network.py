"""The network of labour markets: by hand, by identities, beside networkx and chance worked out otherwise."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from shapely.geometry import Point, box

from geoterritorio.delimitation import _strengths, market_links, market_network
from geoterritorio.delimitation.tools import labour_markets
from geoterritorio.delimitation.tools import market_network as network_tool
from geoterritorio.errors import CRSError, FlowError, GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_flows, check_layer, read_flows, read_territories
from geoterritorio.registry import descriptions, layer_of

# Three markets of one place each, a place without market (n), and what lies outside (x).
HAND = """a a 80, a b 20, b a 10, b b 60, b c 5, c a 5, c c 40, a x 6, x b 4, n a 3, a n 2, n n 7, x n 1"""
MARKET = pd.Series({"a": "A", "b": "B", "c": "C", "n": np.nan})


def flows_of(text):
    rows = [row.split() for row in text.split(", ")]
    table = pd.DataFrame(rows, columns=["origin", "destination", "flow"])
    return table.astype({"flow": float})


def square(matrix):
    """Flows of a square table whose rows and columns are places 00, 01 …"""
    rows, columns = np.nonzero(matrix)
    names = np.array([f"{i:02}" for i in range(len(matrix))], dtype=object)
    flow = np.asarray(matrix, dtype=float)[rows, columns]
    return pd.DataFrame({"origin": names[rows], "destination": names[columns], "flow": flow}), names


def figure(found, measure, column="value"):
    return found.network.set_index("measure").loc[measure, column]


def test_by_hand():
    found = market_network(flows_of(HAND), MARKET, outside=["x"])
    links = found.links.set_index(["origin", "destination"])
    assert links["flow"].to_dict() == {("A", "B"): 20, ("B", "A"): 10, ("B", "C"): 5, ("C", "A"): 5}
    first = links.loc[("A", "B")]
    assert first["share_of_residents"] == pytest.approx(20 / 108)
    assert first["share_of_workers"] == pytest.approx(20 / 84)
    assert first[["reciprocal", "net"]].tolist() == [10, 10]
    assert first["reciprocity"] == pytest.approx(2 / 3)
    assert first["cohesion"] == pytest.approx(20**2 / (108 * 84) + 10**2 / (75 * 98))
    assert links.loc[("B", "C"), ["reciprocal", "reciprocity"]].tolist() == [0, 0]
    assert links.loc[("B", "C"), "cohesion"] == pytest.approx(5**2 / (75 * 45))
    markets = found.markets
    assert markets["residents"].tolist() == [108, 75, 45]
    assert markets["workers"].tolist() == [98, 84, 45]
    assert markets["internal"].tolist() == [80, 60, 40]
    assert markets["openness_out"].tolist() == pytest.approx([28 / 108, 15 / 75, 5 / 45])
    assert markets["openness_in"].tolist() == pytest.approx([18 / 98, 24 / 84, 5 / 45])
    assert markets["gain"].tolist() == [-10, 9, 0]
    assert markets[["beyond_out", "beyond_in"]].to_numpy().tolist() == [[8, 3], [0, 4], [0, 0]]
    assert markets["main_destination"].tolist() == ["B", "A", "A"]
    assert markets["main_origin"].tolist() == ["B", "A", "B"]
    assert markets["destination_share"].tolist() == pytest.approx([20 / 108, 10 / 75, 5 / 45])
    assert markets[["destinations", "origins"]].to_numpy().tolist() == [[1, 2], [2, 1], [1, 1]]
    assert markets["effective_destinations"].tolist() == pytest.approx([1, 15**2 / 125, 1])
    assert markets["reciprocity"].tolist() == pytest.approx([20 / 35, 20 / 35, 0])
    assert figure(found, "commuters") == 235
    assert figure(found, "within_markets") == 180
    assert figure(found, "between_markets") == 40
    assert figure(found, "beyond_out") == 8
    assert figure(found, "beyond_in") == 7
    assert figure(found, "share_between") == pytest.approx(40 / 220)
    assert figure(found, "density") == pytest.approx(4 / 6)
    assert figure(found, "reciprocity") == pytest.approx(0.5)
    assert figure(found, "reciprocity", "rho") == pytest.approx((0.5 - 4 / 6) / (1 - 4 / 6))
    assert figure(found, "weighted_reciprocity") == pytest.approx(0.5)


matrices = st.integers(2, 9).flatmap(lambda n: arrays(np.int64, (n, n), elements=st.integers(0, 60)))


@settings(max_examples=60, deadline=None)
@given(matrices, st.integers(1, 4), st.randoms(use_true_random=False))
def test_everybody_is_counted_once_and_chance_keeps_strengths(matrix, number, random):
    np.fill_diagonal(matrix, np.diag(matrix) + 1)
    flows, names = square(matrix)
    market = pd.Series([str(random.randrange(number)) for _ in names], names)
    found = market_network(flows, market, draws=3)
    total = found.markets["internal"].sum() + found.links["flow"].sum()
    assert total == flows["flow"].sum() == figure(found, "commuters")
    assert found.markets["gain"].sum() == pytest.approx(0, abs=1e-9)
    assert found.markets["sent"].sum() == found.markets["received"].sum() == figure(found, "between_markets")
    mean = _strengths.expected(found.markets["sent"].to_numpy(), found.markets["received"].to_numpy())
    assert mean.sum(axis=1) == pytest.approx(found.markets["sent"].to_numpy(), rel=1e-6, abs=1e-6)
    assert mean.sum(axis=0) == pytest.approx(found.markets["received"].to_numpy(), rel=1e-6, abs=1e-6)
    links = found.links
    assert links["reciprocity"].between(0, 1).all()
    assert links["net"].sum() == links.loc[links["reciprocal"] == 0, "flow"].sum()
    for column in ("destinations", "origins"):
        effective = found.markets[f"effective_{column}"].fillna(0)
        assert (effective <= found.markets[column] + 1e-9).all()
    # Turned round, the network has the same reciprocities.
    back = market_network(
        flows.rename(columns={"origin": "destination", "destination": "origin"}), market, draws=3
    )
    for measure in ("reciprocity", "weighted_reciprocity"):
        assert figure(back, measure) == pytest.approx(figure(found, measure), nan_ok=True)
        assert figure(back, measure, "null_mean") == pytest.approx(
            figure(found, measure, "null_mean"), nan_ok=True
        )


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_reciprocities_are_those_of_networkx_and_of_the_definition(matrix):
    np.fill_diagonal(matrix, 5)
    flows, names = square(matrix)
    found = market_network(flows, pd.Series(names, names), draws=3)
    apart = matrix - np.diag(np.diag(matrix))
    graph = nx.from_numpy_array(apart, create_using=nx.DiGraph)
    if not apart.any():
        assert np.isnan(figure(found, "reciprocity"))
        assert found.links.empty
        return
    assert figure(found, "reciprocity") == pytest.approx(nx.overall_reciprocity(graph))
    assert figure(found, "density") == pytest.approx(nx.density(graph))
    assert figure(found, "weighted_reciprocity") == pytest.approx(
        np.minimum(apart, apart.T).sum() / apart.sum()
    )


def test_a_network_that_returns_all_has_rho_1():
    matrix = np.array([[9, 30, 2], [30, 9, 7], [2, 7, 9]])
    flows, names = square(matrix)
    found = market_network(flows, pd.Series(names, names))
    assert figure(found, "weighted_reciprocity") == 1
    assert figure(found, "weighted_reciprocity", "rho") == pytest.approx(1)
    assert found.markets["reciprocity"].tolist() == [1, 1, 1]
    one_way, names = square(np.array([[9, 30, 2], [0, 9, 7], [0, 0, 9]]))
    found = market_network(one_way, pd.Series(names, names))
    assert figure(found, "weighted_reciprocity") == 0
    assert figure(found, "weighted_reciprocity", "rho") <= 0


def test_chance_is_that_of_another_way_to_find_it():
    rng = np.random.default_rng(3)
    flow = rng.poisson(20, (6, 6)) * (1 - np.eye(6))
    out, into = flow.sum(axis=1), flow.sum(axis=0)
    off = ~np.eye(6, dtype=bool)

    def cost(logs):
        # x and y below 1 where the logs, made positive, are added up
        sums = np.add.outer(np.exp(logs[:6]), np.exp(logs[6:]))
        return np.exp(logs) @ np.concatenate([out, into]) - np.log(-np.expm1(-sums[off])).sum()

    best = minimize(cost, np.full(12, -4.0), method="BFGS", options={"gtol": 1e-7, "maxiter": 2000})
    logs = np.exp(best.x)
    other = np.where(off, 1 / np.expm1(np.add.outer(logs[:6], logs[6:])), 0)
    mean = _strengths.expected(out, into)
    np.testing.assert_allclose(mean, other, rtol=1e-3)
    # The smaller one of two geometric flows, by its tail.
    chance = mean[0, 1] / (1 + mean[0, 1]), mean[1, 0] / (1 + mean[1, 0])
    tail = sum((chance[0] * chance[1]) ** k for k in range(1, 4000))
    assert _strengths.returned(mean)[0, 1] == pytest.approx(tail)
    drawn = _strengths.drawn_reciprocities(mean, 4000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(_strengths.returned(mean).sum() / flow.sum(), abs=0.01)


def test_strengths_that_leave_one_network_give_it():
    # All that others send goes to the first, and all they get comes from it.
    star = np.zeros((5, 5))
    star[0, 1:], star[1:, 0] = [5, 300, 2, 1], [70, 3, 9, 0]
    np.testing.assert_allclose(_strengths.expected(star.sum(axis=1), star.sum(axis=0)), star, atol=1e-5)
    nothing = _strengths.expected(np.zeros(3), np.zeros(3))
    assert not nothing.any()


def test_p_tells_planted_reciprocity_from_chance():
    rng = np.random.default_rng(5)
    pull = rng.lognormal(3, 0.7, 14)
    base = np.outer(pull, pull) / 40
    alone = rng.geometric(1 / (1 + base)) - 1
    shared = np.triu(rng.geometric(1 / (1 + base)) - 1, 1)
    for matrix, sure in ((alone, False), (shared + shared.T, True)):
        np.fill_diagonal(matrix, 50)
        flows, names = square(matrix)
        found = market_network(flows, pd.Series(names, names))
        assert (figure(found, "weighted_reciprocity", "p") < 0.05) == sure


def test_too_many_markets_have_no_chance(monkeypatch):
    monkeypatch.setattr(market_links, "_MOST", 2)
    found = market_network(flows_of(HAND), MARKET, outside=["x"])
    assert found.links["expected"].isna().all()
    assert np.isnan(figure(found, "weighted_reciprocity", "rho"))
    assert figure(found, "weighted_reciprocity") == pytest.approx(0.5)


def test_one_market_is_no_network():
    found = market_network(flows_of(HAND), MARKET.notna().map({True: "A", False: np.nan}), outside=["x"])
    assert found.links.empty
    assert figure(found, "between_markets") == 0
    assert np.isnan(figure(found, "density"))
    assert found.markets["main_destination"].isna().all()


def test_totals_stand_for_commuters_across_the_border():
    flows = flows_of(HAND)
    whole = market_network(flows, MARKET, outside=["x"])
    residents = flows.groupby("origin")["flow"].sum().drop("x")
    workers = flows.groupby("destination")["flow"].sum().drop("x")
    inside = flows[(flows["origin"] != "x") & (flows["destination"] != "x")]
    totals = pd.DataFrame({"residents": residents, "workers": workers})
    found = market_network(inside, MARKET, totals=totals)
    pd.testing.assert_frame_equal(found.markets, whole.markets)
    pd.testing.assert_frame_equal(found.links, whole.links)
    with pytest.raises(FlowError, match=r"below what the flows add up to .*: “c”"):
        market_network(inside, MARKET, totals=totals.assign(workers=totals["workers"] - [0, 0, 1, 0]))
    with pytest.raises(FlowError, match="given more than once: “a”"):
        market_network(inside, MARKET, totals=pd.concat([totals, totals.loc[["a"]]]))


def test_refusals():
    with pytest.raises(FlowError, match="no place belongs to one"):
        market_network(flows_of(HAND), MARKET.where(lambda m: m == ""), outside=["x"])
    with pytest.warns(GeoterritorioWarning, match="no territories of the study: 1"):
        market_network(flows_of(HAND), MARKET)
    with pytest.raises(FlowError, match="none of the territories"):
        market_network(flows_of(HAND), pd.Series({"q": "Q"}))


# Tool


def places():
    shapes = [box(1000 * i, 0, 1000 * (i + 1), 1000) for i in range(4)]
    names = {"territory": list("abcn"), "name": ["Aa", "Bb", "Cc", "Nn"]}
    return gpd.GeoDataFrame(names, geometry=shapes, crs=25830)


def markets_of(areas, *, names=True):
    found = areas[:3].assign(territory=list("ABC"))
    return found if names else found.drop(columns="name")


def test_lines_run_from_centre_to_centre():
    found = network_tool(places(), as_flows(flows_of(HAND)), markets_of(places()), outside="x")
    for output in descriptions()["market_network"]["outputs"]:
        check_layer(getattr(found, output["name"]), layer_of(output))
    first = found.links.iloc[0]
    assert (first["origin_name"], first["destination_name"], first["length_km"]) == ("Aa", "Bb", 1)
    assert list(first.geometry.coords) == [(500, 500), (1500, 500)]
    assert found.markets["name"].tolist() == ["Aa", "Bb", "Cc"]
    assert found.markets["main_destination_name"].tolist() == ["Bb", "Aa", "Aa"]
    assert found.markets.area.tolist() == [1e6] * 3


def test_markets_are_areas_or_the_column_parent():
    given = network_tool(places(), flows_of(HAND), markets_of(places()), outside="x")
    column = network_tool(places().assign(parent=["A", "B", "C", None]), flows_of(HAND), outside="x")
    pd.testing.assert_frame_equal(
        pd.DataFrame(given.markets.drop(columns="geometry")),
        pd.DataFrame(column.markets.drop(columns="geometry")),
    )
    points = places().assign(parent=["A", "A", "C", None], geometry=[Point(i, 0) for i in range(4)])
    found = network_tool(points, flows_of(HAND), outside="x")
    assert found.markets["centre"].tolist() == ["a", "c"]
    bare = network_tool(places(), flows_of(HAND), markets_of(places(), names=False), outside="x")
    assert bare.markets["name"].tolist() == ["A", "B", "C"]
    with pytest.raises(LayerError, match="column “parent”"):
        network_tool(places(), flows_of(HAND), outside="x")
    with pytest.raises(CRSError, match="degrees"):
        network_tool(places().set_crs(4326, allow_override=True), flows_of(HAND), markets_of(places()))


@pytest.fixture(scope="module")
def invented(request):
    folder = request.config.rootpath / "sample_data/comarca"
    return read_territories(folder / "municipalities_2025.gpkg"), read_flows(folder / "commuting.csv")


def test_markets_are_as_labour_markets_tells_them(invented):
    drawn = labour_markets(*invented, period="2021", outside="OUTSIDE")
    found = network_tool(*invented, drawn.areas, period="2021", outside="OUTSIDE")
    mine, theirs = found.markets.set_index("territory"), drawn.areas.set_index("territory")
    for column in ("name", "units", "residents", "workers", "internal"):
        assert mine[column].tolist() == theirs[column].tolist()
    assert (1 - mine["openness_out"]).tolist() == pytest.approx(theirs["supply"].tolist())
    assert (1 - mine["openness_in"]).tolist() == pytest.approx(theirs["demand"].tolist())
    assert (mine["beyond_out"] + mine["beyond_in"]).tolist() == theirs["beyond"].tolist()
    assert mine["destinations"].tolist() == theirs["links_out"].tolist()
    assert mine["origins"].tolist() == theirs["links_in"].tolist()
    between = drawn.between[drawn.between["origin"] != drawn.between["destination"]]
    assert found.links["flow"].tolist() == between["flow"].tolist()


def test_command_line(tmp_path, request):
    folder = request.config.rootpath / "sample_data/comarca"
    arguments = [
        "market-network",
        f"--territories={folder / 'municipalities_2025.gpkg'}",
        f"--areas={folder / 'labour_markets.gpkg'}",
        f"--flows={folder / 'commuting.csv'}",
        "--period=2021",
        "--outside=OUTSIDE",
        f"--output={tmp_path / 'links.gpkg'}",
        f"--markets={tmp_path / 'markets.gpkg'}",
        f"--network={tmp_path / 'network.csv'}",
        f"--plot={tmp_path / 'network.svg'}",
    ]
    assert main(arguments) == 0
    assert gpd.read_file(tmp_path / "links.gpkg").geom_type.eq("LineString").all()
    assert "weighted_reciprocity" in pd.read_csv(tmp_path / "network.csv")["measure"].tolist()
    assert "<svg" in (tmp_path / "network.svg").read_text(encoding="utf-8")
