"""Sphinx settings; the pages of plots and maps and the reference pages are written before the build."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from gallery_pages import write_gallery
from map_pages import write_maps
from reference_pages import write_pages

from geoterritorio import __version__

project = "geoterritorio"
author = "the geoterritorio contributors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "geoterritorio"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 2
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

write_gallery(Path(__file__).parent / "gallery")
write_maps(Path(__file__).parent / "maps")
write_pages(Path(__file__).parent / "reference" / "tools")
