"""Disclosure control of everything that a study publishes: one pattern for all tables of a register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import Message, message
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
from geoterritorio.study.confidential import TOLD
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.guarded import CELLS, INTERNAL, NOBODYS, OWN, SINGLE, way_of
from geoterritorio.study.guarding import MANY_PLANTS, Guard, Masks
from geoterritorio.study.masking import DERIVED, System, figures_of, line_of, without
from geoterritorio.study.results import StepResult, described, of_establishments
from geoterritorio.study.ruled import ruled
from geoterritorio.study.rungs_told import repeats, told_rungs
from geoterritorio.study.size_classes import TOOLS as BY_SIZE
from geoterritorio.study.size_classes import SizeCells, sized_cells
from geoterritorio.study.sizes_told import NO_SIZES, coarse, fewest_of, tells_sizes
from geoterritorio.study.sources import same
from geoterritorio.study.verdicts import FIRST, first_of_told
from geoterritorio.study.withholding import CONFIDENTIAL, published

_REGISTERS = frozenset(("firms", "register"))
_COUNTS = "counts"
# What the log says of an output that nothing guards.
UNGUARDED = "not published"
# … and of words that follow from withheld figures.
VERDICTS = "verdicts"
# Brokers that profiles tell of are institutions, since a territory may have one firm. Lines begin in the middle of the
# jobs: with the places of few establishments it gives the size of each.
_ROWS, _ESTABLISHMENTS = {"brokerage": "roles", "reach": "lines"}, "establishments"
# Withheld before, or by what shows single establishments, or of nobody.
_AS_THEY_ARE = (OWN, SINGLE, NOBODYS)


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

    An output that rests on a register or on counts is published only in the way that the list of guarded outputs says;
    one that is on no list, or whose rows belong to no division of the system, is left out of the results.
    """
    results = published(results, plan.disclosure.rules.minimum, commuters=not plan.disclosure.off)
    empty = pd.DataFrame(columns=["step", "output", "rows", "reason"])
    if plan.disclosure.off:
        return Disclosure(list(results), empty, pd.DataFrame())
    by_name = {r.step.name: r for r in results}
    one = same(plan, layers)
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
    guards = _guards(plan, layers, results, roots, systems)
    for result in results:
        told, rows = _carried(result, guards.get(result.step.name))
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
) -> tuple[System, pd.DataFrame] | None:
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
    return System(rows, columns, hidden, contributors, plan.disclosure), pd.DataFrame(parts)


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


def _equations(
    results: Sequence[StepResult],
    roots: Mapping[str, frozenset[str]],
    systems: Mapping[str, System],
    by_name: Mapping[str, StepResult],
) -> dict[tuple[str, str], int]:
    """How many figures are told of each territory of a division (territory) or of each sector (sector)."""
    found: dict[tuple[str, str], int] = {}
    for result in results:
        if not roots[result.step.name] & set(systems):
            continue
        places = _territories(result, by_name)
        for rows in result.outputs.values():
            line = line_of(rows)
            if line:
                key = (line, places)
                found[key] = found.get(key, 0) + len(set(figures_of(rows)) - DERIVED)
    return found


def _guards(
    plan: StudyPlan,
    layers: Mapping[str, Any],
    results: Sequence[StepResult],
    roots: Mapping[str, frozenset[str]],
    systems: Mapping[str, System],
) -> dict[str, Guard]:
    """What each result that rests on a register or on counts rests on."""
    by_name = {r.step.name: r for r in results}
    equations = _equations(results, roots, systems, by_name)
    sized = {
        r.step.name: sized_cells(
            r, layers, _frame(_territories(r, by_name), layers, by_name), plan.disclosure.rules
        )
        for r in results
        if r.step.tool in BY_SIZE and roots[r.step.name]
    }
    return {
        result.step.name: Guard(
            _territories(result, by_name),
            [systems[n] for n in sorted(mine) if n in systems],
            mine <= set(systems),
            equations,
            [_sizes(layers[n]) for n in sorted(mine) if isinstance(layers.get(n), pd.DataFrame)],
            plan.disclosure.rules.minimum,
            plan.shown | plan.in_project if plan.disclosure.why_shown else frozenset(),
            plan.disclosure.verdicts == TOLD,
            _sized_behind(result, sized, by_name),
        )
        for result in results
        if (mine := roots[result.step.name])
    }


