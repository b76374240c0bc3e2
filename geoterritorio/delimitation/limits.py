"""Do the limits that history drew follow those of daily life, and those of nature?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.delimitation._borders import (
    ALONG,
    AWAY,
    UNSEEN,
    Borders,
    Limits,
    borders,
    limits,
    parted,
    pieces,
    share_by_chance,
    single,
    stretches,
)
from geoterritorio.delimitation._pieces import overlay
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import strings
from geoterritorio.layers.schema import NO, UNKNOWN, YES
from geoterritorio.registry import Metres, Progress, Ratio, Share, no_progress

Names = npt.NDArray[np.object_]
NONE = "none"
_WORDS = {ALONG: YES, AWAY: NO, UNSEEN: UNKNOWN}
_KM = 1000
_ROUNDING = 1e-9


@dataclass(frozen=True)
class LimitAgreement:
    """
    How far limits of territories are also those of other divisions.

    Parameters
    ----------
    table
        One row per territory and division: `territory`, `division`; of its border, `border_km` (length where the
        division is known on both sides), `left_out` (share of it where it is not), `along` (share of the known within
        the tolerance of a limit of the division), `by_chance` (what chance gives), `ratio` (one over the other),
        `agrees` ("yes" or "no"); of its land, `match` (the unit most like it) and `match_name`, `share_in_match`,
        `share_of_match`, `overlap` (Jaccard), `parts` (effective number of units among which it is), `outside` (share
        in none).
    territories
        One row per territory, with `along`, `ratio`, `match`, `match_name` and `overlap` of each division after its
        name, and `agrees_with` (names of the divisions that agree with " + " between them, "none", or "unknown").
    borders
        Stretches of border: `first`, `second` (territories on both sides; the second missing at the edge), `limits`
        (names of the divisions that have a limit there, "none", or "unknown" where none of them is known), one column
        per division ("yes", "no", "unknown"), `length_km`.
    divisions
        One row per division: `division`, `units`, `limits_km` (length of its limits on the land of the territories),
        `along` (share of the border of all, each stretch once), `by_chance`, `ratio`, `bordered` (share of the
        division's limits within the tolerance of a border of the territories).
    """

    table: pd.DataFrame
    territories: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    divisions: pd.DataFrame


def limit_agreement(
    territories: gpd.GeoDataFrame,
    divisions: Mapping[str, gpd.GeoDataFrame],
    *,
    tolerance: Metres = 500,
    min_share: Share = 0.5,
    min_ratio: Ratio = 2,
    progress: Progress = no_progress,
) -> LimitAgreement:
    r"""
    Agreement of the limits of territories with those of other divisions.

    Parameters
    ----------
    territories
        Polygons with `territory`, in a projected CRS in metres.
    divisions
        Polygons with `territory` by name of the division, in the same CRS.
    tolerance
        Distance up to which a border and a limit are the same.
    min_share
        Share of a border along a division's limits from which the two agree.
    min_ratio
        How many times what chance gives that share must be, too.
    progress
        Callback.

    Returns
    -------
    agreement
        Territories by divisions, territories, borders, divisions.

    Raises
    ------
    LayerError
        If there is no division, or one of the layers is not of polygons.

    Warns
    -----
    GeoterritorioWarning
        If a division has no limit on the land of the territories.

    Notes
    -----
    Limits of a division are where two of its units meet. Where it ends (the edge of a raster, the border of the
    study, a coast) nothing is known of the other side: borders within the tolerance of there, and beyond, are left
    out of all shares. A border that crosses a limit lies by it for twice the tolerance, and chance alone makes a
    share of

    .. math:: e = \frac{|\{x \in L : d(x, \ell) \le t\}|}{|L|}

    of any line, with L the land of the territories on which the division is known, \ell its limits and t the
    tolerance, if the line lies evenly over the land and has nothing to do with the limits [1]_. A ratio of 1 is what
    chance gives. Units that were put together from the territories themselves, such as labour markets of
    municipalities, have no limits but their borders: the share tells which borders they keep, and the comparison with
    chance says little.

    References
    ----------
    .. [1] Santaló, L. A. (2004). Integral Geometry and Geometric Probability. Cambridge University Press, I.8.

    Examples
    --------
    >>> box = shapely.box
    >>> cells = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 10, 20), box(10, 10, 20, 20)]
    >>> four = gpd.GeoDataFrame({"territory": list("abcd")}, geometry=cells, crs=25830)
    >>> sides = [box(0, 0, 10, 20), box(10, 0, 20, 20)]
    >>> halves = gpd.GeoDataFrame({"territory": ["w", "e"]}, geometry=sides, crs=25830)
    >>> limit_agreement(four, {"natural": halves}, tolerance=1).table["along"].round(2).tolist()
    [0.56, 0.56, 0.56, 0.56]
    """
    _require_polygons({"territories": territories, **divisions})
    ids = strings(territories["territory"]).astype(object).to_numpy()
    history = borders(territories.geometry.to_numpy())
    land = shapely.union_all(territories.geometry.to_numpy())
    cut = _Cut(history.lines, np.arange(len(history.lines)), pd.DataFrame(index=range(len(history.lines))))
    rows, summary = [], []
    for name, layer in divisions.items():
        division = limits(layer.geometry.to_numpy())
        expected = share_by_chance(land, division, tolerance)
        cut = cut.by(name, division, tolerance)
        own = _lengths(history, cut, name, len(ids))
        rows.append(_row(ids, territories, layer).assign(division=name, by_chance=expected, **own))
        of_limits = _bordered(division, land, history.lines, tolerance)
        summary.append(
            {"division": name, "units": len(layer), "by_chance": expected, **of_limits, **cut.whole(name)}
        )
        if not of_limits["limits_km"]:
            warnings.warn(GeoterritorioWarning(_nothing(name)), stacklevel=2)
        progress(len(summary) / len(divisions), mark("Laying limits over borders"))
    table = _judged(pd.concat(rows, ignore_index=True), min_share, min_ratio)
    return LimitAgreement(
        table,
        _areas(territories, ids, table),
        _drawn(history, cut, ids).set_crs(territories.crs),
        _summed(summary),
    )


@dataclass(frozen=True)
class _Cut:
    """Lines cut wherever a division has its say: the parts, of which line each is, and what every division says."""

    lines: Names
    line: npt.NDArray[np.intp]
    states: pd.DataFrame

    def by(self, name: str, division: Limits, tolerance: float) -> _Cut:
        """The lines cut by one more division."""
        lines, of, state = stretches(self.lines, division, tolerance)
        states = self.states.iloc[of].reset_index(drop=True).assign(**{name: state})
        return _Cut(lines, self.line[of], states)

    def whole(self, name: str) -> dict[str, float]:
        """Share of all lines along the limits of a division."""
        length, state = shapely.length(self.lines), self.states[name].to_numpy()
        known = length[state != UNSEEN].sum()
        return {"along": float(length[state == ALONG].sum() / known) if known else float("nan")}


def _nothing(name: str) -> Any:
    return message(
        "{layer}: no two of its units meet on the land of the territories, so that it has no limits there. Take "
        "smaller units, or leave it out.",
        layer=name,
    )


def _require_polygons(layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    if len(layers) == 1:
        raise LayerError(
            message("no division to compare with is given. Give functional, natural, travel or several.")
        )
    problems = [
        message(
            "{layer}: limits are those of polygons; rows of other shapes: {count}.", layer=name, count=count
        )
        for name, layer in layers.items()
        if (count := int((~layer.geom_type.isin(["Polygon", "MultiPolygon"])).sum()))
    ]
    if problems:
        raise LayerError(problems)


def _row(ids: Names, territories: gpd.GeoDataFrame, layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Of each territory, the unit most like it and how many share it."""
    units = strings(layer["territory"]).astype(object).to_numpy()
    blank = pd.Series(None, index=layer.index, dtype=object)
    names = layer.get("name", blank).astype(object).to_numpy()
    mine, theirs = territories.geometry.to_numpy(), layer.geometry.to_numpy()
    common = overlay(mine, theirs)
    own, other = shapely.area(mine)[common.first], shapely.area(theirs)[common.second]
    pairs = pd.DataFrame(
        {
            "at": common.first,
            "match": units[common.second],
            "match_name": names[common.second],
            "share_in_match": np.minimum(common.area / own, 1),
            "share_of_match": np.minimum(common.area / other, 1),
            "overlap": np.minimum(common.area / (own + other - common.area), 1),
        }
    )
    best = pairs.sort_values(["at", "overlap", "match"], ascending=[True, False, True], kind="stable")
    best = best.drop_duplicates("at").set_index("at").reindex(range(len(ids)))
    shares = pairs["share_in_match"]
    covered = shares.groupby(pairs["at"]).sum().reindex(best.index)
    squares = (shares**2).groupby(pairs["at"]).sum().reindex(best.index)
    outside = 1 - covered.fillna(0)
    # What rounding leaves is nothing.
    found = best.assign(
        territory=ids, parts=covered**2 / squares, outside=outside.where(outside > _ROUNDING, 0.0)
    )
    return found.reset_index(drop=True)


