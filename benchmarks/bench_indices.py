"""Indices of concentration and specialisation, their bounds and what chance gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid

from geoterritorio.concentration import (
    cell_bounds,
    entropy,
    hachman,
    herfindahl,
    hoover,
    index_bounds,
    index_null,
    krugman_concentration,
    krugman_specialisation,
    locational_gini,
    relative_diversity,
    theil,
)

INDICES = [
    herfindahl,
    krugman_concentration,
    hoover,
    locational_gini,
    theil,
    krugman_specialisation,
    entropy,
    relative_diversity,
    hachman,
]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """8000 territories by 600 sectors, half of the cells empty."""
    rng = np.random.default_rng(1)
    values = rng.poisson(0.7, (8000, 600)) * np.ceil(rng.lognormal(1, 1.2, (8000, 600)))
    rows = pd.Index([f"{k:05d}" for k in range(8000)], name="territory")
    return pd.DataFrame(values, index=rows, columns=pd.Index([f"{k:03d}" for k in range(600)], name="sector"))


@pytest.mark.parametrize("measure", INDICES)
def test_indices(compare, table, measure):
    found, _ = compare(f"{measure.__name__}, 8 k x 600", lambda: measure(table))
    assert found.notna().all()


def test_gini_column_by_column(compare, table):
    # No package on PyPI has the weighted Gini; the loop is what a user would write.
    shares = table / table.sum()
    whole = table.sum(axis=1) / table.to_numpy().sum()

    def peer() -> pd.Series:
        found = {}
        for sector, own in shares.items():
            order = (own / whole).sort_values().index
            s, x = own[order].cumsum(), whole[order].cumsum()
            found[sector] = 1 - 2 * trapezoid(np.append(0, s), np.append(0, x))
        return pd.Series(found)

    found, expected = compare("locational Gini, 8 k x 600, pandas loop", lambda: locational_gini(table), peer)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.fixture(scope="module")
def withheld(table: pd.DataFrame) -> dict[str, pd.DataFrame | pd.Series]:
    """The table without a third of its cells, and its totals."""
    hidden = np.random.default_rng(2).random(table.shape) < 0.34
    return {"counts": table.mask(hidden), "totals": table.sum(axis=1), "sector_totals": table.sum()}


def test_bounds_of_cells(compare, table, withheld):
    found, _ = compare("bounds of a third of 8 k x 600 cells", lambda: cell_bounds(**withheld))
    assert (found.low <= table + 1e-6).all(axis=None)
    assert (found.high >= table - 1e-6).all(axis=None)


def test_bounds_of_indices(compare, table, withheld):
    found, _ = compare(
        "bounds of Theil's index, 600 sectors", lambda: index_bounds(measure="theil", **withheld)
    )
    assert theil(table).between(found["low"] - 1e-9, found["high"] + 1e-9).all()


def test_chance(compare, register):
    firms = register.iloc[:100_000]
    found, _ = compare(
        "chance of Krugman's index, 99 x 100 k plants",
        lambda: index_null(firms, "krugman_concentration", rng=1, replicates=99),
    )
    assert found["p"].notna().all()
