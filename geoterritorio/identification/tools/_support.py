"""What the tools on clusters make of layers before they ask for evidence."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import (
    Whole,
    coagglomerated_pairs,
    coagglomeration,
    pairwise_coagglomeration,
    plant_moments,
)
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, whole_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification.cluster_actors import institution_counts, linked_actors, matching_groups
from geoterritorio.identification.cluster_evidence import CORE, ClusterRules, Support
from geoterritorio.identification.cluster_quotients import Sizes, quotients_of
from geoterritorio.identification.related_groups import related_groups
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.patterns.clumping import ClumpRules, clumps
from geoterritorio.patterns.duranton_overman import k_density
from geoterritorio.patterns.rules import PatternRules

_ERROR = 0.05
_SEED = 1
_LEAST = 10
# Distances looked at: enough to tell whether, and not exactly where, a group is gathered.
_STEPS = 40
# Of more establishments distances are tested on as many, drawn by chance: pairs grow with the square of them.
_MANY = 1500
_NAMED = 3
_CENTROID = "centroid"
_OTHERS, _MINE = "others", "group"


@dataclass(frozen=True)
class Prepared:
    """Tables of one register or table of counts, its definitions and the whole."""

    cells: Cells
    sizes: Sizes
    whole: Whole | None
    definitions: pd.DataFrame
    derived: bool


def prepared(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    definitions: pd.DataFrame | None,
    reference: pd.DataFrame | None,
) -> Prepared:
    """
    Tables of territories by sectors, with groups of related industries.

    Parameters
    ----------
    territories
        Territories.
    firms
        Register; or counts.
    counts
        Table; or firms.
    definitions
        Groups; None makes them of the data.
    reference
        Totals of the whole.

    Returns
    -------
    prepared
        Jobs where there are such, else establishments.

    Raises
    ------
    LayerError
        As for location quotients, or if the data give no groups.
    """
    source = firms if firms is not None else counts
    jobs = source is not None and "employment" in source.columns
    measure: Measure = "employment" if jobs else "establishments"
    cells = cells_of(territories, firms, counts, measure=measure, total=None)
    whole = whole_of(reference, cells, measure=measure, total=None)
    other = cells.other
    sizes = Sizes(cells.table, other.get("establishments"), other.get("squares"), plants=not jobs)
    if definitions is not None:
        return Prepared(cells, sizes, whole, definitions, derived=False)
    return Prepared(cells, sizes, whole, own_groups(cells.table, firms, cells.names), derived=True)


def own_groups(
    table: pd.DataFrame, firms: pd.DataFrame | None, names: pd.Series | None = None
) -> pd.DataFrame:
    """
    Groups of sectors that are in the same territories, made of the data themselves.

    Parameters
    ----------
    table
        Territories by sectors.
    firms
        Register, by whose plants links are tested.
    names
        Names of the sectors, where they are known.

    Returns
    -------
    definitions
        `sector`, `group`, `role`, `group_name`.

    Raises
    ------
    LayerError
        If no two sectors are linked.
    """
    similarity = pairwise_coagglomeration(table)
    share = _ERROR
    if firms is not None and "employment" in firms.columns:
        pairs = coagglomerated_pairs(table, plant_moments(firms))
        sure = pairs[(pairs["q"] <= _ERROR) & (pairs["gamma"] > 0)]
        kept = pd.DataFrame(np.nan, index=similarity.index, columns=similarity.columns)
        rows, columns = (kept.index.get_indexer(sure[end]) for end in ("sector", "other"))
        values = kept.to_numpy(copy=True)
        values[rows, columns] = values[columns, rows] = sure["gamma"]
        similarity, share = pd.DataFrame(values, index=kept.index, columns=kept.columns), 1.0
    groups = related_groups(similarity, links=share, rng=_SEED).dropna()
    if groups.empty:
        raise LayerError(
            message(
                "definitions: in these data no two sectors are in the same territories more than chance has it, so "
                "they give no groups. Give definitions: sectors with their group."
            )
        )
    text = message(
        "definitions: none given. {count} groups were made of the same data, so that their relatedness proves nothing; "
        "give definitions from elsewhere.",
        count=int(groups.nunique()),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    codes = groups.map(lambda k: f"G{int(k):02d}")
    found = pd.DataFrame({"sector": codes.index, "group": codes.to_numpy(), "role": CORE})
    # A made group has no title: its largest sectors tell which it is, in every language.
    by_size = found.assign(jobs=found["sector"].map(table.sum())).sort_values("jobs", ascending=False)
    titled = {} if names is None else names.to_dict()
    titles = by_size.groupby("group")["sector"].agg(lambda s: _largest(s, titled))
    return found.assign(group_name=found["group"].map(titles))


def _largest(sectors: pd.Series, names: Mapping[str, str]) -> str:
    """The largest sector by its name, else the codes of the largest ones; and how many more there are."""
    code = sectors.iloc[0]
    name = names.get(code)
    # A sector without a name is called by its code.
    titles = [name] if isinstance(name, str) and name not in ("", code) else sectors.head(_NAMED).tolist()
    rest = len(sectors) - len(titles)
    return ", ".join(titles) + (f" +{rest}" if rest > 0 else "")


def support_of(
    have: Prepared,
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    institutions: pd.DataFrame | None,
    links: pd.DataFrame | None,
    rules: ClusterRules,
) -> tuple[Support, pd.DataFrame | None, pd.DataFrame | None]:
    """
    What is known beside the tables, who the institutions of each group are, and which plants lie in clumps.

    Parameters
    ----------
    have
        Tables and definitions.
    territories
        Territories.
    firms
        Register, if any.
    institutions
        Institutions, if any.
    links
        Links, if any.
    rules
        Thresholds.

    Returns
    -------
    support, institutions, clumped
        Support; `institution`, `territory`, `kind`, `group`; and `territory`, `group`, `clumped`.
    """
    groups = list(dict.fromkeys(have.definitions["group"]))
    places = None if firms is None else firms.assign(territory=territory_of(firms, territories, name="firms"))
    bodies, table, matches = None, None, None
    if institutions is not None:
        bodies = institutions.assign(territory=territory_of(institutions, territories, name="institutions"))
        if "closed" in bodies.columns:
            bodies = bodies[bodies["closed"].isna()]
        fields = pd.Series(None, index=bodies["institution"], dtype=object)
        if "fields" in bodies.columns:
            fields = bodies.set_index("institution")["fields"]
        matches = matching_groups(fields, have.definitions)
        table = institution_counts(bodies, matches, have.cells.table.index, groups)
    chosen = candidates(have, groups, rules)
    gathering, clumped = gathered(have, chosen, places, rules)
    support = Support(
        gathering=gathering,
        related=related(have, groups, places),
        institutions=table,
        links=None if links is None else _linked(links, places, bodies, matches, have, groups),
    )
    named = None
    if bodies is not None and matches is not None:
        named = bodies[["institution", "territory", "kind"]].merge(matches, on="institution")
    return support, named, clumped


def territory_of(layer: pd.DataFrame, territories: gpd.GeoDataFrame, *, name: str) -> pd.Series:
    """Territory of each row: where its point lies, else as it says."""
    polygons = territories.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    if has_geometry(layer) and polygons:
        return assign(align(gpd.GeoDataFrame(layer), territories, name=name), territories).territory
    known = layer.get("territory", pd.Series(None, index=layer.index, dtype=object))
    return known.where(known.isin(territories["territory"]))


def candidates(have: Prepared, groups: list[str], rules: ClusterRules) -> list[str]:
    """Groups in which some territory is surely specialised: of others distances need not be looked at."""
    core = core_of(have.definitions, have.cells.table.columns)
    held = [g for g in groups if g in set(core["group"])]
    if not held:
        return []
    found = quotients_of(have.sizes, core, held, have.whole, level=rules.level)
    sure = (found["low"] > rules.quotient) & (found["q"] <= 1 - rules.level)
    return [g for k, g in enumerate(held) if sure[:, k].any()]


def core_of(definitions: pd.DataFrame, sectors: pd.Index) -> pd.DataFrame:
    """Core sectors of each group that the data have."""
    role = definitions.get("role", pd.Series(CORE, index=definitions.index)).fillna(CORE)
    return definitions[(role == CORE) & definitions["sector"].isin(sectors)]


def gathered(
    have: Prepared, chosen: list[str], places: pd.DataFrame | None, rules: ClusterRules
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Test of the distances within each of the groups, and the share of its establishments that clump."""
    if places is None or not has_geometry(places) or not rules.simulations:
        return None, None
    known = gpd.GeoDataFrame(places)
    known = known[known["sector"].notna() & ~known.geometry.isna() & ~known.geometry.is_empty]
    if "precision" in known.columns:
        # Distances between middles of areas are none between establishments.
        known = known[known["precision"] != _CENTROID]
    points = pd.DataFrame({"x": known.geometry.x.to_numpy(), "y": known.geometry.y.to_numpy()})
    core = core_of(have.definitions, have.cells.table.columns)
    tests, shares = {}, []
    for group in chosen:
        mine = known["sector"].isin(core.loc[core["group"] == group, "sector"]).to_numpy()
        if mine.sum() < _LEAST:
            continue
        # As codes: a text for each of a million places takes seconds.
        marked = points.assign(sector=_coded(mine))
        tests[group], inside = _distances(marked, rules)
        here = pd.DataFrame({"territory": known["territory"].to_numpy()[mine], "clumped": inside})
        shares.append(here.groupby("territory", as_index=False)["clumped"].mean().assign(group=group))
    all_groups = list(dict.fromkeys(have.definitions["group"]))
    table = pd.DataFrame.from_dict(tests, orient="index", columns=["p", "verdict"]).reindex(all_groups)
    table["p"] = adjusted(table["p"])
    table["agrees"] = table["verdict"] == "localised"
    table["reason"] = "not looked at"
    return table, pd.concat(shares) if shares else None


