"""How is nearness coloured? By one rule, in pictures, on web maps and in QGIS: the near is dark, the far is pale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_Colour = TypeVar("_Colour")


def near_to_far(pale_to_dark: Sequence[_Colour]) -> tuple[_Colour, ...]:
    """
    Colours from near to far.

    Parameters
    ----------
    pale_to_dark
        Colours of a ramp, the palest first.

    Returns
    -------
    colours
        The darkest first, which is that of the near.

    Examples
    --------
    >>> near_to_far(["pale", "middle", "dark"])
    ('dark', 'middle', 'pale')
    """
    return tuple(pale_to_dark)[::-1]
