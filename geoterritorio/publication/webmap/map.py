"""How do territories and layers become one file that anyone can open?"""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

import folium
import geopandas as gpd
import numpy as np
from branca.element import Element

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.firms import FirmLayer
from geoterritorio.publication.webmap.further import FurtherLayer
from geoterritorio.publication.webmap.history import HistoryLayer
from geoterritorio.publication.webmap.layers import (
    Places,
    QuotientLayer,
    meridian,
    places,
    shape_block,
    shape_columns,
)
from geoterritorio.publication.webmap.opened import NOTICE, require_plain, script_of
from geoterritorio.publication.webmap.page import TILE_HOST, Page, json_block, page, write_whole
from geoterritorio.publication.webmap.palette import palettes
from geoterritorio.publication.webmap.story import Opening, StoryView, opening_parts, story_parts
from geoterritorio.publication.webmap.texts import (
    INTERNAL,
    NOTES,
    SINGLE,
    Words,
    dictionaries,
    in_all_languages,
)

_STEPS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20)


class TerritoryMap(folium.Map):
    """
    Map of territories in one self-contained file.

    Parameters
    ----------
    ground
        Territories drawn as outlines under every layer.
    lang
        Language the map opens in.
    title
        Title, plain text; one for all languages, or one by language.
    sources
        Sources and attributions, plain text, for all languages or by language.
    notes
        Notes on how to read the map, plain text.
    origin
        Where the figures come from, plain text.
    """

    def __init__(
        self,
        ground: Places,
        *,
        lang: Language,
        title: Words,
        sources: Sequence[Words],
        notes: Sequence[Words],
        origin: Sequence[Words] = (),
    ) -> None:
        super().__init__(location=None, tiles=None)
        self._name = "TerritoryMap"
        self.ground = ground
        self.lang = lang
        self.titles = in_all_languages(title)
        self.sources = tuple(s if isinstance(s, str) else in_all_languages(s) for s in sources)
        self.notes = tuple(in_all_languages(note) for note in notes)
        self.origin = tuple(in_all_languages(text) for text in origin)
        self.story: tuple[StoryView, ...] = ()
        self.opens: Opening | None = None
        self.page = Page(meridian(ground))
        self.page.add_child(self)

    @property
    def layers(self) -> list[QuotientLayer]:
        """Layers of quotients in the order in which they were added."""
        return [child for child in self._children.values() if isinstance(child, QuotientLayer)]

    @property
    def histories(self) -> list[HistoryLayer]:
        """Layers of boundaries through time in the order in which they were added."""
        return [child for child in self._children.values() if isinstance(child, HistoryLayer)]

    @property
    def further(self) -> list[FurtherLayer | FirmLayer]:
        """Further layers, those of establishments among them, in the order in which they were added."""
        return [child for child in self._children.values() if isinstance(child, FurtherLayer | FirmLayer)]

    def add_child(self, child: Any, name: str | None = None, index: int | None = None) -> TerritoryMap:
        """
        Add a layer made by `quotient_layer`, `history_layer`, `further_layer` or `firm_layer`.

        Parameters
        ----------
        child
            The layer.
        name, index
            Name and place among the children, as in folium.

        Returns
        -------
        map
            The map itself.

        Raises
        ------
        LayerError
            `child` is of another kind: its texts would pass a template that runs them as code.
        """
        if not isinstance(child, QuotientLayer | HistoryLayer | FurtherLayer | FirmLayer):
            raise LayerError(
                message(
                    "A territory map takes layers made by `quotient_layer`, `history_layer`, `further_layer` or "
                    "`firm_layer`, not {kind}: folium passes the texts of its own layers through a template, where a "
                    "name could run as code. `further_layer` shows points and areas safely; `add_open` takes plain "
                    "folium layers whose texts hold no code, and the map says so.",
                    kind=type(child).__name__,
                )
            )
        super().add_child(child, name=name, index=index)
        return self

    def add_open(self, child: Element, name: str | None = None, index: int | None = None) -> TerritoryMap:
        """
        Add a plain layer of folium, which makes this an open map.

        Parameters
        ----------
        child
            Marker, line, area, GeoJson or group of these, with tooltips and popups; all texts must be plain.
        name, index
            Name and place among the children, as in folium.

        Returns
        -------
        map
            The map itself.

        Raises
        ------
        LayerError
            The layer needs scripts from elsewhere, holds code, or a text of it could be read as code or markup.

        Notes
        -----
        Folium writes the layer as a script, whose hash the policy of the page then names. The page says that it is
        open, and `save` warns of it. The layer is always shown; legend, search, drawings and pictures leave it out.

        Examples
        --------
        >>> from shapely.geometry import box
        >>> areas = gpd.GeoDataFrame({"territory": ["1"]}, geometry=[box(2.0, 41.0, 2.1, 41.1)], crs=4326)
        >>> chart = territory_map(areas).add_open(folium.Marker([41.05, 2.05], tooltip="Town hall"))
        >>> "Open map" in chart.render()
        True
        """
        require_plain(child)
        super().add_child(child, name=name, index=index)
        return self

    @property
    def opened(self) -> list[Element]:
        """Plain layers of folium in the order in which they were added."""
        own = (QuotientLayer, HistoryLayer, FurtherLayer, FirmLayer)
        return [child for child in self._children.values() if not isinstance(child, own)]

    def render(self, **_: Any) -> str:
        """Whole page as text."""
        self.page.clear()
        for layer in self._drawn():
            layer.render()
        for further in self.further:
            further.render()
        if self.page.further and not (self._drawn() or self.opened or any(x.show for x in self.further)):
            # without anything below, an empty map would greet the reader
            self.page.further[0]["on"] = True
        ground = self.page.add_data(shape_block(self.ground, self.page.centre))
        contents = json_block("page", {**self._contents(), "ground": ground})
        blocks = "\n".join([*(block.render() for block in self.page.blocks), contents])
        texts = dictionaries()[self.lang]
        return page(self._title(), self.lang, texts["no_script"], blocks, opened=self._opened_script())

    def _title(self) -> str:
        words = dictionaries()[self.lang]
        return self.titles[self.lang] or words["untitled" if self._drawn() else "map"]

    def _opened_script(self) -> str:
        return script_of(self.opened, self.page, self.get_name())

    def _contents(self) -> dict[str, Any]:
        drawn = self._drawn()
        first = drawn[0].extent(self.page.centre) if drawn else self._extent()
        west, south, east, north = codec.bulk(*first)
        span = max(east - west, north - south)
        return {
            "lang": self.lang,
            "texts": self._texts(),
            "title": self.titles,
            "sources": self.sources,
            "notes": [*self._single_notes(), *self.notes, *self._standing_notes()],
            "origin": self.origin,
            "palettes": palettes(),
            "story": story_parts(self.story, self._drawn(), self.further) or None,
            "opens": urlencode(opening_parts(self.opens, len(self.story), self._drawn())),
            "layers": self.page.layers,
            "further": self.page.further,
            "view": [[south, west], [north, east]],
            "graticule": _graticule(
                next((s for s in _STEPS if span / s <= 8), _STEPS[-1]),  # noqa: PLR2004 - about 8 lines across
                (west, south, east, north),
            ),
            "tiles": TILE_HOST + "/{z}/{x}/{y}.png",
        }

    def _texts(self) -> dict[str, dict[str, str]]:
        """Words of the page; an open map says what it is."""
        words = dictionaries()
        if self.opened:
            for lang in LANGUAGES:
                words[lang]["opened"] = translator(lang)(NOTICE)
        return words

    def _drawn(self) -> list[QuotientLayer | HistoryLayer]:
        return [*self.layers, *self.histories]

    def _standing_notes(self) -> list[dict[Language, str]]:
        """Notes on how to read what is on the map."""
        there = {"quotients": self.layers, "history": self.histories, "keys": self._drawn()}
        return [
            {lang: translator(lang)(note) for lang in LANGUAGES}
            for kind, notes in NOTES.items()
            for note in (notes if there[kind] else ())
        ]

    def _firms(self) -> list[FurtherLayer | FirmLayer]:
        return [layer for layer in self.further if layer.single and len(layer.table)]

    def _single_notes(self) -> list[dict[Language, str]]:
        """Why others may see single establishments, or that the map is internal; none that is a note already."""
        found: list[dict[Language, str]] = []
        for layer in self._firms():
            text = SINGLE if layer.reasoned else INTERNAL
            note: dict[Language, str] = {
                lang: translator(lang)(text).format(reason=layer.why_shown[lang]) for lang in LANGUAGES
            }
            found += [note] if note not in (*self.notes, *found) else []
        return found

    def _warn(self) -> None:
        """Warnings of what whoever saves the map must know."""
        if self.opened:
            warnings.warn(GeoterritorioWarning(message(NOTICE)), stacklevel=3)
        places = sum(len(layer.table) for layer in self._firms() if not layer.reasoned)
        if places:
            text = message(
                "The exact places of {n} establishments are in the file, which calls itself internal. If others may "
                "see them, say why: `why_shown=…` of `firm_layer` or `further_layer`. If not, show cells of a grid: in "
                'a study file, [disclosure] points = "grid".',
                n=places,
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=3)

    def _extent(self) -> tuple[Any, Any]:
        bounds = shape_columns(self.ground, self.page.centre)[1]
        return bounds, np.ones(len(bounds))

    def save(self, outfile: str | bytes | Path | BinaryIO, close_file: bool = True, **_: Any) -> None:  # noqa: FBT001, FBT002 - folium's own signature
        """
        Write the map as one file, whole or not at all.

        Parameters
        ----------
        outfile
            Path, or a file opened for writing bytes.
        close_file
            Whether an opened file is closed afterwards.

        Raises
        ------
        LayerError
            There is no such folder, or nothing can be written to it.

        Warns
        -----
        GeoterritorioWarning
            The map is open, or holds exact places of establishments without a reason.
        """
        text = self.render()
        self._warn()
        if isinstance(outfile, str | bytes | Path):
            write_whole(Path(os.fsdecode(outfile)), text)
            return
        outfile.write(text.encode())
        if close_file:
            outfile.close()

    def _repr_html_(self, **_: Any) -> str:
        """Map inside a notebook: its own document, apart from the notebook's."""
        document = html.escape(self.render())
        title = html.escape(self._title())
        return (
            f'<iframe title="{title}" srcdoc="{document}" width="100%" height="640" '
            'style="border:0" allowfullscreen></iframe>'
        )


