"""Concentration on layers: registers or counts and boundaries in, tables and maps of quotients out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import quotients, sensitivity, tabulation
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.intervals import IntervalRules, location_quotient_interval
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.checks import listing
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.schema import (
    KNOWN,
    QUOTIENT_AREAS,
    QUOTIENTS,
    STANDARDISED,
    UNKNOWN,
    WITHHELD,
    Counts,
    Firms,
    QuotientAreas,
    Quotients,
    Reference,
    StandardisedQuotients,
    Territories,
    Verdicts,
)
from geoterritorio.registry import Layer, Level, Metres, Progress, no_progress, tool

Measure = Literal["employment", "establishments"]


@dataclass(frozen=True)
class QuotientResult:
    """
    Location quotients as a table and on the map.

    Attributes
    ----------
    quotients
        One row per territory and sector, with interval, p, q and certainty.
    areas
        One row per territory: the chosen sector, or the one with the largest excess among the territory's sectors.
    rules
        How the intervals were made.
    """

    quotients: Quotients
    areas: QuotientAreas
    rules: IntervalRules


@dataclass(frozen=True)
class _Cells:
    """Wide tables of one measure, all territories by sectors, and what is known beside them."""

    table: pd.DataFrame
    other: dict[str, pd.DataFrame]
    totals: pd.Series | None
    names: pd.Series
    status: pd.Series  # by (territory, sector); cells not listed are known


@tool
def tabulate(
    territories: Territories,
    firms: Firms,
    *,
    outside: Literal["drop", "raise"] = "drop",
    snap: Metres = 0,
    progress: Progress = no_progress,
) -> Counts:
    """
    Establishments and jobs by territory and sector.

    A point belongs to the territory that contains or touches it; where several do, to the one whose identifier
    sorts first. Establishments outside every territory are counted and reported.

    Parameters
    ----------
    territories
        Territories in which establishments are counted; each becomes rows, even if empty.
    firms
        Establishments: points, or a table with a territory column.
    outside
        What to do with establishments outside every territory: drop them and say how many, or refuse.
    snap
        Establishments outside, but within this distance of a territory, go to the nearest one.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory and sector with at least one establishment.

    Raises
    ------
    LayerError
        If firms have neither points nor territories, or some lie outside and must not.
    CRSError
        If `snap` is asked for on a layer in which metres cannot be measured.
    """
    progress(0, mark("Assigning establishments to territories"))
    table = _tabulation(territories, firms, outside=outside, snap=snap)
    progress(0.8, mark("Counting"))
    rows = tabulation.long_table(
        employment=table.employment, establishments=table.establishments, squares=table.squares
    )
    rows = rows[rows["establishments"] > 0].reset_index(drop=True)
    rows.insert(2, "sector_name", rows["sector"].map(_names(firms)))
    rows["status"] = KNOWN
    return rows


@tool
def location_quotient(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    sector: str | None = None,
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> QuotientResult:
    """
    Location quotients with intervals.

    How many times larger a sector's share is in a territory than in the whole, and how surely: establishments by the
    conditional mid-p interval, employment by the sizes of the plants or by the published sampling error. p tests the
    quotient against 1; q adjusts p for all cells tested in the table.

    Parameters
    ----------
    territories
        Territories to compare; polygons or points.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    sector
        Sector of the map layer; by default each territory's sector with the largest excess.
    level
        Confidence level of the intervals.
    progress
        Callback.

    Returns
    -------
    result
        Table of all cells, and the territories with the quotient of one sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts or reference name
        territories or sectors that the other layers do not have, or the sector is unknown.

    References
    ----------
    .. [1] Moineddin, R., Beyene, J. & Boyle, E. (2003). On the location quotient confidence interval. Geographical
       Analysis 35, 249-256.
    .. [2] Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.
    """
    progress(0, mark("Counting"))
    cells = _cells(territories, firms, counts, measure=measure, total=total)
    whole = _whole(reference, cells, measure=measure, total=total)
    progress(0.4, mark("Intervals"))
    table, rules = _quotients(cells, whole, measure=measure, level=level)
    progress(0.9, mark("Drawing up results"))
    return QuotientResult(table, _areas(territories, table, sector), rules)


@tool
def standardised_location_quotient(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    transform: Literal["none", "log"] = "log",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> StandardisedQuotients:
    """
    Standardised location quotients of each sector over the territories.

    Deviations of each quotient from the sector's mean in standard deviations, a test of normality, and the cut-off
    above which a territory counts as agglomerated in the sector.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    transform
        Whether quotients are standardised as they are or as logarithms (zeros are then left out).
    level
        Confidence level of the cut-off.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory and sector.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] O'Donoghue, D. & Gleave, B. (2004). A note on methods for measuring industrial agglomeration. Regional
       Studies 38, 419-427.
    .. [2] Tian, Z. (2013). Measuring agglomeration using the standardized location quotient with a bootstrap method.
       Journal of Regional Analysis and Policy 43, 186-197.
    """
    progress(0, mark("Counting"))
    cells = _cells(territories, firms, counts, measure=measure, total=total)
    whole = _whole(reference, cells, measure=measure, total=total)
    options = {"reference": whole, "totals": cells.totals}
    lq = quotients.location_quotient(cells.table, **options)
    z = quotients.standardised_location_quotient(cells.table, transform=transform, **options)
    progress(0.3, mark("Cut-offs"))
    limits = quotients.agglomeration_cutoffs(cells.table, transform=transform, level=level, **options)
    rows = tabulation.long_table(lq=lq, z=z)
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["normality_p"] = rows["sector"].map(limits["normality"])
    rows["cutoff"] = rows["sector"].map(limits["cutoff"])
    above = np.where(rows["z"] > rows["cutoff"], "yes", "no")
    rows["agglomerated"] = pd.Series(above, dtype=object).where(
        rows["z"].notna() & rows["cutoff"].notna(), None
    )
    return rows[[c.name for c in STANDARDISED.columns]]


@tool
def areal_sensitivity(
    territories: Territories,
    firms: Firms,
    other: Territories | None = None,
    *,
    cell: Metres = 10_000,
    measure: Measure = "employment",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> Verdicts:
    """
    Verdicts on different areas.

    The same register, the same measure, several divisions of the same land: the territories, other ones if given
    (labour markets, for example), and a grid of squares. Where the verdicts differ, they owe more to the division than
    to the firms: the modifiable areal unit problem, made visible.

    Parameters
    ----------
    territories
        First division, with which the others are compared.
    firms
        Register of establishments: points.
    other
        Second division of the same land.
    cell
        Side of the squares of the grid; 0 leaves the grid out.
    measure
        What is counted: jobs or establishments.
    level
        Confidence level of the verdicts.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector and division.

    Raises
    ------
    LayerError
        If firms are not points, or the measure is missing.
    CRSError
        If metres cannot be measured on the territories.

    References
    ----------
    .. [1] Openshaw, S. (1984). The modifiable areal unit problem. Concepts and Techniques in Modern Geography 38.
    """
    if not has_geometry(firms):
        raise LayerError(
            message("firms: points are needed to count the same establishments on several areas.")
        )
    divisions = {mark("territories"): territories}
    if other is not None:
        divisions[mark("other")] = align(other, territories, name="other")
    if cell > 0:
        require_metres(territories, name="territories")
        divisions[mark("grid")] = regular_cells(territories, cell=cell)
    points = align(firms, territories, name="firms")
    tables = {}
    for i, (name, areas) in enumerate(divisions.items()):
        progress(i / len(divisions), mark("Counting"))
        tables[name] = _verdicts(areas, points, measure=measure, level=level)
    return sensitivity.compare_verdicts(points["sector"], tables, names=_names(firms))


def _verdicts(
    areas: gpd.GeoDataFrame, points: gpd.GeoDataFrame, *, measure: Measure, level: float
) -> tuple[pd.DataFrame, pd.Series]:
    table = location_quotient(areas, points, measure=measure, level=level).quotients
    return table, assign(points, areas).territory


def _tabulation(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame,
    *,
    outside: Literal["drop", "raise"] = "drop",
    snap: float = 0,
) -> tabulation.Tabulation:
    if not has_geometry(firms):
        if "territory" not in firms.columns:
            raise LayerError(
                message(
                    "firms: neither points nor a territory column. Give a point layer, or name the column."
                )
            )
        strange = sorted(set(firms["territory"].dropna()) - set(territories["territory"]))
        if strange:
            _say(
                message(
                    "firms: {count} territory codes are not in the layer of territories: {values}.",
                    count=len(strange),
                    values=listing(strange),
                )
            )
        return tabulation.tabulate_plants(firms, territories, outside=outside)
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(
            message(
                "territories: establishments cannot be found in points. Give polygons, or firms as a table with a "
                "territory column."
            )
        )
    if snap > 0:
        require_metres(territories, name=mark("territories"))
    return tabulation.tabulate_plants(
        align(firms, territories, name="firms"), territories, outside=outside, snap=snap
    )


def _cells(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    *,
    measure: Measure,
    total: str | None,
) -> _Cells:
    source = firms if firms is not None else counts
    if source is None or (firms is not None and counts is not None):
        raise LayerError(
            message("Give either firms (a register) or counts (a table), not both and not neither.")
        )
    needed = measure == "employment" or counts is not None
    if needed and measure not in source.columns:
        raise LayerError(
            message(
                "{layer}: no column “{column}”, which the measure “{column}” needs. "
                "Name the column, or choose the other measure.",
                layer="counts" if firms is None else "firms",
                column=measure,
            )
        )
    if firms is not None and total is not None:
        raise LayerError(message("total: a register has no row of totals; leave “{total}” out.", total=total))
    if firms is not None:
        return _from_firms(territories, firms, measure)
    return _from_counts(territories, source, measure, total)


def _from_firms(territories: gpd.GeoDataFrame, firms: pd.DataFrame, measure: Measure) -> _Cells:
    table = _tabulation(territories, firms)
    other = {"employment": table.employment, "establishments": table.establishments, "squares": table.squares}
    if "employment" not in firms.columns:
        other = {"establishments": table.establishments}
    return _Cells(getattr(table, measure), other, None, _names(firms), pd.Series(dtype=object))


def _from_counts(
    territories: gpd.GeoDataFrame, counts: pd.DataFrame, measure: Measure, total: str | None
) -> _Cells:
    strange = sorted(set(counts["territory"]) - set(territories["territory"]))
    if strange:
        raise LayerError(
            message(
                "counts: {count} territories are not in the layer of territories: {values}. "
                "Check that both use the same codes (leading zeros?).",
                count=len(strange),
                values=listing(strange),
            )
        )
    rows = sorted(territories["territory"])
    columns = [
        c for c in ("employment", "establishments", "squares", "relative_error") if c in counts.columns
    ]
    wide = {c: tabulation.counts_table(counts, value=c, territories=rows) for c in columns}
    totals = None
    if total is not None:
        if total not in wide[measure].columns:
            raise LayerError(message("counts: no sector “{total}”, named as the total of all.", total=total))
        totals = wide[measure][total]
        wide = {name: table.drop(columns=total) for name, table in wide.items()}
    status = pd.Series(dtype=object)
    if "status" in counts.columns:
        status = counts.set_index(["territory", "sector"])["status"].dropna()
    return _Cells(wide[measure], wide, totals, _names(counts), status)


def _whole(
    reference: pd.DataFrame | None, cells: _Cells, *, measure: Measure, total: str | None
) -> Whole | None:
    if reference is None:
        return None
    if measure not in reference.columns:
        raise LayerError(
            message("reference: no column “{column}”, which the measure “{column}” needs.", column=measure)
        )
    sums = reference.set_index("sector")[measure]
    problems: list[Message] = []
    if total is not None and total not in sums.index:
        problems.append(message("reference: no sector “{total}”, named as the total of all.", total=total))
    unknown = [s for s in cells.table.columns if s not in sums.index]
    if unknown:
        problems.append(
            message(
                "reference: {count} sectors of the data have no total in it: {values}. "
                "Check that both use the same classification.",
                count=len(unknown),
                values=listing(unknown),
            )
        )
    if problems:
        raise LayerError(problems)
    _tell_what_is_beyond(sums, cells)
    grand = float(sums[total]) if total is not None else float(sums.sum())
    return Whole(sums.drop(labels=[total] if total is not None else []), grand, "reference")


def _tell_what_is_beyond(sums: pd.Series, cells: _Cells) -> None:
    own = cells.table.sum()
    beyond = own > sums.reindex(own.index) * (1 + 1e-9)
    if beyond.any():
        share = float((own / sums.reindex(own.index)).max() - 1)
        _say(
            message(
                "reference: {count} sectors of the data are larger than in the reference, by up to {percent} %. "
                "A whole should hold all the territories compared with it.",
                count=int(beyond.sum()),
                percent=f"{100 * share:.1f}",
            )
        )


def _say(text: Message) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _quotients(
    cells: _Cells, whole: Whole | None, *, measure: Measure, level: float
) -> tuple[pd.DataFrame, IntervalRules]:
    # Jobs are never trials: without plants, sizes or a sampling error they get no interval.
    sizes = {"establishments": cells.table * np.nan, **cells.other} if measure == "employment" else {}
    found = location_quotient_interval(
        cells.table,
        sizes.get("establishments"),
        sizes.get("squares"),
        relative_error=sizes.get("relative_error"),
        reference=whole,
        totals=cells.totals,
        level=level,
    )
    excess = quotients.excess_employment(cells.table, reference=whole, totals=cells.totals)
    shown = {c: cells.other[c] for c in ("employment", "establishments") if c in cells.other}
    frames = {"low": found.low, "high": found.high, "p": found.p, "q": found.q}
    rows = tabulation.long_table(
        **shown,
        lq=found.lq,
        **frames,
        effective_plants=found.effective_plants,
        certainty=found.certainty,
        excess=excess,
    )
    rows["symmetric"] = (rows["lq"] - 1) / (rows["lq"] + 1)
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["status"] = _status(rows, cells)
    rows["certainty"] = rows["certainty"].mask(rows["status"] == UNKNOWN, UNKNOWN)
    return rows[[c.name for c in QUOTIENTS.columns if c.name in rows.columns]], found.rules


def _status(rows: pd.DataFrame, cells: _Cells) -> pd.Series:
    """Status of each cell: as the source says, unknown where a figure is missing without being withheld."""
    listed = pd.MultiIndex.from_frame(rows[["territory", "sector"]])
    given = cells.status.reindex(listed) if len(cells.status) else pd.Series(KNOWN, index=listed)
    status = given.fillna(KNOWN).to_numpy(dtype=object)
    missing = cells.table.isna().to_numpy().ravel() & (status != WITHHELD)
    return pd.Series(np.where(missing, UNKNOWN, status), index=rows.index, dtype=object)


def _areas(territories: gpd.GeoDataFrame, table: pd.DataFrame, sector: str | None) -> gpd.GeoDataFrame:
    if sector is not None:
        chosen = table[table["sector"] == sector]
        if chosen.empty:
            known = sorted(table["sector"].unique())
            raise LayerError(
                message(
                    "sector: no code “{sector}” in the data. There are: {values}.",
                    sector=sector,
                    values=listing(known),
                )
            )
    else:
        ranked = table.sort_values(["excess", "sector"], ascending=[False, True], kind="stable")
        chosen = ranked.drop_duplicates("territory")
    joined = territories.merge(
        chosen, on="territory", how="left", validate="one_to_one", suffixes=("_own", "")
    )
    return _ordered(joined, QUOTIENT_AREAS)


def _ordered(layer: gpd.GeoDataFrame, schema: Layer) -> gpd.GeoDataFrame:
    first = [c.name for c in schema.columns if c.name in layer.columns]
    rest = [c for c in layer.columns if c not in {*first, layer.geometry.name}]
    return layer[[*first, *rest, layer.geometry.name]]


def _names(frame: pd.DataFrame) -> pd.Series:
    """First name of each sector; its code where there is none."""
    codes = frame["sector"].drop_duplicates()
    names = pd.Series(codes.to_numpy(), index=codes.to_numpy(), dtype=object)
    if "sector_name" in frame.columns:
        given = (
            frame.dropna(subset=["sector_name"]).drop_duplicates("sector").set_index("sector")["sector_name"]
        )
        names.update(given)
    return names
