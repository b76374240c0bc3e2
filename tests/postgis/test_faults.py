"""What a database can do to a run: each is one clear refusal, nothing is half written, and no password is ever told."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings

import pandas as pd
import pytest

from geoterritorio import i18n
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers.postgis import writing
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import COUNTS, FIRMS, TERRITORIES
from geoterritorio.layers.store import check_targets, write_layers

SECRET = "Ñu-s3cr3t-pass"  # noqa: S105 - of the server of the tests, see conftest
COUNTED = pd.DataFrame({"territory": ["a", "b"], "sector": ["1", "2"], "employment": [1.0, 2.5]})


def tables(db):
    return db.do(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('study', 'public') and relkind in ('r', 'v') and relname not like '%_columns' "
        "and relname <> 'spatial_ref_sys' order by 1"
    )


def refused(function, *arguments, **options):
    """Text of a refusal in both languages, and of everything that a traceback would show of it."""
    with pytest.raises(LayerError) as found:
        function(*arguments, **options)
    whole = "".join(traceback.format_exception(found.value))
    spanish = found.value.render(i18n.translator("es"))
    for text in (str(found.value), whole, spanish):
        assert SECRET not in text
    return str(found.value)


def test_a_wrong_password_and_no_password_are_refused(db, monkeypatch):
    for word in ("not-the-one", ""):
        monkeypatch.setenv("PGPASSWORD", word)
        text = refused(read_layer, db.address("keeper", table="study.x"), COUNTS)
        assert "cannot be reached" in text
        assert "PGPASSWORD" in text
        assert not word or word not in text


def test_the_right_password_comes_from_the_environment_and_is_never_told(db, monkeypatch, capfd):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    place = db.address("keeper", table="study.counts")
    write_layers({place: COUNTED}, kinds={place: COUNTS})
    assert len(read_layer(place, COUNTS)) == 2
    text = refused(read_layer, db.address("keeper", table="study.nothing"), COUNTS)
    assert "study.counts" in text
    assert (
        main(["register-quality", "--firms", place, "--output", db.address("keeper", table="study.whole")])
        == 0
    )
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://keeper:{SECRET}@/land?table=study.x",
        f"postgresql://keeper@/land?table=study.x&password={SECRET}",
        f"POSTGRES://keeper:{SECRET}@[::1/land",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address, capfd):
    text = refused(read_layer, address, COUNTS)
    assert "address" in text
    refused(check_targets, {"output": address}, overwrite=False)
    for words in (["--firms", address, "--output", "x.csv"], ["--firms", "x.csv", "--output", address]):
        assert main(["register-quality", *words, "--progress", "none"]) == 1
    assert main(["register-quality", "--firms", "x.csv", "--output", "x.csv", address]) == 2
    assert main(["register-quality", "--firms", "x.csv", "--output", "x.csv", "--check", address]) == 2
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err


def test_who_may_not_write_or_read_is_told_so(db, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    owned = db.address(table="study.counts")
    write_layers({owned: COUNTED})
    before = tables(db)
    text = refused(check_targets, {"output": db.address("reader", table="study.new")}, overwrite=False)
    assert "may not make tables" in text
    text = refused(read_layer, db.address("reader", table="study.counts"), COUNTS)
    assert "no right" in text
    text = refused(write_layers, {db.address("keeper", table="study.counts"): COUNTED})
    assert "no right" in text
    assert "Nothing was changed" in text
    assert tables(db) == before


def test_unknown_tables_schemas_databases_and_hosts_are_refused_with_what_there_is(db):
    write_layers({db.address(table="study.quotients"): COUNTED})
    assert "Did you mean “study.quotients”" in refused(read_layer, db.address(table="study.quotient"), COUNTS)
    assert "“study”" in refused(check_targets, {"o": db.address(table="studi.x")}, overwrite=False)
    assert "cannot be reached" in refused(read_layer, db.address(database="sea", table="x"), COUNTS)
    assert "cannot be reached" in refused(
        read_layer, "postgresql://u@/x?host=/nowhere&connect_timeout=2&table=x", COUNTS
    )
    assert "name the table" in refused(check_targets, {"o": db.address()}, overwrite=False)
    other = {"a": db.address(table="study.a"), "b": db.address(database="bare", table="b")}
    assert "one database" in refused(check_targets, other, overwrite=False)


def test_options_that_no_output_has_are_refused(db, territories, firms, tmp_path, capsys):
    files = {"firms": tmp_path / "f.parquet", "land": tmp_path / "land.parquet"}
    firms.to_parquet(files["firms"])
    territories.to_parquet(files["land"])
    words = ["tabulate", "--firms", str(files["firms"]), "--territories", str(files["land"])]
    place = db.address(table="study.a") + "&teritories=public.land&sector=10&overwrite=yes&parts"
    assert main([*words, "--output", place, "--progress", "none"]) == 1
    said = capsys.readouterr().err
    assert "no option “teritories”. Did you mean “territories”?" in said
    for option in ("sector", "overwrite", "parts"):
        assert (
            f"output: The address of an output has no option “{option}”. It may have table, territories,"
            in said
        )
    assert tables(db) == []
    assert "no option “on”" in refused(write_layers, {db.address(table="study.a", on="2025"): COUNTED})


def test_a_database_without_postgis_takes_tables_and_no_places(db, territories):
    place = db.address(database="bare", table="counts")
    write_layers({place: COUNTED})
    assert read_layer(place, COUNTS)["employment"].tolist() == [1.0, 2.5]
    text = refused(write_layers, {db.address(database="bare", table="land"): territories})
    assert "create extension postgis" in text


NAMES = [
    '"; drop table study.kept; --',
    "'; drop table study.kept; --",
    "Robert'); DROP TABLE kept;--",
    'a"b',
    "Ñandú Única",
    "%s %(x)s %%",
    ":name :1",
    "select",
    "MAYÚSCULAS",
    "x" * 63,
    "ñ" * 40,
    "tab\tand\nline",
    "{braces} {0}",
    "back\\slash",
    "a&b=c%41?d|e#f+g",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_look_like_statements_are_names(db, name):
    db.do("create table study.kept (x integer)")
    quoted = '"study"."' + name.replace('"', '""') + '"'
    place = db.address(table=writing_name(quoted))
    frame = COUNTED.assign(**{name: ["q", None], "_row": [1, 2], "ctid": ["p", "q"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        write_layers({place: frame}, kinds={place: COUNTS})
        short = writing.fitting(name)
        back = read_layer(
            db.address(table=writing_name('"study"."' + short.replace('"', '""') + '"')), COUNTS
        )
        write_layers({place: frame}, kinds={place: COUNTS})
    assert back[short].tolist()[0] == "q"
    assert back["_row_"].tolist() == [1, 2]
    assert db.do("select count(*) from study.kept") == [(0,)]


def writing_name(name):
    from urllib.parse import quote

    return quote(name)


def test_two_names_that_are_cut_alike_stay_two(db):
    for end in "ab":
        with pytest.warns(GeoterritorioWarning):
            write_layers({db.address(table="study." + "x" * 80 + end): COUNTED.assign(**{"y" * 70: [1, 2]})})
    assert len(tables(db)) == 2


def test_another_run_that_writes_the_table_is_waited_for_by_nobody(db):
    place = db.address(table="study.counts")
    with writing.tables_written(sheets(place), overwrite=False) as commit:
        assert "Another run is writing" in refused(write_layers, {place: COUNTED})
        assert tables(db) == []
        commit()
    assert tables(db) == [("study.counts",)]
    assert "exists" in refused(write_layers, {place: COUNTED}, overwrite=False)


def sheets(place):
    from geoterritorio.layers.postgis.address import split_address

    return {place: (split_address(place)[0], writing.Sheet(COUNTED, COUNTS))}


def test_many_writers_at_once_leave_one_whole_table(db):
    place, ends = db.address(table="study.counts"), []

    def write(k):
        frame = pd.concat([COUNTED.assign(territory=[f"{k}-{i}a", f"{k}-{i}b"]) for i in range(500)])
        try:
            write_layers({place: frame}, kinds={place: COUNTS})
        except LayerError as error:
            ends.append(str(error))
        else:
            ends.append("written")

    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert "written" in ends
    assert all(e == "written" or "Another run" in e or "somebody else" in e for e in ends)
    rows = db.do("select split_part(territory, '-', 1), count(*) from study.counts group by 1")
    assert [n for _, n in rows] == [1000]
    assert tables(db) == [("study.counts",)]


def test_a_connection_cut_in_mid_write_leaves_everything_as_it_was(db, monkeypatch, tmp_path):
    kept, new = db.address(table="study.kept"), db.address(table="study.new")
    write_layers({kept: COUNTED})
    sent = writing.copied

    def cut(columns, begin, end):
        if begin:
            db.do(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geoterritorio'"
            )
            time.sleep(0.1)
        return sent(columns, begin, end)

    monkeypatch.setattr(writing, "copied", cut)
    many = pd.concat([COUNTED] * 60_000, ignore_index=True)
    text = refused(write_layers, {kept: many, new: COUNTED, str(tmp_path / "x.csv"): COUNTED})
    assert "Nothing was changed" in text
    assert list(tmp_path.iterdir()) == []
    assert db.do("select count(*) from study.kept") == [(2,)]
    assert tables(db) == [("study.kept",)]


@pytest.mark.parametrize("before", [True, False])
def test_a_connection_cut_while_committing_is_asked_about(db, monkeypatch, tmp_path, before):
    from sqlalchemy import Connection

    real = Connection.commit

    def broken(self):
        if not before:
            real(self)
        pid = (
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geoterritorio'"
        )
        db.do(pid)
        time.sleep(0.2)
        self.exec_driver_sql("select 1")

    monkeypatch.setattr(Connection, "commit", broken)
    place, file = db.address(table="study.new"), tmp_path / "x.csv"
    if before:
        assert "Nothing was changed" in refused(write_layers, {place: COUNTED, str(file): COUNTED})
        assert tables(db) == []
        assert not file.exists()
    else:
        write_layers({place: COUNTED, str(file): COUNTED})
        assert tables(db) == [("study.new",)]
        assert file.exists()


def test_a_killed_process_leaves_nothing(db):
    place = db.address(table="study.new")
    code = (
        "import sys, time, pandas as pd\n"
        "from geoterritorio.layers.postgis import writing\n"
        "from geoterritorio.layers.store import write_layers\n"
        "sent = writing.copied\n"
        "def slow(columns, begin, end):\n"
        "    if begin:\n        print('half', flush=True); time.sleep(60)\n"
        "    return sent(columns, begin, end)\n"
        "writing.copied = slow\n"
        "write_layers({sys.argv[1]: pd.DataFrame({'territory': ['a'] * 60000})})\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code, place], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "half\n"
    run.kill()
    run.communicate(timeout=20)
    for _ in range(100):
        if not db.do("select from pg_stat_activity where application_name = 'geoterritorio'"):
            break
        time.sleep(0.1)
    assert tables(db) == []
    write_layers({place: COUNTED})


KILLED = """
import os, signal, sys
import pandas as pd
from geoterritorio.layers.postgis import writing
from geoterritorio.layers.schema import COUNTS
from geoterritorio.layers.store import write_layers
stage, place, file = sys.argv[1:]
real = getattr(writing, stage)
def killed(*words):
    if stage != "copied" or words[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words)
