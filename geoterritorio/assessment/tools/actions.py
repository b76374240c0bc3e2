"""A register of innovative actions: on the map, on the timeline, and who pays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.assessment import actions as measure
from geoterritorio.assessment.tools._action_layers import (
    AREAS,
    BUDGETS,
    FIGURES,
    PHASE_FUNDERS,
    PLACED,
    REGISTER,
    YEARS,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import Actions, Territories
from geoterritorio.registry import Layer, Progress, no_progress, tool

POINT, PLACE, TERRITORY, NOWHERE = PLACED


@dataclass(frozen=True)
class ActionResult:
    """
    Actions and their sums.

    Attributes
    ----------
    register
        Actions where they are: at their own point, else within their place or territory.
    budgets
        Number and budget by phase, kind, funder and territory, and of all.
    phase_funders
        Number and budget by phase and funder.
    years
        Actions that run in each year, by phase, and their budgets, spread evenly.
    areas
        Territories with their actions by phase, whether the phases follow each other, and the money.
    figures
        The same as a long table of indicators.
    """

    register: Annotated[gpd.GeoDataFrame, REGISTER]
    budgets: Annotated[pd.DataFrame, BUDGETS]
    phase_funders: Annotated[pd.DataFrame, PHASE_FUNDERS]
    years: Annotated[pd.DataFrame, YEARS]
    areas: Annotated[gpd.GeoDataFrame, AREAS]
    figures: Annotated[pd.DataFrame, FIGURES]


@tool
def action_register(
    actions: Actions,
    territories: Territories,
    places: Territories | None = None,
    *,
    progress: Progress = no_progress,
) -> ActionResult:
    """
    Register of innovative actions: animation, structuring and consolidation.

    When, where and in which phase there are actions, and who pays how much: on a timeline, by phase and funder, by kind
    and by territory. Animation builds ties between people and actors, structuring changes the surroundings in which
    firms arise, consolidation makes what was begun last. Budgets that are not known are counted, not taken as zero;
    those of several years are spread evenly over them. Whether animation began before consolidation is told as it is,
    not asked for.

    Parameters
    ----------
    actions
        Actions with phase, kind, actors, budget, funder, public share and period, as far as they are known; points, or
        rows that name a territory or a place.
    territories
        Territories that are told of.
    places
        Smaller territories, such as municipalities, by which actions say where they are, if these are not the
        territories themselves; each lies where its inner point is.
    progress
        Callback.

    Returns
    -------
    result
        Actions on the map, budgets, years, territories and figures.

    Raises
    ------
    LayerError
        If an action repeats, figures are no amounts or shares, or no action lies in the territories.
    """
    progress(0, mark("Adding up actions"))
    rows = _placed(actions, territories, places)
    _tell(rows)
    found = measure.action_register(
        pd.DataFrame(rows.drop(columns="geometry")), pd.Index(territories["territory"], dtype=object)
    )
    kept = [c.name for c in REGISTER.columns if c.name in found.actions.columns]
    register = gpd.GeoDataFrame(found.actions[kept], geometry=rows.geometry.to_numpy(), crs=territories.crs)
    areas = gpd.GeoDataFrame(found.territories, geometry=territories.geometry.to_numpy(), crs=territories.crs)
    return ActionResult(
        _named(register, territories, REGISTER),
        found.budgets,
        found.phase_funders,
        found.years,
        _named(areas, territories, AREAS),
        found.figures,
    )


def _placed(
    actions: pd.DataFrame, territories: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Actions with a point on the map and the territory in which it lies, and what tells it."""
    rows = actions.reset_index(drop=True)
    crs = territories.crs
    shapes = gpd.GeoSeries([None] * len(rows), index=rows.index, crs=crs)
    if has_geometry(rows):
        shapes = align(gpd.GeoDataFrame(rows), territories, name="actions").geometry
    named = (
        rows["territory"] if "territory" in rows.columns else pd.Series(None, index=rows.index, dtype=object)
    )
    inner = territories.set_index("territory").geometry.representative_point()
    by = np.select([shapes.notna(), named.isin(inner.index)], [POINT, TERRITORY], NOWHERE).astype(object)
    if places is not None:
        small = (
            align(places, territories, name="places").set_index("territory").geometry.representative_point()
        )
        by = np.where((by == NOWHERE) & named.isin(small.index), PLACE, by)
        shapes = shapes.where(by != PLACE, named.map(small))
    shapes = gpd.GeoSeries(shapes.where(by != TERRITORY, named.map(inner)), crs=crs)
    inside = assign(shapes, territories).territory.astype(object)
    territory = inside.where(by != TERRITORY, named)
    territory = territory.where(territory.notna(), None)
    plain = pd.DataFrame(rows).drop(columns="geometry", errors="ignore")
    # The name of a row of the result is that of its territory.
    plain = plain.rename(columns={"name": "action_name", "name_es": "action_name_es"})
    return gpd.GeoDataFrame(plain.assign(territory=territory, placed_by=by), geometry=shapes, crs=crs)


def _tell(rows: gpd.GeoDataFrame) -> None:
    """Actions that lie in none of the territories: they are in all sums but those by territory."""
    lost = rows["territory"].isna()
    if len(rows) and lost.all():
        raise LayerError(
            message(
                "actions: none of the {count} actions lies in the territories. Give the territories that they name, "
                "the smaller ones as places, or points.",
                count=len(rows),
            )
        )
    if lost.any():
        text = message(
            "actions: {count} of {number} lie in none of the territories and count in no one's figures: {values}.",
            count=int(lost.sum()),
            number=len(rows),
            values=listing(sorted(set(rows.loc[lost, "action"].astype(str)))),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _named(table: gpd.GeoDataFrame, territories: pd.DataFrame, layer: Layer) -> gpd.GeoDataFrame:
    if "name" in territories.columns:
        names = territories.drop_duplicates("territory").set_index("territory")["name"]
        table = table.assign(name=table["territory"].map(names))
    kept = [c.name for c in layer.columns if c.name in table.columns]
    return table[[*kept, "geometry"]]
