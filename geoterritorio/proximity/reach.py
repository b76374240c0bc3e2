"""Who reaches what within which time: shares, gaps, and what hangs on a single centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._limits import up_to
from geoterritorio.proximity._ways import Ways
from geoterritorio.registry import Progress, no_progress

_NUMBER = ("number", "within_reach", "beyond_reach", "reached_share", "reached_low", "reached_high")
_JOBS = ("jobs", "jobs_reached", "jobs_unreached", "jobs_share", "jobs_low", "jobs_high")


@dataclass(frozen=True)
class Within:
    """
    What is near to each place.

    Parameters
    ----------
    cost
        Cost of the way to the nearest centre of each kind, kinds by places; infinite where there is no way.
    centre
        Number of that centre; -1 where there is none.
    number
        Number of centres of the kind within the middle budget.
    middle
        That budget.
    """

    cost: Floats
    centre: Indices
    number: Indices
    middle: float


@dataclass(frozen=True)
class Members:
    """
    Who is at each place: the members of a group of which a part is counted for sure and a part perhaps.

    Parameters
    ----------
    number
        Members for sure: 1 for a small or medium establishment, the inhabitants of a place; otherwise 0.
    jobs
        Their jobs; 0 where they are not known.
    doubt
        1 where size is not known, so that the establishment may be a member or not.
    most
        Largest number of jobs that are not counted in `jobs` and that may belong to members; infinite where unbounded.
    sized
        Whether jobs are known at all; otherwise every share of jobs is NaN.
    """

    number: Floats
    jobs: Floats
    doubt: Floats
    most: Floats
    sized: bool = True


def near_centres(
    ways: Ways, kind: Indices, kinds: int, *, middle: float, progress: Progress = no_progress
) -> Within:
    """
    Nearest centre of each kind, and how many lie within a budget.

    Parameters
    ----------
    ways
        Costs between places and centres.
    kind
        Kind of each centre, from 0.
    kinds
        Number of kinds.
    middle
        Budget within which centres are counted.
    progress
        Callback.

    Returns
    -------
    near_centres
        Kinds by places.

    Notes
    -----
    The nearest are found without a limit, in one search of all centres of a kind together; of centres equally near one
    is taken. Centres within the budget are counted in one search each, which ends at the budget.

    Examples
    --------
    >>> from geoterritorio.proximity._ways import StraightWays
    >>> places, centres = np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[1.0, 0.0], [3.0, 0.0]])
    >>> found = near_centres(StraightWays(places, centres, 1.0), np.zeros(2, int), 1, middle=4)
    >>> found.cost.tolist(), found.centre.tolist(), found.number.tolist()
    ([[1.0, 6.0]], [[0, 1]], [[2, 0]])
    """
    cost, centre = ways.nearest(kind, kinds, progress=lambda f, text="": progress(0.7 * f, text))
    number = np.zeros(kinds * ways.places, dtype=np.int64)
    for one, place, _ in ways.pairs(up_to(middle), progress=lambda f, text="": progress(0.7 + 0.3 * f, text)):
        number += np.bincount(kind[one] * ways.places + place, minlength=len(number))
    return Within(cost, centre, number.reshape(cost.shape), middle)


def reach_shares(
    found: Within, members: Members, area: Indices, areas: int, *, budgets: npt.ArrayLike
) -> pd.DataFrame:
    """
    Members, and their jobs, within each budget of the nearest centre.

    Parameters
    ----------
    found
        What is near to each place.
    members
        Who is there.
    area
        Number of the area in which each place lies; -1 for none.
    areas
        Number of areas.
    budgets
        Costs.

    Returns
    -------
    reach_shares
        One row per area, kind and budget: `area`, `kind` (numbers), `up_to`, `number`, `within_reach`, `beyond_reach`
        (farther, or without a way), `reached_share` and its bounds `reached_low`, `reached_high`; the same of jobs
        (`jobs`, `jobs_reached`, `jobs_unreached`, `jobs_share`, `jobs_low`, `jobs_high`), and `unsized`,
        establishments of unknown size.

    Notes
    -----
    Shares are those of the members known for sure. Their bounds let every establishment of unknown size that would
    lower (raise) the share be a member, with as many jobs as it may have, and no other.

    Examples
    --------
    >>> near = Within(np.array([[5.0, 20.0, 40.0]]), np.zeros((1, 3), int), np.ones((1, 3), int), 15)
    >>> who = Members(np.array([1.0, 1, 0]), np.array([30.0, 10, 0]), np.array([0.0, 0, 1]), np.array([0.0, 0, 250]))
    >>> table = reach_shares(near, who, np.zeros(3, int), 1, budgets=[15])
    >>> table[["reached_share", "reached_low", "reached_high", "jobs_share"]].round(3).values.tolist()
    [[0.5, 0.333, 0.5, 0.75]]
    """
    inside = area >= 0

    def total(values: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
        kept = chosen & inside
        return np.bincount(area[kept], values[kept], areas).astype(np.float64)

    rows = []
    for kind, cost in enumerate(found.cost):
        for budget in np.asarray(budgets, dtype=float):
            near = cost <= up_to(budget)
            table = {"area": np.arange(areas), "kind": kind, "up_to": budget}
            number, jobs = (
                [total(v, m) for v in pair for m in (near, ~near)]
                for pair in ((members.number, members.doubt), (members.jobs, members.most))
            )
            table |= _bounded(*number, jobs=False)
            table |= _bounded(*(jobs if members.sized else [np.full(areas, np.nan)] * 4), jobs=True)
            table["unsized"] = total(members.doubt, np.ones_like(near))
            rows.append(pd.DataFrame(table))
    return pd.concat(rows, ignore_index=True)


def _bounded(
    near: Floats, far: Floats, perhaps_near: Floats, perhaps_far: Floats, *, jobs: bool
) -> dict[str, Floats]:
    """Amounts near and far, the share of the near, and the bounds that what may belong to either leaves."""
    with np.errstate(invalid="ignore", divide="ignore"):
        low = near / (near + far + perhaps_far)
        high = 1 - far / (near + far + perhaps_near)
        share = near / (near + far)
    # The same number found in two ways may differ by its last digit; bounds hold the share.
    low, high = np.fmin(low, share), np.fmax(high, share)
    names = _JOBS if jobs else _NUMBER
    return dict(zip(names, (near + far, near, far, share, low, high), strict=True))


def reach_times(found: Within, members: Members, area: Indices, areas: int) -> pd.DataFrame:
    """
    How far the nearest centre is, and how many there are to choose from.

    Parameters
    ----------
    found
        What is near to each place.
    members
        Who is there.
    area
        Number of the area in which each place lies; -1 for none.
    areas
        Number of areas.

    Returns
    -------
    reach_times
        One row per area and kind: `area`, `kind` (numbers), `number`, `median` and `ninth` (cost within which half, and
        nine of ten, reach one; NaN where fewer do), `unreachable` (number without any way), `several` and `single`
        (shares with two or more, and with exactly one, within the middle budget), `main_centre` (number of the centre
        on which most of the single depend; -1 where none) and `main_share` (share of all that would lose
        reach if it closed).

    Examples
    --------
    >>> near = Within(np.array([[5.0, 20.0, np.inf]]), np.array([[0, 1, -1]]), np.array([[1, 2, 0]]), 30)
    >>> who = Members(np.ones(3), np.ones(3), np.zeros(3), np.zeros(3))
    >>> table = reach_times(near, who, np.zeros(3, int), 1)
    >>> table[["median", "several", "single", "main_centre"]].round(2).values.tolist()
    [[20.0, 0.33, 0.33, 0.0]]
    """
    inside = np.flatnonzero((area >= 0) & (members.number > 0))
    where, weight = area[inside], members.number[inside]
    whole = np.bincount(where, weight, areas).astype(np.float64)
    rows = []
    for kind, every in enumerate(found.cost):
        cost, number = every[inside], found.number[kind, inside]
        order = np.lexsort((cost, where))
        table = {"area": np.arange(areas), "kind": kind, "number": whole}
        for name, part in (("median", 0.5), ("ninth", 0.9)):
            table[name] = _quantile(where[order], cost[order], weight[order], whole, part)
        table["unreachable"] = np.bincount(where, weight * ~np.isfinite(cost), areas)
        with np.errstate(invalid="ignore"):
            table["several"] = np.bincount(where, weight * (number > 1), areas) / whole
            table["single"] = np.bincount(where, weight * (number == 1), areas) / whole
        one = number == 1
        main, lost = _most(where[one], found.centre[kind, inside][one], weight[one], areas)
        with np.errstate(invalid="ignore"):
            rows.append(pd.DataFrame({**table, "main_centre": main, "main_share": lost / whole}))
    return pd.concat(rows, ignore_index=True)


def _quantile(where: Indices, cost: Floats, weight: Floats, whole: Floats, part: float) -> Floats:
    """Smallest cost within which the part of each area's weight lies; rows are sorted by area and cost."""
    begin = np.searchsorted(where, np.arange(len(whole) + 1))
    running = np.concatenate([[0.0], np.cumsum(weight)])
    spent = running[1:] - running[begin[where]]
    # Sums of many weights may miss the part by their last digit.
    enough = spent >= part * whole[where] * (1 - 1e-12)
    at = np.flatnonzero(enough)
    first = at[np.diff(where[at], prepend=-1) != 0]
    value = np.full(len(whole), np.nan)
    value[where[first]] = cost[first]
    value[~np.isfinite(value)] = np.nan
    return value


