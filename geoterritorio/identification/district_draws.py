"""How firm verdicts on districts are: drawn again from other plants of the same kind, and by other thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification._district_account import Account, account
from geoterritorio.identification._district_cells import Cells, checked, places_of, sized_jobs
from geoterritorio.identification._district_steps import (
    DISTRICT,
    NO_DISTRICT,
    UNDECIDABLE,
    VERDICTS,
    answers,
    verdicts,
)
from geoterritorio.identification.district_procedure import Prepared, marked, prepared
from geoterritorio.identification.district_rules import DistrictRules, sound
from geoterritorio.registry import Count, Progress, no_progress

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Random = int | np.random.Generator | None
GIVEN = mark("given rules")
# By what thresholds are multiplied, or what is added to them, one at a time; and the steps that they are of.
_TIMES: Mapping[str, tuple[tuple[float, float], tuple[str, ...]]] = {
    "over_whole": ((0.95, 1.05), ("manufacturing_share",)),
    "activity_quotient": ((0.95, 1.05), ("specialised",)),
    "industry_quotient": ((0.95, 1.05), ("main_industry",)),
    "size_over": ((0.95, 1.05), ("size_quotients",)),
    "least_jobs": ((0.75, 1.25), ("industry_jobs",)),
}
_PLUS: Mapping[str, tuple[tuple[float, float], tuple[str, ...]]] = {
    "prevails_by": ((-0.01, 0.01), ("prevails",)),
    "mainly": ((-0.05, 0.05), ("sme_industry", "small_industry")),
    "industry_share": ((-0.05, 0.05), ("industry_share",)),
}
# Verdicts that leave open whether a market is a district, and which kind it is.
_OPEN = (VERDICTS.index(UNDECIDABLE),)
_OPEN_KINDS = (*_OPEN, VERDICTS.index(NO_DISTRICT))
# Numbers drawn, or counted into cells, at a time.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class DistrictStability:
    """
    How often markets are districts, and keep their verdict.

    Parameters
    ----------
    markets
        By market: `verdict`; how often it is a district in draws of the plants (`share_draws`), under other thresholds
        (`share_settings`), and in all draws under all thresholds (`share_all`); how often its verdict is the same
        (`kept`, `kept_settings`, `kept_all`); the `other` verdict it most often has in all of these, and `share_other`.
        Draws are missing where the plants are not known. A share is missing too where any of its runs is undecidable
        (of the same verdict: or leaves its kind open): of `share_all` then `share_all_low` and `share_all_high` are
        what it is at least and at most.
    runs
        By threshold that is changed: `setting`, `value`, how many `districts` there are, `districts_draws` on average
        over the draws (missing where some are undecidable), how many are `undecidable`, and `same`, the share of
        markets whose verdict does not change among those that both leave nothing open of.
    rules
        By which verdicts are made.
    """

    markets: pd.DataFrame
    runs: pd.DataFrame
    rules: DistrictRules


def district_stability(
    firms: pd.DataFrame | None = None,
    jobs: pd.DataFrame | None = None,
    reference: pd.DataFrame | None = None,
    *,
    rules: DistrictRules | None = None,
    region: pd.DataFrame | None = None,
    people: pd.Series | None = None,
    draws: Count = 100,
    rng: Random = 1,
    progress: Progress = no_progress,
) -> DistrictStability:
    """
    Stability of verdicts on industrial districts.

    Parameters
    ----------
    firms
        Establishments: `territory` (labour market), `sector`, `employment`, and `group` where enterprises make the
        size.
    jobs
        In place of firms, the table that `districts` takes: then only thresholds are changed, since what its plants
        might have been is not known.
    reference
        Jobs of the whole, as `districts` takes them. It stays the same in all draws; None takes the sums of each draw.
    rules
        Steps and thresholds.
    region
        Jobs of the region, as `districts` takes them.
    people
        Inhabitants, as `districts` takes them.
    draws
        How often the plants are drawn anew.
    rng
        Generator, or its seed.
    progress
        Called after each block of draws; may raise to cancel.

    Returns
    -------
    stability
        Markets and runs.

    Raises
    ------
    LayerError
        Neither firms nor jobs are given, or both; or they are wrong as for `districts`.

    Notes
    -----
    In a draw each establishment counts a Poisson number of times of mean 1, so that jobs are those of a market in which
    the process that placed the plants were repeated; its sector and size class stay. Thresholds change one at a time:
    quotients by 5 %, shares by 0.05, jobs by a quarter, the difference of excess jobs by 1 % of all jobs. Those of
    steps that are not asked do not change, nor do the ends of size classes.

    References
    ----------
    .. [1] Hanley, J. A., MacGibbon, B. (2006). Creating non-parametric bootstrap samples using Poisson
       frequencies. Computer Methods and Programs in Biomedicine 83, 57-62.

    Examples
    --------
    >>> sectors = ["15.2"] * 40 + ["47.1"] * 74 + ["31.0"] * 5 + ["29.1"]
    >>> jobs = [10.0] * 119 + [300]
    >>> firms = pd.DataFrame({"territory": ["A"] * 60 + ["B"] * 60, "sector": sectors, "employment": jobs})
    >>> district_stability(firms, draws=20).markets["share_draws"].tolist()
    [1.0, 0.0]
    """
    rules = DistrictRules() if rules is None else rules
    sound(rules)
    if (firms is None) == (jobs is None):
        raise LayerError(
            message("Give either firms (a register) or jobs (a table), not both and not neither.")
        )
    sized = None if firms is None else sized_jobs(firms, rules)
    ready = prepared(jobs if sized is None else sized[0], reference, rules, region=region, people=people)
    changed = list(_settings(rules))
    given = _coded(account(ready.cells, ready.whole, ready.sums, rules), ready, changed)
    drawn: list[Codes] = []
    if firms is not None and sized is not None and draws > 0:
        plants = _plants(firms, sized, ready, rules)
        for cells in _drawn(plants, ready, int(draws), np.random.default_rng(rng)):
            drawn.append(_coded(account(cells, ready.whole, ready.sums, rules), ready, changed))
            progress(sum(d.shape[1] for d in drawn) / draws, mark("Drawing plants again"))
    told = (
        np.concatenate(drawn, axis=1) if drawn else np.empty((len(changed), 0, len(ready.markets)), np.int64)
    )
    return DistrictStability(_markets(given, told, ready, rules), _runs(given, told, changed), rules)


def _settings(rules: DistrictRules) -> Iterator[tuple[str, float, DistrictRules]]:
    """The rules, and the same with one threshold changed."""
    yield GIVEN, np.nan, rules
    for table, times in ((_TIMES, True), (_PLUS, False)):
        for name, (steps, of) in table.items():
            value = getattr(rules, name)
            if value is None or not set(of) & set(rules.steps):
                continue
            for step in steps:
                new = value * step if times else value + step
                if new != value and (name == "prevails_by" or new >= 0):
                    yield name, float(new), replace(rules, **{name: new})


def _coded(found: Account, ready: Prepared, changed: list[tuple[str, float, DistrictRules]]) -> Codes:
    """Number of the verdict under each setting: settings by replicates by markets."""
    number = {v: i for i, v in enumerate(VERDICTS)}
    parts = []
    for _, _, rules in changed:
        verdict = verdicts(found, answers(found, rules, ready.beside), rules)
        code = pd.Series(verdict.ravel()).map(number).to_numpy(dtype=np.int64)
        parts.append(code.reshape(-1, len(ready.markets)))
    return np.stack(parts)


@dataclass(frozen=True)
class _Plants:
    """Distinct kinds of plants: how many there are, and what one adds to its cell: jobs, units, jobs not stated."""

    number: Codes
    jobs: sparse.csr_array
    units: sparse.csr_array
    open: sparse.csr_array | None


def _plants(
    firms: pd.DataFrame, sized: tuple[pd.DataFrame, Codes, Floats], ready: Prepared, rules: DistrictRules
) -> _Plants:
    table, row, unit = sized
    rows = checked(table, "jobs", keys=("territory", "sector"))
    cell, shape = places_of(rows, ready.kinds, rules, ready.markets)
    known = (row >= 0) & (cell[row] >= 0)
    jobs = firms["employment"].to_numpy(dtype=float)[known]
    each = pd.DataFrame(
        {
            "cell": cell[row[known]],
            "jobs": np.nan_to_num(jobs),
            "unit": unit[known],
            "open": np.isnan(jobs).astype(float),
        }
    )
    kinds = each.value_counts(sort=False).reset_index(name="number")
    where = (np.arange(len(kinds)), kinds["cell"].to_numpy())
    size = (len(kinds), shape[0] * shape[1])
    adds = {c: sparse.csr_array((kinds[c].to_numpy(), where), size) for c in ("jobs", "unit", "open")}
    return _Plants(
        kinds["number"].to_numpy(), adds["jobs"], adds["unit"], adds["open"] if kinds["open"].any() else None
    )


def _drawn(plants: _Plants, ready: Prepared, draws: int, rng: np.random.Generator) -> Iterator[Cells]:
    """Cells of some draws at a time."""
    width = max(len(plants.number), plants.jobs.shape[1], 1)
    block = max(1, _BLOCK // width)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        times = rng.poisson(plants.number, (size, len(plants.number))).astype(np.float64)
        shape = (size, *ready.cells.low.shape)
        jobs, units = ((times @ m).reshape(shape) for m in (plants.jobs, plants.units))
        most = jobs
        if plants.open is not None:
            most = np.where((times @ plants.open).reshape(shape) > 0, np.inf, jobs)
        yield Cells(jobs, most, units, units)


def _markets(given: Codes, drawn: Codes, ready: Prepared, rules: DistrictRules) -> pd.DataFrame:
    """Shares by market; the first setting is the given one."""
    own, district = given[0, 0], VERDICTS.index(DISTRICT)
    everything = np.concatenate([given, drawn], axis=1)
    every = everything.reshape(-1, len(own))
    counts = np.stack([(every == v).sum(axis=0) for v in range(len(VERDICTS))])
    counts[own, np.arange(len(own))] = 0
    other = counts.argmax(axis=0)
    share_other = counts.max(axis=0) / len(every)
    names = np.array(VERDICTS, dtype=object)
    runs = {"draws": drawn[0], "settings": given[1:, 0], "all": every}
    columns: dict[str, object] = {"verdict": names[own]}
    for name, codes in runs.items():
        columns[f"share_{name}"] = _decided(codes == district, np.isin(codes, _OPEN))
    columns["share_all_low"] = _share(every == district)
    columns["share_all_high"] = _share((every == district) | np.isin(every, _OPEN))
    for name, codes in runs.items():
        unsure = np.isin(codes, _OPEN_KINDS) | np.isin(own, _OPEN_KINDS)
        columns["kept" if name == "draws" else f"kept_{name}"] = _decided(codes == own, unsure)
    columns["other"] = np.where(share_other > 0, names[other], None)
    columns["share_other"] = share_other
    return marked(pd.DataFrame(columns, index=ready.markets), ready, rules)


def _share(flags: npt.NDArray[np.bool_]) -> Floats:
    return flags.mean(axis=0) if len(flags) else np.full(flags.shape[1], np.nan)


def _decided(flags: npt.NDArray[np.bool_], unsure: npt.NDArray[np.bool_]) -> Floats:
    """Share of runs, missing where any of them is open: that is no run against it."""
    return np.where(unsure.any(axis=0), np.nan, _share(flags))


def _runs(given: Codes, drawn: Codes, changed: list[tuple[str, float, DistrictRules]]) -> pd.DataFrame:
    district = VERDICTS.index(DISTRICT)
    mean = np.full(len(given), np.nan)
    if drawn.shape[1]:
        found = (drawn == district).sum(axis=2).mean(axis=1)
        mean = np.where(np.isin(drawn, _OPEN).any(axis=(1, 2)), np.nan, found)
    sure = ~np.isin(given[:, 0], _OPEN_KINDS) & ~np.isin(given[0, 0], _OPEN_KINDS)
    same = ((given[:, 0] == given[0, 0]) & sure).sum(axis=1)
    known = sure.sum(axis=1)
    return pd.DataFrame(
        {
            "setting": [name for name, _, _ in changed],
            "value": [value for _, value, _ in changed],
            "districts": (given[:, 0] == district).sum(axis=1),
            "districts_draws": mean,
            "undecidable": np.isin(given[:, 0], _OPEN).sum(axis=1),
            "same": np.divide(same, known, out=np.full(len(given), np.nan), where=known > 0),
        }
    )
