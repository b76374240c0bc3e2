"""What stands out in a table is what the table says, with its doubt; and every tool of a study is explained."""

import numpy as np
import pandas as pd
import pytest

from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.methods import tools_used, works_cited
from geoterritorio.publication.names import groups_titled
from geoterritorio.publication.ordering import foremost
from geoterritorio.publication.plots.clusters import _pair_names
from geoterritorio.publication.report import _tool, report
from geoterritorio.publication.standouts import standout

PAIRS = pd.DataFrame(
    {
        "sector": list("abc"),
        "other": list("bcd"),
        "gamma": [0.5, 0.1, 0.9],
        "z": [9.0, 1.0, 0.2],
        "q": [0.01, 0.04, 0.6],
    }
)


def said(table, kind, lang="en"):
    return standout(Listing("T", table, "", kind=kind), lang)


def test_only_what_holds_against_chance_is_told_where_chance_is_known():
    told = "Unlike chance (q < 0.05): 2 of 3 tested. Foremost, with Gamma: a + b (0.50); b + c (0.10)."
    assert said(PAIRS, "coagglomerated_pairs") == told
    assert said(PAIRS.assign(q=0.2), "coagglomerated_pairs").startswith("None of 3 tested is unlike chance")
    untested = said(PAIRS.drop(columns="q"), "coagglomerated_pairs")
    assert untested.startswith("Foremost of 3, by Gamma")
    assert "The order is no test" in untested


@pytest.mark.parametrize(("high", "text"), [(-0.01, "poorer"), (0.02, "does not tell")])
def test_convergence_is_claimed_by_its_interval_only(high, text):
    table = pd.DataFrame({"measure": ["beta"], "value": [-0.02], "low": [-0.03], "high": [high]})
    assert text in said(table, "convergence")


def test_what_comes_back_is_told_beside_what_chance_gives():
    table = pd.DataFrame(
        {
            "measure": ["commuters", "between_markets", "weighted_reciprocity"],
            "value": [1000.0, 200, 0.5],
            "null_mean": [np.nan, np.nan, 0.25],
            "p": [np.nan, np.nan, 0.005],
        }
    )
    told = said(table, "market_network_figures")
    assert told.startswith(
        "200 of 1,000 commuters cross between markets. Of these, 50% are matched by commuters in the opposite direction"
    )
    assert told.endswith("gives 25% (p = 0.005).")
    assert "p = 0,005" in said(table, "market_network_figures", "es")
    assert said(table.assign(null_mean=np.nan), "market_network_figures") is None
    assert said(table[:0], "market_network_figures") is None
    for measure in ("weighted_reciprocity", "commuters"):
        lost = table["measure"].eq(measure)
        hidden = table.assign(
            value=table["value"].mask(lost),
            withheld=pd.Series("few commuters", table.index).where(lost, None),
        )
        assert said(hidden, "market_network_figures") is None


def test_land_within_reach_is_summed_by_budget_and_says_what_counts():
    land = pd.DataFrame(
        {
            "up_to": [4.0, 2, 2],
            "unit": "minutes",
            "radius": 25.0,
            "places": [3, 2, 1],
            "area_km2": [0.9, 0.3, 0.2],
        }
    )
    assert said(land, "reached_land") == (
        "Land within reach of 3 places: up to 2 minutes (0.500 km²); up to 4 minutes (0.900 km²). "
        "Counted is what lies within 25 m of a reached road."
    )
    assert said(land.iloc[:0], "reached_land") is None


def test_tables_of_no_order_and_of_no_figure_say_nothing():
    assert said(PAIRS, "") is None
    assert said(PAIRS.iloc[:0], "coagglomerated_pairs") is None
    assert said(PAIRS.assign(gamma=float("nan")), "coagglomerated_pairs") is None


def test_each_tool_is_explained_once_with_the_rules_of_all_its_steps():
    steps = [
        {"name": name, "tool": "ellison_glaeser", "settings": {"measure": "employment", "replicates": n}}
        for name, n in (("one", 99), ("two", 199))
    ]
    (use,) = tools_used([*steps, {"name": "x", "tool": "no_such_tool"}])
    assert list(use.uses) == ["one", "two"]
    assert works_cited([], [use])[0].startswith("Ellison, G. & Glaeser")
    assert tools_used(steps, told=frozenset({"ellison_glaeser"})) == tools_used(None) == []
    page = report([], title="T", provenance={"steps": steps})
    methods = page[page.index('id="methods"') :]
    assert methods.count("thrown at the map") == 1
    assert "two · Measure" in methods


