"""Coded assessments: what counts, what contradicts, what is unknown and why; shares of actions beside them."""

import geopandas as gpd
import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from shapely import Point, box

from geoterritorio.assessment import ProfileRules
from geoterritorio.assessment.coded import (
    assessed_items,
    coded_items,
    coded_statements,
    contradictions,
    rating_changes,
)
from geoterritorio.assessment.profile_rules import ASSESSED, LISTS
from geoterritorio.assessment.spokes import SPOKES
from geoterritorio.assessment.tools import leader_profile
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.identification.cures import ACTIONS, AGREEMENT, CODED
from geoterritorio.identification.homes_and_jobs import wilson
from geoterritorio.interface.cli import main
from geoterritorio.layers import read_actions, read_evidence, read_institutions, read_territories
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.headings import worded
from geoterritorio.publication.profile_words import TITLES

COMARCA = "sample_data/comarca/"
PLACES = gpd.GeoDataFrame(
    {"territory": ["A", "B"], "name": ["Alpha", "Beta"]},
    geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)],
    crs="EPSG:25830",
)


def said(*rows):
    """Evidence: territory, item, rating, coder, source, date."""
    table = pd.DataFrame(rows, columns=["territory", "item", "rating", "coder", "source", "date"])
    return table.assign(statement="What " + table["coder"].fillna("?") + " found", confidence=0.5)


EVIDENCE = said(
    ("A", "bottom_up", 0, "K", "interview 1", "2023"),
    ("A", "bottom_up", 3, "L", "interview 2", "2024-05"),
    ("A", "bottom_up", 1, "K", "minutes", "2024"),
    ("A", "learning", 2, "K", "interview 1", "2024"),
    ("A", "learning", 2, "L", "interview 1", "2024"),
)
BODIES = gpd.GeoDataFrame(
    {
        "institution": ["gov", "club", "uni", "far"],
        "kind": ["government", "association", "higher_education", "government"],
    },
    geometry=[Point(1, 1), Point(2, 2), Point(3, 3), Point(15, 5)],
    crs="EPSG:25830",
)


def acted(*rows):
    return pd.DataFrame(rows, columns=["action", "territory", "actors", "public_share", "budget"])


def item(found, territory, code):
    return found.items.set_index(["territory", "item"]).loc[(territory, code)]


def spoke(found, territory, code):
    return found.spokes.set_index(["territory", "spoke"]).loc[(territory, code)]


def test_ratings_are_counted_and_ordered_and_never_averaged():
    row = item(leader_profile(PLACES, EVIDENCE), "A", "bottom_up")
    assert row[["statements", "ratings", "sources", "coders"]].tolist() == [3, 3, 3, 2]
    assert row[["lowest", "median", "median_upper", "highest", "spread"]].tolist() == [0, 1, 1, 3, 3]
    assert row["distribution"] == "0 × 1; 1 × 1; 3 × 1"
    assert row["latest"] == "2024-05"
    assert row["status"] == "known"


