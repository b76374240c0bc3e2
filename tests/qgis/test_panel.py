"""The panel: what it knows of the layers, what it fills in, what it shows of results."""

import zipfile

import pytest
from conftest import COMARCA, loaded
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsFeature,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QCoreApplication, QDate, QDateTime, QEventLoop, Qt, QThread, QTime, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QComboBox, QMainWindow, QTableWidget, QTreeWidget


class Window:
    """As much of QGIS's window as the panel uses."""

    def __init__(self):
        self.window, self.canvas, self.opened, self.said = QMainWindow(), QgsMapCanvas(), [], []
        self.controller = QgsTemporalNavigationObject()
        self.canvas.setTemporalController(self.controller)

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def addProject(self, path):
        self.opened.append(path)

    def messageBar(self):
        return self

    def pushWarning(self, _, text):
        self.said.append(text)


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
    panel._dated.setChecked(True)
    assert not panel.iface.canvas.temporalRange().isInfinite()
    panel.iface.canvas.setTemporalRange(QgsDateTimeRange(QDateTime(), QDateTime()))
    assert not panel._dated.isChecked()


def test_the_panels_day_is_the_one_that_the_map_shows(panel):
    canvas, controller = panel.iface.canvas, panel.iface.controller
    panel._dated.setChecked(True)
    panel._date.setDate(QDate(2025, 1, 1))
    fixed = type(controller.navigationMode())(2)
    assert controller.navigationMode() == fixed
    assert controller.temporalExtents().begin().date() == QDate(2025, 1, 1)
    begin = QDateTime(QDate(1985, 1, 1), QTime(0, 0))
    canvas.setTemporalRange(
        QgsDateTimeRange(begin, begin.addYears(1))
    )  # a frame of the controller's animation
    assert panel.work().date == "1985-01-01"
    canvas.setTemporalRange(QgsDateTimeRange(begin, begin.addYears(40)))  # no day at all
    assert panel.work().date == ""
    assert canvas.temporalRange().end().date().year() == 2025  # the map stays as the reader set it
    panel._dated.setChecked(True)
    panel._dated.setChecked(False)
    assert canvas.temporalRange().isInfinite()
    assert controller.navigationMode() != fixed


@pytest.mark.parametrize("renamed", [False, True])
def test_versions_in_a_layer_of_ones_own_follow_the_day(panel, renamed):
    names = ("desde", "hasta") if renamed else ("valid_from", "valid_to")
    fields = "&".join(f"field={n}:string" for n in ("territory", *names))
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:25830&{fields}", "history", "memory")
    for values in (["old", "1981", "1999-07"], ["new", "1999-07-01", None], ["ever", None, None]):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(values)
        layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    panel._layers["territories"].setLayer(layer)
    panel._dated.setChecked(True)
    panel._date.setDate(QDate(1985, 1, 1))
    assert layer.temporalProperties().isActive()
    held = QgsVectorLayerTemporalContext()
    held.setLayer(layer)

    def shown(year):
        panel._date.setDate(QDate(year, 1, 1))
        text = layer.temporalProperties().createFilterString(held, panel.iface.canvas.temporalRange())
        return {f["territory"] for f in layer.getFeatures(QgsFeatureRequest().setFilterExpression(text))}

    assert shown(1985) == {"old", "ever"}
    assert shown(2020) == {"new", "ever"}


@pytest.mark.parametrize(
    ("typed", "code"), [("15.2", "15.2"), ("15", "15.1"), ("CALZADO", "15.2"), ("cafe", "10.8"), ("", "")]
)
def test_what_is_typed_is_what_is_looked_at(panel, typed, code):
    pairs = [("10.8", "Café y té"), ("15.1", "Cuero"), ("15.2", "Fabricación de calzado")]
    panel._offer(panel._sector, "10.8", pairs)
    panel.show()
    line = panel.findChild(QComboBox, "sector").lineEdit()
    line.selectAll()
    if typed:
        QTest.keyClicks(line, typed)
    else:
        QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert panel.work().sector == code
    assert line.text().startswith(code or "All")


def test_a_code_that_is_not_there_is_told_and_the_former_stays(panel):
    panel._offer(panel._sector, "10.8", [("10.8", "Coffee")])
    panel._sector.lineEdit().setText("zzz")
    panel._sector.lineEdit().editingFinished.emit()
    assert panel.work().sector == "10.8"
    assert "zzz" in panel.iface.said[0]
    panel._offer(panel._sector, "", [])  # nothing to tell it against
    panel._sector.lineEdit().setText("zzz")
    panel._sector.lineEdit().editingFinished.emit()
    assert panel.work().sector == "zzz"


