"""How evenly access is spread over people: between groups of them and between territories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.concentration import curves
from geoterritorio.errors import LayerError, message

ALL = "all"
_PART = "access"


@dataclass(frozen=True)
class AccessInequality:
    """
    Spread of access over people.

    Attributes
    ----------
    groups
        By group of people, `all` first: `people` (with known access), `unknown` (people whose access is not known),
        `access` (mean per person), `relative` (over the mean of all), `without` (share of people without any), `gini`
        and `theil` of access over the people of the group, `between_territories` (share of the Theil index that
        lies between territories; NaN without territories).
    territories
        The same by territory over all people; empty without territories.
    curve
        Lorenz curve of each group: `group`, `place`, `people` and `access` (cumulative shares, least access first).
    """

    groups: pd.DataFrame
    territories: pd.DataFrame
    curve: pd.DataFrame


def access_spread(
    access: pd.Series, people: pd.DataFrame, *, territories: pd.Series | None = None
) -> AccessInequality:
    r"""
    Inequality of access between people, groups of them, and territories.

    Parameters
    ----------
    access
        Access per person by place; NaN is unknown, 0 none.
    people
        People by place and group; the groups need not be all of the people, nor exclude each other, except that `all`
        is made of their sum where it is not among them.
    territories
        Territory of each place.

    Returns
    -------
    result
        Tables of groups and of territories, and Lorenz curves.

    Raises
    ------
    LayerError
        Access or people are negative or infinite, or labels repeat.

    Notes
    -----
    Gini and Theil are those of concentration: the shares of places in all access, A times P, against their shares in
    people. Everybody at a place is given the same access, so both are lower bounds of what lies between persons.
    Places whose access or people are unknown are left out, and their known people counted. Between all of the groups,
    compare their means. No sampling error belongs to the indices: they are of all people listed.

    References
    ----------
    .. [1] Neutens, T. (2015). Accessibility, equity and health care: review and research directions for transport
       geographers. Journal of Transport Geography 43, 14-27.
    .. [2] Delbosc, A. & Currie, G. (2011). Using Lorenz curves to assess public transport equity. Journal of
       Transport Geography 19, 1252-1259.

    Examples
    --------
    >>> import pandas as pd
    >>> access = pd.Series({"a": 2.0, "b": 0.0})
    >>> people = pd.DataFrame({"young": [10.0, 30.0], "old": [30.0, 10.0]}, index=["a", "b"])
    >>> access_spread(access, people).groups[["access", "without", "gini"]]
           access  without  gini
    group
    all       1.0     0.50  0.50
    young     0.5     0.75  0.75
    old       1.5     0.25  0.25
    """
    _check(access, people)
    crowd = people if ALL in people.columns else people.assign(**{ALL: people.sum(axis=1, skipna=False)})
    crowd = crowd[[ALL, *(c for c in crowd.columns if c != ALL)]]
    known = {str(g): _known(access, crowd[g]) for g in crowd.columns}
    mean = _mean(access, crowd[ALL], known[ALL])
    rows = {
        group: {
            **_measured(access, crowd[group], known[group], mean),
            "between_territories": _between(access, crowd[group], known[group], territories),
        }
        for group in known
    }
    curve = pd.concat([_curve(access, crowd[g], known[g]).assign(group=g) for g in known], ignore_index=True)
    return AccessInequality(
        pd.DataFrame.from_dict(rows, orient="index").rename_axis("group"),
        _by_territory(access, crowd[ALL], known[ALL], mean, territories),
        curve[["group", "place", "people", "access"]],
    )


def _check(access: pd.Series, people: pd.DataFrame) -> None:
    problems = [
        message("{layer}: {count} values are below 0. Correct them.", layer=name, count=int(number))
        for name, number in (("access", (access < 0).sum()), ("people", (people < 0).to_numpy().sum()))
        if number
    ]
    problems += [
        message("{layer}: {count} values are infinite. Correct them.", layer=name, count=int(number))
        for name, number in (
            ("access", np.isinf(access).sum()),
            ("people", np.isinf(people).to_numpy().sum()),
        )
        if number
    ]
    if not (access.index.is_unique and people.index.equals(access.index)):
        problems.append(message("people: places must be those of the access, each once and in its order."))
    if problems:
        raise LayerError(problems)


def _known(access: pd.Series, people: pd.Series) -> pd.Series:
    return access.notna() & people.notna()


def _mean(access: pd.Series, people: pd.Series, known: pd.Series) -> float:
    total = float(people[known].sum())
    return float((access * people)[known].sum()) / total if total > 0 else np.nan


def _measured(access: pd.Series, people: pd.Series, known: pd.Series, whole: float) -> dict[str, float]:
    total, mean = float(people[known].sum()), _mean(access, people, known)
    cells, reference = _cells(access, people, known)
    return {
        "people": total,
        "unknown": float(people[~known].sum()),
        "access": mean,
        "relative": mean / whole if whole > 0 else np.nan,
        "without": float(people[known & (access == 0)].sum()) / total if total > 0 else np.nan,
        "gini": float(curves.locational_gini(cells, reference=reference).iloc[0]),
        "theil": float(curves.theil(cells, reference=reference).iloc[0]),
    }


def _cells(access: pd.Series, people: pd.Series, known: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Access of the people of each place as one column, and the people; only where there are any."""
    there = known & (people > 0)
    return pd.DataFrame({_PART: (access * people)[there].astype(float)}), people[there].astype(float)


def _between(access: pd.Series, people: pd.Series, known: pd.Series, territories: pd.Series | None) -> float:
    if territories is None:
        return np.nan
    placed = known & territories.notna()
    cells, reference = _cells(access, people, placed)
    if cells.empty:
        return np.nan
    parts = curves.theil(cells, reference=reference, groups=territories)
    total = float(parts.total.iloc[0])
    return float(parts.between.iloc[0]) / total if total > 0 else np.nan


def _by_territory(
    access: pd.Series, people: pd.Series, known: pd.Series, mean: float, territories: pd.Series | None
) -> pd.DataFrame:
    columns = ["people", "unknown", "access", "relative", "without", "gini", "theil"]
    if territories is None:
        return pd.DataFrame(columns=columns, dtype=float).rename_axis("territory")
    rows = {
        name: _measured(access[at], people[at], known[at], mean)
        for name, at in territories.groupby(territories, observed=True).groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("territory")


def _curve(access: pd.Series, people: pd.Series, known: pd.Series) -> pd.DataFrame:
    cells, reference = _cells(access, people, known)
    drawn = curves.lorenz(cells, reference=reference)
    names = {"territory": "place", "reference": "people", "share": "access"}
    return drawn.rename(columns=names)[["place", "people", "access"]]
