"""Quotients of groups of sectors that may overlap, with their intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import Whole, location_quotient_interval
from geoterritorio.errors import GeoterritorioWarning

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sizes:
    """Tables of territories by sectors: jobs (or establishments) and what is known of the establishments."""

    amount: pd.DataFrame
    establishments: pd.DataFrame | None = None
    squares: pd.DataFrame | None = None
    plants: bool = False  # whether the amounts are establishments themselves


def summed(values: Floats, member: Floats) -> Floats:
    """
    Sums over the members of groups.

    Parameters
    ----------
    values
        Territories by sectors; NaN is missing.
    member
        Sectors by groups, 1 for members.

    Returns
    -------
    sums
        Territories by groups; missing where a member is, and not where only others are.

    Examples
    --------
    >>> summed(np.array([[1.0, 2, np.nan]]), np.array([[1.0, 0], [1, 0], [0, 1]])).tolist()
    [[3.0, nan]]
    """
    missing = np.isnan(values)
    sums: Floats = np.where(missing, 0.0, values) @ member
    return np.where((missing.astype(float) @ member) > 0, np.nan, sums)


def quotients_of(
    sizes: Sizes, core: pd.DataFrame, groups: list[str], reference: Whole | None, *, level: float
) -> dict[str, Floats]:
    """
    Quotients of groups with their intervals; q over all groups and territories.

    Parameters
    ----------
    sizes
        Jobs and establishments, territories by sectors.
    core
        `sector` and `group`.
    groups
        Groups in order.
    reference
        The whole.
    level
        Level of the intervals.

    Returns
    -------
    tables
        `lq`, `low`, `high`, `p`, `q`, `effective`, territories by groups.
    """
    # Groups may share sectors: each is set against all that is not in it.
    parts = [_one(sizes, set(core.loc[core["group"] == g, "sector"]), reference, level) for g in groups]
    found = {name: np.column_stack([part[name] for part in parts]) for name in parts[0]}
    p = found["p"]
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return {**found, "q": q}


def _one(sizes: Sizes, sectors: set[str], reference: Whole | None, level: float) -> dict[str, Floats]:
    inside = sizes.amount.columns.isin(sectors)
    member = np.column_stack([inside, ~inside]).astype(float)

    def two(table: pd.DataFrame | None) -> pd.DataFrame | None:
        if table is None:
            return None
        return pd.DataFrame(
            summed(table.to_numpy(np.float64), member), index=table.index, columns=["in", "out"]
        )

    whole = None
    if reference is not None:
        part = float(reference.sectors[reference.sectors.index.isin(sectors)].sum())
        sums = pd.Series({"in": part, "out": reference.total - part})
        whole = Whole(sums, reference.total, reference.name)
    amount = pd.DataFrame(
        summed(sizes.amount.to_numpy(np.float64), member), index=sizes.amount.index, columns=["in", "out"]
    )
    plants, squares = two(sizes.establishments), two(sizes.squares)
    if sizes.plants:
        plants = squares = None
    elif plants is None:
        # Jobs are never trials: without plants they get no interval.
        plants = amount * np.nan
    with warnings.catch_warnings():
        # Of totals that lack cells the tool tells once; here it would be told for every group.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = location_quotient_interval(amount, plants, squares, reference=whole, level=level)
    names = {"lq": "lq", "low": "low", "high": "high", "p": "p", "effective": "effective_plants"}
    return {name: getattr(found, field)["in"].to_numpy(np.float64) for name, field in names.items()}