def _sized_behind(
    result: StepResult, sized: Mapping[str, SizeCells], by_name: Mapping[str, StepResult]
) -> SizeCells:
    """Size classes that are withheld of a result, or of any that it is made from."""
    found = sized.get(result.step.name, SizeCells())
    for name in taken(result.step):
        # A layer may be called like a step; of a step an output is named.
        step, dot, _ = name.partition(".")
        before = by_name.get(step) if dot else None
        found = found | _sized_behind(before, sized, by_name) if before is not None else found
    return found


def _sizes(source: pd.DataFrame) -> pd.Series:
    """Establishments of each sector, a group of them as one; none where rows are no establishments."""
    if not {"firm", "sector"} <= set(source.columns):
        return pd.Series(dtype=float)
    who = source["firm"].astype(object)
    if "group" in source.columns:
        who = source["group"].astype(object).where(source["group"].notna(), who)
    return who.groupby(source["sector"].astype(object)).nunique().astype(float)


def _carried(result: StepResult, guard: Guard | None) -> tuple[StepResult, list[tuple[str, str, int, str]]]:
    """A result without figures and outputs that are not published, and how many rows lost some."""
    if guard is None:
        return result, []
    outputs, log = _without_rows(result, guard)
    for name, rows in result.outputs.items():
        way = CELLS if _by_cells(result, name) else way_of(result.step.tool, name)
        kept = (
            way in _AS_THEY_ARE
            or is_public(result, name)
            or (way == INTERNAL and _shown(result, name, guard))
        )
        if kept or (isinstance(rows, pd.DataFrame) and not len(rows) and way != INTERNAL):
            continue
        masks = guard.masks(rows, way) if way != INTERNAL and isinstance(rows, pd.DataFrame) else None
        if masks is None:
            del outputs[name]
            number = len(rows) if isinstance(rows, pd.DataFrame) else 0
            log.append((result.step.name, name, number, UNGUARDED))
            continue
        outputs[name], mine = _withheld(rows, masks, guard, (result.step.tool, name))
        log += [(result.step.name, name, number, why) for number, why in mine]
    _choose_again(result, outputs)
    log += _without_readings(result, outputs, guard)
    if not log:
        return result, []
    told = (*result.notices, *_notices(log))
    gone = frozenset(set(result.outputs) - set(outputs))
    return replace(result, outputs=outputs, notices=told, unpublished=gone), log


def _choose_again(result: StepResult, outputs: dict[str, Any]) -> None:
    """Of each territory, the first of what is told: the first of all would bound what is not."""
    areas, table, by = FIRST.get(result.step.tool, ("", "", ""))
    there = result.settings.get("sector") is None and {areas, table} <= set(outputs)
    if there and outputs[table] is not result.outputs[table]:
        outputs[areas] = first_of_told(outputs[areas], outputs[table], by)


def _without_readings(
    result: StepResult, outputs: dict[str, Any], guard: Guard
) -> list[tuple[str, str, int, str]]:
    """Take verdicts that are withheld out of a ladder, and how many there were."""
    if result.step.tool != "ladder" or "conditions" not in outputs or guard.verdicts:
        return []
    rows = outputs["conditions"]
    lost = repeats(rows) & (guard.lost_territories(rows) | guard.sized.rows(rows, ("ladder", "conditions")))
    if not lost.any():
        return []
    outputs.update(told_rungs(outputs, lost))
    return [(result.step.name, "conditions", int(lost.sum()), VERDICTS)]


