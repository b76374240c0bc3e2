"""How is the page put together so that nothing in it but our own scripts can run?

The shell, scripts and styles are files of this package; what a user gives (names, titles,
sources, figures) enters only as data blocks, which no template and no HTML parser reads as
anything but text. The content security policy lists the hashes of our own scripts, taken
from the files before the page exists.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from string import ascii_letters
from typing import Any

from branca.element import Element, Figure

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import reason_of

HERE = Path(__file__).parent
TILE_HOST = "https://tile.openstreetmap.org"
SCRIPTS = (
    "vendor/leaflet/leaflet.js",
    "assets/text.js",
    "assets/codec.js",
    "assets/history.js",
    "assets/cells.js",
    "assets/classes.js",
    "assets/draw.js",
    "assets/combobox.js",
    "assets/legend.js",
    "assets/card.js",
    "assets/further.js",
    "assets/flows.js",
    "assets/firms.js",
    "assets/table.js",
    "assets/compare.js",
    "assets/story.js",
    "assets/export.js",
    "assets/app.js",
)
STYLES = ("vendor/leaflet/leaflet.css", "assets/style.css")
# what a script takes of `text.js`, under the names that these things have there
_TAKEN = re.compile(r"^const \{[^}:]*\} = GT\.text;\n", re.MULTILINE)
_GIVEN = re.compile(r"^GT\.text = \{.*\};\n", re.MULTILINE)
# what other files give and take: each is a variable of its own, and the address's parts are all in one
_GIVES = re.compile(r"^GT\.(\w+) = \{ (.*) \};$", re.MULTILINE)
_TAKES = re.compile(r"^const \{ (.*) \} = GT\.(?!more)(\w+);$", re.MULTILINE)
# a function on lines of its own becomes an arrow, which takes fewer words; none has a `this`, or is called above its
# line while the page is read
_NAMED = re.compile(r"^(\t?)(async )?function (\w+)(\([^\n]*\)) \{\n(.*?)^\1\}$", re.MULTILINE | re.DOTALL)
# what our scripts share, and names within our styles: in a page each is one letter or two
_SHARED = re.compile(r"\bGT\.(more\b|\w+)(?:(?<!GT\.more)\.(\w+))?")
_VARIABLE = re.compile(r"\bGT_\w+")
# names of the browser that ours use often, and properties that only ours know: in a page they are short
_OFTEN = ", document, Math, Object, Array, Boolean, isNaN"
_OURS = {
    "shapes": "$s",
    "cells": "$c",
    "known": "$k",
    "hiddenSure": "$h",
    "spelling": "$w",
    "columns": "$d",
    "group": "$g",
    "rows": "$r",
    "chosen": "$o",
}
_OWN = re.compile(rf"(?<![\w'])({'|'.join(_OURS)})\b")
_PROPERTY = re.compile(r"--(\w+)")
# what can be asked of a page from outside
_SHOWN = "GT.draw = { radius: GT_draw_radius };\nGT.table = { guarded: GT_table_guarded };\n"
# where an open map says that it is one, in the reader's language
_TITLE, _OPEN = '<h1 id="title"></h1>', '<p class="hint" data-text="opened" role="note"></p>'
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


class RawElement(Element):
    """
    Markup of our own that no template reads.

    Parameters
    ----------
    markup
        HTML text.
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self._name = "RawElement"
        self.markup = markup

    def render(self, **_: Any) -> str:
        """Markup as it is."""
        return self.markup


def _children(element: Element) -> dict[str, Element]:
    return element._children  # noqa: SLF001 - branca keeps its tree in this attribute alone


