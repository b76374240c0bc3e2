"""Pictures and map layers of reach say what its tables say."""

import dataclasses

import geopandas as gpd
import pytest
from shapely import Point, box

from geoterritorio.errors import LayerError
from geoterritorio.proximity.tools import reach
from geoterritorio.proximity.tools.reach import WithinRules
from geoterritorio.publication.plots import reach_bars, reach_map, reach_map_residents
from geoterritorio.study.config import Step
from geoterritorio.study.mapshares import layers_of_reach
from geoterritorio.study.results import StepResult

EAST, NORTH = 5e5, 4.5e6


def points(column, *x, **columns):
    shapes = [Point(EAST + v, NORTH) for v in x]
    return gpd.GeoDataFrame({column: list("abcdef")[: len(x)], **columns}, geometry=shapes, crs=25830)


@pytest.fixture
def outputs():
    """Two territories; the east reaches no school within 10 minutes."""
    firms = points("firm", 0, 1000, 9000, sector="1", employment=[10.0, None, 30.0])
    centres = points("centre", 0, 8000, kind=["training", "transfer"])
    people = points("place", 500, 9000, population=[70, 30])
    land = gpd.GeoDataFrame(
        {"territory": ["west", "east"]},
        geometry=[
            box(EAST - 1e3, NORTH - 5e3, EAST + 5e3, NORTH + 5e3),
            box(EAST + 5e3, NORTH - 5e3, EAST + 1e4, NORTH + 5e3),
        ],
        crs=25830,
    )
    with pytest.warns(match="jobs are not known"):
        found = reach(
            centres, firms, population=people, territories=land, rules=WithinRules(budgets="5; 10; 60")
        )
    return {f.name: getattr(found, f.name) for f in dataclasses.fields(found)} | {"territories": land}


def words(figure):
    legends = [t.get_text() for legend in figure.legends for t in [*legend.get_texts(), legend.get_title()]]
    own = [t.get_text() for axes in figure.axes for t in [*axes.texts, *axes.get_yticklabels()]]
    return [figure.get_suptitle(), *legends, *own]


def test_bars_have_a_row_by_kind_and_dots_of_residents(outputs):
    figure = reach_bars(outputs)
    told = words(figure)
    assert told[0] == "Small and medium establishments within reach · 2 in all"
    assert {"up to 5 minutes", "up to 10 minutes", "up to 60 minutes", "residents, up to 10 minutes"} <= set(
        told
    )
    assert {"technology transfer", "training centre", "what unknown sizes leave open"} <= set(told)
    # Bars of each budget end at the share within it.
    ends = sorted(p.get_x() + p.get_width() for p in figure.axes[0].patches)
    assert ends == pytest.approx(sorted(outputs["shares"].query("who == 'establishments'")["reached_share"]))
    assert "hasta 5 minutos" in words(reach_bars(outputs, lang="es"))


def test_map_tells_minutes_and_names_the_kind(outputs):
    told = words(reach_map(outputs, focus="training"))
    assert told[0] == "Small and medium establishments within reach · training centre · up to 10 minutes"
    # Too few are there for a middle of the jobs: those of the land are 2 and 7.5 km from the school, at 30 km/h.
    assert {"west: 4", "east: 15"} <= set(told)
    with pytest.raises(LayerError, match=r"“opera” is none of those .* can be about: .*“training”"):
        reach_map(outputs, focus="opera")
    with pytest.raises(LayerError, match="opera"):
        reach_bars(outputs, focus="opera")


def test_map_of_residents_says_residents(outputs):
    told = words(reach_map_residents(outputs, focus="training", lang="es"))
    assert told[0] == "Residentes al alcance · centro de formación · hasta 10 minutos"
    assert "punto medio de los residentes, y camino al más próximo" in told
    assert not any("empleo" in text for text in told)
    rows = {name: rows[rows["who"] == "residents"] for name, rows in outputs.items() if "who" in rows.columns}
    alone = {**outputs, **rows}
    assert "middle of where residents live, and way to the nearest" in words(
        reach_map(alone, focus="training")
    )
    with pytest.raises(LayerError, match="reach-map"):
        reach_map_residents(alone)
    rows = {name: rows[rows["who"] != "residents"] for name, rows in outputs.items() if "who" in rows.columns}
    with pytest.raises(LayerError, match="Give the layer population"):
        reach_map_residents({**outputs, **rows})


def test_names_stand_beside_identifiers():
    firms = points("firm", 0, 1000, 9000, sector="1", employment=[10.0, 20.0, 30.0])
    centres = points("centre", 0, 8000, kind="training", name=["Old school", "New school"])
    land = gpd.GeoDataFrame(
        {"territory": ["t"], "name": ["Valley"]},
        geometry=[box(EAST - 1e3, NORTH - 5e3, EAST + 1e4, NORTH + 5e3)],
        crs=25830,
    )
    found = reach(centres, firms, territories=land, rules=WithinRules(budgets="5; 10; 60", each=True))
    assert found.by_centre["centre_name"].tolist() == ["Old school", "New school"]
    assert found.lines[["name", "centre_name"]].to_numpy().tolist() == [["Valley", "New school"]]
    assert found.areas["name"].tolist() == ["Valley"]
    assert found.times["main_centre_name"].tolist() == ["Old school"]
    assert set(found.places["centre_name"]) == {"Old school", "New school"}
    told = {f.name: getattr(found, f.name) for f in dataclasses.fields(found)} | {"territories": land}
    assert any(text.startswith("Valley: ") for text in words(reach_map(told)))


def test_nothing_to_draw_is_said(outputs):
    assert len(reach_map({**outputs, "areas": outputs["areas"][:0]}).axes) == 1


@pytest.mark.parametrize("kind", ["reach_areas", "reach_centres", "nearest_lines"])
def test_map_layers_have_the_words_of_both_languages(outputs, kind):
    output = {"reach_areas": "areas", "reach_centres": "by_centre", "nearest_lines": "lines"}[kind]
    title = {"en": "Reach", "es": "Alcance"}
    result = StepResult(Step("reach", "reach", {}, {}, title), {output: outputs[output]}, {})
    layers = layers_of_reach(result, output, kind, {}, {})
    words = {"en": "technology transfer", "es": "transferencia tecnológica"}
    assert any(words in layer.kinds or words == dict(layer.words) for layer in layers)
