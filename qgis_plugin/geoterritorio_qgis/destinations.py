"""Where results go: what would be lost, or could not be written, is refused before anything is computed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsDataSourceUri,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterFeatureSink,
    QgsProperty,
    QgsProviderRegistry,
    QgsVectorLayer,
)

from . import sources
from .parameters import is_raster, key
from .texts import say

_ELSEWHERE = re.compile(r"memory:|[A-Za-z][A-Za-z]+:")  # a provider's prefix; a drive has one letter
_PART = re.compile(r"\|layername=([^|]+)")
_DATABASE = "ogr:"
_TEMPORARY = "TEMPORARY_OUTPUT"


@dataclass(frozen=True)
class Place:
    """
    A file, or one layer of it.

    Attributes
    ----------
    label
        What the dialog calls it.
    path
        The file.
    layer
        Its layer; None for the whole file.
    """

    label: str
    path: Path
    layer: str | None = None

    def meets(self, other: Place | None) -> bool:
        """Whether writing the one replaces the other; what is no file is never replaced."""
        if other is None:
            return False
        apart = None not in (self.layer, other.layer) and self.layer != other.layer
        return _same(self.path, other.path) and not apart


def problem(algorithm: Any, values: Any, context: Any) -> str:
    """
    Why results must not, or cannot, go where they shall; call it in the thread that owns the layers.

    Parameters
    ----------
    algorithm
        The algorithm that will run.
    values
        Its parameters' values.
    context
        Context of the run.

    Returns
    -------
    problem
        Cause and cure, a problem a line; empty where there is none.
    """
    wanted = list(_wanted(algorithm, values))
    found = [*_shared(wanted), *_read(wanted, algorithm, values, context), *_edited(wanted, context)]
    return "\n".join(found or _unwritable(wanted))


def _wanted(algorithm: Any, values: Any) -> Iterator[Place]:
    """Files that will be replaced or made; rows added to a layer that exists replace nothing."""
    for described in algorithm.destinationParameterDefinitions():
        place = of(values.get(described.name()))
        if place is None:
            continue
        path, layer = place
        if not path.suffix and isinstance(described, QgsProcessingParameterFeatureSink):
            path = path.with_name(f"{path.name}.gpkg")  # as QGIS does
        yield Place(described.description(), path, layer)


def of(value: Any) -> tuple[Path, str | None] | None:
    """
    File and layer of a destination.

    Parameters
    ----------
    value
        Value of the parameter.

    Returns
    -------
    place
        None where it is no file of its own: memory, temporary, a server, rows to add.
    """
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        if value.useRemapping():
            return None
        value = value.sink
    if isinstance(value, QgsProperty):
        value = value.staticValue()
    if not isinstance(value, str) or not value or value == _TEMPORARY:
        return None
    if value.startswith(_DATABASE):
        uri = QgsDataSourceUri(value[len(_DATABASE) :])
        return Path(uri.database()).absolute(), uri.table() or None
    return None if _ELSEWHERE.match(value) else (Path(value).absolute(), None)


def on(place: str, project: Any) -> list[Any]:
    """Layers of a project that show a file or one of its layers, as a run names its result."""
    found = of(place.partition("|")[0])
    if found is None or project is None:
        return []
    path, layer = found
    part = _PART.search(place)
    wanted = Place("", path, part[1] if part else layer)
    return [layer for layer in project.mapLayers().values() if wanted.meets(_source(layer, ""))]


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is yet to be made
        return one.resolve() == other.resolve()


def _source(layer: Any, label: str) -> Place | None:
    """File of a layer; None where it has none."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    path, name = str(parts.get("path") or ""), parts.get("layerName")
    if path and not name and layer.providerType() == "ogr":
        name = sources.layer_of_file(layer, parts.get("layerId"))
    return Place(label, Path(path), str(name) if name else None) if path else None


def _shared(wanted: list[Place]) -> Iterator[str]:
    for i, place in enumerate(wanted):
        for other in wanted[:i]:
            if place.meets(other):
                text = say("{output}: {path} is also the place of “{other}”. Name another file.")
                yield text.format(output=place.label, path=place.path, other=other.label)


def _read(wanted: list[Place], algorithm: Any, values: Any, context: Any) -> Iterator[str]:
    """Results that would replace what they are made from."""
    for described in algorithm.tool["parameters"]:
        name = key(described["name"])
        if described["type"] != "layer" or not values.get(name):
            continue
        raster = is_raster(described)
        read = algorithm.parameterAsRasterLayer if raster else algorithm.parameterAsVectorLayer
        layer = read(values, name, context)
        if layer is None:
            continue
        shown = algorithm.parameterDefinition(name).description()
        source = _source(layer, shown)
        for place in wanted:
            if place.meets(source):
                text = say("{output}: {path} is the input “{layer}”. Name another file.")
                yield text.format(output=place.label, path=place.path, layer=shown)


def _edited(wanted: list[Place], context: Any) -> Iterator[str]:
    """Results that would replace a file whose layer has changes to come."""
    layers = context.project().mapLayers().values() if context.project() is not None else ()
    for layer in layers:
        if not isinstance(layer, QgsVectorLayer) or not layer.isEditable():
            continue
        for place in wanted:
            if place.meets(_source(layer, layer.name())):
                text = say(
                    "{output}: the layer “{layer}” of the project shows {path} and is being edited. Save or discard "
                    "its edits first, or name another file."
                )
                yield text.format(output=place.label, layer=layer.name(), path=place.path)


def _unwritable(wanted: list[Place]) -> Iterator[str]:
    for place in wanted:
        folder = place.path.parent
        if not folder.is_dir():
            text = say("{output}: the folder {folder} is not there.")
            yield text.format(output=place.label, folder=folder)
            continue
        try:
            if place.path.exists():
                with place.path.open("r+b"):
                    pass
            with tempfile.TemporaryFile(dir=folder):  # rights alone do not tell of locked disks
                pass
        except PermissionError:
            text = say("{output}: {path} cannot be written: you have no right to.")
            yield text.format(output=place.label, path=place.path)
        except OSError as error:
            text = say("{output}: {path} cannot be written: {reason}.")
            yield text.format(output=place.label, path=place.path, reason=error.strerror or error)
