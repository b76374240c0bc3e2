"""Recipe of the sample `valencia`: municipal boundaries with three earlier versions, and places."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import packages as pk
import pandas as pd
import shapely
from recipe_us_states import CITIES, IEEE754, PBF, geonames

ATLAS = pk.Package(
    registry="npm",
    name="es-atlas",
    version="0.6.0",
    file="es-atlas-0.6.0.tgz",
    sha256="222aaafc9b1162fd4b14b8480689239f8e8d4b18d3f1fa8f1ad5737675ab0d72",
    provider="Instituto Geográfico Nacional (IGN), Centro Nacional de Información Geográfica (CNIG)",
    licence="Creative Commons Attribution 4.0 (IGN); package MIT",
    attribution=(
        "Boundaries: derived from data of the Instituto Geográfico Nacional (IGN, CC BY 4.0, ign.es), by way of "
        "es-atlas 0.6.0; simplified, cleaned, three earlier versions reconstructed."
    ),
    used_for="polygons of the municipalities of the provinces of Alicante, Castellón and Valencia",
)
PACKAGES = (
    ATLAS,
    pk.Package(**{**CITIES.record(), "used_for": "places with their population"}),
    PBF,
    IEEE754,
)
FILES = (
    "municipalities.gpkg",
    "municipalities_today.gpkg",
    "places.gpkg",
    "population_places.csv",
    "secessions.csv",
)
CHANGES = (
    (
        "Polygons decoded from TopoJSON with GDAL. Simplification and quantisation in the package leave arcs that "
        "cross and polygons that collapse: all arcs are cut where they cross, each face goes to the municipality "
        "that covers it (of several, to the one whose code sorts first), and faces nobody covers to the neighbour "
        "with the longest common border. The result is a valid coverage. Collapsed municipalities have no polygon "
        "and are left out."
    ),
    "Coordinates transformed from degrees (ETRS89) to EPSG:25830.",
    (
        "Before a secession the parent has the union of its polygon and that of the municipality that left: "
        "reconstructed from today's boundaries, not taken from an old map."
    ),
    "Places: those of GeoNames in the three provinces, with the municipality whose polygon contains the point.",
    (
        "Population of places: that of the places of GeoNames, added up by today's municipality. It is not the "
        "population of the municipality, has no date, and is empty where no place with a population lies in it."
    ),
)
EPSG = 25830
PROVINCES = ("03", "12", "46")
BEGINNING = "1981-01-01"
# Dates as given by local press; they were not checked against the official gazette.
SECESSIONS = (
    ("1986-07-30", "03099", "03902"),
    ("1990-07-30", "03015", "03903"),
    ("1993-03-22", "03005", "03904"),
)
DATES = "local press"


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
        work = Path(folder)
        path = pk.unpack(archives[ATLAS.name], "es/municipalities.json", work / "municipalities.json")
        read = gpd.read_file(path, layer="municipalities").set_crs(4258, allow_override=True)
        read = read[read["id"].str[:2].isin(PROVINCES)].sort_values("id", ignore_index=True)
        towns = geonames(archives, work, "c.country === 'ES' && c.adminCode === '60'")
    today, notes = cleaned(read)
    frame = versions(today)
    pk.write_layer(frame, out / "municipalities.gpkg", "municipalities")
    now = frame[frame["valid_to"].isna()].reset_index(drop=True)
    pk.write_layer(now, out / "municipalities_today.gpkg", "municipalities_today")
    places = located(towns, now)
    pk.write_layer(places, out / "places.gpkg", "places")
    pk.write_table(populated(places, now), out / "population_places.csv")
    names = read.set_index("id")["name"]
    rows = [(date, a, names[a], b, names[b], DATES) for date, a, b in SECESSIONS]
    columns = ["date", "from", "from_name", "new", "new_name", "source_of_date"]
    pk.write_table(pd.DataFrame(rows, columns=columns), out / "secessions.csv")
    return {**notes, "places_outside_every_polygon": int(places["territory"].isna().sum())}


def cleaned(read: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Municipalities as a valid coverage, and what was wrong with them."""
    invalid = ~read.geometry.is_valid
    shapes = shapely.make_valid(read.geometry.to_numpy(), method="structure", keep_collapsed=False)
    lines = shapely.node(shapely.multilinestrings(_lines(shapes)))
    faces = np.array(shapely.polygonize(shapely.get_parts(lines)).geoms)
    owner = _owners(faces, shapes)
    known = np.unique(owner[owner >= 0])
    union = [shapely.coverage_union_all(faces[owner == i]) for i in known]
    frame = gpd.GeoDataFrame(read[["id", "name"]].iloc[known], geometry=union, crs=read.crs).to_crs(EPSG)
    lost = read.drop(index=known)
    overlap = (
        shapely.area(gpd.GeoSeries(shapes, crs=read.crs).to_crs(EPSG).to_numpy()).sum() - frame.area.sum()
    )
    return frame.reset_index(drop=True), {
        "municipalities_read": len(read),
        "polygons_invalid": dict(zip(read["id"][invalid], read["name"][invalid], strict=True)),
        "municipalities_without_polygon": dict(zip(lost["id"], lost["name"], strict=True)),
        "overlapping_km2": round(float(overlap) / 1e6, 3),
    }


