"""Which tables of a study may others have, and how are they written: a workbook in each language, text for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.described import DESCRIPTION, csv_text, description
from geoterritorio.publication.headings import heading
from geoterritorio.publication.names import groups_titled, titled, with_own_half
from geoterritorio.publication.webmap.texts import in_all_languages
from geoterritorio.publication.workbook import workbook
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.products import ALIKE, called, columns_of, file_of, further_title, told_outputs
from geoterritorio.study.results import StepResult, described
from geoterritorio.study.sector_titles import vocabulary_of

STEM, FOLDER = "public_tables", "public_tables"
# What published totals leave to a withheld cell is no figure of the cell.
_LEFT = "most"
_QUOTIENTS = "quotients"
# Ending of columns of Spanish names beside those of the same name, which are English or the only ones.
SPANISH = "_es"
_SAME = mark("The same name in Spanish, where there are both")


def public_tables(
    plan: StudyPlan, results: Sequence[StepResult], lang: Language | None = None
) -> list[Listing]:
    """
    Tables of the report, whole.

    Parameters
    ----------
    plan
        The study.
    results
        Results as they may be published.
    lang
        Language of the names of territories and sectors; None leaves all names as they are.

    Returns
    -------
    tables
        Each with its codes and the meaning of its columns, `file` being “step_output”. Geometries are left out, and so
        are tables of single establishments, even those that the study shows.
    """
    by_name = {r.step.name: r for r in results}
    return [_public(r, name, plan, by_name, lang) for r, name in told_outputs(results, plan)]


def _public(
    result: StepResult, name: str, plan: StudyPlan, results: Mapping[str, StepResult], lang: Language | None
) -> Listing:
    table, helps, step = result.outputs[name], columns_of(result, name), result.step
    if isinstance(table, gpd.GeoDataFrame):
        table = pd.DataFrame(table[list(helps)])
    kind = str(described(result, name).get("kind", ""))
    table = _named(_without_withheld(table, kind), result)
    title = f"{step.titles[lang or plan.lang]}"
    if lang is not None:
        vocabulary = vocabulary_of(f"{step.name}.{name}", plan, results)
        table = with_own_half(titled(table, vocabulary, lang), lang)
        table = groups_titled(table, vocabulary, lang) if kind == ALIKE else table
    if name != next(iter(result.outputs)):
        title = further_title(result, name, lang or plan.lang)
    headings = {
        f"on_{parameter}": str(called(source, plan, results, lang or plan.lang))
        for parameter, source in step.inputs.items()
        if kind == "sector_verdicts"
    }
    return Listing(title, table, f"{step.name}_{name}", kind=kind, helps=helps, names=headings)


def _without_withheld(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Quotients without any figure of the cells that are withheld, as maps and reports have them."""
    if kind != _QUOTIENTS:
        return table
    hidden = (
        table.reindex(columns=["status", "certainty"]).eq(WITHHELD).fillna(value=False).any(axis="columns")
    )
    figures = [c for c in table.select_dtypes("number").columns if c != _LEFT]
    return (
        table.assign(**{c: table[c].astype(float).mask(hidden) for c in figures}) if hidden.any() else table
    )


def _named(table: pd.DataFrame, result: StepResult) -> pd.DataFrame:
    """Territories with their names beside their identifiers, where the step's areas have them."""
    areas = result.outputs.get("areas")
    if "territory" not in table.columns or "name" in table.columns or areas is None or "name" not in areas:
        return table
    names = dict(zip(areas["territory"], areas["name"], strict=True))
    table = table.copy()
    table.insert(table.columns.get_loc("territory") + 1, "name", table["territory"].map(names))
    return table


def write_public_tables(
    folder: Path,
    plan: StudyPlan,
    results: Sequence[StepResult],
    account: Mapping[str, Any],
    *,
    languages: Sequence[Language] = LANGUAGES,
) -> list[str]:
    """
    Workbooks, and text with its description, as the study's `[report]` asks for them.

    Parameters
    ----------
    folder
        Folder of the study, or another.
    plan
        The study.
    results
        Results as they may be published.
    account
        Provenance of the run.
    languages
        Languages of the workbooks; the description of the text is always in all of them.

    Returns
    -------
    written
        Files, relative to the folder.

    Raises
    ------
    DependencyError
        If a workbook is asked for and openpyxl is missing.
    """
    written = []
    if plan.copies.excel:
        for lang in languages:
            name = file_of(STEM, "xlsx", lang, plan)
            book = workbook(
                public_tables(plan, results, lang),
                title=plan.titles[lang],
                lang=lang,
                sources=plan.sources_in(lang),
                notes=[in_all_languages(note)[lang] for note in plan.notes],
                account=account,
            )
            (folder / name).write_bytes(book)
            written.append(name)
    return written + (_text(folder, plan, results, account) if plan.copies.csv else [])


def _text(
    folder: Path, plan: StudyPlan, results: Sequence[StepResult], account: Mapping[str, Any]
) -> list[str]:
    """Tables as text, and their description."""
    (folder / FOLDER).mkdir(exist_ok=True)
    raw = public_tables(plan, results)
    read = {lang: public_tables(plan, results, lang) for lang in LANGUAGES}
    tables = [_in_both(*each) for each in zip(raw, *read.values(), strict=True)]
    for table in tables:
        (folder / FOLDER / f"{table.file}.csv").write_text(
            csv_text(table.table), encoding="utf-8", newline=""
        )
    told = {
        lang: [_told_in_both(mine, table.table, lang) for mine, table in zip(read[lang], tables, strict=True)]
        for lang in LANGUAGES
    }
    text = description(told, titles=plan.titles, sources=plan.sources, account=account)
    (folder / FOLDER / DESCRIPTION).write_text(text, encoding="utf-8")
    return [*(f"{FOLDER}/{table.file}.csv" for table in tables), f"{FOLDER}/{DESCRIPTION}"]


def _in_both(raw: Listing, english: Listing, spanish: Listing) -> Listing:
    """Table with its names in English, and beside those that differ in Spanish a column of these."""
    told = raw.table.copy()
    for column in map(str, english.table.columns):
        names = english.table[column]
        if pd.api.types.is_numeric_dtype(names) or column not in spanish.table.columns:
            continue
        if column in told.columns:
            told[column] = names
        else:
            told.insert(min(english.table.columns.get_indexer([column])[0], len(told.columns)), column, names)
        if column + SPANISH not in told.columns and not names.equals(spanish.table[column]):
            at = int(told.columns.get_indexer([column])[0]) + 1
            told.insert(at, column + SPANISH, spanish.table[column])
    return replace(raw, table=told)


def _told_in_both(listing: Listing, table: pd.DataFrame, lang: Language) -> Listing:
    """Description of the table in one language, with its columns of Spanish names."""
    say = translator(lang)
    names, helps = dict(listing.names), dict(listing.helps)
    for column in map(str, table.columns):
        first = column.removesuffix(SPANISH)
        if first != column and first in table.columns and column not in listing.table.columns:
            text = message("{heading}, in Spanish", heading=heading(first, listing.kind, say))
            names.setdefault(column, text.render(say))
            helps.setdefault(column, _SAME)
    return replace(listing, table=table, names=names, helps=helps)
