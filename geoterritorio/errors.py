"""Refusals and warnings, written once in English and rendered in any language.

::

    GeoterritorioError(ValueError)
    ├── LayerError        a layer cannot be used as it is
    ├── CRSError          a coordinate reference system does not fit the work
    ├── FlowError         flows contradict each other or their territories
    ├── StudyError        a study file, its folder or its steps are wrong
    └── DependencyError   an optional package or program is missing

The English text is the key of the translation catalogue, so an error carries its
template and its values apart; faces render them in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Message:
    """
    A text with placeholders and their values.

    Values may be messages themselves. Floats are written with the decimal sign of the reader's language: give them
    rounded. A message without a text holds its words in every language (`worded`).
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Translate = _same) -> str:
        """Text in the language of `translate`, placeholders filled in."""
        language = translate(_LANGUAGE.text)
        if not self.text:
            return str(self.values.get(language, self.values["en"]))
        filled = {name: _filled(value, translate, language) for name, value in self.values.items()}
        return masked(translate(self.text).format(**filled))

    def __str__(self) -> str:
        return self.render()


def _filled(value: object, translate: Translate, language: str) -> object:
    if isinstance(value, Message):
        return value.render(translate)
    if not isinstance(value, float):
        return value
    # A reader of "2e+06 m" has to count zeros.
    text = f"{float(f'{value:.6g}'):,.0f}" if _MILLION <= abs(value) < _COUNTLESS else f"{value:.6g}"
    mark = _DECIMAL_SIGNS.get(language, ".")
    return text.replace(".", mark) if "," not in text else text.replace(",", "." if mark == "," else ",")


_USER = re.compile(r"(?i)(postgres(?:ql)?:/+[^/?#@:\s]*):[^/?#\s]*@")
_SECRET = re.compile(r"(?i)\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^&\s|]*)")


def masked(text: str) -> str:
    """
    Text that may be shown: without the password that an address of a database may hold.

    Examples
    --------
    >>> masked("postgresql://ana:secret@db/land?table=firms&password=other")
    'postgresql://ana:…@db/land?table=firms&password=…'
    >>> masked("PG:dbname='land' password='a b' user=ana")
    "PG:dbname='land' password=… user=ana"
    """
    return _SECRET.sub(r"\1…", _USER.sub(r"\1:…@", text))


def message(text: str, **values: object) -> Message:
    """A translatable text; the catalogue is extracted from the calls of this function."""
    return Message(text, values)


def worded(en: str, es: str) -> Message:
    """Words that the data hold in every language, as the titles of vocabularies, and not the catalogue."""
    return Message("", {"en": en, "es": es})


# The catalogue turns the code of English into that of its own language.
_LANGUAGE = message("en")
_DECIMAL_SIGNS = {"en": ".", "es": ","}
_MILLION, _COUNTLESS = 999_999.5, 1e15


class GeoterritorioError(ValueError):
    """Root of every refusal: carries all problems found, each with its cure."""

    def __init__(self, problems: Message | Iterable[Message]) -> None:
        self.problems = (problems,) if isinstance(problems, Message) else tuple(problems)
        super().__init__(self.render())

    def __reduce__(self) -> tuple[type[GeoterritorioError], tuple[tuple[Message, ...]]]:
        """Problems, from which another process makes the same refusal."""
        return type(self), (self.problems,)

    def render(self, translate: Translate = _same) -> str:
        """All problems, one a line, in the language of `translate`."""
        return "\n".join(p.render(translate) for p in self.problems)


class LayerError(GeoterritorioError):
    """A layer cannot be used as it is."""


class CRSError(GeoterritorioError):
    """A coordinate reference system does not fit the work."""


class FlowError(GeoterritorioError):
    """Flows contradict each other or their territories."""


class StudyError(GeoterritorioError):
    """A study file, its folder or its steps are wrong."""


class DependencyError(GeoterritorioError):
    """An optional package or program is missing."""


class GeoterritorioWarning(UserWarning):
    """Something the reader must know, which does not stop the work."""

    def __init__(self, text: Message) -> None:
        self.message = text
        super().__init__(text.render())
