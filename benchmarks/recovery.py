"""Which measure finds which planted structure? Writes the tables of ``docs/recovery.md``.

Run with ``python benchmarks/recovery.py [seeds]``. The generator of the invented territory knows what it planted: each
measure, used as its documentation says, claims cells, sectors or pairs of sectors, and the claims are compared with it.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import (
    group_relatedness,
    index_null,
    location_quotient,
    locational_gini,
    long_table,
    tabulate_plants,
    tools,
)
from geoterritorio.errors import GeoterritorioWarning

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "recovery.md"
SCENARIOS = ("planted", "decoys", "nothing")
# Metres; the seats of neighbouring municipalities are some five to ten kilometres apart.
BANDWIDTH = 10_000.0
# Share of the sectors that baselines without a test claim, and relatedness density of each labour market.
TOP = 0.1
# Cluster index from which its authors speak of a cluster.
CLUSTER = 4
FALSE = 0.05
KINDS = ("district", "cluster", "large_firm_system")


@dataclass(frozen=True)
class Case:
    """One invented territory as measures see it, and what was planted in the territory of its seed."""

    scenario: str
    world: Any
    firms: gpd.GeoDataFrame
    market: pd.Series
    structures: pd.DataFrame
    decoys: pd.DataFrame
    replicates: int

    @property
    def planted(self) -> set[str]:
        """Sectors of all structures."""
        return set(itertools.chain.from_iterable(self.structures["sectors"]))

    def lonely(self) -> pd.DataFrame:
        return self.decoys[self.decoys["kind"] == "one_plant"]

    def large(self) -> list[str]:
        return self.decoys.loc[self.decoys["kind"] == "size_only", "territory"].tolist()

    def dispersed(self) -> list[str]:
        return self.decoys.loc[self.decoys["kind"] == "dispersed_sector", "sector"].tolist()

    def of_markets(self) -> pd.DataFrame:
        """Establishments with their labour market."""
        table = pd.DataFrame(self.firms[["sector", "employment"]])
        return table.assign(territory=self.firms["territory"].map(self.market))


def cases(generate: Callable[..., Any], seed: int, *, replicates: int = 999, **size: Any) -> dict[str, Case]:
    """
    The three scenarios of a seed.

    What is looked for in all of them is what was planted in the first, so that `nothing` tells how often the same
    would be claimed where it is not.
    """
    worlds = {scenario: generate(seed, scenario=scenario, **size) for scenario in SCENARIOS}
    truth = worlds["planted"].truth
    structures = pd.concat([truth.districts, truth.clusters, truth.large_firm_systems], ignore_index=True)
    lists = {column: structures[column].str.split(";") for column in ("sectors", "municipalities")}
    structures = structures.assign(**lists)
    market = truth.markets.set_index("territory")["market"]
    return {
        scenario: Case(scenario, world, world.firms(), market, structures, truth.decoys, replicates)
        for scenario, world in worlds.items()
    }


# Measures: what each of them claims.


def quotient_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cells surely above 1."""
    rows = tools.location_quotient(areas, case.firms, reference=case.world.nation).quotients
    return _cells(rows, rows["certainty"] == "high")


def plain_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cells whose quotient is above 1, however uncertain."""
    jobs = tabulate_plants(case.firms, areas).employment
    whole = case.world.nation.set_index("sector")["employment"]
    lq = long_table(lq=location_quotient(jobs, reference=whole.reindex(jobs.columns)))
    return _cells(lq, lq["lq"] > 1)


def standardised_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cells beyond the cut-off of their sector."""
    rows = tools.standardised_location_quotient(areas, case.firms, reference=case.world.nation)
    return _cells(rows, rows["agglomerated"] == "yes")


def focal_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cells that are surely above 1 with their surroundings."""
    found = tools.focal_location_quotient(
        areas, case.firms, bandwidth=BANDWIDTH, reference=case.world.nation
    ).quotients
    return _cells(found, found["certainty"] == "high")


def index_cells(case: Case, areas: gpd.GeoDataFrame, *, sure: bool) -> pd.DataFrame:
    """Cells whose cluster index is above the threshold of its authors, perhaps with its whole interval."""
    towns = case.world.inhabitants
    points = gpd.points_from_xy(towns["x"], towns["y"], crs=areas.crs)
    people = gpd.GeoDataFrame(towns[["place", "population"]], geometry=points)
    found = tools.cluster_index(areas, case.firms, population=people).indices
    return _cells(found, found["low" if sure else "index"] > CLUSTER)


def largest_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Largest sectors of each territory by their share of its jobs."""
    jobs = tabulate_plants(case.firms, areas).employment
    share = long_table(rank=jobs.rank(axis=1, pct=True))
    return _cells(share, share["rank"] > 1 - TOP)


