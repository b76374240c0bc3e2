"""The table every measure starts from: territories (rows) by sectors (columns)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import Assignment, assign
from geoterritorio.layers.findings import listing, percentage
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.registry import Metres

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.signedinteger[Any]]
Measure = Literal["employment", "establishments"]
Outside = Literal["drop", "raise"]

_STRIDE = 1 << 18
# What the warning of it says; reports look for it.
UNKNOWN_SIZES = mark("{number} of {total} establishments have unknown employment: jobs sum the others.")


@dataclass(frozen=True)
class Tabulation:
    """
    Establishments counted by territory (rows) and sector (columns).

    Parameters
    ----------
    employment
        Jobs of the establishments whose employment is known; NaN where the cell has none of these but has
        others.
    establishments
        Number of establishments.
    squares
        Sum of the squared sizes, from which the variance of `employment` follows; NaN like `employment`.
    largest
        Jobs of the largest establishment; 0 in an empty cell, NaN like `employment`.
    outside
        Number of establishments in no territory, left out.
    unknown_employment
        Number of tabulated establishments whose employment is unknown.
    """

    employment: pd.DataFrame
    establishments: pd.DataFrame
    squares: pd.DataFrame
    largest: pd.DataFrame
    outside: int
    unknown_employment: int


@dataclass(frozen=True)
class Coded:
    """Establishments inside as cell numbers of a grid, in the order of the firms."""

    cells: Codes
    employment: Floats | None
    territories: pd.Index
    sectors: pd.Index
    outside: int

    def total(self, weights: Floats | None = None) -> Floats:
        """Sum of weights, or number, of the establishments of each cell."""
        size = len(self.territories) * len(self.sectors)
        return np.bincount(self.cells, weights, minlength=size).astype(np.float64, copy=False)

    def frame(self, values: Floats) -> pd.DataFrame:
        """Values of the cells as a table."""
        shape = (len(self.territories), len(self.sectors))
        return pd.DataFrame(values.reshape(shape), index=self.territories, columns=self.sectors, copy=False)


def tabulate(
    firms: gpd.GeoDataFrame | pd.DataFrame,
    territories: gpd.GeoDataFrame | None = None,
    *,
    measure: Measure = "employment",
    outside: Outside = "drop",
    snap: Metres = 0,
) -> pd.DataFrame:
    """
    Table of jobs or establishments by territory and sector.

    Parameters
    ----------
    firms
        Establishments: `sector`, `employment` (for jobs), and a point geometry or `territory`.
    territories
        Polygons with `territory`; each is a row of the table, even if empty. None, or firms without geometry:
        the column `territory` of the firms says where they are.
    measure
        What a cell holds: jobs, or the number of establishments.
    outside
        What to do with establishments in no territory: leave them out with a warning, or refuse.
    snap
        Establishments this near (metres) a territory but in none go to the nearest.

    Returns
    -------
    counts
        Territories (index `territory`) by sectors (columns `sector`), sorted. A cell whose establishments are
        all of unknown employment is NaN, an empty cell 0.

    Raises
    ------
    LayerError
        A needed column is missing, or establishments are outside and `outside` is "raise".

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame(
    ...     {"territory": list("AAB"), "sector": ["10", "62", "10"], "employment": [5, 2, 1]}
    ... )
    >>> tabulate(firms)
    sector      10   62
    territory
    A          5.0  2.0
    B          1.0  0.0
    """
    coded = code(firms, territories, outside=outside, snap=snap, sized=measure == "employment")
    if measure == "establishments":
        return coded.frame(coded.total())
    if coded.employment is None:
        raise LayerError(message("Firms have no column “employment”; give one, or count establishments."))
    unknown = np.isnan(coded.employment)
    if not unknown.any():
        return coded.frame(coded.total(coded.employment))
    report_unknown(int(unknown.sum()), len(unknown))
    jobs = coded.total(np.where(unknown, 0.0, coded.employment))
    return coded.frame(np.where(_only_unknown(coded, unknown), np.nan, jobs))


def tabulate_plants(
    firms: gpd.GeoDataFrame | pd.DataFrame,
    territories: gpd.GeoDataFrame | None = None,
    *,
    outside: Outside = "drop",
    snap: Metres = 0,
) -> Tabulation:
    """
    Tables of jobs, establishments, squared sizes and largest establishments.

    Parameters
    ----------
    firms
        Establishments: `sector`, `employment` (without it all employment is unknown), and a point geometry or
        `territory`.
    territories
        Polygons with `territory`; each is a row of the tables, even if empty. None, or firms without
        geometry: the column `territory` of the firms says where they are.
    outside
        What to do with establishments in no territory: leave them out with a warning, or refuse.
    snap
        Establishments this near (metres) a territory but in none go to the nearest.

    Returns
    -------
    tabulation
        The four tables, all with the same index and columns, and what was left out or unknown.

    Raises
    ------
    LayerError
        A needed column is missing, or establishments are outside and `outside` is "raise".

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame(
    ...     {"territory": list("AAB"), "sector": ["10", "10", "62"], "employment": [5, 2, 1]}
    ... )
    >>> tabulate_plants(firms).squares
    sector       10   62
    territory
    A          29.0  0.0
    B           0.0  1.0
    """
    coded = code(firms, territories, outside=outside, snap=snap, sized=True)
    plants = coded.total()
    if coded.employment is None:
        empty = coded.frame(np.where(plants > 0, np.nan, 0.0))
        count = coded.frame(plants)
        return Tabulation(empty, count, empty.copy(), empty.copy(), coded.outside, len(coded.cells))
    unknown = np.isnan(coded.employment)
    sizes = np.where(unknown, 0.0, coded.employment)
    hidden = np.zeros(len(plants), bool)
    if unknown.any():
        report_unknown(int(unknown.sum()), len(unknown))
        hidden = _only_unknown(coded, unknown)
    largest = np.zeros(len(plants))
    np.maximum.at(largest, coded.cells, sizes)
    jobs, squares, largest = (
        coded.frame(np.where(hidden, np.nan, values))
        for values in (coded.total(sizes), coded.total(sizes * sizes), largest)
    )
    return Tabulation(jobs, coded.frame(plants), squares, largest, coded.outside, int(unknown.sum()))


def counts_table(
    counts: pd.DataFrame,
    *,
    value: str = "employment",
    territories: Iterable[Any] | None = None,
    sectors: Iterable[Any] | None = None,
) -> pd.DataFrame:
    """
    Wide table of a layer of counts.

    Parameters
    ----------
    counts
        One row per territory and sector: `territory`, `sector`, the column named by `value`, and perhaps
        `status`.
    value
        Column that fills the cells.
    territories
        Identifiers of the rows; None takes those in `counts`, sorted.
    sectors
        Codes of the columns; None takes those in `counts`, sorted.

    Returns
    -------
    table
        Territories by sectors. Where `counts` has no row for a cell there is nothing there: 0 (NaN for
        `relative_error`, since nothing has no error); where its status is “withheld” or the figure is
        missing: NaN.

    Raises
    ------
    LayerError
        A needed column is missing, or a cell has several rows.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"territory": ["A", "B", "B"], "sector": ["10", "10", "62"],
    ...     "employment": [7.0, 3.0, 9.0], "status": ["known", "known", "withheld"]})
    >>> counts_table(rows)
    sector       10   62
    territory
    A           7.0  0.0
    B           3.0  NaN
    """
    _need(counts, ["territory", "sector", value], what=mark("Counts"))
    repeated = int(counts.duplicated(["territory", "sector"]).sum())
    if repeated:
        if "size_class" in counts:
            # To keep one of each would lose the jobs of the other classes.
            raise LayerError(
                message(
                    "Counts have {number} rows beyond the first of their territory and sector. Sum the size classes: "
                    "this work asks for one row of all sizes.",
                    number=repeated,
                )
            )
        raise LayerError(
            message(
                "Counts have {number} rows beyond the first of their territory and sector; keep one of each.",
                number=repeated,
            )
        )
    values = pd.to_numeric(counts[value]).to_numpy(np.float64, copy=True)
    if "status" in counts:
        values[(counts["status"] == WITHHELD).to_numpy(bool, na_value=False)] = np.nan
    row, rows = _factorise(counts["territory"], territories, "territory")
    column, columns = _factorise(counts["sector"], sectors, "sector")
    known = (row >= 0) & (column >= 0)
    if not known.all():
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{number} rows of counts are in no given territory or sector and were left out.",
                    number=int((~known).sum()),
                )
            ),
            stacklevel=2,
        )
    table = np.full((len(rows), len(columns)), np.nan if value == "relative_error" else 0.0)
    table[row[known], column[known]] = values[known]
    return pd.DataFrame(table, index=rows, columns=columns)


def long_table(**tables: pd.DataFrame) -> pd.DataFrame:
    """
    One row per territory and sector from wide tables.

    Parameters
    ----------
    **tables
        Tables of the same territories and sectors; each keyword becomes a column.

    Returns
    -------
    rows
        `territory`, `sector` and one column per table, territory by territory.

    Raises
    ------
    LayerError
        The tables differ in territories or sectors, or there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame([[5.0, 2.0]], index=pd.Index(["A"], name="territory"), columns=["10", "62"])
    >>> long_table(employment=jobs)
      territory sector  employment
    0         A     10         5.0
    1         A     62         2.0
    """
    if not tables:
        raise LayerError(message("No table given."))
    first = next(iter(tables.values()))
    different = [
        k for k, t in tables.items() if not (t.index.equals(first.index) and t.columns.equals(first.columns))
    ]
    if different:
        raise LayerError(
            message(
                "Tables of other territories or sectors than the first: {names}.", names=", ".join(different)
            )
        )
    return pd.DataFrame(
        {
            "territory": first.index.repeat(first.shape[1]),
            "sector": first.columns.take(np.tile(np.arange(first.shape[1]), len(first))),
            **{name: table.to_numpy().ravel() for name, table in tables.items()},
        }
    )


def code(
    firms: gpd.GeoDataFrame | pd.DataFrame,
    territories: gpd.GeoDataFrame | None,
    *,
    outside: Outside,
    snap: float,
    sized: bool,
) -> Coded:
    """Establishments inside by cell number; reports those outside and those without sector."""
    _need(firms, ["sector"], what=mark("Firms"))
    place, rows = _place(firms, territories, snap)
    column, columns = _factorise(firms["sector"], None, "sector")
    sizes = None
    if sized and "employment" in firms:
        sizes = _sizes(firms)
    lost = place < 0
    if lost.any():
        jobs = (0.0, 0.0) if sizes is None else (float(np.nansum(sizes[lost])), float(np.nansum(sizes)))
        report_outside((int(lost.sum()), len(lost)), jobs, refuse=outside == "raise")
    uncoded = column < 0
    if uncoded.any():
        report_uncoded(int(uncoded.sum()))
    cells = np.multiply(place, len(columns), dtype=np.int64)
    cells += column
    if lost.any() or uncoded.any():
        kept = ~(lost | uncoded)
        cells, sizes = cells[kept], None if sizes is None else sizes[kept]
    return Coded(cells, sizes, rows, columns, int(lost.sum()))


def _place(
    firms: gpd.GeoDataFrame | pd.DataFrame, territories: gpd.GeoDataFrame | None, snap: float
) -> tuple[Codes, pd.Index]:
    """Row of the table of each establishment (-1 outside), and the rows."""
    if territories is None or not _has_geometry(firms):
        _need(firms, ["territory"], what=mark("Firms"))
        given = None if territories is None else pd.Index(territories["territory"]).sort_values()
        return _factorise(firms["territory"], given, "territory")
    found = assign(_same_crs(firms, territories, snap), territories, snap=snap)
    if found.several:
        report_several(found.several)
    return _rows_of(found, territories)


def _rows_of(found: Assignment, territories: gpd.GeoDataFrame) -> tuple[Codes, pd.Index]:
    """Row of the sorted table of each establishment, and the rows."""
    rows = pd.Index(territories["territory"], name="territory")
    order = rows.argsort()
    rank = np.empty(len(rows) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(rows)), -1
    return rank[found.position], rows[order]


def report_several(number: int) -> None:
    """Warning of overlaps."""
    text = message(
        "territories: they overlap; {number} establishments are inside several and were given to the "
        "one whose identifier sorts first.",
        number=number,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _has_geometry(firms: gpd.GeoDataFrame | pd.DataFrame) -> bool:
    return isinstance(firms, gpd.GeoDataFrame) and firms.active_geometry_name is not None


def _same_crs(firms: gpd.GeoDataFrame, territories: gpd.GeoDataFrame, snap: float) -> gpd.GeoSeries:
    if snap > 0 and territories.crs is not None and territories.crs.is_geographic:
        raise CRSError(
            message("Snapping needs territories in a projected CRS, in metres; reproject them first.")
        )
    if firms.crs == territories.crs:
        return firms.geometry
    if firms.crs is None or territories.crs is None:
        raise CRSError(message("Firms and territories need a CRS each; one of them has none."))
    values = {"source": firms.crs.to_string(), "target": territories.crs.to_string()}
    warnings.warn(
        GeoterritorioWarning(
            message("Firms were reprojected from {source} to {target}, the CRS of the territories.", **values)
        ),
        stacklevel=5,
    )
    return firms.geometry.to_crs(territories.crs)


def _factorise(values: pd.Series, given: Iterable[Any] | None, name: str) -> tuple[Codes, pd.Index]:
    """Position of each value in the sorted identifiers present, or in those given; -1 where in none."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("category")
    # Codes stay as narrow as they are: of millions of firms, each copy takes as long as the table.
    codes, names = values.array.codes, values.array.categories
    if given is not None:
        index = pd.Index(given, name=name)
        return np.append(index.get_indexer(names), -1)[codes], index
    present = _present(codes, len(names))
    order = names.argsort()
    kept = order[present[order]]
    if not np.array_equal(kept, np.arange(len(names))):
        rank = np.full(len(names) + 1, -1, np.int64)
        rank[kept] = np.arange(len(kept))
        codes = rank[codes]
    return codes, pd.Index(names[kept], name=name)


