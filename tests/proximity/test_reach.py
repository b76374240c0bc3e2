"""Reach of centres, worked out by hand and by identities."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.proximity import near_centres, reach_shares, small_and_medium
from geoterritorio.proximity._ways import StraightWays, road_ways, table_ways
from geoterritorio.proximity.network import road_network
from geoterritorio.proximity.reach import Members, Within
from geoterritorio.proximity.snapping import SnapRules, snap
from geoterritorio.proximity.tools import one_more_centre, reach
from geoterritorio.proximity.tools.reach import OneMoreRules, WithinRules

EAST, NORTH = 5e5, 4.5e6


def firms_at(*x, y=0.0, **columns):
    points = [Point(EAST + v, NORTH + y) for v in x]
    table = {"firm": [f"f{k}" for k in range(len(x))], "sector": "10", **columns}
    return gpd.GeoDataFrame(table, geometry=points, crs=25830)


def centres_at(**where):
    """Centres by name: place and kind."""
    points = [Point(EAST + x, NORTH) for x, _ in where.values()]
    kinds = [k for _, k in where.values()]
    return gpd.GeoDataFrame({"centre": list(where), "kind": kinds}, geometry=points, crs=25830)


@pytest.fixture
def street(lines):
    """Ten kilometres at 60 km/h: a minute each."""
    return lines([(0, 0), (10_000, 0)], speed=[60.0])


@pytest.fixture
def halves():
    """West and east of kilometre 5."""
    shapes = [box(EAST + w, NORTH - 9e3, EAST + w + 5001, NORTH + 9e3) for w in (-1, 5000)]
    return gpd.GeoDataFrame({"territory": ["west", "east"]}, geometry=shapes, crs=25830)


def row(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_shares_by_hand(street, halves):
    """Schools at 0 and 4 km, a lab at 9; budgets of 2, 4 and 8 minutes."""
    firms = firms_at(1000, 3000, 6000, 9500, employment=[10.0, 30.0, 400.0, 60.0])
    centres = centres_at(a=(0, "school"), b=(4000, "school"), c=(9000, "lab"))
    found = reach(centres, firms, street, territories=halves, rules=WithinRules(budgets="2; 4; 8"))
    # The third has 400 jobs and is large.
    shares = found.shares
    near = row(shares, centre_kind="school", up_to=2)
    assert (near["number"], near["within_reach"], near["beyond_reach"]) == (3, 2, 1)
    assert near["reached_share"] == pytest.approx(2 / 3)
    assert (near["jobs"], near["jobs_reached"]) == (100, 40)
    assert row(shares, centre_kind="lab", up_to=8)["jobs_share"] == pytest.approx(0.9 + 0.1)
    assert row(shares, centre_kind="lab", up_to=4)["jobs_share"] == pytest.approx(0.6)
    assert set(shares["by"]) == {"road"}
    assert set(shares["unit"]) == {"minutes"}
    assert set(shares["size_of"]) == {"plant"}
    times = row(found.times, centre_kind="school")
    # Ways of 1, 1 and 5.5 minutes; within 4 minutes the first two have both schools.
    assert times["median"] == pytest.approx(1)
    assert times["ninth"] == pytest.approx(5.5)
    assert times["several"] == pytest.approx(2 / 3)
    assert times["single"] == 0
    lab = row(found.times, centre_kind="lab")
    assert lab["single"] == pytest.approx(1 / 3)
    assert lab["main_centre"] == "c"
    assert lab["main_share"] == pytest.approx(1 / 3)
    assert row(found.by_centre, centre="c")["only"] == 1
    assert row(found.by_centre, centre="b")["nearest_to"] == 2
    west = row(found.areas, territory="west", centre_kind="school")
    assert (west["number"], west["reached_share"]) == (2, 1)
    # Of two establishments no middle is told: from that of the west, 1500.5 m from the school, it takes 1.5005 minutes.
    line = row(found.lines, territory="west", centre_kind="school")
    assert (line["centre"], round(line["cost"], 9)) == ("b", 1.5005)
    assert len(found.places) == 0


@pytest.mark.parametrize(
    ("x", "jobs", "middle"),
    [
        ((0, 1000), (10, 10), 2500),  # too few: the land's own
        ((0, 1000, 2000), (30, 30, 40), 1100),  # of the jobs
        ((0, 1000, 2000), (0, 10, 200), 1000),  # one has most of them: each counts as one
    ],
)
def test_where_lines_begin_gives_no_establishment_away(halves, x, jobs, middle):
    found = reach(
        centres_at(a=(4000, "school")),
        firms_at(*x, employment=jobs),
        territories=halves,
        rules=WithinRules(small_below=0),
    )
    line = row(found.lines, territory="west")
    assert line["geometry"].coords[0][0] == pytest.approx(EAST + middle, abs=1)


def test_territories_weighted_are_the_total(street, halves):
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 10_000, 50)
    firms = firms_at(*x, employment=np.where(rng.random(50) < 0.2, np.nan, rng.integers(1, 300, 50)))
    centres = centres_at(a=(0, "school"), b=(4000, "school"), c=(9000, "lab"))
    with pytest.warns(GeoterritorioWarning, match="jobs are not known"):
        found = reach(centres, firms, street, territories=halves)
    sums = found.territory_shares.groupby(["centre_kind", "up_to"])[
        ["number", "within_reach", "jobs", "jobs_reached"]
    ].sum()
    total = found.shares.set_index(["centre_kind", "up_to"])[sums.columns]
    pd.testing.assert_frame_equal(sums, total.sort_index())
    assert (found.shares["reached_low"] <= found.shares["reached_share"]).all()
    assert (found.shares["reached_share"] <= found.shares["reached_high"]).all()
    assert (found.shares["jobs_low"] <= found.shares["jobs_high"]).all()


def test_each_establishment_only_when_asked(street):
    centres = centres_at(a=(0, "school"), b=(4000, "school"))
    found = reach(centres, firms_at(1000, 3000), street, rules=WithinRules(each=True))
    assert found.places["firm"].tolist() == ["f0", "f1"]
    assert found.places["centre"].tolist() == ["a", "b"]
    assert found.places["cost"].tolist() == pytest.approx([1, 1])
    assert len(found.areas) == len(found.lines) == 0
    assert found.shares["jobs_share"].isna().all()


def test_direction_of_one_way_streets(lines):
    roads = lines(
        [(0, 0), (1000, 0)],
        [(1000, 0), (1000, 5000), (0, 5000), (0, 0)],
        speed=[60.0] * 2,
        oneway=["yes"] * 2,
    )
    there, back = (
        reach(centres_at(a=(1000, "x")), firms_at(0), roads, rules=WithinRules(direction=d)).times.iloc[0]
        for d in ("to", "from")
    )
    assert there["median"] == pytest.approx(1)
    assert back["median"] == pytest.approx(11)


def test_what_no_way_leads_to(lines):
    roads = lines([(0, 0), (1000, 0)], [(5000, 0), (6000, 0)], speed=[60.0] * 2)
    with pytest.warns(GeoterritorioWarning):
        found = reach(centres_at(a=(0, "x")), firms_at(500, 5500), roads)
    times = found.times.iloc[0]
    assert times["unreachable"] == 1
    assert times["median"] == pytest.approx(0.5)
    assert np.isnan(times["ninth"])


def test_straight_lines_and_metres():
    centres, firms = centres_at(a=(3000, "x")), firms_at(0, 1000)
    found = reach(centres, firms, rules=WithinRules(budgets="5", straight_speed=30)).shares.iloc[0]
    assert (found["by"], found["unit"], found["within_reach"]) == ("straight line", "minutes", 1)
    found = reach(centres, firms, rules=WithinRules(budgets="2500; 3000", cost="metres"))
    assert found.shares["within_reach"].tolist() == [1, 2]


def test_tables_of_costs():
    costs = pd.DataFrame(
        {"origin": ["f0", "f0", "f1"], "destination": ["a", "b", "b"], "cost": [7.0, 3.0, 50.0]}
    )
    centres = pd.DataFrame({"centre": ["a", "b"], "kind": ["x", "x"]})
    firms = pd.DataFrame({"firm": ["f0", "f1", "f2"], "sector": "10"})
    with pytest.warns(GeoterritorioWarning, match="^firms: 1 of 3 are in no row of the table of costs"):
        found = reach(centres, firms, costs=costs, rules=WithinRules(budgets="5; 10; 60"))
    assert found.shares["within_reach"].tolist() == [1, 1, 2]
    assert (found.shares["by"].iloc[0], found.shares["unit"].iloc[0]) == ("table", "cost")
    assert found.times["several"].iloc[0] == pytest.approx(1 / 3)
    assert found.times["unreachable"].iloc[0] == 1
    assert found.by_centre["nearest_to"].tolist() == [0, 2]


def test_centres_that_a_table_of_costs_does_not_name_are_counted():
    centres = pd.DataFrame({"centre": ["a", "b", "c"], "kind": "x"})
    firms = pd.DataFrame({"firm": ["f0"], "sector": "10"})
    with pytest.warns(GeoterritorioWarning, match="^centres: 2 of 3 are in no row") as told:
        reach(centres, firms, costs=COSTS, rules=WithinRules(budgets="5"))
    assert not any(str(w.message).startswith("firms") for w in told)
    back = COSTS.rename(columns={"origin": "destination", "destination": "origin"})
    with pytest.warns(GeoterritorioWarning, match="^centres: 2 of 3 are in no row"):
        reach(centres, firms, costs=back, rules=WithinRules(budgets="5", direction="from"))


def test_bounds_hold_the_share():
    rng = np.random.default_rng(7)
    for size in range(1, 60):
        near = Within(rng.uniform(0, 30, (1, size)), np.zeros((1, size), int), np.ones((1, size), int), 15)
        who = Members(rng.uniform(0, 2, size), rng.uniform(0, 90, size), np.zeros(size), np.zeros(size))
        table = reach_shares(near, who, np.zeros(size, int), 1, budgets=[15])
        assert (table["reached_low"] <= table["reached_share"]).all()
        assert (table["reached_share"] <= table["reached_high"]).all()
        assert (table["jobs_low"] <= table["jobs_share"]).all()
        assert (table["jobs_share"] <= table["jobs_high"]).all()


def test_residents_beside_establishments(street, halves):
    people = pd.DataFrame({"territory": ["west", "east"], "population": [100, 300]})
    found = reach(
        centres_at(a=(0, "school")),
        firms_at(1000),
        street,
        population=people,
        territories=halves,
        rules=WithinRules(budgets="3; 9", max_distance=9000, walking_speed=60),
    )
    people = row(found.shares, who="residents", up_to=9)
    assert (people["number"], people["within_reach"]) == (400, 400)
    assert row(found.shares, who="residents", up_to=3)["reached_share"] == pytest.approx(0.25)
    assert row(found.shares, who="establishments", up_to=3)["within_reach"] == 1
    assert people["size_of"] is None or pd.isna(people["size_of"])


def test_centres_open_on_a_day(street):
    centres = centres_at(a=(0, "x"), b=(4000, "x"), c=(6000, "x")).assign(
        opened=[None, "2010", None], closed=[None, None, "2015-06"]
    )
    firms = firms_at(5000)

    def nearest(on):
        return reach(centres, firms, street, rules=WithinRules(on=on)).times["median"].iloc[0]

    assert nearest("2009-12-31") == pytest.approx(1)
    assert nearest("2016") == pytest.approx(1)
    assert reach(centres, firms, street, rules=WithinRules(on="2012")).times["several"].iloc[0] == 1
    assert set(reach(centres, firms, street, rules=WithinRules(on="2009")).by_centre["centre"]) == {"a", "c"}
    with pytest.warns(GeoterritorioWarning, match="1 of 3 rows have a day of closing"):
        reach(centres, firms, street)


def test_sizes_of_enterprises():
    jobs = pd.Series([200.0, 100, 10, np.nan, 300, np.nan, 20])
    group = pd.Series(["A", "A", None, None, "B", "B", "C"])
    found = small_and_medium(jobs, group, number=7, below=250)
    assert found.number.tolist() == [0, 0, 1, 0, 0, 0, 1]
    assert found.doubt.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert small_and_medium(jobs, group, number=7, below=0).number.tolist() == [1] * 7
    assert small_and_medium(jobs, None, number=7, below=250).number.tolist() == [1, 1, 1, 0, 0, 0, 1]
    assert not small_and_medium(None, None, number=7, below=250).sized


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_bounds_hold_whatever_the_unknown_are(seed):
    rng = np.random.default_rng(seed)
    jobs = rng.integers(0, 400, 12).astype(float)
    seen = pd.Series(np.where(rng.random(12) < 0.4, np.nan, jobs))
    group = pd.Series(rng.choice(["A", "B", None], 12), dtype=object)
    places = rng.uniform(0, 10, (12, 2))
    near = near_centres(StraightWays(places, np.array([[5.0, 5.0]]), 1.0), np.zeros(1, int), 1, middle=4)
    told, true = (
        reach_shares(
            near,
            small_and_medium(pd.Series(j), group, number=12, below=250),
            np.zeros(12, int),
            1,
            budgets=[4],
        ).iloc[0]
        for j in (seen, jobs)
    )
    for name in ("reached", "jobs"):
        share = true[f"{name}_share"]
        if np.isfinite(share):
            low, high = told[f"{name}_low"], told[f"{name}_high"]
            assert np.isnan(low) or low <= share + 1e-12
            assert np.isnan(high) or share <= high + 1e-12


@given(st.integers(0, 10_000), st.sampled_from(["to", "from"]))
@settings(max_examples=20, deadline=None)
@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
def test_nearest_is_the_least_of_all_pairs(random_roads, seed, direction):
    roads, _, _ = random_roads(seed)
    if not len(roads):
        return
    rng = np.random.default_rng(seed)
    spots = [Point(EAST + x, NORTH + y) for x, y in rng.uniform(0, 5000, (13, 2))]
    rules = SnapRules(max_distance=1e5)
    network = road_network(roads)
    places = gpd.GeoDataFrame({"centre": range(13)}, geometry=spots, crs=25830)
    kind = rng.integers(0, 2, 5)
    ways = road_ways(
        network, *(snap(p, network, name="x", rules=rules) for p in (places[:8], places[8:])), direction
    )
    cost, who = ways.nearest(kind, 2)
    full = np.full((5, 8), np.inf)
    for centre, place, value in ways.pairs(1e9):
        full[centre, place] = value
    for k in range(2):
        least = full[kind == k].min(axis=0, initial=np.inf)
        np.testing.assert_allclose(cost[k], least, rtol=1e-12)
        some = who[k] >= 0
        assert (some == np.isfinite(least)).all()
        np.testing.assert_allclose(full[who[k][some], np.flatnonzero(some)], least[some])
        assert (kind[who[k][some]] == k).all()


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_centre_more_never_lowers_reach_and_its_gain_is_the_difference(seed):
    rng = np.random.default_rng(seed)
    firms = firms_at(*rng.uniform(0, 9000, 20), employment=rng.integers(1, 200, 20).astype(float))
    x = rng.uniform(0, 9000, 5)
    centres = centres_at(a=(x[0], "x"), b=(x[1], "x"))
    new = centres_at(c=(x[2], "x"), d=(x[3], "x"), e=(x[4], "x"))
    rules = WithinRules(budgets="3", small_below=0)

    def reached(*rows):
        return reach(pd.concat([centres, *rows]), firms, rules=rules).shares.iloc[0]

    found = one_more_centre(centres, new, firms, rules=OneMoreRules(budget=3, small_below=0, number=3))
    before = reached()
    for k, gain in enumerate(found.gains.itertuples()):
        after = reached(new.iloc[[k]])
        assert after["within_reach"] - before["within_reach"] == gain.newly >= 0
        assert after["jobs_reached"] - before["jobs_reached"] == gain.newly_jobs
    every = reached(new)
    assert found.chosen["reached_share"].iloc[-1] == pytest.approx(every["reached_share"])
    assert found.chosen["newly"].sum() == every["within_reach"] - before["within_reach"]
    assert found.chosen["reached_share"].iloc[0] == pytest.approx(before["reached_share"])


def test_one_more_by_hand(street):
    """Firms at 0, 8 and 9 km, a centre at 0; a new one at 7 or at 9 within 1 minute."""
    firms = firms_at(0, 8000, 9000, employment=[5.0, 20.0, 30.0])
    new = centres_at(p=(7000, "x"), q=(9000, "x"), r=(9000, "x"))
    today = centres_at(a=(0, "x"), z=(9500, "y"))
    found = one_more_centre(
        today, new, firms, roads=street, rules=OneMoreRules(kind="x", budget=1.0, number=2)
    )
    gains = found.gains.set_index("candidate")
    assert gains["newly"].to_dict() == {"p": 1, "q": 2, "r": 2}
    assert gains["newly_jobs"].to_dict() == {"p": 20, "q": 50, "r": 50}
    # p saves 8 - 1 and 9 - 2 minutes; q 8 - 1 and 9.
    assert gains["saved"].round(9).to_dict() == {"p": 14, "q": 16, "r": 16}
    # q and r are equal: the first is better.
    assert gains["rank"].to_dict() == {"p": 3, "q": 1, "r": 2}
    assert found.chosen["turn"].tolist() == [0, 1, 2]
    assert found.chosen["candidate"].tolist()[1] == "q"
    assert found.chosen["reached_share"].round(6).tolist() == [0.333333, 1, 1]
    saved = one_more_centre(
        today, new, firms, roads=street, rules=OneMoreRules(kind="x", budget=1.0, rank_by="saved")
    )
    assert saved.gains.set_index("candidate")["rank"]["p"] == 3


def test_one_more_for_residents():
    people = gpd.GeoDataFrame(
        {"place": ["u", "v"], "population": [10, 90]},
        geometry=[Point(EAST, NORTH), Point(EAST + 4000, NORTH)],
        crs=25830,
    )
    found = one_more_centre(
        centres_at(a=(0, "x")), centres_at(b=(4000, "x")), population=people, rules=OneMoreRules(budget=2)
    )
    assert found.gains["newly"].tolist() == [90]
    assert found.gains["newly_jobs"].isna().all()
    assert found.chosen["reached_share"].tolist() == [0.1, 1.0]
    # Nothing says in which territory anybody is.
    assert found.gains["gaining"].isna().all()
    assert found.gains["most_in"].isna().all()
    assert found.territories.empty


def squares(**at):
    """Squares of 2 km with the name of their identifier in capitals, centred on kilometres east."""
    shapes = [Point(EAST + x, NORTH).buffer(1000, cap_style="square") for x in at.values()]
    columns = {"centre": list(at), "name": [c.upper() for c in at], "kind": "x"}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=25830)


def test_candidates_that_are_areas_are_the_territories_that_gain():
    """A centre at 0; firms at 0, 8 (twice), 9.5 and 12 km; squares around 8, 10 and 12; 3 minutes are 1.5 km."""
    firms = firms_at(0, 8000, 8000, 9500, 12000)
    rules = OneMoreRules(budget=3, number=2, small_below=0)
    found = one_more_centre(centres_at(a=(0, "x")), squares(p=8000, q=10000, r=12000), firms, rules=rules)
    gains = found.gains.set_index("candidate")
    assert gains["newly"].to_dict() == {"p": 3, "q": 1, "r": 1}
    assert gains["candidate_name"].tolist() == ["P", "Q", "R"]
    # Where a single establishment is, is not told.
    np.testing.assert_array_equal(gains["gaining"], [2, np.nan, np.nan])
    assert gains["most_in"].fillna("").tolist() == ["P", "", ""]
    told = found.territories[["turn", "candidate_name", "territory", "name", "newly", "number", "share"]]
    assert told.values.tolist() == [
        [1, "P", "p", "P", 2.0, 2.0, 1.0],
        [1, "P", "q", "Q", 1.0, 1.0, 1.0],
        [2, "R", "r", "R", 1.0, 1.0, 1.0],
    ]
    summed = found.territories.groupby("turn")["newly"].sum()
    assert summed.tolist() == found.chosen["newly"].tolist()[1:]


def test_territories_that_gain_are_those_stated_where_candidates_are_points():
    firms = firms_at(0, 8000, 8200, 8400, 9000).assign(territory=["u", "v", "w", "w", None])
    rules = OneMoreRules(budget=3, small_below=0)
    found = one_more_centre(centres_at(a=(0, "x")), centres_at(b=(8000, "x")), firms, rules=rules)
    assert found.gains["newly"].tolist() == [4]
    assert found.gains["gaining"].tolist() == [2]
    assert found.gains["most_in"].tolist() == ["w"]
    assert found.territories["territory"].tolist() == ["w", "v"]
    assert found.territories["newly"].tolist() == [2, 1]


CENTRES, FIRMS = centres_at(a=(0, "x")), firms_at(0, 500)
COSTS = pd.DataFrame({"origin": ["f0"], "destination": ["a"], "cost": [1.0]})
NOWHERE = gpd.GeoDataFrame(
    {"firm": ["a", "b"], "sector": "1"}, geometry=[Point(EAST, NORTH), None], crs=25830
)


@pytest.mark.parametrize(
    ("data", "rules", "text"),
    [
        ({"firms": None}, {}, "neither is given"),
        ({}, {"budgets": "15; -3"}, "not above 0"),
        ({}, {"budgets": ""}, "no budget"),
        ({}, {"budgets": "soon"}, "not a row of numbers"),
        ({}, {"straight_speed": 0.0}, "no speed above 0"),
        ({}, {"small_below": -1.0}, "no number of jobs"),
        ({}, {"on": "yesterday"}, "no date"),
        ({"centres": CENTRES.assign(closed="2000")}, {"on": "2010"}, "no row is open"),
        ({"centres": CENTRES[:0]}, {}, "the layer is empty"),
        ({"firms": FIRMS[:0]}, {}, "the layer is empty"),
        ({"firms": NOWHERE}, {}, "1 rows have no place"),
        ({"firms": pd.DataFrame(FIRMS.drop(columns="geometry"))}, {}, "no places"),
        ({"centres": pd.DataFrame(CENTRES.drop(columns="geometry"))}, {}, "centres: no places"),
        ({"costs": COSTS.assign(destination="z")}, {}, "no row joins"),
        ({"costs": COSTS[:0]}, {}, "the table has no row"),
        ({"costs": COSTS}, {"direction": "from"}, "no row joins"),
        ({"costs": COSTS.assign(cost=np.nan)}, {}, "1 costs are missing"),
        (
            {"population": pd.DataFrame({"territory": ["a", "a"], "population": 1, "period": ["1", "2"]})},
            {},
            "several periods",
        ),
        ({"population": pd.DataFrame({"place": [], "population": []})}, {}, "the layer is empty"),
    ],
)
def test_refused(data, rules, text):
    given = {"centres": CENTRES, "firms": FIRMS, **data}
    with pytest.raises(LayerError, match=text):
        reach(**given, rules=WithinRules(**rules))


def test_roads_and_costs_together_are_refused(street):
    with pytest.raises(LayerError, match="Give only one"):
        reach(CENTRES, FIRMS, street, costs=COSTS)


def test_systems_without_metres_are_refused():
    with pytest.raises(CRSError):
        reach(CENTRES.to_crs(4326), FIRMS)
    with pytest.raises(CRSError):
        reach(CENTRES.to_crs(3857), FIRMS)


def test_firms_outside_territories_count_in_totals(halves):
    with pytest.warns(GeoterritorioWarning, match="1 of 3 rows lie in no territory"):
        found = reach(CENTRES, firms_at(1000, 6000, 50_000), territories=halves)
    assert found.shares["number"].iloc[0] == 3
    assert found.areas["number"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("data", "rules", "text"),
    [
        ({"firms": None}, {}, "neither is given"),
        ({"population": pd.DataFrame({"place": ["a"], "population": [1]})}, {}, "both are given"),
        ({}, {"kind": "school"}, "no open centre is of the kind .school"),
        ({}, {"budget": 0.0}, "no budget above 0"),
        ({}, {"number": 2}, "2 centres cannot be chosen among 1"),
        ({}, {"number": 0}, "0 centres cannot be chosen"),
        ({}, {"rank_by": "jobs"}, "jobs are not known"),
    ],
)
def test_one_more_refused(data, rules, text):
    given = {"centres": CENTRES, "candidates": centres_at(b=(9, "x")), "firms": FIRMS, **data}
    with pytest.raises(LayerError, match=text):
        one_more_centre(**given, rules=OneMoreRules(**rules))


def test_a_choice_that_cannot_be_made_is_refused_before_roads_are_joined(street, monkeypatch):
    def joined(*_args, **_options):
        raise AssertionError

    monkeypatch.setattr("geoterritorio.proximity.tools._reach_inputs.road_network", joined)
    for rules in (OneMoreRules(budget=0.0), OneMoreRules(number=0), OneMoreRules(number=500)):
        with pytest.raises(LayerError, match=r"no budget above 0|cannot be chosen"):
            one_more_centre(CENTRES, centres_at(b=(9, "x")), FIRMS, roads=street, rules=rules)


def test_nothing_is_changed(street, halves):
    data = [CENTRES, FIRMS, street, halves]
    copies = [d.copy(deep=True) for d in data]
    reach(*data[:3], territories=halves)
    for one, other in zip(data, copies, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_places_of_one_name_share_the_rows_of_a_table():
    ways = table_ways(COSTS, np.array(["f0", "f1", "f0"], dtype=object), np.array(["a"], dtype=object), "to")
    assert ways.nearest(np.zeros(1, int), 1)[0].tolist() == [[1, np.inf, 1]]
