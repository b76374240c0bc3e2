"""Tools of the dartboard: the same from points, tables and counts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio import concentration
from geoterritorio.concentration import tools
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms


@pytest.fixture
def table(territories, firms):
    """The register with territories instead of points."""
    inside = gpd.sjoin(firms, territories[["territory", "geometry"]], predicate="within")
    return as_firms(pd.DataFrame(inside.drop(columns=["geometry", "index_right"])))


@pytest.fixture
def counts(territories, firms):
    return as_counts(tools.tabulate(territories, firms))


@pytest.mark.parametrize("index", ["ellison_glaeser", "maurel_sedillot"])
def test_indices_from_points_tables_and_counts_are_those_of_the_measure(
    index, territories, firms, table, counts
):
    found = getattr(tools, index)(territories, firms, replicates=99)
    measure = getattr(concentration, index)
    wide = concentration.tabulate(table)
    plain = measure(wide, pd.DataFrame(table), method="simulated", replicates=99, rng=1)
    for column in ("gamma", "z", "p", "q", "g", "variance", "herfindahl", "plants"):
        np.testing.assert_allclose(found[column], plain[column])
    assert set(found["reference"]) == {"own sums"}
    pd.testing.assert_frame_equal(getattr(tools, index)(territories, table, replicates=99), found)
    bare = getattr(tools, index)(territories, counts=counts)
    np.testing.assert_allclose(bare["gamma"], found["gamma"])
    assert bare["z"].isna().all()
    assert set(bare["reason"]) == {"sizes unknown"}
    assert bare["plants"].tolist() == found["plants"].tolist()


def test_establishments_are_plants_of_one_size(territories, firms, counts):
    found = tools.ellison_glaeser(territories, firms, measure="establishments", replicates=99)
    assert found["herfindahl"].tolist() == pytest.approx((1 / found["plants"]).tolist())
    counted = tools.ellison_glaeser(territories, counts=counts, measure="establishments", replicates=99)
    pd.testing.assert_frame_equal(counted, found)


def test_gathered_sector_is_found_and_others_are_not(territories, firms):
    found = tools.ellison_glaeser(territories, firms, measure="establishments").set_index("sector")
    assert found.loc["15", "gamma"] > 0.01
    assert found.loc["15", "p"] < 0.05


def test_plants_elsewhere_count_neither_in_table_nor_in_sizes(territories, firms):
    far = firms.iloc[[0]].assign(firm="far", employment=9999.0)
    far = far.set_geometry(far.translate(90_000, 0))
    more = pd.concat([firms, far], ignore_index=True)
    expected = tools.ellison_glaeser(territories, firms, replicates=0)
    with pytest.warns(GeoterritorioWarning, match="1 of 301 establishments"):
        found = tools.ellison_glaeser(territories, more, replicates=0)
    pd.testing.assert_frame_equal(found, expected)


def test_reference_by_territory_may_be_larger(territories, firms):
    rows = [(c, "all", 100.0) for c in "abcdef"] + [("elsewhere", "all", 400.0)]
    larger = as_counts(pd.DataFrame(rows, columns=["territory", "sector", "employment"]))
    found = tools.ellison_glaeser(territories, firms, reference=larger, replicates=0)
    assert set(found["reference"]) == {"reference"}
    inside = tools.ellison_glaeser(territories, firms, reference=larger.iloc[:6], replicates=0)
    # Everything is found here, nothing elsewhere: more concentrated than in a whole that ends here.
    assert (found["gamma"] > inside["gamma"]).all()
    with pytest.raises(LayerError, match="1 territories are not in the reference, for example a"):
        tools.ellison_glaeser(territories, firms, reference=larger.iloc[1:])
    with pytest.raises(LayerError, match="reference: no column “establishments”"):
        tools.ellison_glaeser(territories, firms, reference=larger, measure="establishments")


def test_total_of_counts_is_the_whole(territories, counts):
    total = pd.DataFrame(
        {"territory": list("abcdef"), "sector": "all", "employment": [600.0, 500, 400, 300, 200, 100]}
    )
    withtotal = pd.concat([counts, total], ignore_index=True)
    squared = withtotal.assign(
        squares=withtotal["squares"].fillna(0), establishments=withtotal["establishments"].fillna(0)
    )
    found = tools.ellison_glaeser(territories, counts=squared, total="all")
    reference = as_counts(total)
    same = tools.ellison_glaeser(territories, counts=counts, reference=reference)
    np.testing.assert_allclose(found["gamma"], same["gamma"])
    assert set(found["reference"]) == {"total"}
    with pytest.raises(LayerError, match="reference: no sector “all”"):
        tools.ellison_glaeser(territories, counts=squared, reference=as_counts(counts), total="all")


def test_counts_of_jobs_without_squares_are_refused_with_the_cure(territories, counts):
    bare = counts[["territory", "sector", "employment"]]
    with pytest.raises(LayerError, match=r"counts: no column “squares”.*Name the column, give a register"):
        tools.maurel_sedillot(territories, counts=bare)
    pairs = tools.pairwise_coagglomeration(territories, counts=bare)
    assert pairs["gamma"].notna().all()
    assert pairs["z"].isna().all()


def test_pairs_and_groups_are_those_of_the_measures(territories, firms, table):
    wide = concentration.tabulate(table)
    pairs = tools.pairwise_coagglomeration(territories, firms)
    plain = concentration.coagglomerated_pairs(wide, pd.DataFrame(table))
    for column in ("sector", "other"):
        assert pairs[column].tolist() == plain[column].tolist()
    np.testing.assert_allclose(pairs[["gamma", "z", "p", "q"]], plain[["gamma", "z", "p", "q"]])
    assert set(pairs["reference"]) == {"mean of the sectors"}
    reference = as_counts(pd.DataFrame({"territory": list("abcdef"), "sector": "x", "employment": 5.0}))
    even = tools.pairwise_coagglomeration(territories, firms, reference=reference)
    matrix = concentration.pairwise_coagglomeration(wide, reference=pd.Series(1.0, index=list("abcdef")))
    assert even["gamma"].tolist() == pytest.approx([matrix.loc[r.sector, r.other] for r in even.itertuples()])
    groups = tools.coagglomeration(territories, firms, characters=0)
    assert groups["group"].tolist() == ["all"]
    assert groups["sectors"].tolist() == [3]
    one = concentration.coagglomeration(wide, pd.DataFrame(table), pd.Series("all", index=wide.columns))
    assert groups["z"].tolist() == pytest.approx(one["z"].tolist())
    single = tools.coagglomeration(territories, firms)
    assert single["group"].tolist() == ["15", "25", "47"]
    assert single["gamma"].isna().all()


def test_colocation_counts_plants(territories, firms, table, counts):
    found = tools.plant_colocation(territories, firms)
    plain = concentration.plant_colocation(concentration.tabulate(table, measure="establishments"))
    np.testing.assert_allclose(found[["colocation", "expected", "z"]], plain[["colocation", "expected", "z"]])
    pd.testing.assert_frame_equal(tools.plant_colocation(territories, counts=counts), found)


def test_throws_too_few_for_any_finding_are_told(territories):
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"sector": np.repeat([f"{k:02d}" for k in range(20)], 40), "employment": 5.0})
    rows["territory"] = rng.choice(list("abcdef"), len(rows))
    rows.loc[:39, "territory"] = "a"
    register = as_firms(rows.assign(firm=rows.index.astype(str)))
    with pytest.warns(
        GeoterritorioWarning, match=r"20 sectors are tested with 19 throws, and 1 have .* About 73"
    ):
        found = tools.ellison_glaeser(territories, register, replicates=19)
    assert found["q"].min() > 0.05
    assert tools.ellison_glaeser(territories, register, replicates=73)["q"].min() <= 0.05
