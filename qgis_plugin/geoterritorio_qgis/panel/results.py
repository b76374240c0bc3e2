"""What came out: a table of the rows that concern the territory or sector, and a chart of one column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from qgis.core import QgsApplication, QgsExpression, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtWidgets import QTableWidgetItem

from .. import styling
from ..texts import say

ROWS = 500
BARS = 10
_THOUSAND = 1000  # from here on whole figures say enough
AROUND_ONE = {"lq", "focal_lq", "quotient", "colocation", "most", "index"}
_SIZES = {"employment", "establishments", "plants", "jobs"}
# What a column of numbers may hold beside figures: keys, probabilities, running numbers.
_NO_FIGURES = {"fid", "p", "q", "iteration", "moves", "event"}
# Rows of these follow each other: the highest of them say nothing.
_SEQUENCES = {"labour_market_trace", "labour_market_reserve"}
_LEVEL = 0.05  # above it, the maps hatch what is tested for all rows


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
    return [f.name() for f in layer.fields() if f.isNumeric() and f.name() not in _NO_FIGURES]


def main_column(layer: Any) -> str:
    """Column that a result is about: the one its style draws, else its first that is no size."""
    kind = styling.table()["kinds"].get(layer.customProperty(styling.KIND) or "", {})
    drawn = [name for style in kind.get("styles", ()) for name in style["needs"]]
    names = numeric(layer)
    usual = [*drawn, "lq", "value", "index", "quotient", "excess"]
    return next((n for n in [*usual, *(n for n in names if n not in _SIZES), *names] if n in names), "")


def concerning(layer: Any, territory: str, sector: str) -> str:
    """Expression of the rows of a result that concern the focus; empty for all."""
    names = set(layer.fields().names())
    parts = [
        f"{QgsExpression.quotedColumnRef(name)} = {QgsExpression.quotedString(code)}"
        for name, code in (("territory", territory), ("sector", sector))
        if code and name in names
    ]
    return " AND ".join(parts)


@cache
def _locale() -> QLocale:
    """The reader's way to write numbers, which only a new start of QGIS changes."""
    return QLocale(QgsApplication.locale())


def shown(value: Any) -> str:
    """Value of a cell for people: numbers to three significant digits, in the reader's writing."""
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    if isinstance(value, float):
        locale = _locale()
        if value == int(value) or abs(value) >= _THOUSAND:
            return str(locale.toString(round(value)))
        return str(locale.toString(value, "g", 3))
    return str(value)


def words(layer: Any, column: str) -> dict[str, str]:
    """Words of a column's codes, as the layer's style has them for its table of attributes."""
    setup = layer.editorWidgetSetup(layer.fields().lookupField(column))
    if setup.type() != "ValueMap":
        return {}
    listed = setup.config().get("map", ())
    pairs = [listed] if isinstance(listed, dict) else listed
    return {str(code): str(word) for pair in pairs for word, code in pair.items()}


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
    if column not in names or layer.customProperty(styling.KIND) in _SEQUENCES:
        return []  # a result without figures, or one whose rows are steps of a whole
    labels = _label_columns(layer, found)
    own = (f"{column}_low", f"{column}_high")
    limits = own if set(own) <= set(names) or column != main_column(layer) else ("low", "high")
    made = []
    for row in found:
        value = _number(row[column])
        if value is None:
            continue
        low, high = (_number(row[n]) if n in names else None for n in limits)
        label = " · ".join(filter(None, (shown(row[name]) for name in labels)))
        at = 1.0 if column in AROUND_ONE else 0.0
        limited = limits[0] in names and column in _TESTED
        made.append(Bar(label, value, low, high, _sure(row, names, at, (low, high) if limited else None)))
        if len(made) == BARS:
            break
    return made


def _sure(row: Any, names: list[str], at: float, limits: tuple[float | None, float | None] | None) -> bool:
    """Whether a figure is told from chance: by the codes that the maps hatch by, else by its test or its limits."""
    for column, codes in styling.table()["unsure"].items():
        if column in names:
            return shown(row[column]) not in codes
    if limits is not None:
        low, high = limits
        return low is not None and high is not None and not low <= at <= high
    adjusted = _number(row["q"]) if "q" in names else None
    return adjusted is None or adjusted <= _LEVEL


def _label_columns(layer: Any, found: list[Any]) -> list[str]:
    """Columns that tell rows apart: places, sectors, what else has words; both where both differ between rows."""
    names = layer.fields().names()
    kinds = (
        ("name", "territory", "market", "area"),
        ("sector_name", "sector"),
        ("other_name", "other", "neighbours"),
    )
    there = [next((n for n in kind if n in names), "") for kind in kinds]
    known = [n for n in there if n]
    several = [n for n in known if len({shown(row[n]) for row in found}) > 1]
    texts = [f.name() for f in layer.fields() if not f.isNumeric()] or names
    return several or known[:1] or texts[:1]


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float)) and not math.isnan(value):
        return float(value)
    return None


@dataclass(frozen=True)
class Curve:
    """A function of distance, or a Lorenz curve: places along it, value, mean of chance, and the band's ends."""

    title: str
    across: str
    note: str
    distance: list[float]
    value: list[float | None]
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]


def curve(layer: Any, sector: str) -> Curve | None:
    """Function of the sector in focus, or of the layer's first; None where a result is no function of distance."""
    if layer.customProperty(styling.KIND) in _LORENZ:
        return _lorenz(layer, sector)
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
        say("Distance"),
        say("grey: what chance gives"),
        [float(row["distance"]) for row in found],
        columns["value"],
        columns["mean"],
        columns[ends[0]],
        columns[ends[1]],
    )


# Kinds with a row for each point of a Lorenz curve: what parts them, cumulated weight, cumulated share.
_LORENZ = {"lorenz_curves": ("sector", "reference", "share"), "lorenz_points": ("period", "weight", "value")}
# Figures whose limits say whether they are told from chance.
_TESTED = {"index", "eci"}


def _lorenz(layer: Any, sector: str) -> Curve | None:
    """Lorenz curve of the sector in focus, else of the layer's first group."""
    group, weight, value = _LORENZ[layer.customProperty(styling.KIND)]
    places = [layer.fields().lookupField(n) for n in (group, weight, value)]
    if min(places) < 0:
        return None
    groups = sorted(shown(v) for v in layer.uniqueValues(places[0]))
    chosen = sector if group == "sector" and sector in groups else next(iter(groups), "")
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setFilterExpression(
        f"to_string({QgsExpression.quotedColumnRef(group)}) = {QgsExpression.quotedString(chosen)}"
    )
    pairs = [(_number(f[weight]), _number(f[value])) for f in layer.getFeatures(request)]
    known = sorted((w, v) for w, v in pairs if w is not None and v is not None)
    if not known:
        return None
    if known[0] != (0.0, 0.0):
        known.insert(0, (0.0, 0.0))
    xs, ys = [w for w, _ in known], [v for _, v in known]
    nothing: list[float | None] = [None] * len(xs)
    across = say("Share of the whole, the least first")
    return Curve(chosen, across, say("dashes: equal everywhere"), xs, list(ys), list(xs), nothing, nothing)


def summary(count: int) -> str:
    """How many rows are shown."""
    if count >= ROWS:
        return say("The first {count} rows; the layer's attribute table has all.").format(count=ROWS)
    return say("Rows: {count}").format(count=count)
