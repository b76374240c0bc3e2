"""Tables of a study as a workbook that explains itself: sources, rules, and the meaning of every column."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoterritorio.errors import DependencyError, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.accounts import settings_rows
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.columns import HOLDS, ColumnTold, columns_told
from geoterritorio.publication.evidence_sheet import writable
from geoterritorio.publication.headings import worded
from geoterritorio.publication.methods import tools_used
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.shares import is_share

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# What a sheet can hold: rows with the heading, and letters of a cell.
ROWS, LETTERS = 1_048_576, 32_767
METADATA, COLUMNS = mark("Metadata"), mark("Columns")
# Signs with which a spreadsheet takes a text for a formula.
FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
_NAME = 31
_WHOLE = re.compile(r"0|-?[1-9]\d{0,8}")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\\']")
_WIDEST, _NARROWEST, _LOOKED_AT = 48, 9, 200
_FORMATS: Mapping[str, str] = {
    "whole": "#,##0",
    "number": "#,##0.00",
    "share": "0.0%",
    "points": "+0.0%;-0.0%",
    "probability": "0.000",
    "mixed": "#,##0.00",
}
MISSING = mark(
    "An empty cell is not zero: its figure is withheld, unknown or undefined. Columns such as status, certainty, "
    "reason and withheld say which. Zero is written as 0."
)
PUBLIC = mark(
    "The tables are those of the report, whole. Tables of single establishments, and those that the study keeps out of "
    "its report, are not among them; what the study withholds is empty."
)
LITERAL = mark("A text that begins with =, +, - or @ is text: nothing in this file is computed.")
WORDS = mark(
    "Codes are told in words; the sheet of columns has the codes, which files for programs hold instead."
)


def workbook(
    listings: Sequence[Listing],
    *,
    title: str,
    lang: Language = "en",
    sources: Sequence[str] = (),
    notes: Sequence[str] = (),
    account: Mapping[str, Any] | None = None,
) -> bytes:
    """
    Excel workbook of tables that may be published.

    Parameters
    ----------
    listings
        The tables, each with its codes; `file` is the name from which its sheet has its own.
    title
        Title of the study.
    lang
        Language of headings and words.
    sources
        Data sources with their licences, as they should be cited.
    notes
        What the study says of itself.
    account
        Provenance of the run.

    Returns
    -------
    workbook
        File (.xlsx): a sheet on the study, one on all columns, and one for each table.

    Raises
    ------
    DependencyError
        If openpyxl is missing.

    Notes
    -----
    Numbers stay numbers and have a format; every text is a text, whatever it begins with. A table longer than a sheet
    is cut, and the first sheet says so.
    """
    require_excel()
    from openpyxl import Workbook  # noqa: PLC0415 - openpyxl is an extra

    book = Workbook(write_only=True)
    names = sheet_names([listing.file for listing in listings], lang)
    told = [list(columns_told(listing, lang)) for listing in listings]
    _study(book, listings, names, title, lang, sources, notes, account or {})
    _columns(book, names, told, lang)
    for listing, name, columns in zip(listings, names, told, strict=True):
        _table(book, listing, name, columns, lang)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def require_excel() -> None:
    """Refusal where workbooks cannot be written."""
    try:
        import openpyxl  # noqa: F401, PLC0415 - only whether it is there; openpyxl is an extra
    except ImportError as error:
        raise DependencyError(
            message(
                "Spreadsheets need the package {package}. Install it: pip install {package}",
                package="openpyxl",
            )
        ) from error


def sheet_names(names: Sequence[str], lang: Language = "en") -> list[str]:
    """
    Names of sheets: short enough, without signs that none may have, all different.

    Parameters
    ----------
    names
        Names of tables.
    lang
        Language of the two sheets before them, whose names are taken.

    Returns
    -------
    sheets
        One for each.

    Examples
    --------
    >>> sheet_names(["a:b", "A?B", "Metadata"])
    ['a_b', 'A_B_2', 'Metadata_2']
    """
    say = translator(lang)
    taken, found = {say(METADATA).casefold(), say(COLUMNS).casefold(), "history"}, []
    for name in names:
        plain = _FORBIDDEN.sub("_", writable(name)).strip() or "_"
        made, number = plain[:_NAME], 2
        while made.casefold() in taken:
            end = f"_{number}"
            made, number = plain[: _NAME - len(end)] + end, number + 1
        taken.add(made.casefold())
        found.append(made)
    return found


def _study(
    book: Workbook,
    listings: Sequence[Listing],
    names: Sequence[str],
    title: str,
    lang: Language,
    sources: Sequence[str],
    notes: Sequence[str],
    account: Mapping[str, Any],
) -> None:
    """First sheet: what the study is, what its tables are, and by which rules they were made."""
    say = translator(lang)
    study = account.get("study") if isinstance(account.get("study"), Mapping) else {}
    software = account.get("software") if isinstance(account.get("software"), Mapping) else {}
    facts = [
        (say(mark("Title")), title),
        *((say(mark("Source")), source) for source in sources or [say(mark("No data source was named."))]),
        *((say(mark("Note")), note) for note in notes),
        (say(mark("Date")), str(account.get("started", ""))[:10]),
        ("geoterritorio", str((software or {}).get("geoterritorio", ""))),
        (say(mark("Random seed")), str((study or {}).get("seed") or "")),
        *((say(mark("How to read")), say(text)) for text in (PUBLIC, MISSING, WORDS, LITERAL)),
    ]
    sheet = _sheet(book, say(METADATA), (34, 110, 14))
    _line(sheet, (say(mark("Item")), say(mark("Value"))), bold=True)
    for row in facts:
        if row[1]:
            _line(sheet, row)
    _line(sheet, ())
    _line(sheet, (say(mark("Sheet")), say(mark("Table")), say(mark("Rows"))), bold=True)
    for listing, name in zip(listings, names, strict=True):
        _line(sheet, (name, _called(listing, lang), len(listing.table)), link=name)
    _line(sheet, ())
    _line(sheet, (say(mark("Rule")), say(mark("Value"))), bold=True)
    for name, value in _rules(account, lang):
        # A number is no text, so that it can be computed with.
        _line(sheet, (name, int(value) if _WHOLE.fullmatch(value) else value))


def _called(listing: Listing, lang: Language) -> str:
    """Title of a table, and how much of it fits."""
    if len(listing.table) < ROWS:
        return listing.title
    cut = message(
        "{title} (the first {rows} rows; more do not fit into a sheet)",
        title=listing.title,
        rows=Numbers(lang).count(ROWS - 1),
    )
    return cut.render(translator(lang))


def _rules(account: Mapping[str, Any], lang: Language) -> Iterable[tuple[str, str]]:
    """Settings of every step, by tool."""
    say = translator(lang)
    for use in tools_used(account.get("steps")):
        for step, settings in use.uses.items():
            yield f"{step}", say(use.title)
            for label, value in settings_rows(settings, lang, use.parameters):
                yield f"{step} · {label}", value


def _columns(
    book: Workbook, names: Sequence[str], told: Sequence[Sequence[ColumnTold]], lang: Language
) -> None:
    """Second sheet: every column of every table."""
    say = translator(lang)
    sheet = _sheet(book, say(COLUMNS), (26, 30, 24, 70, 34, 60), frozen="A2")
    heads = (
        mark("Sheet"),
        mark("Column"),
        mark("Name in files"),
        mark("Meaning"),
        mark("Holds"),
        mark("Codes"),
    )
    _line(sheet, [say(head) for head in heads], bold=True)
    count = 1
    for name, columns in zip(names, told, strict=True):
        for column in columns:
            codes = "; ".join(f"{code} = {word}" for code, word in column.codes.items())
            _line(sheet, (name, column.heading, column.name, column.meaning, say(HOLDS[column.holds]), codes))
            count += 1
    sheet.auto_filter.ref = f"A1:F{count}"


def _table(
    book: Workbook, listing: Listing, name: str, columns: Sequence[ColumnTold], lang: Language
) -> None:
    """Sheet of a table: its heading stays, its columns are filtered, its numbers have a format."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - openpyxl is an extra

    say = translator(lang)
    table = listing.table.iloc[: ROWS - 1]
    told = [_cells(table[column.name], column, listing.kind, lang) for column in columns]
    widths = [_width(column.heading, values) for column, values in zip(columns, told, strict=True)]
    sheet = _sheet(book, name, widths, frozen="B2")
    if not columns:
        _line(sheet, [say(mark("No columns."))])
        return
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(table) + 1}"
    _line(sheet, [column.heading for column in columns], bold=True)
    plain = [_FORMATS.get(column.holds, "") for column in columns]
    measures = table["measure"] if "measure" in table.columns else None
    shares = [i for i, column in enumerate(columns) if column.holds == "mixed"]
    for k, row in enumerate(zip(*told, strict=True)):
        formats = list(plain)
        for i in shares:
            # shares are mixed with others only where rows say what they measure
            if measures is not None and is_share(columns[i].name, listing.kind, measures.iloc[k]):
                formats[i] = _FORMATS["share"]
        _line(sheet, row, formats=formats)


