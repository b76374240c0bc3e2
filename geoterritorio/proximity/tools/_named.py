"""Names beside identifiers, where the layers that were given have them."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

_Rows = TypeVar("_Rows", bound=pd.DataFrame)


def with_names(
    rows: _Rows, layer: pd.DataFrame | None, *, key: str, of: str = "centre", column: str = "name"
) -> _Rows:
    """
    Rows with the names of what they tell of.

    Parameters
    ----------
    rows
        Any rows.
    layer
        Layer of which they tell; without names, rows stay as they are.
    key
        Column of the rows that holds identifiers of the layer; names stand after it.
    of
        Column of identifiers in the layer.
    column
        What the names are called.

    Returns
    -------
    rows
        The same rows; no name where the identifier is missing, or is none of the layer.

    Examples
    --------
    >>> centres = pd.DataFrame({"centre": ["a"], "name": ["School"]})
    >>> with_names(pd.DataFrame({"place": ["a", None]}), centres, key="place")["name"].tolist()
    ['School', None]
    """
    if layer is None or "name" not in layer.columns or layer["name"].isna().all():
        return rows
    names = layer.drop_duplicates(of).set_index(of)["name"]
    told = rows[key].map(names).astype(object)
    found: _Rows = rows.copy()
    found.insert(int(found.columns.get_indexer([key])[0]) + 1, column, told.where(told.notna(), None))
    return found
