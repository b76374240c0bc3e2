"""Which layers does the map of a study have beside its quotients?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import (
    FirmLayer,
    FurtherLayer,
    HistoryFigures,
    HistoryLayer,
    Look,
    flow_layer,
    further_layer,
    history_layer,
)
from geoterritorio.publication.code_words import PROBLEMS, VALUES
from geoterritorio.publication.headings import heading
from geoterritorio.publication.names import called, titled, with_own_half
from geoterritorio.publication.shares import is_share
from geoterritorio.publication.webmap.palette import FIGURES
from geoterritorio.publication.webmap.texts import in_all_languages
from geoterritorio.registry import label
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.mapactors import ACTORS
from geoterritorio.study.mapfacts import WHERE, keeps_all_back, kept_back
from geoterritorio.study.mapfigures import DRAWN, figured
from geoterritorio.study.mapfirms import MANY, of_register, registers
from geoterritorio.study.mapinnovation import missing_kinds, parts, placed, synergies, taught
from geoterritorio.study.mapladder import acted, rungs
from geoterritorio.study.mappeople import capitals, communities
from geoterritorio.study.mapreach import REACH
from geoterritorio.study.mapreadings import claims, evidence, extents, readings, runs, verdicts
from geoterritorio.study.mapshares import is_reach, layers_of_reach, names_of
from geoterritorio.study.results import StepResult, described, is_chapter, of_establishments
from geoterritorio.study.sector_titles import vocabulary_of

# Kinds of layers whose rows are told apart on the map, and the column of the words.
_UNTOLD = "not told from chance"
_SHOWN_BY = {"hotspots": "cluster", "local_moran": "cluster", "clumps": "stability"}
# Where high values are together is warm, low ones cold; those unlike their surroundings are neither.
_HEAT = {
    "hot spot": "#b3122a",
    "cold spot": "#1b3a8f",
    "high-high": "#b3122a",
    "low-low": "#1b3a8f",
    "high-low": "#7a2a8f",
    "low-high": "#00796b",
}
# Kinds of areas that can be opened, and the columns that are told then.
_FACTS = {
    "labour_markets": ("validity", "supply", "demand", "units"),
    "community_places": ("share_of_homes", "share_of_jobs"),
    "market_network": ("workers", "sent", "received", "gain"),
    "market_places": ("market_name", "kept", "kept_settings", "elsewhere_name", "share_elsewhere"),
}
# Those that are shares between 0 and 1 here, and told in percent.
_OWN_SHARES = {
    "labour_markets": ("supply", "demand"),
    "market_places": ("kept", "kept_settings", "share_elsewhere"),
}
_OWN_WORDS = {
    ("market_places", "market_name"): mark("Market"),
    ("market_places", "elsewhere_name"): mark("Otherwise most often in"),
}
# What a reader must know of a market: whether the rules hold, and whether its border with elsewhere is known.
_MARKETS = {
    "no": mark("Not valid by the rules"),
    "yes": mark("Valid by the rules"),
    "not known": mark("Border of the study: not known"),
}
_MARKET_COLOURS = ("#d81b60", "#7a2a8f", "#6b7780")
_GRADES = {
    "firm": mark("In its market in 95\u00a0% of draws or more"),
    "rather firm": mark("In its market in 80 to 95\u00a0% of draws"),
    "rather loose": mark("In its market in 50 to 80\u00a0% of draws"),
    "loose": mark("In its market in fewer than half of the draws"),
}
# Shares of a territory's jobs and of its people that differ by less than this part are alike.
_ALIKE = 0.01
_SIDES = {
    "jobs": mark("More of the territory's jobs than of its people"),
    "alike": mark("As much of both (within one percentage point)"),
    "homes": mark("More of the territory's people than of its jobs"),
}
_SIDE_COLOURS = {"jobs": "#c2571a", "alike": "#d9d7d2", "homes": "#5b4a7d"}
# Lines are drawn where they are asked for.
_LINES = {"market_links", "nearest_lines", "network_between"}
_FROM = (0.95, 0.8, 0.5, 0.0)
# What a layer shows, where its step has several; it follows the step's title.
_SHOWING = {
    "innovation_areas": mark("kinds of institution that are missing"),
    "placed_institutions": mark("institutions by kind"),
    "network_areas": mark("ties that stay in the territory"),
    "network_between": mark("ties between territories"),
    "actor_ties": mark("ties by kind"),
    "actor_brokers": mark("brokers, firms included"),
    "institution_brokers": mark("institutions as brokers"),
    "community_areas": mark("self-containment and division of labour"),
    "community_places": mark("homes beside jobs"),
    "cluster_claims": mark("territories with clusters"),
    "cluster_extents": mark("extents of clusters"),
}
_PURPOSES = {
    "training": mark("jobs whose field is taught there"),
    "research": mark("jobs whose field is studied there"),
}
_ACCESS = {"access", "availability", "opportunities"}
# What a further step measures is looked at all the same: it does not take its place.
_READ = {*_ACCESS, "basins", "travel_basins", "contrast_areas"}
# Places whose reach a reader can tick one by one; lists of more are long.
_APART = 12
_TYPES = ({"Point"}, {"Polygon", "MultiPolygon"}, {"LineString"})
_MOVING = ("figures_told", "figures_of_versions")


def histories(
    results: Sequence[StepResult], plan: StudyPlan, layers: Mapping[str, Any]
) -> list[HistoryLayer]:
    """
    Boundaries through time, with the figures that steps tell on them.

    Parameters
    ----------
    results
        Results of the study's steps.
    plan
        The study.
    layers
        Its layers by name.

    Returns
    -------
    histories
        One for each layer that the study names; of every step that tells figures on its versions, the figures.
    """
    return [
        history_layer(
            layers[name],
            *(_moving(result, output) for result, output in _figures(results, plan, name)),
            name=plan.layers[name].titles,
        )
        for name in plan.histories
    ]


def _figures(results: Sequence[StepResult], plan: StudyPlan, name: str) -> list[tuple[StepResult, str]]:
    """Outputs with figures on the versions of a layer."""
    return [
        (result, output)
        for result in results
        for output in result.outputs
        if result.step.inputs.get("territories") == name
        and described(result, output).get("kind") in _MOVING
        and f"{result.step.name}.{output}" not in plan.left_out
    ]


def _moving(result: StepResult, output: str) -> HistoryFigures:
    return HistoryFigures(result.outputs[output], result.step.titles, result.step.options.get("day"))


def further(
    results: Sequence[StepResult], plan: StudyPlan, layers: Mapping[str, Any] | None = None
) -> list[FurtherLayer | FirmLayer]:
    """Points and areas that the reader may lay over the others, as `laid_over` finds them."""
    return laid_over(results, plan, layers).layers


@dataclass(frozen=True)
class LaidOver:
    """
    Layers that a map has beside its quotients.

    Parameters
    ----------
    layers
        What the reader may lay over the others.
    kept_back
        Result, and name of a layer by language, of each whose rows would all have the colour of what is withheld.
    """

    layers: list[FurtherLayer | FirmLayer]
    kept_back: tuple[tuple[str, Mapping[Language, str]], ...]


def laid_over(
    results: Sequence[StepResult], plan: StudyPlan, layers: Mapping[str, Any] | None = None
) -> LaidOver:
    """
    Points and areas that the reader may lay over the others, and those that would tell nothing.

    Parameters
    ----------
    results
        Results of the study's steps.
    plan
        The study.
    layers
        Its layers by name: what reach is told of is called as they call it.

    Returns
    -------
    laid_over
        What no chapter or history tells and no other step takes up, and what the study asks for, registers included;
        apart from it, layers that would have the colour of what is withheld alone.
    """
    given = {**(layers or {}), **{f"{r.step.name}.{n}": v for r in results for n, v in r.outputs.items()}}
    by_name = {result.step.name: result for result in results}
    results = [_completed(_titled(result, plan, by_name), given) for result in results]
    found = _of_the_map(results, plan)
    steps = [result.step.name for result, _ in found]
    alone = sum(described(*one).get("kind") == "doubtful_firms" for one in found) == 1
    several = sum(any(is_reach(described(r, n).get("kind", "")) for n in r.outputs) for r in results) > 1
    drawn = [
        (
            result,
            name,
            _of_whom(result, name, given, several=several)
            if is_reach(described(result, name).get("kind", ""))
            else _layers(result, name, alone=alone, only=steps.count(result.step.name) == 1),
        )
        for result, name in found
    ]
    made, kept_back = _that_tell(drawn)
    made += registers(plan, layers or {})
    single = {f"{result.step.name}.{name}" for result, name in found if of_establishments(result, name)}
    for source, layer in made:
        layer.source = source
        layer.single |= source in single
        layer.why_shown = in_all_languages(plan.disclosure.why_shown)
    _tick(made, plan)
    return LaidOver([layer for _, layer in made], kept_back)


def _of_the_map(results: Sequence[StepResult], plan: StudyPlan) -> list[tuple[StepResult, str]]:
    """Outputs that no chapter or history tells and no other step takes up, and what the study asks for."""
    moved = {result.step.name for name in plan.histories for result, _ in _figures(results, plan, name)}
    handed = {name for r in results for name in taken(r.step)} - plan.shown
    used = {
        f"{r.step.name}.{name}"
        for r in results
        for name in r.outputs
        if described(r, name).get("kind") not in _READ
    } & handed
    return [
        (result, name)
        for result in results
        if not is_chapter(result)
        for name, rows in sorted(result.outputs.items(), key=lambda one: _order(result, one[0]))
        if _drawable(rows)
        and f"{result.step.name}.{name}" not in used | plan.left_out
        and (
            f"{result.step.name}.{name}" in plan.shown
            or not (of_establishments(result, name) or described(result, name).get("kind") in _LINES)
        )
        and not (result.step.name in moved and described(result, name).get("kind") == "told_areas")
    ]


def _that_tell(
    drawn: Sequence[tuple[StepResult, str, Sequence[FurtherLayer | FirmLayer]]],
) -> tuple[list[tuple[str, FurtherLayer | FirmLayer]], tuple[tuple[str, Mapping[Language, str]], ...]]:
    """Layers by result, and apart from them those of which every figure is withheld."""
    made: list[tuple[str, FurtherLayer | FirmLayer]] = []
    untold: list[tuple[str, Mapping[Language, str]]] = []
    for result, name, layers in drawn:
        source, rows = f"{result.step.name}.{name}", result.outputs[name]
        made += [(source, layer) for layer in layers if not keeps_all_back(layer)]
        untold += [(source, layer.words) for layer in layers if keeps_all_back(layer)]
        if not layers and kept_back(rows).all():
            untold.append((source, result.step.titles))
    return made, tuple(untold)


def _tick(made: Sequence[tuple[str, FurtherLayer | FirmLayer]], plan: StudyPlan) -> None:
    """Show from the beginning what the study says: of a result the first of its layers; tell what is not there."""
    first = dict(reversed(made))
    for name in sorted(plan.ticked - {*first}):
        text = message(
            "map.ticked: “{name}” has not come onto the map. It has no rows, disclosure control keeps it back, another "
            "step takes it up, or [map] leave_out keeps it off. Name it in [map] show, or take it out.",
            name=name,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    for name in plan.ticked & {*first}:
        first[name].show = True


def _of_whom(result: StepResult, name: str, given: Mapping[str, Any], *, several: bool) -> list[FurtherLayer]:
    """Layers of who reaches what, with the study's own names; `several` steps are told apart by their titles."""
    keys = {"territory": "territories", "centre": "centres"}
    named = {key: given.get(result.step.inputs.get(layer, "")) for key, layer in keys.items()}
    names = {key: names_of(rows, key) for key, rows in named.items()}
    names |= {f"{key}_es": names_of(rows, key, "name_es") for key, rows in named.items()}
    title = result.step.titles if several else {}
    return layers_of_reach(result, name, described(result, name).get("kind", ""), title, names)


