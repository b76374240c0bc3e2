"""Crosswalks and transfers: identities on random maps, bounds that hold, weights, refusals."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine
from shapely import box

from geoterritorio.delimitation import _pieces, as_of, crosswalk, harmonised_panel, transfer, version_panel
from geoterritorio.delimitation._pieces import overlapping
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import Grid

SIDE = 10_000.0


def tiling(seed: int, cells: int, *, prefix: str = "t", side: float = SIDE) -> gpd.GeoDataFrame:
    """Voronoi cells of a square, cut at its border."""
    rng = np.random.default_rng(seed)
    sites = shapely.MultiPoint(rng.uniform(0, side, (cells, 2)))
    land = box(0, 0, side, side)
    drawn = shapely.voronoi_polygons(sites, extend_to=land)
    shapes = shapely.intersection(shapely.get_parts(drawn), land)
    names = [f"{prefix}{k:03d}" for k in range(len(shapes))]
    return gpd.GeoDataFrame({"territory": names}, geometry=shapes, crs=25830)


def blocks(columns: int, rows: int, *, prefix: str = "b", side: float = SIDE) -> gpd.GeoDataFrame:
    """Equal rectangles of the same square."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    width, height = side / columns, side / rows
    shapes = [
        box(i * width, j * height, (i + 1) * width, (j + 1) * height)
        for i, j in zip(x.flat, y.flat, strict=True)
    ]
    names = [f"{prefix}{i}-{j}" for i, j in zip(x.flat, y.flat, strict=True)]
    return gpd.GeoDataFrame({"territory": names}, geometry=shapes, crs=25830)


seeds = st.integers(0, 10_000)
sizes = st.integers(2, 25)


def amounts(areas, seed=0):
    rng = np.random.default_rng(seed)
    return pd.Series(rng.lognormal(3, 2, len(areas)), index=areas["territory"], name="jobs")


@settings(max_examples=25, deadline=None)
@given(seeds, sizes, sizes)
def test_totals_are_kept_between_any_two_divisions(seed, few, many):
    source, target = tiling(seed, few), tiling(seed + 1, many, prefix="u")
    cross = crosswalk(source, target)
    jobs = amounts(source, seed)
    told = transfer(jobs, cross)
    assert told.values["jobs"].sum() == pytest.approx(jobs.sum(), rel=1e-9)
    assert told.remainder.empty
    assert cross.covered.to_numpy() == pytest.approx(1)
    assert (told.low.to_numpy() <= told.values.to_numpy() * (1 + 1e-12) + 1e-12).all()
    assert (told.values.to_numpy() <= told.high.to_numpy() * (1 + 1e-12)).all()
    # A rate that is the same everywhere stays so.
    flat = transfer(pd.Series(7.0, index=source["territory"], name="rate"), cross, quantity="intensive")
    assert flat.values["rate"].to_numpy() == pytest.approx(7)
    # A density times its land is the amount.
    density = pd.Series(source.area.to_numpy() / 1e6 * 3, index=source["territory"], name="jobs")
    assert transfer(density, cross).values["jobs"].to_numpy() == pytest.approx(
        3 * target.area.to_numpy() / 1e6, rel=1e-6
    )


