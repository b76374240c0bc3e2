from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geoterritorio.concentration import counts_table, long_table, tabulate, tabulate_plants
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError


def register(n: int = 4000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "territory": rng.choice(["north", "south", "east"], n),
            "sector": rng.choice(["C14", "C10", "J62", "A01"], n, p=[0.5, 0.3, 0.19, 0.01]),
            "employment": np.ceil(rng.lognormal(1, 1, n)),
        }
    )


@pytest.fixture
def layer() -> gpd.GeoDataFrame:
    boxes = [box(k, 0, k + 1, 1) for k in (2, 0, 1)]
    return gpd.GeoDataFrame({"territory": ["c", "a", "b"]}, geometry=boxes, crs=25830)


def points(xs: list[float], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[Point(x, 0.5) for x in xs], crs=25830)


HOW = {
    "employment": ("employment", "sum"),
    "establishments": ("employment", "size"),
    "squares": ("square", "sum"),
    "largest": ("employment", "max"),
}


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_table_equals_groupby_whatever_the_type_of_the_codes(dtype):
    firms = register()
    firms["square"] = firms["employment"] ** 2

    def plain(column: str, function: str) -> pd.DataFrame:
        cells = {"index": "territory", "columns": "sector", "values": column}
        return firms.pivot_table(**cells, aggfunc=function, fill_value=0)

    expected = {k: plain(*how) for k, how in HOW.items()}
    coded = firms.astype({"territory": dtype, "sector": dtype})
    found = tabulate_plants(coded)
    for name, table in expected.items():
        np.testing.assert_array_equal(getattr(found, name), table)
    table = tabulate(coded)
    np.testing.assert_array_equal(table, expected["employment"])
    np.testing.assert_array_equal(tabulate(coded, measure="establishments"), expected["establishments"])
    assert table.index.tolist() == expected["employment"].index.tolist()
    assert table.columns.tolist() == expected["employment"].columns.tolist()
    assert (table.index.name, table.columns.name) == ("territory", "sector")


def test_categories_nobody_uses_and_unsorted_ones_change_nothing():
    firms = register()
    odd = firms.astype({"sector": pd.CategoricalDtype(["J62", "unused", "C14", "A01", "C10"])})
    pd.testing.assert_frame_equal(tabulate(odd), tabulate(firms), check_column_type=False)


def test_every_territory_of_the_layer_is_a_row_and_borders_count_once(layer):
    firms = points([0.5, 1.0, 1.5], sector=["x", "x", "y"], employment=[1, 2, 4])
    table = tabulate(firms, layer)
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.to_numpy().tolist() == [[3, 0], [0, 4], [0, 0]]


def test_outside_is_always_reported(layer):
    firms = points([0.5, 9, 9, 9], sector=["x"] * 4, employment=[70, 10, 10, 10])
    with pytest.warns(GeoterritorioWarning, match=r"3 of 4 establishments \(75%\), with 30% of the jobs"):
        table = tabulate(firms, layer)
    assert table.to_numpy().sum() == 70
    with pytest.raises(LayerError, match="3 of 4"):
        tabulate(firms, layer, outside="raise")
    with pytest.warns(GeoterritorioWarning):
        assert tabulate_plants(firms, layer).outside == 3
    assert tabulate(points([3.4], sector=["x"], employment=[1]), layer, snap=0.5).loc["c", "x"] == 1


def test_a_table_of_firms_uses_its_territories_and_misses_unknown_ones(layer):
    firms = pd.DataFrame({"territory": ["a", None, "z"], "sector": ["x", "x", "x"], "employment": [1, 2, 4]})
    with pytest.warns(GeoterritorioWarning, match="2 of 3"):
        assert tabulate(firms, layer)["x"].tolist() == [1, 0, 0]


