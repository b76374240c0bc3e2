"""Kinds of layers in words, as the account of a study tells them."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark

LAYER_KINDS: Mapping[str, str] = {
    "territories": mark("territories"),
    "history": mark("history of boundaries"),
    "boundary_events": mark("boundary events"),
    "firms": mark("establishments"),
    "register": mark("register of establishments"),
    "counts": mark("counts"),
    "reference": mark("totals of the whole"),
    "institutions": mark("institutions"),
    "flows": mark("flows"),
    "commuting_totals": mark("margins of commuting"),
    "costs": mark("travel costs"),
    "links": mark("links between actors"),
    "population": mark("population"),
    "centres": mark("centres"),
    "areas": mark("areas"),
    "indicators": mark("indicators"),
    "figures": mark("figures"),
    "capital_indicators": mark("indicators of the capitals"),
    "roads": mark("roads"),
    "cover_speeds": mark("speeds by land cover"),
    "speeds": mark("speeds by class of road"),
    "evidence": mark("coded statements"),
    "actions": mark("actions"),
    "gates": mark("conditions of the rungs"),
    "places": mark("places with their postcodes"),
    "correspondence": mark("correspondence of codes"),
    "definitions": mark("groups of sectors"),
    "similarities": mark("similarities between sectors"),
    "friction": mark("friction of the terrain"),
    "elevation": mark("relief"),
    "population_grid": mark("population by cell"),
    "density": mark("density"),
    "land_cover": mark("land cover"),
    "travel_time": mark("travel times"),
    "values": mark("values"),
}
