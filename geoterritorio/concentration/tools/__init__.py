"""Concentration on layers: registers or counts and boundaries in, tables and maps out. Importing files the tools."""

from geoterritorio.concentration.tools.economic_complexity import (
    ComplexityResult,
    FitnessResult,
    complexity,
    fitness,
)
from geoterritorio.concentration.tools.quotients import (
    QuotientResult,
    location_quotient,
    standardised_location_quotient,
    tabulate,
)
from geoterritorio.concentration.tools.relatedness import (
    DensityResult,
    relatedness_density,
    sector_relatedness,
)
from geoterritorio.concentration.tools.sensitivity import areal_sensitivity

__all__ = [
    "ComplexityResult",
    "DensityResult",
    "FitnessResult",
    "QuotientResult",
    "areal_sensitivity",
    "complexity",
    "fitness",
    "location_quotient",
    "relatedness_density",
    "sector_relatedness",
    "standardised_location_quotient",
    "tabulate",
]
