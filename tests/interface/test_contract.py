"""The contract that keeps package, command line, catalogue and descriptions one thing."""

import ast
import inspect
import re
import subprocess
import sys

import click
import click.parser
import pytest
from babel.messages.pofile import read_po

from geoterritorio import i18n, registry
from geoterritorio.interface import catalogue, describe
from geoterritorio.interface.cli import chosen_language, command, tool_command
from geoterritorio.interface.form_command import form_command
from geoterritorio.study.pipeline import PRODUCTS

describe.load_tools()
tools = pytest.mark.parametrize("tool", registry.descriptions().values(), ids=lambda t: t["name"])


def test_descriptions_are_what_the_code_says():
    assert registry.DESCRIPTIONS.read_text(encoding="utf-8") == describe.generated(), "run: make generated"


@tools
def test_everything_is_explained(tool):
    assert tool["title"]
    assert tool["description"]
    assert [p["name"] for p in tool["parameters"] if not p["help"]] == []
    assert [o["name"] for o in tool["outputs"] if not o["help"]] == []
    columns = [c for p in [*tool["parameters"], *tool["outputs"]] for c in p.get("columns", ())]
    assert [c["name"] for c in columns if not c["help"]] == []


@tools
def test_data_first_options_keyword_only(tool):
    parameters = inspect.signature(registry.TOOLS[tool["name"]]).parameters.values()
    data = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    options = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "progress"]
    assert len(data) <= 3
    assert len(options) <= 5


@tools
def test_every_parameter_reaches_the_command_line_with_its_default(tool):
    options = {o.name: o for o in tool_command(tool, str).params}
    for parameter in tool["parameters"]:
        assert parameter["name"] in options
        option = options[parameter["name"]]
        assert option.required == parameter["required"]
        if parameter["type"] != "layer" and not parameter["required"]:
            assert option.get_default(click.Context(click.Command("x"))) == parameter["default"]
        for column in parameter.get("columns", ()):
            assert f"{parameter['name']}__{column['name']}" in options
    for output in tool["outputs"]:
        # Other outputs than layers and rasters are told, not written.
        assert (f"out_{output['name']}" in options) == (output["type"] == "layer")


@tools
def test_no_two_parts_of_a_tool_share_an_option(tool):
    """An input and an output of the same name would be one option of the command line."""
    spelt = [word for option in tool_command(tool, str).params for word in option.opts]
    assert sorted({w for w in spelt if spelt.count(w) > 1}) == []


@pytest.mark.parametrize("form", registry.forms().values(), ids=lambda f: f["name"])
def test_forms_are_described_and_called_as_tools_are(form):
    test_everything_is_explained(form)
    options = {o.name: o for o in form_command(form, str, "en").params}
    for parameter in form["parameters"]:
        assert options[parameter["name"]].required == parameter["required"]
        assert {f"{parameter['name']}__{c['name']}" for c in parameter.get("columns", ())} <= set(options)
    assert [(o["type"], o["name"]) for o in form["outputs"]] == [("file", "output")]
    assert all(ending.startswith(".") for ending in form["outputs"][0]["endings"])
    assert form["name"].replace("_", "-") in command("en").list_commands(click.Context(command("en")))


def spanish():
    with catalogue.po_file("es").open("rb") as file:
        return read_po(file, locale="es")


def test_every_visible_text_has_a_spanish_entry_with_the_same_placeholders():
    known = spanish()
    texts = catalogue.visible_texts()
    missing = sorted(t for t in texts if not (known.get(t) and known.get(t).string))
    assert missing == [], "run: make generated, and translate"
    for text in texts:
        assert placeholders(known.get(text).string) == placeholders(text), text


def test_the_catalogue_sees_every_call():
    """Calls whose text the extraction would miss: in parentheses, or not a literal."""
    texts = catalogue.visible_texts()
    for path in catalogue.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"message", "mark"}:
                text = node.args[0]
                if isinstance(text, ast.Constant):
                    assert text.value in texts, (path, node.lineno)
                else:
                    assert isinstance(text, ast.Name), (path, node.lineno)


def test_spanish_differs_from_english():
    same = {m.id for m in spanish() if m.id and m.id == m.string}
    names = {
        "{what}, {whom}",
        "2SFCA",
        "3SFCA",
        "Arcelus",
        "DBSCAN",
        "E2SFCA",
        "Esteban-Marquillas",
        "EURO (Eurostat)",
        "Gerfin",
        "HDBSCAN",
        "Jaccard",
        "M2SFCA",
        "Mahalanobis",
        "PNG",
        "SVG",
        "TTWA",
    }
    symbols = {"D", "Delta", "K", "L", "X", "Y"}
    words = {
        "Error: {message}",
        "{first} or {second}",
        "{names} ({size} MB)",
        "Actor",
        "Local",
        "Natural",
        "Sector",
        "Total",
        "natural",
        "Clusters",
        "Capital",
        "no",
        "sector {sector}",
        "{key}: {problem}",
        "{title}. {sentence}",
    }
    assert same <= names | symbols | words


