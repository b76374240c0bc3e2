"""What lies beneath a study's map: key ``[map] context``, a layer, or a file that becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoterritorio.errors import GeoterritorioError, message
from geoterritorio.i18n import LANGUAGES, mark, translator
from geoterritorio.layers.readers import read_frame, split_source
from geoterritorio.study.checks import Findings
from geoterritorio.study.story import check_shown

_WHERE = "map.context"
# kinds of layers that hold polygons or lines and nothing of establishments
_DRAWN = ("territories", "history", "areas", "roads")
NAME = "surroundings"
_TITLE = mark("Surroundings")


def read_context(
    found: Findings, on_map: object, layers: Mapping[str, Any], folder: Path
) -> tuple[Mapping[str, Any], str]:
    """
    Layers of a study with what lies beneath its map among them.

    Parameters
    ----------
    found
        Where errors are noted.
    on_map
        Section ``[map]`` of the file.
    layers
        Section ``[layers]`` of the file.
    folder
        Folder of the file.

    Returns
    -------
    layers
        The same, with a layer for a file that `context` names.
    name
        Layer beneath the map; empty without the key.
    """
    given = on_map.get("context") if isinstance(on_map, dict) else None
    if given is None:
        return layers, ""
    if not isinstance(given, str):
        found.add(message("{key}: must be text.", key=_WHERE))
        return layers, ""
    drawn = [name for name, own in layers.items() if isinstance(own, dict) and own.get("kind") in _DRAWN]
    path, layer = split_source(given)
    if given in layers:
        check_shown(found, given, drawn, _WHERE)
        return layers, given
    if NAME not in layers and (folder / path).is_file():
        title = {lang: translator(lang)(_TITLE) for lang in LANGUAGES}
        return {**layers, NAME: {"kind": _kind(folder / path, layer), "path": given, "title": title}}, NAME
    found.add(
        message(
            "{key}: there is no file and no layer “{name}”. Layers with polygons or lines: {names}.",
            key=_WHERE,
            name=given,
            names=", ".join(drawn) or "–",
        )
    )
    return layers, ""


def _kind(path: Path, layer: str | None) -> str:
    """Kind of layer that a file is read as; what is wrong with it is told when it is."""
    try:
        types = set(getattr(read_frame(path, layer=layer), "geom_type", ()))
    except GeoterritorioError:
        types = set()
    return "roads" if types & {"LineString", "MultiLineString"} else "areas"
