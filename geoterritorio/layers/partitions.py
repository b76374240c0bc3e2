"""Registers in parts: more rows than memory holds, read a million at a time through the same door as any layer.

A source in parts says what its parts are and reads one of them in batches: Parquet (a folder, a pattern or one file
whose row groups are the parts), a table of a database cut by ranges of its key, or whatever else keeps to `Source`.
Only the columns that are needed are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.checks import as_layer, settled_columns
from geoterritorio.layers.choosing import open_on, require_days
from geoterritorio.layers.findings import listing
from geoterritorio.layers.identifiers import NOTED, Hashes, Noting, hashed, identifiers, refuse_repeated
from geoterritorio.layers.parquet_parts import BATCH, parquet_source
from geoterritorio.layers.places import place_columns
from geoterritorio.layers.postgis.address import is_address, split_address
from geoterritorio.layers.postgis.parts import table_source
from geoterritorio.layers.readers import in_parts, read_layer, read_places, split_options
from geoterritorio.layers.schema import PLACING
from geoterritorio.layers.working import Sums, Task, Working, in_order, key_of, software
from geoterritorio.registry import Layer, Progress, no_progress

_NONE = np.empty(0, np.uint64)


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
        return (layer for layer in map(self._open, self.layers(part)) if len(layer))

    def noted(self, part: int) -> Iterator[tuple[Any, Hashes]]:
        """Checked batches of a part, and the hashes of all their identifiers, whatever the day."""
        for layer in self.layers(part):
            hashes = np.sort(hashed(identifiers(layer, self.schema)))
            kept = self._open(layer)
            if len(kept) or len(hashes):
                yield kept, hashes

    def texts(self, part: int) -> Iterator[pd.Series]:
        """Identifiers of a part, batch by batch."""
        required = tuple(c.name for c in self.schema.columns if c.required)
        again = replace(self, wanted=(*self.schema.key, *required))
        return (identifiers(layer, self.schema) for layer in again.layers(part))

    def layers(self, part: int) -> Iterator[Any]:
        """Checked batches of a part, whatever the day."""
        own = {fixed: user for fixed, user in self.columns.items() if user and self._needs(fixed)}
        read = dict.fromkeys([*own.values(), *self.placing])
        read.update(dict.fromkeys([self.source.geometry] if self.source.geometry else []))
        title, before = f"{self.name} [{self.source.names()[part]}]", 0
        for frame in self.source.read(part, list(read)):
            name = title if not before else f"{title} {before + 1}…"
            before += len(frame)
            if len(frame):
                yield self._checked(frame, own, name)

    def _needs(self, fixed: str) -> bool:
        keyed = fixed in self.schema.key or (self.on is not None and fixed in ("opened", "closed"))
        return keyed or not self.wanted or fixed in (*self.wanted, "x", "y", "postcode")

    def _checked(self, frame: pd.DataFrame, own: Mapping[str, str], name: str) -> Any:
        _refuse_texts(frame, self.schema, own, name)
        return as_layer(frame, self.schema, columns=own, name=name, crs=self.crs, places=self.places)

    def _open(self, layer: Any) -> Any:
        return layer if self.on is None else open_on(layer, self.on, name=self.name, part=True)


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


def each_part(
    function: Function, parts: Parts, *, known: bool = False, progress: Progress = no_progress
) -> Iterator[Sums]:
    """
    Results of a function on every batch of a register, in the order of the parts.

    Parameters
    ----------
    function
        Batch -> small arrays: pure and picklable; it says which columns it needs.
    parts
        The register.
    known
        Whether the parts were gone through before, so that their identifiers need not be compared again.
    progress
        Called with the share of the parts that are done.

    Yields
    ------
    sums
        Arrays of one batch.

    Raises
    ------
    LayerError
        If a part cannot be used, or identifiers occur in several; the message names them.
    """
    reading = replace(parts.reading, wanted=tuple(function.wanted))
    names = reading.source.names()
    task = Task(function, reading.batches, software())
    if not known:
        task = Task(Noting(function), reading.noted, software())
    keys = _keys(function, reading, known=known) if parts.working.kept is not None else [""] * len(names)
    seen: list[tuple[int, Hashes]] = []
    for part, sums in in_order(task, names, keys, parts.working, progress):
        seen.append((part, sums.get(NOTED, _NONE)))
        rest = {name: values for name, values in sums.items() if name != NOTED}
        if rest:
            yield rest
    refuse_repeated(seen, reading.texts, names, schema=reading.schema, layer=reading.name)


def _keys(function: Function, reading: Reading, *, known: bool) -> list[str]:
    """Hash of all that the result of each part depends on."""
    source = reading.source
    places = "" if reading.places is None else hash_of(reading.places)
    shared = (
        type(function).__name__,
        function.key(),
        known,
        software(),
        dict(reading.columns),
        reading.placing,
    )
    settings = (reading.crs, reading.on, reading.wanted, places, BATCH)
    return [key_of(source.identity(k), shared, settings) for k in range(len(source.names()))]


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
        the parts), a table (``postgresql://user@host/database?table=schema.name``, cut by ranges of its primary key),
        or another `Source`. May end in the options `crs`, `places` and `on`, as any file.
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
        source = _source(text, schema, title)
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


def _source(text: str, schema: Layer, name: str) -> Source:
    """Parts of a table of a database, or of Parquet files."""
    if is_address(text):
        return table_source(split_address(text)[0], name=name, kind=schema.kind)
    return parquet_source(text, name)


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
