"""How do the points lie to each other?"""

from geoterritorio.patterns.duranton_overman import k_density
from geoterritorio.patterns.envelopes import envelope, goodness_of_fit, localisation, ranges
from geoterritorio.patterns.marcon_puech import contributions, m_density, m_function, m_functions
from geoterritorio.patterns.rules import DistanceFunction, PatternRules

__all__ = [
    "DistanceFunction",
    "PatternRules",
    "contributions",
    "envelope",
    "goodness_of_fit",
    "k_density",
    "localisation",
    "m_density",
    "m_function",
    "m_functions",
    "ranges",
]