def _order(result: StepResult, name: str) -> bool:
    """Land that any place reaches is looked at before that of each; others stay as they are."""
    return described(result, name).get("kind") == "isochrones"


def _layers(result: StepResult, name: str, *, alone: bool, only: bool) -> Sequence[FurtherLayer | FirmLayer]:
    """Layers of one output, by its kind; `alone` among doubtful establishments, `only` one of its step."""
    rows, kind = result.outputs[name], described(result, name).get("kind", "")
    titles = {
        lang: title if only else f"{title}: {translator(lang)(label(name)).lower()}"
        for lang, title in result.step.titles.items()
    }
    if kind in DRAWN or kind in _SHOWN_BY:
        return figured(rows, kind, titles) if kind in DRAWN else _by_words(rows, _SHOWN_BY[kind], titles)
    if kind == "isochrones" and 1 < rows["origin"].nunique() <= _APART:
        # Each place can be shown by itself; what any place reaches is a layer of its own.
        return [
            _MADE[kind](part, {lang: f"{title}: {place}" for lang, title in result.step.titles.items()})
            for place, part in rows.groupby("origin", sort=False)
        ]
    own = _named(result, name, only=only)
    if own:
        return own
    if kind in _MADE:
        # Costs of the tables of access have no unit of their own: straight lines are metres.
        straight = kind in _ACCESS and "costs" not in result.step.inputs
        return [_MADE[kind](rows.assign(unit="metres") if straight else rows, titles)]
    if kind != "doubtful_firms":
        return _plain(rows, kind, titles, single=of_establishments(result, name))
    doubtful = _words(mark("Doubtful establishments"))
    name_of = {lang: word + ("" if alone else f": {titles[lang]}") for lang, word in doubtful.items()}
    labels = {key: _words(text) for key, text in PROBLEMS.items()}
    return [further_layer(rows, name=name_of, kinds="problems", labels=labels)]


