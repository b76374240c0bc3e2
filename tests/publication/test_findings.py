"""What findings say of cells that rest on few, or on none."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.concentration.tabulation import long_table, tabulate
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.publication.brief import in_brief
from geoterritorio.publication.chapter import Chapter
from geoterritorio.publication.findings import Facts, Teller, facts


def few(*rows):
    """Synthetic cells of few: effective establishments and jobs."""
    cells = pd.DataFrame(rows, columns=["effective_plants", "employment"])
    return cells.assign(
        certainty="few", lq=1.5, low=float("nan"), high=float("nan"), status="known", q=float("nan")
    )


@pytest.mark.parametrize(
    ("plants", "said"),
    [
        (2.0, "effective establishments it rests on: about 2"),
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


@pytest.mark.parametrize(("measure", "told"), [("employment", True), ("establishments", False)])
def test_unknown_sizes_are_told_where_jobs_are_claimed(measure, told):
    """The tabulation's own warning is what the report looks for, so the two cannot part."""
    firms = pd.DataFrame(
        {"territory": list("AABB"), "sector": ["10", "62", "10", "62"], "employment": [5, 2, None, 1]}
    )
    with pytest.warns(GeoterritorioWarning) as warned:
        jobs = tabulate(firms)
    notices = tuple(w.message.message for w in warned if isinstance(w.message, GeoterritorioWarning))
    rows = long_table(lq=jobs, employment=jobs, establishments=jobs).assign(certainty="unclear")
    places = gpd.GeoDataFrame({"territory": list("AB")}, geometry=[shapely.Point(0, 0)] * 2, crs=25830)
    found = facts(Chapter("X", places, rows, {"measure": measure}, notices))
    said = "Of 4 establishments, 1 have no known size"
    assert (said in " ".join(Teller(found, "en").opening())) == told
    assert (said in " ".join(in_brief([found], [], "en"))) == told
