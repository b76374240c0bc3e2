"""What map and report tell of who reaches what: shares of establishments, jobs and residents by kind of centre."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from geoterritorio.study.confidential import Confidential
from geoterritorio.study.config import Step
from geoterritorio.study.maplayers import further
from geoterritorio.study.mapreach import REACH
from geoterritorio.study.products import _listings
from geoterritorio.study.reachtable import reach_table, shares_in_words
from geoterritorio.study.results import StepResult
from geoterritorio.study.withholding import FEW

NAME = {"en": "Reach (invented)", "es": "Alcance (inventado)"}
BUDGETS = (15.0, 30.0, 60.0)
# Of establishments, their jobs and residents: shares within the budgets, by territory and kind.
SHARES = {
    ("A", "chamber"): ((0.25, 0.5, 1.0), (0.2, 0.4, 1.0), (0.1, 0.3, 0.9994)),
    ("A", "training"): ((0.96, 1.0, 1.0), (0.9, 1.0, 1.0), (1.0, 1.0, 1.0)),
    ("B", "chamber"): ((0.9, 0.97, 1.0), (0.9, 0.98, 1.0), (0.8, 0.96, 1.0)),
    ("B", "training"): ((0.9, 0.99999, 1.0), (0.9, 1.0, 1.0), (0.8, 1.0, 1.0)),
}


def shares(*, unsized=0.0):
    rows = [
        {
            "who": who,
            "territory": territory,
            "centre_kind": kind,
            "up_to": budget,
            "number": 1000.0,
            "within_reach": 1000 * share[k],
            "reached_share": share[k],
            "reached_low": share[k] - unsized,
            "reached_high": share[k],
            "jobs_share": jobs[k] if who == "establishments" else np.nan,
            "jobs_low": jobs[k] if who == "establishments" else np.nan,
            "jobs_high": jobs[k] if who == "establishments" else np.nan,
            "unsized": 0.0,
            "unit": "minutes",
            "by": "road",
        }
        for (territory, kind), (firms, jobs, people) in SHARES.items()
        for who, share in (("establishments", firms), ("residents", people))
        for k, budget in enumerate(BUDGETS)
    ]
    return pd.DataFrame(rows).sort_values("who", kind="stable").reset_index(drop=True)


def outputs():
    told = shares()
    areas = told[told["up_to"] == 30].assign(median=10.0, ninth=20.0, several=0.5, single=0.5)
    squares = {"A": box(0, 0, 1, 1), "B": box(1, 0, 2, 1)}
    where = gpd.GeoDataFrame(areas, geometry=[squares[t] for t in areas["territory"]], crs=4326)
    own = where[where["centre_kind"] == "chamber"].assign(centre="c1", cost=12.345)
    centres = own[own["territory"] == "A"].assign(
        nearest_to=5.0, only=4.0, only_share=0.123, only_jobs=40.0, geometry=Point(0, 0)
    )
    lines = own.assign(geometry=LineString([(0.5, 0.5), (1.5, 0.5)]))
    return {"areas": where, "by_centre": centres, "lines": lines, "territory_shares": told, "shares": told}


def step(name="reach"):
    inputs = {"territories": "markets", "centres": "schools"}
    return StepResult(Step(name, "reach", inputs, {}, NAME), outputs(), {})


PLAN = SimpleNamespace(
    histories=(),
    registers=(),
    shown=frozenset({"reach.lines", "again.lines"}),
    ticked=frozenset(),
    left_out=frozenset(),
    disclosure=Confidential(),
)
LAYERS = {
    "markets": pd.DataFrame({"territory": ["A", "B"], "name": ["Market of A / Mercado de A", None]}),
    "schools": pd.DataFrame(
        {"centre": ["c1"], "name": ["Chamber (invented)"], "name_es": ["Cámara (inventada)"]}
    ),
}


def layers():
    return further([step()], PLAN, LAYERS)


def told(layer, row, lang="en"):
    values = {c: layer.table[c].iloc[row] for c in layer.look.facts}
    return {
        words[lang]: layer.look.words.get(values[c], {}).get(lang, values[c])
        for c, words in layer.look.facts.items()
    }


def test_every_kind_has_a_layer_of_shares_for_establishments_and_for_residents():
    found = layers()
    names = [(layer.look.fold or {}).get("en", "") + "|" + layer.words["en"] for layer in found]
    assert names == [
        "|Hardest to reach within 30 minutes, establishments",
        "Share within 30 minutes, by kind of centre: establishments|chamber of commerce",
        "Share within 30 minutes, by kind of centre: establishments|training centre",
        "|Hardest to reach within 30 minutes, residents",
        "Share within 30 minutes, by kind of centre: residents|chamber of commerce",
        "Share within 30 minutes, by kind of centre: residents|training centre",
        "|Centres and who depends on them, establishments",
        "|Centres and who depends on them, residents",
        "|Way to the nearest centre of each kind, establishments",
        "|Way to the nearest centre of each kind, residents",
    ]
    chamber = found[1]
    assert [kind["es"] for kind in chamber.kinds] == ["90\xa0% a 99\xa0%", "hasta 50\xa0%"]
    assert chamber.table["kinds"].tolist() == [2, 1]
    assert chamber.look.filled
    # residents of A and not its establishments are below a half
    assert [kind["en"] for kind in found[4].kinds] == ["90% to 99%", "up to 50%"]


def test_an_opened_territory_tells_all_budgets_of_establishments_jobs_and_residents():
    chamber = layers()[1]
    assert chamber.places.names == ["Market of A / Mercado de A", "B"]
    assert told(chamber, 0) == {
        "Kind of centre": "chamber of commerce",
        "Establishments": 1000,
        "Establishments within 15 · 30 · 60 minutes": "25% · 50% · 100%",
        "Jobs within 15 · 30 · 60 minutes": "20% · 40% · 100%",
        # all is said only where it is all
        "Residents within 15 · 30 · 60 minutes": "10% · 30% · 99.9%",
        "Half within (minutes)": 10,
        "With two or more (%)": 50,
    }
    assert (
        told(chamber, 0, "es")["Residentes a 15 · 30 · 60 minutos o menos"] == "10\xa0% · 30\xa0% · 99,9\xa0%"
    )


def test_where_nearly_all_reach_every_kind_no_kind_has_the_colour():
    hardest = layers()[0]
    code = dict(zip(hardest.places.ids, hardest.table["kinds"], strict=True))
    assert [kind["en"] for kind in hardest.kinds] == [
        "chamber of commerce",
        "No gap: 95\xa0% or more reach every kind",
    ]
    assert code == {"A": 1, "B": 2}


def test_where_a_withheld_share_could_be_a_gap_it_is_not_said_that_there_is_none():
    rows = outputs()["areas"]
    rows = rows[(rows["who"] == "establishments") & (rows["territory"] == "B")]
    rows["withheld"] = [FEW, None]
    rows["reached_share"] = rows["reached_share"].mask(rows["withheld"].notna())
    layer = REACH["reach_areas"](rows, "reach_areas", NAME)
    assert [kind["en"] for kind in layer.kinds] == ["withheld: it would tell of few establishments"]


def test_the_key_of_shares_says_of_whom_and_within_what():
    found = layers()
    of_establishments, of_residents = (
        [layer for layer in found if f"({who})" in str(layer.look.title)]
        for who in ("establishments", "residents")
    )
    assert of_establishments
    assert of_residents
    assert of_establishments[0].words == of_residents[0].words, "the list has them under a heading each"
    assert of_establishments[0].look.title["en"] != of_residents[0].look.title["en"]
    first = of_establishments[0]
    assert first.look.title["en"].startswith(f"{first.words['en']}: share that reaches one within ")


def test_withheld_and_absent_are_no_classes_of_shares():
    result = step()
    areas = result.outputs["areas"]
    areas["withheld"] = np.where(areas["territory"] == "A", FEW, None)
    areas.loc[areas["territory"] == "A", "reached_share"] = np.nan
    areas.loc[areas["territory"] == "B", ["number", "reached_share"]] = [0, np.nan]
    chamber = further([result], PLAN, LAYERS)[1]
    assert [kind["en"] for kind in chamber.kinds] == [
        "Nobody there",
        "withheld: it would tell of few establishments",
    ]


def test_centres_tell_the_jobs_that_hang_on_them_and_ways_their_centre_and_cost():
    found = layers()
    assert found[6].places.names == ["Chamber (invented)"]
    assert told(found[6], 0)["Share that reaches no other (%)"] == 12.3
    assert 40 in told(found[6], 0).values()
    assert found[8].places.names[0] == "Market of A / Mercado de A"
    assert told(found[8], 0) == {"Centre": "Chamber (invented)", "Cost (minutes)": 12.3}
    # and in Spanish by the name that their layer has
    assert found[6].places.spanish == ["Cámara (inventada)"]
    assert found[8].look.words["Chamber (invented)"]["es"] == "Cámara (inventada)"


def test_several_steps_are_told_apart_by_their_titles():
    found = further([step(), step("again")], PLAN, LAYERS)
    assert (
        found[0].words["es"]
        == "Más difícil de alcanzar en 30 minutos, establecimientos (Alcance (inventado))"
    )
    assert found[1].look.fold["en"].endswith("establishments (Reach (invented))")


def test_the_report_has_the_shares_in_few_columns():
    total = shares()[lambda t: t["territory"] == "A"]
    table, headings = reach_table(total, "en")
    assert list(headings.values()) == ["Share of", "up to 15 minutes", "up to 30 minutes", "up to 60 minutes"]
    assert table.to_numpy().tolist() == [
        ["chamber", "Establishments", "25%", "50%", "100%"],
        ["chamber", "Jobs", "20%", "40%", "100%"],
        ["chamber", "Residents", "10%", "30%", "99.9%"],
        ["training", "Establishments", "96%", "100%", "100%"],
        ["training", "Jobs", "90%", "100%", "100%"],
        ["training", "Residents", "100%", "100%", "100%"],
    ]
    pictures = {"reach": {}}
    told = {listing.title: listing for listing in _listings([step()], pictures, "es", frozenset())}
    listing = told["Alcance (inventado): proporciones dentro de cada límite"]
    assert listing.file == "tables/reach_shares.csv"
    left_out = _listings([step()], pictures, "es", frozenset({"reach.shares"}))
    assert listing.title not in {one.title for one in left_out}


def test_bounds_stand_beside_a_share_that_is_not_sure():
    unsure = shares(unsized=0.1)
    table, words = shares_in_words(unsure, ["territory", "centre_kind"])
    chamber = table.set_index(["territory", "centre_kind"]).loc[("A", "chamber")]
    assert chamber["establishments"].startswith("25% (15% – 25%) · 50% (40% – 50%)")
    assert chamber["jobs"] == "20% · 40% · 100%"
    assert words[chamber["jobs"]]["es"] == "20\xa0% · 40\xa0% · 100\xa0%"


def test_what_is_withheld_of_few_stays_out_of_the_words():
    result = step()
    told = result.outputs["territory_shares"]
    told["withheld"] = None
    hidden = told["territory"].eq("A") & told["who"].eq("establishments") & told["up_to"].eq(60)
    told.loc[
        hidden, ["reached_share", "reached_low", "reached_high", "jobs_share", "jobs_low", "jobs_high"]
    ] = np.nan
    found = shares_in_words(told, ["territory", "centre_kind"])[0]
    assert found["establishments"].iloc[0] == "25% · 50% · –"
    told.loc[hidden, "withheld"] = FEW
    table = reach_table(told[told["territory"].eq("A")], "es")[0]
    assert table["withheld"].notna().tolist() == [True, True, False, True, True, False]
    assert table["up_to_2"].tolist()[:2] == ["–", "–"]


def test_neighbours_of_many_centres_differ_and_few_centres_have_a_colour_each():
    cells = [(i, j) for i in range(5) for j in range(5)]
    grid = gpd.GeoDataFrame(
        {"centre": [f"C{i}{j}" for i, j in cells], "area_km2": 1.0},
        geometry=[box(i, j, i + 1, j + 1) for i, j in cells],
        crs=25830,
    )
    layer = REACH["nearest_areas"](grid, "nearest_areas", NAME)
    number = dict(zip(cells, layer.table["kinds"], strict=True))
    for (i, j), mine in number.items():
        for beside in ((i + 1, j), (i, j + 1), (i + 1, j + 1), (i + 1, j - 1)):
            assert mine != number.get(beside)
    # squares that touch at their corners need four
    assert len(layer.kinds) <= 8
    assert layer.kinds[0]["en"].startswith("Nearest to C")
    assert layer.kinds[0]["es"].startswith("Más cercano a C")
    few = REACH["nearest_areas"](grid.iloc[:3], "nearest_areas", NAME)
    assert [kind["en"] for kind in few.kinds] == ["Nearest to C00", "Nearest to C01", "Nearest to C02"]


def test_where_too_many_centres_lead_the_share_has_the_colour():
    number = 40
    rows = gpd.GeoDataFrame(
        {
            "place": [str(k) for k in range(number)],
            "centre": [*(f"C{k}" for k in range(number - 1)), None],
            "share": [*np.linspace(0.05, 0.6, number - 1), np.nan],
        },
        geometry=[Point(k, 0) for k in range(number)],
        crs=4326,
    )
    layer = REACH["market_areas"](rows, "market_areas", NAME)
    assert [kind["en"] for kind in layer.kinds] == [
        "leading centre: over 50%",
        "leading centre: 25% to 50%",
        "leading centre: 10% to 25%",
        "leading centre: up to 10%",
        "0: nothing within reach",
    ]
    assert told(layer, 0)["Leading centre"] == "C0"


def test_sums_and_limits_are_told():
    squares = [box(k, 0, k + 1, 1) for k in range(3)]
    sums = gpd.GeoDataFrame(
        {"territory": list("abc"), "sum": [0.0, 10.0, np.nan], "covered": [1.0, 0.5, 0.0]},
        geometry=squares,
        crs=4326,
    )
    layer = REACH["zonal_sums"](sums, "zonal_sums", NAME)
    assert layer.table["kinds"].tolist() == [2, 1, 4]
    assert layer.places.names == ["a", "b", "c"]
    limits = gpd.GeoDataFrame(
        {
            "territory": list("abc"),
            "agrees_with": ["functional", "none", "unknown"],
            "functional_along": [1, 0, np.nan],
        },
        geometry=squares,
        crs=4326,
    )
    layer = REACH["limit_areas"](limits, "limit_areas", NAME)
    assert len(layer.kinds) == 3
    assert layer.look.filled
