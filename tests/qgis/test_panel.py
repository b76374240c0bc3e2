"""The panel: what it knows of the layers, what it fills in, what it shows of results."""

import pytest
from conftest import COMARCA, ROOT, loaded
from qgis.core import QgsApplication, QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QDate, QDateTime, QEventLoop, QTimer
from qgis.PyQt.QtWidgets import QMainWindow, QTableWidget, QTreeWidget


class Window:
    """As much of QGIS's window as the panel uses."""

    def __init__(self):
        self.window, self.canvas, self.opened = QMainWindow(), QgsMapCanvas(), []

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def addProject(self, path):
        self.opened.append(path)


def wait(done, seconds=20):
    loop, timer, left = QEventLoop(), QTimer(), [seconds * 50]

    def look():
        left[0] -= 1
        if done() or left[0] < 0:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(20)
    getattr(loop, "exec", None)() if hasattr(loop, "exec") else loop.exec_()
    timer.stop()
    assert done()


@pytest.fixture
def panel(provider, qgis_new_project):
    from geoterritorio_qgis.panel.dock import Panel

    made = Panel(Window())
    yield made
    made.dismantle()
    made.deleteLater()


def result(rows, **properties):
    fields = "field=territory:string&field=sector:string&field=lq:double&field=low:double&field=high:double"
    layer = QgsVectorLayer(f"NoGeometry?{fields}&field=certainty:string", "quotients", "memory")
    for values in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(values)
        layer.dataProvider().addFeature(feature)
    for name, value in {"tool": "location_quotient", "kind": "quotients", **properties}.items():
        layer.setCustomProperty(f"geoterritorio/{name}", value)
    QgsProject.instance().addMapLayer(layer)
    return layer


ROWS = [
    ["a", "10", 3.0, 2.0, 4.0, "high"],
    ["a", "20", 0.5, 0.2, 0.9, "low"],
    ["b", "10", 1.0, None, None, "untested"],
    ["b", "20", None, None, None, "withheld"],
]


def test_fields_are_guessed_codes_read_and_all_is_kept_with_the_project(panel, tmp_path):
    from geoterritorio_qgis.panel.state import remembered

    towns = loaded(COMARCA / "municipalities_2025.gpkg", "towns")
    panel._layers["territories"].setLayer(towns)
    wait(lambda: panel._territory.count() == 151)
    assert panel.work().column("territories", "territory") == "territory"
    panel._territory.setCurrentIndex(3)
    panel._dated.setChecked(True)
    panel._date.setDate(QDate(1990, 6, 1))
    work = panel.work()
    assert work.territory
    assert work.date == "1990-06-01"
    assert panel.iface.canvas.temporalRange().begin().date() == QDate(1990, 6, 1)
    assert remembered(QgsProject.instance()) == work
    path = str(tmp_path / "p.qgz")
    assert QgsProject.instance().write(path)
    QgsProject.instance().clear()
    assert panel.work().layers == {}
    assert QgsProject.instance().read(path)
    wait(lambda: panel._territory.count() == 151)
    assert panel.work() == work


def test_a_project_that_goes_leaves_nothing_in_the_next(panel):
    towns = loaded(COMARCA / "municipalities_2025.gpkg", "towns")
    panel._layers["territories"].setLayer(towns)
    panel._dated.setChecked(True)
    panel._date.setDate(QDate(2010, 1, 1))
    QgsProject.instance().clear()
    assert not panel._dated.isChecked()
    assert QgsProject.instance().readEntry("geoterritorio", "date")[0] == ""
    wait(lambda: panel.iface.canvas.temporalRange().isInfinite())
    assert not QgsProject.instance().isDirty()


def test_the_temporal_controller_turned_off_unticks_the_day(panel):
    from qgis.core import QgsDateTimeRange

    panel._dated.setChecked(True)
    assert not panel.iface.canvas.temporalRange().isInfinite()
    panel.iface.canvas.setTemporalRange(QgsDateTimeRange(QDateTime(), QDateTime()))
    assert not panel._dated.isChecked()


def test_dialogs_can_be_closed_and_opened_again(panel, monkeypatch):
    import processing
    from qgis.PyQt import sip
    from qgis.PyQt.QtWidgets import QDialog

    monkeypatch.setattr(processing, "createAlgorithmDialog", lambda *_: QDialog())
    for _ in range(3):
        panel.open_tool("location_quotient", {})
        dialog = list(panel._dialogs.values())[-1]
        dialog.close()
        sip.delete(dialog)
        assert not panel._dialogs


def test_a_new_result_comes_forward(panel):
    from geoterritorio_qgis import styling

    old = result(ROWS, made="2026-01-01T00:00:00.000")
    new = result(ROWS, made="2026-01-02T00:00:00.000")
    panel._outcome._layer.setCurrentIndex(panel._outcome._layer.findData(old.id()))
    for heard in styling.made:
        heard()
    wait(lambda: panel._outcome._layer.currentData() == new.id())
    assert panel._tabs.currentWidget() is panel._outcome


