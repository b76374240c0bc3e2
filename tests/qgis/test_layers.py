"""Whatever a layer is made of, a tool counts what QGIS shows of it: no row more, no value older."""

from collections import Counter

import pytest
from conftest import COMARCA, Log, context, exported, loaded, opened, plain, rows, selected
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QUrl, QVariant


@pytest.fixture
def counted(run, markets):
    """Establishments by sector as a tool counts them, and the layers it had copied."""

    def count(source, sector=None):
        log = Log()
        values = {"TERRITORIES": markets, "FIRMS": source, "FIRMS_SECTOR": sector, "OUTPUT": "memory:"}
        found = Counter()
        for feature in run("tabulate", values, log)["OUTPUT"].getFeatures():
            found[feature["sector"]] += feature["establishments"]
        return +found, exported(log)

    return count


def shown(layer, sector="sector", expression=""):
    """The same as QGIS itself counts it."""
    request = QgsFeatureRequest().setFilterExpression(expression) if expression else QgsFeatureRequest()
    return Counter(plain(f[sector]) for f in layer.getFeatures(request))


def saved(layer, path, driver, name="", encoding="UTF-8", action=None):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.fileEncoding = driver, name, encoding
    if action is not None:
        options.actionOnExistingFile = action
    project = QgsProject.instance().transformContext()
    code, text, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), project, options)
    assert code == QgsVectorFileWriter.WriterError.NoError, text
    return str(path)


def test_a_file(counted, firms, route):
    found, copied = counted(firms)
    assert found == shown(firms)
    assert bool(copied) == (route == "export")


def test_a_selection(counted, firms):
    firms.selectByExpression('"employment" > 5')
    found, _ = counted(selected(firms))
    assert found == shown(firms, expression='"employment" > 5')
    assert 0 < sum(found.values()) < firms.featureCount()


def test_a_limit(counted, firms):
    found, _ = counted(QgsProcessingFeatureSourceDefinition(firms.id(), False, 77))
    assert sum(found.values()) == 77


@pytest.mark.since(33200)  # filters of a run
def test_a_filter_of_the_run(counted, firms):
    definition = QgsProcessingFeatureSourceDefinition(firms.id(), False)
    definition.filterExpression = '"employment" > 5'
    found, _ = counted(definition)
    assert found == shown(firms, expression='"employment" > 5')


def test_a_filter_of_the_layer(counted, firms):
    total = firms.featureCount()
    firms.setSubsetString('"employment" > 5')
    found, _ = counted(firms)
    assert found == shown(firms)
    assert sum(found.values()) < total


def test_a_filter_in_a_path(counted, register):
    found, _ = counted(f'{register}|layername=firms|subset="employment" > 5')
    assert 0 < sum(found.values()) < 1900


def test_unsaved_edits(counted, firms):
    firms.startEditing()
    ids = [feature.id() for feature in firms.getFeatures()]
    firms.deleteFeatures(ids[:10])
    for number in ids[10:30]:
        firms.changeAttributeValue(number, firms.fields().indexOf("sector"), "Ñ99")
    found, _ = counted(firms)
    expected = shown(firms)
    firms.rollBack()
    assert found == expected
    assert found["Ñ99"] == 20


def test_a_layer_that_is_edited_but_not_changed_is_its_file(counted, firms):
    firms.startEditing()
    _, copied = counted(firms)
    firms.rollBack()
    assert copied == []


def test_a_virtual_field(counted, firms):
    firms.addExpressionField("lower(\"sector\") || 'ñ'", QgsField("bajo", QVariant.String))
    found, _ = counted(firms, "bajo")
    assert found == shown(firms, "bajo")


def test_a_joined_field(counted, firms):
    table = QgsVectorLayer("NoGeometry?field=code:string&field=branch:string", "codes", "memory")
    codes = sorted(set(shown(firms)))
    for i, code in enumerate(codes):
        feature = QgsFeature(table.fields())
        feature.setAttributes([code, f"rama {i % 3}"])
        table.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(table)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(table)
    join.setJoinFieldName("code")
    join.setTargetFieldName("sector")
    join.setUsingMemoryCache(True)
    join.setPrefix("")
    firms.addJoin(join)
    found, _ = counted(firms, "branch")
    expected = shown(firms, "branch")
    firms.removeJoin(table.id())
    assert found == expected
    assert set(found) == {"rama 0", "rama 1", "rama 2"}


