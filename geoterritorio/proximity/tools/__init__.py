"""Reach on layers. Importing files the tools."""

from geoterritorio.proximity.tools.access import (
    AccessInequalityResult,
    FloatingCatchmentsResult,
    PotentialResult,
    access_inequality,
    floating_catchments,
    gravity_access,
    opportunities_within,
    spatial_availability,
)
from geoterritorio.proximity.tools.choice import (
    HuffFitResult,
    HuffSharesResult,
    break_points,
    fit_huff,
    huff_shares,
)

__all__ = [
    "AccessInequalityResult",
    "FloatingCatchmentsResult",
    "HuffFitResult",
    "HuffSharesResult",
    "PotentialResult",
    "access_inequality",
    "break_points",
    "fit_huff",
    "floating_catchments",
    "gravity_access",
    "huff_shares",
    "opportunities_within",
    "spatial_availability",
]
