"""Institutions at the door of the tools: open on a day, of known kinds, in their territories."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration.tools._cells import cells_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification.tools._support import territory_of
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.proximity.tools._reach_inputs import open_on

_LIST = "institution_kinds"


def kinds_asked(text: str) -> list[str]:
    """Kinds that are looked at: those that are named, or all of the vocabulary."""
    known = list(vocabulary(_LIST)["code"])
    asked = listed(text)
    strange = [k for k in asked if k not in known]
    if strange:
        raise LayerError(
            message(
                "kinds: {values} are not in the vocabulary of institutions. Choose among: {known}.",
                values=listing(strange),
                known=", ".join(known),
            )
        )
    return asked or known


def listed(text: str) -> list[str]:
    """Parts of a text between semicolons, each once."""
    return list(dict.fromkeys(t.strip() for t in text.split(";") if t.strip()))


def bodies_of(
    institutions: gpd.GeoDataFrame, territories: gpd.GeoDataFrame, on: str, kinds: list[str]
) -> gpd.GeoDataFrame:
    """
    Institutions that are open and of these kinds, with their territory.

    Parameters
    ----------
    institutions
        Layer as it comes.
    territories
        Territories.
    on
        Day; without it all are taken, and those with a day of closing are told.
    kinds
        Kinds that count.

    Returns
    -------
    bodies
        The rows, `territory` empty where they lie outside all.

    Raises
    ------
    LayerError
        If there are none, none is of a known kind, or none lies in a territory.
    """
    there = open_on(institutions, on, name="institutions")
    _tell_strange(there)
    number = len(there)
    there = there[there["kind"].isin(kinds)].reset_index(drop=True)
    if there.empty:
        raise LayerError(
            message(
                "institutions: column “kind”: none of the {count} institutions is of the kinds that are looked at: "
                "{known}. Name the kinds by the codes or words of the vocabulary.",
                count=number,
                known=", ".join(kinds),
            )
        )
    placed = there.assign(territory=territory_of(there, territories, name="institutions"))
    outside = int(placed["territory"].isna().sum())
    if outside == len(placed):
        raise LayerError(
            message(
                "institutions: none of the {count} institutions lies in the territories that are looked at. Check "
                "their points or the column “territory”: both layers must use the same codes and be of the same land.",
                count=outside,
            )
        )
    if outside:
        text = message(
            "institutions: {count} of {number} lie in no territory; they count nowhere, but may be the nearest.",
            count=outside,
            number=len(placed),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return placed


def _tell_strange(institutions: pd.DataFrame) -> None:
    known = set(vocabulary(_LIST)["code"])
    strange = institutions.loc[~institutions["kind"].isin(known), "kind"]
    if len(strange):
        text = message(
            "institutions: {count} are of kinds outside the vocabulary and are left out: {values}. Give them a kind of "
            "the vocabulary, or they count nowhere.",
            count=len(strange),
            values=listing(sorted(strange.astype(str).unique())),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def covered_of(territories: gpd.GeoDataFrame, text: str, bodies: pd.DataFrame | None = None) -> pd.Series:
    """
    Whether the layer of institutions covers each territory.

    Parameters
    ----------
    territories
        Territories.
    text
        Identifiers with semicolons between them; empty covers all.
    bodies
        Institutions: those that lie in a territory said not to be covered are refused.

    Returns
    -------
    covered
        By territory.

    Raises
    ------
    LayerError
        If an identifier is not one of the territories, or institutions contradict it.
    """
    named = listed(text)
    ids = territories["territory"].astype(str)
    strange = [t for t in named if t not in set(ids)]
    if strange:
        raise LayerError(
            message(
                "covered: {values} are not in the layer of territories. Check the codes.",
                values=listing(strange),
            )
        )
    covered = pd.Series(ids.isin(named).to_numpy() if named else True, index=territories["territory"])
    if bodies is not None:
        odd = sorted(set(bodies["territory"].dropna()) - set(covered.index[covered]))
        if odd:
            raise LayerError(
                message(
                    "covered: institutions lie in {count} territories that are not named as covered: {values}. Name "
                    "them, too.",
                    count=len(odd),
                    values=listing(odd),
                )
            )
    return covered


def numbers_of(bodies: pd.DataFrame, covered: pd.Series, kinds: list[str]) -> pd.DataFrame:
    """Territories by kinds; NaN where the layer does not cover the territory."""
    table = crossed(bodies["territory"], bodies["kind"])
    wide = table.reindex(index=covered.index, columns=kinds, fill_value=0).astype(float)
    return wide.mul(np.where(covered, 1.0, np.nan), axis=0)


def establishments_of(
    territories: gpd.GeoDataFrame, firms: gpd.GeoDataFrame | None, counts: pd.DataFrame | None
) -> pd.Series | None:
    """Establishments of each territory, NaN where cells are withheld; None where nothing tells of them."""
    if firms is None and (counts is None or "establishments" not in counts.columns):
        return None
    cells = cells_of(territories, firms, counts, measure="establishments", total=None)
    sums = cells.table.sum(axis=1, skipna=False).reindex(territories["territory"])
    result: pd.Series = sums.astype(np.float64)
    return result
