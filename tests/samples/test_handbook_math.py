"""Formulas of the handbook become MathML whole: nothing of TeX is left for a reader to see."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$(?!\$)", re.DOTALL)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_every_formula_is_understood(page):
    converter = pytest.importorskip("latex2mathml.converter")
    text = re.sub(
        r"^```.*?^```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    drawn = [converter.convert(block or line) for block, line in FORMULA.findall(text)]
    assert [shown for shown in drawn if re.search(r"\\\w", shown)] == []
