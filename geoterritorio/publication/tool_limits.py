"""What can the results of a tool not tell? One sentence for each tool of which readers expect more than it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from geoterritorio.i18n import mark

_TOGETHER = mark(
    "Sectors that are found together need not trade with each other: places are compared, and no tie is observed."
)
_WAYS = mark(
    "Times and distances are computed along the roads that the data have; queues, timetables and opening hours are not "
    "in them."
)
_NETWORK = mark("A network holds the ties that were recorded; a tie that nobody wrote down counts as none.")
_INSTITUTIONS = mark("Institutions are counted where they are; what they do, and for whom, is not observed.")
_DISTANCES = mark(
    "Patterns of distance depend on where establishments are placed; addresses that stand for a whole town make "
    "clumps of their own."
)
_STATED = mark(
    "Coded statements say what sources say; how sources were chosen decides what can be found in them."
)
LIMITS_OF: Mapping[str, str] = {
    **dict.fromkeys(
        ("coagglomeration", "pairwise_coagglomeration", "sector_relatedness", "relatedness_density"),
        _TOGETHER,
    ),
    **dict.fromkeys(
        ("reach", "isochrones", "travel_costs", "one_more_centre", "service_areas", "floating_catchments"),
        _WAYS,
    ),
    **dict.fromkeys(("actor_network", "brokerage"), _NETWORK),
    **dict.fromkeys(("innovation_system", "institutional_thickness", "triple_helix"), _INSTITUTIONS),
    **dict.fromkeys(
        ("k_density", "k_function", "m_function", "m_density", "clumps", "colocation_quotient"), _DISTANCES
    ),
    **dict.fromkeys(("leader_profile", "ladder"), _STATED),
    "districts": mark(
        "Districts are found by sizes and sectors of establishments; whether people and firms form a community is not "
        "in these figures."
    ),
    "clusters": mark(
        "A cluster is claimed from concentration of related industries; cooperation among firms is not observed."
    ),
    "labour_markets": mark(
        "Labour markets follow commuting of one time; work from home, and journeys nobody registered, are not in it."
    ),
    "convergence": mark(
        "Convergence tells how growth went with the starting point in these territories; few of them leave much open."
    ),
    "shift_share": mark("Shift-share divides a change into parts that add up; the parts are no causes."),
    "complexity": mark(
        "Complexity compares which sectors territories have; it depends on all of the table and says nothing of "
        "wages or skills."
    ),
    "benchmark": mark("Peers are alike in what was matched, and may differ in everything else."),
    "capitals": mark(
        "Capitals are measured by the indicators that were given; what has no indicator is not in them."
    ),
    "training_match": mark(
        "Fields taught and jobs are set side by side; where graduates go is not observed."
    ),
    "action_register": mark(
        "A register of actions tells what was begun and paid, not what it brought about."
    ),
    "community_of_people": mark(
        "Homes and jobs are those of commuters; how people live together is not measured."
    ),
}


def limits_of(steps: object) -> list[str]:
    """
    Limits of the tools that a study used.

    Parameters
    ----------
    steps
        Steps as the provenance has them.

    Returns
    -------
    limits
        Sentences in English, each once, in the order of the steps.

    Examples
    --------
    >>> len(limits_of([{"tool": "reach"}, {"tool": "isochrones"}, {"tool": "tabulate"}]))
    1
    """
    every: Iterable[Any] = steps if isinstance(steps, list) else []
    names = [str(step.get("tool")) for step in every if isinstance(step, Mapping)]
    return list(dict.fromkeys(LIMITS_OF[name] for name in names if name in LIMITS_OF))
