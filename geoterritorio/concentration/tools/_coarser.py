"""Totals of a whole that come in finer codes than the data: summed up to these."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.sector_codes import best_vocabulary
from geoterritorio.layers.sector_links import read_codes
from geoterritorio.layers.sector_tree import ancestry, nested

# Share of the codes of both that one classification must read.
_NEARLY_ALL = 0.9


def summed_up(sums: pd.Series, sectors: pd.Index) -> pd.Series:
    """
    Totals by sector, those below codes of the data summed up to them.

    Parameters
    ----------
    sums
        Totals of the whole by sector.
    sectors
        Codes of the data.

    Returns
    -------
    sums
        The same where nothing is missing, or a code and one below it would both count; else with the coarser codes in
        place of the finer ones, missing where one of these is.

    Warns
    -----
    GeoterritorioWarning
        Of the codes that were made so.

    Examples
    --------
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     summed_up(pd.Series({"10.1": 3.0, "10.5": 4.0, "62.0": 5.0}), pd.Index(["10", "62"])).to_dict()
    {'10': 7.0, '62': 5.0}
    """
    absent = sectors.difference(sums.index)
    codes = pd.Series([*sums.index, *absent], dtype=object)
    name, share = best_vocabulary(codes)
    if not len(absent) or share < _NEARLY_ALL:
        return sums
    code = pd.Series(read_codes(codes, name).to_numpy(), index=codes)
    fine, coarse = code[sums.index].dropna(), code[absent].dropna()
    tree = ancestry(name)
    above = tree[tree["ancestor"].isin(coarse)].set_index("code")["ancestor"]
    parts = fine[fine.isin(above.index)]
    twice = above.index.duplicated().any() or not nested(parts, name).empty
    if parts.empty or twice or parts.index.isin(sectors).any():
        return sums
    target = parts.map(above).map(pd.Series(coarse.index, index=coarse.to_numpy()))
    made = sums[parts.index].groupby(target.to_numpy()).agg(lambda s: np.sum(s.to_numpy()))
    text = message(
        "reference: the data have coarser codes: {count} of its sectors were summed up to {number}: {values}.",
        count=len(parts),
        number=len(made),
        values=listing(sorted(map(str, made.index))),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return pd.concat([sums.drop(parts.index), made]).rename_axis(sums.index.name).rename(sums.name)
