"""Codes and rows read from layers in the background."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any, Callable

from qgis.core import QgsApplication, QgsFeatureRequest, QgsTask, QgsVectorLayerFeatureSource

MOST = 20_000
Found = Callable[[list[tuple[str, str]]], None]


class Lane:
    """One task at a time: the next one ends the one before."""

    def __init__(self) -> None:
        # QGIS deletes tasks that have ended: they are asked for by number, and held while they run.
        self._number = 0
        self._task: QgsTask | None = None

    def start(self, task: QgsTask) -> None:
        """Begin a task."""
        self.stop()
        self._number, self._task = QgsApplication.taskManager().addTask(task), task

    def stop(self) -> None:
        """End of a task that still runs."""
        running = QgsApplication.taskManager().task(self._number) if self._task is not None else None
        if running is not None:
            running.cancel()
        self._number, self._task = 0, None


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


class Ranking(QgsTask):
    """
    Foremost rows of a layer.

    Parameters
    ----------
    layer
        Layer to read; a snapshot is taken here, in the thread that owns it.
    where
        Expression of the rows that count; empty for all.
    column
        Column whose highest values come first; empty for the order of the layer.
    most
        How many rows.
    found
        Called in the window's thread with the rows.
    """

    def __init__(
        self, layer: Any, where: str, column: str, most: int, found: Callable[[list[Any]], None]
    ) -> None:
        super().__init__(layer.name(), QgsTask.Flag.CanCancel)
        self._source = QgsVectorLayerFeatureSource(layer)
        self._wanted = (where, layer.fields().lookupField(column) if column else -1, most)
        self._found = found
        self._rows: list[Any] = []

    def run(self) -> bool:
        """Work of the background thread."""
        self._rows = foremost(self._source, *self._wanted, self.isCanceled)
        return not self.isCanceled()

    def finished(self, result: bool) -> None:  # noqa: FBT001 - QGIS calls it so
        """End, in the window's thread."""
        if result:
            self._found(self._rows)


def foremost(
    source: Any, where: str, place: int, most: int, ended: Callable[[], bool] = lambda: False
) -> list[Any]:
    """
    Rows with the highest values of a column.

    QGIS would read and sort all rows whole before it gives the first; here only the column is read of all.

    Parameters
    ----------
    source
        Layer, or a snapshot of one.
    where
        Expression of the rows that count; empty for all.
    place
        Place of the column among the fields; negative for the order of the layer.
    most
        How many rows.
    ended
        Whether to stop before the end.

    Returns
    -------
    rows
        The highest first, those without a value last.
    """
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    if where:
        request.setFilterExpression(where)
    if place < 0:
        return list(_until(source.getFeatures(request.setLimit(most)), ended))
    first = QgsFeatureRequest(request).setSubsetOfAttributes([place])
    ranks = ((*_rank(feature[place]), -feature.id()) for feature in _until(source.getFeatures(first), ended))
    chosen = [-rank[-1] for rank in heapq.nlargest(most, ranks)]
    rest = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setFilterFids(chosen)
    order = {identifier: at for at, identifier in enumerate(chosen)}
    return sorted(_until(source.getFeatures(rest), ended), key=lambda feature: order[feature.id()])


def _rank(value: Any) -> tuple[bool, float]:
    known = isinstance(value, (int, float)) and value == value  # noqa: PLR0124 - a number that is none is unlike itself
    return (known, float(value) if known else 0.0)


def _until(features: Iterable[Any], ended: Callable[[], bool]) -> Iterator[Any]:
    for feature in features:
        if ended():
            return
        yield feature


def _text(value: Any) -> str:
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    return str(value)
