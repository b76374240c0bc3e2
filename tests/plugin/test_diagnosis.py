"""The diagnosis names what is there, what is missing and the cure, and says nothing as markup."""

import json
import subprocess
import sys
from pathlib import Path

from geoterritorio_qgis import diagnosis, preflight

PLUGIN = Path(preflight.__file__).parent
REPORT = {
    "python": "3.12.1",
    "least_python": "3.11",
    "python_enough": True,
    "packages": [{"name": "geopandas", "least": "1.0", "version": None, "enough": False}],
    "gdal": "",
    "least_gdal": "3.9",
    "ready": False,
}


def found(*findings, cure=""):
    return diagnosis.Diagnosis([("QGIS", "3.22")], findings, cure)


def test_what_is_missing_is_named():
    finding = diagnosis.Finding("/a <b>/python", "qgis", REPORT, "it lacks geopandas", used=False)
    told = found(finding, cure="Install it.")
    text = diagnosis.text(told, str)
    assert not told.ready
    assert "! geopandas missing (≥ 1.0)" in text
    assert "+ Python 3.12.1 (≥ 3.11)" in text
    assert "Install it." in text
    page = diagnosis.page(told, str, "es")
    assert "/a &lt;b&gt;/python" in page
    assert '<tr class="bad"><td>geopandas' in page


def test_one_that_does_not_run():
    finding = diagnosis.Finding(
        "/x", "setting", {"ready": False, "failure": "missing"}, "this program is not there", used=False
    )
    assert "Not usable: this program is not there." in diagnosis.text(found(finding), str)
    assert "<table><tr><th>QGIS" in diagnosis.page(found(finding), str, "en").replace("\n", "")


def test_none_at_all():
    assert "No interpreter was found." in diagnosis.text(found(), str)


def test_this_interpreter_reports_on_itself():
    command = [sys.executable, str(PLUGIN / "preflight.py"), str(PLUGIN / "requirements.txt")]
    report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert report["ready"]
    finding = diagnosis.Finding(sys.executable, "setting", report, "", used=True)
    told = found(finding)
    assert told.ready
    assert f"+ GDAL {report['gdal']} (≥ 3.9)" in diagnosis.text(told, str)
