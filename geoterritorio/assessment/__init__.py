"""How far has it come, and how do we know: two readings of a territory, a territory beside its peers."""

from geoterritorio.assessment.axes import AXES, Axis, View, axis_table
from geoterritorio.assessment.beside_peers import Benchmark, BenchmarkRules, benchmark
from geoterritorio.assessment.peers import similar_peers
from geoterritorio.assessment.two_readings import Contrast, contrast

__all__ = [
    "AXES",
    "Axis",
    "Benchmark",
    "BenchmarkRules",
    "Contrast",
    "View",
    "axis_table",
    "benchmark",
    "contrast",
    "similar_peers",
]
