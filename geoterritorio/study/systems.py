"""All tables of each register and of all counts of a study, and which cells of them are withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.layers.crs import has_geometry
from geoterritorio.publication.disclosure.contributions import Level, Mask, Numbers
from geoterritorio.publication.disclosure.secured import Secured, secured, warn_unprotected
from geoterritorio.registry import Progress, no_progress
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.contributed import contributions, groupings, placed
from geoterritorio.study.guarded import CELLS, LINES, MANY, PAIRS, ROWS, WHOLE, way_of
from geoterritorio.study.kinship import Kinship, kinship
from geoterritorio.study.masking import System
from geoterritorio.study.results import StepResult

# Ways in which cells of a register are told.
_OF_CELLS = frozenset((CELLS, LINES, PAIRS, ROWS, WHOLE, MANY))
_DEFINITIONS = "definitions"
# The sum over all territories, and over all sectors.
_ALL = "\x00all"
Groups = list[tuple[str, pd.Series]]


@dataclass(frozen=True)
class Systems:
    """
    What is withheld of registers and counts.

    Attributes
    ----------
    known
        Tables by register or counts.
    cells
        Cells withheld by table and reason. Internal.
    strange
        Layers of which nobody can tell whether they hold the establishments of another, and that other.
    """

    known: Mapping[str, System]
    cells: Sequence[pd.DataFrame]
    strange: Mapping[str, str]


def systems_of(
    plan: StudyPlan,
    layers: Mapping[str, Any],
    results: Sequence[StepResult],
    roots: Mapping[str, frozenset[str]],
    *,
    progress: Progress = no_progress,
) -> Systems:
    """
    Tables of every register and of all counts, those of the same establishments together.

    Parameters
    ----------
    plan
        The study.
    layers
        Its layers by name.
    results
        Results of its steps.
    roots
        By step: registers and counts on which it rests.
    progress
        Callback.

    Returns
    -------
    systems
        Of two layers that may hold the same establishments, as a register and counts made of it, each withholds what
        the other does, on all divisions of either. Counts that equal a register withhold what this does, but it does
        not withhold what they do of other years. Where territories or codes of two layers cannot be compared, there is
        none of the second, so that nothing of it is published.
    """
    by_name = {r.step.name: r for r in results}
    sources = sorted(
        set().union(*roots.values()), key=lambda n: ("firm" not in getattr(layers.get(n), "columns", ()), n)
    )
    able = [n for n in sources if _countable(layers.get(n))]
    mine = {n: [r for r in results if n in roots[r.step.name]] for n in able}
    frames = {n: dict(_frames(mine[n], layers, by_name)) for n in able}
    kin, strange = _families(able, layers, mine, frames)
    made: dict[str, System] = {}
    cells: list[pd.DataFrame] = []
    told = [n for n in able if n not in strange]
    for k, name in enumerate(told):
        progress(k / len(told))
        kindred = [o for o in told if o != name and _between(kin, name, o).shared]
        # What counts tell beside the register that they are of is no division of other years.
        family = [name, *(o for o in kindred if not _leads(kin, o, name))]
        every = {id(r): r for n in family for r in mine[n]}
        theirs = {p: f for n in family for p, f in frames[n].items()}
        groups = groupings(list(every.values()), _defined(every.values(), layers, by_name))
        groups += [("sector", g) for o in family[1:] if len(g := _between(kin, name, o).groups)]
        counted = frozenset().union(*(kin[o, name].periods for o in kindred if (o, name) in kin))
        found = _system(name, plan, layers[name], theirs, groups, counted)
        if found is not None:
            made[name], rows = found
            cells.append(rows)
    shared = {
        name: _together(
            system,
            [
                made[o]
                for o in made
                if o != name and _between(kin, name, o).shared and not _leads(kin, name, o)
            ],
        )
        for name, system in made.items()
    }
    return Systems(shared, cells, strange)


def territories_of(result: StepResult, by_name: Mapping[str, StepResult]) -> str:
    """
    Layer or result of the territories that a result tells of: its own, or that of what it is made from.

    Parameters
    ----------
    result
        Result of a step.
    by_name
        Results of all steps.

    Returns
    -------
    territories
        Name; empty where there is none.
    """
    if "territories" in result.step.inputs:
        return result.step.inputs["territories"]
    before = (by_name.get(n.partition(".")[0]) for n in taken(result.step) if "." in n)
    return next((found for r in before if r is not None and (found := territories_of(r, by_name))), "")


def _countable(source: Any) -> bool:
    """Whether a layer has what cells need."""
    return (
        isinstance(source, pd.DataFrame)
        and "sector" in source.columns
        and bool({"firm", "establishments"} & set(source.columns))
        and (has_geometry(source) or "territory" in source.columns)
    )


def frame_of(name: str, layers: Mapping[str, Any], by_name: Mapping[str, StepResult]) -> Any:
    """
    Territories by the name of their layer or of the output that has them.

    Parameters
    ----------
    name
        Name of a layer, or “step.output”.
    layers
        Layers of the study by name.
    by_name
        Results of its steps by name.

    Returns
    -------
    frame
        Rows of the territories; None where there are none.
    """
    if name in layers:
        return layers[name]
    step, _, output = name.partition(".")
    return by_name[step].outputs.get(output) if step in by_name else None


def _frames(
    results: Sequence[StepResult], layers: Mapping[str, Any], by_name: Mapping[str, StepResult]
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Territories that results tell of, by name."""
    for places in dict.fromkeys(territories_of(r, by_name) for r in results):
        frame = frame_of(places, layers, by_name)
        if isinstance(frame, gpd.GeoDataFrame) and "territory" in frame.columns:
            yield places, frame


