"""The steps of a study in the order in which they are taken, with the tools of each."""

from __future__ import annotations

from dataclasses import dataclass

from .. import texts
from ..texts import Description, say, tr

STUDY = "run_study"


def mark(text: str) -> str:
    """The text itself; marks it for the catalogue."""
    return text


# By room: the questions of its step with the tools that answer them, those to begin with first. What stands nowhere
# here comes after them, by its title.
_FIRST: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "layers": (("", ("register_quality", "recode_sectors", "reference_of")),),
    "delimitation": (
        ("", ("labour_markets", "labour_market_stability", "flow_communities", "as_of", "transfer")),
    ),
    "concentration": (
        (
            "",
            (
                "location_quotient",
                "tabulate",
                "cluster_index",
                "focal_location_quotient",
                "areal_sensitivity",
            ),
        ),
        (
            mark("Which sectors are concentrated?"),
            (
                "ellison_glaeser",
                "maurel_sedillot",
                "locational_gini",
                "hoover",
                "krugman_concentration",
                "theil",
            ),
        ),
        (
            mark("How varied is each territory?"),
            ("variety", "herfindahl", "entropy", "krugman_specialisation", "hachman", "relative_diversity"),
        ),
        (
            mark("Which sectors go together?"),
            (
                "sector_relatedness",
                "relatedness_density",
                "coagglomeration",
                "pairwise_coagglomeration",
                "plant_colocation",
                "complexity",
                "fitness",
            ),
        ),
        (mark("What has changed?"), ("shift_share", "convergence", "disparities")),
    ),
    "patterns": (("", ("k_density", "m_function", "density_surface", "clumps", "hotspots")),),
    "proximity": (),
    "identification": (
        ("", ("clusters", "districts")),
        (
            mark("Which institutions are there, and whom do they serve?"),
            ("innovation_system", "institutional_thickness", "training_match", "triple_helix"),
        ),
        (mark("Who is tied to whom?"), ("actor_network", "brokerage")),
        (mark("Who lives and works there?"), ("community_of_people",)),
    ),
    "assessment": (
        ("", ("contrast", "benchmark")),
        (mark("What is said of it, and by whom?"), ("evidence_template", "leader_profile")),
        (mark("What is done, and what is there to do it with?"), ("action_register", "capitals")),
        (mark("How far has it come?"), ("ladder", "ladder_gates")),
    ),
    "publication": (("", (STUDY,)),),
}


@dataclass(frozen=True)
class Part:
    """Tools of a step that answer one question; those without a question stand in the step itself."""

    question: str
    tools: tuple[Description, ...]


@dataclass(frozen=True)
class Step:
    """A step: its name, the question it answers, and the tools of its room."""

    room: str
    title: str
    question: str
    parts: tuple[Part, ...]


def steps() -> list[Step]:
    """Steps for which the core has tools; the last one makes map and report of all."""
    told = {
        "layers": (say("Check the data"), say("What do we know, and how good is it?")),
        "delimitation": (say("Delimit territories"), say("Where does the territory begin and end?")),
        "concentration": (say("Measure concentration"), say("How much of what is where?")),
        "patterns": (say("Look for patterns"), say("How do the establishments lie to each other?")),
        "proximity": (say("Measure reach"), say("What is within reach of what?")),
        "identification": (say("Identify clusters and districts"), say("What kind of place is it?")),
        "assessment": (say("Assess the territory"), say("How far has it come, and how do we know?")),
        "publication": (say("Map and report"), say("What do people look at?")),
    }
    study = {
        "name": STUDY,
        "title": mark("Run a study"),
        "description": mark("Computes a whole study from one file: all steps, map, report, QGIS project."),
        "group": "study",
    }
    found = []
    for room, (title, question) in told.items():
        tools = [t for t in texts.tools() if t["group"] == room]
        parts = _parts(room, [*([study] if room == "publication" else []), *tools])
        if parts:
            found.append(Step(room, title, question, parts))
    return found


def _parts(room: str, tools: list[Description]) -> tuple[Part, ...]:
    """Tools of a room under their questions, in the order in which one takes them."""
    named = {t["name"]: t for t in tools}
    parts = [
        Part(tr(question), tuple(named.pop(name) for name in names if name in named))
        for question, names in _FIRST[room]
    ]
    rest = tuple(sorted(named.values(), key=lambda t: tr(t["title"]).casefold()))
    if len(parts) > 1 and rest:
        other = say("Other measures") if room == "concentration" else say("More tools")
        parts.append(Part(other, rest))
    elif rest:
        parts = [Part("", (*(parts[0].tools if parts else ()), *rest))]
    return tuple(part for part in parts if part.tools)
