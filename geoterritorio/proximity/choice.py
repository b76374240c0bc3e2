"""Which centre people choose: shares by attraction and cost, and the points where one centre yields to another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.proximity.decay import DecayRules, pair_weights
from geoterritorio.proximity.floating import amount_problems, as_pairs, attracted
from geoterritorio.proximity.pairs import Pairs
from geoterritorio.registry import Ratio

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
        By place: `centre` (the one with the largest share), `share` (its share), `rivals` (equivalent number of
        centres of equal shares) and `in_reach` (centres within reach); empty and NaN where none is.
    centres
        By centre: `customers` (expected), `share` (of all who have a centre) and `first_at` (places where it leads).
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

    Returns
    -------
    result
        Shares of pairs, first centres of places, and customers of centres.

    Raises
    ------
    LayerError
        Demand or supply is negative or infinite, the exponent out of range, or the costs or the numbers of the weights
        are refused.

    Notes
    -----
    .. math:: p_{ij} = \frac{S_j^\gamma f(d_{ij})}{\sum_k S_k^\gamma f(d_{ik})}

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
    >>> found.pairs["share"].tolist(), found.centres["customers"].to_dict()
    ([0.25, 0.75], {'x': 25.0, 'y': 75.0})
    """
    problems = [*amount_problems(demand, "demand"), *amount_problems(supply, "supply")]
    if problems:
        raise LayerError(problems)
    pairs = as_pairs(costs, demand.index, supply.index)
    weights = pair_weights(pairs.cost, drawing_rules(rules))
    pull = np.where(weights != 0, weights * attracted(supply, attraction)[pairs.centre], 0.0)
    place = pairs.place()
    total = np.bincount(place, pull, minlength=len(pairs.places))[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = pull / total
    kept = (weights != 0) & (total != 0)
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
    first = _first(table, pairs.places)
    return HuffShares(table, first, _customers(table, first["centre"], pairs.centres))


def drawing_rules(rules: DecayRules) -> DecayRules:
    """Rules with the decay of Reilly and Huff, a power, where none is chosen."""
    return replace(rules, decay=rules.decay or "power")


def _first(table: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    """Leading centre of each place; of equal ones the first listed."""
    known = table[table["share"].notna()]
    best = known.loc[known.groupby("place", sort=False, observed=True)["share"].idxmax()].set_index("place")
    concentration = known["share"].pow(2).groupby(known["place"], observed=True).sum()
    number = table.groupby("place", observed=True).size()
    return pd.DataFrame(
        {
            "centre": best["centre"].reindex(places),
            "share": best["share"].reindex(places),
            "rivals": 1 / concentration.reindex(places),
            "in_reach": number.reindex(places).fillna(0).astype(int),
        },
        index=places,
    )


def _customers(table: pd.DataFrame, first: pd.Series, centres: pd.Index) -> pd.DataFrame:
    """Customers of each centre; unknown where those of one place are."""
    sums = table.groupby("centre", observed=True)["customers"].agg(lambda v: v.sum(skipna=False))
    customers = sums.reindex(centres).fillna(dict.fromkeys(centres.difference(sums.index), 0.0))
    total = float(customers.sum(skipna=False))
    return pd.DataFrame(
        {
            "customers": customers,
            "share": customers / (total if total > 0 else np.nan),
            "first_at": first.value_counts().reindex(centres).fillna(0).astype(int),
        },
        index=centres,
    )


def break_point(first: float, second: float, distance: float, *, exponent: Ratio = 2.0) -> float:
    r"""
    Distance from the first of two centres at which the second draws as much (Reilly, Converse).

    Parameters
    ----------
    first, second
        Size of the centres.
    distance
        Distance between them.
    exponent
        Of the distance.

    Returns
    -------
    distance
        From the first centre, in the unit of the distance; NaN where a size is unknown or both are 0.

    Raises
    ------
    LayerError
        A size or the distance is negative, or the exponent not above 0.

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
    if not exponent > 0:
        raise LayerError(message("exponent: above 0, not {value}.", value=float(exponent)))
    below = int(sum((values < 0).sum() for values in (first, second, distance)))
    if below:
        raise LayerError(
            message("centres: {count} sizes or distances are below 0. Correct them.", count=below)
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (np.asarray(s, dtype=np.float64) ** (1 / exponent) for s in (first, second))
        # In this form a centre without size yields everything.
        found: Floats = distance * one / (one + other)
    return found
