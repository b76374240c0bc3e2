"""The one translation catalogue: English text is the key, Spanish its other language.

Command line, map, report and plugin all read from it, so it stands beside the rooms.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from geoterritorio.errors import Translate

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DOMAIN = "geoterritorio"
LOCALES = Path(__file__).parent / "locale"


@lru_cache
def translator(lang: Language) -> Translate:
    """Function that turns an English text of the catalogue into the language `lang`."""
    return gettext.translation(DOMAIN, LOCALES, [lang], fallback=True).gettext


def mark(text: str) -> str:
    """The text itself; marks it for the catalogue where it is stored before it is shown."""
    return text