def _without_rows(result: StepResult, guard: Guard) -> tuple[dict[str, Any], list[tuple[str, str, int, str]]]:
    """Outputs without rows that are as good as single establishments, and how many these are."""
    outputs = dict(result.outputs)
    name = _ROWS.get(result.step.tool, "")
    if name not in outputs or f"{result.step.name}.{name}" in guard.shown or outputs[name] is None:
        return outputs, []
    rows = outputs[name]
    if result.step.tool == "brokerage":
        gone = rows["actor_type"].eq("firm")
    else:
        shares = outputs["territory_shares"]
        enough = shares["who"].eq(_ESTABLISHMENTS) & shares["number"].ge(MANY_PLANTS)
        many = shares.loc[enough, "territory"]
        gone = rows["who"].eq(_ESTABLISHMENTS) & ~rows["territory"].isin(many)
    outputs[name] = rows[~gone]
    return outputs, [(result.step.name, name, int(gone.sum()), CONFIDENTIAL)] if gone.any() else []


def _shown(result: StepResult, name: str, guard: Guard) -> bool:
    """Whether the study says in words why an output may be shown, or why the establishments that it is made of may."""
    single = [n for n in result.outputs if way_of(result.step.tool, n) == SINGLE]
    return any(f"{result.step.name}.{n}" in guard.shown for n in (name, *single))


def _by_cells(result: StepResult, name: str) -> bool:
    """Whether an output that may tell of single establishments is made of counts here, and so of cells."""
    return way_of(result.step.tool, name) == SINGLE and not of_establishments(result, name)


def _withheld(
    rows: pd.DataFrame, masks: Masks, guard: Guard, name: tuple[str, str]
) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """An output as it may be published, and how many rows lost figures, by reason."""
    whole_row, ratios, fewest = masks
    whole_row = whole_row | guard.sized.rows(rows, name)
    told, others = guard.columns(rows, name)
    lost = whole_row | ratios
    if lost.any():
        told = without(told, whole_row, ratios, ruled(name, rows))
    log = [(int((lost | others).sum()), CONFIDENTIAL)] if (lost | others).any() else []
    if tells_sizes(rows):
        told, few = coarse(told, fewest_of(rows, fewest), guard.minimum)
        # A row is counted once, so that what is told of them all is a number of rows.
        few = few & ~(lost | others)
        log += [(int(few.sum()), NO_SIZES)] if few.any() else []
    told, words = guard.words(told, lost | guard.sized.judges(rows, name), name)
    log += [(int(words.sum()), VERDICTS)] if words.any() else []
    return told, log


def _notices(log: Sequence[tuple[str, str, int, str]]) -> Iterator[Message]:
    """What a reader is told of it."""
    gone = [row[1] for row in log if row[3] == UNGUARDED]
    if gone:
        yield message(
            "not published, since nothing here keeps single establishments from being found in it: {names}. It is in "
            "tables, rasters and study.gpkg alone, which are internal. Figures by territory and sector are published "
            "(tabulate, location_quotient); [disclosure] off publishes everything.",
            names=", ".join(gone),
        )
    if any(row[3] == VERDICTS for row in log):
        yield message(
            "withheld: verdicts that follow from withheld figures (main industries, districts, clusters, hot spots): "
            'they would bound these from one side. Rows without: {count}. [disclosure] verdicts = "told" tells them.',
            count=sum(row[2] for row in log if row[3] == VERDICTS),
        )
    if any(row[3] in {CONFIDENTIAL, NO_SIZES} for row in log):
        yield message(
            "withheld: figures that would tell of single establishments, by themselves or through totals. Rows with "
            "figures withheld in report, map and project: {count}; tables and study.gpkg have them all.",
            count=sum(row[2] for row in log if row[3] in {CONFIDENTIAL, NO_SIZES}),
        )


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
