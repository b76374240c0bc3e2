"""Public functions are documented whole: parameters, returns, order of sections (numpydoc's own checks)."""

import importlib
import inspect

import pytest
from numpydoc.validate import validate

from geoterritorio import registry
from geoterritorio.interface import describe

describe.load_tools()
ROOMS = ("layers", "concentration", "publication", "study")
# Types live in annotations (PR04); extended text, examples and cross references where they help (ES01, EX01, SA01);
# first lines are noun phrases that serve as titles (SS05, SS06); one-line summaries may start on the first line (GL01).
LEFT_OUT = {"GL01", "GL02", "GL03", "ES01", "EX01", "PR04", "SA01", "SS05", "SS06", "YD01"}
SHORT = ("as_", "read_")  # thin twins: one line says all, the long form stands at `as_layer` and `read_layer`


def public():
    for room in ROOMS:
        module = importlib.import_module(f"geoterritorio.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing) and not (name.startswith(SHORT) and not name.endswith("_layer")):
                yield f"geoterritorio.{room}.{name}"
    for name, function in registry.TOOLS.items():
        yield f"{function.__module__}.{name}"


@pytest.mark.parametrize("path", sorted(set(public())))
def test_documented_whole(path):
    errors = [f"{code} {text}" for code, text in validate(path)["errors"] if code not in LEFT_OUT]
    assert errors == []
