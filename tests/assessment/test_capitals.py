"""Capitals: normalisations as scipy's, scores by hand, invariants, what is unknown, what is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from shapely import box

from geoterritorio.assessment import CapitalRules, capitals, normalised
from geoterritorio.assessment._ranking import column_quantiles, row_ranks
from geoterritorio.assessment.tools import capitals as capitals_tool
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_capital_indicators

FIGURES = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=12)
QUICK = CapitalRules(draws=0)


def table(**columns):
    number = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"T{k}" for k in range(number)], dtype=float)


def assignment(**capital):
    return pd.DataFrame({"indicator": list(capital), "capital": list(capital.values())})


def of(scores, capital, column="score"):
    return scores[scores["capital"] == capital].set_index("territory")[column]


class TestNormalised:
    @given(FIGURES)
    def test_percentiles_are_scipys(self, figures):
        found = normalised(table(a=figures))["a"]
        told = [stats.percentileofscore(figures, v, kind="mean") / 100 for v in figures]
        np.testing.assert_allclose(found, told if len(set(figures)) > 1 else np.nan)

    @given(FIGURES)
    def test_deviations_are_scipys(self, figures):
        found = normalised(table(a=figures), method="zscore")["a"]
        told = stats.zscore(figures) if len(set(figures)) > 1 else np.nan
        np.testing.assert_allclose(found, told, atol=1e-12)

    def test_parts_of_the_range_and_distances_by_hand(self):
        figures = table(a=[10, 20, 50])
        assert normalised(figures, method="minmax")["a"].tolist() == [0, 0.25, 1]
        goal = pd.Series({"a": 20.0})
        assert normalised(figures, method="reference", goal=goal)["a"].tolist() == [-0.5, 0, 1.5]

    @pytest.mark.parametrize("method", ["percentile", "zscore", "minmax", "reference"])
    def test_less_is_better_is_more_of_the_opposite(self, method):
        figures, goal = table(a=[3, 1, 7, 7]), pd.Series({"a": 4.0})
        turned = normalised(figures, method=method, goal=goal, lower_is_better=pd.Series({"a": True}))
        mirrored = normalised(-figures, method=method, goal=-goal)
        pd.testing.assert_frame_equal(turned, mirrored)

    @given(FIGURES)
    def test_ranks_take_any_scale_that_keeps_the_order(self, figures):
        found = normalised(table(a=figures))
        pd.testing.assert_frame_equal(found, normalised(table(a=np.exp(np.array(figures) / 10))))

    @given(FIGURES, st.floats(0.5, 100), st.floats(-100, 100))
    def test_units_do_not_matter(self, figures, times, plus):
        for method in ("zscore", "minmax"):
            found, other = (
                normalised(table(a=f), method=method) for f in (figures, np.array(figures) * times + plus)
            )
            pd.testing.assert_frame_equal(found, other, atol=1e-6)

    def test_what_is_missing_is_missing_and_moves_nobody(self):
        found = normalised(table(a=[1, np.nan, 3]))["a"]
        assert found.tolist()[::2] == normalised(table(a=[1, 3]))["a"].tolist()
        assert np.isnan(found["T1"])

    def test_an_unknown_way_is_refused(self):
        with pytest.raises(LayerError, match="none of percentile, zscore, minmax, reference"):
            normalised(table(a=[1, 2]), method="borda")


class TestScores:
    def test_scores_by_hand(self):
        values = table(a=[1, 2, 3, 4], b=[4, 3, 2, 1], c=[1, 4, 2, 3])
        given_ = assignment(a="human", b="human", c="economic").assign(
            direction=["higher", "lower", None], weight=[3.0, 1.0, None]
        )
        found = capitals(values, given_, rules=QUICK).scores
        assert of(found, "human").tolist() == [0.125, 0.375, 0.625, 0.875]
        assert of(found, "economic").tolist() == [0.125, 0.875, 0.375, 0.625]
        assert of(found, "economic", "rank").tolist() == [4, 1, 3, 2]

    def test_spread_tells_what_the_mean_hides(self):
        found = capitals(
            table(a=[1, 2, 3], b=[3, 2, 1]), assignment(a="human", b="human"), rules=QUICK
        ).scores
        assert of(found, "human").tolist() == pytest.approx([0.5] * 3)
        assert of(found, "human", "spread").tolist() == pytest.approx([1 / 3, 0, 1 / 3])
        assert of(found, "human", "least").tolist() == pytest.approx([1 / 6, 0.5, 1 / 6])
        assert of(found, "human", "rank").tolist() == [1, 1, 1]

    def test_weights_are_in_the_table_and_add_up_to_one(self):
        given_ = assignment(a="human", b="human", c="social").assign(weight=[1, 3, 5])
        found = capitals(table(a=[1, 2], b=[1, 2], c=[1, 2]), given_, rules=QUICK).normalised
        assert found["weight_share"].tolist() == [0.25, 0.75, 1.0] * 2

    def test_too_little_known_is_unknown_and_says_what_is_missing(self):
        values = table(a=[1, 2, 3], b=[np.nan, 1, 2], c=[np.nan, 5, 6])
        given_ = assignment(a="human", b="human", c="human", gone="natural")
        found = capitals(values, given_, rules=QUICK).scores
        first = found[(found["territory"] == "T0") & (found["capital"] == "human")].iloc[0]
        assert np.isnan(first["score"])
        assert first["missing"] == "b; c"
        assert first["reason"] == "too little known"
        assert first["cure"]
        assert first["known_share"] == pytest.approx(1 / 3)
        natural = found[found["capital"] == "natural"]
        assert natural["score"].isna().all()
        assert set(natural["missing"]) == {"gone"}
        assert set(found[found["capital"] == "social"]["reason"]) == {"no indicators assigned"}
        lenient = capitals(values, given_, rules=CapitalRules(draws=0, least_known=0.3)).scores
        assert of(lenient, "human")["T0"] == pytest.approx(1 / 6)

    def test_there_is_no_total(self):
        found = capitals(table(a=[1, 2]), assignment(a="human"), rules=QUICK)
        assert set(found.scores["capital"]) == {"human", "social", "natural", "economic"}
        assert "total" not in found.scores.columns

    @settings(max_examples=30, deadline=None)
    @given(st.permutations(range(6)), st.integers(0, 99))
    def test_names_and_order_do_not_matter(self, order, seed):
        values = pd.DataFrame(
            np.random.default_rng(seed).normal(size=(6, 3)), index=list("ABCDEF"), columns=list("xyz")
        )
        given_ = assignment(x="human", y="human", z="social")
        found = capitals(values, given_, rules=QUICK).scores
        other = capitals(values.iloc[list(order)], given_.iloc[::-1], rules=QUICK).scores
        keys, figures = ["territory", "capital"], ["score", "rank", "spread"]
        pd.testing.assert_frame_equal(
            *(f.sort_values(keys)[keys + figures].reset_index(drop=True) for f in (found, other))
        )


class TestIntervals:
    def test_figures_that_overlap_widen_scores_and_ranks(self):
        values = table(a=[1, 2, 3])
        given_ = assignment(a="human")
        wide, narrow = (
            capitals(values, given_, low=values - by, high=values + by).scores for by in (3, 0.01)
        )
        assert (of(narrow, "human", "score_low") == of(narrow, "human")).all()
        assert (of(wide, "human", "score_low") < of(wide, "human"))[1:].all()
        assert of(wide, "human", "rank_high")["T2"] > 1
        assert of(narrow, "human", "rank_high")["T2"] == 1

    def test_drawn_distances_follow_the_normal_curve(self):
        """Distance from a goal is linear in the figure: its interval is that of the figure."""
        values = table(a=[100.0])
        given_ = assignment(a="human").assign(goal=100.0)
        rules = CapitalRules(normalise="reference", draws=20_000)
        found = capitals(values, given_, low=values - 10, high=values + 20, rules=rules).scores
        ends = found.loc[found["capital"] == "human", ["score_low", "score_high"]].iloc[0]
        assert ends.tolist() == pytest.approx([-0.1, 0.2], abs=0.005)

    def test_without_intervals_there_are_none(self):
        found = capitals(table(a=[1, 2]), assignment(a="human")).scores
        assert found[["score_low", "score_high", "rank_low", "rank_high"]].isna().all(axis=None)


class TestSensitivity:
    def test_leaving_out_is_leaving_out(self):
        rng = np.random.default_rng(3)
        values = pd.DataFrame(rng.normal(size=(7, 3)), index=list("ABCDEFG"), columns=list("xyz"))
        given_ = assignment(x="human", y="human", z="human")
        found = capitals(values, given_, rules=QUICK).sensitivity
        for name in "xyz":
            told = found[found["what"] == name].set_index("territory")
            other = capitals(
                values.drop(columns=name), given_[given_["indicator"] != name], rules=QUICK
            ).scores
            np.testing.assert_allclose(told["score"], of(other, "human"))
            np.testing.assert_allclose(told["rank"], of(other, "human", "rank"))

    def test_other_normalisations_are_those(self):
        values, given_ = table(a=[1, 2, 9], b=[3, 1, 2]), assignment(a="human", b="human")
        found = capitals(values, given_, rules=QUICK).sensitivity
        told = found[found["what"] == "zscore"]["score"]
        other = capitals(values, given_, rules=CapitalRules(normalise="zscore", draws=0)).scores
        np.testing.assert_allclose(told, of(other, "human"))
        assert "reference" not in set(found["what"])

    def test_random_weights_of_two_indicators(self):
        """T0 leads by a and T1 by b, by as much: each is first where its indicator weighs more than a half."""
        found = capitals(
            table(a=[2, 1], b=[1, 2]), assignment(a="human", b="human"), rules=CapitalRules(draws=499)
        ).sensitivity
        random = found[found["changed"] == "weights at random"]
        assert random["rank_low"].tolist() == [1, 1]
        assert random["rank_high"].tolist() == [2, 2]

    def test_a_leader_in_all_leads_whatever_weighs(self):
        values = table(a=[9, 1, 2], b=[9, 2, 1])
        found = capitals(values, assignment(a="human", b="human")).sensitivity
        assert (found[found["territory"] == "T0"]["rank"] == 1).all()


class TestRefusals:
    def test_indicators_without_capital_are_left_out_and_named(self):
        with pytest.warns(GeoterritorioWarning, match="1 indicators have no capital and are left out: “b”"):
            found = capitals(table(a=[1, 2], b=[1, 2]), assignment(a="human"), rules=QUICK)
        assert set(found.normalised["indicator"]) == {"a"}

    def test_the_same_everywhere_counts_as_unknown(self):
        with pytest.warns(GeoterritorioWarning, match="same in all territories"):
            found = capitals(table(a=[5, 5]), assignment(a="human"), rules=QUICK)
        assert of(found.scores, "human").isna().all()
        assert set(found.normalised["reason"]) == {"same everywhere"}

    @pytest.mark.parametrize(
        ("given_", "text"),
        [
            (assignment(a="magic"), "no capital of that name"),
            (assignment(z="human"), "none of its 1 indicators"),
            (pd.concat([assignment(a="human"), assignment(a="social")]), "several times: “a”"),
            (assignment(a="human").assign(direction="up"), "Write higher or lower"),
            (assignment(a="human").assign(weight=0), "weigh 0"),
            (assignment(a="human").assign(weight=-1), "below 0"),
            (assignment(a="human").assign(least=0, most=1), "beyond the bounds"),
            (pd.DataFrame({"indicator": ["a"]}), "no column “capital”"),
        ],
    )
    def test_assignments(self, given_, text):
        with pytest.raises(LayerError, match=text):
            capitals(table(a=[1, 2]), given_)

    @pytest.mark.parametrize(
        ("values", "text"),
        [
            (table(a=[1]), "none to compare with"),
            (table(a=[1, np.inf]), "infinite"),
            (pd.DataFrame({"a": ["1,5", "2"]}, index=list("AB")), "texts"),
            (pd.DataFrame({"a": [1.0, 2]}, index=list("AA")), "more than once"),
        ],
    )
    def test_figures(self, values, text):
        with pytest.raises(LayerError, match=text):
            capitals(values, assignment(a="human"))

    def test_intervals_that_hold_no_figure(self):
        values = table(a=[1, 2])
        with pytest.raises(LayerError, match="outside their own interval"):
            capitals(values, assignment(a="human"), low=values + 1, high=values + 2)

    def test_distances_need_goals(self):
        with pytest.raises(LayerError, match="needs the figure of the whole or a target"):
            capitals(table(a=[1, 2]), assignment(a="human"), rules=CapitalRules(normalise="reference"))


def areas(names="AB"):
    squares = [box(k, 0, k + 1, 1) for k in range(len(names))]
    return gpd.GeoDataFrame({"territory": list(names)}, geometry=squares, crs=25830)


def rows(**columns):
    return pd.DataFrame({"territory": ["A", "B"], "indicator": "a", "value": [1.0, 2.0], **columns})


class TestTool:
    def test_tables_are_put_together_and_become_figures(self):
        more = rows().assign(indicator="b", low=[0.5, 1.5], high=[1.5, 2.5], period="2021")
        found = capitals_tool(areas("ABC"), rows(), assignment(a="human", b="social"), more=more, rules=QUICK)
        assert found.areas["human"].tolist()[:2] == [0.25, 0.75]
        assert found.areas["known_capitals"].tolist() == [2, 2, 0]
        assert len(found.figures) == 12
        assert found.figures["value"].notna().sum() == 4

    def test_the_latest_period_of_each_indicator_counts(self):
        table_ = pd.concat([rows(period="2011"), rows(period="2021", value=[2.0, 1.0])])
        with pytest.warns(GeoterritorioWarning, match="2 figures of earlier periods"):
            found = capitals_tool(areas(), table_, assignment(a="human"), rules=QUICK)
        assert found.areas["human"].tolist() == [0.75, 0.25]
        assert set(found.normalised["period"]) == {"2021"}
        older = capitals_tool(areas(), table_, assignment(a="human"), period="2011", rules=QUICK)
        assert older.areas["human"].tolist() == [0.25, 0.75]

    def test_figures_given_twice(self):
        with pytest.raises(LayerError, match=r"given more than once: “A \(a\)”"):
            capitals_tool(areas(), rows(), assignment(a="human"), more=rows())

    def test_unknown_territories(self):
        with pytest.raises(LayerError, match="1 territories are not in the layer of territories: “B”"):
            capitals_tool(areas("A"), rows(), assignment(a="human"))

    def test_unknown_periods(self):
        with pytest.raises(LayerError, match="choose one of the periods"):
            capitals_tool(areas(), rows(period="2011"), assignment(a="human"), period="1999")

    def test_capitals_are_understood_in_words(self):
        table_ = as_capital_indicators(
            pd.DataFrame({"indicator": ["a", "b"], "capital": ["Capital humano", "social"]})
        )
        assert table_["capital"].tolist() == ["human", "social"]


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 30)),
        elements=st.integers(-3, 3).map(lambda k: k / 2),
    )
)
def test_ranks_and_quantiles_of_many_rows_are_those_of_scipy_and_numpy(rows):
    for average, method in ((True, "average"), (False, "min")):
        assert np.array_equal(row_ranks(rows, average=average), stats.rankdata(rows, method=method, axis=1))
    shares = (0.025, 0.5, 0.975)
    np.testing.assert_allclose(column_quantiles(rows, shares), np.quantile(rows, shares, axis=0), atol=1e-12)
    drawn = np.quantile(rows, shares, axis=0, method="inverted_cdf")
    assert np.array_equal(column_quantiles(rows, shares, between=False), drawn)


def test_many_rows_are_ranked_as_few():
    rows = np.random.default_rng(1).normal(size=(300, 4000)).round(2)
    assert np.array_equal(row_ranks(rows, average=True), stats.rankdata(rows, axis=1))
    drawn = np.quantile(rows, (0.1, 0.9), axis=0)
    np.testing.assert_allclose(column_quantiles(rows, (0.1, 0.9)), drawn, atol=1e-12)


def test_nothing_is_ranked_where_there_is_nothing():
    assert row_ranks(np.empty((1, 0)), average=True).shape == (1, 0)
