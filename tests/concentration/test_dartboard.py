"""The dartboard: definitions, identities, what chance does, and what is undefined and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.concentration import ellison_glaeser, maurel_sedillot, plant_moments, tabulate
from geoterritorio.errors import GeoterritorioWarning, LayerError

INDICES = [ellison_glaeser, maurel_sedillot]
CHANCE = 400


@st.composite
def registers(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 30 plants of up to 4 sectors in up to 6 territories."""
    number = draw(st.integers(2, 30))
    lists = {
        "territory": st.sampled_from("ABCDEF"),
        "sector": st.sampled_from(["10", "11", "25", "62"]),
        "employment": st.integers(1, 300).map(float),
    }
    return pd.DataFrame(
        {name: draw(st.lists(v, min_size=number, max_size=number)) for name, v in lists.items()}
    )


def scattered(territories: int, plants: int, *, sectors: int = CHANCE, seed: int = 1, spread: float = 1.0):
    """Register of sectors of plants placed by chance, its table, and the chances."""
    rng = np.random.default_rng(seed)
    chances = rng.lognormal(0, spread, territories)
    chances /= chances.sum()
    number = sectors * plants
    firms = pd.DataFrame(
        {
            "territory": rng.choice(territories, number, p=chances),
            "sector": np.repeat(np.arange(sectors), plants),
            "employment": np.ceil(rng.lognormal(1, 1.2, number)),
        }
    )
    counts = tabulate(firms).reindex(range(territories), fill_value=0.0)
    return firms, counts, pd.Series(chances, name="chances")


def by_definition(firms: pd.DataFrame, sector: str, x: pd.Series) -> tuple[float, float]:
    """Both indices of one sector, plant by plant."""
    own = firms[firms["sector"] == sector]
    s = (own.groupby("territory")["employment"].sum() / own["employment"].sum()).reindex(
        x.index, fill_value=0
    )
    h = ((own["employment"] / own["employment"].sum()) ** 2).sum()
    apart = 1 - (x**2).sum()
    eg = (((s - x) ** 2).sum() - apart * h) / (apart * (1 - h))
    return eg, (((s**2).sum() - (x**2).sum()) / apart - h) / (1 - h)


@given(registers())
def test_indices_follow_their_definitions(firms):
    counts = tabulate(firms)
    x = counts.sum(axis=1) / counts.to_numpy().sum()
    eg, ms = ellison_glaeser(counts, firms), maurel_sedillot(counts, firms)
    for sector, number in firms["sector"].value_counts().items():
        if len(counts) == 1:
            assert eg.loc[sector, "reason"] == ms.loc[sector, "reason"] == "one territory"
        elif number == 1:
            assert eg.loc[sector, "reason"] == ms.loc[sector, "reason"] == "one plant"
        else:
            found = eg.loc[sector, "gamma"], ms.loc[sector, "gamma"]
            assert found == pytest.approx(by_definition(firms, sector, x), abs=1e-9)
    undefined = eg["reason"] != ""
    assert eg.loc[undefined, ["gamma", "z", "p", "q"]].isna().all(axis=None)
    assert eg.loc[~undefined, ["gamma", "z", "p", "q"]].notna().all(axis=None)


