"""Which layers of a study cannot be protected as they are given, and which are one and the same register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.study import store
from geoterritorio.study.config import LayerSource, StudyPlan, taken

COUNTS = "counts"
_REGISTERS = ("firms", "register")
_ESTABLISHMENTS = "establishments"
# Columns that say who contributes what to which cell.
_OF_CELLS = (
    "firm",
    "group",
    "sector",
    "territory",
    "employment",
    _ESTABLISHMENTS,
    "period",
    "x",
    "y",
    "postcode",
)


def of_somebody(plan: StudyPlan) -> list[LayerSource]:
    """
    Registers and counts that steps take and that nobody else has published.

    Parameters
    ----------
    plan
        The study.

    Returns
    -------
    sources
        None of them where disclosure control is off.
    """
    if plan.disclosure.off:
        return []
    used = {name for step in plan.steps for name in taken(step)}
    return [
        s
        for s in plan.layers.values()
        if s.kind in (*_REGISTERS, COUNTS) and s.name in used - plan.disclosure.published
    ]


def unprotected(plan: StudyPlan, load: Callable[[str], Any]) -> list[Message]:
    """
    Refusal of layers of which nobody knows what has to be withheld.

    Parameters
    ----------
    plan
        The study.
    load
        Layer by its name.

    Returns
    -------
    problems
        Counts without establishments, or with some missing; and several parts or versions of one file, each of which
        would be protected by itself, so that one less the other tells single establishments.
    """
    sources = of_somebody(plan)
    found = [problem for s in sources if s.kind == COUNTS for problem in _uncounted(s.name, load(s.name))]
    by_file: dict[tuple[str, str | None], list[LayerSource]] = {}
    for source in sources:
        by_file.setdefault((_file(source), source.layer), []).append(source)
    parts = (group for group in by_file.values() if len({_cells(s) for s in group}) > 1)
    return [*found, *(_parts(group) for group in parts)]


def _parts(group: Iterable[LayerSource]) -> Message:
    return message(
        "layers {names}: parts or versions of one file. Each would be protected by itself, and one less the other can "
        "tell single establishments. Take one of them, run a study for each and publish one, or say why nothing need "
        'be withheld: [disclosure] off = "…".',
        names=", ".join(s.name for s in group),
    )


def _uncounted(name: str, rows: Any) -> Iterable[Message]:
    cure = message(
        "Name the column of establishments; or, if the counts are published already, write [disclosure] "
        'published = ["{name}"].',
        name=name,
    )
    if _ESTABLISHMENTS not in rows.columns:
        yield message(
            "layers.{name}: counts without a column “establishments”: without it nobody knows which cells are of few. "
            "{cure}",
            name=name,
            cure=cure,
        )
    elif rows[_ESTABLISHMENTS].isna().any():
        yield message(
            "layers.{name}: {count} cells have no figure of establishments: without it nobody knows which are of few. "
            "{cure}",
            name=name,
            count=int(rows[_ESTABLISHMENTS].isna().sum()),
            cure=cure,
        )


def _file(source: LayerSource) -> str:
    """Hash of all that a layer is taken from: a file, the parts of a register, the rows of a table."""
    return source.fingerprint if source.address else store.sha256_of(source.path)


def _cells(source: LayerSource) -> tuple[object, ...]:
    """What decides which rows of a file are contributions to which cells."""
    columns = tuple((c, source.columns[c]) for c in _OF_CELLS if c in source.columns)
    only = tuple(sorted((c, tuple(sorted(v))) for c, v in source.only.items()))
    return source.kind == COUNTS, columns, only, source.on, source.crs, str(source.places)


def same(plan: StudyPlan, layers: Mapping[str, Any]) -> Mapping[str, str]:
    """
    One name for layers that are the same register under several.

    Parameters
    ----------
    plan
        The study.
    layers
        Its layers by name, as they have come through the door.

    Returns
    -------
    names
        Layer -> the first with the same rows, in whatever format they came, so that all of their tables are one system.
    """
    first: dict[object, str] = {}
    # checked registers first: they have all that cells need
    ordered = sorted(of_somebody(plan), key=lambda s: s.kind == _REGISTERS[1])
    return {s.name: first.setdefault(_contents(layers.get(s.name), s.name), s.name) for s in ordered}


def _contents(rows: Any, name: str) -> object:
    """What decides which establishments lie in which cells, whatever the order of rows and the format of the file."""
    if not isinstance(rows, pd.DataFrame):
        return name
    told = pd.DataFrame(rows[[c for c in _OF_CELLS if c in rows.columns and rows[c].notna().any()]])
    numbers = told.columns[[pd.api.types.is_numeric_dtype(told[c]) for c in told.columns]]
    told = told.astype(dict.fromkeys(numbers, float)).astype(
        dict.fromkeys(told.columns.difference(numbers), str)
    )
    if isinstance(rows, gpd.GeoDataFrame):
        # to the millimetre, or a tenth of it at most in degrees
        grain = 3 if rows.crs is None or rows.crs.is_projected else 9
        told["x"], told["y"] = (rows.geometry.x.round(grain), rows.geometry.y.round(grain))
    crs = rows.crs.to_string() if isinstance(rows, gpd.GeoDataFrame) and rows.crs is not None else ""
    each = pd.util.hash_pandas_object(told[sorted(told.columns)], index=False).to_numpy()
    # A sum is of no order; two sums are not met by accident.
    return len(told), tuple(sorted(told.columns)), crs, int(each.sum()), int((each * each).sum())
