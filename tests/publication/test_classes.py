"""Classes that mapclassify finds, told with few digits, and what a reader sees when switching."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import mapclassify
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.publication import HistoryFigures, history_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import classes, codec, palette

# colour in the middle of the map, or of another place as a share of its width and height
MIDDLE = """([id, x, y]) => {
    const box = document.querySelector(id).getBoundingClientRect();
    const canvas = document.querySelector(id + ' .leaflet-overlay-pane canvas');
    const own = canvas.getBoundingClientRect();
    const scale = canvas.width / own.width;
    const at = [box.x + box.width * x - own.x, box.y + box.height * y - own.y];
    const [r, g, b] = canvas.getContext('2d').getImageData(at[0] * scale, at[1] * scale, 1, 1).data;
    return '#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('');
}"""

PEERS = {
    classes.QUANTILES: mapclassify.Quantiles,
    classes.NATURAL: mapclassify.FisherJenks,
    classes.EQUAL: mapclassify.EqualInterval,
}


def partition(values: np.ndarray, method: str) -> np.ndarray:
    return np.searchsorted(classes.breaks(values, method), values, side="right")


@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize("seed", range(4))
def test_classes_are_those_of_mapclassify(method, seed):
    values = np.random.default_rng(seed).lognormal(3, 1.2, 150).round(2)
    mine, theirs = partition(values, method), PEERS[method](values, 5).yb
    # empty classes have no number of their own
    told, expected = (np.unique(own, return_inverse=True)[1] for own in (mine, theirs))
    np.testing.assert_array_equal(told, expected)


def test_natural_breaks_of_a_published_example():
    # three groups that no reader would part otherwise (Fisher 1958 minimises squares within)
    values = np.array([4.0, 5, 9, 10, 30, 31, 33, 60, 61, 62, 90, 92])
    found = classes.breaks(values, classes.NATURAL)
    assert [int(k) for k in np.searchsorted(found, values)] == [0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=60), st.sampled_from(classes.METHODS)
)
@settings(max_examples=60)
def test_breaks_rise_and_part(values, method):
    figures = np.array(values)
    found = classes.breaks(figures, method)
    assert list(found) == sorted(set(found))
    assert 1 <= len(found) <= 4
    if len(set(values)) > 1 and method != classes.EQUAL:
        assert len(np.unique(np.searchsorted(found, figures, side="right"))) == len(found) + 1


def test_nothing_known_and_many_figures():
    assert classes.breaks(np.array([np.nan, np.inf]), classes.EQUAL) == (0.0,)
    assert classes.breaks(np.full(9, 3.0), classes.NATURAL) == (3.0,)
    many = np.random.default_rng(3).lognormal(size=20_000)
    assert len(classes.breaks(many, classes.NATURAL)) == 4


def test_what_is_withheld_has_no_part_in_quantiles(towns, quotients):
    hidden = quotients["certainty"] == "withheld"
    blocks = [
        codec.unpack(quotient_layer(towns, quotients.assign(lq=lq), name="x").block())[1][classes.QUANTILES]
        for lq in (quotients["lq"].where(~hidden, 1e6), quotients["lq"].where(~hidden))
    ]
    assert blocks[0] == blocks[1]


def test_quotients_switch_to_quantiles_and_back(opened, map_file):
    seen = opened(map_file, "#view=40.15,0.15,9")
    page = seen.page
    assert page.locator("#parted").input_value() == classes.AROUND
    before = page.locator("#classes .name").all_text_contents()
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.COLOURS[4]
    page.focus("#parted")
    page.keyboard.press("ArrowDown")
    seen.settle()
    assert page.locator("#parted").input_value() == classes.QUANTILES
    assert "parted=quantiles" in page.url
    counts = [int(text) for text in page.locator("#classes .count").all_text_contents()[:5]]
    assert sum(counts) == 8
    assert max(counts) - min(counts) <= 1
    # 0.3 0.3 0.7 0.85 1.0 1.2 1.5 3.0: the fourth fifth
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.FIGURES[3]
    assert page.evaluate("() => document.activeElement.id") == "parted"
    page.select_option("#parted", classes.AROUND)
    assert page.locator("#classes .name").all_text_contents() == before


def test_colours_switch_and_stay_in_the_address(opened, map_file):
    seen = opened(map_file, "#colours=1&view=40.15,0.15,9")
    page = seen.page
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.FURTHER_PALETTES[0][0][4]
    page.select_option("#colours", "2")
    seen.settle()
    assert "colours=2" in page.url
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.FURTHER_PALETTES[1][0][4]
    page.click("#lang [lang=es]")
    assert page.locator("#colours option").all_text_contents()[2] == "Verde azulado y marrón"
    nonsense = opened(map_file, "#colours=99&parted=<b>")
    assert nonsense.page.locator("#parted").input_value() == classes.AROUND
    nonsense.clean(map_file)


def test_a_hidden_class_stays_hidden_in_other_colours(opened, map_file):
    seen = opened(map_file)
    seen.page.locator("#classes button").first.click()
    seen.page.select_option("#colours", "1")
    assert seen.attribute("#classes button", "aria-pressed") == "false"


@pytest.mark.parametrize("way", classes.METHODS)
def test_figures_are_parted_in_three_ways(opened, towns, tmp_path, way):
    values = np.array([1.0, 2, 4, 5, 30, 31, 60, 90, 300])
    table = pd.DataFrame({"territory": towns["territory"], "value": values})
    path = tmp_path / "map.html"
    territory_map(towns, history_layer(towns, HistoryFigures(table, "Jobs"), name="Jobs")).save(path)
    seen = opened(path, f"#parted={way}")
    assert seen.page.locator("#parted").input_value() == way
    counts = [int(text) for text in seen.page.locator("#classes .count").all_text_contents()[::-1]]
    assert [c for c in counts if c] == [c for c in PEERS[way](values, 5).counts if c]
    seen.clean(path)


def test_no_accessibility_violations(opened, map_file, needs):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(map_file, "#parted=quantiles&colours=2", size=(390, 800), bypass_csp=True)
    assert axe.Axe().run(seen.page).response["violations"] == []
