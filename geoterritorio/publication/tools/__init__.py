"""Tools of the room: tables made safe to publish."""

from geoterritorio.publication.tools.disclosed import Disclosed, disclose

__all__ = ["Disclosed", "disclose"]
