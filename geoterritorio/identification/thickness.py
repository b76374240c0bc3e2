"""Institutional thickness by its parts: presence, interaction, coalition and domination, a common agenda."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from geoterritorio.errors import LayerError, message
from geoterritorio.identification._family import adjusted, certainty
from geoterritorio.identification.actor_ties import all_to_themselves
from geoterritorio.identification.cures import INNOVATION
from geoterritorio.registry import Level

Floats = npt.NDArray[np.float64]
PARTS = PRESENCE, INTERACTION, COALITION, AGENDA = ("presence", "interaction", "coalition", "agenda")
UNCOVERED, NO_BODIES, NO_LINKS = "not covered", "no institutions here", "no links given"
NO_PAIRS = "no links between institutions"
TOO_FEW, NO_ACTIONS, NO_STATEMENTS = "too few institutions", "no actions given", "no statements given"
# Freeman's centralisation compares with a star, and a star has a centre and two others at least.
_STAR = 3
_ABLE = 2
_PROJECT = "project"


@dataclass(frozen=True)
class InstitutionTies:
    """
    What institutions do together; what is None is not known.

    Attributes
    ----------
    links
        `source`, `target` and perhaps `kind`.
    actions
        `actors` (identifiers, semicolons between them) and, if known, `action`, of which there may be several rows.
    statements
        Coded statements by territory: their number.
    """

    links: pd.DataFrame | None = None
    actions: pd.DataFrame | None = None
    statements: pd.Series | None = None


def institutional_thickness(
    bodies: pd.DataFrame,
    territories: pd.Index,
    kinds: int,
    ties: InstitutionTies,
    *,
    covered: pd.Series | None = None,
    level: Level = 0.95,
) -> pd.DataFrame:
    r"""
    Parts of institutional thickness side by side.

    Parameters
    ----------
    bodies
        `institution`, `territory` and `kind` of each institution.
    territories
        Rows wanted.
    kinds
        Number of kinds that there could be.
    ties
        Links, actions and statements, as far as they are known.
    covered
        Whether the layer of institutions covers each territory; None covers all.
    level
        Level of the test of links.

    Returns
    -------
    parts
        One row per territory and part, with `value` from 0 to 1, `reason` and `cure` where it is unknown; beside it
        `institutions`, and of presence `kinds_present`; of interaction `links_inside` (pairs of institutions of the
        territory that are linked), `links_outside` (pairs with institutions elsewhere), `link_density`, `mean_degree`,
        `expected`, `p`, `p_least`, `q`, `certainty`; of coalition `centralisation`; of agenda `projects` and
        `statements`.

    Raises
    ------
    LayerError
        If links or actions are given and name no institution, or all links that do go from one to itself.

    Notes
    -----
    Amin and Thrift name four things that make institutions thick: many of them, high interaction, structures of
    domination or coalition, and a common agenda. *Presence* is the share of the kinds present. *Interaction* is the
    share of the institutions that are linked with another one, here or elsewhere. *Coalition* is the share of the
    institutions here in the largest group that their links hold together; `centralisation` (Freeman) beside it, 0 where
    all have as many links and 1 where all go through one, tells domination from coalition. *Agenda* is the share of the
    institutions that take part in a project with another one (a row of the actions with two institutions or more, or a
    link of the kind project between two); coded statements are counted beside it and never make a figure. Rows of one
    action are not put together, as in `actor_network`: who took part in one of its phases need not have met who took
    part in another. Links tell who is not linked only where they tell of links between institutions: if no two of the
    layer are linked anywhere, interaction and coalition are unknown (links of firms say nothing of them), and so is the
    agenda without actions; if some are, an institution without a link counts as not linked. A link from an institution
    to itself is none. Chance: of all m pairs of linked
    institutions, if the ends were dealt anew, b ends of the territory's would meet in b (b - 1) / (2 (2 m - 1)) pairs
    on average; p is the exact upper tail (`pairs_tail`). The family of q (Benjamini-Hochberg) is the territories that
    could be told from chance: those whose p would not be above 1 - level if as many of their ends met as can
    (`p_least`) [3]_; others are untestable.

    References
    ----------
    .. [1] Amin, A. & Thrift, N. (1994). Living in the global. In Globalization, Institutions and Regional Development
       in Europe. Oxford University Press, 1-22.
    .. [2] Freeman, L. C. (1979). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
    .. [3] Tarone, R. E. (1990). A modified Bonferroni method for discrete data. Biometrics 46, 515-522.

    Examples
    --------
    >>> bodies = pd.DataFrame({"institution": list("abcd"), "territory": list("AAAB"), "kind": list("xyxz")})
    >>> links = pd.DataFrame({"source": ["a", "a", "d"], "target": ["b", "c", "a"]})
    >>> found = institutional_thickness(bodies, pd.Index(["A", "B"]), 4, InstitutionTies(links))
    >>> found.loc[found["territory"] == "A", ["part", "value", "reason"]].values.tolist()
    [['presence', 0.5, ''], ['interaction', 1.0, ''], ['coalition', 1.0, ''], ['agenda', nan, 'no actions given']]
    >>> found.loc[found["part"] == "coalition", "centralisation"].tolist()
    [1.0, nan]
    """
    home = bodies.set_index("institution")["territory"]
    known = pd.Series(data=True, index=territories) if covered is None else covered.reindex(territories)
    number = home.value_counts().reindex(territories, fill_value=0)
    pairs = None if ties.links is None else _pairs(ties.links, home)
    lacking = NO_LINKS if pairs is None else NO_PAIRS
    pairs = None if pairs is None or pairs.empty else pairs
    projects = _projects(ties, home)
    tables = {
        PRESENCE: _presence(bodies, territories, kinds),
        INTERACTION: _interaction(pairs, home, territories, level),
        COALITION: _coalition(pairs, home, territories),
        AGENDA: _agenda(projects, home, territories, ties.statements),
    }
    frame = pd.concat([t.assign(part=p) for p, t in tables.items()]).rename_axis("territory").reset_index()
    frame["institutions"] = frame["territory"].map(number).astype(float)
    bare = (frame["institutions"] == 0) & (frame["part"] != PRESENCE)
    open_ = ~frame["territory"].map(known).astype(bool)
    told = frame["reason"].fillna("").replace(NO_LINKS, lacking)
    frame["reason"] = np.select([open_, bare], [UNCOVERED, NO_BODIES], told)
    lost = frame["reason"] != ""
    frame.loc[lost, "value"] = np.nan
    frame.loc[open_, "institutions"] = np.nan
    frame["cure"] = frame["reason"].map(INNOVATION).fillna("")
    place = {p: k for k, p in enumerate(PARTS)}
    row = {t: k for k, t in enumerate(territories)}
    order = frame["territory"].map(row) * len(PARTS) + frame["part"].map(place)
    return frame.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)


def thickness_index(parts: pd.DataFrame) -> pd.Series:
    """
    Plain mean of the four parts; unknown where one of them is.

    Parameters
    ----------
    parts
        As `institutional_thickness` gives them.

    Returns
    -------
    index
        By territory. The weights are nobody's but equal: read the parts.

    Examples
    --------
    >>> parts = pd.DataFrame({"territory": "A", "part": PARTS, "value": [0.5, 1.0, 1.0, 0.5]})
    >>> thickness_index(parts).tolist()
    [0.75]
    """
    wide = parts.pivot_table(index="territory", columns="part", values="value", sort=False, dropna=False)
    return wide.reindex(columns=PARTS).mean(axis=1, skipna=False).rename("index")


def _pairs(links: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """Pairs of institutions that are linked, each once, whatever the kind and direction."""
    both = links[links["source"].isin(home.index) | links["target"].isin(home.index)]
    if both.empty:
        raise LayerError(
            message(
                "links: none of them names an institution of the layer. Check that both use the same identifiers, or "
                "leave the links out."
            )
        )
    if (both["source"] == both["target"]).all():
        raise LayerError(all_to_themselves(both["source"]))
    own = links[links["source"].isin(home.index) & links["target"].isin(home.index)]
    ends = np.sort(own[["source", "target"]].to_numpy(dtype=object).astype(str), axis=1)
    pairs = pd.DataFrame(ends, columns=["one", "other"]).drop_duplicates()
    return pairs[pairs["one"] != pairs["other"]].reset_index(drop=True)


def _projects(ties: InstitutionTies, home: pd.Series) -> pd.DataFrame | None:
    """Institutions in projects with another: `project`, `institution`; None where nothing tells."""
    parts = []
    if ties.actions is not None and "actors" in ties.actions.columns:
        parts.append(_of_actions(ties.actions, home))
    if ties.links is not None and "kind" in ties.links.columns:
        rows = ties.links[(ties.links["kind"] == _PROJECT) & (ties.links["source"] != ties.links["target"])]
        rows = rows[rows["source"].isin(home.index) & rows["target"].isin(home.index)]
        names = [f"link {k}" for k in range(len(rows))]
        ends = [rows[c].to_numpy() for c in ("source", "target")]
        parts += [pd.DataFrame({"project": names, "institution": e}) for e in ends if len(rows)]
    return pd.concat(parts).drop_duplicates() if parts else None


def _of_actions(actions: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """Institutions of the same row of an action; who is in another row of it need not have met them."""
    table = actions.reset_index(drop=True)
    listed = table["actors"].dropna().astype(str).str.split(";").explode().str.strip()
    listed = listed[listed != ""]
    own = pd.DataFrame({"row": listed.index, "institution": listed.to_numpy()}).drop_duplicates()
    own = own[own["institution"].isin(home.index)]
    if own.empty and len(listed):
        raise LayerError(
            message(
                "actions: none of them names an institution of the layer among its actors. Check that both use the "
                "same identifiers, or leave the actions out."
            )
        )
    name = table["action"] if "action" in table.columns else pd.Series(table.index, index=table.index)
    own = own[own.groupby("row")["institution"].transform("nunique") >= _ABLE]
    return own.assign(project=own["row"].map(name))[["project", "institution"]]


def _presence(bodies: pd.DataFrame, territories: pd.Index, kinds: int) -> pd.DataFrame:
    present = bodies.groupby("territory")["kind"].nunique().reindex(territories, fill_value=0).astype(float)
    return pd.DataFrame({"value": present / kinds, "kinds_present": present, "reason": ""})


def _interaction(
    pairs: pd.DataFrame | None, home: pd.Series, territories: pd.Index, level: float
) -> pd.DataFrame:
    if pairs is None:
        return pd.DataFrame({"value": np.nan, "reason": NO_LINKS}, index=territories)
    number = home.value_counts().reindex(territories, fill_value=0).astype(float)
    one, other = pairs["one"].map(home), pairs["other"].map(home)
    inside = one[(one == other).to_numpy()].value_counts().reindex(territories, fill_value=0).astype(float)
    ends = pd.concat([one, other]).value_counts().reindex(territories, fill_value=0).astype(float)
    linked = home[home.index.isin(set(pairs["one"]) | set(pairs["other"]))].value_counts()
    frame = pd.DataFrame({"links_inside": inside, "links_outside": ends - 2 * inside})
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["value"] = linked.reindex(territories, fill_value=0) / number.where(number > 0)
        frame["link_density"] = inside / (number * (number - 1) / 2).where(number >= _ABLE)
        frame["mean_degree"] = ends / number.where(number > 0)
    m = len(pairs)
    frame["expected"] = (ends * (ends - 1)).abs() / (2 * (2 * m - 1)) if m else np.nan
    for name, met in (("p", inside), ("p_least", ends // 2)):
        tails = [pairs_tail(int(k), int(b), m) for k, b in zip(met, ends, strict=True)]
        frame[name] = np.where(ends >= _ABLE, tails, np.nan)
    p, least = frame["p"].to_numpy(np.float64), frame["p_least"].to_numpy(np.float64)
    frame["q"] = adjusted(p, least, level)
    frame["certainty"] = certainty(p, frame["q"].to_numpy(), level, more=True)
    return frame.assign(reason="")


def pairs_tail(inside: int, ends: int, pairs: int) -> float:
    r"""
    Probability of so many pairs within a set, or more, when the ends of all pairs are dealt anew.

    Parameters
    ----------
    inside
        Pairs of which both ends are of the set.
    ends
        Ends that are of the set.
    pairs
        All pairs, with twice as many ends.

    Returns
    -------
    p
        Upper tail.

    Notes
    -----
    Of m pairs, k have both of their ends among the b marked ones in
    :math:`2^{b - 2k} m! / (k! (b - 2k)! (m - b + k)!)` of the :math:`\binom{2m}{b}` ways to mark them.

    Examples
    --------
    Two pairs, two marked ends: in two of six ways they are of one pair.

    >>> round(pairs_tail(1, 2, 2), 6)
    0.333333
    """
    k = np.arange(max(0, ends - pairs), ends // 2 + 1)
    logs = (
        (ends - 2 * k) * np.log(2)
        + special.gammaln(pairs + 1)
        - special.gammaln(k + 1)
        - special.gammaln(ends - 2 * k + 1)
        - special.gammaln(pairs - ends + k + 1)
    )
    whole = special.gammaln(2 * pairs + 1) - special.gammaln(ends + 1) - special.gammaln(2 * pairs - ends + 1)
    return float(min(1.0, np.exp(logs - whole)[k >= inside].sum()))


def _coalition(pairs: pd.DataFrame | None, home: pd.Series, territories: pd.Index) -> pd.DataFrame:
    if pairs is None:
        return pd.DataFrame({"value": np.nan, "reason": NO_LINKS}, index=territories)
    one, other = pairs["one"].map(home), pairs["other"].map(home)
    within = pairs.assign(territory=one)[(one == other).to_numpy()]
    graph = nx.Graph()
    graph.add_nodes_from(home.index)
    graph.add_edges_from(within[["one", "other"]].itertuples(index=False))
    members = home.groupby(home).groups
    rows = {t: _structure(graph.subgraph(members[t])) for t in territories if t in members}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "centralisation"])
    frame = frame.reindex(territories)
    size = home.value_counts().reindex(territories, fill_value=0)
    return frame.assign(reason=np.where(size < _STAR, TOO_FEW, ""))


def _structure(graph: nx.Graph) -> tuple[float, float]:
    """Share of the institutions in the largest component with links, and Freeman's centralisation of degrees."""
    n = graph.number_of_nodes()
    if n < _STAR:
        return np.nan, np.nan
    largest = max(len(c) for c in nx.connected_components(graph))
    share = largest / n if graph.number_of_edges() else 0.0
    central = np.array(list(nx.degree_centrality(graph).values()))
    # nx's centralities are degrees over n - 1: a star's differences come to n - 2.
    return share, float((central.max() - central).sum() / (n - 2))


def _agenda(
    projects: pd.DataFrame | None, home: pd.Series, territories: pd.Index, statements: pd.Series | None
) -> pd.DataFrame:
    counted = np.nan if statements is None else statements.reindex(territories, fill_value=0).astype(float)
    if projects is None:
        frame = pd.DataFrame({"value": np.nan, "reason": NO_ACTIONS}, index=territories)
        return frame.assign(statements=counted)
    where = projects.assign(territory=projects["institution"].map(home))
    number = home.value_counts().reindex(territories, fill_value=0).astype(float)
    shared = (
        where.drop_duplicates("institution")["territory"].value_counts().reindex(territories, fill_value=0)
    )
    told = where.groupby("territory")["project"].nunique().reindex(territories, fill_value=0).astype(float)
    frame = pd.DataFrame({"value": shared / number.where(number > 0), "projects": told, "reason": ""})
    return frame.assign(statements=counted)
