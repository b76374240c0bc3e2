"""What is no number, or none that can be, is refused by every measure in words that say where and how to mend it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import CellBounds, Whole
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import (
    DistrictRules,
    Sizes,
    actor_counts,
    candidate_groups,
    cluster_stars,
    clusters,
    combined_similarity,
    district_jobs,
    district_stability,
    districts,
    exchange_similarity,
    knowledge_content,
    occupation_similarity,
    presence_similarity,
    quotients_of,
    similarity_matrices,
    strong_clusters,
    validation_scores,
)

BAD = {"text": ("1,5", "texts"), "infinite": (np.inf, "infinite"), "negative": (-1.0, "below 0")}
GROUPS = pd.DataFrame({"sector": ["10", "11"], "group": "food"})
TABLE = pd.DataFrame({"10": [30.0, 20], "11": [20.0, 30], "62": [50.0, 95]}, index=["A", "B"])
SQUARE = pd.DataFrame(np.arange(9.0).reshape(3, 3), index=list("abc"), columns=list("abc"))


def spoilt(table, value):
    """The same with one figure replaced."""
    values = table.astype(object)
    if isinstance(table, pd.Series):
        values.iloc[0] = value
    else:
        values.iloc[0, -1] = value
    return values


def jobs(**columns):
    return pd.DataFrame({"territory": ["A", "B"], "sector": "15.2", "employment": [10.0, 20.0]} | columns)


MEASURES = {
    "districts": lambda v: districts(jobs(employment=spoilt(pd.Series([10.0, 20.0]), v))),
    "districts, units": lambda v: districts(jobs(establishments=spoilt(pd.Series([1.0, 2.0]), v))),
    "districts, reference": lambda v: districts(
        jobs(), reference=jobs(employment=spoilt(pd.Series([100.0, 200.0]), v))
    ),
    "districts, region": lambda v: districts(
        jobs(), region=jobs(employment=spoilt(pd.Series([100.0, 200.0]), v))
    ),
    "districts, people": lambda v: districts(jobs(), people=spoilt(pd.Series([1.0, 2], ["A", "B"]), v)),
    "district_jobs": lambda v: district_jobs(jobs(employment=spoilt(pd.Series([10.0, 20.0]), v))),
    "district_stability": lambda v: district_stability(jobs(employment=spoilt(pd.Series([10.0, 20.0]), v))),
    "clusters": lambda v: clusters(Sizes(spoilt(TABLE, v)), GROUPS),
    "clusters, establishments": lambda v: clusters(Sizes(TABLE, spoilt(TABLE, v)), GROUPS),
    "clusters, squares": lambda v: clusters(Sizes(TABLE, TABLE, spoilt(TABLE, v)), GROUPS),
    "clusters, reference": lambda v: clusters(
        Sizes(TABLE), GROUPS, reference=Whole(spoilt(TABLE.sum(), v), 1000.0)
    ),
    "quotients": lambda v: quotients_of(Sizes(spoilt(TABLE, v)), GROUPS, ["food"], None, level=0.95),
    "knowledge": lambda v: knowledge_content(
        Sizes(spoilt(TABLE, v)), pd.DataFrame({"sector": ["10"], "class": "low_tech"})
    ),
    "stars": lambda v: cluster_stars(spoilt(TABLE, v)),
    "stars, establishments": lambda v: cluster_stars(TABLE, spoilt(TABLE, v)),
    "stars, totals": lambda v: cluster_stars(TABLE, totals=spoilt(TABLE.sum(axis=1), v)),
    "stars, earlier": lambda v: cluster_stars(TABLE, earlier=spoilt(TABLE, v)),
    "stars, bounds": lambda v: cluster_stars(TABLE, bounds=CellBounds(spoilt(TABLE, v), TABLE, TABLE)),
    "strong": lambda v: strong_clusters(spoilt(TABLE, v)),
    "presence": lambda v: presence_similarity(spoilt(TABLE, v)),
    "occupations": lambda v: occupation_similarity(spoilt(TABLE, v)),
    "exchange": lambda v: exchange_similarity(spoilt(SQUARE, v)),
    "actors": lambda v: actor_counts(
        pd.DataFrame({"territory": ["A"], "sector": ["10"], "establishments": [v]}),
        None,
        GROUPS.assign(role="core"),
    ),
}
# Similarities and value added may be below 0.
SIGNED = {
    "combined": lambda v: combined_similarity({"one": spoilt(SQUARE + SQUARE.T, v)}),
    "candidates": lambda v: candidate_groups(spoilt(SQUARE + SQUARE.T, v), numbers=[2], methods=["ward"]),
    "scores": lambda v: validation_scores(pd.Series(["x", "x", "y"], list("abc")), spoilt(SQUARE, v)),
    "matrices": lambda v: similarity_matrices(
        pd.DataFrame({"sector": ["10"], "other": ["11"], "value": [v]})
    ),
    "value added": lambda v: cluster_stars(TABLE, value_added=spoilt(TABLE, v)),
    "value added of knowledge": lambda v: knowledge_content(
        Sizes(TABLE), pd.DataFrame({"sector": ["10"], "class": "low_tech"}), value_added=spoilt(TABLE, v)
    ),
}


@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("name", MEASURES)
def test_figures_are_numbers_of_0_or_more(name, kind):
    value, word = BAD[kind]
    with pytest.raises(LayerError, match=f"1 (figures|rows).*{word}"):
        MEASURES[name](value)


@pytest.mark.parametrize("kind", ["text", "infinite"])
@pytest.mark.parametrize("name", SIGNED)
def test_figures_that_may_be_negative_are_numbers(name, kind):
    value, word = BAD[kind]
    with pytest.raises(LayerError, match=f"1 figures.*{word}"):
        SIGNED[name](value)


@pytest.mark.parametrize("layer", ["jobs", "reference", "region"])
def test_periods_are_not_added_up(layer):
    given = {"reference": None, "region": None, "jobs": jobs()}
    given[layer] = jobs(period=["2019", "2023"])
    with pytest.raises(LayerError, match=f"{layer}: 2 periods .*2019.*Keep the rows of one"):
        districts(given["jobs"], reference=given["reference"], region=given["region"])
    with pytest.raises(LayerError, match="firms: 2 periods"):
        district_jobs(jobs(period=["2019", "2023"]))


def test_one_period_is_no_matter():
    with pytest.warns(GeoterritorioWarning, match="only one market"):
        assert len(districts(jobs(territory="A", period="2023")).areas) == 1


def test_enterprises_have_a_name():
    rules = DistrictRules(size_of="enterprise")
    with pytest.raises(LayerError, match=r"2 rows whose group is an empty text.*Leave it missing"):
        district_jobs(jobs(group=["", " "]), rules=rules)
    with pytest.raises(LayerError, match=r"no column “group”.*let plants make the size"):
        district_jobs(jobs(), rules=rules)


@pytest.mark.parametrize("group", [[None, None], ["g", None], ["g", "h"]])
def test_enterprises_of_one_plant_each_are_told(group):
    with pytest.warns(
        GeoterritorioWarning, match=r"no enterprise has more than one .*let plants make the size"
    ):
        found = district_jobs(jobs(group=group), rules=DistrictRules(size_of="enterprise"))
    pd.testing.assert_frame_equal(found, district_jobs(jobs()))


@pytest.mark.parametrize("column", ["sector", "group"])
@pytest.mark.parametrize("value", ["", None])
def test_definitions_name_sectors_and_groups(column, value):
    definitions = pd.concat(
        [GROUPS, pd.DataFrame({"sector": ["62"], "group": ["it"]}).assign(**{column: value})]
    )
    with pytest.raises(LayerError, match="definitions: 1 rows have no sector or no group"):
        clusters(Sizes(TABLE), definitions)
