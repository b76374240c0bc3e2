"""How are settings, rules and the account of a run told: in labels and values of the reader's language?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import Message, Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.methods import RULE_LABELS, RULE_PARTS, RULE_VALUES, settings_told
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.registry import descriptions

# parts of the account of a run
ACCOUNT: Mapping[str, str] = {
    "software": mark("Software"),
    "machine": mark("Machine"),
    "rows_withheld": mark("Rows with figures withheld"),
    "processors": mark("Processors"),
    "system": mark("Operating system"),
    "release": mark("Release"),
    "processor": mark("Processor"),
    "started": mark("Started"),
    "finished": mark("Finished"),
    "study": mark("Study"),
    "inputs": mark("Inputs"),
    "steps": mark("Steps"),
    "settings": mark("Settings"),
    "tool": mark("Tool"),
    "file": mark("File"),
    "kind": mark("Kind"),
    "layer": mark("Layer"),
    "columns": mark("Columns"),
    "name": mark("Name"),
    "seconds": mark("Seconds"),
    "computed": mark("Computed"),
    "lang": mark("Language"),
    "confidentiality": mark("Confidentiality"),
    "internal": mark("Internal files"),
    "single_establishments": mark("Files that show single establishments"),
    "disclosure": mark("Disclosure control"),
    "off": mark("Turned off, since"),
    "hashes": mark("Hashes of confidential data, kept internally in"),
}
# From here on digits are told apart in threes; below lie years, which are not.
_LARGE = 10_000
# Of an account without a tool.
NO_PARAMETERS: Mapping[str, Mapping[str, Any]] = {}


def notice_told(notice: Message, lang: Language) -> str:
    """Notice in the reader's language, large counts written as in tables."""
    count = Numbers(lang).count
    large = {
        name: count(value) for name, value in notice.values.items() if type(value) is int and value >= _LARGE
    }
    try:
        return Message(notice.text, {**notice.values, **large}).render(translator(lang))
    except (KeyError, IndexError, ValueError, AttributeError):
        # a text that is not a template of ours is shown as it is
        return notice.text


def account_of(provenance: Mapping[str, Any], say: Translate) -> dict[str, Any]:
    """What the page does not tell elsewhere: sources and notices have their own sections; files made are not listed."""
    steps = provenance.get("steps")
    rest = {key: value for key, value in provenance.items() if key not in ("sources", "steps", "products")}
    if not isinstance(steps, list):
        return rest if steps is None else {**rest, "steps": steps}
    told = [{k: v for k, v in step.items() if k != "notices"} for step in steps]
    return {**rest, "steps": [{**step, "settings": settings_told(step, say)} for step in told]}


def settings_rows(
    values: Mapping[str, Any], lang: Language, parameters: Mapping[str, Mapping[str, Any]] = NO_PARAMETERS
) -> list[tuple[str, str]]:
    """Labels and values, by those of the tool's parameters and options; what was left open has no row."""
    say = translator(lang)
    rows = []
    for path, value in _flat(values):
        if value is None or (isinstance(value, str | list | tuple | dict) and not value):
            continue
        told = parameters.get(path[0], {}) if len(path) == 1 else {}
        options = dict(zip(told.get("options", ()), told.get("labels", ()), strict=False))
        label = say(told["label"]) if "label" in told else _label(path, say)
        option = options.get(value) if isinstance(value, str) else None
        rows.append((label, _value(_key(path), value, lang) if option is None else say(option)))
    return rows


def _key(path: tuple[str, ...]) -> str:
    """What a value is of: the kind of a layer is another than the kinds that settings choose."""
    return "layer_kind" if path[0] == "inputs" and path[2:] == ("kind",) else path[-1]


@lru_cache
def _parameter_labels() -> Mapping[str, str]:
    """Labels of the settings of all tools; one name has one label."""
    return {p["name"]: p["label"] for tool in descriptions().values() for p in tool["parameters"]}


def _label(path: tuple[str, ...], say: Translate) -> str:
    """Label in words; names that the reader gave to layers and steps stay as they are."""
    words = {**_parameter_labels(), **ACCOUNT, **RULE_LABELS}
    named = {1} if path[0] in ("inputs", "steps") else set()
    if path[0] == "inputs" and path[2:3] == ("columns",):
        # which column of the reader's own is which of ours: no setting, though some have the same name
        return " · ".join([say(words["inputs"]), path[1], say(words["columns"]), *path[3:]])
    return " · ".join(part if i in named else say(words.get(part, part)) for i, part in enumerate(path))


def _flat(values: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in values.items():
        path = (*before, str(key))
        if isinstance(value, Mapping) and value:
            yield from _flat(value, path)
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            for i, item in enumerate(value, 1):
                yield from _flat(item, (*path, str(item.get("name", i))))
        else:
            yield path, value


def _value(key: str, value: Any, lang: Language) -> str:
    say = translator(lang)
    if value is None:
        return NOTHING
    if isinstance(value, Message):
        return notice_told(value, lang)
    if isinstance(value, bool | np.bool_ | int | float | np.number):
        return _figure(key, value, lang)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray | pd.Index):
        return ", ".join(_value("", part, lang) for part in value) or NOTHING
    words, parts = RULE_VALUES.get(key, {}), str(value).split(",")
    if key in RULE_PARTS and all(part.strip() in RULE_PARTS[key] for part in parts):
        return ", ".join(say(RULE_PARTS[key][part.strip()]) for part in parts)
    return say(words[str(value)]) if str(value) in words else str(value)


def _figure(key: str, value: Any, lang: Language) -> str:
    say, numbers = translator(lang), Numbers(lang)
    if isinstance(value, bool | np.bool_):
        return say(mark("true")) if value else say(mark("false"))
    if "seed" in key:
        return str(value)  # a name, not a quantity
    return numbers.percent(float(value)) if key == "level" and 0 < value < 1 else numbers.plain(float(value))
