"""What came out: a table of the rows that concern the territory or sector, and a chart of one column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qgis.core import QgsApplication, QgsExpression, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtWidgets import QTableWidgetItem

from .. import styling
from ..texts import say

ROWS = 500
BARS = 10
_THOUSAND = 1000  # from here on whole figures say enough
AROUND_ONE = {"lq", "focal_lq", "quotient", "colocation", "most"}
_UNSURE = {"untested", "withheld", "uncertain", "even", "not significant"}


@dataclass(frozen=True)
class Bar:
    """A row of the chart."""

    label: str
    value: float
    low: float | None
    high: float | None
    sure: bool


def result_layers() -> list[Any]:
    """Layers of the project that tools made, the newest first."""
    layers = QgsProject.instance().mapLayers().values()
    found = [layer for layer in layers if layer.customProperty(styling.TOOL) and hasattr(layer, "fields")]
    return sorted(found, key=lambda layer: str(layer.customProperty(styling.MADE) or ""), reverse=True)


def numeric(layer: Any) -> list[str]:
    """Columns of a layer that can be drawn."""
    return [f.name() for f in layer.fields() if f.isNumeric() and f.name() not in {"fid", "p", "q"}]


def main_column(layer: Any) -> str:
    """Column that a result is about: the one its style draws, else its first that is no size."""
    kind = styling.table()["kinds"].get(layer.customProperty(styling.KIND) or "", {})
    drawn = [name for style in kind.get("styles", ()) for name in style["needs"]]
    names = numeric(layer)
    usual = [*drawn, "lq", "value", "index", "quotient", "excess"]
    sizes = {"employment", "establishments", "plants", "jobs"}
    return next((n for n in [*usual, *(n for n in names if n not in sizes)] if n in names), "")


def rows(layer: Any, territory: str, sector: str, column: str) -> list[Any]:
    """Rows of a result that concern the focus, those with the highest values first."""
    names = set(layer.fields().names())
    parts = [
        f"{QgsExpression.quotedColumnRef(name)} = {QgsExpression.quotedString(code)}"
        for name, code in (("territory", territory), ("sector", sector))
        if code and name in names
    ]
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    if parts:
        request.setFilterExpression(" AND ".join(parts))
    if column in names:
        request.addOrderBy(QgsExpression.quotedColumnRef(column), False, False)
    return list(layer.getFeatures(request.setLimit(ROWS)))


def shown(value: Any) -> str:
    """Value of a cell for people: numbers to three significant digits, in the reader's writing."""
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    if isinstance(value, float):
        locale = QLocale(QgsApplication.locale())
        if value == int(value) or abs(value) >= _THOUSAND:
            return str(locale.toString(round(value)))
        return str(locale.toString(value, "g", 3))
    return str(value)


class Cell(QTableWidgetItem):
    """A cell that sorts numbers as numbers."""

    def __init__(self, value: Any) -> None:
        super().__init__(shown(value))
        self._number = float(value) if isinstance(value, (int, float)) else None
        if self._number is not None:
            self.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))

    def __lt__(self, other: Any) -> bool:
        if self._number is not None and getattr(other, "_number", None) is not None:
            return bool(self._number < other._number)
        return bool(self.text() < other.text())


def bars(layer: Any, found: list[Any], column: str) -> list[Bar]:
    """Rows as bars of one column, with their limits where the result has them."""
    names = layer.fields().names()
    if column not in names:
        return []  # a result without figures
    label = next((n for n in _label_columns(layer, found) if n in names), names[0])
    limits = ("low", "high") if column in AROUND_ONE else (f"{column}_low", f"{column}_high")
    made = []
    for row in found:
        value = _number(row[column])
        if value is None:
            continue
        low, high = (_number(row[n]) if n in names else None for n in limits)
        certainty = shown(row["certainty"]) if "certainty" in names else ""
        made.append(Bar(shown(row[label]), value, low, high, certainty not in _UNSURE))
        if len(made) == BARS:
            break
    return made


def _label_columns(layer: Any, found: list[Any]) -> list[str]:
    """Columns that tell rows apart: sectors where all rows are of one territory, else territories."""
    names = layer.fields().names()
    several = "territory" not in names or len({shown(row["territory"]) for row in found[:ROWS]}) > 1
    sectors = ["sector_name", "sector", "other_name"]
    places = ["name", "territory"]
    return places + sectors if several and "territory" in names else sectors + places


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float)) and not math.isnan(value):
        return float(value)
    return None


@dataclass(frozen=True)
class Curve:
    """A function of distance: places along it, value, mean of chance, and the band's ends."""

    title: str
    distance: list[float]
    value: list[float | None]
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]


def curve(layer: Any, sector: str) -> Curve | None:
    """Function of the sector in focus, or of the layer's first; None where a result is no function of distance."""
    if layer.customProperty(styling.KIND) != "distance_functions":
        return None
    at = layer.fields().lookupField("sector")
    chosen = sector or min((str(v) for v in layer.uniqueValues(at) if v), default="")
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setFilterExpression(f'"sector" = {QgsExpression.quotedString(chosen)}')
    request.addOrderBy('"distance"')
    found = list(layer.getFeatures(request))
    kinds = {shown(row["neighbours"]) for row in found}
    found = [row for row in found if shown(row["neighbours"]) == min(kinds)]
    if not found:
        return None
    columns = {
        n: [_number(row[n]) for row in found]
        for n in ("value", "mean", "low", "high", "global_low", "global_high")
    }
    ends = (
        ("global_low", "global_high")
        if any(v is not None for v in columns["global_low"])
        else ("low", "high")
    )
    return Curve(
        shown(found[0]["sector_name"]) or chosen,
        [float(row["distance"]) for row in found],
        columns["value"],
        columns["mean"],
        columns[ends[0]],
        columns[ends[1]],
    )


def summary(count: int) -> str:
    """How many rows are shown."""
    if count >= ROWS:
        return say("The first {count} rows; the layer's attribute table has all.").format(count=ROWS)
    return say("Rows: {count}").format(count=count)
