"""Layers of networks of actors, and the door through which actors and ties come."""

from __future__ import annotations

import warnings
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.identification._open_ways import ROLES
from geoterritorio.identification.actor_figures import BASELINES, DIRECTED, UNDIRECTED
from geoterritorio.identification.actor_ties import FIRM, Ties, actor_ties
from geoterritorio.identification.brokers import BASELINES as CHANCE
from geoterritorio.identification.brokers import KNOWLEDGE
from geoterritorio.identification.tools._cluster_layers import NAME, TERRITORY, number, word
from geoterritorio.identification.tools._support import territory_of
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.schema import FLAGS, LINK_KINDS
from geoterritorio.registry import Column, Layer

_ACTOR = Column("actor", "text", mark("Firm or institution"))
_ACTOR_NAME = word("actor_name", mark("Name of the firm or institution"))
_ACTOR_NAME_ES = word("actor_name_es", mark("Its name in Spanish, where there are both"))
_TYPE = Column("actor_type", "text", mark("Firm, or the kind of the institution"))
_WHERE = word("territory", mark("Territory in which the actor is"))
_FOUND = (
    number("value", mark("What was found")),
    number("value_low", mark("The least that it can be, where it is not known where ends of ties are")),
    number("value_high", mark("The most that it can be, where it is not known where ends of ties are")),
    number("expected", mark("Mean by chance")),
    number("low", mark("Lower end of 95 % of networks by chance")),
    number("high", mark("Upper end of 95 % of networks by chance")),
    number(
        "z",
        mark("Distance from chance, in its standard deviations; empty where chance can give one value only"),
    ),
    number(
        "p", mark("Two-sided p-value, from networks by chance; empty where chance can give one value only")
    ),
    number("q", mark("p-value that allows for all tests of the table (Benjamini-Hochberg)")),
    Column("direction", "text", mark("Whether ties have a direction"), options=(DIRECTED, UNDIRECTED)),
    Column("baseline", "text", mark("What chance does"), options=tuple(dict.fromkeys(BASELINES.values()))),
    word("reason", mark("Why it is unknown")),
    word("cure", mark("What would decide it")),
)
_MEASURE = Column("measure", "text", mark("What is told of the network"), options=tuple(BASELINES))
_SIZES = (
    Column("actors", "number", mark("Actors with a tie")),
    Column("firms", "number", mark("Firms with a tie")),
    Column("ties", "number", mark("Pairs tied within the territory")),
    Column("outward", "number", mark("Pairs tied of which one end is elsewhere")),
    Column("unplaced", "number", mark("Pairs tied of which it is not known where one end is")),
)
SUMMARY = Layer(
    "network_figures", ("table",), (TERRITORY, NAME, _MEASURE, *_FOUND, *_SIZES), key=("territory", "measure")
)
WHOLE = Layer("network_whole", ("table",), (_MEASURE, *_FOUND, *_SIZES), key=("measure",))
AREAS = Layer(
    "network_areas",
    ("polygon", "point"),
    (
        TERRITORY,
        NAME,
        *_SIZES,
        number("local_share", mark("Share of the ties that stay in the territory")),
        number("expected", mark("That share by chance")),
        number("p", mark("Two-sided p-value, from networks by chance")),
        number("q", mark("p-value that allows for all tests of the table (Benjamini-Hochberg)")),
        number("two_steps", mark("Share of the linked firms within two steps of a knowledge holder")),
    ),
    key=("territory",),
)
BETWEEN = Layer(
    "network_between",
    ("line",),
    (
        Column("origin", "text", mark("Territory at one end")),
        Column("destination", "text", mark("Territory at the other end")),
        Column("ties", "number", mark("Pairs tied across")),
        Column("firms", "number", mark("Firms at both ends of these ties")),
    ),
    key=("origin", "destination"),
)
TIES = Layer(
    "actor_ties",
    ("line",),
    (
        Column("source_actor", "text", mark("Firm or institution from which the tie goes")),
        Column("target_actor", "text", mark("Firm or institution to which the tie goes")),
        word("tie", mark("Kind of tie"), LINK_KINDS),
        Column("local", "text", mark("Whether both ends are in one territory"), options=FLAGS),
        Column("repeated", "text", mark("Whether the two are tied in several periods"), options=FLAGS),
        Column("project", "text", mark("Whether the two share a project"), options=FLAGS),
        Column("periods", "number", mark("Periods in which the two are tied; 0 where none is told")),
    ),
    key=("source_actor", "target_actor", "tie"),
)
ACTORS = Layer(
    "linked_actors",
    ("point",),
    (
        _ACTOR,
        _ACTOR_NAME,
        _ACTOR_NAME_ES,
        _TYPE,
        _WHERE,
        Column("degree", "number", mark("Others with whom it is tied")),
    ),
    key=("actor",),
)
_ROLE = Column("role", "text", mark("Role"), options=(*ROLES, KNOWLEDGE))
_BY = Column("over", "text", mark("Groups between which it stands"), options=("type", "territory", KNOWLEDGE))
_COUNTED = (
    Column("ways", "number", mark("Open ways over the actor in that role")),
    number("expected", mark("Mean by chance")),
    number(
        "z",
        mark("Distance from chance, in its standard deviations; empty where chance can give one value only"),
    ),
    number("p", mark("Share of draws with as many or more; empty where it is not tested")),
    number("q", mark("Share of false ones among those as far beyond chance, over the same groups")),
    Column("baseline", "text", mark("What chance does"), options=tuple(dict.fromkeys(CHANCE.values()))),
)
ROLE_TABLE = Layer(
    "actor_roles",
    ("table",),
    (_ACTOR, _ACTOR_NAME, _ACTOR_NAME_ES, _TYPE, _WHERE, _BY, _ROLE, *_COUNTED),
    key=("actor", "over", "role"),
)
BY_TYPE = Layer("type_roles", ("table",), (_TYPE, _BY, _ROLE, *_COUNTED), key=("actor_type", "over", "role"))
_HOLES = (
    Column("degree", "number", mark("Others with whom it is tied")),
    number("constraint", mark("Burt's constraint: near 0 where those others are not tied with each other")),
    number("constraint_expected", mark("Constraint in networks by chance")),
    number("effective_size", mark("Others less what they have in common")),
    number("effective_size_expected", mark("Effective size in networks by chance")),
    number("linking", mark("Open ways between a knowledge holder and a firm over the actor")),
    number("linking_expected", mark("The same where kinds of institutions are dealt anew")),
    number("linking_p", mark("Share of draws with as many such ways or more")),
    number("linking_q", mark("Share of false ones among actors with as many such ways beyond chance")),
    word("strongest", mark("Role furthest beyond chance, where q is 0.05 or less"), (*ROLES, KNOWLEDGE)),
)
BROKERS = Layer(
    "actor_brokers",
    ("point", "table"),
    (_ACTOR, _ACTOR_NAME, _ACTOR_NAME_ES, _TYPE, _WHERE, *_HOLES),
    key=("actor",),
)
BODIES = Layer("institution_brokers", BROKERS.geometry, BROKERS.columns, key=("actor",))
TOP = Layer(
    "top_brokers",
    ("table",),
    (
        TERRITORY,
        NAME,
        Column("rank", "number", mark("Rank in its territory")),
        _ACTOR,
        _ACTOR_NAME,
        _ACTOR_NAME_ES,
        _TYPE,
        _BY,
        _ROLE,
        *_COUNTED,
    ),
    key=("territory", "rank"),
)
NetworkSummary = Annotated[pd.DataFrame, SUMMARY]
NetworkWhole = Annotated[pd.DataFrame, WHOLE]
NetworkAreas = Annotated[gpd.GeoDataFrame, AREAS]
NetworkBetween = Annotated[gpd.GeoDataFrame, BETWEEN]
ActorTies = Annotated[gpd.GeoDataFrame, TIES]
LinkedActors = Annotated[gpd.GeoDataFrame, ACTORS]
RoleTable = Annotated[pd.DataFrame, ROLE_TABLE]
TypeRoles = Annotated[pd.DataFrame, BY_TYPE]
ActorBrokers = Annotated[gpd.GeoDataFrame, BROKERS]
InstitutionBrokers = Annotated[gpd.GeoDataFrame, BODIES]
TopBrokers = Annotated[pd.DataFrame, TOP]


