"""The study as a QGIS project: inputs, results and tables, and an atlas of the first step's territories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.grids import Grid
from geoterritorio.publication import Atlas, ProjectLayer, qgis_project
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.names import Titles, titled, with_own_half
from geoterritorio.publication.project.flow_lines import FLOW_LINES, flow_lines, places_of
from geoterritorio.publication.webmap.texts import in_all_languages
from geoterritorio.registry import descriptions, label
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult, described, is_chapter, of_establishments
from geoterritorio.study.sector_titles import vocabulary_of
from geoterritorio.study.withholding import COMMUTERS, CONFIDENTIAL, FEW, WITHHELD

SINGLE = mark("This project shows single establishments. Why it may: {reason}")
_OVER = mark("Places and lines of the study")
_UNDER = mark("Areas and grids of the study")
_RESULTS = mark("Results")
_ABOUT_LINES = mark(
    "The largest flows of the latest period between different places, as straight lines between points inside them; "
    "the table has all flows."
)
# Layers whose rows are, or tell of, single establishments.
_SINGLE = frozenset(("firms", "register", "links", "costs"))
# Beyond these, a layer makes QGIS slow, and a table says no more to a person than the file in tables/ does.
_MOST_SHAPES, _MOST_ROWS = 200_000, 10_000
_AREA = 3


def write_project(
    folder: Path, plan: StudyPlan, layers: Mapping[str, Any], results: Sequence[StepResult], *, date: str
) -> None:
    """
    Write ``project.qgz`` and ``project.gpkg`` in the study's language.

    Parameters
    ----------
    folder
        Folder of the study; its rasters are there.
    plan
        The study.
    layers
        Its layers by name.
    results
        Results of its steps.
    date
        Day that the atlas prints.
    """
    by_name = {result.step.name: result for result in results}
    shown = _main(results)
    inputs = _inputs(plan, layers, by_name)
    # What is uppermost in the list is drawn last: areas hide what is below them.
    over = [x for x in inputs if _rank(x.rows) < _AREA]
    under = [x for x in inputs if _rank(x.rows) >= _AREA]
    say = translator(plan.lang)
    made = _told_apart(_results(results, plan, by_name, shown), {x.title for x in inputs}, results, say)
    drawn = [x for x in inputs if x.kind == "territories"]
    lines = [y for x in [*inputs, *made] if x.kind == "flows" for y in _lines(x, [*drawn, *made], say)]
    taken = {x.name for x in [*inputs, *made]}
    lines = [x for x in lines if x.name not in taken]
    held = [*over, *lines, *made, *under]
    if not held:
        return
    reason = in_all_languages(plan.disclosure.why_shown)[plan.lang]
    single = [say(SINGLE).format(reason=reason)] if internal_project(plan, results) else []
    qgis_project(
        held,
        title=plan.titles[plan.lang],
        lang=plan.lang,
        sources=plan.sources_in(plan.lang),
        notes=[*single, *(in_all_languages(note)[plan.lang] for note in plan.notes)],
        atlas=_atlas(held, results, shown, date),
    ).save(folder)


def internal_project(plan: StudyPlan, results: Iterable[StepResult]) -> bool:
    """Whether the project shows single establishments, because the study asks for it."""
    asked = _asked(plan)
    return any(name in asked for name in plan.layers) or any(
        _named(result, name) in asked and of_establishments(result, name)
        for result in results
        for name in result.outputs
    )


def _asked(plan: StudyPlan) -> frozenset[str]:
    """What may be shown although it has a row for each establishment."""
    return plan.shown | plan.in_project


def _named(result: StepResult, name: str) -> str:
    return f"{result.step.name}.{name}"


def _main(results: Sequence[StepResult]) -> str:
    """Layer that is drawn first and has the pages: the areas of the first quotients, else of any step."""
    chapters = [f"{r.step.name}_areas" for r in results if is_chapter(r)]
    others = [
        f"{r.step.name}_{name}"
        for r in results
        for name, rows in r.outputs.items()
        if isinstance(rows, gpd.GeoDataFrame)
        and "territory" in rows.columns
        and not of_establishments(r, name)
    ]
    return next(iter([*chapters, *others]), "")


def _atlas(
    held: Sequence[ProjectLayer], results: Sequence[StepResult], shown: str, date: str
) -> Atlas | None:
    names = {layer.name for layer in held}
    if shown not in names:
        towns = [x.name for x in held if x.kind == "territories" and isinstance(x.rows, gpd.GeoDataFrame)]
        return Atlas(towns[0], date=date) if towns else None
    step = shown.removesuffix("_areas")
    table = f"{step}_quotients"
    told = any(is_chapter(r) and r.step.name == step for r in results) and table in names
    return Atlas(shown, table if told else "", date)


def _results(
    results: Sequence[StepResult], plan: StudyPlan, by_name: Mapping[str, StepResult], main: str
) -> list[ProjectLayer]:
    found = []
    for result in results:
        drawn = [n for n, v in result.outputs.items() if isinstance(v, gpd.GeoDataFrame | Grid)]
        for name, rows in result.outputs.items():
            single = of_establishments(result, name) and _named(result, name) not in _asked(plan)
            own = f"{result.step.name}_{name}"
            # The atlas prints the quotients beside the areas that are drawn first.
            needed = own == main.removesuffix("_areas") + "_quotients"
            if single or not _fits(rows, needed=needed) or _named(result, name) in plan.left_out:
                continue
            vocabulary = vocabulary_of(_named(result, name), plan, by_name)
            found.append(
                ProjectLayer(
                    own,
                    _title(result, name, plan.lang, alone=drawn == [name]),
                    _in_words(rows, vocabulary, plan.lang),
                    described(result, name).get("kind", ""),
                    result.step.titles[plan.lang] if len(drawn) > 1 else translator(plan.lang)(_RESULTS),
                    own == main,
                    _about(result, name, plan.lang),
                    f"rasters/{own}.tif" if isinstance(rows, Grid) else "",
                    result.step.tool,
                )
            )
    return sorted(found, key=lambda x: _rank(x.rows))


def _lines(table: ProjectLayer, areas: Sequence[ProjectLayer], say: Translate) -> list[ProjectLayer]:
    """Flows of a table as lines, where some layer has their places."""
    if isinstance(table.rows, gpd.GeoDataFrame):
        return []
    known = [x.rows for x in areas if isinstance(x.rows, gpd.GeoDataFrame) and "territory" in x.rows.columns]
    places = places_of(table.rows, [x for x in known if not x["territory"].duplicated().any()])
    rows = None if places is None else flow_lines(table.rows, places)
    if rows is None:
        return []
    title = message("{flows}: the largest as lines", flows=table.title).render(say)
    about = say(_ABOUT_LINES)
    return [ProjectLayer(f"{table.name}_lines", title, rows, FLOW_LINES, say(_OVER), about=about)]


def _told_apart(
    made: Sequence[ProjectLayer], taken: Collection[str], results: Sequence[StepResult], say: Translate
) -> list[ProjectLayer]:
    """Results, with the name of the output before a title that a layer of the study has too."""
    outputs = {f"{r.step.name}_{name}": name for r in results for name in r.outputs}
    return [
        replace(x, title=f"{say(label(outputs[x.name]))} · {x.title}") if x.title in taken else x
        for x in made
    ]


def _inputs(
    plan: StudyPlan, layers: Mapping[str, Any], by_name: Mapping[str, StepResult]
) -> list[ProjectLayer]:
    say = translator(plan.lang)
    found = [
        ProjectLayer(
            name,
            plan.layers[name].titles[plan.lang],
            _in_words(rows, vocabulary_of(name, plan, by_name), plan.lang),
            plan.layers[name].kind,
            say(_OVER if _rank(rows) < _AREA else _UNDER),
        )
        for name, rows in layers.items()
        if _fits(rows) and (name in _asked(plan) or not _is_single(plan.layers[name].kind, rows))
    ]
    return sorted(found, key=lambda x: _rank(x.rows))


def _rank(rows: Any) -> int:
    """Points before lines, areas, rasters and tables; of points, establishments last: there are many."""
    if isinstance(rows, Grid):
        return _AREA + 1
    if not isinstance(rows, gpd.GeoDataFrame):
        return _AREA + 2
    kinds = " ".join(rows.geom_type.dropna().unique())
    if "Point" in kinds:
        return int("firm" in rows.columns)
    return _AREA - 1 if "Line" in kinds else _AREA


def _is_single(kind: str, rows: Any) -> bool:
    return kind in _SINGLE or "firm" in getattr(rows, "columns", ())


def _fits(rows: Any, *, needed: bool = False) -> bool:
    """Whether it is a raster, or a layer or table that has rows and not too many of them."""
    if isinstance(rows, Grid):
        return True
    most = _MOST_SHAPES if needed or isinstance(rows, gpd.GeoDataFrame) else _MOST_ROWS
    return isinstance(rows, pd.DataFrame) and 0 < len(rows) <= most


def _in_words(rows: Any, vocabulary: Titles, lang: Language) -> Any:
    if not isinstance(rows, pd.DataFrame):
        return rows
    told = with_own_half(titled(rows, vocabulary, lang), lang)
    if WITHHELD not in told.columns:
        return told
    say = translator(lang)
    # QGIS shows the texts of a table as they are.
    return told.assign(
        **{WITHHELD: told[WITHHELD].map({code: say(VALUES[code]) for code in (FEW, COMMUTERS, CONFIDENTIAL)})}
    )


def _title(result: StepResult, name: str, lang: Language, *, alone: bool) -> str:
    title = result.step.titles[lang]
    say = translator(lang)
    # Panels show the beginning of a name, and the group has the step's title already.
    return title if alone else f"{say(label(name))} · {title}"


def _about(result: StepResult, name: str, lang: Language) -> str:
    """What the tool does, what the output is, and what its columns hold."""
    say, tool = translator(lang), descriptions()[result.step.tool]
    output = described(result, name)
    lines = [say(text) for text in (tool.get("title", ""), output.get("help", "")) if text]
    lines += [f"{c['name']}: {say(c['help'])}" for c in output.get("columns", ()) if c.get("help")]
    return "\n".join(lines)
