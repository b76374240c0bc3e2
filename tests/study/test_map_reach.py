"""What the map of a study tells of what lies within reach: budgets, access, leading centres, gains."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geoterritorio.study.confidential import Confidential
from geoterritorio.study.config import Step
from geoterritorio.study.maplayers import further
from geoterritorio.study.mapreach import REACH
from geoterritorio.study.results import StepResult

NAME = {"en": "Layer (invented)", "es": "Capa (inventada)"}


def areas(**columns):
    number = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[box(k, 0, k + 1, 1) for k in range(number)], crs=4326)


def made(kind, **columns):
    return REACH[kind](areas(**columns), kind, NAME)


def kinds(layer, lang="es"):
    return [kind[lang] for kind in layer.kinds]


def told(layer, row, lang="es"):
    """What a reader sees of an opened row."""
    values = {c: layer.table[c].iloc[row] for c in layer.look.facts}
    return {
        words[lang]: layer.look.words[values[c]][lang] if values[c] in layer.look.words else values[c]
        for c, words in layer.look.facts.items()
    }


def test_budgets_can_be_hidden_one_by_one_and_the_smaller_lies_above():
    layer = made(
        "reached_land",
        up_to=[15.0, 60.0, 60.0],
        unit=["minutes"] * 3,
        part=[1, 1, 2],
        origins=["A; B", "A; B", "C"],
        places=[2, 2, 1],
        area_km2=[1.0, 3.0, 1.0],
    )
    assert kinds(layer) == ["hasta 15 minutos", "hasta 60 minutos"]
    assert kinds(layer, "en") == ["up to 15 minutes", "up to 60 minutes"]
    assert layer.table["kinds"].tolist() == [2, 2, 1]
    assert layer.places.names == ["", "C", ""]
    assert layer.look.filled
    assert layer.look.colours[0] == "#10305a"


def test_land_of_each_place_is_named_by_it_and_metres_are_named():
    layer = made("isochrones", origin=["A", "A"], up_to=[500.0, 1000.0], unit=["metres"] * 2, area_km2=[1, 2])
    assert kinds(layer, "es") == ["hasta 500 metros", "hasta 1.000 metros"]
    assert layer.places.names == ["A", "A"]
    assert told(layer, 0) == {"Superficie (km²)": 2}


def test_bands_too_narrow_to_be_filled_have_rims_in_the_colour_of_their_budget():
    rows = areas(up_to=[15.0], unit=["minutes"], places=[1], origins=["A"])
    assert REACH["reached_land"](rows, "reached_land", NAME).look.filled
    band = rows.set_geometry([box(0, 0, 100_000, 100)], crs=25830)
    layer = REACH["reached_land"](band, "reached_land", NAME)
    assert not layer.look.filled
    assert layer.look.colours == ("#10305a",)


def test_jobs_of_an_area_never_reach_the_page():
    # They may be the jobs of a single establishment.
    own = {"establishments": [1, 5], "employment": [17, 20], "employment_known": [17, 20]}
    disks = made("service_areas", area=["a", "b"], centre=["A", "B"], up_to=[5000.0] * 2, **own)
    near = made("nearest_areas", area=["a", "b"], centre=["A", None], nearest_by=["line"] * 2, **own)
    for layer in (disks, near):
        assert not {"employment", "employment_known"} & set(layer.table)
    assert kinds(disks) == ["hasta 5.000 metros"]
    assert kinds(near, "en") == ["Nearest to the centre", "No road leads to a centre"]
    assert told(near, 0)["Más cercano según"] == "línea recta"


def test_access_has_the_classes_of_quotients_around_its_mean():
    value = [0.0, 0.4, 0.5, 0.8, 1.0, 1.1, 1.2, 2.0, 2.1, np.nan]
    layer = made(
        "access",
        place=[str(k) for k in range(10)],
        relative=value,
        access=value,
        unit=["metres"] * 10,
        nearest_cost=[1234.56] * 10,
    )
    assert kinds(layer) == [
        "más de 2 veces la media",
        "1,25 a 2 veces la media",
        "1,1 a 1,25 veces la media",
        "0,91 a 1,1 veces la media",
        "0,8 a 0,91 veces la media",
        "0,5 a 0,8 veces la media",
        "menos de 0,5 veces la media",
        "0: nada al alcance",
        "Sin dato",
    ]
    codes = np.log2(layer.table["kinds"]).astype(int).tolist()
    assert codes == [7, 6, 5, 4, 3, 3, 2, 1, 0, 8]
    assert told(layer, 4)["Coste al más próximo (metros)"] == 1234.6
    assert layer.look.colours[0] == "#9c430a"


def test_centres_that_lead_at_few_places_have_one_heading():
    leads = [f"C{k}" for k in range(12) for _ in range(12 - k)] + [None]
    layer = made(
        "market_areas",
        place=[str(k) for k in range(len(leads))],
        centre=leads,
        name=[None if c is None else f"Market of {c} / Mercado de {c}" for c in leads],
        share=[0.256] * len(leads),
        in_reach=[3] * len(leads),
    )
    assert kinds(layer)[0] == "Mercado de C0"
    assert kinds(layer)[-2:] == ["Otro centro", "0: nada al alcance"]
    assert len(layer.kinds) == 9
    # The name is not that of the place.
    assert set(layer.places.names) == {""}
    assert told(layer, 0, "en") == {
        "Leading centre": "Market of C0",
        "Share of that centre (%)": 25.6,
        "Centres within reach": 3,
    }
    few = made("market_areas", place=["1", "2"], centre=["A", "B"], share=[1.0, 0.5])
    assert kinds(few) == ["A", "B"]


def test_gains_are_graded_and_none_is_told():
    newly = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1000]
    layer = made(
        "candidate_gains",
        candidate=[f"P{k}" for k in range(11)],
        centre_kind=["training"] * 11,
        up_to=[30.0] * 11,
        newly=newly,
        newly_jobs=newly,
        saved=[1.25] * 11,
        rank=range(11),
        unit=["minutes"] * 11,
    )
    assert kinds(layer, "en")[0] == "over 110 newly within reach"
    assert kinds(layer)[-1] == "0 pasan a estar al alcance"
    assert layer.table["kinds"].iloc[0] == 2 ** (len(layer.kinds) - 1)
    assert "newly_jobs" not in layer.table
    assert told(layer, 1) == {
        "Tipo de centro": "centro de formación",
        "Hasta (minutos)": 30.0,
        "Pasan a estar al alcance": 1,
        "Coste ahorrado en total (minutos)": pytest.approx(1.25, abs=0.06),
        "Puesto": 1,
    }
    nothing = made("candidate_gains", candidate=["P"], newly=[0], saved=[0.0], unit=["minutes"])
    assert kinds(nothing, "en") == ["0 newly within reach"]


def test_centres_by_their_customers_and_chosen_places_by_turn():
    centres = made(
        "market_centres", centre=["A", "B"], name=["A", "B"], customers=[10.0, np.nan], share=[1.0, np.nan]
    )
    assert kinds(centres, "en") == ["up to 10 expected customers", "No data"]
    assert told(centres, 0, "en")["Share of customers (%)"] == 100
    turns = made(
        "chosen_candidates",
        turn=[0, 1],
        candidate=[None, "P"],
        newly=[0, 5],
        reached_share=[0.5, 0.75],
        unit=["minutes"] * 2,
    )
    assert turns.places.names == ["P"]
    assert kinds(turns) == ["Lugar elegido"]
    assert told(turns, 0)["Proporción que alcanza uno (%)"] == 75


def test_reach_is_told_in_percent_and_minutes():
    rows = {
        "who": ["establishments"] * 3 + ["residents"],
        "territory": ["T", "T", "U", "T"],
        "centre_kind": ["training", "transfer", "training", "training"],
        "up_to": [30.0] * 4,
        "number": [10, 10, 0, 99],
        "reached_share": [0.9, 0.2613, np.nan, 0.1],
        "median": [12.0, 32.19, np.nan, 40.0],
        "several": [0.5, 0.0, np.nan, 0.0],
        "unit": ["minutes"] * 4,
    }
    layer = made("reach_areas", **rows)
    assert kinds(layer) == ["transferencia tecnológica"]
    assert layer.look.filled
    assert told(layer, 0) == {
        "Hasta (minutos)": 30.0,
        "Número": 10,
        "Proporción que alcanza uno (%)": 26.1,
        "La mitad, dentro de (minutos)": 32.2,
        "Con dos o más (%)": 0.0,
    }
    assert "Half within (units of the costs)" in told(
        made("reach_areas", **rows | {"unit": ["cost"] * 4}), 0, "en"
    )


def test_land_that_any_place_reaches_comes_before_that_of_each():
    shown = areas(up_to=[15.0], unit=["minutes"])
    outputs = {"areas": shown.assign(origin="A"), "merged": shown.assign(places=1, origins="A")}
    step = Step("iso", "isochrones", {}, {}, NAME)
    none = frozenset()
    plan = SimpleNamespace(
        histories=(), registers=(), shown=none, ticked=none, left_out=none, disclosure=Confidential()
    )
    names = [layer.words["en"] for layer in further([StepResult(step, outputs, {})], plan)]
    assert names == ["Layer (invented): merged", "Layer (invented): areas"]


def test_supply_within_the_middle_limit_is_graded_and_the_name_says_what_is_counted():
    layer = made(
        "opportunities",
        place=["a", "b", "c"] * 2,
        within=[5000.0] * 3 + [9000.0] * 3,
        available=[0.0, 1.0, 4.0, 9.0, 9.0, 9.0],
        nearest_cost=[6000.0, 10.0, 20.0] * 2,
        unit=["metres"] * 6,
    )
    assert len(layer.table) == 3
    assert layer.words["es"].endswith(": oferta hasta 5.000 metros")
    assert kinds(layer)[-1] == "0: nada al alcance"
    assert not any("disponible" in text for text in kinds(layer))
    assert told(layer, 1, "en")["Cost to the nearest (metres)"] == 10


def test_loads_of_centres_are_graded_and_told():
    layer = made(
        "centre_loads",
        centre=["A", "B"],
        name=["One", "Two"],
        capacity=[1.0, 2.0],
        people_in_reach=[100.0, 300.0],
        service_ratio=[0.01, 0.02],
        reached_by=[3, 4],
    )
    assert layer.places.names == ["One", "Two"]
    assert layer.words["en"].endswith(": people within reach, weighted by the cost of the way")
    assert told(layer, 1, "en")["Places that reach it"] == 4


def test_places_too_far_from_every_road_are_told_apart():
    layer = made(
        "snapped_places",
        place=["A", "B"],
        role=["origin"] * 2,
        snapped=["yes", "no"],
        road=["r1", "r2"],
        distance=[12.0, 9000.0],
        leg=[0.1, np.nan],
    )
    assert kinds(layer, "en") == ["On the nearest road", "Too far from every road"]
    assert layer.places.names == ["A", "B"]
    assert told(layer, 0, "en")["Way to the road (m)"] == 12


def test_a_withheld_share_that_could_be_the_smallest_is_said():
    few = "few establishments"
    layer = made(
        "reach_areas",
        who=["establishments"] * 6,
        territory=["a", "a", "b", "b", "c", "d"],
        centre_kind=["training", "transfer"] * 2 + ["training"] * 2,
        up_to=[30.0] * 6,
        number=[9.0, 9.0, 9.0, 9.0, 9.0, 0.0],
        reached_share=[0.6, np.nan, 0.6, np.nan, np.nan, np.nan],
        median=[10.0, 40.0, 10.0, 10.0, 10.0, np.nan],
        ninth=[40.0, 50.0, 40.0, 20.0, 10.0, np.nan],
        withheld=[None, few, None, few, few, None],
        unit=["minutes"] * 6,
    )
    code = dict(zip(layer.places.ids, layer.table["kinds"], strict=True))
    assert kinds(layer, "en") == ["training centre", "withheld: it would tell of few establishments"]
    # Of b, nine of ten reach the other kind.
    assert code == {"a": 2, "b": 1, "c": 2}
    assert told(layer, 2, "es")["Nota"] == "reservado: revelaría datos de pocos establecimientos"