@settings(max_examples=10, deadline=None)
@given(seeds, sizes)
def test_a_division_is_itself_and_order_does_not_matter(seed, cells):
    areas = tiling(seed, cells)
    cross = crosswalk(areas, areas, sliver=0.01)
    assert cross.shares.toarray() == pytest.approx(np.eye(len(areas)), abs=1e-9)
    other = tiling(seed + 1, cells, prefix="u")
    turned = crosswalk(areas.iloc[::-1], other).shares.toarray()[::-1]
    assert turned == pytest.approx(crosswalk(areas, other).shares.toarray(), abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_by_way_of_a_finer_division_nothing_is_lost(seed):
    source = tiling(seed, 12)
    target = blocks(3, 2)
    pieces = gpd.overlay(source, target.rename(columns={"territory": "block"}))
    fine = gpd.GeoDataFrame(
        {"territory": [f"p{k}" for k in range(len(pieces))]}, geometry=pieces.geometry, crs=source.crs
    )
    by_way = crosswalk(source, fine).then(crosswalk(fine, target))
    assert by_way.shares.toarray() == pytest.approx(crosswalk(source, target).shares.toarray(), abs=1e-6)
    with pytest.raises(LayerError, match="not sources of the second"):
        crosswalk(source, fine).then(crosswalk(source, target))


def test_bounds_hold_all_and_nothing_and_whole_sources_are_exact():
    source, target = blocks(4, 1), blocks(2, 1, prefix="h")
    merged = transfer(
        pd.Series([1.0, 2, 3, 4], index=source["territory"], name="v"), crosswalk(source, target)
    )
    assert merged.values["v"].tolist() == merged.low["v"].tolist() == merged.high["v"].tolist() == [3, 7]
    assert merged.split["v"].tolist() == [0, 0]
    back = transfer(pd.Series([30.0, -70.0], index=target["territory"], name="v"), crosswalk(target, source))
    assert back.values["v"].tolist() == [15, 15, -35, -35]
    assert back.low["v"].tolist() == [0, 0, -70, -70]
    assert back.high["v"].tolist() == [30, 30, 0, 0]
    assert back.split["v"].tolist() == [1, 1, 1, 1]
    assert back.totals.loc["v"].tolist() == [-40, -40, 0, 0]


def test_what_lies_in_no_target_is_a_remainder_or_spread():
    source, target = blocks(1, 1), blocks(4, 1).iloc[:3]
    jobs = pd.Series([100.0], index=source["territory"], name="jobs")
    cross = crosswalk(source, target)
    told = transfer(jobs, cross)
    assert told.values["jobs"].sum() == pytest.approx(75)
    assert told.remainder["jobs"].tolist() == pytest.approx([25])
    assert told.totals.loc["jobs", ["source", "target", "remainder"]].tolist() == pytest.approx([100, 75, 25])
    spread = crosswalk(source, target, outside="spread")
    assert transfer(jobs, spread).values["jobs"].tolist() == pytest.approx([100 / 3] * 3)
    assert spread.outside.tolist() == pytest.approx([0.25])
    bare = transfer(
        jobs, crosswalk(source, blocks(1, 1, prefix="z").assign(geometry=box(0, 0, 20_000, 10_000)))
    )
    assert bare.values["jobs"].tolist() == [100]
    assert crosswalk(source, blocks(2, 1, side=20_000)).covered.tolist() == pytest.approx([0.5, 0])
    assert np.isnan(transfer(jobs, crosswalk(source, blocks(2, 1, side=20_000))).values["jobs"].iloc[1])


def test_missing_is_not_zero():
    source, target = blocks(4, 1), blocks(2, 1, prefix="h")
    told = transfer(
        pd.Series([1.0, np.nan, 3, 4], index=source["territory"], name="v"), crosswalk(source, target)
    )
    assert np.isnan(told.values["v"].iloc[0])
    assert told.values["v"].iloc[1] == 7
    assert told.low["v"].tolist() == [1, 7]
    assert np.isnan(told.high["v"].iloc[0])
    assert told.totals.loc["v", "source"] == 8


def test_people_decide_where_points_or_a_raster_of_them_are_given():
    source, target = blocks(1, 1), blocks(2, 1, prefix="h")
    towns = gpd.GeoDataFrame(
        {"population": [30.0, 60, 10, 1000]},
        geometry=gpd.points_from_xy([1000, 9000, 8000, 50_000], [5000, 5000, 5000, 5000]),
        crs=25830,
    )
    found = crosswalk(source, target, towns)
    assert found.shares.toarray().ravel() == pytest.approx([0.3, 0.7])
    assert found.size.tolist() == [100]
    assert found.basis.tolist() == ["points"]
    people = np.array([[3.0, np.nan, 5.0], [0.0, 6.0, 2.0]])
    cells = Grid(people, Affine(10_000 / 3, 0, 0, 0, -5000, 10_000), source.crs)
    # The middle column is cut in halves by the border.
    assert crosswalk(source, target, cells).shares.toarray().ravel() == pytest.approx([6 / 16, 10 / 16])
    told = transfer(
        pd.Series([160.0], index=source["territory"], name="jobs"), crosswalk(source, target, cells)
    )
    assert told.values["jobs"].tolist() == pytest.approx([60, 100])
    assert told.low["jobs"].tolist() == [0, 0]
    assert told.high["jobs"].tolist() == [160, 160]


def test_a_raster_is_that_of_its_cells_as_polygons():
    source, target = tiling(3, 9), tiling(4, 7, prefix="u")
    rng = np.random.default_rng(1)
    people = rng.poisson(40, (20, 20)).astype(float)
    cells = blocks(20, 20, prefix="c").assign(people=people[::-1].ravel())
    found = crosswalk(source, target, Grid(people, Affine(500, 0, 0, 0, -500, 10_000), source.crs))
    parts = gpd.overlay(
        gpd.overlay(source, target.rename(columns={"territory": "other"})), cells[["people", "geometry"]]
    )
    parts["people"] *= parts.area / 250_000
    sums = parts.groupby(["territory", "other"])["people"].sum().unstack(fill_value=0.0)  # noqa: PD010
    expected = sums.div(sums.sum(axis=1), axis=0).reindex(
        index=found.sources, columns=found.targets, fill_value=0
    )
    assert found.shares.toarray() == pytest.approx(expected.to_numpy(), abs=1e-9)


def sections(seed, number, *, side=SIDE):
    """Areas with people, some of them empty."""
    found = tiling(seed, number, prefix="s", side=side)
    people = np.random.default_rng(seed).poisson(30, len(found)) * (np.arange(len(found)) % 5 > 0)
    return found.assign(population=people.astype(float))


def test_areas_with_people_are_the_raster_of_their_cells():
    source, target = tiling(3, 9), tiling(4, 7, prefix="u")
    people = np.random.default_rng(1).poisson(40, (20, 20)).astype(float)
    cells = blocks(20, 20, prefix="c").assign(population=people[::-1].ravel())
    found = crosswalk(source, target, cells)
    raster = crosswalk(source, target, Grid(people, Affine(500, 0, 0, 0, -500, 10_000), source.crs))
    assert found.shares.toarray() == pytest.approx(raster.shares.toarray(), abs=1e-9)
    assert found.size.to_numpy() == pytest.approx(raster.size.to_numpy())
    assert set(found.basis) == {"polygons"}


def test_areas_with_people_are_a_fine_raster_of_their_densities():
    source, target = blocks(3, 1), blocks(2, 2, prefix="q")
    wards = blocks(4, 5, prefix="w").assign(population=np.arange(20.0))
    fine = np.kron(wards["population"].to_numpy().reshape(5, 4)[::-1], np.ones((20, 25))) / 500
    raster = Grid(fine, Affine(100, 0, 0, 0, -100, 10_000), source.crs)
    found = crosswalk(source, target, wards).shares.toarray()
    assert found == pytest.approx(crosswalk(source, target, raster).shares.toarray(), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(seeds, sizes, sizes)
def test_people_as_dense_everywhere_are_land(seed, few, many):
    source, target = tiling(seed, few), tiling(seed + 1, many, prefix="u")
    even = tiling(seed + 2, 12, prefix="s")
    found = crosswalk(source, target, even.assign(population=even.area / 1e4))
    assert found.shares.toarray() == pytest.approx(crosswalk(source, target).shares.toarray(), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(2, 20))
def test_areas_cut_into_parts_with_their_share_of_the_people_say_the_same(seed, number):
    source, target = tiling(seed, 4), tiling(seed + 1, 5, prefix="u")
    whole = sections(seed + 2, number)
    parts = gpd.overlay(whole, blocks(3, 3)[["geometry"]])
    parts["population"] *= parts.area / parts["territory"].map(whole.set_index("territory").area)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found, cut = (crosswalk(source, target, w) for w in (whole, parts))
    assert found.shares.toarray() == pytest.approx(cut.shares.toarray(), abs=1e-9)


def test_of_an_area_across_the_border_the_part_within_counts():
    source, target = blocks(1, 1), blocks(2, 1, prefix="h")
    shapes = [box(-10_000, 0, 2500, 10_000), box(5000, 0, 10_000, 10_000)]
    wards = gpd.GeoDataFrame({"population": [100.0, 60.0]}, geometry=shapes, crs=25830)
    found = crosswalk(source, target, wards)
    assert found.size.tolist() == pytest.approx([80])
    assert found.shares.toarray().ravel() == pytest.approx([0.25, 0.75])
    assert crosswalk(source, target, wards, sliver=10).shares.toarray().ravel() == pytest.approx([0.25, 0.75])


def test_sources_without_people_are_shared_by_land_and_told():
    source, target = blocks(2, 1), blocks(4, 1, prefix="q")
    town = gpd.GeoDataFrame(
        {"population": [5.0, np.nan]}, geometry=gpd.points_from_xy([100, 200], [100, 100]), crs=25830
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = crosswalk(source, target, town)
    assert [str(w.message) for w in said] == [
        "weights: points or polygons without population are left out (1 of 2).",
        "weights: no weight lies in some sources, which are shared by their land (sources: 1 of 2).",
    ]
    assert found.basis.tolist() == ["points", "area"]
    assert found.shares.toarray().tolist() == [[1, 0, 0, 0], [0, 0, 0.5, 0.5]]
    # The other half of the first may hold people all the same.
    told = transfer(pd.Series([10.0, 20.0], index=source["territory"], name="v"), found)
    assert told.high["v"].tolist() == [10, 10, 20, 20]
    assert told.low["v"].tolist() == [0, 0, 0, 0]


def test_slivers_divide_nothing():
    source = blocks(2, 1)
    moved = source.assign(
        geometry=[box(0, 0, 5003, 10_000), box(5003, 0, 10_000, 10_000)], territory=["a", "b"]
    )
    assert crosswalk(source, moved).shares.nnz == 3
    clean = crosswalk(source, moved, sliver=10)
    assert clean.shares.toarray() == pytest.approx(np.eye(2))
    town = gpd.GeoDataFrame(
        {"population": [8.0, 1, 1]}, geometry=gpd.points_from_xy([100, 5001, 9000], [100] * 3), crs=25830
    )
    assert crosswalk(source, moved, town, sliver=10).shares.toarray() == pytest.approx(np.eye(2))


def test_refusals_say_what_where_and_what_to_do():
    source, target = blocks(2, 1), blocks(4, 1, prefix="q")
    cross = crosswalk(source, target)
    with pytest.raises(CRSError, match="degrees"):
        crosswalk(source.to_crs(4326), target)
    with pytest.raises(LayerError, match="share their identifier"):
        crosswalk(pd.concat([source, source]), target)
    with pytest.raises(LayerError, match="these are points"):
        crosswalk(source.set_geometry(source.centroid), target)
    with pytest.raises(LayerError, match=r"polygons overlap.*history-checks"):
        crosswalk(source, target.assign(geometry=[box(0, 0, 10_000, 10_000)] * 4))
    line = gpd.GeoDataFrame({"population": [1.0]}, geometry=[source.boundary.iloc[0]], crs=25830)
    both = pd.concat([line.assign(geometry=line.centroid), line.assign(geometry=line.envelope)])
    for wrong in (line, both):
        with pytest.raises(LayerError, match="points, polygons or a raster"):
            crosswalk(source, target, wrong)
    with pytest.raises(LayerError) as refused:
        transfer(pd.Series([1.0, 1, np.inf], index=["b0-0", "b0-0", "zz"]), cross)
    assert [
        m
        for m in ("several rows", "not among the sources", "have no row", "infinite")
        if m not in str(refused.value)
    ] == []
    plain = source.assign(territory=["01", "02"])
    with pytest.raises(LayerError, match="leading zeros"):
        transfer(pd.Series([1.0, 1], index=["1", "2"]), crosswalk(plain, target))
    with pytest.warns(GeoterritorioWarning, match="reprojected"):
        crosswalk(source, target.to_crs(25831))
    nearly = target.assign(
        geometry=shapely.buffer(target.geometry.to_numpy(), 2, cap_style="square", join_style="mitre")
    )
    with pytest.warns(GeoterritorioWarning, match="overlap a little"):
        scaled = crosswalk(source, nearly)
    assert scaled.shares.sum(axis=1) == pytest.approx(1)


def test_an_equal_area_system_of_a_continent_will_do():
    wide = gpd.GeoDataFrame(
        {"territory": ["w", "e"]},
        geometry=[box(-2e6, -1e6, 0, 1e6), box(0, -1e6, 2e6, 1e6)],
        crs="+proj=cea +lat_ts=0",
    )
    assert crosswalk(wide, wide).shares.toarray().tolist() == [[1, 0], [0, 1]]


def test_table_of_pairs():
    table = crosswalk(blocks(1, 1), blocks(2, 1, prefix="h")).table()
    assert table.to_dict("records") == [
        {
            "source": "b0-0",
            "target": t,
            "share": 0.5,
            "share_of_target": 1.0,
            "area_km2": 50.0,
            "basis": "area",
        }
        for t in ("h0-0", "h1-0")
    ]


def panel_of(samples, column="jobs"):
    rows = pd.read_csv(samples / "comarca/residents_jobs.csv", dtype={"period": str})
    return rows.rename(columns={column: "value"})[["territory", "period", "value"]]


def test_panel_on_todays_boundaries_keeps_every_total(comarca, samples):
    rows = panel_of(samples)
    found = harmonised_panel(comarca, rows, day="2025-01-01")
    sums = found.panel.groupby("period")["value"].sum()
    assert sums.to_numpy() == pytest.approx(rows.groupby("period")["value"].sum().to_numpy(), rel=1e-12)
    assert found.remainder.empty
    assert len(found.panel) == 3 * 150
    assert found.panel.groupby("period")["territory"].nunique().tolist() == [150] * 3
    # Only the transfer of 2003 divided anybody between 2001 and 2025; mergers add up.
    divided = found.panel[found.panel["split"] > 0]
    assert divided[["territory", "period"]].values.tolist() == [["INV0049", "2001"], ["INV0052", "2001"]]
    then = rows[rows["period"] == "2011"].set_index("territory")["value"]
    merged = found.panel.set_index(["territory", "period"]).loc[("INV0100", "2011"), "value"]
    assert merged == then["INV0151"] + then["INV0152"]


def test_panel_of_sectors_takes_absent_for_zero_and_empty_for_missing():
    history = gpd.GeoDataFrame(
        {
            "territory": ["A", "B", "C"],
            "valid_from": [None, None, "2000"],
            "valid_to": ["2000", "2000", None],
        },
        geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(0, 0, 2000, 1000)],
        crs=25830,
    )
    rows = pd.DataFrame(
        {
            "territory": ["A", "A", "B", "C", "C"],
            "sector": ["x", "y", "y", "x", "y"],
            "period": ["1991"] * 3 + ["2001"] * 2,
            "value": [3.0, 1.0, np.nan, 5.0, 6.0],
        }
    )
    panel = harmonised_panel(history, rows, day="2001").panel.set_index(["sector", "period"])["value"]
    assert panel[("x", "1991")] == 3
    assert np.isnan(panel[("y", "1991")])
    assert panel[("y", "2001")] == 6
    with pytest.raises(LayerError, match=r"period 1991.*not among the sources"):
        harmonised_panel(history, rows.replace({"territory": {"B": "C"}}), day="2001")
    with pytest.raises(LayerError, match="every row needs a period"):
        harmonised_panel(history, rows.assign(period=None), day="2001")
    with pytest.raises(LayerError, match="several rows of one territory"):
        harmonised_panel(history, pd.concat([rows, rows]), day="2001")


def secession(at: float = 1500.0) -> gpd.GeoDataFrame:
    """A gives its east to B in 2000; C stays as it is."""
    return gpd.GeoDataFrame(
        {
            "territory": ["A", "A", "B", "C"],
            "valid_from": [None, "2000", "2000", None],
            "valid_to": ["2000", None, None, None],
        },
        geometry=[
            box(0, 0, 2000, 1000),
            box(0, 0, at, 1000),
            box(at, 0, 2000, 1000),
            box(2000, 0, 3000, 1000),
        ],
        crs=25830,
    )


def test_figures_of_every_version_by_hand():
    rows = pd.DataFrame(
        {
            "territory": ["A", "C", "A", "B", "C"],
            "period": ["1991"] * 2 + ["2001"] * 3,
            "value": [8, 5, 3, 4, 6.0],
        }
    )
    told = version_panel(secession(), rows)
    assert list(told.columns) == [
        "territory",
        "name",
        "valid_from",
        "valid_to",
        "sector",
        "period",
        "value",
        "low",
        "high",
        "split",
    ]
    cells = told.fillna({"valid_from": ""}).set_index(["territory", "valid_from", "period"])
    # 1991 on the boundaries of 2000: three quarters of the land of A, and all or nothing as bounds
    assert cells.loc[("A", "2000", "1991"), ["value", "low", "high", "split"]].tolist() == [6, 0, 8, 1]
    assert cells.loc[("B", "2000", "1991"), "value"] == 2
    # 2001 on the boundaries before: added, and exact
    assert cells.loc[("A", "", "2001"), ["value", "low", "high", "split"]].tolist() == [7, 7, 7, 0]
    assert cells.loc[("C", "", "2001"), "value"] == 6
    assert len(told) == 4 * 2


@given(st.floats(100.0, 1900.0), st.lists(st.floats(0, 1e6), min_size=3, max_size=3))
def test_every_day_has_the_same_total(at, values):
    history = secession(at)
    told = version_panel(history, pd.DataFrame({"territory": ["A", "B", "C"], "value": values}))
    for day in ("1999", "2000"):
        there = as_of(history, day)[["territory", "valid_from"]]
        keys = set(zip(there["territory"], there["valid_from"].fillna(""), strict=True))
        mine = [k in keys for k in zip(told["territory"], told["valid_from"].fillna(""), strict=True)]
        assert told.loc[mine, "value"].sum() == pytest.approx(sum(values), rel=1e-9)


def test_versions_agree_with_the_panel_of_their_day(comarca, samples):
    rows = panel_of(samples)
    rows = rows[rows["period"] != "2011"]
    told = version_panel(comarca, rows)
    one = harmonised_panel(comarca, rows, day="2025-01-01").panel.set_index(["territory", "period"])
    now = told[told["valid_to"].isna()].set_index(["territory", "period"])
    assert sorted(now.index) == sorted(one.index)
    assert now["value"].to_numpy() == pytest.approx(one.loc[now.index, "value"].to_numpy(), rel=1e-9)
    assert len(told) == 2 * len(comarca)


def test_places_counted_on_the_boundaries_before_the_secessions(samples):
    history = gpd.read_file(samples / "valencia/municipalities.gpkg")
    people = pd.read_csv(samples / "valencia/population_places.csv", dtype={"territory": str})
    told = version_panel(history, people[["territory"]].assign(value=people["population"]))
    cells = told.set_index(["territory", "valid_from"])["value"]
    assert (
        cells["03099", "1981-01-01"] == cells["03099", "1986-07-30"] + cells["03902", "1986-07-30"] == 114_549
    )
    # a part without a figure leaves the whole without one
    assert np.isnan(cells["03005", "1981-01-01"])
    assert cells["03005", "1993-03-22"] == 11_745
    assert told["split"].max() == 0


def test_refusals_of_figures_of_versions():
    rows = pd.DataFrame({"territory": ["A", "B"], "value": [1.0, 2.0]})
    with pytest.raises(LayerError, match="C"):
        version_panel(secession(), rows)
    with pytest.raises(LayerError, match="not among the sources"):
        version_panel(secession(), pd.DataFrame({"territory": list("ABCD"), "value": 1.0}))


def areas(*rows):
    """Rectangles from (territory, (west, east))."""
    shapes = [box(west, 0, east, 1000) for _, (west, east) in rows]
    return gpd.GeoDataFrame({"territory": [t for t, _ in rows]}, geometry=shapes, crs=25830)


def test_overlaps_are_those_of_all_pairs():
    rng = np.random.default_rng(3)
    west, south = rng.uniform(0, 900, (2, 40))
    wide, high = rng.uniform(10, 300, (2, 40))
    shapes = np.array([*shapely.box(west, south, west + wide, south + high), box(0, 0, 2000, 2000)])
    first, second, share = overlapping(shapes)
    both = shapely.area(shapely.intersection(shapes[:, None], shapes[None]))
    least = np.minimum.outer(shapely.area(shapes), shapely.area(shapes))
    expected = {(i, j): both[i, j] / least[i, j] for i, j in zip(*np.nonzero(np.triu(both, 1)), strict=True)}
    found = dict(zip(zip(first, second, strict=True), share, strict=True))
    assert found == pytest.approx(expected)
    assert not len(overlapping(blocks(5, 4).geometry.to_numpy())[0])


def test_corners_that_differ_by_rounding_are_no_overlap(monkeypatch):
    """Every second polygon by the last digit greater: nobody is compared with anybody."""
    shapes = blocks(6, 5).translate(412_345.678, 4_512_345.67).to_numpy()
    shapes[::2] = shapely.transform(shapes[::2], lambda corners: np.nextafter(corners, np.inf))
    assert not shapely.is_empty(shapely.coverage_invalid_edges(shapes)).all()
    asked = []
    monkeypatch.setattr(
        _pieces, "_on_threads", lambda _, number, __: asked.append(number) or (np.zeros(number),) * 2
    )
    assert not len(overlapping(shapes)[0])
    assert not asked


def test_overlapping_sources_are_told():
    source = areas(("a", (0, 1000)), ("b", (900, 2000)))
    target = areas(("x", (0, 2000)))
    with pytest.warns(GeoterritorioWarning, match=r"source: polygons overlap \(pairs: 1, up to 10 %.*a / b"):
        crosswalk(source, target)


def test_rates_of_merged_territories_are_no_exact_figure():
    source, whole = areas(("a", (0, 1000)), ("b", (1000, 3000))), areas(("x", (0, 3000)))
    rates = pd.DataFrame({"unlike": [80.0, 90.0], "alike": [7.0, 7.0]}, index=["a", "b"])
    told = transfer(rates, crosswalk(source, whole), quantity="intensive")
    assert told.split.loc["x"].tolist() == [1.0, 0.0]
    assert told.low.loc["x"].tolist() == [80.0, 7.0]
    assert told.totals.empty
    kept = transfer(rates, crosswalk(source, source), quantity="intensive")
    assert (kept.split == 0).all(axis=None)
    assert (transfer(rates, crosswalk(source, whole)).split == 0).all(axis=None)


def test_tables_without_identifiers_are_refused_with_the_cure():
    source = areas(("a", (0, 1000)), ("b", (1000, 3000)))
    cross = crosswalk(source, source)
    table = pd.DataFrame({"territory": ["a", "b"], "jobs": [1.0, 2.0]})
    with pytest.raises(LayerError, match=r"no numbers: “territory”.*into the index"):
        transfer(table, cross)
    with pytest.raises(LayerError, match="only numbered"):
        transfer(table[["jobs"]], cross)
    assert transfer(table.set_index("territory"), cross).values["jobs"].tolist() == [1.0, 2.0]
