"""How often the tests of K and its kin err: on plants anywhere in a window, and on sectors dealt at random over towns.

Run with ``python -P benchmarks/ripley_errors.py [number]``, since a module beside it would hide coverage; prints a
table.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.patterns import WindowRules, k_function

PLANTS, OTHERS = 40, 160
# A bay, a hole and an island.
COAST = shapely.union(
    shapely.Polygon(
        [(0, 0), (1000, 0), (1000, 600), (600, 600), (500, 300), (400, 900), (0, 1000)],
        [[(100, 100), (300, 100), (300, 300), (100, 250)]],
    ),
    shapely.box(1100, 100, 1400, 700),
)


def inside(places: np.ndarray, number: int) -> np.ndarray:
    return places[shapely.contains_xy(COAST, *places.T)][:number]


def anywhere(rng: np.random.Generator) -> pd.DataFrame:
    places = inside(rng.uniform((0, 0), (1400, 1000), (1000, 2)), PLANTS)
    return pd.DataFrame(places, columns=["x", "y"]).assign(sector="15")


def towns(rng: np.random.Generator) -> pd.DataFrame:
    centres = inside(rng.uniform((0, 0), (1400, 1000), (200, 2)), 6)
    places = centres[rng.choice(6, 3000)] + rng.normal(0, 60, (3000, 2))
    table = pd.DataFrame(inside(places, PLANTS + OTHERS), columns=["x", "y"])
    return table.assign(sector=rng.permutation(np.repeat(["15", "25"], [PLANTS, OTHERS])))


CASES = {
    "L, isotropic, anywhere": (anywhere, "l", "isotropic", "position"),
    "L, translation, anywhere": (anywhere, "l", "translation", "position"),
    "L, border, anywhere": (anywhere, "l", "border", "position"),
    "g, isotropic, anywhere": (anywhere, "pcf", "isotropic", "position"),
    "L, isotropic, towns against their places": (towns, "l", "isotropic", "location"),
    "D, isotropic, towns against their places": (towns, "d", "isotropic", "location"),
    "L, isotropic, towns against anywhere": (towns, "l", "isotropic", "position"),
}


def rows(number: int) -> Iterator[str]:
    for name, (made, form, correction, null) in CASES.items():
        rules = WindowRules(farthest=200, steps=20, simulations=199, correction=correction, null=null)
        found = [
            k_function(
                made(np.random.default_rng([seed, 1])), "15", window=COAST, form=form, rules=rules, rng=seed
            )
            for seed in range(number)
        ]
        share = [np.mean([f.verdict == v for f in found]) for v in ("localised", "dispersed")]
        p = [np.mean([getattr(f, a) <= 0.05 for f in found]) for a in ("p", "p_largest")]
        yield f"| {name} | " + " | ".join(f"{v:.3f}" for v in (*share, *p)) + " |"


if __name__ == "__main__":
    warnings.simplefilter("ignore", GeoterritorioWarning)
    print("| function | localised | dispersed | p ≤ .05 (DCLF) | p ≤ .05 (MAD) |\n|---|---|---|---|---|")
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(row, flush=True)
