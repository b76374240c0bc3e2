"""What kind of place is it?"""

from geoterritorio.identification.district_draws import DistrictStability, district_stability
from geoterritorio.identification.district_procedure import Districts, district_jobs, districts, own_rules
from geoterritorio.identification.district_rules import PRESETS, DistrictPreset, DistrictRules

__all__ = [
    "PRESETS",
    "DistrictPreset",
    "DistrictRules",
    "DistrictStability",
    "Districts",
    "district_jobs",
    "district_stability",
    "districts",
    "own_rules",
]
