"""A server with PostGIS of the tests' own, in a folder, reached through a socket; nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

psycopg = pytest.importorskip("psycopg")

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
THERE = bool(BINARIES and [*Path("/usr/share/postgresql").glob("*/extension/postgis.control")])
SECRET = "Ñu-s3cr3t-pass"  # noqa: S105 - of a server that lives as long as the tests
PEOPLE = ("keeper", "reader")


@dataclass(frozen=True)
class Server:
    """A running server; everybody but its owner needs a password."""

    folder: str

    def address(self, user: str = "tester", *, database: str = "land", **options: str) -> str:
        more = "".join(f"&{k}={v}" for k, v in options.items())
        return f"postgresql://{user}@/{database}?host={self.folder}{more}"

    def do(self, statement: str, *, database: str = "land") -> list[tuple]:
        with psycopg.connect(self.address(database=database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))
    # The server refuses to run as root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *words: object) -> None:
        command = [*user, str(BINARIES[0] / program), *map(str, words)]
        subprocess.run(command, check=True, cwd="/", capture_output=True)

    data = folder / "data"
    try:
        run(
            "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        # the owner comes in as they are; others with a password
        rules = "local all tester trust\nlocal all all scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=40"
        )
        run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield _furnished(Server(str(folder)))
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnished(made: Server) -> Server:
    made.do("create database land", database="postgres")
    made.do("create database bare", database="postgres")
    made.do("create extension postgis")
    made.do("create schema study")
    for name in PEOPLE:
        made.do(f"create role {name} login password '{SECRET}'")
        made.do(f"grant usage on schema study to {name}")
    made.do("grant create on schema study to keeper")
    return made


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    if not THERE:
        pytest.skip("PostGIS is not installed (as root: scripts/install-test-tools)")
    with server() as made:
        yield made


@pytest.fixture
def db(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with nothing in it, and no word of the machine's own settings."""
    for name in [n for n in os.environ if n.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    # a test that failed may still hold what it read
    running.do(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geoterritorio'"
    )
    running.do(
        "drop schema study cascade; create schema study; drop schema public cascade; create schema public; "
        "create extension if not exists postgis schema public; grant usage on schema study to keeper, reader; "
        "grant create on schema study to keeper; grant usage on schema public to keeper, reader"
    )
    return running
