"""The first page of a gallery: every map with its picture, what it shows, and its sources."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoterritorio.i18n import Language, mark, translator

# Said in the language of the page to which it leads: translated, it names that language.
_THERE = mark("This page in English")
TEXTS = {
    "title": mark("Gallery of maps"),
    "lead": mark(
        "Each map is one file that works without a network, made by a recipe of a few lines. Take a recipe and put in "
        "your own data."
    ),
    "recipe": mark("Recipe:"),
    "sources": mark("Sources:"),
    "without": mark("No picture yet: pictures are taken where Chromium and Playwright are installed."),
    "languages": mark("Language"),
}


@dataclass(frozen=True)
class Hung:
    """
    A map of the gallery in one language.

    Parameters
    ----------
    title, text
        What it is called and what it shows.
    alt
        What is seen on its picture.
    href
        Address of the map, with what it shows.
    picture
        Address of its picture; empty where there is none.
    recipe
        File that makes it.
    sources
        Sources of its data, with their licences.
    """

    title: str
    text: str
    alt: str
    href: str
    picture: str
    recipe: str
    sources: Sequence[str] = ()


def gallery_page(maps: Sequence[Hung], *, lang: Language, size: tuple[int, int], other: str) -> str:
    """
    First page of a gallery in one language.

    Parameters
    ----------
    maps
        The maps in their order.
    lang
        Language of the page.
    size
        Width and height of the pictures, in pixels.
    other
        Address of the same page in the other language.

    Returns
    -------
    page
        HTML without any script; all texts are escaped.

    Examples
    --------
    >>> maps = [Hung("A < B", "Text", "Alt", "a.html", "", "a.toml")]
    >>> page = gallery_page(maps, lang="en", size=(640, 400), other="b")
    >>> "A &lt; B" in page, "<script" in page
    (True, False)
    """
    say = translator(lang)
    other_lang: Language = "es" if lang == "en" else "en"
    loader = PackageLoader("geoterritorio.publication", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = loader.get_source(environment, "gallery.css")[0]
    page = environment.get_template("gallery.html").render(
        lang=lang,
        maps=maps,
        size=size,
        other=other,
        other_lang=other_lang,
        there=translator(other_lang)(_THERE),
        style=Markup(style),  # noqa: S704 - our own file, which holds no data
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        t={key: say(text) for key, text in TEXTS.items()},
    )
    # a lone surrogate in a name could not be written to a file
    return page.encode("utf-8", "replace").decode("utf-8")
