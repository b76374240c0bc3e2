"""The sections of a profile in reading order: which tools feed each, and who puts it into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from geoterritorio.i18n import mark
from geoterritorio.publication.profile.economy import indicators, labour_market, peers, specialisations
from geoterritorio.publication.profile.parts import Case, Told
from geoterritorio.publication.profile.reached import reach
from geoterritorio.publication.profile.readings import clusters, contrast, districts
from geoterritorio.publication.profile.stated import actions, generic, statements


@dataclass(frozen=True)
class Part:
    """
    A section of every profile.

    Parameters
    ----------
    key
        Anchor in the page.
    title
        Heading, in English.
    tell
        What puts it into words.
    tools
        Tools whose results feed it; the first is named where the study has none of them.
    layers
        Kinds of layers that feed it beside them.
    """

    key: str
    title: str
    tell: Callable[[Case], Told]
    tools: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


def _of(*tools: str) -> Callable[[Case], Told]:
    return partial(generic, tools=tools)


PARTS: tuple[Part, ...] = (
    Part("readings", mark("Both readings: district and cluster"), contrast, ("contrast",)),
    Part("specialisations", mark("Specialisations"), specialisations, ("location_quotient",)),
    Part("market", mark("Labour market"), labour_market, ("labour_markets",)),
    Part("district", mark("As an industrial district"), districts, ("districts",)),
    Part("clusters", mark("Clusters of related industries"), clusters, ("clusters",)),
    Part("reach", mark("Within reach"), reach, ("reach",)),
    Part("peers", mark("Beside its peers"), peers, ("benchmark",)),
    Part(
        "innovation",
        mark("Innovation system and its gaps"),
        _of("innovation_system", "training_match", "triple_helix"),
        ("innovation_system", "training_match", "triple_helix"),
    ),
    Part(
        "networks",
        mark("Networks of actors"),
        _of("actor_network", "brokerage"),
        ("actor_network", "brokerage"),
    ),
    Part("community", mark("Community of people"), _of("community"), ("community",)),
    Part("capitals", mark("Capitals"), _of("capitals"), ("capitals",)),
    Part("ladder", mark("From network to territorial project"), _of("ladder"), ("ladder",)),
    Part("features", mark("Features of a territorial project"), _of("leader_profile"), ("leader_profile",)),
    Part("evidence", mark("Coded statements and their sources"), statements, (), ("evidence",)),
    Part("actions", mark("Actions"), actions, ("action_register",), ("actions",)),
)
# Figures that feed no section of their own.
FIGURES = indicators
