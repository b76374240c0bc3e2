"""Cells withheld of an invented register of many territories, with larger areas and groups of sectors."""

from __future__ import annotations

import numpy as np
import pytest

from geoterritorio.publication.disclosure.contributions import Contributions, tables, whole
from geoterritorio.publication.disclosure.partners import pattern
from geoterritorio.publication.disclosure.rules import DisclosureRules

SECTORS = 88


def register(territories: int, number: int) -> Contributions:
    """Establishments in towns and sectors of very unequal size."""
    rng = np.random.default_rng(1)
    town, sector = rng.pareto(1.2, territories) + 0.2, rng.pareto(1.5, SECTORS) + 0.1
    return Contributions(
        rng.choice(territories, number, p=town / town.sum()),
        rng.choice(SECTORS, number, p=sector / sector.sum()),
        np.arange(number),
        np.round(np.exp(rng.normal(1.5, 1.2, number))) + 1,
        whole([np.arange(territories), np.arange(territories) // 50], territories),
        whole([np.arange(SECTORS), np.arange(SECTORS) // 5], SECTORS),
    )


@pytest.mark.parametrize(("territories", "number"), [(500, 60_000), (2000, 200_000)])
def test_pattern(compare, territories, number):
    given, rules = register(territories, number), DisclosureRules()
    found = tables(given, rules)
    few = sum(int(table.confidential.sum()) for table in found.values())
    made, _ = compare(
        f"cells withheld beside {few // 1000} k of {territories} x {SECTORS}, in nine tables",
        lambda: pattern(given, found, rules),
    )
    assert not made.short
