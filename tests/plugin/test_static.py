"""What can be read off the plugin's sources: they load in any QGIS from 3.22 to 4, whatever else is installed."""

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "qgis_plugin" / "geoterritorio_qgis"
FILES = [path for path in sorted(FOLDER.rglob("*.py")) if "core" not in path.relative_to(FOLDER).parts]
sources = pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(FOLDER).as_posix())
OF_QGIS = {"qgis", "processing"}  # `processing` comes with QGIS
ASKED = {"preflight.py": {"pyogrio"}}  # run by other interpreters, which are asked for it
YOUNGER = {"tomllib"}  # standard library, but not of Python 3.9
YOUNGER_WORDS = {"dataclass": {"slots", "kw_only"}, "zip": {"strict"}}
# Names after which an enumeration's or a nested class's own name is known.
KINDS = ("Type", "Types", "Flag", "Flags", "Error", "Options", "Origin", "Role", "Mode", "Format", "Policy")
GONE = {"exec_", "QRegExp", "QDesktopWidget", "QTextCodec", "QStringList", "pyqtSignature", "QMatrix"}


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path):
    """Top packages that a file imports, and whole names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@sources
def test_only_qgis_and_the_standard_library_are_imported(path):
    tops = {name.partition(".")[0] for name in imports(path)}
    assert tops - OF_QGIS - ASKED.get(path.name, set()) - set(sys.stdlib_module_names) == set()
    assert tops & YOUNGER == set()


@sources
def test_qt_comes_through_qgis(path):
    assert [name for name in imports(path) if "PyQt" in name and not name.startswith("qgis.PyQt")] == []


@sources
def test_the_syntax_is_that_of_python_3_9(path):
    text = path.read_text(encoding="utf-8")
    parsed = ast.parse(text, str(path), feature_version=(3, 9))
    assert "from __future__ import annotations" in text
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", "")
            assert {k.arg for k in node.keywords} & YOUNGER_WORDS.get(called, set()) == set(), node.lineno
        assert not (isinstance(node, ast.Call) and _joined_types(node)), node.lineno


def _joined_types(node):
    """Whether `isinstance` is asked about ``A | B``, which came later."""
    named = getattr(node.func, "id", "") == "isinstance"
    return named and isinstance(node.args[-1], ast.BinOp)


def dotted(path):
    """Attributes of Qt's and QGIS's classes that begin with a capital and go no further, with their lines."""
    parsed = tree(path)
    followed = {id(node.value) for node in ast.walk(parsed) if isinstance(node, ast.Attribute)}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and id(node) not in followed:
            owner = node.value.id
            if owner.startswith("Q") and node.attr[0].isupper():
                yield f"{owner}.{node.attr}", node.lineno


@sources
def test_enumerations_are_called_in_full(path):
    """``Qt.Horizontal`` is gone from Qt 6; ``Qt.Orientation.Horizontal`` is in both."""
    short = [(name, line) for name, line in dotted(path) if not name.endswith(KINDS)]
    assert short == []


@sources
def test_nothing_is_used_that_qt_6_has_dropped(path):
    for node in ast.walk(tree(path)):
        for field in ("attr", "id", "name"):
            assert getattr(node, field, None) not in GONE, node


def test_the_gate_sees_what_it_forbids(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("a = QgsFeatureSink.FastInsert\nb = Qt.Horizontal\nc = Qt.Orientation.Horizontal\n")
    assert [name for name, _ in dotted(bad)] == ["QgsFeatureSink.FastInsert", "Qt.Horizontal"]


def test_the_metadata_admit_every_version_in_between():
    text = (FOLDER / "metadata.txt").read_text(encoding="utf-8")
    for line in ("qgisMinimumVersion=3.22", "qgisMaximumVersion=4.99", "supportsQt6=True"):
        assert line in text
