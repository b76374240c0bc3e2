"""The ladder: conditions met, not met or unknown, gates, rungs, and what turned; never a score."""

import re
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geoterritorio import i18n
from geoterritorio.assessment import gate_table, ladder
from geoterritorio.assessment import tools as assessment
from geoterritorio.assessment.gates import checked_gates
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification.cures import CURES, LADDER, LADDER_SOURCES
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_gates, read_actions, read_evidence, read_gates, read_territories
from geoterritorio.layers.schema import KINDS
from geoterritorio.publication.headings import worded
from geoterritorio.publication.names import in_language
from geoterritorio.registry import descriptions

COMARCA = "sample_data/comarca/"
T = pd.Index(["T"])


def gates(*rows):
    """Gates from (rung, gate, condition, looks_at, subject, comparison, threshold, required)."""
    names = ["rung", "gate", "condition", "looks_at", "subject", "comparison", "threshold", "required"]
    return pd.DataFrame(rows, columns=names).assign(kind="quantitative")


def figure(value, low=np.nan, high=np.nan, indicator="Ties", territory="T", **more):
    row = {"territory": territory, "indicator": indicator, "value": value, "low": low, "high": high, **more}
    return pd.DataFrame([row])


ONE = gates((1, "first", "ties", "figure", "Ties", "≥", "0.5", "yes"))


def passed(figures, rules=ONE, **more):
    return ladder(T, rules, figures=figures, **more).conditions.iloc[0]


@pytest.mark.parametrize(
    ("figures", "says", "reason"),
    [
        (figure(0.6), "yes", None),
        (figure(0.5), "yes", None),  # a figure on the threshold is at least as high
        (figure(0.4), "no", None),
        (figure(0.6, 0.55, 0.7), "yes", None),
        (figure(0.6, 0.4, 0.7), "unknown", "met by the figure alone"),
        (figure(0.4, 0.3, 0.5), "unknown", "missed by the figure alone"),
        (figure(0.4, 0.3, 0.45), "no", None),
        (figure(np.nan), "unknown", "no value here"),
        (figure(np.nan, 0.6), "yes", None),  # at least so much, whatever the figure is
        (figure(np.nan, 0.2), "unknown", "too close to tell"),
        (figure(np.nan, np.nan, 0.4), "no", None),
        (figure(0.9, territory="U"), "unknown", "no such figure"),
        (None, "unknown", "no such figure"),
    ],
)
def test_a_figure_with_its_interval_against_a_threshold(figures, says, reason):
    rules = ONE if figures is not None else ONE.assign(subject="Phases with actions")
    row = passed(figures, rules)
    assert row["passed"] == says
    assert row["reason"] == reason or (reason is None and pd.isna(row["reason"]))
    cure = LADDER_SOURCES[rules.loc[0, "subject"]] if figures is None else LADDER.get(reason)
    assert row["cure"] == cure or reason is None


SURE = ONE.assign(fewest="20", beyond_chance="yes")


@pytest.mark.parametrize(
    ("figures", "says", "reason"),
    [
        (figure(0.6, cases=30, expected=0.4, q=0.01), "yes", None),
        (figure(0.6, cases=19, expected=0.4, q=0.01), "unknown", "from too few"),
        (figure(0.2, cases=19, expected=0.4, q=0.01), "unknown", "from too few"),
        (figure(0.6), "unknown", "from too few"),  # nobody says from how many it comes
        (figure(0.6, cases=30, expected=0.6, q=0.7), "unknown", "no further than chance"),
        (figure(0.6, cases=30, expected=0.7, q=0.01), "unknown", "no further than chance"),
        (figure(0.6, cases=30, expected=0.6), "unknown", "not held against chance"),
        (figure(0.4, cases=30, expected=0.4, q=0.7), "no", None),  # below the threshold, chance or not
    ],
)
def test_a_figure_that_is_to_come_from_enough_cases_and_lie_beyond_chance(figures, says, reason):
    row = passed(figures, SURE)
    assert row["wanted"] == "≥ 0.5; n ≥ 20; q ≤ 0.05"
    assert row["passed"] == says
    assert row["reason"] == reason or (reason is None and pd.isna(row["reason"]))
    assert row["cure"] == LADDER.get(reason) or reason is None
    assert row["cases"] == figures["cases"].iloc[0] if "cases" in figures else np.isnan(row["cases"])


