"""Registers in parts: more rows than memory holds, read a million at a time through the same door as any layer.

A source in parts says what its parts are and reads one of them in batches; here it is Parquet (a folder, a pattern or
one file whose row groups are the parts), and whatever else keeps to `Source` will do, as a table of a database cut by
ranges of its key. Only the columns that are needed are read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.checks import as_layer, settled_columns
from geoterritorio.layers.choosing import open_on, require_days
from geoterritorio.layers.files import is_folder, require_file
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.layers.places import known_crs, place_columns
from geoterritorio.layers.readers import in_parts, parquet_files, read_layer, read_places, split_options
from geoterritorio.layers.schema import PLACING
from geoterritorio.layers.working import Sums, Task, Working, in_order, key_of, software
from geoterritorio.registry import Layer, Progress, no_progress

# Rows that are in memory at a time.
BATCH = 1_000_000
_GEO = b"geo"
_POINT = 21  # bytes of a point as WKB: order, kind, two numbers
_LITTLE_POINT = b"\x01\x01\x00\x00\x00"


class Source(Protocol):
    """What a register in parts is read from; picklable, since workers of a cluster read it themselves."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns as the user has them."""

    @property
    def geometry(self) -> str | None:
        """Column of points, if any."""

    @property
    def crs(self) -> str | None:
        """System of the points, as text that PROJ understands."""

    def names(self) -> Sequence[str]:
        """What each part is called."""

    def identity(self, part: int) -> Sequence[object]:
        """What changes when the part does."""

    def read(self, part: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Batches of at most a million rows with these columns."""


@dataclass(frozen=True)
class Piece:
    """Row groups of one file that are read together."""

    path: Path
    name: str
    groups: tuple[int, ...]
    identity: tuple[object, ...]


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
        """Name, size and time of the file, and the row groups."""
        return self.pieces[part].identity

    def read(self, part: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Batches with these columns, geometries decoded."""
        piece = self.pieces[part]
        try:
            with pq.ParquetFile(piece.path, page_checksum_verification=True) as file:
                for batch in file.iter_batches(BATCH, row_groups=list(piece.groups), columns=list(columns)):
                    yield self._decoded(batch)
        except (OSError, ValueError, TypeError, pa.ArrowException, shapely.errors.GEOSException) as error:
            raise unreadable(self.layer, piece.name, error) from error

    def _decoded(self, batch: pa.RecordBatch) -> pd.DataFrame:
        table = pa.Table.from_batches([batch])
        table.validate(full=True)  # texts that are none are found here, and not in the work with them
        if self.geometry is None or self.geometry not in table.column_names:
            return table.to_pandas(ignore_metadata=True)
        places = table[self.geometry].combine_chunks()
        frame = table.drop_columns(self.geometry).to_pandas(ignore_metadata=True)
        return gpd.GeoDataFrame(frame, geometry=points(places, self.encoding), crs=self.crs)


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


@dataclass(frozen=True)
class Reading:
    """How parts become batches of a checked layer; a cluster's workers get it."""

    source: Source
    schema: Layer
    columns: Mapping[str, str | None]  # fixed name -> the user's own column, of all that are there
    placing: tuple[str, ...]
    name: str
    crs: str | None
    places: pd.DataFrame | None
    on: str | None
    wanted: tuple[str, ...] = ()

    def batches(self, part: int) -> Iterator[Any]:
        """Checked batches of a part; those without rows are left out."""
        own = {fixed: user for fixed, user in self.columns.items() if user and self._needs(fixed)}
        read = dict.fromkeys([*own.values(), *self.placing])
        read.update(dict.fromkeys([self.source.geometry] if self.source.geometry else []))
        title, before = f"{self.name} [{self.source.names()[part]}]", 0
        for frame in self.source.read(part, list(read)):
            name = title if not before else f"{title} {before + 1}…"
            before += len(frame)
            if len(frame):
                layer = self._checked(frame, own, name)
                if len(layer):
                    yield layer

    def _needs(self, fixed: str) -> bool:
        keyed = fixed in self.schema.key or (self.on is not None and fixed in ("opened", "closed"))
        return keyed or not self.wanted or fixed in (*self.wanted, "x", "y", "postcode")

    def _checked(self, frame: pd.DataFrame, own: Mapping[str, str], name: str) -> Any:
        _refuse_texts(frame, self.schema, own, name)
        layer = as_layer(frame, self.schema, columns=own, name=name, crs=self.crs, places=self.places)
        return layer if self.on is None else open_on(layer, self.on, name=name, part=True)


def _refuse_texts(frame: pd.DataFrame, schema: Layer, own: Mapping[str, str], name: str) -> None:
    """Refusal of numbers as text: how they are written shows only in a whole column."""
    numbers = {own[c.name] for c in schema.columns if c.dtype == "number" and c.name in own}
    texts = [
        c
        for c in sorted(numbers & set(frame.columns))
        if not pd.api.types.is_numeric_dtype(frame[c]) and frame[c].notna().any()
    ]
    if texts:
        raise LayerError(
            message(
                "{layer}: the columns {names} hold text where numbers are needed. In parts numbers must be numbers: "
                "which sign is the decimal one shows only in the whole. Write them as such.",
                layer=name,
                names=listing(texts),
            )
        )


@dataclass(frozen=True)
class Parts:
    """
    A register in parts, as tools take it in place of a layer.

    Attributes
    ----------
    reading
        How its parts are read and checked.
    working
        Where they are worked through, and what is kept.
    """

    reading: Reading
    working: Working = field(default_factory=Working)

    @property
    def columns(self) -> pd.Index:
        """Fixed names of the columns it has."""
        return pd.Index([fixed for fixed, user in self.reading.columns.items() if user])

    @property
    def crs(self) -> CRS | None:
        """System of the points; None of a table without."""
        found = self.reading.source.crs or self.reading.crs
        return None if found is None else CRS.from_user_input(found)

    def __len__(self) -> int:
        """Number of parts."""
        return len(self.reading.source.names())


class Function(Protocol):
    """What is done with each batch."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Fixed names of the columns it needs."""

    def key(self) -> str:
        """Hash of all that its results depend on beside the batch."""

    def __call__(self, batch: Any) -> Sums:
        """Small arrays of a batch."""


def each_part(function: Function, parts: Parts, *, progress: Progress = no_progress) -> Iterator[Sums]:
    """
    Results of a function on every batch of a register, in the order of the parts.

    Parameters
    ----------
    function
        Batch -> small arrays: pure and picklable; it says which columns it needs.
    parts
        The register.
    progress
        Called with the share of the parts that are done.

    Yields
    ------
    sums
        Arrays of one batch.

    Raises
    ------
    LayerError
        If a part cannot be used; the message names it.
    """
    reading = replace(parts.reading, wanted=tuple(function.wanted))
    source = reading.source
    names = source.names()
    places = "" if reading.places is None else hash_of(reading.places)
    shared = (type(function).__name__, function.key(), software(), dict(reading.columns), reading.placing)
    settings = (reading.crs, reading.on, reading.wanted, places, BATCH)
    keys = [key_of(source.identity(k), shared, settings) for k in range(len(names))]
    return in_order(Task(function, reading.batches, software()), names, keys, parts.working, progress)


def hash_of(frame: pd.DataFrame) -> str:
    """Hash of a table or layer: its columns, values, shapes and system."""
    digest = hashlib.sha256(repr(list(map(str, frame.columns))).encode())
    plain = frame
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        digest.update(b"".join(w or b"-" for w in shapely.to_wkb(np.asarray(frame.geometry.array))))
        digest.update(str(frame.crs).encode())
        plain = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    digest.update(pd.util.hash_pandas_object(plain.astype(str), index=False).to_numpy().tobytes())
    return digest.hexdigest()


def open_parts(
    source: str | Path | Source,
    schema: Layer,
    *,
    columns: Mapping[str, str | None] | None = None,
    name: str = "",
    crs: str | None = None,
    places: str | Path | pd.DataFrame | None = None,
    on: str | None = None,
    working: Working | None = None,
) -> Parts:
    """
    Register in parts, of which nothing but the descriptions of the files is read yet.

    Parameters
    ----------
    source
        Folder of Parquet or GeoParquet files, a pattern such as ``register/*.parquet``, one file (whose row groups are
        the parts), or another `Source`. May end in the options `crs`, `places` and `on`, as any file.
    schema
        What the layer must be.
    columns
        Fixed name -> the user's own column.
    name
        What the layer is called in messages; its kind by default.
    crs
        System of the columns `x` and `y`, or of points that come without one.
    places
        Postcodes with their points or territories.
    on
        Day on which establishments must be open.
    working
        Folder of kept results, cluster, progress.

    Returns
    -------
    parts
        What tools that work in parts take in place of the layer.

    Raises
    ------
    LayerError
        If there are no parts, they differ in columns or systems, or columns are missing.
    """
    title = name or schema.kind
    options: dict[str, str] = {}
    if isinstance(source, str | Path):
        text = str(source).removesuffix("?parts").removesuffix("&parts")
        text, options = split_options(text)
        _refuse_choosing(options, title)
        source = parquet_source(text, title)
    empty = pd.DataFrame(columns=[c for c in source.columns if c != source.geometry])
    mapping = settled_columns(empty, schema, columns, name=title)
    own = {c.name: mapping.get(c.name, None if c in PLACING else c.name) for c in schema.columns}
    own = {fixed: user if user in source.columns else None for fixed, user in own.items()}
    crs, on = crs or options.get("crs"), on or options.get("on")
    if on is not None:
        require_days(pd.DataFrame(columns=[f for f, u in own.items() if u]), name=title)
    places = options.get("places") if places is None else places
    if isinstance(places, str | Path):
        places = read_places(places, title)
    placing = () if source.geometry else place_columns(empty, mapping, crs)
    reading = Reading(source, schema, own, placing, title, crs, places, on)
    return Parts(reading, working or Working())


def _refuse_choosing(options: Mapping[str, str], name: str) -> None:
    others = sorted(set(options) - {"crs", "places", "on", "parts"})
    if others:
        raise LayerError(
            message(
                "{layer}: rows of a register in parts cannot be chosen by {names}. Write parts that hold only the rows "
                "wanted, or name their files by a pattern.",
                layer=name,
                names=listing(others),
            )
        )


def read_layer_or_parts(
    source: str,
    schema: Layer,
    *,
    columns: Mapping[str, str | None] | None = None,
    name: str = "",
    working: Working | None = None,
) -> Any:
    """Checked layer of a file or, where the tool takes a layer in parts and it is, its parts."""
    if schema.parts and in_parts(source):
        return open_parts(source, schema, columns=columns, name=name, working=working)
    return read_layer(source, schema, columns=columns, name=name)


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
    root, files = _files(source)
    pieces: list[Piece] = []
    first: tuple[pa.Schema, dict[str, Any]] | None = None
    for path in files:
        label = path.relative_to(root).as_posix()
        require_file(path, name)
        try:
            head = pq.read_metadata(path)
            found = head.schema.to_arrow_schema()
            geo = json.loads((found.metadata or {}).get(_GEO, b"{}"))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise unreadable(name, label, error) from error
        if not head.num_rows:
            continue
        first = first or (found, geo)
        _refuse_others(first, (found, geo), name, (pieces[0].name if pieces else label, label))
        pieces += _pieces(path, label, head)
    if first is None:
        raise LayerError(
            message("{layer}: there are no rows in Parquet files at {path}.", layer=name, path=source)
        )
    column, encoding, crs = _placed(first[1], name)
    return ParquetSource(tuple(pieces), tuple(first[0].names), column, encoding, crs, name)


def part_files(source: str | Path) -> list[Path]:
    """Files of a register in parts."""
    return _files(str(source).removesuffix("?parts"))[1]


def _files(source: str) -> tuple[Path, list[Path]]:
    path = Path(source)
    if is_folder(path):
        found = [p for p in parquet_files(path) if not p.name.startswith((".", "_"))]
        return path, sorted(found)
    if "*" in source:
        fixed = [*path.parts[: next(k for k, part in enumerate(path.parts) if "*" in part)]]
        root = Path(*fixed) if fixed else Path()
        return root, sorted(root.glob(str(path.relative_to(root))))
    return path.parent, [path]


def _pieces(path: Path, label: str, head: Any) -> list[Piece]:
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
    stat = path.stat()
    return [
        Piece(
            path,
            label if len(groups) == 1 else f"{label}:{g[0] + 1}-{g[-1] + 1}",
            tuple(g),
            (label, stat.st_size, stat.st_mtime_ns, *g),
        )
        for g in groups
    ]


def _refuse_others(
    first: tuple[pa.Schema, dict[str, Any]],
    found: tuple[pa.Schema, dict[str, Any]],
    name: str,
    labels: tuple[str, str],
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
    here, there = _placed(first[1], name), _placed(found[1], name)
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


def _placed(geo: Mapping[str, Any], name: str) -> tuple[str | None, str, str | None]:
    """Column of points, how they are written, and their system."""
    column = geo.get("primary_column")
    if column is None:
        return None, "", None
    about = geo.get("columns", {}).get(column, {})
    encoding = str(about.get("encoding", "WKB"))
    if encoding not in ("WKB", "point"):
        raise LayerError(
            message(
                "{layer}: points are written as “{encoding}”, which is not read in parts. Write WKB.",
                layer=name,
                encoding=encoding,
            )
        )
    crs = about.get("crs", "OGC:CRS84")
    text = json.dumps(crs) if isinstance(crs, dict) else crs
    if text is not None:
        known_crs(str(text), name)
    return str(column), encoding, None if text is None else str(text)


def _same_system(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or CRS.from_user_input(one) == CRS.from_user_input(other)


def _system(placed: tuple[str | None, str, str | None]) -> str:
    return "–" if placed[2] is None else str(CRS.from_user_input(placed[2]).name)
