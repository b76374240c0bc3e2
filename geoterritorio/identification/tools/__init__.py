"""Kinds of places on layers: industrial districts, clusters, communities of people. Importing files the tools."""

from geoterritorio.identification.tools.cluster_groups import GroupingRules, GroupsResult, cluster_groups
from geoterritorio.identification.tools.clusters import ClustersResult, clusters
from geoterritorio.identification.tools.community import CommunityResult, CommunityRules, community_of_people
from geoterritorio.identification.tools.districts import (
    DistrictResult,
    DistrictStabilityResult,
    district_stability,
    districts,
)
from geoterritorio.identification.tools.knowledge import KnowledgeResult, knowledge_content
from geoterritorio.identification.tools.stars import StarsResult, StrongResult, cluster_stars, strong_clusters

__all__ = [
    "ClustersResult",
    "CommunityResult",
    "CommunityRules",
    "DistrictResult",
    "DistrictStabilityResult",
    "GroupingRules",
    "GroupsResult",
    "KnowledgeResult",
    "StarsResult",
    "StrongResult",
    "cluster_groups",
    "cluster_stars",
    "clusters",
    "community_of_people",
    "district_stability",
    "districts",
    "knowledge_content",
    "strong_clusters",
]