def dense_cells(case: Case, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sectors of each territory that are nearest to what else it does."""
    rows = tools.relatedness_density(areas, case.firms, reference=case.world.nation).densities
    rank = rows.groupby("territory")["density"].rank(pct=True)
    return _cells(rows, rank > 1 - TOP)


def _cells(rows: pd.DataFrame, claimed: pd.Series) -> pd.DataFrame:
    return rows[["territory", "sector"]].assign(claimed=claimed.to_numpy(dtype=bool))


def dartboard_sectors(case: Case, index: str) -> pd.Series:
    """Sectors more concentrated than thrown plants."""
    rows = getattr(tools, index)(case.world.markets, case.firms, replicates=case.replicates)
    return pd.Series(((rows["q"] < FALSE) & (rows["gamma"] > 0)).to_numpy(), index=rows["sector"])


def index_sectors(case: Case, index: Any) -> pd.Series:
    """Sectors whose index is above what chance makes it."""
    rows = index_null(case.of_markets(), index, rng=1, replicates=case.replicates)
    return rows["q"] < FALSE


def highest_sectors(case: Case) -> pd.Series:
    """Sectors of the highest locational Gini, with no regard to chance."""
    gini = locational_gini(tabulate_plants(case.of_markets()).employment)
    return gini.rank(pct=True) > 1 - TOP


def together(case: Case, pairs: str) -> pd.DataFrame:
    """Pairs of sectors that are in the same territories more than by chance."""
    layer = case.world.markets if pairs == "pairwise_coagglomeration" else case.world.today
    rows = getattr(tools, pairs)(layer, case.firms)
    return rows[["sector", "other"]].assign(claimed=((rows["q"] < FALSE) & (rows["z"] > 0)).to_numpy())


def related(case: Case) -> pd.DataFrame:
    """Pairs of sectors that share more municipalities than by chance."""
    rows = tools.sector_relatedness(case.world.today, case.firms, replicates=case.replicates)
    return rows[["sector", "other"]].assign(claimed=(rows["q"] < FALSE).to_numpy())


# Scores: claims beside the truth. NaN where a measure cannot be asked.


def score_cells(case: Case, cells: pd.DataFrame) -> dict[str, float]:
    """Share of what was planted, and of what was not, among the claimed cells."""
    hits = cells[cells["claimed"]]
    claimed = set(zip(hits["territory"], hits["sector"], strict=True))
    towns = bool(cells["territory"].isin(case.market.index).any())

    def found(places: Iterable[str], sector: str) -> bool:
        return any((place, sector) in claimed for place in places)

    def places(row: Any) -> list[str]:
        return list(row.municipalities) if towns else [row.market]

    rows = list(case.structures.itertuples())
    hosts = case.structures.explode("municipalities")
    hosts = hosts.assign(place=hosts["municipalities"] if towns else hosts["municipalities"].map(case.market))
    true = {(row.place, s) for row in hosts.itertuples() for s in row.sectors}
    lonely = [
        found([d.territory if towns else case.market[d.territory]], d.sector)
        for d in case.lonely().itertuples()
    ]
    in_large = cells[cells["territory"].isin(case.large())]
    scores = {f"main {k}": _mean(found(places(r), r.main_sector) for r in rows if r.kind == k) for k in KINDS}
    scores |= {
        f"all {k}": _mean(found(places(r), s) for r in rows if r.kind == k for s in r.sectors) for k in KINDS
    }
    return scores | {
        "right": len(claimed & true) / len(claimed) if claimed else np.nan,
        "one plant": _mean(lonely),
        "size only": in_large["claimed"].mean() if towns else np.nan,
        "dispersed": hits["sector"].isin(case.dispersed()).sum()
        / max(cells["sector"].isin(case.dispersed()).sum(), 1),
        "claims": cells["claimed"].mean(),
    }


def score_sectors(case: Case, sectors: pd.Series) -> dict[str, float]:
    """The same for claimed sectors, which say nothing of places."""
    claimed, rows = set(sectors.index[sectors]), list(case.structures.itertuples())
    scores = {f"main {k}": _mean(r.main_sector in claimed for r in rows if r.kind == k) for k in KINDS}
    scores |= {f"all {k}": _mean(s in claimed for r in rows if r.kind == k for s in r.sectors) for k in KINDS}
    return scores | {
        "right": len(claimed & case.planted) / len(claimed) if claimed else np.nan,
        "one plant": _mean(s in claimed for s in case.lonely()["sector"]),
        "size only": np.nan,
        "dispersed": _mean(s in claimed for s in case.dispersed()),
        "claims": sectors.mean(),
    }


def score_pairs(case: Case, pairs: pd.DataFrame) -> dict[str, float]:
    """The same for claimed pairs: planted are pairs of one structure, of its main sector those that hold it."""
    names = [frozenset(pair) for pair in zip(pairs["sector"], pairs["other"], strict=True)]
    claimed = {pair for pair, hit in zip(names, pairs["claimed"], strict=True) if hit}
    inside = {
        row.structure: {frozenset(p) for p in itertools.combinations(row.sectors, 2)} & set(names)
        for row in case.structures.itertuples()
    }
    every = set().union(*inside.values())
    rows = list(case.structures.itertuples())

    def share(sectors: Iterable[str]) -> float:
        own = set(sectors)
        return _mean(pair in claimed for pair in names if pair & own and pair not in every)

    scores = {
        f"main {k}": _mean(
            p in claimed for r in rows if r.kind == k for p in inside[r.structure] if r.main_sector in p
        )
        for k in KINDS
    }
    scores |= {
        f"all {k}": _mean(p in claimed for r in rows if r.kind == k for p in inside[r.structure])
        for k in KINDS
    }
    return scores | {
        "right": len(claimed & every) / len(claimed) if claimed else np.nan,
        "one plant": share(case.lonely()["sector"]),
        "size only": np.nan,
        "dispersed": share(case.dispersed()),
        "claims": len(claimed) / len(names),
    }


def score_groups(case: Case) -> dict[str, float]:
    """The same for groups named beforehand: those of the structures, and one each of the decoys' sectors."""
    jobs = tabulate_plants(case.firms, case.world.today).employment
    groups = {row.structure: row.sectors for row in case.structures.itertuples()}
    groups |= {"one plant": case.lonely()["sector"].tolist(), "dispersed": case.dispersed()}
    known = {name: [s for s in some if s in jobs.columns] for name, some in groups.items()}
    hit = group_relatedness(jobs, known, replicates=case.replicates, rng=1)["q"] < FALSE
    kinds = case.structures.set_index("structure")["kind"]
    scores = {f"main {k}": np.nan for k in KINDS}
    scores |= {f"all {k}": _mean(hit[name] for name in kinds.index[kinds == k]) for k in KINDS}
    strange = {
        "one plant": float(hit["one plant"]),
        "size only": np.nan,
        "dispersed": float(hit["dispersed"]),
    }
    return scores | {"right": hit[kinds.index].sum() / max(hit.sum(), 1), **strange, "claims": hit.mean()}


def _mean(values: Iterable[Any]) -> float:
    known = [float(value) for value in values]
    return float(np.mean(known)) if known else float("nan")


def measures() -> dict[str, Callable[[Case], dict[str, float]]]:
    """Every measure under the name that the tables give it."""

    def cells(claim: Callable[..., pd.DataFrame], areas: str, **options: Any) -> Callable[[Case], Any]:
        return lambda case: score_cells(case, claim(case, getattr(case.world, areas), **options))

    def sectors(claim: Callable[..., pd.Series], *options: str) -> Callable[[Case], Any]:
        return lambda case: score_sectors(case, claim(case, *options))

    def pairs(claim: Callable[..., pd.DataFrame], *options: str) -> Callable[[Case], Any]:
        return lambda case: score_pairs(case, claim(case, *options))

    return {
        "LQ surely above 1, labour markets": cells(quotient_cells, "markets"),
        "LQ surely above 1, municipalities": cells(quotient_cells, "today"),
        "Focal LQ surely above 1, municipalities": cells(focal_cells, "today"),
        "Standardised LQ, labour markets": cells(standardised_cells, "markets"),
        "Standardised LQ, municipalities": cells(standardised_cells, "today"),
        "Cluster index surely above 4, labour markets": cells(index_cells, "markets", sure=True),
        "Cluster index above 4, labour markets": cells(index_cells, "markets", sure=False),
        "Relatedness density, top tenth": cells(dense_cells, "markets"),
        "*LQ above 1, labour markets*": cells(plain_cells, "markets"),
        "*LQ above 1, municipalities*": cells(plain_cells, "today"),
        "*Share of jobs, top tenth of a labour market*": cells(largest_cells, "markets"),
        "Ellison–Glaeser": sectors(dartboard_sectors, "ellison_glaeser"),
        "Maurel–Sédillot": sectors(dartboard_sectors, "maurel_sedillot"),
        "Locational Gini beyond chance": sectors(index_sectors, "locational_gini"),
        "Hoover beyond chance": sectors(index_sectors, "hoover"),
        "Krugman beyond chance": sectors(index_sectors, "krugman_concentration"),
        "Theil beyond chance": sectors(index_sectors, "theil"),
        "Herfindahl beyond chance": sectors(index_sectors, "herfindahl"),
        "*Locational Gini, top tenth*": sectors(highest_sectors),
        "Coagglomeration, labour markets": pairs(together, "pairwise_coagglomeration"),
        "Colocation of plants, municipalities": pairs(together, "plant_colocation"),
        "Relatedness of pairs, municipalities": pairs(related),
        "Relatedness of groups named beforehand": score_groups,
    }


def recovered(found: Mapping[str, Case], names: Iterable[str] | None = None) -> pd.DataFrame:
    """
    Scores of one seed.

    Recall and right claims are of the territory with everything planted; decoys of those with decoys; `nothing` is
    the share of everything tested that is claimed where nothing was planted.
    """
    rows = {}
    for name, score in measures().items():
        if names is not None and name not in names:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GeoterritorioWarning)
            scores = {scenario: score(case) for scenario, case in found.items()}
        decoys = {
            key: np.mean([scores[s][key] for s in ("planted", "decoys")])
            for key in ("one plant", "size only", "dispersed")
        }
        recall = {k: v for k, v in scores["planted"].items() if k.startswith(("main", "all")) or k == "right"}
        rows[name] = {**recall, **decoys, "nothing": scores["nothing"]["claims"]}
    return pd.DataFrame.from_dict(rows, orient="index")


