"""Plants thrown at a map: what shares, sums and tails look like where each plant chooses its territory by chance.

The null of every index here is the dartboard: plant k, a share z_k of its sector, falls on territory r with
probability x_r, whatever the others do. The sums of squared shares that the indices are made of are then quadratic
forms in independent draws, whose means and variances need only power sums of z and of x.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import OWN, unsound_reference
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Below this, what is left of 1 after a sum of squares is rounding.
_ROUNDING = 1e-12
# With as many effective plants, and as many pairs of them in one place, the shares are as good as normal, and one
# drawing serves all sectors.
_MANY_PLANTS = 300
_MANY_PAIRS = 50
# Up to as many territories for each plant, whole rows of territories are summed faster than plants are sorted.
_FEW_TERRITORIES = 8
# Throws beyond the observation that make their share a fair estimate, and how many times more are made without.
_ENOUGH = 10
_FURTHER = 10
# Numbers drawn at a time.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Board:
    """
    Shares of sectors in territories, and the chances of the territories.

    Parameters
    ----------
    shares
        Shares of each sector (column) in the territories of the table; NaN in sectors without jobs or with
        withheld cells.
    chances
        Shares of the territories in what is compared with.
    beyond
        Shares of territories that the table lacks: nothing of any sector is there.
    withheld
        Sectors with withheld cells.
    name
        Which whole the chances come from.
    """

    shares: Floats
    chances: Floats
    beyond: Floats
    withheld: Mask
    name: str

    def power(self, k: int) -> float:
        """Sum of the chances to the power k."""
        return float((self.chances**k).sum() + (self.beyond**k).sum())

    @property
    def spread(self) -> float:
        """Chance that two plants fall on different territories; NaN where there is but one."""
        apart = 1 - self.power(2)
        return apart if apart > _ROUNDING else np.nan

    @property
    def turbulence(self) -> float:
        """Mean square of the product of two plants' deviations from the chances; NaN where there is one territory."""
        product = self.power(2) - 2 * self.power(3) + self.power(2) ** 2
        return product if self.spread > 0 else np.nan

    def products(self, values: Floats) -> Floats:
        """Sum over territories, those beyond the table too, of the products of all pairs of deviations."""
        gaps = self.deviations(values)
        result: Floats = gaps.T @ gaps + (self.beyond**2).sum()
        return result

    def deviations(self, values: Floats) -> Floats:
        """Shares less chances."""
        gaps: Floats = values - self.chances[:, None]
        return gaps

    def squares(self) -> Floats:
        """Sum of the squared deviations of each sector."""
        gaps = self.deviations(self.shares)
        result: Floats = np.einsum("ri,ri->i", gaps, gaps) + (self.beyond**2).sum()
        return result


def board(
    counts: pd.DataFrame, reference: pd.Series | None, *, compared: bool = True, stacklevel: int = 3
) -> Board:
    """
    Shares and chances of a table.

    Parameters
    ----------
    counts
        Territories by sectors; NaN is withheld or unknown.
    reference
        Totals of territories, also of such as the table lacks; None takes the table's own sums.
    compared
        Whether anything is compared with the whole, so that a reference would help.
    stacklevel
        Of the warnings.

    Returns
    -------
    board
        Columns as those of the table.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a territory of the table.
    """
    cells = counts.to_numpy(np.float64)
    problems = _negative(cells) + _unfit(reference, counts.index)
    if problems:
        raise LayerError(problems)
    missing = np.isnan(cells)
    withheld = missing.any(axis=0)
    if withheld.any():
        _tell_withheld(
            int(missing.sum()),
            int(withheld.sum()),
            own=compared and reference is None,
            stacklevel=stacklevel + 1,
        )
    own, beyond, name = np.nansum(cells, axis=1), np.empty(0), OWN
    if reference is not None:
        rest = reference.index.difference(counts.index, sort=False)
        own = reference.reindex(counts.index).to_numpy(np.float64)
        beyond = reference.reindex(rest).to_numpy(np.float64)
        name = str(reference.name or "reference")
    total, sums = own.sum() + beyond.sum(), cells.sum(axis=0)
    shares = cells / np.where(sums > 0, sums, np.nan)
    total = total if total > 0 else np.nan
    return Board(shares, own / total, beyond / total, withheld, name)