@given(registers(), st.sampled_from(INDICES), st.randoms(use_true_random=False))
def test_scale_order_names_and_empty_territories_change_nothing(firms, index, random):
    counts = tabulate(firms)
    found = index(counts, firms)
    pd.testing.assert_frame_equal(index(counts * 4, firms.assign(employment=firms["employment"] * 4)), found)
    rows, columns = list(counts.index), list(counts.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    pd.testing.assert_frame_equal(index(counts.loc[rows, columns], firms), found.loc[columns])
    empty = pd.concat([counts, pd.DataFrame(0.0, index=["Z"], columns=counts.columns)])
    pd.testing.assert_frame_equal(index(empty, firms), found, check_names=False)


@given(registers(), st.sampled_from(INDICES))
def test_moments_serve_as_the_register_does(firms, index):
    counts = tabulate(firms)
    moments = plant_moments(firms)
    pd.testing.assert_frame_equal(index(counts, moments), index(counts, firms))
    bare = index(counts, moments[["herfindahl"]])
    full = index(counts, firms)
    pd.testing.assert_series_equal(bare["gamma"], full["gamma"])
    assert bare["z"].isna().all()
    assert set(bare.loc[full["reason"] == "", "reason"]) <= {"sizes unknown"}


@given(registers())
def test_moments_are_power_sums_of_shares(firms):
    moments = plant_moments(firms)
    for sector, own in firms.groupby("sector")["employment"]:
        z = own / own.sum()
        expected = [len(own), own.sum(), (z**2).sum(), (z**3).sum(), (z**4).sum()]
        assert moments.loc[sector].tolist() == pytest.approx(expected)


@given(registers(), st.sampled_from(INDICES))
def test_territories_that_the_table_lacks_are_rows_of_nothing(firms, index):
    counts = tabulate(firms)
    reference = pd.Series(range(2, len(counts) + 3), index=[*counts.index, "elsewhere"], name="people")
    rows = pd.concat([counts, pd.DataFrame(0.0, index=["elsewhere"], columns=counts.columns)])
    found = index(counts, firms, reference=reference)
    pd.testing.assert_frame_equal(found, index(rows, firms, reference=reference), check_names=False)
    assert found.attrs["reference"] == "people"


def test_all_jobs_in_one_small_territory_are_near_1_and_even_spread_is_below_0():
    firms = pd.DataFrame(
        {"territory": ["a"] * 4 + list("abcd"), "sector": ["15"] * 4 + ["47"] * 4, "employment": 5}
    )
    world = pd.Series(1.0, index=[*"abcd", *range(9996)])
    found = ellison_glaeser(tabulate(firms), firms, reference=world)
    assert found.loc["15", "gamma"] == pytest.approx(1, abs=1e-2)
    inside = ellison_glaeser(tabulate(firms), firms, reference=world[list("abcd")])
    # s = x: G is 0 and gamma is -H / (1 - H), the lowest there is with four equal plants.
    assert inside.loc["47", "gamma"] == pytest.approx(-1 / 3)
    assert inside.loc["47", "z"] < 0
    # One lump that outweighs all others leaves nothing to divide by: 1 is then no bound.
    lump = pd.Series([1.0, 1, 1, 1, 9996], index=[*"abcd", "rest"])
    assert ellison_glaeser(tabulate(firms), firms, reference=lump).loc["15", "gamma"] > 1000


def exact(index, x, z):
    """Mean and variance of g over all ways of placing plants."""
    r, n = len(x), len(z)
    ways = np.stack(np.meshgrid(*[np.arange(r)] * n, indexing="ij"), -1).reshape(-1, n)
    chance = x[ways].prod(axis=1)
    shares = np.stack([(z * (ways == k)).sum(axis=1) for k in range(r)], axis=1)
    g = ((shares - x) ** 2).sum(axis=1)
    if index is maurel_sedillot:
        g = ((shares**2).sum(axis=1) - (x**2).sum()) / (1 - (x**2).sum())
    mean = chance @ g
    return mean, chance @ (g - mean) ** 2


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("sizes", [[1, 1], [5, 1], [3, 2, 1], [9, 4, 4, 1, 1]])
def test_mean_and_variance_are_those_of_all_placements(index, sizes):
    x, z = np.array([0.5, 0.3, 0.15, 0.05]), np.array(sizes) / sum(sizes)
    mean, variance = exact(index, x, z)
    firms = pd.DataFrame({"territory": 0, "sector": "10", "employment": sizes})
    found = index(tabulate(firms), firms, reference=pd.Series(x)).loc["10"]
    assert found["variance"] == pytest.approx(variance, rel=1e-12)
    assert (found["g"] - found["z"] * np.sqrt(found["variance"])) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("index", INDICES)
def test_p_of_throws_is_that_of_all_placements(index):
    x, sizes = np.array([0.5, 0.3, 0.15, 0.05]), [4, 3, 2, 2]
    z = np.array(sizes) / sum(sizes)
    ways = np.stack(np.meshgrid(*[np.arange(4)] * 4, indexing="ij"), -1).reshape(-1, 4)
    shares = np.stack([(z * (ways == k)).sum(axis=1) for k in range(4)], axis=1)
    g = ((shares - x) ** 2).sum(axis=1) if index is ellison_glaeser else (shares**2).sum(axis=1)
    chance = x[ways].prod(axis=1)
    for places in ([0, 0, 1, 2], [3, 3, 3, 0], [0, 1, 2, 3]):
        here = int(np.flatnonzero((ways == places).all(axis=1))[0])
        above, below = chance[g >= g[here] - 1e-12].sum(), chance[g <= g[here] + 1e-12].sum()
        firms = pd.DataFrame({"territory": places, "sector": "10", "employment": sizes})
        found = index(
            tabulate(firms), firms, reference=pd.Series(x), method="simulated", replicates=20_000, rng=3
        )
        assert found["p"].item() == pytest.approx(min(1, 2 * min(above, below)), abs=0.015)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize(("territories", "plants"), [(12, 10), (12, 200), (150, 30), (150, 200), (3000, 60)])
def test_chance_gives_gamma_0_and_z_with_variance_1(index, territories, plants):
    firms, counts, chances = scattered(territories, plants, seed=territories + plants)
    found = index(counts, firms, reference=chances)
    assert abs(found["gamma"].mean()) < 4 * found["gamma"].std() / np.sqrt(CHANCE)
    assert found["z"].std() == pytest.approx(1, abs=0.3)
    # Chance leans to the right: what normal p-values find, they find above.
    assert found["z"].skew() > 0.2
    assert 0.01 <= (found["p"] < 0.05).mean() <= 0.085
    thrown = index(counts, firms, reference=chances, method="simulated", replicates=399, rng=5)
    # 4 standard errors of a share of 5 %; ties between few plants only make it smaller.
    assert (thrown["p"] <= 0.05).mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / CHANCE)


