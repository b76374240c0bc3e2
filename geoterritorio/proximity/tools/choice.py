"""Choice on layers: market shares of centres, exponents fitted to observed choices, points between centres."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import Delaunay, QhullError

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import has_geometry, require_metres
from geoterritorio.layers.findings import distinct, listing
from geoterritorio.layers.schema import FLAGS, Centres, Costs, Flows, Population
from geoterritorio.proximity import choice, market_fit
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.market_fit import Zeros
from geoterritorio.proximity.tools._ends import ends_of
from geoterritorio.proximity.tools.access import SUMMARY
from geoterritorio.registry import Column, Layer, Level, Positive, Progress, Ratio, Share, no_progress, tool

_RULES = DecayRules()
_PLACE = Column("place", "text", "Identifier of the place")
_CENTRE = Column("centre", "text", "Identifier of the centre")
_NAME = Column("name", "text", "Name of the centre", required=False)
CHOICES = Layer(
    "choices",
    ("table",),
    (
        _PLACE,
        _CENTRE,
        Column("cost", "number", "Cost from the place to the centre"),
        Column("share", "number", "Share of the place's people who choose the centre"),
        Column("customers", "number", "Expected customers: the share times the people"),
    ),
    key=("place", "centre"),
)
MARKET_AREAS = Layer(
    "market_areas",
    ("point", "polygon", "table"),
    (
        _PLACE,
        Column("territory", "text", "Territory in which the place lies", required=False),
        Column("population", "number", "People, or demand, at the place"),
        Column("centre", "text", "Centre with the largest share; empty where none is within reach"),
        Column("name", "text", "Name of that centre", required=False),
        Column("share", "number", "Its share"),
        Column(
            "contested",
            "text",
            "Whether its share is below the least share of a market area: yes or no",
            options=FLAGS,
        ),
        Column("rivals", "number", "Equivalent number of centres of equal shares"),
        Column("in_reach", "number", "Centres within reach"),
    ),
    key=("place",),
)
MARKET_CENTRES = Layer(
    "market_centres",
    ("point", "polygon", "table"),
    (
        _CENTRE,
        _NAME,
        Column("capacity", "number", "What draws people; 1 where no capacities are given"),
        Column("customers", "number", "Expected customers"),
        Column("share", "number", "Share of all who have a centre within reach"),
        Column("first_at", "number", "Places where its share is the largest"),
        Column(
            "held_at",
            "number",
            "Places where its share is at least the least share of a market area, and above 0",
        ),
    ),
    key=("centre",),
)
TERMS = Layer(
    "choice_terms",
    ("table",),
    (
        Column("term", "text", "What draws or keeps off: a column of the centres, or the cost"),
        Column("exponent", "number", "Exponent"),
        Column("standard_error", "number", "Standard error of the exponent"),
        Column("low", "number", "Lower end of its interval"),
        Column("high", "number", "Upper end of its interval"),
        Column("t", "number", "Exponent over its standard error"),
        Column("p", "number", "Two-sided p-value of the hypothesis that the exponent is 0"),
    ),
    key=("term",),
)
FIT = Layer(
    "choice_fit",
    ("table",),
    (
        Column("r2", "number", "Share of the variance of log-centred shares that is explained"),
        Column("adjusted_r2", "number", "The same, with regard to the number of terms and places"),
        Column("f", "number", "F statistic of all terms together"),
        Column("p", "number", "p-value of the hypothesis that all exponents are 0"),
        Column("freedom", "number", "Degrees of freedom: pairs less places less terms"),
        Column("pairs", "number", "Pairs of place and centre used"),
        Column("places", "number", "Places used"),
        Column("unused", "number", "Pairs left out: no choice, or the only one of its place"),
        Column("residual_error", "number", "Residual standard error of log-centred shares"),
        Column("mean_deviation", "number", "Mean difference of fitted and observed shares"),
    ),
)
FITTED = Layer(
    "fitted_choices",
    ("table",),
    (
        _PLACE,
        _CENTRE,
        Column("observed", "number", "Observed share"),
        Column("fitted", "number", "Share by the fitted exponents"),
    ),
    key=("place", "centre"),
)
BREAK_POINTS = Layer(
    "break_points",
    ("point",),
    (
        _CENTRE,
        _NAME,
        Column("other_centre", "text", "The neighbouring centre"),
        Column("other_name", "text", "Name of the neighbouring centre", required=False),
        Column("distance", "number", "Metres between the two"),
        Column("from_centre", "number", "Metres from the first to the point at which both draw alike"),
        Column("from_other", "number", "Metres from the neighbour to that point"),
    ),
    key=("centre", "other_centre"),
)


@dataclass(frozen=True)
class HuffSharesResult:
    """
    Choices of places among centres.

    Attributes
    ----------
    areas
        Places with the centre that leads there.
    centres
        Centres with their expected customers.
    choices
        Shares of all pairs within reach.
    summary
        How they were found, and how much is within reach.
    rules
        Weights used.
    """

    areas: Annotated[gpd.GeoDataFrame, MARKET_AREAS]
    centres: Annotated[gpd.GeoDataFrame, MARKET_CENTRES]
    choices: Annotated[pd.DataFrame, CHOICES]
    summary: Annotated[pd.DataFrame, SUMMARY]
    rules: DecayRules


@dataclass(frozen=True)
class HuffFitResult:
    """
    Exponents fitted to observed choices.

    Attributes
    ----------
    exponents
        Exponents with intervals.
    fit
        How well they fit.
    fitted
        Observed and fitted shares.
    """

    exponents: Annotated[pd.DataFrame, TERMS]
    fit: Annotated[pd.DataFrame, FIT]
    fitted: Annotated[pd.DataFrame, FITTED]


@tool
def huff_shares(
    demand: Population,
    supply: Centres,
    costs: Costs | None = None,
    *,
    rules: DecayRules = _RULES,
    attraction: Ratio = 1.0,
    least_share: Share = 0.0,
    progress: Progress = no_progress,
) -> HuffSharesResult:
    """
    Market areas and expected customers of centres (Huff).

    People choose among the centres within reach in proportion to attraction over cost: the larger and nearer a centre,
    the more come, and none has a place for itself alone. The exponents decide how far large centres reach; fit them to
    observed choices where there are any.

    Parameters
    ----------
    demand
        Places with their people, or their money, as points, areas or, with costs, a table.
    supply
        Centres with their attraction as capacity, such as floor space; without it each counts as one.
    costs
        Costs from places to centres; pairs that are not listed are out of reach. Without it, straight lines up to the
        limit, from a point within each area.
    rules
        Weights; by default one over the square of the cost.
    attraction
        Exponent of the capacity.
    least_share
        Share from which on a place belongs to the market area of a centre; where even the largest is below it, the
        place is contested. By default the largest share is enough.
    progress
        Callback.

    Returns
    -------
    result
        Market areas, customers of centres, shares of pairs, summary.

    Raises
    ------
    LayerError
        Identifiers are missing or do not agree, straight lines have no limit, amounts are negative, or a cost of 0 has
        no weight.
    CRSError
        Metres cannot be measured in the layers' system.

    References
    ----------
    .. [1] Huff, D. L. (1964). Defining and estimating a trading area. Journal of Marketing 28, 34-38.
    """
    used = choice.drawing_rules(rules)
    ends = ends_of(demand, supply, costs, used)
    progress(0.5)
    found = choice.huff_shares(
        ends.people, ends.capacity, ends.pairs, rules=used, attraction=attraction, least_share=least_share
    )
    names = ends.centres["name"] if "name" in ends.centres.columns else None
    areas = found.places.assign(population=ends.people)
    centres = found.centres.assign(capacity=ends.capacity)
    if names is not None:
        areas["name"], centres["name"] = areas["centre"].map(names), names
    if "territory" in ends.places.columns:
        areas["territory"] = ends.places["territory"]
    return HuffSharesResult(
        _placed(areas.rename_axis("place"), ends.places, MARKET_AREAS),
        _placed(centres.rename_axis("centre"), ends.centres, MARKET_CENTRES),
        found.pairs,
        _columns(ends.summary(used, least_share=least_share), SUMMARY),
        used,
    )


@tool
def fit_huff(
    flows: Flows,
    supply: Centres,
    costs: Costs,
    *,
    terms: str | None = None,
    zeros: Zeros = "refuse",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> HuffFitResult:
    """
    Exponents of Huff's model from observed choices, with their errors.

    Takes who went where, and finds the exponents of capacity and cost under which shares come nearest, by regression of
    log-centred shares (Nakanishi and Cooper). The listed flows are the choices that people had: list those without
    anybody as 0.

    Parameters
    ----------
    flows
        People or money from places to centres.
    supply
        Centres with their capacity.
    costs
        Cost of each of the flows.
    terms
        Columns of the centres whose exponents are sought beside that of the cost, with semicolons between them, all
        above 0; by default the capacity.
    zeros
        Flows of 0, of which there is no logarithm: refuse, or leave out, which favours far and small centres.
    level
        Share of samples in which an interval holds the true exponent.
    progress
        Callback.

    Returns
    -------
    result
        Exponents, statistics, fitted shares.

    Raises
    ------
    LayerError
        Flows go to unknown centres, have no cost or several periods, values are missing or 0, or there are too few.

    References
    ----------
    .. [1] Nakanishi, M. & Cooper, L. G. (1974). Parameter estimation for a multiplicative competitive interaction
       model: least squares approach. Journal of Marketing Research 11, 303-311.
    """
    names = [n.strip() for n in (terms or "capacity").split(";") if n.strip()]
    observed = _observed(flows, supply, costs, names)
    progress(0.3)
    found = market_fit.fit_huff(observed, [*names, "cost"], zeros=zeros, level=level)
    fit = found.statistics.rename({"left_out": "unused", "error": "residual_error"}).to_frame().T
    return HuffFitResult(
        _columns(found.terms.reset_index(), TERMS),
        _columns(fit.reset_index(drop=True), FIT),
        _columns(found.fitted.reset_index(drop=True), FITTED),
    )


@tool
def break_points(
    centres: Centres, *, exponent: Positive = 2.0, progress: Progress = no_progress
) -> Annotated[gpd.GeoDataFrame, BREAK_POINTS]:
    """
    Points at which neighbouring centres draw alike (Reilly, Converse).

    On the straight line between two neighbouring centres, the point from which both draw as much, by their capacities
    and the power of the distance. Neighbours are those that share a border of nearest areas.

    Parameters
    ----------
    centres
        Centres with their capacity, as points or areas.
    exponent
        Power of the distance, up to 20.
    progress
        Callback.

    Returns
    -------
    points
        One for each pair of neighbours.

    Raises
    ------
    LayerError
        There are fewer than two centres, capacities or places are missing, or the exponent is not above 0 or above 20.
    CRSError
        Metres cannot be measured in the layer's system.

    Warns
    -----
    GeoterritorioWarning
        If neighbours have no capacity, both, so that no point between them draws alike.

    References
    ----------
    .. [1] Reilly, W. J. (1931). The Law of Retail Gravitation. Knickerbocker Press.
    .. [2] Converse, P. D. (1949). New laws of retail gravitation. Journal of Marketing 14, 379-384.
    """
    _require_drawing(centres)
    shapes = gpd.GeoDataFrame(centres).geometry.representative_point()
    place = np.column_stack([shapes.x, shapes.y])
    first, other = _neighbours(place)
    progress(0.5)
    way = place[other] - place[first]
    distance = np.hypot(way[:, 0], way[:, 1])
    size = centres["capacity"].to_numpy(dtype=np.float64)
    reach = choice.break_distances(size[first], size[other], distance, exponent)
    _say_no_point(centres, np.isnan(reach), first, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(distance > 0, reach / distance, reach)
    at = place[first] + way * part[:, None]
    rows = {"distance": distance, "from_centre": reach, "from_other": distance - reach}
    for end, number in (("", first), ("other_", other)):
        rows[f"{end}centre"] = centres["centre"].to_numpy()[number]
        if "name" in centres.columns:
            rows[f"{end}name"] = centres["name"].to_numpy()[number]
    points = np.where(np.isnan(reach), shapely.Point(), shapely.points(at))
    return gpd.GeoDataFrame(_columns(pd.DataFrame(rows), BREAK_POINTS), geometry=points, crs=shapes.crs)


def _observed(
    flows: pd.DataFrame, supply: pd.DataFrame, costs: pd.DataFrame, terms: list[str]
) -> pd.DataFrame:
    """Flows with the figures of their centres and their costs."""
    lost = [n for n in terms if n not in supply.columns]
    if lost:
        raise LayerError(
            message(
                "terms: the supply has no columns {values}. It has: {found}.",
                values=distinct(lost),
                found=distinct(c for c in supply.columns if c != "geometry"),
            )
        )
    rows = flows.rename(columns={"origin": "place", "destination": "centre", "flow": "observed"})
    rows = rows.merge(
        costs.rename(columns={"origin": "place", "destination": "centre"})[["place", "centre", "cost"]],
        on=["place", "centre"],
        how="left",
    )
    figures = pd.DataFrame(supply).set_index("centre")[terms].apply(pd.to_numeric, errors="coerce")
    unknown = ~rows["centre"].isin(figures.index)
    problems = [
        message(
            "flows: {count} of {number} go {what}, for example {pair}. Add them, or remove the flows.",
            count=int(flags.sum()),
            number=len(rows),
            what=what,
            pair=distinct(rows.loc[flags, ["place", "centre"]].astype(str).agg(" / ".join, axis=1)[:1]),
        )
        for flags, what in (
            (unknown, message("to a centre that is not in the supply")),
            (rows["cost"].isna() & ~unknown, message("a way of which the costs have none")),
        )
        if flags.any()
    ]
    if problems:
        raise LayerError(problems)
    return rows[["place", "centre", "observed", "cost"]].join(figures, on="centre")


def _require_drawing(centres: pd.DataFrame) -> None:
    problems = []
    least = 2
    if len(centres) < least:
        problems.append(message("centres: between fewer than two there is no point. Add centres."))
    if not has_geometry(centres) or centres.geometry.isna().any():
        problems.append(
            message("centres: points between them need a place for each. Give a layer with places.")
        )
    if "capacity" not in centres.columns or centres["capacity"].isna().any():
        problems.append(
            message(
                "centres: how they draw needs the column “capacity”, known for each. Name or complete it."
            )
        )
    if problems:
        raise LayerError(problems)
    require_metres(gpd.GeoDataFrame(centres), name="centres")


def _say_no_point(centres: pd.DataFrame, none: npt.NDArray[np.bool_], first: Any, other: Any) -> None:
    if not none.any():
        return
    names = centres["centre"].astype(str).to_numpy()
    text = message(
        "centres: of {count} of {number} pairs of neighbours both have no capacity, so that no point between them "
        "draws alike; theirs is empty: {pairs}.",
        count=int(none.sum()),
        number=len(none),
        pairs=listing(f"{names[a]} – {names[b]}" for a, b in zip(first[none], other[none], strict=True)),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _neighbours(place: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Pairs of points whose nearest areas meet; along a line, of those next to each other."""
    try:
        triangles = Delaunay(place).simplices
    except QhullError:
        order = np.lexsort((place[:, 1], place[:, 0]))
        return order[:-1], order[1:]
    edges = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
    edges = np.unique(edges, axis=0)
    return edges[:, 0], edges[:, 1]


def _placed(rows: pd.DataFrame, layer: pd.DataFrame, schema: Layer) -> Any:
    table = _columns(rows.reset_index(), schema)
    if not has_geometry(layer):
        return table
    return gpd.GeoDataFrame(table, geometry=gpd.GeoDataFrame(layer).geometry.to_numpy(), crs=layer.crs)


def _columns(rows: pd.DataFrame, schema: Layer) -> pd.DataFrame:
    return rows[[c.name for c in schema.columns if c.name in rows.columns]]
