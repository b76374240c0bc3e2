"""Scores that rest on the cells of all territories: what those that are told say of those that are withheld."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from attacked import SECTORS, TOWNS, register

from geoterritorio.assessment.normalising import normalised
from geoterritorio.concentration import complexity, fitness
from geoterritorio.publication.disclosure.contributions import tables
from geoterritorio.study.confidential import Confidential
from geoterritorio.study.contributed import contributions
from geoterritorio.study.guarding import Guard
from geoterritorio.study.masking import System

SEED = 11
FEW = 3


@pytest.fixture(scope="module")
def presence():
    """Whether each town has more than its share of each sector, and which cells have one or two establishments."""
    rows = register(SEED)
    jobs = rows.pivot_table(index="town", columns="sector", values="employment", aggfunc="sum", fill_value=0)
    number = rows.pivot_table(index="town", columns="sector", values="firm", aggfunc="count", fill_value=0)
    share = jobs.sum() / jobs.to_numpy().sum()
    above = jobs.div(jobs.sum(axis=1), axis=0).div(share).ge(1).astype(float)
    return above, (number > 0) & (number < FEW)


def scored(present, measure):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = measure(present)
    column = "eci" if measure is complexity else "fitness"
    return found.territories[column]


@pytest.mark.parametrize("measure", [complexity, fitness])
def test_scores_of_others_tell_whether_withheld_quotients_are_above_one(presence, measure):
    """Of all ways in which the withheld cells of three towns could lie, the scores of the other towns leave one."""
    above, few = presence
    towns = few.sum(axis=1).loc[lambda n: n > 0].index[:3]
    cells = [(town, sector) for town in towns for sector in SECTORS if few.loc[town, sector]][:7]
    others = above.index.difference({town for town, _ in cells})
    told = scored(above, measure)[others]
    left = []
    for tried in itertools.product((0.0, 1.0), repeat=len(cells)):
        guess = above.copy()
        for (town, sector), value in zip(cells, tried, strict=True):
            guess.loc[town, sector] = value
        if (guess.sum() > 0).all() and (guess.sum(axis=1) > 0).all():
            found = scored(guess, measure).reindex(others)
            if np.allclose(found, told, atol=1e-6, equal_nan=False):
                left.append(tried)
    assert len(cells) > 3
    assert left == [tuple(above.loc[cell] for cell in cells)]


def test_two_scores_tell_the_least_and_the_most_of_an_indicator():
    """Each is the figure of one territory, which may be one that is withheld."""
    values = pd.DataFrame({"a": [4.0, 7.5, 12.0, 31.0]}, index=list("wxyz"))
    score = normalised(values, method="minmax")["a"]
    # Figures and scores of x and y are told, those of w and z are withheld.
    slope = (values["a"]["y"] - values["a"]["x"]) / (score["y"] - score["x"])
    worst, best = sorted(normalised(pd.DataFrame({"b": [0.0, 1.0]}), method="minmax")["b"])
    least, most = (values["a"]["x"] + slope * (end - score["x"]) for end in (worst, best))
    assert [least, most] == pytest.approx([values["a"]["w"], values["a"]["z"]])


def system():
    rows = register(SEED)
    given, levels, columns = contributions(rows, {"towns": rows["town"]}, [])
    asked = Confidential()
    hidden = {level: table.confidential for level, table in tables(given[""], asked.rules).items()}
    return System(levels, columns, hidden, {}, asked)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        (("complexity", "areas"), "eci"),
        (("complexity", "sectors"), "pci"),
        (("fitness", "areas"), "fitness"),
        (("fitness", "sectors"), "complexity"),
        (("capitals", "scores"), "score"),
        (("capitals", "sensitivity"), "score"),
        (("benchmark", "comparison"), "rank"),
    ],
)
def test_such_scores_are_told_only_where_no_cell_is_withheld(name, column):
    rows = pd.DataFrame({"territory": TOWNS, column: np.arange(12.0), "diversity": 3.0})
    guard = Guard("towns", [system()], complete=True, equations={}, sizes=[], minimum=FEW)
    told, lost = guard.columns(rows, name)
    assert told[column].isna().all()
    assert told["diversity"].notna().all()
    assert lost.all()
    # Where nothing is withheld they are told.
    nothing = Guard("towns", [], complete=True, equations={}, sizes=[], minimum=FEW)
    assert nothing.columns(rows, name)[0][column].notna().all()
