"""Basins of an invented relief, and borders laid over them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rasterio.transform import Affine
from scipy import ndimage

from geoterritorio.delimitation import limit_agreement, natural_basins, regular_cells
from geoterritorio.layers.grids import Grid

CELL = 25.0


def relief(side: int) -> Grid:
    """A plane that falls to the south, with mountains of many sizes and some hollows, and sea at its foot."""
    rng = np.random.default_rng(1)
    height = np.zeros((side, side), dtype=np.float32)
    for scale in (4, 16, 64, 256):
        rough = ndimage.gaussian_filter(rng.normal(size=(side, side)).astype(np.float32), scale, mode="wrap")
        height += rough * np.float32(scale / rough.std())
    height += np.linspace(900, -60, side, dtype=np.float32)[:, None]
    return Grid(np.maximum(height, 0), Affine(CELL, 0, 5e5, 0, -CELL, 4.5e6), 25830)


@pytest.mark.parametrize("side", [2000, 4000])
def test_basins(compare, side):
    given = relief(side)
    natural_basins(
        replace(given, values=given.values[:50, :50])
    )  # compiled, or read from where the compiled lies
    found, _ = compare(f"basins of {side} x {side} cells", lambda: natural_basins(given))
    assert found.basins["area_km2"].sum() == pytest.approx(np.count_nonzero(given.values > 0) * CELL**2 / 1e6)


def test_limits(compare):
    given = relief(2000)
    basins = natural_basins(given, min_area=10).basins
    squares = regular_cells(basins, cell=2500, shape="hexagon")
    found, _ = compare(
        f"limits of {len(squares)} hexagons beside {len(basins)} basins",
        lambda: limit_agreement(squares, {"natural": basins}, tolerance=100),
    )
    assert found.table["along"].dropna().between(0, 1).all()
