"""Functional urban areas: cities of densely inhabited cells, with the places whose residents work in them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.delimitation._cells import PeopleOf, people_of
from geoterritorio.delimitation._cities import EXACT, Cities, cities, commuters, join_cities, largest, zones
from geoterritorio.delimitation.commuting import UnitFlows, sums, unit_flows
from geoterritorio.delimitation.dense_cells import UrbanCentres, centre_outlines, urban_centres
from geoterritorio.delimitation.outlines import names_of, outlines
from geoterritorio.delimitation.urban_rules import OUTSIDE, UrbanAreaRules, size_class, sound
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_areas, require_metres, told_system
from geoterritorio.layers.findings import listing, strings
from geoterritorio.layers.grids import Grid, as_grid
from geoterritorio.layers.schema import NO, POPULATION_GRID, YES
from geoterritorio.registry import Progress, no_progress

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]
_TWICE = 0.01  # of people that are in two territories at once: what drawing errors explain


@dataclass(frozen=True)
class UrbanAreas:
    """
    Functional urban areas and what they are made of.

    Parameters
    ----------
    areas
        By area: `territory` and `name` (of the territory of its city with most people in the centre), `units`,
        `cities` (before they were joined) and `centres`; `population`, of that `in_centres`, `in_city` and `in_zone`;
        `area_size` (its class by population); `residents`, `workers` (employed) and `internal`, who are both; `supply`
        and `demand`, the share of residents and of workers who are both; `centre_share` (of the people of its centres
        who live in cities) and whether it is enough (`enough`); geometry.
    membership
        By territory: `area`, empty where it belongs to none; `role` ("city"; "added city", a city only because too few
        people of its centre lived in cities; "commuting zone", "added enclave", "dropped exclave", "outside");
        `population`, `centre_share` (of its people who live in centres); `towards` (its area; of others, that to whose
        city most commute) and `commuting_share` (of its employed residents who work in the city of that area);
        geometry.
    centres
        By urban centre: `centre`, `territory` (in which most of its people live) and `name`, `population`, `cells`,
        `filled`, `area_km2`, `density`; `in_study` and `in_cities` (shares of its people who live in territories of the
        study, and in cities); `enough` and `area`, empty where no territory is its city; geometry.
    rules
        By which they were made.
    """

    areas: gpd.GeoDataFrame
    membership: gpd.GeoDataFrame
    centres: gpd.GeoDataFrame
    rules: UrbanAreaRules


@dataclass(frozen=True)
class _Parts:
    """What the tables of the result are told from: units in the order of the flows, areas and centres by number."""

    places: gpd.GeoDataFrame
    flows: UnitFlows
    people: PeopleOf
    centres: pd.DataFrame
    outlines: gpd.GeoSeries
    single: Cities
    cities: Cities
    area: Codes
    role: Words
    towards: Codes
    commuting: Floats
    rules: UrbanAreaRules


def functional_urban_areas(
    flows: pd.DataFrame,
    territories: gpd.GeoDataFrame,
    grid: Grid,
    *,
    rules: UrbanAreaRules | None = None,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
    progress: Progress = no_progress,
) -> UrbanAreas:
    r"""
    Functional urban areas by the definition of the European Union and the OECD.

    Parameters
    ----------
    flows
        Commuters by `origin` (where they live), `destination` (where they work) and `flow`, those within a place among
        them.
    territories
        Polygons with `territory`, in a projected CRS in metres; flows to and from others cross the border of the study.
    grid
        People in each cell, in a projected CRS.
    rules
        Thresholds.
    outside
        Names that flows give to what is across the border.
    totals
        By place: all employed `residents` and all `workers`, where they are more than the flows say.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    areas
        Areas, membership and centres; empty but for the membership where there is no centre.

    Raises
    ------
    FlowError
        The flows are wrong, or name none of the territories.
    LayerError
        The territories are points or overlap, none of them lies on the raster, or a threshold is 0.
    CRSError
        Metres cannot be measured on the territories, or areas on the raster.

    Warns
    -----
    GeoterritorioWarning
        If there is no urban centre (with the largest cluster found); if no territory is the city of a centre, or too
        few of its people live in cities; if territories reach beyond the raster, or it is in another system; and as
        `labour_markets` does of flows.

    Notes
    -----
    1. Urban centres: `urban_centres`, on the whole raster; those of which nobody lives in the study are left out.
    2. Cities: territories of whose people a share of `city_share` or more lives in urban centres, all centres together;
       each belongs to the centre in which most of its people live. People of a cell that boundaries cut are divided by
       area. Where fewer than `centre_share` of the people of a centre live in cities, the territory with most of them
       among those that are none becomes part of its city, or its city (`complete`): one territory a centre, all at
       once, and none where more of its people live outside the study, since that with most may lie there.
    3. Cities are one where `commuting_share` or more of the employed residents of one work in the other, in one step
       and through others.
    4. Commuting zone: territories of whose employed residents `commuting_share` or more work in the city; of several
       cities the one of the largest share counts, of equal ones the first.
    5. Territories of no area that together touch one area and nothing else are added to it; those of a zone that do
       not touch the main part are dropped. What lies at the edge of the study is no enclave, since nobody knows what is
       beyond: coasts cannot be told from borders.

    The sources leave open whether half of the people must live in one centre or in several together, in which direction
    commuters join cities, whether once or again and again, and whether territories that lie together in a hole are
    enclaves, of which none is surrounded alone. What is done of each is said above.

    References
    ----------
    .. [1] Dijkstra, L., Poelman, H. & Veneri, P. (2019). The EU-OECD definition of a functional urban area. OECD
       Regional Development Working Papers 2019/11.
    .. [2] Eurostat (2018). Methodological manual on territorial typologies, 2018 edition. Luxembourg: Publications
       Office of the European Union.
    .. [3] Eurostat. Statistics Explained, glossary: City.
    """
    rules = rules or UrbanAreaRules()
    sound(rules)
    _polygons(territories)
    progress(0, mark("Reading flows"))
    known = unit_flows(flows, territories["territory"], outside=outside, totals=totals)
    where = pd.Index(strings(territories["territory"])).get_indexer(known.units)
    places = territories.iloc[where].reset_index(drop=True)
    shapes = _on_grid(places, as_grid(grid, POPULATION_GRID, name="grid"))
    progress(0.05, mark("Looking for urban centres"))
    dense = urban_centres(grid, density=rules.density, min_population=rules.min_population, fill=rules.fill)
    progress(0.1, mark("Counting people"))
    people = people_of(
        grid,
        shapes.to_numpy(),
        dense.label,
        len(dense.table),
        progress=lambda share, text="": progress(0.1 + 0.7 * share, text),
    )
    _refuse_overlaps(people)
    progress(0.8, mark("Drawing commuting zones"))
    found = _found(known, places, people, (grid, dense), rules)
    _tell(found, dense)
    return _told(found)


def _polygons(territories: gpd.GeoDataFrame) -> None:
    require_metres(territories, name="territories")
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: their people are counted within polygons, these are points."))


def _on_grid(places: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoSeries:
    """Polygons in the system of the raster, on which areas can be compared there, and which it covers."""
    told_system(grid.crs, places, name="grid")
    shapes = places.geometry if grid.crs == places.crs else places.geometry.to_crs(grid.crs)
    require_areas(gpd.GeoDataFrame(geometry=shapes), name="grid")
    box = shapely.box(*grid.bounds)
    if not shapely.intersects(shapely.box(*shapes.total_bounds), box):
        raise LayerError(
            message("grid: the raster lies nowhere on the territories. Check the system of both.")
        )
    # a millionth of a cell is rounding
    beyond = ~shapes.covered_by(box.buffer(1e-6 * grid.cell[0], join_style="mitre")).to_numpy()
    if beyond.any():
        text = message(
            "grid: territories reach beyond the raster: {count} ({values}). The people there are not counted.",
            count=int(beyond.sum()),
            values=listing(places["territory"][beyond]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return shapes


def _refuse_overlaps(people: PeopleOf) -> None:
    if people.twice > _TWICE * max(people.people, 1):
        raise LayerError(
            message(
                "territories: polygons overlap, so that people count twice: {people}. Look for overlaps with "
                "history-checks, and mend them.",
                people=float(round(people.twice)),
            )
        )


def _found(
    known: UnitFlows,
    places: gpd.GeoDataFrame,
    people: PeopleOf,
    raster: tuple[Grid, UrbanCentres],
    rules: UrbanAreaRules,
) -> _Parts:
    grid, dense = raster
    here = np.asarray(people.within.sum(axis=0)).ravel() > 0
    people = replace(people, within=people.within[:, np.flatnonzero(here)].tocsr())
    centres = dense.table[here]
    drawn = centre_outlines(grid, dense.label, len(dense.table))[here].to_crs(places.crs)
    single = cities(people, centres["population"].to_numpy(), rules)
    joined = join_cities(single, known, rules)
    joined = joined.joined(_rank(joined, people))
    shares = commuters(joined, known)
    if joined.number:
        area, role, towards = zones(joined, shares, places, rules)
    else:
        area = towards = np.full(len(places), -1, dtype=np.int64)
        role = np.full(len(places), OUTSIDE, dtype=object)
    commuting = _commuting(shares, towards, known.residents)
    return _Parts(
        places, known, people, centres, drawn, single, joined, area, role, towards, commuting, rules
    )


def _rank(found: Cities, people: PeopleOf) -> Codes:
    """Place of each city in the order of the identifiers of their main units."""
    main = _mains(found, people)
    rank: Codes = np.argsort(np.argsort(main))
    return rank


def _mains(found: Cities, people: PeopleOf) -> Codes:
    """Unit of each city with most people in centres, the first of several."""
    inside = np.asarray(people.within.sum(axis=1)).ravel()
    order = np.lexsort((np.arange(len(inside)), -inside, found.city))
    order = order[found.city[order] >= 0]
    _, first = np.unique(found.city[order], return_index=True)
    return order[first]


def _commuting(shares: Any, towards: Codes, residents: Floats) -> Floats:
    """Share of residents who work in the city of an area; NaN where there is none, or no resident."""
    table = pd.DataFrame({"row": np.arange(len(towards)), "col": towards})
    each = shares.tocoo()
    told = pd.DataFrame({"row": each.row, "col": each.col, "share": each.data})
    share = table.merge(told, how="left", on=["row", "col"])["share"].to_numpy()
    return np.where(residents > 0, np.where(np.isnan(share), 0.0, share), np.nan)


def _tell(found: _Parts, dense: UrbanCentres) -> None:
    for text in _doubts(found, dense):
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _doubts(found: _Parts, dense: UrbanCentres) -> list[Message]:
    if found.centres.empty:
        return [_no_centre(found, dense)]
    names = _main_names(found)
    without = found.cities.of_centre < 0
    few = (found.cities.in_cities < found.rules.centre_share * (1 - EXACT)) & ~without
    texts = []
    if without.any():
        texts.append(_without(found.rules, listing(names[without]), int(without.sum())))
    if few.any():
        texts.append(
            message(
                "grid: urban centres of whose people less than {share} live in cities: {count} (around "
                "{values}). See “in_cities”; the definition asks to adapt the city.",
                share=float(found.rules.centre_share),
                count=int(few.sum()),
                values=listing(names[few]),
            )
        )
    return texts


def _without(rules: UrbanAreaRules, values: Message, count: int) -> Message:
    if rules.complete:
        return message(
            "grid: urban centres of which no territory is the city: {count}, most of whose people live in {values}. "
            "None was made the city, since the territory with most people of the centre may lie outside the study.",
            count=count,
            values=values,
        )
    return message(
        "grid: urban centres of which no territory is the city, since less than {share} of the people of "
        "each live in centres: {count}, most of whose people live in {values}.",
        share=float(rules.city_share),
        count=count,
        values=values,
    )


def _no_centre(found: _Parts, dense: UrbanCentres) -> Message:
    if len(dense.table):
        return message(
            "grid: the urban centres of the raster ({count}) lie outside the territories.",
            count=len(dense.table),
        )
    if dense.largest > 0:
        return message(
            "grid: there is no urban centre. The largest cluster of cells with {density} people per km² or more "
            "has {people} people; {least} are asked for.",
            density=float(found.rules.density),
            people=float(round(dense.largest)),
            least=float(found.rules.min_population),
        )
    return message(
        "grid: there is no urban centre. The densest cell has {densest} people per km²; {density} are asked for.",
        densest=float(dense.densest),
        density=float(found.rules.density),
    )


def _main_names(found: _Parts) -> Words:
    """Identifier of the territory in which most people of each centre live."""
    at = largest(found.people.within.T.tocsr())[0]
    names: Words = found.flows.units.to_numpy(dtype=object)[at]
    return names


def _told(found: _Parts) -> UrbanAreas:
    units = found.flows.units.to_numpy(dtype=object)
    main = units[_mains(found.cities, found.people)]
    named = np.append(main, [np.nan])
    return UrbanAreas(_areas(found, main), _membership(found, named), _centres(found, named), found.rules)


def _areas(found: _Parts, main: Words) -> gpd.GeoDataFrame:
    number, flows, people = len(main), found.flows, found.people
    by = np.where(found.area >= 0, found.area, number)

    def total(values: Floats, where: npt.NDArray[np.bool_] | None = None) -> Floats:
        return sums(by, values, where, number + 1)[:number]

    pairs, core = flows.pairs, found.cities.city >= 0
    same = (by[pairs.origin] == by[pairs.destination]) & (by[pairs.origin] < number)
    internal = sums(by[pairs.origin], pairs.flow, same, number + 1)[:number]
    residents, workers, population = total(flows.residents), total(flows.workers), total(people.whole)
    centre, size = found.cities.of_centre, found.centres["population"].to_numpy()
    some = centre >= 0
    in_cities = sums(centre, size * found.cities.in_cities, some, number)
    joined = pd.Series(found.single.city[core]).groupby(found.cities.city[core]).nunique()
    of_centres = sums(centre, size, some, number)
    share = in_cities / of_centres
    enough = share >= found.rules.centre_share * (1 - EXACT)
    table = {
        "territory": main,
        "name": names_of(found.places, found.flows.units, main),
        "units": total(np.ones(len(by))).astype(np.int64),
        "cities": joined.to_numpy(dtype=np.int64),
        "centres": np.bincount(centre[some], minlength=number),
        "population": population,
        "in_centres": of_centres,
        "in_city": total(people.whole, core),
        "in_zone": total(people.whole, ~core),
        "area_size": size_class(population),
        "residents": residents,
        "workers": workers,
        "internal": internal,
        "supply": _ratio(internal, residents),
        "demand": _ratio(internal, workers),
        "centre_share": share,
        "enough": np.where(enough, YES, NO).astype(object),
    }
    shapes = outlines(found.places, found.area, number, snap=found.rules.snap)
    return _layer(table, shapes, found)


def _ratio(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


def _membership(found: _Parts, named: Words) -> gpd.GeoDataFrame:
    ids = found.flows.units.to_numpy(dtype=object)
    own = (
        {"name": strings(found.places["name"]).astype(object).to_numpy()}
        if "name" in found.places.columns
        else {}
    )
    table = {
        "territory": ids,
        **own,
        "area": named[found.area],
        "role": found.role,
        "population": found.people.whole,
        "centre_share": found.cities.share,
        "towards": named[found.towards],
        "commuting_share": np.where(found.towards >= 0, found.commuting, np.nan),
    }
    shapes = found.places.geometry.to_numpy()
    return _layer(table, shapes, found)


def _centres(found: _Parts, named: Words) -> gpd.GeoDataFrame:
    main = _main_names(found)
    population = found.centres["population"].to_numpy()
    in_study = np.asarray(found.people.within.sum(axis=0)).ravel() / population
    enough = found.cities.in_cities >= found.rules.centre_share * (1 - EXACT)
    table = {
        "centre": found.centres.index.to_numpy(dtype=np.int64),
        "territory": main,
        "name": names_of(found.places, found.flows.units, main),
        **{c: found.centres[c].to_numpy() for c in ("population", "cells", "filled", "area_km2", "density")},
        "in_study": in_study,
        "in_cities": found.cities.in_cities,
        "enough": np.where(enough, YES, NO).astype(object),
        "area": named[found.cities.of_centre],
    }
    return _layer(table, found.outlines, found)


def _layer(columns: dict[str, Any], shapes: Any, found: _Parts) -> gpd.GeoDataFrame:
    """Columns with their shapes; texts stay texts where there is no row."""
    told = {c: pd.Series(v, dtype=object) if v.dtype == object else v for c, v in columns.items()}
    return gpd.GeoDataFrame(told, geometry=np.asarray(shapes, dtype=object), crs=found.places.crs)
