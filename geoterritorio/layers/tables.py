"""Tables of text and Excel files: encoding, separator, sheet and heading found out, or refused."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.files import require_columns

_SAMPLE = 65_536  # bytes in which separator and heading show
_HEADING = 1 << 20  # bytes that the line of names may have
_CELLS = 100_000_000  # of a sheet, from its first to its last row and column
_LINES = 20  # of a table that are compared with its heading
_SEPARATORS = ",;\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WESTERN = "cp1252"
_BLOCK = 1 << 20  # bytes that are looked at together
_FORMULA = re.compile(rb"<f[ />]")
_CELL_LENGTH = 17  # letters of the longest name of a cell, with what stands before it
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')


def like_kind(names: Iterable[str], kind: str) -> str | None:
    """
    The part of a file that is called as the kind of layer that is asked for.

    Parameters
    ----------
    names
        Names of its sheets or layers.
    kind
        Kind of layer.

    Returns
    -------
    name
        The only one of that name, in whatever case; None where there is none, or several.

    Examples
    --------
    >>> like_kind(["guide", "Evidence"], "evidence")
    'Evidence'
    """
    found = [name for name in names if kind and name.strip().casefold() == kind]
    return found[0] if len(found) == 1 else None


def read_text(path: Path, _layer: str | None, _kind: str = "") -> pd.DataFrame:
    """Table of a text file, all as text; in UTF-8 or UTF-16, else in Windows-1252 with a warning."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    _require_heading(path, sample)
    if sample.startswith(_UTF16):
        return _decoded(path, "utf-16", sample)
    try:
        return _parsed(path, "utf-8-sig", sample.decode("utf-8-sig", errors="replace"))
    except UnicodeDecodeError:
        frame = _decoded(path, _WESTERN, sample)
    text = message(
        "{path} is not in UTF-8; it was read as Windows-1252 (Western European). Check accents, or save it as UTF-8.",
        path=path.name,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return frame


def _require_heading(path: Path, sample: bytes) -> None:
    """Refusal of a first line that goes on and on, before a parser makes a column of each of its words."""
    if b"\n" in sample or b"\r" in sample:
        return
    with path.open("rb") as file:
        heading = file.readline(_HEADING + 1)
    if len(heading) > _HEADING and b"\r" not in heading:
        raise LayerError(
            message(
                "{path}: the first line has more than {most} bytes; it is no heading of a table.",
                path=path.name,
                most=_HEADING,
            )
        )
    require_columns(max(heading.count(separator.encode()) for separator in _SEPARATORS) + 1, path)


def _decoded(path: Path, encoding: str, sample: bytes) -> pd.DataFrame:
    """Table in the last encoding that is left to try."""
    try:
        return _parsed(path, encoding, sample.decode(encoding, errors="ignore"))
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding) from error


def _undecodable(path: Path, encoding: str) -> LayerError:
    content = path.read_bytes()
    # Parsers read by blocks, so that only the whole file tells the place.
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        place = error.start
    else:
        place = len(content)
    return LayerError(
        message(
            "{path}: the file mixes encodings or is no text: line {line} (byte {position}) is neither UTF-8 nor "
            "{encoding}. Save it again as UTF-8.",
            path=path.name,
            line=content.count(b"\n", 0, place) + 1,
            position=place + 1,
            encoding="UTF-16" if encoding == "utf-16" else "Windows-1252",
        )
    )


def _parsed(path: Path, encoding: str, sample: str) -> pd.DataFrame:
    separator = _separator(sample)
    heading = _heading(path, sample, separator)
    require_columns(len(heading), path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows with more cells than the heading
        try:
            frame = pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                encoding=encoding,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
                # The quick parser of some versions ends a text at a NUL: “0\x002” would be read as “0”, without a word.
                engine="python" if encoding != "utf-16" and _holds_nul(path) else "c",
            )
        except pd.errors.EmptyDataError as error:
            raise _empty(path) from error
        except (pd.errors.ParserWarning, pd.errors.ParserError) as error:
            if "Expected" not in str(error) and not isinstance(error, pd.errors.ParserWarning):
                raise
            raise _ragged(path, heading) from error
    return _named(frame, heading)


def _holds_nul(path: Path) -> bool:
    """Whether some byte of a file is 0, which no text has."""
    with path.open("rb") as file:
        return any(b"\0" in block for block in iter(lambda: file.read(_BLOCK), b""))


def _empty(path: Path) -> LayerError:
    return LayerError(message("{path}: the file is empty. Choose a file with rows.", path=path.name))


def _ragged(path: Path, heading: list[str]) -> LayerError:
    return LayerError(
        message(
            "{path}: some rows have more cells than the heading has names ({count}). Put texts that hold the separator "
            "into quotation marks, and remove what stands above the heading.",
            path=path.name,
            count=len(heading),
        )
    )


def _named(frame: pd.DataFrame, heading: list[str]) -> pd.DataFrame:
    """Table with the names of the file, where pandas has told repeated ones apart by a number."""
    if len(heading) != len(frame.columns) or len(set(heading)) == len(heading):
        return frame
    return frame.set_axis([own or made for own, made in zip(heading, frame.columns, strict=True)], axis=1)


def _separator(sample: str) -> str:
    """Separator of which, outside quotation marks, every line has as many as the heading; else its most frequent."""
    lines = [line for line in re.sub(r'"[^"]*"', "", sample).splitlines() if line.strip()][:_LINES]
    heading, *others = lines or [""]

    def fitness(separator: str) -> tuple[bool, int]:
        count = heading.count(separator)
        return count > 0 and all(line.count(separator) == count for line in others), count

    return max(_SEPARATORS, key=fitness)


