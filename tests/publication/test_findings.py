"""What findings say of cells that rest on few, or on none."""

import pandas as pd
import pytest

from geoterritorio.publication.findings import Facts, Teller


def few(*rows):
    """Synthetic cells of few: effective establishments and jobs."""
    cells = pd.DataFrame(rows, columns=["effective_plants", "employment"])
    return cells.assign(
        certainty="few", lq=1.5, low=float("nan"), high=float("nan"), status="known", q=float("nan")
    )


@pytest.mark.parametrize(
    ("plants", "said"),
    [
        (2.0, "rests on about 2 effective establishments"),
        (2.4, "rests on 2.4 effective establishments"),
        (float("nan"), "rests on fewer than 5 effective establishments"),
    ],
)
def test_rounded_effective_numbers_are_about(plants, said):
    """Disclosure control leaves whole numbers of few: “2.0” would claim a digit that is not there."""
    teller = Teller(Facts(few((plants, 9.0)), 0.95, "employment", ()), "en")
    row = {"certainty": "few", "effective_plants": plants, "low": 0.4}
    assert teller.reason(row) == said


def test_cells_of_none_are_told_apart():
    teller = Teller(Facts(few((2.0, 9.0), (0.0, 0.0), (0.0, 0.0)), 0.95, "employment", ()), "en")
    assert teller._without_any() == 2
    told = Teller(Facts(few((2.0, 9.0)), 0.95, "employment", ()), "en")
    assert told._without_any() == 0
