"""Every result that has a place has a look in QGIS, of columns that exist, in both languages."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.layers.schema import KINDS
from geoterritorio.publication.qgis import brushes, legend, qml, styles
from geoterritorio.publication.webmap import palette
from geoterritorio.registry import descriptions

TABLE = styles.table()
OUTPUTS = [o for tool in descriptions().values() for o in tool["outputs"] if o["type"] == "layer"]
SPATIAL = {o["kind"]: o for o in OUTPUTS if set(o["geometry"]) - {"table"}}
COLUMNS = {kind: {c.name for c in layer.columns} for kind, layer in KINDS.items()}
COLUMNS |= {kind: COLUMNS[source] for kind, source in styles.DRAWN_AS.items()}
for made in OUTPUTS:
    COLUMNS.setdefault(made["kind"], set()).update(c["name"] for c in made["columns"])
looks = pytest.mark.parametrize(
    ("kind", "style"),
    [(k, s) for k, found in styles.BY_KIND.items() for s in found],
    ids=lambda x: str(x)[:24],
)


def texts_of(style):
    for rule in style.get("rules", ()):
        yield rule["label"]
    if style.get("heading"):
        yield style["heading"]


def named(style):
    """Columns that a style speaks of."""
    expressions = [r["filter"] for r in style.get("rules", ())] + [style.get("order", "")]
    expressions.append((style.get("scale") or {}).get("expression", ""))
    found = {c for text in expressions for c in re.findall(r'"(\w+)"', text)}
    found |= set(style["needs"]) | {c for r in style.get("rules", ()) for c in r.get("needs", ())}
    found |= set(style.get("labels", ())) | ({style["kinds"]["column"]} if style.get("kinds") else set())
    return found | ({style["size"]} if style.get("size") else set())


def test_the_file_is_what_the_code_says():
    assert styles.STYLES.read_text(encoding="utf-8") == styles.generated(), "run: make generated"


def test_every_result_with_a_place_has_a_look():
    assert set(SPATIAL) - {kind for kind, entry in TABLE["kinds"].items() if entry["styles"]} == set()
    assert set(styles.BY_KIND) <= set(TABLE["kinds"])


def test_every_result_has_headings_for_all_its_columns():
    for output in OUTPUTS:
        assert set(TABLE["kinds"][output["kind"]]["aliases"]) >= {c["name"] for c in output["columns"]}


@looks
def test_a_look_speaks_of_columns_that_exist(kind, style):
    assert named(style) - COLUMNS[kind] == set()


@looks
def test_a_look_is_told_in_spanish(kind, style):
    del kind
    say = translator("es")
    for text in texts_of(style):
        plain = re.sub(r"\{\w\}|[^\w]", "", text)
        assert say(text) != text or plain in {"a", "to"}, text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(styles.BY_KIND))
def test_looks_become_styles(kind, lang):
    source = styles.DRAWN_AS.get(kind, kind)
    geometries = set(SPATIAL[kind]["geometry"] if kind in SPATIAL else KINDS[source].geometry)
    geometries |= {"line"} if source == "flows" else set()
    for geometry in geometries - {"raster"}:
        codes = {"kind": ["chamber", "it's mine", "higher_education"], "certainty": ["few", "high"]}
        held = legend.Holding(geometry, sorted(COLUMNS[kind]), [1.0, 2.0, 3.0, 4.0, 9.0], codes)
        text = qml.compose(TABLE, kind, held, legend.Reader(lang, translator(lang)))
        root = ET.fromstring(text.split("\n", 1)[1])  # noqa: S314 - our own writing
        drawn = [r for r in root.iter("rule") if r.get("symbol")]
        assert len(drawn) == len(root.findall("renderer-v2/symbols/symbol"))
        assert bool(drawn) == (geometry != "table")
        assert len({r.get("filter") for r in drawn}) == len(drawn)
        for alias in root.iter("alias"):
            assert alias.get("name") == translator(lang)(TABLE["kinds"][kind]["aliases"][alias.get("field")])


def test_tables_have_headings_and_words_but_no_symbols():
    held = legend.Holding("table", ["sector", "lq", "certainty", "own"], codes={"certainty": ["few", "mine"]})
    text = qml.compose(TABLE, "quotients", held, legend.Reader("es", translator("es")))
    root = ET.fromstring(text.split("\n", 1)[1])  # noqa: S314 - our own writing
    assert "Symbology" not in root.get("styleCategories")
    assert [a.get("field") for a in root.iter("alias")] == ["sector", "lq", "certainty"]
    words = [(o.get("value"), o.get("name")) for o in root.iter("Option") if o.get("type") == "QString"]
    assert words[0] == ("few", "menos de 5 establecimientos efectivos")
    # Empty cells are empty: of QGIS they would be "()" and "(NULL)".
    assert [(len(value) > 0, name) for value, name in words[1:]] == [(False, ""), (True, "")]


def test_codes_have_the_words_of_their_column_and_kind_of_layer():
    codes = {"kind": ["links"], "phase": ["structuring"], "placed_by": ["its place"]}
    shown = options("action_places", codes)
    assert shown["kind"] == {"links": "vínculos entre empresas y conocimiento"}
    assert shown["phase"] == {"structuring": "estructuración"}
    assert options("institution_gaps", {"kind": ["chamber"]})["kind"] == {"chamber": "cámara de comercio"}
    lacking = options("ladder_areas", {"lacking": ["local_ties; networking; mine", "mine"]})["lacking"]
    assert list(lacking) == ["local_ties; networking; mine"]
    assert lacking["local_ties; networking; mine"].endswith("; mine")
    assert "_" not in lacking["local_ties; networking; mine"]
    assert options("profile_items", {"item": ["networking"]})["item"]["networking"].startswith(
        "Trabajo en red"
    )


def options(kind, codes):
    """Words of the codes of a layer, by column, as QGIS will show them in Spanish."""
    held = legend.Holding("table", [*codes], codes=codes)
    text = qml.compose(TABLE, kind, held, legend.Reader("es", translator("es")))
    root = ET.fromstring(text.split("\n", 1)[1])  # noqa: S314 - our own writing
    return {
        f.get("name"): {
            o.get("value"): o.get("name")
            for o in f.iter("Option")
            if o.get("type") == "QString" and o.get("name")
        }
        for f in root.iter("field")
    }


@pytest.mark.parametrize(("lang", "gone"), [("en", "title_es"), ("es", "title")])
def test_tables_show_what_is_said_in_both_languages_once(lang, gone):
    held = legend.Holding("table", ["title", "title_es", "statement", "statement_es"])
    text = qml.compose(TABLE, "ladder_conditions", held, legend.Reader(lang, translator(lang)))
    shown = ET.fromstring(text.split("\n", 1)[1]).iter("column")  # noqa: S314 - our own writing
    # Statements are what people said: a translation does not stand for them.
    assert [c.get("name") for c in shown if c.get("hidden") == "1"] == [gone]


def test_counts_are_classed_by_whole_numbers():
    style = {"scale": {"expression": '"n"', "colours": ["#000000", "#777777", "#ffffff"]}}
    reader = legend.Reader("en", str)
    held = legend.Holding("polygon", ["n"], [1.0, 2.0, 2.0, 5.0, 7.0, 10.0, 11.0])
    for values in (held.values, [v + 0.25 for v in held.values]):
        shown = legend.rules(style, legend.Holding("polygon", ["n"], values), reader)
        whole = all(float(text).is_integer() for r in shown for text in re.findall(r"[\d.]+", r.filter))
        assert whole == (values is held.values)


def test_the_legend_is_silent_on_classes_that_do_not_occur():
    style = legend.chosen(TABLE["kinds"]["ladder_areas"], ["at_least", "certain"])
    reader = legend.Reader("en", str)
    held = legend.Holding("polygon", ["at_least", "certain"])
    rare = [r for r in legend.rules(style, held, reader) if r.apart]
    assert [r.label for r in rare if r.look == "fill"] == ["Another gate"]
    silent = legend.Holding("polygon", ["at_least", "certain"], absent=[r.filter for r in rare])
    assert "Another gate" not in [r.label for r in legend.rules(style, silent, reader)]


def passes(expression, **row):
    """Truth of a plain filter of QGIS."""
    for column, value in row.items():
        expression = expression.replace(f'"{column}"', repr(value))
    expression = expression.replace(" AND ", " and ").replace(" = ", " == ")
    return eval(expression)  # noqa: S307 - our own writing


@given(st.one_of(st.floats(0, 1e6), st.sampled_from([*palette.BREAKS, 0.0, 1.0])))
def test_classes_around_one_are_those_of_the_map(value):
    rules = list(brushes.around_one("lq"))
    hit = [rule["colour"] for rule in rules if passes(rule["filter"], lq=value)]
    code = int(palette.classify(np.array([value]))[0])
    assert hit == [brushes.PALE_NONE if code == palette.ZERO else palette.COLOURS[code]]


def test_opposite_quotients_stand_in_opposite_classes_of_a_wide_index():
    rules = [r for r in brushes.around_one("index", styles.WIDE) if r["colour"] != brushes.PALE_NONE]
    for value in (1.0, 1.3, 1.9, 2.0, 3.0, 4.0, 5.0, 100.0):
        up, down = ([passes(r["filter"], index=v) for r in rules].index(True) for v in (value, 1 / value))
        assert up + down == len(rules) - 1


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200), st.integers(2, 7))
def test_limits_rise_and_part_the_values(values, classes):
    limits = legend.cuts(values, classes)
    assert limits == sorted(set(limits))
    assert len(limits) < classes
    # no class is empty at either end
    assert all(min(values) < v <= max(values) for v in limits)


def test_limits_are_quantiles():
    values = np.random.default_rng(1).lognormal(size=5000)
    expected = np.quantile(values, [0.2, 0.4, 0.6, 0.8])
    np.testing.assert_allclose(legend.cuts(values.tolist(), 5), expected, rtol=0.05)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.sampled_from([3, 5]))
def test_limits_around_a_middle_are_symmetric(values, classes):
    limits = legend.cuts(values, classes, around=0.0)
    assert limits == [-v for v in reversed(limits)]


def test_files_for_qgis_need_nothing_but_python_3_9():
    folder = Path(styles.__file__).parent
    for name in ("__init__", "legend", "qml"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 9))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.module.split(".")[0] in sys.stdlib_module_names, node.module
            if isinstance(node, ast.Import):
                assert all(a.name in sys.stdlib_module_names for a in node.names)


def test_flows_that_run_against_each_other_are_half_arrows():
    held = legend.Holding("line", ["flow"], values=[1.0, 5, 20, 90, 400])
    drawn = qml.compose(styles.table(), "market_links", held, legend.Reader("en", str))
    assert drawn.count('class="ArrowLine"') == 4
    assert 'name="arrow_type" value="2"' in drawn
    plain = qml.compose(styles.table(), "flows", held, legend.Reader("en", str))
    assert "ArrowLine" not in plain


def _rules(kind, **held):
    columns = sorted(COLUMNS[kind])
    told = legend.Holding("polygon", columns, **held)
    text = qml.compose(TABLE, kind, told, legend.Reader("en", str))
    return ET.fromstring(text.partition("\n")[2]).find("renderer-v2/rules")  # noqa: S314 - our own text


def test_rows_that_lie_on_one_another_are_parts_of_which_the_first_is_shown():
    codes = {"who": ["establishments", "residents"], "centre_kind": ["association", "own kind"]}
    parts = [r for r in _rules("reach_areas", codes=codes) if r.get("checkstate")]
    assert [(r.get("label"), r.get("checkstate")) for r in parts] == [
        ("Establishments: business association", "1"),
        ("Establishments: own kind", "0"),
        ("Residents: business association", "0"),
        ("Residents: own kind", "0"),
    ]
    assert parts[1].get("filter") == "\"who\" = 'establishments' AND \"centre_kind\" = 'own kind'"
    assert {len(r) for r in parts} == {len(parts[0])} != {0}
    only = {"who": ["residents"], "centre_kind": ["association", "chamber"]}
    assert [r.get("label") for r in _rules("reach_areas", codes=only) if r.get("checkstate")] == [
        "Chamber of commerce",  # as the vocabulary names them
        "Business association",
    ]
    assert not [r for r in _rules("reach_areas", codes={"who": ["residents"]}) if r.get("checkstate")]


def test_a_kind_of_centre_has_its_own_word_in_legend_and_table():
    codes = {"who": ["establishments"], "centre_kind": ["transfer", "chamber"]}
    held = legend.Holding("polygon", ["who", "centre_kind", "reached_share"], codes=codes)
    text = qml.compose(TABLE, "reach_areas", held, legend.Reader("es", translator("es")))
    assert "Transferencia tecnológica" in text
    assert 'name="transferencia tecnológica"' in text
    assert "raspaso" not in text


def test_budgets_that_lie_on_one_another_are_parts_in_the_order_of_numbers():
    parts = [
        r for r in _rules("opportunities", codes={"within": ["15000.0", "5000.0"]}) if r.get("checkstate")
    ]
    assert [r.get("label") for r in parts] == ["Up to 5,000", "Up to 15,000"]
    assert parts[0].get("filter") == '"within" = 5000.0'


@pytest.mark.parametrize("budgets", [[15.0], [60.0, 15.0, 30.0, 15.0], [float(b) for b in range(1, 9)]])
def test_each_budget_is_a_class(budgets):
    rules = [r for r in _rules("isochrones", values=budgets) if r.get("filter")]
    assert [r.get("filter") for r in rules] == [f'"up_to" = {b!r}' for b in sorted(set(budgets))]
    assert rules[0].get("label") == f"Up to {min(budgets):g}"


def test_many_budgets_are_classes_of_several():
    rules = [r for r in _rules("isochrones", values=[float(b) for b in range(100)]) if r.get("filter")]
    assert 1 < len(rules) < legend._FEW


def test_small_numbers_of_a_legend_are_told_apart():
    limits = legend.cuts([0.01201, 0.01204, 0.0121, 0.0124, 0.0131], 4)
    labels = legend.between(limits, legend.Reader("en", str))
    assert len(set(labels)) == len(labels)
    assert all(a != b for a, _, b in (label.split(" ") for label in labels[1:-1]))
