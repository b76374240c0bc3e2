"""Institutions by kind, thickness, triple helix, training beside jobs: witnesses, what was planted, bad input."""

import warnings

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shapely import Point, box

from geoterritorio import identification as measures
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import InstitutionTies, institution_presence, triple_information
from geoterritorio.identification.tools import (
    InnovationRules,
    MatchRules,
    ThicknessRules,
    innovation_system,
    institutional_thickness,
    training_match,
    triple_helix,
)
from geoterritorio.layers import (
    read_actions,
    read_evidence,
    read_firms,
    read_institutions,
    read_links,
    read_territories,
)
from geoterritorio.layers.vocabularies import correspondence
from geoterritorio.publication.names import with_own_half

COMARCA = "sample_data/comarca/"
DAY = "2025-01-01"


@pytest.fixture(scope="module")
def comarca():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return {
            "territories": read_territories(f"{COMARCA}labour_markets.gpkg"),
            "units": read_territories(f"{COMARCA}municipalities_2025.gpkg"),
            "firms": read_firms(f"{COMARCA}firms.parquet"),
            "institutions": read_institutions(f"{COMARCA}institutions.gpkg"),
            "links": read_links(f"{COMARCA}links.csv"),
            "actions": read_actions(f"{COMARCA}actions.csv"),
            "evidence": read_evidence(f"{COMARCA}evidence.csv"),
        }


def squares(number=3):
    shapes = [box(10_000 * k, 0, 10_000 * (k + 1), 10_000) for k in range(number)]
    return gpd.GeoDataFrame({"territory": list("ABCDEFGH")[:number]}, geometry=shapes, crs=25830)


def bodies(*rows):
    """Institutions `(identifier, kind, territory or x, fields)`."""
    table = pd.DataFrame([r[:2] for r in rows], columns=["institution", "kind"])
    table["fields"] = [r[3] if len(r) > 3 else None for r in rows]
    points = [Point(10_000 * "ABCDEFGH".index(r[2]) + 5000, 5000) for r in rows]
    return gpd.GeoDataFrame(table, geometry=points, crs=25830)


def counts(**jobs):
    """Jobs and establishments by territory: `A={"15": 10}`."""
    rows = [(t, s, float(n), float(n)) for t, sectors in jobs.items() for s, n in sectors.items()]
    return pd.DataFrame(rows, columns=["territory", "sector", "employment", "establishments"])


# -- institutions by kind -------------------------------------------------------------------------------------------


def test_intervals_are_those_of_exact_tests():
    """Garwood: the ends are where the count is as rare as the tail; the quotient's interval is scipy's binomial."""
    low, high = measures.poisson_interval(np.array([5.0]), 0.95)
    assert stats.poisson.sf(4, low[0]) == pytest.approx(0.025)
    assert stats.poisson.cdf(5, high[0]) == pytest.approx(0.025)
    numbers = pd.DataFrame({"training": [3.0, 1, 6]}, index=list("ABC"))
    cells = institution_presence(numbers, pd.Series([100.0, 300, 600], index=list("ABC"))).cells
    for row, n, share in zip(cells.itertuples(), (3, 1, 6), (0.1, 0.3, 0.6), strict=True):
        interval = stats.binomtest(n, 10, share).proportion_ci(0.95, method="exact")
        assert row.lq_low == pytest.approx(interval.low / share)
        assert row.lq_high == pytest.approx(interval.high / share)
        assert row.expected == pytest.approx(10 * share)
        assert row.none_by_chance == pytest.approx((1 - share) ** 10)


def test_kinds_by_chance_are_hurlberts_rarefaction():
    """E[kinds among n of N] = sum of 1 - C(N - N_k, n) / C(N, n)."""
    numbers = pd.DataFrame({"a": [3.0, 1], "b": [1.0, 4], "c": [0.0, 2]}, index=list("AB"))
    summary = institution_presence(numbers, draws=20_000).summary
    for n, found in zip((4, 7), summary["kinds_expected"], strict=True):
        exact = sum(1 - stats.hypergeom.pmf(0, 11, k, n) for k in (4, 5, 2))
        assert found == pytest.approx(exact, abs=0.02)


