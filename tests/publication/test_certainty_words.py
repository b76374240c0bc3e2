"""What the map says of certainty counts all tests; beside an interval it never says what the interval denies."""

from __future__ import annotations

import re

import numpy as np
import pytest

from geoterritorio.publication import quotient_layer, territory_map
from geoterritorio.publication.webmap.texts import NOTES, TEXTS

OF_INTERVAL = re.compile(
    r"interval (alone )?(holds|leaves out) 1|intervalo (por sí solo )?(incluye|excluye) el 1"
)


@pytest.fixture(scope="module")
def doubtful(towns, quotients, tmp_path_factory):
    """A synthetic table whose cells have every place of the interval around 1, and are not clear."""
    x = np.resize([1.0, 4.9, 0.2], len(quotients))
    table = quotients.assign(lq=x, low=x * 0.4, high=x * 2.8, q=0.2, certainty="unclear")
    path = tmp_path_factory.mktemp("doubt") / "map.html"
    territory_map(towns, quotient_layer(towns, table, name="Towns")).save(path)
    return path, table[table["sector"] == table["sector"].iloc[0]], len(table)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_words_of_a_card_agree_with_its_interval(opened, doubtful, lang):
    path, cells, tests = doubtful
    for row in cells.head(3).itertuples():
        seen = opened(path, f"#sector={row.sector}&territory={row.territory}&lang={lang}")
        words = seen.text("#words")
        said = OF_INTERVAL.search(words)
        alone = row.low > 1 or row.high < 1
        assert bool(said) == alone, words
        if said:
            assert "leaves out" in said[0] or "excluye" in said[0]
            assert str(tests) in words
            assert "q" in words
        assert not OF_INTERVAL.search(seen.text("#sure-rows"))
    seen.clean(path)


def test_no_word_beside_all_intervals_speaks_of_one():
    for key in ("sure", "unclear", "unclear_words", "high_words", "low_words"):
        assert "interval" not in TEXTS[key], key
    assert not any("it holds 1" in text for text in NOTES["quotients"])


def test_the_table_has_a_column_of_certainty(opened, map_file):
    page = opened(map_file, "#table=1&lang=es").page
    assert page.locator("#table thead th").last.text_content() == "Certeza"
    words = set(page.locator("#table tbody td:last-child").all_text_contents())
    assert {"claro", "no claro", "muy pocos", "sin contrastar"} <= words
