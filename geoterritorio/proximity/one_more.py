"""What one more centre would change, at each of the places where it could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._limits import up_to
from geoterritorio.proximity._ways import Ways
from geoterritorio.proximity.reach import Members
from geoterritorio.registry import Progress, no_progress

RankBy = Literal["number", "jobs", "saved"]
# Pairs of places and candidates that are held.
_PAIRS = 100_000_000


@dataclass(frozen=True)
class OneMore:
    """
    What candidates would change.

    Parameters
    ----------
    candidates
        One row per candidate, in their order: `newly` (number newly within the budget), `newly_jobs`, `newly_unsized`
        (those of unknown size), `saved` (cost saved by all who reach a centre already), `rank`.
    chosen
        One row for today (turn 0) and per turn of the choice of several: `turn`, `candidate` (number), `newly`,
        `newly_jobs`, `newly_unsized`, `saved` (each beyond the steps before), `reached_share` (of
        all, within the budget after it), `jobs_share`.
    areas
        Where those newly within the budget are, if the area of each place is given: `turn` (0 for every candidate
        alone, then those of the choice), `candidate`, `area`, `newly`; areas that gain nobody are not listed.
    """

    candidates: pd.DataFrame
    chosen: pd.DataFrame
    areas: pd.DataFrame


def one_more_centre(
    cost: Floats,
    ways: Ways,
    members: Members,
    *,
    candidates: int,
    budget: float,
    number: int = 1,
    rank_by: RankBy = "number",
    area: Indices | None = None,
    progress: Progress = no_progress,
) -> OneMore:
    """
    What one more centre would change, and where several would best be, one after the other.

    Parameters
    ----------
    cost
        Cost of the way from each place to the nearest centre of today; infinite where there is none.
    ways
        Ways between places and candidates.
    members
        Who is at the places.
    candidates
        Number of candidates.
    budget
        Cost within which a centre counts as reached.
    number
        How many centres are chosen, each given those before it.
    rank_by
        What is best: most members newly within the budget ("number"), most of their "jobs", or most cost "saved".
    area
        Number of the area of each place, -1 for none; without it nothing is told by area.
    progress
        Callback.

    Returns
    -------
    one_more_centre
        Gain of each candidate, and the choice of several.

    Raises
    ------
    LayerError
        If the budget is not above 0, fewer than one centre or more than the candidates are asked for, or the pairs are
        too many.

    Notes
    -----
    Of candidates equally good, the one that saves more, then the one that brings in more members, then the first is
    better. Choosing one after the other need not find the best set, but its gain is at least 63 % (1 - 1/e) of the best
    possible [1]_. Who reaches no centre today is in the gain, and not in the cost saved.

    References
    ----------
    .. [1] Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978). An analysis of approximations for maximizing
       submodular set functions I. Mathematical Programming 14, 265-294.

    Examples
    --------
    >>> from geoterritorio.proximity._ways import StraightWays
    >>> places = np.array([[0.0, 0.0], [9.0, 0.0], [12.0, 0.0]])
    >>> who = Members(np.ones(3), np.ones(3), np.zeros(3), np.zeros(3))
    >>> new = StraightWays(places, np.array([[1.0, 0.0], [10.0, 0.0]]), 1.0)
    >>> found = one_more_centre(np.array([0.0, 9, 12]), new, who, candidates=2, budget=5)
    >>> found.candidates[["newly", "saved", "rank"]].values.tolist()
    [[0.0, 2.0, 2.0], [2.0, 18.0, 1.0]]
    """
    require_choice(budget, number, candidates, rank_by)
    known, budget = np.isfinite(cost), up_to(budget)
    limit = max(budget, float(cost[known].max(initial=0)))
    who, place, new = _better(ways, cost, limit, progress)
    now, steps = cost.copy(), list[dict[str, float]]()
    where = [_where(who, place, _gained(place, new, now, budget), members, area)]
    table = _gains(who, place, new, now, known, members, candidates, budget)
    ranked = _ranked(table, rank_by)
    for step in range(number):
        table = _gains(who, place, new, now, known, members, candidates, budget)
        free = _ranked(table, rank_by)["rank"].to_numpy().copy()
        free[[int(s["candidate"]) for s in steps]] = candidates + 1
        best = int(np.argmin(free))
        mine = who == best
        gained = mine & _gained(place, new, now, budget)
        where.append(_where(who, place, gained, members, area).assign(turn=step + 1))
        now[place[mine]] = np.minimum(now[place[mine]], new[mine])
        row = {"turn": step + 1, "candidate": best, **table.iloc[best].to_dict()}
        steps.append({**row, **_shares(now, members, budget)})
    none = dict.fromkeys(table.columns, 0.0)
    today = {"turn": 0, "candidate": -1, **none, **_shares(cost, members, budget)}
    return OneMore(ranked, pd.DataFrame([today, *steps]), pd.concat(where, ignore_index=True))


def require_choice(budget: float, number: int, candidates: int, rank_by: RankBy) -> None:
    """
    Refusal of a choice that cannot be made.

    Parameters
    ----------
    budget
        Cost within which a centre is reached.
    number
        How many are to be chosen.
    candidates
        Among how many.
    rank_by
        What they are ranked by.

    Raises
    ------
    LayerError
        If the budget is not above 0, or fewer than one or more than the candidates are to be chosen,
        or the ranking is none of those that there are.
    """
    problems = wrong_word("rank_by", rank_by, get_args(RankBy))
    if not 0 < budget < np.inf:
        problems.append(message("{name}: {value} is no budget above 0.", name="budget", value=budget))
    if not 1 <= number <= candidates:
        problems.append(
            message(
                "number: {value} centres cannot be chosen among {count} candidates. Ask for 1 to {count}.",
                value=number,
                count=candidates,
            )
        )
    if problems:
        raise LayerError(problems)


def _better(ways: Ways, cost: Floats, limit: float, progress: Progress) -> tuple[Indices, Indices, Floats]:
    """Candidates, places to which they are nearer than what there is, and the cost."""
    found: list[tuple[Indices, Indices, Floats]] = []
    total = 0
    for who, place, new in ways.pairs(limit, progress=progress):
        kept = new < cost[place]
        found.append((who[kept], place[kept], new[kept]))
        total += int(kept.sum())
        if total > _PAIRS:
            raise LayerError(
                message(
                    "candidates: more than {count} pairs of places and candidates are held. Take fewer candidates.",
                    count=_PAIRS,
                )
            )
    empty = np.empty(0, np.int64)
    a, b, c = zip(*found, strict=True) if found else ((), (), ())
    return np.concatenate([empty, *a]), np.concatenate([empty, *b]), np.concatenate([np.empty(0), *c])


def _gains(
    who: Indices,
    place: Indices,
    new: Floats,
    now: Floats,
    known: npt.NDArray[np.bool_],
    members: Members,
    candidates: int,
    budget: float,
) -> pd.DataFrame:
    gained = _gained(place, new, now, budget)
    # Whoever had no way at first saves nothing that could be counted.
    saves = known[place] & (new < now[place])
    spared = np.where(saves, np.where(saves, now[place], 0) - new, 0)

    def sums(values: Floats) -> Floats:
        return np.bincount(who, values, candidates).astype(np.float64)

    return pd.DataFrame(
        {
            "newly": sums(members.number[place] * gained),
            "newly_jobs": sums(members.jobs[place] * gained) if members.sized else np.nan,
            "newly_unsized": sums(members.doubt[place] * gained),
            "saved": sums(members.number[place] * spared),
        }
    )


def _gained(place: Indices, new: Floats, now: Floats, budget: float) -> npt.NDArray[np.bool_]:
    """Whether the place of a pair comes within the budget."""
    return np.asarray((new <= budget) & (now[place] > budget))


def _where(
    who: Indices, place: Indices, gained: npt.NDArray[np.bool_], members: Members, area: Indices | None
) -> pd.DataFrame:
    """Members newly within the budget, by candidate and area."""
    at = np.full(len(place), -1) if area is None else area[place]
    kept = gained & (at >= 0)
    rows = pd.DataFrame(
        {"candidate": who[kept], "area": at[kept], "newly": members.number[place[kept]].astype(float)}
    )
    sums = rows.groupby(["candidate", "area"], as_index=False)["newly"].sum()
    return sums[sums["newly"] > 0].assign(turn=0)[["turn", "candidate", "area", "newly"]]


def _ranked(table: pd.DataFrame, rank_by: RankBy) -> pd.DataFrame:
    best = {"number": "newly", "jobs": "newly_jobs", "saved": "saved"}[rank_by]
    # Sums in another order differ in their last digits, which must not decide.
    keys = [np.round(-table[c].to_numpy(), 6) for c in ("newly", "saved", best)]
    order = np.lexsort(keys)
    rank = np.empty(len(table), dtype=np.int64)
    rank[order] = np.arange(1, len(table) + 1)
    return table.assign(rank=rank)


def _shares(cost: Floats, members: Members, budget: float) -> dict[str, float]:
    near = cost <= budget
    found = {}
    for name, values in (("reached_share", members.number), ("jobs_share", members.jobs)):
        whole = values.sum()
        found[name] = float(values[near].sum() / whole) if whole else np.nan
    if not members.sized:
        found["jobs_share"] = np.nan
    return found
