"""Territories assessed on layers: two readings contrasted, peers compared. Importing files the tools."""

from geoterritorio.assessment.tools.beside_peers import BenchmarkResult, benchmark
from geoterritorio.assessment.tools.two_readings import ContrastResult, contrast

__all__ = ["BenchmarkResult", "ContrastResult", "benchmark", "contrast"]
