"""How far has it come, and how do we know: two readings, peers, and the capitals of a territory."""

from geoterritorio.assessment.actions import ActionRegister, action_register
from geoterritorio.assessment.axes import AXES, Axis, View, axis_table
from geoterritorio.assessment.beside_peers import Benchmark, BenchmarkRules, benchmark
from geoterritorio.assessment.capital_scores import CapitalRules, Capitals, capitals
from geoterritorio.assessment.coded import coded_items, coded_statements, contradictions
from geoterritorio.assessment.coder_agreement import Agreement, agreement, krippendorff_alpha
from geoterritorio.assessment.gates import gate_table
from geoterritorio.assessment.normalising import normalised
from geoterritorio.assessment.peers import similar_peers
from geoterritorio.assessment.profile_rules import ProfileRules
from geoterritorio.assessment.rungs import Ladder, ladder
from geoterritorio.assessment.spokes import action_spokes
from geoterritorio.assessment.two_readings import Contrast, contrast

__all__ = [
    "AXES",
    "ActionRegister",
    "Agreement",
    "Axis",
    "Benchmark",
    "BenchmarkRules",
    "CapitalRules",
    "Capitals",
    "Contrast",
    "Ladder",
    "ProfileRules",
    "View",
    "action_register",
    "action_spokes",
    "agreement",
    "axis_table",
    "benchmark",
    "capitals",
    "coded_items",
    "coded_statements",
    "contradictions",
    "contrast",
    "gate_table",
    "krippendorff_alpha",
    "ladder",
    "normalised",
    "similar_peers",
]
