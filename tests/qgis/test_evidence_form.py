"""The form for coded evidence in QGIS: made by the algorithm, opened with its lists, and read again by the core."""

import json
import subprocess

import pytest
from conftest import COMARCA, PYTHON, ROOT, loaded
from qgis.core import QgsFeature, QgsProcessingException, QgsVectorLayer, QgsVectorLayerUtils, edit

READ = """
import json, sys
from geoterritorio.layers import read_evidence
print(json.dumps(read_evidence(sys.argv[1])[["territory", "item", "rating", "source"]].values.tolist()))
"""


@pytest.fixture
def form(run, tmp_path):
    markets = loaded(COMARCA / "labour_markets.gpkg")
    found = run(
        "evidence_template",
        {"TERRITORIES": markets, "TERRITORIES_NAME": "name", "OUTPUT": str(tmp_path / "form.gpkg")},
    )
    layer = QgsVectorLayer(f"{found['OUTPUT']}|layername=evidence", "evidence", "ogr")
    assert layer.isValid()
    return layer


def chosen(layer, name):
    """Stored values by what is read in the list of a column."""
    pairs = layer.fields()[layer.fields().indexOf(name)].editorWidgetSetup().config()["map"]
    return {shown: stored for pair in pairs for shown, stored in pair.items()}


def test_qgis_opens_the_table_with_its_form(form):
    kinds = {f.name(): f.editorWidgetSetup().type() for f in form.fields()}
    assert {n for n, kind in kinds.items() if kind == "ValueMap"} == {"territory", "item", "rating"}
    assert chosen(form, "item")["Networking and cooperation between projects"] == "networking"
    assert len(chosen(form, "item")) == 24
    assert set(chosen(form, "territory").values()) == {f"MINV{i:02d}" for i in range(1, 13)}
    assert form.attributeAlias(form.fields().indexOf("rating")) == "Rating"


def test_a_new_row_has_the_date_of_today_and_needs_a_source(form):
    feature = QgsVectorLayerUtils.createFeature(form)
    assert len(feature["date"]) == len("2025-01-01")
    holds = {
        f.name(): QgsVectorLayerUtils.validateAttribute(form, feature, i)[0]
        for i, f in enumerate(form.fields())
    }
    assert not holds["source"]
    assert not holds["territory"]
    assert holds["rating"]
    feature["rating"], feature["source"] = 9, "interview"
    at = form.fields().indexOf("rating")
    assert not QgsVectorLayerUtils.validateAttribute(form, feature, at)[0]
    assert QgsVectorLayerUtils.validateAttribute(form, feature, form.fields().indexOf("source"))[0]


def test_what_is_filled_in_is_read_by_the_core(form):
    with edit(form):
        row = QgsFeature(form.fields())
        for name, value in {
            "territory": "MINV01",
            "item": "identity",
            "rating": 3,
            "source": "minutes",
        }.items():
            row[name] = value
        assert form.addFeature(row)
    source = form.source().replace("|layername=", "|")
    said = subprocess.run(
        [PYTHON, "-c", READ, source],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout) == [["MINV01", "identity", 3.0, "minutes"]]


def test_a_file_that_is_there_is_not_replaced(run, tmp_path):
    markets = loaded(COMARCA / "labour_markets.gpkg")
    values = {"TERRITORIES": markets, "OUTPUT": str(tmp_path / "form.xlsx")}
    run("evidence_template", values)
    with pytest.raises(QgsProcessingException, match="exists"):
        run("evidence_template", values)
