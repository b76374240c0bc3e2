"""QGIS's own programs, not a Python with QGIS in it: they link other libraries, and they have to end well."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import COMARCA, PYTHON, ROOT

CELL = 30 + os.getpid() % 999 / 1000  # a worker is known by it
SETTINGS = "[geoterritorio]\npython={python}\n[PythonPlugins]\ngeoterritorio_qgis=true\n"


def program(name):
    """Debian's wrappers add options that not all of them know."""
    return shutil.which(f"{name}.bin", path="/usr/bin") or shutil.which(name, path="/usr/bin")


@pytest.fixture
def fresh(tmp_path):
    """Runs a program of QGIS in a fresh profile."""

    def go(name, *words, python=PYTHON, lang="C.UTF-8", window="", start=False, **variables):
        home = tmp_path / "home"
        profile = home / ".local/share/QGIS/QGIS3/profiles/default/QGIS"
        profile.mkdir(parents=True, exist_ok=True)
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        (profile / "QGIS3.ini").write_text(SETTINGS.format(python=python), encoding="utf-8")
        environment = {
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LC_ALL": lang,
            "XDG_RUNTIME_DIR": str(home / "run"),
            "QGIS_PLUGINPATH": str(ROOT / "qgis_plugin"),
            **variables,
        }
        command = [program(name), *map(str, words)]
        if window:
            command = ["xvfb-run", "-a", "-s", window, *command]
        else:
            environment["QT_QPA_PLATFORM"] = "offscreen"
        if start:
            return subprocess.Popen(command, env=environment, cwd=tmp_path)
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path
        )

    return go


def test_a_run_ends_with_0(fresh, tmp_path):
    path = tmp_path / "malla ñ.gpkg"
    words = [f"--TERRITORIES={COMARCA / 'labour_markets.gpkg'}", "--CELL=20000", f"--OUTPUT={path}"]
    done = fresh("qgis_process", "run", "geoterritorio:regular_grid", *words)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 10_000


def test_a_refusal_ends_with_1_and_its_reason(fresh, tmp_path):
    firms = COMARCA / "institutions.gpkg"
    words = [f"--TERRITORIES={firms}", f"--OUTPUT={tmp_path / 'x.gpkg'}", "--CELL=0"]
    done = fresh("qgis_process", "run", "geoterritorio:regular_grid", *words)
    assert done.returncode == 1
    assert "cell" in done.stdout + done.stderr
    assert not (tmp_path / "x.gpkg").exists()


def test_the_list_in_spanish(fresh):
    done = fresh("qgis_process", "list", lang="es_ES.UTF-8")
    assert done.returncode == 0
    assert "Coeficientes de localización" in done.stdout


def test_the_plugin_loads_where_nothing_is_installed(fresh, tmp_path):
    """No interpreter with the core's needs anywhere: everything is listed, and a run says the cure."""
    nothing = tmp_path / "no python"
    done = fresh("qgis_process", "list", python=nothing)
    assert done.returncode == 0
    assert "geoterritorio" in done.stdout
    words = [f"--TERRITORIES={COMARCA / 'labour_markets.gpkg'}", f"--OUTPUT={tmp_path / 'x.gpkg'}"]
    done = fresh("qgis_process", "run", "geoterritorio:regular_grid", *words, python=nothing)
    assert done.returncode == 1
    assert "Install the computing environment" in done.stdout + done.stderr


def workers(place):
    """Processes that compute for an output, QGIS itself not counted."""
    found = 0
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes()
        except OSError:
            continue
        found += b"geoterritorio_qgis/start.py\0" in line and place in line
    return found


def test_qgis_killed_outright_takes_its_worker_along(fresh, tmp_path):
    words = [
        f"--TERRITORIES={COMARCA / 'labour_markets.gpkg'}",
        f"--CELL={CELL}",
        f"--OUTPUT={tmp_path}/x.gpkg",
    ]
    child = fresh("qgis_process", "run", "geoterritorio:regular_grid", *words, start=True)
    until = time.monotonic() + 60
    while not workers(f"--cell={CELL}".encode()) and time.monotonic() < until:
        time.sleep(0.02)
    assert workers(f"--cell={CELL}".encode()) == 1
    child.kill()
    child.wait()
    until = time.monotonic() + 3
    while workers(f"--cell={CELL}".encode()) and time.monotonic() < until:
        time.sleep(0.02)
    assert workers(f"--cell={CELL}".encode()) == 0


