"""What a running tool says: to a person on the terminal, or as JSON lines to a program.

As JSON, every line of standard output is one object with a ``type``: ``progress``, ``warning``,
``error`` or ``result``. Anything else a library prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, TextIO

import click

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, Message, Translate, masked
from geoterritorio.registry import label

Mode = Literal["auto", "bar", "none", "json"]
MODES: tuple[Mode, ...] = ("auto", "bar", "none", "json")
_PAUSE = 0.1
# Signs that move a terminal's cursor, change its colours or title, or the direction of writing; not tab and line end.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDTH = 30


def for_terminal(text: str) -> str:
    r"""
    Text of which a terminal obeys nothing: names come from files, and a terminal takes some signs for orders.

    Examples
    --------
    >>> for_terminal("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class Channel:
    """One run's voice: progress, warnings, the refusal or the result, in the reader's language."""

    def __init__(self, mode: Mode, translate: Translate) -> None:
        self._translate = translate
        self._last = 0.0
        self._text = ""
        self._json: TextIO | None = None
        self._bar = mode == "bar" or (mode == "auto" and sys.stderr.isatty())
        if mode == "json":
            sys.stdout.flush()
            self._json = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n", buffering=1)
            os.dup2(2, 1)  # stray prints, also of C libraries, must not break the protocol

    def progress(self, fraction: float, text: str = "") -> None:
        """Share done and what is being done; at most ten times a second."""
        now = time.monotonic()
        if now - self._last < _PAUSE and text == self._text and fraction < 1:
            return
        self._last, self._text = now, text
        shown = self._translate(text) if text else ""
        if self._json:
            self._send(type="progress", fraction=round(float(fraction), 4), text=shown)
        elif self._bar:
            done = round(fraction * _WIDTH)
            line = f"\r\x1b[K{'█' * done}{'░' * (_WIDTH - done)} {fraction:4.0%} {for_terminal(shown)}"
            _echo(line, nl=fraction >= 1, err=True)

    def warning(self, text: str) -> None:
        """Something the reader must know."""
        if self._json:
            self._send(type="warning", text=text)
        else:
            self._say(self._translate("Warning"), text)

    def refuse(self, error: GeoterritorioError) -> None:
        """Problems that stopped the work, one a line."""
        text = error.render(self._translate)
        if self._json:
            self._send(type="error", kind=type(error).__name__, text=text)
        else:
            self._say(self._translate("Refused"), text)

    def fail(self, error: BaseException, hint: str) -> None:
        """A defect of the software."""
        text = masked(f"{type(error).__name__}: {error}")
        if self._json:
            self._send(type="error", kind="InternalError", text=f"{text}\n{hint}")
        else:
            self._say(self._translate("Internal error"), f"{text}\n{hint}")

    def table(self, frame: Any, title: str) -> None:
        """Small table for a person; programs get it with the result."""
        if not self._json and len(frame):
            _echo(for_terminal(f"{title}\n{frame.to_string(index=False)}\n"))

    def result(self, outputs: dict[str, str], values: dict[str, Any]) -> None:
        """What was made and where it is."""
        if self._json:
            self._send(type="result", outputs=outputs, values=values)
        else:
            for name, path in outputs.items():
                _echo(for_terminal(f"{self._translate(label(name))}: {path}"))

    def _say(self, kind: str, text: str) -> None:
        if self._bar and self._text:
            _echo("\r\x1b[K", nl=False, err=True)
        lines = [for_terminal(line) for line in text.splitlines()] or [""]
        _echo(f"{kind}: {lines[0]}" if len(lines) == 1 else "\n  ".join([f"{kind}:", *lines]), err=True)

    def _send(self, **fields: Any) -> None:
        if self._json:
            with suppress(OSError):
                self._json.write(json.dumps(fields, ensure_ascii=True, default=str) + "\n")
                self._json.flush()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Warnings raised inside go through this channel, each once."""
        seen: set[str] = set()

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            del filename, lineno, file, line  # the standard library's signature; a person needs none of them
            said = _rendered(message, self._translate)
            if issubclass(category, UserWarning) and said not in seen:
                seen.add(said)
                self.warning(said)

        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = show
            yield


def _echo(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Text for a person: that nobody can take it, as on a full disk, undoes no work; odd names are shown as codes."""
    with suppress(OSError):
        click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"), nl=nl, err=err)


def _rendered(text: Any, translate: Translate) -> str:
    if isinstance(text, GeoterritorioWarning):
        found: Message = text.message
        return found.render(translate)
    return str(text)
