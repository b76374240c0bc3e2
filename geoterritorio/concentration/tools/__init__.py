"""Concentration on layers: registers or counts and boundaries in, tables and maps out. Importing files the tools."""

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
    "location_quotient",
    "standardised_location_quotient",
    "tabulate",
]
