"""What kind of place is it: industrial districts, clusters of related industries."""

from geoterritorio.identification.actor_figures import NetworkFigures, network_measures
from geoterritorio.identification.actor_ties import Ties, actor_ties
from geoterritorio.identification.brokers import Brokerage, broker_roles, gould_fernandez, structural_holes
from geoterritorio.identification.cluster_actors import (
    actor_counts,
    institution_counts,
    linked_actors,
    matching_groups,
)
from geoterritorio.identification.cluster_evidence import ClusterRules, Clusters, Support, clusters
from geoterritorio.identification.cluster_quotients import Sizes, quotients_of
from geoterritorio.identification.district_draws import DistrictStability, district_stability
from geoterritorio.identification.district_procedure import Districts, district_jobs, districts, own_rules
from geoterritorio.identification.district_rules import PRESETS, DistrictPreset, DistrictRules
from geoterritorio.identification.knowledge import knowledge_content
from geoterritorio.identification.related_groups import (
    Validation,
    candidate_groups,
    combined_similarity,
    exchange_similarity,
    occupation_similarity,
    presence_similarity,
    similarity_matrices,
    validation_scores,
)
from geoterritorio.identification.stars import (
    StarRules,
    Stars,
    StrongRules,
    Threshold,
    cluster_stars,
    strong_clusters,
)

__all__ = [
    "PRESETS",
    "Brokerage",
    "ClusterRules",
    "Clusters",
    "DistrictPreset",
    "DistrictRules",
    "DistrictStability",
    "Districts",
    "NetworkFigures",
    "Sizes",
    "StarRules",
    "Stars",
    "StrongRules",
    "Support",
    "Threshold",
    "Ties",
    "Validation",
    "actor_counts",
    "actor_ties",
    "broker_roles",
    "candidate_groups",
    "cluster_stars",
    "clusters",
    "combined_similarity",
    "district_jobs",
    "district_stability",
    "districts",
    "exchange_similarity",
    "gould_fernandez",
    "institution_counts",
    "knowledge_content",
    "linked_actors",
    "matching_groups",
    "network_measures",
    "occupation_similarity",
    "own_rules",
    "presence_similarity",
    "quotients_of",
    "similarity_matrices",
    "strong_clusters",
    "structural_holes",
    "validation_scores",
]
