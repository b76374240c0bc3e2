"""Shift-share and variety beside the same in plain pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import long_table, shift_share, variety

TERRITORIES, SECTORS, GROUP = 8000, 600, 7


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(1)
    labels = {
        "index": pd.RangeIndex(TERRITORIES, name="territory"),
        "columns": pd.RangeIndex(SECTORS, name="sector"),
    }
    before, after = (pd.DataFrame(rng.poisson(3.0, (TERRITORIES, SECTORS)) + 1.0, **labels) for _ in range(2))
    return before, after


def test_shift_share(compare, tables):
    before, after = tables
    rows = long_table(before=before, after=after)

    def peer() -> pd.DataFrame:
        sector = rows.groupby("sector")[["before", "after"]].transform("sum")
        nation = rows["after"].sum() / rows["before"].sum() - 1
        growth = sector["after"] / sector["before"] - 1
        return rows.assign(
            national=rows["before"] * nation,
            mix=rows["before"] * (growth - nation),
            regional=rows["before"] * (rows["after"] / rows["before"] - 1 - growth),
        )

    found, expected = compare("shift-share, 8 k x 600, pandas", lambda: shift_share(before, after), peer)
    parts = ["national", "mix", "regional"]
    np.testing.assert_allclose(found.cells[parts], expected[parts], atol=1e-9)


def test_variety(compare, tables):
    before, _ = tables
    groups = pd.Series(np.arange(SECTORS) // GROUP, index=before.columns)
    rows = long_table(jobs=before)
    rows["group"] = rows["sector"].map(groups)

    def entropy(shares: pd.Series) -> pd.Series:
        return -(shares * np.log2(shares)).groupby("territory").sum()

    def peer() -> pd.DataFrame:
        total = rows.groupby("territory")["jobs"].sum()
        everything = entropy(rows.set_index("territory")["jobs"] / total)
        unrelated = entropy(rows.groupby(["territory", "group"])["jobs"].sum().droplevel("group") / total)
        return pd.DataFrame({"unrelated": unrelated, "related": everything - unrelated})

    found, expected = compare("variety, 8 k x 600, pandas", lambda: variety(before, groups=groups), peer)
    np.testing.assert_allclose(found[["unrelated", "related"]], expected, atol=1e-9)
