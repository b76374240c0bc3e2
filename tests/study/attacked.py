"""What the attacks on published files share: an invented register, its towns, and what is solved back."""

from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box, points

TOWNS = [f"M{k:02d}" for k in range(12)]
SECTORS = ["10", "13", "15", "16", "22", "25", "31", "47"]
# Corner of the first of twelve towns, four in a row, and their side in metres.
LEFT, BOTTOM, SIDE = 440_000, 4_470_000, 5000
OFF = '[disclosure]\noff = "Nobody is told of here."\n'


def register(seed):
    """Invented establishments of twelve towns, with many cells of one or two."""
    rng = np.random.default_rng(seed)
    number = 420
    town = rng.choice(12, number, p=rng.dirichlet(np.full(12, 2.0)))
    sector = rng.choice(8, number, p=[0.1, 0.08, 0.12, 0.05, 0.06, 0.14, 0.1, 0.35])
    jobs = np.round(np.exp(rng.normal(2, 1.1, number))) + 1
    x, y = rng.uniform(100, 4900, (2, number))
    return gpd.GeoDataFrame(
        {
            "firm": [f"f{k}" for k in range(number)],
            "sector": np.array(SECTORS, dtype=object)[sector],
            "employment": jobs,
            "town": np.array(TOWNS)[town],
        },
        geometry=points(LEFT + town % 4 * SIDE + x, BOTTOM + town // 4 * SIDE + y),
        crs=25830,
    )


def squares(side, digits, across, down, letter):
    """Square territories in rows, numbered from the corner."""
    k = np.arange(across * down)
    x, y = LEFT + k % across * side, BOTTOM + k // across * side
    return gpd.GeoDataFrame(
        {"territory": [f"{letter}{i:0{digits}d}" for i in k]},
        geometry=box(x, y, x + side, y + side),
        crs=25830,
    )


def told(folder, name):
    """A public table of a study."""
    return pd.read_csv(folder / "public_tables" / f"{name}.csv", dtype={"sector": str})


def sizes(number, total, squares, least=1):
    """Whole sizes, the smallest first, with this sum and this sum of squares."""
    if number == 1:
        return [(total,)] if total >= least and total**2 == squares else []
    found = []
    for first in range(least, total // number + 1):
        rest, left = total - first, squares - first**2
        if rest**2 <= left * (number - 1) and left <= rest**2:
            found += [(first, *others) for others in sizes(number - 1, rest, left, first)]
    return found


class Tables(HTMLParser):
    """Tables of a page as texts."""

    def __init__(self):
        super().__init__()
        self.tables, self.cell = [], None

    def handle_starttag(self, tag, _):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in {"td", "th"} and self.cell is not None:
            self.tables[-1][-1].append(self.cell.strip())
            self.cell = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell += text
