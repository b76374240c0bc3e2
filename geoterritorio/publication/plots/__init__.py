"""Pictures of what tools give: one function each, from the outputs by name to a figure. Importing files them."""

from geoterritorio.publication.plots._maps import GROUND
from geoterritorio.publication.plots.change import components, steps
from geoterritorio.publication.plots.clusters import (
    cluster_evidence,
    cluster_map,
    cluster_ratings,
    group_network,
    knowledge_shares,
    strong_map,
)
from geoterritorio.publication.plots.colocation import around, pairs
from geoterritorio.publication.plots.dartboard import dartboard
from geoterritorio.publication.plots.distance import bands, contributions
from geoterritorio.publication.plots.lorenz import lorenz
from geoterritorio.publication.plots.maps import clumped, spots, surface
from geoterritorio.publication.plots.markets import market_places, markets
from geoterritorio.publication.plots.network import network
from geoterritorio.publication.plots.quotients import bubbles, forest
from geoterritorio.publication.plots.ranking import concentration, ranking, sector_ranking

__all__ = [
    "GROUND",
    "around",
    "bands",
    "bubbles",
    "clumped",
    "cluster_evidence",
    "cluster_map",
    "cluster_ratings",
    "components",
    "concentration",
    "contributions",
    "dartboard",
    "forest",
    "group_network",
    "knowledge_shares",
    "lorenz",
    "market_places",
    "markets",
    "network",
    "pairs",
    "ranking",
    "sector_ranking",
    "spots",
    "steps",
    "strong_map",
    "surface",
]
