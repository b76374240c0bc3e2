"""Registers on the map of a study: only where the study asks for single establishments, and then all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from geoterritorio.errors import CRSError, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.sector_tree import ranks
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication import FirmLayer, FurtherLayer, Look, firm_layer, further_layer
from geoterritorio.publication.disclosure.gridded import gridded
from geoterritorio.publication.names import classification_of, recognised
from geoterritorio.publication.webmap.texts import Words
from geoterritorio.study.config import StudyPlan

# From this number on, points that are drawn one by one make a browser slow.
MANY = 5_000
# A legend of more sectors than this is read by nobody: they are told by the second level of their classification.
_MOST_SECTORS = 40


# Classes of establishments of a cell, from their number; the first begins with the minimum.
_FROM = (10, 25, 50, 100, 250)
_SHADES = ("#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#084594")
_CELLS = mark("cells of a grid")
_SIDE = mark("Side of the cell (m)")


def registers(plan: StudyPlan, layers: Mapping[str, Any]) -> list[tuple[str, FirmLayer | FurtherLayer]]:
    """
    Registers that the study names under what the map is to show: as points, or as cells of a grid.

    Parameters
    ----------
    plan
        The study.
    layers
        Its layers by name.

    Returns
    -------
    registers
        One layer for each register with places, by its name.
    """
    if plan.disclosure.gridded:
        return [
            (name, _in_cells(layers[name], plan, name))
            for name in plan.registers
            if isinstance(layers.get(name), gpd.GeoDataFrame)
        ]
    return [
        (name, of_register(layers[name], plan.layers[name].titles, plan.layers[name].classification))
        for name in plan.registers
        if isinstance(layers.get(name), gpd.GeoDataFrame)
    ]


def _in_cells(rows: gpd.GeoDataFrame, plan: StudyPlan, name: str) -> FurtherLayer:
    """Cells by class of their establishments: exact numbers, less those of territories, would tell parts of cells."""
    try:
        require_metres(rows, name=f"layers.{name}")
    except CRSError:
        rows = rows.to_crs(rows.estimate_utm_crs())
    cells = gridded(rows, cell=plan.disclosure.cell, minimum=plan.disclosure.rules.minimum)
    begin = [plan.disclosure.rules.minimum, *(n for n in _FROM if n > plan.disclosure.rules.minimum)]
    grade = np.searchsorted(begin, cells["establishments"], side="right") - 1
    there = np.unique(grade)
    labels = {str(k): {lang: _class(begin, k, lang) for lang in LANGUAGES} for k in there}
    titles = plan.layers[name].titles
    return further_layer(
        cells.assign(grade=grade.astype(str)),
        name={lang: f"{titles[lang]}: {translator(lang)(_CELLS)}" for lang in LANGUAGES},
        kinds="grade",
        labels=labels,
        look=Look(
            {"side": {lang: translator(lang)(_SIDE) for lang in LANGUAGES}},
            tuple(_SHADES[-len(begin) :][k] for k in there),
        ),
    )


def _class(begin: Sequence[int], k: int, lang: Language) -> str:
    """A class of establishments in words."""
    if k + 1 < len(begin):
        text = message("{least} to {most} establishments", least=begin[k], most=begin[k + 1] - 1)
    else:
        text = message("{least} establishments or more", least=begin[k])
    return text.render(translator(lang))


def of_register(rows: gpd.GeoDataFrame, name: Words, classification: str | None = None) -> FirmLayer:
    """
    Layer of all establishments of a register, with their names.

    Parameters
    ----------
    rows
        Establishments as points.
    name
        What the reader sees.
    classification
        Vocabulary of the sectors; by default that which the rows tell of.

    Returns
    -------
    layer
        Sectors by the second level of their classification, where there are many.
    """
    known = classification or classification_of(rows) or recognised(rows)
    many = "sector" in rows and rows["sector"].nunique() > _MOST_SECTORS
    return firm_layer(
        rows,
        name=name,
        classification=known,
        level=_second(known) if known and many else None,
        names=bool({"name", "firm"} & set(rows.columns)),
    )


def _second(classification: str) -> str | None:
    """Second level of a classification, such as divisions; none where it has one level alone."""
    depth = ranks(classification)
    codes = depth.index[depth == 1]
    table = vocabulary(classification).set_index("code")
    return str(table["level"][codes[0]]) if len(codes) else None
