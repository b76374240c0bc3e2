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
class Known:
    """
    What roads say of the time they take, row by row.

    Parameters
    ----------
    minutes
        Time from end to end; NaN where it is not told.
    speed
        Of the road, else of its class, in km/h; NaN where neither is told.
    closed
        Whether no time is told, and the speed is 0.
    """

    minutes: Floats
    speed: Floats
    closed: Mask


@dataclass(frozen=True)
class Speed:
    """
    Length and time of stretches.

    Parameters
    ----------
    open
        Which stretches are not closed; the rest of the attributes is of these.
    metres
        Length, that of the layer where it has one.
    minutes
        Time from end to end; NaN where it is not known.
    findings
        Which were closed, and which were given the default speed.
    """

    open: Mask
    metres: Floats
    minutes: Floats
    findings: list[Finding]


def known_speeds(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None) -> Known:
    """
    What roads say of the time they take.

    Parameters
    ----------
    roads
        Layer.
    speeds
        Speed by class of road.

    Returns
    -------
    known
        By row: the first that is filled of its minutes (above 0), its speed, and that of its class.

    Raises
    ------
    LayerError
        If a number is below 0 or infinite, or roads have no class to look up.
    """
    _refuse_impossible(roads, speeds)
    minutes, speed = _column(roads, "minutes"), _column(roads, "speed")
    speed = np.where(np.isnan(speed), _by_class(roads, speeds), speed)
    minutes = np.where(minutes > 0, minutes, np.nan)
    return Known(minutes, np.where(speed > 0, speed, np.nan), np.isnan(minutes) & (speed == 0))


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
        Whether times are needed; without it, no road is closed by its speed.

    Returns
    -------
    prices
        In metres and minutes.

    Raises
    ------
    LayerError
        If times are needed and unknown or impossible, all roads are closed, figures are no numbers, or a class has
        several speeds.

    Warns
    -----
    GeoterritorioWarning
        If roads have a time of 0, are closed, or are given the default speed.
    """
    known = known_speeds(roads, speeds)
    row, drawn = parts.row, shapely.length(parts.lines)
    own = _column(roads, "length")[row] * parts.share
    metres = np.where(own > 0, own, drawn)
    minutes = known.minutes[row] * parts.share
    minutes = np.where(np.isnan(minutes), metres * _METRE / known.speed[row], minutes)
    if not needed:
        return Speed(np.ones(len(row), dtype=bool), metres, minutes, [])
    say_no_time(roads)
    closed = known.closed[np.unique(row)]
    say_closed(closed)
    shut = known.closed[row]
    findings: list[Finding] = []
    if shut.any():
        findings.append(("closed_roads", int(closed.sum()), float(metres[shut].sum()), "left_out"))
    lacking = np.isnan(minutes) & ~shut
    if lacking.any():
        if default is None:
            raise LayerError(_without_speed(roads, speeds, row[lacking]))
        minutes = np.where(lacking, metres * _METRE / default, minutes)
        count = len(np.unique(row[lacking]))
        _say_default(count, len(roads), default)
        findings.append(("default_speed", count, float(metres[lacking].sum()), "default_speed"))
    return Speed(~shut, metres[~shut], minutes[~shut], findings)


def _column(roads: pd.DataFrame, name: str, layer: str = "roads") -> Floats:
    if name not in roads.columns:
        return np.full(len(roads), np.nan)
    if not pd.api.types.is_numeric_dtype(roads[name].dtype):
        raise LayerError(
            message(
                "{layer}: column “{column}” holds what are no numbers. Correct it.", layer=layer, column=name
            )
        )
    return np.asarray(roads[name].to_numpy(dtype=np.float64, na_value=np.nan))


def _refuse_impossible(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None) -> None:
    tables = [("roads", roads, c) for c in ("minutes", "length", "speed")]
    tables += [] if speeds is None else [("speeds", speeds, "speed")]
    problems = []
    for layer, table, column in tables:
        values = _column(table, column, layer)
        wrong = int(np.count_nonzero((values < 0) | np.isinf(values)))
        if wrong:
            problems.append(
                message(
                    "{layer}: {count} of {number} rows have a number below 0, or an infinite one, in “{column}”. "
                    "Correct them; leave empty what is not known.",
                    layer=layer,
                    count=wrong,
                    number=len(table),
                    column=column,
                )
            )
    if problems:
        raise LayerError(problems)


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
    return message(
        "roads: {count} of {number} have neither a time nor a speed.{hint} Fill “minutes” or “speed”, give speeds by "
        "class, or a default speed; a speed of 0 closes a road.",
        count=len(np.unique(rows)),
        number=len(roads),
        hint=classes_without(roads, speeds, rows),
    )


def classes_without(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None, rows: Indices) -> Message | str:
    """Sentence that names the classes of rows without a speed, where speeds by class are given."""
    if speeds is None:
        return ""
    classes = sorted(roads["road_class"].iloc[np.unique(rows)].fillna("–").astype(str).unique())
    return message(" Classes without speed: {values}.", values=listing(classes))


def say_no_time(roads: gpd.GeoDataFrame) -> None:
    """Warning of roads that take 0 minutes."""
    count = int((_column(roads, "minutes") == 0).sum())
    if count:
        text = message(
            "roads: {count} of {number} take 0 minutes, which is no time: theirs is taken from their speed, that of "
            "their class, or the default. Fill “minutes”, or leave the column out.",
            count=count,
            number=len(roads),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def say_closed(closed: Mask) -> None:
    """Warning of closed roads, or refusal if all are."""
    if closed.all():
        raise LayerError(
            message(
                "roads: all {number} are closed (speed 0). Give them speeds; leave empty those that are not known.",
                number=len(closed),
            )
        )
    if closed.any():
        text = message(
            "roads: closed (speed 0), and left out: {count} of {number}. Where 0 stands for a speed that is not known, "
            "leave it empty.",
            count=int(closed.sum()),
            number=len(closed),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _say_default(count: int, number: int, default: float) -> None:
    text = message(
        "roads: {count} of {number} have neither a time nor a speed; they are given the default speed of {speed} km/h.",
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
