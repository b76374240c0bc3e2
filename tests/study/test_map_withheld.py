"""On a map, withheld is a class of its own: never unknown, and no layer where there is nothing else."""

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geoterritorio.publication.webmap import page
from geoterritorio.study.confidential import Confidential
from geoterritorio.study.config import Step
from geoterritorio.study.mapactors import ACTORS
from geoterritorio.study.mapfacts import KEPT_BACK, KEPT_BACK_COLOUR
from geoterritorio.study.mapfigures import figured
from geoterritorio.study.mapinnovation import missing_kinds, synergies, taught
from geoterritorio.study.maplayers import laid_over
from geoterritorio.study.mappeople import capitals, communities
from geoterritorio.study.mapreadings import readings, verdicts
from geoterritorio.study.products import _kept_back
from geoterritorio.study.results import StepResult

NAME = {"en": "Layer (invented)", "es": "Capa (inventada)"}
SPANISH = "Reservado por secreto estadístico"
# Of each layer: its maker, its figures where they are known, and its class of what is not known.
FIGURES = {
    "kinds": (
        missing_kinds,
        {"kinds_present": 4.0, "kinds_p": 0.01, "missing_kinds": "chamber"},
        "Institutions unknown",
    ),
    "taught": (taught, {"match_share": 0.9, "q": 0.01, "purpose": "training"}, "Share of the jobs unknown"),
    "synergy": (synergies, {"beyond_chance": -0.1, "q": 0.01}, "Synergy unknown"),
    "contained": (communities, {"containment": 0.95}, "Self-containment unknown"),
    "capitals": (capitals, dict.fromkeys(("human", "social", "natural", "economic"), 3.0), "Some capitals"),
    "ties": (ACTORS["network_areas"], {"local_share": 0.6, "q": 0.01}, "Ties that stay: unknown"),
}


def areas(number, **columns):
    places = {"territory": [f"M{k}" for k in range(number)], "name": [f"Market {k}" for k in range(number)]}
    shapes = [box(k, 0, k + 1, 1) for k in range(number)]
    return gpd.GeoDataFrame({**places, **columns}, geometry=shapes, crs=4326)


def three(figures):
    """A territory that is told, one that is not known and says why, and one that is withheld."""
    parts = {
        c: [v, *([v, v] if c == "purpose" else [None, None] if isinstance(v, str) else [np.nan, np.nan])]
        for c, v in figures.items()
    }
    return areas(3, **parts, reason=[None, "no data", None], withheld=[None, None, "confidential"])


def told(layer, row, lang="en"):
    cells = {heading[lang]: layer.table[column].iloc[row] for column, heading in layer.look.facts.items()}
    return {
        heading: layer.look.words.get(value, {lang: value})[lang]
        for heading, value in cells.items()
        if isinstance(value, str)
    }


@pytest.mark.parametrize("which", sorted(FIGURES))
def test_withheld_is_a_class_beside_the_unknown(which):
    maker, figures, unknown = FIGURES[which]
    layer = maker(three(figures), NAME)
    assert len(layer.kinds) == 3
    assert layer.kinds[1]["en"].startswith(unknown)
    assert layer.kinds[2] == {"en": KEPT_BACK, "es": SPANISH}
    assert layer.look.colours[2] == KEPT_BACK_COLOUR
    assert told(layer, 2)["Note"] == "withheld: it would tell of single establishments"
    assert told(layer, 2, "es")["Nota"] == "reservado: revelaría establecimientos concretos"
    assert "Note" not in told(layer, 1)


def test_capitals_of_a_withheld_row_are_not_called_unknown():
    rows = areas(
        2,
        human=[1.0, np.nan],
        social=[2.0, 3.0],
        natural=[1.0, 1.0],
        economic=[1.0, 1.0],
        withheld=[None, "x"],
    )
    layer = capitals(rows, NAME)
    assert "withheld" in told(layer, 1).values()
    assert "reservado" in told(layer, 1, "es").values()
    assert "unknown" not in told(layer, 1).values()


def test_words_that_are_withheld_have_the_same_class_in_both_languages():
    rows = areas(
        2, verdict=["district", "withheld"], readings=["neither", "withheld"], withheld=[None, "confidential"]
    )
    for made in (verdicts(rows, NAME), readings(rows, NAME)):
        assert made.kinds[-1] == {"en": KEPT_BACK, "es": SPANISH}
        assert made.look.colours[-1] == KEPT_BACK_COLOUR


def test_figures_that_are_withheld_are_drawn_and_those_not_known_are_not():
    rows = areas(3, fitness=[1.0, np.nan, np.nan], withheld=[None, None, "confidential"])
    (layer,) = figured(rows, "fitness_areas", NAME)
    assert [kind["en"] for kind in layer.kinds][1:] == [KEPT_BACK]
    assert layer.places.ids == ["M0", "M2"]
    assert layer.look.colours[-1] == KEPT_BACK_COLOUR


PLAN = SimpleNamespace(
    histories=(),
    registers=(),
    shown=frozenset(),
    ticked=frozenset(),
    left_out=frozenset(),
    disclosure=Confidential(),
)


def result(name, tool, **outputs):
    return StepResult(Step(name, tool, {}, {}, {"en": f"{name} here", "es": f"{name} aquí"}), outputs, {})


def test_layers_of_which_all_is_withheld_are_left_out_and_named():
    withheld = {"withheld": ["confidential"] * 2}
    nothing, none = [np.nan] * 2, [None] * 2
    results = [
        result("helix", "triple_helix", areas=areas(2, beyond_chance=nothing, q=nothing, **withheld)),
        result("fit", "fitness", areas=areas(2, fitness=nothing, **withheld)),
        result("sites", "districts", areas=areas(2, verdict=["withheld"] * 2, **withheld)),
        result(
            "people", "community_of_people", areas=areas(2, containment=[0.9, np.nan], withheld=[None, "x"])
        ),
        result("unknown", "triple_helix", areas=areas(2, beyond_chance=nothing, q=nothing, withheld=none)),
    ]
    found = laid_over(results, PLAN)
    assert [layer.source for layer in found.layers] == ["people.areas", "unknown.areas"]
    assert [source for source, _ in found.kept_back] == ["helix.areas", "fit.areas", "sites.areas"]
    (note,) = _kept_back(found)
    assert "to protect confidentiality: helix here; fit here; sites here. What else" in note["en"]
    assert "por secreto estadístico: helix aquí; fit aquí; sites aquí. Lo demás" in note["es"]
    assert _kept_back(laid_over(results[3:], PLAN)) == []


def test_of_several_layers_of_a_result_those_that_tell_stay():
    rows = areas(
        2, purpose=["training", "research"], match_share=[0.5, np.nan], q=[0.01, np.nan], withheld=[None, "x"]
    )
    found = laid_over([result("school", "training_match", areas=rows)], PLAN)
    assert [layer.words["en"] for layer in found.layers] == ["school here: jobs whose field is taught there"]
    assert [words["en"] for _, words in found.kept_back] == ["school here: jobs whose field is studied there"]


def test_areas_have_borders_whatever_they_are_filled_with():
    script = (Path(page.__file__).parent / "assets/further.js").read_text(encoding="utf-8")
    assert "kind === 'point' ? '#fff' : filled ? '#8d959b' : colours[k]" in script