def test_words_that_say_nothing_of_chance_are_refused():
    with pytest.raises(LayerError, match="column “beyond_chance” holds “perhaps”"):
        checked_gates(ONE.assign(beyond_chance="perhaps"), {"Ties"})


def test_the_proposal_asks_of_networks_from_how_many_ties_they_come():
    table = gate_table().set_index("condition")
    networks = table[table["source"] == "actor_network"]
    assert (networks["fewest"] >= 20).all()
    assert networks["beyond_chance"].fillna("no").to_dict() == {
        "local_ties": "yes",
        "reciprocity": "yes",
        "near_knowledge": "no",
    }


def test_at_most_turns_everything_round():
    rules = ONE.assign(comparison="<=")
    assert passed(figure(0.4, 0.3, 0.5), rules)["passed"] == "yes"
    assert passed(figure(0.6, 0.5, 0.7), rules)["passed"] == "unknown"
    assert passed(figure(0.6, 0.55, 0.7), rules)["passed"] == "no"
    assert passed(figure(0.6), rules)["margin"] == pytest.approx(-0.1)


def statements(*ratings, item="networking", **more):
    return pd.DataFrame(
        {
            "territory": "T",
            "item": item,
            "rating": [r for r, _ in ratings],
            "coder": [c for _, c in ratings],
            **more,
        }
    )


CODED = gates((1, "first", "net", "statements", "networking", "≥", "3", "yes"))


@pytest.mark.parametrize(
    ("ratings", "says", "reason"),
    [
        ([(3, "A"), (4, "B")], "yes", None),
        ([(0, "A"), (2, "B")], "no", None),
        # Their mean is 3.5, above the threshold: it decides nothing.
        ([(4, "A"), (4, "A"), (4, "C"), (2, "B")], "unknown", "statements contradict"),
        ([(3, "A"), (4, "A")], "unknown", "too few statements"),
        ([(3, "A")], "unknown", "too few statements"),
        ([(np.nan, "A"), (np.nan, "B")], "unknown", "no statements"),
        ([(3, None), (4, None)], "unknown", "too few statements"),  # they may be of one coder
    ],
)
def test_coded_statements_are_counted_and_never_averaged(ratings, says, reason):
    row = passed(None, CODED, statements=statements(*ratings))
    assert row["passed"] == says
    assert row["reason"] == reason or (reason is None and pd.isna(row["reason"]))
    assert np.isnan(row["value"])


def test_readings_say_yes_no_or_unknown():
    rules = gates((1, "first", "c", "reading", "cluster", "is", "yes", "yes"))
    for word, says in (("yes", "yes"), ("no", "no"), ("unknown", "unknown")):
        given_ = pd.DataFrame({"cluster": [word]}, index=T)
        assert passed(None, rules, readings=given_)["passed"] == says
    none = passed(None, rules, readings=pd.DataFrame({"district": ["yes"]}, index=T))
    assert (none["passed"], none["reason"]) == ("unknown", "no such reading")
    with pytest.raises(LayerError, match="verdicts are “perhaps”"):
        passed(None, rules, readings=pd.DataFrame({"cluster": ["perhaps"]}, index=T))


FOUR = gates(*((k, f"g{k}", f"c{k}", "figure", f"F{k}", "≥", "1", "yes") for k in (1, 2, 3, 4)))
WORTH = {"yes": 2.0, "no": 0.0, "unknown": np.nan}


def standing(words):
    table = pd.concat([figure(WORTH[w], indicator=f"F{k}") for k, w in enumerate(words, start=1)])
    return ladder(T, FOUR, figures=table).territories.loc["T"]


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        (["yes", "yes", "yes", "yes"], "g4", "g4"),
        (["yes", "no", "yes", "yes"], "g1", "g1"),  # what is above a gate that fails does not count
        (["no", "yes", "yes", "yes"], "none", "none"),
        (["yes", "unknown", "yes", "no"], "g1", "g3"),
        (["unknown", "unknown", "unknown", "unknown"], "none", "g4"),
        (["yes", "yes", "unknown", "unknown"], "g2", "g4"),
    ],
)
def test_the_rung_is_the_highest_gate_such_that_all_below_are_passed(words, least, most):
    found = standing(words)
    assert (found["at_least"], found["at_most"]) == (least, most)
    assert found["certain"] == ("yes" if least == most else "no")


