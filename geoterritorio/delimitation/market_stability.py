"""How firm labour markets are: drawn again from other commuters of the same kind, and by other rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from geoterritorio.delimitation._dissolving import dissolve
from geoterritorio.delimitation.commuting import Commuting, commuting, redrawn
from geoterritorio.delimitation.containment import LabourMarketRules, sound
from geoterritorio.delimitation.market_quality import centres
from geoterritorio.errors import FlowError, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Count, Progress, Share, no_progress

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Random = int | np.random.Generator | None
# By what sizes are multiplied, and what is added to self-containments, one at a time.
_SIZES, _SHARES = (0.75, 1.25), (-0.03, 0.03)
# A market is found again where it shares this part with one of another run.
_AGAIN = 0.5
DRAW = mark("draw")


@dataclass(frozen=True)
class MarketStability:
    """
    How often markets, and places in them, are found again.

    Parameters
    ----------
    places
        By place: `market`; `kept`, the share of draws in which it is in the market that answers to its own, and
        `kept_settings`, of other rules; `elsewhere`, the market in which it is most often otherwise, and
        `share_elsewhere`, the share of draws.
    markets
        By market: `similarity` (Jaccard, weighed by employed residents) to the market of each draw most like it, on
        average, and `found_again`, the share of draws in which it is 0.5 or more; the same of rules (`…_settings`).
    pairs
        `place` and `other` that share a market in some draw, and the `share` of draws.
    runs
        By run: `setting` ("draw", or the rule that was changed), `value`, the number of `markets` and their
        `adjusted_rand` with those of all commuters by the given rules.
    rules
        By which markets were made.
    """

    places: pd.DataFrame
    markets: pd.DataFrame
    pairs: pd.DataFrame
    runs: pd.DataFrame
    rules: LabourMarketRules


def market_stability(
    flows: pd.DataFrame,
    units: Sequence[object] | pd.Series | None = None,
    totals: pd.DataFrame | None = None,
    *,
    rules: LabourMarketRules | None = None,
    outside: Sequence[str] = (),
    draws: Count = 100,
    sampled: Share = 1.0,
    rng: Random = 1,
    progress: Progress = no_progress,
) -> MarketStability:
    """
    Stability of labour markets.

    Parameters
    ----------
    flows
        Commuters by `origin`, `destination`, `flow`, those within a place among them.
    units
        Identifiers of the places of the study; by default all that flows name, but `outside`.
    totals
        By place: all employed `residents` and all `workers`, where they are more than the flows say.
    rules
        Sizes and self-containments. Enclaves are left where they are.
    outside
        Names that flows give to what is across the border.
    draws
        How often the commuters are drawn anew.
    sampled
        Share of the commuters that the flows were estimated from: 1 of a census, 0.05 of a survey of one in twenty.
    rng
        Generator, or its seed.
    progress
        Called after each run; may raise to cancel.

    Returns
    -------
    stability
        Places, markets, pairs and runs.

    Raises
    ------
    FlowError
        The flows are wrong, or `sampled` is not above 0.
    LayerError
        The rules contradict each other.

    Notes
    -----
    Each flow f is drawn from the Poisson distribution with mean f times `sampled`, and divided by it: what the flows
    would be if the process that placed the commuters were repeated. The flows themselves hold chance already, and draws
    add as much again: they tell what is firm, and make the rest look looser than it is. Other settings change one of
    the four rules at a time: sizes by a quarter, self-containments by 0.03. A market of a run answers to the market
    with which it shares most employed residents.

    References
    ----------
    .. [1] Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics and Data Analysis
       52, 258-271.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aabbccdd"), "destination": list("abbaccdc"), "flow": [900, 9] * 4})
    >>> flows = flows.groupby(["origin", "destination"], as_index=False).sum()
    >>> found = market_stability(flows, rules=LabourMarketRules(50, 0.6, 200, 0.8), draws=9)
    >>> found.places["kept"].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    rules = rules or LabourMarketRules()
    sound(rules)
    if not 0 < sampled <= 1:
        raise FlowError(message("sampled: {value} is no share above 0.", value=sampled))
    known = commuting(flows, units, outside=outside, totals=totals)
    label = dissolve(known, rules, no_progress)[0]
    settings = list(_settings(rules))
    found, told, total = [], [], int(draws) + len(settings)
    for number, generator in enumerate(np.random.default_rng(rng).spawn(int(draws))):
        found.append(_labels(redrawn(known, sampled, generator), rules, known.units))
        told.append((DRAW, float(number + 1)))
        progress(len(found) / total, mark("Drawing markets again"))
    for name, changed in settings:
        found.append(_labels(known, changed, known.units))
        told.append((name, float(getattr(changed, name))))
        progress(len(found) / total, mark("Drawing markets again"))
    runs = pd.DataFrame(told, columns=["setting", "value"]).astype({"setting": object, "value": float})
    return _described(known, label, found, runs, rules)


