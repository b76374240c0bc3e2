"""Tables, quotients and their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    bootstrap_intervals,
    location_quotient,
    location_quotient_interval,
    long_table,
    tabulate,
    tabulate_plants,
)


def test_table_and_quotients(compare, register):
    def peer() -> pd.DataFrame:
        groups = register.groupby(["territory", "sector"], observed=True, sort=False)
        cells = groups["employment"].sum().reset_index()
        n = cells.groupby("territory", observed=True)["employment"].transform("sum")
        t = cells.groupby("sector", observed=True)["employment"].transform("sum")
        return cells.assign(lq=cells["employment"] / n / (t / cells["employment"].sum()))

    found, cells = compare(
        "table and LQ, 10 M x 600 x 8 k, pandas groupby", lambda: location_quotient(tabulate(register)), peer
    )
    row, column = found.index.get_indexer(cells["territory"]), found.columns.get_indexer(cells["sector"])
    np.testing.assert_allclose(found.to_numpy()[row, column], cells["lq"], rtol=1e-9)
    assert (found.to_numpy() > 0).sum() == len(cells)


@pytest.fixture(scope="module")
def plants(register):
    return tabulate_plants(register)


def test_intervals_of_establishments(compare, plants):
    found, _ = compare(
        "intervals of establishments, 8 k x 600", lambda: location_quotient_interval(plants.establishments)
    )
    assert found.p.notna().to_numpy().all()


def test_intervals_of_jobs(compare, plants):
    tables = (plants.employment, plants.establishments, plants.squares)
    found, _ = compare("intervals of jobs, 8 k x 600", lambda: location_quotient_interval(*tables))
    assert found.p.notna().to_numpy().all()


def test_bootstrap(compare, register, plants):
    cells = long_table(number=plants.establishments)
    largest = cells.nlargest(50_000, "number")[["territory", "sector"]]
    name = "bootstrap, 1000 x the 50 k cells of most plants, 10 M"
    found, _ = compare(name, lambda: bootstrap_intervals(register, largest, rng=np.random.default_rng(1)))
    assert (found["low"] < found["lq"]).all()
    assert (found["lq"] < found["high"]).all()
