"""Sphinx settings; the pages of plots and maps and the reference pages are written before the build."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from gallery_pages import write_gallery
from map_pages import write_maps
from reference_pages import write_pages

from geoterritorio import __version__

project = "geoterritorio"
author = "the geoterritorio contributors"
release = __version__
# Formulas are MathML, which needs no network; where the package is missing MathJax draws them, from the network.
MATH = "mathml_pages" if find_spec("latex2mathml") else "sphinx.ext.mathjax"
extensions = ["myst_nb", "sphinx.ext.autodoc", MATH, "numpydoc"]
html_math_renderer = "mathml" if MATH == "mathml_pages" else "mathjax"
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "geoterritorio"
html_static_path = ["_static"]
html_css_files = ["notebooks.css", "handbook.css"]
# The plugin carries the pages without their sources, so that no button leads to these.
html_theme_options = {"top_of_page_buttons": []}
html_copy_source = False
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 2
# Notebooks are shown as they were run: `make notebooks` runs them anew, a test compares.
nb_execution_mode = "off"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

write_gallery(Path(__file__).parent / "gallery")
write_maps(Path(__file__).parent / "maps")
write_pages(Path(__file__).parent / "reference" / "tools")
