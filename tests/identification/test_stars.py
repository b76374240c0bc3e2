"""Stars and strong clusters: an example for each preset, by hand, cell by cell; and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.concentration import CellBounds
from geoterritorio.errors import LayerError
from geoterritorio.identification import StarRules, StrongRules, cluster_stars, strong_clusters
from geoterritorio.identification.stars import PRESETS, UNCONFIRMED

TEN = list("ABCDEFGHIJ")
JOBS = pd.DataFrame({"food": [3000.0, 1200, 900, 800, 700, 600, 500, 400, 300, 100]}, index=TEN)
TOTALS = pd.Series([30000.0, 3000, 9000, 8000, 7000, 6000, 5000, 4000, 3000, 1000], index=TEN)
# Sums 8500 and 76 000: the whole has 11.184 % of its jobs in food; A and C to J have 10 %, B has 40 %.
LQ_A, LQ_B = 0.1 / (8500 / 76000), 0.4 / (8500 / 76000)


def told(found, star):
    return found.stars.set_index("territory")[star].to_dict()


def test_eco_by_hand():
    """Top 10 % of ten territories is one; a quotient of 2 or more."""
    found = cluster_stars(JOBS, totals=TOTALS, rules=StarRules(preset="eco"))
    assert told(found, "star_size") == {**dict.fromkeys(TEN, "no"), "A": "yes"}
    assert told(found, "star_specialisation") == {**dict.fromkeys(TEN, "no"), "B": "yes"}
    assert told(found, "stars") == {**dict.fromkeys(TEN, 0), "A": 1, "B": 1}
    lines = found.evidence.set_index(["territory", "criterion"])
    assert lines.loc[("A", "size"), ["value", "threshold", "margin"]].tolist() == [3000, 3000, 0]
    assert lines.loc[("B", "size"), ["value", "threshold", "margin"]].tolist() == [1200, 3000, -1800]
    assert lines.loc[("A", "specialisation"), ["value", "margin"]].tolist() == pytest.approx([LQ_A, LQ_A - 2])
    assert lines.loc[("B", "specialisation"), ["value", "margin"]].tolist() == pytest.approx([LQ_B, LQ_B - 2])
    assert set(lines["origin"]) == {"confirmed"}
    assert set(found.stars["unconfirmed"]) == {""}


def test_eco_unconfirmed_by_hand():
    """With focus (B alone has more than 10 % of its jobs there) and the floor of 1000 jobs, under which C to J fall."""
    found = cluster_stars(JOBS, totals=TOTALS, rules=StarRules(preset="eco_unconfirmed"))
    assert told(found, "star_focus") == {**dict.fromkeys(TEN, "no"), "B": "yes"}
    assert told(found, "stars") == {**dict.fromkeys(TEN, 0), "A": 1, "B": 2}
    low = found.evidence[found.evidence["territory"].isin(TEN[2:])]
    assert set(low["reason"]) == {"below the floor"}
    assert set(found.stars["unconfirmed"]) == {"focus; least_jobs"}
    lines = found.evidence.set_index(["territory", "criterion"])
    assert lines.loc[("B", "focus"), ["value", "threshold"]].tolist() == pytest.approx([0.4, 0.4])
    assert lines.loc[("B", "focus"), "origin"] == "unconfirmed"


FIVE = ["P", "Q", "R", "S", "T"]
MORE = {
    "employment": pd.DataFrame({"food": [500.0, 400, 300, 200, 100]}, index=FIVE),
    "totals": pd.Series([5000.0, 2000, 6000, 1000, 2000], index=FIVE),
    "value_added": pd.DataFrame({"food": [25000.0, 24000, 30000, 8000, 5000]}, index=FIVE),
    "earlier": pd.DataFrame({"food": [400.0, 500, 300, 100, 100]}, index=FIVE),
}


def test_panorama_unconfirmed_by_hand():
    """
    Top 20 % of five territories is one.

    Size 500 400 300 200 100: P. Shares 10 20 5 20 5 %: Q and S share the first place, and both get the star. Value
    added a job 50 60 100 40 50: R. Growth 25 -20 0 100 0 %: S.
    """
    found = cluster_stars(**MORE, rules=StarRules(preset="panorama_unconfirmed"))
    assert told(found, "star_size") == {**dict.fromkeys(FIVE, "no"), "P": "yes"}
    assert told(found, "star_specialisation") == {**dict.fromkeys(FIVE, "no"), "Q": "yes", "S": "yes"}
    assert told(found, "star_productivity") == {**dict.fromkeys(FIVE, "no"), "R": "yes"}
    assert told(found, "star_growth") == {**dict.fromkeys(FIVE, "no"), "S": "yes"}
    assert told(found, "stars") == {"P": 1, "Q": 1, "R": 1, "S": 2, "T": 0}
    assert found.stars["productivity"].tolist() == [50, 60, 100, 40, 50]
    assert found.stars["growth"].tolist() == pytest.approx([0.25, -0.2, 0, 1, 0])
    names = {"size", "specialisation", "productivity", "growth"}
    assert set(found.stars["unconfirmed"].iloc[0].split("; ")) == names


def test_us_unconfirmed_by_hand():
    """A quarter of five territories is one; with the tie both; a floor of 300 jobs leaves Q."""
    given = {k: MORE[k] for k in ("employment", "totals")}
    found = strong_clusters(**given)
    assert told(found, "strong") == {**dict.fromkeys(FIVE, "no"), "Q": "yes", "S": "yes"}
    floored = strong_clusters(**given, rules=StrongRules(least_jobs=300))
    assert told(floored, "strong") == {**dict.fromkeys(FIVE, "no"), "Q": "yes"}
    assert set(found.stars["preset"]) == {"us_unconfirmed"}
    assert set(found.stars["unconfirmed"]) == {"specialisation"}


def test_presets_with_unconfirmed_cut_offs_say_so_in_their_name():
    for name, cuts in PRESETS.items():
        assert name.endswith("_unconfirmed") == any(c.origin == UNCONFIRMED for c in cuts.values())


def test_what_is_missing_is_unknown_and_says_what_would_tell():
    given = {k: MORE[k] for k in ("employment", "totals")}
    found = cluster_stars(**given, rules=StarRules(preset="panorama_unconfirmed"))
    lines = found.evidence.set_index(["criterion", "territory"])
    assert set(lines.loc["productivity", "passed"]) == {"unknown"}
    assert set(lines.loc["productivity", "cure"]) == {"value added by territory and sector"}
    assert set(lines.loc["growth", "cure"]) == {"counts of an earlier period"}
    assert found.stars["stars_possible"].tolist() == [3, 3, 2, 3, 2]


def test_equal_shares_tie_whatever_their_last_digit():
    """Each territory has 10 % of its jobs there: all tie for the first place."""
    jobs = pd.DataFrame({"x": [0.1 * n for n in (3, 7, 11, 13)]}, index=list("ABCD"))
    totals = pd.Series([3.0, 7, 11, 13], index=list("ABCD"))
    found = cluster_stars(jobs, totals=totals, rules=StarRules(preset="own", focus=0.25))
    assert set(found.stars["star_focus"]) == {"yes"}


def test_growth_counts_what_is_gone_and_leaves_out_what_never_was():
    """A has nothing left (-1), B grew from nothing (undefined), C never had any: a third of A, D and E is one."""
    names = list("ABCDE")
    now = pd.DataFrame({"x": [0.0, 50, 0, 110, 90]}, index=names)
    before = pd.DataFrame({"x": [80.0, 0, 0, 100, 100]}, index=names)
    rules = StarRules(preset="own", growth=1 / 3)
    found = cluster_stars(now, totals=pd.Series(500.0, index=names), earlier=before, rules=rules)
    lines = found.evidence.set_index("territory")
    assert found.stars["growth"].tolist() == pytest.approx([-1, np.nan, np.nan, 0.1, -0.1], nan_ok=True)
    assert told(found, "star_growth") == {"A": "no", "B": "unknown", "C": "no", "D": "yes", "E": "no"}
    assert lines.loc["A", "threshold"] == pytest.approx(0.1)
    assert lines.loc["B", ["reason", "cure"]].tolist() == [
        "no jobs in the earlier period",
        "an earlier period with jobs in the group",
    ]
    assert lines.loc[["A", "C"], "reason"].tolist() == ["no jobs in the group"] * 2


def test_few_territories_have_no_top_share():
    found = cluster_stars(MORE["employment"], totals=MORE["totals"], rules=StarRules(preset="own", size=0.1))
    assert set(found.evidence["reason"]) == {"too few territories"}
    assert set(found.stars["star_size"]) == {"unknown"}


def test_withheld_cells_count_between_their_limits():
    """B is hidden between 150 and 250: A has the most whatever it is, and whether B is second nobody knows."""
    jobs = pd.DataFrame({"x": [300.0, np.nan, 200, 50]}, index=list("ABCD"))
    bounds = CellBounds(jobs.fillna(150), jobs.fillna(250), jobs)
    totals = pd.Series(1000.0, index=list("ABCD"))
    found = cluster_stars(jobs, None, bounds, totals=totals, rules=StarRules(preset="own", size=0.5))
    assert told(found, "star_size") == {"A": "yes", "B": "unknown", "C": "unknown", "D": "no"}
    lines = found.evidence.set_index("territory")
    assert lines.loc["B", ["low", "high"]].tolist() == [150, 250]
    assert lines.loc["C", "cure"] == "figures of the withheld cells, or totals that bound them"


def test_nothing_asked_and_two_cut_offs_of_one_star_are_refused():
    with pytest.raises(LayerError, match="no star"):
        cluster_stars(JOBS, rules=StarRules(preset="own"))
    with pytest.raises(LayerError, match="not both"):
        cluster_stars(JOBS, rules=StarRules(quotient=1.5, specialisation=0.1))
    with pytest.raises(LayerError, match="value_added"):
        cluster_stars(JOBS, value_added=JOBS.head(3), rules=StarRules())


TABLES = st.integers(5, 12).flatmap(
    lambda n: st.lists(st.integers(0, 60), min_size=2 * n, max_size=2 * n).map(
        lambda v: pd.DataFrame(np.array(v, dtype=float).reshape(n, 2), index=[f"t{i}" for i in range(n)])
    )
)
OWN = StarRules(preset="own", size=0.3, quotient=1.2, focus=0.25)


@given(table=TABLES, hidden=st.lists(st.booleans(), min_size=24, max_size=24), slack=st.integers(0, 30))
@settings(max_examples=80, deadline=None)
def test_what_is_said_of_withheld_cells_is_true_of_whatever_they_hold(table, hidden, slack):
    totals = pd.Series(200.0, index=table.index)
    # Who has jobs at all decides how many are compared: a hidden cell is taken to have some.
    table = table.clip(lower=1)
    mask = np.array(hidden[: table.size]).reshape(table.shape)
    seen = table.mask(mask)
    bounds = CellBounds(
        table.sub(slack).clip(lower=0).where(mask, table), table.add(slack).where(mask, table), seen
    )
    rules = StarRules(preset="own", size=0.3, focus=0.25)
    truth = cluster_stars(table, totals=totals, rules=rules).stars
    found = cluster_stars(seen, None, bounds, totals=totals, rules=rules).stars
    for star in ("star_size", "star_focus"):
        sure = found[star] != "unknown"
        assert (found[star][sure] == truth[star][sure]).all()


@given(table=TABLES, factor=st.sampled_from([2.0, 10.0]))
@settings(max_examples=60, deadline=None)
def test_stars_do_not_depend_on_the_unit_or_the_order(table, factor):
    totals = pd.Series(200.0, index=table.index)
    stars = ["star_size", "star_specialisation", "star_focus"]
    found = cluster_stars(table, totals=totals, rules=OWN).stars.set_index(["territory", "group"])[stars]
    scaled = cluster_stars(factor * table, totals=factor * totals, rules=OWN).stars
    turned = cluster_stars(table[::-1], totals=totals, rules=OWN).stars
    assert found.equals(scaled.set_index(["territory", "group"])[stars])
    assert found.equals(turned.set_index(["territory", "group"])[stars].reindex(found.index))


@given(table=TABLES)
@settings(max_examples=60, deadline=None)
def test_a_top_share_gives_as_many_stars_as_it_says_and_more_only_by_ties(table):
    found = cluster_stars(table, totals=pd.Series(200.0, index=table.index), rules=OWN).stars
    for group, rows in found.groupby("group"):
        among = table[group][table[group] > 0]
        wanted = int(0.3 * len(among) + 1e-9)
        given_ = (rows["star_size"] == "yes").sum()
        if wanted:
            limit = among.sort_values().iloc[-wanted]
            assert given_ == (among >= limit).sum()
        else:
            assert given_ == 0
