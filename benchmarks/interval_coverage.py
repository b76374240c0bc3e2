"""How often do the intervals of location quotients hold the true one? Prints Markdown.

Run with ``python benchmarks/interval_coverage.py [repetitions]``. Territories and sectors hold cells of known expected
numbers of establishments, among a rest of everything else; each repetition places them anew as independent
Poisson counts. Cells chosen for 5 effective establishments or more are a selection where few are expected.
Tables without any deviation from 1 tell how often something is claimed that is not there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.concentration import location_quotient_interval

EXPECTED = (0.1, 1.0, 3.0, 5.0, 20.0, 100.0)
# Below it a true quotient is 1.
TOUCH = 1e-9
# Deviation of the logarithm of the sizes of establishments.
SPREADS = (1.0, 1.5)
# Establishments expected in each cell of tables without deviation, or in the cells of each sector.
EVEN = (2, 4, 8, 16, 64, 256)
UNEVEN = ((64, 8, 8), (256, 16, 4))
HEAD = """| world | method | log sd | expected | coverage | true above | true below | ≥ 5 effective | cells |
|---|---|---|---|---|---|---|---|---|"""
ALARMS = """
| table | method | log sd | expected | coverage | true above | true below | ≥ 5 effective | with a high | with a low |
|---|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class World:
    """Expected establishments by cell, which cells are watched, and the log-mean size by sector."""

    plants: np.ndarray
    watched: np.ndarray
    size: np.ndarray

    def truth(self, mean: np.ndarray | float = 1.0) -> np.ndarray:
        jobs = self.plants * mean
        return jobs * jobs.sum() / (jobs.sum(axis=1, keepdims=True) * jobs.sum(axis=0))


def narrow(rng: np.random.Generator, expected: tuple[float, ...] = EXPECTED) -> World:
    """Many small cells; every territory and sector also has a rest 300 and 500 establishments strong."""
    plants = rng.choice(expected, (60, 40))
    plants = np.block(
        [[plants, np.full((60, 1), 300.0)], [np.full((1, 40), 500.0), np.full((1, 1), 60_000.0)]]
    )
    watched = np.ones(plants.shape, bool)
    watched[-1], watched[:, -1] = False, False
    return World(plants, watched, rng.normal(1, 0.4, 41))


def broad(rng: np.random.Generator) -> World:
    """Few territories and sectors: cells are a large part of both totals."""
    plants = rng.choice((5.0, 20.0, 100.0), (5, 5), p=(0.3, 0.4, 0.3))
    return World(plants, np.ones((5, 5), bool), rng.normal(1, 0.4, 5))


def skewed(rng: np.random.Generator) -> World:
    """Territories and sectors of unequal size, and every cell in proportion to both."""
    plants = np.outer(rng.lognormal(0, 1, 30), rng.lognormal(0, 1, 20))
    return World(plants * 20_000 / plants.sum(), np.ones(plants.shape, bool), np.full(20, 1.0))


def table(expected: np.ndarray) -> World:
    """Any expected establishments, and the same sizes everywhere."""
    return World(expected, np.ones(expected.shape, bool), np.full(expected.shape[1], 1.0))


