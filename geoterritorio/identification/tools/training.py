"""Fields of training and research beside the jobs of each territory, on layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration.tools._cells import Measure, cells_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import training
from geoterritorio.identification.tools._bodies import bodies_of, kinds_asked
from geoterritorio.identification.tools._cluster_layers import placed, shaped, with_names
from geoterritorio.identification.tools._innovation_layers import (
    MATCH,
    MATCH_FIELDS,
    MATCH_SECTORS,
    MATCH_WHOLE,
    FiguresTable,
    MatchAreas,
    MatchFields,
    MatchSectors,
    MatchWhole,
    figures_of,
)
from geoterritorio.layers.findings import distinct
from geoterritorio.layers.schema import Costs, Counts, Firms, Institutions, Territories
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.registry import Count, Level, Progress, Ratio, Share, no_progress, tool

# Digits of a detailed field; fewer do not say which of several it is.
_DETAILED = 3
_FIGURES = {
    "training": mark("Jobs whose sector has its field taught (share)"),
    "research": mark("Jobs whose sector has its field researched (share)"),
}


@dataclass(frozen=True)
class MatchRules:
    """
    Which fields count, for whom, and what chance is.

    Parameters
    ----------
    on
        Day on which institutions must be open; without it all are taken, and those that have closed are told.
    relevance
        A field serves a division from this relevance on: 1 only core fields, 0.5 supporting ones, too.
    within
        Largest cost of the table of costs at which an institution serves a territory.
    level
        Level of what chance gives.
    draws
        Times that the fields are dealt anew among the institutions of each kind.
    seed
        Seed of the random numbers.
    """

    on: str = ""
    relevance: Share = 1.0
    within: Ratio = 30.0
    level: Level = 0.95
    draws: Count = 999
    seed: Count = 1


_RULES = MatchRules()


@dataclass(frozen=True)
class MatchResult:
    """
    Fields beside jobs.

    Attributes
    ----------
    areas
        Territories with their jobs served and unserved, for training and for research.
    sectors
        One row per territory, purpose and division of sectors.
    fields
        Fields taught or missing, with the jobs that hang on them.
    together
        All territories together, for training and for research.
    figures
        Figures by territory, as capitals, comparisons and profiles read them.
    """

    areas: MatchAreas
    sectors: MatchSectors
    fields: MatchFields
    together: MatchWhole
    figures: FiguresTable


@tool
def training_match(
    territories: Territories,
    institutions: Institutions,
    firms: Firms | None = None,
    *,
    counts: Counts | None = None,
    costs: Costs | None = None,
    rules: MatchRules = _RULES,
    progress: Progress = no_progress,
) -> MatchResult:
    """
    Match of the fields of training and research with local jobs.

    Jobs whose sector has a field that serves it taught in the territory (training centres, higher education) or
    researched in it (laboratories, transfer, higher education); what is missing and how many jobs that concerns; fields
    that have no local jobs. Beside the share served stands what chance gives when the same fields are dealt anew among
    the institutions of each kind.

    Parameters
    ----------
    territories
        Territories to look at.
    institutions
        Institutions with their kinds and fields of knowledge (ISCED-F 2013).
    firms
        Register of establishments with sectors of NACE Rev. 2; give this or counts.
    counts
        Jobs by territory and sector; give this or firms.
    costs
        Costs from territories (origin) to institutions (destination), by which those within reach serve, too.
    rules
        Which fields count, and for whom.
    progress
        Callback.

    Returns
    -------
    result
        Territories, divisions, fields, figures.

    Raises
    ------
    LayerError
        If there are no institutions with fields, sectors are not of NACE Rev. 2, or costs join no territory to one.

    References
    ----------
    .. [1] UNESCO Institute for Statistics (2014). ISCED Fields of Education and Training 2013 (ISCED-F 2013). Montreal.
    """
    given = firms if firms is not None else counts
    jobs = given is not None and "employment" in given.columns
    measure: Measure = "employment" if jobs else "establishments"
    cells = cells_of(territories, firms, counts, measure=measure, total=None)
    bodies = bodies_of(institutions, territories, rules.on, kinds_asked(""))
    bodies = _with_fields(bodies)
    parts = []
    for k, purpose in enumerate(training.PURPOSES):
        progress((k + 1) / (len(training.PURPOSES) + 1), mark("Dealing fields"))
        parts.append(_matched(cells.table, bodies, costs, purpose, rules))
    joined = {
        n: with_names(pd.concat([getattr(p, n) for p in parts], ignore_index=True), territories)
        for n in ("summary", "sectors", "fields")
    }
    return MatchResult(
        placed(joined["summary"], territories, MATCH),
        shaped(joined["sectors"], MATCH_SECTORS),
        shaped(joined["fields"], MATCH_FIELDS),
        shaped(pd.concat([p.whole for p in parts], ignore_index=True), MATCH_WHOLE),
        _figures(joined["summary"], rules.on),
    )


def _with_fields(bodies: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Institutions whose fields are unknown where none of them is a code; refusal where nobody says one that is."""
    able = bodies["kind"].isin([k for kinds in training.KINDS.values() for k in kinds])
    if "fields" not in bodies.columns or bodies.loc[able, "fields"].isna().all():
        raise LayerError(
            message(
                "institutions: none of those that teach or do research has a field of knowledge. Give the column "
                "“fields” with codes of ISCED-F 2013, semicolons between them."
            )
        )

    fields = bodies["fields"].where(able).dropna().astype(str).str.split(";").explode().str.strip()
    fields = fields[fields != ""]
    detailed = vocabulary("isced_f_2013")["code"]
    known = fields.isin(detailed[detailed.str.len() == _DETAILED])
    lost = sorted(set(fields.index) - set(fields.index[known]))
    if not known.any():
        raise LayerError(
            message(
                "institutions: column “fields”: none of the {count} institutions that teach or do research names a "
                "field of ISCED-F 2013 with three digits, but {values}. Use codes such as 071, semicolons between "
                "them.",
                count=len(lost),
                values=distinct(sorted(fields.unique())),
            )
        )
    if not known.all():
        text = message(
            "institutions: column “fields”: {count} institutions name what is no field of ISCED-F 2013 with three "
            "digits and is left out: {values}. Fields of {number} of them are unknown for that. Use codes such as 071.",
            count=fields[~known].index.nunique(),
            values=distinct(sorted(fields[~known].unique())),
            number=len(lost),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return bodies.assign(fields=bodies["fields"].where(~bodies.index.isin(lost)))


def _matched(
    table: pd.DataFrame,
    bodies: gpd.GeoDataFrame,
    costs: pd.DataFrame | None,
    purpose: training.Purpose,
    rules: MatchRules,
) -> training.TrainingMatch:
    mine = bodies[bodies["kind"].isin(training.KINDS[purpose])].reset_index(drop=True)
    fields = mine.set_index("institution").reindex(columns=["fields", "kind"])
    return training.training_match(
        table,
        fields,
        _serves(table.index, mine, costs, rules.within),
        purpose=purpose,
        relevance=rules.relevance,
        level=rules.level,
        draws=rules.draws,
        rng=rules.seed,
    )


def _serves(
    territories: pd.Index, bodies: pd.DataFrame, costs: pd.DataFrame | None, within: float
) -> pd.DataFrame:
    """Whether each institution is in a territory, or within reach of it by the table."""
    where = bodies["territory"].to_numpy(object)
    table = pd.DataFrame(
        territories.to_numpy(object)[:, None] == where[None, :],
        index=territories,
        columns=bodies["institution"],
    )
    if costs is None:
        return table
    near = costs[costs["origin"].isin(territories) & costs["destination"].isin(table.columns)]
    if near.empty and len(bodies):
        raise LayerError(
            message(
                "costs: no row leads from a territory (origin) to an institution (destination). Check that both use "
                "the same identifiers, or leave the costs out."
            )
        )
    near = near[near["cost"] <= within]
    rows, columns = table.index.get_indexer(near["origin"]), table.columns.get_indexer(near["destination"])
    values = table.to_numpy(copy=True)
    values[rows, columns] = True
    return pd.DataFrame(values, index=table.index, columns=table.columns)


def _figures(summary: pd.DataFrame, period: str) -> pd.DataFrame:
    parts = [
        figures_of(
            summary[summary["purpose"] == purpose], {text: ("match_share", "match_low", "match_high")}, period
        )
        for purpose, text in _FIGURES.items()
    ]
    return pd.concat(parts, ignore_index=True)
