"""What does one layer of location quotients carry into the page?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.map import Layer as FoliumLayer

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.layers.schema import ESTIMATED
from geoterritorio.publication.names import by_language
from geoterritorio.publication.webmap import classes, codec
from geoterritorio.publication.webmap.page import Page
from geoterritorio.publication.webmap.palette import HIDDEN, NOTHING, SURE, classify, sureness, withheld
from geoterritorio.publication.webmap.texts import Words, in_all_languages

Titles = Mapping[Language, Mapping[str, str]]
Array = np.ndarray[Any, Any]
_POLYGONS, _POINTS = ("Polygon", "MultiPolygon"), ("Point",)
# grid steps per unit: as many digits as the page shows, never more
_SCALES = {"lq": 100, "low": 100, "high": 100, "p": 1000, "q": 1000, "effective_plants": 10}
# from these values on one digit fewer is shown, and one fewer again
_COARSER = {"lq": (10, 100), "low": (10, 100), "high": (10, 100), "p": (0.1,), "q": (0.1,)}
_COUNTED = ("employment", "establishments", "excess")
_WHOLE = 1000


@dataclass(frozen=True)
class Places:
    """
    Territories as drawn: longitude and latitude, one kind of geometry.

    Parameters
    ----------
    kind
        `area` or `point`.
    ids, names
        Identifier and name of each territory, as text.
    shapes
        Geometries in longitude and latitude.
    spanish
        Names in Spanish, where they are told apart.
    """

    kind: str
    ids: list[str]
    names: list[str]
    shapes: Array
    spanish: list[str] | None = None


def places(territories: gpd.GeoDataFrame) -> Places:
    """
    Territories checked and brought to longitude and latitude.

    Parameters
    ----------
    territories
        Layer with `territory`, `name` (optional) and polygons or points in any stated CRS.

    Returns
    -------
    places
        What the page draws.

    Raises
    ------
    LayerError
        Columns are missing, identifiers repeat, geometries are empty or of mixed kinds.
    CRSError
        The layer does not state its CRS.
    """
    problems = _problems(territories)
    if problems:
        raise LayerError(problems)
    if territories.crs is None and len(territories):
        raise CRSError(message("The territories state no CRS; set it with `set_crs` before mapping."))
    ground = territories if territories.crs is None else territories.to_crs(4326)
    kinds = set(ground.geom_type)
    names = territories["name"] if "name" in territories else territories["territory"]
    return Places(
        "point" if kinds and kinds <= set(_POINTS) else "area",
        territories["territory"].astype(str).tolist(),
        names.where(names.notna(), territories["territory"]).astype(str).tolist(),
        np.asarray(ground.geometry.array, dtype=object),
    )


def _problems(territories: gpd.GeoDataFrame) -> list[Message]:
    if not isinstance(territories, gpd.GeoDataFrame):
        return [message("The territories must be a GeoDataFrame with polygons or points.")]
    if "territory" not in territories:
        return [message("The territories lack the column `{column}`.", column="territory")]
    problems = []
    repeated = int(territories["territory"].duplicated().sum())
    if repeated:
        problems.append(
            message(
                "{n} territories repeat the identifier of another; cut the layer to one date.", n=repeated
            )
        )
    shapes = territories.geometry
    empty = int((shapes.isna() | shapes.is_empty).sum())
    if empty:
        problems.append(message("{n} territories have no geometry; leave them out of the map.", n=empty))
    kinds = set(shapes.dropna().geom_type)
    if not (kinds <= set(_POLYGONS) or kinds <= set(_POINTS)):
        problems.append(
            message("A map layer holds polygons or points, not {kinds}.", kinds=", ".join(sorted(kinds)))
        )
    return problems


def shape_columns(places: Places, centre: float) -> tuple[dict[str, codec.Column], Array]:
    """Columns that carry the geometry, and the bounds of each territory (degrees)."""
    if places.kind == "area":
        lines = codec.outlines(places.shapes, centre)
        return codec.outline_columns(lines), lines.bounds
    xy = shapely.get_coordinates(places.shapes)
    xy[:, 0] = codec.around(xy[:, 0], centre)
    bounds = np.concatenate([xy, xy], axis=1)
    scale = codec.grid_scale(*bounds[:, :2].min(0), *bounds[:, 2:].max(0)) if len(xy) else 1
    return {f: codec.Column(xy[:, k], scale, delta=True) for k, f in enumerate("xy")}, bounds


def shape_block(places: Places, centre: float) -> str:
    """Geometry as a data block."""
    return codec.pack(shape_columns(places, centre)[0], {"kind": places.kind})


def meridian(places: Places) -> float:
    """Longitude in the middle of the territories, degrees."""
    bounds = shapely.bounds(places.shapes)
    wide = bounds[:, 2] - bounds[:, 0] > 180.0  # noqa: PLR2004 - half a turn: its middle says nothing
    return codec.meridian(((bounds[:, 0] + bounds[:, 2]) / 2)[~wide]) if len(bounds) else 0.0


class QuotientLayer(FoliumLayer):
    """
    Layer of location quotients: territories by sectors, for a territory map.

    Parameters
    ----------
    places
        Territories.
    quotients
        Long table, one row per territory and sector, checked.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    titles
        Titles of sectors by language and code; where one is missing, the table's own name stands for it.

    Attributes
    ----------
    opening
        Code of the sector that is shown first; without it, one with most territories clearly above 1.
    """

    def __init__(self, places: Places, quotients: pd.DataFrame, name: Words, titles: Titles) -> None:
        self.words = in_all_languages(name)
        super().__init__(name=next(iter(self.words.values())))
        self._name = "QuotientLayer"
        self.places = places
        self.quotients = quotients
        self.titles = titles
        self.opening = ""

    def block(self) -> str:
        """
        Names and figures of the layer as one data block.

        Returns
        -------
        block
            Compressed base64 text.
        """
        sectors, names, cells = _cells(self.places.ids, self.quotients)
        texts = {
            "ids": self.places.ids,
            "names": by_language(self.places.names),
            "sectors": sectors,
            "sector_names": {
                lang: [self.titles.get(lang, {}).get(c, n) for c, n in zip(sectors, names, strict=True)]
                for lang in LANGUAGES
            },
            "first": self.first(),
            "ways": [classes.AROUND, classes.QUANTILES],
            classes.QUANTILES: _quantiles(cells, sectors, len(self.places.ids)),
        }
        return codec.pack(cells, texts)

    def headings(self) -> list[tuple[str, ...]]:
        """Code and names of each sector."""
        codes = pd.unique(self.quotients["sector"])
        named = (
            self.quotients.groupby("sector")["sector_name"].first() if "sector_name" in self.quotients else {}
        )
        names = [named, *self.titles.values()]
        return [(str(c), *(str(own[c]) for own in names if c in own)) for c in codes]

    def first(self) -> int:
        """Sector with which the layer opens."""
        sectors = list(pd.unique(self.quotients["sector"]))
        return sectors.index(self.opening) if self.opening in sectors else _foremost(self.quotients, sectors)

    def days(self) -> tuple[str, ...]:
        """No days: quotients do not move."""
        return ()

    def known(self) -> set[str]:
        """Identifiers of the territories."""
        return set(self.places.ids)

    def extent(self, centre: float) -> tuple[Array, Array]:
        """
        Where the territories lie and what each counts for when the map is fitted.

        Parameters
        ----------
        centre
            Meridian the map is drawn around, degrees.

        Returns
        -------
        bounds
            West, south, east, north per territory, degrees.
        weights
            Employment, else establishments, else 1.
        """
        bounds = shape_columns(self.places, centre)[1]
        for column in ("employment", "establishments"):
            if column in self.quotients:
                totals = self.quotients.groupby("territory")[column].sum()
                return bounds, totals.reindex(self.places.ids).fillna(0.0).to_numpy(dtype=float)
        return bounds, np.ones(len(bounds))

    def render(self, **_: Any) -> str:
        """Add the layer's data blocks to its page, raw, past every template; nothing stands in place."""
        page = getattr(self._parent, "page", None)
        if not isinstance(page, Page):
            raise LayerError(message("A layer of quotients belongs on a map made by `territory_map`."))
        if self._children:
            raise LayerError(
                message("A layer of quotients takes no children; its own card shows the figures.")
            )
        blocks = {"shape": shape_block(self.places, page.centre), "table": self.block()}
        page.layers.append({"name": self.words, **{k: page.add_data(b) for k, b in blocks.items()}})
        return ""


