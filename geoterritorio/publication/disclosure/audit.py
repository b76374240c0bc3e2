"""What an attacker with a linear program finds out of withheld cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from geoterritorio.publication.disclosure.contributions import OUTSIDE, Contributions, Level, Mask, Numbers

_INFEASIBLE = 2


@dataclass(frozen=True)
class Unknowns:
    """
    Finest cells that are not told, and what published sums say of them.

    Attributes
    ----------
    rows, columns
        Where they lie.
    sums
        One row per published sum that holds some of them, one column per unknown.
    told
        What is left of each sum.
    part
        Unknowns that no sum ties to each other have different numbers.
    """

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    sums: csr_matrix
    told: Numbers
    part: npt.NDArray[np.intp]


def unknowns(given: Contributions, hidden: dict[Level, Mask], values: Numbers) -> Unknowns:
    """
    System of equations that the published tables are.

    Parameters
    ----------
    given
        Contributions and divisions.
    hidden
        Cells withheld, by level.
    values
        True finest cells, which the sums are of.

    Returns
    -------
    unknowns
        Cells with establishments that are withheld; those without are told.
    """
    plants = given.finest[1]
    rows, columns = np.nonzero((plants > 0) & hidden[0, 0])
    lines, places, told = [], [], []
    first = 0
    for (r, c), mask in hidden.items():
        at = given.rows[r][rows], given.columns[c][columns]
        known = (at[0] != OUTSIDE) & (at[1] != OUTSIDE)
        known[known] &= ~mask[at[0][known], at[1][known]]
        cell = at[0][known] * mask.shape[1] + at[1][known]
        here, line = np.unique(cell, return_inverse=True)
        where = np.flatnonzero(known)
        lines.append(first + line)
        places.append(where)
        told.append(np.bincount(line, values[rows[where], columns[where]], len(here)))
        first += len(here)
    line, place = np.concatenate(lines), np.concatenate(places)
    sums = csr_matrix((np.ones(len(line)), (line, place)), shape=(first, len(rows)))
    part = connected_components(sums.T @ sums, directed=False)[1]
    return Unknowns(rows, columns, sums, np.concatenate(told), part.astype(np.intp))


def bounds(system: Unknowns, chosen: Mask, *, least: float = 0.0) -> tuple[float, float]:
    """
    Least and most that the sum of some unknowns can be.

    Parameters
    ----------
    system
        The equations.
    chosen
        Unknowns that are summed.
    least
        What every unknown is at least.

    Returns
    -------
    low, high
        Ends of what is feasible; infinite where nothing bounds it. Of no unknowns both are zero.
    """
    if not chosen.any():
        return 0.0, 0.0
    taken = np.isin(system.part, np.unique(system.part[chosen]))
    matrix = csc_matrix(system.sums[:, taken])
    used = np.flatnonzero(np.diff(csr_matrix(matrix).indptr))
    equations = csr_matrix(matrix)[used]
    goal = chosen[taken].astype(float)
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * goal,
            A_eq=equations if len(used) else None,
            b_eq=system.told[used] if len(used) else None,
            bounds=(least, None),
            method="highs",
        )
        if found.status == _INFEASIBLE:
            message = "published sums contradict each other"
            raise RuntimeError(message)
        ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
    return float(ends[0]), float(ends[1])
