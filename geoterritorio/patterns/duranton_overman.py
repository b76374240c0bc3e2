"""K-density: how often are plants of a sector this far apart? (Duranton and Overman)"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.patterns._few import SectorError, enough, weighing
from geoterritorio.patterns._jit import say_first
from geoterritorio.patterns._pairs import kernel_of
from geoterritorio.patterns.grounds import Chosen, CostTable, Ground, Rastered, Straight
from geoterritorio.patterns.rules import (
    DistanceFunction,
    PatternRules,
    Random,
    distances,
    simulations,
    sound,
    told,
)
from geoterritorio.patterns.sites import Null, Sites, say_coincident, sites
from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]

# Bins of a bandwidth. A pair that is u bandwidths from a distance adds phi(u) there; shared between the two bins
# around it, no more than |u^2 - 1| phi(u) / (8 _BINS^2) too much or too little. As |u^2 - 1| phi(u) is nowhere above
# 0.84 phi(u) + 0.32 (phi(u - 1.65) + phi(u + 1.65)), all pairs together are wrong by less than 1.5 / (8 _BINS^2) of the
# largest density: 0.00005, however few they are. What is left to 0.0001 is for peaks between the distances looked at.
_BINS = 64
# A kernel is nothing beyond so many bandwidths.
_REACH = 5.0
# Nodes of a bandwidth in the mode by fast Fourier transform.
_CELLS = 4
# Pairs up to which the kernels of all are summed, without bins.
_SUMMED = 200_000
# Beside all pairs at one distance, less than this is what rounding leaves where there are no pairs.
_ROUNDING = 1e-12
# Numbers of a kernel, distances by bins, that memory may hold.
_CELLS_HELD = 20_000_000
# Places of a bandwidth among which the peak of a density is looked for.
_AROUND = 10
_BLOCK = 20_000


def k_density(
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
    Density of the distances between plants of a sector, beside what chance gives.

    Parameters
    ----------
    points
        All plants, of all sectors: `x` and `y` in metres, `sector` and, if weighted, `employment`. They are the
        places at which chance may put the plants of the sector.
    sector
        Sector whose plants are looked from.
    neighbours
        Sector whose plants are looked at; None looks within the sector.
    costs
        Distances, minutes or costs between plants instead of straight lines: `origin`, `destination` (labels of
        `points`) and `cost`. Pairs that are not listed are farther than all that are.
    weighted
        Whether a pair counts with the product of the jobs of its plants.
    rules
        Distances, bandwidth, chance and bands; None takes the defaults.
    rng
        Generator of the placements, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    density
        Density by distance (per metre) with bands, indices of localisation and dispersion, tests and verdict. Bands
        are NaN, and nothing is tested, at distances that no two of all plants are apart, of a table of costs at those
        beyond its largest.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, the sector is unknown, has fewer than two plants or no weight,
        all its plants are at one point, or the null does not fit.

    Notes
    -----
    Over all pairs of plants, with weights :math:`e` (1 unless weighted),

    .. math:: K(d) = \frac{\sum_{i<j} e_i e_j \left[\phi\left(\frac{d - d_{ij}}{h}\right)
       + \phi\left(\frac{d + d_{ij}}{h}\right)\right]}{h \sum_{i<j} e_i e_j}

    the second term reflecting at 0 what would fall on negative distances; it integrates to 1 over all distances.
    The bandwidth is Silverman's, :math:`h = 0.9 \min(s, IQR / 1.34) n^{-1/5}`, over the :math:`n` unweighted distances
    up to twice the largest looked at; simulations take the same. Up to 200 000 pairs are summed one by one where
    nothing is tested; else each distance is shared between the two nearest of steps of a sixty-fourth of the bandwidth.
    The density then deviates by less than :math:`1.5 / (8 \cdot 64^2)`, or 0.00005, of its peak, of however few pairs.
    In the mode "fft" each plant is shared among 4 x 4 nodes of a quarter of the bandwidth: the density of a single pair
    deviates by less than 0.002 of its peak, any by less than 0.01. `deviation` is the largest difference from the sum
    over pairs at the distances looked at (of many plants on a sample of them), relative to the peak over all distances.

    The places chance may choose are those of all `points`, so what all industry does (towns, rivers, zoning) is no
    localisation of the sector.

    References
    ----------
    .. [1] Duranton, G., Overman, H. G. (2005). Testing for localization using micro-geographic data. Review of
       Economic Studies 72, 1077-1106.
    .. [2] Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> town, country = rng.normal(5000, 300, (40, 2)), rng.uniform(0, 10000, (160, 2))
    >>> points = pd.DataFrame(np.vstack([town, country]), columns=["x", "y"])
    >>> points["sector"] = ["15"] * 40 + ["25"] * 160
    >>> found = k_density(points, "15", rng=1)
    >>> found.verdict, round(found.p, 3)
    ('localised', 0.001)
    """
    rules = rules or PatternRules()
    sound(rules)
    plants = sites(points, weighted=weighted, placed=costs is None)
    observed = chosen_of(plants, sector, neighbours, weighted=weighted)
    enough(observed, rules, sector, neighbours, least=2 if observed.second is None else 1)
    _refuse(observed, rules, sector, neighbours)
    ground: Ground = ground_of(plants, costs, sector)
    rules = with_others(plants, observed, reaching(ground, rules))
    farthest = float(rules.farthest or 0)
    width = rules.bandwidth or bandwidth(ground, observed, 2 * farthest, sector)
    say_end(ground, rules, width)
    rules = replace(rules, bandwidth=width)
    fine(farthest, width / _BINS, int(rules.steps))
    at = distances(farthest, rules)
    kernel = _kernel(at.to_numpy(np.float64), width)
    if rules.mode == "fft" and isinstance(ground, Straight):
        ground = Rastered(ground, cell=width / _CELLS)

    def density(chosen: Chosen) -> Floats:
        found = ground.histogram(chosen, width=width / _BINS, bins=kernel.shape[1])
        # By Fourier transform rounding, and shares below 0, leave a little of either sign where there are no pairs.
        result: Floats = kernel @ found / chosen.mass()
        return np.where(result * width > _ROUNDING, result, 0.0)

    def draw(generator: np.random.Generator) -> Floats:
        return density(placed(plants, observed, rules.null, generator))

    say_first(progress, *_kernels(ground, observed))
    value = pd.Series(density(observed), index=at)
    simulated = simulations(draw, int(rules.simulations), rng, progress)
    # Farther than any two plants are there is nothing to be told, whatever the tails of the kernels say.
    simulated[:, at.to_numpy()[: simulated.shape[1]] > ground.reach()] = np.nan
    value, deviation = _beside_exact(value, ground, observed, width, tested=bool(len(simulated)))
    return told(
        value,
        simulated,
        rules,
        sector=sector,
        neighbours=neighbours or sector,
        plants=len(observed.first),
        bandwidth=width,
        deviation=deviation,
    )


