"""Tables of indicators as tools take and give them."""

from __future__ import annotations

import pandas as pd

from geoterritorio.registry import Layer


def wide(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Territories by indicators."""
    return rows.pivot_table(
        index="territory", columns="indicator", values=column, aggfunc="first", dropna=False, sort=False
    ).astype(float)


def names(territories: pd.DataFrame | None) -> pd.Series | None:
    """Names of the territories, by identifier."""
    if territories is None or "name" not in territories.columns:
        return None
    return territories.set_index("territory")["name"]


def shaped(table: pd.DataFrame, named: pd.Series | None, layer: Layer) -> pd.DataFrame:
    """Columns of the layer in their order, those without a figure among them."""
    if named is not None:
        table = table.assign(name=table["territory"].map(named))
    for column in layer.columns:
        if column.required and column.name not in table.columns:
            table = table.assign(**{column.name: float("nan")})
    return table[[c.name for c in layer.columns if c.name in table.columns]]
