"""A project written without QGIS opens in QGIS: layers valid and drawn as meant, an atlas page for each territory."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import COMARCA, PYTHON, ROOT
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsProject,
    QgsTemporalUtils,
    QgsUnitTypes,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime
from qgis.PyQt.QtGui import QImage

HOSTILE = "<b>ñ</b> & \"B\" 'C' {{ 7*7 }} ]]> [% env('HOME') %]"
STUDY = f"""
[study]
title = {{ en = '''{HOSTILE}''', es = '''{HOSTILE}''' }}
lang = "es"
sources = ['''{HOSTILE}''']

[disclosure]
off = "The data are invented, so that no establishment is anybody's."

[project]
show = ["establishments"]

[layers.labour_markets]
title = '''{HOSTILE}'''
kind = "territories"
path = "{COMARCA / "labour_markets.gpkg"}"

[layers.establishments]
kind = "firms"
path = "{COMARCA / "firms.parquet"}"

[layers.history]
kind = "territories"
path = "{COMARCA / "municipalities.gpkg"}"

[layers.institutions]
kind = "institutions"
path = "{COMARCA / "institutions.gpkg"}"

[layers.roads]
kind = "roads"
path = "{COMARCA / "roads.gpkg"}"

[layers.elevation]
kind = "elevation"
path = "{COMARCA / "elevation_200m.tif"}"

[layers.inhabitants]
kind = "population"
path = "{COMARCA / "inhabitants_2021.csv"}"
crs = "EPSG:25830"

[steps.lq]
title = '''{HOSTILE}'''
tool = "location_quotient"
territories = "labour_markets"
firms = "establishments"

