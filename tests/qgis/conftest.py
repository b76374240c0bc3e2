"""A QGIS with the plugin's provider, and the invented territory as its layers."""

import os
import sys
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProcessingFeedback, QgsProject, QgsSettings, QgsVectorLayer

ROOT = Path(__file__).parents[2]
COMARCA = ROOT / "sample_data" / "comarca"
PYTHON = os.environ["GEOTERRITORIO_TEST_PYTHON"]
sys.path.insert(0, str(ROOT / "qgis_plugin"))


class Log(QgsProcessingFeedback):
    """Feedback that remembers what it was told."""

    def __init__(self):
        super().__init__(False)
        self.said, self.bar = [], []
        self.progressChanged.connect(self.bar.append)

    def pushWarning(self, text):
        self.said.append(("warning", text))

    def pushInfo(self, text):
        self.said.append(("info", text))

    def pushCommandInfo(self, text):
        self.said.append(("command", text))

    def pushConsoleInfo(self, text):
        self.said.append(("console", text))

    def reportError(self, text, fatalError=False):
        del fatalError
        self.said.append(("error", text))

    def setProgressText(self, text):
        self.said.append(("progress", text))

    def of(self, kind):
        return [text for said, text in self.said if said == kind]


@pytest.fixture
def log():
    return Log()


@pytest.fixture(scope="session")
def provider(qgis_app, qgis_processing):
    from geoterritorio_qgis.provider import Provider

    QgsSettings().setValue("geoterritorio/python", PYTHON)
    made = Provider()
    QgsApplication.processingRegistry().addProvider(made)
    yield made
    QgsApplication.processingRegistry().removeProvider(made)


@pytest.fixture
def run(provider, qgis_new_project):
    import processing
    from qgis.core import QgsProcessingContext

    def go(tool, values, feedback=None):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        return processing.run(f"geoterritorio:{tool}", values, context=context, feedback=feedback or Log())

    return go


def loaded(source, name="layer", driver="ogr"):
    layer = QgsVectorLayer(str(source), name, driver)
    assert layer.isValid(), source
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture
def markets(qgis_new_project):
    return loaded(COMARCA / "labour_markets.gpkg", "mercados de trabajo")
