"""A study and a database: which tables its layers come from, and its layers and results as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pandas as pd

from geoterritorio.errors import GeoterritorioError, Message, StudyError, message
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.postgis.address import split_address
from geoterritorio.layers.postgis.reading import fingerprint
from geoterritorio.layers.postgis.writing import check_tables
from geoterritorio.layers.schema import FIRMS, KINDS
from geoterritorio.layers.store import LayerMetadata, write_layers
from geoterritorio.registry import Layer, descriptions, label, layer_of
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult

_INTERNAL = "internal: it may tell of single establishments"


def with_fingerprints(plan: StudyPlan) -> StudyPlan:
    """
    Plan in which every layer of a database has a hash of its rows, by which a later run knows whether they changed.

    Parameters
    ----------
    plan
        The study.

    Returns
    -------
    plan
        The same, with the hashes.

    Raises
    ------
    StudyError
        With the problems of all tables that cannot be read.
    """
    problems: list[Message] = []
    layers = dict(plan.layers)
    for name, source in plan.layers.items():
        if not source.address:
            continue
        try:
            kind = source.kind if source.within is None else FIRMS.kind
            found = fingerprint(split_address(source.address)[0], name=f"layers.{name}", kind=kind)
            layers[name] = replace(source, fingerprint=found)
        except GeoterritorioError as error:
            problems += error.problems
    if problems:
        raise StudyError(problems)
    return replace(plan, layers=layers)


def check_database(plan: StudyPlan, *, overwrite: bool) -> None:
    """
    Refusal of tables that cannot be written or must not be replaced, before anything is computed.

    Parameters
    ----------
    plan
        The study.
    overwrite
        Whether the tables of an earlier run may be replaced.

    Raises
    ------
    StudyError
        With every table that will not do.
    """
    if not plan.database:
        return
    names = list(plan.layers)
    for step in plan.steps:
        outputs = descriptions()[step.tool]["outputs"]
        names += [f"{step.name}_{o['name']}" for o in outputs if o["type"] == "layer"]
    targets = {name: split_address(_address(plan, name))[0] for name in names}
    own = [split_address(s.address)[0] for s in plan.layers.values() if s.address]
    problems = [
        message("{output}: {path} is the input {layer}. Name another file.", output=n, path=t.table, layer=n)
        for n, t in targets.items()
        if t in own
    ]
    try:
        problems += list(check_tables(targets, overwrite=overwrite))
    except GeoterritorioError as error:
        problems += error.problems
    if problems:
        raise StudyError(problems)


@dataclass(frozen=True)
class _Tables:
    """Frames by address, what they say of themselves, and what their columns mean."""

    frames: dict[str, pd.DataFrame | Grid]
    about: dict[str, LayerMetadata]
    kinds: dict[str, Layer]

    def add(self, address: str, frame: Any, about: LayerMetadata, kind: Layer) -> None:
        if isinstance(frame, pd.DataFrame | Grid):
            self.frames[address], self.about[address], self.kinds[address] = frame, about, kind


def write_database(
    plan: StudyPlan, layers: Mapping[str, Any], results: Sequence[StepResult], *, overwrite: bool
) -> None:
    """
    Layers and results as tables, all in one transaction, with views of those that tell of territories.

    Parameters
    ----------
    plan
        The study, which says where they go; without a database nothing is written.
    layers
        Its checked layers.
    results
        Its results.
    overwrite
        Whether the tables of an earlier run may be replaced.

    Raises
    ------
    LayerError
        If the database refuses; nothing in it is changed.
    """
    if not plan.database:
        return
    land = next(
        (n for n, s in plan.layers.items() if s.kind == "territories" and hasattr(layers[n], "geometry")),
        None,
    )
    found = _Tables({}, {}, {})
    named = {"source": "; ".join(plan.sources_in(plan.lang))}
    for name, frame in layers.items():
        source = plan.layers[name]
        about = LayerMetadata(
            title=source.titles.get(plan.lang, name), kind=f"{source.kind} ({_INTERNAL})", **named
        )
        found.add(_address(plan, name), frame, about, KINDS[source.kind])
    for result in results:
        for output in descriptions()[result.step.tool]["outputs"]:
            frame = result.outputs.get(output["name"])
            if output["type"] != "layer" or frame is None:
                continue
            title = f"{result.step.titles[plan.lang]} ({label(output['name']).lower()})"
            about = LayerMetadata(title=title, kind=f"{output['kind']} ({_INTERNAL})", **named)
            place = _address(plan, f"{result.step.name}_{output['name']}", beside=land)
            found.add(place, frame, about, layer_of(output))
    write_layers(found.frames, metadata=found.about, kinds=found.kinds, overwrite=overwrite)


def _address(plan: StudyPlan, name: str, beside: str | None = None) -> str:
    """Address of the table of a layer or result."""
    mark = "&" if "?" in plan.database else "?"
    table = f"{plan.database}{mark}table={_quoted(plan, name)}"
    return table if beside is None else f"{table}&territories={_quoted(plan, beside)}"


def _quoted(plan: StudyPlan, name: str) -> str:
    return quote(f'"{plan.schema}"."{name}"' if plan.schema else name, safe="")
