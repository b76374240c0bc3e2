"""Studies that are killed, lack room, meet another, or run at odd times and places: whole, or refused and resumed."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from geoterritorio.errors import StudyError
from geoterritorio.layers import write_layers
from geoterritorio.study import pipeline, run_study, store, workshop
from geoterritorio.study.workshop import MARK

STUDY = """
profiles.write = false
[study]
title = "Ñandú – “odd”"
[layers.areas]
kind = "territories"
path = "areas.gpkg"
[layers.register]
kind = "firms"
path = "firms.gpkg"
[steps.table]
tool = "tabulate"
territories = "areas"
firms = "register"
[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "table.output"
"""
# Where a run is killed, in the order of the run.
STAGES = {
    "reading": ("geoterritorio.study.pipeline", "_read"),
    "keeping": ("geoterritorio.study.store", "_written"),
    "computing": ("geoterritorio.study.steps", "compute"),
    "writing": ("geoterritorio.study.pipeline", "_write_data"),
    "withholding": ("geoterritorio.study.pipeline", "disclosed"),
    "drawing": ("geoterritorio.study.pipeline", "publish"),
    "project": ("geoterritorio.study.pipeline", "write_project"),
    "account": ("geoterritorio.study.pipeline", "write_provenance"),
    "delivery": ("geoterritorio.study.workshop", "_carry_over"),
}
CHILD = """
import importlib, os, signal, sys, time
from pathlib import Path
from geoterritorio.study import run_study

folder, how, *stages = sys.argv[1:]
true_rename = Path.rename

def end(*_args, **_options):
    os.kill(os.getpid(), getattr(signal, how))
    time.sleep(60)  # another thread may get the signal: this one must not go on before it is told

def rename(path, target):
    if Path(target).name == "out" and path.name == "result":
        end()
    return true_rename(path, target)

for stage in stages:
    module, _, name = stage.rpartition(".")
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        continue
    if name == "rename":
        Path.rename = rename
    else:
        setattr(importlib.import_module(module), name, end)
    try:
        run_study(Path(folder) / "study.toml", Path(folder) / "out", overwrite=True)
    except KeyboardInterrupt:
        os._exit(130)
    os._exit(0)
"""
# What a run makes, in an environment of its own.
ELSEWHERE = """
import sys
from pathlib import Path
from geoterritorio.interface.cli import main
sys.exit(main(["study", sys.argv[1] + "/study.toml", "--output", sys.argv[1] + "/out", "--progress", "none"]))
"""


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def tables(output):
    """Hashes of the tables of a study."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((output / "tables").iterdir())}


def beside(folder):
    return sorted(
        p.name for p in folder.iterdir() if p.name not in {"areas.gpkg", "firms.gpkg", "study.toml"}
    )


@pytest.fixture(scope="module")
def expected():
    """Tables of a run that nothing disturbs."""
    return {}


def whole(folder, expected, **options):
    """A run that nothing disturbs any more: the same tables as any other, and nothing beside them."""
    run_study(folder / "study.toml", folder / "out", **options)
    assert beside(folder) == ["out"]
    found = tables(folder / "out")
    assert expected.setdefault("tables", found) == found


@pytest.mark.filterwarnings("ignore:.*few for a cut-off")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_ended_at_every_stage(folder, expected, how):
    """One run after the other, each ended a stage later; then one that goes on to the end."""
    stages = [".".join(stage) for stage in STAGES.values()]
    child = [sys.executable, "-W", "ignore", "-c", CHILD, str(folder), how]
    done = subprocess.run([*child, *stages], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (folder / "out").exists()
    assert set(beside(folder)) <= {".out.work"}
    whole(folder, expected)
    mine = folder / "out" / "mine.txt"
    mine.write_text("mine")
    before = json.loads((folder / "out" / MARK).read_text())["products"]
    done = subprocess.run([*child, stages[5], "rename"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept = folder / "out" if (folder / "out").exists() else folder / ".out.work" / "old"
    assert (kept / "mine.txt").read_text() == "mine"
    assert json.loads((kept / MARK).read_text())["products"] == before
    whole(folder, expected, overwrite=True)
    assert mine.read_text() == "mine"


@pytest.mark.filterwarnings("ignore:.*few for a cut-off")
def test_no_room_at_any_stage(folder, expected, monkeypatch):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fails(*_args, **_options):
        raise full

    # values first: those of a run that fails later are kept, and not written again
    places = [
        (store, "_written"),
        (pipeline, "_write_data"),
        (pipeline, "write_provenance"),
        (workshop, "_carry_over"),
    ]
    for module, name in places:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fails)
            with pytest.raises(StudyError, match="the disk is full"):
                run_study(folder / "study.toml", folder / "out")
        assert not (folder / "out").exists()
    whole(folder, expected)
    mine = folder / "out" / "mine.txt"
    mine.write_text("mine")
    true = Path.rename

    def rename(path, target):
        if path.name == "result":
            raise full
        return true(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(StudyError, match="the disk is full"):
            run_study(folder / "study.toml", folder / "out", overwrite=True)
    assert mine.read_text() == "mine", "the earlier study is in its place again"
    assert tables(folder / "out") == expected["tables"]
    whole(folder, expected, overwrite=True)
    assert mine.read_text() == "mine"


def test_a_disk_that_is_full_in_truth(folder, tmp_path_factory):
    """A disk of its own of 1 MB, where the system lets one be made."""
    disk = tmp_path_factory.mktemp("disk")
    made = shutil.which("mount") and os.geteuid() == 0
    made = (
        made
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
    )
    if not made:
        return  # the injected refusals above stand for it
    try:
        for name in ("areas.gpkg", "firms.gpkg", "study.toml"):
            shutil.copy(folder / name, disk / name)
        before = beside(disk)
        with pytest.raises(StudyError, match="the disk is full"):
            run_study(disk / "study.toml", disk / "out")
        assert not (disk / "out").exists()
        assert set(beside(disk)) <= {*before, ".out.work"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.filterwarnings("ignore:.*few for a cut-off")
def test_two_studies_on_one_folder_by_other_ways_and_other_places_for_temporary_files(folder, monkeypatch):
    (folder / "real").mkdir()
    (folder / "way").symlink_to(folder / "real", target_is_directory=True)
    with workshop.workshop(folder / "real" / "out"):
        with pytest.raises(StudyError, match="Another study is being written"):
            run_study(folder / "study.toml", folder / "way" / "out")
        (folder / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder / "temporary"))
        with pytest.raises(StudyError, match="Another study is being written"):
            run_study(folder / "study.toml", folder / "real" / "out")
    assert list((folder / "real").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the folder for temporary files is each user's own there")
@pytest.mark.parametrize("stands_there", ["nothing", "file", "link", "open folder"])
def test_what_others_may_have_put_where_locks_lie_keeps_nobody_from_a_study(
    tmp_path, monkeypatch, stands_there
):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    place = temporary / f"geoterritorio-{os.getuid()}"
    if stands_there == "file":
        place.write_text("")
    elif stands_there == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif stands_there == "open folder":
        place.mkdir()
        place.chmod(0o777)
    with workshop.workshop(tmp_path / "out"):  # noqa: SIM117 - the second is refused while the first is in it
        with pytest.raises(StudyError, match="Another study is being written"):
            with workshop.workshop(tmp_path / "out"):
                pass
    with workshop.workshop(tmp_path / "out"):
        pass
    if stands_there == "nothing":
        assert place.stat().st_mode & 0o777 == 0o700
        assert [p.suffix for p in place.iterdir()] == [".lock"]
    else:
        assert not list(tmp_path.glob("elsewhere/*"))
        assert not (place.is_dir() and list(place.iterdir()))


ONE_AFTER_THE_OTHER = """
import os, sys
from pathlib import Path
from geoterritorio.study.workshop import workshop
for user in (0, 1234):
    if os.fork() == 0:
        os.setgid(user), os.setuid(user)
        with workshop(Path(sys.argv[1]) / "out"):
            pass
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"user {user} is refused")
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be another user")
def test_a_study_of_root_keeps_no_other_user_from_the_folder():
    with tempfile.TemporaryDirectory() as shared:
        for place in (shared, f"{shared}/temporary", f"{shared}/studies"):
            Path(place).mkdir(exist_ok=True)
            Path(place).chmod(0o1777)
        done = subprocess.run(
            [sys.executable, "-c", ONE_AFTER_THE_OTHER, f"{shared}/studies"],
            env=os.environ | {"TMPDIR": f"{shared}/temporary"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert sorted(p.name for p in Path(shared, "temporary").iterdir()) == [
            "geoterritorio-0",
            "geoterritorio-1234",
        ]


ENVIRONMENTS = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Turkish, German": {"LC_ALL": "tr_TR.UTF-8", "LC_NUMERIC": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8"},
    "Latin 1": {"PYTHONIOENCODING": "latin-1", "LC_ALL": "es_ES.ISO-8859-1", "PYTHONUTF8": "0"},
    "nowhere": {"HOME": None, "TMPDIR": "/nowhere", "USER": None, "TZ": "Pacific/Kiritimati"},
    "long ago": {"SOURCE_DATE_EPOCH": "0", "TZ": "America/St_Johns", "PYTHONHASHSEED": "7"},
}


# Their settings do not know the letters of the folder: there is one refusal, with the cure.
UNKNOWN = ("C", "Latin 1")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_odd_places_and_times(folder, expected, name):
    given = {k: v for k, v in (os.environ | ENVIRONMENTS[name]).items() if v is not None}
    for file, when in (("areas.gpkg", time.time() + 10 * 365 * 86_400), ("firms.gpkg", 1)):
        os.utime(folder / file, (when, when))
    odd = folder / "Ñ – odd"
    odd.mkdir()
    for file in ("areas.gpkg", "firms.gpkg", "study.toml"):
        shutil.copy2(folder / file, odd / file)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(odd)], env=given, capture_output=True, check=False
    )
    if name in UNKNOWN:
        assert done.returncode == 1, done.stderr
        assert b"PYTHONUTF8=1" in done.stderr
        assert not (odd / "out").exists()
        return
    assert done.returncode == 0, done.stderr
    assert expected.setdefault("tables", tables(odd / "out")) == tables(odd / "out")


def test_nobody_takes_what_is_said(folder):
    """A reader that is gone, and a disk without room for what is said, change nothing of what was done."""
    words = [
        sys.executable,
        "-m",
        "geoterritorio",
        "tabulate",
        "--territories",
        "areas.gpkg",
        "--firms",
        "firms.gpkg",
    ]
    with Path("/dev/full").open("w") as nowhere:
        done = subprocess.run(
            [*words, "--output", "o.csv"], cwd=folder, stdout=nowhere, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert (folder / "o.csv").exists()


def test_a_reader_that_goes_before_all_is_said(folder):
    """As of ``geoterritorio … | head -1``."""
    words = [sys.executable, "-m", "geoterritorio", "tabulate", "--territories", "areas.gpkg"]
    words += ["--firms", "firms.gpkg", "--output", "o.csv"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(words, cwd=folder, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert done.returncode == 0, done.stderr
    assert not done.stderr.count(b"Traceback") + done.stderr.count(b"Exception ignored")
    assert (folder / "o.csv").exists()


def test_a_terminal_that_does_not_know_a_letter(folder):
    """What is said in Spanish, with the path of an input, on a terminal of Latin 1."""
    (folder / "año.gpkg").symlink_to(folder / "areas.gpkg")
    words = [
        "tabulate",
        "--territories",
        "año.gpkg",
        "--firms",
        "nada–.csv",
        "--output",
        "o.csv",
        "--lang",
        "es",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "geoterritorio", *words],
        cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert rb"nada\u2013.csv" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_clock_that_is_set_back(folder, monkeypatch):
    """Nothing goes by the time of a file: what changes within one second, or before its time, is computed anew."""
    run_study(folder / "study.toml", folder / "out")
    first = tables(folder / "out")
    stat = (folder / "firms.gpkg").stat()
    data = (folder / "firms.gpkg").read_bytes()
    import geopandas as gpd

    firms = gpd.read_file(folder / "firms.gpkg")
    write_layers({str(folder / "firms.gpkg"): firms.assign(employment=firms["employment"] + 1)})
    os.utime(folder / "firms.gpkg", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    run_study(folder / "study.toml", folder / "out", overwrite=True)
    assert tables(folder / "out") != first
    (folder / "firms.gpkg").write_bytes(data)
    run_study(folder / "study.toml", folder / "out", overwrite=True)
    assert tables(folder / "out") == first
