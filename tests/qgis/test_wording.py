"""What the core says is told in the words that the dialog shows."""

import pytest
from conftest import COMARCA, Log, context, loaded
from qgis.core import QgsApplication, QgsProcessingException


def tool(name):
    from geoterritorio_qgis import texts

    return next(t for t in texts.tools() if t["name"] == name)


@pytest.fixture(params=["en", "es"])
def lang(request, monkeypatch):
    from geoterritorio_qgis import texts

    monkeypatch.setattr(texts, "language", lambda: request.param)
    return request.param


def refusal(name, values):
    made = QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{name}")
    try:
        made.run(values, context(), Log(), {}, False)
    except QgsProcessingException as error:
        return str(error)
    raise AssertionError


def test_layers_have_their_labels(provider):
    from geoterritorio_qgis.wording import retold

    told = retold(
        tool("location_quotient"), "territories: versions overlap; ?on=2025-01-01\nfirms: no column"
    )
    assert told.startswith("Territories (territories): versions overlap")
    assert "\nFirms (firms): no column" in told
    assert "In this dialog: Advanced parameters, “Territories · Date in force”." in told


def test_versions_are_chosen_in_the_dialog(provider, qgis_new_project, lang):
    history = loaded(COMARCA / "municipalities.gpkg", "historia")
    counts = loaded(COMARCA / "counts.csv", "recuentos")
    values = {"TERRITORIES": history.id(), "COUNTS": counts.id(), "QUOTIENTS": "memory:"}
    text = refusal("location_quotient", values)
    label = {"en": "“Territories · Date in force”", "es": "«Territorios · Fecha de vigencia»"}[lang]
    assert label in text
    assert "Python" not in text
    assert "?on=" not in text


def test_neither_firms_nor_counts(provider, towns, lang):
    text = refusal("location_quotient", {"TERRITORIES": towns.id(), "QUOTIENTS": "memory:"})
    if lang == "es":
        assert "«Establecimientos» (un registro) o «Recuentos»" in text
    else:
        assert "firms (a register) or counts" in text


def test_a_period_is_named_in_the_dialog(provider, lang):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.wording import retold

    core = "flows: there are several periods ({periods}). Name one (period), or keep the rows of one."
    told = retold(tool("labour_markets"), texts.say(core).format(periods="2001, 2011"))
    assert {"en": "(“Period”)", "es": "(“Periodo”)"}[lang] in told
    told = retold(tool("location_quotient"), "counts: 2." + texts.say(" Keep the rows of one period."))
    assert {"en": "filter the layer", "es": "filtre la capa"}[lang] in told


def test_closed_centres_are_left_out_by_a_filter(provider, lang):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.wording import retold

    core = (
        " Keep those open on one day: behind the file as ?on=2025-01-01 on the command line, as on = "
        '"2025-01-01" in the study file.'
    )
    told = retold(tool("service_areas"), "centres: 2." + texts.say(core))
    assert "?on=" not in told
    assert {"en": "filter the layer", "es": "filtre la capa"}[lang] in told


def test_a_focus_that_is_unknown(provider, lang):
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.wording import retold

    said = texts.say("plot: “{focus}” is none of those that this picture can be about: {codes}.")
    said = said.format(focus="firms", codes="“a”")
    told = retold(tool("location_quotient"), said)
    assert told.startswith(texts.say("Focus of the plot") + ":")
    assert {"en": "“firms”", "es": "«firms»"}[lang] in told


def test_warnings_too(provider, monkeypatch, lang):
    from geoterritorio_qgis import calls, texts, worker
    from geoterritorio_qgis.interpreter import Python
    from geoterritorio_qgis.wording import retold

    monkeypatch.setattr(
        worker, "run", lambda _c, _e, feedback, *_, **__: feedback.pushWarning("firms: reprojected")
    )
    log = Log()
    calls.answer(
        Python("python", "setting"), [], log, None, lambda text: retold(tool("location_quotient"), text)
    )
    label = next(p["label"] for p in tool("location_quotient")["parameters"] if p["name"] == "firms")
    assert log.of("warning") == [f"{texts.say(label)} (firms): reprojected"]
