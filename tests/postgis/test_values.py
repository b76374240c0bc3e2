"""Every kind of layer, whatever its values and names, comes back from the database as it went in."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers.postgis.address import split_address, table_name
from geoterritorio.layers.postgis.reading import read_table
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import KINDS, TERRITORY_VERSIONS
from geoterritorio.layers.store import write_layers

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NAMES = TEXTS.filter(lambda t: t and t != "geometry")
COLUMNS = st.one_of(
    st.lists(st.none() | TEXTS, min_size=3, max_size=3),
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    st.lists(st.none() | st.integers(-(10**50), 10**50), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.none() | st.booleans(), min_size=3, max_size=3),
    st.lists(st.dates(dt.date(1, 1, 1)), min_size=3, max_size=3),
    st.lists(st.none() | st.datetimes(dt.datetime(1, 1, 1)), min_size=3, max_size=3),  # noqa: DTZ001 - a moment without a zone is what is tried
)


def back(address):
    return read_table(split_address(address)[0])


def same(one, other):
    if one is None or other is None or one is pd.NaT or other is pd.NaT or one != one:  # noqa: PLR0124 - NaN is not itself
        return pd.isna(one) and pd.isna(other)
    if isinstance(one, dt.date) and not isinstance(one, dt.datetime):
        return pd.Timestamp(other).date() == one
    return one == other


@SLOW
@given(st.dictionaries(NAMES, COLUMNS, min_size=1, max_size=5))
def test_any_values_under_any_names_come_back(db, columns):
    frame = pd.DataFrame({k: pd.Series(v, dtype=object if None in v else None) for k, v in columns.items()})
    place = db.address(table="study.anything")
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always", GeoterritorioWarning)
        write_layers({place: frame})
    got = back(place)
    assert got.shape == frame.shape
    for k, name in enumerate(frame.columns):
        for one, other in zip(frame[name], got.iloc[:, k], strict=True):
            assert same(one, other), (one, other, frame.dtypes[name], got.dtypes.iloc[k])


@SLOW
@given(NAMES, NAMES)
def test_any_name_of_a_table_is_one_table_and_can_be_read_again(db, name, column):
    place = db.address(table=quote('"study"."' + name.replace('"', '""') + '"'))
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always", GeoterritorioWarning)
        write_layers({place: pd.DataFrame({column: ["x"]})})
    made = db.do("select relname from pg_class where relnamespace = 'study'::regnamespace and relkind = 'r'")
    assert len(made) == 1
    again = db.address(table=quote('"study"."' + made[0][0].replace('"', '""') + '"'))
    assert back(again).iloc[0, 0] == "x"
    db.do("drop schema study cascade; create schema study")


@given(st.text(max_size=20).filter(bool), st.text(max_size=20).filter(bool))
def test_a_quoted_name_is_read_as_sql_reads_it(schema, name):
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    assert (table_name(quoted).schema, table_name(quoted).name) == (schema, name)


def test_nul_is_refused_with_its_column(db):
    with pytest.raises(LayerError, match="NUL"):
        write_layers({db.address(table="study.x"): pd.DataFrame({"a": ["x\0y"], "b": [1]})})
    with pytest.raises(LayerError, match="no name"):
        write_layers({db.address(table="study.x"): pd.DataFrame({"": ["x"], "b": [1]})})


SHAPES = {
    "points": shapely.points([[0, 1], [2, 3]]),
    "lines": shapely.linestrings([[[0, 1], [2, 3]], [[0, 0], [1, 1]]]),
    "mixed lines": np.array(
        [shapely.LineString([[0, 1], [2, 3]]), shapely.MultiLineString([[[0, 0], [1, 1]]])], dtype=object
    ),
    "polygons": np.array(
        [shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(1, 1, 2, 2)])], dtype=object
    ),
    "everything": np.array([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)], dtype=object),
    "high": shapely.points([[0, 1, 5], [2, 3, 6]]),
    "missing": np.array([None, shapely.Point(1, 2)], dtype=object),
    "none": np.array([None, None], dtype=object),
    "empty": np.array([shapely.Point(), shapely.Point(1, 2)], dtype=object),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("crs", [25830, 4326, "ESRI:102014", None])
def test_shapes_and_their_systems_come_back(db, name, crs):
    frame = gpd.GeoDataFrame({"area": ["a", "b"]}, geometry=SHAPES[name], crs=crs)
    place = db.address(table="study.shapes")
    write_layers({place: frame})
    got = back(place)
    assert got.geometry.isna().tolist() == frame.geometry.isna().tolist()
    for one, other in zip(frame.geometry, got.geometry, strict=True):
        assert one is None or shapely.equals(one, other)
        assert one is None or shapely.has_z(one) == shapely.has_z(other)
    known = name != "none"
    assert got.crs == (frame.crs if known else None) or (got.crs.to_authority() == frame.crs.to_authority())
    gist = "select count(*) from pg_indexes where schemaname = 'study' and indexdef like '%gist%'"
    assert db.do(gist) == [(1,)]


def test_a_system_that_no_table_of_postgis_has_is_refused(db):
    own = "+proj=tmerc +lat_0=41 +lon_0=-3.7 +k=1 +x_0=5000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([0], [0]), crs=own)
    with pytest.raises(LayerError, match="EPSG"):
        write_layers({db.address(table="study.x"): frame})


def test_tables_of_others_are_read_with_their_types(db):
    db.do(
        "create type study.kind as enum ('n', 'o'); create table study.theirs ("
        "id uuid default gen_random_uuid(), code numeric(5,0), long numeric(20,0), rate numeric(8,3), fixed char(5), "
        "big bigint, kind study.kind, tags text[], said jsonb, from_day date, to_day date, at timestamptz, "
        "place geography(point, 4326), empty integer, _row text)"
    )
    db.do(
        "insert into study.theirs (code, long, rate, fixed, big, kind, tags, said, from_day, to_day, at, place, _row) "
        "values (7, 12345678901234567890, 1.25, 'ab', 9007199254740993, 'n', '{a,b}', '{\"x\": 1}', '2020-02-29', "
        "'infinity', '2020-01-01 12:00+02', 'POINT(-3.7 40.4)', 'mine'), (null, null, 'NaN', null, null, null, null, "
        "null, null, null, null, null, null)"
    )
    got = back(db.address(table="study.theirs"))
    first = got.iloc[0]
    assert (first["code"], first["long"], first["rate"]) == (7.0, 12345678901234567890, 1.25)
    assert (first["fixed"], first["big"], first["kind"]) == ("ab", 9007199254740993, "n")
    assert (first["tags"], first["said"], first["_row"]) == ("{a,b}", '{"x": 1}', "mine")
    assert first["from_day"] == pd.Timestamp("2020-02-29")
    assert first["at"] == pd.Timestamp("2020-01-01 10:00", tz="UTC")
    assert pd.isna(first["to_day"])
    assert math.isnan(got["rate"].iloc[1])
    assert got.crs == 4326
    assert got.geometry.iloc[0].equals(shapely.Point(-3.7, 40.4))


def test_views_parts_and_foreign_words_are_read_and_rows_chosen(db, territories):
    land = db.address(table="study.land")
    both = pd.concat(
        [territories.assign(valid_from="1990", valid_to="2000"), territories.assign(valid_from="2000")]
    )
    write_layers({land: both}, kinds={land: TERRITORY_VERSIONS})
    assert len(read_layer(db.address(table="study.land", on="2010-05"), KINDS["territories"])) == 6
    with pytest.warns(GeoterritorioWarning, match="2 of 12"):
        assert len(read_layer(db.address(table="study.land", territory="a"), KINDS["territories"])) == 2
    db.do("create view study.codes as select territory as codigo, geom as forma from study.land limit 6")
    got = read_layer(db.address(table="study.codes"), KINDS["territories"], columns={"territory": "codigo"})
    assert len(got) == 6
    assert got.crs == 25830


def test_missing_versions_are_no_reason_to_repeat_a_territory(db, territories):
    land = db.address(table="study.land")
    write_layers({land: territories.assign(valid_from=None)}, kinds={land: TERRITORY_VERSIONS})
    keys = db.do(
        "select indexdef from pg_indexes where tablename = 'land' and indexdef like '%NULLS NOT DISTINCT%'"
    )
    assert len(keys) == 1
    assert "_row" not in back(land).columns
