"""Descriptions of tools as parameters of QGIS: kinds, bounds, defaults and help in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from .texts import Description, say, tr

Source, Number = QgsProcessing.SourceType, QgsProcessingParameterNumber.Type
_FIELD = QgsProcessingParameterField.DataType
ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced

_SOURCES = {
    "point": Source.TypeVectorPoint,
    "line": Source.TypeVectorLine,
    "polygon": Source.TypeVectorPolygon,
}
_FIELDS = {"text": _FIELD.Any, "number": _FIELD.Numeric, "date": _FIELD.Any, "any": _FIELD.Any}
# A layer of QGIS is placed already; these columns place the rows of a text file.
_PLACING = {"x", "y", "postcode"}
_KINDS = {".gpkg": "GeoPackage", ".xlsx": "Excel"}
_FAR = 1.7e308
PICTURES = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"


def key(name: str, column: str = "") -> str:
    """Name of a parameter in QGIS: stable, upper case."""
    return (f"{name}_{column}" if column else name).upper()


def columns(parameter: Description) -> list[Description]:
    """Columns of a layer for which a field can be chosen."""
    return [c for c in parameter["columns"] if c["name"] not in _PLACING]


def is_raster(described: Description) -> bool:
    """Whether a parameter or output is a raster."""
    return bool(described["type"] == "layer" and described["geometry"] == ["raster"])


def is_dated(described: Description) -> bool:
    """Whether a layer may hold several versions, of which those in force on a day can be asked for."""
    return described["type"] == "layer" and any(c["name"] == "valid_from" for c in described["columns"])


def parameters(tool: Description) -> Iterator[Any]:
    """Parameters of a tool's algorithm, inputs first, then where the outputs go."""
    for described in tool["parameters"]:
        yield from _input(described)
    layers = [o for o in tool["outputs"] if o["type"] == "layer"]
    for i, output in enumerate(layers):
        yield _destination(output, optional=i > 0)
    yield from (_file(output) for output in tool["outputs"] if output["type"] == "file")
    if tool["plots"]:
        yield from _pictures(tool["plots"])


def values(tool: Description) -> Iterator[Any]:
    """Outputs of a tool that are numbers or words, for models and batches."""
    for output in tool["outputs"]:
        if output["type"] in ("number", "integer"):
            yield QgsProcessingOutputNumber(key(output["name"]), tr(output["label"]))
        elif output["type"] not in ("layer", "file"):
            yield QgsProcessingOutputString(key(output["name"]), tr(output["label"]))


def optional_fields(tool: Description) -> Iterator[str]:
    """Names of the fields that most people leave empty: windows fold them away, and the help leaves them out."""
    for described in tool["parameters"]:
        if described["type"] == "layer":
            yield from (key(described["name"], c["name"]) for c in columns(described) if not c["required"])


def _input(described: Description) -> Iterator[Any]:
    if described["type"] != "layer":
        yield _helped(_plain(described), tr(described["help"]), advanced=described["advanced"])
        return
    name, text = key(described["name"]), tr(described["label"])
    optional = not described["required"]
    if is_raster(described):
        yield _helped(QgsProcessingParameterRasterLayer(name, text, None, optional), tr(described["help"]))
        return
    layer = QgsProcessingParameterFeatureSource(name, text, _types(described["geometry"]), None, optional)
    yield _helped(layer, tr(described["help"]))
    for column in columns(described):
        yield _field(described, column)
    if is_dated(described):
        yield _day(described)


def _types(geometry: list[str]) -> list[Any]:
    """Kinds of layers offered; a tool that also takes tables is offered all."""
    return [Source.TypeVector] if "table" in geometry else [_SOURCES[g] for g in geometry]


def _field(layer: Description, column: Description) -> Any:
    """Field of a layer; left empty, the field of the column's own name is taken, if it is there."""
    text = f"{tr(layer['label'])} · {tr(column['label'])}"
    default = column["name"] if column["required"] else None
    name, parent = key(layer["name"], column["name"]), key(layer["name"])
    field = QgsProcessingParameterField(name, text, default, parent, _FIELDS[column["dtype"]], False, True)
    taken = say("Empty: the field “{column}”, if there.").format(column=column["name"])
    return _helped(field, f"{tr(column['help'])}. {taken}", advanced=not column["required"])


