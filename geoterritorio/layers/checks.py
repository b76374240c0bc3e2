"""The door: user columns renamed once, every problem of a layer collected, one refusal.

Each finding says what is wrong, where, how many times, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.characters import control_characters, tell_misread
from geoterritorio.layers.consistency import inconsistencies
from geoterritorio.layers.dates import parse_dates
from geoterritorio.layers.findings import first_row, listing
from geoterritorio.layers.numerals import as_text, parse_numbers
from geoterritorio.layers.places import place
from geoterritorio.layers.schema import PLACES, PLACING
from geoterritorio.layers.shapes import shape_problems, single_points
from geoterritorio.layers.words import headed, recognised
from geoterritorio.registry import Column, Layer

__all__ = ["as_layer", "as_text", "check_layer", "listing", "rename", "require_unique"]


def as_layer(
    frame: pd.DataFrame,
    schema: Layer,
    *,
    columns: Mapping[str, str | None] | None = None,
    name: str = "",
    crs: str | None = None,
    places: pd.DataFrame | None = None,
) -> Any:
    """
    Layer with the fixed columns of its schema, checked.

    Parameters
    ----------
    frame
        Table or GeoDataFrame as the user has it; not changed.
    schema
        What the layer must be.
    columns
        Fixed name -> the user's own column; a fixed name left out stands for itself, one given as None or "" for
        nothing. `x` and `y`, or `postcode`, place a table.
    name
        What the layer is called in messages; its kind by default.
    crs
        System of the columns `x` and `y`, or of geometries that came without one.
    places
        Postcodes with their points (or `x` and `y` in `crs`) or territories, for a table that has `postcode`.

    Returns
    -------
    layer
        New frame with fixed names first, identifiers as text, numbers as float, dates as text as exact as they are
        known, a fresh index; the user's other columns follow.

    Raises
    ------
    LayerError
        With every problem found, each with its place, count and cure.
    """
    title = name or schema.kind
    mapping = settled_columns(frame, schema, columns, name=title)
    if places is not None:
        places = as_layer(places, PLACES, crs=crs)
    try:
        placed = place(frame, schema, mapping, crs=crs, places=places, name=title)
    except LayerError as error:
        raise LayerError([*error.problems, *_other_problems(frame, schema, mapping, title)]) from error
    return check_layer(rename(placed, schema, mapping), schema, name=title)


def settled_columns(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None] | None, *, name: str
) -> dict[str, str | None]:
    """
    Which column of a table is meant by each fixed name that is not its own.

    Parameters
    ----------
    frame
        Table as the user has it; only the names of its columns count.
    schema
        What the layer must be.
    columns
        Fixed name -> the user's own column.
    name
        What the layer is called in messages.

    Returns
    -------
    columns
        The same, with headings in words and names that a file cut.

    Raises
    ------
    LayerError
        If columns are missing, repeated or unclear.
    """
    mapping = {fixed: user or None for fixed, user in (columns or {}).items()}
    mapping = headed(frame.columns, schema, mapping)
    problems = [*_repeated_columns(frame, name), *_unclear_columns(frame, schema, mapping, name)]
    mapping = _cut_names(frame, schema, mapping)
    problems += _missing_columns(frame, schema, mapping, name)
    if problems:
        raise LayerError(problems)
    return mapping


def _other_problems(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None], layer: str
) -> tuple[Message, ...]:
    """Problems beside the places, which could not be found."""
    try:
        check_layer(rename(frame, schema, columns), replace(schema, geometry=("table",)), name=layer)
    except LayerError as error:
        return error.problems
    return ()


def rename(frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None]) -> Any:
    """Frame with the user's columns under their fixed names; unmapped columns of the same name yield."""
    wanted = {c.name: columns.get(c.name, c.name) for c in schema.columns if c not in PLACING}
    # A column named for one purpose serves no other that merely bears its name.
    wanted = dict(sorted(wanted.items(), key=lambda item: item[0] in columns))
    mapped = {user: fixed for fixed, user in wanted.items() if user is not None and user in frame.columns}
    fixed_names = set(wanted)
    kept = [c for c in frame.columns if c in mapped or c not in fixed_names]
    return frame[kept].rename(columns=mapped).reset_index(drop=True)


