"""Sums of polygons inside areas as tobler has them, on the municipalities of Sardinia and a grid."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.proximity import Sources, contents


def test_tobler_amounts_inside_areas(oracles):
    folder = oracles / "tobler_area_interpolate_sardinia"
    source = gpd.read_file(oracles / "data/lma/Sardinia_municipalities_utm.gpkg")
    target = gpd.read_file(folder / "inputs/grid.gpkg").rename(columns={"cell": "area"})
    peer = pd.read_csv(folder / "expected/values.csv").set_index("cell").rename(index=str)
    source = source.rename(columns={"POP2001": "population"}).astype({"population": float})
    found = contents(target.astype({"area": str}), Sources(population=source)).set_index("area")
    # The peer keeps its shares in single precision; without its rescaling, since the grid leaves land out.
    mine = found["sum"][peer.index].to_numpy()
    assert mine == pytest.approx(peer["POP2001_no_total"].to_numpy(), rel=1e-6)
