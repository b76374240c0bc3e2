"""How time and memory grow with the number of establishments; draws ``docs/growth.svg``, prints the table of the page.

Run with ``python benchmarks/growth.py [names of works]``. Each work begins in a process of its own with what it needs,
does it once, and tells seconds of the processor (of all its threads), seconds of the clock, and its peak of memory
above what it had before. The processor's seconds hardly depend on what else the machine does, the clock's do. Exponents
are fitted on the logarithms of the last two decades: 1 says that ten times as many take ten times as long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from conftest import SIDE, country
from matplotlib.figure import Figure

FIGURE = Path(__file__).resolve().parents[1] / "docs" / "growth.svg"
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
SECTORS, PARTS, CENTRES = 600, 20, 2_000
LONGEST = 900  # seconds of the clock
COLOURS = ["#332288", "#117733", "#44aa99", "#88ccee", "#ddaa33", "#cc6677", "#882255", "#555555", "#ee7733"]
MARKS = "osD^vP*Xh"


@dataclass(frozen=True)
class Work:
    """Something to time: what is there before, what is done, up to how many establishments."""

    name: str
    before: str
    work: str
    most: int


_FIRMS = "firms = read_firms(whole)\n"
WORKS = (
    Work(
        "points to territories",
        "from geoterritorio.layers.assignment import assign\nfirms = gpd.read_parquet(whole)",
        "assign(firms, towns)",
        10_000_000,
    ),
    Work(
        "table, from one file",
        "from geoterritorio.concentration.tools import tabulate",
        "tabulate(towns, read_firms(whole))",
        10_000_000,
    ),
    Work(
        "table, from parts",
        "from geoterritorio.concentration.tools import tabulate",
        "tabulate(towns, open_parts(parts, schema.FIRMS)).to_parquet(counts)",
        10_000_000,
    ),
    Work(
        "location quotients with intervals, from the table",
        "from geoterritorio.concentration.tools import location_quotient\n"
        "table = read_layer(counts, schema.COUNTS)",
        "location_quotient(towns, counts=table)",
        10_000_000,
    ),
    Work(
        "density surface, 5 km",
        "from geoterritorio.patterns.tools import density_surface\n" + _FIRMS,
        "density_surface(firms, towns, bandwidth='5000', cell=1000.0)",
        10_000_000,
    ),
    Work(
        "floating catchments, 25 km, 2000 centres",
        "from geoterritorio.proximity import DecayRules\n"
        "from geoterritorio.proximity.tools import floating_catchments\n"
        "firms = gpd.read_parquet(whole)\n"
        "people = firms[['geometry']].assign(place=np.arange(len(firms)).astype(str), population=1.0)\n"
        "offered = firms.iloc[:centres][['geometry']].assign(centre=np.arange(centres).astype(str), capacity=1.0)",
        "floating_catchments(people, offered, rules=DecayRules(within=25_000))",
        10_000_000,
    ),
    Work(
        "colocation of 10 sectors, 99 deals",
        "from geoterritorio.patterns.tools import colocation_quotient\n"
        "from geoterritorio.patterns import ColocationRules\n"
        + _FIRMS
        + "firms['sector'] = firms['sector'].str[-1:]",
        "colocation_quotient(firms, rules=ColocationRules(simulations=99))",
        10_000_000,
    ),
    Work(
        "clumps of all, 1 km",
        "from geoterritorio.patterns.tools import clumps\n" + _FIRMS,
        "clumps(firms, distance='1000')",
        1_000_000,
    ),
    Work(
        "web map of single establishments",
        "from geoterritorio.publication import firm_layer, territory_map\n"
        "ground = towns.iloc[:200]\n" + _FIRMS,
        "territory_map(ground, firm_layer(firms, name='Establishments', why_shown='They are synthetic.'))"
        ".save(out)",
        10_000_000,
    ),
)
_FRAME = """
import resource, sys, time, warnings
from pathlib import Path
import geopandas as gpd, numpy as np, pandas as pd
from geoterritorio.layers import read_firms, schema
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.readers import read_layer
warnings.simplefilter("ignore")
whole, parts, counts, out = sys.argv[1:5]
centres = int(sys.argv[6])
towns = gpd.read_parquet(sys.argv[5])
{before}
def used():
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
def resident(word):
    return int(Path("/proc/self/status").read_text().split(word)[1].split()[0]) / 1024
