"""Compiled searches for partners find what their twins in numpy find."""

import numpy as np
import pytest

from geoterritorio.publication.disclosure import _prices
from geoterritorio.publication.disclosure.contributions import Contributions, tables, whole
from geoterritorio.publication.disclosure.partners import pattern
from geoterritorio.publication.disclosure.rules import DisclosureRules


def given(seed):
    """Invented contributions with larger areas, one of them outside, and groups of sectors."""
    rng = np.random.default_rng(seed)
    rows, columns, number = 40, 12, 900
    larger = np.where(np.arange(rows) % 7 == 0, -1, np.arange(rows) // 8)
    return Contributions(
        (rng.random(number) ** 2 * rows).astype(int),
        (rng.random(number) ** 2 * columns).astype(int),
        np.arange(number),
        np.round(np.exp(rng.normal(1.5, 1.2, number))) + 1,
        whole([np.arange(rows), larger], rows),
        whole([np.arange(columns), np.arange(columns) // 3], columns),
    )


@pytest.mark.parametrize("seed", range(3))
def test_both_withhold_the_same(seed, monkeypatch):
    rules = DisclosureRules(minimum=3 + seed)
    made = given(seed)
    found = []
    for price, mover, writer in (
        (_prices._loop, _prices._move_loop, _prices._write_loop),
        (_prices._blocks, _prices._move_blocks, _prices._write_blocks),
        (_prices._kernel, _prices._mover, _prices._writer),
    ):
        monkeypatch.setattr(_prices, "_kernel", price)
        monkeypatch.setattr(_prices, "_mover", mover)
        monkeypatch.setattr(_prices, "_writer", writer)
        found.append(pattern(made, tables(made, rules), rules))
    first = found[0]
    assert sum(mask.sum() for mask in first.hidden.values()) > 50
    for other in found[1:]:
        assert other.short == first.short
        assert all((other.hidden[level] == mask).all() for level, mask in first.hidden.items())


def test_tables_stay_as_they_were():
    made, rules = given(1), DisclosureRules()
    found = tables(made, rules)
    before = {level: table.confidential.copy() for level, table in found.items()}
    pattern(made, found, rules)
    assert all((found[level].confidential == mask).all() for level, mask in before.items())
