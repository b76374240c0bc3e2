"""Proximity on layers. Importing files the tools."""

from geoterritorio.proximity.tools.surface import (
    AllocationResult,
    CostDistanceResult,
    FrictionResult,
    allocation,
    cost_distance,
    friction_surface,
    least_cost_paths,
    zonal_sums,
)

__all__ = [
    "AllocationResult",
    "CostDistanceResult",
    "FrictionResult",
    "allocation",
    "cost_distance",
    "friction_surface",
    "least_cost_paths",
    "zonal_sums",
]
