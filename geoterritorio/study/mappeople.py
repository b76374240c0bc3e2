"""How are communities of people and the capitals of territories told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication import FurtherLayer
from geoterritorio.publication.headings import heading
from geoterritorio.publication.numbers import Numbers
from geoterritorio.study.mapfacts import Fact, Row, beside, graded, number, plain, share

_CONTAINED = {
    mark("90\u00a0% or more work or live within it"): "#0b5d53",
    mark("80 to 90\u00a0% work or live within it"): "#4f948b",
    mark("70 to 80\u00a0% work or live within it"): "#9fc7c1",
    mark("Fewer than 70\u00a0% work or live within it"): "#e3a463",
    mark("Self-containment unknown"): "#ffffff",
}
_FROM = (0.9, 0.8, 0.7, 0.0)
_KNOWN = {
    mark("All four capitals known"): "#4b3a75",
    mark("Some capitals known, the others unknown"): "#b9afd0",
    mark("No capital known"): "#ffffff",
}
_CAPITALS = ("human", "social", "natural", "economic")
_COMMUNITY, _SCORES = "community_areas", "capital_areas"


def communities(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more self-contained they are.

    Parameters
    ----------
    rows
        Areas of `community_of_people`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell both sides with their intervals, where people and jobs are, and what moved.
    """
    kept = rows["containment"].to_numpy(dtype=float)
    words = np.array(list(_CONTAINED), dtype=object)
    grade = np.searchsorted(-np.array(_FROM), -np.nan_to_num(kept))
    told = np.where(np.isnan(kept), words[-1], words[grade])
    facts = (
        *(Fact(heading(side, _COMMUNITY, str), _side(side)) for side in ("supply", "demand")),
        Fact(heading("overlap", _COMMUNITY, str), lambda row, lang: share(number(row, "overlap"), lang)),
        plain("equivalent_sectors", _COMMUNITY),
        Fact(heading("moved", _COMMUNITY, str), _moved),
    )
    return graded(rows, name, told, _CONTAINED, facts)


def _side(column: str) -> Callable[[Row, Language], str]:
    """Share on one side with its interval."""

    def told(row: Row, lang: Language) -> str:
        value, low, high = (number(row, f"{column}{end}") for end in ("", "_low", "_high"))
        if np.isnan(low + high):
            return share(value, lang)
        return f"{share(value, lang)} ({share(low, lang)}\N{EN DASH}{share(high, lang)})"

    return told


def _moved(row: Row, lang: Language) -> str:
    return beside({**row, "q": row.get("q_moved")}, "moved", "moved_chance", lang)


def capitals(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories by how many of the four capitals are known; the scores are told, and not added up.

    Parameters
    ----------
    rows
        Areas of `capitals`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the score of each capital.
    """
    there = [c for c in _CAPITALS if c in rows.columns]
    known = rows[there].notna().sum(axis=1)
    words = list(_KNOWN)
    told = np.select([known == len(_CAPITALS), known > 0], [words[0], words[1]], words[2])
    facts = (*(Fact(heading(c, _SCORES, str), _score(c)) for c in there), plain("normalisation", _SCORES))
    return graded(rows, name, told, _KNOWN, facts)


def _score(column: str) -> Callable[[Row, Language], str]:
    def told(row: Row, lang: Language) -> str:
        value = number(row, column)
        return translator(lang)(mark("unknown")) if np.isnan(value) else Numbers(lang).score(value)

    return told
