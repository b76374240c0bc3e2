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
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import SHARES, heading, worded
from geoterritorio.publication.names import called, with_own_half
from geoterritorio.publication.nearness import near_to_far
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.qgis.brushes import HOT, PALE_NONE, SEQUENCE, TEAL
from geoterritorio.publication.webmap.further import COLOURS as FURTHER
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, GROUND, LIMITS, NONE, mix
from geoterritorio.study.withholding import FEW, WITHHELD

Words = dict[Language, str]

# Near is dark, as in QGIS; the palest of the sequence would not be seen on the page.
_NEAR, _MIDDLE, _FAR = near_to_far((*SEQUENCE[1:3], SEQUENCE[-1]))
# Pale enough to lie under borders and names, and apart for readers who confuse colours.
_KINDS = ("#8fb8d8", "#e8b878", "#a893c4", "#7fb59a", "#d98f9f", "#e6da7a", "#b8a48c", "#c9cdd1")
_DOTS = (*FURTHER[:6], *FURTHER[7:])
_OTHER = "other"
NO_LIMIT = "none"
# Jobs are not told: those of an area may be the jobs of one establishment.
_DIVISIONS = ("functional", "natural", "travel")
_FACTS = {
    "isochrones": ("area_km2", "length_km"),
    "reached_land": ("places", "area_km2"),
    "service_areas": ("centres", "area_km2", "establishments", "population"),
    "nearest_areas": ("nearest_by", "area_km2", "establishments", "population"),
    "access": ("relative", "in_reach", "nearest_cost", "population"),
    "availability": ("relative", "in_reach", "nearest_cost", "population"),
    "opportunities": ("available", "within", "in_reach", "nearest_cost", "population"),
    "centre_loads": ("people_in_reach", "capacity", "service_ratio", "reached_by"),
    "snapped_places": ("role", "road", "distance", "leg"),
    "market_areas": ("share", "rivals", "in_reach", "population"),
    "market_centres": ("customers", "share", "first_at"),
    "candidate_gains": ("centre_kind", "up_to", "newly", "gaining", "most_in", "saved", "rank"),
    "chosen_candidates": ("turn", "centre_kind", "up_to", "newly", "saved", "reached_share"),
    "reach_areas": ("up_to", "number", "reached_share", "median", "several"),
    "basins": ("area_km2", "upstream_km2", "elevation"),
    "travel_basins": ("mean_minutes", "most_minutes", "area_km2"),
    "limit_areas": tuple(
        f"{d}_{fact}" for d in _DIVISIONS for fact in ("along", "ratio", "match_name", "match")
    ),
}
# What is graded, and the column of what a row is.
_GRADED = {
    "candidate_gains": ("newly", "candidate"),
    "market_centres": ("customers", "centre"),
    "opportunities": ("available", "place"),
    "centre_loads": ("people_in_reach", "centre"),
}
# Kinds whose column has a heading too long for every class.
_COUNTED = frozenset(("opportunities", "centre_loads"))
# The palest colour, from 0 (near) to 2 (far): that of a dot must be seen on pale ground.
_PALE, _PALE_DOT = 2.0, 1.2
# Few gain very much: the last tenth is told apart from what is only above the middle.
_PARTS = (1 / 3, 2 / 3, 0.9)
_QUARTERS = (0.25, 0.5, 0.75)
# Ground and names are read through the colour.
_MIXED = 0.45
_WATER, _CUT = "#2f6f9f", "#8d99a6"
# About two dots of a screen that shows all of the layer.
_NARROW = 1 / 500
_COSTS = frozenset(("up_to", "median", "saved", "nearest_cost", "within", "leg"))
_ROUNDED = frozenset(("mean_minutes", "most_minutes", "elevation", *(f"{d}_ratio" for d in _DIVISIONS)))
# Its heading elsewhere names both units that are possible.
_UP_TO = mark("Up to")


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
        shown = shown.assign(name=called(shown, title))
    elif "origins" in shown.columns:
        # One piece of land may hold many places; all of their names would hide the map.
        shown = shown.assign(name=shown["origins"].where(shown["places"].eq(1)))
    budgets = sorted(shown["up_to"].unique())
    unit = _unit(shown) or "metres"
    labels = {
        str(b): {
            lang: message(
                "up to {amount} {unit}", amount=Numbers(lang).plain(b), unit=_unit_word(unit, lang)
            ).render(translator(lang))
            for lang in LANGUAGES
        }
        for b in budgets
    }
    coded = shown.assign(code=shown["up_to"].astype(str))
    return _filled(coded, kind, name, labels, _ramp(len(budgets)), filled=not _narrow(shown))


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
    code = np.where(rows["centre"].notna(), "near", "none")
    labels = {"near": _both(mark("Nearest to the centre")), "none": _both(mark("No road leads to a centre"))}
    return _filled(
        rows.assign(code=code, name=called(rows, "centre")), kind, name, labels, (_KINDS[0], PALE_NONE)
    )


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
    labels["none"] = _both(mark("0: nothing within reach"))
    labels["unknown"] = _both(mark("No data"))
    return _filled(rows.assign(code=code), kind, name, labels, (*reversed(COLOURS), PALE_NONE, NONE))


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
    first = {str(centre): f"centre{k}" for k, centre in enumerate(most.index[:number])}
    centre = rows["centre"].astype(object)
    code = centre.map(lambda c: first.get(str(c), _OTHER)).where(centre.notna(), "none")
    titles = rows["name"].where(rows["name"].notna(), centre) if "name" in rows.columns else centre
    named = dict(zip(centre, titles, strict=True))
    labels = {
        c: _halves(str(named[centre_of])) for centre_of, c in zip(most.index, first.values(), strict=False)
    }
    labels[_OTHER] = _both(mark("Another centre"))
    labels["none"] = _both(mark("0: nothing within reach"))
    # Dots are small: pale ones would not be told apart.
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    colours = (*(_DOTS if dots else _KINDS)[:number], _KINDS[-1], PALE_NONE)
    # The name is that of the centre, and would be read as that of the place.
    shown = rows.assign(code=code, leads=titles).drop(columns="name", errors="ignore")
    return _filled(shown, kind, name, labels, colours, leads=heading("centre", kind, str))


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
    labels["none"] = none if told else _both(mark("0: nothing within reach"))
    labels["unknown"] = _both(mark("No data"))
    shown = rows.assign(code=code, name=called(rows, told_by))
    if not told:
        # Their headings are too long for every class: they go into the name.
        name = {lang: _counting(rows, kind, title, lang) for lang, title in name.items()}
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    ramp = _ramp(len(edges) + 1, _PALE_DOT if dots else _PALE)
    return _filled(shown, kind, name, labels, (*ramp, PALE_NONE, NONE))


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
    labels = {"yes": _both(mark("On the nearest road")), "no": _both(mark("Too far from every road"))}
    shown = rows.assign(code=rows["snapped"], name=called(rows, "place"))
    return _filled(shown, kind, name, labels, (TEAL, HOT))


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
    labels = {"chosen": _both(mark("Chosen place"))}
    return _filled(shown.assign(code="chosen", name=called(shown, "candidate")), kind, name, labels, (HOT,))


