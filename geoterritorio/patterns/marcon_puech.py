"""M and m: are plants nearer to their own sector than to all activity? (Marcon and Puech)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.patterns._few import enough
from geoterritorio.patterns._jit import say_first
from geoterritorio.patterns._near import Near, from_costs, gathered, kernels_of, near
from geoterritorio.patterns.duranton_overman import (
    bandwidth,
    chosen_of,
    fine,
    ground_of,
    reaching,
    say_end,
    with_others,
)
from geoterritorio.patterns.grounds import CostTable, Straight
from geoterritorio.patterns.rules import DistanceFunction, PatternRules, Random, distances, sound, told
from geoterritorio.patterns.sites import Sites, placed_anew, sites
from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Neighbours, and sums of rows by distance, held at a time.
_NEAR, _CELLS = 40_000_000, 20_000_000
# Simulations between two words on how far the work is.
_BATCH = 10
# Bins of a bandwidth, and bandwidths beyond which a kernel is nothing.
_BINS, _REACH = 25, 5.0


@dataclass(frozen=True)
class _Question:
    """Who looks for whom, at which distances; `kernel` turns sums by distance into densities."""

    sectors: Codes
    target: int | None
    edges: Floats
    kernel: Floats | None = None

    @property
    def size(self) -> int:
        """Number of distances of the answer."""
        return len(self.edges) if self.kernel is None else len(self.kernel)

    def around(self, found: Near, value: Floats, chosen: Codes | None = None) -> Floats:
        """Values around rows, within each distance or at about it; rows by distances."""
        rows = np.arange(len(found.rows)) if chosen is None else chosen
        sums = gathered(found, rows, value, len(self.edges))
        result: Floats = sums.cumsum(axis=1) if self.kernel is None else sums @ self.kernel.T
        return result


def m_function(
    points: pd.DataFrame,
    sector: str,
    neighbours: str | None = None,
    *,
    costs: pd.DataFrame | None = None,
    weighted: bool = False,
    rules: PatternRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> DistanceFunction:
    r"""
    Location quotient of a sector around its own plants, by distance, beside what chance gives.

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    sector
        Sector whose plants are looked from.
    neighbours
        Sector whose plants are looked at; None looks within the sector.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    weighted
        Whether a plant counts with its jobs.
    rules
        Distances, chance and bands; None takes the defaults.
    rng
        Generator of the placements, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    function
        M by distance with bands, tests and verdict; NaN where no plant of the sector has a neighbour, and at distances
        that no two of all plants are apart, of a table of costs at those beyond its largest.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, the sector is unknown or has fewer than two plants, or the null
        does not fit.

    Notes
    -----
    .. math:: M(r) = \frac{\sum_i W^T_i(r) / W_i(r)}{\sum_i (W^T - w_i 1\{i \in T\}) / (W - w_i)}

    over the plants :math:`i` of the sector that have a neighbour within :math:`r`; :math:`W_i(r)` is the weight of all
    plants within :math:`r` of it, without itself, :math:`W^T_i(r)` that of the sector looked at. 1 means that around
    the plants the sector has its share in all activity, 2 twice as much. It needs neither window nor edge
    correction, since it compares with the activity that is there.

    References
    ----------
    .. [1] Marcon, E., Puech, F. (2010). Measures of the geographic concentration of industries: improving
       distance-based methods. Journal of Economic Geography 10, 745-762.
    .. [2] Marcon, E., Puech, F. (2017). A typology of distance-based measures of spatial concentration. Regional
       Science and Urban Economics 62, 56-67.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> town, country = rng.normal(5000, 300, (40, 2)), rng.uniform(0, 10000, (160, 2))
    >>> points = pd.DataFrame(np.vstack([town, country]), columns=["x", "y"])
    >>> points["sector"] = ["15"] * 40 + ["25"] * 160
    >>> found = m_function(points, "15", rules=PatternRules(farthest=2000, steps=2, simulations=99), rng=1)
    >>> found.table["value"].round(2).tolist(), found.verdict
    ([nan, 4.39, 3.24], 'localised')
    """
    plants = sites(points, weighted=weighted, placed=costs is None)
    rules = rules or PatternRules()
    ground, target, rules = _checked(plants, [sector], neighbours, costs, rules)
    say_end(ground, rules)
    at = distances(float(rules.farthest or 0), rules).to_numpy()
    question = _Question(np.array([plants.number(sector)]), target, at)
    return _answered(plants, question, rules, ground, rng, progress)[0]


def m_functions(
    points: pd.DataFrame,
    sectors: Sequence[str],
    *,
    costs: pd.DataFrame | None = None,
    weighted: bool = False,
    rules: PatternRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> list[DistanceFunction]:
    """
    M of several sectors, each within itself, whose plants are placed together and neighbours are found once.

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    sectors
        Sectors looked at.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    weighted
        Whether a plant counts with its jobs.
    rules
        Distances, chance and bands; None takes the defaults.
    rng
        Generator of the placements, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    functions
        As `m_function` gives them, in the order of the sectors.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, a sector is unknown or has fewer than two plants, or the null is
        that of two sectors.

    References
    ----------
    .. [1] Marcon, E., Puech, F. (2010). Measures of the geographic concentration of industries: improving
       distance-based methods. Journal of Economic Geography 10, 745-762.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> points = pd.DataFrame(np.random.default_rng(1).uniform(0, 1000, (60, 2)), columns=["x", "y"])
    >>> points["sector"] = ["15", "25", "62"] * 20
    >>> [f.verdict for f in m_functions(points, ["15", "62"], rules=PatternRules(simulations=99), rng=1)]
    ['neither', 'neither']
    """
    plants = sites(points, weighted=weighted, placed=costs is None)
    rules = rules or PatternRules()
    ground, _, rules = _checked(plants, sectors, None, costs, rules)
    say_end(ground, rules)
    at = distances(float(rules.farthest or 0), rules).to_numpy()
    question = _Question(np.array([plants.number(s) for s in sectors]), None, at)
    return _answered(plants, question, rules, ground, rng, progress)


def m_density(
    points: pd.DataFrame,
    sector: str,
    neighbours: str | None = None,
    *,
    costs: pd.DataFrame | None = None,
    weighted: bool = False,
    rules: PatternRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> DistanceFunction:
    r"""
    Location quotient of a sector at each distance from its own plants, beside what chance gives.

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    sector
        Sector whose plants are looked from.
    neighbours
        Sector whose plants are looked at; None looks within the sector.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    weighted
        Whether a plant counts with its jobs.
    rules
        Distances, bandwidth, chance and bands; None takes the defaults.
    rng
        Generator of the placements, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    function
        m by distance with bands, tests and verdict; NaN at distances that no two of all plants are apart, of a table
        of costs at those beyond its largest.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, the sector is unknown or has fewer than two plants, all its
        distances are alike, or the null does not fit.

    Notes
    -----
    As M (`m_function`), with the weight of the neighbours at about the distance :math:`r`, by a Gaussian kernel, in
    place of that within it. The bandwidth is Silverman's over the distances between the plants looked from and
    looked at; nothing is reflected at 0, for the ratio is that of two densities with the same loss. Each distance is
    divided between the two nearest of steps of a twenty-fifth of the bandwidth.

    References
    ----------
    .. [1] Lang, G., Marcon, E., Puech, F. (2020). Distance-based measures of spatial concentration: introducing a
       relative density function. Annals of Regional Science 64, 243-265.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> town, country = rng.normal(5000, 300, (40, 2)), rng.uniform(0, 10000, (160, 2))
    >>> points = pd.DataFrame(np.vstack([town, country]), columns=["x", "y"])
    >>> points["sector"] = ["15"] * 40 + ["25"] * 160
    >>> found = m_density(points, "15", rules=PatternRules(farthest=2000, steps=2, simulations=99), rng=1)
    >>> found.verdict
    'localised'
    """
    plants = sites(points, weighted=weighted, placed=costs is None)
    rules = rules or PatternRules()
    ground, target, rules = _checked(plants, [sector], neighbours, costs, rules)
    farthest = float(rules.farthest or 0)
    observed = chosen_of(plants, sector, neighbours, weighted=weighted)
    width = rules.bandwidth or bandwidth(ground, observed, 2 * farthest, sector)
    say_end(ground, rules, width)
    rules = replace(rules, bandwidth=width)
    fine(farthest, width / _BINS, int(rules.steps))
    edges, kernel = _fine(distances(farthest, rules).to_numpy(), width)
    question = _Question(np.array([plants.number(sector)]), target, edges, kernel)
    return _answered(plants, question, rules, ground, rng, progress)[0]


def _checked(
    plants: Sites,
    sectors: Sequence[str],
    neighbours: str | None,
    costs: pd.DataFrame | None,
    rules: PatternRules,
) -> tuple[Straight | CostTable, int | None, PatternRules]:
    """
    What distances are, the number of the sector looked at, and the rules with the distance filled in.

    The sector looked at is None where each looks at its own.
    """
    sound(rules)
    across = neighbours is not None and [neighbours] != list(sectors)
    if rules.null == "independence" and not across:
        raise LayerError(
            message("null: independence is that of two sectors. Name neighbours, or choose another.")
        )
    for sector in sectors:
        looked = chosen_of(plants, sector, neighbours, weighted=True)
        enough(looked, rules, sector, neighbours, least=1 if across else 2)
    _refuse_weightless(plants, [*sectors, *([str(neighbours)] if across else [])])
    ground = ground_of(plants, costs, sectors[0] if len(sectors) == 1 else None)
    rules = reaching(ground, rules)
    if len(sectors) == 1 and not across:
        rules = with_others(plants, chosen_of(plants, sectors[0], None, weighted=False), rules)
    return ground, plants.number(str(neighbours)) if across else None, rules


def _refuse_weightless(plants: Sites, sectors: Sequence[str]) -> None:
    by_sector = np.bincount(plants.code, plants.weight, minlength=len(plants.sectors))
    problems = [
        message("sector “{sector}”: its establishments have no jobs to weigh with.", sector=sector)
        for sector in sectors
        if not by_sector[plants.number(sector)] > 0
    ]
    if problems:
        raise LayerError(problems)


def _fine(at: Floats, width: Metres) -> tuple[Floats, Floats]:
    """Fine distances, and what a neighbour at each adds to the density at those looked at."""
    step = width / _BINS
    edges = np.arange(int(np.ceil((at[-1] + _REACH * width) / step)) + 1).astype(np.float64) * step
    kernel: Floats = np.exp(-0.5 * ((at[:, None] - edges) / width) ** 2)
    return edges, kernel


def _answered(
    plants: Sites,
    question: _Question,
    rules: PatternRules,
    ground: Straight | CostTable,
    rng: Random,
    progress: Progress,
) -> list[DistanceFunction]:
    at = distances(float(rules.farthest or 0), rules)
    straight, smooth = isinstance(ground, Straight), question.kernel is not None
    say_first(progress, *kernels_of(straight=straight, smooth=smooth))
    observed, simulated = _functions(plants, question, rules, ground, rng, progress)
    # No two plants are so far apart: M is its value at the end and 1, m a ratio of tails of the kernels.
    beyond = at.to_numpy() > ground.reach()
    observed[:, beyond], simulated[..., beyond] = np.nan, np.nan
    found = []
    for k, sector in enumerate(question.sectors):
        target = sector if question.target is None else question.target
        found.append(
            told(
                pd.Series(observed[k], index=at),
                simulated[:, k],
                rules,
                sector=str(plants.sectors[sector]),
                neighbours=str(plants.sectors[target]),
                plants=int((plants.code == sector).sum()),
                bandwidth=np.nan if question.kernel is None else float(rules.bandwidth or np.nan),
                deviation=0.0 if question.kernel is None else 1 / (8 * _BINS**2),
            )
        )
    return found


def _functions(
    plants: Sites,
    question: _Question,
    rules: PatternRules,
    ground: Straight | CostTable,
    rng: Random,
    progress: Progress,
) -> tuple[Floats, Floats]:
    """Functions of the sectors that look, sectors by distances, as they are and by chance."""
    number = int(rules.simulations)
    seeds = np.random.default_rng(rng).integers(0, 2**63, number)
    fixed = int(question.sectors[0]) if rules.null == "independence" else None
    moving = bool((plants.weight != plants.weight[0]).any()) and rules.null != "labelling"
    total: Floats = np.zeros((number + 1, 2, len(question.sectors), question.size))
    done = 0
    with ThreadPoolExecutor(cpu_count()) as threads:
        for found in _blocks(plants, question, ground):
            everyone = None if moving and number else question.around(found, plants.weight)
            total[0] += _parts(found, plants.code, plants.weight, question, everyone)

            def one(seed: int, found: Near = found, everyone: Floats | None = everyone) -> Floats:
                placed = placed_anew(plants, rules.null, np.random.default_rng(seed), fixed=fixed)
                return _parts(found, *placed, question, everyone)

            for start in range(0, number, _BATCH):
                batch = seeds[start : start + _BATCH]
                total[start + 1 : start + 1 + len(batch)] += list(threads.map(one, batch))
                share = (done + len(found.rows) * (start + len(batch)) / number) / len(plants)
                progress(share, mark("Placing establishments by chance"))
            done += len(found.rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = total[:, 0] / np.where(total[:, 1] > 0, total[:, 1], np.nan)
    first = ratio[0].astype(np.float64)
    return first, ratio[1:]


def _parts(
    found: Near, code: Codes, weight: Floats, question: _Question, everyone: Floats | None = None
) -> Floats:
    """Sums of local shares, and of the shares they are compared with, over the plants of each sector."""
    result = np.zeros((2, len(question.sectors), question.size))
    for k, sector in enumerate(question.sectors):
        target = sector if question.target is None else question.target
        chosen = np.flatnonzero(code[found.rows] == sector)
        value = np.where(code == target, weight, 0.0)
        own = question.around(found, value, chosen)
        near_all = question.around(found, weight, chosen) if everyone is None else everyone[chosen]
        some = near_all > 0
        result[0, k] = np.where(some, own / np.where(some, near_all, 1), 0).sum(axis=0)
        whole = _whole(value, weight, found.rows[chosen])
        result[1, k] = np.where(some, whole[:, None], 0).sum(axis=0)
    return result


def _whole(value: Floats, weight: Floats, rows: Codes) -> Floats:
    """Share of the sector looked at in all plants but the one that looks."""
    rest = weight.sum() - weight[rows]
    found: Floats = (value.sum() - value[rows]) / np.where(rest > 0, rest, np.nan)
    return found


def _blocks(plants: Sites, question: _Question, ground: Straight | CostTable) -> Iterator[Near]:
    """Neighbours of all plants, as many at a time as memory holds."""
    edges = question.edges
    if isinstance(ground, CostTable):
        pairs = (ground.origin, ground.destination, ground.cost)
        yield from_costs(pairs, len(plants), edges, smooth=question.kernel is not None)
        return
    size = max(1, min(_NEAR // max(len(plants), 1), _CELLS // len(edges)))
    for start in range(0, len(plants), size):
        rows = np.arange(start, min(start + size, len(plants)))
        yield near(ground.x, ground.y, rows, edges, smooth=question.kernel is not None)


def contributions(
    points: pd.DataFrame,
    sector: str,
    neighbours: str | None = None,
    *,
    distance: Metres,
    costs: pd.DataFrame | None = None,
    weighted: bool = False,
) -> pd.Series:
    r"""
    What each plant of a sector contributes to M: the location quotient around it.

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    sector
        Sector whose plants are looked from.
    neighbours
        Sector whose plants are looked at; None looks within the sector.
    distance
        Distance within which neighbours count, in metres or the unit of the costs.
    costs
        Distances, minutes or costs between plants instead of straight lines.
    weighted
        Whether a plant counts with its jobs.

    Returns
    -------
    quotients
        One per plant of the sector, by its label: the share of the neighbours' sector within the distance over that in
        all activity; NaN where nothing is within the distance.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, or the sector is unknown or has no weight.

    Notes
    -----
    .. math:: m_i(r) = \frac{W^T_i(r) / W_i(r)}{(W^T - w_i 1\{i \in T\}) / (W - w_i)}

    M is their mean, weighted by the denominators. Mapped, it shows where the sector is concentrated; of a
    single plant it rests on few neighbours and is no test.

    References
    ----------
    .. [1] Marcon, E., Puech, F. (2017). A typology of distance-based measures of spatial concentration. Regional
       Science and Urban Economics 62, 56-67.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"x": [0.0, 1, 2, 50, 51], "y": 0.0, "sector": ["a", "a", "b", "a", "b"]})
    >>> contributions(points, "a", distance=5).round(2)
    0    1.0
    1    1.0
    3    0.0
    Name: quotient, dtype: float64
    """
    if not 0 < distance < np.inf:
        raise LayerError(message("{name}: {value} is no length above 0.", name="distance", value=distance))
    plants = sites(points, weighted=weighted, placed=costs is None)
    number, target = plants.number(sector), plants.number(neighbours or sector)
    _refuse_weightless(plants, [neighbours or sector])
    ground = CostTable(costs, plants.labels, both_ways=True) if costs is not None else Straight(plants)
    question = _Question(np.array([number]), None if neighbours is None else target, np.array([distance]))
    found = pd.Series(np.nan, index=plants.labels[plants.code == number], name="quotient")
    value = np.where(plants.code == target, plants.weight, 0.0)
    where = np.cumsum(plants.code == number) - 1
    for block in _blocks(plants, question, ground):
        chosen = np.flatnonzero(plants.code[block.rows] == number)
        own, everyone = (question.around(block, v, chosen)[:, 0] for v in (value, plants.weight))
        rows = block.rows[chosen]
        with np.errstate(invalid="ignore", divide="ignore"):
            found.iloc[where[rows]] = own / everyone / _whole(value, plants.weight, rows)
    return found