def _cells(values: pd.Series[Any], column: ColumnTold, kind: str, lang: Language) -> list[object]:
    """Values as cells hold them: plain numbers, texts in the reader's words, nothing where nothing is known."""
    say = translator(lang)
    if column.holds == "flag":
        words = {True: say(mark("true")), False: say(mark("false"))}
        return [None if pd.isna(v) else words[bool(v)] for v in values]
    if column.holds != "text":
        return [None if pd.isna(v) else _number(float(v), lang) for v in values]
    words_of = {v: worded(column.name, str(v), kind, say) for v in values.dropna().unique()}
    return [None if pd.isna(v) else words_of[v] for v in values]


def _number(value: float, lang: Language) -> object:
    """Number; infinity, which no cell can hold, as its sign."""
    if np.isinf(value):
        return Numbers(lang).plain(value)
    return int(value) if value.is_integer() else value


def _width(head: str, values: Sequence[object]) -> float:
    """Width of a column: that of its values, and of the longest word of its heading."""
    texts = [len(str(v)) if isinstance(v, str) else 10 for v in values[:_LOOKED_AT] if v is not None]
    return min(_WIDEST, max(_NARROWEST, *(len(w) + 4 for w in head.split() or [""]), *texts, len(head) / 2))


def _sheet(
    book: Workbook, name: str, widths: Sequence[float], frozen: str | None = None
) -> WriteOnlyWorksheet:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - openpyxl is an extra

    sheet = book.create_sheet(name)
    for i, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(i)].width = width
    sheet.freeze_panes = frozen
    return sheet


def _line(
    sheet: WriteOnlyWorksheet,
    values: Sequence[object],
    *,
    bold: bool = False,
    link: str | None = None,
    formats: Sequence[str] | None = None,
) -> None:
    """One row; texts are texts, whatever they begin with."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - openpyxl is an extra
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - openpyxl is an extra

    row: list[object] = []
    for i, value in enumerate(values):
        if value is None:
            row.append(None)
            continue
        cell = WriteOnlyCell(sheet)
        if isinstance(value, str):
            cell.value = writable(value)[:LETTERS]
            # whatever the library takes it for
            cell.data_type = "s"
            cell.quotePrefix = bool(FORMULA.match(value))
        else:
            cell.value = value
            if formats and formats[i]:
                cell.number_format = formats[i]
        if bold:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        elif formats is None:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if link is not None and i == 0:
            cell.hyperlink = f"#'{link}'!A1"
            cell.font = Font(color="1F5A8C", underline="single")
        row.append(cell)
    sheet.append(row)
