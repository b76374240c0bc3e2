"""How often do local statistics and colocation quotients find what is not there, and what is? Prints Markdown.

Run with ``python -m benchmarks.pattern_errors_local [simulations]``; seeded. Errors: the share of p up to 0.05 where
nothing is planted, and the share of patterns in which anything is told from chance by q. Power: the share of what is
planted that is told by q, and the share of what is told that was not planted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.patterns._nearest import nearest
from geoterritorio.patterns.colocations import ColocationRules, colocation_quotient, local_colocation_quotient
from geoterritorio.patterns.local import LocalRules, hotspots, local_moran, standardised_rates

SIDE, DRAWS = 18, 9999
Table = pd.DataFrame
Test = Callable[[pd.Series, pd.DataFrame, np.random.Generator], Table]


@dataclass
class Line:
    """Counts of one row of the table."""

    tests: int = 0
    low: int = 0
    patterns: int = 0
    any_told: int = 0
    planted: int = 0
    hit: int = 0
    told: int = 0

    def add(self, table: Table, planted: np.ndarray | None = None) -> None:
        known = table["p"].notna().to_numpy()
        told = (table["q"] <= 0.05).to_numpy()
        self.patterns += 1
        self.tests += int(known.sum())
        self.low += int((table["p"] <= 0.05).sum())
        self.any_told += bool(told.any())
        self.told += int(told.sum())
        if planted is not None:
            self.planted += int((known & planted).sum())
            self.hit += int((told & planted).sum())

    def text(self, name: str, what: str) -> str:
        share = f"{self.low / self.tests:.3f}"
        if self.planted:
            wrong = (self.told - self.hit) / max(self.told, 1)
            return f"| {name} | {what} | {share} | – | {self.hit / self.planted:.2f} | {wrong:.2f} |"
        return f"| {name} | {what} | {share} | {self.any_told / self.patterns:.3f} | – | – |"


def lattice() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Places of a lattice, and which touch by side or corner."""
    column, row = (v.ravel() for v in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    apart = np.maximum(np.abs(column[:, None] - column), np.abs(row[:, None] - row))
    one, other = np.nonzero(apart == 1)
    return pd.DataFrame({"x": column, "y": row}), pd.DataFrame({"territory": one, "neighbour": other})


def nearest_three(rng: np.random.Generator) -> pd.DataFrame:
    """Pairs of the three nearest neighbours of scattered places."""
    x, y = rng.uniform(0, 1, (2, SIDE**2))
    looks = nearest(x, y, 3).tocoo()
    return pd.DataFrame({"territory": looks.row, "neighbour": looks.col})


PERMUTED = LocalRules(simulations=DRAWS)
ANALYTIC = LocalRules(inference="analytic")
ANALYTIC_SUMS = LocalRules(inference="analytic", weighting="as_given")
# By permutation p is the same for Moran, G and G*: each asks what the sum over the neighbours is.
LOCAL: dict[str, Test] = {
    "local Moran, G and G*, permutation": lambda v, w, r: local_moran(v, w, rules=PERMUTED, rng=r).table,
    "local Moran and G, analytic": lambda v, w, _: local_moran(v, w, rules=ANALYTIC).table,
    "G*, analytic": lambda v, w, _: hotspots(v, w, rules=ANALYTIC_SUMS).table,
}


def values(kind: str, rng: np.random.Generator) -> pd.Series:
    """Values with nothing in them."""
    size = SIDE**2
    if kind == "normal":
        return pd.Series(rng.normal(size=size))
    if kind == "lognormal":
        return pd.Series(rng.lognormal(0, 1.2, size))
    # Events of a country whose large territories lie together, at the same rate everywhere.
    where = np.arange(size) % SIDE
    population = pd.Series(rng.lognormal(3 + 5 * (where > SIDE / 2), 0.5, size).round() + 1)
    events = pd.Series(rng.poisson(0.03 * population).astype(float))
    return standardised_rates(events, population) if kind == "standardised rates" else events / population


def local_lines(number: int) -> Iterator[str]:
    places, touching = lattice()
    corner = ((places["x"] < 5) & (places["y"] < 5)).to_numpy()
    for name, test in LOCAL.items():
        for kind in ("normal", "lognormal", "rates", "standardised rates"):
            line = Line()
            for seed in range(number):
                rng = np.random.default_rng(seed)
                line.add(test(values(kind, rng), touching, rng))
            yield line.text(name, f"{kind}, 8 neighbours")
        line = Line()
        for seed in range(number):
            rng = np.random.default_rng(seed)
            line.add(test(values("lognormal", rng), nearest_three(rng), rng))
        yield line.text(name, "lognormal, 3 nearest")
        line = Line()
        for seed in range(number):
            rng = np.random.default_rng(seed)
            line.add(test(values("normal", rng) + 1.5 * corner, touching, rng), corner)
        yield line.text(name, "normal, 25 territories raised by 1.5 deviations")


def town(rng: np.random.Generator, number: int = 400) -> pd.DataFrame:
    """Plants of four sectors, half of them in five towns, with nothing between the sectors."""
    centres = rng.uniform(0, 10_000, (5, 2))
    inside = centres[rng.integers(0, 5, number // 2)] + rng.normal(0, 300, (number // 2, 2))
    place = np.vstack([inside, rng.uniform(0, 10_000, (number - number // 2, 2))])
    sector = rng.choice(["a", "b", "c", "d"], number, p=[0.1, 0.2, 0.3, 0.4])
    return pd.DataFrame({"x": place[:, 0], "y": place[:, 1], "sector": sector})


def crowded(rng: np.random.Generator) -> pd.DataFrame:
    """The same, with sector a in one crowd and nothing between the others and it."""
    points = town(rng)
    chosen = points["sector"] == "a"
    points.loc[chosen, ["x", "y"]] = rng.normal(5000, 300, (chosen.sum(), 2))
    return points


def drawn_near(rng: np.random.Generator) -> pd.DataFrame:
    """The same, with half of the plants of b within 50 metres of plants of a."""
    points = town(rng)
    b = points.index[points["sector"] == "b"]
    moved = b[: len(b) // 2]
    by = points.loc[points["sector"] == "a", ["x", "y"]].sample(len(moved), replace=True, random_state=rng)
    points.loc[moved, ["x", "y"]] = by.to_numpy() + rng.normal(0, 50, (len(moved), 2))
    return points


def colocation_lines(number: int) -> Iterator[str]:
    for null in ("conditional", "labelling"):
        for nearest_number in (1, 5):
            rules = ColocationRules(nearest=nearest_number, null=null, simulations=999)
            name = f"colocation quotient, {null}, {nearest_number} nearest"
            for what, made in (
                ("towns, nothing between sectors", town),
                ("a in one crowd: from a to others", crowded),
            ):
                line = Line()
                for seed in range(number):
                    rng = np.random.default_rng(seed)
                    table = colocation_quotient(made(rng), rules=rules, rng=rng).pairs
                    line.add(table if made is town else table.loc[[("a", s) for s in "bcd"]])
                yield line.text(name, what)
            line = Line()
            for seed in range(number):
                rng = np.random.default_rng(seed)
                table = colocation_quotient(drawn_near(rng), rules=rules, rng=rng).pairs.loc[
                    [("a", "b"), ("b", "a")]
                ]
                line.add(table, np.array([True, True]))
            yield line.text(name, "half of b drawn to a: a to b, b to a")
    line, planted = Line(), Line()
    for seed in range(number):
        rng = np.random.default_rng(seed)
        rules = ColocationRules(nearest=10, kernel="gaussian", simulations=1999)
        line.add(local_colocation_quotient(town(rng), "a", "d", rules=rules, rng=rng))
        table = local_colocation_quotient(drawn_near(rng), "a", "b", rules=rules, rng=rng)
        planted.add(table, np.ones(len(table), dtype=bool))
    yield line.text("local colocation quotient, 10 nearest", "towns, nothing between sectors")
    yield planted.text("local colocation quotient, 10 nearest", "half of b drawn to a")


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| statistic | pattern | p ≤ 0.05 | any q ≤ 0.05 | planted found | of those told, not planted |")
    print("|---|---|---|---|---|---|")
    for lines in (local_lines, colocation_lines):
        for line in lines(number):
            print(line, flush=True)


if __name__ == "__main__":
    main()
