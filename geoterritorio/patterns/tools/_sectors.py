"""Which sectors of a register are looked at, one after another, and what is said of the others."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.patterns._few import FewWarning, SectorError, say_few
from geoterritorio.patterns.rules import DistanceFunction, PatternRules
from geoterritorio.patterns.sites import CoincidentWarning, say_coincident_sectors, sites
from geoterritorio.patterns.tools._plants import Plants
from geoterritorio.registry import Count, Progress

SMALL, UNTESTED = "small", "untested"
# A pair needs two, whatever minimum is asked for.
_PAIR = 2


@contextmanager
def said_once(
    plants: Plants, chosen: Sequence[str], neighbours: str | None, given: Mapping[str, Any]
) -> Iterator[None]:
    """What is the same of all sectors told once in place of once for each: coincidence, and few neighbours."""
    if len(chosen) <= 1:
        yield
        return
    if given["costs"] is None:
        say_coincident_sectors(sites(plants.points), chosen)
    table = numbers(plants, weighted=given["weighted"])
    if neighbours in table.index:
        number, weighing = (int(n) for n in table.loc[neighbours])
        say_few(number, weighing, given["rules"], neighbours)
    with warnings.catch_warnings():
        for kind in (CoincidentWarning, FewWarning):
            warnings.simplefilter("ignore", kind)
        yield


def each(
    look: Callable[..., DistanceFunction], chosen: Sequence[str], progress: Progress, *, named: bool
) -> list[DistanceFunction]:
    """Functions of the sectors; where none is named, one of which nothing can be found does not stop the others."""
    found: list[DistanceFunction] = []
    failed: dict[str, Message] = {}
    for k, code in enumerate(chosen):
        try:
            found.append(look(sector=code, progress=_part(progress, k, len(chosen))))
        except SectorError as error:
            if named:
                raise
            failed[code] = error.problems[0]
    if failed:
        text = message(
            "Sectors of which nothing can be found, listed as untested: {values}. Of the first: {reason}",
            values=listing(failed),
            reason=next(iter(failed.values())),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return found


def numbers(plants: Plants, *, weighted: bool) -> pd.DataFrame:
    """Establishments of each sector, and those that weigh."""
    points = plants.points
    some = points["employment"] > 0 if weighted else pd.Series(data=True, index=points.index)
    groups = some.groupby(points["sector"].to_numpy())
    return pd.DataFrame({"plants": groups.size(), "weighing": groups.sum()}).sort_index()


def large_sectors(plants: Plants, sector: str | None, rules: PatternRules, *, weighted: bool) -> list[str]:
    """The sector, or all of which a pattern can be told from chance."""
    if sector is not None:
        return [sector]
    table = numbers(plants, weighted=weighted)
    nothing = table.index[(table["weighing"] == 0) & (table["plants"] >= rules.minimum_plants)]
    if len(nothing):
        text = message(
            "Sectors whose establishments have no jobs to weigh with, listed as untested: {values}.",
            values=listing(nothing),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    large = list(table.index[table["weighing"] >= max(rules.minimum_plants, _PAIR)])
    if not large:
        found = message(
            "No sector has {number} establishments or more: none is looked at. Name one, or lower minimum_plants.",
            number=rules.minimum_plants,
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=3)
    return large


def _part(progress: Progress, done: int, number: int) -> Progress:
    def part(fraction: float, text: str = "") -> None:
        progress((done + fraction) / number, text)

    return part


def rest(table: pd.DataFrame, least: Count) -> pd.DataFrame:
    """Sectors of which there is no function: too small, or large enough and yet nothing could be found."""
    enough = table["weighing"] >= max(least, _PAIR)
    barren = (table["weighing"] == 0) & (table["plants"] >= least)
    return pd.DataFrame(
        {
            "sector": table.index,
            "neighbours": table.index,
            "plants": table["plants"].to_numpy(),
            "verdict": np.where(enough | barren, UNTESTED, SMALL),
        }
    )
