from contextlib import nullcontext
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geoseries_equal
from shapely import Point, box

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_firms, as_layer, as_territories, read_firms, read_institutions
from geoterritorio.layers.schema import INSTITUTIONS

MADRID, BILBAO = (-3.7038, 40.4168), (-2.9350, 43.2630)


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame({"firm": ["m", "b"], "sector": ["15", "25"], **columns})


def refusal(call, *args, **options) -> str:
    with pytest.raises(LayerError) as caught:
        call(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("comma", [False, True])
def test_coordinates_of_a_csv_file_become_points(tmp_path, comma):
    own = table(lon=[MADRID[0], BILBAO[0]], lat=[MADRID[1], BILBAO[1]]).astype(str)
    if comma:
        own["lon"], own["lat"] = (own[c].str.replace(".", ",") for c in ("lon", "lat"))
    own.to_csv(tmp_path / "f.csv", index=False, sep=";" if comma else ",")
    expected = gpd.GeoSeries([Point(MADRID), Point(BILBAO)], crs=4326, name="geometry")
    named = read_firms(tmp_path / "f.csv", x="lon", y="lat", crs="EPSG:4326")
    assert_geoseries_equal(named.geometry, expected)
    assert_geoseries_equal(read_firms(tmp_path / "f.csv", crs="EPSG:4326").geometry, expected)
    assert_geoseries_equal(read_firms(f"{tmp_path}/f.csv?crs=EPSG:4326").geometry, expected)
    with pytest.warns(GeoterritorioWarning, match="EPSG:4326 .* is likely"):
        assert "geometry" not in read_firms(tmp_path / "f.csv"), "without a system, numbers are no places"


def test_what_is_missing_is_said():
    own = table(lon=[1.0, 2.0], lat=[1.0, 2.0])
    assert "coordinates need three things" in refusal(as_firms, own, x="lon", y="lat")
    assert "coordinates need three things" in refusal(as_firms, own, x="lon", crs="EPSG:4326")
    assert "no coordinate reference system “EPSG:99”" in refusal(
        as_firms, own, x="lon", y="lat", crs="EPSG:99"
    )
    assert "no column “long”" in refusal(as_firms, own, x="long", y="lat", crs="EPSG:4326")
    half = table(lon=[1.0, None], lat=[1.0, 2.0])
    assert "one coordinate is there without the other (rows: 1, first: 2)" in refusal(
        as_firms, half, crs="EPSG:4326"
    )
    none = table(lon=[None, None], lat=[None, None])
    assert "no row has coordinates" in refusal(as_firms, none, crs="EPSG:4326")
    wrong = table(lon=["1.5", "west"], lat=["40", "41"])
    assert "column “lon” must hold numbers (rows that do not: 1, first: 2): “west”" in refusal(
        as_firms, wrong, crs="EPSG:4326"
    )


def test_thousands_in_coordinates_are_refused_with_a_cure():
    own = table(x=["440,123", "441,002"], y=["4,474,123", "4,475,002"])
    text = refusal(as_firms, own, crs="EPSG:25830")
    assert "“440,123”" in text
    assert "thousands without a separator" in text


def test_rows_without_coordinates_stay_without_a_point():
    layer = as_firms(table(x=[440000.0, None], y=[4474000.0, None]), crs="EPSG:25830")
    assert layer.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("crs", "x", "y", "said"),
    [
        (
            "EPSG:4326",
            [18.1, 16.2],
            [-94.4, -95.2],
            "seem to be exchanged",
        ),  # Veracruz: latitude cannot be -94
        ("EPSG:25830", [4474000.0, 4790000.0], [440000.0, 505000.0], "seem to be exchanged"),
        ("EPSG:25830", [-3.7, -2.9], [40.4, 43.3], "outside the area for which .*: 2 of 2"),
    ],
)
def test_exchanged_or_misplaced_coordinates_are_warned_about(crs, x, y, said):
    impossible = pytest.raises(LayerError, match="cannot be degrees") if crs == "EPSG:4326" else nullcontext()
    with pytest.warns(GeoterritorioWarning, match=said), impossible:
        as_firms(table(x=x, y=y), crs=crs)


def test_names_tell_exchanged_columns_where_numbers_cannot():
    own = table(lon=[MADRID[0], BILBAO[0]], lat=[MADRID[1], BILBAO[1]])
    with pytest.warns(GeoterritorioWarning, match="seem to be exchanged"):
        as_firms(own, x="lat", y="lon", crs="EPSG:4326")


def test_a_system_for_a_layer_that_says_none_and_a_contradiction(territories):
    bare = territories.set_crs(None, allow_override=True)
    assert as_territories(bare, crs="EPSG:25830").crs == territories.crs
    assert "says that it is in" in refusal(as_territories, territories, crs="EPSG:4326")