def _negative(cells: Floats) -> list[Message]:
    number = int((cells < 0).sum())
    return [message("{number} cells of the table are negative.", number=number)] if number else []


def _unfit(reference: pd.Series | None, territories: pd.Index) -> list[Message]:
    """What is wrong with a reference."""
    if reference is None:
        return []
    if not reference.index.is_unique:
        return [message("reference: some labels occur more than once.")]
    problems = []
    lost = territories[reference.reindex(territories).isna().to_numpy()]
    if len(lost):
        problems.append(
            message(
                "{number} territories are not in the reference, for example {name}.",
                number=len(lost),
                name=lost[0],
            )
        )
    problems += unsound_reference(reference, territories)
    return problems


def _tell_withheld(cells: int, sectors: int, *, own: bool, stacklevel: int) -> None:
    values = {"cells": cells, "number": sectors}
    text = message(
        "{cells} cells are withheld or unknown: the values of the {number} sectors that hold them are undefined.",
        **values,
    )
    if own:
        text = message(
            "{cells} cells are withheld or unknown: the values of the {number} sectors that hold them are undefined, "
            "and the own sums that the others are compared with leave them out. Give a reference.",
            **values,
        )
    warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)


def variance_of_gaps(chances: Board, moments: pd.DataFrame) -> Floats:
    """Variance of the sum of squared deviations of shares from the chances."""
    second, third = chances.power(2), chances.power(3)
    herfindahl, fourths = (moments[c].to_numpy(np.float64) for c in ("herfindahl", "fourths"))
    pairs = herfindahl**2 * chances.turbulence
    variance: Floats = 2 * (pairs - fourths * (second - 4 * third + 3 * second**2))
    return np.maximum(variance, 0.0)


def variance_of_squares(chances: Board, moments: pd.DataFrame) -> Floats:
    """
    Variance of the sum of squared shares.

    Pairs of plants in one place are counted, weighted by their shares: twice the variance of each pair, and the
    covariance of the pairs that have a plant in common.
    """
    second, third = chances.power(2), chances.power(3)
    columns = ("herfindahl", "cubes", "fourths")
    herfindahl, cubes, fourths = (moments[c].to_numpy(np.float64) for c in columns)
    pairs = herfindahl**2 - fourths
    triples = herfindahl - 2 * cubes + 2 * fourths - herfindahl**2
    same = 2 * pairs * (second - second**2)
    variance: Floats = same + 4 * triples * (third - second**2)
    return np.maximum(variance, 0.0)


@dataclass(frozen=True)
class Throws:
    """Sums of squared shares and of shares times chances, of repeated throws of one sector's plants."""

    squares: Floats
    products: Floats


def throw(sizes: list[Floats], chances: Board, replicates: int, rng: np.random.Generator) -> list[Throws]:
    """Repeated throws of the plants of each sector; sectors of very many plants share one drawing."""
    x = np.append(chances.chances, chances.beyond)
    limit: tuple[Floats, Floats] | None = None
    thrown = []
    for size in sizes:
        z = size / size.sum() if len(size) else size
        herfindahl = float((z**2).sum())
        pairs = chances.power(2) / (2 * herfindahl**2) if herfindahl else 0.0
        if herfindahl * _MANY_PLANTS < 1 and pairs > _MANY_PAIRS:
            limit = limit or _normal_limit(x, replicates, rng)
            along, around = limit
            products = chances.power(2) + np.sqrt(herfindahl) * along
            squares = 2 * products - chances.power(2) + herfindahl * around
            thrown.append(Throws(squares, products))
        else:
            thrown.append(_place(z, x, replicates, rng))
    return thrown


