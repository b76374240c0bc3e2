"""Charts: literal text, no figure of a withheld cell, no trace in the caller's matplotlib."""

import base64
import io
import math
import re
import subprocess
import sys
from urllib.parse import unquote

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from geoterritorio.publication import charts, drawing
from geoterritorio.publication.chapter import shown_cells

HOSTILE = ["$x$", "a_b^c", "$\\frac{1", "{{ 7*7 }}", "<script>", "%s\\", "名前\x00", "n" * 300, "", "  "]


def quotients(rng, territories=6, sectors=5):
    index = pd.MultiIndex.from_product([range(territories), range(sectors)], names=["territory", "sector"])
    table = index.to_frame(index=False).astype(str)
    table["sector_name"] = "Sector " + table["sector"]
    table["lq"] = np.exp(rng.normal(0, 1, len(table)))
    half = rng.uniform(1.05, 2.5, len(table))
    table["low"], table["high"] = table["lq"] / half, table["lq"] * half
    table["employment"] = rng.integers(1, 5000, len(table)).astype(float)
    table["excess"] = table["employment"] * (1 - 1 / table["lq"])
    table["certainty"] = np.select([table["low"] > 1, table["high"] < 1], ["high", "low"], "unclear")
    return table


DRAWN = {
    "forest": charts.forest_plot,
    "bars": charts.certainty_bars,
    "heat": charts.quotient_heatmap,
    "scatter": charts.size_quotient_scatter,
}


def texts(figure: Figure) -> list[str]:
    drawing.svg_uri(figure)  # drawing settles the labels
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_drawn_literally(draw, name):
    table = quotients(np.random.default_rng(1))
    table["sector_name"] = name
    figure = draw(table, **({} if draw is charts.certainty_bars else {"names": {"0": name}}))
    drawn = texts(figure)
    assert not any(t.get_parse_math() for t in figure.findobj(Text) if name and name in t.get_text())
    if name in ("$x$", "a_b^c", "{{ 7*7 }}", "<script>"):
        assert any(name in text for text in drawn)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_every_chart_survives_nothing_and_only_withheld_cells(draw):
    table = quotients(np.random.default_rng(2))
    assert isinstance(draw(table.iloc[:0]), Figure)
    drawing.svg_uri(draw(pd.DataFrame({"territory": [], "sector": [], "lq": []})))
    drawing.svg_uri(draw(table.assign(certainty="withheld")))
    drawing.svg_uri(draw(table.assign(lq=np.nan)))
    drawing.svg_uri(draw(table.iloc[:1].assign(lq=0.0, low=0.0, high=np.inf)))
    drawing.svg_uri(draw(table.assign(low=0.0, high=np.inf, certainty="unclear")))


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize("flag", [{"status": "withheld"}, {"certainty": "withheld"}])
def test_withheld_figures_change_no_chart(draw, flag):
    table = quotients(np.random.default_rng(3))
    column, value = next(iter(flag.items()))
    table["status"] = "known"
    table.loc[[0, 7], column] = value
    other = table.copy()
    other.loc[[0, 7], ["lq", "low", "high", "employment", "excess"]] *= 3.7
    assert drawing.svg_uri(draw(table)) == drawing.svg_uri(draw(other))
    shown = other.assign(certainty=other["certainty"].where(other["certainty"] != "low", "high"))
    assert drawing.svg_uri(draw(table)) != drawing.svg_uri(draw(shown.assign(lq=other["lq"] * 2)))


