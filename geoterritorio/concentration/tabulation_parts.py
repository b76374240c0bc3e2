"""The table of a register in parts: each part is counted by itself, and the counts are added up in their order.

Memory holds one batch of the register and the table, however many establishments there are. Numbers of establishments
and whole jobs are those of the register in one file to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration.tabulation import (
    Outside,
    Tabulation,
    report_outside,
    report_several,
    report_strange,
    report_uncoded,
    report_unknown,
)
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align
from geoterritorio.layers.partitions import Parts, each_part, hash_of
from geoterritorio.layers.working import Sums, key_of
from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
_SUMS = ("plants", "known", "jobs", "squares")
_TOLD = ("plants", "lost", "jobs", "lost_jobs", "uncoded", "several", "unknown")
_FIRST_SECTORS = 64


@dataclass(frozen=True)
class Counting:
    """
    Counts of a batch by territory and sector, of the cells that have any.

    Parameters
    ----------
    territories
        `territory` and polygons, sorted by the identifier.
    snap
        Establishments this near (metres) a territory but in none go to the nearest.
    """

    territories: gpd.GeoDataFrame
    snap: float

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns that are read."""
        return ("sector", "sector_name", "employment", "territory")

    def key(self) -> str:
        """Hash of what the counts depend on beside the register."""
        return key_of(hash_of(self.territories[["territory", "geometry"]]), self.snap)

    def __call__(self, batch: Any) -> Sums:
        """Cells and their sums, sectors and their names, and what was left out."""
        place, several, strange = self._place(batch)
        sector, sectors = pd.factorize(batch["sector"])
        sizes = np.full(len(batch), np.nan)
        if "employment" in batch:
            sizes = batch["employment"].to_numpy(float, na_value=np.nan)
        known = np.isfinite(sizes)
        jobs = np.where(known, sizes, 0.0)
        lost, uncoded = place < 0, sector < 0
        inside = ~(lost | uncoded)
        cells, at = np.unique(place[inside] * max(1, len(sectors)) + sector[inside], return_inverse=True)
        size = len(cells)
        largest = np.zeros(size)
        np.maximum.at(largest, at, jobs[inside])
        told = (
            len(batch),
            lost.sum(),
            jobs.sum(),
            jobs[lost].sum(),
            uncoded.sum(),
            several,
            (inside & ~known).sum(),
        )
        return {
            "place": (cells // max(1, len(sectors))).astype(np.int32),
            "sector": (cells % max(1, len(sectors))).astype(np.int32),
            "plants": np.bincount(at, minlength=size).astype(float),
            "known": np.bincount(at, known[inside], minlength=size),
            "jobs": np.bincount(at, jobs[inside], minlength=size),
            "squares": np.bincount(at, (jobs * jobs)[inside], minlength=size),
            "largest": largest,
            "sectors": _texts(sectors),
            "names": _texts(_names(batch, sectors)),
            "strange": _texts(strange),
            "told": np.array(told, float),
        }

    def _place(self, batch: Any) -> tuple[Indices, int, list[str]]:
        """Row of each establishment, how many are inside several, and codes of territories that there are not."""
        if isinstance(batch, gpd.GeoDataFrame):
            if not self.territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
                raise _in_points()
            found = assign(align(batch, self.territories, name="firms"), self.territories, snap=self.snap)
            return found.position.astype(np.int64), found.several, []
        if "territory" not in batch:
            raise _nowhere()
        codes, given = pd.factorize(batch["territory"])
        rows = np.append(pd.Index(self.territories["territory"]).get_indexer(given), -1)
        return rows[codes].astype(np.int64), 0, list(np.asarray(given)[rows[:-1] < 0])


def _in_points() -> LayerError:
    return LayerError(
        message(
            "territories: establishments cannot be found in points. Give polygons, or firms as a table with a "
            "territory column."
        )
    )


def _nowhere() -> LayerError:
    return LayerError(
        message("firms: neither points nor a territory column. Give a point layer, or name the column.")
    )


def _names(batch: Any, sectors: Any) -> list[str]:
    """First name of each sector, empty where there is none."""
    if "sector_name" not in batch:
        return [""] * len(sectors)
    first = batch.dropna(subset=["sector_name"]).drop_duplicates("sector").set_index("sector")["sector_name"]
    return list(first.reindex(sectors).fillna("").astype(str))


def _texts(values: Iterable[Any]) -> npt.NDArray[np.str_]:
    texts = [str(v) for v in values]
    return np.array(texts, dtype=np.str_) if texts else np.empty(0, "U1")


@dataclass
class _Table:
    """Dense sums by territory and sector; columns are added as sectors come."""

    rows: int
    sectors: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sums: dict[str, Floats] = field(default_factory=dict)
    told: Floats = field(default_factory=lambda: np.zeros(len(_TOLD)))
    strange: set[str] = field(default_factory=set)

    def add(self, part: Sums) -> None:
        columns = np.array(
            [self.sectors.setdefault(str(s), len(self.sectors)) for s in part["sectors"]], np.int64
        )
        self._widen()
        for code, name in zip(part["sectors"].tolist(), part["names"].tolist(), strict=True):
            if name:
                self.names.setdefault(code, name)
        self.strange.update(part["strange"].tolist())
        self.told += part["told"]
        if len(part["place"]):
            cells = (part["place"], columns[part["sector"]])
            for name in _SUMS:
                self.sums[name][cells] += part[name]
            self.sums["largest"][cells] = np.maximum(self.sums["largest"][cells], part["largest"])

    def _widen(self) -> None:
        there = self.sums["plants"].shape[1] if self.sums else 0
        if self.sums and len(self.sectors) <= there:
            return
        wide = max(_FIRST_SECTORS, len(self.sectors), there + there // 2)
        for name in (*_SUMS, "largest"):
            old, self.sums[name] = self.sums.get(name), np.zeros((self.rows, wide))
            if old is not None:
                self.sums[name][:, : old.shape[1]] = old


@dataclass(frozen=True)
class PartsTabulation:
    """Tables of a register in parts, and the name of each sector."""

    table: Tabulation
    names: pd.Series


def tabulate_parts(
    parts: Parts,
    territories: gpd.GeoDataFrame,
    *,
    outside: Outside = "drop",
    snap: Metres = 0,
    progress: Progress = no_progress,
) -> PartsTabulation:
    """
    Tables of jobs, establishments, squared sizes and largest establishments of a register in parts.

    Parameters
    ----------
    parts
        Establishments: `sector`, `employment`, and points or `territory`.
    territories
        Polygons with `territory`; each is a row of the tables, even if empty.
    outside
        What to do with establishments in no territory: leave them out with a warning, or refuse.
    snap
        Establishments this near (metres) a territory but in none go to the nearest.
    progress
        Called with the share of the parts that are done.

    Returns
    -------
    tabulation
        As `tabulate_plants` of the register in one file; sums of jobs that are no whole numbers may differ in the last
        digits, since they are added up part by part.

    Raises
    ------
    LayerError
        A part cannot be used, or establishments are outside and must not be.
    """
    order = pd.Index(territories["territory"]).argsort()
    rows = territories.iloc[order].reset_index(drop=True)
    found = _Table(len(rows))
    areas = gpd.GeoDataFrame({"territory": rows["territory"]}, geometry=rows.geometry.array, crs=rows.crs)
    counting = Counting(areas, float(snap))
    for sums in each_part(counting, parts, progress=progress):
        found.add(sums)
    _report(found, refuse=outside == "raise", sized="employment" in parts.columns)
    return PartsTabulation(
        _tabulation(found, pd.Index(rows["territory"], name="territory")),
        pd.Series({code: found.names.get(code, code) for code in sorted(found.sectors)}, dtype=object),
    )


def _tabulation(found: _Table, territories: pd.Index) -> Tabulation:
    """Tables with the sectors that have an establishment inside, sorted."""
    plants = found.sums["plants"]
    there: npt.NDArray[np.bool_] = np.asarray(plants.any(axis=0))
    codes = sorted(code for code, k in found.sectors.items() if there[k])
    columns = np.array([found.sectors[code] for code in codes], np.int64)
    sectors = pd.Index(codes, name="sector")
    # In rows, as the table of one file lies: another order of memory is another order of sums.
    shown = {name: np.ascontiguousarray(values[:, columns]) for name, values in found.sums.items()}
    hidden = (shown["plants"] > 0) & (shown["known"] == 0)
    for name in ("jobs", "squares", "largest"):
        shown[name][hidden] = np.nan
    jobs, count, squares, largest = (
        pd.DataFrame(shown[name], index=territories, columns=sectors, copy=False)
        for name in ("jobs", "plants", "squares", "largest")
    )
    told = dict(zip(_TOLD, found.told.tolist(), strict=True))
    return Tabulation(jobs, count, squares, largest, int(told["lost"]), int(told["unknown"]))


def _report(found: _Table, *, refuse: bool, sized: bool) -> None:
    told = dict(zip(_TOLD, found.told.tolist(), strict=True))
    report_strange(sorted(found.strange))
    if told["several"]:
        report_several(int(told["several"]))
    if told["lost"]:
        plants = (int(told["lost"]), int(told["plants"]))
        report_outside(plants, (told["lost_jobs"], told["jobs"]), refuse=refuse)
    if told["uncoded"]:
        report_uncoded(int(told["uncoded"]))
    if told["unknown"] and sized:
        report_unknown(int(told["unknown"]), int(found.sums["plants"].sum()))
