"""A child process and what it says: started, listened to, stopped; any feedback will do, there is no QGIS here."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from typing import IO, Any, Callable

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_TICK = 0.05  # seconds between looks at the cancel button
_GRACE = 0.3  # seconds a cancelled worker has before it is killed
_LINGER = 1.0  # seconds a finished worker's children may hold its pipes
_QUEUE = 10_000  # lines heard but not yet looked at
_TAIL = 40
REFUSED, DONE = 1, 0
_BYTE = 255  # Windows tells crashes by larger codes

Say = Callable[[str], str]


class RefusedError(Exception):
    """The worker refused its input and says why."""


class FailedError(Exception):
    """The worker did not finish."""


class CancelledError(Exception):
    """The user cancelled."""


class LateError(Exception):
    """The worker did not end in time."""


def run(
    command: list[str],
    environment: Mapping[str, str],
    feedback: Any,
    say: Say,
    *,
    idle: Callable[[], None] | None = None,
    folder: str | None = None,
) -> dict[str, Any]:
    """
    Run of a worker that tells its progress as JSON lines; feedback is only touched by the calling thread.

    Parameters
    ----------
    command
        Program and words.
    environment
        Variables of the child.
    feedback
        Takes progress, warnings and the last words; says whether the user cancelled.
    say
        Translation.
    idle
        Called at every look at the cancel button, to keep a window alive.
    folder
        Where the child starts.

    Returns
    -------
    result
        The worker's last message.

    Raises
    ------
    RefusedError
        With the worker's reasons, if it refused its input.
    FailedError
        If it could not be started, crashed, or ended without a result.
    CancelledError
        If the user cancelled; the worker and its children are gone by then.
    """
    listener = _Listener(feedback)
    code = _listened(command, environment, listener, feedback, say, idle, folder)
    if listener.error is not None and code == REFUSED:
        raise RefusedError(listener.error["text"])
    if code == DONE and listener.result is not None:
        return listener.result
    for line in listener.last_words():
        feedback.pushConsoleInfo(line)
    raise FailedError(_explained(code, listener, say))


def say_lines(
    command: list[str],
    environment: Mapping[str, str],
    feedback: Any,
    say: Say,
    *,
    idle: Callable[[], None] | None = None,
    folder: str | None = None,
) -> list[str]:
    """
    Run of a program that prints plain lines; each is shown as it comes.

    Parameters
    ----------
    command, environment, feedback, say, idle, folder
        As for `run`.

    Returns
    -------
    lines
        What it printed.

    Raises
    ------
    FailedError
        With its last words, if it could not be started or did not end well.
    CancelledError
        If the user cancelled.
    """
    listener = _Listener(feedback, plain=True)
    code = _listened(command, environment, listener, feedback, say, idle, folder)
    if code != DONE:
        raise FailedError("\n".join([_explained(code, listener, say), *listener.last_words()]))
    return listener.lines


def ask(
    command: list[str],
    environment: Mapping[str, str],
    feedback: Any,
    patience: float,
    *,
    idle: Callable[[], None] | None = None,
    folder: str | None = None,
) -> tuple[str, str]:
    """
    What a program answers, said to nobody else.

    Parameters
    ----------
    command, environment, idle, folder
        As for `run`.
    feedback
        Says whether the user cancelled.
    patience
        Seconds until its end.

    Returns
    -------
    answer, errors
        Its last lines.

    Raises
    ------
    LateError
        If it takes longer; it and its children are gone by then.
    FailedError
        If it cannot be started.
    CancelledError
        If the user cancelled; the same.
    """
    asked = _Asked()
    _listened(command, environment, asked, _Watch(feedback, patience), str, idle, folder)
    return "\n".join(asked.streams["words"]), "\n".join(asked.streams["errors"])


class _Asked:
    """Last lines of both streams of a program."""

    def __init__(self) -> None:
        self.streams = {name: collections.deque[str](maxlen=_TAIL) for name in ("words", "errors")}

    def hear(self, stream: str, line: str) -> None:
        """One line."""
        self.streams[stream].append(line)


class _Watch:
    """The cancel button, and the time."""

    def __init__(self, feedback: Any, patience: float) -> None:
        self.feedback, self.until = feedback, time.monotonic() + patience

    def isCanceled(self) -> bool:
        """Whether the user cancelled."""
        if time.monotonic() > self.until:
            raise LateError
        return bool(self.feedback.isCanceled())


class _Listener:
    """What a worker has said so far."""

    def __init__(self, feedback: Any, *, plain: bool = False) -> None:
        self.feedback, self.plain = feedback, plain
        self.tail: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self.lines: list[str] = []
        self.result: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None

    def hear(self, stream: str, line: str) -> None:
        """One line of one of its streams."""
        if self.plain:
            self.lines.append(line)
            self.tail.append(line)
            self.feedback.pushConsoleInfo(line)
        elif stream == "errors":
            self.tail.append(line)
        else:
            try:
                self._told(_message(line), line)
            except (KeyError, TypeError, ValueError):  # looks like a message and is none
                self.tail.append(line)

    def _told(self, heard: dict[str, Any], line: str) -> None:
        kind = heard.get("type")
        if kind == "progress":
            self.feedback.setProgress(100 * float(heard["fraction"]))
            if heard.get("text"):
                self.feedback.setProgressText(heard["text"])
        elif kind == "warning":
            self.feedback.pushWarning(heard["text"])
        elif kind == "error":
            self.error = heard
        elif kind == "result":
            self.result = heard
        else:
            self.tail.append(line)

    def last_words(self) -> list[str]:
        """Its last lines, without the list of modules that Python adds to every crash."""
        kept = [t for t in self.tail if t.strip() and not t.startswith("Extension modules")]
        return [line[:400] for line in kept[-15:]]


def _message(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _listened(
    command: list[str],
    environment: Mapping[str, str],
    listener: _Listener | _Asked,
    feedback: Any,
    say: Say,
    idle: Callable[[], None] | None,
    folder: str | None,
) -> int:
    """Exit code of a worker that was listened to until its end."""
    try:
        process = _started(command, environment, folder)
    except OSError as error:
        text = say("{program} cannot be started: {reason}.")
        raise FailedError(text.format(program=command[0], reason=error.strerror or error)) from error
    lines: queue.Queue[tuple[str, str | None]] = queue.Queue(maxsize=_QUEUE)
    over = threading.Event()
    for stream, name in ((process.stdout, "words"), (process.stderr, "errors")):
        threading.Thread(target=_pump, args=(stream, name, lines, over), daemon=True).start()
    try:
        for name, line in _heard(process, lines, feedback, idle):
            listener.hear(name, line)
        return process.wait()
    finally:
        over.set()
        stop(process)


def _heard(process: Any, lines: Any, feedback: Any, idle: Callable[[], None] | None) -> Any:
    """Lines of both streams until both end, or the worker is gone and only its children hold them."""
    running, gone, looked = 2, 0.0, 0.0
    while running or process.poll() is None:
        if feedback.isCanceled():
            raise CancelledError
        if idle is not None and time.monotonic() - looked > _TICK:  # not at every line of a noisy worker
            idle()
            looked = time.monotonic()
        if running and process.poll() is not None:
            gone = gone or time.monotonic()
            if time.monotonic() - gone > _LINGER and lines.empty():
                return
        name, line = _next(process, lines, silent=not running)
        if name and line is None:
            running -= 1
        elif name:
            yield name, line


def _next(process: Any, lines: Any, *, silent: bool) -> tuple[str, str | None]:
    """Next line, or nothing after a while; a worker that has closed its streams may still be at work."""
    try:
        if silent:
            process.wait(_TICK)
        else:
            found: tuple[str, str | None] = lines.get(timeout=_TICK)
            return found
    except (queue.Empty, subprocess.TimeoutExpired):
        pass
    return "", None


def _started(
    command: list[str], environment: Mapping[str, str], folder: str | None
) -> subprocess.Popen[bytes]:
    group: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        group = {"creationflags": _NO_WINDOW | _NEW_GROUP}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environment), cwd=folder, **group
    )


def _pump(stream: IO[bytes], name: str, lines: Any, over: threading.Event) -> None:
    """Lines of a stream into the queue; closed here, for closing would wait for a read that a child holds up."""
    with stream:
        for raw in iter(stream.readline, b""):
            if not _put(lines, (name, raw.decode("utf-8", "backslashreplace").rstrip("\r\n")), over):
                return
    _put(lines, (name, None), over)


def _put(lines: Any, item: tuple[str, str | None], over: threading.Event) -> bool:
    """Whether an item found its place before nobody listened any more."""
    while not over.is_set():
        with contextlib.suppress(queue.Full):
            lines.put(item, timeout=_TICK)
            return True
    return False


def stop(process: subprocess.Popen[bytes]) -> int:
    """End of a worker and its children: asked first, killed after a grace; of its children alone where it is gone."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    if os.name == "nt":
        return _stopped_on_windows(process)
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    _signal(process, signal.SIGKILL)
    return process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal to a worker and its children; the group outlives its leader as long as it has members."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _stopped_on_windows(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        # By its whole name: Windows looks for programs where QGIS stands before it looks in its own folders.
        system = os.environ.get("SYSTEMROOT", r"C:\Windows")
        tree = [rf"{system}\System32\taskkill.exe", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(tree, creationflags=_NO_WINDOW, check=False)
        return process.wait()


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have none
        return "?"


def _explained(code: int, listener: _Listener, say: Say) -> str:
    """What happened, for a person."""
    if code < 0:
        how = say("The calculation was ended by signal {number} ({name}).").format(
            number=-code, name=_name(-code)
        )
    elif os.name == "nt" and code > _BYTE:
        how = say("The calculation crashed (code {number}).").format(number=f"0x{code:08X}")
    elif code == DONE:
        how = say("The calculation ended without a result.")
    elif listener.error is not None:
        how = listener.error["text"]
    else:
        how = say("The calculation ended with exit code {number}.").format(number=code)
    safe = say("QGIS and your layers are untouched.")
    words = [t for t in listener.last_words() if not t.startswith(" ")]
    last = say("Its last words: {words}").format(words=words[-1][:300]) if words and code > 0 else ""
    return " ".join(filter(None, (how, safe, last)))
