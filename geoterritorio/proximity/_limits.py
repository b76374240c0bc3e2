"""Limits as they are meant: with what lies at them, and numbers from a list."""

from __future__ import annotations

from collections.abc import Iterable

from geoterritorio.errors import LayerError, message

# Metres that are none: places that were put into another system are as far from themselves.
NOWHERE = 1e-3


def up_to(limit: float) -> float:
    """Limit with a billionth more: sums of the pieces of a way may miss it by their last digits."""
    return limit * (1 + 1e-9)


def numbers_of(name: str, values: Iterable[float] | str, *, such_as: str) -> list[float]:
    """
    Numbers of a list.

    Raises
    ------
    LayerError
        It is no list of numbers.
    """
    try:
        if not isinstance(values, str):
            return [float(value) for value in values]
    except (TypeError, ValueError):
        pass
    raise LayerError(
        message(
            "{name}: “{value}” is no list of numbers. Give one, such as {example}.",
            name=name,
            value=str(values),
            example=such_as,
        )
    )
