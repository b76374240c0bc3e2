"""Parts on a Dask cluster: the same work in other processes, results in the order of the parts, no partial result.

A worker that ends is Dask's matter: its parts are given to others. A part that ends one worker after the other, a
cluster without workers and a scheduler that is gone are refused, with how to go on. Dask gives up all parts that were
with the workers that ended; each of them is tried once more with none beside it, so that only the guilty one is named.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from geoterritorio.errors import DependencyError, LayerError, Message, message
from geoterritorio.layers.working import Outcome, Task, Working

# Parts that are under way for each worker, so that neither results nor tasks pile up.
_AHEAD = 3
# Seconds: to reach a scheduler, between two looks at it, without any worker until it is given up.
_REACH, _LOOK, _ALONE = 10, 0.5, 60
_GO_ON: Message = message(" With --kept FOLDER, parts that are done are not counted again.")


def on_cluster(task: Task, left: Sequence[int], names: Sequence[str], working: Working) -> Iterator[Outcome]:
    """
    Outcomes of parts on a cluster, in the order of the parts.

    Parameters
    ----------
    task
        The work; it and what it returns go through pickle between machines of one owner.
    left
        Numbers of the parts.
    names
        What each part is called.
    working
        Address of the scheduler.

    Yields
    ------
    outcome
        What each part gave.

    Raises
    ------
    DependencyError
        Dask is not installed.
    LayerError
        The cluster cannot be reached, has no workers or is lost, or a part ends its workers.
    """
    distributed = _distributed()
    address = str(working.scheduler)
    with _client(distributed, address) as client:
        workers = _awaited(client, address)
        shared = _shared(client, task)
        waiting = deque(left)
        under_way: deque[tuple[int, Any]] = deque()
        while waiting or under_way:
            while waiting and len(under_way) < _AHEAD * max(1, workers):
                part = waiting.popleft()
                under_way.append((part, client.submit(_done, shared, part, pure=False)))
            part, future = under_way.popleft()
            try:
                outcome = _result(distributed, client, future, address)
            except distributed.KilledWorker:
                client.cancel([beside for _, beside in under_way])
                waiting.extendleft(number for number, _ in reversed(under_way))
                under_way.clear()
                shared = _shared(client, task)
                future = client.submit(_done, shared, part, pure=False)
                outcome = _alone(distributed, client, future, names[part], address)
            yield outcome


def _shared(client: Any, task: Task) -> Any:
    """The work, sent to the cluster once."""
    with warnings.catch_warnings():
        # that territories are large is known: they are sent once, and once more to who must begin anew
        warnings.simplefilter("ignore", UserWarning)
        return client.submit(_same, task, pure=False)


def _alone(distributed: Any, client: Any, future: Any, part: str, address: str) -> Outcome:
    """What a part gives that was with workers that ended, now that none is beside it."""
    try:
        return _result(distributed, client, future, address)
    except distributed.KilledWorker as error:
        raise _killing(part) from error


def _same(task: Task) -> Task:
    """The work as a result of the cluster, which makes it anew where a worker took it along."""
    return task


def _done(task: Task, part: int) -> Outcome:
    return task(part)


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - an extra, which is slow to load
    except ImportError as error:
        raise DependencyError(
            message(
                "Work on a cluster needs the package {package}. Install it: pip install {package}",
                package="geoterritorio[scale]",
            )
        ) from error
    return distributed


@contextmanager
def _client(distributed: Any, address: str) -> Iterator[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = distributed.Client(address, timeout=_REACH, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise LayerError(
            message(
                "scheduler: there is no Dask scheduler at {address}. Start one (dask scheduler), or leave the address "
                "out to work here.",
                address=address,
            )
        ) from error
    try:
        yield client
    finally:
        # what the result is does not hang on how the connection ends
        with suppress(TimeoutError, OSError):
            client.close(timeout=_REACH)


def _workers(client: Any) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _awaited(client: Any, address: str) -> int:
    """Number of workers, once there are any: they may still be starting, or be started anew."""
    begin = time.monotonic()
    while client.status == "running":
        found = _workers(client)
        if found:
            return found
        if time.monotonic() - begin > _ALONE:
            raise _without_workers(address)
        time.sleep(_LOOK)
    raise _lost(address)


def _result(distributed: Any, client: Any, future: Any, address: str) -> Outcome:
    alone = time.monotonic()
    while True:
        try:
            found: Outcome = future.result(timeout=_LOOK)
        except (TimeoutError, distributed.TimeoutError):
            if client.status != "running":
                raise _lost(address) from None
            if _workers(client):
                alone = time.monotonic()
            elif time.monotonic() - alone > _ALONE:
                raise _without_workers(address) from None
        except (distributed.CancelledError, OSError, RuntimeError) as error:
            raise _lost(address) from error
        else:
            return found


def _without_workers(address: str) -> LayerError:
    text = message(
        "scheduler: the cluster at {address} has no workers. Start some (dask worker {address}).{kept}",
        address=address,
        kept=_GO_ON,
    )
    return LayerError(text)


def _lost(address: str) -> LayerError:
    text = message(
        "scheduler: the connection to {address} was lost; nothing was written. Start the cluster anew and run this "
        "again.{kept}",
        address=address,
        kept=_GO_ON,
    )
    return LayerError(text)


def _killing(part: str) -> LayerError:
    text = message(
        "The part {part} ended one worker after the other, most likely for want of memory. Give the workers more, or "
        "write the part in smaller row groups.{kept}",
        part=part,
        kept=_GO_ON,
    )
    return LayerError(text)
