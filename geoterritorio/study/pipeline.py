"""The run of a study: layers read, steps run in order, everything written to one folder, whole or not at all."""

from __future__ import annotations

import dataclasses
import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, Message, StudyError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import KINDS
from geoterritorio.layers.store import write_layers
from geoterritorio.registry import Progress, descriptions, no_progress
from geoterritorio.study.config import LayerSource, Step, StudyPlan, read_plan
from geoterritorio.study.products import publish
from geoterritorio.study.provenance import provenance, write_provenance
from geoterritorio.study.results import StepResult

_MARK = "provenance.json"


def run_study(
    file: Path, output: Path, *, overwrite: bool = False, progress: Progress = no_progress
) -> dict[str, Path]:
    """
    Whole study from one TOML file.

    Parameters
    ----------
    file
        Study file; paths in it are relative to its folder.
    output
        Folder for the results; it appears whole or not at all.
    overwrite
        Whether the folder of an earlier study may be replaced.
    progress
        Callback.

    Returns
    -------
    made
        What was made -> its path: map, report, tables, layers, provenance.

    Raises
    ------
    StudyError
        If the study file has errors (all of them, each with its key) or the folder cannot be used.
    GeoterritorioError
        If a layer or a step is refused; nothing is left behind.
    """
    started = datetime.now(UTC)
    plan = read_plan(file)
    _check_folder(output, overwrite=overwrite)
    progress(0.02, mark("Reading layers"))
    layers, notices = _read_layers(plan)
    results = _run_steps(plan, layers, progress)
    with _folder(output, overwrite=overwrite) as part:
        progress(0.7, mark("Writing layers and tables"))
        _write_data(part, layers, results)
        progress(0.8, mark("Drawing map and report"))
        account = provenance(plan, results, started=started)
        publish(part, plan, results, notices, account)
        write_provenance(part / _MARK, account, part)
    progress(1.0, mark("Done"))
    names = {"map": "map.html", "report": "report.html", "layers": "study.gpkg", "tables": "tables"}
    made = {name: output / path for name, path in names.items() if (output / path).exists()}
    return made | {"provenance": output / _MARK}


def _check_folder(output: Path, *, overwrite: bool) -> None:
    parent = next(p for p in output.absolute().parents if p.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise StudyError(message("The folder {folder} is not there or not writable.", folder=parent))
    if not output.exists():
        return
    if output.is_dir() and not any(output.iterdir()):
        return
    if not overwrite:
        raise StudyError(
            message("{path} exists. Choose another folder, or allow overwriting (--overwrite).", path=output)
        )
    if not (output / _MARK).is_file():
        raise StudyError(
            message(
                "{path} is not the folder of a study (it has no {file}); it is left as it is.",
                path=output,
                file=_MARK,
            )
        )


@contextmanager
def _folder(output: Path, *, overwrite: bool) -> Iterator[Path]:
    target = output.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield part
        part.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            if overwrite or not any(target.iterdir()):
                target.replace(old)
                part.replace(target)
                shutil.rmtree(old, ignore_errors=True)
        else:
            part.replace(target)
    except OSError as error:
        raise StudyError(
            message("{path} cannot be written ({reason}).", path=output, reason=str(error))
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _read_layers(plan: StudyPlan) -> tuple[dict[str, Any], tuple[Message, ...]]:
    layers: dict[str, Any] = {}
    problems: list[Message] = []
    with _noticing() as notices:
        for source in plan.layers.values():
            try:
                layers[source.name] = _read(source)
            except GeoterritorioError as error:
                problems += error.problems
    if problems:
        raise StudyError(problems)
    return layers, tuple(notices)


def _read(source: LayerSource) -> Any:
    place = f"{source.path}|{source.layer}" if source.layer else str(source.path)
    return read_layer(place, KINDS[source.kind], columns=source.columns, name=f"layers.{source.name}")


def _run_steps(plan: StudyPlan, layers: Mapping[str, Any], progress: Progress) -> list[StepResult]:
    results: list[StepResult] = []
    known: dict[str, Any] = dict(layers)
    for i, step in enumerate(plan.steps):
        begin, span = 0.1 + 0.6 * i / len(plan.steps), 0.6 / len(plan.steps)

        def part(fraction: float, text: str = "", begin: float = begin, span: float = span) -> None:
            progress(begin + span * fraction, text)

        result = _run_step(step, known, part)
        known |= {f"{step.name}.{name}": value for name, value in result.outputs.items()}
        results.append(result)
    return results


def _run_step(step: Step, known: Mapping[str, Any], progress: Progress) -> StepResult:
    tool = descriptions()[step.tool]
    function = getattr(importlib.import_module(tool["module"]), step.tool)
    arguments = {key: known[name] for key, name in step.inputs.items()} | dict(step.options)
    try:
        with _noticing() as notices:
            result = function(**arguments, progress=progress)
    except GeoterritorioError as error:
        raise StudyError(
            [message("steps.{step}: {problem}", step=step.name, problem=p) for p in error.problems]
        ) from error
    outputs = {o["name"]: getattr(result, o["name"], result) for o in tool["outputs"]}
    defaults = {p["name"]: p["default"] for p in tool["parameters"] if p["type"] != "layer"}
    rules = getattr(result, "rules", None)
    settings = {**defaults, **step.options, **step.inputs, **(dataclasses.asdict(rules) if rules else {})}
    return StepResult(step, outputs, settings, tuple(notices))


@contextmanager
def _noticing() -> Iterator[list[Message]]:
    """Collect our own warnings as messages, and let every warning go on to whoever listens."""
    notices: list[Message] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield notices
    for warning in caught:
        if isinstance(warning.message, GeoterritorioWarning):
            notices.append(warning.message.message)
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _write_data(folder: Path, layers: Mapping[str, Any], results: list[StepResult]) -> None:
    frames = {name: frame for name, frame in layers.items() if isinstance(frame, gpd.GeoDataFrame)}
    tables: dict[str, pd.DataFrame] = {}
    for result in results:
        for name, value in result.outputs.items():
            if isinstance(value, gpd.GeoDataFrame):
                frames[f"{result.step.name}_{name}"] = value
            elif isinstance(value, pd.DataFrame):
                tables[f"{result.step.name}_{name}"] = value
    (folder / "tables").mkdir()
    store = folder / "study.gpkg"
    write_layers(
        {f"{store}|{name}": frame for name, frame in frames.items()}
        | {str(folder / "tables" / f"{name}.csv"): table for name, table in tables.items()}
    )
