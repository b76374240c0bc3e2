"""Seeded workloads, and a table of what the benchmarks found.

Run by ``book.py``, or with ``pytest benchmarks --benchmark-only``: three rounds of each side after a warm one, medians,
ratio, the same by processor time, the peak of memory above what the inputs take, and the load of the machine.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pytest
import shapely
from scipy.spatial import Voronoi

SIDE = 1_000_000.0
ROUNDS = 3
# Seconds beyond which a peer is asked once.
LONG = 30
LINES: list[str] = []
COLUMNS = ("work", "ours, s", "peer, s", "ratio", "processor, s", "its ratio", "peak, MB", "load")
LIBRARIES = (
    "geopandas",
    "shapely",
    "pandas",
    "numpy",
    "scipy",
    "numba",
    "scikit-image",
    "folium",
    "networkx",
)
MACHINE = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB"
# Scripts are run by themselves: as modules with doctests they would be imported, and find neither each other nor QGIS.
collect_ignore = [p.name for p in Path(__file__).parent.glob("*.py") if not p.name.startswith("bench_")]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Benchmarks are ``bench_*.py``, so the tests never collect them; pytest itself collects a file that is named."""
    named = parent.session.isinitpath(file_path)
    if file_path.name.startswith("bench_") and file_path.suffix == ".py" and not named:
        return pytest.Module.from_parent(parent, path=file_path)
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--results", type=Path, help="folder in which to leave the rows of each file of benchmarks"
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if LINES:
        terminalreporter.write_sep("=", "ratios")
        terminalreporter.write_line(
            "\n".join([f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *LINES])
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave the rows with what they were measured by, if all of it went well and one file was asked for."""
    folder = session.config.getoption("--results")
    names = {Path(item.path).stem for item in session.items}
    if folder and LINES and exitstatus == 0 and len(names) == 1:
        folder.mkdir(parents=True, exist_ok=True)
        columns = getattr(session.items[0].getparent(pytest.Module).obj, "COLUMNS", COLUMNS)
        made = {
            "day": f"{datetime.now(tz=UTC):%Y-%m-%d}",
            "machine": MACHINE,
            "libraries": {name: metadata.version(name) for name in LIBRARIES},
            "rows": [cells(line, columns) for line in LINES],
        }
        text = json.dumps(made, ensure_ascii=False, indent=1)
        (folder / f"{names.pop()}.json").write_text(text + "\n", encoding="utf-8")


def figure(value: float, digits: int = 3) -> str:
    """A number with so many digits, without powers of ten."""
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")


def cells(line: str, columns: Sequence[str]) -> dict[str, str]:
    """One line of the table by its columns; lines of work that counts no processor time have fewer."""
    found = [c.strip() or "-" for c in line.strip().removeprefix("|").removesuffix("|").split("|")]
    if columns is COLUMNS and len(found) == len(COLUMNS) - 2:
        found[4:4] = ["-", "-"]
    return dict(zip(columns, found, strict=True))


@pytest.fixture
def compare(benchmark: Any) -> Callable[..., tuple[Any, Any]]:
    """Time both sides, note the line of the table, return both results."""

    def run(
        name: str, ours: Callable[[], Any], peer: Callable[[], Any] | None = None, *, part: float = 1
    ) -> tuple[Any, Any]:
        """With `part`, the peer does that part of the work only, and its times are scaled up."""
        found, memory = peak_above(ours)
        expected, theirs, its_processor = _of_peer(peer, part) if peer else (None, None, None)
        spent: list[float] = []
        benchmark.pedantic(_by_processor(ours, spent), rounds=ROUNDS, iterations=1)
        mine, processor = benchmark.stats.stats.median, statistics.median(spent)
        shown = f"{figure(theirs)} | {figure(theirs / mine, 2)}" if theirs else "- | -"
        ratio = figure(its_processor / processor, 2) if its_processor else "-"
        load = "/".join(f"{x:.1f}" for x in os.getloadavg()[:2])
        LINES.append(
            f"| {name} | {figure(mine)} | {shown} | {figure(processor)} | {ratio} | {memory:.0f} | {load} |"
        )
        return found, expected

    return run


def _by_processor(work: Callable[[], Any], spent: list[float]) -> Callable[[], Any]:
    """The work, with the processor time of all its threads noted."""

    def timed() -> Any:
        start = time.process_time()
        found = work()
        spent.append(time.process_time() - start)
        return found

    return timed


def _of_peer(peer: Callable[[], Any], part: float) -> tuple[Any, float, float]:
    """Result of the peer, median seconds, and median processor time; once is enough where it takes long."""
    spent: list[float] = []
    timed, clock = _by_processor(peer, spent), []
    start = time.perf_counter()
    found = timed()
    first = time.perf_counter() - start
    if first > LONG:
        return found, first / part, spent[0] / part
    spent.clear()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        timed()
        clock.append(time.perf_counter() - start)
    return found, statistics.median(clock) / part, statistics.median(spent) / part


def peak_above(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result of `work` and the peak of resident memory above that before it, in MB; NaN where unknown."""
    gc.collect()
    # Memory freed but kept by the allocator would hide what the work takes.
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    before = psutil.Process().memory_info().rss
    try:
        # Linux forgets the highest resident memory on this word.
        Path("/proc/self/clear_refs").write_text("5")
        found = work()
        status = Path("/proc/self/status").read_text()
    except OSError:
        return work(), float("nan")
    highest = int(status.split("VmHWM:")[1].split()[0]) * 1024
    return found, (highest - before) / 2**20


@pytest.fixture(scope="session")
def municipalities() -> gpd.GeoDataFrame:
    """Municipalities of an invented country."""
    return country()


def country() -> gpd.GeoDataFrame:
    """
    About 8000 Voronoi cells of a square country with wiggly borders.

    Each border is drawn once, so neighbours share it to the last bit.
    """
    rng = np.random.default_rng(1)
    sites = rng.uniform(0, SIDE, (8000, 2))
    mirrors = [((-1, 1), 0), ((1, -1), 0), ((-1, 1), (2 * SIDE, 0)), ((1, -1), (0, 2 * SIDE))]
    voronoi = Voronoi(np.vstack([sites, *(sites * sign + shift for sign, shift in mirrors)]))
    ends = voronoi.vertices[np.array([r for r in voronoi.ridge_vertices if min(r) >= 0])]
    middle = ends.mean(axis=1)
    kept = ((middle > -1) & (middle < SIDE + 1)).all(axis=1)
    cells = shapely.get_parts(shapely.polygonize([_wiggle(a, b, rng) for a, b in ends[kept]]))
    names = [f"{k:05d}" for k in rng.permutation(len(cells))]
    return gpd.GeoDataFrame({"territory": names}, geometry=cells, crs=25830)


def _wiggle(a: np.ndarray, b: np.ndarray, rng: np.random.Generator, parts: int = 20) -> shapely.LineString:
    line = a + np.linspace(0, 1, parts + 1)[:, None] * (b - a)
    outer = np.isclose(a, b, atol=1e-6) & (np.isclose(a, 0, atol=1e-6) | np.isclose(a, SIDE, atol=1e-6))
    if not outer.any():
        across = np.array([b[1] - a[1], a[0] - b[0]])
        line[1:-1] += across * rng.uniform(-0.4, 0.4, (parts - 1, 1)) / parts
    return shapely.LineString(line)


@pytest.fixture(scope="session")
def register() -> pd.DataFrame:
    """Ten million establishments of 600 sectors in 8000 territories, coded."""
    rng = np.random.default_rng(1)
    number, codes = 10_000_000, {}
    for name, size, spread in (("territory", 8000, 1.6), ("sector", 600, 1.3)):
        weights = rng.lognormal(0, spread, size)
        drawn = rng.choice(size, number, p=weights / weights.sum())
        codes[name] = pd.Categorical.from_codes(drawn, [f"{k:05d}" for k in range(size)])
    return pd.DataFrame({**codes, "employment": np.ceil(rng.lognormal(0.8, 1.2, number))})


@pytest.fixture
def lines() -> list[str]:
    """The lines of the table, for benchmarks that measure something else than a call."""
    return LINES
