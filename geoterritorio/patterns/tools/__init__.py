"""Patterns of points on layers. Importing files the tools."""

from geoterritorio.patterns.tools.clumping import ClumpResult, clumps
from geoterritorio.patterns.tools.surface import SurfaceResult, density_surface

__all__ = ["ClumpResult", "SurfaceResult", "clumps", "density_surface"]
