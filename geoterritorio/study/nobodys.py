"""What of an output rests on no establishment, although others of its figures do: it is told, whatever is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd

from geoterritorio.assessment.tools.four_capitals import FIGURE_NAMES as CAPITALS
from geoterritorio.publication.disclosure.contributions import Mask
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.guarded import (
    CONFIDENTIAL_KINDS,
    INDICATORS_OF,
    INTERNAL,
    NOBODYS_WITH,
    OF_NOBODY,
    ONLY_WITH,
    way_of,
)
from geoterritorio.study.guarding import MANY_PLANTS, Masks
from geoterritorio.study.results import StepResult, described
from geoterritorio.study.withholding import WITHHELD

# Outputs of `capitals` of which a row tells of one capital.
_BY_CAPITAL = frozenset(("scores", "sensitivity", "figures"))
_INDICATORS = "indicators"
_FIGURES = ("value", "low", "high")
# Where a distance begins that tells of no establishment.
_LAND = "middle of the territory"


@dataclass(frozen=True)
class Nobodys:
    """
    What of an output is told as it is.

    Parameters
    ----------
    rows
        Rows of which every figure rests on no establishment, or on nothing but figures that are told.
    cells
        Of other rows, cells that do, by column.
    """

    rows: Mask
    cells: Mapping[str, Mask]

    def spared(self, masks: Masks) -> Masks:
        """
        Rows that are withheld, without those that rest on no establishment.

        Parameters
        ----------
        masks
            Of the output.

        Returns
        -------
        masks
            The same for all other rows.
        """
        return masks[0] & ~self.rows, masks[1] & ~self.rows, masks[2]

    def given_back(self, rows: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
        """
        An output with what rests on no establishment.

        Parameters
        ----------
        rows
            The output before anything was withheld.
        told
            The output without what is withheld, whose rows may follow in another order.

        Returns
        -------
        told
            The same; where rows cannot be told apart, as it was.
        """
        if not (rows.index.is_unique and (self.rows.any() or any(m.any() for m in self.cells.values()))):
            return told
        told = told.copy()
        at = rows.index.get_indexer(told.index)
        for column in rows.columns.intersection(told.columns):
            free = (self.rows | self.cells.get(column, ~self.rows & self.rows))[at]
            if not free.any() or column == "geometry":
                continue
            own, left = rows[column].reindex(told.index), told[column]
            # What is free and what is not may have different types, as words and their absence.
            kind = float if pd.api.types.is_numeric_dtype(own) and own.dtype != bool else object
            told[column] = np.where(free, own.to_numpy(kind), left.to_numpy(kind))
        if WITHHELD in told.columns and WITHHELD not in rows.columns:
            told[WITHHELD] = told[WITHHELD].mask(self.rows[at], None)
        return told


def nobodys(result: StepResult, name: str, masks: Masks, untold: frozenset[str] | None) -> Nobodys:
    """
    What of an output rests on no establishment.

    Parameters
    ----------
    result
        Result of a step.
    name
        Name of the output.
    masks
        Of the output: how many contributors each row has.
    untold
        Indicators among what the step takes that are withheld somewhere; None where that is not known.

    Returns
    -------
    nobodys
        Nothing of an output that stands on no list.
    """
    rows, key = result.outputs[name], (result.step.tool, name)
    none = np.zeros(len(rows), dtype=bool)
    cells = dict.fromkeys(columns_of_nobody(result, name), ~none)
    if key == ("innovation_system", "gaps"):
        # The middle of many tells of none of them.
        many = np.isfinite(masks[2]) & (masks[2] >= MANY_PLANTS)
        cells["distance"] = rows["measured_from"].eq(_LAND).to_numpy() | many
    if key in INDICATORS_OF:
        areas = columns_of_nobody(result, "areas")
        free = {name for name, column in INDICATORS_OF[key].items() if column in areas}
        return Nobodys(rows["indicator"].isin(free).to_numpy(), cells)
    if untold is None:
        return Nobodys(none, cells)
    if result.step.tool == "capitals":
        return _of_capitals(result, name, untold, cells)
    if key == ("ladder", "conditions"):
        figure = rows["looks_at"].eq("figure") & ~rows["subject"].isin(untold)
        return Nobodys((figure | rows["looks_at"].eq("statements")).to_numpy(), cells)
    return Nobodys(none, cells)


def way_here(result: StepResult, name: str) -> str:
    """
    How an output is made safe, given what its step takes.

    Parameters
    ----------
    result
        Result of a step.
    name
        Name of the output.

    Returns
    -------
    way
        As the list says; what is nobody's only with some layer is internal without.
    """
    needed = NOBODYS_WITH.get((result.step.tool, name), ())
    if needed and not {*needed} & {*result.step.inputs}:
        return INTERNAL
    return way_of(result.step.tool, name)


def columns_of_nobody(result: StepResult, name: str) -> frozenset[str]:
    """
    Columns of an output that rest on no establishment, given what the step takes.

    Parameters
    ----------
    result
        Result of a step.
    name
        Name of the output.

    Returns
    -------
    columns
        Those of the list of guarded outputs.
    """
    key = (result.step.tool, name)
    given = {*result.step.inputs}
    needed = {c: {*ONLY_WITH.get((*key, c), ())} for c in OF_NOBODY.get(key, {})}
    return frozenset(c for c, layers in needed.items() if not layers or layers & given)


def _of_capitals(result: StepResult, name: str, untold: frozenset[str], cells: dict[str, Mask]) -> Nobodys:
    """Of capitals: what is made of indicators that are all told follows from them."""
    rows, asked = result.outputs[name], result.outputs["normalised"]
    none = np.zeros(len(rows), dtype=bool)
    lost = set(asked.loc[asked["indicator"].isin(untold), "capital"])
    free = [c for c in CAPITALS if c in set(asked["capital"]) - lost]
    if name == "normalised":
        return Nobodys(~rows["indicator"].isin(untold).to_numpy(), cells)
    if name == "areas":
        return Nobodys(none, {**cells, **dict.fromkeys(free, ~none)})
    if name not in _BY_CAPITAL:
        return Nobodys(none, cells)
    column, words = ("indicator", [CAPITALS[c] for c in free]) if name == "figures" else ("capital", free)
    return Nobodys(rows[column].isin(words).to_numpy(), cells)


def untold_indicators(
    names: Iterable[str], plan: StudyPlan, before: Mapping[str, StepResult], found: Sequence[StepResult]
) -> frozenset[str] | None:
    """
    Indicators that are withheld somewhere, of those that a step takes.

    Parameters
    ----------
    names
        Layers and outputs that the step takes.
    plan
        The study.
    before
        Results by step as they were.
    found
        Those of them that are ready to be published, as they are.

    Returns
    -------
    untold
        None where the step takes what is confidential otherwise, or what is not yet known.
    """
    lost: set[str] = set()
    told = {result.step.name: result for result in found}
    for name in names:
        step, _, output = name.partition(".")
        if name in plan.layers:
            if plan.layers[name].kind in CONFIDENTIAL_KINDS:
                return None
            continue
        if step not in told:
            return None
        if described(before[step], output).get("kind") != _INDICATORS:
            # Readings and conditions are no figures that anything here is made of.
            continue
        rows, shown = before[step].outputs.get(output), told[step].outputs.get(output)
        if rows is None or shown is None or "indicator" not in rows.columns:
            return None
        lost |= _lost(rows, shown)
    return frozenset(lost)


def _lost(rows: pd.DataFrame, shown: pd.DataFrame) -> set[str]:
    """Indicators of which a figure is withheld, or a row is missing."""
    figures = [c for c in rows.columns if c in _FIGURES]
    noted: set[object] = (
        set(shown.loc[shown[WITHHELD].notna(), "indicator"]) if WITHHELD in shown.columns else set()
    )
    had, has = (x[figures].notna().sum(axis=1).groupby(x["indicator"]).sum() for x in (rows, shown))
    return {str(name) for name in noted | set(had.index[has.reindex(had.index).ne(had)])}


def in_order(results: Sequence[StepResult]) -> Iterator[StepResult]:
    """
    Results after those that they are made from.

    Parameters
    ----------
    results
        Results of the steps of a study.

    Yields
    ------
    result
        Each once.
    """
    by_name = {r.step.name: r for r in results}
    # Names without a dot are layers, which may be called as a step is.
    needs = {
        name: {n.partition(".")[0] for n in taken(r.step) if "." in n} & {*by_name}
        for name, r in by_name.items()
    }
    return (by_name[name] for name in TopologicalSorter(needs).static_order())