def test_a_memory_layer(counted, firms):
    layer = firms.materialize(QgsFeatureRequest())
    QgsProject.instance().addMapLayer(layer)
    assert counted(layer)[0] == shown(firms)


@pytest.mark.parametrize("way", ["layername=segunda capa 'ñ'", "layerid=1"])
def test_a_file_of_several_layers(counted, firms, here, way):
    path = saved(firms, here / "varias capas.gpkg", "GPKG", "primera")
    firms.setSubsetString('"employment" > 5')
    more = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
    saved(firms, path, "GPKG", "segunda capa 'ñ'", action=more)
    layer = loaded(f"{path}|{way}", "la 'segunda' \"capa\"")
    found, copied = counted(layer)
    assert found == shown(layer) == shown(firms)
    assert copied == []


@pytest.mark.parametrize("name", ["capa a|b", "capa ¿a?b"])
def test_a_layer_whose_name_has_the_signs_of_the_command_line(counted, firms, here, name):
    path = saved(firms.materialize(QgsFeatureRequest().setLimit(30)), here / "barra.gpkg", "GPKG", name)
    layer = loaded(path, "barra")
    assert name in layer.dataProvider().subLayers()[0]
    found, copied = counted(layer)
    assert found == shown(layer)
    assert copied == ["barra"]


def test_delimited_text(counted, firms, here):
    path = here / "empresas.csv"
    lines = ["firm;sector;employment;x;y"]
    for f in firms.getFeatures(QgsFeatureRequest().setLimit(50)):
        point = f.geometry().asPoint()
        lines.append(f"{f['firm']};{f['sector']};{plain(f['employment']) or ''};{point.x()};{point.y()}")
    path.write_text("\n".join(lines), encoding="utf-8")
    uri = bytes(QUrl.fromLocalFile(str(path)).toEncoded()).decode()
    layer = loaded(
        f"{uri}?delimiter=;&xField=x&yField=y&crs=EPSG:25830&detectTypes=no", "texto", "delimitedtext"
    )
    found, copied = counted(layer)
    assert found == shown(layer)
    assert sum(found.values()) == 50
    assert copied


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_a_shapefile(counted, firms, here, encoding):
    layer = firms.materialize(QgsFeatureRequest().setLimit(50))
    layer.startEditing()
    for feature in layer.getFeatures():
        layer.changeAttributeValue(feature.id(), layer.fields().indexOf("sector"), "año")
    layer.commitChanges()
    shape = loaded(saved(layer, here / "señal.shp", "ESRI Shapefile", encoding=encoding), "shape")
    assert counted(shape)[0] == shown(shape) == {"año": 50}


def test_letters_the_user_has_set(counted, firms, here):
    """A shapefile whose code page is told wrongly shows what the user says it holds."""
    layer = firms.materialize(QgsFeatureRequest().setLimit(3))
    layer.startEditing()
    for feature in layer.getFeatures():
        layer.changeAttributeValue(feature.id(), layer.fields().indexOf("sector"), "año")
    layer.commitChanges()
    path = saved(layer, here / "mal.shp", "ESRI Shapefile", encoding="ISO-8859-1")
    (here / "mal.cpg").unlink()
    shape = loaded(path, "shape")
    shape.setProviderEncoding("ISO-8859-1")
    assert counted(shape)[0] == shown(shape)


def test_one_kind_of_shapes_of_a_mixed_file(counted, firms, here):
    mixed = here / "mezcla.geojson"
    point = '{"type":"Feature","properties":{"sector":"A"},"geometry":{"type":"Point","coordinates":[%s]}}'
    line = '{"type":"Feature","properties":{"sector":"B"},"geometry":{"type":"LineString","coordinates":[[%s],[0,0]]}}'
    inside = next(firms.getFeatures()).geometry().asPoint()
    where = f"{inside.x()},{inside.y()}"
    crs = '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::25830"}}'
    text = f'{{"type":"FeatureCollection",{crs},"features":[{point % where},{line % where}]}}'
    mixed.write_text(text, encoding="utf-8")
    layer = loaded(f"{mixed}|geometrytype=Point", "puntos")
    assert counted(layer)[0] == shown(layer) == {"A": 1}


