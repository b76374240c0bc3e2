"""Sectors from one classification into another, into coarser levels, into groups; nothing lost on the way.

What has no counterpart stays in the table under the code `REMAINDER`, so totals are the same before and after.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.checks import listing
from geoterritorio.layers.sector_codes import best_vocabulary
from geoterritorio.layers.sector_links import (
    REMAINDER,
    held_name,
    lifts_of,
    links_between,
    read_codes,
    split_of,
)
from geoterritorio.layers.sector_moves import AMOUNTS, left_over, moved_columns, moved_counts, moved_firms
from geoterritorio.layers.sector_tree import (
    ancestry,
    nested,
    place_of,
    refuse_contained,
    refuse_other,
    warn_mixed,
)
from geoterritorio.layers.vocabularies import canonical_name, edition, known_level, titles, untitled
from geoterritorio.registry import Column, Layer

_MOST = 0.5
MISSING, UNREAD, UNLINKED = "missing", "not_in_vocabulary", "without_correspondence"

LEFT_OVER = Layer(
    "remainder",
    ("table",),
    (
        Column("sector", "text", "Code as it was given"),
        Column(
            "reason",
            "text",
            "missing, not_in_vocabulary or without_correspondence",
            options=(MISSING, UNREAD, UNLINKED),
        ),
        Column("rows", "number", "Rows of the table with this code", min=0),
        Column("employment", "number", "Jobs under this code", required=False, min=0),
        Column("establishments", "number", "Establishments under this code", required=False, min=0),
    ),
    key=("sector",),
)
SPLIT = Layer(
    "split",
    ("table",),
    (
        Column("sector", "text", "Code as it was given"),
        Column("code", "text", "The same code in the spelling of its classification"),
        Column("target", "text", "Code that replaces it"),
        Column("share", "number", "Share of the code's jobs and establishments that goes there", min=0),
        Column(
            "via",
            "text",
            "own: the table has the code; above: it has the code above it; below: it has codes below it, taken equally",
            options=("own", "above", "below"),
        ),
    ),
)

LeftOver = Annotated[pd.DataFrame, LEFT_OVER]
Split = Annotated[pd.DataFrame, SPLIT]


@dataclass(frozen=True)
class _Target:
    """What is recoded to: its name if it is a vocabulary, names of the codes, and what `classification` says."""

    name: str | None
    titles: pd.Series
    edition: str
    untitled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recoded:
    """
    A layer with other sector codes, and what became of each old one.

    Attributes
    ----------
    layer
        As the input, with the target's codes; what has no counterpart is under the code `REMAINDER`. Counts and
        totals have `classification` (the target and its version) and, where parts of a cell are missing, bounds.
    remainder
        Codes without counterpart: sector, reason, rows, employment, establishments; for a wide table, whatever it
        counts stands as employment.
    split
        Every old code with its targets and the shares used: sector, code, target, share, via.
    """

    layer: Any
    remainder: pd.DataFrame
    split: pd.DataFrame


def recode_sectors(
    frame: pd.DataFrame,
    *,
    source: str,
    target: str,
    table: pd.DataFrame | None = None,
    shares: str = "equal",
    language: Language = "en",
) -> Recoded:
    r"""
    Sectors of a layer in another classification.

    Parameters
    ----------
    frame
        Counts (long: territory, sector, period if any, and amounts; or wide: territories × sectors), reference totals
        of one whole or several, or firms.
    source
        Vocabulary of the codes; with a table of one's own, any name.
    target
        Vocabulary wanted; with a table of one's own, any name.
    table
        One's own correspondence: source, target and, if `shares` names it, a column of shares.
    shares
        ``equal``: a code with several counterparts is divided equally among them; or the column of shares, which
        must sum to 1 for each source.
    language
        Language of the sector names.

    Returns
    -------
    recoded
        Layer, remainder and the shares used. Firms with several counterparts become several rows with a column
        `share` and employment in proportion.

    Raises
    ------
    LayerError
        If no tables lead from one to the other, no code has a counterpart, the column `classification` says that the
        codes are others, the table names codes its vocabularies do not have, shares are not
        between 0 and 1 or do not sum to 1, a row of counts contains another of the same territory and period, or a
        lower bound is above its upper one.

    Notes
    -----
    .. math::

       E_{rj} = \sum_i s_{ij} E_{ri}, \qquad \sum_j s_{ij} = 1, \qquad
       \sum_i s_{ij} L_{ri} \le E_{rj} \le \sum_i s_{ij} H_{ri}

    Where no table between the two is held but several lead there (`nace21` to `nace2` to `isic4`), they are composed
    along the shortest way: shares multiply, and a warning names the way. Equal shares at each of several steps are a
    weaker assumption than those of one table. What is lost on the way in part goes to the remainder in part.

    A code above the table's level (a division, where the table links classes) is divided equally among the linked
    codes below it and brought back to the same level of the target. A withheld cell makes every cell it may reach
    withheld; a divided cell is marked estimated. Equal shares are an assumption: give measured ones where they exist.

    Bounds: where a part of a cell is missing, `employment_low` is the part that is known (:math:`L = H = E` of known
    rows, :math:`L = 0` of missing ones), and `employment_high` is empty, because nothing limits the missing part. Rows
    that come with bounds of their own (`employment_low`, `employment_high`, for example of size classes) put them in
    the place of 0 and of nothing. Establishments likewise. The bounds hold given the shares. Over each territory the
    known amounts and the lower bounds sum to what was known before.

    Levels: a code and one below it in the same territory and period are refused (the first is probably the total;
    rows of zeros do not count). Otherwise codes of several levels keep their levels, and a warning says so. With a
    vocabulary that is not held, levels are unknown and nothing is looked at.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["62.01", "58.29", "99.99"], "employment": [8.0, 2.0, 1.0]})
    >>> found = recode_sectors(counts, source="nace2", target="isic4")
    >>> found.layer[["sector", "employment"]].values.tolist()
    [['5820', 2.0], ['6201', 8.0], ['remainder', 1.0]]
    """
    links = links_between(source, target, table, shares)
    return _recoded(frame, held_name(source), links, _target(target, language))


def aggregate_sectors(
    frame: pd.DataFrame, *, vocabulary: str, level: str, language: Language = "en"
) -> Recoded:
    """
    Sectors of a layer at a coarser level of their own classification.

    Parameters
    ----------
    frame
        As for `recode_sectors`.
    vocabulary
        Vocabulary of the codes.
    level
        Level wanted, such as ``division``; codes above it go to the remainder.
    language
        Language of the sector names.

    Returns
    -------
    recoded
        Layer, remainder and the codes each old one went to.

    Raises
    ------
    LayerError
        If the vocabulary has no such level, or a row of counts contains another of the same territory and period.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["10.11", "10.5"], "employment": [8.0, 2.0]})
    >>> aggregate_sectors(counts, vocabulary="nace2", level="division").layer[["sector", "employment"]].values.tolist()
    [['10', 10.0]]
    """
    known_level(vocabulary, level)
    ancestors = ancestry(vocabulary)
    wanted = ancestors[ancestors["level"] == level]
    links = pd.DataFrame({"source": wanted["code"], "target": wanted["ancestor"], "share": 1.0})
    return _recoded(frame, canonical_name(vocabulary), links, _target(vocabulary, language), inherit=False)


def group_sectors(
    frame: pd.DataFrame, *, groups: str, source: str = "nace2", language: Language = "en"
) -> Recoded:
    """
    Sectors of a layer as groups: activities, main industries, technology.

    Parameters
    ----------
    frame
        As for `recode_sectors`.
    groups
        ``istat_activities``, ``istat_main_industries`` or ``eurostat_technology``.
    source
        Vocabulary of the codes.
    language
        Language of the group names.

    Returns
    -------
    recoded
        Layer by group, remainder and the groups each code went to.

    Raises
    ------
    LayerError
        If the vocabulary is not assigned to these groups.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["26", "30.3", "13.1"], "employment": [8.0, 2.0, 5.0]})
    >>> found = group_sectors(counts, groups="eurostat_technology", language="es").layer
    >>> found[["sector_name", "employment"]].values.tolist()
    [['Tecnología alta', 10.0], ['Tecnología baja', 5.0]]
    """
    return recode_sectors(frame, source=source, target=groups, language=language)


def _recoded(
    frame: pd.DataFrame, name: str | None, links: pd.DataFrame, target: _Target, *, inherit: bool = True
) -> Recoded:
    wide = "sector" not in frame.columns
    firms = isinstance(frame, gpd.GeoDataFrame) or "firm" in frame.columns
    if name is not None and "classification" in frame.columns:
        refuse_other(frame["classification"], name)
    sectors = _text(frame.columns if wide else frame["sector"])
    frame = frame.set_axis(sectors, axis=1) if wide else frame.assign(sector=sectors)
    given = pd.Series(sectors, dtype=object).drop_duplicates().reset_index(drop=True)
    used = pd.DataFrame({"sector": given, "code": read_codes(given, name)})
    if name is not None and not firms and not nested(used["code"], name).empty:
        refuse_contained(_filled(frame, wide=wide).merge(used.dropna()), name, _kind(frame, wide=wide))
    split = split_of(used.dropna(), name, links, lifts_of(target.name) if inherit else None, inherit=inherit)
    if split.empty:
        _refuse_foreign(used, name, target.edition)
    if not wide:
        _tell_untitled(split, target)
    if name is not None and target.name is not None:
        warn_mixed(split["code"], name, split["target"], target.name)
    lost, moves = _without(used, split)
    if wide:
        layer = moved_columns(frame, moves)
        amounts = pd.DataFrame({"sector": frame.columns, "employment": frame.sum(skipna=False).to_numpy()})
        return Recoded(layer, left_over(amounts, lost), split)
    if firms:
        return Recoded(moved_firms(frame, moves, target.titles), left_over(frame, lost), split)
    layer = moved_counts(frame, moves, target.titles, target.edition)
    return Recoded(layer, left_over(frame, lost), split)


def _without(used: pd.DataFrame, split: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which codes are lost, wholly or in part, and why; and the moves of all codes, the lost to the remainder."""
    reason = np.where(used["sector"] == "", MISSING, np.where(used["code"].isna(), UNREAD, UNLINKED))
    there = used["sector"].isin(split["sector"]).to_numpy()
    whole = pd.DataFrame({"sector": used["sector"], "reason": reason, "share": 1.0})[~there]
    part = split.loc[split["target"] == REMAINDER, ["sector", "share"]].assign(reason=UNLINKED)
    moves = [split[["sector", "target", "share"]], whole[["sector", "share"]].assign(target=REMAINDER)]
    return pd.concat([whole, part], ignore_index=True), pd.concat(moves, ignore_index=True)


