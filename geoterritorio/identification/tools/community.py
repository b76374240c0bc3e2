"""Community of people on layers: who lives and works in a territory, where, and at what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.delimitation.tools.labour import names_outside, of_period, totals_of
from geoterritorio.i18n import mark
from geoterritorio.identification.cures import COMMUNITY
from geoterritorio.identification.tools import _community_inputs as inputs
from geoterritorio.identification.tools import _community_layers as told
from geoterritorio.identification.tools import _community_parts as parts
from geoterritorio.layers.schema import CommutingTotals, CountsPeriods, Flows, Population, Territories
from geoterritorio.registry import Count, Layer, Level, Progress, no_progress, tool


@dataclass(frozen=True)
class CommunityRules:
    """
    Periods, codes and draws.

    Parameters
    ----------
    period
        Period of the flows, totals and inhabitants, where there are several.
    outside
        Names that flows give to what is across the border of the study, with semicolons between them.
    start
        Earlier period of the counts; by default their first.
    end
        Later period of the counts; by default their last.
    total
        Sector code that stands for all sectors together, if counts have one.
    classification
        Classification of the codes, such as nace2, for related variety; without one that is left out.
    levels
        Two or three levels of the classification from coarse to fine, separated by commas.
    level
        Level of the intervals.
    draws
        Draws of each baseline of chance; 0 leaves them out.
    seed
        Seed of the draws.
    """

    period: str | None = None
    outside: str | None = None
    start: str | None = None
    end: str | None = None
    total: str | None = None
    classification: str | None = None
    levels: str = "section,division,group"
    level: Level = 0.95
    draws: Count = 999
    seed: Count = 1


RULES = CommunityRules()


@dataclass(frozen=True)
class CommunityResult:
    """
    Communities of people.

    Attributes
    ----------
    areas
        One row per territory: people, self-containment, overlap of homes and jobs, division of labour and its change.
    homes_and_jobs
        One row per smaller place: its share of the territory's people and jobs.
    division
        One row per territory and sector: jobs in both periods, and those beyond the whole's growth.
    unknown
        One row per territory and part of the account that is unknown: why, and what would decide it.
    figures
        The same by territory and indicator, for further tools.
    """

    areas: Annotated[gpd.GeoDataFrame, told.COMMUNITY_AREAS]
    homes_and_jobs: Annotated[gpd.GeoDataFrame, told.COMMUNITY_PLACES]
    division: Annotated[pd.DataFrame, told.COMMUNITY_DIVISION]
    unknown: Annotated[pd.DataFrame, told.COMMUNITY_UNKNOWN]
    figures: Annotated[pd.DataFrame, told.FIGURES]


@tool
def community_of_people(
    territories: Territories,
    places: Territories | None = None,
    flows: Flows | None = None,
    *,
    totals: CommutingTotals | None = None,
    population: Population | None = None,
    counts: CountsPeriods | None = None,
    rules: CommunityRules = RULES,
    progress: Progress = no_progress,
) -> CommunityResult:
    """
    Community of people: who lives and works in a territory, where, and at what.

    The district is a community of people and a population of firms in one place of life. Of each territory:
    inhabitants, employed residents and jobs; how many residents work in it and how many workers live in it, with
    intervals and beside chance; how far people and jobs share the same smaller places; how the work is divided among
    sectors or occupations, and how that changed between two periods, beside what chance alone moves. Each part needs
    its own layers; what lacks them is unknown and says what would decide it.

    Parameters
    ----------
    territories
        Territories that are looked at, such as labour markets; polygons, if places are to be found in them.
    places
        Smaller places by which flows, totals and perhaps counts are told, such as municipalities or cells.
    flows
        Commuters between the places, those within a place among them; without places, between the territories.
    totals
        All employed residents and workers of each place, where flows are missing or lack some of them.
    population
        Inhabitants, with their territory or as points.
    counts
        Jobs by territory or place and sector or occupation, in one or more periods.
    rules
        Periods, codes and draws.
    progress
        Callback.

    Returns
    -------
    result
        Areas, homes and jobs by place, division of labour, what is unknown, and figures.

    Raises
    ------
    FlowError
        If flows or totals are wrong, have several periods and none is named, or are of other places.
    LayerError
        If no place lies in a territory, codes of counts are of neither, periods are unknown, or sectors are not in the
        classification.

    References
    ----------
    .. [1] Becattini, G. (1990). The Marshallian industrial district as a socio-economic notion. In: Pyke, F.,
       Becattini, G., Sengenberger, W. (eds.), Industrial districts and inter-firm co-operation in Italy, 37-51.
       Geneva: ILO.
    .. [2] Duncan, O. D., Duncan, B. (1955). A methodological analysis of segregation indexes. American Sociological
       Review 20, 210-217.
    """
    progress(0, mark("Counting"))
    index = pd.Index(territories["territory"].astype(str), name="territory")
    membership = inputs.membership_of(territories, places)
    moved = None if flows is None else of_period(flows, rules.period)
    sums = totals_of(totals, pd.Series(membership.index), rules.period)
    people = inputs.inhabitants_of(population, territories, rules.period)
    cut = {"start": rules.start, "end": rules.end, "total": rules.total}
    worked = inputs.divided(counts, membership, index, **cut)
    random = np.random.default_rng(rules.seed)
    living = parts.Living(membership, moved, sums, people, given=places is not None)
    found = [
        parts.inhabitants(people, index),
        parts.commuting(living, index, names_outside(rules.outside), rules.level),
        parts.homes_and_jobs(living, worked, index, rules.draws, random),
        parts.division(worked, index, rules.classification, rules.levels, rules.draws, random),
    ]
    progress(0.8, mark("Drawing up results"))
    areas, unknown = _areas(territories, found), _unknown(territories, found)
    homes = _placed(found[2].rows, territories if places is None else places, territories)
    return CommunityResult(
        areas, homes, _sectors(found[3].rows, worked, territories), unknown, _figures(areas, worked, rules)
    )


def _names(territories: gpd.GeoDataFrame) -> pd.Series | None:
    return territories.set_index("territory")["name"] if "name" in territories.columns else None


def _shaped(table: Any, layer: Layer, names: pd.Series | None) -> Any:
    """Columns of the layer in their order, names of the territories among them."""
    if names is not None and "name" not in table.columns:
        table = table.assign(name=table["territory"].map(names))
    kept = [c.name for c in layer.columns if c.name in table.columns]
    return table[[*kept, "geometry"] if isinstance(table, gpd.GeoDataFrame) else kept]


def _areas(territories: gpd.GeoDataFrame, found: list[parts.Part]) -> gpd.GeoDataFrame:
    table = pd.concat([part.table for part in found], axis=1)
    table["jobs_per_resident"] = table["workers"] / table["residents"].where(table["residents"] > 0)
    table["unknown_parts"] = sum((part.reasons != "").sum(axis=1) for part in found)
    rows = territories[["territory", *({"name"} & set(territories.columns)), "geometry"]]
    joined = rows.join(table, on="territory")
    return _shaped(joined, told.COMMUNITY_AREAS, None)


def _unknown(territories: gpd.GeoDataFrame, found: list[parts.Part]) -> pd.DataFrame:
    reasons = pd.concat([part.reasons for part in found], axis=1)
    rows = (
        reasons.rename_axis("territory").reset_index().melt("territory", var_name="part", value_name="reason")
    )
    rows = rows[rows["reason"] != ""]
    rows = rows.assign(cure=rows["reason"].map(COMMUNITY).fillna(""))
    order = pd.Index(territories["territory"]).get_indexer(rows["territory"])
    rows = rows.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    return _shaped(rows, told.COMMUNITY_UNKNOWN, _names(territories))


def _placed(homes: pd.DataFrame, places: gpd.GeoDataFrame, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places with their shares, where they are."""
    rows = places.rename(columns={"territory": "place"})[
        ["place", *({"name"} & set(places.columns)), "geometry"]
    ]
    joined = rows.merge(homes, on="place", how="inner").to_crs(territories.crs)
    return _shaped(joined, told.COMMUNITY_PLACES, None)


def _sectors(
    rows: pd.DataFrame, worked: inputs.Divided | None, territories: gpd.GeoDataFrame
) -> pd.DataFrame:
    if worked is not None and len(worked.names):
        rows = rows.assign(sector_name=rows["sector"].map(worked.names))
    return _shaped(rows, told.COMMUNITY_DIVISION, _names(territories))


def _figures(areas: gpd.GeoDataFrame, worked: inputs.Divided | None, rules: CommunityRules) -> pd.DataFrame:
    """One row per territory and figure, those that are unknown among them."""
    start, end = ("", "") if worked is None else (worked.start, worked.end)
    periods = {"people": rules.period, "counts": end, "change": f"{start}-{end}" if start and end else ""}
    frames = [
        pd.DataFrame(
            {
                "territory": areas["territory"],
                "indicator": name,
                **{
                    key: areas[source] if source in areas.columns else np.nan
                    for key, source in (
                        ("value", column),
                        ("low", f"{column}_low"),
                        ("high", f"{column}_high"),
                    )
                },
                "period": periods[period] or None,
            }
        )
        for name, (column, period) in told.FIGURE_NAMES.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[list(told.FIGURES_KEPT)]
