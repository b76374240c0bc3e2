"""Which indicator speaks of which capital: the table that says so, checked."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._intervals import outside_own
from geoterritorio.assessment.normalising import HIGHER, LOWER
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import DIRECTIONS
from geoterritorio.layers.vocabularies import vocabulary

if TYPE_CHECKING:
    from geoterritorio.assessment.capital_scores import CapitalRules

Floats = npt.NDArray[np.float64]
_NUMBERS = ("weight", "goal", "least", "most")


@dataclass(frozen=True)
class Assigned:
    """Territories by assigned indicators, with the ends of intervals, and what the table says of each indicator."""

    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    table: pd.DataFrame
    capitals: tuple[str, ...]

    def of(self, capital: str) -> Floats:
        """Which indicators are of the capital, as 1 and 0, times their weights."""
        weights: Floats = np.where(self.table["capital"] == capital, self.table["weight"], 0.0)
        return weights


def assigned(
    values: pd.DataFrame,
    assignment: pd.DataFrame,
    low: pd.DataFrame | None,
    high: pd.DataFrame | None,
    rules: CapitalRules,
) -> Assigned:
    """Indicators that have a capital; refuses what cannot be meant and says what is left out."""
    known = tuple(vocabulary("capitals")["code"])
    table = _completed(assignment)
    problems = [*_of_table(table, known), *outside_own(values, low, high), *_unmet(values, table)]
    if rules.normalise == "reference":
        problems += _without_goal(table)
    if problems:
        raise LayerError(problems)
    _say_left_out(values, table, same=rules.normalise != "reference")
    table = table.set_index("indicator")
    nothing = pd.DataFrame(np.nan, index=values.index, columns=table.index)
    figures, lows, highs = (
        nothing if t is None else t.reindex(columns=table.index) for t in (values, low, high)
    )
    return Assigned(figures, lows, highs, table, known)


def _completed(assignment: pd.DataFrame) -> pd.DataFrame:
    """With every column, and what is left empty."""
    lacking = [c for c in ("indicator", "capital") if c not in assignment.columns]
    if lacking:
        raise LayerError(message("assignment: there is no column “{column}”.", column=lacking[0]))
    table = assignment.reindex(columns=["indicator", "capital", "direction", *_NUMBERS])
    table["direction"] = table["direction"].astype(object).fillna(HIGHER)
    for name in _NUMBERS:
        column = pd.Series(table[name], dtype=object if table[name].dtype == object else np.float64)
        table[name] = amounts(column, f"assignment: {name}", signed=name != "weight").astype(np.float64)
    return table.assign(weight=table["weight"].fillna(1.0)).reset_index(drop=True)


def _of_table(table: pd.DataFrame, known: tuple[str, ...]) -> list[Message]:
    problems = []
    twice = table["indicator"][table["indicator"].duplicated()].unique()
    if len(twice):
        problems.append(
            message(
                "assignment: {count} indicators stand in it several times: {values}. Each speaks of one capital: keep "
                "one row.",
                count=len(twice),
                values=listing(twice),
            )
        )
    strange = table["capital"][~table["capital"].isin(known)].fillna("–").unique()
    if len(strange):
        problems.append(
            message(
                "assignment, column “capital”: {values}: no capital of that name. There are {known}.",
                values=listing(strange),
                known=listing(known),
            )
        )
    turned = table["direction"][~table["direction"].isin(DIRECTIONS)].unique()
    if len(turned):
        problems.append(
            message(
                "assignment, column “direction”: {values}. Write {higher} or {lower}, whichever is better.",
                values=listing(turned),
                higher=HIGHER,
                lower=LOWER,
            )
        )
    weightless = table.groupby("capital")["weight"].sum().loc[lambda w: w == 0].index
    if len(weightless):
        problems.append(
            message(
                "assignment, column “weight”: all indicators of {values} weigh 0. Give one of them a weight.",
                values=listing(weightless),
            )
        )
    return problems


def _unmet(values: pd.DataFrame, table: pd.DataFrame) -> list[Message]:
    """That nothing assigned is there, or figures beyond the bounds stated for them."""
    met = table[table["indicator"].isin(values.columns)].drop_duplicates("indicator")
    if met.empty:
        return [
            message(
                "assignment: none of its {count} indicators ({values}) is among those of the table ({others}). Write "
                "them alike.",
                count=len(table),
                values=listing(table["indicator"]),
                others=listing(values.columns),
            )
        ]
    figures = values[met["indicator"]]
    beyond = figures.lt(met["least"].to_numpy(), axis=1) | figures.gt(met["most"].to_numpy(), axis=1)
    rows, columns = np.nonzero(beyond.to_numpy())
    if not len(rows):
        return []
    named = [f"{figures.index[r]} ({figures.columns[c]})" for r, c in zip(rows, columns, strict=True)]
    return [
        message(
            "indicators: {count} figures lie beyond the bounds that the assignment states: {values}. Correct them, or "
            "its columns least and most.",
            count=len(rows),
            values=listing(named),
        )
    ]


def _without_goal(table: pd.DataFrame) -> list[Message]:
    lacking = table["indicator"][table["goal"].isna() | (table["goal"] == 0)]
    if lacking.empty:
        return []
    return [
        message(
            "assignment, column “goal”: {count} indicators have none, or 0: {values}. With normalise reference each "
            "needs the figure of the whole or a target.",
            count=len(lacking),
            values=listing(lacking),
        )
    ]


def _say_left_out(values: pd.DataFrame, table: pd.DataFrame, *, same: bool) -> None:
    stray = values.columns.difference(table["indicator"], sort=False)
    if len(stray):
        text = message(
            "assignment: {count} indicators have no capital and are left out: {values}.",
            count=len(stray),
            values=listing(stray),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    met = values[values.columns.intersection(table["indicator"], sort=False)]
    alike = met.columns[(met.max() == met.min()) & (met.notna().sum() > 1)]
    if same and len(alike):
        text = message(
            "indicators: {count} are the same in all territories and tell none from another: {values}. They count as "
            "unknown.",
            count=len(alike),
            values=listing(alike),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
