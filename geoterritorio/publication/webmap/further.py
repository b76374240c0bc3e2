"""What does a layer of doubtful rows, or of any other points and areas, carry into the page?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from folium.map import Layer as FoliumLayer

from geoterritorio.errors import CRSError, LayerError, message
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication.names import by_language
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.layers import Places, shape_block
from geoterritorio.publication.webmap.page import Page
from geoterritorio.publication.webmap.texts import Words, in_all_languages

Array = np.ndarray[Any, Any]
# more points than this make a browser slow; what is left off is counted in the legend
MOST = 20_000
# apart from each other for readers who confuse colours, and from the blue and orange of the quotients
COLOURS = ("#7a2a8f", "#00796b", "#d81b60", "#1f1f1f", "#8a7a00", "#3f51b5", "#33691e", "#ff6fb5", "#00b8d4")
OTHER = "#6b7780"
# kinds are bits of a whole number, and the page shifts these as numbers of 32 bits with a sign
_MOST_KINDS = 31
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_NAMES = ("firm", "territory", "market", "place", "institution", "action")


@dataclass(frozen=True)
class Look:
    """
    What further layers show beside outlines and kinds.

    Parameters
    ----------
    facts
        Columns of numbers or names that are told when a row is opened, and their headings; areas with facts can be
        opened, and then what lies beneath them cannot.
    colours
        Colours of the kinds in their order; by default those that no layer before has.
    filled
        Whether areas are filled with colours that are given; by default they are, and others are outlines.
    words
        What is said of a name of `facts`, by language; other names are told as they are.
    called
        Columns of names by language, where rows have a name in each; by default `name` is shown.
    fold
        Heading, by language, under which layers that follow each other and have the same one are folded together.
    title
        What is drawn in full, by language: over its key, on its card and in print; by default its name in the list.
    """

    facts: Mapping[str, Words] = field(default_factory=dict)
    colours: tuple[str, ...] = ()
    filled: bool = True
    words: Mapping[str, Words] = field(default_factory=dict)
    called: Mapping[Language, str] = field(default_factory=dict)
    fold: Words = ""
    title: Words = ""


PLAIN = Look()


class FurtherLayer(FoliumLayer):
    """
    Points by kind, or outlines, over the quotients of a territory map.

    Parameters
    ----------
    places
        What is drawn; its names are empty where a row has none of its own.
    total
        Number of rows, those without a place included.
    table
        Columns `kinds` (one bit per kind) and `sector` (text or missing), one row per place.
    kinds
        Headings of the kinds that occur, in the order of their bits.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    look
        What is told of a row, colours, and whether areas are filled.
    """

    # whether it shows single establishments, and why others may see them
    single = False
    why_shown: Mapping[Language, str] = MappingProxyType(dict.fromkeys(LANGUAGES, ""))

    def __init__(
        self,
        places: Places,
        total: int,
        table: pd.DataFrame,
        kinds: tuple[Words, ...],
        name: Words,
        look: Look,
    ) -> None:
        self.words = in_all_languages(name)
        super().__init__(name=next(iter(self.words.values())), show=False)
        self._name = "FurtherLayer"
        self.places = places
        self.total = total
        self.table = table
        self.kinds = tuple(in_all_languages(kind) for kind in kinds)
        self.look = look
        # what it shows, in the words of whoever made it
        self.source = ""

    @property
    def reasoned(self) -> bool:
        """Whether it is said, in every language, why others may see single establishments."""
        return all(text.strip() for text in self.why_shown.values())

    def block(self) -> str:
        """
        Identifiers, names, sectors and kinds of the rows as one data block.

        Returns
        -------
        block
            Compressed base64 text.
        """
        codes, sectors = pd.factorize(self.table["sector"])
        columns = {
            "kinds": codec.Column(self.table["kinds"].to_numpy(dtype=float)),
            "sector": codec.Column(np.where(codes < 0, np.nan, codes)),
        }
        words: dict[int, list[Words]] = {}
        for j, column in enumerate(self.look.facts):
            told = self.table[column]
            if not pd.api.types.is_numeric_dtype(told):
                found, names = pd.factorize(told)
                words[j] = [self.look.words.get(name, str(name)) for name in names]
                told = pd.Series(found).where(found >= 0)
            columns[f"fact{j}"] = codec.Column(told.to_numpy(dtype=float), 1 if j in words else 100)
        texts = {
            "words": words,
            "ids": self.places.ids,
            "titles": self._titles(),
            "sectors": self._sectors(sectors),
        }
        return codec.pack(columns, texts)

    def _sectors(self, found: pd.Index) -> list[Words]:
        """Sectors as they are, or by language where some are called otherwise in Spanish."""
        if "sector_es" not in self.table.columns:
            return [str(s) for s in found]
        spanish = self.table.drop_duplicates("sector").set_index("sector")["sector_es"]
        return [{"en": str(s), "es": str(spanish[s])} for s in found]

    def _titles(self) -> list[str] | dict[Language, list[str]]:
        own = self.look.called
        if not own:
            return by_language(self.places.names, self.places.spanish)
        return {lang: _texts(self.table, column).tolist() for lang, column in own.items()}

    def render(self, **_: Any) -> str:
        """Add the layer's data blocks to its page, raw, past every template; nothing stands in place."""
        page = getattr(self._parent, "page", None)
        if not isinstance(page, Page):
            raise LayerError(message("A further layer belongs on a map made by `territory_map`."))
        blocks = {"shape": shape_block(self.places, page.centre), "table": self.block()}
        number = max(1, len(self.kinds))
        taken = sum(len(layer["colours"]) for layer in page.further if not layer["own"])
        given = self.look.colours or _unlike(taken)
        colours = (*given, *[OTHER] * number)[:number]
        page.further.append(
            {
                "name": in_all_languages(self.look.title) if self.look.title else self.words,
                "short": self.words,
                "total": self.total,
                "kinds": self.kinds,
                "colours": colours,
                "facts": [in_all_languages(words) for words in self.look.facts.values()],
                "own": bool(self.look.colours),
                **({"set": in_all_languages(self.look.fold)} if self.look.fold else {}),
                "filled": bool(self.look.colours) and self.look.filled,
                "on": self.show,
                **{k: page.add_data(b) for k, b in blocks.items()},
                **self.own(),
            }
        )
        return ""

    def own(self) -> dict[str, Any]:
        """What the page must know of a layer of this kind alone, or differently."""
        return {}


