"""Pictures of what tools give: one function each, from the outputs by name to a figure. Importing files them."""

from geoterritorio.publication.plots.change import components, steps
from geoterritorio.publication.plots.dartboard import dartboard
from geoterritorio.publication.plots.distance import bands, contributions
from geoterritorio.publication.plots.lorenz import lorenz
from geoterritorio.publication.plots.network import network
from geoterritorio.publication.plots.quotients import bubbles, forest
from geoterritorio.publication.plots.ranking import concentration, ranking, sector_ranking

__all__ = [
    "bands",
    "bubbles",
    "components",
    "concentration",
    "contributions",
    "dartboard",
    "forest",
    "lorenz",
    "network",
    "ranking",
    "sector_ranking",
    "steps",
]
