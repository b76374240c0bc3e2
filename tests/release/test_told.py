"""Tests that the handbook names as witnesses are there under that name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
NAMES = {path.name for path in TESTS}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_named_tests_are_there(page):
    text = page.read_text(encoding="utf-8")
    files = re.findall(r"(tests/[a-z_/]*)?(test_\w+\.py)(?:::)?", text)
    gone = [f"{folder}{name}" for folder, name in files if name not in NAMES]
    gone += [f"{folder}{name}" for folder, name in files if folder and not (ROOT / folder / name).exists()]
    file = ""
    for name, function in re.findall(r"(test_\w+\.py)?(?:::(test_\w+))?", text):
        file = name or file
        where = [path for path in TESTS if path.name == file]
        if function and not any(f"def {function}(" in path.read_text(encoding="utf-8") for path in where):
            gone.append(f"{file}::{function}")
    assert gone == []


def test_the_page_of_faults_names_a_test_in_each_row_of_what_is_guarded():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("| what | how | test |\n")
    rows = rest.partition("\n\n")[0].splitlines()[1:]
    assert len(rows) > 10
    assert [row for row in rows if "test_" not in row.split(" | ")[-1]] == []
