"""Views for QGIS: on the territories of the run, made anew with their tables, and as fast as the tables themselves."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.errors import LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers.schema import COUNTS, TERRITORIES
from geoterritorio.layers.store import LayerMetadata, write_layers

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
