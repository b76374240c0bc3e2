"""Key figures, criteria, shares and dates of profiles: each says what it is, how sure, and what it compares with."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoterritorio.assessment import ladder
from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.identification import containment_intervals
from geoterritorio.identification.cluster_evidence import CRITERIA
from geoterritorio.publication.profile import Case, Exhibit, Setting, profile
from geoterritorio.publication.profile.keyed import KEYS
from geoterritorio.publication.profile.readings import _ASKED
from geoterritorio.registry import descriptions
from geoterritorio.study.told_beside import beyond_chance

SETTING = Setting("X")


def page(*exhibits, lang="en", territory="T1"):
    return profile(Case(territory, "Town", exhibits, lang), SETTING)


def cells(html, first):
    """Texts of the row that begins with a text."""
    rows = re.findall(
        r"<tr><th scope=\"row\"[^>]*>(.*?)</tr>|<tr>\s*<th scope=\"row\"[^>]*>(.*?)</tr>", html, re.DOTALL
    )
    found = next(a or b for a, b in rows if (a or b).startswith(first))
    return [re.sub(r"<[^>]*>", "", part).strip() for part in re.split(r"</t[hd]>", found)]


def summary(**columns):
    rows = {
        "territory": ["T1", "T1", "T2"],
        "measure": ["density", "ei_type", "density"],
        "value": [0.0137, -0.2, 0.02],
        "expected": [0.0045, -0.23, 0.01],
        "low": [0.0028, -0.26, 0.005],
        "high": [0.0065, -0.21, 0.02],
        "q": [0.085, 0.86, 0.5],
        "cure": [None, None, None],
        "reason": [None, None, None],
    }
    frame = pd.DataFrame(rows | columns)
    return Exhibit("actor_network", "summary", "network_figures", "Ties", frame)


@pytest.mark.parametrize(
    ("lang", "share", "by_chance"),
    [
        ("en", "1.4%", "by chance: 0.45% (0.28%–0.65%); q 0.085"),
        ("es", "1,4 %", "por azar: 0,45 % (0,28 %–0,65 %); q 0,085"),
    ],
)
def test_figures_of_networks_stand_beside_what_chance_gives(lang, share, by_chance):
    html = page(summary(), lang=lang)
    row = cells(html, translator(lang)("Density of the network of actors"))
    assert row[1].replace("\N{NO-BREAK SPACE}", " ") == share
    assert row[4].replace("\N{NO-BREAK SPACE}", " ") == by_chance
    assert 'class="chance"' in html


def test_a_withheld_figure_of_a_network_is_no_key_figure():
    html = page(summary(value=[np.nan, np.nan, 0.02]))
    assert "Density of the network of actors" not in html


def test_self_containment_has_its_interval_and_what_chance_gives():
    flows = pd.DataFrame(
        {"origin": ["T1", "T1", "b", "b"], "destination": ["T1", "b", "b", "T1"], "flow": [80, 20, 50, 10]}
    )
    found = containment_intervals(flows).rename_axis("territory").reset_index()
    html = page(Exhibit("community_of_people", "areas", "people", "People", found))
    row = cells(html, "Employed residents who work in it (share)")
    assert row[1] == "80%"
    assert row[3] == "between 71.1% and 86.7%"
    assert row[4] == "by chance: 56.2%"


def test_every_key_figure_has_an_interval_or_its_reason_and_a_comparison():
    """Of each key of each tool: made-up rows of three territories give all five cells."""
    for tool, keys in KEYS.items():
        for key in keys:
            columns = [key.value, *key.ends, key.chance, *key.band, key.q]
            rows = pd.DataFrame(
                {"territory": ["T1", "T2", "T3"], **{c: [0.5, 0.6, 0.7] for c in columns if c}}
            )
            if key.ends:
                rows[key.ends[0]], rows[key.ends[1]] = 0.4, 0.9
            if key.where:
                rows[key.where[0]] = key.where[1]
            row = cells(page(Exhibit(tool, key.output, "", "Step", rows)), key.label)
            assert all(row[i] for i in (0, 1, 3, 4)), (tool, key.label, row)


def test_columns_of_key_figures_are_those_of_the_tools():
    for tool, keys in KEYS.items():
        outputs = {o["name"]: {c["name"] for c in o["columns"]} for o in descriptions()[tool]["outputs"]}
        for key in keys:
            wanted = {key.value, *key.ends, key.chance, *key.band, key.q, *(key.where or ())[:1]} - {""}
            assert wanted <= outputs[key.output], (tool, key.label)


def test_counts_have_no_decimals_and_shares_are_percentages():
    rows = pd.DataFrame({"territory": ["T1", "T2"], "indicator": "Inhabitants", "value": [28676.0, 40.0]})
    shares = pd.DataFrame({"territory": ["T1", "T2"], "indicator": "Forest (share)", "value": [0.0137, 0.5]})
    html = page(
        Exhibit("", "indicators", "indicators", "Own", rows),
        Exhibit("", "indicators", "indicators", "Own", shares),
        lang="es",
    )
    assert cells(html, translator("es")("Inhabitants"))[1] == "28.676"
    assert cells(html, "Forest (share)")[1].replace("\N{NO-BREAK SPACE}", " ") == "1,4 %"


def criteria():
    return pd.DataFrame(
        {
            "territory": "T1",
            "group": "g",
            "group_name": "Machines",
            "criterion": ["specialisation", "mass", "gathering", "links"],
            "value": [1.4, 13.0, 0.0, 0.0123],
            "threshold": [1.0, 10.0, 0.05, 0.05],
            "q": [0.2, np.nan, np.nan, 0.02],
            "q_most": [0.05, np.nan, np.nan, 0.05],
            "passed": ["no", "yes", "yes", "yes"],
            "reason": None,
            "cure": None,
        }
    )


def test_criteria_name_their_figure_their_side_and_their_threshold():
    found = pd.DataFrame(
        {"territory": ["T1"], "group": ["g"], "verdict": ["undecided"], "met": [3], "low": [1.4]}
    )
    html = page(
        Exhibit("clusters", "cells", "cluster_cells", "Clusters", found),
        Exhibit("clusters", "evidence", "cluster_evidence", "Clusters", criteria()),
    )
    assert cells(html, "specialisation: lower end of the quotient")[1:4] == [
        "1.40; q 0.200",
        "&gt; 1; q ≤ 0.05",
        "no",
    ]
    assert cells(html, "number of establishments")[1:4] == ["13", "≥ 10", "yes"]
    assert cells(html, "nearness of establishments: q: how often chance puts them as near")[1:4] == [
        "&lt; 0.001",
        "≤ 0.05",
        "yes",
    ]
    assert cells(html, "links among its actors: p: how often")[1:4] == [
        "0.012; q 0.020",
        "≤ 0.05; q ≤ 0.05",
        "yes",
    ]
    assert set(_ASKED) == set(CRITERIA)


GATES = pd.DataFrame(
    {
        "rung": [1, 2],
        "gate": ["firm_network", "cluster"],
        "condition": ["a", "b"],
        "title": ["Half of the ties stay", "Kinds are present"],
        "title_es": ["La mitad de los vínculos se queda", "Hay tipos"],
        "looks_at": "figure",
        "subject": ["Ties (share)", "Kinds (share)"],
        "comparison": "≥",
        "threshold": ["0.5", "0.5"],
        "kind": "quantitative",
        "required": "yes",
    }
)


def climbed(title, on, ties, kinds, **settings):
    """Outputs of a step of the ladder at one date."""
    figures = pd.DataFrame(
        {
            "territory": "T1",
            "indicator": ["Ties (share)", "Kinds (share)"],
            "value": [ties, kinds],
            "period": on or "2025",
        }
    )
    found = ladder(pd.Index(["T1"]), GATES, figures=figures, on=on)
    outputs = {
        "areas": ("ladder_areas", found.territories.reset_index()),
        "gate_verdicts": ("ladder_gates", found.gates),
        "conditions": ("ladder_conditions", found.conditions),
        "changes": ("ladder_changes", found.changes),
    }
    return [
        Exhibit("ladder", name, kind, title, rows, {}, {"on": on, **settings})
        for name, (kind, rows) in outputs.items()
    ]


@pytest.mark.parametrize("turned_round", [False, True])
def test_two_dates_of_the_ladder_are_set_side_by_side(turned_round):
    steps = [climbed("Before", "2015", 0.2, 0.6), climbed("Now", "2024", 0.7, 0.6)]
    html = page(*(x for step in steps[:: -1 if turned_round else 1] for x in step))
    assert "Between 2015 and 2024 it has certainly risen." in html
    assert cells(html, "2015")[1:3] == ["no gate", "no gate"]
    assert cells(html, "2024")[1:3] == ["cluster of firms", "cluster of firms"]
    turned = cells(
        html[html.index("Conditions that turned between met and not met</caption>") :],
        "Half of the ties stay",
    )
    assert turned[1:4] == ["no (20%, 2015)", "yes (70%, 2024)", "its figure moved"]
    # conditions are told of the later date alone
    assert html.count("Conditions of the gates, with what was found · 2024</caption>") == 1
    assert cells(html, "Gates of the ladder passed")[1] == "2"


def test_what_is_not_certain_between_two_dates_is_not_claimed():
    open_ = climbed("Before", "2015", np.nan, 0.6), climbed("Now", None, 0.7, 0.6)
    html = page(*(x for step in open_ for x in step))
    assert "Between 2015 and latest figures neither a rise nor a fall is certain." in html
    same = climbed("Before", "2015", 0.7, 0.6), climbed("Now", "2024", 0.7, 0.6)
    html = page(*(x for step in same for x in step), lang="es")
    assert "se ha mantenido en su peldaño" in html
    assert "Ninguna condición cambió entre ambas fechas." in html
    fallen = climbed("Before", "2015", 0.7, 0.6), climbed("Now", "2024", 0.1, 0.6)
    assert "it has certainly fallen" in page(*(x for step in fallen for x in step))


def test_one_date_of_the_ladder_tells_of_no_change():
    html = page(*climbed("Now", "2024", 0.7, 0.2))
    assert "The rung at each date" not in html
    assert cells(html, "Kinds are present")[1:4] == ["20% · 2024", "≥ 50%", "no"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_unknown_stands_together_by_what_would_decide_it(lang):
    conditions = pd.DataFrame(
        {
            "territory": "T1",
            "title": [f"Condition {i}" for i in range(9)],
            "passed": "unknown",
            "required": "yes",
            "reason": None,
            "cure": ["more territories"] * 8 + ["withheld cells"],
            "value": np.nan,
        }
    )
    area = pd.DataFrame(
        {"territory": ["T1"], "at_least": ["none"], "at_most": ["none"], "rung": [0.0], "rung_most": [2.0]}
    )
    html = page(
        Exhibit("ladder", "areas", "ladder_areas", "Ladder", area),
        Exhibit("ladder", "conditions", "ladder_conditions", "Ladder", conditions),
        lang=lang,
    )
    unknown = html[html.index('id="unknown"') : html.index('id="methods"')]
    together, alone = (
        next(row for row in unknown.split("<tr>") if name in row) for name in ("Condition 0", "Condition 8")
    )
    assert together != alone
    assert translator(lang)("{names}; and {count} more").format(names="Condition 5", count=2) in unknown


def test_long_tables_are_folded_away_and_not_printed():
    html = page(summary())
    folded = html[html.index("<details>") : html.index("</details>")]
    assert "E-I" in folded
    assert "details:not([open])" in html[: html.index("</style>")]
    assert "<details open" not in html


def thickness(**columns):
    rows = {"territory": "T1", "part": ["presence", "interaction"], "value": [0.6, 0.125]}
    pairs = {"links_inside": [np.nan, 0.0], "expected": [np.nan, 0.0698], "q": np.nan}
    certain = {"certainty": [None, "untestable"], "reason": None, "cure": None}
    rows = pd.DataFrame(rows | pairs | certain | columns)
    return Exhibit("institutional_thickness", "parts", "institutional_thickness", "Thickness", rows)


def test_pairs_of_institutions_are_numbers_and_never_shares():
    html = page(thickness())
    assert cells(html, "interaction")[1:5] == ["12.5%", "0", "0.0698", "no test could tell"]
    assert "7%" not in html
    many = page(thickness(links_inside=[np.nan, 12.0], expected=[np.nan, 3.5], q=[np.nan, 0.0002]))
    assert cells(many, "interaction")[1:5] == ["12.5%", "12", "3.50", "&lt; 0.001"]


def institutions(on, number, density):
    rows = pd.DataFrame(
        {
            "territory": ["T1"],
            "number": [number],
            "kinds_present": [5],
            "missing_kinds": ["chamber"],
            "density": [density],
            "low": [1.0],
            "high": [9.0],
        }
    )
    return Exhibit(
        "innovation_system", "areas", "innovation_areas", f"Institutions {on[:4]}", rows, {}, {"on": on}
    )


@pytest.mark.parametrize("turned_round", [False, True])
def test_figures_of_two_dates_carry_them_and_the_earlier_is_folded_away(turned_round):
    both = [institutions("2014-12-31", 9, 5.73), institutions("2025-01-01", 8, 5.09)]
    html = page(*(both[::-1] if turned_round else both))
    label = "Institutions per 1000 establishments · "
    now, then = html.index(f"{label}2025-01-01"), html.index(f"{label}2014-12-31")
    assert now < html.index("<details>") < then
    section = html[html.index('id="innovation"') :]
    folded = section.index("<details>")
    assert section.index("2025-01-01: 8 institutions") < folded < section.index("2014-12-31: 9 institutions")


def test_exhibits_of_one_date_are_told_apart_by_the_title_of_their_step():
    one = institutions("2025-01-01", 9, 5.73)
    html = page(one, replace(one, title="Another list"))
    assert "establishments · Another list · 2025-01-01" in html
    assert "Figures of earlier dates" not in html


def brokers(number, *rows):
    figures = pd.DataFrame(
        {"territory": ["T1"], "indicator": ["Brokers beyond chance (number)"], "value": [number]}
    )
    columns = ["territory", "actor_type", "actor_name", "role", "ways", "expected", "q"]
    bodies = pd.DataFrame(
        {
            "territory": "T1",
            "actor": ["i1", "i2"],
            "actor_name": ["Chamber", "Association"],
            "actor_type": ["chamber", "association"],
            "degree": [13.0, 29.0],
            "linking": [0.0, 0.0],
            "closed": [None, "2024"],
        }
    )
    return [
        Exhibit("brokerage", "figures", "indicators", "Brokers", figures, when="ties of 2024"),
        Exhibit("brokerage", "beyond", "actor_roles", "Brokers", pd.DataFrame(list(rows), columns=columns)),
        Exhibit("brokerage", "bodies", "institution_brokers", "Brokers", bodies, when="ties of 2024"),
    ]


FIRM = ("T1", "firm", None, "itinerant", 30.0, 5.97, 0.021)
CHAMBER = ("T1", "chamber", "Chamber", "liaison", 134.0, 65.57, 0.0005)


def test_brokers_beyond_chance_are_told_with_firms_unnamed():
    html = page(*brokers(2.0, FIRM, CHAMBER))
    assert "mediate more than chance: 2 (firms, which are not named: 1; institutions: 1)." in html
    assert "firm: itinerant broker, 30 ways, by chance 5.97 (q 0.021)" in html
    assert "Chamber: liaison, 134 ways, by chance 65.57 (q &lt; 0.001)" in html
    assert "firms are not listed" in html
    assert "no firm or institution mediates more than chance" in page(*brokers(0.0))
    unknown = page(*brokers(np.nan))
    assert "more than chance:" not in unknown
    # where rows of firms are withheld, the number still tells of them
    assert "(firms, which are not named: 1; institutions: 1)" in page(*brokers(2.0, CHAMBER))


def test_institutions_that_have_closed_say_so_where_their_ties_are_told():
    html = page(*brokers(0.0), institutions("2025-01-01", 1, 5.0))
    assert "Association, closed 2024" in html
    assert "Institutions with ties: 2; of these 1 had closed by 2025-01-01" in html
    assert "· ties of 2024</caption>" in html
    then = page(*brokers(0.0), institutions("2014-12-31", 2, 5.0))
    assert "closed" not in then


def test_a_study_gives_brokers_without_codes_and_names_of_firms():
    roles = pd.DataFrame(
        {
            "actor": ["E1", "E1", "i1", "E2"],
            "actor_name": ["Secret Ltd", "Secret Ltd", "Chamber", "Other Ltd"],
            "actor_type": ["firm", "firm", "chamber", "firm"],
            "territory": "T1",
            "role": ["itinerant", "liaison", "liaison", "liaison"],
            "ways": 9.0,
            "expected": 1.0,
            "z": [3.0, 5.0, 4.0, 1.0],
            "q": [0.02, 0.01, 0.001, 0.5],
        }
    )
    step = SimpleNamespace(tool="brokerage", titles={"en": "Brokers"}, inputs={})
    [found] = beyond_chance(SimpleNamespace(step=step, outputs={"roles": roles}, settings={}), "", "en")
    assert found.rows["role"].tolist() == ["liaison", "liaison"]
    assert "actor" not in found.rows.columns
    assert "Secret" not in found.rows.to_csv()
    assert "E1" not in found.rows.to_csv()
    assert (
        beyond_chance(SimpleNamespace(step=SimpleNamespace(tool="reach"), outputs={}, settings={}), "", "en")
        == []
    )


def test_conditions_that_became_known_are_counted_and_folded_away():
    html = page(*climbed("Before", "2015", np.nan, 0.6), *climbed("Now", "2024", 0.7, 0.6))
    assert "Conditions that turned between met and not met: 0." in html
    assert "Became known, which is no change of the territory: 1 (met 1, not met 0)." in html
    section = html[html.index('id="ladder"') :]
    assert section.index("<details>") < section.index("Conditions that became known or unknown</caption>")


def test_training_stands_beside_the_band_that_chance_gives():
    rows = pd.DataFrame(
        {
            "territory": ["T1"],
            "purpose": ["training"],
            "jobs": [100.0],
            "match_share": [0.631],
            "match_low": [0.631],
            "match_high": [0.631],
            "expected": [0.591],
            "expected_low": [0.328],
            "expected_high": [0.631],
            "q": [np.nan],
        }
    )
    html = page(Exhibit("training_match", "areas", "training_match", "Training", rows))
    assert "by chance: 59.1% (32.8%–63.1%)" in html
    assert html.count('class="chance"') == 2
