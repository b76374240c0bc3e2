"""The place where a study is made: one study at a time, finished steps kept, the result whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from geoterritorio.errors import Message, StudyError, message
from geoterritorio.layers.files import there, unnameable, unusable
from geoterritorio.layers.findings import reason_of

MARK = "provenance.json"
VALUES = ".values"
_OLD = "old"


@dataclass(frozen=True)
class Workshop:
    """
    Folders of a study in the making.

    Attributes
    ----------
    output
        Where the result will be.
    values
        Store of finished layers and steps; survives an interruption.
    result
        The result while it is put together.
    """

    output: Path
    values: Path
    result: Path

    def deliver(self, keys: set[str]) -> None:
        """Put the result in its place, with the values it was made of and no others."""
        for folder in self.values.iterdir():
            if folder.name not in keys:
                shutil.rmtree(folder, ignore_errors=True)
        _carry_over(self.output, self.result)
        old = self.result.parent / _OLD
        try:
            self.values.rename(self.result / VALUES)
            if self.output.exists():
                self.output.rename(old)
            self.result.rename(self.output)
        except BaseException:
            _taken_back(self)
            raise


def _taken_back(place: Workshop) -> None:
    """What a delivery that did not come to its end has moved, in its place again: the earlier study, and the values."""
    old = place.values.parent / _OLD
    if old.exists() and not place.output.exists():
        old.rename(place.output)
    if (place.result / VALUES).exists() and not place.values.exists():
        (place.result / VALUES).rename(place.values)


def check_folder(output: Path, *, overwrite: bool) -> None:
    """
    Refusal of a folder in which a study must not be put.

    Parameters
    ----------
    output
        Where the result will be.
    overwrite
        Whether the folder of an earlier study may be replaced.

    Raises
    ------
    StudyError
        If its place is not writable, or it holds something else than an earlier study that may be replaced.
    """
    reason = unnameable(output) or (None if there(output) or not output.is_symlink() else unusable(output))
    if reason is not None:
        raise StudyError(message("{path} cannot be written ({reason}).", path=output, reason=reason))
    output = _real(output)
    parent = next((p for p in output.parents if there(p)), output)
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise StudyError(message("The folder {folder} is not there or not writable.", folder=parent))
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return
    if not overwrite:
        raise StudyError(_kept(output))
    if not (output / MARK).is_file() or output == parent:
        raise StudyError(
            message(
                "{path} is not the folder of a study (it has no {file}); it is left as it is.",
                path=output,
                file=MARK,
            )
        )


def _real(output: Path) -> Path:
    """Where a folder is, whatever links lead to it: two ways to it are one folder, and links stay what they are."""
    return Path(os.path.realpath(output))


def _kept(output: Path) -> Message:
    if not (output / MARK).is_file():
        return message(
            "{path} exists. Choose another folder, or allow overwriting (--overwrite).", path=output
        )
    return message(
        "{path} exists and holds an earlier run of a study. Choose another folder, or bring it up to date with "
        "--overwrite: only what is missing or changed is computed again, and your own files in it stay.",
        path=output,
    )


def _carry_over(old: Path, new: Path) -> None:
    """Files that somebody put into the folder of the earlier run: they are not the study's to remove."""
    made = _made(old)
    for path in old.rglob("*"):
        place = path.relative_to(old)
        # What SQLite keeps beside a file belongs to that file as it was.
        beside = place.as_posix().removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
        if place.parts[0] == VALUES or beside in made or (new / place).exists():
            continue
        if path.is_symlink() or path.is_file():
            (new / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / place, follow_symlinks=False)


def _made(folder: Path) -> set[str]:
    """Files that the earlier run says it made."""
    try:
        account = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return {MARK, *account["products"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {MARK}


@contextmanager
def workshop(output: Path) -> Iterator[Workshop]:
    """
    Place of work of a study, locked against other studies on the same folder.

    Parameters
    ----------
    output
        Where the result will be.

    Yields
    ------
    place
        Folders beside the output, on the same disk; values of an earlier run are in its store.

    Raises
    ------
    StudyError
        If another study is being written there, or the disk refuses.
    """
    target = _real(output)
    work = target.parent / f".{target.name}.work"
    try:
        work.mkdir(parents=True, exist_ok=True)
        # Whoever has another folder for temporary files, as other users and programs in a sandbox do, meets the second
        # lock.
        with _lock(target), FileLock(work / "lock", timeout=0):
            place = _opened(target)
            try:
                yield place
            finally:
                _cleared(place)
    except Timeout as error:
        raise StudyError(
            message("Another study is being written to {path}. Wait for it.", path=output)
        ) from error
    except OSError as error:
        raise StudyError(
            message("{path} cannot be written ({reason}).", path=output, reason=reason_of(error))
        ) from error


def _lock(target: Path) -> AbstractContextManager[object]:
    """The lock among the runs of one user; none where somebody else has taken the place of its folder."""
    folder = _locks()
    if folder is None:
        return nullcontext()
    # Apart from the results, and never removed: a lock that is unlinked while another waits locks nothing.
    name = hashlib.sha256(str(target).encode()).hexdigest()[:16]
    return FileLock(folder / f"{name}.lock", timeout=0)


def _locks() -> Path | None:
    """
    Folder of the locks, which only its owner can enter; None where what stands there is no such folder.

    Everybody may write to the folder for temporary files: a lock that lay there by itself would, once root or another
    user had made it, keep all others from a study for good.
    """
    if os.name == "nt":
        folder = Path(tempfile.gettempdir()) / "geoterritorio-locks"  # that folder is the user's own there
        folder.mkdir(exist_ok=True)
        return folder
    folder = Path(tempfile.gettempdir()) / f"geoterritorio-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    return folder if private and found.st_uid == os.getuid() else None


def _opened(target: Path) -> Workshop:
    work = target.parent / f".{target.name}.work"
    place = Workshop(target, work / "values", work / "result")
    _taken_back(place)  # of a run that was killed
    shutil.rmtree(place.result, ignore_errors=True)
    place.values.mkdir(parents=True, exist_ok=True)
    place.result.mkdir()
    for earlier in (target / VALUES).glob("*"):
        if not (place.values / earlier.name).exists():
            shutil.copytree(earlier, place.values / earlier.name, copy_function=_link)
    return place


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _cleared(place: Workshop) -> None:
    """Remove the place of work, unless it keeps steps that a later run can go on from."""
    work = place.values.parent
    shutil.rmtree(place.result, ignore_errors=True)
    if place.output.exists():
        shutil.rmtree(work / _OLD, ignore_errors=True)
    delivered = not place.values.exists()
    if (work / _OLD).exists():
        return
    if delivered or not any(v.name.startswith("step-") for v in place.values.iterdir()):
        shutil.rmtree(work, ignore_errors=True)
