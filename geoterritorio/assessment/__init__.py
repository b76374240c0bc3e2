"""How far has it come, and how do we know: two readings, peers, and the capitals of a territory."""

from geoterritorio.assessment.axes import AXES, Axis, View, axis_table
from geoterritorio.assessment.beside_peers import Benchmark, BenchmarkRules, benchmark
from geoterritorio.assessment.capital_scores import CapitalRules, Capitals, capitals
from geoterritorio.assessment.normalising import normalised
from geoterritorio.assessment.peers import similar_peers
from geoterritorio.assessment.two_readings import Contrast, contrast

__all__ = [
    "AXES",
    "Axis",
    "Benchmark",
    "BenchmarkRules",
    "CapitalRules",
    "Capitals",
    "Contrast",
    "View",
    "axis_table",
    "benchmark",
    "capitals",
    "contrast",
    "normalised",
    "similar_peers",
]
