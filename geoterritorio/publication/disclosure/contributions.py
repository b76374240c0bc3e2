"""Cells of a table at every level at which it is published, and which of them are confidential."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from geoterritorio.publication.disclosure.rules import DOMINATED, FEW, NEAR, DisclosureRules

Codes = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Level = tuple[int, int]
OUTSIDE = -1


@dataclass(frozen=True)
class Contributions:
    """
    Who contributes what to which of the finest cells.

    Attributes
    ----------
    row, column
        Codes of the finest territory and sector of each contribution.
    contributor
        Code of the enterprise, group or establishment that answers for it.
    jobs
        Its jobs; unknown ones are zero.
    rows, columns
        How the finest territories and sectors lie in each division that is published, the finest first; -1 where one
        lies in none. The last of either is the whole.
    """

    row: Codes
    column: Codes
    contributor: Codes
    jobs: Numbers
    rows: tuple[Codes, ...]
    columns: tuple[Codes, ...]

    def __post_init__(self) -> None:
        """Refuse a first division that is not the finest cells in their own order: masks would lie elsewhere."""
        for divisions in (self.rows, self.columns):
            if not np.array_equal(divisions[0], np.arange(len(divisions[0]))):
                text = "the first division must be the finest cells in their order"
                raise ValueError(text)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """Tables that are published, by their divisions of territories and sectors; the whole before its parts."""
        pairs = [(i, j) for i in range(len(self.rows)) for j in range(len(self.columns))]
        return tuple(sorted(pairs, key=lambda p: (-p[0] - p[1], p)))

    @cached_property
    def finest(self) -> tuple[Numbers, Numbers, Numbers]:
        """Jobs, establishments and contributors of the finest cells; of those with jobs, the contributors of these."""
        shape = (len(self.rows[0]), len(self.columns[0]))
        cell = self.row * shape[1] + self.column
        size = shape[0] * shape[1]
        jobs = np.asarray(np.bincount(cell, self.jobs, size), dtype=float)
        plants = np.bincount(cell, minlength=size).astype(float)
        amounts, whose, _ = _by_contributor(cell, self.contributor, self.jobs)
        number = _counted(amounts, whose, size)
        return jobs.reshape(shape), plants.reshape(shape), number.reshape(shape)

    def shape(self, level: Level) -> tuple[int, int]:
        """Territories and sectors of a table."""
        return int(self.rows[level[0]].max()) + 1, int(self.columns[level[1]].max()) + 1

    def cells(self, level: Level) -> tuple[Codes, Mask]:
        """Cell of each contribution in a table, and whether it lies in one."""
        rows, columns = self.rows[level[0]][self.row], self.columns[level[1]][self.column]
        inside = (rows != OUTSIDE) & (columns != OUTSIDE)
        return np.where(inside, rows * self.shape(level)[1] + columns, 0), inside


def summed(values: Numbers, rows: Codes, columns: Codes) -> Numbers:
    """
    Sums of the finest cells in coarser ones.

    Parameters
    ----------
    values
        Finest cells.
    rows, columns
        Coarser territory and sector of each finest one; -1 for none.

    Returns
    -------
    sums
        Coarser territories × coarser sectors.
    """
    by_row = np.zeros((int(rows.max()) + 1, values.shape[1]))
    np.add.at(by_row, rows[rows != OUTSIDE], values[rows != OUTSIDE])
    found = np.zeros((int(columns.max()) + 1, len(by_row)))
    np.add.at(found, columns[columns != OUTSIDE], by_row.T[columns != OUTSIDE])
    return found.T


@dataclass(frozen=True)
class Table:
    """
    Cells of one table that is published.

    Attributes
    ----------
    jobs, plants
        Sums by territory and sector.
    contributors
        Those of its jobs, which none has whose jobs are zero or not known; of its establishments where it has no jobs.
    reason
        Why a cell is confidential by itself; empty where it is not.
    demanded
        Jobs by which what an attacker finds out must miss, below and above.
    """

    jobs: Numbers
    plants: Numbers
    contributors: Numbers
    reason: npt.NDArray[np.object_]
    demanded: Numbers

    @property
    def confidential(self) -> Mask:
        """Cells that are confidential by themselves."""
        return np.asarray(self.reason != "", dtype=bool)


def tables(given: Contributions, rules: DisclosureRules) -> dict[Level, Table]:
    """
    Cells of all published tables.

    Parameters
    ----------
    given
        Contributions.
    rules
        What is confidential.

    Returns
    -------
    tables
        By level.

    Notes
    -----
    With contributions :math:`x_1 ≥ x_2 ≥ …` of a cell with the sum :math:`X`, it is confidential if it has fewer
    than `minimum` contributors; if :math:`x_1 + … + x_n > k X`; or if :math:`X - x_1 - x_2 < p x_1 / 100`, where the
    second largest finds out the largest to within `p` percent. Contributors without jobs, or with unknown ones, are
    none of the jobs: of 50, 0 and 0 everybody knows the first.
    """
    return {level: _table(given, level, rules) for level in given.levels}


def _table(given: Contributions, level: Level, rules: DisclosureRules) -> Table:
    shape = given.shape(level)
    size = shape[0] * shape[1]
    cell, inside = given.cells(level)
    cell, jobs = cell[inside], given.jobs[inside]
    total = np.bincount(cell, jobs, size)
    plants = np.bincount(cell, minlength=size).astype(float)
    amounts, whose, rank = _by_contributor(cell, given.contributor[inside], jobs)
    number = _counted(amounts, whose, size)
    reason = np.full(size, "", dtype=object)
    demanded = rules.protection * total
    first, second = (np.bincount(whose[rank == k], amounts[rank == k], size) for k in (0, 1))
    if rules.percent:
        missing = rules.percent / 100 * first - (total - first - second)
        near = (missing > 0) & (number > 0)
        reason[near] = NEAR
        demanded = np.where(near, np.maximum(demanded, missing), demanded)
    if rules.largest:
        most = np.bincount(whose[rank < rules.largest], amounts[rank < rules.largest], size)
        reason[(most > rules.dominance * total) & (total > 0)] = DOMINATED
    reason[(number > 0) & (number < rules.minimum)] = FEW
    sums: list[Numbers] = [
        np.asarray(x, dtype=float).reshape(shape) for x in (total, plants, number, demanded)
    ]
    return Table(sums[0], sums[1], sums[2], reason.reshape(shape), sums[3])


def _counted(amounts: Numbers, whose: Codes, size: int) -> Numbers:
    """Contributors of each cell's jobs; of cells without jobs, of its establishments."""
    every = np.bincount(whose, minlength=size).astype(float)
    some = np.bincount(whose[amounts > 0], minlength=size).astype(float)
    return np.where(some > 0, some, every)


