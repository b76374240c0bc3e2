"""The territorial profile: one page that says of a territory what a study found, how surely, and what stays unknown."""

from geoterritorio.publication.profile.page import Setting, profile, profile_index
from geoterritorio.publication.profile.parts import Case, Exhibit
from geoterritorio.publication.profile.sections import PARTS
from geoterritorio.publication.profile.surroundings import surroundings

__all__ = ["PARTS", "Case", "Exhibit", "Setting", "profile", "profile_index", "surroundings"]