def _day(layer: Description) -> Any:
    text = say("{layer} · Date in force").format(layer=tr(layer["label"]))
    about = say("Day, month or year (2025-12-31, 2025-12, 2025) whose versions are used; empty: all rows.")
    parameter = QgsProcessingParameterString(key(layer["name"], "on"), text, None, False, True)
    return _helped(parameter, about, advanced=True)


def _plain(described: Description) -> Any:
    name, text = key(described["name"]), tr(described["label"])
    default, optional = described["default"], not described["required"]
    if described["type"] == "choice":
        words = [tr(word) for word in described["labels"]]
        chosen = None if default is None else described["options"].index(default)
        return QgsProcessingParameterEnum(name, text, words, False, chosen, optional)
    if described["type"] == "flag":
        return QgsProcessingParameterBoolean(name, text, default, optional)
    if described["type"] in ("number", "integer"):
        kind = Number.Integer if described["type"] == "integer" else Number.Double
        unit = f" [{described['unit']}]" if described["unit"] else ""
        least = -_FAR if described["min"] is None else described["min"]
        most = _FAR if described["max"] is None else described["max"]
        return QgsProcessingParameterNumber(name, text + unit, kind, default, optional, least, most)
    return QgsProcessingParameterString(name, text, default, False, optional)


def _destination(output: Description, *, optional: bool) -> Any:
    name, text = key(output["name"]), tr(output["label"])
    if is_raster(output):
        return _helped(
            QgsProcessingParameterRasterDestination(name, text, None, optional), tr(output["help"])
        )
    spatial = [g for g in output["geometry"] if g != "table"]
    kind = Source.TypeVector
    if len(output["geometry"]) == 1 and spatial:
        kind = _SOURCES[spatial[0]]
    elif spatial and "table" not in output["geometry"]:
        kind = Source.TypeVectorAnyGeometry
    sink = QgsProcessingParameterFeatureSink(name, text, kind, None, optional, True)
    return _helped(sink, tr(output["help"]))


def _file(output: Description) -> Any:
    kinds = ";;".join(f"{_KINDS[ending]} (*{ending})" for ending in output["endings"])
    file = QgsProcessingParameterFileDestination(key(output["name"]), tr(output["label"]), kinds)
    return _helped(file, f"{tr(output['help'])} {say('A file that is there is not replaced.')}")


def _pictures(plots: list[Description]) -> Iterator[Any]:
    drawn = "; ".join(tr(p["title"]) for p in plots)
    text = say(
        "Picture of the result (.png, .svg or .pdf; .png where no ending is written). {plots}."
    ).format(plots=drawn)
    file = QgsProcessingParameterFileDestination("PLOT", say("Plot"), PICTURES, None, True, False)
    yield _helped(file, text, advanced=True)
    if len(plots) > 1:
        kinds = [tr(p["title"]) for p in plots]
        kind = QgsProcessingParameterEnum("PLOT_KIND", say("Which picture"), kinds, False, 0, True)
        about = say("Which of its pictures is drawn, where a file for the plot is named.")
        yield _helped(kind, about, advanced=True)
    wanted = " ".join(f"{tr(p['title'])}: {tr(p['focus'])}" for p in plots)
    text = say("What the picture is about. {wanted}").format(
        wanted=wanted if len(plots) > 1 else tr(plots[0]["focus"])
    )
    focus = QgsProcessingParameterString("PLOT_FOCUS", say("Focus of the plot"), None, False, True)
    yield _helped(focus, text, advanced=True)


def _helped(parameter: Any, text: str, *, advanced: bool = False) -> Any:
    parameter.setHelp(text)
    if advanced:
        parameter.setFlags(parameter.flags() | ADVANCED)
    return parameter
