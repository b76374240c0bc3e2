"""Cluster indices of German states as an established package has them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoterritorio.concentration import cluster_index


def test_reat_litzenberger2(oracles):
    folder = oracles / "reat_litzenberger2_states_2015"
    rows = pd.read_csv(folder / "inputs/data.csv")
    jobs, plants = (
        rows.pivot_table(index="region_code", columns="ind_code", values=c, aggfunc="sum")
        for c in ("emp_all", "firms")
    )
    states = rows.drop_duplicates("region_code").set_index("region_code")
    found = cluster_index(jobs.astype(float), plants.astype(float), states["area_sqkm"], states["pop"]).T
    peer = pd.read_csv(folder / "expected/ci.csv", index_col="ind_code")
    found = found.loc[peer.index, peer.columns]
    assert peer.isna().to_numpy().sum() == 1
    np.testing.assert_allclose(found.where(peer.notna()), peer, rtol=1e-9)
    # Mining in Bremen has establishments and, rounded, no jobs: none of the sector's density, not an unknown one.
    assert found.loc["WZ08-B", "HB"] == 0
