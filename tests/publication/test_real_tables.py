"""Pictures of the invented comarca's own tables: what made-up names of a test are too short to show."""

import warnings
from importlib import import_module
from pathlib import Path

import pytest

from geoterritorio.concentration import tools
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.i18n import LANGUAGES
from geoterritorio.interface.run import outputs_of
from geoterritorio.layers import read_counts, read_firms, read_indicators, read_territories
from geoterritorio.registry import descriptions, gathered

FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
SETTINGS = {
    "location_quotient": {},
    "locational_gini": {"replicates": 49},
    "ellison_glaeser": {"replicates": 199},
    "complexity": {"replicates": 20},
    "shift_share": {"method": "dynamic"},
    "disparities": {"replicates": 20},
}
DRAWN = [(tool, plot["module"], plot["name"]) for tool in SETTINGS for plot in descriptions()[tool]["plots"]]


@pytest.fixture(scope="module")
def results():
    """Outputs of the tools by name of the tool."""
    markets = read_territories(FOLDER / "labour_markets.gpkg")
    of_register = {"territories": markets, "firms": read_firms(FOLDER / "firms.parquet")}
    layers = dict.fromkeys(SETTINGS, of_register) | {
        "shift_share": {"territories": markets, "counts": read_counts(FOLDER / "counts_periods.csv")},
        "disparities": {"indicators": read_indicators(FOLDER / "indicators.csv")},
    }
    with warnings.catch_warnings(action="ignore", category=GeoterritorioWarning):
        calls = {tool: (getattr(tools, tool), {**layers[tool], **SETTINGS[tool]}) for tool in SETTINGS}
        return {
            tool: outputs_of(descriptions()[tool], function(**gathered(function, given)))
            for tool, (function, given) in calls.items()
        }


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("tool", "module", "plot"), DRAWN, ids=[f"{t}-{p}" for t, _, p in DRAWN])
def test_no_text_leaves_the_picture(results, tool, module, plot, lang, outside):
    draw = getattr(import_module(module), plot)
    assert outside(draw(results[tool], lang=lang)) == []
