"""What the map of a study tells of districts, clusters, both readings, and how firm districts are."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geoterritorio.study.mapreadings import claims, readings, runs, verdicts

NAME = {"en": "Layer (invented)", "es": "Capa (inventada)"}


def areas(**columns):
    number = len(next(iter(columns.values())))
    places = {"territory": [f"M{k}" for k in range(number)], "name": [f"Market {k}" for k in range(number)]}
    return gpd.GeoDataFrame(
        {**places, **columns}, geometry=[box(k, 0, k + 1, 1) for k in range(number)], crs=4326
    )


def kinds(layer, lang="es"):
    return [kind[lang] for kind in layer.kinds]


def test_verdicts_have_the_colours_of_qgis_and_tell_the_evidence_in_both_languages():
    rows = areas(
        verdict=["district", "no district", "undecidable"],
        main_industry=["leather_footwear", "machinery", None],
        weakest=["industry_share", None, "size_quotients"],
        unknown_steps=[None, None, "size_quotients; prevails"],
        share_all=[0.96, 0.1, np.nan],
    )
    layer = verdicts(rows, NAME)
    assert kinds(layer) == ["distrito industrial", "no distrito, tipo abierto", "indecidible"]
    assert layer.look.colours[0] == "#c2571a"
    assert layer.look.filled
    assert layer.look.facts["share_all"]["es"] == "Distrito, todas las repeticiones (%)"
    assert layer.table["share_all"].tolist()[:2] == [96.0, 10.0]
    assert layer.look.words["leather_footwear"]["es"] != layer.look.words["leather_footwear"]["en"]
    assert "_" not in layer.look.words["size_quotients; prevails"]["es"]


def test_neither_reading_is_neither_and_not_chance():
    rows = areas(
        readings=["district and cluster", "neither", "no cluster, district open"],
        differ_on=[None, "B; D", None],
        group_name=["Food and drink / Alimentos y bebidas", None, "Wood and cork / Madera y corcho"],
    )
    layer = readings(rows, NAME)
    assert kinds(layer, "en") == ["district and cluster", "no cluster; whether district is open", "neither"]
    assert layer.look.words["Wood and cork / Madera y corcho"]["es"] == "Madera y corcho"


def test_groups_of_one_territory_are_told_together():
    rows = areas(
        verdict=["cluster", "cluster", "possible cluster", "possible cluster"],
        group_name=[
            "Food and drink / Alimentos y bebidas",
            "Metals and tools / Metales y útiles",
            "Wood and cork / Madera y corcho",
            "Wood and cork / Madera y corcho",
        ],
        met=[9, 8, 7, 6],
        unmet=[0, 1, 1, 2],
    )
    rows["territory"] = ["A", "A", "A", "B"]
    layer = claims(rows, NAME)
    assert layer.places.ids == ["A", "B"]
    assert kinds(layer, "en") == ["cluster, all criteria met", "possible cluster, some unknown"]
    assert (
        layer.look.words["Food and drink; Metals and tools"]["es"] == "Alimentos y bebidas; Metales y útiles"
    )
    assert np.isnan(layer.table["met"].iloc[0])
    assert layer.table["met"].iloc[1] == 6


def test_groups_without_names_are_claimed_without_them():
    layer = claims(areas(verdict=["cluster", "undecided"], met=[9, 3]), NAME)
    assert list(layer.look.facts) == ["met"]


@pytest.mark.parametrize(
    ("share", "word"), [(1.0, "95"), (0.95, "95"), (0.949, "half"), (0.05, "5"), (0.049, "hardly")]
)
def test_runs_are_graded(share, word):
    rows = areas(share_all=[share, np.nan], verdict=["district", "undecidable"])
    layer = runs(rows, NAME)
    (kind,) = kinds(layer, "en")
    assert word in kind
    assert layer.places.ids == ["M0"]
