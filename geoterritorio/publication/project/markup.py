"""Elements of a project file, and texts that stay text in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element

from pyproj import CRS

# Characters that XML 1.0 cannot hold, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOINER = "\u2060"


def clean(text: object) -> str:
    """
    Text that XML can hold and that QGIS does not compute.

    Parameters
    ----------
    text
        Any text, such as a title by the user.

    Returns
    -------
    text
        The same without forbidden characters; ``[%``, with which QGIS begins an expression in legends and labels,
        is parted by a sign without width.

    Examples
    --------
    >>> clean("a [% env('HOME') %]") == "a [% env('HOME') %]", clean("1 < 2 & 3")
    (False, '1 < 2 & 3')
    """
    return _FORBIDDEN.sub("", str(text)).replace("[%", f"[{_JOINER}%")


def quoted(column: object) -> str:
    """Column of a layer in an expression: ``"name"``."""
    return '"' + _FORBIDDEN.sub("", str(column)).replace('"', '""') + '"'


def literal(text: object) -> str:
    """Text in an expression: ``'text'``, which does not end the brackets of a label it stands in."""
    plain = clean(text).replace("\\", "\\\\").replace("'", "''")
    return "'" + plain.replace("%]", f"%{_JOINER}]") + "'"


def element(tag: str, text: object = None, children: Iterable[Element] = (), **attributes: object) -> Element:
    """Element with its text, its children, and attributes whose names are written with ``_`` for ``-``."""
    made = Element(
        tag,
        {name.rstrip("_").replace("__", "-"): _FORBIDDEN.sub("", str(v)) for name, v in attributes.items()},
    )
    if text is not None:
        made.text = _FORBIDDEN.sub("", str(text))
    made.extend(children)
    return made


def options(values: Mapping[str, object]) -> Element:
    """Settings as QGIS keeps them: a map of texts, numbers and switches by name."""
    made = Element("Option", type="Map")
    for name, value in values.items():
        made.append(_option(name, value))
    return made


def _option(name: str, value: object) -> Element:
    if isinstance(value, Mapping):
        made = options(value)
        made.set("name", _FORBIDDEN.sub("", name))
        return made
    if isinstance(value, list):
        made = Element("Option", type="List", name=name)
        made.extend(options(v) for v in value)
        return made
    kind = {bool: "bool", int: "int", float: "double"}.get(type(value), "QString")
    text = str(value).lower() if isinstance(value, bool) else _FORBIDDEN.sub("", str(value))
    return Element("Option", type=kind, name=_FORBIDDEN.sub("", name), value=text)


def reference_system(crs: object, tag: str = "srs") -> Element:
    """Coordinate reference system; for no system, the empty one."""
    system = element("spatialrefsys", nativeFormat="Wkt")
    said = {} if crs is None else _described(CRS.from_user_input(crs).to_wkt())
    system.extend(element(name, text) for name, text in said.items())
    return element(tag, children=[system])


@lru_cache
def _described(wkt: str) -> dict[str, str]:
    known = CRS.from_wkt(wkt)
    code = known.to_authority()
    return {
        "wkt": wkt,
        "authid": ":".join(code) if code else "",
        "description": known.name,
        "geographicflag": str(known.is_geographic).lower(),
    }


def extent(bounds: Iterable[float], tag: str = "extent") -> Element:
    """West, south, east and north as elements."""
    names = ("xmin", "ymin", "xmax", "ymax")
    return element(tag, children=[element(n, repr(float(v))) for n, v in zip(names, bounds, strict=True)])
