"""Sums within areas of a register in parts are those of the register in one file."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import read_firms, schema
from geoterritorio.layers.partitions import open_parts
from geoterritorio.proximity.tools import sums_within


@pytest.fixture
def areas():
    """Two discs that overlap, and a square beside them."""
    rounds = [shapely.Point(x, 1000).buffer(700) for x in (800, 1500)]
    frame = {"area": ["a", "b", "c"]}
    return gpd.GeoDataFrame(frame, geometry=[*rounds, shapely.box(2500, 0, 3000, 2000)], crs=25830)


def told(work):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", GeoterritorioWarning)
        found = work()
    return found, [str(w.message) for w in said]


@pytest.mark.parametrize("column", ["employment", None])
def test_parts_sum_up_to_the_whole_to_the_bit(areas, firms, tmp_path, column):
    firms.loc[::11, "employment"] = np.nan
    firms.loc[::40, "geometry"] = None
    if column is None:
        firms = firms.drop(columns="employment")
    (tmp_path / "register").mkdir()
    for k in range(3):
        firms.iloc[100 * k : 100 * (k + 1)].to_parquet(tmp_path / "register" / f"{k}.parquet")
    firms.to_parquet(tmp_path / "one.parquet")
    whole, said = told(lambda: sums_within(areas, read_firms(tmp_path / "one.parquet")))
    parts = open_parts(tmp_path / "register", schema.FIRMS, name="firms")
    found, said_of_parts = told(lambda: sums_within(areas, parts))
    pd.testing.assert_frame_equal(found.contents, whole.contents, check_exact=True)
    pd.testing.assert_frame_equal(found.sums, whole.sums, check_exact=True)
    assert said == said_of_parts


def test_a_register_that_lies_nowhere_is_refused(areas, firms, tmp_path):
    pd.DataFrame(firms.drop(columns="geometry")).to_parquet(tmp_path / "0.parquet")
    with pytest.raises(LayerError, match="lie nowhere"):
        sums_within(areas, open_parts(tmp_path, schema.FIRMS, name="firms"))