def test_charts_leave_pyplot_and_settings_alone():
    code = (
        "import sys, matplotlib, numpy as np, pandas as pd\n"
        "from geoterritorio.publication import charts, drawing\n"
        # asking for the backend would itself load pyplot
        "kept = lambda: {k: matplotlib.rcParams[k] for k in matplotlib.rcParams if k != 'backend'}\n"
        "before = kept()\n"
        "t = pd.DataFrame({'territory': ['a'], 'sector': ['1'], 'lq': [2.0], 'employment': [5.0]})\n"
        "for f in (charts.forest_plot, charts.certainty_bars, charts.quotient_heatmap,"
        " charts.size_quotient_scatter):\n"
        "    drawing.svg_uri(f(t))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert kept() == before\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=120)


def test_caller_settings_do_not_reach_a_chart():
    table = quotients(np.random.default_rng(4))
    plain = drawing.svg_uri(charts.forest_plot(table))
    with mpl.rc_context(
        {"axes.facecolor": "black", "font.size": 30, "svg.fonttype": "none", "axes.grid": True}
    ):
        assert drawing.svg_uri(charts.forest_plot(table)) == plain


def test_input_is_left_as_it_was():
    table = quotients(np.random.default_rng(5))
    before = table.copy(deep=True)
    for draw in DRAWN.values():
        draw(table)
    pd.testing.assert_frame_equal(table, before)


def test_forest_plot_shows_the_clear_cells_in_order_of_their_lower_end():
    table = quotients(np.random.default_rng(6), 8, 6)
    figure = charts.forest_plot(table, top=5)
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    clear = table[table["low"] > 1].sort_values("low", ascending=False).head(5)
    assert labels == [f"Sector {r.sector} · {r.territory}" for r in clear.itertuples()]
    dots = figure.axes[0].get_lines()[1]
    np.testing.assert_allclose(dots.get_xdata(), clear["lq"])
    lines = figure.axes[0].collections[0].get_segments()
    np.testing.assert_allclose([s[:, 0] for s in lines], clear[["low", "high"]])
    assert figure.axes[0].get_xscale() == "log"


def test_bars_add_up_to_the_cells_of_each_sector():
    table = quotients(np.random.default_rng(7))
    table.loc[0, "certainty"] = "withheld"
    bars = charts.certainty_bars(table).axes[0].patches
    assert sum(bar.get_width() for bar in bars) == len(table)
    orange = [bar.get_width() for bar in bars if bar.get_facecolor() == to_rgba(drawing.COLOURS["high"])]
    assert sum(orange) == (table["certainty"] == "high").sum()


def test_heat_map_fades_what_is_not_clear_and_crosses_what_is_withheld():
    table = pd.DataFrame(
        {
            "territory": list("aabb"),
            "sector": list("1212"),
            "lq": [4.0, 4.0, 0.25, 9.0],
            "certainty": ["high", "unclear", "low", "withheld"],
        }
    )
    axes = charts.quotient_heatmap(table).axes[0]
    picture = np.asarray(axes.images[0].get_array())
    red_blue = picture[..., 0] - picture[..., 2]
    assert red_blue[0, 0] > red_blue[0, 1] > 0 > red_blue[1, 0]
    assert red_blue[1, 1] == pytest.approx(0, abs=0.03)
    cross = next(line for line in axes.get_lines() if line.get_marker() == "x")
    assert (cross.get_xdata().tolist(), cross.get_ydata().tolist()) == ([1], [1])


def test_scatter_draws_every_cell_with_size_and_quotient():
    table = quotients(np.random.default_rng(8))
    table.loc[:2, "employment"] = [0, np.nan, 10]
    axes = charts.size_quotient_scatter(table).axes[0]
    assert sum(len(c.get_offsets()) for c in axes.collections) == len(table) - 2


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_spanish_figures_use_the_comma(draw):
    table = quotients(np.random.default_rng(9), 10, 8)
    decimal = re.compile(r"\d\.\d{1,2}(?!\d)")
    assert not any(decimal.search(t) for t in texts(draw(table, lang="es")))


def test_labels_that_differ_at_the_end_stay_different():
    table = quotients(np.random.default_rng(10))
    table["sector_name"] = "Manufacture of " + "very " * 20 + "long things, number " + table["sector"]
    labels = [t.get_text() for t in charts.certainty_bars(table).axes[0].get_yticklabels()]
    assert len(set(labels)) == table["sector"].nunique()
    lines = [label.split("\n") for label in labels]
    assert max(map(len, lines)) <= 2
    assert max(len(line) for parts in lines for line in parts) <= 44


def test_names_are_broken_before_they_are_cut():
    assert drawing.wrapped(["Business and financial operations", "short"], 22) == [
        "Business and financial\noperations",
        "short",
    ]
    ends = [f"Manufacture of {'very ' * 20}number {k}" for k in "12"]
    broken = drawing.wrapped(ends, 30)
    assert len(set(broken)) == 2
    assert all(len(line) <= 30 for text in broken for line in text.split("\n"))
    assert drawing.wrapped([""], 10) == [" "]


def test_places_of_one_beginning_are_told_apart_beside_their_sector():
    names = {t: f"Invented labour market of the town of {n}" for t, n in (("a", "Ávila"), ("b", "Soria"))}
    table = pd.DataFrame({"territory": list("ab"), "sector": list("12"), "lq": [2.0, 3.0]})
    figure = charts.forest_plot(
        table.assign(sector_name="Leather and footwear " + table["sector"]), names=names
    )
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels == ["Leather and footwear 2 · …Soria", "Leather and footwear 1 · …Ávila"] or labels == [
        f"Leather and footwear {s}\n{names[t]}" for s, t in (("2", "b"), ("1", "a"))
    ]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_axes_of_sizes_have_enough_ticks(lang):
    table = quotients(np.random.default_rng(11))
    table["employment"] = table["employment"].clip(120, 900)
    ticks = charts.size_quotient_scatter(table, lang=lang).axes[0].get_xticks()
    assert len(ticks) >= 3


def embedded(figure):
    """Picture out of its address."""
    return unquote(drawing.svg_uri(figure).partition(",")[2])


def test_letters_of_an_embedded_figure_stay_letters():
    svg = embedded(charts.forest_plot(quotients(np.random.default_rng(12))))
    rules = dict(re.findall(r"\.([a-z]+){([^}]*)}", svg))
    letters = re.findall(r"<text([^>]*)>([^<]*)</text>", svg)
    assert "Location quotient (logarithmic scale)" in [text for _, text in letters]
    classes = [re.search("class='([a-z]+)'", tag) for tag, _ in letters]
    assert all(
        "Verdana" in (rules[found[1]] if found else tag)
        for found, (tag, _) in zip(classes, letters, strict=True)
    )


def test_certainty_follows_the_interval_where_none_is_stated():
    table = pd.DataFrame(
        {
            "territory": list("abcde"),
            "sector": "1",
            "lq": [2, 0.5, 1.1, 3, math.nan],
            "low": [1.5, 0.3, 0.8, math.nan, 2],
            "high": [3, 0.8, 1.4, math.nan, 3],
        }
    )
    assert shown_cells(table)["certainty"].tolist() == ["high", "low", "unclear", "untested", "untested"]


def test_a_cloud_of_dots_is_a_small_raster_within_the_picture():
    figure, axes = drawing.canvas(4)
    values = np.random.default_rng(1).random((2, 4000))
    axes.scatter(*values, c=values[0], alpha=0.5, rasterized=True)
    held = embedded(figure)
    (inside,) = re.findall(r"data:image/png;base64,([^']+)'", held)
    small = base64.b64decode(inside)
    whole = re.search(r'data:image/png;base64,([^"]+)"', drawing.picture(figure, ".svg").decode())[1]
    assert len(small) < len(base64.b64decode(whole)) / 2
    few, many = (Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA") for text in (inside, whole))
    assert few.size == many.size
    assert np.abs(np.asarray(few, dtype=int) - np.asarray(many, dtype=int)).mean() < 4


def test_paths_of_pictures_are_short_and_the_same_to_the_eye():
    figure, axes = drawing.canvas(4)
    axes.plot([0, 1, 2], [0.123456, 0.654321, 0.5])
    held = embedded(figure)
    whole = drawing.picture(figure, ".svg").decode()
    paths, before = (re.findall(r""" d=["']([^"']+)["']""", text) for text in (held, whole))
    assert len(paths) == len(before)
    for short, long in zip(paths, before, strict=True):
        numbers = [[float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)] for text in (short, long)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.1001)
        assert re.findall("[A-Za-z]", short) == re.findall("[A-Za-z]", long)
        assert len(short) < len(long)