def _place(z: Floats, x: Floats, replicates: int, rng: np.random.Generator) -> Throws:
    squares, products = np.empty(replicates), np.empty(replicates)
    cumulated = np.cumsum(x)
    step = max(1, _BLOCK // max(len(z), 1))
    for start in range(0, replicates, step):
        rows = slice(start, min(start + step, replicates))
        number = rows.stop - rows.start
        hit = np.searchsorted(cumulated, rng.random((number, len(z))) * cumulated[-1], side="right")
        hit = np.minimum(hit, len(x) - 1)
        products[rows] = x[hit] @ z
        squares[rows] = _squares(hit, z, len(x))
    return Throws(squares, products)


def _squares(hit: npt.NDArray[np.intp], z: Floats, territories: int) -> Floats:
    """Sum over territories of the squared shares of each throw (row)."""
    number, plants = hit.shape
    if territories < _FEW_TERRITORIES * plants:
        cells = hit + territories * np.arange(number)[:, None]
        shares = np.bincount(cells.ravel(), np.tile(z, number), minlength=number * territories)
        shares = shares.reshape(number, territories)
        together: Floats = np.einsum("br,br->b", shares, shares)
        return together
    # Most territories stay empty: plants of one are brought side by side, and only runs are summed.
    order = np.argsort(hit, axis=1)
    hit, weight = np.take_along_axis(hit, order, axis=1), z[order]
    first = np.ones(hit.shape, bool)
    first[:, 1:] = hit[:, 1:] != hit[:, :-1]
    at = np.flatnonzero(first.ravel())
    runs = np.add.reduceat(weight.ravel(), at)
    return np.bincount(at // plants, runs**2, minlength=number).astype(np.float64)


def _normal_limit(x: Floats, replicates: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Deviations of shares per root of the Herfindahl index: their product with the chances, and their squares."""
    root = np.sqrt(x)
    along, around = np.empty(replicates), np.empty(replicates)
    step = max(1, _BLOCK // len(x))
    for start in range(0, replicates, step):
        rows = slice(start, min(start + step, replicates))
        gaps = root * rng.standard_normal((rows.stop - rows.start, len(x)))
        gaps -= x * gaps.sum(axis=1, keepdims=True)
        along[rows] = gaps @ x
        around[rows] = np.einsum("br,br->b", gaps, gaps)
    return along, around


def p_values(
    sizes: list[Floats],
    chances: Board,
    observed: Floats,
    statistic: Callable[[Throws], Floats],
    *,
    replicates: int,
    rng: np.random.Generator,
) -> Floats:
    """
    Twice the smaller share of throws at least as extreme as the observation, which is counted among them.

    Where hardly any throw reaches it, the share would only say how many throws there were: such sectors are thrown
    ten times more.
    """
    reached = _reached(throw(sizes, chances, replicates, rng), observed, statistic)
    number = np.full(len(sizes), replicates)
    few = np.flatnonzero(reached.min(axis=0) < _ENOUGH)
    more = throw([sizes[k] for k in few], chances, _FURTHER * replicates, rng)
    reached[:, few] += _reached(more, observed[few], statistic)
    number[few] += _FURTHER * replicates
    p: Floats = np.minimum(2 * (reached.min(axis=0) + 1) / (number + 1), 1.0)
    return p


def smallest_p(replicates: int) -> float:
    """Smallest p that throws can give."""
    return 2 / ((1 + _FURTHER) * replicates + 1)


def _reached(thrown: list[Throws], observed: Floats, statistic: Callable[[Throws], Floats]) -> Floats:
    """Number of throws not below (first row) and not above (second row) the observation, by sector."""
    result = np.zeros((2, len(thrown)))
    for k, (throws, seen) in enumerate(zip(thrown, observed, strict=True)):
        values = statistic(throws)
        # Throws equal to the observation may differ from it by rounding.
        slack = 1e-9 * values.std()
        result[:, k] = (values >= seen - slack).sum(), (values <= seen + slack).sum()
    return result