def _plain(
    rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str], *, single: bool
) -> Sequence[FurtherLayer | FirmLayer]:
    """Layer without a picture of its own; many establishments are one that bears their number, and lines are none."""
    types = set(rows.geom_type.dropna())
    if single and len(rows) > MANY and types == {"Point"}:
        return [of_register(rows, name)]
    look = Look(_headed(_FACTS[kind], kind)) if kind in _FACTS else Look()
    return [] if types == {"LineString"} else [further_layer(_in_percent(rows, kind), name=name, look=look)]


def _named(result: StepResult, name: str, *, only: bool) -> list[FurtherLayer]:
    """Layers called by their step and by what they show; none where the step has no other, or others are not told."""
    rows, kind = result.outputs[name], described(result, name).get("kind", "")
    if kind == "training_match":
        return [
            taught(rows[rows["purpose"] == purpose], _showing(result, text))
            for purpose, text in _PURPOSES.items()
            if rows["purpose"].eq(purpose).any()
        ]
    if kind not in _SHOWING or only:
        return []
    return [_MADE[kind](rows, _showing(result, _SHOWING[kind]))]


def _showing(result: StepResult, text: str) -> dict[Language, str]:
    words = _words(text)
    return {lang: f"{title}: {words[lang]}" for lang, title in result.step.titles.items()}


