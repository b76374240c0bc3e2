"""Labour markets as a tool: layers in, layers out, and the invented territory's planted markets found again."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from sklearn.metrics import adjusted_rand_score

from geoterritorio.delimitation import LabourMarketRules
from geoterritorio.delimitation import labour_markets as measured
from geoterritorio.delimitation.tools import labour_market_stability, labour_markets
from geoterritorio.delimitation.tools.labour import LabourMarketOptions
from geoterritorio.errors import FlowError, GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_commuting_totals, as_flows, as_territories, check_layer
from geoterritorio.publication.ordering import foremost
from geoterritorio.registry import descriptions, layer_of

COMARCA = "sample_data/comarca"


@pytest.fixture(scope="module")
def comarca(request):
    folder = request.config.rootpath / COMARCA
    territories = as_territories(gpd.read_file(folder / "municipalities_2025.gpkg"))
    flows = as_flows(pd.read_csv(folder / "commuting.csv", dtype=str).astype({"flow": float}))
    truth = pd.read_csv(folder / "truth" / "labour_markets.csv").set_index("territory")["market"]
    return territories, flows, truth


@pytest.fixture(scope="module")
def found(comarca):
    return labour_markets(*comarca[:2], period="2021", outside="OUTSIDE")


def test_planted_markets_are_found(comarca, found):
    market = found.membership.set_index("territory")["market"]
    assert adjusted_rand_score(comarca[2].reindex(market.index), market) > 0.95
    assert len(found.areas) == 12


def test_outputs_are_what_is_said_of_them(found):
    for output in descriptions()["labour_markets"]["outputs"]:
        check_layer(getattr(found, output["name"]), layer_of(output))


def test_areas_hold_the_sums_of_their_places(comarca, found):
    flows = comarca[1][comarca[1]["period"] == "2021"]
    areas = found.areas
    assert areas["residents"].sum() == flows.loc[flows["origin"] != "OUTSIDE", "flow"].sum()
    assert areas["workers"].sum() == flows.loc[flows["destination"] != "OUTSIDE", "flow"].sum()
    assert (
        areas["beyond"].sum()
        == flows.loc[(flows[["origin", "destination"]] == "OUTSIDE").any(axis=1), "flow"].sum()
    )
    assert areas.area.sum() == pytest.approx(comarca[0].area.sum())
    inside = found.between[found.between["origin"] == found.between["destination"]]
    assert inside["flow"].tolist() == areas["internal"].tolist()
    names = comarca[0].set_index("territory")["name"]
    assert areas["name"].tolist() == names[areas["territory"]].tolist()
    assert (found.areas["from_reserve"].sum()) == len(found.reserve)


def test_areas_serve_as_territories(found):
    assert as_territories(found.areas)["territory"].is_unique


def test_periods_are_asked_for(comarca):
    with pytest.raises(FlowError, match="several periods"):
        labour_markets(*comarca[:2])
    with pytest.raises(FlowError, match="none called “1871”"):
        labour_markets(*comarca[:2], period="1871")


def without_outside(comarca):
    """Flows that lack those who cross the border, and the totals that count them."""
    flows = comarca[1][comarca[1]["period"] == "2021"]
    residents, workers = (
        flows[flows[end] != "OUTSIDE"].groupby(end)["flow"].sum() for end in ("origin", "destination")
    )
    totals = pd.DataFrame({"residents": residents, "workers": workers}).rename_axis("territory")
    inside = flows[(flows[["origin", "destination"]] != "OUTSIDE").all(axis=1)]
    return inside, as_commuting_totals(totals.reset_index().assign(period="2021"))


def test_totals_stand_for_flows_across_the_border(comarca, found):
    inside, totals = without_outside(comarca)
    again = labour_markets(comarca[0], inside, totals)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.areas.drop(columns="geometry")), pd.DataFrame(found.areas.drop(columns="geometry"))
    )
    pd.testing.assert_frame_equal(again.membership, found.membership)
    firm = labour_market_stability(comarca[0], inside, totals, draws=2)
    crossing = labour_market_stability(comarca[0], comarca[1], period="2021", outside="OUTSIDE", draws=2)
    pd.testing.assert_frame_equal(firm.runs, crossing.runs)


def test_totals_are_refused_with_the_names_of_places(comarca):
    inside, totals = without_outside(comarca)
    first = totals["territory"].iloc[0]
    with pytest.raises(LayerError, match=rf"without residents or workers: 1 of 150 \(“{first}”\)"):
        labour_markets(comarca[0], inside, totals[1:])
    gap = totals.assign(workers=totals["workers"].where(totals["territory"] != first))
    with pytest.raises(LayerError, match=rf"1 of 150 \(“{first}”\)"):
        labour_markets(comarca[0], inside, gap)
    less = totals.assign(workers=totals["workers"] - (totals["territory"] == first) * 1e5)
    with pytest.raises(FlowError, match=rf"“workers”: below what the flows add up to .*“{first}”"):
        labour_markets(comarca[0], inside, less)
    with pytest.raises(LayerError, match="workers"):
        as_commuting_totals(less)
    twice = pd.concat([totals, totals.assign(period="2011")])
    with pytest.raises(FlowError, match="totals: there are several periods"):
        labour_markets(comarca[0], inside, twice)
    with pytest.raises(FlowError, match="totals have none called “2021”"):
        labour_markets(comarca[0], inside, totals.assign(period="2011"), period="2021")


def test_presets_and_what_replaces_them(comarca):
    larger = labour_markets(
        *comarca[:2], period="2021", outside="OUTSIDE", rules=LabourMarketOptions("finland")
    )
    assert len(larger.areas) < 12
    own = LabourMarketOptions("finland", 1000, 0.6667, 10_000, 0.75)
    again = labour_markets(*comarca[:2], period="2021", outside="OUTSIDE", rules=own)
    assert len(again.areas) == 12


def test_command_line(tmp_path, request):
    folder = request.config.rootpath / COMARCA
    arguments = [
        "labour-markets",
        f"--territories={folder / 'municipalities_2025.gpkg'}",
        f"--flows={folder / 'commuting.csv'}",
        "--period=2021",
        "--outside=OUTSIDE",
        f"--output={tmp_path / 'markets.gpkg'}",
        f"--trace={tmp_path / 'trace.csv'}",
        f"--plot={tmp_path / 'markets.svg'}",
    ]
    assert main(arguments) == 0
    assert len(gpd.read_file(tmp_path / "markets.gpkg")) == 12
    assert pd.read_csv(tmp_path / "trace.csv")["iteration"].is_monotonic_increasing
    assert "Alquercorla" in (tmp_path / "markets.svg").read_text(encoding="utf-8")


def test_one_place_alone_is_refused():
    place = gpd.GeoDataFrame({"territory": ["a"]}, geometry=[box(0, 0, 1000, 1000)], crs=25830)
    flows = pd.DataFrame({"origin": ["a"], "destination": ["a"], "flow": [5.0]})
    with pytest.raises(FlowError, match="no place has residents, workers and commuters"):
        labour_markets(place, flows)


def test_names_are_no_templates(comarca):
    hostile = comarca[0].assign(
        name=np.where(comarca[0]["name"] == "Alquercorla", "{{ 7*7 }}<b>", comarca[0]["name"])
    )
    areas = labour_markets(hostile, comarca[1], period="2021", outside="OUTSIDE").areas
    assert "{{ 7*7 }}<b>" in areas["name"].tolist()


def test_what_is_not_valid_or_not_known_is_told(comarca, found):
    figures = found.figures.set_index("measure")["value"]
    assert figures["modularity"] == pytest.approx(_modularity(comarca[1], found), abs=1e-12)
    assert figures[["markets", "valid_markets", "unknown_borders"]].tolist() == [12, 12, 0]
    inside, _ = without_outside(comarca)
    with pytest.warns(GeoterritorioWarning) as told:
        bare = labour_markets(comarca[0], inside, rules=LabourMarketOptions("finland", min_size=2e4))
    said = [str(w.message) for w in told]
    weak = bare.areas[bare.areas["valid"] == "no"]
    edge = int((bare.areas["border"] == "not known").sum())
    assert edge == bare.figures.set_index("measure")["value"]["unknown_borders"] > 0
    assert any(f"of {edge} of {len(bare.areas)}, which lie at the edge" in s for s in said)
    assert any(f"not valid by the rules: {len(weak)} of" in s for s in said) == (len(weak) > 0)
    assert set(bare.areas["border"]) <= {"not known", "inland"}
    shown = foremost(bare.areas, "labour_markets")["valid"].tolist()
    assert shown == sorted(shown)


def _modularity(flows, found):
    """Newman's Q by its definition, on a table of all places."""
    rows = flows[flows["period"] == "2021"]
    rows = rows[(rows[["origin", "destination"]] != "OUTSIDE").all(axis=1)]
    market = found.membership.set_index("territory")["market"]
    wide = rows.pivot_table(index="origin", columns="destination", values="flow", aggfunc="sum", fill_value=0)
    wide = wide.reindex(index=market.index, columns=market.index, fill_value=0).to_numpy(dtype=float)
    same = market.to_numpy()[:, None] == market.to_numpy()
    chance = np.outer(wide.sum(axis=1), wide.sum(axis=0)) / wide.sum()
    return ((wide - chance) * same).sum() / wide.sum()


