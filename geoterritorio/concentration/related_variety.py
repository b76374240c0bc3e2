"""Variety: how far a territory is spread over unrelated sectors, and how far over related ones."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.recoding import aggregate_sectors
from geoterritorio.registry import Count, Level

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Groups: TypeAlias = pd.Series | pd.DataFrame | str

_TWO, _THREE = ("unrelated", "related"), ("unrelated", "semi_related", "related")


def variety(
    counts: pd.DataFrame, *, groups: Groups, levels: Sequence[str] | None = None, base: float = 2
) -> pd.DataFrame:
    r"""
    Unrelated, semi-related and related variety of each territory.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    groups
        Group of each sector (Series by sector); or two columns of groups, from coarse to fine (frame by sector); or
        the name of the vocabulary of the codes, such as ``nace2``.
    levels
        Of a vocabulary: two or three levels from coarse to fine, such as ``("section", "division", "group")``. The last
        is the detail at which sectors are told apart; finer codes are added up to it.
    base
        Base of the logarithm: 2 gives bits.

    Returns
    -------
    variety
        One row per territory: `total`, `unrelated`, `semi_related` (of three levels) and `related`, which add up to
        the total; `sectors`, how many it has. NaN where a cell of the territory is, or where it has nothing.

    Raises
    ------
    LayerError
        Cells are negative, groups do not cover the sectors or a fine group lies in several coarse ones, or levels are
        missing or unknown.

    Warns
    -----
    GeoterritorioWarning
        If territories have withheld or unknown cells.

    Notes
    -----
    With :math:`p_i` the share of sector :math:`i` in the territory and :math:`P_g` that of its group:

    .. math::
        UV = \sum_g P_g \log \frac{1}{P_g}, \qquad
        RV = \sum_g P_g \sum_{i \in g} \frac{p_i}{P_g} \log \frac{P_g}{p_i}, \qquad
        UV + RV = \sum_i p_i \log \frac{1}{p_i}

    Unrelated variety lies between 0 (one group) and the logarithm of the number of groups, related variety between 0
    (one sector in each group) and the logarithm of the size of the largest group. With groups within groups,
    semi-related variety is that of the fine groups within the coarse ones.

    Sectors are related here because a classification puts them together: whether knowledge passes between them is not
    measured. Entropy found from few establishments is too low, by about (sectors - 1) / (2 n ln base) for n of them
    (Miller and Madow), so small territories look less varied than they are: see `variety_interval`.

    References
    ----------
    .. [1] Frenken, K., van Oort, F., Verburg, T. (2007). Related variety, unrelated variety and regional economic
       growth. Regional Studies 41, 685-697.
    .. [2] Jacquemin, A. P., Berry, C. H. (1979). Entropy measure of diversification and corporate growth. Journal of
       Industrial Economics 27, 359-369.
    .. [3] Miller, G. A. (1955). Note on the bias of information estimates. In: Quastler, H. (ed.), Information Theory
       in Psychology, 95-100. Free Press.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"13": [2.0, 4.0], "14": [2.0, 0.0], "62": [4.0, 4.0]}, index=["A", "B"])
    >>> variety(counts, groups=pd.Series({"13": "textiles", "14": "textiles", "62": "computing"}))
               total  unrelated  related  sectors
    territory
    A            1.5        1.0      0.5        3
    B            1.0        1.0      0.0        2
    """
    table, chain = _chained(counts, groups, levels)
    _say_unknown(table)
    cells = table.to_numpy(np.float64)
    names = _TWO if len(chain) == 1 else _THREE
    parts = dict(zip(names, _entropies(cells, chain, base), strict=True))
    frame = pd.DataFrame({"total": _entropies(cells, [], base)[0], **parts}, index=counts.index)
    unknown = np.isnan(cells).any(axis=1)
    frame["sectors"] = np.where(unknown, np.nan, (cells > 0).sum(axis=1))
    if not unknown.any():
        frame["sectors"] = frame["sectors"].astype(int)
    return frame.rename_axis("territory")


def variety_interval(
    establishments: pd.DataFrame,
    *,
    groups: Groups,
    levels: Sequence[str] | None = None,
    level: Level = 0.95,
    replicates: Count = 1000,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """
    Bootstrap intervals of variety, by resampling establishments.

    Parameters
    ----------
    establishments
        Establishments, territories by sectors; whole numbers.
    groups
        As for `variety`.
    levels
        As for `variety`.
    level
        Level of the intervals, such as 0.95.
    replicates
        Number of times the establishments of each territory are resampled.
    rng
        Seed or generator of the draws.

    Returns
    -------
    intervals
        One row per territory: for each kind of variety, in bits, `KIND_low` and `KIND_high`; NaN as for `variety`.

    Raises
    ------
    LayerError
        As for `variety`, or cells are no whole numbers.

    Notes
    -----
    The ends are reflected: twice the value found less the percentiles of the replicates, so that the bias by which
    resampling makes entropy too small is taken off and not added once more. They read “if the process that placed the
    establishments were repeated”, each establishment on its own. Sectors of which none was seen stay unseen.

    References
    ----------
    .. [1] Davison, A. C., Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University Press.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"13": [200], "14": [200], "62": [400]}, index=["A"])
    >>> groups = pd.Series({"13": "textiles", "14": "textiles", "62": "computing"})
    >>> variety_interval(counts, groups=groups, rng=1)[["related_low", "related_high"]].round(1)
               related_low  related_high
    territory
    A                  0.5           0.5
    """
    table, chain = _chained(establishments, groups, levels)
    _say_unknown(table)
    cells = table.to_numpy(np.float64)
    broken = int((cells % 1 > 0).sum())
    if broken:
        raise LayerError(message("{count} cells are no whole numbers of establishments.", count=broken))
    generator = np.random.default_rng(rng)
    names = ("total", *(_TWO if len(chain) == 1 else _THREE))
    found = _kinds(cells, chain)
    ends = np.full((2, len(names), len(cells)), np.nan)
    for row in np.flatnonzero(~np.isnan(found[0])):
        number = cells[row].sum()
        drawn = generator.multinomial(int(number), cells[row] / number, size=replicates).astype(np.float64)
        quantiles = np.quantile(_kinds(drawn, chain), ((1 + level) / 2, (1 - level) / 2), axis=1)
        ends[:, :, row] = np.maximum(2 * found[:, row] - quantiles, 0)
    columns = {f"{n}_{end}": ends[e, k] for k, n in enumerate(names) for e, end in enumerate(("low", "high"))}
    return pd.DataFrame(columns, index=establishments.index).rename_axis("territory")


def _kinds(cells: Floats, chain: list[Codes]) -> Floats:
    """Total and each kind of variety, one row each, in bits."""
    return np.stack([_entropies(cells, [], 2)[0], *_entropies(cells, chain, 2)])


def _entropies(cells: Floats, chain: list[Codes], base: float) -> list[Floats]:
    """Entropy of the coarsest groups, then at each finer level that within the level above, the sectors last."""
    total = cells.sum(axis=1, keepdims=True)
    shares = np.divide(cells, total, out=np.full(cells.shape, np.nan), where=total > 0)
    levels = [*chain, np.arange(cells.shape[1])]
    everything = np.zeros(cells.shape[1], dtype=np.int64)
    known = np.where(total[:, 0] > 0, 0.0, np.nan)
    return [
        known + _within(shares, upper, lower) / np.log(base)
        for upper, lower in pairwise([everything, *levels])
    ]


def _within(shares: Floats, upper: Codes, lower: Codes) -> Floats:
    """Entropy of the lower groups within the upper ones, in nats; 0 log 0 is 0."""
    _, first = np.unique(lower, return_index=True)
    parts = _added(shares, lower)
    wholes = _added(shares, upper)[:, np.unique(upper, return_inverse=True)[1][first]]
    ratio = np.divide(wholes, parts, out=np.ones_like(parts), where=parts > 0)
    # A part is no larger than its whole, but for rounding.
    result: Floats = (parts * np.log(np.maximum(ratio, 1.0))).sum(axis=1)
    return result


def _added(shares: Floats, codes: Codes) -> Floats:
    """Shares of the groups, in the order of their codes."""
    distinct, place = np.unique(codes, return_inverse=True)
    order = np.argsort(place, kind="stable")
    if not len(distinct):
        return shares
    result: Floats = np.add.reduceat(
        shares[:, order], np.searchsorted(place[order], np.arange(len(distinct))), axis=1
    )
    return result


def _chained(
    counts: pd.DataFrame, groups: Groups, levels: Sequence[str] | None
) -> tuple[pd.DataFrame, list[Codes]]:
    """Table at the level of its sectors, and the codes of its groups from coarse to fine."""
    problems = _faults(counts)
    if isinstance(groups, str):
        counts, frame, found = _of_vocabulary(counts, groups, levels)
        problems += found
    else:
        frame = groups.to_frame() if isinstance(groups, pd.Series) else groups
        problems += _uncovered(counts.columns, frame)
    if problems:
        raise LayerError(problems)
    aligned = frame.reindex(counts.columns)
    chain = [pd.factorize(aligned[column])[0].astype(np.int64) for column in aligned.columns]
    _require_tree(aligned)
    return counts, chain


def _faults(counts: pd.DataFrame) -> list[Message]:
    negative = int((counts.to_numpy(np.float64) < 0).sum())
    problems = [message("{number} cells of the table are negative.", number=negative)] if negative else []
    twice = counts.columns[counts.columns.duplicated()].unique()
    if len(twice):
        problems.append(
            message(
                "{count} sectors stand in the table several times: {values}. Add up their columns.",
                count=len(twice),
                values=listing(twice),
            )
        )
    return problems


def _uncovered(sectors: pd.Index, frame: pd.DataFrame) -> list[Message]:
    if frame.shape[1] not in {1, 2}:
        return [
            message(
                "groups: give one column of groups, or two from coarse to fine; there are {count}.",
                count=frame.shape[1],
            )
        ]
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice):
        return [
            message(
                "groups: {count} sectors stand in it several times: {values}.",
                count=len(twice),
                values=listing(twice),
            )
        ]
    lost = sectors[frame.reindex(sectors).isna().any(axis=1).to_numpy()]
    return [_no_group(lost)] if len(lost) else []


def _no_group(lost: pd.Index) -> Message:
    return message(
        "groups: {count} sectors of the table have no group: {values}. Give each of them one.",
        count=len(lost),
        values=listing(lost),
    )


def _of_vocabulary(
    counts: pd.DataFrame, name: str, levels: Sequence[str] | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Message]]:
    """Table at the finest level, groups of each of its sectors, and codes that are not of these levels."""
    if levels is None or len(levels) not in {2, 3}:
        raise LayerError(
            message(
                "levels: name two or three levels of “{vocabulary}”, from coarse to fine.", vocabulary=name
            )
        )
    sectors = pd.Index(counts.columns.map(str))
    fine = _ancestors(sectors, name, levels[-1])
    lost = sectors[~sectors.isin(fine.index)]
    if len(lost):
        text = message(
            "{count} sectors of the table lie in no {level} of “{vocabulary}”: {values}. Leave out totals and coarser "
            "codes, or choose coarser levels.",
            count=len(lost),
            level=levels[-1],
            vocabulary=name,
            values=listing(lost),
        )
        return counts, pd.DataFrame(index=counts.columns), [text]
    targets = fine.reindex(sectors).to_numpy()
    # One unknown part makes the sum unknown.
    table = counts.T.groupby(targets).sum().T.mask(counts.isna().T.groupby(targets).any().T)
    upper = {level: _ancestors(table.columns, name, level).reindex(table.columns) for level in levels[:-1]}
    frame = pd.DataFrame(upper, index=table.columns)
    odd = frame.index[frame.isna().any(axis=1)]
    return table, frame, [_no_group(odd)] if len(odd) else []


def _ancestors(sectors: pd.Index, name: str, level: str) -> pd.Series:
    """Code of the level in which each sector lies; those that lie in none are left out."""
    rows = pd.DataFrame({"territory": "", "sector": sectors, "establishments": 0.0})
    split = aggregate_sectors(rows, vocabulary=name, level=level).split
    return split.set_index("sector")["target"]


def _require_tree(aligned: pd.DataFrame) -> None:
    if aligned.shape[1] == 1:
        return
    pairs = aligned.drop_duplicates()
    fine = pairs.iloc[:, 1]
    torn = fine[fine.duplicated()].unique()
    if len(torn):
        raise LayerError(
            message(
                "groups: {count} fine groups lie in several coarse ones: {values}.",
                count=len(torn),
                values=listing(torn),
            )
        )


def _say_unknown(table: pd.DataFrame) -> None:
    unknown = table.isna()
    if unknown.any(axis=None):
        text = message(
            "{cells} cells are withheld or unknown: the variety of {territories} territories is undefined.",
            cells=int(unknown.sum().sum()),
            territories=int(unknown.any(axis=1).sum()),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
