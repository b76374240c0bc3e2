"""Disclosure control of everything that a study publishes: one pattern for all tables of a register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.registry import Progress, no_progress
from geoterritorio.study.confidential import TOLD
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.guarded import CELLS, INTERNAL, NOBODYS, OWN, SINGLE, way_of
from geoterritorio.study.guarding import MANY_PLANTS, Guard, Masks
from geoterritorio.study.masking import DERIVED, System, figures_of, line_of, without
from geoterritorio.study.nobodys import in_order, nobodys, untold_indicators, way_here
from geoterritorio.study.results import StepResult, described, of_establishments
from geoterritorio.study.ruled import ruled
from geoterritorio.study.rungs_told import repeats, told_rungs
from geoterritorio.study.size_classes import TOOLS as BY_SIZE
from geoterritorio.study.size_classes import SizeCells, sized_cells
from geoterritorio.study.sizes_told import NO_SIZES, coarse, fewest_of, tells_sizes
from geoterritorio.study.sources import same
from geoterritorio.study.systems import frame_of, systems_of, territories_of
from geoterritorio.study.verdicts import FIRST, first_of_told
from geoterritorio.study.withholding import CONFIDENTIAL, WITHHELD, published

_REGISTERS = frozenset(("firms", "register"))
_COUNTS, _FLOWS = "counts", "flows"
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
    All tables of a register, and of counts of the same establishments, are one system: every division of territories
    with every division of sectors, and their totals, published or not. A withheld cell withholds all figures of its
    row; a withheld total those of its row or column that are ratios to it. Indices of a territory or sector, and its
    sums by other classes, are equations in its cells, which no move keeps: they are told only where no cell of the line
    is withheld. If the study asks for `indices = "counted"`, they are withheld only where the withheld cells of a line
    are no more than the figures told of it plus one: such an index can still narrow a cell down.

    An output that rests on a register or on counts is published only in the way that the list of guarded outputs says;
    one that is on no list, or whose rows belong to no division of the system, is left out of the results.
    """
    empty = pd.DataFrame(columns=["step", "output", "rows", "reason"])
    if plan.disclosure.off:
        return Disclosure(list(results), empty, pd.DataFrame())
    results = published(results, plan.disclosure.rules.minimum, told=plan.disclosure.published)
    by_name = {r.step.name: r for r in results}
    one = same(plan, layers)
    roots = {
        r.step.name: frozenset(one.get(n, n) for n in _roots(r, plan, by_name) - plan.disclosure.published)
        for r in results
    }
    made = systems_of(plan, layers, results, roots, progress=progress)
    found: list[StepResult] = []
    log: list[tuple[str, str, int, str]] = []
    guards = _guards(plan, layers, results, roots, made.known)
    for result in in_order(results):
        untold = untold_indicators(taken(result.step), plan, by_name, found)
        told, rows = _carried(result, guards.get(result.step.name), untold)
        strange = sorted(roots[result.step.name] & set(made.strange)) if told.unpublished else []
        if strange:
            notices = (_strange(name, made.strange[name]) for name in strange)
            told = replace(told, notices=(*told.notices, *notices))
        found.append(told)
        log += [*_few(told), *rows]
    # What is made from others comes after them; readers have the order of the study.
    place = {name: k for k, name in enumerate(by_name)}
    found.sort(key=lambda result: place[result.step.name])
    log.sort(key=lambda row: place[row[0]])
    cells = pd.concat(made.cells, ignore_index=True) if made.cells else pd.DataFrame()
    found = list(_without_flows(found, plan))
    return Disclosure(found, pd.DataFrame(log, columns=empty.columns), cells)


