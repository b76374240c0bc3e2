"""Which columns of which outputs a profile shows, for tools whose sections are their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoterritorio.i18n import mark


@dataclass(frozen=True)
class Shown:
    """
    How an output stands in a section.

    Parameters
    ----------
    caption
        What the table is about, in English.
    columns
        Columns in their order; those that are not there or empty are left out.
    drawn
        Columns of the figure, both ends of its interval and what it is compared with, drawn beside each row.
    share
        Whether the drawing's scale is that of shares, from 0 to 1; else that of the rows.
    order
        Columns by which rows are ordered, the largest first after "-".
    where
        Column and the values of which rows are shown; all by default.
    most
        Rows that are shown at most.
    told
        Whether rows with a cure are listed among what is unknown.
    """

    caption: str
    columns: tuple[str, ...]
    drawn: tuple[str, ...] = ()
    share: bool = False
    order: tuple[str, ...] = ()
    where: tuple[str, tuple[str, ...]] | None = None
    most: int = 16
    told: bool = False


CHOSEN: Mapping[tuple[str, str], Shown] = {
    ("innovation_system", "presence"): Shown(
        mark("Institutions by kind, beside what the number of establishments would give"),
        ("kind", "number", "density", "low", "high", "expected", "q", "reached_share"),
        ("density", "low", "high"),
        order=("-number",),
        most=20,
        told=True,
    ),
    ("innovation_system", "gaps"): Shown(
        mark("Kinds that are missing, and the nearest of each"),
        ("kind", "expected", "none_by_chance", "nearest_name", "distance", "reached_share"),
        order=("-expected",),
    ),
    ("institutional_thickness", "parts"): Shown(
        mark("Institutional thickness, part by part"),
        ("part", "value", "expected", "q", "certainty"),
        told=True,
    ),
    ("training_match", "areas"): Shown(
        mark("Jobs in sectors whose fields are taught or researched here"),
        ("purpose", "jobs", "match_share", "match_low", "match_high", "expected", "q"),
        ("match_share", "match_low", "match_high", "expected"),
        share=True,
        told=True,
    ),
    ("training_match", "sectors"): Shown(
        mark("Sectors whose fields nobody teaches here, the largest first"),
        ("purpose", "sector_name", "sector", "jobs", "needed_fields"),
        order=("-jobs",),
        where=("state", ("unserved",)),
        most=8,
    ),
    ("triple_helix", "areas"): Shown(
        mark("Triple helix: synergy of place, technology and size"),
        ("synergy", "low", "high", "expected", "q", "few"),
        told=True,
    ),
    ("actor_network", "summary"): Shown(
        mark("Network of actors, beside networks by chance"),
        ("measure", "value", "expected", "low", "high", "q"),
        most=24,
        told=True,
    ),
    ("brokerage", "bodies"): Shown(
        mark("Institutions that link others"),
        (
            "actor_name",
            "actor_type",
            "degree",
            "constraint",
            "linking",
            "linking_expected",
            "linking_q",
            "strongest",
        ),
        order=("-linking",),
        most=8,
    ),
    ("community_of_people", "areas"): Shown(
        mark("Where people live and work"),
        (
            "residents",
            "workers",
            "supply",
            "supply_chance",
            "demand",
            "demand_chance",
            "overlap",
            "equivalent_sectors",
        ),
    ),
    ("community_of_people", "division"): Shown(
        mark("Local division of labour: sectors that changed most"),
        ("sector_name", "sector", "share_before", "share_after", "share_change"),
        order=("-share_change",),
        most=6,
    ),
    ("community_of_people", "unknown"): Shown(mark("Unknown of the community"), (), told=True),
    ("capitals", "scores"): Shown(
        mark("Capitals, each on one scale from its own indicators"),
        ("capital", "score", "score_low", "score_high", "rank", "rank_low", "rank_high"),
        ("score", "score_low", "score_high"),
        share=True,
        told=True,
    ),
    ("ladder", "gate_verdicts"): Shown(
        mark("Gates on the way"), ("rung", "gate", "passed", "met", "unmet", "open_conditions")
    ),
    ("ladder", "conditions"): Shown(
        mark("Conditions, with what was found"),
        ("title", "required", "passed", "found", "value", "low", "high", "threshold", "period"),
        most=30,
        told=True,
    ),
    ("ladder", "changes"): Shown(
        mark("Conditions that turned"), ("title", "before", "after", "date_before", "date_after", "turn")
    ),
    ("leader_profile", "items"): Shown(
        mark("Coded items: all ratings stand, none is averaged"),
        ("list", "item", "ratings", "sources", "coders", "lowest", "highest", "contradictions"),
        order=("-contradictions",),
        where=("status", ("known",)),
        most=40,
        told=True,
    ),
    ("leader_profile", "spokes"): Shown(
        mark("Shares of actions and ties that speak to the features"),
        ("spoke", "value", "low", "high", "numerator", "denominator", "status"),
        ("value", "low", "high"),
        share=True,
        told=True,
    ),
    ("action_register", "areas"): Shown(
        mark("Actions by phase"),
        (
            "number",
            "budget",
            "without_budget",
            "public_share",
            "animation",
            "structuring",
            "consolidation",
            "order",
        ),
    ),
    ("action_register", "register"): Shown(
        mark("The latest actions"),
        ("action", "kind", "phase", "period", "budget", "funder", "public_share"),
        order=("-begin",),
        most=12,
    ),
}
# Outputs with names of actors that are institutions alone: they may be shown.
OF_INSTITUTIONS = frozenset(("institution_brokers",))
