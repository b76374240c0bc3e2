"""Which Python computes, how that is told, and the algorithms that are no tools."""

import os
import time
from pathlib import Path

import pytest
from conftest import COMARCA, PYTHON, Log, context
from qgis.core import QgsApplication, QgsProcessingException, QgsSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtGui import QClipboard
from qgis.PyQt.QtWidgets import QMainWindow

NAP = f"8222.{os.getpid()}"  # nobody else's sleep is called so
SETTING = "geoterritorio/python"
STUDY = """
[study]
title = { en = "Three labour markets", es = "Tres mercados de trabajo" }
sources = ["invented"]

[layers.areas]
kind = "territories"
path = "FOLDER/municipalities_2025.gpkg"

[layers.figures]
kind = "counts"
path = "FOLDER/counts.csv"

[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "figures"

[disclosure]
published = ["figures"]
"""


@pytest.fixture
def setting(provider):
    def choose(path):
        QgsSettings().setValue(SETTING, path)

    yield choose
    QgsSettings().setValue(SETTING, PYTHON)


@pytest.fixture
def private(monkeypatch, tmp_path):
    from geoterritorio_qgis import interpreter

    monkeypatch.setattr(interpreter, "private_folder", lambda: tmp_path / "python")
    return tmp_path / "python"


def environment(folder):
    """A finished environment, as far as its folder tells."""
    program = folder / "20260101-x" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(PYTHON)
    (folder / "current").write_text("20260101-x")
    return program