def _settings(rules: LabourMarketRules) -> Iterator[tuple[str, LabourMarketRules]]:
    """Rules of which one is changed; those that no market can fulfil are left out."""
    for name in ("min_size", "target_size"):
        for factor in _SIZES:
            changed = replace(rules, **{name: getattr(rules, name) * factor})
            if changed.min_size < changed.target_size:
                yield name, changed
    for name in ("min_containment", "target_containment"):
        for step in _SHARES:
            changed = replace(rules, **{name: getattr(rules, name) + step})
            if 0 < changed.min_containment <= changed.target_containment <= 1:
                yield name, changed


def _labels(drawn: Commuting, rules: LabourMarketRules, units: pd.Index) -> Codes:
    """Market of each place in a run, called by a number of the run; -1 where it takes no part."""
    found = np.full(len(units), -1, dtype=np.int64)
    found[units.get_indexer(drawn.units)] = dissolve(drawn, rules, no_progress)[0]
    return found


def _described(
    known: Commuting, label: Codes, found: Sequence[Codes], runs: pd.DataFrame, rules: LabourMarketRules
) -> MarketStability:
    code = _numbered(label)
    number = int(code.max(initial=-1)) + 1
    compared = [_compared(code, _numbered(other), number, known.residents) for other in found]
    drawn = (runs["setting"] == DRAW).to_numpy()
    centre = centres(known, code)
    name = known.units[centre].to_numpy(dtype=object)
    answers = np.array([answer for answer, _ in compared]).reshape(len(found), len(code))
    likeness = np.array([like for _, like in compared]).reshape(len(found), number)
    return MarketStability(
        _places(known.units, code, name, answers, drawn),
        _markets(name, likeness, drawn),
        _pairs(known.units, [other for other, is_draw in zip(found, drawn, strict=True) if is_draw]),
        runs.assign(
            markets=[len(np.unique(other[other >= 0])) for other in found],
            adjusted_rand=[adjusted_rand(label, other) for other in found],
        ),
        rules,
    )


def _numbered(label: Codes) -> Codes:
    """Labels from 0 without gaps; -1 stays."""
    found = np.full(len(label), -1, dtype=np.int64)
    found[label >= 0] = np.unique(label[label >= 0], return_inverse=True)[1]
    return found


def _compared(code: Codes, other: Codes, number: int, weight: Floats) -> tuple[Codes, Floats]:
    """Market that answers to each place's market of a run, and how like each market is to its likest of the run."""
    both = (code >= 0) & (other >= 0)
    others = int(other.max(initial=-1)) + 1
    shared = sparse.coo_array((weight[both], (code[both], other[both])), (number, others)).tocsr()
    mine = np.bincount(code[code >= 0], weight[code >= 0], number)
    theirs = np.bincount(other[other >= 0], weight[other >= 0], others)
    each = shared.tocoo()
    likeness = np.zeros(number)
    np.maximum.at(likeness, each.row, each.data / (mine[each.row] + theirs[each.col] - each.data))
    answer = np.full(others + 1, -1, dtype=np.int64)
    order = np.lexsort((-each.row, each.data))
    answer[each.col[order]] = each.row[order]
    return answer[other], likeness


