"""Patterns on layers: establishments and boundaries in, functions, maps and tables out. Importing files the tools."""

from geoterritorio.patterns.tools.clumping import ClumpResult, clumps
from geoterritorio.patterns.tools.colocations import ColocationResult, colocation_quotient
from geoterritorio.patterns.tools.distance import KDensityResult, MResult, k_density, m_density, m_function
from geoterritorio.patterns.tools.local import NeighbourRules, hotspots, local_moran
from geoterritorio.patterns.tools.ripley import KFunctionResult, k_function
from geoterritorio.patterns.tools.surface import SurfaceResult, density_surface

__all__ = [
    "ClumpResult",
    "ColocationResult",
    "KDensityResult",
    "KFunctionResult",
    "MResult",
    "NeighbourRules",
    "SurfaceResult",
    "clumps",
    "colocation_quotient",
    "density_surface",
    "hotspots",
    "k_density",
    "k_function",
    "local_moran",
    "m_density",
    "m_function",
]
