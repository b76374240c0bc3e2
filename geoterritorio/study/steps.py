"""The steps of a study: each run once, in an order in which it can, alone or several beside each other.

A step reads its inputs from the store and keeps its result there, so that a step that ended is never lost and
one whose inputs, settings and software are unchanged is never run again.
"""

from __future__ import annotations

import dataclasses
import importlib
import multiprocessing
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from graphlib import TopologicalSorter
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pandas as pd

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, Message, StudyError, message
from geoterritorio.layers.checks import check_layer
from geoterritorio.layers.choosing import tell_closed
from geoterritorio.registry import Layer, Progress, descriptions, gathered, layer_of
from geoterritorio.study import store
from geoterritorio.study.config import Step, StudyPlan

Inputs = Mapping[str, tuple[str, str]]
_POLL = 0.2


@dataclasses.dataclass(frozen=True)
class Task:
    """
    A step with the key of its result and, by parameter, the keys of its inputs and their output's name.

    `cut` are the parameters whose layers were cut to a day; `further` has the tables whose rows follow those of the
    first.
    """

    step: Step
    key: str
    inputs: Inputs
    cut: frozenset[str] = frozenset()
    further: Mapping[str, tuple[tuple[str, str], ...]] = dataclasses.field(default_factory=dict)

    @property
    def needs(self) -> set[str]:
        """Keys of all values it takes."""
        others = (key for places in self.further.values() for key, _ in places)
        return {*(key for key, _ in self.inputs.values()), *others}


def plan_tasks(plan: StudyPlan, layer_keys: Mapping[str, str]) -> dict[str, Task]:
    """Tasks by name of step; a key depends on tool, settings, seed, software and the keys of all inputs."""
    tasks: dict[str, Task] = {}
    for step in plan.steps:

        def place(name: str) -> tuple[str, str]:
            source, _, output = name.partition(".")
            return (tasks[source].key, output) if output else (layer_keys[name], "layer")

        inputs = {parameter: place(name) for parameter, name in step.inputs.items()}
        further = {parameter: tuple(map(place, names)) for parameter, names in step.further.items()}
        # What tables are called is in their rows, where several are put together.
        told = {parameter: (step.inputs[parameter], *names) for parameter, names in step.further.items()}
        key = store.key_of(
            "step",
            step.tool,
            dict(step.options),
            inputs,
            store.software(),
            *((further, told) if further else ()),
        )
        cut = {p for p, name in step.inputs.items() if name in plan.layers and plan.layers[name].on}
        tasks[step.name] = Task(step, key, inputs, frozenset(cut), further)
    return tasks


def run_tasks(tasks: Mapping[str, Task], folder: Path, *, jobs: int, progress: Progress) -> set[str]:
    """
    Results of all tasks in the store.

    Parameters
    ----------
    tasks
        Tasks by name.
    folder
        The store.
    jobs
        How many steps may run beside each other; 1 runs them in this process.
    progress
        Callback.

    Returns
    -------
    computed
        Names of the steps that were run; the others' results were there.

    Raises
    ------
    StudyError
        If a step is refused or ends without a result; results of other steps stay.
    """
    waiting = {name: task for name, task in tasks.items() if not store.known(folder, task.key)}
    names = {task.key: name for name, task in tasks.items()}
    graph = {n: {names[k] for k in t.needs if names.get(k) in waiting} for n, t in waiting.items()}
    order = TopologicalSorter(graph)
    order.prepare()
    if jobs == 1 or len(waiting) == 1:
        _one_by_one(waiting, order, folder, progress)
    elif waiting:
        _Crew(waiting, order, folder, progress).work(jobs)
    return set(waiting)


def compute(task: Task, folder: Path, progress: Progress) -> None:
    """Run one task and keep its result."""
    step = task.step
    tool = descriptions()[step.tool]
    function = getattr(importlib.import_module(tool["module"]), step.tool)
    values = {key: _needed(folder, key) for key in task.needs}
    arguments = {name: _joined(task, name, values) for name in task.inputs}
    schemas = {p["name"]: layer_of(p) for p in tool["parameters"] if p["type"] == "layer"}
    begin = time.perf_counter()
    try:
        # The door of the layer is wider than that of some tools: a history of boundaries is not one map.
        arguments = {
            name: _fitting(layer, schemas[name], task.step, name) for name, layer in arguments.items()
        }
        with noticing() as notices:
            for name in sorted(arguments.keys() - task.cut):
                tell_closed(arguments[name], schemas[name], name=step.inputs[name])
            result = function(**gathered(function, {**arguments, **step.options}), progress=progress)
    except GeoterritorioError as error:
        problems = [message("steps.{step}: {problem}", step=step.name, problem=p) for p in error.problems]
        raise StudyError(problems) from error
    rules = getattr(result, "rules", None)
    outputs = {o["name"]: getattr(result, o["name"], result) for o in tool["outputs"]}
    seconds = round(time.perf_counter() - begin, 3)
    kept = store.Value(outputs, tuple(notices), seconds, dataclasses.asdict(rules) if rules else {})
    store.save(folder, task.key, kept)


