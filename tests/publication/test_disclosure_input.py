"""What disclosure control makes of unknown sizes, of figures that cannot be, and of tables that it cannot protect."""

import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.publication.tools import disclose


def register(*cells):
    """Synthetic: rows of (territory, sector, jobs)."""
    rows = [(t, s, x) for t, s, jobs in cells for x in jobs]
    frame = pd.DataFrame(rows, columns=["territory", "sector", "employment"])
    return frame.assign(
        firm=[f"f{k}" for k in range(len(frame))], employment=frame["employment"].astype(float)
    )


def table(**columns):
    return pd.DataFrame({"territory": ["a", "a", "b", "b"], "sector": ["1", "2", "1", "2"], **columns})


@pytest.mark.parametrize("others", [np.nan, 0.0])
def test_establishments_without_jobs_are_none_of_the_three(others):
    """Of 50, 0 and 0 everybody knows the one that has all the jobs."""
    many = [10, 11, 12, 9, 14]
    firms = register(
        *((t, s, many) for t in "abcd" for s in "1234" if (t, s) != ("a", "1")),
        ("a", "1", [50, others, others]),
    )
    told = disclose(firms)
    cell = told.disclosed.set_index(["territory", "sector"]).loc[("a", "1")]
    assert cell["status"] == "withheld"
    assert np.isnan(cell["employment"])
    assert np.isnan(cell["establishments"])
    assert told.bounds["reason"].eq("few contributors").all()
    assert (
        not disclose(register(*((t, s, many) for t in "ab" for s in "12")))
        .disclosed["employment"]
        .isna()
        .any()
    )


def test_cells_without_any_jobs_count_their_establishments():
    """Registers without sizes are protected by their number alone."""
    firms = register(*((t, s, [np.nan] * 4) for t in "ab" for s in "12"))
    assert disclose(firms).disclosed["status"].eq("known").all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"employment": [-10.0, 20, 30, 50]}, "figures are below 0"),
        ({"employment": [np.inf, 20, 30, 50]}, "figures are infinite"),
        ({"establishments": [-2.0, 5, 9, 4]}, "figures are below 0"),
        ({"establishments": [99_999_999_999.0, 5, 9, 4]}, "more than the 30000000"),
    ],
)
def test_figures_that_cannot_be_are_refused(change, said):
    given = {"employment": [10.0, 20, 30, 50], "establishments": [3.0, 5, 9, 4], **change}
    with pytest.raises(LayerError, match=said):
        disclose(counts=table(**given))


@pytest.mark.parametrize("value", [-5.0, np.inf])
def test_sizes_that_cannot_be_are_refused(value):
    firms = register(*((t, s, [10, 11, 12]) for t in "ab" for s in "12"))
    firms.loc[3, "employment"] = value
    with pytest.raises(LayerError, match=r"firms\.employment"):
        disclose(firms)


@pytest.mark.parametrize("column", ["sector", "territory"])
def test_rows_in_no_cell_are_counted(column):
    firms = register(*((t, s, [10, 11, 12, 9]) for t in "ab" for s in "12"))
    firms.loc[[0, 5], column] = None
    with pytest.warns(
        GeoterritorioWarning, match="firms: 2 of 16 rows have no sector or lie in no territory"
    ):
        disclose(firms)
    counts = table(employment=[10.0, 20, 30, 50], establishments=[3.0, 5, 9, 4])
    counts.loc[4] = [None if column == "territory" else "a", None if column == "sector" else "1", 9.0, 3.0]
    with pytest.warns(GeoterritorioWarning, match="counts: 1 of 5 rows"):
        disclose(counts=counts)


def test_a_table_that_cannot_be_protected_says_so():
    """The sum of all, 908, leaves less than a tenth above 900 to guess."""
    firms = register(("a", "10", [900]), ("b", "10", [1, 2]), ("b", "11", [5]))
    with pytest.warns(GeoterritorioWarning, match="leaves less to guess"):
        told = disclose(firms)
    assert told.disclosed["employment"].isna().all()
