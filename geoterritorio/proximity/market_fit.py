"""Exponents of Huff's model from observed choices: regression of log-centred shares (Nakanishi and Cooper)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import distinct
from geoterritorio.patterns._bounds import wrong_share, wrong_word
from geoterritorio.registry import Level

Floats = npt.NDArray[np.float64]
Zeros = Literal["refuse", "leave_out"]
_ROUNDING = 1e-10


@dataclass(frozen=True)
class HuffFit:
    """
    Exponents and how well they fit.

    Attributes
    ----------
    terms
        By term: `exponent`, `standard_error`, `t`, `p` (that it is 0), `low` and `high`.
    statistics
        `r2`, `adjusted_r2`, `f`, `p` (of all terms together), `pairs` used, `places`, `left_out` (pairs with no
        observed choice), `freedom` (degrees), `error` (residual standard error) and `mean_deviation` (of fitted from
        observed shares).
    fitted
        One row per pair used: `place`, `centre`, `observed` and `fitted` share.
    centred
        The log-centred figures that were regressed: `share` and a column per term.
    """

    terms: pd.DataFrame
    statistics: pd.Series
    fitted: pd.DataFrame
    centred: pd.DataFrame


def fit_huff(
    observed: pd.DataFrame, terms: list[str], *, zeros: Zeros = "refuse", level: Level = 0.95
) -> HuffFit:
    r"""
    Exponents of Huff's model from observed choices.

    Parameters
    ----------
    observed
        One row per place and centre that its people may choose: `place`, `centre`, `observed` (choices, money or
        share, of any total) and a column per term, such as floor space and cost, all above 0.
    terms
        Columns whose exponents are sought.
    zeros
        Pairs without a choice, of which there is no logarithm: refused, or left out.
    level
        Share of samples in which an interval holds the true exponent.

    Returns
    -------
    fit
        Exponents with standard errors and intervals, statistics, fitted shares.

    Raises
    ------
    LayerError
        Columns are missing, pairs repeat, values are missing, negative or 0, the level is none, fewer than two centres
        are left at every place, or terms do not vary or are combinations of each other.

    Notes
    -----
    With a tilde for the geometric mean over the centres of a place,

    .. math:: \ln\frac{p_{ij}}{\tilde p_i} = \sum_k \beta_k \ln\frac{x_{kij}}{\tilde x_{ki}} + e_{ij}

    by least squares without a constant. The exponents are those of a regression with a constant for each place, and so
    are the standard errors: the degrees of freedom are the pairs less the places less the terms. A program that does
    not subtract the places gives smaller ones. Choices of one place are not independent: where places are few, take
    intervals as the least there is. Leaving pairs without a choice out makes far and small centres seem better
    chosen than they are; the exponent of cost comes out too near to 0.

    References
    ----------
    .. [1] Nakanishi, M. & Cooper, L. G. (1974). Parameter estimation for a multiplicative competitive interaction
       model: least squares approach. Journal of Marketing Research 11, 303-311.
    .. [2] Nakanishi, M. & Cooper, L. G. (1982). Simplified estimation procedures for MCI models. Marketing Science 1,
       314-322.

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"place": list("aaabbb"), "centre": list("xyzxyz"), "size": [1.0, 2, 4, 1, 2, 4]})
    >>> seen["cost"] = [1.0, 2, 2, 3, 1, 5]
    >>> seen["observed"] = seen["size"] ** 0.5 / seen["cost"] ** 2
    >>> fit_huff(seen, ["size", "cost"]).terms["exponent"].round(6).to_dict()
    {'size': 0.5, 'cost': -2.0}
    """
    problems = [*wrong_word("zeros", zeros, get_args(Zeros)), *wrong_share("level", level)]
    if problems:
        raise LayerError(problems)
    rows, left_out = _usable(observed, terms, zeros)
    logs = np.log(rows[["observed", *terms]].to_numpy(dtype=np.float64))
    place, names = pd.factorize(rows["place"])
    centred = logs - _means(logs, place)[place]
    shares, factors = centred[:, 0], centred[:, 1:]
    _require_rank(factors, terms)
    freedom = len(rows) - len(names) - len(terms)
    if freedom < 1:
        raise LayerError(
            message(
                "observed: {pairs} pairs of {places} places are too few for {terms} exponents. Add pairs.",
                pairs=len(rows),
                places=len(names),
                terms=len(terms),
            )
        )
    exponents, *_ = np.linalg.lstsq(factors, shares, rcond=None)
    rest = float(((shares - factors @ exponents) ** 2).sum())
    found = _terms(exponents, factors, rest / freedom, freedom, level).set_axis(pd.Index(terms, name="term"))
    fitted = _fitted(rows, place, logs[:, 1:] @ exponents)
    statistics = _statistics(rest, float((shares**2).sum()), freedom, len(terms), fitted)
    statistics = pd.concat([statistics, pd.Series({"places": len(names), "left_out": left_out}, dtype=float)])
    table = pd.DataFrame(centred, columns=["share", *terms], index=rows.index)
    return HuffFit(found, statistics, fitted, table)


def _usable(observed: pd.DataFrame, terms: list[str], zeros: Zeros) -> tuple[pd.DataFrame, int]:
    """Rows with a choice, of places that have at least two of them, and how many rows that leaves out."""
    _require_sound(observed, terms)
    none = observed["observed"] == 0
    if none.any() and zeros != "leave_out":
        raise LayerError(
            message(
                "observed: {count} of {number} pairs have no choice, and 0 has no logarithm. Choose zeros=leave_out, "
                "which favours far centres, or put places together until each pair has one.",
                count=int(none.sum()),
                number=len(observed),
            )
        )
    rows = observed[~none]
    rows = rows[rows.groupby("place", observed=True)["centre"].transform("size") > 1]
    if rows.empty:
        raise LayerError(message("observed: no place has two centres that were chosen. Add pairs."))
    return rows, len(observed) - len(rows)


def _require_sound(observed: pd.DataFrame, terms: list[str]) -> None:
    problems: list[Message] = []
    if not terms or len(set(terms)) < len(terms):
        problems.append(message("terms: name at least one column, and each once."))
    lost = [n for n in dict.fromkeys(["place", "centre", "observed", *terms]) if n not in observed.columns]
    if lost:
        raise LayerError(
            [
                *problems,
                message(
                    "observed: the table has no columns {values}. It has: {found}.",
                    values=distinct(lost),
                    found=distinct(observed.columns),
                ),
            ]
        )
    twice = int(observed.duplicated(["place", "centre"]).sum())
    if twice:
        problems.append(message("observed: {count} pairs are listed more than once. Sum them.", count=twice))
    for column in ("observed", *terms):
        values = observed[column].to_numpy(dtype=np.float64)
        wrong = ~np.isfinite(values) | (values < 0 if column == "observed" else values <= 0)
        if wrong.any():
            problems.append(
                message(
                    "observed: column “{column}” has {count} values that are missing, negative or, of terms, 0 (first: "
                    "{pair}). Complete or correct them, or remove the pairs.",
                    column=column,
                    count=int(wrong.sum()),
                    pair=distinct(
                        observed.loc[wrong, ["place", "centre"]].astype(str).agg(" / ".join, axis=1)[:1]
                    ),
                )
            )
    if problems:
        raise LayerError(problems)


def _means(values: Floats, place: npt.NDArray[np.int64]) -> Floats:
    number = np.bincount(place)
    return np.column_stack([np.bincount(place, column) / number for column in values.T])


def _require_rank(factors: Floats, terms: list[str]) -> None:
    size = np.sqrt((factors**2).sum(axis=0))
    still = [t for t, s in zip(terms, size, strict=True) if s < _ROUNDING]
    if still:
        raise LayerError(
            message(
                "terms: {values} are the same for all centres of each place, and can decide nothing. Leave them out.",
                values=distinct(still),
            )
        )
    if np.linalg.matrix_rank(factors / size, tol=_ROUNDING * np.sqrt(len(factors))) < len(terms):
        raise LayerError(
            message("terms: some are combinations of others, and cannot be told apart. Leave one out.")
        )


def _terms(exponents: Floats, factors: Floats, variance: float, freedom: int, level: float) -> pd.DataFrame:
    error = np.sqrt(np.diag(np.linalg.inv(factors.T @ factors)) * variance)
    reach = stats.t.ppf((1 + level) / 2, freedom) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        t = exponents / error
    return pd.DataFrame(
        {
            "exponent": exponents,
            "standard_error": error,
            "t": t,
            "p": 2 * stats.t.sf(np.abs(t), freedom),
            "low": exponents - reach,
            "high": exponents + reach,
        }
    )


def _fitted(rows: pd.DataFrame, place: npt.NDArray[np.int64], utility: Floats) -> pd.DataFrame:
    """Observed and fitted shares, both over the pairs used."""
    highest = pd.Series(utility).groupby(place).transform("max").to_numpy()
    pull, seen = np.exp(utility - highest), rows["observed"].to_numpy(dtype=np.float64)
    shares = [values / np.bincount(place, values)[place] for values in (seen, pull)]
    return rows[["place", "centre"]].assign(observed=shares[0], fitted=shares[1])


def _statistics(rest: float, total: float, freedom: int, terms: int, fitted: pd.DataFrame) -> pd.Series:
    explained = 1 - rest / total if total > 0 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        f = float(np.float64((total - rest) / terms) / np.float64(rest / freedom))
    return pd.Series(
        {
            "r2": explained,
            "adjusted_r2": 1 - (1 - explained) * (freedom + terms) / freedom,
            "f": f,
            "p": float(stats.f.sf(f, terms, freedom)),
            "pairs": float(len(fitted)),
            "freedom": float(freedom),
            "error": float(np.sqrt(rest / freedom)),
            "mean_deviation": float((fitted["observed"] - fitted["fitted"]).abs().mean()),
        }
    )