def test_a_whole_that_nobody_leaves_is_valid_by_definition_alone(comarca):
    inside, _ = without_outside(comarca)
    with pytest.warns(GeoterritorioWarning) as told:
        whole = labour_markets(comarca[0], inside, rules=LabourMarketOptions(min_size=1e7, target_size=2e7))
    assert whole.areas["valid"].tolist() == ["yes"]
    assert any("valid only since nobody crosses their border: 1 of 1" in str(w.message) for w in told)


def test_the_reserve_tells_two_moments_apart():
    rng = np.random.default_rng(5)
    names = [f"{i:02d}" for i in range(14)]
    matrix = rng.integers(1, 30, (14, 14)) + 80 * np.eye(14)
    flows = pd.DataFrame(
        [(o, d, float(matrix[i][j])) for i, o in enumerate(names) for j, d in enumerate(names)],
        columns=["origin", "destination", "flow"],
    )
    found = measured(flows, rules=LabourMarketRules(300, 0.5, 900, 0.6))
    last = found.trace[found.trace["outcome"] == "filled from the reserve"].set_index("unit")
    assert len(found.reserve) == len(last) > 0
    now = found.reserve[["market_before", "market_after"]].to_numpy()
    assert now == pytest.approx(last.loc[found.reserve.index, ["target_before", "target_after"]].to_numpy())
    assert "target_before" not in found.reserve


def test_places_that_overlap_are_told(comarca):
    places = comarca[0].copy()
    places.loc[0, "geometry"] = places.geometry[0].union(places.geometry[1])
    with pytest.warns(GeoterritorioWarning, match=r"territories: polygons overlap \(pairs: 1, up to 100 %"):
        labour_markets(places, comarca[1], period="2021", outside="OUTSIDE")


def test_contradicting_shares_say_which_must_be_the_smaller(comarca):
    rules = LabourMarketOptions(min_containment=0.9, target_containment=0.5)
    with pytest.raises(LayerError, match="min_containment, that of the target size, must not be above"):
        labour_markets(*comarca[:2], period="2021", outside="OUTSIDE", rules=rules)
    with pytest.raises(LayerError, match="must be above 0 and at most 1"):
        labour_markets(
            *comarca[:2], period="2021", outside="OUTSIDE", rules=LabourMarketOptions(min_containment=0)
        )
    with pytest.raises(LayerError, match=r"must not be below 0.*Correct them\.$"):
        as_flows(pd.DataFrame({"origin": ["a"], "destination": ["a"], "flow": [-1.0]}))
