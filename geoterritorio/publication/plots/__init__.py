"""Pictures of what tools give: one function each, from the outputs by name to a figure. Importing files them."""

from geoterritorio.publication.plots._maps import GROUND
from geoterritorio.publication.plots.access import access_map, market_area_map
from geoterritorio.publication.plots.actors import broker_roles, local_and_outward, ties_map
from geoterritorio.publication.plots.areas import area_map
from geoterritorio.publication.plots.assessment import beside_peers, contrast_map, contrast_matrix
from geoterritorio.publication.plots.change import components, steps
from geoterritorio.publication.plots.clusters import (
    cluster_evidence,
    cluster_map,
    cluster_ratings,
    group_network,
    strong_map,
)
from geoterritorio.publication.plots.colocation import around, pairs
from geoterritorio.publication.plots.dartboard import dartboard
from geoterritorio.publication.plots.distance import bands, contributions
from geoterritorio.publication.plots.districts import district_evidence, district_map
from geoterritorio.publication.plots.divisions import agreement, communities
from geoterritorio.publication.plots.estimates import certainty, divided, estimates, panel
from geoterritorio.publication.plots.flows import market_flows
from geoterritorio.publication.plots.history import faults, in_force, lineages
from geoterritorio.publication.plots.knowledge import knowledge_shares
from geoterritorio.publication.plots.limits import basins, borders
from geoterritorio.publication.plots.lorenz import lorenz
from geoterritorio.publication.plots.maps import clumped, spots, surface
from geoterritorio.publication.plots.markets import market_places, markets
from geoterritorio.publication.plots.network import network
from geoterritorio.publication.plots.offers import (
    availability_map,
    cost_map,
    one_more_map,
    opportunity_map,
    potential_map,
)
from geoterritorio.publication.plots.quotients import bubbles, forest
from geoterritorio.publication.plots.ranking import concentration, ranking, sector_ranking
from geoterritorio.publication.plots.reach import isochrone_map
from geoterritorio.publication.plots.terrain import reach, travel_basins
from geoterritorio.publication.plots.urban import urban_areas
from geoterritorio.publication.plots.within_reach import reach_bars, reach_map

__all__ = [
    "GROUND",
    "access_map",
    "agreement",
    "area_map",
    "around",
    "availability_map",
    "bands",
    "basins",
    "beside_peers",
    "borders",
    "broker_roles",
    "bubbles",
    "certainty",
    "clumped",
    "cluster_evidence",
    "cluster_map",
    "cluster_ratings",
    "communities",
    "components",
    "concentration",
    "contrast_map",
    "contrast_matrix",
    "contributions",
    "cost_map",
    "dartboard",
    "district_evidence",
    "district_map",
    "divided",
    "estimates",
    "faults",
    "forest",
    "group_network",
    "in_force",
    "isochrone_map",
    "knowledge_shares",
    "lineages",
    "local_and_outward",
    "lorenz",
    "market_area_map",
    "market_flows",
    "market_places",
    "markets",
    "network",
    "one_more_map",
    "opportunity_map",
    "pairs",
    "panel",
    "potential_map",
    "ranking",
    "reach",
    "reach_bars",
    "reach_map",
    "sector_ranking",
    "spots",
    "steps",
    "strong_map",
    "surface",
    "ties_map",
    "travel_basins",
    "urban_areas",
]