def _cells(ids: list[str], quotients: pd.DataFrame) -> tuple[list[str], list[str], dict[str, codec.Column]]:
    codes, sectors = pd.factorize(quotients["sector"])
    at = codes * len(ids) + pd.Index(ids).get_indexer(quotients["territory"])
    size = len(ids) * len(sectors)
    labels = pd.Series(sectors, index=sectors)
    if "sector_name" in quotients:
        given = quotients["sector_name"].astype(object).groupby(quotients["sector"]).first()
        labels = given.reindex(sectors).where(lambda s: s.notna(), labels)
    hidden = withheld(quotients)
    lq = quotients["lq"].to_numpy(dtype=float, na_value=np.nan)
    classes = np.where(hidden, HIDDEN, classify(lq))
    columns = {
        "class": codec.Column(_spread(classes, at, size, NOTHING)),
        "sure": codec.Column(_spread(sureness(quotients), at, size, 0)),
    }
    if "status" in quotients:
        columns["estimated"] = codec.Column(
            _spread(quotients["status"].eq(ESTIMATED).fillna(value=False), at, size, 0)
        )
    for name in (*_SCALES, *_COUNTED):
        if name in quotients and quotients[name].notna().any():
            values = quotients[name].to_numpy(dtype=float, na_value=np.nan)
            # a withheld cell gives nothing away, whatever its row still holds
            values = _rounded(np.where(hidden, np.nan, values), name)
            columns[name] = codec.Column(
                _spread(values, at, size, np.nan), _SCALES.get(name) or _grain(values)
            )
    return list(sectors), labels.astype(str).tolist(), columns


