"""Generator of the invented territory `comarca`, and of others like it, from a seed.

`python sample_data/generate.py --seed 1 --scenario planted --output DIR` writes every file. Scenarios: `planted`
(structures and decoys), `decoys` (decoys only), `nothing` (the plants of `planted` with their sectors dealt anew). The
same seed gives the same files. Up to ten million establishments fit in the memory of a small machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import comarca_actors as actors
import comarca_capitals as capitals
import comarca_evidence as evidence
import comarca_files as files
import comarca_groups as groups
import comarca_history as histories
import comarca_indicators as compared
import comarca_land as lands
import comarca_people as peoples
import comarca_periods as periods
import comarca_plants as plant
import comarca_register as registers
import comarca_roads as roads
import comarca_services as everyday
import comarca_tables as tables
import geopandas as gpd
import pandas as pd
from comarca_land import Grid

VERSION = "1"
CHUNK = 500_000
Scenario = Literal["planted", "nothing", "decoys"]


@dataclass(frozen=True)
class World:
    """
    An invented territory.

    Attributes
    ----------
    seed, scenario
        What it was made from.
    municipalities
        Every version of every municipality since 1981.
    today
        Municipalities in force on 1 January 2025.
    markets
        Labour markets as planted.
    upper
        Provinces and the region.
    plants
        Every establishment open or closed as it truly is, one row each; `place` is the row of `today`.
    counts
        Published table of municipalities by sectors, with withheld cells.
    counts_periods
        Labour markets by sectors in three years.
    indicators
        Income per head of the municipalities of today in three years.
    market_indicators
        Five indicators of the labour markets, some with intervals.
    inhabitants
        Inhabitants of the towns at the latest census.
    nation, nation_sizes
        Totals of the nation by sector, and by sector and size class.
    wholes
        Totals of the region, the nation and the larger area by sector.
    flows, margins
        Commuting of three censuses, and residents, employed residents and jobs of each municipality.
    population, elevation
        Grids.
    definitions
        Groups of related industries with the role of each sector; the same in every territory.
    capitals
        Capital of which each indicator speaks; the same in every territory.
    roads, institutions, links, actions, evidence
        As their names say.
    services, health_centres, residents, towns
        Services of everyday life, health centres with their doctors, residents by age, and centres of the markets.
    truth
        What was planted.
    land
        Parishes and the frame they were made in.
    """

    seed: int
    scenario: Scenario
    municipalities: gpd.GeoDataFrame
    today: gpd.GeoDataFrame
    markets: gpd.GeoDataFrame
    upper: gpd.GeoDataFrame
    plants: pd.DataFrame
    counts: pd.DataFrame
    counts_periods: pd.DataFrame
    indicators: pd.DataFrame
    market_indicators: pd.DataFrame
    inhabitants: pd.DataFrame
    nation: pd.DataFrame
    nation_sizes: pd.DataFrame
    wholes: pd.DataFrame
    flows: pd.DataFrame
    margins: pd.DataFrame
    population: Grid
    elevation: Grid
    definitions: pd.DataFrame
    capitals: pd.DataFrame
    roads: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame
    links: pd.DataFrame
    actions: pd.DataFrame
    evidence: pd.DataFrame
    services: gpd.GeoDataFrame
    health_centres: pd.DataFrame
    residents: pd.DataFrame
    towns: pd.DataFrame
    truth: tables.Truth
    land: lands.Land

    def chunks(self, *, closed: bool = False) -> Iterator[pd.DataFrame]:
        """Register without faults, in pieces: coordinates as columns `x` and `y`."""
        ids = self.today["territory"].to_numpy(dtype=object)
        for start in range(0, max(len(self.plants), 1), CHUNK):
            part = self.plants.iloc[start : start + CHUNK]
            kept = part if closed else part[plant.operating(part, histories.TODAY)]
            yield registers.firms(kept, self.land, ids)

    def firms(self) -> gpd.GeoDataFrame:
        """Establishments open on 1 January 2025, without faults."""
        return located(pd.concat(self.chunks(), ignore_index=True))

    def register(self) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
        """Register as delivered, open and closed establishments with planted faults, and the list of the faults."""
        raw, sins = registers.faulty(pd.concat(self.chunks(closed=True), ignore_index=True), self.seed)
        return located(raw), sins


def located(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Points from the columns `x` and `y`."""
    points = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=points, crs=lands.EPSG)


