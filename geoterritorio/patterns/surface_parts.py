"""Density surfaces of a register in parts: one look for its extent, one that adds up the kernels of each part.

Sums of kernels are sums over parts, so that the surface is that of the register in one file but for rounding; memory
holds a batch and the raster.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.findings import listing, together
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.partitions import Parts, each_part
from geoterritorio.layers.working import Sums, key_of
from geoterritorio.patterns.sites import NOBODY
from geoterritorio.patterns.surfaces import (
    DensitySurface,
    Frame,
    SurfaceRules,
    frame_over,
    method_of,
    quotient_of,
)
from geoterritorio.registry import Progress, no_progress, within

Floats = npt.NDArray[np.float64]
_TOLD = ("rows", "sector", "geometry", "employment", "outside", "every", "of_all", "counting")


@dataclass(frozen=True)
class _Choice:
    """Which establishments of a batch count, and how much each."""

    sectors: tuple[str, ...] | None
    window: shapely.Geometry | None
    weighted: bool

    @property
    def wanted(self) -> tuple[str, ...]:
        return ("sector", "employment") if self.weighted else ("sector",)

    def key(self) -> str:
        land = "" if self.window is None else shapely.to_wkb(self.window, hex=True)
        return key_of(self.sectors, land, self.weighted)

    def taken(self, batch: Any) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_], dict[str, float]]:
        """Places and weights of all inside, which of them are of the sectors, and what was left out."""
        if not isinstance(batch, gpd.GeoDataFrame):
            raise LayerError(
                message("firms: distances need points. Give a point layer, or a table with coordinates.")
            )
        if self.weighted and "employment" not in batch:
            raise LayerError(
                message("firms: weights need the column “employment”. Name it, or count establishments.")
            )
        nowhere = (batch.geometry.isna() | batch.geometry.is_empty).to_numpy()
        uncoded = batch["sector"].isna().to_numpy()
        known = batch[~(nowhere | uncoded)]
        x, y = known.geometry.x.to_numpy(), known.geometry.y.to_numpy()
        weight = np.ones(len(known))
        if self.weighted:
            weight = known["employment"].to_numpy(float, na_value=np.nan)
        told = {
            "rows": len(batch),
            "sector": uncoded.sum(),
            "geometry": nowhere.sum(),
            "employment": np.isnan(weight).sum(),
        }
        chosen = np.ones(len(known), bool)
        if self.sectors is not None:
            chosen = known["sector"].isin(self.sectors).to_numpy()
        if self.window is not None:
            shapely.prepare(self.window)
            inside = shapely.intersects_xy(self.window, x, y)
            told["outside"] = (~inside).sum()
            x, y, weight, chosen = x[inside], y[inside], weight[inside], chosen[inside]
        return x, y, weight, chosen, told


@dataclass(frozen=True)
class Extent:
    """Of a batch: how far it reaches, how it is spread, and what was left out."""

    choice: _Choice

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns that are read."""
        return self.choice.wanted

    def key(self) -> str:
        """Hash of what the result depends on beside the register."""
        return self.choice.key()

    def __call__(self, batch: Any) -> Sums:
        """Bounds, weighted mean and squared distances from it, and numbers."""
        x, y, weight, chosen, told = self.choice.taken(batch)
        require_metres(batch, name=mark("firms"))
        told |= {"every": len(x), "of_all": weight.sum(), "counting": (weight[chosen] > 0).sum()}
        x, y, weight = x[chosen], y[chosen], weight[chosen]
        total = float(weight.sum())
        mean = np.array([weight @ x, weight @ y]) / total if total > 0 else np.zeros(2)
        away = float(weight @ ((x - mean[0]) ** 2 + (y - mean[1]) ** 2))
        bounds = [x.min(), y.min(), x.max(), y.max()] if len(x) else [np.inf, np.inf, -np.inf, -np.inf]
        return {
            "bounds": np.array(bounds),
            "spread": np.array([total, float(weight @ weight), *mean, away]),
            "told": np.array([told.get(name, 0) for name in _TOLD], dtype=float),
        }


