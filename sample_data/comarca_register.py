"""The register of establishments as an office would deliver it: recorded positions, partial dates, planted faults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import comarca_codes as codes
import numpy as np
import pandas as pd
import shapely
from comarca_land import BOTTOM, HEIGHT, LABEL_CELL, LEFT, Array, Land

SIZE_EDGES = (10, 50, 250)
SIZE_CLASSES = ("micro", "small", "medium", "large")
# Share of the register's plants with each fault; a plant has at most one of them.
RATES: Mapping[str, float] = MappingProxyType(
    {
        "duplicate": 0.010,
        "missing_sector": 0.015,
        "coincident": 0.020,
        "outside": 0.005,
        "implausible_size": 0.003,
    }
)
BOOKED = 0.35  # share of the enterprise groups whose jobs are all booked at the headquarters
FAR = 150_000.0  # how far away a wrong point is, metres


def identifiers(number: Array) -> Array:
    """Identifier of each establishment."""
    return np.char.add("EINV", np.char.zfill(number.astype(str), 8))


def partial_dates(dates: pd.Series, dated: pd.Series) -> Array:
    """Dates as text, as exact as they are known: day, month or year; missing ones are None."""
    days = np.datetime_as_string(dates.to_numpy().astype("datetime64[D]"))
    exact = dated.to_numpy()
    known = np.select([exact == 1, exact == 2], [days.astype("U7"), days.astype("U4")], days)  # noqa: PLR2004 - places in DATE_PRECISIONS
    return np.where(days == "NaT", None, known.astype(object))


def recorded(plants: pd.DataFrame, land: Land) -> tuple[Array, Array]:
    """Coordinates as the register has them: exact, of the street, of the town, or of the municipality's centroid."""
    precision = plants["precision"].to_numpy()
    place = plants["place"].to_numpy()
    cell = [
        (np.floor((plants[axis].to_numpy() - origin) / LABEL_CELL) + 0.5) * LABEL_CELL + origin
        for axis, origin in (("x", LEFT), ("y", BOTTOM + HEIGHT))
    ]
    centroid = _centroids(land)
    return tuple(  # type: ignore[return-value]  # two axes, two arrays
        np.round(
            np.select(
                [precision == "street", precision == "place", precision == "centroid"],
                [cell[axis], land.seats[place, axis], centroid[place, axis]],
                plants["xy"[axis]].to_numpy(),
            ),
            1,
        )
        for axis in (0, 1)
    )


def _centroids(land: Land) -> Array:
    """A point in the middle of each municipality."""
    shapes = [
        shapely.coverage_union_all(land.parishes[land.owner == place]).representative_point()
        for place in range(len(land.seats))
    ]
    return np.asarray(shapely.get_coordinates(shapes))


def firms(plants: pd.DataFrame, land: Land, ids: Array) -> pd.DataFrame:
    """
    Rows of a register, free of faults.

    Parameters
    ----------
    plants
        Establishments, or a slice of them.
    land
        Towns and municipalities.
    ids
        Identifier of each municipality.
    """
    x, y = recorded(plants, land)
    names = codes.sectors()["name"].to_numpy(dtype=object)
    group = plants["group"].to_numpy()
    jobs = plants["employment"].to_numpy()
    return pd.DataFrame(
        {
            "firm": identifiers(plants["firm"].to_numpy()).astype(object),
            "sector": plants["sector"].astype(object).to_numpy(),
            "sector_name": names[plants["sector"].cat.codes.to_numpy()],
            "employment": jobs.astype(float),
            "territory": ids[plants["place"].to_numpy()],
            "opened": partial_dates(plants["opened"], plants["dated"]),
            "closed": partial_dates(plants["closed"], plants["dated"]),
            "size_class": np.array(SIZE_CLASSES, dtype=object)[
                np.searchsorted(SIZE_EDGES, jobs, side="right")
            ],
            "group": np.where(group > 0, np.char.add("GINV", group.astype(str)).astype(object), None),
            "headquarters": np.where(plants["headquarters"].to_numpy(), "yes", "no").astype(object),
            "precision": plants["precision"].astype(object).to_numpy(),
            "nature": codes.NATURE,
            "x": x,
            "y": y,
        }
    )


