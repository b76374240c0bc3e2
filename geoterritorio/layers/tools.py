"""Layers made ready for the measures: what happens to a table before anything is measured on it."""

from __future__ import annotations

from dataclasses import dataclass

from geoterritorio.i18n import Language, mark
from geoterritorio.layers import recoding
from geoterritorio.layers.recoding import Correspondence, LeftOver, Split
from geoterritorio.layers.schema import Counts
from geoterritorio.registry import Progress, no_progress, tool


@dataclass(frozen=True)
class RecodedCounts:
    """
    Counts with other sector codes, and what became of each old one.

    Attributes
    ----------
    recoded
        Jobs and establishments by territory and new sector; what has no counterpart is under the code “remainder”.
    remainder
        Old codes without counterpart, why, and what they hold.
    split
        Every old code with its counterparts and the shares used.
    """

    recoded: Counts
    remainder: LeftOver
    split: Split


@tool
def recode_sectors(
    counts: Counts,
    table: Correspondence | None = None,
    *,
    source: str,
    target: str,
    shares: str = "equal",
    language: Language = "en",
    progress: Progress = no_progress,
) -> RecodedCounts:
    """
    Sectors of a table of counts in another classification or in groups.

    Codes with several counterparts are divided by the shares given, or equally; codes without counterpart are kept
    under “remainder” and listed, so totals stay the same. Held are, in both directions: nace2 - nace21, nace2 - isic4,
    scian2018 - isic4, naics2022 - isic4; and from nace2 to istat_activities, istat_main_industries and
    eurostat_technology.

    Parameters
    ----------
    counts
        Jobs or establishments by territory and sector.
    table
        One's own correspondence, with the columns source, target and, if wanted, shares.
    source
        Classification of the codes: nace2 (or cnae2009, ateco2007), nace21 (or cnae2025, ateco2025), isic4 (or
        ciiu4), naics2022, scian2018; with a table of one's own, any name.
    target
        Classification or groups wanted; with a table of one's own, any name.
    shares
        How codes with several counterparts are divided: equal, or the name of the table's column of shares.
    language
        Language of the sector names.
    progress
        Callback.

    Returns
    -------
    result
        Counts by new sector, the remainder, and the shares used.

    Raises
    ------
    LayerError
        If no correspondence between the two is held, or the table given contradicts itself or its classifications.
    """
    progress(0, mark("Recoding sectors"))
    found = recoding.recode_sectors(
        counts, source=source, target=target, table=table, shares=shares, language=language
    )
    return RecodedCounts(found.layer, found.remainder, found.split)
