"""A table in parts: every row once, of one state of the table whoever reads it, and a part that changed is known."""

from __future__ import annotations

import gc
import json
import pickle
import time
import warnings
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest

from geoterritorio.concentration.tools import location_quotient, tabulate
from geoterritorio.errors import LayerError, StudyError
from geoterritorio.interface import cli
from geoterritorio.layers import partitions
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.postgis.address import split_address
from geoterritorio.layers.postgis.parts import table_source
from geoterritorio.layers.postgis.reading import fingerprint
from geoterritorio.layers.readers import in_parts, read_layer
from geoterritorio.layers.schema import FIRMS
from geoterritorio.layers.store import write_layers
from geoterritorio.layers.working import Working
from geoterritorio.patterns.tools import density_surface
from geoterritorio.proximity.tools import sums_within
from geoterritorio.study import pipeline, run_study

ROWS = 1003
SECRET = "Ñu-s3cr3t-pass"  # noqa: S105 - of the server of the tests, see conftest


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
    opened = source_of(place, rows=100)
    source = pickle.loads(pickle.dumps(opened))  # noqa: S301 - what was pickled in this line
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
    assert source.fingerprint() == fingerprint(split_address(place)[0], name="firms")
    db.do("update study.firms set employment = -1 where employment = 500")
    after = [source_of(place, rows=100).identity(k) for k in range(11)]
    assert sum(a != b for a, b in zip(after, before, strict=True)) == 1


def test_tables_that_cannot_be_read_in_parts_are_refused(db):
    db.do("create table study.plain (a text); create table study.none (a text primary key)")
    with pytest.raises(LayerError, match="no primary key"):
        source_of(db.address(table="study.plain"))
    with pytest.raises(LayerError, match="empty"):
        source_of(db.address(table="study.none"))


@pytest.fixture
def register(db, firms, monkeypatch):
    """Register of 300 establishments in six parts; the address by which a person with a password reads it."""
    place = db.address(table="study.firms")
    firms.loc[::17, "employment"] = np.nan
    write_layers({place: firms}, kinds={place: FIRMS})
    db.do("grant select on study.firms to reader")
    monkeypatch.setattr(partitions, "table_source", partial(table_source, rows=50))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    return db.address("reader", table="study.firms")


