"""Pictures of what tools give: one function each, from the outputs by name to a figure. Importing files them."""

from geoterritorio.publication.plots._maps import GROUND
from geoterritorio.publication.plots.access import access_map, market_area_map
from geoterritorio.publication.plots.actions import action_budgets, action_timeline
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
from geoterritorio.publication.plots.coded import action_shares, coders_agree, evidence_map, rated_items
from geoterritorio.publication.plots.colocation import around, pairs
from geoterritorio.publication.plots.dartboard import dartboard
from geoterritorio.publication.plots.distance import bands, contributions
from geoterritorio.publication.plots.districts import district_evidence, district_map
from geoterritorio.publication.plots.divisions import agreement, communities
from geoterritorio.publication.plots.estimates import certainty, divided, estimates, panel
from geoterritorio.publication.plots.flows import market_flows
from geoterritorio.publication.plots.history import faults, in_force, lineages
from geoterritorio.publication.plots.innovation import (
    helix_bars,
    institution_matrix,
    thickness_parts,
    training_bars,
)
from geoterritorio.publication.plots.knowledge import knowledge_shares
from geoterritorio.publication.plots.ladder import ladder_change, ladder_map, ladder_matrix
from geoterritorio.publication.plots.limits import basins, borders
from geoterritorio.publication.plots.lorenz import access_lorenz, lorenz
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
from geoterritorio.publication.plots.people import capitals_matrix, division_change, homes_and_jobs_map
from geoterritorio.publication.plots.quotients import bubbles, forest
from geoterritorio.publication.plots.ranking import concentration, ranking, sector_ranking
from geoterritorio.publication.plots.reach import isochrone_map
from geoterritorio.publication.plots.roads import cost_curves, network_map
from geoterritorio.publication.plots.terrain import path_map, reach, travel_basins
from geoterritorio.publication.plots.urban import urban_areas
from geoterritorio.publication.plots.within_reach import reach_bars, reach_map, reach_map_residents
from geoterritorio.publication.plots.zones import break_map, zonal_map

__all__ = [
    "GROUND",
    "access_lorenz",
    "access_map",
    "action_budgets",
    "action_shares",
    "action_timeline",
    "agreement",
    "area_map",
    "around",
    "availability_map",
    "bands",
    "basins",
    "beside_peers",
    "borders",
    "break_map",
    "broker_roles",
    "bubbles",
    "capitals_matrix",
    "certainty",
    "clumped",
    "cluster_evidence",
    "cluster_map",
    "cluster_ratings",
    "coders_agree",
    "communities",
    "components",
    "concentration",
    "contrast_map",
    "contrast_matrix",
    "contributions",
    "cost_curves",
    "cost_map",
    "dartboard",
    "district_evidence",
    "district_map",
    "divided",
    "division_change",
    "estimates",
    "evidence_map",
    "faults",
    "forest",
    "group_network",
    "helix_bars",
    "homes_and_jobs_map",
    "in_force",
    "institution_matrix",
    "isochrone_map",
    "knowledge_shares",
    "ladder_change",
    "ladder_map",
    "ladder_matrix",
    "lineages",
    "local_and_outward",
    "lorenz",
    "market_area_map",
    "market_flows",
    "market_places",
    "markets",
    "network",
    "network_map",
    "one_more_map",
    "opportunity_map",
    "pairs",
    "panel",
    "path_map",
    "potential_map",
    "ranking",
    "rated_items",
    "reach",
    "reach_bars",
    "reach_map",
    "reach_map_residents",
    "sector_ranking",
    "spots",
    "steps",
    "strong_map",
    "surface",
    "thickness_parts",
    "ties_map",
    "training_bars",
    "travel_basins",
    "urban_areas",
    "zonal_map",
]
