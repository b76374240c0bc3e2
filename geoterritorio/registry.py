"""The one description of every tool, read from its signature, annotations and docstring.

`tool` returns the function untouched and files it; `describe` turns it into plain data from
which the command line, the QGIS algorithms, the study file, the reference pages and the
translation catalogue are generated.
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeVar

Geometry = Literal["point", "line", "polygon", "table", "raster"]
Dtype = Literal["text", "number", "date", "any"]


@dataclass(frozen=True)
class Column:
    """A column of a layer: fixed name inside, the user's own name at the door."""

    name: str
    dtype: Dtype
    help: str
    required: bool = True
    min: float | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """
    A vector layer or table: the geometries it may hold and its columns; `key` is unique.

    `parts` says that a tool also takes it in parts, which it reads one after the other.
    """

    kind: str
    geometry: tuple[Geometry, ...]
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    parts: bool = False


@dataclass(frozen=True)
class Number:
    """Unit and bounds of a number; `above` says that the lower one itself is no value."""

    unit: str = ""
    min: float | None = None
    max: float | None = None
    above: bool = False


@dataclass(frozen=True)
class File:
    """A file that is no layer; its name ends in one of these."""

    endings: tuple[str, ...]


Metres = Annotated[float, Number("m", 0.0)]
Minutes = Annotated[float, Number("min", 0.0)]
Share = Annotated[float, Number("", 0.0, 1.0)]
Level = Annotated[float, Number("", 0.5, 0.9999)]
Ratio = Annotated[float, Number("", 0.0)]
Positive = Annotated[float, Number("", 0.0, above=True)]
PositiveMetres = Annotated[float, Number("m", 0.0, above=True)]
Count = Annotated[int, Number("", 0.0)]


