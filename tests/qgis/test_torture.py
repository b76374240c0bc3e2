"""Workers that misbehave, through QGIS: it stays alive, says what happened, and nothing is left behind."""

import itertools
import json
import os
import time
from pathlib import Path

import pytest
from conftest import ROOT, Log, context, rows
from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingAlgRunnerTask,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.PyQt.QtCore import QEventLoop, QTimer

WAYS = ROOT / "tests" / "plugin" / "torture.py"
CHILD = f"7411.{os.getpid()}"  # nobody else's sleep is called so
VALUES = {"CELL": 20000.0, "OUTPUT": "memory:"}
FAKE = """
import os, runpy, sys
way = {way!r}
os.environ["TORTURE_CHILD"] = {child!r}
if way == "noisy":
    os.environ["PYTHONPATH"] = {root!r}
    runpy.run_path({file!r})["flood"]()
    os.execv(sys.executable, [sys.executable, "-m", "geoterritorio", *sys.argv[1:]])
sys.argv[1:] = [way]
runpy.run_path({file!r}, run_name="__main__")
"""


@pytest.fixture
def torture(provider, markets, tmp_path, monkeypatch):
    """Values of a run whose worker misbehaves in a way."""
    from geoterritorio_qgis import interpreter, texts

    package = tmp_path / "fake core" / "geoterritorio"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    ready = interpreter.ready(str)
    monkeypatch.setattr(texts, "core", lambda: package.parent)
    monkeypatch.setattr(interpreter, "ready", lambda *_: ready)

    def prepare(way):
        (package / "__main__.py").write_text(
            FAKE.format(way=way, file=str(WAYS), root=str(ROOT), child=CHILD)
        )
        return {"TERRITORIES": markets.id(), **VALUES}

    yield prepare
    mine = QgsProcessingUtils.tempFolder()
    until = time.monotonic() + 2
    while time.monotonic() < until and (alive(mine) or alive(CHILD)):
        time.sleep(0.02)
    assert alive(mine) == []
    assert alive(CHILD) == []
    assert list(Path(QgsProcessingUtils.tempFolder()).glob("geoterritorio_*")) == []


def alive(word):
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


def algorithm():
    return QgsApplication.processingRegistry().createAlgorithmById("geoterritorio:regular_grid")


@pytest.mark.parametrize("thread", ["task", "main"])
@pytest.mark.parametrize("way", ["sleeping", "deaf", "spinning", "mute", "parent", "endless"])
def test_cancelled_within_half_a_second(torture, way, thread):
    values, where, log = torture(way), context(), Log()
    stamps, beats = {}, []

    def cancel():
        stamps["cancel"] = time.monotonic()
        log.cancel()

    beat = QTimer()
    beat.timeout.connect(lambda: beats.append(time.monotonic()))
    beat.start(20)
    QTimer.singleShot(700, cancel)
    if thread == "task":
        results = in_a_task(values, where, log)
    else:
        results, _ = algorithm().run(values, where, log)
    took = time.monotonic() - stamps["cancel"]
    beat.stop()
    assert took < 0.5
    assert "OUTPUT" not in results
    # While a deaf worker gets its grace the window waits; before, it answers.
    gaps = [b - a for a, b in itertools.pairwise(beats) if b < stamps["cancel"]]
    assert max(gaps) < 0.3


def test_cancelled_while_a_layer_is_copied(torture, markets):
    values, log = torture("sleeping"), Log()
    copy = markets.materialize(QgsFeatureRequest())
    QgsProject.instance().addMapLayer(copy)
    log.cancel()
    results, _ = algorithm().run({**values, "TERRITORIES": copy.id()}, context(), log)
    assert "OUTPUT" not in results
    assert log.of("command") == []


def in_a_task(values, where, log):
    loop, found = QEventLoop(), {}
    task = QgsProcessingAlgRunnerTask(algorithm(), values, where, log)

    def ended(_, results):
        found.update(results)
        loop.quit()

    task.executed.connect(ended)
    QgsApplication.taskManager().addTask(task)
    loop.exec()
    return found


def failure(values):
    """What a run that fails says; no layer may stay alive in a frame beside the error."""
    log = Log()
    try:
        algorithm().run(values, context(), log, {}, False)
    except QgsProcessingException as error:
        return str(error), log
    raise AssertionError(log.said)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("abort", "ended by signal 6 (SIGABRT). QGIS and your layers are untouched."),
        ("segv", "ended by signal 11 (SIGSEGV). QGIS and your layers are untouched."),
        ("silent", "The calculation ended without a result."),
        ("internal", "KeyError: 'sector'"),
        ("traceback", "exit code 1"),
        ("refusing", "The layer is in degrees."),
    ],
)
def test_failures_are_explained(torture, way, words):
    text, log = failure(torture(way))
    assert words in text
    assert not [line for line in log.of("console") if line.startswith("Extension modules")]


def test_noise_hurts_nobody(torture):
    log = Log()
    results, fine = algorithm().run(torture("noisy"), where := context(), log)
    assert fine
    assert QgsProcessingUtils.mapLayerFromString(results["OUTPUT"], where).featureCount() > 10
    assert "ñandú — „Wärme“ 漢字 😀" in log.of("warning")


def test_a_result_without_its_file_is_a_failure(torture):
    text, _ = failure(torture("orphans"))
    assert "The result cannot be read" in text


# --- interpreters that will not do ---------------------------------------------------------------------------


@pytest.fixture
def setting(provider, monkeypatch):
    from geoterritorio_qgis import interpreter

    def choose(path):
        found = [interpreter.Python(str(path), "setting")]
        monkeypatch.setattr(interpreter, "candidates", lambda: iter(found))

    return choose


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_missing_interpreter(setting, markets, tmp_path):
    setting(tmp_path / "no" / "python")
    text, _ = failure({"TERRITORIES": markets.id(), **VALUES})
    assert "Install the computing environment" in text
    assert "this program is not there" in text


def test_an_interpreter_without_packages(setting, markets, tmp_path):
    setting(script(tmp_path / "python", '#!/bin/sh\nexec /usr/bin/python3 -I -S "$@"\n'))
    text, _ = failure({"TERRITORIES": markets.id(), **VALUES})
    assert "it lacks geopandas" in text


def test_an_interpreter_that_is_too_old(setting, markets, tmp_path):
    report = {"ready": False, "python": "3.8.10", "least_python": "3.11", "python_enough": False}
    setting(script(tmp_path / "python", f"#!/bin/sh\necho '{json.dumps(report)}'\n"))
    text, _ = failure({"TERRITORIES": markets.id(), **VALUES})
    assert "it is Python 3.8.10; at least 3.11 is needed" in text


def test_an_interpreter_that_does_not_run(setting, markets, tmp_path):
    setting(script(tmp_path / "python", "#!/bin/sh\necho libfoo.so is missing >&2\nexit 127\n"))
    text, _ = failure({"TERRITORIES": markets.id(), **VALUES})
    assert "it does not run (libfoo.so is missing)" in text


def test_qgis_is_alive_after_all_that(run, markets):
    assert rows(run("regular_grid", {"TERRITORIES": markets, **VALUES})["OUTPUT"])[1]
