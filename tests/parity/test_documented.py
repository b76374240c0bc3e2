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


def documented() -> list[set[str]]:
    table = (HERE.parents[1] / "docs" / "parity.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [set(NAMES.findall(row)) for row in rows if "printed in the manual" not in row]


def read() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")]
    return {name for text in texts for name in re.findall(r'"(\w+)"', text) if NAMES.fullmatch(name)}


def test_every_row_names_cases_that_are_read():
    assert all(documented())
    assert set().union(*documented()) <= read()


def test_every_case_that_is_read_has_a_row(oracles):
    assert {name for name in read() if (oracles / name).is_dir()} == set().union(*documented())
