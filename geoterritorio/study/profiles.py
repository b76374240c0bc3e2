"""Profiles of a study's territories: which results feed them, their files, and the index that the report links."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import StudyError, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.findings import listing
from geoterritorio.publication.chapter import alphabetical
from geoterritorio.publication.drawing import svg_uri
from geoterritorio.publication.names import titled, with_own_half
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.printing import print_pdf
from geoterritorio.publication.profile import (
    PARTS,
    Case,
    Exhibit,
    Setting,
    profile,
    profile_index,
    surroundings,
)
from geoterritorio.publication.profile.chosen import OF_INSTITUTIONS
from geoterritorio.study.config import Step, StudyPlan
from geoterritorio.study.pictures import ground_of
from geoterritorio.study.results import StepResult, described, of_establishments
from geoterritorio.study.sector_titles import vocabulary_of
from geoterritorio.study.told_beside import beyond_chance, when, with_closing

FOLDER, INDEX = "profiles", "index"
_OWN_NAMES: Mapping[Language, str] = {"en": "English", "es": "Español"}
# Tools whose territories are the study's main ones, the foremost first.
_MAIN = ("contrast", "ladder", "districts", "clusters", "innovation_system", "capitals", "location_quotient")
# Results that have territories of their own, whatever they were made from.
_OWN = {"labour_markets", "flow_communities", "urban_areas", "basins", "travel_basins", "market_network"}
# Layers that are read beside the results; lists may tell of smaller territories inside.
_FIGURES, _LISTS = {"indicators"}, {"evidence", "actions"}
# Columns of single actors, of whom no page for all tells.
_SINGLE = {"firm", "actor", "source_actor", "establishment"}
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d|index)$")
_LONGEST = 60
_ALT = mark(
    "Map of {name}, coloured, with the borders and names of its neighbours, and with roads and institutions where the "
    "study has them"
)


@dataclass(frozen=True)
class Level:
    """The territories that have profiles: the layer or result that holds them, and its rows."""

    name: str
    title: Mapping[Language, str]
    rows: gpd.GeoDataFrame


def write_profiles(
    folder: Path,
    plan: StudyPlan,
    results: Sequence[StepResult],
    layers: Mapping[str, Any],
    account: Mapping[str, Any],
    *,
    browser: Path | None = None,
) -> list[str]:
    """
    Write ``profiles/TERRITORY.html`` and its twin in the other language, and an index in both.

    Parameters
    ----------
    folder
        Folder of the study.
    plan
        The study.
    results
        Results as they may be published.
    layers
        Layers of the study by name.
    account
        Provenance of the run.
    browser
        Prints each page to a PDF beside it; None where the study wants none.

    Returns
    -------
    written
        Files, relative to the folder; empty where the study has no territories or wants no profiles.

    Raises
    ------
    StudyError
        If the study names territories that its level does not have.
    """
    level = level_of_study(plan, results, layers)
    if not plan.profiles.write or level is None:
        return []
    chosen = _chosen(plan, level, results)
    names = file_names(chosen)
    (folder / FOLDER).mkdir()
    written = []
    for lang in LANGUAGES:
        for file, text in _pages(plan, level, results, layers, account, names, lang):
            (folder / FOLDER / file).write_text(text, encoding="utf-8")
            written.append(f"{FOLDER}/{file}")
    if browser is not None:
        printed = _printed(folder, written, plan)
        print_pdf(browser, printed)
        written += [f"{FOLDER}/{target.name}" for _, target in printed]
    return written


def _printed(folder: Path, written: Sequence[str], plan: StudyPlan) -> list[tuple[Path, Path]]:
    """Pages of territories and the files they are printed to; an index is none."""
    indices = {index_of(lang, plan) for lang in LANGUAGES}
    return [(folder / name, (folder / name).with_suffix(".pdf")) for name in written if name not in indices]


def pages_of(
    plan: StudyPlan,
    results: Sequence[StepResult],
    layers: Mapping[str, Any],
    account: Mapping[str, Any],
    lang: Language,
) -> dict[str, str]:
    """
    Profiles that stand alone, without links to other pages of a study.

    Parameters
    ----------
    plan
        The study; its profiles say which territories.
    results
        Results as they may be published.
    layers
        Layers of the study by name.
    account
        Provenance of the run.
    lang
        Language of the pages.

    Returns
    -------
    pages
        Name of the file without ending -> page.

    Raises
    ------
    StudyError
        If there are no territories, or none of those named.
    """
    level = level_of_study(plan, results, layers)
    if level is None:
        raise StudyError(
            message(
                "profiles: nothing here has territories that a profile could be of. Name a layer of them."
            )
        )
    names = file_names(_chosen(plan, level, results))
    told = _told(plan, level, results, layers, account, lang)
    return {
        file: profile(case, told.setting, picture=picture, alt=alt)
        for territory, file in names.items()
        for case, picture, alt in [told.of(territory)]
    }


def level_of_study(plan: StudyPlan, results: Sequence[StepResult], layers: Mapping[str, Any]) -> Level | None:
    """Territories that the study file names, else those of its foremost step; None where nothing has any."""
    by_name = {r.step.name: r for r in results}
    for name in _levels(plan):
        rows = _rows_of(name, by_name, layers)
        if isinstance(rows, gpd.GeoDataFrame) and "territory" in rows.columns and len(rows):
            if rows["territory"].duplicated().any():
                continue
            return Level(name, _title_of(name, plan, by_name), rows)
    return None


def _levels(plan: StudyPlan) -> list[str]:
    """Layers and results that may hold the territories, the foremost first."""
    if plan.profiles.level:
        return [plan.profiles.level]
    steps = {step.name: step for step in plan.steps}
    order = sorted(plan.steps, key=lambda s: _MAIN.index(s.tool) if s.tool in _MAIN else len(_MAIN))
    return list(dict.fromkeys(name for step in order if (name := _level(step, steps))))


def refuse_unknown(plan: StudyPlan, load: Callable[[str], Any]) -> None:
    """
    Refusal of territories that the study file names and their layer does not have, before anything is computed.

    Parameters
    ----------
    plan
        The study.
    load
        Layer of the study by its name.

    Raises
    ------
    StudyError
        With the territories. Where a step makes the territories, they are looked up when it has run.
    """
    name = next(iter(_levels(plan)), "")
    if plan.profiles.write and plan.profiles.territories and name in plan.layers:
        rows = load(name)
        if "territory" in getattr(rows, "columns", ()):
            _refuse(plan, name, rows["territory"].astype(str).tolist())


def _refuse(plan: StudyPlan, level: str, every: Sequence[str]) -> None:
    unknown = sorted(set(plan.profiles.territories) - set(every))
    if not unknown:
        return
    raise StudyError(
        message(
            "profiles.territories: {count} are not in “{level}”: {names}. Name territories that it holds, or "
            "another level.",
            count=len(unknown),
            level=level,
            names=listing(unknown),
        )
    )


def _level(step: Step, steps: Mapping[str, Step]) -> str:
    """Layer or result whose territories a step tells of."""
    if "territories" in step.inputs:
        return step.inputs["territories"]
    for value in step.inputs.values():
        source = value.partition(".")[0]
        if "." in value and source in steps and (found := _level(steps[source], steps)):
            return found
    return ""


def _rows_of(name: str, by_name: Mapping[str, StepResult], layers: Mapping[str, Any]) -> Any:
    step, _, output = name.partition(".")
    return by_name[step].outputs.get(output) if output and step in by_name else layers.get(name)


def _title_of(name: str, plan: StudyPlan, by_name: Mapping[str, StepResult]) -> Mapping[Language, str]:
    if name in plan.layers:
        return plan.layers[name].titles
    return by_name[name.partition(".")[0]].step.titles


def _chosen(plan: StudyPlan, level: Level, results: Sequence[StepResult]) -> list[str]:
    """Identifiers of the territories that get a page; those with most jobs where there are too many."""
    every = level.rows["territory"].astype(str).tolist()
    asked = list(dict.fromkeys(plan.profiles.territories))
    _refuse(plan, level.name, every)
    if asked or len(every) <= plan.profiles.most:
        return asked or every
    size = _sizes(level, results).reindex(every).fillna(0)
    return list(size.sort_values(ascending=False, kind="stable").index[: plan.profiles.most])


def _sizes(level: Level, results: Sequence[StepResult]) -> pd.Series:
    """Jobs, else establishments, by territory, where a table of quotients of the level has them."""
    steps = {r.step.name: r.step for r in results}
    for result in results:
        if result.step.tool != "location_quotient" or _level(result.step, steps) != level.name:
            continue
        cells = result.outputs["quotients"]
        for column in ("employment", "establishments"):
            if column in cells.columns and cells[column].notna().any():
                return cells.groupby(cells["territory"].astype(str))[column].sum()
    return pd.Series(dtype=float)


def file_names(territories: Iterable[str]) -> dict[str, str]:
    """
    Names of files by identifier, without ending, safe on every system and different without regard to case.

    Parameters
    ----------
    territories
        Identifiers as they come.

    Returns
    -------
    names
        The identifier itself where it is safe; else its safe letters and a few of its hash.

    Examples
    --------
    >>> file_names(["INV0001", "../x", "a", "A"])
    {'INV0001': 'INV0001', '../x': 'x-d6b96a97', 'a': 'a', 'A': 'A-559aead0'}
    """
    taken: set[str] = set()
    names = {}
    for territory in territories:
        name = _SAFE.sub("-", territory).strip("-")[:_LONGEST]
        if name != territory or not name or _RESERVED.match(name) or name.lower() in taken:
            digest = hashlib.sha256(territory.encode("utf-8", "replace")).hexdigest()[:8]
            name = f"{name}-{digest}".lstrip("-")
        taken.add(name.lower())
        names[territory] = name
    return names


def index_of(lang: Language, plan: StudyPlan) -> str:
    """Index of the profiles in one language, relative to the study's folder."""
    return f"{FOLDER}/{_file(INDEX, lang, plan)}"


