"""Figures of many periods told on the boundaries of one day, or of every day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.delimitation.crosswalks import Crosswalk, Outside, crosswalk
from geoterritorio.delimitation.history import BEGINNING, END, as_of, spans
from geoterritorio.delimitation.transfers import Quantity, Transfer, transfer
from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.layers.grids import Grid
from geoterritorio.registry import Metres, Progress, no_progress

PANEL = ("territory", "name", "sector", "period", "value", "low", "high", "split")
VERSIONS = (
    "territory",
    "name",
    "valid_from",
    "valid_to",
    "sector",
    "period",
    "value",
    "low",
    "high",
    "split",
)
TOTALS = ("sector", "period", "source", "target", "remainder", "difference")
REMAINDER = ("territory", "sector", "period", "value")


@dataclass(frozen=True)
class Panel:
    """
    Figures of many periods on the boundaries of one day.

    Attributes
    ----------
    panel
        One row per territory of that day, sector (if any) and period: `value`, its bounds `low` and `high`, and
        `split`, the share of it that comes from territories that were divided since.
    remainder
        Amounts of territories, as they then were, that lie in none of that day.
    totals
        By period and sector: sums of source, target and remainder.
    territories
        Territories in force on that day.
    """

    panel: pd.DataFrame
    remainder: pd.DataFrame
    totals: pd.DataFrame
    territories: gpd.GeoDataFrame


def harmonised_panel(
    territories: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    weights: gpd.GeoDataFrame | Grid | None = None,
    *,
    day: str | date,
    quantity: Quantity = "extensive",
    sliver: Metres = 0,
    outside: Outside = "remainder",
    progress: Progress = no_progress,
) -> Panel:
    """
    Figures of many periods on the boundaries of one day.

    Parameters
    ----------
    territories
        Versions of territories.
    figures
        Long table: `territory`, `value`, `period`, and `sector` if there are several figures. The figures of a period
        must be those of the territories in force on its first day.
    weights
        What divided figures are distributed as, see `crosswalk`.
    day
        Day whose boundaries are wanted.
    quantity
        Amounts (``extensive``) or rates and values per head (``intensive``).
    sliver, outside
        See `crosswalk`.
    progress
        Callback.

    Returns
    -------
    panel
        Figures with bounds, remainder and totals.

    Raises
    ------
    LayerError
        If periods are missing or no dates, or figures name territories that were not in force then; or see
        `crosswalk`.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> history = gpd.GeoDataFrame({"territory": ["A", "B", "C"], "valid_from": [None, None, "2000"],
    ...     "valid_to": ["2000", "2000", None]}, crs=25830,
    ...     geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(0, 0, 2000, 1000)])
    >>> jobs = pd.DataFrame({"territory": ["A", "B", "C"], "period": ["1991", "1991", "2001"], "value": [3, 4, 9]})
    >>> harmonised_panel(history, jobs, day="2001").panel[["territory", "period", "value"]].values.tolist()
    [['C', '1991', 7.0], ['C', '2001', 9.0]]
    """
    target = as_of(territories, day)
    days = _days(figures)
    known: dict[tuple[Any, ...], Crosswalk] = {}
    parts = []
    order = days.sort_values(kind="stable").index
    for number, period in enumerate(order):
        source = as_of(territories, days[period].strftime("%Y-%m-%d"))
        key = tuple(zip(source["territory"], spans(source)[0], strict=True))
        if key not in known:
            known[key] = crosswalk(source, target, weights, sliver=sliver, outside=outside)
        rows = figures[(figures["period"] == period).to_numpy()]
        parts.append(transferred(rows, known[key], quantity=quantity, period=period))
        progress((number + 1) / len(order))
    return joined(parts, target)


def version_panel(
    territories: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    weights: gpd.GeoDataFrame | Grid | None = None,
    *,
    quantity: Quantity = "extensive",
    sliver: Metres = 0,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """
    Figures of each period on every version of the territories.

    Parameters
    ----------
    territories
        Versions of territories.
    figures
        Long table: `territory`, `value`, and `period` and `sector` if there are several. The figures of a period must
        be those of the territories in force on its first day; figures without a period, of those in force last.
    weights
        What divided figures are distributed as, see `crosswalk`.
    quantity
        Amounts (``extensive``) or rates and values per head (``intensive``).
    sliver
        See `crosswalk`.
    progress
        Callback.

    Returns
    -------
    panel
        One row per version, sector and period: `territory`, `valid_from`, `valid_to`, `value` with its bounds `low` and
        `high`, and `split`, the share of it that comes from territories that are divided on its boundaries.

    Raises
    ------
    LayerError
        If figures name territories that were not in force then, or leave some out; or see `crosswalk`.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> history = gpd.GeoDataFrame({"territory": ["A", "A", "B"], "valid_from": [None, "2000", "2000"],
    ...     "valid_to": ["2000", None, None]}, crs=25830,
    ...     geometry=[box(0, 0, 2000, 1000), box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)])
    >>> people = pd.DataFrame({"territory": ["A", "B"], "value": [7, 2]})
    >>> version_panel(history, people)[["territory", "valid_from", "value"]].values.tolist()
    [['A', None, 9.0], ['A', '2000', 7.0], ['B', '2000', 2.0]]
    """
    days = _changes(territories)
    periods = figures["period"] if "period" in figures.columns else pd.Series(None, figures.index, object)
    groups = list(figures.assign(period=periods.astype(object)).groupby("period", dropna=False))
    parts = []
    for number, (period, rows) in enumerate(groups):
        dated = not pd.isna(period)
        at = _days(rows).iloc[0].strftime("%Y-%m-%d") if dated else days[-1]
        source = as_of(territories, at)
        for day in days:
            target = as_of(territories, day)
            cross = crosswalk(source, target, weights, sliver=sliver)
            told = transferred(rows, cross, quantity=quantity, period=str(period) if dated else None)
            parts.append(_of_versions(joined([told], target).panel, target))
        progress((number + 1) / len(groups))
    # A version in force on several days has the same figures on all of them.
    keys = ["territory", "valid_from", "sector", "period"]
    panel = pd.concat(parts, ignore_index=True).drop_duplicates(keys)
    return panel.sort_values(["territory", "valid_from"], na_position="first", kind="stable")[
        list(VERSIONS)
    ].reset_index(drop=True)


def _changes(territories: gpd.GeoDataFrame) -> list[str]:
    """Days on which boundaries change and some are in force, and the day before the first if some are then."""
    begin, end = spans(territories)
    known = {day for days in (begin, end) for day in days if day not in (BEGINNING, END)}
    first = min(known, default=pd.Timestamp(2000, 1, 1)) - timedelta(days=1)
    days = [day for day in sorted({first, *known}) if ((begin <= day) & (day < end)).any()]
    return [day.strftime("%Y-%m-%d") for day in days]


def _of_versions(panel: pd.DataFrame, target: gpd.GeoDataFrame) -> pd.DataFrame:
    """Figures of one day with the days from and to which the versions are in force."""
    rows = target.set_index("territory")
    told = panel.assign(period=panel["period"].astype(object))
    for column in ("valid_from", "valid_to"):
        dates = rows[column].astype(object) if column in rows else pd.Series(None, rows.index, dtype=object)
        found = told["territory"].map(dates)
        told[column] = found.astype(object).where(found.notna(), None)
    return told


def transferred(
    figures: pd.DataFrame, crosswalk: Crosswalk, *, quantity: Quantity, period: str | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Figures of one period, long, on the territories of a crosswalk.

    Parameters
    ----------
    figures
        `territory`, `value`, and `sector` if there are several figures. In a table of several sectors an absent row is
        zero, one without a value is missing.
    crosswalk
        Shares of the territories in the wanted ones.
    quantity
        See `transfer`.
    period
        Period of the figures.

    Returns
    -------
    panel, remainder, totals
        Long tables.

    Raises
    ------
    LayerError
        See `transfer`.
    """
    try:
        told = transfer(_wide(figures), crosswalk, quantity=quantity)
    except LayerError as error:
        problems = error.problems if period is None else tuple(_of_period(error.problems, period))
        raise LayerError(problems) from error
    remainder = _stacked(told.remainder, "value").assign(period=period)
    totals = told.totals.rename_axis("sector").reset_index().assign(period=period)
    return _long(told, period), remainder[remainder["value"] != 0], totals


