"""What must hold of a file before a library opens it: that it is one, and that what it unpacks to has room."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import reason_of

COLUMNS = 16_384  # as many as a sheet of Excel has
ROWS = 50_000_000  # that are read as a whole; a register in parts may have more
_GIGABYTE = 1_000_000_000
_ARCHIVE = 4 * _GIGABYTE  # bytes that an archive may unpack to; no part of a shapefile can have more
_WORKBOOK = _GIGABYTE  # a sheet of a million rows and fifteen columns has as many
_MODEST = 200_000_000  # bytes below which no archive is suspect
_PACKED = 100  # times its size that a larger archive may unpack to; honest ones stay below 50
_WORKBOOKS = (".xlsx", ".xlsm")
_LETTERS = message(
    "the settings of the system do not know its letters: set PYTHONUTF8=1, or a locale of UTF-8"
)
_MEMORY = Path("/proc/meminfo")


def there(path: Path) -> bool:
    """
    Whether a path leads to something; none that the system would not take does.

    Parameters
    ----------
    path
        Path.

    Examples
    --------
    >>> there(Path("x" * 5000)), there(Path("x" + chr(0))), there(Path())
    (False, False, True)
    """
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder."""
    return there(path) and path.is_dir()


def is_file(path: Path) -> bool:
    """Whether a path leads to a regular file: neither a folder nor something that would be waited for."""
    return there(path) and path.is_file()


def _unspoken(path: Path) -> bool:
    """Whether a path has letters that the settings of the system do not know, so that no library could be told it."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def unusable(path: Path) -> Message | None:
    """
    Why a path cannot lead to a file that is read; None where it can.

    Parameters
    ----------
    path
        Path of an input.
    """
    if _unspoken(path):
        return _LETTERS
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return message("there is no such file or folder")
    except ValueError:
        return message("the name holds a sign that no name can hold")
    except OSError as error:
        return reason_of(error)
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return message("it is a pipe, a device or a socket, and no file")


def unnameable(path: Path) -> Message | None:
    """
    Why the system takes no file of this name; None where it does.

    Parameters
    ----------
    path
        Path of an output, which need not be there.
    """
    if _unspoken(path):
        return _LETTERS
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except ValueError:
        return message("the name holds a sign that no name can hold")
    except OSError as error:
        return reason_of(error)
    return None


def require_file(path: Path, name: str) -> None:
    """
    Refusal of what is no file, or of an archive that unpacks to more than any honest one.

    Parameters
    ----------
    path
        Path of an input.
    name
        What the layer is called in messages.

    Raises
    ------
    LayerError
        If there is nothing, a pipe or a device, or an archive beyond the limits.
    """
    if not there(path) and unnameable(path) is None and not path.is_symlink():
        raise LayerError(message("{layer}: there is no file {path}.", layer=name, path=path))
    reason = unusable(path)
    if reason is not None:
        raise LayerError(
            message(
                "{layer}: {path} cannot be read ({reason}). "
                "Check that the file is whole and of the kind its name says.",
                layer=name,
                path=path,
                reason=reason,
            )
        )
    if path.is_file():
        _require_honest(path, name)


def _require_honest(path: Path, name: str) -> None:
    """Refusal of an archive that says that it unpacks to very much, before any of it is unpacked."""
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return  # whoever reads it says what is wrong
    most = _WORKBOOK if path.suffix.lower() in _WORKBOOKS else _ARCHIVE
    if size > most or size > max(_MODEST, _PACKED * path.stat().st_size):
        raise LayerError(
            message(
                "{layer}: {path} would unpack to {size} MB, which is more than the {most} MB or the {times} times "
                "of its size that are read. Unpack it yourself if you trust it, or write it as CSV, GeoPackage or "
                "Parquet.",
                layer=name,
                path=path,
                size=round(size / 1e6),
                most=round(most / 1e6),
                times=_PACKED,
            )
        )


def require_columns(count: int, path: Path) -> None:
    """
    Refusal of a table with more columns than any sheet has.

    Parameters
    ----------
    count
        Number of its columns.
    path
        Its file.

    Raises
    ------
    LayerError
        If there are more than `COLUMNS`.
    """
    if count > COLUMNS:
        raise LayerError(
            message(
                "{path}: {count} columns are more than the {most} that are read. Write a row for each value instead.",
                path=path.name,
                count=count,
                most=COLUMNS,
            )
        )


def require_rows(count: int, path: Path) -> None:
    """
    Refusal of a table that is not read as a whole.

    Parameters
    ----------
    count
        Number of its rows.
    path
        Its file.

    Raises
    ------
    LayerError
        If there are more than `ROWS`.
    """
    if count > ROWS:
        raise LayerError(
            message(
                "{path}: {count} rows are more than the {most} that are read as a whole. Give a register in parts "
                "({path}?parts), or take a part of it.",
                path=path.name,
                count=count,
                most=ROWS,
            )
        )


def require_memory(size: float, path: Path | str, name: str) -> None:
    """
    Refusal of what a file says to hold where the machine has no room for it.

    Parameters
    ----------
    size
        Bytes that its values take at least.
    path
        The file.
    name
        What the layer is called in messages.

    Raises
    ------
    LayerError
        If that is more than is free.
    """
    free = free_memory()
    if free is not None and size > free:
        raise LayerError(
            message(
                "{layer}: {path} says that it holds what takes {size} MB of memory, and {free} MB are free. Take a "
                "part of it, coarser cells, or a register in parts.",
                layer=name,
                path=path,
                size=round(size / 1e6),
                free=round(free / 1e6),
            )
        )


def free_memory() -> int | None:
    """Bytes of memory that are free, or else that the machine has; None where the system does not tell."""
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # systems without sysconf
        return None
