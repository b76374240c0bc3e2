"""Files of the worker into the places the user chose."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsFeatureSink, QgsProcessingException, QgsVectorLayer

from . import destinations, styling
from .texts import say

_SHORT = 10  # letters of a column's name in a shapefile
_KINDS = {"Integer", "Integer64", "Real", "Date", "DateTime"}  # as GDAL calls them


def pour(path: str, make: Callable[[Any, Any, Any], Any], feedback: Any) -> str | None:
    """
    Features of a file copied into a sink, which may be a file, a memory layer, a database or the next step of a model.

    Parameters
    ----------
    path
        File of the worker.
    make
        Fields, geometry type and CRS -> sink and its name.
    feedback
        Is warned of what the format cannot hold.

    Returns
    -------
    destination
        Identifier of what the sink became; None if there is no sink.

    Raises
    ------
    QgsProcessingException
        If the file cannot be read, or the sink takes no features.
    """
    layer, sink = QgsVectorLayer(path, "worker", "ogr"), None
    try:
        if not layer.isValid():
            raise QgsProcessingException(say("The result cannot be read: {path}").format(path=path))
        fields = layer.fields()
        sink, destination = make(fields, layer.wkbType(), layer.crs())
        if sink is None:
            return None
        _warn_cut(str(destination), fields, feedback)
        if not sink.addFeatures(layer.getFeatures(), QgsFeatureSink.Flag.FastInsert):
            failed = say("{path} cannot be written.").format(path=destination)
            raise QgsProcessingException(sink.lastError() or failed)
        if hasattr(sink, "finalize"):
            sink.finalize()
        _say_kinds(str(destination), fields)
    finally:
        # QGIS keeps an error and its frames for good: nothing in them may hold a layer or a file open.
        del sink, layer
    return str(destination)


def looked(place: str, kind: str, context: Any) -> styling.Seen | None:
    """
    What style and name need to know of a result, read in the thread of the run.

    Parameters
    ----------
    place
        Identifier of what a sink became.
    kind
        Kind of its layer.
    context
        Context of the run, which owns layers in memory.

    Returns
    -------
    seen
        None where it is neither a file nor in memory: then the window looks at some of its rows.
    """
    layer = context.temporaryLayerStore().mapLayer(place)
    if layer is None and destinations.of(place.partition("|")[0]) is not None:
        layer = QgsVectorLayer(place, "result", "ogr")
    return styling.look(layer, kind, whole=True) if layer is not None and layer.isValid() else None


def _warn_cut(destination: str, fields: Any, feedback: Any) -> None:
    """Word of names that a shapefile cuts, with which style and panel lose sight of the columns."""
    cut = [field.name() for field in fields if len(field.name()) > _SHORT]
    if cut and destination.lower().endswith(".shp"):
        text = say(
            "Shapefiles hold names of {most} letters; cut were: {columns}. The layer gets neither all its headings nor "
            "its style. Choose a GeoPackage."
        )
        feedback.pushWarning(text.format(most=_SHORT, columns=", ".join(cut)))


def _say_kinds(destination: str, fields: Any) -> None:
    """Kinds of the columns beside a text file, which would be all text else; QGIS and GDAL read them there."""
    path = Path(destination)
    if path.suffix.lower() == ".csv" and path.is_file():
        told = [field.typeName() for field in fields]
        kinds = ",".join(f'"{kind if kind in _KINDS else "String"}"' for kind in told)
        path.with_suffix(".csvt").write_text(f"{kinds}\n", encoding="utf-8")


def move(path: str, destination: str) -> str:
    """
    A finished file brought to its place.

    Parameters
    ----------
    path
        File of the worker.
    destination
        Where it shall be.

    Returns
    -------
    destination
        The same.

    Raises
    ------
    QgsProcessingException
        If it cannot be written there.
    """
    try:
        shutil.move(path, destination)
    except OSError as error:
        text = say("{path} cannot be written: {reason}.")
        raise QgsProcessingException(text.format(path=destination, reason=error.strerror or error)) from error
    return destination
