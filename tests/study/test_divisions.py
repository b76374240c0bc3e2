"""Several divisions of the same ground are one system, whatever the order of their names."""

import itertools

import numpy as np
import pandas as pd
import pytest

from geoterritorio.publication.disclosure.contributions import Contributions, tables, whole
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.disclosure.secured import secured
from geoterritorio.study.contributed import contributions

RULES = DisclosureRules(verified=1000)


def register():
    """Synthetic establishments in ten places, many of them, and single ones in some cells."""
    rng = np.random.default_rng(4)
    cells = list(itertools.product(range(10), range(5)))
    number = np.where(rng.random(len(cells)) < 0.25, 1, rng.integers(6, 20, len(cells)))
    at = np.repeat(np.arange(len(cells)), number)
    place, sector = np.array(cells)[at].T
    return pd.DataFrame(
        {
            "firm": [f"f{k}" for k in range(len(at))],
            "place": place,
            "sector": [f"s{k}" for k in sector],
            "employment": rng.integers(1, 40, len(at)).astype(float),
        }
    )


def divisions(firms):
    """The same places under names in two other orders, and pairs of them."""
    place = firms["place"]
    return {
        "pairs": place.map(lambda k: f"p{k // 2}"),
        "before": place.map(lambda k: f"t{(k * 7) % 10}"),
        "after": place.map(lambda k: f"u{9 - k}"),
    }


def test_each_name_of_the_finest_places_withholds_its_own_cells():
    """Else rows of other places would be withheld, and the single establishments told."""
    firms = register()
    named = divisions(firms)
    given, rows, columns = contributions(firms, named, [])
    hidden = secured(given[""], RULES).hidden
    for name in ("before", "after"):
        level, ids = rows[name]
        number = firms.groupby([named[name], firms["sector"]]).size()
        few = number[number < RULES.minimum]
        at = ids.get_indexer(few.index.get_level_values(0))
        codes = columns[0][1].get_indexer(few.index.get_level_values(1))
        assert len(few)
        assert hidden[level, 0][at, codes].all()


def test_verification_looks_at_the_cells_that_are_withheld():
    """With groups of sectors a confidential cell had no unknowns where places were in another order."""
    firms = register()
    groups = pd.Series({f"s{k}": "g0" if k < 2 else "g1" for k in range(5)})
    given, _, _ = contributions(firms, divisions(firms), [("group", groups)])
    safe = secured(given[""], RULES)
    assert len(safe.audit) >= int(tables(given[""], RULES)[0, 0].confidential.sum()) > 0
    assert safe.given_up or safe.audit["safe"].all()


def test_finest_cells_in_another_order_are_refused():
    one = np.zeros(2, dtype=int)
    with pytest.raises(ValueError, match="finest cells in their order"):
        Contributions(
            np.array([0, 1]),
            one,
            np.arange(2),
            np.ones(2),
            whole([np.array([1, 0])], 2),
            whole([np.arange(1)], 1),
        )


def test_what_is_told_of_a_confidential_cell_counts_as_known():
    """One large establishment makes its group confidential; other sectors of the group are told, and add up."""
    rng = np.random.default_rng(0)
    size, each = 6, 8
    row, sector = (np.repeat(k.ravel(), each) for k in np.mgrid[:size, :size])
    jobs = rng.integers(10, 14, len(row)).astype(float)
    jobs[0] = 3000
    given = Contributions(
        row,
        sector,
        np.arange(len(jobs)),
        jobs,
        whole([np.arange(size)], size),
        whole([np.arange(size), np.arange(size) // 3], size),
    )
    safe = secured(given, DisclosureRules(largest=1, dominance=0.6, minimum=2, protection=0.01))
    told = given.finest[0][0, :3][~safe.hidden[0, 0][0, :3]].sum()
    audit = safe.audit
    group = audit[(audit["row_level"] == 0) & (audit["column_level"] == 1) & (audit["row"] == 0)]
    assert told > 0
    assert len(group) == 1
    assert group["low"].ge(told - 1e-6).all()
    assert safe.audit["safe"].all()
