"""The tools on the invented territory, from files; stability; pictures."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from shapely import box

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.i18n import translator
from geoterritorio.identification import district_stability, own_rules, tools
from geoterritorio.identification.tools.districts import DistrictOptions, _people
from geoterritorio.interface.cli import main
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.drawing import svg_uri
from geoterritorio.publication.plots import district_evidence, district_map
from geoterritorio.publication.standouts import _districts

# Notices that tests below read.
pytestmark = pytest.mark.filterwarnings(
    "ignore:preset", "ignore:reference. none given", "ignore:.*steps unknown"
)
COMARCA = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
RULES = DistrictOptions(preset="istat2006_unconfirmed")


@pytest.fixture(scope="module")
def markets():
    return gpd.read_file(COMARCA / "labour_markets.gpkg")


@pytest.fixture(scope="module")
def firms():
    return gpd.read_parquet(COMARCA / "firms.parquet")


@pytest.fixture(scope="module")
def nation():
    return pd.read_csv(COMARCA / "nation_sizes.csv", dtype={"sector": str})


@pytest.fixture(scope="module")
def told(markets, firms):
    return tools.districts(markets, firms, rules=RULES)


@pytest.fixture(scope="module")
def against(markets, firms, nation):
    return tools.districts(markets, firms, reference=nation, rules=RULES)


def planted(name):
    return pd.read_csv(COMARCA / "truth" / name, dtype=str)


def test_planted_districts_are_found_beside_the_territory_itself(told):
    areas = told.areas.set_index("territory")
    truth = planted("districts.csv").set_index("market")["main_sector"]
    industries = {"15.2": "leather_footwear", "23.3": "housing_goods", "28.4": "machinery"}
    found = areas.loc[areas["verdict"] == "district", "main_industry"]
    assert found.to_dict() == truth.map(industries).to_dict()
    large = planted("large_firm_systems.csv")["market"]
    assert areas.index[areas["verdict"] == "large firm system"].tolist() == large.tolist()


def test_beside_the_nation_a_town_of_one_plant_hides_a_district(against, firms, markets):
    areas = against.areas.set_index("territory")
    assert areas.index[areas["verdict"] == "district"].tolist() == ["MINV06", "MINV10"]
    # The third holds the decoy INV0063, one plant of 540 jobs: few are as large in the nation.
    rows = against.evidence.set_index(["territory", "asked"]).loc["MINV12"]
    assert rows["passed"].to_dict() == {
        "specialised": "yes",
        "prevails": "yes",
        "size_quotients": "no",
        "main_industry": "yes",
        "sme_industry": "yes",
        "one_medium_firm": "yes",
    }
    without = firms[~((firms["territory"] == "INV0063") & (firms["sector"] == "30.3"))]
    nation = pd.read_csv(COMARCA / "nation_sizes.csv", dtype={"sector": str})
    again = tools.districts(markets, without, reference=nation, rules=RULES, draws=0).areas
    assert again.loc[again["verdict"] == "district", "territory"].tolist() == ["MINV06", "MINV10", "MINV12"]


def test_figures_are_those_of_the_register(told, firms):
    sizes = told.sizes.pivot_table("employment", "territory", "size_class")
    assert sizes.sum().sum() == told.areas["manufacturing"].sum()
    assert told.areas["employment"].sum() == pytest.approx(firms["employment"].sum())
    by_industry = told.industries.groupby("territory")["employment"].sum()
    np.testing.assert_allclose(by_industry, told.areas.set_index("territory")["manufacturing"])


def test_firm_districts_are_kept(told):
    areas = told.areas.set_index("territory")
    assert (areas.loc[["MINV06", "MINV10"], "share_all"] == 1).all()
    assert 0.4 < areas.loc["MINV12", "share_draws"] < 0.95
    assert (areas.loc[areas["verdict"] == "services", "share_all"] < 0.5).all()


def test_stability_tool(markets, firms, told):
    found = tools.district_stability(markets, firms, rules=RULES, draws=100)
    same = ["share_draws", "share_settings", "share_all"]
    pd.testing.assert_frame_equal(pd.DataFrame(found.areas[same]), pd.DataFrame(told.areas[same]))
    assert found.areas["verdict"].tolist() == told.areas["verdict"].tolist()
    assert found.runs["setting"].iloc[0] == "given rules"
    assert set(found.runs["setting"]) == {
        "given rules",
        "activity_quotient",
        "industry_quotient",
        "size_over",
        "prevails_by",
        "mainly",
    }
    assert found.runs.loc[0, "districts"] == 3


def test_the_same_seed_draws_the_same():
    table = pd.DataFrame({"territory": "A", "sector": "15.2", "employment": np.arange(1.0, 41)})
    table = pd.concat([table, table.assign(territory="B", sector="47.1")])
    nation = pd.DataFrame({"sector": ["15.2", "31.0", "47.1"], "employment": [1e4, 1e4, 1e5]})
    nation = nation.assign(size_class=["small", "large", "small"])
    found = district_stability(table, reference=nation, rules=own_rules("istat1997"), draws=200)
    assert found.markets["verdict"].tolist() == ["district", "services"]
    assert found.markets["kept"].tolist() == [1.0, 1.0]
    again = district_stability(table, reference=nation, rules=own_rules("istat1997"), draws=200)
    pd.testing.assert_frame_equal(found.markets, again.markets)


def test_of_counts_only_thresholds_change(markets, nation):
    counts = pd.DataFrame({"territory": "MINV06", "sector": ["23.3", "47.1"], "employment": [400.0, 300]})
    found = tools.district_stability(
        markets, counts=counts.assign(size_class="small"), reference=nation, rules=RULES
    )
    areas = found.areas.set_index("territory")
    assert np.isnan(areas.loc["MINV06", "share_draws"])
    assert areas.loc["MINV06", "share_settings"] == 1
    # markets of which there are no rows are empty
    assert set(areas.drop("MINV06")["verdict"]) == {"empty"}
    whole = tools.districts(markets, counts=counts, reference=nation, rules=RULES).areas.set_index(
        "territory"
    )
    assert whole.loc["MINV06", "district"] == "unknown"
    assert whole.loc["MINV01", "district"] == "no"


def test_enterprises_are_an_option(markets, firms):
    rules = DistrictOptions(preset="istat2006_unconfirmed", size_of="enterprise")
    found = tools.districts(markets, firms, rules=rules, draws=0)
    assert set(found.areas["size_of"]) == {"enterprise"}
    plants = tools.districts(markets, firms, rules=RULES, draws=0)
    large = [t.sizes.query("size_class == 'large'")["employment"].sum() for t in (found, plants)]
    assert large[0] >= large[1]
    assert found.areas["preset"].tolist() == ["istat2006_unconfirmed"] * 12


def test_refused(markets, firms):
    with pytest.raises(LayerError, match="not both"):
        tools.districts(markets)
    counts = pd.DataFrame({"territory": "elsewhere", "sector": ["23.3"], "employment": [400.0]})
    with pytest.raises(LayerError, match="elsewhere"):
        tools.districts(markets, counts=counts)
    with pytest.raises(LayerError, match="neither points"):
        tools.districts(markets, pd.DataFrame(firms[["sector", "employment"]]))


def test_the_decree_takes_inhabitants_of_markets(markets, firms, nation):
    people = pd.DataFrame({"territory": markets["territory"], "population": 1000.0})
    rules = DistrictOptions(preset="dm1993_unconfirmed", whole_people=1e6)
    found = tools.districts(markets, firms, reference=nation, population=people, rules=rules, draws=0)
    density = found.evidence[found.evidence["asked"] == "unit_density"]
    assert set(density["passed"]) <= {"yes", "no"}
    none = tools.districts(markets, firms, reference=nation, rules=rules, draws=0)
    assert set(none.evidence.query("asked == 'unit_density'")["reason"]) == {"no inhabitants"}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pictures(told, against, lang):
    for outputs in (vars(told), vars(against)):
        for picture in (district_map, district_evidence):
            assert isinstance(picture(outputs, lang=lang), Figure)
            assert isinstance(picture(outputs, focus="MINV06", lang=lang), Figure)
            with pytest.raises(LayerError, match="nowhere"):
                picture(outputs, focus="nowhere", lang=lang)


def test_pictures_of_what_is_open_and_of_points(told, markets, firms):
    strict = tools.districts(markets, firms, rules=DistrictOptions(preset="boix"), draws=0)
    text = [t.get_text() for t in district_evidence(vars(strict)).axes[0].texts]
    assert "?" in text
    points = told.areas.set_geometry(told.areas.geometry.representative_point())
    assert isinstance(district_map({**vars(told), "areas": points}), Figure)
    nothing = {**vars(told), "areas": told.areas[:0]}
    assert isinstance(district_map(nothing), Figure)
    assert isinstance(district_evidence(nothing), Figure)


def test_headings_break_no_word_and_margins_have_one_unit(told):
    axes = district_evidence(vars(told), lang="es").axes[0]
    headings = [t.get_text() for t in axes.get_xticklabels()]
    assert "especialización" in headings
    assert not any(t.get_text().startswith("×") for t in axes.texts)


@pytest.mark.parametrize(("lang", "none"), [("en", "No industrial district"), ("es", "Ningún distrito")])
def test_the_report_tells_districts_or_that_there_are_none(told, lang, none):
    areas = pd.DataFrame(told.areas.drop(columns="geometry"))
    say = translator(lang)
    assert "cuero" in _districts(Listing("", areas, ""), "es").render(translator("es"))
    unnamed = areas.assign(main_industry=None)
    assert _districts(Listing("", unnamed, ""), lang) is not None
    assert _districts(Listing("", areas.assign(district="no"), ""), lang).render(say).startswith(none)


def test_command_line(tmp_path):
    words = ["--territories", COMARCA / "labour_markets.gpkg", "--firms", COMARCA / "firms.parquet"]
    words += ["--reference", COMARCA / "nation_sizes.csv", "--preset", "boix_unconfirmed"]
    words += ["--output", tmp_path / "areas.gpkg", "--evidence", tmp_path / "evidence.csv", "--draws", 5]
    assert main(["districts", *map(str, words)]) == 0
    evidence = pd.read_csv(tmp_path / "evidence.csv")
    assert len(evidence) == 12 * 7
    assert set(evidence["confirmed"]) == {"no"}


def test_the_tool_warns_of_what_is_not_confirmed(markets, firms):
    with pytest.warns(
        GeoterritorioWarning, match="not all of “istat2006_unconfirmed” is confirmed.*half of the jobs"
    ):
        tools.districts(markets, firms, rules=RULES, draws=0)


def test_the_tool_tells_of_own_sums_and_of_steps_that_are_unknown(markets, firms):
    jobs = firms.groupby("sector", observed=True)["employment"].sum().reset_index()
    counts = jobs.assign(territory=markets["territory"].iloc[0])
    with pytest.warns(GeoterritorioWarning) as told:
        found = tools.districts(markets, counts=counts, rules=RULES, draws=0)
    texts = [str(w.message) for w in told]
    assert any(t.startswith("reference: none given, so that the markets are compared") for t in texts)
    # Without a main industry two steps are not asked.
    open_ = [w.message.message for w in told if "steps unknown" in str(w.message)]
    assert [str(m) for m in open_] == [
        "1 of 4 steps unknown, most for: sizes are not known (1); would decide: jobs by size class."
    ]
    assert "los decidiría: el empleo por clase de tamaño" in open_[0].render(translator("es"))
    area = found.areas.set_index("territory").loc[markets["territory"].iloc[0]]
    assert area["unknown_steps"] == "size_quotients"
    assert area["cure"] == "jobs by size class; sizes in all markets, or a reference by size class"
    with pytest.warns(GeoterritorioWarning, match="reference: none given"):
        tools.district_stability(markets, firms, rules=RULES, draws=0)


@pytest.mark.parametrize(("lang", "words"), [("en", "steps unknown, most for"), ("es", "Pasos sin decidir")])
def test_the_map_tells_what_would_decide_unknown_steps(markets, firms, lang, words):
    found = tools.districts(markets, firms, rules=DistrictOptions(preset="istat2006"), draws=0)
    outputs = {"areas": found.areas, "evidence": found.evidence}
    for draw in (district_map, district_evidence):
        figure = draw(outputs, lang=lang)
        svg_uri(figure)
        assert any(words in t.get_text().replace("\n", " ") for t in figure.findobj(Text))


def test_percentages_of_the_evidence_are_explained_and_large_ones_are_multiples(told):
    figure = district_evidence({"areas": told.areas, "evidence": told.evidence}, lang="es")
    svg_uri(figure)
    texts = [t.get_text().replace("\n", " ") for t in figure.findobj(Text)]
    assert any("Porcentajes: cuánto está la cifra" in t for t in texts)
    assert any(t.endswith(" veces") for t in texts)
    assert not [t for t in texts if re.fullmatch(r"[+−]\d\.\d{3} %", t)]
    assert any("según lo cita Boix" in t for t in texts)


def test_inhabitants_are_called_by_their_own_name():
    """What is wrong with the layer of inhabitants is not told of the firms; unknown ones are not nobody."""
    squares = gpd.GeoDataFrame(
        {"territory": ["A", "B"]}, geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], crs=25830
    )
    firms = pd.DataFrame({"territory": ["A", "B"], "sector": ["15.2", "47.1"], "employment": [10.0, 20]})
    people = gpd.GeoDataFrame(
        {"population": [5.0, np.nan, 6]}, geometry=gpd.points_from_xy([500, 600, 1500], [500, 500, 500])
    )
    with pytest.raises(CRSError, match="population: the layer has no coordinate reference system"):
        _people(people, squares, None)
    with pytest.raises(LayerError, match="population: neither points nor a territory column"):
        _people(people[["population"]], squares, None)
    with pytest.raises(CRSError, match="firms: the layer has no coordinate reference system"):
        tools.districts(squares, gpd.GeoDataFrame(firms, geometry=people.geometry[:2]))
    found = _people(people.set_crs(25830), squares, 100.0)
    assert found.drop("A").to_dict() == {"B": 6.0, "whole": 100.0}
    assert np.isnan(found["A"])


def test_rows_of_totals_bound_what_is_withheld():
    squares = gpd.GeoDataFrame(
        {"territory": ["A", "B"]}, geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], crs=25830
    )
    counts = pd.DataFrame(
        {"territory": ["A", "B", "A"], "sector": ["15.2", "15.2", "TOT"], "employment": [np.nan, 20.0, 50.0]}
    )
    found = tools.districts(squares, None, counts, rules=DistrictOptions(total="TOT"), draws=0)
    row = found.industries.set_index(["territory", "industry"]).loc[("A", "leather_footwear")]
    assert row[["employment_low", "employment_high"]].tolist() == [0, 50]
