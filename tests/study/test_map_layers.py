"""What the map of a study shows beside its quotients: boundaries through time, markets, how firm their places are."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoterritorio.errors import StudyError
from geoterritorio.publication import HistoryLayer
from geoterritorio.study import run_study
from geoterritorio.study.config import read_plan
from geoterritorio.study.maplayers import _by_words, _links, _markets, further, histories
from geoterritorio.study.results import StepResult

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
VALENCIA = SAMPLES / "valencia" / "study.toml"


def test_study_of_the_real_municipalities_opens_on_its_boundaries(tmp_path, opened):
    made = run_study(VALENCIA, tmp_path / "out")
    seen = opened(made["map"], "#lang=en")
    page = seen.page
    assert seen.text("#in-force") == "536 territories in force"
    assert page.locator("#sector").input_value() == "Population of places, undated"
    for count in ("535", "534", "533"):
        page.click("#earlier")
        assert seen.text("#in-force") == f"{count} territories in force"
    page.fill("#find", "orihuela")
    page.keyboard.press("Enter")
    assert seen.text("#card .reading strong") == "114,549"
    page.click("#later")
    assert seen.text("#card .reading strong") == "89,823"
    assert seen.text("#changes") == "new or changed: Orihuela, Pilar de la Horadada"
    assert made["map"].stat().st_size < 340_000
    seen.clean(made["map"])


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ('["absent"]', "map.history: there is no layer or result “absent”"),
        ('["as_they_come"]', "map.history: “as_they_come” is a layer of history, and territories are needed"),
        ('"history"', "map.history: must be a list of texts"),
        ("[1]", "map.history: must be a list of texts"),
    ],
)
def test_what_has_no_versions_is_refused_by_its_key(tmp_path, value, match):
    text = VALENCIA.read_text(encoding="utf-8").replace('history = ["history"]', f"history = {value}")
    for path in VALENCIA.parent.iterdir():
        if path.suffix in {".gpkg", ".csv"}:
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=match):
        read_plan(tmp_path / "study.toml")


@pytest.fixture(scope="module")
def comarca(tmp_path_factory):
    """Markets, how firm they are, and a panel, with the settings that the sample's study gives them."""
    text = (SAMPLES / "comarca/study.toml").read_text(encoding="utf-8")
    wanted = {"drawn_markets", "drawn_network", "market_stability", "jobs_panel"}
    head, *steps = text.split("[steps.")
    kept = [step for step in steps if step.partition("]")[0] in wanted]
    folder = tmp_path_factory.mktemp("study")
    for path in (SAMPLES / "comarca").iterdir():
        if path.is_file() and path.suffix in {".gpkg", ".csv", ".tif", ".parquet"}:
            (folder / path.name).symlink_to(path)
    own = "[steps.".join(
        [head.replace('"quality.doubtful", ', "").replace(', "districts.areas", "reach.lines"', ""), *kept]
    ).partition("# Tables that would")[0]
    file = folder / "study.toml"
    file.write_text(own, encoding="utf-8")
    assert set(tomllib.loads(own)["steps"]) == wanted
    return file


def test_markets_and_their_places_are_told_and_graded(comarca, tmp_path, opened):
    made = run_study(comarca, tmp_path / "out")
    seen = opened(made["map"], "#lang=es")
    page = seen.page
    names = page.locator("#further label").all_text_contents()
    exchanges = "Intercambios inventados entre estos mercados de trabajo"
    assert names == [
        "Mercados de trabajo trazados a partir de desplazamientos inventados (12)",
        # 58 links, some of one or two commuters and what would tell these
        f"{exchanges}: vínculos (41)",
        f"{exchanges}: mercados (12)",
        "Qué firmes serían estos lugares en una encuesta a uno de cada veinte (inventado) (150)",
    ]
    page.locator("#further input").nth(3).check()
    counts = [int(text) for text in page.locator("#above .count").all_text_contents()]
    assert sum(counts) == 150
    assert len(counts) > 1
    assert seen.text("#above .name").startswith("En su mercado en el 95\u00a0%")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    # its own market and the other one by their names, not by shares alone
    assert "Mercado: " in seen.text(".entry")
    # shares are told in percent, and what there is not is not told
    assert "Sigue, nuevo sorteo (%): 100" in seen.text(".entry")
    assert "Si no, sobre todo en: –" not in seen.text(".entry")
    page.locator("#further input").nth(3).uncheck()
    page.locator("#further input").first.check()
    page.focus("#map")
    page.keyboard.press("Enter")
    assert "Validez: " in seen.text(".entry")
    assert "Válido según las reglas" in seen.text(".entry")
    page.locator("#further input").first.uncheck()
    page.locator("#further input").nth(1).check()
    assert "41 de 41 flujos" in seen.text("#further .hint")
    assert seen.text("#further .name") == "Flujos entre todos los lugares"
    report = made["report"].read_text(encoding="utf-8")
    # a step that another one uses is told all the same
    assert "<h2>Labour markets drawn from invented commuting</h2>" in report
    assert seen.text("#shown") == "Cifras de 2021 sobre límites con fecha 1 de enero de 2025"
    seen.clean(made["map"])


def test_figures_left_out_by_name_do_not_move(comarca):
    plan = read_plan(comarca)
    assert plan.histories == ("history",)
    step = next(s for s in plan.steps if s.name == "jobs_panel")
    result = StepResult(step, {"values": None}, {})
    layers = {"history": gpd.read_file(SAMPLES / "comarca/municipalities.gpkg")}
    hidden = replace(plan, left_out=frozenset({"jobs_panel.values"}))
    (layer,) = histories([result], hidden, layers)
    assert isinstance(layer, HistoryLayer)
    assert [i.name["en"] for i in layer.indicators] == ["Area in km²"]
    assert further([], plan) == []