def _unlike(taken: int) -> tuple[str, ...]:
    """Colours that begin after those that layers before have."""
    first = taken % len(COLOURS)
    return COLOURS[first:] + COLOURS[:first]


def further_layer(
    rows: gpd.GeoDataFrame,
    *,
    name: Words,
    kinds: str | None = None,
    labels: Mapping[str, Words] | None = None,
    look: Look = PLAIN,
    why_shown: Words = "",
) -> FurtherLayer:
    """
    Layer of points or outlines that the reader can lay over the quotients.

    Parameters
    ----------
    rows
        Points or polygons in any stated CRS; rows without a geometry are counted, not drawn. An
        identifier (`firm`, `territory` …), `name`, `sector` and `sector_name`, in Spanish `name_es` and
        `sector_name_es`, are shown where they are there, and no other column but the facts of `look`
        reaches the page.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    kinds
        Column with the kinds of each row, separated by semicolons, such as `problems`: they give the
        colour and can be hidden one by one.
    labels
        Heading of each kind, in the order of the legend; a kind without one follows under its own name.
    look
        What to tell, colours, and whether areas are filled.
    why_shown
        Why others may see single establishments, where the rows have a column `firm`: as of `firm_layer`. Without it
        the map calls itself internal, and `save` warns. One for all languages, or one by language.

    Returns
    -------
    layer
        Element for `territory_map` or its `add_child`.

    Raises
    ------
    LayerError
        The rows are neither points nor polygons, a column is missing, or a colour is none.
    CRSError
        The rows state no CRS.

    Notes
    -----
    The reader ticks it. A map opens with it if its attribute `show` is true, as in folium.

    Examples
    --------
    >>> found = gpd.GeoDataFrame(
    ...     {"firm": ["1", "2"], "problems": ["outside", "outside; no_sector"]},
    ...     geometry=gpd.points_from_xy([2.0, 2.1], [41.0, 41.0]),
    ...     crs=4326,
    ... )
    >>> layer = further_layer(found, name="Doubtful", kinds="problems", labels={"no_sector": "No sector"})
    >>> [kind["en"] for kind in layer.kinds], layer.table["kinds"].tolist()
    (['No sector', 'outside'], [2, 3])
    """
    lacking = [c for c in (*([kinds] if kinds else []), *look.facts, *look.called.values()) if c not in rows]
    if lacking:
        raise LayerError([message("The rows lack the column `{column}`.", column=c) for c in lacking])
    _refuse_colours(look.colours)
    rows = rows.reset_index(drop=True)
    drawn = rows[~(rows.geometry.isna() | rows.geometry.is_empty)].iloc[:MOST]
    if drawn.crs is None and len(drawn):
        raise CRSError(message("The rows state no CRS; set it with `set_crs` before mapping."))
    types = set(drawn.geom_type)
    point = types <= {"Point"}
    if not point and not types <= {"Polygon", "MultiPolygon"}:
        raise LayerError(
            message("A map layer holds polygons or points, not {kinds}.", kinds=", ".join(sorted(types)))
        )
    ground = drawn.to_crs(4326) if len(drawn) else drawn
    masks, headings = _kinds(rows[kinds] if kinds else pd.Series("", index=rows.index), labels or {})
    table = pd.DataFrame({"kinds": masks.loc[drawn.index].to_numpy(), "sector": _sectors(drawn).to_numpy()})
    if "sector_name_es" in drawn.columns:
        own = drawn["sector_name_es"]
        called = drawn["sector_name"] if "sector_name" in drawn.columns else None
        in_spanish = drawn.assign(sector_name=own if called is None else own.where(own.notna(), called))
        table = table.assign(sector_es=_sectors(in_spanish).to_numpy())
    table = table.assign(**{c: _fact(drawn[c]) for c in look.facts})
    table = table.assign(**{c: _texts(drawn, c).to_numpy() for c in set(look.called.values())})
    shapes = np.asarray(ground.geometry.array, dtype=object)
    names = _texts(drawn, "name")
    spanish = None
    if "name_es" in drawn.columns:
        own = _texts(drawn, "name_es")
        spanish = own.where(own != "", names).tolist()
    places = Places("point" if point else "area", _ids(drawn), names.tolist(), shapes, spanish)
    layer = FurtherLayer(places, len(rows), table, headings, name, look)
    layer.single, layer.why_shown = "firm" in rows, in_all_languages(why_shown)
    return layer


