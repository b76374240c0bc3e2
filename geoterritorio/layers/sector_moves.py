"""Rows of a layer brought under other sectors, along moves: sector, target, share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.schema import BOUNDED, ESTIMATED, KNOWN, WITHHELD
from geoterritorio.layers.sector_tree import place_of

AMOUNTS = ("employment", "establishments", "squares")


def moved_counts(
    frame: pd.DataFrame, moves: pd.DataFrame, names: pd.Series, classification: str
) -> pd.DataFrame:
    """
    Counts, or totals of wholes, by new sector within each place and period.

    Parameters
    ----------
    frame
        Long table: sector, amounts, and the columns of `place_of`.
    moves
        Every sector of the table with its targets and shares, which sum to 1.
    names
        Names of the targets.
    classification
        What the new codes belong to.

    Returns
    -------
    layer
        One row per place, new sector and period. Where a part is missing the amount is, and the columns
        `employment_low` and `employment_high` (and those of establishments) say what it lies between.

    Raises
    ------
    LayerError
        If a lower bound is above its upper one.
    """
    rows = frame.reset_index(drop=True)
    _tell_left_out(rows, classification)
    parts = _pieces(rows, moves)
    row, share = parts["row"].to_numpy(), parts["share"].to_numpy()
    where = place_of(rows)
    cells = pd.DataFrame({c: rows[c].to_numpy()[row] for c in where})
    cells.insert(
        where.index("territory") + 1 if "territory" in where else 0,
        "sector",
        parts["target"].to_numpy(object),
    )
    groups = cells.groupby(list(cells.columns), dropna=False)
    layer = groups.size().index.to_frame(index=False)
    cell = groups.ngroup().to_numpy()
    layer["sector_name"] = layer["sector"].map(names).astype(object)
    unknown = np.zeros(len(layer), dtype=bool)
    for amount in (c for c in AMOUNTS if c in rows.columns):
        low, high = (_sum(v[row] * share, cell, len(layer)) for v in _range(rows, amount))
        missing = _any(np.isnan(rows[amount].to_numpy(float))[row], cell, len(layer))
        layer[amount] = np.where(missing, np.nan, low)
        if amount in BOUNDED and missing.any():
            layer[f"{amount}_low"] = np.where(missing, low, np.nan)
            layer[f"{amount}_high"] = np.where(missing, high, np.nan)
        unknown |= missing
    layer["status"] = _status(rows, row, share, cell, unknown)
    last = [c for c in where if c != "territory"]
    layer = layer[[*(c for c in layer.columns if c not in last), *last]]
    return layer.assign(classification=pd.Series(classification, index=layer.index, dtype=object))


def _tell_left_out(rows: pd.DataFrame, classification: str) -> None:
    if "relative_error" in rows.columns:
        text = message("Sampling errors cannot be carried into other sectors and are left out.")
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    old = rows["classification"].dropna().unique() if "classification" in rows.columns else []
    if len(old) > 1:
        text = message(
            "The rows name several classifications ({values}) and all are read as one and recoded to "
            "{classification}. Recode each apart if they differ.",
            values=", ".join(map(str, old)),
            classification=classification,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _range(rows: pd.DataFrame, amount: str) -> tuple[Any, Any]:
    """What every row is at least and at most: itself where known, else 0 and missing unless the row says more."""
    value = rows[amount].to_numpy(float)
    nothing = np.full(len(rows), np.nan)
    low, high = (
        rows[c].to_numpy(float) if c in rows.columns else nothing for c in (f"{amount}_low", f"{amount}_high")
    )
    unknown = np.isnan(value)
    crossed = int((unknown & (low > high)).sum())
    if crossed:
        raise LayerError(
            message(
                "counts: {count} rows have {column}_low above {column}_high. Exchange or correct them.",
                count=crossed,
                column=amount,
            )
        )
    return np.where(unknown, np.nan_to_num(low), value), np.where(unknown, high, value)


def _status(rows: pd.DataFrame, row: Any, share: Any, cell: Any, unknown: Any) -> pd.Series:
    old = (
        rows["status"].to_numpy()[row] if "status" in rows.columns else np.full(len(row), KNOWN, dtype=object)
    )
    count = len(unknown)
    guessed = _any((old == ESTIMATED) | (share < 1), cell, count)
    status = pd.Series(KNOWN, index=range(count), dtype=object).mask(guessed, ESTIMATED)
    return status.where(~unknown, None).mask(_any(old == WITHHELD, cell, count), WITHHELD)


def _sum(values: Any, cell: Any, count: int) -> Any:
    """Sum by cell; missing where a part is."""
    return np.bincount(cell, weights=values, minlength=count)


def _any(flag: Any, cell: Any, count: int) -> Any:
    """Whether any piece of each cell has the flag."""
    return np.bincount(cell, weights=np.asarray(flag, dtype=float), minlength=count) > 0


def moved_firms(frame: pd.DataFrame, moves: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Firms under their new sectors; one with several counterparts in several rows, each with its `share`."""
    parts = _pieces(frame, moves)
    layer = frame.iloc[parts["row"]].reset_index(drop=True)
    layer["sector"] = parts["target"].to_numpy()
    layer["sector_name"] = layer["sector"].map(names).to_numpy()
    layer["share"] = parts["share"].to_numpy()
    if "employment" in layer.columns:
        layer["employment"] *= layer["share"]
    divided = int((parts["share"] < 1).groupby(parts["row"]).any().sum())
    if divided:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{count} establishments have a code with several counterparts and stand in several rows, each "
                    "with its share. Count them by territory before recoding to have whole establishments.",
                    count=divided,
                )
            ),
            stacklevel=4,
        )
    return layer


def _pieces(frame: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Position of the row, target, share: every row of the frame once for each of its targets."""
    sectors = pd.DataFrame({"sector": frame["sector"].to_numpy(), "row": np.arange(len(frame))})
    return sectors.merge(moves, on="sector", how="left").sort_values("row", kind="stable")


def moved_columns(frame: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Territories by new sectors; a cell with a missing part is missing."""
    parts = _pieces(pd.DataFrame({"sector": frame.columns}), moves)
    column, targets = pd.factorize(parts["target"], sort=True)
    weights = np.zeros((frame.shape[1], len(targets)))
    np.add.at(weights, (parts["row"].to_numpy(), column), parts["share"].to_numpy())
    values = frame.to_numpy(float)
    unknown = np.isnan(values).astype(float) @ (weights > 0)
    out = np.where(unknown > 0, np.nan, np.nan_to_num(values) @ weights)
    return pd.DataFrame(out, index=frame.index, columns=pd.Index(targets, name="sector", dtype=object))


def left_over(frame: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Codes without counterpart (sector, reason, share lost): rows, and what is known of the amounts lost."""
    amounts = [c for c in ("employment", "establishments") if c in frame.columns]
    lost = lost.set_index("sector")
    rows = frame[frame["sector"].isin(lost.index)]
    grouped = rows.groupby(rows["sector"].astype(object))
    sums = grouped[amounts].sum(min_count=1)
    table = grouped.size().rename("rows").to_frame().join(sums.mul(lost["share"].reindex(sums.index), axis=0))
    table.insert(0, "reason", lost["reason"].reindex(table.index).to_numpy())
    return table.rename_axis("sector").reset_index()
