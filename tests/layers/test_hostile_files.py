"""Whatever file comes, a reader answers with a layer or with one clear refusal, never with another exception."""

import os
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning
from geoterritorio.layers import as_layer, read_layer, write_layers
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import KINDS

VECTOR = [k for k, layer in KINDS.items() if layer.geometry != ("raster",)]
RASTER = [k for k in KINDS if k not in VECTOR]
files = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

word = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
cell = st.one_of(
    st.none(),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", " ", "Ñandú", "1.234", "1,5", "1998-05", "31/12/1999", "yes", "sí", "1e308", "{{ 7*7 }}"]
    ),
    word,
)
value = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    word,
    st.booleans(),
    st.dates(),
    st.complex_numbers(),
    st.binary(max_size=3),
)
coordinate = st.one_of(st.floats(), st.sampled_from([0.0, -180.0, 180.0, 1e300, np.nan, np.inf, 45.0]))


def answer(call):
    """Layer or refusal; ours are the only warnings and errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", GeoterritorioWarning)
        try:
            return call()
        except GeoterritorioError as error:
            found = error
    assert found.problems
    assert all(str(p).strip() for p in found.problems)
    return found


@st.composite
def tables(draw, values):
    kind = draw(st.sampled_from(VECTOR))
    names = [c.name for c in KINDS[kind].columns]
    kept = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    required = [c.name for c in KINDS[kind].columns if c.required]
    columns = list(dict.fromkeys([*required, *kept])) if draw(st.booleans()) else kept
    rows = draw(st.lists(st.tuples(*(values for _ in columns)), max_size=5))
    return kind, pd.DataFrame(rows, columns=columns)


@st.composite
def shapes(draw):
    kind = draw(st.sampled_from(["point", "line", "polygon", "multi", "none", "empty"]))
    xy = draw(st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=5))
    made = {
        "point": lambda: shapely.Point(xy[0]),
        "line": lambda: shapely.LineString(xy),
        "polygon": lambda: shapely.Polygon(xy),
        "multi": lambda: shapely.MultiPoint(xy),
        "empty": shapely.Point,
        "none": lambda: None,
    }
    try:
        with np.errstate(all="ignore"):
            return made[kind]()
    except shapely.errors.GEOSException:
        return None  # no ring closes on a number that is none


@files
@given(tables(value))
def test_frames_of_every_kind(table):
    kind, frame = table
    found = answer(lambda: as_layer(frame, KINDS[kind]))
    if not isinstance(found, GeoterritorioError):
        assert len(found) == len(frame)
        for column in KINDS[kind].columns:
            if column.required:
                assert column.dtype == "number" or found[column.name].notna().all()


@files
@given(tables(value), st.lists(shapes(), min_size=5, max_size=5), st.sampled_from([None, 4326, 25830, 3857]))
def test_map_layers_of_every_kind(table, geometries, crs):
    kind, frame = table
    layer = gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(geometries[: len(frame)], index=frame.index), crs=crs
    )
    found = answer(lambda: as_layer(layer, KINDS[kind]))
    if not isinstance(found, GeoterritorioError) and KINDS[kind].geometry != ("table",):
        assert found.crs is not None
        there = found.geometry[~found.geometry.isna() & ~found.geometry.is_empty]
        assert np.isfinite(there.bounds.to_numpy()).all()
        assert there.is_valid.all() or not set(there.geom_type) & {"Polygon", "MultiPolygon"}


@files
@given(
    tables(cell),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(",;\t"),
    st.sampled_from([None, "EPSG:4326", "EPSG:25830", "nonsense", ""]),
)
def test_text_files(tmp_path, table, encoding, separator, crs):
    kind, frame = table
    path = tmp_path / "t.csv"
    path.write_bytes(frame.to_csv(index=False, sep=separator).encode(encoding, errors="replace"))
    answer(lambda: read_layer(path, KINDS[kind], crs=crs))
    answer(lambda: read_layer(path, KINDS[kind], places=path))


@files
@given(
    st.binary(max_size=300),
    st.sampled_from(["csv", "tsv", "txt", "gpkg", "geojson", "parquet", "xlsx", "dbf", "tif"]),
)
def test_arbitrary_bytes(tmp_path, content, suffix):
    path = tmp_path / f"f.{suffix}"
    path.write_bytes(content)
    for kind in ("firms", "territories", "elevation"):
        answer(lambda kind=kind: read_layer(path, KINDS[kind]))


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "parquet", "csv", "xlsx", "shp"])
def test_truncated_and_damaged_files(tmp_path, territories, suffix):
    path = tmp_path / f"whole.{suffix}"
    write_layers({str(path): territories})
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    damaged = tmp_path / f"damaged.{suffix}"
    for _ in range(5):
        cut = whole[: rng.integers(len(whole))]
        flipped = bytearray(whole)
        for _ in range(20):
            flipped[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        for content in (cut, bytes(flipped)):
            damaged.write_bytes(content)
            answer(lambda: read_layer(damaged, KINDS["territories"]))


def test_a_folder_a_link_to_nowhere_and_a_name_that_is_no_file(tmp_path):
    (tmp_path / "nowhere.gpkg").symlink_to(tmp_path / "gone.gpkg")
    for source in (tmp_path, tmp_path / "nowhere.gpkg", "", "|", "x|y|z", "a\nb.csv"):
        for kind in ("firms", "elevation"):
            found = answer(lambda source=source, kind=kind: read_layer(source, KINDS[kind]))
            assert isinstance(found, GeoterritorioError), source


def test_a_read_only_folder(tmp_path, territories):
    folder = tmp_path / "locked"
    folder.mkdir()
    write_layers({str(folder / "t.gpkg"): territories})
    folder.chmod(0o500)
    # The administrator may write into any folder but those of the kernel.
    locked = Path("/proc/self") if os.geteuid() == 0 else folder
    try:
        assert len(read_layer(folder / "t.gpkg", KINDS["territories"])) == 6
        assert isinstance(
            answer(lambda: write_layers({str(locked / "u.gpkg"): territories})), GeoterritorioError
        )
    finally:
        folder.chmod(0o700)


@files
@given(
    st.sampled_from(RASTER),
    st.lists(st.floats(width=32), min_size=6, max_size=6),
    st.one_of(st.none(), st.floats(width=32)),
    st.sampled_from([None, "EPSG:25830", "EPSG:4326", "EPSG:3857"]),
    st.floats(-1e6, 1e6),
)
def test_rasters(tmp_path, kind, cells, nodata, crs, size):
    path = tmp_path / "r.tif"
    path.unlink(missing_ok=True)
    profile = {"driver": "GTiff", "width": 3, "height": 2, "count": 1, "dtype": "float32", "nodata": nodata}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", crs=crs, transform=from_origin(5e5, 4.4e6, size, size), **profile
        ) as file:
            file.write(np.array(cells, "float32").reshape(1, 2, 3))
    found = answer(lambda: read_layer(path, KINDS[kind]))
    if not isinstance(found, GeoterritorioError):
        assert isinstance(found, Grid)
        assert found.crs is not None
        assert not np.isinf(found.values).any()
