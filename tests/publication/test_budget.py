"""A whole country in one file: how large, how soon open."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.publication import quotient_layer, territory_map

# Milliseconds of the slowest of four steps of the zoom, each until it is drawn.
STEPS = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    let worst = 0;
    for (const id of ['in', 'in', 'out', 'out']) {
        const began = performance.now();
        document.getElementById(id).click();
        await frame();
        await frame();
        await new Promise((done) => setTimeout(done));
        worst = Math.max(worst, performance.now() - began);
    }
    return worst;
}"""


@pytest.fixture(scope="module")
def municipalities():
    """8100 territories with wiggly borders x 20 sectors, nine columns of figures, no cell unknown."""
    rng = np.random.default_rng(7)
    side, sectors = 90, 20
    steps = np.linspace(0, 1, 6)[:-1]
    grid = rng.normal(0, 0.006, (side + 1, side + 1, 2, 5, 2))

    def border(row, column, across):
        wiggle = grid[row, column, int(across)]
        line = np.stack(
            [column / 10 + steps * across / 10, 36 + row / 10 + steps * (not across) / 10], axis=1
        )
        wiggle = np.where(steps[:, None] > 0, wiggle, 0)
        return line + wiggle

    shapes = []
    for row in range(side):
        for column in range(side):
            far = [border(row + 1, column, 1)[1:][::-1], border(row, column + 1, 0)]
            ring = [border(row, column, 1), far[1], [[(column + 1) / 10, 36 + (row + 1) / 10]], far[0]]
            ring += [[[column / 10, 36 + (row + 1) / 10]], border(row, column, 0)[1:][::-1]]
            shapes.append(shapely.Polygon(np.concatenate(ring)))
    n = side * side
    ids = [f"{k:05d}" for k in range(n)]
    towns = gpd.GeoDataFrame(
        {"territory": ids, "name": [f"Municipality {k}" for k in ids]}, geometry=shapes, crs=4326
    )
    size = rng.lognormal(5.5, 1.5, n)
    share = rng.dirichlet(np.full(sectors, 1.5))
    jobs = rng.poisson(size[:, None] * share * rng.gamma(0.5, 2.0, (n, sectors))).astype(float)
    lq = (jobs / np.maximum(jobs.sum(1, keepdims=True), 1)) / (jobs.sum(0) / jobs.sum())
    error = 1 / np.sqrt(np.maximum(jobs, 0.5))
    p = np.clip(np.exp(-0.7 * (np.log(np.maximum(lq, 0.05)) / error) ** 2), 0, 1)
    table = pd.DataFrame(
        {
            "territory": np.repeat(ids, sectors),
            "sector": np.tile([f"S{k:02d}" for k in range(sectors)], n),
            "lq": lq.ravel(),
            "low": (lq * np.exp(-1.96 * error)).ravel(),
            "high": (lq * np.exp(1.96 * error)).ravel(),
            "p": p.ravel(),
            "q": np.minimum(1, 2 * p).ravel(),
            "employment": jobs.ravel(),
            "establishments": np.ceil(jobs / 6).ravel(),
            "certainty": np.where(
                jobs < 5, "few", np.where(p < 0.03, np.where(lq > 1, "high", "low"), "unclear")
            ).ravel(),
        }
    )
    return towns, table


@pytest.fixture(scope="module")
def country(tmp_path_factory, municipalities):
    towns, table = municipalities
    path = tmp_path_factory.mktemp("country") / "country.html"
    began = time.perf_counter()
    territory_map(towns, quotient_layer(towns, table, name="Municipalities")).save(path)
    return path, time.perf_counter() - began


def test_a_country_fits_its_budget(opened, country):
    path, seconds = country
    size = path.stat().st_size
    began = time.perf_counter()
    seen = opened(path)
    ready = time.perf_counter() - began
    seen.clean(path)
    assert size <= 2_300_000, size
    assert seconds <= 15, seconds
    # the budget is 1.5 s on a quiet machine; a busy one gets room
    assert ready <= 6, ready


def test_one_indicator_with_certainty_fits_its_budget(opened, municipalities, tmp_path):
    towns, table = municipalities
    assert len(towns) >= 8_000
    # published boundaries of municipalities for maps have about thirteen vertices each
    assert shapely.get_num_coordinates(towns.geometry.to_numpy()).mean() >= 13
    one = table[table["sector"] == "S00"][["territory", "sector", "lq", "low", "high", "certainty"]]
    path = tmp_path / "one.html"
    territory_map(towns, quotient_layer(towns, one, name="Municipalities")).save(path)
    assert path.stat().st_size <= 1_000_000
    began = time.perf_counter()
    seen = opened(path)
    ready = time.perf_counter() - began
    worst = seen.page.evaluate(STEPS)
    seen.clean(path)
    # on a quiet machine 1.5 s; a busy one gets room
    assert ready <= 6, ready
    assert worst <= 3_000, worst
