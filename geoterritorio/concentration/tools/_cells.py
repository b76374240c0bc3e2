"""The table every tool of the room starts from, made from a register or from counts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration import tabulation
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.tabulation_parts import tabulate_parts
from geoterritorio.concentration.tools._coarser import summed_up
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.partitions import Parts
from geoterritorio.registry import Progress, no_progress

Measure = Literal["employment", "establishments"]
# Fewer sectors or territories can agree by accident.
_SECTORS_OF_A_TOTAL = 3
_TERRITORIES_OF_A_TOTAL = 2
_NEARLY_ALL = 0.95

_ONE_TERRITORY = message(
    "There is only one territory, from which the result follows: it says nothing about the data. Give more "
    "territories, or a reference of a larger area."
)
_ONE_SECTOR = message(
    "There is only one sector, from which the result follows: it says nothing about the data. Give more "
    "sectors, or the totals of all."
)
# For what is compared with nothing, which more of its own kind alone can mend.
_ONE_TERRITORY_ALONE = message(
    "There is only one territory, from which the result follows: it says nothing about the data. Give more "
    "territories."
)
_ONE_SECTOR_ALONE = message(
    "There is only one sector, from which the result follows: it says nothing about the data. Give more sectors."
)


@dataclass(frozen=True)
class Cells:
    """Wide tables of one measure, all territories by sectors, and what is known beside them."""

    table: pd.DataFrame
    other: dict[str, pd.DataFrame]
    totals: pd.Series | None
    names: pd.Series
    status: pd.Series  # by (territory, sector); cells not listed are known


def tabulated(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame,
    *,
    outside: Literal["drop", "raise"] = "drop",
    snap: float = 0,
    progress: Progress = no_progress,
) -> tuple[tabulation.Tabulation, pd.Series]:
    """Tables of a register, in parts or whole, and the names of its sectors."""
    if isinstance(firms, Parts):
        if snap > 0:
            require_metres(territories, name=mark("territories"))
        found = tabulate_parts(firms, territories, outside=outside, snap=snap, progress=progress)
        return found.table, found.names
    return _tabulated(territories, firms, outside=outside, snap=snap), names_of(firms)


def _tabulated(
    territories: gpd.GeoDataFrame, firms: pd.DataFrame, *, outside: Literal["drop", "raise"], snap: float
) -> tabulation.Tabulation:
    if not has_geometry(firms):
        if "territory" not in firms.columns:
            raise LayerError(
                message(
                    "firms: neither points nor a territory column. Give a point layer, or name the column."
                )
            )
        strange = sorted(set(firms["territory"].dropna()) - set(territories["territory"]))
        tabulation.report_strange(strange)
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


def cells_of(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    *,
    measure: Measure,
    total: str | None,
    progress: Progress = no_progress,
) -> Cells:
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
        cells = _from_firms(territories, firms, measure, progress)
    else:
        cells = _from_counts(territories, source, measure, total)
    if not cells.table.ne(0).any(axis=None):
        raise LayerError(
            message(
                "{layer}: no “{column}” above 0 in these territories: there is nothing to measure. Check the column "
                "and the codes, or choose the other measure.",
                layer="counts" if firms is None else "firms",
                column=measure,
            )
        )
    return cells


def _from_firms(
    territories: gpd.GeoDataFrame, firms: pd.DataFrame, measure: Measure, progress: Progress
) -> Cells:
    table, names = tabulated(territories, firms, progress=progress)
    other = {"employment": table.employment, "establishments": table.establishments, "squares": table.squares}
    if "employment" not in firms.columns:
        other = {"establishments": table.establishments}
    return Cells(getattr(table, measure), other, None, names, pd.Series(dtype=object))


def _from_counts(
    territories: gpd.GeoDataFrame, counts: pd.DataFrame, measure: Measure, total: str | None
) -> Cells:
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
    else:
        _tell_total(wide[measure])
    status = pd.Series(dtype=object)
    if "status" in counts.columns:
        status = counts.set_index(["territory", "sector"])["status"].dropna()
    return Cells(wide[measure], wide, totals, names_of(counts), status)


def _tell_total(table: pd.DataFrame) -> None:
    """Warning of a sector that in nearly every territory holds as much as all others together."""
    known = table.dropna()
    sums = known.sum(axis=1)
    known, sums = known[sums > 0], sums[sums > 0]
    if table.shape[1] < _SECTORS_OF_A_TOTAL or len(known) < _TERRITORIES_OF_A_TOTAL:
        return
    alike = (2 * known).sub(sums, axis=0).abs().le(1e-9 * sums, axis=0).sum()
    if alike.max() >= _NEARLY_ALL * len(known):
        _say(
            message(
                "counts: sector “{sector}” holds as much as all others together in {number} of {total} territories: it "
                "looks like the total of all. Name it as the total, or leave its rows out.",
                sector=alike.idxmax(),
                number=int(alike.max()),
                total=len(known),
            )
        )


def say_alone(cells: Cells, *, territory: bool = True, sector: bool = True, compared: bool = True) -> None:
    """Warning of what follows from there being one territory, or one sector, and how to mend it."""
    if territory and len(cells.table.index) == 1:
        _say(_ONE_TERRITORY if compared else _ONE_TERRITORY_ALONE)
    if sector and len(cells.table.columns) == 1:
        _say(_ONE_SECTOR if compared else _ONE_SECTOR_ALONE)


def distribution_of(reference: pd.DataFrame, *, measure: Measure, total: str | None) -> pd.Series:
    """Totals by territory of what sectors are compared with."""
    if measure not in reference.columns:
        raise LayerError(
            message("reference: no column “{column}”, which the measure “{column}” needs.", column=measure)
        )
    table = tabulation.counts_table(reference, value=measure)
    if total is None:
        return table.sum(axis=1, skipna=False).rename("reference")
    if total not in table.columns:
        raise LayerError(message("reference: no sector “{total}”, named as the total of all.", total=total))
    return table[total].rename("reference")


def whole_of(
    reference: pd.DataFrame | None, cells: Cells, *, measure: Measure, total: str | None, among: bool = False
) -> Whole | None:
    """The reference as a whole; `among` where territories are compared with each other, whatever the whole is."""
    if among or reference is None:
        say_alone(cells, sector=among or cells.totals is None)
    if reference is None:
        return None
    if measure not in reference.columns:
        raise LayerError(
            message("reference: no column “{column}”, which the measure “{column}” needs.", column=measure)
        )
    sums = summed_up(reference.set_index("sector")[measure], cells.table.columns)
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


def _tell_what_is_beyond(sums: pd.Series, cells: Cells) -> None:
    own = cells.table.sum()
    beyond = own > sums.reindex(own.index) * (1 + 1e-9)
    if beyond.any():
        share = float((own / sums.reindex(own.index)).max() - 1)
        _say(
            message(
                "reference: {count} sectors of the data are larger than in the reference, by up to {percent} %. "
                "A whole should hold all the territories compared with it.",
                count=int(beyond.sum()),
                percent=round(100 * share, 1),
            )
        )


def _say(text: Message) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def names_of(frame: pd.DataFrame) -> pd.Series:
    """First name of each sector; its code where there is none."""
    codes = frame["sector"].drop_duplicates()
    names = pd.Series(codes.to_numpy(), index=codes.to_numpy(), dtype=object)
    if "sector_name" in frame.columns:
        given = (
            frame.dropna(subset=["sector_name"]).drop_duplicates("sector").set_index("sector")["sector_name"]
        )
        found = names.map(given.astype(object).to_dict())
        names = names.where(found.isna(), found)
    return names
