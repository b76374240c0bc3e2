"""
Points and areas on web maps: how large the file, how soon open, how long the slowest step of the zoom, how much memory.

Peers ask the network for their scripts. These come from the folder GEOTERRITORIO_PEER_SCRIPTS, which holds the unpacked
npm packages leaflet, jquery, bootstrap, leaflet.markercluster and the like; without it only our own layer is
measured. What is still asked for is named, and fails as it would behind a firewall.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import folium
import folium.plugins
import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pytest
import shapely
from playwright.sync_api import sync_playwright

from geoterritorio.publication import firm_layer, quotient_layer, territory_map

SCRIPTS = Path(os.environ.get("GEOTERRITORIO_PEER_SCRIPTS", "/absent"))
LONGEST = 240_000
COLUMNS = ("work", "made, s", "file, MB", "open, s", "zoom, ms", "memory, MB", "load", "failed")
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))"
STEPS = """async () => {
    const frames = () => FRAMES;
    const chart = Object.values(window).find(v => window.L && v instanceof L.Map);
    const press = id => document.getElementById(id).click();
    const steps = chart ? [1, 1, -1, -1].map(by => () => chart.setZoom(chart.getZoom() + by, { animate: false }))
        : ['in', 'in', 'out', 'out'].map(id => () => press(id));
    let worst = 0;
    for (const step of steps) {
        const began = performance.now();
        step();
        await frames();
        worst = Math.max(worst, performance.now() - began);
    }
    return Math.round(worst);
}""".replace("FRAMES", FRAMES)


def points(number: int) -> gpd.GeoDataFrame:
    """Establishments around four hundred towns, of sixty sectors and of any size, with the years they were open."""
    rng = np.random.default_rng(1)
    weights = rng.lognormal(0, 1.6, 400)
    xy = rng.uniform([-6, 37], [2, 43], (400, 2))[rng.choice(400, number, p=weights / weights.sum())]
    xy += rng.normal(0, 0.04, (number, 2)) * rng.gamma(1, 1, (number, 1))
    words = np.array(
        [f"{a}{b}" for a in ("Tall", "Peñ", "Gar", "Ruiz") for b in ("eres", "a", "ía", "o", "al")]
    )
    first, second = words[rng.integers(0, 20, (2, number))]
    return gpd.GeoDataFrame(
        {
            "name": first + " " + second + " " + rng.integers(1, 9999, number).astype(str),
            "sector": np.char.mod("%02d", np.minimum(60, rng.geometric(0.08, number))),
            "employment": np.ceil(rng.lognormal(1, 1.3, number)),
            "opened": rng.integers(1960, 2025, number),
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=4326,
    )


def ours(rows: gpd.GeoDataFrame, *, names: bool = False) -> Any:
    ground = gpd.GeoDataFrame({"territory": ["1"]}, geometry=[shapely.box(-6, 37, 2, 43)], crs=4326)
    layer = firm_layer(rows, name="Establishments", names=names, why_shown="They are synthetic.")
    return territory_map(ground, layer)


def framed() -> folium.Map:
    chart = folium.Map(location=[40, -2], zoom_start=6, tiles=None, prefer_canvas=True)
    chart.options["maxZoom"] = 18  # without tiles nothing states it, and clusters are not drawn
    return chart


def clustered(rows: gpd.GeoDataFrame) -> Any:
    chart = framed()
    folium.plugins.FastMarkerCluster(np.column_stack([rows.geometry.y, rows.geometry.x]).tolist()).add_to(
        chart
    )
    return chart


def as_geojson(rows: gpd.GeoDataFrame) -> Any:
    chart = framed()
    folium.GeoJson(rows, marker=folium.CircleMarker(radius=3)).add_to(chart)
    return chart


def explored(rows: gpd.GeoDataFrame) -> Any:
    return rows.explore("sector", tiles=None, prefer_canvas=True)


CASES: list[tuple[str, Callable[..., Any], tuple[int, ...]]] = [
    ("firm_layer", ours, (10_000, 100_000, 1_000_000)),
    ("firm_layer with names", lambda rows: ours(rows, names=True), (10_000, 100_000, 1_000_000)),
    ("folium FastMarkerCluster", clustered, (10_000, 100_000, 1_000_000)),
    ("folium.GeoJson", as_geojson, (10_000, 100_000)),
    ("geopandas.explore", explored, (10_000, 100_000)),
]


def quotients(places: gpd.GeoDataFrame) -> Any:
    rows = pd.DataFrame({"territory": places["territory"], "sector": "C13", "lq": places["lq"]})
    return territory_map(places, quotient_layer(places, rows, name="Quotients"))


def areas_as_geojson(places: gpd.GeoDataFrame) -> Any:
    chart = framed()
    folium.GeoJson(places).add_to(chart)
    return chart


AREAS: list[tuple[str, Callable[..., Any]]] = [
    ("quotient_layer", quotients),
    ("folium.GeoJson", areas_as_geojson),
    ("geopandas.explore", lambda places: places.explore("lq", tiles=None, prefer_canvas=True)),
]


def local(route: Any, lost: list[str]) -> None:
    """A script of the name asked for, from the folder of packages, whatever its host."""
    name = re.sub(r"-[\d.]+(?=\.min)", "", Path(urlparse(route.request.url).path).name)
    found = sorted(SCRIPTS.rglob(name)) if SCRIPTS.exists() else []
    if found:
        route.fulfill(path=found[0])
    else:
        lost.append(name)
        route.abort()


def measured(path: Path) -> tuple[float, float, float, list[str]]:
    """Seconds to ready, milliseconds of the worst zoom step, megabytes of the largest process, what failed."""
    lost: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.route(lambda url: url.startswith("http"), lambda route: local(route, lost))
        page.on("pageerror", lambda error: lost.append(str(error)))
        page.set_default_timeout(LONGEST)
        began = time.perf_counter()
        page.goto(path.as_uri(), wait_until="load", timeout=LONGEST)
        if 'id="gt"' in path.read_text(encoding="utf-8"):
            page.wait_for_selector("html[data-ready]", state="attached")
        page.evaluate("() => " + FRAMES)
        seconds = time.perf_counter() - began
        worst = page.evaluate(STEPS)
        memory = max(
            p.memory_info().rss
            for p in psutil.Process().children(recursive=True)
            if "renderer" in " ".join(p.cmdline())
        )
        browser.close()
    return seconds, worst, memory / 1e6, lost


@pytest.mark.parametrize(
    ("name", "make", "number"), [(name, make, n) for name, make, sizes in CASES for n in sizes]
)
def test_points(
    name: str, make: Callable[..., Any], number: int, tmp_path: Path, benchmark: Any, lines: list[str]
) -> None:
    needs(name)
    rows = points(number)
    lines.append(line(f"{name}, {number:,}", lambda: make(rows), tmp_path / "map.html", benchmark))
    print(lines[-1])


@pytest.mark.parametrize(("name", "make"), AREAS)
def test_areas(
    name: str,
    make: Callable[..., Any],
    municipalities: gpd.GeoDataFrame,
    tmp_path: Path,
    benchmark: Any,
    lines: list[str],
) -> None:
    needs(name)
    # About thirteen vertices each, as published boundaries of municipalities for maps have them.
    drawn = shapely.coverage_simplify(np.asarray(municipalities.geometry), 800)
    places = municipalities.set_geometry(drawn, crs=municipalities.crs).assign(
        lq=np.random.default_rng(1).lognormal(0, 0.5, len(municipalities))
    )
    made = line(f"{name}, {len(places):,} polygons", lambda: make(places), tmp_path / "map.html", benchmark)
    lines.append(made)
    print(made)


def needs(name: str) -> None:
    """Skip a peer whose scripts are not there."""
    if not name.startswith(("firm_layer", "quotient_layer")) and not SCRIPTS.exists():
        pytest.skip("scripts of the peers: set GEOTERRITORIO_PEER_SCRIPTS")


def line(name: str, make: Callable[[], Any], path: Path, benchmark: Any) -> str:
    """The line of the table of one map."""
    began = time.perf_counter()
    benchmark.pedantic(lambda: make().save(str(path)), rounds=1)
    made = time.perf_counter() - began
    size = path.stat().st_size / 1e6
    load = "/".join(f"{x:.0f}" for x in os.getloadavg()[:2])
    try:
        seconds, worst, memory, lost = measured(path)
        told = f"{seconds:.1f} | {worst} | {memory:.0f} | {load} | {', '.join(sorted(set(lost))) or '-'}"
    except Exception as error:  # noqa: BLE001 - that a browser gives up is a finding of its own
        told = f"not open: {type(error).__name__} | - | - | {load} | -"
    return f"| {name} | {made:.1f} | {size:.2f} | {told} |"
