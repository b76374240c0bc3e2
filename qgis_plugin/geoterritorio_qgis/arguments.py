"""Values of parameters as words of the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qgis.core import QgsProcessingException

from . import sources
from .parameters import columns, is_raster, key
from .texts import Description


def flag(name: str) -> str:
    """Option of a parameter."""
    return "--" + name.replace("_", "-")


def output_flag(tool: Description, name: str) -> str:
    """Option of an output: the first layer or file is ``--output``, whatever it is called."""
    layers = [o["name"] for o in tool["outputs"] if o["type"] in ("layer", "file")]
    return "--output" if layers and name == layers[0] else flag(name)


def chosen(algorithm: Any, layer: Description, values: Any, context: Any) -> dict[str, str]:
    """Column of a layer -> the field chosen for it, where one was."""
    found = {}
    for column in columns(layer):
        name = key(layer["name"], column["name"])
        # An absent field stands for the column's own name: the core looks for that by itself.
        field = algorithm.parameterAsString(values, name, context) if values.get(name) else ""
        if field:
            found[column["name"]] = field
    return found


def words(
    algorithm: Any, values: Any, context: Any, feedback: Any, originals: Mapping[str, str | None], folder: str
) -> Iterator[str]:
    """
    Words of the inputs, layers exported where no file says what QGIS shows.

    Parameters
    ----------
    algorithm
        The algorithm that runs.
    values
        Its parameters' values.
    context, feedback
        Those of the run.
    originals
        Parameter -> ``file|layer`` that stands for its layer, or None.
    folder
        Where exports go.

    Yields
    ------
    word
        Words in order.
    """
    for described in algorithm.tool["parameters"]:
        name = key(described["name"])
        # Dialogs give an empty text where nothing was written.
        unset = values.get(name) is None or values.get(name) == ""
        if unset and (described["type"] in ("layer", "text") or described["default"] is None):
            continue
        if described["type"] != "layer":
            yield _word(algorithm, described, values, context)
        elif is_raster(described):
            yield from (flag(described["name"]), sources.raster(algorithm, name, values, context))
        else:
            place = originals.get(name) or _exported(algorithm, name, values, context, feedback, folder)
            if values.get(key(described["name"], "on")):
                place += f"?on={algorithm.parameterAsString(values, key(described['name'], 'on'), context).strip()}"
            yield from (flag(described["name"]), place)
            for column, field in chosen(algorithm, described, values, context).items():
                yield f"{flag(described['name'])}-{column.replace('_', '-')}={field}"
    if values.get("PLOT"):
        yield from _plot(algorithm, values, context)


def _exported(algorithm: Any, name: str, values: Any, context: Any, feedback: Any, folder: str) -> str:
    unchecked = not sources.own_validity(values[name])
    source = _source(algorithm, name, values, context)
    path = f"{folder}/{name.lower()}.gpkg"
    try:
        return sources.export(source, path, context, feedback, unchecked=unchecked)
    finally:
        del source  # QGIS keeps the frames of an error for good


def _source(algorithm: Any, name: str, values: Any, context: Any) -> Any:
    source = algorithm.parameterAsSource(values, name, context)
    if source is None:
        raise QgsProcessingException(algorithm.invalidSourceError(values, name))
    return source


def _word(algorithm: Any, described: Description, values: Any, context: Any) -> str:
    name, option, kind = key(described["name"]), flag(described["name"]), described["type"]
    if kind == "flag":
        return option if algorithm.parameterAsBool(values, name, context) else f"--no-{option[2:]}"
    if kind == "choice":
        return f"{option}={described['options'][algorithm.parameterAsEnum(values, name, context)]}"
    if kind == "integer":
        return f"{option}={algorithm.parameterAsInt(values, name, context)}"
    if kind == "number":
        return f"{option}={algorithm.parameterAsDouble(values, name, context)!r}"
    return f"{option}={algorithm.parameterAsString(values, name, context)}"


def _plot(algorithm: Any, values: Any, context: Any) -> Iterator[str]:
    plots = algorithm.tool["plots"]
    if len(plots) > 1:
        kind = algorithm.parameterAsEnum(values, "PLOT_KIND", context)
        yield f"--plot-kind={plots[kind]['name'].replace('_', '-')}"
    if values.get("PLOT_FOCUS"):
        yield f"--plot-focus={algorithm.parameterAsString(values, 'PLOT_FOCUS', context)}"
