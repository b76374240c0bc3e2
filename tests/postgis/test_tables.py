"""Layers and results in a real PostgreSQL with PostGIS: what is written comes back."""

from __future__ import annotations

from geopandas.testing import assert_geodataframe_equal

from geoterritorio.interface.cli import main
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import FIRMS, TERRITORIES
from geoterritorio.layers.store import write_layers


def test_layers_come_back_as_they_were(db, territories, firms):
    land, register = db.address(table="study.land"), db.address(table="study.firms")
    write_layers({land: territories, register: firms}, kinds={land: TERRITORIES, register: FIRMS})
    back = read_layer(land, TERRITORIES)
    assert back.geometry.geom_equals(territories.geometry).all()
    assert back.crs == territories.crs
    assert list(back["name"]) == list(territories["name"])
    assert_geodataframe_equal(read_layer(register, FIRMS), read_layer_of(firms), check_like=True)


def read_layer_of(frame):
    from geoterritorio.layers.checks import as_layer

    return as_layer(frame, FIRMS)


def test_a_tool_reads_tables_and_writes_its_results_in_one_transaction(db, territories, firms, capsys):
    land, register = db.address(table="study.land"), db.address(table="study.firms")
    write_layers({land: territories, register: firms})
    counts = db.address(table="study.counts")
    words = ["tabulate", "--firms", register, "--territories", land, "--output", counts, "--progress", "none"]
    assert main(words) == 0, capsys.readouterr()
    rows = db.do("select territory, sector, employment from study.counts order by 1, 2")
    assert len(rows) == 18
    key = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'study.counts'::regclass"
    assert db.do(key) == [("PRIMARY KEY (territory, sector)",)]
    assert db.do("select obj_description('study.counts'::regclass)")[0][0]
    told = db.do(
        "select count(*) from pg_attribute where attrelid = 'study.counts'::regclass and attnum > 0 "
        "and col_description(attrelid, attnum) <> ''"
    )
    assert told[0][0] >= 4
    shown = db.do("select count(*), count(distinct _row), min(st_srid(geom)) from study.counts_map")
    assert shown == [(18, 18, 25830)]
    assert main(words) == 1
    assert "exists" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0


def test_a_view_is_made_beside_the_territories_that_are_named(db, territories, firms, tmp_path):
    land, register = (
        db.address(table='study."Los%20Límites"'.replace('study."', '"study"."')),
        tmp_path / "f.gpkg",
    )
    write_layers({land: territories.drop(columns="name"), str(register): firms}, kinds={land: TERRITORIES})
    files = {"lq": tmp_path / "x.gpkg"}
    territories.to_file(files["lq"])
    words = [
        "location-quotient",
        "--firms",
        str(register),
        "--territories",
        str(files["lq"]),
        "--progress",
        "none",
    ]
    counts = db.address(table="study.lq", territories='"study"."Los%20Límites"')
    assert main([*words, "--output", counts]) == 0
    assert db.do("select count(*), count(distinct st_astext(geom)) from study.lq_map") == [(18, 6)]
    assert main([*words, "--output", counts, "--overwrite"]) == 0
    other = db.address(table="study.other", territories="study.nowhere")
    assert main([*words, "--output", other]) == 1
    db.do("create table study.third_map (a integer)")
    third = db.address(table="study.third", territories='"study"."Los%20Límites"')
    assert main([*words, "--output", third]) == 1
    assert db.do("select to_regclass('study.third')") == [(None,)]