def _kernels(ground: Ground, observed: Chosen) -> list[Callable[..., Floats]]:
    """Compiled kernels that distances are counted by: of straight lines, pair by pair."""
    if not isinstance(ground, Straight):
        return []
    weighted, across = observed.first_weight is not None, observed.second is not None
    return [kernel_of(weighted=weighted, across=across)]


def ground_of(plants: Sites, costs: pd.DataFrame | None, sector: str | None) -> Straight | CostTable:
    """What distances are, with a warning where many plants share a point."""
    if costs is not None:
        return CostTable(costs, plants.labels, both_ways=True)
    say_coincident(plants, sector)
    return Straight(plants)


def chosen_of(plants: Sites, sector: str, neighbours: str | None, *, weighted: bool) -> Chosen:
    """Plants of the sectors where they are."""
    places = [np.flatnonzero(plants.code == plants.number(s)) for s in (sector, neighbours) if s is not None]
    weights = [plants.weight[p] if weighted else None for p in places]
    if neighbours is None or neighbours == sector:
        return Chosen(places[0], None, weights[0], None)
    return Chosen(places[0], places[1], *weights)


def placed(plants: Sites, observed: Chosen, null: Null, rng: np.random.Generator) -> Chosen:
    """Plants of the sectors where chance puts them."""
    n = len(observed.first)
    if observed.second is None:
        drawn = (
            rng.permutation(len(plants))[:n] if observed.first_weight is not None else _some(plants, n, rng)
        )
        return _reweighted(plants, replace(observed, first=drawn), null)
    if null == "independence":
        free = np.setdiff1d(np.arange(len(plants)), observed.first, assume_unique=True)
        return replace(observed, second=rng.permutation(free)[: len(observed.second)])
    drawn = rng.permutation(len(plants))[: n + len(observed.second)]
    return _reweighted(plants, replace(observed, first=drawn[:n], second=drawn[n:]), null)


