"""A GeoPackage in which coded evidence is filled in with QGIS: an empty table and the form that QGIS opens it with."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio

from geoterritorio.assessment.coded import assessed_items
from geoterritorio.assessment.profile_rules import RULES, ProfileRules, lists_of
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.schema import EVIDENCE
from geoterritorio.publication.evidence_sheet import scale_words, writable
from geoterritorio.publication.headings import heading

TABLE = "evidence"
_VERSION = "3.22.0"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_LONG = ("statement", "statement_es")
_NEEDED = ("territory", "item", "source")
_TODAY = "format_date(now(), 'yyyy-MM-dd')"
_DATE = '"date" IS NULL OR regexp_match("date", \'^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$\') > 0'
# As QGIS makes the table when a style is saved in the file.
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""
_REGISTERED = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
    "VALUES ('layer_styles', 'attributes', 'layer_styles', '', strftime('%Y-%m-%dT%H:%M:%fZ','now'))"
)
_STYLE = (
    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
    "styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, '', ?, ?, '', ?, ?, '')"
)


def evidence_form(territories: pd.DataFrame, *, rules: ProfileRules = RULES, lang: Language = "en") -> bytes:
    """
    GeoPackage in which evidence is filled in with QGIS.

    Parameters
    ----------
    territories
        `territory` and, if known, `name`.
    rules
        Lists of items and scale.
    lang
        Language in which QGIS opens the form; the other is its second style.

    Returns
    -------
    file
        GeoPackage with the empty table `evidence` and a form for it in either language: territories, items and ratings
        to choose from, conditions that must hold, the date of today.

    Raises
    ------
    LayerError
        If lists are not known.
    """
    kinds = {"number": "float64", "date": "object", "text": "object"}
    empty = pd.DataFrame({c.name: pd.Series([], dtype=kinds[c.dtype]) for c in EVIDENCE.columns})
    empty["rating"] = empty["rating"].astype("int32")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.gpkg"
        pyogrio.write_dataframe(empty, path, layer=TABLE, dataset_options={"VERSION": "1.2"})
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(_STYLES)
            file.execute(_REGISTERED)
            for other in LANGUAGES:
                qml, about = form_style(territories, rules=rules, lang=other), translator(other)(_ABOUT)
                file.execute(_STYLE, (TABLE, f"{TABLE} ({other})", qml, int(other == lang), about))
        return path.read_bytes()


_ABOUT = mark("Form for coded evidence")


def form_style(territories: pd.DataFrame, *, rules: ProfileRules = RULES, lang: Language = "en") -> str:
    """
    Style of QGIS (QML) with the form for a table of evidence.

    Parameters
    ----------
    territories
        `territory` and, if known, `name`.
    rules
        Lists of items and scale.
    lang
        Language of the form.

    Returns
    -------
    qml
        Widgets, words, defaults and conditions of the columns.
    """
    say = translator(lang)
    root = ET.Element("qgis", version=_VERSION, styleCategories="Fields|Forms")
    settings = ET.SubElement(root, "fieldConfiguration")
    parts = {
        n: ET.SubElement(root, n) for n in ("aliases", "defaults", "constraints", "constraintExpressions")
    }
    choices = _choices(territories, rules, lang)
    conditions = _conditions(rules)
    for index, column in enumerate(EVIDENCE.columns, 1):
        name = column.name
        _widget(settings, name, choices.get(name))
        ET.SubElement(
            parts["aliases"], "alias", field=name, index=str(index), name=heading(name, EVIDENCE.kind, say)
        )
        ET.SubElement(
            parts["defaults"],
            "default",
            field=name,
            expression=_TODAY if name == "date" else "",
            applyOnUpdate="0",
        )
        expression, text = conditions.get(name, ("", ""))
        needed = name in _NEEDED
        # 1: must not be empty, 4: an expression holds; 2 of strength refuses, 1 warns.
        ET.SubElement(
            parts["constraints"],
            "constraint",
            field=name,
            constraints=str(1 * needed + 4 * bool(expression)),
            notnull_strength="2" if needed else "0",
            exp_strength="2" if expression else "0",
            unique_strength="0",
        )
        ET.SubElement(
            parts["constraintExpressions"],
            "constraint",
            field=name,
            exp=expression,
            desc=say(text) if text else "",
        )
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _conditions(rules: ProfileRules) -> dict[str, tuple[str, str]]:
    """What must hold of the columns, as expressions of QGIS and in words."""
    return {
        "rating": (
            f'"rating" IS NULL OR ("rating" >= 0 AND "rating" <= {rules.highest})',
            mark("A whole step of the scale."),
        ),
        "confidence": (
            '"confidence" IS NULL OR ("confidence" >= 0 AND "confidence" <= 1)',
            mark("From 0 to 1; leave it empty if you cannot tell."),
        ),
        "date": (_DATE, mark("Day, month or year: 2024-05-17, 2024-05 or 2024.")),
        "source": (
            "length(trim(coalesce(\"source\", ''))) > 0",
            mark("Every statement needs a source; without one it is no evidence and does not count."),
        ),
    }


def _choices(territories: pd.DataFrame, rules: ProfileRules, lang: Language) -> dict[str, dict[str, str]]:
    """Values to choose from by column: what is read -> what is stored."""
    names = territories["name"] if "name" in territories.columns else territories["territory"]
    places = {
        writable(f"{code} · {name}" if name and name != code else str(code)): writable(str(code))
        for code, name in zip(territories["territory"].astype(str), names.fillna("").astype(str), strict=True)
    }
    items = assessed_items(tuple(lists_of(rules)))
    steps = [words[LANGUAGES.index(lang)] for words in scale_words(rules)]
    return {
        "territory": places,
        "item": dict(zip(items[lang], items["item"], strict=True)),
        "rating": {f"{k} · {words}" if words else str(k): str(k) for k, words in enumerate(steps)},
    }


def _widget(settings: ET.Element, name: str, choices: Mapping[str, str] | None) -> None:
    """How a column is edited."""
    one = ET.SubElement(settings, "field", configurationFlags="None", name=name)
    kind = "ValueMap" if choices is not None else "Range" if name == "confidence" else "TextEdit"
    config = ET.SubElement(
        ET.SubElement(ET.SubElement(one, "editWidget", type=kind), "config"), "Option", type="Map"
    )
    if choices is not None:
        pairs = ET.SubElement(config, "Option", type="List", name="map")
        for shown, stored in choices.items():
            pair = ET.SubElement(pairs, "Option", type="Map")
            ET.SubElement(pair, "Option", type="QString", name=shown, value=stored)
    elif kind == "Range":
        for key, value in {"Min": "0", "Max": "1", "Step": "0.1"}.items():
            ET.SubElement(config, "Option", type="double", name=key, value=value)
        ET.SubElement(config, "Option", type="int", name="Precision", value="2")
        ET.SubElement(config, "Option", type="bool", name="AllowNull", value="true")
        ET.SubElement(config, "Option", type="QString", name="Style", value="SpinBox")
    else:
        ET.SubElement(config, "Option", type="bool", name="IsMultiline", value=str(name in _LONG).lower())
        ET.SubElement(config, "Option", type="bool", name="UseHtml", value="false")
