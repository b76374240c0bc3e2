"""Figures rounded instead of withheld."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from geoterritorio.errors import LayerError, message
from geoterritorio.publication.disclosure.contributions import OUTSIDE, Contributions, Level, Numbers, summed
from geoterritorio.publication.disclosure.rules import Rounding

_SECONDS = 60.0
_NEAR = 1e-9


def rounded_tables(
    given: Contributions, values: Numbers, base: int, how: Rounding, *, seed: int
) -> Mapping[Level, Numbers]:
    """
    Every published table in multiples of a base.

    Parameters
    ----------
    given
        Contributions and divisions.
    values
        Finest cells.
    base
        What figures are multiples of.
    how
        nearest; random, up with the probability that leaves the expected figure as it is; or controlled, where each
        sum is that of its cells and none is a base or more away from the true figure.
    seed
        Of random rounding. It must stay internal: who knows it knows which figures were rounded up.

    Returns
    -------
    tables
        By level.

    Raises
    ------
    LayerError
        If sums of several divisions cannot all be kept.

    References
    ----------
    .. [1] Cox, L. H. & Ernst, L. R. (1982). Controlled rounding. INFOR 20, 423-432.
    """
    if how == "controlled":
        kept = _controlled(given, values, base)
        return {(r, c): summed(kept, given.rows[r], given.columns[c]) for r, c in given.levels}
    rng = np.random.default_rng(seed)
    found = {}
    for r, c in given.levels:
        exact = summed(values, given.rows[r], given.columns[c]) / base
        low = np.floor(exact + _NEAR)
        part = np.clip(exact - low, 0, 1)
        up = part >= 0.5 if how == "nearest" else rng.random(part.shape) < part  # noqa: PLR2004 (the middle)
        found[r, c] = base * (low + up)
    return found


def _controlled(given: Contributions, values: Numbers, base: int) -> Numbers:
    """Finest cells up or down, so that no published sum is a base or more away."""
    low = np.floor(values / base + _NEAR)
    rows, columns = np.nonzero(values / base - low > _NEAR)
    matrices, least, most = [], [], []
    for r, c in given.levels:
        shape = given.shape((r, c))
        x, y = given.rows[r][rows], given.columns[c][columns]
        inside = (x != OUTSIDE) & (y != OUTSIDE)
        cell = np.where(inside, x * shape[1] + y, 0)
        size = shape[0] * shape[1]
        matrices.append(
            csr_matrix((inside.astype(float), (cell, np.arange(len(rows)))), shape=(size, len(rows)))
        )
        exact = summed(values, given.rows[r], given.columns[c]).ravel() / base
        floors = summed(low, given.rows[r], given.columns[c]).ravel()
        least.append(np.floor(exact + _NEAR) - floors)
        most.append(np.ceil(exact - _NEAR) - floors)
    if not len(rows):
        return values.copy()
    found = milp(
        -(values[rows, columns] / base - low[rows, columns]),
        constraints=LinearConstraint(vstack(matrices), np.concatenate(least), np.concatenate(most)),
        integrality=np.ones(len(rows)),
        bounds=Bounds(0, 1),
        options={"time_limit": _SECONDS},
    )
    if found.x is None:
        raise LayerError(
            message(
                "rounded: no controlled rounding keeps the sums of all divisions, or none was found in {seconds} "
                "seconds. Give fewer divisions, or round to the nearest.",
                seconds=round(_SECONDS),
            )
        )
    low[rows, columns] += np.round(found.x)
    return base * low
