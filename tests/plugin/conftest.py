"""The parts of the plugin that need no QGIS."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "qgis_plugin"))
