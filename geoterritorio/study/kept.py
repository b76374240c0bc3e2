"""What of a finished study is kept beside its values, so that profiles can be made from it later."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoterritorio.errors import Message, StudyError, message
from geoterritorio.study import store
from geoterritorio.study.confidential import confidential_of
from geoterritorio.study.config import Copies, LayerSource, Profiles, Step, StudyPlan
from geoterritorio.study.results import StepResult
from geoterritorio.study.workshop import MARK, VALUES

# Folder among the values, and its file.
NAME, _FILE = "study", "study.json"
_SETS = ("left_out", "shown", "untold", "ticked", "in_project")


@dataclass(frozen=True)
class Kept:
    """
    A finished study as it was.

    Parameters
    ----------
    plan
        The study.
    results
        Results of its steps.
    layers
        Its layers by name.
    account
        Its provenance.
    notices
        What was warned about when its layers were read.
    """

    plan: StudyPlan
    results: tuple[StepResult, ...]
    layers: Mapping[str, Any]
    account: Mapping[str, Any]
    notices: tuple[Message, ...] = ()


def keep(values: Path, plan: StudyPlan, keys: Mapping[str, str], results: Sequence[StepResult]) -> None:
    """
    Write down which values are what.

    Parameters
    ----------
    values
        Store of the study.
    plan
        The study.
    keys
        Name of the layer -> key of its value.
    results
        Results of its steps.
    """
    folder = values / NAME
    folder.mkdir(exist_ok=True)
    told = {
        "plan": dataclasses.asdict(plan),
        "layers": dict(keys),
        "steps": {r.step.name: {"key": r.key, "settings": dict(r.settings)} for r in results},
    }
    part = folder / f"{_FILE}.part"
    part.write_text(json.dumps(told, ensure_ascii=False, default=_plain), encoding="utf-8")
    # the file of an earlier run may be the same one under another name: it is replaced, not written over
    part.replace(folder / _FILE)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def kept(folder: Path) -> Kept:
    """
    A finished study from its folder.

    Parameters
    ----------
    folder
        Folder of the study.

    Returns
    -------
    study
        Plan, results, layers and provenance.

    Raises
    ------
    StudyError
        If the folder is none of a finished study, or its values are gone or damaged.
    """
    if not (folder / MARK).is_file():
        raise StudyError(
            message(
                "{path} is not the folder of a finished study (it has no {file}). Name the folder that "
                "“geoterritorio study FILE --output FOLDER” has written.",
                path=folder,
                file=MARK,
            )
        )
    try:
        account = json.loads((folder / MARK).read_text(encoding="utf-8"))
        told = json.loads((folder / VALUES / NAME / _FILE).read_text(encoding="utf-8"))
        plan = _plan(told["plan"])
        values = {name: _value(folder, key) for name, key in told["layers"].items()}
        layers = {name: value.outputs["layer"] for name, value in values.items()}
        results = tuple(_result(folder, step, told["steps"][step.name]) for step in plan.steps)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StudyError(
            message(
                "{path}: the values of the study are not there, damaged, or of another version of this software. Run "
                "the study again with --overwrite.",
                path=folder,
            )
        ) from error
    return Kept(plan, results, layers, account, tuple(n for value in values.values() for n in value.notices))


def _value(folder: Path, key: str) -> store.Value:
    value = store.load(folder / VALUES, str(key))
    if value is None:
        raise KeyError(key)
    return value


def _result(folder: Path, step: Step, told: Mapping[str, Any]) -> StepResult:
    value = _value(folder, told["key"])
    return StepResult(
        step, value.outputs, told["settings"], value.notices, value.seconds, told["key"], computed=False
    )


def _plan(told: Mapping[str, Any]) -> StudyPlan:
    """Plan from what was written down."""
    lists = {name: tuple(told[name]) for name in ("sources", "notes", "histories")}
    # what a study does not say is not there in those that were finished before it could
    sets = {name: frozenset(told.get(name, ())) for name in _SETS}
    profiles = Profiles(**(told["profiles"] | {"territories": tuple(told["profiles"]["territories"])}))
    parts = {
        "path": Path(told["path"]),
        "layers": {name: _source(source) for name, source in told["layers"].items()},
        "steps": tuple(_step(step) for step in told["steps"]),
        "profiles": profiles,
        "copies": Copies(**told.get("copies", {})),
        # a finished study is shown in no gallery
        "gallery": None,
        # … and its map is not drawn anew
        "opens": None,
        "disclosure": confidential_of(told["disclosure"]),
    }
    return StudyPlan(**{**told, **lists, **sets, **parts})


def _source(told: Mapping[str, Any]) -> LayerSource:
    places = told["places"]
    only = {column: tuple(values) for column, values in told["only"].items()}
    changed = {"path": Path(told["path"]), "places": Path(places) if places else None, "only": only}
    return LayerSource(**{**told, **changed})


def _step(told: Mapping[str, Any]) -> Step:
    further = {name: tuple(names) for name, names in told["further"].items()}
    return Step(**{**told, "further": further})
