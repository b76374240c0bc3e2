"""Folder of the plugin's own environments: one is current, the next is made beside it; there is no QGIS here.

An environment names its own place inside and cannot be moved to it later: each is made where it stays, under a
marker, and a small file tells which one counts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

CURRENT = "current"
_MARKER = ".being_made"
_OLD = 3 * 3600  # seconds after which one that is still being made was given up


def program_of(folder: Path) -> Path:
    """Interpreter of an environment."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def current(folder: Path) -> Path | None:
    """Interpreter of the finished environment; None where there is none."""
    name = _named(folder)
    program = program_of(folder / name)
    return program if name and program.exists() else None


def begin(folder: Path) -> Path:
    """
    Fresh place for an environment, marked as being made.

    Parameters
    ----------
    folder
        Folder of all environments.

    Returns
    -------
    place
        The new one's folder.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder, keep=_named(folder))
    place = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-"), dir=folder))
    (place / _MARKER).touch()
    return place


def empty(place: Path) -> None:
    """A place made empty but for its marker."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / _MARKER).touch()


def finish(place: Path) -> None:
    """The new environment counts from now on; former ones go."""
    (place / _MARKER).unlink()
    beside = place.parent / f"{CURRENT}.new"
    beside.write_text(place.name, encoding="utf-8")
    beside.replace(place.parent / CURRENT)
    clear(place.parent, keep=place.name)


def clear(folder: Path, *, keep: str) -> None:
    """Removal of former environments, and of those whose making was cut off."""
    for place in folder.iterdir():
        if not place.is_dir() or place.name == keep:
            continue
        marker = place / _MARKER
        with contextlib.suppress(OSError):
            if not marker.exists() or time.time() - marker.stat().st_mtime > _OLD:
                shutil.rmtree(place, ignore_errors=True)


def _named(folder: Path) -> str:
    try:
        return (folder / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
