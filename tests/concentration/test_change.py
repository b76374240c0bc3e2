"""Shift-share: worked examples, identities, and what happens where a rate does not exist."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoterritorio.concentration import Whole, counts_panel, long_table, shift_share
from geoterritorio.errors import GeoterritorioWarning, LayerError

ADDITIVE = ["classic", "esteban_marquillas", "arcelus", "spatial", "dynamic"]
RING = pd.DataFrame({"territory": list("ABCD"), "neighbour": list("BCDA")})


def table(values, sectors=("10", "62")):
    rows = np.asarray(values, float)
    return pd.DataFrame(rows, index=list("ABCD")[: len(rows)], columns=list(sectors))


OLD, NEW = table([[100, 400], [300, 200]]), table([[120, 400], [330, 250]])


def by_cell(found, name):
    return found.cells.pivot_table(index="territory", columns="sector", values=name, dropna=False).to_numpy()


def test_classic_and_esteban_marquillas_worked_by_hand():
    """g = .10; g_i = .125, .08333; g_ir = .2, 0, .1, .25; h = 200, 300 in both territories."""
    found = shift_share(OLD, NEW, method="esteban_marquillas")
    np.testing.assert_allclose(by_cell(found, "national"), [[10, 40], [30, 20]])
    np.testing.assert_allclose(by_cell(found, "mix"), [[2.5, -20 / 3], [7.5, -10 / 3]])
    np.testing.assert_allclose(by_cell(found, "competitive"), [[15, -25], [-5, 50]])
    np.testing.assert_allclose(by_cell(found, "allocation"), [[-7.5, -25 / 3], [-2.5, -50 / 3]])
    assert found.cells["position"].tolist() == [
        "not specialised, advantaged",
        "specialised, disadvantaged",
        "specialised, disadvantaged",
        "not specialised, advantaged",
    ]
    classic = shift_share(OLD, NEW)
    np.testing.assert_allclose(by_cell(classic, "regional"), [[7.5, -100 / 3], [-7.5, 100 / 3]])
    assert classic.totals.loc["A", "regional"] == pytest.approx(7.5 - 100 / 3)
    assert (classic.method, classic.reference, classic.periods) == (
        "classic",
        "own sums",
        ("before", "after"),
    )


def test_arcelus_worked_by_hand():
    """g_r = .04 and .16; regional growth e (g_r - g); regional mix e (g_ir - g_r - g_i + g)."""
    found = shift_share(OLD, NEW, method="arcelus")
    np.testing.assert_allclose(by_cell(found, "national_homothetic"), [[20, 30], [20, 30]])
    np.testing.assert_allclose(by_cell(found, "national_differential"), [[-10, 10], [10, -10]])
    np.testing.assert_allclose(by_cell(found, "mix_homothetic"), [[5, -5], [5, -5]])
    np.testing.assert_allclose(by_cell(found, "regional_growth_homothetic"), [[-12, -18], [12, 18]])
    np.testing.assert_allclose(by_cell(found, "regional_growth_differential"), [[6, -6], [6, -6]])
    m = np.array([[0.2 - 0.04 - 0.025, 0 - 0.04 + 1 / 60], [0.1 - 0.16 - 0.025, 0.25 - 0.16 + 1 / 60]])
    np.testing.assert_allclose(by_cell(found, "regional_mix_homothetic"), m * [[200, 300], [200, 300]])
    np.testing.assert_allclose(by_cell(found, "regional_mix_differential"), m * [[-100, 100], [100, -100]])


def test_arcelus_regional_terms_are_the_regional_share_of_dunn():
    found, classic = shift_share(OLD, NEW, method="arcelus").cells, shift_share(OLD, NEW).cells
    regional = found.filter(like="regional_").sum(axis=1)
    np.testing.assert_allclose(regional, classic["regional"])


@settings(max_examples=30)
@given(values=hnp.arrays(np.float64, (2, 4, 3), elements=st.floats(1, 100)))
def test_arcelus_terms_vanish_where_they_must(values):
    found = shift_share(*(table(v, ["1", "2", "3"]) for v in values), method="arcelus")
    cells, totals, size = found.cells, found.totals, values.sum() * 1e-9
    # The whole's mix on the whole's shares of sectors is nothing, and nobody differs from the whole in number of jobs.
    for name in ("mix_homothetic", "national_differential", "regional_growth_differential"):
        np.testing.assert_allclose(totals[name], 0, atol=size)
    # Together the territories grow like the whole, and each sector like itself.
    growth = totals["regional_growth_homothetic"] + totals["regional_growth_differential"]
    assert growth.sum() == pytest.approx(0, abs=size)
    # What the sectors of a territory grow beyond its own growth is its mix turned over.
    own = totals[["regional_mix_homothetic", "regional_mix_differential"]].sum(axis=1)
    np.testing.assert_allclose(own, -totals[["mix_homothetic", "mix_differential"]].sum(axis=1), atol=size)
    # Each pair of parts is one rate on all the jobs: national and mix are Dunn's, the rest is his regional part.
    classic = shift_share(*(table(v, ["1", "2", "3"]) for v in values)).cells
    for name in ("national", "mix"):
        both = cells[f"{name}_homothetic"] + cells[f"{name}_differential"]
        np.testing.assert_allclose(both, classic[name], atol=size)
    np.testing.assert_allclose(cells.filter(like="regional_").sum(axis=1), classic["regional"], atol=size)


def test_gerfin_worked_by_hand():
    found = shift_share(OLD, NEW, method="gerfin")
    expected = (100 * 1.125 + 400 * 13 / 12) / 500
    assert found.totals.loc["A", ["growth", "national", "mix", "regional"]].tolist() == pytest.approx(
        [1.04, 1.1, expected / 1.1, 1.04 / expected]
    )
    np.testing.assert_allclose(
        by_cell(found, "regional"), [[1.2 / 1.125, 12 / 13], [1.1 / 1.125, 1.25 * 12 / 13]]
    )


def test_spatial_takes_the_weighted_growth_of_the_neighbours():
    old, new = table([[10, 5], [20, 5], [40, 5]]), table([[12, 5], [30, 5], [40, 5]])
    weights = pd.DataFrame([[0, 1, 3], [1, 0, 0], [0, 2, 0]], index=list("ABC"), columns=list("ABC"))
    found = shift_share(old, new, method="spatial", neighbours=weights)
    rate = np.array([(1 * 10 + 3 * 0) / (20 + 3 * 40), 0.2, 0.5])
    g = 97 / 85 - 1
    np.testing.assert_allclose(by_cell(found, "neighbours")[:, 0], old["10"] * (rate - g))
    np.testing.assert_allclose(by_cell(found, "regional")[:, 0], new["10"] - old["10"] - old["10"] * rate)
    halved = shift_share(old, new, method="spatial", neighbours=weights.mul([0.5, 7, 2], axis=0))
    pd.testing.assert_frame_equal(found.cells, halved.cells)
    pairs = pd.DataFrame({"territory": list("AABC"), "neighbour": list("BCAB"), "weight": [1, 3, 1, 2]})
    pd.testing.assert_frame_equal(
        found.cells, shift_share(old, new, method="spatial", neighbours=pairs).cells
    )


def test_dynamic_adds_up_the_steps_and_keeps_them():
    middle = table([[150, 350], [280, 230]])
    found = shift_share({"2012": NEW, "2010": OLD, "2011": middle}, method="dynamic")
    first, second = shift_share(OLD, middle), shift_share(middle, NEW)
    for part in found.components:
        np.testing.assert_allclose(found.cells[part], first.cells[part] + second.cells[part], atol=1e-12)
    assert found.periods == ("2010", "2011", "2012")
    twice = shift_share(
        {"2012": NEW, "2010": OLD, "2011": middle}, method="dynamic", step="esteban_marquillas"
    )
    assert "position" not in twice.cells
    assert found.steps[["start", "end"]].drop_duplicates().values.tolist() == [
        ["2010", "2011"],
        ["2011", "2012"],
    ]
    np.testing.assert_allclose(found.steps["regional"][:2], first.totals["regional"])
    np.testing.assert_allclose(found.cells["change"], shift_share(OLD, NEW).cells["change"])
    assert (found.method, found.step) == ("dynamic", "classic")


def amounts(shape):
    return hnp.arrays(float, shape, elements=st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0, 50.0, 1234.0, 9e5]))


@pytest.mark.parametrize(
    ("method", "step"),
    [(m, "classic") for m in ADDITIVE]
    + [("dynamic", s) for s in ("esteban_marquillas", "arcelus", "spatial")],
)
@settings(max_examples=30)
@given(values=amounts((3, 4, 3)))
def test_components_add_up_to_the_change_cell_by_cell(method, step, values):
    tables = {
        year: table(v, ["1", "2", "3"]) for year, v in zip(("2001", "2002", "2003"), values, strict=True)
    }
    found = shift_share(tables, method=method, step=step, neighbours=RING)
    for frame in (found.cells, found.totals, found.steps):
        parts = frame[list(found.components)]
        assert not parts.isna().any(axis=None)
        scale = np.abs(values).sum() * 1e-9
        np.testing.assert_allclose(parts.sum(axis=1), frame["change"], rtol=1e-9, atol=scale)
    sums = found.cells.groupby("territory")[list(found.components)].sum()
    np.testing.assert_allclose(sums, found.totals[list(found.components)], rtol=1e-9, atol=scale)


@pytest.mark.parametrize("method", ["classic", "esteban_marquillas", "arcelus", "spatial"])
@settings(max_examples=30)
@given(values=amounts((2, 4, 3)), nation=amounts((2, 3)))
def test_components_add_up_against_any_reference(method, values, nation):
    tables = [table(v, ["1", "2", "3"]) for v in values]
    whole = [pd.Series([*totals, 5.0], ["1", "2", "3", "rest"]) for totals in nation]
    found = shift_share(*tables, method=method, reference=whole, neighbours=RING)
    parts = found.cells[list(found.components)]
    # A sector that booms in the reference makes parts far larger than the change they add up to.
    scale = np.nansum(np.abs(np.asarray(parts))) * 1e-12
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), found.cells["change"], rtol=1e-9, atol=scale)


@settings(max_examples=30)
@given(values=amounts((2, 4, 3)))
def test_indices_multiply_to_the_growth(values):
    found = shift_share(*(table(v, ["1", "2", "3"]) for v in values), method="gerfin")
    for frame in (found.cells, found.totals):
        product = frame[list(found.components)].prod(axis=1, skipna=False)
        known = product.notna()
        np.testing.assert_allclose(product[known], frame["growth"][known], rtol=1e-9)
        some = (frame["before"] > 0) & (frame["after"] > 0)
        np.testing.assert_allclose(
            frame["growth"][some], (frame["after"] / frame["before"])[some], rtol=1e-12
        )
        # A territory all of whose sectors vanish has no expected jobs by which to divide; a cell that lives has.
        assert known[some].all() or frame is found.totals
        assert frame["growth"][frame["before"] == 0].isna().all()


@pytest.mark.parametrize("method", ["classic", "esteban_marquillas", "arcelus"])
@settings(max_examples=15)
@given(values=amounts((2, 4, 3)), factor=st.sampled_from([0.5, 3.0, 1e4]), order=st.permutations(range(4)))
def test_scale_order_and_empty_territories_change_nothing_else(method, values, factor, order):
    before, after = (table(v, ["1", "2", "3"]) for v in values)
    found = shift_share(before, after, method=method)
    parts = list(found.components)
    bigger = shift_share(before * factor, after * factor, method=method)
    tolerance = 1e-9 * values.sum() * factor
    np.testing.assert_allclose(bigger.cells[parts], found.cells[parts] * factor, rtol=1e-9, atol=tolerance)
    turned = shift_share(before.iloc[order], after, method=method)
    empty = pd.DataFrame(0.0, index=["empty"], columns=before.columns)
    more = shift_share(pd.concat([before, empty]), pd.concat([after, empty]), method=method)
    np.testing.assert_allclose(
        more.totals[parts], [*found.totals[parts].to_numpy(), [0] * len(parts)], atol=tolerance
    )
    assert list(turned.totals.index) == [list("ABCD")[i] for i in order]
    np.testing.assert_allclose(
        turned.totals.loc[found.totals.index, parts], found.totals[parts], atol=tolerance
    )


@settings(max_examples=30)
@given(values=amounts((2, 4, 3)))
def test_own_shifts_cancel_over_the_whole(values):
    """Against the table's own sums the national part is the whole change, mix and regional parts sum to zero."""
    found = shift_share(*(table(v, ["1", "2", "3"]) for v in values)).cells
    tolerance = 1e-9 * values.sum() + 1e-12
    if values[0].sum() > 0:
        assert found["national"].sum() == pytest.approx(values[1].sum() - values[0].sum(), abs=tolerance)
        assert (found["mix"] + found["regional"]).sum() == pytest.approx(0, abs=tolerance)
    old_sectors = found.groupby("sector")["before"].transform("sum") > 0
    own = found["regional"].where(old_sectors, 0.0).groupby(found["sector"]).sum()
    np.testing.assert_allclose(own, 0, atol=tolerance)


