"""Groups of related industries: similarities and scores worked out by hand, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import LayerError
from geoterritorio.identification import (
    candidate_groups,
    combined_similarity,
    exchange_similarity,
    occupation_similarity,
    similarity_matrices,
    validation_scores,
)
from geoterritorio.identification.related_groups import related_groups

# Two groups, {a, b, c} and {x, y}; within 0.9 0.5 0.7 and 0.4, between 0.1 0.3, 0.2 0.6, 0.0 0.2.
SECTORS = list("abcxy")
SIMILARITY = pd.DataFrame(
    [
        [1.0, 0.9, 0.5, 0.1, 0.3],
        [0.9, 1.0, 0.7, 0.2, 0.6],
        [0.5, 0.7, 1.0, 0.0, 0.2],
        [0.1, 0.2, 0.0, 1.0, 0.4],
        [0.3, 0.6, 0.2, 0.4, 1.0],
    ],
    index=SECTORS,
    columns=SECTORS,
)
TWO = pd.Series({"a": "A", "b": "A", "c": "A", "x": "X", "y": "X"})


def test_scores_by_hand():
    found = validation_scores(TWO, SIMILARITY)
    assert found.groups["within"].tolist() == pytest.approx([0.7, 0.4])
    between = (0.1 + 0.3 + 0.2 + 0.6 + 0.0 + 0.2) / 6
    assert found.groups["between"].tolist() == pytest.approx([between, between])
    # Of each sector: a (0.9 + 0.5) / 2 against 0.2; b 0.8, 0.4; c 0.6, 0.1; x 0.4, 0.1; y 0.4, (0.3 + 0.6 + 0.2) / 3.
    assert found.sectors["within"].tolist() == pytest.approx([0.7, 0.8, 0.6, 0.4, 0.4])
    assert found.sectors["between"].tolist() == pytest.approx([0.2, 0.4, 0.1, 0.1, 1.1 / 3])
    assert set(found.sectors["outlier"]) == {"no"}
    assert found.scores.tolist() == pytest.approx([1, 1, 1, 1, 1])


def test_a_sector_in_the_wrong_group_is_told():
    wrong = pd.Series({"a": "A", "b": "A", "c": "X", "x": "X", "y": "X"})
    found = validation_scores(wrong, SIMILARITY)
    assert found.sectors.loc["c", ["nearest", "outlier"]].tolist() == ["A", "yes"]
    # y too: (0.2 + 0.4) / 2 with c and x, (0.3 + 0.6) / 2 with a and b.
    assert found.sectors.loc["y", "outlier"] == "yes"
    assert found.scores["sectors_mean"] == pytest.approx(0.6)
    assert found.scores["score"] < 1


def test_single_sectors_are_not_right_by_being_alone():
    alone = pd.Series({s: s for s in SECTORS})
    assert validation_scores(alone, SIMILARITY).scores["score"] == 0


def test_inputs_and_outputs_by_hand():
    """Sales a to b 6 of 10, b to a 1 of 4; b buys 6 of 8: the largest share is 0.75."""
    flows = pd.DataFrame([[2.0, 6, 2], [1, 1, 2], [1, 1, 0]], index=list("abc"), columns=list("abc"))
    found = exchange_similarity(flows)
    assert found.loc["a", "b"] == pytest.approx(0.75)
    assert found.loc["b", "a"] == pytest.approx(0.75)
    # a to c 2 of 10 and 2 of 4; c to a 1 of 2 and 1 of 4.
    assert found.loc["a", "c"] == pytest.approx(0.5)


def test_occupations_are_those_of_numpy():
    jobs = pd.DataFrame(np.random.default_rng(1).integers(1, 50, (4, 6)), index=list("abcd"), dtype=float)
    shares = jobs.div(jobs.sum(axis=1), axis=0)
    assert occupation_similarity(jobs).to_numpy() == pytest.approx(np.corrcoef(shares))


def test_layer_of_several_matrices():
    rows = pd.DataFrame(
        {
            "sector": ["a", "b", "a", "a", "b"],
            "other": ["b", "a", "cook", "smith", "smith"],
            "value": [6.0, 1, 3, 7, 5],
            "matrix": ["io", "io", "jobs", "jobs", "jobs"],
            "form": ["exchange"] * 2 + ["occupation"] * 3,
        }
    )
    found = similarity_matrices(rows)
    assert list(found) == ["io", "jobs"]
    assert found["io"].loc["a", "b"] == pytest.approx(1.0)
    assert found["jobs"].loc["a", "b"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [({"form": ["similarity", "exchange"]}, "one form"), ({"value": [0.5, 0.7]}, "both directions")],
)
def test_contradictions_are_refused(rows, words):
    layer = pd.DataFrame({"sector": ["a", "b"], "other": ["b", "a"], "value": [0.5, 0.5], **rows})
    with pytest.raises(LayerError, match=words):
        similarity_matrices(layer)


def test_wrong_questions_are_refused():
    with pytest.raises(LayerError, match="fewer than two"):
        validation_scores(pd.Series({"a": "A", "b": "A"}), SIMILARITY)
    with pytest.raises(LayerError, match="several"):
        validation_scores(pd.Series(["A", "B"], index=["a", "a"]), SIMILARITY)
    with pytest.raises(LayerError, match="how many"):
        related_groups(SIMILARITY, method="ward")
    with pytest.raises(LayerError, match="there are none"):
        combined_similarity({})
    with pytest.raises(LayerError, match="alike"):
        combined_similarity({"one": SIMILARITY * 0})
    with pytest.raises(LayerError, match="figures are below 0"):
        exchange_similarity(-SIMILARITY)
    with pytest.raises(LayerError, match="same sectors"):
        exchange_similarity(SIMILARITY.iloc[:, ::-1])


@pytest.mark.parametrize("method", ["louvain", "ward", "average", "k_means"])
def test_every_method_finds_blocks(method):
    rng = np.random.default_rng(2)
    block = np.kron(np.eye(4), np.ones((5, 5))) + rng.normal(0, 0.02, (20, 20))
    names = [f"s{i:02d}" for i in range(20)]
    similarity = pd.DataFrame((block + block.T) / 2, index=names, columns=names)
    found = related_groups(similarity, method=method, number=4, links=0.2)
    assert found.groupby(np.repeat(range(4), 5)).nunique().tolist() == [1, 1, 1, 1]
    assert found.nunique() == 4


def test_the_best_of_several_is_taken():
    similarity = pd.DataFrame(np.kron(np.eye(3), np.ones((4, 4))) + 0.01 * np.add.outer(range(12), range(12)))
    similarity.index = similarity.columns = [f"s{i:02d}" for i in range(12)]
    table, best = candidate_groups(similarity, methods=["ward", "average"], numbers=[2, 3, 6])
    chosen = table[table["chosen"] == "yes"]
    assert len(chosen) == 1
    assert chosen["score"].iloc[0] == table["score"].max()
    assert best.nunique() == chosen["groups"].iloc[0]


MATRICES = st.integers(4, 9).flatmap(
    lambda n: st.lists(st.floats(-1, 1), min_size=n * n, max_size=n * n).map(
        lambda v: np.round(np.array(v).reshape(n, n), 3)
    )
)


@given(values=MATRICES, cut=st.integers(1, 3), factor=st.sampled_from([0.5, 3.0]))
@settings(max_examples=80, deadline=None)
def test_scores_are_shares_and_do_not_depend_on_names_order_or_scale(values, cut, factor):
    n = len(values)
    names = [f"s{i}" for i in range(n)]
    similarity = pd.DataFrame((values + values.T) / 2, index=names, columns=names)
    definition = pd.Series(["A"] * cut + ["B"] * (n - cut), index=names)
    found = validation_scores(definition, similarity).scores
    assert ((found >= 0) & (found <= 1)).all()
    turned = validation_scores(definition[::-1].map({"A": "z", "B": "y"}), similarity.iloc[::-1, ::-1]).scores
    scaled = validation_scores(definition, factor * similarity).scores
    assert turned.tolist() == pytest.approx(found.tolist())
    assert scaled.tolist() == pytest.approx(found.tolist())