setattr(writing, stage, killed)
names = [str(k) for k in range(60_000)]
frame = pd.DataFrame({"territory": names, "sector": "1", "employment": 1.0})
write_layers({place: frame, file: frame}, kinds={place: COUNTS})
"""


@pytest.mark.parametrize("stage", ["copied", "_index_names", "_comments", "committed"])
@pytest.mark.parametrize("same", [True, False])
def test_a_process_killed_in_mid_write_leaves_the_old_table_whole(db, territories, tmp_path, stage, same):
    land, place = db.address(table="study.land"), db.address(table="study.kept", territories="study.land")
    write_layers({land: territories}, kinds={land: TERRITORIES})
    old = COUNTED if same else COUNTED.assign(more="x")
    write_layers({place: old}, kinds={place: COUNTS})
    before, file = tables(db), tmp_path / "x.csv"
    file.write_text("old", encoding="utf-8")
    words = [sys.executable, "-c", KILLED, stage, place, str(file)]
    ended = subprocess.run(words, check=False, capture_output=True)
    passed = (stage, same) in {
        ("_index_names", True),
        ("_comments", False),
    }  # stages that this way does not have
    assert ended.returncode == (0 if passed else -signal.SIGKILL), ended.stderr
    for _ in range(100):
        if not db.do("select from pg_stat_activity where application_name = 'geoterritorio'"):
            break
        time.sleep(0.1)
    assert tables(db) == before
    if passed:
        return
    assert db.do("select territory, sector, employment from study.kept order by 1") == [
        ("a", "1", 1.0),
        ("b", "2", 2.5),
    ]
    assert db.do("select count(geom) from study.kept_map") == [(2,)]
    # files come first: one that was in its place before the end of the transaction is the new one
    assert (file.read_text(encoding="utf-8") == "old") == (stage != "committed")
    assert len([p for p in tmp_path.iterdir() if p.name.startswith(".x.")]) == (stage == "committed")


def test_a_reader_who_holds_the_table_is_not_waited_for_without_end(db, monkeypatch):
    import psycopg

    from geoterritorio.layers.postgis import connection

    place = db.address(table="study.kept")
    write_layers({place: COUNTED})
    monkeypatch.setattr(connection, "_PATIENCE", 1)
    with psycopg.connect(db.address()) as other:
        other.execute("select * from study.kept")
        assert "somebody else works" in refused(write_layers, {place: COUNTED})
    assert db.do("select count(*) from study.kept") == [(2,)]


def test_no_room_on_the_server_is_told(db):
    place = db.address(table="study.kept")
    write_layers({place: COUNTED})
    db.do("alter role tester set temp_file_limit = '64kB'; alter role tester set work_mem = '64kB'")
    db.do("alter role tester set maintenance_work_mem = '1MB'")
    try:
        many = pd.DataFrame({"territory": [f"{k * 7919 % 100_003:08d}" + "x" * 50 for k in range(100_000)]})
        text = refused(write_layers, {place: many}, kinds={place: TERRITORIES})
    finally:
        db.do("alter role tester reset all")
    assert "no more room" in text
    assert db.do("select count(*) from study.kept") == [(2,)]


def test_a_server_that_can_only_be_read_is_told(db):
    db.do("alter role tester set default_transaction_read_only = on")
    try:
        text = refused(write_layers, {db.address(table="study.x"): COUNTED})
    finally:
        import psycopg

        with psycopg.connect(
            db.address(), autocommit=True, options="-c default_transaction_read_only=off"
        ) as c:
            c.execute("alter role tester reset all")
    assert "only be read" in text


def test_what_others_built_on_a_table_is_kept_or_the_run_refused(db):
    place = db.address(table="study.counts")
    write_layers({place: COUNTED}, kinds={place: COUNTS})
    db.do("create view study.theirs as select * from study.counts; grant select on study.counts to reader")
    write_layers({place: COUNTED.assign(employment=[5.0, 6.0])}, kinds={place: COUNTS})
    assert db.do("select sum(employment) from study.theirs") == [(11.0,)]
    assert db.do("select has_table_privilege('reader', 'study.counts', 'select')") == [(True,)]
    text = refused(write_layers, {place: COUNTED.assign(more=1)}, kinds={place: COUNTS})
    assert "depend" in text
    assert db.do("select sum(employment) from study.theirs") == [(11.0,)]
    assert "is a view" in refused(write_layers, {db.address(table="study.theirs"): COUNTED})


def test_inputs_outputs_and_files_that_are_none_are_told_apart(db):
    place = db.address(table="study.counts")
    write_layers({place: COUNTED}, kinds={place: COUNTS})
    words = ["register-quality", "--firms", place, "--progress", "none", "--overwrite"]
    code = "import sys; from geoterritorio.interface.cli import main; sys.exit(main(sys.argv[1:]))"
    ended = subprocess.run(
        [sys.executable, "-c", code, *words, "--output", place], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, "is the input" in ended.stderr) == (1, True)
    text = refused(check_targets, {"plot": place}, overwrite=True, pictures={"plot"})
    assert "is a file" in text


def test_without_the_packages_the_cure_is_named(db, monkeypatch):
    from geoterritorio.errors import DependencyError

    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(DependencyError, match=r"geoterritorio\[postgis\]"):
        read_layer(db.address(table="study.x"), FIRMS)


def test_nothing_of_databases_is_loaded_unless_asked_for():
    code = (
        "import sys, geoterritorio.interface.run\n"
        "from geoterritorio.interface.cli import main\n"
        "main(['--help']); main(['location-quotient', '--help'])\n"
        "print([n for n in ('sqlalchemy', 'psycopg', 'geoalchemy2') if n in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.rstrip().endswith("[]")
