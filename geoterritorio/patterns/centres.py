"""Where a pattern has its middle, how far it spreads, and in which direction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.patterns.sites import Sites, sites

Floats = npt.NDArray[np.float64]

# Of the search for a median: steps, and the move in metres that ends it.
_STEPS, _STILL = 1000, 1e-6
_COLUMNS = (
    "plants",
    "mean_x",
    "mean_y",
    "median_x",
    "median_y",
    "standard_distance",
    "major",
    "minor",
    "angle",
)


def centrography(points: pd.DataFrame, *, weighted: bool = False) -> pd.DataFrame:
    r"""
    Centres, spread and direction of the plants of each sector.

    Parameters
    ----------
    points
        Plants: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    weighted
        Whether a plant counts with its jobs, or as one.

    Returns
    -------
    centres
        By sector: `plants`, their number; `mean_x` and `mean_y`; `median_x` and `median_y`, the point of the least sum
        of distances to them; `standard_distance`; and the semi-axes `major` and `minor` of the standard
        deviational ellipse, all in metres; `angle` of the major axis, in degrees clockwise from north, from 0
        up to 180. Without weight all are NaN, the ellipse of fewer than three plants too, and the angle of a
        circle.

    Raises
    ------
    LayerError
        Columns, coordinates, sectors or weights are missing, or there are no plants.

    Notes
    -----
    With the weights :math:`w` (1 unless weighted), their sum :math:`W`, and the weighted mean :math:`\bar x`,

    .. math:: D = \sqrt{\frac{1}{W} \sum_i w_i \lVert x_i - \bar x \rVert^2}

    The semi-axes are those directions' standard deviations in which they are largest and smallest, times
    :math:`\sqrt{2 n / (n - 2)}` for :math:`n` plants, with which the ellipse of a normal pattern holds 63 % of
    them. The median is found by Weiszfeld's steps, as Vardi and Zhang mend them where they meet a plant.

    References
    ----------
    .. [1] Levine, N. (2006). Crime mapping and the CrimeStat program. Geographical Analysis 38, 41-56.
    .. [2] Vardi, Y., Zhang, C.-H. (2000). The multivariate L1-median and associated data depth. PNAS 97, 1423-1426.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"x": [0.0, 2, 0, 2], "y": [0.0, 0, 4, 4], "sector": "15"})
    >>> found = centrography(points).loc["15"]
    >>> found[["mean_x", "mean_y", "standard_distance", "angle"]].round(3).tolist()
    [1.0, 2.0, 2.236, 0.0]
    """
    plants = sites(points, weighted=weighted)
    rows = [_centres(plants, code) for code in range(len(plants.sectors))]
    index = plants.sectors.rename("sector")
    return pd.DataFrame(rows, index, _COLUMNS).astype({"plants": np.int64})


def _centres(plants: Sites, code: int) -> list[float]:
    chosen = plants.code == code
    places = np.column_stack([plants.x[chosen], plants.y[chosen]])
    number, weight = len(places), plants.weight[chosen]
    if not weight.sum() > 0:
        return [number, *[np.nan] * (len(_COLUMNS) - 1)]
    weight = weight / weight.sum()
    mean = weight @ places
    spread = (places - mean).T @ ((places - mean) * weight[:, None])
    distance = float(np.sqrt(np.trace(spread)))
    return [number, *mean, *_median(places, weight, mean), distance, *_ellipse(spread, number)]


def _median(places: Floats, weight: Floats, start: Floats) -> Floats:
    """Point of the least weighted sum of distances."""
    at = start
    for _ in range(_STEPS):
        away = np.hypot(*(places - at).T)
        here = away < _STILL
        if here.all():
            break
        pull = np.divide(weight, away, out=np.zeros_like(away), where=~here)
        others = pull @ places / pull.sum()
        # A plant that is met holds the median as far as it outweighs the pull of the others.
        force = np.hypot(*(pull @ (places - at)))
        hold = min(1.0, weight[here].sum() / force) if force > 0 else 1.0
        new = (1 - hold) * others + hold * at
        moved, at = np.hypot(*(new - at)), new
        if moved < _STILL:
            break
    return at


def _ellipse(spread: Floats, number: int) -> tuple[float, float, float]:
    """Semi-axes and the direction of the longer one."""
    if number < 3:  # noqa: PLR2004 - two plants lie on a line
        return np.nan, np.nan, np.nan
    squared, axes = np.linalg.eigh(spread)
    minor, major = np.sqrt(2 * number / (number - 2) * np.maximum(squared, 0))
    round_ = np.isclose(squared[0], squared[1], rtol=1e-12, atol=0)
    angle = np.nan if round_ else np.degrees(np.arctan2(*axes[:, 1])) % 180
    return major, minor, angle
