"""Places of the samples."""

from pathlib import Path

import geopandas as gpd
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="session")
def samples():
    return SAMPLES


@pytest.fixture(scope="session")
def comarca():
    return gpd.read_file(SAMPLES / "comarca/municipalities.gpkg")


@pytest.fixture(scope="session")
def valencia():
    return gpd.read_file(SAMPLES / "valencia/municipalities.gpkg")
