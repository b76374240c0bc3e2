"""Rational agents: what travel and crowding cost together, once nobody would gain by going elsewhere."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import distinct
from geoterritorio.patterns._jit import say_first
from geoterritorio.proximity._limits import up_to
from geoterritorio.proximity._rational import exchange, least_costs, loads, settle, turn
from geoterritorio.proximity.floating import amount_problems, as_pairs
from geoterritorio.proximity.pairs import Pairs
from geoterritorio.registry import Count, Positive, Progress, Ratio, no_progress

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RationalRules:
    """
    Where people may go, what crowding is, and when the search ends.

    Attributes
    ----------
    within
        Largest cost at which people go to a centre, itself included: metres for straight lines, which need it,
        otherwise the unit of the costs. By default all that is listed.
    usual_load
        People per unit of supply at which crowding costs 1; by default all people over all supply.
    tolerance
        The search ends once nobody would gain more than this by going elsewhere; 1 is what the usual load costs.
    iterations
        Most rounds of the search.
    """

    within: Positive | None = None
    usual_load: Ratio | None = None
    tolerance: Ratio = 1e-6
    iterations: Count = 1000


_RULES = RationalRules()


@dataclass(frozen=True)
class RationalAccess:
    """
    Costs of places and load of centres at rest.

    Attributes
    ----------
    places
        By place: `rational_cost` (travel over tau plus crowding, the same for all its people; NaN where nothing is
        within reach), `in_reach` (centres with supply within reach) and `nearest_cost` (cost to the nearest of them).
    centres
        By centre: `people_served`, `congestion` (people per unit of supply over the usual load; NaN without supply)
        and `reached_by` (places that reach it).
    usual_load
        People per unit of supply at which crowding costs 1.
    iterations
        Rounds of the search.
    remaining_gain
        The most that anyone would still gain by going elsewhere.
    converged
        Whether that is within the tolerance.
    """

    places: pd.DataFrame
    centres: pd.DataFrame
    usual_load: float
    iterations: int
    remaining_gain: float
    converged: bool


def rational_agent_access(
    demand: pd.Series,
    supply: pd.Series,
    costs: Pairs | pd.DataFrame,
    *,
    tau: Ratio,
    rules: RationalRules = _RULES,
    progress: Progress = no_progress,
) -> RationalAccess:
    r"""
    Rational agent access (RAAM): cost of travel and crowding when nobody would gain by going elsewhere.

    Parameters
    ----------
    demand
        People by place.
    supply
        What is offered, by centre.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost` from the one to the other; pairs that
        are not listed are out of reach.
    tau
        Cost of travel that people take on to avoid the usual load of a centre, in the unit of the costs.
    rules
        Where people may go, what crowding is, and when the search ends.
    progress
        Called after each round; may raise to cancel.

    Returns
    -------
    result
        Costs of places, the lower the better, loads of centres, and how near to rest they are.

    Raises
    ------
    LayerError
        Amounts are unknown, negative or infinite, nobody wants or nothing is offered, people have no centre with
        supply within reach, or tau, the rules or the costs are refused.

    Warns
    -----
    GeoterritorioWarning
        If the search ended before it came to rest.

    Notes
    -----
    People :math:`x_{ij} \ge 0` of place i go to centre j, all of them somewhere, :math:`\sum_j x_{ij} = P_i`. Each
    bears

    .. math::
        C_{ij} = \frac{d_{ij}}{\tau} + \frac{1}{\rho} \frac{\sum_k x_{kj}}{S_j}

    with the usual load :math:`\rho = \sum P / \sum S`. At rest all centres that a place uses cost the same and no other
    costs less (Wardrop's first principle), which is where
    :math:`\sum_{ij} x_{ij} d_{ij} / \tau + \sum_j (\sum_i x_{ij})^2 / (2 \rho S_j)` is least. That is convex, and
    strictly so in the loads: loads, crowding and costs of places are unique, hence do not hang on the order of rows.
    How many of which place go where is not, if ways are equally long, and is not handed out.

    The authors count whole persons and move them step by step; here they are shares of people, and rest is found to the
    tolerance. There is no sampling error: the figures are as true as the costs, tau and the belief that people
    know how crowded centres are. Try several tau.

    References
    ----------
    .. [1] Saxon, J. & Snow, D. (2020). A rational agent model for the spatial accessibility of primary health care.
       Annals of the American Association of Geographers 110, 205-222.
    .. [2] Wardrop, J. G. (1952). Some theoretical aspects of road traffic research. Proceedings of the Institution of
       Civil Engineers 1, 325-362.
    .. [3] Beckmann, M., McGuire, C. B. & Winsten, C. B. (1956). Studies in the economics of transportation. Yale
       University Press.

    Examples
    --------
    >>> import pandas as pd
    >>> people, doctors = pd.Series({"a": 300.0, "b": 100.0}), pd.Series({"x": 1.0, "y": 1.0})
    >>> costs = pd.DataFrame({"origin": ["a", "a", "b"], "destination": ["x", "y", "y"], "cost": [0.0, 30.0, 0.0]})
    >>> found = rational_agent_access(people, doctors, costs, tau=60)
    >>> found.places["rational_cost"].round(4).to_dict(), found.centres["people_served"].round(2).to_dict()
    ({'a': 1.25, 'b': 0.75}, {'x': 250.0, 'y': 150.0})
    """
    problems = [*amount_problems(demand, "demand"), *amount_problems(supply, "supply")]
    problems += [*unknown_problems(demand, supply), *_rule_problems(tau, rules)]
    if problems:
        raise LayerError(problems)
    pairs = as_pairs(costs, demand.index, supply.index)
    people, offered = demand.to_numpy(dtype=np.float64), supply.to_numpy(dtype=np.float64)
    start, centre, cost = _open_pairs(pairs, offered, rules.within)
    _require_reach(demand, start)
    usual = float(people.sum() / offered.sum()) if rules.usual_load is None else float(rules.usual_load)
    # Of centres without supply there is no pair; the room keeps them from dividing by nothing.
    room = np.where(offered > 0, offered * usual, 1.0)
    going, rounds, gain = _at_rest((start, centre), cost / tau, people, room, rules, progress)
    least, _ = least_costs(start, centre, cost / tau, room, going)
    load = loads(centre, going, len(room))
    return RationalAccess(
        pd.DataFrame(
            {"rational_cost": least, "in_reach": np.diff(start), "nearest_cost": _nearest(start, cost)},
            index=pairs.places,
        ),
        pd.DataFrame(
            {
                "people_served": load,
                "congestion": np.where(offered > 0, load / room, np.nan),
                "reached_by": np.bincount(centre, minlength=len(room)),
            },
            index=pairs.centres,
        ),
        usual,
        rounds,
        gain,
        gain <= rules.tolerance,
    )


def unknown_problems(demand: pd.Series, supply: pd.Series) -> list[Message]:
    """Amounts that are lacking: as all compete with all, one that is unknown leaves nothing known."""
    problems = [
        message(
            "{layer}: {count} of {number} rows have no “{column}”. Where people choose by how crowded centres are, "
            "each hangs on all others: complete them, or leave these rows out.",
            layer=layer,
            count=int(amounts.isna().sum()),
            number=len(amounts),
            column=column,
        )
        for amounts, layer, column in ((demand, "demand", "population"), (supply, "supply", "capacity"))
        if amounts.isna().any()
    ]
    if not problems and not demand.sum() > 0:
        problems.append(message("demand: nobody is there, so nobody chooses. Give a layer with people."))
    if not problems and not supply.sum() > 0:
        problems.append(message("supply: no centre offers anything. Give capacities above 0."))
    return problems


def _rule_problems(tau: float, rules: RationalRules) -> list[Message]:
    given = (
        ("tau", tau),
        ("within", rules.within),
        ("usual_load", rules.usual_load),
        ("tolerance", rules.tolerance),
    )
    problems = [
        message("{option}: a number above 0, not {value}.", option=name, value=float(value))
        for name, value in given
        if value is not None and not (value > 0 and np.isfinite(value))
    ]
    if rules.iterations < 1:
        problems.append(
            message("iterations: a whole number from 1, not {value}.", value=int(rules.iterations))
        )
    return problems


def _open_pairs(
    pairs: Pairs, offered: Floats, within: float | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Floats]:
    """Pairs within reach of centres with supply, by place and then by centre."""
    kept = (offered > 0)[pairs.centre]
    if within is not None:
        kept &= pairs.cost <= up_to(within)
    place, centre, cost = pairs.place()[kept], pairs.centre[kept], pairs.cost[kept]
    order = np.lexsort((centre, place))
    start = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(pairs.places)))])
    return start, centre[order], cost[order]


def _require_reach(demand: pd.Series, start: npt.NDArray[np.int64]) -> None:
    lost = demand.index[(np.diff(start) == 0) & (demand.to_numpy() > 0)]
    if len(lost):
        raise LayerError(
            message(
                "demand: {count} of {number} places have people and no centre with supply within reach ({values}), "
                "though all must go somewhere. Raise “within”, list ways from them, or leave them out.",
                count=len(lost),
                number=len(demand),
                values=distinct(lost),
            )
        )


def _at_rest(
    lists: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
    cost: Floats,
    people: Floats,
    room: Floats,
    rules: RationalRules,
    progress: Progress,
) -> tuple[Floats, int, float]:
    """People of each pair, rounds, and the most that anyone would still gain."""
    say_first(progress, settle, exchange)
    going, gain = np.zeros(len(cost)), np.inf
    for done in range(1, rules.iterations + 1):
        turn(lists, cost, people, room, going)
        gain = least_costs(*lists, cost, room, going)[1]
        progress(done / rules.iterations, mark("People choose among centres"))
        if gain <= rules.tolerance:
            return going, done, gain
    warnings.warn(
        GeoterritorioWarning(
            message(
                "iterations: after {count} rounds some would still gain {gain} by going elsewhere, more than the "
                "tolerance of {tolerance}. Allow more rounds, or a larger tolerance.",
                count=rules.iterations,
                gain=float(gain),
                tolerance=float(rules.tolerance),
            )
        ),
        stacklevel=3,
    )
    return going, rules.iterations, gain


def _nearest(start: npt.NDArray[np.int64], cost: Floats) -> Floats:
    found = np.full(len(start) - 1, np.nan)
    there = np.diff(start) > 0
    if there.any():
        found[there] = np.minimum.reduceat(cost, start[:-1][there])
    return found
