"""Variety: published and hand-made examples, the entropy identity, an independent recomputation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoterritorio.concentration import variety, variety_interval
from geoterritorio.errors import GeoterritorioWarning, LayerError

SECTORS = list("abcdefg")
FINE = pd.Series(dict(zip(SECTORS, ["1", "1", "2", "2", "3", "4", "4"], strict=True)))
COARSE = FINE.map({"1": "A", "2": "A", "3": "B", "4": "B"})
TREE = pd.DataFrame({"coarse": COARSE, "fine": FINE})


@pytest.mark.parametrize(
    ("shares", "groups", "published", "exact"),
    [
        ([95, 5], "11", (0.20, 0.20, 0), (0.1985152, 0.1985152, 0)),
        ([90, 10], "11", (0.32, 0.32, 0), (0.3250830, 0.3250830, 0)),
        ([80, 10, 10], "112", (0.64, 0.32, 0.32), (0.6390319, 0.3139489, 0.3250830)),
        ([70, 20, 10], "112", (0.80, 0.48, 0.32), (0.8018186, 0.4767356, 0.3250830)),
        ([60, 10, 10, 10, 10], "11222", (1.23, 0.62, 0.61), (1.2275294, 0.6166651, 0.6108643)),
    ],
)
def test_published_entropies_of_firms(shares, groups, published, exact):
    """Total, related and unrelated diversification (Palepu 1985) in nats; one figure was found by subtraction."""
    codes = SECTORS[: len(shares)]
    counts = pd.DataFrame([shares], index=["firm"], columns=codes)
    found = variety(counts, groups=pd.Series(list(groups), index=codes), base=np.e).loc["firm"]
    values = found[["total", "related", "unrelated"]].tolist()
    assert values == pytest.approx(published, abs=0.0065)
    assert values == pytest.approx(exact, abs=1e-7)


def test_three_levels_by_hand():
    """Two coarse groups, two fine ones in each, two equal sectors in each: one bit at every level."""
    tree = pd.DataFrame({"coarse": list("AAAABBBB"), "fine": list("11223344")}, index=list("abcdefgh"))
    found = variety(pd.DataFrame(5.0, index=["X"], columns=tree.index), groups=tree).loc["X"]
    assert found[["total", "unrelated", "semi_related", "related", "sectors"]].tolist() == [3, 1, 1, 1, 8]


def entropy(sums):
    p = sums[sums > 0] / sums.sum()
    return float(-(p * np.log2(p)).sum())


def tables():
    cells = st.sampled_from([0.0, 0.0, 1.0, 2.0, 13.0, 1e6])
    return hnp.arrays(float, (3, len(SECTORS)), elements=cells).map(
        lambda v: pd.DataFrame(v, index=list("XYZ"), columns=SECTORS)
    )


@settings(max_examples=50)
@given(counts=tables())
def test_the_same_by_grouping(counts):
    found = variety(counts, groups=TREE)
    for name, row in counts.iterrows():
        if row.sum() == 0:
            assert found.loc[name, ["total", "unrelated", "semi_related", "related"]].isna().all()
            continue
        top, middle, all_ = entropy(row.groupby(COARSE).sum()), entropy(row.groupby(FINE).sum()), entropy(row)
        values = found.loc[name, ["unrelated", "semi_related", "related", "total"]].astype(float)
        assert values.tolist() == pytest.approx([top, middle - top, all_ - middle, all_], abs=1e-9)
        assert found.loc[name, "sectors"] == (row > 0).sum()


@settings(max_examples=50)
@given(counts=tables(), factor=st.sampled_from([0.25, 3.0, 1e5]), order=st.permutations(SECTORS))
def test_identity_bounds_scale_order_and_empty_sectors(counts, factor, order):
    found = variety(counts, groups=TREE)
    parts = found[["unrelated", "semi_related", "related"]]
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), found["total"], rtol=0, atol=1e-12)
    assert not (parts < 0).any(axis=None)
    for column, limit in {"unrelated": 2, "semi_related": 2, "related": 2, "total": 7}.items():
        assert (found[column].dropna() <= np.log2(limit) + 1e-12).all()
    other = variety(
        (counts * factor)[order].assign(h=0.0), groups=pd.concat([TREE, TREE.loc[["a"]].set_axis(["h"])])
    )
    pd.testing.assert_frame_equal(other, found, atol=1e-12)
    two = variety(counts, groups=FINE)
    np.testing.assert_allclose(two["unrelated"], parts["unrelated"] + parts["semi_related"], atol=1e-12)
    np.testing.assert_allclose(two["related"], parts["related"], atol=1e-12)


def test_levels_of_a_vocabulary():
    counts = pd.DataFrame([[1, 1, 2, 4, 8]], index=["X"], columns=["10.11", "10.12", "10.2", "11", "62.01"])
    with pytest.raises(LayerError, match="1 sectors of the table lie in no group of “nace2”: “11”"):
        variety(counts, groups="nace2", levels=("section", "division", "group"))
    found = variety(counts.drop(columns="11"), groups="nace2", levels=("section", "division", "group"))
    by_hand = pd.Series({"10.1": 2.0, "10.2": 2.0, "62.0": 8.0})
    assert found.loc["X", "total"] == pytest.approx(entropy(by_hand))
    assert found.loc["X", "unrelated"] == pytest.approx(entropy(np.array([4.0, 8.0])))
    assert found.loc["X", ["semi_related", "sectors"]].tolist() == [0, 3]
    assert found.loc["X", "related"] == pytest.approx(4 / 12)
    two = variety(counts, groups="cnae2009", levels=("section", "division"))
    assert two.loc["X", "related"] == pytest.approx(0.5 * entropy(np.array([4.0, 4.0])))


def test_codes_as_people_write_them_and_withheld_parts():
    counts = pd.DataFrame([[1, 3.0, 4], [1, np.nan, 4]], index=["X", "Y"], columns=["C10.11", "1012", "6201"])
    with pytest.warns(GeoterritorioWarning, match="1 cells .* 1 territories"):
        found = variety(counts, groups="nace2", levels=("section", "group"))
    assert found.loc["X", ["total", "unrelated"]].tolist() == [1, 1]
    assert found.loc["Y"].isna().all()


@pytest.mark.parametrize(
    ("counts", "groups", "levels", "match"),
    [
        ([[1, 1]], pd.Series({"a": "A"}), None, "1 sectors of the table have no group: “b”"),
        ([[1, 1]], pd.Series({"a": "A", "b": None}), None, "1 sectors of the table have no group: “b”"),
        ([[1, -1]], FINE, None, "1 cells of the table are negative"),
        ([[1, 1]], pd.concat([FINE, FINE[:1]]), None, "1 sectors stand in it several times: “a”"),
        ([[1, 1]], TREE.assign(more=1), None, "there are 3"),
        (
            [[1, 1]],
            pd.DataFrame({"x": ["A", "B"], "y": ["1", "1"]}, index=["a", "b"]),
            None,
            "1 fine groups lie in",
        ),
        ([[1, 1]], "nace2", None, "name two or three levels of “nace2”"),
        ([[1, 1]], "nace2", ("section", "floor"), "has no level “floor”"),
        (
            [[1, 1]],
            "nace2",
            ("section", "division"),
            "2 sectors of the table lie in no division of “nace2”: “a”, “b”",
        ),
        ([[1, 1]], "nowhere", ("section", "division"), "no vocabulary “nowhere”"),
    ],
)
def test_refusals(counts, groups, levels, match):
    with pytest.raises(LayerError, match=match):
        variety(pd.DataFrame(counts, columns=["a", "b"]), groups=groups, levels=levels)


def test_repeated_sectors_are_refused():
    counts = pd.DataFrame([[1, 1]], columns=["a", "a"])
    with pytest.raises(LayerError, match="1 sectors stand in the table several times: “a”"):
        variety(counts, groups=FINE)


def test_empty_tables_one_territory_one_sector():
    nothing = variety(pd.DataFrame(columns=["a", "b"], dtype=float), groups=FINE)
    assert list(nothing.columns) == ["total", "unrelated", "related", "sectors"]
    assert nothing.empty
    one = variety(pd.DataFrame({"a": [3.0]}, index=["X"]), groups=FINE).loc["X"]
    assert one.tolist() == [0, 0, 0, 1]
    assert np.isnan(variety(pd.DataFrame(index=["X"]), groups=FINE.iloc[:0]).loc["X", "total"])


def test_intervals_cover_the_truth_and_take_the_bias_off():
    """400 plants among 7 sectors: nominal 95 %, over 300 repetitions; resampling alone is too low."""
    p = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.05])
    truth = variety(pd.DataFrame([p], columns=SECTORS), groups=FINE).loc[0]
    rng = np.random.default_rng(5)
    plants = pd.DataFrame(rng.multinomial(400, p, size=300), columns=SECTORS)
    found = variety_interval(plants, groups=FINE, replicates=300, rng=rng)
    for kind in ("total", "unrelated", "related"):
        inside = (found[f"{kind}_low"] <= truth[kind]) & (truth[kind] <= found[f"{kind}_high"])
        assert 0.91 <= inside.mean() <= 0.99, kind
    again = variety_interval(plants[:3], groups=FINE, replicates=50, rng=1)
    pd.testing.assert_frame_equal(again, variety_interval(plants[:3], groups=FINE, replicates=50, rng=1))


def test_intervals_of_nothing_and_of_parts_of_plants():
    plants = pd.DataFrame([[0, 0], [3, 1]], index=["X", "Y"], columns=["a", "c"])
    found = variety_interval(plants, groups=TREE, rng=1)
    assert found.loc["X"].isna().all()
    assert found.loc["Y"].notna().all()
    with pytest.raises(LayerError, match="1 cells are no whole numbers"):
        variety_interval(plants.replace(1, 1.5), groups=TREE, rng=1)
