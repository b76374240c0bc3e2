"""Figures of one division told for another, with what the division of figures leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geoterritorio.delimitation.crosswalks import WHOLE, Crosswalk
from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import listing

Quantity = Literal["extensive", "intensive"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Transfer:
    """
    Figures of sources told for targets. All tables of targets have the columns of the figures.

    Attributes
    ----------
    values
        Estimate by target: even distribution of each source as its crosswalk has it. NaN where no source lies in the
        target, or a source of it has no figure.
    low, high
        Amounts: the least and the most that the target can have if each divided source may lie wholly in one of the
        targets it touches, or not at all in this one. Values per head: the smallest and largest of its sources.
    split
        Share of the estimate that rests on an assumption. Of amounts, what comes from divided sources: 0 is exact. Of
        values per head, 1 where the sources of a target differ, since their mean rests on the weights; elsewhere the
        weight of the divided ones.
    remainder
        Amount of each source that lies in no target; sources without one are left out.
    totals
        By figure: `source`, `target` and `remainder`, and the `difference` left between them (rounding). Of figures
        with gaps, the known part; of values per head, which have no sum, no rows.
    """

    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    split: pd.DataFrame
    remainder: pd.DataFrame
    totals: pd.DataFrame


def transfer(
    values: pd.Series | pd.DataFrame, crosswalk: Crosswalk, *, quantity: Quantity = "extensive"
) -> Transfer:
    r"""
    Figures of one division told for another.

    Parameters
    ----------
    values
        Figures by source, indexed by its identifier; a table has a column for each figure.
    crosswalk
        Shares of the sources in the targets.
    quantity
        ``extensive``: amounts (jobs, plants, people), which are divided and added. ``intensive``: rates and values per
        head, which are averaged, weighted with what the source has in the target (land, or the crosswalk's weights).

    Returns
    -------
    transfer
        Estimates, their bounds, what rests on an assumption, and the remainder.

    Raises
    ------
    LayerError
        If figures name territories that are no sources, name one twice, leave some out (missing is not zero), or are
        infinite.

    Notes
    -----
    .. math:: \hat y_j = \sum_i s_{ij} y_i \qquad \hat r_j = \frac{\sum_i s_{ij} w_i r_i}{\sum_i s_{ij} w_i}

    The amounts of all targets and the remainder add up to those of all sources. A target made of whole sources is
    exact for amounts: both bounds are the estimate. Values per head of several sources are not, since their mean rests
    on the weights. The bounds of one target cannot all be reached with those of others.

    References
    ----------
    .. [1] Goodchild, M. F. & Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional spatial problem.
       Geo-Processing 1, 297-312.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import box
    >>> from geoterritorio.delimitation import crosswalk
    >>> before = gpd.GeoDataFrame({"territory": ["A"]}, geometry=[box(0, 0, 4000, 1000)], crs=25830)
    >>> halves = [box(0, 0, 1000, 1000), box(1000, 0, 4000, 1000)]
    >>> after = gpd.GeoDataFrame({"territory": ["A", "B"]}, geometry=halves, crs=25830)
    >>> told = transfer(pd.Series({"A": 80.0}, name="jobs"), crosswalk(before, after))
    >>> told.values["jobs"].tolist(), told.low["jobs"].tolist(), told.high["jobs"].tolist()
    ([20.0, 60.0], [0.0, 0.0], [80.0, 80.0])
    """
    table = values.to_frame() if isinstance(values, pd.Series) else values
    problems = list(_words(table)) or list(_problems(table, crosswalk.sources))
    if problems:
        raise LayerError(problems)
    amounts = table.reindex(crosswalk.sources).to_numpy(dtype=float, na_value=np.nan)
    parts = _amounts(amounts, crosswalk) if quantity == "extensive" else _rates(amounts, crosswalk)
    columns = pd.Index(table.columns)
    value, low, high, split = (pd.DataFrame(p, index=crosswalk.targets, columns=columns) for p in parts)
    remainder = pd.DataFrame(
        _remainder(amounts, crosswalk) if quantity == "extensive" else np.zeros_like(amounts),
        index=crosswalk.sources,
        columns=columns,
    )
    totals = _totals(amounts, crosswalk, quantity, columns)
    return Transfer(value, low, high, split, remainder[(remainder != 0).any(axis=1)], totals)


def _words(table: pd.DataFrame) -> Iterator[Message]:
    """Columns that hold no numbers, such as the identifiers themselves."""
    texts = [str(c) for c in table if not pd.api.types.is_numeric_dtype(table[c])]
    wrong = [c for c in texts if pd.to_numeric(table[c], errors="coerce").isna().gt(table[c].isna()).any()]
    if wrong:
        yield message(
            "figures: columns are no numbers: {values}. Leave them out; identifiers of territories belong into the "
            "index.",
            values=listing(wrong),
        )


def _problems(table: pd.DataFrame, sources: pd.Index) -> Iterator[Message]:
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        yield message(
            "figures: several rows of one territory (territories: {count}): {values}. Keep one, or add them up.",
            count=len(twice),
            values=listing(twice),
        )
    unknown = table.index.unique().difference(sources)
    if isinstance(table.index, pd.RangeIndex) and not table.index.isin(sources).any():
        yield message(
            "figures: the rows are only numbered. Give them the identifiers of the territories, as with "
            'set_index("territory").'
        )
        return
    if len(unknown):
        yield message(
            "figures: territories are not among the sources (territories: {count}): {values}.{hint} Figures must be "
            "given on the boundaries that the source has.",
            count=len(unknown),
            values=listing(unknown),
            hint=_zeros_hint(unknown, sources),
        )
    lacking = sources.difference(table.index)
    if len(lacking):
        yield message(
            "figures: sources have no row (territories: {count}): {values}. Missing is not zero: add a row with 0, or "
            "an empty one where the figure is unknown.",
            count=len(lacking),
            values=listing(lacking),
        )
    infinite = np.isinf(table.to_numpy(dtype=float, na_value=np.nan)).any(axis=1)
    if infinite.any():
        yield message(
            "figures: some are infinite (rows: {count}): {values}. Correct them.",
            count=int(infinite.sum()),
            values=listing(table.index[infinite]),
        )


def _zeros_hint(unknown: pd.Index, sources: pd.Index) -> Message | str:
    bare = {str(s).lstrip("0") for s in sources}
    alike = [u for u in unknown if str(u).lstrip("0") in bare]
    if not alike:
        return ""
    return message(" Some differ by leading zeros only: read the column as text.")


def _divided(crosswalk: Crosswalk) -> tuple[sparse.csr_array, sparse.csr_array, npt.NDArray[np.bool_]]:
    """Shares of sources that lie wholly in one target, those of the others, and which pairs touch at all."""
    shares = crosswalk.shares
    # Land in common on which no weight was found may hold some all the same: the weights are of another day.
    pairs = np.diff(shares.indptr)
    whole = (shares.max(axis=1).toarray().ravel() >= 1 - WHOLE) & (pairs == 1)
    certain = _rows(shares, whole)
    return certain, _rows(shares, ~whole), whole


def _rows(matrix: sparse.csr_array, mask: npt.NDArray[np.bool_]) -> sparse.csr_array:
    return sparse.csr_array(sparse.diags_array(mask.astype(float)) @ matrix)


def _amounts(amounts: Floats, crosswalk: Crosswalk) -> tuple[Floats, Floats, Floats, Floats]:
    certain, divided, whole = _divided(crosswalk)
    known = np.nan_to_num(amounts)
    gap = np.isnan(amounts).astype(float)
    touches = _touching(crosswalk.shares)
    sure, rest = certain.T @ known, divided.T @ known
    # A divided amount may lie wholly here or not at all; a debt of it the other way round.
    open_ones = np.where(whole[:, None], 0.0, known)
    low = sure + touches.T @ np.minimum(open_ones, 0)
    high = sure + touches.T @ np.maximum(open_ones, 0)
    weight = divided.T @ np.abs(known)
    size = certain.T @ np.abs(known) + weight
    split = np.divide(weight, size, out=np.zeros_like(size), where=size > 0)
    lost = (crosswalk.shares.T @ gap > 0) | ~_reached(crosswalk)[:, None]
    unbounded = touches.T @ gap > 0
    negative = (known < 0).any()
    return (
        np.where(lost, np.nan, sure + rest),
        np.where(lost & ~unbounded | (unbounded & negative), np.nan, low),
        np.where(lost | unbounded, np.nan, high),
        np.where(lost, np.nan, split),
    )


def _touching(shares: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones_like(shares.data), shares.indices, shares.indptr), shape=shares.shape)


def _reached(crosswalk: Crosswalk) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(crosswalk.targets), dtype=bool)
    found[crosswalk.shares.indices] = True
    return found


def _rates(rates: Floats, crosswalk: Crosswalk) -> tuple[Floats, Floats, Floats, Floats]:
    masses = _masses(crosswalk)
    certain = _divided(crosswalk)[2]
    total = masses.sum(axis=0)
    known = np.nan_to_num(rates)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (masses.T @ known) / total[:, None]
        divided = np.repeat((_rows(masses, ~certain).sum(axis=0) / total)[:, None], rates.shape[1], axis=1)
    lost = (masses.T @ np.isnan(rates).astype(float) > 0) | (total == 0)[:, None]
    low, high = (_extreme(rates, masses, pick) for pick in (np.minimum, np.maximum))
    # A mean of unlike rates rests on the weights, whether or not their territories are divided.
    split = np.where(high > low, 1.0, divided)
    return tuple(np.where(lost, np.nan, part) for part in (mean, low, high, split))  # type: ignore[return-value] # four parts in, four out


def _masses(crosswalk: Crosswalk) -> sparse.csr_array:
    """What each source has in each target: weights, or land in targets where no source has weights."""
    by_weight = crosswalk.basis.to_numpy() != "area"
    weighed = _rows(crosswalk.shares, by_weight)
    scaled = sparse.csr_array(sparse.diags_array(np.where(by_weight, crosswalk.size, 0.0)) @ weighed)
    empty = scaled.sum(axis=0) == 0
    land = sparse.csr_array(crosswalk.area @ sparse.diags_array(empty.astype(float)))
    both = sparse.csr_array(scaled + land)
    both.eliminate_zeros()
    return both


def _extreme(rates: Floats, masses: sparse.csr_array, pick: Callable[..., Any]) -> Floats:
    """Smallest or largest rate among the sources of each target."""
    pairs = masses.tocoo()
    found = np.full((masses.shape[1], rates.shape[1]), np.inf if pick is np.minimum else -np.inf)
    pick.at(found, pairs.col, rates[pairs.row])  # type: ignore[attr-defined] # of numpy's ufuncs
    return np.where(np.isinf(found), np.nan, found)


def _remainder(amounts: Floats, crosswalk: Crosswalk) -> Floats:
    outside = 1 - crosswalk.shares.sum(axis=1)
    outside = np.where(np.abs(outside) < WHOLE, 0.0, outside)
    return np.nan_to_num(amounts) * outside[:, None]


def _totals(amounts: Floats, crosswalk: Crosswalk, quantity: Quantity, columns: pd.Index) -> pd.DataFrame:
    names = ["source", "target", "remainder", "difference"]
    if quantity == "intensive":
        # Rates have no sum: no row is better than one of blanks.
        return pd.DataFrame(np.nan, index=columns[:0], columns=names)
    known = np.nan_to_num(amounts)
    source, target = known.sum(axis=0), (crosswalk.shares.T @ known).sum(axis=0)
    rest = _remainder(amounts, crosswalk).sum(axis=0)
    return pd.DataFrame(
        np.column_stack([source, target, rest, source - target - rest]), index=columns, columns=names
    )