def _lengths(history: Borders, cut: _Cut, name: str, number: int) -> dict[str, Any]:
    """Of the border of each territory: what is known of it, what is not, and what lies along limits."""
    length, state = shapely.length(cut.lines), cut.states[name].to_numpy()
    sums = []
    for part in (np.ones(len(state), dtype=bool), state != UNSEEN, state == ALONG):
        by_line = np.bincount(cut.line, length * part, len(history.lines))
        sums.append(np.bincount(history.territory, by_line[history.line], number))
    every, known, along = sums
    some = np.where(known > 0, known, np.nan)
    return {"border_km": known / _KM, "left_out": 1 - known / every, "along": along / some}


def _judged(table: pd.DataFrame, min_share: float, min_ratio: float) -> pd.DataFrame:
    ratio = table["along"] / table["by_chance"].where(table["by_chance"] > 0)
    agrees = np.where((table["along"] >= min_share) & (ratio >= min_ratio), YES, NO).astype(object)
    agrees[table["along"].isna()] = UNKNOWN
    first = ["territory", "division", "border_km", "left_out", "along", "by_chance", "ratio", "agrees"]
    then = ["match", "match_name", "share_in_match", "share_of_match", "overlap", "parts", "outside"]
    return table.assign(ratio=ratio, agrees=agrees)[[*first, *then]]


