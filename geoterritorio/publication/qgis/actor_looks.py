"""How networks of actors are drawn in QGIS: ties as lines, actors as dots, territories by what stays."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark
from geoterritorio.publication.actor_words import ACTOR_HEADINGS, ACTOR_VALUES
from geoterritorio.publication.qgis.brushes import (
    LINE_INK,
    PLAIN,
    SEQUENCE,
    Style,
    chance,
    missing,
    rule,
    style,
)

TIE_COLOURS: Mapping[str, str] = {
    "supply": "#1f5a8c",
    "cooperation": "#2f7f6b",
    "ownership": "#8b949e",
    "membership": "#d9a441",
    "project": "#a8480a",
}
ROLE_COLOURS: Mapping[str, str] = {
    "coordinator": "#8fb8da",
    "itinerant": "#1f5a8c",
    "representative": "#a8480a",
    "gatekeeper": "#d9a441",
    "liaison": "#6b4c8a",
    "knowledge": "#2f7f6b",
}


def _ties() -> Style:
    rules = [
        {**rule(ACTOR_VALUES[kind], f"\"tie\" = '{kind}'", "line", colour), "width": 0.2}
        for kind, colour in TIE_COLOURS.items()
    ]
    other = {
        **rule(mark("Kind not told"), '"tie" IS NULL OR "tie" = \'\'', "line", "#c3c9cf"),
        "width": 0.2,
        "rare": True,
    }
    # Projects tie all their members to each other: on top they would hide all else.
    return style("tie", rules=[*rules, other], heading=ACTOR_HEADINGS["tie"], order="\"tie\" <> 'project'")


def _actors() -> Style:
    rules = [
        rule(ACTOR_VALUES["firm"], "\"actor_type\" = 'firm'", "fill", "#5f6b77"),
        rule(mark("Institution"), "\"actor_type\" <> 'firm'", "fill", "#a8480a"),
    ]
    return style(
        "actor_type",
        rules=rules,
        diameter=1.8,
        heading=ACTOR_HEADINGS["actor_type"],
        order="\"actor_type\" <> 'firm'",
    )


def _brokers() -> Style:
    rules = [
        rule(ACTOR_VALUES[role], f"\"strongest\" = '{role}'", "fill", colour)
        for role, colour in ROLE_COLOURS.items()
    ]
    none = rule(mark("No role beyond chance"), '"strongest" IS NULL', "fill", PLAIN)
    return style(
        "strongest",
        rules=[*rules, none],
        labels=["actor_name", "actor"],
        labelled='"strongest" IS NOT NULL',
        diameter=2.6,
        order='"strongest" IS NOT NULL',
        heading=ACTOR_HEADINGS["strongest"],
    )


def _stays() -> Style:
    """Share of the ties that stay, in per cent."""
    return style(
        "local_share",
        rules=[*missing("local_share"), chance("q")],
        scale={"expression": '100 * "local_share"', "colours": list(SEQUENCE)},
        labels=["name", "territory"],
        diameter=4.0,
        heading=mark("Ties that stay in the territory (%)"),
    )


def _between() -> Style:
    return style(
        "ties",
        scale={
            "expression": '"ties"',
            "colours": ["#b9afd0", "#9484b5", "#745f9c", LINE_INK],
            "look": "line",
        },
        heading=ACTOR_HEADINGS["ties"],
        order='"ties"',
    )


ACTOR_LOOKS: Mapping[str, list[Style]] = {
    "network_areas": [_stays()],
    "network_between": [_between()],
    "actor_ties": [_ties()],
    "linked_actors": [_actors()],
    "actor_brokers": [_brokers()],
    "institution_brokers": [_brokers()],
}
