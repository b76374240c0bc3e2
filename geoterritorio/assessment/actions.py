"""Innovative actions: when, where, in which phase, and who pays how much, by phase, funder, territory and year."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import distinct, first_row, listing
from geoterritorio.layers.schema import NO, PHASES, UNKNOWN, YES
from geoterritorio.layers.spans import spans

UNSTATED = "not stated"
ALL = "all actions"
BY = (ALL, "phase", "kind", "funder", "territory")
FAULTS = ("no period", "no phase", "no kind", "no funder", "no budget", "no public share", "no territory")
NOT_BOTH = "not both"
ANIMATION, _, CONSOLIDATION = PHASES
NUMBER = mark("Actions")
BUDGET = mark("Budget of the actions")
PUBLIC = mark("Budget of the actions that is public (share)")
PHASED = mark("Phases with actions")
ORDERED = mark("Animation before consolidation (1 yes, 0 no)")
ACTORS = mark("Actors of the actions")
FIGURES = (NUMBER, BUDGET, PUBLIC, PHASED, ORDERED, ACTORS)
_SUMS = ("number", "budget", "without_budget", "public_budget", "public_share", "share_of_budget")


@dataclass(frozen=True)
class ActionRegister:
    """
    Actions and their sums.

    Parameters
    ----------
    actions
        One row per action: what was given, `begin` and `end` (years), `actors` counted, `public_budget`, `faults`.
    budgets
        One row per `by` (all actions, phase, kind, funder or territory) and `group`.
    phase_funders
        One row per phase and funder.
    years
        One row per year and phase: actions that run, and their budget spread evenly over the years.
    territories
        One row per territory: actions by phase, budget, order of the phases.
    figures
        Long table of figures by territory.
    """

    actions: pd.DataFrame
    budgets: pd.DataFrame
    phase_funders: pd.DataFrame
    years: pd.DataFrame
    territories: pd.DataFrame
    figures: pd.DataFrame


def action_register(actions: pd.DataFrame, places: pd.Index | None = None) -> ActionRegister:
    """
    Actions on a timeline, with budgets by phase, kind, funder, territory and year.

    Parameters
    ----------
    actions
        One row per action: `action` and, where known, `territory`, `kind`, `phase`, `actors` (with semicolons between),
        `budget`, `funder`, `public_share` and `period`.
    places
        Territories that are told of, those without any action too; by default those of the actions.

    Returns
    -------
    register
        Actions, budgets, years, territories and figures.

    Raises
    ------
    LayerError
        If an action stands in several rows, a budget is negative or infinite, or a public share is no share.

    Notes
    -----
    A budget is spread evenly over the calendar years of its period, a year that is begun counting as a whole one; what
    has no period is in no year. Sums are of known budgets, and `without_budget` counts the others: missing is not zero.
    The public share of several is weighted by budget, over actions of which both are known.

    Examples
    --------
    >>> actions = pd.DataFrame(
    ...     {"action": ["a", "b"], "phase": ["animation", "consolidation"], "budget": [100.0, 300.0],
    ...      "public_share": [1.0, 0.5], "period": ["2010", "2012/2013"], "territory": "T"})
    >>> found = action_register(actions)
    >>> found.budgets.query("by == 'all actions'")[["number", "budget", "public_share"]].to_numpy().tolist()
    [[2.0, 400.0, 0.625]]
    >>> found.years[["year", "budget"]].to_numpy().tolist()
    [[2010.0, 100.0], [2012.0, 150.0], [2013.0, 150.0]]
    """
    told = _told(actions)
    return ActionRegister(
        actions=told,
        budgets=pd.concat([_sums(told, by) for by in BY], ignore_index=True),
        phase_funders=_phase_funders(told),
        years=_years(told),
        territories=(areas := _areas(told, places)),
        figures=_figures(areas),
    )


def _told(actions: pd.DataFrame) -> pd.DataFrame:
    """Actions with all columns there, their years, and what they do not say."""
    table = actions.reset_index(drop=True)
    for column in ("territory", "kind", "phase", "actors", "funder", "period"):
        table[column] = table[column].astype(object) if column in table.columns else None
    for column in ("budget", "public_share"):
        given = table[column] if column in table.columns else pd.Series(np.nan, index=table.index)
        table[column] = amounts(given.astype(float), f"actions: {column}")
    problems = _problems(table)
    if problems:
        raise LayerError(problems)
    days = spans(table["period"])
    table["begin"], table["end"] = days["begin"].dt.year, days["end"].dt.year
    names = table["actors"].map(_names)
    table["actor_names"], count = names, names.map(len).astype(float)
    table["actors"] = count.where(count > 0)
    table["public_budget"] = table["budget"] * table["public_share"]
    missing = {
        "no period": table["begin"].isna(),
        "no phase": table["phase"].isna(),
        "no kind": table["kind"].isna(),
        "no funder": table["funder"].isna(),
        "no budget": table["budget"].isna(),
        "no public share": table["public_share"].isna(),
        "no territory": table["territory"].isna(),
    }
    lacks = np.column_stack([missing[f].to_numpy(dtype=bool) for f in FAULTS])
    words = np.array(FAULTS, dtype=object)
    table["faults"] = pd.Series(["; ".join(words[row]) for row in lacks], index=table.index, dtype=object)
    return table


def _names(text: object) -> list[str]:
    if not isinstance(text, str):
        return []
    return sorted({part.strip() for part in text.split(";") if part.strip()})


def tell_periods(actions: pd.DataFrame) -> None:
    """
    Warning about periods that are no time of the calendar: what lies in no year is missing from all sums by year.

    Parameters
    ----------
    actions
        Register of actions.

    Warns
    -----
    GeoterritorioWarning
        Where there are some.
    """
    if "period" not in actions.columns:
        return
    periods = actions["period"].astype(object)
    strange = periods.notna() & spans(periods)["begin"].isna()
    if strange.any():
        text = message(
            "actions: column “period” holds what is no day, month, year or span of years (rows: {count}, first: "
            "{row}): {values}. These actions are in no year, and count as without a period. Write 2012, 2012-05 or "
            "2012/2015.",
            count=int(strange.sum()),
            row=first_row(strange),
            values=distinct(periods[strange]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _problems(table: pd.DataFrame) -> list[Message]:
    problems = []
    twice = table.assign(period=table["period"].astype(str)).duplicated(["action", "period"], keep=False)
    if twice.any():
        problems.append(
            message(
                "actions: {count} rows repeat an action and its period: {values}. Keep one row of each.",
                count=int(twice.sum()),
                values=listing(sorted(set(table.loc[twice, "action"].astype(str)))),
            )
        )
    over = table["public_share"] > 1
    if over.any():
        problems.append(
            message(
                "actions: {count} public shares are above 1: {values}. Write 0.5, not 50, for a half.",
                count=int(over.sum()),
                values=listing(table.loc[over, "public_share"].map("{:g}".format).unique()),
            )
        )
    strange = sorted(set(table["phase"].dropna().astype(str)) - set(PHASES))
    if strange:
        problems.append(
            message(
                "actions: phases are {values}; they may be {options}, or empty where unknown.",
                values=listing(strange),
                options=", ".join(PHASES),
            )
        )
    return problems


def _grouped(told: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sums of the actions of each group; of budgets that are not known the number."""
    both = told["public_budget"].notna()
    parts = told.assign(
        number=1.0, without_budget=told["budget"].isna().astype(float), weighed=told["budget"].where(both)
    )
    by = parts.groupby(keys, sort=False, dropna=False)
    # An action of several periods is one, with as many budgets.
    found = by.agg(number=("action", "nunique"), without_budget=("without_budget", "sum")).astype(float)
    # Of a group without any known figure the sum is unknown, not zero.
    sums = by[["budget", "public_budget", "weighed"]].sum(min_count=1)
    found = found.join(sums)
    weight = found["weighed"].where(found["weighed"] > 0)
    found["public_share"] = found["public_budget"] / weight
    return found