def _joined(task: Task, name: str, values: Mapping[str, store.Value]) -> Any:
    """Layer of a parameter; of several tables all rows, each with the step that gives it in column `source`."""
    key, output = task.inputs[name]
    first = values[key].outputs[output]
    if name not in task.further:
        return first
    others = [values[k].outputs[o] for k, o in task.further[name]]
    named = zip((task.step.inputs[name], *task.step.further[name]), (first, *others), strict=True)
    parts = [pd.DataFrame(table).assign(source=called.partition(".")[0]) for called, table in named]
    # Columns of no value tell nothing, and their type would decide that of the whole.
    return pd.concat([p.dropna(axis=1, how="all") for p in parts if len(p)] or parts[:1], ignore_index=True)


def _fitting(layer: Any, schema: Layer, step: Step, name: str) -> Any:
    return check_layer(layer, schema, name=step.inputs[name]) if isinstance(layer, pd.DataFrame) else layer


def _needed(folder: Path, key: str) -> store.Value:
    value = store.load(folder, key)
    if value is None:
        raise StudyError(message("A result that was there is gone or changed. Run the study again."))
    return value


@contextmanager
def noticing() -> Iterator[list[Message]]:
    """Collect our own warnings as messages, and let every warning go on to whoever listens."""
    notices: list[Message] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield notices
    for warning in caught:
        if isinstance(warning.message, GeoterritorioWarning):
            notices.append(warning.message.message)
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _one_by_one(
    tasks: Mapping[str, Task], order: TopologicalSorter[str], folder: Path, progress: Progress
) -> None:
    done = 0
    while order.is_active():
        for name in order.get_ready():

            def part(fraction: float, text: str = "", before: int = done) -> None:
                progress((before + fraction) / len(tasks), text)

            compute(tasks[name], folder, part)
            done += 1
            order.done(name)


class _Crew:
    """Steps in processes of their own, so that one that crashes or is killed takes nothing with it."""

    def __init__(
        self, tasks: Mapping[str, Task], order: TopologicalSorter[str], folder: Path, progress: Progress
    ) -> None:
        self.tasks, self.order, self.folder, self.progress = tasks, order, folder, progress
        self.context = multiprocessing.get_context("spawn")
        self.ready: list[str] = []
        self.running: dict[Any, tuple[str, Any]] = {}
        self.shares = dict.fromkeys(tasks, 0.0)

    def work(self, jobs: int) -> None:
        try:
            while self.order.is_active():
                self.ready += self.order.get_ready()
                while self.ready and len(self.running) < jobs:
                    self._start(self.ready.pop(0))
                for line in wait(list(self.running), timeout=_POLL):
                    self._hear(line)
                self.progress(sum(self.shares.values()) / len(self.tasks))
        finally:
            for _, process in self.running.values():
                process.kill()
                process.join()

    def _start(self, name: str) -> None:
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(
            target=_alone, args=(self.tasks[name], self.folder, theirs), daemon=True
        )
        process.start()
        theirs.close()
        self.running[ours] = (name, process)

    def _hear(self, line: Any) -> None:
        name, process = self.running[line]
        try:
            kind, content = line.recv()
        except EOFError:
            kind, content = "gone", None
        if kind == "progress":
            self.shares[name], text = content
            self.progress(sum(self.shares.values()) / len(self.tasks), text)
            return
        process.join()
        del self.running[line]
        if kind == "refused":
            raise StudyError(content)
        if kind == "gone" or not store.known(self.folder, self.tasks[name].key):
            raise StudyError(
                message(
                    "steps.{step}: ended without a result (exit code {code}).{said} Finished steps are kept; "
                    "run the study again to go on.",
                    step=name,
                    code=process.exitcode,
                    said=f" {content}" if content else "",
                )
            )
        self.shares[name] = 1.0
        for text in content:
            warnings.warn(GeoterritorioWarning(text), stacklevel=2)
        self.order.done(name)


def _alone(task: Task, folder: Path, line: Connection) -> None:
    def progress(fraction: float, text: str = "") -> None:
        line.send(("progress", (fraction, text)))

    try:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            compute(task, folder, progress)
        value = store.load(folder, task.key)
        line.send(("done", value.notices if value else ()))
    except StudyError as error:
        line.send(("refused", error.problems))
    except Exception as error:  # noqa: BLE001 - told to the parent, which says it with the step's name
        line.send(("failed", f"{type(error).__name__}: {error}"))
