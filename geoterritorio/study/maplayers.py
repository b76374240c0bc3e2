"""Which layers does the map of a study have beside its quotients?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import (
    FurtherLayer,
    HistoryFigures,
    HistoryLayer,
    Look,
    further_layer,
    history_layer,
)
from geoterritorio.publication.code_words import PROBLEMS, VALUES
from geoterritorio.publication.headings import heading
from geoterritorio.publication.webmap.palette import FIGURES
from geoterritorio.registry import label
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult, described, is_chapter, of_establishments

# Kinds of layers whose rows are told apart on the map, and the column of the words.
_UNTOLD = "not told from chance"
_SHOWN_BY = {
    "hotspots": "cluster",
    "local_moran": "cluster",
    "clumps": "stability",
    "district_areas": "verdict",
    "contrast_areas": "readings",
}
# Kinds of areas that can be opened, and the columns that are told then.
_FACTS = {"labour_markets": ("validity", "supply", "demand", "units")}
# Kinds of areas that are filled by a share, and what else is told of them.
_GRADED = {"market_places": ("kept", ("kept", "kept_settings", "share_elsewhere"))}
_GRADES = {
    "firm": mark("In its market in 95\u00a0% of draws or more"),
    "rather firm": mark("In its market in 80 to 95\u00a0% of draws"),
    "rather loose": mark("In its market in 50 to 80\u00a0% of draws"),
    "loose": mark("In its market in fewer than half of the draws"),
}
_FROM = (0.95, 0.8, 0.5, 0.0)
_MOVING = ("figures_told", "figures_of_versions")


def histories(
    results: Sequence[StepResult], plan: StudyPlan, layers: Mapping[str, Any]
) -> list[HistoryLayer]:
    """
    Boundaries through time, with the figures that steps tell on them.

    Parameters
    ----------
    results
        Results of the study's steps.
    plan
        The study.
    layers
        Its layers by name.

    Returns
    -------
    histories
        One for each layer that the study names; of every step that tells figures on its versions, the figures.
    """
    return [
        history_layer(
            layers[name],
            *(_moving(result, output) for result, output in _figures(results, plan, name)),
            name=plan.layers[name].titles,
        )
        for name in plan.histories
    ]


def _figures(results: Sequence[StepResult], plan: StudyPlan, name: str) -> list[tuple[StepResult, str]]:
    """Outputs with figures on the versions of a layer."""
    return [
        (result, output)
        for result in results
        for output in result.outputs
        if result.step.inputs.get("territories") == name
        and described(result, output).get("kind") in _MOVING
        and f"{result.step.name}.{output}" not in plan.left_out
    ]


def _moving(result: StepResult, output: str) -> HistoryFigures:
    return HistoryFigures(result.outputs[output], result.step.titles, result.step.options.get("day"))


def further(results: Sequence[StepResult], plan: StudyPlan) -> list[FurtherLayer]:
    """
    Points and areas that the reader may lay over the others.

    Parameters
    ----------
    results
        Results of the study's steps.
    plan
        The study.

    Returns
    -------
    layers
        What no chapter or history tells and no other step takes up, and what the study asks for.
    """
    moved = {result.step.name for name in plan.histories for result, _ in _figures(results, plan, name)}
    used = {name for r in results for name in r.step.inputs.values()} - plan.shown
    found = [
        (result, name)
        for result in results
        if not is_chapter(result)
        for name, rows in result.outputs.items()
        if _drawable(rows)
        and f"{result.step.name}.{name}" not in used | plan.left_out
        and (f"{result.step.name}.{name}" in plan.shown or not of_establishments(result, name))
        and not (result.step.name in moved and described(result, name).get("kind") == "told_areas")
    ]
    steps = [result.step.name for result, _ in found]
    alone = sum(described(*one).get("kind") == "doubtful_firms" for one in found) == 1
    return [
        layer
        for result, name in found
        for layer in _layers(result, name, alone=alone, only=steps.count(result.step.name) == 1)
    ]


def _layers(result: StepResult, name: str, *, alone: bool, only: bool) -> list[FurtherLayer]:
    """Layers of one output, by its kind; `alone` among doubtful establishments, `only` one of its step."""
    rows, kind = result.outputs[name], described(result, name).get("kind", "")
    titles = {
        lang: title if only else f"{title}: {translator(lang)(label(name)).lower()}"
        for lang, title in result.step.titles.items()
    }
    if kind in _SHOWN_BY:
        return _by_words(rows, _SHOWN_BY[kind], titles)
    if kind in _GRADED:
        return [_graded(rows, kind, titles)]
    if kind in _FACTS:
        return [further_layer(rows, name=titles, look=Look(_headed(_FACTS[kind], kind)))]
    if kind != "doubtful_firms":
        return [further_layer(rows, name=titles)]
    doubtful = _words(mark("Doubtful establishments"))
    name_of = {lang: word + ("" if alone else f": {titles[lang]}") for lang, word in doubtful.items()}
    labels = {key: _words(text) for key, text in PROBLEMS.items()}
    return [further_layer(rows, name=name_of, kinds="problems", labels=labels)]


def _words(text: str) -> dict[Language, str]:
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def _headed(columns: Sequence[str], kind: str) -> dict[str, dict[Language, str]]:
    return {c: {lang: heading(c, kind, translator(lang)) for lang in LANGUAGES} for c in columns}


def _graded(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """Areas filled the darker the smaller their share; those without one are left out."""
    column, told = _GRADED[kind]
    known = rows[rows[column].notna()]
    grade = np.searchsorted(-np.array(_FROM), -known[column].to_numpy(dtype=float))
    names = np.array(list(_GRADES))
    there = [key for k, key in enumerate(_GRADES) if (grade == k).any()]
    # what is loose is what a reader looks for
    colours = dict(zip(_GRADES, (FIGURES[0], *FIGURES[2:]), strict=True))
    return further_layer(
        known.assign(grade=names[grade]),
        name=name,
        kinds="grade",
        labels={key: _words(_GRADES[key]) for key in there},
        look=Look(_headed(told, kind), tuple(colours[key] for key in there)),
    )


def _by_words(rows: gpd.GeoDataFrame, column: str, name: Mapping[Language, str]) -> list[FurtherLayer]:
    """Layer whose rows are told apart by the words of a column; rows that say nothing are left out."""
    told = rows[rows[column].notna() & (rows[column] != _UNTOLD)]
    if told.empty:
        return []
    words = [w for w in VALUES if (told[column] == w).any()]
    labels = {w: _words(VALUES[w]) for w in words}
    return [further_layer(told, name=name, kinds=column, labels=labels)]


def _drawable(rows: object) -> bool:
    """Points or polygons, at least one."""
    if not isinstance(rows, gpd.GeoDataFrame):
        return False
    types = set(rows.geom_type.dropna())
    return bool(types) and (types <= {"Point"} or types <= {"Polygon", "MultiPolygon"})
