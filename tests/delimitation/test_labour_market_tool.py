"""Labour markets as a tool: layers in, layers out, and the invented territory's planted markets found again."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from sklearn.metrics import adjusted_rand_score

from geoterritorio.delimitation.tools import labour_markets
from geoterritorio.delimitation.tools.labour import LabourMarketOptions
from geoterritorio.errors import FlowError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_flows, as_territories, check_layer
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
