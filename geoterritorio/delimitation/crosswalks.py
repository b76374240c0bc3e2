"""Crosswalks: which share of each territory lies in which of another division, by land or by people."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geoterritorio.delimitation._cells import grid_masses, polygon_masses
from geoterritorio.delimitation._pieces import Indices, Pieces, overlapping, overlay
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.checks import require_unique
from geoterritorio.layers.crs import align, require_areas
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import TERRITORIES
from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]
Outside = Literal["remainder", "spread"]
AREA, POINTS, POLYGONS, RASTER = "area", "points", "polygons", "raster"
_SURFACES = ["Polygon", "MultiPolygon"]
WHOLE = 1e-9  # share that rounding may lack of a whole
_SQUARE_KM = 1e6
_OVERLAPPING = 0.01  # of a source that lies in several targets at once: what drawing errors explain


@dataclass(frozen=True)
class Crosswalk:
    """
    Shares of the territories of one division (sources) in those of another (targets).

    Attributes
    ----------
    shares
        Sparse, sources x targets: share of each source that lies in each target, from 0 to 1. A pair with land in
        common is stored even where nobody lives on it.
    area
        Sparse, sources x targets: land in common in km².
    sources, targets
        Identifiers of rows and columns.
    size
        What the shares are shares of, by source: km², or the weight found in it.
    basis
        ``area``, ``points``, ``polygons`` or ``raster`` by source: a source without any weight is shared by its land.
    outside
        Share of each source that lies in no target; what `outside="spread"` shared out is still told here.
    covered
        Share of the land of each target that lies in some source.
    """

    shares: sparse.csr_array
    area: sparse.csr_array
    sources: pd.Index
    targets: pd.Index
    size: pd.Series
    basis: pd.Series
    outside: pd.Series
    covered: pd.Series

    def table(self) -> pd.DataFrame:
        """One row per pair: `source`, `target`, `share`, `share_of_target` (of its land), `area_km2`, `basis`."""
        pairs = self.shares.tocoo()
        land = np.asarray(self.area[pairs.row, pairs.col]).ravel()
        whole = np.asarray(self.area.sum(axis=0)).ravel() / self.covered.to_numpy()
        return pd.DataFrame(
            {
                "source": self.sources.to_numpy(dtype=object)[pairs.row],
                "target": self.targets.to_numpy(dtype=object)[pairs.col],
                "share": pairs.data,
                "share_of_target": land / whole[pairs.col],
                "area_km2": land,
                "basis": self.basis.to_numpy(dtype=object)[pairs.row],
            }
        )

    def then(self, other: Crosswalk) -> Crosswalk:
        """
        Crosswalk by way of a division between two others.

        Parameters
        ----------
        other
            Crosswalk whose sources are the targets of this one.

        Returns
        -------
        crosswalk
            From the sources of this one to the targets of the other. It says what is known by way of the division
            between them: a crosswalk made of the outlines is never less exact.

        Raises
        ------
        LayerError
            If a target of this one is not a source of the other.
        """
        lost = self.targets.difference(other.sources)
        if len(lost):
            raise LayerError(
                message(
                    "crosswalk: targets of the first are not sources of the second (territories: {count}): {values}.",
                    count=len(lost),
                    values=listing(lost),
                )
            )
        at = other.sources.get_indexer(self.targets)
        shares = sparse.csr_array(self.shares @ other.shares[at])
        area = sparse.csr_array(self.area @ _rows_scaled(other.area, other.area.sum(axis=1))[at])
        outside = pd.Series(1 - shares.sum(axis=1), index=self.sources).clip(lower=0)
        through = _ratio(np.asarray(area.sum(axis=0)).ravel(), np.asarray(other.area.sum(axis=0)).ravel())
        covered = other.covered * through
        return Crosswalk(
            shares, area, self.sources, other.targets, self.size, self.basis, outside, covered.clip(upper=1)
        )


def crosswalk(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    weights: gpd.GeoDataFrame | Grid | None = None,
    *,
    sliver: Metres = 0,
    outside: Outside = "remainder",
    progress: Progress = no_progress,
) -> Crosswalk:
    """
    Crosswalk between two divisions.

    Parameters
    ----------
    source
        Territories from which figures come, one row each.
    target
        Territories to which they go.
    weights
        What figures are distributed as: nothing (land: as if they were even within each source), points or polygons
        with `population` (even within each polygon), or a raster of it.
    sliver
        Mean width in metres below which land in common comes of how borders were drawn: it is left out, and what
        lies on it goes to the other targets of the source.
    outside
        What becomes of the part of a source that lies in no target, where it has any: a remainder, or spread over
        its targets, as where only coastlines were drawn differently.
    progress
        Callback.

    Returns
    -------
    crosswalk
        Shares, sparse, with what they rest on.

    Raises
    ------
    CRSError
        If areas cannot be measured on the source.
    LayerError
        If a layer has several versions of a territory, is no layer of polygons, or targets overlap by more than 1 % of
        a source; or if weights are lines, or points and polygons together.

    Warns
    -----
    GeoterritorioWarning
        If sources overlap by more than 1 % of one, or targets by less (shares are scaled to 1), if a source has
        no weights (it is shared by its land), or
        if a layer is reprojected.

    Notes
    -----
    .. math:: s_{ij} = w_{ij} / w_i

    with w_ij the land, or the weight, that source i and target j have in common and w_i that of the source. Shares of
    a source sum to 1 where it lies wholly in the targets.

    References
    ----------
    .. [1] Goodchild, M. F. & Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional spatial problem.
       Geo-Processing 1, 297-312.
    .. [2] Eicher, C. L. & Brewer, C. A. (2001). Dasymetric mapping and areal interpolation. Cartography and Geographic
       Information Science 28, 125-138.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> before = gpd.GeoDataFrame({"territory": ["A"]}, geometry=[box(0, 0, 4000, 1000)], crs=25830)
    >>> halves = [box(0, 0, 1000, 1000), box(1000, 0, 4000, 1000)]
    >>> after = gpd.GeoDataFrame({"territory": ["A", "B"]}, geometry=halves, crs=25830)
    >>> crosswalk(before, after).shares.toarray().tolist()
    [[0.25, 0.75]]
    """
    source, target = _checked(source, "source"), _checked(target, "target")
    require_areas(source, name="source")
    target = align(target, source, name="target")
    shapes, others = source.geometry.to_numpy(), target.geometry.to_numpy()
    _tell_overlapping_sources(source)
    pieces = overlay(shapes, others, widths=sliver > 0, progress=progress)
    pieces = _without_slivers(pieces, sliver, len(source))
    found = _Masses(pieces.first, pieces.second, pieces.area, source.area.to_numpy())
    basis = np.full(len(source), AREA, dtype=object)
    if weights is not None:
        progress(0, mark("Weights"))
        weighed = _weighed(source, target, weights)
        weighed = _on_pieces(weighed, pieces, len(target)) if sliver > 0 else weighed
        found, basis = _or_land(weighed, found, _word(weights))
    return _made(source, target, pieces, found, basis, outside)


def _checked(layer: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    require_unique(layer, TERRITORIES, name=name)
    if not layer.geom_type.isin(_SURFACES).all():
        raise LayerError(message("{layer}: a crosswalk needs polygons, these are points.", layer=name))
    return layer


def _without_slivers(pieces: Pieces, sliver: float, number: int) -> Pieces:
    """Pieces that are wide enough; the areas of the thin ones go to the others of the same source."""
    thin = pieces.width < sliver
    if not thin.any():
        return pieces
    # A source that consists of thin pieces keeps them all: there is nowhere else for it to go.
    wide = np.bincount(pieces.first, ~thin, number) > 0
    kept = ~thin | ~wide[pieces.first]
    return replace(pieces.kept(kept), area=_given_back(pieces.first, pieces.area, kept, number))


def _given_back(source: Indices, amount: Floats, kept: Any, number: int) -> Floats:
    """Amounts of the pairs that are kept, enlarged by those of the others of the same source."""
    whole, left = (np.bincount(i, a, number) for i, a in ((source, amount), (source[kept], amount[kept])))
    scale = _ratio(whole, left)
    return np.asarray(amount[kept] * scale[source[kept]])


@dataclass(frozen=True)
class _Masses:
    """Land or weight that a source and a target have in common, and the whole of every source."""

    source: Indices
    target: Indices
    amount: Floats
    whole: Floats


def _weighed(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, weights: gpd.GeoDataFrame | Grid) -> _Masses:
    number = len(source)
    if isinstance(weights, Grid):
        return _Masses(*grid_masses(weights, source, target))
    word = _word(weights)
    weights = align(weights, source, name="weights")
    amount: Floats = weights["population"].to_numpy(dtype=float, na_value=np.nan)
    _tell_unknown(amount)
    if word == POLYGONS:
        return _Masses(*polygon_masses(weights, source, target))
    origin, destination = (
        assign(weights.geometry, layer).position.astype(np.intp) for layer in (source, target)
    )
    known = (origin >= 0) & (amount > 0)
    both = known & (destination >= 0)
    whole = np.bincount(origin[known], amount[known], number).astype(float)
    return _Masses(origin[both], destination[both], amount[both], whole)


def _word(weights: gpd.GeoDataFrame | Grid) -> str:
    if isinstance(weights, Grid):
        return RASTER
    kinds = weights.geom_type.dropna()
    if kinds.eq("Point").all():
        return POINTS
    if kinds.isin(_SURFACES).all():
        return POLYGONS
    raise LayerError(
        message(
            "weights: points, polygons or a raster are needed, not lines, nor points and polygons together."
        )
    )


def _on_pieces(weighed: _Masses, pieces: Pieces, targets: int) -> _Masses:
    """Weights moved away from pairs that are thin, and so no pairs."""
    pair = weighed.source * targets + weighed.target
    kept = np.isin(pair, pieces.first * targets + pieces.second)
    moved = _given_back(weighed.source, weighed.amount, kept, len(weighed.whole))
    return replace(weighed, source=weighed.source[kept], target=weighed.target[kept], amount=moved)


def _tell_unknown(amount: Floats) -> None:
    unknown = int(np.isnan(amount).sum())
    if unknown:
        text = message(
            "weights: points or polygons without population are left out ({count} of {all}).",
            count=unknown,
            all=len(amount),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _or_land(weighed: _Masses, land: _Masses, word: str) -> tuple[_Masses, npt.NDArray[np.object_]]:
    """Weights, but land where a source has none."""
    bare = weighed.whole <= 0
    if bare.any():
        text = message(
            "weights: no weight lies in some sources, which are shared by their land (sources: {count} of {all}).",
            count=int(bare.sum()),
            all=len(bare),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    # Land in common stays a pair, with weight 0, so that bounds know what the weights may have missed.
    found = _Masses(
        np.concatenate([weighed.source, land.source]),
        np.concatenate([weighed.target, land.target]),
        np.concatenate([weighed.amount, np.where(bare[land.source], land.amount, 0.0)]),
        np.where(bare, land.whole, weighed.whole),
    )
    return found, np.where(bare, AREA, word).astype(object)


def _made(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    pieces: Pieces,
    found: _Masses,
    basis: npt.NDArray[np.object_],
    outside: Outside,
) -> Crosswalk:
    shape = len(source), len(target)
    amount = found.amount / found.whole[found.source]
    shares = sparse.csr_array(sparse.coo_array((amount, (found.source, found.target)), shape=shape))
    area = sparse.csr_array(
        sparse.coo_array((pieces.area / _SQUARE_KM, (pieces.first, pieces.second)), shape=shape)
    )
    total = shares.sum(axis=1)
    _refuse_overlaps(total - 1, source)
    # What rounding lacks of a whole is no remainder.
    near = np.abs(total - 1) < WHOLE
    shares = _rows_scaled(shares, np.where(near | (total > 1) | (outside == "spread"), total, 1.0))
    sources, targets = (pd.Index(f["territory"], name=n) for f, n in ((source, "source"), (target, "target")))
    covered = np.clip(area.sum(axis=0) * _SQUARE_KM / target.area.to_numpy(), 0, 1)
    return Crosswalk(
        shares=shares,
        area=area,
        sources=sources,
        targets=targets,
        size=pd.Series(np.where(basis == AREA, found.whole / _SQUARE_KM, found.whole), index=sources),
        basis=pd.Series(basis, index=sources),
        outside=pd.Series(np.where(near, 0.0, np.clip(1 - total, 0, 1)), index=sources),
        covered=pd.Series(np.where(covered > 1 - WHOLE, 1.0, covered), index=targets),
    )


def _tell_overlapping_sources(source: gpd.GeoDataFrame) -> None:
    """Warning of land that two sources have: the figures of both are shared out over it."""
    first, second, share = overlapping(source.geometry.to_numpy())
    real = share > _OVERLAPPING
    if real.any():
        ids = source["territory"].astype(str).to_numpy()
        text = message(
            "source: polygons overlap (pairs: {count}, up to {percent} % of the smaller): {values}. Land of two "
            "sources has a part of the figures of both: look for overlaps with history-checks, and mend them.",
            count=int(real.sum()),
            percent=float(f"{100 * share[0]:.2g}"),
            values=listing(f"{a} / {b}" for a, b in zip(ids[first[real]], ids[second[real]], strict=True)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _refuse_overlaps(excess: Floats, source: gpd.GeoDataFrame) -> None:
    worst = float(excess.max(initial=0))
    rows = excess > WHOLE
    names = listing(source["territory"].to_numpy()[rows][np.argsort(-excess[rows])])
    if worst > _OVERLAPPING:
        raise LayerError(
            message(
                "target: polygons overlap, so that more than the whole of some sources lies in them (sources: "
                "{count}): {values}. Look for overlaps with history-checks, and mend them.",
                count=int(rows.sum()),
                values=names,
            )
        )
    if worst > _OVERLAPPING / 1e4:
        text = message(
            "target: polygons overlap a little; shares of the sources there are scaled to 1 (sources: {count}, largest "
            "excess {percent} %): {values}.",
            count=int(rows.sum()),
            percent=float(f"{100 * worst:.2g}"),
            values=names,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _ratio(part: Any, whole: Any) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.zeros(len(whole)), where=np.asarray(whole) > 0)
    return ratio


def _rows_scaled(matrix: sparse.csr_array, by: Any) -> sparse.csr_array:
    """Matrix with each row divided; a row divided by 0 is 0. Stored zeros stay stored."""
    by = np.asarray(by, dtype=float).ravel()
    scale = np.divide(1.0, by, out=np.zeros(len(by)), where=by > 0)
    data = matrix.data * np.repeat(scale, np.diff(matrix.indptr))
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
