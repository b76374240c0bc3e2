"""What kind of place is it?"""

from geoterritorio.identification.cluster_actors import (
    actor_counts,
    institution_counts,
    linked_actors,
    matching_groups,
)
from geoterritorio.identification.cluster_evidence import ClusterRules, Clusters, Support, clusters
from geoterritorio.identification.cluster_quotients import Sizes, quotients_of
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
    "ClusterRules",
    "Clusters",
    "Sizes",
    "StarRules",
    "Stars",
    "StrongRules",
    "Support",
    "Threshold",
    "Validation",
    "actor_counts",
    "candidate_groups",
    "cluster_stars",
    "clusters",
    "combined_similarity",
    "exchange_similarity",
    "institution_counts",
    "knowledge_content",
    "linked_actors",
    "matching_groups",
    "occupation_similarity",
    "presence_similarity",
    "quotients_of",
    "similarity_matrices",
    "strong_clusters",
    "validation_scores",
]
