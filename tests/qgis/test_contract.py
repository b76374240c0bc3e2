"""Every algorithm is what its tool is: same words, defaults and bounds, fit for batches and models."""

import ast
import inspect
import json
import re

import pytest
import qgis.core
import qgis.PyQt.QtCore
from conftest import COMARCA, ROOT, Log, context
from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingUtils,
    QgsProject,
)

DESCRIBED = json.loads((ROOT / "geoterritorio" / "tools.json").read_text(encoding="utf-8"))
TOOLS = {tool["name"]: tool for tool in [*DESCRIBED["tools"], *DESCRIBED["forms"]]}
every = pytest.mark.parametrize("name", TOOLS)
ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced
OPTIONAL = QgsProcessingParameterDefinition.Flag.FlagOptional


def algorithm(name):
    return QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{name}")


def parameter(made, name):
    return made.parameterDefinition(name.upper())


@pytest.fixture
def in_language(monkeypatch, provider):
    """Fresh algorithm in a language."""
    from geoterritorio_qgis import texts
    from geoterritorio_qgis.algorithm import ToolAlgorithm

    def make(name, lang):
        monkeypatch.setattr(texts, "language", lambda: lang)
        return ToolAlgorithm(TOOLS[name]).create()

    return make


def test_all_tools_are_there(provider):
    from geoterritorio_qgis import handmade

    by_hand = {made().name() for made in handmade.ALGORITHMS}
    assert {made.name() for made in provider.algorithms()} == set(TOOLS) | by_hand
    assert len(by_hand) <= 3


@every
def test_help_in_both_languages(in_language, name):
    said = {}
    for lang in ("en", "es"):
        made = in_language(name, lang)
        described = [p.description() for p in made.parameterDefinitions()]
        said[lang] = (made.displayName(), made.shortHelpString(), *described)
        assert all(said[lang])
        assert made.group()
        assert not [p.name() for p in made.parameterDefinitions() if not p.help()]
    assert said["en"][0] != said["es"][0]
    assert said["en"][1] != said["es"][1]
    assert len(said["en"]) == len(said["es"])


@every
def test_words_that_find_it_in_both_languages(in_language, name):
    tags = set(in_language(name, "en").tags())
    assert tags == set(in_language(name, "es").tags())
    assert name.split("_")[0] in tags


@every
def test_parameters_are_those_of_the_tool(provider, name):
    from geoterritorio_qgis.parameters import columns, is_dated, is_raster

    made, tool = algorithm(name), TOOLS[name]
    expected = []
    for described in tool["parameters"]:
        expected.append(described["name"].upper())
        if described["type"] == "layer" and not is_raster(described):
            expected += [f"{described['name']}_{c['name']}".upper() for c in columns(described)]
        if is_dated(described):
            expected.append(f"{described['name']}_on".upper())
    expected += [o["name"].upper() for o in tool["outputs"] if o["type"] in {"layer", "file"}]
    found = [p.name() for p in made.parameterDefinitions()]
    assert [n for n in found if not n.startswith("PLOT")] == expected
    assert len(found) == len(set(found))
    assert ("PLOT" in found) == bool(tool["plots"])
    told = {o.name(): o for o in made.outputDefinitions()}
    for output in tool["outputs"]:
        shown = told[output["name"].upper()]
        if output["type"] in {"number", "integer"}:
            assert isinstance(shown, QgsProcessingOutputNumber)
        elif output["type"] == "file":
            assert isinstance(shown, QgsProcessingOutputFile)
        elif output["type"] != "layer":
            assert isinstance(shown, QgsProcessingOutputString)


@every
def test_defaults_are_those_of_the_library(provider, name):
    made = algorithm(name)
    for described in TOOLS[name]["parameters"]:
        shown, default = parameter(made, described["name"]), described["default"]
        if described["type"] == "choice" and default is not None:
            default = described["options"].index(default)
        assert shown.defaultValue() == default, described["name"]
        assert bool(shown.flags() & OPTIONAL) != described["required"], described["name"]
        assert bool(shown.flags() & ADVANCED) == (described["type"] != "layer" and described["advanced"])


@every
def test_bounds(provider, name):
    made = algorithm(name)
    for described in TOOLS[name]["parameters"]:
        if described["type"] not in {"number", "integer"}:
            continue
        shown = parameter(made, described["name"])
        assert shown.dataType() == getattr(
            QgsProcessingParameterNumber.Type, "Integer" if described["type"] == "integer" else "Double"
        )
        for bound, got in ((described["min"], shown.minimum()), (described["max"], shown.maximum())):
            assert got == bound if bound is not None else abs(got) > 1e300
        if described["unit"]:
            assert shown.description().endswith(f"[{described['unit']}]")
        if described["min"] is not None:
            assert not shown.checkValueIsAcceptable(described["min"] - 1)


