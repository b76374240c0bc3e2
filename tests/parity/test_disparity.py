"""Inequality of German counties and Mexican states as established packages have it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    atkinson,
    coefficient_of_variation,
    coulter,
    gini,
    pietra,
    spatial_gini,
    theil_decomposition,
    theil_l,
    theil_t,
    williamson,
)


def counties(folder, year):
    rows = pd.read_csv(folder / "inputs/counties.csv", dtype={"region_code": str}).set_index("region_code")
    return rows[[f"gdppc{year}", f"pop{year}"]].dropna().rename(columns=lambda c: c.removesuffix(str(year)))


@pytest.mark.parametrize("year", [1992, 2000, 2008, 2014])
def test_reat_on_german_counties(oracles, year):
    folder = oracles / "reat_inequality_german_counties"
    peer = pd.read_csv(folder / "expected/measures.csv").set_index("year").loc[year]
    rows = pd.read_csv(folder / "inputs/counties.csv")
    x, p = counties(folder, year).to_numpy().T
    x, p = pd.Series(x), pd.Series(p)
    product = rows[[f"gdp{year}", f"pop{year}"]].dropna().to_numpy().T
    found = {
        "gini": gini(x),
        "gini_norm": gini(x, unbiased=True),
        "gini2_w": gini(x, p),
        "hoover_pop_ref": pietra(pd.Series(product[0] / product[1]), pd.Series(product[1])),
        "theil": theil_l(x),
        "atkinson05": atkinson(x, epsilon=0.5),
        "atkinson1": atkinson(x, epsilon=1),
        "cv": coefficient_of_variation(x),
        "coulter": coulter(x),
    }
    assert found == pytest.approx(peer[list(found)].to_dict(), rel=1e-9)
    # The peer's deviations are from the unweighted mean; the paper's from the weighted one.
    mean = (p * x).sum() / p.sum()
    theirs = np.sqrt((p * (x - x.mean()) ** 2).sum() / p.sum()) / mean
    assert theirs == pytest.approx(peer["williamson"], rel=1e-9)
    assert williamson(x, p) == pytest.approx(np.sqrt((p * (x - mean) ** 2).sum() / p.sum()) / mean, rel=1e-9)
    if year == 2014:
        assert williamson(x, p) == pytest.approx(0.432971, abs=5e-7)


@pytest.mark.parametrize("year", [1992, 2000, 2008, 2014])
def test_reat_summary(oracles, year):
    folder = oracles / "reat_disp_weighted_counties_2014"
    peer = pd.read_csv(folder / "expected/disp_unweighted.csv", index_col="measure")[f"gdppc{year}"]
    x = pd.Series(counties(folder, year)["gdppc"])
    variation = coefficient_of_variation(x)
    found = {
        "Gini": gini(x),
        "Gini n": gini(x, unbiased=True),
        "Hoover non-w": pietra(x),
        "Theil": theil_l(x),
        "Coulter non-w": coulter(x),
        "Atkinson": atkinson(x),
        "CV": variation,
        # The peer counts the counties without a value here, 74 of them in 1992.
        "CV n": variation / np.sqrt(len(pd.read_csv(folder / "inputs/counties.csv")) - 1),
        "SD": variation * x.mean(),
        "HHI eq": len(x) / (1 + williamson(x) ** 2),
        "HHI": (1 + williamson(x) ** 2) / len(x),
        "HHI n": williamson(x) ** 2 / (len(x) - 1),
        # The peer's Dalton is the logarithm of the mean over the mean of the logarithms.
        "Dalton": np.log(x.mean()) / (np.log(x.mean()) - theil_l(x)),
    }
    assert found == pytest.approx(peer[list(found)].to_dict(), rel=1e-9)


def test_reat_summary_with_weights(oracles):
    folder = oracles / "reat_disp_weighted_counties_2014"
    peer = pd.read_csv(folder / "expected/disp_weighted_2014.csv", index_col="measure")["gdppc2014"]
    x, p = (counties(folder, 2014)[c] for c in ("gdppc", "pop"))
    assert gini(x, p) == pytest.approx(peer["Gini w"], rel=1e-9)
    assert gini(x, p, unbiased=True) == pytest.approx(peer["Gini w n"], rel=1e-9)


def test_reat_weighted_rows_of_another_definition(oracles):
    folder = oracles / "reat_disp_weighted_counties_2014"
    peer = pd.read_csv(folder / "expected/disp_weighted_2014.csv", index_col="measure")["gdppc2014"]
    x, p = (counties(folder, 2014)[c] for c in ("gdppc", "pop"))
    shares = p / p.sum()
    # Weighted deviations from the mean without weights.
    assert np.sqrt((shares * (x - x.mean()) ** 2).sum()) == pytest.approx(peer["SD w"], rel=1e-9)
    assert williamson(x, p) * (shares * x).sum() == pytest.approx(15588.448472, rel=1e-9)
    # Values per head are summed as if they were totals.
    assert np.sqrt(((x / x.sum() - shares) ** 2).sum() / 2) == pytest.approx(peer["Coulter"], rel=1e-9)
    assert coulter(x, p) == pytest.approx(0.024245047, abs=5e-10)


def test_reat_weighted_gini(oracles):
    folder = oracles / "reat_gini_weighted_peerbug"
    peer = json.loads((folder / "expected/scalars.json").read_text())
    x, p = (counties(folder, 2014)[c] for c in ("gdppc", "pop"))
    assert gini(x, p) == pytest.approx(peer["reat_gini2_weighted"], rel=1e-9)
    # The other function of the peer sorts the values and leaves the weights as they were.
    unsorted = pd.Series(np.sort(x.to_numpy()), index=x.index)
    assert gini(unsorted, p) == pytest.approx(peer["reat_gini_weighted"], rel=1e-9)


def test_inequality_on_mexican_states(oracles):
    folder = oracles / "inequality_mexico"
    states = pd.read_csv(folder / "inputs/states.csv", index_col="State")
    peer = pd.read_csv(folder / "expected/measures.csv", index_col="col")
    for year, row in peer.iterrows():
        x = states[year]
        found = [gini(x), theil_t(x), atkinson(x, epsilon=0.5), atkinson(x, epsilon=1)]
        columns = ["gini", "theil_T", "atkinson05", "atkinson1"]
        np.testing.assert_allclose(found, row[columns].to_numpy(float), rtol=1e-9)


def test_theil_of_mexican_regions(oracles):
    folder = oracles / "inequality_mexico"
    states = pd.read_csv(folder / "inputs/states.csv", index_col="State")
    peer = pd.read_csv(folder / "expected/theil_decomposition.csv")
    for row in peer.itertuples():
        found = theil_decomposition(states[row.col], states[row.partition], permutations=0)
        np.testing.assert_allclose(
            [found.total, found.between, found.within], [row.T, row.between, row.within], rtol=1e-9
        )


def test_spatial_gini_of_mexican_states(oracles):
    # The peer's documentation prints 4353856 for the states of different regions, each pair counted twice.
    states = pd.read_csv(oracles / "inequality_mexico" / "inputs/states.csv", index_col="State")
    x, region = states["pcgdp1940"], states["hanson98"].to_numpy()
    same = pd.DataFrame(1.0 * (region[:, None] == region), index=states.index, columns=states.index)
    found = spatial_gini(x, same, permutations=999, rng=1)
    scale = 2 * len(x) ** 2 * x.mean()
    assert found.others * scale == pytest.approx(4353856.0, rel=1e-12)
    # The peer expects 4170357 from 99 random arrangements and finds p = 0.04.
    assert (found.total - found.expected) * scale == pytest.approx(4170356.7, rel=0.01)
    assert found.p == pytest.approx(0.04, abs=0.025)


def test_spatial_gini_of_neighbours_in_the_order_of_their_file(oracles):
    """The file of neighbours lists 10 after 11 and 23 after 24; the peer goes by place, not by name."""
    folder = oracles / "inequality_mexico"
    states = pd.read_csv(folder / "inputs/states.csv", index_col="State")
    peer = pd.read_csv(folder / "expected/measures.csv", index_col="col")
    pairs = pd.read_csv(folder / "inputs/adjacency.csv")
    near = np.zeros((len(states), len(states)))
    near[pairs["i"], pairs["j"]] = pairs["w"]
    place = np.arange(len(states))
    place[[10, 11, 23, 24]] = place[[11, 10, 24, 23]]
    by_place = pd.DataFrame(near[np.ix_(place, place)], states.index, states.index)
    by_name = pd.DataFrame(near, states.index, states.index)
    for year, row in peer.iterrows():
        x = states[year]
        scale = 2 * len(x) ** 2 * x.mean()
        found = spatial_gini(x, by_place, permutations=0)
        assert found.others * scale == pytest.approx(row["wcg"], rel=1e-9)
        assert found.neighbours * scale == pytest.approx(row["wg"], rel=1e-9)
    found = spatial_gini(states["pcgdp1940"], by_name, permutations=0)
    assert found.neighbours * 2 * 32**2 * states["pcgdp1940"].mean() == pytest.approx(515726, rel=1e-9)
