"""How a verdict changes with the areas it is found on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration.intervals import MINIMUM_PLANTS
from geoterritorio.layers.result_schema import SECTOR_VERDICTS, VERDICTS

Verdicts = npt.NDArray[np.object_]
# From this share on, a sector's establishments are mostly in areas clearly above 1.
MOSTLY = 0.5
_JUDGED = frozenset({"high", "low", "unclear"})


def compare_verdicts(
    sectors: pd.Series,
    tables: Mapping[str, tuple[pd.DataFrame, pd.Series]],
    *,
    names: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Verdicts of sectors on several divisions of the same land, seen from the establishments.

    Parameters
    ----------
    sectors
        Sector of each establishment.
    tables
        Name of the division -> its quotients (`territory`, `sector`, `lq`, `certainty`, `effective_plants`) and the
        territory of each establishment, aligned with `sectors`; the first division is the one compared with.
    names
        Name of each sector by its code.

    Returns
    -------
    verdicts
        One row per sector and division: areas above and below 1, largest quotient among areas of at least five
        effective establishments, share of the establishments in areas above 1, and, of those judged on both (high, low
        or unclear), the share whose verdict is the same as on the first division: NaN where none is, 1 on the
        first. Sectors most of whose establishments are in areas above 1 come first.

    Examples
    --------
    >>> sectors = pd.Series(["10", "10", "10", "62"])
    >>> quotients = pd.DataFrame({
    ...     "territory": ["a", "b"], "sector": "10", "lq": [2.0, 0.5], "certainty": ["high", "low"],
    ...     "effective_plants": [9.0, 9.0]})
    >>> one = (quotients, pd.Series(["a", "a", "b", "b"]))
    >>> other = (quotients.assign(certainty="unclear"), pd.Series(["a", "a", "b", "b"]))
    >>> compare_verdicts(sectors, {"towns": one, "grid": other})[["areas", "high", "share_high", "agreement"]].round(2)
       areas  high  share_high  agreement
    0  towns     1        0.67        1.0
    1   grid     0        0.00        0.0
    """
    codes, known = pd.factorize(sectors)
    seen = {name: _seen(sectors, table, place) for name, (table, place) in tables.items()}
    base, first = next(iter(seen.items()))
    total = np.bincount(codes[codes >= 0], minlength=len(known))
    parts = []
    for name, (table, _) in tables.items():
        rows = _by_sector(table)
        high = np.bincount(codes, weights=seen[name] == "high", minlength=len(known)) / total
        both = np.isin(seen[name], list(_JUDGED)) & np.isin(first, list(_JUDGED))
        number = np.bincount(codes, weights=both, minlength=len(known))
        agreed = np.bincount(codes, weights=both & (seen[name] == first), minlength=len(known))
        nothing = np.full(len(known), 1.0 if name == base else np.nan)
        same = np.divide(agreed, number, out=nothing, where=number > 0)
        rows["share_high"] = pd.Series(high, index=known)
        rows["agreement"] = pd.Series(same, index=known)
        rows.insert(0, "areas", name)
        parts.append(rows.reset_index(names="sector"))
    result = pd.concat(parts, ignore_index=True)
    foremost = result.groupby("sector")["share_high"].transform("max")
    result = result.assign(_rank=-foremost).sort_values(["_rank", "sector"], kind="stable", ignore_index=True)
    if names is not None:
        result["sector_name"] = result["sector"].map(names)
    return result[[c.name for c in VERDICTS.columns if c.name in result.columns]]


def verdict_changes(verdicts: pd.DataFrame) -> pd.DataFrame:
    """
    Verdict of each sector on every division, and whether it changes.

    Parameters
    ----------
    verdicts
        Result of `compare_verdicts`.

    Returns
    -------
    sectors
        One row per sector: `changes` (yes, no), the verdict on each division (`on_` and its name) in one of three
        words, most (at least half of the establishments are in areas clearly above 1), some (fewer are) and none (no
        area is clearly above 1), and the least and most that share is. Sectors whose verdict changes come first, then
        those whose share differs most.

    Examples
    --------
    >>> verdicts = pd.DataFrame({
    ...     "sector": ["10", "10"], "areas": ["territories", "grid"], "high": [1, 0], "share_high": [0.67, 0.0]})
    >>> verdict_changes(verdicts).iloc[0, :4].to_dict()
    {'sector': '10', 'changes': 'yes', 'on_territories': 'most', 'on_grid': 'none'}
    """
    words = np.select([verdicts["share_high"] >= MOSTLY, verdicts["high"] > 0], ["most", "some"], "none")
    wide = verdicts.assign(word=words).pivot_table(
        index="sector", columns="areas", values="word", aggfunc="first", sort=False
    )
    by_sector = verdicts.groupby("sector")["share_high"]
    found = wide.add_prefix("on_").assign(
        changes=np.where(wide.eq(wide.iloc[:, 0], axis=0).all(axis=1), "no", "yes"),
        share_least=by_sector.min(),
        share_most=by_sector.max(),
    )
    if "sector_name" in verdicts.columns:
        found["sector_name"] = verdicts.drop_duplicates("sector").set_index("sector")["sector_name"]
    found = found.rename_axis(columns=None).reset_index()
    found["_gap"] = found["share_most"] - found["share_least"]
    found = found.sort_values(
        ["changes", "_gap", "sector"], ascending=[False, False, True], ignore_index=True
    )
    return found[[c.name for c in SECTOR_VERDICTS.columns if c.name in found.columns]]


def _seen(sectors: pd.Series, table: pd.DataFrame, place: pd.Series) -> Verdicts:
    """Verdict on the area of each establishment."""
    verdict = table.set_index(["territory", "sector"])["certainty"]
    where = pd.MultiIndex.from_arrays([place.astype(object), sectors.astype(object)])
    seen: Verdicts = verdict.reindex(where).fillna("").to_numpy(dtype=object)
    return seen


def _by_sector(table: pd.DataFrame) -> pd.DataFrame:
    solid = table["lq"].where(~(table["effective_plants"] < MINIMUM_PLANTS))
    grouped = table.assign(
        high=table["certainty"] == "high", low=table["certainty"] == "low", largest=solid
    ).groupby("sector")
    return grouped.agg(
        territories=("territory", "size"),
        high=("high", "sum"),
        low=("low", "sum"),
        largest=("largest", "max"),
    )
