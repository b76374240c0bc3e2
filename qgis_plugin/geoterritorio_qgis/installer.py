"""The plugin's own environment: made on demand, whole or not at all; there is no QGIS here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from . import environments, pip_words, surroundings, worker

Say = Callable[[str], str]
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_PATIENCE = 60
_SHOWN = 5  # last lines of a program that failed
LEAST = (3, 11)
_NEWEST = 30  # minor version up to which names on the PATH are tried
NEEDED_SPACE = 2_000_000_000  # bytes: the environment and pip's unpacking beside it
# What would lead pip astray: foreign packages, and settings of a person that put packages somewhere else.
_ASTRAY = ("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN")
_NO_VENV = re.compile(r"ensurepip|No module named '?venv|python3-venv|python3\.\d+-venv")


class InstallError(Exception):
    """The environment could not be made; says why, and the cure."""


class StepError(Exception):
    """A program of the making failed; its words."""


@dataclass(frozen=True)
class Wishes:
    """
    What the user wants of an environment.

    Attributes
    ----------
    base
        Interpreter that makes it; empty for the first that is new enough.
    wheels
        Folder with the packages; empty to fetch them from the network.
    proxy
        Address of a proxy; empty for what the system says.
    replace
        Whether a working environment is made anew.
    """

    base: str = ""
    wheels: str = ""
    proxy: str = ""
    replace: bool = False


@dataclass(frozen=True)
class Maker:
    """
    What it takes to make an environment.

    Attributes
    ----------
    folder
        Where the plugin's environments are.
    requirements, extras
        Files with the packages that are needed, and with those that are welcome.
    core
        Folder of the package that will run.
    bases
        Interpreters that may make the environment, in the order in which they are tried.
    examine
        Interpreter -> what it lacks, in words; empty where it is complete.
    environment
        Interpreter -> variables of its children.
    feedback
        Takes progress and lines; says whether the user cancelled.
    say
        Translation.
    idle
        Called while waiting.
    """

    folder: Path
    requirements: Path
    extras: Path
    core: Path
    bases: Iterable[str]
    examine: Callable[[str], str]
    environment: Callable[[str], Mapping[str, str]]
    feedback: Any
    say: Say
    idle: Callable[[], None] | None = None


def make(wishes: Wishes, maker: Maker) -> str:
    """
    New environment of the plugin; a former one serves until the new one has passed its examination.

    Parameters
    ----------
    wishes
        What the user wants.
    maker
        What it takes.

    Returns
    -------
    program
        Its interpreter.

    Raises
    ------
    InstallError
        With the cause and the cure; nothing is left of the new environment then.
    CancelledError
        If the user cancelled; the same.
    """
    there = environments.current(maker.folder)
    if there is not None and not wishes.replace and not maker.examine(str(there)):
        text = maker.say("The environment is there and complete; it was left as it is.")
        maker.feedback.pushInfo(text)
        return str(there)
    _check_wheels(wishes.wheels, maker.say)
    base, found = _base(wishes, maker)
    place = _begun(maker)
    try:
        program = _bare(base, place, maker)
        _filled(program, found, wishes, maker)
        _examined(program, maker)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    environments.finish(place)
    maker.feedback.setProgress(100)
    return program


def _check_wheels(folder: str, say: Say) -> None:
    """Refusal of a folder of packages that is none, before anything is made."""
    if not folder:
        return
    if not Path(folder).is_dir():
        text = say("The folder of packages {folder} is not there.")
        raise InstallError(text.format(folder=folder))
    if next(Path(folder).glob("*.whl"), None) is None:
        text = say(
            "The folder of packages {folder} holds no .whl files. Collect them with “pip download -r requirements.txt "
            "-r extras.txt” on a machine of the same kind."
        )
        raise InstallError(text.format(folder=folder))


def on_path() -> Iterator[str]:
    """Interpreters on the PATH, newest first, then what Windows' launcher names."""
    names = [f"python3.{minor}" for minor in range(_NEWEST, LEAST[1] - 1, -1)]
    for name in [*names, "python3", "python"]:
        found = shutil.which(name)
        if found and Path(found).is_absolute():  # on Windows, else one in the folder QGIS stands in
            yield found
    launcher = shutil.which("py")
    if launcher and Path(launcher).is_absolute():
        around = surroundings.environment(os.environ, launcher, own=False)
        named = _said([launcher, "-3", "-I", "-c", "import sys; print(sys.executable)"], around)
        if named:
            yield named


def version(program: str, environment: Mapping[str, str]) -> tuple[int, ...]:
    """Version of an interpreter; empty where it does not run."""
    flags = surroundings.flags(environment)
    said = _said([program, *flags, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], environment)
    return tuple(int(part) for part in said.split(".")) if re.fullmatch(r"\d+\.\d+", said) else ()


def _said(command: list[str], environment: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            creationflags=_NO_WINDOW,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers)) or "–"