@every
def test_choices_are_translated_and_in_order(in_language, name):
    spanish, english = in_language(name, "es"), in_language(name, "en")
    from geoterritorio_qgis import texts

    for described in TOOLS[name]["parameters"]:
        if described["type"] == "choice":
            es, en = parameter(spanish, described["name"]), parameter(english, described["name"])
            assert en.options() == described["labels"]
            assert es.options() == [texts.translator("es")(word) for word in described["labels"]]
            assert len(es.options()) == len(set(es.options())) == len(described["options"])
            assert not es.usesStaticStrings()


@every
def test_create_gives_a_fresh_equal_algorithm(provider, name):
    first = provider.algorithm(name)
    second = first.create()
    assert second is not first
    assert second.id() == first.id() == f"geoterritorio:{name}"
    told = [
        [(p.name(), p.type(), p.defaultValue(), p.flags()) for p in made.parameterDefinitions()]
        for made in (first, second)
    ]
    assert told[0] == told[1]
    assert second.asPythonCommand({}, context())


def stand_ins(name):
    """Least values with which a tool can be asked: required layers and first outputs."""
    made = algorithm(name)
    layer = next(iter(QgsProject.instance().mapLayers()))
    values = {}
    for shown in made.parameterDefinitions():
        if shown.flags() & OPTIONAL or shown.defaultValue() is not None:
            continue
        if shown.isDestination():
            values[shown.name()] = "TEMPORARY_OUTPUT"
        elif shown.type() == "source":
            values[shown.name()] = layer
        elif shown.type() == "raster":
            values[shown.name()] = str(COMARCA / "elevation_200m.tif")
        elif shown.type() == "number":
            values[shown.name()] = max(shown.minimum(), 1)
        elif shown.type() == "enum":
            values[shown.name()] = 0
        else:
            values[shown.name()] = "1"
    return made, values


@every
def test_optional_parameters_may_be_left_out_or_none(provider, towns, name):
    """As models leave them out, and batches hand over None."""
    from geoterritorio_qgis import arguments

    made, values = stand_ins(name)
    fine, why = made.checkParameterValues(values, context())
    assert fine, why
    everything = {p.name(): values.get(p.name()) for p in made.parameterDefinitions()}
    unset = {key: value for key, value in everything.items() if value is not None or optional(made, key)}
    fine, why = made.checkParameterValues(unset, context())
    assert fine, why
    originals = {p["name"].upper(): "file.gpkg" for p in TOOLS[name]["parameters"] if p["type"] == "layer"}
    lines = [
        [*arguments.words(made, given, context(), Log(), originals, "/nowhere")] for given in (values, unset)
    ]
    assert lines[0] == lines[1]
    assert not [word for word in lines[0] if "None" in word]


def optional(made, name):
    return bool(made.parameterDefinition(name).flags() & OPTIONAL)


@every
def test_required_parameters_are_required(provider, name):
    made = algorithm(name)
    required = [p for p in TOOLS[name]["parameters"] if p["required"]]
    fine, _ = made.checkParameterValues({}, context())
    assert not fine
    assert required or TOOLS[name]["outputs"]


@every
def test_words_reach_the_command_line(provider, towns, name):
    """All that differs from nothing is said, with the options the command line has."""
    from geoterritorio_qgis import arguments

    made, values = stand_ins(name)
    originals = {p["name"].upper(): "file.gpkg" for p in TOOLS[name]["parameters"] if p["type"] == "layer"}
    words = [*arguments.words(made, values, context(), Log(), originals, "/nowhere")]
    said = {word.partition("=")[0] for word in words if word.startswith("--")}
    known = {"--" + p["name"].replace("_", "-") for p in TOOLS[name]["parameters"]}
    known |= {"--no-" + p["name"].replace("_", "-") for p in TOOLS[name]["parameters"]}
    assert said <= known
    for described in TOOLS[name]["parameters"]:
        if described["type"] == "choice" and described["default"] is not None:
            assert f"--{described['name'].replace('_', '-')}={described['default']}" in words


# --- models and batches -----------------------------------------------------------------------------------


