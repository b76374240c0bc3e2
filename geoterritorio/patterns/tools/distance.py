"""Functions of distance on layers: K-density, M and m."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.layers.crs import has_geometry
from geoterritorio.layers.schema import Costs, Firms
from geoterritorio.patterns import duranton_overman, marcon_puech
from geoterritorio.patterns.envelopes import adjusted, ranges, used
from geoterritorio.patterns.rules import DistanceFunction, PatternRules, interval
from geoterritorio.patterns.sites import median_distance, sites
from geoterritorio.patterns.tools._plants import Plants, plants_of
from geoterritorio.patterns.tools._sectors import each, large_sectors, numbers, rest, said_once
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

METRES, COSTS = "metres", "costs"
_RULES = PatternRules()
_SHOWN = ("sector", "neighbours", "plants", "verdict", "p", "p_largest", "deviation", "bandwidth")
# Share of the establishments that must have a neighbour where a sector is called concentrated.
_MOST = 0.9
_SECTOR = Column("sector", "text", "Code of the sector")
_NAME = Column("sector_name", "text", "Name of the sector", required=False)
_NEIGHBOURS = Column("neighbours", "text", "Code of the sector looked at")
FUNCTIONS = Layer(
    "distance_functions",
    ("table",),
    (
        _SECTOR,
        _NAME,
        _NEIGHBOURS,
        Column("distance", "number", "Distance, in metres or in the unit of the costs"),
        Column("value", "number", "Value of the function"),
        Column("mean", "number", "Mean of the function if establishments were placed by chance"),
        Column("low", "number", "Lower end of the local band, which holds at this distance alone"),
        Column("high", "number", "Upper end of the local band, which holds at this distance alone"),
        Column("global_low", "number", "Lower end of the global band, which holds at all distances together"),
        Column(
            "global_high", "number", "Upper end of the global band, which holds at all distances together"
        ),
        Column("gamma", "number", "Index of localisation: what is above the global band"),
        Column("psi", "number", "Index of dispersion: what is below it, where nothing is above it anywhere"),
    ),
    key=("sector", "neighbours", "distance"),
)
VERDICTS = Layer(
    "pattern_verdicts",
    ("table",),
    (
        _SECTOR,
        _NAME,
        _NEIGHBOURS,
        Column("plants", "number", "Number of establishments"),
        Column("form", "text", "Function found: k_density, m_function or m_density"),
        Column("unit", "text", "Unit of the distances: metres, or that of the costs"),
        Column(
            "verdict",
            "text",
            "localised, dispersed, neither, small (too few establishments, or with jobs that weigh) or untested",
        ),
        Column("distances", "text", "Distances at which it is localised or dispersed"),
        Column("gamma", "number", "Index of localisation, summed over distances"),
        Column("psi", "number", "Index of dispersion, summed over distances"),
        Column(
            "p",
            "number",
            "Chance of a function at least as far from the mean, all distances together (DCLF test: squares)",
        ),
        Column("q", "number", "p-value adjusted for all sectors tested (Benjamini-Hochberg)"),
        Column("p_largest", "number", "The same by the largest difference at any distance (MAD test)"),
        Column("tested", "text", "Distances that both tests look at"),
        Column("scaling", "text", "What the tests divide differences by: studentised, quantile or none"),
        Column("convention", "text", "What the error is spent on: both sides together, or each side"),
        Column("band", "text", "How the global band was found: rank or dropping"),
        Column("null", "text", "What chance is: position, location, labelling or independence"),
        Column("simulations", "number", "How often establishments were placed by chance"),
        Column("deviation", "number", "Largest deviation of the function by binning, relative to its peak"),
        Column(
            "bandwidth",
            "number",
            "Bandwidth of the density, in metres or in the unit of the costs",
            required=False,
        ),
        Column("farthest", "number", "Largest distance looked at"),
        Column("scale_error", "number", "Largest error of projected distances, as a share"),
    ),
    key=("sector", "neighbours"),
)
CONTRIBUTIONS = Layer(
    "contributions",
    ("point", "table"),
    (
        Column("firm", "text", "Identifier of the establishment"),
        _SECTOR,
        _NAME,
        _NEIGHBOURS,
        Column("distance", "number", "Distance within which neighbours count"),
        Column(
            "quotient",
            "number",
            "Share of the sector looked at around the establishment over its share in all",
        ),
    ),
    key=("firm",),
)


@dataclass(frozen=True)
class KDensityResult:
    """
    K-densities with bands, and what they say of each sector.

    Attributes
    ----------
    verdicts
        One row per sector.
    functions
        One row per sector and distance.
    rules
        How they were found.
    """

    verdicts: Annotated[pd.DataFrame, VERDICTS]
    functions: Annotated[pd.DataFrame, FUNCTIONS]
    rules: PatternRules


@dataclass(frozen=True)
class MResult:
    """
    M with bands, what it says of each sector, and what each establishment contributes.

    Attributes
    ----------
    verdicts
        One row per sector.
    functions
        One row per sector and distance.
    contributions
        One point per establishment of these sectors: the location quotient around it.
    rules
        How they were found.
    """

    verdicts: Annotated[pd.DataFrame, VERDICTS]
    functions: Annotated[pd.DataFrame, FUNCTIONS]
    contributions: Annotated[gpd.GeoDataFrame, CONTRIBUTIONS]
    rules: PatternRules


@tool
def k_density(
    firms: Firms,
    costs: Costs | None = None,
    *,
    sector: str | None = None,
    neighbours: str | None = None,
    weighted: bool = False,
    rules: PatternRules = _RULES,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> KDensityResult:
    """
    K-density: distances between establishments of a sector, beside what chance gives (Duranton and Overman).

    Where the density of distances is above its global band, establishments of the sector are more often that far apart
    than as many establishments of any sector would be: the sector is localised, and at which distances.

    Parameters
    ----------
    firms
        Register of establishments of all sectors: the places where chance may put those of the sector.
    costs
        Distances, minutes or money between establishments in place of straight lines; pairs that are not listed are
        farther than all that are.
    sector
        Code of the sector; by default each sector with enough establishments.
    neighbours
        Code of the sector whose establishments are looked at from those of the sector; by default the same.
    weighted
        Whether establishments count with their jobs.
    rules
        Distances, bands and chance.
    seed
        Seed of the placements.
    progress
        Callback.

    Returns
    -------
    result
        Functions by distance, and a verdict for each sector.

    Raises
    ------
    LayerError
        There are no points, jobs or sectors of this code, or the establishments of the sector are too few or all at one
        point.
    CRSError
        Metres cannot be measured in the layer's CRS.

    References
    ----------
    .. [1] Duranton, G. & Overman, H. G. (2005). Testing for localization using micro-geographic data. Review of
       Economic Studies 72, 1077-1106.
    """
    plants = plants_of(firms, weighted=weighted, placed=costs is None)
    costs = plants.costs(costs)
    rules = _ranged(plants, rules, costs, "k_density")
    given: dict[str, Any] = {"costs": costs, "weighted": weighted, "rules": rules}
    looked_at = large_sectors(plants, sector, rules, weighted=weighted)
    look = partial(duranton_overman.k_density, plants.points, neighbours=neighbours, **given, rng=seed)
    with said_once(plants, looked_at, neighbours, given):
        found = each(look, looked_at, progress, named=sector is not None)
    told = _Told("k_density", _unit(costs), weighted, None if sector else rules.minimum_plants)
    return KDensityResult(_verdicts(found, plants, told), _functions(found, plants), rules)


@tool
def m_function(
    firms: Firms,
    costs: Costs | None = None,
    *,
    sector: str | None = None,
    neighbours: str | None = None,
    weighted: bool = False,
    rules: PatternRules = _RULES,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> MResult:
    """
    M: the location quotient of a sector around its own establishments, by distance (Marcon and Puech).

    2 says that within this distance the sector has twice its share in all activity. It compares with the activity
    that is there, so it needs no window and no correction at its edges.

    Parameters
    ----------
    firms
        Register of establishments of all sectors: the places where chance may put those of the sector.
    costs
        Distances, minutes or money between establishments in place of straight lines; pairs that are not listed are
        farther than all that are.
    sector
        Code of the sector; by default each sector with enough establishments.
    neighbours
        Code of the sector whose establishments are looked at from those of the sector; by default the same.
    weighted
        Whether establishments count with their jobs.
    rules
        Distances, bands and chance.
    seed
        Seed of the placements.
    progress
        Callback.

    Returns
    -------
    result
        Functions by distance, a verdict for each sector, and the quotient around each establishment.

    Raises
    ------
    LayerError
        There are no points, jobs or sectors of this code, or the establishments of the sector are too few.
    CRSError
        Metres cannot be measured in the layer's CRS.

    References
    ----------
    .. [1] Marcon, E. & Puech, F. (2010). Measures of the geographic concentration of industries: improving
       distance-based methods. Journal of Economic Geography 10, 745-762.
    """
    plants = plants_of(firms, weighted=weighted, placed=costs is None)
    costs = plants.costs(costs)
    rules = _ranged(plants, rules, costs, "m_function")
    given: dict[str, Any] = {"costs": costs, "weighted": weighted, "rules": rules}
    looked_at = large_sectors(plants, sector, rules, weighted=weighted)
    if neighbours is None and looked_at:
        found = marcon_puech.m_functions(plants.points, looked_at, **given, rng=seed, progress=progress)
    else:
        look = partial(marcon_puech.m_function, plants.points, neighbours=neighbours, **given, rng=seed)
        with said_once(plants, looked_at, neighbours, given):
            found = each(look, looked_at, progress, named=sector is not None)
    told = _Told("m_function", _unit(costs), weighted, None if sector else rules.minimum_plants)
    return MResult(
        _verdicts(found, plants, told),
        _functions(found, plants),
        _around(plants, found, costs, weighted=weighted),
        rules,
    )


@tool
def m_density(
    firms: Firms,
    costs: Costs | None = None,
    *,
    sector: str,
    neighbours: str | None = None,
    weighted: bool = False,
    rules: PatternRules = _RULES,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> KDensityResult:
    """
    Relative density m: the location quotient of a sector at each distance from its establishments (Lang and others).

    As M, but of the neighbours at about each distance in place of all within it: it shows where a concentration ends.

    Parameters
    ----------
    firms
        Register of establishments of all sectors: the places where chance may put those of the sector.
    costs
        Distances, minutes or money between establishments in place of straight lines; pairs that are not listed are
        farther than all that are.
    sector
        Code of the sector.
    neighbours
        Code of the sector whose establishments are looked at from those of the sector; by default the same.
    weighted
        Whether establishments count with their jobs.
    rules
        Distances, bands and chance.
    seed
        Seed of the placements.
    progress
        Callback.

    Returns
    -------
    result
        Function by distance, and its verdict.

    Raises
    ------
    LayerError
        There are no points, jobs or sectors of this code, or the establishments of the sector are too few or all at one
        point.
    CRSError
        Metres cannot be measured in the layer's CRS.

    References
    ----------
    .. [1] Lang, G., Marcon, E. & Puech, F. (2020). Distance-based measures of spatial concentration: introducing a
       relative density function. Annals of Regional Science 64, 243-265.
    """
    plants = plants_of(firms, weighted=weighted, placed=costs is None)
    costs = plants.costs(costs)
    rules = _ranged(plants, rules, costs, "m_density")
    given: dict[str, Any] = {"costs": costs, "weighted": weighted, "rules": rules}
    found = marcon_puech.m_density(plants.points, sector, neighbours, **given, rng=seed, progress=progress)
    rules = replace(rules, farthest=found.table.index[-1], bandwidth=found.bandwidth)
    told = _Told("m_density", _unit(costs), weighted)
    return KDensityResult(_verdicts([found], plants, told), _functions([found], plants), rules)


def _say_idle(rules: PatternRules, costs: pd.DataFrame | None, form: str) -> None:
    """Warn of rules that have no effect on what is asked for."""
    idle = []
    if rules.mode == "fft" and form != "k_density":
        idle.append(message("mode: “fft” is one of K-density; M and m look at every pair."))
    elif rules.mode == "fft" and costs is not None:
        idle.append(
            message("mode: “fft” is one of straight lines; of a table of costs every pair is looked at.")
        )
    if rules.bandwidth is not None and form == "m_function":
        idle.append(
            message("bandwidth: M counts all within a distance and has none. Leave it out, or take m.")
        )
    for text in idle:
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


@dataclass(frozen=True)
class _Told:
    """What is found, in which unit; and from how many establishments, or those with jobs, all sectors are looked at."""

    form: str
    unit: str
    weighted: bool
    least: Count | None = None


def _unit(costs: pd.DataFrame | None) -> str:
    return METRES if costs is None else COSTS


def _ranged(plants: Plants, rules: PatternRules, costs: pd.DataFrame | None, form: str) -> PatternRules:
    """Rules with the largest distance, found once for all sectors; where it is none the measure says why."""
    _say_idle(rules, costs, form)
    if rules.farthest is not None or costs is not None:
        return rules
    return replace(rules, farthest=median_distance(sites(plants.points)) or None)


def _functions(found: Sequence[DistanceFunction], plants: Plants) -> pd.DataFrame:
    names = [c.name for c in FUNCTIONS.columns]
    tables = [f.table.reset_index().assign(sector=f.sector, neighbours=f.neighbours) for f in found]
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)
    return _titled(rows, plants, names)


def _verdicts(found: Sequence[DistanceFunction], plants: Plants, told: _Told) -> pd.DataFrame:
    rows = pd.DataFrame([_verdict(f) for f in found])
    if told.least is not None:
        others = numbers(plants, weighted=told.weighted).drop([f.sector for f in found])
        rows = pd.concat([rows, rest(others, told.least)], ignore_index=True)
    names = [c.name for c in VERDICTS.columns]
    rows = rows.reindex(columns=[n for n in names if n != "sector_name"])
    rows["q"] = adjusted(rows["p"])
    rows["form"], rows["unit"] = told.form, told.unit
    rows["scale_error"] = plants.error
    return _titled(rows, plants, names)


def _verdict(found: DistanceFunction) -> dict[str, Any]:
    index = "psi" if found.verdict == "dispersed" else "gamma"
    runs = ranges(found.table[index]) if len(found.simulated) else []
    sums = found.table[["gamma", "psi"]].sum(min_count=1)
    return {
        **{name: getattr(found, name) for name in _SHOWN},
        **{
            name: getattr(found.rules, name)
            for name in ("convention", "band", "scaling", "null", "simulations")
        },
        "distances": spans(runs, found),
        "tested": tested(found),
        "gamma": sums["gamma"],
        "psi": sums["psi"],
        "farthest": found.table.index[-1],
    }


def tested(found: DistanceFunction) -> str | None:
    """Distances that the tests look at, as they are told."""
    if found.verdict == "untested":
        return None
    start, end = interval(found.rules)
    value = found.table["value"]
    looked = used(value, found.simulated, start=start, end=end)
    return spans(ranges(pd.Series(looked, index=value.index)), found)


def spans(runs: Sequence[tuple[float, float]], found: DistanceFunction) -> str | None:
    """Ranges of distances as they are told: three figures that count of the largest looked at."""
    places = max(0, 2 - int(np.floor(np.log10(float(found.table.index[-1])))))
    return "; ".join(f"{_short(a, places)}\N{EN DASH}{_short(b, places)}" for a, b in runs) or None


def _short(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def _titled(rows: pd.DataFrame, plants: Plants, names: Sequence[str]) -> pd.DataFrame:
    rows["sector_name"] = rows["sector"].map(plants.names)
    empty = not len(plants.names)
    return rows[[n for n in names if n in rows.columns and not (empty and n == "sector_name")]]


def _around(
    plants: Plants, found: Sequence[DistanceFunction], costs: pd.DataFrame | None, *, weighted: bool
) -> pd.DataFrame:
    """Quotients around the establishments of each sector, at the distance at which it is most concentrated."""
    parts, reach = [], _reach(plants.points, costs) if found else 0.0
    for function in found:
        at = _peak(function, reach)
        other = None if function.neighbours == function.sector else function.neighbours
        quotients = marcon_puech.contributions(
            plants.points, function.sector, other, distance=at, costs=costs, weighted=weighted
        )
        parts.append(
            quotients.rename_axis("firm")
            .reset_index()
            .assign(sector=function.sector, neighbours=function.neighbours, distance=at)
        )
    names = [c.name for c in CONTRIBUTIONS.columns]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    rows = _titled(rows, plants, names)
    firms = plants.layer
    if not has_geometry(firms):
        return rows
    shapes = pd.Series(firms.geometry.to_numpy(), index=plants.points.index)
    geometry = gpd.GeoSeries(shapes.reindex(rows["firm"]).to_numpy(), crs=firms.crs)
    return gpd.GeoDataFrame(rows.assign(firm=rows["firm"].astype(str)), geometry=geometry)


def _peak(function: DistanceFunction, reach: float) -> float:
    """Distance at which the sector is most concentrated, of those at which nearly all have a neighbour."""
    table = function.table[function.table.index >= min(reach, function.table.index[-1])]
    strength = table["gamma"].where(table["gamma"] > 0, np.nan)
    strength = strength if strength.notna().any() else table["value"]
    return float(strength.idxmax()) if strength.notna().any() else float(table.index[-1])


def _reach(points: pd.DataFrame, costs: pd.DataFrame | None) -> float:
    """Distance within which nine in ten establishments have a neighbour."""
    if costs is not None:
        others = costs[costs["origin"] != costs["destination"]]
        # A pair listed in one direction only costs the same in the other.
        ends = [others[["cost"]].set_axis(others[side].to_numpy()) for side in ("origin", "destination")]
        nearest = pd.concat(ends).groupby(level=0)["cost"].min().to_numpy()
    else:
        place = points[["x", "y"]].to_numpy()
        nearest = cKDTree(place).query(place, k=2)[0][:, 1]
    return float(np.quantile(nearest, _MOST)) if len(nearest) else 0.0
