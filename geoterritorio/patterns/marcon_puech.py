"""M and m: are plants nearer to their own sector than to all activity? (Marcon and Puech)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._near import Near, from_costs, near, sums
from geoterritorio.patterns.duranton_overman import bandwidth, chosen_of, ground_of
from geoterritorio.patterns.grounds import CostTable
from geoterritorio.patterns.rules import (
    DistanceFunction,
    PatternRules,
    Random,
    distances,
    enough,
    told,
)
from geoterritorio.patterns.sites import Sites, placed_anew, sites
from geoterritorio.registry import Progress, no_progress
