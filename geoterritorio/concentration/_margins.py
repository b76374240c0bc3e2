"""The whole a table is compared with, and the sums every quotient needs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark

Floats = npt.NDArray[np.float64]
OWN = "own sums"
_UNSOUND_REFERENCE = mark(
    "reference: {number} totals are negative or infinite, for example {name} with {value}. Correct them."
)
_UNSOUND_TOTALS = mark(
    "totals: {number} totals are negative or infinite, for example {name} with {value}. Correct them."
)


@dataclass(frozen=True)
class Whole:
    """
    The area with which territories are compared.

    Parameters
    ----------
    sectors
        Total of each sector, by code.
    total
        Total of all sectors, also of those not listed.
    name
        Name of the area.
    """

    sectors: pd.Series
    total: float
    name: str = ""


@dataclass(frozen=True)
class Margins:
    """
    Cells, territory totals (column), sector totals (row), grand total, and the name of the whole: “own sums”, that of
    the reference, or “reference” where it has none.

    `lower` marks the cells whose territory or sector total is only a lower bound, because it is the sum of a row or
    column with missing cells: their quotients are no more than a rough idea.
    """

    cells: Floats
    territory: Floats
    sector: Floats
    total: float
    name: str
    lower: npt.NDArray[np.bool_]

    def quotient(self) -> Floats:
        """Location quotients; NaN where a total is zero or anything is missing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            result = self.cells / np.where(self.territory > 0, self.territory, np.nan)
            result /= np.where(self.sector > 0, self.sector, np.nan) / self.total
        return result

    def expected(self) -> Floats:
        """What each cell would hold if the territory had the shares of the whole."""
        with np.errstate(divide="ignore", invalid="ignore"):
            result: Floats = self.territory * (self.sector / self.total)
        return result


def margins(
    counts: pd.DataFrame,
    reference: pd.Series | Whole | None,
    totals: pd.Series | None,
    *,
    stacklevel: int = 3,
) -> Margins:
    """
    Cells of a table and the totals they are set against.

    Parameters
    ----------
    counts
        Territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole; None takes the table's own sums.
    totals
        Totals of the territories; None takes the table's own sums.
    stacklevel
        Of the warnings.

    Returns
    -------
    margins
        Cells and totals, aligned with the table.

    Raises
    ------
    LayerError
        Cells are negative; a territory or sector of the table has no total; or totals are negative or infinite.
    """
    cells = counts.to_numpy(np.float64)
    problems = _negative(cells)
    missing = np.isnan(cells)
    rows, columns = missing.any(axis=1), missing.any(axis=0)
    known = np.where(missing, 0.0, cells) if rows.any() else cells
    own_rows, own_columns = known.sum(axis=1), known.sum(axis=0)
    territory, sector, total, name = own_rows, own_columns, float(own_rows.sum()), OWN
    if totals is not None:
        territory, lost = _aligned(totals, counts.index)
        problems += _absent(lost, mark("{number} territories have no total, for example {name}."))
        problems += unsound(totals, _UNSOUND_TOTALS)
        total = float(territory.sum())
    if reference is not None:
        whole = reference if isinstance(reference, Whole) else _whole(reference)
        sector, lost = _aligned(whole.sectors, counts.columns)
        problems += _absent(lost, mark("{number} sectors are not in the reference, for example {name}."))
        problems += unsound(whole.sectors, _UNSOUND_REFERENCE)
        if not problems:
            problems += unsound(pd.Series({whole.name or "reference": whole.total}), _UNSOUND_REFERENCE)
        total, name = float(whole.total), whole.name or "reference"
    if problems:
        raise LayerError(problems)
    short_rows = rows if totals is None else np.zeros_like(rows)
    short_columns = columns if reference is None else np.zeros_like(columns)
    lower = short_rows[:, None] | short_columns[None, :]
    if lower.any():
        _warn_lower(int(missing.sum()), int(short_rows.sum()), int(short_columns.sum()), stacklevel + 1)
    return Margins(cells, territory[:, None], sector[None, :], total, name, lower)


def _whole(reference: pd.Series) -> Whole:
    return Whole(reference, float(reference.sum()), str(reference.name or ""))


def _aligned(values: pd.Series, index: pd.Index) -> tuple[Floats, pd.Index]:
    aligned = values.reindex(index)
    return aligned.to_numpy(np.float64), index[aligned.isna().to_numpy()]


def _absent(lost: pd.Index, text: str) -> list[Message]:
    return [message(text, number=len(lost), name=lost[0])] if len(lost) else []


def unsound(totals: pd.Series, text: str) -> list[Message]:
    """What is wrong with totals that no count can have."""
    values = totals.to_numpy(np.float64)
    wrong = np.flatnonzero((values < 0) | np.isinf(values))
    if not len(wrong):
        return []
    first = wrong[0]
    return [message(text, number=len(wrong), name=totals.index[first], value=float(values[first]))]


def unsound_reference(reference: pd.Series, parts: pd.Index) -> list[Message]:
    """What is wrong with the figures of a reference that may hold more than the parts of the table."""
    problems = unsound(reference, _UNSOUND_REFERENCE)
    unknown = int(reference[~reference.index.isin(parts)].isna().sum())
    if unknown:
        text = message(
            "reference: {number} totals of labels that the table lacks are missing. Leave them out.",
            number=unknown,
        )
        problems.append(text)
    return problems


def _negative(cells: Floats) -> list[Message]:
    number = int((cells < 0).sum())
    return [message("{number} cells of the table are negative.", number=number)] if number else []


def _warn_lower(cells: int, territories: int, sectors: int, stacklevel: int) -> None:
    found = message(
        "{cells} cells are withheld or unknown: the totals of {territories} territories and {sectors} sectors are "
        "lower bounds, and their cells are not tested. Give published totals and a reference.",
        cells=cells,
        territories=territories,
        sectors=sectors,
    )
    warnings.warn(GeoterritorioWarning(found), stacklevel=stacklevel)


def like(values: Any, counts: pd.DataFrame, sums: Margins | None = None) -> pd.DataFrame:
    """Frame of `values` with the labels of `counts`, without a copy; of `sums` it keeps which whole they are."""
    frame = pd.DataFrame(values, index=counts.index, columns=counts.columns, copy=False)
    if sums is not None:
        frame.attrs["reference"] = sums.name
    return frame