@given(st.lists(st.sampled_from(sorted(WORTH)), min_size=4, max_size=4), st.data())
@settings(max_examples=40, deadline=None)
def test_what_becomes_known_stays_within_the_bounds(words, data):
    before = standing(words)
    known = [data.draw(st.sampled_from(["yes", "no"])) if w == "unknown" else w for w in words]
    after = standing(known)
    assert after["certain"] == "yes"
    assert before["rung"] <= after["rung"] <= before["rung_most"]
    # One by one, too, bounds only close.
    if "unknown" in words:
        k = words.index("unknown")
        some = standing([*words[:k], known[k], *words[k + 1 :]])
        assert before["rung"] <= some["rung"] <= some["rung_most"] <= before["rung_most"]


def test_supporting_conditions_decide_nothing_and_are_told():
    rules = pd.concat([ONE, gates((1, "first", "more", "figure", "More", "≥", "1", "no"))])
    both = pd.concat([figure(0.6), figure(0.2, indicator="More")])
    found = ladder(T, rules, figures=both)
    assert found.territories.loc["T", "at_least"] == "first"
    assert found.gates.loc[0, "supporting_unmet"] == "more"


def test_the_latest_figure_that_had_begun_counts():
    table = pd.concat(
        [figure(0.4, period="2011"), figure(0.6, period="2021"), figure(0.9, period="2031/2035")]
    )
    for on, value in (("2015", 0.4), ("2021", 0.6), (None, 0.9)):
        row = ladder(T, ONE, figures=table, on=on).conditions.iloc[0]
        assert row["value"] == value
    assert passed(figure(0.6, period="2021"), on="2015")["reason"] == "no such figure"
    old = statements((3, "A"), (4, "B"), date=["2011", "2014-05"])
    assert passed(None, CODED, statements=old, on="2012")["reason"] == "too few statements"
    assert passed(None, CODED, statements=old, on="2014")["passed"] == "yes"
    assert passed(None, CODED, statements=old.drop(columns="date"), on="2014")["reason"] == "no statements"


def test_what_turned_between_two_runs_with_dates():
    earlier = ladder(T, ONE, figures=figure(0.4, period="2011"), on="2015").conditions
    later = ladder(T, ONE, figures=figure(0.6, period="2021"), before=earlier, on="2025").changes
    row = later.iloc[0]
    assert (row["before"], row["after"], row["turn"]) == ("no", "yes", "figure or statements")
    assert (row["date_before"], row["date_after"]) == ("2015", "2025")
    assert (row["value_before"], row["value_after"]) == (0.4, 0.6)
    assert ladder(T, ONE, figures=figure(0.3), before=earlier).changes.empty
    unknown = ladder(T, ONE, figures=figure(0.6, 0.4, 0.7), before=earlier).changes
    assert unknown["turn"].tolist() == ["became unknown"]
    other = ladder(T, ONE.assign(threshold="0.3"), figures=figure(0.4), before=earlier).changes
    assert other["turn"].tolist() == ["the condition reads otherwise"]


def twice(then, now, **more):
    """Where a territory stands on four gates, and where it stood."""
    tables = [
        pd.concat([figure(WORTH[w], indicator=f"F{k}") for k, w in enumerate(words, start=1)])
        for words in (then, now)
    ]
    earlier = ladder(T, FOUR, figures=tables[0], on="2014").conditions
    return ladder(T, FOUR, figures=tables[1], before=earlier, on="2025", **more).territories.loc["T"]


