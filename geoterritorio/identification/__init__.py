"""What kind of place is it?"""

from geoterritorio.identification.district_rules import PRESETS, DistrictPreset, DistrictRules
from geoterritorio.identification.district_procedure import Districts, district_jobs, districts, own_rules

__all__ = [
    "PRESETS",
    "DistrictPreset",
    "DistrictRules",
    "Districts",
    "district_jobs",
    "districts",
    "own_rules",
]
