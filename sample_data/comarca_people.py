"""Residents, commuters and the population grid of the invented territory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from comarca_history import History
from comarca_land import HEIGHT, NOBODY, WIDTH, Array, Grid, Land
from comarca_plants import Places, operating

CENSUSES = ("2001-11-01", "2011-11-01", "2021-11-01")
DECAY = (
    4.0,
    4.8,
    5.6,
)  # kilometres of seat-to-seat cost over which commuting falls to 1/e, longer every census
ACROSS_MARKETS = 0.17  # how much less is commuted across the border of a labour market
FOLLOW = 0.8  # how far residents follow the jobs of their labour market, 0 to 1
AT_HOME = 2.4  # how much more people work where they live than distance says
OUTSIDE = "OUTSIDE"
OUT, IN = 0.03, 0.025  # commuters to and from outside, shares of the jobs
EMPLOYED = 0.42  # employed residents per inhabitant
POPULATION_CELL = 1_000.0


@dataclass(frozen=True)
class People:
    """Commuting by census, and what its margins are."""

    flows: pd.DataFrame
    margins: pd.DataFrame


def people(land: Land, where: Places, past: History, plants: pd.DataFrame) -> People:
    """
    Commuters between the municipalities of each census day.

    The jobs of the plants open on the day are the sums by destination, exactly; employed residents are the sums by
    origin. `OUTSIDE` stands for everything across the border.
    """
    share = _parish_shares(land, where)
    flows, margins = [], []
    for day, decay in zip(CENSUSES, DECAY, strict=True):
        owner = past.at(day)
        units, unit = np.unique(owner, return_inverse=True)
        open_ = operating(plants, day)
        jobs = np.bincount(
            unit[plants["parish"].to_numpy()[open_]],
            plants["employment"].to_numpy()[open_],
            minlength=len(units),
        )
        living = np.bincount(unit, share, minlength=len(units))
        seat = _seats(land, unit, share, len(units))
        market = _markets(land, unit, share, len(units))
        matrix = _commuters(jobs, _settled(living, jobs, market), seat, market, decay)
        names = np.append(np.array(past.ids, dtype=object)[units], OUTSIDE)
        origin, destination = np.nonzero(matrix)
        flows.append(
            pd.DataFrame(
                {
                    "origin": names[origin],
                    "destination": names[destination],
                    "flow": matrix[origin, destination],
                }
            ).assign(period=day[:4])
        )
        employed = matrix.sum(axis=1)[:-1]
        margins.append(
            pd.DataFrame(
                {
                    "territory": names[:-1],
                    "period": day[:4],
                    "population": np.round(employed / EMPLOYED).astype(int),
                    "employed_residents": employed,
                    "jobs": matrix.sum(axis=0)[:-1],
                }
            )
        )
    return People(pd.concat(flows, ignore_index=True), pd.concat(margins, ignore_index=True))


def _parish_shares(land: Land, where: Places) -> Array:
    """Share of the residents in each parish: 70 % of a municipality's in the parish of the seat, the rest by area."""
    owner = land.owner
    seat = np.arange(len(owner)) < len(land.seats)
    area = shapely.area(land.parishes)
    others = np.bincount(owner, area * ~seat, minlength=len(land.seats))
    alone = others[owner] == 0
    share = np.where(seat, np.where(alone, 1.0, 0.7), 0.3 * area / np.maximum(others[owner], 1.0))
    # Homes are less concentrated than jobs.
    living = where.mass**0.92
    return np.asarray(share * (living / living.sum())[owner])


def _seats(land: Land, unit: Array, share: Array, count: int) -> Array:
    total = np.bincount(unit, share, minlength=count)
    return np.stack(
        [np.bincount(unit, share * land.points[:, a], minlength=count) / total for a in (0, 1)], axis=1
    )


