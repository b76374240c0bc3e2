"""Limits beside squares whose shares are known, points along borders, and the invented territory."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geoterritorio.delimitation import limit_agreement, natural_basins
from geoterritorio.delimitation import tools as layers
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_territories, check_layer
from geoterritorio.layers.grids import read_grid
from geoterritorio.registry import descriptions, layer_of


def areas(**shapes):
    return gpd.GeoDataFrame({"territory": list(shapes)}, geometry=list(shapes.values()), crs=25830)


# Two by two squares of ten metres; a and c in the west, c and d in the north.
FOUR = areas(a=box(0, 0, 10, 10), b=box(10, 0, 20, 10), c=box(0, 10, 10, 20), d=box(10, 10, 20, 20))


def halves(shift=0.0, reach=5.0):
    """West and east, with their limit so far east of the middle, wider than the squares by a reach."""
    x = 10 + shift
    return areas(w=box(-reach, -reach, x, 20 + reach), e=box(x, -reach, 20 + reach, 20 + reach))


def row(found, territory, division="natural"):
    table = found.table.set_index(["territory", "division"])
    return table.loc[(territory, division)]


@pytest.mark.parametrize("shift", [0, 0.25, 0.5, 1])
def test_shares_of_squares_whose_limit_is_shifted(shift):
    found = limit_agreement(FOUR, {"natural": halves(shift)}, tolerance=1)
    # The side between west and east is near, and of the sides that cross it what is within a metre of the limit.
    west, east = row(found, "a"), row(found, "b")
    assert west["along"] == pytest.approx((10 + 2 * (1 - shift)) / 40, abs=1e-4)
    assert east["along"] == pytest.approx((10 + 2 * (1 + shift)) / 40, abs=1e-4)
    assert west["by_chance"] == east["by_chance"] == pytest.approx(2 * 20 / 400, abs=1e-4)
    assert west["ratio"] == pytest.approx(west["along"] / west["by_chance"])
    assert (west["left_out"], west["border_km"]) == (0, pytest.approx(0.04))
    assert (west["match"], west["share_in_match"], west["parts"]) == ("w", 1, 1)
    assert west["share_of_match"] == west["overlap"] == pytest.approx(100 / ((15 + shift) * 30))
    assert east["match"] == "e"
    assert east["share_in_match"] == pytest.approx(1 - shift / 10)
    assert east["parts"] == pytest.approx(1 / ((shift / 10) ** 2 + (1 - shift / 10) ** 2))
    assert east["outside"] == 0


def test_a_limit_farther_away_is_none_but_where_it_is_crossed():
    found = limit_agreement(FOUR, {"natural": halves(3)}, tolerance=1)
    assert row(found, "a")["along"] == 0
    assert row(found, "b")["along"] == pytest.approx(4 / 40, abs=1e-4)
    assert set(found.table["agrees"]) == {"no"}
    assert set(found.territories["agrees_with"]) == {"none"}


def test_what_lies_where_the_division_ends_is_left_out_and_said():
    part = areas(w=box(-5, -5, 10, 25), e=box(10, -5, 15, 25))
    found = limit_agreement(FOUR, {"natural": part}, tolerance=1)
    east = row(found, "b")
    # Beyond 14 nothing is known: the east side, and six metres of both that lead to it.
    assert east["left_out"] == pytest.approx(22 / 40, abs=1e-4)
    assert east["along"] == pytest.approx(12 / 18, abs=1e-4)
    assert east["outside"] == pytest.approx(0.5)
    assert east["by_chance"] == pytest.approx(2 / 14, abs=1e-4)
    unknown = found.borders[found.borders["limits"] == "unknown"]
    assert unknown["length_km"].sum() == pytest.approx((20 + 3 * 6) / 1000, abs=1e-6)


def test_the_outer_border_of_the_study_is_no_limit_of_markets_made_of_it():
    markets = areas(w=box(0, 0, 10, 20), e=box(10, 0, 20, 20))
    found = limit_agreement(FOUR, {"functional": markets}, tolerance=1)
    west = row(found, "a", "functional")
    assert west["border_km"] == pytest.approx(0.018, abs=1e-6)
    assert west["along"] == pytest.approx(10 / 18, abs=1e-4)
    assert west["by_chance"] == pytest.approx(36 / 18**2, abs=1e-4)
    assert found.territories["agrees_with"].tolist() == ["functional"] * 4
    whole = found.divisions.iloc[0]
    assert (whole["units"], whole["limits_km"]) == (2, pytest.approx(0.02, abs=1e-4))
    assert whole["bordered"] == 1
    assert whole["along"] == pytest.approx(20 / 36, abs=1e-4)


def test_cut_offs_decide_and_both_are_needed():
    given = {"functional": halves(), "natural": areas(s=box(-5, -5, 25, 10), n=box(-5, 10, 25, 25))}
    found = limit_agreement(FOUR, given, tolerance=1, min_share=0.3)
    assert found.territories["agrees_with"].tolist() == ["functional + natural"] * 4
    for wrong in ({"min_share": 0.31}, {"min_share": 0.3, "min_ratio": 3.01}):
        assert set(limit_agreement(FOUR, given, tolerance=1, **wrong).territories["agrees_with"]) == {"none"}
    length = found.borders.groupby("limits")["length_km"].sum() * 1000
    # Of each line in the middle, a metre on both sides of the other lies along both.
    assert length["functional + natural"] == pytest.approx(4, abs=1e-3)
    assert length["functional"] == length["natural"] == pytest.approx(18 + 4, abs=1e-3)
    assert length["none"] == pytest.approx(80 - 8, abs=1e-3)


def test_gaps_between_units_hide_no_limit_and_territories_drawn_twice_no_border():
    wide = areas(**{k: box(*(100 * v for v in g.bounds)) for k, g in zip("abcd", FOUR.geometry, strict=True)})
    division = areas(w=box(-500, -500, 998, 2500), e=box(1002, -500, 2500, 2500))
    found = limit_agreement(wide, {"natural": division}, tolerance=100)
    # Both edges of the gap are limits, two metres off the border.
    assert row(found, "a")["along"] == pytest.approx((1000 + 2 * 102) / 4000, abs=1e-4)
    moved = [shapely.transform(g, lambda at: at + 1e-7) if k % 2 else g for k, g in enumerate(wide.geometry)]
    again = limit_agreement(wide.set_geometry(moved), {"natural": division}, tolerance=100)
    pd.testing.assert_series_equal(again.table["along"], found.table["along"], atol=1e-6)
    assert len(again.borders) == len(found.borders)


def voronoi(seed, number, size=1000.0):
    points = np.random.default_rng(seed).uniform(0, size, (number, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box(0, 0, size, size))
    )
    cells = shapely.intersection(cells, box(0, 0, size, size))
    return gpd.GeoDataFrame({"territory": [f"t{k}" for k in range(len(cells))]}, geometry=cells, crs=25830)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 9), st.sampled_from([5.0, 40.0]))
def test_lengths_add_up_and_shares_are_those_of_points_along_borders(seed, number, units, tolerance):
    territories, division = voronoi(seed, number), voronoi(seed + 1, units)
    found = limit_agreement(territories, {"natural": division}, tolerance=tolerance)
    lines = found.borders
    twice = lines["length_km"] * (1 + lines["second"].notna())
    assert 1000 * twice.sum() == pytest.approx(territories.length.sum(), rel=1e-5)
    for column in ("first", "second"):
        assert lines[column].dropna().isin(territories["territory"]).all()
    assert lines["first"].notna().all()
    table = found.table
    assert table["along"].dropna().between(0, 1).all()
    assert (table["overlap"] <= table[["share_in_match", "share_of_match"]].min(axis=1) + 1e-9).all()
    assert table["parts"].between(1, units + 1e-9).all()
    # By another way: the distance of many points from where two units meet, and from where the division ends.
    frame = box(0, 0, 1000, 1000).exterior
    inner = shapely.union_all(division.boundary.to_numpy()).difference(frame.buffer(1e-6))
    for territory, share, left in zip(territories.geometry, table["along"], table["left_out"], strict=True):
        ring = territory.exterior
        points = shapely.line_interpolate_point(ring, np.arange(0.5, 4000) / 4000, normalized=True)
        known = shapely.distance(points, frame) > tolerance
        assert left == pytest.approx(1 - known.mean(), abs=0.005)
        if known.any():
            near = shapely.distance(points[known], inner) <= tolerance
            assert share == pytest.approx(near.mean(), abs=0.02)
    by_hand = shapely.intersection(
        territories.geometry.to_numpy()[:, None], division.geometry.to_numpy()[None, :]
    )
    common = shapely.area(by_hand)
    either = territories.area.to_numpy()[:, None] + division.area.to_numpy()[None, :] - common
    assert table["overlap"].to_numpy() == pytest.approx((common / either).max(axis=1))


def test_borders_without_a_bond_to_limits_have_a_ratio_of_one():
    # Squares of 100 m, and one territory laid at all places of a lattice over them.
    cells = [box(x, y, x + 100, y + 100) for x in range(-300, 700, 100) for y in range(-300, 700, 100)]
    squares = gpd.GeoDataFrame({"territory": [str(k) for k in range(len(cells))]}, geometry=cells, crs=25830)
    shape = shapely.Polygon([(0, 0), (230, 40), (260, 170), (90, 250), (-40, 120)])
    shares, chances = [], []
    for x in range(5, 100, 10):
        for y in range(5, 100, 10):
            moved = areas(t=shapely.transform(shape, lambda at, by=(x, y): at + by))
            found = limit_agreement(moved, {"natural": squares}, tolerance=10).table.iloc[0]
            shares.append(found["along"])
            chances.append(found["by_chance"])
    # The share of a square within 10 m of its edge.
    assert np.mean(shares) == pytest.approx(1 - 0.8**2, abs=0.01)
    assert np.mean(chances) == pytest.approx(1 - 0.8**2, abs=0.005)


def test_refusals_and_a_division_without_limits():
    points = FOUR.set_geometry(FOUR.centroid)
    with pytest.raises(LayerError, match="no division to compare with is given"):
        layers.limit_agreement(FOUR)
    with pytest.raises(LayerError, match="natural: limits are those of polygons; rows of other shapes: 4"):
        layers.limit_agreement(FOUR, natural=points)
    with pytest.raises(LayerError, match="territories: limits are those of polygons"):
        layers.limit_agreement(points, natural=FOUR)
    with pytest.raises(CRSError, match="are in degrees"):
        layers.limit_agreement(FOUR.to_crs(4326), natural=FOUR)
    with pytest.warns(GeoterritorioWarning, match="natural: no two of its units meet"):
        found = layers.limit_agreement(FOUR, natural=areas(all=box(-50, -50, 70, 70)), tolerance=1)
    assert (found.table["along"] == 0).all()
    assert found.table["ratio"].isna().all()
    assert found.table["match"].tolist() == ["all"] * 4
    assert np.isnan(found.divisions["bordered"].item())


def test_a_division_elsewhere_is_unknown():
    away = halves().set_geometry(halves().translate(1000, 0))
    with pytest.warns(GeoterritorioWarning, match="no two of its units meet"):
        found = limit_agreement(FOUR, {"functional": away}, tolerance=1)
    assert set(found.territories["agrees_with"]) == {"unknown"}
    assert set(found.borders["limits"]) == {"unknown"}
    assert found.table["along"].isna().all()
    assert found.table["match"].isna().all()
    assert (found.table["outside"] == 1).all()


def test_the_invented_territory(samples):
    pytest.importorskip("pyflwdir")
    folder = samples / "comarca"
    read = {
        n: as_territories(gpd.read_file(folder / f"{n}.gpkg"))
        for n in ("municipalities_2025", "labour_markets")
    }
    basins = natural_basins(read_grid(folder / "elevation_200m.tif"), min_area=100).basins
    given = (read["municipalities_2025"], read["labour_markets"], basins)
    before = [layer.copy() for layer in given]
    found = layers.limit_agreement(*given)
    for layer, old in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(layer, old)
    for output in descriptions()["limit_agreement"]["outputs"]:
        check_layer(getattr(found, output["name"]), layer_of(output))
    whole = found.divisions.set_index("division")
    # Markets were made of municipalities; borders were drawn without a look at the relief.
    assert whole.loc["functional", "bordered"] == pytest.approx(1)
    assert whole.loc["functional", "ratio"] > 3
    assert 0.8 < whole.loc["natural", "ratio"] < 1.3
    assert (found.table.loc[found.table["division"] == "functional", "share_in_match"] > 0.999).all()