def _quantiles(cells: Mapping[str, codec.Column], sectors: list[str], size: int) -> list[tuple[float, ...]]:
    """Breaks of the quotients above 0 of each sector, as they are shown; what is withheld has no part in them."""
    lq = cells["lq"].values if "lq" in cells else np.full(len(sectors) * size, np.nan)
    rows = np.where(lq > 0, lq, np.nan).reshape(len(sectors), size)
    return [classes.breaks(row, classes.QUANTILES) for row in rows]


def _foremost(quotients: pd.DataFrame, sectors: list[str]) -> int:
    """Sector the layer opens with: most territories clearly above 1, the first of equals."""
    clear = (sureness(quotients) == SURE) & (quotients["lq"] > 1).to_numpy() & ~withheld(quotients)
    counts = quotients["sector"][clear].value_counts().reindex(sectors, fill_value=0)
    return int(counts.argmax()) if sectors else 0


def _rounded(values: Array, name: str) -> Array:
    steps = np.log10(_SCALES.get(name, 1)) - sum(values >= bound for bound in _COARSER.get(name, ()))
    return np.round(values * 10**steps) / 10**steps if name in _COARSER else values


def _spread(values: Any, at: Array, size: int, missing: float) -> Array:
    out = np.full(size, missing, dtype=float)
    out[at] = values
    return out


def _grain(values: Array) -> int:
    known = values[np.isfinite(values)]
    small = known.size and np.abs(known).max() < _WHOLE
    return 10 if small and (known != np.round(known)).any() else 1


def _no_table(given: object) -> Message:
    """Refusal of quotients that are no table; what a tool gives has one."""
    if isinstance(getattr(given, "quotients", None), pd.DataFrame):
        return message(
            "The quotients are a table, and this is the whole result of a tool: give `result.quotients`."
        )
    return message("The quotients are a table, not {kind}.", kind=type(given).__name__)


def quotient_layer(
    territories: gpd.GeoDataFrame, quotients: pd.DataFrame, *, name: Words, titles: Titles | None = None
) -> QuotientLayer:
    """
    Layer of location quotients for a territory map.

    Parameters
    ----------
    territories
        Layer with `territory`, `name` (optional) and polygons or points in any stated CRS.
        Points are drawn as circles whose area stands for employment (or establishments).
    quotients
        One row per territory and sector: `territory`, `sector`, `lq` and, where known, the other
        columns of quotients; of what the tool `location_quotient` gives, `result.quotients`. Figures of
        withheld cells never reach the page.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    titles
        Titles of sectors by language and code; by default `sector_name` of the quotients, or the code.

    Returns
    -------
    layer
        Element for `territory_map` or its `add_child`.

    Raises
    ------
    LayerError
        Columns are missing, cells repeat, or geometries cannot be drawn.
    CRSError
        The territories state no CRS.

    Warns
    -----
    GeoterritorioWarning
        Rows name territories that the layer does not hold; they are left off the map.

    Examples
    --------
    >>> import geopandas as gpd
    >>> towns = gpd.GeoDataFrame(
    ...     {"territory": ["1"], "name": ["Town"]}, geometry=gpd.points_from_xy([2.0], [41.0]), crs=4326
    ... )
    >>> table = pd.DataFrame({"territory": ["1"], "sector": ["C13"], "lq": [2.5]})
    >>> quotient_layer(towns, table, name="Towns").layer_name
    'Towns'
    """
    ground = places(territories)
    if not isinstance(quotients, pd.DataFrame):
        raise LayerError(_no_table(quotients))
    missing = [c for c in ("territory", "sector", "lq") if c not in quotients]
    if missing:
        raise LayerError([message("The quotients lack the column `{column}`.", column=c) for c in missing])
    table = quotients.assign(**{c: quotients[c].astype(str) for c in ("territory", "sector")})
    repeated = int(table.duplicated(["territory", "sector"]).sum())
    if repeated:
        raise LayerError(
            message("{n} rows of the quotients repeat a territory and sector; keep one of each.", n=repeated)
        )
    known = table["territory"].isin(ground.ids)
    if not known.all():
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{n} rows of the quotients name territories that layer “{layer}” does not hold; "
                    "they are left off the map.",
                    n=int((~known).sum()),
                    layer=next(iter(in_all_languages(name).values())),
                )
            ),
            stacklevel=2,
        )
    return QuotientLayer(ground, table[known].reset_index(drop=True), name, titles or {})