def test_unknown_is_not_zero():
    found = innovation_system(
        squares(), bodies(("a", "training", "A"), ("b", "finance", "B")), rules=InnovationRules(covered="A;B")
    )
    cells = found.presence.set_index(["territory", "kind"])
    assert cells.loc[("A", "finance"), ["present", "number"]].tolist() == ["no", 0]
    assert cells.loc[("C", "finance"), "present"] == "unknown"
    assert np.isnan(cells.loc[("C", "finance"), "number"])
    assert cells.loc[("C", "finance"), "cure"] == "a layer of institutions that covers the territory"
    assert set(found.gaps["territory"]) == {"A", "B"}
    areas = found.areas.set_index("territory")
    # Without establishments presence is known and density is not.
    assert areas.loc["A", ["kinds_share", "reason"]].tolist() == [0.1, "no establishments given"]
    assert areas["density"].isna().all()
    assert found.figures["value"].isna().sum() == 3 + 2
    assert set(found.figures["territory"]) == set("ABC")


def test_gaps_tell_the_nearest_of_the_kind_and_what_chance_gives():
    found = innovation_system(
        squares(4),
        bodies(("near", "training", "B"), ("far", "training", "D"), ("bank", "finance", "A")),
        counts=counts(A={"15": 90}, B={"15": 10}, C={"15": 10}, D={"15": 10}),
    )
    gap = found.gaps.set_index(["territory", "kind"]).loc[("A", "training")]
    assert gap["nearest_institution"] == "near"
    assert gap["distance"] == pytest.approx(10_000)
    assert gap["none_by_chance"] == pytest.approx((1 / 4) ** 2)
    # A kind that nobody has has no nearest one.
    assert found.gaps.set_index(["territory", "kind"]).loc[("A", "chamber"), "nearest_institution"] is None


def test_days_decide_who_is_there(comarca):
    now = innovation_system(comarca["territories"], comarca["institutions"], rules=InnovationRules(on=DAY))
    then = innovation_system(
        comarca["territories"], comarca["institutions"], rules=InnovationRules(on="1990")
    )
    gone = comarca["institutions"]["closed"].notna().sum()
    assert len(now.placed_institutions) == len(comarca["institutions"]) - gone
    assert len(then.placed_institutions) < len(now.placed_institutions)


def test_reach_is_joined_by_kind():
    shares = pd.DataFrame(
        {
            "who": "establishments",
            "territory": ["A", "A"],
            "centre_kind": ["training", "finance"],
            "up_to": 30.0,
            "reached_share": [0.4, 0.9],
        }
    )
    given = (squares(), bodies(("a", "training", "B"), ("b", "finance", "B")))
    found = innovation_system(*given, reached=shares)
    assert found.gaps.set_index(["territory", "kind"]).loc[("A", "training"), "reached_share"] == 0.4
    with pytest.raises(LayerError, match="no row of establishments with the budget 15"):
        innovation_system(*given, reached=shares, rules=InnovationRules(within=15))


def test_nothing_is_claimed_of_institutions_dealt_by_chance():
    """Institutions dealt in proportion to establishments: on 20 seeds hardly a cell is told from chance."""
    claims, tables = 0, 20
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        units = pd.Series(rng.integers(50, 900, 12).astype(float), index=[f"t{k}" for k in range(12)])
        numbers = rng.multinomial(rng.integers(3, 20, 8), units / units.sum()).T.astype(float)
        cells = institution_presence(pd.DataFrame(numbers, units.index), units, draws=9).cells
        claims += int(cells["certainty"].isin(["high", "low"]).any())
    assert claims <= 3


