"""What people look at: map and report of a study's results, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geoterritorio.errors import Message
from geoterritorio.i18n import LANGUAGES
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
    chapters = [_chapter(r, notices) for r in results if {"quotients", "areas"} <= set(r.outputs)]
    for lang in LANGUAGES:
        name = "report.html" if lang == plan.lang else f"report.{lang}.html"
        text = report(chapters, title=plan.titles[lang], lang=lang, sources=plan.sources, provenance=account)
        (folder / name).write_text(text, encoding="utf-8")
    if not chapters:
        return
    layers = [quotient_layer(c.territories, c.quotients, name=c.name) for c in chapters]
    figure = territory_map(
        chapters[0].territories,
        *layers,
        lang=plan.lang,
        title=plan.titles[plan.lang],
        sources=plan.sources,
        notes=plan.notes,
    )
    figure.save(str(folder / "map.html"))


def _chapter(result: StepResult, notices: tuple[Message, ...]) -> Chapter:
    areas = result.outputs["areas"]
    kept = [c for c in ("territory", "name", "geometry") if c in areas.columns]
    return Chapter(
        name=result.step.name,
        territories=areas[kept],
        quotients=result.outputs["quotients"],
        rules=result.settings,
        notices=(*notices, *result.notices),
    )
