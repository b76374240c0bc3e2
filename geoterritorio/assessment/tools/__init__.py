"""Territories assessed on layers: two readings contrasted, peers compared, capitals. Importing files the tools."""

from geoterritorio.assessment.tools.actions import ActionResult, action_register
from geoterritorio.assessment.tools.beside_peers import BenchmarkResult, benchmark
from geoterritorio.assessment.tools.four_capitals import CapitalsResult, capitals
from geoterritorio.assessment.tools.leader_profile import LeaderProfileResult, leader_profile
from geoterritorio.assessment.tools.rungs import LadderResult, ladder, ladder_gates
from geoterritorio.assessment.tools.two_readings import ContrastResult, contrast

__all__ = [
    "ActionResult",
    "BenchmarkResult",
    "CapitalsResult",
    "ContrastResult",
    "LadderResult",
    "LeaderProfileResult",
    "action_register",
    "benchmark",
    "capitals",
    "contrast",
    "ladder",
    "ladder_gates",
    "leader_profile",
]