def test_what_is_planted_is_told_from_chance():
    """A market with a tenth of the establishments and ten of twenty training centres."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        units = pd.Series(100.0, index=[f"t{k}" for k in range(10)])
        numbers = pd.DataFrame(rng.multinomial([10] * 5, units / units.sum()).T.astype(float), units.index)
        numbers.loc["t3", 2] += 10
        cells = institution_presence(numbers, units, draws=9).cells
        found += set(cells.loc[cells["certainty"] == "high", "territory"]) == {"t3"}
    assert found >= 18


# -- bad input ------------------------------------------------------------------------------------------------------


def test_no_institutions_are_refused_and_not_zero():
    with pytest.raises(LayerError, match="the layer is empty"):
        innovation_system(squares(), bodies(("a", "training", "A")).iloc[:0])
    with pytest.raises(LayerError, match="none of the 1 institutions lies in the territories"):
        innovation_system(squares(1), bodies(("a", "training", "C")))


def test_kinds_outside_the_vocabulary_are_told_or_refused():
    some = bodies(("a", "training", "A"), ("b", "circus", "A"))
    with pytest.warns(
        GeoterritorioWarning, match="1 are of kinds outside the vocabulary and are left out: “circus”"
    ):
        found = innovation_system(squares(), some)
    assert found.presence["number"].sum() == 1
    with (
        pytest.warns(GeoterritorioWarning, match="circus"),
        pytest.raises(LayerError, match="none of the 1 institutions is of the kinds that are looked at"),
    ):
        innovation_system(squares(), some.iloc[1:])
    with pytest.raises(LayerError, match="kinds: “circus” are not in the vocabulary"):
        innovation_system(squares(), some, rules=InnovationRules(kinds="circus"))


def test_coverage_that_contradicts_the_layer_is_refused():
    some = bodies(("a", "training", "A"))
    with pytest.raises(LayerError, match="covered: “Z” are not in the layer"):
        innovation_system(squares(), some, rules=InnovationRules(covered="Z"))
    with pytest.raises(LayerError, match="lie in 1 territories that are not named as covered: “A”"):
        innovation_system(squares(), some, rules=InnovationRules(covered="B"))


def test_links_actions_and_costs_that_name_nobody_are_refused():
    some = bodies(("a", "training", "A", "071"))
    links = pd.DataFrame({"source": ["x"], "target": ["y"]})
    with pytest.raises(LayerError, match="links: none of them names an institution"):
        institutional_thickness(squares(), some, links)
    actions = pd.DataFrame({"action": ["p"], "actors": ["x;y"]})
    with pytest.raises(LayerError, match="actions: none of them names an institution"):
        institutional_thickness(squares(), some, actions=actions)
    costs = pd.DataFrame({"origin": ["x"], "destination": ["a"], "cost": [1.0]})
    with pytest.raises(LayerError, match="costs: no row leads from a territory"):
        training_match(squares(), some, counts=counts(A={"28": 5}), costs=costs)


def test_training_needs_fields_and_nace():
    with pytest.raises(LayerError, match="none of those that teach or do research has a field"):
        training_match(squares(), bodies(("a", "training", "A")), counts=counts(A={"28": 5}))
    with pytest.raises(LayerError, match=r"not of NACE Rev. 2"):
        training_match(squares(), bodies(("a", "training", "A", "071")), counts=counts(A={"shoes": 5}))


def test_the_helix_needs_sizes():
    firms = gpd.GeoDataFrame({"sector": ["28.4"]}, geometry=[Point(1, 1)], crs=25830)
    with pytest.raises(LayerError, match="no column “employment”"):
        triple_helix(squares(), firms)
    with (
        pytest.warns(GeoterritorioWarning, match="1 of 1 establishments lack a territory"),
        pytest.raises(LayerError, match="no establishment has a place"),
    ):
        triple_helix(squares(), firms.assign(employment=np.nan))


# -- thickness ------------------------------------------------------------------------------------------------------


def test_parts_are_those_of_networkx():
    graph = nx.Graph([("a", "b"), ("b", "c"), ("b", "d"), ("d", "e")])
    rows = pd.DataFrame({"institution": list("abcdef"), "territory": "A", "kind": list("xyxyzz")})
    links = pd.DataFrame(list(graph.edges), columns=["source", "target"])
    found = measures.institutional_thickness(rows, pd.Index(["A"]), 10, InstitutionTies(links)).set_index(
        "part"
    )
    assert found.loc["interaction", "link_density"] == pytest.approx(4 / 15)
    assert found.loc["interaction", "value"] == pytest.approx(5 / 6)
    assert found.loc["coalition", "value"] == pytest.approx(5 / 6)
    # Freeman: sum of (largest degree - degree) over (n - 1)(n - 2).
    degrees = np.array([1, 3, 1, 2, 1, 0])
    assert found.loc["coalition", "centralisation"] == pytest.approx((3 - degrees).sum() / (5 * 4))


def test_the_tail_of_linked_pairs_is_that_of_dealing_their_ends():
    """All ways to mark b of 2 m ends, counted one by one in 40 000 draws."""
    m, b = 6, 5
    rng = np.random.default_rng(3)
    marks = np.argsort(rng.random((40_000, 2 * m)), axis=1) < b
    inside = (marks[:, ::2] & marks[:, 1::2]).sum(axis=1)
    for k in range(3):
        assert measures.pairs_tail(k, b, m) == pytest.approx((inside >= k).mean(), abs=0.01)
    assert inside.mean() == pytest.approx(b * (b - 1) / (2 * (2 * m - 1)), abs=0.02)


def test_what_is_not_given_is_unknown_and_says_what_would_decide_it(comarca):
    bare = institutional_thickness(
        comarca["territories"], comarca["institutions"], rules=ThicknessRules(on=DAY)
    )
    lines = bare.parts.set_index(["territory", "part"])
    for part in ("interaction", "coalition", "agenda"):
        rows = lines.xs(part, level="part")
        assert rows["value"].isna().all()
        assert (rows[["reason", "cure"]] != "").all(axis=None)
    assert lines.xs("presence", level="part")["value"].notna().all()
    asked = institutional_thickness(
        comarca["territories"], comarca["institutions"], rules=ThicknessRules(on=DAY, index=True)
    )
    mean = asked.parts[asked.parts["part"] == "index"]
    assert mean["value"].isna().all()
    assert (mean["cure"] != "").all()
    # The parts are always there, and the feed has no index.
    assert set(bare.parts["part"]) < set(asked.parts["part"])
    assert len(asked.figures) == len(bare.figures) == 4 * len(comarca["territories"])


def test_links_of_firms_say_nothing_of_institutions():
    rows = pd.DataFrame({"institution": list("abcdef"), "territory": list("AAABBB"), "kind": list("xyzxyz")})
    places = pd.Index(["A", "B"])
    firms = pd.DataFrame({"source": ["a", "f1"], "target": ["f2", "f2"], "kind": "project"})
    found = measures.institutional_thickness(rows, places, 10, InstitutionTies(firms))
    part = found[found["part"].isin(["interaction", "coalition"])]
    assert part["value"].isna().all()
    assert set(part["reason"]) == {"no links between institutions"}
    assert set(part["cure"]) == {"links between institutions"}
    assert set(found.loc[found["part"] == "agenda", "reason"]) == {"no actions given"}
    # one link between two of them, and none of the others is a known none
    some = pd.concat([firms, pd.DataFrame({"source": ["a"], "target": ["d"], "kind": ["supply"]})])
    lines = measures.institutional_thickness(rows, places, 10, InstitutionTies(some)).set_index(
        ["territory", "part"]
    )
    assert lines.loc[("A", "interaction"), "value"] == pytest.approx(1 / 3)
    assert lines.loc[("A", "coalition"), "value"] == 0


def test_a_link_to_itself_is_none():
    rows = pd.DataFrame({"institution": list("abc"), "territory": "A", "kind": list("xyz")})
    own = pd.DataFrame({"source": ["a"], "target": ["a"], "kind": ["project"]})
    with pytest.raises(LayerError, match=r"every one of them \(rows: 1\) goes from an actor to itself"):
        measures.institutional_thickness(rows, pd.Index(["A"]), 10, InstitutionTies(own))
    more = pd.concat([own, pd.DataFrame({"source": ["a"], "target": ["b"], "kind": ["supply"]})])
    given = bodies(("a", "training", "A"), ("b", "finance", "A"), ("c", "chamber", "A"))
    with pytest.warns(GeoterritorioWarning, match="Links from an actor to itself: 1, for example “a”"):
        found = institutional_thickness(squares(), given, more).parts
    lines = found[found["territory"] == "A"].set_index("part")
    assert lines.loc["interaction", "value"] == pytest.approx(2 / 3)
    assert np.isnan(lines.loc["agenda", "value"])


def test_rows_of_one_action_are_not_put_together():
    """Who was in an action in 2010 shares no project with who was in it in 2015, as in networks of actors."""
    rows = pd.DataFrame({"institution": list("abc"), "territory": "A", "kind": list("xyz")})
    acts = pd.DataFrame({"action": ["p", "p"], "actors": ["a", "b"], "period": ["2010", "2015"]})
    shared = pd.concat(
        [acts, pd.DataFrame({"action": ["p", "p"], "actors": ["a;c", "c;a"], "period": ["2016", "2017"]})]
    )
    found = [
        measures.institutional_thickness(rows, pd.Index(["A"]), 10, InstitutionTies(actions=x)).set_index(
            "part"
        )
        for x in (acts, shared)
    ]
    assert found[0].loc["agenda", ["value", "projects"]].tolist() == [0, 0]
    assert found[1].loc["agenda", ["value", "projects"]].tolist() == [pytest.approx(2 / 3), 1]
    actors = pd.DataFrame({"actor": list("abc"), "type": "training", "territory": "A"})
    links = pd.DataFrame({"source": ["b"], "target": ["c"], "kind": ["supply"]})
    ties = [measures.actor_ties(links, actors, x) for x in (acts, shared)]
    assert [int((t.kind == "project").sum()) for t in ties] == [0, 2]


def test_statements_are_counted_and_ratings_do_not_matter(comarca):
    given = {k: comarca[k] for k in ("territories", "institutions", "links", "actions")}
    rated = institutional_thickness(
        **given, evidence=comarca["evidence"], rules=ThicknessRules(on=DAY, index=True)
    )
    other = comarca["evidence"].assign(rating=0.0)
    same = institutional_thickness(**given, evidence=other, rules=ThicknessRules(on=DAY, index=True))
    pd.testing.assert_frame_equal(rated.parts, same.parts)
    told = rated.parts[rated.parts["part"] == "agenda"].set_index("territory")["statements"]
    number = comarca["evidence"]["territory"].value_counts()
    assert told[number.index].tolist() == number.tolist()


# -- triple helix ---------------------------------------------------------------------------------------------------

# Closed form: counts by region, technology and size.
T1 = np.array([[[10, 30], [5, 15]], [[2, 8], [10, 20]]], dtype=float)


def test_information_is_that_of_the_closed_form():
    found = triple_information(T1)
    expected = {
        "h_1": 0.9709505945,
        "h_2": 1.0,
        "h_3": 0.8414646362,
        "h_12": 1.8464393447,
        "h_13": 1.8102338288,
        "h_23": 1.8381655893,
        "h_123": 2.6808877791,
        "synergy": -0.0015357531,
    }
    assert found == pytest.approx(expected, abs=1e-10)
    copy = np.zeros((2, 2, 2))
    copy[0, 0, 0] = copy[1, 1, 1] = 1
    assert triple_information(copy)["synergy"] == pytest.approx(1)
    assert triple_information(np.ones((2, 2, 2)))["synergy"] == pytest.approx(0)


def plants_of(table):
    """One row per establishment of a table of units, technologies and sizes."""
    places = np.repeat(np.argwhere(table > -1), table.astype(int).ravel(), axis=0)
    return pd.DataFrame(places.astype(str), columns=["unit", "technology", "size"])


def test_within_and_between_add_up_to_the_whole(comarca):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = triple_helix(comarca["territories"], comarca["firms"], comarca["units"], draws=19)
    rows = found.helix.set_index("part")["synergy"]
    own = found.helix[found.helix["part"] == "territory"]
    share = own["establishments"] / own["establishments"].sum()
    assert rows["within"] == pytest.approx((share * own["synergy"]).sum())
    assert rows["within"] + rows["between"] == pytest.approx(rows["whole"])
    assert own["contribution"].sum() == pytest.approx(rows["within"])
    assert (found.helix["low"] <= found.helix["synergy"]).all()


def test_one_place_within_a_territory_is_unknown_with_a_cure(comarca):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = triple_helix(comarca["territories"], comarca["firms"], draws=9)
    own = found.helix[found.helix["part"] == "territory"]
    assert own["synergy"].isna().all()
    assert set(own["cure"]) == {"smaller places within the territory (units)"}
    assert found.helix.set_index("part").loc["whole", "synergy"] < 0


def test_independent_attributes_look_like_synergy_by_the_bias_and_are_not_claimed():
    """Few establishments without any tie: T is below 0 by about the bias, and p holds its level on 20 seeds."""
    told, gaps = 0, []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(
            rng.integers(0, (4, 3, 2), (300, 3)).astype(str), columns=["unit", "technology", "size"]
        )
        row = measures.triple_helix(frame.assign(territory="A"), draws=99, rng=seed).iloc[0]
        told += row["p"] <= 0.05
        gaps.append(row["synergy"] - row["small_number_bias"])
    assert told <= 4
    assert np.mean(gaps) == pytest.approx(0, abs=0.004)


def test_planted_synergy_is_found():
    """Sizes that are the exclusive or of place and technology in four of five establishments."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        unit, technology = rng.integers(0, 2, (2, 200))
        size = np.where(rng.random(200) < 0.8, unit ^ technology, rng.integers(0, 2, 200))
        frame = pd.DataFrame({"territory": "A", "unit": unit, "technology": technology, "size": size})
        row = measures.triple_helix(frame, draws=99, rng=seed).iloc[0]
        assert row["p"] <= 0.05
        assert row["high"] < row["expected_low"]


