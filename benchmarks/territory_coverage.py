"""How often do the intervals of disparities and of convergence hold the true figure? Prints Markdown.

Run with ``python benchmarks/territory_coverage.py [repetitions]``. Values per head are log-normal, with a stated
deviation of the logarithm; weights are equal, or log-normal too. Growth falls with the logarithm of the initial
level by a known slope and varies as stated.
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
import pandas as pd

from geoterritorio.concentration import beta_convergence, disparities

TERRITORIES = (10, 20, 40, 100)
MEASURES = ["gini", "pietra", "theil_t", "theil_l", "atkinson", "williamson"]
# Deviation of the logarithm of the values and of the weights, and their correlation.
INCOMES = {
    "values 0.2": (0.2, 0.0, 0.0),
    "values 0.4": (0.4, 0.0, 0.0),
    "values 0.8": (0.8, 0.0, 0.0),
    "values 0.4, weights 1": (0.4, 1.0, 0.0),
    "the same, correlated 0.3": (0.4, 1.0, 0.3),
}
LEVELS = {
    "log-normal": lambda rng, n: rng.normal(0, 1, n),
    "a few far from the rest": lambda rng, n: rng.exponential(1, n),
}
NOISE = {
    "evenly": lambda rng, gap: rng.normal(0, 1, len(gap)),
    "less evenly far from the middle": lambda rng, gap: rng.normal(0, 1, len(gap)) * np.exp(np.abs(gap) / 2),
    "with outliers": lambda rng, gap: rng.standard_t(3, len(gap)),
}
SLOPE = -0.02


def incomes(rng: np.random.Generator, n: int, kind: str) -> tuple[pd.Series, pd.Series]:
    """Values and weights of territories."""
    spread, uneven, link = INCOMES[kind]
    z, other = rng.normal(size=(2, n))
    return pd.Series(np.exp(spread * z)), pd.Series(
        np.exp(uneven * (link * z + np.sqrt(1 - link**2) * other))
    )


def of_disparities(n: int, kind: str, repetitions: int) -> pd.Series:
    """Share of the intervals of each measure that hold its figure among very many territories."""
    truth = disparities(*incomes(np.random.default_rng(99), 1_000_000, kind), replicates=0)["value"]
    rng, held = np.random.default_rng(7), 0.0
    for _ in range(repetitions):
        found = disparities(*incomes(rng, n, kind), replicates=399, rng=rng)
        held = held + found["low"].le(truth) * found["high"].ge(truth)
    return held[MEASURES] / repetitions


def of_beta(n: int, levels: str, noise: str, repetitions: int) -> tuple[float, float]:
    """Share of the intervals that hold the slope, with robust and with plain errors."""
    rng, held = np.random.default_rng(7), np.zeros(2)
    for _ in range(repetitions):
        gap = LEVELS[levels](rng, n)
        start = pd.Series(np.exp(3 + gap / 2))
        end = start * np.exp(SLOPE * np.log(start) + 0.01 * NOISE[noise](rng, gap))
        found = [beta_convergence(start, end, years=1, errors=e) for e in ("robust", "plain")]
        held += [f.low <= SLOPE <= f.high for f in found]
    robust, plain = held / repetitions
    return robust, plain


def main(repetitions: int) -> None:
    print("| log deviation of | territories | " + " | ".join(MEASURES) + " |\n" + "|---" * 8 + "|")
    for kind, n in product(INCOMES, TERRITORIES[1:]):
        shares = of_disparities(n, kind, repetitions)
        print(f"| {kind} | {n} | " + " | ".join(f"{s:.2f}" for s in shares) + " |", flush=True)
    print("\n| initial levels | growth varies | territories | robust | plain |\n|---|---|---|---|---|")
    for levels, noise, n in product(LEVELS, NOISE, TERRITORIES):
        shares = of_beta(n, levels, noise, 4 * repetitions)
        print(f"| {levels} | {noise} | {n} | " + " | ".join(f"{s:.2f}" for s in shares) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
