"""
What the tools on access and choice start from: places and centres, with the pairs that are within reach.

One rule for what is lacking. A place or centre without identifier or, for straight lines, without place on the map is
refused. Unknown people and unknown capacities stay unknown, and so does what depends on them: that is told. A place
from which no cost is listed reaches nothing, which is told too.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import align, has_geometry, require_metres, scale_departure
from geoterritorio.layers.findings import distinct
from geoterritorio.layers.numerals import as_text
from geoterritorio.proximity.decay import DecayRules, check_decay
from geoterritorio.proximity.pairs import Pairs, pairs_from_costs, pairs_from_points
from geoterritorio.registry import Layer

LINES, COSTS = "straight lines", "costs"


@dataclass(frozen=True)
class Ends:
    """
    Demand and supply as measures take them.

    Parameters
    ----------
    places, centres
        Layers, indexed by identifier.
    people, capacity
        Demand and supply, by the same identifiers.
    pairs
        Who reaches what at which cost.
    measured
        What the costs are: straight lines or a table of costs.
    counted
        Whether each centre counts as one, for want of capacities.
    error
        Largest error of projected distances, as a share; NaN of a table.
    """

    places: pd.DataFrame
    centres: pd.DataFrame
    people: pd.Series
    capacity: pd.Series
    pairs: Pairs
    measured: str
    counted: bool
    error: float

    def summary(self, rules: DecayRules, **more: Any) -> pd.DataFrame:
        """One row: how it was found, and how much is within reach."""
        reached = pd.Series(self.pairs.start[1:] > self.pairs.start[:-1], index=self.places.index)
        known = {
            "measured": self.measured,
            "decay": rules.decay or "within",
            "within": rules.within,
            "half": rules.half,
            "pairs": len(self.pairs),
            "pairs_beyond": self.pairs.beyond,
            "places": len(self.places),
            "places_listed": int(reached.sum()),
            "people": self.people.sum(),
            "unknown_people": int(self.people.isna().sum()),
            "centres_found": len(self.centres),
            "capacity": self.capacity.sum(),
            "unknown_capacity": int(self.capacity.isna().sum()),
            "scale_error": self.error,
        }
        row = pd.DataFrame([{**more, **known}])
        numbers = [c for c in row.columns if c not in ("variant", "measured", "decay")]
        return row.astype(dict.fromkeys(numbers, float))


def ends_of(
    demand: pd.DataFrame, supply: pd.DataFrame, costs: pd.DataFrame | None, rules: DecayRules
) -> Ends:
    """
    Places, centres and pairs.

    Parameters
    ----------
    demand
        Places with `population`.
    supply
        Centres, with `capacity` where it is known.
    costs
        Table of costs; without one, straight lines up to the limit of the rules.
    rules
        Weights, which are looked at first; of them the limit is used.

    Returns
    -------
    ends
        Aligned.

    Raises
    ------
    LayerError
        Weights do not fit, identifiers are missing or repeat, there are no places on the map or no limit where straight
        lines are to be drawn, or the costs fit neither demand nor supply.
    CRSError
        Metres cannot be measured in the layers' system.

    Warns
    -----
    GeoterritorioWarning
        If costs are of other places or centres, no way leads from a place or to a centre, or amounts are unknown.
    """
    check_decay(rules)
    places = _identified(demand, "place", "demand", needed=costs is not None)
    centres = _identified(supply, "centre", "supply", needed=True)
    pairs, error = (
        _lines(places, centres, rules.within)
        if costs is None
        else (pairs_from_costs(costs, places.index, centres.index), float("nan"))
    )
    counted = "capacity" not in centres.columns
    capacity = pd.Series(1.0, index=centres.index) if counted else centres["capacity"].astype(float)
    people = places["population"].astype(float)
    ends = Ends(places, centres, people, capacity, pairs, LINES if costs is None else COSTS, counted, error)
    _tell(ends)
    return ends


def placed(found: pd.DataFrame, layer: pd.DataFrame, key: str, schema: Layer) -> Any:
    """Results by identifier, with the layer's own columns after them, at its geometries if it has any."""
    own = [c for c in layer.columns if c not in found.columns and c != "geometry"]
    rows = found.join(layer[own]).rename_axis(key).reset_index()
    table = ordered(rows, schema)
    if not has_geometry(layer):
        return table
    shapes = gpd.GeoDataFrame(layer).geometry
    return gpd.GeoDataFrame(table, geometry=shapes.loc[rows[key]].to_numpy(), crs=shapes.crs)


