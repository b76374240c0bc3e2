"""Rows of evidence whose threshold is a number of the rules; any other is a figure that may tell of establishments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from geoterritorio.assessment.axes import VALIDITY
from geoterritorio.identification.cluster_evidence import CRITERIA
from geoterritorio.publication.disclosure.contributions import Mask

# What a figure must exceed, and its bounds.
LIMITS = ("threshold", "threshold_low", "threshold_high")
# Other steps hold one figure of a territory against another of it, or against one of the whole.
_STEPS = frozenset(
    ("specialised", "main_industry", "industry_share", "industry_jobs", "sme_industry", "small_industry")
)
# Column that names what is asked, and which of it rules answer alone; none where they answer all of it.
_RULED: Mapping[tuple[str, str], tuple[str, frozenset[str] | None]] = MappingProxyType(
    {
        ("districts", "evidence"): ("asked", _STEPS),
        ("clusters", "evidence"): ("criterion", frozenset(CRITERIA)),
        ("contrast", "pieces"): ("piece", _STEPS | frozenset(CRITERIA) | {VALIDITY}),
        # Gates are a table that may be read.
        ("ladder", "conditions"): ("condition", None),
    }
)


def ruled(name: tuple[str, str], rows: pd.DataFrame) -> Mask:
    """
    Rows whose threshold the rules say, whatever the figures of a territory are.

    Parameters
    ----------
    name
        Tool and name of an output.
    rows
        The output.

    Returns
    -------
    ruled
        Whether it is so; of an output that is on no list it never is.
    """
    column, which = _RULED.get(name, ("", frozenset()))
    if column not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    found = rows[column].notna() if which is None else rows[column].isin(which)
    return np.asarray(found, dtype=bool)
