"""Plants as points: where they are, of which sector, and how much each counts."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Metres

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Null = Literal["location", "labelling", "independence"]

# Pairs looked at for the median distance; beyond, so many are drawn.
_PAIRS = 20_000_000


@dataclass(frozen=True)
class Sites:
    """
    Plants, each at its place.

    Parameters
    ----------
    x, y
        Coordinates in metres.
    code
        Number of the sector of each plant, in `sectors`.
    weight
        How much each counts: jobs, or 1.
    sectors
        Codes of the sectors.
    labels
        Identifiers of the plants.
    """

    x: Floats
    y: Floats
    code: Codes
    weight: Floats
    sectors: pd.Index
    labels: pd.Index

    def __len__(self) -> int:
        """Number of plants."""
        return len(self.code)

    def number(self, sector: str) -> int:
        """Number that stands for a sector."""
        if sector not in self.sectors and str(sector) in {str(code) for code in self.sectors}:
            raise LayerError(
                message(
                    "sector: the codes of the data are no text, or “{sector}” is none. Turn both into text.",
                    sector=sector,
                )
            )
        if sector not in self.sectors:
            raise LayerError(
                message(
                    "sector: no code “{sector}” in the data. There are: {values}.",
                    sector=sector,
                    values=listing(list(self.sectors)),
                )
            )
        return int(self.sectors.get_loc(sector))


NOBODY = Sites(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0), pd.Index([]), pd.Index([]))


def sites(points: pd.DataFrame, *, weighted: bool = False, placed: bool = True) -> Sites:
    """
    Plants of a table, checked.

    Parameters
    ----------
    points
        One row per plant: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    weighted
        Whether a plant counts with its jobs, or as one.
    placed
        Whether coordinates are needed; without them only a table of costs can say how far plants are.

    Returns
    -------
    sites
        The plants.

    Raises
    ------
    LayerError
        Columns are missing, coordinates, sectors or weights are missing or infinite, weights are negative, or there is
        no plant.

    Examples
    --------
    >>> import pandas as pd
    >>> plants = pd.DataFrame({"x": [0.0, 30.0], "y": [0.0, 40.0], "sector": ["10", "62"]})
    >>> len(sites(plants))
    2
    """
    needed = [*(("x", "y") if placed else ()), "sector", *(("employment",) if weighted else ())]
    absent = [c for c in needed if c not in points.columns]
    if absent:
        raise LayerError(
            message(
                "points: no column {columns}. Give x, y and sector, and employment for weights.",
                columns=listing(absent),
            )
        )
    if not len(points):
        raise LayerError(message("points: there are no establishments."))
    columns = points[[c for c in needed if c != "sector"]]
    numbers = columns.apply(pd.to_numeric, errors="coerce").astype(float)
    problems = _texts(columns, numbers) or _problems(points, numbers)
    if problems:
        raise LayerError(problems)
    code, sectors = pd.factorize(points["sector"], sort=True)
    ones = np.ones(len(points))
    x, y = (numbers[c].to_numpy() if placed else ones * np.nan for c in ("x", "y"))
    weight = numbers["employment"].to_numpy() if weighted else ones
    return Sites(x, y, code.astype(np.int64), weight, pd.Index(sectors), points.index)


def _texts(columns: pd.DataFrame, numbers: pd.DataFrame) -> list[Message]:
    """What stands in place of numbers."""
    texts = columns.notna() & numbers.isna()
    return [
        message(
            "points: {count} of {number} establishments have no number for “{column}”: {values}. Correct them.",
            count=int(texts[c].sum()),
            number=len(columns),
            column=c,
            values=listing(sorted({str(v) for v in columns.loc[texts[c], c]})),
        )
        for c in columns
        if texts[c].any()
    ]


def _problems(points: pd.DataFrame, numbers: pd.DataFrame) -> list[Message]:
    problems = []
    for column in numbers:
        unknown, endless = int(numbers[column].isna().sum()), int(np.isinf(numbers[column]).sum())
        if unknown:
            problems.append(
                message(
                    "points: {count} of {number} establishments have no “{column}”. Complete or remove them.",
                    count=unknown,
                    number=len(points),
                    column=column,
                )
            )
        if endless:
            problems.append(
                message(
                    "points: {count} of {number} establishments have an infinite “{column}”. Correct or remove them.",
                    count=endless,
                    number=len(points),
                    column=column,
                )
            )
    unknown = int(points["sector"].isna().sum())
    if unknown:
        problems.append(
            message(
                "points: {count} of {number} establishments have no “{column}”. Complete or remove them.",
                count=unknown,
                number=len(points),
                column="sector",
            )
        )
    if "employment" in numbers and (numbers["employment"] < 0).any():
        problems.append(
            message(
                "points: {count} establishments have negative employment. Correct them.",
                count=int((numbers["employment"] < 0).sum()),
            )
        )
    return problems


def placed_anew(
    plants: Sites, null: Null, rng: np.random.Generator, *, fixed: int | None = None
) -> tuple[Codes, Floats]:
    """
    Sector and weight found at each place if chance had decided.

    Parameters
    ----------
    plants
        Plants as they are.
    null
        "location": plants with their sectors and weights exchange places; "labelling": places keep their weights, and
        the sectors are dealt anew; "independence": the plants of the `fixed` sector stay, all others exchange
        places.
    rng
        Generator of the draws.
    fixed
        Number of the sector that stays.

    Returns
    -------
    code, weight
        One for each place.
    """
    movable = np.arange(len(plants))
    if null == "independence":
        movable = movable[plants.code != fixed]
    drawn = rng.permutation(movable)
    code, weight = plants.code.copy(), plants.weight
    code[movable] = plants.code[drawn]
    if null != "labelling":
        weight = weight.copy()
        weight[movable] = plants.weight[drawn]
    return code, weight


def median_distance(plants: Sites, *, rng: int | np.random.Generator | None = 1) -> Metres:
    """
    Median of the distances between all plants.

    Parameters
    ----------
    plants
        Plants with coordinates.
    rng
        Generator of the pairs drawn where there are more than twenty million, or its seed.

    Returns
    -------
    distance
        Metres; 0 for a single plant.

    Notes
    -----
    Distances up to it are the domain on which Duranton & Overman (2005) judge localisation: at larger ones a density
    that is high says no more than that it is low at smaller ones.

    Examples
    --------
    >>> import pandas as pd
    >>> row = pd.DataFrame({"x": [0.0, 1.0, 3.0], "y": 0.0, "sector": "10"})
    >>> median_distance(sites(row))
    2.0
    """
    n = len(plants)
    if n * (n - 1) == 0:
        return 0.0
    if n * (n - 1) // 2 <= _PAIRS:
        first, second = np.triu_indices(n, 1)
    else:
        generator = np.random.default_rng(rng)
        first = generator.integers(0, n, _PAIRS // 4)
        second = (first + generator.integers(1, n, len(first))) % n
    away = np.hypot(plants.x[first] - plants.x[second], plants.y[first] - plants.y[second])
    return float(np.median(away))


class CoincidentWarning(GeoterritorioWarning):
    """Many plants share their points with others."""


def say_coincident(plants: Sites, sector: str | None = None) -> None:
    """Warn where many plants share a point, as where addresses are coded to centroids."""
    chosen = plants if sector is None else only(plants, plants.number(sector))
    together = _sharing(chosen)
    share = together / max(len(chosen), 1)
    if share >= _COINCIDENT:
        warnings.warn(
            CoincidentWarning(
                message(
                    "{count} of {number} establishments share their point with another ({percent} %): distances "
                    "shorter than the precision of the coordinates say nothing. Are they coded to centroids?",
                    count=together,
                    number=len(chosen),
                    percent=round(100 * share, 1),
                )
            ),
            stacklevel=3,
        )


def say_coincident_sectors(plants: Sites, sectors: Sequence[str]) -> None:
    """Warn once where many plants of one or several sectors share a point with another of their sector."""
    looked = [only(plants, plants.number(name)) for name in sectors]
    shares = {name: _sharing(own) / max(len(own), 1) for name, own in zip(sectors, looked, strict=True)}
    many = {name: share for name, share in shares.items() if share >= _COINCIDENT}
    if many:
        most = max(many, key=lambda name: many[name])
        warnings.warn(
            CoincidentWarning(
                message(
                    "Sectors in which establishments share their point with another: {count} of {number}, most of all "
                    "“{sector}” ({percent} %). Distances shorter than the precision of the coordinates say nothing. "
                    "Are they coded to centroids?",
                    count=len(many),
                    number=len(sectors),
                    sector=most,
                    percent=round(100 * many[most], 1),
                )
            ),
            stacklevel=3,
        )


# Share of plants on a point of others from which it is told.
_COINCIDENT = 0.05


def _sharing(plants: Sites) -> int:
    """Number of plants that are at the place of another."""
    # One key of both coordinates, equal where they are: where it is unique, nothing coincides.
    x, y = (np.ascontiguousarray(v, dtype=float) + 0.0 for v in (plants.x, plants.y))
    key = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.view(np.uint64)
    if pd.Series(key).is_unique:
        return 0
    return int(pd.DataFrame({"x": x, "y": y}).duplicated(keep=False).sum())


def only(plants: Sites, code: int) -> Sites:
    """Plants of one sector."""
    chosen = plants.code == code
    return replace(
        plants,
        x=plants.x[chosen],
        y=plants.y[chosen],
        code=plants.code[chosen],
        weight=plants.weight[chosen],
        labels=plants.labels[chosen],
    )