def _most(where: Indices, centre: Indices, weight: Floats, areas: int) -> tuple[Indices, Floats]:
    """Centre with the largest weight in each area, the first of equals, and this weight."""
    main, lost = np.full(areas, -1), np.zeros(areas)
    table = pd.DataFrame({"where": where, "centre": centre, "weight": weight})
    sums = table.groupby(["where", "centre"], as_index=False)["weight"].sum()
    sums = sums.sort_values(["where", "weight", "centre"], ascending=[True, False, True]).drop_duplicates(
        "where"
    )
    main[sums["where"]], lost[sums["where"]] = sums["centre"], sums["weight"]
    return main, lost


def centre_dependence(found: Within, members: Members, kind: Indices) -> pd.DataFrame:
    """
    What hangs on each centre.

    Parameters
    ----------
    found
        What is near to each place.
    members
        Who is there.
    kind
        Kind of each centre, from 0.

    Returns
    -------
    centre_dependence
        One row per centre: `nearest_to` (number for whom no other of its kind is nearer), `only` (number who have no
        other of its kind within the middle budget, and would lose reach if it closed), `only_share` (of all),
        `only_jobs`.

    Examples
    --------
    >>> near = Within(np.array([[5.0, 20.0, np.inf]]), np.array([[0, 1, -1]]), np.array([[1, 2, 0]]), 30)
    >>> who = Members(np.ones(3), np.ones(3), np.zeros(3), np.zeros(3))
    >>> centre_dependence(near, who, np.zeros(2, int))[["nearest_to", "only"]].values.tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    nearest, only, jobs = (np.zeros(len(kind)) for _ in range(3))
    for centre, number in zip(found.centre, found.number, strict=True):
        there, alone = centre >= 0, number == 1
        nearest += np.bincount(centre[there], members.number[there], len(kind))
        only += np.bincount(centre[alone], members.number[alone], len(kind))
        jobs += np.bincount(centre[alone], members.jobs[alone], len(kind))
    whole = members.number.sum()
    return pd.DataFrame(
        {
            "nearest_to": nearest,
            "only": only,
            "only_share": only / whole if whole else np.nan,
            "only_jobs": jobs if members.sized else np.nan,
        }
    )


def small_and_medium(
    employment: pd.Series | None, group: pd.Series | None, *, number: int, below: float
) -> Members:
    """
    Establishments of small and medium size.

    Parameters
    ----------
    employment
        Jobs of each establishment, missing where unknown; None where the register does not tell them.
    group
        Enterprise of each, missing where it is its own; None judges each establishment by itself.
    number
        Number of establishments.
    below
        Jobs from which on an enterprise is large; 0 takes all.

    Returns
    -------
    small_and_medium
        Those that are, those that are not, and those of unknown size.

    Notes
    -----
    An enterprise has the jobs of all its establishments in the layer. If some are unknown it is large where the known
    ones suffice for it, and otherwise of unknown size.

    Examples
    --------
    >>> jobs, group = pd.Series([200.0, 100, 10, None]), pd.Series(["A", "A", None, None])
    >>> found = small_and_medium(jobs, group, number=4, below=250)
    >>> found.number.tolist(), found.doubt.tolist()
    ([0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0])
    """
    if not below >= 0:
        raise LayerError(
            message("{name}: {value} is no number of jobs of 0 or more.", name="small_below", value=below)
        )
    one, none = np.ones(number), np.zeros(number)
    if employment is None:
        return Members(one, none, none, none, sized=False)
    jobs = employment.to_numpy(dtype=float)
    known = np.isfinite(jobs)
    amount = np.where(known, jobs, 0)
    if below == 0:
        return Members(one, amount, none, np.where(known, 0, np.inf))
    least, sure = amount, known
    if group is not None and group.notna().any():
        codes = pd.factorize(group)[0]
        codes = np.where(codes < 0, codes.max() + 1 + np.arange(number), codes)
        least = np.bincount(codes, amount)[codes]
        sure = np.bincount(codes, ~known)[codes] == 0
    small, doubt = sure & (least < below), ~sure & (least < below)
    most = np.where(known, jobs, below - np.where(doubt, least, 0))
    return Members(
        small.astype(float), np.where(small, amount, 0), doubt.astype(float), np.where(doubt, most, 0)
    )