def _sums(told: pd.DataFrame, by: str) -> pd.DataFrame:
    group = pd.Series(ALL, index=told.index, dtype=object) if by == ALL else told[by].fillna(UNSTATED)
    found = _grouped(told.assign(group=group), ["group"])
    whole = found["budget"].sum(min_count=1)
    found["share_of_budget"] = found["budget"] / (whole if whole > 0 else np.nan)
    order = {p: i for i, p in enumerate(PHASES)}
    rank = (
        found.index.map(lambda g: order.get(g, len(order))) if by == "phase" else -found["budget"].fillna(-1)
    )
    found = found.iloc[np.argsort(np.asarray(rank, dtype=float), kind="stable")]
    return found.reset_index().assign(by=by)[["by", "group", *_SUMS]]


def _phase_funders(told: pd.DataFrame) -> pd.DataFrame:
    named = told.assign(**{c: told[c].fillna(UNSTATED) for c in ("phase", "funder")})
    found = _grouped(named, ["phase", "funder"]).reset_index()
    order = {p: i for i, p in enumerate((*PHASES, UNSTATED))}
    found = found.sort_values(
        ["phase", "funder"], key=lambda c: c.map(order).fillna(c) if c.name == "phase" else c
    )
    return found[["phase", "funder", *_SUMS[:-1]]].reset_index(drop=True)


