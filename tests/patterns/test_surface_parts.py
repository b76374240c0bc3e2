"""Surfaces of a register in parts are those of the register in one file, but for rounding."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import read_firms, schema
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.working import Working
from geoterritorio.patterns.tools import density_surface


@pytest.fixture
def register(firms, tmp_path, territories):
    """The same establishments in three parts and in one file, on real ground, some without a place."""
    firms["geometry"] = firms.translate(5e5, 4.3e6)
    territories["geometry"] = territories.translate(5e5, 4.3e6)
    firms.loc[::50, "geometry"] = None
    firms.loc[7:9, "geometry"] = shapely.Point(5e5 - 50, 4.3e6)
    (tmp_path / "register").mkdir()
    for k, (first, last) in enumerate([(0, 20), (20, 220), (220, 300)]):
        firms.iloc[first:last].to_parquet(tmp_path / "register" / f"{k}.parquet")
    firms.to_parquet(tmp_path / "one.parquet")
    return tmp_path


def told(work):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", GeoterritorioWarning)
        found = work()
    return found, [str(w.message) for w in said]


@pytest.mark.parametrize(
    "options",
    [
        {"bandwidth": "300"},
        {"bandwidth": "scott", "sector": "15"},
        {"bandwidth": "scott", "sector": "15;25", "measure": "employment", "relative": True},
        {"bandwidth": "250", "cell": 2.0, "sector": "47"},
    ],
    ids=["metres", "scott", "relative", "transformed"],
)
@pytest.mark.parametrize("bounded", [True, False])
def test_parts_sum_up_to_the_whole(register, territories, options, bounded):
    land = territories if bounded else None
    whole, said = told(lambda: density_surface(read_firms(register / "one.parquet"), land, **options))
    parts = open_parts(register / "register", schema.FIRMS, name="firms")
    found, said_of_parts = told(lambda: density_surface(parts, land, **options))
    assert found.bandwidth == pytest.approx(whole.bandwidth, rel=1e-9)
    assert found.surface.transform == whole.surface.transform or "scott" in options.values()
    peak = np.nanmax(whole.surface.values)
    assert np.array_equal(np.isnan(found.surface.values), np.isnan(whole.surface.values))
    # rasters are of single precision
    assert np.nanmax(np.abs(found.surface.values - whole.surface.values)) <= 1.2e-7 * peak
    assert found.surface.crs == whole.surface.crs
    assert said_of_parts == said
    tags = {k: v for k, v in found.surface.tags.items() if k != "method"}
    assert tags == {k: v for k, v in whole.surface.tags.items() if k != "method"}


def test_what_is_kept_is_taken(register, territories):
    working = Working(register / "kept")
    parts = open_parts(register / "register", schema.FIRMS, name="firms", working=working)
    first, _ = told(lambda: density_surface(parts, territories, bandwidth="300"))
    assert len(list(working.kept.iterdir())) == 6
    again, _ = told(lambda: density_surface(parts, territories, bandwidth="300"))
    assert np.array_equal(first.surface.values, again.surface.values, equal_nan=True)
    assert len(list(working.kept.iterdir())) == 6


def test_what_needs_all_at_once_is_refused(register, territories, firms):
    parts = open_parts(register / "register", schema.FIRMS, name="firms")
    with pytest.raises(LayerError, match="needs all establishments at once"):
        density_surface(parts, territories)
    with pytest.raises(LayerError, match="no establishment of “99”"):
        told(lambda: density_surface(parts, territories, sector="99", bandwidth="300"))
    degrees = firms[firms.geometry.notna()].to_crs(4326)
    (register / "degrees").mkdir()
    degrees.to_parquet(register / "degrees" / "0.parquet")
    with pytest.raises(CRSError, match="degrees"):
        density_surface(open_parts(register / "degrees", schema.FIRMS), bandwidth="300")