def known_actors(
    territories: gpd.GeoDataFrame, firms: pd.DataFrame | None, institutions: pd.DataFrame | None
) -> gpd.GeoDataFrame:
    """
    Firms and institutions as actors.

    Parameters
    ----------
    territories
        Territories; points are put into them, else the column `territory` tells.
    firms
        Register with the column `firm`.
    institutions
        Institutions.

    Returns
    -------
    actors
        `actor`, `actor_name`, `type`, `territory` and `placed` (whether it is known where the actor is, in a territory
        or elsewhere); places in the system of the territories, empty where not known.

    Raises
    ------
    LayerError
        If firms have no identifiers.
    """
    if firms is not None and "firm" not in firms.columns:
        raise LayerError(
            message(
                "firms: no column “firm”, by which links name {count} establishments. Name the column with their "
                "identifiers.",
                count=len(firms),
            )
        )
    parts = [
        _as_actors(rows, name, who, territories)
        for rows, name, who in ((firms, "firms", "firm"), (institutions, "institutions", "institution"))
        if rows is not None
    ]
    empty = gpd.GeoDataFrame(
        pd.DataFrame(columns=["actor", "actor_name", "type", "territory", "placed"], dtype=object),
        geometry=gpd.GeoSeries([], crs=territories.crs),
    )
    return pd.concat(parts, ignore_index=True) if parts else empty


