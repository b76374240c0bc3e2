"""How wide a kernel over a map should be: rules for points in the plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, spatial

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._smoothing import Kernel, kernel_at
from geoterritorio.registry import Count, Metres

Floats = npt.NDArray[np.float64]
BandwidthRule = Literal["silverman", "scott", "nearest", "likelihood"]

# Bandwidth of a kernel that smooths a normal density as much as a Gaussian of bandwidth 1.
EQUIVALENT: dict[str, float] = {"gaussian": 1.0, "quartic": (64 * 36 / 5) ** (1 / 6)}
# The likelihood looks at so many plants, each beside so many others.
_LOOKED_AT = 1000
_BESIDE = 10_000
_LEAST = 2


def surface_bandwidth(
    places: Floats,
    rule: BandwidthRule = "silverman",
    *,
    weight: Floats | None = None,
    kernel: Kernel = "gaussian",
    neighbour: Count | None = None,
) -> Metres:
    r"""
    Bandwidth of a density over a map.

    Parameters
    ----------
    places
        Coordinates in metres, plants by two.
    rule
        "scott": from the standard deviation; "silverman": from that or the median distance to the median centre,
        whichever is less, so that a few plants far away do not blur the rest; "nearest": mean distance to the k-th
        nearest plant; "likelihood": under which each plant is best foretold by all others.
    weight
        How much each plant counts in the spread; None takes 1.
    kernel
        Of a Gaussian the bandwidth is the standard deviation, of a quartic kernel the radius at which it ends.
    neighbour
        The k of "nearest"; None takes the square root of the number of plants.

    Returns
    -------
    bandwidth
        Metres.

    Raises
    ------
    LayerError
        There are fewer than two plants, or they are too close together for the rule.

    Notes
    -----
    .. math:: h = A \, n^{-1/6}, \quad A_{scott} = \sqrt{(s_x^2 + s_y^2) / 2},
       \quad A_{silverman} = \min\left(A_{scott}, D_{0.5} / \sqrt{2 \ln 2}\right)

    with the median distance :math:`D_{0.5}` to the medians of both coordinates, and with weights the effective number
    :math:`n = (\sum w)^2 / \sum w^2`. In the plane Scott's factor and Silverman's are the same, :math:`n^{-1/6}`. A
    quartic kernel takes 2.78 times as much. The likelihood is

    .. math:: \sum_i \ln \hat f_{-i}(x_i)

    over 1000 plants drawn evenly from the list; of more than 10 000 plants as many stand for all, and the bandwidth
    found is multiplied by :math:`(10000 / n)^{1/6}`. Coincident plants are no evidence for a narrow kernel: one of each
    place is looked at.

    References
    ----------
    .. [1] Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall.
    .. [2] Scott, D. W. (1992). Multivariate Density Estimation. Wiley.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0.0, 0.0], [0.0, 100.0], [100.0, 0.0], [100.0, 100.0]])
    >>> round(surface_bandwidth(square, "scott"), 1)
    45.8
    """
    given = np.ones(len(places)) if weight is None else weight
    known = given > 0
    places, given = places[known], given[known]
    if len(np.unique(places, axis=0)) < _LEAST:
        raise LayerError(
            message(
                "points: {number} establishments at one point give no bandwidth. Give one in metres.",
                number=len(places),
            )
        )
    if rule == "nearest":
        return _nearest(places, neighbour)
    if rule == "likelihood":
        return _likeliest(np.unique(places, axis=0), kernel)
    return _spread(places, given, rule) * EQUIVALENT[kernel]


def _spread(places: Floats, weight: Floats, rule: BandwidthRule) -> float:
    total = weight.sum()
    share = weight / total
    effective = 1 / (share**2).sum()
    gaps = places - share @ places
    spread = float(np.sqrt((share @ gaps**2).sum() / 2 / (1 - (share**2).sum())))
    if rule == "silverman":
        centre = [_median(axis, share) for axis in places.T]
        middle = _median(np.hypot(*(places - centre).T), share) / np.sqrt(2 * np.log(2))
        spread = min(spread, middle) or spread
    return float(spread * effective ** (-1 / 6))


def _median(values: Floats, share: Floats) -> float:
    order = np.argsort(values)
    at = np.cumsum(share[order]) - share[order] / 2
    return float(np.interp(0.5, at, values[order]))


def _nearest(places: Floats, neighbour: int | None) -> float:
    k = min(round(np.sqrt(len(places))) if neighbour is None else int(neighbour), len(places) - 1)
    away = float(spatial.KDTree(places).query(places, k=[max(k, 1) + 1])[0].mean())
    if away > 0:
        return away
    raise LayerError(
        message(
            "points: the nearest {k} establishments of each are all at its own point, which gives no bandwidth. Take "
            "a farther neighbour, or give a bandwidth in metres.",
            k=k,
        )
    )


def _likeliest(places: Floats, kernel: Kernel) -> float:
    n = len(places)
    kept = places[np.linspace(0, n - 1, min(n, _BESIDE)).astype(int)]
    looked = np.unique(np.linspace(0, len(kept) - 1, min(len(kept), _LOOKED_AT)).astype(int))
    squared = spatial.distance.cdist(kept[looked], kept, "sqeuclidean")
    squared[np.arange(len(looked)), looked] = np.inf
    widest = _spread(places, np.ones(n), "scott") * EQUIVALENT[kernel] * 4
    nearest = float(np.sqrt(squared.min(axis=1)).min())
    found = optimize.minimize_scalar(
        _unlikely(squared, kernel),
        bounds=(np.log(nearest), np.log(max(widest, 2 * nearest))),
        method="bounded",
    )
    return float(np.exp(found.x) * (len(kept) / n) ** (1 / 6))


def _unlikely(squared: Floats, kernel: Kernel) -> Callable[[float], float]:
    """Negative likelihood of what is left out, by the logarithm of the bandwidth."""
    # Beyond the reach of a kernel a plant is not impossible, only as good as never foretold.
    tiny = np.finfo(float).tiny

    def value(log: float) -> float:
        width = np.exp(log)
        seen = kernel_at(squared / width**2, kernel).sum(axis=1)
        return float(2 * log - np.log(np.maximum(seen, tiny)).mean())

    return value
