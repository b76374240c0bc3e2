"""How much of what is where? One table: territories by sectors."""

from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.bootstrap import bootstrap_intervals
from geoterritorio.concentration.economic_complexity import Complexity, complexity, complexity_interval
from geoterritorio.concentration.fitness_complexity import Fitness, fitness
from geoterritorio.concentration.intervals import IntervalRules, QuotientIntervals, location_quotient_interval
from geoterritorio.concentration.outlook import complexity_gain, complexity_outlook
from geoterritorio.concentration.quotients import (
    additive_location_quotient,
    agglomeration_cutoffs,
    excess_employment,
    location_quotient,
    standardised_location_quotient,
    symmetric_location_quotient,
)
from geoterritorio.concentration.relatedness import (
    presence,
    relatedness_density,
    relatedness_network,
    sector_relatedness,
)
from geoterritorio.concentration.significance import group_relatedness, relatedness_significance
from geoterritorio.concentration.tabulation import (
    Tabulation,
    counts_table,
    long_table,
    tabulate,
    tabulate_plants,
)

__all__ = [
    "Complexity",
    "Fitness",
    "IntervalRules",
    "QuotientIntervals",
    "Tabulation",
    "Whole",
    "additive_location_quotient",
    "agglomeration_cutoffs",
    "bootstrap_intervals",
    "complexity",
    "complexity_gain",
    "complexity_interval",
    "complexity_outlook",
    "counts_table",
    "excess_employment",
    "fitness",
    "group_relatedness",
    "location_quotient",
    "location_quotient_interval",
    "long_table",
    "presence",
    "relatedness_density",
    "relatedness_network",
    "relatedness_significance",
    "sector_relatedness",
    "standardised_location_quotient",
    "symmetric_location_quotient",
    "tabulate",
    "tabulate_plants",
]
