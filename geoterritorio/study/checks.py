"""What a key of the study file may hold: one check for each kind of value, its errors gathered with their key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from geoterritorio.errors import Message, message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.layers.schema import GRIDS, KINDS, VALUES
from geoterritorio.publication.webmap.texts import Words

# A checked register is a register; the other way round it may lack what measures need.
_STANDS_FOR = {("firms", "register"), ("territories", "areas"), *((grid.kind, VALUES.kind) for grid in GRIDS)}
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "choice": (str,),
    "flag": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass
class Findings:
    """Errors of a study file, gathered so that all are told at once."""

    problems: list[Message] = field(default_factory=list)

    def add(self, found: Message) -> None:
        """Note an error."""
        self.problems.append(found)

    def keys(self, table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
        """Note unknown keys, with the nearest known one."""
        names = list(known)
        for key in table:
            if key not in names:
                near = get_close_matches(key, names, n=1)
                hint = message(" Did you mean “{near}”?", near=near[0]) if near else ""
                self.add(
                    message(
                        "{key}: unknown key.{hint} Known here: {names}.",
                        key=f"{where}{key}",
                        hint=hint,
                        names=", ".join(names),
                    )
                )

    def table(self, value: object, where: str) -> dict[str, Any]:
        """Table, or a note that it is none and an empty one."""
        if isinstance(value, dict):
            return value
        self.add(message("{key}: must be a table.", key=where))
        return {}


def titles_of(found: Findings, title: object, where: str) -> dict[Language, str]:
    """Title in every language: one text for all, or a table of texts by language."""
    if isinstance(title, dict):
        found.keys(title, LANGUAGES, f"{where}.")
        fallback = str(next(iter(title.values()), ""))
        return {code: str(title.get(code, fallback)) for code in LANGUAGES}
    if not isinstance(title, str):
        found.add(message("{key}: must be text.", key=where))
    return {code: str(title) for code in LANGUAGES}


def texts(found: Findings, table: Mapping[str, Any], key: str, where: str = "study") -> tuple[str, ...]:
    """List of texts under a key; none where it is missing or something else."""
    values = table.get(key, [])
    if isinstance(values, list) and all(isinstance(v, str) for v in values):
        return tuple(values)
    found.add(message("{key}: must be a list of texts.", key=f"{where}.{key}"))
    return ()


def notes_of(found: Findings, table: Mapping[str, Any], key: str, where: str = "study") -> tuple[Words, ...]:
    """List of texts under a key, each one for all languages or a table by language."""
    values = table.get(key, [])
    if isinstance(values, list) and all(isinstance(v, str) or by_language(v) for v in values):
        return tuple(values)
    found.add(
        message("{key}: must be a list of texts, or of tables of texts by language.", key=f"{where}.{key}")
    )
    return ()


def by_language(value: object) -> bool:
    """Whether a value is a table of texts by language."""
    return (
        isinstance(value, dict)
        and bool(value)
        and set(value) <= set(LANGUAGES)
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )


def flags(found: Findings, table: object, where: str, keys: Iterable[str]) -> dict[str, bool]:
    """Those of the keys that are there and true or false."""
    given = {key: table[key] for key in keys if key in table} if isinstance(table, dict) else {}
    for key, flag in given.items():
        if not isinstance(flag, bool):
            found.add(message("{key}: must be true or false.", key=f"{where}.{key}"))
    return {key: flag is True for key, flag in given.items()}


def check_name(found: Findings, value: str, names: Mapping[str, str], key: str, kind: str) -> None:
    """Note a name that no layer or result has, or one of another kind than is needed."""
    if value in names:
        if names[value] in KINDS and names[value] != kind and (names[value], kind) not in _STANDS_FOR:
            text = message(
                "{key}: “{value}” is a layer of {found}, and {wanted} are needed.",
                key=key,
                value=value,
                found=names[value],
                wanted=kind,
            )
            found.add(text)
        return
    near = get_close_matches(value, names, n=1)
    hint = message(" Did you mean “{near}”?", near=near[0]) if near else ""
    found.add(
        message(
            "{key}: there is no layer or result “{value}”.{hint} There are: {names}.",
            key=key,
            value=value,
            hint=hint,
            names=", ".join(names) or "–",
        )
    )


def check_value(found: Findings, value: object, parameter: Mapping[str, Any], key: str) -> None:
    """Note a value that an option of a tool cannot have."""
    wanted = _TYPES[parameter["type"]]
    if parameter["type"] == "choice" and not isinstance(value, str):
        found.add(
            message("{key}: must be one of {options}.", key=key, options=", ".join(parameter["options"]))
        )
    elif not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        found.add(message("{key}: must be of type {type}.", key=key, type=Message(parameter["type"])))
    elif parameter["type"] == "choice" and value not in parameter["options"]:
        found.add(
            message("{key}: must be one of {options}.", key=key, options=", ".join(parameter["options"]))
        )
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = parameter["min"], parameter["max"]
        if not _between(value, low, high, above=parameter.get("above", False)):
            found.add(_out_of_bounds(key, low, high, above=parameter.get("above", False)))


def _out_of_bounds(key: str, low: float | None, high: float | None, *, above: bool) -> Message:
    if above and high is None:
        return message("{key}: must be above {low}.", key=key, low=low)
    return message(
        "{key}: must lie between {low} and {high}.",
        key=key,
        low="−∞" if low is None else low,
        high="∞" if high is None else high,
    )


def _between(value: float, low: float | None, high: float | None, *, above: bool) -> bool:
    """Whether a number is within its bounds, of which the lower one may be no value itself."""
    enough = low is None or (value > low if above else value >= low)
    return enough and (high is None or value <= high)
