"""Pictures of what the steps give: every plot of every tool that has some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

from geoterritorio.errors import LayerError
from geoterritorio.i18n import Language
from geoterritorio.publication.chapter import Drawn
from geoterritorio.publication.drawing import picture
from geoterritorio.registry import descriptions
from geoterritorio.study.results import StepResult

Pictures = Mapping[str, Mapping[str, Drawn]]


def draw(results: Iterable[StepResult], lang: Language) -> Pictures:
    """
    Pictures of all steps.

    Parameters
    ----------
    results
        Steps with their outputs.
    lang
        Language of the labels.

    Returns
    -------
    pictures
        Name of the step -> name of the plot -> picture. A plot that these results do not allow is left out.
    """
    return {result.step.name: _drawn(result, lang) for result in results}


def _drawn(result: StepResult, lang: Language) -> dict[str, Drawn]:
    found = {}
    for plot in descriptions()[result.step.tool]["plots"]:
        function = getattr(import_module(plot["module"]), plot["name"])
        try:
            figure = function(result.outputs, lang=lang)
        except LayerError:
            # Such as steps of a change that has one step only: the study has its other results.
            continue
        found[plot["name"]] = Drawn(figure, plot["title"], plot.get("help", ""))
    return found


def write(folder: Path, pictures: Pictures) -> None:
    """Write every picture as ``STEP.PLOT.png``; without pictures, no folder."""
    files = {
        f"{step}.{name}.png": drawn.figure
        for step, plots in pictures.items()
        for name, drawn in plots.items()
    }
    if files:
        folder.mkdir()
    for name, figure in files.items():
        (folder / name).write_bytes(picture(figure, ".png"))