def _some(plants: Sites, n: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    # In the order of the places, which are near each other in memory.
    return np.sort(rng.choice(len(plants), n, replace=False, shuffle=False))


def _reweighted(plants: Sites, chosen: Chosen, null: Null) -> Chosen:
    """Weights of the places where only the sectors are dealt anew."""
    if null != "labelling" or chosen.first_weight is None:
        return chosen
    second = None if chosen.second is None else plants.weight[chosen.second]
    return replace(chosen, first_weight=plants.weight[chosen.first], second_weight=second)


def say_end(ground: Ground, rules: PatternRules, width: Metres | None = None) -> None:
    """
    Warn where a table of costs ends within the distances looked at.

    Parameters
    ----------
    ground
        What distances are.
    rules
        With the largest distance filled in, and the bandwidth as it was given.
    width
        Bandwidth of a density: it rests on what its kernel reaches, and its bandwidth, unless given, on distances up to
        twice the largest.
    """
    if not isinstance(ground, CostTable):
        return
    farthest = needed = float(rules.farthest or 0)
    if width is not None:
        needed = max(farthest + _REACH * width, 0.0 if rules.bandwidth else 2 * farthest)
    ground.say_end(needed, farthest)


def reaching(ground: Ground, rules: PatternRules) -> PatternRules:
    """Rules with the largest distance filled in; a warning where no two plants are that far apart."""
    farthest = rules.farthest or ground.median()
    most = ground.reach()
    if not farthest > 0:
        raise LayerError(_no_distance(most))
    complete = not isinstance(ground, CostTable) or not ground.missing()
    if farthest > most and complete:
        found = message(
            "farthest: no two establishments are known to be more than {most} apart, and {farthest} is looked at.",
            most=float(f"{most:.4g}"),
            farthest=float(f"{farthest:.4g}"),
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=3)
    return replace(rules, farthest=farthest)


def _no_distance(most: float) -> Message:
    """Why the median of the distances is none to look at."""
    if most > 0:
        return message(
            "farthest: most establishments are at one point, so the median distance is 0. Give a distance above 0."
        )
    return message("All establishments are at one point: there are no distances between them.")


def with_others(plants: Sites, observed: Chosen, rules: PatternRules) -> PatternRules:
    """Rules without simulations, and a warning, where chance has nothing else to choose from."""
    looked = len(observed.first) + (0 if observed.second is None else len(observed.second))
    alike = observed.first_weight is None or bool(np.ptp(plants.weight) == 0)
    fixed = rules.null == "labelling" or alike
    if not rules.simulations or looked < len(plants) or observed.second is not None or not fixed:
        return rules
    found = message(
        "All {count} establishments are of the sector: chance can only give what is there, and nothing is tested. Give "
        "the establishments of other sectors too.",
        count=len(plants),
    )
    warnings.warn(GeoterritorioWarning(found), stacklevel=3)
    return replace(rules, simulations=0)


def fine(farthest: float, step: float, distances_: int) -> None:
    """Refusal of a bandwidth so small beside the distances that memory would not hold the bins."""
    if (farthest / step + 1) * (distances_ + 1) > _CELLS_HELD:
        raise LayerError(
            message(
                "bandwidth: {step} is too small for distances up to {farthest}: they would need {count} bins. Look at "
                "shorter distances, or give a larger bandwidth.",
                step=float(f"{step:.3g}"),
                farthest=float(f"{farthest:.4g}"),
                count=round(farthest / step),
            )
        )


def _refuse(observed: Chosen, rules: PatternRules, sector: str, neighbours: str | None) -> None:
    if rules.null == "independence" and observed.second is None:
        raise LayerError(
            message("null: independence is that of two sectors. Name neighbours, or choose another.")
        )
    if observed.mass() > 0:
        return
    some = weighing(observed.first_weight, len(observed.first))
    if some and observed.second is not None:
        raise LayerError(_weightless(str(neighbours)))
    if some:
        raise SectorError(
            message(
                "sector “{sector}”: only one of its establishments has jobs to weigh with, and a pair needs two. Count "
                "establishments in place of jobs.",
                sector=sector,
            )
        )
    raise SectorError(_weightless(sector))


def _weightless(sector: str) -> Message:
    return message("sector “{sector}”: its establishments have no jobs to weigh with.", sector=sector)


def bandwidth(ground: Ground, observed: Chosen, most: float, sector: str) -> Metres:
    """
    Bandwidth by Silverman's rule over the distances up to `most`.

    Raises
    ------
    LayerError
        All distances are alike, as where all plants are at one point.
    """
    away, _ = ground.between(observed)
    near = away[away <= most]
    middle = np.subtract(*np.quantile(near, [0.75, 0.25])) / 1.34 if len(near) else 0.0
    spread = near.std(ddof=1) if len(near) > 1 else 0.0
    if not spread > 0:
        raise SectorError(
            message(
                "sector “{sector}”: all distances between its establishments are alike ({count} pairs), so their "
                "density has no bandwidth. Give one, or look at other establishments.",
                sector=sector,
                count=len(near),
            )
        )
    number = ground.share(observed, len(away)) * len(near)
    return float(0.9 * (min(spread, middle) or spread) * number**-0.2)


def _kernel(at: Floats, width: float) -> Floats:
    """Density at each distance that a pair at each of fine steps adds, reflected at 0."""
    step = width / _BINS
    away: Floats = np.arange(np.ceil((at[-1] + _REACH * width) / step) + 1) * step
    return _bells(at, away, width)


def _bells(at: Floats, away: Floats, width: float) -> Floats:
    near, mirrored = (at[:, None] - away) / width, (at[:, None] + away) / width
    found: Floats = (np.exp(-0.5 * near**2) + np.exp(-0.5 * mirrored**2)) / (np.sqrt(2 * np.pi) * width)
    return found


def _beside_exact(
    value: pd.Series, ground: Ground, observed: Chosen, width: float, *, tested: bool
) -> tuple[pd.Series, float]:
    """
    The value and its deviation from the sum over all pairs; on a sample of the plants where they are many.

    Where nothing is tested the sum itself takes the place of the value. Beside simulations it must not: what is found
    in another way differs from them by that alone.
    """
    at = value.index.to_numpy(np.float64)
    if observed.pairs() > _SUMMED:
        return value, _deviation(at, ground, observed, width)
    pairs = ground.between(observed)
    exact = _summed(at, *pairs, width)
    if tested:
        binned = value.to_numpy() * observed.mass()
        return value, _relative(binned, exact, pairs, width)
    return pd.Series(exact / observed.mass(), index=value.index), 0.0


def _relative(binned: Floats, exact: Floats, pairs: tuple[Floats, Floats], width: float) -> float:
    """Largest difference relative to the peak over all distances; 0 where there are no pairs."""
    peak = max(float(exact.max()), _peak(*pairs, width))
    return float(np.abs(binned - exact).max() / peak) if peak > 0 else 0.0


def _peak(away: Floats, product: Floats, width: float) -> float:
    """Largest density over all distances: around the pair with most others within a bandwidth."""
    if not len(away):
        return 0.0
    order = np.argsort(away)
    near, sums = away[order], np.concatenate([[0.0], product[order].cumsum()])
    first, last = near.searchsorted(near - width), near.searchsorted(near + width, side="right")
    middle = near[int(np.argmax(sums[last] - sums[first]))]
    around = np.maximum(middle + np.linspace(-1, 1, 2 * _AROUND + 1) * width, 0)
    return float(_summed(around, away, product, width).max())


def _summed(at: Floats, away: Floats, product: Floats, width: float) -> Floats:
    found = np.zeros(len(at))
    for start in range(0, len(away), _BLOCK):
        part = slice(start, start + _BLOCK)
        found += _bells(at, away[part], width) @ product[part]
    return found


def _deviation(at: Floats, ground: Ground, observed: Chosen, width: float) -> float:
    number = int(np.sqrt(2 * _SUMMED))
    drawn = np.random.default_rng(1).permutation(len(observed.first))[:number]
    weight = None if observed.first_weight is None else observed.first_weight[drawn]
    part = Chosen(observed.first[drawn], None, weight, None)
    kernel = _kernel(at, width)
    binned = kernel @ ground.histogram(part, width=width / _BINS, bins=kernel.shape[1])
    pairs = ground.between(part)
    return _relative(binned, _summed(at, *pairs, width), pairs, width)
