"""Territories assessed on layers: readings, peers, actions, the ladder. Importing files the tools."""

from geoterritorio.assessment.tools.actions import ActionResult, action_register
from geoterritorio.assessment.tools.beside_peers import BenchmarkResult, benchmark
from geoterritorio.assessment.tools.rungs import LadderResult, ladder, ladder_gates
from geoterritorio.assessment.tools.two_readings import ContrastResult, contrast

__all__ = [
    "ActionResult",
    "BenchmarkResult",
    "ContrastResult",
    "LadderResult",
    "action_register",
    "benchmark",
    "contrast",
    "ladder",
    "ladder_gates",
]
