"""Identification on layers. Importing files the tools."""

from geoterritorio.identification.tools.districts import (
    DistrictResult,
    DistrictStabilityResult,
    district_stability,
    districts,
)

__all__ = ["DistrictResult", "DistrictStabilityResult", "district_stability", "districts"]
