"""Columns of results on institutions, training and the triple helix, in words."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark

INNOVATION_HEADINGS: Mapping[str, str] = {
    "beyond_chance": mark("Beyond chance"),
    "centralisation": mark("Centralisation"),
    "contribution": mark("Contribution, bits"),
    "diversity_expected": mark("Diversity by chance"),
    "expected_high": mark("By chance, at most"),
    "expected_low": mark("By chance, at least"),
    "few": mark("Few establishments"),
    "field": mark("Field"),
    "fields": mark("Fields of knowledge"),
    "h_1": mark("H of places"),
    "h_12": mark("H of places and technologies"),
    "h_123": mark("H of all three"),
    "h_13": mark("H of places and sizes"),
    "h_2": mark("H of technologies"),
    "h_23": mark("H of technologies and sizes"),
    "h_3": mark("H of sizes"),
    "institution": mark("Institution"),
    "jobs_only": mark("Jobs that hang on it"),
    "kinds_expected": mark("Kinds by chance"),
    "kinds_p": mark("So few kinds, by chance"),
    "kinds_present": mark("Kinds present"),
    "kinds_share": mark("Share of the kinds"),
    "link_density": mark("Share of pairs linked"),
    "lq_high": mark("LQ at most"),
    "lq_low": mark("LQ at least"),
    "match_high": mark("Share served, at most"),
    "match_low": mark("Share served, at least"),
    "match_share": mark("Share served"),
    "mean_degree": mark("Links for each institution"),
    "measured_from": mark("Measured from"),
    "missing_kinds": mark("Missing kinds"),
    "nearest_institution": mark("Nearest elsewhere"),
    "nearest_name": mark("Its name"),
    "nearest_territory": mark("Its territory"),
    "name_es": mark("Name in Spanish"),
    "nearest_name_es": mark("Its name in Spanish"),
    "needed_fields": mark("Fields that serve it"),
    "no_field": mark("Jobs without a field"),
    "none_by_chance": mark("None, by chance"),
    "p_high": mark("As high, by chance"),
    "p_least": mark("Smallest p that there could be"),
    "p_low": mark("As low, by chance"),
    "present": mark("Present"),
    "projects": mark("Shared projects"),
    "purpose": mark("Purpose"),
    "served": mark("Jobs served"),
    "small_number_bias": mark("Bias of small numbers"),
    "state": mark("State"),
    "synergy": mark("T, bits"),
    "taught": mark("Taught here"),
    "taught_elsewhere": mark("Institutions elsewhere"),
    "taught_fields": mark("Of them here"),
    "undecided_jobs": mark("Jobs undecided"),
    "unserved": mark("Jobs unserved"),
}
# Certainty of figures that are held against chance, where elsewhere it is that of quotients, held against 1.
_AGAINST_CHANCE: Mapping[str, str] = {
    "high": mark("clearly more than chance"),
    "low": mark("clearly less than chance"),
    "unclear": mark("not told from chance"),
}
CERTAINTY: Mapping[tuple[str, str], str] = {
    (kind, code): text
    for kind in ("training_match", "training_whole", "institutional_thickness")
    for code, text in _AGAINST_CHANCE.items()
}