def _titled(result: StepResult, plan: StudyPlan, results: Mapping[str, StepResult]) -> StepResult:
    """Step whose areas with figures of one sector call it as the vocabulary or the data do in each language."""
    changed = {}
    for name, rows in result.outputs.items():
        if described(result, name).get("kind", "") not in DRAWN or "sector" not in rows.columns:
            continue
        titles = vocabulary_of(f"{result.step.name}.{name}", plan, results)
        english, spanish = (titled(rows, titles, lang) for lang in LANGUAGES)
        if "sector_name" in spanish.columns:
            changed[name] = english.assign(sector_name_es=spanish["sector_name"])
    return replace(result, outputs={**result.outputs, **changed}) if changed else result


def _completed(result: StepResult, given: Mapping[str, Any]) -> StepResult:
    """Step whose results have what the map says of them beside: names of territories, and outlines of what has none."""
    ground = given.get(result.step.inputs.get("territories", ""))
    if not isinstance(ground, gpd.GeoDataFrame) or ground["territory"].duplicated().any():
        return result
    changed = {
        name: _COMPLETED[kind](rows, ground)
        for name, rows in result.outputs.items()
        if (kind := described(result, name).get("kind", "")) in _COMPLETED and len(rows)
    }
    return replace(result, outputs={**result.outputs, **changed}) if changed else result


