"""Colocation quotients: whose nearest neighbours are of which sector? (Leslie and Kronenfeld)"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.i18n import mark
from geoterritorio.patterns._bounds import refuse
from geoterritorio.patterns._few import say_few
from geoterritorio.patterns._nearest import Kernel, nearest, nearest_by_cost
from geoterritorio.patterns._shuffles import Tails, lags, say_few_draws
from geoterritorio.patterns.envelopes import adjusted
from geoterritorio.patterns.grounds import CostTable
from geoterritorio.patterns.sites import Sites, say_coincident, sites
from geoterritorio.registry import Count, Level, Progress, no_progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Random = int | np.random.Generator | None
Chance = Literal["conditional", "labelling"]

MORE, LESS = mark("more than chance gives"), mark("less than chance gives")
UNTOLD, SMALL = mark("not told from chance"), "small"
_BATCH = 20
_TIE = 1e-9


@dataclass(frozen=True)
class ColocationRules:
    """
    Which neighbours are looked at, and what chance is.

    Parameters
    ----------
    nearest
        Number of nearest neighbours of each establishment that are looked at.
    kernel
        "even": they count alike; "gaussian": less the farther away, with the distance of the last one as bandwidth
        (Cromley, Hanink & Bentley 2014), so that it adapts to how dense establishments lie.
    null
        Between two sectors: "conditional" leaves the establishments that look where they are and deals the sectors of
        all others anew; "labelling" deals all sectors anew. Within a sector all are dealt anew in any case.
    simulations
        How often sectors are dealt anew; 0 leaves tests out.
    level
        Level from which on quotients are told from chance, by the adjusted p.
    minimum_plants
        Sectors with fewer plants than this are listed without a test, or looked at with a warning where they are named.
    """

    nearest: Count = 1
    kernel: Kernel = "even"
    null: Chance = "conditional"
    simulations: Count = 999
    level: Level = 0.95
    minimum_plants: Count = 10


# A single establishment's nearest neighbour is no sample; ten, the nearest of them most, are a small one.
LOCAL = ColocationRules(nearest=10, kernel="gaussian")


@dataclass(frozen=True)
class Colocation:
    """
    Colocation quotients of pairs of sectors.

    Parameters
    ----------
    pairs
        One row per pair (`sector`, `neighbours`): `establishments` that look, `found` (how many of their nearest
        neighbours are of the other sector, ties in parts), `quotient`, `expected` by chance, `p`, `q` (Benjamini &
        Hochberg over the pairs of this table) and `verdict`: "more than chance gives", "less than chance gives" or "not
        told from chance", whatever side of 1 the quotient is on: read it beside `expected`; "small", without p and q,
        where a sector that is not named has too few plants.
    rules
        How they were found.
    """

    pairs: pd.DataFrame
    rules: ColocationRules

    @property
    def square(self) -> pd.DataFrame:
        """Quotients, sectors that look by sectors looked at."""
        return self.pairs["quotient"].unstack("neighbours")  # noqa: PD010 - each pair is there once


def colocation_quotient(
    points: pd.DataFrame,
    sector: str | None = None,
    neighbours: str | None = None,
    *,
    costs: pd.DataFrame | None = None,
    rules: ColocationRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> Colocation:
    r"""
    Colocation quotients: how many times more often than by chance is a nearest neighbour of a sector?

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, and `sector`.
    sector
        Sector whose plants look; None takes each.
    neighbours
        Sector that is looked for; None takes each.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    rules
        Neighbours and chance; None takes the defaults.
    rng
        Generator of the draws, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    colocation
        One row per pair of sectors, with its test. NaN where a sector of one plant looks for itself, or where no plant
        of the sector has neighbours.

    Raises
    ------
    LayerError
        Columns or coordinates are missing, a sector is unknown, there are fewer plants than neighbours looked at, or
        a rule is no choice or out of its bounds.

    Notes
    -----
    .. math:: CLQ_{A \to B} = \frac{C_{A \to B} / N_A}{N'_B / (N - 1)}

    :math:`C_{A \to B}` is the number of nearest neighbours of the plants of A that are of B; with k of them each counts
    1/k, and neighbours at the same distance share the places they tie for. :math:`N'_B` is the number of plants of B
    that a plant of A can meet: one less if A = B. The mean of a row, weighted by :math:`N'_B / (N - 1)`, is 1. A may be
    near B without B being near A.

    The first paper deals all sectors anew over all plants ("labelling"), under which 1 is expected of each pair. Where
    the plants of A crowd together, few of their neighbours can be of another sector, and every quotient from A falls
    below 1. The default between two sectors is therefore the restricted labelling of the second: it leaves A where
    it is and deals anew among the others:

    .. math:: E[CLQ_{A \to B}] = (1 - C_{A \to A} / N_A) \frac{N - 1}{N - N_A}

    so it asks whether the neighbours that are not of A are more often of B than B's share of them. p is two-sided:
    twice the smaller tail, the pattern itself counted among the simulated.

    References
    ----------
    .. [1] Leslie, T. F., Kronenfeld, B. J. (2011). The colocation quotient: a new measure of spatial association
       between categorical subsets of points. Geographical Analysis 43, 306-326.
    .. [2] Kronenfeld, B. J., Leslie, T. F. (2015). Restricted random labeling: testing for between-group interaction
       after controlling for joint population and within-group spatial structure. Journal of Geographical Systems
       17, 1-28.

    Examples
    --------
    >>> import pandas as pd
    >>> street = pd.DataFrame({"x": [0.0, 2, 3, 10, 11], "y": 0.0, "sector": list("abbab")})
    >>> colocation_quotient(street, rules=ColocationRules(simulations=0)).square.round(3)
    neighbours      a      b
    sector
    a           0.000  1.333
    b           0.667  1.333
    """
    rules = rules or ColocationRules()
    refuse(rules)
    plants, looks = _looks(points, costs, rules)
    rules = _with_others(plants, rules)
    rows, columns = (
        np.arange(len(plants.sectors)) if name is None else np.array([plants.number(name)])
        for name in (sector, neighbours)
    )
    _say_few(plants, (sector, neighbours), rules)
    crowd = _crowd(plants, looks)
    tails = _dealt(crowd, (rows, columns), rules, np.random.default_rng(rng), progress)
    few = crowd.numbers() < rules.minimum_plants
    small = [few[c] & (name is None) for c, name in ((rows, sector), (columns, neighbours))]
    return Colocation(_told(crowd, tails, (rows, columns), rules, np.logical_or.outer(*small).ravel()), rules)


def local_colocation_quotient(
    points: pd.DataFrame,
    sector: str,
    neighbours: str,
    *,
    costs: pd.DataFrame | None = None,
    rules: ColocationRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    r"""
    Colocation quotient of each plant: how many times more often than by chance are those around it of a sector?

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, and `sector`.
    sector
        Sector whose plants look.
    neighbours
        Sector that is looked for; may be the same.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    rules
        Neighbours and chance (its `null` is not asked, see the notes); None takes the ten nearest, by the Gaussian
        kernel.
    rng
        Generator of the draws, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    quotients
        One row per plant of the sector, by its label: `quotient`, `p`, `q` (Benjamini & Hochberg over these plants) and
        `verdict`: "more than chance gives", "less than chance gives" or "not told from chance". NaN for plants without
        neighbours.

    Raises
    ------
    LayerError
        Columns or coordinates are missing, a sector is unknown, there are fewer plants than neighbours looked at, or
        a rule is no choice or out of its bounds.

    Notes
    -----
    .. math:: LCLQ_{A_i \to B} = \frac{\sum_{j \ne i} w_{ij} 1\{j \in B\} / \sum_{j \ne i} w_{ij}}{N'_B / (N - 1)},
       \qquad w_{ij} = \exp\left(-\frac{d_{ij}^2}{2 d_{i(k)}^2}\right)

    over the :math:`k` nearest neighbours; the bandwidth :math:`d_{i(k)}` is the distance of the last of them. Chance
    leaves the plant itself its sector and deals those of all others anew (Wang et al. 2017), so 1 is expected. With
    even weights the mean over the plants of A is the colocation quotient of the pair. A low quotient of a rare
    sector can hardly be told from chance: most plants have none of it among their neighbours anyway.

    References
    ----------
    .. [1] Cromley, R. G., Hanink, D. M., Bentley, G. C. (2014). Geographically weighted colocation quotients:
       specification and application. Professional Geographer 66, 138-148.
    .. [2] Wang, F., Hu, Y., Wang, S., Li, X. (2017). Local indicator of colocation quotient with a statistical
       significance test: examining spatial association of crime and facilities. Professional Geographer 69, 22-31.

    Examples
    --------
    >>> import pandas as pd
    >>> street = pd.DataFrame({"x": [0.0, 2, 3, 10, 11], "y": 0.0, "sector": list("abbab")})
    >>> rules = ColocationRules(nearest=2, kernel="even", simulations=0)
    >>> local_colocation_quotient(street, "b", "a", rules=rules)["quotient"].tolist()
    [1.0, 1.0, 1.0]
    """
    rules = rules or LOCAL
    refuse(rules)
    plants, looks = _looks(points, costs, rules)
    rules = _with_others(plants, rules)
    _say_few(plants, (sector, neighbours), rules)
    a, b = plants.number(sector), plants.number(neighbours)
    own = np.flatnonzero(plants.code == a)
    rows, value = looks[own], (plants.code == b).astype(np.float64)
    tails = lags(
        rows,
        own,
        value,
        simulations=int(rules.simulations),
        rng=np.random.default_rng(rng),
        progress=progress,
    )
    found = pd.DataFrame(index=plants.labels[own])
    alone = np.diff(rows.indptr) == 0
    others = value.sum() - (a == b)
    share = others / (len(plants) - 1) if others else np.nan
    found["quotient"] = np.where(alone, np.nan, tails.observed / share)
    found["p"] = tails.p() if rules.simulations else np.nan
    return _with_verdict(found.assign(p=found["p"].where(found["quotient"].notna())), 1.0, rules)


@dataclass(frozen=True)
class _Crowd:
    """Who looks at whom, entry by entry: places, and the share of the look."""

    code: Codes
    sectors: pd.Index
    row: Codes
    column: Codes
    weight: Floats
    looking: npt.NDArray[np.bool_]

    def table(self, code: Codes) -> tuple[Floats, Floats]:
        """Looks between sectors, if these were the sectors of the places, and how many places of each look."""
        size = len(self.sectors)
        pairs = np.bincount(code[self.row] * size + code[self.column], self.weight, minlength=size**2)
        table = pairs.reshape(size, size).astype(np.float64)
        return table, np.bincount(code[self.looking], minlength=size).astype(np.float64)

    def numbers(self) -> Floats:
        """Plants of each sector."""
        return np.bincount(self.code, minlength=len(self.sectors)).astype(np.float64)

    def shares(self) -> Floats:
        """Share of each sector among those that a plant of each sector can meet."""
        met = np.broadcast_to(self.numbers(), (len(self.sectors),) * 2) - np.eye(len(self.sectors))
        shares: Floats = met / max(len(self.code) - 1, 1)
        return shares


def _looks(points: pd.DataFrame, costs: pd.DataFrame | None, rules: ColocationRules) -> tuple[Sites, Any]:
    """Plants, and the matrix of their looks."""
    plants = sites(points, placed=costs is None)
    if costs is None:
        say_coincident(plants)
        return plants, nearest(plants.x, plants.y, int(rules.nearest), kernel=rules.kernel)
    table = CostTable(costs, plants.labels, both_ways=True)
    pairs = (table.origin.astype(np.int64), table.destination.astype(np.int64), table.cost)
    looks = nearest_by_cost(pairs, len(plants), int(rules.nearest), kernel=rules.kernel)
    alone = int((np.diff(looks.indptr) == 0).sum())
    if alone:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "costs: {count} of {number} establishments have no listed way to another. They look at nobody and "
                    "are left out of those that look.",
                    count=alone,
                    number=len(plants),
                )
            ),
            stacklevel=3,
        )
    return plants, looks


def _with_others(plants: Sites, rules: ColocationRules) -> ColocationRules:
    """Rules without simulations, and a warning, where there are no sectors to deal."""
    if len(plants.sectors) > 1 or not rules.simulations:
        return rules
    found = message(
        "All {count} establishments are of the sector: chance can only give what is there, and nothing is tested. Give "
        "the establishments of other sectors too.",
        count=len(plants),
    )
    warnings.warn(GeoterritorioWarning(found), stacklevel=3)
    return replace(rules, simulations=0)


def _say_few(plants: Sites, names: Sequence[str | None], rules: ColocationRules) -> None:
    """Warn of named sectors with few plants, where something is tested."""
    for name in dict.fromkeys(n for n in names if n is not None and rules.simulations):
        number = int((plants.code == plants.number(name)).sum())
        say_few(number, number, rules, name)


def _crowd(plants: Sites, looks: Any) -> _Crowd:
    entries = looks.tocoo()
    return _Crowd(
        plants.code,
        plants.sectors,
        entries.row.astype(np.int64),
        entries.col.astype(np.int64),
        entries.data,
        np.diff(looks.indptr) > 0,
    )


def _quotients(pairs: Floats, looking: Floats, shares: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = pairs / looking[:, None] / np.where(shares > 0, shares, np.nan)
    return found


def _dealt(
    crowd: _Crowd,
    chosen: tuple[Codes, Codes],
    rules: ColocationRules,
    random: np.random.Generator,
    progress: Progress,
) -> Tails:
    """Observed quotients of the chosen pairs beside simulated ones."""
    cells, shares = np.ix_(*chosen), crowd.shares()
    pairs, looking = crowd.table(crowd.code)
    tails = Tails(_quotients(pairs, looking, shares)[cells], _TIE)
    conditional = rules.null == "conditional"
    met = _met(crowd, chosen[0]) if conditional else {}
    # Within a sector, and by labelling, all plants are dealt anew.
    anew = not conditional or len(np.intersect1d(*chosen)) > 0
    number = int(rules.simulations)
    for k in range(number):
        code = random.permutation(crowd.code)
        dealt, looks = crowd.table(code) if anew else (pairs.copy(), looking)
        quotients = _quotients(dealt, looks, shares)
        for a, (many, weight) in met.items():
            others = np.bincount(code[code != a][:many], weight, minlength=len(crowd.sectors)) / looking[a]
            others[a] = quotients[a, a] * shares[a, a]
            with np.errstate(divide="ignore", invalid="ignore"):
                quotients[a] = others / np.where(shares[a] > 0, shares[a], np.nan)
        tails.add(quotients[cells])
        if (k + 1) % _BATCH == 0 or k + 1 == number:
            progress((k + 1) / number, mark("Dealing sectors by chance"))
    return tails


def _met(crowd: _Crowd, rows: Codes) -> dict[int, tuple[int, Floats]]:
    """Of each sector that looks and is seen by its own: how many plants of others it looks at, and how much at each."""
    found = {}
    for a in rows[crowd.table(crowd.code)[1][rows] > 0]:
        away = (crowd.code[crowd.row] == a) & (crowd.code[crowd.column] != a)
        seen, at = np.unique(crowd.column[away], return_inverse=True)
        weight = np.bincount(at, crowd.weight[away], minlength=len(seen)).astype(np.float64)
        found[int(a)] = len(seen), weight
    return found


def _told(
    crowd: _Crowd,
    tails: Tails,
    chosen: tuple[Codes, Codes],
    rules: ColocationRules,
    small: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Rows of the chosen pairs; those of small sectors are not tested."""
    pairs, looking = crowd.table(crowd.code)
    cells = np.ix_(*chosen)
    names = [crowd.sectors[c] for c in chosen]
    table = pd.DataFrame(index=pd.MultiIndex.from_product(names, names=["sector", "neighbours"]))
    table["establishments"] = np.repeat(looking[chosen[0]], len(chosen[1])).astype(np.int64)
    table["found"] = pairs[cells].ravel()
    table["quotient"] = tails.observed.ravel()
    expected = _expected(crowd, pairs, looking, rules)[cells].ravel()
    table["expected"] = np.where(table["quotient"].isna(), np.nan, expected)
    table["p"] = np.where(small, np.nan, tails.p().ravel()) if rules.simulations else np.nan
    table = _with_verdict(table, table["expected"], rules)
    untested = small & table["quotient"].notna() & (rules.simulations > 0)
    return table.assign(verdict=table["verdict"].mask(untested, SMALL))


def _expected(crowd: _Crowd, pairs: Floats, looking: Floats, rules: ColocationRules) -> Floats:
    """Mean of the quotients that chance gives."""
    size = len(crowd.sectors)
    found = np.ones((size, size))
    if rules.null == "labelling":
        return found
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (1 - np.diag(pairs) / looking) * (len(crowd.code) - 1) / (len(crowd.code) - crowd.numbers())
    return np.where(np.eye(size) > 0, found, away[:, None])


def _with_verdict(table: pd.DataFrame, expected: pd.Series | float, rules: ColocationRules) -> pd.DataFrame:
    """Table with q beside p, and what is told from chance."""
    say_few_draws(table["p"], int(rules.simulations), rules.level)
    q = adjusted(table["p"])
    side = np.where(table["quotient"] > expected, MORE, LESS)
    verdict = pd.Series(np.where(q <= 1 - rules.level, side, UNTOLD), table.index, dtype=object)
    return table.assign(q=q, verdict=verdict.where(q.notna(), None))
