"""Tables of a study as text with a description for programs: CSV on the Web."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.columns import HOLDS, columns_told
from geoterritorio.publication.workbook import MISSING, PUBLIC

# Where programs look for it, by the recommendation.
DESCRIPTION = "csv-metadata.json"
# Where a cell may begin, before a sign with which a spreadsheet takes a text for a formula.
_BEGINNINGS = re.compile(r"(^|[;\n\r])(?=\s*[=+\-@\t\r])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_DATATYPES = {"text": "string", "flag": "boolean", "whole": "integer"}
_PUBLISHER = "geoterritorio"


def csv_text(table: pd.DataFrame) -> str:
    r"""
    Table as text: codes and plain numbers, a point before decimals, nothing where nothing is known.

    Parameters
    ----------
    table
        The table.

    Returns
    -------
    text
        CSV by RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it.

    Examples
    --------
    >>> csv_text(pd.DataFrame({"name": ["=1+1", None], "jobs": [-2.5, 3.0]}))
    "name,jobs\r\n'=1+1,-2.5\r\n,3\r\n"
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([guarded(str(column)) for column in table.columns])
    columns = [_texts(table[column]) for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue()


def guarded(text: str) -> str:
    r"""
    Text with an apostrophe wherever a spreadsheet could begin a formula.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    text
        The same; where spreadsheets part cells by semicolons, as in Spain, or lose count of the quotation marks, a cell
        also begins within it.

    Examples
    --------
    >>> guarded("=1+1"), guarded("Shoes; -20"), guarded("a-b")
    ("'=1+1", "Shoes;' -20", 'a-b')
    """
    return _BEGINNINGS.sub(r"\1'", text)


def _texts(values: pd.Series[Any]) -> list[str]:
    if pd.api.types.is_bool_dtype(values):
        return ["" if pd.isna(v) else str(bool(v)).lower() for v in values]
    if pd.api.types.is_numeric_dtype(values):
        return ["" if pd.isna(v) else _number(float(v)) for v in values]
    return ["" if pd.isna(v) else guarded(str(v).replace("\0", "")) for v in values]


def _number(value: float) -> str:
    if np.isinf(value):
        return "INF" if value > 0 else "-INF"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - up to there a float tells whole numbers apart


def description(
    tables: Mapping[Language, Sequence[Listing]],
    *,
    titles: Mapping[Language, str],
    sources: Sequence[str | Mapping[Language, str]] = (),
    account: Mapping[str, Any] | None = None,
) -> str:
    """
    Description of tables by CSV on the Web, in every language.

    Parameters
    ----------
    tables
        The tables by language, in the same order; `file` is the name of the file without its ending.
    titles
        Title of the study by language.
    sources
        Data sources with their licences, for all languages or by language.
    account
        Provenance of the run.

    Returns
    -------
    description
        JSON: a group of tables, each with its title, rows, and name, headings, meaning and type of every column.

    References
    ----------
    Pollock, R., Tennison, J., Kellogg, G., & Herman, I. (2015). Metadata Vocabulary for Tabular Data. W3C
    Recommendation. https://www.w3.org/TR/tabular-metadata/
    """
    told = account or {}
    of_each = [[_table(x, lang) for x in tables[lang]] for lang in LANGUAGES]
    group = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _in_all(titles),
        "dc:source": [x for s in sources for x in ([s] if isinstance(s, str) else _in_all(s))],
        "dc:date": str(told.get("started", ""))[:10],
        "dc:publisher": _PUBLISHER,
        "rdfs:comment": [
            {"@value": translator(x)(t), "@language": x} for t in (PUBLIC, MISSING) for x in LANGUAGES
        ],
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tables": [_joined(each) for each in zip(*of_each, strict=True)],
    }
    return json.dumps(group, ensure_ascii=False, indent=1) + "\n"


def _in_all(texts: Mapping[Language, str]) -> list[dict[str, str]]:
    return [{"@value": texts[lang], "@language": lang} for lang in LANGUAGES if lang in texts]


def _table(listing: Listing, lang: Language) -> dict[str, Any]:
    """Description of a table in one language."""
    say = translator(lang)
    columns = []
    for told in columns_told(listing, lang):
        codes = "; ".join(f"{code} = {word}" for code, word in told.codes.items())
        column: dict[str, Any] = {"titles": told.heading, "datatype": _DATATYPES.get(told.holds, "double")}
        column["meaning"] = " ".join(
            filter(None, (_ended(told.meaning), _ended(say(HOLDS[told.holds])), codes))
        )
        columns.append({"name": told.name, **column})
    return {"file": listing.file, "title": listing.title, "rows": len(listing.table), "columns": columns}


def _ended(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text


def _joined(each: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Description of one table in all languages."""
    first = each[0]
    columns = []
    for parts in zip(*(x["columns"] for x in each), strict=True):
        name = parts[0]["name"]
        # What stands in the file is a heading in every language: a program compares them.
        titles = {
            x: list(dict.fromkeys((guarded(name), p["titles"])))
            for x, p in zip(LANGUAGES, parts, strict=True)
        }
        column = {"name": name} if _NAME.fullmatch(name) else {}
        columns.append(
            {
                **column,
                "titles": titles,
                "dc:description": _in_all(dict(zip(LANGUAGES, (p["meaning"] for p in parts), strict=True))),
                "datatype": parts[0]["datatype"],
                "null": "",
            }
        )
    return {
        "url": f"{first['file']}.csv",
        "dc:title": _in_all(dict(zip(LANGUAGES, (x["title"] for x in each), strict=True))),
        "dc:extent": str(first["rows"]),
        "tableSchema": {"columns": columns},
    }
