"""Networks that chance would make of the same strengths: the directed weighted configuration model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

Floats = npt.NDArray[np.float64]
# Strengths that are met this closely, in shares of themselves, are met.
_MET = 1e-8
_STEPS, _HALVINGS = 200, 60
# Keeps the matrix of a step regular, where sums of its unknowns are free.
_RIDGE = 1e-10


def expected(out: Floats, into: Floats) -> Floats:
    r"""
    Flows expected of chance that keeps how much leaves and reaches each node.

    Parameters
    ----------
    out, into
        What leaves, and what reaches, each node; their sums are equal, and some network without flows from a node to
        itself has them.

    Returns
    -------
    expected
        Square, its diagonal 0.

    Notes
    -----
    Of all laws of integer flows with these mean strengths the one of largest entropy: flows are independent and
    geometric with means :math:`x_i y_j / (1 - x_i y_j)`. The x and y are those of largest likelihood, by Newton's
    method on a convex function.

    References
    ----------
    .. [1] Squartini, T., Picciolo, F., Ruzzenenti, F. & Garlaschelli, D. (2013). Reciprocity of weighted networks.
       Scientific Reports 3, 2729.

    Examples
    --------
    >>> expected(np.array([6.0, 2.0]), np.array([2.0, 6.0])).round(6).tolist()
    [[0.0, 6.0], [2.0, 0.0]]
    """
    size = len(out)
    free = np.outer(out > 0, into > 0)
    np.fill_diagonal(free, val=False)
    with np.errstate(divide="ignore"):
        unknown = np.log1p(size / np.concatenate([out, into])) / 2
    unknown[~np.isfinite(unknown)] = 0
    wanted = np.concatenate([out, into])
    mean = _means(unknown, free)
    for _ in range(_STEPS):
        gap = np.concatenate([mean.sum(axis=1), mean.sum(axis=0)]) - wanted
        if (np.abs(gap) <= _MET * np.maximum(wanted, 1)).all():
            break
        unknown = _stepped(unknown, _step(mean, gap), free, wanted)
        mean = _means(unknown, free)
    return mean


def _sums(unknown: Floats) -> Floats:
    size = len(unknown) // 2
    return np.asarray(unknown[:size, None] + unknown[None, size:])


def _means(unknown: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """Mean of each flow, from -log(x) and -log(y)."""
    with np.errstate(over="ignore"):
        return np.divide(1.0, np.expm1(_sums(unknown)), out=np.zeros(free.shape), where=free)


def _step(mean: Floats, gap: Floats) -> Floats:
    """Newton's step; unknowns scaled to a diagonal of ones, since strengths lie orders of magnitude apart."""
    spread = mean * (1 + mean)
    size = len(mean)
    matrix = np.zeros((2 * size, 2 * size))
    matrix[:size, size:], matrix[size:, :size] = spread, spread.T
    diagonal = np.concatenate([spread.sum(axis=1), spread.sum(axis=0)])
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1))
    matrix /= np.outer(scale, scale)
    np.fill_diagonal(matrix, 1 + _RIDGE)
    try:
        factor = cho_factor(matrix, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return np.asarray(gap / scale**2)
    return np.asarray(cho_solve(factor, gap / scale, check_finite=False) / scale)


def _stepped(unknown: Floats, step: Floats, free: npt.NDArray[np.bool_], wanted: Floats) -> Floats:
    """Unknowns after as much of the step as lowers the function and keeps every mean finite."""
    before = _cost(unknown, free, wanted)
    for halving in range(_HALVINGS):
        after: Floats = unknown + step / 2**halving
        if _cost(after, free, wanted) <= before:
            return after
    return unknown


def _cost(unknown: Floats, free: npt.NDArray[np.bool_], wanted: Floats) -> float:
    """Negative logarithm of the likelihood."""
    sums = _sums(unknown)[free]
    if not (sums > 0).all():
        return np.inf
    return float(unknown @ wanted - np.log(-np.expm1(-sums)).sum())


def returned(mean: Floats) -> Floats:
    """Expected smaller one of the two flows of each pair of nodes."""
    chance = mean / (1 + mean)
    both = chance * chance.T
    return both / (1 - both)


def drawn_reciprocities(mean: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Share of what flows that is returned, in networks drawn from the model."""
    found = np.full(draws, np.nan)
    chance = 1 / (1 + mean)
    for k in range(draws):
        flow = rng.geometric(chance).astype(float) - 1
        total = flow.sum()
        if total > 0:
            found[k] = np.minimum(flow, flow.T).sum() / total
    return found
