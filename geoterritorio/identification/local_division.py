"""Local division of labour: how many sectors or occupations share the work, which, and how that changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration.change import shift_share
from geoterritorio.concentration.inequality import entropy, krugman_specialisation
from geoterritorio.concentration.tabulation import long_table
from geoterritorio.errors import LayerError, message
from geoterritorio.identification.homes_and_jobs import false_discoveries
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Count

Floats = npt.NDArray[np.float64]
# How many sectors are told as the main ones.
MAIN = 3
_NOTHING = ("withheld cells", "no counts here")


@dataclass(frozen=True)
class Division:
    """
    Division of labour of each territory.

    Parameters
    ----------
    territories
        By territory: `sectors`, `equivalent_sectors`, `specialisation`, `main_share`, `main_sectors`; the same of the
        earlier period with `_before`; `moved`, its baseline `moved_chance`, `p_moved` and `q_moved`; `reason` and
        `change_reason` where unknown.
    sectors
        One row per territory and sector: jobs and shares in both periods, and how many more or fewer jobs than the
        sector's growth in the whole would have made; without an earlier period only those of the later.
    """

    territories: pd.DataFrame
    sectors: pd.DataFrame


def division_of_labour(
    after: pd.DataFrame,
    before: pd.DataFrame | None = None,
    *,
    units: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    draws: Count = 999,
    rng: int | np.random.Generator = 1,
) -> Division:
    r"""
    Division of labour of each territory, and how it changed between two periods.

    Parameters
    ----------
    after
        Jobs, territories by sectors or occupations; NaN is withheld or unknown.
    before
        The same of an earlier period; what it lacks had none.
    units
        Establishments of both periods (earlier, later), of the same form: jobs come and go with them, not one by one.
    draws
        Draws of the baseline of the change; 0 leaves it out.
    rng
        Seed or generator of the draws.

    Returns
    -------
    division
        Territories and sectors.

    Raises
    ------
    LayerError
        Figures are texts, negative or infinite, or labels repeat.

    Warns
    -----
    GeoterritorioWarning
        If cells are withheld or unknown in one of two periods: the whole leaves them out at both.

    Notes
    -----
    With :math:`s_{ir}` the share of sector i in the jobs of territory r, :math:`s_i` that in all territories of the
    table:

    .. math::
        N_r = 2^{-\sum_i s_{ir} \log_2 s_{ir}}, \qquad K_r = \tfrac12 \sum_i |s_{ir} - s_i|, \qquad
        M_r = \tfrac12 \sum_i |s_{ir}' - s_{ir}|

    `equivalent_sectors` N: so many sectors of the same size would have the same entropy. `specialisation` K: share of
    the jobs that would have to change sector to be divided as in the whole. `moved` M: share of the work that is in
    other sectors than before, net of what moved within a sector. Its baseline: in both periods as many establishments
    as there were (without their numbers: jobs) fall on sectors at random, each with the mean shares of both periods;
    small territories move by chance alone. Establishments are taken to be of one size, which makes the baseline too low
    where a few hold most jobs, and as new in each period, which makes it too high where most stay.

    `beyond`: jobs of a sector at the end less those it would have had if it had grown as in the whole (the regional
    part of classic shift-share, `shift_share`). The whole is the sum of the table.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.
    .. [2] Jost, L. (2006). Entropy and diversity. Oikos 113, 363-375.
    .. [3] Lilien, D. M. (1982). Sectoral shifts and cyclical unemployment. Journal of Political Economy 90, 777-793.

    Examples
    --------
    >>> before = pd.DataFrame({"13": [60.0, 20.0], "62": [40.0, 80.0]}, index=["A", "B"])
    >>> after = pd.DataFrame({"13": [50.0, 20.0], "62": [50.0, 80.0]}, index=["A", "B"])
    >>> found = division_of_labour(after, before, draws=0).territories
    >>> found[["equivalent_sectors", "specialisation", "moved"]].round(2).loc["A"].tolist()
    [2.0, 0.15, 0.1]
    """
    now = _amounts(after)
    found = _described(now)
    if before is None:
        return Division(_unmoved(found, "one period only"), _sectors(now))
    earlier = _amounts(before).reindex(index=now.index)
    lacking = earlier.isna().all(axis=1)
    columns = now.columns.union(earlier.columns)
    now, earlier = (t.reindex(columns=columns, fill_value=0.0) for t in (now, earlier))
    # A territory without any row of the earlier period has no earlier figures; a sector without one had no jobs.
    earlier.loc[lacking.to_numpy()] = np.nan
    old = _described(earlier)
    for name in ("sectors", "equivalent_sectors", "specialisation", "main_share", "main_sectors"):
        found[f"{name}_before"] = old[name]
    moved = _moved(now, earlier, units, draws, np.random.default_rng(rng))
    found = found.join(moved).assign(q_moved=false_discoveries(moved["p_moved"]))
    found["change_reason"] = np.where(
        found["moved"].notna(), "", np.where(found["reason"] != "", found["reason"], _reason(earlier))
    )
    found.loc[lacking.to_numpy() & (found["reason"] == ""), "change_reason"] = "one period only"
    return Division(found, _sectors(now, earlier))


def _amounts(table: pd.DataFrame) -> pd.DataFrame:
    for labels in (table.index, table.columns):
        twice = labels[labels.duplicated()].unique()
        if len(twice):
            raise LayerError(
                message(
                    "counts: {count} labels stand in the table several times: {values}. Add up their rows.",
                    count=len(twice),
                    values=listing(twice),
                )
            )
    return amounts(table, "counts").astype(np.float64)


def _described(table: pd.DataFrame) -> pd.DataFrame:
    """Diversity, specialisation and main sectors of one period."""
    known = table.mask(table.isna().any(axis=1), np.nan)
    whole = known[known.notna().all(axis=1)]
    shares = known.div(_positive(known.sum(axis=1, min_count=1).to_numpy()), axis=0)
    ordered = np.sort(shares.fillna(0.0).to_numpy(), axis=1)[:, ::-1]
    told = shares.notna().any(axis=1)
    # Sums of what is known: one withheld cell would else hide all specialisations.
    every = table.sum(axis=0)
    special = (
        krugman_specialisation(whole, reference=every) / 2 if every.sum() > 0 else pd.Series(dtype=float)
    )
    return pd.DataFrame(
        {
            "sectors": (known > 0).sum(axis=1).where(told),
            "equivalent_sectors": (2 ** entropy(whole, of="territories")).reindex(table.index),
            "specialisation": special.reindex(table.index),
            "main_share": pd.Series(ordered[:, :MAIN].sum(axis=1), index=table.index).where(told),
            "main_sectors": _main(shares),
            "reason": _reason(table),
        }
    )


def _main(shares: pd.DataFrame) -> list[str]:
    """Codes of the sectors with most jobs."""
    figures = shares.fillna(0.0).to_numpy()
    order = np.argsort(-figures, axis=1, kind="stable")[:, :MAIN]
    codes = shares.columns.to_numpy().astype(str)
    return ["; ".join(codes[row][figures[k, row] > 0]) for k, row in enumerate(order)]


def _reason(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    found: npt.NDArray[np.object_] = np.select(
        [table.isna().any(axis=1), table.sum(axis=1) == 0], _NOTHING, ""
    ).astype(object)
    return found


def _unmoved(found: pd.DataFrame, reason: str) -> pd.DataFrame:
    nothing = dict.fromkeys(("moved", "moved_chance", "p_moved", "q_moved"), np.nan)
    return found.assign(**nothing, change_reason=reason)


def _moved(
    now: pd.DataFrame,
    earlier: pd.DataFrame,
    units: tuple[pd.DataFrame, pd.DataFrame] | None,
    draws: int,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Share of the work in other sectors than before, and what chance makes of it."""
    shares = [t.to_numpy() / _positive(t.to_numpy().sum(axis=1, keepdims=True)) for t in (earlier, now)]
    moved = np.abs(shares[1] - shares[0]).sum(axis=1) / 2
    sizes = [t.to_numpy().sum(axis=1) for t in (earlier, now)]
    if units is not None:
        counted = [u.reindex(now.index).sum(axis=1, skipna=False).to_numpy(np.float64) for u in units]
        sizes = [np.where(np.isnan(u) | (u <= 0), jobs, u) for u, jobs in zip(counted, sizes, strict=True)]
    chance, p = np.full(len(now), np.nan), np.full(len(now), np.nan)
    for row in np.flatnonzero(~np.isnan(moved)) if draws else ():
        mean = (shares[0][row] + shares[1][row]) / 2
        some = mean > 0
        drawn = [random.multinomial(max(round(s[row]), 1), mean[some], size=draws) for s in sizes]
        parts = [d / d.sum(axis=1, keepdims=True) for d in drawn]
        apart = np.abs(parts[1] - parts[0]).sum(axis=1) / 2
        chance[row] = apart.mean()
        p[row] = (1 + np.sum(apart >= moved[row] - 1e-12)) / (draws + 1)
    columns = {"moved": moved, "moved_chance": chance, "p_moved": p}
    return pd.DataFrame(columns, index=now.index)


def _positive(total: Floats) -> Floats:
    found: Floats = np.where(total > 0, total, np.nan)
    return found


def _sectors(now: pd.DataFrame, earlier: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per territory and sector that it has, or had."""
    frames = {"after": now} if earlier is None else {"before": earlier, "after": now}
    shares = {
        f"share_{name}": t.div(_positive(t.sum(axis=1, skipna=False).to_numpy()), axis=0)
        for name, t in frames.items()
    }
    found = long_table(**frames, **shares)
    if earlier is not None:
        found["share_change"] = found["share_after"] - found["share_before"]
        found["beyond"] = _beyond(now, earlier)
    there = found[list(frames)].fillna(1.0).gt(0).any(axis=1)
    return found[there].reset_index(drop=True)


def _beyond(now: pd.DataFrame, earlier: pd.DataFrame) -> Floats:
    """Regional part of the change of each cell, of territories that have both periods."""
    some = (now.notna().any(axis=1) & earlier.notna().any(axis=1)).to_numpy()
    found = np.full(now.shape, np.nan)
    if some.any():
        found[some] = (
            shift_share(earlier[some], now[some]).cells["regional"].to_numpy().reshape(-1, now.shape[1])
        )
    flat: Floats = found.ravel()
    return flat
