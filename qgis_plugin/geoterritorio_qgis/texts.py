"""What the tools are and how they are called: read from the core's files, without importing the core."""

from __future__ import annotations

import gettext
import json
from functools import cache
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsApplication

HERE = Path(__file__).parent
DOMAIN = "geoterritorio"

Say = Callable[[str], str]
Description = dict[str, Any]


def core() -> Path:
    """Folder that holds the package ``geoterritorio``: inside the plugin, or the checkout the plugin lies in."""
    inside = HERE / "core"
    return inside if inside.is_dir() else HERE.parents[1]


@cache
def tools() -> list[Description]:
    """Descriptions of all tools in the order of the rooms, then of the forms, which are called as tools are."""
    read = json.loads((core() / DOMAIN / "tools.json").read_text(encoding="utf-8"))
    return [*read["tools"], *read["forms"]]


def language() -> str:
    """Language of QGIS, where the project has it; else English."""
    return "es" if QgsApplication.locale().lower().startswith("es") else "en"


@cache
def translator(lang: str) -> Say:
    """Function that turns an English text into a language."""
    folder = core() / DOMAIN / "locale"
    catalogue = gettext.translation(DOMAIN, str(folder), [lang], fallback=True)
    return lambda text: catalogue.gettext(text) if text else ""


def say(text: str) -> str:
    """Text in the language of QGIS."""
    return translator(language())(text)


def room(tool: Description) -> str:
    """Room of a tool, as the core's command line calls it."""
    return str(tool["group"]).capitalize()


tr = say  # for texts that come from the descriptions, not from this code


def release() -> str:
    """Version of the plugin, as its metadata say."""
    lines = (HERE / "metadata.txt").read_text(encoding="utf-8").splitlines()
    return next((line.partition("=")[2] for line in lines if line.startswith("version=")), "")
