"""Which centre people choose: shares by attraction and cost, and the points where one centre yields to another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.schema import NO, YES
from geoterritorio.proximity.decay import STEEPEST, DecayRules, log_weights, out_of_bounds
from geoterritorio.proximity.floating import amount_problems, as_pairs, require_attraction
from geoterritorio.proximity.pairs import Pairs, say_no_limit
from geoterritorio.registry import Positive, Ratio, Share

Floats = npt.NDArray[np.float64]
_RULES = DecayRules()


@dataclass(frozen=True)
class HuffShares:
    """
    Shares of centres in the choices of places.

    Attributes
    ----------
    pairs
        One row per place and centre within reach: `place`, `centre`, `cost`, `share` and `customers` (expected).
    places
        By place: `centre` (the one with the largest share), `share` (its share), `contested` (yes where that is below
        the least share of a market area, otherwise no), `rivals` (equivalent number of centres of equal shares) and
        `in_reach` (centres within reach); empty and NaN where none is.
    centres
        By centre: `customers` (expected), `share` (of all who have a centre), `first_at` (places where it leads) and
        `held_at` (places where its share is at least the least share of a market area, and above 0).
    """

    pairs: pd.DataFrame
    places: pd.DataFrame
    centres: pd.DataFrame


def huff_shares(
    demand: pd.Series,
    supply: pd.Series,
    costs: Pairs | pd.DataFrame,
    *,
    rules: DecayRules = _RULES,
    attraction: Ratio = 1.0,
    least_share: Share = 0.0,
) -> HuffShares:
    r"""
    Market shares and expected customers of centres (Huff).

    Parameters
    ----------
    demand
        People, or their money, by place; NaN is unknown.
    supply
        Attraction of centres, such as floor space; NaN is unknown.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost`; pairs that are not listed are out
        of reach.
    rules
        Weights; by default one over the square of the cost.
    attraction
        Exponent of the attraction, from 0 (all alike) to 20.
    least_share
        Share from which on a place belongs to the market area of a centre.

    Returns
    -------
    result
        Shares of pairs, first centres of places, and customers of centres.

    Raises
    ------
    LayerError
        Demand or supply is negative or infinite, the exponent or the least share out of range, or the costs or the
        numbers of the weights are refused.

    Notes
    -----
    .. math:: p_{ij} = \frac{S_j^\gamma f(d_{ij})}{\sum_k S_k^\gamma f(d_{ik})}

    by the logarithms of pulls, so that shares are right however far all centres are. A market area holds the places
    at which :math:`p_{ij}` is largest, or those at which it is at least a threshold; below one half of it areas of
    several centres may overlap.

    The shares of a place sum to 1 over the centres within reach. Where the attraction of one of them is unknown, so are
    all its shares. The exponents decide; they are not the world's but those of the trade and the region: fit them
    with `fit_huff` where choices were observed.

    References
    ----------
    .. [1] Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28, 34-38.
    .. [2] Huff, D. L. (2003). Parameter estimation in the Huff model. ArcUser, October-December, 34-36.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"origin": ["a", "a"], "destination": ["x", "y"], "cost": [1.0, 2.0]})
    >>> found = huff_shares(pd.Series({"a": 100.0}), pd.Series({"x": 10.0, "y": 120.0}), costs)
    >>> found.pairs["share"].round(12).tolist(), found.centres["customers"].round(9).to_dict()
    ([0.25, 0.75], {'x': 25.0, 'y': 75.0})
    """
    problems = [*amount_problems(demand, "demand"), *amount_problems(supply, "supply")]
    if not 0 <= least_share <= 1:
        problems.append(message("least_share: from 0 to 1, not {value}.", value=float(least_share)))
    if problems:
        raise LayerError(problems)
    pairs, used = as_pairs(costs, demand.index, supply.index), drawing_rules(rules)
    logs = log_weights(pairs.cost, used)
    say_no_limit(pairs, used)
    share, kept = _shares(pairs, logs, _log_attraction(supply, attraction))
    place = pairs.place()
    people = demand.to_numpy(dtype=np.float64)[place]
    table = pd.DataFrame(
        {
            "place": pairs.places.take(place[kept]),
            "centre": pairs.centres.take(pairs.centre[kept]),
            "cost": pairs.cost[kept],
            "share": share[kept],
            "customers": (share * people)[kept],
        }
    )
    first = _first(table, pairs.places, least_share)
    return HuffShares(table, first, _customers(table, first["centre"], pairs.centres, least_share))


def _log_attraction(supply: pd.Series, attraction: float) -> Floats:
    """Logarithm of supply to the power of its attraction: at 0 all are alike, even those of unknown supply."""
    require_attraction(attraction)
    if attraction == 0:
        return np.zeros(len(supply))
    with np.errstate(divide="ignore"):
        found: Floats = attraction * np.log(supply.to_numpy(dtype=np.float64))
    return found


def _shares(pairs: Pairs, logs: Floats, attraction: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Share of each pair, and which are within reach of a place where anything draws."""
    reached = logs > -np.inf
    # Unknown attraction is no matter where it is out of reach.
    pull = np.where(reached, logs + attraction[pairs.centre], -np.inf)
    some = np.flatnonzero(np.diff(pairs.start))
    highest = np.full(len(pairs.places), -np.inf)
    highest[some] = np.maximum.reduceat(pull, pairs.start[some]) if len(some) else []
    drawn = highest != -np.inf
    place = pairs.place()
    pull = np.exp(pull - np.where(drawn, highest, 0.0)[place])
    total = np.bincount(place, pull, minlength=len(pairs.places))[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = pull / total
    return share, reached & drawn[place]


def drawing_rules(rules: DecayRules) -> DecayRules:
    """Rules with the decay of Reilly and Huff, a power, where none is chosen."""
    return replace(rules, decay=rules.decay or "power")


def _first(table: pd.DataFrame, places: pd.Index, least: float) -> pd.DataFrame:
    """Leading centre of each place; of equal ones the first listed."""
    known = table[table["share"].notna()]
    best = known.loc[known.groupby("place", sort=False, observed=True)["share"].idxmax()].set_index("place")
    concentration = known["share"].pow(2).groupby(known["place"], observed=True).sum()
    number = table.groupby("place", observed=True).size()
    contested = (best["share"] < least).map({True: YES, False: NO})
    return pd.DataFrame(
        {
            "centre": best["centre"].reindex(places),
            "share": best["share"].reindex(places),
            "contested": contested.reindex(places),
            "rivals": 1 / concentration.reindex(places),
            "in_reach": number.reindex(places).fillna(0).astype(int),
        },
        index=places,
    )


def _customers(table: pd.DataFrame, first: pd.Series, centres: pd.Index, least: float) -> pd.DataFrame:
    """Customers of each centre; unknown where those of one place are."""
    sums = table.groupby("centre", observed=True)["customers"].agg(lambda v: v.sum(skipna=False))
    customers = sums.reindex(centres).fillna(dict.fromkeys(centres.difference(sums.index), 0.0))
    total = float(customers.sum(skipna=False))
    held = table["centre"][(table["share"] >= least) & (table["share"] > 0)]
    return pd.DataFrame(
        {
            "customers": customers,
            "share": customers / (total if total > 0 else np.nan),
            "first_at": first.value_counts().reindex(centres).fillna(0).astype(int),
            "held_at": held.value_counts().reindex(centres).fillna(0).astype(int),
        },
        index=centres,
    )


def break_point(first: float, second: float, distance: float, *, exponent: Positive = 2.0) -> float:
    r"""
    Distance from the first of two centres at which the second draws as much (Reilly, Converse).

    Parameters
    ----------
    first, second
        Size of the centres.
    distance
        Distance between them.
    exponent
        Of the distance, up to 20.

    Returns
    -------
    distance
        From the first centre, in the unit of the distance; NaN where a size is unknown or both are 0.

    Raises
    ------
    LayerError
        A size or the distance is negative or infinite, or the exponent not above 0 or above 20.

    Notes
    -----
    .. math:: D_1 = \frac{D}{1 + (S_2 / S_1)^{1/\lambda}}

    References
    ----------
    .. [1] Reilly, W. J. (1931). The Law of Retail Gravitation. Knickerbocker Press.
    .. [2] Converse, P. D. (1949). New laws of retail gravitation. Journal of Marketing 14, 379-384.

    Examples
    --------
    >>> break_point(90_000, 10_000, 40.0)
    30.0
    """
    return float(break_distances(np.array([first]), np.array([second]), np.array([distance]), exponent)[0])


def break_distances(first: Floats, second: Floats, distance: Floats, exponent: float) -> Floats:
    """Break points of many pairs of centres, see `break_point`."""
    if not 0 < exponent <= STEEPEST:
        raise LayerError(out_of_bounds(exponent))
    wrong = int(sum(((values < 0) | np.isinf(values)).sum() for values in (first, second, distance)))
    if wrong:
        raise LayerError(
            message("centres: {count} sizes or distances are below 0 or infinite. Correct them.", count=wrong)
        )
    # A power without end is that of a centre which draws nothing beside the other: it yields everything.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found: Floats = distance / (1 + (np.asarray(second, dtype=np.float64) / first) ** (1 / exponent))
    return found
