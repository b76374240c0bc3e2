"""Totals of the whole: a region, a nation, a larger area, and which of them a comparison takes."""

from __future__ import annotations

import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.consistency import parents
from geoterritorio.layers.findings import distinct
from geoterritorio.layers.schema import LEVELS


def reference_of(
    reference: pd.DataFrame, *, area: str | None = None, level: str | None = None
) -> pd.DataFrame:
    """
    Totals by sector of one whole.

    Parameters
    ----------
    reference
        Reference totals, of one whole or of several (columns `area`, `level`).
    area
        Identifier of the whole; by default the only one of the level.
    level
        Level of the whole: territory, region, nation or larger; by default the highest that is there.

    Returns
    -------
    totals
        Rows of that whole, one per sector, in their order.

    Raises
    ------
    LayerError
        If there is no such whole, or several and none is named, or it holds several periods.

    Examples
    --------
    >>> totals = pd.DataFrame({"sector": ["15", "15"], "level": ["region", "nation"], "employment": [10.0, 80.0]})
    >>> reference_of(totals)["employment"].tolist()
    [80.0]
    >>> reference_of(totals, level="region")["employment"].tolist()
    [10.0]
    """
    parts = parents(reference)
    if parts is None:
        if area is not None or level is not None:
            raise LayerError(
                message(
                    "reference: the totals name neither area nor level, so none can be chosen among them."
                )
            )
        return reference.copy()
    found = reference.assign(_area=parts["area"])
    if area is not None:
        found = _chosen(found, "_area", area)
    if level is not None:
        found = _chosen(found, "level", level) if "level" in found.columns else found.iloc[:0]
    elif area is None and "level" in found.columns:
        there = [name for name in LEVELS if (found["level"] == name).any()]
        found = found[found["level"] == there[-1]] if there else found
    _require_one(found, reference)
    return found.drop(columns="_area").reset_index(drop=True)


def _chosen(found: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    rows = found[found[column] == value]
    if rows.empty:
        raise LayerError(
            message(
                "reference: there are no totals of “{value}”. There are: {values}.",
                value=value,
                values=distinct(found[column]),
            )
        )
    return rows


def _require_one(found: pd.DataFrame, reference: pd.DataFrame) -> None:
    if found.empty:
        raise LayerError(
            message("reference: there are no totals of this level. The column level is missing or empty.")
        )
    if len(found["_area"].unique()) > 1:
        raise LayerError(
            message(
                "reference: there are totals of several wholes: {values}. Name one.",
                values=distinct(found["_area"]),
            )
        )
    if found["sector"].duplicated().any():
        periods = distinct(found["period"]) if "period" in reference.columns else "–"
        raise LayerError(
            message(
                "reference: the totals hold several periods: {values}. Keep the rows of one.", values=periods
            )
        )
