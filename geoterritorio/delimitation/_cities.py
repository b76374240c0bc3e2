"""Cities by their people, completed and joined by their commuters; commuting zones, enclaves and exclaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from geoterritorio.delimitation import contiguity
from geoterritorio.delimitation._cells import PeopleOf
from geoterritorio.delimitation.commuting import UnitFlows, sums
from geoterritorio.delimitation.urban_rules import (
    ADDED,
    CORE,
    ENCLAVE,
    EXCLAVE,
    OUTSIDE,
    ZONE,
    UrbanAreaRules,
)

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]
EXACT = 1e-9  # what rounding may lack of a threshold


@dataclass(frozen=True)
class Cities:
    """
    Cities of urban centres.

    Parameters
    ----------
    city
        Number of the city of each unit; -1 where it is none.
    of_centre
        Number of the city of each centre; -1 where no unit is its city.
    share
        Share of the people of each unit who live in centres; NaN where nobody lives.
    in_cities
        Share of the people of each centre who live in units that are cities.
    added
        Which units are cities only because too few people of a centre lived in cities.
    """

    city: Codes
    of_centre: Codes
    share: Floats
    in_cities: Floats
    added: npt.NDArray[np.bool_]

    def joined(self, group: Codes) -> Cities:
        """Cities of which those of a group are one."""
        ends = np.append(group, -1)
        return replace(self, city=ends[self.city], of_centre=ends[self.of_centre])

    @property
    def number(self) -> int:
        """How many cities there are."""
        return int(self.city.max(initial=-1)) + 1


def cities(people: PeopleOf, population: Floats, rules: UrbanAreaRules) -> Cities:
    """
    Units of which enough people live in centres, by the centre in which most do, and those that centres lack.

    Parameters
    ----------
    people
        People of units, in all and in each centre.
    population
        People of each centre, those outside all units among them.
    rules
        With the shares asked for, and whether centres are given what they lack.

    Returns
    -------
    cities
        A unit that several centres lack belongs to that in which most of its people live, and is the city of the others
        if they have none. A centre without a unit of its own, whose people live in cities all the same, belongs to the
        city that has most of them.
    """
    within = people.within
    inside = np.asarray(within.sum(axis=1)).ravel()
    share = np.divide(inside, people.whole, out=np.full(len(inside), np.nan), where=people.whole > 0)
    enough = share >= rules.city_share * (1 - EXACT)
    lacked = _lacked(within, enough, population, rules)
    own = np.where(enough, largest(within)[0], largest(lacked.tocsr())[0])
    core = own >= 0
    there, city = np.unique(own[core], return_inverse=True)
    label = np.full(len(own), -1, dtype=np.int64)
    label[core] = city
    in_cities = _share_in(within, core, population)
    of_centre = np.full(len(population), -1, dtype=np.int64)
    of_centre[lacked.col] = label[lacked.row]
    of_centre[there] = np.arange(len(there))
    held = _by_group(within.T.tocsr(), label, len(there))
    guest = (of_centre < 0) & (in_cities >= rules.centre_share * (1 - EXACT))
    of_centre[guest] = largest(held)[0][guest]
    return Cities(label, of_centre, share, in_cities, core & ~enough)


def _lacked(
    within: sparse.csr_array, city: npt.NDArray[np.bool_], population: Floats, rules: UrbanAreaRules
) -> sparse.coo_array:
    """
    Units that are given to centres, with the people they have there: one a centre of which too few live in cities.

    It is the unit with most of them among those that are no city. Where more live beyond all units, that with most may
    lie there, and none is given.
    """
    free = np.flatnonzero(~city)
    unit, most = largest(within[free].T.tocsr())
    beyond = population - np.asarray(within.sum(axis=0)).ravel()
    few = _share_in(within, city, population) < rules.centre_share * (1 - EXACT)
    centre = np.flatnonzero(few & (most > np.maximum(beyond, 0)) & rules.complete)
    return sparse.coo_array((most[centre], (free[unit[centre]], centre)), within.shape)


def _share_in(within: sparse.csr_array, city: npt.NDArray[np.bool_], population: Floats) -> Floats:
    share: Floats = np.asarray(within[city].sum(axis=0)).ravel() / population
    return share


def join_cities(found: Cities, flows: UnitFlows, rules: UrbanAreaRules) -> Cities:
    """
    Cities that exchange enough commuters, as one.

    Parameters
    ----------
    found
        Cities.
    flows
        Commuting between units.
    rules
        With the share asked for, and whether it is asked of one direction or both.

    Returns
    -------
    cities
        Joined through others too, in one step: what a joined city draws joins no further ones.
    """
    if rules.join == "never" or not found.number:
        return found
    core = found.city >= 0
    each = _by_group(_matrix(flows), found.city, found.number).tocoo()
    origin = found.city[each.row]
    some = origin >= 0
    size = (found.number, found.number)
    between = sparse.coo_array((each.data[some], (origin[some], each.col[some])), size).tocsr().tocoo()
    residents = sums(found.city[core], flows.residents[core], None, found.number)
    enough = between.data >= rules.commuting_share * residents[between.row] * (1 - EXACT)
    link = sparse.coo_array((enough.astype(np.int64), (between.row, between.col)), size).tocsr()
    link.eliminate_zeros()
    graph = link.multiply(link.T) if rules.join == "both" else link
    group = csgraph.connected_components(graph, directed=False)[1]
    return found.joined(group.astype(np.int64))


def commuters(found: Cities, flows: UnitFlows) -> sparse.csr_array:
    """Sparse, units x cities: share of the employed residents of each unit who work in each city."""
    shares = _by_group(_matrix(flows), found.city, found.number).tocoo()
    data = shares.data / flows.residents[shares.row]
    return sparse.coo_array((data, (shares.row, shares.col)), shares.shape).tocsr()


def zones(
    found: Cities, shares: sparse.csr_array, places: gpd.GeoDataFrame, rules: UrbanAreaRules
) -> tuple[Codes, Words, Codes]:
    """
    Cities with their commuting zones, without holes and without parts that lie apart.

    Parameters
    ----------
    found
        Cities.
    shares
        Share of the residents of each unit who work in each city.
    places
        Polygons of the units.
    rules
        With the share asked for.

    Returns
    -------
    area, role, towards
        Area of each unit, -1 for none; its role; and the city to which most commute (its own area's for those of an
        area), -1 where nobody does.
    """
    core = found.city >= 0
    towards, share = largest(shares)
    area = np.where(core, found.city, np.where(share >= rules.commuting_share * (1 - EXACT), towards, -1))
    role = np.select([found.added, core, area >= 0], [ADDED, CORE, ZONE], OUTSIDE).astype(object)
    pairs = contiguity.touching(places, snap=rules.snap)
    outer = contiguity.edge(places, snap=rules.snap)
    area, role = _with_enclaves(area, role, pairs, outer)
    piece = contiguity.pieces(pairs, area)
    apart = (area >= 0) & ~np.isin(piece, piece[core])
    area, role = np.where(apart, -1, area), np.where(apart, EXCLAVE, role)
    # what lay apart from one area may lie within another
    area, role = _with_enclaves(area, role, pairs, outer)
    return area, role, np.where(area >= 0, area, towards)


def _with_enclaves(area: Codes, role: Words, pairs: Any, outer: npt.NDArray[np.bool_]) -> tuple[Codes, Words]:
    """Units of no area that touch, together, one area only and not the edge of the study are given to it."""
    piece = contiguity.pieces(pairs, np.where(area < 0, 0, -1))
    number = int(piece.max(initial=-1)) + 1
    each = pairs.tocoo()
    across = (piece[each.row] >= 0) & (area[each.col] >= 0)
    mine, other = piece[each.row[across]], area[each.col[across]]
    low, high = np.full(number, np.iinfo(np.int64).max), np.full(number, -1, dtype=np.int64)
    np.minimum.at(low, mine, other)
    np.maximum.at(high, mine, other)
    surrounded = low == high
    surrounded[piece[outer & (piece >= 0)]] = False
    joins = (piece >= 0) & np.append(surrounded, False)[piece]
    return np.where(joins, np.append(high, -1)[piece], area), np.where(joins, ENCLAVE, role)


def _matrix(flows: UnitFlows) -> sparse.csr_array:
    size = len(flows.units)
    pairs = flows.pairs
    return sparse.coo_array((pairs.flow, (pairs.origin, pairs.destination)), (size, size)).tocsr()


def _by_group(table: sparse.csr_array, group: Codes, number: int) -> sparse.csr_array:
    """Sums of the columns of a table by their group; those of no group, -1, are left out."""
    some = np.flatnonzero(group >= 0)
    places = (some, group[some])
    return (table @ sparse.coo_array((np.ones(len(some)), places), (len(group), number)).tocsr()).tocsr()


def largest(table: sparse.csr_array) -> tuple[Codes, Floats]:
    """Column of the largest value of each row, the first of several, and the value; -1 and NaN for empty rows."""
    each = table.tocoo()
    order = np.lexsort((each.col, -each.data, each.row))
    row, first = np.unique(each.row[order], return_index=True)
    column, value = np.full(table.shape[0], -1, dtype=np.int64), np.full(table.shape[0], np.nan)
    column[row], value[row] = each.col[order][first], each.data[order][first]
    return column, value