class Page(Figure):
    """
    Figure that holds one territory map and writes its page without any template.

    Parameters
    ----------
    centre
        Meridian the map is drawn around, degrees.
    """

    def __init__(self, centre: float) -> None:
        super().__init__()
        self.centre = centre
        self.clear()

    def clear(self) -> None:
        """Take all data blocks and layers off; refuse what a template would have to read."""
        header = [name for name in _children(self.header) if name != "meta_http"]
        markup = [name for name, child in _children(self.html).items() if type(child) is not RawElement]
        foreign = [*header, *_children(self.script), *markup]
        if foreign:
            raise LayerError(
                message(
                    "The page of a territory map takes no elements of its own ({names}): they would pass a "
                    "template; give texts as title, sources or notes.",
                    names=", ".join(foreign),
                )
            )
        self.html = Element()
        self.known: dict[str, str] = {}
        self.layers: list[dict[str, Any]] = []
        self.further: list[dict[str, Any]] = []

    def add_data(self, block: str) -> str:
        """
        Add a data block; one that is there already is used again.

        Parameters
        ----------
        block
            Compressed base64 text.

        Returns
        -------
        identifier
            Id of the block's element; blocks are numbered in the order in which they come.
        """
        identifier = self.known.setdefault(block, f"data-{len(self.known)}")
        self.html.add_child(RawElement(data_block(identifier, block)), name=identifier)
        return identifier

    @property
    def blocks(self) -> list[Element]:
        """Raw elements of the page so far."""
        return list(_children(self.html).values())

    def render(self, **_: Any) -> str:
        """Whole page."""
        return "".join(child.render() for child in _children(self).values())


def json_block(identifier: str, value: Any) -> str:
    """
    JSON inside a page, with every character escaped that HTML or JavaScript could read.

    Parameters
    ----------
    identifier
        Id of the element.
    value
        JSON-ready value; numbers finite.

    Returns
    -------
    markup
        A script element of a type that does not run.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_UNSAFE)
    return f'<script type="application/json" id="{identifier}">{text}</script>'


def data_block(identifier: str, block: str) -> str:
    """Compressed base64 block inside a page."""
    return f'<script type="application/octet-stream" id="{identifier}">{block}</script>'


@lru_cache
def asset(path: str) -> str:
    """
    Text of a file of this package as a page carries it, or as it would run alone.

    Our own scripts and styles go without comments and indentation, scripts with short names of their
    variables, where the library for it is there. Vendored files go as they are.

    Parameters
    ----------
    path
        File under this folder.

    Returns
    -------
    text
        What stands in the page; of a script of ours, see `scripts`.
    """
    text = (HERE / path).read_text(encoding="utf-8")
    if not path.startswith("assets/"):
        return text
    if path.endswith(".css"):
        names = list(dict.fromkeys(_PROPERTY.findall(text)))
        return _small(
            "text/css", _PROPERTY.sub(lambda found: f"--{ascii_letters[names.index(found[1])]}", text)
        )
    return _strict(text) if path.endswith(".js") else text


@lru_cache
def scripts() -> tuple[str, ...]:
    """
    Scripts as a page carries them: libraries each by itself, ours as one.

    Returns
    -------
    texts
        Each file of ours is a block of its own, and knows of the others what they put into `GT`, whose parts are
        variables here. What `text.js` shares, which nearly all use, has its names in all blocks.
    """
    vendored = [asset(path) for path in SCRIPTS if path.startswith("vendor/")]
    words, *others = (
        (HERE / path).read_text(encoding="utf-8") for path in SCRIPTS if path.startswith("assets/")
    )
    own = _GIVEN.sub("", words) + "".join(f"{{\n{_TAKEN.sub('', text)}}}\n" for text in others)
    own = _GIVES.sub(lambda found: _each(found[2], found[1], "GT.{module}.{name} = {own};"), own)
    own = _TAKES.sub(lambda found: _each(found[1], found[2], "const {own} = GT.{module}.{name};"), own)
    own = _SHARED.sub(lambda found: "_".join(filter(None, ("GT", found[1], found[2]))), own)
    shared = ", ".join(sorted(set(_VARIABLE.findall(own))))
    # a page never changes what is constant, and says so in fewer letters
    own = _OWN.sub(lambda found: _OURS[found[1]], re.sub(r"\bconst\b", "let", own))
    for _ in ("functions", "functions within them"):
        own = _NAMED.sub(r"let \3 = \2\4 => {\n\5};", own)
    return (*vendored, _strict(f"let {shared};\n{own}{_SHOWN}", _OFTEN))


def _each(names: str, module: str, line: str) -> str:
    """A line for each of some names, which may have one of their own behind a colon."""
    pairs = (name.split(": ", 1) for name in names.split(", "))
    return "\n".join(line.format(module=module, name=pair[0], own=pair[-1]) for pair in pairs)


def _run(opened: str) -> tuple[str, ...]:
    """Scripts of a page in their order; that of an open map runs as soon as the libraries are there."""
    *libraries, own = scripts()
    return (*libraries, *filter(None, [opened]), own)


def _strict(text: str, given: str = "") -> str:
    """Script that runs strictly, in a scope with what ours share, `GT`, and what else is given; minified."""
    return _small(
        "application/javascript",
        f"((GT{given}) => {{\n'use strict';\n{text}}})(globalThis.GT ||= {{}}{given});\n",
    )


def _small(kind: str, text: str) -> str:
    """Text minified, or as it is on machines for which the library is not built: the page is larger there."""
    try:
        import minify  # noqa: PLC0415 - built for most machines, not for all
    except ImportError:
        return text
    return str(minify.string(kind, text))


def policy_hash(text: str) -> str:
    """Hash of a script or style as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@lru_cache
