"""How is what lies within reach drawn in QGIS?"""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.code_words import OWN_VALUES, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.headings import OWN_HEADINGS
from geoterritorio.publication.nearness import near_to_far
from geoterritorio.publication.qgis.brushes import (
    HOT,
    INK,
    LINE_INK,
    PALE_NONE,
    SEQUENCE,
    TEAL,
    Style,
    around_one,
    everything,
    missing,
    rule,
    sequence,
    style,
)
from geoterritorio.publication.webmap.palette import COLOURS, NONE

# minutes that catchments are told in, and colours from near to far
MINUTES = (15.0, 30.0, 60.0, 120.0)
NEAR = near_to_far(SEQUENCE)
MIXED = ("#cfe0ee", "#f6dfc4", "#b5d3b0", "#a893c4", "#f4efc0")

# Whose reach, and of which kind of centre: rows of several lie on one another.
_PARTS = {
    "who": {code: VALUES[code] for code in ("establishments", "residents")},
    "centre_kind": {
        code: OWN_VALUES.get(("centre_kind", code)) or VALUES[code]
        for code in vocabulary("institution_kinds")["code"]
    },
}


def _reached(*labels: str) -> Style:
    """The nearer the darker; the smallest budget lies above."""
    # each budget is a class; the palest would not be seen on paper
    scale = {"expression": '"up_to"', "colours": list(near_to_far(SEQUENCE[1:])), "each": True}
    return style(
        "up_to",
        scale=scale,
        order='-"up_to"',
        heading=HEADINGS["up_to"],
        headed_by="unit",
        labels=list(labels),
    )


def _service_areas() -> Style:
    """As reach by road: the nearer the darker."""
    return {**_reached("name", "centre"), "heading": OWN_HEADINGS["service_areas", "up_to"]}


def _nearest_areas() -> Style:
    own = rule(mark("Nearest to the centre"), '"centre" IS NOT NULL', "fill", COLOURS[1])
    rest = rule(mark("No road leads to a centre"), '"centre" IS NULL', "hatch", NONE)
    return style("centre", rules=[own, rest], labels=["name", "centre"], heading=HEADINGS["centre"])


def _road_edges() -> Style:
    """Roads, and those that no way leads to, or none back from."""
    apart = rule(VALUES["other_components"], '"component" > 1', "line", HOT, "component")
    trap = rule(
        VALUES["one_way_traps"], '"component" = 1 AND "returns" = \'no\'', "line", "#7a2a8f", "returns"
    )
    rest = rule(mark("Main network"), '"component" = 1 AND "returns" = \'yes\'', "line", "#9b8f7d")
    wide = [{**rule, "width": 0.7} for rule in (apart, trap)]
    return style("component", "returns", rules=[*wide, rest], heading=HEADINGS["component"])


def _snapped() -> Style:
    near = rule(mark("On the nearest road"), "\"snapped\" = 'yes'", "fill", TEAL)
    far = rule(mark("Too far from every road"), "\"snapped\" = 'no'", "fill", HOT)
    return style(
        "snapped", rules=[near, far], labels=["name", "place"], diameter=2.0, heading=HEADINGS["snapped"]
    )


def _figure(column: str, *labels: str) -> Style:
    return {**sequence(column, heading=HEADINGS[column]), "labels": list(labels)}


def _access() -> Style:
    """Access around its mean; nothing within reach is told from little."""
    none = rule(mark("0: nothing within reach"), '"relative" = 0', "fill", PALE_NONE)
    rules = [*around_one("relative")][:-1]
    return style(
        "relative",
        rules=[*rules, none, *missing("relative")],
        labels=["place"],
        diameter=4.0,
        heading=HEADINGS["relative"],
    )


def _shares(column: str, heading: str, limits: tuple[float, ...], *rules: Style) -> Style:
    """Percentages in classes that are the same everywhere, so that parts and studies can be compared."""
    scale = {"expression": f'100 * "{column}"', "limits": list(limits), "colours": list(SEQUENCE)}
    return style(column, rules=[*rules], scale=scale, parts=_PARTS, heading=heading)


def _withheld(column: str, more: str = "", *needs: str) -> Style:
    """Shares that are empty although somebody is there: studies publish none of one or two establishments."""
    return rule(VALUES["few establishments"], f'"{column}" IS NULL{more}', "dots", NONE, *needs)


