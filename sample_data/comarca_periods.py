"""Figures of several years of the invented territory: counts of labour markets, and income per head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
from comarca_land import Array, Land
from comarca_plants import operating
from comarca_tables import market_id

DAYS = ("2005-01-01", "2015-01-01", "2025-01-01")
INCOME = 14_000.0  # invented euros a head, in the middle of the municipalities at the start
STEADY = 1.35  # level to which incomes tend, as a multiple of that, at the start
GROWTH = 0.018  # yearly growth of that level
UNEQUAL, PROVINCIAL = 0.24, 0.12  # deviation of the logarithms at the start: municipalities, their provinces
SHOCK = 0.03  # deviation of what chance adds in a decade
SPEEDS = (0.015, 0.03)  # between which the share of the gap that is closed in a year is drawn


@dataclass(frozen=True)
class Incomes:
    """Income per head by municipality and year, and how fast gaps were made to close."""

    table: pd.DataFrame
    truth: pd.DataFrame


def counts(plants: pd.DataFrame, land: Land) -> pd.DataFrame:
    """
    Establishments and jobs of the labour markets of today by sector, on the first day of three years.

    What was open is read from the days of opening and closing, so the years agree with the register. Labour markets are
    large enough to be published whole; empty cells are not listed.
    """
    return pd.concat([_counts(plants, land, day) for day in DAYS], ignore_index=True)


def _counts(plants: pd.DataFrame, land: Land, day: str) -> pd.DataFrame:
    open_ = operating(plants, day)
    sectors = plants["sector"].cat.categories.to_numpy()
    width = len(sectors)
    market = land.market[plants["place"].to_numpy()[open_]]
    key = market.astype(np.int64) * width + plants["sector"].cat.codes.to_numpy()[open_]
    number = np.bincount(key, minlength=land.markets * width)
    jobs = np.bincount(key, plants["employment"].to_numpy()[open_], minlength=land.markets * width)
    (full,) = np.nonzero(number)
    return pd.DataFrame(
        {
            "territory": market_id(full // width),
            "sector": sectors[full % width],
            "classification": codes.CLASSIFICATION,
            "period": day[:4],
            "employment": jobs[full].astype(np.int64),
            "establishments": number[full],
            "status": "known",
            "nature": codes.NATURE,
        }
    )


def incomes(today: gpd.GeoDataFrame, margins: pd.DataFrame, seed: int, *, planted: bool) -> Incomes:
    """
    Income per head of the municipalities of today in three years, and the convergence in it.

    Parameters
    ----------
    today
        Municipalities in force.
    margins
        Inhabitants at the latest census; the same weigh every year, so that nothing but incomes changes.
    seed
        Of the territory.
    planted
        Whether gaps close; if not, each income grows at the same expected rate.
    """
    rng = np.random.default_rng([seed, 11])
    ids, province = today["territory"].to_numpy(dtype=object), today["parent"].to_numpy(dtype=object)
    people = margins.set_index("territory")["population"].reindex(ids).to_numpy()
    years = [int(day[:4]) for day in DAYS]
    drawn = round(float(rng.uniform(*SPEEDS)), 4)
    speed = drawn if planted else 0.0
    level = [_start(rng, province)]
    for before, after in pairwise(years):
        level.append(_later(rng, level[-1], speed, before - years[0], after - before))
    table = pd.DataFrame(
        {
            "territory": np.tile(ids, len(years)),
            "value": np.round(INCOME * np.exp(np.concatenate(level)), 1),
            "weight": np.tile(people, len(years)),
            "group": np.tile(province, len(years)),
            "period": np.repeat([day[:4] for day in DAYS], len(ids)),
            "nature": codes.NATURE,
        }
    )
    return Incomes(table, _truth(level, speed, years))


def _start(rng: np.random.Generator, province: Array) -> Array:
    """Logarithms at the start, over the middle: a part of the province and a part of the municipality."""
    _, number = np.unique(province, return_inverse=True)
    shift = rng.permutation(np.linspace(-1, 1, number.max() + 1)) * PROVINCIAL
    found = shift[number] + UNEQUAL * rng.standard_normal(len(number))
    return np.asarray(found - np.median(found))


def _later(rng: np.random.Generator, now: Array, speed: float, since: int, years: int) -> Array:
    """Logarithms some years later: a part of the gap to the steady level is closed, and chance adds to it."""
    gap = np.log(STEADY) + GROWTH * since - now
    closed = (1 - np.exp(-speed * years)) * gap
    return np.asarray(now + GROWTH * years + closed + SHOCK * rng.standard_normal(len(now)))


def _truth(level: list[Array], speed: float, years: list[int]) -> pd.DataFrame:
    span = years[-1] - years[0]
    return pd.DataFrame(
        {
            "start": [years[0]],
            "end": [years[-1]],
            "speed": [speed],
            "beta": [round(-(1 - np.exp(-speed * span)) / span, 6)],
            "half_life": [round(np.log(2) / speed, 2) if speed else None],
            "deviation_start": [round(float(np.std(level[0], ddof=1)), 4)],
            "deviation_end": [round(float(np.std(level[-1], ddof=1)), 4)],
            "nature": codes.NATURE,
        }
    )