def _base(wishes: Wishes, maker: Maker) -> tuple[str, str]:
    """Interpreter that makes the environment, and its version."""
    say, seen = maker.say, []
    for program in [wishes.base] if wishes.base else maker.bases:
        found = version(program, maker.environment(program))
        if found >= LEAST:
            return program, _dotted(found)
        seen.append(f"{program} ({_dotted(found)})")
    if wishes.base:
        text = say("{program} will not do: it must be a Python {least} or newer that runs. Name another one.")
        raise InstallError(text.format(program=seen[0], least=_dotted(LEAST)))
    text = say(
        "No Python {least} or newer was found (looked at: {seen}). Install one, from python.org or with your system's "
        "packages, and name it as base interpreter."
    )
    raise InstallError(text.format(least=_dotted(LEAST), seen=", ".join(seen) or "–"))


def _begun(maker: Maker) -> Path:
    say, folder = maker.say, maker.folder
    try:
        place = environments.begin(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = say("{path} cannot be written: {reason}.")
        raise InstallError(text.format(path=folder, reason=error.strerror or error)) from error
    if free < NEEDED_SPACE:
        shutil.rmtree(place, ignore_errors=True)
        text = say("The disk of {folder} has {free} MB left; {least} MB are needed. Make room and try again.")
        told = text.format(folder=folder, free=free // 10**6, least=NEEDED_SPACE // 10**6)
        raise InstallError(told)
    return place


def _ran(command: list[str], maker: Maker, first: float, last: float, **more: str) -> None:
    """Program listened to; the log shows its command and lines."""
    found = {k: v for k, v in maker.environment(command[0]).items() if k not in _ASTRAY}
    if "-m" in command:  # a module of Python: not one of that name in the folder where QGIS stands
        command = [command[0], *surroundings.flags(found), *command[1:]]
    maker.feedback.pushCommandInfo(subprocess.list2cmdline(command))
    steps = pip_words.Steps(maker.feedback, first, last)
    maker.feedback.setProgress(100 * first)
    settings = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        around, place = {**found, **settings, **more}, str(maker.folder)
        worker.say_lines(command, around, steps, maker.say, idle=maker.idle, folder=place)
    except worker.FailedError as error:
        raise StepError("\n".join(steps.lines) or str(error)) from error


def _bare(base: str, place: Path, maker: Maker) -> str:
    """Environment with pip alone; where Python's own maker is missing, virtualenv stands in for it."""
    say = maker.say
    maker.feedback.setProgressText(say("Making an environment with {program}").format(program=base))
    try:
        _ran([base, "-m", "venv", str(place)], maker, 0.01, 0.05)
    except StepError as error:
        if not _NO_VENV.search(str(error)):
            text = say("The environment could not be made.")
            if pip_words.cause(str(error)):
                text = pip_words.explained(str(error), wheels="", python="", say=say)
            raise InstallError(_told(text, error)) from error
        _stand_in(base, place, maker)
    return str(environments.program_of(place))


def _stand_in(base: str, place: Path, maker: Maker) -> None:
    say, program = maker.say, shutil.which("virtualenv")
    commands = [[base, "-m", "virtualenv"]]
    if program:
        commands.append([program, "--python", base])
    for command in commands:
        environments.empty(place)
        try:
            _ran([*command, str(place)], maker, 0.02, 0.05)
        except StepError:
            continue
        return
    text = say(
        "{program} has no module to make environments. On Debian and Ubuntu: sudo apt install python3-venv. "
        "Elsewhere name another base interpreter, or install virtualenv."
    )
    raise InstallError(text.format(program=base))


def _told(text: str, error: StepError) -> str:
    """Explanation with the last lines of the program below it."""
    return "\n".join([text, *str(error).splitlines()[-_SHOWN:]])


def _filled(program: str, python: str, wishes: Wishes, maker: Maker) -> None:
    """Packages put into the environment; those that are only welcome may be missing."""
    say, more = maker.say, ({"PIP_PROXY": wishes.proxy} if wishes.proxy else {})
    command = [program, "-m", "pip", "install", "--only-binary=:all:", "--progress-bar=off"]
    command += ["--retries=2", "--timeout=30"]
    if wishes.wheels:
        command += ["--no-index", f"--find-links={wishes.wheels}"]
    maker.feedback.setProgressText(say("Installing the packages; this takes some minutes"))
    try:
        _ran([*command, "-r", str(maker.requirements)], maker, 0.05, 0.8, **more)
    except StepError as error:
        text = pip_words.explained(str(error), wheels=wishes.wheels, python=python, say=say)
        raise InstallError(_told(text, error)) from error
    maker.feedback.setProgressText(say("Installing what makes it faster"))
    try:
        _ran([*command, "-r", str(maker.extras)], maker, 0.8, 0.9, **more)
    except StepError:
        text = say(
            "Not everything that is welcome could be installed; all tools work without it, some slower."
        )
        maker.feedback.pushWarning(text)


def _examined(program: str, maker: Maker) -> None:
    say = maker.say
    maker.feedback.setProgressText(say("Examining the new environment"))
    maker.feedback.setProgress(92)
    lacking = maker.examine(program)
    if lacking:
        text = say("The new environment does not pass its examination: {reason}.")
        raise InstallError(text.format(reason=lacking))
    try:  # a folder of the plugin that cannot be written costs half a second a run, no more
        _ran([program, "-m", "compileall", "-q", str(maker.core)], maker, 0.95, 0.99)
    except StepError:
        maker.feedback.pushInfo(
            say("The tools could not be compiled in advance; they will start a little slower.")
        )
