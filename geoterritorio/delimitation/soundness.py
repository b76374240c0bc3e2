"""Checks of boundary versions: gaps and overlaps in space and in time, and slivers, as a report and as places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.delimitation._pieces import faces, mean_width
from geoterritorio.delimitation.history import BEGINNING, END, SLIVER, spans
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_areas
from geoterritorio.registry import Metres, Progress, no_progress

_SQUARE_KM = 1e6
_NOTHING = 1e-3  # metres of mean width: what rounding of coordinates leaves
_LONG = 10  # slits are as many times longer than wide at least; shorter ones are corners of a coast
_LOOK: Mapping[str, Any] = {"quad_segs": 1, "join_style": "mitre"}
SERIOUS, DOUBTFUL, NOTE = "serious", "doubtful", "note"
# In the order of the report: severity, and what it means for later work.
CHECKS = {
    "no_span": (SERIOUS, mark("Versions end before or when they begin: they are in force on no day")),
    "time_overlap": (
        SERIOUS,
        mark("Versions of one territory are in force together: figures belong to one of two outlines"),
    ),
    "time_gap": (
        DOUBTFUL,
        mark("Between two versions a territory is in force on no day: its figures of then have no outline"),
    ),
    "space_overlap": (
        SERIOUS,
        mark("Land of two territories at once: what is placed by points is in the one that sorts first"),
    ),
    "overlap_sliver": (NOTE, mark("Overlaps so thin that they come of how borders were drawn")),
    "gap": (
        SERIOUS,
        mark("Land that is nobody's for a time, or enclosed by territories and never anybody's"),
    ),
    "gap_sliver": (NOTE, mark("Gaps so thin that they come of how borders were drawn")),
    "thin_part": (
        DOUBTFUL,
        mark("Parts of a territory, apart from the rest, so thin that they are left-overs"),
    ),
}
PLACES = ("fault", "territory", "other", "valid_from", "valid_to", "area_km2", "width", "geometry")
TIMES = ("fault", "territory", "valid_from", "valid_to", "days")


@dataclass(frozen=True)
class HistoryChecks:
    """
    What is doubtful in boundary versions.

    Attributes
    ----------
    report
        One row per check: `fault`, `count`, `area_km2`, `severity`, `meaning`.
    places
        Polygons: `fault`, `territory`, `other`, the days `valid_from` and `valid_to` (empty: from the beginning, still)
        between which it is so, `area_km2` and mean `width` in metres.
    times
        Spans of time: `fault`, `territory`, `valid_from`, `valid_to`, `days`.
    """

    report: pd.DataFrame
    places: gpd.GeoDataFrame
    times: pd.DataFrame


def history_checks(
    history: gpd.GeoDataFrame, *, sliver: Metres = SLIVER, progress: Progress = no_progress
) -> HistoryChecks:
    """
    Checks of boundary versions.

    Parameters
    ----------
    history
        Versions of territories as they come: polygons with `territory`, and `valid_from` and `valid_to` if known.
    sliver
        Mean width in metres (twice the area over the perimeter) below which gaps, overlaps and parts are slivers.
    progress
        Callback.

    Returns
    -------
    checks
        Report, places and spans of time.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.

    Notes
    -----
    Gaps are looked for inside the outline of all versions together: land that some version has, on days on which none
    has it, and land enclosed by territories that none ever has, which may also be a lake. A gap that opens to the
    outside, between two neighbours, is told where it is narrower than `sliver` and ten slivers long; a wider one is not
    told from a bay. Days are those on which some version begins or ends.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> history = gpd.GeoDataFrame({"territory": ["A", "B"]}, crs=25830,
    ...     geometry=[box(0, 0, 1000, 1000), box(900, 0, 2000, 1000)])
    >>> checks = history_checks(history)
    >>> checks.report.loc[checks.report["count"] > 0, ["fault", "count", "area_km2"]].values.tolist()
    [['space_overlap', 1, 0.1]]
    """
    require_areas(history, name="history")
    rows = history.reset_index(drop=True)
    begin, end = spans(rows)
    times = _times(rows, begin, end)
    lasting = (begin < end).to_numpy()
    rows, begin, end = (part[lasting].reset_index(drop=True) for part in (rows, begin, end))
    found = [
        *_overlaps(rows, begin, end, progress),
        *_gaps(rows, begin, end),
        *_slits(rows, sliver),
        *_parts(rows, begin, end, sliver),
    ]
    places = _told(found, history.crs, sliver)
    return HistoryChecks(_report(places, times), places, times)


def _times(rows: pd.DataFrame, begin: pd.Series, end: pd.Series) -> pd.DataFrame:
    """Versions without a day, and what lies between each version and those before it."""
    order = pd.DataFrame({"territory": rows["territory"], "begin": begin, "end": end})
    empty = order[order["end"] <= order["begin"]]
    found = [("no_span", r.territory, r.begin, r.end) for r in empty.itertuples()]
    order = order[order["end"] > order["begin"]].sort_values(["territory", "begin", "end"], kind="stable")
    for territory, part in order.groupby("territory", sort=False):
        # A version may end after the one that begins next has ended: the latest end so far counts.
        latest = part["end"].cummax().shift()
        for start, stop, last in zip(part["begin"], part["end"], latest, strict=True):
            if pd.notna(last) and start > last:
                found.append(("time_gap", territory, last, start))
            elif pd.notna(last) and start < last:
                found.append(("time_overlap", territory, start, min(stop, last)))
    table = pd.DataFrame(found, columns=["fault", "territory", "begin", "end"])
    days = [
        (b - a).days if a > BEGINNING and b < END else np.nan
        for a, b in zip(table["begin"], table["end"], strict=True)
    ]
    return _dated(table.assign(days=pd.Series(days, dtype=float)))[list(TIMES)]


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    """Table with days as text, empty where they are open."""
    for column, days, far in (("valid_from", "begin", BEGINNING), ("valid_to", "end", END)):
        open_end = (table[days] == far).to_numpy()
        # one by one: a column of days would be of nanoseconds, which do not reach the open end
        text = [f"{day:%Y-%m-%d}" if pd.notna(day) else None for day in table[days]]
        table = table.assign(**{column: pd.Series(text, table.index, dtype=object).mask(open_end, None)})
    return table


Found = tuple[str, str | None, str | None, Any, Any, Any]


def _overlaps(
    rows: gpd.GeoDataFrame, begin: pd.Series, end: pd.Series, progress: Progress
) -> Iterator[Found]:
    """Land of two territories that are in force together."""
    shapes, ids = rows.geometry.to_numpy(), rows["territory"].to_numpy(dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    start = np.maximum(begin.to_numpy()[first], begin.to_numpy()[second])
    stop = np.minimum(end.to_numpy()[first], end.to_numpy()[second])
    meets = (first < second) & (start < stop) & (ids[first] != ids[second])
    first, second, start, stop = (part[meets] for part in (first, second, start, stop))
    common = shapely.intersection(shapes[first], shapes[second])
    progress(0.5, mark("Overlaps"))
    for k in np.flatnonzero(shapely.area(common) > 0):
        pair = ids[first[k]], ids[second[k]]
        yield "space_overlap", *pair, pd.Timestamp(start[k]), pd.Timestamp(stop[k]), common[k]


def _gaps(rows: gpd.GeoDataFrame, begin: pd.Series, end: pd.Series) -> Iterator[Found]:
    """Land that is nobody's: ever, or for a time."""
    shapes = rows.geometry.to_numpy()
    for polygon in faces([shapely.union_all(shapes)]):
        for k in range(shapely.get_num_interior_rings(polygon)):
            hole = shapely.Polygon(shapely.get_interior_ring(polygon, k))
            yield "gap", None, None, BEGINNING, END, hole
    days = [BEGINNING, *sorted({*begin, *end} - {BEGINNING, END}), END]
    # Before anything begins the layer tells nothing.
    days = [day for day in days if day >= begin.min()]
    for piece in _changing(shapes, begin, end):
        near = np.flatnonzero(shapely.intersects(shapes, piece))
        spent = begin.to_numpy()[near], end.to_numpy()[near]
        bare = []
        for start, stop in pairwise(days):
            there = (spent[0] <= start) & (spent[1] >= stop)
            bare.append((start, stop, shapely.difference(piece, shapely.union_all(shapes[near[there]]))))
        yield from _lasting(bare)


