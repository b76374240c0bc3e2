"""A spreadsheet in which coded evidence is filled in: lists to choose from, an explanation in both languages."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoterritorio.assessment.coded import assessed_items
from geoterritorio.assessment.profile_rules import RULES, ProfileRules, lists_of
from geoterritorio.errors import DependencyError, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.schema import EVIDENCE
from geoterritorio.layers.vocabularies import vocabularies
from geoterritorio.layers.words import HEADINGS
from geoterritorio.publication.headings import heading

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

# Name of the sheet that is read again, and those of the others, in the reader's language.
SHEET = "evidence"
GUIDE, PLACES, ITEMS = mark("guide"), mark("territories"), mark("items")
COLUMNS = tuple(column.name for column in EVIDENCE.columns)
_WIDTHS: Mapping[str, int] = {"item": 44, "statement": 60, "statement_es": 60, "source": 36, "coder": 18}
_ROWS = 1000
# Signs that neither a workbook nor a form, both XML, can hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What the steps of the usual scale mean; a proposal, so that coders mean the same.
SCALE = (
    mark("nothing of it"),
    mark("first steps"),
    mark("in part"),
    mark("largely"),
    mark("fully, and lasting"),
)
HOW = (
    mark(
        "Write one row for each statement: the same item may have several, from several sources and coders."
    ),
    mark("Every statement needs a source; without one it is no evidence and does not count."),
    mark("Leave out what is not known: an item without statements is unknown, not bad."),
    mark("Ratings are never averaged; where two statements disagree, both are kept side by side."),
    mark("Two coders or more who rate the same items make it possible to tell how far they agree."),
    mark("Dates are a day, a month or a year: 2024-05-17, 2024-05 or 2024."),
    mark("Write texts, no formulas: what begins with = is not computed."),
    mark("Give the file to the tools as it is: of its sheets, they read the one called evidence."),
)


def evidence_workbook(
    territories: pd.DataFrame, *, rules: ProfileRules = RULES, lang: Language = "en"
) -> bytes:
    """
    Excel workbook in which evidence is filled in.

    Parameters
    ----------
    territories
        `territory` and, if known, `name`.
    rules
        Lists of items and scale.
    lang
        Language of the items to choose from; the explanation is in both.

    Returns
    -------
    workbook
        File (.xlsx) with the sheets evidence (to fill in), guide, territories and items. Codes and English or Spanish
        titles are understood alike when it is read.

    Raises
    ------
    DependencyError
        If openpyxl is missing.
    LayerError
        If lists are not known.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - openpyxl is an extra
    except ImportError as error:
        raise DependencyError(
            message(
                "Spreadsheets need the package {package}. Install it: pip install {package}",
                package="openpyxl",
            )
        ) from error
    items = assessed_items(tuple(lists_of(rules)))
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    _guide(book, rules, items, lang)
    say = translator(lang)
    places = tuple(
        name if lang == "en" else heading(name, "territories", say).lower() for name in ("territory", "name")
    )
    _table(book.create_sheet(say(PLACES)), _place_rows(territories), places)
    heads = vocabularies().set_index("name")
    rows = [
        (i["item"], i["en"], i["es"], heads["en"][i["list"]], heads["es"][i["list"]])
        for i in items.to_dict("records")
    ]
    found = column_heading("item", lang)
    _table(book.create_sheet(say(ITEMS)), rows, (found, "English", "Español", "list", "lista"))
    _fill_in(sheet, len(territories), len(items), rules, lang)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _place_rows(territories: pd.DataFrame) -> list[tuple[Any, ...]]:
    names = territories["name"] if "name" in territories.columns else territories["territory"]
    return list(zip(territories["territory"].astype(str), names.fillna("").astype(str), strict=True))


