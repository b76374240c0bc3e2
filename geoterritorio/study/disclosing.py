"""Disclosure control of everything that a study publishes: one pattern for all tables of a register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import message
from geoterritorio.layers.schema import WITHHELD as STATUS_WITHHELD
from geoterritorio.publication.disclosure.contributions import (
    OUTSIDE,
    Codes,
    Contributions,
    Level,
    Mask,
    Numbers,
    whole,
)
from geoterritorio.publication.disclosure.secured import secured, warn_unprotected
from geoterritorio.publication.disclosure.whose import place_of
from geoterritorio.registry import Progress, no_progress
from geoterritorio.study.confidential import WHOLE_LINES, Confidential
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.results import StepResult, described
from geoterritorio.study.sizes_told import NO_SIZES, coarse, tells_sizes
from geoterritorio.study.sources import same
from geoterritorio.study.withholding import CONFIDENTIAL, TOOLS, WITHHELD, published

_REGISTERS = frozenset(("firms", "register"))
_COUNTS = "counts"
# Columns that say of what a row tells beside the territory.
CODES = ("sector", "group", "industry", "activity", "class", "size_class")
# Figures of the whole, of rules, of land and of verdicts, which are nobody's.
_NOBODYS = frozenset(
    (
        "threshold",
        "threshold_low",
        "threshold_high",
        "against",
        "area",
        "area_km2",
        "population",
        "period",
        "up_to",
        # Verdicts, and how many conditions or people they rest on.
        "rung",
        "rung_most",
        "earlier_rung",
        "earlier_rung_most",
        "rated",
        "raters",
        "axes_agree",
        "axes_differ",
        "axes_open",
    )
)
# What chance makes of a figure is no further equation in the cells.
_DERIVED = frozenset(("p", "q", "z", "low", "high", "rank", "null_mean", "corrected", "plants"))
# Columns of tables that say which sector belongs where, or compare two.
_NO_LINE = frozenset(("other", "target", "role", "within"))
_SUMS = frozenset(("employment", "establishments"))


@dataclass(frozen=True)
class Disclosure:
    """
    Results as they may be published, and what was done.

    Attributes
    ----------
    results
        Results of the steps.
    log
        Per result: rows of which figures were withheld, and why. Internal.
    cells
        Per register: cells withheld by table and reason, and how much of the whole lies in them. Internal.
    """

    results: list[StepResult]
    log: pd.DataFrame
    cells: pd.DataFrame


@dataclass(frozen=True)
class _System:
    """All tables of a register or of counts: divisions by name, and cells withheld of each."""

    rows: Mapping[str, tuple[int, pd.Index]]
    columns: tuple[tuple[str, pd.Index], ...]
    hidden: Mapping[Level, Mask]
    # Contributors of each cell; none where counts say nothing of sizes.
    contributors: Mapping[Level, Numbers]
    asked: Confidential

    @property
    def last(self) -> tuple[int, int]:
        return max(self.hidden)

    def column_level(self, name: str, codes: pd.Series) -> int:
        """Division of sectors to which the codes of a column belong; -1 for none."""
        told = set(codes.dropna().astype(str))
        for level, (kind, ids) in enumerate(self.columns):
            if kind == name and told and told <= set(ids):
                return level
        return -1


def disclosed(
    plan: StudyPlan,
    layers: Mapping[str, Any],
    results: Sequence[StepResult],
    *,
    progress: Progress = no_progress,
) -> Disclosure:
    """
    Results as others may have them: every figure withheld from which a confidential cell can be solved.

    Parameters
    ----------
    plan
        The study, with its rules.
    layers
        Its layers by name.
    results
        Results of its steps.
    progress
        Callback.

    Returns
    -------
    disclosure
        What may be published, and the account of it.

    Notes
    -----
    All tables of a register are one system: every division of territories with every division of sectors, and their
    totals, published or not. A withheld cell withholds all figures of its row; a withheld total those of its row or
    column that are ratios to it. Indices of a territory or sector, and its sums by other classes, are equations in its
    cells, which no move keeps: they are told only where no cell of the line is withheld. If the study asks for
    `indices = "counted"`, they are withheld only where the withheld cells of a line are no more than the figures told
    of it plus one: such an index can still narrow a cell down.
    """
    results = published(results, plan.disclosure.rules.minimum, commuters=not plan.disclosure.off)
    empty = pd.DataFrame(columns=["step", "output", "rows", "reason"])
    if plan.disclosure.off:
        return Disclosure(list(results), empty, pd.DataFrame())
    by_name = {r.step.name: r for r in results}
    one = same(plan)
    roots = {
        r.step.name: frozenset(one.get(n, n) for n in _roots(r, plan, by_name) - plan.disclosure.published)
        for r in results
    }
    systems, parts = {}, []
    sources = sorted(set().union(*roots.values()))
    for k, name in enumerate(sources):
        progress(k / len(sources))
        mine = [r for r in results if name in roots[r.step.name]]
        made = _system(name, plan, layers, mine, by_name)
        if made is not None:
            systems[name], cells = made
            parts.append(cells)
    found, log = [], []
    equations = _equations(results, roots, systems, by_name)
    for result in results:
        told, rows = _carried(
            result, [systems[n] for n in sorted(roots[result.step.name]) if n in systems], by_name, equations
        )
        found.append(told)
        log += rows
    cells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return Disclosure(found, pd.DataFrame(log, columns=empty.columns), cells)


def _roots(result: StepResult, plan: StudyPlan, by_name: Mapping[str, StepResult]) -> frozenset[str]:
    """Registers and counts on which a result rests."""
    found: set[str] = set()
    for name in taken(result.step):
        step = name.partition(".")[0]
        if name in plan.layers:
            if plan.layers[name].kind in _REGISTERS or plan.layers[name].kind == _COUNTS:
                found.add(name)
        elif step in by_name:
            found |= _roots(by_name[step], plan, by_name)
    return frozenset(found)


def _territories(result: StepResult, by_name: Mapping[str, StepResult]) -> str:
    """Layer or result of the territories that a result tells of: its own, or that of what it is made from."""
    if "territories" in result.step.inputs:
        return result.step.inputs["territories"]
    before = (by_name.get(n.partition(".")[0]) for n in taken(result.step) if "." in n)
    return next((found for r in before if r is not None and (found := _territories(r, by_name))), "")


def _frame(name: str, layers: Mapping[str, Any], by_name: Mapping[str, StepResult]) -> Any:
    if name in layers:
        return layers[name]
    step, _, output = name.partition(".")
    return by_name[step].outputs.get(output) if step in by_name else None


def _system(
    name: str,
    plan: StudyPlan,
    layers: Mapping[str, Any],
    results: Sequence[StepResult],
    by_name: Mapping[str, StepResult],
) -> tuple[_System, pd.DataFrame] | None:
    """Cells withheld of all tables that rest on a register or on counts."""
    source = layers.get(name)
    if not isinstance(source, pd.DataFrame) or "sector" not in source.columns:
        return None
    if "firm" not in source.columns and "establishments" not in source.columns:
        return None
    divisions = {}
    for places in dict.fromkeys(_territories(r, by_name) for r in results):
        frame = _frame(places, layers, by_name)
        if isinstance(frame, gpd.GeoDataFrame) and "territory" in frame.columns:
            divisions[places] = _placed(source, frame)
    divisions = {k: v for k, v in divisions.items() if v.notna().any()}
    if not divisions:
        return None
    given, rows, columns = _contributions(source, divisions, list(_groupings(results)))
    hidden: dict[Level, Mask] = {}
    contributors: dict[Level, Numbers] = {}
    parts = []
    for contributions in given:
        safe = secured(contributions, plan.disclosure.rules)
        warn_unprotected(name, safe)
        if "firm" in source.columns and "employment" in source.columns:
            contributors = {level: table.contributors for level, table in safe.found.items()}
        for level, mask in safe.hidden.items():
            hidden[level] = hidden[level] | mask if level in hidden else mask
            reasons = pd.Series(safe.reasons(level).ravel())
            for reason, here in reasons[reasons != ""].groupby(reasons).groups.items():
                jobs, plants = safe.found[level].jobs.ravel(), safe.found[level].plants.ravel()
                parts.append(
                    {
                        "register": name,
                        "rows": "; ".join(k for k, (r, _) in rows.items() if r == level[0]) or "all",
                        "columns": columns[level[1]][0] if level[1] < len(columns) else "all",
                        "reason": reason,
                        "protected": safe.protected,
                        "cells": len(here),
                        "cells_share": len(here) / max((plants > 0).sum(), 1),
                        "establishments_share": plants[here].sum() / max(plants.sum(), 1),
                        "jobs_share": jobs[here].sum() / max(jobs.sum(), 1e-300),
                    }
                )
    return _System(rows, columns, hidden, contributors, plan.disclosure), pd.DataFrame(parts)


def _placed(source: pd.DataFrame, frame: gpd.GeoDataFrame) -> pd.Series:
    """Territory of each row of a register or of counts, in one division."""
    if "firm" in source.columns:
        return place_of(source, frame)
    return source["territory"].where(source["territory"].isin(frame["territory"]))


def _groupings(results: Sequence[StepResult]) -> Iterator[tuple[str, pd.Series]]:
    """Groups of sectors that results tell of: the column that names them, and the group of each sector."""
    for result in results:
        for rows in result.outputs.values():
            columns = set(getattr(rows, "columns", ()))
            if {"sector", "target", "share"} <= columns:
                alone = rows[rows["share"].ge(1 - 1e-9)]
                yield "sector", alone.drop_duplicates("sector").set_index("sector")["target"]
            elif {"sector", "group", "role"} <= columns:
                left = rows[["sector", "group"]].drop_duplicates()
                # A sector in several groups stands in several divisions, so that each is one of parts.
                while len(left):
                    first = left.drop_duplicates("sector")
                    yield "group", first.set_index("sector")["group"]
                    left = left.drop(first.index)


def _contributions(
    source: pd.DataFrame, divisions: Mapping[str, pd.Series], groups: Sequence[tuple[str, pd.Series]]
) -> tuple[list[Contributions], dict[str, tuple[int, pd.Index]], tuple[tuple[str, pd.Index], ...]]:
    """Contributions of each period, on common divisions, the finest of which are where all of them cross."""
    places = pd.DataFrame(dict(divisions))
    kept = (places.notna().any(axis=1) & source["sector"].notna()).to_numpy()
    places, inside = places[kept].astype(object), source[kept]
    finest = pd.MultiIndex.from_frame(places.fillna(""))
    crossed = finest.unique().sort_values()
    rows: dict[str, tuple[int, pd.Index]] = {}
    row_levels: list[Codes] = [np.arange(len(crossed))]
    for k, name in enumerate(places.columns):
        own = crossed.get_level_values(k)
        ids = pd.Index(sorted(set(own) - {""}))
        codes = ids.get_indexer(own)
        if len(ids) == len(crossed) and (codes >= 0).all():
            # The finest cells in another order of names: each such division keeps theirs.
            rows[name] = (0, own)
        else:
            rows[name] = (len(row_levels), ids)
            row_levels.append(np.where(codes < 0, OUTSIDE, codes))
    sectors = pd.Index(sorted(set(inside["sector"].astype(str))))
    columns: list[tuple[str, pd.Index]] = [("sector", sectors)]
    column_levels: list[Codes] = [np.arange(len(sectors))]
    for kind, group in groups:
        ids = pd.Index(sorted(set(group.astype(str))))
        codes = ids.get_indexer(group.astype(str).reindex(sectors).fillna("\x00"))
        if (codes >= 0).any() and not any(
            kind == k and ids.equals(i) and np.array_equal(codes, c)
            for (k, i), c in zip(columns, column_levels, strict=True)
        ):
            columns.append((kind, ids))
            column_levels.append(codes)
    levels = whole(row_levels, len(crossed)), whole(column_levels, len(sectors))
    at = crossed.get_indexer(finest), sectors.get_indexer(inside["sector"].astype(str))
    return list(_periods(inside, *at, *levels)), rows, tuple(columns)


def _periods(
    inside: pd.DataFrame, row: Codes, column: Codes, rows: tuple[Codes, ...], columns: tuple[Codes, ...]
) -> Iterator[Contributions]:
    """Contributions of a register, or of counts in each period."""
    jobs = np.zeros(len(inside))
    if "employment" in inside.columns:
        jobs = inside["employment"].fillna(0).to_numpy(float)
    if "firm" in inside.columns:
        who = inside["firm"].astype(str)
        if "group" in inside.columns:
            who = inside["group"].astype(object).where(inside["group"].notna(), "\x00" + who)
        yield Contributions(row, column, pd.factorize(who)[0], jobs, rows, columns)
        return
    number = inside["establishments"].fillna(0).round().to_numpy(np.intp)
    jobs = jobs / np.maximum(number, 1)
    period = inside["period"].astype(str) if "period" in inside.columns else pd.Series("", index=inside.index)
    for when in period.unique():
        here = np.flatnonzero((period == when).to_numpy() & (number > 0))
        if len(here):
            each = np.repeat(here, number[here])
            yield Contributions(row[each], column[each], np.arange(len(each)), jobs[each], rows, columns)


def _key(rows: pd.DataFrame) -> str:
    return next((c for c in CODES if c in rows.columns), "")


def _figures(rows: pd.DataFrame) -> list[str]:
    return [
        c
        for c in rows.columns
        if c not in _NOBODYS
        and c != "geometry"
        and pd.api.types.is_numeric_dtype(rows[c])
        and rows[c].dtype != bool
    ]


def _equations(
    results: Sequence[StepResult],
    roots: Mapping[str, frozenset[str]],
    systems: Mapping[str, _System],
    by_name: Mapping[str, StepResult],
) -> dict[tuple[str, str], int]:
    """How many figures are told of each territory of a division (territory) or of each sector (sector)."""
    found: dict[tuple[str, str], int] = {}
    for result in results:
        if not roots[result.step.name] & set(systems):
            continue
        places = _territories(result, by_name)
        for rows in result.outputs.values():
            line = _line(rows)
            if line:
                key = (line, places)
                found[key] = found.get(key, 0) + len(set(_figures(rows)) - _DERIVED)
    return found


def _line(rows: Any) -> str:
    """Whether rows tell of territories alone, of sectors alone, or of neither."""
    if not isinstance(rows, pd.DataFrame):
        return ""
    if "territory" in rows.columns:
        return "" if _key(rows) else "territory"
    return "sector" if "sector" in rows.columns and not _NO_LINE & set(rows.columns) else ""


def _carried(
    result: StepResult,
    systems: Sequence[_System],
    by_name: Mapping[str, StepResult],
    equations: Mapping[tuple[str, str], int],
) -> tuple[StepResult, list[tuple[str, str, int, str]]]:
    """A result without the figures that are withheld, and how many rows lost some."""
    # Reach, areas and networks have their own sums, and are withheld by them.
    if not systems or result.step.tool in TOOLS:
        return result, []
    outputs, log = dict(result.outputs), []
    places = _territories(result, by_name)
    for name, rows in result.outputs.items():
        if not isinstance(rows, pd.DataFrame) or not len(rows) or is_public(result, name):
            continue
        whole_row, ratios, fewest = _masks(rows, places, systems, equations)
        if whole_row.any() or ratios.any():
            outputs[name] = _without(rows, whole_row, ratios)
            log.append((result.step.name, name, int((whole_row | ratios).sum()), CONFIDENTIAL))
        if tells_sizes(rows):
            least = max(s.asked.rules.minimum for s in systems)
            outputs[name], few = coarse(outputs[name], fewest, least)
            if few.any():
                log.append((result.step.name, name, int(few.sum()), NO_SIZES))
    if not log:
        return result, []
    notice = message(
        "withheld: figures that would tell of single establishments, by themselves or through totals. Rows with "
        "figures withheld in report, map and project: {count}; tables and study.gpkg have them all.",
        count=sum(row[2] for row in log if row[3] == CONFIDENTIAL),
    )
    return replace(result, outputs=outputs, notices=(*result.notices, notice)), log


def _masks(
    rows: pd.DataFrame, places: str, systems: Sequence[_System], equations: Mapping[tuple[str, str], int]
) -> tuple[Mask, Mask, Numbers]:
    """Rows of which every figure is withheld, those of which ratios to a withheld total are, and their contributors."""
    whole_row, ratios = (np.zeros(len(rows), dtype=bool) for _ in range(2))
    fewest = np.full(len(rows), np.inf)
    for system in systems:
        key, line = _key(rows), _line(rows)
        r, ids = system.rows.get(places, (-1, pd.Index([])))
        c = system.column_level(key, rows[key]) if key else -1
        last_r, last_c = system.last
        code = (
            system.columns[c][1].get_indexer(rows[key].astype(str)) if c >= 0 else np.full(len(rows), OUTSIDE)
        )
        if line == "sector":
            lost = _lost(system, equations, places, c)
            whole_row |= (code >= 0) & lost[code] if c >= 0 else _few(rows, system) | lost.any()
            fewest = np.minimum(fewest, _contributors(system, (last_r, c), np.zeros_like(code), code))
        if r < 0 or "territory" not in rows.columns:
            continue
        at = ids.get_indexer(rows["territory"].astype(object))
        totals = system.hidden[r, last_c].ravel()
        if c >= 0:
            there = (at >= 0) & (code >= 0)
            whole_row |= there & system.hidden[r, c][at, code]
            ratios |= there & (totals[at] | system.hidden[last_r, c].ravel()[code])
            fewest = np.minimum(fewest, _contributors(system, (r, c), at, code))
            continue
        # Indices of territories, and sums by classes that are no division of the sectors.
        unknown = _few_unknown(system.hidden[r, 0].sum(axis=1), equations, ("territory", places), system)
        whole_row |= (at >= 0) & (totals | unknown)[at]
        whole_row |= _few(rows, system) if line != "territory" else False
        fewest = np.minimum(fewest, _contributors(system, (r, last_c), at, np.zeros_like(at)))
    return whole_row, ratios & ~whole_row, fewest


def _lost(system: _System, equations: Mapping[tuple[str, str], int], places: str, level: int) -> Mask:
    """Sectors of a division of which no index is told; of a strange division, those of the finest."""
    c = max(level, 0)
    lost: Mask = system.hidden[system.last[0], c].ravel()
    for row_level, _ in system.rows.values():
        unknown = system.hidden[row_level, c].sum(axis=0)
        lost = lost | _few_unknown(unknown, equations, ("sector", places), system)
    return lost


def _contributors(system: _System, level: Level, row: Codes, column: Codes) -> Numbers:
    """Contributors of the cells of rows; without end where a row lies in no cell or nothing is told of sizes."""
    found = np.full(len(row), np.inf)
    there = (row >= 0) & (column >= 0)
    if level in system.contributors:
        found[there] = system.contributors[level][row[there], column[there]]
    return found


def _few_unknown(
    unknown: npt.NDArray[Any],
    equations: Mapping[tuple[str, str], int],
    line: tuple[str, str],
    system: _System,
) -> Mask:
    """Lines in which a cell is withheld; or, if the study asks, so few that the figures told would give them."""
    if system.asked.indices == WHOLE_LINES:
        return np.asarray(unknown > 0, dtype=bool)
    return np.asarray((unknown > 0) & (unknown <= equations.get(line, 0) + 1), dtype=bool)


def _few(rows: pd.DataFrame, system: _System) -> Mask:
    """Rows of other divisions that count fewer establishments than the minimum."""
    if "establishments" not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    number = rows["establishments"].to_numpy(dtype=float)
    return np.asarray((number > 0) & (number < system.asked.rules.minimum), dtype=bool)


def _without(rows: pd.DataFrame, whole_row: Mask, ratios: Mask) -> pd.DataFrame:
    """Rows without figures, and the reason."""
    told = rows.copy()
    for column in _figures(rows):
        lost = whole_row if column in _SUMS else whole_row | ratios
        told[column] = told[column].astype(float).mask(lost)
    lost = whole_row | ratios
    if "certainty" in told.columns:
        told["certainty"] = told["certainty"].astype(object).mask(lost, STATUS_WITHHELD)
    if "status" in told.columns:
        told["status"] = told["status"].astype(object).mask(lost, STATUS_WITHHELD)
    else:
        before = (
            told[WITHHELD] if WITHHELD in told.columns else pd.Series(None, index=rows.index, dtype=object)
        )
        told[WITHHELD] = before.mask(lost & before.isna().to_numpy(), CONFIDENTIAL)
    return told


def is_public(result: StepResult, name: str) -> bool:
    """Whether an output is one that disclosure control made to be published."""
    return result.step.tool == "disclose" and described(result, name).get("kind") in {
        "counts",
        "disclosed_totals",
    }


def publishable(plan: StudyPlan, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers that a project may hold as they are: no counts that nobody else has published."""
    free = plan.disclosure.published
    return {
        name: rows
        for name, rows in layers.items()
        if plan.disclosure.off or name in free or plan.layers[name].kind != _COUNTS
    }
