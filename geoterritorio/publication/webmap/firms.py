"""What does a layer of single establishments, up to a million, carry into the page?

Places are whole numbers on the grid of the deepest zoom, in Morton order: every tile of every zoom is then one slice of
the columns, which `assets/firms.js` finds without an index and draws on a canvas.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.map import Layer as FoliumLayer

from geoterritorio.errors import CRSError, LayerError, Message, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.sector_codes import normalise_sectors
from geoterritorio.layers.sector_tree import ancestry
from geoterritorio.layers.size_names import class_bounds
from geoterritorio.layers.vocabularies import known_level
from geoterritorio.publication.names import Titles, titled
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.further import COLOURS, OTHER
from geoterritorio.publication.webmap.page import Page
from geoterritorio.publication.webmap.texts import Words, in_all_languages

Array = np.ndarray[Any, Any]
# European Commission Recommendation 2003/361/EC; a class begins with its number of jobs.
_BEGIN = (10.0, 50.0, 250.0)
_CLASSES = (
    mark("Fewer than 10 jobs"),
    mark("10 to 49 jobs"),
    mark("50 to 249 jobs"),
    mark("250 jobs or more"),
)
# What is beyond stays together: few names are longer.
_MOST_WORDS = 8
_NO_SECTOR, _NO_SIZE = mark("Sector not known"), mark("Size not known")


class FirmLayer(FoliumLayer):
    """
    Single establishments by sector and size over the quotients of a territory map.

    Parameters
    ----------
    table
        One row per place in Morton order: `x`, `y` (grid of `codec.mercator`), `sector` and `size` (positions in
        `sectors` and `sizes`), and where known `opened`, `closed` (first and last year) and `name`.
    total
        Number of establishments, those without a place included.
    sectors, sizes
        Headings by language, the sectors with most establishments first, the sizes from the smallest.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    why_shown
        Why others may see single establishments; empty where nobody said so.
    """

    single = True

    def __init__(
        self,
        table: pd.DataFrame,
        total: int,
        sectors: dict[Language, list[str]],
        sizes: dict[Language, list[str]],
        name: Words,
        *,
        why_shown: Words = "",
    ) -> None:
        self.words = in_all_languages(name)
        super().__init__(name=next(iter(self.words.values())), show=False)
        self._name = "FirmLayer"
        self.table = table
        self.total = total
        self.sectors = sectors
        self.sizes = sizes
        self.why_shown = in_all_languages(why_shown)
        # what it shows, in the words of whoever made it
        self.source = ""

    @property
    def reasoned(self) -> bool:
        """Whether it is said, in every language, why others may see it."""
        return all(text.strip() for text in self.why_shown.values())

    @property
    def around(self) -> Array:
        """Box around all establishments, longitude and latitude: the ground of a map that has no other."""
        x, y = codec.degrees(*(self.table[axis].agg(["min", "max"]).to_numpy() for axis in "xy"))
        return np.array([shapely.box(x[0], y[1], x[1], y[0])])

    def block(self) -> str:
        """
        Places, sectors, sizes and years as one data block.

        Returns
        -------
        block
            Compressed base64 text. A place is the step from the one before in Morton order, its lower and its higher 24
            bits: a sixth less than the differences along two axes.
        """
        steps = np.diff(codec.morton(self.table["x"].to_numpy(), self.table["y"].to_numpy()), prepend=0)
        columns = {"low": codec.Column(steps % codec.GRID), "high": codec.Column(steps // codec.GRID)}
        columns |= {
            name: codec.Column(self.table[name].to_numpy())
            for name in ("sector", "size", "opened", "closed")
            if name in self.table
        }
        years = [self.table[name].dropna() for name in ("opened", "closed") if name in self.table]
        texts = {
            "names": [self.sectors, self.sizes],
            "colours": (*COLOURS, *[OTHER] * len(next(iter(self.sectors.values()))))[
                : len(self.sectors["en"])
            ],
            "years": [int(min(y.min() for y in years)), int(max(y.max() for y in years))] if years else [],
        }
        return codec.pack(columns, texts, repeats=False)

    def names(self) -> str:
        """
        Names of the establishments, word by word, as one data block.

        Returns
        -------
        block
            Compressed base64 text: the words, the frequent first, and a column of their positions for the first word of
            each name, for the second, and so on; the last takes the rest of a long name.
        """
        words = self.table["name"].str.split(" ", n=_MOST_WORDS - 1, expand=True)
        codes, found = pd.factorize(words.to_numpy().ravel(order="F"))
        order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(found)), kind="stable")
        place = np.full(len(found) + 1, np.nan)
        place[order] = np.arange(len(found))
        columns = place[codes].reshape(words.shape, order="F").T
        told = {f"word{k}": codec.Column(column) for k, column in enumerate(columns)}
        return codec.pack(told, {"words": [str(word) for word in found[order]]})

    def render(self, **_: Any) -> str:
        """Add the layer's data blocks to its page, raw, past every template; nothing stands in place."""
        page = getattr(self._parent, "page", None)
        if not isinstance(page, Page):
            raise LayerError(message("A layer of establishments belongs on a map made by `territory_map`."))
        page.further.append(
            {
                "name": self.words,
                "short": self.words,
                "total": self.total,
                "colours": (),
                "own": True,
                "firms": True,
                "on": self.show,
                "table": page.add_data(self.block()),
                **({"named": page.add_data(self.names())} if "name" in self.table else {}),
            }
        )
        return ""


