"""One reference page per tool, in Markdown, from its description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoterritorio.registry import descriptions


def write_pages(folder: Path) -> None:
    """Write a page per tool and their index; unchanged pages are left alone, old ones removed."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{t['name'].replace('_', '-')}.md": "\n".join(page(t)) + "\n" for t in descriptions().values()}
    listing = "\n".join(name.removesuffix(".md") for name in pages)
    pages["index.md"] = f"# Tools\n\n```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n"
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def page(tool: dict[str, Any]) -> Iterator[str]:
    """Lines of a tool's page."""
    command = tool["name"].replace("_", "-")
    yield f"# {command}\n"
    yield f"{tool['title']}. Room: *{tool['group']}*.\n"
    yield f"{tool['description']}\n"
    yield f"Python: `{tool['module']}.{tool['name']}` · command line: `geoterritorio {command} --help`\n"
    yield "## Layers in\n"
    for p in tool["parameters"]:
        if p["type"] == "layer":
            yield from layer(p, required=p["required"])
    yield "## Options\n"
    yield "| option | type | default | meaning |\n|---|---|---|---|"
    for p in tool["parameters"]:
        if p["type"] != "layer":
            yield f"| `--{p['name'].replace('_', '-')}` | {kind(p)} | {shown(p['default'])} | {p['help']} |"
    yield "\n## Results\n"
    for o in tool["outputs"]:
        if o["type"] == "layer":
            yield from layer(o, required=False)
    if tool["references"]:
        yield "## References\n"
        yield from (f"* {text}" for text in tool["references"])


def layer(item: dict[str, Any], *, required: bool) -> Iterator[str]:
    """Lines of a layer: what it is for, its geometry, its columns."""
    need = " (required)" if required else ""
    yield f"**`{item['name']}`**{need} – {item['help']} Geometry: {' or '.join(item['geometry'])}.\n"
    yield "| column | type | meaning |\n|---|---|---|"
    for c in item["columns"]:
        star = "" if c["required"] else " *(optional)*"
        yield f"| `{c['name']}` | {c['dtype']} | {c['help']}{star} |"
    yield ""


def kind(parameter: dict[str, Any]) -> str:
    """Type of a plain parameter with unit, bounds or choices."""
    if parameter["type"] == "choice":
        return ", ".join(f"`{o}`" for o in parameter["options"])
    bounds = [parameter.get("min"), parameter.get("max")]
    parts = [parameter["type"]]
    if parameter.get("unit"):
        parts.append(f"in {parameter['unit']}")
    if bounds != [None, None]:
        low, high = ("" if b is None else f"{b:g}" for b in bounds)
        parts.append(f"above {low}" if parameter.get("above") else f"{low} … {high}".strip())
    return " ".join(parts)


def shown(value: object) -> str:
    """Default as it is typed."""
    return "–" if value is None else f"`{value}`"
