"""A command of the core run for an algorithm: log, progress, cancel, and refusals as QGIS tells them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from typing import Any, Callable

from qgis.core import QgsProcessingException
from qgis.PyQt.QtCore import QCoreApplication, QThread

from . import interpreter, texts, worker
from .interpreter import Python
from .texts import say


def idle() -> Callable[[], None] | None:
    """What keeps a window alive while its own thread waits; None in any other thread."""
    window = QThread.currentThread() == QCoreApplication.instance().thread()
    return QCoreApplication.processEvents if window else None


class _Retelling:
    """Feedback whose warnings speak the words of the dialog."""

    def __init__(self, feedback: Any, retold: Callable[[str], str]) -> None:
        self._feedback, self._retold = feedback, retold

    def pushWarning(self, text: str) -> None:
        """A warning."""
        self._feedback.pushWarning(self._retold(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feedback, name)


def python(feedback: Any) -> Python | None:
    """Interpreter that computes; None if the user cancelled while it was looked for."""
    try:
        return interpreter.ready(say, feedback, idle())
    except worker.CancelledError:
        return None


def answer(
    python: Python,
    words: Sequence[str],
    feedback: Any,
    folder: str | None,
    retold: Callable[[str], str] = str,
) -> dict[str, Any] | None:
    """
    What the core answers.

    Parameters
    ----------
    python
        Interpreter that computes.
    words
        Command and its options.
    feedback
        That of the run.
    folder
        Where the child stands: a folder of this run, not wherever QGIS happens to stand.
    retold
        Gives refusals and warnings the words of the dialog.

    Returns
    -------
    answer
        The core's last message; None if the user cancelled.

    Raises
    ------
    QgsProcessingException
        With cause and cure, if the core refused or failed.
    """
    words = [*words, "--lang", texts.language()]
    shown = [python.path, "-m", texts.DOMAIN, *words]  # what a person may run again by hand
    feedback.pushCommandInfo(shlex.join(shown) if os.name != "nt" else subprocess.list2cmdline(shown))
    command = python.command(str(texts.HERE / "start.py"), str(texts.core()), *words, "--progress", "json")
    try:
        heard = _Retelling(feedback, retold)
        return worker.run(command, python.environment(), heard, say, idle=idle(), folder=folder)
    except worker.CancelledError:
        return None
    except worker.RefusedError as error:
        raise QgsProcessingException(retold(str(error))) from None
    except worker.FailedError as error:
        raise QgsProcessingException(str(error)) from None
