"""Identifiers of a register in parts: that each is there once shows only in all parts, by eight bytes of each row.

Every part leaves the sorted hashes of its identifiers. They are compared range by range, and where two are the same the
identifiers themselves are read again, so that no hash is taken for an identifier.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers.checks import shared_identifiers
from geoterritorio.layers.findings import listing
from geoterritorio.layers.working import Sums
from geoterritorio.registry import Layer

Hashes = npt.NDArray[np.uint64]
NOTED = "identifiers"  # of a batch, among its sums
_AT_ONCE = 1_000_000  # hashes that are compared at a time
_LOOKED_AT = 10_000  # hashes of which the identifiers are read again, so that memory stays bounded
_HASHES = 1 << 64
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Noting:
    """
    What is done with a batch, which also leaves its identifiers.

    Parameters
    ----------
    function
        Batch -> arrays.
    """

    function: Callable[[Any], Sums]

    def __call__(self, batch: tuple[Any, Hashes]) -> Sums:
        """Arrays of the batch, if it has rows, and the hashes of its identifiers."""
        layer, hashes = batch
        return {**(self.function(layer) if len(layer) else {}), NOTED: hashes}


def identifiers(layer: pd.DataFrame, schema: Layer) -> pd.Series:
    """Identifier of each row that has one, as one text; empty where the layer has none."""
    key = [k for k in schema.key if k in layer.columns]
    if schema.key[0] not in key:
        return pd.Series([], dtype=object)
    rows = layer.loc[layer[schema.key[0]].notna(), key]
    found = rows[key[0]].astype(object)
    for column in key[1:]:
        found = found + _BETWEEN + rows[column].astype(object).fillna("")
    return found


def hashed(texts: pd.Series) -> Hashes:
    """Hash of each text, the same in every process."""
    return np.asarray(pd.util.hash_array(texts.to_numpy(dtype=object), categorize=False), dtype=np.uint64)


def refuse_repeated(
    seen: Sequence[tuple[int, Hashes]],
    again: Callable[[int], Iterator[pd.Series]],
    names: Sequence[str],
    *,
    schema: Layer,
    layer: str,
) -> None:
    """
    Refusal of identifiers that occur in several parts, or in several batches of one.

    Parameters
    ----------
    seen
        Number of a part, and sorted hashes of a batch of it.
    again
        Number of a part -> its identifiers, batch by batch; asked only of parts in which a hash repeats.
    names
        What each part is called.
    schema
        What the layer is.
    layer
        What it is called in messages.

    Raises
    ------
    LayerError
        If identifiers repeat; the message says how many rows share theirs, which, and in which parts.
    """
    twice = _repeated([hashes for _, hashes in seen])
    if not len(twice):
        return
    looked_at = twice[:_LOOKED_AT]
    parts = list(dict.fromkeys(part for part, hashes in seen if np.isin(looked_at, hashes).any()))
    found = _read_again(parts, again, looked_at)
    found = found[found["identifier"].duplicated(keep=False).to_numpy()]
    if not len(found):
        return  # other identifiers with the same hash
    count = len(found)
    if len(twice) > _LOOKED_AT:
        count = sum(int(np.isin(hashes, twice).sum()) for _, hashes in seen)
        parts = list(dict.fromkeys(part for part, hashes in seen if np.isin(hashes, twice).any()))
    else:
        parts = sorted(set(found["part"]))
    values = [text.replace(_BETWEEN, " / ") for text in found["identifier"].drop_duplicates()]
    title = f"{layer} [{listing([names[k] for k in parts])}]"
    raise LayerError(shared_identifiers(count, schema.key, values, layer=title))


def _repeated(seen: Sequence[Hashes]) -> Hashes:
    """Hashes that occur more than once, sorted; ranges of them are looked at one after the other."""
    ranges = sum(map(len, seen)) // _AT_ONCE + 1
    limits = np.array([k * (_HASHES // ranges) for k in range(1, ranges)], dtype=np.uint64)
    cuts = [[0, *np.searchsorted(hashes, limits).tolist(), len(hashes)] for hashes in seen]
    found = [np.empty(0, np.uint64)]
    for k in range(ranges):
        together = np.concatenate([found[0], *(h[c[k] : c[k + 1]] for h, c in zip(seen, cuts, strict=True))])
        together.sort(kind="stable")  # which is quick where sorted pieces follow each other
        found.append(np.unique(together[1:][together[1:] == together[:-1]]))
    return np.concatenate(found)


def _read_again(
    parts: Sequence[int], again: Callable[[int], Iterator[pd.Series]], wanted: Hashes
) -> pd.DataFrame:
    """Identifiers that have one of the hashes, each with its part."""
    found: dict[str, list[Any]] = {"part": [], "identifier": []}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)  # they were told the first time
        for part in parts:
            for texts in again(part):
                chosen = texts[np.isin(hashed(texts), wanted)].tolist()
                found["part"] += [part] * len(chosen)
                found["identifier"] += chosen
    return pd.DataFrame(found)