def test_another_column_has_other_codes(panel):
    towns = loaded(COMARCA / "municipalities_2025.gpkg", "towns")
    panel._layers["territories"].setLayer(towns)
    wait(lambda: panel._territory.count() == 151)
    wanted = {str(v) for v in towns.uniqueValues(towns.fields().lookupField("name"))}
    panel._fields["territories.territory"].setField("name")
    wait(lambda: panel._territory.itemData(1) in wanted)


def test_tables_may_be_registers_and_layers_with_places_counts(panel):
    plain = QgsVectorLayer("NoGeometry?field=sector:string&field=employment:double", "register", "memory")
    QgsProject.instance().addMapLayer(plain)
    places = loaded(COMARCA / "institutions.gpkg", "places")
    panel._layers["firms"].setLayer(plain)
    panel._layers["counts"].setLayer(places)
    assert panel.work().layers == {"firms": plain.id(), "counts": places.id()}


def test_a_dialog_gets_layers_of_the_kind_it_asks_for(panel):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.panel.state import Work, filled, suited

    tools = {t["name"]: t for t in texts.tools()}
    project = QgsProject.instance()
    made = result(ROWS)
    flows = "NoGeometry?field=origin:string&field=destination:string&field=flow:double"
    between = QgsVectorLayer(flows, "a result", "memory")
    between.setCustomProperty("geoterritorio/tool", "labour_markets")
    mine = QgsVectorLayer(flows, "my commuting", "memory")
    whole = QgsVectorLayer("NoGeometry?field=sector:string", "nation", "memory")
    whole.setCustomProperty("geoterritorio/kind", "reference")
    project.addMapLayers([between, mine, whole])
    assert suited(tools["labour_markets"], project, {"territories"}) == {"flows": mine.id()}
    told = QgsVectorLayer(flows, "of a study", "memory")
    told.setCustomProperty("geoterritorio/kind", "flows")
    project.addMapLayer(told)
    assert suited(tools["labour_markets"], project, set())["flows"] == told.id()
    assert suited(tools["location_quotient"], project, {"territories", "firms", "counts"}) == {
        "reference": whole.id()
    }
    assert made.id() not in suited(tools["transfer"], project, {"territories"}).values()
    work = Work({"firms": "f"}, {"firms.sector": "cnae"}, territory="a", sector="10")
    assert filled(tools["labour_markets"], Work(), {"flows": told.id()})["FLOWS"] == told.id()
    assert filled(tools["register_quality"], work)["FIRMS_SECTOR"] == "cnae"
    assert filled(tools["location_quotient"], work)["PLOT_FOCUS"] == "a"
    assert filled(tools["ellison_glaeser"], work)["PLOT_FOCUS"] == "10"
    assert "PLOT_FOCUS" not in filled(tools["tabulate"], work)


def test_dialogs_of_networks_evidence_and_the_ladder_are_filled(panel):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.panel.state import Work, filled, suited

    tools = {t["name"]: t for t in texts.tools()}
    markets, firms = loaded(COMARCA / "labour_markets.gpkg", "markets"), result(ROWS)
    ids = {
        name: loaded(COMARCA / file, name).id()
        for name, file in {
            "institutions": "institutions.gpkg",
            "links": "links.csv",
            "actions": "actions.csv",
            "evidence": "evidence.csv",
        }.items()
    }
    work = Work({"territories": markets.id(), "firms": firms.id()}, {}, date="2025-01-01")

    def values(name):
        others = suited(tools[name], QgsProject.instance(), {"territories", "firms", "counts"})
        return filled(tools[name], work, others)

    for name in ("actor_network", "brokerage"):
        shown = values(name)
        assert {k: shown[k] for k in ("LINKS", "INSTITUTIONS", "ACTIONS")} == {
            k.upper(): ids[k] for k in ("links", "institutions", "actions")
        }
        assert (shown["TERRITORIES"], shown["FIRMS"]) == (markets.id(), firms.id())
    assert values("innovation_system")["INSTITUTIONS"] == ids["institutions"]
    assert values("institutional_thickness")["EVIDENCE"] == ids["evidence"]
    assert values("leader_profile")["EVIDENCE"] == ids["evidence"]
    assert values("ladder")["EVIDENCE"] == ids["evidence"]
    assert "GATES" not in values("ladder")
    assert values("action_register")["ACTIONS"] == ids["actions"]
    assert values("evidence_template")["TERRITORIES"] == markets.id()
    # Smaller places are another layer than the territories.
    for name, other in (
        ("triple_helix", "UNITS"),
        ("community_of_people", "PLACES"),
        ("leader_profile", "PLACES"),
    ):
        assert values(name)["TERRITORIES"] == markets.id()
        assert other not in values(name)


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
        "PLOT_FOCUS": "15.2",
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

    assert sorted(entries(panel)) == sorted([*(t["name"] for t in texts.tools()), "run_study"])