def draw(world: World, spread: float, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Establishments, jobs and squared sizes of one repetition."""
    plants = rng.poisson(world.plants)
    cell = np.repeat(np.arange(plants.size), plants.ravel())
    sizes = np.exp(world.size[cell % plants.shape[1]] + spread * rng.standard_normal(len(cell)))
    jobs, squares = (np.bincount(cell, sizes**k, plants.size).reshape(plants.shape) for k in (1, 2))
    return {k: pd.DataFrame(v) for k, v in {"plants": plants * 1.0, "jobs": jobs, "squares": squares}.items()}


def coverage(
    world: World, method: str, spread: float, repetitions: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per watched cell and repetition: did the interval hold, on which side did it miss?"""
    jobs = method in {"compound", "jobs as trials"}
    mean = np.exp(world.size + spread**2 / 2) if jobs else 1.0
    truth = world.truth(mean)[world.watched]
    rows = []
    for number in range(repetitions):
        now = draw(world, spread, rng)
        if method == "compound":
            found = location_quotient_interval(now["jobs"], now["plants"], now["squares"])
        elif method == "jobs as trials":
            found = location_quotient_interval(now["jobs"].round(), method="mid_p")
        else:
            found = location_quotient_interval(now["plants"], method=method)
        low, high, seen = (
            t.to_numpy()[world.watched] for t in (found.low, found.high, found.effective_plants)
        )
        words = found.certainty.to_numpy()[world.watched]
        parts = {
            "expected": world.plants[world.watched],
            "seen": seen,
            "table": number,
            "false high": (words == "high") & (truth < 1 + TOUCH),
            "false low": (words == "low") & (truth > 1 - TOUCH),
            "above": high < truth,
            "below": low > truth,
        }
        rows.append(pd.DataFrame({**parts, "width": np.log(np.maximum(high, 1e-9) / np.maximum(low, 1e-9))}))
    return pd.concat(rows)


def summary(cells: pd.DataFrame) -> pd.DataFrame:
    """Coverage by expected establishments; `enough` where 5 effective ones or more were seen."""
    cells = cells.assign(held=~(cells["above"] | cells["below"]))
    by = cells.groupby("expected")
    enough = cells[cells["seen"] >= 5].groupby("expected")["held"].agg(["mean", "size"])
    return pd.DataFrame(
        {
            "held": by["held"].mean(),
            "true above": by["above"].mean(),
            "true below": by["below"].mean(),
            "enough": enough["mean"].where(enough["size"] >= 200),
            "cells": by.size(),
        }
    )


def false_claims(cells: pd.DataFrame) -> pd.Series:
    """Share of tables in which some cell is called high, low, or either, though it is not."""
    tables = cells.groupby("table")[["false high", "false low"]].any()
    return pd.Series({**tables.mean(), "either": tables.any(axis=1).mean()})


def without_deviation() -> dict[str, list[World]]:
    """Tables whose quotients are all 1 in truth."""
    shapes = {"20 × 3": (20, 3), "3 × 20": (3, 20), "100 × 20": (100, 20)}
    worlds = {name: [table(np.full(shape, float(k))) for k in EVEN] for name, shape in shapes.items()}
    worlds["20 × 3"] += [table(np.outer(np.ones(20), sectors)) for sectors in UNEVEN]
    worlds["3 × 20"] += [table(np.outer(territories, np.ones(20))) for territories in UNEVEN]
    worlds["30 × 20"] = [skewed(np.random.default_rng(99))]
    return worlds


def told(world: World) -> str:
    """Expected establishments of the cells, or of the kinds of cell."""
    kinds = sorted(set(world.plants.ravel()), reverse=True)
    return "/".join(f"{k:g}" for k in kinds) if len(kinds) <= len(UNEVEN[0]) else "mixed"


def alarm(name: str, world: World, method: str, spread: float, repetitions: int) -> str:
    """Row of the table of false claims."""
    cells = coverage(world, method, spread, repetitions, np.random.default_rng(7))
    row, claims = summary(cells.assign(expected=0)).loc[0], false_claims(cells)
    numbers = [row[c] for c in ("held", "true above", "true below", "enough")]
    numbers += [claims["false high"], claims["false low"]]
    return (
        f"| {name} | {method} | {spread} | {told(world)} | " + " | ".join(f"{v:.3f}" for v in numbers) + " |"
    )


def main(repetitions: int) -> None:
    cases = [(narrow, m, 0.0) for m in ("mid_p", "exact", "delta")] + [(broad, "mid_p", 0.0)]
    cases += [(w, "compound", s) for w in (narrow, broad) for s in SPREADS]
    cases += [(narrow, "jobs as trials", s) for s in SPREADS]
    print(HEAD)
    for number, (make, method, spread) in enumerate(cases):
        rng = np.random.default_rng(number)
        world = make(rng)
        often = repetitions * (60 if make is broad else 1)
        for expected, row in summary(coverage(world, method, spread, often, rng)).iterrows():
            numbers = " | ".join(f"{row[c]:.3f}" for c in ("held", "true above", "true below", "enough"))
            print(
                f"| {make.__name__} | {method} | {spread} | {expected:g} | {numbers} | {row['cells']:.0f} |"
            )
    print(ALARMS)
    for name, worlds in without_deviation().items():
        often = 2 * repetitions if name == "100 × 20" else 10 * repetitions
        for method, spread in (("mid_p", 0.0), *(("compound", s) for s in (0.5, *SPREADS))):
            for world in worlds:
                print(alarm(name, world, method, spread, often), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
