"""Kinds of places on layers: districts, clusters, systems of innovation. Importing files the tools."""

from geoterritorio.identification.tools.actors import (
    ActorNetworkResult,
    BrokerageResult,
    actor_network,
    brokerage,
)
from geoterritorio.identification.tools.cluster_groups import GroupingRules, GroupsResult, cluster_groups
from geoterritorio.identification.tools.clusters import ClustersResult, clusters
from geoterritorio.identification.tools.community import CommunityResult, CommunityRules, community_of_people
from geoterritorio.identification.tools.districts import (
    DistrictResult,
    DistrictStabilityResult,
    district_stability,
    districts,
)
from geoterritorio.identification.tools.helix import HelixResult, triple_helix
from geoterritorio.identification.tools.innovation import InnovationResult, InnovationRules, innovation_system
from geoterritorio.identification.tools.knowledge import KnowledgeResult, knowledge_content
from geoterritorio.identification.tools.stars import StarsResult, StrongResult, cluster_stars, strong_clusters
from geoterritorio.identification.tools.thickness import (
    ThicknessResult,
    ThicknessRules,
    institutional_thickness,
)
from geoterritorio.identification.tools.training import MatchResult, MatchRules, training_match

__all__ = [
    "ActorNetworkResult",
    "BrokerageResult",
    "ClustersResult",
    "CommunityResult",
    "CommunityRules",
    "DistrictResult",
    "DistrictStabilityResult",
    "GroupingRules",
    "GroupsResult",
    "HelixResult",
    "InnovationResult",
    "InnovationRules",
    "KnowledgeResult",
    "MatchResult",
    "MatchRules",
    "StarsResult",
    "StrongResult",
    "ThicknessResult",
    "ThicknessRules",
    "actor_network",
    "brokerage",
    "cluster_groups",
    "cluster_stars",
    "clusters",
    "community_of_people",
    "district_stability",
    "districts",
    "innovation_system",
    "institutional_thickness",
    "knowledge_content",
    "strong_clusters",
    "training_match",
    "triple_helix",
]
