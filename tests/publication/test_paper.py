"""Reports on paper: letters that can be read, and pages that are not left empty."""

import html
import re
import shutil
from importlib.resources import files
from urllib.parse import unquote

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from shapely import box

from geoterritorio.publication import charts, drawing
from geoterritorio.publication.chapter import Chapter, Drawn, Listing
from geoterritorio.publication.printing import NAMES, find_browser, print_pdf
from geoterritorio.publication.report import report

CSS = (files("geoterritorio.publication") / "templates" / "report.css").read_text(encoding="utf-8")
PRINTED = CSS[CSS.index("@media print") :]
A4, POINT = 210.0, 72 / 25.4  # width in millimetres, points of one
LEAST = 6.0


def table(rows, columns, name="Manufacture of things of the kind that is numbered"):
    rng = np.random.default_rng(3)
    keys = [[f"{i:02}" for i in range(n)] for n in (rows, columns)]
    index = pd.MultiIndex.from_product(keys, names=["territory", "sector"])
    cells = index.to_frame(index=False).assign(status="known", q=0.01)
    cells["sector_name"] = name + " " + cells["sector"]
    cells["lq"] = np.exp(rng.normal(0, 1, len(cells)))
    cells["low"], cells["high"] = cells["lq"] / 2, cells["lq"] * 2
    cells["employment"] = rng.integers(1, 900, len(cells)).astype(float)
    return cells


def chapter(cells):
    names = cells["territory"].unique()
    places = gpd.GeoDataFrame(
        {"territory": names, "name": [f"Territory {name}" for name in names]},
        geometry=[box(int(name), 0, int(name) + 1, 1) for name in names],
        crs=4326,
    )
    rules = {"measure": "employment", "territories": "sample", "interval_rules": {"method": "midp"}}
    return Chapter("step", places, cells, rules)


def least_letters(page):
    """Points on paper of the smallest letters of each picture, by what the style says of pictures."""
    side = float(re.search(r"@page \{ size: A4; margin: \S+ (\d+)mm", PRINTED)[1])
    tallest = float(re.search(r"  img \{[^}]*max-height: (\d+)cm", PRINTED)[1]) * 10 * POINT
    shares = {"": 1.0, "large": float(re.search(r"\.large \{ max-width: (\d+)%", PRINTED)[1]) / 100}
    found = []
    for kind, source in re.findall(r'<img(?: class="(\w+)")? src="([^"]*)"', page):
        drawn = unquote(html.unescape(source))
        width, height = map(float, re.search(r"viewBox='0 0 (\S+) ([\d.]+)'", drawn).groups())
        scale = min(1.0, shares[kind] * (A4 - 2 * side) * POINT / width, tallest / height)
        letters = [float(size) for size in re.findall(r"font(?:-size)?:[^;']*?(\d+\.?\d*)px", drawn)]
        found.append(min(letters) * scale)
    return found


@pytest.mark.parametrize(("rows", "columns"), [(60, 30), (20, 7), (90, 40)])
def test_letters_of_every_picture_can_be_read_on_paper(rows, columns):
    small = Figure(figsize=(drawing.WIDTH, 4))
    small.text(0.5, 0.5, "small", fontsize=4)
    tall = Figure(figsize=(drawing.WIDTH, 16))
    tall.text(0.5, 0.5, "tall", fontsize=8)
    pictures = tuple(Drawn(figure, "Sectors by size") for figure in (small, tall))
    listing = Listing("L", pd.DataFrame({"sector": ["a"]}), "tables/x.csv", pictures=pictures)
    least = least_letters(report([chapter(table(rows, columns))], title="T", listings=[listing]))
    assert len(least) == 3 + len(pictures)
    assert min(least) >= LEAST


def test_a_picture_keeps_its_letters_elsewhere():
    figure = Figure(figsize=(drawing.WIDTH, 4))
    text = figure.text(0.5, 0.5, "small", fontsize=4)
    assert "6.4px" in drawing.svg_uri(figure)
    assert text.get_fontsize() == 4


@pytest.mark.parametrize("columns", [7, 30])
def test_the_heat_map_has_the_names_of_its_columns_whole(columns):
    cells = table(40, columns)
    figure = charts.quotient_heatmap(cells)
    names = [label.get_text().replace("\n", " ") for label in figure.axes[0].get_xticklabels()]
    assert names == cells["sector_name"].unique().tolist()
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for label in figure.axes[0].get_xticklabels():
        edge = label.get_window_extent()
        assert edge.x0 >= 0
        assert edge.x1 <= width
        assert edge.y1 <= height


def pages(text, tmp_path, needs):
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    needs(found, "no Chromium, Chrome or Edge on the path")
    page, target = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(text, encoding="utf-8")
    print_pdf(find_browser(found), [(page, target)])
    return len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))


def test_what_fits_on_a_page_is_printed_on_one(tmp_path, needs):
    listing = Listing("Few rows", pd.DataFrame({"sector": ["a"], "value": [0.2]}), "tables/x.csv")
    assert pages(report([], title="A short study", listings=[listing]), tmp_path, needs) == 1
