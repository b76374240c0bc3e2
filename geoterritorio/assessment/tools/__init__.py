"""Territories assessed on layers: readings contrasted, peers compared, statements coded. Importing files the tools."""

from geoterritorio.assessment.tools.beside_peers import BenchmarkResult, benchmark
from geoterritorio.assessment.tools.leader_profile import LeaderProfileResult, leader_profile
from geoterritorio.assessment.tools.two_readings import ContrastResult, contrast

__all__ = [
    "BenchmarkResult",
    "ContrastResult",
    "LeaderProfileResult",
    "benchmark",
    "contrast",
    "leader_profile",
]