[steps.variety]
tool = "variety"
territories = "labour_markets"
firms = "establishments"
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("with space ñ")
    (place / "study.toml").write_text(STUDY, encoding="utf-8")
    command = [
        PYTHON,
        "-m",
        "geoterritorio",
        "study",
        str(place / "study.toml"),
        "--output",
        str(place / "out"),
    ]
    done = subprocess.run(
        command, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return place / "out"


@pytest.fixture
def said(qgis_app):
    heard = []
    log = QgsApplication.messageLog()

    def hear(text, tag, level):
        heard.append(f"{tag}: {text}")

    log.messageReceived[str, str, Qgis.MessageLevel].connect(hear)
    yield heard
    log.messageReceived[str, str, Qgis.MessageLevel].disconnect(hear)


@pytest.fixture
def project(folder, said, qgis_new_project):
    opened = QgsProject.instance()
    assert opened.read(str(folder / "project.qgz")), opened.error()
    yield opened
    opened.clear()


def named(project, start):
    return next(layer for key, layer in project.mapLayers().items() if key.startswith(start))


def drawn_filters(layer):
    return [rule.filterExpression() for rule in layer.renderer().rootRule().children()]


def test_it_opens_whole_and_says_nothing(project, said):
    layers = project.mapLayers().values()
    assert len(layers) == 11  # seven inputs, two results of quotients, one of variety, the outline of a page
    assert [layer.name() for layer in layers if not layer.isValid()] == []
    assert project.crs().authid() == "EPSG:25830"
    assert all(
        "_layer_" in key or key == "page_outline" for key in project.mapLayers()
    )  # none was given another
    assert said == []


def test_paths_are_relative_so_that_the_folder_can_be_moved(project, folder, tmp_path):
    place = tmp_path / "moved"
    shutil.copytree(folder, place)
    project.clear()
    assert project.read(str(place / "project.qgz"))
    assert all(layer.isValid() for layer in project.mapLayers().values())
    assert all(str(place) in layer.source() for layer in project.mapLayers().values())


def test_texts_are_what_they_were(project):
    plain = HOSTILE.replace("[%", "[\u2060%")
    assert project.title().startswith(plain)
    assert named(project, "labour_markets").name() == plain
    assert plain in named(project, "lq_areas").metadata().rights()[0]


def test_layers_are_drawn_as_meant(project):
    lq = named(project, "lq_areas")
    assert any('"lq"' in text for text in drawn_filters(lq))
    for layer in (
        lq,
        named(project, "variety_output"),
        named(project, "history"),
        named(project, "institutions"),
    ):
        rows = list(layer.getFeatures())
        drawn = [f for f in rows if any(_holds(layer, f, text) for text in drawn_filters(layer))]
        assert len(drawn) == len(rows) >= 12
    kinds = named(project, "institutions")
    assert len(drawn_filters(kinds)) >= 5
    assert named(project, "elevation").renderer().type() == "singlebandpseudocolor"
    assert lq.labelsEnabled()
    assert lq.fields().field("lq").alias() == "CL"
    assert lq.editorWidgetSetup(lq.fields().indexOf("certainty")).type() == "ValueMap"


def _holds(layer, feature, text):
    if not text:  # a rule without a filter draws all
        return True
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(feature)
    return bool(QgsExpression(text).evaluate(context))


def test_boundary_history_follows_the_temporal_controller(project):
    layer = named(project, "history")
    assert layer.temporalProperties().isActive()

    def in_force(year):
        when = QDateTime(QDate(year, 6, 30), QTime(12, 0))
        context = QgsVectorLayerTemporalContext()
        context.setLayer(layer)
        text = layer.temporalProperties().createFilterString(context, QgsDateTimeRange(when, when))
        found = layer.getFeatures(QgsFeatureRequest().setFilterExpression(text))
        return {f.id() for f in found}

    rows = [(f.id(), f["valid_from"], f["valid_to"]) for f in layer.getFeatures()]
    for year in (1985, 1999, 2012, 2025):
        day = f"{year}-06-30"
        told = {i for i, a, b in rows if str(a) <= day and (not b or str(b) > day)}
        assert in_force(year) == told
    assert in_force(1985) != in_force(2025)


def test_no_row_is_filtered_by_time_until_the_reader_asks(project, qgis_canvas):
    settings = project.timeSettings()
    assert settings.temporalRange().isInfinite()  # the window takes a finite one for its canvas on opening
    assert (settings.timeStep(), settings.timeStepUnit()) == (1, QgsUnitTypes.TemporalUnit.TemporalYears)
    timed = [layer for layer in project.mapLayers().values() if layer.temporalProperties().isActive()]
    assert len(timed) >= 3
    qgis_canvas.setLayers(timed)
    assert not qgis_canvas.mapSettings().isTemporal()
    assert qgis_canvas.temporalRange().isInfinite()
    span = QgsTemporalUtils.calculateTemporalRangeForProject(project)  # what the controller offers
    assert 1900 < span.begin().date().year() < 2000 < span.end().date().year() < 2100


def test_there_is_a_page_for_each_territory(project, tmp_path):
    layout = project.layoutManager().printLayouts()[0]
    items = layout.items()
    for kind in (QgsLayoutItemMap, QgsLayoutItemLegend, QgsLayoutItemScaleBar, QgsLayoutItemPicture):
        assert any(isinstance(item, kind) for item in items), kind
    atlas = layout.atlas()
    assert atlas.beginRender()
    assert atlas.count() == 12
    assert atlas.seekTo(3)
    shown = next(i for i in items if isinstance(i, QgsLayoutItemMap))
    assert shown.extent().contains(layout.reportContext().feature().geometry().boundingBox())
    table = layout.multiFrames()[0]
    rows = table.contents()
    assert 5 <= len(rows) <= 9
    assert all(
        re.fullmatch(r"[\d.]+,\d\d", str(row[1])) for row in rows
    )  # Spanish, whatever the machine's marks
    here = layout.reportContext().feature()["territory"]
    cells = [f for f in named(project, "lq_quotients").getFeatures() if f["territory"] == here]
    unsure = {(f["sector"], f["certainty"] not in ("high", "low")) for f in cells if f["lq"] is not None}
    by_name = {f["sector_name"] or f["sector"]: f["sector"] for f in cells}
    assert {(by_name[str(row[0])], "≈" in str(row[2])) for row in rows} <= unsure
    texts = [i.currentText() for i in items if hasattr(i, "currentText")]
    assert layout.reportContext().feature()["name"] in texts
    assert any(
        text.splitlines()[-1].startswith("En esta página: ") and "[%" not in text for text in texts if text
    )
    assert {"Mapa", "Leyenda", "Tabla"} <= {item.id() for item in items if hasattr(item, "id")}
    assert any(HOSTILE.replace("[%", "[\u2060%") in text for text in texts)
    exporter = QgsLayoutExporter(layout)
    picture, paper = tmp_path / "page.png", tmp_path / "page.pdf"
    image = QgsLayoutExporter.ImageExportSettings()
    image.dpi = 60
    done = QgsLayoutExporter.ExportResult.Success
    assert exporter.exportToImage(str(picture), image) == done
    assert exporter.exportToPdf(str(paper), QgsLayoutExporter.PdfExportSettings()) == done
    assert Path(paper).read_bytes().startswith(b"%PDF")
    page = QImage(str(picture))
    seen = {page.pixel(x, y) for x in range(0, page.width(), 7) for y in range(0, page.height(), 7)}
    assert len(seen) > 20


def test_geopackages_are_read_without_a_warning(folder):
    code = "import sys; from osgeo import ogr; ogr.UseExceptions(); [ogr.Open(path) for path in sys.argv[1:]]"
    files = [str(folder / name) for name in ("project.gpkg", "study.gpkg")]
    done = subprocess.run([sys.executable, "-c", code, *files], check=True, capture_output=True, text=True)
    assert done.stderr == ""
