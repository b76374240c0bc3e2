"""Concentration on layers: registers or counts and boundaries in, tables and maps out. Importing files the tools."""

from geoterritorio.concentration.tools._indices import ComparisonRules
from geoterritorio.concentration.tools.by_sector import (
    HerfindahlRules,
    IndexResult,
    herfindahl,
    hoover,
    krugman_concentration,
)
from geoterritorio.concentration.tools.by_territory import (
    entropy,
    hachman,
    krugman_specialisation,
    relative_diversity,
)
from geoterritorio.concentration.tools.change import ShiftShareResult, ShiftShareRules, shift_share
from geoterritorio.concentration.tools.curves import (
    GiniResult,
    GiniRules,
    TheilResult,
    TheilRules,
    locational_gini,
    theil,
)
from geoterritorio.concentration.tools.dartboard import (
    coagglomeration,
    ellison_glaeser,
    maurel_sedillot,
    pairwise_coagglomeration,
    plant_colocation,
)
from geoterritorio.concentration.tools.disparity import (
    ConvergenceResult,
    DisparityResult,
    convergence,
    disparities,
)
from geoterritorio.concentration.tools.economic_complexity import (
    ComplexityResult,
    ComplexityRules,
    FitnessResult,
    complexity,
    fitness,
)
from geoterritorio.concentration.tools.quotient_forms import (
    excess_employment,
    location_quotient_interval,
    symmetric_location_quotient,
)
from geoterritorio.concentration.tools.quotients import (
    QuotientResult,
    location_quotient,
    standardised_location_quotient,
    tabulate,
)
from geoterritorio.concentration.tools.related_variety import variety
from geoterritorio.concentration.tools.relatedness import (
    DensityResult,
    DensityRules,
    relatedness_density,
    sector_relatedness,
)
from geoterritorio.concentration.tools.sensitivity import areal_sensitivity
from geoterritorio.concentration.tools.surroundings import (
    ClusterResult,
    ClusterRules,
    FocalResult,
    cluster_index,
    focal_location_quotient,
)

__all__ = [
    "ClusterResult",
    "ClusterRules",
    "ComparisonRules",
    "ComplexityResult",
    "ComplexityRules",
    "ConvergenceResult",
    "DensityResult",
    "DensityRules",
    "DisparityResult",
    "FitnessResult",
    "FocalResult",
    "GiniResult",
    "GiniRules",
    "HerfindahlRules",
    "IndexResult",
    "QuotientResult",
    "ShiftShareResult",
    "ShiftShareRules",
    "TheilResult",
    "TheilRules",
    "areal_sensitivity",
    "cluster_index",
    "coagglomeration",
    "complexity",
    "convergence",
    "disparities",
    "ellison_glaeser",
    "entropy",
    "excess_employment",
    "fitness",
    "focal_location_quotient",
    "hachman",
    "herfindahl",
    "hoover",
    "krugman_concentration",
    "krugman_specialisation",
    "location_quotient",
    "location_quotient_interval",
    "locational_gini",
    "maurel_sedillot",
    "pairwise_coagglomeration",
    "plant_colocation",
    "relatedness_density",
    "relative_diversity",
    "sector_relatedness",
    "shift_share",
    "standardised_location_quotient",
    "symmetric_location_quotient",
    "tabulate",
    "theil",
    "variety",
]
