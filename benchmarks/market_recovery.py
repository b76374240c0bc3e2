"""Are planted labour markets found from their commuting? What ``docs/delimitation.md`` says of them.

Run with ``python -P benchmarks/market_recovery.py [seeds]``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pandas as pd

from geoterritorio.delimitation import division_agreement, labour_markets

ROOT = Path(__file__).resolve().parents[1]


def recovered(seeds: int) -> pd.DataFrame:
    """Markets planted and found, adjusted Rand and places of the reserve, by seed."""
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    rows = {}
    for seed in range(1, seeds + 1):
        world = generate(seed)
        planted = world.truth.markets.set_index("territory")["market"]
        flows = world.flows[world.flows["period"] == "2021"]
        found = labour_markets(flows, world.today, outside=["OUTSIDE"])
        agreed = division_agreement(found.membership["market"], planted)
        rows[seed] = (planted.nunique(), len(found.quality), agreed.adjusted_rand, len(found.reserve))
    return pd.DataFrame(rows, index=["planted", "found", "adjusted_rand", "reserve"]).T


if __name__ == "__main__":
    table = recovered(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    print(table.to_string())
    print(table["adjusted_rand"].describe().to_string())
