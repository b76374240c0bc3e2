"""Are planted districts found, and is anything else? Writes the tables of ``docs/identification.md``.

Run with ``python benchmarks/district_recovery.py [seeds]``: territories with districts planted, with decoys only and
with nothing planted, one of each by seed. A market is claimed where its verdict is that of a district.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from recovery import written
from scipy.stats import binomtest

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification import district_jobs, district_stability, districts, own_rules

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "identification.md"
SCENARIOS = ("planted", "decoys", "nothing")
RULES = ("istat1997", "istat2006", "istat2006_unconfirmed", "boix_unconfirmed")
INDUSTRY = {"15.2": "leather_footwear", "23.3": "housing_goods", "28.4": "machinery"}
# Share of draws and settings from which on a verdict is called firm.
FIRM = 0.9
SHARE, ABOVE = "*largest share of an industry*", "*quotient of an industry above 1*"


def claims(jobs: pd.DataFrame, firms: pd.DataFrame, nation: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Main industry of each market that a method calls a district, missing for the others."""
    for preset in RULES:
        rules = own_rules(preset)
        for reference, name in ((nation, "the nation"), (None, "own sums")):
            areas = districts(jobs, reference=reference, rules=rules).areas
            yield f"`{preset}`, {name}", areas["main_industry"].where(areas["district"] == "yes")
    rules = own_rules("istat2006_unconfirmed")
    for reference, name in ((nation, "the nation"), (None, "own sums")):
        areas = districts(jobs, reference=reference, rules=rules).areas
        firm = district_stability(firms, reference=reference, rules=rules).markets["share_all"] >= FIRM
        yield f"`istat2006_unconfirmed` in 9 of 10 runs, {name}", areas["main_industry"].where(firm)
    plain = own_rules("istat2006_unconfirmed", industry_whole="all")
    rows = districts(jobs, reference=nation, rules=plain).industries
    lq, share = (rows.reset_index().pivot_table(v, "territory", "industry") for v in ("lq", "employment"))
    share = share.div(jobs.groupby("territory")["employment"].sum(), axis=0)
    first = share.eq(share.max()) & share.gt(0)
    yield SHARE, share.where(first).fillna(-1).idxmax(axis=1).where(first.any(axis=1))
    yield ABOVE, lq.fillna(0).idxmax(axis=1).where((lq > 1).any(axis=1))


def seen(world: Any, planted: Any) -> pd.DataFrame:
    """By method and market of one territory: claimed, the right industry, and what is there."""
    market = planted.truth.markets.set_index("territory")["market"]
    firms = pd.DataFrame(world.firms().drop(columns="geometry"))
    firms["territory"] = firms["territory"].map(market)
    decoys = planted.truth.decoys
    one, large = (
        set(decoys.loc[decoys["kind"] == k, "territory"].map(market)) for k in ("one_plant", "size_only")
    )
    true = planted.truth.districts.set_index("market")["main_sector"].map(INDUSTRY)
    parts = []
    for name, found in claims(district_jobs(firms), firms, world.nation_sizes):
        index = found.index
        parts.append(
            pd.DataFrame(
                {
                    "method": name,
                    "claimed": found.notna().to_numpy(),
                    "right": (found == true.reindex(index)).to_numpy(),
                    "district": index.isin(true.index),
                    "one": index.isin(one),
                    "large": index.isin(large),
                    "system": index.isin(planted.truth.large_firm_systems["market"]),
                    "scenario": world.scenario,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def share(flags: pd.Series) -> str:
    """Percentage with its exact interval of 95 %."""
    if not len(flags):
        return "–"
    ends = binomtest(int(flags.sum()), len(flags)).proportion_ci(method="exact")
    return f"{100 * flags.mean():.0f} ({100 * ends.low:.0f}–{100 * ends.high:.0f})"


def scores(rows: pd.DataFrame) -> dict[str, str]:
    """Row of the table for one method."""
    planted = rows[rows["scenario"] == "planted"]
    decoys = rows[(rows["scenario"] == "decoys") | ((rows["scenario"] == "planted") & ~rows["district"])]
    nothing = rows[rows["scenario"] == "nothing"]
    true = planted["district"]
    return {
        "planted districts found": share(planted.loc[true, "claimed"]),
        "with their industry": share(planted.loc[true, "right"]),
        "claims that were planted": share(true[planted["claimed"]]),
        "large-firm systems claimed": share(planted.loc[planted["system"] & ~true, "claimed"]),
        "one-plant towns": share(decoys.loc[decoys["one"], "claimed"]),
        "large towns": share(decoys.loc[decoys["large"], "claimed"]),
        "nothing planted": share(nothing["claimed"]),
    }


def told(table: pd.DataFrame) -> str:
    """Markdown of the scores."""
    lines = [f"| markets called districts by | {' | '.join(table)} |", "|---|" + "---:|" * table.shape[1]]
    return "\n".join(
        [
            *lines,
            *(
                f"| {name} | {' | '.join(row)} |"
                for name, row in zip(table.index, table.to_numpy(), strict=True)
            ),
        ]
    )


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    parts = []
    for seed in range(1, seeds + 1):
        planted = generate(seed)
        for scenario in SCENARIOS:
            world = planted if scenario == "planted" else generate(seed, scenario=scenario)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GeoterritorioWarning)
                parts.append(seen(world, planted).assign(seed=seed))
        print(f"seed {seed}", flush=True)
    rows = pd.concat(parts, ignore_index=True)
    table = pd.DataFrame({name: scores(part) for name, part in rows.groupby("method", sort=False)}).T
    print(told(table))
    if PAGE.exists():
        PAGE.write_text(
            written(PAGE.read_text(encoding="utf-8"), {"districts": told(table)}), encoding="utf-8"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
