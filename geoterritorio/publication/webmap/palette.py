"""Which colour has a quotient, and how does the reader see what is not certain?

Classes diverge around 1, symmetric in the logarithm: 1/2, 1/1.25, 1/1.1, 1.1, 1.25, 2. A
quotient of x and one of 1/x stand equally far from the middle. Blue (below) against orange
(above) stay apart for readers who confuse red and green, and for those who confuse blue and
yellow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.layers.schema import WITHHELD

Array = np.ndarray[Any, Any]
UPPER = (1.1, 1.25, 2.0)
BREAKS = (*(1 / b for b in reversed(UPPER)), *UPPER)
COLOURS = ("#1b5a86", "#5f9cc4", "#b3d0e2", "#e8dfc8", "#f4cb94", "#dd8b3a", "#9c430a")
# figures grow darker: one hue, apart from the two of the quotients
FIGURES = ("#e4e1f0", "#bdb8dc", "#928bc2", "#685ca3", "#432c78")
# further palettes: below and above 1 in seven steps, and one hue in five
FURTHER_PALETTES = (
    (
        ("#5b1f75", "#9468b0", "#cdb5dd", "#f0eee6", "#b9dfa9", "#5ea85b", "#0f5a26"),
        ("#dfeed3", "#aed3a0", "#74ad6f", "#3d8049", "#124f26"),
    ),
    (
        ("#0a4f4a", "#3f9a92", "#a6d8d1", "#efe9d6", "#e4c48a", "#bb8434", "#6b4208"),
        ("#f3e6cf", "#e0c08a", "#c0924a", "#8f6420", "#573706"),
    ),
)
GROUND = "#fbfaf7"
FADE = 0.72
# sum of red, green and blue above which a line would drown in the ground
_LIGHT = 540
# lines over the hatched figures: the paler colours would drown in the ground
FIGURES_HATCHED = ("#c3bfdf", "#a39dcd", *FIGURES[2:])
# lines of hatching and rims: the colours themselves, darker where they would drown in the ground
INKS = (*COLOURS[:2], "#7fabc6", "#a99d7c", "#d89c4a", *COLOURS[5:])

CLASSES = len(COLOURS)
# none of the sector there: known, and outside every logarithm
ZERO, HIDDEN, NOTHING = range(CLASSES, CLASSES + 3)
NONE = "#7d868c"

# borders by which other limits they are, those on top last
LIMITS = {
    "unknown": "#c3c9d0",
    "none": "#6f7882",
    "travel": "#2f6fb3",
    "natural": "#00796b",
    "functional": "#d2701a",
    "natural + travel": "#5a8f1f",
    "functional + travel": "#b3305f",
    "functional + natural": "#7a2a8f",
    "functional + natural + travel": "#241a33",
}

# how sure a cell is: codes of the page, in the order of its legend
SURE, UNCLEAR, FEW, UNTESTED, UNSTATED = range(5)
_CERTAINTY = {"high": SURE, "low": SURE, "unclear": UNCLEAR, "few": FEW, "untested": UNTESTED}


def classify(quotients: Array) -> Array:
    """
    Class of each location quotient around 1.

    Parameters
    ----------
    quotients
        Location quotients, at least 0; NaN where undefined.

    Returns
    -------
    classes
        0 (lowest) to 6 (highest), 3 around 1; `ZERO` where there is none of the sector, `NOTHING` where
        undefined.

    Notes
    -----
    A value on a break belongs to the class nearer to 1, on both sides alike.

    Examples
    --------
    >>> classify(np.array([0.0, 0.5, 0.8, 1.0, 1.25, 2.0, 2.1])).tolist()
    [7, 1, 2, 3, 4, 5, 6]
    """
    below = np.searchsorted(BREAKS, quotients, side="right")
    above = np.searchsorted(BREAKS, quotients, side="left")
    classes = np.where(quotients == 0, ZERO, np.where(quotients < 1, below, above))
    return np.where(np.isnan(quotients), NOTHING, classes).astype(np.uint8)


def sureness(quotients: pd.DataFrame) -> Array:
    """
    How sure each cell is: from `certainty`, else from the interval, else unstated.

    Parameters
    ----------
    quotients
        Table with `lq` and, where known, `certainty` or `low` and `high`.

    Returns
    -------
    codes
        `SURE`, `UNCLEAR`, `FEW`, `UNTESTED` or `UNSTATED` per row.
    """
    if "certainty" in quotients:
        codes = quotients["certainty"].map(_CERTAINTY).to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isnan(codes), UNSTATED, codes).astype(np.uint8)
    if {"low", "high"} <= set(quotients):
        low, high = (quotients[c].to_numpy(dtype=float, na_value=np.nan) for c in ("low", "high"))
        codes = np.where((low > 1) | (high < 1), SURE, UNCLEAR)
        return np.where(np.isnan(low) | np.isnan(high), UNTESTED, codes).astype(np.uint8)
    return np.full(len(quotients), UNSTATED, np.uint8)


def withheld(quotients: pd.DataFrame) -> Array:
    """Rows whose figure is withheld, by `status` or `certainty`."""
    hidden = np.zeros(len(quotients), bool)
    for column in ("status", "certainty"):
        if column in quotients:
            hidden |= quotients[column].eq(WITHHELD).fillna(value=False).to_numpy(dtype=bool)
    return hidden


def mix(colour: str, ground: str, share: float) -> str:
    """
    Colour blended towards another.

    Parameters
    ----------
    colour, ground
        Hexadecimal colours.
    share
        Share of `ground`, 0 to 1.

    Returns
    -------
    colour
        Hexadecimal colour.

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def palettes() -> list[dict[str, Any]]:
    """
    Palettes as the page reads them, the first one at the beginning.

    Returns
    -------
    palettes
        Of each, `around`, the colours of quotients around 1 with their breaks, and `figures`; what is zero has a
        grey of its own.
    """
    inks = [(INKS, FIGURES_HATCHED), *((_inks(around), _inks(one)) for around, one in FURTHER_PALETTES)]
    given = [(COLOURS, FIGURES), *FURTHER_PALETTES]
    return [
        {
            "around": {**_looks(around, around_inks), "breaks": [round(b, 4) for b in BREAKS]},
            "figures": _looks(one, one_inks),
        }
        for (around, one), (around_inks, one_inks) in zip(given, inks, strict=True)
    ]


def _inks(colours: tuple[str, ...]) -> tuple[str, ...]:
    """Colours of lines: light ones darker, as they would drown in the ground."""
    return tuple(mix(c, "#3a3a3a", 0.3) if sum(bytes.fromhex(c[1:])) > _LIGHT else c for c in colours)


def _looks(colours: tuple[str, ...], inks: tuple[str, ...]) -> dict[str, Any]:
    sequence = len(colours) < CLASSES
    filled, lines = ([*own, *[NONE] * (CLASSES + 1 - len(own))] for own in (colours, inks))
    return {
        "colours": filled,
        "faded": [mix(c, GROUND, FADE) for c in filled],
        "inks": filled if sequence else lines,
        "ground": GROUND,
        "hatches": lines if sequence else [mix(c, GROUND, 0.55) for c in lines],
    }