def _refuse_colours(colours: tuple[str, ...]) -> None:
    # a drawing names them, where `url(…)` would fetch something
    wrong = [colour for colour in colours if not _COLOUR.fullmatch(colour)]
    if wrong:
        raise LayerError(
            message(
                "{colours}: colours are written as `#rrggbb`, six digits from 0 to f.",
                colours=", ".join(wrong),
            )
        )


def _fact(values: pd.Series) -> Array:
    """Numbers, or names where they are no numbers."""
    if pd.api.types.is_numeric_dtype(values) or values.isna().all():
        return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
    # a text that is empty says nothing, not even that nothing is known
    return np.asarray(values.astype(object).where(values.notna() & values.ne(""), None), dtype=object)


def _kinds(given: pd.Series, labels: Mapping[str, Words]) -> tuple[pd.Series, tuple[Words, ...]]:
    """One bit per kind that occurs, and the headings of these kinds."""
    found = given.fillna("").astype(str).str.get_dummies("; ")
    known = [kind for kind in labels if kind in found]
    order = [*known, *(kind for kind in found if kind and kind not in labels)]
    headings = [labels.get(kind, kind) for kind in order]
    place = np.arange(len(order))
    if len(order) > _MOST_KINDS:
        # The last heading stands for all that have none of their own.
        place = np.minimum(place, _MOST_KINDS - 1)
        rest = message("{count} others", count=len(order) - _MOST_KINDS + 1)
        headings = [*headings[: _MOST_KINDS - 1], {lang: rest.render(translator(lang)) for lang in LANGUAGES}]
    whole = found[order].T.groupby(place).max().T if order else found[order]
    bits = 2 ** np.arange(len(headings), dtype=np.int64)
    masks = pd.Series(whole.to_numpy(dtype=np.int64) @ bits, index=given.index)
    return masks, tuple(headings)


def _ids(rows: pd.DataFrame) -> list[str]:
    column = next((c for c in _NAMES if c in rows), None)
    return [""] * len(rows) if column is None else _texts(rows, column).tolist()


def _texts(rows: pd.DataFrame, column: str) -> pd.Series:
    if column not in rows:
        return pd.Series("", index=rows.index, dtype=object)
    return rows[column].astype(object).where(rows[column].notna(), "").astype(str)


def _sectors(rows: pd.DataFrame) -> pd.Series:
    """Code and name of the sector; missing where there is neither."""
    code, name = (_texts(rows, column) for column in ("sector", "sector_name"))
    both = (code + " " + name).where((code != "") & (name != ""), code + name).astype(object)
    return both.where(both != "", None)