def _slits(rows: gpd.GeoDataFrame, sliver: float) -> Iterator[Found]:
    """Long land of nobody between two territories, narrower than a sliver, that opens to the outside."""
    if sliver == 0:
        return
    shapes, ids = rows.geometry.to_numpy(), rows["territory"].to_numpy(dtype=object)
    parts = faces([shapely.union_all(shapes)])
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))
    # Two buffers of half a sliver close what is narrower; a little more, so that one of just that width counts.
    half = sliver / 2 * (1 + _NOTHING)
    closed = shapely.buffer(shapely.buffer(filled, half, **_LOOK), -half, **_LOOK)
    pieces = faces([shapely.difference(closed, filled)])
    pieces = pieces[(mean_width(pieces) > _NOTHING) & (shapely.length(pieces) > 2 * _LONG * sliver)]
    piece, near = shapely.STRtree(shapes).query(pieces, predicate="dwithin", distance=_NOTHING)
    for k, slit in enumerate(pieces):
        if len(set(ids[near[piece == k]])) > 1:
            yield "gap", None, None, BEGINNING, END, slit


def _lasting(bare: list[tuple[Any, Any, Any]]) -> Iterator[Found]:
    """Gaps from their first day to their last, where the same land lies bare in spans that follow each other."""
    since, hole = None, shapely.Polygon()
    for start, stop, now in [*bare, (END, END, shapely.Polygon())]:
        if shapely.area(shapely.symmetric_difference(hole, now)) < _NOTHING:
            last = stop
            continue
        if not shapely.is_empty(hole):
            yield "gap", None, None, since, last, hole
        since, last, hole = start, stop, now


