"""The translation catalogue: every visible text of code and tools gathered, Spanish kept beside it.

``python -m geoterritorio.interface.catalogue`` brings ``es.po`` up to date with the code and
compiles it; texts without a Spanish entry are listed and left empty for the translator.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from geoterritorio import i18n, registry
from geoterritorio.interface.usage import PLURALS
from geoterritorio.publication.profile_words import TITLES

KEYWORDS = {"message": None, "mark": None, "translate": None, "_translate": None, "say": None}
PACKAGE = Path(i18n.__file__).parent
PLUGIN = PACKAGE.parent / "qgis_plugin"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # a fixed date: the file changes only when a text does
CLICK_TEXTS = (
    "Usage:",
    "Options",
    "Show this message and exit.",
    "Show the version and exit.",
    "Missing option",
    "Missing argument",
    "Error: {message}",
    "Try '{command} {option}' for help.",
    "No such option: {name}",  # click before 8.4
    "No such option {name!r}.",
    "No such command {name!r}.",
    "Missing command.",
    "Choose from:\n\t{choices}",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "default: {default}",
    "Option {name!r} does not take a value.",
    "required",
    *PLURALS,
)


def po_file(lang: str) -> Path:
    """Catalogue of a language as its translator edits it."""
    return i18n.LOCALES / lang / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"


def visible_texts() -> set[str]:
    """Every text a person can see, from the code, the tools' descriptions and the command-line library."""
    extracted = [
        entry
        for folder in (PACKAGE, PLUGIN)
        for entry in extract_from_dir(str(folder), method_map=[("**.py", "python")], keywords=KEYWORDS)
    ]
    from_code = {entry[2] for entry in extracted if isinstance(entry[2], str)}
    described = [*registry.descriptions().values(), *registry.forms().values()]
    from_tools = {t for tool in described for t in tool_texts(tool)}
    titles = {english for english, _ in TITLES}
    return {t for t in from_code | from_tools | titles | set(CLICK_TEXTS) if t.strip()}


def tool_texts(tool: dict[str, Any]) -> Iterator[str]:
    """Texts of one tool's description."""
    yield from (tool["title"], tool["description"], registry.label(tool["group"]))
    if tool["plots"]:
        yield registry.label("plot")  # named with the outputs when it is written
    yield from (plot[text] for plot in tool["plots"] for text in ("title", "help", "focus") if plot.get(text))
    for item in [*tool["parameters"], *tool["outputs"]]:
        yield item["help"]
        yield item["label"]
        if item["type"] not in ("layer", "file"):
            yield item["type"]
        yield from item.get("labels", ())
        for column in item.get("columns", ()):
            yield from (column["help"], column.get("label", ""))


def updated(lang: str) -> Catalog:
    """Catalogue with exactly the visible texts, translations kept."""
    path = po_file(lang)
    old = Catalog(locale=lang, domain=i18n.DOMAIN)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=lang, domain=i18n.DOMAIN)
    new = Catalog(locale=lang, domain=i18n.DOMAIN, project="geoterritorio", fuzzy=False)
    for text in sorted(visible_texts()):
        known = old.get(text)
        new.add(text, known.string if known else "")
    new.creation_date = new.revision_date = _EPOCH
    return new


def main() -> None:
    """Update and compile the Spanish catalogue; list what is not translated yet."""
    lang = "es"
    catalogue = updated(lang)
    path = po_file(lang)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, omit_header=False, width=110)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    missing = [str(m.id) for m in catalogue if m.id and not m.string]
    sys.stdout.write("".join(f"untranslated: {text}\n" for text in missing))
    sys.stdout.write(f"{path}: {len(catalogue) - len(missing)} of {len(catalogue)} texts translated\n")


if __name__ == "__main__":
    main()
