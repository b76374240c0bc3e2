"""Surfaces and clumps on layers, and as files."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from geoterritorio import registry
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.interface.run import Source, run_tool
from geoterritorio.layers.grids import read_grid
from geoterritorio.layers.schema import DENSITY
from geoterritorio.patterns.surfaces import SurfaceRules
from geoterritorio.patterns.surfaces import density_surface as measure
from geoterritorio.patterns.tools import clumps, density_surface
from geoterritorio.patterns.tools.clumping import CLUMPED, CLUMPS, outline
from geoterritorio.registry import no_progress
from geoterritorio.study import results


@pytest.fixture
def register():
    rng = np.random.default_rng(1)
    placed = [rng.normal(c, 300, (n, 2)) for c, n in (((5e3, 5e3), 60), ((2e4, 8e3), 40))]
    places = np.vstack([*placed, rng.uniform(0, 25_000, (100, 2))]) + np.array([600_000, 4_400_000])
    sector = np.r_[rng.choice(["10.1", "10.2"], 100), rng.choice(["10.1", "62.0", "47.1"], 100)]
    return gpd.GeoDataFrame(
        {
            "firm": [f"f{i}" for i in range(200)],
            "sector": sector,
            "employment": np.ceil(rng.lognormal(1, 1, 200)),
        },
        geometry=gpd.points_from_xy(*places.T),
        crs=25830,
    )


@pytest.fixture
def land():
    left, right = (
        shapely.box(*b) for b in ((6e5, 4.4e6, 612_500, 4_425_000), (612_500, 4.4e6, 625_000, 4_425_000))
    )
    return gpd.GeoDataFrame({"territory": ["a", "b"]}, geometry=[left, right], crs=25830)


def test_surface_is_that_of_the_measure(register):
    result = density_surface(register, sector="10.1; 10.2", bandwidth="scott", cell=200)
    points = pd.DataFrame({"x": register.geometry.x, "y": register.geometry.y, "sector": register["sector"]})
    expected = measure(points, ["10.1", "10.2"], rules=SurfaceRules(bandwidth="scott", cell=200))
    np.testing.assert_allclose(result.surface.values, expected.values, rtol=1e-6)
    assert result.bandwidth == expected.bandwidth
    assert result.surface.crs == register.crs
    assert result.surface.tags["unit"] == "establishments per km2"
    assert result.surface.tags["bandwidth"].endswith("m (scott)")


def test_surface_inside_land_of_another_system(register, land):
    with pytest.warns(GeoterritorioWarning, match="reprojected"):
        result = density_surface(register, land.to_crs(3042), bandwidth="1000", cell=250)
    values = result.surface.values
    assert values.shape in {(100, 100), (101, 101)}
    assert np.nansum(values) * 0.25**2 == pytest.approx(200, rel=0.05)


def test_surface_of_jobs_and_quotient(register):
    jobs = density_surface(register, bandwidth="1000", measure="employment")
    cell = jobs.surface.cell[0] / 1000
    every = register["employment"].sum()
    assert jobs.surface.tags["total"] == f"{every:.10g} jobs of {len(register)} establishments"
    assert jobs.surface.values.sum() * cell**2 == pytest.approx(register["employment"].sum(), rel=1e-3)
    quotient = density_surface(register, sector="10.2", bandwidth="1000", relative=True)
    assert quotient.surface.tags["unit"] == "location quotient"
    assert np.nanmax(quotient.surface.values) > 1


def test_surface_as_a_file(tmp_path, register):
    firms, target = tmp_path / "firms.gpkg", tmp_path / "density.tif"
    register.to_file(firms)
    description = registry.describe("density_surface")
    arguments = {"firms": Source(str(firms), {}), "bandwidth": "nearest"}
    values = run_tool(description, arguments, {"surface": str(target)}, progress=no_progress)
    with rasterio.open(target) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.tags()["kernel"] == "gaussian"
        assert file.crs.to_epsg() == 25830
    grid = read_grid(target, DENSITY)
    assert grid.values.sum() * (grid.cell[0] / 1000) ** 2 == pytest.approx(200, rel=1e-3)
    assert values == {"bandwidth": pytest.approx(float(grid.tags["bandwidth"].split()[0]), rel=1e-4)}
    with pytest.raises(LayerError, match="file of its own"):
        run_tool(description, arguments, {"surface": str(tmp_path / "d.gpkg")}, progress=no_progress)


def test_clumps_have_outlines_that_hold_their_establishments(register):
    result = clumps(register)
    areas, plants = result.areas, result.establishments
    assert list(areas["clump"]) == ["1", "2"]
    assert list(areas.columns) == [*(c.name for c in CLUMPS.columns), "geometry"]
    assert list(plants.columns) == [*(c.name for c in CLUMPED.columns if c.name != "name"), "geometry"]
    assert areas.is_valid.all()
    for row in areas.itertuples():
        mine = plants[plants["clump"] == row.clump]
        assert len(mine) == row.plants
        assert mine.within(row.geometry).all()
        assert row.area_km2 == pytest.approx(row.geometry.area / 1e6)
        assert row.plants_km2 == pytest.approx(len(mine) / row.geometry.area * 1e6)
    np.testing.assert_allclose(areas["lq"], 1)
    assert areas["method"].str.startswith("dbscan, least 14, distance ").all()


def test_quotient_of_a_clump_is_that_of_its_outline(register):
    result = clumps(register, sector="10.2")
    inside = register.intersects(result.areas.geometry[0])
    own = register["sector"] == "10.2"
    assert result.areas["lq"][0] == pytest.approx(own[inside].mean() / own.mean())
    assert result.areas["lq"][0] > 1
    assert len(result.establishments) == own.sum()


def test_no_clump_is_empty_layers_that_can_be_written(tmp_path, register):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 100_000, (2, 200))
    even = register.set_geometry(gpd.points_from_xy(x + 600_000, y + 4_400_000, crs=25830))
    source, target = tmp_path / "firms.gpkg", tmp_path / "clumps.gpkg"
    even.to_file(source)
    targets = {"areas": f"{target}|areas", "establishments": f"{target}|plants"}
    arguments = {"firms": Source(str(source), {}), "distance": "10"}
    run_tool(registry.describe("clumps"), arguments, targets, progress=no_progress)
    assert len(gpd.read_file(target, layer="areas")) == 0
    plants = gpd.read_file(target, layer="plants")
    assert plants["clump"].isna().all()
    assert len(plants) == 200


def test_outlines_do_not_depend_on_how_many_share_a_point():
    places = np.random.default_rng(1).normal(0, 500, (40, 2))
    assert outline(np.repeat(places, 2, axis=0)).equals(outline(places))
    one = np.vstack([places, np.repeat(places[:1], 80, axis=0)])
    assert outline(one).area == outline(places).area


@pytest.mark.parametrize("shape", ["concave", "convex"])
@pytest.mark.parametrize(
    "places",
    [
        [[0.0, 0.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[0.0, 0.0], [5.0, 0.0], [9.0, 0.0]],
        np.random.default_rng(1).normal(0, 500, (80, 2)),
    ],
    ids=["one", "coincident", "line", "cloud"],
)
def test_outlines_are_valid(shape, places):
    found = outline(np.array(places), shape=shape)
    assert found.is_valid
    assert found.area > 0
    assert found.covers(shapely.MultiPoint(np.array(places)))


def test_identifiers_that_repeat_are_no_matter_to_clumps_and_surfaces(register):
    result, same = clumps(register), clumps(register.assign(firm="f"))
    np.testing.assert_allclose(result.areas["plants"], same.areas["plants"])
    assert same.establishments["clump"].equals(result.establishments["clump"])


def test_clumped_establishments_are_kept_off_public_maps():
    assert CLUMPED.kind in results._ESTABLISHMENTS


REFUSED = {
    "degrees": (lambda f, _: density_surface(f.to_crs(4326)), CRSError, "degrees"),
    "no place": (
        lambda f, _: clumps(f.set_geometry([None] * 200, crs=25830)),
        LayerError,
        "distances need points",
    ),
    "no jobs": (
        lambda f, _: density_surface(f.drop(columns="employment"), measure="employment"),
        LayerError,
        "weights need the column “employment”",
    ),
    "no rule": (lambda f, _: density_surface(f, bandwidth="wide"), LayerError, "neither a number of metres"),
    "no distance": (lambda f, _: clumps(f, distance="far"), LayerError, "neither a number of metres"),
    "land of points": (
        lambda f, land: density_surface(f, land.set_geometry(land.centroid)),
        LayerError,
        "must be polygons",
    ),
    "no sector": (lambda f, _: clumps(f, sector="10.1;99"), LayerError, "“99”"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, register, land):
    call, error, match = REFUSED[name]
    with pytest.raises(error, match=match):
        call(register, land)
