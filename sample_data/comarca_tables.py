"""Counts, reference totals and the planted truth of the invented territory, derived from its establishments."""

from __future__ import annotations

from dataclasses import dataclass

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from comarca_history import TODAY, History
from comarca_land import EPSG, Array, Land
from comarca_plants import LARGEST, Places, _jobs, operating

SMALL_AND_MEDIUM = 250  # jobs from which a plant is large
LEAST = 3  # establishments of a published cell
REST = 19  # how many times larger than the territory the rest of the nation is
PROVINCES = ("PINV1", "PINV2", "PINV3")
REGION, NATION, LARGER = "RINV", "NINV", "UINV"
SIZES = ("small", "medium", "large")
SIZE_ENDS = (50, 250)  # jobs from which a plant is of the next class
FEWEST = np.array([1.0, *SIZE_ENDS])  # jobs of a plant of each class at least
UNION = 5  # nations of the same mix in the larger area


@dataclass(frozen=True)
class Truth:
    """
    What was planted.

    Attributes
    ----------
    markets
        Labour market of every municipality.
    districts, clusters, large_firm_systems
        Planted structures: sectors, municipalities, open establishments and their jobs.
    decoys
        What looks like a structure and is none.
    plants
        Structure of every planted establishment.
    brokers
        Planted intermediaries.
    convergence
        How fast gaps in income were made to close, and the beta that follows.
    gap
        Labour market that was left without a health centre.
    training_gap
        Labour market of a district in which nobody teaches the field of its main sector.
    evidence
        What was planted in the statements: contradictions, missing sources, agreement, an earlier round.
    events
        Boundary changes.
    """

    markets: pd.DataFrame
    districts: pd.DataFrame
    clusters: pd.DataFrame
    large_firm_systems: pd.DataFrame
    decoys: pd.DataFrame
    plants: pd.DataFrame
    brokers: pd.DataFrame
    convergence: pd.DataFrame
    gap: pd.DataFrame
    training_gap: pd.DataFrame
    evidence: pd.DataFrame
    events: pd.DataFrame


def market_id(market: Array) -> Array:
    """Identifier of each labour market."""
    return np.array([f"MINV{m + 1:02d}" for m in market], dtype=object)