def _heading(path: Path, sample: str, separator: str) -> list[str]:
    """Names in the first line; a refusal where that is a title."""
    rows = _first_rows(sample, separator)
    if not rows:
        return []
    # A title may hold none of the separators of the table below it.
    for candidate in (separator, *_SEPARATORS) if len(rows[0][1]) == 1 else (separator,):
        cells = _first_rows(sample, candidate)
        widths = [sum(bool(c.strip()) for c in row) for _, row in cells]
        below = next((i for i, width in enumerate(widths) if width > 1), None)
        table = [len(row) for _, row in cells[below:]]
        if below and table[1:] and len(set(table)) == 1 and cells[0][1][0].strip():
            raise _titled(path, cells[below][0])
    return rows[0][1]


def _first_rows(sample: str, separator: str) -> list[tuple[int, list[str]]]:
    """First lines that are not blank, with their numbers."""
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        found = [(lines.line_num, row) for row in islice(lines, _LINES)]
    except csv.Error:
        return []
    return [(number, row) for number, row in found if row]


def _titled(path: Path, row: int) -> LayerError:
    return LayerError(
        message(
            "{path}: a title stands above the table; its heading seems to be in row {row}. Remove the rows above it.",
            path=path.name,
            row=row,
        )
    )


def read_excel(path: Path, sheet: str | None, kind: str = "") -> pd.DataFrame:
    """Table of a sheet; where none is named, the only one that holds something, or that is called as its kind."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        names = [str(name) for name in book.sheet_names]
        if sheet is not None and sheet not in names:
            raise LayerError(
                message(
                    "{path} has no sheet “{sheet}”. Its sheets are: {names}.",
                    path=path.name,
                    sheet=sheet,
                    names=", ".join(names),
                )
            )
        # Cells keep their types, so that texts keep leading zeros and numbers their decimal point.
        chosen = sheet if sheet is not None else _only_sheet(path, book, names, kind)
        _require_near(path, book, chosen)
        cells = book.parse(chosen, header=None, dtype=object)
        _tell_formulas(path, book, chosen)
    filled = cells.notna().any(axis=1).to_numpy()
    if not filled.any():
        raise _empty(path)
    first = int(filled.argmax())
    widths = cells.iloc[first : first + _LINES].notna().sum(axis=1).to_numpy()
    if widths[0] == 1 and pd.notna(cells.iloc[first, 0]) and (widths > 1).any():
        raise _titled(path, first + int((widths > 1).argmax()) + 1)
    heading = [f"Unnamed: {i}" if pd.isna(name) else str(name) for i, name in enumerate(cells.iloc[first])]
    return cells.iloc[first + 1 :].set_axis(heading, axis=1).reset_index(drop=True).infer_objects()


def _require_near(path: Path, book: pd.ExcelFile, sheet: str) -> None:
    """Refusal of a sheet whose cells lie so far apart that what is between them fills the memory."""
    columns, rows = 0, 0
    for block in _blocks(path, book, sheet, _CELL_LENGTH):
        found = _CELL.findall(block)
        if found:
            rows = max(rows, *(int(row) for _, row in found))
            columns = max(columns, *(_number(letters) for letters, _ in found))
    if rows * columns > _CELLS:
        raise LayerError(
            message(
                "{path}: the cells of the sheet “{sheet}” reach to row {row} and column {column}, with more between "
                "them than is read. Remove what stands far from the table.",
                path=path.name,
                sheet=sheet,
                row=rows,
                column=columns,
            )
        )


def _number(letters: bytes) -> int:
    """Number of a column by its letters."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _blocks(path: Path, book: pd.ExcelFile, sheet: str, overlap: int) -> Iterator[bytes]:
    """Text of a sheet in blocks, each with the end of the one before."""
    last = b""
    with zipfile.ZipFile(path) as parts, parts.open(_part_of(book, sheet)) as part:
        while block := part.read(_BLOCK):
            yield last + block
            last = (last + block)[-overlap:]


def _tell_formulas(path: Path, book: pd.ExcelFile, sheet: str) -> None:
    """Warning where cells hold formulas: what a program last computed is read, and nothing where none has."""
    count = sum(len(_FORMULA.findall(block)) for block in _blocks(path, book, sheet, 2))
    if count:
        text = message(
            "{path}: {count} cells of the sheet “{sheet}” hold formulas. What was last computed is read, and nothing "
            "where they were never computed. Write the values themselves to be sure.",
            path=path.name,
            count=count,
            sheet=sheet,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _part_of(book: pd.ExcelFile, sheet: str) -> str:
    """Part of the file in which a sheet lies."""
    return str(book.book[sheet]._worksheet_path)  # noqa: SLF001 - openpyxl tells the file of a sheet nowhere else


def _only_sheet(path: Path, book: pd.ExcelFile, names: list[str], kind: str) -> str:
    if len(names) == 1:
        return names[0]
    filled = [n for n in names if book.parse(n, header=None, nrows=_LINES).notna().any(axis=None)]
    if len(filled) > 1:
        if called := like_kind(filled, kind):
            return called
        raise LayerError(
            message(
                "{path} holds several sheets: {names}. Name one: {path}|{first}",
                path=path.name,
                names=", ".join(filled),
                first=filled[0],
            )
        )
    return filled[0] if filled else names[0]


TABLES: dict[str, Callable[[Path, str | None, str], pd.DataFrame]] = {
    ".csv": read_text,
    ".txt": read_text,
    ".tsv": read_text,
    ".xlsx": read_excel,
}