def test_findings_lead_to_the_tables_of_the_further_steps():
    page = report(
        [], title="T", listings=[Listing("Pairs", PAIRS, "tables/x.csv", kind="coagglomerated_pairs")]
    )
    findings = page[page.index('id="findings"') : page.index('id="reading"')]
    assert '<a href="#table-1">Pairs</a>. Unlike chance (q &lt; 0.05): 2 of 3 tested.' in findings
    assert "no results to report" not in findings


@pytest.mark.parametrize(
    ("kind", "table", "said"),
    [
        (
            "pattern_verdicts",
            {
                "sector": ["15", "25", "62"],
                "verdict": ["localised", "neither", "small"],
                "distances": ["0–90", None, None],
                "p": [0.01, 0.5, np.nan],
            },
            "Otherwise than chance: 1 of 2 sectors, such as 15 (localised, 0–90) (distances in metres).",
        ),
        (
            "hotspots",
            {"territory": list("abc"), "cluster": ["hot spot", "not told from chance", None]},
            "Told from chance, of 2 territories tested: hot spot: 1.",
        ),
        (
            "clumps",
            {"clump": ["1", "2"], "stability": ["stable", "partly"], "share_plants": [0.5, 0.25]},
            "Clumps: 2, of which 1 are stable; they hold 75 % of the establishments.",
        ),
        (
            "cluster_cells",
            {
                "group": ["food", "soft"],
                "territory": ["A", "B"],
                "verdict": ["possible cluster", "no cluster"],
                "low": [2.0, 0.5],
            },
            "Clusters: 0; possible ones: 1, of 2 pairs of group and territory. Foremost: food, A.",
        ),
        (
            "cluster_cells",
            {"group": ["food"], "territory": ["A"], "verdict": ["undecided"], "low": [2.0]},
            "No cluster by these rules, among 1 pairs.",
        ),
        (
            "colocations",
            {
                "sector": ["a", "a"],
                "sector_name": [None, None],
                "neighbours": ["a", "b"],
                "quotient": [4.0, 0.5],
                "q": [0.01, 0.9],
            },
            "Unlike chance (q < 0.05): 1 of 2 tested. Foremost, with Colocation quotient: a + a (4.00).",
        ),
    ],
)
def test_patterns_are_told_in_a_sentence(kind, table, said):
    assert standout(Listing("Title", pd.DataFrame(table), "", kind=kind), "en") == said
    assert standout(Listing("Title", pd.DataFrame(table), "", kind=kind), "es") not in {None, said}


def test_limits_are_told_with_what_chance_gives_and_reliefs_with_what_was_filled():
    table = pd.DataFrame(
        {"division": ["functional", "natural"], "along": [0.301, 0.268], "by_chance": [0.082, 0.238]}
    )
    told = "Borders along other limits, and what chance gives: functional: 30 % (8 %); natural: 27 % (24 %)."
    assert said(table, "division_limits") == told
    assert "funcional: 30 % (8 %)" in said(table, "division_limits", "es")
    assert said(table.assign(along=np.nan), "division_limits") is None
    relief = pd.DataFrame({"basins": [71], "raised": [0.077], "at_edge": [0.313]})
    assert "71; 8 % of the land had to be raised" in said(relief, "relief_report")
    assert "31 % lies in basins that the edge cuts" in said(relief, "relief_report")


def test_markets_that_do_not_hold_come_first_and_are_named():
    table = pd.DataFrame(
        {
            "territory": list("abcd"),
            "name": ["Large", "Small", "Middling", "Least"],
            "workers": [900.0, 10.0, 50.0, 5.0],
            "valid": ["yes", "no", "yes", "no"],
            "from_reserve": [1, 0, 2, 0],
            "border": ["counted", "not known", "not known", "nobody"],
        }
    )
    assert foremost(table, "labour_markets")["territory"].tolist() == ["b", "d", "a", "c"]
    told = (
        "Labour markets: 4, of which 2 are valid by the rules; 3 places came to them from the reserve. Not valid: "
        "Small; Least. Border of the study not known: 2."
    )
    assert said(table, "labour_markets") == told
    assert "No válidos: Small; Least." in said(table, "labour_markets", "es")
    assert "Not valid: none of them." in said(table.assign(valid="yes"), "labour_markets")


def test_a_report_without_quotients_explains_none():
    page = report([], title="T", listings=[Listing("Counts", pd.DataFrame({"n": [1]}), "tables/x.csv")])
    # a hash in the head may hold any letters
    assert "LQ" not in page.partition("<body")[2]
    assert "Limits" not in page
    assert "Withheld, unknown and zero are different things" in page
    findings = page[page.index('id="findings"') : page.index('id="reading"')]
    # a heading never stands alone
    assert '<a href="#table-1">Counts</a>' in findings


