"""The sections of a profile in reading order: which tools feed each, and who puts it into words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.layers.schema import PHASES, WITHHELD
from geoterritorio.publication.profile.brokered import networks
from geoterritorio.publication.profile.climbed import ladder
from geoterritorio.publication.profile.economy import indicators, labour_market, peers, specialisations
from geoterritorio.publication.profile.parts import Case, Exhibit, Told
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


def innovation(case: Case) -> Told:
    """Kinds of institution that are here and missing, then every table of the innovation tools."""
    told = generic(case, ("innovation_system", "institutional_thickness", "training_match", "triple_helix"))
    exhibits = case.all_of("innovation_system", "areas")
    return replace(
        told,
        paragraphs=tuple(_institutions(case, [x for x in exhibits if not x.earlier])),
        aside=tuple(_institutions(case, [x for x in exhibits if x.earlier])),
    )


# Of institutions whose number stands in no row, by whether it is withheld.
_UNTOLD = {
    WITHHELD: mark("{title}: the number of institutions is withheld; kinds known to be missing: {missing}."),
    "": mark("{title}: the number of institutions is not known; kinds known to be missing: {missing}."),
}


def _institutions(case: Case, exhibits: Sequence[Exhibit]) -> list[str]:
    """Kinds of institution that are here and missing, in a sentence for each exhibit."""
    return [
        case.words(
            mark("{title}: {number} institutions of {kinds} kinds; missing: {missing}.")
            if pd.notna(row.get("number")) and pd.notna(row.get("kinds_present"))
            else _UNTOLD[WITHHELD if isinstance(row.get(WITHHELD), str) else ""],
            title=case.dated(exhibit.title, exhibit),
            number=case.told("number", row.get("number"), exhibit.kind),
            kinds=case.told("kinds_present", row.get("kinds_present"), exhibit.kind),
            missing=case.told("missing_kinds", row.get("missing_kinds"), exhibit.kind)
            or case.say(mark("none")),
        )
        for exhibit in exhibits
        for row in case.mine(exhibit).to_dict("records")
    ]


def all_actions(case: Case) -> Told:
    """Actions of a register that a step read, else of the layer."""
    told = generic(case, ("action_register",))
    if told.empty:
        return actions(case)
    paragraphs = [
        case.words(
            mark(
                "{title}: {number} actions (animation: {animation}; structuring: {structuring}; consolidation: "
                "{consolidation}), budget {budget} (in the currency of the source), of it public {public}; without a "
                "stated budget: {bare}."
            ),
            title=exhibit.title,
            public=case.told("public_share", row.get("public_share"), exhibit.kind),
            bare=case.told("without_budget", row.get("without_budget"), exhibit.kind),
            **{c: case.told(c, row.get(c), exhibit.kind) for c in ("number", "budget", *PHASES)},
        )
        for exhibit in case.all_of("action_register", "areas")
        for row in case.mine(exhibit).to_dict("records")
    ]
    return replace(told, paragraphs=tuple(paragraphs))


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
        innovation,
        ("innovation_system", "institutional_thickness", "training_match", "triple_helix"),
    ),
    Part("networks", mark("Networks of actors"), networks, ("actor_network", "brokerage")),
    Part("community", mark("Community of people"), _of("community_of_people"), ("community_of_people",)),
    Part("capitals", mark("Capitals"), _of("capitals"), ("capitals",)),
    Part("ladder", mark("From network to territorial project"), ladder, ("ladder",)),
    Part("features", mark("Features of a territorial project"), _of("leader_profile"), ("leader_profile",)),
    Part("evidence", mark("Coded statements and their sources"), statements, (), ("evidence",)),
    Part("actions", mark("Actions"), all_actions, ("action_register",), ("actions",)),
)
# Figures that feed no section of their own.
FIGURES = indicators