def test_a_sector_new_to_the_territory():
    old, new = table([[0, 100], [50, 50]]), table([[8, 110], [60, 60]])
    classic = shift_share(old, new).cells.iloc[0]
    assert classic[["national", "mix", "regional", "unsplit"]].tolist() == [0, 0, 8, 0]
    split = shift_share(old, new, method="esteban_marquillas").cells.iloc[0]
    assert split[["national", "mix", "competitive", "allocation", "unsplit"]].tolist() == [0, 0, 0, 0, 8]
    assert pd.isna(split["position"])
    found = shift_share(old, new, method="arcelus")
    assert found.cells.loc[0, "unsplit"] == 8
    assert found.cells.loc[0, list(found.components)].sum() == pytest.approx(8)
    assert np.isnan(shift_share(old, new, method="gerfin").cells.loc[0, "growth"])
    assert shift_share(old, new, method="gerfin").totals.loc["A", "growth"] == pytest.approx(1.18)


def test_a_sector_new_to_the_whole_and_a_territory_without_anything():
    old, new = table([[0, 100], [0, 0]]), table([[8, 110], [2, 5]])
    for method in ("classic", "esteban_marquillas", "arcelus"):
        found = shift_share(old, new, method=method)
        np.testing.assert_allclose(found.cells[list(found.components)].sum(axis=1), [8, 10, 2, 5])
    assert shift_share(old, new).cells["regional"].tolist() == pytest.approx([8, -5, 2, 5])
    assert np.isnan(shift_share(old, new, method="gerfin").totals.loc["B", "growth"])


