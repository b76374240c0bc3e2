"""Where actions and their actors are, and of which kind the actors are."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pandas as pd

from geoterritorio.assessment.spokes import DIVISION, FIRM
from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import distinct


def in_territories(
    rows: pd.DataFrame, territories: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None, *, name: str
) -> pd.DataFrame:
    """
    Rows with the territory in which each lies.

    Parameters
    ----------
    rows
        Points, or rows that name a territory or a place.
    territories
        Territories.
    places
        Smaller territories; each is where its inner point is.
    name
        What the rows are called in messages.

    Returns
    -------
    rows
        Table with `territory`: the one named, that of the place named, or that of the point; missing where there is
        none.

    Warns
    -----
    GeoterritorioWarning
        Where rows lie in no territory, or name none that is known.
    """
    stated = rows["territory"] if "territory" in rows.columns else pd.Series(None, rows.index, dtype=object)
    found = stated.where(stated.isin(territories["territory"]))
    if places is not None and found.isna().any():
        inside = gpd.GeoDataFrame(
            places[["territory"]], geometry=places.geometry.representative_point(), crs=places.crs
        )
        lies = assign(align(inside, territories, name="places"), territories).territory
        known = pd.Series(lies.to_numpy(), index=places["territory"])
        found = found.fillna(stated.map(known[~known.index.duplicated()]))
    if has_geometry(rows) and found.isna().any():
        points = align(gpd.GeoDataFrame(rows), territories, name=name)
        found = found.fillna(assign(points, territories).territory)
    lost = found.isna()
    if lost.any():
        text = message(
            "{layer}: {count} of {number} rows are in none of the territories; they name {values}. If they name "
            "municipalities or the like, give these as places.",
            layer=name,
            count=int(lost.sum()),
            number=len(rows),
            values=distinct(stated[lost]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return pd.DataFrame(rows.drop(columns="geometry", errors="ignore")).assign(territory=found)


def actors_of(
    actions: pd.DataFrame | None,
    institutions: gpd.GeoDataFrame | None,
    firms: gpd.GeoDataFrame | None,
    territories: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    """
    Kind and territory of the actors that actions name.

    Parameters
    ----------
    actions
        Actions with `actors`; None where there are none.
    institutions
        Institutions; their kind is their kind.
    firms
        Establishments; their kind is "firm" and the division of their sector.
    territories
        Territories.
    places
        Smaller territories.

    Returns
    -------
    actors
        `kind` and `territory` by identifier.

    Warns
    -----
    GeoterritorioWarning
        Where actions name actors that are in neither layer.
    """
    none = pd.DataFrame({"kind": [], "territory": []}, pd.Index([], dtype=object), dtype=object)
    if actions is None or "actors" not in actions.columns:
        return none
    named = actions["actors"].dropna().astype(str).str.split(";").explode().str.strip()
    wanted = set(named[named != ""])
    parts = []
    for layer, key, name in ((institutions, "institution", "institutions"), (firms, "firm", "firms")):
        if layer is None or key not in layer.columns:
            continue
        rows = layer[layer[key].isin(wanted)]
        kind = rows["kind"] if key == "institution" else _kind_of_firm(rows)
        if len(rows):
            placed = in_territories(rows, territories, places, name=name)
            parts.append(
                pd.DataFrame(
                    {"kind": kind.to_numpy(), "territory": placed["territory"].to_numpy()}, index=rows[key]
                )
            )
    found = pd.concat(parts) if parts else none
    found = found[~found.index.duplicated()]
    strangers = sorted(wanted - set(found.index))
    if strangers and (institutions is not None or firms is not None):
        text = message(
            "actions: {count} actors are neither among the institutions nor among the firms, and what they are stays "
            "undecided: {values}.",
            count=len(strangers),
            values=distinct(strangers),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return found


def _kind_of_firm(firms: pd.DataFrame) -> pd.Series:
    """Establishments by division; without a sector they are firms all the same."""
    return FIRM + " " + firms["sector"].fillna("").astype(str).str.slice(0, DIVISION)
