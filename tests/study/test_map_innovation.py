"""What the map tells of institutions, networks, people and actions: beside chance, with unit, in both languages."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geoterritorio.publication.webmap.palette import GROUND, mix
from geoterritorio.study.mapactors import ACTORS
from geoterritorio.study.mapinnovation import missing_kinds, parts, placed, synergies, taught
from geoterritorio.study.mapladder import acted
from geoterritorio.study.mappeople import capitals, communities
from geoterritorio.study.mapreadings import extents

NAME = {"en": "Layer (invented)", "es": "Capa (inventada)"}


def areas(**columns):
    number = len(next(v for v in columns.values() if isinstance(v, list)))
    places = {"territory": [f"M{k}" for k in range(number)]}
    places["name"] = [f"Market of {k} / Mercado de {k}" for k in range(number)]
    return gpd.GeoDataFrame(
        {**places, **columns}, geometry=[box(k, 0, k + 1, 1) for k in range(number)], crs=4326
    )


def kinds(layer, lang="en"):
    return [kind[lang] for kind in layer.kinds]


def told(layer, row, lang="en"):
    """What a reader sees of a row that is opened."""
    look = layer.look
    cells = {heading[lang]: layer.table[column].iloc[row] for column, heading in look.facts.items()}
    return {
        heading: value if value is None else look.words.get(value, {lang: value})[lang]
        for heading, value in cells.items()
    }


def test_missing_kinds_fade_where_chance_leaves_as_few_and_tell_their_interval():
    rows = areas(
        number=[3.0, 4, np.nan],
        density=[3.3, 9.4, np.nan],
        low=[1.7, 3.8, np.nan],
        high=[5.8, 19.3, np.nan],
        kinds_present=[4.0, 4.0, np.nan],
        kinds_expected=[9.0, 5.02, np.nan],
        kinds_p=[0.001, 0.6, np.nan],
        missing_kinds=["laboratory; chamber", "laboratory; chamber", None],
        reason=["", "", "not covered"],
        cure=["", "", "a layer of institutions that covers the territory"],
    )
    layer = missing_kinds(rows, NAME)
    assert kinds(layer) == [
        "One or two kinds are missing",
        "One or two kinds are missing; not told from chance",
        "Institutions unknown: not covered",
    ]
    assert layer.look.colours[1] == mix(layer.look.colours[0], GROUND, 0.55)
    assert told(layer, 0)["Institutions for 1000 establishments (interval)"] == "3.30 (1.70–5.80)"
    assert told(layer, 1, "es")["Tipos presentes"] == "4 (por azar 5,0)"
    assert "it would be decided by" in told(layer, 2)["Not known"]
    assert kinds(layer, "es")[1].endswith("no se distingue del azar")


@pytest.mark.parametrize(("purpose", "word"), [("training", "taught"), ("research", "studied")])
def test_training_and_research_are_layers_of_their_own_beside_chance(purpose, word):
    rows = areas(
        purpose=[purpose, purpose],
        jobs=[100.0, 100],
        served=[70.0, 10],
        unserved=[20.0, 80],
        no_field=[10.0, 10],
        undecided_jobs=[0.0, 10],
        match_share=[0.7, 0.1],
        match_low=[0.7, 0.1],
        match_high=[0.7, 0.2],
        expected=[0.3, 0.2],
        q=[0.01, 0.9],
    )
    layer = taught(rows, NAME)
    assert kinds(layer) == [
        f"Field {word} for 60 to 80\N{NO-BREAK SPACE}% of the jobs",
        f"Field {word} for fewer than 40\N{NO-BREAK SPACE}% of the jobs; not told from chance",
    ]
    assert told(layer, 0)["Share served"] == "70% (by chance 30%; q = 0.01)"
    assert told(layer, 1)["Jobs undecided"] == "10 (10%–20%)"


def test_thickness_has_a_layer_with_its_four_parts_side_by_side():
    one = [
        ("M0", "presence", 0.9, np.nan, ""),
        ("M0", "interaction", 0.2, 0.01, ""),
        ("M0", "coalition", np.nan, np.nan, "too few institutions"),
        ("M1", "presence", 0.4, np.nan, ""),
        ("M1", "interaction", 0.1, np.nan, ""),
    ]
    table = pd.DataFrame(one, columns=["territory", "part", "value", "q", "reason"])
    table = table.assign(name=table["territory"], cure="nothing: a network needs three institutions or more")
    shapes = areas(x=[1, 2]).set_index("territory").geometry
    rows = gpd.GeoDataFrame(
        table.assign(geometry=table["territory"].map(shapes)), geometry="geometry", crs=4326
    )
    layer = parts(rows, NAME)
    assert kinds(layer) == [
        "Institutions linked with each other more than chance links them",
        "Too few links between institutions to test",
    ]
    assert told(layer, 0)["Kinds of institution that are there"] == "90%"
    assert told(layer, 0)["Institutions in the largest group joined by links"].startswith(
        "fewer than three institutions; it would be decided by"
    )


def test_synergy_is_told_with_three_decimals_and_both_ways():
    rows = areas(
        synergy=[-0.0041, -0.09, -0.03],
        expected=[-0.0043, -0.05, -0.05],
        beyond_chance=[0.0002, -0.04, 0.02],
        low=[-0.01, -0.1, -0.04],
        high=[0.0, -0.08, -0.02],
        q=[0.9, 0.01, 0.01],
        establishments=[100.0, 100, 100],
        units=[5.0, 5, 5],
        few=["no", "no", "yes"],
    )
    layer = synergies(rows, NAME)
    assert len(kinds(layer)) == 3
    assert told(layer, 0)["T, bits (below 0 is synergy)"] == "−0.004 (by chance −0.004; q = 0.90)"


def test_ties_fade_by_chance_and_ties_across_are_called_by_both_territories():
    rows = areas(
        local_share=[0.6, 0.02, np.nan],
        expected=[0.1, 0.02, np.nan],
        q=[0.01, 0.9, np.nan],
        two_steps=[0.5, 0.1, np.nan],
        ties=[9.0, 1, 0],
        outward=[1.0, 9, 0],
        actors=[5.0, 5, 0],
        firms=[4.0, 4, 0],
    )
    layer = ACTORS["network_areas"](rows, NAME)
    assert kinds(layer)[1] == "Fewer than a tenth of the ties stay; not told from chance"
    assert kinds(layer)[2] == "Ties that stay: unknown"
    lines = gpd.GeoDataFrame(
        {
            "origin": ["M0", "M0"],
            "destination": ["M1", "M2"],
            "origin_name": rows["name"].iloc[[0, 0]].tolist(),
            "destination_name": rows["name"].iloc[[1, 2]].tolist(),
            "ties": [40.0, 5.0],
            "firms": [12.0, 4.0],
        },
        geometry=[LineString([(0, 0), (1, 1)]), LineString([(0, 0), (2, 1)])],
        crs=4326,
    )
    between = ACTORS["network_between"](lines, NAME)
    assert kinds(between) == [
        "Half as many ties as the most, or more (20 to 40)",
        "Fewer than a fifth of the most (1 to 7)",
    ]
    assert between._titles()["es"] == ["Mercado de 0 – Mercado de 2", "Mercado de 0 – Mercado de 1"]


def test_institutions_and_brokers_are_called_by_themselves_and_say_where_they_are():
    dots = gpd.GeoDataFrame(
        {
            "institution": ["i1"],
            "name": ["Institute (invented)"],
            "kind": ["laboratory"],
            "territory": ["M0"],
            "fields": ["071;061"],
            "opened": ["1990"],
            "where_en": ["Market of 0"],
            "where_es": ["Mercado de 0"],
        },
        geometry=[Point(0.5, 0.5)],
        crs=4326,
    )
    layer = placed(dots, NAME)
    assert layer.places.ids == ["i1"]
    assert told(layer, 0, "es")["Territorio"] == "Mercado de 0"
    assert "Engineering" in told(layer, 0)["Fields of knowledge"]
    actors = dots.drop(columns=["institution", "name", "kind"]).assign(
        actor="i1",
        actor_name="Institute",
        actor_type="laboratory",
        degree=3.0,
        constraint=0.4,
        constraint_expected=0.5,
        effective_size=2.0,
        effective_size_expected=1.5,
        linking=np.nan,
        linking_expected=np.nan,
        linking_q=np.nan,
        strongest=None,
    )
    broker = ACTORS["institution_brokers"](actors, NAME)
    assert kinds(broker) == ["No role beyond chance"]
    assert "too few ways to test" in told(broker, 0).values()


def test_people_and_capitals_are_filled_with_their_unit():
    people = areas(
        containment=[0.95, 0.5],
        supply=[0.95, 0.5],
        supply_low=[0.9, 0.4],
        supply_high=[0.97, 0.6],
        demand=[0.96, 0.6],
        demand_low=[0.9, np.nan],
        demand_high=[0.97, np.nan],
        overlap=[0.9, 0.8],
        equivalent_sectors=[90.0, 80],
        moved=[0.2, 0.3],
        moved_chance=[0.1, 0.3],
        q_moved=[0.01, 0.9],
    )
    layer = communities(people, NAME)
    assert len(kinds(layer)) == 2
    assert told(layer, 0)["Residents who work in it"] == "95% (90%–97%)"
    assert told(layer, 1)["Workers who live in it"] == "60%"
    scores = areas(
        human=[0.5, np.nan], social=[0.4, np.nan], natural=[np.nan, np.nan], economic=[0.3, np.nan]
    )
    held = capitals(scores.assign(normalisation="percentile"), NAME)
    assert kinds(held) == ["Some capitals unknown: not counted"]
    assert told(held, 0, "es")["Capital natural y patrimonio"] == "desconocido"


def test_territories_are_coloured_by_how_many_capitals_are_above_the_median():
    scores = areas(
        human=[0.9, 0.5, 0.1], social=[0.9, 0.5, 0.1], natural=[0.9, 0.5, 0.1], economic=[0.2, 0.5, 0.8]
    )
    held = capitals(scores.assign(normalisation="percentile"), NAME)
    assert kinds(held) == [
        "Three capitals above the median",
        "One capital above the median",
        "No capital above the median",
    ]
    assert told(held, 0)["Natural capital and heritage"] == "0.90, above the median"
    assert told(held, 1)["Natural capital and heritage"] == "0.50"


def test_actions_of_one_place_stand_apart_around_it_and_are_counted():
    rows = gpd.GeoDataFrame(
        {
            "action": [f"a{k}" for k in range(12)],
            "territory": "M",
            "phase": "animation",
            "kind": None,
            "budget": 1000.0,
            "begin": 2012.0,
            "end": [2013.0] * 11 + [2012.0],
            "funder": None,
            "public_share": None,
        },
        geometry=[Point(0, 0)] * 11 + [Point(100, 100)],
        crs="EPSG:25830",
    )
    layer = acted(rows, NAME)
    shapes = layer.places.shapes
    assert len({shape.wkb for shape in shapes}) == 12
    assert told(layer, 0)["Actions at this place; dots stand around it"] == "11"
    assert told(layer, 0)["Years"] == "2012–2013"
    alone = told(layer, 11, "es")
    assert alone["Años"] == "2012"
    assert pd.isna(alone["Acciones en este lugar; los puntos están a su alrededor"])


def test_extents_and_actions_are_called_by_their_names_in_both_languages():
    rows = gpd.GeoDataFrame(
        {
            "extent": ["1"],
            "group": ["g"],
            "group_name": ["Houses of clay and tiles / Casas de barro y tejas"],
            "verdict": ["cluster"],
            "number": [2.0],
        },
        geometry=[box(0, 0, 1, 1)],
        crs=4326,
    )
    assert extents(rows, NAME)._titles()["es"] == ["Casas de barro y tejas"]
    actions = gpd.GeoDataFrame(
        {
            "action": ["a1", "a2"],
            "action_name": ["School", None],
            "action_name_es": ["Escuela", None],
            "territory": ["M0", "M0"],
            "phase": ["animation", "structuring"],
            "kind": ["participation", None],
            "budget": [1000.0, np.nan],
            "period": ["1998/2001", "2000"],
            "funder": ["fund", None],
            "public_share": [0.57, np.nan],
        },
        geometry=[Point(0, 0), Point(1, 1)],
        crs=4326,
    )
    layer = acted(actions, NAME)
    assert layer._titles() == {"en": ["School", "a2"], "es": ["Escuela", "a2"]}
    assert told(layer, 0, "es")["Presupuesto de la acción"] == "1.000"
    assert told(layer, 0)["Public share"] == "57%"
