"""The ladder without verdicts that are withheld where they stand: its gates and rungs by what is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.assessment.rungs import reread
from geoterritorio.layers.schema import UNKNOWN, YES
from geoterritorio.layers.schema import WITHHELD as STATUS_WITHHELD
from geoterritorio.publication.disclosure.contributions import Mask
from geoterritorio.study.masking import with_reason

# Tools whose figures say how often a territory is a district.
_VERDICTS_OF = frozenset(("districts", "district_stability"))
_WORDS, _LISTS = ("passed", "up_to_here"), ("gained", "lost")
_KEY = ["territory", "condition"]


def repeats(conditions: pd.DataFrame) -> Mask:
    """
    Conditions that ask for a verdict on districts or clusters.

    Parameters
    ----------
    conditions
        Conditions of `ladder`.

    Returns
    -------
    repeats
        Whether each does.
    """
    found = conditions["looks_at"].eq("reading") | conditions["source"].isin(_VERDICTS_OF)
    return np.asarray(found, dtype=bool)


def told_rungs(outputs: Mapping[str, Any], lost: Mask) -> dict[str, Any]:
    """
    Outputs of `ladder` that tell nothing of some of its conditions.

    Parameters
    ----------
    outputs
        Its outputs by name.
    lost
        Conditions of which nothing may be told.

    Returns
    -------
    outputs
        Conditions without what came out; gates that they decide, withheld; rungs between the bounds that the others
        leave; changes and lists without them.
    """
    conditions = outputs["conditions"]
    untold = conditions["passed"].astype(object).mask(lost, STATUS_WITHHELD)
    words = {c: conditions[c].astype(object).mask(lost, STATUS_WITHHELD) for c in ("passed", "found")}
    blank = {c: conditions[c].astype(object).mask(lost, None) for c in ("reason", "cure")}
    told = dict(outputs)
    told["conditions"] = with_reason(conditions.assign(**words, **blank), lost)
    gates, areas = reread(conditions.assign(passed=conditions["passed"].mask(lost, UNKNOWN)))
    lists, named = reread(conditions.assign(passed=untold))
    needed = conditions[lost & conditions["required"].eq(YES)]
    told["gate_verdicts"] = _gates(outputs["gate_verdicts"], gates, lists, needed)
    told["areas"] = _areas(outputs["areas"], areas, named, conditions[lost])
    if isinstance(outputs.get("changes"), pd.DataFrame) and len(outputs["changes"]):
        gone = pd.MultiIndex.from_frame(conditions.loc[lost, _KEY].astype(str))
        mine = pd.MultiIndex.from_frame(outputs["changes"][_KEY].astype(str))
        told["changes"] = outputs["changes"][~mine.isin(gone)]
    return told


def _gates(
    rows: pd.DataFrame, gates: pd.DataFrame, lists: pd.DataFrame, needed: pd.DataFrame
) -> pd.DataFrame:
    """Verdicts on gates; those that rest on a withheld condition are withheld where the others do not decide."""
    by = ["territory", "gate"]
    keys = pd.MultiIndex.from_frame(rows[by].astype(str))
    fresh, codes = (
        t.set_index(pd.MultiIndex.from_frame(t[by].astype(str))).reindex(keys) for t in (gates, lists)
    )
    own = keys.isin(pd.MultiIndex.from_frame(needed[by].astype(str)))
    first = needed.groupby("territory")["rung"].min()
    below = rows["rung"].to_numpy(dtype=float) >= rows["territory"].map(first).to_numpy(dtype=float)
    told = rows.copy()
    for column, rests in zip(_WORDS, (own, below), strict=True):
        value = fresh[column].to_numpy(dtype=object)
        told[column] = np.where(rests & (value == UNKNOWN), STATUS_WITHHELD, value)
    for column in ("met", "unmet", "open_conditions", "supporting_met", "supporting_unmet"):
        told[column] = codes[column].to_numpy(dtype=object)
    return with_reason(told, np.asarray(told[list(_WORDS)].eq(STATUS_WITHHELD).any(axis=1), dtype=bool))


def _areas(rows: Any, areas: pd.DataFrame, named: pd.DataFrame, gone: pd.DataFrame) -> Any:
    """Rungs between the bounds that are told; lists of conditions without those of which nothing is."""
    told = rows.copy()
    here = rows["territory"].astype(str)
    fresh, lists = (t.set_axis(t.index.astype(str)).reindex(here) for t in (areas, named))
    for column in ("at_least", "at_most", "rung", "rung_most", "certain", "next_gate"):
        told[column] = fresh[column].to_numpy()
    # Named are conditions of the next gate, which is that of what is told.
    same = fresh["next_gate"].astype(str).to_numpy() == lists["next_gate"].astype(str).to_numpy()
    for column in ("lacking", "open_conditions", "cure"):
        told[column] = np.where(same, lists[column].to_numpy(dtype=object), None)
    codes = set(gone["condition"].astype(str))
    for column in set(_LISTS) & set(told.columns):
        told[column] = [_left(text, codes) for text in told[column]]
    moved = (
        here.isin(gone["territory"].astype(str)).to_numpy() & told["rung"].ne(told["rung_most"]).to_numpy()
    )
    return with_reason(told, np.asarray(moved, dtype=bool))


def _left(text: Any, codes: set[str]) -> str | None:
    """List with semicolons between, without some codes."""
    if not isinstance(text, str):
        return None
    return "; ".join(code for code in text.split("; ") if code not in codes) or None
