"""Do places, technologies and sizes of establishments inform each other: triple-helix synergy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Count, Level, Progress, no_progress

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
DIMENSIONS = ("unit", "technology", "size")
WHOLE, WITHIN, BETWEEN, TERRITORY = PARTS = ("whole", "within", "between", "territory")
# Fewer establishments than cells: the plug-in entropies say more of the sample than of the territory.
_FEW = 1.0
_ROUNDING = 1e-12


def triple_information(numbers: Floats) -> dict[str, float]:
    r"""
    Entropies of three attributes, and the information they share.

    Parameters
    ----------
    numbers
        Numbers of establishments in three dimensions.

    Returns
    -------
    information
        `h_1`, `h_2`, `h_3`, `h_12`, `h_13`, `h_23`, `h_123` and `synergy`, all in bits.

    Notes
    -----
    .. math:: T = H_1 + H_2 + H_3 - H_{12} - H_{13} - H_{23} + H_{123}

    Negative T is synergy: the three together leave less open than their pairs say. T may be positive, too.

    References
    ----------
    .. [1] Leydesdorff, L., Dolfsma, W. & Van der Panne, G. (2006). Measuring the knowledge base of an economy in terms
       of triple-helix relations among technology, organization, and territory. Research Policy 35, 181-199.

    Examples
    --------
    Each attribute is the exclusive or of the two others: pairs say nothing, all three decide.

    >>> xor = np.zeros((2, 2, 2))
    >>> xor[0, 0, 0] = xor[0, 1, 1] = xor[1, 0, 1] = xor[1, 1, 0] = 1
    >>> triple_information(xor)["synergy"]
    -1.0
    """
    table = np.asarray(numbers, dtype=np.float64)
    found = {f"h_{k + 1}": _bits(table.sum(axis=_rest(k))) for k in range(3)}
    for pair in combinations(range(3), 2):
        found[f"h_{pair[0] + 1}{pair[1] + 1}"] = _bits(table.sum(axis=_rest(*pair)))
    found["h_123"] = _bits(table)
    found["synergy"] = (
        found["h_1"]
        + found["h_2"]
        + found["h_3"]
        - found["h_12"]
        - found["h_13"]
        - found["h_23"]
        + found["h_123"]
    )
    return found


def triple_helix(
    plants: pd.DataFrame,
    *,
    draws: Count = 199,
    level: Level = 0.95,
    rng: int | np.random.Generator = 1,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    r"""
    Synergy of place, technology and size in all territories, within and between them.

    Parameters
    ----------
    plants
        One row per establishment: `territory`, `unit` (the smaller place in it), `technology`, `size`.
    draws
        Times that technologies and sizes are dealt anew; as many samples give the intervals.
    level
        Level of the intervals.
    rng
        Seed or generator.
    progress
        Callback.

    Returns
    -------
    helix
        Rows for the whole, what is within and between territories, and each territory: `part`, `territory`,
        `establishments`, `units`, `cells`, the entropies, `synergy` with `low` and `high`, `contribution`, `expected`
        with `expected_low` and `expected_high`, `beyond_chance`, `small_number_bias`, `p`, `q`, `few`.

    Raises
    ------
    LayerError
        If there are no rows.

    Notes
    -----
    T of the whole is the sum of the territories' own T, weighted by their shares of establishments, and what remains
    between them [1]_. A territory of one smaller place has T = 0: its places say nothing. `expected` is the mean of T
    when technologies and sizes are dealt anew, each by itself, among the same establishments (those of a territory
    among its own): few establishments look like synergy, by about (U - 1)(V - 1)(S - 1) / (2 n ln 2) bits for U places,
    V technologies and S sizes (`small_number_bias`). p is two-sided, q over all territories (Benjamini-Hochberg). The
    interval is T and the spread of T over samples of the establishments about their own mean (bootstrap);
    `beyond_chance` is T less what chance gives, by which territories of unlike size can be compared.

    References
    ----------
    .. [1] Leydesdorff, L. & Fritsch, M. (2006). Measuring the knowledge base of regional innovation systems in Germany
       in terms of a triple helix dynamics. Research Policy 35, 1538-1553.

    Examples
    --------
    >>> plants = pd.DataFrame({"territory": list("AABB"), "unit": list("abcd"), "technology": list("hlhl")})
    >>> found = triple_helix(plants.assign(size="s"), draws=9)
    >>> found.loc[found["part"] == "whole", "synergy"].tolist()
    [0.0]
    """
    if plants.empty:
        raise LayerError(
            message("firms: no establishment has a place, a technology and a size. Check these columns.")
        )
    random = np.random.default_rng(rng)
    codes = {c: pd.factorize(plants[c], sort=True)[0].astype(np.int64) for c in DIMENSIONS}
    groups = plants.groupby("territory", sort=True).indices
    rows, dealt, resampled = [], [], []
    members = [(WHOLE, None, np.arange(len(plants))), *((TERRITORY, t, i) for t, i in groups.items())]
    for k, (part, territory, own) in enumerate(members):
        progress(k / len(members))
        compact = [np.unique(codes[c][own], return_inverse=True)[1].astype(np.int64) for c in DIMENSIONS]
        row, null, sample = _one(compact, draws, random)
        rows.append({"part": part, "territory": territory, "share": len(own) / len(plants), **row})
        dealt.append(null)
        resampled.append(sample)
    return _told(pd.DataFrame(rows), np.array(dealt), np.array(resampled), level)


def _one(
    codes: list[Indices], draws: int, random: np.random.Generator
) -> tuple[dict[str, float], Floats, Floats]:
    """Information of some establishments, of the same with attributes dealt anew, and of samples of them."""
    shape = tuple(int(c.max()) + 1 for c in codes)
    table = _table(codes, shape)
    found = triple_information(table)
    n = len(codes[0])
    anew = np.array(
        [
            triple_information(
                _table([codes[0], random.permutation(codes[1]), random.permutation(codes[2])], shape)
            )["synergy"]
            for _ in range(draws)
        ]
    )
    samples = random.multinomial(n, table.ravel() / n, size=draws).reshape(draws, *shape)
    again = np.array([triple_information(s)["synergy"] for s in samples])
    filled = int((table > 0).sum())
    bias = -float(np.prod([s - 1 for s in shape])) / (2 * n * np.log(2))
    about = {
        "establishments": float(n),
        "units": float(shape[0]),
        "cells": float(np.prod(shape)),
        "filled": float(filled),
    }
    return {**about, **found, "small_number_bias": bias + 0.0}, anew, again


def _told(rows: pd.DataFrame, dealt: Floats, samples: Floats, level: float) -> pd.DataFrame:
    tail = (1 - level) / 2
    rows["contribution"] = np.where(rows["part"] == TERRITORY, rows["share"] * rows["synergy"], np.nan)
    share = rows.loc[rows["part"] == TERRITORY, "share"].to_numpy()
    parts = [(WITHIN, share @ values[1:]) for values in (dealt, samples)]
    inside = float(rows["contribution"].sum())
    whole = rows.iloc[0]
    extra = pd.DataFrame(
        {
            "part": [WITHIN, BETWEEN],
            "establishments": whole["establishments"],
            "synergy": [inside, float(whole["synergy"]) - inside],
        }
    )
    null = np.vstack([dealt[:1], parts[0][1], dealt[0] - parts[0][1], dealt[1:]])
    again = np.vstack([samples[:1], parts[1][1], samples[0] - parts[1][1], samples[1:]])
    table = pd.concat([rows.iloc[:1], extra, rows.iloc[1:]], ignore_index=True)
    value = table["synergy"].to_numpy()
    # Samples look more synergetic than the whole they are of: their spread counts, not where they lie.
    spread = again - again.mean(axis=1, keepdims=True)
    table["low"], table["high"] = (value + np.quantile(spread, q, axis=1) for q in (tail, 1 - tail))
    table["expected"] = null.mean(axis=1)
    table["expected_low"], table["expected_high"] = (np.quantile(null, q, axis=1) for q in (tail, 1 - tail))
    table["beyond_chance"] = value - table["expected"]
    away = np.abs(null - table["expected"].to_numpy()[:, None])
    # Rounding: draws that give the same table must count as equally far.
    far = (away >= np.abs(value - table["expected"].to_numpy())[:, None] - _ROUNDING).sum(axis=1)
    table["p"] = np.where(np.ptp(null, axis=1) > _ROUNDING, (far + 1) / (null.shape[1] + 1), np.nan)
    own = (table["part"] == TERRITORY) & table["p"].notna()
    table["q"] = np.nan
    if own.any():
        table.loc[own, "q"] = stats.false_discovery_control(table.loc[own, "p"])
    few = table["establishments"] < _FEW * table["cells"]
    words = pd.Series(np.where(few, "yes", "no"), index=table.index, dtype=object)
    table["few"] = words.where(table["cells"].notna(), None)
    return table


def _table(codes: list[Indices], shape: tuple[int, ...]) -> Floats:
    flat = np.ravel_multi_index(tuple(codes), shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _rest(*kept: int) -> tuple[int, ...]:
    return tuple(k for k in range(3) if k not in kept)


def _bits(numbers: Floats) -> float:
    share = numbers[numbers > 0] / numbers.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0
