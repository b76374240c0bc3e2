"""Are planted structures found as clumps, and is anything else? Writes the table of ``docs/patterns.md``.

Run with ``python benchmarks/clump_recovery.py [seeds]``. Of each seed the main sectors of the districts and clusters
are looked at three times: in the territory where these are planted, in the same with nothing planted, and there with
their establishments thrown evenly over the hull of all. Planted is found where a clump is like it (Jaccard of 0.5).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from district_recovery import share, told
from recovery import written

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.patterns import tools

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "patterns.md"
METHODS = ("dbscan", "hdbscan")
# Quotient within the outline from which on a clump is one of the sector and not of all establishments.
QUOTIENT = 3
CLAIMS = {
    "every clump": lambda areas: areas["plants"] > 0,
    "stable": lambda areas: areas["stability"] == "stable",
    f"stable, quotient of {QUOTIENT} or more": lambda areas: (
        (areas["stability"] == "stable") & (areas["lq"] >= QUOTIENT)
    ),
}


def evenly(firms: gpd.GeoDataFrame, sector: str, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Register whose establishments of a sector are thrown over the hull of all."""
    mine = (firms["sector"] == sector).to_numpy()
    hull = shapely.convex_hull(shapely.MultiPoint(shapely.get_coordinates(firms.geometry.to_numpy())))
    west, south, east, north = shapely.bounds(hull)
    places = rng.uniform((west, south), (east, north), (20 * int(mine.sum()) + 100, 2))
    places = places[shapely.contains_xy(hull, places)][: mine.sum()]
    points = firms.geometry.to_numpy().copy()
    points[mine] = shapely.points(places)
    return firms.set_geometry(gpd.GeoSeries(points, index=firms.index, crs=firms.crs))


def likeness(establishments: gpd.GeoDataFrame, own: set[str]) -> pd.DataFrame:
    """Of each clump: its Jaccard index with the planted establishments, and both shares of what they have in common."""
    rows = establishments.dropna(subset="clump")
    groups = rows["firm"].isin(own).groupby(rows["clump"])
    both, size, mine = groups.sum(), groups.size(), establishments["firm"].isin(own).sum()
    return pd.DataFrame({"alike": both / (size + mine - both), "held": both / mine, "pure": both / size})


def looked(
    firms: gpd.GeoDataFrame, sector: str, own: set[str], **what: object
) -> Iterator[dict[str, object]]:
    """One row per method and claim: what is claimed of a sector."""
    for method in METHODS:
        found = tools.clumps(firms, sector=sector, method=method)
        like = likeness(found.establishments, own)
        for claim, chosen in CLAIMS.items():
            names = found.areas.loc[chosen(found.areas), "clump"]
            best = like.reindex(names).sort_values("alike").tail(1)
            hit = bool((best["alike"] >= 0.5).any())
            yield {
                **what,
                "method": f"`{method}`, {claim}",
                "hit": hit,
                "held": best["held"].sum() if hit else np.nan,
                "pure": best["pure"].sum() if hit else np.nan,
                "others": len(names) - hit,
                "any": len(names) > 0,
            }


def seen(seed: int, generate: Any) -> list[dict[str, object]]:
    """All rows of one seed."""
    planted, nothing = generate(seed), generate(seed, scenario="nothing")
    truth, structures = planted.truth.plants, pd.concat([planted.truth.districts, planted.truth.clusters])
    there, bare = planted.firms(), nothing.firms()
    rng, rows = np.random.default_rng(seed), []
    for structure in structures.itertuples():
        sector = str(structure.main_sector)
        own = set(truth.loc[truth["structure"] == structure.structure, "firm"])
        what = {"seed": seed, "kind": structure.kind}
        rows += looked(there, sector, own, scenario="planted", **what)
        rows += looked(bare, sector, set(), scenario="nothing", **what)
        rows += looked(evenly(bare, sector, rng), sector, set(), scenario="even", **what)
    return rows


def scores(rows: pd.DataFrame) -> dict[str, str]:
    """Row of the table for one method and claim."""
    planted, nothing, even = (rows[rows["scenario"] == name] for name in ("planted", "nothing", "even"))
    return {
        **{f"{k}s found": share(planted.loc[planted["kind"] == k, "hit"]) for k in ("district", "cluster")},
        "of the planted, inside": f"{100 * planted['held'].mean():.0f}",
        "of those inside, planted": f"{100 * planted['pure'].mean():.0f}",
        "other clumps of a sector": f"{planted['others'].mean():.2f}",
        "nothing planted": share(nothing["any"]),
        "thrown evenly": share(even["any"]),
    }


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    rows = []
    for seed in range(1, seeds + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GeoterritorioWarning)
            rows += seen(seed, generate)
        print(f"seed {seed}", flush=True)
    groups = pd.DataFrame(rows).groupby("method", sort=False)
    table = told(pd.DataFrame({name: scores(part) for name, part in groups}).T)
    table = table.replace("markets called districts by", "claimed", 1)
    print(table)
    if PAGE.exists():
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), {"clumps": table}), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
