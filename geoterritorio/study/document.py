"""The text of a study file, read only where it is a file, and of a length and depth that a study can have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoterritorio.errors import Message, StudyError, message
from geoterritorio.layers.files import there, unnameable, unusable
from geoterritorio.layers.findings import reason_of

_LARGEST = 2**63  # whole numbers of TOML have 64 bits; what is infinite or none stands beyond them too
_MOST = 5_000_000  # bytes; the longest of the samples has 20 000
# The parser takes a time that grows with the square of the parts of a key; no study has keys of ten.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""")
_DEEP = message("keys or lists lie in one another more deeply than in any study")


def read_document(path: Path) -> dict[str, Any]:
    """
    Content of a study file.

    Parameters
    ----------
    path
        TOML file.

    Returns
    -------
    document
        Its tables.

    Raises
    ------
    StudyError
        If there is none, it is no file, too long, too deep, or no TOML.
    """
    try:
        text = _text(path)
        if _LONG_KEY.search(text):
            raise _invalid(path, _DEEP)
        return _counted(tomllib.loads(text))
    except StudyError:
        raise
    except FileNotFoundError as error:
        raise StudyError(message("There is no study file {path}.", path=path)) from error
    except (OSError, UnicodeError) as error:
        raise _unreadable(path, reason_of(error)) from error
    except RecursionError as error:
        raise _invalid(path, _DEEP) from error
    except ValueError as error:  # of the parser, and of numbers with thousands of digits
        raise _invalid(path, reason_of(error)) from error


def _counted(document: dict[str, Any]) -> dict[str, Any]:
    """The document, of which every number is one that can be counted with."""
    problems = [
        message("{key}: is no number that can be counted with.", key=key)
        for key, value in _values(document, "")
        if isinstance(value, int | float) and not -_LARGEST <= value < _LARGEST
    ]
    if problems:
        raise StudyError(problems)
    return document


def _values(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Everything in a document, with its key."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _values(part, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for number, part in enumerate(value, start=1):
            yield from _values(part, f"{key}[{number}]")
    else:
        yield key, value


def _text(path: Path) -> str:
    reason = unusable(path)
    if reason is not None and (there(path) or unnameable(path) is not None or path.is_symlink()):
        raise _unreadable(path, reason)
    with path.open("rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise _unreadable(path, message("it has more than {most} bytes", most=_MOST))
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _invalid(path: Path, reason: Message) -> StudyError:
    return StudyError(message("{path} is not valid TOML: {reason}.", path=path, reason=reason))


def _unreadable(path: Path, reason: Message) -> StudyError:
    return StudyError(message("{path} cannot be read ({reason}).", path=path, reason=reason))
