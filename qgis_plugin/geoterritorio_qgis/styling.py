"""Ready styles for results, applied when QGIS loads them as layers."""

from __future__ import annotations

import array
import dataclasses
import html
import importlib
import importlib.util
import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from qgis.core import (
    Qgis,
    QgsFeatureRequest,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsMapLayerLegendUtils,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDateTime, Qt, QTimer
from qgis.PyQt.QtXml import QDomDocument

from . import destinations, texts
from .texts import Description, say, tr

# What a layer of the project says of its making; the panel reads it.
TOOL, KIND, MADE = "geoterritorio/tool", "geoterritorio/kind", "geoterritorio/made"
NAMED = "geoterritorio/named"  # the name we gave; where the layer has another, that is the user's
_LOADED_AS = "geoterritorio_styles"
_MOST_CELLS = 600  # rows and columns of a raster that are looked at
_MOST_CODES = 60  # a column with more different texts is no column of codes
_PATIENCE = 400  # milliseconds until QGIS has built the legend of a new layer
_MOST_ROWS = 10_000  # rows of a layer that QGIS's window waits for
_LOOK = 200  # rows from which the look of a column of numbers is told
made: list[Callable[[], None]] = []  # called when a result has become a layer
_kept: set[LayerStyle] = set()  # QGIS does not own what waits for a layer


@dataclasses.dataclass(frozen=True)
class Dress:
    """
    What a result will look like, told by reading it once, in the thread of the run: large layers take seconds.

    Attributes
    ----------
    kind, tool
        Kind of the layer, and name of the tool that made it.
    sector
        The one sector that the run was about, for layers that do not say it.
    seen
        What was read; None where the layer itself must be looked at.
    """

    kind: str
    tool: str = ""
    sector: str = ""
    seen: Seen | None = None


@dataclasses.dataclass(frozen=True)
class Seen:
    """
    What style and name need to know of the rows of a layer.

    Attributes
    ----------
    holding
        As the core's ``legend`` wants it.
    sector
        The one sector that all rows hold; empty where they hold several or none.
    fields
        Names of the columns, and whether they are numbers.
    """

    holding: Any
    sector: str
    fields: frozenset[tuple[str, bool]]

    def fits(self, layer: QgsMapLayer) -> bool:
        """Whether a layer has what was seen: formats may cut names, lose kinds of columns or shapes."""
        return self.fields <= _fields(layer) and self.holding.geometry == _geometry(layer)


def follow(output: Description, place: str, context: Any, worn: Dress, *, name: str) -> None:
    """
    Style and name of an output's layer, where it will be loaded.

    Parameters
    ----------
    output
        Its description.
    place
        Identifier of the layer, as the algorithm returns it.
    context
        Context of the run.
    worn
        What it will look like.
    name
        Our name for it; one of the user's stays.
    """
    if not context.willLoadLayerOnCompletion(place):
        return
    details = context.layerToLoadOnCompletionDetails(place)
    own = details.name in {"", tr(output["label"]), output["label"], output["name"]}
    if own:
        details.name = name
    waiting = LayerStyle(worn, place=place, name=name if own else "")
    _kept.add(waiting)
    details.setPostProcessor(waiting)


def renew(place: str, project: Any, worn: Dress, name: str, *, but: str = "") -> None:
    """
    Layers of a project whose file a run has replaced: read anew, and dressed for what the file holds now.

    Parameters
    ----------
    place
        The file, as a run names its result.
    project
        The project.
    worn
        What our layers of it will look like; others keep their style.
    name
        Title that our layers get, unless the user has given another.
    but
        Identifier of a layer that is new already.
    """
    for layer in destinations.on(place, project):
        if layer.id() == but:
            continue
        layer.reload()  # until then it reads the file that was replaced
        if layer.customProperty(KIND):
            _wear(layer, worn, name if layer.name() == layer.customProperty(NAMED) else "")
        layer.triggerRepaint()


def _wear(layer: QgsMapLayer, worn: Dress, name: str) -> str:
    """Marks, style and name of a layer; why it has no style."""
    layer.setCustomProperty(TOOL, worn.tool)
    layer.setCustomProperty(KIND, worn.kind)
    layer.setCustomProperty(MADE, _now())
    seen = seen_of(layer, worn)
    error = dress(layer, worn.kind, worn.sector, seen)
    if name:
        layer.setName(named(layer, name, worn.sector, seen))
        layer.setCustomProperty(NAMED, layer.name())
    return error


def title(tool: Description, output: Description) -> str:
    """Name of an output's layer: which of the tool's layers it is, since panels show the beginning, and the tool."""
    short = re.split("[:,]", tr(tool["title"]), maxsplit=1)[0]
    several = sum(o["type"] == "layer" for o in tool["outputs"]) > 1
    return f"{tr(output['label'])} · {short}" if several else short


class LayerStyle(QgsProcessingLayerPostProcessorInterface):
    """
    Style that waits for its layer.

    Parameters
    ----------
    worn
        What the layer will look like.
    place
        Its identifier in the run; other layers that show it change with it.
    name
        Our name, to which the sector is added; empty where the user gave one.
    """

    def __init__(self, worn: Dress, *, place: str = "", name: str = "") -> None:
        super().__init__()
        self.worn, self.place, self.name = worn, place, name
        self.begun = _now()  # outputs of one run are all waiting before the first of them is dressed

    def postProcessLayer(self, layer: QgsMapLayer, context: Any, feedback: Any) -> None:
        """Style of the layer, in the thread that owns it; a layer without one is still a result."""
        _kept.discard(self)
        # QGIS hands out the layer that is there already, which still reads the file that was replaced.
        layer.reload()
        error = _wear(layer, self.worn, self.name)
        if error:
            feedback.pushWarning(say("The layer keeps QGIS's own style: {reason}").format(reason=error))
        renew(self.place, context.project(), self.worn, self.name, but=layer.id())
        buried = _bury(layer, self.begun, context.project())
        if buried:
            text = say("Switched off in the list of layers, since the new result lies over them: {layers}.")
            feedback.pushInfo(text.format(layers=", ".join(buried)))
        for heard in made:
            heard()
        QTimer.singleShot(_PATIENCE, _Unfolding(context.project(), layer.id()))


def _now() -> str:
    return str(QDateTime.currentDateTime().toString(Qt.DateFormat.ISODateWithMs))


def _bury(layer: QgsMapLayer, begun: str, project: Any) -> list[str]:
    """Names of earlier results of the same shape, switched off: their labels would be read as those of the new one.

    Areas of a study that no tool made go too, since a new result hides all of them but their labels.
    """
    if project is None or not _spread(layer) or not _covers(layer.customProperty(KIND)):
        return []
    marks = (TOOL, KIND) if _spread(layer) == "polygon" else (TOOL,)
    nodes = project.layerTreeRoot().findLayers()
    earlier = [
        node
        for node in nodes
        if node.itemVisibilityChecked()
        and node.layer() is not None
        and node.layer().id() != layer.id()
        and any(node.layer().customProperty(mark) for mark in marks)
        and str(node.layer().customProperty(MADE) or "") < begun
        and _spread(node.layer()) == _spread(layer)
    ]
    for node in earlier:
        node.setItemVisibilityChecked(False)
    return [node.layer().name() for node in earlier]


def _covers(kind: str) -> bool:
    """Whether layers of a kind hide what is below them; outlines do not."""
    styles = table()["kinds"].get(kind, {}).get("styles", ())
    return {rule["look"] for style in styles for rule in style.get("rules", ())} != {"outline"}


def _spread(layer: QgsMapLayer) -> str:
    """How a layer covers the map: areas and rasters alike; empty for tables."""
    if isinstance(layer, QgsRasterLayer):
        return "polygon"
    shape = _geometry(layer) if isinstance(layer, QgsVectorLayer) else "table"
    return "" if shape == "table" else shape


def follow_time(layer: Any, start: str, end: str) -> None:
    """
    Let a layer with versions follow the temporal controller.

    Parameters
    ----------
    layer
        Vector layer; one that follows it already is left as it is.
    start, end
        Its columns with the first day of a version, and with the day from which it holds no longer; one may be empty.
    """
    times = layer.temporalProperties()
    if times.isActive() or not (start or end):
        return
    first, last = _part("qml").in_force(start, end)
    times.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromExpressions)
    times.setStartExpression(first)
    times.setEndExpression(last)
    times.setIsActive(True)
    layer.triggerRepaint()