def ordered(rows: pd.DataFrame, schema: Layer) -> pd.DataFrame:
    """Columns of the kind first, then the others."""
    first = [c.name for c in schema.columns if c.name in rows.columns]
    return rows[[*first, *(c for c in rows.columns if c not in first)]]


def _identified(layer: pd.DataFrame, column: str, name: str, *, needed: bool) -> pd.DataFrame:
    """Layer by identifier; by number of the row where it has none and needs none."""
    if column not in layer.columns:
        if needed:
            raise LayerError(
                message(
                    "{layer}: a table of costs needs the column “{column}” to find its ends. Name it.",
                    layer=name,
                    column=column,
                )
            )
        return layer.set_index(as_text(pd.Series(range(1, len(layer) + 1))).rename(column))
    labels = layer[column]
    if labels.isna().any():
        raise LayerError(
            message(
                "{layer}: {count} rows have no “{column}”. Complete or remove them.",
                layer=name,
                count=int(labels.isna().sum()),
                column=column,
            )
        )
    twice = labels[labels.duplicated()]
    if len(twice):
        raise LayerError(
            message(
                "{layer}: “{column}” repeats: {values}. Keep one row of each, for example those of one period.",
                layer=name,
                column=column,
                values=distinct(twice),
            )
        )
    return layer.set_index(column)


def _lines(places: Any, centres: Any, within: float | None) -> tuple[Pairs, float]:
    if within is None:
        raise LayerError(
            message(
                "within: straight lines need a longest one, in metres. Give it, or a table of costs, for example from "
                "travel-costs."
            )
        )
    problems = [
        message(
            "{layer}: straight lines need points or areas. Give a layer with places, or a table of costs.",
            layer=name,
        )
        for layer, name in ((places, "demand"), (centres, "supply"))
        if not has_geometry(layer)
    ]
    if problems:
        raise LayerError(problems)
    require_metres(places, name=mark("demand"))
    ends = [_points(layer) for layer in (places, align(centres, places, name=mark("supply")))]
    return pairs_from_points(*ends, within=within), scale_departure(places)


def _points(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Points of a layer; of areas, one that surely lies in each."""
    shapes = layer.geometry.representative_point()
    return pd.DataFrame({"x": shapes.x, "y": shapes.y}, index=layer.index)


def _tell(ends: Ends) -> None:
    for text in _doubts(ends):
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _unreached(ends: Ends) -> list[Message]:
    """Word of what is offered where nobody has a way to."""
    without = np.bincount(ends.pairs.centre, minlength=len(ends.centres)) == 0
    if not without.any():
        return []
    values = {
        "count": int(without.sum()),
        "number": len(ends.centres),
        "values": distinct(ends.centres.index[without]),
        "amount": float(ends.capacity[without].sum()),
    }
    if ends.measured == COSTS:
        return [
            message(
                "costs: to {count} of {number} centres of the supply no way is listed ({values}): what they offer, "
                "{amount}, reaches nobody.",
                **values,
            )
        ]
    return [
        message(
            "within: {count} of {number} centres of the supply are farther than the limit from every place ({values}): "
            "what they offer, {amount}, reaches nobody.",
            **values,
        )
    ]


def _doubts(ends: Ends) -> list[Message]:
    pairs, found = ends.pairs, []
    if ends.measured == COSTS:
        without = ends.places.index[pairs.start[1:] == pairs.start[:-1]]
        if len(without):
            found.append(
                message(
                    "costs: from {count} of {number} places of the demand no way is listed ({values}): they count as "
                    "reaching nothing.",
                    count=len(without),
                    number=len(ends.places),
                    values=distinct(without),
                )
            )
    found += _unreached(ends)
    for values, name, column in (
        (ends.people, "demand", "population"),
        (ends.capacity, "supply", "capacity"),
    ):
        unknown = int(values.isna().sum())
        if unknown:
            found.append(
                message(
                    "{layer}: {count} of {number} rows have no “{column}”: what shares with them, or reaches them, "
                    "stays unknown.",
                    layer=name,
                    count=unknown,
                    number=len(values),
                    column=column,
                )
            )
    return found
