"""Concentration on layers: registers or counts and boundaries in, tables and maps out. Importing files the tools."""

from geoterritorio.concentration.tools.by_sector import (
    herfindahl,
    hoover,
    krugman_concentration,
    locational_gini,
    theil,
)
from geoterritorio.concentration.tools.by_territory import (
    entropy,
    hachman,
    krugman_specialisation,
    relative_diversity,
)
from geoterritorio.concentration.tools.quotients import (
    QuotientResult,
    location_quotient,
    standardised_location_quotient,
    tabulate,
)
from geoterritorio.concentration.tools.sensitivity import areal_sensitivity

__all__ = [
    "QuotientResult",
    "areal_sensitivity",
    "entropy",
    "hachman",
    "herfindahl",
    "hoover",
    "krugman_concentration",
    "krugman_specialisation",
    "location_quotient",
    "locational_gini",
    "relative_diversity",
    "standardised_location_quotient",
    "tabulate",
    "theil",
]
