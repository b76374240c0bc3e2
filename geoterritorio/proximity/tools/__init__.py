"""Proximity on layers. Importing files the tools."""

from geoterritorio.proximity.tools.roads import NetworkResult, TravelCostsResult, road_network, travel_costs

__all__ = ["NetworkResult", "TravelCostsResult", "road_network", "travel_costs"]