WINDOW = '''
import json, os, sys, time, traceback
from pathlib import Path
sys.path.insert(0, "/usr/share/qgis/python/plugins")
from qgis.core import QgsProcessingUtils, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QTimer
from qgis.utils import iface, loadPlugin, plugins, startPlugin, updateAvailablePlugins

SAID = {}


def spin(until, seconds):
    start = time.monotonic()
    while not until() and time.monotonic() - start < seconds:
        QCoreApplication.processEvents()
        time.sleep(0.01)
    return time.monotonic() - start


def workers():
    found = 0
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += QgsProcessingUtils.tempFolder().encode() in file.read_bytes()
        except OSError:
            pass
    return found


def pressed(name, values, cancel=False):
    """A dialog of Processing, its button Run pressed, and perhaps Cancel."""
    import processing

    dialog = processing.createAlgorithmDialog("geoterritorio:" + name, values)
    dialog.show()
    spin(lambda: False, 0.3)
    ended, before = [], len(QgsProject.instance().mapLayers())
    dialog.algorithmFinished.connect(lambda fine, results: ended.append(bool(fine)))
    dialog.runButton().click()
    took = None
    if cancel:
        spin(workers, 20)
        dialog.cancelButton().click()
        took = spin(lambda: not workers(), 10)
    spin(lambda: ended, 90)
    spin(lambda: len(QgsProject.instance().mapLayers()) > before, 0 if cancel else 10)
    text = dialog.findChild(__import__("qgis.PyQt.QtWidgets", fromlist=["x"]).QTextEdit, "txtLog")
    said = text.toPlainText() if text else ""
    dialog.close()
    return {"fine": ended, "took": took, "said": said[-3000:], "new": len(QgsProject.instance().mapLayers()) - before}


def work():
    try:
        if "geoterritorio_qgis" not in plugins:
            updateAvailablePlugins()
            SAID["loaded"] = [loadPlugin("geoterritorio_qgis"), startPlugin("geoterritorio_qgis")]
        layer = QgsVectorLayer(os.environ["LAYER"], "mercados", "ogr")
        QgsProject.instance().addMapLayer(layer)
        SAID["run"] = pressed("regular_grid", {"TERRITORIES": layer, "CELL": 20000.0})
        SAID["cancel"] = pressed("regular_grid", {"TERRITORIES": layer, "CELL": 150.0}, cancel=True)
        SAID["refused"] = pressed("regular_grid", {"TERRITORIES": layer, "CELL": 0.0})
    except Exception:
        SAID["error"] = traceback.format_exc()
    Path(os.environ["SAID"]).write_text(json.dumps(SAID), encoding="utf-8")
    QgsProject.instance().clear()
    QCoreApplication.quit()


QTimer.singleShot(1500, work)
'''


@pytest.mark.skipif(not shutil.which("xvfb-run", path="/usr/bin"), reason="Xvfb is not installed")
def test_a_window(fresh, tmp_path):
    """The real program: Run and Cancel pressed in the dialog of Processing, a layer loaded, and a good end."""
    script, said = tmp_path / "work.py", tmp_path / "said.json"
    script.write_text(WINDOW, encoding="utf-8")
    done = fresh(
        "qgis",
        "--noversioncheck",
        "--nologo",
        "--code",
        script,
        window="-screen 0 1600x1000x24",
        LAYER=str(COMARCA / "labour_markets.gpkg"),
        SAID=str(said),
    )
    found = json.loads(said.read_text(encoding="utf-8"))
    assert "error" not in found, found["error"]
    assert found["run"]["fine"] == [True], found["run"]["said"]
    assert found["run"]["new"] == 1
    assert found["cancel"]["took"] < 0.5
    assert found["cancel"]["new"] == 0
    assert found["refused"]["fine"] == [False]
    assert "cell" in found["refused"]["said"]
    assert done.returncode == 0, done.stderr[-2000:]
