"""How many steps of districts are unknown, why most of them are, and what would decide these: in a sentence."""

from __future__ import annotations

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.identification.cures import DISTRICT_REASONS


def open_steps(evidence: pd.DataFrame) -> Message | None:
    """
    Sentence on the steps that are unknown.

    Parameters
    ----------
    evidence
        Rows of `districts` by market and step, with `passed`, `reason` and `cure`.

    Returns
    -------
    sentence
        Steps that are unknown, of all that were asked of markets with jobs; the reason that most of them have, and its
        cure; of several as frequent the first. None where no step is unknown.

    Examples
    --------
    >>> evidence = pd.DataFrame({"passed": ["yes", "unknown", "not asked"], "reason": [None, "no size classes", None],
    ...     "cure": [None, "jobs by size class", None]})
    >>> str(open_steps(evidence))
    '1 of 2 steps unknown, most for: sizes are not known (1); would decide: jobs by size class.'
    """
    there = evidence[evidence["reason"].ne("no jobs at all") & evidence["passed"].ne("not asked")]
    open_ = there[there["passed"] == "unknown"]
    if open_.empty:
        return None
    # A reason and its cure stand at the same place of their lists; reasons without a cure come after the others.
    pairs = [
        pair
        for reasons, cures in open_[["reason", "cure"]].fillna("").itertuples(index=False)
        for pair in zip(_known(reasons), cures.split("; "), strict=False)
    ]
    counts = pd.Series(pairs, dtype=object).value_counts(sort=False)
    (reason, cure), most = counts.idxmax(), int(counts.max())
    words = DISTRICT_REASONS[reason]
    return message(
        "{open} of {asked} steps unknown, most for: {reason} ({count}); would decide: {cure}.",
        open=len(open_),
        asked=len(there),
        reason=message(words),
        count=most,
        cure=message(cure),
    )


def _known(reasons: str) -> list[str]:
    """Reasons for which something is unknown and that have a cure of their own."""
    return [r for r in reasons.split("; ") if r in DISTRICT_REASONS and r != "several industries"]
