"""Tables of establishments made safe to publish."""

from geoterritorio.publication.disclosure.rules import DisclosureRules

__all__ = ["DisclosureRules"]
