"""Patterns of points on layers. Importing files the tools."""

from geoterritorio.patterns.tools.surface import SurfaceResult, density_surface

__all__ = ["SurfaceResult", "density_surface"]
