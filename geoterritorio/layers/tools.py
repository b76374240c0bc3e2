"""Layers made ready for the measures: examined, recoded, brought to one whole."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.i18n import Language, mark
from geoterritorio.layers import quality, recoding, reference
from geoterritorio.layers.quality import QualityRules, RegisterQuality
from geoterritorio.layers.recoding import LeftOver, Split
from geoterritorio.layers.schema import (
    Correspondence,
    CountsBounds,
    Reference,
    ReferenceAreas,
    Register,
    Territories,
)
from geoterritorio.layers.sector_links import held_name
from geoterritorio.registry import Count, Progress, Ratio, Share, no_progress, tool

_EXACT = 1e-9


@dataclass(frozen=True)
class RecodedCounts:
    """
    Counts with other sector codes, and what became of each old one.

    Attributes
    ----------
    recoded
        Jobs and establishments by territory, new sector and period; what has no counterpart is under the code
        “remainder”.
    remainder
        Old codes without counterpart, why, and what they hold.
    split
        Every old code with its counterparts and the shares used.
    """

    recoded: CountsBounds
    remainder: LeftOver
    split: Split


@tool
def recode_sectors(
    counts: CountsBounds,
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
    under “remainder” and listed, so totals stay the same. Every period is recoded apart. A withheld part makes the
    whole cell withheld; columns that end in _low and _high give its bounds, and a warning says how much is hidden. A
    row that contains another of the same territory (a division beside its classes) is refused. A warning says how much
    was divided and how much has no counterpart. Where only several tables together lead from one to the other they are
    composed, which says less, and a warning names the way. Held are, in both directions: nace2 - nace21, nace2 -
    isic4, scian2018 - isic4, scian2023 - isic4, naics2022 - isic4; and from nace2 to istat_activities,
    istat_main_industries and eurostat_technology.

    Parameters
    ----------
    counts
        Jobs or establishments by territory and sector, of one period or several.
    table
        One's own correspondence, with the columns source, target and, if wanted, share or other columns of shares.
    source
        Classification of the codes: nace2 (or cnae2009, ateco2007), nace21 (or cnae2025, ateco2025), isic4 (or
        ciiu4), naics2022, scian2018, scian2023; with a table of one's own, any name.
    target
        Classification or groups wanted; with a table of one's own, any name.
    shares
        How codes with several counterparts are divided: equal, or the name of the table's column of shares, for
        example share.
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
        If no correspondences lead from one to the other, no code has a counterpart, the counts say that their codes
        are others, the table given contradicts itself or its classifications, or
        the counts mix a code with codes below it.
    """
    progress(0, mark("Recoding sectors"))
    found = recoding.recode_sectors(
        counts, source=source, target=target, table=table, shares=shares, language=language
    )
    _tell_absorbed(counts, found.layer)
    _tell_done(counts, found, source=source, equal=shares == "equal")
    return RecodedCounts(found.layer, found.remainder, found.split)


def _tell_absorbed(counts: pd.DataFrame, recoded: pd.DataFrame) -> None:
    """Say what known figures stand in cells that became withheld because a part of them is."""
    for column in ("employment", "establishments"):
        if column in counts.columns:
            before, after = counts[column].sum(), recoded[column].sum()
            if before - after > before * _EXACT:
                text = message(
                    "counts: {known} of {total} known {column} stand in cells that are withheld in part, and are "
                    "withheld with them: what remains is less than the whole. Column {column}_low has the known part.",
                    known=f"{before - after:.0f}",
                    total=f"{before:.0f}",
                    column=column,
                )
                warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _tell_done(counts: pd.DataFrame, found: recoding.Recoded, *, source: str, equal: bool) -> None:
    """Say how much was divided by an assumption, and how much has no counterpart."""
    amount = next((c for c in ("employment", "establishments") if c in counts and counts[c].sum() > 0), None)
    sectors = counts["sector"].fillna("").astype(str).str.strip()
    sizes = (counts[amount] if amount else pd.Series(1.0, index=counts.index)).groupby(sectors).sum()
    parts = found.split.groupby("sector").agg(targets=("target", "size"), via=("via", "first"))
    divided = parts[parts["targets"] > 1]
    below = divided["via"] == "below"
    gone = found.remainder[amount or "rows"]
    shares = [sizes.reindex(divided.index[m]).sum() / sizes.sum() for m in (~below, below)]
    shares.append(float(gone.sum() / sizes.sum()))
    if not any(shares):
        return
    text = message(
        "counts: of the {column}, {divided} % stood under codes with several counterparts and were divided {how}, "
        "{below} % under broader codes and were divided by the number of classes below, and {left} % have no "
        "counterpart and stand under “remainder”. Divided figures rest on that assumption.{hint}",
        column=amount or message("rows"),
        how=message("equally") if equal else message("by the shares given"),
        divided=f"{100 * shares[0]:.1f}",
        below=f"{100 * shares[1]:.1f}",
        left=f"{100 * shares[2]:.1f}",
        hint=recoding.better_source(sectors[sectors != ""], held_name(source)),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


@tool
def register_quality(
    firms: Register,
    territories: Territories | None = None,
    *,
    stack: Count = 20,
    headquarters_share: Share = 0.8,
    size_z: Ratio = 7.0,
    on: str | None = None,
    progress: Progress = no_progress,
) -> RegisterQuality:
    """
    Quality of a register of establishments.

    Looks for establishments without a place, outside every territory, placed on the middle of a territory or on one
    point with many others, for jobs booked at headquarters, implausible sizes, duplicates, missing or mixed sectors
    and impossible dates. Counts what it finds, lists the establishments, and warns where distances would be false.

    Parameters
    ----------
    firms
        Register of establishments, as it comes.
    territories
        Territories in which the establishments should lie.
    stack
        Establishments on exactly one point from which on the point is taken for the middle of a place.
    headquarters_share
        Share of its enterprise's jobs from which on a headquarters is taken to be where they are booked.
    size_z
        Robust deviations from the sector's median log size beyond which a size is implausible.
    on
        Day that the register describes, for example 2024-12-31; today by default.
    progress
        Callback.

    Returns
    -------
    quality
        Summary of all checks, and the doubtful establishments.

    Raises
    ------
    LayerError
        If a layer has problems that leave nothing to examine.

    References
    ----------
    .. [1] Rousseeuw, P. J. & Croux, C. (1993). Alternatives to the median absolute deviation. Journal of the American
       Statistical Association 88, 1273-1283.
    """
    rules = QualityRules(stack=stack, headquarters_share=headquarters_share, size_z=size_z, on=on)
    return quality.register_quality(firms, territories, rules=rules, progress=progress)


@tool
def reference_of(
    totals: ReferenceAreas,
    *,
    area: str | None = None,
    level: str | None = None,
    progress: Progress = no_progress,
) -> Reference:
    """
    Totals by sector of one whole.

    Takes, from totals of several wholes (a region, the nation, a larger area), those of the one to compare with.

    Parameters
    ----------
    totals
        Totals by sector of one whole or of several.
    area
        Identifier of the whole; by default the only one of the level.
    level
        Level of the whole: territory, region, nation or larger; by default the highest that is there.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        If there is no such whole, or several and none is named.
    """
    progress(1)
    return reference.reference_of(totals, area=area, level=level)