def _present(codes: Codes, number: int) -> npt.NDArray[np.bool_]:
    """Which codes occur; all of them are usually met long before the end."""
    present = np.zeros(number + 1, bool)
    for start in range(0, len(codes), _STRIDE):
        present[codes[start : start + _STRIDE]] = True
        if present[:number].all():
            break
    return present


def _sizes(firms: pd.DataFrame) -> Floats:
    values = firms["employment"]
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
        return np.asarray(values, np.float64)
    sizes: Floats = pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
    return sizes


def _only_unknown(coded: Coded, unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cells with establishments, none of known employment."""
    plants = coded.total()
    hidden: npt.NDArray[np.bool_] = (plants > 0) & (coded.total(unknown.astype(np.float64)) == plants)
    return hidden


def report_strange(codes: Sequence[str]) -> None:
    """Warning of codes of territories that there are not."""
    if codes:
        text = message(
            "firms: {count} territory codes are not in the layer of territories: {values}.",
            count=len(codes),
            values=listing(codes),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def report_unknown(number: int, total: int) -> None:
    """Warning of establishments whose jobs are unknown."""
    text = Message(UNKNOWN_SIZES, {"number": number, "total": total})
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def report_uncoded(number: int) -> None:
    """Warning of establishments without sector."""
    text = message("{number} establishments have no sector and were left out of the table.", number=number)
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def report_outside(plants: tuple[int, int], jobs: tuple[float, float], *, refuse: bool) -> None:
    """
    Warning, or refusal, of establishments in no territory.

    Parameters
    ----------
    plants
        How many, and of how many.
    jobs
        Theirs, and those of all; 0 where none are known.
    refuse
        Whether none may be outside; that all are is refused in any case.
    """
    number, total = plants
    values: dict[str, object] = {"number": number, "total": total, "share": percentage(number / total)}
    found = message("{number} of {total} establishments ({share}) are in no territory.", **values)
    if jobs[1] > 0:
        values["jobs"] = percentage(jobs[0] / jobs[1])
        found = message(
            "{number} of {total} establishments ({share}), with {jobs} of the jobs, are in no territory.",
            **values,
        )
    if refuse:
        raise LayerError(found)
    if number == total:
        raise LayerError(
            message("{found} Check the coordinate systems, and that x and y are not exchanged.", found=found)
        )
    warnings.warn(GeoterritorioWarning(message("{found} They were left out.", found=found)), stacklevel=4)


def _need(table: pd.DataFrame, columns: list[str], *, what: str) -> None:
    missing = [c for c in columns if c not in table]
    if missing:
        raise LayerError(
            message("{layer} lack the columns {names}.", layer=message(what), names=listing(missing))
        )