class Progress(Protocol):
    """Callback of long work; it may raise to cancel."""

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report the share done (0-1) and what is being done."""


def no_progress(fraction: float, text: str = "") -> None:
    """Progress that nobody watches."""


def within(progress: Progress, first: float, last: float) -> Progress:
    """Progress of a part of the work, which lies between two shares of the whole."""

    def told(fraction: float, text: str = "") -> None:
        progress(first + fraction * (last - first), text)

    return told


Function = TypeVar("Function", bound=Callable[..., Any])
TOOLS: dict[str, Callable[..., Any]] = {}
FORMS: dict[str, Callable[..., Any]] = {}
PLOTS: dict[str, list[Callable[..., Any]]] = {}
_SINGLE: dict[Callable[..., Any], str] = {}
_ROOMS: dict[Callable[..., Any], str] = {}
# What the faces settle themselves: how far a run has come, and in which format and language a file is written.
_SETTLED = {"progress", "ending", "lang"}


DESCRIPTIONS = Path(__file__).with_name("tools.json")


def tool(function: Function) -> Function:
    """File `function` as a tool and return it untouched."""
    TOOLS[function.__name__] = function
    return function


def form(room: str) -> Callable[[Function], Function]:
    """
    File a function that makes a file for people to fill in; all but the study file offers it, as it offers tools.

    Parameters
    ----------
    room
        Room under which it is listed.
    """

    def filed(function: Function) -> Function:
        FORMS[function.__name__] = function
        _ROOMS[function] = room
        return function

    return filed


def plot(*tools: str, establishments: str = "") -> Callable[[Function], Function]:
    """
    File a function that draws the outputs of these tools; its docstring's first line is its title.

    Parameters
    ----------
    tools
        Names of the tools.
    establishments
        Output whose single establishments the picture shows, so that a study draws it only where it may.
    """

    def filed(function: Function) -> Function:
        for name in tools:
            PLOTS.setdefault(name, []).append(function)
        if establishments:
            _SINGLE[function] = establishments
        return function

    return filed


def describe(name: str) -> dict[str, Any]:
    """
    Plain description of a filed tool or form.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    description
        Name, group (room), module, title, description, parameters, outputs, plots, references; JSON-ready.
    """
    function = TOOLS.get(name) or FORMS[name]
    doc = _docstring(function)
    hints = typing.get_type_hints(function, include_extras=True)
    helps = {p.arg_name: _line(p.description) for p in doc.params}
    returns = {r.return_name or "": _line(r.description) for r in doc.many_returns}
    return {
        "name": name,
        "group": _ROOMS.get(function) or function.__module__.split(".")[1],
        "module": function.__module__,
        "title": (doc.short_description or "").rstrip("."),
        "description": _line(doc.long_description),
        "parameters": [
            described
            for p in inspect.signature(function).parameters.values()
            if p.name not in _SETTLED
            for described in _parameters(p, hints[p.name], helps.get(p.name, ""))
        ],
        "outputs": _outputs(hints["return"], returns),
        "plots": [_picture(f) for f in PLOTS.get(name, ())],
        "references": _references(function),
    }


def _picture(function: Callable[..., Any]) -> dict[str, str]:
    doc = _docstring(function)
    return {
        "name": function.__name__,
        "module": function.__module__,
        "title": (doc.short_description or "").rstrip("."),
        "help": _line(next((r.description for r in doc.many_returns), "")),
        "focus": _line(next((p.description for p in doc.params if p.arg_name == "focus"), "")),
        **({"establishments": _SINGLE[function]} if function in _SINGLE else {}),
    }


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """Descriptions of all tools by name, as generated; reads one file and imports no room."""
    return _read("tools")


@cache
def forms() -> dict[str, dict[str, Any]]:
    """Descriptions of all forms by name, as `descriptions`."""
    return _read("forms")


def _read(part: str) -> dict[str, dict[str, Any]]:
    described = json.loads(DESCRIPTIONS.read_text(encoding="utf-8"))[part]
    return {one["name"]: one for one in described}


def layer_of(description: dict[str, Any]) -> Layer:
    """Layer that a parameter's or output's description speaks of."""
    known = [f.name for f in fields(Column)]
    columns = tuple(
        Column(**{**{k: c[k] for k in known}, "options": tuple(c["options"])}) for c in description["columns"]
    )
    return Layer(
        description["kind"],
        tuple(description["geometry"]),
        columns,
        tuple(description["key"]),
        description.get("parts", False),
    )


def _docstring(thing: Any) -> Any:
    # Imported here: only generation reads docstrings, the faces read its result.
    from docstring_parser import DocstringStyle, parse  # noqa: PLC0415

    return parse(inspect.getdoc(thing) or "", style=DocstringStyle.NUMPYDOC)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


# Names of people, abbreviations and languages among the words of options.
_SPELT = {
    "2sfca": "2SFCA",
    "3sfca": "3SFCA",
    "e2sfca": "E2SFCA",
    "m2sfca": "M2SFCA",
    "8": "8 cells",
    "16": "16 cells",
    "boix": "Boix (2008)",
    "boix_unconfirmed": "Boix (2008), not confirmed",
    "conditional": "Conditional on the totals",
    "average": "Hierarchy of means",
    "chosen": "Chosen places",
    "d_between": "D between two sectors",
    "dbscan": "DBSCAN",
    "dm1993_unconfirmed": "Decree of 1993, not confirmed",
    "dropping": "Dropping extreme simulations",
    "eco": "European Cluster Observatory",
    "eco_unconfirmed": "European Cluster Observatory (unconfirmed)",
    "en": "English",
    "es": "Spanish",
    "euro": "EURO (Eurostat)",
    "esteban_marquillas": "Esteban-Marquillas",
    "fft": "Fast Fourier transform",
    "hdbscan": "HDBSCAN",
    "highest": "Highest rating",
    "istat1997": "ISTAT 1997",
    "istat1997_unconfirmed": "ISTAT 1997, longer, not confirmed",
    "istat2006": "ISTAT 2006",
    "istat2006_unconfirmed": "ISTAT 2006, not confirmed",
    "istat2011_unconfirmed": "ISTAT 2011, not confirmed",
    "k_jobs": "K weighted by jobs",
    "k_means": "k-means",
    "l_jobs": "L weighted by jobs",
    "louvain": "Louvain communities",
    "mid_p": "Mid-p",
    "panorama_unconfirmed": "European Cluster Panorama (unconfirmed)",
    "pcf": "Pair correlation g",
    "rank": "Ranks of whole curves",
    "ttwa": "TTWA",
    "us_unconfirmed": "U.S. Cluster Mapping (unconfirmed)",
    "ward": "Ward's hierarchy",
}


def label(name: str) -> str:
    """Name of a parameter, a column or an option as a person reads it."""
    return _SPELT.get(name) or name.replace("_", " ").capitalize()


def _parameters(parameter: inspect.Parameter, hint: Any, text: str) -> list[dict[str, Any]]:
    """Description of a parameter; of rules, that of each of their fields."""
    if not is_dataclass(hint):
        return [_parameter(parameter, hint, text, rule=False)]
    hints = typing.get_type_hints(hint, include_extras=True)
    # Rules that extend others leave it to these to explain their fields.
    classes = [c for c in reversed(getattr(hint, "__mro__", ())) if is_dataclass(c)]
    helps = {p.arg_name: _line(p.description) for c in classes for p in _docstring(c).params}
    return [
        _parameter(
            inspect.Parameter(f.name, parameter.kind, default=f.default),
            hints[f.name],
            helps.get(f.name, ""),
            rule=True,
        )
        for f in fields(hint)
    ]


def gathered(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Arguments of a call of a tool.

    Parameters
    ----------
    function
        The tool.
    values
        Value by name of the described parameters.

    Returns
    -------
    arguments
        The values, those that are fields of rules put together.
    """
    found = dict(values)
    # With their annotations: a raster is a dataclass too, and one that is annotated is a layer.
    hints = typing.get_type_hints(function, include_extras=True)
    rules: dict[str, Any] = {n: h for n, h in hints.items() if is_dataclass(h)}
    rules.pop("return", None)
    for name, rule in rules.items():
        found[name] = rule(**{f.name: found.pop(f.name) for f in fields(rule) if f.name in found})
    return found


