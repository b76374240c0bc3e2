"""What the core says, in the words of the dialog: layers by their labels, and where its cures are found there."""

from __future__ import annotations

import re
from typing import Any

from . import texts
from .parameters import columns, is_dated
from .texts import Description, say, tr


def retold(tool: Description, text: str) -> str:
    """
    A refusal or warning in the words of the dialog.

    Parameters
    ----------
    tool
        Description of the tool.
    text
        What the core says, a problem a line.

    Returns
    -------
    text
        The same with the names and the cures that the dialog shows.
    """
    return "\n".join(_line(tool, line) for line in text.split("\n"))


def _line(tool: Description, line: str) -> str:
    name, colon, rest = line.partition(":")
    described = next((p for p in tool["parameters"] if p["name"] == name), None) if colon else None
    head = ""
    if described is not None:
        head, line = f"{tr(described['label'])} ({name}):", rest
    elif colon and name == "plot" and tool["plots"]:
        head, line = f"{say('Focus of the plot')}:", rest
    line = _dated(tool, described, line)
    line = _open_on_a_day(line)
    line = _of_one_period(tool, described, line)
    return head + _named(tool, line)


def _dated(tool: Description, described: Description | None, line: str) -> str:
    """Where the dialog asks for the day in force, in place of how files, studies and Python name it."""
    cure = say(
        " Keep the versions in force on one day: behind the file as ?on=2025-01-01 on the command line, as on = "
        '"2025-01-01" in the study file, as on="2025-01-01" in Python.'
    )
    asked = [described] if described is not None and is_dated(described) else tool["parameters"]
    place = say("In this dialog: Advanced parameters, “{layer} · Date in force”.")
    places = [place.format(layer=tr(p["label"])) for p in asked if is_dated(p)]
    if not places or "?on=" not in line:
        return line
    if cure in line:
        return line.replace(cure, " " + " ".join([say("Keep the versions in force on one day."), *places]))
    return "\n".join([line, *places])


def _open_on_a_day(line: str) -> str:
    """Where rows are chosen in QGIS, in place of how files and studies name a day."""
    cure = say(
        " Keep those open on one day: behind the file as ?on=2025-01-01 on the command line, as on = "
        '"2025-01-01" in the study file.'
    )
    return line.replace(cure, " " + say("In QGIS: filter the layer (right click, Filter…)."))


def _of_one_period(tool: Description, described: Description | None, line: str) -> str:
    """Where a period is named, or how rows are chosen."""
    period = next((p for p in tool["parameters"] if p["name"] == "period"), None)
    if period is not None:
        line = line.replace("(period)", f"(“{tr(period['label'])}”)")
    cure = say(" Keep the rows of one period.")
    fields = columns(described) if described is not None else []
    field = next((c for c in fields if c["name"] == "period"), None)
    if described is None or field is None or cure not in line:
        return line
    shown = f"{tr(described['label'])} · {tr(field['label'])}"
    how = say("In QGIS: filter the layer (right click, Filter…) by the field chosen as “{field}”.")
    return line.replace(cure, f"{cure} {how.format(field=shown)}")


def _named(tool: Description, line: str) -> str:
    """Layers that are mentioned, by their labels; in English the names are words that anyone reads."""
    if texts.language() == "en":
        return line
    layers: dict[str, Any] = {p["name"]: p for p in tool["parameters"] if p["type"] == "layer"}
    if not layers:
        return line
    names = "|".join(map(re.escape, layers))
    # Not inside quotes, paths, options and assignments: those are the user's own or somebody else's.
    pattern = rf"(?<![\w“«\"'(/.=?|-])({names})(?![\w”»\"'=/.|-])"
    return re.sub(pattern, lambda found: f"«{tr(layers[found[1]]['label'])}»", line)
