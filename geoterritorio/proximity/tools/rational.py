"""Rational agent access on layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError
from geoterritorio.layers.schema import FLAGS, Centres, Costs, Population
from geoterritorio.proximity import rational
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.rational import RationalAccess, RationalRules, unknown_problems
from geoterritorio.proximity.tools._ends import Ends, ends_of, ordered, placed
from geoterritorio.registry import Column, Layer, Progress, Ratio, no_progress, tool

_RULES = RationalRules()
RATIONAL_COSTS = Layer(
    "rational_costs",
    ("point", "polygon", "table"),
    (
        Column("place", "text", "Identifier of the place"),
        Column("territory", "text", "Territory in which the place lies", required=False),
        Column("population", "number", "People, or demand, at the place"),
        Column(
            "rational_cost",
            "number",
            "Travel over tau plus crowding, the lower the better; empty where nothing is within reach",
        ),
        Column("reached", "text", "Whether any centre is within reach: yes or no", options=FLAGS),
        Column("in_reach", "number", "Centres within reach"),
        Column("nearest_cost", "number", "Cost to the nearest of them; empty where there is none"),
    ),
    key=("place",),
)
CROWDING = Layer(
    "crowding",
    ("point", "polygon", "table"),
    (
        Column("centre", "text", "Identifier of the centre"),
        Column("name", "text", "Name of the centre", required=False),
        Column("capacity", "number", "What it offers; 1 where no capacities are given"),
        Column("people_served", "number", "People who go there"),
        Column(
            "congestion", "number", "People per unit of capacity over the usual load; empty without capacity"
        ),
        Column("reached_by", "number", "Places that reach it"),
    ),
    key=("centre",),
)
REST = Layer(
    "rational_summary",
    ("table",),
    (
        Column("measured", "text", "What costs are: straight lines, or a table of costs"),
        Column("within", "number", "Largest cost that counts; empty where all listed do"),
        Column("tau", "number", "Cost of travel that weighs as much as the usual load"),
        Column("usual_load", "number", "People per unit of supply at which crowding costs 1"),
        Column("pairs", "number", "Pairs of place and centre with a cost"),
        Column("pairs_beyond", "number", "Rows of costs of other places or centres, not used"),
        Column("places", "number", "Places"),
        Column("places_listed", "number", "Places with a cost to any centre"),
        Column("people", "number", "People, where known"),
        Column("centres_found", "number", "Centres"),
        Column("capacity", "number", "What they offer together, where known"),
        Column("mean_cost", "number", "Mean of travel over tau plus crowding, over people"),
        Column("rounds", "number", "Rounds of the search"),
        Column(
            "converged", "text", "Whether nobody would gain more than the tolerance: yes or no", options=FLAGS
        ),
        Column("remaining_gain", "number", "The most that anyone would still gain by going elsewhere"),
        Column("scale_error", "number", "Largest error of projected distances, as a share"),
    ),
)


@dataclass(frozen=True)
class RationalAccessResult:
    """
    Costs of places and crowding of centres, once nobody would gain by going elsewhere.

    Attributes
    ----------
    access
        Places with what travel and crowding cost their people.
    centres
        Centres with the people who go there.
    summary
        How it was found, and how near to rest it is.
    rules
        Rules used.
    """

    access: Annotated[gpd.GeoDataFrame, RATIONAL_COSTS]
    centres: Annotated[gpd.GeoDataFrame, CROWDING]
    summary: Annotated[pd.DataFrame, REST]
    rules: RationalRules


@tool
def rational_agent_access(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    tau: Ratio,
    rules: RationalRules = _RULES,
    progress: Progress = no_progress,
) -> RationalAccessResult:
    """
    Rational agent access (RAAM): what travel and crowding cost people who choose where to go.

    Everybody goes to the centre where travel and crowding together cost least, knowing where the others go, until
    nobody would gain by going elsewhere. A place's cost is travel over tau plus people per unit of supply over the
    usual load: the lower the better, and 1 is the usual load without any travel. Unlike floating catchments it counts
    nobody twice, and no step parts near from far. It has no sampling error; it is as true as the costs and tau: try
    several.

    Parameters
    ----------
    demand
        Places with their people, as points, areas or, with costs, a table.
    supply
        Centres with their capacity; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines up to the
        limit, from a point within each area.
    tau
        Cost of travel that people take on to avoid the usual load of a centre: metres for straight lines, otherwise the
        unit of the costs. The authors take 60 minutes.
    rules
        Where people may go, what crowding is, and when the search ends.
    progress
        Callback.

    Returns
    -------
    result
        Costs of places, crowding of centres, summary.

    Raises
    ------
    LayerError
        Identifiers are missing or do not agree, straight lines have no limit, amounts are unknown or negative, people
        have no centre with supply within reach, or tau or the rules are refused.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Saxon, J. & Snow, D. (2020). A rational agent model for the spatial accessibility of primary health care.
       Annals of the American Association of Geographers 110, 205-222.
    """
    problems = unknown_problems(demand["population"], _offered(supply))
    if problems:
        raise LayerError(problems)
    # Nothing decays here; a form that goes on keeps away the word that the end of the table is the limit.
    limit = DecayRules("power", within=rules.within)
    ends = ends_of(demand, supply, costs, limit)
    found = rational.rational_agent_access(
        ends.people, ends.capacity, ends.pairs, tau=tau, rules=rules, progress=progress
    )
    places = found.places.rename_axis("place").assign(population=ends.people)
    places["reached"] = np.where(places["in_reach"] > 0, FLAGS[0], FLAGS[1])
    centres = found.centres.rename_axis("centre").assign(capacity=ends.capacity)
    return RationalAccessResult(
        placed(places, ends.places, "place", RATIONAL_COSTS),
        placed(centres, ends.centres, "centre", CROWDING),
        ordered(_summary(found, ends, limit, tau), REST),
        rules,
    )


def _offered(supply: pd.DataFrame) -> pd.Series:
    return supply["capacity"] if "capacity" in supply.columns else pd.Series(1.0, index=supply.index)


def _summary(found: RationalAccess, ends: Ends, limit: DecayRules, tau: float) -> pd.DataFrame:
    mean = float((ends.people * found.places["rational_cost"]).sum() / ends.people.sum())
    row = ends.summary(
        limit,
        tau=tau,
        usual_load=found.usual_load,
        mean_cost=mean,
        rounds=found.iterations,
        remaining_gain=found.remaining_gain,
    ).assign(converged=FLAGS[0] if found.converged else FLAGS[1])
    return row[[c.name for c in REST.columns]]
