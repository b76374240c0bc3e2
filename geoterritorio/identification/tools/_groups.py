"""Tables of territories by groups of sectors, with what withheld cells leave open."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import CellBounds, Whole, counts_table
from geoterritorio.concentration._panel import periods_of
from geoterritorio.concentration.tools._cells import Cells, cells_of, whole_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification.cluster_evidence import CORE
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grouped:
    """Jobs and establishments of groups, what bounds the withheld ones, and the totals they are set against."""

    employment: pd.DataFrame
    establishments: pd.DataFrame | None
    bounds: CellBounds
    totals: pd.Series
    whole: Whole
    member: pd.DataFrame  # sectors by groups, 1 where the sector is of the group
    definitions: pd.DataFrame
    sectors: pd.DataFrame  # jobs, territories by sectors
    own: bool  # whether the whole is the table itself


def one_period(counts: pd.DataFrame | None, period: str | None) -> pd.DataFrame | None:
    """Rows of one period: the one named, else the last."""
    if counts is None or "period" not in counts.columns or counts["period"].isna().all():
        return counts
    known = periods_of(counts)
    wanted = known[-1] if period is None else period
    if wanted not in known:
        raise LayerError(
            message(
                "period: there is no “{value}” in the counts. There are: {values}.",
                value=wanted,
                values=listing(known),
            )
        )
    return counts[counts["period"] == wanted].reset_index(drop=True)


def definitions_of(cells: Cells, definitions: pd.DataFrame | None) -> pd.DataFrame:
    """Groups and their core sectors; without definitions each sector is a group."""
    if definitions is None:
        sectors = cells.table.columns
        return pd.DataFrame({"sector": sectors, "group": sectors, "group_name": sectors.map(cells.names)})
    role = definitions.get("role", pd.Series(CORE, index=definitions.index)).fillna(CORE)
    core = definitions[(role == CORE) & definitions["sector"].isin(cells.table.columns)]
    if core.empty:
        raise LayerError(
            message(
                "definitions: none of their {count} sectors is in the data, for example {values}. Check that both use "
                "the same classification and the same number of digits.",
                count=definitions["sector"].nunique(),
                values=listing(sorted(definitions["sector"].unique())),
            )
        )
    _say_left_out(definitions, core, cells.table.columns)
    return core.drop_duplicates(["sector", "group"])


def _say_left_out(definitions: pd.DataFrame, core: pd.DataFrame, sectors: pd.Index) -> None:
    """Tell which sectors the data do not have, and which groups have none left."""
    lost = definitions.loc[~definitions["sector"].isin(sectors), "sector"].drop_duplicates()
    if len(lost):
        text = message(
            "definitions: {count} of {number} sectors are not in the data and were left out: {values}.",
            count=len(lost),
            number=definitions["sector"].nunique(),
            values=listing(sorted(lost)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    gone = definitions.loc[~definitions["group"].isin(core["group"]), "group"].drop_duplicates()
    if len(gone):
        text = message(
            "definitions: {count} groups have no core sector in the data and are in no result: {values}. Check their "
            "codes.",
            count=len(gone),
            values=listing(sorted(gone)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def grouped(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    *,
    definitions: pd.DataFrame | None,
    reference: pd.DataFrame | None,
    total: str | None,
) -> Grouped:
    """
    Tables of territories by groups.

    Parameters
    ----------
    territories
        Territories.
    firms
        Register; or counts.
    counts
        Table of one period; or firms.
    definitions
        Sectors of each group; None makes each sector one.
    reference
        Totals of the whole.
    total
        Sector that stands for all.

    Returns
    -------
    grouped
        Territories by groups.

    Raises
    ------
    LayerError
        As for location quotients, or if no sector of the definitions is in the data.
    """
    cells = cells_of(territories, firms, counts, measure="employment", total=total)
    whole = whole_of(reference, cells, measure="employment", total=total)
    used = definitions_of(cells, definitions)
    table = cells.table
    groups = list(dict.fromkeys(used["group"]))
    inside = [table.columns.isin(used.loc[used["group"] == g, "sector"]) for g in groups]
    member = pd.DataFrame(np.array(inside).T.astype(float), index=table.columns, columns=groups)
    low, high = limits(table, counts, cells.totals)
    sums = [_summed(t, member) for t in (table, low, high)]
    totals = cells.totals if cells.totals is not None else table.sum(axis=1, skipna=False)
    found = whole or Whole(table.sum(skipna=False), float(totals.sum(skipna=False)), "")
    shares = pd.Series(
        found.sectors.reindex(table.columns).to_numpy(np.float64) @ member.to_numpy(), index=groups
    )
    plants = cells.other.get("establishments")
    return Grouped(
        sums[0],
        None if plants is None else _summed(plants, member),
        CellBounds(sums[1], sums[2], sums[0]),
        totals,
        Whole(shares, found.total, found.name),
        member,
        used,
        table,
        whole is None,
    )


def limits(
    table: pd.DataFrame, counts: pd.DataFrame | None, totals: pd.Series | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Least and most that each cell can hold; infinite where nothing bounds it.

    Parameters
    ----------
    table
        Jobs, territories by sectors.
    counts
        Rows with their own bounds, if they have such.
    totals
        Jobs of the territories.

    Returns
    -------
    low, high
        Tables like `table`; known cells are themselves.
    """
    missing = table.isna()
    low = table.fillna(0.0)
    high = table.where(~missing, np.inf)
    if totals is not None:
        rest = (totals - low.sum(axis=1)).clip(lower=0).fillna(np.inf)
        high = high.where(~missing, np.broadcast_to(rest.to_numpy()[:, None], table.shape))
    if counts is None:
        return low, high
    for column, target in (("employment_low", "low"), ("employment_high", "high")):
        if column not in counts.columns:
            continue
        # Tools that ask for several periods do not ask for bounds, which then come as they stand in the file.
        rows = counts.assign(**{column: pd.to_numeric(counts[column], errors="coerce")})
        given = rows.pivot_table(index="territory", columns="sector", values=column, aggfunc="first")
        given = given.reindex(index=table.index, columns=table.columns)
        if target == "low":
            low = low.where(~missing | given.isna(), given)
        else:
            high = high.where(~missing | given.isna() | (given > high), given)
    return low, high