def joined(parts: list[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]], target: gpd.GeoDataFrame) -> Panel:
    """
    Panel from the tables of its periods.

    Parameters
    ----------
    parts
        As `transferred` gives them.
    target
        Territories on which the figures are told.

    Returns
    -------
    panel
        Tables of all periods, with the names of the territories.
    """
    panel, remainder, totals = (pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    names = target.set_index("territory")["name"] if "name" in target.columns else pd.Series(dtype=object)
    panel["name"] = panel["territory"].map(names).astype(object)
    for table in (panel, remainder, totals):
        table["sector"] = table["sector"].astype(object).replace("", None)
    remainder = remainder.rename(columns={"source": "territory"})
    return Panel(panel[list(PANEL)], remainder[list(REMAINDER)], totals[list(TOTALS)], target)


def _days(figures: pd.DataFrame) -> pd.Series:
    """First day of each period of the figures, by period."""
    if "period" not in figures.columns or figures["period"].isna().any():
        raise LayerError(
            message("figures: every row needs a period (column “period”), so that its boundaries are known.")
        )
    periods = pd.Series(figures["period"].unique(), dtype=object)
    dates, problems = parse_dates(periods, column="period", layer="figures")
    if problems:
        raise LayerError(problems)
    return pd.Series(earliest(dates).to_numpy(), index=periods.to_numpy())


def _wide(figures: pd.DataFrame) -> pd.DataFrame:
    """Figures by territory and sector; refused where a cell has several rows."""
    column = figures["sector"] if "sector" in figures.columns else pd.Series(None, figures.index, object)
    cells = pd.DataFrame(
        {
            "territory": figures["territory"].astype(object),
            "sector": column.astype(object).fillna(""),
            "value": figures["value"].astype(float),
        }
    )
    twice = cells[["territory", "sector"]][cells.duplicated(["territory", "sector"])]
    if len(twice):
        raise LayerError(
            message(
                "figures: several rows of one territory, sector and period (rows: {count}): {values}. Add them up.",
                count=len(twice),
                values=listing(" / ".join(filter(None, pair)) for pair in twice.drop_duplicates().to_numpy()),
            )
        )
    wide = cells.pivot(index="territory", columns="sector", values="value")  # noqa: PD010 - nothing is pooled
    there = crossed(cells["territory"], cells["sector"]).reindex_like(wide) > 0
    # What is absent is zero, what is there and empty is missing.
    return wide.where(there, 0.0)


def _of_period(problems: tuple[Message, ...], period: str) -> Iterator[Message]:
    for problem in problems:
        yield message("period {period}: {problem}", period=period, problem=problem)


def _long(told: Transfer, period: str | None) -> pd.DataFrame:
    columns = {
        name: _stacked(getattr(told, part), name)[name]
        for name, part in (("value", "values"), ("low", "low"), ("high", "high"), ("split", "split"))
    }
    heads = _stacked(told.values, "value").rename(columns={"target": "territory"})
    return heads[["territory", "sector"]].assign(period=period, **columns)


def _stacked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    wide = table.rename_axis(columns="sector").reset_index()
    return wide.melt(id_vars=[table.index.name], value_name=name)