def test_a_study_without_quotients_and_history_has_a_map_of_what_it_shows(comarca, tmp_path, opened):
    text = comarca.read_text(encoding="utf-8").replace('history = ["history"]', "")
    steps = [s for s in text.split("[steps.") if not s.startswith(("jobs_panel", "market_stability"))]
    own = "[steps.".join(steps).replace(', "market_stability.places"', "")
    file = comarca.parent / "markets_only.toml"
    file.write_text(own, encoding="utf-8")
    made = run_study(file, tmp_path / "out")
    seen = opened(made["map"], "#lang=en")
    boxes = seen.page.locator("#further input")
    assert [boxes.nth(k).is_checked() for k in range(3)] == [True, False, False]
    assert seen.text("#summary") == "Choose layers in the list; a click on the map tells what is there."
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    assert "Validity: " in seen.text(".entry")
    report = made["report"].read_text(encoding="utf-8")
    # nothing explains a quotient that the study does not have
    assert "LQ" not in report.partition('id="provenance"')[0].partition('id="reading"')[2]
    seen.clean(made["map"])


def test_flows_between_markets_run_from_centre_to_centre():
    ends = [((0, 0), (0, 7000)), ((0, 7000), (0, 0)), ((0, 0), (7000, 0)), ((7000, 0), (0, 0))]
    links = gpd.GeoDataFrame(
        {
            "origin": ["a", "b", "a", "c"],
            "destination": ["b", "a", "c", "a"],
            "origin_name": ["A", "B", "A", "C"],
            "destination_name": ["B", "A", "C", "A"],
            "flow": [100.0, 50.0, 20.0, 10.0],
        },
        geometry=[shapely.LineString(pair) for pair in ends],
        crs=25830,
    )
    layer = _links(links, {"en": "Flows", "es": "Flujos"})
    assert layer.places.names == ["A", "B", "C"]
    assert layer.table[["from", "to", "flow"]].to_numpy().tolist() == [
        [0, 1, 100],
        [1, 0, 50],
        [0, 2, 20],
        [2, 0, 10],
    ]
    at = gpd.GeoSeries(layer.places.shapes, crs=4326).to_crs(25830)
    assert at.distance(gpd.GeoSeries(gpd.points_from_xy([0, 0, 7000], [0, 7000, 0]), crs=25830)).max() < 0.01
    assert layer.told[0]["es"] == "Ancho donde viven y en punta donde trabajan"
    # of one or two commuters nothing is told, nor what would follow from the totals of their markets
    few = _links(links.assign(flow=[100.0, 50.0, 2.0, 10.0]), {"en": "Flows", "es": "Flujos"})
    assert len(few.table) == 2
    assert 2.0 not in few.table["flow"].tolist()


def test_the_map_tells_where_its_figures_come_from(comarca, tmp_path, opened):
    made = run_study(comarca, tmp_path / "out")
    seen = opened(made["map"], "#lang=es")
    seen.page.click("#origin summary")
    told = seen.page.locator("#origin li").all_text_contents()
    assert told[0].startswith("Elaborado con geoterritorio ")
    assert "study.toml (SHA-256 " in told[0]
    assert any(line.startswith("Datos «") for line in told)
    assert any("herramienta market_network" in line for line in told)
    assert not [line for line in told if ": True" in line or ": False" in line]
    assert re.search(r"el \d{1,2} de [a-z]+ de \d{4} ", told[0]), "the day is written out"
    seen.page.click("#lang [lang=en]")
    assert "tool market_network" in seen.text("#origin-list")
    seen.clean(made["map"])


@pytest.mark.parametrize(
    ("valid", "border"), [(["yes", "no"], ["counted", "not known"]), (["yes"] * 2, ["nobody"] * 2)]
)
def test_markets_say_whether_they_hold_and_whose_border_is_not_known(valid, border):
    figures = {key: [1.1, 0.9] for key in ("validity", "supply", "demand")}
    squares = [shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)]
    areas = gpd.GeoDataFrame(
        {"territory": ["a", "b"], "valid": valid, "border": border, "units": [3, 4], **figures},
        geometry=squares,
        crs=4326,
    )
    layer = _markets(areas, {"en": "Markets", "es": "Mercados"})
    told = dict(zip([kind["en"] for kind in layer.kinds], layer.look.colours, strict=True))
    assert told["Valid by the rules"] == "#7a2a8f"
    assert ("Border of the study: not known" in told) == ("not known" in border)
    assert layer.table["kinds"].tolist() == ([2, 5] if "no" in valid else [1, 1])


def test_hot_is_warm_and_cold_is_cold():
    rows = gpd.GeoDataFrame(
        {"territory": list("abc"), "cluster": ["cold spot", "hot spot", "not told from chance"]},
        geometry=[shapely.box(k, 40, k + 1, 41) for k in range(3)],
        crs=4326,
    )
    name = {"en": "Spots", "es": "Puntos"}
    (layer,) = _by_words(rows, "cluster", name)
    red = {kind["en"]: bytes.fromhex(c[1:]) for kind, c in zip(layer.kinds, layer.look.colours, strict=True)}
    assert red["hot spot"][0] > 2 * red["hot spot"][2]
    assert red["cold spot"][2] > 2 * red["cold spot"][0]
    assert not layer.look.filled