def _places(units: pd.Index, code: Codes, name: Any, answers: Codes, drawn: Any) -> pd.DataFrame:
    named = np.append(name, [np.nan])
    draws = answers[drawn]
    # How often each place is in each market of a draw; -1 counts as none.
    rows = np.broadcast_to(np.arange(len(units)), draws.shape)
    inside = draws >= 0
    counts = sparse.coo_array(
        (np.ones(int(inside.sum())), (rows[inside], draws[inside])), (len(units), len(name) or 1)
    ).tolil()
    placed = code >= 0
    counts[np.flatnonzero(placed), code[placed]] = 0
    other = counts.tocsr()
    most = np.asarray(other.max(axis=1).todense()).ravel() / max(len(draws), 1)
    best = np.where(most > 0, np.asarray(other.argmax(axis=1)).ravel(), -1)
    return pd.DataFrame(
        {
            "market": named[code],
            "kept": _kept(draws, code),
            "kept_settings": _kept(answers[~drawn], code),
            "elsewhere": named[best],
            "share_elsewhere": most if len(draws) else np.nan,
        },
        index=pd.Index(units, name="territory"),
    )


def _kept(answers: Codes, code: Codes) -> Floats:
    if not len(answers):
        return np.full(len(code), np.nan)
    kept: Floats = np.where(code >= 0, (answers == code).mean(axis=0), np.nan)
    return kept


def _markets(name: Any, likeness: Floats, drawn: Any) -> pd.DataFrame:
    columns = {}
    for part, ending in ((likeness[drawn], ""), (likeness[~drawn], "_settings")):
        known = len(part) > 0
        columns[f"similarity{ending}"] = part.mean(axis=0) if known else np.nan
        columns[f"found_again{ending}"] = (part >= _AGAIN).mean(axis=0) if known else np.nan
    return pd.DataFrame(columns, index=pd.Index(name, name="market"))


def _pairs(units: pd.Index, draws: Sequence[Codes]) -> pd.DataFrame:
    size = len(units)
    total = sparse.csr_array((size, size))
    for label in draws:
        code = _numbered(label)
        rows = np.flatnonzero(code >= 0)
        shape = (size, int(code.max(initial=0)) + 1)
        member = sparse.coo_array((np.ones(len(rows)), (rows, code[rows])), shape).tocsr()
        total = total + member @ member.T
    each = sparse.triu(total, k=1).tocoo()
    order = np.lexsort((each.col, each.row))
    place, other = (
        units.to_numpy(dtype=object)[each.row[order]],
        units.to_numpy(dtype=object)[each.col[order]],
    )
    return pd.DataFrame({"place": place, "other": other, "share": each.data[order] / max(len(draws), 1)})


def adjusted_rand(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """
    Agreement of two divisions of the same places.

    Parameters
    ----------
    one, other
        Area of each place; -1 or missing for none, which counts as an area of its own.

    Returns
    -------
    agreement
        1 where they are the same, 0 on average where they have nothing to do with each other; may be below 0.

    References
    ----------
    .. [1] Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.

    Examples
    --------
    >>> adjusted_rand(["a", "a", "b", "b"], [1, 1, 2, 2])
    1.0
    """
    return float(adjusted_rand_score(_alone(one), _alone(other)))


def _alone(label: npt.ArrayLike) -> Codes:
    """Numbers of areas, places without area each by itself."""
    values = pd.Series(np.asarray(label))
    values = values.mask(values.isin([-1]))
    code: Codes = pd.factorize(values)[0].astype(np.int64)
    without = np.flatnonzero(code < 0)
    code[without] = code.max(initial=-1) + 1 + np.arange(len(without))
    return code