@given(
    ratings=st.lists(st.integers(0, 4), min_size=1, max_size=9),
    stretch=st.lists(st.integers(1, 20), min_size=5, max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_any_stretching_of_the_scale_gives_the_stretched_result(ratings, stretch):
    # A mean would not: order alone may count.
    scale = np.concatenate([[0], np.cumsum(stretch)])[:5]
    columns = ["lowest", "median", "median_upper", "highest"]
    rows = []
    for values, highest in ((ratings, 4), (scale[ratings], 100)):
        evidence = said(*(("A", "identity", v, f"K{k}", "s", "2024") for k, v in enumerate(values)))
        rules, at = ProfileRules(highest=highest), pd.Index(["A"], name="territory")
        found = coded_items(coded_statements(evidence, at, rules), at, rules).set_index("item")
        rows.append(found.loc["identity", columns].astype(int).to_numpy())
    assert (scale[rows[0]] == rows[1]).all()
    assert set(rows[0]) <= set(ratings)


def test_figures_hold_shares_of_actions_and_no_rating():
    given_ = leader_profile(PLACES, EVIDENCE, acted(("p", "A", "gov; club", 0.5, 10)), institutions=BODIES)
    other = EVIDENCE.assign(rating=4 - EVIDENCE["rating"])
    again = leader_profile(PLACES, other, acted(("p", "A", "gov; club", 0.5, 10)), institutions=BODIES)
    pd.testing.assert_frame_equal(given_.figures, again.figures)
    assert set(given_.figures["indicator"]) == {s.title for s in SPOKES.values()}
    assert list(given_.figures.columns) == ["territory", "indicator", "value", "low", "high"]


def test_statements_that_contradict_each_other_stand_side_by_side():
    pairs = leader_profile(PLACES, EVIDENCE).contradictions
    assert pairs["steps"].tolist() == [3, 2]
    assert pairs["contradicted_by"].tolist() == ["different coders", "different coders"]
    first = pairs.iloc[0]
    assert (first["lower_rating"], first["lower_source"], first["lower_coder"]) == (0, "interview 1", "K")
    assert (first["higher_rating"], first["higher_source"], first["higher_coder"]) == (3, "interview 2", "L")
    assert first["lower_statement"] == "What K found"
    # Of one coder the later rating counts: between 2023 and 2024 it changed.
    closer = leader_profile(PLACES, EVIDENCE, rules=ProfileRules(contradiction=1)).rating_changes
    assert "the same coder" in set(closer["rated_by"])
    assert (
        leader_profile(PLACES, EVIDENCE, rules=ProfileRules(contradiction=0)).contradictions["steps"] > 0
    ).all()


def test_more_contradictions_than_anybody_reads_are_refused():
    many = pd.concat([EVIDENCE.iloc[[0]]] * 1100 + [EVIDENCE.iloc[[1]]] * 1100, ignore_index=True)
    with pytest.raises(LayerError, match="contradict each other, more than"):
        leader_profile(PLACES, many)


def test_what_nobody_says_is_unknown_with_what_would_decide_it():
    found = leader_profile(PLACES, EVIDENCE)
    assert len(found.items) == 2 * 24
    row = item(found, "B", "identity")
    assert (row["status"], row["reason"], row["cure"]) == ("unknown", "no statement", CODED["no statement"])
    assert np.isnan(row["lowest"])
    bare = leader_profile(PLACES)
    assert set(bare.items["reason"]) == {"no evidence given"}
    assert set(bare.spokes["reason"]) == {"no actions given"}
    assert bare.spokes["value"].isna().all()
    assert bare.areas["rated_items"].tolist() == [0, 0]
    assert set(bare.coding["reason"]) == {"nothing rated"}


def test_statements_without_a_rating_or_a_source():
    rows = said(
        ("A", "identity", np.nan, "K", "interview", "2024"),
        ("A", "values", 3, "K", None, "2024"),
        ("A", "values", 1, "L", "  ", "2024"),
        ("A", "learning", 3, "K", "report", "2024"),
    )
    with pytest.warns(GeoterritorioWarning, match="2 statements have no source.*first row: 2"):
        found = leader_profile(PLACES, rows)
    assert item(found, "A", "identity")["reason"] == "no rating"
    assert item(found, "A", "values")["reason"] == "no source"
    assert item(found, "A", "values")["statements"] == 0
    assert found.statements["standing"].tolist() == ["counted", "without source", "without source", "counted"]


def test_evidence_of_which_nothing_has_a_source_is_refused():
    with pytest.raises(LayerError, match="none of its 5 statements has a source"):
        leader_profile(PLACES, EVIDENCE.assign(source=None))


def test_evidence_of_other_territories_is_refused_or_told():
    with pytest.raises(
        LayerError, match=r"none of its 5 statements is of the 2 territories; it speaks of “Z”"
    ):
        leader_profile(PLACES, EVIDENCE.assign(territory="Z"))
    some = EVIDENCE.assign(territory=["Z", *EVIDENCE["territory"][1:]])
    with pytest.warns(GeoterritorioWarning, match="1 statements have a territory that is not among"):
        leader_profile(PLACES, some)


@pytest.mark.parametrize("rating", [-1, 5, 1.5])
def test_ratings_off_the_scale_are_refused(rating):
    wrong = EVIDENCE.assign(rating=[*EVIDENCE["rating"][:-1], rating])
    with pytest.raises(LayerError, match=r"“rating”.*scale from 0 to 4 \(rows: 1, first: 5\)"):
        leader_profile(PLACES, wrong)


def test_confidence_above_one_and_bad_ratings_are_told_together():
    wrong = EVIDENCE.assign(confidence=60, rating=9)
    with pytest.raises(LayerError) as refusal:
        leader_profile(PLACES, wrong)
    assert len(refusal.value.problems) == 2
    with pytest.raises(LayerError, match="texts"):
        leader_profile(PLACES, EVIDENCE.assign(rating="good"))


def test_another_scale_is_given_by_name():
    assert (
        leader_profile(PLACES, EVIDENCE.assign(rating=9), rules=ProfileRules(highest=10))
        .items["highest"]
        .max()
        == 9
    )


def test_items_of_other_lists_or_none_count_for_nothing_and_are_told():
    rows = EVIDENCE.assign(item=["capitals of the world", "sme_support", *EVIDENCE["item"][2:]])
    with pytest.warns(GeoterritorioWarning, match="2 statements have an item of another list, or of none"):
        found = leader_profile(PLACES, rows)
    assert found.statements["standing"].tolist()[:2] == ["of no list here"] * 2
    with pytest.raises(LayerError, match="lists: “sins” are no lists"):
        leader_profile(PLACES, EVIDENCE, rules=ProfileRules(lists="sins"))
    with pytest.raises(LayerError, match="lists"):
        leader_profile(PLACES, EVIDENCE, rules=ProfileRules(lists=" ; "))


def test_formulas_and_markup_stay_texts_and_are_told():
    rows = EVIDENCE.assign(statement=["=HYPERLINK(1)", "@SUM(1)", "{{ 7 * 7 }}", "<b>", "-1 is a number"])
    with pytest.warns(GeoterritorioWarning, match="2 rows hold texts that a spreadsheet would compute"):
        found = leader_profile(PLACES, rows)
    assert found.statements["statement"].tolist() == rows["statement"].tolist()


def test_empty_evidence_is_no_evidence():
    empty = EVIDENCE.head(0)
    found = leader_profile(PLACES, empty)
    assert set(found.items["reason"]) == {"no statement"}
    assert len(found.contradictions) == 0
    assert {"lower_source", "higher_source"} <= set(found.contradictions.columns)


def test_coders_who_rated_nothing_in_common():
    apart = said(("A", "identity", 1, "K", "s", "2024"), ("A", "values", 1, "L", "s", "2024"))
    with pytest.warns(GeoterritorioWarning, match="no item of a territory was rated by two coders") as said_:
        coding = leader_profile(PLACES, apart).coding
    assert "“development_elements” (ratings of each coder: “K: 1; L: 1”)" in str(said_[0].message)
    told = coding[(coding["list"] == "development_elements") & coding["item"].isna()]
    assert set(told["reason"]) == {"nothing rated in common"}
    # The row says what there is: alpha is undefined, since of two ratings none is in common.
    assert (told[["rated_in_common", "ratings", "coders"]] == 0).all(axis=None)
    assert set(told["by_coder"]) == {"K: 1; L: 1"}
    assert set(told["cure"]) == {AGREEMENT["nothing rated in common"]}


def test_the_latest_rating_of_a_coder_is_compared_and_two_of_one_day_are_not():
    rows = said(
        *(("A", i, r, c, "s", d) for i, r, c, d in (("values", 4, "K", "2020"), ("values", 1, "K", "2024"))),
        ("A", "values", 1, "L", "s", "2024"),
        ("A", "identity", 1, "K", "s", "2024"),
        ("A", "identity", 2, "K", "s", "2024"),
        ("A", "identity", 2, "L", "s", "2024"),
        ("B", "identity", 3, "K", "s", "2024"),
        ("B", "identity", 3, "L", "s", "2024"),
    )
    with pytest.warns(GeoterritorioWarning, match="1 times a coder rated the same item differently"):
        coding = leader_profile(PLACES, rows, rules=ProfileRules(least_units=2)).coding
    row = coding[(coding["list"] == "development_elements") & coding["item"].isna()].iloc[0]
    assert row["rated_in_common"] == 2
    assert row["alpha"] == 1.0


def test_the_order_of_the_rows_says_nothing():
    found, turned = (leader_profile(PLACES, e) for e in (EVIDENCE, EVIDENCE.iloc[::-1]))
    pd.testing.assert_frame_equal(found.items, turned.items)
    pd.testing.assert_frame_equal(found.coding, turned.coding)


def test_inputs_are_left_as_they_were():
    evidence, actions = EVIDENCE.copy(), acted(("p", "A", "gov", 0.5, 10))
    before = actions.copy()
    leader_profile(PLACES, evidence, actions, institutions=BODIES)
    pd.testing.assert_frame_equal(evidence, EVIDENCE)
    pd.testing.assert_frame_equal(actions, before)


def test_shares_of_actions_by_hand():
    actions = acted(
        ("p", "A", "gov; club", 0.5, 100), ("q", "A", "club; far", 1.0, 300), ("r", "A", "gov", 0.25, 100)
    )
    found = leader_profile(PLACES, None, actions, institutions=BODIES)
    told = {s: spoke(found, "A", s)[["numerator", "denominator", "open_cases"]].tolist() for s in SPOKES}
    assert told == {
        "co_financed": [2, 3, 0],
        "other_money": [125, 500, 0],
        "local": [2, 3, 0],
        "several_kinds": [2, 3, 0],
        "public_private": [2, 3, 0],
    }
    row = spoke(found, "A", "public_private")
    assert row["value"] == pytest.approx(2 / 3)
    assert (row["low"], row["high"]) == pytest.approx(tuple(binomtest(2, 3).proportion_ci(method="wilson")))
    assert np.isnan(spoke(found, "A", "other_money")["low"])
    assert set(found.spokes.loc[found.spokes["territory"] == "B", "reason"]) == {"no actions here"}


def test_what_cannot_be_decided_has_bounds_and_no_value():
    actions = acted(
        ("p", "A", "gov; club", 0.5, 1), ("q", "A", "gov; uni", 0.5, 1), ("r", "A", "uni; ghost", 0.5, 1)
    )
    with pytest.warns(GeoterritorioWarning, match="1 actors are neither among the institutions nor.*“ghost”"):
        found = leader_profile(PLACES, None, actions, institutions=BODIES)
    both = spoke(found, "A", "public_private")
    assert np.isnan(both["value"])
    assert (both["least"], both["most"], both["open_cases"]) == (pytest.approx(1 / 3), 1.0, 2)
    assert both["low"] == pytest.approx(binomtest(1, 3).proportion_ci(method="wilson").low)
    assert both["high"] == pytest.approx(1.0)
    kinds = spoke(found, "A", "several_kinds")
    assert (kinds["least"], kinds["most"], kinds["reason"]) == (pytest.approx(2 / 3), 1.0, "actors not known")
    decided = leader_profile(
        PLACES,
        None,
        actions.head(2),
        institutions=BODIES,
        rules=ProfileRules(public_kinds="government; higher_education"),
    )
    assert spoke(decided, "A", "public_private")["value"] == 0.5


def test_shares_are_unknown_for_a_reason():
    actions = acted(("p", "A", None, np.nan, np.nan))
    found = leader_profile(PLACES, None, actions, institutions=BODIES).spokes.set_index(
        ["territory", "spoke"]
    )
    assert found.loc["A", "reason"].to_dict() == {
        "co_financed": "no public shares",
        "other_money": "no budgets",
        "local": "no actors named",
        "several_kinds": "no actors named",
        "public_private": "no actors named",
    }
    assert found["reason"].map(ACTIONS).equals(found["cure"])
    blind = leader_profile(PLACES, None, acted(("p", "A", "gov", 0.5, 1))).spokes.set_index(
        ["territory", "spoke"]
    )
    assert blind.loc[("A", "local"), "reason"] == "actors not known"


def test_rows_of_one_action_are_one_action():
    twice = acted(("p", "A", "gov", 1.0, 10), ("p", "A", "club", 0.5, 10))
    row = (
        leader_profile(PLACES, None, twice, institutions=BODIES)
        .spokes.set_index(["territory", "spoke"])
        .loc["A"]
    )
    assert row.loc["co_financed", ["numerator", "denominator"]].tolist() == [1, 1]
    assert row.loc["public_private", ["numerator", "denominator"]].tolist() == [1, 1]


def test_firms_are_actors_by_division_and_private():
    firms = gpd.GeoDataFrame(
        {"firm": ["f", "g"], "sector": ["10.1", "25.6"]},
        geometry=[Point(1, 1), Point(2, 1)],
        crs="EPSG:25830",
    )
    actions = acted(("p", "A", "f; g", 0.5, 1), ("q", "A", "f; gov", 0.5, 1))
    found = leader_profile(PLACES, None, actions, institutions=BODIES, firms=firms)
    assert spoke(found, "A", "several_kinds")["value"] == 1.0
    assert spoke(found, "A", "public_private")["value"] == 0.5


def test_actions_by_smaller_places_and_by_points():
    towns = gpd.GeoDataFrame(
        {"territory": ["t1", "t2"]}, geometry=[Point(1, 1), Point(11, 1)], crs="EPSG:25830"
    )
    actions = acted(("p", "t1", "gov", 0.5, 1), ("q", "t2", "gov", 0.5, 1))
    found = leader_profile(PLACES, None, actions, institutions=BODIES, places=towns)
    assert spoke(found, "B", "local")["value"] == 0.0
    points = gpd.GeoDataFrame(
        actions.drop(columns="territory"), geometry=[Point(1, 1), Point(99, 99)], crs="EPSG:25830"
    )
    with pytest.warns(GeoterritorioWarning, match="actions: 1 of 2 rows are in none of the territories"):
        found = leader_profile(PLACES, None, points, institutions=BODIES)
    assert spoke(found, "A", "co_financed")["denominator"] == 1


def test_bad_actions_and_kinds_are_refused():
    with pytest.raises(LayerError, match=r"“public_share” holds values above 1 \(rows: 1, first: 1\): “80”"):
        leader_profile(PLACES, None, acted(("p", "A", "gov", 80, 1)))
    with pytest.raises(LayerError, match="no kinds of institution"):
        leader_profile(
            PLACES, None, acted(("p", "A", "gov", 0.8, 1)), rules=ProfileRules(public_kinds="king")
        )
    with pytest.raises(LayerError, match="are in both"):
        leader_profile(PLACES, None, rules=ProfileRules(private_kinds="government"))


@given(n=st.integers(1, 60), share=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_wilson_is_scipys(n, share):
    k = round(n * share)
    low, high = wilson(pd.Series([k]), pd.Series([n]), level=0.9)
    peer = binomtest(k, n).proportion_ci(confidence_level=0.9, method="wilson")
    assert (low[0], high[0]) == pytest.approx((peer.low, peer.high), abs=1e-12)


def test_no_item_is_in_two_lists():
    items = assessed_items(LISTS)
    assert not items["item"].duplicated().any()
    assert len(assessed_items(ASSESSED)) == 7 + 8 + 4 + 5


def test_titles_are_those_of_the_vocabularies_in_both_languages():
    spanish = translator("es")
    assert {en: spanish(en) for en, _ in TITLES} == dict(TITLES)
    for lang in LANGUAGES:
        say = translator(lang)
        for code, title in assessed_items(LISTS)[["item", lang]].itertuples(index=False):
            assert worded("item", code, "profile_items", say) == title


def test_reasons_have_words_and_cures():
    spanish = translator("es")
    for reasons in (CODED, ACTIONS, AGREEMENT):
        for code, cure in reasons.items():
            assert worded("reason", code, "profile_items", spanish) not in ("", code)
            assert spanish(cure) != cure


@pytest.fixture(scope="module")
def comarca():
    with pytest.warns(GeoterritorioWarning, match="5 statements have no source"):
        return leader_profile(
            read_territories(COMARCA + "labour_markets.gpkg"),
            read_evidence(COMARCA + "evidence.csv"),
            read_actions(COMARCA + "actions.csv"),
            institutions=read_institutions(COMARCA + "institutions.gpkg"),
            places=read_territories(COMARCA + "municipalities_2025.gpkg"),
        )


def test_the_invented_territory_has_its_gaps(comarca):
    areas = comarca.areas.set_index("territory")
    evidence = read_evidence(COMARCA + "evidence.csv")
    sourced = evidence[evidence["source"].notna()]
    rated = sourced.groupby("territory")["item"].nunique()
    assert areas["rated_items"].to_dict() == {t: rated.get(t, 0) for t in areas.index}
    assert (areas.loc["MINV07", "rated_items"], areas.loc["MINV07", "unknown_items"]) == (19, 5)
    assert len(comarca.statements) == len(evidence)
    truth = pd.read_csv(COMARCA + "truth/evidence.csv")
    bare = comarca.statements[comarca.statements["standing"] == "without source"]
    planted = truth[truth["planted"] == "statement without a source"]
    assert set(bare["item"]) == set(planted["item"])
    assert len(bare) == len(planted) == 5
    # All four groups of items have evidence.
    known = comarca.items[comarca.items["status"] == "known"]
    assert set(known["list"]) == set(ASSESSED)


def test_planted_contradictions_are_found(comarca):
    truth = pd.read_csv(COMARCA + "truth/evidence.csv")
    planted = truth[truth["planted"] == "contradiction of the coders"].set_index(["territory", "item"])[
        "value"
    ]
    of_innovation = comarca.contradictions[comarca.contradictions["list"] == "innovation_components"]
    found = of_innovation.set_index(["territory", "item"])["steps"]
    assert found.sort_index().to_dict() == planted.sort_index().to_dict()
    assert set(of_innovation["contradicted_by"]) == {"different coders"}


def test_the_invented_coders_agree_as_they_were_made_to(comarca):
    told = comarca.coding[comarca.coding["item"].isna() & (comarca.coding["metric"] == "ordinal")].set_index(
        "list"
    )
    # Two coders disagree by one step in a quarter of the items.
    assert (told.loc[["leader_features", "development_elements"], "low"] > 0.8).all()
    # Of innovation the share that both rate alike is known, and the package of the method gives the same alpha.
    truth = pd.read_csv(COMARCA + "truth/evidence.csv").set_index("item")["value"]
    evidence = read_evidence(COMARCA + "evidence.csv").dropna(subset=["source"])
    for name in ("innovation_components", "innovation_social_features"):
        rows = evidence[evidence["item"].isin(vocabulary(name)["code"])]
        wide = rows.pivot_table(index=["territory", "item"], columns="coder", values="rating")
        assert (wide["A"] == wide["B"]).mean() == pytest.approx(truth[name])
        peer = krippendorff.alpha(reliability_data=wide.T.to_numpy(), level_of_measurement="ordinal")
        assert told.loc[name, "alpha"] == pytest.approx(peer, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "english", "spanish"),
    [
        ({"rating": 7}, "column “rating” holds values that are no whole step", "no son un grado entero"),
        ({"source": None}, "none of its 365 statements has a source", "ninguna de sus 365 declaraciones"),
        (
            {"confidence": 1.5},
            "column “confidence” is a share and must not be above 1",
            "«confidence» es una prop",
        ),
        (
            {"item": "frendship"},
            "column “item” holds values outside its vocabulary",
            "ajenos a su vocabulario",
        ),
        ({"territory": "X"}, "none of its 365 statements is of the 12 territories", "ninguna de sus 365"),
        (None, "evidence: the layer is empty", "evidence: la capa está vacía"),
    ],
)
def test_bad_evidence_is_told_on_the_command_line(change, english, spanish, tmp_path, capsys):
    evidence = pd.read_csv(COMARCA + "evidence.csv")
    bad = evidence.iloc[:0] if change is None else evidence.assign(**change)
    bad.to_csv(tmp_path / "bad.csv", index=False)
    words = ["leader-profile", "--territories", COMARCA + "labour_markets.gpkg", "--evidence"]
    words += [str(tmp_path / "bad.csv"), "--output", str(tmp_path / "out.gpkg")]
    for lang, told in (("en", english), ("es", spanish)):
        main(["--lang", lang, *words, "--overwrite"])
        assert told in capsys.readouterr().err


def test_statements_alone():
    rules = ProfileRules(lists="capitals")
    with pytest.warns(GeoterritorioWarning, match="5 statements"):
        found = coded_statements(EVIDENCE, pd.Index(["A"]), rules)
    assert (found["standing"] == "of no list here").all()


def dated(*rows):
    """Statements on one item: rating, date, coder and source of each."""
    table = pd.DataFrame(list(rows), columns=["rating", "date", "coder", "source"])
    return table.assign(territory="A", item="networking", statement="said")


def against(*rows, **rules):
    found = leader_profile(PLACES, dated(*rows), rules=ProfileRules(**rules))
    return found.contradictions, found.rating_changes, found


def test_statements_of_different_times_are_a_change_and_no_contradiction():
    pairs, changes, found = against((1, "2014-05", "K", "s1"), (4, "2024-10", "L", "s2"))
    assert pairs.empty
    row = changes.iloc[0]
    assert (row["earlier_rating"], row["later_rating"], row["course"]) == (1, 4, "up")
    assert (row["earlier_date"], row["later_date"], row["rated_by"]) == (
        "2014-05",
        "2024-10",
        "different coders",
    )
    item = found.items.set_index(["territory", "item"]).loc[("A", "networking")]
    assert (item["contradictions"], item["rating_changes"]) == (0, 1)
    fallen = against((4, "2014-05", "K", "s1"), (1, "2024-10", "K", "s2"))[1].iloc[0]
    assert (fallen["course"], fallen["rated_by"], fallen["earlier_rating"]) == ("down", "the same coder", 4)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2022-05", "2024-05", True),  # as many months as the rule allows
        ("2022-05", "2024-06", False),
        ("2022", "2024-06", True),  # may have been said in December
        ("2022-05-31", "2024-05-01", True),
        (None, "2024-05", True),  # nothing says that it was another time
    ],
)
def test_which_statements_are_of_the_same_time(first, second, same):
    pairs, changes, _ = against((1, first, "K", "s1"), (3, second, "L", "s2"))
    assert (len(pairs), len(changes)) == ((1, 0) if same else (0, 1))
    if same:
        assert pairs.loc[0, "same_time"] == ("unknown" if first is None else "yes")


