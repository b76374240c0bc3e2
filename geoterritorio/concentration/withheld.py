"""Withheld cells, taken for what they are: numbers between limits that the published totals set."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import _shares, _spread
from geoterritorio.concentration._margins import Whole, like, margins
from geoterritorio.concentration._shares import EVEN, FALLING, Floats, Index, Of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.schema import ESTIMATED, KNOWN
from geoterritorio.registry import Ratio

UNDEFINED = "undefined"
# A spread that misses a total by more than this share is worth a word.
_CLOSE = 1e-6


@dataclass(frozen=True)
class CellBounds:
    """
    What withheld cells can hold; known cells are themselves three times.

    Parameters
    ----------
    low
        Least.
    high
        Most; NaN where neither total of the cell is known.
    estimate
        What the totals leave, spread in proportion to the rests of rows and columns; NaN like `high`.
    """

    low: pd.DataFrame
    high: pd.DataFrame
    estimate: pd.DataFrame


def cell_bounds(
    counts: pd.DataFrame,
    *,
    totals: pd.Series | None = None,
    sector_totals: pd.Series | None = None,
    rounding: Ratio = 0,
) -> CellBounds:
    r"""
    Least and most that withheld cells can hold, and an estimate.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    totals
        Published totals of the territories over the sectors of the table; None or NaN is unknown.
    sector_totals
        Published totals of the sectors over the territories of the table; None or NaN is unknown.
    rounding
        Most that a published figure may be off by rounding, in the unit of the cells.

    Returns
    -------
    bounds
        Three tables like `counts`.

    Raises
    ------
    LayerError
        Cells are negative, known cells exceed a total, a total is larger than the sum of cells none of which is
        withheld, or the totals contradict each other.

    Notes
    -----
    A cell holds no more than what the known cells leave of the total of its territory, nor of its sector, less
    what the other withheld cells must hold; and no less than what these cannot hold. The two are repeated
    until nothing changes. The limits are valid, though not always the tightest that the totals imply. Where
    they meet, the totals give the withheld figure away: publish such a cell no more than its office did.

    The estimate is biproportional: weights that are products of what is left of the territory and of the sector
    (where one is unknown, of its known cells), scaled in turn to the rests of rows and columns until both are
    met, as the totals then are. It is a guess that contradicts nothing, no more. If the rests cannot be met, a
    warning says by how much they are missed. The totals must be those of the table: of a larger area, or of more
    sectors, they are not.

    References
    ----------
    .. [1] Deming, W. E., Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
       expected marginal totals are known. Annals of Mathematical Statistics 11, 427-444.
    .. [2] Dobra, A., Fienberg, S. E. (2000). Bounds for cell entries in contingency tables given marginal totals and
       decomposable graphs. Proceedings of the National Academy of Sciences 97, 11885-11892.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, np.nan], "25": [np.nan, np.nan], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> totals, sectors = pd.Series({"A": 45.0, "B": 75.0}), pd.Series({"10": 50.0, "25": 10.0, "62": 60.0})
    >>> bounds = cell_bounds(counts, totals=totals)
    >>> bounds.high
         10    25    62
    A  30.0   5.0  10.0
    B  25.0  25.0  50.0
    >>> cell_bounds(counts, totals=totals, sector_totals=sectors).estimate
         10   25    62
    A  30.0  5.0  10.0
    B  20.0  5.0  50.0
    """
    cells = _spread.withheld(counts, totals, sector_totals, rounding)
    low, high = _spread.limits(cells)
    values, missed = _spread.spread(cells, low, high)
    if missed > _CLOSE:
        found = message(
            "The estimates of withheld cells miss a total by {percent} % of the largest total.",
            percent=float(f"{100 * missed:.2g}"),
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=2)
    high = np.where(np.isinf(high), np.nan, high)
    return CellBounds(*(_filled(counts, cells, part) for part in (low, high, values)))


def _filled(counts: pd.DataFrame, cells: _spread.Withheld, values: Floats) -> pd.DataFrame:
    table = counts.to_numpy(np.float64, copy=True)
    table[cells.row, cells.column] = values
    return like(table, counts)


def settle(counts: pd.DataFrame, bounds: CellBounds) -> pd.DataFrame:
    """Table with the withheld cells that the totals determine."""
    low, high = bounds.low.to_numpy(), bounds.high.to_numpy()
    given = np.abs(high - low) <= _CLOSE * np.maximum(np.abs(high), 1)
    return counts.where(~(counts.isna() & given), (bounds.low + bounds.high) / 2)


def location_quotient_bounds(
    counts: pd.DataFrame,
    *,
    totals: pd.Series | None = None,
    sector_totals: pd.Series | None = None,
    reference: pd.Series | Whole | None = None,
    rounding: Ratio = 0,
) -> CellBounds:
    r"""
    Least and most that location quotients of withheld cells can be, and an estimate.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    totals
        Published totals of the territories over the sectors of the table; None or NaN is unknown.
    sector_totals
        Published totals of the sectors over the territories of the table; None or NaN is unknown.
    reference
        Totals by sector of the whole compared with; None takes the totals of the table's sectors.
    rounding
        Most that a published figure may be off by rounding, in the unit of the cells.

    Returns
    -------
    bounds
        Three tables of quotients like `counts`; NaN where a total the quotient needs is unknown or 0.

    Raises
    ------
    LayerError
        Cells are negative, known cells exceed a total, a total is larger than the sum of cells none of which is
        withheld, or the totals contradict each other.

    Notes
    -----
    .. math:: LQ_{ri} = \frac{x_{ri} / n_r}{T_i / N}

    rises with the cell while the totals stand, so its bounds are those of the cell (`cell_bounds`).

    References
    ----------
    .. [1] Isard, W. (1960). Methods of Regional Analysis. MIT Press.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, np.nan], "25": [np.nan, np.nan], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> totals, sectors = pd.Series({"A": 45.0, "B": 75.0}), pd.Series({"10": 50.0, "25": 10.0, "62": 60.0})
    >>> location_quotient_bounds(counts, totals=totals, sector_totals=sectors).high.round(2)
         10    25    62
    A  1.60  1.33  0.44
    B  0.64  0.80  1.33
    """
    cells = _spread.withheld(counts, totals, sector_totals, rounding)
    sectors, total = cells.columns.totals, cells.columns.totals.sum()
    if np.isnan(total):
        total = cells.rows.totals.sum()
    if reference is not None:
        values, _, _ = _shares.whole_of(counts.to_numpy(np.float64), counts.columns, "territories", reference)
        sectors, total = values[: counts.shape[1]], values.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = cells.rows.totals[:, None] * (sectors / total)
        expected[~(expected > 0)] = np.nan
    bounds = cell_bounds(counts, totals=totals, sector_totals=sector_totals, rounding=rounding)
    return CellBounds(bounds.low / expected, bounds.high / expected, bounds.estimate / expected)


def location_quotient_ceiling(
    counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None, totals: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Most that location quotients of withheld cells can be, where the totals may cover more than the table.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with, which contains the territories; None takes the table's
        own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    ceilings
        Frame like `counts`: the quotient itself where the cell is known; NaN where a total the quotient needs
        is unknown or 0.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: \max LQ_{ri} = \frac{\min(n_r - \sum_j x_{rj},\; T_i - \sum_s x_{si}) / n_r}{T_i / N}

    with sums over the known cells, taken as exact. Totals of more sectors than the table has, or of a larger
    area, only make it wider; `location_quotient_bounds` is narrower where they are those of the table.

    References
    ----------
    .. [1] Isard, W. (1960). Methods of Regional Analysis. MIT Press.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, np.nan], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> totals, whole = pd.Series({"A": 45.0, "B": 75.0}), pd.Series({"10": 50.0, "25": 10.0, "62": 60.0})
    >>> location_quotient_ceiling(counts, totals=totals, reference=whole).round(2)
         10    62
    A  1.60  0.44
    B  0.64  1.33
    """
    sums = margins(counts, reference, totals)
    known = np.nan_to_num(sums.cells)
    left = np.minimum(
        sums.territory - known.sum(axis=1, keepdims=True), sums.sector - known.sum(axis=0, keepdims=True)
    )
    most = np.where(np.isnan(sums.cells), np.maximum(left, 0.0), sums.cells)
    quotients = replace(sums, cells=np.where(sums.lower, np.nan, most)).quotient()
    return like(quotients, counts, sums)