@pytest.mark.parametrize("index", INDICES)
def test_sectors_of_very_many_plants_share_one_drawing(index):
    firms, counts, chances = scattered(30, 4000, sectors=100)
    thrown = index(counts, firms, reference=chances, method="simulated", replicates=999, rng=5)
    assert (thrown["herfindahl"] < 1 / 300).mean() > 0.9
    assert (thrown["p"] <= 0.05).mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 100)
    # As p-values of chance are, these are even between 0 and 1.
    assert thrown["p"].mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 100))


def test_same_seed_same_p_and_the_register_stays_as_it_was():
    firms, counts, chances = scattered(12, 10, sectors=5)
    before = firms.copy()
    first, second = (
        ellison_glaeser(counts, firms, reference=chances, method="simulated", rng=2) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_frame_equal(firms, before)


@pytest.mark.parametrize("index", INDICES)
def test_every_undefined_value_says_why(index):
    counts = pd.DataFrame(
        {
            "none": [0.0, 0],
            "hidden": [np.nan, 4],
            "one": [7.0, 0],
            "strange": [2.0, 3],
            "bare": [5.0, 5],
            "full": [6.0, 2],
        },
        index=["A", "B"],
    )
    moments = pd.DataFrame(
        {
            "herfindahl": [1.0, 0.3, 0.4, 0.5],
            "cubes": [1, 0.1, np.nan, 0.25],
            "fourths": [1, 0.05, np.nan, 0.125],
        },
        index=["one", "hidden", "bare", "full"],
    )
    with pytest.warns(
        GeoterritorioWarning, match="1 cells are withheld or unknown: the values of the 1 sectors"
    ):
        found = index(counts, moments)
    assert found["reason"].to_dict() == {
        "none": "no jobs",
        "hidden": "withheld",
        "one": "one plant",
        "strange": "plants unknown",
        "bare": "sizes unknown",
        "full": "",
    }
    assert found["gamma"].notna().to_dict() == {k: k in {"bare", "full"} for k in counts}
    assert found["z"].notna().to_dict() == {k: k == "full" for k in counts}
    assert found["q"]["full"] == found["p"]["full"]
    only = index(counts[["full"]].iloc[:1], moments)
    assert only["reason"].tolist() == ["one territory"]
    assert only["gamma"].isna().all()


@pytest.mark.parametrize("index", INDICES)
def test_nothing_gives_nothing(index):
    moments = plant_moments(pd.DataFrame({"sector": [], "employment": []}))
    assert moments.empty
    empty = pd.DataFrame(
        index=pd.Index([], name="territory"), columns=pd.Index([], name="sector"), dtype=float
    )
    found = index(empty, moments)
    assert found.empty
    assert list(found)[:4] == ["gamma", "z", "p", "q"]
    zero = index(pd.DataFrame({"10": [0.0, 0.0]}), moments, method="normal")
    assert zero["reason"].tolist() == ["no jobs"]


def test_plants_without_jobs_sector_or_territory_are_left_out():
    firms = pd.DataFrame(
        {
            "territory": ["A", "A", "B", None, "B"],
            "sector": ["10", "10", None, "10", "10"],
            "employment": [3.0, 0, 5, 9, None],
        }
    )
    assert plant_moments(firms).to_dict("list") == {
        "plants": [1], "employment": [3.0], "herfindahl": [1.0], "cubes": [1.0], "fourths": [1.0],
    }  # fmt: skip


def test_what_contradicts_itself_is_refused_at_once():
    counts = pd.DataFrame({"10": [3.0, -1], "62": [2.0, 2]}, index=["A", "B"])
    moments = pd.DataFrame({"herfindahl": [0.5, 0.5]}, index=["10", "62"])
    reference = pd.Series([1.0, -2], index=["A", "C"])
    with pytest.raises(LayerError) as caught:
        ellison_glaeser(counts, moments, reference=reference)
    assert str(caught.value).splitlines() == [
        "1 cells of the table are negative.",
        "1 territories are not in the reference, for example B.",
        "reference: 1 totals are negative or infinite, for example C with -2. Correct them.",
    ]
    fine = counts.abs()
    with pytest.raises(LayerError, match="occur more than once"):
        ellison_glaeser(fine, moments, reference=pd.Series([1, 2, 3], index=["A", "B", "B"]))
    with pytest.raises(LayerError, match="1 sectors have a Herfindahl index that is not between 0 and 1"):
        ellison_glaeser(fine, moments.assign(herfindahl=[0.5, 4]))
    with pytest.raises(LayerError, match="throws need the establishments"):
        ellison_glaeser(fine, moments, method="simulated")
    with pytest.raises(LayerError, match="Firms lack the columns “employment”"):
        ellison_glaeser(fine, pd.DataFrame({"sector": ["10"]}))
    with pytest.raises(LayerError, match="employment of 1 establishments is negative"):
        plant_moments(pd.DataFrame({"sector": ["10", "10"], "employment": [1, -1]}))


def test_a_register_of_other_plants_is_noticed():
    firms = pd.DataFrame({"territory": list("ABAB"), "sector": "10", "employment": [1, 2, 3, 4]})
    with pytest.warns(GeoterritorioWarning, match="establishments of 1 sectors have other jobs"):
        ellison_glaeser(tabulate(firms), firms.iloc[1:])