def _markets(land: Land, unit: Array, share: Array, count: int) -> Array:
    """Labour market where most residents of each unit live."""
    weight = np.zeros((count, land.markets))
    np.add.at(weight, (unit, land.market[land.owner]), share)
    return weight.argmax(axis=1)


def _settled(living: Array, jobs: Array, market: Array) -> Array:
    """Residents where people have moved most of the way to the jobs of each labour market."""
    here, work = np.bincount(market, living), np.bincount(market, jobs / jobs.sum())
    return np.asarray(living * ((work / np.maximum(here, 1e-12)) ** FOLLOW)[market])


def _commuters(jobs: Array, living: Array, seat: Array, market: Array, decay: float) -> Array:
    """Whole commuters: gravity fitted to both margins, columns rounded by largest remainders."""
    count = len(jobs)
    distance = np.hypot(seat[:, None, 0] - seat[None, :, 0], seat[:, None, 1] - seat[None, :, 1]) / 1_000
    pull = np.exp(-distance / decay) * np.where(market[:, None] == market[None, :], 1.0, ACROSS_MARKETS)
    pull[np.diag_indices(count)] *= AT_HOME
    edge = 0.2 + (np.hypot(*(seat - seat.mean(axis=0)).T) / 60_000) ** 2
    whole = np.zeros((count + 1, count + 1))
    whole[:-1, :-1], whole[-1, :-1], whole[:-1, -1] = pull, 0.002 * edge, 0.002 * edge
    to = np.append(jobs, OUT * jobs.sum())
    out = np.append((1 + OUT - IN) * jobs.sum() * living / living.sum(), IN * jobs.sum())
    for _ in range(60):
        whole *= (out / np.maximum(whole.sum(axis=1), 1e-12))[:, None]
        whole *= to / np.maximum(whole.sum(axis=0), 1e-12)
    return _rounded(whole, np.round(to).astype(np.int64))


def _rounded(exact: Array, totals: Array) -> Array:
    """Whole numbers whose columns add up to the totals, by largest remainders."""
    floor = np.floor(exact).astype(np.int64)
    missing = totals - floor.sum(axis=0)
    rank = np.argsort(np.argsort(floor - exact, axis=0, kind="stable"), axis=0, kind="stable")
    return floor + (rank < missing)


def inhabitants(margins: pd.DataFrame, ids: Array, seats: Array) -> pd.DataFrame:
    """Inhabitants of each municipality at its town, for areas of any level."""
    people = margins.set_index("territory")["population"].reindex(ids).to_numpy()
    where = np.round(seats, 1)
    return pd.DataFrame({"place": ids, "x": where[:, 0], "y": where[:, 1], "population": people})


def population_grid(land: Land, margins: pd.DataFrame, ids: Array) -> Grid:
    """Residents by square kilometre, adding up to those of the municipalities."""
    shape = (int(HEIGHT / POPULATION_CELL), int(WIDTH / POPULATION_CELL))
    factor = land.labels.cells.shape[0] // shape[0]
    label = land.labels.cells
    rows, columns = np.nonzero(label != NOBODY)
    place = land.owner[label[rows, columns]]
    x, y = land.labels.corner(rows + 0.5, columns + 0.5)
    area = np.bincount(land.owner, shapely.area(land.parishes), minlength=len(land.seats))
    away = np.hypot(x - land.seats[place, 0], y - land.seats[place, 1]) / (0.13 * np.sqrt(area))[place]
    weight = np.exp(-0.5 * away**2) + 0.004
    weight /= np.bincount(place, weight, minlength=len(land.seats))[place]
    residents = margins.set_index("territory")["population"].reindex(ids).to_numpy()
    exact = np.zeros((len(land.seats), shape[0] * shape[1]))
    np.add.at(exact, (place, rows // factor * shape[1] + columns // factor), weight * residents[place])
    cells = _rounded(exact.T, residents).sum(axis=1).reshape(shape).astype(np.int32)
    return Grid(cells, POPULATION_CELL, "inhabitants")
