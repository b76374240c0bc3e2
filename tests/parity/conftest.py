"""Where results and data of established peers are, if this checkout has them beside it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of the peers' results."""
    folder = SHARED / "oracles"
    if not folder.is_dir():
        pytest.skip("no results of peers beside this checkout")
    return folder


@pytest.fixture(scope="session")
def peer_data() -> Path:
    """Folder of the real data used for comparison."""
    folder = SHARED / "data" / "peers_and_flows"
    if not folder.is_dir():
        pytest.skip("no comparison data beside this checkout")
    return folder
