"""What do we know? Layers, their columns, their checks, their files."""

from geoterritorio.layers.checks import as_layer, check_layer
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.readers import (
    as_counts,
    as_firms,
    as_reference,
    as_territories,
    read_counts,
    read_firms,
    read_layer,
    read_reference,
    read_territories,
)
from geoterritorio.layers.store import write_layers

__all__ = [
    "as_counts",
    "as_firms",
    "as_layer",
    "as_reference",
    "as_territories",
    "check_layer",
    "read_counts",
    "read_firms",
    "read_layer",
    "read_reference",
    "read_territories",
    "require_metres",
    "write_layers",
]