def weakest(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Of each territory the kind of centre that fewest reach there; of establishments, where they are told.

    Parameters
    ----------
    rows
        Areas of `reach`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas by kind of centre; opened, they tell the budget, the share that reaches one and its minutes. Where
        a share that is withheld could be the smallest, that is said instead.
    """
    mine = rows[(rows["who"] == rows["who"].iloc[0]) & rows["number"].ne(0)]
    known = mine[mine["reached_share"].notna()]
    order = known.sort_values(["territory", "reached_share", "median"], ascending=[True, True, False])
    first = order.drop_duplicates("territory")
    lost = mine[mine["reached_share"].isna()]
    least = _at_least(lost).groupby(lost["territory"]).min().reindex(first["territory"]).to_numpy()
    first = first.assign(code=first["centre_kind"].where(~(first["reached_share"] > least), FEW))
    hidden = lost[~lost["territory"].isin(first["territory"])].drop_duplicates("territory").assign(code=FEW)
    shown = pd.concat([first, hidden]) if len(hidden) else first
    found = sorted(set(shown["code"]) - {FEW})
    labels = {
        k: {lang: worded("centre_kind", k, kind, translator(lang)) for lang in LANGUAGES} for k in found
    }
    colours = [_KINDS[min(k, len(_KINDS) - 1)] for k in range(len(found))]
    return _filled(shown, kind, name, {**labels, FEW: _both(VALUES[FEW])}, (*colours, PALE_NONE))


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
    minutes = {lang: _unit_word("minutes", lang) for lang in LANGUAGES}
    labels = {str(k): _span(k, edges, minutes) for k in range(len(edges) + 1)}
    labels["unknown"] = _both(mark("No data"))
    shown = rows.assign(code=code, name=called(rows, "centre"))
    return _filled(shown, kind, name, labels, (*_ramp(len(edges) + 1), NONE))


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
    labels = {"no": _both(mark("basin")), "yes": _both(mark("cut by the edge of what is known"))}
    shown = rows.assign(code=rows["touches_edge"])
    return _filled(shown, kind, name, labels, (_WATER, _CUT), filled=False)


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
    return _filled(rows.assign(code=rows["agrees_with"]).drop(columns=named), kind, name, labels, colours)


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
    "basins": watersheds,
    "travel_basins": by_minutes,
    "limit_areas": agreeing,
}


def _filled(
    rows: gpd.GeoDataFrame,
    kind: str,
    name: Mapping[Language, str],
    labels: Mapping[str, Words],
    colours: Sequence[str],
    *,
    filled: bool = True,
    **own: str,
) -> FurtherLayer:
    """Areas or points in the colours of their codes, with the facts of the kind."""
    there = [k for k, code in enumerate(labels) if rows["code"].eq(code).any()]
    columns = [c for c in (*_FACTS[kind], WITHHELD) if c in rows.columns and rows[c].notna().any()]
    # A row that is named by its only centre need not tell it twice.
    columns = [c for c in columns if c != "centres" or not rows[c].equals(rows["name"].rename(c))]
    unit = _unit(rows)
    shares = [c for c in columns if c in SHARES]
    costs = [c for c in columns if c in _COSTS]
    rounded = [*costs, *(c for c in columns if c in _ROUNDED)]
    told = rows.assign(
        **{c: (100 * rows[c]).round(1) for c in shares},
        **{c: rows[c].astype(float).round(1) for c in rounded},
    )
    texts = [c for c in (*own, *columns) if not pd.api.types.is_numeric_dtype(told[c])]
    said = {str(v): _said(c, str(v), kind) for c in texts for v in told[c].dropna().unique()}
    facts = {c: _both(text) for c, text in own.items()} | {c: _headed(c, kind, unit) for c in columns}
    codes = list(labels)
    look = Look(facts, tuple(colours[k] for k in there), filled=filled, words=said)
    return further_layer(
        told, name=name, kinds="code", labels={codes[k]: labels[codes[k]] for k in there}, look=look
    )


def _narrow(rows: gpd.GeoDataFrame) -> bool:
    """Whether bands are narrower than the rims that the page draws around areas when it shows all of them."""
    west, south, east, north = rows.total_bounds
    shapes = rows.geometry.array
    # A band has two long sides.
    widths = 2 * shapely.area(shapes) / shapely.length(shapes)
    return bool(np.nanmedian(widths) < _NARROW * np.hypot(east - west, north - south))


def _headed(column: str, kind: str, unit: str | None) -> Words:
    """Heading of a fact, with its unit: shares are told in percent, costs in what they count."""
    plain = {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
    if column in SHARES:
        return {lang: f"{text} (%)" for lang, text in plain.items()}
    if column not in _COSTS or unit is None:
        return plain
    first = _both(_UP_TO) if column == "up_to" else plain
    # the unit in place of those that it may be
    return {lang: f"{text.partition(' (')[0]} ({_unit_word(unit, lang)})" for lang, text in first.items()}


def _unit(rows: pd.DataFrame) -> str | None:
    """What costs count, where all rows say the same."""
    found = set(rows["unit"].dropna()) if "unit" in rows.columns else set()
    return str(found.pop()) if len(found) == 1 else None


def _unit_word(unit: str, lang: Language) -> str:
    return worded("unit", unit, "reach_areas", translator(lang))


def _said(column: str, text: str, kind: str) -> Words:
    column = "by" if column == "nearest_by" else column
    found = {lang: worded(column, text, kind, translator(lang)) for lang in LANGUAGES}
    return found if found[LANGUAGES[0]] != text else _halves(text)


def _halves(text: str) -> Words:
    table = pd.DataFrame({"name": [text]})
    return {lang: str(with_own_half(table, lang)["name"].iloc[0]) for lang in LANGUAGES}


def _both(text: str) -> Words:
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def _ramp(number: int, palest: float = _PALE) -> tuple[str, ...]:
    """Colours from dark to pale."""
    parts = np.linspace(0, palest, max(number, 2))[:number]
    return tuple(mix(_NEAR, _MIDDLE, t) if t <= 1 else mix(_MIDDLE, _FAR, t - 1) for t in parts)


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


def _small(column: str, kind: str, lang: Language) -> str:
    return heading(column, kind, translator(lang)).lower()


def _counting(rows: pd.DataFrame, kind: str, name: str, lang: Language) -> str:
    """Name of a layer, with what its classes count."""
    if kind == "centre_loads":
        text = message("{name}: people within reach, weighted by the cost of the way", name=name)
    else:
        amount, unit = Numbers(lang).plain(float(rows["within"].iloc[0])), _unit(rows)
        text = (
            message("{name}: supply up to a cost of {amount}", name=name, amount=amount)
            if unit is None
            else message(
                "{name}: supply up to {amount} {unit}", name=name, amount=amount, unit=_unit_word(unit, lang)
            )
        )
    return text.render(translator(lang))


def _grade(k: int, edges: np.ndarray[Any, Any], column: str, kind: str, *, told: bool = True) -> Words:
    """Bounds of a class, and what they count, unless the name of the layer tells it."""
    return _span(k, edges, {lang: _small(column, kind, lang) if told else "" for lang in LANGUAGES})
