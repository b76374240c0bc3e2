"""The table of agreements names the cases that the tests read, and no others."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
# Names of the peers' results begin with the peer.
NAMES = re.compile(
    r"\b(?:reat|econgeo|econcomplex|ecomplexity|economiccomplexity|inequality|dbmss|pointpats|esda|lma|tobler|mci"
    r"|spatialposition)_\w+|\baccess_(?:2sfca|raam)_\w+"
)


ROOT = HERE.parents[1]


def tables() -> list[list[str]]:
    """Rows of the table of stored results, and of that of libraries that the tests run."""
    page = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    parts = page.split("\n## ")
    return [[line for line in part.splitlines() if line.startswith("| ")][1:] for part in parts]


def documented() -> list[set[str]]:
    rows = tables()[0]
    return [set(NAMES.findall(row)) for row in rows if "printed in the manual" not in row]


def read() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")]
    return {name for text in texts for name in re.findall(r'"(\w+)"', text) if NAMES.fullmatch(name)}


def test_every_row_names_cases_that_are_read():
    assert all(documented())
    assert set().union(*documented()) <= read()


def test_rows_beside_libraries_name_tests_that_are_there():
    named = [re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)`", row) for row in tables()[1]]
    assert all(named)
    assert [path for paths in named for path in paths if not (ROOT / path).exists()] == []


def test_every_case_that_is_read_has_a_row(oracles):
    assert {name for name in read() if (oracles / name).is_dir()} == set().union(*documented())
