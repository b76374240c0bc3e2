"""Establishments of the invented territory: where they are, what they make, how many work there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import comarca_codes as codes
import numpy as np
import pandas as pd
import shapely
from comarca_land import LABEL_CELL, LEFT, NOBODY, WIDTH, Array, Land

REFERENCE = np.datetime64("2025-01-01")
OLDEST = np.datetime64("1950-01-01")
LEAST = 0.15  # plants of the smallest municipality, the mean being 1
LARGEST = 1_500  # jobs of an establishment of the background
REGISTERED = np.datetime64("2001-01-01")  # the register keeps plants that closed since
LIFE = 25.0  # mean life of a plant, years
# Jobs from which on a plant is large.
LARGE = 250
GONE = 0.4  # share of the register's plants that have closed
SHIPPED = 30_000  # establishments of the shipped register
NONE, DECOY = -1, -2  # instead of the number of a structure
TRIES = 8
PRECISIONS = ("address", "street", "place", "centroid")
DATE_PRECISIONS = ("day", "month", "year")


@dataclass(frozen=True)
class Places:
    """
    Economic size of the municipalities, and which of them have planted structures.

    Attributes
    ----------
    mass
        Share of the territory's establishments.
    rank
        Labour market of each rank, the largest first.
    hosts
        Municipalities of each planted structure, by key.
    lonely
        Town, sector and jobs of each one-plant decoy.
    large
        Size-only decoys: large towns with the mix of everywhere.
    """

    mass: Array
    rank: Array
    hosts: dict[str, Array]
    lonely: tuple[tuple[int, str, int], ...]
    large: Array


def places(land: Land, seed: int) -> Places:
    """Masses of the municipalities, and the towns of structures and decoys."""
    rng = np.random.default_rng([seed, 3])
    count, markets = len(land.seats), land.markets
    # Large towns rather by the sea.
    rank = np.argsort(-(land.seats[:markets, 0] - LEFT) / WIDTH - rng.gumbel(0, 0.2, markets))
    weight = np.empty(markets)
    weight[rank] = (1.0 + np.arange(markets)) ** -0.6
    size = rng.lognormal(0, 0.75, count)
    centre = np.arange(count) < markets
    rest = np.bincount(land.market[~centre], size[~centre], minlength=markets)
    # Centres have 45 % of their market.
    size = np.where(centre, 0, 0.55 * weight[land.market] * size / np.maximum(rest[land.market], 1e-9))
    size[:markets] = np.where(rest > 0, 0.45, 1.0) * weight
    mass = np.maximum(size / size.sum(), LEAST / count)
    mass /= mass.sum()
    hosts = {s.key: _hosts(s, land, rank) for s in codes.STRUCTURES}
    taken = np.zeros(count, dtype=bool)
    taken[np.concatenate(list(hosts.values()))] = True
    small = np.flatnonzero(~taken & ~centre)
    small = small[np.argsort(mass[small])][1 : 1 + len(codes.ONE_PLANT)]
    lonely = tuple((int(m), s, jobs) for m, (s, jobs) in zip(small, codes.ONE_PLANT, strict=False))
    large = np.flatnonzero(~taken)
    large = large[np.argsort(-mass[large])][: codes.SIZE_ONLY]
    return Places(mass, rank, hosts, lonely, large)


def _hosts(structure: codes.Structure, land: Land, rank: Array) -> Array:
    """Municipalities of a structure: nearest to the centre of its market, then to that of the next market."""
    market = rank[structure.market % land.markets]
    distance = np.hypot(*(land.seats - land.seats[market]).T)
    inside = np.flatnonzero(land.market == market)
    inside = inside[np.argsort(distance[inside])][: structure.municipalities]
    if not structure.spill:
        return inside
    outside = np.flatnonzero(land.market != market)
    nearest = land.market[outside[distance[outside].argmin()]]
    beyond = np.flatnonzero(land.market == nearest)
    return np.concatenate([inside, beyond[np.argsort(distance[beyond])][: structure.municipalities // 2]])


@dataclass(frozen=True)
class _Draft:
    """Sector, municipality, jobs and structure of a set of plants."""

    sector: Array
    place: Array
    jobs: Array
    structure: Array


def plants(
    land: Land, where: Places, seed: int, scenario: str, firms: int, *, strength: float = 1.0
) -> pd.DataFrame:
    """
    Every establishment there is or was, as it truly is.

    Parameters
    ----------
    land
        Relief and municipalities.
    where
        Masses and towns of the structures.
    seed
        Of the territory.
    scenario
        `planted`, `decoys` or `nothing`.
    firms
        How many establishments, open and closed.
    strength
        Planted establishments as a multiple of the usual number; single large plants stay as they are.

    Returns
    -------
    DataFrame
        Positions are municipalities and parishes by number; sectors and structures are categories.
    """
    rng = np.random.default_rng([seed, 4])
    table = codes.sectors()
    parts = (
        []
        if scenario == "decoys"
        else [
            _planted(rng, replace(s, weight=s.weight * strength), i, where, firms, land)
            for i, s in enumerate(codes.STRUCTURES)
        ]
    )
    lonely = _lonely(where, table)
    rest = max(firms - sum(len(p.sector) for p in parts) - len(lonely.sector), 0)
    draft = _joined([_background(rng, table, where, rest), *parts, lonely])
    if scenario == "nothing":
        # Same places, same sizes, same number of plants by sector: only who makes what where is lost.
        draft = _Draft(
            rng.permutation(draft.sector), draft.place, draft.jobs, np.full_like(draft.structure, NONE)
        )
    order = rng.permutation(len(draft.sector))
    x, y, parish = positions(rng, land, draft.place[order], _spread_of(table, draft.sector[order]))
    opened, closed = _dates(rng, len(order), _lasting(draft)[order])
    keys = [s.key for s in codes.STRUCTURES]
    group, head = _groups(rng, len(order))
    return pd.DataFrame(
        {
            "firm": np.arange(1, len(order) + 1, dtype=np.int64),
            "sector": pd.Categorical.from_codes(draft.sector[order], table["sector"]),
            "employment": draft.jobs[order],
            "place": draft.place[order].astype(np.int16),
            "parish": parish.astype(np.int32),
            "x": x,
            "y": y,
            "opened": opened,
            "closed": closed,
            "dated": rng.choice(3, len(order), p=(0.7, 0.15, 0.15)).astype(np.int8),
            "group": group,
            "headquarters": head,
            "precision": pd.Categorical.from_codes(
                rng.choice(4, len(order), p=(0.72, 0.14, 0.09, 0.05)), PRECISIONS
            ),
            "structure": pd.Categorical.from_codes(np.maximum(draft.structure[order], NONE), keys),
        }
    )


def _joined(parts: list[_Draft]) -> _Draft:
    return _Draft(
        *(np.concatenate([getattr(p, f) for p in parts]) for f in ("sector", "place", "jobs", "structure"))
    )


def _jobs(rng: np.random.Generator, median: Array, sigma: float, cap: int, heavy: float) -> Array:
    """Sizes: lognormal, a few of them multiplied by a Pareto variable."""
    size = median * rng.lognormal(0, sigma, len(median))
    few = np.flatnonzero(rng.random(len(median)) < heavy)
    size[few] *= 1 + rng.pareto(1.1, len(few))
    return np.clip(np.round(size), 1, cap).astype(np.int32)


def _background(rng: np.random.Generator, table: pd.DataFrame, where: Places, count: int) -> _Draft:
    """Plants that are where they are by size of the place and the general tilt of their sector alone."""
    numbers = rng.multinomial(count, table["share"])
    sector = np.repeat(np.arange(len(table), dtype=np.int16), numbers)
    tilt = np.repeat(table["tilt"].to_numpy(), numbers)
    place = np.empty(count, dtype=np.int16)
    for value in np.unique(tilt):
        rows = np.flatnonzero(tilt == value)
        weight = where.mass * (where.mass / where.mass.mean()) ** value
        # Size alone: these towns have the mix of everywhere.
        weight[where.large] = where.mass[where.large] * weight.sum() / where.mass.sum()
        place[rows] = np.searchsorted(np.cumsum(weight / weight.sum())[:-1], rng.random(len(rows)))
    for code in codes.DISPERSED:
        rows = np.flatnonzero(sector == table.index[table["sector"] == code][0])
        place[rows] = _quota(where.mass, len(rows))
    lonely = {(m, s) for m, s, _ in where.lonely}
    trade = table.index[table["sector"] == "47.1"][0]
    for town, code in lonely:
        sector[(place == town) & (sector == table.index[table["sector"] == code][0])] = trade
    jobs = _jobs(rng, table["median"].to_numpy()[sector], 0.95, LARGEST, 0.012)
    return _Draft(sector, place, jobs, np.full(count, NONE, dtype=np.int8))


def _quota(mass: Array, count: int) -> Array:
    """Municipality of each of so many plants, by exact proportion (largest remainders)."""
    exact = mass * count
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact)[: count - quota.sum()]] += 1
    return np.repeat(np.arange(len(mass)), quota)


def _planted(
    rng: np.random.Generator, structure: codes.Structure, number: int, where: Places, firms: int, land: Land
) -> _Draft:
    """Plants of one structure."""
    table = codes.sectors()
    rows = pd.Series(table.index, table["sector"])
    market = where.rank[structure.market % land.markets]
    hosts = where.hosts[structure.key]
    count = round(structure.weight * where.mass[land.market == market].sum() * firms)
    giants = round(len(structure.giants) * max(1.0, firms / SHIPPED))
    chance = np.array(list(structure.mix.values()))
    sector = rows[list(structure.mix)].to_numpy()[rng.choice(len(chance), count, p=chance / chance.sum())]
    local = land.market[hosts] == market
    weight = np.sqrt(where.mass[hosts])
    weight = np.where(local, (1 - structure.spill) * weight / weight[local].sum(), 0)
    if structure.spill:
        beyond = np.sqrt(where.mass[hosts]) * ~local
        weight = weight + structure.spill * beyond / beyond.sum()
    place = hosts[rng.choice(len(hosts), count, p=weight / weight.sum())]
    jobs = _jobs(rng, np.full(count, structure.median, dtype=float), structure.sigma, structure.cap, 0.0)
    big = np.resize(np.array(structure.giants or (0,), dtype=np.int32), giants)
    return _Draft(
        np.concatenate([sector, np.full(giants, rows[structure.main])]).astype(np.int16),
        np.concatenate([place, np.resize(hosts, giants)]).astype(np.int16),
        np.concatenate([jobs, big]),
        np.full(count + giants, number, dtype=np.int8),
    )


def _lonely(where: Places, table: pd.DataFrame) -> _Draft:
    rows = pd.Series(table.index, table["sector"])
    return _Draft(
        np.array([rows[s] for _, s, _ in where.lonely], dtype=np.int16),
        np.array([m for m, _, _ in where.lonely], dtype=np.int16),
        np.array([jobs for _, _, jobs in where.lonely], dtype=np.int32),
        np.full(len(where.lonely), DECOY, dtype=np.int8),
    )


def _spread_of(table: pd.DataFrame, sector: Array) -> tuple[Array, Array]:
    """Chance of a plant to stand on an industrial estate, and in the open, by sector."""
    division = table["sector"].str[:2]
    estate = np.select(
        [division.between("10", "39"), division == "46", division == "52"], [0.6, 0.5, 0.7], 0.06
    )
    scattered = np.where(division.between("01", "09"), 0.5, 0.04)
    return estate[sector], scattered[sector]


def positions(
    rng: np.random.Generator, land: Land, place: Array, chances: tuple[Array, Array]
) -> tuple[Array, Array, Array]:
    """
    Coordinates inside the municipality, and the parish they are in.

    Most plants stand around the town, others on two estates, some anywhere. No plant stands in a cell that a
    border crosses, so that its municipality is never in doubt.
    """
    cells = _Cells.of(land)
    area = np.bincount(land.owner, shapely.area(land.parishes), minlength=len(land.seats))
    reach = np.sqrt(area)
    bearing = rng.uniform(0, 2 * np.pi, (len(land.seats), 2))
    offset = np.stack([np.cos(bearing), np.sin(bearing)], axis=2) * (0.22 * reach)[:, None, None]
    dice = rng.random(len(place))
    estate = dice < chances[0]
    spot = np.where(estate, rng.integers(1, 3, len(place)), 0)
    centre = np.concatenate([np.zeros((len(land.seats), 1, 2)), offset], axis=1) + land.seats[:, None]
    spread = np.where(estate, 260.0, 0.085 * reach[place])
    x, y, parish = np.empty(len(place)), np.empty(len(place)), np.full(len(place), NOBODY)
    todo = np.flatnonzero(dice < 1 - chances[1])
    for attempt in range(TRIES):
        sd = spread[todo] * 0.9**attempt
        x[todo] = np.round(centre[place[todo], spot[todo], 0] + sd * rng.standard_normal(len(todo)), 1)
        y[todo] = np.round(centre[place[todo], spot[todo], 1] + sd * rng.standard_normal(len(todo)), 1)
        found = cells.parish_at(x[todo], y[todo])
        right = (found != NOBODY) & (land.owner[found] == place[todo])
        parish[todo[right]] = found[right]
        todo = todo[~right]
    rest = np.flatnonzero(parish == NOBODY)
    x[rest], y[rest] = cells.anywhere(rng, place[rest])
    parish[rest] = cells.parish_at(x[rest], y[rest])
    return x, y, parish


@dataclass(frozen=True)
class _Cells:
    """Cells of the label grid, sorted by municipality."""

    land: Land
    cells: Array
    start: Array
    number: Array

    @classmethod
    def of(cls, land: Land) -> _Cells:
        flat = land.labels.cells.ravel()
        inside = np.flatnonzero(flat != NOBODY)
        owner = land.owner[flat[inside]]
        number = np.bincount(owner, minlength=len(land.seats))
        return cls(land, inside[np.argsort(owner, kind="stable")], np.r_[0, np.cumsum(number)[:-1]], number)

    def parish_at(self, x: Array, y: Array) -> Array:
        """Parish of the cell at each point, -1 on a border."""
        grid = self.land.labels
        rows, columns = grid.find(x, y)
        inside = (rows >= 0) & (rows < grid.cells.shape[0]) & (columns >= 0) & (columns < grid.cells.shape[1])
        found = np.full(len(x), NOBODY, dtype=np.int64)
        found[inside] = grid.cells[rows[inside], columns[inside]]
        return found

    def anywhere(self, rng: np.random.Generator, place: Array) -> tuple[Array, Array]:
        """Random points of municipalities."""
        cell = self.cells[self.start[place] + (rng.random(len(place)) * self.number[place]).astype(np.int64)]
        rows, columns = np.divmod(cell, self.land.labels.cells.shape[1])
        inner = rng.uniform(1, LABEL_CELL - 1, (2, len(place)))
        x0, y0 = self.land.labels.corner(rows, columns)
        return np.round(x0 + inner[0], 1), np.round(y0 - inner[1], 1)


def _lasting(draft: _Draft) -> Array:
    """Plants that have not closed: without its few large plants, a system of large firms would be none."""
    large = (draft.structure >= 0) & (draft.jobs >= LARGE)
    return np.asarray((draft.structure == DECOY) | large)


def _dates(rng: np.random.Generator, count: int, lasting: Array) -> tuple[Array, Array]:
    """Days of opening and closing; the register keeps what closed since 2001, the lasting ones have not closed."""
    life = (LIFE * 365.25 * rng.standard_exponential(count)).astype(np.int32) + 30
    closed = np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")
    gone = np.flatnonzero((rng.random(count) < GONE) & ~lasting)
    closed[gone] = REFERENCE - rng.integers(1, (REFERENCE - REGISTERED).astype(int), len(gone))
    opened = np.maximum(np.where(np.isnat(closed), REFERENCE, closed) - life, OLDEST)
    return opened.astype("datetime64[s]"), closed.astype("datetime64[s]")


def _groups(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Enterprise group of each plant (0: none) and whether it is the headquarters; groups have 2 to 6 plants."""
    members = rng.permutation(count)[: int(0.06 * count)]
    size = rng.integers(2, 7, max(1, len(members) // 2))
    size = size[np.cumsum(size) <= len(members)]
    members = members[: size.sum()]
    group, head = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=bool)
    group[members] = np.repeat(np.arange(1, len(size) + 1), size)
    head[members[np.r_[0, np.cumsum(size)[:-1]].astype(int)] if len(size) else []] = True
    return group, head


def operating(table: pd.DataFrame, day: str) -> Array:
    """Whether each plant was open on a day."""
    date = np.datetime64(day)
    return np.asarray((table["opened"] <= date) & ~(table["closed"] <= date))
