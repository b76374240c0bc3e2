"""How a pattern is looked at: distances, bandwidth, what chance is, and what is said when."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from os import cpu_count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.patterns._bounds import problems_of, wrong_share
from geoterritorio.patterns.envelopes import (
    Band,
    Convention,
    Scaling,
    Test,
    envelope,
    goodness_of_fit,
    localisation,
    used,
)
from geoterritorio.patterns.sites import Null
from geoterritorio.patterns.window import WindowRules
from geoterritorio.registry import Count, Level, Metres, Progress

Floats = npt.NDArray[np.float64]
Random = int | np.random.Generator | None
Mode = Literal["exact", "fft"]
Verdict = Literal["localised", "dispersed", "neither", "untested"]

# Simulations between two words on how far the work is.
_BATCH = 20


@dataclass(frozen=True)
class PatternRules:
    """
    How a function of distance is found and compared with chance.

    Parameters
    ----------
    farthest
        Largest distance in metres (or in the unit of a table of costs); by default the median of the distances between
        all plants (Duranton & Overman 2005).
    steps
        Number of equal steps up to it.
    bandwidth
        Bandwidth of densities, in metres; by default by Silverman's rule for the distances up to twice the largest.
    simulations
        How often the plants are placed anew; 0 leaves bands and tests out.
    level
        Level of the bands, such as 0.95.
    convention
        What the error is spent on. "both_sides": above and below together, half on each side of the local band;
        "each_side": the whole error on each side (Duranton & Overman), so that 5 % of what chance gives leaves
        a band of 0.95 upwards, and another 5 % downwards.
    band
        How the global band is found: "rank" holds its level exactly; "dropping" is what dbmss does.
    scaling
        What the tests over all distances (DCLF and MAD) divide the difference from the mean by at each distance:
        "studentised", its standard deviation; "quantile", how far the 2.5 % and 97.5 % quantiles are from the mean,
        each on its side; "none", nothing, so that distances at which the function varies most decide.
    test_from
        Smallest distance that these tests look at, in metres or the unit of the costs (`rinterval` of spatstat); by
        default all count that the function is found at. Choose it before you see the function.
    test_to
        Largest distance that these tests look at, in metres or the unit of the costs.
    null
        What chance is. "location": plants with sectors and sizes exchange places; "labelling": places keep their sizes
        and sectors are dealt anew; "independence": of two sectors the first stays, all other plants exchange
        places.
    mode
        "exact" looks at every pair; "fft" shares plants among nodes a quarter of the bandwidth apart, for very large
        sectors.
    minimum_plants
        Fewer plants than this are looked at with a warning.
    """

    farthest: Metres | None = None
    steps: Count = 100
    bandwidth: Metres | None = None
    simulations: Count = 1000
    level: Level = 0.95
    convention: Convention = "each_side"
    band: Band = "rank"
    scaling: Scaling = "studentised"
    test_from: Metres | None = None
    test_to: Metres | None = None
    null: Null = "location"
    mode: Mode = "exact"
    minimum_plants: Count = 10


@dataclass(frozen=True)
class DistanceFunction:
    """
    A function of distance beside what chance gives.

    Parameters
    ----------
    table
        By distance: `value`, `mean` of the simulations, local band `low` and `high`, global band `global_low` and
        `global_high`, `gamma` above the global band and `psi` below it.
    sector
        Sector whose plants are looked from.
    neighbours
        Sector whose plants are looked at; the same within a sector.
    plants
        Number of plants of the sector.
    verdict
        "localised" where the function is above its global band somewhere, "dispersed" where it is below it somewhere
        and nowhere above, else "neither"; "untested" without simulations, or where no distance has both a value and a
        band.
    p
        Probability of a function at least as far from the mean of chance, all distances tested together: the squared
        differences (DCLF), scaled as the rules say. NaN where no distance has a value in 95 % of the simulations.
    p_largest
        The same by the largest scaled difference (MAD).
    bandwidth
        Bandwidth of a density, in metres or in the unit of the costs; NaN where there is none.
    deviation
        How far the value may be from the sum over all pairs by binning, relative to its peak.
    simulated
        Functions of the simulations, simulations by distances.
    rules
        How it was found, with what was chosen filled in.
    """

    table: pd.DataFrame
    sector: str
    neighbours: str
    plants: int
    verdict: Verdict
    p: float
    p_largest: float
    bandwidth: float
    deviation: float
    rules: PatternRules | WindowRules
    simulated: Floats = field(repr=False, default_factory=lambda: np.empty((0, 0)))


def sound(rules: Any) -> None:
    """
    Refusal of rules that say nothing, or nothing that exists.

    Parameters
    ----------
    rules
        Any rules of this room with distances, bands and chance.

    Raises
    ------
    LayerError
        With every number out of its bounds, every word that is no choice, and the choices.

    Warns
    -----
    GeoterritorioWarning
        If the simulations are too few for any pattern to leave the band.
    """
    problems = [
        message("{name}: {value} is no length above 0.", name=name, value=getattr(rules, name))
        for name in ("farthest", "bandwidth")
        if getattr(rules, name) is not None and not 0 < getattr(rules, name) < np.inf
    ]
    start, end = interval(rules)
    if not 0 <= start < end:
        problems.append(
            message(
                "test_from, test_to: {start} to {end} is no interval of distances. The first is 0 or more, the second "
                "larger.",
                start=start,
                end=end,
            )
        )
    problems += problems_of(rules, positive=("steps",))
    if rules.level == 0:
        problems += wrong_share("level", rules.level, least=np.nextafter(0, 1))
    if problems:
        raise LayerError(problems)
    _say_few_simulations(rules)


def _say_few_simulations(rules: Any) -> None:
    error = (1 - rules.level) / (2 if rules.convention == "both_sides" else 1)
    needed = int(np.ceil(1 / error - 1e-9)) - 1
    if 0 < rules.simulations < needed:
        found = message(
            "simulations: with {count} no pattern is told from chance at the level of {level}. Take {number} or more.",
            count=rules.simulations,
            level=rules.level,
            number=needed,
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=4)


def simulations(
    draw: Callable[[np.random.Generator], Floats], number: int, rng: Random, progress: Progress
) -> Floats:
    """
    Functions of patterns placed by chance.

    Parameters
    ----------
    draw
        Gives the function of one placement; may be called from several threads.
    number
        How many.
    rng
        Generator, or its seed; the result does not depend on the number of threads.
    progress
        Called after each batch; may raise to cancel.

    Returns
    -------
    simulated
        Simulations by distances.
    """
    if not number:
        return np.empty((0, 0))
    children = iter(np.random.default_rng(rng).spawn(number))
    found: list[Floats] = []
    with ThreadPoolExecutor(cpu_count()) as threads:
        while batch := list(islice(children, _BATCH)):
            found += threads.map(draw, batch)
            progress(len(found) / number, mark("Placing establishments by chance"))
    return np.array(found)


def told(
    value: pd.Series,
    simulated: Floats,
    rules: PatternRules | WindowRules,
    *,
    sector: str,
    neighbours: str,
    plants: int,
    bandwidth: float = np.nan,
    deviation: float = 0.0,
) -> DistanceFunction:
    """A function with its bands, tests and verdict."""
    band = envelope(value, simulated, level=rules.level, convention=rules.convention, band=rules.band)
    indices = localisation(band)
    _say_untested(value, simulated, rules, sector, indices)
    return DistanceFunction(
        band.join(indices),
        sector,
        neighbours,
        plants,
        _verdict(indices),
        _fits(value, simulated, rules, "dclf"),
        _fits(value, simulated, rules, "mad"),
        bandwidth,
        deviation,
        rules,
        simulated,
    )


def _say_untested(
    value: pd.Series, simulated: Floats, rules: PatternRules | WindowRules, sector: str, indices: pd.DataFrame
) -> None:
    """Warn where there are simulations, and yet no band or no p."""
    if not len(simulated):
        return
    start, end = interval(rules)
    farthest = float(value.index[-1])
    if indices["gamma"].isna().all():
        found = message(
            "sector “{sector}”: up to {farthest} no distance has both a value and a band, so nothing is tested. Look "
            "at larger distances.",
            sector=sector,
            farthest=float(f"{farthest:.4g}"),
        )
    elif not used(value, simulated, start=start, end=end).any():
        found = message(
            "sector “{sector}”: from {start} to {end} no distance has a value in 95 % of the simulations, so the tests "
            "over all distances give no p. Look at larger distances.",
            sector=sector,
            start=float(f"{start:.4g}"),
            end=float(f"{min(end, farthest):.4g}"),
        )
    else:
        return
    warnings.warn(GeoterritorioWarning(found), stacklevel=4)


def _fits(value: pd.Series, simulated: Floats, rules: PatternRules | WindowRules, test: Test) -> float:
    start, end = interval(rules)
    return goodness_of_fit(value, simulated, test=test, scaling=rules.scaling, start=start, end=end)


def interval(rules: PatternRules | WindowRules) -> tuple[float, float]:
    """Smallest and largest distance that the tests look at."""
    return rules.test_from or 0.0, np.inf if rules.test_to is None else rules.test_to


def _verdict(indices: pd.DataFrame) -> Verdict:
    if indices["gamma"].isna().all():
        return "untested"
    if (indices["gamma"] > 0).any():
        return "localised"
    return "dispersed" if (indices["psi"] > 0).any() else "neither"


def distances(farthest: float, rules: PatternRules | WindowRules) -> pd.Index:
    """
    Distances at which a function is found.

    Parameters
    ----------
    farthest
        The largest.
    rules
        Number of steps, and the interval that is tested.

    Returns
    -------
    distances
        From 0 on, in equal steps.

    Raises
    ------
    LayerError
        None of them above 0 is in the interval that is tested.
    """
    at = pd.Index(np.linspace(0, farthest, int(rules.steps) + 1), name="distance")
    start, end = interval(rules)
    if not ((at > 0) & (at >= start) & (at <= end)).any():
        raise LayerError(
            message(
                "test_from, test_to: the function is found at no distance from {start} to {end}, but every {step} up "
                "to {farthest}. Widen the interval, or take more steps or a larger farthest.",
                start=float(f"{start:.4g}"),
                end=float(f"{min(end, farthest):.4g}"),
                step=float(f"{farthest / int(rules.steps):.4g}"),
                farthest=float(f"{farthest:.4g}"),
            )
        )
    return at