def _summed_areas() -> list[Style]:
    """By people, else by establishments; the larger budget lies below, where there are several."""
    lies = [("population", "up_to"), ("population",), ("establishments", "up_to"), ("establishments",)]
    looks = []
    for column, *more in lies:
        scale = {"expression": f'"{column}"', "colours": list(SEQUENCE)}
        order = '-"up_to"' if more else ""
        rules = missing(column)
        looks.append(
            style(
                column,
                *more,
                rules=rules,
                scale=scale,
                order=order,
                labels=["area"],
                heading=HEADINGS[column],
            )
        )
    return looks


def _reach_areas() -> Style:
    """Shares of what is there: none is no share."""
    nobody = rule(mark("Nobody there"), '"number" = 0', "dashes", NONE, "number")
    withheld = _withheld("reached_share", ' AND coalesce("number", 1) <> 0', "number")
    heading = mark("Share that reaches one (%)")
    shares = _shares("reached_share", heading, (50.0, 75.0, 90.0, 99.0), nobody, withheld)
    return {**shares, "labels": ["name", "territory"], "diameter": 4.0}


def _reach_centres() -> Style:
    """Centres on which many hang lie above."""
    heading = mark("Share that reaches no other (%)")
    shares = _shares("only_share", heading, (0.1, 1.0, 5.0, 20.0), _withheld("only_share"))
    return {**shares, "order": '"only_share"', "labels": ["centre_name", "centre"], "diameter": 3.2}


def _nearest_lines() -> Style:
    """The nearer the darker; all are as thin, since a wide line would be read as a large flow."""
    colours = list(near_to_far(["#b9afd0", "#9484b5", "#745f9c", LINE_INK]))
    scale = {"expression": '"cost"', "colours": colours, "look": "arrow", "width": 0.5}
    return style(
        "cost", scale=scale, parts=_PARTS, order='-"cost"', heading=HEADINGS["cost"], headed_by="unit"
    )


def _reach_places() -> Style:
    """The nearer the darker."""
    scale = {"expression": '"cost"', "colours": list(near_to_far(SEQUENCE))}
    return {**sequence("cost", heading=HEADINGS["cost"]), "scale": scale, "labels": [], "diameter": 1.6}


REACH: Mapping[str, list[Style]] = {
    "travel_time": [
        {"needs": [], "scale": {"expression": "", "limits": list(MINUTES), "colours": list(NEAR)}}
    ],
    "friction": [{"needs": [], "scale": {"expression": "", "colours": list(SEQUENCE)}}],
    # positions have no order: the layer of basins is what is looked at
    "allocated": [{"needs": [], "scale": {"expression": "", "colours": list(MIXED)}}],
    "travel_basins": [sequence("mean_minutes", heading=HEADINGS["mean_minutes"])],
    "cost_paths": [everything(mark("Way with the fewest minutes"), "line", LINE_INK)],
    "zonal_sums": [sequence("sum", heading=HEADINGS["sum"])],
    # access and choice
    "access": [_access()],
    "availability": [_figure("available", "place")],
    # budgets lie on one another; they are numbers, and need no words
    "opportunities": [{**_figure("available", "place"), "parts": {"within": {}}}],
    "rational_costs": [_figure("rational_cost", "place")],
    "crowding": [_figure("people_served", "name", "centre")],
    "centre_loads": [_figure("people_in_reach", "name", "centre")],
    "market_areas": [
        {**sequence("share", heading=OWN_HEADINGS["market_areas", "share"]), "labels": ["name", "centre"]}
    ],
    "market_centres": [_figure("customers", "name", "centre")],
    "break_points": [everything(mark("Both centres draw alike"), "fill", TEAL, diameter=2.0)],
    "road_edges": [_road_edges()],
    "road_nodes": [everything(mark("Node"), "fill", INK, diameter=0.8)],
    "isochrones": [_reached()],
    "reached_land": [_reached()],
    "reached_roads": [_reached()],
    "snapped_places": [_snapped()],
    "service_areas": [_service_areas()],
    "nearest_areas": [_nearest_areas()],
    "summed_areas": [*_summed_areas()],
    "reach_areas": [_reach_areas()],
    "reach_centres": [_reach_centres()],
    "nearest_lines": [_nearest_lines()],
    "reach_places": [_reach_places()],
    "candidate_gains": [
        {**sequence("newly", heading=HEADINGS["newly"]), "labels": ["candidate_name", "candidate"]}
    ],
    "chosen_candidates": [
        everything(mark("Chosen place"), "fill", HOT, labels=["turn", "candidate"], diameter=4.0)
    ],
}