def _file(name: str, lang: Language, plan: StudyPlan) -> str:
    return f"{name}.html" if lang == plan.lang else f"{name}.{lang}.html"


def _pages(
    plan: StudyPlan,
    level: Level,
    results: Sequence[StepResult],
    layers: Mapping[str, Any],
    account: Mapping[str, Any],
    names: Mapping[str, str],
    lang: Language,
) -> list[tuple[str, str]]:
    told = _told(plan, level, results, layers, account, lang)
    say, other = translator(lang), next(x for x in LANGUAGES if x != lang)
    report = "../" + ("report.html" if lang == plan.lang else f"report.{lang}.html")
    found = []
    for territory, name in names.items():
        links = {
            _OWN_NAMES[other]: _file(name, other, plan),
            say(mark("Profiles of other territories")): _file(INDEX, lang, plan),
            say(mark("The whole study")): report,
        }
        if plan.profiles.pdf:
            links["PDF"] = _file(name, lang, plan).removesuffix(".html") + ".pdf"
        case, picture, alt = told.of(territory)
        page = profile(case, _linked(told.setting, links), picture=picture, alt=alt)
        found.append((_file(name, lang, plan), page))
    entries = sorted(
        ((told.called[t], _file(name, lang, plan)) for t, name in names.items()),
        key=lambda e: alphabetical(e[0]),
    )
    links = {_OWN_NAMES[other]: _file(INDEX, other, plan), say(mark("The whole study")): report}
    index = profile_index(entries, _linked(told.setting, links), lang=lang)
    return [*found, (_file(INDEX, lang, plan), index)]


