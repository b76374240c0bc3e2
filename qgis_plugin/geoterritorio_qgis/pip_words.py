"""What pip and venv say: how far they are, and why they failed; there is no QGIS here."""

from __future__ import annotations

import collections
import re
from typing import Any, Callable

Say = Callable[[str], str]
_EXPECTED = 45  # packages looked at, with those that the needed ones need
_KEPT = 200  # lines
_LOOKING, _PUTTING = 0.6, 0.65  # shares of the time

# Marks in their words; the first that is found counts, so that what follows from a cause does not hide it.
_CAUSES = (
    ("full", r"No space left|Errno 28\b|not enough space|Disk quota exceeded"),
    ("refused", r"\b407\b|Proxy Authentication Required"),
    ("proxy", r"ProxyError|Cannot connect to proxy|Tunnel connection failed|Missing dependencies for SOCKS"),
    ("certificate", r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError"),
    (
        "network",
        (
            r"NewConnectionError|Name or service not known|name resolution|getaddrinfo failed|Connection refused|"
            r"Network is unreachable|ConnectTimeout|Read timed out|No route to host|nodename nor servname"
        ),
    ),
    ("absent", r"No matching distribution found|Could not find a version"),
    ("closed", r"Permission denied|Errno 13\b|Access is denied|WinError 5\b|Read-only file system"),
)
_ABSENT = re.compile(r"(?:No matching distribution found for|that satisfies the requirement) ([\w.-]+)")


class Steps:
    """
    Feedback that turns lines into progress on their way to the one behind it.

    Parameters
    ----------
    feedback
        The one behind it.
    first, last
        Shares of the whole work, from 0 to 1, at which these lines begin and end.
    """

    def __init__(self, feedback: Any, first: float, last: float) -> None:
        self._feedback, self._first, self._last = feedback, first, last
        self._seen: set[str] = set()
        self.lines: collections.deque[str] = collections.deque(maxlen=_KEPT)

    def isCanceled(self) -> bool:
        """Whether the user cancelled."""
        return bool(self._feedback.isCanceled())

    def pushConsoleInfo(self, line: str) -> None:
        """One line."""
        self.lines.append(line)
        share = self._share(line)
        if share is not None:
            self._feedback.setProgress(100 * (self._first + share * (self._last - self._first)))
        self._feedback.pushConsoleInfo(line)

    def _share(self, line: str) -> float | None:
        if line.startswith("Installing collected packages"):
            return _PUTTING
        if line.startswith("Successfully installed"):
            return 1.0
        if line.startswith(("Collecting ", "Processing ", "Looking in ")):
            self._seen.add(line)
            return _LOOKING * min(1.0, len(self._seen) / _EXPECTED)
        return None


def cause(words: str) -> str:
    """Kind of a failure: one of full, refused, proxy, certificate, network, absent, closed; empty if unknown."""
    return next((kind for kind, marks in _CAUSES if re.search(marks, words)), "")


def explained(words: str, *, wheels: str, python: str, say: Say) -> str:
    """
    Why packages could not be installed, and the cure.

    Parameters
    ----------
    words
        What pip said.
    wheels
        Folder the packages should have come from; empty for the network.
    python
        Version of the interpreter.
    say
        Translation.

    Returns
    -------
    text
        For a person.
    """
    kind = cause(words)
    if kind == "absent":
        return _not_found(words, wheels=wheels, python=python, say=say)
    texts = {
        "full": say("The disk is full. Make room and try again."),
        "refused": say(
            "The proxy refused the connection (407): it wants a name and password. Give its address as "
            "http://name:password@server:port, or ask for the packages as files and name their folder."
        ),
        "proxy": say(
            "The proxy cannot be reached or refused the connection. Correct its address (http://server:port), or "
            "name a folder with the packages."
        ),
        "certificate": say(
            "The certificate of the package server is not trusted; often an office's proxy stands between. Ask for its "
            "certificate to be added to the system, or name a folder with the packages."
        ),
        "network": say(
            "The package server cannot be reached. Is there a network? Behind a proxy, give its address "
            "(http://server:port); without a network, name a folder with the packages."
        ),
        "closed": say("The environment's folder or a package file cannot be read or written."),
    }
    return texts.get(kind, say("The packages could not be installed."))


def _not_found(words: str, *, wheels: str, python: str, say: Say) -> str:
    found = _ABSENT.search(words)
    name = found.group(1) if found else "–"
    if wheels:
        text = say(
            "The folder {folder} has no file of {package} that suits Python {python} on this system. Fill it with "
            "“pip download” on a machine with the same system and the same Python."
        )
        return text.format(folder=wheels, package=name, python=python)
    text = say("There is no {package} for Python {python} on this system. Name another base interpreter.")
    return text.format(package=name, python=python)