class _Unfolding:
    """Legend of a new layer, opened once QGIS, which folds those of more than ten lines, has built it."""

    def __init__(self, project: Any, layer: str) -> None:
        self.project, self.layer = project, layer

    def __call__(self) -> None:
        node = self.project.layerTreeRoot().findLayer(self.layer) if self.project is not None else None
        if node is not None:
            _head(node)
            node.setExpanded(False)  # what is open in name may be folded in the panel
            node.setExpanded(True)


def _head(node: QgsLayerTreeLayer) -> None:
    """Unit of a raster as the heading of its legend, where QGIS has the name of the band."""
    layer = node.layer()
    unit = _stated(layer, "unit") if isinstance(layer, QgsRasterLayer) else ""
    if unit:
        QgsMapLayerLegendUtils.setLegendNodeUserLabel(node, 0, tr(table()["units"].get(unit, unit)))
        layer.legend().itemsChanged.emit()


def dress(layer: QgsMapLayer, kind: str, sector: str = "", seen: Seen | None = None) -> str:
    """
    Style of a kind on a layer: classes, legend, labels, headings in words, versions in time.

    Parameters
    ----------
    layer
        Layer of that kind.
    kind
        Its kind, as in ``styles.json``.
    sector
        The one sector that it is about, where its rows do not say it.
    seen
        What is known of its rows; by default they are read.

    Returns
    -------
    error
        Why it has no style; empty if it has one.
    """
    if kind not in table()["kinds"] or not layer.isValid():
        return ""
    seen = seen or look(layer, kind)
    held = dataclasses.replace(seen.holding, about=seen.holding.about or _unsaid(layer, sector))
    unit = _stated(layer, "unit") if isinstance(layer, QgsRasterLayer) else ""
    reader = _part("legend").Reader(texts.language(), say)
    document = QDomDocument()
    document.setContent(_part("qml").compose(table(), kind, held, reader, unit))
    done, error = layer.importNamedStyle(document)
    layer.triggerRepaint()
    layer.emitStyleChanged()
    return "" if done else str(error)