@dataclass(frozen=True)
class _Told:
    """What all pages of one language share."""

    level: Level
    called: Mapping[str, str]
    exhibits: tuple[Exhibit, ...]
    setting: Setting
    ground: Mapping[str, Any]
    lang: Language

    def of(self, territory: str) -> tuple[Case, str, str]:
        """One territory, its picture, and what the picture shows."""
        exhibits = _nearest(self.exhibits, self.level, territory)
        case = Case(territory, self.called[territory], exhibits, self.lang)
        return case, *_picture(case, self.ground, self.lang)


def _told(
    plan: StudyPlan,
    level: Level,
    results: Sequence[StepResult],
    layers: Mapping[str, Any],
    account: Mapping[str, Any],
    lang: Language,
) -> _Told:
    areas = with_own_half(level.rows, lang)
    called = dict(zip(areas["territory"].astype(str), _called(areas), strict=True))
    exhibits = tuple(exhibits_of(plan, level, results, layers, lang))
    setting = _setting(plan, level, results, account, lang)
    return _Told(level, called, exhibits, setting, _ground(areas, results, plan, layers), lang)


def _called(areas: pd.DataFrame) -> pd.Series:
    codes = areas["territory"].astype(str)
    return areas["name"].fillna(codes).astype(str) if "name" in areas.columns else codes