def test_functions_of_distance_are_drawn_as_such(panel):
    names = ("distance", "value", "mean", "low", "high", "global_low", "global_high")
    fields = "&".join(f"field={n}:double" for n in names)
    layer = QgsVectorLayer(
        f"NoGeometry?field=sector:string&field=sector_name:string&field=neighbours:string&{fields}",
        "f",
        "memory",
    )
    for distance in (200.0, 0.0, 100.0):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(["10", "Shoes", "10", distance, 2.0 + distance, 1.0, 0.5, 1.5, None, None])
        layer.dataProvider().addFeature(feature)
    layer.setCustomProperty("geoterritorio/tool", "k_density")
    layer.setCustomProperty("geoterritorio/kind", "distance_functions")
    QgsProject.instance().addMapLayer(layer)
    drawn = panel._outcome._chart._curve
    assert drawn.distance == [0.0, 100.0, 200.0]
    assert drawn.value == [2.0, 102.0, 202.0]
    assert drawn.low == [0.5, 0.5, 0.5]
    panel._outcome._chart.resize(300, 220)
    assert not panel._outcome._chart.grab().isNull()


def test_a_dialog_is_filled_with_what_the_panel_knows(panel):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.panel.state import Work, filled

    tool = next(t for t in texts.tools() if t["name"] == "location_quotient")
    work = Work(
        {"territories": "t", "firms": "f", "counts": "c"},
        {"territories.territory": "code", "firms.sector": "cnae"},
        date="2001-01-01",
        sector="15.2",
    )
    assert filled(tool, work) == {
        "TERRITORIES": "t",
        "TERRITORIES_TERRITORY": "code",
        "TERRITORIES_ON": "2001-01-01",
        "FIRMS": "f",
        "FIRMS_SECTOR": "cnae",
        "SECTOR": "15.2",
    }
    made = QgsApplication.processingRegistry().createAlgorithmById("geoterritorio:location_quotient")
    assert set(filled(tool, work)) <= {p.name() for p in made.parameterDefinitions()}


def test_usual_names_of_columns_are_found():
    from geoterritorio_qgis.panel.state import HINTS, guessed

    assert guessed(["gid", "CNAE2009", "ocupados"], "sector", HINTS) == "CNAE2009"
    assert guessed(["gid", "CNAE2009", "ocupados"], "employment", HINTS) == "ocupados"
    assert guessed(["CODINE", "NOMBRE"], "territory", HINTS) == "CODINE"
    assert guessed(["a", "b"], "sector", HINTS) == ""


def test_steps_hold_every_tool(panel):
    from geoterritorio_qgis import texts
    from qgis.PyQt.QtCore import Qt

    tree = panel.findChild(QTreeWidget, "steps")
    tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    names = [t.child(i).data(0, Qt.ItemDataRole.UserRole) for t in tops for i in range(t.childCount())]
    assert sorted(names) == sorted(t["name"] for t in texts.tools())


def test_results_are_shown_for_the_focus(panel):
    result(ROWS)
    outcome = panel._outcome
    table = panel.findChild(QTableWidget, "results")
    assert outcome._column.currentData() == "lq"
    assert table.rowCount() == 4
    assert table.item(0, 0).text() == "a"  # the highest first
    bars = outcome._chart._bars
    assert [(b.value, b.low, b.high, b.sure) for b in bars] == [
        (3.0, 2.0, 4.0, True),
        (1.0, None, None, False),
        (0.5, 0.2, 0.9, True),
    ]
    outcome.focus("b", "")
    assert table.rowCount() == 2
    outcome.focus("a", "20")
    assert table.rowCount() == 1
    assert "0.5" in outcome._chart.accessibleName()


def test_a_result_without_figures_has_a_table_and_no_chart(panel):
    layer = QgsVectorLayer("NoGeometry?field=territory:string", "cells", "memory")
    feature = QgsFeature(layer.fields())
    feature.setAttributes(["a"])
    layer.dataProvider().addFeature(feature)
    layer.setCustomProperty("geoterritorio/tool", "regular_grid")
    QgsProject.instance().addMapLayer(layer)
    assert panel._outcome._table.rowCount() == 1
    assert panel._outcome._chart._bars == []


def test_texts_of_others_are_no_expressions(panel):
    result([["x' OR 1=1 --", "10", 2.0, None, None, "high"], ["b", "10", 1.0, None, None, "high"]])
    panel._outcome.focus("x' OR 1=1 --", "")
    assert panel.findChild(QTableWidget, "results").rowCount() == 1


def test_layers_of_no_tool_are_no_results(panel):
    loaded(COMARCA / "labour_markets.gpkg", "markets")
    assert panel._outcome._layer.count() == 0
    assert panel._outcome._table.rowCount() == 0


def test_the_sample_opens(panel, monkeypatch, tmp_path):
    from geoterritorio_qgis import sample

    monkeypatch.setattr(sample, "HERE", tmp_path / "plugin")
    monkeypatch.setattr(
        QgsApplication, "qgisSettingsDirPath", staticmethod(lambda: str(tmp_path / "profile"))
    )
    assert sample.project_file() is None
    place = tmp_path / "plugin" / "sample" / "en"
    place.mkdir(parents=True)
    (place / "project.qgz").write_bytes(b"x")
    panel.open_sample()
    assert panel.iface.opened == [
        str(tmp_path / "profile" / "geoterritorio" / "sample" / "en" / "project.qgz")
    ]
    assert ROOT.exists()
