"""Files of the invented territory, the same bytes for the same seed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import packages as pk
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
from comarca_land import EPSG, Grid
from pyproj import CRS

if TYPE_CHECKING:
    from generate import World

MOST = 1_000_000  # establishments above which the register with faults is not written
ROWS = 100_000
POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
TABLES = {  # attribute of the world: file
    "counts": "counts.csv",
    "counts_periods": "counts_periods.csv",
    "indicators": "indicators.csv",
    "market_indicators": "market_indicators.csv",
    "inhabitants": "inhabitants_2021.csv",
    "nation": "nation.csv",
    "nation_sizes": "nation_sizes.csv",
    "wholes": "reference.csv",
    "flows": "commuting.csv",
    "margins": "residents_jobs.csv",
    "definitions": "industry_groups.csv",
    "capitals": "capitals.csv",
    "links": "links.csv",
    "actions": "actions.csv",
    "evidence": "evidence.csv",
    "health_centres": "health_centres.csv",
    "residents": "residents_2021.csv",
    "towns": "market_towns.csv",
}
LAYERS = {
    "municipalities": "municipalities.gpkg",
    "today": "municipalities_2025.gpkg",
    "markets": "labour_markets.gpkg",
    "upper": "provinces_region.gpkg",
    "roads": "roads.gpkg",
    "institutions": "institutions.gpkg",
}
GRIDS = {"population": "population_1km.tif", "elevation": "elevation_200m.tif"}
TRUTH = {
    "markets": "labour_markets.csv",
    "districts": "districts.csv",
    "clusters": "clusters.csv",
    "large_firm_systems": "large_firm_systems.csv",
    "decoys": "decoys.csv",
    "plants": "planted_establishments.csv.gz",
    "brokers": "brokers.csv",
    "convergence": "convergence.csv",
    "gap": "service_gap.csv",
    "training_gap": "training_gap.csv",
    "evidence": "evidence.csv",
    "events": "boundary_events.csv",
}
SERVICES = "services.parquet"
FIRMS, RAW, SINS = "firms.parquet", "register_raw.parquet", "truth/register_sins.csv.gz"
FILES = (
    SERVICES,
    FIRMS,
    RAW,
    SINS,
    *TABLES.values(),
    *LAYERS.values(),
    *GRIDS.values(),
    *(f"truth/{f}" for f in TRUTH.values()),
)


def write(world: World, folder: Path) -> list[str]:
    """
    Every file of a territory.

    Parameters
    ----------
    world
        The territory.
    folder
        Made if it is not there.

    Returns
    -------
    list of str
        Names of the files, relative to the folder.
    """
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    for attribute, name in TABLES.items():
        pk.write_table(labelled(getattr(world, attribute)), folder / name)
    for attribute, name in LAYERS.items():
        layer = f"invented_{Path(name).stem}"
        pk.write_layer(getattr(world, attribute), folder / name, layer, description=codes.NATURE)
    for attribute, name in GRIDS.items():
        write_grid(getattr(world, attribute), folder / name, title=f"invented {attribute}")
    for field in fields(world.truth):
        pk.write_table(labelled(getattr(world.truth, field.name)), folder / "truth" / TRUTH[field.name])
    write_services(world.services, folder / SERVICES)
    write_points(world.chunks(), folder / FIRMS)
    if len(world.plants) > MOST:
        return [name for name in FILES if name not in {RAW, SINS}]
    raw, sins = world.register()
    pk.write_table(sins, folder / SINS)
    write_points([raw.drop(columns="geometry").assign(x=raw.geometry.x, y=raw.geometry.y)], folder / RAW)
    return list(FILES)


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Table that says it is invented."""
    return table if "nature" in table.columns else table.assign(nature=codes.NATURE)


def write_grid(grid: Grid, path: Path, *, title: str) -> None:
    """Cloud-optimised GeoTIFF, compressed."""
    height, width = grid.cells.shape
    profile = {"width": width, "height": height, "count": 1, "dtype": grid.cells.dtype, "crs": EPSG}
    options = {"compress": "deflate", "predictor": 2, "level": 9, "overviews": "none"}
    with rasterio.open(path, "w", driver="COG", transform=grid.transform, **profile, **options) as file:
        file.write(grid.cells, 1)
        file.update_tags(nature=codes.NATURE, title=title, unit=grid.unit)
        file.set_band_description(1, f"{title}, {grid.unit}")


def write_points(chunks: Iterable[pd.DataFrame], path: Path) -> None:
    """GeoParquet of points from tables with `x` and `y`, one chunk at a time."""
    writer = None
    try:
        for chunk in chunks:
            table = pa.Table.from_pandas(
                chunk.drop(columns=["x", "y"]), schema=_schema(), preserve_index=False
            )
            table = table.append_column(pa.field("geometry", pa.binary()), _points(chunk))
            table = table.replace_schema_metadata(_metadata())
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=15)
            writer.write_table(table, row_group_size=ROWS)
    finally:
        if writer is not None:
            writer.close()


def write_services(points: gpd.GeoDataFrame, path: Path) -> None:
    """GeoParquet of few points, a tenth of a GeoPackage: the system of coordinates is described once."""
    table = pa.Table.from_pandas(pd.DataFrame(points.drop(columns="geometry")), preserve_index=False)
    shapes = pa.array(points.geometry.to_wkb(), type=pa.binary())
    table = table.append_column("geometry", shapes).replace_schema_metadata()
    how = {"compression": "zstd", "compression_level": 15, "store_schema": False}
    with pq.ParquetWriter(path, table.schema, **how) as file:
        file.write_table(table)
        file.add_key_value_metadata(_metadata())


def _schema() -> pa.Schema:
    text = ("firm", "sector", "sector_name")
    after = ("territory", "opened", "closed", "size_class", "group")
    return pa.schema(
        [(name, pa.string()) for name in text]
        + [("employment", pa.float64())]
        + [(name, pa.string()) for name in after]
        + [("headquarters", pa.string()), ("precision", pa.string()), ("nature", pa.string())]
    )


def _points(chunk: pd.DataFrame) -> pa.Array:
    """Well-known binary of points, 21 bytes each, without making objects of them."""
    packed = np.empty(len(chunk), dtype=POINT)
    packed["order"], packed["type"] = 1, 1
    packed["x"], packed["y"] = chunk["x"], chunk["y"]
    offsets = np.arange(len(chunk) + 1, dtype=np.int32) * POINT.itemsize
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(chunk), [None, pa.py_buffer(offsets), pa.py_buffer(packed.tobytes())]
    )


def _metadata() -> dict[str, str]:
    geometry = {"encoding": "WKB", "geometry_types": ["Point"], "crs": CRS(EPSG).to_json_dict()}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    return {"geo": json.dumps(geo), "nature": codes.NATURE}