def _defined(results: Any, layers: Mapping[str, Any], by_name: Mapping[str, StepResult]) -> Iterator[Any]:
    """Definitions of groups that steps take."""
    for result in results:
        if _DEFINITIONS in result.step.inputs:
            yield frame_of(result.step.inputs[_DEFINITIONS], layers, by_name)


def _families(
    able: Sequence[str],
    layers: Mapping[str, Any],
    mine: Mapping[str, Sequence[StepResult]],
    frames: Mapping[str, Mapping[str, gpd.GeoDataFrame]],
) -> tuple[dict[tuple[str, str], Kinship], dict[str, str]]:
    """What layers have in common, two by two, and those of which that is not known."""
    telling = [n for n in able if frames[n] and any(_tells(r) for r in mine[n])]
    kin: dict[tuple[str, str], Kinship] = {}
    strange: dict[str, str] = {}
    for one, other in combinations(telling, 2):
        if one in strange or other in strange:
            continue
        found = kinship(layers[one], layers[other], {**frames[one], **frames[other]})
        kin[one, other] = found
        if not found.known:
            strange[other] = one
    return kin, strange


def _tells(result: StepResult) -> bool:
    """Whether a result tells of cells of a register, and not of its faults alone."""
    return any(way_of(result.step.tool, name) in _OF_CELLS for name in result.outputs)


def _between(kin: Mapping[tuple[str, str], Kinship], one: str, other: str) -> Kinship:
    return kin.get((one, other)) or kin.get((other, one)) or Kinship(known=True)


def _leads(kin: Mapping[tuple[str, str], Kinship], one: str, other: str) -> bool:
    """Whether the second layer was counted from the first."""
    return (one, other) in kin and kin[one, other].leads


