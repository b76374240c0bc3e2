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
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import SHARES, heading, worded
from geoterritorio.publication.names import with_own_half
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.qgis.brushes import HOT, PALE_NONE, SEQUENCE, TEAL
from geoterritorio.publication.webmap.further import COLOURS as FURTHER
from geoterritorio.publication.webmap.further import PLAIN
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, NONE, mix
from geoterritorio.study.withholding import FEW, WITHHELD

Words = dict[Language, str]

# Near is dark, as in QGIS; the palest of the sequence would not be seen on the page.
_NEAR, _FAR = SEQUENCE[-1], SEQUENCE[1]
_MIDDLE = SEQUENCE[2]
# Pale enough to lie under borders and names, and apart for readers who confuse colours.
_KINDS = ("#8fb8d8", "#e8b878", "#a893c4", "#7fb59a", "#d98f9f", "#e6da7a", "#b8a48c", "#c9cdd1")
_DOTS = (*FURTHER[:6], *FURTHER[7:])
_OTHER = "other"
# Jobs are not told: those of an area may be the jobs of one establishment.
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
    "candidate_gains": ("centre_kind", "up_to", "newly", "saved", "rank"),
    "chosen_candidates": ("turn", "centre_kind", "up_to", "newly", "saved", "reached_share", "jobs_share"),
    "reach_areas": ("up_to", "number", "reached_share", "jobs_share", "median", "several"),
}
# What is graded, and the columns that name a row, the best first.
_GRADED = {
    "candidate_gains": ("newly", ("candidate",)),
    "market_centres": ("customers", ("name", "centre")),
    "opportunities": ("available", ("place",)),
    "centre_loads": ("people_in_reach", ("name", "centre")),
}
# Kinds whose column has a heading too long for every class.
_COUNTED = frozenset(("opportunities", "centre_loads"))
# The palest colour, from 0 (near) to 2 (far): that of a dot must be seen on pale ground.
_PALE, _PALE_DOT = 2.0, 1.2
# Few gain very much: the last tenth is told apart from what is only above the middle.
_PARTS = (1 / 3, 2 / 3, 0.9)
# About two dots of a screen that shows all of the layer.
_NARROW = 1 / 500
# The share from which no gap is worth a colour, and the pale ground of such territories.
_NO_GAP, _NO_GAP_CODE, _NO_GAP_COLOUR = 0.95, "no gap", "#eef1f0"
_NO_GAP_WORDS = mark("No gap: 95\u00a0% or more reach every kind")
_COSTS = frozenset(("up_to", "cost", "median", "saved", "nearest_cost", "within", "leg"))
# What shares within every budget tell better.
_OF_ONE_BUDGET = frozenset(("up_to", "reached_share", "jobs_share"))
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
    code = np.where(rows["centre"].notna(), "near", "none")
    labels = {"near": both(mark("Nearest to the centre")), "none": both(mark("No road leads to a centre"))}
    return coloured(rows.assign(code=code, name=rows["centre"]), kind, name, labels, (_KINDS[0], PALE_NONE))


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
    column, titles = _GRADED[kind]
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
    labels["none"] = (
        {lang: f"0 {_small(column, kind, lang)}" for lang in LANGUAGES}
        if told
        else both(mark("0: nothing within reach"))
    )
    labels["unknown"] = both(mark("No data"))
    title = next(c for c in titles if c in rows.columns)
    shown = rows.assign(code=code, name=rows[title])
    if not told:
        # Their headings are too long for every class: they go into the name.
        name = {lang: _counting(rows, kind, title, lang) for lang, title in name.items()}
    dots = set(rows.geom_type.dropna()) <= {"Point"}
    shades = ramp(len(edges) + 1, _PALE_DOT if dots else _PALE)
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
    shown = rows.assign(code=rows["snapped"], name=rows["place"])
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
    return coloured(shown.assign(code="chosen", name=shown["candidate"]), kind, name, labels, (HOT,))


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
}