@pytest.mark.parametrize(
    ("then", "now", "climbed", "gained", "lost"),
    [
        ("yes no no no", "yes yes yes no", "rose", "c2; c3", None),
        ("yes yes no no", "no yes no no", "fell", None, "c1"),
        ("yes no no no", "yes no yes no", "stayed", "c3", None),  # above a gate that fails
        ("unknown no no no", "yes yes no no", "rose", "c2", None),  # it stood on the first gate at most
        ("unknown unknown no no", "yes yes no no", "not certain", None, None),
        ("yes unknown no no", "yes yes no no", "not certain", None, None),
    ],
)
def test_a_rise_or_a_fall_is_told_where_nothing_unknown_could_undo_it(then, now, climbed, gained, lost):
    row = twice(then.split(), now.split())
    assert (row["climbed"], row["earlier_on"], row["on"]) == (climbed, "2014", "2025")
    assert [None if pd.isna(row[c]) else row[c] for c in ("gained", "lost")] == [gained, lost]


@given(*[st.lists(st.sampled_from(sorted(WORTH)), min_size=4, max_size=4)] * 2, st.data())
@settings(max_examples=25, deadline=None)
def test_a_certain_change_holds_however_the_unknown_turns_out(then, now, data):
    row = twice(then, now)
    known = [
        [data.draw(st.sampled_from(["yes", "no"])) if w == "unknown" else w for w in ws] for ws in (then, now)
    ]
    before, after = standing(known[0])["rung"], standing(known[1])["rung"]
    assert row["earlier_rung"] <= before <= row["earlier_rung_most"]
    told = {"rose": after > before, "fell": after < before, "stayed": after == before}
    assert told.get(row["climbed"], True)


def test_earlier_rungs_are_those_of_the_gates_of_today():
    earlier = ladder(T, ONE, figures=figure(0.6), on="2014").conditions
    other = ladder(T, ONE.assign(threshold="0.4"), figures=figure(0.6), before=earlier).territories.loc["T"]
    assert (other["earlier_at_least"], other["earlier_at_most"], other["climbed"]) == (
        "none",
        "first",
        "not certain",
    )
    assert "climbed" not in ladder(T, ONE, figures=figure(0.6)).territories.columns


def test_without_a_day_the_latest_period_is_told():
    table = pd.concat([figure(0.6, period="2019-2021"), figure(0.6, indicator="Other", period="2020")])
    rules = pd.concat([ONE, gates((1, "first", "more", "figure", "Other", "≥", "1", "no"))])
    found = ladder(T, rules, figures=table).territories.loc["T"]
    assert found["latest"] == "2019-2021"
    assert pd.isna(found["on"])


def test_gates_are_checked_all_at_once():
    wrong = pd.concat(
        [
            ONE,
            gates(
                (1, "first", "ties", "figure", "Tie", "≥", "half", "yes"),
                (2, "lax", "l", "figure", "Ties", "is", "1", "no"),
                (2, "other", "o", "reading", "town", "is", "yes", "yes"),
                (3, "third", "s", "statements", "friendship", "≥", "3", "yes"),
                (4, "fourth", "r", "reading", "cluster", "≥", "3", "yes"),
            ),
        ]
    )
    with pytest.raises(LayerError) as refused:
        ladder(T, wrong, figures=figure(1.0))
    text = str(refused.value)
    for piece in (
        "codes of conditions repeat: “ties”",
        "(rows: 1): “Tie” are no indicators of a table of figures. There are:",
        "“Ties”",
        "“town” are no readings. There are: “cluster”, “district”",
        "“friendship” are no items of coded statements",
        "rungs and gates do not match",
        "“lax” have no required condition",
        "column “threshold” holds what is no number (rows: 1, first: 2): “half”",
        "column “comparison” does not fit (rows: 2, first: 3)",
    ):
        assert piece in text, piece


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (figure(0.6, 0.8, 0.7), "end before they begin"),
        (pd.concat([figure(0.6), figure(0.7)]), "several times, each otherwise"),
        (figure(np.inf), "infinite"),
    ],
)
def test_figures_that_cannot_be_used_are_refused(figures, text):
    with pytest.raises(LayerError, match=text):
        passed(figures)


def test_the_same_figure_of_two_steps_is_one():
    assert passed(pd.concat([figure(0.6, source="a"), figure(0.6, source="b")]))["passed"] == "yes"


