"""The audit of packages: what is unchecked is never told as safe, and no absent network breaks a build."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FINE = {"name": "fine", "version": "1", "vulns": []}
WEAK = {"name": "weak", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "own", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def test_known_weaknesses_end_with_1_and_their_cure(audit):
    text, code = audit.verdict({"dependencies": [FINE, WEAK, UNKNOWN]})
    assert code == 1
    assert "weak 2: PYSEC-1 (mended in 2.1)" in text
    assert "2 packages checked, 1 with known weaknesses." in text
    assert "NOT CHECKED, unknown to PyPI: own." in text


def test_where_pypi_tells_nothing_nothing_passes_for_safe(audit):
    assert audit.verdict({"dependencies": [UNKNOWN]}) == (
        "NOT CHECKED: PyPI told nothing of any of 1 packages.",
        0,
    )
    assert audit.verdict({"dependencies": [FINE]}) == ("1 packages checked, 0 with known weaknesses.", 0)


@pytest.mark.parametrize(
    "stops",
    [
        lambda *_, **__: subprocess.CompletedProcess([], 1, "", "ConnectionError: no route"),
        lambda *_, **__: (_ for _ in ()).throw(subprocess.TimeoutExpired("pip-audit", 600)),
        lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError("pip-audit")),
    ],
)
def test_without_a_network_it_says_so_and_breaks_nothing(audit, monkeypatch, capsys, stops):
    monkeypatch.setattr(audit.subprocess, "run", stops)
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("NOT CHECKED: PyPI could not be asked")
    assert "Leaflet" in said


def test_it_is_a_command_and_part_of_what_is_run_on_new_machines():
    assert "scripts/audit.py" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make audit" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
