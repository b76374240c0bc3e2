"""Triple-helix synergy on layers: a register with places, technologies and sizes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import helix
from geoterritorio.identification.cures import INNOVATION
from geoterritorio.identification.tools._cluster_layers import placed, shaped, with_names
from geoterritorio.identification.tools._innovation_layers import (
    HELIX,
    HELIX_AREAS,
    FiguresTable,
    HelixAreas,
    HelixTable,
    figures_of,
)
from geoterritorio.identification.tools._support import territory_of
from geoterritorio.identification.tools.knowledge import technology_classes
from geoterritorio.layers.schema import Firms, Territories
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.registry import Count, Level, Progress, no_progress, tool

_OTHER = "no group"
_SYNERGY = mark("Triple-helix information beyond chance (bits; below 0 is synergy)")


@dataclass(frozen=True)
class HelixResult:
    """
    Triple-helix synergy.

    Attributes
    ----------
    helix
        Rows for the whole, what is within and between territories, and each territory.
    areas
        Territories with their own synergy.
    figures
        Figures by territory, as capitals, comparisons and profiles read them.
    """

    helix: HelixTable
    areas: HelixAreas
    figures: FiguresTable


@tool
def triple_helix(
    territories: Territories,
    firms: Firms,
    units: Territories | None = None,
    *,
    source: str = "nace2",
    scale: str = "size_eu",
    draws: Count = 199,
    level: Level = 0.95,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> HelixResult:
    """
    Triple-helix synergy: places, technologies and sizes of establishments.

    How much three attributes of the establishments tell of each other together, beyond what their pairs tell: place
    (smaller places within territories), technology (Eurostat's groups of sectors) and size. Below 0 is synergy. In all
    territories, within each and between them, beside what chance gives for as few establishments. It reads a register,
    not what firms, universities and governments do with each other.

    Parameters
    ----------
    territories
        Territories whose synergy is told.
    firms
        Register of establishments with sectors and jobs.
    units
        Smaller places within the territories; without them only the whole can be told, and that between territories.
    source
        Classification of the codes, from which a correspondence leads to NACE Rev. 2: nace2, nace21 and others.
    scale
        Size classes by jobs: size_eu (micro, small, medium, large), size_istat or size_denue.
    draws
        Times that technologies and sizes are dealt anew, and that establishments are sampled.
    level
        Level of intervals and of what chance gives.
    seed
        Seed of the random numbers.
    progress
        Callback.

    Returns
    -------
    result
        Synergy as a table and on the map.

    Raises
    ------
    LayerError
        If sectors or jobs are missing, or no establishment has all three attributes.

    References
    ----------
    .. [1] Leydesdorff, L. & Fritsch, M. (2006). Measuring the knowledge base of regional innovation systems in Germany
       in terms of a triple helix dynamics. Research Policy 35, 1538-1553.
    """
    plants = _attributes(territories, firms, units, source, scale)
    found = helix.triple_helix(plants, draws=draws, level=level, rng=seed, progress=progress)
    own = (found["part"] == helix.TERRITORY) & (found["units"] <= 1)
    for name in (
        "synergy",
        "low",
        "high",
        "expected",
        "expected_low",
        "expected_high",
        "beyond_chance",
        "contribution",
    ):
        found.loc[own, name] = np.nan
    found["reason"] = np.where(own, "one place", "")
    found["cure"] = found["reason"].map(INNOVATION).fillna("")
    table = with_names(found, territories)
    mine = table[table["part"] == helix.TERRITORY].set_index("territory")
    mine = with_names(mine.reindex(territories["territory"]).reset_index(), territories)
    return HelixResult(
        shaped(table, HELIX),
        placed(mine, territories, HELIX_AREAS),
        figures_of(_beyond(mine), {_SYNERGY: ("beyond_chance", "low", "high")}),
    )


def _beyond(table: pd.DataFrame) -> pd.DataFrame:
    """Ends of the interval, too, without what chance gives."""
    return table.assign(**{c: table[c] - table["expected"] for c in ("low", "high")})


def _attributes(
    territories: gpd.GeoDataFrame,
    firms: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame | None,
    source: str,
    scale: str,
) -> pd.DataFrame:
    """Establishments with territory, smaller place, technology and size; tells how many are left out and why."""
    if "employment" not in firms.columns:
        raise LayerError(
            message(
                "firms: no column “employment”, by which sizes are told apart. Name the column with the jobs."
            )
        )
    where = territory_of(firms, territories, name="firms")
    unit = (
        where
        if units is None
        else territory_of(firms.drop(columns="territory", errors="ignore"), units, name="firms")
    )
    groups = technology_classes(pd.Index(firms["sector"].dropna().unique()), source)
    short = set(groups.loc[groups["sector"].duplicated(), "sector"])
    sure = groups.drop_duplicates("sector").set_index("sector")["class"]
    technology = firms["sector"].map(sure).where(firms["sector"].notna()).fillna(_OTHER)
    lost = firms["sector"].isna() | firms["sector"].isin(short)
    sizes = vocabulary(scale)
    jobs = firms["employment"].to_numpy(np.float64)
    place = np.searchsorted(sizes["low"].astype(float).to_numpy(), np.nan_to_num(jobs), side="right") - 1
    frame = pd.DataFrame(
        {
            "territory": where.to_numpy(object),
            "unit": unit.to_numpy(object),
            "technology": technology.where(~lost).to_numpy(object),
            "size": pd.Series(sizes["code"].to_numpy(object)[place]).where(~np.isnan(jobs)).to_numpy(object),
        }
    )
    kept = frame.dropna()
    if len(kept) < len(frame):
        text = message(
            "firms: {count} of {number} establishments lack a territory ({place}), a technology ({technology}) or jobs "
            "({size}) and are left out.",
            count=len(frame) - len(kept),
            number=len(frame),
            place=int(frame[["territory", "unit"]].isna().any(axis=1).sum()),
            technology=int(frame["technology"].isna().sum()),
            size=int(frame["size"].isna().sum()),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return kept
