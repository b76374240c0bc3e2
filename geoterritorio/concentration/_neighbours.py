"""Which territories touch?"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import LayerError, message


def contiguity(territories: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Pairs of territories that share a border or a corner.

    Parameters
    ----------
    territories
        Polygons with `territory`.

    Returns
    -------
    pairs
        `territory`, `neighbour`: each pair in both directions, in the order of the territories.

    Raises
    ------
    LayerError
        If some territories are not polygons.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> squares = [box(0, 0, 1, 1), box(1, 1, 2, 2), box(5, 0, 6, 1)]
    >>> contiguity(gpd.GeoDataFrame({"territory": list("ABC")}, geometry=squares)).values.tolist()
    [['A', 'B'], ['B', 'A']]
    """
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: neighbours can only be found among polygons."))
    one, other = territories.sindex.query(territories.geometry, predicate="intersects", sort=True)
    apart = one != other
    names = territories["territory"].to_numpy()
    return pd.DataFrame({"territory": names[one[apart]], "neighbour": names[other[apart]]})
