"""How much of what is where? One table: territories by sectors."""

from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.bootstrap import bootstrap_intervals
from geoterritorio.concentration.chance import index_intervals, index_null
from geoterritorio.concentration.curves import TheilParts, locational_gini, lorenz, theil
from geoterritorio.concentration.inequality import (
    entropy,
    hachman,
    herfindahl,
    hoover,
    krugman_concentration,
    krugman_specialisation,
    relative_diversity,
)
from geoterritorio.concentration.intervals import IntervalRules, QuotientIntervals, location_quotient_interval
from geoterritorio.concentration.quotients import (
    additive_location_quotient,
    agglomeration_cutoffs,
    excess_employment,
    location_quotient,
    standardised_location_quotient,
    symmetric_location_quotient,
)
from geoterritorio.concentration.tabulation import (
    Tabulation,
    counts_table,
    long_table,
    tabulate,
    tabulate_plants,
)
from geoterritorio.concentration.withheld import (
    CellBounds,
    cell_bounds,
    index_bounds,
    location_quotient_bounds,
)

__all__ = [
    "CellBounds",
    "IntervalRules",
    "QuotientIntervals",
    "Tabulation",
    "TheilParts",
    "Whole",
    "additive_location_quotient",
    "agglomeration_cutoffs",
    "bootstrap_intervals",
    "cell_bounds",
    "counts_table",
    "entropy",
    "excess_employment",
    "hachman",
    "herfindahl",
    "hoover",
    "index_bounds",
    "index_intervals",
    "index_null",
    "krugman_concentration",
    "krugman_specialisation",
    "location_quotient",
    "location_quotient_bounds",
    "location_quotient_interval",
    "locational_gini",
    "long_table",
    "lorenz",
    "relative_diversity",
    "standardised_location_quotient",
    "symmetric_location_quotient",
    "tabulate",
    "tabulate_plants",
    "theil",
]