def check_layer(frame: pd.DataFrame, schema: Layer, *, name: str = "") -> Any:
    """
    Layer whose columns already have their fixed names, checked and typed.

    Parameters
    ----------
    frame
        Table or GeoDataFrame with the schema's column names; not changed.
    schema
        What the layer must be.
    name
        What the layer is called in messages; its kind by default.

    Returns
    -------
    layer
        New frame, identifiers as text, numbers as float.

    Raises
    ------
    LayerError
        With every problem found, each with its place, count and cure.
    """
    title = name or schema.kind
    if schema.geometry == ("raster",):
        raise LayerError(
            message("{layer}: a raster is needed, and this is a table or a map layer. Give one.", layer=title)
        )
    absent = [*_repeated_columns(frame, title), *_missing_columns(frame, schema, {}, title)]
    if absent:
        raise LayerError(absent)
    if frame.empty:
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=title))
    checked = single_points(frame.copy())
    problems: list[Message] = []
    for column in schema.columns:
        if column.name in checked.columns and column not in PLACING:
            values, found = _typed(checked[column.name], column, schema.kind, title)
            checked[column.name] = values
            problems += found
    problems += _repeated(checked, schema, title)
    problems += shape_problems(checked, schema, title)
    if not problems:
        problems += inconsistencies(checked, schema.kind, title)
    if problems:
        raise LayerError(problems)
    return checked


