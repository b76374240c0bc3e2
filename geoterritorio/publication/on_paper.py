"""What of a report's tables is printed: their first rows and columns, with a word on where the rest stands."""

from __future__ import annotations

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.numbers import Numbers

# The style of the page hides what is beyond (`report.css`).
ROWS, COLUMNS = 6, 8
# Tables of more columns than these lose some on paper.
WIDE = 11
_SHEET = mark(
    "On paper, tables have their first {rows} rows, and of more than {wide} columns the first {columns}. Not printed "
    "are what columns hold, works by tool, settings of each step and the record of the run. The page from which this "
    "was printed has all of it; provenance.json has the record."
)
_NARROWED = mark("{where}. On paper, the first {some} of {all} columns.")


def sheet_note(lang: Language) -> str:
    """
    What a print leaves out, as its first sheet tells it.

    Parameters
    ----------
    lang
        Language of the reader.

    Returns
    -------
    note
        Two sentences.
    """
    count = Numbers(lang).count
    told = {"rows": count(ROWS), "columns": count(COLUMNS), "wide": count(WIDE)}
    return message(_SHEET, **told).render(translator(lang))


def narrowed(where: str, columns: int, lang: Language) -> str:
    """
    Caption of a printed table, with the columns that it lacks.

    Parameters
    ----------
    where
        What it is, and where the whole is.
    columns
        Columns that it has on the page.
    lang
        Language of the reader.

    Returns
    -------
    caption
        The same where all columns are printed.

    Examples
    --------
    >>> narrowed("6 of 20 rows", 20, "en"), narrowed("6 of 20 rows", 3, "en")
    ('6 of 20 rows. On paper, the first 8 of 20 columns.', '6 of 20 rows')
    """
    if columns <= WIDE:
        return where
    count = Numbers(lang).count
    told: Message = message(_NARROWED, where=where, some=count(COLUMNS), all=count(columns))
    return told.render(translator(lang))
