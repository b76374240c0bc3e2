"""Access on layers: floating catchments, potential, availability, opportunities within budgets, and inequality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import distinct
from geoterritorio.layers.schema import FLAGS, Centres, Costs, Population
from geoterritorio.proximity import floating, opportunities
from geoterritorio.proximity.access_inequality import access_spread
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.floating import Variant, own_rules
from geoterritorio.proximity.tools._ends import Ends, ends_of, ordered, placed
from geoterritorio.registry import Column, Layer, Progress, Ratio, no_progress, tool

_RULES = DecayRules()
_PLACE = Column("place", "text", "Identifier of the place")
_TERRITORY = Column("territory", "text", "Territory in which the place lies", required=False)
_POPULATION = Column("population", "number", "People, or demand, at the place")
_REACH = (
    Column("reached", "text", "Whether any centre is within reach: yes or no", options=FLAGS),
    Column("in_reach", "number", "Centres within reach"),
    Column("nearest_cost", "number", "Cost to the nearest of them; empty where there is none"),
)
_RELATIVE = Column(
    "relative", "number", "Access over the mean of all people: 1 is as on average", required=False
)
ACCESS = Layer(
    "access",
    ("point", "polygon", "table"),
    (
        _PLACE,
        _TERRITORY,
        _POPULATION,
        Column("access", "number", "Supply per head, or weighted supply; 0 where nothing is within reach"),
        _RELATIVE,
        *(Column(c.name, c.dtype, c.help, required=False, options=c.options) for c in _REACH),
    ),
    key=("place",),
)
AVAILABILITY = Layer(
    "availability",
    ("point", "polygon", "table"),
    (
        _PLACE,
        _TERRITORY,
        _POPULATION,
        Column("available", "number", "Supply that is the place's own when all is shared out"),
        Column("access", "number", "Of it per head; where nobody is, what one person would have"),
        _RELATIVE,
        *_REACH,
    ),
    key=("place",),
)
OPPORTUNITIES = Layer(
    "opportunities",
    ("point", "polygon", "table"),
    (
        _PLACE,
        _TERRITORY,
        _POPULATION,
        Column("within", "number", "Largest cost that counts"),
        Column("available", "number", "Supply within it"),
        *_REACH,
    ),
    key=("place", "within"),
)
CENTRE_LOADS = Layer(
    "centre_loads",
    ("point", "polygon", "table"),
    (
        Column("centre", "text", "Identifier of the centre"),
        Column("name", "text", "Name of the centre", required=False),
        Column("capacity", "number", "What it offers; 1 where no capacities are given"),
        Column("people_in_reach", "number", "Weighted demand within its reach"),
        Column("service_ratio", "number", "Capacity over it; empty where nobody is within reach"),
        Column("reached_by", "number", "Places that reach it"),
    ),
    key=("centre",),
)
SUMMARY = Layer(
    "access_summary",
    ("table",),
    (
        Column("variant", "text", "Variant of the catchments", required=False),
        Column("measured", "text", "What costs are: straight lines, or a table of costs"),
        Column("decay", "text", "How weights fall with costs"),
        Column("within", "number", "Largest cost that counts; empty where all listed do"),
        Column("half", "number", "Cost at which the weight is one half"),
        Column("least_share", "number", "Least share of a market area", required=False),
        Column("pairs", "number", "Pairs of place and centre with a cost"),
        Column("pairs_beyond", "number", "Rows of costs of other places or centres, not used"),
        Column("places", "number", "Places"),
        Column("places_listed", "number", "Places with a cost to any centre"),
        Column("people", "number", "People, where known"),
        Column("unknown_people", "number", "Places whose people are unknown"),
        Column("centres_found", "number", "Centres"),
        Column("capacity", "number", "What they offer together, where known"),
        Column("unknown_capacity", "number", "Centres whose capacity is unknown"),
        Column("shared_out", "number", "People times access, summed: the supply that is had", required=False),
        Column("scale_error", "number", "Largest error of projected distances, as a share"),
    ),
)
_SPREAD = (
    Column("people", "number", "People whose access is known"),
    Column("unknown_people", "number", "People whose access is not known"),
    Column("access", "number", "Mean access per person"),
    Column("relative", "number", "Over the mean of all people"),
    Column("without", "number", "Share of people without any access"),
    Column("gini", "number", "Gini index of access over people: 0 is the same for all"),
    Column("theil", "number", "Theil index of access over people"),
)
GROUP_ACCESS = Layer(
    "group_access",
    ("table",),
    (
        Column("group", "text", "Group of people, all first"),
        *_SPREAD,
        Column(
            "between_territories",
            "number",
            "Share of the Theil index that lies between territories; empty without territories",
        ),
    ),
    key=("group",),
)
TERRITORY_ACCESS = Layer(
    "territory_access",
    ("table",),
    (Column("territory", "text", "Identifier of the territory"), *_SPREAD),
    key=("territory",),
)
ACCESS_CURVES = Layer(
    "access_curves",
    ("table",),
    (
        Column("group", "text", "Group of people, all first"),
        _PLACE,
        Column("people_share", "number", "Share of the people so far, those with least access first"),
        Column("access_share", "number", "Share of the access they have"),
    ),
    key=("group", "place"),
)


@dataclass(frozen=True)
class FloatingCatchmentsResult:
    """
    Access of places by floating catchments, and the load of centres.

    Attributes
    ----------
    access
        Places with their access.
    centres
        Centres with the demand within their reach.
    summary
        How it was found, and how much is within reach.
    rules
        Weights used.
    """

    access: Annotated[gpd.GeoDataFrame, ACCESS]
    centres: Annotated[gpd.GeoDataFrame, CENTRE_LOADS]
    summary: Annotated[pd.DataFrame, SUMMARY]
    rules: DecayRules


@dataclass(frozen=True)
class PotentialResult:
    """
    Potential access of places.

    Attributes
    ----------
    access
        Places with their access.
    summary
        How it was found, and how much is within reach.
    rules
        Weights used.
    """

    access: Annotated[gpd.GeoDataFrame, ACCESS]
    summary: Annotated[pd.DataFrame, SUMMARY]
    rules: DecayRules


@dataclass(frozen=True)
class AccessInequalityResult:
    """
    Inequality of access.

    Attributes
    ----------
    by_group
        Access of groups of people, all first, and how evenly it is spread over each.
    territories
        The same by territory; empty where the layer has none.
    curves
        Lorenz curves.
    """

    by_group: Annotated[pd.DataFrame, GROUP_ACCESS]
    territories: Annotated[pd.DataFrame, TERRITORY_ACCESS]
    curves: Annotated[pd.DataFrame, ACCESS_CURVES]


@tool
def floating_catchments(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    variant: Variant = "2sfca",
    rules: DecayRules = _RULES,
    per: Ratio = 1.0,
    progress: Progress = no_progress,
) -> FloatingCatchmentsResult:
    """
    Access by floating catchments: supply per head within reach, shared with all who reach it.

    Each centre divides what it offers among the people within its reach, and each place sums up what the centres within
    its own reach give. Six variants: the plain one (2sfca), with weights that fall with cost (e2sfca, gaussian), with
    places that choose among centres (3sfca), with supply lost by distance (m2sfca), and balanced, where nobody is
    counted twice. Access has no sampling error; it is as true as the costs, the limit and the weights: try others.

    Parameters
    ----------
    demand
        Places with their people, as points, areas or, with costs, a table.
    supply
        Centres with their capacity; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines up to the
        limit, from a point within each area.
    variant
        2sfca, e2sfca, 3sfca, gaussian, m2sfca or balanced.
    rules
        Weights; by default those of the variant.
    per
        People per whom access is given, such as 1000.
    progress
        Callback.

    Returns
    -------
    result
        Access of places, load of centres, summary.

    Raises
    ------
    LayerError
        Identifiers are missing or do not agree, straight lines have no limit, amounts are negative, or weights cannot
        be found.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Luo, W. & Wang, F. (2003). Measures of spatial accessibility to health care in a GIS environment. Environment
       and Planning B 30, 865-884.
    .. [2] Luo, W. & Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
       accessibility to primary care physicians. Health & Place 15, 1100-1107.
    .. [3] Paez, A., Higgins, C. D. & Vivona, S. F. (2019). Demand and level of service inflation in floating catchment
       area (FCA) methods. PLOS ONE 14, e0218773.
    """
    _require_per(per)
    used = own_rules(variant, rules)
    ends = ends_of(demand, supply, costs, used)
    progress(0.5)
    found = floating.floating_catchments(ends.people, ends.capacity, ends.pairs, variant=variant, rules=used)
    had = float((ends.people * found.places["access"]).sum())
    summary = ends.summary(used, variant=variant, shared_out=had)
    places = found.places.assign(access=per * found.places["access"])
    return FloatingCatchmentsResult(
        _places(places, ends, ACCESS), _centres(found.centres, ends), ordered(summary, SUMMARY), used
    )


@tool
def gravity_access(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    rules: DecayRules = _RULES,
    attraction: Ratio = 1.0,
    progress: Progress = no_progress,
) -> PotentialResult:
    """
    Potential access: all that is offered, the farther the less (Hansen, Stewart).

    Sums the supply of all centres, each weighted by the decay of the cost to it. Unlike floating catchments it does not
    ask who else wants the same. With people at both ends it is Stewart's potential of population.

    Parameters
    ----------
    demand
        Places with their people, as points, areas or, with costs, a table.
    supply
        Centres with their capacity; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines up to the
        limit.
    rules
        Weights; by default 1 up to the limit.
    attraction
        Exponent of the capacity.
    progress
        Callback.

    Returns
    -------
    result
        Access of places, summary.

    Raises
    ------
    LayerError
        Identifiers are missing or do not agree, straight lines have no limit, amounts are negative, or weights cannot
        be found.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American Institute of Planners 25,
       73-76.
    .. [2] Stewart, J. Q. (1942). A measure of the influence of a population at a distance. Sociometry 5, 63-71.
    """
    ends = ends_of(demand, supply, costs, rules)
    progress(0.5)
    found = opportunities.gravity_access(
        ends.places.index, ends.capacity, ends.pairs, rules=rules, attraction=attraction
    )
    return PotentialResult(_places(found, ends, ACCESS), ordered(ends.summary(rules), SUMMARY), rules)


@tool
def spatial_availability(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    rules: DecayRules = _RULES,
    progress: Progress = no_progress,
) -> Annotated[gpd.GeoDataFrame, AVAILABILITY]:
    """
    Spatial availability: opportunities shared out once, by people and cost (Soukhov and others).

    Each centre's supply is divided among the places that reach it, in proportion to their people and to the decay of
    cost; the shares of all places sum to what is offered. Per head it is the two-step floating catchment.

    Parameters
    ----------
    demand
        Places with their people, as points, areas or, with costs, a table.
    supply
        Centres with their capacity; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines up to the
        limit.
    rules
        Weights; by default 1 up to the limit.
    progress
        Callback.

    Returns
    -------
    availability
        Places with what is available to them.

    Raises
    ------
    LayerError
        Identifiers are missing or do not agree, straight lines have no limit, amounts are negative, or weights cannot
        be found.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Soukhov, A., Paez, A., Higgins, C. D. & Mohamed, M. (2023). Introducing spatial availability, a
       singly-constrained measure of competitive accessibility. PLOS ONE 18, e0278468.
    """
    ends = ends_of(demand, supply, costs, rules)
    progress(0.5)
    found = opportunities.spatial_availability(ends.people, ends.capacity, ends.pairs, rules=rules)
    return _places(found, ends, AVAILABILITY)


@tool
def opportunities_within(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    budgets: str,
    progress: Progress = no_progress,
) -> Annotated[gpd.GeoDataFrame, OPPORTUNITIES]:
    """
    Opportunities within a budget: how much is offered within so many metres or minutes.

    The plainest measure of access, and the easiest to tell: all that is within the budget counts alike, and nothing
    beyond it. Who else wants the same is not asked; compare several budgets, as places just beyond one count as having
    nothing.

    Parameters
    ----------
    demand
        Places with their people, as points, areas or, with costs, a table.
    supply
        Centres with their capacity; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines.
    budgets
        Largest costs, each itself included, with semicolons between them, such as 15; 30; 60: in metres for straight
        lines, otherwise in the unit of the costs.
    progress
        Callback.

    Returns
    -------
    opportunities
        Places with what is offered within each budget.

    Raises
    ------
    LayerError
        Budgets are no numbers above 0, identifiers are missing or do not agree, or amounts are negative.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Wachs, M. & Kumagai, T. G. (1973). Physical accessibility as a social indicator. Socio-Economic Planning
       Sciences 7, 437-456.
    """
    limits = _budgets(budgets)
    ends = ends_of(demand, supply, costs, DecayRules(within=max(limits)))
    progress(0.5)
    found = opportunities.opportunities_within(ends.places.index, ends.capacity, ends.pairs, budgets=limits)
    return _places(found.set_index("place"), ends, OPPORTUNITIES)


@tool
def access_inequality(
    access: Annotated[gpd.GeoDataFrame, ACCESS],
    *,
    groups: str | None = None,
    progress: Progress = no_progress,
) -> AccessInequalityResult:
    """
    Inequality of access between people, groups and territories (Gini, Theil, Lorenz).

    Everybody at a place is given its access, so the indices are lower bounds of what lies between persons. Who has none
    counts, at 0; those whose access is unknown are left out and counted.

    Parameters
    ----------
    access
        Places with people and access, as floating catchments and the other measures give them.
    groups
        The layer's own columns that count people of groups, with semicolons between them, such as young; old.
    progress
        Callback.

    Returns
    -------
    result
        Groups, territories, curves.

    Raises
    ------
    LayerError
        The layer has no such column, or it holds no numbers, or negative ones.

    References
    ----------
    .. [1] Delbosc, A. & Currie, G. (2011). Using Lorenz curves to assess public transport equity. Journal of
       Transport Geography 19, 1252-1259.
    """
    rows = access.set_index("place")
    people = _people(rows, groups)
    progress(0.2)
    territories = (
        rows["territory"] if "territory" in rows.columns and rows["territory"].notna().any() else None
    )
    found = access_spread(rows["access"], people, territories=territories)
    names = {"unknown": "unknown_people", "people": "people"}
    curves = found.curve.rename(columns={"people": "people_share", "access": "access_share"})
    return AccessInequalityResult(
        ordered(found.groups.rename(columns=names).reset_index(), GROUP_ACCESS),
        ordered(found.territories.rename(columns=names).reset_index(), TERRITORY_ACCESS),
        ordered(curves, ACCESS_CURVES),
    )


def _require_per(per: float) -> None:
    if not (per > 0 and np.isfinite(per)):
        raise LayerError(message("per: a number of people above 0, not {value}.", value=float(per)))


def _budgets(text: str) -> list[float]:
    try:
        limits = sorted({float(part) for part in text.split(";") if part.strip()})
    except ValueError:
        limits = []
    if not limits or not (limits[0] > 0 and np.isfinite(limits[-1])):
        raise LayerError(
            message(
                "budgets: “{value}” are no costs above 0. Write numbers with semicolons between them, such as 15; "
                "30; 60.",
                value=text,
            )
        )
    return limits


def _people(rows: pd.DataFrame, groups: str | None) -> pd.DataFrame:
    """People of all places and of groups of them."""
    names = [n.strip() for n in (groups or "").split(";") if n.strip()]
    lost = [n for n in names if n not in rows.columns]
    if lost:
        raise LayerError(
            message(
                "groups: the layer has no columns {values}. Its own columns are: {found}.",
                values=distinct(lost),
                found=distinct(c for c in rows.columns if c != "geometry"),
            )
        )
    numbers = pd.DataFrame({n: pd.to_numeric(rows[n], errors="coerce") for n in names}, index=rows.index)
    strange = [n for n in names if (numbers[n].isna() & rows[n].notna()).any()]
    if strange:
        raise LayerError(
            message(
                "groups: columns {values} hold what are no numbers. Correct them.", values=distinct(strange)
            )
        )
    return pd.DataFrame({"all": rows["population"].astype(float), **numbers}, index=rows.index)


def _places(found: pd.DataFrame, ends: Ends, schema: Layer) -> Any:
    """Results at their places, with the user's own columns after them."""
    rows = found.rename_axis("place")
    rows = rows.assign(
        population=ends.people.reindex(rows.index), reached=np.where(rows["in_reach"] > 0, FLAGS[0], FLAGS[1])
    )
    if "access" in rows.columns:
        rows["relative"] = _relative(rows["access"], ends.people)
    return placed(rows, ends.places, "place", schema)


def _centres(found: pd.DataFrame, ends: Ends) -> Any:
    rows = found.rename_axis("centre").assign(capacity=ends.capacity)
    return placed(rows, ends.centres, "centre", CENTRE_LOADS)


def _relative(access: pd.Series, people: pd.Series) -> pd.Series:
    """Access over its mean over people, of all of whom it is known."""
    known = access.notna() & people.notna()
    total = float(people[known].sum())
    mean = float((access * people)[known].sum()) / total if total > 0 else np.nan
    return access / (mean if mean > 0 else np.nan)
