"""Which kinds of institution has a territory, how many for its establishments, and which has it not?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.errors import LayerError, message
from geoterritorio.identification._family import adjusted, certainty
from geoterritorio.identification.cures import INNOVATION
from geoterritorio.layers.amounts import amounts
from geoterritorio.registry import Count, Level

Floats = npt.NDArray[np.float64]
UNCOVERED, NO_UNITS, HIDDEN = "not covered", "no establishments given", "withheld establishments"
NO_BODIES = "no institutions here"
_THOUSAND = 1000.0


@dataclass(frozen=True)
class Presence:
    """
    Institutions of each territory by kind, and together.

    Attributes
    ----------
    cells
        One row per territory and kind.
    summary
        One row per territory.
    """

    cells: pd.DataFrame
    summary: pd.DataFrame


def institution_presence(
    numbers: pd.DataFrame,
    establishments: pd.Series | None = None,
    *,
    level: Level = 0.95,
    draws: Count = 999,
    rng: int | np.random.Generator = 1,
) -> Presence:
    r"""
    Institutions by territory and kind, beside what chance makes of them.

    Parameters
    ----------
    numbers
        Number of institutions, territories by kinds; NaN where the territory is not covered, which is not zero.
    establishments
        Establishments of each territory; NaN where withheld, None where not known at all.
    level
        Level of the intervals.
    draws
        Times that kinds are dealt anew among the institutions.
    rng
        Seed or generator.

    Returns
    -------
    presence
        `cells`: `territory`, `kind`, `number`, `present`, `density` per 1000 establishments with `low` and `high`, `lq`
        with `lq_low` and `lq_high`, `expected`, `none_by_chance`, `p`, `p_least`, `q`, `certainty`, `reason`, `cure`.
        `summary`: `territory`, `number`, `density`, `low`, `high`, `kinds_present`, `kinds_share`, `kinds_expected`,
        `kinds_p`, `diversity`, `diversity_expected`, `missing_kinds`, `reason`, `cure`.

    Raises
    ------
    LayerError
        If no territory is covered or has an institution, or figures are texts, infinite or negative.

    Notes
    -----
    With c institutions among n establishments, the density is 1000 c / n, and its interval that of a Poisson count
    (Garwood). The quotient is c / (s C), s being the territory's share of all establishments and C all institutions
    of the kind: given C, chance deals each to the territory with probability s, so that c is binomial; its interval is
    that of Clopper and Pearson over s, p twice the smaller tail, and (1 - s)^C says how often chance alone leaves none.
    The family of q (Benjamini-Hochberg) is all cells that could be told from chance: those of which the smallest p that
    there could be, `p_least` = 2 min((1 - s)^C, s^C), is not above 1 - level [3]_ [4]_; others are untestable.
    Diversity is the entropy of the kinds over the logarithm of their number: 0 is one kind, 1 all kinds alike. A
    territory of few institutions cannot have many kinds: `kinds_expected` and `diversity_expected` are the means when
    kinds are dealt anew among all institutions, and `kinds_p` tells how often that gives as few kinds as here.

    References
    ----------
    .. [1] Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.
    .. [2] Clopper, C. J. & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of
       the binomial. Biometrika 26, 404-413.
    .. [3] Tarone, R. E. (1990). A modified Bonferroni method for discrete data. Biometrics 46, 515-522.
    .. [4] Gilbert, P. B. (2005). A modified false discovery rate multiple-comparisons procedure for discrete data,
       applied to human immunodeficiency virus genetics. Journal of the Royal Statistical Society C 54, 143-158.

    Examples
    --------
    >>> numbers = pd.DataFrame({"training": [2.0, 0], "finance": [1.0, 1]}, index=["A", "B"])
    >>> found = institution_presence(numbers, pd.Series([1000.0, 500], index=["A", "B"]), draws=99)
    >>> found.cells[["territory", "kind", "density", "present"]].values.tolist()[:2]
    [['A', 'training', 2.0, 'yes'], ['A', 'finance', 1.0, 'yes']]
    >>> found.summary["kinds_share"].tolist()
    [1.0, 0.5]
    """
    table = amounts(numbers, "institutions")
    if not np.nansum(table.to_numpy(np.float64)) > 0:
        raise LayerError(
            message(
                "institutions: none of them lies in the territories that are looked at. An empty layer does not say "
                "that there are none: give the institutions, or name the territories that the layer covers (covered)."
            )
        )
    units = pd.Series(np.nan, index=table.index)
    if establishments is not None:
        units = amounts(establishments.to_frame("n"), "establishments")["n"].reindex(table.index)
    reasons = _reasons(table, units, given=establishments is not None)
    cells = _cells(table, units, reasons, level)
    return Presence(cells, _summary(table, units, reasons, level, draws, np.random.default_rng(rng)))


def poisson_interval(number: Floats, level: float) -> tuple[Floats, Floats]:
    """
    Exact interval of the mean of a Poisson count.

    Parameters
    ----------
    number
        Counts; NaN stays.
    level
        Level of the interval.

    Returns
    -------
    low, high
        Ends by Garwood.

    Examples
    --------
    >>> low, high = poisson_interval(np.array([0.0, 3.0]), 0.95)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.6187], [3.6889, 8.7673])
    """
    tail = (1 - level) / 2
    low = np.where(number > 0, stats.chi2.ppf(tail, 2 * np.where(number > 0, number, 1.0)) / 2, 0.0)
    high = stats.chi2.isf(tail, 2 * (number + 1)) / 2
    return np.where(np.isnan(number), np.nan, low), high


def _reasons(table: pd.DataFrame, units: pd.Series, *, given: bool) -> pd.Series:
    """Why figures of a territory are missing."""
    uncovered = table.isna().any(axis=1)
    words = np.select(
        [uncovered, units.isna() & (not given), units.isna()], [UNCOVERED, NO_UNITS, HIDDEN], default=""
    )
    return pd.Series(words, index=table.index, dtype=object)


def _rates(number: Floats, units: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        per = _THOUSAND / np.where(units > 0, units, np.nan)
        low, high = poisson_interval(number, level)
        return number * per, low * per, high * per


def _cells(table: pd.DataFrame, units: pd.Series, reasons: pd.Series, level: float) -> pd.DataFrame:
    number = table.to_numpy(np.float64)
    n = np.broadcast_to(units.to_numpy(np.float64)[:, None], number.shape)
    density, low, high = _rates(number, n, level)
    index = pd.MultiIndex.from_product([table.index, table.columns], names=["territory", "kind"])
    cells = index.to_frame(index=False).assign(number=number.ravel())
    cells["present"] = np.select([cells["number"] > 0, cells["number"] == 0], ["yes", "no"], "unknown")
    cells["density"], cells["low"], cells["high"] = density.ravel(), low.ravel(), high.ravel()
    for name, values in _by_chance(number, units.to_numpy(np.float64), level).items():
        cells[name] = values.ravel()
    p, least = (cells[c].to_numpy(np.float64) for c in ("p", "p_least"))
    cells["q"] = adjusted(p, least, level)
    more = (cells["number"] > cells["expected"]).to_numpy()
    cells["certainty"] = certainty(p, cells["q"].to_numpy(), level, more=more)
    cells["reason"] = cells["territory"].map(reasons)
    cells["cure"] = cells["reason"].map(INNOVATION).fillna("")
    return cells


def _by_chance(number: Floats, units: Floats, level: float) -> dict[str, Floats]:
    """Quotients and tails where institutions of a kind are dealt in proportion to establishments."""
    known = ~np.isnan(number).any(axis=1) & ~np.isnan(units)
    share = np.where(known, units, np.nan)[:, None] / max(np.nansum(units[known]), 1.0)
    whole = np.broadcast_to(np.where(known[:, None], number, 0.0).sum(axis=0), number.shape)
    c = np.where(known[:, None], number, np.nan)
    tail = (1 - level) / 2
    some = (whole > 0) & ~np.isnan(c) & (share > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(c > 0, stats.beta.ppf(tail, np.maximum(c, 1), whole - c + 1), 0.0)
        high = np.where(c < whole, stats.beta.isf(tail, c + 1, np.maximum(whole - c, 1)), 1.0)
        expected = share * whole
        p = np.minimum(
            1.0, 2 * np.minimum(stats.binom.cdf(c, whole, share), stats.binom.sf(c - 1, whole, share))
        )
        found = {
            "lq": c / expected,
            "lq_low": low / share,
            "lq_high": high / share,
            "expected": expected,
            "none_by_chance": (1 - share) ** whole,
            "p": p,
            "p_least": np.minimum(1.0, 2 * np.minimum((1 - share) ** whole, share**whole)),
        }
    # Where one territory is all there is, nothing could have been otherwise.
    found |= {k: np.where(share < 1, found[k], np.nan) for k in ("p", "p_least")}
    return {k: np.where(some, v, np.nan) for k, v in found.items()}


def _summary(
    table: pd.DataFrame,
    units: pd.Series,
    reasons: pd.Series,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    number = table.to_numpy(np.float64)
    covered = ~np.isnan(number).any(axis=1)
    total = np.where(covered, np.nansum(number, axis=1), np.nan)
    frame = pd.DataFrame({"territory": table.index, "number": total})
    density = _rates(total, units.to_numpy(np.float64), level)
    frame["density"], frame["low"], frame["high"] = density
    kinds = len(table.columns)
    present = np.where(covered, (number > 0).sum(axis=1), np.nan)
    frame["kinds_present"], frame["kinds_share"] = present, present / kinds
    frame["diversity"] = kind_diversity(number)
    dealt = [_dealt(number[covered], int(n), draws, rng) if n > 0 else None for n in np.nan_to_num(total)]
    empty = np.full(draws, np.nan)
    many = np.array([empty if d is None else (d > 0).sum(axis=1) for d in dealt])
    frame["kinds_expected"] = many.mean(axis=1)
    less = (many <= present[:, None]).sum(axis=1)
    frame["kinds_p"] = np.where(np.isnan(frame["kinds_expected"]), np.nan, (less + 1) / (draws + 1))
    frame["diversity_expected"] = [np.nan if d is None else float(kind_diversity(d).mean()) for d in dealt]
    lost = pd.DataFrame(number == 0, index=table.index, columns=table.columns)
    frame["missing_kinds"] = ["; ".join(table.columns[row].astype(str)) for row in lost.to_numpy()]
    frame["reason"] = reasons.where((reasons != "") | (frame["number"] > 0).to_numpy(), NO_BODIES).to_numpy()
    frame["cure"] = frame["reason"].map(INNOVATION).fillna("")
    return frame


def kind_diversity(number: Floats) -> Floats:
    """
    Entropy of the kinds over the logarithm of their number.

    Parameters
    ----------
    number
        Counts, rows by kinds.

    Returns
    -------
    diversity
        From 0 (one kind) to 1 (all alike); NaN without institutions or where a count is missing.

    Examples
    --------
    >>> kind_diversity(np.array([[1.0, 1], [3, 0], [0, 0]])).tolist()
    [1.0, 0.0, nan]
    """
    sums = number.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = number / np.where(sums > 0, sums, np.nan)
        terms = np.where(share == 0, 0.0, share * np.log(share))
        return np.where(number.shape[1] > 1, -terms.sum(axis=1) / np.log(number.shape[1]) + 0.0, np.nan)


def _dealt(number: Floats, size: int, draws: int, rng: np.random.Generator) -> Floats:
    """Kinds of so many institutions drawn from all of them without return."""
    colours = number.sum(axis=0).astype(np.int64)
    return rng.multivariate_hypergeometric(colours, size, size=draws, method="marginals").astype(np.float64)
