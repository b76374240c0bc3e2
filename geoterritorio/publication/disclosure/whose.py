"""Contributions read from a register or from counts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.checks import listing
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.publication.disclosure.contributions import OUTSIDE, Codes, Contributions, whole
from geoterritorio.publication.disclosure.rules import DisclosureRules

# Counts from a file may not be exact.
_WHOLE = 1e-6
# Each establishment is a row of its own: so many take about 2 GB.
_MOST = 30_000_000


@dataclass(frozen=True)
class Source:
    """
    Contributions, and what their codes stand for.

    Attributes
    ----------
    contributions
        Who contributes what.
    territories, sectors
        Identifiers of each division, the finest first, without the whole.
    names
        Name of each sector, where it has one.
    sized
        Whether jobs are known.
    """

    contributions: Contributions
    territories: tuple[pd.Index, ...]
    sectors: tuple[pd.Index, ...]
    names: pd.Series
    sized: bool


def source_of(firms: pd.DataFrame | None, counts: pd.DataFrame | None) -> pd.DataFrame:
    """
    The one of both that is given.

    Parameters
    ----------
    firms, counts
        Register and counts.

    Returns
    -------
    source
        Whichever is there.

    Raises
    ------
    LayerError
        If both or neither are, or figures are texts, infinite or negative.
    """
    source = firms if firms is not None else counts
    if source is None or (firms is not None and counts is not None):
        raise LayerError(
            message("Give either firms (a register) or counts (a table), not both and not neither.")
        )
    # From Python a table comes without the checks of files.
    name = "counts" if firms is None else "firms"
    for column in source.columns.intersection(["employment", "establishments"]):
        source = source.assign(**{column: amounts(source[column], f"{name}.{column}")})
    return source


def _told_whole(kept: np.ndarray, name: str) -> None:
    """Warning that rows are in no cell."""
    if not kept.all():
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{name}: {count} of {all} rows have no sector or lie in no territory, and are in no figure.",
                    name=name,
                    count=int((~kept).sum()),
                    all=len(kept),
                )
            ),
            stacklevel=4,
        )


def from_firms(firms: pd.DataFrame, territories: gpd.GeoDataFrame | None, digits: int) -> Source:
    """
    Contributions of a register.

    Parameters
    ----------
    firms
        Establishments.
    territories
        Where they are counted; None takes the register's own column.
    digits
        Signs of the sectors' codes that make their group; 0 for no groups.

    Returns
    -------
    source
        Contributions of establishments inside a territory that have a sector.

    Raises
    ------
    LayerError
        If firms have neither points nor territories, or none lies in a territory.
    """
    place = place_of(firms, territories)
    kept = (place.notna() & firms["sector"].notna()).to_numpy()
    if not kept.any():
        raise LayerError(
            message(
                "firms: no establishment has a sector and lies in a territory. Check codes and reference systems."
            )
        )
    _told_whole(kept, "firms")
    inside = firms[kept]
    who = inside["firm"].astype(str)
    if "group" in inside.columns:
        who = inside["group"].astype(object).where(inside["group"].notna(), "\x00" + who)
    jobs = inside["employment"].to_numpy(float) if "employment" in inside.columns else np.zeros(len(inside))
    every = place[kept] if territories is None else territories["territory"]
    return _source(place[kept], inside, pd.factorize(who)[0], np.nan_to_num(jobs), every, territories, digits)


def place_of(firms: pd.DataFrame, territories: gpd.GeoDataFrame | None) -> pd.Series:
    """
    Territory of each establishment.

    Parameters
    ----------
    firms
        Points, or a table with territories.
    territories
        Polygons; None takes the register's own column.

    Returns
    -------
    place
        Identifier, missing outside all of them.

    Raises
    ------
    LayerError
        If firms have neither points nor territories.
    """
    if territories is not None and has_geometry(firms):
        return assign(align(firms, territories, name="firms"), territories).territory
    if "territory" not in firms.columns:
        raise LayerError(
            message("firms: neither points nor a territory column. Give a point layer, or name the column.")
        )
    place = firms["territory"]
    return place if territories is None else place.where(place.isin(territories["territory"]))


def from_counts(
    counts: pd.DataFrame, territories: gpd.GeoDataFrame | None, digits: int, rules: DisclosureRules
) -> Source:
    """
    Contributions that counts stand for: as many of the same size as there are establishments.

    Parameters
    ----------
    counts
        Jobs and establishments by territory and sector.
    territories
        For larger areas.
    digits
        Signs of the sectors' codes that make their group; 0 for no groups.
    rules
        Those of dominance need a register.

    Returns
    -------
    source
        Contributions.

    Raises
    ------
    LayerError
        If establishments are missing or not whole, or sizes are asked for.
    """
    problems = _count_problems(counts, territories, rules)
    if problems:
        raise LayerError(problems)
    kept = counts[["territory", "sector"]].notna().all(axis=1).to_numpy()
    _told_whole(kept, "counts")
    counts = counts[kept]
    number = counts["establishments"].round().to_numpy(np.intp)
    rows = counts.iloc[np.repeat(np.arange(len(counts)), number)].reset_index(drop=True)
    jobs = np.zeros(len(rows))
    if "employment" in counts.columns:
        jobs = np.repeat(counts["employment"].to_numpy(float) / np.maximum(number, 1), number)
    every = counts["territory"] if territories is None else territories["territory"]
    return _source(rows["territory"], rows, np.arange(len(rows)), jobs, every, territories, digits)


def _count_problems(
    counts: pd.DataFrame, territories: gpd.GeoDataFrame | None, rules: DisclosureRules
) -> list[Message]:
    problems = []
    if "establishments" not in counts.columns:
        problems.append(
            message(
                "counts: no column “establishments”: without it nobody knows which cells are of few. Name it."
            )
        )
    else:
        number = counts["establishments"]
        if not (number > 0).any():
            problems.append(message("counts: no cell has establishments: there is nothing to protect."))
        if number.sum() > _MOST:
            problems.append(
                message(
                    "counts: {count} establishments in all, more than the {most} that can be worked out. Check the "
                    "column.",
                    count=int(number.sum()),
                    most=_MOST,
                )
            )
        odd = (number - number.round()).abs() > _WHOLE
        if odd.any():
            problems.append(
                message("counts: establishments of {count} cells are no whole number.", count=int(odd.sum()))
            )
    missing = counts[[c for c in ("establishments", "employment") if c in counts.columns]].isna().any(axis=1)
    if missing.any():
        problems.append(
            message(
                "counts: {count} cells have no figure, or were withheld already: which others protect them cannot be "
                "known. Give the full table.",
                count=int(missing.sum()),
            )
        )
    if rules.largest or rules.percent:
        problems.append(
            message("counts: rules of dominance need the sizes of establishments. Give firms instead.")
        )
    if territories is not None:
        strange = sorted(set(counts["territory"].dropna()) - set(territories["territory"]))
        if strange:
            problems.append(
                message(
                    "counts: {count} territories are not in the layer of territories: {values}. "
                    "Check that both use the same codes (leading zeros?).",
                    count=len(strange),
                    values=listing(strange),
                )
            )
    return problems


def _source(
    place: pd.Series,
    rows: pd.DataFrame,
    who: Codes,
    jobs: np.ndarray,
    every: pd.Series,
    territories: gpd.GeoDataFrame | None,
    digits: int,
) -> Source:
    names = pd.Index(sorted(set(every.dropna().astype(str))), name="territory")
    sectors = pd.Index(sorted(set(rows["sector"].astype(str))), name="sector")
    larger, upper = _larger(names, territories), _upper(sectors, digits)
    contributions = Contributions(
        names.get_indexer(place.astype(str)),
        sectors.get_indexer(rows["sector"].astype(str)),
        who,
        jobs,
        whole([np.arange(len(names)), *(codes for codes, _ in larger)], len(names)),
        whole([np.arange(len(sectors)), *(codes for codes, _ in upper)], len(sectors)),
    )
    called = pd.Series(dtype=object)
    if "sector_name" in rows.columns:
        called = (
            rows.dropna(subset="sector_name").drop_duplicates("sector").set_index("sector")["sector_name"]
        )
    return Source(
        contributions,
        (names, *(ids for _, ids in larger)),
        (sectors, *(ids for _, ids in upper)),
        called,
        "employment" in rows.columns,
    )


def _larger(names: pd.Index, territories: gpd.GeoDataFrame | None) -> list[tuple[Codes, pd.Index]]:
    """Larger areas in which territories lie, if they say so."""
    if territories is None or "parent" not in territories.columns or territories["parent"].isna().all():
        return []
    parent = territories.set_index(territories["territory"].astype(str))["parent"].reindex(names)
    return [_coded(parent)]


def _upper(sectors: pd.Index, digits: int) -> list[tuple[Codes, pd.Index]]:
    """Groups of sectors, if they are asked for and there are any."""
    if digits == 0:
        return []
    return [_coded(pd.Series(sectors).str[:digits])]


def _coded(values: pd.Series) -> tuple[Codes, pd.Index]:
    codes, ids = pd.factorize(values, sort=True, use_na_sentinel=True)
    return np.where(codes < 0, OUTSIDE, codes).astype(np.intp), pd.Index(ids)