# -- training -------------------------------------------------------------------------------------------------------


def test_jobs_are_served_unserved_or_beyond_fields():
    """Leather needs 072, machinery 071, retail has no core field; within reach the neighbour's centre serves, too."""
    some = bodies(("a", "training", "A", "071"), ("b", "training", "B", "072"))
    table = counts(A={"15.2": 60, "28.4": 30, "47.1": 10}, B={"28.4": 5})
    alone = training_match(squares(), some, counts=table).areas
    row = alone[alone["purpose"] == "training"].set_index("territory").loc["A"]
    assert row[["served", "unserved", "no_field", "match_share"]].tolist() == [30, 60, 10, 30 / 90]
    costs = pd.DataFrame({"origin": ["A"], "destination": ["b"], "cost": [25.0]})
    near = training_match(squares(), some, counts=table, costs=costs).areas
    assert near[near["purpose"] == "training"].set_index("territory").loc["A", "match_share"] == 1
    far = training_match(squares(), some, counts=table, costs=costs, rules=MatchRules(within=20)).areas
    assert far[far["purpose"] == "training"].set_index("territory").loc["A", "match_share"] == 30 / 90


def test_a_field_that_is_not_said_leaves_jobs_open():
    some = bodies(("a", "training", "A", "071"), ("b", "training", "A"))
    found = training_match(squares(), some, counts=counts(A={"15.2": 60, "28.4": 30}))
    row = found.areas[found.areas["purpose"] == "training"].set_index("territory").loc["A"]
    assert (row["match_low"], row["match_high"]) == (30 / 90, 1)
    assert np.isnan(row["match_share"])
    assert row["cure"] == "fields of all institutions that teach or do research here"
    line = found.sectors.set_index(["territory", "purpose", "sector"])
    assert line.loc[("A", "training", "28"), "state"] == "served"
    assert line.loc[("A", "training", "15"), "state"] == "unknown"


