"""What others may have of a finished study, in a folder of its own: nothing internal lies beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from geoterritorio.errors import StudyError, message
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.study.store import sha256
from geoterritorio.study.workshop import MARK, check_folder


def hand_on(study: Path, output: Path, *, overwrite: bool = False) -> list[Path]:
    """
    Copies of all files of a study that are not internal.

    Parameters
    ----------
    study
        Folder of a finished study.
    output
        Folder for the copies; made here, whole or not at all.
    overwrite
        Whether the folder of an earlier hand-over may be replaced.

    Returns
    -------
    files
        The copies.

    Raises
    ------
    StudyError
        If the study is not there or not finished, files of it are missing or have been changed since, or the folder
        is there or cannot be written.
    """
    account = _account(study)
    names = _public(account)
    _refuse_changed(study, names, account["products"])
    _refuse_inside(study, output)
    check_folder(output, overwrite=overwrite)
    try:
        with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=f".{output.name}-") as place:
            made = Path(place) / "made"
            for name in (*names, MARK):
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(study / name, made / name)
            if output.exists():
                output.rename(Path(place) / "earlier")
            made.rename(output)
    except OSError as error:
        raise StudyError(
            message("{path}: not written ({reason}).", path=output, reason=reason_of(error))
        ) from error
    return [output / name for name in (*names, MARK)]


def _account(study: Path) -> dict[str, Any]:
    try:
        account = json.loads((study / MARK).read_text(encoding="utf-8"))
        if isinstance(account["products"], dict) and isinstance(account["confidentiality"]["internal"], list):
            return dict(account)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise StudyError(
        message(
            "{path} is not the folder of a finished study (its {file} is missing or tells no products).",
            path=study,
            file=MARK,
        )
    )


def _public(account: Mapping[str, Any]) -> list[str]:
    """Products that are not internal and lie inside the folder."""
    internal = {PurePosixPath(name) for name in account["confidentiality"]["internal"]}
    paths = {name: PurePosixPath(name) for name in account["products"]}
    return sorted(
        name
        for name, path in paths.items()
        if not internal & {path, *path.parents} and not path.is_absolute() and ".." not in path.parts
    )


def _refuse_changed(study: Path, names: list[str], told: Mapping[str, str | None]) -> None:
    """Whoever changed a file since the run would hand on something that no account describes."""
    missing = [n for n in names if not (study / n).is_file() or (study / n).is_symlink()]
    changed = [n for n in names if n not in missing and told[n] is not None and sha256(study / n) != told[n]]
    problems = []
    if missing:
        problems.append(
            message(
                "{path}: files are missing: {names}. Run the study again.", path=study, names=listing(missing)
            )
        )
    if changed:
        problems.append(
            message(
                "{path}: files were changed after the run: {names}. Run the study again, or copy them by hand.",
                path=study,
                names=listing(changed),
            )
        )
    if problems:
        raise StudyError(problems)


def _refuse_inside(study: Path, output: Path) -> None:
    inner, outer = (Path(os.path.realpath(place)) for place in (output, study))
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise StudyError(
            message(
                "{path}: a folder for others lies neither in that of the study nor around it. Name another.",
                path=output,
            )
        )