def model(name, fixed, inputs):
    """Model with a tool as its only child: layers from outside, everything else fixed."""
    made = QgsProcessingModelAlgorithm("modelo", "grupo")
    made.initAlgorithm()
    child = QgsProcessingModelChildAlgorithm(f"geoterritorio:{name}")
    child.setChildId("tool")
    for key in inputs:
        made.addModelParameter(
            QgsProcessingParameterFeatureSource(key, key), QgsProcessingModelParameter(key)
        )
        child.addParameterSources(key, [QgsProcessingModelChildParameterSource.fromModelParameter(key)])
    for key, value in fixed.items():
        child.addParameterSources(key, [QgsProcessingModelChildParameterSource.fromStaticValue(value)])
    outputs, alive = {}, algorithm(name)
    for destination in alive.destinationParameterDefinitions():
        if not destination.flags() & OPTIONAL:
            out = QgsProcessingModelOutput(destination.name())
            out.setChildId("tool")
            out.setChildOutputName(destination.name())
            outputs[destination.name()] = out
    child.setModelOutputs(outputs)
    made.addChildAlgorithm(child)
    return made


def reloaded(made, path):
    assert made.toFile(str(path))
    again = QgsProcessingModelAlgorithm()
    assert again.fromFile(str(path))
    again.initAlgorithm()
    return again


@every
def test_models_with_it_are_saved_and_loaded(provider, towns, tmp_path, name):
    made = model(name, {}, [p["name"].upper() for p in TOOLS[name]["parameters"] if p["required"]][:1])
    again = reloaded(made, tmp_path / "m.model3")
    child = again.childAlgorithm("tool")
    assert child.algorithmId() == f"geoterritorio:{name}"
    assert child.algorithm() is not None
    assert [p.name() for p in again.destinationParameterDefinitions()]


def test_a_model_runs_as_the_tool_does(run, markets, here):
    """A tool feeding another algorithm's place: sinks of models, saved, loaded and run."""
    made = model("regular_grid", {"CELL": 20000.0, "SHAPE": 1}, ["TERRITORIES"])
    after = QgsProcessingModelChildAlgorithm("native:centroids")
    after.setChildId("after")
    after.addParameterSources(
        "INPUT", [QgsProcessingModelChildParameterSource.fromChildOutput("tool", "OUTPUT")]
    )
    out = QgsProcessingModelOutput("Centros")
    out.setChildId("after")
    out.setChildOutputName("OUTPUT")
    after.setModelOutputs({"Centros": out})
    made.addChildAlgorithm(after)
    again = reloaded(made, here / "modelo ñ.model3")
    keys = [p.name() for p in again.destinationParameterDefinitions()]
    assert len(keys) == 2
    where, log = context(), Log()
    results, fine = again.run({"TERRITORIES": markets.id(), **dict.fromkeys(keys, "memory:")}, where, log)
    assert fine, log.said
    alone = run("regular_grid", {"TERRITORIES": markets, "CELL": 20000.0, "SHAPE": 1, "OUTPUT": "memory:"})
    count = alone["OUTPUT"].featureCount()
    assert {QgsProcessingUtils.mapLayerFromString(results[key], where).featureCount() for key in keys} == {
        count
    }


def test_rows_of_a_batch_run_with_what_was_not_set(provider, markets):
    made = algorithm("regular_grid")
    for cell in (20000.0, None):
        values = {p.name(): None for p in made.parameterDefinitions()}
        values.update(TERRITORIES=markets.id(), OUTPUT="memory:", CELL=cell)
        results, fine = made.create().run(values, where := context(), Log())
        assert fine
        assert QgsProcessingUtils.mapLayerFromString(results["OUTPUT"], where).featureCount()


# --- names of QGIS --------------------------------------------------------------------------------------------


def test_every_name_of_qgis_exists_and_is_called_in_full(provider):
    """Whatever the sources call by a dotted name: an enumeration's value stands behind its enumeration."""
    seen = 0
    for path in (ROOT / "qgis_plugin" / "geoterritorio_qgis").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if not re.fullmatch(r"(Qgs\w+|Qt)(\.[A-Z]\w+)+", name):
                continue
            owner, *parts = name.split(".")
            held = getattr(qgis.core, owner, None) or getattr(qgis.PyQt.QtCore, owner, None)
            if held is None:
                continue
            for part in parts:
                held = getattr(held, part)
            assert len(parts) > 1 or inspect.isclass(held), f"{path.name}: {name}"
            seen += 1
    assert seen > 10


@every
def test_labels_are_no_sentences(provider, name):
    made = algorithm(name)
    labels = [p.description() for p in made.parameterDefinitions()]
    assert [label for label in labels if label.endswith(".")] == []


@every
def test_each_parameter_has_a_help_of_its_own(provider, name):
    made = algorithm(name)
    plots = [p for p in made.parameterDefinitions() if p.name().startswith("PLOT")]
    assert len({p.help() for p in plots}) == len(plots)
