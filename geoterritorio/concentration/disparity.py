"""How unequal are territories in what they have per head: product, income, jobs, services?

Each measure takes a value per head by territory and, if heads are to count rather than territories, their numbers as
weights. All but the mean log deviation and the Atkinson index bear values of 0; none but the coefficients of
variation bears negative ones.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import _disparity
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.registry import Ratio

Floats = npt.NDArray[np.float64]


def gini(values: pd.Series, weights: pd.Series | None = None, *, unbiased: bool = False) -> float:
    r"""
    Gini coefficient of inequality.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.
    unbiased
        Multiply by n / (n - 1), where n is the number of territories, for few territories or a sample of them.

    Returns
    -------
    figure
        From 0, where all have the same, to below 1; NaN where a value or weight is unknown, nothing has
        weight, or the mean is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: G = \frac{\sum_i \sum_j w_i w_j |x_i - x_j|}{2\, W^2 \bar x}

    where :math:`\bar x` is the weighted mean and :math:`W` the sum of the weights. It is twice the area between the
    diagonal and the `lorenz_curve`. With n territories of equal weight it is at most :math:`1 - 1/n`.

    References
    ----------
    .. [1] Gini, C. (1912). Variabilità e mutabilità. Cuppini, Bologna.
    .. [2] Deltas, G. (2003). The small-sample bias of the Gini coefficient. Review of Economics and Statistics 85,
       226-234.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(gini(product), 3)
    0.222
    >>> round(gini(product, pd.Series({"A": 1.0, "B": 1.0, "C": 8.0})), 3)
    0.192
    """
    x, w = _disparity.pairs(values, weights)
    found = float(_disparity.gini(x, w))
    if not unbiased:
        return found
    return found * len(x) / (len(x) - 1) if len(x) > 1 else np.nan


def pietra(values: pd.Series, weights: pd.Series | None = None) -> float:
    r"""
    Pietra index of inequality (also of Hoover, Schutz and Robin Hood).

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    figure
        From 0, where all have the same, to below 1; NaN where a value or weight is unknown, nothing has
        weight, or the mean is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: P = \tfrac12 \sum_i \left| \frac{w_i x_i}{\sum_j w_j x_j} - \frac{w_i}{\sum_j w_j} \right|

    The share of everything that would have to move for all to have the mean; the largest distance between the
    diagonal and the `lorenz_curve`.

    References
    ----------
    .. [1] Hoover, E. M. (1936). The measurement of industrial localization. Review of Economics and Statistics 18,
       162-171.
    .. [2] Schutz, R. R. (1951). On the measurement of income inequality. American Economic Review 41, 107-122.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(pietra(product), 3)
    0.167
    """
    return float(_disparity.pietra(*_disparity.pairs(values, weights)))


def theil_t(values: pd.Series, weights: pd.Series | None = None) -> float:
    r"""
    Theil's index T, sensitive to the top of the distribution.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    figure
        From 0, where all have the same, to the logarithm of the total weight over the smallest; NaN where a
        value or weight is unknown, nothing has weight, or the mean is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: T = \sum_i \frac{w_i}{W} \frac{x_i}{\bar x} \ln \frac{x_i}{\bar x}

    with :math:`0 \ln 0 = 0`. It is the sum of a part between groups of territories and a part within them: see
    `theil_decomposition`.

    References
    ----------
    .. [1] Theil, H. (1967). Economics and information theory. North-Holland, Amsterdam.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(theil_t(product), 4)
    0.0872
    """
    return float(_disparity.theil_t(*_disparity.pairs(values, weights)))


def theil_l(values: pd.Series, weights: pd.Series | None = None) -> float:
    r"""
    Theil's index L, the mean log deviation, sensitive to the bottom of the distribution.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    figure
        0 where all have the same, without upper bound; NaN where a value or weight is unknown, nothing has
        weight, or a value is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: L = \sum_i \frac{w_i}{W} \ln \frac{\bar x}{x_i}

    A value of 0 has no logarithm; a warning counts them. L is the sum of a part between groups of territories and a
    part within them, weighted by heads: see `theil_decomposition`.

    References
    ----------
    .. [1] Theil, H. (1967). Economics and information theory. North-Holland, Amsterdam.
    .. [2] Shorrocks, A. F. (1980). The class of additively decomposable inequality measures. Econometrica 48,
       613-625.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(theil_l(product), 4)
    0.0959
    """
    x, w = _disparity.pairs(values, weights)
    _warn_zeros(x)
    return float(_disparity.theil_l(x, w))


def atkinson(values: pd.Series, weights: pd.Series | None = None, *, epsilon: Ratio = 0.5) -> float:
    r"""
    Atkinson index: the share of the mean that equality would save.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.
    epsilon
        Aversion to inequality, 0 or more: 0 sees none, large values look at the poorest alone.

    Returns
    -------
    figure
        From 0, where all have the same, to 1; NaN where a value or weight is unknown, nothing has weight, or
        the mean is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: A_\varepsilon = 1 - \frac1{\bar x} \left( \sum_i \frac{w_i}{W} x_i^{1 - \varepsilon}
       \right)^{1 / (1 - \varepsilon)}, \qquad A_1 = 1 - e^{-L}

    where L is `theil_l`. From an aversion of 1 on, a single value of 0 makes it 1.

    References
    ----------
    .. [1] Atkinson, A. B. (1970). On the measurement of inequality. Journal of Economic Theory 2, 244-263.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(atkinson(product, epsilon=1), 4)
    0.0914
    """
    if not 0 <= epsilon < np.inf:
        raise LayerError(message("epsilon is 0 or more, not {epsilon}.", epsilon=epsilon))
    return float(_disparity.atkinson(*_disparity.pairs(values, weights), epsilon))


def williamson(values: pd.Series, weights: pd.Series | None = None) -> float:
    r"""
    Williamson index: the coefficient of variation weighted by heads.

    Parameters
    ----------
    values
        Value per head of each territory, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    figure
        0 where all have the same, without upper bound; NaN where a value or weight is unknown, nothing has
        weight, or the mean is not above 0.

    Raises
    ------
    LayerError
        Values are infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: V_w = \frac1{\bar x} \sqrt{\sum_i \frac{w_i}{W} (x_i - \bar x)^2}

    with the weighted mean in both places, as in the paper. Without weights it is the coefficient of variation with
    divisor n.

    References
    ----------
    .. [1] Williamson, J. G. (1965). Regional inequality and the process of national development. Economic Development
       and Cultural Change 13, 1-84.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(williamson(product), 4)
    0.4082
    """
    return float(_disparity.williamson(*_disparity.pairs(values, weights, negative=True)))


def coefficient_of_variation(values: pd.Series) -> float:
    r"""
    Coefficient of variation over territories, all of the same weight.

    Parameters
    ----------
    values
        Value per head of each territory; NaN is unknown.

    Returns
    -------
    figure
        0 where all have the same; NaN where a value is unknown, there is only one, or the mean is not above 0.

    Raises
    ------
    LayerError
        Values are infinite.

    Notes
    -----
    .. math:: V = \frac1{\bar x} \sqrt{\frac{\sum_i (x_i - \bar x)^2}{n - 1}}

    At most :math:`\sqrt n` where values are 0 or more. `williamson` weighs by heads.

    References
    ----------
    .. [1] Pearson, K. (1896). Mathematical contributions to the theory of evolution, III. Philosophical Transactions of
       the Royal Society A 187, 253-318.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(coefficient_of_variation(product), 3)
    0.5
    """
    x, number = _disparity.pairs(values, None, negative=True)
    return float(_disparity.variation(x, number))


def coulter(values: pd.Series, weights: pd.Series | None = None) -> float:
    r"""
    Coulter index: the distance between the shares in value and those in weight.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    figure
        From 0, where all have the same, to below 1; NaN where a value or weight is unknown, nothing has
        weight, or the mean is 0.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    Notes
    -----
    .. math:: C = \sqrt{\tfrac12 \sum_i \left( \frac{w_i x_i}{\sum_j w_j x_j} - \frac{w_i}{W} \right)^2}

    It falls with the number of territories, unlike the other measures: compare only the same territories.

    References
    ----------
    .. [1] Coulter, P. B. (1989). Measuring inequality: a methodological handbook. Westview, Boulder.

    Examples
    --------
    >>> import pandas as pd
    >>> product = pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})
    >>> round(coulter(product), 4)
    0.1667
    """
    return float(_disparity.coulter(*_disparity.pairs(values, weights)))


def lorenz_curve(values: pd.Series, weights: pd.Series | None = None) -> pd.DataFrame:
    """
    Points of the Lorenz curve: what share of everything the poorest share of heads has.

    Parameters
    ----------
    values
        Value per head of each territory, 0 or more, such as product per inhabitant; NaN is unknown.
    weights
        Weight of each territory, such as its inhabitants; None weighs all the same. Territories of weight 0 are
        left out, also where their value is unknown.

    Returns
    -------
    curve
        From the origin on, one row per territory, from the lowest value to the highest: `territory` (missing
        at the
        origin), and the cumulated shares `weight` and `value`, which end at 1; NaN where they are undefined.

    Raises
    ------
    LayerError
        Values are negative or infinite, weights are negative or infinite, or territories are repeated.

    References
    ----------
    .. [1] Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American
       Statistical Association 9, 209-219.

    Examples
    --------
    >>> import pandas as pd
    >>> lorenz_curve(pd.Series({"A": 30.0, "B": 20.0, "C": 10.0})).round(3)
      territory  weight  value
    0       NaN   0.000  0.000
    1         C   0.333  0.167
    2         B   0.667  0.500
    3         A   1.000  1.000
    """
    x, w = _disparity.pairs(values, weights)
    kept = values.index if weights is None else values.index[_disparity.aligned(weights, values.index) != 0]
    order = np.argsort(x, kind="stable")
    part, ratio = _disparity.shares(x[order], w[order])
    points = np.zeros((2, len(x) + 1))
    points[:, 1:] = np.cumsum(part), np.cumsum(part * ratio)
    names = np.array([None, *kept[order]], dtype=object)
    return pd.DataFrame({"territory": names, "weight": points[0], "value": points[1]})


def _warn_zeros(x: Floats) -> None:
    zeros = int((x == 0).sum())
    if zeros:
        text = message("{number} values are 0, without logarithm: the measure is undefined.", number=zeros)
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
