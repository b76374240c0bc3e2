"""What people look at: map and report of a study's results, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import Message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, further_layer, quotient_layer, report, territory_map
from geoterritorio.publication.chapter import Chapter, Listing
from geoterritorio.publication.headings import PROBLEMS
from geoterritorio.registry import descriptions
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult


def publish(
    folder: Path,
    plan: StudyPlan,
    results: Sequence[StepResult],
    notices: tuple[Message, ...],
    account: Mapping[str, Any],
) -> None:
    """Write ``map.html``, ``report.html`` (the study's language) and ``report.xx.html`` (the other)."""
    told = [r for r in results if {"quotients", "areas"} <= set(r.outputs)]
    chapters = {lang: [_chapter(r, notices, lang) for r in told] for lang in LANGUAGES}
    for lang in LANGUAGES:
        name = "report.html" if lang == plan.lang else f"report.{lang}.html"
        text = report(
            chapters[lang],
            title=plan.titles[lang],
            lang=lang,
            sources=plan.sources,
            provenance=account,
            listings=[_with_divisions(x, plan, lang) for x in _listings(results, lang)],
        )
        (folder / name).write_text(text, encoding="utf-8")
    if not told:
        return
    layers = [
        quotient_layer(c.territories, c.quotients, name=r.step.titles)
        for r, c in zip(told, chapters[plan.lang], strict=True)
    ]
    figure = territory_map(
        chapters[plan.lang][0].territories,
        *layers,
        *_further(results, plan.left_out),
        lang=plan.lang,
        title=plan.titles,
        sources=plan.sources,
        notes=plan.notes,
    )
    figure.save(str(folder / "map.html"))


def _further(results: Sequence[StepResult], left_out: frozenset[str]) -> list[FurtherLayer]:
    """Points and areas that no chapter tells and no other step takes up, as layers the reader may add."""
    used = {name for r in results for name in r.step.inputs.values()} | left_out
    found = [
        (result, name, rows)
        for result in results
        if "quotients" not in result.outputs
        for name, rows in result.outputs.items()
        if f"{result.step.name}.{name}" not in used and _drawable(rows)
    ]
    kinds = [_described(result, name).get("kind", "") for result, name, _ in found]
    layers = []
    for (result, _, rows), kind in zip(found, kinds, strict=True):
        if kind != "doubtful_firms":
            layers.append(further_layer(rows, name=result.step.titles))
            continue
        alone = kinds.count(kind) == 1
        name = {
            lang: translator(lang)(mark("Doubtful establishments"))
            + ("" if alone else f": {result.step.titles[lang]}")
            for lang in LANGUAGES
        }
        labels = {key: {lang: translator(lang)(text) for lang in LANGUAGES} for key, text in PROBLEMS.items()}
        layers.append(further_layer(rows, name=name, kinds="problems", labels=labels))
    return layers


def _drawable(rows: object) -> bool:
    """Points or polygons, at least one."""
    if not isinstance(rows, gpd.GeoDataFrame):
        return False
    types = set(rows.geom_type.dropna())
    return bool(types) and (types <= {"Point"} or types <= {"Polygon", "MultiPolygon"})


def _described(result: StepResult, name: str) -> Mapping[str, Any]:
    """Description of one of the step's outputs."""
    outputs = descriptions()[result.step.tool]["outputs"]
    return next((o for o in outputs if o["name"] == name), {})


def _listings(results: Iterable[StepResult], lang: Language) -> list[Listing]:
    """First table of every step that is not told as a chapter and not only made ready for another."""
    used = {name.partition(".")[0] for r in results for name in r.step.inputs.values() if "." in name}
    listings = []
    for result in results:
        tables = [n for n, v in result.outputs.items() if type(v) is pd.DataFrame]
        if tables and "quotients" not in result.outputs and result.step.name not in used:
            file = f"tables/{result.step.name}_{tables[0]}.csv"
            told = _described(result, tables[0])
            helps = {c["name"]: c["help"] for c in told.get("columns", ())}
            table = result.outputs[tables[0]]
            kind = told.get("kind", "")
            listings.append(Listing(result.step.titles[lang], table, file, result.notices, kind, helps))
    return listings


def _with_divisions(listing: Listing, plan: StudyPlan, lang: Language) -> Listing:
    """Verdicts headed by the titles of the layers they were found on."""
    step = next((s for s in plan.steps if listing.file.startswith(f"tables/{s.name}_")), None)
    if listing.kind != "sector_verdicts" or step is None:
        return listing
    titles = {
        f"on_{parameter}": plan.layers[name].titles[lang] if name in plan.layers else name
        for parameter, name in step.inputs.items()
    }
    return replace(listing, names=titles)


def _chapter(result: StepResult, notices: tuple[Message, ...], lang: Language) -> Chapter:
    areas = result.outputs["areas"]
    kept = [c for c in ("territory", "name", "geometry") if c in areas.columns]
    return Chapter(
        name=result.step.titles[lang],
        territories=areas[kept],
        quotients=result.outputs["quotients"],
        rules=result.settings,
        notices=(*notices, *result.notices),
    )
