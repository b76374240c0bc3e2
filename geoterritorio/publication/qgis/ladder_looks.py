"""How are the ladder and the actions drawn in QGIS?"""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark
from geoterritorio.publication.code_words import OWN_VALUES
from geoterritorio.publication.ladder_words import PHASE_COLOURS, RUNG_COLOURS
from geoterritorio.publication.qgis.brushes import INK, PLAIN, Style, rule, sequence, style

# The gates that are proposed, from below the first one; others have no colour of their own.
GATES = ("none", "firm_network", "cluster", "district", "territorial_project")


def _rungs() -> Style:
    listed = ", ".join(f"'{code}'" for code in GATES)
    return style(
        "at_least",
        rules=[
            *(
                rule(OWN_VALUES["at_least", code], f"\"at_least\" = '{code}'", "fill", colour)
                for code, colour in zip(GATES, RUNG_COLOURS, strict=True)
            ),
            {**rule(mark("Another gate"), f'"at_least" NOT IN ({listed})', "fill", PLAIN), "rare": True},
            rule(mark("May be further: unknown conditions"), "\"certain\" = 'no'", "hatch", INK, "certain"),
        ],
        labels=["name", "territory"],
        diameter=4.0,
        heading=mark("Has come at least as far as"),
    )


def _actions() -> Style:
    phases = [code for code in PHASE_COLOURS if code != "not stated"]
    return style(
        "phase",
        rules=[
            *(
                rule(OWN_VALUES["phase", code], f"\"phase\" = '{code}'", "fill", PHASE_COLOURS[code])
                for code in phases
            ),
            {
                **rule(
                    OWN_VALUES["phase", "not stated"], '"phase" IS NULL', "fill", PHASE_COLOURS["not stated"]
                ),
                "rare": True,
            },
        ],
        size="budget",
        labels=["action"],
        diameter=3.2,
        heading=mark("Phase (size of the sign: budget)"),
    )


LADDER: Mapping[str, list[Style]] = {
    "ladder_areas": [_rungs()],
    "action_places": [_actions()],
    "action_areas": [sequence("budget", heading=mark("Budget (in the currency of the register)"))],
}