def entries(panel):
    """Tool -> its entry in the steps, in their order."""
    found = {}

    def look(item):
        name = item.data(0, Qt.ItemDataRole.UserRole)
        if name:
            found[name] = item
        for i in range(item.childCount()):
            look(item.child(i))

    look(panel.findChild(QTreeWidget, "steps").invisibleRootItem())
    return found


def test_steps_are_in_the_order_of_use(panel):
    tree = panel.findChild(QTreeWidget, "steps")
    tops = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    first = [next(iter(entries_below(top))) for top in tops]
    wanted = ["register_quality", "labour_markets", "location_quotient", "k_density", "run_study"]
    assert [name for name in first if name in wanted] == wanted
    assert first[-1] == "run_study"
    measures = tops[first.index("location_quotient")]
    asked = [
        measures.child(i).text(0) for i in range(measures.childCount()) if measures.child(i).childCount()
    ]
    assert "Which sectors are concentrated?" in asked
    order = [*entries(panel)]
    for chain in (
        ("districts", "innovation_system", "actor_network", "brokerage", "community_of_people"),
        ("evidence_template", "leader_profile", "action_register", "ladder", "ladder_gates"),
    ):
        assert [name for name in order if name in chain] == [*chain]


def entries_below(item):
    for i in range(item.childCount()):
        child = item.child(i)
        name = child.data(0, Qt.ItemDataRole.UserRole)
        yield from [name] if name else entries_below(child)


def test_steps_name_tools_that_there_are():
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.panel.steps import _FIRST, STUDY

    rooms = {t["name"]: t["group"] for t in texts.tools()} | {STUDY: "publication"}
    told = [(room, name) for room, parts in _FIRST.items() for _, names in parts for name in names]
    assert [(room, name) for room, name in told if rooms.get(name) != room] == []
    assert len({name for _, name in told}) == len(told)


def test_a_step_is_marked_when_the_project_has_a_result_of_it(panel):
    titles = {name: item.text(0) for name, item in entries(panel).items()}
    layer = result(ROWS)
    marked = {name for name, item in entries(panel).items() if item.text(0) != titles[name]}
    assert marked == {"location_quotient"}
    assert entries(panel)["location_quotient"].text(0) == f"✓ {titles['location_quotient']}"
    assert titles["k_density"] in entries(panel)["k_density"].toolTip(0)  # a narrow panel may not show it
    QgsProject.instance().removeMapLayer(layer.id())
    assert {name: item.text(0) for name, item in entries(panel).items()} == titles


def test_titles_of_steps_are_read_whole(panel):
    tree = panel.findChild(QTreeWidget, "steps")
    tree.resize(320, 400)
    panel.show()
    item = max(entries(panel).values(), key=lambda found: len(found.text(0)))
    above = item.parent()
    while above is not None:
        above.setExpanded(True)
        above = above.parent()
    lines = tree.visualItemRect(item).height() / tree.fontMetrics().height()
    assert lines >= 2


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
    assert [b.label for b in bars] == ["a · 10", "b · 10", "a · 20"]  # what tells the rows apart
    outcome.focus("b", "")
    assert table.rowCount() == 2
    assert [b.label for b in outcome._chart._bars] == ["10"]
    outcome.focus("a", "20")
    assert table.rowCount() == 1
    assert "0.5" in outcome._chart.accessibleName()


def test_bars_are_pale_where_the_maps_are_hatched(panel):
    from geoterritorio_qgis import styling

    codes = [*styling.table()["unsure"]["certainty"], "high", "low"]
    result([[f"t{i}", "10", 2.0 + i, 1.5, 9.0, code] for i, code in enumerate(codes)])
    told = {bar.label: bar.sure for bar in panel._outcome._chart._bars}
    assert told == {f"t{i}": code in {"high", "low"} for i, code in enumerate(codes)}
    styles = styling.table()["kinds"]["quotient_areas"]["styles"]
    unsure = [r["filter"] for s in styles for r in s["rules"] if r["look"] in {"hatch", "cross", "bars"}]
    assert len(unsure) >= 3
    assert all(any(f"'{code}'" in text for code in codes[:-2]) for text in unsure)


