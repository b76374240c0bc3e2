"""How much of what is where? One table: territories by sectors."""

from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._panel import counts_panel
from geoterritorio.concentration.bootstrap import bootstrap_intervals
from geoterritorio.concentration.chance import index_intervals, index_null
from geoterritorio.concentration.change import ShiftShare, shift_share
from geoterritorio.concentration.convergence import (
    BetaConvergence,
    SigmaConvergence,
    beta_convergence,
    sigma_convergence,
)
from geoterritorio.concentration.curves import TheilParts, locational_gini, lorenz, theil
from geoterritorio.concentration.dartboard import ellison_glaeser, maurel_sedillot, plant_moments
from geoterritorio.concentration.decomposition import (
    SpatialGini,
    TheilDecomposition,
    disparities,
    spatial_gini,
    theil_decomposition,
)
from geoterritorio.concentration.disparity import (
    atkinson,
    coefficient_of_variation,
    coulter,
    gini,
    lorenz_curve,
    pietra,
    theil_l,
    theil_t,
    williamson,
)
from geoterritorio.concentration.economic_complexity import Complexity, complexity, complexity_interval
from geoterritorio.concentration.fitness_complexity import Fitness, fitness
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
from geoterritorio.concentration.outlook import complexity_gain, complexity_outlook
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
from geoterritorio.concentration.relatedness import (
    presence,
    relatedness_density,
    relatedness_network,
    sector_relatedness,
)
from geoterritorio.concentration.significance import group_relatedness, relatedness_significance
from geoterritorio.concentration.surroundings import (
    ClusterWhole,
    cluster_index,
    focal_location_quotient,
    kernel_weights,
)
from geoterritorio.concentration.surroundings_intervals import (
    cluster_index_deviation,
    focal_location_quotient_interval,
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
    location_quotient_ceiling,
)

__all__ = [
    "BetaConvergence",
    "CellBounds",
    "ClusterWhole",
    "Complexity",
    "Fitness",
    "IntervalRules",
    "QuotientIntervals",
    "ShiftShare",
    "SigmaConvergence",
    "SpatialGini",
    "Tabulation",
    "TheilDecomposition",
    "TheilParts",
    "Whole",
    "additive_location_quotient",
    "agglomeration_cutoffs",
    "atkinson",
    "beta_convergence",
    "bootstrap_intervals",
    "cell_bounds",
    "cluster_index",
    "cluster_index_deviation",
    "coagglomerated_pairs",
    "coagglomeration",
    "coefficient_of_variation",
    "complexity",
    "complexity_gain",
    "complexity_interval",
    "complexity_outlook",
    "coulter",
    "counts_panel",
    "counts_table",
    "disparities",
    "ellison_glaeser",
    "entropy",
    "excess_employment",
    "fitness",
    "focal_location_quotient",
    "focal_location_quotient_interval",
    "gini",
    "group_relatedness",
    "hachman",
    "herfindahl",
    "hoover",
    "index_bounds",
    "index_intervals",
    "index_null",
    "kernel_weights",
    "krugman_concentration",
    "krugman_specialisation",
    "location_quotient",
    "location_quotient_bounds",
    "location_quotient_ceiling",
    "location_quotient_interval",
    "locational_gini",
    "long_table",
    "lorenz",
    "lorenz_curve",
    "maurel_sedillot",
    "pairwise_coagglomeration",
    "pietra",
    "plant_colocation",
    "plant_moments",
    "presence",
    "relatedness_density",
    "relatedness_network",
    "relatedness_significance",
    "relative_diversity",
    "sector_relatedness",
    "shift_share",
    "sigma_convergence",
    "spatial_gini",
    "standardised_location_quotient",
    "symmetric_location_quotient",
    "tabulate",
    "tabulate_plants",
    "theil",
    "theil_decomposition",
    "theil_l",
    "theil_t",
    "variety",
    "variety_interval",
    "williamson",
]
