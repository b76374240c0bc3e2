"""Tools on layers: what stands beside the measures they compose."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import tools
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms, as_reference


@pytest.fixture
def counts():
    rows = [
        ("a", "15", 10, "known"),
        ("a", "25", 30, "estimated"),
        ("b", "15", None, "withheld"),
        ("b", "25", 50, "known"),
    ]
    rows += [("c", "15", None, "known"), ("c", "25", 20, "known"), ("d", "25", 5, "known")]
    return as_counts(pd.DataFrame(rows, columns=["territory", "sector", "employment", "status"]))


@pytest.fixture
def nation():
    return as_reference(pd.DataFrame({"sector": ["15", "25", "all"], "employment": [1000, 9000, 20000]}))


def test_withheld_unknown_estimated_and_zero_stay_different(territories, counts, nation):
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld or unknown"):
        found = tools.location_quotient(territories, counts=counts, reference=nation, total=None).quotients
    cell = found.set_index(["territory", "sector"])
    assert cell.loc[("a", "25"), "status"] == "estimated"
    assert cell.loc[("b", "15"), ["status", "certainty"]].tolist() == ["withheld", "withheld"]
    assert cell.loc[("c", "15"), ["status", "certainty"]].tolist() == ["unknown", "unknown"]
    assert cell.loc[("d", "15"), "employment"] == 0
    assert cell.loc[("d", "15"), ["status", "lq"]].tolist() == ["known", 0]
    assert cell["lq"].isna()[[("b", "15"), ("c", "15")]].all()


def focal_location_quotient(territories, **given):
    return tools.focal_location_quotient(territories, bandwidth=1500, **given)


def statuses(tool, territories, rows, **options) -> pd.DataFrame:
    with pytest.warns(GeoterritorioWarning):
        found = tool(territories, counts=rows, **options)
    table = found if isinstance(found, pd.DataFrame) else next(iter(vars(found).values()))
    return table.set_index(["territory", "sector"])


@pytest.mark.parametrize(
    "tool",
    [
        tools.location_quotient,
        tools.location_quotient_interval,
        tools.symmetric_location_quotient,
        tools.excess_employment,
        tools.standardised_location_quotient,
        tools.relatedness_density,
        focal_location_quotient,
    ],
)
def test_a_known_cell_beside_withheld_ones_has_partial_totals(tool, territories, counts, nation):
    found = statuses(tool, territories, counts)["status"]
    # Sector 15 lacks cells, and so do the territories b and c.
    assert found[("a", "15")] == found[("d", "15")] == found[("b", "25")] == "partial totals"
    assert found[[("b", "15"), ("c", "15"), ("a", "25"), ("d", "25")]].tolist() == [
        "withheld", "unknown", "estimated", "known",
    ]  # fmt: skip
    against = statuses(tool, territories, counts, reference=nation)["status"]
    assert against[("a", "15")] == "known"
    assert against[("b", "25")] == "partial totals"


def test_no_territory_is_agglomerated_by_partial_totals(territories, counts):
    found = statuses(tools.standardised_location_quotient, territories, counts, transform="none")
    partial = found["status"] == "partial totals"
    assert found.loc[partial, "agglomerated"].isna().all()
    assert found.loc[found["status"] == "known", "agglomerated"].notna().any()
    assert set(found["reference"]) == {"own sums"}


def test_the_total_row_is_the_whole_and_not_a_sector(territories, counts, nation):
    totals = pd.DataFrame(
        {"territory": list("abcdef"), "sector": "all", "employment": 100.0, "status": "known"}
    )
    found = tools.location_quotient(
        territories, counts=pd.concat([counts, totals], ignore_index=True), reference=nation, total="all"
    ).quotients
    cell = found.set_index(["territory", "sector"])["lq"]
    assert cell[("a", "15")] == pytest.approx((10 / 100) / (1000 / 20000))
    assert "all" not in set(found["sector"])


def test_a_withheld_quotient_has_the_most_that_the_totals_leave(territories, counts, nation):
    totals = pd.DataFrame(
        {"territory": list("abcdef"), "sector": "all", "employment": 60.0, "status": "known"}
    )
    given = pd.concat([counts, totals], ignore_index=True)
    found = tools.location_quotient(territories, counts=given, reference=nation, total="all").quotients
    cell = found.set_index(["territory", "sector"])["most"]
    # b has 60 jobs, 50 of them in 25: at most 10 in 15, which has 1000 of 20000 in the whole.
    assert cell[("b", "15")] == pytest.approx((10 / 60) / (1000 / 20000))
    assert cell.drop([("b", "15"), ("c", "15")]).isna().all()


def test_each_form_of_the_quotient_by_itself_says_what_the_table_says(territories, firms, counts, nation):
    key = ["territory", "sector"]
    for given in (
        {"firms": firms},
        {"counts": counts[counts["territory"].isin(["a", "d"])], "reference": nation, "total": None},
    ):
        whole = tools.location_quotient(territories, **given).quotients
        interval = tools.location_quotient_interval(territories, **given)
        pd.testing.assert_frame_equal(interval.drop(columns="method"), whole[interval.columns.drop("method")])
        symmetric = tools.symmetric_location_quotient(territories, **given)
        pd.testing.assert_frame_equal(symmetric[[*key, "symmetric"]], whole[[*key, "symmetric"]])
        excess = tools.excess_employment(territories, **given)
        pd.testing.assert_frame_equal(excess[[*key, "excess"]], whole[[*key, "excess"]])
        np.testing.assert_allclose(excess["observed"] - excess["excess"], excess["expected"])
        assert set(excess["reference"]) == {"reference" if "reference" in given else "own sums"}


def test_the_method_of_an_interval_can_be_chosen(territories, firms):
    found = {
        method: tools.location_quotient_interval(territories, firms, measure="establishments", method=method)
        for method in ("mid_p", "exact")
    }
    width = {method: (rows["high"] - rows["low"]).mean() for method, rows in found.items()}
    assert width["exact"] > width["mid_p"]
    assert found["exact"]["method"].unique().tolist() == ["exact"]
    with pytest.raises(LayerError, match="survey"):
        tools.location_quotient_interval(territories, firms, method="survey")


def test_every_territory_has_an_area_with_its_largest_excess(territories, firms):
    found = tools.location_quotient(territories, firms)
    assert list(found.areas["territory"]) == list("abcdef")
    best = (
        found.quotients.sort_values("excess", ascending=False)
        .drop_duplicates("territory")
        .set_index("territory")
    )
    assert (found.areas.set_index("territory")["sector"] == best["sector"].reindex(list("abcdef"))).all()
    assert found.areas.crs == territories.crs


def test_register_and_boundaries_in_different_systems(territories, firms):
    moved = territories.set_geometry(territories.translate(500_000, 4_400_000))
    plants = firms.set_geometry(firms.translate(500_000, 4_400_000)).to_crs(4326)
    with pytest.warns(GeoterritorioWarning, match="reprojected from WGS 84"):
        found = tools.tabulate(moved, plants)
    assert found["establishments"].sum() == len(firms)


def test_firms_by_territory_column(territories, firms):
    by_point = tools.tabulate(territories, firms)
    inside = gpd.sjoin(firms, territories[["territory", "geometry"]], predicate="within")
    table = as_firms(pd.DataFrame(inside.drop(columns=["geometry", "index_right"])))
    pd.testing.assert_frame_equal(tools.tabulate(territories, table), by_point)


def test_firms_nowhere_are_refused(territories, firms):
    with pytest.raises(LayerError, match="neither points nor a territory column"):
        tools.tabulate(territories, pd.DataFrame(firms.drop(columns="geometry")))


def test_outside_is_reported_or_refused(territories, firms):
    far = firms.set_geometry(firms.translate(2500, 0))
    with pytest.warns(GeoterritorioWarning, match="are in no territory"):
        kept = tools.tabulate(territories, far)
    lost = ~far.intersects(territories.union_all())
    assert kept["establishments"].sum() == (~lost).sum()
    with pytest.raises(LayerError, match=f"{lost.sum()} of 300 establishments"):
        tools.tabulate(territories, far, outside="raise")


def test_snap_reaches_just_beyond_the_border(territories, firms):
    moved = territories.set_geometry(territories.translate(500_000, 4_400_000))
    one = firms.iloc[[0]].set_geometry(gpd.points_from_xy([500_000 - 5.0], [4_400_500], crs=25830))
    assert tools.tabulate(moved, one, snap=10)["territory"].tolist() == ["a"]
    with pytest.raises(LayerError, match="1 of 1 establishments"):
        tools.tabulate(moved, one, snap=4)


def test_both_or_neither_source(territories, firms, counts):
    for given in ({}, {"firms": firms, "counts": counts}):
        with pytest.raises(LayerError, match="Give either firms"):
            tools.location_quotient(territories, **given)


def test_standardised_quotients_follow_their_definition(territories, firms):
    with pytest.warns(GeoterritorioWarning, match="6 territories are few for a cut-off"):
        found = tools.standardised_location_quotient(territories, firms, transform="none")
    for _, rows in found.groupby("sector"):
        z = (rows["lq"] - rows["lq"].mean()) / rows["lq"].std(ddof=1)
        assert rows["z"].tolist() == pytest.approx(z.tolist())
        assert ((rows["z"] > rows["cutoff"]) == (rows["agglomerated"] == "yes")).all()


def test_verdicts_on_several_areas(territories, firms):
    moved = territories.set_geometry(territories.translate(500_000, 4_400_000))
    plants = firms.set_geometry(firms.translate(500_000, 4_400_000))
    halves = moved.dissolve(by=[0, 1, 1, 0, 1, 1]).reset_index(drop=True).assign(territory=["west", "east"])
    both = tools.areal_sensitivity(moved, plants, halves, cell=1000, measure="establishments")
    found = both.verdicts
    assert found["areas"].unique().tolist() == ["territories", "other", "grid", "shifted"]
    cell = found.set_index(["sector", "areas"])
    assert (cell.xs("territories", level="areas")["agreement"] == 1).all()
    same = cell.xs("grid", level="areas")
    pd.testing.assert_frame_equal(
        same.drop(columns=["agreement"]),
        cell.xs("territories", level="areas").drop(columns=["agreement"]),
        check_dtype=False,
    )
    assert (same["agreement"] == 1).all(), "a grid of the same squares gives the same verdicts"
    table = tools.location_quotient(halves, plants, measure="establishments").quotients
    clear = table[(table["sector"] == "15") & (table["certainty"] == "high")]["territory"]
    inside = plants[plants["sector"] == "15"].within(halves[halves["territory"].isin(clear)].union_all())
    assert cell.loc[("15", "other"), "share_high"] == pytest.approx(inside.mean())
    sectors = both.sectors.set_index("sector")
    wide = cell["share_high"].reset_index().pivot_table("share_high", "sector", "areas")
    assert sectors["share_most"].to_dict() == wide.max(axis=1).to_dict()
    said = sectors.filter(like="on_")
    assert list(said) == ["on_territories", "on_other", "on_grid", "on_shifted"]
    assert ((said == "most").to_numpy() == (wide.reindex(said.index)[[c[3:] for c in said]] >= 0.5)).all(
        axis=None
    )
    assert (sectors["changes"] == np.where(said.eq(said.iloc[:, 0], axis=0).all(axis=1), "no", "yes")).all()
    assert sectors["changes"].is_monotonic_decreasing, "what changes comes first"


def test_verdicts_against_a_larger_whole(territories, firms):
    own = firms.groupby("sector", as_index=False).agg(establishments=("firm", "size"))
    larger = own.assign(establishments=own["establishments"] * [1.0, 1.0, 40.0])
    options = {"cell": 0.0, "measure": "establishments"}
    one = tools.areal_sensitivity(territories, firms, **options)
    two = tools.areal_sensitivity(territories, firms, reference=larger, **options)
    assert (one.rules.reference, two.rules.reference) == ("own sums", "reference")
    high = two.verdicts.set_index("sector")["high"]
    table = tools.location_quotient(territories, firms, reference=larger, measure="establishments").quotients
    assert high.to_dict() == (table["certainty"] == "high").groupby(table["sector"]).sum().to_dict()
    assert not high.equals(one.verdicts.set_index("sector")["high"])


def test_a_grid_that_is_too_fine_is_refused(territories, firms, monkeypatch):
    moved = territories.set_geometry(territories.translate(500_000, 4_400_000))
    plants = firms.set_geometry(firms.translate(500_000, 4_400_000))
    with pytest.raises(LayerError, match="would make 6000000 cells"):
        tools.areal_sensitivity(moved, plants, cell=1)
    monkeypatch.setattr("geoterritorio.concentration.tools.sensitivity._MOST_PAIRS", 17)
    with pytest.raises(LayerError, match="would make 18 cells"):
        tools.areal_sensitivity(moved, plants, cell=1000)


def test_a_row_that_looks_like_the_total_is_told(territories):
    rng = np.random.default_rng(2)
    table = pd.DataFrame(rng.integers(1, 90, (6, 3)).astype(float), list("abcdef"), ["15", "25", "47"])
    table["TOTAL"] = table.sum(axis=1)
    rows = table.rename_axis("territory").reset_index()
    rows = rows.melt("territory", var_name="sector", value_name="employment")
    for tool, options in (
        (tools.excess_employment, {}),
        (tools.focal_location_quotient, {"bandwidth": 1500}),
    ):
        with pytest.warns(
            GeoterritorioWarning, match="“TOTAL” holds as much as all others together in 6 of 6"
        ):
            tool(territories, counts=as_counts(rows), **options)
    tools.excess_employment(territories, counts=as_counts(rows), total="TOTAL")
    tools.excess_employment(territories, counts=as_counts(rows[rows["sector"] != "TOTAL"]))
