"""Establishments in cells of a grid: none of few, none on another, and no points on a public map."""

import json
import re

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.publication.disclosure.gridded import gridded
from geoterritorio.publication.webmap.codec import unpack
from geoterritorio.study.config import read_plan
from geoterritorio.study.pipeline import run_study


def scattered(seed, number, groups=0):
    """Invented establishments, half of them in a few clumps."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 20_000, (number, 2))
    places[::2] = rng.normal(0, 300, (len(places[::2]), 2)) + rng.choice([3000.0, 11_000.0], (1, 2))
    rows = gpd.GeoDataFrame(
        {"firm": [f"secret-{k}" for k in range(number)], "sector": "15"},
        geometry=shapely.points(places + np.array([440_000, 4_470_000])),
        crs=25830,
    )
    return rows.assign(group=rng.integers(0, groups, number).astype(str)) if groups else rows


@settings(max_examples=40)
@given(
    st.integers(0, 10_000), st.integers(0, 300), st.integers(2, 12), st.sampled_from([100.0, 250.0, 1000.0])
)
def test_cells_have_enough_and_lie_beside_each_other(seed, number, minimum, cell):
    firms = scattered(seed, number)
    cells = gridded(firms, cell=cell, minimum=minimum)
    inside = firms.sjoin(cells, predicate="within")
    assert inside["firm"].is_unique
    assert (inside.groupby("index_right").size() == cells["establishments"]).all()
    assert (cells["establishments"] >= minimum).all()
    assert not len(cells.sjoin(cells, predicate="overlaps"))
    assert (np.log2(cells["side"] / cell) % 1 == 0).all()
    assert (cells.geometry.bounds["minx"] % cells["side"] == 0).all()


def test_groups_are_one_contributor():
    firms = scattered(1, 200, groups=2)
    assert len(gridded(firms, cell=250.0, minimum=3)) == 0
    assert gridded(firms, cell=250.0, minimum=2)["establishments"].sum() > 0


def test_dense_places_are_told_finely():
    cells = gridded(scattered(4, 2000), cell=250.0, minimum=3)
    assert cells["side"].nunique() > 1
    # A tenth of what is divided at most is lost.
    assert cells["establishments"].sum() > 0.8 * 2000


STUDY = """
[study]
title = "Offices"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[layers.metric]
kind = "firms"
path = "metric.gpkg"

[steps.clumps]
tool = "clumps"
firms = "metric"

[map]
show = ["register"]

[disclosure]
points = "grid"
cell = 250
"""


@pytest.fixture(scope="module", params=[25830, 4326])
def study(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    firms = scattered(3, 400)
    write_layers(
        {str(folder / "firms.gpkg"): firms.to_crs(request.param), str(folder / "metric.gpkg"): firms}
    )
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


def test_a_public_map_has_cells_and_no_points(study):
    made = run_study(study / "study.toml", study / "out")
    text = made["map"].read_text(encoding="utf-8")
    assert '"firms":true' not in text
    told = [
        unpack(block)
        for block in re.findall(
            r'<script type="application/octet-stream" id="data-\d+">([^<]*)</script>', text
        )
    ]
    assert not any("secret-" in json.dumps(texts) for _, texts in told)
    assert "cells of a grid" in text
    assert "single establishments" not in text
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))["confidentiality"]
    assert "map.html" not in account["single_establishments"]
    if "project" in made:
        layers = pyogrio.list_layers(study / "out" / "project.gpkg")[:, 0]
        assert "register" not in layers


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('points = "donut"', "disclosure.points: must be one of: grid"),
        ('points = "grid"\ncell = 10', "disclosure.cell: must be a number of at least 100"),
        ('points = "grid"\ncell = true', "disclosure.cell"),
        ('points = "grid"\n[project]\nshow = ["register"]', "register: shows single establishments"),
        ("minimum = 3", "register: shows single establishments"),
    ],
)
def test_refusals(study, words, said):
    head = STUDY.partition("[disclosure]")[0]
    (study / "bad.toml").write_text(f"{head}[disclosure]\n{words}\n", encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        read_plan(study / "bad.toml")
    assert said in str(refused.value)
