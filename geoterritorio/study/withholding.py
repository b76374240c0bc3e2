"""What of reach is not published, because it would tell of one or two establishments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import message
from geoterritorio.i18n import mark
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.study.results import StepResult
from geoterritorio.study.withheld_flows import Pairs, of_drawn, of_markets, pairs_of_drawn, pairs_of_markets

# One rule: what is few here is few in tables.
_FEWEST = DisclosureRules.minimum
# Column that says so in a published row, and what it says.
WITHHELD, FEW, CONFIDENTIAL = "withheld", "few establishments", "confidential"
COMMUTERS = "few commuters"
HELP = mark("Whether figures of the row are withheld, and why")
Rows = Any
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.float64]
Hidden = dict[str, Mask]

# Tools that tell of commuters between markets: what is withheld of them, and which flows that is.
_FLOWS = {"market_network": (of_markets, pairs_of_markets), "labour_markets": (of_drawn, pairs_of_drawn)}
_WHO, _ESTABLISHMENTS = "who", "establishments"
_WAYS = (
    "within_reach",
    "beyond_reach",
    "reached_share",
    "reached_low",
    "reached_high",
    "jobs_reached",
    "jobs_unreached",
    "jobs_share",
    "jobs_low",
    "jobs_high",
)
_BOUNDS = ("unsized", "reached_low", "reached_high", "jobs_low", "jobs_high")
_TIMES = ("median", "ninth", "unreachable", "several", "single", "main_share")
_SUMS = {"establishments": ("establishments",), "employment": ("employment", "employment_known")}
_OF_NETWORKS = (
    "actors",
    "firms",
    "ties",
    "outward",
    "value",
    "expected",
    "low",
    "high",
    "z",
    "p",
    "q",
    "local_share",
    "two_steps",
)
_INSIDE = ("sum", "known", "share", "counted", "missing")


def published(
    results: Iterable[StepResult], fewest: int = _FEWEST, *, told: Collection[str] = frozenset()
) -> list[StepResult]:
    """
    Results as map, report, pictures and project may show them.

    Parameters
    ----------
    results
        Results of the study's steps.
    fewest
        Fewest establishments, or commuters between markets, that are told.
    told
        Layers of flows that others have published already.

    Returns
    -------
    published
        The same, without counts of fewer establishments, their jobs, and what would tell these: rows that lie
        within each other, and totals less what is shown. Such rows say so in a column `withheld`, and a notice counts
        them. Residents are no establishments, and zero tells of nobody: both stay.
    """
    every = list(results)
    secret = {id(r) for r in every if _of_flows(r) and _flows(r) not in told}
    pairs: dict[str, Pairs] = {}
    for result in every:
        if id(result) in secret:
            mine = _FLOWS[result.step.tool][1](result.outputs, fewest)
            pairs[_flows(result)] = pairs.get(_flows(result), frozenset()) | mine
    found = []
    for result in every:
        if id(result) in secret:
            of = _FLOWS[result.step.tool][0]
            found.append(_published(result, of(result.outputs, fewest, pairs[_flows(result)]), fewest))
        elif result.step.tool in TOOLS and "firms" in result.step.inputs:
            found.append(_published(result, TOOLS[result.step.tool](result.outputs, fewest), fewest))
        else:
            found.append(result)
    return found


def _of_flows(result: StepResult) -> bool:
    """Whether a result tells of commuters between markets."""
    return result.step.tool in _FLOWS


def _flows(result: StepResult) -> str:
    """Layer of commuters; empty of a result that comes without its study."""
    return result.step.inputs.get("flows", "")


def _published(result: StepResult, found: Mapping[str, Hidden], fewest: int) -> StepResult:
    outputs, rows = dict(result.outputs), 0
    of_flows = _of_flows(result)
    for name, hidden in found.items():
        outputs[name] = _without(outputs[name], hidden, COMMUTERS if of_flows else FEW)
        rows += int(outputs[name][WITHHELD].notna().sum()) if WITHHELD in outputs[name] else 0
    if not rows:
        return result
    if of_flows:
        notice = message(
            "withheld: flows of fewer than {fewest} commuters, and what would tell them. Rows with figures withheld in "
            "report, map, project and public tables: {count}.",
            fewest=fewest,
            count=rows,
        )
        return replace(result, outputs=outputs, notices=(*result.notices, notice))
    notice = message(
        "withheld: fewer than {fewest} establishments. Rows with figures withheld in report, map, project and public "
        "tables: {count}.",
        fewest=fewest,
        count=rows,
    )
    return replace(result, outputs=outputs, notices=(*result.notices, notice))


def _without(rows: Rows, hidden: Hidden, why: str) -> Rows:
    """Rows without the hidden figures that they had, and the reason."""
    rows, some = rows.copy(), np.zeros(len(rows), dtype=bool)
    for column in rows.columns.intersection(list(hidden)):
        had = hidden[column] & rows[column].notna().to_numpy()
        if had.any():
            rows[column] = rows[column].astype(float).mask(had)
            some |= had
    if some.any():
        rows[WITHHELD] = pd.Series(why, index=rows.index, dtype=object).where(some, None)
    return rows


def _tells(steps: Counts, fewest: int) -> Mask:
    """Whether counts that lie within each other, the smallest first, tell of few."""
    parts = np.diff(steps, prepend=0, axis=-1).round()
    return np.asarray(((parts > 0) & (parts < fewest)).any(axis=-1))


def _hidden(steps: Counts, fewest: int, before: Mask | None = None) -> Mask:
    """Units that tell of few, and the smallest others without which the rest of the total would."""
    hidden = _tells(steps, fewest) if before is None else before | _tells(steps, fewest)
    for unit in np.argsort(steps[:, -1], kind="stable"):
        if not _tells(steps[hidden].sum(axis=0), fewest):
            break
        hidden[unit] |= steps[unit, -1] > 0
    return hidden


def _reach(outputs: Mapping[str, Rows], fewest: int) -> dict[str, Hidden]:
    """Of `reach`, each figure that would tell of one or two establishments."""
    centres = _centres(outputs["by_centre"], fewest)
    found = {"by_centre": centres}
    for names in (("shares", "times"), ("territory_shares", "areas")):
        shares, times = (outputs[name] for name in names)
        whose = shares["territory"] if "territory" in shares else pd.Series(0, index=shares.index)
        found[names[0]] = {
            c: np.zeros(len(shares), dtype=bool) for c in ("number", "jobs", *_WAYS, "unsized")
        }
        found[names[1]] = {c: np.zeros(len(times), dtype=bool) for c in ("number", *_WAYS, *_TIMES)}
        mine = shares[_WHO].eq(_ESTABLISHMENTS)
        for kind in shares.loc[mine, "centre_kind"].unique():
            rows = np.flatnonzero(mine & shares["centre_kind"].eq(kind))
            here = np.flatnonzero(times[_WHO].eq(_ESTABLISHMENTS) & times["centre_kind"].eq(kind))
            table = shares.iloc[rows].assign(unit=whose.iloc[rows].to_numpy(), row=rows)
            _of_kind(table, times.iloc[here], here, (found[names[0]], found[names[1]]), fewest)
    main = outputs["by_centre"].loc[centres["only"], [_WHO, "centre"]]
    named = set(map(tuple, main.to_numpy()))
    most = [
        pair in named for pair in zip(outputs["times"][_WHO], outputs["times"]["main_centre"], strict=True)
    ]
    found["times"]["main_share"] |= np.array(most, dtype=bool)
    return found


def _of_kind(
    shares: pd.DataFrame,
    times: pd.DataFrame,
    here: npt.NDArray[np.intp],
    hides: tuple[Hidden, Hidden],
    fewest: int,
) -> None:
    """Mark what is hidden of one kind of centre: of fewer and fewer budgets, the middle one last."""
    of_shares, of_times = hides
    wide, rows = (
        shares.pivot_table(index="unit", columns="up_to", values=v) for v in ("within_reach", "row")
    )
    units = shares.drop_duplicates("unit").set_index("unit").loc[wide.index]
    order = times["territory"] if "territory" in times else pd.Series(0, index=times.index)
    at = pd.Series(np.arange(len(here)), index=order.to_numpy()).reindex(wide.index).to_numpy()
    found, place = times.iloc[at], here[at]
    number = units["number"].to_numpy(dtype=float)
    few = _hidden(number[:, None], fewest)
    unsized = _hidden(units["unsized"].to_numpy(dtype=float)[:, None], fewest)
    budgets = wide.columns.to_numpy(dtype=float)
    middle = float(found["up_to"].iloc[0])
    hidden = few
    masks: dict[float, Mask] = {}
    for some in (budgets[budgets == middle], budgets[budgets <= middle], budgets):
        hidden = _hidden(np.column_stack([wide[some].to_numpy(), number]), fewest, hidden)
        masks |= {budget: hidden for budget in some if budget not in masks}
    reachable = number - found["unreachable"].to_numpy(dtype=float)
    ways = _hidden(np.column_stack([wide.to_numpy(), reachable, number]), fewest, hidden)
    one = (found["single"] * number).fillna(0).to_numpy(dtype=float)
    choice = _hidden(np.column_stack([one, wide[middle].to_numpy(), number]), fewest, masks[middle])
    most = (found["main_share"] * number).fillna(0).to_numpy(dtype=float)
    for budget, mask in masks.items():
        _mark(of_shares, ("number", "jobs"), rows[budget], few)
        _mark(of_shares, _WAYS, rows[budget], mask)
        _mark(of_shares, _BOUNDS, rows[budget], unsized)
    _mark(of_times, ("number", "median", "ninth"), place, few)
    _mark(of_times, _WAYS, place, masks[middle])
    _mark(of_times, ("unreachable",), place, ways)
    _mark(of_times, ("several", "single"), place, choice)
    _mark(of_times, ("main_share",), place, choice | _tells(np.column_stack([most, one]), fewest))


def _mark(hidden: Hidden, columns: Iterable[str], rows: Any, mask: Mask) -> None:
    chosen = np.asarray(rows, dtype=np.intp)[mask]
    for column in columns:
        hidden[column][chosen] = True


def _centres(rows: pd.DataFrame, fewest: int) -> Hidden:
    """Of centres, those to whom one or two are nearest, or on whom one or two hang."""
    nearest, only = (np.zeros(len(rows), dtype=bool) for _ in range(2))
    whole = rows["nearest_to"].to_numpy(dtype=float)
    steps = np.column_stack([rows["only"].to_numpy(dtype=float), whole])
    mine = rows[rows[_WHO].eq(_ESTABLISHMENTS)]
    for kind in mine["centre_kind"].unique():
        here = np.flatnonzero(rows[_WHO].eq(_ESTABLISHMENTS) & rows["centre_kind"].eq(kind))
        nearest[here] = _hidden(whole[here, None], fewest)
        only[here] = _hidden(steps[here], fewest, nearest[here])
    return {"nearest_to": nearest, "only": only, "only_share": only, "only_jobs": only}


def _gains(outputs: Mapping[str, Rows], fewest: int) -> dict[str, Hidden]:
    """Of `one_more_centre`: shares after a hidden turn, less those before, would tell the turn."""
    found = {}
    for name in ("gains", "chosen"):
        few = _tells(outputs[name]["newly"].to_numpy(dtype=float)[:, None], fewest)
        found[name] = {"newly": few, "newly_jobs": few}
        found[name]["newly_unsized"] = _tells(
            outputs[name]["newly_unsized"].to_numpy(dtype=float)[:, None], fewest
        )
    later = np.logical_or.accumulate(found["chosen"]["newly"])
    found["chosen"] |= {"reached_share": later, "jobs_share": later}
    return found


def _areas(outputs: Mapping[str, Rows], fewest: int) -> dict[str, Hidden]:
    """Of areas, those with one or two establishments inside, or with jobs of one or two that are known."""
    areas, inside = outputs["areas"], outputs["contents"]
    rows: Hidden = {c: np.zeros(len(inside), dtype=bool) for c in _INSIDE}
    hidden = np.zeros(len(areas), dtype=bool)
    found: Hidden = {}
    # Establishments come first: where their number is hidden, so are their jobs.
    for figure, columns in _SUMS.items():
        chosen = inside["source"].eq("firms") & inside["figure"].eq(figure)
        here = np.flatnonzero(chosen)
        mine = inside[chosen].set_index("area").reindex(areas["area"])
        known = (mine["counted"] - mine["missing"]).fillna(0).to_numpy(dtype=float)
        hidden = hidden | _of_areas(areas, known, fewest)
        found |= dict.fromkeys(columns, hidden)
        at = pd.Series(hidden, index=areas["area"]).reindex(inside["area"].iloc[here]).to_numpy(dtype=bool)
        _mark(rows, _INSIDE, here, at)
    return {"areas": found, "contents": rows}


def _of_areas(areas: pd.DataFrame, count: Counts, fewest: int) -> Mask:
    """Areas that tell of one or two: by themselves, or of those that share land out or lie in others, by the rest."""
    if "up_to" not in areas.columns:
        return _hidden(count[:, None], fewest)
    if areas["starts_at"].gt(0).any():
        return _tells(count[:, None], fewest)
    hidden = np.zeros(len(areas), dtype=bool)
    centres = areas["centres"].fillna("").str.split("; ").to_numpy()
    above: dict[str, int] = {}
    rest = dict(enumerate(count))
    for limit in np.sort(areas["up_to"].unique())[::-1]:
        here = np.flatnonzero(areas["up_to"] == limit)
        within = np.array([above.get(centres[k][0], -1) for k in here])
        for larger in np.unique(within):
            pieces = here[within == larger]
            mask = (
                _tells(count[pieces, None], fewest)
                if larger < 0
                else _in_larger(count[pieces], rest[larger], fewest)
            )
            hidden[pieces] = mask
            if larger >= 0:
                rest[larger] -= count[pieces[~mask]].sum()
            above |= {centre: int(k) for k in pieces[~mask] for centre in centres[k]}
    return hidden


def _in_larger(count: Counts, rest: float, fewest: int) -> Mask:
    """Pieces that tell of one or two by themselves, or by what is left of the area in which they lie."""
    hidden = _hidden(count[:, None], fewest)
    left = rest - count[~hidden].sum()
    return np.ones_like(hidden) if _tells(np.array([left]), fewest) else hidden


def _network(outputs: Mapping[str, Rows], fewest: int) -> dict[str, Hidden]:
    """Of `actor_network`, territories with one or two linked firms, and ties across in which so few take part."""
    areas, between = outputs["areas"], outputs["between"]
    few = _hidden(areas["firms"].to_numpy(dtype=float)[:, None], fewest)
    found: dict[str, Hidden] = {"areas": dict.fromkeys(_OF_NETWORKS, few)}
    for name in ("summary", "figures"):
        mine = outputs[name]["territory"].isin(areas.loc[few, "territory"]).to_numpy()
        found[name] = dict.fromkeys(_OF_NETWORKS, mine)
    found["between"] = dict.fromkeys(
        ("ties", "firms"), _tells(between["firms"].to_numpy(dtype=float)[:, None], fewest)
    )
    return found


TOOLS: Mapping[str, Callable[[Mapping[str, Rows], int], dict[str, Hidden]]] = {
    "reach": _reach,
    "one_more_centre": _gains,
    "service_areas": _areas,
    "nearest_areas": _areas,
    "actor_network": _network,
}
