import calendar
import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.dates import earliest, exactness, latest, parse_dates


def parsed(*values, dtype=object):
    dates, problems = parse_dates(pd.Series(list(values), dtype=dtype), column="opened", layer="firms")
    return dates.tolist(), [str(p) for p in problems]


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("1998", "1998"), (1998, "1998"), (1998.0, "1998"), ("1998.0", "1998"), ("1998-5", "1998-05"),
        ("1998/05/17", "1998-05-17"), ("19980517", "1998-05-17"), ("05/1998", "1998-05"),
        ("17.5.1998", "1998-05-17"), ("5/17/1998", "1998-05-17"), ("05/05/1998", "1998-05-05"),
        ("1998-05-17 00:00:00", "1998-05-17"), ("1998-05-17T10:00:00Z", "1998-05-17"),
        (pd.Timestamp("1998-05-17"), "1998-05-17"), ("2000-02-29", "2000-02-29"), ("9999-12-31", "9999-12-31"),
    ],
)  # fmt: skip
def test_one_date_however_written(value, date):
    assert parsed(value) == ([date], [])


@pytest.mark.parametrize(
    "value", ["1900-02-29", "1998-13", "31/04/1998", "98", "1/2/98", "199805", "0", "soon"]
)
def test_no_date(value):
    dates, problems = parsed("1998", value)
    assert dates == ["1998", None]
    assert len(problems) == 1
    assert "rows that do not: 1, first: 2" in problems[0]
    assert f"“{value}”" in problems[0]


def test_day_and_month_that_cannot_be_told_apart_are_refused_unless_the_column_tells():
    dates, problems = parsed("05/06/1998", "07/08/1999")
    assert dates == [None, None]
    assert "cannot be told apart: “05/06/1998”, “07/08/1999”" in problems[0]
    with pytest.warns(GeoterritorioWarning, match="read as day/month/year, because “31/12/1999”"):
        assert parsed("05/06/1998", "31/12/1999") == (["1998-06-05", "1999-12-31"], [])
    with pytest.warns(GeoterritorioWarning, match="read as month/day/year"):
        assert parsed("05/06/1998", "12/31/1999") == (["1998-05-06", "1999-12-31"], [])
    dates, problems = parsed("05/06/1998", "12/31/1999", "31/12/1999")
    assert dates == [None, "1999-12-31", "1999-12-31"], "the column contradicts itself"
    assert "cannot be told apart" in problems[0]


def test_columns_of_every_type():
    assert parsed("2001-02-03", None, dtype="datetime64[ns]") == (["2001-02-03", None], [])
    assert parsed(1998, 2001, dtype="int64")[0] == ["1998", "2001"]
    assert parsed(1998.0, None, dtype="float64")[0] == ["1998", None]
    assert parsed(1998.5, dtype="float64")[1] != []
    assert parsed(dtype=object) == ([], [])


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_earliest_and_latest_are_the_calendar_s(day, length):
    text = day.isoformat()[:length]
    first, last = earliest(pd.Series([text])).iloc[0], latest(pd.Series([text])).iloc[0]
    assert str(first)[:10] == {4: f"{text}-01-01", 7: f"{text}-01", 10: text}[length]
    month = 12 if length == 4 else day.month
    end = day.day if length == 10 else calendar.monthrange(day.year, month)[1]
    assert str(last)[:10] == f"{day.year:04d}-{month:02d}-{end:02d}"
    assert exactness(pd.Series([text])).iloc[0] == {4: "year", 7: "month", 10: "day"}[length]


@given(st.dates(min_value=pd.Timestamp("1000-01-01").date()), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_written_day_is_that_day_or_refused(day, style):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        dates, problems = parsed(day.strftime(style))
    unsure = day.day <= 12 and day.day != day.month
    assert (dates, bool(problems)) == ([None if unsure else day.isoformat()], unsure)
