"""Where does one class of figures end and the next begin?

Every partition is the one that mapclassify finds. A break is told with the fewest digits that keep it; a figure on a
break belongs to the class above.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
AROUND, QUANTILES, NATURAL, EQUAL = "around_one", "quantiles", "natural", "equal"
METHODS = (QUANTILES, NATURAL, EQUAL)
CLASSES = 5
# natural breaks compare every pair of figures: of more than these, as many quantiles stand for all
_MOST = 400
_DIGITS = range(2, 17)


def breaks(values: Array, method: str) -> tuple[float, ...]:
    """
    Bounds between the classes of figures.

    Parameters
    ----------
    values
        Figures; those that are not finite are left out.
    method
        `quantiles` (about as many figures in each class), `natural` (Fisher-Jenks: least squares within classes) or
        `equal` (equal intervals between the least and the largest).

    Returns
    -------
    breaks
        Rising, at most four; where no figure parts from another, the one there is, or 0.

    Notes
    -----
    Of more than 400 figures, natural breaks are those of 400 evenly spaced quantiles, the least and the largest among
    them.

    References
    ----------
    Fisher, W. D. (1958). On grouping for maximum homogeneity. *Journal of the American Statistical Association*,
    53(284), 789-798.

    Examples
    --------
    >>> breaks(np.array([1.0, 2, 3, 50, 51, 52, 90, 91, 140, 200]), "equal")
    (41.0, 81.0, 120.0, 160.0)
    """
    known = np.asarray(values, dtype=float)
    known = np.sort(known[np.isfinite(known)])
    if not known.size:
        return (0.0,)
    if known[0] == known[-1]:
        return (float(f"{known[0]:.2g}"),)
    tops = np.unique(_tops(known, method))
    tops = tops[(known[0] <= tops) & (tops < known[-1])]
    if method != EQUAL:
        # bounds that no figure lies between are one; of equal intervals some are empty
        tops = tops[np.unique(np.searchsorted(known, tops, side="right"), return_index=True)[1]]
    return tuple(sorted({_between(known, float(top), middle=method == NATURAL) for top in tops}))


def _tops(known: Array, method: str) -> Array:
    """Upper bound of each class but the last; figures on it are in the class."""
    import mapclassify  # noqa: PLC0415 - takes seconds, and only maps need it

    apart = np.unique(known)
    if method == NATURAL and apart.size <= CLASSES:
        return apart[:-1]
    finder = {QUANTILES: "Quantiles", EQUAL: "EqualInterval", NATURAL: "FisherJenks"}[method]
    many = method == NATURAL and known.size > _MOST
    thin = np.quantile(known, np.linspace(0, 1, _MOST)) if many else known
    with warnings.catch_warnings():
        # without numba natural breaks are slow, as it says; for as few figures as these they are not
        warnings.filterwarnings("ignore", "Numba not installed")
        # where few figures differ there are fewer classes, as the legend shows
        warnings.filterwarnings("ignore", "Not enough unique values")
        return np.asarray(getattr(mapclassify, finder)(thin, CLASSES).bins[:-1])


def _between(known: Array, top: float, *, middle: bool) -> float:
    """Break of fewest digits above all figures up to `top` and not above the next one."""
    at = int(np.searchsorted(known, top, side="right"))
    last, following = float(known[at - 1]), float(known[at])
    wanted = (last + following) / 2 if middle else float(top)
    rounded = (float(f"{wanted:.{digits}g}") for digits in _DIGITS)
    return next((value for value in rounded if last < value <= following), following)
