"""How far a territory has come from firm network to territorial project: conditions, gates, and its rung."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._conditions import evaluated
from geoterritorio.assessment.gates import checked_gates, gate_table
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.layers.schema import NO, UNKNOWN, YES
from geoterritorio.layers.spans import spans

# Below the first gate.
NONE = "none"
HIGHEST_RATING = 4.0
# Why a condition turned.
TURNS = ("figure or statements", "the condition reads otherwise", "became known", "became unknown")
# Where a territory stands beside the earlier run.
ROSE, FELL, STAYED, UNSURE = MOVES = ("rose", "fell", "stayed", "not certain")
_RUNGS = ("at_least", "at_most", "rung", "rung_most")
Words = npt.NDArray[np.object_]
CHANGES = (
    "territory",
    "rung",
    "gate",
    "condition",
    "title",
    "before",
    "after",
    "value_before",
    "value_after",
    "date_before",
    "date_after",
    "turn",
    "title_es",
)


@dataclass(frozen=True)
class Ladder:
    """
    Territories on the ladder.

    Parameters
    ----------
    territories
        By territory: `at_least` and `at_most` (gates), their rungs, `certain`, the next gate, what it lacks, what would
        decide it, the day (`on`) and the latest period that was looked at (`latest`). With an earlier run also where
        the territory stood then, whether it moved, and which required conditions it `gained` and `lost`.
    gates
        One row per territory and gate: `passed` (yes, no or unknown), `up_to_here` (the same of it and all below),
        codes of its conditions by what is known of them.
    conditions
        One row per territory and condition, with the evidence.
    changes
        One row per territory and condition that turned since an earlier run.
    """

    territories: pd.DataFrame
    gates: pd.DataFrame
    conditions: pd.DataFrame
    changes: pd.DataFrame


def ladder(
    places: pd.Index,
    gates: pd.DataFrame | None = None,
    *,
    figures: pd.DataFrame | None = None,
    readings: pd.DataFrame | None = None,
    statements: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    on: str | None = None,
    highest_rating: float = HIGHEST_RATING,
) -> Ladder:
    """
    Rungs on which territories stand, condition by condition.

    Parameters
    ----------
    places
        Identifiers of the territories.
    gates
        Gates and conditions; by default those of `gate_table`, which are this software's proposal.
    figures
        Columns `territory`, `indicator`, `value` and, where known, `low`, `high`, `period` and `source`.
    readings
        By territory, whether it is a `district` and a `cluster`: yes, no or unknown; either may be absent.
    statements
        Coded statements: `territory`, `item`, `rating` and, where known, `coder` and `date`.
    before
        Conditions of an earlier run.
    on
        Day, month or year: figures of the latest period that had begun, statements made by then. Without it, the latest
        period and all statements.
    highest_rating
        Upper end of the scale of ratings, which begins at 0.

    Returns
    -------
    ladder
        Territories, gates, conditions and changes.

    Raises
    ------
    LayerError
        If the gates, figures, readings or statements cannot be used as they are.

    Notes
    -----
    A gate is passed if all its required conditions are met, not passed if one is not, else unknown; supporting
    conditions are shown and decide nothing. A territory stands at least on the highest gate such that it and all below
    are passed, and at most on the highest gate such that none up to it is known not to be.

    Examples
    --------
    >>> gates = pd.DataFrame(
    ...     {"rung": [1, 2], "gate": ["ties", "place"], "condition": ["a", "b"], "looks_at": "figure",
    ...      "subject": ["Ties", "Place"], "comparison": "≥", "threshold": ["1", "0.5"], "kind": "quantitative",
    ...      "required": "yes"})
    >>> figures = pd.DataFrame(
    ...     {"territory": "T", "indicator": ["Ties", "Place"], "value": [3.0, 0.6], "low": [2.0, 0.4],
    ...      "high": [4.0, 0.8]})
    >>> found = ladder(pd.Index(["T"]), gates, figures=figures).territories.loc["T"]
    >>> found["at_least"], found["at_most"], found["open_conditions"]
    ('ties', 'place', 'b')
    """
    table = gate_table() if gates is None else gates
    named = set() if figures is None else set(figures["indicator"].dropna().astype(str))
    items = set() if statements is None else set(statements["item"].dropna().astype(str))
    rules = checked_gates(table, named, items)
    if statements is not None:
        _refuse_ratings(statements, highest_rating)
    conditions = evaluated(places, rules, figures, readings, statements, on=on)
    passed = _gates(conditions)
    turned = changed(conditions, before, on=on)
    found = _territories(places, passed, conditions).assign(on=on, latest=_latest(conditions))
    found["on"] = found["on"].astype(object)
    if before is not None:
        found = found.join(earlier(places, conditions, before)).join(_turned(conditions, turned))
        found["climbed"] = _climbed(found)
    return Ladder(found, passed, conditions, turned)


def _latest(conditions: pd.DataFrame) -> pd.Series:
    """Latest period or statement that a territory's conditions look at, as exact as it is known."""
    dated = conditions[["territory", "period"]].assign(end=spans(conditions["period"])["end"])
    order = dated.dropna(subset=["end"]).sort_values("end", kind="stable")
    return order.groupby("territory")["period"].last().astype(object)


