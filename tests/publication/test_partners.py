"""Partners of confidential cells in sparse registers: larger territories stay told, and nothing is found out."""

import numpy as np
import pytest

from geoterritorio.publication.disclosure import _prices
from geoterritorio.publication.disclosure.contributions import Contributions, tables, whole
from geoterritorio.publication.disclosure.partners import pattern
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.disclosure.secured import secured


def sparse(seed):
    """Invented establishments of 24 places in 4 larger areas; most of 30 sectors are rare, most places small."""
    rng = np.random.default_rng(seed)
    rows, columns, number = 24, 30, 700
    return Contributions(
        (rng.random(number) ** 2 * rows).astype(int),
        (rng.random(number) ** 2.5 * columns).astype(int),
        np.arange(number),
        np.round(np.exp(rng.normal(1.5, 1.2, number))) + 1,
        whole([np.arange(rows), np.arange(rows) % 4], rows),
        whole([np.arange(columns)], columns),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rare_sectors_cost_no_total_of_larger_territories(seed):
    given = sparse(seed)
    found = tables(given, DisclosureRules())
    made = pattern(given, found, DisclosureRules())
    assert not made.short
    assert not made.hidden[1, 1].any()
    assert made.hidden[2, 0].mean() <= 0.5
    assert made.hidden[0, 1].mean() < 0.5


def test_linear_programs_find_no_cell_of_a_sparse_register():
    safe = secured(sparse(3), DisclosureRules(verified=10_000))
    assert len(safe.audit) > 250
    assert safe.protected
    assert not safe.given_up


def test_a_cell_without_any_other_of_its_sector_or_place_has_a_partner_elsewhere():
    """One establishment of a rare sector in a place of nothing else: its jobs may go to any one cell of others."""
    row = np.array([0, *[1] * 6, *[2] * 6])
    column = np.array([0, *[1, 2] * 3, *[1, 2] * 3])
    given = Contributions(
        row,
        column,
        np.arange(13),
        np.full(13, 5.0),
        whole([np.arange(3), np.array([0, 0, 1])], 3),
        whole([np.arange(3)], 3),
    )
    safe = secured(given, DisclosureRules())
    assert not safe.given_up
    assert safe.protected
    assert not safe.hidden[1, 1].any()
    assert list(safe.hidden[0, 1].ravel()) == [True, True, False]
    assert safe.hidden[2, 0].sum() == 2
    assert not safe.hidden[0, 0][2].any()


@pytest.mark.parametrize("price", [_prices._move_loop, _prices._move_blocks, _prices._mover])
def test_price_of_a_move_is_what_withholding_it_adds(price):
    given = sparse(4)
    cost = {level: 1 + np.random.default_rng(5).random(given.shape(level)) for level in given.levels}
    hidden = {level: x < 1.1 for level, x in cost.items()}
    rng = np.random.default_rng(6)
    for size in (2, 4):
        signs = np.array([1, -1, -1, 1])[:size]
        rows, columns = rng.integers(0, 24, (200, size)), rng.integers(0, 30, (200, size))
        rows[::2, 1] = (rows[::2, 0] + 4) % 24
        columns[::3, 1] = columns[::3, 0]
        of, _ = _prices.sheets(given, hidden, cost)
        prices = price(of.rows, of.columns, of.tables, of.hidden, of.cost, rows, columns, signs)
        for write in (_prices._write_loop, _prices._write_blocks):
            for k in range(len(rows)):
                own, _ = _prices.sheets(given, hidden, cost)
                write(own.rows, own.columns, own.tables, own.hidden, rows[k], columns[k], signs)
                # What is changed, found anew: a table of ones and minus ones, summed.
                changed = np.zeros((24, 30))
                np.add.at(changed, (rows[k], columns[k]), signs)
                expected = 0.0
                for level in given.levels:
                    total = np.zeros(given.shape(level))
                    at = np.ix_(given.rows[level[0]], given.columns[level[1]])
                    np.add.at(total, at, changed)
                    expected += cost[level][(total != 0) & ~hidden[level]].sum()
                assert prices[k] == pytest.approx(expected)
                assert of.cost[own.hidden & ~of.hidden].sum() == pytest.approx(expected)
