"""The plugin's modules that need no QGIS, tested with any Python."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "qgis_plugin"))
