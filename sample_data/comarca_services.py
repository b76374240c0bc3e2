"""Everyday services and residents by age of the invented territory, and the market that was left without a doctor."""

from __future__ import annotations

from dataclasses import dataclass

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
from comarca_history import History
from comarca_land import EPSG, Array, Land
from comarca_plants import positions
from comarca_tables import market_id

HEALTH = "health_centre"
KINDS = {  # kind: residents of a town from which it has one; in every centre of a market; words of the names
    "school": (800, True, "school", "Escuela inventada"),
    "secondary_school": (3_500, True, "secondary school", "Instituto de secundaria inventado"),
    HEALTH: (6_000, True, "health centre", "Centro de salud inventado"),
    "pharmacy": (1_500, True, "pharmacy", "Farmacia inventada"),
    "food_shop": (600, True, "food shop", "Tienda de alimentación inventada"),
    "library": (4_000, True, "library", "Biblioteca inventada"),
}
MISSED = 0.1  # share of the towns that are large enough and have none all the same
PER_DOCTOR = 1_800  # residents of the market for each doctor, about
OLDER = (
    0.16,
    0.34,
)  # share of residents of 65 years or more, in the largest and in the smallest municipality


@dataclass(frozen=True)
class Daily:
    """Services, health centres with their doctors, residents by age, towns of the markets, and the planted gap."""

    services: gpd.GeoDataFrame
    health_centres: pd.DataFrame
    residents: pd.DataFrame
    towns: pd.DataFrame
    gap: pd.DataFrame


def daily(land: Land, past: History, inhabitants: pd.DataFrame, seed: int, *, planted: bool) -> Daily:
    """
    Services of everyday life, in towns that are large enough.

    Where it is planted, one labour market has no health centre at all: of those with fewer residents than the middle
    one, the market whose centre lies farthest from the next centre.
    """
    rng = np.random.default_rng([seed, 12])
    people = inhabitants["population"].to_numpy()
    of_market = np.bincount(land.market, people, land.markets)
    gap = _lonely(land, of_market) if planted else -1
    kind, place = _towns(rng, land, people, gap)
    never = np.zeros(len(place))
    x, y, _ = positions(rng, land, place, (never, never))
    ids, names = np.array(past.ids, dtype=object), past.names[-1].astype(str)
    table = pd.DataFrame(
        {
            "service": [f"SINV{i + 1:03d}" for i in range(len(place))],
            "name": [
                f"Invented {KINDS[k][2]} of {names[p]} / {KINDS[k][3]} de {names[p]}"
                for k, p in zip(kind, place, strict=True)
            ],
            "kind": kind,
            "territory": ids[place],
            "nature": codes.NATURE,
        }
    )
    at = np.flatnonzero(kind == HEALTH)
    market = land.market[place[at]]
    share = of_market[market] / np.bincount(market, minlength=land.markets)[market]
    doctors = np.maximum(np.round(share / PER_DOCTOR * rng.uniform(0.7, 1.3, len(at))), 1).astype(int)
    health = table.drop(columns=["kind", "nature"]).assign(x=x, y=y).iloc[at].reset_index(drop=True)
    residents = _residents(rng, land, inhabitants)
    towns = residents[["place", "x", "y", "market"]].head(land.markets).rename(columns={"place": "town"})
    towns.insert(1, "name", names[: land.markets])
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=EPSG)
    return Daily(points, health.assign(doctors=doctors), residents, towns, _truth(ids, of_market, gap))


def _lonely(land: Land, of_market: Array) -> int:
    """Market of few residents whose centre is farthest from the next."""
    centres = land.seats[: land.markets]
    apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    return int(np.where(of_market < np.median(of_market), apart.min(axis=1), -1).argmax())


def _towns(rng: np.random.Generator, land: Land, people: Array, gap: int) -> tuple[Array, Array]:
    """Kind and municipality of each service."""
    kinds, places = [], []
    centre = np.arange(len(people)) < land.markets
    for kind, (least, always, *_) in KINDS.items():
        there = (people >= least) & (rng.random(len(people)) >= MISSED) | (centre if always else False)
        if kind == HEALTH:
            there &= land.market != gap
        towns = np.flatnonzero(there)
        kinds += [kind] * len(towns)
        places.append(towns)
    return np.array(kinds, dtype=object), np.concatenate(places)


def _residents(rng: np.random.Generator, land: Land, inhabitants: pd.DataFrame) -> pd.DataFrame:
    """Residents at their towns, how many are old, and their labour market; small places are the older ones."""
    people = inhabitants["population"].to_numpy()
    low, high = OLDER
    size = np.log(people / people.min()) / np.log(people.max() / people.min())
    share = np.clip(high - (high - low) * size + rng.normal(0, 0.02, len(people)), 0.1, 0.45)
    columns = inhabitants[["place", "x", "y", "population"]]
    return columns.assign(older=np.round(share * people).astype(int), market=market_id(land.market))


def _truth(ids: Array, of_market: Array, gap: int) -> pd.DataFrame:
    """Market without a health centre, and its residents."""
    rows = [gap] if gap >= 0 else []
    return pd.DataFrame(
        {
            "market": market_id(np.array(rows, dtype=int)),
            "centre": ids[rows],
            "missing": [HEALTH] * len(rows),
            "residents": of_market[rows].astype(int),
            "nature": codes.NATURE,
        }
    )
