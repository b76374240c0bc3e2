"""Figures with intervals of their own: what they must be, and draws within them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]
# Numbers that are drawn together.
_AT_ONCE = 100_000


def one_figure_each(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Numbers of each territory once; those of several periods would be compared with each other."""
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise LayerError(
            message(
                "{layer}: {count} territories are there more than once: {values}. Keep the figures of one period.",
                layer=name,
                count=len(twice),
                values=listing(sorted(map(str, twice))),
            )
        )
    return amounts(table, name, signed=True)


def outside_own(values: pd.DataFrame, low: pd.DataFrame | None, high: pd.DataFrame | None) -> list[Message]:
    """What is said of figures that lie outside their own interval; nothing where none does."""
    wrong = np.zeros(values.shape, dtype=bool)
    for end, sign in ((low, 1), (high, -1)):
        if end is not None:
            wrong |= (sign * (end.reindex_like(values) - values) > 0).to_numpy()
    if not wrong.any():
        return []
    rows, columns = np.nonzero(wrong)
    named = [f"{values.index[r]} ({values.columns[c]})" for r, c in zip(rows, columns, strict=True)]
    return [
        message(
            "indicators: {count} figures lie outside their own interval: {values}. Check the columns low and high.",
            count=int(wrong.sum()),
            values=listing(named),
        )
    ]


def draws_within(
    figures: Floats, low: Floats, high: Floats, *, level: float, draws: int, random: np.random.Generator
) -> Floats:
    """Figures drawn as two halves of normal curves, each as wide as its side of the interval; else as they are."""
    drawn: Floats = np.concatenate(
        list(drawn_in_parts(figures, low, high, level=level, draws=draws, random=random))
    )
    return drawn


def drawn_in_parts(
    figures: Floats, low: Floats, high: Floats, *, level: float, draws: int, random: np.random.Generator
) -> Iterator[Floats]:
    """The same draws, a few at a time, which a processor holds near."""
    known = ~np.isnan(low + high)
    width = norm.ppf((1 + level) / 2)
    below, above = (np.where(known, np.abs(end - figures), 0.0) / width for end in (low, high))
    for part in blocks(draws, len(figures), _AT_ONCE):
        drawn = random.standard_normal((len(range(draws)[part]), len(figures)))
        drawn *= np.where(drawn < 0, below, above)
        drawn += figures
        yield drawn


def blocks(number: int, each: int, at_once: int) -> Iterator[slice]:
    """Parts of `number` rows of `each` figures, of at most so many at once."""
    step = max(1, at_once // max(each, 1))
    yield from (slice(start, start + step) for start in range(0, number, step))
