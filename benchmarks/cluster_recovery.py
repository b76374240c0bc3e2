"""Are planted clusters claimed, and what else is? Writes the table of ``docs/identification.md``.

Run with ``python benchmarks/cluster_recovery.py [seeds]``. Groups of industries are named beforehand, as a benchmark
definition would: those of the planted structures, one of the dispersed sectors, and the divisions of all other sectors.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification.tools import clusters

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "identification.md"
SCENARIOS = ("planted", "decoys", "nothing")
CLAIMS = ("cluster", "possible cluster")
ECONOMIC = (*CLAIMS, "concentration only")
TOP = 0.1
DIVISION = 2


def definition(truth: Any) -> pd.DataFrame:
    """Groups of industries: structures, dispersed sectors, divisions of the rest."""
    rows = pd.concat([truth.districts, truth.clusters, truth.large_firm_systems], ignore_index=True)
    planted = rows.assign(sector=rows["sectors"].str.split(";")).explode("sector")
    parts = [planted.rename(columns={"structure": "group"})[["sector", "group"]]]
    spread = truth.decoys.loc[truth.decoys["kind"] == "dispersed_sector", "sector"]
    parts.append(pd.DataFrame({"sector": spread, "group": "dispersed"}))
    return pd.concat(parts, ignore_index=True)


def with_divisions(groups: pd.DataFrame, sectors: pd.Index) -> pd.DataFrame:
    """The same with the divisions of all sectors that are in no group."""
    rest = pd.Series([s for s in sectors if s not in set(groups["sector"])])
    others = pd.DataFrame({"sector": rest, "group": "division " + rest.str[:DIVISION]})
    return pd.concat([groups, others], ignore_index=True)


def claims(world: Any, groups: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Cells with what each measure claims."""
    given: dict[str, Any] = {"definitions": groups, "reference": world.nation}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        full = clusters(
            world.markets, world.firms(), **given, institutions=world.institutions, links=world.links
        ).cells
    share = full["employment"] / full.groupby("territory")["employment"].transform("sum")
    rank = share.groupby(full["territory"]).rank(pct=True)
    found = {
        "clusters: cluster or possible cluster": full["verdict"].isin(CLAIMS),
        "clusters: with concentration only": full["verdict"].isin(ECONOMIC),
        "*quotient above 1 alone*": full["lq"] > 1,
        "*sector alone (largest tenth of the groups)*": rank > 1 - TOP,
    }
    return {name: full[["territory", "group"]].assign(claimed=hit) for name, hit in found.items()}


def counts(
    told: Mapping[str, pd.DataFrame], truth: Any, market: pd.Series, scenario: str
) -> dict[str, dict[str, tuple[int, int]]]:
    """Numbers of hits and of what was asked, by measure and column."""
    rows = pd.concat([truth.districts, truth.clusters], ignore_index=True)
    hosts = {r.structure: set(market.reindex(r.municipalities.split(";"))) for r in rows.itertuples()}
    homes = {(r.market, r.structure): r.kind for r in rows.itertuples()}
    lonely = truth.decoys[truth.decoys["kind"] == "one_plant"]
    large = set(market.reindex(truth.decoys.loc[truth.decoys["kind"] == "size_only", "territory"]))
    found = {}
    for name, cells in told.items():
        hit = set(map(tuple, cells.loc[cells["claimed"], ["territory", "group"]].to_numpy()))
        divisions = cells[cells["group"].str.startswith("division")]
        true = {(m, g) for g, markets in hosts.items() for m in markets if scenario == "planted"}
        clusters_ = [cell for cell, kind in homes.items() if kind == "cluster"]
        districts = [cell for cell, kind in homes.items() if kind == "district"]
        # A plant of a sector without a group of its own stands in that of its division.
        towns = [
            (market[d.territory], g)
            for d in lonely.itertuples()
            for g in set(cells["group"]) & {f"division {d.sector[:DIVISION]}"}
        ]
        quiet = divisions[~divisions["territory"].isin(large)]
        some = {
            "precision": (len(hit & true), len(hit - {c for c in hit if c[1].startswith("L")})),
            "clusters": (sum(c in hit for c in clusters_), len(clusters_)),
            "districts": (sum(c in hit for c in districts), len(districts)),
        }
        wrong = {
            "one plant": (sum(c in hit for c in towns), len(towns)),
            "size only": (
                int(divisions["claimed"].sum() - quiet["claimed"].sum()),
                len(divisions) - len(quiet),
            ),
            "dispersed": (
                int(cells.loc[cells["group"] == "dispersed", "claimed"].sum()),
                int((cells["group"] == "dispersed").sum()),
            ),
            "false": (len([c for c in hit - true if not c[1].startswith("L")]), len(cells) - len(true)),
        }
        all_cells = {"nothing": (len(hit), len(cells))}
        found[name] = {"planted": {**some, **wrong}, "decoys": wrong, "nothing": all_cells}[scenario]
    return found


COLUMNS: Mapping[str, str] = {
    "clusters": "clusters found",
    "districts": "districts found",
    "precision": "claims that were planted",
    "false": "other cells claimed",
    "one plant": "one-plant towns",
    "size only": "size-only towns",
    "dispersed": "dispersed sectors",
    "nothing": "nothing planted",
}


def recovered(generate: Callable[..., Any], seed: int) -> pd.DataFrame:
    """Hits and questions of one seed, by measure and column."""
    worlds = {scenario: generate(seed, scenario=scenario) for scenario in SCENARIOS}
    truth = worlds["planted"].truth
    market = truth.markets.set_index("territory")["market"]
    rows = []
    for scenario, world in worlds.items():
        groups = with_divisions(definition(truth), pd.Index(world.firms()["sector"].unique()))
        told = counts(claims(world, groups), truth, market, scenario)
        for name, some in told.items():
            rows += [(name, column, *pair) for column, pair in some.items()]
    return pd.DataFrame(rows, columns=["measure", "column", "hits", "asked"])


def told(rows: pd.DataFrame) -> str:
    """Markdown: shares in percent with 95 % intervals (Wilson), of all seeds together."""
    sums = rows.groupby(["measure", "column"], sort=False)[["hits", "asked"]].sum()

    def cell(measure: str, column: str) -> str:
        if (measure, column) not in sums.index or not sums.loc[(measure, column), "asked"]:
            return "–"
        hits, asked = (int(v) for v in sums.loc[(measure, column)])
        low, high = stats.binomtest(hits, asked).proportion_ci(method="wilson")
        low, high = max(low, 0.0), min(high, 1.0)
        return f"{100 * hits / asked:.3g} ({100 * low:.2g}–{100 * high:.3g})"

    lines = [f"| measure | {' | '.join(COLUMNS.values())} |", "|---|" + "---:|" * len(COLUMNS)]
    lines += [f"| {m} | {' | '.join(cell(m, c) for c in COLUMNS)} |" for m in sums.index.unique(0)]
    return "\n".join(lines)


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    parts = []
    for seed in range(1, seeds + 1):
        parts.append(recovered(generate, seed))
        print(f"seed {seed}", flush=True)
        print(told(pd.concat(parts)), flush=True)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition("<!-- cluster recovery -->\n")
    _, _, after = rest.partition("<!-- /cluster recovery -->")
    text = f"{before}<!-- cluster recovery -->\n{told(pd.concat(parts))}\n<!-- /cluster recovery -->{after}"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
