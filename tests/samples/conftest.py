"""The generator of the invented territory, imported from where it stands."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"


def part(name: str) -> ModuleType:
    """Module beside the generator."""
    if str(SAMPLES) not in sys.path:
        sys.path.insert(0, str(SAMPLES))
    return import_module(name)


@pytest.fixture(scope="session")
def parts():
    """Any module of the generator by name."""
    return part


@pytest.fixture(scope="session")
def worlds():
    """Worlds by seed and scenario, each made once."""
    made: dict[tuple[Any, ...], Any] = {}

    def world(seed: int, scenario: str = "planted", **size: int) -> Any:
        key = (seed, scenario, *sorted(size.items()))
        if key not in made:
            made[key] = part("generate").generate(seed, scenario=scenario, **size)
        return made[key]

    return world
