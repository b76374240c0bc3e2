"""Evidence for clusters: one example worked out by hand, criterion by criterion; and what must always hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.concentration import Whole, location_quotient_interval
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import (
    ClusterRules,
    Sizes,
    Support,
    clusters,
    linked_actors,
    matching_groups,
)
from geoterritorio.identification._cluster_figures import decided, effective_between
from geoterritorio.identification.cluster_evidence import CRITERIA, line, verdicts

JOBS = pd.DataFrame({"10": [300.0, 20], "11": [200.0, 30], "62": [500.0, 950]}, index=["A", "B"])
PLANTS = pd.DataFrame({"10": [30.0, 2], "11": [20.0, 3], "62": [50.0, 95]}, index=["A", "B"])
FOOD = pd.DataFrame({"sector": ["10", "11", "62"], "group": "food", "role": ["core", "core", "supplier"]})
SIZES = Sizes(JOBS, PLANTS, PLANTS * 100)
LINKS = pd.DataFrame(
    {"actors": [8.0, 2], "inside": [6.0, 1], "expected": [2.0, 1], "p": [0.01, 0.7], "outside": [3.0, 1]},
    index=pd.MultiIndex.from_product([["A", "B"], ["food"]]),
)
ALL = Support(
    gathering=pd.DataFrame({"p": [0.01], "agrees": [True], "reason": [None]}, index=["food"]),
    related=pd.DataFrame({"p": [0.02], "agrees": [True], "reason": [None]}, index=["food"]),
    institutions=pd.DataFrame({"food": [2.0, 0.0]}, index=["A", "B"]),
    links=LINKS,
)


def lines(found, territory):
    return found.evidence[found.evidence["territory"] == territory].set_index("criterion")


def test_every_criterion_by_hand():
    """
    A has 500 of 1000 jobs in food, the whole 550 of 2000: 1.818.

    Sector 10: 0.3 / 0.16 = 1.875; 11: 0.2 / 0.115 = 1.739: two sectors above 1. 50 establishments. Squares 3000 + 2000:
    500² / 5000 = 50 effective ones. Suppliers: 50 establishments of sector 62.
    """
    found = clusters(SIZES, FOOD, ALL)
    cell = found.cells.set_index("territory").loc["A"]
    assert cell["lq"] == pytest.approx(0.5 / 0.275)
    assert cell[["employment", "establishments", "specialised_sectors"]].tolist() == [500, 50, 2]
    assert cell["effective_plants"] == pytest.approx(50)
    table = lines(found, "A")
    assert list(table.index) == list(CRITERIA)
    assert table.loc["breadth", ["value", "threshold", "margin"]].tolist() == [2, 2, 0]
    assert table.loc["mass", ["value", "threshold", "margin"]].tolist() == [50, 10, 40]
    assert table.loc["plants", ["value", "threshold", "margin"]].tolist() == pytest.approx([50, 5, 45])
    assert table.loc["gathering", ["value", "threshold", "margin"]].tolist() == pytest.approx(
        [0.01, 0.05, 0.04]
    )
    assert table.loc["related", "margin"] == pytest.approx(0.03)
    assert table.loc["suppliers", ["value", "threshold", "margin"]].tolist() == [50, 3, 47]
    assert table.loc["institutions", ["value", "threshold", "margin"]].tolist() == [2, 1, 1]
    assert table.loc["links", ["value", "threshold", "margin"]].tolist() == pytest.approx([0.01, 0.05, 0.04])
    assert set(table["passed"]) == {"yes"}
    assert found.cells["verdict"].tolist() == ["cluster", "no cluster"]


def test_the_interval_is_that_of_the_group_against_the_rest():
    both = JOBS.assign(food=JOBS["10"] + JOBS["11"])[["food", "62"]]
    plants = PLANTS.assign(food=PLANTS["10"] + PLANTS["11"])[["food", "62"]]
    known = location_quotient_interval(both, plants, plants * 100)
    found = clusters(SIZES, FOOD).cells
    assert found["low"].tolist() == pytest.approx(known.low["food"].tolist())
    assert found["high"].tolist() == pytest.approx(known.high["food"].tolist())


def test_few_links_are_unknown_and_links_by_chance_fail():
    found = clusters(SIZES, FOOD, ALL)
    assert lines(found, "B").loc["links", ["passed", "reason"]].tolist() == ["unknown", "too few links known"]
    chance = replace(ALL, links=LINKS.assign(p=0.4))
    assert clusters(SIZES, FOOD, chance).cells["verdict"].iloc[0] == "concentration only"


@pytest.mark.parametrize("gone", ["gathering", "related", "institutions", "links"])
def test_what_is_missing_never_fails(gone):
    found = clusters(SIZES, FOOD, replace(ALL, **{gone: None}))
    line = lines(found, "A").loc[gone]
    assert line["passed"] == "unknown"
    assert line["cure"]
    wanted = "undecided" if gone == "gathering" else "possible cluster"
    assert found.cells["verdict"].iloc[0] == wanted


def test_bad_data_say_what_would_decide():
    no_sizes = lines(clusters(Sizes(JOBS), FOOD), "A")
    assert no_sizes.loc["specialisation", ["passed", "reason"]].tolist() == ["unknown", "not tested"]
    assert no_sizes.loc["mass", "cure"] == "numbers of establishments"
    assert no_sizes.loc["breadth", ["passed", "reason"]].tolist() == ["unknown", "no establishments given"]
    assert no_sizes.loc["breadth", "cure"] == "numbers of establishments"
    two_digits = clusters(SIZES, FOOD.head(1))
    assert lines(two_digits, "A").loc["breadth", ["passed", "reason"]].tolist() == ["unknown", "one sector"]
    hidden = JOBS.copy()
    hidden.loc["A", "62"] = np.nan
    table = lines(clusters(Sizes(hidden, PLANTS, PLANTS * 100), FOOD), "A")
    assert table.loc["specialisation", ["passed", "reason"]].tolist() == ["unknown", "withheld cells"]
    counted = lines(clusters(Sizes(PLANTS, plants=True), FOOD), "A")
    assert counted.loc["plants", ["passed", "reason"]].tolist() == ["unknown", "no sizes given"]


def test_establishments_without_sizes_are_no_evidence_of_many_of_weight():
    """
    A has 300 jobs in 30 establishments and 200 in 20: of two of them, or of 50 alike, nobody can tell.

    At least 500² / (300² + 200²) = 1.92 effective ones, at most 500² / (300² / 30 + 200² / 20) = 50. B has 20 in 2 and
    30 in 3: at most 5, by hand 50² / (200 + 300); of threshold 5.5 that decides. Nothing of it is told as the number.
    """
    found = clusters(Sizes(JOBS, PLANTS), FOOD, rules=ClusterRules(least_plants=5.5))
    table = lines(found, "A")
    assert table.loc["plants", ["passed", "reason"]].tolist() == ["unknown", "no sizes given"]
    assert (
        table.loc["plants", "cure"] == "sizes of establishments: a register, or their squares in the counts"
    )
    assert lines(found, "B").loc["plants", ["value", "passed", "reason"]].tolist() == [
        5,
        "no",
        "at most this",
    ]
    assert found.cells["effective_plants"].isna().all()
    low = clusters(Sizes(JOBS, PLANTS), FOOD, rules=ClusterRules(least_plants=1.9))
    told = lines(low, "A").loc["plants", ["value", "passed", "reason", "cure"]].tolist()
    assert told == [pytest.approx(500**2 / (300**2 + 200**2)), "yes", "at least this", ""]


@given(
    jobs=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=6), min_size=2, max_size=4),
    least=st.floats(1, 12),
    given_=st.sampled_from(["jobs", "establishments", "both", "some squares"]),
)
@settings(max_examples=40, deadline=None)
def test_what_is_decided_without_sizes_is_decided_alike_with_them(jobs, least, given_):
    """Whatever the sizes behind the sums are, they contradict no bound."""
    columns = [f"1{k}" for k in range(len(jobs))]
    sums, numbers, squares = (
        pd.DataFrame([[float(f(np.array(s))) for s in jobs]], ["A"], columns)
        for f in (np.sum, np.size, lambda s: (s**2).sum())
    )
    sizes = {
        "jobs": Sizes(sums),
        "establishments": Sizes(numbers, plants=True),
        "both": Sizes(sums, numbers),
        "some squares": Sizes(sums, numbers, squares.assign(**{"10": np.nan})),
    }[given_]
    low, high = effective_between(sizes, np.ones((len(jobs), 1)))
    total = sums.to_numpy().sum()
    true = total**2 / squares.to_numpy().sum() if total else 0.0
    assert high[0, 0] >= true - 1e-9
    if given_ != "establishments" or total:
        assert low[0, 0] <= true + 1e-9
    figure, _ = decided(low, high, least)
    if np.isfinite(figure[0, 0]) and total and abs(true - least) > 1e-9:
        assert (figure[0, 0] >= least) == (true >= least)


def test_breadth_needs_numbers_of_establishments_or_too_few_quotients():
    """B has no quotient of food above 1: whatever its establishments are, two sectors are not there."""
    table = lines(clusters(Sizes(JOBS), FOOD), "B")
    assert table.loc["breadth", ["value", "passed", "reason"]].tolist() == [0, "no", ""]
    hidden = PLANTS.copy()
    hidden.loc["A", "10"] = np.nan
    found = clusters(Sizes(JOBS, hidden), FOOD)
    assert lines(found, "A").loc["breadth", ["passed", "reason"]].tolist() == ["unknown", "withheld cells"]
    enough = lines(clusters(Sizes(JOBS, hidden), FOOD, rules=ClusterRules(least_sectors=1)), "A")
    assert enough.loc["breadth", ["value", "passed", "reason"]].tolist() == [1, "yes", "at least this"]


def test_links_are_tested_for_all_cells_together():
    """Of three tested cells p = 0.02, 0.04, 0.5 become q = 0.06, 0.06, 0.5: none is left, and it says why."""
    places = ["A", "B", "C"]
    jobs, plants = (f.reindex(places).fillna(f.mean()) for f in (JOBS, PLANTS))
    index = pd.MultiIndex.from_product([places, ["food"]])
    table = {"actors": 8.0, "inside": 6.0, "expected": 2.0, "p": [0.02, 0.04, 0.5], "outside": 3.0}
    found = clusters(
        Sizes(jobs, plants, plants * 100), FOOD, replace(ALL, links=pd.DataFrame(table, index=index))
    )
    rows = found.evidence.query("criterion == 'links'")
    assert rows["value"].tolist() == [0.02, 0.04, 0.5]
    assert rows["q"].tolist() == pytest.approx([0.06, 0.06, 0.5])
    assert set(rows["q_most"]) == {0.05}
    assert rows["passed"].tolist() == ["no"] * 3
    assert rows["reason"].tolist() == ["chance not ruled out"] * 2 + [""]


def test_a_small_group_of_one_large_plant_is_no_cluster():
    squares = PLANTS * 100
    squares.loc["A", ["10", "11"]] = [280.0**2 + 29, 190.0**2 + 19]
    found = clusters(Sizes(JOBS, PLANTS, squares), FOOD, ALL)
    table = lines(found, "A")
    assert table.loc["plants", "passed"] == "no"
    assert found.cells["verdict"].iloc[0] == "no cluster"


def test_definitions_that_do_not_fit_are_refused_or_told():
    with pytest.raises(LayerError, match="none of their 1 sectors"):
        clusters(SIZES, pd.DataFrame({"sector": ["99"], "group": "x"}))
    with pytest.warns(GeoterritorioWarning, match="1 of 4 sectors are not in the data"):
        clusters(SIZES, pd.concat([FOOD, pd.DataFrame({"sector": ["99"], "group": "food"})]))


def test_a_whole_is_what_is_compared_with():
    whole = Whole(pd.Series({"10": 1000.0, "11": 1000.0, "62": 8000.0}), 20000.0, "nation")
    found = clusters(SIZES, FOOD, reference=whole)
    assert found.cells["lq"].tolist() == pytest.approx([0.5 / 0.1, 0.05 / 0.1])


@given(words=st.lists(st.sampled_from(["yes", "no", "unknown"]), min_size=9, max_size=9))
def test_knowing_more_refines_a_verdict_and_never_contradicts_it(words):
    """Whatever an unknown criterion turns out to be, a sure verdict stands."""
    row = np.array([words], dtype=object)
    before = verdicts(row)[0]
    for place in np.flatnonzero(row[0] == "unknown"):
        for told in ("yes", "no"):
            later = row.copy()
            later[0, place] = told
            after = verdicts(later)[0]
            if before in ("cluster", "no cluster"):
                assert after == before
            if before == "concentration only":
                assert after == before
            if before == "possible cluster":
                assert after in ("cluster", "possible cluster", "concentration only")


@given(factor=st.sampled_from([1.0, 7.0]), turned=st.booleans())
@settings(max_examples=8, deadline=None)
def test_evidence_does_not_depend_on_the_unit_of_jobs_or_the_order(factor, turned):
    step = -1 if turned else 1
    sizes = Sizes(factor * JOBS.iloc[::step], PLANTS.iloc[::step], factor**2 * 100 * PLANTS.iloc[::step])
    keys = ["territory", "criterion"]
    base = clusters(SIZES, FOOD, ALL).evidence.set_index(keys)["passed"]
    found = clusters(sizes, FOOD, ALL).evidence.set_index(keys)["passed"]
    assert found.reindex(base.index).equals(base)


def test_links_are_those_of_dealing_ends_anew():
    """The closed form beside 4000 deals of the ends of all links within the territory."""
    rng = np.random.default_rng(4)
    names = np.array([f"a{i}" for i in range(30)])
    links = pd.DataFrame({"source": rng.choice(names, 60), "target": rng.choice(names, 60)})
    links.loc[:12, "target"] = rng.choice(names[:8], 13)
    links.loc[:12, "source"] = rng.choice(names[:8], 13)
    members = pd.DataFrame({"actor": names[:8], "group": "g"})
    actors = pd.Series("T", index=names)
    row = linked_actors(links, actors, members, ["g"]).loc[("T", "g")]
    own = set(names[:8])
    first = links["source"].isin(own).to_numpy()
    second = links["target"].isin(own).to_numpy()
    deals = np.array([(first & rng.permutation(second)).sum() for _ in range(4000)])
    assert row["inside"] == (first & second).sum()
    assert row["expected"] == pytest.approx(deals.mean(), rel=0.03)
    assert row["p"] == pytest.approx((deals >= row["inside"]).mean(), abs=0.02)


def test_links_that_leave_count_outside():
    links = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "x", "y"]})
    actors = pd.Series({"a": "T", "b": "T", "x": "T", "y": "U"})
    row = linked_actors(links, actors, pd.DataFrame({"actor": ["a", "b"], "group": "g"}), ["g"]).loc[
        ("T", "g")
    ]
    assert row[["actors", "inside", "outside"]].tolist() == [2, 1, 2]


def test_fields_match_only_nace():
    fields = pd.Series({"lab": "072"})
    assert len(matching_groups(fields, pd.DataFrame({"sector": ["10.3"], "group": "food"}))) == 1
    assert matching_groups(fields, pd.DataFrame({"sector": ["ZZ9"], "group": "food"})).empty


def test_rules_move_verdicts():
    strict = clusters(SIZES, FOOD, ALL, rules=ClusterRules(least_establishments=51))
    assert strict.cells["verdict"].iloc[0] == "no cluster"
    assert lines(strict, "A").loc["mass", "margin"] == -1


def test_what_fails_in_spite_of_its_margin_says_why():
    """A small p of the contrary, and a quotient above the threshold whose q is too high, fail with a reason."""
    found = clusters(SIZES, FOOD, replace(ALL, gathering=ALL.gathering.assign(agrees=False)))
    row = lines(found, "A").loc["gathering"]
    assert (row["passed"], row["reason"], row["cure"]) == ("no", "differs from chance the other way", "")
    row = lines(found, "A").loc["specialisation"]
    assert row["q_most"] == pytest.approx(0.05)
    assert row["q"] == pytest.approx(found.cells.set_index("territory").loc["A", "q"])
    told = line([2.0, 2.0], 1.0, why="", also=[True, False])
    assert told["reason"].tolist() == ["", "chance not ruled out"]
    assert told["passed"].tolist() == ["yes", "no"]


def test_cut_offs_say_whose_they_are():
    assert set(clusters(SIZES, FOOD, ALL).evidence["origin"]) == {"project's own"}
    mine = clusters(SIZES, FOOD, ALL, rules=ClusterRules(least_establishments=51))
    own = mine.evidence[mine.evidence["origin"] == "own choice"]
    assert set(own["criterion"]) == {"mass"}
    assert set(mine.cells["origin"]) == {"own choice"}
