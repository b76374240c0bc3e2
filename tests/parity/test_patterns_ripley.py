"""K, L, pair correlation, D and Kmm as dbmss, pointpats and REAT have them; centres as pointpats has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.patterns.centres import centrography
from geoterritorio.patterns.ripley import k_function
from geoterritorio.patterns.window import WindowRules

# One tree of Paracou is outside the window given with them.
OUTSIDE = r"1 of 2426 establishments lie outside"


@pytest.fixture(scope="module")
def paracou(oracles):
    folder = oracles / "dbmss_K_L_g_D_Kmm_paracou16"
    trees = pd.read_csv(folder / "inputs/points.csv")
    trees = trees.rename(columns={"PointType": "sector", "PointWeight": "employment"})
    return folder, trees, shapely.Polygon(pd.read_csv(folder / "inputs/window.csv").to_numpy())


def both(paracou, name, form, sector="Q. Rosea", neighbours=None, *, weighted=False):
    folder, trees, window = paracou
    peer = pd.read_csv(folder / f"expected/{name}.csv").set_index("r")["iso"]
    rules = WindowRules(farthest=peer.index[-1], steps=len(peer) - 1, simulations=0)
    with pytest.warns(GeoterritorioWarning, match=OUTSIDE):
        found = k_function(
            trees, sector, neighbours, window=window, form=form, weighted=weighted, rules=rules
        )
    return found.table["value"], peer


@pytest.mark.parametrize(
    ("name", "form", "pair"),
    [
        ("K", "k", ("Q. Rosea", None)),
        ("L", "l", ("Q. Rosea", None)),
        ("K_bivariate", "k", ("V. Americana", "Q. Rosea")),
        ("D", "d_between", ("V. Americana", "Q. Rosea")),
    ],
)
def test_dbmss(paracou, name, form, pair):
    found, peer = both(paracou, name, form, *pair)
    np.testing.assert_allclose(found.index, peer.index, rtol=1e-12)
    np.testing.assert_allclose(found, peer, rtol=1e-9, atol=1e-9)


def test_dbmss_mark_weighted(paracou):
    """The peer divides by all pairs of marks, those of a plant with itself too, so its Kmm is too low under chance."""
    found, peer = both(paracou, "Kmm", "k", weighted=True)
    marks = paracou[1].loc[paracou[1]["sector"] == "Q. Rosea", "employment"]
    theirs = found * (1 - (marks**2).sum() / marks.sum() ** 2)
    np.testing.assert_allclose(theirs, peer, rtol=1e-9)
    _, linear = both(paracou, "Lmm", "l", weighted=True)
    np.testing.assert_allclose(np.sqrt(theirs / np.pi) - theirs.index, linear, rtol=1e-9, atol=1e-9)


def test_dbmss_pair_correlation(paracou):
    """The peer divides by n² instead of n (n − 1), and its kernels are summed on a grid."""
    found, peer = both(paracou, "g", "pcf")
    number = (paracou[1]["sector"] == "Q. Rosea").sum()
    assert np.isnan(found[0.0])
    assert np.isinf(peer[0])
    np.testing.assert_allclose(found[1:] * (number - 1) / number, peer[1:], rtol=2.5e-3)


@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
def test_pointpats(oracles):
    """The peer divides by n² instead of n (n − 1)."""
    folder = oracles / "pointpats_k_l_pharm"
    points = pd.read_csv(folder / "inputs/points.csv").assign(sector="pharmacy")
    peer = pd.read_csv(folder / "expected/functions.csv").set_index("r")
    rules = WindowRules(farthest=peer.index[-1], steps=len(peer), correction="none", simulations=0)
    found = k_function(points, rules=rules)
    theirs = found.table["value"].iloc[1:] * (len(points) - 1) / len(points)
    assert found.table.attrs["window"] == "rectangle"
    assert found.table.attrs["area"] == pytest.approx(3954886623.551443, rel=1e-9)
    np.testing.assert_allclose(theirs.index, peer.index)
    np.testing.assert_allclose(theirs, peer["K"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(theirs / np.pi) - peer.index, peer["L_linearized"], rtol=1e-9)


@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
def test_reat(oracles):
    """The peer measures on a sphere of the radius of the equator, divides by n² and takes any number for the area."""
    folder = oracles / "reat_ripley_pharmacies_goettingen"
    points = pd.read_csv(folder / "inputs/points.csv")
    peer = pd.read_csv(folder / "expected/K.csv")
    lon, lat = np.radians(points["lon"].to_numpy()), np.radians(points["lat"].to_numpy())
    cosine = np.sin(lat[:, None]) * np.sin(lat) + np.cos(lat[:, None]) * np.cos(lat) * np.cos(
        lon[:, None] - lon
    )
    away = 6_378_000 * np.arccos(np.clip(cosine, -1, 1))
    np.fill_diagonal(away, np.inf)
    number, radii = len(points), peer["t <="].to_numpy(float)
    theirs = 3.02e9 / number**2 * (away[..., None] <= radii).sum(axis=(0, 1))
    np.testing.assert_allclose(theirs, peer["K t"], rtol=1e-6)
    # On the plane, where the sphere is the ellipsoid it stands for, few pairs change sides of a distance.
    x, y = Transformer.from_crs(4326, 25832, always_xy=True).transform(points["lon"], points["lat"])
    plane = pd.DataFrame({"x": x, "y": y, "sector": "pharmacy"})
    rules = WindowRules(farthest=radii[-1], steps=len(radii), correction="none", simulations=0)
    found = k_function(plane, rules=rules)
    ours = found.table["value"].iloc[1:] * 3.02e9 / found.table.attrs["area"] * (number - 1) / number
    np.testing.assert_allclose(ours, peer["K t"], rtol=0.012)


def test_pointpats_centres(oracles):
    """
    The peer's angle is that of the longer axis from east, against the clock; ours is from north, with it.

    Its median ends up to 1.3 m before the point of the least sum of distances.
    """
    folder = oracles / "pointpats_centrography_goettingen"
    points = pd.read_csv(folder / "inputs/points.csv").rename(columns={"type": "sector"})
    peer = pd.read_csv(folder / "expected/centrography.csv").set_index("type")
    found = centrography(points).loc[peer.index]
    theirs = ["n", "mean_x", "mean_y", "std_distance", "ellipse_major", "ellipse_minor"]
    ours = ["plants", "mean_x", "mean_y", "standard_distance", "major", "minor"]
    np.testing.assert_allclose(found[ours], peer[theirs], rtol=1e-8)
    np.testing.assert_allclose(90 - found["angle"], np.degrees(peer["ellipse_theta"]), rtol=1e-8)
    for sector, row in found.iterrows():
        places = points.loc[points["sector"] == sector, ["x", "y"]].to_numpy()
        mine, other = row[["median_x", "median_y"]], peer.loc[sector, ["median_x", "median_y"]]
        assert np.hypot(*(mine.to_numpy() - other.to_numpy()).astype(float)) < 1.3
        mine, other = (np.hypot(*(places - m.to_numpy(float)).T).sum() for m in (mine, other))
        assert mine <= other