def test_withheld_jobs_leave_the_share_open():
    table = counts(A={"15.2": 60, "28.4": 30})
    table.loc[0, "employment"] = np.nan
    found = training_match(squares(), bodies(("a", "training", "A", "071")), counts=table).areas
    row = found[found["purpose"] == "training"].set_index("territory").loc["A"]
    assert np.isnan(row["match_share"])
    assert row["reason"] == "withheld jobs"


def test_the_planted_gap_of_training_is_the_largest(comarca):
    (truth,) = pd.read_csv(f"{COMARCA}truth/training_gap.csv", dtype=str).itertuples()
    given = (comarca["territories"], comarca["institutions"], comarca["firms"])
    found = training_match(*given, rules=MatchRules(on=DAY))
    fields = found.fields[(found.fields["purpose"] == "training") & (found.fields["taught"] == "no")]
    taught = fields[fields["taught_elsewhere"] > 0]
    largest = taught.loc[taught["jobs_only"].idxmax()]
    assert (largest["territory"], largest["field"]) == (truth.market, truth.field)
    line = found.sectors.set_index(["territory", "purpose", "sector"])
    assert line.loc[(truth.market, "training", truth.main_sector[:2]), "state"] == "unserved"
    # The laboratory and the technology institute do research in it.
    assert line.loc[(truth.market, "research", truth.main_sector[:2]), "state"] == "served"


