"""How is what lies within reach told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.schema import UNKNOWN
from geoterritorio.publication import FurtherLayer, Look
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.names import called
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.qgis.brushes import HOT, PALE_NONE, TEAL
from geoterritorio.publication.webmap.further import COLOURS as FURTHER
from geoterritorio.publication.webmap.further import PLAIN
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, GROUND, LIMITS, NONE, mix
from geoterritorio.study.mapcolours import (
    PALE,
    PALE_DOT,
    Words,
    both,
    both_halves,
    coloured,
    ramp,
    unit_of,
    unit_word,
)
from geoterritorio.study.withholding import FEW

# Pale enough to lie under borders and names, and apart for readers who confuse colours.
_KINDS = ("#8fb8d8", "#e8b878", "#a893c4", "#7fb59a", "#d98f9f", "#e6da7a", "#b8a48c", "#c9cdd1")
_DOTS = (*FURTHER[:6], *FURTHER[7:])
_OTHER = "other"
NO_LIMIT = "none"
# Fewer places than this part led by centres with a colour of their own say little; then the share is what is shown.
_MOSTLY, _LED = 0.5, (0.1, 0.25, 0.5)
# What is graded, and the column of what a row is.
_GRADED = {
    "candidate_gains": ("newly", "candidate"),
    "market_centres": ("customers", "centre"),
    "opportunities": ("available", "place"),
    "centre_loads": ("people_in_reach", "centre"),
    "zonal_sums": ("sum", "territory"),
}
# So many centres of a colour are named in its heading.
_NAMED = 2
# Kinds whose column has a heading too long for every class.
_COUNTED = frozenset(("opportunities", "centre_loads"))
# Few gain very much: the last tenth is told apart from what is only above the middle.
_PARTS = (1 / 3, 2 / 3, 0.9)
_QUARTERS = (0.25, 0.5, 0.75)
# Ground and names are read through the colour.
_MIXED = 0.45
_WATER, _CUT = "#2f6f9f", "#8d99a6"
# About two dots of a screen that shows all of the layer.
_NARROW = 1 / 500
# The share from which no gap is worth a colour, and the pale ground of such territories.
_NO_GAP, _NO_GAP_CODE, _NO_GAP_COLOUR = 0.95, "no gap", "#eef1f0"
_NO_GAP_WORDS = mark("No gap: 95\u00a0% or more reach every kind")


def within(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Land within budgets, the nearer the darker and the smaller above the larger.

    Parameters
    ----------
    rows
        `isochrones`, `reached_land` or `service_areas`, with the budget in `up_to`.
    kind
        Which of them.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Areas with a heading for each budget, so that budgets can be hidden one by one; filled, unless they are such
        narrow bands along roads that their rims alone would be seen: then the rims have the colours.
    """
    shown = rows.sort_values("up_to", ascending=False, kind="stable")
    title = next((c for c in ("origin", "centre") if c in shown.columns), None)
    if title is not None:
        shown = shown.assign(name=shown[title])
    elif "origins" in shown.columns:
        # One piece of land may hold many places; all of their names would hide the map.
        shown = shown.assign(name=shown["origins"].where(shown["places"].eq(1)))
    budgets = sorted(shown["up_to"].unique())
    unit = unit_of(shown) or "metres"
    labels = {
        str(b): {
            lang: message(
                "up to {amount} {unit}", amount=Numbers(lang).plain(b), unit=unit_word(unit, lang)
            ).render(translator(lang))
            for lang in LANGUAGES
        }
        for b in budgets
    }
    coded = shown.assign(code=shown["up_to"].astype(str))
    return coloured(coded, kind, name, labels, ramp(len(budgets)), filled=not _narrow(shown))


