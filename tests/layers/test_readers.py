"""Text files as people have them, Shapefiles, metadata, and what each kind of layer keeps."""

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, Polygon

from geoterritorio import layers
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import (
    LayerMetadata,
    as_counts,
    as_firms,
    as_links,
    as_roads,
    as_territories,
    read_counts,
    read_firms,
    read_metadata,
    read_territories,
    write_layers,
)
from geoterritorio.layers.schema import KINDS

TEXT = "territory{s}sector{s}sector_name{s}employment\nÁvila{s}01{s}Añojo{s}5\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_separators(tmp_path, separator, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.format(s=separator).encode(encoding))
    assert read_counts(path).iloc[0].tolist() == ["Ávila", "01", "Añojo", 5.0]


def test_western_text_is_read_and_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.format(s=";").encode("cp1252"))
    with pytest.warns(GeoterritorioWarning, match="not in UTF-8; it was read as Windows-1252"):
        assert read_counts(path)["territory"].tolist() == ["Ávila"]


def test_separators_inside_quotation_marks_do_not_count(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('territory;"sector";"jobs, full, time, equivalent"\na;15;3\n', encoding="utf-8")
    assert read_counts(path, employment="jobs, full, time, equivalent")["employment"].tolist() == [3]


def test_rows_with_more_cells_than_the_heading_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("territory,sector,employment\na,15,1,234\nb,15,2,345\n", encoding="utf-8")
    with pytest.raises(LayerError, match="more cells than the heading has names \\(3\\)"):
        read_counts(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1.234", "12", "999"], r"seems to separate thousands by points \(rows: 1, first: 1\): “1.234”"),
        (["1.234.567", "12"], r"rows that do not: 1, first: 1\): “1.234.567”.*thousands without a separator"),
        (["1,234", "12"], "“1,234”.*thousands without a separator"),
        (["1 234", "12"], "“1 234”.*thousands without a separator"),
    ],
)
def test_thousands_are_never_read_as_something_else(values, said):
    own = pd.DataFrame(
        {"territory": [str(i) for i in range(len(values))], "sector": "15", "employment": values}
    )
    with pytest.raises(LayerError, match=said):
        as_counts(own)


@pytest.mark.parametrize("values", [["1.234", "12.5"], ["1.234", "2.500"], ["1.234", "1000"], ["0.123", "7"]])
def test_decimals_stay_decimals(values):
    own = pd.DataFrame({"territory": ["a", "b"], "sector": "15", "employment": values})
    assert as_counts(own)["employment"].tolist() == [float(v) for v in values]


def test_names_cut_by_dbase(tmp_path, firms):
    own = firms.assign(establishment_code=firms["firm"], headquarters="no", size_class="x").drop(
        columns="firm"
    )
    path = tmp_path / "f.shp"
    with pytest.warns(RuntimeWarning, match="Normalized/laundered"):
        pyogrio.write_dataframe(own, path)
    layer = read_firms(path, firm="establishment_code")
    assert layer["firm"].tolist() == firms["firm"].tolist()
    assert set(layer["headquarters"]) == {"no"}


def test_a_shapefile_is_written_with_all_its_files(tmp_path, territories):
    write_layers({str(tmp_path / "t.shp"): territories})
    assert {p.name for p in tmp_path.iterdir()} >= {"t.shp", "t.dbf", "t.shx", "t.prj"}
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert read_territories(tmp_path / "t.shp").crs == territories.crs


def test_yes_and_no_in_the_words_of_both_languages(firms):
    own = firms.iloc[:8].assign(headquarters=["Sí", "si", "TRUE", "1", "no", "False", "0", None])
    assert as_firms(own)["headquarters"].tolist() == ["yes"] * 4 + ["no"] * 3 + [None]
    own = own.assign(headquarters=[True, False] * 4)
    assert as_firms(own)["headquarters"].tolist() == ["yes", "no"] * 4
    with pytest.raises(LayerError, match="Use one of: yes, no"):
        as_firms(own.assign(headquarters="maybe"))


def test_a_column_that_means_something_else_is_left_out(firms):
    own = firms.assign(precision=3, headquarters="Paris")
    with pytest.raises(LayerError, match="vocabulary"):
        as_firms(own)
    layer = as_firms(own, precision=None, headquarters="")
    assert not {"precision", "headquarters"} & set(layer)


