"""How often does ``actor_network`` claim something where nothing was planted? Writes a table of ``docs/recovery.md``.

Run with ``python benchmarks/network_recovery.py [seeds]``. Networks are those of invented territories in which nothing
is planted: chance customers, clubs with many members, groups of firms, and actions of institutions drawn at random.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module

import pandas as pd
from broker_recovery import PAGE, ROOT, SURE, network

from geoterritorio.identification.actor_figures import network_measures
from geoterritorio.identification.actor_ties import Ties

DRAWS = 499
TABLES = {"summary": "by territory", "whole": "all actors together"}


def tests(ties: Ties, territories: Iterable[str], seed: int) -> pd.DataFrame:
    """Tests of one network: the table, the measure, p and q."""
    found = network_measures(ties, pd.Index(territories), draws=DRAWS, rng=seed)
    parts = [getattr(found, name).assign(table=words, seed=seed) for name, words in TABLES.items()]
    rows = pd.concat(parts, ignore_index=True)
    return rows.loc[rows["p"].notna(), ["seed", "table", "measure", "p", "q"]]


def told(rows: pd.DataFrame) -> str:
    """Markdown: tests and claims by table."""
    seeds = rows["seed"].nunique()
    lines = [
        "| figures | tests | p ≤ 0.05 | q ≤ 0.05 | networks with a claim, of all |",
        "|---|---:|---:|---:|---:|",
    ]
    for words, part in rows.groupby("table", sort=False):
        near, sure = part["p"] <= SURE, part["q"] <= SURE
        lines.append(
            f"| {words} | {len(part)} | {near.sum()} ({near.mean():.1%}) | {sure.sum()} | "
            f"{part.loc[sure, 'seed'].nunique()} of {seeds} |"
        )
    return "\n".join(lines)


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    rows = []
    for seed in range(1, seeds + 1):
        world = generate(seed, scenario="nothing")
        rows.append(tests(network(world), world.markets["territory"], seed))
        print(f"seed {seed}", told(pd.concat(rows)), sep="\n", flush=True)
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split("<!-- networks -->\n")
    tail = rest.split("<!-- /networks -->")[1]
    table = told(pd.concat(rows))
    PAGE.write_text(f"{head}<!-- networks -->\n{table}\n<!-- /networks -->{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
