"""The one algorithm of all tools: inputs to the command line, its outputs into the sinks the user chose."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import QgsFeatureSink, QgsProcessingAlgorithm, QgsProcessingException, QgsProcessingUtils
from qgis.PyQt.QtGui import QIcon

from . import arguments, calls, destinations, parameters, sinks, sources, styling, texts, wording
from .parameters import key
from .texts import Description, say, tr

_PAUSE = 0.05  # seconds between attempts to remove a folder


@contextlib.contextmanager
def run_folder() -> Iterator[str]:
    """Folder of a run, closed to others; gone afterwards, even where a dying child of the worker writes into it."""
    folder = tempfile.mkdtemp(prefix="geoterritorio_", dir=QgsProcessingUtils.tempFolder())
    try:
        yield folder
    finally:
        for _ in range(5):
            shutil.rmtree(folder, ignore_errors=True)
            if not Path(folder).exists():
                break
            time.sleep(_PAUSE)


class ToolAlgorithm(QgsProcessingAlgorithm):
    """
    A tool of the core.

    Parameters
    ----------
    tool
        Its description.
    """

    def __init__(self, tool: Description) -> None:
        super().__init__()
        self.tool = tool
        self._originals: dict[str, str | None] = {}
        self._made: list[tuple[str, styling.Dress, str]] = []

    def createInstance(self) -> ToolAlgorithm:
        """Fresh algorithm for a run."""
        return ToolAlgorithm(self.tool)

    def name(self) -> str:
        """Stable name."""
        return str(self.tool["name"])

    def displayName(self) -> str:
        """Title in the reader's language."""
        return tr(self.tool["title"])

    def groupId(self) -> str:
        """Room of the tool."""
        return str(self.tool["group"])

    def group(self) -> str:
        """Room of the tool, in words."""
        return tr(texts.room(self.tool))

    def icon(self) -> QIcon:
        """Sign of the room."""
        file = texts.HERE / "icons" / f"{self.tool['group']}.svg"
        return QIcon(str(file)) if file.exists() else super().icon()

    def tags(self) -> list[str]:
        """Words under which the tool is found, in both languages."""
        english = f"{self.tool['name'].replace('_', ' ')} {self.tool['title']} {texts.room(self.tool)}"
        spanish = texts.translator("es")
        foreign = f"{spanish(self.tool['title'])} {spanish(texts.room(self.tool))}"
        return sorted({word.strip(",.:;()").lower() for word in f"{english} {foreign}".split()} - {""})

    def shortDescription(self) -> str:
        """One line for lists."""
        return tr(self.tool["title"])

    def shortHelpString(self) -> str:
        """Help with every input and output, in QGIS's own layout."""
        folded = set(parameters.optional_fields(self.tool))
        shown = [p for p in self.parameterDefinitions() if p.name() not in folded]
        parts = {p.name(): html.escape(p.help(), quote=False) for p in shown}
        about = [tr(self.tool["description"])]
        works = [f"<li>{html.escape(work, quote=False)}</li>" for work in self.tool["references"]]
        listed = f"<p>{say('References')}</p><ul>{''.join(works)}</ul>" if works else ""
        parts["ALG_DESC"] = (
            "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in about if text) + listed
        )
        return str(QgsProcessingUtils.formatHelpMapAsHtml(parts, self))

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: ARG002 - QGIS calls it with these
        """Parameters and outputs from the description."""
        for parameter in parameters.parameters(self.tool):
            self.addParameter(parameter)
        for output in parameters.values(self.tool):
            self.addOutput(output)

    def checkParameterValues(self, values: Any, context: Any) -> tuple[bool, str]:
        """Whether the values will do; places of rasters too, which QGIS only looks at in its window."""
        fine, why = super().checkParameterValues(values, context)
        for output in self.tool["outputs"]:
            name = key(output["name"])
            if fine and parameters.is_raster(output) and self._wanted(name, values):
                fine, why = self.parameterDefinition(name).isSupportedOutputValue(values[name], context)
        if fine:
            why = destinations.problem(self, values, context)
            fine = not why
        return fine, why

    def prepareAlgorithm(self, values: Any, context: Any, feedback: Any) -> bool:  # noqa: ARG002 - QGIS calls it with these
        """Look at the layers, in the thread that owns them: which files say just what QGIS shows."""
        why = destinations.problem(self, values, context)  # models and scripts may not have asked before
        if why:
            raise QgsProcessingException(why)
        self._originals, self._made = {}, []
        for described in self.tool["parameters"]:
            name = key(described["name"])
            if described["type"] == "layer" and not parameters.is_raster(described) and values.get(name):
                layer = self.parameterAsVectorLayer(values, name, context)
                chosen = set(arguments.chosen(self, described, values, context).values())
                self._originals[name] = sources.original(layer, values[name], chosen)
        return True

    def processAlgorithm(self, values: Any, context: Any, feedback: Any) -> dict[str, Any]:
        """Run of the tool in a process of its own."""
        with run_folder() as folder:
            python = calls.python(feedback)
            if python is None:
                return {}
            words = list(arguments.words(self, values, context, feedback, self._originals, folder))
            places = dict(self._places(values, context, folder))
            for name, place in places.items():
                words += [arguments.output_flag(self.tool, name), place]
            if feedback.isCanceled():
                return {}
            # What people have filled in is theirs; all else QGIS has asked about.
            filled = any(output["type"] == "file" for output in self.tool["outputs"])
            command = [self.tool["name"].replace("_", "-"), *words, *([] if filled else ["--overwrite"])]
            answer = calls.answer(
                python, command, feedback, folder, lambda text: wording.retold(self.tool, text)
            )
            return {} if answer is None else self._results(answer, places, values, context, feedback)

    def _places(self, values: Any, context: Any, folder: str) -> Iterator[tuple[str, str]]:
        """Wanted output -> where the worker writes it."""
        for output in self.tool["outputs"]:
            name = key(output["name"])
            if output["type"] == "file":
                yield output["name"], str(Path(self.parameterAsFileOutput(values, name, context)).absolute())
            if output["type"] != "layer" or not self._wanted(name, values):
                continue
            suffix = "tif" if parameters.is_raster(output) else "fgb"
            yield output["name"], str(Path(folder) / f"{output['name']}.{suffix}")
        if self.tool["plots"] and values.get("PLOT"):
            suffix = Path(self._picture(values, context)).suffix
            yield "plot", str(Path(folder) / f"plot{suffix}")

    def _wanted(self, name: str, values: Any) -> bool:
        return values.get(name) not in (None, "")

    def postProcessAlgorithm(self, context: Any, feedback: Any) -> dict[str, Any]:  # noqa: ARG002 - QGIS calls it with these
        """Layers of the project whose files were replaced, read anew where the results themselves are not loaded."""
        if calls.idle() is not None:  # layers belong to the thread of the window
            for place, worn, name in self._made:
                if not context.willLoadLayerOnCompletion(place):
                    styling.renew(place, context.project(), worn, name)
        return {}

    def _results(
        self, answer: dict[str, Any], places: dict[str, str], values: Any, context: Any, feedback: Any
    ) -> dict[str, Any]:
        """What was made, brought to where the user wants it."""
        results = {key(name): value for name, value in answer["values"].items()}
        for output in self.tool["outputs"]:
            if output["name"] not in places:
                continue
            name, place = key(output["name"]), places[output["name"]]
            if output["type"] == "file":
                results[name] = place
                continue
            worn = styling.Dress(output["kind"], self.tool["name"], self._sector(values, context))
            if parameters.is_raster(output):
                results[name] = sinks.move(place, self.parameterAsOutputLayer(values, name, context))
            else:
                results[name], seen = self._poured(name, place, values, context, feedback, output["kind"])
                worn = dataclasses.replace(worn, seen=seen)
            title = styling.title(self.tool, output)
            styling.follow(output, results[name], context, worn, name=title)
            self._made.append((results[name], worn, title))
        if "plot" in places:
            results["PLOT"] = sinks.move(places["plot"], self._picture(values, context))
        return results

    def _picture(self, values: Any, context: Any) -> str:
        """File of the picture; a name without an ending is a PNG."""
        path = str(self.parameterAsFileOutput(values, "PLOT", context))
        return path if Path(path).suffix else f"{path}.png"

    def _sector(self, values: Any, context: Any) -> str:
        """Sector that the run is about; empty where it is about all."""
        known = self.parameterDefinition("SECTOR") is not None
        return str(self.parameterAsString(values, "SECTOR", context)).strip() if known else ""

    def _poured(
        self, name: str, place: str, values: Any, context: Any, feedback: Any, kind: str
    ) -> tuple[str, styling.Seen | None]:
        """Where a layer's rows went, and what was seen of them on the way."""

        def sink(fields: Any, geometry: Any, crs: Any) -> Any:
            regenerate = QgsFeatureSink.SinkFlag.RegeneratePrimaryKey
            return self.parameterAsSink(values, name, context, fields, geometry, crs, regenerate)

        found = sinks.pour(place, sink, feedback)
        if found is None:
            raise QgsProcessingException(self.invalidSinkError(values, name))
        shown = context.willLoadLayerOnCompletion(found)
        seen = sinks.looked(found, kind, context) if shown and kind in styling.table()["kinds"] else None
        with contextlib.suppress(OSError):
            Path(place).unlink()
        return found, seen