def _few(result: StepResult) -> Iterator[tuple[str, str, int, str]]:
    """Rows of outputs that withhold by rules of their own, since they would tell of few establishments or commuters."""
    for name, rows in result.outputs.items():
        if way_of(result.step.tool, name) != OWN or not isinstance(rows, pd.DataFrame):
            continue
        for why, lost in rows.groupby(WITHHELD).groups.items() if WITHHELD in rows.columns else ():
            yield result.step.name, name, len(lost), str(why)


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
        places = territories_of(result, by_name)
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
            r, layers, frame_of(territories_of(r, by_name), layers, by_name), plan.disclosure.rules
        )
        for r in results
        if r.step.tool in BY_SIZE and roots[r.step.name]
    }
    return {
        result.step.name: Guard(
            territories_of(result, by_name),
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


def _carried(
    result: StepResult, guard: Guard | None, untold: frozenset[str] | None = None
) -> tuple[StepResult, list[tuple[str, str, int, str]]]:
    """A result without figures and outputs that are not published, and how many rows lost some."""
    if guard is None:
        return result, []
    outputs, log = _without_rows(result, guard)
    for name, rows in result.outputs.items():
        way = CELLS if _by_cells(result, name) else way_here(result, name)
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
        free = nobodys(replace(result, outputs={**result.outputs, name: rows}), name, masks, untold)
        told, mine = _withheld(rows, free.spared(masks), guard, (result.step.tool, name))
        outputs[name] = free.given_back(rows, told)
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
            "not published, since nothing here keeps single establishments from being found in it: {names}. Figures by "
            "territory and sector are published (tabulate, location_quotient).",
            names=", ".join(gone),
        )
    if any(row[3] == VERDICTS for row in log):
        yield message(
            "withheld: verdicts that follow from withheld figures (main industries, districts, clusters, hot spots): "
            "they would bound these from one side. Rows without: {count}.",
            count=sum(row[2] for row in log if row[3] == VERDICTS),
        )
    if any(row[3] in {CONFIDENTIAL, NO_SIZES} for row in log):
        yield message(
            "withheld: figures that would tell of single establishments, by themselves or through totals. Rows with "
            "figures withheld in report, map, project and public tables: {count}.",
            count=sum(row[2] for row in log if row[3] in {CONFIDENTIAL, NO_SIZES}),
        )


def _strange(name: str, other: str) -> Message:
    """What a reader is told of a layer of which nobody knows whether it holds the establishments of another."""
    return message(
        "not published: figures that rest on {name}. Nothing shows whether it holds the same establishments as "
        "{other}, since they have no territories, or no codes of sectors, in common, and one less the other could tell "
        "single ones. Make the counts in the study (tabulate), give both the same territories and codes, leave one "
        'of them out, or, if {name} is published already, write [disclosure] published = ["{name}"].',
        name=name,
        other=other,
    )


def is_public(result: StepResult, name: str) -> bool:
    """Whether an output is one that disclosure control made to be published."""
    return result.step.tool == "disclose" and described(result, name).get("kind") in {
        "counts",
        "disclosed_totals",
    }


def publishable(plan: StudyPlan, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers that a project may hold as they are: no counts and no flows of people that nobody else has published."""
    free = plan.disclosure.published
    return {
        name: rows
        for name, rows in layers.items()
        if plan.disclosure.off or name in free or plan.layers[name].kind not in {_COUNTS, _FLOWS}
    }


def _without_flows(results: Sequence[StepResult], plan: StudyPlan) -> Iterator[StepResult]:
    """Results, the first that takes a layer of flows with what a reader is told of that layer."""
    left = {
        name
        for name, layer in plan.layers.items()
        if plan.project and layer.kind == _FLOWS and name not in plan.disclosure.published
    }
    for result in results:
        mine = sorted(left & set(taken(result.step)))
        left -= set(mine)
        notices = (_no_flows(name) for name in mine)
        yield replace(result, notices=(*result.notices, *notices)) if mine else result


def _no_flows(name: str) -> Message:
    return message(
        "not in the QGIS project: the flows of {name} between single places, which would tell of few people and give "
        "withheld flows between markets back. If others have published them already, [disclosure] "
        'published = ["{name}"] puts them there, and withholds no flow between markets.',
        name=name,
    )
