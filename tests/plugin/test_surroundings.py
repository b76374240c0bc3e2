"""What reaches the worker: the variables on the lists, the package's folder, and nothing of where QGIS stands."""

import ast
import json
import os
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from geoterritorio_qgis import environments, start, surroundings

FOLDER = Path(__file__).parents[2] / "qgis_plugin" / "geoterritorio_qgis"
STARTER = FOLDER / "start.py"
PACKAGES = sysconfig.get_path("purelib")
# What could load foreign code, open a door, or tell a secret that a calculation has no use for.
HOSTILE = {
    "LD_PRELOAD": "/mnt/evil.so",
    "DYLD_INSERT_LIBRARIES": "/mnt/evil.dylib",
    "PYTHONSTARTUP": "/mnt/evil.py",
    "PYTHONINSPECT": "1",
    "PYTHONBREAKPOINT": "evil.run",
    "PYTHONWARNINGS": "error::evil.Warning",
    "PYTHONUSERBASE": "/mnt/evil",
    "GDAL_VRT_ENABLE_PYTHON": "YES",
    "GDAL_DRIVER_PATH": "/mnt/evil",
    "GDAL_HTTP_PROXY": "http://evil",
    "OGR_SQLITE_LOAD_EXTENSIONS": "/mnt/evil.so",
    "MPLBACKEND": "module://evil",
    "PROJ_NETWORK": "ON",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "GITHUB_TOKEN": "secret",
    "SSH_AUTH_SOCK": "/mnt/agent",
    "BASH_ENV": "/mnt/evil.sh",
    "HTTPS_PROXY": "http://evil",
    "https_proxy": "http://evil",
    "PIP_INDEX_URL": "http://evil",
    "PIP_EXTRA_INDEX_URL": "http://evil",
}
NEEDED = {
    "HOME": "/home/ana",
    "PATH": "/usr/bin:relative::/bin:.",
    "LC_ALL": "es_ES.UTF-8",
    "TMPDIR": "/mnt/scratch",
    "PGPASSFILE": "/home/ana/.pgpass",
    "GEOTERRITORIO_BROWSER": "/usr/bin/chromium",
    "OMP_NUM_THREADS": "2",
}


def reached(*, windows=False, **options):
    options = {"own": False, **options}
    return surroundings.environment({**NEEDED, **HOSTILE}, "/opt/p/bin/python", windows=windows, **options)


def test_only_what_is_listed_reaches_the_worker():
    found = reached()
    assert set(found) == set(NEEDED) | set(surroundings.SAID)
    assert {name: found[name] for name in NEEDED} == {**NEEDED, "PATH": "/usr/bin:/bin"}
    assert found["PROJ_NETWORK"] == "OFF"


def test_only_fetching_packages_knows_the_way_out():
    found = reached(fetching=True)
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://evil"
    assert found["PIP_INDEX_URL"]
    assert not {"LD_PRELOAD", "GITHUB_TOKEN", "PYTHONSTARTUP", "SSH_AUTH_SOCK"} & set(found)


def test_qgis_own_python_finds_its_libraries_and_no_more():
    given = {
        **NEEDED,
        **HOSTILE,
        "PYTHONHOME": "/qgis",
        "PYTHONPATH": "/qgis/python::rel",
        "LD_LIBRARY_PATH": "/qgis/lib",
    }
    own = surroundings.environment(given, "/qgis/python3", own=True, windows=False)
    assert (own["PYTHONHOME"], own["PYTHONPATH"], own["LD_LIBRARY_PATH"]) == (
        "/qgis",
        "/qgis/python",
        "/qgis/lib",
    )
    assert not {"LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONSTARTUP", "GITHUB_TOKEN", "MPLBACKEND"} & set(
        own
    )
    other = surroundings.environment(given, "/opt/python", own=False, windows=False)
    assert not {"PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"} & set(other)
    assert (surroundings.flags(own)[0], surroundings.flags(other)[0]) == ("-s", "-I")


def test_on_windows_names_know_no_small_letters_and_the_path_is_the_systems():
    given = {
        "SystemRoot": r"D:\Win",
        "Path": r"C:\QGIS\bin;C:\x",
        "AppData": r"C:\Users\a",
        "Ld_Preload": "x",
    }
    found = surroundings.environment(given, r"C:\p\python.exe", own=False, windows=True)
    assert found["SystemRoot"] == r"D:\Win"
    assert found["AppData"] == r"C:\Users\a"
    assert found["PATH"].endswith(r"D:\Win\System32;D:\Win")
    assert "QGIS" not in found["PATH"]
    assert "Ld_Preload" not in found