def test_bars_without_words_on_certainty_go_by_their_limits(panel):
    fields = "&".join(f"field={n}:double" for n in ("index", "low", "high"))
    layer = QgsVectorLayer(f"NoGeometry?field=territory:string&{fields}", "indices", "memory")
    for values in (["a", 9.0, 2.0, 20.0], ["b", 3.0, 0.5, 8.0], ["c", 2.0, None, None]):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(values)
        layer.dataProvider().addFeature(feature)
    for name, value in (("tool", "cluster_index"), ("kind", "cluster_indices")):
        layer.setCustomProperty(f"geoterritorio/{name}", value)
    QgsProject.instance().addMapLayer(layer)
    assert [(b.label, b.sure) for b in panel._outcome._chart._bars] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]


def test_codes_are_read_as_words_in_the_table(panel):
    from geoterritorio_qgis import styling
    from geoterritorio_qgis.texts import tr

    layer = QgsVectorLayer("NoGeometry?field=territory:string&field=verdict:string", "v", "memory")
    for code in ("district", "undecidable", "of one's own"):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(["a", code])
        layer.dataProvider().addFeature(feature)
    layer.setCustomProperty("geoterritorio/tool", "districts")
    layer.setCustomProperty("geoterritorio/kind", "district_areas")
    assert styling.dress(layer, "district_areas") == ""
    QgsProject.instance().addMapLayer(layer)
    panel._outcome.refresh(anew=True)
    panel._outcome._layer.setCurrentIndex(panel._outcome._layer.findData(layer.id()))
    table = panel._outcome._table
    read = {table.item(row, 1).text() for row in range(table.rowCount())}
    assert read == {tr("industrial district"), tr("undecidable"), "of one's own"}


def test_running_numbers_are_no_figures_and_lorenz_curves_no_bars(panel):
    def add(kind, fields, rows):
        layer = QgsVectorLayer(f"NoGeometry?{fields}", kind, "memory")
        for values in rows:
            feature = QgsFeature(layer.fields())
            feature.setAttributes(values)
            layer.dataProvider().addFeature(feature)
        layer.setCustomProperty("geoterritorio/tool", "t")
        layer.setCustomProperty("geoterritorio/kind", kind)
        layer.setCustomProperty("geoterritorio/made", kind)
        QgsProject.instance().addMapLayer(layer)
        panel._outcome.refresh(anew=True)
        panel._outcome._layer.setCurrentIndex(panel._outcome._layer.findData(layer.id()))

    add(
        "labour_market_trace",
        "field=iteration:int&field=market:string&field=validity:double",
        [[1, "m", 0.5]],
    )
    assert panel._outcome._column.currentData() == "validity"
    assert panel._outcome._chart._bars == []
    fields = "field=sector:string&field=territory:string&field=reference:double&field=share:double"
    add("lorenz_curves", fields, [["10", "b", 1.0, 1.0], ["10", None, 0.0, 0.0], ["10", "a", 0.5, 0.1]])
    drawn = panel._outcome._chart._curve
    assert (drawn.title, drawn.distance, drawn.value) == ("10", [0.0, 0.5, 1.0], [0.0, 0.1, 1.0])
    panel._outcome._chart.resize(300, 220)
    assert not panel._outcome._chart.grab().isNull()


def test_an_interval_beyond_the_axis_ends_in_an_arrow(panel, monkeypatch):
    from geoterritorio_qgis.panel.chart import Chart

    drawn = []
    monkeypatch.setattr(Chart, "_point", lambda *told: drawn.append(told))
    layer = result([["a", "10", 3.0, 2.0, 400.0, "high"], ["b", "10", 2.0, 1.5, 3.0, "high"]])
    chart = panel._outcome._chart
    chart.resize(320, 120)
    chart.grab()
    assert len(drawn) == 1
    assert "2 – 400" in chart.toolTip()
    assert layer.isValid()


def test_names_in_the_tip_of_the_chart_are_no_page(panel):
    chart = panel._outcome._chart
    result(
        [['<img src="//somewhere/x.png">', "10", 3.0, 2.0, 4.0, "high"], ["b", "10", 2.0, 1.5, 3.0, "high"]]
    )
    assert "<img" not in chart.toolTip()
    assert "&lt;img" in chart.toolTip()