def _refuse_foreign(used: pd.DataFrame, name: str | None, target: str) -> None:
    """Refusal of a table of which no code has a counterpart, and few are understood."""
    given = used[used["sector"] != ""]
    codes = given["sector"]
    if given["code"].notna().sum() < _MOST * len(given):
        raise LayerError(
            message(
                "None of the {count} codes ({values}) has a counterpart in “{target}”: they are probably of another "
                "classification.{hint} Name the one that they belong to.",
                count=len(codes),
                values=listing(list(codes)),
                target=target,
                hint=better_source(codes, name),
            )
        )


def better_source(codes: pd.Series, name: str | None) -> Message | str:
    """Sentence that names the classification which reads most of the codes, if it is another; else nothing."""
    best, share = best_vocabulary(codes)
    own = read_codes(codes, name).notna().mean() if name is not None else 0.0
    if share <= _MOST or share <= own:
        return ""
    return message(" Most are codes of “{vocabulary}”.", vocabulary=best)


def _tell_untitled(split: pd.DataFrame, target: _Target) -> None:
    """Say so where names are in the other language."""
    codes = split["target"].drop_duplicates()
    count = int(codes.isin(target.untitled).sum())
    if count:
        text = message(
            "{count} of {total} sectors have no name in the language asked for and bear that of the other.",
            count=count,
            total=len(codes),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _filled(frame: pd.DataFrame, *, wide: bool) -> pd.DataFrame:
    """Sector and place of the cells that hold something: zero is as good as absent, missing is not."""
    if wide:
        row, column = np.nonzero(frame.to_numpy(float) != 0)
        return pd.DataFrame({"sector": frame.columns.to_numpy()[column], "territory": row})
    amounts = [c for c in AMOUNTS if c in frame.columns]
    rows = frame[["sector", *place_of(frame)]]
    return rows[(frame[amounts].to_numpy(float) != 0).any(axis=1)] if amounts else rows


def _kind(frame: pd.DataFrame, *, wide: bool) -> str:
    return "counts" if wide or "territory" in frame.columns else "reference"


def _text(sectors: Any) -> Any:
    """Codes as text, missing ones empty."""
    codes, distinct = pd.factorize(pd.Series(sectors))
    return np.array([*(str(c).strip() for c in distinct), ""], dtype=object)[codes]


def _target(name: str, language: Language) -> _Target:
    held = held_name(name)
    found = titles(held, language) if held is not None else pd.Series(dtype=object)
    rest = pd.Series({REMAINDER: translator(language)(mark("Without correspondence"))})
    if held is None:
        return _Target(None, pd.concat([found, rest]), name)
    return _Target(held, pd.concat([found, rest]), edition(held, language), untitled(held, language))
