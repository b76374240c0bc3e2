"""Pictures of what the steps give: every plot of every tool that has some."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import Language, translator
from geoterritorio.publication.chapter import Drawn
from geoterritorio.publication.drawing import picture, undrawn
from geoterritorio.publication.names import in_language
from geoterritorio.publication.plots import GROUND
from geoterritorio.registry import descriptions
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult
from geoterritorio.study.sector_titles import vocabulary_of
from geoterritorio.study.verdicts import without_withheld

Pictures = Mapping[str, Mapping[str, Drawn]]


def draw(
    results: Sequence[StepResult],
    lang: Language,
    plan: StudyPlan | None = None,
    layers: Mapping[str, Any] | None = None,
) -> Pictures:
    """
    Pictures of all steps.

    Parameters
    ----------
    results
        Steps with their outputs.
    lang
        Language of the labels.
    plan
        The study, whose classifications title the sectors in that language.
    layers
        Its layers by name: boundaries and roads among them lie beneath maps.

    Returns
    -------
    pictures
        Name of the step -> name of the plot -> picture. A plot that these results do not allow is left out, and so is
        one of single establishments that the study does not show.
    """
    by_name = {result.step.name: result for result in results}
    return {
        name: _drawn(
            result,
            result.outputs
            if plan is None
            else in_language(ground_of(result, plan, layers or {}), lang, {})
            | _titled(result, lang, plan, by_name),
            lang,
            hidden(result, frozenset() if plan is None else plan.shown),
        )
        for name, result in by_name.items()
    }


def hidden(result: StepResult, shown: frozenset[str]) -> dict[str, str]:
    """
    Pictures of single establishments that the study does not allow.

    Parameters
    ----------
    result
        A step with its outputs.
    shown
        Results that the study shows though they are internal, as “step.output”.

    Returns
    -------
    hidden
        Name of the plot -> the result that it would show.
    """
    return {plot: source for plot, source in _single(result).items() if source not in shown}


def internal(results: Sequence[StepResult], shown: frozenset[str]) -> list[str]:
    """Files of pictures that show single establishments because the study asks for it."""
    return [
        f"plots/{result.step.name}.{plot}.png"
        for result in results
        for plot, source in _single(result).items()
        if source in shown
    ]


def _single(result: StepResult) -> dict[str, str]:
    """Pictures of single establishments, and the result that holds these."""
    return {
        plot["name"]: f"{result.step.name}.{plot['establishments']}"
        for plot in descriptions()[result.step.tool]["plots"]
        if "establishments" in plot and len(result.outputs.get(plot["establishments"], ()))
    }


def ground_of(result: StepResult, plan: StudyPlan, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers beneath the maps of a step: those it was given, else the study's first of their kind."""
    found = {}
    for kind in GROUND:
        study = [name for name, source in plan.layers.items() if source.kind == kind]
        names = [result.step.inputs.get(kind, ""), *study]
        fitting = (layers[name] for name in names if name in layers)
        found[kind] = next((rows for rows in fitting if isinstance(rows, gpd.GeoDataFrame)), None)
    return found


def _titled(
    result: StepResult, lang: Language, plan: StudyPlan, results: Mapping[str, StepResult]
) -> dict[str, Any]:
    """Outputs of a step with the names of sectors and territories in one language."""
    told = {name: vocabulary_of(f"{result.step.name}.{name}", plan, results) for name in result.outputs}
    return in_language(result.outputs, lang, told)


class _Published(dict[str, Any]):
    """Outputs of a step; a picture of one that is not published is none."""

    def __missing__(self, name: str) -> Any:
        raise LayerError(message("{name}: is not published.", name=name))


def _drawn(
    result: StepResult, outputs: Mapping[str, Any], lang: Language, left_out: Container[str]
) -> dict[str, Drawn]:
    found, given = {}, _Published(without_withheld(result.step.tool, outputs))
    for plot in descriptions()[result.step.tool]["plots"]:
        if plot["name"] in left_out:
            continue
        function = getattr(import_module(plot["module"]), plot["name"])
        try:
            figure = function(given, lang=lang)
        except LayerError:
            # Such as steps of a change that has one step only: the study has its other results.
            continue
        found[plot["name"]] = Drawn(figure, plot["title"], plot.get("help", ""))
    return found


def parted(plots: Mapping[str, Drawn], lang: Language) -> tuple[dict[str, Drawn], tuple[Message, ...]]:
    """
    Pictures of a step that show something, and a sentence on each that does not.

    Parameters
    ----------
    plots
        Pictures of the step by name.
    lang
        Language of the reader.

    Returns
    -------
    shown, told
        Pictures by name, and what stands in the report in place of the others.
    """
    why = {name: undrawn(drawn.figure) for name, drawn in plots.items()}
    say = translator(lang)
    told = tuple(
        message(
            "Not drawn, since there is nothing to draw: {title}. {why}",
            title=say(plots[name].title),
            why=text,
        )
        for name, text in why.items()
        if text is not None
    )
    return {name: drawn for name, drawn in plots.items() if why[name] is None}, told


def write(folder: Path, pictures: Pictures) -> None:
    """Write every picture that shows something as ``STEP.PLOT.png``; without pictures, no folder."""
    files = {
        f"{step}.{name}.png": drawn.figure
        for step, plots in pictures.items()
        for name, drawn in plots.items()
        if undrawn(drawn.figure) is None
    }
    if files:
        folder.mkdir()
    for name, figure in files.items():
        (folder / name).write_bytes(picture(figure, ".png"))
