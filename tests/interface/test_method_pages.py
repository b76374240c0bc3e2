"""Every tool has its place on a page about methods: named there, and with a source where it has one."""

import re
from pathlib import Path

import pytest

from geoterritorio.registry import descriptions

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (
    "assessment.md",
    "delimitation.md",
    "disclosure.md",
    "formulas.md",
    "identification.md",
    "layers.md",
    "method.md",
    "patterns.md",
    "proximity.md",
    "vocabularies.md",
)
TOOLS = descriptions()


@pytest.fixture(scope="module")
def pages():
    return [(DOCS / name).read_text(encoding="utf-8") for name in PAGES]


def naming(pages, tool):
    """Pages that name a tool, as Python or as the command line writes it."""
    names = "|".join((tool, tool.replace("_", "-")))
    return [page for page in pages if re.search(rf"(?<![\w-])(?:{names})(?![\w-])", page)]


def cites(page, reference):
    """Whether a page names the first author of a work with its year, in whatever style."""
    author, year = re.split(r",| \(|\. ", reference)[0], re.search(r"\((\d{4})", reference).group(1)
    return re.search(rf"{re.escape(author)}.{{0,80}}?{year}", page, re.DOTALL) is not None


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_method_page_names_the_tool_and_cites_its_source(pages, tool):
    naming_it = naming(pages, tool)
    assert naming_it
    references = TOOLS[tool]["references"]
    assert not references or any(cites(page, text) for page in naming_it for text in references)


def test_a_page_that_only_names_a_tool_is_no_source():
    work = "Openshaw, S. (1984). The modifiable areal unit problem."
    assert cites("the areal unit problem (Openshaw 1984)", work)
    assert not cites("Openshaw showed it", work)
    assert naming(["`as-of` tells"], "as_of")
    assert not naming(["`was_offer`"], "as_of")
