"""Floating catchments: what the centres within reach offer each person, shared with all others who reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.proximity._catchments import CHOSEN, LOST, PLAIN, SHARED, accessed, demanded
from geoterritorio.proximity._inside import gather, inside, spread
from geoterritorio.proximity._limits import up_to
from geoterritorio.proximity.decay import (
    DecayRules,
    Form,
    Weights,
    check_decay,
    counting_weights,
    parts_of,
    unused,
)
from geoterritorio.proximity.pairs import Pairs, pairs_from_costs, say_no_limit

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]
Variant = Literal["2sfca", "e2sfca", "3sfca", "gaussian", "m2sfca", "balanced"]
# Weights of Wan, Zou and Sternberg, as parts of the farthest of their four thresholds.
_WAN = ((1 / 6, 0.962), (1 / 3, 0.704), (1 / 2, 0.377), (1.0, 0.042))
_OWN: Mapping[str, Form] = {
    "2sfca": "within",
    "e2sfca": "steps",
    "3sfca": "steps",
    "gaussian": "gaussian",
    "m2sfca": "gaussian",
    "balanced": "gaussian",
}
# Variants that are what they are by their weights.
_FIXED = ("2sfca", "gaussian")
_SQUARED = ("3sfca", "m2sfca")
_RULES = DecayRules()
# Exponent of capacities; observed ones are about 1.
_STRONGEST = 20.0


@dataclass(frozen=True)
class FloatingCatchments:
    """
    Access of places and load of centres.

    Attributes
    ----------
    places
        By place: `access` (supply per unit of demand; 0 where nothing is within reach, NaN where what is within reach
        is unknown), `in_reach` (centres within reach) and `nearest_cost` (cost to the nearest of them; NaN if none).
    centres
        By centre: `people_in_reach` (weighted demand), `service_ratio` (supply over it; NaN without demand) and
        `reached_by` (places that reach it).
    rules
        Weights, as used.
    """

    places: pd.DataFrame
    centres: pd.DataFrame
    rules: DecayRules


def floating_catchments(
    demand: pd.Series,
    supply: pd.Series,
    costs: Pairs | pd.DataFrame,
    *,
    variant: Variant = "2sfca",
    rules: DecayRules = _RULES,
) -> FloatingCatchments:
    r"""
    Access by floating catchments, in one of six variants.

    Parameters
    ----------
    demand
        People by place; NaN is unknown.
    supply
        What is offered, by centre; NaN is unknown.
    costs
        Pairs, or a table of `origin` (place), `destination` (centre) and `cost` from the one to the other; pairs that
        are not listed are out of reach.
    variant
        2sfca, e2sfca (enhanced: weights), 3sfca (three steps: places choose among centres), gaussian (Dai's weights),
        m2sfca (modified: distance also lessens what is had) or balanced (demand and levels of service are shared out).
    rules
        Weights; by default those of the variant: the same up to the limit (2sfca), 1, 0.68 and 0.22 by thirds of the
        way to the limit (e2sfca), 0.962, 0.704, 0.377 and 0.042 up to a sixth, a third, half and all of it (3sfca),
        Dai's otherwise.

    Returns
    -------
    result
        Access of places, ratios of centres, and the weights used.

    Raises
    ------
    LayerError
        Values are negative or infinite, the variant is unknown or has weights of its own, or the costs or the numbers
        of the weights are refused.

    Notes
    -----
    With weights :math:`W_{ij} = f(d_{ij})`, demand P and supply S:

    .. math::
        R_j = \frac{S_j}{\sum_i W_{ij} P_i}, \qquad A_i = \sum_j W_{ij} R_j

    3SFCA uses :math:`G_{ij} W_{ij}` with :math:`G_{ij} = W_{ij} / \sum_j W_{ij}` in both steps; M2SFCA
    :math:`W_{ij}^2` in the second; the balanced variant weights that sum to 1 over the centres of a place in the
    first step and over the places of a centre in the second.

    In 2SFCA, E2SFCA, Gaussian and 3SFCA :math:`\sum_i P_i A_i` is the supply of all centres that have demand; in
    M2SFCA it is less, the rest being lost with distance; in the balanced variant the weighted demands of centres
    sum to the demand that has a centre, and access sums to the ratios.
    A place that reaches nothing has no access: 0, by definition, not for want of knowledge; `in_reach` tells it
    apart. What is unknown at a centre or at a place that shares it stays unknown. None of the variants has a
    sampling error: they are sums over all that is listed, as true as the costs, the limit and the weights.

    References
    ----------
    .. [1] Luo, W. & Wang, F. (2003). Measures of spatial accessibility to health care in a GIS environment. Environment
       and Planning B 30, 865-884.
    .. [2] Luo, W. & Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
       accessibility to primary care physicians. Health & Place 15, 1100-1107.
    .. [3] Wan, N., Zou, B. & Sternberg, T. (2012). A three-step floating catchment area method for analyzing spatial
       access to health services. International Journal of Geographical Information Science 26, 1073-1089.
    .. [4] Dai, D. (2010). Black residential segregation, disparities in spatial access to health care facilities, and
       late-stage breast cancer diagnosis in metropolitan Detroit. Health & Place 16, 1038-1052.
    .. [5] Delamater, P. L. (2013). Spatial accessibility in suboptimally configured health care systems: a modified
       two-step floating catchment area (M2SFCA) metric. Health & Place 24, 30-43.
    .. [6] Paez, A., Higgins, C. D. & Vivona, S. F. (2019). Demand and level of service inflation in floating catchment
       area (FCA) methods. PLOS ONE 14, e0218773.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.Series({"a": 100.0, "b": 300.0, "c": 50.0})
    >>> doctors = pd.Series({"x": 4.0, "y": 2.0})
    >>> costs = pd.DataFrame({"origin": ["a", "b", "b"], "destination": ["x", "x", "y"], "cost": [5.0, 8.0, 4.0]})
    >>> found = floating_catchments(people, doctors, costs, rules=DecayRules(within=10))
    >>> found.places["access"].round(4).to_dict()
    {'a': 0.01, 'b': 0.0167, 'c': 0.0}
    """
    used = own_rules(variant, rules)
    problems = [*amount_problems(demand, "demand"), *amount_problems(supply, "supply")]
    if problems:
        raise LayerError(problems)
    pairs = as_pairs(costs, demand.index, supply.index)
    people, offered = (amounts.to_numpy(dtype=np.float64) for amounts in (demand, supply))
    say_no_limit(pairs, used)
    form = _FORMS[variant]
    if form == PLAIN and used.decay == "within":
        places, centres = _alike(pairs, people, offered, used)
    else:
        places, centres = _weighted(pairs, people, offered, used, form, squared=variant in _SQUARED)
    return FloatingCatchments(
        pd.DataFrame(places, index=pairs.places), pd.DataFrame(centres, index=pairs.centres), used
    )


def _weighted(
    pairs: Pairs, people: Floats, offered: Floats, rules: DecayRules, form: int, *, squared: bool
) -> tuple[Columns, Columns]:
    """Columns of places and of centres."""
    weights = counting_weights(pairs.cost, rules, squared=squared)
    lists = (pairs.start, pairs.centre, weights)
    load, columns, reached, number, nearest = demanded(lists, pairs.cost, people, len(pairs.centres), form)
    ratio = _ratio(offered, load)
    access = accessed(lists, ratio, columns, form)
    return (
        {"access": access, "in_reach": number, "nearest_cost": nearest},
        {"people_in_reach": load, "service_ratio": ratio, "reached_by": reached},
    )


def _alike(pairs: Pairs, people: Floats, offered: Floats, rules: DecayRules) -> tuple[Columns, Columns]:
    """The same where all within the limit count alike, in a third of the time."""
    limit = np.inf if rules.within is None else up_to(rules.within)
    near = inside(pairs.start, pairs.centre, pairs.cost, limit)
    load, reached = spread(near, people, len(pairs.centres))
    ratio = _ratio(offered, load)
    return (
        {"access": gather(near, ratio), "in_reach": np.diff(near.start), "nearest_cost": near.nearest},
        {"people_in_reach": load, "service_ratio": ratio, "reached_by": reached},
    )


def _ratio(offered: Floats, load: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(load == 0, np.nan, offered / load)


def own_rules(variant: Variant, rules: DecayRules) -> DecayRules:
    """
    Rules with the weights of a variant where none are chosen.

    Raises
    ------
    LayerError
        The variant is unknown, or has weights of its own and others are chosen, or their numbers do not fit.
    """
    if variant not in _OWN:
        raise LayerError(
            message("variant: {values}, not {value}.", values=", ".join(_OWN), value=str(variant))
        )
    own = _OWN[variant]
    if variant in _FIXED and rules.decay not in (None, own):
        raise LayerError(
            message(
                "variant: {variant} has weights of its own, not those of {decay} decay. Choose e2sfca, which takes "
                "any.",
                variant=str(variant),
                decay=str(rules.decay),
            )
        )
    if variant in _FIXED and unused(rules, own):
        raise LayerError(
            [
                message(
                    "{option}: {variant} has weights of its own, which do not use it. Choose e2sfca, which takes any "
                    "decay, or leave {option} out.",
                    option=told.values["option"],
                    variant=str(variant),
                )
                for told in unused(rules, own)
            ]
        )
    used = replace(rules, decay=rules.decay or own)
    if variant == "3sfca" and used.decay == "steps" and used.steps is None:
        used = replace(used, steps=_steps_of_wan(used.within))
    check_decay(used)
    return used


def _steps_of_wan(within: float | None) -> str:
    """Weights by cost of the three-step catchment."""
    if within is None or not 0 < within < np.inf:
        raise LayerError(
            message(
                "within: 3sfca has its weights up to a sixth, a third, half and all of a limit. Give it, above 0, or "
                "weights by cost as “steps”, such as “10: 1; 20: 0.68; 30: 0.22”."
            )
        )
    parts, weights = np.array(_WAN).T
    return "; ".join(
        f"{cost!r}: {w}" for cost, w in zip(parts_of(within, parts).tolist(), weights, strict=True)
    )


def as_pairs(costs: Pairs | pd.DataFrame, places: pd.Index, centres: pd.Index) -> Pairs:
    """
    Pairs of costs as they come, aligned with demand and supply.

    Raises
    ------
    LayerError
        Pairs are of other places or centres, or a table is refused.
    """
    if not isinstance(costs, Pairs):
        return pairs_from_costs(costs, places, centres)
    if not (costs.places.equals(places) and costs.centres.equals(centres)):
        raise LayerError(
            message(
                "costs: the pairs are of other places or centres than the demand and the supply, or in another order. "
                "Make them anew."
            )
        )
    return costs


def amount_problems(amounts: pd.Series, layer: str) -> list[Message]:
    """Amounts below 0 or without end, told by layer."""
    values = amounts.to_numpy(dtype=np.float64)
    kinds = ((values < 0).sum(), np.isinf(values).sum())
    problems = []
    if kinds[0]:
        problems.append(
            message("{layer}: {count} amounts are below 0. Correct them.", layer=layer, count=int(kinds[0]))
        )
    if kinds[1]:
        problems.append(
            message("{layer}: {count} amounts are infinite. Correct them.", layer=layer, count=int(kinds[1]))
        )
    return problems


def require_attraction(attraction: float) -> None:
    """
    Refusal of an exponent of capacities that is none.

    Raises
    ------
    LayerError
        It is below 0, above 20 or no number.
    """
    if not 0 <= attraction <= _STRONGEST:
        raise LayerError(
            message("attraction: from 0 to {most}, not {value}.", most=_STRONGEST, value=float(attraction))
        )


def attracted(supply: pd.Series, attraction: float) -> Floats:
    """
    Supply to the power of its attraction.

    Raises
    ------
    LayerError
        The exponent is below 0, above 20 or no number, or so high that a power has no end or vanishes.
    """
    require_attraction(attraction)
    with np.errstate(over="ignore"):
        found: Floats = supply.to_numpy(dtype=np.float64) ** attraction
    gone = (found == 0) & (supply.to_numpy(dtype=np.float64) > 0)
    if gone.any():
        raise LayerError(
            message(
                "attraction: with {value}, {count} capacities are too small to count. Lower it, or give capacities in "
                "a smaller unit.",
                value=float(attraction),
                count=int(gone.sum()),
            )
        )
    if np.isinf(found).any():
        raise LayerError(
            message(
                "attraction: with {value}, {count} capacities are too large to count. Lower it, or give capacities in "
                "a larger unit.",
                value=float(attraction),
                count=int(np.isinf(found).sum()),
            )
        )
    return found


def reach_of(pairs: Pairs, weights: Weights) -> pd.DataFrame:
    """By place: how many centres count, and the least cost among them (NaN if none)."""
    nobody = np.zeros(len(pairs.places))
    lists = (pairs.start, pairs.centre, weights)
    _, _, _, centres, nearest = demanded(lists, pairs.cost, nobody, len(pairs.centres), PLAIN)
    return pd.DataFrame({"in_reach": centres, "nearest_cost": nearest}, index=pairs.places)


_FORMS: Mapping[str, int] = {
    "2sfca": PLAIN,
    "e2sfca": PLAIN,
    "gaussian": PLAIN,
    "3sfca": CHOSEN,
    "m2sfca": LOST,
    "balanced": SHARED,
}
