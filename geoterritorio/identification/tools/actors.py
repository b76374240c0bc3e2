"""Networks of actors on layers: figures by territory, ties and actors; brokers and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification.actor_figures import INDICATORS, NetworkFigures, network_measures
from geoterritorio.identification.actor_ties import FIRM, MUTUAL, PROJECT, Ties, apart, pairs
from geoterritorio.identification.brokers import KNOWLEDGE, Brokerage, broker_roles
from geoterritorio.identification.tools._actor_layers import (
    ACTORS,
    AREAS,
    BETWEEN,
    BODIES,
    BROKERS,
    BY_TYPE,
    ROLE_TABLE,
    SUMMARY,
    TIES,
    TOP,
    WHOLE,
    ActorBrokers,
    ActorTies,
    InstitutionBrokers,
    LinkedActors,
    NetworkAreas,
    NetworkBetween,
    NetworkSummary,
    NetworkWhole,
    RoleTable,
    TopBrokers,
    TypeRoles,
    lines,
    tell_draws,
    ties_of,
)
from geoterritorio.identification.tools._cluster_layers import placed, shaped, with_names
from geoterritorio.layers.schema import (
    INDICATOR_TABLE,
    NO,
    UNKNOWN,
    YES,
    Actions,
    Firms,
    Institutions,
    Links,
    Territories,
)
from geoterritorio.registry import Count, Layer, Progress, no_progress, tool

_SURE, _TOP = 0.05, 5
_WORDS = {"by": "over", "count": "ways"}
_BROKERS = mark("Brokers beyond chance (number)")
_LINKING = mark("Firms linked with knowledge holders over brokers (ways)")


@dataclass(frozen=True)
class ActorNetworkResult:
    """
    Networks of actors.

    Attributes
    ----------
    summary
        One row per territory and measure: value, what chance makes of it, p and q.
    whole
        The same of all actors together.
    areas
        Territories with their ties and the share that stays.
    between
        Lines between territories: ties across.
    ties
        Lines between actors: local or outward, repeated, with a shared project.
    actors
        Actors with a tie.
    figures
        Figures by territory for further tools.
    """

    summary: NetworkSummary
    whole: NetworkWhole
    areas: NetworkAreas
    between: NetworkBetween
    ties: ActorTies
    actors: LinkedActors
    figures: Annotated[pd.DataFrame, INDICATOR_TABLE]


@dataclass(frozen=True)
class BrokerageResult:
    """
    Brokers and their roles.

    Attributes
    ----------
    roles
        One row per actor, groups and role: open ways, what chance makes of them, p and q.
    by_type
        The same by type of actor.
    actors
        Actors with a tie: constraint, effective size, whom they link with knowledge.
    bodies
        The same of institutions alone.
    top
        Five foremost brokers of each territory.
    figures
        Figures by territory for further tools.
    """

    roles: RoleTable
    by_type: TypeRoles
    actors: ActorBrokers
    bodies: InstitutionBrokers
    top: TopBrokers
    figures: Annotated[pd.DataFrame, INDICATOR_TABLE]


@tool
def actor_network(
    territories: Territories,
    links: Links,
    firms: Firms | None = None,
    *,
    institutions: Institutions | None = None,
    actions: Actions | None = None,
    draws: Count = 499,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> ActorNetworkResult:
    """
    Networks of firms and institutions, by territory and beside chance.

    How dense, returned, central and cohesive ties are, whether they stay or go outward, whether they are repeated or go
    with shared projects, and how many linked firms are within one or two steps of a knowledge holder (higher education,
    laboratory, transfer). Every figure stands beside networks by chance, and says which. Only recorded ties count.

    Parameters
    ----------
    territories
        Territories to compare.
    links
        Links between firms and institutions, with kind and period where they are known.
    firms
        Register with the identifiers that links name.
    institutions
        Institutions with their kinds.
    actions
        Actions with their actors: every two of an action share a project.
    draws
        Networks drawn by chance; large networks get fewer, 99 at least, which is told.
    seed
        Seed of chance.
    progress
        Callback.

    Returns
    -------
    result
        Figures, territories, ties and actors.

    Raises
    ------
    LayerError
        If no link is between two known actors, or identifiers are those of several.

    Warns
    -----
    GeoterritorioWarning
        If links name unknown actors, go from an actor to itself or are repeated: these are left out.

    References
    ----------
    .. [1] Freeman, L. C. (1979). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
    .. [2] Krackhardt, D. & Stern, R. N. (1988). Informal networks and organizational crises. Social Psychology
       Quarterly 51, 123-140.
    .. [3] Newman, M. E. J. (2003). Mixing patterns in networks. Physical Review E 67, 026126.
    """
    ties, actors = ties_of(territories, links, firms, institutions, actions)
    found = network_measures(
        ties, pd.Index(territories["territory"]), draws=draws, rng=seed, progress=progress
    )
    tell_draws(found.draws, draws, ties)
    return ActorNetworkResult(
        shaped(with_names(found.summary, territories), SUMMARY),
        shaped(found.whole, WHOLE),
        _areas(found, territories),
        _between(ties, territories),
        _lines(ties, actors),
        _dots(ties, actors),
        _figures(found),
    )


@tool
def brokerage(
    territories: Territories,
    links: Links,
    firms: Firms | None = None,
    *,
    institutions: Institutions | None = None,
    actions: Actions | None = None,
    draws: Count = 1999,
    least: Count = 20,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> BrokerageResult:
    """
    Brokers between types of actors, territories, and knowledge and its users.

    The five roles of Gould and Fernandez over types of actors and over territories, Burt's constraint and effective
    size, and who stands between knowledge holders and firms that are not tied with them; each beside chance. Ties of
    cooperation and projects count both ways, others as recorded.

    Over territories chance keeps how many ties each actor has and how many there are between any two territories: that
    ties stay local makes nobody a broker.

    Parameters
    ----------
    territories
        Territories to compare.
    links
        Links between firms and institutions.
    firms
        Register with the identifiers that links name.
    institutions
        Institutions with their kinds.
    actions
        Actions with their actors: every two of an action share a project.
    draws
        Draws by chance; large networks get fewer, 99 at least, which is told.
    least
        Ways that must lead over an actor for it to be tested.
    seed
        Seed of chance.
    progress
        Callback.

    Returns
    -------
    result
        Roles, actors, and the foremost brokers of each territory.

    Raises
    ------
    LayerError
        If no link is between two known actors, or identifiers are those of several.

    Warns
    -----
    GeoterritorioWarning
        If links name unknown actors, go from an actor to itself or are repeated: these are left out.

    References
    ----------
    .. [1] Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in
       transaction networks. Sociological Methodology 19, 89-126.
    .. [2] Burt, R. S. (1992). Structural Holes. Harvard University Press.
    """
    ties, actors = ties_of(territories, links, firms, institutions, actions)
    found = broker_roles(ties, draws=draws, least=least, rng=seed, progress=progress)
    tell_draws(found.draws, draws, ties)
    named = _named(found.roles, actors)
    dots = _brokers(found, actors)
    return BrokerageResult(
        shaped(named, ROLE_TABLE),
        shaped(found.totals.rename(columns={"type": "actor_type", **_WORDS}), BY_TYPE),
        _shown(dots, BROKERS),
        _shown(dots[dots["actor_type"] != FIRM], BODIES),
        shaped(with_names(_top(named), territories), TOP),
        _broker_figures(named, territories),
    )


def _areas(found: NetworkFigures, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = found.summary
    rows = table[table["measure"] == "local_share"].rename(columns={"value": "local_share"})
    steps = table[table["measure"] == "two_steps"].set_index("territory")["value"]
    rows = rows.assign(two_steps=rows["territory"].map(steps))
    return placed(with_names(rows, territories), territories, AREAS)


def _between(ties: Ties, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ties across, by two territories."""
    first, second = pairs(ties.source, ties.target, ties.size)
    where = ties.actors["territory"].to_numpy(dtype=object)
    frame = pd.DataFrame({"a": where[first], "b": where[second], "one": first, "two": second}).dropna()
    frame = frame[frame["a"] != frame["b"]]
    turned = (frame["a"] > frame["b"]).to_numpy()
    frame["origin"] = np.where(turned, frame["b"], frame["a"])
    frame["destination"] = np.where(turned, frame["a"], frame["b"])
    key = ["origin", "destination"]
    ends = frame.melt(id_vars=key, value_vars=["one", "two"], value_name="actor").drop_duplicates(
        [*key, "actor"]
    )
    ends = ends[ties.actors["type"].eq(FIRM).to_numpy()[ends["actor"].to_numpy(dtype=int)]]
    rows = frame.groupby(key).size().rename("ties").astype(float).reset_index()
    firms = ends.groupby(key).size().rename("firms").astype(float).reset_index()
    rows = rows.merge(firms, on=key, how="left").fillna({"firms": 0.0})
    rows = rows.sort_values("ties", ascending=False, kind="stable", ignore_index=True)
    middle = gpd.GeoDataFrame(geometry=territories.representative_point(), crs=territories.crs)
    ids = pd.Index(territories["territory"])
    shapes = lines(middle, *(ids.get_indexer(rows[end]) for end in key))
    return gpd.GeoDataFrame(shaped(rows, BETWEEN), geometry=shapes.to_numpy(), crs=territories.crs)