def _repeated_columns(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        yield message(
            "{layer}: several columns have the same name: {values}. Rename them.",
            layer=layer,
            values=listing(twice),
        )


_DBASE = 10  # characters that a column name may have in dBase, and so in a Shapefile


def _cut_names(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Mapping with the names as the file has them, where dBase cut them and only one column can be meant."""
    cuts = _cuts(frame, schema, columns)
    clear = {fixed[0]: cut for cut, fixed in cuts.items() if len(fixed) == 1}
    return {**columns, **clear}


def _cuts(frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Column of the file -> the fixed columns of which it may be the cut name."""
    wanted = {c.name: columns.get(c.name, c.name) for c in schema.columns}
    # What bears a whole name, or was named by the user, is not the rest of a longer one.
    whole = {*wanted, *wanted.values()}
    cuts: dict[str, list[str]] = {}
    for fixed, user in wanted.items():
        if user is None or user in frame.columns or len(user) <= _DBASE:
            continue
        cut = user[:_DBASE]
        if cut in frame.columns and (cut not in whole or cut == fixed):
            cuts.setdefault(cut, []).append(fixed)
    # a name and the same in Spanish are cut alike: the one that is needed is meant
    return {
        cut: [f for f in fixed if f.removesuffix("_es") not in {*fixed} - {f}] for cut, fixed in cuts.items()
    }


def _unclear_columns(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None], layer: str
) -> Iterator[Message]:
    for cut, fixed in _cuts(frame, schema, columns).items():
        if len(fixed) > 1:
            yield message(
                "{layer}: column “{column}” seems to be a name cut to ten characters, and may be any of: {names}. "
                "Say which, or rename it.",
                layer=layer,
                column=cut,
                names=", ".join(fixed),
            )


def _missing_columns(
    frame: pd.DataFrame, schema: Layer, columns: Mapping[str, str | None], layer: str
) -> Iterator[Message]:
    found = [str(c) for c in frame.columns if c != "geometry"]
    names = {c.name for c in schema.columns}
    for fixed in sorted(set(columns) - names):
        yield message(
            "{layer}: “{column}” is not a column of this kind of layer. Its columns are: {names}.",
            layer=layer,
            column=fixed,
            names=", ".join(sorted(names)),
        )
    for column in schema.columns:
        user = columns.get(column.name, column.name)
        asked = column.required or columns.get(column.name) is not None
        if asked and (user is None or user not in frame.columns):
            near = get_close_matches(str(user), found, n=1)
            yield message(
                "{layer}: no column “{column}” ({meaning}). It has: {found}.{hint} "
                "Name the right column for “{fixed}”.",
                layer=layer,
                column=user,
                meaning=Message(column.help),
                fixed=column.name,
                found=", ".join(found) or "–",
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
            )


def _typed(values: pd.Series, column: Column, kind: str, layer: str) -> tuple[pd.Series, list[Message]]:
    if column.dtype == "number":
        return parse_numbers(values, column, layer)
    if column.dtype == "date":
        dates, wrong = parse_dates(values, column=column.name, layer=layer)
        return dates, [*wrong, *_blank(values, column, layer)]
    texts = as_text(values)
    problems = [*_blank(texts, column, layer), *control_characters(texts, column, layer)]
    tell_misread(texts, column, layer)
    texts, strange = recognised(texts, column, kind=kind, layer=layer)
    return texts, [*problems, *strange]


def _blank(texts: pd.Series, column: Column, layer: str) -> Iterator[Message]:
    blank = texts.isna()
    if column.required and blank.any():
        yield message(
            "{layer}: column “{column}” has empty cells (rows: {count}, first: {row}). Fill them or remove the "
            "rows.",
            layer=layer,
            column=column.name,
            count=int(blank.sum()),
            row=first_row(blank),
        )


def _repeated(frame: pd.DataFrame, schema: Layer, layer: str) -> Iterator[Message]:
    required = [c.name for c in schema.columns if c.required and c.name in schema.key]
    key = [k for k in schema.key if k in frame.columns]
    if not key or (not required and schema.key[0] not in key):
        return
    # A missing version or period is one like any other; a missing identifier identifies nothing.
    filled = frame[required or key].notna().all(axis=1)
    twice = frame[key][filled].duplicated(keep=False)
    if twice.any():
        values = frame.loc[twice.index[twice], key].drop_duplicates().astype(object)
        values = values.where(values.notna(), "–").astype(str).agg(" / ".join, axis=1)
        yield shared_identifiers(
            int(twice.sum()), key, list(values), layer=layer, hint=_cut_hint(frame, schema)
        )


def shared_identifiers(
    count: int, key: Sequence[str], values: Sequence[str], *, layer: str, hint: Message | str = ""
) -> Message:
    """What is said of rows that share their identifier: how many, by which columns, and which."""
    return message(
        "{layer}: {count} rows share their identifier ({columns}): {values}. Identifiers must be unique; "
        "merge or rename the rows.{hint}",
        layer=layer,
        count=count,
        columns=", ".join(key),
        values=listing(values),
        hint=hint,
    )


def _cut_hint(frame: pd.DataFrame, schema: Layer) -> Message | str:
    """Cure where rows repeat because they are versions, periods or wholes, of which the work needs one."""
    names = set(map(str, frame.columns)) - set(schema.key)
    if schema.kind == "territories" and "valid_from" in names:
        return message(
            " Keep the versions in force on one day: behind the file as ?on=2025-01-01 on the command line, as on = "
            '"2025-01-01" in the study file, as on="2025-01-01" in Python.'
        )
    if schema.kind in {"counts", "reference"} and "size_class" in names:
        return message(" Sum the size classes: this work asks for one row of all sizes.")
    if schema.kind == "indicators" and "indicator" in names:
        return message(" Keep the rows of one indicator.")
    if schema.kind == "counts" and "period" in names:
        return message(" Keep the rows of one period.")
    if schema.kind == "reference" and names & {"area", "level", "period"}:
        return message(" Keep the totals of one whole and one period, for example with reference-of.")
    return ""


def require_unique(layer: pd.DataFrame, schema: Layer, *, name: str = "") -> None:
    """
    Refusal of a checked layer whose rows repeat the key that a tool needs to be unique.

    Parameters
    ----------
    layer
        Checked layer, for example territories with several versions.
    schema
        What the tool asks for, for example `TERRITORIES`: one row per territory.
    name
        What the layer is called in messages; its kind by default.

    Raises
    ------
    LayerError
        If rows repeat the key; the message says which and what to keep.
    """
    problems = list(_repeated(layer, schema, name or schema.kind))
    if problems:
        raise LayerError(problems)
