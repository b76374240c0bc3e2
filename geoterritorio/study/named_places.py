"""Territories that a study file names, looked up in the layers that it reads, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import pandas as pd

from geoterritorio.errors import Message, StudyError, message
from geoterritorio.layers.findings import listing
from geoterritorio.registry import descriptions
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.profiles import refuse_unknown

Load = Callable[[str], Any]
_NEAR = 3


def refuse_unknown_places(plan: StudyPlan, load: Load) -> None:
    """
    Refusal of territories that profiles or the story name and their layer does not have.

    Parameters
    ----------
    plan
        The study.
    load
        Layer of the study by its name.

    Raises
    ------
    StudyError
        With all such territories, their keys and those of the layer that are written alike. Where a step makes the
        territories, they are looked up when it has run.
    """
    refuse_unknown(plan, load)
    problems = [
        _unknown(where, territory, name, rows)
        for where, layer, territory in _named(plan)
        if (name := _source(plan, layer))
        and "territory" in getattr(rows := load(name), "columns", ())
        and territory not in set(rows["territory"].astype(str))
    ]
    if problems:
        raise StudyError(problems)


def _named(plan: StudyPlan) -> Iterator[tuple[str, str, str]]:
    """Key, layer on the map and territory of each view of the story that has one."""
    tools = descriptions()
    told = [s.name for s in plan.steps if "quotients" in {o["name"] for o in tools[s.tool]["outputs"]}]
    first = next(iter([*told, *plan.histories]), "")
    for n, view in enumerate(plan.story, start=1):
        layer = view.layer if isinstance(view.layer, str) else first
        if view.territory:
            yield f"map.story[{n}].territory", layer, view.territory
        if view.compare is not None and view.compare.territory:
            beside = view.compare.layer
            own = beside if isinstance(beside, str) else layer
            yield f"map.story[{n}].compare.territory", own, view.compare.territory


def _source(plan: StudyPlan, shown: str) -> str:
    """Layer of the study file with the territories of what the map shows; empty where a step makes them."""
    if shown in plan.layers:
        return shown
    inputs = next((step.inputs for step in plan.steps if step.name == shown), {})
    name = inputs.get("territories", "")
    return name if name in plan.layers else ""


def _unknown(where: str, territory: str, name: str, rows: pd.DataFrame) -> Message:
    """What is not there, with what is written alike or is called so, else with what the layer begins with."""
    ids = rows["territory"].astype(str)
    called = rows["name"].astype(str).str.casefold() if "name" in rows.columns else ids.str.casefold()
    same = ids[called == territory.casefold()].tolist()
    near = list(dict.fromkeys([*same, *get_close_matches(territory, ids.unique().tolist(), n=_NEAR)]))
    if near:
        return message(
            "{key}: “{layer}” has no territory “{territory}”. Did you mean {names}?",
            key=where,
            layer=name,
            territory=territory,
            names=listing(near, most=_NEAR),
        )
    return message(
        "{key}: “{layer}” has no territory “{territory}”. It has: {names}.",
        key=where,
        layer=name,
        territory=territory,
        names=listing(ids.unique().tolist()),
    )