@dataclass(frozen=True)
class Spreading:
    """Kernels of a batch on the cells of a surface."""

    choice: _Choice
    frame: Frame
    rules: SurfaceRules
    relative: bool

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns that are read."""
        return self.choice.wanted

    def key(self) -> str:
        """Hash of what the result depends on beside the register."""
        frame = (self.frame.west, self.frame.north, self.frame.cell, self.frame.land.shape)
        return key_of(self.choice.key(), frame, repr(self.rules), self.relative)

    def __call__(self, batch: Any) -> Sums:
        """Density of the sectors; with `relative` also that of all, by weight and by number."""
        x, y, weight, chosen, _ = self.choice.taken(batch)
        code = np.zeros(len(x), np.int64)
        frame = replace(self.frame, plants=replace(NOBODY, x=x, y=y, code=code, weight=weight))
        every = np.ones(len(x), bool)
        found = {"deviation": np.zeros(1), "found": np.zeros(frame.land.shape)}
        if chosen.any() and weight[chosen].sum() > 0:
            found["found"], _, deviation = frame.density(chosen, self.rules)
            found["deviation"] = np.array([deviation * found["found"].max()])
        if self.relative and len(x):
            found["whole"] = frame.density(every, self.rules)[0]
            found["number"] = frame.density(every, self.rules, np.ones(len(x)))[0]
        return found


def density_of_parts(
    parts: Parts,
    sector: Sequence[str] | None,
    window: shapely.Geometry | None,
    *,
    weighted: bool,
    relative: bool,
    rules: SurfaceRules,
    progress: Progress = no_progress,
) -> DensitySurface:
    """
    Density of a register in parts.

    Parameters
    ----------
    parts
        Register with points in metres.
    sector
        Codes of the sectors; None takes all.
    window
        Land on which establishments can be, in the same system.
    weighted
        Whether an establishment counts with its jobs.
    relative
        Whether the density of the sectors is divided by that of all, each relative to its total.
    rules
        Cells, kernel and bandwidth: metres, or “scott”.
    progress
        Called with the share of the work that is done.

    Returns
    -------
    surface
        As `density_surface` of the register in one file; `deviation` is a bound, the sum of those of the parts.

    Raises
    ------
    LayerError
        There is nothing to spread, or the bandwidth asks for a rule that needs all establishments at once.
    """
    if isinstance(rules.bandwidth, str) and rules.bandwidth != "scott":
        raise LayerError(
            message(
                "bandwidth: the rule {rule} needs all establishments at once, and these are in parts. Give metres, or "
                "take scott.",
                rule=rules.bandwidth,
            )
        )
    choice = _Choice(None if sector is None else tuple(sector), window, weighted)
    bounds, spread, told = _extent(each_part(Extent(choice), parts, progress=within(progress, 0, 0.4)))
    _report(told, spread[0], choice)
    rule = rules.bandwidth if isinstance(rules.bandwidth, str) else "given"
    if isinstance(rules.bandwidth, str):
        rules = replace(rules, bandwidth=_scott(spread))
    frame, rules = frame_over(bounds, window, rules)
    used = replace(rules, mode=_mode(int(told["counting"]), frame, rules))
    sums, deviation = _added(
        each_part(
            Spreading(choice, frame, used, relative), parts, known=True, progress=within(progress, 0.4, 0.9)
        )
    )
    found = sums["found"]
    unit = "jobs per km2" if weighted else "establishments per km2"
    deviation /= float(found.max())
    if relative:
        share = float(spread[0] / told["of_all"])
        found, unit = quotient_of(found, sums["whole"], sums["number"], share, rules), "location quotient"
    found[~frame.land] = np.nan
    grid = Grid(found, frame.transform, parts.crs)
    number = int(told["counting"])
    return DensitySurface(
        grid,
        unit,
        float(rules.bandwidth),
        rule,
        rules.kernel,
        used.mode,
        deviation,
        number,
        float(spread[0]),
        rules,
    )


def _mode(number: int, frame: Frame, rules: SurfaceRules) -> Any:
    """The way that the register in one file would go."""
    return method_of(number, frame.land.shape, float(rules.bandwidth) / frame.cell, rules)


def _extent(found: Any) -> tuple[tuple[float, float, float, float], Floats, dict[str, float]]:
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    spread, told = np.zeros(5), np.zeros(len(_TOLD))
    for part in found:
        low, high = np.minimum(low, part["bounds"][:2]), np.maximum(high, part["bounds"][2:])
        told += part["told"]
        spread = _joined(spread, part["spread"])
    bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return bounds, spread, dict(zip(_TOLD, told.tolist(), strict=True))


def _joined(one: Floats, other: Floats) -> Floats:
    """Weight, squared weights, mean and squared distances from it, of two lots together."""
    total = one[0] + other[0]
    if not one[0] or not other[0]:
        return other if other[0] else one
    gap = other[2:4] - one[2:4]
    mean = one[2:4] + gap * other[0] / total
    away = one[4] + other[4] + float(gap @ gap) * one[0] * other[0] / total
    return np.array([total, one[1] + other[1], *mean, away])


def _scott(spread: Floats) -> float:
    """Bandwidth by Scott's rule, from sums."""
    total, squares, _, _, away = spread.tolist()
    again = squares / total**2
    if not away > 0:
        raise LayerError(
            message(
                "points: {number} establishments at one point give no bandwidth. Give one in metres.",
                number=round(1 / again),
            )
        )
    return float(np.sqrt(away / total / 2 / (1 - again)) * again ** (1 / 6))


def _added(found: Any) -> tuple[dict[str, Floats], float]:
    sums: dict[str, Floats] = {}
    deviation = 0.0
    for part in found:
        deviation += float(part["deviation"][0])
        for name in ("found", "whole", "number"):
            if name in part:
                sums[name] = sums[name] + part[name] if name in sums else np.array(part[name])
    return sums, deviation


def _report(told: dict[str, float], total: float, choice: _Choice) -> None:
    """Refusals and warnings as of the register in one file."""
    if told["employment"]:
        raise LayerError(
            message(
                "firms: {count} of {number} establishments have no “employment”, which is to weigh; left out they "
                "would count as if they were not there. Complete them, remove them from the register, or count "
                "establishments in place of jobs.",
                count=int(told["employment"]),
                number=int(told["rows"]),
            )
        )
    lacking: list[Message] = [
        message("{count} without “{column}”", count=int(told[column]), column=column)
        for column in ("sector", "geometry")
        if told[column]
    ]
    if lacking:
        _tell(
            message(
                "firms: {count} of {number} establishments are left out: {reasons}.",
                count=int(told["rows"] - told["every"] - told["outside"]),
                number=int(told["rows"]),
                reasons=together(lacking),
            )
        )
    if told["outside"]:
        _tell(
            message(
                "points: {count} of {number} establishments lie outside the window and do not count.",
                count=int(told["outside"]),
                number=int(told["outside"] + told["every"]),
            )
        )
    if not total > 0:
        raise LayerError(
            message(
                "window: no establishment of {sector} lies in it. Take another sector, or more land.",
                sector=listing(choice.sectors or ("*",)),
            )
        )


def _tell(text: Message) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
