"""Views for QGIS: on the territories of the run, made anew with their tables, and as fast as the tables themselves."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.errors import LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import COUNTS, TERRITORIES, TERRITORY_VERSIONS
from geoterritorio.layers.store import LayerMetadata, write_layers

psycopg = pytest.importorskip("psycopg")

COUNTED = pd.DataFrame({"territory": ["a", "b"], "sector": ["1", "2"], "employment": [1.0, 2.5]})


def test_the_view_lies_on_the_territories_of_the_last_run(db, territories, firms, tmp_path):
    markets = gpd.GeoDataFrame(
        {"territory": ["west", "east"], "name": ["West", "East"]},
        geometry=[box(0, 0, 1500, 2000), box(1500, 0, 3000, 2000)],
        crs=25830,
    )
    land, other = db.address(table="public.land"), db.address(table="public.markets")
    write_layers({land: territories, other: markets}, kinds=dict.fromkeys([land, other], TERRITORIES))
    files = {"firms": tmp_path / "f.parquet", "land": tmp_path / "land.parquet"}
    firms.to_parquet(files["firms"])
    territories.to_parquet(files["land"])

    def tabulate(on):
        words = ["tabulate", "--firms", str(files["firms"]), "--territories", on, "--progress", "none"]
        assert main([*words, "--output", db.address(table="study.counts"), "--overwrite"]) == 0

    tabulate(land)
    db.do("grant select on study.counts_map to reader; create view study.theirs as table study.counts_map")
    tabulate(other)
    assert db.do("select count(*), count(distinct territory) from study.theirs") == [(6, 2)]
    assert db.do("select has_table_privilege('reader', 'study.counts_map', 'select')") == [(True,)]
    db.do("drop view study.theirs")
    tabulate(str(files["land"]))  # which the database does not have
    assert db.do("select to_regclass('study.counts_map')") == [(None,)]
    db.do("create view study.counts_map as select 1 as a")  # of somebody else
    tabulate(str(files["land"]))
    assert db.do("select a from study.counts_map") == [(1,)]


def test_territories_with_other_columns_make_the_view_anew(db, territories):
    land = db.address(table="study.land")
    place = db.address(table="study.counts", territories="study.land")
    bare = territories.drop(columns="name")
    for frame, known in ((bare, False), (territories, True), (bare, False)):
        db.do("drop table if exists study.land cascade")
        write_layers({land: frame}, kinds={land: TERRITORIES})
        write_layers({place: COUNTED}, kinds={place: COUNTS})
        if known:
            assert db.do("select name from study.counts_map order by 1") == [("Área a",), ("Área b",)]
        assert db.do("select count(geom) from study.counts_map") == [(2,)]


def test_our_views_are_remade_where_their_territories_are_and_those_of_others_named(db, territories):
    land = db.address(table="study.land")
    place = db.address(table="study.counts", territories="study.land")
    write_layers({land: territories}, kinds={land: TERRITORIES})
    write_layers({place: COUNTED}, kinds={place: COUNTS})
    write_layers({land: territories.assign(level="town")}, kinds={land: TERRITORIES})
    assert db.do("select count(geom) from study.counts_map") == [(2,)]
    both = {land: territories, place: COUNTED.assign(more=1)}
    write_layers(both, kinds={land: TERRITORIES, place: COUNTS})
    assert db.do("select sum(more), count(geom) from study.counts_map") == [(2, 2)]
    db.do("create view study.theirs as select name from study.land")
    with pytest.raises(LayerError, match=r"other views depend on it: “study\.theirs”"):
        write_layers({land: territories.assign(level="town")}, kinds={land: TERRITORIES})
    assert db.do("select count(geom) from study.counts_map") == [(2,)]
    write_layers({land: territories}, kinds={land: TERRITORIES}, metadata={land: LayerMetadata(title="Land")})
    assert db.do("select obj_description('study.land'::regclass)") == [("Land",)]


@pytest.mark.parametrize("versions", [None, "dated", "undated"])
def test_what_is_asked_of_a_view_reaches_the_indexes(db, territories, versions):
    land = db.address(table="study.land")
    place = db.address(table="study.counts", territories="study.land")
    kind = TERRITORY_VERSIONS if versions else TERRITORIES
    old = territories.assign(valid_from=None if versions == "undated" else "1990", name="old")
    both = pd.concat([old, territories.assign(valid_from="2000")]) if versions else territories
    write_layers({land: both}, kinds={land: kind})
    rows = [(t, str(s), 1.0) for s in range(400) for t in "abcdef"]
    frame = pd.DataFrame(rows, columns=["territory", "sector", "employment"])
    write_layers({place: frame}, kinds={place: COUNTS})
    assert db.do("select count(*), count(distinct _row) from study.counts_map") == [(2400, 2400)]
    assert db.do("select count(*) from study.counts_map where name = 'old'") == [(0,)]
    window = (
        "select territory from study.counts_map where sector = '7' and geom && "
        "st_makeenvelope(100, 100, 200, 200, 25830)"
    )
    assert db.do(window) == [("a",)]
    plan = explained(db, window)
    assert "using land_geom_idx" in plan or "on land_geom_idx" in plan, plan
    assert "counts_pkey" in plan, plan
    assert "counts__row_idx" in explained(db, "select * from study.counts_map where _row = 7")
    # the number is the database's own: it is no column of the layer
    assert list(read_layer(place.partition("&territories")[0], COUNTS).columns) == list(frame.columns)
    before = db.do("select _row, territory, sector from study.counts_map order by 1")
    write_layers({place: frame}, kinds={place: COUNTS})
    assert db.do("select _row, territory, sector from study.counts_map order by 1") == before


def explained(db, query):
    with psycopg.connect(db.address(), autocommit=True) as connection:
        connection.execute("set enable_seqscan = off")
        return "\n".join(row for (row,) in connection.execute("explain " + query))


def test_territories_without_a_key_are_there_once_all_the_same(db, territories):
    place = db.address(table="study.counts", territories="study.seen")
    land = db.address(table="study.land")
    write_layers({land: territories.assign(code=range(6))}, kinds={land: TERRITORIES})
    db.do(
        "create view study.seen as select code as territory, geom from study.land "
        "union all select 1, geom from study.land"
    )
    write_layers({place: COUNTED.assign(territory=["1", "2"])}, kinds={place: COUNTS})
    assert db.do("select territory, count(*) from study.counts_map group by 1 order by 1") == [
        ("1", 1),
        ("2", 1),
    ]
