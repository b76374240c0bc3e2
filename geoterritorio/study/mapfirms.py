"""Registers on the map of a study: only where the study asks for single establishments, and then all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from geoterritorio.layers.sector_tree import ranks
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication import FirmLayer, firm_layer
from geoterritorio.publication.names import classification_of, recognised
from geoterritorio.publication.webmap.texts import Words
from geoterritorio.study.config import StudyPlan

# From this number on, points that are drawn one by one make a browser slow.
MANY = 5_000
# A legend of more sectors than this is read by nobody: they are told by the second level of their classification.
_MOST_SECTORS = 40


def registers(plan: StudyPlan, layers: Mapping[str, Any]) -> list[tuple[str, FirmLayer]]:
    """
    Registers that the study names under what the map is to show.

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
    return [
        (name, of_register(layers[name], plan.layers[name].titles, plan.layers[name].classification))
        for name in plan.registers
        if isinstance(layers.get(name), gpd.GeoDataFrame)
    ]


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
