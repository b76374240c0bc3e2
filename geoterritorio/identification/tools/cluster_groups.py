"""Groups of related industries on layers: the user's matrices, and what a register says of the same places."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from geoterritorio.concentration import pairwise_coagglomeration
from geoterritorio.concentration.tools._cells import Measure, cells_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import related_groups
from geoterritorio.identification.cluster_evidence import CORE
from geoterritorio.identification.related_groups import Grouping
from geoterritorio.identification.tools._cluster_layers import (
    GROUP_LINKS,
    GROUP_SCORES,
    GROUPS,
    SCORES,
    DefinitionScores,
    GroupLinks,
    RelatedGroups,
    RelatedSectors,
    shaped,
)
from geoterritorio.layers.schema import Counts, Definitions, Firms, Similarities, Territories
from geoterritorio.registry import Count, Progress, Share, no_progress, tool

_SEED = 1
_GIVEN, _ALL = "given", "all matrices"
# Numbers of groups tried, as shares of the sectors.
_TRIED = (0.1, 0.15, 0.2, 0.25, 0.3)


@dataclass(frozen=True)
class GroupingRules:
    """
    How groups are made.

    Parameters
    ----------
    method
        louvain: communities of the network of the strongest links; ward and k_means: sectors with like rows of
        similarities; average: mean similarity between groups; best: the one of all with the best scores.
    number
        Number of groups; by default several are tried and the best by its scores is taken. Not of louvain.
    links
        Of louvain: share of all pairs that are links, the most similar first.
    places
        Whether sectors being in the same territories counts as a similarity: coagglomeration (Ellison, Glaeser and
        Kerr), presence (correlation of jobs), both or none; it needs a register or counts.
    """

    method: Literal["louvain", "ward", "average", "k_means", "best"] = "best"
    number: Count | None = None
    links: Share = 0.05
    places: Literal["coagglomeration", "presence", "both", "none"] = "both"


RULES = GroupingRules()


@dataclass(frozen=True)
class GroupsResult:
    """
    Groups of related industries with their scores.

    Attributes
    ----------
    sectors
        Group of each sector, and whether it is more similar to another one. As a layer of definitions it can be given
        to the tools on clusters.
    groups
        Similarity within and between groups.
    scores
        Scores of these groups by every matrix, and of the other definitions tried.
    network
        Strongest links between sectors.
    """

    sectors: RelatedSectors
    groups: RelatedGroups
    scores: DefinitionScores
    network: GroupLinks


@tool
def cluster_groups(
    territories: Territories | None = None,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    similarities: Similarities | None = None,
    definitions: Definitions | None = None,
    rules: GroupingRules = RULES,
    progress: Progress = no_progress,
) -> GroupsResult:
    """
    Groups of related industries, with scores that tell how good they are.

    From input-output tables, occupations or other similarities of sectors, and from sectors being in the same
    territories: every matrix is standardised, and their mean is grouped. A definition of one's own is not changed, only
    scored. Scores are the shares of groups and sectors that are more similar within than with others (Delgado, Porter
    and Stern). Groups made of where sectors are say nothing new when the same territories are looked at for clusters.

    Parameters
    ----------
    territories
        Territories, for similarity by place.
    firms
        Register of establishments, for similarity by place; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    similarities
        Similarities, sales between sectors, or jobs by occupation.
    definitions
        Groups to be scored, in place of new ones; one for each sector.
    rules
        How groups are made.
    progress
        Callback.

    Returns
    -------
    result
        Sectors with their groups, groups, scores and links.

    Raises
    ------
    LayerError
        If nothing tells how similar sectors are, a matrix contradicts itself, or no method finds two groups.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.
    """
    progress(0, mark("Similarities"))
    matrices, names = _matrices(territories, firms, counts, similarities, rules)
    together = related_groups.combined_similarity(matrices)
    progress(0.3, mark("Groups"))
    tried, best = _groups(together, definitions, rules)
    progress(0.8, mark("Scores"))
    found = related_groups.validation_scores(best, together)
    sectors = found.sectors.rename_axis("sector").reset_index()
    sectors["sector_name"] = [names.get(s, s) for s in sectors["sector"]]
    scores = pd.concat([_scored(best, matrices, tried), tried[tried["chosen"] == "no"]], ignore_index=True)
    return GroupsResult(
        shaped(sectors.sort_values(["group", "sector"]), GROUPS),
        shaped(found.groups.reset_index(), GROUP_SCORES),
        shaped(scores, SCORES),
        _links(together, best, rules.links),
    )


def _matrices(
    territories: pd.DataFrame | None,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    similarities: pd.DataFrame | None,
    rules: GroupingRules,
) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    found = {} if similarities is None else related_groups.similarity_matrices(similarities)
    names = pd.Series(dtype=object)
    source = firms if firms is not None else counts
    if source is not None and rules.places != "none":
        if territories is None:
            raise LayerError(
                message(
                    "territories: similarity by place needs them. Give territories, or set places to none."
                )
            )
        measure: Measure = "employment" if "employment" in source.columns else "establishments"
        cells = cells_of(territories, firms, counts, measure=measure, total=None)
        names = cells.names
        if rules.places in ("coagglomeration", "both"):
            found["coagglomeration"] = pairwise_coagglomeration(cells.table)
        if rules.places in ("presence", "both"):
            found["presence"] = related_groups.presence_similarity(cells.table)
    if not found:
        raise LayerError(
            message(
                "similarities: nothing tells how similar sectors are. Give similarities, or a register or counts with "
                "territories."
            )
        )
    return found, names


def _groups(
    together: pd.DataFrame, definitions: pd.DataFrame | None, rules: GroupingRules
) -> tuple[pd.DataFrame, pd.Series]:
    if definitions is not None:
        role = definitions.get("role", pd.Series(CORE, index=definitions.index)).fillna(CORE)
        held = definitions[role == CORE].set_index("sector")["group"]
        lost = held.index.difference(together.index)
        if len(lost):
            text = message(
                "definitions: {count} of {number} sectors have no similarity and are not scored.",
                count=len(lost),
                number=len(held),
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=3)
        row = {"definition": _GIVEN, "groups": held.nunique(), "chosen": "yes"}
        return pd.DataFrame([row]).assign(matrix=_ALL), held
    methods: list[Grouping] = ["louvain", "ward", "average", "k_means"]
    if rules.method != "best":
        methods = [rules.method]
    numbers = [rules.number] if rules.number else sorted({max(2, round(t * len(together))) for t in _TRIED})
    tried, best = related_groups.candidate_groups(
        together, methods=methods, numbers=numbers, links=rules.links, rng=_SEED
    )
    names = best.dropna().map(lambda k: f"G{int(k):02d}")
    return tried.rename(columns={"method": "definition"}).assign(matrix=_ALL), names


def _scored(best: pd.Series, matrices: dict[str, pd.DataFrame], tried: pd.DataFrame) -> pd.DataFrame:
    """Scores of the groups chosen, by all matrices together and by each."""
    name = tried.loc[tried["chosen"] == "yes", "definition"].iloc[0]
    every = {_ALL: related_groups.combined_similarity(matrices), **matrices}
    rows = []
    for matrix, values in every.items():
        if len(set(best[best.index.isin(values.index)].dropna())) > 1:
            scores = related_groups.validation_scores(best, values).scores
            rows.append(
                {"definition": name, "matrix": matrix, "groups": best.nunique(), **scores, "chosen": "yes"}
            )
    return pd.DataFrame(rows)


def _links(together: pd.DataFrame, best: pd.Series, share: float) -> pd.DataFrame:
    values = together.to_numpy(np.float64)
    first, second = np.triu_indices(len(values), 1)
    strength = values[first, second]
    known = ~np.isnan(strength)
    cut = np.quantile(strength[known], 1 - share) if known.any() else np.inf
    kept = known & (strength >= cut) & (strength > 0)
    sectors = together.index
    rows = pd.DataFrame(
        {"sector": sectors[first[kept]], "other": sectors[second[kept]], "similarity": strength[kept]}
    )
    mine, theirs = rows["sector"].map(best), rows["other"].map(best)
    rows["together"] = np.where((mine == theirs) & mine.notna(), "yes", "no")
    return shaped(rows.sort_values("similarity", ascending=False, kind="stable"), GROUP_LINKS)