def _areas(territories: gpd.GeoDataFrame, ids: Names, table: pd.DataFrame) -> gpd.GeoDataFrame:
    found = pd.DataFrame({"territory": ids})
    if "name" in territories.columns:
        found["name"] = territories["name"].to_numpy()
    agrees = {}
    for division, group in table.groupby("division", sort=False):
        rows = group.reset_index(drop=True)
        agrees[division] = rows["agrees"]
        told = {f"{division}_{c}": rows[c] for c in ("along", "ratio", "match", "match_name", "overlap")}
        found = found.assign(**told)
    found["agrees_with"] = _together(pd.DataFrame(agrees))
    return gpd.GeoDataFrame(found, geometry=territories.geometry.to_numpy(), crs=territories.crs)


def _together(words: pd.DataFrame) -> Names:
    """Names of the divisions that say yes; "none" where none does, "unknown" where none says anything."""
    told = pd.Series("", index=words.index, dtype=object)
    for name in words:
        yes = words[name] == YES
        told = told.mask(yes & (told != ""), told + f" + {name}").mask(yes & (told == ""), name)
    found: Names = told.replace("", NONE).to_numpy(dtype=object, copy=True)
    found[(words == UNKNOWN).all(axis=1).to_numpy()] = UNKNOWN
    return found


def _drawn(history: Borders, cut: _Cut, ids: Names) -> gpd.GeoDataFrame:
    """Stretches of one border with the same limits in one row."""
    names = list(cut.states)
    keys = pd.DataFrame({"line": cut.line}).join(cut.states.apply(lambda column: column.map(_WORDS)))
    group = keys.groupby(["line", *names]).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    shapes = shapely.line_merge(shapely.multilinestrings(cut.lines[order], indices=group[order]))
    rows = keys.iloc[order].drop_duplicates().reset_index(drop=True)
    sides = pd.DataFrame({"line": history.line, "id": ids[history.territory]})
    side = sides.groupby("line").cumcount()
    first, second = (
        rows["line"].map(sides[side == k].set_index("line")["id"]).astype(object) for k in (0, 1)
    )
    table = pd.DataFrame({"first": first, "second": second, "limits": _together(rows[names])})
    table = table.join(rows[names]).assign(length_km=shapely.length(shapes) / _KM)
    return gpd.GeoDataFrame(table, geometry=shapes)


def _bordered(division: Limits, land: shapely.Geometry, lines: Names, tolerance: float) -> dict[str, float]:
    """Length of a division's limits on the land of the territories, and the share of them that are borders too."""
    on_land, _ = single(np.atleast_1d(shapely.intersection(division.inner, land)))
    near, _ = parted(on_land, pieces(shapely.union_all(lines)), tolerance)
    length = float(shapely.length(on_land).sum())
    share = float(shapely.length(near).sum()) / length if length else float("nan")
    return {"limits_km": length / _KM, "bordered": share}


def _summed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    table["ratio"] = table["along"] / table["by_chance"].where(table["by_chance"] > 0)
    return table[["division", "units", "limits_km", "along", "by_chance", "ratio", "bordered"]]
