"""What kind of place is it: industrial districts, clusters of related industries, communities of people."""

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
from geoterritorio.identification.homes_and_jobs import containment_intervals, home_job_overlap
from geoterritorio.identification.knowledge import knowledge_content
from geoterritorio.identification.local_division import Division, division_of_labour
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
    "ClusterRules",
    "Clusters",
    "DistrictPreset",
    "DistrictRules",
    "DistrictStability",
    "Districts",
    "Division",
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
    "containment_intervals",
    "district_jobs",
    "district_stability",
    "districts",
    "division_of_labour",
    "exchange_similarity",
    "home_job_overlap",
    "institution_counts",
    "knowledge_content",
    "linked_actors",
    "matching_groups",
    "occupation_similarity",
    "own_rules",
    "presence_similarity",
    "quotients_of",
    "similarity_matrices",
    "strong_clusters",
    "validation_scores",
]
