"""What lies inside areas: sums of columns, and what of them is not known."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.transform import Affine

from geoterritorio.delimitation._cells import people_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import align, has_geometry, told_system
from geoterritorio.layers.findings import is_number, listing
from geoterritorio.layers.grids import Grid, as_grid
from geoterritorio.layers.partitions import Parts, each_part, hash_of
from geoterritorio.layers.schema import POPULATION_GRID
from geoterritorio.layers.working import Sums, key_of
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._faces import Shapes, solid
from geoterritorio.registry import Progress, no_progress, within

# Dimensions of what has an area.
_AREAL = 2
Mask = npt.NDArray[np.bool_]
POINTS, BY_AREA, BY_GRID, CELLS = METHODS = ("points", "by_area", "by_grid", "cells")
# What tells areas apart that have no identifier of their own: whose they are, and which of theirs.
_OWNERS, _RANKS = ("territory", "centre", "origin"), ("up_to", "part")
# Pairs of areas looked at together for land in common.
_PAIRS = 256
# Shares of a polygon, and of the cells of an area, that are rounding.
_NOTHING, _ROUNDING = 1e-12, 1e-9
# Part of a cell without a value that is none: corners of cut polygons are rounded.
_BLANK = 1e-6


@dataclass(frozen=True)
class Sources:
    """
    What is to be summed.

    Parameters
    ----------
    firms
        Establishments, at once or in parts; they are counted, and their `employment` is summed where there is one.
    population
        Points or polygons with `population`.
    grid
        People in cells. With polygons of `population`, it tells where in them their people are; alone, it is summed.
    columns
        Further columns of `population` to be summed.
    """

    firms: gpd.GeoDataFrame | Parts | None = None
    population: gpd.GeoDataFrame | None = None
    grid: Grid | None = None
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class _Pairs:
    """Rows and the areas they lie in, each with the share of it that does; NaN where that is not known."""

    row: Indices
    area: Indices
    share: Floats
    method: str


def contents(
    areas: gpd.GeoDataFrame,
    sources: Sources,
    *,
    group: Indices | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """
    Sums of columns inside areas.

    Parameters
    ----------
    areas
        Polygons in metres with `area`; without it, with what identifies the areas of other tools: `territory`,
        `centre` or `origin`, `up_to`, `part`.
    sources
        What is to be summed.
    group
        Areas of one group do not overlap: what lies on a border between them counts in the first. Without it every area
        counts by itself.
    progress
        Callback.

    Returns
    -------
    contents
        One row per area and column: `area`, `source` (layer), `figure` (column), `sum` (NaN where a part is not known),
        `known` (sum of what is known), `share` (of what is known in the layer), `counted` (rows; cells by their
        shares), `missing` (of these without a value, or whose part inside is not known), `method` (points; polygons
        by_area or by_grid; cells).

    Raises
    ------
    LayerError
        If areas are no polygons or nothing tells them apart, a layer lies nowhere, a column is missing or holds no
        numbers.

    Notes
    -----
    A polygon counts by the share of its area inside, or, with a raster, by the share of the raster's people on it that
    are inside (dasymetric weighting): people count as evenly spread within the polygon, or within the cell. Cells
    without a value, and land beyond the raster, may hold anybody: a polygon that an area cuts and that has such land
    inside has a known share there only if the raster knows that nobody is outside (1); one that has it outside, only if
    it knows that nobody is inside (0). A polygon that lies wholly inside counts with all of its amount.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> area = gpd.GeoDataFrame({"area": ["A1"]}, geometry=[box(0, 0, 100, 100)], crs=25830)
    >>> people = gpd.GeoDataFrame({"population": [80.0]}, geometry=[box(50, 0, 150, 100)], crs=25830)
    >>> contents(area, Sources(population=people))[["figure", "sum"]].to_numpy().tolist()
    [['population', 40.0]]
    """
    areas = identified(areas)
    group = np.arange(len(areas)) if group is None else group
    found = []
    if isinstance(sources.firms, Parts):
        found.append(_in_parts(areas, sources.firms, group, within(progress, 0, 0.3)))
    elif sources.firms is not None:
        layer = _placed(sources.firms, areas, "firms")
        values = {"establishments": np.ones(len(layer))}
        if "employment" in layer:
            values["employment"] = _numbers(layer, "employment", "firms")
        found.append(_summed("firms", areas, _pairs(layer, areas, group), values))
    progress(0.3)
    if sources.population is not None:
        layer = _placed(sources.population, areas, "population")
        values = {
            c: _numbers(layer, c, "population") for c in dict.fromkeys(["population", *sources.columns])
        }
        pairs = _pairs(layer, areas, group)
        if sources.grid is not None:
            pairs = _by_grid(pairs, layer, areas, sources.grid)
        found.append(_summed("population", areas, pairs, values))
    elif sources.grid is not None:
        found.append(_cells(areas, sources.grid))
    progress(1)
    return pd.concat(found, ignore_index=True) if found else _empty()


def identified(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Areas of any tool with an identifier each.

    Parameters
    ----------
    areas
        Polygons with `area`, or with `territory`, `centre` or `origin`, `up_to`, `part`, as far as there are any.

    Returns
    -------
    areas
        The same with `area`: its own, or that of the other columns, with commas between.

    Raises
    ------
    LayerError
        If there are no areas, some are no polygons, or nothing tells them apart.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> squares = [box(0, 0, 2, 2), box(0, 0, 1, 1)]
    >>> reached = gpd.GeoDataFrame({"origin": ["a", "a"], "up_to": [30.0, 15.0]}, geometry=squares, crs=25830)
    >>> identified(reached)["area"].tolist()
    ['a, 30', 'a, 15']
    """
    if not len(areas):
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer="areas"))
    shapes = areas.geometry.to_numpy()
    wrong = int(np.count_nonzero((shapely.get_dimensions(shapes) != _AREAL) | shapely.is_empty(shapes)))
    if wrong:
        raise LayerError(
            message(
                "areas: {count} of {number} rows are no polygons, so that nothing lies inside. Leave them out.",
                count=wrong,
                number=len(areas),
            )
        )
    columns = _telling(areas)
    if not columns:
        raise LayerError(
            message(
                "areas: no column identifies them. Name one as “area”; without it “territory”, “centre” or “origin”, "
                "“up_to” and “part” together do. There are: {names}.",
                names=listing([c for c in areas.columns if c != areas.geometry.name]),
            )
        )
    names = areas[columns].map(
        lambda v: "–" if pd.isna(v) else f"{v:.12g}" if isinstance(v, float) else str(v)
    )
    names = areas["area"] if columns == ["area"] else names.agg(", ".join, axis=1)
    twice = names[names.duplicated(keep=False) | names.isna()]
    if len(twice):
        raise LayerError(
            message(
                "areas: {count} of {number} rows share their identifier, or have none ({columns}): {names}. Name a "
                "column as “area” in which each has its own.",
                count=len(twice),
                number=len(areas),
                columns=listing(columns),
                names=listing(dict.fromkeys(twice.fillna("–").astype(str))),
            )
        )
    return areas.assign(area=names)


