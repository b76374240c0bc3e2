"""Results with one figure for each territory are filled in classes; those of sectors or pairs are no layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoterritorio.publication.webmap.codec import unpack
from geoterritorio.study.mapfigures import DRAWN, figured

NAMES = {"en": "Figures", "es": "Cifras"}
OF_EACH = "of the sector that stands out most in each territory"


def rows(values, column="fitness", **more):
    n = len(values)
    shapes = shapely.box(np.arange(n), 40, np.arange(n) + 1, 41)
    frame = {"territory": [f"T{k}" for k in range(n)], "name": "Town", column: values, **more}
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4326)


def test_classes_hold_the_figures_that_their_words_say():
    values = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2]
    (layer,) = figured(rows(values), "fitness_areas", NAMES)
    assert layer.look.filled
    assert [kind["en"] for kind in layer.kinds][-1].startswith("under ")
    assert "," in layer.kinds[-1]["es"]
    counts = np.bincount(np.log2(layer.table["kinds"]).astype(int))
    assert counts.tolist() == [2] * 5, "a fifth of the territories in each class"
    assert layer.look.colours == ("#432c78", "#685ca3", "#928bc2", "#bdb8dc", "#e4e1f0"), (
        "the highest is darkest"
    )


def told(layer, row=0, lang="en"):
    """What is said of a row: text by heading, without what is not known of it."""
    said = {words[lang]: layer.table[c].iloc[row] for c, words in layer.look.facts.items()}
    return {h: layer.look.words[key][lang] for h, key in said.items() if isinstance(key, str)}


def test_interval_is_told_and_what_is_not_known_is_left_out():
    given = rows([1.0, 2.0, np.nan], "eci", low=[0.5, 1.5, np.nan], high=[1.5, 2.5, np.nan])
    (layer,) = figured(given, "complexity_areas", NAMES)
    assert len(layer.table) == 2
    assert told(layer, 0, "es") == {"Complejidad (ECI)": "1 (intervalo de 0,5 a 1,5)"}


def test_an_index_is_not_told_with_the_interval_of_another():
    """Ends are those of the index without what chance adds to it."""
    given = rows(
        [0.86, 0.5],
        "value",
        measure="krugman_specialisation",
        corrected=[0.68, np.nan],
        low=[0.6, np.nan],
        high=[0.76, np.nan],
        q=[0.0002, 0.6123],
    )
    (layer,) = figured(given, "territory_indices", NAMES)
    assert told(layer) == {
        "Value": "0.86",
        "Corrected for chance": "0.68 (interval 0.6 to 0.76)",
        "q-value": "< 0.001",
    }
    assert told(layer, 1) == {"Value": "0.5", "q-value": "0.612"}
    assert layer.look.title["en"] == "Figures: Krugman index of specialisation"


def test_focal_quotients_are_in_classes_around_1_and_pale_where_chance_may_explain_them():
    given = rows(
        [25.3, 1.0, 3.0, 0.4],
        "focal_lq",
        low=[14.0, 0.5, 0.9, 0.2],
        high=[47.1, 2.0, 9.0, 0.8],
        q=[1e-5, 1.0, 0.2, 0.01],
        certainty=["high", "unclear", "few", "low"],
        sector="26.5",
        sector_name="Instruments",
        sector_name_es="Instrumentos",
    )
    (layer,) = figured(given, "focal_areas", NAMES)
    assert [kind["en"] for kind in layer.kinds] == [
        "over 2",
        "over 2; not told from chance",
        "0.91 to 1.1; not told from chance",
        "under 0.5",
    ]
    assert layer.table["kinds"].tolist() == [1, 4, 2, 8]
    assert len(set(layer.look.colours)) == 4
    assert told(layer)["Focal LQ"] == "25.3 (interval 14 to 47.1)"
    assert told(layer, 2)["Certainty"] == "under 5 effective establishments"
    assert layer.look.title["es"] == (
        "Cifras: coeficiente de localización focal, con el entorno, Instrumentos"
    )
    _, texts = unpack(layer.block())
    assert texts["sectors"] == [{"en": "26.5 Instruments", "es": "26.5 Instrumentos"}]


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("variety", {}, "related variety, in bits"),
        ("shift_share_areas", {"measure": "employment"}, "regional component, in jobs"),
        ("shift_share_areas", {"measure": "employment", "growth": 1.2}, "Regional"),
        ("knowledge_areas", {"class": "high_tech"}, "location quotient, high technology"),
        ("knowledge_areas", {"class": ["high_tech", "kis"]}, "location quotient"),
        (
            "cluster_areas",
            {"sector": ["1", "2"]},
            f"cluster index, 1 where the sector is evenly spread, {OF_EACH}",
        ),
    ],
)
def test_the_key_says_which_figure_is_drawn_in_which_unit_and_of_whom(kind, more, words):
    (layer,) = figured(rows([1.0, 2.0], DRAWN[kind].column, **more), kind, NAMES)
    assert layer.look.title["en"] == f"Figures: {words}"
    assert layer.words == NAMES, "it is short in the list"


def test_classes_of_whole_numbers_are_whole():
    values = [0, 0, 1, 1, 2, 2, 2, 3, 3, 9]
    given = rows(values, "total", group_name="Vehicles and parts / Vehículos y piezas", stars=values)
    (layer,) = figured(given, "cluster_star_areas", NAMES)
    assert told(layer, 9, "es") == {
        "Todas las estrellas": "9",
        "Nombre del grupo": "Vehículos y piezas",
        "Estrellas": "9",
    }
    assert [kind["en"] for kind in layer.kinds] == ["3 to 9", "2", "1", "0"]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [0.0, 0.0, 5.0]])
def test_equal_figures_make_as_many_classes_as_they_can(values):
    (layer,) = figured(rows(values), "fitness_areas", NAMES)
    assert len(layer.kinds) == len(set(values))


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_results_of_sectors_or_without_figures_are_no_layers(kind):
    twice = rows([1.0, 2.0], DRAWN[kind].column).assign(territory="T0")
    assert figured(twice, kind, NAMES) == []
    assert figured(rows([np.nan], DRAWN[kind].column), kind, NAMES) == []
