"""Enterprises whose jobs are booked at their headquarters, as many registers have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.layers.schema import YES

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_HALF = 0.5
_TOKEN = 1.0  # jobs that a branch keeps for form's sake
_LARGE = 0.2  # share of a sector's establishments that are large


def booked_at_headquarters(
    firms: pd.DataFrame, *, share: float = 0.8, chance: float = 0.001, min_sector: int = 20
) -> Mask:
    r"""
    Headquarters that hold other establishments' jobs, and the establishments whose jobs they hold.

    Parameters
    ----------
    firms
        Register with `group` and `employment`; `headquarters` (else each group's largest is taken) and `sector` where
        known.
    share
        Share of its enterprise's jobs from which on a headquarters may hold those of others.
    chance
        Chance up to which token jobs at all other establishments are taken for booking.
    min_sector
        Establishments with known jobs that a sector needs to be compared with; else all sectors are.

    Returns
    -------
    found
        True for such headquarters and for the establishments of their enterprises that have one job at most, or an
        unknown number.

    Notes
    -----
    A headquarters with the given share of jobs is one of them where most other establishments of its enterprise have
    none, or where most are unknown and it is among the largest fifth of its sector. It also is one where no other has
    more than one job and that is hardly chance: where

    .. math:: P_s(J \ge h) \prod_i P_{s(i)}(J \le 1)

    is small, with the headquarters' jobs :math:`h`, the other establishments :math:`i` whose jobs are known, and the
    shares :math:`P` of the sectors' establishments. It lies between 0 and 1; establishments of one job are no sign
    where most of the sector has one.

    Examples
    --------
    >>> firms = pd.DataFrame({"group": ["g", "g", "g", None], "employment": [40.0, 0.0, None, 0.0]})
    >>> booked_at_headquarters(firms).tolist()
    [True, True, True, False]
    """
    group, names = pd.factorize(firms["group"])
    jobs = firms["employment"].to_numpy(dtype=float)
    known = np.nan_to_num(jobs)
    member = group >= 0
    head = member & _heads(firms, group, known, len(names))
    other = member & ~head

    def total(weights: Any, rows: Mask) -> Floats:
        sums = np.bincount(group[rows], np.asarray(weights, dtype=float)[rows], minlength=len(names))
        return np.asarray(sums, dtype=np.float64)

    everything, others = total(known, member), total(np.ones(len(jobs)), other)
    concentrated = (others > 0) & (everything > 0) & (total(known, head) >= share * everything)
    few, many = _chances(firms, jobs, min_sector)
    large = total(many <= _LARGE, head) > 0
    emptied = (total(known == 0, other) > _HALF * others) & ((total(jobs == 0, other) > 0) | large)
    with np.errstate(divide="ignore"):
        logs = total(np.log(many), head & (known > 0)) + total(np.log(few), other & (jobs >= 0))
    token = (total(known > _TOKEN, other) == 0) & (logs <= np.log(chance))
    booked = np.append(concentrated & (emptied | token), [False])
    return np.asarray(booked[group] & (head | (other & (known <= _TOKEN))))


def _heads(firms: pd.DataFrame, group: Codes, jobs: Floats, groups: int) -> Mask:
    """Headquarters as the register says, else the first of an enterprise's largest establishments."""
    if "headquarters" in firms.columns and bool(firms["headquarters"].notna().any()):
        return np.asarray(firms["headquarters"] == YES, dtype=bool)
    order = np.lexsort([-jobs, group])
    first = np.searchsorted(group[order], np.arange(groups))
    heads = np.zeros(len(jobs), dtype=bool)
    heads[order[first]] = True
    return heads


def _chances(firms: pd.DataFrame, jobs: Floats, min_sector: int) -> tuple[Floats, Floats]:
    """Shares of an establishment's sector (of all, where it is small) with one job at most, and with as many jobs."""
    size = pd.Series(jobs)
    all_few, all_many, _ = _shares(size, np.zeros(len(jobs), dtype=np.intp))
    if "sector" not in firms.columns:
        return all_few, all_many
    sector = pd.factorize(firms["sector"])[0]
    few, many, count = _shares(size, sector)
    enough = (count >= min_sector) & (sector >= 0)
    return np.where(enough, few, all_few), np.where(enough, many, all_many)


def _shares(size: pd.Series, groups: Codes) -> tuple[Floats, Floats, Floats]:
    by = size.groupby(groups)
    count = by.transform("count")
    few = (size <= _TOKEN).where(size.notna()).astype(float).groupby(groups).transform("mean")
    many = by.rank(method="max", ascending=False) / count
    return tuple(v.to_numpy(dtype=float) for v in (few, many, count))