def test_ratings_outside_the_scale_are_refused():
    with pytest.raises(LayerError, match="scale from 0 to 4: “7”"):
        passed(None, CODED, statements=statements((7, "A")))
    assert (
        passed(None, CODED, statements=statements((7, "A"), (8, "B")), highest_rating=10)["passed"] == "yes"
    )


def test_the_proposal_is_whole_and_says_what_it_is():
    table = gate_table()
    assert table["version"].unique().tolist() == ["proposal 3"]
    assert checked_gates(table)["gate"].unique().tolist() == [
        "firm_network",
        "cluster",
        "district",
        "territorial_project",
    ]
    texts = ["title", "title_es", "meaning", "meaning_es"]
    assert table[texts].notna().all(axis=None)
    assert not table[texts].apply(lambda c: c.duplicated()).any(axis=None)
    # Every qualitative condition reads statements of several coders.
    coded = table[table["kind"] == "qualitative"]
    assert (coded["looks_at"] == "statements").all()
    assert (coded["coders"] >= 2).all()


def test_the_proposal_can_be_written_edited_and_read_again(tmp_path):
    table = assessment.ladder_gates()
    file = tmp_path / "gates.csv"
    table.to_csv(file, index=False)
    again = read_gates(str(file))
    assert checked_gates(again)["wanted"].tolist() == checked_gates(table)["wanted"].tolist()
    file.write_text(file.read_text(encoding="utf-8").replace("≥", ">="), encoding="utf-8")
    assert checked_gates(read_gates(str(file)))["wanted"].tolist() == checked_gates(table)["wanted"].tolist()
    with pytest.raises(LayerError, match="required"):
        as_gates(table.assign(required="perhaps"))


@pytest.fixture(scope="module")
def comarca():
    with warnings.catch_warnings():
        # The sample's own notices, of names of periods and reprojection, are looked at elsewhere.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        territories = read_territories(f"{COMARCA}labour_markets.gpkg")
        places = read_territories(f"{COMARCA}municipalities_2025.gpkg")
        register = assessment.action_register(read_actions(f"{COMARCA}actions.csv"), territories, places)
        evidence = read_evidence(f"{COMARCA}evidence.csv")
    return territories, register, evidence[evidence["source"].notna()]


def test_boundaries_alone_leave_everything_unknown_and_say_what_would_decide_it(comarca):
    territories, _, _ = comarca
    found = assessment.ladder(territories)
    assert (found.conditions["passed"] == "unknown").all()
    assert found.conditions["cure"].isin(CURES).all()
    assert found.areas["at_least"].eq("none").all()
    assert found.areas["at_most"].eq("territorial_project").all()
    assert found.areas["cure"].notna().all()


def test_planted_districts_and_clusters_are_on_their_rungs_or_unknown(comarca):
    territories, register, evidence = comarca
    ids = territories["territory"]
    planted = {
        kind: set(pd.read_csv(f"{COMARCA}truth/{kind}s.csv")["market"]) for kind in ("district", "cluster")
    }
    known = pd.DataFrame(
        {
            "territory": ids,
            "district": np.where(ids.isin(planted["district"]), "yes", "no"),
            "cluster": np.where(ids.isin(planted["district"] | planted["cluster"]), "yes", "no"),
        }
    )
    figures = pd.concat(
        [
            register.figures,
            *(
                pd.DataFrame({"territory": ids, "indicator": name, "value": 0.8}).assign(
                    cases=100, expected=0.3, q=0.01
                )
                for name in (
                    "Ties that stay in the territory (share)",
                    "Employed residents who work in it (share)",
                )
            ),
        ]
    )
    holds = pd.DataFrame(
        {
            "territory": ids,
            "indicator": "District in all draws and under all thresholds (share)",
            "value": np.where(ids.isin(planted["district"]), 1.0, 0.2),
        }
    )
    figures = pd.concat([figures, holds])
    found = assessment.ladder(territories, figures, known, evidence=evidence).areas.set_index("territory")
    # Of its markets without a planted structure none is beyond the first gate.
    for place, row in found.iterrows():
        least = 3 if place in planted["district"] else 2 if place in planted["cluster"] else 1
        assert row["rung"] >= least if least > 1 else row["rung"] == row["rung_most"] == 1
    assert found.loc[sorted(planted["cluster"]), "at_most"].eq("cluster").all()


