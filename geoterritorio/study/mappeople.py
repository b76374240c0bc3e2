"""How are communities of people and the capitals of territories told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication import FurtherLayer
from geoterritorio.publication.headings import heading
from geoterritorio.publication.numbers import Numbers
from geoterritorio.study.mapfacts import Fact, Row, beside, graded, number, plain, share
from geoterritorio.study.withholding import WITHHELD

_CONTAINED = {
    mark("90\u00a0% or more work or live within it"): "#0b5d53",
    mark("80 to 90\u00a0% work or live within it"): "#4f948b",
    mark("70 to 80\u00a0% work or live within it"): "#9fc7c1",
    mark("Fewer than 70\u00a0% work or live within it"): "#e3a463",
    mark("Self-containment unknown"): "#ffffff",
}
_FROM = (0.9, 0.8, 0.7, 0.0)
_ABOVE = {
    mark("All four capitals above the median of the territories"): "#3d2b66",
    mark("Three capitals above the median"): "#6c5a97",
    mark("Two capitals above the median"): "#9a8dbd",
    mark("One capital above the median"): "#c9c0de",
    mark("No capital above the median"): "#eceaf2",
    mark("Some capitals unknown: not counted"): "#ffffff",
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
    Territories by how many of their capitals are above the median; the scores are told, and not added up.

    Parameters
    ----------
    rows
        Areas of `capitals`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the score of each capital, and which are above the median of the territories.
    """
    there = [c for c in _CAPITALS if c in rows.columns]
    scores = rows[there].astype(float)
    middle = scores.median()
    above = (scores > middle).sum(axis=1).to_numpy()
    words = np.array(list(_ABOVE), dtype=object)
    whole = scores.notna().sum(axis=1).to_numpy() == len(_CAPITALS)
    told = np.where(whole, words[len(_CAPITALS) - above], words[-1])
    facts = (
        *(Fact(heading(c, _SCORES, str), _score(c, float(middle[c]))) for c in there),
        plain("normalisation", _SCORES),
    )
    return graded(rows, name, told, _ABOVE, facts)


def _score(column: str, middle: float) -> Callable[[Row, Language], str]:
    def told(row: Row, lang: Language) -> str:
        value, say = number(row, column), translator(lang)
        if np.isnan(value):
            return say(mark("withheld") if isinstance(row.get(WITHHELD), str) else mark("unknown"))
        written = Numbers(lang).score(value)
        text = message("{score}, above the median", score=written)
        return text.render(say) if value > middle else written

    return told
