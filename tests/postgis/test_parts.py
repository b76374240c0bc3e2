"""A table in parts: every row once, whatever the key, and a part that changed is known."""

from __future__ import annotations

import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.layers.postgis.address import split_address
from geoterritorio.layers.postgis.parts import table_source
from geoterritorio.layers.schema import FIRMS
from geoterritorio.layers.store import write_layers

ROWS = 1003


def source_of(address, **options):
    return table_source(split_address(address)[0], name="firms", **options)


@pytest.mark.parametrize("key", ["text", "uuid", "bigint", "_row"])
def test_every_row_is_in_one_part(db, key):
    place, rng = db.address(table="study.firms"), np.random.default_rng(1)
    names = [f"Ñ'{k}\\" for k in rng.permutation(ROWS)]
    frame = gpd.GeoDataFrame(
        {"firm": names, "sector": "1", "employment": np.arange(ROWS)},
        geometry=gpd.points_from_xy(rng.uniform(0, 9, ROWS), rng.uniform(0, 9, ROWS)),
        crs=25830,
    )
    write_layers({place: frame}, kinds={} if key == "_row" else {place: FIRMS})
    if key in ("uuid", "bigint"):
        make = {"uuid": "md5(firm)::uuid", "bigint": "hashtextextended(firm, 0)"}[key]
        db.do("alter table study.firms drop constraint firms_pkey")
        db.do(f'alter table study.firms add "the ""key" {key}; update study.firms set "the ""key" = {make}')  # noqa: S608 - both are written above
        db.do('alter table study.firms add primary key ("the ""key")')
    source = pickle.loads(pickle.dumps(source_of(place, rows=100)))  # noqa: S301 - what was pickled in this line
    assert len(source.names()) == 11
    assert source.geometry == "geometry"
    assert source.crs == "EPSG:25830"
    parts = [list(source.read(k, ["firm", "employment", "geometry"])) for k in range(11)]
    together = pd.concat([b for batches in parts for b in batches])
    assert sorted(together["firm"]) == sorted(names)
    assert list(together.columns) == ["firm", "employment", "geometry"]
    joined = together.set_index("firm").geometry.geom_equals(frame.set_index("firm").geometry, align=True)
    assert joined.all()
    before = [source.identity(k) for k in range(11)]
    assert [int(b[2]) for b in before] == [100] * 10 + [3]
    db.do("update study.firms set employment = -1 where employment = 500")
    after = [source.identity(k) for k in range(11)]
    assert sum(a != b for a, b in zip(after, before, strict=True)) == 1


def test_tables_that_cannot_be_read_in_parts_are_refused(db):
    db.do("create table study.plain (a text); create table study.none (a text primary key)")
    with pytest.raises(LayerError, match="no primary key"):
        source_of(db.address(table="study.plain"))
    with pytest.raises(LayerError, match="empty"):
        source_of(db.address(table="study.none"))
