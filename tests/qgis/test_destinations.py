"""What would be lost or could not be written is refused before anything is computed, in the dialog's words."""

import hashlib

import pytest
from conftest import Log, context, loaded
from qgis.core import QgsApplication, QgsFeatureRequest, QgsProject, QgsVectorFileWriter


@pytest.fixture
def said(provider, monkeypatch):
    """What QGIS is told before a run, and what a run says that nobody asked before; nothing is computed."""

    def go(tool, values, lang="en"):
        from geoterritorio_qgis import calls, texts

        monkeypatch.setattr(texts, "language", lambda: lang)
        monkeypatch.setattr(calls, "answer", lambda *_, **__: pytest.fail("computed"))
        made = QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{tool}")
        fine, why = made.checkParameterValues(values, context())
        if not fine:
            log = Log()
            assert not made.run(values, context(), log, {}, False)[1]
            assert log.of("error") == [why]
        return "" if fine else why

    return go


def quotients(markets, firms, **more):
    return {"TERRITORIES": markets.id(), "FIRMS": firms.id(), **more}


@pytest.mark.parametrize("second", ["same.gpkg", "./same.gpkg", "sub/../same.gpkg"])
def test_two_results_in_one_place(said, markets, firms, tmp_path, second):
    (tmp_path / "sub").mkdir()
    place, again = tmp_path / "same.gpkg", f"{tmp_path}/{second}"
    text = said("location_quotient", quotients(markets, firms, QUOTIENTS=str(place), AREAS=again))
    assert "is also the place of “" in text
    assert not place.exists()
    text = said("location_quotient", quotients(markets, firms, QUOTIENTS=str(place), AREAS=again), lang="es")
    assert "es también el lugar de «" in text


def test_two_layers_of_one_database_are_two_places(said, markets, firms, tmp_path):
    table = f"ogr:dbname='{tmp_path}/base.gpkg' table=\"%s\" (geom)"
    places = {"QUOTIENTS": table % "uno", "AREAS": table % "dos"}
    assert said("location_quotient", quotients(markets, firms, **places)) == ""
    places["AREAS"] = str(tmp_path / "base.gpkg")
    assert "is also the place of" in said("location_quotient", quotients(markets, firms, **places))


@pytest.mark.parametrize("way", ["layer", "path"])
def test_a_result_in_place_of_its_input(said, register, tmp_path, firms, markets, way):
    path = tmp_path / "mío.gpkg"
    path.write_bytes(register.read_bytes())
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    mine = loaded(f"{path}|layername=firms", "mi registro")
    source = mine.id() if way == "layer" else f"{path}|layername=firms"
    values = {"TERRITORIES": markets.id(), "FIRMS": source, "QUOTIENTS": str(path)}
    assert "is the input “" in said("location_quotient", values)
    assert "es la entrada «" in said("location_quotient", values, lang="es")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    beside = {**values, "QUOTIENTS": f"ogr:dbname='{path}' table=\"otra\""}
    assert said("location_quotient", beside) == ""
    instead = {**values, "QUOTIENTS": f"ogr:dbname='{path}' table=\"firms\""}
    assert "is the input" in said("location_quotient", instead)


def test_a_result_in_place_of_a_layer_that_is_edited(said, markets, firms, tmp_path):
    path = tmp_path / "editada.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    QgsVectorFileWriter.writeAsVectorFormatV3(
        firms.materialize(QgsFeatureRequest().setLimit(3)), str(path), context().transformContext(), options
    )
    mine = loaded(path, "en edición")
    values = quotients(markets, firms, QUOTIENTS=str(path))
    assert said("location_quotient", values) == ""
    mine.startEditing()
    assert "the layer “en edición”" in said("location_quotient", values)
    mine.rollBack()
    assert said("location_quotient", values) == ""


@pytest.mark.parametrize("name", ["QUOTIENTS", "PLOT"])
@pytest.mark.parametrize("where", ["/proc/nada/q.png", "missing/q.png", "file/q.png"])
def test_a_place_that_cannot_be_written(said, markets, firms, tmp_path, name, where):
    (tmp_path / "file").touch()
    path = where if where.startswith("/") else str(tmp_path / where)
    path = path if name == "PLOT" else path.replace(".png", ".gpkg")
    values = {**quotients(markets, firms, QUOTIENTS="memory:"), name: path}
    assert "is not there" in said("location_quotient", values)
    assert "no está" in said("location_quotient", values, lang="es")


def test_a_folder_that_is_locked(said, markets, firms):
    text = said("location_quotient", quotients(markets, firms, QUOTIENTS="/proc/q.gpkg"))
    assert "/proc/q.gpkg cannot be written" in text


def test_layers_that_are_no_files_are_in_nobodys_way(said, markets, firms, tmp_path):
    memory = firms.materialize(QgsFeatureRequest().setLimit(3))
    QgsProject.instance().addMapLayer(memory)
    memory.startEditing()
    assert said("location_quotient", quotients(markets, memory, QUOTIENTS=str(tmp_path / "q.gpkg"))) == ""
    memory.rollBack()


def test_nothing_is_left_by_the_look(said, markets, firms, tmp_path):
    assert said("location_quotient", quotients(markets, firms, QUOTIENTS=str(tmp_path / "q.gpkg"))) == ""
    assert list(tmp_path.iterdir()) == []