def test_urban_areas_are_counted_with_their_people():
    table = pd.DataFrame(
        {"centres": [2, 1], "population": [90_000.0, 60_000.0], "in_city": [70_000.0, 50_000.0]}
    )
    text = "Functional urban areas: 2, of 3 urban centres; 150,000 people live in them, 80 % of these in their cities."
    assert said(table, "urban_areas") == text
    assert said(table, "urban_areas", "es") not in {None, text}
    assert said(table.iloc[:0], "urban_areas").startswith("There is no urban centre")


def test_settings_are_told_in_the_words_of_the_tool():
    """Parameters and options have labels in the reader's language; names that the reader gave stay."""
    settings = {"preset": "istat2006_unconfirmed", "size_of": "plant", "draws": 100, "territories": "preset"}
    (use,) = tools_used([{"name": "mine", "tool": "districts", "settings": settings}])
    assert _tool(use, "es")["rules"] == [
        ("mine · Juego de reglas", "ISTAT 2006, sin confirmar"),
        ("mine · Tamaño de", "Planta"),
        ("mine · Sorteos", "100"),
        ("mine · Territorios", "preset"),
    ]


def test_a_group_and_its_territory_are_both_in_the_name_of_a_row():
    long = "Manufacture of basic chemicals, fertilisers and nitrogen compounds, plastics and synthetic rubber"
    rows = pd.DataFrame({"group": ["G1", "G2"], "group_name": [long, "Footwear"], "territory": ["A", "B"]})
    rows["name"] = ["Invented labour market of Alquercorla", "Invented labour market of Bolsapelda"]
    names = _pair_names(rows, 36)
    assert [n.splitlines()[-1] for n in names] == ["…Alquercorla", "…Bolsapelda"]
    assert max(n.count("\n") for n in names) == 2
    assert _pair_names(rows.assign(group_name="Food"), 36) == ["Food – …Alquercorla", "Food – …Bolsapelda"]


def test_the_kind_that_fewest_reach_is_told_with_what_is_not_known():
    table = pd.DataFrame(
        {
            "who": ["establishments"] * 3 + ["residents"],
            "centre_kind": ["training", "transfer", "laboratory", "training"],
            "up_to": 30.0,
            "number": [400.0] * 3 + [9000.0],
            "median": [5.0, 21.4, 8.0, 4.0],
            "several": [0.9, 0.2, np.nan, 0.9],
            "single": [0.0999, 0.45, np.nan, 0.1],
            "main_centre": ["A", "B", "C", "A"],
            "main_share": [0.01, 0.23, np.nan, 0.01],
            "unit": "minutes",
            "by": "road",
        }
    )
    assert said(table, "reach_times") == (
        "Of 400 small and medium establishments, 65% reach a centre of the kind “technology transfer” within 30 "
        "minutes. Half of them are within 21 minutes of one. For 45% only one lies within the budget, and 23% would "
        "lose theirs if B closed. Of 2 kinds whose figures are told it is the one that fewest reach; most, 99.9%, "
        "reach “training centre”. Ways are computed along roads: they tell what could be reached, not who goes there."
    )
    alone = said(table.iloc[1:2].assign(median=np.nan, main_share=np.nan), "reach_times", "es")
    assert "Menos de la mitad" in alone
    assert "De los" not in alone
    assert said(table.iloc[:0], "reach_times") is None
    assert said(table.iloc[2:3], "reach_times") is None


def test_the_figure_that_is_named_is_the_one_by_which_rows_lead():
    """All three hold against chance; the smallest q is not the largest gamma."""
    table = pd.DataFrame(
        {
            "sector": list("abcd"),
            "gamma": [0.8, 0.9, 0.7, 2.0],
            "z": [9.0, 3.0, 8.0, 0.1],
            "q": [0, 0.01, 0, 0.6],
        }
    )
    assert said(table, "dartboard").endswith("Foremost, with Gamma: b (0.90); a (0.80); c (0.70).")
    bare = said(table.drop(columns="q"), "dartboard")
    assert bare.startswith("Foremost of 4, by Gamma: d (2.00); b (0.90); a (0.80).")
    # The table itself keeps the order of its tests, as the handbook says.
    assert foremost(table, "dartboard")["sector"].tolist() == list("acbd")


def test_groups_of_codes_are_called_by_their_titles():
    table = groups_titled(
        pd.DataFrame({"group": ["15", "28"], "gamma": [0.49, 0.14], "q": 0.01}), "nace2", "es"
    )
    assert "Fabricación de cuero y productos afines (0,49)" in said(table, "coagglomeration", "es")
    own = pd.DataFrame({"group": ["15", "of mine"]})
    assert groups_titled(own, "nace2", "en") is own
    assert groups_titled(own, None, "en") is own
