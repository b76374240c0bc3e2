"""Is a planted gap of training told from chance? Writes the table of ``docs/recovery.md``.

Run with ``python benchmarks/training_recovery.py [seeds]``: territories in which nobody teaches the field of one
district's main sector, and the same with nothing planted; and invented markets with more and more institutions each, by
which it is seen how many the test needs.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from recovery import written
from scipy.stats import binomtest

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification import training_match
from geoterritorio.identification.tools import MatchRules
from geoterritorio.identification.tools import training_match as match_layers

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "recovery.md"
DAY = "2025-01-01"
FALSE = 0.05
PLACES, CENTRES = 10, (1, 2, 3, 4, 6)


def of_comarca(world: Any, gap: pd.DataFrame) -> dict[str, bool]:
    """What is told of one territory: of the planted market, and whether anything is claimed elsewhere."""
    rules = MatchRules(on=DAY)
    found = match_layers(world.markets, world.institutions, world.firms(), rules=rules)
    rows = found.areas.set_index(["territory", "purpose"])
    claimed = rows["certainty"].isin(["high", "low"])
    whole = found.together["certainty"].isin(["high", "low"])
    row = {"elsewhere": bool(claimed.any()), "whole": bool(whole.any())}
    if gap.empty:
        return row
    market, field = gap["market"].iloc[0], gap["field"].iloc[0]
    fields = found.fields[(found.fields["purpose"] == "training") & (found.fields["taught"] == "no")]
    first = fields.loc[fields["taught_elsewhere"].gt(0) * fields["jobs_only"] == fields["jobs_only"].max()]
    own = rows.loc[(market, "training")]
    return {
        "largest": bool(((first["territory"] == market) & (first["field"] == field)).any()),
        "lowest": bool(
            own["match_share"] <= found.areas.loc[found.areas["purpose"] == "training", "match_share"].min()
        ),
        "p": bool(2 * own["p_low"] <= FALSE),
        "testable": bool(own["p_least"] <= FALSE),
        "q": own["certainty"] == "low",
        "elsewhere": bool(claimed.drop((market, "training")).any()),
        "whole": row["whole"],
    }


def of_markets(centres: int, seed: int, *, gap: bool) -> dict[str, bool]:
    """Ten markets of one main sector, whose field four of five institutions teach; none in the first, or all dealt."""
    random = np.random.default_rng([seed, centres, int(gap)])
    names = [f"t{k}" for k in range(PLACES)]
    jobs = pd.DataFrame({"15": 400.0, "69": 100.0}, index=names)
    number = PLACES * centres
    without = number // 5
    fields = random.permutation(["041"] * without + ["072"] * (number - without))
    if gap:
        rest = random.permutation(["041"] * (without - centres) + ["072"] * (number - without))
        fields = np.r_[["041"] * centres, rest]
    serves = np.kron(np.eye(PLACES), np.ones((1, centres))) > 0
    labels = [f"c{k}" for k in range(len(fields))]
    found = training_match(
        jobs, pd.Series(fields, labels), pd.DataFrame(serves, names, labels), draws=999, rng=seed
    ).summary.set_index("territory")
    claimed = found["certainty"].isin(["high", "low"])
    first = found.loc["t0"]
    return {
        "testable": bool(first["p_least"] <= FALSE),
        "p": bool(2 * first["p_low"] <= FALSE),
        "q": first["certainty"] == "low",
        "elsewhere": bool((claimed if not gap else claimed.drop("t0")).any()),
    }


def share(rows: list[dict[str, bool]], name: str) -> str:
    """How many of the seeds, with the exact interval of the share."""
    flags = [r[name] for r in rows if name in r]
    if not flags:
        return "–"
    ends = binomtest(sum(flags), len(flags)).proportion_ci(method="exact")
    return f"{sum(flags)} of {len(flags)} ({100 * ends.low:.0f}–{100 * ends.high:.0f} %)"


HEADS = {
    "largest": "largest gap of all",
    "lowest": "lowest share of all",
    "testable": "can be tested",
    "p": "p ≤ 0.05",
    "q": "q ≤ 0.05",
    "elsewhere": "claims elsewhere",
    "whole": "all together, p ≤ 0.05",
}


def told(table: dict[str, list[dict[str, bool]]]) -> str:
    """Markdown of the scores."""
    lines = [f"| territories | {' | '.join(HEADS.values())} |", "|---|" + "---:|" * len(HEADS)]
    return "\n".join(
        [*lines, *(f"| {n} | {' | '.join(share(rows, c) for c in HEADS)} |" for n, rows in table.items())]
    )


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    table: dict[str, list[dict[str, bool]]] = {
        "invented territory, gap planted": [],
        "the same, nothing planted": [],
    }
    for seed in range(1, seeds + 1):
        for name, scenario in zip(table, ("planted", "nothing"), strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GeoterritorioWarning)
                world = generate(seed, scenario=scenario)
                table[name].append(of_comarca(world, world.truth.training_gap))
        print(seed, {n: rows[-1] for n, rows in table.items()}, flush=True)
    for centres in CENTRES:
        for word, gap in (("gap", True), ("fields dealt at random", False)):
            rows = [of_markets(centres, seed, gap=gap) for seed in range(seeds)]
            table[f"ten markets, {centres} institutions each, {word}"] = rows
    text = told(table)
    print(text)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written(page, {"training": text}), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
