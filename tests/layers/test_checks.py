import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from geoterritorio.errors import GeoterritorioError, LayerError
from geoterritorio.layers import as_counts, as_firms, as_territories, check_layer
from geoterritorio.layers.checks import as_layer, as_text
from geoterritorio.layers.schema import COUNTS, COUNTS_BOUNDS, GRIDS


def refusal(call, *args, **columns) -> str:
    with pytest.raises(LayerError) as caught:
        call(*args, **columns)
    return str(caught.value)


def test_a_column_named_for_one_purpose_serves_no_other_of_its_name(firms):
    own = firms.rename(columns={"sector": "group"})
    found = as_firms(own, sector="group")
    assert found["sector"].tolist() == firms["sector"].tolist()
    assert "group" not in found


def test_user_columns_are_renamed_once_and_the_rest_kept(firms):
    own = firms.rename(columns={"sector": "cnae", "employment": "empleo"}).assign(sector="old", note="x")
    layer = as_firms(own, sector="cnae", employment="empleo")
    assert list(layer["sector"]) == list(firms["sector"])
    assert list(layer["employment"]) == list(firms["employment"])
    assert "note" in layer
    assert "cnae" in own, "the user's frame is not changed"


def test_missing_column_names_what_there_is_and_what_is_near(firms):
    text = refusal(as_firms, firms, sector="sectr")
    assert "no column “sectr”" in text
    assert "Did you mean “sector”?" in text
    assert "firm, sector, employment" in text


def test_a_mapping_for_an_unknown_column_is_refused(firms):
    assert "“sektor” is not a column" in refusal(as_firms, firms, sektor="sector")


def test_text_in_a_number_column_counts_and_shows_values(firms):
    own = firms.assign(employment=["doce", "1,5", *firms["employment"][2:].astype(str)])
    text = refusal(as_firms, own)
    assert "rows that do not: 2, first: 1" in text
    assert "“doce”" in text
    assert "“1,5”" in text


def test_negative_and_infinite_employment(firms):
    own = firms.assign(employment=[-3.0, float("inf"), *firms["employment"][2:]])
    text = refusal(as_firms, own)
    assert "must not be below 0 (rows below: 1, first: 1): “-3”" in text
    assert "infinite values (rows: 1, first: 2)" in text


def test_unknown_employment_is_missing_not_zero(firms):
    own = firms.assign(employment=["", None, *firms["employment"][2:].astype(str)])
    layer = as_firms(own)
    assert layer["employment"].isna().sum() == 2


def test_all_problems_come_together(territories):
    own = territories.assign(territory=["a", "a", None, "d", "e", "f"]).set_crs(None, allow_override=True)
    own.loc[3, "geometry"] = Point(0, 0)
    own.loc[4, "geometry"] = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    own.loc[5, "geometry"] = LineString([(0, 0), (1, 1)])
    text = refusal(as_territories, own)
    assert "column “territory” has empty cells (rows: 1, first: 3)" in text
    assert "2 rows share their identifier (territory): “a”" in text
    assert "no coordinate reference system" in text
    assert (
        "geometries are of the wrong kind, lines (rows: 1, first: 6). Needed are polygons or points" in text
    )
    assert "polygons are invalid, they cross themselves (rows: 1, first: 5)" in text


def test_multipoints_of_one_part_are_points_and_others_refused(firms):
    own = firms.copy()
    own["geometry"] = [MultiPoint([p]) for p in firms.geometry]
    assert_geodataframe_equal(as_firms(own), as_firms(firms))
    own.loc[3, "geometry"] = MultiPoint([(0, 0), (1, 1)])
    assert "geometries are of the wrong kind, multipoints (rows: 1, first: 4). Needed are points" in refusal(
        as_firms, own
    )


def test_empty_layer(territories):
    assert "the layer is empty" in refusal(as_territories, territories.iloc[:0])


def test_territories_need_geometry(territories):
    own = territories.copy()
    own.loc[2, "geometry"] = None
    assert "geometries are missing (rows: 1, first: 3)" in refusal(as_territories, own)
    assert "a table without them" in refusal(
        as_territories, pd.DataFrame(territories.drop(columns="geometry"))
    )


def test_duplicate_cells_in_counts():
    own = pd.DataFrame({"territory": ["01", "01"], "sector": ["A", "A"], "employment": [1, 2]})
    assert "2 rows share their identifier (territory, sector): “01 / A”" in refusal(as_counts, own)


def test_status_outside_its_vocabulary():
    own = pd.DataFrame({"territory": ["01"], "sector": ["A"], "employment": [1], "status": ["secret"]})
    assert "known, withheld, estimated" in refusal(as_counts, own)


def test_identifiers_are_text_and_keep_their_zeros():
    assert list(as_text(pd.Series(["01", " x ", "", None]))) == ["01", "x", None, None]
    assert list(as_text(pd.Series([1.0, 2.0, float("nan")]))) == ["1", "2", None]
    assert list(as_text(pd.Series([1, 2]))) == ["1", "2"]


def test_input_is_not_changed(territories):
    before = territories.copy(deep=True)
    as_territories(territories)
    assert_geodataframe_equal(territories, before)


anything = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=6), st.booleans())


# Letters that may be misread are told of; what is told is no failure.
@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
@given(st.lists(st.tuples(anything, anything, anything), max_size=8))
def test_whatever_comes_is_a_layer_or_a_refusal(rows):
    frame = pd.DataFrame(rows, columns=["territory", "sector", "employment"])
    try:
        layer = as_counts(frame)
    except GeoterritorioError as error:
        said = [str(p) for p in error.problems]
    else:
        said = ["fine"]
        assert not layer.duplicated(["territory", "sector"]).any()
        assert (layer["employment"].dropna() >= 0).all()
    assert all(said)


def test_a_whole_name_is_no_cut_name_and_a_cut_one_must_be_clear():
    frame = pd.DataFrame({"territory": ["T"], "sector": ["15"], "employment": [3]})
    assert list(as_layer(frame, COUNTS_BOUNDS)) == ["territory", "sector", "employment"]
    mapped = as_layer(frame, COUNTS_BOUNDS, columns={"squares": "employment", "employment": None})
    assert "employment_low" not in mapped
    cut = frame.rename(columns={"employment": "establishm"})
    assert "establishments" in as_layer(cut, COUNTS)
    with pytest.raises(LayerError, match=r"“establishm” seems .* establishments, establishments_low"):
        as_layer(cut, COUNTS_BOUNDS)
    assert "establishments" in as_layer(cut, COUNTS_BOUNDS, columns={"establishments": "establishm"})


@pytest.mark.parametrize("kind", GRIDS, ids=lambda kind: kind.kind)
def test_tables_and_map_layers_are_no_rasters(firms, kind):
    for frame in (firms, pd.DataFrame(firms.drop(columns="geometry"))):
        assert refusal(check_layer, frame, kind, name="grid").startswith("grid: a raster is needed")