def test_a_sector_that_the_reference_lacks_at_the_start_cannot_be_divided():
    nation = pd.DataFrame({"2010": [0.0, 1000.0], "2020": [500.0, 1500.0]}, index=["10", "62"])
    found = shift_share({"2010": OLD, "2020": NEW}, reference=nation).cells
    assert found.loc[0, ["national", "mix", "regional", "unsplit"]].tolist() == [100, 0, 0, -80]
    assert found.loc[1, "unsplit"] == 0
    assert np.isnan(shift_share(OLD, NEW, method="gerfin", reference=nation).totals.loc["A", "mix"])


def test_neighbours_without_the_sector_leave_the_rest_undivided():
    old, new = table([[10, 5], [0, 5]]), table([[12, 5], [3, 5]])
    found = shift_share(
        old, new, method="spatial", neighbours=RING.iloc[[0, 1]].assign(neighbour=["B", "A"])
    ).cells
    assert found.loc[0, "unsplit"] == pytest.approx(2 - 10 * 0.25)
    assert found.loc[0, ["neighbours", "regional"]].tolist() == [0, 0]
    assert found.loc[2, ["national", "neighbours", "regional", "unsplit"]].tolist() == [0, 0, 3, 0]


@pytest.mark.parametrize("method", [*ADDITIVE, "gerfin"])
def test_withheld_cells_have_no_components_and_are_counted(method):
    old = OLD.copy()
    old.loc["A", "10"] = np.nan
    with pytest.warns(GeoterritorioWarning, match="1 cells .* totals of 1 territories"):
        found = shift_share(old, NEW, method=method, neighbours=RING.iloc[:1])
    parts = list(found.components)
    assert found.cells.loc[0, parts].isna().all()
    assert found.totals.loc["A", parts].isna().all()
    if method in {"classic", "dynamic"}:
        assert found.cells.loc[1:, parts].notna().all(axis=None)
        # Like with like: sector 10 grows as in the territory that is known at both ends.
        assert found.cells.loc[2, "regional"] == pytest.approx(0)
        assert found.totals.loc["B", "national"] == pytest.approx(500 * (980 / 900 - 1))