Path("/proc/self/clear_refs").write_text("5")
had, began, used_before = resident("VmRSS:"), time.perf_counter(), used()
{work}
print(used() - used_before, time.perf_counter() - began, resident("VmHWM:") - had)
"""


def written(folder: Path, number: int) -> None:
    """Register of so many establishments, even over the country: whole, and in parts."""
    (folder / "parts").mkdir(parents=True)
    rng = np.random.default_rng(12)
    weights = rng.lognormal(0, 1.3, SECTORS)
    codes = np.array([f"{k:05d}" for k in range(SECTORS)])
    layer = gpd.GeoDataFrame(
        {
            "firm": np.char.mod("E%08d", np.arange(number)),
            "sector": codes[rng.choice(SECTORS, number, p=weights / weights.sum())],
            "employment": np.ceil(rng.lognormal(0.8, 1.2, number)),
        },
        geometry=gpd.points_from_xy(*rng.uniform(0, SIDE, (2, number)), crs=25830),
    )
    layer.to_parquet(folder / "whole.parquet")
    for k, piece in enumerate(np.array_split(np.arange(number), PARTS)):
        layer.iloc[piece].to_parquet(folder / "parts" / f"{k:02d}.parquet")


def timed(work: Work, folder: Path, towns: Path) -> tuple[float, float, float] | None:
    """Seconds of processor and clock, and megabytes; None where it takes too long."""
    words = [
        folder / "whole.parquet",
        folder / "parts",
        folder / "counts.parquet",
        folder / "out",
        towns,
        CENTRES,
    ]
    code = _FRAME.format(before=work.before, work=work.work)
    try:
        said = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", code, *map(str, words)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST,
        ).stdout.split()
    except subprocess.TimeoutExpired:
        return None
    used, clock, memory = map(float, said)
    return used, clock, memory


def measured(chosen: list[str]) -> pd.DataFrame:
    """One row per work and number of establishments; each is printed as soon as it is known."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        towns = Path(place) / "towns.parquet"
        country().to_parquet(towns)
        for number in SIZES:
            folder = Path(place) / str(number)
            written(folder, number)
            for work in WORKS:
                if number > work.most or (chosen and work.name not in chosen):
                    continue
                found = timed(work, folder, towns)
                load = "/".join(f"{x:.1f}" for x in os.getloadavg()[:2])
                print(work.name, number, found, load, sep="\t", flush=True)
                if found is not None:
                    rows.append((work.name, number, *found, load))
    return pd.DataFrame(rows, columns=["work", "number", "used", "clock", "memory", "load"])


def exponent(rows: pd.DataFrame, column: str) -> float:
    """Slope of the logarithms over the last two decades; NaN of less."""
    last = rows[rows["number"] >= rows["number"].max() / 100]
    if len(last) < 3 or (last[column] <= 0).any():
        return float("nan")
    return float(np.polyfit(np.log(last["number"]), np.log(last[column]), 1)[0])


def short(seconds: float) -> str:
    """Two digits of a number of seconds, all of those that are whole."""
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"


def table(found: pd.DataFrame) -> str:
    """The page's table: processor seconds (clock), megabytes and exponents."""
    heads = [f"{n:,}".replace(",", " ") for n in SIZES]
    lines = [f"| work | {' | '.join(heads)} | time | memory |", f"|---|{'---|' * (len(SIZES) + 2)}"]
    for name, rows in found.groupby("work", sort=False):
        by = rows.set_index("number")
        cells = [
            f"{short(by.used[n])} s ({short(by.clock[n])}), {by.memory[n]:.0f} MB" if n in by.index else "–"
            for n in SIZES
        ]
        slopes = [exponent(rows, column) for column in ("used", "memory")]
        shown = ["–" if np.isnan(slope) else f"{round(slope, 2) + 0:.2f}" for slope in slopes]
        lines.append(f"| {name} | {' | '.join([*cells, *shown])} |")
    return "\n".join(lines)


def drawn(found: pd.DataFrame) -> None:
    """Seconds of the processor and megabytes, on scales of logarithms, one line a work."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 9})
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    for axes, column, words in zip(
        figure.subplots(1, 2),
        ("used", "memory"),
        ("processor, seconds", "memory above the start, MB"),
        strict=True,
    ):
        for (name, rows), colour, mark in zip(
            found.groupby("work", sort=False), COLOURS, MARKS, strict=False
        ):
            shown = rows[column].clip(lower=0.01)
            axes.plot(rows["number"], shown, marker=mark, ms=4.5, lw=1.3, color=colour, label=name)
        axes.set(xscale="log", yscale="log", xlabel="establishments", ylabel=words)
        low = float(found[column].min())
        axes.plot([1e4, 1e7], [low, 1000 * low], ls=":", color="#777777", lw=1, label="in proportion")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    figure.savefig(FIGURE, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Measure and print; draw what was measured of all works."""
    found = measured(sys.argv[1:])
    print(table(found))
    if not sys.argv[1:]:
        drawn(found)


if __name__ == "__main__":
    main()
