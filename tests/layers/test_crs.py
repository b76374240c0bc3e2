import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geoterritorio.errors import CRSError, GeoterritorioWarning
from geoterritorio.layers.crs import align, fitting_crs, require_metres, scale_departure


def test_metres_in_utm(territories):
    require_metres(
        territories.set_crs(25830, allow_override=True).translate(5e5, 4.4e6).to_frame("geometry"), name="t"
    )


@pytest.mark.parametrize(
    ("crs", "said"), [(4326, "in degrees"), (3857, "does not measure metres"), (2225, "does not")]
)
def test_refused_systems_name_one_that_fits(crs, said):
    layer = gpd.GeoDataFrame(geometry=[box(-122.5, 38, -122, 38.5)], crs=4326).to_crs(crs)
    with pytest.raises(CRSError) as caught:
        require_metres(layer, name="firms")
    assert said in str(caught.value)
    assert "EPSG:32610" in str(caught.value)


def test_scale_witness():
    """UTM's scale is 0.9996 on its central meridian (the definition of the system)."""
    layer = gpd.GeoDataFrame(geometry=[box(-3.001, 40, -2.999, 40.001)], crs=4326).to_crs(25830)
    assert scale_departure(layer) == pytest.approx(0.0004, abs=1e-6)


def test_scale_of_very_many_points_is_that_of_their_box():
    """A million points take no longer than four; across the antimeridian each is looked at."""
    rng = np.random.default_rng(1)
    for crs, west, south in ((25830, 2e5, 4.0e6), (32601, 3e4, 5e6)):
        points = gpd.GeoSeries.from_xy(
            west + 5e5 * rng.random(120_000), south + 8e5 * rng.random(120_000), crs=crs
        )
        layer = points.to_frame("geometry")
        corners = gpd.GeoDataFrame(geometry=[box(*layer.total_bounds)], crs=crs)
        each = scale_departure(gpd.GeoDataFrame(geometry=layer.geometry.iloc[:90_000], crs=crs))
        assert scale_departure(layer) == pytest.approx(each, rel=0.05)
        assert scale_departure(corners) == pytest.approx(each, rel=0.05)


def test_a_far_zone_is_refused_and_a_near_one_warned():
    west = gpd.GeoDataFrame(geometry=[box(-23, 28, -22, 29)], crs=4326).to_crs(25830)
    with pytest.raises(CRSError, match="wrong by up to"):
        require_metres(west, name="canarias")
    near = gpd.GeoDataFrame(geometry=[box(6, 41, 7, 42)], crs=4326).to_crs(25830)
    with pytest.warns(GeoterritorioWarning, match="wrong by up to"):
        require_metres(near, name="east")


def test_wide_layers_get_an_equal_area_system():
    layer = gpd.GeoDataFrame(geometry=[box(-120, 25, -70, 49)], crs=4326)
    assert fitting_crs(layer) == "+proj=laea +lat_0=37.0 +lon_0=-95.0"


def test_align_says_so(territories):
    other = territories.to_crs(4326)
    with pytest.warns(GeoterritorioWarning, match="reprojected from WGS 84"):
        assert align(other, territories, name="firms").crs == territories.crs