def test_large_results_are_read_in_the_background_and_others_leave_them_alone(panel, monkeypatch):
    from geoterritorio_qgis.panel import outcome as module
    from geoterritorio_qgis.panel.reading import Ranking

    monkeypatch.setattr(module, "_AT_ONCE", 3)
    asked, threads, show = [], set(), panel._outcome._show
    monkeypatch.setattr(
        panel._outcome, "_show", lambda *told: threads.add(QThread.currentThread()) or show(*told)
    )
    monkeypatch.setattr(module, "Ranking", lambda *told: asked.append(told) or Ranking(*told))

    result([*ROWS, ["c", "10", 7.0, 6.0, 8.0, "high"]])
    table = panel.findChild(QTableWidget, "results")
    wait(lambda: table.rowCount() == 5)
    assert threads == {QCoreApplication.instance().thread()}  # only the window's own may touch it
    assert [table.item(i, 0).text() for i in range(3)] == ["c", "a", "b"]
    assert len(asked) == 1
    loaded(COMARCA / "labour_markets.gpkg", "markets")  # no result: nothing is read again
    assert len(asked) == 1
    panel._outcome.focus("a", "")
    wait(lambda: table.rowCount() == 2)


def test_the_foremost_rows_are_those_that_qgis_would_sort_first(provider, qgis_new_project):
    import random

    from geoterritorio_qgis.panel.reading import foremost

    chance = random.Random(1)  # noqa: S311 - nothing is secret here
    values = [None if i % 9 == 0 else chance.choice([chance.uniform(-5, 5), 1.0]) for i in range(300)]
    layer = result([["a", str(i), value, None, None, ""] for i, value in enumerate(values)])
    place = layer.fields().lookupField("lq")
    request = QgsFeatureRequest().addOrderBy('"lq"', False, False)
    wanted = [plain_number(f["lq"]) for f in layer.getFeatures(request)]
    for most in (5, 290, 500):
        assert [plain_number(f["lq"]) for f in foremost(layer, "", place, most)] == wanted[:most]
    assert foremost(layer, "", place, 5, lambda: True) == []
    assert len(foremost(layer, "\"sector\" = '7'", place, 5)) == 1
    assert len(foremost(layer, "", -1, 5)) == 5


def plain_number(value):
    return value if isinstance(value, float) else None


def test_earlier_results_do_not_lie_under_the_new_one(provider, qgis_new_project, log):
    from geoterritorio_qgis import styling

    project, context = QgsProject.instance(), QgsProcessingContext()
    context.setProject(project)

    def made(name, shape="Polygon"):
        layer = QgsVectorLayer(f"{shape}?crs=EPSG:25830&field=territory:string", name, "memory")
        project.addMapLayer(layer)
        return layer

    def seen():
        return {n.layer().name() for n in project.layerTreeRoot().findLayers() if n.itemVisibilityChecked()}

    def dressed(*layers, kind="labour_markets"):
        waiting = [styling.LayerStyle(styling.Dress(kind, "as_of")) for _ in layers]
        for style, layer in zip(waiting, layers, strict=True):
            QTest.qWait(5)
            style.postProcessLayer(layer, context, log)
        QTest.qWait(5)

    made("background")
    made("of a study").setCustomProperty("geoterritorio/kind", "territories")
    dressed(made("outlines"), kind="territories")
    assert seen() == {"background", "of a study", "outlines"}
    dressed(made("first"), made("second of the run"))
    assert seen() == {"background", "first", "second of the run"}
    dressed(made("points", "Point"))
    dressed(made("new"))
    assert seen() == {"background", "points", "new"}
    assert any("first" in text and "second of the run" in text for text in log.of("info"))


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
    from geoterritorio_qgis.texts import release

    monkeypatch.setattr(sample, "HERE", tmp_path / "plugin")
    monkeypatch.setattr(
        QgsApplication, "qgisSettingsDirPath", staticmethod(lambda: str(tmp_path / "profile"))
    )
    assert sample.project_file() is None
    place = tmp_path / "plugin" / "sample" / "en"
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / "project.qgz", "w") as package:
        package.writestr("project.qgs", '<!DOCTYPE qgis>\n<qgis version="3.22.0" projectname="ñ"/>')
    panel.open_sample()
    samples = tmp_path / "profile" / "geoterritorio" / "sample"
    assert panel.iface.opened == [str(samples / release() / "en" / "project.qgz")]
    with zipfile.ZipFile(panel.iface.opened[0]) as package:
        text = package.read("project.qgs").decode()
    assert f'version="{Qgis.version()}" projectname="ñ"' in text  # else QGIS warns of an old file
    monkeypatch.setattr(sample, "release", lambda: "99.0")  # an update brings its own, and leaves the former
    panel.open_sample()
    assert panel.iface.opened[1] == str(samples / "99.0" / "en" / "project.qgz")
    assert (samples / release() / "en" / "project.qgz").exists()