def test_unknown_employment_is_not_zero():
    firms = pd.DataFrame(
        {"territory": list("aaabb"), "sector": list("xxyxx"), "employment": [3, np.nan, np.nan, 5, 0]}
    )
    with pytest.warns(GeoterritorioWarning, match="2 of 5 establishments have unknown employment"):
        found = tabulate_plants(firms)
    assert found.unknown_employment == 2
    np.testing.assert_array_equal(found.employment, [[3, np.nan], [5, 0]])
    np.testing.assert_array_equal(found.establishments, [[2, 1], [2, 0]])
    with pytest.warns(GeoterritorioWarning):
        np.testing.assert_array_equal(tabulate(firms), found.employment)
    without = tabulate_plants(firms.drop(columns="employment"))
    np.testing.assert_array_equal(without.employment, [[np.nan, np.nan], [np.nan, 0]])


def test_firms_without_sector_are_reported():
    firms = pd.DataFrame({"territory": ["a", "a"], "sector": ["x", None], "employment": [1, 2]})
    with pytest.warns(GeoterritorioWarning, match="1 establishments have no sector"):
        assert tabulate(firms).to_numpy().tolist() == [[1]]


def test_coordinates_are_brought_together_or_refused(layer):
    firms = points([0.5], sector=["x"], employment=[1]).to_crs(4326)
    with pytest.warns(GeoterritorioWarning, match="reprojected from EPSG:4326 to EPSG:25830"):
        assert tabulate(firms, layer).loc["a", "x"] == 1
    with pytest.raises(CRSError):
        tabulate(firms.set_crs(None, allow_override=True), layer)
    with pytest.raises(CRSError, match="metres"):
        tabulate(firms, layer.to_crs(4326), snap=10)


def test_missing_columns_are_named():
    with pytest.raises(LayerError, match="“sector”"):
        tabulate(pd.DataFrame({"territory": ["a"]}))
    with pytest.raises(LayerError, match="“territory”"):
        tabulate(pd.DataFrame({"sector": ["a"]}))
    with pytest.raises(LayerError, match="employment"):
        tabulate(pd.DataFrame({"territory": ["a"], "sector": ["x"]}))


def test_an_empty_register_gives_an_empty_table(layer):
    empty = register().iloc[:0]
    assert tabulate(empty).shape == (0, 0)
    assert tabulate(empty, layer).shape == (3, 0)
    assert tabulate_plants(empty).employment.to_numpy().dtype == np.float64


def test_withheld_and_missing_cells_stay_apart():
    rows = pd.DataFrame(
        {
            "territory": ["a", "a", "b"],
            "sector": ["x", "y", "x"],
            "employment": [4.0, 0.0, np.nan],
            "relative_error": [10.0, 20.0, 30.0],
            "status": ["known", "withheld", "known"],
        }
    )
    np.testing.assert_array_equal(counts_table(rows), [[4, np.nan], [np.nan, 0]])
    wide = counts_table(rows, territories=["c", "a", "b"], sectors=["x", "y", "z"])
    np.testing.assert_array_equal(wide, [[0, 0, 0], [4, np.nan, 0], [np.nan, 0, 0]])
    np.testing.assert_array_equal(counts_table(rows, value="relative_error"), [[10, np.nan], [30, np.nan]])
    with pytest.warns(GeoterritorioWarning, match="1 rows of counts"):
        assert counts_table(rows, territories=["a"]).shape == (1, 2)
    with pytest.raises(LayerError, match="1 rows beyond the first"):
        counts_table(pd.concat([rows, rows.iloc[:1]]))


def test_long_and_wide_are_inverse():
    wide = tabulate(register())
    rows = long_table(employment=wide, double=wide * 2)
    pd.testing.assert_frame_equal(counts_table(rows), wide, check_index_type=False, check_column_type=False)
    np.testing.assert_array_equal(rows["double"], rows["employment"] * 2)
    with pytest.raises(LayerError, match="double"):
        long_table(employment=wide, double=wide.iloc[::-1])
