"""What lies between plants: straight lines, a raster of them, or a table of costs. All answer the same questions."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial.distance import cdist, pdist

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.patterns._pairs import Raster, cross_histogram, pair_histogram, shared_between
from geoterritorio.patterns.sites import Sites, median_distance

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

# Plants whose distances are looked at one by one; of more, so many are drawn.
_PLANTS = 3000


@dataclass(frozen=True)
class Chosen:
    """
    Places of the plants looked from and looked at.

    Parameters
    ----------
    first
        Places of the plants looked from.
    second
        Places of those looked at; None looks within the first.
    first_weight, second_weight
        Their weights; None where each counts as one.
    """

    first: Places
    second: Places | None = None
    first_weight: Floats | None = None
    second_weight: Floats | None = None

    def weights(self) -> tuple[Floats, Floats]:
        """Weights of both, ones where there are none."""
        second = self.first if self.second is None else self.second
        one, two = self.first_weight, self.second_weight
        return (
            np.ones(len(self.first)) if one is None else one,
            np.ones(len(second)) if two is None else two,
        )

    def mass(self) -> float:
        """Sum over all pairs of the products of the weights."""
        one, two = self.weights()
        if self.second is None:
            return float(one.sum() ** 2 - (one**2).sum()) / 2
        return float(one.sum() * two.sum())

    def pairs(self) -> int:
        """Number of pairs."""
        n = len(self.first)
        return n * (n - 1) // 2 if self.second is None else n * len(self.second)


class Ground(Protocol):
    """How far plants are from each other."""

    def median(self) -> float:
        """Median of the distances between all plants."""

    def reach(self) -> float:
        """No two plants are known to be farther apart."""

    def between(self, chosen: Chosen) -> tuple[Floats, Floats]:
        """Distances of the pairs and the products of their weights; of many plants, those of a sample."""

    def share(self, chosen: Chosen, number: int) -> float:
        """Pairs that each of so many distances stands for."""

    def histogram(self, chosen: Chosen, *, width: float, bins: int) -> Floats:
        """Products of the weights of the pairs by distance, each shared between the two distances it lies between."""


class Straight:
    """
    Straight lines.

    Parameters
    ----------
    plants
        Plants with coordinates.
    """

    def __init__(self, plants: Sites) -> None:
        # Near 0 single precision is enough.
        self.x, self.y = plants.x - plants.x.mean(), plants.y - plants.y.mean()
        self.plants = plants

    def median(self) -> float:
        """Median of the distances between all plants."""
        return median_distance(self.plants)

    def reach(self) -> float:
        """Largest distance between two plants: those of corners of their hull."""
        return self._reach

    @cached_property
    def _reach(self) -> float:
        if len(self.x) < 2:  # noqa: PLR2004 - no pair
            return 0.0
        # A line through all plants has the same hull as they, and is made at once.
        hull = shapely.linestrings(self.x, self.y).convex_hull
        return float(pdist(shapely.get_coordinates(hull)).max(initial=0))

    def between(self, chosen: Chosen) -> tuple[Floats, Floats]:
        """Distances of the pairs and the products of their weights; of many plants, those of a sample."""
        one, two = chosen.weights()
        # Of few pairs none may be left out, however many plants one side has.
        most = _PLANTS if chosen.pairs() > _PLANTS * (_PLANTS - 1) // 2 else len(self.x)
        a, first = self._sample(chosen.first, one, most)
        if chosen.second is None:
            away = pdist(a)
            upper = np.triu_indices(len(a), 1)
            return away, first[upper[0]] * first[upper[1]]
        b, second = self._sample(chosen.second, two, most)
        return cdist(a, b).ravel(), np.outer(first, second).ravel()

    def share(self, chosen: Chosen, number: int) -> float:
        """Pairs that each of so many distances stands for."""
        return chosen.pairs() / number

    def _sample(self, places: Places, weight: Floats, most: int) -> tuple[Floats, Floats]:
        if len(places) > most:
            drawn = np.random.default_rng(1).choice(len(places), most, replace=False)
            places, weight = places[drawn], weight[drawn]
        return np.column_stack([self.x[places], self.y[places]]), weight

    def histogram(self, chosen: Chosen, *, width: float, bins: int) -> Floats:
        """Products of the weights of the pairs by distance, each shared between the two distances it lies between."""
        one, two = chosen.weights()
        x, y = self.x[chosen.first], self.y[chosen.first]
        if chosen.second is None:
            return pair_histogram(x, y, chosen.first_weight, width=width, bins=bins)
        u, v = self.x[chosen.second], self.y[chosen.second]
        return cross_histogram((x, y, one), (u, v, two), width=width, bins=bins)


class Rastered:
    """
    Straight lines between nodes that plants are shared among, found for all pairs at once.

    Parameters
    ----------
    straight
        The lines themselves.
    cell
        Distance between nodes in metres.
    """

    def __init__(self, straight: Straight, *, cell: float) -> None:
        self.straight, self.cell = straight, cell
        self.raster: Raster | None = None

    def median(self) -> float:
        """Median of the distances between all plants."""
        return self.straight.median()

    def reach(self) -> float:
        """Largest distance between two plants."""
        return self.straight.reach()

    def between(self, chosen: Chosen) -> tuple[Floats, Floats]:
        """Distances of the pairs and the products of their weights; of many plants, those of a sample."""
        return self.straight.between(chosen)

    def share(self, chosen: Chosen, number: int) -> float:
        """Pairs that each of so many distances stands for."""
        return self.straight.share(chosen, number)

    def histogram(self, chosen: Chosen, *, width: float, bins: int) -> Floats:
        """Products of the weights of the pairs by distance, each shared between the two distances it lies between."""
        if self.raster is None:
            self.raster = Raster(self.straight.x, self.straight.y, cell=self.cell, width=width, bins=bins)
        one, two = chosen.weights()
        return self.raster.histogram(chosen.first, one, chosen.second, two)


class CostTable:
    """
    Distances, minutes or costs between plants.

    Parameters
    ----------
    costs
        One row per pair: `origin`, `destination` (labels of plants) and `cost`. Pairs that are not listed are farther
        than all that are; those of a plant with itself are left out.
    labels
        Labels of the plants.
    both_ways
        Whether a pair listed in one direction only costs the same in the other, with a warning.

    Raises
    ------
    LayerError
        Columns are missing, costs are missing or negative, pairs repeat, or plants are unknown.
    """

    def __init__(self, costs: pd.DataFrame, labels: pd.Index, *, both_ways: bool = False) -> None:
        absent = [c for c in ("origin", "destination", "cost") if c not in costs.columns]
        if absent:
            raise LayerError(
                message(
                    "costs: no column {columns}. Give origin, destination and cost.", columns=listing(absent)
                )
            )
        if labels.has_duplicates:
            raise LayerError(
                message(
                    "points: {count} labels stand for several establishments, so a table of costs cannot tell them "
                    "apart. Make them unique.",
                    count=int(labels[labels.duplicated()].nunique()),
                )
            )
        if not len(costs):
            raise LayerError(
                message("costs: the table lists no pair. Give origin, destination and cost of pairs.")
            )
        origin, destination = (labels.get_indexer(costs[c]) for c in ("origin", "destination"))
        cost = pd.to_numeric(costs["cost"], errors="coerce").to_numpy(np.float64)
        problems = _cost_problems(costs, origin, destination, cost)
        if problems:
            raise LayerError(problems)
        other = origin != destination
        self.number = len(labels)
        self.origin, self.destination, self.cost = origin[other], destination[other], cost[other]
        if both_ways:
            self._add_returns()

    def _add_returns(self) -> None:
        """Pairs that are listed in one direction only cost the same in the other."""
        there, back = (
            self.origin * self.number + self.destination,
            self.destination * self.number + self.origin,
        )
        single = ~np.isin(there, back)
        if not single.any():
            return
        found = message(
            "costs: {count} of {number} pairs are listed in one direction only; they are taken to cost the same in the "
            "other.",
            count=int(single.sum()),
            number=len(self.cost),
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=5)
        self.origin, self.destination = (
            np.concatenate([self.origin, self.destination[single]]),
            np.concatenate([self.destination, self.origin[single]]),
        )
        self.cost = np.concatenate([self.cost, self.cost[single]])

    def median(self) -> float:
        """Median of the costs between all plants; the largest listed where fewer than half of the pairs are."""
        if not len(self.cost):
            return 0.0
        middle = self.number * (self.number - 1) // 2
        return float(np.partition(self.cost, middle)[middle] if middle < len(self.cost) else self.cost.max())

    def reach(self) -> float:
        """Largest cost listed."""
        return float(self.cost.max()) if len(self.cost) else 0.0

    def missing(self) -> int:
        """Pairs, in each direction, that are not listed."""
        return self.number * (self.number - 1) - len(self.cost)

    def say_end(self, needed: float, farthest: float) -> None:
        """
        Warn where the table ends before the costs that a function needs, and pairs are missing that could lie there.

        Parameters
        ----------
        needed
            Largest cost that counts for the function.
        farthest
            Largest cost it is found at.
        """
        most = self.reach()
        if most >= needed or not self.missing():
            return
        found = message(
            "costs: the table ends at {most}, but up to {farthest} the function rests on costs up to {needed}. {count} "
            "of {number} pairs are not listed and are taken for farther than all that are; where some are nearer than "
            "{needed}, the values towards the end are wrong. List all pairs up to {needed}, or lower farthest.",
            most=float(f"{most:.4g}"),
            farthest=float(f"{farthest:.4g}"),
            needed=float(f"{needed:.4g}"),
            count=self.missing(),
            number=self.number * (self.number - 1),
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=4)

    def _listed(self, chosen: Chosen) -> tuple[Floats, Floats]:
        one, two = chosen.weights()
        looking, looked = np.zeros(self.number), np.zeros(self.number)
        looking[chosen.first] = one
        looked[chosen.first if chosen.second is None else chosen.second] = (
            one if chosen.second is None else two
        )
        product = looking[self.origin] * looked[self.destination]
        kept = product > 0
        # Both ways of a pair are listed: each is half of it.
        return self.cost[kept], product[kept] / (2 if chosen.second is None else 1)

    def between(self, chosen: Chosen) -> tuple[Floats, Floats]:
        """Costs of the listed pairs and the products of their weights."""
        return self._listed(chosen)

    def share(self, chosen: Chosen, _number: int) -> float:
        """Pairs that each of the listed costs stands for: both directions are one pair within a sector."""
        return 0.5 if chosen.second is None else 1.0

    def histogram(self, chosen: Chosen, *, width: float, bins: int) -> Floats:
        """Products of the weights of the pairs by cost, each shared between the two costs it lies between."""
        cost, product = self._listed(chosen)
        return shared_between(cost / width, product, bins)


def _cost_problems(costs: pd.DataFrame, origin: Places, destination: Places, cost: Floats) -> list[Message]:
    strange = (origin < 0) | (destination < 0)
    bad = ~(np.isfinite(cost) & (cost >= 0))
    twice = costs.duplicated(["origin", "destination"])
    problems = []
    if strange.any():
        problems.append(
            message(
                "costs: {count} rows name establishments that are not among the points. Check the identifiers.",
                count=int(strange.sum()),
            )
        )
    if bad.any():
        problems.append(
            message(
                "costs: {count} costs are missing, negative or infinite. Leave pairs out of reach out.",
                count=int(bad.sum()),
            )
        )
    if twice.any():
        problems.append(message("costs: {count} pairs are listed more than once.", count=int(twice.sum())))
    return problems