def index_bounds(
    counts: pd.DataFrame,
    measure: Index,
    *,
    of: Of = "sectors",
    totals: pd.Series | None = None,
    sector_totals: pd.Series | None = None,
    reference: pd.Series | Whole | None = None,
    rounding: Ratio = 0,
) -> pd.DataFrame:
    r"""
    Least and most that an index can be whatever withheld cells hold, and an estimate.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    measure
        Index: "herfindahl", "krugman_concentration" (of sectors) or "krugman_specialisation" (of territories),
        "hoover", "locational_gini", "theil", "entropy", "relative_diversity" or "hachman".
    of
        Whose index: of the sectors over the territories, or of the territories over the sectors.
    totals
        Published totals of the territories over the sectors of the table; None or NaN is unknown.
    sector_totals
        Published totals of the sectors over the territories of the table; None or NaN is unknown.
    reference
        Distribution compared with: by territory for sectors, by sector for territories; None takes the totals
        of the table.
    rounding
        Most that a published figure may be off by rounding, in the unit of the cells.

    Returns
    -------
    bounds
        One row per sector (or territory): `low`, `high`, `estimate` and `status`: "known" where no cell is
        withheld and all three are the index, "estimated", or "undefined" where no total bounds what is withheld.

    Raises
    ------
    LayerError
        Cells are negative, known cells exceed a total, a total is larger than the sum of cells none of which is
        withheld, or the totals contradict each other; the distribution compared with is unknown; or the index
        is not one of `of`.

    Notes
    -----
    Cells that the totals determine are taken as such, and sums follow from them: totals of the territories alone may
    do for the sectors. With its total known, what is withheld of a sector is a known sum over known territories.
    Every index here
    only rises (or only falls) the more unequal the location quotients are, so it is farthest from the whole
    if all of the sum lies in the withheld territory of the smallest share, and nearest if it is
    spread in proportion to the shares (evenly for Herfindahl and entropy). The bounds take no account of the
    other totals of the withheld cells: they hold, but may be wider than need be. `estimate` is the index of
    the estimates of `cell_bounds`: these are spread smoothly, so where much is withheld it errs towards the whole.
    Where the other totals bound all withheld cells of a unit, but its own is unknown, there is an estimate without
    bounds.
    Known cells count as exact: `rounding` says which totals fit them, and is no part of the bounds.

    References
    ----------
    .. [1] Marshall, A. W., Olkin, I., Arnold, B. C. (2011). Inequalities: Theory of Majorization and Its
       Applications. Springer.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, np.nan], "25": [np.nan, np.nan], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> totals, sectors = pd.Series({"A": 45.0, "B": 75.0}), pd.Series({"10": 50.0, "25": 10.0, "62": 60.0})
    >>> index_bounds(counts, "hoover", totals=totals, sector_totals=sectors).round(3)
          low   high  estimate     status
    10  0.225  0.225     0.225  estimated
    25  0.125  0.125     0.125  estimated
    62  0.208  0.208     0.208      known
    """
    index = _shares.function_of(measure, of)
    bounds = cell_bounds(counts, totals=totals, sector_totals=sector_totals, rounding=rounding)
    settled = settle(counts, bounds)
    cells = _spread.withheld(settled, totals, sector_totals, rounding)
    values, units, parts = _shares.oriented(settled, of)
    own, other = (cells.columns, cells.rows) if of == "sectors" else (cells.rows, cells.columns)
    if reference is None:
        reference = pd.Series(other.totals, index=parts)
    whole = _compared(values, parts, of, reference, measure)
    missing = np.isnan(values)
    estimate = _index(index, _shares.oriented(bounds.estimate, of)[0], whole)
    weights = np.ones(len(parts)) if measure in EVEN else whole[: len(parts)]
    near, far = _extremes(np.where(missing, 0.0, values), missing, np.maximum(own.rest, 0.0), weights)
    ends = _index(index, near, whole), _index(index, far, whole)
    low, high = ends[::-1] if measure in FALLING else ends
    held = np.isnan(_shares.oriented(counts, of)[0]).any(axis=1)
    # Where nothing is left open, rounding must not turn the ends round; where the own total is unknown there are none.
    unknown = np.isnan(own.rest)
    low, high = (np.where(unknown, np.nan, end) for end in (np.minimum(low, high), np.maximum(low, high)))
    # Scaling meets the totals to some digits only.
    estimate = np.where(unknown, estimate, np.clip(estimate, low, high))
    status = np.where(held, np.where(unknown & np.isnan(estimate), UNDEFINED, ESTIMATED), KNOWN)
    table = {"low": low, "high": high, "estimate": estimate}
    return pd.DataFrame({**table, "status": status.astype(object)}, index=units)


