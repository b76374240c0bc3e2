"""The ladder from firm network to territorial project on layers, and its table of gates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.assessment import rungs
from geoterritorio.assessment.coded import with_source
from geoterritorio.assessment.gates import READINGS, gate_table, require_version
from geoterritorio.assessment.tools._ladder_layers import AREAS, CHANGES, CONDITIONS, EARLIER, VERDICTS
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import FLAGS, UNKNOWN, Evidence, Gates, IndicatorTable, Territories
from geoterritorio.registry import Column, Layer, Positive, Progress, no_progress, tool

_TOLD = (*FLAGS, UNKNOWN)
VERDICTS_GIVEN = Layer(
    "contrast_areas",
    ("polygon", "point", "table"),
    (
        Column("territory", "text", mark("Identifier of the territory")),
        Column("district", "text", mark("Whether it is a district: yes, no, or unknown"), required=False),
        Column(
            "cluster",
            "text",
            mark("Whether the group is a cluster here: yes, no, or unknown"),
            required=False,
            options=_TOLD,
        ),
    ),
    key=("territory",),
)


@dataclass(frozen=True)
class LadderResult:
    """
    Territories on the ladder.

    Attributes
    ----------
    areas
        Territories with the gates they have passed at least and at most, and what the next one lacks.
    gate_verdicts
        One row per territory and gate.
    conditions
        The evidence: one row per territory and condition.
    changes
        Conditions that turned since the earlier run; empty without one.
    """

    areas: Annotated[gpd.GeoDataFrame, AREAS]
    gate_verdicts: Annotated[pd.DataFrame, VERDICTS]
    conditions: Annotated[pd.DataFrame, CONDITIONS]
    changes: Annotated[pd.DataFrame, CHANGES]


@tool
def ladder(
    territories: Territories,
    figures: IndicatorTable | None = None,
    readings: Annotated[pd.DataFrame, VERDICTS_GIVEN] | None = None,
    *,
    evidence: Evidence | None = None,
    gates: Gates | None = None,
    before: Annotated[pd.DataFrame, EARLIER] | None = None,
    on: str | None = None,
    highest_rating: Positive = rungs.HIGHEST_RATING,
    progress: Progress = no_progress,
) -> LadderResult:
    """
    How far territories have come, from firm network to territorial project.

    Which conditions of four gates hold in each territory, which do not, and which are unknown: firm network, cluster,
    district, territorial project. Conditions look at figures, at the readings of districts and clusters, and at coded
    statements, which are counted by coder and never averaged. A figure whose interval lies on both sides of the
    threshold decides nothing, and coders on both sides contradict each other: both are unknown and say what would
    decide them. A territory stands on the highest gate such that it and all below are passed, told as at least and at
    most where something is unknown; there is no score. Gates and thresholds are this software's proposal, in one table
    to be read and changed.

    Parameters
    ----------
    territories
        Territories of the study.
    figures
        Indicators by territory, as other tools give them in their output `figures`; in a study several of these
        together.
    readings
        Areas of `contrast`, or of `districts`: whether each territory is a district, and a cluster.
    evidence
        Coded statements on items.
    gates
        Own gates and conditions; by default this software's proposal, which `ladder-gates` writes for editing.
    before
        Conditions of an earlier run, to tell which have turned and whether a territory surely rose or fell.
    on
        Day, month or year: figures of the latest period that had begun, and statements made by then. By default the
        latest of everything. Readings are taken as they are.
    highest_rating
        Upper end of the scale of ratings, which begins at 0.
    progress
        Callback.

    Returns
    -------
    result
        Areas, verdicts on gates, conditions and changes.

    Raises
    ------
    LayerError
        If the gates are not sound or say no version, a table is of other territories, figures repeat, ratings leave the
        scale, or no statement has a source.

    References
    ----------
    .. [1] Economía Industrial 359 (2006). El distrito industrial marshalliano, un balance crítico de 25 años. Madrid.
    """
    progress(0, mark("Holding conditions against their evidence"))
    places = pd.Index(territories["territory"], dtype=object)
    if gates is not None:
        require_version(gates)
    evidence = None if evidence is None else with_source(evidence)
    given = {"figures": figures, "readings": readings, "evidence": evidence, "before": before}
    _of_these(given, places)
    found = rungs.ladder(
        places,
        gates,
        figures=figures,
        readings=None if readings is None else _verdicts(readings),
        statements=evidence,
        before=before,
        on=on,
        highest_rating=highest_rating,
    )
    tables = zip((found.gates, found.conditions, found.changes), (VERDICTS, CONDITIONS, CHANGES), strict=True)
    return LadderResult(
        _areas(found.territories, territories), *(_named(t, territories, s) for t, s in tables)
    )


@tool
def ladder_gates(*, progress: Progress = no_progress) -> Gates:
    """
    Gates and conditions of the ladder, for reading and editing.

    The table that `ladder` uses where it is given none: this software's proposal. The founding document tells of the
    road from firm networks to territorial projects and gives no thresholds; each condition says what in it is the
    reason. Change thresholds, add conditions on any indicator, or take some away, and give the table to `ladder`.

    Parameters
    ----------
    progress
        Callback.

    Returns
    -------
    table
        One row per condition.

    References
    ----------
    .. [1] Economía Industrial 359 (2006). El distrito industrial marshalliano, un balance crítico de 25 años. Madrid.
    """
    progress(1.0)
    return gate_table()


def _of_these(given: dict[str, pd.DataFrame | None], places: pd.Index) -> None:
    """Tables of other territories are refused, and rows of some others told."""
    problems: list[Message] = []
    for name, table in given.items():
        if table is None or table.empty:
            continue
        strange = ~table["territory"].isin(places)
        others = listing(sorted(set(table.loc[strange, "territory"].astype(str))))
        if strange.all():
            problems.append(
                message(
                    "{layer}: none of the {count} territories is in the table (it has {others}). Give territories and "
                    "tables of the same division.",
                    layer=name,
                    count=len(places),
                    others=others,
                )
            )
        elif strange.any() and name != "before":
            text = message(
                "{layer}: {count} rows are of other territories and were left out: {others}.",
                layer=name,
                count=int(strange.sum()),
                others=others,
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    if problems:
        raise LayerError(problems)


def _verdicts(readings: pd.DataFrame) -> pd.DataFrame:
    """Verdicts by territory; a market without any district to be is none of which it is known."""
    kept = [c for c in READINGS if c in readings.columns]
    table = pd.DataFrame(readings).set_index("territory")[kept]
    return table.where(table.isin(_TOLD) | table.isna(), UNKNOWN)


def _areas(found: pd.DataFrame, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = found.reset_index()
    if "name" in territories.columns:
        table["name"] = territories["name"].to_numpy()
    kept = [c.name for c in AREAS.columns if c.name in table.columns]
    return gpd.GeoDataFrame(table[kept], geometry=territories.geometry.to_numpy(), crs=territories.crs)


def _named(table: pd.DataFrame, territories: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    if "name" in territories.columns:
        table = table.assign(name=table["territory"].map(territories.set_index("territory")["name"]))
    return table[[c.name for c in layer.columns if c.name in table.columns]]
