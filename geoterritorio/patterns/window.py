"""The window plants are looked at through: its area, chance places in it, and how planar statistics are corrected."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial.distance import pdist
from shapely.geometry import MultiPolygon, Polygon

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.patterns._edges import edges_of
from geoterritorio.patterns.envelopes import Band, Convention, Scaling
from geoterritorio.patterns.sites import Sites
from geoterritorio.registry import Count, Level, Metres

Floats = npt.NDArray[np.float64]
Correction = Literal["isotropic", "translation", "border", "none"]
Chance = Literal["position", "location", "labelling", "independence"]

# Points drawn beyond those that are likely to be needed.
_SPARE = 16


@dataclass(frozen=True)
class WindowRules:
    """
    How a planar function of distance is found and compared with chance.

    Parameters
    ----------
    farthest
        Largest distance in metres; by default a quarter of the shorter side of the window (Ripley 1979). Beyond half of
        that side nothing is tested.
    steps
        Number of equal steps up to it.
    bandwidth
        Half the width of the kernel of a pair correlation, in metres; by default 0.15 over the root of the plants per
        square metre (Stoyan & Stoyan 1994).
    simulations
        How often the plants are placed anew; 0 leaves bands and tests out.
    level
        Level of the bands, such as 0.95.
    convention
        What the error is spent on. "both_sides": above and below together, half on each side of the local band;
        "each_side": the whole error on each side (Duranton & Overman), so that 5 % of what chance gives leaves
        a band of 0.95 upwards, and another 5 % downwards.
    band
        How the global band is found: "rank" holds its level exactly; "dropping" is what dbmss does.
    scaling
        What the tests over all distances (DCLF and MAD) divide the difference from the mean by at each distance:
        "studentised", its standard deviation; "quantile", how far the 2.5 % and 97.5 % quantiles are from the mean,
        each on its side; "none", nothing, so that distances at which the function varies most decide.
    test_from
        Smallest distance that these tests look at, in metres (`rinterval` of spatstat); by default
        all count that the function is found at. Choose it before you see the function.
    test_to
        Largest distance that these tests look at, in metres.
    null
        What chance is. "position": plants are anywhere in the window, each place as likely as any other; "location":
        plants with sectors and sizes exchange places; "labelling": places keep their sizes and sectors are dealt
        anew; "independence": of two sectors the first stays, and the second exchanges places with all other
        plants. By default "location", or "position" where there are no other plants to exchange places with.
    correction
        For what is beyond the window. "isotropic": a pair counts the more, the less of the circle around the one
        through the other is in the window (Ripley 1976); "translation": the more, the less of the window is in the
        window shifted from one to the other (Ohser & Stoyan 1981); "border": plants are looked from only at
        distances up to the edge; "none": plants near the edge have fewer neighbours.
    minimum_plants
        Fewer plants than this are looked at with a warning.
    """

    farthest: Metres | None = None
    steps: Count = 100
    bandwidth: Metres | None = None
    simulations: Count = 1000
    level: Level = 0.95
    convention: Convention = "each_side"
    band: Band = "rank"
    scaling: Scaling = "studentised"
    test_from: Metres | None = None
    test_to: Metres | None = None
    null: Chance | None = None
    correction: Correction = "isotropic"
    minimum_plants: Count = 10


@dataclass(frozen=True)
class Window:
    """
    A window, and where its coordinates begin.

    Parameters
    ----------
    polygon
        Polygon or polygons, with holes or without.
    edges
        Its edges from the origin on (`edges_of`).
    origin
        Point from which edges and plants are measured, so that no digits are lost.
    given
        Whether it was given, or is the rectangle around all plants.
    """

    polygon: Polygon | MultiPolygon
    edges: Floats
    origin: tuple[float, float]
    given: bool

    @property
    def area(self) -> float:
        """Square metres."""
        return float(self.polygon.area)

    @property
    def shorter_side(self) -> float:
        """Shorter side of the rectangle around it, in metres."""
        west, south, east, north = self.polygon.bounds
        return float(min(east - west, north - south))

    @cached_property
    def diameter(self) -> float:
        """Largest distance between two places in it, in metres."""
        return float(pdist(shapely.get_coordinates(self.polygon.convex_hull)).max())

    @property
    def reach(self) -> float:
        """Half the shorter side, in metres: beyond it no correction holds."""
        return self.shorter_side / 2

    def drawn(self, number: int, rng: np.random.Generator) -> Floats:
        """Points anywhere in it, each place as likely as any other; from the origin on."""
        west, south, east, north = self.polygon.bounds
        share = self.area / ((east - west) * (north - south))
        found = np.empty((0, 2))
        while len(found) < number:
            more = int((number - len(found)) / share) + _SPARE
            points = rng.uniform((west, south), (east, north), (more, 2))
            found = np.vstack([found, points[shapely.intersects_xy(self.polygon, *points.T)]])
        drawn: Floats = found[:number] - self.origin
        return drawn

    def within(self, places: Floats) -> Floats:
        """How far places (from the origin on) are from its edge, in metres."""
        points = shapely.points(places + self.origin)
        away: Floats = shapely.distance(self.polygon.boundary, points)
        return away


def window_of(plants: Sites, polygon: Polygon | MultiPolygon | None) -> tuple[Sites, Window]:
    """
    Window and the plants in it.

    Parameters
    ----------
    plants
        Plants with coordinates.
    polygon
        Window in the same metres; None takes the rectangle around all plants, with a warning.

    Returns
    -------
    plants
        Those in the window, its edge included; the others are left out with a warning.
    window
        The window.

    Raises
    ------
    LayerError
        The window is no valid polygon, has no area, or no plant is in it.
    """
    shape = _around(plants) if polygon is None else polygon
    problem = _window_problem(shape)
    if problem:
        raise LayerError(problem)
    # Plants are sought in it from several threads.
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, plants.x, plants.y)
    if not inside.any():
        raise LayerError(
            message(
                "window: none of the {number} establishments lies in it. Are both in the same coordinates?",
                number=len(plants),
            )
        )
    west, south, *_ = shape.bounds
    window = Window(shape, edges_of(shape, (west, south)), (west, south), polygon is not None)
    return _only(plants, inside), window


def _around(plants: Sites) -> Polygon:
    shape = shapely.box(plants.x.min(), plants.y.min(), plants.x.max(), plants.y.max())
    if shape.area > 0:  # else it is refused
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "window: none is given, so the rectangle around all {number} establishments is taken "
                    "({area} km²). What counts as chance depends on it.",
                    number=len(plants),
                    area=round(shape.area / 1e6, 3),
                )
            ),
            stacklevel=4,
        )
    return shape


def _window_problem(shape: Polygon | MultiPolygon) -> Message | None:
    if not isinstance(shape, Polygon | MultiPolygon):
        return message("window: {kind} is no polygon.", kind=type(shape).__name__)
    if not shape.area > 0:
        return message("window: it has no area. Give a polygon that the establishments lie in.")
    if not shape.is_valid:
        return message("window: {reason}. Repair the polygon.", reason=shapely.is_valid_reason(shape))
    return None


def _only(plants: Sites, inside: npt.NDArray[np.bool_]) -> Sites:
    if inside.all():
        return plants
    warnings.warn(
        GeoterritorioWarning(
            message(
                "window: {count} of {number} establishments lie outside and are left out.",
                count=int((~inside).sum()),
                number=len(plants),
            )
        ),
        stacklevel=4,
    )
    columns = ("x", "y", "code", "weight", "labels")
    return replace(plants, **{c: getattr(plants, c)[inside] for c in columns})