def coloured(
    rows: gpd.GeoDataFrame,
    kind: str,
    name: Mapping[Language, str],
    labels: Mapping[str, Words],
    colours: Sequence[str],
    *,
    filled: bool = True,
    more: Look = PLAIN,
) -> FurtherLayer:
    """
    Areas or points in the colours of their codes, with the facts of the kind.

    Parameters
    ----------
    rows
        Areas or points, with a column `code`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.
    labels
        Headings of the codes, in the order of the legend.
    colours
        Colours of the codes.
    filled
        Whether areas are filled; else their rims have the colours.
    more
        Further facts, which stand first and take the place of the budget and its shares; and what the layer is folded
        under.

    Returns
    -------
    layer
        The layer; only codes that occur have a heading.
    """
    there = [k for k, code in enumerate(labels) if rows["code"].eq(code).any()]
    columns = [c for c in (*_FACTS[kind], WITHHELD) if c in rows.columns and rows[c].notna().any()]
    if more.words:
        columns = [c for c in columns if c not in _OF_ONE_BUDGET | set(more.facts)]
    # A row that is named by its only centre need not tell it twice.
    columns = [c for c in columns if c != "centres" or not rows[c].equals(rows["name"].rename(c))]
    unit = unit_of(rows)
    shares = [c for c in columns if c in SHARES]
    costs = [c for c in columns if c in _COSTS]
    told = rows.assign(
        **{c: (100 * rows[c]).round(1) for c in shares}, **{c: rows[c].astype(float).round(1) for c in costs}
    )
    texts = [c for c in (*more.facts, *columns) if not pd.api.types.is_numeric_dtype(told[c])]
    said = {str(v): _said(c, str(v), kind) for c in texts for v in told[c].dropna().unique()} | {**more.words}
    facts = {**more.facts} | {c: headed(c, kind, unit) for c in columns}
    codes = list(labels)
    look = Look(facts, tuple(colours[k] for k in there), filled=filled, words=said, fold=more.fold)
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


def headed(column: str, kind: str, unit: str | None) -> Words:
    """
    Heading of a fact, with its unit: shares are told in percent, costs in what they count.

    Parameters
    ----------
    column
        Its column.
    kind
        Kind of the layer.
    unit
        What costs count.

    Returns
    -------
    heading
        By language.
    """
    plain = {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
    if column in SHARES:
        return {lang: f"{text} (%)" for lang, text in plain.items()}
    if column not in _COSTS or unit is None:
        return plain
    first = both(_UP_TO) if column == "up_to" else plain
    return {lang: f"{text} ({unit_word(unit, lang)})" for lang, text in first.items()}


def unit_of(rows: pd.DataFrame) -> str | None:
    """
    What costs count, where all rows say the same.

    Parameters
    ----------
    rows
        Rows that may have a column `unit`.

    Returns
    -------
    unit
        Its code.
    """
    found = set(rows["unit"].dropna()) if "unit" in rows.columns else set()
    return str(found.pop()) if len(found) == 1 else None


def unit_word(unit: str, lang: Language) -> str:
    """
    Unit of costs in words.

    Parameters
    ----------
    unit
        Its code.
    lang
        Language of the reader.

    Returns
    -------
    word
        In the plural.
    """
    return worded("unit", unit, "reach_areas", translator(lang))


def _said(column: str, text: str, kind: str) -> Words:
    column = "by" if column == "nearest_by" else column
    found = {lang: worded(column, text, kind, translator(lang)) for lang in LANGUAGES}
    return found if found[LANGUAGES[0]] != text else both_halves(text)


def both_halves(text: str) -> Words:
    """
    Name of the user's in every language, where it has a half for each.

    Parameters
    ----------
    text
        The name, as it is.

    Returns
    -------
    words
        By language.
    """
    table = pd.DataFrame({"name": [text]})
    return {lang: str(with_own_half(table, lang)["name"].iloc[0]) for lang in LANGUAGES}


def both(text: str) -> Words:
    """
    Text of ours in every language.

    Parameters
    ----------
    text
        In English.

    Returns
    -------
    words
        By language.
    """
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def ramp(number: int, palest: float = _PALE) -> tuple[str, ...]:
    """
    Colours from dark to pale.

    Parameters
    ----------
    number
        How many.
    palest
        The last of them, from 0 (near) to 2 (far).

    Returns
    -------
    colours
        The darkest first.
    """
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


def _grade(k: int, edges: np.ndarray[Any, Any], column: str, kind: str, *, told: bool = True) -> Words:
    """Bounds of a class, and what they count, unless the name of the layer tells it."""
    words: Words = {}
    for lang in LANGUAGES:
        say, what = translator(lang), _small(column, kind, lang) if told else ""
        at = [Numbers(lang).plain(edge) for edge in edges]
        if not at:
            words[lang] = what
        elif k == 0:
            words[lang] = message("up to {amount} {unit}", amount=at[0], unit=what).render(say).strip()
        elif k == len(at):
            words[lang] = f"{message('over {a}', a=at[-1]).render(say)} {what}".strip()
        else:
            words[lang] = f"{message('{a} to {b}', a=at[k - 1], b=at[k]).render(say)} {what}".strip()
    return words
