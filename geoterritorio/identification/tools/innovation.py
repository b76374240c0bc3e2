"""Institutions on layers: which kinds each territory has, for how many establishments, and where the nearest is."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import innovation
from geoterritorio.identification.tools._bodies import (
    bodies_of,
    covered_of,
    establishments_of,
    kinds_asked,
    numbers_of,
)
from geoterritorio.identification.tools._cluster_layers import placed, shaped, with_names
from geoterritorio.identification.tools._innovation_layers import (
    AREAS,
    GAPS,
    PLACED,
    PRESENCE,
    FiguresTable,
    GapTable,
    InnovationAreas,
    PlacedInstitutions,
    PresenceTable,
    figures_of,
)
from geoterritorio.identification.tools._support import territory_of
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.schema import Counts, Firms, Institutions, Territories
from geoterritorio.proximity.tools._reach_inputs import ESTABLISHMENTS
from geoterritorio.proximity.tools._reach_layers import TerritoryShares
from geoterritorio.registry import Count, Level, Progress, Ratio, no_progress, tool

_OF_FIRMS, _OF_LAND = mark("middle of establishments"), mark("middle of the territory")
_FIGURES = {
    mark("Institutions per 1000 establishments"): ("density", "low", "high"),
    mark("Kinds of institution present (share)"): ("kinds_share",),
    mark("Diversity of institutions (0 to 1)"): ("diversity",),
}


@dataclass(frozen=True)
class InnovationRules:
    """
    Which institutions count, where, and what is asked of them.

    Parameters
    ----------
    on
        Day on which institutions must be open; without it all are taken, and those that have closed are told.
    kinds
        Kinds that are looked at, semicolons between them; all of the vocabulary without.
    covered
        Territories that the layer of institutions covers, semicolons between them; others are unknown. All without.
    within
        Budget of the table of reach that is told; the middle one of the table by default (0).
    level
        Level of the intervals and tests.
    draws
        Times that kinds are dealt anew among the institutions.
    seed
        Seed of the random numbers.
    """

    on: str = ""
    kinds: str = ""
    covered: str = ""
    within: Ratio = 0.0
    level: Level = 0.95
    draws: Count = 999
    seed: Count = 1


_RULES = InnovationRules()


@dataclass(frozen=True)
class InnovationResult:
    """
    Institutions of territories.

    Attributes
    ----------
    areas
        Territories with their institutions, kinds and diversity.
    presence
        One row per territory and kind: number, density, quotient, what chance makes of it.
    gaps
        Kinds that are missing, with the nearest institution of the kind elsewhere.
    placed_institutions
        Institutions that count, with the territory in which each lies.
    figures
        Figures by territory, as capitals, comparisons and profiles read them.
    """

    areas: InnovationAreas
    presence: PresenceTable
    gaps: GapTable
    placed_institutions: PlacedInstitutions
    figures: FiguresTable


@tool
def innovation_system(
    territories: Territories,
    institutions: Institutions,
    firms: Firms | None = None,
    *,
    counts: Counts | None = None,
    reached: TerritoryShares | None = None,
    rules: InnovationRules = _RULES,
    progress: Progress = no_progress,
) -> InnovationResult:
    """
    Institutions of each territory by kind: presence, density, diversity, and what is missing.

    How many institutions of each kind a territory has, for 1000 establishments and beside what its share of all
    establishments would give, which kinds it has not and how far the nearest is, and how diverse the kinds are, given
    how few institutions there may be. Numbers are small: each comes with an exact interval and what chance makes of it.

    Parameters
    ----------
    territories
        Territories to look at.
    institutions
        Institutions with their kinds, as points or with their territory.
    firms
        Register of establishments: for densities, and the middle from which distances are told.
    counts
        Establishments by territory and sector, instead of the register.
    reached
        Table of reach by territory (`reach`, output territory_shares): who reaches which kind within a budget.
    rules
        Which institutions count, and where.
    progress
        Callback.

    Returns
    -------
    result
        Territories, kinds, gaps, institutions, figures.

    Raises
    ------
    LayerError
        If there are no institutions, none is of a known kind or lies in a territory, or kinds or codes are unknown.
    CRSError
        If metres cannot be measured on the territories.

    References
    ----------
    .. [1] Cooke, P., Gomez Uranga, M. & Etxebarria, G. (1997). Regional innovation systems: institutional and
       organisational dimensions. Research Policy 26, 475-491.
    """
    kinds = kinds_asked(rules.kinds)
    bodies = bodies_of(institutions, territories, rules.on, kinds)
    covered = covered_of(territories, rules.covered, bodies)
    progress(0.2, mark("Counting"))
    units = establishments_of(territories, firms, counts)
    found = innovation.institution_presence(
        numbers_of(bodies, covered, kinds), units, level=rules.level, draws=rules.draws, rng=rules.seed
    )
    progress(0.7, mark("Nearest institutions"))
    cells = with_names(_with_reach(found.cells, reached, rules.within), territories)
    summary = with_names(found.summary, territories)
    return InnovationResult(
        placed(summary, territories, AREAS),
        shaped(cells, PRESENCE),
        shaped(_gaps(cells, bodies, territories, firms), GAPS),
        _kept(bodies),
        figures_of(summary, _FIGURES, rules.on),
    )


def _with_reach(cells: pd.DataFrame, reached: pd.DataFrame | None, within: float) -> pd.DataFrame:
    """Share of the establishments within the budget of each kind, where a table tells it."""
    if reached is None:
        return cells
    own = reached[reached["who"] == ESTABLISHMENTS]
    budgets = sorted(own["up_to"].unique())
    if not budgets or (within and within not in budgets):
        raise LayerError(
            message(
                "reached: there is no row of establishments with the budget {value}. It has: {values}. Give the table "
                "of reach with establishments, or another budget (within).",
                value=within or "–",
                values=", ".join(f"{b:g}" for b in budgets) or "–",
            )
        )
    budget = within or budgets[(len(budgets) - 1) // 2]
    table = own.loc[own["up_to"] == budget, ["territory", "centre_kind", "reached_share", "up_to"]]
    return cells.merge(table.rename(columns={"centre_kind": "kind"}), on=["territory", "kind"], how="left")


def _gaps(
    cells: pd.DataFrame,
    bodies: gpd.GeoDataFrame,
    territories: gpd.GeoDataFrame,
    firms: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    """Kinds that are missing, with the nearest of each elsewhere."""
    gaps = cells[cells["present"] == "no"].reset_index(drop=True)
    columns = dict.fromkeys(("nearest_institution", "nearest_name", "nearest_territory", "measured_from"))
    gaps = gaps.assign(**columns, distance=np.nan)
    if gaps.empty or not has_geometry(bodies):
        return gaps
    require_metres(territories, name=mark("territories"))
    points = align(gpd.GeoDataFrame(bodies), territories, name="institutions")
    points = points[~points.geometry.isna() & ~points.geometry.is_empty]
    middle, words = _middles(territories, firms)
    for kind, rows in gaps.groupby("kind", sort=False).groups.items():
        there = points[points["kind"] == kind]
        if there.empty:
            continue
        tree = cKDTree(np.column_stack([there.geometry.x, there.geometry.y]))
        away, which = tree.query(middle.loc[gaps.loc[rows, "territory"]].to_numpy())
        near = there.iloc[which]
        gaps.loc[rows, "distance"] = away
        gaps.loc[rows, "nearest_institution"] = near["institution"].to_numpy(object)
        gaps.loc[rows, "nearest_territory"] = near["territory"].to_numpy(object)
        for name in (c for c in ("name", "name_es") if c in near.columns):
            gaps.loc[rows, f"nearest_{name}"] = near[name].to_numpy(object)
        gaps.loc[rows, "measured_from"] = gaps.loc[rows, "territory"].map(words).to_numpy(object)
    return gaps


def _middles(territories: gpd.GeoDataFrame, firms: gpd.GeoDataFrame | None) -> tuple[pd.DataFrame, pd.Series]:
    """Middle of each territory's establishments, or of its land where none has a place; and which it is."""
    inside = territories.geometry.representative_point()
    ids = pd.Index(territories["territory"])
    table = pd.DataFrame({"x": inside.x.to_numpy(), "y": inside.y.to_numpy()}, index=ids)
    words = pd.Series(_OF_LAND, index=ids, dtype=object)
    if firms is None or not has_geometry(firms):
        return table, words
    points = align(gpd.GeoDataFrame(firms), territories, name="firms").geometry
    where = territory_of(firms, territories, name="firms")
    known = (~points.isna() & ~points.is_empty & where.notna()).to_numpy()
    middle = (
        pd.DataFrame({"x": points[known].x, "y": points[known].y}).groupby(where[known].to_numpy()).median()
    )
    held = ids.isin(middle.index)
    table.loc[held] = middle.reindex(ids[held]).to_numpy()
    return table, words.where(~held, _OF_FIRMS)


def _kept(bodies: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Institutions that count, with the columns of the layer."""
    names = [c.name for c in PLACED.columns if c.name in bodies.columns]
    kept: npt.NDArray[np.object_] = np.array(
        [*names, *(["geometry"] if has_geometry(bodies) else [])], dtype=object
    )
    return bodies[list(kept)].reset_index(drop=True)
