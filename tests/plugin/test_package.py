"""The plugin's zip: what QGIS's plugin repository asks for, and the package that computes, whole."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import geoterritorio

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "qgis_plugin" / "geoterritorio_qgis"
INSIDE = "geoterritorio_qgis"


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build", ROOT / "qgis_plugin" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(build, tmp_path_factory):
    place = tmp_path_factory.mktemp("dist") / "plugin.zip"
    build.write(place, build.members())
    return place


@pytest.fixture(scope="module")
def names(made):
    with zipfile.ZipFile(made) as file:
        return file.namelist()


def setup_section(section):
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser[section]


def test_one_root_and_no_binaries(made, names):
    assert {name.split("/")[0] for name in names} == {INSIDE}
    assert not [n for n in names if re.search(r"\.(so|pyd|dll|dylib|exe|pyc)(\.|$)|__pycache__|/\.", n)]
    assert made.stat().st_size < 25_000_000


def test_what_runs_is_there_and_what_does_not_is_not(names):
    core = f"{INSIDE}/core/geoterritorio/"
    for name in ("tools.json", "__init__.pyi", "__main__.py", "locale/es/LC_MESSAGES/geoterritorio.mo"):
        assert core + name in names
    for folder in (
        "layers/data/",
        "publication/templates/",
        "publication/webmap/vendor/",
        "study/templates/",
    ):
        assert [n for n in names if n.startswith(core + folder)]
    for name in ("metadata.txt", "LICENSE", "requirements.txt", "extras.txt", "icons/geoterritorio.svg"):
        assert f"{INSIDE}/{name}" in names
    assert f"{INSIDE}/sample/comarca/study.toml" in names
    assert not [n for n in names if n.endswith((".po", "catalogue.py")) or "/tests/" in n]


def test_all_package_data_are_vendored(names):
    package = ROOT / "geoterritorio"
    parser = setup_section("options.package_data")
    for pattern in parser["geoterritorio"].split():
        for path in package.glob(pattern):
            if path.is_file() and path.suffix != ".po":
                assert f"{INSIDE}/core/geoterritorio/{path.relative_to(package).as_posix()}" in names


def test_metadata(made):
    with zipfile.ZipFile(made) as file:
        parser = configparser.ConfigParser()
        parser.read_string(file.read(f"{INSIDE}/metadata.txt").decode())
    found = parser["general"]
    wanted = (
        "name description about version qgisMinimumVersion author email homepage repository tracker tags icon"
    )
    assert not [key for key in wanted.split() if not found.get(key)]
    assert found["version"] == geoterritorio.__version__
    assert (found["qgisMinimumVersion"], found["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert (found["supportsQt6"], found["hasProcessingProvider"]) == ("True", "yes")
    assert "Unreleased" in found["changelog"] or geoterritorio.__version__ in found["changelog"]
    packages = setup_section("options")["install_requires"].split()
    assert not [p for p in packages if p.split(">=")[0] not in found["about"]]
    assert found["about"].isascii()
    assert (PLUGIN / found["icon"]).is_file()


def test_each_room_has_its_icon():
    rooms = "layers delimitation concentration patterns proximity identification assessment publication"
    for room in (*rooms.split(), "check", "installation", "study", "geoterritorio"):
        assert (PLUGIN / "icons" / f"{room}.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_requirements_are_those_of_the_package():
    needed = (PLUGIN / "requirements.txt").read_text(encoding="utf-8").split()
    assert needed == setup_section("options")["install_requires"].split()
    extras = setup_section("options.extras_require")
    welcome = (PLUGIN / "extras.txt").read_text(encoding="utf-8").split()
    assert welcome == [
        word for name in ("fast", "office", "terrain", "zonal") for word in extras[name].split()
    ]


def test_the_same_sources_give_the_same_bytes(build, made, tmp_path):
    again = tmp_path / "again.zip"
    build.write(again, build.members())
    assert again.read_bytes() == made.read_bytes()


def test_binaries_and_giants_are_refused(build, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="binaries"):
        build.write(tmp_path / "a.zip", {"geoterritorio_qgis/a.so": b""})
    monkeypatch.setattr(build, "MOST", 10)
    with pytest.raises(SystemExit, match="takes 10"):
        build.write(tmp_path / "b.zip", {"geoterritorio_qgis/a.txt": b"a"})


def test_a_handbook_goes_along(build, tmp_path):
    (tmp_path / "_sources").mkdir()
    (tmp_path / "_sources" / "index.md.txt").write_text("source")
    (tmp_path / "index.html").write_text("page")
    names = build.members(tmp_path)
    assert f"{INSIDE}/handbook/index.html" in names
    assert f"{INSIDE}/handbook/_sources/index.md.txt" not in names


def test_handbook_and_projects_fit_beside_the_plugin(build, tmp_path, needs):
    """The handbook as it was last built; a project in each language takes some five megabytes."""
    handbook = ROOT / "docs" / "_build" / "html"
    needs((handbook / "index.html").exists(), "the handbook is not built (make docs)")
    build.write(tmp_path / "plugin.zip", build.members(handbook))
    assert (tmp_path / "plugin.zip").stat().st_size < build.MOST - 10_200_000


def test_the_vendored_package_runs(made, tmp_path):
    """The package of the zip, not the one installed beside it."""
    with zipfile.ZipFile(made) as file:
        file.extractall(tmp_path)
    core = tmp_path / INSIDE / "core"
    environment = {**os.environ, "PYTHONPATH": str(core), "PYTHONDONTWRITEBYTECODE": "1"}
    code = "import geoterritorio, geoterritorio.interface.cli; print(geoterritorio.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(core)
    command = [sys.executable, "-m", "geoterritorio", "--help"]
    told = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "location-quotient" in told.stdout