def writable(text: str) -> str:
    """Text without the signs that XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def _put(cell: Cell, text: object) -> None:
    """Text of a cell as text, whatever it begins with."""
    cell.value = writable(str(text))
    cell.data_type = "s"


def _table(sheet: Worksheet, rows: Sequence[Sequence[object]], names: Sequence[str]) -> None:
    """Protected list to look up and to choose from."""
    from openpyxl.styles import Font  # noqa: PLC0415 - openpyxl is an extra

    for x, name in enumerate(names, 1):
        _put(sheet.cell(1, x), name)
        sheet.cell(1, x).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, x).column_letter].width = 24 if x == 1 else 52
    for y, row in enumerate(rows, 2):
        for x, value in enumerate(row, 1):
            _put(sheet.cell(y, x), value)
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True


def _guide(book: Workbook, rules: ProfileRules, items: pd.DataFrame, lang: Language) -> None:
    """What to do, what the columns and items are, in both languages side by side."""
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - openpyxl is an extra

    sheet = book.create_sheet(translator(lang)(GUIDE))
    helps = {c.name: c.help for c in EVIDENCE.columns}
    heads = {name: column_heading(name, lang) for name in COLUMNS}
    lines: list[tuple[str, tuple[str, ...]]] = [("", HOW), *((heads[n], (helps[n],)) for n in COLUMNS)]
    rows = [
        (code, *(translator(each)(text) for each in LANGUAGES)) for code, texts in lines for text in texts
    ]
    rows += [(f"{heads['rating']} {k}", *words) for k, words in enumerate(scale_words(rules))]
    rows += list(items[["item", "en", "es"]].itertuples(index=False, name=None))
    _table(sheet, rows, ("", "English", "Español"))
    for column, width in zip("ABC", (24, 80, 80), strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        row[0].font = Font(bold=True)


def scale_words(rules: ProfileRules) -> list[tuple[str, ...]]:
    """Words of each step of the scale by language; those between the ends only where it is the usual one."""
    last = rules.highest
    words = {0: SCALE[0], last: SCALE[-1]} if last != len(SCALE) - 1 else dict(enumerate(SCALE))
    return [
        tuple(translator(lang)(words[k]) if k in words else "" for lang in LANGUAGES) for k in range(last + 1)
    ]


def column_heading(name: str, lang: Language) -> str:
    """
    Heading of a column of the sheet to fill in: its name, or in Spanish its word, and both are read again.

    Parameters
    ----------
    name
        Fixed name of the column.
    lang
        Language.

    Returns
    -------
    heading
        Text.

    Examples
    --------
    >>> column_heading("rating", "en"), column_heading("rating", "es")
    ('rating', 'valoración')
    """
    return name if lang == "en" else translator(lang)(HEADINGS[EVIDENCE.kind][name]).lower()


def _fill_in(sheet: Worksheet, places: int, items: int, rules: ProfileRules, lang: Language) -> None:
    """Sheet to fill in: protected heading, lists to choose from, red where a rating has no source."""
    from openpyxl.comments import Comment  # noqa: PLC0415 - openpyxl is an extra
    from openpyxl.formatting.rule import FormulaRule  # noqa: PLC0415 - openpyxl is an extra
    from openpyxl.styles import Font, PatternFill, Protection  # noqa: PLC0415 - openpyxl is an extra

    for x, column in enumerate(EVIDENCE.columns, 1):
        cell = sheet.cell(1, x)
        _put(cell, column_heading(column.name, lang))
        cell.font = Font(bold=True)
        told = [
            f"{heading(column.name, EVIDENCE.kind, translator(s))}: {translator(s)(column.help)}"
            for s in LANGUAGES
        ]
        cell.comment = Comment("\n".join(told), "geoterritorio")
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(column.name, 14)
        for y in range(2, _ROWS + 2):
            free = sheet.cell(y, x)
            free.protection = Protection(locked=False)
            if column.name not in ("rating", "confidence"):
                free.number_format = "@"
    letters = {c: sheet.cell(1, x).column_letter for x, c in enumerate(COLUMNS, 1)}
    for name, validation in _validations(places, items, rules, lang).items():
        sheet.add_data_validation(validation)
        validation.add(f"{letters[name]}2:{letters[name]}{_ROWS + 1}")
    bare = f"AND(LEN(${letters['rating']}2)>0,LEN(TRIM(${letters['source']}2))=0)"
    red = FormulaRule(formula=[bare], fill=PatternFill("solid", bgColor="F4B6A6"))
    sheet.conditional_formatting.add(f"{letters['source']}2:{letters['source']}{_ROWS + 1}", red)
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _validations(places: int, items: int, rules: ProfileRules, lang: Language) -> dict[str, Any]:
    """What may be chosen or written in the columns, by column."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - openpyxl is an extra

    say = translator(lang)
    titles = "BC"[LANGUAGES.index(lang)]
    steps = ",".join(str(k) for k in range(rules.highest + 1))
    made = {
        "territory": DataValidation(
            "list", formula1=f"={say(PLACES)}!$A$2:$A${places + 1}", allow_blank=True
        ),
        "item": DataValidation(
            "list", formula1=f"={say(ITEMS)}!${titles}$2:${titles}${items + 1}", allow_blank=True
        ),
        "rating": DataValidation("list", formula1=f'"{steps}"', allow_blank=True),
        "confidence": DataValidation(
            "decimal", operator="between", formula1="0", formula2="1", allow_blank=True
        ),
        "date": DataValidation(
            "textLength", operator="between", formula1="4", formula2="10", allow_blank=True
        ),
    }
    prompts = {
        "territory": mark("Code of the territory; the sheet territories tells the names."),
        "item": mark("Item, from the list; the sheet items tells both languages."),
        "rating": mark("A whole step of the scale; the sheet guide tells what they mean."),
        "confidence": mark("From 0 to 1; leave it empty if you cannot tell."),
        "date": mark("Day, month or year: 2024-05-17, 2024-05 or 2024."),
    }
    for name, validation in made.items():
        validation.promptTitle = heading(name, EVIDENCE.kind, say)[:32]
        validation.prompt = validation.error = say(prompts[name])
        validation.showInputMessage = validation.showErrorMessage = True
    return made
