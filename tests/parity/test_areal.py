"""Areal interpolation as tobler has it, on the municipalities of Sardinia and a grid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.delimitation import crosswalk, transfer


@pytest.fixture(scope="module")
def sardinia(oracles):
    folder = oracles / "tobler_area_interpolate_sardinia"
    source = gpd.read_file(oracles / "data/lma/Sardinia_municipalities_utm.gpkg")
    target = gpd.read_file(folder / "inputs/grid.gpkg")
    peer = pd.read_csv(folder / "expected/values.csv").set_index("cell").rename(index=str)
    source = source.rename(columns={"PRO_COM": "territory"})
    target = target.rename(columns={"cell": "territory"}).astype({"territory": str})
    return source.astype({"territory": str}), target, peer


@pytest.mark.parametrize(("outside", "column"), [("spread", "POP2001"), ("remainder", "POP2001_no_total")])
def test_tobler_amounts(sardinia, outside, column):
    source, target, peer = sardinia
    people = source.set_index("territory")["POP2001"].astype(float)
    told = transfer(people, crosswalk(source, target, outside=outside))
    # The peer keeps its shares in single precision.
    assert told.values["POP2001"][peer.index].to_numpy() == pytest.approx(peer[column].to_numpy(), rel=1e-6)
    assert told.values["POP2001"].sum() + told.remainder.to_numpy().sum() == pytest.approx(
        people.sum(), rel=1e-12
    )


def test_tobler_rates(sardinia):
    source, target, peer = sardinia
    density = (source["POP2001"] / (source.area / 1e6)).set_axis(source["territory"]).rename("density")
    told = transfer(density, crosswalk(source, target), quantity="intensive")
    assert told.values["density"][peer.index].to_numpy() == pytest.approx(
        peer["density"].to_numpy(), rel=1e-6
    )
    inside = told.values["density"].dropna().index
    assert (told.low["density"][inside] <= told.values["density"][inside] * (1 + 1e-12)).all()
    assert np.isnan(told.values["density"].drop(peer.index)).all()
