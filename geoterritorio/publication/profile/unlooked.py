"""What is unknown of a territory and what a study did not look at, put together by the layer that would decide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.publication.profile.parts import Case, Open
from geoterritorio.publication.profile.sections import PARTS, Part
from geoterritorio.registry import descriptions

# Kinds of layers as a person calls them.
KIND_NAMES: Mapping[str, str] = {
    "firms": mark("a register of establishments with their sizes"),
    "counts": mark("counts by sector"),
    "reference": mark("a larger whole by size class"),
    "definitions": mark("groups of related industries"),
    "institutions": mark("institutions"),
    "links": mark("links between actors"),
    "actions": mark("actions"),
    "evidence": mark("coded statements with sources"),
    "flows": mark("commuting flows"),
    "centres": mark("centres (institutions and services as points)"),
    "indicators": mark("indicators"),
    "capital_indicators": mark("which indicator speaks of which capital"),
}
# What tools need that name no layer as required, or only results of other steps: without it they tell nothing.
_TAKES: Mapping[str, tuple[str, ...]] = {
    "districts": ("firms", "reference"),
    "clusters": ("firms", "definitions"),
    "contrast": ("firms", "reference", "definitions"),
    "leader_profile": ("evidence",),
    "community_of_people": ("flows",),
    "reach": ("centres",),
}
# A tool that only puts together what others have found.
_OF_OTHERS = "ladder"
_EITHER = ("firms", "counts")
# Layers that the head of the page names.
_FOREMOST = 3


@dataclass
class Row:
    """
    What one thing would decide.

    Parameters
    ----------
    cure
        The layer, or whatever else it takes, in words.
    number
        How many unknown things it would decide, alone or with others.
    what
        Unknown things by the step that asks for them; of sections that nothing feeds, under the empty text.
    why
        Why they are unknown.
    commands
        Names of the tools.
    """

    cure: str
    number: int = 0
    what: dict[str, list[str]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def add(self, title: str, names: Sequence[str], why: str, tool: str) -> None:
        """One more thing that it would decide."""
        self.number += max(1, len(names))
        self.what.setdefault(title, []).extend(names)
        self.why += [why] if why not in self.why else []
        command = tool.replace("_", "-")
        self.commands += [command] if command and command not in self.commands else []

    def told(self, case: Case) -> tuple[str, str, str, str]:
        """Cells of the row."""
        what = [": ".join(filter(None, (t, case.several(names)))) for t, names in self.what.items()]
        return self.cure, "; ".join(what), "; ".join(self.why), ", ".join(self.commands)


def looked_at(part: Part, case: Case) -> bool:
    """Whether the study has anything that feeds a section."""
    return any(x.tool in part.tools if x.tool else x.kind in part.layers for x in case.exhibits)


def open_rows(
    case: Case, unknown: Sequence[Open], elsewhere: Mapping[str, str], kinds: Collection[str] = ()
) -> list[Row]:
    """
    What is unknown, and sections without any result, by what it would take.

    Parameters
    ----------
    case
        The territory and its exhibits.
    unknown
        What sections leave open.
    elsewhere
        Tools whose steps looked at other territories -> what these are called.
    kinds
        Kinds of the layers that the study has already.

    Returns
    -------
    rows
        One for each layer, or for what else it would take; what would decide most comes first.
    """
    together: dict[str, Row] = {}
    for thing in unknown:
        _put(case, together, thing, kinds)
    for part in PARTS:
        _put_section(case, together, part, elsewhere, kinds)
    return sorted(together.values(), key=lambda row: row.number, reverse=True)


def in_short(case: Case, unknown: Sequence[Open], kinds: Collection[str] = ()) -> list[str]:
    """
    Sentences for the head of a page of which most is unknown.

    Parameters
    ----------
    case
        The territory and its exhibits.
    unknown
        What sections leave open.
    kinds
        Kinds of the layers that the study has already.

    Returns
    -------
    sentences
        None where the study looked at half of the sections or more; else how few it looked at, and which layers would
        open most of what is unknown.
    """
    bare = [part for part in PARTS if not looked_at(part, case)]
    if len(bare) <= len(PARTS) / 2:
        return []
    wanted = [(needed(x.tool, kinds) if x.tool else x.layers, max(1, len(x.names))) for x in unknown]
    wanted += [(needed(part.tools[0], kinds) if part.tools else part.layers, 1) for part in bare]
    count: Counter[str] = Counter()
    for layers, number in wanted:
        count.update(dict.fromkeys(layers, number))
    total, numbers = sum(number for _, number in wanted), case.numbers
    named = "; ".join(f"{kind_name(case, k)} ({numbers.count(n)})" for k, n in count.most_common(_FOREMOST))
    told = case.words(
        mark("Nearly everything is unknown here: {told} of {total} sections have figures."),
        told=numbers.count(len(PARTS) - len(bare)),
        total=numbers.count(len(PARTS)),
    )
    if not named:
        return [told]
    return [
        told,
        case.words(
            mark("Layers that would open most of the {total} things unknown: {layers}."),
            total=numbers.count(total),
            layers=named,
        ),
    ]


def _put(case: Case, together: dict[str, Row], thing: Open, kinds: Collection[str]) -> None:
    """One thing that is unknown, with the layer that would decide it."""
    layers = needed(thing.tool, kinds) if thing.tool else thing.layers
    cure = kind_name(case, layers[0]) if layers else (_alone(case) if thing.tool else thing.cure)
    row = together.setdefault(cure, Row(cure))
    names = list(thing.names) or [thing.what]
    row.add(thing.title if thing.names else "", _also(case, names, layers[1:]), thing.why, thing.tool)


def _put_section(
    case: Case, together: dict[str, Row], part: Part, elsewhere: Mapping[str, str], kinds: Collection[str]
) -> None:
    """A section that nothing feeds, with what it would take."""
    tools = [tool for tool in part.tools if tool in descriptions()]
    if looked_at(part, case) or not (tools or part.layers):
        return
    tool = tools[0] if tools else ""
    other = next((elsewhere[tool] for tool in tools if tool in elsewhere), None)
    layers = needed(tool, kinds) if tool else tuple(k for k in part.layers if k not in kinds)
    further: tuple[str, ...] = ()
    if other is not None:
        text = mark("the same step for these territories (it looked at “{other}”)")
        cure = case.words(text, other=other)
    elif tool == _OF_OTHERS:
        cure = case.say(mark("results of other steps: figures, readings, statements"))
    elif layers:
        cure, further = kind_name(case, layers[0]), layers[1:]
    else:
        cure = _alone(case)
    names = _also(case, [case.say(part.title)], further)
    together.setdefault(cure, Row(cure)).add("", names, case.say(mark("not looked at")), tool)


def _alone(case: Case) -> str:
    return case.say(mark("the step alone: the study has its layers"))


def _also(case: Case, names: Sequence[str], further: Sequence[str]) -> list[str]:
    """Names of what a layer would open, with what it takes besides."""
    if not further:
        return list(names)
    layers = "; ".join(kind_name(case, kind) for kind in further)
    return [case.words(mark("{name} (and {layers})"), name="; ".join(names), layers=layers)]


def needed(name: str, kinds: Collection[str]) -> tuple[str, ...]:
    """
    Kinds of layers without which a tool tells nothing, of those that the study does not have.

    Parameters
    ----------
    name
        The tool.
    kinds
        Kinds of the layers that the study has.

    Returns
    -------
    kinds
        The one asked for first stands first; empty where it takes nothing more, or is no tool.

    Examples
    --------
    >>> needed("districts", {"counts"}), needed("location_quotient", {"counts"})
    (('firms', 'reference'), ())
    """
    has = {"territories", *kinds}
    if name in _TAKES:
        return tuple(kind for kind in _TAKES[name] if kind not in has)
    tool: Mapping[str, Any] = descriptions().get(name, {})
    layers = [p for p in tool.get("parameters", ()) if p["type"] == "layer"]
    wanted = [p["kind"] for p in layers if p["required"] and p["kind"] not in has]
    either = [p for p in layers if p["name"] in _EITHER and not p["required"]]
    # a tool that takes one of both needs one; a single one is a help
    if len(either) == len(_EITHER) and not has & set(_EITHER):
        wanted.append(_EITHER[1])
    return tuple(dict.fromkeys(wanted))


def kind_name(case: Case, kind: str) -> str:
    """Kind of a layer in words; a result's own name where it has none."""
    return case.say(KIND_NAMES[kind]) if kind in KIND_NAMES else kind.replace("_", " ")
