"""How much of what is where? One table: territories by sectors."""

from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._panel import counts_panel
from geoterritorio.concentration.bootstrap import bootstrap_intervals
from geoterritorio.concentration.change import ShiftShare, shift_share
from geoterritorio.concentration.dartboard import ellison_glaeser, maurel_sedillot, plant_moments
from geoterritorio.concentration.intervals import IntervalRules, QuotientIntervals, location_quotient_interval
from geoterritorio.concentration.pairing import (
    coagglomerated_pairs,
    coagglomeration,
    pairwise_coagglomeration,
    plant_colocation,
)
from geoterritorio.concentration.quotients import (
    additive_location_quotient,
    agglomeration_cutoffs,
    excess_employment,
    location_quotient,
    standardised_location_quotient,
    symmetric_location_quotient,
)
from geoterritorio.concentration.related_variety import variety, variety_interval
from geoterritorio.concentration.tabulation import (
    Tabulation,
    counts_table,
    long_table,
    tabulate,
    tabulate_plants,
)

__all__ = [
    "IntervalRules",
    "QuotientIntervals",
    "ShiftShare",
    "Tabulation",
    "Whole",
    "additive_location_quotient",
    "agglomeration_cutoffs",
    "bootstrap_intervals",
    "coagglomerated_pairs",
    "coagglomeration",
    "counts_panel",
    "counts_table",
    "ellison_glaeser",
    "excess_employment",
    "location_quotient",
    "location_quotient_interval",
    "long_table",
    "maurel_sedillot",
    "pairwise_coagglomeration",
    "plant_colocation",
    "plant_moments",
    "shift_share",
    "standardised_location_quotient",
    "symmetric_location_quotient",
    "tabulate",
    "tabulate_plants",
    "variety",
    "variety_interval",
]