def _setting(
    plan: StudyPlan, level: Level, results: Sequence[StepResult], account: Mapping[str, Any], lang: Language
) -> Setting:
    steps = {r.step.name: r.step for r in results}
    here = {r.step.name for r in results if _tells(r, level, steps)}
    tools = {r.step.tool for r in results if r.step.name in here}
    by_name = {r.step.name: r for r in results}
    elsewhere = {
        r.step.tool: _title_of(name, plan, by_name)[lang]
        for r in results
        if r.step.tool not in tools and (name := _level(r.step, steps))
    }
    told = [
        {**s, "title": steps[s["name"]].titles[lang]}
        for s in account.get("steps", ())
        if s.get("name") in here
    ]
    kinds = frozenset(source.kind for source in plan.layers.values())
    date = Numbers(lang).day(str(account.get("started", ""))[:10])
    return Setting(plan.titles[lang], plan.sources_in(lang), told, date, elsewhere, kinds=kinds)


def _linked(setting: Setting, links: Mapping[str, str]) -> Setting:
    return replace(setting, links=links)


def _tells(result: StepResult, level: Level, steps: Mapping[str, Step]) -> bool:
    """Whether a step tells of the level's territories; labour markets tell of whatever lies in them."""
    return _level(result.step, steps) == level.name or result.step.tool == "labour_markets"


def exhibits_of(
    plan: StudyPlan, level: Level, results: Sequence[StepResult], layers: Mapping[str, Any], lang: Language
) -> list[Exhibit]:
    """
    Tables of a study that tell of the level's territories, in the reader's language.

    Parameters
    ----------
    plan
        The study.
    level
        The territories.
    results
        Results as they may be published.
    layers
        Layers of the study by name.
    lang
        Language of the reader.

    Returns
    -------
    exhibits
        Outputs of steps, then layers of indicators, statements and actions. Rows of single establishments are none.
    """
    steps = {r.step.name: r.step for r in results}
    by_name = {r.step.name: r for r in results}
    tools = {tool for part in PARTS for tool in part.tools}
    found = []
    for result in results:
        if result.step.tool not in tools or not _tells(result, level, steps):
            continue
        for name, rows in result.outputs.items():
            if not isinstance(rows, pd.DataFrame) or not _public(result, name, rows):
                continue
            vocabulary = vocabulary_of(f"{result.step.name}.{name}", plan, by_name)
            told = _centres_named(with_own_half(titled(rows, vocabulary, lang), lang), result, layers, lang)
            about = described(result, name)
            helps = {c["name"]: c["help"] for c in about.get("columns", ())}
            told_of = (result.step.tool, name, about.get("kind", ""), result.step.titles[lang])
            told = with_closing(told, result, layers)
            found.append(Exhibit(*told_of, told, helps, result.settings, when(result, layers, lang)))
        found += beyond_chance(result, when(result, layers, lang), lang)
    return [*found, *_of_layers(plan, level, layers, lang)]


def _public(result: StepResult, name: str, rows: pd.DataFrame) -> bool:
    return (
        "territory" in rows.columns
        and not of_establishments(result, name)
        and (not _SINGLE & set(rows.columns) or described(result, name).get("kind") in OF_INSTITUTIONS)
        and described(result, name).get("kind") not in _OWN - {"labour_markets"}
    )


