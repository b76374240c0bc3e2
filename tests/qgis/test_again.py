"""A run into the place of an earlier one: what QGIS shows is what the file holds, by name, legend and rows."""

import csv

import pytest
from conftest import Log, context, opened
from qgis.core import QgsApplication, QgsProcessingOutputLayerDefinition, QgsProject, QgsVectorLayer


@pytest.fixture
def again(provider, qgis_new_project, markets, firms):
    """Location quotients of a sector into a place, with and without loading the result, as QGIS's window does."""

    def go(sector, place, *, load=True, output="AREAS", log=None):
        from processing.gui.Postprocessing import handleAlgorithmResults

        where = context()
        values = {"TERRITORIES": markets.id(), "FIRMS": firms.id(), "SECTOR": sector, "QUOTIENTS": "memory:"}
        project = QgsProject.instance() if load else None
        values[output] = QgsProcessingOutputLayerDefinition(str(place), project)
        algorithm = QgsApplication.processingRegistry().createAlgorithmById("geoterritorio:location_quotient")
        log = log or Log()
        fine, why = algorithm.checkParameterValues(values, where)
        assert fine, why
        results, done = algorithm.run(values, where, log)
        assert done, log.said
        if load:
            handleAlgorithmResults(algorithm, where, log, parameters=values)
        return results[output]

    return go


def layers(path):
    return [layer for layer in QgsProject.instance().mapLayers().values() if str(path) in layer.source()]


def told(layer):
    """Sectors of the rows, the name, and the heading of the legend."""
    heading = layer.renderer().rootRule().children()[0].label()
    return {f["sector"] for f in layer.getFeatures()}, layer.name(), heading


@pytest.mark.parametrize("load", [True, False])
def test_the_layer_of_the_first_run_shows_the_last(again, tmp_path, load):
    path = tmp_path / "cocientes.gpkg"
    again("28.4", path)
    (first,) = layers(path)
    assert told(first)[0] == {"28.4"}
    headings = {told(first)[2]}
    for sector in ("15.2", "10.3"):
        again(sector, path, load=load)
        for layer in layers(path):
            held, name, heading = told(layer)
            assert held == {sector}
            assert name.startswith(f"{sector} · ")
            assert heading not in headings
        headings.add(heading)
        assert len(layers(path)) == 1


def test_names_and_styles_of_the_user_stay(again, tmp_path):
    path = tmp_path / "cocientes.gpkg"
    again("28.4", path)
    (ours,) = layers(path)
    ours.setName("my map")
    own = QgsVectorLayer(str(path), "my own", "ogr")
    QgsProject.instance().addMapLayer(own)
    look = own.renderer().dump()
    again("15.2", path, load=False)
    assert {f["sector"] for layer in (ours, own) for f in layer.getFeatures()} == {"15.2"}
    assert (ours.name(), own.name()) == ("my map", "my own")
    assert own.renderer().dump() == look


def test_other_layers_of_a_database_stay_what_they_are(again, tmp_path):
    table = f"ogr:dbname='{tmp_path}/base.gpkg' table=\"%s\" (geom)"
    again("28.4", table % "uno")
    (first,) = layers(tmp_path)
    before = told(first)
    again("15.2", table % "dos")
    again("10.3", table % "tres", load=False)
    assert told(first) == before
    assert sorted(told(layer)[1].partition(" ")[0] for layer in layers(tmp_path)) == ["15.2", "28.4"]
    again("10.3", table % "uno", load=False)
    assert sorted(told(layer)[1].partition(" ")[0] for layer in layers(tmp_path)) == ["10.3", "15.2"]
    assert told(first)[0] == {"10.3"}


def test_a_large_result_is_read_in_the_run_and_not_by_the_window(again, tmp_path, monkeypatch):
    from geoterritorio_qgis import styling

    seen = []
    monkeypatch.setattr(
        styling,
        "look",
        lambda layer, *_, whole=False, _look=styling.look: (
            seen.append((layer.name(), whole)),
            _look(layer, *_, whole=whole),
        )[1],
    )
    again("28.4", tmp_path / "cocientes.gpkg")
    assert seen == [("result", True)]


def test_of_other_large_layers_the_first_rows_are_read(qgis_app, monkeypatch):
    from geoterritorio_qgis import styling

    layer = QgsVectorLayer("none?field=sector:string&field=lq:double", "many", "memory")
    from qgis.core import QgsFeature

    for i in range(40):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(["A" if i < 20 else "B", 1.0])
        layer.dataProvider().addFeature(feature)
    assert styling.look(layer, "quotients").sector == ""
    monkeypatch.setattr(styling, "_MOST_ROWS", 10)
    assert styling.look(layer, "quotients").sector == "A"
    assert styling.look(layer, "quotients", whole=True).sector == ""


def test_a_text_file_keeps_kinds_of_columns(again, tmp_path):
    path = tmp_path / "cocientes.csv"
    found = opened(again("28.4", path, load=False, output="QUOTIENTS"))
    numeric = {f.name() for f in found.fields() if f.isNumeric()}
    assert {"lq", "establishments", "low", "high"} <= numeric
    assert "sector" not in numeric
    with path.open(encoding="utf-8") as file:
        assert len(next(csv.reader(file))) == found.fields().count()


def test_names_that_a_shapefile_cuts_are_told(again, tmp_path):
    log = Log()
    again("28.4", tmp_path / "corto.shp", load=False, log=log)
    (text,) = [t for t in log.of("warning") if "Shapefiles" in t]
    assert "establishments" in text


def test_a_picture_without_an_ending_is_a_png(run, markets, firms, tmp_path):
    values = {"TERRITORIES": markets, "FIRMS": firms, "QUOTIENTS": "memory:", "PLOT": str(tmp_path / "fig ñ")}
    made = run("location_quotient", values)["PLOT"]
    assert made == str(tmp_path / "fig ñ.png")
    assert (tmp_path / "fig ñ.png").read_bytes()[1:4] == b"PNG"
