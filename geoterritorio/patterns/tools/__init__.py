"""Patterns on layers: establishments and boundaries in, functions, maps and tables out. Importing files the tools."""

from geoterritorio.patterns.tools.distance import KDensityResult, MResult, k_density, m_density, m_function

__all__ = ["KDensityResult", "MResult", "k_density", "m_density", "m_function"]
