"""Every kind of layer that goes in and every result that comes out, rasters too: written with its key, read again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import LineString, Point, box

from geoterritorio.errors import LayerError
from geoterritorio.layers.grids import Grid, read_grid
from geoterritorio.layers.postgis.address import split_address
from geoterritorio.layers.postgis.reading import read_table
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import ELEVATION, GRIDS, KINDS, VALUES
from geoterritorio.layers.store import LayerMetadata, write_layers
from geoterritorio.registry import descriptions, layer_of

SHAPES = {"polygon": box(0, 0, 1, 1), "point": Point(1, 2), "line": LineString([(0, 0), (1, 1)])}
VALUED = {"text": ["a", "b"], "number": [1.5, 2.5], "date": ["2020-05", "1998"], "any": ["x", "y"]}
LAYERS = [
    *(("layers", kind, layer) for kind, layer in KINDS.items()),
    *(
        (tool["group"], f"{tool['name']}.{o['name']}", layer_of(o))
        for tool in descriptions().values()
        for o in tool["outputs"]
        if o["type"] == "layer"
    ),
]
ROOMS = sorted({room for room, _, _ in LAYERS})


def frame_of(layer):
    """Invented rows with every column that the layer may have."""
    frame = pd.DataFrame({c.name: VALUED[c.dtype] for c in layer.columns})
    shapes = [SHAPES[g] for g in layer.geometry if g in SHAPES]
    return gpd.GeoDataFrame(frame, geometry=[shapes[0]] * 2, crs=25830) if shapes else frame


@pytest.mark.parametrize("room", ROOMS)
def test_all_layers_and_results_of_a_room_come_back(db, room):
    told = {name: layer for r, name, layer in LAYERS if r == room and layer.geometry != ("raster",)}
    places = {name: db.address(table=f"study.{name.replace('.', '_')}") for name in told}
    frames = {name: frame_of(layer) for name, layer in told.items()}
    write_layers(
        {places[n]: frame for n, frame in frames.items()},
        kinds={places[n]: layer for n, layer in told.items()},
        metadata={places[n]: LayerMetadata(title=n, kind=layer.kind) for n, layer in told.items()},
    )
    primary = (
        "select c.relname, array_agg(a.attname::text) from pg_index i join pg_class c on c.oid = i.indrelid "
        "join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indisprimary and "
        "c.relnamespace = 'study'::regnamespace group by 1"
    )
    keys = dict(db.do(primary))
    for name, layer in told.items():
        got = read_table(split_address(places[name])[0])
        want = frames[name]
        assert list(got.columns) == list(want.columns)
        pd.testing.assert_frame_equal(
            pd.DataFrame(got.drop(columns="geometry", errors="ignore")),
            pd.DataFrame(want.drop(columns="geometry", errors="ignore")),
            check_dtype=False,
        )
        if "geometry" in got.columns:
            assert (got.geometry.area == want.geometry.area).all()
            assert got.crs == want.crs
        wanted = {k for k in layer.key if k in want.columns}
        assert set(keys[name.replace(".", "_")]) == (wanted or {"_row"})
    said = db.do(
        "select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid where relkind = 'r' and attnum > 0 "
        "and relnamespace = 'study'::regnamespace and col_description(attrelid, attnum) is null and attname <> 'geom'"
    )
    assert said == [(0,)]


@pytest.fixture
def rasters(db):
    db.do("create extension if not exists postgis_raster schema public")
    return db


def grid_of(kind, rows=300, columns=520):
    values = np.random.default_rng(3).uniform(1, 2, (rows, columns)).astype(kind)
    values[5:40, 500:] = np.nan
    return Grid(
        values,
        Affine(100, 0, 400_000, 0, -100, 4_500_000),
        rasterio.CRS.from_epsg(25830),
        None,
        {"unit": "minutes \\ ñ"},
    )


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_rasters_come_back_to_the_bit(rasters, kind):
    place, grid = rasters.address(table="study.heights"), grid_of(kind)
    write_layers({place: grid}, metadata={place: LayerMetadata(title="Heights", kind="elevation")})
    got = read_layer(place, ELEVATION)
    np.testing.assert_array_equal(got.values, grid.values)
    assert (got.transform, got.crs, dict(got.tags)) == (grid.transform, grid.crs, dict(grid.tags))
    assert rasters.do("select count(*) from study.heights") == [(6,)]
    mean = rasters.do("select (ST_SummaryStatsAgg(rast, 1, true)).mean from study.heights")[0][0]
    assert mean == pytest.approx(np.nanmean(grid.values), rel=1e-6)
    seen = rasters.do(
        "select srid, scale_x, num_bands, same_alignment from raster_columns where r_table_name = 'heights'"
    )
    assert seen == [(25830, 100.0, 1, True)]
    write_layers({place: grid})
    assert {g.kind for g in GRIDS} >= {ELEVATION.kind}


def test_rasters_of_others_are_read_and_what_is_none_refused(rasters, tmp_path):
    rasters.do(
        "create table study.theirs as select ST_AddBand(ST_MakeEmptyRaster(4, 3, 400000, 4500000, 100, -100, 0, 0, "
        "25830), '16BSI'::text, 7, -99) as rast; update study.theirs set rast = ST_SetValue(rast, 1, 2, 1, -99)"
    )
    got = read_layer(rasters.address(table="study.theirs"), VALUES)
    assert got.values.shape == (3, 4)
    assert np.isnan(got.values[0, 1])
    assert np.nansum(got.values) == 77
    write_layers({str(tmp_path / "x.tif"): got})
    assert np.nansum(read_grid(tmp_path / "x.tif", VALUES).values) == 77
    rasters.do(
        "insert into study.theirs select ST_MakeEmptyRaster(4, 3, 400050, 4500000, 100, -100, 0, 0, 25830)"
    )
    with pytest.raises(LayerError, match="not of one raster"):
        read_layer(rasters.address(table="study.theirs"), VALUES)
    rasters.do("create table study.numbers as select 1 as a")
    with pytest.raises(LayerError, match="no column of rasters"):
        read_layer(rasters.address(table="study.numbers"), VALUES)


def test_without_rasters_in_the_database_the_cure_is_named(db):
    db.do("drop extension if exists postgis_raster")
    with pytest.raises(LayerError, match="create extension postgis_raster"):
        write_layers({db.address(table="study.x"): grid_of("float32", 3, 3)})
