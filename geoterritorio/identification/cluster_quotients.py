"""Quotients of groups of sectors that may overlap, with their intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import Whole, location_quotient_interval
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.amounts import amounts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sizes:
    """Tables of territories by sectors: jobs (or establishments) and what is known of the establishments."""

    amount: pd.DataFrame
    establishments: pd.DataFrame | None = None
    squares: pd.DataFrame | None = None
    plants: bool = False  # whether the amounts are establishments themselves


def sound_sizes(sizes: Sizes) -> Sizes:
    """The same tables with numbers; texts, infinite and negative figures are refused."""
    plants, squares = sizes.establishments, sizes.squares
    return replace(
        sizes,
        amount=amounts(sizes.amount, "jobs"),
        establishments=None if plants is None else amounts(plants, "establishments"),
        squares=None if squares is None else amounts(squares, "squares"),
    )


def sound_whole(whole: Whole | None) -> None:
    """Refusal of totals that are no numbers, infinite or negative."""
    if whole is not None:
        amounts(whole.sectors, "reference")
        amounts(pd.Series([whole.total]), "reference: total")


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

    Raises
    ------
    LayerError
        Figures are texts, infinite or negative.
    """
    sizes = sound_sizes(sizes)
    sound_whole(reference)
    # Groups may share sectors: each is set against all that is not in it.
    sectors = sizes.amount.columns
    member = np.column_stack([sectors.isin(core.loc[core["group"] == g, "sector"]) for g in groups])
    inside, outside = (_tables(sizes, m.astype(float)) for m in (member, ~member))
    wholes = [None] * len(groups) if reference is None else _whole(reference, core, groups)
    parts = [
        _one(sizes, {n: (inside[n][:, k], outside[n][:, k]) for n in inside}, whole, level)
        for k, whole in enumerate(wholes)
    ]
    found = {name: np.column_stack([part[name] for part in parts]) for name in parts[0]}
    p = found["p"]
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return {**found, "q": q}


def _tables(sizes: Sizes, member: Floats) -> dict[str, Floats]:
    """Sums over the sectors of each group, of everything that is known of the sectors."""
    tables = {"amount": sizes.amount, "plants": sizes.establishments, "squares": sizes.squares}
    if sizes.plants:
        tables = {"amount": sizes.amount}
    return {n: summed(t.to_numpy(np.float64), member) for n, t in tables.items() if t is not None}


def _whole(reference: Whole, core: pd.DataFrame, groups: list[str]) -> list[Whole]:
    """For each group, what the whole has in it and beside it."""
    held = reference.sectors
    parts = (float(held[held.index.isin(core.loc[core["group"] == g, "sector"])].sum()) for g in groups)
    return [
        Whole(pd.Series({"in": part, "out": reference.total - part}), reference.total, reference.name)
        for part in parts
    ]


def _one(
    sizes: Sizes, sums: dict[str, tuple[Floats, Floats]], whole: Whole | None, level: float
) -> dict[str, Floats]:
    """Quotients of one group, from its sums and those of all else."""
    two = {
        name: pd.DataFrame({"in": part, "out": rest}, index=sizes.amount.index)
        for name, (part, rest) in sums.items()
    }
    amount, plants, squares = two["amount"], two.get("plants"), two.get("squares")
    if plants is None and not sizes.plants:
        # Jobs are never trials: without plants they get no interval.
        plants = amount * np.nan
    with warnings.catch_warnings():
        # Of totals that lack cells the tool tells once; here it would be told for every group.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = location_quotient_interval(amount, plants, squares, reference=whole, level=level)
    names = {"lq": "lq", "low": "low", "high": "high", "p": "p", "effective": "effective_plants"}
    return {name: getattr(found, field)["in"].to_numpy(np.float64) for name, field in names.items()}
