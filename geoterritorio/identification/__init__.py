"""What kind of place is it: industrial districts, clusters of related industries, systems of innovation."""

from geoterritorio.identification.actor_figures import NetworkFigures, network_measures
from geoterritorio.identification.actor_ties import Ties, actor_ties
from geoterritorio.identification.brokers import Brokerage, broker_roles, gould_fernandez
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
from geoterritorio.identification.helix import triple_helix, triple_information
from geoterritorio.identification.holes import structural_holes
from geoterritorio.identification.homes_and_jobs import containment_intervals, home_job_overlap
from geoterritorio.identification.innovation import (
    Presence,
    institution_presence,
    kind_diversity,
    poisson_interval,
)
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
from geoterritorio.identification.thickness import (
    InstitutionTies,
    institutional_thickness,
    pairs_tail,
    thickness_index,
)
from geoterritorio.identification.training import TrainingMatch, training_match

__all__ = [
    "PRESETS",
    "Brokerage",
    "ClusterRules",
    "Clusters",
    "DistrictPreset",
    "DistrictRules",
    "DistrictStability",
    "Districts",
    "Division",
    "InstitutionTies",
    "NetworkFigures",
    "Presence",
    "Sizes",
    "StarRules",
    "Stars",
    "StrongRules",
    "Support",
    "Threshold",
    "Ties",
    "TrainingMatch",
    "Validation",
    "actor_counts",
    "actor_ties",
    "broker_roles",
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
    "gould_fernandez",
    "home_job_overlap",
    "institution_counts",
    "institution_presence",
    "institutional_thickness",
    "kind_diversity",
    "knowledge_content",
    "linked_actors",
    "matching_groups",
    "network_measures",
    "occupation_similarity",
    "own_rules",
    "pairs_tail",
    "poisson_interval",
    "presence_similarity",
    "quotients_of",
    "similarity_matrices",
    "strong_clusters",
    "structural_holes",
    "thickness_index",
    "training_match",
    "triple_helix",
    "triple_information",
    "validation_scores",
]
