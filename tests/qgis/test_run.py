"""Tools run inside QGIS give what the command line gives."""

from conftest import COMARCA, Log, loaded


def test_a_tool_runs(run, markets):
    log = Log()
    values = {"TERRITORIES": markets, "CELL": 20000.0, "OUTPUT": "TEMPORARY_OUTPUT"}
    found = run("regular_grid", values, log)["OUTPUT"]
    assert found.featureCount() > 10
    assert "-m geoterritorio regular-grid" in log.of("command")[0]


def test_refusals_are_told(run, markets):
    import pytest
    from qgis.core import QgsProcessingException

    table = loaded(COMARCA / "counts.csv", "counts")
    values = {"TERRITORIES": markets, "COUNTS": table, "QUOTIENTS": "TEMPORARY_OUTPUT"}
    with pytest.raises(QgsProcessingException, match="150 territories are not in the layer of territories"):
        run("location_quotient", values)