def _telling(areas: gpd.GeoDataFrame) -> list[str]:
    """Columns that identify areas."""
    filled = [c for c in ("area", *_OWNERS, *_RANKS) if c in areas and areas[c].notna().any()]
    if "area" in filled:
        return ["area"]
    owners = [c for c in _OWNERS if c in filled]
    return [*owners[:1], *(c for c in _RANKS if c in filled)]


def side_by_side(areas: gpd.GeoDataFrame) -> Indices:
    """
    Groups of areas that lie beside each other.

    Parameters
    ----------
    areas
        Polygons, with `up_to` where they reach up to budgets.

    Returns
    -------
    group
        Of areas of one budget that nowhere overlap, the same number; of others, one for each.
    """
    shapes = areas.geometry.to_numpy()
    level = pd.factorize(areas["up_to"])[0] if "up_to" in areas else np.zeros(len(areas), dtype=np.int64)
    group = np.arange(len(areas)) + len(areas)
    for k in np.unique(level):
        mine = np.flatnonzero(level == k)
        if not _overlap(shapes[mine]):
            group[mine] = k
    return group


def _overlap(shapes: Shapes) -> bool:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    small = _ROUNDING * np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    for start in range(0, len(first), _PAIRS):
        at = slice(start, start + _PAIRS)
        common = shapely.area(shapely.intersection(shapes[first[at]], shapes[second[at]]))
        if (common > small[at]).any():
            return True
    return False


_COLUMNS = ("area", "source", "figure", "sum", "known", "share", "counted", "missing", "method")