def quiet(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


def held(db):
    """Connections of ours that are open."""
    return db.do("select count(*) from pg_stat_activity where application_name = 'geoterritorio'")[0][0]


def test_tools_take_a_table_in_parts_as_the_whole(db, register, territories):
    whole = read_layer(register, FIRMS)
    parts = open_parts(register, FIRMS, name="firms")
    assert len(parts) == 6
    assert parts.reading.source.names()[1] == "study.firms 2/6"
    for tool in (tabulate, lambda t, f: location_quotient(t, f, level=0.9).quotients):
        found, expected = (quiet(lambda f=f, tool=tool: tool(territories, f)) for f in (parts, whole))
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    areas = territories.rename(columns={"territory": "area"})
    found, expected = (quiet(lambda f=f: sums_within(areas, firms=f)).sums for f in (parts, whole))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    options = {"cell": 100.0, "bandwidth": "300"}
    grids = [quiet(lambda f=f: density_surface(f, territories, **options)).surface for f in (parts, whole)]
    np.testing.assert_allclose(grids[0].values, grids[1].values, rtol=1e-6)
    assert held(db) == 1
    del parts, found, expected
    gc.collect()
    assert held(db) == 0


def test_all_parts_are_of_the_state_in_which_the_table_was_opened(db, register, territories):
    expected = quiet(lambda: tabulate(territories, read_layer(register, FIRMS)))
    parts = open_parts(register, FIRMS, name="firms")
    db.do("update study.firms set employment = 1000; delete from study.firms where firm = 'f7'")
    db.do("insert into study.firms (firm, sector, geom) select 'new', sector, geom from study.firms limit 1")
    found = quiet(partial(tabulate, territories, parts))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    # what no state protects from waits until the work is done
    with pytest.raises(psycopg.errors.LockNotAvailable):
        db.do("set lock_timeout = '200ms'; truncate study.firms")
    del parts
    gc.collect()
    db.do("set lock_timeout = '9s'; truncate study.firms")


def test_a_state_that_the_server_let_go_is_refused(db, register, territories):
    parts = open_parts(register, FIRMS, name="firms")
    db.do("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geoterritorio'")
    end = time.monotonic() + 30
    while held(db) and time.monotonic() < end:
        time.sleep(0.05)
    with pytest.raises(LayerError, match="can no longer be read as it was when the work began") as refused:
        quiet(lambda: tabulate(territories, parts))
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_command_goes_on_where_it_ended_and_counts_what_changed(
    db, register, territories, tmp_path, capsys
):
    territories.to_parquet(tmp_path / "t.parquet")
    kept = tmp_path / "kept"

    def counted(source, name):
        words = ["tabulate", "--firms", source, "--territories", str(tmp_path / "t.parquet")]
        assert cli.main([*words, "--kept", str(kept), "--output", str(tmp_path / f"{name}.csv")]) == 0
        return (tmp_path / f"{name}.csv").read_bytes(), set(kept.iterdir()) if kept.exists() else set()

    whole, _ = counted(register, "whole")
    found, before = counted(f"{register}&parts", "parts")
    assert found == whole
    assert len(before) == 6
    assert counted(f"{register}&parts", "again") == (whole, before)
    db.do("update study.firms set employment = 77 where firm = 'f7'")
    changed, after = counted(f"{register}&parts", "changed")
    assert changed != whole
    assert len(after - before) == 1
    words = ["ellison-glaeser", "--firms", f"{register}&parts", "--territories", str(tmp_path / "t.parquet")]
    assert cli.main([*words, "--output", str(tmp_path / "eg.csv")]) == 1
    said = capsys.readouterr()
    assert "it is in parts, and this work needs it whole" in said.err
    for file in filter(lambda p: p.is_file(), tmp_path.rglob("*")):
        assert SECRET.encode() not in file.read_bytes()
    assert SECRET not in said.err + said.out


@pytest.mark.filterwarnings("ignore")
def test_workers_come_in_by_themselves_and_see_the_same_state(db, register, territories, tmp_path, capfd):
    distributed = pytest.importorskip("distributed", reason="the extra “scale” is not installed")
    expected = quiet(lambda: tabulate(territories, read_layer(register, FIRMS)))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as workers:
        working = Working(tmp_path / "kept", workers.scheduler_address)
        parts = open_parts(register, FIRMS, name="firms", working=working)
        assert SECRET.encode() not in pickle.dumps(parts.reading)
        db.do("update study.firms set employment = 1000")
        found = tabulate(territories, parts)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    for file in (tmp_path / "kept").iterdir():
        assert SECRET.encode() not in file.read_bytes()
    assert SECRET not in "".join(capfd.readouterr())


STUDY = """
[study]
title = "Register in a database"
[layers.towns]
kind = "territories"
path = "towns.gpkg"
[layers.counted]
kind = "counts"
path = "{server}"
layer = "study.firms"
within = "towns"
[steps.lq]
tool = "location_quotient"
territories = "towns"
counts = "counted"
"""


@pytest.fixture
def study(db, register, territories, tmp_path):  # noqa: ARG001 - the table that it reads
    territories.to_file(tmp_path / "towns.gpkg")
    file = tmp_path / "study.toml"
    file.write_text(STUDY.format(server=db.address("reader")), encoding="utf-8")
    return file


def account(folder):
    return json.loads((folder / "log" / "provenance.json").read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore")
def test_a_study_counts_a_table_in_parts(db, study, territories, tmp_path):
    out = tmp_path / "out"
    run_study(study, out)
    table = pd.read_csv(next((out / "tables").glob("lq*quotients*")), dtype={"sector": str})
    found = table[table["establishments"] > 0].set_index(["territory", "sector"])["employment"]
    whole = read_layer(db.address(table="study.firms"), FIRMS)
    assert (
        found.to_dict()
        == tabulate(territories, whole).set_index(["territory", "sector"])["employment"].to_dict()
    )
    first = account(out)["inputs"]["counted"]
    assert (first["file"], first["within"], first["table"]) == ("study.firms", "towns", True)
    db.do("update study.firms set employment = employment + 1 where firm = 'f7'")
    run_study(study, out, overwrite=True)
    assert account(out)["inputs"]["counted"]["sha256"] != first["sha256"]
    for file in filter(lambda p: p.is_file(), out.rglob("*")):
        assert SECRET.encode() not in file.read_bytes(), file


@pytest.mark.filterwarnings("ignore")
def test_a_table_that_changes_while_a_study_begins_is_refused(db, study, tmp_path, monkeypatch):
    known = pipeline.with_fingerprints

    def changed(plan):
        found = known(plan)
        db.do("update study.firms set employment = employment + 1 where firm = 'f7'")
        return found

    monkeypatch.setattr(pipeline, "with_fingerprints", changed)
    with pytest.raises(StudyError, match="somebody changed the table"):
        run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_table_in_parts_is_told_of_where_it_cannot_be(study, tmp_path):
    text = study.read_text(encoding="utf-8").replace('within = "towns"', "").replace('"counts"', '"firms"')
    study.write_text(text.replace("host=", "parts&host="), encoding="utf-8")
    with pytest.raises(StudyError, match="is a register in parts"):
        run_study(study, tmp_path / "out")


def test_which_addresses_are_in_parts(register):
    assert in_parts(f"{register}&parts")
    assert in_parts("postgresql://ana@db/land?parts&table=register.firms")
    assert not in_parts(register)
    with pytest.raises(LayerError, match="in parts, and this work needs it whole"):
        read_layer(f"{register}&parts", FIRMS)
    with pytest.raises(LayerError, match="cannot be chosen by “province”"):
        open_parts(f"{register}&province=03", FIRMS)


def test_places_that_are_missing_or_elsewhere(db, register, territories):
    db.do(
        "update study.firms set geom = null where firm in (select firm from study.firms order by firm limit 60)"
    )
    parts = open_parts(register, FIRMS, name="firms")
    assert parts.crs.to_epsg() == 25830
    found = quiet(partial(tabulate, territories, parts))
    assert found["establishments"].sum() == 240
    del parts
    gc.collect()
    db.do("alter table study.firms alter geom type geometry")
    db.do("update study.firms set geom = st_setsrid(geom, 25831) where firm > 'f5'")
    parts = open_parts(register, FIRMS, name="firms")
    with pytest.raises(LayerError, match="in several reference systems"):
        quiet(lambda: tabulate(territories, parts))
