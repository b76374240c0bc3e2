"""How are systems of innovation drawn in QGIS?"""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark
from geoterritorio.publication.code_words import OWN_VALUES, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.qgis.brushes import (
    INK,
    SEQUENCE,
    Style,
    around_zero,
    chance,
    missing,
    rule,
    sequence,
    style,
)

_PURPOSES = {"purpose": {"training": OWN_VALUES["purpose", "training"], "research": VALUES["research"]}}
_SHARES = (20.0, 40.0, 60.0, 80.0)


_SYNERGY = mark("T beyond chance, bits (under 0: synergy)")


def _match() -> Style:
    """Share served, in classes that are the same for training and research."""
    scale = {"expression": '100 * "match_share"', "limits": list(_SHARES), "colours": list(SEQUENCE)}
    return style(
        "match_share",
        rules=[*missing("match_share"), chance("q")],
        scale=scale,
        parts=_PURPOSES,
        labels=["name", "territory"],
        diameter=4.0,
        heading=mark("Jobs whose sector has its field here (%)"),
    )


INNOVATION: Mapping[str, list[Style]] = {
    "innovation_areas": [
        sequence(
            "kinds_present",
            rule(mark("Not fewer kinds than by chance"), '"kinds_p" > 0.05', "hatch", INK, "kinds_p"),
            heading=HEADINGS["kinds_present"],
        ),
        sequence("density", heading=mark("Institutions per 1000 establishments")),
    ],
    "triple_helix_areas": [around_zero(_SYNERGY, '"beyond_chance"', "beyond_chance", rules=(chance("q"),))],
    "training_match": [_match()],
}