def planted_fields(seed, *, gap):
    """
    Ten markets, each with a sector of its own and two centres; its field is taught in each, but in the first if `gap`.

    Without a plan, fields are dealt among all centres.
    """
    rng = np.random.default_rng([seed, 1 if gap else 0])
    sectors = {"15": "072", "28": "071", "62": "061", "86": "091", "69": "041"}
    main = list(sectors) * 2
    rows = {f"t{k}": {s: 400.0 if s == main[k] else 20.0 for s in sectors} for k in range(10)}
    fields = [sectors[m] for m in main for _ in range(2)]
    if gap:
        fields[0] = fields[1] = "061"
    else:
        fields = list(rng.permutation(fields))
    names = [f"c{k}" for k in range(20)]
    serves = pd.DataFrame(np.kron(np.eye(10), np.ones((1, 2))) > 0, index=list(rows), columns=names)
    return pd.DataFrame(rows).T, pd.Series(fields, index=names), serves


def test_matches_planted_and_gaps_are_told_from_chance_and_dealt_fields_are_not():
    for seed in range(20):
        found = measures.training_match(*planted_fields(seed, gap=True), draws=499, rng=seed)
        rows = found.summary.set_index("territory")
        assert found.whole["certainty"].tolist() == ["high"]
        lost = found.fields[(found.fields["taught"] == "no") & (found.fields["territory"] == "t0")]
        assert lost.loc[lost["jobs_only"].idxmax(), "field"] == "072"
        assert rows.loc["t0", "match_share"] < rows.loc["t0", "expected"]
        assert rows["match_share"].drop("t0").min() > 0.8
    claims = 0
    for seed in range(20):
        found = measures.training_match(*planted_fields(seed, gap=False), draws=499, rng=seed)
        told = pd.concat([found.summary["certainty"], found.whole["certainty"]])
        claims += int(told.isin(["high", "low"]).any())
    assert claims <= 3


