"""Files of the worker into the places the user chose."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsFeatureSink, QgsProcessingException, QgsVectorLayer

from .texts import say


def pour(path: str, make: Callable[[Any, Any, Any], Any]) -> str | None:
    """
    Features of a file copied into a sink, which may be a file, a memory layer, a database or the next step of a model.

    Parameters
    ----------
    path
        File of the worker; removed afterwards.
    make
        Fields, geometry type and CRS -> sink and its name.

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
        sink, destination = make(layer.fields(), layer.wkbType(), layer.crs())
        if sink is None:
            return None
        if not sink.addFeatures(layer.getFeatures(), QgsFeatureSink.Flag.FastInsert):
            failed = say("{path} cannot be written.").format(path=destination)
            raise QgsProcessingException(sink.lastError() or failed)
        if hasattr(sink, "finalize"):
            sink.finalize()
    finally:
        # QGIS keeps an error and its frames for good: nothing in them may hold a layer or a file open.
        del sink, layer
    with contextlib.suppress(OSError):
        Path(path).unlink()
    return str(destination)


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
