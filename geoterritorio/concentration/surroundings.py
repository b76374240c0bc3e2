"""Specialisation seen with its surroundings: neighbours in the focal quotient, land and people in the cluster index."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import _surroundings
from geoterritorio.concentration._margins import OWN, Whole, like, margins
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.registry import Metres

Floats = npt.NDArray[np.float64]


def kernel_weights(
    territories: gpd.GeoDataFrame, *, bandwidth: Metres, kernel: _surroundings.Kernel = "uniform"
) -> pd.DataFrame:
    r"""
    Weights of the territories around each territory, by the distance between their representative points.

    Parameters
    ----------
    territories
        Polygons or points with the column `territory`, in a system that measures metres.
    bandwidth
        Distance, in metres, that scales the kernel; 0 leaves each territory alone with itself.
    kernel
        "uniform": 1 within the bandwidth; "bisquare": falling to 0 at the bandwidth; "gaussian": to 4 bandwidths;
        "inverse_distance": half as much at one bandwidth, to 10 bandwidths.

    Returns
    -------
    weights
        One row per pair: `territory`, `neighbour`, `weight`. Each territory is its own neighbour, of weight 1.

    Raises
    ------
    CRSError
        Metres cannot be measured on the layer.
    LayerError
        The bandwidth is negative or no number.

    Notes
    -----
    With u the distance in bandwidths: uniform 1, bisquare :math:`(1 - u^2)^2`, gaussian :math:`e^{-u^2 / 2}`, inverse
    distance :math:`1 / (1 + u)`.

    References
    ----------
    .. [1] Cromley, R. G., Hanink, D. M. (2012). Focal location quotients: specification and applications.
       Geographical Analysis 44, 398-410.

    Examples
    --------
    >>> import geopandas as gpd
    >>> points = gpd.points_from_xy([0, 1000, 5000], [0, 0, 0], crs=25830)
    >>> kernel_weights(gpd.GeoDataFrame({"territory": list("abc")}, geometry=points), bandwidth=2000)
      territory neighbour  weight
    0         a         a     1.0
    1         a         b     1.0
    2         b         a     1.0
    3         b         b     1.0
    4         c         c     1.0
    """
    if not 0 <= bandwidth < np.inf:
        raise LayerError(
            message("bandwidth: metres, 0 or more, are needed, not {bandwidth}.", bandwidth=bandwidth)
        )
    if len(territories):
        require_metres(territories, name=mark("territories"))
    points = territories.geometry.representative_point()
    near = _surroundings.kernel_of(np.column_stack([points.x, points.y]), bandwidth, kernel)
    names = pd.Index(territories["territory"])
    labels = [pd.Categorical.from_codes(code, names) for code in (near.row, near.col)]
    return pd.DataFrame({"territory": labels[0], "neighbour": labels[1], "weight": near.data})


def focal_location_quotient(
    counts: pd.DataFrame,
    neighbours: pd.DataFrame,
    *,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Focal location quotient: that of each territory together with its surroundings.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    neighbours
        Weights of the territories around each, itself included if it is to count: columns `territory`, `neighbour`,
        `weight` (see `kernel_weights`), or a square frame with the territories as index and as columns. Pairs given
        twice add up.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    quotients
        Frame like `counts`; NaN where a neighbour's cell is missing, all weights are 0, the surroundings have nothing
        or the sector exists nowhere. `attrs["reference"]` names the whole.

    Raises
    ------
    LayerError
        Cells or weights are negative, a territory or sector has no total, or a neighbour is not in the table.

    Notes
    -----
    .. math:: FLQ_{ri} = \frac{\sum_s k_{rs} x_{si} / \sum_s k_{rs} n_s}{T_i / N}

    with weights :math:`k_{rs}`. A territory alone with itself has its plain `location_quotient`; one with the whole
    table as surroundings has 1 against the table's own sums.

    References
    ----------
    .. [1] Cromley, R. G., Hanink, D. M. (2012). Focal location quotients: specification and applications.
       Geographical Analysis 44, 398-410.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0, 0.0], "62": [10.0, 50.0, 40.0]}, index=["A", "B", "C"])
    >>> near = pd.DataFrame([[1, 1, 0], [1, 1, 1], [0, 1, 1]], index=counts.index, columns=counts.index)
    >>> focal_location_quotient(counts, near).round(3)
         10    62
    A  1.40  0.84
    B  1.00  1.00
    C  0.35  1.26
    """
    sums = margins(counts, reference, totals)
    near = _surroundings.smoothed(sums, _surroundings.matrix_of(neighbours, counts.index))
    found = like(near.quotient(), counts)
    found.attrs["reference"] = OWN if reference is None else near.name
    return found


@dataclass(frozen=True)
class ClusterWhole:
    """
    The area with which a cluster index compares, for which more is needed than totals of one kind.

    Parameters
    ----------
    employment
        Jobs of each sector, by code.
    establishments
        Establishments of each sector, by code.
    area
        Its area, in the unit of the territories' areas.
    population
        Its inhabitants.
    name
        Name of the area.
    """

    employment: pd.Series
    establishments: pd.Series
    area: float
    population: float
    name: str = ""


