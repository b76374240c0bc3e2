"""Which views of a map tell a story, what does its reader see at each, and what as the map opens?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import Language
from geoterritorio.publication.webmap.texts import Words, in_all_languages

# of latitude, longitude and zoom
BOUNDS = ((-90.0, 90.0), (-540.0, 540.0), (1.0, 16.0))


@dataclass(frozen=True)
class Beside:
    """
    What the second map of a view shows; what is not named is as on the first.

    Parameters
    ----------
    layer
        Layer, by its name in any language or by its place among the layers.
    sector
        Sector or indicator, by its code or name.
    day
        Day of a layer of boundaries through time.
    territory
        Identifier of another territory, set against that of the view.
    """

    layer: int | str | None = None
    sector: str = ""
    day: str | None = None
    territory: str = ""


@dataclass(frozen=True)
class StoryView:
    """
    A view of a map with its text.

    Parameters
    ----------
    title, text
        Plain text; one for all languages, or one by language. An empty line parts paragraphs.
    layer
        Layer of quotients or of boundaries through time, by its name in any language or by its place.
    sector
        Sector or indicator, by its code or name; by default that with which the layer opens.
    day
        Day of a layer of boundaries through time, as its slider has it; by default the last.
    territory
        Identifier of the territory whose card is open.
    view
        Latitude, longitude (degrees) and zoom of the middle of the map; by default the whole map.
    further
        Further layers that are ticked, by their names in any language or by their places.
    compare
        What a second map beside the first shows.
    """

    title: Words
    text: Words
    layer: int | str = 0
    sector: str = ""
    day: str | None = None
    territory: str = ""
    view: tuple[float, float, float] | None = None
    further: tuple[int | str, ...] = ()
    compare: Beside | None = None


@dataclass(frozen=True)
class Opening:
    """
    What a map shows as it opens, where its address does not say.

    Parameters
    ----------
    layer
        Layer of quotients or of boundaries through time, by its name in any language or by its place.
    sector
        Sector or indicator, by its code or name; by default that with which the layer opens.
    day
        Day of a layer of boundaries through time, as its slider has it; by default the last.
    territory
        Identifier of the territory whose card is open.
    view
        Latitude, longitude (degrees) and zoom of the middle of the map; by default the whole map.
    compare
        What a second map beside the first shows.
    table
        Whether the table of figures is open.
    story
        Number of the view of the story that is open, counted from 1; it then says all else.
    """

    layer: int | str = 0
    sector: str = ""
    day: str | None = None
    territory: str = ""
    view: tuple[float, float, float] | None = None
    compare: Beside | None = None
    table: bool = False
    story: int | None = None


class Told(Protocol):
    """A layer as a story names it."""

    words: dict[Language, str]


class Shown(Told, Protocol):
    """A layer with headings, and with days if it has any."""

    def headings(self) -> list[tuple[str, ...]]:
        """Code and names of each sector or indicator; the first is the code."""

    def first(self) -> int:
        """Heading with which the layer opens."""

    def days(self) -> tuple[str, ...]:
        """Days of its slider."""

    def known(self) -> set[str]:
        """Identifiers of its territories."""


def story_parts(
    story: Sequence[StoryView], layers: Sequence[Shown], further: Sequence[Told]
) -> list[dict[str, Any]]:
    """
    Views as the page reads them: texts by language, and the parts of an address.

    Parameters
    ----------
    story
        Views in their order.
    layers, further
        Layers of the map in their order.

    Returns
    -------
    views
        JSON-ready.

    Raises
    ------
    LayerError
        A view has no title or text, or names what the map does not have; all problems are told at once.
    """
    problems: list[Message] = []
    views = [_view(view, n, layers, further, problems) for n, view in enumerate(story, start=1)]
    if problems:
        raise LayerError(problems)
    return views


def _view(
    view: StoryView, n: int, layers: Sequence[Shown], further: Sequence[Told], problems: list[Message]
) -> dict[str, Any]:
    found = _Names(message("Story, view {n}", n=n), problems)
    parts = _seen(view, layers, found)
    ticked = [found.layer(one, further) for one in view.further]
    if any(one is not None for one in ticked):
        parts["further"] = ",".join(str(one) for one in ticked if one is not None)
    texts = {"title": in_all_languages(view.title), "text": in_all_languages(view.text)}
    problems += [
        message("{where}: its {what} is empty; say what the reader sees.", where=found.where, what=label)
        for label, told in zip((message("title"), message("text")), texts.values(), strict=True)
        if not all(words.strip() for words in told.values())
    ]
    return {**texts, "parts": parts}


def opening_parts(opens: Opening | None, views: int, layers: Sequence[Shown]) -> dict[str, str]:
    """
    Parts of the address that a map opens with.

    Parameters
    ----------
    opens
        What is shown first; None for what the layers open with.
    views
        How many views the map's story has.
    layers
        Layers of the map in their order.

    Returns
    -------
    parts
        JSON-ready.

    Raises
    ------
    LayerError
        It names what the map does not have; all problems are told at once.
    """
    if opens is None:
        return {}
    problems: list[Message] = []
    found = _Names(message("Opening of the map"), problems)
    parts = _seen(opens, layers, found) | ({"table": "1"} if opens.table else {})
    if opens.story is not None:
        parts = {"story": str(opens.story - 1)}
        if opens != Opening(opens.layer, opens.sector, story=opens.story):
            problems.append(
                message(
                    "{where}: a view of the story says all that is shown: name nothing else.",
                    where=found.where,
                )
            )
        if not 1 <= opens.story <= views:
            problems.append(
                message(
                    "{where}: the story has no view {n}; it has {views}.",
                    where=found.where,
                    n=opens.story,
                    views=views,
                )
            )
    if problems:
        raise LayerError(problems)
    return parts


def _seen(view: StoryView | Opening, layers: Sequence[Shown], found: _Names) -> dict[str, str]:
    """Parts of an address: a layer with what is chosen of it, the view, and what is beside it."""
    k = found.layer(view.layer, layers) if layers else None
    parts: dict[str, str] = {}
    if k is not None:
        sector, day = found.heading(view.sector, layers[k]), found.day(view.day, layers[k])
        parts = {"layer": str(k), "sector": sector, "day": day, "territory": view.territory}
        found.territory(view.territory, layers[k])
        parts |= found.beside(view, k, layers)
    if view.view is not None:
        parts["view"] = found.view(view.view)
    # a beginning without a date is a day whose text is empty
    return {
        name: part for name, part in parts.items() if part or (k is not None and name in _days(layers[k]))
    }


def _days(layer: Shown) -> tuple[str, ...]:
    return ("day", "day2") if layer.days() else ()


@dataclass(frozen=True)
class _Names:
    """Finds what a view names, and notes what is not there."""

    where: Message
    problems: list[Message]

    def layer(self, wanted: int | str, layers: Sequence[Told]) -> int | None:
        names = [set(layer.words.values()) for layer in layers]
        there = [k for k, own in enumerate(names) if wanted in own or wanted == k]
        if len(there) == 1:
            return there[0]
        text = (
            message(
                "{where}: several layers are called “{name}”; give its place.", where=self.where, name=wanted
            )
            if there
            else message(
                "{where}: the map has no layer “{name}”. It has: {names}.",
                where=self.where,
                name=wanted,
                names="; ".join(next(iter(layer.words.values())) for layer in layers) or "–",
            )
        )
        self.problems.append(text)
        return None

    def heading(self, wanted: str, layer: Shown) -> str:
        headings = layer.headings()
        if not wanted and headings:
            return headings[layer.first()][0]
        there = next((own[0] for own in headings if wanted in own), None)
        if there is None:
            self._lacks(message("sector or indicator"), wanted, layer)
        return there or ""

    def day(self, wanted: str | None, layer: Shown) -> str:
        days = layer.days()
        if wanted is None:
            return days[-1] if days else ""
        if wanted not in days:
            self._lacks(message("day"), wanted, layer)
        return wanted

    def territory(self, wanted: str, layer: Shown) -> None:
        if wanted and wanted not in layer.known():
            self._lacks(message("territory"), wanted, layer)

    def view(self, given: tuple[float, float, float]) -> str:
        if len(given) != len(BOUNDS) or not all(
            low <= v <= high for v, (low, high) in zip(given, BOUNDS, strict=True)
        ):
            self.problems.append(
                message("{where}: a view is latitude, longitude and zoom (1 to 16).", where=self.where)
            )
        return ",".join(f"{v:g}" for v in given)

    def beside(self, view: StoryView | Opening, k: int, layers: Sequence[Shown]) -> dict[str, str]:
        given = view.compare
        if given is None:
            return {}
        at = k if given.layer is None else self.layer(given.layer, layers)
        if at is None:
            return {}
        layer, same = layers[at], given.layer is None
        self.territory(given.territory, layer)
        return {
            "layer2": str(at),
            "sector2": self.heading(given.sector or (view.sector if same else ""), layer),
            "day2": self.day(view.day if given.day is None and same else given.day, layer),
            "territory2": given.territory,
        }

    def _lacks(self, what: Message, wanted: str, layer: Told) -> None:
        self.problems.append(
            message(
                "{where}: layer “{layer}” has no {what} “{name}”.",
                where=self.where,
                layer=next(iter(layer.words.values())),
                what=what,
                name=wanted,
            )
        )