def test_an_unknown_neighbour_is_not_zero():
    old = table([[10, 5], [np.nan, 5], [40, 5]])
    pairs = pd.DataFrame({"territory": ["A", "C"], "neighbour": ["B", "A"]})
    with pytest.warns(GeoterritorioWarning, match="1 cells"):
        found = shift_share(old, table([[12, 5], [30, 5], [50, 5]]), method="spatial", neighbours=pairs).cells
    assert found.loc[0, ["neighbours", "regional"]].isna().all()
    assert found.loc[4, "neighbours"] == pytest.approx(40 * 0.2 - found.loc[4, "national"])


def test_reference_pairs_frames_wholes_and_mappings_agree():
    pair = (
        pd.Series({"62": 4000.0, "10": 6000.0, "99": 10.0}),
        pd.Series({"62": 5000.0, "10": 6000.0, "99": 1.0}),
    )
    found = shift_share(OLD, NEW, reference=pair)
    assert found.reference == "reference"
    years = {"2020": NEW, "2010": OLD}
    frame = pd.DataFrame({2020: pair[1], 2010: pair[0]})
    for other in (frame, {"2010": pair[0], "2020": pair[1]}):
        pd.testing.assert_frame_equal(shift_share(years, reference=other).cells, found.cells)
    wholes = [Whole(s.drop("99"), float(s.sum()), "Nation") for s in pair]
    named = shift_share(OLD, NEW, reference=wholes)
    assert named.reference == "Nation"
    pd.testing.assert_frame_equal(named.cells, found.cells)
    assert found.totals.loc["A", "national"] == pytest.approx(500 * (11001 / 10010 - 1))