def _compared(
    values: Floats, parts: pd.Index, of: Of, reference: pd.Series | Whole, measure: Index
) -> Floats:
    """Shares of the whole; any will do for an index that does not look at them."""
    if measure in EVEN:
        return np.full(len(parts), 1 / max(len(parts), 1))
    if isinstance(reference, pd.Series) and reference.isna().any():
        raise LayerError(
            message(
                "The shares compared with are unknown: {number} totals are missing. Give totals or a reference.",
                number=int(reference.isna().sum()),
            )
        )
    totals = _shares.whole_of(values, parts, of, reference)[0]
    return totals / totals.sum() if totals.sum() > 0 else np.full_like(totals, np.nan)


def _extremes(
    known: Floats, missing: npt.NDArray[np.bool_], rest: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Each unit with its rest spread like the whole, and with all of it in the smallest withheld part."""
    if not known.shape[1]:
        return known, known
    shares = missing * weights
    empty = shares.sum(axis=1) == 0
    shares = np.where(empty[:, None], missing, shares)
    held = missing.any(axis=1)
    shares /= np.where(held, shares.sum(axis=1), 1)[:, None]
    rest = np.where(held, rest, 0.0)
    far = known.copy()
    smallest = np.argmin(np.where(missing, weights, np.inf), axis=1)
    far[np.arange(len(known)), smallest] += rest
    return known + rest[:, None] * shares, far


def _index(index: _shares.Function, cells: Floats, whole: Floats) -> Floats:
    sums = cells.sum(axis=1, keepdims=True)
    own = np.zeros((len(cells), len(whole)))
    with np.errstate(divide="ignore", invalid="ignore"):
        own[:, : cells.shape[1]] = cells / np.where(sums > 0, sums, np.nan)
    return index(own, whole) if cells.shape[1] else np.full(len(cells), np.nan)
