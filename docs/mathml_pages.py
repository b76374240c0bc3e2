"""Formulas as MathML, which browsers draw by themselves: the handbook needs no network, also inside the plugin."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

_STYLE = "display:block;overflow-x:auto;margin:1em 0;"


def setup(app: Any) -> dict[str, Any]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    text = node.astext().strip()
    # Lines that belong together are aligned at their signs, as Sphinx has it for other renderers.
    if r"\\" in text and r"\begin" not in text:
        text = rf"\begin{{align*}}{text}\end{{align*}}"
    writer.body.append(f'<div style="{_STYLE}">{convert(text, display="block")}</div>')
    raise nodes.SkipNode
