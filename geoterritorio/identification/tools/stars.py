"""Stars of clusters and strong clusters on layers."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification import stars
from geoterritorio.identification.stars import StarRules, StrongRules
from geoterritorio.identification.tools._cluster_layers import (
    STAR_AREAS,
    STAR_EVIDENCE,
    STARS,
    STRONG,
    STRONG_AREAS,
    StarAreas,
    StarEvidence,
    StarTable,
    StrongAreas,
    StrongTable,
    placed,
    shaped,
    with_names,
)
from geoterritorio.identification.tools._groups import (
    Grouped,
    earlier_jobs,
    grouped,
    one_period,
    say_unconfirmed,
    say_unknown,
)
from geoterritorio.identification.tools._groups import value_added as added
from geoterritorio.layers.schema import (
    NO,
    UNKNOWN,
    YES,
    CountsBounds,
    CountsPeriods,
    Definitions,
    Figures,
    Firms,
    Reference,
    Territories,
)
from geoterritorio.registry import Progress, no_progress, tool


@dataclass(frozen=True)
class StarsResult:
    """
    Stars of clusters as a table, on the map, and the evidence for each.

    Attributes
    ----------
    stars
        One row per territory and group.
    areas
        One row per territory: all its stars, and its strongest group.
    evidence
        One row per territory, group and star: value, cut-off, margin, whether it is earned, and what would tell it.
    rules
        Preset and cut-offs of one's own.
    """

    stars: StarTable
    areas: StarAreas
    evidence: StarEvidence
    rules: StarRules


@dataclass(frozen=True)
class StrongResult:
    """
    Strong clusters as a table, on the map, and the evidence for each.

    Attributes
    ----------
    clusters
        One row per territory and group.
    areas
        One row per territory: how many of its groups are strong.
    evidence
        One row per territory and group: quotient, cut-off, margin, and what would decide it.
    rules
        Preset and cut-offs of one's own.
    """

    clusters: StrongTable
    areas: StrongAreas
    evidence: StarEvidence
    rules: StrongRules


@tool
def cluster_stars(
    territories: Territories,
    firms: Firms | None = None,
    counts: CountsPeriods | None = None,
    *,
    definitions: Definitions | None = None,
    reference: Reference | None = None,
    value_added: Figures | None = None,
    total: str | None = None,
    rules: StarRules = stars.STARS,
    progress: Progress = no_progress,
) -> StarsResult:
    """
    Stars of clusters: size, specialisation, focus, productivity and growth.

    How a group of industries in a territory compares with the same group in the other territories, as the European
    Cluster Observatory rated regions. A star is earned, missed or unknown; withheld cells are taken between the limits
    that totals set. A preset whose cut-offs are not all confirmed says so in its name and in every row. Top shares
    compare territories of one table: they need many, and mean little among a dozen.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments with jobs; give this or counts.
    counts
        Jobs by territory and sector, of one period or several; give this or firms. Growth needs two periods.
    definitions
        Sectors of each group of related industries; by default each sector is a group.
    reference
        Totals by sector of the whole; by default the table's own sums.
    value_added
        Value added by territory and sector, or by territory and group.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    rules
        Preset and cut-offs.
    progress
        Callback.

    Returns
    -------
    result
        Stars by territory and group, territories with their stars, and the evidence.

    Raises
    ------
    LayerError
        As for location quotients, or if no star is asked for.

    References
    ----------
    .. [1] European Cluster Observatory (2007-2011). Star rating of regional clusters.
    """
    progress(0, mark("Counting"))
    now = one_period(counts, rules.period)
    have = grouped(territories, firms, now, definitions=definitions, reference=reference, total=total)
    found = stars.cluster_stars(
        have.employment,
        have.establishments,
        have.bounds,
        totals=have.totals,
        reference=have.whole,
        value_added=added(value_added, have),
        earlier=earlier_jobs(counts, have, rules.earlier),
        rules=rules,
    )
    say_unconfirmed(found.stars["unconfirmed"].iloc[0], rules.preset)
    say_unknown(found.evidence)
    table = with_names(_compared(found.stars, have), territories, have.definitions)
    evidence = with_names(_compared(found.evidence, have), territories, have.definitions)
    return StarsResult(
        shaped(table, STARS), _star_areas(table, territories), shaped(evidence, STAR_EVIDENCE), rules
    )


@tool
def strong_clusters(
    territories: Territories,
    firms: Firms | None = None,
    counts: CountsBounds | None = None,
    *,
    definitions: Definitions | None = None,
    reference: Reference | None = None,
    total: str | None = None,
    rules: StrongRules = stars.STRONG,
    progress: Progress = no_progress,
) -> StrongResult:
    """
    Strong clusters: groups whose quotient is among the highest of all territories.

    A group of industries is strong in the territories that are most specialised in it, if it is large enough there, as
    the U.S. Cluster Mapping Project has it. Its cut-off (the top quarter) and its floors are not confirmed by any page
    seen: the preset says so in its name and in every row.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments with jobs; give this or counts.
    counts
        Jobs by territory and sector; give this or firms.
    definitions
        Sectors of each group of related industries; by default each sector is a group.
    reference
        Totals by sector of the whole; by default the table's own sums.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    rules
        Preset and cut-offs.
    progress
        Callback.

    Returns
    -------
    result
        Groups by territory, territories with their strong groups, and the evidence.

    Raises
    ------
    LayerError
        As for location quotients, or if nothing is asked for.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.
    """
    progress(0, mark("Counting"))
    have = grouped(territories, firms, counts, definitions=definitions, reference=reference, total=total)
    found = stars.strong_clusters(
        have.employment,
        have.establishments,
        have.bounds,
        totals=have.totals,
        reference=have.whole,
        rules=rules,
    )
    say_unconfirmed(found.stars["unconfirmed"].iloc[0], rules.preset)
    say_unknown(found.evidence)
    table = with_names(_compared(found.stars, have), territories, have.definitions)
    evidence = with_names(_compared(found.evidence, have), territories, have.definitions)
    return StrongResult(
        shaped(table, STRONG),
        _strong_areas(table, territories, overlapping=bool(have.definitions["sector"].duplicated().any())),
        shaped(evidence, STAR_EVIDENCE),
        rules,
    )


def _compared(table: pd.DataFrame, have: Grouped) -> pd.DataFrame:
    """Table with the whole that quotients are set against."""
    return table.assign(reference="own sums" if have.own else "reference")


def _star_areas(table: pd.DataFrame, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stars of each territory, and its group with most of them; of equal ones that with the highest quotient."""
    ranked = table.sort_values(
        ["stars", "stars_possible", "lq", "group"], ascending=[False, False, False, True]
    )
    best = ranked.drop_duplicates("territory").copy()
    by = table.groupby("territory")["stars"]
    best["total"] = best["territory"].map(by.sum())
    best["starred"] = best["territory"].map((table["stars"] > 0).groupby(table["territory"]).sum())
    none = best["stars_possible"] == 0
    # A territory without stars has no strongest group.
    for column in ("group", "group_name"):
        if column in best.columns:
            best[column] = best[column].mask(none)
    best = best.set_index("territory").reindex(territories["territory"]).reset_index()
    return placed(best, territories, STAR_AREAS)


def _strong_areas(
    table: pd.DataFrame, territories: gpd.GeoDataFrame, *, overlapping: bool
) -> gpd.GeoDataFrame:
    by = table.groupby("territory")
    held = table["focus"].where(table["strong"] != NO, 0.0)
    found = pd.DataFrame(
        {
            "strong_groups": by["strong"].agg(lambda s: int((s == YES).sum())),
            "unknown_groups": by["strong"].agg(lambda s: int((s == UNKNOWN).sum())),
            "strong_share": held.groupby(table["territory"]).sum(min_count=1),
            "preset": by["preset"].first(),
            "unconfirmed": by["unconfirmed"].first(),
            "reference": by["reference"].first(),
        }
    )
    # Of groups that may be strong the share is unknown.
    found["strong_share"] = found["strong_share"].where(found["unknown_groups"] == 0)
    if overlapping:
        # Jobs of a sector in two groups would count twice.
        found = found.drop(columns="strong_share")
    found = with_names(found.reindex(territories["territory"]).reset_index(), territories)
    return placed(found, territories, STRONG_AREAS)