def test_where_nothing_is_a_cluster_nothing_is_claimed(comarca):
    territories, register, evidence = comarca
    none = pd.DataFrame({"territory": territories["territory"], "district": "no", "cluster": "no"})
    low = evidence.assign(rating=evidence["rating"].clip(upper=2))
    found = assessment.ladder(territories, register.figures, none, evidence=low)
    assert found.areas["at_most"].isin(["none", "firm_network"]).all()
    assert not found.conditions.loc[found.conditions["looks_at"] == "statements", "passed"].eq("yes").any()


def test_tables_of_other_territories_are_refused_or_told(comarca):
    territories, register, _ = comarca
    with pytest.raises(LayerError, match="figures: none of the 12 territories"):
        assessment.ladder(territories, figure(1.0, indicator="Actions", territory="X"))
    more = pd.concat([register.figures, figure(1.0, indicator="Actions", territory="X")])
    with pytest.warns(GeoterritorioWarning, match="1 rows are of other territories"):
        assessment.ladder(territories, more)


def test_everything_that_is_told_has_words(comarca):
    territories, register, evidence = comarca
    found = assessment.ladder(territories, register.figures, evidence=evidence)
    spanish = i18n.translator("es")
    told = in_language({"conditions": found.conditions}, "es", {})["conditions"]
    assert "title_es" not in told.columns
    assert told["title"].str.contains("valora").any()
    for column in ("condition", "reason", "cure", "kind", "looks_at", "gate"):
        for text in found.conditions[column].dropna().unique():
            if text != "cluster":
                assert worded(column, text, "ladder_conditions", spanish) != text, (column, text)


# What each figure needs, as the cures tell it: command, kinds of layers and their columns.
NEEDED = {
    "Ties that stay in the territory (share)": (
        "actor_network",
        {"links": ["source", "target", "kind"], "firms": []},
    ),
    "Reciprocity of supply and cooperation (share)": (
        "actor_network",
        {"links": ["source", "target", "kind"]},
    ),
    "Linked firms within two steps of a knowledge holder (share)": (
        "actor_network",
        {"links": [], "institutions": ["kind"]},
    ),
    "Kinds of institution present (share)": ("innovation_system", {"institutions": ["kind"]}),
    "Employed residents who work in it (share)": (
        "community_of_people",
        {"flows": ["origin", "destination", "flow"]},
    ),
    "Workers who live in it (share)": ("community_of_people", {"flows": ["origin", "destination", "flow"]}),
    "District in all draws and under all thresholds (share)": (
        "districts",
        {"firms": ["sector", "employment"]},
    ),
    "Brokers beyond chance (number)": ("brokerage", {"links": ["source"], "institutions": ["kind"]}),
    "Phases with actions": ("action_register", {"actions": ["territory", "phase"]}),
    "Actions paid by public and other money (share)": ("leader_profile", {"actions": ["public_share"]}),
    "Actions with public and private actors (share)": ("leader_profile", {"actions": ["actors"]}),
    "Jobs whose sector has its field taught (share)": (
        "training_match",
        {"institutions": ["fields"], "firms": ["sector", "employment"]},
    ),
    "cluster": ("contrast", {"firms": [], "definitions": []}),
    "district": ("contrast", {"firms": [], "reference": []}),
}


def test_every_source_of_the_proposal_is_a_tool_and_its_cure_names_what_it_reads():
    table = gate_table()
    asked = table[table["looks_at"] != "statements"]
    assert set(asked["source"]) <= set(descriptions())
    assert set(asked["subject"]) == set(LADDER_SOURCES) == set(NEEDED)
    for subject, (tool, layers) in NEEDED.items():
        cure = LADDER_SOURCES[subject]
        assert set(asked.loc[asked["subject"] == subject, "source"]) == {tool}
        assert cure.startswith(f"`{tool.replace('_', '-')}`")
        for kind, columns in layers.items():
            assert set(columns) <= {c.name for c in KINDS[kind].columns}
            assert all(re.search(rf"\b{word}\b", cure) for word in (kind, *columns)), (subject, kind)


