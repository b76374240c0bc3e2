"""Who belongs to a cluster beside its firms, and who is linked with whom?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import crossed
from geoterritorio.layers.sector_codes import best_vocabulary
from geoterritorio.layers.vocabularies import correspondence

Floats = npt.NDArray[np.float64]
# Share of the codes that must be of NACE for fields of knowledge to be matched with them.
_NEARLY_ALL = 0.9
# A field supports a division from this relevance on; 1 is its core.
_RELEVANT = 0.5
_DIVISION = 2


def matching_groups(fields: pd.Series, definitions: pd.DataFrame) -> pd.DataFrame:
    """
    Groups to which each field of knowledge belongs.

    Parameters
    ----------
    fields
        Fields of knowledge (ISCED-F 2013), semicolons between them, by institution; empty where none are known.
    definitions
        `sector` (NACE Rev. 2) and `group`.

    Returns
    -------
    matches
        `institution` and `group`, one row for each match; no rows where the sectors are not NACE.

    Notes
    -----
    By the held table of fields and NACE divisions, which is this project's own: a field counts for a group if it is
    relevant (0.5 or more) to the division of one of its sectors.

    Examples
    --------
    >>> food = pd.DataFrame({"sector": ["10.3"], "group": ["food"]})
    >>> matching_groups(pd.Series({"lab": "072;053", "club": None}), food).values.tolist()
    [['lab', 'food']]
    """
    empty = pd.DataFrame({"institution": [], "group": []}, dtype=object)
    codes = definitions["sector"].drop_duplicates()
    vocabulary, share = best_vocabulary(codes)
    if vocabulary != "nace2" or share < _NEARLY_ALL:
        return empty
    table = correspondence("isced_f_2013", "nace2")
    table = table[table["relevance"] >= _RELEVANT]
    divisions = definitions.assign(target=definitions["sector"].str[:_DIVISION])[["target", "group"]]
    pairs = table.merge(divisions, on="target")[["source", "group"]].drop_duplicates()
    listed = fields.dropna().astype(str).str.split(";").explode().str.strip()
    rows = pd.DataFrame({"institution": listed.index, "source": listed.to_numpy()})
    found = rows.merge(pairs, on="source")[["institution", "group"]].drop_duplicates()
    return found if len(found) else empty


def institution_counts(
    institutions: pd.DataFrame, matches: pd.DataFrame, territories: pd.Index, groups: list[str]
) -> pd.DataFrame:
    """
    Institutions with a field of each group's, by territory.

    Parameters
    ----------
    institutions
        `institution` and `territory`.
    matches
        As `matching_groups` gives them.
    territories
        Rows wanted.
    groups
        Columns wanted.

    Returns
    -------
    counts
        Territories by groups; NaN everywhere where nothing matches any group, since then fields tell nothing.

    Examples
    --------
    >>> places = pd.DataFrame({"institution": ["lab"], "territory": ["A"]})
    >>> matches = pd.DataFrame({"institution": ["lab"], "group": ["food"]})
    >>> institution_counts(places, matches, pd.Index(["A", "B"]), ["food"])["food"].tolist()
    [1.0, 0.0]
    """
    rows = institutions[["institution", "territory"]].merge(matches, on="institution")
    counts = crossed(rows["territory"], rows["group"]).reindex(
        index=territories, columns=groups, fill_value=0
    )
    return counts.astype(float) if len(rows) else counts * np.nan


def linked_actors(
    links: pd.DataFrame, actors: pd.DataFrame, members: pd.DataFrame, groups: list[str]
) -> pd.DataFrame:
    r"""
    Links among the actors of each group in each territory, beside what chance makes of them.

    Parameters
    ----------
    links
        `source` and `target`: who is linked with whom.
    actors
        Territory of each actor.
    members
        `actor` and `group`: firms by their sector, institutions by their fields; an actor may be in several groups.
    groups
        Groups in order.

    Returns
    -------
    links
        By territory and group: `actors` (linked ones), `inside` (links among the group's actors in the territory),
        `expected`, `p`, `outside` (links of these actors with anyone else).

    Notes
    -----
    Most links are near: that links stay in the territory says nothing of the group. So of the m links within the
    territory, a begin and b end at an actor of the group. If the ends were dealt anew among these links, the number
    with both in the group would be hypergeometric with mean a b / m; p is its upper tail. The number of links of each
    actor is kept.

    References
    ----------
    .. [1] Molloy, M. & Reed, B. (1995). A critical point for random graphs with a given degree sequence. Random
       Structures and Algorithms 6, 161-180.

    Examples
    --------
    >>> links = pd.DataFrame({"source": list("abcx"), "target": list("bcay")})
    >>> actors = pd.Series("A", index=list("abcxy"))
    >>> members = pd.DataFrame({"actor": list("abc"), "group": "food"})
    >>> linked_actors(links, actors, members, ["food"]).round(3).values.tolist()
    [[3.0, 3.0, 2.25, 0.25, 0.0]]
    """
    ends = pd.DataFrame(
        {"from": links["source"].map(actors).to_numpy(), "to": links["target"].map(actors).to_numpy()}
    )
    within = (ends["from"] == ends["to"]).to_numpy()
    return pd.concat([_of_group(g, links, ends, within, members) for g in groups])


def _of_group(
    group: str, links: pd.DataFrame, ends: pd.DataFrame, within: npt.NDArray[np.bool_], members: pd.DataFrame
) -> pd.DataFrame:
    own = members.loc[members["group"] == group, "actor"]
    first, second = links["source"].isin(own).to_numpy(), links["target"].isin(own).to_numpy()
    frame = pd.DataFrame(
        {
            "territory": ends["from"],
            "m": within,
            "a": within & first,
            "b": within & second,
            "inside": within & first & second,
        }
    )
    sums = frame.groupby("territory").sum()
    # A link that leaves counts in the territory of each of its ends that is of the group.
    leaving = pd.concat(
        [ends["from"][first & ~(within & second)], ends["to"][second & ~(within & first)]]
    ).value_counts()
    touched = pd.concat(
        [
            pd.DataFrame({"actor": links["source"][first], "territory": ends["from"][first]}),
            pd.DataFrame({"actor": links["target"][second], "territory": ends["to"][second]}),
        ]
    ).drop_duplicates()
    index = sums.index.union(leaving.index)
    sums = sums.reindex(index, fill_value=0)
    table = pd.DataFrame(index=pd.MultiIndex.from_product([index, [group]], names=["territory", "group"]))
    table["actors"] = touched.groupby("territory").size().reindex(index, fill_value=0).to_numpy(float)
    table["inside"] = sums["inside"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        table["expected"] = (sums["a"] * sums["b"] / sums["m"]).to_numpy(float)
    tail = stats.hypergeom.sf(sums["inside"] - 1, sums["m"], sums["a"], sums["b"])
    table["p"] = np.where((sums["a"] > 0) & (sums["b"] > 0), tail, np.nan)
    table["outside"] = leaving.reindex(index, fill_value=0).to_numpy(float)
    return table


def actor_counts(
    firms: pd.DataFrame | None, institutions: pd.DataFrame | None, definitions: pd.DataFrame
) -> pd.DataFrame:
    """
    Actors of each group by territory and kind.

    Parameters
    ----------
    firms
        `territory`, `sector`, `establishments` and, if known, `employment`.
    institutions
        `territory`, `kind`, `group`: one row for each group an institution has a field of.
    definitions
        `sector`, `group`, `role`.

    Returns
    -------
    actors
        `territory`, `group`, `actor` (role of the firms, or kind of institution), `number`, `employment`.

    Examples
    --------
    >>> firms = pd.DataFrame({"territory": ["A"], "sector": ["10"], "establishments": [3.0], "employment": [30.0]})
    >>> actor_counts(firms, None, pd.DataFrame({"sector": ["10"], "group": ["food"], "role": ["core"]})).values.tolist()
    [['A', 'food', 'core', 3.0, 30.0]]
    """
    parts = []
    if firms is not None and "establishments" in firms.columns:
        rows = firms.merge(definitions[["sector", "group", "role"]], on="sector")
        wanted = [c for c in ("establishments", "employment") if c in rows.columns]
        rows = rows.assign(**{c: amounts(rows[c], f"firms: {c}") for c in wanted})
        sums = (
            rows.groupby(["territory", "group", "role"], observed=True)[wanted].sum(min_count=1).reset_index()
        )
        parts.append(sums.rename(columns={"role": "actor", "establishments": "number"}))
    if institutions is not None:
        sums = institutions.groupby(["territory", "group", "kind"], observed=True).size()
        parts.append(sums.rename("number").astype(float).reset_index().rename(columns={"kind": "actor"}))
    columns = ["territory", "group", "actor", "number", "employment"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True).reindex(columns=columns)
    table = table[table["number"] > 0]
    return table.sort_values(["territory", "group"], kind="stable", ignore_index=True)
