"""What people look at: map and report of a study's results, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geoterritorio.errors import Message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.publication import quotient_layer, report, territory_map
from geoterritorio.publication.chapter import Chapter, Listing
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
            listings=_listings(results, lang),
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
        lang=plan.lang,
        title=plan.titles,
        sources=plan.sources,
        notes=plan.notes,
    )
    figure.save(str(folder / "map.html"))


def _listings(results: Iterable[StepResult], lang: Language) -> list[Listing]:
    """First table of every step that is not told as a chapter and not only made ready for another."""
    used = {name.partition(".")[0] for r in results for name in r.step.inputs.values() if "." in name}
    listings = []
    for result in results:
        tables = [n for n, v in result.outputs.items() if type(v) is pd.DataFrame]
        if tables and "quotients" not in result.outputs and result.step.name not in used:
            file = f"tables/{result.step.name}_{tables[0]}.csv"
            table = result.outputs[tables[0]]
            listings.append(Listing(result.step.titles[lang], table, file, result.notices))
    return listings


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
