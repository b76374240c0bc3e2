"""Clusters on layers: a register or counts, institutions and links in; claims with their evidence out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import long_table
from geoterritorio.delimitation.contiguity import pieces, touching
from geoterritorio.delimitation.outlines import outlines
from geoterritorio.i18n import mark
from geoterritorio.identification import cluster_evidence
from geoterritorio.identification.cluster_actors import actor_counts
from geoterritorio.identification.cluster_evidence import (
    CLUSTER,
    CONCENTRATION,
    NONE,
    POSSIBLE,
    RULES,
    ClusterRules,
)
from geoterritorio.identification.tools._cluster_layers import (
    ACTORS,
    AREAS,
    CELLS,
    DEFINED,
    EVIDENCE,
    EXTENTS,
    ClusterActors,
    ClusterAreas,
    ClusterCells,
    ClusterEvidence,
    ClusterExtents,
    Defined,
    placed,
    shaped,
    with_names,
)
from geoterritorio.identification.tools._support import Prepared, prepared, support_of
from geoterritorio.layers.schema import (
    Counts,
    Definitions,
    Firms,
    Institutions,
    Links,
    Reference,
    Territories,
)
from geoterritorio.registry import Progress, no_progress, tool

_CLAIMED = (CLUSTER, POSSIBLE, CONCENTRATION)


@dataclass(frozen=True)
class ClustersResult:
    """
    Clusters with the evidence for and against each.

    Attributes
    ----------
    areas
        Territories with each group of which they may have a cluster: all verdicts but no cluster, quotient above 1.
    cells
        One row per territory and group, whatever the verdict.
    evidence
        One row per territory, group and criterion: value, threshold, margin, whether it holds, what would decide it.
    actors
        Firms by role and institutions by kind, of each group in each territory.
    extents
        Territories that touch and have the same group as a cluster, a possible one or a concentration, joined.
    groups
        Sectors of each group.
    rules
        Thresholds.
    """

    areas: ClusterAreas
    cells: ClusterCells
    evidence: ClusterEvidence
    actors: ClusterActors
    extents: ClusterExtents
    groups: Defined
    rules: ClusterRules


@tool
def clusters(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    definitions: Definitions | None = None,
    reference: Reference | None = None,
    institutions: Institutions | None = None,
    links: Links | None = None,
    rules: ClusterRules = RULES,
    progress: Progress = no_progress,
) -> ClustersResult:
    """
    Clusters of related industries, criterion by criterion.

    Whether firms of related industries, their suppliers and services and institutions are gathered in a territory and
    linked with each other (Porter). Nine criteria are asked of every group in every territory, each with value,
    threshold and margin; what the data cannot tell is unknown, never failed, and the table says what would decide it.
    The thresholds are this project's own: no published method has them. Institutions with a closing day are left out.

    Parameters
    ----------
    territories
        Territories to look at: labour markets rather than municipalities, which are too small for single cells.
    firms
        Register of establishments; give this or counts. With points, distances are looked at too.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    definitions
        Sectors of each group of related industries, and their role; by default groups are made of the data, and then
        their relatedness stays unknown.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
    institutions
        Institutions with their fields of knowledge.
    links
        Links between firms and institutions.
    rules
        Thresholds of the criteria.
    progress
        Callback.

    Returns
    -------
    result
        Claims on the map, cells, evidence, actors, extents and groups.

    Raises
    ------
    LayerError
        As for location quotients, or if the definitions have no sector of the data.
    CRSError
        If metres cannot be measured on the establishments.

    References
    ----------
    .. [1] Porter, M. E. (1998). Clusters and the new economics of competition. Harvard Business Review 76(6), 77-90.
    .. [2] Duranton, G. & Overman, H. G. (2005). Testing for localization using micro-geographic data. Review of
       Economic Studies 72, 1077-1106.
    """
    progress(0, mark("Counting"))
    have = prepared(territories, firms, counts, definitions, reference)
    progress(0.2, mark("Distances, institutions and links"))
    support, bodies, clumped = support_of(have, territories, firms, institutions, links, rules)
    progress(0.8, mark("Drawing up results"))
    found = cluster_evidence.clusters(
        have.sizes, have.definitions, support, reference=have.whole, rules=rules
    )
    cells = _cells(found.cells, clumped, territories, have)
    shown = cells[(cells["verdict"] != NONE) & ~(cells["lq"] <= 1)]
    return ClustersResult(
        placed(shown, territories, AREAS),
        cells,
        shaped(with_names(found.evidence, territories, have.definitions), EVIDENCE),
        _actors(have, bodies, found.definitions, territories),
        _extents(cells, territories),
        _defined(found.definitions, have),
        rules,
    )


def _cells(
    table: pd.DataFrame, clumped: pd.DataFrame | None, territories: gpd.GeoDataFrame, have: Prepared
) -> pd.DataFrame:
    if clumped is not None:
        table = table.merge(clumped, on=["territory", "group"], how="left")
    table = with_names(table, territories, have.definitions)
    table["reference"] = "own sums" if have.whole is None else "reference"
    return shaped(table, CELLS)


def _actors(
    have: Prepared, bodies: pd.DataFrame | None, definitions: pd.DataFrame, territories: gpd.GeoDataFrame
) -> pd.DataFrame:
    wide = {c: have.cells.other[c] for c in ("establishments", "employment") if c in have.cells.other}
    rows = long_table(**wide) if wide else None
    table = actor_counts(rows, bodies, definitions)
    return shaped(with_names(table, territories, have.definitions), ACTORS)


def _extents(cells: pd.DataFrame, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Touching territories of one group, joined."""
    claims = cells[cells["verdict"].isin(_CLAIMED)]
    parts = []
    if territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        parts = [_joined(rows, territories) for _, rows in claims.groupby("group", sort=False)]
    names = [c.name for c in EXTENTS.columns if c.name in {*cells.columns, "extent", "number", "territories"}]
    if not parts:
        empty = pd.DataFrame({c: pd.Series(dtype=object) for c in names})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=territories.crs), crs=territories.crs)
    found = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=territories.crs)
    found["extent"] = [f"{group}-{k}" for group, k in zip(found["group"], found["extent"], strict=True)]
    return found[[*names, "geometry"]]


def _joined(rows: pd.DataFrame, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = territories.set_index("territory").loc[rows["territory"], [territories.geometry.name]]
    shapes = gpd.GeoDataFrame(shapes.reset_index())
    piece = pieces(touching(shapes), np.zeros(len(shapes), dtype=np.int64))
    order = {word: k for k, word in enumerate(_CLAIMED)}
    number = int(piece.max()) + 1
    label = rows.assign(extent=piece, rank=rows["verdict"].map(order))
    grouped = label.groupby("extent")
    sums = {c: grouped[c].sum(min_count=1) for c in ("employment", "establishments") if c in rows.columns}
    table = pd.DataFrame(
        {
            "extent": np.arange(1, number + 1),
            "group": rows["group"].iloc[0],
            "verdict": grouped["rank"].min().map(dict(enumerate(_CLAIMED))),
            "number": grouped.size(),
            "territories": grouped["territory"].agg("; ".join),
            **sums,
        }
    )
    if "group_name" in rows.columns:
        table["group_name"] = rows["group_name"].iloc[0]
    return gpd.GeoDataFrame(table, geometry=outlines(shapes, piece, number).to_numpy(), crs=territories.crs)


def _defined(definitions: pd.DataFrame, have: Prepared) -> pd.DataFrame:
    return shaped(definitions.assign(sector_name=definitions["sector"].map(have.cells.names)), DEFINED)
