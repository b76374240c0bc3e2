"""What people look at: map and report of a study's results, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geoterritorio.errors import Message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.publication import quotient_layer, report, territory_map
from geoterritorio.publication.chapter import Chapter
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult


def publish(
    folder: Path,
    plan: StudyPlan,
    results: Iterable[StepResult],
    notices: tuple[Message, ...],
    account: Mapping[str, Any],
) -> None:
    """Write ``map.html``, ``report.html`` (the study's language) and ``report.xx.html`` (the other)."""
    told = [r for r in results if {"quotients", "areas"} <= set(r.outputs)]
    chapters = {lang: [_chapter(r, notices, lang) for r in told] for lang in LANGUAGES}
    for lang in LANGUAGES:
        name = "report.html" if lang == plan.lang else f"report.{lang}.html"
        text = report(
            chapters[lang], title=plan.titles[lang], lang=lang, sources=plan.sources, provenance=account
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
