"""A QGIS with the plugin's provider, and the invented territory as its layers."""

import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from qgis.core import (
    NULL,
    Qgis,
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt

ROOT = Path(__file__).parents[2]
COMARCA = ROOT / "sample_data" / "comarca"
PYTHON = os.environ["GEOTERRITORIO_TEST_PYTHON"]
sys.path.insert(0, str(ROOT / "qgis_plugin"))
# QGIS would lay statistics beside the rasters of the samples.
os.environ["GDAL_PAM_ENABLED"] = "NO"


def pytest_collection_modifyitems(config, items):
    """What this version of QGIS does not have is not tested in it."""
    newer = [i for i in items if (m := i.get_closest_marker("since")) and m.args[0] > Qgis.QGIS_VERSION_INT]
    if newer:
        config.hook.pytest_deselected(items=newer)
        items[:] = [item for item in items if item not in newer]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Where everything is installed nothing is skipped."""
    report = (yield).get_result()
    if os.environ.get("REQUIRE_ALL") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, and this test was skipped: {report.longrepr[2]}"


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


def context():
    made = QgsProcessingContext()
    made.setProject(QgsProject.instance())
    return made


@pytest.fixture
def run(provider, qgis_new_project):
    import processing

    def go(tool, values, feedback=None):
        return processing.run(f"geoterritorio:{tool}", values, context=context(), feedback=feedback or Log())

    return go


def loaded(source, name="layer", driver="ogr"):
    raster = str(source).endswith(".tif")
    layer = QgsRasterLayer(str(source), name) if raster else QgsVectorLayer(str(source), name, driver)
    assert layer.isValid(), source
    QgsProject.instance().addMapLayer(layer)
    return layer


def opened(found):
    """Layer of a result, which may be one already or say where it is."""
    layer = found if isinstance(found, QgsVectorLayer) else QgsVectorLayer(str(found), "found", "ogr")
    assert layer.isValid(), found
    return layer


def plain(value):
    """Value as Python has it, equal to itself where there is none."""
    if value is None or value == NULL or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, QDate | QDateTime):
        return value.toString(Qt.DateFormat.ISODate)
    return value


def rows(layer, *, shapes=True):
    """Names of the fields and all rows in order, without the key that some formats add."""
    layer = opened(layer)
    names = [name for name in layer.fields().names() if name != "fid"]
    found = []
    for feature in layer.getFeatures():
        row = [plain(feature[name]) for name in names]
        found.append((*row, feature.geometry().asWkt(6)) if shapes else tuple(row))
    return names, found


@pytest.fixture
def markets(qgis_new_project):
    return loaded(COMARCA / "labour_markets.gpkg", "mercados de trabajo")


@pytest.fixture
def towns(qgis_new_project):
    return loaded(COMARCA / "municipalities_2025.gpkg", "municipios")


@pytest.fixture
def institutions(qgis_new_project):
    return loaded(COMARCA / "institutions.gpkg", "instituciones")


@pytest.fixture
def here(tmp_path):
    """Folder with a name that hurts."""
    folder = tmp_path / "señal y espacio 'x' \"y\""
    folder.mkdir()
    return folder


@pytest.fixture(params=["original", "export"])
def route(request, monkeypatch):
    """Both roads of a layer to the worker."""
    if request.param == "export":
        from geoterritorio_qgis import sources

        monkeypatch.setattr(sources, "original", lambda *_: None)
    return request.param


def exported(log):
    """Names of the layers that were copied in a run."""
    return [t.partition("layer ")[2] for t in log.of("progress") if t.startswith("Copying")]


def selected(layer):
    return QgsProcessingFeatureSourceDefinition(layer.id(), True)


@pytest.fixture(scope="session")
def register(tmp_path_factory):
    """GeoPackage with every ninth establishment of the sample, written by the Python that computes."""
    path = tmp_path_factory.mktemp("register") / "firms.gpkg"
    code = "import sys, geopandas as g; g.read_parquet(sys.argv[1]).iloc[::9].to_file(sys.argv[2], layer='firms')"
    command = [PYTHON, "-c", code, str(COMARCA / "firms.parquet"), str(path)]
    subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return path


@pytest.fixture
def firms(register, qgis_new_project):
    return loaded(f"{register}|layername=firms", "establecimientos")


@pytest.fixture(scope="session")
def postgis(tmp_path_factory):
    """A server with PostGIS of its own, in a folder, reached through a socket."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    extension = [*Path("/usr/share/postgresql").glob("*/extension/postgis.control")]
    if not (binaries and extension):
        pytest.skip("PostGIS is not installed (as root: scripts/install-test-tools)")
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))  # sockets have short names
    data, log = folder / "data", folder / "log"
    # The server refuses to run as root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres", "postgres")

    def do(program, *words):
        command = [*user, str(binaries[0] / program), *map(str, words)]
        subprocess.run(command, check=True, cwd="/", capture_output=True)

    try:
        do("initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        do("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            do("psql", "-h", folder, "-U", "tester", "-d", "postgres", "-c", "create extension postgis")
            yield f"dbname='postgres' host={folder} user='tester' sslmode=disable"
        finally:
            do("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