def test_names_with_spaces_and_accents(counted, firms, here, route):
    layer = firms.materialize(QgsFeatureRequest().setLimit(60))
    layer.startEditing()
    layer.renameAttribute(layer.fields().indexOf("sector"), "Sección CNAE (año 1)")
    layer.commitChanges()
    layer = loaded(saved(layer, here / "año.gpkg", "GPKG", 'capa "ñ"'), "capa = 'rara'")
    found, copied = counted(layer, "Sección CNAE (año 1)")
    assert found == shown(layer, "Sección CNAE (año 1)")
    assert bool(copied) == (route == "export")


def test_a_text_field_called_fid(run, counted, firms):
    layer = firms.materialize(QgsFeatureRequest().setLimit(40))
    layer.startEditing()
    layer.deleteAttribute(layer.fields().indexOf("fid"))
    layer.renameAttribute(layer.fields().indexOf("sector"), "fid")
    layer.commitChanges()
    QgsProject.instance().addMapLayer(layer)
    assert counted(layer, "fid")[0] == shown(layer, "fid")


def test_the_key_of_a_file_as_a_column(run, markets, firms):
    values = {"TERRITORIES": markets, "TERRITORIES_TERRITORY": "fid", "FIRMS": firms, "OUTPUT": "memory:"}
    found = {str(f["territory"]) for f in run("tabulate", values)["OUTPUT"].getFeatures()}
    assert found <= {str(f["fid"]) for f in markets.getFeatures()}
    assert len(found) > 1


# --- systems, emptiness, shapes ----------------------------------------------------------------------------


def polygons(crs, *shapes):
    layer = QgsVectorLayer("Polygon?field=territory:string", "polígonos", "memory")
    layer.setCrs(crs)
    for i, text in enumerate(shapes):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([f"t{i}"])
        feature.setGeometry(QgsGeometry.fromWkt(text))
        layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    return layer


OWN = "+proj=tmerc +lat_0=0 +lon_0=-1.234 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs"
SQUARE = "Polygon((0 0, 3000 0, 3000 2000, 0 2000, 0 0))"


def test_a_system_of_ones_own(run, qgis_new_project):
    layer = polygons(QgsCoordinateReferenceSystem.fromProj(OWN), SQUARE)
    found = run("regular_grid", {"TERRITORIES": layer, "CELL": 1000.0, "OUTPUT": "memory:"})["OUTPUT"]
    assert "-1.234" in found.crs().toProj()
    assert found.featureCount() == 6


def test_a_system_the_user_has_set(run, here, qgis_new_project):
    """The file has none; QGIS was told which it is."""
    layer = polygons(QgsCoordinateReferenceSystem("EPSG:25830"), SQUARE)
    path = saved(layer, here / "sin.shp", "ESRI Shapefile")
    (here / "sin.prj").unlink()
    layer = QgsVectorLayer(path, "sin", "ogr")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25830"))
    QgsProject.instance().addMapLayer(layer)
    found = run("regular_grid", {"TERRITORIES": layer, "CELL": 1000.0, "OUTPUT": "memory:"})["OUTPUT"]
    assert found.crs().authid() == "EPSG:25830"
    assert found.featureCount() == 6


def refusal(values):
    """What a run that is refused says; no layer may stay alive in a frame beside the error."""
    made = QgsApplication.processingRegistry().createAlgorithmById("geoterritorio:regular_grid")
    try:
        made.run(values, context(), Log(), {}, False)
    except QgsProcessingException as error:
        return str(error)
    raise AssertionError


def test_an_empty_layer_is_refused_in_words(provider, qgis_new_project):
    layer = polygons(QgsCoordinateReferenceSystem("EPSG:25830"))
    text = refusal({"TERRITORIES": layer.id(), "CELL": 1000.0, "OUTPUT": "memory:"})
    assert "(territories): the layer is empty" in text
    assert "Traceback" not in text


def test_degrees_are_refused_in_words(provider, qgis_new_project):
    layer = polygons(QgsCoordinateReferenceSystem("EPSG:4326"), "Polygon((0 40, 1 40, 1 41, 0 40))")
    text = refusal({"TERRITORIES": layer.id(), "CELL": 1000.0, "OUTPUT": "memory:"})
    assert "degrees" in text


