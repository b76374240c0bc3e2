"""Classes are symmetric around 1 and colours can be told apart."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoterritorio.publication.qgis import styles
from geoterritorio.publication.webmap import palette

# Machado, Oliveira and Fernandes (2009), severity 1.0, linear RGB
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def lab(colour: str, sight: str) -> np.ndarray:
    rgb = np.array(list(bytes.fromhex(colour[1:]))) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(SIGHT[sight] @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@given(st.floats(1e-3, 1e3))
def test_inverse_quotients_stand_in_opposite_classes(x):
    assume(min(abs(x / b - 1) for b in palette.BREAKS) > 1e-9)
    there, back = palette.classify(np.array([x, 1 / x]))
    assert there == palette.CLASSES - 1 - back


@given(st.lists(st.floats(0, 100, exclude_min=True), min_size=2))
def test_classes_rise_with_the_quotient(values):
    assert (np.diff(palette.classify(np.sort(values)).astype(int)) >= 0).all()


def test_breaks_belong_to_the_class_nearer_to_one():
    assert palette.classify(np.array([0.5, 0.8, 1 / 1.1, 1.1, 1.25, 2.0])).tolist() == [1, 2, 3, 3, 4, 5]
    assert palette.classify(np.array([0.0, np.inf, np.nan])).tolist() == [palette.ZERO, 6, palette.NOTHING]


AROUND = [palette.COLOURS, *(around for around, _ in palette.FURTHER_PALETTES)]
SEQUENCES = [styles.SEQUENCE, palette.FIGURES, *(one for _, one in palette.FURTHER_PALETTES)]


@pytest.mark.parametrize("colours", [*AROUND, *SEQUENCES, tuple(styles._MORAN.values())])
@pytest.mark.parametrize("sight", SIGHT)
def test_colours_can_be_told_apart(sight, colours):
    seen = [lab(c, sight) for c in colours]
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    # 2.3 is a just noticeable difference (Mahy et al. 1994)
    assert min(apart) > 5 * 2.3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", AROUND)
def test_lightness_falls_away_from_one(sight, colours):
    light = [lab(c, sight)[0] for c in colours]
    assert light[:4] == sorted(light[:4])
    assert light[3:] == sorted(light[3:], reverse=True)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", SEQUENCES)
def test_a_sequence_darkens(sight, colours):
    light = [lab(c, sight)[0] for c in colours]
    assert light == sorted(light, reverse=True)


def test_certainty_comes_from_the_column_else_from_the_interval():
    stated = pd.DataFrame({"lq": [1.0] * 6, "certainty": ["high", "low", "unclear", "few", "untested", None]})
    assert palette.sureness(stated).tolist() == [0, 0, 1, 2, 3, 4]
    interval = pd.DataFrame({"low": [1.1, 0.2, 0.9, np.nan], "high": [1.4, 0.8, 1.2, 2.0]})
    assert palette.sureness(interval).tolist() == [0, 0, 1, 3]
    assert palette.sureness(pd.DataFrame({"lq": [2.0]})).tolist() == [4]