def _years(told: pd.DataFrame) -> pd.DataFrame:
    """Actions that run in each year, and an even part of the budget of each."""
    dated = told[told["begin"].notna()]
    length = (dated["end"] - dated["begin"] + 1).astype(int)
    rows = dated.loc[dated.index.repeat(length)]
    step = np.concatenate([np.arange(n) for n in length]) if len(dated) else np.array([], dtype=int)
    part = np.repeat(length.to_numpy(), length)
    spread = pd.DataFrame(
        {
            "action": rows["action"].to_numpy(),
            "year": rows["begin"].to_numpy(dtype=float) + step,
            "phase": rows["phase"].fillna(UNSTATED).to_numpy(),
            "budget": rows["budget"].to_numpy() / part,
            "public_budget": rows["public_budget"].to_numpy() / part,
        }
    )
    return (
        _grouped(spread, ["year", "phase"])
        .reset_index()
        .sort_values(["year", "phase"], ignore_index=True)[
            ["year", "phase", "number", "budget", "without_budget", "public_budget"]
        ]
    )


def _areas(told: pd.DataFrame, places: pd.Index | None) -> pd.DataFrame:
    """Actions by phase in each territory, whether the phases follow each other, and the money in them."""
    there = told[told["territory"].notna()]
    index = pd.Index(sorted(there["territory"].unique()), dtype=object) if places is None else places
    index = index.rename("territory")
    found = _grouped(there, ["territory"]).reindex(index)
    found[["number", "without_budget"]] = found[["number", "without_budget"]].fillna(0)
    # An action of several periods is one, here as in all sums.
    number = there.pivot_table(index="territory", columns="phase", values="action", aggfunc="nunique")
    number = number.reindex(index=index, columns=list(PHASES)).fillna(0).astype(float)
    first = there.pivot_table(index="territory", columns="phase", values="begin", aggfunc="min")
    first = first.reindex(index=index, columns=list(PHASES)).astype(float)
    found["unphased"] = _lacking(there, "phase").reindex(index)
    for phase in PHASES:
        found[phase], found[f"{phase}_from"] = number[phase], first[phase]
    found["order"] = _order(there, number)
    people = there[["territory", "actor_names"]].explode("actor_names").dropna()
    found["actors"] = people.groupby("territory")["actor_names"].nunique().reindex(index)
    found["without_actors"] = _lacking(there, "actors").reindex(index)
    for column in ("budget", "public_budget", "actors", "without_actors", "unphased"):
        # Without any action there is no money and nobody in them: that is known.
        found[column] = found[column].astype(float).where(found["number"] > 0, 0.0)
    return found.drop(columns="weighed").reset_index()


def _lacking(there: pd.DataFrame, column: str) -> pd.Series:
    """Actions of each territory of which no row says what the column holds."""
    silent = there[column].isna().groupby([there["territory"], there["action"]]).all()
    return silent.groupby(level="territory").sum()


def _order(there: pd.DataFrame, number: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Whether animation began before consolidation; unknown where their periods do not tell, or a phase is not told."""
    begin = spans(there["period"])["begin"]
    first, last = (
        begin.where(there["phase"] == phase).groupby(there["territory"]).min().reindex(number.index)
        for phase in (ANIMATION, CONSOLIDATION)
    )
    undated = there[begin.isna() & there["phase"].isin([ANIMATION, CONSOLIDATION])]
    doubt = number.index.isin([*undated["territory"], *there.loc[there["phase"].isna(), "territory"]])
    neither = (number[ANIMATION] == 0) | (number[CONSOLIDATION] == 0)
    found: npt.NDArray[np.object_] = np.select(
        [doubt, neither, first < last, first > last], [UNKNOWN, NOT_BOTH, YES, NO], UNKNOWN
    ).astype(object)
    return found


def _figures(areas: pd.DataFrame) -> pd.DataFrame:
    """Figures in the shape that other tools take; where actions do not say enough, the least and the most."""
    phases = areas[list(PHASES)].gt(0).sum(axis=1).astype(float)
    unphased = areas["unphased"]
    columns = {
        NUMBER: (areas["number"], np.nan, np.nan),
        BUDGET: _at_least(areas["budget"].fillna(0), areas["without_budget"] > 0),
        PUBLIC: (areas["public_share"], np.nan, np.nan),
        PHASED: (
            phases.where(unphased == 0),
            phases.where(unphased > 0),
            (phases + unphased).clip(upper=len(PHASES)).where(unphased > 0),
        ),
        ORDERED: (areas["order"].map({YES: 1.0, NO: 0.0}), np.nan, np.nan),
        ACTORS: _at_least(areas["actors"].fillna(0), areas["without_actors"] > 0),
    }
    return pd.concat(
        [
            pd.DataFrame(
                {"territory": areas["territory"], "indicator": n, "value": v, "low": low, "high": high}
            )
            for n, (v, low, high) in columns.items()
        ],
        ignore_index=True,
    ).astype({"value": float, "low": float, "high": float})


def _at_least(known: pd.Series, incomplete: pd.Series) -> tuple[pd.Series, pd.Series, float]:
    """A sum, of which only the lower end is known where parts of it are missing."""
    return known.where(~incomplete), known.where(incomplete), np.nan
