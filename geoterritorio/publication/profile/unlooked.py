"""What a study did not look at, put together by what it would take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.publication.profile.parts import Case
from geoterritorio.publication.profile.sections import PARTS, Part
from geoterritorio.registry import descriptions

# Kinds of layers as a person calls them.
KIND_NAMES: Mapping[str, str] = {
    "firms": mark("a register of establishments"),
    "counts": mark("counts by sector"),
    "institutions": mark("institutions"),
    "links": mark("links between actors"),
    "actions": mark("actions"),
    "evidence": mark("coded statements with sources"),
    "flows": mark("commuting flows"),
    "centres": mark("centres (institutions and services as points)"),
    "indicators": mark("indicators"),
    "capital_indicators": mark("which indicator speaks of which capital"),
}
# What steps would take that name no layer as required, or only results of other steps.
_TAKES: Mapping[str, tuple[str, ...]] = {
    "contrast": (mark("results of the steps “districts” and “clusters”"),),
    "ladder": (mark("results of other steps: figures, readings, statements"),),
    "leader_profile": (KIND_NAMES["evidence"],),
    "community_of_people": (KIND_NAMES["flows"],),
    "reach": (KIND_NAMES["centres"],),
}
_EITHER = ("firms", "counts")


def looked_at(part: Part, case: Case) -> bool:
    """Whether the study has anything that feeds a section."""
    return any(x.tool in part.tools if x.tool else x.kind in part.layers for x in case.exhibits)


def unlooked(case: Case, elsewhere: Mapping[str, str], kinds: Collection[str] = ()) -> list[tuple[str, str]]:
    """
    Sections without any result.

    Parameters
    ----------
    case
        The territory and its exhibits.
    elsewhere
        Tools whose steps looked at other territories -> what these are called.
    kinds
        Kinds of the layers that the study has already.

    Returns
    -------
    groups
        What it would take, and the sections with their steps; what would give most comes first.
    """
    known, together = descriptions(), dict[str, list[str]]()
    for part in PARTS:
        tools = [tool for tool in part.tools if tool in known]
        if looked_at(part, case) or not (tools or part.layers):
            continue
        needs, section = _needs(case, (elsewhere, kinds), part, tools)
        together.setdefault(needs, []).append(section)
    order = sorted(together.items(), key=lambda item: len(item[1]), reverse=True)
    return [(needs, "; ".join(sections)) for needs, sections in order]


def _needs(
    case: Case, has: tuple[Mapping[str, str], Collection[str]], part: Part, tools: Sequence[str]
) -> tuple[str, str]:
    """What a section would take, and the section with its step."""
    title, (elsewhere, kinds) = case.say(part.title), has
    other = next((elsewhere[tool] for tool in tools if tool in elsewhere), None)
    if other is not None:
        text = mark("the same step for these territories (it looked at “{other}”)")
        return case.words(text, other=other), title
    if not tools:
        return "; ".join(_kind(case, kind) for kind in part.layers), title
    section = case.words(mark("{section} (step “{tool}”)"), section=title, tool=tools[0])
    layers = _layers(case, tools[0], kinds)
    return "; ".join(layers) or case.say(mark("the step alone: the study has its layers")), section


def _layers(case: Case, name: str, kinds: Collection[str]) -> list[str]:
    """Layers that a tool asks for and the study does not have, in words."""
    has = {"territories", *kinds}
    if name in _TAKES:
        held = {KIND_NAMES[kind] for kind in kinds if kind in KIND_NAMES}
        return [case.say(text) for text in _TAKES[name] if text not in held]
    tool: Mapping[str, Any] = descriptions()[name]
    layers = [p for p in tool["parameters"] if p["type"] == "layer"]
    needed = [_kind(case, p["kind"]) for p in layers if p["required"] and p["kind"] not in has]
    either = [p for p in layers if p["name"] in _EITHER and not p["required"]]
    # a tool that takes one of both needs one; a single one is a help
    if len(either) == len(_EITHER) and not has & set(_EITHER):
        needed.append(case.say(mark(" or ")).join(_kind(case, p["kind"]) for p in either))
    return needed


def _kind(case: Case, kind: str) -> str:
    """Kind of a layer in words; a result's own name where it has none."""
    return case.say(KIND_NAMES[kind]) if kind in KIND_NAMES else kind.replace("_", " ")
