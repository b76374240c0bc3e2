"""Which files are the parts of a register: of a folder, of a pattern of names, or one; none is left out unsaid."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.files import is_folder
from geoterritorio.layers.findings import listing, reason_of

# Endings of Parquet, however they are capitalised.
PARQUET = (".parquet", ".geoparquet", ".parq")
_ASIDE = ("_", ".")  # beginnings of what other programs put beside the parts: notes, copies, unfinished work
_FOLDERS = 10_000  # that are looked into; a register has fewer, and a whole disk is none


def is_parquet(path: str | Path) -> bool:
    """
    Whether a name is that of a file of Parquet.

    Examples
    --------
    >>> is_parquet("a.parquet"), is_parquet("a.GeoParquet"), is_parquet("a.csv")
    (True, True, False)
    """
    return str(path).lower().endswith(PARQUET)


def has_parts(folder: Path) -> bool:
    """Whether there is any file of Parquet in a folder, or in those in it."""
    return any(is_parquet(path) for path in _within(folder))


def part_files(source: str | Path) -> list[Path]:
    """
    Files of a register in parts, sorted.

    Parameters
    ----------
    source
        Folder, pattern, or file with or without ``?parts``.

    Raises
    ------
    LayerError
        If the folder has very many folders in it, or some of which the system does not tell what is in them.
    """
    return found_parts(str(source).removesuffix("?parts"), str(source))[1]


def found_parts(source: str, name: str) -> tuple[Path, list[Path]]:
    """
    Folder from which parts are named, and the files of a register in parts, sorted.

    Parameters
    ----------
    source
        Folder, pattern or file.
    name
        What the layer is called in messages.

    Raises
    ------
    LayerError
        If the folder has very many folders in it, or some of which the system does not tell what is in them.
    """
    path = Path(source)
    if is_folder(path):
        return path, sorted(p for p in _all_within(path, name) if is_parquet(p))
    if "*" in source:
        fixed = [*path.parts[: next(k for k, part in enumerate(path.parts) if "*" in part)]]
        root = Path(*fixed) if fixed else Path()
        found = root.glob(str(path.relative_to(root)))
        return root, sorted(p for p in found if not any(map(_aside, p.relative_to(root).parts)))
    return path.parent, [path]


def tell_others(source: str, name: str) -> None:
    """
    Warning of files and linked folders beside the parts of a folder, which are not read.

    Parameters
    ----------
    source
        Folder, pattern or file; whoever gives a pattern or a file has chosen.
    name
        What the layer is called in messages.
    """
    folder = Path(source)
    if not is_folder(folder):
        return
    others = sorted(p.relative_to(folder).as_posix() for p in _within(folder) if not is_parquet(p))
    if others:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{layer}: {count} files or linked folders beside the parts are no Parquet and are not read: "
                    "{names}. Write them as Parquet if their rows belong to it.",
                    layer=name,
                    count=len(others),
                    names=listing(others),
                )
            ),
            stacklevel=2,
        )


def _aside(name: str) -> bool:
    return name.startswith(_ASIDE)


def _within(folder: Path) -> Iterator[Path]:
    """Files in a folder and in so many of those in it, and links to folders, which are not followed."""
    for number, (place, folders, names) in enumerate(os.walk(folder)):
        if number > _FOLDERS:
            return
        yield from _named(Path(place), folders, names)


def _all_within(folder: Path, name: str) -> Iterator[Path]:
    """The same of all folders, or a refusal."""

    def unseen(error: OSError) -> None:
        raise LayerError(
            message(
                "{layer}: the folder {path} cannot be looked into ({reason}), so that parts may be missing.",
                layer=name,
                path=error.filename or folder,
                reason=reason_of(error),
            )
        ) from error

    for number, (place, folders, names) in enumerate(os.walk(folder, onerror=unseen)):
        if number > _FOLDERS:
            raise LayerError(
                message(
                    "{layer}: {path} has more than {most} folders in it, and parts are looked for in no more. Name "
                    "the folder of the register itself, or join its parts in fewer folders.",
                    layer=name,
                    path=folder,
                    most=_FOLDERS,
                )
            )
        yield from _named(Path(place), folders, names)


def _named(place: Path, folders: list[str], names: list[str]) -> Iterator[Path]:
    """What counts in one folder; folders that are put aside are not walked through."""
    folders[:] = sorted(n for n in folders if not _aside(n))
    linked = [n for n in folders if (place / n).is_symlink()]
    yield from (place / n for n in [*names, *linked] if not _aside(n))