def _changing(shapes: Any, begin: pd.Series, end: pd.Series) -> Any:
    """Land that changes on some day from somebody's to nobody's or back: where gaps in time can be."""
    found = []
    for day in sorted({*begin[begin > begin.min()], *end[end < END]}):
        ended = shapely.union_all(shapes[(end == day).to_numpy()])
        begun = shapely.union_all(shapes[(begin == day).to_numpy()])
        found.append(shapely.symmetric_difference(ended, begun))
    pieces = faces(found) if found else np.array([], dtype=object)
    kept: list[Any] = []
    # What changed twice is looked at once; what changed apart stays apart.
    for piece in pieces[mean_width(pieces) > _NOTHING]:
        rest = faces([shapely.difference(piece, shapely.union_all(kept))])
        kept += list(rest[mean_width(rest) > _NOTHING])
    return np.array(kept, dtype=object)


def _parts(rows: gpd.GeoDataFrame, begin: pd.Series, end: pd.Series, sliver: float) -> Iterator[Found]:
    """Thin parts of territories of several parts."""
    parts, row = shapely.get_parts(rows.geometry.to_numpy(), return_index=True)
    several = np.bincount(row, minlength=len(rows))[row] > 1
    for k in np.flatnonzero(several & (mean_width(parts) < sliver)):
        at = row[k]
        yield "thin_part", rows["territory"].iloc[at], None, begin.iloc[at], end.iloc[at], parts[k]


def _told(found: list[Found], crs: Any, sliver: float) -> gpd.GeoDataFrame:
    table = pd.DataFrame(found, columns=["fault", "territory", "other", "begin", "end", "geometry"])
    table["geometry"] = [shapely.multipolygons(list(faces([g]))) for g in table["geometry"]]
    places = gpd.GeoDataFrame(_dated(table), geometry="geometry", crs=crs)
    places["width"] = mean_width(places.geometry.to_numpy())
    places["area_km2"] = places.area / _SQUARE_KM
    places = places[places["width"] > _NOTHING]
    thin = (places["width"] < sliver).to_numpy()
    slivers = places["fault"].map({"space_overlap": "overlap_sliver", "gap": "gap_sliver"})
    places["fault"] = slivers.where(thin & slivers.notna(), places["fault"]).astype(object)
    rank = places["fault"].map({name: k for k, name in enumerate(CHECKS)})
    order = pd.DataFrame({"rank": rank, "area": -places["area_km2"]}).sort_values(["rank", "area"]).index
    return places.loc[order, list(PLACES)].reset_index(drop=True)


def _report(places: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    every = pd.concat([places["fault"], times["fault"]]).astype(object)
    counts = every.value_counts()
    timed = {"no_span", "time_overlap", "time_gap"}
    area = places.groupby("fault")["area_km2"].sum()
    return pd.DataFrame(
        [
            (
                name,
                int(counts.get(name, 0)),
                np.nan if name in timed else float(area.get(name, 0.0)),
                severity,
                meaning,
            )
            for name, (severity, meaning) in CHECKS.items()
        ],
        columns=["fault", "count", "area_km2", "severity", "meaning"],
    )
