"""What a window hides of a circle and of itself."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity

from geoterritorio.patterns import _edges
from geoterritorio.patterns._edges import edges_of, inner_share, shifted_overlap

HERE = (0.0, 0.0)
# Two parts, one with a bay and a hole.
WINDOW = shapely.union(
    shapely.Polygon([(0, 0), (10, 0), (12, 5), (6, 9), (7, 4), (0, 8)], [[(2, 1), (4, 1), (4, 3), (2, 2.5)]]),
    shapely.box(14, 2, 17, 9),
)


def share(window, centre, other):
    away = np.hypot(*np.subtract(other, centre))
    found = inner_share(
        edges_of(window, HERE), np.array([centre]), np.array([0, 1]), np.array([other]), np.array([away])
    )
    return float(found[0])


@pytest.mark.parametrize(
    ("centre", "other", "expected"),
    [
        ((5.0, 5.0), (6.0, 5.0), 1.0),
        ((5.0, 0.0), (5.0, 2.0), 0.5),
        ((0.0, 0.0), (1.0, 1.0), 0.25),
        # Near the corners little is left.
        ((5.0, 5.0), (9.9, 9.9), 1 - 8 * np.arccos(5 / (4.9 * np.sqrt(2))) / (2 * np.pi)),
        # The plant looked at is on the edge itself.
        ((5.0, 4.0), (8.0, 0.0), 1 - 2 * np.arccos(4 / 5) / (2 * np.pi)),
        ((5.0, 4.0), (2.0, 0.0), 1 - 2 * np.arccos(4 / 5) / (2 * np.pi)),
        ((5.0, 5.0), (5.0, 5.0), 1.0),
        ((5.0, 2.0), (5.0, 6.0), 1 - 2 * np.arccos(0.5) / (2 * np.pi)),
        ((5.0, 5.0), (8.0, 9.0), 1.0),
    ],
)
def test_share_of_a_circle_in_a_square(centre, other, expected):
    assert share(shapely.box(0, 0, 10, 10), centre, other) == pytest.approx(expected, abs=1e-9)


def test_a_hole_takes_its_part():
    ring = shapely.box(-10, -10, 10, 10) - shapely.box(-1, -1, 1, 1)
    assert share(ring, (5.0, 0.0), (9.5, 0.0)) == pytest.approx(1 - np.arcsin(1 / 4.5) / np.pi)
    assert share(ring, (5.0, 0.0), (7.0, 0.0)) == pytest.approx(1)


def pairs(seed=1, number=40):
    points = np.random.default_rng(seed).uniform(0, 17, (number, 2))
    points = points[shapely.intersects_xy(WINDOW, *points.T)]
    n = len(points)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    return points, np.arange(n + 1) * (n - 1), i, j, np.hypot(*(points[i] - points[j]).T)


def test_share_is_that_of_points_on_the_circle():
    points, start, i, j, away = pairs()
    found = inner_share(edges_of(WINDOW, HERE), points, start, points[j], away)
    angle = (np.arange(4000) + 0.5) * 2 * np.pi / 4000
    x = points[i, 0, None] + away[:, None] * np.cos(angle)
    y = points[i, 1, None] + away[:, None] * np.sin(angle)
    np.testing.assert_allclose(found, shapely.contains_xy(WINDOW, x, y).mean(axis=1), atol=2e-3)


def test_both_ways_to_a_share_agree():
    points, start, _, j, away = pairs(2)
    edges = edges_of(WINDOW, HERE)
    one = _edges._share_loop(edges, points, start, points[j], away)
    two = _edges._share_blocks(edges, points, start, points[j], away)
    np.testing.assert_allclose(one, two, atol=1e-12)


@given(st.floats(-18, 18), st.floats(-10, 10))
def test_overlap_is_that_of_the_shifted_polygon(east, north):
    expected = WINDOW.intersection(affinity.translate(WINDOW, east, north)).area
    found = shifted_overlap(edges_of(WINDOW, HERE), np.array([[east, north]]))
    assert found[0] == pytest.approx(expected, abs=1e-9)


def test_both_ways_to_an_overlap_agree():
    shift = np.random.default_rng(1).uniform(-12, 12, (50, 2))
    edges = edges_of(WINDOW, HERE)
    found = shifted_overlap(edges, shift)
    spans, sign = _edges._spans(edges)
    np.testing.assert_allclose(_edges._overlap_loop(spans, sign, shift), found, atol=1e-10)
    np.testing.assert_allclose(_edges._overlap_blocks(spans, sign, shift), found, atol=1e-10)


def test_edges_have_the_inside_on_their_left():
    for window in (WINDOW, affinity.scale(WINDOW, -1, 1)):
        ax, ay, bx, by = edges_of(window, (3.0, 4.0)).T
        assert (ax * by - ay * bx).sum() / 2 == pytest.approx(WINDOW.area)
