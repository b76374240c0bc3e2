"""What the sources may not do at all, read off their syntax; every exception is named with its reason."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("geoterritorio", "qgis_plugin", "scripts", "sample_data", "docs", "benchmarks")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if not {"core", "_build", "vendor"} & set(path.relative_to(ROOT).parts)
)
# What users run; recipes of samples, pages of the handbook and benchmarks are run by who works on the project.
CARRIED = ("geoterritorio/", "qgis_plugin/geoterritorio_qgis/")

# Calls that turn a text or a file into code, or into a shell's words.
CODE = {"eval", "exec", "compile", "__import__", "execfile", "input"}
METHODS = {
    "os.system",
    "os.popen",
    "os.execv",
    "os.execvp",
    "os.spawnl",
    "os.spawnv",
    "os.startfile",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "pty.spawn",
    "tempfile.mktemp",
    "pd.read_pickle",
    "pd.read_hdf",
    "pd.eval",
    "np.fromregex",
    "yaml.load",
    "pickle.load",
    "pickle.loads",
    "marshal.loads",
    "shelve.open",
    "dill.loads",
    "joblib.load",
    "cloudpickle.loads",
    "importlib.reload",
    "runpy.run_path",
    "webbrowser.open",
}
RUN_MODULE = {"qgis_plugin/geoterritorio_qgis/start.py": "starts this package, by its fixed name"}
# Modules by a name that stands nowhere in the source; all others are imported by a literal.
IMPORTED = {
    "geoterritorio/interface/run.py": "modules of tools, as the package's own tools.json names them",
    "geoterritorio/interface/describe.py": "modules of this package, to describe them",
    "geoterritorio/study/pictures.py": "modules of plots, as tools.json names them",
    "geoterritorio/study/steps.py": "modules of tools, as tools.json names them; a study names the tool alone",
    "scripts/public_names.py": "the rooms of this package, by a list that stands there",
    "qgis_plugin/geoterritorio_qgis/styling.py": "two files of this package, by fixed names",
}
PICKLE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle", "yaml"}
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "telnetlib",
    "asyncio",
    "xmlrpc",
    "socketserver",
    "websockets",
    "paramiko",
    "fsspec",
    "s3fs",
    "webbrowser",
}
# Only what takes addresses apart, and asks nobody.
OF_ADDRESSES = {"urllib.parse"}
CONNECTING = {
    "psycopg": {"geoterritorio/layers/postgis/": "the database that an address names"},
    "sqlalchemy": {
        "geoterritorio/layers/postgis/": "the database that an address names",
        "geoterritorio/study/database.py": "the same",
    },
    "distributed": {"geoterritorio/layers/cluster.py": "the cluster that the user started and names"},
    "dask": {"geoterritorio/layers/cluster.py": "the same"},
    "multiprocessing": {"geoterritorio/study/steps.py": "steps of a study in processes of this machine"},
}
XML = {"xml", "lxml", "defusedxml", "bs4", "html5lib"}
# Parsed is only what lies in this package; all else writes.
PARSING = {"parse", "fromstring", "iterparse", "XMLParser", "XML", "parseString", "make_parser"}
PARSED = {
    "geoterritorio/publication/project/atlas.py": "the layout's template, a file of this package",
    "geoterritorio/publication/project/looks.py": "styles that this package wrote a moment before",
}
STARTED = {
    "geoterritorio/publication/printing.py": "the browser that prints a PDF",
    "geoterritorio/study/steps.py": "steps of a study in processes",
    "qgis_plugin/geoterritorio_qgis/worker.py": "the worker",
    "qgis_plugin/geoterritorio_qgis/installer.py": "asks an interpreter for its version",
    "qgis_plugin/geoterritorio_qgis/calls.py": "words of a command to show; starts nothing",
}


def named(path):
    return path.relative_to(ROOT).as_posix()


def allowed(name, places):
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), named(path))


def called(parsed):
    """Calls with their names."""
    return [(node, dotted(node.func)) for node in ast.walk(parsed) if isinstance(node, ast.Call)]


def dotted(node):
    """``a.b.c`` of attributes; what is no name is a question mark."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def imported(parsed):
    """Modules that are imported, in full."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def code_from_text(name, parsed):
    for node, what in called(parsed):
        if (what in CODE or what in METHODS) or what.endswith((".read_pickle", ".read_hdf", ".to_pickle")):
            yield f"{name}:{node.lineno} {what}"
        if what == "runpy.run_module" and name not in RUN_MODULE:
            yield f"{name}:{node.lineno} {what}"
        literal = bool(node.args) and isinstance(node.args[0], ast.Constant)
        if (
            what in {"importlib.import_module", "import_module"}
            and not literal
            and not allowed(name, IMPORTED)
        ):
            yield f"{name}:{node.lineno} {what}"


def unpickled(name, parsed):
    tops = {module.partition(".")[0] for module in imported(parsed)}
    yield from (f"{name} {top}" for top in sorted(tops & PICKLE))
    for node, what in called(parsed):
        for keyword in node.keywords:
            if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False:
                yield f"{name}:{node.lineno} allow_pickle"
        if what in {"np.load", "numpy.load"} and "allow_pickle" not in {k.arg for k in node.keywords}:
            yield f"{name}:{node.lineno} np.load without allow_pickle=False"


def shells(name, parsed):
    for node, what in called(parsed):
        for keyword in node.keywords:
            if keyword.arg == "shell" and getattr(keyword.value, "value", None) is not False:
                yield f"{name}:{node.lineno} shell"
        if (
            what.startswith("subprocess.")
            and node.args
            and what.rpartition(".")[2] in {"run", "Popen", "check_output"}
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant | ast.JoinedStr):
                yield f"{name}:{node.lineno} a command in one text"


def computed(name, parsed):
    """Texts that pandas or numexpr would compute: ``frame.query(f"…")``, ``frame.eval(…)``."""
    for node, what in called(parsed):
        method = what.rpartition(".")[2]
        if "." in what and method in {"query", "eval"} and node.args:
            first = node.args[0]
            literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if method == "eval" or isinstance(first, ast.JoinedStr) or literal:
                yield f"{name}:{node.lineno} {what}"
    yield from (f"{name} numexpr" for module in imported(parsed) if module.partition(".")[0] == "numexpr")


def network(name, parsed):
    if not name.startswith(CARRIED):
        return
    for module in imported(parsed):
        top = module.partition(".")[0]
        if top in NETWORK and not module.startswith(tuple(OF_ADDRESSES)) and module not in OF_ADDRESSES:
            yield f"{name} {module}"
        if top in CONNECTING and not allowed(name, CONNECTING[top]):
            yield f"{name} {module}"
    for node in ast.walk(parsed):
        if isinstance(node, ast.Attribute) and dotted(node) in {"urllib.request", "urllib.parse.urlopen"}:
            yield f"{name}:{node.lineno} {dotted(node)}"


def parsed_xml(name, parsed):
    modules = {m for m in imported(parsed) if m.partition(".")[0] in XML}
    for module in sorted(modules):
        if module.partition(".")[0] != "xml" and name.startswith(CARRIED):
            yield f"{name} {module}"
        if module.rpartition(".")[2] in PARSING and not allowed(name, PARSED):
            yield f"{name} {module}"
    if modules:
        for node, what in called(parsed):
            if what in {f"{top}.{way}" for top in ("ET", "ElementTree", "minidom") for way in PARSING}:
                yield f"{name}:{node.lineno} {what}"


def started(name, parsed):
    if name.startswith(CARRIED):
        modules = {m.partition(".")[0] for m in imported(parsed)} & {"subprocess", "multiprocessing", "pty"}
        if modules and not allowed(name, STARTED):
            yield f"{name} {sorted(modules)}"


GATES = (code_from_text, unpickled, shells, computed, network, parsed_xml, started)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
def test_the_sources_keep_to_it(gate):
    assert len(FILES) > 400
    assert [found for path in FILES for found in gate(named(path), tree(path))] == []


BAD = {
    code_from_text: [
        "eval(text)",
        "exec(text)",
        "os.system('ls')",
        "tempfile.mktemp()",
        "pd.read_pickle(path)",
    ],
    unpickled: ["import pickle", "import yaml", "np.load(path)", "np.load(path, allow_pickle=True)"],
    shells: [
        "subprocess.run(words, shell=True)",
        "subprocess.run('rm -rf x')",
        "subprocess.Popen(f'rm {x}')",
    ],
    computed: ["frame.query(f'a == {x}')", "frame.query('a == 1')", "frame.eval(text)", "import numexpr"],
    network: [
        "import socket",
        "from urllib import request",
        "import urllib.request",
        "import requests",
        "import psycopg",
    ],
    parsed_xml: [
        "from xml.etree.ElementTree import parse",
        "import lxml.etree",
        "import xml.sax\nET.fromstring(x)",
    ],
    started: ["import subprocess", "from multiprocessing import Pool"],
}


@pytest.mark.parametrize(("gate", "text"), [(gate, text) for gate, texts in BAD.items() for text in texts])
def test_the_gates_see_what_they_forbid(gate, text):
    assert list(gate("geoterritorio/new.py", ast.parse(text)))


@pytest.mark.parametrize("places", [RUN_MODULE, IMPORTED, PARSED, STARTED, *CONNECTING.values()], ids=str)
def test_no_exception_outlives_its_reason(places):
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_doctests_compute_no_texts_of_others():
    """Examples in docstrings may query frames: by a text that stands there."""
    assert not list(computed("geoterritorio/new.py", ast.parse("\">>> frame.query('a == 1')\"")))