def seen_of(layer: QgsMapLayer, worn: Dress) -> Seen | None:
    """What is known of a layer's rows: what the run saw, where it fits; None for kinds without a look."""
    if worn.kind not in table()["kinds"] or not layer.isValid():
        return None
    return worn.seen if worn.seen is not None and worn.seen.fits(layer) else look(layer, worn.kind)


def look(layer: QgsMapLayer, kind: str, *, whole: bool = False) -> Seen:
    """
    What style and name need to know of a layer.

    Parameters
    ----------
    layer
        Valid layer of that kind.
    kind
        Its kind.
    whole
        Whether all rows of a large layer are read, which takes seconds; else its first ones.

    Returns
    -------
    seen
        What was read.
    """
    if isinstance(layer, QgsRasterLayer):
        return Seen(holding(layer, kind, _stated(layer, "unit")), _stated(layer, "sector"), frozenset())
    rows = layer
    if not whole and layer.featureCount() > _MOST_ROWS:
        rows = layer.materialize(QgsFeatureRequest().setLimit(_MOST_ROWS))
    held = holding(rows, kind)
    reader = _part("legend").Reader(texts.language(), say)
    held = dataclasses.replace(held, absent=_absent(rows, kind, held, reader))
    return Seen(held, _only(rows, "sector"), _fields(layer))


def _fields(layer: QgsMapLayer) -> frozenset[tuple[str, bool]]:
    listed = layer.fields() if isinstance(layer, QgsVectorLayer) else ()
    return frozenset((field.name(), field.isNumeric()) for field in listed)


def named(layer: QgsMapLayer, title: str, sector: str = "", seen: Seen | None = None) -> str:
    """Name of a layer: first the one sector it is about, since panels show the beginning; last a raster's unit."""
    if isinstance(layer, QgsRasterLayer):
        unit = _stated(layer, "unit")
        return " · ".join(
            filter(None, (_stated(layer, "sector"), title, tr(table()["units"].get(unit, unit))))
        )
    only = seen.sector if seen is not None else _only(layer, "sector")
    return " · ".join(filter(None, (only or _unsaid(layer, sector), title)))


def _unsaid(layer: QgsMapLayer, sector: str) -> str:
    """Sector of a run whose rows do not tell their own."""
    silent = isinstance(layer, QgsVectorLayer) and layer.fields().lookupField("sector") < 0
    return sector if silent else ""


def _only(layer: QgsVectorLayer, column: str) -> str:
    """Text that a column holds everywhere; empty where it holds several, or is not there."""
    at = layer.fields().lookupField(column)
    found = layer.uniqueValues(at, 2) if at >= 0 else ()
    return str(next(iter(found))) if len(found) == 1 and all(found) else ""


@cache
def table() -> dict[str, Any]:
    """Looks of all kinds of layers."""
    found: dict[str, Any] = json.loads((_folder() / "styles.json").read_text(encoding="utf-8"))
    return found


def _folder() -> Path:
    return texts.core() / texts.DOMAIN / "publication" / "qgis"


