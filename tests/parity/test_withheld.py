"""County Business Patterns: cells withheld by their office, with the size class it tells of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    cell_bounds,
    counts_table,
    index_bounds,
    krugman_concentration,
    krugman_specialisation,
    locational_gini,
    long_table,
)

YEAR = 2005  # noise is added to the figures of later years
CLASSES = {
    "A": (0, 19),
    "B": (20, 99),
    "C": (100, 249),
    "E": (250, 499),
    "F": (500, 999),
    "G": (1000, 2499),
    "H": (2500, 4999),
    "I": (5000, 9999),
    "J": (10_000, 24_999),
    "K": (25_000, 49_999),
    "L": (50_000, 99_999),
    "M": (100_000, np.inf),
}


@pytest.fixture(scope="module")
def year(peer_data) -> pd.DataFrame:
    path = peer_data / "cbp_state_naics_2000_2011.parquet"
    if not path.exists():
        pytest.skip("County Business Patterns are not beside this checkout")
    rows = pd.read_parquet(path, filters=[("year", "==", YEAR)])
    return rows.rename(columns={"fipstate": "territory", "naics": "sector"})


def table(year: pd.DataFrame, pattern: str) -> tuple[pd.DataFrame, pd.Series]:
    """Jobs by state and sector, NaN where withheld; the size classes of what is withheld."""
    rows = year[year["sector"].str.match(pattern)]
    status = np.where(rows["empflag"].notna(), "withheld", "known")
    told = rows.dropna(subset="empflag").set_index(["territory", "sector"])["empflag"]
    return counts_table(rows.assign(status=status), value="emp"), told


def totals(year: pd.DataFrame, sector: str) -> pd.Series:
    rows = year[year["sector"] == sector].set_index("territory")
    assert rows["empflag"].isna().all()
    return rows["emp"].astype(float)


@pytest.mark.parametrize(
    ("pattern", "total", "number"), [(r"^\d\d----$", "------", 42), (r"^3[123]\d---$", "31----", 113)]
)
def test_the_office_s_size_classes_lie_within_the_bounds(year, pattern, total, number):
    counts, told = table(year, pattern)
    found = cell_bounds(counts, totals=totals(year, total))
    assert len(told) == counts.isna().to_numpy().sum() == number
    cells = long_table(**vars(found)).set_index(["territory", "sector"]).loc[told.index]
    low, high, estimate = cells["low"], cells["high"], cells["estimate"]
    least, most = told.map(lambda c: CLASSES[c][0]), told.map(lambda c: CLASSES[c][1])
    assert (low <= most).all()
    assert (high >= least).all()
    np.testing.assert_allclose(found.estimate.sum(axis=1), totals(year, total), rtol=1e-9)
    # The estimate is in the class more often, and nearer to its middle, than nothing is.
    middle = (least + most) / 2
    assert estimate.between(least, most).mean() > (least == 0).mean() + 0.15
    assert (estimate - middle).abs().sum() < 0.7 * middle.sum()


def test_specialisation_of_states_with_withheld_sectors_is_known_to_two_digits(year):
    counts, _ = table(year, r"^\d\d----$")
    found = index_bounds(
        counts,
        "krugman_specialisation",
        of="territories",
        totals=totals(year, "------"),
        reference=counts.sum(),
    )
    open_ = found[found["status"] == "estimated"]
    assert len(open_) == 17
    assert (open_["high"] - open_["low"]).median() < 0.005
    assert (open_["high"] - open_["low"]).max() < 0.04
    known = found["status"] == "known"
    exact = krugman_specialisation(counts[known], reference=counts.sum())
    np.testing.assert_allclose(found.loc[known, "estimate"], exact)


# Each table with cells taken away warns; here it is counted how near the estimates come.
@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
def test_estimates_are_nearer_to_the_truth_than_zeros(year):
    counts, _ = table(year, r"^\d\d----$")
    truth = counts.loc[:, counts.isna().sum() <= 3].dropna()
    sums = {"totals": truth.sum(axis=1), "sector_totals": truth.sum()}
    rng = np.random.default_rng(1)
    for _ in range(5):
        # A third of the cells, as the office does: the share withheld in the whole file.
        counts = truth.mask(rng.random(truth.shape) < 0.34)
        for name, measure in (
            ("krugman_concentration", krugman_concentration),
            ("locational_gini", locational_gini),
        ):
            exact = measure(truth)
            found = index_bounds(counts, name, **sums)
            assert exact.between(found["low"] - 1e-12, found["high"] + 1e-12).all()
            zeros = measure(counts.fillna(0), reference=sums["totals"])
            error, worse = (found["estimate"] - exact).abs().mean(), (zeros - exact).abs().mean()
            assert error < worse / 8
