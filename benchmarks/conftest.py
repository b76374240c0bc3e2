"""Seeded workloads and the report of the benchmarks.

Run with ``pytest benchmarks --benchmark-only``. Each file prints a line of Markdown with the median of three
warm runs of both sides, their ratio, the peak of memory above the input and the load of the machine.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import Voronoi

SIDE = 1_000_000.0
LINES: list[str] = []


def municipalities(number: int, *, vertices: int = 40, seed: int = 1) -> gpd.GeoDataFrame:
    """
    Square country divided into Voronoi cells with wiggly borders.

    Each border is drawn once, so neighbours share it to the last bit.
    """
    rng = np.random.default_rng(seed)
    sites = rng.uniform(0, SIDE, (number, 2))
    mirrored = [
        sites * s + t
        for s, t in [((-1, 1), 0), ((1, -1), 0), ((-1, 1), (2 * SIDE, 0)), ((1, -1), (0, 2 * SIDE))]
    ]
    voronoi = Voronoi(np.vstack([sites, *mirrored]))
    ridges = np.array([r for r in voronoi.ridge_vertices if min(r) >= 0])
    ends = voronoi.vertices[ridges]
    middle = ends.mean(axis=1)
    kept = ((middle > -1) & (middle < SIDE + 1)).all(axis=1)
    lines = [_wiggle(a, b, vertices, rng) for a, b in ends[kept]]
    cells = shapely.get_parts(shapely.polygonize(lines))
    names = [f"{k:05d}" for k in range(len(cells))]
    return gpd.GeoDataFrame({"territory": names}, geometry=cells, crs=25830)


def _wiggle(a: Any, b: Any, vertices: int, rng: np.random.Generator) -> shapely.LineString:
    t = np.linspace(0, 1, vertices // 6 + 2)[:, None]
    line = a + t * (b - a)
    outer = np.isclose(a, b, atol=1e-6) & (np.isclose(a, 0, atol=1e-6) | np.isclose(a, SIDE, atol=1e-6))
    if not outer.any():
        across = np.array([b[1] - a[1], a[0] - b[0]])
        line[1:-1] += across * rng.uniform(-0.04, 0.04, (len(t) - 2, 1))
    return shapely.LineString(line)


def compare(
    name: str, ours: Callable[[], Any], peer: Callable[[], Any] | None = None, rounds: int = 3
) -> dict[str, Any]:
    """Time both sides alternately after one warm run each; report medians, ratio, memory and load."""
    mine = ours()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    theirs = peer() if peer else None
    for _ in range(rounds):
        for side, work in (("ours", ours), ("peer", peer)):
            if work:
                start = time.perf_counter()
                work()
                times[side].append(time.perf_counter() - start)
    median = {side: statistics.median(values) for side, values in times.items() if values}
    ratio = f"{median['peer'] / median['ours']:.1f}x" if peer else "-"
    LINES.append(
        f"| {name} | {median['ours']:.2f} | {median.get('peer', float('nan')):.2f} | {ratio} | "
        f"{before / 1024:.0f} | {os.getloadavg()[0]:.1f} |"
    )
    return {"ours": mine, "peer": theirs, **{f"{k}_seconds": v for k, v in median.items()}}