def test_long_table_and_periods_out_of_order():
    rows = pd.concat(
        [long_table(employment=t).assign(period=p) for p, t in (("2011", NEW), ("2010-05", OLD))]
    )
    found = shift_share(rows)
    assert found.periods == ("2010-05", "2011")
    np.testing.assert_allclose(found.cells["change"], shift_share(OLD, NEW).cells["change"])
    assert list(counts_panel(rows.replace("2011", "2008/2009"))) == ["2008/2009", "2010-05"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"before": -OLD}, "“before”: 4 cells are negative"),
        ({"before": OLD.replace(100, np.inf)}, "1 cells are negative or infinite"),
        (
            {"after": pd.concat([NEW, NEW.iloc[:1]])},
            "“after”: 1 territories or sectors stand in it several times: “A”",
        ),
        ({"after": NEW.iloc[:1]}, "“after”: 1 territories of other periods are missing: “B”"),
        ({"before": OLD[["62"]]}, "“before”: 1 sectors of other periods are missing: “10”"),
        ({"after": None}, "needs two tables"),
        ({"before": {"2010": OLD}, "after": None}, "two periods or more; there are 1"),
        ({"before": {"2010": OLD, "then": NEW}, "after": None}, "must hold dates"),
        ({"before": {"2010": OLD, "2010-01": NEW}, "after": None}, "2 periods begin on the same day"),
        ({"reference": OLD.loc["A"]}, "as a pair"),
        (
            {"reference": (OLD.loc["A"], NEW.loc["A", ["62"]])},
            "1 sectors of the data have no total in it: “10”",
        ),
        ({"reference": (OLD.loc["A"], -NEW.loc["A"])}, "negative, missing, or zero"),
        ({"before": {"1": OLD, "2": NEW}, "after": None, "reference": {}}, "must hold dates"),
        (
            {"before": {"2001": OLD, "2002": NEW}, "after": None, "reference": {"2001": OLD.loc["A"]}},
            "no totals of 1 periods of the data: “2002”",
        ),
        (
            {"reference": (pd.Series([1.0, 2.0, 3.0], ["10", "62", "10"]), NEW.loc["A"])},
            "1 sectors stand in it several times: “10”",
        ),
        ({"method": "spatial"}, "needs neighbours"),
        ({"method": "spatial", "neighbours": RING}, "2 territories are not in the tables: “C”, “D”"),
        (
            {"method": "spatial", "neighbours": RING.assign(neighbour=list("ABAB"))[:2]},
            "2 territories are their own",
        ),
        ({"method": "spatial", "neighbours": RING.iloc[:1].assign(weight=-1)}, "1 weights are negative"),
    ],
)
def test_refusals(change, match):
    with pytest.raises(LayerError, match=match):
        shift_share(**{"before": OLD, "after": NEW, **change})