def _empty() -> pd.DataFrame:
    texts = {"area", "source", "figure", "method"}
    return pd.DataFrame({c: pd.Series(dtype=object if c in texts else float) for c in _COLUMNS})


@dataclass(frozen=True)
class Within:
    """Establishments and jobs of a batch of a register in each area."""

    areas: gpd.GeoDataFrame
    group: Indices

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns that are read."""
        return ("sector", "employment")

    def key(self) -> str:
        """Hash of what the sums depend on beside the register."""
        return key_of(hash_of(self.areas), self.group.tolist())

    def __call__(self, batch: gpd.GeoDataFrame) -> Sums:
        """What is known of each area, and what of the whole."""
        if not isinstance(batch, gpd.GeoDataFrame):
            raise _nowhere(name="firms")
        blank = (batch.geometry.isna() | batch.geometry.is_empty).sum()
        pairs = _pairs(align(batch, self.areas, name="firms"), self.areas, self.group)
        jobs = batch["employment"] if "employment" in batch else pd.Series(np.nan, index=batch.index)
        found = tallied(len(self.areas), pairs, np.asarray(jobs.to_numpy(float, na_value=np.nan)))
        return {
            "counted": np.bincount(pairs.area, minlength=len(self.areas)).astype(float),
            "known": found.known,
            "missing": found.missing,
            "whole": np.array([len(batch), found.whole, blank], dtype=float),
        }


def _in_parts(areas: gpd.GeoDataFrame, firms: Parts, group: Indices, progress: Progress) -> pd.DataFrame:
    """Rows of a register in parts, summed part by part in their order."""
    counted, known, missing = np.zeros((3, len(areas)))
    number, jobs, blank = np.zeros(3)
    lands = gpd.GeoDataFrame(geometry=areas.geometry.array, crs=areas.crs)
    for part in each_part(Within(lands, group), firms, progress=progress):
        counted, known, missing = counted + part["counted"], known + part["known"], missing + part["missing"]
        number, jobs, blank = np.array([number, jobs, blank]) + part["whole"]
    if blank == number:
        raise _nowhere(name="firms")
    if blank:
        _tell_blank("firms", int(blank), int(number))
    found = {"establishments": Tally(counted, np.zeros(len(areas)), number)}
    if "employment" in firms.columns:
        found["employment"] = Tally(known, missing, jobs)
    return told_by_area("firms", areas, found, counted, POINTS)


def _nowhere(name: str) -> LayerError:
    return LayerError(
        message(
            "{layer}: its rows lie nowhere on the map, so that they cannot be summed within areas. Give a map "
            "layer, or a table with coordinates.",
            layer=name,
        )
    )


def _tell_blank(name: str, blank: int, number: int) -> None:
    text = message(
        "{layer}: {count} of {number} rows lie nowhere and are in no area.",
        layer=name,
        count=blank,
        number=number,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _placed(layer: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    if not has_geometry(layer):
        raise _nowhere(name)
    blank = int((layer.geometry.isna() | layer.geometry.is_empty).sum())
    if blank:
        _tell_blank(name, blank, len(layer))
    return align(layer, areas, name=name)


def _numbers(layer: pd.DataFrame, column: str, name: str) -> Floats:
    if column not in layer:
        raise LayerError(
            message(
                "{layer}: there is no column “{column}”. It has: {names}.",
                layer=name,
                column=column,
                names=listing([c for c in layer.columns if c != "geometry"]),
            )
        )
    if not is_number(layer[column]):
        raise LayerError(
            message("{layer}: column “{column}” does not hold numbers.", layer=name, column=column)
        )
    return np.asarray(layer[column].to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _pairs(layer: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, group: Indices) -> _Pairs:
    shapes, lands = layer.geometry.to_numpy(), areas.geometry.to_numpy()
    flat = shapely.get_dimensions(shapes) == _AREAL
    land, row = shapely.STRtree(shapes).query(lands, predicate="intersects")
    spots = ~flat[row]
    # of areas of one group, a point counts in the first
    order = np.flatnonzero(spots)[np.lexsort((land[spots], group[land[spots]], row[spots]))]
    key = np.column_stack([row[order], group[land[order]]])
    first = order[np.any(np.diff(key, axis=0, prepend=-1) != 0, axis=1)]
    faces = np.flatnonzero(~spots)
    part = shapely.area(shapely.intersection(shapes[row[faces]], lands[land[faces]]))
    share = part / shapely.area(shapes[row[faces]])
    faces, share = faces[share > _NOTHING], share[share > _NOTHING]
    kept = np.concatenate([first, faces])
    method = BY_AREA if flat.any() else POINTS
    return _Pairs(row[kept], land[kept], np.concatenate([np.ones(len(first)), np.minimum(share, 1)]), method)


@dataclass(frozen=True)
class Tally:
    """Of a column: what is known of it in each area, how many rows there lack it, and what is known of it in all."""

    known: Floats
    missing: Floats
    whole: float


def tallied(number: int, pairs: _Pairs, column: Floats) -> Tally:
    """Sums of a column in each area."""
    here = column[pairs.row]
    # nobody is divided whatever the shares
    inside = np.where(here == 0, 0, here * pairs.share)
    lost = np.isnan(inside)
    known: Floats = np.bincount(pairs.area, np.where(lost, 0, inside), number).astype(np.float64)
    missing = np.bincount(pairs.area, lost, number).astype(np.float64)
    return Tally(known, missing, float(np.nansum(column)))


def _summed(source: str, areas: gpd.GeoDataFrame, pairs: _Pairs, values: dict[str, Floats]) -> pd.DataFrame:
    counted = np.bincount(pairs.area, minlength=len(areas)).astype(np.float64)
    found = {figure: tallied(len(areas), pairs, column) for figure, column in values.items()}
    return told_by_area(source, areas, found, counted, pairs.method)


def told_by_area(
    source: str, areas: gpd.GeoDataFrame, tallies: Mapping[str, Tally], counted: Floats, method: str
) -> pd.DataFrame:
    """Rows of `contents` from what was tallied."""
    tables = []
    for figure, found in tallies.items():
        tables.append(_table(areas, source, figure, found.known, found.missing, counted, method))
        tables[-1]["share"] = found.known / found.whole if found.whole > 0 else np.nan
        # where rows are inside, but none with a value, nothing is known, not even 0
        tables[-1].loc[(found.missing == counted) & (counted > 0), ["known", "share"]] = np.nan
    return pd.concat(tables, ignore_index=True)


def _table(
    areas: gpd.GeoDataFrame,
    source: str,
    figure: str,
    known: Floats,
    missing: Floats,
    counted: Floats,
    method: str,
) -> pd.DataFrame:
    values = {
        "area": areas["area"].to_numpy(dtype=object),
        "source": source,
        "figure": figure,
        "sum": np.where(missing > 0, np.nan, known),
        "known": known,
        "share": np.nan,
        "counted": counted,
        "missing": missing,
        "method": method,
    }
    return pd.DataFrame(values)


def _by_grid(pairs: _Pairs, layer: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, grid: Grid) -> _Pairs:
    """Shares of polygons by where the raster has people; NaN where cells without a value leave them open."""
    lands = _on_raster(areas, grid)
    if pairs.method == POINTS:
        return pairs
    shapes = (layer.geometry if layer.crs == grid.crs else layer.geometry.to_crs(grid.crs)).to_numpy()
    cut = np.flatnonzero(pairs.share < 1 - _NOTHING)
    rows, place = np.unique(pairs.row[cut], return_inverse=True)
    whole = _People.of(grid, shapes[rows]).taken(place)
    inside = _People.of(grid, solid(shapely.intersection(shapes[pairs.row[cut]], lands[pairs.area[cut]])))
    found = _shares(whole, inside, pairs.share[cut])
    _say_by_grid(place, (whole.known <= 0) & (whole.blank <= _BLANK), np.isnan(found))
    share = pairs.share.copy()
    share[cut] = found
    kept = ~(share <= _NOTHING)
    return _Pairs(pairs.row[kept], pairs.area[kept], share[kept], BY_GRID)


@dataclass(frozen=True)
class _People:
    """What a raster tells of shapes: people known there, cells with a value, and cells without or beyond it."""

    known: Floats
    valued: Floats
    blank: Floats

    @classmethod
    def of(cls, grid: Grid, shapes: Shapes) -> _People:
        gone = np.isnan(grid.values)
        gaps = _held(replace(grid, values=gone * 1.0), shapes) if gone.any() else np.zeros(len(shapes))
        cell = grid.cell[0] * grid.cell[1]
        on = shapely.area(shapely.intersection(shapes, shapely.box(*grid.bounds))) / cell
        return cls(_held(grid, shapes), on - gaps, shapely.area(shapes) / cell - on + gaps)

    def taken(self, at: Indices) -> _People:
        return _People(self.known[at], self.valued[at], self.blank[at])


def _shares(whole: _People, inside: _People, by_area: Floats) -> Floats:
    """
    Shares of polygons inside areas, by people; by area where the raster knows that it has nobody in the polygon.

    A cell without a value may hold anybody from nobody to far more than all others: with one inside, the share is
    known only if nobody is outside, with one outside only if nobody is inside, with both never.
    """
    some = whole.known > 0
    scale = np.where(some, whole.known, 1)
    share = np.where(some, np.clip(inside.known / scale, 0, 1), by_area)
    within, beyond = inside.blank > _BLANK, whole.blank - inside.blank > _BLANK
    alone = (whole.known - inside.known <= _ROUNDING * scale) & ~beyond
    none = (inside.known <= _ROUNDING * scale) & ~within
    share = np.where(within | beyond, np.nan, share)
    return np.where(within & alone, 1.0, np.where(beyond & none, 0.0, share))


def _say_by_grid(place: Indices, nobody: Mask, unknown: Mask) -> None:
    number = len(np.unique(place))
    if nobody.any():
        text = message(
            "population: the raster has nobody in {count} of {number} polygons that areas cut; they count by area.",
            count=len(np.unique(place[nobody])),
            number=number,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    if unknown.any():
        text = message(
            "population: in {count} of {number} polygons that areas cut, the raster has cells without a value, or "
            "ends; how many of their people are inside is not known, and the sums of these areas are empty. Where "
            "cells without a value mean nobody, fill them with 0.",
            count=len(np.unique(place[unknown])),
            number=number,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _cells(areas: gpd.GeoDataFrame, grid: Grid) -> pd.DataFrame:
    shapes = _on_raster(areas, grid)
    people = _People.of(grid, shapes)
    rounding = _ROUNDING * np.maximum(people.valued, 1)
    counted, lost = (np.where(part > rounding, part, 0.0) for part in (people.valued, people.blank))
    table = _table(areas, "population_grid", "population", people.known, lost, counted, CELLS)
    table["share"] = people.known / float(np.nansum(grid.values, dtype=float))
    table.loc[counted <= 0, ["known", "share"]] = np.nan
    if (lost > 0).any():
        text = message(
            "population_grid: {count} of {number} areas lie in part on cells without a value, or beyond the raster; "
            "their sums are not known, only the known part. Where cells without a value mean nobody, fill them with 0.",
            count=int((lost > 0).sum()),
            number=len(areas),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return table


def _held(grid: Grid, shapes: Shapes) -> Floats:
    """Amounts of cells under shapes, which may overlap, each cell by the share of it that they cover."""
    rows, columns = grid.values.shape
    t = grid.transform
    found = np.zeros(len(shapes))
    for k, (west, south, east, north) in enumerate(shapely.bounds(shapes).tolist()):
        # Only the window around each: shapes are few beside cells.
        left, right = (west - t.c) / t.a, (east - t.c) / t.a
        top, bottom = (north - t.f) / t.e, (south - t.f) / t.e
        if np.isnan(west) or right <= 0 or bottom <= 0 or left >= columns or top >= rows:
            continue
        column, row = max(int(left), 0), max(int(top), 0)
        values = grid.values[row : int(bottom) + 1, column : int(right) + 1]
        window = Grid(values, Affine(t.a, 0, t.c + column * t.a, 0, t.e, t.f + row * t.e), grid.crs)
        found[k] = people_of(window, shapes[k : k + 1], np.zeros(values.shape, np.int64), 1).whole[0]
    return found


def _on_raster(areas: gpd.GeoDataFrame, grid: Grid) -> Shapes:
    """Areas in the system of the raster."""
    as_grid(grid, POPULATION_GRID, name="population_grid")
    moved = told_system(grid.crs, areas, name="population_grid", stacklevel=5)
    shapes = (areas.geometry.to_crs(grid.crs) if moved else areas.geometry).to_numpy()
    if not shapely.intersects(shapely.box(*shapely.total_bounds(shapes)), shapely.box(*grid.bounds)):
        raise LayerError(
            message("population_grid: the raster lies nowhere on the areas. Check the system of both.")
        )
    return np.asarray(shapes, dtype=object)
