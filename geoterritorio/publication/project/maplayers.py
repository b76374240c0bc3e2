"""Layers of a project file: where their data are, how they look, what their columns are called, when they hold."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import Language, translator
from geoterritorio.layers.grids import Grid
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import CODED, OWN_CODED, heading, worded
from geoterritorio.publication.project.looks import looks, raster_looks
from geoterritorio.publication.project.markup import clean, element, extent, options, quoted, reference_system

_GEOMETRIES = {
    "Point": "Point",
    "MultiPoint": "Point",
    "LineString": "Line",
    "MultiLineString": "Line",
    "Polygon": "Polygon",
    "MultiPolygon": "Polygon",
}
# From and to, as columns of dates that may be a year or a month only; what ends, ends before that day.
_PERIODS = (("valid_from", "valid_to"), ("opened", "closed"))
# QGIS hides what has no end; ends far away would make its slider useless.
_ALWAYS, _STILL = "make_date(1800, 1, 1)", "to_date(now() + to_interval('10 years'))"


def geometry_of(rows: object) -> str | None:
    """Point, Line or Polygon; None for a table, and for shapes of several kinds."""
    if not isinstance(rows, gpd.GeoDataFrame):
        return None
    found = {_GEOMETRIES.get(kind) for kind in rows.geom_type.dropna().unique()}
    return found.pop() if len(found) == 1 else None


def period_of(rows: pd.DataFrame) -> tuple[str, str] | None:
    """Columns that say from when to when a row holds, if it has such."""
    return next((pair for pair in _PERIODS if set(pair) <= set(rows.columns)), None)


def first_day(column: str, blank: str) -> str:
    """Expression of the first day of a date of which month or day may be unknown, and of what stands for none."""
    return f"coalesce(to_date(left({quoted(column)} || '-01-01', 10)), {blank})"


def vector_layer(
    rows: pd.DataFrame,
    *,
    key: str,
    source: str,
    title: str,
    kind: str,
    lang: Language,
    about: Mapping[str, str],
) -> Element:
    """
    Layer or table of a GeoPackage as an element of the project.

    Parameters
    ----------
    rows
        Its rows, as written.
    key
        Identifier within the project.
    source
        Path of the GeoPackage from the project, and the name of the layer.
    title
        What the reader sees.
    kind
        Kind of layer, as in the schema.
    lang
        Language of headings and words.
    about
        ``abstract``, ``rights`` and ``licence``.

    Returns
    -------
    element
        The ``maplayer``.
    """
    geometry = geometry_of(rows)
    say = translator(lang)
    made = element(
        "maplayer",
        type="vector",
        geometry=geometry or "No geometry",
        labelsEnabled=1,
        styleCategories="AllStyleCategories",
        hasScaleBasedVisibilityFlag=0,
        simplifyDrawingHints=1,
    )
    crs = getattr(rows, "crs", None) if geometry else None
    made.extend(_head(key, source, title, crs, lang, about))
    made.append(element("provider", "ogr", encoding="UTF-8"))
    if geometry is not None and len(rows):
        made.insert(0, extent(rows.total_bounds))
    period = period_of(rows)
    if geometry is not None and period is not None:
        made.append(_temporal(*period))
    if geometry is not None:
        made.extend(looks(rows, kind, geometry, lang))
    columns = [str(c) for c in rows.columns if c != getattr(rows, "active_geometry_name", None)]
    fields = [_field(column, rows[column], kind, lang) for column in columns]
    made.append(element("fieldConfiguration", children=fields))
    made.append(
        element(
            "aliases",
            children=[
                element("alias", index=i + 1, field=clean_field(c), name=clean(heading(c, kind, say)))
                for i, c in enumerate(columns)
            ],
        )
    )
    return made


def clean_field(column: str) -> str:
    """Name of a column as an attribute of an element can hold it."""
    return str(element("field", column).text)


def raster_layer(
    grid: Grid, *, key: str, source: str, title: str, kind: str, lang: Language, about: Mapping[str, str]
) -> Element:
    """Raster as an element of the project."""
    made = element(
        "maplayer", type="raster", styleCategories="AllStyleCategories", hasScaleBasedVisibilityFlag=0
    )
    made.append(extent(grid.bounds))
    made.extend(_head(key, source, title, grid.crs, lang, about))
    made.append(element("provider", "gdal"))
    made.append(element("pipe", children=[raster_looks(grid, kind, lang)]))
    return made


def _head(
    key: str, source: str, title: str, crs: object, lang: Language, about: Mapping[str, str]
) -> list[Element]:
    said = element(
        "resourceMetadata",
        children=[
            element("identifier", key),
            element("language", lang),
            element("type", "dataset"),
            element("title", clean(title)),
            element("abstract", clean(about.get("abstract", ""))),
            *([element("rights", clean(about["rights"]))] if about.get("rights") else []),
            *([element("license", clean(about["licence"]))] if about.get("licence") else []),
        ],
    )
    return [
        element("id", key),
        element("datasource", source),
        element("title", clean(title)),
        element("abstract", clean(about.get("abstract", ""))),
        element("attribution", clean(about.get("rights", "")), href=""),
        element("layername", clean(title)),
        reference_system(crs),
        said,
    ]


def _temporal(start: str, end: str) -> Element:
    return element(
        "temporal",
        enabled=1,
        mode=4,
        limitMode=0,
        accumulate=0,
        startExpression=first_day(start, _ALWAYS),
        endExpression=first_day(end, _STILL),
        startField="",
        endField="",
        durationField="",
        durationUnit="min",
        fixedDuration=0,
    )


def _field(column: str, values: pd.Series, kind: str, lang: Language) -> Element:
    """Field of a form; codes of ours are shown as words, and stay codes in the data."""
    found = {} if pd.api.types.is_numeric_dtype(values) else _words(column, values, kind, lang)
    kind_of = "ValueMap" if found else ""
    pairs: list[dict[str, object]] = [{clean(word): code} for code, word in found.items()]
    widget = element(
        "editWidget",
        type=kind_of,
        children=[element("config", children=[options({"map": pairs} if found else {})])],
    )
    return element("field", name=clean_field(column), configurationFlags="None", children=[widget])


def _words(column: str, values: pd.Series, kind: str, lang: Language) -> dict[str, str]:
    if column not in CODED and (column, kind) not in OWN_CODED and column != "check":
        return {}
    say = translator(lang)
    told = {code: worded(column, code, kind, say) for code in sorted(map(str, pd.unique(values.dropna())))}
    return {code: word for code, word in told.items() if word != code or code in VALUES}
