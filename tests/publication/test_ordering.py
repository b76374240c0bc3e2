"""The rows of a result that a reader sees first."""

from __future__ import annotations

import pandas as pd
import pytest

from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.ordering import FOREMOST, MOST, ORDERS, foremost
from geoterritorio.registry import descriptions


def test_every_order_is_one_of_a_kind_that_exists_by_columns_that_it_has():
    kinds = {
        output["kind"]: {c["name"] for c in output["columns"]}
        for tool in descriptions().values()
        for output in tool["outputs"]
        if "columns" in output
    }
    lost = [
        (kind, key) for kind, keys in ORDERS.items() for key in keys if key.lstrip("-±") not in kinds[kind]
    ]
    assert lost == []


def test_smallest_q_comes_first_then_the_largest_deviation_and_unknown_last():
    table = pd.DataFrame(
        {"sector": list("abcde"), "q": [0.5, None, 0.01, 0.01, 0.2], "z": [9.0, 99.0, 2.0, 3.0, 1.0]}
    )
    assert foremost(table, "sector_pairs")["sector"].tolist() == ["d", "c", "e", "a", "b"]
    assert table["sector"].tolist() == list("abcde")


def test_what_is_clear_comes_before_what_rests_on_one_plant():
    table = pd.DataFrame(
        {
            "sector": ["one plant", "district", "weak"],
            "certainty": ["few", "high", "high"],
            "low": [233.0, 60.0, 2.0],
        }
    )
    assert foremost(table, "focal_quotients")["sector"].tolist() == ["district", "weak", "one plant"]


def test_losses_count_like_gains():
    table = pd.DataFrame({"territory": list("abc"), "regional": [5.0, -90.0, 20.0]})
    assert foremost(table, "shift_share")["territory"].tolist() == ["b", "c", "a"]
    assert foremost(table, "shift_share_areas")["territory"].tolist() == ["c", "a", "b"]


def test_an_ordered_table_is_shorter_than_one_in_its_own_order():
    table = pd.DataFrame({"rank": range(100, 0, -1)}, index=[0] * 100)
    assert foremost(table, "fitness_areas")["rank"].tolist() == list(range(1, FOREMOST + 1))
    assert foremost(table, "register_quality")["rank"].tolist() == list(range(100, 100 - MOST, -1))
    assert foremost(table.iloc[:0], "fitness_areas").empty


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-0.01347, "-0.0135"),
        (0.155533, "0.156"),
        (0.5, "0.500"),
        (44.1616, "44.16"),
        (0.0000213, "0.0000213"),
        (3e-17, "0"),
        (0.0, "0"),
        (1234.5, "1,234.50"),
        (float("nan"), "–"),
    ],
)
def test_small_figures_keep_three_digits(value, written):
    assert Numbers("en").significant(value) == written


def test_strong_clusters_come_before_unknown_ones_and_those_that_are_not():
    table = pd.DataFrame({"strong": ["no", "unknown", "yes", "yes", "no"], "lq": [9.0, None, 1.0, 3.0, 10.0]})
    assert foremost(table, "strong_clusters").index.tolist() == [3, 2, 1, 4, 0]