def test_invalid_shapes_are_refused_alike_on_both_roads(provider, here, route, qgis_new_project):
    bow = "Polygon((0 0, 1000 1000, 1000 0, 0 1000, 0 0))"
    layer = polygons(QgsCoordinateReferenceSystem("EPSG:25830"), SQUARE, bow)
    layer = loaded(saved(layer, here / "lazo.gpkg", "GPKG", "lazo"), "lazo")
    text = refusal({"TERRITORIES": layer.id(), "CELL": 1000.0, "OUTPUT": "memory:"})
    assert "cross themselves" in text


# --- databases --------------------------------------------------------------------------------------------------


def test_postgis_in_and_out(run, markets, firms, postgis):
    grid = f'postgres://{postgis} table="public"."malla" (geom)'
    values = {"TERRITORIES": markets, "CELL": 20000.0, "OUTPUT": grid}
    made = run("regular_grid", values)["OUTPUT"]
    asked = "user='tester' password='s3cr3t-pass'"  # asked of nobody here, and none of a run's words
    layer = loaded(made.replace("postgres://", "").replace("user='tester'", asked), "malla", "postgres")
    again, log = {"TERRITORIES": layer, "CELL": 20000.0, "OUTPUT": "memory:"}, Log()
    assert layer.featureCount() > 10
    assert "s3cr3t-pass" in layer.source()
    assert run("regular_grid", again, log)["OUTPUT"].featureCount() >= layer.featureCount()
    assert log.said
    assert "s3cr3t-pass" not in str(log.said)


# --- destinations -----------------------------------------------------------------------------------------------


@pytest.fixture
def grid(run, markets):
    def make(destination):
        return run("regular_grid", {"TERRITORIES": markets, "CELL": 20000.0, "OUTPUT": destination})["OUTPUT"]

    return make


@pytest.mark.parametrize("name", ["malla ñ.gpkg", "malla ñ.geojson", "malla ñ.shp", "malla.fgb"])
def test_files_of_all_kinds(grid, here, name):
    made = opened(grid(str(here / name)))
    assert made.featureCount() == opened(grid("TEMPORARY_OUTPUT")).featureCount() > 10
    if name.endswith((".gpkg", ".fgb")):
        assert made.crs().authid() == "EPSG:25830"


def test_a_table_in_a_database_that_exists(grid, tmp_path, markets):
    path = saved(markets, tmp_path / "base.gpkg", "GPKG", "antes")
    grid(f"ogr:dbname='{path}' table=\"malla\" (geom)")
    assert opened(f"{path}|layername=malla").featureCount() > 10
    assert opened(f"{path}|layername=antes").featureCount() == 12


def test_rows_added_to_a_layer_that_exists(grid, tmp_path):
    from qgis.core import QgsProcessingOutputLayerDefinition, QgsProperty, QgsRemappingSinkDefinition

    path = str(tmp_path / "base.gpkg")
    count = opened(grid(path)).featureCount()
    remap = QgsRemappingSinkDefinition()
    target = opened(path)
    remap.setDestinationFields(target.fields())
    remap.setDestinationCrs(target.crs())
    remap.setDestinationWkbType(target.wkbType())
    remap.setFieldMap({"territory": QgsProperty.fromField("territory")})
    del target
    definition = QgsProcessingOutputLayerDefinition(path)
    definition.setRemappingDefinition(remap)
    grid(definition)
    assert opened(path).featureCount() == 2 * count


def test_a_table_without_shapes(run, here):
    path = str(here / "referencia ñ.csv")
    values = {"TOTALS": loaded(COMARCA / "nation.csv", "nación"), "OUTPUT": path}
    run("reference_of", values)
    assert len(rows(path, shapes=False)[1]) > 200


def test_outputs_that_are_not_wanted_are_not_made(run, markets, firms):
    values = {"TERRITORIES": markets, "FIRMS": firms, "QUOTIENTS": "memory:", "AREAS": None}
    made = run("location_quotient", values)
    assert made["QUOTIENTS"].featureCount()
    assert "AREAS" not in made


def test_a_table_of_counts_beside_its_territories(run, towns):
    table = loaded(COMARCA / "counts.csv", "counts")
    log = Log()
    values = {"TERRITORIES": towns, "COUNTS": table, "QUOTIENTS": "memory:"}
    assert run("location_quotient", values, log)["QUOTIENTS"].featureCount() > 1000
    assert exported(log) == ["counts"]