def test_chance_is_that_of_dealing_lists_of_fields():
    """Three institutions, one of which teaches what the territory needs: dealt anew it is there once in three."""
    jobs = pd.DataFrame({"28": [10.0, 0, 0]}, index=list("ABC"))
    fields = pd.Series({"a": "071", "b": "041", "c": "041"})
    serves = pd.DataFrame(np.eye(3) > 0, index=list("ABC"), columns=list("abc"))
    row = measures.training_match(jobs, fields, serves, draws=6000).summary.iloc[0]
    assert row["expected"] == pytest.approx(1 / 3, abs=0.02)
    assert row["p_high"] == pytest.approx(1 / 3, abs=0.02)
    assert row["p_low"] == 1


def test_fields_that_are_no_codes_are_refused_or_told():
    given = {"counts": counts(A={"15.2": 60, "28.4": 30})}
    for wrong in ("999", "07", "leather"):
        with pytest.raises(LayerError, match=r"“fields”: none of the 2 .* 071") as refused:
            training_match(
                squares(), bodies(("a", "training", "A", wrong), ("b", "laboratory", "A", wrong)), **given
            )
        assert wrong in str(refused.value)
    some = bodies(("a", "training", "A", "071"), ("b", "training", "A", "07; 999"))
    with pytest.warns(
        GeoterritorioWarning, match="1 institutions name what is no field .* Fields of 1 of them"
    ):
        found = training_match(squares(), some, **given).areas
    row = found[found["purpose"] == "training"].set_index("territory").loc["A"]
    # A broad field does not say that the jobs are unserved.
    assert (row["match_low"], row["match_high"]) == (30 / 90, 1)


def test_refusals_say_how_many_institutions_there_are():
    some = bodies(("a", "training", "A", "071"), ("b", "training", "A", "071"))
    with pytest.raises(LayerError, match="none of the 2 institutions lies"):
        innovation_system(squares(), some.set_geometry(some.translate(1e6)))
    with (
        pytest.warns(GeoterritorioWarning, match="2 are of kinds outside the vocabulary"),
        pytest.raises(LayerError, match="“kind”: none of the 2 institutions"),
    ):
        innovation_system(squares(), some.assign(kind="guild"))