def _outlined(rows: pd.DataFrame, ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = rows["territory"].map(ground.set_index("territory").geometry)
    return gpd.GeoDataFrame(rows.assign(geometry=shapes), geometry="geometry", crs=ground.crs)


def _with_ends(rows: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = called(ground, "territory", "name").set_axis(ground["territory"])
    return rows.assign(**{f"{c}_name": rows[c].map(names) for c in ("origin", "destination")})


def _where(rows: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = {lang: called(with_own_half(ground, lang), "territory", "name") for lang in LANGUAGES}
    told = {lang: rows["territory"].map(own.set_axis(ground["territory"])) for lang, own in names.items()}
    return rows.assign(**{f"{WHERE}_{lang}": own for lang, own in told.items()})


_COMPLETED: Mapping[str, Callable[[Any, gpd.GeoDataFrame], gpd.GeoDataFrame]] = {
    "institutional_thickness": _outlined,
    "network_between": _with_ends,
    "placed_institutions": _where,
    "institution_brokers": _where,
    "actor_brokers": _where,
}


def _words(text: str) -> dict[Language, str]:
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def _headed(columns: Sequence[str], kind: str) -> dict[str, dict[Language, str]]:
    return {c: {lang: _heading(c, kind, lang) for lang in LANGUAGES} for c in columns}


def _heading(column: str, kind: str, lang: Language) -> str:
    if (kind, column) in _OWN_WORDS:
        return translator(lang)(_OWN_WORDS[kind, column])
    return heading(column, kind, translator(lang)) + (" (%)" if _in_parts(column, kind) else "")


def _in_parts(column: str, kind: str) -> bool:
    return column in _OWN_SHARES.get(kind, ()) or is_share(column, kind)


def _in_percent(rows: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Rows whose shares are told in percent, as their headings say."""
    shares = [c for c in _FACTS.get(kind, ()) if _in_parts(c, kind)]
    return rows.assign(**{c: (100 * rows[c].astype(float)).round(1) for c in shares})


def _markets(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Labour markets, those that the rules do not hold for told apart, and which borders are not known."""
    unknown = rows["border"].eq("not known")
    there = {*rows["valid"], *(["not known"] if unknown.any() else [])}
    colours = tuple(c for key, c in zip(_MARKETS, _MARKET_COLOURS, strict=True) if key in there)
    return further_layer(
        _in_percent(rows, "labour_markets").assign(
            held=rows["valid"].astype(str) + np.where(unknown, "; not known", "")
        ),
        name=name,
        kinds="held",
        labels={key: _words(text) for key, text in _MARKETS.items()},
        look=Look(_headed(_FACTS["labour_markets"], "labour_markets"), colours, filled=False),
    )


def _links(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Commuters between markets, from the centre of that in which they live."""
    ends = [
        gpd.GeoDataFrame(
            {"territory": rows[end], "name": rows[f"{end}_name"]},
            geometry=shapely.get_point(rows.geometry.array, place),
            crs=rows.crs,
        )
        for end, place in (("origin", 0), ("destination", -1))
    ]
    places = pd.concat(ends).drop_duplicates("territory")
    way = _words(mark("Wide where commuters live, pointed where they work"))
    return flow_layer(places, rows[["origin", "destination", "flow"]], name=name, way=way)


def _graded(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Places filled the darker the less often they stay; those of which that is not known are left out."""
    known = rows[rows["kept"].notna()]
    grade = np.searchsorted(-np.array(_FROM), -known["kept"].to_numpy(dtype=float))
    names = np.array(list(_GRADES))
    there = [key for k, key in enumerate(_GRADES) if (grade == k).any()]
    # what is loose is what a reader looks for
    colours = dict(zip(_GRADES, (FIGURES[0], *FIGURES[2:]), strict=True))
    return further_layer(
        _in_percent(known, "market_places").assign(grade=names[grade]),
        name=name,
        kinds="grade",
        labels={key: _words(_GRADES[key]) for key in there},
        look=Look(_headed(_FACTS["market_places"], "market_places"), tuple(colours[key] for key in there)),
    )


def _jobs_beside_people(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """Smaller places by whether they have more of the territory's jobs or of its people; unknown ones are left out."""
    told = rows[rows["difference"].notna()].assign(
        name=rows["place"] if "name" not in rows.columns else rows["name"]
    )
    side = np.select([told["difference"] > _ALIKE, told["difference"] < -_ALIKE], ["jobs", "homes"], "alike")
    there = [key for key in _SIDES if (side == key).any()]
    colours = tuple(_SIDE_COLOURS[key] for key in there)
    labels = {key: _words(_SIDES[key]) for key in there}
    look = Look(_headed(_FACTS["community_places"], "community_places"), colours)
    told = _in_percent(told, "community_places").assign(side=side)
    return further_layer(told, name=name, kinds="side", labels=labels, look=look)


def _by_words(rows: gpd.GeoDataFrame, column: str, name: Mapping[Language, str]) -> list[FurtherLayer]:
    """Layer whose rows are told apart by the words of a column; rows that say nothing are left out."""
    told = rows[rows[column].notna() & (rows[column] != _UNTOLD)]
    if told.empty:
        return []
    words = [w for w in VALUES if (told[column] == w).any()]
    labels = {w: _words(VALUES[w]) for w in words}
    colours = tuple(_HEAT[w] for w in words if w in _HEAT)
    look = Look(colours=colours if len(colours) == len(words) else (), filled=False)
    return [further_layer(told, name=name, kinds=column, labels=labels, look=look)]


def _of_reach(kind: str, rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    return REACH[kind](rows, kind, name)


# Kinds that have a picture of their own.
_MADE: Mapping[str, Callable[[gpd.GeoDataFrame, Mapping[Language, str]], FurtherLayer]] = {
    "labour_markets": _markets,
    "market_links": _links,
    "market_places": _graded,
    "district_areas": verdicts,
    "district_stability": runs,
    "cluster_claims": claims,
    "cluster_extents": extents,
    "contrast_areas": readings,
    "innovation_areas": missing_kinds,
    "placed_institutions": placed,
    "training_match": taught,
    "institutional_thickness": parts,
    "triple_helix_areas": synergies,
    "community_areas": communities,
    "community_places": _jobs_beside_people,
    "capital_areas": capitals,
    "profile_areas": evidence,
    "ladder_areas": rungs,
    "action_places": acted,
    **ACTORS,
    **{kind: partial(_of_reach, kind) for kind in REACH},
}


def _drawable(rows: object) -> bool:
    """Points, polygons or lines, at least one."""
    if not isinstance(rows, gpd.GeoDataFrame):
        return False
    types = set(rows.geom_type.dropna())
    return bool(types) and any(types <= kinds for kinds in _TYPES)
