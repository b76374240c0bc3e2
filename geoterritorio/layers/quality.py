"""What is doubtful in a register of establishments: where they are, how large, what, since when, twice."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import has_geometry
from geoterritorio.layers.dates import earliest, exactness, latest, parse_dates
from geoterritorio.layers.headquarters import booked_at_headquarters
from geoterritorio.layers.schema import DOUBTFUL, QUALITY, DoubtfulFirms, Quality
from geoterritorio.layers.size_names import class_bounds, strange_classes
from geoterritorio.registry import Progress, no_progress

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

SERIOUS, DOUBT, NOTE, UNTESTED = "serious", "doubtful", "note", "untested"
_METRES_A_DEGREE = 111_320.0
_NORMAL_MAD = 1.4826  # a normal distribution's standard deviation in median absolute deviations
_LEAST_SPREAD = np.log(1.5)  # where most establishments have one size, half as many jobs again is no outlier
_DAY = len("2025-12-31")
_HALF = 0.5


@dataclass(frozen=True)
class QualityRules:
    """
    When something in a register counts as doubtful.

    Attributes
    ----------
    stack
        Establishments on exactly one point from which on the point is taken for the middle of a place, not an address.
    tolerance
        Distance in metres up to which a point stands on a territory's centroid or representative point.
    step
        Coordinates that are both multiples of this many metres (in degrees, of the like power of ten) are rounded.
    headquarters_share
        Share of its enterprise's jobs from which on a headquarters is taken to be where they are booked, if most of
        the enterprise's other establishments have none or an unknown number.
    chance
        Chance, up to which it is taken for booking, that an enterprise has a headquarters at least as large and one
        job at most at each other establishment, were all drawn at random from their sectors.
    size_z
        Robust deviations of the logarithm of size from the sector's median beyond which a size is implausible. Sizes
        are skewed: were they Pareto distributed with exponent 1, 7 deviations would be passed by 1 in 300.
    min_sector
        Establishments that a sector needs before its sizes are compared.
    warn_share
        Share of establishments that are not where they are, from which on it is warned about.
    size_classes
        Lowest and highest number of jobs of size classes whose names do not say them.
    heap
        Share of the known opening dates from which on one month or day is taken for a date of entry, not of opening.
    on
        Day that the register describes, as text; today by default.
    """

    stack: int = 20
    tolerance: float = 1.0
    step: float = 100.0
    headquarters_share: float = 0.8
    chance: float = 0.001
    size_z: float = 7.0
    min_sector: int = 20
    warn_share: float = 0.01
    size_classes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    heap: float = 0.1
    on: str | None = None


@dataclass(frozen=True)
class RegisterQuality:
    """
    Quality of a register: what was found, and in which rows.

    Attributes
    ----------
    summary
        One row per check: how many establishments, their share and jobs, how serious it is and what it means.
    doubtful
        Establishments with a serious or doubtful finding, and the names of the checks that found them.
    rules
        When something counted as doubtful.
    """

    summary: Quality
    doubtful: DoubtfulFirms
    rules: QualityRules


@dataclass(frozen=True)
class _Case:
    """A register with what several checks need."""

    firms: pd.DataFrame
    territories: gpd.GeoDataFrame | None
    rules: QualityRules
    x: Floats
    y: Floats
    metre: float  # of the CRS, in its unit

    def has(self, *columns: str) -> bool:
        """Whether all columns are there and not wholly empty."""
        return all(c in self.firms.columns and bool(self.firms[c].notna().any()) for c in columns)

    @property
    def placed(self) -> Mask:
        return np.isfinite(self.x) & np.isfinite(self.y)


@dataclass(frozen=True)
class _Check:
    name: str
    severity: str
    meaning: str
    find: Callable[[_Case], Mask | None]


def register_quality(
    firms: pd.DataFrame,
    territories: gpd.GeoDataFrame | None = None,
    *,
    rules: QualityRules | None = None,
    progress: Progress = no_progress,
) -> RegisterQuality:
    r"""
    Doubtful rows of a register, counted and listed.

    Parameters
    ----------
    firms
        Register, checked as `REGISTER` (sectors may be missing, identifiers repeated): points or a table.
    territories
        Polygons in which the establishments should lie, any CRS; without them nothing is outside or on a centroid.
    rules
        When something counts as doubtful.
    progress
        Callback.

    Returns
    -------
    quality
        Summary, doubtful rows, rules.

    Warns
    -----
    GeoterritorioWarning
        If establishments stand on the middle of a territory or of a place: distances between them are false.

    Notes
    -----
    A size :math:`s` in a sector is implausible when

    .. math:: \frac{|\ln s - m|}{1.4826\,\max(d, \bar d, \ln 1.5)} > z,

    with the sector's median :math:`m` and median absolute deviation :math:`d` of log sizes, and that of all sectors,
    :math:`\bar d`.

    References
    ----------
    .. [1] Rousseeuw, P. J. & Croux, C. (1993). Alternatives to the median absolute deviation. Journal of the American
       Statistical Association 88, 1273-1283.

    Examples
    --------
    >>> register = pd.DataFrame({"firm": ["1", "1", "2"], "sector": ["47", None, "56"], "territory": ["a", "a", "b"]})
    >>> found = register_quality(register)
    >>> found.doubtful[["firm", "problems"]].values.tolist()
    [['1', 'repeated_identifier'], ['1', 'repeated_identifier; no_sector']]
    """
    case = _case(firms, territories, rules or QualityRules())
    masks: dict[str, Mask | None] = {}
    for i, check in enumerate(_CHECKS):
        masks[check.name] = check.find(case)
        progress((i + 1) / len(_CHECKS))
    _warn_misplaced(masks, len(firms), case.rules)
    return RegisterQuality(_summary(firms, masks), _doubtful(firms, masks), case.rules)


def _case(firms: pd.DataFrame, territories: gpd.GeoDataFrame | None, rules: QualityRules) -> _Case:
    x, y = np.full((2, len(firms)), np.nan)
    metre = 1.0
    if isinstance(firms, gpd.GeoDataFrame) and has_geometry(firms):
        points = firms.geometry.to_numpy()
        there = ~(shapely.is_missing(points) | shapely.is_empty(points))
        x, y = shapely.get_x(points, where=there, out=x), shapely.get_y(points, where=there, out=y)
        if firms.crs is not None and CRS(firms.crs).is_geographic:
            metre = 1 / _METRES_A_DEGREE
        if territories is not None and firms.crs is not None:
            territories = territories.to_crs(firms.crs)
    return _Case(firms, territories, rules, x, y, metre)


def _summary(firms: pd.DataFrame, masks: Mapping[str, Mask | None]) -> pd.DataFrame:
    jobs = firms["employment"].to_numpy(dtype=float) if "employment" in firms.columns else None
    rows = []
    for check in _CHECKS:
        mask = masks[check.name]
        tested = mask is not None
        count = float(np.count_nonzero(mask)) if mask is not None else np.nan
        known = mask is not None and jobs is not None
        rows.append(
            {
                "check": check.name,
                "count": count,
                "share": count / len(firms) if len(firms) else np.nan,
                "employment": float(np.nansum(jobs[mask])) if known and jobs is not None else np.nan,
                "severity": check.severity if tested else UNTESTED,
                "meaning": check.meaning,
            }
        )
    return pd.DataFrame(rows, columns=[c.name for c in QUALITY.columns])


def _doubtful(firms: pd.DataFrame, masks: Mapping[str, Mask | None]) -> Any:
    grave = np.zeros(len(firms), dtype=bool)
    for check in _CHECKS:
        mask = masks[check.name]
        if mask is not None and check.severity != NOTE:
            grave |= mask
    texts = np.full(np.count_nonzero(grave), "", dtype=object)
    for check in _CHECKS:
        mask = masks[check.name]
        if mask is not None:
            # Plain text addition on object arrays: only found rows are touched.
            texts[mask[grave]] += f"; {check.name}"
    chosen = firms.loc[grave].reset_index(drop=True)
    chosen["problems"] = pd.Series(texts, dtype=object).str.removeprefix("; ").astype(object)
    first = [c.name for c in DOUBTFUL.columns if c.name in chosen.columns]
    return chosen[[*first, *(c for c in chosen.columns if c not in first)]]


def _warn_misplaced(masks: Mapping[str, Mask | None], total: int, rules: QualityRules) -> None:
    """Say so where distances between establishments would be false."""
    found = [m for name in ("on_centroid", "stacked", "imprecise") if (m := masks[name]) is not None]
    count = int(np.count_nonzero(np.logical_or.reduce(found))) if found else 0
    if count and count >= rules.warn_share * total:
        text = message(
            "firms: establishments placed on the middle of a territory or place, not where they are: {count} "
            "({percent} %). Distances between establishments are false for them: K, M, colocation and reach would "
            "find concentration that the coding made. Place them by address, or work with territories.",
            count=count,
            percent=round(100 * count / total, 1),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _no_place(case: _Case) -> Mask:
    named = case.firms["territory"].notna().to_numpy() if "territory" in case.firms.columns else False
    return np.asarray(~case.placed & ~np.asarray(named))


def _outside(case: _Case) -> Mask | None:
    if case.territories is None or not case.placed.any():
        return None
    if not case.territories.geom_type.isin(["Polygon", "MultiPolygon"]).any():
        return None
    found = assign(case.firms.geometry, case.territories)
    return np.asarray(case.placed & (found.position < 0))


def _elsewhere(case: _Case) -> Mask | None:
    """Points that lie in another territory than the register says."""
    if case.territories is None or not case.has("territory") or _outside(case) is None:
        return None
    found = assign(case.firms.geometry, case.territories)
    said = case.firms["territory"]
    there = (found.position >= 0) & said.notna().to_numpy()
    return np.asarray(there & (found.territory.to_numpy(dtype=object) != said.to_numpy(dtype=object)))


def _imprecise(case: _Case) -> Mask | None:
    if not case.has("precision"):
        return None
    return np.asarray(case.firms["precision"].isin(["place", "centroid"]))


def _on_centroid(case: _Case) -> Mask | None:
    if case.territories is None or not case.placed.any() or case.territories.empty:
        return None
    tree = cKDTree(_middles(case.territories))
    on = np.zeros(len(case.x), dtype=bool)
    rows = np.flatnonzero(case.placed)
    reach = case.rules.tolerance * case.metre
    distance, _ = tree.query(np.column_stack([case.x[rows], case.y[rows]]), distance_upper_bound=reach)
    on[rows] = np.isfinite(distance)
    return on


def _middles(territories: gpd.GeoDataFrame) -> Floats:
    """Centroids and representative points, as drawn in the CRS at hand and in degrees."""
    sets = []
    for crs in (territories.crs, 4326):
        shapes = (territories.to_crs(crs) if territories.crs is not None else territories).geometry.to_numpy()
        for points in (shapely.centroid(shapes), shapely.point_on_surface(shapes)):
            series = gpd.GeoSeries(points, crs=crs if territories.crs is not None else None)
            sets.append(series.to_crs(territories.crs) if territories.crs is not None else series)
    points = pd.concat([s[~s.isna() & ~s.is_empty] for s in sets])
    return np.column_stack([points.x, points.y])


def _crowd(case: _Case) -> npt.NDArray[np.int64]:
    """Number of establishments on exactly the point of each; 0 without one."""
    place = pd.DataFrame({"x": case.x, "y": case.y})
    sizes = place.groupby(["x", "y"], sort=False)["x"].transform("size").fillna(0)
    return np.asarray(sizes, dtype=np.int64)


def _stacked(case: _Case) -> Mask | None:
    return _crowd(case) >= case.rules.stack if case.placed.any() else None


def _coincident(case: _Case) -> Mask | None:
    return _crowd(case) > 1 if case.placed.any() else None


def _rounded(case: _Case) -> Mask | None:
    """Both coordinates on a coarse lattice: multiples of the step, in degrees of the like power of ten."""
    if not case.placed.any():
        return None
    step = case.rules.step
    if case.metre < 1:
        step = float(10 ** np.round(np.log10(step * case.metre)))
    x, y = case.x / step, case.y / step
    with np.errstate(invalid="ignore"):
        near = 1e-6
        return (np.abs(x - np.round(x)) < near) & (np.abs(y - np.round(y)) < near)


def _booked(case: _Case) -> Mask | None:
    if not case.has("group", "employment"):
        return None
    rules = case.rules
    return booked_at_headquarters(
        case.firms, share=rules.headquarters_share, chance=rules.chance, min_sector=rules.min_sector
    )


def _implausible(case: _Case) -> Mask | None:
    if not case.has("employment", "sector"):
        return None
    size = case.firms["employment"].to_numpy(dtype=float)
    logs = pd.Series(np.log(np.where(size > 0, size, np.nan)))
    sector = pd.factorize(case.firms["sector"])[0]
    by = logs[sector >= 0].groupby(sector[sector >= 0])
    deviation = (logs - by.transform("median")).abs()
    spread = deviation[sector >= 0].groupby(sector[sector >= 0]).transform("median")
    scale = _NORMAL_MAD * spread.clip(lower=max(float(deviation.median()), float(_LEAST_SPREAD)))
    enough = by.transform("count") >= case.rules.min_sector
    return np.asarray((deviation / scale > case.rules.size_z) & enough.reindex(logs.index, fill_value=False))


def _contradicted(case: _Case) -> Mask | None:
    if not case.has("employment", "size_class"):
        return None
    low, high = class_bounds(case.firms["size_class"], names=case.rules.size_classes)
    if np.isnan(low).all():
        return None
    size = case.firms["employment"].to_numpy(dtype=float)
    # Jobs may be averages over a year: 10.4 jobs are in the class from 10 to 49, and 9.6 as well.
    return np.asarray((size <= low - _HALF - 1e-9) | (size > high + _HALF + 1e-9))


def _unknown_class(case: _Case) -> Mask | None:
    if not case.has("size_class"):
        return None
    return np.isnan(class_bounds(case.firms["size_class"], names=case.rules.size_classes)[0])


def _implausible_class(case: _Case) -> Mask | None:
    """Classes strange for their sectors, where jobs, which would tell more, are unknown."""
    if not case.has("size_class", "sector"):
        return None
    low, high = class_bounds(case.firms["size_class"], names=case.rules.size_classes)
    if np.isnan(low).all():
        return None
    strange = strange_classes(low, high, case.firms["sector"], min_sector=case.rules.min_sector)
    jobs = case.firms["employment"].isna().to_numpy() if "employment" in case.firms.columns else True
    return np.asarray(strange & jobs)


def _repeated(case: _Case) -> Mask | None:
    if not case.has("firm"):
        return None
    firm = case.firms["firm"]
    return np.asarray(firm.duplicated(keep=False) & firm.notna())


def _twins(case: _Case) -> Mask | None:
    """Establishments of one name (without names: one size and day of opening), sector and point (or territory)."""
    if not case.has("sector"):
        return None
    if not case.has("name"):
        return _nameless_twins(case)
    name = case.firms["name"].astype("string").str.casefold().str.split().str.join(" ")
    place: dict[str, Any] = {"x": case.x, "y": case.y} if case.placed.any() else {}
    if not place and not case.has("territory"):
        return None
    keys = pd.DataFrame({"name": name.to_numpy(), "sector": case.firms["sector"].to_numpy(), **place})
    keys["territory"] = None if place else case.firms["territory"].to_numpy()
    there = keys["name"].notna() & (case.placed if place else keys["territory"].notna())
    return np.asarray(keys.duplicated(keep=False) & there)


def _nameless_twins(case: _Case) -> Mask | None:
    if not case.has("employment", "opened") or not case.placed.any():
        return None
    keys = pd.DataFrame({"x": case.x, "y": case.y})
    for column in ("sector", "employment", "opened"):
        keys[column] = case.firms[column].to_numpy()
    # A year or month of opening is shared by many; a day with sector, size and point is hardly chance.
    whole_day = (
        case.firms["opened"].astype("string").str.len().eq(_DAY).fillna(value=False).to_numpy(dtype=bool)
    )
    there = keys.notna().all(axis=1).to_numpy() & case.placed & whole_day
    # Rows that cannot be compared differ from all others by their own number.
    keys["apart"] = np.where(there, -1, np.arange(len(keys)))
    return np.asarray(keys.duplicated(keep=False) & there)


def _no_sector(case: _Case) -> Mask:
    if "sector" not in case.firms.columns:
        return np.ones(len(case.firms), dtype=bool)
    return np.asarray(case.firms["sector"].isna())


def _other_level(case: _Case) -> Mask | None:
    """Sector codes that are longer or shorter than most: another level, or a leading zero lost."""
    if not case.has("sector"):
        return None
    codes, names = pd.factorize(case.firms["sector"])
    lengths = np.array([len(re.sub(r"[^0-9A-Za-z]", "", str(n))) for n in names] + [0])[codes]
    known = codes >= 0
    usual = np.bincount(lengths[known]).argmax()
    return np.asarray(known & (lengths != usual))


def _backwards(case: _Case) -> Mask | None:
    if not case.has("opened", "closed"):
        return None
    return np.asarray(latest(case.firms["closed"]) < earliest(case.firms["opened"]))


def _future(case: _Case) -> Mask | None:
    if not case.has("opened"):
        return None
    last = latest(_day(case.rules.on)).iloc[0]
    return np.asarray(earliest(case.firms["opened"]) > last)


def _heaped(case: _Case) -> Mask | None:
    """Opening days or months that a large share of the register has in common."""
    if not case.has("opened"):
        return None
    opened = case.firms["opened"]
    shares = opened.map(opened.value_counts()) / opened.notna().sum()
    return np.asarray((shares >= case.rules.heap) & (exactness(opened) != "year"))


def _day(text: str | None) -> pd.Series:
    given = pd.Series([text or datetime.now(UTC).date().isoformat()], dtype=object)
    days, problems = parse_dates(given, column="on", layer="firms")
    if problems:
        raise LayerError(problems)
    return days


def _no_jobs(case: _Case) -> Mask | None:
    return np.asarray(case.firms["employment"].isna()) if case.has("employment") else None


_CHECKS = (
    _Check("no_place", SERIOUS, mark("Neither a point nor a territory: in no map and no table"), _no_place),
    _Check("outside", SERIOUS, mark("In no territory: left out of every territory's table"), _outside),
    _Check(
        "elsewhere",
        DOUBT,
        mark("In another territory than the register says: misplaced, or coded by other boundaries"),
        _elsewhere,
    ),
    _Check(
        "on_centroid",
        SERIOUS,
        mark(
            "On the centroid or representative point of a territory: distances between establishments are false"
        ),
        _on_centroid,
    ),
    _Check(
        "stacked",
        DOUBT,
        mark(
            "On one point with many others, as where a place was coded, not an address: distances may be false"
        ),
        _stacked,
    ),
    _Check(
        "imprecise",
        DOUBT,
        mark("Placed by place or territory as the register says: distances between establishments are false"),
        _imprecise,
    ),
    _Check(
        "rounded",
        DOUBT,
        mark("Coordinates rounded to a coarse lattice: short distances between establishments are false"),
        _rounded,
    ),
    _Check(
        "coincident",
        NOTE,
        mark("On exactly the point of another: a shared building, or a place coded instead of an address"),
        _coincident,
    ),
    _Check(
        "booked_at_headquarters",
        SERIOUS,
        mark(
            "Jobs of an enterprise booked at its headquarters: too many there, too few at its other establishments"
        ),
        _booked,
    ),
    _Check(
        "implausible_size",
        DOUBT,
        mark(
            "Far larger or smaller than its sector: a slip, jobs booked elsewhere, or a truly exceptional plant"
        ),
        _implausible,
    ),
    _Check("size_contradicted", DOUBT, mark("Jobs outside the size class"), _contradicted),
    _Check(
        "implausible_class",
        DOUBT,
        mark(
            "Size class far from the one of nearly all its sector, jobs unknown: a slip, or a truly exceptional plant"
        ),
        _implausible_class,
    ),
    _Check(
        "unknown_class",
        NOTE,
        mark("Size class missing or not understood: not compared with jobs or sector"),
        _unknown_class,
    ),
    _Check(
        "unknown_size",
        NOTE,
        mark("Jobs unknown: counted as an establishment, in no employment figure"),
        _no_jobs,
    ),
    _Check("repeated_identifier", SERIOUS, mark("Identifier used more than once: counted twice"), _repeated),
    _Check(
        "duplicate",
        DOUBT,
        mark(
            "Same name (or, without names, size and day of opening), sector and place: probably counted twice"
        ),
        _twins,
    ),
    _Check("no_sector", SERIOUS, mark("No sector: in the totals of territories, in no sector"), _no_sector),
    _Check(
        "sector_level",
        DOUBT,
        mark(
            "Sector code longer or shorter than most: another level of the classification, or a leading zero lost"
        ),
        _other_level,
    ),
    _Check("closed_before_opened", SERIOUS, mark("Closed before it opened"), _backwards),
    _Check(
        "heaped_dates",
        NOTE,
        mark("Opening date shared by much of the register: the date of entry in it, hardly that of opening"),
        _heaped,
    ),
    _Check("opens_in_future", DOUBT, mark("Opens after the day that the register describes"), _future),
)
# how grave what each check finds is, in the order of the report
SEVERITIES = {check.name: check.severity for check in _CHECKS}