@pytest.fixture
def trap(tmp_path):
    """A folder in which every module the worker may look for is somebody else's."""
    folder = tmp_path / "trap"
    folder.mkdir()
    for name in (
        "numpy",
        "json",
        "logging",
        "venv",
        "pip",
        "click",
        "sitecustomize",
        "usercustomize",
        "geoterritorio",
    ):
        (folder / f"{name}.py").write_text("open('sprung', 'w').close()\nraise SystemExit('sprung')\n")
    return folder


def package(folder, code):
    """A stand-in for the package that computes."""
    (folder / "geoterritorio").mkdir(parents=True)
    (folder / "geoterritorio" / "__init__.py").write_text("")
    (folder / "geoterritorio" / "__main__.py").write_text(code)
    return folder


@pytest.mark.parametrize("flags", [["-I"], ["-s"]])
def test_the_worker_imports_nothing_from_where_it_stands(trap, tmp_path, flags):
    core = package(
        tmp_path / "core ñ",
        "import json, logging, sys\nif __name__ == '__main__': print(json.dumps([sys.path, sys.argv[1:]]))",
    )
    around = (
        {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(trap)} if flags == ["-I"] else {"PATH": "/usr/bin:/bin"}
    )
    command = [sys.executable, *flags, str(STARTER), str(core), "a b", "--c=$(touch sprung);`touch sprung`"]
    done = subprocess.run(command, env=around, cwd=trap, capture_output=True, text=True, check=True)
    path, words = json.loads(done.stdout)
    assert words == ["a b", "--c=$(touch sprung);`touch sprung`"]
    assert path[0] == str(core)
    assert not {"", ".", str(trap), str(FOLDER)} & set(path)
    assert not (trap / "sprung").exists()


def test_the_path_keeps_what_the_interpreter_has():
    known = ["", str(FOLDER), str(Path.cwd()), "/usr/lib/python3", "/site"]
    assert start.way("/core", known) == ["/core", "/usr/lib/python3", "/site"]


def test_the_real_package_answers(trap):
    """The environment and flags that the plugin gives, in a folder full of traps."""
    given = {**os.environ, **{k: v for k, v in HOSTILE.items() if k != "LD_PRELOAD"}, "PYTHONPATH": str(trap)}
    around = surroundings.environment(given, sys.executable, own=False)
    command = [sys.executable, *surroundings.flags(around), str(STARTER), str(FOLDER.parents[1]), "--help"]
    line, end = os.pipe()  # kept open: the worker ends with whoever started it
    try:
        done = subprocess.run(
            command, env=around, cwd=trap, stdin=line, capture_output=True, text=True, check=True
        )
    finally:
        os.close(line)
        os.close(end)
    assert "location-quotient" in done.stdout
    assert not (trap / "sprung").exists()


def test_nobody_else_looks_into_the_folders_of_the_plugin(tmp_path):
    before = os.umask(0)
    try:
        place = environments.begin(tmp_path / "profile" / "python")
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    made = [
        (path.name, ast.unparse(node.func))
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("tempfile.")
    ]
    # These make folders and files that only their owner reads; `mktemp` would be a race.
    assert {name for _, name in made} <= {
        "tempfile.mkdtemp",
        "tempfile.TemporaryFile",
        "tempfile.TemporaryDirectory",
    }
    assert len(made) >= 3


def test_every_child_is_told_its_variables_and_its_folder():
    """All programs are started in two places, both with a list of words and an environment of their own."""
    started = []
    for path in FOLDER.rglob("*.py"):
        if "core" in path.relative_to(FOLDER).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("subprocess.") and node.args:
                keywords = {keyword.arg for keyword in node.keywords}
                started.append((path.name, ast.unparse(node.func), "env" in keywords))
                assert "shell" not in keywords
    assert sorted(started) == [
        ("calls.py", "subprocess.list2cmdline", False),  # words for a person to read
        ("installer.py", "subprocess.list2cmdline", False),
        ("installer.py", "subprocess.run", True),
        ("worker.py", "subprocess.Popen", True),
        ("worker.py", "subprocess.run", False),  # taskkill of Windows, which has no shell either
    ]
