"""A national register in parts: ten million establishments, eight thousand municipalities, six hundred sectors.

Ours reads GeoParquet in parts and counts; the peer reads the same files whole, joins and groups, as one would with
geopandas and pandas. Both begin with files and end with counts; memory is that of a process of its own, above what it
takes once everything is imported. On a Dask cluster of two processes one is killed in mid-run. All counts are equal.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pytest

from geoterritorio.concentration.tools import tabulate
from geoterritorio.layers import schema
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.working import Working

PARTS = 20
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)

_OURS = """
from geoterritorio.concentration.tools import tabulate
from geoterritorio.layers import schema
from geoterritorio.layers.partitions import open_parts
def work():
    return tabulate(towns, open_parts(firms, schema.FIRMS, name="firms"))
"""
_PEER = """
def work():
    register = gpd.read_parquet(firms)
    joined = gpd.sjoin(register, towns, predicate="intersects")
    joined = joined[~joined.index.duplicated()]
    joined["squares"] = joined["employment"] ** 2
    return joined.groupby(["territory", "sector"], observed=True).agg(
        employment=("employment", "sum"), establishments=("employment", "size"), squares=("squares", "sum")
    ).reset_index()
"""
_FRAME = """
import sys, time, resource, warnings
from pathlib import Path
import geopandas as gpd, psutil
warnings.simplefilter("ignore")
firms, towns, out = sys.argv[1], gpd.read_parquet(sys.argv[2]), sys.argv[3]
{work}
before = psutil.Process().memory_info().rss
Path("/proc/self/clear_refs").write_text("5")
begin = time.perf_counter()
found = work()
took = time.perf_counter() - begin
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
found.to_parquet(out)
print(took, peak, peak - before / 2**20)
"""


def written(folder: Path, number: int, municipalities: gpd.GeoDataFrame) -> tuple[Path, Path]:
    """Register of so many establishments in parts, and municipalities, as files."""
    place = folder / str(number)
    place.mkdir()
    rng = np.random.default_rng(12)
    west, south, east, north = municipalities.total_bounds
    weights = rng.lognormal(0, 1.3, 600)
    codes = np.array([f"{k:05d}" for k in range(600)])
    for k, size in enumerate(np.diff(np.linspace(0, number, PARTS + 1).astype(int))):
        x, y = rng.uniform(west, east, size), rng.uniform(south, north, size)
        part = {
            "sector": codes[rng.choice(600, size, p=weights / weights.sum())],
            "employment": np.ceil(rng.lognormal(0.8, 1.2, size)),
        }
        layer = gpd.GeoDataFrame(part, geometry=gpd.points_from_xy(x, y, crs=municipalities.crs))
        layer.to_parquet(place / f"{k:02d}.parquet")
    towns = folder / "towns.parquet"
    if not towns.exists():
        municipalities.to_parquet(towns)
    return place, towns


def alone(work: str, firms: Path, towns: Path, out: Path) -> tuple[pd.DataFrame, float, float, float]:
    """Result, seconds, peak and peak above the start of some work in a process of its own."""
    words = [sys.executable, "-c", _FRAME.format(work=work), str(firms), str(towns), str(out)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - our own words
    took, peak, above = map(float, said)
    return pd.read_parquet(out), took, peak, above


def load() -> str:
    return "/".join(f"{x:.1f}" for x in os.getloadavg()[:2])


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Refuse counts that are not equal to the last bit."""
    columns = ["territory", "sector", "employment", "establishments", "squares"]
    one, other = (
        f[columns]
        .astype({"territory": str, "sector": str, "establishments": float})
        .sort_values(columns[:2])
        .reset_index(drop=True)
        for f in (found, expected)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="session")
def national(tmp_path_factory: Any, municipalities: gpd.GeoDataFrame) -> tuple[Path, Path]:
    return written(tmp_path_factory.mktemp("national"), SIZES[-1], municipalities)


def test_a_national_register_beside_geopandas(benchmark, lines, national, tmp_path):
    firms, towns = national
    found, took, peak, above = alone(_OURS, firms, towns, tmp_path / "ours.parquet")
    expected, peer, peak_of_peer, above_of_peer = alone(_PEER, firms, towns, tmp_path / "peer.parquet")
    same(found, expected)
    lines.append(
        f"| register in parts, 10 M x 8 k x 600, from files to counts, geopandas.sjoin + groupby "
        f"(its peak {above_of_peer:.0f} MB; processes {peak:.0f} and {peak_of_peer:.0f} MB) "
        f"| {took:.1f} | {peer:.1f} | {peer / took:.1f} | {above:.0f} | {load()} |"
    )
    benchmark.pedantic(lambda: None, rounds=1)


def test_two_processes_of_which_one_is_killed(benchmark, lines, national, tmp_path):
    distributed = pytest.importorskip("distributed")
    firms, towns = national
    territories = gpd.read_parquet(towns)
    killed: list[int] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before: list[pd.DataFrame] = []
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster:
            for name, deadly in (("two processes", False), ("two processes, one killed", True)):
                kept = tmp_path / name
                working = Working(kept, cluster.scheduler_address)
                if deadly:
                    threading.Thread(target=lambda k=kept: killed.append(kill_one(cluster, k))).start()
                begin = time.perf_counter()
                found = tabulate(territories, open_parts(firms, schema.FIRMS, name="firms", working=working))
                took = time.perf_counter() - begin
                before.append(found)
                pd.testing.assert_frame_equal(found, before[0], check_exact=True)
                most = psutil.Process().memory_info().rss / 2**20
                lines.append(
                    f"| register in parts, 10 M x 8 k x 600, Dask, {name} (this process {most:.0f} MB) "
                    f"| {took:.1f} | - | - | - | {load()} |"
                )
    assert killed
    assert killed[0] > 0
    benchmark.pedantic(lambda: None, rounds=1)


def kill_one(cluster: Any, kept: Path) -> int:
    """Kill a worker once a quarter of the parts is done; its process, 0 if that never was."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if kept.exists() and len(list(kept.glob("part-*"))) >= PARTS // 4:
            process: int = next(iter(cluster.workers.values())).pid
            os.kill(process, signal.SIGKILL)
            return process
        time.sleep(0.05)
    return 0


def test_how_time_and_memory_grow(benchmark, lines, municipalities, tmp_path):
    figures = []
    for number in SIZES:
        firms, towns = written(tmp_path, number, municipalities)
        _, took, _, above = alone(_OURS, firms, towns, tmp_path / "out.parquet")
        figures.append((number, took, above))
        lines.append(
            f"| register in parts, {number:,} x 8 k x 600 | {took:.2f} | - | - | {above:.0f} | {load()} |"
        )
    size, seconds, _ = np.log(np.array(figures)).T
    slope = np.diff(seconds) / np.diff(size)
    lines.append(
        f"| … exponents of time from size to size: {', '.join(f'{s:.2f}' for s in slope)} | | | | | |"
    )
    benchmark.pedantic(lambda: None, rounds=1)
