"""Versions in time, wholes and their parts, shares."""

import warnings

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_actions, as_counts, as_reference, as_territories, reference_of
from geoterritorio.layers.checks import as_layer, check_layer, require_unique
from geoterritorio.layers.schema import COUNTS, KINDS, REFERENCE, REGISTER, TERRITORIES


def versions(*rows: tuple[str, str | None, str | None]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=["territory", "valid_from", "valid_to"])
    return gpd.GeoDataFrame(frame, geometry=[box(0, 0, 1, 1)] * len(rows), crs=25830)


def refusal(call, *args, **options) -> str:
    with pytest.raises(LayerError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_versions_that_follow_each_other_are_fine_and_cut_layers_are_asked_for():
    history = versions(
        ("a", None, "1995"), ("a", "1995", "2001-06"), ("a", "2001-06", None), ("b", None, None)
    )
    layer = as_territories(history)
    assert len(layer) == 4
    text = refusal(require_unique, layer, TERRITORIES)
    assert "3 rows share their identifier (territory): “a”" in text
    assert "Keep the versions in force on one day: behind the file as ?on=2025-01-01" in text
    assert "Keep the versions" in refusal(as_layer, history, TERRITORIES)


def test_versions_that_overlap_or_end_before_they_begin():
    text = refusal(
        as_territories,
        versions(
            ("a", "1990", "1996"), ("a", "1995", None), ("b", "2000", "2000"), ("c", "2001-05", "2001-04")
        ),
    )
    assert (
        "versions of territories are still in force when the next one begins (rows: 1, first: 1): “a”" in text
    )
    assert (
        "versions of territories end (valid_to) before or when they begin (valid_from); rows: 2, first: 3"
        in text
    )
    assert "rows share their identifier" in refusal(
        as_territories, versions(("a", None, None), ("a", None, "1990"))
    )


years = st.one_of(st.none(), st.integers(1900, 1906))


@given(st.lists(st.tuples(st.sampled_from("ab"), years, years), min_size=1, max_size=5))
def test_a_history_is_accepted_exactly_when_no_year_has_two_versions(rows):
    spans = [(t, 1800 if f is None else f, 2100 if e is None else e) for t, f, e in rows]
    clear = all(f < e for _, f, e in spans)
    for t in "ab":
        for year in range(1890, 1910):
            clear &= sum(t == name and f <= year < e for name, f, e in spans) <= 1
    history = versions(*((t, f and str(f), e and str(e)) for t, f, e in rows))
    try:
        as_territories(history)
    except LayerError:
        assert not clear
    else:
        assert clear


def test_counts_of_several_periods():
    own = pd.DataFrame({"territory": "a", "sector": "15", "period": [2001, 2011], "employment": [3, 4]})
    layer = as_counts(own)
    assert layer["period"].tolist() == ["2001", "2011"]
    assert "Keep the rows of one period." in refusal(require_unique, layer, COUNTS)


TOTALS = pd.DataFrame(
    {
        "sector": ["15", "15", "15", "15", "25", "25", "25"],
        "level": ["region", "region", "nation", "larger", "region", "nation", "larger"],
        "area": ["north", "south", "N", "E", "north", "N", "E"],
        "employment": [30, 40, 80, 900, None, 20, 100],
    }
)


def test_one_whole_of_several():
    totals = as_reference(TOTALS)
    assert reference_of(totals)["employment"].tolist() == [900, 100], "the largest by default"
    assert reference_of(totals, level="nation")["employment"].tolist() == [80, 20]
    assert reference_of(totals, area="north")["employment"].tolist()[0] == 30
    assert list(reference_of(totals, level="nation")) == list(totals), "the columns stay"
    assert "totals of several wholes: “north”, “south”" in refusal(reference_of, totals, level="region")
    assert "no totals of “west”. There are: “north”, “south”, “N”, “E”" in refusal(
        reference_of, totals, area="west"
    )
    assert "no totals of “territory”" in refusal(reference_of, totals, level="territory")
    check_layer(reference_of(totals, level="nation"), REFERENCE)
    assert "Keep the totals of one whole" in refusal(require_unique, totals, REFERENCE)


def test_a_whole_without_levels_is_itself():
    plain = as_reference(pd.DataFrame({"sector": ["15"], "employment": [5]}))
    assert reference_of(plain)["employment"].tolist() == [5]
    assert "neither area nor level" in refusal(reference_of, plain, level="nation")


def test_several_periods_are_not_added_up():
    totals = as_reference(
        pd.DataFrame({"sector": "15", "level": "nation", "period": ["2001", "2011"], "employment": [5, 6]})
    )
    assert "several periods: “2001”, “2011”" in refusal(reference_of, totals)


def test_parts_must_not_exceed_their_whole_alone_or_together():
    text = refusal(as_reference, TOTALS.assign(employment=[30, 60, 80, 900, 5, 20, 100]))
    assert (
        "the parts have more employment than the whole in which they lie (sectors: 1): “15 (N): 90 > 80”"
        in text
    )
    as_reference(
        TOTALS.assign(employment=[30, 51, 80, 900, 5, 20, 100])
    )  # rounding of three figures to whole jobs
    foreign = TOTALS.assign(
        employment=[30, 60, 80, 900, 5, 20, 100], parent=["N", "X", "E", None, "N", "E", None]
    )
    as_reference(foreign)  # the south lies elsewhere


def test_a_share_written_in_percent():
    own = pd.DataFrame({"action": ["a", "b"], "public_share": [0.5, 50], "territory": "t"})
    assert "must not be above 1 (rows above: 1, first: 2): “50”" in refusal(as_actions, own)


def test_parts_of_a_whole_without_period():
    totals = TOTALS.assign(period=None, employment=[30, 60, 80, 900, 5, 20, 100])
    assert "“15 (N): 90 > 80”" in refusal(as_reference, totals)


def warned(kind: str, table: pd.DataFrame) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        as_layer(table, KINDS[kind])
    return [str(w.message) for w in said]


def test_a_period_that_ends_before_it_begins():
    table = pd.DataFrame({"action": ["a", "b"], "period": ["1999-2001", "2001-1999"]})
    said = refusal(as_layer, table, KINDS["actions"])
    assert "periods end before they begin (rows: 1, first: 2): “2001-1999”" in said
    as_layer(table.head(1), KINDS["actions"])


def test_ratings_off_any_scale_and_statements_of_tomorrow():
    table = pd.DataFrame(
        {"territory": "T", "item": "learning", "rating": [4, 900], "date": ["2020", "2999-01"]}
    )
    ratings, dates = warned("evidence", table)
    assert "below 0 or above 100, as hardly any scale has them (rows: 1, first: 2): “900”" in ratings
    assert "still to come (rows: 1, first: 2): “2999-01”" in dates
    assert warned("evidence", table.head(1)) == []


@pytest.mark.parametrize(
    ("parents", "said"),
    [
        ([None, "a", "b", "c"], []),  # a chain
        (["b", "a", "b", None], ["going up from one comes back to it (rows: 2, first: 1): “a”, “b”"]),
        ([None, "a", "a", "nowhere"], ["parents are not in the layer, where others"]),
        (["P", "P", "Q", "Q"], []),  # the next level is another layer
        (["a", None, None, None], ["(rows: 1, first: 1): “a”"]),
    ],
)
def test_parents_in_a_circle_or_nowhere(parents, said):
    places = gpd.GeoDataFrame(
        {"territory": list("abcd"), "parent": parents},
        geometry=gpd.points_from_xy(range(4), [40] * 4),
        crs=4326,
    )
    found = warned("territories", places)
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))
    # Of the upper level, nothing is there; of the lower one, all is.
    levels = places.assign(parent=["ES", "a", "a", "a"], level=["province", *["municipality"] * 3])
    assert warned("territories", levels) == []


@pytest.mark.parametrize("kind", ["firms", "register"])
def test_counts_are_no_register(kind):
    schema = REGISTER if kind == "register" else KINDS["firms"]
    counts = pd.DataFrame(
        {"territory": ["t", "t", "u"], "sector": ["15", "16", "15"], "establishments": [4, 2, 9]}
    )
    assert "its 3 rows are counts" in refusal(as_layer, counts, schema)
    periods = pd.concat([counts.assign(period="2001"), counts.assign(period="2011")])
    assert "its 6 rows are counts" in refusal(as_layer, periods, schema)
    as_layer(
        counts.assign(firm=["a", "b", "c"]), schema
    )  # a register that says how many plants an enterprise has
    as_layer(pd.concat([counts, counts]), schema)
    as_layer(counts.drop(columns="establishments"), schema)
    points = gpd.GeoSeries.from_xy([0, 1, 2], [0, 1, 2], crs="EPSG:25830")
    as_layer(gpd.GeoDataFrame(counts, geometry=points), schema)