def nearest(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Land by the nearest centre; land from which no road leads to any is told apart.

    Parameters
    ----------
    rows
        Areas of `nearest_areas`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the centre and what lies in the area.
    """
    near = rows[rows["centre"].notna()]
    number = _unlike_neighbours(near)
    code = pd.Series("none", index=rows.index).mask(rows["centre"].notna(), "near0")
    code.loc[near.index] = [f"near{k}" for k in number]
    labels = {
        f"near{k}": _nearest_to(sorted(near["centre"].astype(str)[number == k].unique()))
        for k in np.unique(number)
    }
    if len(labels) == 1:
        labels = {code: both(mark("Nearest to the centre")) for code in labels}
    labels["none"] = both(mark("No road leads to a centre"))
    colours = (*(_KINDS[k % len(_KINDS)] for k in np.unique(number)), PALE_NONE)
    return coloured(rows.assign(code=code, name=called(rows, "centre")), kind, name, labels, colours)


def _unlike_neighbours(rows: gpd.GeoDataFrame) -> np.ndarray[Any, Any]:
    """Numbers of colours: one for each centre, of many centres the smallest number that no neighbour has."""
    centres, names = pd.factorize(rows["centre"])
    if len(names) < len(_KINDS):
        return np.asarray(centres)
    shapes = rows.geometry.array
    first, second = centres[shapely.STRtree(shapes).query(shapes, predicate="intersects")]
    beside = pd.Series(second).groupby(first).unique()
    found = np.full(len(names), -1)
    # Those with the most neighbours choose first: so few colours suffice.
    for one in sorted(beside.index, key=lambda k: -len(beside[k])):
        taken = {found[other] for other in beside[one]}
        found[one] = next(k for k in range(len(names)) if k not in taken)
    return np.asarray(found[centres])


def _nearest_to(centres: Sequence[str]) -> Words:
    """Heading of the areas in one colour: that all have a nearest centre, and which the first of these are."""
    shown = "; ".join(centres[:_NAMED])
    rest = len(centres) - _NAMED
    text = (
        message("Nearest to {centres} and {count} others", centres=shown, count=rest)
        if rest > 0
        else message("Nearest to {centres}", centres=shown)
    )
    return {lang: text.render(translator(lang)) for lang in LANGUAGES}


def around_mean(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Places in classes of their access around its mean.

    Parameters
    ----------
    rows
        `access` or `availability`, with `relative`; a column `unit` says what costs count.
    kind
        Which of them.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Places in the colours of quotients, blue below the mean; those out of every reach and those not known have
        a heading of their own.
    """
    value = rows["relative"].to_numpy(dtype=float)
    # A value on a limit belongs to the class nearer to 1, as everywhere.
    half = len(BREAKS) // 2
    low, high = np.array(BREAKS[:half]), np.array(BREAKS[half:])
    place = np.searchsorted(low, value, side="right") + np.searchsorted(high, value, side="left")
    code = np.where(np.isnan(value), "unknown", np.where(value == 0, "none", place.astype(str)))
    labels = {str(k): _class(k) for k in reversed(range(len(COLOURS)))}
    labels["none"] = both(mark("0: nothing within reach"))
    labels["unknown"] = both(mark("No data"))
    return coloured(rows.assign(code=code), kind, name, labels, (*reversed(COLOURS), PALE_NONE, NONE))


def leading(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Places by the centre that most of their people choose.

    Parameters
    ----------
    rows
        Areas of `huff_shares`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Places in the colour of the centre; those that lead at most places have a heading each, others one together.
    """
    most = rows["centre"].value_counts(sort=True)
    # One heading is kept for all others, unless there are none.
    number = len(_KINDS) if len(most) <= len(_KINDS) else len(_KINDS) - 1
    if most.iloc[:number].sum() < _MOSTLY * most.sum():
        return _by_share(rows, kind, name)
    first = {str(centre): f"centre{k}" for k, centre in enumerate(most.index[:number])}
    centre = rows["centre"].astype(object)
    code = centre.map(lambda c: first.get(str(c), _OTHER)).where(centre.notna(), "none")
    titles = rows["name"].where(rows["name"].notna(), centre) if "name" in rows.columns else centre
    named = dict(zip(centre, titles, strict=True))
    labels = {
        c: both_halves(str(named[centre_of]))
        for centre_of, c in zip(most.index, first.values(), strict=False)
    }
    labels[_OTHER] = both(mark("Another centre"))
    labels["none"] = both(mark("0: nothing within reach"))
    # Dots are small: pale ones would not be told apart.
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    colours = (*(_DOTS if dots else _KINDS)[:number], _KINDS[-1], PALE_NONE)
    # The name is that of the centre, and would be read as that of the place.
    shown = rows.assign(code=code, leads=titles).drop(columns="name", errors="ignore")
    return coloured(
        shown, kind, name, labels, colours, more=Look({"leads": both(heading("centre", kind, str))})
    )


def _by_share(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """Places by the share of the centre that leads there, where too many centres lead for a colour each."""
    share, centre = rows["share"].to_numpy(dtype=float), rows["centre"].astype(object)
    code = np.where(centre.isna(), "none", np.searchsorted(_LED, share.round(9), side="left").astype(str))
    titles = rows["name"].where(rows["name"].notna(), centre) if "name" in rows.columns else centre
    labels = {str(k): _led(k) for k in reversed(range(len(_LED) + 1))}
    labels["none"] = both(mark("0: nothing within reach"))
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    colours = (*ramp(len(_LED) + 1, PALE_DOT if dots else PALE), PALE_NONE)
    shown = rows.assign(code=code, leads=titles).drop(columns="name", errors="ignore")
    more = Look({"leads": both(heading("centre", kind, str))})
    return coloured(shown, kind, name, labels, colours, more=more)


def _led(k: int) -> Words:
    """Bounds of a class of shares of the leading centre."""
    words: Words = {}
    for lang in LANGUAGES:
        say, at = translator(lang), [Numbers(lang).percent(limit) for limit in _LED]
        bounds = (
            message("up to {a}", a=at[0])
            if k == 0
            else message("over {a}", a=at[-1])
            if k == len(at)
            else message("{a} to {b}", a=at[k - 1], b=at[k])
        )
        words[lang] = message("leading centre: {bounds}", bounds=bounds.render(say)).render(say)
    return words


def graded(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Candidates by what they gain, centres by whom they draw, or places by what they reach, the more the darker.

    Parameters
    ----------
    rows
        `candidate_gains`, `market_centres`, `centre_loads` or `opportunities`; of several limits the middle one.
    kind
        Which of them.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Rows in four classes, the last a tenth of them; those with nothing have a class of their own.
    """
    column, told_by = _GRADED[kind]
    if "within" in rows.columns:
        limits = np.sort(rows["within"].unique())
        rows = rows[rows["within"] == limits[(len(limits) - 1) // 2]]
    value = rows[column].to_numpy(dtype=float)
    some = value[value > 0]
    edges = np.unique([float(f"{q:.2g}") for q in np.quantile(some, _PARTS)]) if some.size else np.array([])
    place = np.searchsorted(edges, value, side="left")
    code = np.where(np.isnan(value), "unknown", np.where(value == 0, "none", place.astype(str)))
    told = kind not in _COUNTED
    labels = {str(k): _grade(k, edges, column, kind, told=told) for k in reversed(range(len(edges) + 1))}
    none = {lang: f"0 {_small(column, kind, lang)}" for lang in LANGUAGES}
    labels["none"] = none if told else both(mark("0: nothing within reach"))
    labels["unknown"] = both(mark("No data"))
    shown = rows.assign(code=code, name=called(rows, told_by))
    if not told:
        # Their headings are too long for every class: they go into the name.
        name = {lang: _counting(rows, kind, title, lang) for lang, title in name.items()}
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    shades = ramp(len(edges) + 1, PALE_DOT if dots else PALE)
    return coloured(shown, kind, name, labels, (*shades, PALE_NONE, NONE))


def snapped(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Places where they were put on roads; those too far from every road are told apart.

    Parameters
    ----------
    rows
        Snapped places.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Dots; opened, they tell the road and the way to it.
    """
    labels = {"yes": both(mark("On the nearest road")), "no": both(mark("Too far from every road"))}
    shown = rows.assign(code=rows["snapped"], name=called(rows, "place"))
    return coloured(shown, kind, name, labels, (TEAL, HOT))


def chosen(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Places chosen for further centres, with the turn of each.

    Parameters
    ----------
    rows
        Chosen candidates of `one_more_centre`; the row of today has no place and is left out.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled places; opened, they tell the turn and what is reached after it.
    """
    shown = rows[rows["turn"] > 0]
    labels = {"chosen": both(mark("Chosen place"))}
    return coloured(shown.assign(code="chosen", name=called(shown, "candidate")), kind, name, labels, (HOT,))


def weakest(
    rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str], more: Look = PLAIN
) -> FurtherLayer:
    """
    Of each territory the kind of centre that fewest reach there, unless nearly all reach every kind.

    Parameters
    ----------
    rows
        Areas of `reach`; of several groups the first is told.
    kind
        Kind of the layer.
    name
        Name of the layer by language.
    more
        Further facts of the rows, instead of the budget and its shares.

    Returns
    -------
    layer
        Filled areas by kind of centre; opened, they tell the kind, the shares that reach one and its minutes. Where a
        share that is withheld could be the smallest, that is said instead.
    """
    mine = rows[(rows["who"] == rows["who"].iloc[0]) & rows["number"].ne(0)]
    known = mine[mine["reached_share"].notna()]
    order = known.sort_values(["territory", "reached_share", "median"], ascending=[True, True, False])
    first = order.drop_duplicates("territory")
    lost = mine[mine["reached_share"].isna()]
    least = _at_least(lost).groupby(lost["territory"]).min().reindex(first["territory"]).to_numpy()
    share = first["reached_share"].to_numpy(dtype=float)
    code = np.where(share > least, FEW, first["centre_kind"].to_numpy(dtype=object))
    # Where nearly all reach every kind, which is the last of them says nothing.
    code[(share >= _NO_GAP) & ~(least < _NO_GAP)] = _NO_GAP_CODE
    first = first.assign(code=code)
    hidden = lost[~lost["territory"].isin(first["territory"])].drop_duplicates("territory").assign(code=FEW)
    shown = pd.concat([first, hidden]) if len(hidden) else first
    found = sorted(set(shown["code"]) - {FEW, _NO_GAP_CODE})
    labels = {
        k: {lang: worded("centre_kind", k, kind, translator(lang)) for lang in LANGUAGES} for k in found
    }
    labels |= {_NO_GAP_CODE: both(_NO_GAP_WORDS), FEW: both(VALUES[FEW])}
    colours = [_KINDS[min(k, len(_KINDS) - 1)] for k in range(len(found))]
    return coloured(shown, kind, name, labels, (*colours, _NO_GAP_COLOUR, PALE_NONE), more=more)


def _at_least(rows: pd.DataFrame) -> pd.Series:
    """What a share that is withheld is at least, by the times that are told."""
    low = pd.Series(0.0, index=rows.index)
    for column, part in (("median", 0.5), ("ninth", 0.9)):
        if column in rows.columns:
            low = low.mask(rows[column] <= rows["up_to"], part)
    return low


def by_minutes(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Travel-cost basins by the minutes to their centre on average, few dark.

    Parameters
    ----------
    rows
        Basins of `allocation`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas in up to four classes, with the names of their centres; opened, they tell minutes and land.
    """
    value = rows["mean_minutes"].to_numpy(dtype=float)
    known = value[np.isfinite(value)]
    edges = np.unique(np.ceil(np.quantile(known, _QUARTERS))) if known.size else np.array([])
    place = np.searchsorted(edges, value, side="left")
    code = np.where(np.isfinite(value), place.astype(str), "unknown")
    minutes = {lang: unit_word("minutes", lang) for lang in LANGUAGES}
    labels = {str(k): _span(k, edges, minutes) for k in range(len(edges) + 1)}
    labels["unknown"] = both(mark("No data"))
    shown = rows.assign(code=code, name=called(rows, "centre"))
    return coloured(shown, kind, name, labels, (*ramp(len(edges) + 1), NONE))


def watersheds(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Basins of water as outlines, those that the edge of what is known cuts told apart.

    Parameters
    ----------
    rows
        Basins of `natural_basins`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Outlines, so that other areas can be seen beneath; opened, they tell the land and what drains through.
    """
    labels = {"no": both(mark("basin")), "yes": both(mark("cut by the edge of what is known"))}
    shown = rows.assign(code=rows["touches_edge"])
    return coloured(shown, kind, name, labels, (_WATER, _CUT), filled=False)


def agreeing(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories by the divisions whose limits their borders follow.

    Parameters
    ----------
    rows
        Areas of `limit_agreement`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas in the colours that QGIS gives them; opened, they tell of each division how much of the border
        follows its limits, how many times what chance gives that is, and which unit is most like them.
    """
    order = [code for code in reversed(LIMITS) if code not in {NO_LIMIT, UNKNOWN}]
    labels = {code: _limits(code) for code in (*order, NO_LIMIT, UNKNOWN)}
    colours = (*(mix(LIMITS[code], GROUND, _MIXED) for code in order), PALE_NONE, NONE)
    named = [
        c.removesuffix("_name") for c in rows.columns if c.endswith("_match_name") and rows[c].notna().any()
    ]
    return coloured(rows.assign(code=rows["agrees_with"]).drop(columns=named), kind, name, labels, colours)


def _limits(code: str) -> Words:
    return {lang: worded("agrees_with", code, "limit_areas", translator(lang)) for lang in LANGUAGES}


REACH: Mapping[str, Callable[[gpd.GeoDataFrame, str, Mapping[Language, str]], FurtherLayer]] = {
    "isochrones": within,
    "reached_land": within,
    "service_areas": within,
    "nearest_areas": nearest,
    "access": around_mean,
    "availability": around_mean,
    "opportunities": graded,
    "centre_loads": graded,
    "snapped_places": snapped,
    "market_areas": leading,
    "market_centres": graded,
    "candidate_gains": graded,
    "chosen_candidates": chosen,
    "reach_areas": weakest,
    "zonal_sums": graded,
    "basins": watersheds,
    "travel_basins": by_minutes,
    "limit_areas": agreeing,
}


def _narrow(rows: gpd.GeoDataFrame) -> bool:
    """Whether bands are narrower than the rims that the page draws around areas when it shows all of them."""
    west, south, east, north = rows.total_bounds
    shapes = rows.geometry.array
    # A band has two long sides.
    widths = 2 * shapely.area(shapes) / shapely.length(shapes)
    return bool(np.nanmedian(widths) < _NARROW * np.hypot(east - west, north - south))


def _class(k: int) -> Words:
    """Bounds of a class of quotients."""
    at = [round(bound, 2) for bound in BREAKS]
    if k == 0:
        text = message("under {a}", a=at[0])
    elif k == len(at):
        text = message("over {a}", a=at[-1])
    else:
        text = message("{a} to {b}", a=at[k - 1], b=at[k])
    return {
        lang: message("{bounds} times the mean", bounds=text.render(translator(lang))).render(
            translator(lang)
        )
        for lang in LANGUAGES
    }


def _small(column: str, kind: str, lang: Language) -> str:
    return heading(column, kind, translator(lang)).lower()


def _counting(rows: pd.DataFrame, kind: str, name: str, lang: Language) -> str:
    """Name of a layer, with what its classes count."""
    if kind == "centre_loads":
        text = message("{name}: people within reach, weighted by the cost of the way", name=name)
    else:
        amount, unit = Numbers(lang).plain(float(rows["within"].iloc[0])), unit_of(rows)
        text = (
            message("{name}: supply up to a cost of {amount}", name=name, amount=amount)
            if unit is None
            else message(
                "{name}: supply up to {amount} {unit}", name=name, amount=amount, unit=unit_word(unit, lang)
            )
        )
    return text.render(translator(lang))


def _span(k: int, edges: np.ndarray[Any, Any], units: Words) -> Words:
    """Bounds of a class, in units."""
    told: Words = {}
    for lang in LANGUAGES:
        say, at, unit = translator(lang), [Numbers(lang).plain(edge) for edge in edges], units[lang]
        if not at:
            told[lang] = unit
        elif k == 0:
            told[lang] = message("up to {amount} {unit}", amount=at[0], unit=unit).render(say).strip()
        elif k == len(at):
            told[lang] = f"{message('over {a}', a=at[-1]).render(say)} {unit}".strip()
        else:
            told[lang] = f"{message('{a} to {b}', a=at[k - 1], b=at[k]).render(say)} {unit}".strip()
    return told


def _grade(k: int, edges: np.ndarray[Any, Any], column: str, kind: str, *, told: bool = True) -> Words:
    """Bounds of a class, and what they count, unless the name of the layer tells it."""
    return _span(k, edges, {lang: _small(column, kind, lang) if told else "" for lang in LANGUAGES})