def test_all_problems_are_told_at_once():
    with pytest.raises(LayerError) as refused:
        shift_share(OLD, NEW.iloc[:1, :1], reference=(OLD.loc["A"], -NEW.loc["A"]))
    assert len(refused.value.problems) == 3


def test_missing_as_zero():
    found = shift_share(OLD, NEW.iloc[:1].assign(new=5.0), missing="zero")
    assert found.totals["change"].tolist() == [25, -500]
    assert found.cells.set_index(["territory", "sector"]).loc[("A", "new"), "regional"] == 5
    nation = (pd.Series({"10": 9.0, "62": 9.0}), pd.Series({"10": 9.0, "62": 9.0, "new": 6.0}))
    shift_share(OLD, NEW.assign(new=5.0), missing="zero", reference=nation)
    with pytest.raises(LayerError, match="1 sectors of the data have no total in it: “other”"):
        shift_share(OLD, NEW.assign(other=5.0), missing="zero", reference=nation)


@pytest.mark.parametrize("method", [*ADDITIVE, "gerfin"])
def test_empty_tables_and_single_cells(method):
    empty = shift_share(OLD.iloc[:0], NEW.iloc[:0], method=method, neighbours=RING.iloc[:0])
    assert len(empty.cells) == len(empty.totals) == len(empty.steps) == 0
    assert set(empty.components) <= set(empty.cells.columns)
    one = shift_share(OLD.iloc[:1, :1], NEW.iloc[:1, :1], method=method, neighbours=RING.iloc[:0])
    parts = one.cells[list(one.components)]
    assert (parts.prod(axis=1) if method == "gerfin" else parts.sum(axis=1)).iloc[0] == pytest.approx(
        1.2 if method == "gerfin" else 20
    )
    assert one.totals.index.name == "territory"


def test_inputs_are_left_alone():
    copies = OLD.copy(), NEW.copy()
    shift_share(OLD, NEW.iloc[::-1], method="arcelus")
    pd.testing.assert_frame_equal(OLD, copies[0])
    pd.testing.assert_frame_equal(NEW, copies[1])
