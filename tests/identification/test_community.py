"""Community of people: shares by hand and as scipy's, identities, baselines, what is unknown, what is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from shapely import Point, box

from geoterritorio.concentration import hoover, shift_share
from geoterritorio.delimitation.containment import self_containment
from geoterritorio.errors import FlowError, GeoterritorioWarning, LayerError
from geoterritorio.identification import containment_intervals, division_of_labour, home_job_overlap
from geoterritorio.identification.tools import CommunityRules, community_of_people

FLOWS = pd.DataFrame({"origin": list("aabb"), "destination": list("abba"), "flow": [80.0, 20, 50, 10]})
NUMBERS = st.lists(st.integers(0, 40), min_size=4, max_size=4)


class TestContainment:
    def test_shares_are_those_of_self_containment(self):
        found, known = containment_intervals(FLOWS), self_containment(FLOWS)
        pd.testing.assert_frame_equal(found[known.columns], known, check_index_type=False)

    def test_intervals_are_wilsons_as_scipy_has_them(self):
        found = containment_intervals(FLOWS, level=0.9).loc["a"]
        told = stats.binomtest(80, 100).proportion_ci(0.9, method="wilson")
        assert found[["supply_low", "supply_high"]].tolist() == pytest.approx([told.low, told.high])
        told = stats.binomtest(80, 90).proportion_ci(0.9, method="wilson")
        assert found[["demand_low", "demand_high"]].tolist() == pytest.approx([told.low, told.high])

    def test_commuters_who_choose_without_regard_to_home_give_chance(self):
        """Flows in proportion to both margins: what is found is what chance gives."""
        living, working = np.array([60.0, 30, 10]), np.array([20.0, 50, 30])
        flow = np.outer(living, working) / 100
        names = pd.MultiIndex.from_product([list("abc"), list("abc")], names=["origin", "destination"])
        flows = pd.DataFrame({"flow": flow.ravel()}, index=names).reset_index()
        found = containment_intervals(flows)
        np.testing.assert_allclose(found["supply"], found["supply_chance"])
        np.testing.assert_allclose(found["demand"], found["demand_chance"])

    def test_totals_beyond_the_flows_lower_the_shares(self):
        totals = pd.DataFrame({"residents": [200.0, 60], "workers": [90.0, 70]}, index=["a", "b"])
        found = containment_intervals(FLOWS, totals=totals)
        assert found.loc["a", "supply"] == pytest.approx(0.4)


class TestOverlap:
    PLACES = pd.Series(["A", "A", "A", "A"], index=list("wxyz"))

    def overlap(self, homes, jobs, **options):
        return home_job_overlap(
            pd.Series(homes, index=list("wxyz"), dtype=float),
            pd.Series(jobs, index=list("wxyz"), dtype=float),
            self.PLACES,
            **options,
        ).loc["A"]

    @given(NUMBERS, NUMBERS)
    def test_dissimilarity_is_hoovers_index_of_jobs_beside_people(self, homes, jobs):
        found = self.overlap(homes, jobs, draws=0)
        if not sum(homes) or not sum(jobs):
            assert found["reason"] == "nobody lives or works there"
            return
        counts = pd.DataFrame({"jobs": jobs}, index=list("wxyz"), dtype=float)
        told = hoover(counts, reference=pd.Series(homes, index=list("wxyz"), dtype=float))
        assert found["dissimilarity"] == pytest.approx(told["jobs"], abs=1e-12)

    @given(NUMBERS, st.integers(1, 50))
    def test_the_same_places_overlap_wholly_whatever_the_numbers(self, homes, times):
        if sum(homes):
            assert self.overlap(homes, [times * h for h in homes], draws=0)["overlap"] == pytest.approx(1)

    def test_apart_is_nothing_in_common(self):
        assert self.overlap([5, 5, 0, 0], [0, 0, 3, 9], draws=0)["overlap"] == 0

    @settings(max_examples=20, deadline=None)
    @given(NUMBERS.filter(any), NUMBERS.filter(any))
    def test_both_sides_are_alike(self, homes, jobs):
        one, other = self.overlap(homes, jobs, draws=0), self.overlap(jobs, homes, draws=0)
        assert one["overlap"] == pytest.approx(other["overlap"])

    def test_dealt_is_the_mean_over_all_orders(self):
        """Three places with all jobs in one: in a third of the orders they are with each share of the people."""
        places = pd.Series("A", index=list("abc"))
        homes = pd.Series([0.5, 0.3, 0.2], index=list("abc")) * 100
        found = home_job_overlap(homes, pd.Series([9.0, 0, 0], index=list("abc")), places, draws=20_000)
        assert found.loc["A", "dealt"] == pytest.approx(1 / 3, abs=0.005)
        assert found.loc["A", "p_together"] == pytest.approx(1 / 3, abs=0.02)

    def test_small_numbers_overlap_less_by_chance_alone(self):
        small, large = (self.overlap([n] * 4, [n] * 4)["even"] for n in (3, 3000))
        assert small < 0.85
        assert large > 0.98

    def test_p_holds_its_level_where_jobs_follow_people(self):
        rng = np.random.default_rng(5)
        names = [f"{t}{k}" for t in range(200) for k in range(4)]
        places = pd.Series([n[:-1] for n in names], index=names)
        shares = [0.4, 0.3, 0.2, 0.1]
        homes, jobs = (
            pd.Series(np.concatenate([rng.multinomial(200, shares) for _ in range(200)]), index=names)
            for _ in range(2)
        )
        found = home_job_overlap(homes, jobs, places, draws=199)
        assert 0.01 < (found["p_apart"] <= 0.05).mean() < 0.1
        assert (found["q_apart"] <= 0.05).mean() < 0.02

    def test_what_is_withheld_is_unknown(self):
        found = self.overlap([1, 2, 3, np.nan], [1, 2, 3, 4])
        assert found["reason"] == "withheld cells"
        assert np.isnan(found["overlap"])

    def test_one_place_says_nothing(self):
        one = pd.Series([5.0], index=["a"])
        found = home_job_overlap(one, one, pd.Series(["A"], index=["a"])).loc["A"]
        assert found["reason"] == "one place only"

    def test_refusals(self):
        one = pd.Series([5.0], index=["a"])
        with pytest.raises(LayerError, match="none of “z” is among the places"):
            home_job_overlap(one, one, pd.Series(["A"], index=["z"]))
        with pytest.raises(LayerError, match="more than once: “a”"):
            home_job_overlap(one, one, pd.Series(["A", "B"], index=["a", "a"]))
        with pytest.raises(LayerError, match="below 0"):
            home_job_overlap(-one, one, pd.Series(["A"], index=["a"]))


BEFORE = pd.DataFrame({"13": [60.0, 20.0], "62": [40.0, 80.0]}, index=["A", "B"])
AFTER = pd.DataFrame({"13": [50.0, 20.0], "62": [50.0, 80.0]}, index=["A", "B"])


class TestDivision:
    def test_by_hand(self):
        found = division_of_labour(AFTER, BEFORE, draws=0).territories.loc["A"]
        assert found["equivalent_sectors"] == pytest.approx(2)
        assert found["specialisation"] == pytest.approx(0.15)
        assert found["moved"] == pytest.approx(0.1)
        assert found["main_sectors"] == "13; 62"

    @given(st.integers(1, 9))
    def test_so_many_sectors_of_one_size_are_so_many(self, number):
        even = pd.DataFrame([[7.0] * number], index=["A"], columns=[f"s{k}" for k in range(number)])
        found = division_of_labour(even).territories.loc["A"]
        assert found["equivalent_sectors"] == pytest.approx(number)
        assert found["main_share"] == pytest.approx(min(3 / number, 1))

    def test_beyond_is_the_regional_part_of_shift_share_and_adds_up_to_nothing(self):
        found = division_of_labour(AFTER, BEFORE, draws=0).sectors
        told = shift_share(BEFORE, AFTER).cells["regional"]
        np.testing.assert_allclose(found["beyond"], told)
        assert found.groupby("sector")["beyond"].sum().tolist() == pytest.approx([0, 0])

    def test_no_sector_that_nobody_has(self):
        more = AFTER.assign(**{"99": [0.0, 5.0]})
        rows = division_of_labour(more, BEFORE, draws=0).sectors
        assert "99" not in set(rows[rows["territory"] == "A"]["sector"])

    def test_chance_alone_moves_little_more_than_it_says(self):
        rng = np.random.default_rng(4)
        shares = np.array([0.5, 0.3, 0.2])
        names = [f"T{k}" for k in range(200)]
        before, after = (
            pd.DataFrame(rng.multinomial(50, shares, size=200), index=names, columns=list("abc")).astype(
                float
            )
            for _ in range(2)
        )
        found = division_of_labour(after, before, units=(before, after), draws=199).territories
        assert 0.01 < (found["p_moved"] <= 0.05).mean() < 0.1

    def test_jobs_of_few_establishments_move_more_by_chance(self):
        few = BEFORE / 10
        jobs, plants = (
            division_of_labour(AFTER, BEFORE, units=u).territories["moved_chance"] for u in (None, (few, few))
        )
        assert (plants > 2 * jobs).all()

    def test_what_is_withheld_is_unknown_and_not_none(self):
        hidden = AFTER.copy()
        hidden.loc["A", "13"] = np.nan
        with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
            found = division_of_labour(hidden, BEFORE).territories
        assert found["reason"].tolist() == ["withheld cells", ""]
        assert found.loc["A", ["equivalent_sectors", "moved", "specialisation"]].isna().all()
        assert found.loc["B", "moved"] == 0

    def test_one_period_has_no_change_and_says_so(self):
        found = division_of_labour(AFTER).territories
        assert set(found["change_reason"]) == {"one period only"}
        assert found["moved"].isna().all()

    def test_refusals(self):
        with pytest.raises(LayerError, match="several times"):
            division_of_labour(pd.concat([AFTER, AFTER]))
        with pytest.raises(LayerError, match="infinite"):
            division_of_labour(AFTER * np.inf)


def squares(names, size, **columns):
    shapes = [box(k * size, 0, (k + 1) * size, size) for k in range(len(names))]
    return gpd.GeoDataFrame({"territory": list(names), **columns}, geometry=shapes, crs=25830)


TERRITORIES = squares("AB", 2000, name=["Alfa", "Beta"])
PLACES = squares("abcd", 1000)
COMMUTERS = pd.DataFrame(
    {"origin": list("aabbccdd"), "destination": list("abbaccdX"), "flow": [50.0, 10, 30, 10, 40, 5, 20, 15]}
).drop(index=5)
COUNTS = pd.DataFrame(
    [("A", "10.1", p, n) for p, n in (("2005", 30.0), ("2025", 60.0))]
    + [("A", "62.0", p, n) for p, n in (("2005", 70.0), ("2025", 40.0))]
    + [("B", "10.1", "2025", 9.0)],
    columns=["territory", "sector", "period", "employment"],
)
QUICK = CommunityRules(draws=49, outside="X")


def reason(found, territory, part):
    rows = found.unknown.set_index(["territory", "part"])["reason"]
    return rows.get((territory, part), "")


class TestTool:
    def test_everything_by_hand(self):
        people = gpd.GeoDataFrame(
            {"population": [200.0, 100.0]}, geometry=[Point(500, 500), Point(2500, 500)], crs=25830
        )
        found = community_of_people(
            TERRITORIES, PLACES, COMMUTERS, population=people, counts=COUNTS, rules=QUICK
        )
        first, second = found.areas.set_index("territory").loc[["A", "B"]].to_dict("records")
        assert (first["inhabitants"], first["residents"], first["internal"]) == (200, 100, 100)
        assert (second["residents"], second["workers"], second["internal"]) == (75, 60, 60)
        assert second["supply"] == pytest.approx(0.8)
        assert first["overlap"] == pytest.approx(1)
        assert second["overlap"] == pytest.approx(40 / 75 + 20 / 60)
        assert first["moved"] == pytest.approx(0.3)
        assert first["main_sectors"] == "10.1; 62.0"
        assert reason(found, "B", "change of the division of labour") == "one period only"
        assert found.homes_and_jobs["share_of_homes"].tolist() == pytest.approx([0.6, 0.4, 40 / 75, 35 / 75])
        figures = found.figures.set_index(["territory", "indicator"])
        assert figures.loc[("B", "Employed residents who work in it (share)"), "value"] == pytest.approx(0.8)
        assert figures.loc[("A", "Work in other sectors than before (share)"), "period"] == "2005-2025"

    def test_boundaries_alone_tell_what_is_unknown_and_what_would_decide_it(self):
        found = community_of_people(TERRITORIES)
        assert len(found.unknown) == 10
        assert found.unknown["cure"].ne("").all()
        assert found.figures["value"].isna().all()
        assert (found.areas["unknown_parts"] == 5).all()
        assert len(found.homes_and_jobs) == len(found.division) == 0

    def test_counts_of_places_are_added_up_and_one_withheld_makes_the_sum_unknown(self):
        counts = pd.DataFrame(
            {
                "territory": list("abc"),
                "sector": "10.1",
                "employment": [4.0, 6.0, np.nan],
                "status": ["known", "known", "withheld"],
            }
        )
        found = community_of_people(TERRITORIES, PLACES, counts=counts, rules=QUICK)
        assert found.division["after"].tolist()[0] == 10
        assert reason(found, "B", "division of labour") == "withheld cells"

    def test_inhabitants_stand_for_employed_residents_where_these_are_unknown(self):
        people = pd.DataFrame(
            {"place": list("abcd"), "territory": list("AABB"), "population": [3.0, 1, 2, 2]}
        )
        counts = pd.DataFrame({"territory": list("abcd"), "sector": "10", "employment": [1.0, 3, 5, 5]})
        found = community_of_people(TERRITORIES, PLACES, population=people, counts=counts, rules=QUICK)
        assert set(found.areas["overlap_of"]) == {"inhabitants"}
        assert found.areas["overlap"].tolist() == pytest.approx([0.5, 1])

    def test_totals_without_flows_tell_residents_jobs_and_overlap(self):
        totals = pd.DataFrame(
            {"territory": list("abcd"), "residents": [6.0, 4, 5, 5], "workers": [6.0, 4, 9, 1]}
        )
        found = community_of_people(TERRITORIES, PLACES, totals=totals, rules=QUICK)
        assert found.areas["jobs_per_resident"].tolist() == [1, 1]
        assert found.areas["overlap"].tolist() == pytest.approx([1, 0.6])
        assert reason(found, "A", "self-containment") == "no commuting given"

    def test_territories_may_be_their_own_places(self):
        flows = (
            COMMUTERS.replace({"a": "A", "b": "A", "c": "B", "d": "B"})
            .groupby(["origin", "destination"], as_index=False)
            .sum()
        )
        found = community_of_people(TERRITORIES, flows=flows, rules=QUICK)
        assert found.areas["supply"].tolist() == pytest.approx([1, 0.8])
        assert reason(found, "A", "homes and jobs") == "no smaller places given"

    def test_related_variety_needs_a_classification(self):
        with_it = community_of_people(
            TERRITORIES, counts=COUNTS, rules=CommunityRules(classification="nace2", draws=0)
        )
        assert with_it.areas["related"].tolist() == [0, 0]
        assert "related" not in community_of_people(TERRITORIES, counts=COUNTS, rules=QUICK).areas.columns

    def test_places_elsewhere(self):
        far = PLACES.assign(geometry=PLACES.translate(9e5))
        with (
            pytest.warns(GeoterritorioWarning, match="4 of 4"),
            pytest.raises(LayerError, match="none of the 4"),
        ):
            community_of_people(TERRITORIES, far)

    def test_several_periods_of_flows_are_refused(self):
        flows = pd.concat([COMMUTERS.assign(period=p) for p in ("2011", "2021")])
        with pytest.raises(FlowError, match="period"):
            community_of_people(TERRITORIES, PLACES, flows, rules=QUICK)

    @pytest.mark.parametrize(
        ("layers", "text"),
        [
            ({"counts": COUNTS.assign(territory="Z")}, "none of “Z” is a territory or a place"),
            ({"counts": COUNTS, "rules": CommunityRules(start="1990")}, "no period “1990”"),
            ({"population": pd.DataFrame({"population": [1.0]})}, "neither points nor a territory column"),
            (
                {"population": pd.DataFrame({"population": [1.0], "territory": ["Z"]})},
                "1 territories are not",
            ),
            (
                {
                    "population": pd.DataFrame(
                        {"population": [1.0, 2], "territory": "A", "period": ["1", "2"]}
                    )
                },
                "2 periods",
            ),
        ],
    )
    def test_refusals(self, layers, text):
        with pytest.raises(LayerError, match=text):
            community_of_people(TERRITORIES, PLACES, **layers)

    def test_territories_and_their_places_in_one_table(self):
        counts = pd.concat([COUNTS, COUNTS.assign(territory="c")])
        with pytest.raises(LayerError, match="count twice"):
            community_of_people(TERRITORIES, PLACES, counts=counts)
