"""What others rely on changes only on purpose: the list of public names is the one that was agreed."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGREED = ROOT / "tests" / "release" / "public_names.txt"


@pytest.fixture
def public(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("public_names")


def test_public_names_are_those_agreed(public):
    agreed, found = AGREED.read_text(encoding="utf-8").splitlines(), public.listed().splitlines()
    changes = [f"- {line}" for line in agreed if line not in set(found)]
    changes += [f"+ {line}" for line in found if line not in set(agreed)]
    assert changes == [], (
        "public names changed; if that is meant (docs/stability.md): python scripts/public_names.py, and CHANGELOG.md"
    )


def test_a_name_that_goes_and_a_parameter_called_otherwise_are_seen(public, monkeypatch):
    from geoterritorio import concentration

    agreed = AGREED.read_text(encoding="utf-8")
    assert "\npython concentration.hoover(" in f"\n{agreed}"
    monkeypatch.setattr(concentration, "__all__", [n for n in concentration.__all__ if n != "hoover"])
    assert "\npython concentration.hoover(" not in f"\n{public.listed()}"

    def gini(figures, *, weight=None):
        return figures, weight

    monkeypatch.setattr(concentration, "gini", gini)
    assert "python concentration.gini(figures, *, weight=)" in public.listed()


def test_the_handbook_explains_names_that_are_there():
    """Each module and member of the reference page can be imported."""
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    modules = re.findall(r"automodule:: (\S+)\n +:members:(.*)", text)
    members = [
        (module, name.strip()) for module, names in modules for name in names.split(",") if name.strip()
    ]
    alone = [tuple(path.rsplit(".", 1)) for path in re.findall(r"auto(?:function|class):: (\S+)", text)]
    assert len(modules) > 50
    for module, name in [*members, *alone]:
        assert hasattr(importlib.import_module(module), name), (module, name)