def earlier(places: pd.Index, conditions: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """
    Where territories stood in an earlier run, on the gates of the later one.

    Parameters
    ----------
    places
        Identifiers of the territories.
    conditions
        Of the later run.
    before
        Of the earlier one: `territory`, `condition`, `passed` and, where known, `wanted`, `on` and `period`.

    Returns
    -------
    stood
        By territory: `earlier_at_least`, `earlier_at_most`, their rungs, and `earlier_on`, the day of the earlier run
        or the latest period it looked at.

    Notes
    -----
    A condition that the earlier run did not have, or that asked for something else then, is unknown of it.
    """
    keys = ["territory", "condition"]
    given = before.reindex(columns=[*keys, "passed", "wanted", "on", "period"]).astype(object)
    given[keys] = given[keys].astype(str)
    now = conditions.assign(territory=conditions["territory"].astype(str))
    both = now.merge(given, on=keys, how="left", suffixes=("", "_before"), validate="one_to_one")
    alike = both["wanted_before"].isna() | (both["wanted"] == both["wanted_before"])
    told = both["passed_before"].where(alike & both["passed_before"].notna(), UNKNOWN)
    then = conditions.assign(passed=told.to_numpy())
    stood = _territories(places, _gates(then), then)[list(_RUNGS)].add_prefix("earlier_")
    days = given["on"].dropna().unique()
    stood["earlier_on"] = (
        days[0] if len(days) == 1 else _latest(given).reindex(stood.index.astype(str)).to_numpy()
    )
    return stood


def _turned(conditions: pd.DataFrame, turned: pd.DataFrame) -> pd.DataFrame:
    """Required conditions that were known at both dates and are met now, or no longer."""
    needed = set(conditions.loc[conditions["required"] == YES, "condition"])
    moved = turned[(turned["turn"] == TURNS[0]) & turned["condition"].isin(needed)]
    return pd.DataFrame(
        {
            name: moved[moved["after"] == word].groupby("territory", sort=False)["condition"].agg("; ".join)
            for name, word in (("gained", YES), ("lost", NO))
        },
        dtype=object,
    )


def _climbed(found: pd.DataFrame) -> Words:
    """Whether a territory rose or fell whatever the unknown conditions are."""
    least, most, then, then_most = (
        found[c] for c in ("rung", "rung_most", "earlier_rung", "earlier_rung_most")
    )
    stayed = (least == most) & (then == then_most) & (least == then)
    return np.select([least > then_most, most < then, stayed], [ROSE, FELL, STAYED], UNSURE).astype(object)


def reread(conditions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Gates and rungs of conditions that are known already.

    Parameters
    ----------
    conditions
        Conditions as `ladder` returns them.

    Returns
    -------
    gates, territories
        What each gate's conditions say together, and where each territory stands.
    """
    gates = _gates(conditions)
    places = pd.Index(conditions["territory"].drop_duplicates(), name="territory")
    return gates, _territories(places, gates, conditions)


def _refuse_ratings(statements: pd.DataFrame, highest: float) -> None:
    rating = pd.to_numeric(statements["rating"], errors="coerce") if "rating" in statements else pd.Series()
    far = (rating < 0) | (rating > highest)
    if far.any():
        raise LayerError(
            message(
                "evidence: {count} ratings lie outside the scale from 0 to {highest}: {values}. Correct them, or say "
                "how far the scale goes (highest_rating); thresholds of the gates are on the same scale.",
                count=int(far.sum()),
                highest=highest,
                values=listing(sorted(set(rating[far].map("{:g}".format)))),
            )
        )


def _gates(conditions: pd.DataFrame) -> pd.DataFrame:
    """What each gate's conditions say together, and what it and all below it do."""
    by = ["territory", "rung", "gate"]
    needed = conditions[conditions["required"] == YES]
    keys = pd.MultiIndex.from_frame(conditions[by].drop_duplicates())
    number = crossed(*(needed[k] for k in by), needed["passed"]).reindex(keys, fill_value=0)
    number = number.reindex(columns=[NO, UNKNOWN, YES], fill_value=0).to_numpy()
    passed = np.select([number[:, 0] > 0, number[:, 1] > 0], [NO, UNKNOWN], YES).astype(object)
    found = pd.DataFrame({"passed": passed}, index=keys)
    reached = _up_to(found["passed"].map({YES: 2, UNKNOWN: 1, NO: 0}).groupby(level="territory", sort=False))
    found["up_to_here"] = reached.map({2: YES, 1: UNKNOWN, 0: NO}).astype(object)
    for word, column, which in (
        (YES, "met", needed),
        (NO, "unmet", needed),
        (UNKNOWN, "open_conditions", needed),
        (YES, "supporting_met", conditions[conditions["required"] == NO]),
        (NO, "supporting_unmet", conditions[conditions["required"] == NO]),
    ):
        codes = which[which["passed"] == word].groupby(by, sort=False)["condition"].agg("; ".join)
        found[column] = codes.reindex(keys)
    return found.reset_index()


def _up_to(worth: pd.core.groupby.SeriesGroupBy) -> pd.Series:
    """The least of each gate and those below it."""
    return worth.cummin()


def _territories(places: pd.Index, passed: pd.DataFrame, conditions: pd.DataFrame) -> pd.DataFrame:
    names = passed.drop_duplicates("rung").set_index("rung")["gate"]
    order = [NONE, *names]
    wide = passed["up_to_here"].to_numpy(dtype=object).reshape(len(places), len(names))
    least = (wide == YES).sum(axis=1)
    most = (wide != NO).sum(axis=1)
    gate = np.array(order, dtype=object)
    following = np.array([*names, None], dtype=object)[least]
    found = pd.DataFrame(
        {
            "at_least": gate[least],
            "at_most": gate[most],
            "rung": least.astype(float),
            "rung_most": most.astype(float),
            "certain": np.where(least == most, YES, NO),
            "next_gate": following,
        },
        index=places,
    )
    at = conditions["territory"].map(pd.Series(following, index=places)).to_numpy()
    due = conditions[(conditions["gate"].to_numpy() == at) & (conditions["required"] == YES)]
    for word, column in ((NO, "lacking"), (UNKNOWN, "open_conditions")):
        codes = due[due["passed"] == word].groupby("territory", sort=False)["condition"].agg("; ".join)
        found[column] = codes.reindex(places)
    cures = due[(due["passed"] == UNKNOWN) & due["cure"].notna()]
    told = cures.groupby("territory", sort=False)["cure"].agg(lambda texts: "; ".join(dict.fromkeys(texts)))
    found["cure"] = told.reindex(places)
    return found.rename_axis("territory")


def changed(conditions: pd.DataFrame, before: pd.DataFrame | None, *, on: str | None = None) -> pd.DataFrame:
    """
    Conditions that turned between two runs.

    Parameters
    ----------
    conditions
        Of the later run.
    before
        Of the earlier one: `territory`, `condition`, `passed` and, where known, `value`, `wanted` and `on`.
    on
        Day of the later run.

    Returns
    -------
    changes
        One row per territory and condition of both runs of which another thing is known now, and why.
    """
    if before is None or conditions.empty:
        return pd.DataFrame(columns=list(CHANGES))
    keys = ["territory", "condition"]
    kept = [*keys, *(c for c in ("passed", "value", "wanted", "on", "period") if c in before.columns)]
    earlier = before[kept].astype({"territory": str, "condition": str})
    both = conditions.astype({"territory": str, "condition": str}).merge(
        earlier, on=keys, how="inner", suffixes=("", "_before"), validate="one_to_one"
    )
    turned = both[both["passed"] != both["passed_before"]]
    other = (
        turned["wanted"] != turned["wanted_before"]
        if "wanted_before" in turned.columns
        else pd.Series(data=False, index=turned.index)
    )
    why = np.select(
        [other, turned["passed_before"] == UNKNOWN, turned["passed"] == UNKNOWN],
        [TURNS[1], TURNS[2], TURNS[3]],
        TURNS[0],
    )
    missing = pd.Series(None, index=turned.index, dtype=object)
    day = turned.get("on_before", missing)
    found = turned.assign(
        before=turned["passed_before"],
        after=turned["passed"],
        value_before=turned.get("value_before", missing.astype(float)),
        value_after=turned["value"],
        date_before=day.where(day.notna(), turned.get("period_before", missing)),
        date_after=turned["period"] if on is None else on,
        turn=why.astype(object),
    )
    # What moved comes before what merely became known.
    order = found["turn"].map({turn: k for k, turn in enumerate(TURNS)})
    return found.assign(order=order).sort_values("order", kind="stable", ignore_index=True)[list(CHANGES)]
