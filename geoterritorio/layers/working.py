"""Work in parts: one pure function on each, here or on a cluster, what is done kept, results in the order of parts.

What a part gives is small (sums, counts) and is kept, if wanted, under the hash of all it depends on, so that a run
that ended early goes on from there. Nothing here knows what the parts are.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import reason_of
from geoterritorio.registry import Progress, no_progress

PACKAGE = Path(__file__).parents[1]
Sums = Mapping[str, npt.NDArray[Any]]
_SAID = "said"


@dataclass(frozen=True)
class Working:
    """
    How parts are worked through.

    Parameters
    ----------
    kept
        Folder in which the results of parts are kept, and taken from; None keeps none.
    scheduler
        Address of the scheduler of a Dask cluster, as ``tcp://host:8786``; None works here, one part after the other.
    progress
        Called with the share of the parts that are done.
    """

    kept: Path | None = None
    scheduler: str | None = None
    progress: Progress = no_progress


@dataclass(frozen=True)
class Outcome:
    """What one part gave: arrays of each of its batches and what was said, or why it was refused."""

    sums: tuple[Sums, ...] = ()
    said: tuple[Message, ...] = ()
    refused: GeoterritorioError | None = None


@cache
def software() -> str:
    """Hash of this package's own source: other code may give other results."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Task:
    """
    Work on parts that another process can do.

    Parameters
    ----------
    function
        Batch -> arrays; pure, and picklable for a cluster.
    batches
        Number of a part -> its batches.
    software
        Hash of the package that asks.
    """

    function: Callable[[Any], Sums]
    batches: Callable[[int], Iterator[Any]]
    software: str

    def __call__(self, part: int) -> Outcome:
        """Arrays of a part; refusals are results, so that no process has to hand on an exception."""
        if self.software != software():
            return Outcome(refused=_other_software())
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", GeoterritorioWarning)
            try:
                sums = tuple(self.function(batch) for batch in self.batches(part))
            except GeoterritorioError as error:
                return Outcome(refused=error)
        texts = [w.message.message for w in said if isinstance(w.message, GeoterritorioWarning)]
        return Outcome(sums, tuple(texts))


def _other_software() -> LayerError:
    return LayerError(
        message(
            "A worker of the cluster has another version of geoterritorio, which may count otherwise. Install "
            "the same one on all machines, and start the workers anew."
        )
    )


def in_order(
    task: Task, names: Sequence[str], keys: Sequence[str], working: Working, progress: Progress = no_progress
) -> Iterator[tuple[int, Sums]]:
    """
    Arrays of all batches in the order of the parts, whichever is done first.

    Parameters
    ----------
    task
        The work.
    names
        What each part is called in messages.
    keys
        Hash of all that each part's result depends on; needed where results are kept.
    working
        Where, and what is kept.
    progress
        Called with the share of the parts that are done.

    Yields
    ------
    part, sums
        Number of the part, and arrays of one of its batches.

    Raises
    ------
    GeoterritorioError
        What the first part (in their order) that cannot be worked through was refused for. Parts done are kept.
    """
    said: dict[Message | str, Message] = {}
    store = _folder(working.kept) if working.kept is not None else None
    there = {k for k, key in enumerate(keys) if store is not None and (store / _file(key)).exists()}
    left = [k for k in range(len(names)) if k not in there]
    fresh = _fresh(task, left, names, working)
    for k in range(len(names)):
        progress(k / len(names), mark("Working through the parts"))
        working.progress(k / len(names), mark("Working through the parts"))
        outcome = _taken(store, keys[k]) if store is not None and k in there else None
        if outcome is None:
            outcome = task(k) if k in there else next(fresh)
            if outcome.refused is not None:
                raise outcome.refused
            if store is not None:
                _keep(store, keys[k], outcome)
        said.update({_same(text): text for text in outcome.said if _same(text) not in said})
        yield from ((k, sums) for sums in outcome.sums)
    for text in said.values():
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _same(text: Message) -> str:
    """By what two warnings are one: their words, whatever the figures of a part."""
    return text.text or str(text)


def _fresh(task: Task, left: Sequence[int], names: Sequence[str], working: Working) -> Iterator[Outcome]:
    if working.scheduler is None or not left:
        return map(task, left)
    from geoterritorio.layers.cluster import on_cluster  # noqa: PLC0415 - dask only where a cluster is asked for

    return on_cluster(task, left, names, working)


def _folder(kept: Path) -> Path:
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unkept(kept, error) from error
    return kept


def _file(key: str) -> str:
    return f"part-{key[:40]}.kept"


def key_of(*parts: object) -> str:
    """Hash of what a result depends on."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(store: Path, key: str, outcome: Outcome) -> None:
    """Keep the arrays of a part; they appear whole or not at all."""
    arrays: dict[str, Any] = {
        f"{i}.{name}": values for i, sums in enumerate(outcome.sums) for name, values in sums.items()
    }
    said = json.dumps([packed(text) for text in outcome.said], ensure_ascii=True, default=str)
    content = io.BytesIO()
    np.savez_compressed(content, **{_SAID: np.array(said), **arrays})
    written = None
    try:
        with tempfile.NamedTemporaryFile(dir=store, prefix=".part.", delete=False) as file:
            written = Path(file.name)
            file.write(_sealed(key, content.getvalue()))
            file.flush()
            os.fsync(file.fileno())
        written.replace(store / _file(key))
    except OSError as error:
        raise _unkept(store, error) from error
    finally:
        if written is not None:
            with suppress(OSError):
                written.unlink(missing_ok=True)


def _sealed(key: str, content: bytes) -> bytes:
    """Content behind its hash, which is also that of the work it is the result of."""
    return hashlib.sha256(key.encode() + content).digest() + content


def _unkept(store: Path, error: OSError) -> LayerError:
    return LayerError(
        message(
            "kept: results of parts cannot be kept in {path} ({reason}). Name another folder, or keep none.",
            path=store,
            reason=reason_of(error),
        )
    )


def _taken(store: Path, key: str) -> Outcome | None:
    """What is kept of a part; None where it is not what was written, and the part is worked through again."""
    try:
        written = (store / _file(key)).read_bytes()
        content = written[hashlib.sha256().digest_size :]
        return _outcome(content) if written == _sealed(key, content) else None
    except (
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RuntimeError,
        BadZipFile,
        zlib.error,
    ):
        return None  # whoever wrote this, with its hash, was not this package


def _outcome(content: bytes) -> Outcome:
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        said = tuple(unpacked(text) for text in json.loads(str(found[_SAID])))
        batches: dict[int, dict[str, npt.NDArray[Any]]] = {}
        for label in found.files:
            number, dot, name = label.partition(".")
            if dot:
                batches.setdefault(int(number), {})[name] = found[label]
    return Outcome(tuple(batches[i] for i in sorted(batches)), said)


def packed(text: Message) -> dict[str, Any]:
    """Message as plain values."""
    values = {k: packed(v) if isinstance(v, Message) else v for k, v in text.values.items()}
    return {"text": text.text, "values": values}


def unpacked(plain: Mapping[str, Any]) -> Message:
    """Message of plain values."""
    values = {
        k: unpacked(v) if isinstance(v, dict) and set(v) == {"text", "values"} else v
        for k, v in plain["values"].items()
    }
    return Message(plain["text"], values)