def generate(
    seed: int,
    *,
    scenario: Scenario = "planted",
    firms: int | None = None,
    municipalities: int = 150,
    strength: float = 1.0,
) -> World:
    """
    An invented territory with everything in it.

    Parameters
    ----------
    seed
        Same seed, same territory; the three scenarios of a seed share land, history and roads.
    scenario
        What is planted.
    firms
        Establishments in the register, open and closed; 30 000 by default.
    municipalities
        How many there are today, from 30.
    strength
        Planted establishments as a multiple of the usual number: below 0.2 structures become hard to find.

    Returns
    -------
    World
        Layers, tables and the planted truth.
    """
    if scenario not in get_args(Scenario):
        msg = f"scenario must be one of {', '.join(get_args(Scenario))}, not {scenario}"
        raise ValueError(msg)
    land = lands.land(seed, municipalities)
    past = histories.history(land, seed)
    where = plant.places(land, seed)
    count = plant.SHIPPED if firms is None else firms
    every = plant.plants(land, where, seed, scenario, count, strength=strength)
    versions = histories.versions(land, past, tables.provinces(land))
    today = versions[versions["valid_to"].isna()].reset_index(drop=True)
    ids = today["territory"].to_numpy(dtype=object)
    people = peoples.people(land, where, past, every)
    latest = people.margins[people.margins["period"] == peoples.CENSUSES[-1][:4]]
    markets, upper = tables.upper_levels(land, past)
    country = tables.nation(every, seed, scenario)
    income = periods.incomes(today, latest, seed, planted=scenario == "planted")
    everyone = actors.institutions(land, where, past, seed)
    bodies, untaught = actors.without_field(everyone, land, where, planted=scenario == "planted")
    links, brokers = actors.links(land, where, every, bodies, seed)
    said, told = evidence.statements(land, where, past, seed, planted=scenario == "planted")
    living = peoples.inhabitants(latest, ids, land.seats)
    daily = everyday.daily(land, past, living, seed, planted=scenario == "planted")
    return World(
        seed=seed,
        scenario=scenario,
        municipalities=versions,
        today=today,
        markets=markets,
        upper=upper,
        plants=every,
        counts=tables.counts(every, ids),
        counts_periods=periods.counts(every, land),
        indicators=income.table,
        market_indicators=compared.indicators(every, land, people.flows, income.table, ids),
        inhabitants=living,
        nation=country,
        nation_sizes=tables.nation_sizes(every, seed, scenario),
        wholes=tables.wholes(every, country),
        flows=people.flows,
        margins=people.margins,
        population=peoples.population_grid(land, latest, ids),
        elevation=land.elevation,
        definitions=groups.definitions(),
        capitals=capitals.assignment(),
        roads=roads.roads(land),
        institutions=bodies,
        links=links,
        actions=actors.actions(land, past, bodies, seed),
        evidence=said,
        services=daily.services,
        health_centres=daily.health_centres,
        residents=daily.residents,
        towns=daily.towns,
        truth=tables.truth(
            land, where, past, every, (brokers, income.truth, daily.gap, untaught, told), scenario
        ),
        land=land,
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Generate an invented territory.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=get_args(Scenario), default="planted")
    parser.add_argument("--firms", type=int, help=f"establishments in the register; default {plant.SHIPPED}")
    parser.add_argument("--municipalities", type=int, default=150)
    parser.add_argument("--strength", type=float, default=1.0, help="planted establishments, times the usual")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    if given.seed < 0:
        parser.error("--seed must be 0 or more")
    world = generate(
        given.seed,
        scenario=given.scenario,
        firms=given.firms,
        municipalities=given.municipalities,
        strength=given.strength,
    )
    for name in files.write(world, given.output):
        print(given.output / name)


if __name__ == "__main__":
    main()