def _by_contributor(cell: Codes, contributor: Codes, jobs: Numbers) -> tuple[Numbers, Codes, Codes]:
    """Jobs of each contributor in each cell, which cell it is, and its rank there, the largest being 0."""
    many = int(contributor.max(initial=0)) + 1
    keys, inverse = np.unique(cell * many + contributor, return_inverse=True)
    amounts = np.asarray(np.bincount(inverse, jobs, len(keys)), dtype=float)
    whose = keys // many
    order = np.lexsort((-amounts, whose))
    starts = np.searchsorted(whose, whose[order])
    rank = np.empty(len(keys), dtype=np.intp)
    rank[order] = np.arange(len(keys)) - starts
    return amounts, whose, rank


def targets(found: dict[Level, Table]) -> Iterator[tuple[Level, int, int]]:
    """Confidential cells, those of coarser tables first, the largest first within each."""
    for level, table in found.items():
        rows, columns = np.nonzero(table.confidential)
        order = np.argsort(-table.jobs[rows, columns], kind="stable")
        yield from ((level, int(rows[k]), int(columns[k])) for k in order)


def whole(divisions: Sequence[Any], size: int) -> tuple[Codes, ...]:
    """Divisions with the whole behind them."""
    return (*divisions, np.zeros(size, dtype=np.intp))
