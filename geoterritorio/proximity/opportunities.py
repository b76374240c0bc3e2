"""What can be reached: potential by distance, opportunities within a budget, and opportunities shared out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.proximity._limits import numbers_of
from geoterritorio.proximity.decay import DecayRules, counting_weights, pair_weights
from geoterritorio.proximity.floating import (
    amount_problems,
    as_pairs,
    attracted,
    floating_catchments,
    reach_of,
)
from geoterritorio.proximity.pairs import Pairs, say_no_limit
from geoterritorio.registry import Ratio

_RULES = DecayRules()


def gravity_access(
    places: pd.Index,
    supply: pd.Series,
    costs: Pairs | pd.DataFrame,
    *,
    rules: DecayRules = _RULES,
    attraction: Ratio = 1.0,
) -> pd.DataFrame:
    r"""
    Potential access of places to all supply, the farther the less (Hansen, Stewart).

    Parameters
    ----------
    places
        Identifiers of the places.
    supply
        What is offered, by centre; NaN is unknown.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost`; pairs that are not listed are out
        of reach.
    rules
        Weights; by default 1 for all that is listed, up to the limit if there is one: opportunities within a budget.
    attraction
        Exponent of the supply.

    Returns
    -------
    access
        By place: `access` (weighted supply; 0 where nothing is within reach), `in_reach` (centres that are) and
        `nearest_cost` (NaN if there is none).

    Raises
    ------
    LayerError
        Supply is negative or infinite, or the costs or the numbers of the weights are refused.

    Notes
    -----
    .. math:: A_i = \sum_j S_j^\gamma f(d_{ij})

    Of a field of places that are both ends, with the place itself at cost 0 among them, it is Stewart's potential.
    Others who want the same do not lessen it: for that, see `floating_catchments`. With a power of the cost, the
    unit of cost changes all figures by one factor; only ratios of them mean something.

    References
    ----------
    .. [1] Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American Institute of Planners 25,
       73-76.
    .. [2] Stewart, J. Q. (1942). A measure of the influence of a population at a distance. Sociometry 5, 63-71.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"origin": ["a", "a", "b"], "destination": ["x", "y", "y"], "cost": [1.0, 2.0, 4.0]})
    >>> jobs = pd.Series({"x": 100.0, "y": 80.0})
    >>> gravity_access(pd.Index(["a", "b"]), jobs, costs, rules=DecayRules("power"))["access"].to_dict()
    {'a': 120.0, 'b': 5.0}
    """
    problems = amount_problems(supply, "supply")
    if problems:
        raise LayerError(problems)
    pairs = as_pairs(costs, places, supply.index)
    weights = counting_weights(pairs.cost, rules)
    say_no_limit(pairs, rules)
    access = pairs.sums(weights, attracted(supply, attraction))
    return reach_of(pairs, weights).assign(access=access)[["access", "in_reach", "nearest_cost"]]


def spatial_availability(
    demand: pd.Series, supply: pd.Series, costs: Pairs | pd.DataFrame, *, rules: DecayRules = _RULES
) -> pd.DataFrame:
    r"""
    Opportunities available to each place when each one is shared out once (Soukhov and others).

    Parameters
    ----------
    demand
        People by place; NaN is unknown.
    supply
        Opportunities by centre; NaN is unknown.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost`; pairs that are not listed are out
        of reach.
    rules
        Weights; by default 1 for all that is listed, up to the limit if there is one.

    Returns
    -------
    availability
        By place: `available` (opportunities; they sum to the supply that anybody reaches), `access` (of them per
        head; where nobody is, what one person would have: all that a centre offers that nobody else reaches),
        `in_reach` and `nearest_cost`.

    Raises
    ------
    LayerError
        Values are negative or infinite, or the costs or the numbers of the weights are refused.

    Notes
    -----
    .. math:: V_i = \sum_j O_j \frac{P_i f(d_{ij})}{\sum_k P_k f(d_{kj})}

    the product of a factor of population and one of cost, brought to sum to 1 over the places of each centre. Per
    head it is the two-step floating catchment with the same weights.

    References
    ----------
    .. [1] Soukhov, A., Paez, A., Higgins, C. D. & Mohamed, M. (2023). Introducing spatial availability, a
       singly-constrained measure of competitive accessibility. PLOS ONE 18, e0278468.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoterritorio.proximity import DecayRules
    >>> costs = pd.DataFrame({"origin": ["a", "b", "b"], "destination": ["x", "x", "y"], "cost": [5.0, 8.0, 4.0]})
    >>> people, beds = pd.Series({"a": 100.0, "b": 300.0}), pd.Series({"x": 40.0, "y": 20.0})
    >>> spatial_availability(people, beds, costs, rules=DecayRules(within=10))["available"].round(6).to_dict()
    {'a': 10.0, 'b': 50.0}
    """
    used = replace(rules, decay=rules.decay or "within")
    pairs = as_pairs(costs, demand.index, supply.index)
    catchments = floating_catchments(demand, supply, pairs, variant="e2sfca", rules=used)
    found = catchments.places
    unused = (catchments.centres["people_in_reach"] == 0) & (catchments.centres["reached_by"] > 0)
    if unused.any():
        found = found.assign(access=_alone(pairs, supply, catchments.centres["service_ratio"], unused, used))
    people = demand.to_numpy(dtype=np.float64)
    # Nobody has nothing of it, whatever the share per head would be.
    available = np.where(people == 0, 0.0, people * found["access"])
    return found.assign(available=available)[["available", "access", "in_reach", "nearest_cost"]]


def _alone(
    pairs: Pairs, supply: pd.Series, ratio: pd.Series, unused: pd.Series, rules: DecayRules
) -> npt.NDArray[np.float64]:
    """Access where only places without people reach a centre: one person there would have all of it."""
    weights = pair_weights(pairs.cost, rules)
    own = pairs.sums(weights != 0, supply.where(unused, 0.0).to_numpy(dtype=np.float64))
    return own + pairs.sums(weights, ratio.mask(unused, 0.0).to_numpy(dtype=np.float64))


def opportunities_within(
    places: pd.Index, supply: pd.Series, costs: Pairs | pd.DataFrame, *, budgets: list[float]
) -> pd.DataFrame:
    """
    Supply within each of several budgets.

    Parameters
    ----------
    places
        Identifiers of the places.
    supply
        What is offered, by centre; NaN is unknown.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost`.
    budgets
        Largest costs, each itself included.

    Returns
    -------
    opportunities
        One row per place and budget: `place`, `within`, `available` (supply), `in_reach` (centres) and
        `nearest_cost`.

    Raises
    ------
    LayerError
        A budget is not above 0, supply is negative or infinite, or the costs are refused.

    References
    ----------
    .. [1] Wachs, M. & Kumagai, T. G. (1973). Physical accessibility as a social indicator. Socio-Economic Planning
       Sciences 7, 437-456.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"origin": ["a", "a"], "destination": ["x", "y"], "cost": [10.0, 25.0]})
    >>> opportunities_within(pd.Index(["a"]), pd.Series({"x": 5.0, "y": 7.0}), costs, budgets=[15.0, 30.0])[
    ...     "available"
    ... ].tolist()
    [5.0, 12.0]
    """
    limits = numbers_of("budgets", budgets, such_as="[15, 30, 60]")
    if not limits:
        raise LayerError(message("budgets: give at least one, such as 15; 30; 60."))
    pairs = as_pairs(costs, places, supply.index)
    tables = []
    for budget in limits:
        found = gravity_access(places, supply, pairs, rules=DecayRules("within", within=budget))
        rows = found.rename(columns={"access": "available"}).rename_axis("place").reset_index()
        tables.append(rows.assign(within=float(budget)))
    columns = ["place", "within", "available", "in_reach", "nearest_cost"]
    return pd.concat(tables, ignore_index=True)[columns]
