"""How do the points lie to each other?"""

from geoterritorio.patterns.bandwidths import surface_bandwidth
from geoterritorio.patterns.centres import centrography
from geoterritorio.patterns.clumping import ClumpRules, Clumps, clumps
from geoterritorio.patterns.colocations import (
    Colocation,
    ColocationRules,
    colocation_quotient,
    local_colocation_quotient,
)
from geoterritorio.patterns.duranton_overman import k_density
from geoterritorio.patterns.envelopes import envelope, goodness_of_fit, localisation, ranges
from geoterritorio.patterns.local import LocalPattern, LocalRules, hotspots, local_moran, standardised_rates
from geoterritorio.patterns.marcon_puech import contributions, m_density, m_function, m_functions
from geoterritorio.patterns.ripley import k_function
from geoterritorio.patterns.rules import DistanceFunction, PatternRules
from geoterritorio.patterns.surfaces import DensitySurface, SurfaceRules, density_surface
from geoterritorio.patterns.window import WindowRules

__all__ = [
    "ClumpRules",
    "Clumps",
    "Colocation",
    "ColocationRules",
    "DensitySurface",
    "DistanceFunction",
    "LocalPattern",
    "LocalRules",
    "PatternRules",
    "SurfaceRules",
    "WindowRules",
    "centrography",
    "clumps",
    "colocation_quotient",
    "contributions",
    "density_surface",
    "envelope",
    "goodness_of_fit",
    "hotspots",
    "k_density",
    "k_function",
    "local_colocation_quotient",
    "local_moran",
    "localisation",
    "m_density",
    "m_function",
    "m_functions",
    "ranges",
    "standardised_rates",
    "surface_bandwidth",
]