def policy(opened: str = "") -> str:
    """Content security policy: our own scripts and styles, tiles of one host, an open map's one script, no more."""
    ours = (_run(opened), [asset(path) for path in STYLES])
    run, look = (" ".join(f"'{policy_hash(text)}'" for text in texts) for texts in ours)
    return (
        f"default-src 'none'; script-src {run}; style-src {look}; img-src data: {TILE_HOST}; "
        "base-uri 'none'; form-action 'none'"
    )


def page(title: str, lang: str, no_script: str, blocks: str, *, opened: str = "") -> str:
    """
    Page around its data blocks.

    Parameters
    ----------
    title
        Title of the document, plain text.
    lang
        Language code.
    no_script
        What a reader without JavaScript sees, plain text.
    blocks
        Data blocks, as `json_block` and `data_block` return them.
    opened
        Script of an open map, which runs as soon as Leaflet is there.

    Returns
    -------
    html
        The document.

    Raises
    ------
    LayerError
        A script of this package could end its element early.
    """
    for path in (*SCRIPTS, *STYLES):
        if "</script" in asset(path).lower() or "</style" in asset(path).lower():
            raise LayerError(message("The asset {path} cannot stand inside a page.", path=path))
    whole = "".join(
        (
            f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy(opened)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="strict-origin-when-cross-origin">\n',
            f"<title>{html.escape(title)}</title>\n",
            *(f"<style>{asset(path)}</style>\n" for path in STYLES),
            "</head>\n<body>\n",
            f"<noscript>{html.escape(no_script)}</noscript>\n",
            asset("assets/shell.html").replace(_TITLE, _TITLE + (_OPEN if opened else "")),
            blocks,
            *(f"<script>{text}</script>\n" for text in _run(opened)),
            "</body>\n</html>\n",
        )
    )
    # half a letter in a title could not be written to a file
    return whole.encode("utf-8", "replace").decode("utf-8")


def write_whole(path: Path, text: str) -> None:
    """
    A file written whole or not at all.

    Parameters
    ----------
    path
        Where the file goes; an older one is replaced.
    text
        Its content.

    Raises
    ------
    LayerError
        There is no such folder, or nothing can be written to it.
    """
    if path.is_dir():
        raise LayerError(message("{path} is a folder: give the name of a file in it.", path=path))
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LayerError(
            message("{file}: there is no folder {folder}; make it first.", file=path.name, folder=path.parent)
        ) from error
    except OSError as error:
        raise LayerError(
            message(
                "{file}: nothing can be written to the folder {folder} ({reason}).",
                file=path.name,
                folder=path.parent,
                reason=reason_of(error),
            )
        ) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
