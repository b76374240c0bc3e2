"""What an interpreter says about itself before it computes."""

import json
import subprocess
import sys
from pathlib import Path

from geoterritorio_qgis import preflight

PLUGIN = Path(__file__).parents[2] / "qgis_plugin"

FOLDER = PLUGIN / "geoterritorio_qgis"


def asked(tmp_path, lines, *options):
    file = tmp_path / "needs.txt"
    file.write_text("\n".join(lines))
    command = [sys.executable, *options, str(FOLDER / "preflight.py"), str(file)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_this_interpreter_is_ready(tmp_path):
    lines = (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    report = asked(tmp_path, lines)
    assert report["ready"], report
    assert report["gdal"]


def test_what_is_absent_or_too_old_is_listed(tmp_path):
    report = asked(tmp_path, ["geopandas>=1.0", "shapely>=99", "nobody_has_this>=1"])
    assert not report["ready"]
    enough = {p["name"]: (p["enough"], p["version"] is None) for p in report["packages"]}
    assert enough == {"geopandas": (True, False), "shapely": (False, False), "nobody_has_this": (False, True)}


def test_an_interpreter_without_packages(tmp_path):
    report = asked(tmp_path, ["geopandas>=1.0"], "-I", "-S")
    assert not report["ready"]
    assert report["packages"][0]["version"] is None


def test_an_interpreter_that_is_too_old(monkeypatch):
    monkeypatch.setattr(preflight, "LEAST_PYTHON", (9, 9))
    report = preflight.report(["geopandas>=1.0"])
    assert not report["python_enough"]
    assert not report["ready"]


def test_a_library_that_is_too_old(monkeypatch):
    monkeypatch.setattr(preflight, "gdal", lambda: "3.6.2")
    report = preflight.report(["geopandas>=1.0"])
    assert report["packages"][0]["enough"]
    assert not report["ready"]
    assert preflight.numbers("3.10.1dev") == (3, 10, 1)
    assert preflight.numbers("dev") == ()
