"""Results with one figure for each territory are filled in classes; those of sectors or pairs are no layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoterritorio.study.mapfigures import DRAWN, figured

NAMES = {"en": "Figures", "es": "Cifras"}


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


def test_interval_is_told_and_what_is_not_known_is_left_out():
    given = rows([1.0, 2.0, np.nan], "eci", low=[0.5, 1.5, np.nan], high=[1.5, 2.5, np.nan])
    (layer,) = figured(given, "complexity_areas", NAMES)
    assert [words["es"] for words in layer.look.facts.values()] == [
        "Complejidad (ECI)",
        "Extremo inferior",
        "Extremo superior",
    ]
    assert layer.table[["eci", "low", "high"]].to_numpy().tolist() == [[1.0, 0.5, 1.5], [2.0, 1.5, 2.5]]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [0.0, 0.0, 5.0]])
def test_equal_figures_make_as_many_classes_as_they_can(values):
    (layer,) = figured(rows(values), "fitness_areas", NAMES)
    assert len(layer.kinds) == len(set(values))


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_results_of_sectors_or_without_figures_are_no_layers(kind):
    twice = rows([1.0, 2.0], DRAWN[kind]).assign(territory="T0")
    assert figured(twice, kind, NAMES) == []
    assert figured(rows([np.nan], DRAWN[kind]), kind, NAMES) == []