def firm_layer(
    firms: gpd.GeoDataFrame,
    *,
    name: Words,
    classification: str | None = None,
    level: str | None = None,
    names: bool = False,
    why_shown: Words = "",
) -> FirmLayer:
    """
    Layer of single establishments, up to a million, that the reader can lay over the quotients.

    Parameters
    ----------
    firms
        Points in any stated CRS; those without a place are counted, not drawn. `sector`, `sector_name`, `employment`
        (as a class of size; else `size_class`), `opened` and `closed` (as years) are shown where they are there, and no
        other column reaches the page.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    classification
        Vocabulary of the sectors, such as ``nace2``: it gives their titles in both languages.
    level
        Level of the classification that sectors are told by, such as ``division``; by default the codes as they are.
    names
        Whether the names of establishments are shown and can be searched; they double the size of the file. One
        without a name is called by its identifier.
    why_shown
        Why others may see where single establishments are, such as "The register is public.": the map tells it among
        its notes. Without it the map calls itself internal, and `save` warns. One for all languages, or one by
        language.

    Returns
    -------
    layer
        Element for `territory_map` or its `add_child`.

    Raises
    ------
    LayerError
        The rows are no points, a date cannot be read, a level stands without a classification or is unknown.
    CRSError
        The rows state no CRS.

    Notes
    -----
    Places are told by 2²⁴ steps around the equator, 2.4 m each there and less elsewhere. The layer shows single
    establishments: a map that holds it is no public one unless the register is. In a study file the reason is
    ``publish_exact_points`` of ``[disclosure]``, which can also show cells of a grid.

    Examples
    --------
    >>> found = gpd.GeoDataFrame(
    ...     {"sector": ["15.20", "15.11", "47.11"], "employment": [12, 3, None]},
    ...     geometry=gpd.points_from_xy([2.0, 2.1, 2.2], [41.0, 41.0, 41.0]),
    ...     crs=4326,
    ... )
    >>> layer = firm_layer(
    ...     found, name="Plants", classification="nace2", level="division", why_shown="They are invented."
    ... )
    >>> layer.sectors["es"][0], layer.sizes["en"]
    ('15 Fabricación de cuero y productos afines', ['Fewer than 10 jobs', '10 to 49 jobs', 'Size not known'])
    """
    _refuse(firms, classification, level)
    drawn = firms[~(firms.geometry.isna() | firms.geometry.is_empty)]
    ground = drawn.to_crs(4326) if len(drawn) else drawn
    x, y = codec.mercator(ground.geometry.x.to_numpy(), ground.geometry.y.to_numpy())
    order = np.argsort(codec.morton(x, y), kind="stable")
    sector, sectors = _sectors(drawn, classification, level)
    size, sizes = _sizes(drawn)
    table = pd.DataFrame({"x": x, "y": y, "sector": sector, "size": size, **_years(drawn)})
    if names:
        table["name"] = _called(drawn).to_numpy()
    ordered = table.iloc[order].reset_index(drop=True)
    return FirmLayer(ordered, len(firms), sectors, sizes, name, why_shown=why_shown)


def _refuse(firms: gpd.GeoDataFrame, classification: str | None, level: str | None) -> None:
    """Refusal of what is no layer of points, and of a level that no classification has."""
    if not isinstance(firms, gpd.GeoDataFrame) or firms.active_geometry_name is None:
        raise LayerError(
            message(
                "The establishments have no places: a layer of them is a GeoDataFrame with points. `read_firms` reads "
                "one; a table with coordinates becomes one by `geopandas.GeoDataFrame(table, "
                "geometry=geopandas.points_from_xy(table.x, table.y), crs=…)`."
            )
        )
    types = set(firms.geom_type.dropna())
    if firms.crs is None and len(firms):
        raise CRSError(message("The rows state no CRS; set it with `set_crs` before mapping."))
    if not types <= {"Point"}:
        raise LayerError(
            message("A layer of establishments holds points, not {kinds}.", kinds=", ".join(sorted(types)))
        )
    if level is not None and classification is None:
        raise LayerError(message("A level needs the classification that it is of."))
    if level is not None and classification is not None:
        known_level(classification, level)


