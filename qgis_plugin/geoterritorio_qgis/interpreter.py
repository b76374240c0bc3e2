"""Which Python computes, and in which surroundings: the setting's, the plugin's own, or the one of QGIS."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsApplication, QgsFeedback, QgsProcessingException, QgsSettings

from . import environments, surroundings, worker
from .texts import HERE

SETTING = "geoterritorio/python"
_PATIENCE = 60  # seconds for a preflight on a cold disk
Say = Callable[[str], str]


@dataclass(frozen=True)
class Python:
    """
    An interpreter that may run the core.

    Attributes
    ----------
    path
        Its program.
    origin
        Where it was found: ``setting``, ``private`` or ``qgis``.
    """

    path: str
    origin: str
    surroundings: dict[str, str] = field(default_factory=lambda: dict(os.environ), compare=False)

    def environment(self, *, fetching: bool = False) -> dict[str, str]:
        """Variables of a child of this interpreter; more of them where it fetches packages."""
        own = self.origin == "qgis"
        return surroundings.environment(self.surroundings, self.path, own=own, fetching=fetching)

    def command(self, *words: str) -> list[str]:
        """Command that runs a file with this interpreter, apart from where QGIS stands."""
        return [self.path, *surroundings.flags(self.environment()), *words]


_reports: dict[tuple[Python, float], dict[str, Any]] = {}


def private_folder() -> Path:
    """Folder of the plugin's own environments, in the user's profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "geoterritorio" / "python"


def own_python() -> str | None:
    """Interpreter of QGIS itself; ``sys.executable`` may be QGIS, which must not be started."""
    names = ("python.exe", "python3.exe") if os.name == "nt" else ("bin/python3", "python3")
    roots = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable or "/").parent]
    found = (root / name for root in roots for name in names)
    return next((str(path) for path in found if path.is_file()), None)


def candidates() -> Iterator[Python]:
    """Interpreters in the order in which they are tried; a setting excludes all others."""
    listed = list(known(setting()))
    yield from [python for python in listed if python.origin == "setting"] or listed


def known(chosen: str) -> Iterator[Python]:
    """Every interpreter that could be tried, those that a choice of the user excludes too."""
    if chosen:
        yield Python(chosen, "setting")
    private = environments.current(private_folder())
    if private is not None:
        yield Python(str(private), "private")
    own = own_python()
    if own:
        yield Python(own, "qgis")


def setting() -> str:
    """Interpreter that the user chose; empty where none was."""
    return str(QgsSettings().value(SETTING, "") or "")


def choose(path: str) -> None:
    """The user's choice of interpreter; an empty one gives the choice back to the plugin."""
    if path.strip():
        QgsSettings().setValue(SETTING, path.strip())
    else:
        QgsSettings().remove(SETTING)


def requirements() -> list[str]:
    """Packages the core needs, a line each."""
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def examined(python: Python, feedback: Any = None, idle: Callable[[], None] | None = None) -> dict[str, Any]:
    """
    Report of an interpreter about itself.

    Parameters
    ----------
    python
        The interpreter.
    feedback
        Says whether the user cancelled; by default nobody does.
    idle
        Called while waiting, to keep a window alive.

    Returns
    -------
    report
        As `preflight.report`; with `failure` where it does not answer.

    Raises
    ------
    CancelledError
        If the user cancelled.
    """
    stamp = _stamp(python.path)
    if stamp is None:
        return {"ready": False, "failure": "missing"}
    # A report is as old as the environment.
    found = _reports.get((python, stamp)) or _asked(python, feedback or QgsFeedback(), idle)
    if "failure" not in found:  # a cold disk or a full machine may do better the next time
        _reports[python, stamp] = found
    return found


def _stamp(path: str) -> float | None:
    """Something that changes when packages are added to an interpreter's environment; None where it is not there."""
    if not Path(path).is_absolute():  # another program wherever QGIS stands
        return None
    try:
        folders = [Path(path), *sorted(Path(path).parents[1].glob("lib*/python3*/site-packages"))]
        return max(folder.stat().st_mtime for folder in folders)
    except (OSError, IndexError):
        return None


def _asked(python: Python, feedback: Any, idle: Callable[[], None] | None) -> dict[str, Any]:
    command = python.command(str(HERE / "preflight.py"), str(HERE / "requirements.txt"))
    folder = str(HERE)
    try:
        answer, errors = worker.ask(
            command, python.environment(), feedback, _PATIENCE, idle=idle, folder=folder
        )
    except worker.LateError:
        return {"ready": False, "failure": "late"}
    except worker.FailedError as error:
        return {"ready": False, "failure": str(error)}
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if isinstance(found, dict) and "ready" in found:
        return found
    return {"ready": False, "failure": (errors.strip() or answer.strip())[-400:] or "silent"}


def ready(say: Say, feedback: Any = None, idle: Callable[[], None] | None = None) -> Python:
    """
    First interpreter that has all the core needs.

    Parameters
    ----------
    say
        Translation.
    feedback, idle
        As for `examined`.

    Returns
    -------
    python
        The interpreter.

    Raises
    ------
    QgsProcessingException
        With what each candidate lacks, and the cure.
    CancelledError
        If the user cancelled.
    """
    said = []
    for python in candidates():
        found = examined(python, feedback, idle)
        if found["ready"]:
            return python
        said.append(f"{python.path}: {shortfall(found, say)}")
    raise QgsProcessingException("\n".join([cure(say, setting()), *said]))


def cure(say: Say, chosen: str) -> str:
    """What to do where no interpreter is ready, one chosen by the user or any."""
    if chosen:
        return say(
            "The interpreter named in the settings of GeoTerritorio cannot compute. Name another one, add to it what "
            "is missing, or empty that setting and run “Install the computing environment” in the toolbox."
        )
    return say(
        "The tools of GeoTerritorio compute in a Python of their own, which is not set up yet. Run “Install the "
        "computing environment”, in the toolbox under GeoTerritorio; or name an interpreter in the settings."
    )


def shortfall(report: dict[str, Any], say: Say) -> str:
    """What an interpreter lacks, in one line; empty where it is ready."""
    if report["ready"]:
        return ""
    if "failure" in report:
        told = {
            "missing": say("this program is not there"),
            "late": say("it gave no answer within {seconds} seconds").format(seconds=_PATIENCE),
            "silent": say("it ends without an answer: this is no Python, perhaps"),
        }
        if report["failure"] in told:
            return told[report["failure"]]
        return say("it does not run ({reason})").format(reason=report["failure"])
    if not report["python_enough"]:
        text = say("it is Python {version}; at least {least} is needed")
        return text.format(version=report["python"], least=report["least_python"])
    lacking = [p for p in report["packages"] if not p["enough"]]
    if lacking:
        names = ", ".join(
            p["name"] if p["version"] is None else f"{p['name']} {p['version']} (< {p['least']})"
            for p in lacking
        )
        return say("it lacks {packages}").format(packages=names)
    text = say("its GDAL is {version}; at least {least} is needed")
    return text.format(version=report["gdal"] or "–", least=report["least_gdal"])