def _distances(points: pd.DataFrame, rules: ClusterRules) -> tuple[tuple[float, str], pd.Series]:
    asked = PatternRules(farthest=rules.reach, simulations=rules.simulations, steps=_STEPS)
    with warnings.catch_warnings():
        # Points that coincide and few plants are told by the tools on distances; here they would be told per group.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = k_density(_thinned(points), _MINE, rules=asked, rng=_SEED)
        lumps = clumps(points, _MINE, rules=ClumpRules(draws=0, factors=()), rng=_SEED)
    return (float(found.p), str(found.verdict)), lumps.plants["clump"].notna().to_numpy()


def _thinned(points: pd.DataFrame) -> pd.DataFrame:
    """
    Points of which no more than so many are the group's; the rest stay as places where it might be.

    If the group is dealt among all places, so are those drawn of it: the test keeps its level.
    """
    mine = np.flatnonzero(points["sector"].to_numpy() == _MINE)
    if len(mine) <= _MANY:
        return points
    kept = np.zeros(len(points), dtype=bool)
    kept[np.random.default_rng(_SEED).permutation(mine)[:_MANY]] = True
    return points.assign(sector=_coded(kept))


def _coded(mine: npt.NDArray[np.bool_]) -> pd.Categorical:
    """Whether each point is the group's."""
    return pd.Categorical.from_codes(np.where(mine, 0, 1).astype(np.int8), [_MINE, _OTHERS])