def _sectors(
    firms: pd.DataFrame, classification: str | None, level: str | None
) -> tuple[Array, dict[Language, list[str]]]:
    """Position of each establishment's sector, and the sectors in words, those with most establishments first."""
    codes = firms["sector"] if "sector" in firms else pd.Series(index=firms.index, dtype=object)
    if classification is not None and level is not None:
        tree = ancestry(classification)
        above = tree[tree["level"] == level].set_index("code")["ancestor"]
        codes = normalise_sectors(codes, classification).map(above)
    codes = codes.astype(object).where(codes.notna(), None)
    counts = codes.value_counts()
    table = pd.DataFrame({"sector": counts.index.astype(str)})
    if "sector_name" in firms and level is None:
        own = firms.assign(sector=codes).dropna(subset=["sector", "sector_name"]).drop_duplicates("sector")
        table["sector_name"] = table["sector"].map(own.set_index(own["sector"].astype(str))["sector_name"])
    headings: dict[Language, list[str]] = {}
    titles = Titles(classification, _in_spanish(firms, codes) if level is None else {})
    for lang in LANGUAGES:
        told = titled(table, titles, lang)
        words = (
            told["sector_name"].astype(object).where(told["sector_name"].notna(), "")
            if "sector_name" in told
            else pd.Series("", told.index)
        )
        apart = (words != "") & (words != told["sector"])
        headings[lang] = (told["sector"] + (" " + words).where(apart, "")).tolist()
    place = pd.Series(np.arange(len(counts)), counts.index)
    return _with_unknown(codes.map(place), headings, _NO_SECTOR)


def _in_spanish(firms: pd.DataFrame, codes: pd.Series) -> dict[str, str]:
    """Spanish names of the sectors by code, where the rows have any; of several the first."""
    if "sector_name_es" not in firms:
        return {}
    own = firms.assign(sector=codes).dropna(subset=["sector", "sector_name_es"]).drop_duplicates("sector")
    return dict(zip(own["sector"].astype(str), own["sector_name_es"].astype(str), strict=True))


def _sizes(firms: pd.DataFrame) -> tuple[Array, dict[Language, list[str]]]:
    """Position of each establishment's class of size, and the classes in words; none where no size is known."""
    jobs = firms.get("employment")
    if jobs is not None and jobs.notna().any():
        jobs = jobs.astype(float)
        code = pd.Series(np.searchsorted(_BEGIN, jobs, side="right"), firms.index).where(jobs.notna())
        names: dict[Language, list[str]] = {
            lang: [translator(lang)(text) for text in _CLASSES] for lang in LANGUAGES
        }
    elif "size_class" in firms:
        given = firms["size_class"].dropna().drop_duplicates().astype(str)
        order = np.lexsort((given, class_bounds(given)[0]))
        found = given.iloc[order].tolist()
        code = firms["size_class"].map({text: k for k, text in enumerate(found)})
        names = dict.fromkeys(LANGUAGES, found)
    else:
        return np.zeros(len(firms)), {lang: [] for lang in LANGUAGES}
    there = sorted(code.dropna().unique().astype(int))
    code = code.map({k: place for place, k in enumerate(there)})
    return _with_unknown(code, {lang: [words[k] for k in there] for lang, words in names.items()}, _NO_SIZE)


def _with_unknown(
    code: pd.Series, headings: dict[Language, list[str]], unknown: str
) -> tuple[Array, dict[Language, list[str]]]:
    """Rows without a code under a heading of their own, after all others."""
    if not code.isna().any():
        return code.to_numpy(dtype=float), headings
    last = len(headings[LANGUAGES[0]])
    named = {lang: [*words, translator(lang)(unknown)] for lang, words in headings.items()}
    return code.fillna(last).to_numpy(dtype=float), named


def _years(firms: pd.DataFrame) -> dict[str, Array]:
    """First and last year in which each establishment was open; missing where the end is open or not known."""
    years: dict[str, Array] = {}
    problems: list[Message] = []
    for column, back in (("opened", 0), ("closed", 1)):
        if column not in firms or firms[column].isna().all():
            continue
        distinct = pd.Series(firms[column].dropna().unique(), dtype=object)
        dates, wrong = parse_dates(distinct, column=column, layer="firms")
        problems += wrong
        if not wrong:
            # The day of closing is the first on which it is no longer open.
            days = earliest(dates) - pd.Timedelta(days=back)
            years[column] = (
                firms[column].map(dict(zip(distinct, days.dt.year, strict=True))).to_numpy(dtype=float)
            )
    if problems:
        raise LayerError(problems)
    return years


def _called(firms: pd.DataFrame) -> pd.Series:
    """Name of each establishment, else its identifier."""
    called = pd.Series("", firms.index, dtype=object)
    for column in ("name", "firm"):
        if column in firms:
            called = called.where(
                called != "", firms[column].astype(object).where(firms[column].notna(), "").astype(str)
            )
    return called