def _summed(table: pd.DataFrame, member: pd.DataFrame) -> pd.DataFrame:
    values = table.to_numpy(np.float64)
    held = member.to_numpy()
    lost = (np.isnan(values).astype(float) @ held) > 0
    endless = (np.isinf(values).astype(float) @ held) > 0
    sums = np.where(np.isfinite(values), values, 0.0) @ held
    sums = np.where(lost, np.nan, np.where(endless, np.inf, sums))
    return pd.DataFrame(sums, index=table.index.rename("territory"), columns=member.columns.rename("group"))


def earlier_jobs(counts: pd.DataFrame | None, have: Grouped, period: str | None) -> pd.DataFrame | None:
    """Jobs of the groups in an earlier period: the one named, else the first; None where there is but one."""
    if counts is None or "period" not in counts.columns or counts["period"].isna().all():
        return None
    known = periods_of(counts)
    if len(known) < 2:  # noqa: PLR2004 - two periods make a change
        return None
    rows = one_period(counts, known[0] if period is None else period)
    return _like(counts_table(rows, value="employment", territories=have.sectors.index), have, absent=0.0)


def value_added(figures: pd.DataFrame | None, have: Grouped) -> pd.DataFrame | None:
    """
    Value added of the groups.

    Parameters
    ----------
    figures
        By territory and sector, or by territory and group.
    have
        Groups.

    Returns
    -------
    value_added
        Territories by groups; NaN where a sector with jobs has none.

    Raises
    ------
    LayerError
        If the figures name neither sectors nor groups.
    """
    if figures is None:
        return None
    if "sector" not in figures.columns:
        raise LayerError(message("value_added: no column “sector”, which tells the groups apart. Name it."))
    wide = figures.pivot_table(index="territory", columns="sector", values="value", aggfunc="sum")
    if set(wide.columns) & set(have.member.columns) and not set(wide.columns) & set(have.sectors.columns):
        return wide.reindex(index=have.sectors.index, columns=have.member.columns)
    if not set(wide.columns) & set(have.sectors.columns):
        raise LayerError(
            message(
                "value_added: none of its sectors is in the data, for example {values}. Check that both use the same "
                "classification.",
                values=listing(sorted(map(str, wide.columns))),
            )
        )
    return _like(wide, have, absent=np.nan)


def _like(table: pd.DataFrame, have: Grouped, *, absent: float) -> pd.DataFrame:
    """Sums over the sectors of each group; sectors that are not there have nothing, or an unknown amount."""
    shaped = table.reindex(index=have.sectors.index, columns=have.sectors.columns)
    lost = ~np.isin(have.sectors.columns, table.columns)
    if absent == 0:
        shaped.loc[:, lost] = 0.0
    # Without jobs there is no value added, said or unsaid.
    shaped = shaped.where(shaped.notna() | (have.sectors != 0) | (absent == 0), 0.0)
    return _summed(shaped, have.member)


def say_unknown(evidence: pd.DataFrame) -> None:
    """Tell for how many cells stars are unknown, and what would decide them."""
    gaps = evidence[(evidence["passed"] == "unknown") & (evidence["cure"] != "")]
    if gaps.empty:
        return
    cure = str(gaps["cure"].value_counts().index[0])
    text = message(
        "{count} of {number} verdicts are unknown. What would decide most of them: {cure}.",
        count=len(gaps),
        number=len(evidence),
        cure=message(cure),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def say_unconfirmed(unconfirmed: str, preset: str) -> None:
    """Tell that a preset has cut-offs that no page seen confirms."""
    if unconfirmed:
        text = message(
            "preset: “{preset}” has cut-offs that no published page seen confirms: {values}. Do not present them as "
            "official; give your own where you know better.",
            preset=preset,
            values=unconfirmed,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
