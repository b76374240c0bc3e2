"""Rules that say nothing: words that are no choice, and numbers out of their bounds."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.registry import Count, Level


def wrong_word(name: str, value: Any, choices: tuple[Any, ...]) -> list[Message]:
    """Message where a word is no choice."""
    if value in choices:
        return []
    return [
        message(
            "{name}: “{value}” is no choice. There are: {values}.",
            name=name,
            value=value,
            values=", ".join(map(str, choices)),
        )
    ]


def wrong_count(name: str, value: Any, least: int = 0) -> list[Message]:
    """Message where a number is not whole, or too small."""
    try:
        right = value >= least and value == int(value)
    except (TypeError, ValueError, OverflowError):
        right = False
    if right:
        return []
    return [
        message("{name}: {value} is no whole number of {least} or more.", name=name, value=value, least=least)
    ]


def wrong_share(name: str, value: Any, least: float = 0.0) -> list[Message]:
    """Message where a level is not between 0 and 1."""
    if isinstance(value, int | float) and least <= value < 1:
        return []
    return [message("{name}: the level is between 0 and 1, not {value}.", name=name, value=value)]


def problems_of(rules: Any, *, positive: tuple[str, ...] = ()) -> list[Message]:
    """
    What cannot be right in rules, as the types of their fields say.

    Parameters
    ----------
    rules
        Frozen rules of this room.
    positive
        Counts that must be 1 or more.

    Returns
    -------
    problems
        One message per word or switch that is no choice, count that is not whole or too small, and level not between 0
        and 1.
    """
    problems: list[Message] = []
    for name, hint in get_type_hints(type(rules), include_extras=True).items():
        kinds, value = _kinds(hint), getattr(rules, name)
        if value is None and type(None) in kinds:
            continue
        kinds = [k for k in kinds if k is not type(None)]
        if kinds == [Count]:
            problems += wrong_count(name, value, 1 if name in positive else 0)
        elif kinds == [Level]:
            problems += wrong_share(name, value)
        elif kinds == [bool]:
            problems += wrong_word(name, value, (True, False))
        elif all(get_origin(k) is Literal for k in kinds):
            problems += wrong_word(name, value, tuple(word for k in kinds for word in get_args(k)))
    return problems


def refuse(rules: Any, *, positive: tuple[str, ...] = ()) -> None:
    """
    Refusal of rules that say nothing.

    Raises
    ------
    LayerError
        With every field that cannot be right.
    """
    problems = problems_of(rules, positive=positive)
    if problems:
        raise LayerError(problems)


def _kinds(hint: Any) -> list[Any]:
    """Types of a union, or the type itself."""
    if get_origin(hint) is Annotated:
        return [hint]
    return list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]
