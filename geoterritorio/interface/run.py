"""One tool run from its description: layers read and checked, the tool called, results written.

Heavy imports happen here, after the command line has been understood.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import Language
from geoterritorio.layers.findings import listing
from geoterritorio.layers.partitions import read_layer_or_parts
from geoterritorio.layers.postgis.address import Address, is_address, split_address
from geoterritorio.layers.readers import in_parts, split_options, split_source
from geoterritorio.layers.store import LayerMetadata, check_targets, write_layers
from geoterritorio.layers.working import Working
from geoterritorio.registry import Progress, gathered, layer_of


@dataclass(frozen=True)
class Plot:
    """A picture asked for: where it goes, which plot of the tool's (None: the first), and what it is about."""

    path: str
    kind: str | None = None
    focus: str | None = None


@dataclass(frozen=True)
class Source:
    """A layer argument: where it is, and the user's own column names."""

    path: str
    columns: Mapping[str, str | None]


def run_tool(
    description: Mapping[str, Any],
    arguments: Mapping[str, Any],
    targets: Mapping[str, str],
    *,
    plot: Plot | None = None,
    lang: Language = "en",
    overwrite: bool = False,
    working: Working | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """
    Run of one tool from files to files.

    Parameters
    ----------
    description
        The tool's entry of ``tools.json``.
    arguments
        Parameter name -> value; layers as `Source`.
    targets
        Output name -> ``file.ext`` or ``file.gpkg|layer``.
    plot
        Picture of the outputs, if wanted.
    lang
        Language of the picture.
    overwrite
        Whether existing outputs may be replaced.
    working
        How layers in parts are worked through.
    progress
        Callback.

    Returns
    -------
    values
        Outputs of the tool that are not layers.

    Raises
    ------
    GeoterritorioError
        With every problem of inputs and outputs; nothing is written.
    """
    rasters = {o["name"] for o in description["outputs"] if list(o.get("geometry", ())) == ["raster"]}
    targets = _beside(targets, arguments)
    places = {**targets, "plot": plot.path} if plot else targets
    check_targets(places, overwrite=overwrite, pictures={"plot"}, rasters=rasters)
    _check_not_inputs(arguments, targets)
    values = _values(description, arguments, working)
    function = getattr(importlib.import_module(description["module"]), description["name"])
    result = function(**gathered(function, values), progress=progress)
    produced = outputs_of(description, result)
    items: dict[str, Any] = {targets[name]: produced[name] for name in targets}
    if plot is not None:
        drawn = {**_ground(values, lang), **_in_words(produced, values, lang)}
        items[plot.path] = _drawn(description, drawn, plot, lang)
    _write(description, items, targets, overwrite=overwrite)
    progress(1.0)
    return {o["name"]: produced[o["name"]] for o in description["outputs"] if o["type"] != "layer"}


def _write(
    description: Mapping[str, Any], items: Mapping[str, Any], targets: Mapping[str, str], *, overwrite: bool
) -> None:
    """Results in their places; tables of a database say what they are."""
    described = {
        targets[o["name"]]: o
        for o in description["outputs"]
        if o["name"] in targets and is_address(targets[o["name"]])
    }
    about = {place: LayerMetadata(title=o["help"], kind=o["kind"]) for place, o in described.items()}
    kinds = {place: layer_of(o) for place, o in described.items()}
    write_layers(items, metadata=about, kinds=kinds, overwrite=overwrite)


def _beside(targets: Mapping[str, str], arguments: Mapping[str, Any]) -> dict[str, str]:
    """Targets in which a table of a database knows the territories of the run, where these lie in the same database."""
    land = arguments.get("territories")
    if not isinstance(land, Source) or not is_address(land.path) or land.columns.get("territory"):
        return dict(targets)
    there = split_address(land.path)[0]
    beside = {}
    for name, target in targets.items():
        own = split_address(target)[0] if is_address(target) else None
        same = own is not None and own.server == there.server and own.territories is None and there.table
        beside[name] = (
            f"{target}{'&' if '?' in target else '?'}territories={quote(there.table.quoted())}"
            if same and there.table
            else target
        )
    return beside


def run_form(
    description: Mapping[str, Any],
    arguments: Mapping[str, Any],
    target: Path,
    *,
    lang: Language = "en",
    overwrite: bool = False,
) -> None:
    """
    Making of one form.

    Parameters
    ----------
    description
        The form's entry of ``tools.json``.
    arguments
        Parameter name -> value; layers as `Source`.
    target
        File to write; its ending says in which format.
    lang
        Language of the form.
    overwrite
        Whether a file that is there may be replaced.

    Raises
    ------
    GeoterritorioError
        If the format is another, the file is there, or an input will not do; nothing is written.
    """
    endings, ending = description["outputs"][0]["endings"], target.suffix.lower()
    if ending not in endings:
        raise LayerError(
            message(
                "output: the name of a form ends in one of {endings}; “{extension}” is none of them.",
                endings=", ".join(endings),
                extension=target.suffix or target.name,
            )
        )
    check_targets({"output": str(target)}, overwrite=overwrite)
    _check_not_inputs(arguments, {"output": str(target)})
    function = getattr(importlib.import_module(description["module"]), description["name"])
    made = function(**gathered(function, _values(description, arguments)), ending=ending, lang=lang)
    write_layers({str(target): made})


def worked(given: Mapping[str, Any]) -> Working:
    """How layers in parts are worked through, from the words of a command line."""
    return Working(Path(given["kept"]) if given.get("kept") else None, given.get("scheduler") or None)


def sources(description: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments from the words of a command line: layers with the columns that were named."""
    arguments: dict[str, Any] = {}
    for parameter in description["parameters"]:
        name, value = parameter["name"], given[parameter["name"]]
        if parameter["type"] == "layer" and value is not None:
            named = ((c["name"], given[f"{name}__{c['name']}"]) for c in parameter["columns"])
            value = Source(value, {fixed: user for fixed, user in named if user})
        arguments[name] = value
    return arguments


def _values(
    description: Mapping[str, Any], arguments: Mapping[str, Any], working: Working | None = None
) -> dict[str, Any]:
    """Arguments with layers read and checked."""
    schemas = {p["name"]: layer_of(p) for p in description["parameters"] if p["type"] == "layer"}
    if working is not None:
        given = (v.path for n, v in arguments.items() if isinstance(v, Source) and schemas[n].parts)
        _tell_idle(working, used=any(map(in_parts, given)))
    return {
        name: read_layer_or_parts(
            value.path, schemas[name], columns=value.columns, name=name, working=working
        )
        if isinstance(value, Source)
        else value
        for name, value in arguments.items()
    }


def _tell_idle(working: Working, *, used: bool) -> None:
    """Warning of options that only a register in parts has use for, where none is given."""
    options = {"--kept": working.kept, "--scheduler": working.scheduler}
    idle = [name for name, value in options.items() if value]
    if idle and not used:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{names}: no layer of this run is a register in parts, so that nothing is kept and no cluster "
                    "works. Give a folder of Parquet files, or “?parts” behind the name of one file.",
                    names=listing(idle),
                )
            ),
            stacklevel=2,
        )


def _drawn(description: Mapping[str, Any], produced: Mapping[str, Any], plot: Plot, lang: Language) -> bytes:
    from geoterritorio.publication.drawing import picture  # noqa: PLC0415 - matplotlib only where something is drawn

    chosen = next(p for p in description["plots"] if plot.kind in (None, p["name"]))
    function = getattr(importlib.import_module(chosen["module"]), chosen["name"])
    try:
        figure = function(produced, focus=plot.focus, lang=lang)
    except LayerError as error:
        if plot.focus is None:
            raise
        wanted = message("plot: what it can be about: {wanted}", wanted=Message(chosen["focus"]))
        raise LayerError([*error.problems, wanted]) from error
    return picture(figure, Path(plot.path).suffix.lower())


def _ground(values: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    """Layers that the tool was given and that maps draw beneath its outputs, with names in one language."""
    from geoterritorio.publication.names import in_language  # noqa: PLC0415 - only where something is drawn
    from geoterritorio.publication.plots import GROUND  # noqa: PLC0415 - matplotlib only where something is drawn

    return in_language({name: values.get(name) for name in GROUND}, lang, {})


def _in_words(produced: Mapping[str, Any], inputs: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    """Outputs whose sectors have the titles of their classification, told by a layer or known by its words."""
    from geoterritorio.publication.names import classification_of, in_language, recognised  # noqa: PLC0415 - only where something is drawn

    told = next(filter(None, map(classification_of, (inputs.get("counts"), inputs.get("firms")))), None)
    vocabularies = {
        name: classification_of(rows) or told or recognised(rows) for name, rows in produced.items()
    }
    return in_language(produced, lang, vocabularies)


def _check_not_inputs(arguments: Mapping[str, Any], targets: Mapping[str, str]) -> None:
    read = {
        _place(split_options(v.path)[0])[0]: name for name, v in arguments.items() if isinstance(v, Source)
    }
    problems = []
    for name, target in targets.items():
        place, layer = _place(target)
        if layer is None and place in read:
            problems.append(
                message(
                    "{output}: {path} is the input {layer}. Name another file.",
                    output=name,
                    path=place if isinstance(place, Address) else split_source(target)[0],
                    layer=read[place],
                )
            )
    if problems:
        raise LayerError(problems)


def _place(source: str) -> tuple[Path | Address, str | None]:
    """File and layer of a source or target, or the table of a database."""
    if is_address(source):
        return replace(split_address(source)[0], territories=None), None
    path, layer = split_source(source)
    return Path(os.path.realpath(path)), layer


def outputs_of(description: Mapping[str, Any], result: Any) -> dict[str, Any]:
    """Outputs of a call by name, whether the tool returns one layer or a dataclass of several."""
    if is_dataclass(result):
        return {o["name"]: getattr(result, o["name"]) for o in description["outputs"]}
    return {description["outputs"][0]["name"]: result}