def test_a_missing_figure_names_tool_layer_and_columns(tmp_path):
    for lang, said in (
        ("en", "`actor-network`: links of its firms"),
        ("es", "`actor-network`: vínculos de sus"),
    ):
        file = tmp_path / f"{lang}.csv"
        words = ["--territories", f"{COMARCA}labour_markets.gpkg", "--output", str(tmp_path / f"{lang}.gpkg")]
        assert main(["--lang", lang, "ladder", *words, "--conditions", str(file)]) == 0
        cures = pd.read_csv(file)["cure"]
        spoken = i18n.translator(lang)
        assert any(worded("cure", c, "ladder_conditions", spoken).startswith(said) for c in cures)


def test_of_each_coder_the_latest_rating_counts():
    twice = statements((1, "A"), (4, "A"), (0, "B"), (3, "B"), date=["2014", "2024", "2014-03", "2024-02"])
    assert passed(None, CODED, statements=twice)["passed"] == "yes"
    assert passed(None, CODED, statements=twice, on="2015")["passed"] == "no"
    # Of the same day both stand.
    same = statements((1, "A"), (4, "A"), (3, "B"), date=["2024", "2024", "2024"])
    assert passed(None, CODED, statements=same)["reason"] == "statements contradict"


def test_statements_without_source_decide_nothing(comarca):
    territories, _, evidence = comarca
    bare = evidence.assign(source=[None, *evidence["source"].iloc[1:]])
    with pytest.warns(GeoterritorioWarning, match="1 statements have no source"):
        assessment.ladder(territories, evidence=bare)
    with pytest.raises(LayerError, match="statements has a source"):
        assessment.ladder(territories, evidence=evidence.assign(source=""))


@pytest.mark.parametrize(
    ("change", "english", "spanish"),
    [
        (
            {"source": "my_head"},
            "column “source” names tools that there are not (rows: 22, first: 1)",
            "no existen",
        ),
        ({"comparison": ">"}, "column “comparison” holds “>” (rows: 22, first: 1)", "puede contener ≥"),
        ({"threshold": "half"}, "column “threshold” holds what is no number (rows:", "no es un número"),
        ({"version": None}, "column “version” is empty (rows: 22, first: 1)", "está vacía"),
        ({"version": [*"a" * 21, "b"]}, "column “version” holds 2 versions", "2 versiones"),
        ({"condition": "same"}, "22 rows share their identifier (condition): “same”", "22 filas comparten"),
        ({"subject": "Tais"}, "“Tais” are no indicators", "no son indicadores"),
    ],
)
def test_tables_of_gates_that_were_edited_wrongly_are_refused(change, english, spanish, tmp_path, capsys):
    file = tmp_path / "gates.csv"
    gate_table().assign(version="ours 1").assign(**change).to_csv(file, index=False)
    words = ["ladder", "--territories", f"{COMARCA}labour_markets.gpkg", "--gates", str(file), "--output"]
    for lang, said in (("en", english), ("es", spanish)):
        assert main(["--lang", lang, *words, str(tmp_path / "out.gpkg")]) == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out.gpkg").exists()


def test_a_changed_table_has_a_version_of_its_own(comarca):
    territories, _, _ = comarca
    assessment.ladder(territories, gates=as_gates(gate_table()))
    changed = gate_table().assign(threshold=lambda t: t["threshold"].replace("0.5", "0.4"))
    version = changed["version"].iloc[0]
    with pytest.raises(LayerError, match=f"says “{version}”, and . conditions are not as in that table"):
        assessment.ladder(territories, gates=as_gates(changed))
    assessment.ladder(territories, gates=as_gates(changed.assign(version="ours 1")))


def test_points_are_territories_too():
    towns = gpd.GeoDataFrame({"territory": ["T"]}, geometry=[box(0, 0, 1, 1).centroid], crs=25830)
    assert len(assessment.ladder(towns).areas) == 1