def _lines(shapes: Any) -> Any:
    """Every ring of the polygons as a line."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    return [shapely.linestrings(shapely.get_coordinates(ring)) for ring in rings]


def _owners(faces: Any, shapes: Any) -> Any:
    """Row of the polygon that covers each face; a face nobody covers goes to its neighbour, one with none to nobody."""
    inside = shapely.point_on_surface(faces)
    face, shape = shapely.STRtree(shapes).query(inside, predicate="within")
    owner = np.full(len(faces), len(shapes))
    np.minimum.at(owner, face, shape)
    owner[owner == len(shapes)] = -1
    for gap in np.flatnonzero(owner < 0):
        shared = shapely.length(shapely.intersection(faces, faces[gap])) * (owner >= 0)
        # A hole in the coverage is enclosed: most of its border is shared. The sea never is a face.
        owner[gap] = owner[shared.argmax()] if shared.max() > 0 else -1
    return owner


def versions(today: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Versions of the municipalities: today's, and the parents before the secessions."""
    frame = today.rename(columns={"id": "territory"}).assign(
        valid_from=BEGINNING, valid_to=None, level="municipality", note="IGN by way of es-atlas"
    )
    shape = frame.set_index("territory").geometry
    for date, parent, child in SECESSIONS:
        old = frame[frame["territory"] == parent].assign(
            valid_to=date, note="reconstructed: union of the polygons of today"
        )
        old["geometry"] = [shapely.coverage_union_all([shape[parent], shape[child]])]
        frame.loc[frame["territory"].isin([parent, child]), "valid_from"] = date
        frame = gpd.GeoDataFrame(pd.concat([frame, old], ignore_index=True), crs=today.crs)
    frame["parent"] = frame["territory"].str[:2]
    columns = ["territory", "name", "valid_from", "valid_to", "level", "parent", "note", "geometry"]
    return frame[columns].sort_values(["territory", "valid_from"], ignore_index=True)


def located(towns: pd.DataFrame, municipalities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places with the municipality that contains them."""
    frame = gpd.GeoDataFrame(
        {"geonames_id": towns["cityId"], "name": towns["name"], "population": towns["population"]},
        geometry=gpd.points_from_xy(towns["lon"], towns["lat"]),
        crs=4326,
    ).to_crs(EPSG)
    frame["population"] = frame["population"].where(frame["population"] > 0).astype("Int64")
    joined = frame.sjoin(municipalities[["territory", "geometry"]], how="left", predicate="within")
    columns = ["geonames_id", "name", "population", "territory", "geometry"]
    return joined[columns].sort_values("geonames_id", ignore_index=True)


def populated(places: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Places with a population in each municipality, and their population; empty where there is none."""
    known = places[places["population"].notna()].groupby("territory")["population"]
    frame = pd.DataFrame({"territory": municipalities["territory"]})
    frame["places"] = frame["territory"].map(known.size()).fillna(0).astype(int)
    frame["population"] = frame["territory"].map(known.sum()).astype("Int64")
    return frame