def provinces(land: Land) -> Array:
    """Province of each municipality: whole labour markets, from west to east."""
    order = np.argsort(np.argsort(land.seats[: land.markets, 0]))
    return np.array(PROVINCES, dtype=object)[(order * len(PROVINCES) // land.markets)[land.market]]


def upper_levels(land: Land, past: History) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Labour markets of today as planted, and the provinces with the region they make."""
    market = land.market[land.owner]
    shapes = [shapely.coverage_union_all(land.parishes[market == m]) for m in range(land.markets)]
    province = provinces(land)
    markets = _level(
        market_id(np.arange(land.markets)),
        [
            f"Invented labour market of {n} / Mercado de trabajo inventado de {n}"
            for n in past.names[-1][: land.markets]
        ],
        "labour_market",
        province[: land.markets],
        shapes,
    )
    parts = province[land.owner]
    shapes = [shapely.coverage_union_all(land.parishes[parts == p]) for p in PROVINCES]
    whole = shapely.coverage_union_all(land.parishes)
    above = _level(
        [*PROVINCES, REGION],
        [f"Invented province {i} / Provincia inventada {i}" for i in (1, 2, 3)]
        + ["Invented region / Región inventada"],
        ["province"] * len(PROVINCES) + ["region"],
        [REGION] * len(PROVINCES) + [NATION],
        [*shapes, whole],
    )
    return markets, above


def _level(ids: object, names: object, level: object, parent: object, shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"territory": ids, "name": names, "level": level, "parent": parent, "nature": codes.NATURE},
        geometry=shapes,
        crs=EPSG,
    )


def cells(plants: pd.DataFrame, places: int) -> tuple[Array, Array]:
    """Establishments and jobs open today, municipalities by sectors."""
    open_ = operating(plants, TODAY)
    width = len(plants["sector"].cat.categories)
    key = (
        plants["place"].to_numpy()[open_].astype(np.int64) * width
        + plants["sector"].cat.codes.to_numpy()[open_]
    )
    number = np.bincount(key, minlength=places * width)
    jobs = np.bincount(key, plants["employment"].to_numpy()[open_], minlength=places * width)
    return number.reshape(places, width), jobs.reshape(places, width).astype(np.int64)


def counts(plants: pd.DataFrame, ids: Array) -> pd.DataFrame:
    """Published table: cells with fewer than three establishments are withheld, empty ones are not listed."""
    number, jobs = cells(plants, len(ids))
    place, sector = np.nonzero(number)
    secret = number[place, sector] < LEAST
    return pd.DataFrame(
        {
            "territory": ids[place],
            "sector": plants["sector"].cat.categories.to_numpy()[sector],
            "classification": codes.CLASSIFICATION,
            "period": TODAY[:4],
            "employment": np.where(secret, np.nan, jobs[place, sector]),
            "establishments": np.where(secret, np.nan, number[place, sector]),
            "status": np.where(secret, "withheld", "known"),
            "nature": codes.NATURE,
        }
    )


@dataclass(frozen=True)
class _Rest:
    """The nation outside the territory by sector: plants, their jobs, and the parts of both by size class."""

    number: Array
    jobs: Array
    share_number: Array
    share_jobs: Array


def _open(plants: pd.DataFrame) -> tuple[Array, Array]:
    """Sector and jobs of the plants that are open today."""
    open_ = operating(plants, TODAY)
    return plants["sector"].cat.codes.to_numpy()[open_], plants["employment"].to_numpy()[open_]


def _rest(plants: pd.DataFrame, seed: int, scenario: str) -> _Rest:
    rng = np.random.default_rng([seed, 10])
    table = codes.sectors()
    sector, employment = _open(plants)
    number = np.bincount(sector, minlength=len(table))
    background = (plants["structure"].isna().to_numpy() & operating(plants, TODAY)).sum()
    share = number / number.sum() if scenario == "nothing" else table["share"].to_numpy()
    rest = rng.poisson(REST * background * share)
    size = _jobs(rng, np.repeat(table["median"].to_numpy(), 4_000), 0.95, LARGEST, 0.012)
    size = size.reshape(len(table), 4_000)
    if scenario == "nothing":
        # Sizes are independent of sectors there.
        mean = np.full(len(table), employment.sum() / number.sum())
        size = np.broadcast_to(employment, (len(table), len(employment)))
    else:
        mean = size.mean(axis=1)
    more = np.round(rest * mean * rng.lognormal(0, 0.02, len(table)))
    label = np.searchsorted(SIZE_ENDS, size, side="right")
    parts = [np.stack([(w * (label == k)).sum(axis=1) for k in range(len(SIZES))], axis=1) for w in (1, size)]
    return _Rest(rest, more, *(part / part.sum(axis=1, keepdims=True) for part in parts))


def nation(plants: pd.DataFrame, seed: int, scenario: str) -> pd.DataFrame:
    """
    Totals of the nation by sector, the territory included.

    The rest of the nation has no planted structures and is nineteen times the territory's background. With nothing
    planted it has the territory's own mix, since chance alone then says where a sector is.
    """
    table, rest = codes.sectors(), _rest(plants, seed, scenario)
    sector, employment = _open(plants)
    number = np.bincount(sector, minlength=len(table))
    jobs = np.bincount(sector, employment, minlength=len(table))
    return _whole(table, jobs + rest.jobs, number + rest.number).assign(
        area=NATION, level="nation", parent=LARGER
    )


def nation_sizes(plants: pd.DataFrame, seed: int, scenario: str) -> pd.DataFrame:
    """The same totals by size class of the plants; they sum to those of `nation`."""
    table, rest = codes.sectors(), _rest(plants, seed, scenario)
    sector, employment = _open(plants)
    cell = sector * len(SIZES) + np.searchsorted(SIZE_ENDS, employment, side="right")
    shape = (len(table), len(SIZES))
    number = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    jobs = np.bincount(cell, employment, minlength=shape[0] * shape[1]).reshape(shape)
    beyond, more = _sized(rest)
    rows = pd.DataFrame(
        {
            "sector": np.repeat(table["sector"].to_numpy(), len(SIZES)),
            "size_class": np.tile(SIZES, len(table)),
            "employment": (jobs + more).ravel().astype(np.int64),
            "establishments": (number + beyond).ravel().astype(np.int64),
            "area": NATION,
            "level": "nation",
            "nature": codes.NATURE,
        }
    )
    return rows[(rows["employment"] > 0) | (rows["establishments"] > 0)].reset_index(drop=True)


def _sized(rest: _Rest) -> tuple[Array, Array]:
    """Plants and jobs of the rest of the nation by size class: as many jobs as such plants can have."""
    number = _parted(rest.number, rest.share_number)
    # Where the classes are too small, or too large, for the jobs of their sector, plants change class.
    while (few := rest.jobs > (number * _most(number)).sum(axis=1)).any():
        _moved(number, few, 1)
    while (many := rest.jobs < (number * FEWEST).sum(axis=1)).any():
        _moved(number, many, -1)
    least, most = number * FEWEST, number * _most(number)
    jobs = np.clip(np.floor(rest.jobs[:, None] * rest.share_jobs), least, most)
    for k in reversed(range(len(SIZES))):
        jobs[:, k] = np.clip(jobs[:, k] + rest.jobs - jobs.sum(axis=1), least[:, k], most[:, k])
    return number, jobs


def _most(number: Array) -> Array:
    """Most jobs of a plant of each class; a class without plants has none."""
    return np.where(number > 0, np.array([end - 1 for end in SIZE_ENDS] + [10.0 * LARGEST]), 0.0)


def _moved(number: Array, rows: Array, step: int) -> None:
    """One plant of each row into the class beside its own: the smallest that can rise, or the largest that can sink."""
    here = number[rows]
    movable = here[:, :-1] > 0 if step > 0 else here[:, :0:-1] > 0
    first = movable.argmax(axis=1)
    if not movable.any(axis=1).all():
        problem = "a sector of the nation has more or fewer jobs than its plants can have"
        raise ValueError(problem)
    old = first if step > 0 else len(SIZES) - 1 - first
    index = np.flatnonzero(rows)
    number[index, old] -= 1
    number[index, old + step] += 1


def _parted(totals: Array, shares: Array) -> Array:
    """Whole numbers by size class that sum to the totals: largest remainders."""
    exact = totals[:, None] * shares
    whole = np.floor(exact)
    left = (totals - whole.sum(axis=1)).round().astype(int)
    rank = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1)
    return whole + (rank < left[:, None])


def _whole(table: pd.DataFrame, jobs: Array, number: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sector": table["sector"],
            "sector_name": table["name"],
            "employment": jobs.astype(np.int64),
            "establishments": number,
            "classification": codes.CLASSIFICATION,
            "period": TODAY[:4],
            "nature": codes.NATURE,
        }
    )


def wholes(plants: pd.DataFrame, country: pd.DataFrame) -> pd.DataFrame:
    """Totals of the region, of the nation it lies in, and of a union of five such nations, by sector."""
    table = codes.sectors()
    number, jobs = cells(plants, int(plants["place"].max()) + 1)
    region = _whole(table, jobs.sum(axis=0), number.sum(axis=0))
    union = _whole(
        table, UNION * country["employment"].to_numpy(), UNION * country["establishments"].to_numpy()
    )
    return pd.concat(
        [
            region.assign(area=REGION, level="region", parent=NATION),
            country,
            union.assign(area=LARGER, level="larger", parent=None),
        ],
        ignore_index=True,
    )


def truth(
    land: Land,
    where: Places,
    past: History,
    plants: pd.DataFrame,
    others: tuple[pd.DataFrame, ...],
    scenario: str,
) -> Truth:
    """Planted structures and decoys of a scenario; `others` are brokers, convergence, gaps and evidence."""
    ids = np.array(past.ids, dtype=object)
    number = np.arange(len(land.seats))
    rank = np.empty(land.markets, dtype=int)
    rank[where.rank] = np.arange(land.markets)
    markets = pd.DataFrame(
        {
            "territory": ids[number],
            "market": market_id(land.market),
            "centre": ids[land.market],
            "rank": rank[land.market],
            "nature": codes.NATURE,
        }
    )
    structures = _structures(land, where, plants, ids)
    inside = plants[plants["structure"].notna()]
    firm = [f"EINV{n:08d}" for n in inside["firm"]]
    return Truth(
        markets,
        *(
            structures[structures["kind"] == k].reset_index(drop=True)
            for k in ("district", "cluster", "large_firm_system")
        ),
        _decoys(where, ids) if scenario != "nothing" else _decoys(where, ids).iloc[:0],
        pd.DataFrame({"firm": firm, "structure": inside["structure"].astype(object), "nature": codes.NATURE}),
        *others,
        past.events,
    )


def _structures(land: Land, where: Places, plants: pd.DataFrame, ids: Array) -> pd.DataFrame:
    open_ = plants[operating(plants, TODAY)]
    rows = []
    for s in codes.STRUCTURES:
        own = open_[open_["structure"] == s.key]
        if own.empty:
            continue
        rows.append(
            {
                "structure": s.key,
                "kind": s.kind,
                "market": f"MINV{where.rank[s.market % land.markets] + 1:02d}",
                "main_sector": s.main,
                "sectors": ";".join(sorted({s.main, *s.mix})),
                "municipalities": ";".join(sorted(ids[where.hosts[s.key]])),
                "establishments": len(own),
                "employment": int(own["employment"].sum()),
                "share_under_250": round(
                    own.loc[own["employment"] < SMALL_AND_MEDIUM, "employment"].sum()
                    / own["employment"].sum(),
                    4,
                ),
                "nature": codes.NATURE,
            }
        )
    columns = ["structure", "kind", "market", "main_sector", "sectors", "municipalities", "establishments"]
    return pd.DataFrame(rows, columns=[*columns, "employment", "share_under_250", "nature"])


def _decoys(where: Places, ids: Array) -> pd.DataFrame:
    rows = [("one_plant", ids[m], sector, jobs) for m, sector, jobs in where.lonely]
    rows += [("size_only", ids[m], None, None) for m in where.large]
    rows += [("dispersed_sector", None, sector, None) for sector in codes.DISPERSED]
    table = pd.DataFrame(rows, columns=["kind", "territory", "sector", "employment"])
    return table.astype({"employment": "Int64"}).assign(nature=codes.NATURE)
