"""What do we know? Layers, their columns, their checks, their files."""

from geoterritorio.layers.checks import as_layer, check_layer, require_unique
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.dates import earliest, latest
from geoterritorio.layers.grids import Grid, as_grid, read_grid
from geoterritorio.layers.readers import (
    as_actions,
    as_counts,
    as_evidence,
    as_firms,
    as_flows,
    as_institutions,
    as_links,
    as_population,
    as_reference,
    as_roads,
    as_territories,
    read_actions,
    read_counts,
    read_evidence,
    read_firms,
    read_flows,
    read_institutions,
    read_layer,
    read_links,
    read_population,
    read_reference,
    read_roads,
    read_territories,
)
from geoterritorio.layers.recoding import aggregate_sectors, group_sectors, recode_sectors
from geoterritorio.layers.reference import reference_of
from geoterritorio.layers.sector_codes import check_sectors, normalise_sectors
from geoterritorio.layers.store import LayerMetadata, read_metadata, write_layers
from geoterritorio.layers.vocabularies import correspondence, correspondences, vocabularies, vocabulary

__all__ = [
    "Grid",
    "LayerMetadata",
    "aggregate_sectors",
    "as_actions",
    "as_counts",
    "as_evidence",
    "as_firms",
    "as_flows",
    "as_grid",
    "as_institutions",
    "as_layer",
    "as_links",
    "as_population",
    "as_reference",
    "as_roads",
    "as_territories",
    "check_layer",
    "check_sectors",
    "correspondence",
    "correspondences",
    "earliest",
    "group_sectors",
    "latest",
    "normalise_sectors",
    "read_actions",
    "read_counts",
    "read_evidence",
    "read_firms",
    "read_flows",
    "read_grid",
    "read_institutions",
    "read_layer",
    "read_links",
    "read_metadata",
    "read_population",
    "read_reference",
    "read_roads",
    "read_territories",
    "recode_sectors",
    "reference_of",
    "require_metres",
    "require_unique",
    "vocabularies",
    "vocabulary",
    "write_layers",
]
