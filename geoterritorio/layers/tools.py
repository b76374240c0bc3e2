"""Layers examined: the quality of a register, the totals of one whole."""

from __future__ import annotations

from geoterritorio.layers import quality, reference
from geoterritorio.layers.quality import QualityRules, RegisterQuality
from geoterritorio.layers.schema import Reference, ReferenceAreas, Register, Territories
from geoterritorio.registry import Count, Progress, Ratio, Share, no_progress, tool


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