def test_spanish_names_options_as_they_are_typed_and_quotes_as_spanish_does():
    options = {p["name"] for tool in registry.descriptions().values() for p in tool["parameters"]}
    with catalogue.po_file("es").open("rb") as file:
        entries = [m for m in read_po(file, locale="es", domain=i18n.DOMAIN) if m.id]
    parts = [(*m.id.partition(": ")[:2], m.string) for m in entries if m.id.endswith(".")]
    named = [(name, text) for name, colon, text in parts if colon and name in options]
    assert len(named) > 100
    assert [text for name, text in named if not text.startswith(f"{name}: ")] == []
    assert [m.string for m in entries if set(m.string) & set("“”")] == []


def test_compiled_catalogue_is_the_edited_one():
    es = i18n.translator("es")
    assert [m.id for m in spanish() if m.id and es(m.id) != m.string] == [], "run: make generated"


def test_the_catalogue_holds_nothing_else():
    assert {m.id for m in spanish() if m.id} == catalogue.visible_texts(), "run: make generated"


def placeholders(text: str) -> set[str]:
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_terms_of_the_field_in_spanish():
    es = i18n.translator("es")
    assert "coeficientes de localización" in es("Location quotients with intervals").lower()
    assert es("Location quotient") == "Coeficiente de localización"
    # Of colocation the Spanish word is another one.
    mixed = re.compile(r"cocientes? de localización|clúster", re.IGNORECASE)
    assert [m.id for m in spanish() if mixed.search(str(m.string))] == []


def test_command_line_texts_are_those_of_click():
    modules = (click.core, click.exceptions, click.decorators, click.formatting, click.parser, click.types)
    source = "".join(inspect.getsource(module) for module in modules)
    strange = {
        t for t in catalogue.CLICK_TEXTS if f'"{t}"'.replace("\n", "\\n").replace("\t", "\\t") not in source
    }
    assert len(strange & {"No such option: {name}", "No such option {name!r}."}) == 1, (
        "one of the two, by version"
    )
    assert len(strange) == 1 or strange <= {"No such option {name!r}.", "required"}, strange


@pytest.mark.parametrize("words", [["--help"], ["location-quotient", "--help"], ["study", "--help"]])
def test_help_imports_nothing_heavy(words):
    code = (
        "import sys; from geoterritorio.interface.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'geopandas', 'pandas', 'numpy', 'rasterio', 'folium', 'shapely', 'matplotlib'} & set(sys.modules);"
        "assert code == 0 and not heavy, (code, heavy)"
    )
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, geoterritorio; assert not {'geopandas', 'rasterio', 'folium', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_speaks_spanish():
    text = subprocess.run(
        [sys.executable, "-m", "geoterritorio", "--lang", "es", "location-quotient", "--help"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "Coeficientes de localización" in text
    assert "Muestra" in text
    assert "Usage" not in text


@pytest.mark.parametrize(
    ("argv", "lang"),
    [([], "en"), (["--lang", "es"], "es"), (["x", "--lang=es"], "es"), (["--lang", "en"], "en")],
)
def test_language_asked_for(monkeypatch, argv, lang):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "GEOTERRITORIO_LANG"):
        monkeypatch.delenv(name, raising=False)
    assert chosen_language(argv) == lang
    monkeypatch.setenv("LC_ALL", "es_CL.UTF-8")
    assert chosen_language(["--lang", "en"]) == "en"
    assert chosen_language([]) == "es"


def test_every_tool_is_listed():
    listed = command("en").list_commands(click.Context(click.Command("x")))
    assert listed[0] == "study"
    assert {n.replace("_", "-") for n in registry.descriptions()} <= set(listed)


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_every_tool_answers_a_question_in_the_readme(readme):
    text = (catalogue.PACKAGE.parent / readme).read_text(encoding="utf-8")
    assert [n for n in registry.TOOLS if f"`{n.replace('_', '-')}`" not in text] == []


def test_products_of_a_study_are_named_in_spanish():
    spanish = i18n.translator("es")
    english = {registry.label(name) for name in (*PRODUCTS, "provenance")}
    assert {text for text in english if spanish(text) == text} == set()