def test_the_check_names_the_interpreter_that_computes(run, tmp_path):
    found = run("check_installation", {"HTML": str(tmp_path / "informe ñ.html")})
    assert found["READY"] == 1
    assert PYTHON in found["TEXT"]
    assert "+ geopandas" in found["TEXT"]
    assert PYTHON in Path(found["HTML"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/nowhere/python", "/bin/false", "/etc/passwd"])
def test_the_check_survives_a_broken_setting(run, setting, private, tmp_path, path):
    setting(path)
    found = run("check_installation", {"HTML": str(tmp_path / "no such folder" / "a.html")})
    assert found["READY"] == 0
    assert f"1. {path}" in found["TEXT"]
    assert "The interpreter named in the settings of GeoTerritorio cannot compute" in found["TEXT"]


def test_nothing_installed_is_told_with_the_cure(run, setting, private, monkeypatch, markets):
    from geoterritorio_qgis import interpreter

    setting("")
    monkeypatch.setattr(interpreter, "own_python", lambda: None)
    found = run("check_installation", {})
    assert found["READY"] == 0
    assert "Install the computing environment" in found["TEXT"]
    with pytest.raises(QgsProcessingException, match="Install the computing environment"):
        run("regular_grid", {"TERRITORIES": markets, "CELL": 20000.0, "OUTPUT": "TEMPORARY_OUTPUT"})


def test_order_of_the_interpreters(setting, private):
    from geoterritorio_qgis import interpreter

    program = environment(private)
    setting("/a/python")
    assert [p.origin for p in interpreter.candidates()] == ["setting"]
    assert [p.origin for p in interpreter.known("/a/python")] == ["setting", "private", "qgis"]
    setting("")
    assert next(interpreter.candidates()).path == str(program)
    assert [p.origin for p in interpreter.candidates()] == ["private", "qgis"]
    (program.parents[1] / ".being_made").touch()
    (private / "current").unlink()
    assert [p.origin for p in interpreter.candidates()] == ["qgis"]


def test_a_choice_of_nothing_gives_the_choice_back(setting):
    from geoterritorio_qgis import interpreter

    interpreter.choose("  /a/python ")
    assert interpreter.setting() == "/a/python"
    interpreter.choose(" ")
    assert interpreter.setting() == ""
    assert not QgsSettings().contains(SETTING)


def test_the_proxy_of_qgis_is_taken(qgis_app):
    from geoterritorio_qgis import installation

    settings = QgsSettings()
    wanted = {
        "Enabled": True,
        "Type": "HttpProxy",
        "Host": "proxy",
        "Port": "8080",
        "User": "ana",
        "Password": "a@b",
    }
    try:
        for name, value in wanted.items():
            settings.setValue(f"proxy/proxy{name}", value)
        assert installation.proxy_of_qgis() == "http://ana:a%40b@proxy:8080"
        settings.setValue("proxy/proxyEnabled", False)
        assert installation.proxy_of_qgis() == ""
    finally:
        settings.remove("proxy")


def test_an_environment_that_cannot_be_made_says_why(run, private):
    with pytest.raises(QgsProcessingException, match=r"/bin/false \(–\) will not do"):
        run("install_environment", {"BASE": "/bin/false"})
    assert not private.exists()


def test_a_folder_without_packages_leaves_nothing(run, private, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with pytest.raises(QgsProcessingException, match=r"holds no \.whl files"):
        run("install_environment", {"WHEELS": str(wheels)})
    assert not private.exists()
    (wheels / "other-1.0-py3-none-any.whl").touch()
    with pytest.raises(QgsProcessingException, match="has no file of geopandas that suits Python"):
        run("install_environment", {"WHEELS": str(wheels)})
    assert list(private.iterdir()) == []


def test_cancel_while_an_environment_is_made(run, private, tmp_path):
    class Impatient(Log):
        def pushCommandInfo(self, text):
            super().pushCommandInfo(text)
            self.cancel()

    (tmp_path / "other-1.0-py3-none-any.whl").touch()
    assert run("install_environment", {"WHEELS": str(tmp_path)}, Impatient()) == {}
    assert list(private.iterdir()) == []


def test_a_study_becomes_map_and_report(run, tmp_path):
    study = tmp_path / "estudio ñ.toml"
    study.write_text(STUDY.replace("FOLDER", str(COMARCA)), encoding="utf-8")
    log = Log()
    values = {"STUDY": str(study), "OUTPUT": str(tmp_path / "out")}
    found = run("run_study", values, log)
    for name in ("MAP", "REPORT"):
        assert Path(found[name]).read_text(encoding="utf-8").lower().startswith("<!doctype html")
    assert Path(found["LAYERS"]).suffix == ".gpkg"
    assert log.of("progress")
    again = run("run_study", values)  # goes on with the earlier run
    assert again["MAP"] == found["MAP"]
    with pytest.raises(QgsProcessingException, match="holds an earlier run"):
        run("run_study", {**values, "OVERWRITE": False})


def test_a_study_that_is_not_there(run, tmp_path):
    with pytest.raises(QgsProcessingException):
        run("run_study", {"STUDY": str(tmp_path / "none.toml"), "OUTPUT": "TEMPORARY_OUTPUT"})


def test_the_settings_page(qgis_app, setting, private):
    from geoterritorio_qgis.settings import PAGE, Factory

    setting(PYTHON)
    factory = Factory()
    page = factory.createWidget()
    assert page.objectName() == PAGE
    assert page.file.filePath() == PYTHON
    assert not page.copy.isEnabled()
    page.file.setFilePath("/nowhere/python")
    page.check.click()
    until(lambda: "1. /nowhere/python" in page.told.toPlainText())
    page.copy.click()
    assert "/nowhere/python" in QgsApplication.clipboard().text(QClipboard.Mode.Clipboard)
    assert QgsSettings().value(SETTING) == PYTHON  # not accepted yet
    page.apply()
    assert QgsSettings().value(SETTING) == "/nowhere/python"


def test_the_settings_page_tells_how_things_stand_when_it_is_seen(qgis_app, setting, private):
    from geoterritorio_qgis.settings import Factory

    setting(PYTHON)
    page = Factory().createWidget()
    page.show()
    until(lambda: f"1. {PYTHON}" in page.told.toPlainText())
    assert page.installer.text() == "Install the computing environment…"
    page.hide()


def until(holds, most=60):
    """Events of the window until something holds."""
    end = time.monotonic() + most
    while not holds():
        assert time.monotonic() < end
        QgsApplication.processEvents()
        time.sleep(0.02)


def sleepy(tmp_path):
    """A program that never answers, and has a child."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nsleep {NAP} &\nwait\n")
    program.chmod(0o755)
    return program


def asleep():
    lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    return [line for line in lines if line == f"sleep\0{NAP}\0".encode()]


def test_a_look_that_takes_long_can_be_cancelled(qgis_app, setting, private, tmp_path):
    from geoterritorio_qgis.settings import Factory

    setting(str(sleepy(tmp_path)))
    page = Factory().createWidget()
    page.check.click()
    assert page.check.text() == "Cancel"
    until(asleep)  # the window's own events went on until here
    page.check.click()
    until(lambda: page.check.text() == "Check")
    assert not asleep()


@pytest.mark.parametrize("tool", ["check_installation", "regular_grid"])
def test_a_run_is_cancelled_while_the_interpreter_is_asked(run, setting, private, markets, tmp_path, tool):
    class Impatient(Log):
        def isCanceled(self):
            return bool(asleep())

    setting(str(sleepy(tmp_path)))
    values = {"TERRITORIES": markets, "CELL": 20000.0, "OUTPUT": "memory:"} if tool == "regular_grid" else {}
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{tool}")
    found = algorithm.processAlgorithm(
        {k: getattr(v, "id", lambda v=v: v)() for k, v in values.items()}, context(), Impatient()
    )
    assert found == {}
    assert not asleep()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exec true", "ends without an answer"),
        (f"sleep {os.getpid()}.6 & wait", "no answer within 1 seconds"),
        ("echo 4", "it does not run (4)"),
    ],
)
def test_interpreters_that_do_not_answer_are_told_in_words(
    setting, private, tmp_path, monkeypatch, script, told
):
    from geoterritorio_qgis import installation, interpreter

    monkeypatch.setattr(interpreter, "_PATIENCE", 1)
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (finding, *_) = installation.diagnosed(str(program)).findings
    assert told in finding.lacking


def test_the_handbook_is_in_the_language_of_the_reader(monkeypatch, tmp_path):
    from geoterritorio_qgis import installation, texts

    monkeypatch.setattr(texts, "HERE", tmp_path / "plugin")
    (tmp_path / "plugin" / "handbook").mkdir(parents=True)
    for name in ("index", "qgis_es"):
        (tmp_path / "plugin" / "handbook" / f"{name}.html").touch()
    found = {}
    for lang in ("en", "es"):
        monkeypatch.setattr(texts, "language", lambda lang=lang: lang)
        found[lang] = Path(installation.handbook()).name
    assert found == {"en": "index.html", "es": "qgis_es.html"}
    (tmp_path / "plugin" / "handbook" / "qgis_es.html").unlink()
    assert Path(installation.handbook()).name == "index.html"


class Window:
    """The calls of the plugin to QGIS's window, remembered."""

    def __init__(self):
        self.window, self.canvas = QMainWindow(), QgsMapCanvas()
        self.menu, self.pages, self.docks, self.bar = [], [], [], []

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def addDockWidget(self, area, dock):
        self.window.addDockWidget(area, dock)
        self.docks.append(dock)

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)
        self.docks.remove(dock)

    def addToolBarIcon(self, action):
        self.bar.append(action)

    def removeToolBarIcon(self, action):
        self.bar.remove(action)

    def addPluginToMenu(self, name, action):
        self.menu.append((name, action))

    def removePluginMenu(self, name, action):
        self.menu.remove((name, action))

    def registerOptionsWidgetFactory(self, factory):
        self.pages.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):
        self.pages.remove(factory)


def test_what_the_plugin_adds_it_removes(qgis_app, monkeypatch):
    from geoterritorio_qgis import plugin

    providers = []
    registry = QgsApplication.processingRegistry()
    monkeypatch.setattr(plugin.Provider, "id", lambda _self: "geoterritorio_twice")
    for _ in range(2):
        window = Window()
        made = plugin.Plugin(window)
        made.initGui()
        assert [action.text() for _, action in window.menu] == [
            "GeoTerritorio",
            "Check installation",
            "Install the computing environment",
            "Settings…",
            "Open the handbook",
        ]
        assert [len(added) for added in (window.pages, window.docks, window.bar)] == [1, 1, 1]
        providers.append(registry.providerById("geoterritorio_twice") is not None)
        made.unload()
        assert (window.menu, window.pages, window.docks, window.bar) == ([], [], [], [])
        assert registry.providerById("geoterritorio_twice") is None
    assert providers == [True, True]
