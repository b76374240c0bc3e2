"""What makes a functional urban area: thresholds with their sources, words for its parts and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geoterritorio.delimitation.dense_cells import Fill
from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Metres, Ratio, Share

Joining = Literal["either", "both", "never"]
CORE, ADDED, ZONE, ENCLAVE, EXCLAVE, OUTSIDE = ROLES = (
    "city",
    "added city",
    "commuting zone",
    "added enclave",
    "dropped exclave",
    "outside",
)
SIZES = ("under 50 000", "small", "medium", "metropolitan", "large metropolitan")
_LIMITS = (50_000, 100_000, 250_000, 1_500_000)


@dataclass(frozen=True)
class UrbanAreaRules:
    """
    What makes a functional urban area; the defaults are those of the European Union and the OECD.

    Parameters
    ----------
    density
        Inhabitants per km² of a cell of an urban centre: 1500 (Eurostat 2018, chapter 1).
    min_population
        Inhabitants of an urban centre after gaps are filled: 50 000 (Eurostat 2018, chapter 1).
    fill
        Gaps of centres: filled with cells of which five of the eight around belong to the centre ("majority"; Eurostat
        2018), or kept ("none").
    city_share
        Share of the people of a territory who live in urban centres that makes it a city: a half (Eurostat 2018,
        chapter 3).
    centre_share
        Share of the people of a centre who should live in cities: 0.75 (Eurostat, glossary: city). Centres below are
        told.
    complete
        Whether a centre below `centre_share` is given the territory with most of its people that is no city: it becomes
        part of the city of the centre, or its city (Eurostat, glossary: city). One territory a centre.
    commuting_share
        Share of employed residents who work in a city from which on a territory belongs to its commuting zone: 0.15
        (Dijkstra, Poelman & Veneri 2019). It joins two cities as well, as `join` says.
    join
        Cities are one where the residents of "either" commute so to the other; "both" asks it of both, and "never"
        leaves all apart. The direction is this project's reading.
    snap
        Metres up to which a gap between two boundaries is none.
    """

    density: Ratio = 1500
    min_population: Ratio = 50_000
    fill: Fill = "majority"
    city_share: Share = 0.5
    centre_share: Share = 0.75
    complete: bool = True
    commuting_share: Share = 0.15
    join: Joining = "either"
    snap: Metres = 50


def sound(rules: UrbanAreaRules) -> None:
    """
    Refusal of thresholds that everything reaches.

    Parameters
    ----------
    rules
        Rules.

    Raises
    ------
    LayerError
        If density, share of a city or share of commuters is 0 or no number.
    """
    for name in ("density", "city_share", "commuting_share"):
        if not getattr(rules, name) > 0:
            raise LayerError(
                message("rules: “{name}” must be above 0, since everything reaches 0.", name=name)
            )


def size_class(population: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """
    Class of a functional urban area by its inhabitants.

    Parameters
    ----------
    population
        Inhabitants of city and commuting zone.

    Returns
    -------
    size
        "small" from 50 000, "medium" from 100 000, "metropolitan" from 250 000, "large metropolitan" from 1.5 million;
        "under 50 000" below. These are the classes the OECD uses now; those of 2012 were 50, 200 and 500 000 and 1.5
        million.

    Examples
    --------
    >>> size_class([49_999, 50_000, 250_000, 2e6]).tolist()
    ['under 50 000', 'small', 'metropolitan', 'large metropolitan']
    """
    where = np.searchsorted(_LIMITS, np.asarray(population, dtype=float), side="right")
    return np.array(SIZES, dtype=object)[where]
