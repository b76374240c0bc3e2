"""Territories assessed on layers: two readings contrasted, peers compared, capitals. Importing files the tools."""

from geoterritorio.assessment.tools.beside_peers import BenchmarkResult, benchmark
from geoterritorio.assessment.tools.four_capitals import CapitalsResult, capitals
from geoterritorio.assessment.tools.leader_profile import LeaderProfileResult, leader_profile
from geoterritorio.assessment.tools.two_readings import ContrastResult, contrast

__all__ = [
    "BenchmarkResult",
    "CapitalsResult",
    "ContrastResult",
    "LeaderProfileResult",
    "benchmark",
    "capitals",
    "contrast",
    "leader_profile",
]
