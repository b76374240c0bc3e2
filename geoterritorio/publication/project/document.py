"""A QGIS project of layers and tables, with one GeoPackage of their data beside it."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, indent, tostring

import numpy as np
import pandas as pd
import pyogrio

from geoterritorio.errors import LayerError, Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.layers.store import LayerMetadata, write_layers
from geoterritorio.publication.project.atlas import Atlas, Sheet, layout, sources_line, tree_layer
from geoterritorio.publication.project.maplayers import geometry_of, raster_layer, vector_layer
from geoterritorio.publication.project.markup import clean, element, extent, reference_system
from geoterritorio.publication.project.symbols import highlight
from geoterritorio.publication.qgis.styles import UNITS

PROJECT, DATA, RASTERS = "project.qgz", "project.gpkg", "rasters"
_DOCUMENT = "project.qgs"
# The oldest QGIS that the file is made for; newer ones read it too.
_VERSION = "3.22.0"
_OF_ATLAS = mark("For the atlas")
_PAGE = mark("Territory of the page")
_TABLES = mark("Tables")
# Of a withheld cell, the most it can be follows from published totals, and its place is no figure.
_NOT_WITHHELD = frozenset(("most", "x", "y"))
_OUTLINE = "page_outline"
# Files that are made of the same layers are the same: they hold no time of writing.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = "1980-01-01T00:00:00.000Z"
_EDGE = 0.05


@dataclass(frozen=True)
class ProjectLayer:
    """
    Layer, table or raster of a project.

    Attributes
    ----------
    name
        Name in the GeoPackage: letters, digits, spaces, ``-`` and ``_``.
    title
        What the reader sees.
    rows
        Points, lines, polygons, a table or a raster.
    kind
        Kind of layer, as in the schema; it gives the style.
    group
        Title of the group in which it stands; tables stand in one of their own.
    shown
        Whether it is drawn when the project is opened.
    about
        What it is, for its metadata.
    file
        Path of a raster, from the project's folder, where it is there already.
    tool
        Name of the tool whose result it is, for the plugin's panel; empty for an input.
    """

    name: str
    title: str
    rows: Any
    kind: str = ""
    group: str = ""
    shown: bool = False
    about: str = ""
    file: str = ""
    tool: str = ""


@dataclass(frozen=True)
class QgisProject:
    """
    Project that can be saved; made by `qgis_project`.

    Attributes
    ----------
    layers
        Its layers, as they are written.
    document
        The project file as XML.
    sources
        Who made the data, under which licence.
    """

    layers: tuple[ProjectLayer, ...]
    document: str
    sources: tuple[str, ...] = ()

    def save(self, folder: Path) -> dict[str, Path]:
        """
        Write ``project.qgz`` and ``project.gpkg`` into a folder, and ``rasters/`` where it has some.

        Parameters
        ----------
        folder
            Folder that is there. Files of these names are replaced.

        Returns
        -------
        made
            ``project`` and ``data`` -> path.

        Raises
        ------
        LayerError
            If a file cannot be written; then none is.
        """
        items: dict[str, Any] = {PROJECT: _packed(self.document)}
        about: dict[str, LayerMetadata] = {}
        for layer in self.layers:
            if layer.file:
                continue
            target = _raster_file(layer) if isinstance(layer.rows, Grid) else f"{DATA}|{layer.name}"
            items[target] = layer.rows
            about[target] = LayerMetadata(
                title=clean(layer.title), kind=layer.kind, source="; ".join(map(clean, self.sources))
            )
        _write(folder, items, about)
        return {"project": folder / PROJECT, "data": folder / DATA}


def _write(folder: Path, items: Mapping[str, Any], about: Mapping[str, LayerMetadata]) -> None:
    """Write files into a hidden folder beside their places, then put them there: no layer of earlier ones stays."""
    with tempfile.TemporaryDirectory(prefix=".project.", dir=folder) as name:
        place = Path(name)
        (place / RASTERS).mkdir()
        with _quietly():
            write_layers(
                {str(place / target): rows for target, rows in items.items()},
                metadata={str(place / target): said for target, said in about.items()},
            )
        for made in [p for p in sorted(place.rglob("*")) if p.is_file()]:
            target = folder / made.relative_to(place)
            target.parent.mkdir(exist_ok=True)
            made.replace(target)


def qgis_project(
    layers: Sequence[ProjectLayer],
    *,
    title: str,
    lang: Language = "en",
    sources: Sequence[str] = (),
    notes: Sequence[str] = (),
    atlas: Atlas | None = None,
) -> QgisProject:
    """
    QGIS project of layers and tables: styled, grouped, with headings in words and an atlas.

    No QGIS is needed to write it; QGIS 3.22 and later open it. Figures of withheld cells are left out.

    Parameters
    ----------
    layers
        What it holds, in the order of the reader's list, uppermost first.
    title
        Title of the project.
    lang
        Language of headings, words and the atlas.
    sources
        Who made the data, under which licence.
    notes
        What a reader must know, such as that it is internal.
    atlas
        Layer with a page for each row; None for a project without an atlas.

    Returns
    -------
    project
        To be saved with its method ``save``.

    Raises
    ------
    LayerError
        If two layers have one name, a name cannot be that of a layer, or the atlas asks for a layer that is not
        there.

    Notes
    -----
    Layers with ``valid_from`` and ``valid_to``, or ``opened`` and ``closed``, follow QGIS's temporal controller once
    the reader turns it on; a year or month stands for its first day. Until then all rows are drawn.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> towns = gpd.GeoDataFrame({"territory": ["a"], "name": ["A"]}, geometry=[box(0, 0, 1, 1)], crs=25830)
    >>> project = qgis_project(
    ...     [ProjectLayer("towns", "Towns", towns, "territories", shown=True)],
    ...     title="A town", atlas=Atlas("towns"),
    ... )
    >>> project.document.count("<maplayer ")
    2
    """
    _check(layers, atlas)
    written = tuple(replace(layer, rows=_published(layer.rows)) for layer in layers)
    parts = [_Part(layer, _key(layer.name, i)) for i, layer in enumerate(written)]
    about = {"rights": "; ".join([*sources, *notes])}
    found = {part.layer.name: part for part in parts}
    covered = found[atlas.coverage] if atlas else None
    maps = [_element(part, lang, about) for part in parts]
    outline = None
    if covered is not None:
        outline = replace(covered.sheet, key=_OUTLINE, title=translator(lang)(_PAGE))
        maps.append(_outline(outline))
    pages = []
    if atlas is not None and covered is not None and outline is not None:
        texts = {"title": title, "sources": sources_line(sources, notes, lang), "date": atlas.date}
        figures = found[atlas.figures].sheet if atlas.figures else None
        area = geometry_of(covered.layer.rows) == "Polygon"
        pages = [layout(covered.sheet, outline, figures, texts=texts, lang=lang, area=area)]
    root = _document(parts, maps, pages, outline, title=title, lang=lang, about=about)
    return QgisProject(written, _text(root), tuple(sources))


@dataclass(frozen=True)
class _Part:
    layer: ProjectLayer
    key: str

    @property
    def raster(self) -> bool:
        return isinstance(self.layer.rows, Grid)

    @property
    def source(self) -> str:
        return f"./{_raster_file(self.layer)}" if self.raster else f"./{DATA}|layername={self.layer.name}"

    @property
    def sheet(self) -> Sheet:
        return Sheet(self.key, self.layer.title, self.source, self.layer.rows, self.layer.kind)

    @property
    def spatial(self) -> bool:
        return self.raster or geometry_of(self.layer.rows) is not None


def _check(layers: Sequence[ProjectLayer], atlas: Atlas | None) -> None:
    names = [layer.name for layer in layers]
    problems: list[Message] = [
        message("{key}: a name is made of letters, digits, spaces, “-” and “_”.", key=name)
        for name in names
        if not re.fullmatch(r"\w[\w -]*", name)
    ]
    problems += [
        message("{name}: two layers of the project have this name. Give each its own.", name=name)
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    asked = [] if atlas is None else [atlas.coverage, *([atlas.figures] if atlas.figures else [])]
    problems += [
        message(
            "{name}: the atlas asks for this layer, which the project lacks. It has: {names}.",
            name=name,
            names=", ".join(names),
        )
        for name in asked
        if name not in names
    ]
    if problems:
        raise LayerError(problems)


def _key(name: str, position: int) -> str:
    # QGIS gives layers a new identifier where theirs has ten characters or fewer, and then loses what refers to it.
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', name)}_layer_{position:03d}"


def _raster_file(layer: ProjectLayer) -> str:
    return layer.file or f"{RASTERS}/{layer.name}.tif"


def _published(rows: Any) -> Any:
    """Rows as they are written: no figure of a withheld cell, no column that takes the place of row numbers."""
    if not isinstance(rows, pd.DataFrame):
        return rows
    rows = rows.rename(columns={c: f"{c}_" for c in rows.columns if str(c).lower() == "fid"})
    withheld = pd.Series(data=False, index=rows.index)
    for column in ("status", "certainty"):
        if column in rows.columns:
            withheld |= (rows[column] == WITHHELD).fillna(value=False).astype(bool)
    if not withheld.any():
        return rows
    figures = [c for c in rows.columns if c not in _NOT_WITHHELD and pd.api.types.is_numeric_dtype(rows[c])]
    rows = rows.copy()
    rows[figures] = rows[figures].astype(float).mask(withheld, np.nan)
    return rows


def _element(part: _Part, lang: Language, about: Mapping[str, str]) -> Element:
    made = _drawn(part, lang, about)
    # The plugin's panel finds its inputs and results by these.
    said = {"kind": part.layer.kind, "tool": part.layer.tool, "made": str(int(part.layer.shown))}
    marks = [
        element("Option", type="QString", name=f"geoterritorio/{name}", value=text)
        for name, text in said.items()
        if text
    ]
    made.append(element("customproperties", children=[element("Option", type="Map", children=marks)]))
    return made


def _drawn(part: _Part, lang: Language, about: Mapping[str, str]) -> Element:
    layer = part.layer
    said = {**about, "abstract": layer.about}
    if isinstance(layer.rows, Grid):
        return raster_layer(
            layer.rows,
            key=part.key,
            source=part.source,
            title=layer.title,
            kind=layer.kind,
            lang=lang,
            about=said,
        )
    return vector_layer(
        layer.rows,
        key=part.key,
        source=part.source,
        title=layer.title,
        kind=layer.kind,
        lang=lang,
        about=said,
    )


def _outline(sheet: Sheet) -> Element:
    crs = getattr(sheet.rows, "crs", None)
    children = [
        element("id", sheet.key),
        element("datasource", sheet.source),
        element("layername", clean(sheet.title)),
        reference_system(crs),
        element("provider", "ogr", encoding="UTF-8"),
        element(
            "flags", children=[element("Identifiable", 0), element("Removable", 1), element("Searchable", 0)]
        ),
        highlight(geometry_of(sheet.rows) or "Polygon"),
    ]
    return element(
        "maplayer", type="vector", geometry=geometry_of(sheet.rows), labelsEnabled=0, children=children
    )


def _document(
    parts: Sequence[_Part],
    maps: Sequence[Element],
    pages: Sequence[Element],
    outline: Sheet | None,
    *,
    title: str,
    lang: Language,
    about: Mapping[str, str],
) -> Element:
    say = translator(lang)
    shown = [p for p in parts if p.layer.shown and p.spatial] or [p for p in parts if p.spatial][:1]
    crs = shown[0].layer.rows.crs if shown else None
    bounds = _view(shown[0].layer.rows) if shown else None
    tree = _tree(parts, outline, say)
    order = [*([outline.key] if outline else []), *(p.key for p in parts)]
    root = element("qgis", version=_VERSION, projectname=clean(title))
    root.append(element("homePath", path=""))
    root.append(element("title", clean(title)))
    root.append(reference_system(crs, "projectCrs"))
    root.append(tree)
    if bounds is not None:
        canvas = [extent(bounds), element("rotation", 0), reference_system(crs, "destinationsrs")]
        root.append(element("mapcanvas", name="theMapCanvas", annotationsVisible=1, children=canvas))
    root.append(element("projectlayers", children=maps))
    root.append(element("layerorder", children=[element("layer", id=key) for key in order]))
    root.append(_properties())
    said = {"language": lang, "type": "dataset", "title": title, "abstract": about["rights"]}
    root.append(
        element("projectMetadata", children=[element(name, clean(text)) for name, text in said.items()])
    )
    root.append(element("Layouts", children=pages))
    root.append(_view_settings(bounds, crs))
    root.append(_times())
    return root


def _properties() -> Element:
    """Relative paths, coordinates of one system for all layers, and distances on the ellipsoid."""
    said = {
        "Paths": ("Absolute", "bool", "false"),
        "SpatialRefSys": ("ProjectionsEnabled", "int", 1),
        "Measure": ("Ellipsoid", "QString", "EPSG:7030"),
    }
    groups = [
        element(group, children=[element(name, text, type=kind)])
        for group, (name, kind, text) in said.items()
    ]
    return element("properties", children=groups)


def _view(rows: Any) -> tuple[float, ...]:
    west, south, east, north = rows.bounds if isinstance(rows, Grid) else rows.total_bounds
    edge = _EDGE * max(east - west, north - south)
    return float(west - edge), float(south - edge), float(east + edge), float(north + edge)


def _view_settings(bounds: Sequence[float] | None, crs: object) -> Element:
    made = element("ProjectViewSettings", UseProjectScales=0)
    if bounds is not None:
        edges = dict(zip(("xmin", "ymin", "xmax", "ymax"), map(repr, bounds), strict=True))
        made.append(element("DefaultViewExtent", children=list(reference_system(crs)), **edges))
    return made


def _times() -> Element:
    """Steps of a year for the temporal controller, which takes its range from the layers.

    A range written here would be the canvas's own as soon as QGIS opens the project, with the controller off: rows
    that hold at other times would be missing unasked.
    """
    return element(
        "ProjectTimeSettings", timeStep=1, timeStepUnit="y", frameRate=1, cumulativeTemporalRange=0
    )


def _tree(parts: Sequence[_Part], outline: Sheet | None, say: Translate) -> Element:
    """Groups in the order in which their first layer comes, the tables in one group at the end."""
    tables, of_atlas = say(_TABLES), say(_OF_ATLAS)
    root = element("layer-tree-group", children=[element("customproperties")])
    groups: dict[str, Element] = {}
    for part in parts:
        name = part.layer.group if part.spatial else tables
        if name and name not in groups:
            groups[name] = _group(name, shown=any(p.layer.shown for p in parts if p.layer.group == name))
        node = tree_layer(
            part.key,
            part.layer.title,
            part.source,
            provider="gdal" if part.raster else "ogr",
            shown=part.layer.shown and part.spatial,
            head=_band(part, say),
        )
        (groups[name] if name else root).append(node)
    last = groups.pop(tables, None)
    root.extend([*groups.values(), *([last] if last is not None else [])])
    if outline is not None:
        hidden = _group(of_atlas, shown=False)
        hidden.append(tree_layer(outline.key, outline.title, outline.source, shown=False))
        root.append(hidden)
    return root


def _band(part: _Part, say: Translate) -> str:
    """Heading of a raster's legend: its unit, or what it is; QGIS would say “Band 1 (Gray)”."""
    if not isinstance(part.layer.rows, Grid):
        return ""
    unit = part.layer.rows.tags.get("unit", "")
    return say(UNITS.get(unit, unit)) if unit else part.layer.title


def _group(name: str, *, shown: bool) -> Element:
    return element(
        "layer-tree-group",
        name=clean(name),
        checked="Qt::Checked",
        expanded=int(shown),
        children=[element("customproperties")],
    )


def _text(root: Element) -> str:
    indent(root)
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + tostring(root, encoding="unicode") + "\n"


def _packed(document: str) -> bytes:
    """The project as a zip without times of writing."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        entry = zipfile.ZipInfo(_DOCUMENT, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        package.writestr(entry, document.encode())
    return made.getvalue()


@contextmanager
def _quietly() -> Iterator[None]:
    """GeoPackages that say they were written at a fixed time, and that do not wait for the disk after each layer."""
    wanted = {"OGR_CURRENT_DATE": _STAMP, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
