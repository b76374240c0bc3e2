"""Parquet and GeoParquet in parts: files of a folder, or row groups of one file, all alike, read in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.files import require_file
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.layers.geoparquet import Placed, placed
from geoterritorio.layers.part_files import found_parts, tell_others

# Rows that are in memory at a time.
BATCH = 1_000_000
_POINT = 21  # bytes of a point as WKB: order, kind, two numbers
_LITTLE_POINT = b"\x01\x01\x00\x00\x00"


@dataclass(frozen=True)
class Piece:
    """Row groups of one file that are read together, and the state in which the file was found."""

    path: Path
    name: str
    groups: tuple[int, ...]
    identity: tuple[object, ...]
    state: tuple[int, int]
    head: str


@dataclass(frozen=True)
class ParquetSource:
    """Parquet files, of which consecutive row groups of a million rows at most are the parts."""

    pieces: tuple[Piece, ...]
    columns: tuple[str, ...]
    geometry: str | None
    encoding: str
    crs: str | None
    layer: str

    def names(self) -> Sequence[str]:
        """What each part is called."""
        return [piece.name for piece in self.pieces]

    def identity(self, part: int) -> Sequence[object]:
        """Name, size and time of the file, hash of its head, and the row groups."""
        return self.pieces[part].identity

    def read(self, part: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Batches with these columns, geometries decoded, of a file that is as it was found, before and after."""
        piece = self.pieces[part]
        try:
            with pq.ParquetFile(piece.path, page_checksum_verification=True) as file:
                if _state(piece.path) != piece.state or _hash(file.metadata) != piece.head:
                    raise _changed(self.layer, piece.name)
                for batch in file.iter_batches(BATCH, row_groups=list(piece.groups), columns=list(columns)):
                    yield self._decoded(batch)
            unlike = _state(piece.path) != piece.state
        except LayerError:
            raise
        except (OSError, ValueError, TypeError, pa.ArrowException, shapely.errors.GEOSException) as error:
            with suppress(OSError):
                if _state(piece.path) != piece.state:
                    raise _changed(self.layer, piece.name) from error
            raise unreadable(self.layer, piece.name, error) from error
        if unlike:
            raise _changed(self.layer, piece.name)

    def _decoded(self, batch: pa.RecordBatch) -> pd.DataFrame:
        table = pa.Table.from_batches([batch])
        table.validate(full=True)  # texts that are none are found here, and not in the work with them
        if self.geometry is None or self.geometry not in table.column_names:
            return table.to_pandas(ignore_metadata=True)
        places = table[self.geometry].combine_chunks()
        frame = table.drop_columns(self.geometry).to_pandas(ignore_metadata=True)
        return gpd.GeoDataFrame(frame, geometry=points(places, self.encoding), crs=self.crs)