def test_postcodes_become_points_and_the_rest_is_counted(tmp_path):
    own = table(cp=["28 001", "48001"]).pipe(lambda t: pd.concat([t, t.assign(cp="99999", firm=["x", "y"])]))
    places = tmp_path / "places.csv"
    pd.DataFrame(
        {"postcode": ["28001", "48001"], "x": [MADRID[0], BILBAO[0]], "y": [MADRID[1], BILBAO[1]]}
    ).to_csv(places, index=False)
    own.to_csv(tmp_path / "f.csv", index=False)
    with pytest.warns(GeoterritorioWarning, match="not in the table of places: 2 of 4, “99999”"):
        layer = read_firms(f"{tmp_path}/f.csv?crs=EPSG:4326&places={places}", postcode="cp")
    assert [p and (p.x, p.y) for p in layer.geometry] == [MADRID, BILBAO, None, None]
    assert layer["precision"].tolist() == ["place", "place", None, None], "a postcode is no address"


def test_postcodes_become_territories():
    places = pd.DataFrame({"postcode": ["28001", "48001"], "territory": ["M", "B"]})
    layer = as_firms(table(postcode=["48001", "28001"]), places=places)
    assert layer["territory"].tolist() == ["B", "M"]
    kept = as_firms(table(postcode=["48001", "28001"], territory=["own", None]), places=places)
    assert kept["territory"].tolist() == ["own", "M"]


def test_postcodes_that_fit_nothing_are_refused():
    places = pd.DataFrame({"postcode": ["01001", "01002"], "territory": ["A", "B"]})
    assert "Leading zeros are lost here or there: without them, 2 would be found" in refusal(
        as_firms, table(postcode=["1001", "1002"]), places=places
    )
    assert "need a table of places" in refusal(as_firms, table(cp=["1", "2"]), postcode="cp")
    twice = pd.concat([places, places])
    assert "share their identifier (postcode)" in refusal(
        as_firms, table(postcode=["01001", "01002"]), places=twice
    )


def test_zeros_lost_by_some_postcodes_are_told_and_so_are_twins():
    places = pd.DataFrame({"postcode": ["01001", "28001"], "territory": ["A", "M"]})
    with pytest.warns(
        GeoterritorioWarning, match="1 of 2, “1001”.*without them, 1 would be found, such as “1001”"
    ):
        as_firms(table(postcode=["28001", "1001"]), places=places)
    twins = pd.DataFrame({"postcode": ["1001", "01001", "28001"], "territory": ["A", "B", "M"]})
    with pytest.warns(
        GeoterritorioWarning, match="with and without leading zeros: “1001”, “01001”. Keep one"
    ):
        as_firms(table(postcode=["28001", "01001"]), places=twins)


def test_institutions_too(tmp_path):
    (tmp_path / "i.csv").write_text("institution,kind,lon,lat\nu,training,-3.7,40.4\n", encoding="utf-8")
    layer = read_institutions(tmp_path / "i.csv", x="lon", y="lat", crs="EPSG:4326")
    assert layer.geometry.within(box(-4, 40, -3, 41)).all()


def test_problems_of_places_and_of_columns_come_together():
    own = table(lon=["west", "1"], lat=["1", "2"], employment=[-1, 2])
    text = refusal(as_firms, own, crs="EPSG:4326")
    assert "column “lon” must hold numbers" in text
    assert "column “employment” must not be below 0" in text


CURES = ("?crs=EPSG:…", 'crs = "EPSG:…"')


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([-3.7, -2.9], [40.4, 43.3], "look like degrees: EPSG:4326 (longitude and latitude) is likely"),
        ([440000.5, 505000.0], [4474000.0, 4790000.0], "look like metres"),
        (["-3,7", "-2,9"], ["40,4", "43,3"], "look like degrees"),
        (["a", "b"], ["c", "d"], "in Python."),
    ],
)
def test_coordinates_without_a_system_name_the_cure(tmp_path, x, y, said):
    own = table(x=x, y=y)
    text = refusal(as_firms, own, x="x", y="y")
    assert all(cure in text for cure in (*CURES, said))
    with pytest.warns(GeoterritorioWarning) as caught:
        as_firms(own)
    assert all(cure in str(caught[0].message) for cure in (*CURES, said))
    for suffix in ("csv", "xlsx"):
        path = tmp_path / f"plants.{suffix}"
        getattr(own, {"csv": "to_csv", "xlsx": "to_excel"}[suffix])(path, index=False)
        with pytest.raises(LayerError, match="Name the system") as caught:
            read_firms(path, x="x", y="y")
        assert said in str(caught.value)


def test_territories_and_institutions_from_a_table_without_a_system_name_the_cure():
    own = pd.DataFrame(
        {"institution": ["u"], "name": ["U"], "kind": ["university"], "lon": [1.0], "lat": [2.0]}
    )
    said = refusal(as_layer, own, replace(INSTITUTIONS, geometry=("point",)))
    assert "EPSG:4326 (longitude and latitude) is likely" in said
    assert as_firms(table(x=[1.0, 2.0], y=[1.0, 2.0], territory="t"))["territory"].tolist() == ["t", "t"]