def _parameter(parameter: inspect.Parameter, hint: Any, text: str, *, rule: bool) -> dict[str, Any]:
    required = parameter.default is inspect.Parameter.empty
    spec, optional = _kind(hint)
    # Windows fold these away: fields of rules, and numbers and switches that have a sensible default.
    folded = rule or spec["type"] in ("flag", "integer", "number")
    if spec["type"] == "choice":
        spec["labels"] = [label(option) for option in spec["options"]]
    for column in spec.get("columns", ()):
        column["label"] = label(column["name"])
    return {
        "name": parameter.name,
        "label": label(parameter.name),
        **spec,
        "required": required and not optional,
        "default": None if required else parameter.default,
        "advanced": folded and not required,
        "help": text,
    }


_PLAIN = {bool: "flag", int: "integer", float: "number", str: "text"}


def _kind(hint: Any) -> tuple[dict[str, Any], bool]:
    optional = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [h for h in typing.get_args(hint) if h is not type(None)]
        optional = len(kinds) < len(typing.get_args(hint))
        hint = kinds[0]
    if typing.get_origin(hint) is Annotated:
        base, spec = typing.get_args(hint)[:2]
        if isinstance(spec, Layer):
            layer = asdict(spec)
            if not layer["parts"]:
                del layer["parts"]
            return {"type": "layer", **layer}, optional
        if isinstance(spec, File):
            return {"type": "file", "endings": list(spec.endings)}, optional
        described = asdict(spec)
        if not described["above"]:
            del described["above"]
        return {"type": _PLAIN[base], **described}, optional
    if typing.get_origin(hint) is Literal:
        return {"type": "choice", "options": list(typing.get_args(hint))}, optional
    return {"type": _PLAIN[hint]}, optional


def _outputs(hint: Any, helps: dict[str, str]) -> list[dict[str, Any]]:
    if not is_dataclass(hint):
        return [_output("output", hint, next(iter(helps.values()), ""))]
    fields = {
        k: v for k, v in typing.get_type_hints(hint, include_extras=True).items() if not is_dataclass(v)
    }
    doc = _docstring(hint)
    texts = {p.arg_name: _line(p.description) for p in doc.params}
    return [_output(name, field, texts.get(name, "")) for name, field in fields.items()]


def _output(name: str, hint: Any, text: str) -> dict[str, Any]:
    return {"name": name, "label": label(name), **_kind(hint)[0], "help": text}


def _references(function: Callable[..., Any]) -> list[str]:
    lines = inspect.getdoc(function) or ""
    _, _, rest = lines.partition("\nReferences\n----------\n")
    block = rest.partition("\n\n")[0]
    parts = (part.partition("] ")[2] for part in block.split(".. [") if part.strip())
    return [_line(part) for part in parts]