def _system(
    name: str,
    plan: StudyPlan,
    source: pd.DataFrame,
    frames: Mapping[str, gpd.GeoDataFrame],
    groups: Groups,
    counted: frozenset[str],
) -> tuple[System, pd.DataFrame] | None:
    """Cells withheld of all tables that rest on a register or on counts, but for periods counted from another."""
    divisions = {places: placed(source, frame) for places, frame in frames.items()}
    divisions = {k: v for k, v in divisions.items() if v.notna().any()}
    if not divisions:
        return None
    given, rows, columns = contributions(source, divisions, groups)
    sized = {"firm", "employment"} <= set(source.columns)
    hidden: dict[Level, Mask] = {}
    contributors: dict[Level, Numbers] = {}
    parts: list[dict[str, Any]] = []
    for period, mine in given.items():
        if period in counted:
            none = {level: np.zeros(mine.shape(level), dtype=bool) for level in mine.levels}
            hidden = _either(hidden, none)
            continue
        safe = secured(mine, plan.disclosure.rules)
        warn_unprotected(name, safe)
        contributors = {level: t.contributors for level, t in safe.found.items()} if sized else {}
        hidden = _either(hidden, safe.hidden)
        parts += _account(name, safe, rows, columns)
    if not hidden:
        return None
    size = [len(ids) for _, ids in columns]
    hidden, contributors = _filled(hidden, size), _filled(contributors, size)
    return System(rows, columns, hidden, contributors, plan.disclosure), pd.DataFrame(parts)


def _filled(tables: Mapping[Level, Any], size: Sequence[int]) -> dict[Level, Any]:
    """Tables with columns for the last groups too where nothing has a sector of them."""
    return {
        (r, c): np.pad(table, ((0, 0), (0, size[c] - table.shape[1]))) if c < len(size) else table
        for (r, c), table in tables.items()
    }


def _either(one: Mapping[Level, Mask], other: Mapping[Level, Mask]) -> dict[Level, Mask]:
    return {level: one[level] | mask if level in one else mask for level, mask in other.items()}


def _account(
    name: str,
    safe: Secured,
    rows: Mapping[str, tuple[int, pd.Index]],
    columns: tuple[tuple[str, pd.Index], ...],
) -> Iterator[dict[str, Any]]:
    """Cells withheld by table and reason, and how much of the whole lies in them."""
    for level in safe.hidden:
        reasons = pd.Series(safe.reasons(level).ravel())
        jobs, plants = safe.found[level].jobs.ravel(), safe.found[level].plants.ravel()
        for reason, here in reasons[reasons != ""].groupby(reasons).groups.items():
            yield {
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


def _together(system: System, others: Sequence[System]) -> System:
    """A system that withholds what others of the same establishments do, in the same territories and sectors."""
    hidden = {level: mask.copy() for level, mask in system.hidden.items()}
    for other in others:
        for level, mask in hidden.items():
            for theirs, more in other.hidden.items():
                for (mine_rows, rows), (mine_columns, columns) in _pairs(system, level, other, theirs):
                    mask[np.ix_(mine_rows, mine_columns)] |= more[np.ix_(rows, columns)]
    return replace(system, hidden=hidden)


def _pairs(
    one: System, level: Level, other: System, theirs: Level
) -> Iterator[tuple[tuple[Any, Any], tuple[Any, Any]]]:
    """Where cells of a table of one system lie in a table of another, by the names of territories and sectors."""
    rows = [_common(a, b) for n, a in _rows(one, level[0]) for m, b in _rows(other, theirs[0]) if n == m]
    kind, ids = _column(one, level[1])
    kind_there, ids_there = _column(other, theirs[1])
    if kind == kind_there:
        columns = _common(ids, ids_there)
        yield from ((row, columns) for row in rows)


def _common(one: pd.Index, other: pd.Index) -> tuple[Any, Any]:
    at = other.get_indexer(one)
    return np.flatnonzero(at >= 0), at[at >= 0]


def _rows(system: System, level: int) -> list[tuple[str, pd.Index]]:
    """Divisions of territories that a level holds."""
    if level == system.last[0]:
        return [(_ALL, pd.Index([_ALL]))]
    return [(name, ids) for name, (r, ids) in system.rows.items() if r == level]


def _column(system: System, level: int) -> tuple[str, pd.Index]:
    return (_ALL, pd.Index([_ALL])) if level == system.last[1] else system.columns[level]
