"""The plugin's modules that need no QGIS, tested with any Python."""

import sys
from pathlib import Path

PLUGIN = Path(__file__).parents[2] / "qgis_plugin"
sys.path.insert(0, str(PLUGIN))
