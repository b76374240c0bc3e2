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


def judged(*rows):
    """Synthetic cells: certainty, quotient, lower end, q."""
    cells = pd.DataFrame(rows, columns=["certainty", "lq", "low", "q"])
    territory = [f"t{k}" for k in range(len(cells))]
    return cells.assign(territory=territory, sector="10", excess=1.0)


def test_a_q_value_that_is_kept_back_does_not_change_what_decided():
    """The empty cell is clearly below 1 and its q withheld: the others still show that q took part."""
    gone = float("nan")
    cells = judged(("high", 3.0, 2.0, 0.01), ("unclear", 1.5, 1.1, 0.2), ("low", 0.0, gone, gone))
    found = Facts(cells, 0.95, "employment", ())
    assert found.adjusted
    assert found.untold == 1
    told = " ".join(Teller(found, "en").opening())
    assert "For 1 of them the whole 95% interval lies above 1 and the q-value agrees" in told
    assert "by chance alone" not in told
    assert (
        "all tests of the table, and is told of 2 cells: q ≤ 0.05 holds for 1 of them".replace(
            "q ≤ 0.05", "q\N{NO-BREAK SPACE}≤\N{NO-BREAK SPACE}0.05"
        )
        in told
    )
    assert "since few establishments or none are in them: 1." in told
    # Told are those of many establishments: 5 % of these alone would be no bound.
    assert "told or not, at most about 5% are expected to be false" in told


def test_where_every_q_value_is_told_all_tests_are_counted():
    cells = judged(("high", 3.0, 2.0, 0.01), ("unclear", 1.5, 1.1, 0.2), ("low", 0.1, 0.0, 0.03))
    told = " ".join(Teller(Facts(cells, 0.95, "employment", ()), "en").opening())
    assert "q adjusts for all 3 tests of the table" in told
    assert "kept back" not in told


def test_a_clear_cell_with_a_large_q_was_decided_by_its_interval():
    cells = judged(("high", 3.0, 2.0, 0.2), ("low", 0.0, float("nan"), float("nan")))
    assert not Facts(cells, 0.95, "employment", ()).adjusted


def test_the_brief_counts_what_was_judged_apart_from_what_was_not():
    """Two of three judged pairs are not clear, and one of them looks high; of two that rest on little, one does."""
    gone = float("nan")
    cells = judged(
        ("high", 3.0, 2.0, 0.01),
        ("unclear", 1.6, 0.9, 0.3),
        ("unclear", 1.1, 0.8, 0.6),
        ("few", 4.0, gone, gone),
        ("untested", 1.0, gone, gone),
    ).assign(place="A", activity="Shoes")
    told = in_brief([Facts(cells, 0.95, "employment", ())], [], "en")
    assert told[0].startswith("Of 3 pairs")
    assert (
        "Of those judged, another 1 look high too (from 1.25 times on) but may be chance; so do 1 of the 2 pairs that "
        "rest on too little to be judged: nothing should be decided on them."
    ) in told
    alone = in_brief([Facts(cells[:3], 0.95, "employment", ())], [], "en")
    assert any(t.endswith("may be chance: nothing should be decided on them.") for t in alone)
    untested = in_brief([Facts(cells[3:], 0.95, "employment", ())], [], "en")
    assert any(t.startswith("Of 2 pairs that rest on too little to be judged, 1 look high") for t in untested)


def test_the_brief_of_several_chapters_names_the_one_it_tells_and_counts_the_others():
    cells = judged(("high", 3.0, 2.0, 0.01), ("unclear", 1.1, 0.8, 0.6)).assign(place="A", activity="Shoes")
    first, second = (
        Facts(cells[:n], 0.95, "employment", (), name=name) for n, name in ((1, "Jobs"), (2, "Plants"))
    )
    (told, *_) = in_brief([first, second], [], "en")
    assert told.endswith("Those are of “Jobs”; in further results of this kind it is: 1 of 2 (“Plants”).")
    (alone, *_) = in_brief([first], [], "en")
    assert "Jobs" not in alone