def cluster_index(
    counts: pd.DataFrame,
    plants: pd.DataFrame,
    area: pd.Series,
    population: pd.Series,
    *,
    reference: ClusterWhole | None = None,
) -> pd.DataFrame:
    r"""
    Cluster index of Sternberg and Litzenberger: density, weight and smallness of establishments in one figure.

    Parameters
    ----------
    counts
        Jobs, territories by sectors; NaN is withheld or unknown.
    plants
        Establishments, with the same territories and sectors.
    area
        Area of each territory, in any unit: equal-area or geodesic.
    population
        Inhabitants of each territory.
    reference
        The whole compared with; None takes the table's own sums.

    Returns
    -------
    index
        Frame like `counts`, 0 or more; NaN where a figure is missing, a territory has no area or no inhabitants, or
        the sector exists nowhere. `attrs["reference"]` names the whole.

    Raises
    ------
    LayerError
        Figures are negative, or a territory or sector has no figure.

    Warns
    -----
    GeoterritorioWarning
        If cells are missing, which leaves their sectors undefined where they are compared with their own sums, or
        have jobs but no establishments.

    Notes
    -----
    .. math:: CI_{ri} = \frac{e_{ri} / a_r}{e_i / a} \cdot \frac{e_{ri} / p_r}{e_i / p} \Big/
       \frac{e_{ri} / b_{ri}}{e_i / b_i} = \frac{e_{ri}\, b_{ri}}{a_r\, p_r} \Big/ \frac{e_i\, b_i}{a\, p}

    with jobs e, establishments b, area a and inhabitants p. 1 is what the whole would have if evenly spread. The right
    form shows that a territory without the sector has 0, not an undefined value. The authors read values above 4 as a
    cluster; the limit is theirs. Jobs and establishments multiply, so one large plant says as much as a few more
    small ones: look at both.

    References
    ----------
    .. [1] Sternberg, R., Litzenberger, T. (2004). Regional clusters in Germany: their geography and their relevance
       for entrepreneurial activities. European Planning Studies 12, 767-791.

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"10": [30.0, 10.0]}, index=["A", "B"])
    >>> plants = pd.DataFrame({"10": [3.0, 2.0]}, index=["A", "B"])
    >>> cluster_index(jobs, plants, pd.Series({"A": 10.0, "B": 30.0}), pd.Series({"A": 50.0, "B": 50.0})).round(3)
          10
    A  3.600
    B  0.267
    """
    jobs, places = counts.to_numpy(np.float64), plants.reindex(index=counts.index, columns=counts.columns)
    number = places.to_numpy(np.float64)
    land, heads = (v.reindex(counts.index).to_numpy(np.float64)[:, None] for v in (area, population))
    whole = _own_sums(jobs, number, land, heads) if reference is None else _given(reference, counts.columns)
    problems = _index_problems([jobs, number, land, heads, *whole], counts, plants)
    if problems:
        raise LayerError(problems)
    _tell_doubts(jobs, number)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(land * heads > 0, land * heads, np.nan)
        all_jobs, all_plants, all_land, all_heads = whole
        even = np.where(all_jobs * all_plants > 0, all_jobs * all_plants, np.nan) / (all_land * all_heads)
        found = like(jobs * number / below / even, counts)
    found.attrs["reference"] = OWN if reference is None else reference.name
    return found


def _own_sums(jobs: Floats, number: Floats, land: Floats, heads: Floats) -> list[Floats]:
    return [v.sum(axis=0) for v in (jobs, number, land, heads)]


def _given(whole: ClusterWhole, sectors: pd.Index) -> list[Floats]:
    tables = [v.reindex(sectors) for v in (whole.employment, whole.establishments)]
    lost = sectors[tables[0].isna() | tables[1].isna()]
    if len(lost):
        text = message("{number} sectors have no total, for example {name}.", number=len(lost), name=lost[0])
        raise LayerError(text)
    return [*(v.to_numpy(np.float64) for v in tables), np.array([whole.area]), np.array([whole.population])]


def _index_problems(figures: list[Floats], counts: pd.DataFrame, plants: pd.DataFrame) -> list[Message]:
    problems: list[Message] = []
    wrong = sum(int((values < 0).sum()) for values in figures)
    if wrong:
        problems.append(message("{number} figures are negative.", number=wrong))
    if not (counts.index.isin(plants.index).all() and counts.columns.isin(plants.columns).all()):
        problems.append(
            message("The table “{table}” lacks territories or sectors of the counts.", table="plants")
        )
    for values, text in (
        (figures[2], mark("{number} territories have no area, for example {name}.")),
        (figures[3], mark("{number} territories have no number of inhabitants, for example {name}.")),
    ):
        lost = counts.index[np.isnan(values[:, 0])]
        if len(lost):
            problems.append(message(text, number=len(lost), name=lost[0]))
    return problems


def _tell_doubts(jobs: Floats, number: Floats) -> None:
    missing = int((np.isnan(jobs) | np.isnan(number)).sum())
    if missing:
        text = message(
            "{number} cells are withheld or unknown: their cluster indices are undefined.", number=missing
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    empty = int(((jobs > 0) & (number == 0)).sum())
    if empty:
        text = message(
            "{number} cells have jobs but no establishments: their cluster index of 0 hides them.",
            number=empty,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
