"""Time of a tool through QGIS beside the command line's; run it by ``scripts/time-qgis``.

A register of 100 000 establishments is counted over 150 territories into location quotients: by the command line,
through QGIS from the register's own file, and through QGIS from a copy (as for a selection, or a layer in memory).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsSettings,
    QgsVectorLayer,
)

ROOT = Path(__file__).parents[1]
PYTHON = os.environ["GEOTERRITORIO_TEST_PYTHON"]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
FIRMS = int(os.environ.get("FIRMS", "100000"))
BUDGETS = {"QGIS, original file": 1.1, "QGIS, export": 1.6, "QGIS, memory layer": 1.6}
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
MAKE = """
import sys
import geopandas as gpd, numpy as np
towns, path, count = gpd.read_file(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rng = np.random.default_rng(1)
shape = towns.geometry.union_all()
x, y = (rng.uniform(*ends, count * 4) for ends in np.reshape(shape.bounds, (2, 2)).T)
points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=towns.crs)
points = points[points.within(shape)].iloc[:count].reset_index(drop=True)
sectors = np.array([f"{number:02d}" for number in range(10, 70)])
frame = {
    "firm": np.arange(len(points)).astype(str),
    "name": "establishment",
    "sector": sectors[rng.integers(0, len(sectors), len(points))],
    "employment": rng.geometric(0.1, len(points)),
}
gpd.GeoDataFrame(frame, geometry=points).to_file(path, layer="firms")
"""


def timed(work):
    """Seconds of a piece of work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    folder = Path(tempfile.mkdtemp())
    towns, register = ROOT / "sample_data/comarca/municipalities_2025.gpkg", folder / "register.gpkg"
    subprocess.run([PYTHON, "-c", MAKE, str(towns), str(register), str(FIRMS)], check=True, env=ENVIRONMENT)
    application = QgsApplication([], False)
    application.initQgis()
    sys.path[:0] = ["/usr/share/qgis/python/plugins", str(ROOT / "qgis_plugin")]
    from geoterritorio_qgis.provider import Provider

    QgsSettings().setValue("geoterritorio/python", PYTHON)
    provider = Provider()
    QgsApplication.processingRegistry().addProvider(provider)
    found = measured(towns, register, folder)
    QgsProject.instance().clear()
    report(found)
    sys.stdout.flush()
    os._exit(0)  # Qt's own end is not what is timed


def measured(towns, register, folder):
    """Seconds of each way, round by round, so that a busy machine hurts all alike."""
    areas, firms = QgsVectorLayer(str(towns), "towns", "ogr"), QgsVectorLayer(str(register), "firms", "ogr")
    memory = firms.materialize(QgsFeatureRequest())
    firms_and_filter = QgsVectorLayer(f'{register}|subset="employment" > 0', "filtered", "ogr")
    for layer in (areas, firms, memory, firms_and_filter):
        QgsProject.instance().addMapLayer(layer)
    words = ["--territories", str(towns), "--firms", str(register), "--output", str(folder / "lq.fgb")]
    command = [PYTHON, "-m", "geoterritorio", "location-quotient", *words, "--overwrite"]

    def line():
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)

    def through(layer):
        values = {"TERRITORIES": areas.id(), "FIRMS": layer.id(), "QUOTIENTS": "memory:"}
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        tool = QgsApplication.processingRegistry().createAlgorithmById("geoterritorio:location_quotient")
        _, fine = tool.run(values, context, QgsProcessingFeedback(False))
        if not fine:
            sys.exit("a run through QGIS failed")

    ways = {
        "command line": line,
        "QGIS, original file": lambda: through(firms),
        "QGIS, export": lambda: through(firms_and_filter),
        "QGIS, memory layer": lambda: through(memory),
    }
    for work in ways.values():  # caches, and the preflight
        work()
    found = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            found[name].append(timed(work))
    return found


def report(found):
    """Table of the ways, with their ratios to the command line and the budgets."""
    base = found["command line"]
    rows = []
    print(f"location_quotient, {FIRMS} establishments, 150 territories, {ROUNDS} rounds")
    print(f"{'way':22} {'median s':>9} {'least s':>9} {'ratio':>7} {'of least':>9} {'budget':>7}")
    for name, times in found.items():
        ratio = statistics.median(times) / statistics.median(base)
        least = min(times) / min(base)
        budget = BUDGETS.get(name, "")
        rows.append({"work": name, "s": f"{statistics.median(times):.2f}", "ratio": f"{ratio:.2f}"})
        print(
            f"{name:22} {statistics.median(times):9.2f} {min(times):9.2f} {ratio:7.2f} {least:9.2f} {budget:>7}"
        )
    keep(rows)


def keep(rows):
    """Leave the rows for the page of benchmarks, if a file for them was named."""
    if os.environ.get("RESULTS"):
        about = {
            "day": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": f"{os.cpu_count()} cores, {FIRMS} establishments, {ROUNDS} rounds",
            "libraries": {"QGIS": Qgis.QGIS_VERSION},
        }
        Path(os.environ["RESULTS"]).write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
