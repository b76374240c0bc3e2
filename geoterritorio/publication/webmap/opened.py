"""Which plain folium layers may be on a territory map, and what do they add to its page?

Folium writes its layers as a script through templates, where a name could run as code and a text is read as markup. A
map takes them only when its maker says so. Their texts are then checked for every sign that a template, a script or a
page could read as anything but text, kinds that need scripts from elsewhere are refused, and the policy of the page
names the hash of the one script that folium wrote: nothing else runs there either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import folium
from branca.element import Element, Html
from folium.elements import ElementAddToElement

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import mark

KINDS: tuple[type[Element], ...] = (
    folium.Marker,
    folium.CircleMarker,
    folium.Circle,
    folium.PolyLine,
    folium.Polygon,
    folium.Rectangle,
    folium.GeoJson,
    folium.FeatureGroup,
    folium.Tooltip,
    folium.Popup,
    folium.GeoJsonTooltip,
    folium.GeoJsonPopup,
)
NOTICE = mark(
    "Open map: it also holds layers that folium wrote. Their texts were checked, but the guarantees of this program "
    "hold for its own layers alone; drawings and pictures leave them out."
)
# template, expression of a script, markup, escape
_SIGNS = ("{{", "{%", "{#", "${", "`", "<", "\\")
_TELL = 60
# attributes that lead upwards in the tree
_ABOVE = ("_parent", "parent_map")
# the sizes that folium gives to the contents of a popup: no policy without holes lets them pass
_SIZES = re.compile(r' style="width: [\d.]+(?:%|px); height: [\d.]+(?:%|px);"')
# Folium finds the map by its name, takes contents of popups out of jQuery, and its markers have a picture from
# elsewhere; lines and areas are drawings apart, which cannot cover a canvas of ours.
_PIN = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 36'%3E"
    "%3Cpath d='M12 0a12 12 0 0 0-12 12c0 8 12 24 12 24s12-16 12-24a12 12 0 0 0-12-12z' fill='%23255c99'/%3E%3C/svg%3E"
)
_BEFORE = f"""(() => {{
const $ = (markup) => [markup];
L.Marker.prototype.options.icon = L.icon({{
iconUrl: "{_PIN}", iconSize: [24, 36], iconAnchor: [12, 36], popupAnchor: [0, -32]
}});
L.Map.addInitHook(function () {{
if (this.getContainer().id !== 'map') return;
const NAME = this;
new MutationObserver((_, watch) => {{
watch.disconnect();
NAME.options.renderer = L.svg();
"""
_AFTER = """
document.documentElement.dataset.open = 'true';
}).observe(document.documentElement, { attributes: true, attributeFilter: ['data-ready'] });
});
})();
"""


def require_plain(layer: Element) -> None:
    """
    Refusal of a plain folium layer that cannot be on a map soundly.

    Parameters
    ----------
    layer
        Layer with all its children.

    Raises
    ------
    LayerError
        It is, or holds, an element of another kind or code, or a text with signs that could be read as code or markup;
        all of them are named.
    """
    problems = [*_foreign(layer)]
    if not problems:
        problems = [_problem(layer, *found) for found in _texts(layer, "") if not _harmless(*found)]
    if problems:
        raise LayerError([p for n, p in enumerate(problems) if p not in problems[:n]])


def _elements(layer: Element) -> Iterator[Element]:
    """Layer with all its children, and what they hold beside these, such as the contents of a popup."""
    yield layer
    beside = [part for name, part in vars(layer).items() if isinstance(part, Element) and name not in _ABOVE]
    for child in [*layer._children.values(), *beside]:  # noqa: SLF001 - branca keeps its tree in this attribute alone
        yield from _elements(child)


def _foreign(layer: Element) -> Iterator[Message]:
    """What needs scripts from elsewhere, or is code."""
    kinds = ", ".join(kind.__name__ for kind in KINDS)
    for part in _elements(layer):
        # kinds derived from these may add scripts of their own; a bare element is a box for others
        box = type(part) is Element and part._template_str is None  # noqa: SLF001 - nothing else tells
        if not box and type(part) not in (*KINDS, Html, ElementAddToElement):
            yield message(
                "{layer}: an open map cannot hold {kind}, which needs scripts or pictures from elsewhere or could hold "
                "code; it takes {kinds}.",
                layer=layer.get_name().partition("_")[0],
                kind=type(part).__name__,
                kinds=kinds,
            )
        elif isinstance(part, folium.GeoJson) and not part.embed:
            yield message(
                "{layer}: an open map fetches nothing; give GeoJson with `embed=True`.", layer="GeoJson"
            )


def _texts(value: object, where: str) -> Iterator[tuple[str, str, bool]]:
    """Every text that can be reached, where it is, and whether it is a key."""
    if isinstance(value, str):
        yield where, value, False
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield where, str(key), True
            yield from _texts(part, f"{where}.{key}" if where else str(key))
    elif isinstance(value, Sequence | set | frozenset):
        for part in value:
            yield from _texts(part, where)
    elif isinstance(value, folium.JsCode):
        yield where, f"${{{value.js_code}}}", False
    elif isinstance(value, Element):
        yield from _of_element(value, where)


def _of_element(value: Element, where: str) -> Iterator[tuple[str, str, bool]]:
    for name, part in vars(value).items():
        if name not in (*_ABOVE, "_template", "_children"):
            yield from _texts(part, name)
    for part in value._children.values():  # noqa: SLF001 - folium tells its parts nowhere else
        yield from _texts(part, where)


def _harmless(_: str, text: str, key: bool) -> bool:  # noqa: FBT001 - as `_texts` tells it
    return text.isidentifier() if key else not any(sign in text for sign in _SIGNS)


def _problem(layer: Element, where: str, text: str, key: bool) -> Message:  # noqa: FBT001 - as `_texts` tells it
    kind = type(layer).__name__
    if key:
        return message(
            "{layer}: folium writes the name “{name}” as code; rename it to letters, digits and underscores.",
            layer=kind,
            name=text[:_TELL],
        )
    return message(
        "{layer}, `{where}`: “{given}” holds one of {signs}, which folium would pass on as code or markup. Take it "
        "out, or give the layer as `further_layer`, which shows every text as it is.",
        layer=kind,
        where=where,
        given=text[:_TELL],
        signs=" ".join(_SIGNS),
    )


def script_of(layers: Sequence[Element], figure: folium.Figure, name: str) -> str:
    """
    The script that folium writes for layers, as a page of ours can hold it.

    Parameters
    ----------
    layers
        Layers that `require_plain` has let pass, on their map.
    figure
        Figure of the map; what folium adds to it is taken off again.
    name
        Name of the map in the script.

    Returns
    -------
    script
        It runs when the map is ready; empty where there are no layers.

    Raises
    ------
    LayerError
        A layer is not plain any more, or the script would end its element.
    """
    if not layers:
        return ""
    header = dict(figure.header._children)  # noqa: SLF001 - branca keeps its tree in this attribute alone
    figure.script = Element()
    figure.script._parent = figure  # noqa: SLF001 - as branca itself sets it
    for layer in layers:
        require_plain(layer)
        layer.render()
    # What the first template made is taken as it is: folium's second one would read it again.
    parts = [part._template_str or "" for part in figure.script._children.values()]  # noqa: SLF001 - folium tells its parts nowhere else
    figure.header._children.clear()  # noqa: SLF001 - looks of tables in tooltips, which no policy lets pass
    figure.header._children.update(header)  # noqa: SLF001 - folium tells its parts nowhere else
    figure.script = Element()
    figure.script._parent = figure  # noqa: SLF001 - as branca itself sets it
    script = _BEFORE.replace("NAME", name) + _SIZES.sub("", "".join(parts)) + _AFTER
    if "</script" in script.lower() or "<!--" in script:
        raise LayerError(
            message("The layers of folium hold a text that would end their script; take it out.")
        )
    return script