def _state(path: Path) -> tuple[int, int]:
    """Size and time of a file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _hash(head: Any) -> str:
    """Hash of the head of a file: columns, system, and where and how its rows are written."""
    with pa.BufferOutputStream() as written:
        head.write_metadata_file(written)
        return hashlib.sha256(written.getvalue()).hexdigest()


def _changed(layer: str, part: str) -> LayerError:
    return LayerError(
        message(
            "{layer}: the part {part} was changed while the register was read. Run this again when nobody writes "
            "there; what is kept of the other parts need not be counted again.",
            layer=layer,
            part=part,
        )
    )


def unreadable(layer: str, part: str, error: BaseException) -> LayerError:
    """Refusal of a part that its library cannot read."""
    return LayerError(
        message(
            "{layer}: the part {part} cannot be read ({reason}). Write it anew, or take it out; what is kept of the "
            "other parts need not be counted again.",
            layer=layer,
            part=part,
            reason=reason_of(error),
        )
    )


def points(column: Any, encoding: str) -> npt.NDArray[Any]:
    """
    Geometries of a column of GeoParquet.

    Parameters
    ----------
    column
        Arrow array.
    encoding
        “WKB”, or “point” where it holds pairs of coordinates.
    """
    if encoding == "point":
        x, y = (np.asarray(column.field(k).to_numpy(zero_copy_only=False), float) for k in (0, 1))
        made = shapely.points(x, y)
        made[np.asarray(column.is_null()) | np.isnan(x)] = None
        return np.asarray(made)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    raw = _plain_points(column)
    if raw is None:
        return np.asarray(shapely.from_wkb(np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)))
    return np.asarray(shapely.points(raw))


def _plain_points(column: Any) -> npt.NDArray[np.float64] | None:
    """Coordinates of points that all are plain little-endian WKB; None where some are anything else."""
    if not pa.types.is_binary(column.type) or column.null_count or not len(column):
        return None
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    if data is None or (np.diff(ends) != _POINT).any():
        return None
    raw = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].reshape(-1, _POINT)
    if (raw[:, : len(_LITTLE_POINT)] != np.frombuffer(_LITTLE_POINT, np.uint8)).any():
        return None
    found = np.ascontiguousarray(raw[:, len(_LITTLE_POINT) :]).view("<f8")
    return found if np.isfinite(found).all() else None


def parquet_source(source: str, name: str) -> ParquetSource:
    """
    Parts of a folder, a pattern or a file of Parquet.

    Parameters
    ----------
    source
        Path.
    name
        What the layer is called in messages.

    Raises
    ------
    LayerError
        If there is none, or parts have other columns or another system than the first.
    """
    root, files = found_parts(source, name)
    tell_others(source, name)
    pieces: list[Piece] = []
    first: tuple[pa.Schema, Placed] | None = None
    for path in files:
        label = path.relative_to(root).as_posix()
        require_file(path, name)
        try:
            state = _state(path)  # before: what comes between is found when the part is read
            head = pq.read_metadata(path)
            found = head.schema.to_arrow_schema()
        except (OSError, ValueError, pa.ArrowException) as error:
            raise unreadable(name, label, error) from error
        if not head.num_rows:
            continue
        here = placed(found, f"{name} [{label}]")
        first = first or (found, here)
        _refuse_others(first, (found, here), name, (pieces[0].name if pieces else label, label))
        pieces += _pieces(path, label, head, state)
    if first is None:
        raise LayerError(
            message("{layer}: there are no rows in Parquet files at {path}.", layer=name, path=source)
        )
    return ParquetSource(tuple(pieces), tuple(first[0].names), *first[1], name)


def _pieces(path: Path, label: str, head: Any, state: tuple[int, int]) -> list[Piece]:
    """Consecutive row groups of a million rows at most; a larger one is a part of its own."""
    rows = [head.row_group(k).num_rows for k in range(head.num_row_groups)]
    groups: list[list[int]] = []
    total = BATCH
    for k, number in enumerate(rows):
        if total + number > BATCH:
            groups.append([])
            total = 0
        groups[-1].append(k)
        total += number
    known = _hash(head)
    return [
        Piece(
            path,
            label if len(groups) == 1 else f"{label}:{g[0] + 1}-{g[-1] + 1}",
            tuple(g),
            (label, *state, known, *g),
            state,
            known,
        )
        for g in groups
    ]


def _refuse_others(
    first: tuple[pa.Schema, Placed], found: tuple[pa.Schema, Placed], name: str, labels: tuple[str, str]
) -> None:
    """Refusal of a part that has other columns, other types or another system than the first one."""
    said = {"layer": name, "first": labels[0], "part": labels[1]}
    kinds, others = ({f.name: _type(f.type) for f in s} for s, _ in (first, found))
    different = sorted(set(kinds) ^ set(others))
    if different:
        raise LayerError(
            message(
                "{layer}: of the parts {first} and {part} only one has the columns {names}. All parts need the same.",
                **said,
                names=listing(different),
            )
        )
    changed = [c for c, kind in kinds.items() if "null" not in (kind, others[c]) and kind != others[c]]
    if changed:
        raise LayerError(
            message(
                "{layer}: in the part {part} the columns {names} are of another type than in {first}, so that a code "
                "may be written otherwise. Write all parts alike.",
                **said,
                names=listing(changed),
            )
        )
    here, there = first[1], found[1]
    if here[:2] != there[:2] or not _same_system(here[2], there[2]):
        raise LayerError(
            message(
                "{layer}: the part {part} is in another coordinate reference system than {first} ({found} and "
                "{wanted}). Reproject it.",
                **said,
                found=_system(there),
                wanted=_system(here),
            )
        )


def _type(kind: Any) -> str:
    """Types that are read alike."""
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    tests = {
        "number": (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
        "text": (pa.types.is_string, pa.types.is_large_string),
        "bytes": (pa.types.is_binary, pa.types.is_large_binary),
    }
    return next((word for word, kinds in tests.items() if any(t(kind) for t in kinds)), str(kind))


def _same_system(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or CRS.from_user_input(one) == CRS.from_user_input(other)


def _system(points: Placed) -> str:
    return "–" if points.crs is None else str(CRS.from_user_input(points.crs).name)