def related(have: Prepared, groups: list[str], places: pd.DataFrame | None) -> pd.DataFrame:
    """Test of each group's sectors for being in the same territories (Ellison and Glaeser)."""
    table = pd.DataFrame(index=groups, columns=["p", "agrees", "reason"], dtype=object)
    if have.derived:
        table["reason"] = "group from the same data"
        return table
    if places is None or "employment" not in places.columns:
        table["reason"] = "no sizes given"
        return table
    core = core_of(have.definitions, have.cells.table.columns)
    moments = plant_moments(places)
    found = {}
    with warnings.catch_warnings():
        # What a group leaves out is no fault of the table.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        for group in groups:
            sectors = core.loc[core["group"] == group, "sector"]
            member = pd.Series(None, index=have.cells.table.columns, dtype=object)
            member[sectors] = group
            if len(sectors) > 1:
                found[group] = coagglomeration(have.cells.table, moments, member).loc[group]
    rows = pd.DataFrame.from_dict(found, orient="index", columns=["gamma", "z", "p", "q"]).reindex(groups)
    table["p"] = adjusted(rows["p"].astype(float))
    table["agrees"] = rows["gamma"] > 0
    table["reason"] = "no test of the group"
    return table


def adjusted(p: pd.Series) -> pd.Series:
    """p-values allowing for the number of groups tested (Benjamini-Hochberg)."""
    known = p.notna()
    found = p.copy()
    if known.any():
        found[known] = stats.false_discovery_control(p[known])
    return found


def _linked(
    links: pd.DataFrame,
    places: pd.DataFrame | None,
    bodies: pd.DataFrame | None,
    matches: pd.DataFrame | None,
    have: Prepared,
    groups: list[str],
) -> pd.DataFrame:
    actors, members = [], []
    if places is not None and "firm" in places.columns:
        actors.append(places.set_index("firm")["territory"])
        rows = places[["firm", "sector"]].merge(have.definitions[["sector", "group"]], on="sector")
        members.append(rows.rename(columns={"firm": "actor"})[["actor", "group"]])
    if bodies is not None and matches is not None:
        actors.append(bodies.set_index("institution")["territory"])
        members.append(matches.rename(columns={"institution": "actor"}))
    where = pd.concat(actors) if actors else pd.Series(dtype=object)
    who = pd.concat(members) if members else pd.DataFrame({"actor": [], "group": []}, dtype=object)
    return linked_actors(links, where[~where.index.duplicated()].dropna(), who, groups)
