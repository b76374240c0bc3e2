"""How far has it come, and how do we know: two readings of a territory, its peers, its actions, the ladder."""

from geoterritorio.assessment.actions import ActionRegister, action_register
from geoterritorio.assessment.axes import AXES, Axis, View, axis_table
from geoterritorio.assessment.beside_peers import Benchmark, BenchmarkRules, benchmark
from geoterritorio.assessment.gates import gate_table
from geoterritorio.assessment.peers import similar_peers
from geoterritorio.assessment.rungs import Ladder, ladder
from geoterritorio.assessment.two_readings import Contrast, contrast

__all__ = [
    "AXES",
    "ActionRegister",
    "Axis",
    "Benchmark",
    "BenchmarkRules",
    "Contrast",
    "Ladder",
    "View",
    "action_register",
    "axis_table",
    "benchmark",
    "contrast",
    "gate_table",
    "ladder",
    "similar_peers",
]
