"""Figures as Spanish spreadsheets write them: read where they can be nothing else, refused where they can."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, read_counts
from geoterritorio.layers.numerals import parse_coordinates, with_decimal_points

SEPARATORS = st.sampled_from(["", ".", " ", "\u00a0", "\u202f"])
FIGURES = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-6)


def counts(values) -> pd.DataFrame:
    territories = [str(i) for i in range(len(values))]
    return pd.DataFrame({"territory": territories, "sector": "15", "employment": values})


def spanish(value: float, places: int, thousands: str) -> str:
    return f"{value:,.{places}f}".translate({ord(","): thousands, ord("."): ","})


def certain(text: str) -> bool:
    """Whether a text cannot group thousands by commas: a second, plainer telling of the rule."""
    whole, comma, decimals = text.lstrip("+-").partition(",")
    digits = re.sub(r"\D", "", whole)
    return bool(comma) and (digits != whole or len(decimals) != 3 or len(digits) > 3 or whole.startswith("0"))


@given(st.lists(st.tuples(FIGURES, st.integers(0, 6)), min_size=1, max_size=8), SEPARATORS)
def test_columns_with_decimal_commas_read_back_the_same(figures, thousands):
    texts = [spanish(value, places, thousands) for value, places in figures]
    assume(any(certain(t) for t in texts))
    points = with_decimal_points(pd.Series(texts, dtype="string"))
    expected = [float(f"{value:.{places}f}") for value, places in figures]
    np.testing.assert_array_equal(points.astype(float), expected)


@given(st.lists(st.tuples(FIGURES, st.integers(0, 6)), min_size=1, max_size=8), SEPARATORS)
def test_english_figures_are_never_taken_for_spanish_ones(figures, thousands):
    texts = [f"{v:,.{p}f}".replace(",", "," if thousands else "") for v, p in figures]
    assert with_decimal_points(pd.Series(texts, dtype="string")) is None


@given(st.lists(st.text("0123456789.,- ", min_size=1, max_size=9), min_size=1, max_size=4))
def test_nothing_ambiguous_is_guessed(texts):
    column = pd.Series([t.strip() or None for t in texts], dtype="string")
    points = with_decimal_points(column)
    if points is not None:
        known = column.dropna()
        assert any(certain(t) for t in known)
        assert np.isfinite(points.dropna().astype(float)).all()
        # No value was also a number with commas for thousands and decimals behind a point.
        assert not any(re.fullmatch(r"-?\d{1,3}(,\d{3})+\.\d+|-?\d{1,3}(,\d{3}){2,}", t) for t in known)


@pytest.mark.parametrize(
    ("values", "numbers", "said"),
    [
        (["12,5", "3", ""], [12.5, 3, np.nan], "(rows: 1): “12,5” → 12.5."),
        (["1.234,5", "12"], [1234.5, 12], "(rows: 1): “1.234,5” → 1234.5."),
        (["12,5", "1.234"], [12.5, 1234], "(rows: 2): “12,5” → 12.5, “1.234” → 1234."),
        (["1,234", "0,5"], [1.234, 0.5], "(rows: 2): “1,234” → 1.234."),
    ],
)
def test_a_warning_names_column_count_and_examples(values, numbers, said):
    with pytest.warns(GeoterritorioWarning) as caught:
        layer = as_counts(counts(values))
    np.testing.assert_array_equal(layer["employment"], numbers)
    assert "column “employment” is written with decimal commas" in str(caught[0].message)
    assert said in str(caught[0].message)


@pytest.mark.parametrize(
    "values",
    [["1,234"], ["1,234", "12"], ["-1,234"], ["12,5", "1.5"], ["1,234,567", "1,5"], ["1.234 567", "1,5"]],
)
def test_what_may_mean_two_things_is_refused_with_a_cure(values):
    with pytest.raises(LayerError, match="write decimals with a point and thousands without a separator"):
        as_counts(counts(values))


@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_separators_of_text_files(tmp_path, separator):
    quote = '"' if separator == "," else ""
    rows = [("territory", "sector", "employment", "nota, y más"), ("01", "15", "1.234,5", "a, b, c")]
    lines = [separator.join(f'"{c}"' if "," in c and quote else c for c in row) for row in rows]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.warns(GeoterritorioWarning, match="decimal commas"):
        layer = read_counts(path)
    assert layer.iloc[0].tolist() == ["01", "15", 1234.5, "a, b, c"]


def test_headings_with_more_commas_than_separators(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("territory;sector;employment;a, b, c, d, e, f\n01;15;7;x\n", encoding="utf-8")
    assert read_counts(path)["employment"].tolist() == [7]


def test_coordinates_with_grouped_thousands_and_decimal_commas():
    numbers, problems = parse_coordinates(pd.Series(["4.474.123,25", "4.475.002"]), column="y", layer="firms")
    assert numbers.tolist() == [4474123.25, 4475002]
    assert not problems
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_coordinates(pd.Series(["4,474"]), column="y", layer="firms")[1]
