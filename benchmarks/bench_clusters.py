"""Clusters in 8000 municipalities, of a register of 100 000 and of a million establishments."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification.tools import clusters

# Groups of related industries, their sectors, and how many of the groups have a place of their own.
GROUPS, SECTORS, GATHERED = 40, 320, 8
ROLES = ("core", "core", "core", "core", "supplier", "supplier", "service", "service")
# Metres around the middle of a gathered group within which a third of its establishments lie, and of towns.
REACH, TOWN = 12_000.0, 6_000.0


def definitions() -> pd.DataFrame:
    """Groups of four core sectors, two that supply and two that serve; each sector in one."""
    sector = np.array([f"{k:04d}" for k in range(SECTORS)])
    group = np.array([f"G{k:02d}" for k in range(GROUPS)])
    width = len(ROLES)
    return pd.DataFrame(
        {"sector": sector, "group": np.repeat(group, width), "role": np.tile(np.array(ROLES), GROUPS)}
    )


def establishments(number: int, side: float) -> gpd.GeoDataFrame:
    """Establishments in towns of unlike size; a third of those of some groups around a middle of their own."""
    rng = np.random.default_rng(1)
    towns = rng.uniform(0, side, (3000, 2))
    people = rng.pareto(1.1, len(towns)) + 0.1
    place = towns[rng.choice(len(towns), number, p=people / people.sum())]
    weight = rng.lognormal(0, 1.0, SECTORS)
    sector = rng.choice(SECTORS, number, p=weight / weight.sum())
    group = sector // len(ROLES)
    own = (group < GATHERED) & (rng.random(number) < 1 / 3)
    middle = rng.uniform(0.1 * side, 0.9 * side, (GATHERED, 2))
    spread = np.where(own, REACH, TOWN)[:, None]
    point = np.where(own[:, None], middle[np.minimum(group, GATHERED - 1)], place)
    point = np.clip(point + rng.normal(0, 1, (number, 2)) * spread / 2, 1, side - 1)
    codes = np.array([f"{k:04d}" for k in range(SECTORS)])
    table = pd.DataFrame(
        {
            "firm": [f"F{k}" for k in range(number)],
            "sector": codes[sector],
            "employment": np.ceil(rng.lognormal(1.2, 1.2, number)),
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(point), crs=25830)


@pytest.mark.parametrize("number", [100_000, 1_000_000])
def test_clusters(compare, municipalities, number):
    side = float(municipalities.total_bounds[2])
    firms, groups = establishments(number, side), definitions()

    def found():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GeoterritorioWarning)
            return clusters(municipalities, firms, definitions=groups)

    name = f"clusters, {number} establishments, {len(municipalities)} municipalities, {GROUPS} groups"
    result, _ = compare(name, found)
    assert len(result.cells) == len(municipalities) * GROUPS
    claimed = set(result.areas.loc[result.areas["verdict"].eq("possible cluster"), "group"])
    assert claimed
    assert claimed <= {f"G{k:02d}" for k in range(GATHERED)}
