"""Which columns of which outputs a profile shows, for tools whose sections are their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    annex
        Whether the table is folded away and printed only if the reader opens it.
    shares
        Columns of parts of one, written as percentages.
    share_rows
        Column and the values of the rows whose figures are parts of one; all rows by default.
    ends
        Columns with an interval, which stands in brackets behind the figure.
    chance
        Columns of both ends of what chance gives, drawn beneath the figure; each row then has a scale of its own,
        unless the scale is that of shares.
    money
        Column that holds sums of money in some rows; the column that tells which, and its values in these.
    """

    caption: str
    columns: tuple[str, ...]
    drawn: tuple[str, ...] = ()
    share: bool = False
    order: tuple[str, ...] = ()
    where: tuple[str, tuple[str, ...]] | None = None
    most: int = 16
    told: bool = False
    annex: bool = False
    shares: tuple[str, ...] = ()
    share_rows: tuple[str, tuple[str, ...]] | None = None
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    chance: tuple[str, str] | None = None
    money: tuple[str, str, tuple[str, ...]] | None = None


# Measures of networks that are parts of a whole; others are indices or numbers.
_NETWORK_SHARES = (
    "density",
    "reciprocity",
    "largest_share",
    "local_share",
    "repeated",
    "project_share",
    "project_overlap",
    "one_step",
    "two_steps",
)
CHOSEN: Mapping[tuple[str, str], Shown] = {
    ("innovation_system", "presence"): Shown(
        mark("Institutions by kind, beside what the number of establishments would give"),
        ("kind", "number", "expected", "density", "q"),
        ("density", "low", "high"),
        order=("-number",),
        most=20,
        told=True,
        ends={"density": ("low", "high")},
        annex=True,
    ),
    ("innovation_system", "gaps"): Shown(
        mark("Kinds that are missing, and the nearest of each (distances in metres)"),
        ("kind", "expected", "none_by_chance", "nearest_name", "distance", "reached_share"),
        order=("-expected",),
    ),
    ("institutional_thickness", "parts"): Shown(
        mark(
            "Institutional thickness, part by part: kinds present, institutions linked with another one, in the "
            "largest linked group, and in shared projects, as shares of all; pairs are numbers"
        ),
        ("part", "value", "links_inside", "expected", "q", "certainty"),
        told=True,
    ),
    ("training_match", "areas"): Shown(
        mark("Jobs in sectors whose fields are taught or researched here"),
        ("purpose", "jobs", "match_share", "expected", "q"),
        ("match_share", "match_low", "match_high", "expected"),
        share=True,
        told=True,
        shares=("match_share", "expected"),
        ends={"match_share": ("match_low", "match_high"), "expected": ("expected_low", "expected_high")},
        chance=("expected_low", "expected_high"),
    ),
    ("training_match", "sectors"): Shown(
        mark("Sectors whose fields nobody teaches here, the largest first"),
        ("purpose", "sector_name", "sector", "jobs", "needed_fields"),
        order=("-jobs",),
        where=("state", ("unserved",)),
        most=8,
        annex=True,
    ),
    ("triple_helix", "areas"): Shown(
        mark("Triple helix: synergy of place, technology and size"),
        ("synergy", "expected", "q", "few"),
        told=True,
        ends={"synergy": ("low", "high"), "expected": ("expected_low", "expected_high")},
        annex=True,
    ),
    ("actor_network", "summary"): Shown(
        mark("Network of actors, beside networks by chance"),
        ("measure", "value", "expected", "q"),
        ("value",),
        most=24,
        told=True,
        shares=("value", "expected"),
        share_rows=("measure", _NETWORK_SHARES),
        ends={"expected": ("low", "high")},
        chance=("low", "high"),
        annex=True,
    ),
    ("brokerage", "bodies"): Shown(
        mark("Institutions with most ways between others; firms are not listed (no q: too few ways to test)"),
        ("actor_name", "degree", "strongest", "linking", "linking_expected", "linking_q"),
        order=("-linking",),
        most=4,
    ),
    ("community_of_people", "areas"): Shown(
        mark("Where people live and work"),
        ("residents", "workers", "overlap", "equivalent_sectors"),
        shares=("overlap",),
    ),
    ("community_of_people", "division"): Shown(
        mark("Local division of labour: sectors that changed most"),
        ("sector_name", "sector", "share_before", "share_after", "share_change"),
        order=("-share_change",),
        most=6,
        shares=("share_before", "share_after", "share_change"),
        annex=True,
    ),
    ("community_of_people", "unknown"): Shown(mark("Unknown of the community"), (), told=True),
    ("capitals", "scores"): Shown(
        mark(
            "Capitals, each on one scale from its own indicators (scores are places among all: a figure may be an end "
            "of its own interval)"
        ),
        ("capital", "score", "rank"),
        ("score", "score_low", "score_high"),
        share=True,
        told=True,
        ends={"score": ("score_low", "score_high"), "rank": ("rank_low", "rank_high")},
    ),
    ("leader_profile", "items"): Shown(
        mark("Coded items: all ratings stand, none is averaged"),
        ("list", "item", "ratings", "sources", "coders", "lowest", "highest", "contradictions"),
        order=("-contradictions",),
        where=("status", ("known",)),
        most=40,
        told=True,
        annex=True,
    ),
    ("leader_profile", "spokes"): Shown(
        mark("Shares of actions and ties that speak to the features"),
        ("spoke", "value", "denominator"),
        ("value", "low", "high"),
        share=True,
        told=True,
        shares=("value",),
        ends={"value": ("low", "high")},
        money=("denominator", "share_of", ("money",)),
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
        annex=True,
    ),
    ("action_register", "register"): Shown(
        mark("The latest actions"), ("kind", "phase", "period", "budget", "funder"), order=("-begin",), most=8
    ),
}
# Outputs with names of actors that are institutions alone: they may be shown.
OF_INSTITUTIONS = frozenset(("institution_brokers",))
