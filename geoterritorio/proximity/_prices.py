"""What roads cost: metres and minutes, from their own columns, their class, or a default."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import FLAGS, NO, REVERSE, YES
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._joints import Finding, Stretches

Mask = npt.NDArray[np.bool_]
# Minutes it takes for a metre at one kilometre an hour.
_METRE = 60 / 1000


@dataclass(frozen=True)
class Speed:
    """
    Length and time of stretches.

    Parameters
    ----------
    metres
        Length, that of the layer where it has one.
    minutes
        Time from end to end; NaN where it is not known.
    findings
        Which were given the default speed.
    """

    metres: Floats
    minutes: Floats
    findings: list[Finding]


def prices(
    roads: gpd.GeoDataFrame,
    parts: Stretches,
    speeds: pd.DataFrame | None,
    *,
    default: float | None,
    needed: bool,
) -> Speed:
    """
    Length and time of stretches.

    Parameters
    ----------
    roads
        Layer.
    parts
        Its stretches.
    speeds
        Speed by class of road.
    default
        Speed in km/h of stretches that have neither time nor speed.
    needed
        Whether times are needed.

    Returns
    -------
    prices
        In metres and minutes.

    Raises
    ------
    LayerError
        If times are needed and unknown, figures are no numbers, or a class has several speeds.

    Warns
    -----
    GeoterritorioWarning
        If roads have a time of 0, or stretches are given the default speed.
    """
    row, drawn = parts.row, shapely.length(parts.lines)
    own = _column(roads, "length")[row] * parts.share
    metres = np.where(own > 0, own, drawn)
    speed = _column(roads, "speed")[row]
    by_class = _by_class(roads, speeds)[row]
    speed = np.where(speed > 0, speed, by_class)
    given = _column(roads, "minutes")
    if needed:
        _say_no_time(int((given == 0).sum()), len(roads))
    minutes = given[row] * parts.share
    minutes = np.where(minutes > 0, minutes, metres * _METRE / np.where(speed > 0, speed, np.nan))
    lacking = np.isnan(minutes)
    findings: list[Finding] = []
    if needed and lacking.any():
        if default is None:
            raise LayerError(_without_speed(roads, speeds, row[lacking]))
        minutes = np.where(lacking, metres * _METRE / default, minutes)
        count = len(np.unique(row[lacking]))
        _say_default(count, len(roads), default)
        findings = [("default_speed", count, float(metres[lacking].sum()), "default_speed")]
    return Speed(metres, minutes, findings)


def _column(roads: gpd.GeoDataFrame, name: str) -> Floats:
    if name not in roads.columns:
        return np.full(len(roads), np.nan)
    if not pd.api.types.is_numeric_dtype(roads[name].dtype):
        raise LayerError(
            message("roads: column “{column}” holds what are no numbers. Correct it.", column=name)
        )
    values = roads[name].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _by_class(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None) -> Floats:
    if speeds is None:
        return np.full(len(roads), np.nan)
    if "road_class" not in roads.columns:
        raise LayerError(
            message("roads: speeds by class need the column “road_class”. Name it, or leave the speeds out.")
        )
    known = _sound_speeds(speeds).set_index("road_class")["speed"]
    return np.asarray(roads["road_class"].map(known), dtype=np.float64)


def _sound_speeds(speeds: pd.DataFrame) -> pd.DataFrame:
    """Speeds by class, each class once."""
    lost = [name for name in ("road_class", "speed") if name not in speeds.columns]
    if lost:
        raise LayerError(
            message(
                "speeds: the table has no columns {values}. Name them; it has: {found}.",
                values=listing(lost),
                found=listing(speeds.columns),
            )
        )
    problems = []
    twice = speeds["road_class"][speeds["road_class"].duplicated()]
    if len(twice):
        problems.append(
            message(
                "speeds: classes stand in several rows ({count}): {values}. Give each class one speed.",
                count=len(twice),
                values=listing(dict.fromkeys(twice)),
            )
        )
    if not pd.api.types.is_numeric_dtype(speeds["speed"].dtype):
        problems.append(message("speeds: column “speed” holds what are no numbers. Correct it."))
    if problems:
        raise LayerError(problems)
    return speeds


def _without_speed(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None, rows: Indices) -> Message:
    rows = np.unique(rows)
    classes: list[str] = []
    if speeds is not None:
        classes = sorted(roads["road_class"].iloc[rows].fillna("–").astype(str).unique())
    hint = message(" Classes without speed: {values}.", values=listing(classes)) if classes else ""
    return message(
        "roads: {count} of {number} have neither a time nor a speed above 0.{hint} Fill “minutes” or “speed”, give "
        "speeds by class, or a default speed; leave closed roads out.",
        count=len(rows),
        number=len(roads),
        hint=hint,
    )


def _say_no_time(count: int, number: int) -> None:
    if count:
        text = message(
            "roads: {count} of {number} take 0 minutes, which is no time: theirs is taken from their speed, that of "
            "their class, or the default. Fill “minutes”, or leave the column out.",
            count=count,
            number=number,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _say_default(count: int, number: int, default: float) -> None:
    text = message(
        "roads: {count} of {number} have neither a time nor a speed above 0; they are given the default speed of "
        "{speed} km/h.",
        count=count,
        number=number,
        speed=float(default),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def open_ways(roads: gpd.GeoDataFrame, row: Indices, *, oneways: bool) -> tuple[Mask, Mask]:
    """
    Directions in which roads are open.

    Parameters
    ----------
    roads
        Layer.
    row
        Rows asked for.
    oneways
        Whether one-way roads are.

    Returns
    -------
    ahead, back
        As they are drawn, and against it.

    Raises
    ------
    LayerError
        If a word of `oneway` is neither yes, no nor reverse.
    """
    if not oneways or "oneway" not in roads.columns:
        return np.ones(len(row), dtype=bool), np.ones(len(row), dtype=bool)
    whole = roads["oneway"].astype(object)
    whole = whole.where(whole.notna(), NO)
    strange = ~whole.isin([*FLAGS, REVERSE])
    if strange.any():
        raise LayerError(
            message(
                "roads: column “oneway” has {count} values that are no choice: {values}. There are: {words}.",
                count=int(strange.sum()),
                values=listing(dict.fromkeys(whole[strange])),
                words=", ".join([*FLAGS, REVERSE]),
            )
        )
    said = whole.to_numpy()[row]
    return np.asarray(said != REVERSE, dtype=bool), np.asarray(said != YES, dtype=bool)