def test_months_of_the_same_time_are_an_option():
    rows = (1, "2022-05", "K", "s1"), (3, "2022-11", "L", "s2")
    assert len(against(*rows)[0]) == 1
    assert len(against(*rows, same_time=5)[1]) == 1


def test_one_coder_with_two_sources_is_told_from_one_who_rated_anew():
    with pytest.warns(GeoterritorioWarning, match="differently on the same date"):
        pairs, changes, _ = against((1, "2024-05", "K", "s1"), (3, "2024-05", "K", "s2"))
    assert pairs["contradicted_by"].tolist() == ["one coder, two sources"]
    assert changes.empty
    with pytest.warns(GeoterritorioWarning, match="differently on the same date"):
        pairs = against((1, "2024-05", "K", "s1"), (3, "2024-05", "K", "s1"))[0]
    assert pairs["contradicted_by"].tolist() == ["the same coder"]
    pairs, changes, _ = against((1, "2024-05", "K", "s1"), (3, "2024-06", "K", "s2"))
    assert pairs.empty
    assert changes["course"].tolist() == ["up"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.sampled_from([None, "2014", "2014-05", "2015-11", "2016-01", "2024-10-02"]),
            st.sampled_from(["K", "L", None]),
        ),
        min_size=1,
        max_size=7,
    )
)
@settings(max_examples=30, deadline=None)
def test_every_pair_far_apart_is_a_contradiction_or_a_change(rows):
    table = dated(*((*row, f"s{k}") for k, row in enumerate(rows)))
    statements = coded_statements(table, pd.Index(["A"]), ProfileRules())
    pairs = contradictions(statements, ProfileRules())
    changes = rating_changes(statements, ProfileRules())
    ratings = [row[0] for row in rows]
    apart = sum(abs(a - b) >= 2 for k, a in enumerate(ratings) for b in ratings[k + 1 :])
    assert len(pairs) + len(changes) == apart
    # What changed has both dates, and they are apart.
    assert (changes["earlier_date"] < changes["later_date"]).all()
    assert ((changes["later_rating"] > changes["earlier_rating"]) == (changes["course"] == "up")).all()
