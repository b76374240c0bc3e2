"""docs/layers.md lists every column of every layer as the schemas say."""

from pathlib import Path

import pytest

from geoterritorio.layers.quality import _CHECKS
from geoterritorio.layers.schema import KINDS, PLACING
from geoterritorio.registry import Layer

PAGE = Path(__file__).parents[2] / "docs" / "layers.md"


def table(layer: Layer) -> str:
    """Table of a layer's columns; run this module to print all of them."""
    rows = ["| column | holds | meaning |", "|---|---|---|"]
    for column in layer.columns:
        if column in PLACING:
            continue
        name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
        rows.append(f"| {name} | {column.dtype} | {column.help} |")
    return "\n".join(rows) + "\n"


def head(layer: Layer) -> str:
    key = f"; key: {', '.join(f'`{k}`' for k in layer.key)}" if layer.key else ""
    return f"### {layer.kind}\n\nGeometry: {' or '.join(layer.geometry)}{key}.\n"


@pytest.mark.parametrize("layer", KINDS.values(), ids=lambda layer: layer.kind)
def test_every_layer_has_its_table(layer):
    page = PAGE.read_text(encoding="utf-8")
    assert head(layer) in page
    if layer.columns:
        assert table(layer) in page


def test_every_check_of_a_register_is_explained():
    page = PAGE.read_text(encoding="utf-8")
    for check in _CHECKS:
        assert f"| `{check.name}` | {check.severity} | {check.meaning} |" in page


def test_nothing_else_is_documented():
    page = PAGE.read_text(encoding="utf-8")
    assert [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")] == list(KINDS)
