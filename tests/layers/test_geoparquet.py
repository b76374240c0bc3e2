"""Heads of GeoParquet in parts: whatever stands there is read as GeoParquet has it, or refused with the part's name."""

from __future__ import annotations

import json

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import LayerError
from geoterritorio.layers import schema
from geoterritorio.layers.partitions import open_parts

NAMES = ("geometry", "sector", "employment", "columns", "primary_column", "encoding", "crs", "WKB", "point")
TEXTS = st.sampled_from(NAMES) | st.text(max_size=5)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
RIGHT = {
    "version": "1.0.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"], "crs": "EPSG:25830"}},
}


def within(place, value):
    """Right metadata with another value at one place."""
    found = json.loads(json.dumps(RIGHT))
    inner = found
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return found


PLACES = st.sampled_from([
    ("primary_column",), ("columns",), ("columns", "geometry"), ("columns", "geometry", "encoding"),
    ("columns", "geometry", "crs"),
])  # fmt: skip


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")
    points = gpd.points_from_xy([5e5, 5e5 + 1], [4.3e6, 4.3e6])
    firms = gpd.GeoDataFrame({"sector": ["10", "11"], "employment": [1.0, 2.0]}, geometry=points, crs=25830)
    firms.to_parquet(folder / "a.parquet")
    return folder / "a.parquet", pq.read_table(folder / "a.parquet")


def opened(part, head: bytes):
    """Rows of a part with this head, or the refusal."""
    path, table = part
    pq.write_table(table.replace_schema_metadata({b"geo": head}), path)
    try:
        return sum(map(len, open_parts(path.parent, schema.FIRMS, name="firms").reading.layers(0)))
    except LayerError as error:
        return error


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY | st.builds(within, PLACES, ANY))
@example([])
@example(within(("columns",), []))
@example(within(("primary_column",), []))
@example(within(("primary_column",), {"a": 1}))
@example({"primary_column": "nope", "columns": {"nope": RIGHT["columns"]["geometry"]}})
@example({"primary_column": "sector", "columns": {"sector": RIGHT["columns"]["geometry"]}})
@example({"primary_column": "employment", "columns": {"employment": {"encoding": "point"}}})
@example(within(("columns", "geometry", "encoding"), "point"))
@example(within(("columns", "geometry", "crs"), "\x00"))
@example(within(("columns", "geometry", "crs"), "\ud800"))
@example(within(("columns", "geometry", "crs"), {}))
def test_a_head_is_read_or_refused_by_name(part, geo):
    found = opened(part, json.dumps(geo).encode())
    assert "a.parquet" in str(found) if isinstance(found, LayerError) else found == 2


@pytest.mark.parametrize("head", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_head_that_is_no_json_is_refused_by_name(part, head):
    assert "is not as GeoParquet has it" in str(opened(part, head))


def test_the_right_head_is_read(part):
    assert opened(part, json.dumps(RIGHT).encode()) == 2
    without = within(("columns", "geometry", "crs"), None)
    path, table = part
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(without).encode()}), path)
    assert open_parts(path.parent, schema.FIRMS, crs="EPSG:25830").crs == 25830