@cache
def _part(name: str) -> ModuleType:
    """One of the core's files on styles, without the core: they need the standard library alone."""
    if _LOADED_AS not in sys.modules:
        folder = _folder()
        start = folder / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            _LOADED_AS, start, submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(str(start))
        module = importlib.util.module_from_spec(spec)
        sys.modules[_LOADED_AS] = module
        spec.loader.exec_module(module)
    return importlib.import_module(f"{_LOADED_AS}.{name}")


def holding(layer: QgsMapLayer, kind: str, unit: str = "") -> Any:
    """
    What a layer holds, as far as its style depends on it.

    Parameters
    ----------
    layer
        Vector or raster layer.
    kind
        Its kind.
    unit
        Unit of a raster.

    Returns
    -------
    holding
        `Holding` of the core's ``legend``.
    """
    legend = _part("legend")
    if isinstance(layer, QgsRasterLayer):
        return legend.Holding(legend.RASTER, values=_cells(layer))
    described = table()["kinds"][kind]
    columns = [field.name() for field in layer.fields()]
    expression = legend.expression(legend.chosen(described, columns, unit))
    values: Sequence[Any] = ()
    if expression:
        values, _ = QgsVectorLayerUtils.getValues(layer, expression)
    codes = {}
    for column in legend.coded(table(), described, columns):
        found = layer.uniqueValues(layer.fields().lookupField(column), _MOST_CODES)
        codes[column] = sorted(str(value) for value in found if value)
    numbers = [v for v in values if isinstance(v, (int, float))]
    sector = _only(layer, "sector")
    about = _only(layer, "sector_name") if sector else ""
    return legend.Holding(
        _geometry(layer),
        columns,
        numbers,
        codes,
        fractions=_fractions(layer),
        about=about if about != sector else "",
        largest=_largest(layer, described, columns),
        alike=bool(sector),
    )


def _largest(layer: QgsVectorLayer, described: dict[str, Any], columns: list[str]) -> dict[str, float]:
    """Largest value of a column that gives points their size."""
    sized = (_part("legend").chosen(described, columns) or {}).get("size")
    if sized not in columns:
        return {}
    most = layer.maximumValue(layer.fields().lookupField(sized))
    return {sized: float(most)} if isinstance(most, (int, float)) else {}


def _fractions(layer: QgsVectorLayer) -> list[str]:
    """Columns whose first rows hold numbers that are not whole."""
    names = [field.name() for field in layer.fields() if field.isNumeric()]
    found = set()
    for feature in layer.getFeatures(QgsFeatureRequest().setLimit(_LOOK)):
        values = ((name, feature[name]) for name in names)
        found |= {n for n, v in values if isinstance(v, float) and math.isfinite(v) and v != round(v)}
    return [name for name in names if name in found]


def _absent(layer: QgsMapLayer, kind: str, held: Any, reader: Any) -> list[str]:
    """Filters of what is drawn apart from the classes and does not occur: the legend need not speak of it."""
    legend = _part("legend")
    style = legend.chosen(table()["kinds"][kind], held.columns)
    if style is None or held.geometry == legend.RASTER:
        return []
    drawn = legend.rules(style, held, reader)
    # parts of a layer have the same classes
    apart = dict.fromkeys(rule.filter for rule in drawn if rule.filter and rule.apart)
    return [text for text in apart if not _any(layer, text)]


def _any(layer: QgsVectorLayer, expression: str) -> bool:
    request = QgsFeatureRequest().setFilterExpression(expression).setLimit(1)
    return next(iter(layer.getFeatures(request)), None) is not None


def _geometry(layer: QgsMapLayer) -> str:
    if isinstance(layer, QgsRasterLayer):
        return str(_part("legend").RASTER)
    kinds = QgsWkbTypes.GeometryType
    found = {kinds.PolygonGeometry: "polygon", kinds.PointGeometry: "point", kinds.LineGeometry: "line"}
    return found.get(layer.geometryType(), "table")


def _stated(layer: QgsRasterLayer, what: str) -> str:
    """What a raster's file says of itself, as our tools write it."""
    told = re.search(rf"\b{what}=([^<]+)", layer.htmlMetadata())
    return html.unescape(told.group(1)).strip() if told else ""


def _cells(layer: QgsRasterLayer) -> list[float]:
    """Known cells of the first band, at most some hundred thousand of them."""
    provider = layer.dataProvider()
    width, height = (min(_MOST_CELLS, n) for n in (layer.width(), layer.height()))
    block = provider.block(1, layer.extent(), width, height)
    block.convert(Qgis.DataType.Float64)
    cells = array.array("d", bytes(block.data()))
    nothing = block.noDataValue() if block.hasNoDataValue() else math.nan
    return [v for v in cells if v != nothing and math.isfinite(v)]