def _centres_named(
    rows: pd.DataFrame, result: StepResult, layers: Mapping[str, Any], lang: Language
) -> pd.DataFrame:
    """Main centres by their names, where the layer of centres has some."""
    centres = layers.get(result.step.inputs.get("centres", ""))
    if "main_centre" not in rows.columns or not isinstance(centres, pd.DataFrame):
        return rows
    column = next((c for c in (f"name_{lang}", "name") if c in centres.columns), None)
    if column is None or "centre" not in centres.columns:
        return rows
    names = centres.drop_duplicates("centre").set_index("centre")[column].dropna()
    return rows.assign(main_centre=rows["main_centre"].map(names).fillna(rows["main_centre"]))


def _of_layers(plan: StudyPlan, level: Level, layers: Mapping[str, Any], lang: Language) -> Iterable[Exhibit]:
    known = set(level.rows["territory"].astype(str))
    for name, source in plan.layers.items():
        rows = layers.get(name)
        if source.kind not in _FIGURES | _LISTS or not isinstance(rows, pd.DataFrame):
            continue
        if "territory" not in rows.columns:
            continue
        if not known & set(rows["territory"].dropna().astype(str)):
            if source.kind not in _LISTS:
                continue
            rows = _lifted(rows, level, layers)
        if rows is not None:
            yield Exhibit("", source.kind, source.kind, source.titles[lang], rows)


def _lifted(rows: pd.DataFrame, level: Level, layers: Mapping[str, Any]) -> pd.DataFrame | None:
    """Rows of smaller territories, by the level's territory in which each of these lies."""
    codes = set(rows["territory"].dropna().astype(str))
    for layer in layers.values():
        if not isinstance(layer, gpd.GeoDataFrame) or "territory" not in layer.columns or layer.crs is None:
            continue
        if layer["territory"].duplicated().any() or not codes <= set(layer["territory"].astype(str)):
            continue
        points = layer[["territory"]].set_geometry(layer.geometry.representative_point(), crs=layer.crs)
        inside = points.to_crs(level.rows.crs).sjoin(
            level.rows[["territory", "geometry"]], predicate="within", lsuffix="small", rsuffix="large"
        )
        pairs = inside.drop_duplicates("territory_small").set_index("territory_small")["territory_large"]
        return rows.assign(territory=rows["territory"].astype(str).map(pairs))
    return None


def _nearest(exhibits: Sequence[Exhibit], level: Level, territory: str) -> tuple[Exhibit, ...]:
    """Exhibits of one territory: of labour markets, the one in which most of its land lies."""
    return tuple(_market(x, level, territory) if x.kind == "labour_markets" else x for x in exhibits)


def _market(exhibit: Exhibit, level: Level, territory: str) -> Exhibit:
    rows = exhibit.rows
    mine = level.rows[level.rows["territory"].astype(str) == territory].geometry
    if not isinstance(rows, gpd.GeoDataFrame) or rows.crs is None or mine.crs is None:
        return replace(exhibit, rows=rows.iloc[:0])
    shape = mine.to_crs(rows.crs).union_all()
    common = rows.geometry.intersection(shape).area
    if not shape.area or not common.max() > 0:
        return replace(exhibit, rows=rows.iloc[:0])
    best = rows.loc[[common.idxmax()]].assign(territory=territory, covered=common.max() / shape.area)
    return replace(exhibit, rows=best)


def _ground(
    areas: gpd.GeoDataFrame, results: Sequence[StepResult], plan: StudyPlan, layers: Mapping[str, Any]
) -> dict[str, Any]:
    """Layers of the picture: the level's territories, and the study's roads and institutions."""
    ground = ground_of(results[0], plan, layers) if results else {}
    places = [n for n, source in plan.layers.items() if source.kind == "institutions" and n in layers]
    return {
        "territories": areas,
        "roads": ground.get("roads"),
        "institutions": layers[places[0]] if places else None,
    }


def _picture(case: Case, ground: Mapping[str, Any], lang: Language) -> tuple[str, str]:
    areas = ground["territories"]
    mine = areas[areas["territory"].astype(str) == case.territory].geometry
    if areas.crs is None or mine.is_empty.all() or mine.isna().all():
        return "", ""
    figure = surroundings(case.territory, ground, lang=lang)
    return svg_uri(figure), case.words(_ALT, name=case.name)
