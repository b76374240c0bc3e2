"""Kinds of places on layers: industrial districts, clusters of related industries. Importing files the tools."""

from geoterritorio.identification.tools.actors import (
    ActorNetworkResult,
    BrokerageResult,
    actor_network,
    brokerage,
)
from geoterritorio.identification.tools.cluster_groups import GroupingRules, GroupsResult, cluster_groups
from geoterritorio.identification.tools.clusters import ClustersResult, clusters
from geoterritorio.identification.tools.districts import (
    DistrictResult,
    DistrictStabilityResult,
    district_stability,
    districts,
)
from geoterritorio.identification.tools.knowledge import KnowledgeResult, knowledge_content
from geoterritorio.identification.tools.stars import StarsResult, StrongResult, cluster_stars, strong_clusters

__all__ = [
    "ActorNetworkResult",
    "BrokerageResult",
    "ClustersResult",
    "DistrictResult",
    "DistrictStabilityResult",
    "GroupingRules",
    "GroupsResult",
    "KnowledgeResult",
    "StarsResult",
    "StrongResult",
    "actor_network",
    "brokerage",
    "cluster_groups",
    "cluster_stars",
    "clusters",
    "district_stability",
    "districts",
    "knowledge_content",
    "strong_clusters",
]