def _as_actors(rows: pd.DataFrame, name: str, who: str, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = gpd.GeoSeries([None] * len(rows), crs=territories.crs)
    where = territory_of(rows, territories, name=name).astype(object)
    said = rows.get("territory", pd.Series(None, index=rows.index, dtype=object)).astype(object)
    if has_geometry(rows):
        placed = align(gpd.GeoDataFrame(rows), territories, name=name)
        shapes = gpd.GeoSeries(placed.geometry.to_numpy(), crs=territories.crs)
    there = ~(shapes.isna() | shapes.is_empty).to_numpy()
    # a row without a point may say where it is; points tell nothing where territories are points themselves
    where = where.where(where.notna() | there, said.where(said.isin(territories["territory"])))
    there &= bool(territories.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    table = pd.DataFrame(
        {
            "actor": rows[who].astype(str).to_numpy(dtype=object),
            **{
                f"actor_{c}": rows[c].to_numpy(dtype=object) if c in rows.columns else None
                for c in ("name", "name_es")
                if c == "name" or c in rows.columns
            },
            "type": FIRM if who == "firm" else rows["kind"].to_numpy(dtype=object),
            "territory": where.to_numpy(dtype=object),
            "placed": (where.notna() | said.notna()).to_numpy() | there,
        }
    )
    # a register may list establishments without identifier: no link can name them
    kept = rows[who].notna().to_numpy()
    return gpd.GeoDataFrame(table[kept].reset_index(drop=True), geometry=shapes[kept].reset_index(drop=True))


def ties_of(
    territories: gpd.GeoDataFrame,
    links: pd.DataFrame,
    firms: pd.DataFrame | None,
    institutions: pd.DataFrame | None,
    actions: pd.DataFrame | None,
) -> tuple[Ties, gpd.GeoDataFrame]:
    """
    Ties among known actors, with what was left out told, and the linked actors in the order of their numbers.

    Parameters
    ----------
    territories
        Territories.
    links
        Links.
    firms
        Register, if any.
    institutions
        Institutions, if any.
    actions
        Actions, if any.

    Returns
    -------
    ties, actors
        Ties by number; names, types and places of their actors.
    """
    actors = known_actors(territories, firms, institutions)
    ties = actor_ties(links, pd.DataFrame(actors.drop(columns="geometry")), actions)
    for notice in ties.notices:
        warnings.warn(GeoterritorioWarning(notice), stacklevel=3)
    linked = actors.set_index("actor").loc[ties.actors["actor"]].reset_index()
    placed = linked["placed"].astype(bool)
    for notice in _not_here(
        int((linked["territory"].isna() & placed).sum()), int((~placed).sum()), len(linked)
    ):
        warnings.warn(GeoterritorioWarning(notice), stacklevel=3)
    return ties, linked


def _not_here(elsewhere: int, nowhere: int, number: int) -> list[Message]:
    """What is told of linked actors that are in none of the territories, and of those that are who knows where."""
    found = []
    if elsewhere:
        found.append(
            message(
                "Linked actors in none of the territories: {count} of {number}. Their ties count as outward.",
                count=elsewhere,
                number=number,
            )
        )
    if nowhere:
        found.append(
            message(
                "Linked actors of which it is not known where they are: {count} of {number}. Their ties may stay or go "
                "outward, so shares of ties that stay have bounds. Give their places, or the territory of each.",
                count=nowhere,
                number=number,
            )
        )
    return found


def tell_draws(made: int, asked: int, ties: Ties) -> None:
    """Warning that fewer draws were made than asked for."""
    if made < asked:
        text = message(
            "draws: {made} instead of {asked} were made, since the network has many ties ({ties}). p is coarser by "
            "that.",
            made=made,
            asked=asked,
            ties=len(ties.source),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def lines(actors: gpd.GeoDataFrame, source: np.ndarray, target: np.ndarray) -> gpd.GeoSeries:
    """Straight lines between actors by number; empty where a place is not known."""
    points = np.asarray(actors.geometry.array)
    one, two = points[source], points[target]
    known = ~(shapely.is_missing(one) | shapely.is_missing(two))
    xy = np.stack([shapely.get_coordinates(shapely.centroid(ends[known])) for ends in (one, two)], axis=1)
    found = np.full(len(source), None, dtype=object)
    found[known] = shapely.linestrings(xy) if known.any() else []
    return gpd.GeoSeries(found, crs=actors.crs)