def test_roads_one_way():
    line = LineString([(0, 0), (1000, 0)])
    own = gpd.GeoDataFrame({"minutes": [1, 2, 3], "oneway": ["yes", "-1", 0]}, geometry=[line] * 3, crs=25830)
    assert as_roads(own)["oneway"].tolist() == ["yes", "reverse", "no"]


def test_links_have_a_column_called_source():
    own = pd.DataFrame({"from": ["a"], "target": ["b"], "kind": ["Supply"]})
    assert as_links(own, source="from").iloc[0].tolist() == ["a", "b", "supply"]


def test_shapes_over_the_180th_meridian_are_warned_about_and_impossible_degrees_refused():
    fiji = Polygon([(177, -18), (-179, -18), (-179, -17), (177, -17)])
    own = gpd.GeoDataFrame({"territory": ["fj"]}, geometry=[fiji], crs=4326)
    with pytest.warns(GeoterritorioWarning, match="more than 180 degrees .*shapes: 1"):
        as_territories(own)
    metres = gpd.GeoDataFrame(
        {"territory": ["m"]}, geometry=[Polygon([(0, 0), (9e5, 0), (0, 9e5)])], crs=4326
    )
    with pytest.raises(LayerError, match=r"coordinates cannot be degrees \(rows: 1, first: 1\).*WGS 84"):
        as_territories(metres)


def test_columns_of_one_name():
    own = pd.DataFrame([["a", "b", "15"]], columns=["territory", "territory", "sector"])
    with pytest.raises(LayerError, match="several columns have the same name: “territory”"):
        as_counts(own)


ABOUT = LayerMetadata("Municipios «{x}»", "territories", "INE", "CC BY 4.0", "2021-01")


def test_layers_say_what_they_are_and_keep_saying_it(tmp_path, territories):
    path = tmp_path / "store.gpkg"
    one, two, table = (f"{path}|{name}" for name in ("one", "two", "table"))
    counts = pd.DataFrame({"territory": ["a"], "sector": ["15"]})
    write_layers(
        {one: territories, two: territories, table: counts},
        metadata={one: ABOUT, table: LayerMetadata(title="Recuento")},
    )
    assert read_metadata(one) == ABOUT
    assert read_metadata(two) == LayerMetadata()
    assert read_metadata(table) == LayerMetadata(title="Recuento")
    write_layers({two: territories}, metadata={two: LayerMetadata(source="IGN")})
    assert (read_metadata(one), read_metadata(two).source) == (ABOUT, "IGN")
    write_layers({one: territories})
    assert read_metadata(one) == LayerMetadata(), "a layer written anew says only what it is told"
    with pytest.raises(LayerError, match="cannot be read"):
        read_metadata(f"{path}|three")


def test_every_kind_has_its_twins():
    grids = {k for k, layer in KINDS.items() if layer.geometry == ("raster",)}
    for kind in set(KINDS) - grids - {"places"}:
        assert callable(getattr(layers, f"read_{kind}"))
        assert callable(getattr(layers, f"as_{kind}"))
    rasters = {"friction", "elevation", "population_grid", "density", "land_cover", "travel_time", "values"}
    assert grids == rasters


def test_excel_cells_keep_their_types(tmp_path):
    own = pd.DataFrame(
        {
            "territory": ["01", "02", "03"],
            "sector": [15, 25, None],
            "employment": [1.234, 12, 999],
            "period": pd.to_datetime(["2001-02-03"] * 3),
        }
    )
    path = tmp_path / "t.xlsx"
    own.fillna({"sector": 35}).to_excel(path, index=False)
    layer = read_counts(path)
    assert layer["territory"].tolist() == ["01", "02", "03"]
    assert layer["sector"].tolist() == ["15", "25", "35"]
    assert layer["employment"].tolist() == [1.234, 12, 999]
    firms = own.assign(opened=own["period"])[["sector", "opened", "territory"]].fillna({"sector": 35})
    firms.to_excel(path, index=False)
    assert read_firms(path)["opened"].tolist() == ["2001-02-03"] * 3


def test_a_name_that_dbase_cut_is_the_plain_one_and_not_the_one_in_spanish(tmp_path):
    points = gpd.GeoSeries.from_xy([0.5], [40.5], crs=4326)
    firms = gpd.GeoDataFrame({"firm": ["a"], "sector": ["15"], "sector_nam": ["Calzado"]}, geometry=points)
    firms.to_file(tmp_path / "firms.shp")
    found = read_firms(tmp_path / "firms.shp")
    assert found["sector_name"].tolist() == ["Calzado"]
    assert "sector_name_es" not in found