def _lines(ties: Ties, actors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each two actors once for every kind of tie (supply each way), with what is told of the two."""
    low, high = np.minimum(ties.source, ties.target), np.maximum(ties.source, ties.target)
    every = pd.DataFrame({"pair": low * ties.size + high, "kind": ties.kind, "period": ties.period})
    every["source"], every["target"] = ties.source, ties.target
    told = pd.Series(*reversed(apart(every["pair"].to_numpy(), *ties.days)))
    project = every.loc[every["kind"] == PROJECT, "pair"].unique()
    # in another period the other end may have stated a tie without direction
    mutual = every["kind"].isin(MUTUAL)
    ends = every[["source", "target"]].where(~mutual, np.sort(every[["source", "target"]], axis=1))
    rows = every[~ends.assign(kind=every["kind"]).duplicated()].reset_index(drop=True)
    source, target = rows["source"].to_numpy(), rows["target"].to_numpy()
    names = ties.actors["actor"].to_numpy(dtype=object)
    rows["periods"] = rows["pair"].map(told).fillna(0).astype(float)
    flags = {"repeated": rows["periods"] > 1, "project": rows["pair"].isin(project)}
    rows = rows.assign(source_actor=names[source], target_actor=names[target], tie=rows["kind"])
    rows = rows.assign(**{name: np.where(flag, "yes", "no") for name, flag in flags.items()})
    rows["local"] = _local(ties, source, target)
    shapes = lines(actors, source, target)
    return gpd.GeoDataFrame(shaped(rows, TIES), geometry=shapes.to_numpy(), crs=actors.crs)


def _local(ties: Ties, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Whether both ends are in one territory; unknown where it is not known where one is, or both are elsewhere."""
    where = ties.actors["territory"]
    inside, placed = where.notna().to_numpy(), ties.actors["placed"].to_numpy(dtype=bool)
    codes = pd.factorize(where)[0]
    open_ = ~(placed[source] & placed[target]) | ~(inside[source] | inside[target])
    return np.select([open_, codes[source] == codes[target]], [UNKNOWN, YES], NO)


def _dots(ties: Ties, actors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    first, second = pairs(ties.source, ties.target, ties.size)
    degree = np.bincount(np.concatenate([first, second]), minlength=ties.size).astype(float)
    return _shown(actors.rename(columns={"type": "actor_type"}).assign(degree=degree), ACTORS)


def _shown(rows: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    columns = [c.name for c in layer.columns if c.name in rows.columns]
    return gpd.GeoDataFrame(rows[[*columns, "geometry"]].reset_index(drop=True), crs=rows.crs)


def _figures(found: NetworkFigures) -> pd.DataFrame:
    rows = found.summary[found.summary["measure"].isin(list(INDICATORS))]
    rows = rows.drop(columns=["low", "high"]).rename(columns={"value_low": "low", "value_high": "high"})
    rows = rows.assign(indicator=rows["measure"].map(INDICATORS))
    columns = ["territory", "indicator", "value", "low", "high", "cases", "expected", "q"]
    return rows[columns].reset_index(drop=True)


def _named(roles: pd.DataFrame, actors: gpd.GeoDataFrame) -> pd.DataFrame:
    who = actors.drop(columns="geometry").rename(columns={"type": "actor_type"})
    rows = roles.rename(columns={"actor": "number", **_WORDS})
    return rows.join(pd.DataFrame(who), on="number")


def _brokers(found: Brokerage, actors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Actors with structural holes, ways to knowledge, and the role in which they stand out most."""
    linking = found.roles[found.roles["role"] == KNOWLEDGE].set_index("actor")
    sure = found.roles[found.roles["q"] <= _SURE].sort_values("z", ascending=False, kind="stable")
    columns = {"count": "linking", "expected": "linking_expected", "p": "linking_p", "q": "linking_q"}
    table = found.actors.join(linking[list(columns)].rename(columns=columns))
    table["strongest"] = sure.drop_duplicates("actor").set_index("actor")["role"]
    rows = actors.rename(columns={"type": "actor_type"}).join(table)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=actors.crs)


def _top(named: pd.DataFrame) -> pd.DataFrame:
    """Foremost brokers of each territory, each in the role that is furthest beyond chance."""
    rows = named[named["q"].notna() & named["territory"].notna() & (named["z"] > 0)]
    rows = rows.sort_values(["q", "z"], ascending=[True, False], kind="stable").drop_duplicates("number")
    rows = rows.assign(rank=rows.groupby("territory").cumcount() + 1.0)
    rows = rows[rows["rank"] <= _TOP]
    return rows.sort_values(["territory", "rank"], ignore_index=True)


def _broker_figures(named: pd.DataFrame, territories: gpd.GeoDataFrame) -> pd.DataFrame:
    ids = pd.Index(territories["territory"], name="territory")
    tested = named[named["q"].notna()]
    # without anyone tested it is unknown, not none
    known = tested.groupby("territory")["number"].nunique().reindex(ids)
    sure = tested[tested["q"] <= _SURE].groupby("territory")["number"].nunique().reindex(ids, fill_value=0)
    ways = named[named["role"] == KNOWLEDGE].groupby("territory")["ways"].sum().reindex(ids)
    parts = {_BROKERS: sure.astype(float).where(known.notna()), _LINKING: ways}
    rows = [value.rename("value").reset_index().assign(indicator=name) for name, value in parts.items()]
    return pd.concat(rows, ignore_index=True)[["territory", "indicator", "value"]]