def _graticule(step: float, view: tuple[float, ...]) -> list[list[list[float]]]:
    """Meridians and parallels around the view, farther out than a reader is likely to wander."""
    west, south, east, north = view
    reach = 24 * step
    left, right = max(west - reach, -540.0), min(east + reach, 540.0)
    low, high = max(south - reach, -80.0), min(north + reach, 80.0)
    columns, rows = (
        np.round(np.arange(np.ceil(least / step), most / step + 1e-9) * step, 6)
        for least, most in ((left, right), (low, high))
    )
    lines = [[[low, x], [high, x]] for x in columns] + [[[y, left], [y, right]] for y in rows]
    return [[[round(float(v), 4) for v in end] for end in line] for line in lines]


def territory_map(
    territories: gpd.GeoDataFrame,
    *layers: QuotientLayer | HistoryLayer | FurtherLayer | FirmLayer,
    lang: Language = "en",
    title: Words = "",
    sources: Sequence[Words] = (),
    notes: Sequence[Words] = (),
    origin: Sequence[Words] = (),
    story: Sequence[StoryView] = (),
    opens: Opening | None = None,
) -> TerritoryMap:
    """
    Map of location quotients in one self-contained file, in English and Spanish.

    Parameters
    ----------
    territories
        Layer with `territory`, `name` (optional) and polygons or points in any stated CRS; its
        outlines are drawn under every layer.
    *layers
        Layers made by `quotient_layer`, of which the first is shown on opening; by `history_layer`, which come after
        them; and by `further_layer` or `firm_layer`, which lie over them and are shown when the reader ticks them, or
        from the beginning if their attribute `show` is true. Where nothing else is drawn the first is.
    lang
        Language the map opens in; the reader can switch.
    title
        Title, plain text; one for all languages, or one by language.
    sources
        Sources and attributions, plain text, one each, for all languages or by language.
    notes
        Notes on how to read the map, plain text, one each, for all languages or by language.
    origin
        Where the figures come from (data, tools, settings, version, date), plain text, one each.
    story
        Views with text that the reader can go through.
    opens
        What the map shows first, of which an address is independent.

    Returns
    -------
    map
        A `folium.Map`: `save(path)` writes it, a notebook shows it.

    Raises
    ------
    LayerError
        The territories cannot be drawn or have no rows, the language is unknown, a layer is of another kind, or
        story or opening name what the map does not have.
    CRSError
        The territories state no CRS.

    Notes
    -----
    The file asks nothing of the network, unless its reader ticks the online background. No text
    given here or found in the data is ever read as HTML, as a template or as code.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> areas = gpd.GeoDataFrame(
    ...     {"territory": ["1"], "name": ["Vale"]}, geometry=[box(2.0, 41.0, 2.1, 41.1)], crs=4326
    ... )
    >>> "<title>Vale &lt;b&gt;</title>" in territory_map(areas, title="Vale <b>").render()
    True
    """
    if lang not in LANGUAGES:
        raise LayerError(
            message("The map speaks {languages}, not {lang}.", languages=", ".join(LANGUAGES), lang=lang)
        )
    ground = places(territories)
    if not ground.ids:
        raise LayerError(
            message(
                "The territories have no rows: there is nothing to map. Look at what was read or filtered."
            )
        )
    # a lone string is one text, not a sequence of letters
    cited, said, made = ((given,) if isinstance(given, str) else given for given in (sources, notes, origin))
    chart = TerritoryMap(ground, lang=lang, title=title, sources=cited, notes=said, origin=made)
    for layer in layers:
        chart.add_child(layer)
    chart.story = tuple(story)
    chart.opens = opens
    story_parts(chart.story, [*chart.layers, *chart.histories], chart.further)
    opening_parts(opens, len(chart.story), [*chart.layers, *chart.histories])
    return chart