def test_tests_that_can_tell_nothing_are_outside_the_family():
    """Alone the gap has q = p; rows of places without institutions do not change it."""
    jobs, fields, serves = planted_fields(3, gap=True)
    q = measures.training_match(jobs, fields, serves, draws=499).summary.set_index("territory")["q"]
    bare = pd.DataFrame(10.0, [f"bare{k}" for k in range(40)], jobs.columns)
    none = pd.DataFrame(data=False, index=bare.index, columns=serves.columns)
    more = measures.training_match(pd.concat([jobs, bare]), fields, pd.concat([serves, none]), draws=499)
    rows = more.summary.set_index("territory")
    assert rows.loc[q.index, "q"].tolist() == pytest.approx(q.tolist(), nan_ok=True)
    lost = rows.loc[bare.index]
    assert lost["certainty"].eq("untestable").all()
    assert lost["p_least"].eq(1).all()
    assert lost[["p_low", "p_high", "q"]].isna().all(axis=None)


def test_fields_that_are_not_known_are_dealt_to_nobody():
    """Three institutions say what fits and thirty say nothing: no fit beyond chance comes of the blanks."""
    table = correspondence("isced_f_2013", "nace2")
    core = [
        table.loc[(table["relevance"] >= 1) & (table["target"] == d), "source"].iloc[0]
        for d in ("28", "15", "62")
    ]
    jobs = pd.DataFrame(100.0, index=["A", "B"], columns=["28", "15", "62"])
    names = [f"i{k}" for k in range(33)]
    fields = pd.DataFrame({"fields": [*core, *[None] * 30], "kind": "training"}, index=names)
    serves = pd.DataFrame(
        [[k < 3 for k in range(33)], [k >= 3 for k in range(33)]], index=["A", "B"], columns=names
    )
    found = measures.training_match(jobs, fields, serves, draws=199)
    rows = found.summary.set_index("territory")
    assert rows.loc["A", ["match_share", "expected", "p_least"]].tolist() == [1, 1, 1]
    assert rows.loc["A", "certainty"] == "untestable"
    assert rows.loc["B", ["match_low", "match_high"]].tolist() == [0, 1]
    assert rows.loc["B", ["certainty", "reason"]].tolist() == ["untested", "no fields given"]
    assert rows[["p_low", "p_high", "q"]].isna().all(axis=None)
    # all is served whatever the silent one teaches, but with what chance gives it cannot be compared
    mixed = serves.assign(i3=True)
    row = measures.training_match(jobs, fields, mixed, draws=99).summary.set_index("territory").loc["A"]
    assert row["match_share"] == 1
    assert np.isnan(row["expected"])
    assert row[["certainty", "reason"]].tolist() == ["untested", "no fields given"]


def test_a_field_that_is_no_detailed_one_leaves_the_list_open():
    jobs = pd.DataFrame({"15": [90.0], "28": [10.0]}, index=["A"])
    serves = pd.DataFrame([[True]], index=["A"], columns=["school"])
    row = measures.training_match(jobs, pd.Series({"school": "071;07"}), serves, draws=9).summary.iloc[0]
    assert row[["match_low", "match_high"]].tolist() == [0.1, 1]
    assert np.isnan(row["match_share"])


def test_the_planted_gap_of_training_is_told_from_chance_and_other_markets_are_not(comarca):
    (truth,) = pd.read_csv(f"{COMARCA}truth/training_gap.csv", dtype=str).itertuples()
    given = (comarca["territories"], comarca["institutions"], comarca["firms"])
    rows = training_match(*given, rules=MatchRules(on=DAY)).areas
    told = rows[rows["certainty"].isin(["high", "low"])]
    assert told[["territory", "purpose", "certainty"]].to_numpy().tolist() == [
        [truth.market, "training", "low"]
    ]


def test_names_travel_in_both_languages(comarca):
    given = (comarca["territories"], comarca["institutions"], comarca["firms"])
    gaps = innovation_system(*given, rules=InnovationRules(on=DAY, draws=9)).gaps
    told = {lang: with_own_half(gaps, lang)["nearest_name"].dropna() for lang in ("en", "es")}
    assert told["en"].str.endswith("(invented)").all()
    assert told["es"].str.endswith("(inventado)").all()
    assert "nearest_name_es" not in with_own_half(gaps, "es")
