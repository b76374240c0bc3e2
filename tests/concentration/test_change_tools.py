"""Shift-share and variety on layers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.concentration import shift_share, tools, variety
from geoterritorio.concentration._neighbours import contiguity
from geoterritorio.concentration.tools import ShiftShareRules
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.schema import COUNTS_PERIODS, REFERENCE_AREAS
from geoterritorio.registry import gathered

YEARS = ("2012", "2010", "2011")


def panel():
    rng = np.random.default_rng(3)
    labels = {
        "index": pd.Index(list("abcdef"), name="territory"),
        "columns": pd.Index(["15", "25"], name="sector"),
    }
    return {year: pd.DataFrame(rng.integers(1, 90, (6, 2)).astype(float), **labels) for year in YEARS}


def long(tables):
    rows = [
        t.melt(ignore_index=False, value_name="employment").reset_index().assign(period=y)
        for y, t in tables.items()
    ]
    return pd.concat(rows, ignore_index=True)


@pytest.fixture
def counts():
    rows = long(panel())
    return as_layer(
        rows.assign(sector_name=rows["sector"].map({"15": "Leather", "25": "Metal"})), COUNTS_PERIODS
    )


@pytest.fixture
def nation():
    rows = [
        (s, y, 1000.0 * (i + 1) + j) for i, s in enumerate(("15", "25", "99")) for j, y in enumerate(YEARS)
    ]
    frame = pd.DataFrame(rows, columns=["sector", "period", "employment"])
    return as_layer(frame, REFERENCE_AREAS)


def test_tool_agrees_with_the_measure(territories, counts, nation):
    tables = panel()
    whole = nation.pivot_table(index="sector", columns="period", values="employment")
    found = tools.shift_share(territories, counts, nation)
    expected = shift_share(tables, reference=whole)
    shown = found.components[["territory", "sector", *expected.components]]
    pd.testing.assert_frame_equal(shown, expected.cells[list(shown.columns)], check_dtype=False)
    assert found.components["sector_name"].tolist()[:2] == ["Leather", "Metal"]
    assert set(found.components["reference"]) == {"reference"}
    assert {*found.components["measure"], *found.areas["measure"], *found.steps["measure"]} == {"employment"}
    areas = found.areas.set_index("territory")
    np.testing.assert_allclose(areas["regional"], expected.totals["regional"])
    assert areas.crs == territories.crs
    assert found.areas.columns[-1] == "geometry"
    assert found.steps[["start", "end"]].drop_duplicates().values.tolist() == [["2010", "2012"]]


def test_dynamic_tool_keeps_the_years_and_respects_start_and_end(territories, counts):
    found = tools.shift_share(territories, counts, method="dynamic")
    assert found.steps[["start", "end"]].drop_duplicates().values.tolist() == [
        ["2010", "2011"],
        ["2011", "2012"],
    ]
    sums = found.steps.groupby("territory")["regional"].sum()
    np.testing.assert_allclose(sums, found.areas.set_index("territory")["regional"])
    assert set(found.areas["reference"]) == {"own sums"}
    later = tools.shift_share(territories, counts, rules=ShiftShareRules(start="2011"))
    assert later.steps[["start", "end"]].drop_duplicates().values.tolist() == [["2011", "2012"]]


def test_spatial_tool_finds_the_territories_that_touch(territories, counts):
    """In two rows of three squares a touches b, d and (at a corner) e."""
    found = tools.shift_share(territories, counts, method="spatial").components
    tables = panel()
    base, final = (tables[y].loc[["b", "d", "e"], "15"].sum() for y in ("2010", "2012"))
    cell = found.set_index(["territory", "sector"]).loc[("a", "15")]
    assert cell["national"] + cell["neighbours"] == pytest.approx(cell["before"] * (final / base - 1))
    points = territories.set_geometry(territories.centroid)
    with pytest.raises(LayerError, match="only be found among polygons"):
        tools.shift_share(points, counts, method="spatial")
    assert len(tools.shift_share(points, counts).areas) == 6


@pytest.mark.parametrize("method", ["esteban_marquillas", "arcelus", "gerfin"])
def test_every_column_is_explained(territories, counts, method):
    found = tools.shift_share(territories, counts, method=method)
    for frame, schema in (
        (found.components, tools.change.SHIFT_CELLS),
        (found.steps, tools.change.SHIFT_STEPS),
    ):
        assert set(frame.columns) <= {c.name for c in schema.columns}
    assert set(found.areas.columns) <= {c.name for c in tools.change.SHIFT_AREAS.columns} | {"geometry"}


def test_total_row_is_no_sector(territories, counts, nation):
    sums = counts.groupby(["territory", "period"], as_index=False)["employment"].sum().assign(sector="all")
    whole = nation.groupby("period", as_index=False)["employment"].sum().assign(sector="all")
    found = tools.shift_share(
        territories,
        pd.concat([counts, sums]),
        pd.concat([nation[nation["sector"] != "99"], whole]),
        total="all",
    )
    expected = tools.shift_share(territories, counts, nation)
    np.testing.assert_allclose(found.components["national"], expected.components["national"])


def test_periods_that_do_not_match(territories, counts, nation):
    gone = counts[~((counts["territory"] == "b") & (counts["period"] == "2012"))]
    with pytest.raises(LayerError, match="1 territories of other periods have no rows in “2012”: “b”"):
        tools.shift_share(territories, gone)
    thin = counts[~((counts["sector"] == "25") & (counts["period"] == "2012"))]
    with pytest.warns(GeoterritorioWarning, match="1 sectors have no rows in some period .* “25”"):
        found = tools.shift_share(territories, thin)
    assert (found.components.query("sector == '25'")["after"] == 0).all()
    for options, match in (
        ({"start": "1999"}, "no figures of the periods “1999”. There are: “2010”, “2011”, “2012”"),
        ({"start": "2012"}, "a later one to end with"),
        ({"reference": nation.drop(columns="period")}, "reference: no column “period”"),
        ({"reference": nation[nation["period"] != "2010"]}, "no totals of 1 periods of the data: “2010”"),
    ):
        with pytest.raises(LayerError, match=match):
            tools.shift_share(territories, counts, **gathered(tools.shift_share, options))
    with pytest.raises(LayerError, match="counts: no column “period”"):
        tools.shift_share(territories, counts.drop(columns="period"))
    with pytest.raises(LayerError, match="2 rows have no period"):
        tools.shift_share(territories, counts.assign(period=counts["period"].where(counts.index > 1)))


def test_cells_without_a_row_in_some_period_are_told(territories, counts):
    gone = counts[~((counts["territory"] == "b") & (counts["sector"] == "25") & (counts["period"] == "2012"))]
    gone = gone[~((gone["territory"] == "c") & (gone["sector"] == "15") & (gone["period"] == "2010"))]
    told = r"2 cells \(territory and sector\) have rows in some periods and none in others \(“2010”, “2012”\)"
    with pytest.warns(GeoterritorioWarning, match=told):
        found = tools.shift_share(territories, gone)
    cells = found.components.set_index(["territory", "sector"])
    assert cells.loc[("b", "25"), "after"] == cells.loc[("c", "15"), "before"] == 0
    with pytest.warns(GeoterritorioWarning, match=told):
        measured = shift_share(pd.DataFrame(gone))
    assert measured.totals["after"].to_dict() == found.areas.set_index("territory")["after"].to_dict()
    # An empty figure is unknown, and no row of 0 is told.
    unknown = counts.assign(employment=counts["employment"].where(counts.index != 0))
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld or unknown in some period") as told:
        tools.shift_share(territories, unknown)
    assert len(told) == 1
    # Periods that are not compared do not matter.
    tools.shift_share(
        territories,
        counts[(counts["territory"] != "a") | (counts["period"] != "2010")],
        rules=ShiftShareRules(start="2011"),
    )


@pytest.mark.parametrize("step", ["esteban_marquillas", "spatial"])
def test_steps_are_divided_by_the_method_of_steps(territories, counts, step):
    found = tools.shift_share(territories, counts, method="dynamic", rules=ShiftShareRules(step=step))
    tables = panel()
    near = contiguity(territories) if step == "spatial" else None
    exact = shift_share(tables, method="dynamic", step=step, neighbours=near)
    for name in exact.components:
        np.testing.assert_allclose(found.components[name], exact.cells[name])


def test_what_missing_rows_mean(territories, counts):
    first, last = counts["period"].min(), counts["period"].max()
    gone = counts[(counts["territory"] != "a") | (counts["period"] != last)]
    with pytest.raises(LayerError, match="add rows of 0, or say that missing is zero"):
        tools.shift_share(territories, gone)
    with pytest.warns(GeoterritorioWarning, match="1 territories have no rows in some period .*: “a”"):
        found = tools.shift_share(territories, gone, rules=ShiftShareRules(missing="zero"))
    tables = panel()[first], panel()[last].drop(index="a")
    exact = shift_share(*tables, missing="zero")
    np.testing.assert_allclose(found.components["regional"], exact.cells["regional"])
    assert found.areas.set_index("territory").loc["a", "after"] == 0
    sector = counts["sector"].iloc[0]
    less = counts[(counts["sector"] != sector) | (counts["period"] != last)]
    with pytest.warns(GeoterritorioWarning, match="1 sectors have no rows in some period and count as 0"):
        tools.shift_share(territories, less)
    with pytest.raises(LayerError, match="1 sectors of other periods are missing"):
        tools.shift_share(territories, less, rules=ShiftShareRules(missing="refuse"))


def test_periods_in_different_classifications_are_refused(territories, counts):
    names = counts["period"].map({"2010": "NACE 2", "2011": "NACE 2", "2012": "NACE 2.1"})
    with pytest.raises(LayerError, match="different classifications: “NACE 2”, “NACE 2"):
        tools.shift_share(territories, counts.assign(classification=names))
    tools.shift_share(territories, counts.assign(classification=names), rules=ShiftShareRules(end="2011"))


def test_contiguity_is_symmetric_and_counts_corners_and_isles():
    shapes = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2), box(9, 9, 10, 10)]
    pairs = contiguity(gpd.GeoDataFrame({"territory": list("abcd")}, geometry=shapes))
    assert pairs.values.tolist() == [["a", "b"], ["b", "a"], ["b", "c"], ["c", "b"]]


def test_variety_tool(territories, firms):
    found = tools.variety(territories, firms, measure="establishments", levels="section, division")
    table = tools.tabulate(territories, firms).pivot_table(
        index="territory", columns="sector", values="establishments", fill_value=0
    )
    groups = pd.Series({"15": "C", "25": "C", "47": "G"})
    expected = variety(table, groups=groups)
    kinds = ["total", "unrelated", "related"]
    np.testing.assert_allclose(found.set_index("territory")[kinds], expected[kinds])
    assert list(found.columns) == ["territory", "name", *kinds, "sectors", "geometry"]
    with pytest.raises(LayerError, match="3 sectors of the table lie in no group of “nace2”"):
        tools.variety(territories, firms)


def test_variety_tool_with_counts_and_a_total(territories):
    rows = [("a", "10.11", 4), ("a", "62.01", 4), ("a", "all", 8), ("b", "10.11", 3), ("b", "all", 3)]
    counts = as_counts(pd.DataFrame(rows, columns=["territory", "sector", "employment"]))
    found = tools.variety(territories, counts=counts, total="all").set_index("territory")
    assert found.loc["a", ["total", "unrelated", "semi_related", "related"]].tolist() == [1, 1, 0, 0]
    assert found.loc["b", "total"] == 0
    assert np.isnan(found.loc["c", "total"])