def faulty(clean: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Register with faults at known rates, and the list of them.

    Parameters
    ----------
    clean
        Faultless register.
    seed
        Of the territory.

    Returns
    -------
    DataFrame
        Register as delivered; duplicates follow the rows they repeat in no particular order.
    DataFrame
        One row per fault: `firm`, `sin`, `column`, `truth`.
    """
    rng = np.random.default_rng([seed, 5])
    raw = clean.copy()
    chosen = _chosen(rng, np.flatnonzero(raw["group"].isna()), len(raw))
    found = [_replaced(raw, chosen["missing_sector"], "missing_sector", "sector", None)]
    raw.iloc[chosen["missing_sector"], raw.columns.get_loc("sector_name")] = None
    strange = np.resize([9_999.0, 99_999.0], len(chosen["implausible_size"]))
    jobs = raw["employment"].to_numpy()[chosen["implausible_size"]]
    strange[::3] = jobs[::3] * 10_000
    found.append(_replaced(raw, chosen["implausible_size"], "implausible_size", "employment", strange))
    found.append(_moved(raw, chosen["outside"], "outside", *_away(rng, raw, chosen["outside"])))
    found.append(_moved(raw, chosen["coincident"], "coincident", *_together(raw, chosen["coincident"])))
    found.append(_booked(rng, raw))
    copies = raw.iloc[chosen["duplicate"]].copy()
    original = copies["firm"].to_numpy()
    copies["firm"] = np.char.add(original.astype(str), "B").astype(object)
    found.append(
        pd.DataFrame({"firm": copies["firm"], "sin": "duplicate", "column": "firm", "truth": original})
    )
    raw = pd.concat([raw, copies], ignore_index=True)
    truth = pd.concat(found).sort_values(["sin", "firm"], ignore_index=True).assign(nature=codes.NATURE)
    return raw.iloc[rng.permutation(len(raw))].reset_index(drop=True), truth


def _chosen(rng: np.random.Generator, free: Array, count: int) -> dict[str, Array]:
    """Rows of each fault, all different; plants of groups are left to the fault that concerns groups."""
    order = rng.permutation(free)
    size = np.round(np.array(list(RATES.values())) * count).astype(int)
    return dict(zip(RATES, np.split(order[: size.sum()], np.cumsum(size)[:-1]), strict=True))


def _replaced(raw: pd.DataFrame, rows: Array, sin: str, column: str, wrong: object) -> pd.DataFrame:
    """Record of the true values of a column, which is then overwritten."""
    truth = raw[column].to_numpy()[rows]
    record = pd.DataFrame({"firm": raw["firm"].to_numpy()[rows], "sin": sin, "column": column})
    record["truth"] = truth.astype(str)
    raw.iloc[rows, raw.columns.get_loc(column)] = wrong
    return record


def _moved(raw: pd.DataFrame, rows: Array, sin: str, x: Array, y: Array) -> pd.DataFrame:
    place = raw[["x", "y"]].to_numpy()[rows]
    record = pd.DataFrame({"firm": raw["firm"].to_numpy()[rows], "sin": sin, "column": "geometry"})
    record["truth"] = [f"{a:.1f} {b:.1f}" for a, b in place]
    raw.iloc[rows, [raw.columns.get_loc("x"), raw.columns.get_loc("y")]] = np.c_[x, y]
    return record


def _away(rng: np.random.Generator, raw: pd.DataFrame, rows: Array) -> tuple[Array, Array]:
    """Points far outside: every other one with its coordinates exchanged, as happens."""
    x, y = raw["x"].to_numpy()[rows], raw["y"].to_numpy()[rows]
    swapped = np.arange(len(rows)) % 2 == 0
    east = x + FAR + rng.uniform(0, 1_000, len(rows)).round(1)
    return np.where(swapped, y, east), np.where(swapped, x, y)


def _together(raw: pd.DataFrame, rows: Array) -> tuple[Array, Array]:
    """One point for all the chosen plants of a municipality, as when an adviser's address is registered."""
    some = raw.iloc[rows].groupby("territory")[["x", "y"]].transform("first")
    return some["x"].to_numpy(), some["y"].to_numpy()


def _booked(rng: np.random.Generator, raw: pd.DataFrame) -> pd.DataFrame:
    """All jobs of some groups put at their headquarters; the other plants of the group report none."""
    groups = np.sort(raw["group"].dropna().unique())
    some = rng.choice(groups, size=int(BOOKED * len(groups)), replace=False)
    rows = np.flatnonzero(raw["group"].isin(some))
    members = raw.iloc[rows]
    total = members.groupby("group")["employment"].transform("sum")
    wrong = np.where(members["headquarters"] == "yes", total, 0.0)
    return _replaced(raw, rows, "booked_at_headquarters", "employment", wrong)
