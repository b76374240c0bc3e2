"""Coded assessment of territories, with the shares of actions that stand beside it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd

from geoterritorio.assessment import coded, spokes
from geoterritorio.assessment.coder_agreement import METRICS, agreement
from geoterritorio.assessment.profile_rules import RULES, ProfileRules, lists_of
from geoterritorio.assessment.tools._actors import actors_of, in_territories
from geoterritorio.assessment.tools._profile_layers import (
    AGREEMENT,
    AREAS,
    CONTRADICTIONS,
    FIGURES,
    ITEMS,
    PROFILE_SPOKES,
    RATING_CHANGES,
    STATEMENTS,
)
from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.i18n import mark
from geoterritorio.identification.cures import AGREEMENT as CURES
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import KNOWN, Actions, Evidence, Firms, Institutions, Territories
from geoterritorio.registry import Layer, Progress, no_progress, tool


@dataclass(frozen=True)
class LeaderProfileResult:
    """
    Coded assessment of territories.

    Attributes
    ----------
    areas
        Territories with the number of items that have evidence.
    items
        One row per territory and item.
    statements
        Every statement of the layer, and whether it counts.
    contradictions
        Statements on the same time that contradict each other, side by side.
    rating_changes
        Statements on different times that are as far apart: the earlier beside the later.
    coding
        Agreement of the coders, by list and by item.
    spokes
        Shares of actions and their actors; they stand beside ratings.
    figures
        The same shares as indicators; never ratings.
    rules
        How they were read.
    """

    areas: Annotated[gpd.GeoDataFrame, AREAS]
    items: Annotated[pd.DataFrame, ITEMS]
    statements: Annotated[pd.DataFrame, STATEMENTS]
    contradictions: Annotated[pd.DataFrame, CONTRADICTIONS]
    rating_changes: Annotated[pd.DataFrame, RATING_CHANGES]
    coding: Annotated[pd.DataFrame, AGREEMENT]
    spokes: Annotated[pd.DataFrame, PROFILE_SPOKES]
    figures: Annotated[pd.DataFrame, FIGURES]
    rules: ProfileRules


@tool
def leader_profile(
    territories: Territories,
    evidence: Evidence | None = None,
    actions: Actions | None = None,
    *,
    institutions: Institutions | None = None,
    firms: Firms | None = None,
    places: Territories | None = None,
    rules: ProfileRules = RULES,
    progress: Progress = no_progress,
) -> LeaderProfileResult:
    """
    Coded assessment of territories: the seven features, the eight elements, innovation.

    What sources say of each item of each territory, as coders rated it from 0 to 4: how many statements, sources
    and coders, lowest, middle and highest rating, the latest date, the confidence stated. Statements on the same
    time that contradict each other stand side by side, and those of different times as changes; an item without
    evidence is unknown, with what would decide it. How far the coders agree is Krippendorff's alpha with an
    interval. Ratings are ordinal: they are never averaged and never made into figures. Beside them stand shares
    that a register of actions allows: co-financed, with local actors, with several kinds of them, public and
    private, each with numerator, denominator and interval.

    Parameters
    ----------
    territories
        Territories that are assessed.
    evidence
        Coded statements, each with a source. Without it every item is unknown.
    actions
        Register of actions, with their actors. Without it the shares are unknown.
    institutions
        Institutions among the actors: their kinds, and where they are.
    firms
        Firms among the actors: their sectors, and where they are.
    places
        Smaller territories, such as municipalities, by which actions, institutions and firms say where they are, if
        these are not the territories themselves.
    rules
        How assessments and actions are read.
    progress
        Callback.

    Returns
    -------
    result
        Territories, items, statements, contradictions, changes, agreement, shares and figures.

    Raises
    ------
    LayerError
        If ratings are not on the scale, no statement is of a territory or none has a source, or kinds are not known.

    References
    ----------
    .. [1] Krippendorff, K. (2004). Content analysis: an introduction to its methodology (2nd ed.). Sage.
    .. [2] LEADER European Observatory. Assessing the added value of the LEADER approach. Rural Innovation, dossier 4.
    """
    progress(0, mark("Reading statements"))
    index = pd.Index(territories["territory"], name="territory")
    statements = coded.coded_statements(evidence, index, rules)
    items = coded.coded_items(statements, index, rules, given=evidence is not None)
    progress(0.3, mark("Comparing coders"))
    coding = _coding(statements, rules)
    progress(0.7, mark("Counting actions"))
    placed = None if actions is None else in_territories(actions, territories, places, name="actions")
    actors = actors_of(placed, institutions, firms, territories, places)
    shares = spokes.action_spokes(placed, actors, index, rules)
    against, since = coded.contradictions(statements, rules), coded.rating_changes(statements, rules)
    return LeaderProfileResult(
        _areas(territories, items, statements, shares),
        _named(items, territories, ITEMS),
        _named(statements, territories, STATEMENTS),
        _named(against, territories, CONTRADICTIONS),
        _named(since, territories, RATING_CHANGES),
        coding,
        _named(shares, territories, PROFILE_SPOKES),
        spokes.figures_of(shares),
        rules,
    )


def _coding(statements: pd.DataFrame, rules: ProfileRules) -> pd.DataFrame:
    """Agreement by list and by item; tells of ratings that count for none."""
    ratings, undecided = coded.ratings_by_coder(statements)
    if undecided:
        text = message(
            "evidence: {count} times a coder rated the same item differently on the same date; which holds is not "
            "known, and the agreement leaves them out. They stand among the contradictions if they are far apart.",
            count=undecided,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    options: dict[str, Any] = {
        "least": rules.least_units,
        "draws": rules.draws,
        "level": rules.level,
        "rng": rules.seed,
    }
    rows = []
    for name, item, table in coded.agreement_sets(ratings, lists_of(rules)):
        for metric in METRICS:
            found = agreement(table, metric=metric, **options)
            rows.append(
                {
                    "list": name,
                    "item": item or None,
                    "metric": metric,
                    "rated_in_common": found.units,
                    **vars(found),
                }
            )
    frame = pd.DataFrame(rows)
    _tell_strangers(frame)
    frame["cure"] = frame["reason"].map(CURES).where(frame["reason"] != "", "")
    return frame[[c.name for c in AGREEMENT.columns]]


def _tell_strangers(coding: pd.DataFrame) -> None:
    """Warning about lists of which no two coders rated the same."""
    lists = coding[coding["item"].isna() & (coding["reason"] == "nothing rated in common")]
    lists = lists.drop_duplicates("list")
    if len(lists):
        text = message(
            "evidence: in {count} lists no item of a territory was rated by two coders, so that nothing tells whether "
            "they agree: {values} (ratings of each coder: {coders}). Let two coders rate the same items of the same "
            "territories.",
            count=len(lists),
            values=listing(lists["list"]),
            coders=listing(lists["by_coder"]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _areas(
    territories: gpd.GeoDataFrame, items: pd.DataFrame, statements: pd.DataFrame, shares: pd.DataFrame
) -> gpd.GeoDataFrame:
    counted = statements[statements["standing"] == coded.COUNTED]
    known = items["status"] == KNOWN
    keys = items["territory"]
    table = pd.DataFrame(
        {
            "rated_items": known.groupby(keys).sum(),
            "unknown_items": (~known).groupby(keys).sum(),
            "statements": items.groupby("territory")["statements"].sum(),
            "sources": counted.groupby("territory")["source"].nunique(),
            "coders": counted.groupby("territory")["coder"].nunique(),
            "contradictions": items.groupby("territory")["contradictions"].sum(),
            "rating_changes": items.groupby("territory")["rating_changes"].sum(),
            "latest": coded.latest_date(counted, ["territory"]),
            "known_spokes": (shares["status"] == KNOWN).groupby(shares["territory"]).sum(),
        }
    ).reindex(territories["territory"])
    table[["sources", "coders"]] = table[["sources", "coders"]].fillna(0).astype(int)
    beside = [c for c in ("territory", "name") if c in territories.columns]
    found = pd.concat([territories[beside].reset_index(drop=True), table.reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(found, geometry=territories.geometry.to_numpy(), crs=territories.crs)


def _named(table: pd.DataFrame, territories: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    if "name" in territories.columns:
        table = table.assign(name=table["territory"].map(territories.set_index("territory")["name"]))
    return table[[c.name for c in layer.columns if c.name in table.columns]]
