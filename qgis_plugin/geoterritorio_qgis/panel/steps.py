"""The steps of a study in the order in which they are taken, with the tools of each."""

from __future__ import annotations

from dataclasses import dataclass

from .. import texts
from ..texts import Description, say


@dataclass(frozen=True)
class Step:
    """A step: its name, the question it answers, and the tools of its room."""

    room: str
    title: str
    question: str
    tools: tuple[Description, ...]


def steps() -> list[Step]:
    """Steps for which the core has tools."""
    told = {
        "layers": (say("Look at the data"), say("What do we know, and how good is it?")),
        "delimitation": (say("Delimit territories"), say("Where does the territory begin and end?")),
        "concentration": (say("Measure concentration"), say("How much of what is where?")),
        "patterns": (say("Look for patterns"), say("How do the establishments lie to each other?")),
        "proximity": (say("Measure reach"), say("What is within reach of what?")),
        "identification": (say("Identify clusters and districts"), say("What kind of place is it?")),
        "assessment": (say("Assess the territory"), say("How far has it come, and how do we know?")),
        "publication": (say("Publish"), say("What do people look at?")),
    }
    found = []
    for room, (title, question) in told.items():
        tools = tuple(t for t in texts.tools() if t["group"] == room)
        if tools:
            found.append(Step(room, title, question, tools))
    return found
