"""What people look at: map and report of a study's results, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import WITHHELD as STATUS_WITHHELD
from geoterritorio.publication import (
    FirmLayer,
    FurtherLayer,
    HistoryLayer,
    quotient_layer,
    report,
    territory_map,
)
from geoterritorio.publication.chapter import Chapter, Listing
from geoterritorio.publication.names import groups_titled, titled, with_own_half
from geoterritorio.publication.webmap.texts import SINGLE, in_all_languages
from geoterritorio.registry import label
from geoterritorio.study import pictures
from geoterritorio.study.config import StudyPlan, taken
from geoterritorio.study.maplayers import further, histories
from geoterritorio.study.opening import opening_first, opening_on_the_map
from geoterritorio.study.origin import origin
from geoterritorio.study.pictures import Pictures
from geoterritorio.study.profiles import index_of
from geoterritorio.study.reachtable import reach_table
from geoterritorio.study.results import (
    StepResult,
    described,
    hidden_outputs,
    internal_map,
    is_chapter,
    of_establishments,
    table_file,
)
from geoterritorio.study.sector_titles import vocabulary_of
from geoterritorio.study.story import Hidden, on_the_map
from geoterritorio.study.withholding import HELP, WITHHELD

# Layers of places, not of results about them.
_NO_FIGURES = {"territories", "doubtful_firms", "reached_roads", "snapped_places"}
# Tables that sum up what those before them tell of each territory, which stands with the areas.
_SUMMING = {"division_limits"}
# Identifiers that a reader is told by their names.
_CALLED = ("candidate", "match", "functional_match", "natural_match", "travel_match")
_MAP = "map.html"
# Its groups are sectors whose codes begin alike.
ALIKE = "coagglomeration"
# Told after the first table of a step, in its own way.
_SHARES = "reach_shares"
# What a step only makes ready for another: its outputs say nothing that the other step does not say better.
_MADE_READY = {"counts", "reference", "remainder", "split", "territories", "crosswalk", "crosswalk_sources"}


def publish(
    folder: Path,
    plan: StudyPlan,
    results: Sequence[StepResult],
    notices: tuple[Message, ...],
    account: Mapping[str, Any],
    layers: Mapping[str, Any] | None = None,
    *,
    profiled: bool = False,
) -> None:
    """Write ``map.html``, ``report.html`` and ``plots`` (the study's language) and ``report.xx.html`` (the other)."""
    by_name = {r.step.name: r for r in results}
    drawn = {lang: pictures.draw(results, lang, plan, layers) for lang in LANGUAGES}
    pictures.write(folder / "plots", drawn[plan.lang])
    told = [r for r in results if is_chapter(r)]
    chapters = {
        lang: [_chapter(r, notices, drawn[lang], lang, plan, by_name) for r in told] for lang in LANGUAGES
    }
    page = folder / _MAP
    mapped = _write_map(page, plan, results, chapters, layers or {}, origin(plan, account))
    files = {lang: file_of("report", "html", lang, plan) for lang in LANGUAGES}
    for lang, name in files.items():
        beside = {
            "profiles": index_of(lang, plan) if profiled else "",
            "map_page": _MAP if mapped else "",
            "twins": {other: file for other, file in files.items() if other != lang},
        }
        text = _report(plan, results, chapters[lang], drawn[lang], account, lang, beside)
        (folder / name).write_text(text, encoding="utf-8")


def file_of(stem: str, ending: str, lang: Language, plan: StudyPlan) -> str:
    """Name of a file in one language: the study's own stands in no name."""
    return f"{stem}.{ending}" if lang == plan.lang else f"{stem}.{lang}.{ending}"


def report_of(
    plan: StudyPlan,
    results: Sequence[StepResult],
    notices: tuple[Message, ...],
    account: Mapping[str, Any],
    layers: Mapping[str, Any],
    lang: Language,
) -> str:
    """Report of results as they may be published, in one language, that links to nothing beside it."""
    drawn, by_name = pictures.draw(results, lang, plan, layers), {r.step.name: r for r in results}
    chapters = [_chapter(r, notices, drawn, lang, plan, by_name) for r in results if is_chapter(r)]
    return _report(plan, results, chapters, drawn, account, lang, {})


def _report(
    plan: StudyPlan,
    results: Sequence[StepResult],
    chapters: Sequence[Chapter],
    drawn: Pictures,
    account: Mapping[str, Any],
    lang: Language,
    beside: Mapping[str, Any],
) -> str:
    by_name = {r.step.name: r for r in results}
    shown = [f"{r.step.name}.quotients" not in plan.untold for r in results if is_chapter(r)]
    return report(
        list(compress(chapters, shown)),
        title=plan.titles[lang],
        lang=lang,
        sources=plan.sources_in(lang),
        provenance=account,
        **beside,
        listings=[
            replace(_in_reader_words(x, plan, by_name, lang), whole=whole_table(x.file, plan, lang))
            for x in _listings(results, drawn, lang, _untold(results, plan))
        ],
    )


def whole_table(file: str, plan: StudyPlan, lang: Language) -> str:
    """Public file with the whole of a table, if the study has its tables copied; the internal one is no reader's."""
    if plan.copies.csv:
        name = file.removeprefix("tables/").removeprefix("study.gpkg|").removesuffix(".csv")
        return f"public_tables/{name.removesuffix('.parquet')}.csv"
    return file_of("public_tables", "xlsx", lang, plan) if plan.copies.excel else ""


def _write_map(
    file: Path,
    plan: StudyPlan,
    results: Sequence[StepResult],
    chapters: Mapping[Language, Sequence[Chapter]],
    layers: Mapping[str, Any],
    made: Sequence[Mapping[Language, str]],
) -> bool:
    """Write the map, if there is anything to draw, and tell whether there was."""
    told = [r for r in results if is_chapter(r)]
    moving, above = histories(results, plan, layers), further(results, plan, layers)
    if not told and not moving and not above:
        return False
    quotients = [
        # The map is read in both languages, and names have one.
        quotient_layer(_places(r), c.quotients, name=r.step.titles, titles=_sector_titles(r, chapters, i))
        for i, (r, c) in enumerate(zip(told, chapters[plan.lang], strict=True))
    ]
    single = internal_map(results, plan.shown) or plan.exact_registers
    names, drawn = opening_first(
        plan.opens, [*(r.step.name for r in told), *plan.histories], [*quotients, *moving]
    )
    titles = {r.step.name: r.step.titles for r in results}
    story = on_the_map(
        plan.story,
        names,
        above,
        titles,
        empty=_empty(results),
        unpublished={f"{r.step.name}.{name}" for r in results for name in r.unpublished},
        withheld=None if plan.disclosure.off else partial(_withheld, told),
    )
    figure = territory_map(
        _places(told[0]) if told else _last(moving[0]) if moving else _below(above[0], results, layers),
        *drawn,
        *above,
        lang=plan.lang,
        title=plan.titles,
        sources=plan.sources,
        notes=[*([_why_shown(plan)] if single else []), *plan.notes],
        origin=made,
        story=story,
        opens=opening_on_the_map(plan.opens, names, drawn, titles, (plan.story, story)),
    )
    figure.save(str(file))
    return True


def _withheld(told: Sequence[StepResult], layer: str, sector: str, territory: str) -> Hidden:
    """How many quotients of a sector are withheld, in one territory or in all."""
    rows = next((r.outputs["quotients"] for r in told if r.step.name == layer), pd.DataFrame({"sector": []}))
    rows = rows[rows["sector"].astype(str) == sector]
    if territory:
        rows = rows[rows["territory"].astype(str) == territory]
    return Hidden(int((rows["status"] == STATUS_WITHHELD).sum()) if len(rows) else 0, len(rows))


def _empty(results: Iterable[StepResult]) -> set[str]:
    """Results that have no rows."""
    return {
        f"{result.step.name}.{name}"
        for result in results
        for name, rows in result.outputs.items()
        if isinstance(rows, pd.DataFrame) and rows.empty
    }


def _places(result: StepResult) -> gpd.GeoDataFrame:
    """Territories of a step with their full names."""
    areas = result.outputs["areas"]
    return gpd.GeoDataFrame(areas[[c for c in ("territory", "name", "geometry") if c in areas.columns]])


def _last(history: HistoryLayer) -> gpd.GeoDataFrame:
    """Territories in force at the last step of a history: the ground of a map that has no quotients."""
    rows = history.versions.at(history.versions.days[-1])
    ids = [history.places.ids[row] for row in rows]
    return gpd.GeoDataFrame({"territory": ids}, geometry=history.places.shapes[rows], crs=4326)


def _below(
    first: FurtherLayer | FirmLayer, results: Sequence[StepResult], layers: Mapping[str, Any]
) -> gpd.GeoDataFrame:
    """Ground of a map that has further layers alone: the territories that the study began with, else their outlines."""
    given = [*(layers.get(r.step.inputs.get("territories", "")) for r in results), *layers.values()]
    areas = (x for x in given if isinstance(x, gpd.GeoDataFrame) and "territory" in x and "firm" not in x)
    known = (x for x in areas if not x["territory"].duplicated().any())
    ground = next(known, None)
    own = first.around if isinstance(first, FirmLayer) else first.places.shapes
    shapes = own if ground is None else ground.geometry.dropna().to_crs(4326).array
    return gpd.GeoDataFrame({"territory": range(len(shapes))}, geometry=list(shapes), crs=4326)


def _in_words(text: str) -> dict[Language, str]:
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def _why_shown(plan: StudyPlan) -> dict[Language, str]:
    reason = in_all_languages(plan.disclosure.why_shown)
    return {lang: text.format(reason=reason[lang]) for lang, text in _in_words(SINGLE).items()}


def _untold(results: Iterable[StepResult], plan: StudyPlan) -> frozenset[str]:
    """Results that the report leaves out: what is named, and single establishments that the study does not show."""
    return plan.untold.union(*(hidden_outputs(result, plan.shown) for result in results))


def _listings(
    results: Iterable[StepResult], drawn: Pictures, lang: Language, untold: frozenset[str]
) -> list[Listing]:
    """Tables of every step that is not told as a chapter and not only made ready for another."""
    listings = []
    for result in _told(results):
        names = _foremost(result, untold)
        plots, empty = pictures.parted(drawn[result.step.name], lang)
        shown = tuple(plots.values())
        own = [_listing(result, name, lang, first=i == 0) for i, name in enumerate(names)]
        listings += [
            replace(x, pictures=shown, notices=(*x.notices, *empty)) if i == 0 else x
            for i, x in enumerate(own)
        ]
        listings += [
            _of_shares(result, name, lang)
            for name in result.outputs
            if described(result, name).get("kind") == _SHARES and f"{result.step.name}.{name}" not in untold
        ]
        listings += [
            Listing(
                result.step.titles[lang],
                pd.DataFrame(),
                f"rasters/{result.step.name}_{name}.tif",
                result.notices,
                pictures=shown,
            )
            for name in ([] if names else _rasters(result))
        ]
        if result.unpublished and not names and not _rasters(result):
            # The reader is told why there is nothing.
            why = (*result.notices, *empty)
            listings.append(Listing(result.step.titles[lang], pd.DataFrame(), "", why, pictures=shown))
    return listings


def _told(results: Iterable[StepResult]) -> list[StepResult]:
    """Steps that are not told as a chapter and not only made ready for another."""
    results = list(results)
    used = {name.partition(".")[0] for r in results for name in taken(r.step) if "." in name}
    return [r for r in results if not is_chapter(r) and not (r.step.name in used and _only_made_ready(r))]


def _foremost(result: StepResult, untold: frozenset[str]) -> list[str]:
    """Outputs of a step that are told as they are."""
    tables = [n for n in _tables(result) if f"{result.step.name}.{n}" not in untold]
    return [*tables, *(n for n in _areas(result, tables) if f"{result.step.name}.{n}" not in untold)]


def told_outputs(results: Sequence[StepResult], plan: StudyPlan) -> list[tuple[StepResult, str]]:
    """
    Outputs whose rows the report tells, none of them of single establishments.

    Parameters
    ----------
    results
        Results as they may be published.
    plan
        The study.

    Returns
    -------
    outputs
        Step and name of the output, chapters first.
    """
    untold = plan.untold.union(*(hidden_outputs(result, frozenset()) for result in results))
    chapters = [(r, "quotients") for r in results if is_chapter(r)]
    others = [
        (r, name)
        for r in _told(results)
        for name in dict.fromkeys(
            (*_foremost(r, untold), *(n for n in r.outputs if described(r, n).get("kind") == _SHARES))
        )
    ]
    return [(r, name) for r, name in (*chapters, *others) if f"{r.step.name}.{name}" not in untold]


def _only_made_ready(result: StepResult) -> bool:
    return {described(result, name).get("kind") for name in result.outputs} <= _MADE_READY


def _tables(result: StepResult) -> list[str]:
    """Table of a step that is told: the one that sums up, else the first."""
    names = [n for n, v in result.outputs.items() if type(v) is pd.DataFrame]
    return sorted(names, key=lambda n: described(result, n).get("kind") not in _SUMMING)[:1]


def _rasters(result: StepResult) -> list[str]:
    """First raster of a step."""
    return [n for n, v in result.outputs.items() if isinstance(v, Grid)][:1]


def _areas(result: StepResult, told: Sequence[str]) -> list[str]:
    """Areas that say of territories what no table that is told says."""
    said = {c for name in told for c in columns_of(result, name)} | {"territory", "name", WITHHELD}
    # Land that any place reaches is told before that of each, as on the map.
    each = {name for name in result.outputs if described(result, name).get("kind") == "isochrones"}
    return [
        name
        for name, rows in sorted(result.outputs.items(), key=lambda one: one[0] in each)
        if isinstance(rows, gpd.GeoDataFrame)
        and described(result, name).get("kind") not in _NO_FIGURES
        and not set(columns_of(result, name)) <= said
        and len(rows)
    ]


def columns_of(result: StepResult, name: str) -> dict[str, str]:
    """Described columns of an output that are there, and what they hold."""
    told = {c["name"]: c["help"] for c in described(result, name).get("columns", ())} | {WITHHELD: HELP}
    return {column: text for column, text in told.items() if column in result.outputs[name].columns}


def _listing(result: StepResult, name: str, lang: Language, *, first: bool) -> Listing:
    """One output of a step; the step's notices stand with the first."""
    table, title, helps = result.outputs[name], result.step.titles[lang], columns_of(result, name)
    file = table_file(result, name)
    if isinstance(table, gpd.GeoDataFrame):
        # the territories' own columns are on the map
        table, file = pd.DataFrame(table[list(helps)]), f"study.gpkg|{result.step.name}_{name}"
        if not first:
            title = further_title(result, name, lang)
    elif "territory" in table and "name" not in table:
        table = _with_names(table, result, lang)
    table = _by_name(table, lang)
    kind = described(result, name).get("kind", "")
    return Listing(title, table, file, result.notices if first else (), kind, helps)


def _of_shares(result: StepResult, name: str, lang: Language) -> Listing:
    """Shares within each budget, in few columns."""
    table, headings = reach_table(result.outputs[name], lang)
    title = message("{title}: shares within each budget", title=result.step.titles[lang])
    helps = {c: text for c, text in columns_of(result, name).items() if c in {"centre_kind", WITHHELD}}
    return Listing(
        title.render(translator(lang)),
        table,
        table_file(result, name),
        kind=_SHARES,
        helps=helps,
        names=headings,
    )


def further_title(result: StepResult, name: str, lang: Language) -> str:
    """Title of areas after the first output of a step: by what their rows are."""
    title, say = result.step.titles[lang], translator(lang)
    if of_establishments(result, name):
        return message("{title}: establishments", title=title).render(say)
    territorial = [
        n
        for n, rows in result.outputs.items()
        if isinstance(rows, gpd.GeoDataFrame) and "territory" in rows.columns
    ]
    # Of several outputs with territories, one has their title, so that no two tables have the same.
    if name == ("areas" if "areas" in territorial else next(iter(territorial), "")):
        return message("{title}: territories", title=title).render(say)
    return f"{title}: {say(label(name)).lower()}"


def _by_name(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Units and candidates by their names, where these are told beside the identifiers."""
    # Names of one division may come in both languages, those of another in one.
    parts = [part for _, part in table.groupby("division", sort=False)] if "division" in table else [table]
    table = pd.concat([with_own_half(part, lang) for part in parts or [table]]).sort_index()
    for column in _CALLED:
        named = f"{column}_name"
        if {column, named} <= set(table.columns):
            called = table[named].where(table[named].notna(), table[column])
            table = table.assign(**{column: called}).drop(columns=named)
    return table


def _with_names(table: pd.DataFrame, result: StepResult, lang: Language) -> pd.DataFrame:
    """Territories by the names that the step's areas give them."""
    areas = result.outputs.get("areas")
    if areas is None or "name" not in areas.columns or areas["name"].isna().any():
        return table
    areas = with_own_half(areas, lang)
    named = dict(zip(areas["territory"], areas["name"], strict=True))
    return table.assign(territory=[named.get(code, code) for code in table["territory"]])


def _in_reader_words(
    listing: Listing, plan: StudyPlan, results: Mapping[str, StepResult], lang: Language
) -> Listing:
    """Sectors titled in the reader's language, and verdicts headed by the titles of the layers they are on."""
    listing = replace(listing, table=with_own_half(listing.table, lang))
    held = listing.file.removeprefix("tables/").removeprefix("study.gpkg|")
    name = next(
        (n for n, r in results.items() for o in r.outputs if held.partition(".")[0] == f"{n}_{o}"), None
    )
    if name is None:
        return listing
    step = results[name].step
    output = held.partition(".")[0].removeprefix(f"{name}_")
    vocabulary = vocabulary_of(f"{name}.{output}", plan, results)
    listing = replace(listing, table=titled(listing.table, vocabulary, lang))
    if listing.kind == ALIKE:
        listing = replace(listing, table=groups_titled(listing.table, vocabulary, lang))
    if listing.kind != "sector_verdicts":
        return listing
    titles = {
        f"on_{parameter}": str(called(name, plan, results, lang)) for parameter, name in step.inputs.items()
    }
    return replace(listing, names=titles)


def _sector_titles(
    result: StepResult, chapters: Mapping[Language, Sequence[Chapter]], position: int
) -> dict[Language, dict[str, str]]:
    """Titles of sectors by language and code, as the chapters of the report have them."""
    if "sector_name" not in result.outputs["quotients"].columns:
        return {}
    found = {}
    for lang, told in chapters.items():
        rows = told[position].quotients.drop_duplicates("sector").dropna(subset="sector_name")
        found[lang] = dict(zip(rows["sector"].astype(str), rows["sector_name"].astype(str), strict=True))
    return found


def called(name: object, plan: StudyPlan, results: Mapping[str, StepResult], lang: Language) -> object:
    """Layer or result by its title."""
    if name in plan.layers:
        return plan.layers[str(name)].titles[lang]
    step = str(name).partition(".")[0]
    return results[step].step.titles[lang] if "." in str(name) and step in results else name


def _chapter(
    result: StepResult,
    notices: tuple[Message, ...],
    drawn: Pictures,
    lang: Language,
    plan: StudyPlan,
    results: Mapping[str, StepResult],
) -> Chapter:
    vocabulary = vocabulary_of(f"{result.step.name}.quotients", plan, results)
    inputs = {key: called(name, plan, results, lang) for key, name in result.step.inputs.items()}
    return Chapter(
        name=result.step.titles[lang],
        territories=with_own_half(_places(result), lang),
        quotients=titled(result.outputs["quotients"], vocabulary, lang),
        rules={**result.settings, **inputs},
        notices=(*notices, *result.notices),
        # The highest quotients with their intervals are drawn in every chapter.
        pictures=tuple(
            p for name, p in pictures.parted(drawn[result.step.name], lang)[0].items() if name != "forest"
        ),
    )
