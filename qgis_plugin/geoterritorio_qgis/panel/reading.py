"""Codes and names read from layers in the background."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsFeatureRequest, QgsTask, QgsVectorLayerFeatureSource

MOST = 20_000
Found = Callable[[list[tuple[str, str]]], None]


class Reading(QgsTask):
    """
    Distinct codes of a layer with their names, sorted.

    Parameters
    ----------
    layer
        Layer to read; a snapshot is taken here, in the thread that owns it.
    code, name
        Fields; `name` may be empty.
    found
        Called in the window's thread with ``(code, name)`` pairs.
    """

    def __init__(self, layer: Any, code: str, name: str, found: Found) -> None:
        super().__init__(layer.name(), QgsTask.Flag.CanCancel)
        self._source = QgsVectorLayerFeatureSource(layer)
        fields = layer.fields()
        self._places = [fields.lookupField(code), fields.lookupField(name) if name else -1]
        self._found = found
        self._pairs: dict[str, str] = {}

    def run(self) -> bool:
        """Work of the background thread."""
        code, name = self._places
        wanted = [place for place in self._places if place >= 0]
        request = (
            QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes(wanted)
        )
        for feature in self._source.getFeatures(request):
            if self.isCanceled():
                return False
            value = _text(feature[code])
            if value and value not in self._pairs:
                self._pairs[value] = _text(feature[name]) if name >= 0 else ""
                if len(self._pairs) >= MOST:
                    break
        return True

    def finished(self, result: bool) -> None:  # noqa: FBT001 - QGIS calls it so
        """End, in the window's thread."""
        if result:
            self._found(sorted(self._pairs.items()))


def _text(value: Any) -> str:
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    return str(value)