def told(table: pd.DataFrame, columns: Mapping[str, str]) -> str:
    """Markdown of some columns under their headings, in percent."""

    def cell(value: float) -> str:
        if np.isnan(value):
            return "–"
        return f"{100 * value:.1f}" if 0 < value < FALSE else f"{100 * value:.0f}"

    lines = [f"| measure | {' | '.join(columns.values())} |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | {' | '.join(cell(row[c]) for c in columns)} |" for name, row in table.iterrows()]
    return "\n".join(lines)


RECALL = {
    "main district": "districts: main sector",
    "all district": "all sectors",
    "main cluster": "clusters: main sector",
    "all cluster": "all sectors",
    "main large_firm_system": "large firm: main sector",
    "all large_firm_system": "all sectors",
}
FALSE_CLAIMS = {
    "right": "claims that were planted",
    "one plant": "one-plant towns",
    "size only": "size-only towns",
    "dispersed": "dispersed sectors",
    "nothing": "nothing planted",
}


def written(page: str, tables: Mapping[str, str]) -> str:
    """Page with its tables, which stand between marks, replaced."""
    for name, text in tables.items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- /{name} -->")
        page = f"{before}<!-- {name} -->\n{text}\n<!-- /{name} -->{after}"
    return page


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    parts = []
    for seed in range(1, seeds + 1):
        parts.append(recovered(cases(generate, seed)))
        print(f"seed {seed}", flush=True)
        print(parts[-1].round(2).to_string(), flush=True)
    table = pd.concat(parts).groupby(level=0, sort=False).mean()
    tables = {"found": told(table, RECALL), "false": told(table, FALSE_CLAIMS)}
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
