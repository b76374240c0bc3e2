"""How often the tests of patterns err: on patterns with nothing in them, and on planted ones.

Run with ``python benchmarks/pattern_errors.py [number]``; prints the table of ``docs/patterns.md``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.patterns import PatternRules, k_density, m_density, m_function

SIDE = 10_000.0
NUMBER, PLANTS = 400, 40
RULES = PatternRules(simulations=199, steps=50)


def towns(rng: np.random.Generator, number: int) -> np.ndarray:
    """Places in towns of many sizes and between them: what all industry does."""
    centres = rng.uniform(0, SIDE, (8, 2))
    share = rng.dirichlet(np.full(8, 0.7))
    chosen = rng.choice(8, number, p=share)
    places = centres[chosen] + rng.normal(0, 500, (number, 2))
    away = rng.random(number) < 0.3
    places[away] = rng.uniform(0, SIDE, (away.sum(), 2))
    return places


def table(places: np.ndarray, sector: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    found = pd.DataFrame(places, columns=["x", "y"])
    return found.assign(sector=sector, employment=np.ceil(rng.lognormal(1, 1, len(found))))


def nothing(rng: np.random.Generator) -> pd.DataFrame:
    """Sectors dealt at random over towns."""
    return table(towns(rng, NUMBER), rng.permutation(np.repeat(["15", "25"], [PLANTS, NUMBER - PLANTS])), rng)


def planted(rng: np.random.Generator) -> pd.DataFrame:
    """Half of the sector within 600 m, the others anywhere."""
    places = towns(rng, NUMBER)
    sector = np.repeat(["15", "25"], [PLANTS, NUMBER - PLANTS])
    places[: PLANTS // 2] = rng.uniform(2000, 8000, 2) + rng.normal(0, 600, (PLANTS // 2, 2))
    return table(places, sector, rng)


def apart(rng: np.random.Generator) -> pd.DataFrame:
    """Plants of the sector keep as far from each other as the places allow."""
    places = towns(rng, NUMBER)
    chosen = [int(rng.integers(NUMBER))]
    for _ in range(PLANTS - 1):
        away = np.min([np.hypot(*(places - places[k]).T) for k in chosen], axis=0)
        chosen.append(int(away.argmax()))
    sector = np.full(NUMBER, "25")
    sector[chosen] = "15"
    return table(places, sector, rng)


FUNCTIONS: dict[str, tuple[Callable[..., object], dict[str, object]]] = {
    "K-density": (k_density, {}),
    "K-density, weighted": (k_density, {"weighted": True}),
    "K-density, between sectors": (k_density, {"neighbours": "25"}),
    "M": (m_function, {}),
    "M, weighted": (m_function, {"weighted": True}),
    "M, between sectors": (m_function, {"neighbours": "25"}),
    "m": (m_density, {}),
}


def rows(number: int) -> Iterator[str]:
    for name, (function, options) in FUNCTIONS.items():
        for title, made in (("nothing", nothing), ("half within 600 m", planted), ("far apart", apart)):
            found = []
            for seed in range(number):
                rng = np.random.default_rng([seed, 1])
                found.append(function(made(rng), "15", **options, rules=RULES, rng=seed))
            share = [np.mean([f.verdict == v for f in found]) for v in ("localised", "dispersed")]
            p = [np.mean([getattr(f, a) <= 0.05 for f in found]) for a in ("p", "p_largest")]
            yield f"| {name} | {title} | " + " | ".join(f"{v:.3f}" for v in (*share, *p)) + " |"


if __name__ == "__main__":
    warnings.simplefilter("ignore", GeoterritorioWarning)
    print(
        "| function | pattern | localised | dispersed | p ≤ .05 (DCLF) | p ≤ .05 (MAD) |\n|---|---|---|---|---|---|"
    )
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(row, flush=True)
