"""Labour markets by hand, by identities, on bad input and on dirty boundaries."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geoterritorio.delimitation import PRESETS, LabourMarketRules, labour_markets, self_containment, validity
from geoterritorio.delimitation.outlines import outlines
from geoterritorio.errors import FlowError, GeoterritorioWarning, LayerError

RULES = LabourMarketRules(50, 0.6, 200, 0.8)


def flows_of(matrix, names="abcdefghijklmnop"):
    """Flows of a square table, live in rows and work in columns; zeros left out."""
    matrix = np.asarray(matrix, dtype=float)
    rows, columns = np.nonzero(matrix)
    names = np.array(list(names), dtype=object)
    return pd.DataFrame({"origin": names[rows], "destination": names[columns], "flow": matrix[rows, columns]})


def squares(*sides, names="abcdefghijklmnop", gap=0.0):
    """Squares of 1 km side by side, a gap between them."""
    at = list(sides) or range(4)
    shapes = [box(1000 * i + gap / 2, 0, 1000 * (i + 1) - gap / 2, 1000) for i in at]
    ids = list(names[: len(at)])
    return gpd.GeoDataFrame({"territory": ids, "name": [n.upper() for n in ids]}, geometry=shapes, crs=25830)


# Worked by hand, with sizes 50 and 200 and self-containments 0.6 and 0.8; the validity of an area is
# min(c / .8, 1) (1 - .25 (200 - R) / 150) / .75, with c = min(S / R, S / W).
#   a: R 100, W 130, S 90, c 90/130, v .9615;  b: R 60, W 40, S 30, c 1/2, v .6389;
#   c: R 100, W 129, S 99, c 99/129, v 1.0659;  d: R 70, W 31, S 30, c 3/7, v .5595.
# d is the weakest. With c it has 30 and 1 commuters, 30²/(70 * 129) + 1²/(100 * 31) = .1000; with a 10²/(70 * 130). It
# goes to c: R 170, W 160, S 160, v = (1 - .25 * 30/150) / .75. Then b goes to a: 30²/(60 * 130) + 10²/(100 * 40).
HAND = [[90, 10, 0, 0], [30, 30, 0, 0], [0, 0, 99, 1], [10, 0, 30, 30]]


def test_by_hand():
    found = labour_markets(flows_of(HAND), rules=RULES)
    assert found.membership["market"].to_dict() == {"a": "a", "b": "a", "c": "c", "d": "c"}
    first, second = found.trace.loc[1], found.trace.loc[2]
    assert (first["market"], first["unit"], first["target"]) == ("d", "d", "c")
    assert first["validity"] == pytest.approx(3 / 7 / 0.8 * (1 - 0.25 * 130 / 150) / 0.75)
    assert first["cohesion"] == pytest.approx(30**2 / (70 * 129) + 1 / (100 * 31))
    assert first["target_before"] == pytest.approx(99 / 129 / 0.8 * (1 - 0.25 * 100 / 150) / 0.75)
    assert first["target_after"] == pytest.approx((1 - 0.25 * 30 / 150) / 0.75)
    assert (second["market"], second["unit"], second["target"]) == ("b", "b", "a")
    assert second["cohesion"] == pytest.approx(30**2 / (60 * 130) + 10**2 / (100 * 40))
    assert len(found.trace) == 2
    assert found.quality.loc["a", ["residents", "workers", "internal"]].tolist() == [160, 170, 160]
    assert found.quality.loc["c", "supply"] == pytest.approx(160 / 170)
    assert found.reserve.empty
    assert (found.quality["valid"] == "yes").all()


def test_validity_at_its_corners():
    rules = LabourMarketRules(1000, 0.6, 10_000, 0.8)
    # The target at the smallest size, the least at the largest, and never below it.
    corners = validity(
        [1000, 10_000, 10**6, 1000], [1000, 10_000, 10**6, 1000], [800, 6000, 6 * 10**5, 790], rules
    )
    assert corners[:3] == pytest.approx([1, 1, 1])
    assert corners[3] < 1
    # Nobody crosses the border: a market, however small; nobody there: nothing.
    assert validity(5, 5, 5, rules) == 1
    assert np.isnan(validity(0, 5, 0, rules))
    # Below the smallest size even the target is too little.
    assert validity(999, 999, 800, rules) < 1


def test_what_is_asked_for_falls_along_a_hyperbola():
    rules = PRESETS["euro"].rules
    middle = (rules.min_size + rules.target_size) / 2
    asked = 0.70590  # and not 0.70835, halfway between 0.6667 and 0.75
    assert validity(middle, middle, middle * (asked + 1e-5), rules) > 1
    assert validity(middle, middle, middle * (asked - 1e-5), rules) < 1
    for preset in PRESETS.values():
        assert preset.source
        assert preset.note


def test_self_containment_of_places_and_areas():
    flows = flows_of(HAND)
    alone = self_containment(flows)
    assert alone.loc["b"].tolist() == pytest.approx([60, 40, 30, 30 / 60, 30 / 40, 0.5])
    areas = self_containment(flows, pd.Series({"a": "x", "b": "x", "c": "y", "d": "y"}, name="area"))
    assert areas.index.name == "area"
    assert areas.loc["x"].tolist() == pytest.approx([160, 170, 160, 1, 160 / 170, 160 / 170])


@st.composite
def tables(draw):
    size = draw(st.integers(2, 9))
    values = draw(st.lists(st.integers(0, 60), min_size=size * size, max_size=size * size))
    return np.array(values).reshape(size, size) + np.diag(
        draw(st.lists(st.integers(1, 200), min_size=size, max_size=size))
    )


def quietly(flows, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return labour_markets(flows, **options)


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 10**6))
def test_identities(matrix, seed):
    flows = flows_of(matrix)
    if (matrix - np.diag(np.diag(matrix))).sum() == 0:
        return
    found = quietly(flows, rules=RULES)
    table, quality = found.membership, found.quality
    # Every place is in one market or is told why not, and the sums are those of its places.
    inside = table.dropna(subset="market")
    assert set(inside["market"]) == set(quality.index)
    assert quality["units"].sum() == len(inside)
    again = self_containment(flows, inside["market"]) if len(inside) == len(table) else None
    if again is not None:
        for column in ("residents", "workers", "internal", "supply", "demand"):
            assert again[column].to_numpy() == pytest.approx(quality[column].to_numpy())
        assert found.modularity <= 1
    assert quality["validity"].to_numpy() == pytest.approx(
        validity(quality["residents"], quality["workers"], quality["internal"], RULES)
    )
    # Unless one market was left, all were valid before the reserve was filled.
    assert len(quality) == 1 or (quality["validity_before"] >= 1).all()
    # The order of rows does not matter.
    mixed = flows.sample(frac=1, random_state=seed % 2**32)
    pd.testing.assert_frame_equal(quietly(mixed, rules=RULES).membership, table)


@settings(max_examples=30, deadline=None)
@given(tables(), st.integers(2, 9))
def test_scale_and_names(matrix, factor):
    flows = flows_of(matrix)
    if (matrix - np.diag(np.diag(matrix))).sum() == 0:
        return
    first = quietly(flows, rules=RULES).membership["market"]
    # As many times the people in markets as many times as large.
    larger = LabourMarketRules(50 * factor, 0.6, 200 * factor, 0.8)
    assert quietly(flows.assign(flow=flows["flow"] * factor), rules=larger).membership["market"].equals(first)
    # Other names in the same order.
    named = flows.assign(**{c: "n" + flows[c] for c in ("origin", "destination")})
    again = quietly(named, rules=RULES).membership["market"]
    assert again.fillna("").tolist() == ["n" + m if isinstance(m, str) else "" for m in first]


def test_nothing_goes_in_circles():
    rng = np.random.default_rng(3)
    for _ in range(100):
        matrix = rng.integers(0, 9, (14, 14)) + np.diag(rng.integers(0, 40, 14))
        found = quietly(flows_of(matrix), rules=LabourMarketRules(10, 0.85, 400, 0.9))
        assert len(found.trace) < 2000


def test_one_market_is_left_where_none_is_valid():
    matrix = [[5, 5, 0], [5, 5, 5], [0, 5, 5]]
    flows = pd.concat(
        [flows_of(matrix), pd.DataFrame({"origin": ["a"], "destination": ["z"], "flow": [50.0]})]
    )
    found = labour_markets(flows, outside=["z"], rules=RULES)
    assert found.quality["valid"].tolist() == ["no"]
    assert len(found.quality) == 1


# Bad input ----------------------------------------------------------------------------------------------------------


def test_all_problems_are_told_at_once():
    flows = pd.DataFrame(
        {
            "origin": ["a", "a", None, "b"],
            "destination": ["a", "a", "b", "b"],
            "flow": [1.0, 2.0, -1.0, np.nan],
        }
    )
    with pytest.raises(FlowError) as refusal:
        labour_markets(flows)
    text = str(refusal.value)
    assert "“origin”: empty (rows: 1, first: 3)" in text
    assert "missing, infinite or below 0 (rows: 2, first: 3)" in text
    assert "pairs given more than once: 1, first: row 2" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="flow"), "no column “flow”"),
        (lambda f: f.assign(flow="many"), "no numbers"),
        (
            lambda f: pd.concat([f.assign(period="2001"), f.assign(period="2011")]),
            "several periods (“2001”, “2011”)",
        ),
        (lambda f: f.assign(flow=0.0), "nobody commutes"),
        (lambda f: f[:0], "nobody commutes"),
        (lambda f: f[f["origin"] != f["destination"]], "nobody works where they live"),
        (lambda f: f[f["origin"] == f["destination"]], "no place has residents, workers and commuters"),
        (lambda f: f.assign(flow=np.inf), "infinite"),
    ],
)
def test_flows_that_say_nothing(change, said):
    with pytest.raises(FlowError, match="flows") as refusal:
        labour_markets(change(flows_of(HAND)))
    assert said in str(refusal.value)


def test_lost_zeros_are_refused():
    flows = flows_of(HAND, names="1234")
    places = squares(0, 1, 2, 3).assign(territory=["01", "02", "03", "04"])
    with pytest.raises(FlowError, match="zeros at the beginning"):
        labour_markets(flows, places)


def test_territories_of_another_table_are_refused():
    with pytest.raises(FlowError, match="none of the territories"):
        labour_markets(flows_of(HAND), squares().assign(territory=list("wxyz")))
    with pytest.raises(FlowError, match="more than once"):
        labour_markets(flows_of(HAND), squares().assign(territory=list("aabc")))


def test_unknown_places_are_across_the_border():
    flows = pd.concat(
        [
            flows_of(HAND),
            pd.DataFrame(
                {"origin": ["a", "x", "x"], "destination": ["x", "c", "y"], "flow": [7.0, 5.0, 9.0]}
            ),
        ]
    )
    with pytest.warns(GeoterritorioWarning, match="no territories of the study: 2 .*: 12"):
        found = labour_markets(flows, squares(), rules=RULES)
    assert found.quality.loc["a", ["residents", "beyond"]].tolist() == [167, 7]
    assert found.quality.loc["c", ["workers", "beyond"]].tolist() == [165, 5]
    assert found.quality["border"].tolist() == ["counted", "counted"]
    named = labour_markets(flows, squares(), outside=["x", "y"], rules=RULES)
    pd.testing.assert_frame_equal(named.quality, found.quality)


def test_totals_beyond_the_flows():
    totals = pd.DataFrame({"residents": [110.0], "workers": [130.0]}, index=["a"])
    found = labour_markets(flows_of(HAND), rules=RULES, totals=totals)
    assert found.quality.loc["a", ["residents", "workers", "beyond"]].tolist() == [170, 170, 10]
    with pytest.raises(FlowError, match=r"add up to \(places: 1\)"):
        labour_markets(flows_of(HAND), rules=RULES, totals=totals - 50)
    with pytest.raises(FlowError, match="no column “workers”"):
        labour_markets(flows_of(HAND), rules=RULES, totals=totals[["residents"]])


def test_places_that_belong_to_no_market():
    # e has no workers, f nobody lives in, g is linked to nobody, h to e alone; i is in no flow.
    matrix = np.zeros((8, 8))
    matrix[:4, :4] = HAND
    matrix[4, 0], matrix[1, 5], matrix[6, 6], matrix[7, 7], matrix[4, 7] = 5, 6, 80, 20, 3
    with pytest.warns(GeoterritorioWarning) as said:
        found = labour_markets(flows_of(matrix), squares(*range(9)), rules=RULES)
    assert any("no links to others: 5 (" in str(w.message) for w in said)
    how = found.membership["how"]
    assert how[["e", "f", "g", "h", "i"]].tolist() == [
        "no workers",
        "no residents",
        "no links",
        "no links",
        "no flows",
    ]
    assert found.membership["market"][["e", "f", "g", "h", "i"]].isna().all()
    assert found.quality.loc["a", "residents"] == 160


def test_places_without_flow_to_themselves_are_told():
    matrix = np.array(HAND)
    matrix[1, 1] = 0
    with pytest.warns(GeoterritorioWarning, match=r"without a flow to themselves: 1 \(“b”\)"):
        labour_markets(flows_of(matrix), rules=RULES)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (LabourMarketRules(1000, 0.6, 1000, 0.7), "not below"),
        (LabourMarketRules(1000, 0.8, 2000, 0.7), "must not be above"),
        (LabourMarketRules(1000, 0.0, 2000, 0.7), "must be above 0"),
        (LabourMarketRules(-1, 0.6, np.inf, 0.7), "0 or more"),
        (LabourMarketRules(enclaves="burn"), "neither “keep” nor “join”"),
    ],
)
def test_rules_no_market_can_fulfil(rules, said):
    with pytest.raises(LayerError, match=said):
        labour_markets(flows_of(HAND), rules=rules)


# Where places lie ---------------------------------------------------------------------------------------------------


def test_areas_take_the_name_of_their_centre():
    found = labour_markets(flows_of(HAND), squares(), rules=RULES)
    assert found.areas["territory"].tolist() == ["a", "c"]
    assert found.areas["name"].tolist() == ["A", "C"]
    assert found.areas.area.tolist() == pytest.approx([2e6, 2e6])
    assert found.areas["pieces"].tolist() == [1, 1]
    assert found.areas["border"].tolist() == ["not known", "not known"]
    twins = labour_markets(flows_of(HAND), squares().assign(name="Villa"), rules=RULES)
    assert twins.areas["name"].tolist() == ["Villa (a)", "Villa (c)"]


def test_an_area_in_the_middle_does_not_touch_the_edge():
    matrix = np.eye(25) * 500 + 1
    at = [(i % 5, i // 5) for i in range(25)]
    names = "abcdefghijklmnopqrstuvwxy"
    shapes = [box(1000 * i, 1000 * j, 1000 * i + 980, 1000 * j + 980) for i, j in at]
    places = gpd.GeoDataFrame({"territory": list(names)}, geometry=shapes, crs=25830)
    found = labour_markets(flows_of(matrix, names), places, rules=LabourMarketRules(50, 0.6, 200, 0.8))
    inner = [names[i] for i, (x, y) in enumerate(at) if 0 < x < 4 and 0 < y < 4]
    assert found.quality.index[found.quality["border"] == "inland"].tolist() == inner


@pytest.mark.parametrize(("gap", "snap", "joined"), [(0, 0, True), (30, 50, True), (30, 5, False)])
def test_enclaves_are_joined_across_gaps(gap, snap, joined):
    # d works in a, and lies behind c and e, which are of another market.
    matrix = [[300, 20, 0, 0, 0], [60, 60, 0, 0, 0], [0, 0, 300, 2, 20], [30, 0, 5, 20, 1], [0, 0, 60, 1, 60]]
    flows, places = flows_of(matrix), squares(*range(5), gap=gap)
    kept = labour_markets(flows, places, rules=LabourMarketRules(90, 0.6, 300, 0.8, "keep", snap))
    assert kept.membership["market"].tolist() == ["a", "a", "c", "a", "c"]
    assert kept.quality["pieces"].tolist() == ([2, 2] if joined else [3, 2])
    rules = LabourMarketRules(90, 0.6, 300, 0.8, "join", snap)
    moved = labour_markets(flows, places, rules=rules)
    assert moved.membership["market"].tolist() == ["a", "a", "c", "c" if joined else "a", "c"]
    assert moved.membership.loc["d", "how"] == ("joined to what it touches" if joined else "grouped")
    if joined:
        last = moved.trace.iloc[-1]
        assert (last["unit"], last["target"], last["outcome"]) == ("d", "c", "joined to what it touches")
        assert last["target_after"] == pytest.approx(moved.quality.loc["c", "validity"])
        assert moved.quality["pieces"].tolist() == [1, 1]


def test_islands_stay():
    matrix = [[300, 20, 0, 0], [60, 60, 0, 0], [0, 0, 300, 20], [50, 0, 5, 20]]
    found = labour_markets(
        flows_of(matrix), squares(0, 1, 2, 9), rules=LabourMarketRules(90, 0.6, 300, 0.8, "join")
    )
    assert found.membership.loc["d", "market"] == "a"
    assert found.quality["pieces"].tolist() == [2, 1]
    # Nor does the coast across from an island on which most of its market lives.
    found = labour_markets(
        flows_of(matrix), squares(9, 1, 2, 3), rules=LabourMarketRules(90, 0.6, 300, 0.8, "join")
    )
    assert found.membership.loc["b", "market"] == "a"


def test_points_have_no_enclaves_to_join():
    places = squares()
    points = places.set_geometry([Point(p.x, p.y) for p in places.centroid], crs=25830)
    found = labour_markets(flows_of(HAND), points, rules=RULES)
    assert "pieces" not in found.quality.columns
    assert found.areas.geom_type.tolist() == ["MultiPoint", "MultiPoint"]
    with pytest.raises(LayerError, match="points"):
        labour_markets(flows_of(HAND), points, rules=LabourMarketRules(50, 0.6, 200, 0.8, "join"))
    with pytest.raises(LayerError, match="give the territories"):
        labour_markets(flows_of(HAND), rules=LabourMarketRules(50, 0.6, 200, 0.8, "join"))


def test_input_stays_as_it_was_and_work_can_be_cancelled():
    flows, places = flows_of(HAND), squares()
    before = flows.copy(), places.copy()
    labour_markets(flows, places, rules=RULES)
    pd.testing.assert_frame_equal(flows, before[0])
    assert places.equals(before[1])

    def cancel(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        labour_markets(flows, progress=cancel)


def test_outlines_are_healed_where_boundaries_do_not_meet():
    places = squares(0, 1, 2, 3, gap=8)
    found = labour_markets(flows_of(HAND), places, rules=RULES)
    # The gap between places of one market is filled, that between markets is nobody's.
    assert [
        len(shape.geoms if shape.geom_type == "MultiPolygon" else [shape]) for shape in found.areas.geometry
    ] == [1, 1]
    assert found.areas.area.to_numpy() == pytest.approx([1992 * 1000] * 2, rel=1e-6)
    assert found.areas.geometry[0].disjoint(found.areas.geometry[1])
    apart = labour_markets(flows_of(HAND), places, rules=LabourMarketRules(50, 0.6, 200, 0.8, "keep", 0))
    assert apart.areas.area.to_numpy() == pytest.approx([1984 * 1000] * 2)
    assert (apart.areas.geom_type == "MultiPolygon").all()


def test_outlines_fill_where_places_do_not_meet_and_leave_bays_alone():
    bay = box(0, 0, 1000, 1000).difference(box(480, 500, 500, 1000))
    shapes = [bay, box(1020, 0, 2000, 1000), box(2000, 0, 3000, 1000), box(1000, 1000, 2000, 2000)]
    places = gpd.GeoDataFrame(geometry=shapes, crs=25830)
    found = outlines(places, np.array([0, 0, 0, 1]), 2, snap=50)
    assert found[0].area == pytest.approx(3e6 - 20 * 500)
    assert found[0].geom_type == "Polygon"
    assert found[1].equals(shapes[3])
    assert outlines(places, np.array([0, 0, 0, 1]), 2, snap=5)[0].geom_type == "MultiPolygon"
