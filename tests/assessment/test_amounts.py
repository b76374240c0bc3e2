"""What is no number, or says the same twice, is refused by the measures of assessment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.assessment import benchmark, contrast, similar_peers
from geoterritorio.errors import LayerError
from geoterritorio.identification.cluster_evidence import CRITERIA

VALUES = pd.DataFrame({"rate": [9.0, -1, 2], "jobs": [1.0, 2, 4]}, index=list("ABC"))
STEPS = pd.DataFrame({"territory": "T", "asked": ["prevails", "size_quotients"], "passed": ["yes", "no"]})
LINES = pd.DataFrame({"territory": "T", "group": "food", "criterion": CRITERIA, "passed": "yes"})
DISTRICTS = pd.Series({"T": "no"})
BAD = {"text": ("2,5", "texts"), "infinite": (np.inf, "infinite")}


def spoilt(value):
    table = VALUES.astype(object)
    table.iloc[2, 0] = value
    return table


@pytest.mark.parametrize("kind", BAD)
def test_indicators_are_numbers(kind):
    value, word = BAD[kind]
    for call in (
        benchmark,
        lambda t: benchmark(VALUES, t, VALUES),
        lambda t: benchmark(VALUES, VALUES, t),
        similar_peers,
    ):
        with pytest.raises(LayerError, match=f"indicators.*1 figures are {word}"):
            call(spoilt(value))


def test_indicators_may_be_negative_and_missing():
    found = benchmark(VALUES, territories=["A"], peers=["B", "C"]).comparison
    assert found["value"].tolist() == [9, 1]
    assert benchmark(spoilt(None), territories=["A"], peers=["B", "C"]).comparison["peers"].tolist() == [1, 2]


def test_a_territory_has_one_figure():
    with pytest.raises(LayerError, match=r"1 territories are there more than once: “A”.*one period"):
        benchmark(pd.concat([VALUES, VALUES.loc[["A"]]]))


@pytest.mark.parametrize(("value", "word"), [*BAD.values(), (-0.5, "below 0")])
def test_validity_is_a_number(value, word):
    with pytest.raises(LayerError, match=f"validity: 1 figures are {word}"):
        contrast(DISTRICTS, STEPS, LINES, validity=pd.Series({"T": value}, dtype=object))


@pytest.mark.parametrize("name", ["district_evidence", "cluster_evidence"])
def test_evidence_of_several_periods_is_refused(name):
    given = {"district_evidence": STEPS, "cluster_evidence": LINES}
    twice = pd.concat([given[name].assign(period="2019"), given[name].assign(period="2023")])
    with pytest.raises(LayerError, match=f"{name}: 2 periods"):
        contrast(DISTRICTS, **{**given, name: twice})
    with pytest.raises(LayerError, match=f"{name}: {len(given[name])} rows say the same piece"):
        contrast(DISTRICTS, **{**given, name: twice.drop(columns="period")})


@pytest.mark.parametrize("group", ["", "toys"])
def test_a_group_that_is_not_there_is_refused(group):
    with pytest.raises(LayerError, match=r"is not in cluster_evidence\. There are: “food”"):
        contrast(DISTRICTS, STEPS, LINES, group=group)
