"""Where does the territory begin and end?"""

from geoterritorio.delimitation.grid import regular_cells

__all__ = ["regular_cells"]
