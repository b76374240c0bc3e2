"""Places put on the nearest road, with the way to it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.schema import NO, YES
from geoterritorio.patterns._bounds import problems_of
from geoterritorio.proximity._cutting import Cutter, Floats, Indices, Lines
from geoterritorio.proximity._limits import NOWHERE, up_to
from geoterritorio.proximity._twins import SAME
from geoterritorio.proximity.network import KilometresAnHour, RoadNetwork, road_names
from geoterritorio.registry import Metres

# Metres walked in a minute at one kilometre an hour.
_METRES = 1000 / 60


@dataclass(frozen=True)
class SnapRules:
    """
    How places are put on roads.

    Parameters
    ----------
    max_distance
        Places farther than this from every road have no ways, count as not reached and are reported, in metres.
    walking_speed
        Speed of the straight way between a place and its road, where ways cost minutes.
    main_only
        Whether places go to the nearest road of the largest component, past roads that lead nowhere else.
    """

    max_distance: Metres = 500.0
    walking_speed: KilometresAnHour = 5.0
    main_only: bool = False


@dataclass(frozen=True)
class Snapped:
    """
    Places on edges.

    Parameters
    ----------
    place
        Identifiers of the places.
    edge, along
        Nearest edge, and where on it, from 0 (its start) to 1 (its end).
    distance
        Straight way to it in metres.
    near
        Whether that is within the largest distance; those that are not take part in nothing.
    leg
        Cost of the straight way, in minutes or metres as the network's.
    xy
        Coordinates of the place, places by 2.
    on
        Coordinates of the point on the edge.
    """

    place: npt.NDArray[np.object_]
    edge: Indices
    along: Floats
    distance: Floats
    near: npt.NDArray[np.bool_]
    leg: Floats
    xy: Floats
    on: Floats

    def table(self, network: RoadNetwork, roads: pd.DataFrame, *, role: str) -> gpd.GeoDataFrame:
        """One row per place: `place`, `role`, `road`, `distance`, `leg`, `component`, `snapped`; where it was put."""
        row = network.row[self.edge]
        frame = pd.DataFrame(
            {
                "place": self.place,
                "role": role,
                "road": road_names(roads, row),
                "distance": self.distance,
                "leg": np.where(self.near, self.leg, np.nan),
                "component": network.component[network.start[self.edge]],
                "snapped": np.where(self.near, YES, NO),
            }
        )
        points = shapely.points(np.where(self.near[:, None], self.on, self.xy))
        return gpd.GeoDataFrame(frame, geometry=points, crs=network.crs)


def snap(
    places: gpd.GeoDataFrame, network: RoadNetwork, *, name: str, rules: SnapRules | None = None
) -> Snapped:
    """
    Places put on the nearest edge.

    Parameters
    ----------
    places
        Points, or polygons, of which a point inside counts; with `centre`.
    network
        Network.
    name
        What the layer is called in messages.
    rules
        How far they may be.

    Returns
    -------
    snapped
        One per place, in their order. Of edges equally near, that with the point farthest west, then south; of
        those with the same point one that ends there, else the first by its coordinates, whatever the order and the
        direction of the roads; of those that lie one on another the first in the layer, but ways lead from all.

    Raises
    ------
    LayerError
        If places have no geometry, or none is near a road.

    Warns
    -----
    GeoterritorioWarning
        If places are too far from every road.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from geoterritorio.proximity import road_network
    >>> roads = gpd.GeoDataFrame({"speed": [30]}, geometry=[LineString([(0, 0), (900, 0)])], crs=25830)
    >>> place = gpd.GeoDataFrame({"centre": ["a"]}, geometry=[Point(300, 100)], crs=25830)
    >>> found = snap(place, road_network(roads), name="origins")
    >>> round(float(found.along[0]), 3), float(found.distance[0]), round(float(found.leg[0]), 2)
    (0.333, 100.0, 1.2)
    """
    rules = rules or SnapRules()
    _sound(rules)
    xy = _points(places, network, name)
    kept = np.arange(len(network.lines))
    if rules.main_only:
        kept = np.flatnonzero(network.component[network.start] == 1)
    points = shapely.points(xy)
    edge, distance = _nearest(points, network.lines, kept)
    distance = np.where(distance < NOWHERE, 0.0, distance)
    at = _along(network.lines[edge], points)
    leg = distance / (rules.walking_speed * _METRES) if network.cost == "minutes" else distance
    near = distance <= up_to(rules.max_distance)
    labels = places["centre"].to_numpy(dtype=object)
    _say_far(distance, near, rules.max_distance, name)
    _say_apart(near & (network.component[network.start[edge]] > 1), name)
    return Snapped(labels, edge, at, distance, near, leg, xy, Cutter(network.lines).points(edge, at))


def _nearest(points: Lines, lines: Lines, kept: Indices) -> tuple[Indices, Floats]:
    """Nearest edge of each point, and how far; of several, one that does not hang on how they are kept."""
    tree = shapely.STRtree(lines[kept])
    found, metres = tree.query_nearest(points, return_distance=True, all_matches=False)
    edge, distance = np.empty(len(points), np.int64), np.empty(len(points))
    edge[found[0]], distance[found[0]] = kept[found[1]], metres
    point, other = tree.query(points, predicate="dwithin", distance=distance + SAME)
    tied = np.bincount(point, minlength=len(points))[point] > 1
    point, other = point[tied], kept[other[tied]]
    spot = shapely.line_interpolate_point(
        lines[other], shapely.line_locate_point(lines[other], points[point])
    )
    table = pd.DataFrame({"point": point, "edge": other})
    # Rounded ten times as coarsely as ties are found, that the last digits choose nothing.
    table["x"], table["y"] = (np.round(get(spot) / (10 * SAME)) for get in (shapely.get_x, shapely.get_y))
    # A junction before a road that passes over it: all roads that meet there are reached.
    at = _along(lines[other], points[point])
    table["inside"] = (at > 0) & (at < 1)
    table["line"] = shapely.to_wkb(shapely.normalize(lines[other]))
    first = table.sort_values(["point", "x", "y", "inside", "line", "edge"]).drop_duplicates("point")
    edge[first["point"]] = first["edge"]
    return edge, shapely.distance(points, lines[edge])


def _along(lines: Lines, points: Lines) -> Floats:
    """Where on lines points are, from 0 to 1; next to an end, the end, where all lines that meet there are reached."""
    metres, length = shapely.line_locate_point(lines, points), shapely.length(lines)
    at = np.clip(metres / length, 0, 1)
    near = np.minimum(SAME, length / 2)
    return np.where(metres < near, 0.0, np.where(length - metres < near, 1.0, at))


def _sound(rules: SnapRules) -> None:
    problems = problems_of(rules)
    if not 0 <= rules.max_distance < np.inf:
        problems.append(
            message(
                "{name}: {value} is no length of 0 or more.", name="max_distance", value=rules.max_distance
            )
        )
    if not 0 < rules.walking_speed < np.inf:
        problems.append(
            message("{name}: {value} is no speed above 0.", name="walking_speed", value=rules.walking_speed)
        )
    if problems:
        raise LayerError(problems)


def _points(places: gpd.GeoDataFrame, network: RoadNetwork, name: str) -> Floats:
    if not len(places):
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=name))
    if not has_geometry(places):
        raise LayerError(
            message(
                "{layer}: places on roads need points. Give a point layer, or a table with coordinates.",
                layer=name,
            )
        )
    shapes = align(places, gpd.GeoDataFrame(geometry=[], crs=network.crs), name=name).geometry
    points = shapes.representative_point().to_numpy()
    # an empty point has no coordinates to ask for
    points[shapely.is_empty(points)] = None
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    lost = ~np.isfinite(xy).all(axis=1)
    if lost.any():
        raise LayerError(
            message(
                "{layer}: {count} places have no point, or one without coordinates. Place or remove them.",
                layer=name,
                count=int(lost.sum()),
            )
        )
    return xy


def _say_far(distance: Floats, near: npt.NDArray[np.bool_], most: float, name: str) -> None:
    far = np.flatnonzero(~near)
    if not len(far):
        return
    values = {
        "layer": name,
        "count": len(far),
        "number": len(near),
        "most": float(f"{most:.6g}"),
        "farthest": float(f"{distance.max():.4g}"),
    }
    if len(far) == len(near):
        raise LayerError(
            message(
                "{layer}: all {number} places are farther than {most} m from every road (the farthest {farthest} m). "
                "Check that layers cover the same land, or raise max_distance.",
                **values,
            )
        )
    text = message(
        "{layer}: {count} of {number} places are farther than {most} m from every road (the farthest {farthest} m). "
        "No way leads to or from them: they count as not reached. Raise max_distance to take them along.",
        **values,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _say_apart(apart: npt.NDArray[np.bool_], name: str) -> None:
    if not apart.any():
        return
    text = message(
        "{layer}: {count} of {number} places are nearest to roads apart from the main network, from which nothing else "
        "can be reached. With main_only they go to the nearest road of the main network.",
        layer=name,
        count=int(apart.sum()),
        number=len(apart),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
