"""Which sectors belong together? Similarities, groups made of them, and scores that tell how good a definition is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster import hierarchy
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import squareform

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Count, Ratio, Share

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Grouping = Literal["louvain", "ward", "average", "k_means"]
_PERCENTILE = 95
_FEWEST = 2


@dataclass(frozen=True)
class Validation:
    """
    Scores of a definition of groups of sectors, by one measure of similarity.

    Parameters
    ----------
    groups
        By group: `sectors`, `within` (mean similarity of its pairs), `between` (mean over the other groups of the mean
        similarity with each), `between_95` (95th percentile of the same), `above_mean` and `above_95` ("yes", "no").
    sectors
        By sector: `group`, the same columns for it alone, `nearest` (the other group it is most similar to) and
        `outlier` ("yes" where it is more similar to that than to its own).
    scores
        `groups_mean`, `groups_95`, `sectors_mean`, `sectors_95`: shares of groups and sectors that are above, and
        `score`, their mean.
    """

    groups: pd.DataFrame
    sectors: pd.DataFrame
    scores: pd.Series


def presence_similarity(counts: pd.DataFrame) -> pd.DataFrame:
    """
    Correlation of sectors over territories: are they large in the same places?

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.

    Returns
    -------
    similarity
        Sectors by sectors, from -1 to 1; NaN where a sector has unknown cells or does not vary.

    Notes
    -----
    LC-Employment and LC-Establishments of [1]_.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> counts = pd.DataFrame({"10": [1.0, 2, 3], "11": [2.0, 4, 6], "62": [3.0, 2, 1]})
    >>> presence_similarity(counts).loc["10"].round(3).tolist()
    [1.0, 1.0, -1.0]
    """
    return _correlated(amounts(counts, "counts").to_numpy(np.float64).T, counts.columns)


def occupation_similarity(jobs: pd.DataFrame) -> pd.DataFrame:
    """
    Correlation of sectors over occupations: do they need the same people?

    Parameters
    ----------
    jobs
        Jobs, sectors by occupations; only the shares in each sector matter.

    Returns
    -------
    similarity
        Sectors by sectors, from -1 to 1; NaN for sectors without jobs.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> jobs = pd.DataFrame({"cook": [8.0, 80, 0], "driver": [2.0, 20, 5]}, index=["10", "11", "49"])
    >>> occupation_similarity(jobs).loc["10"].round(3).tolist()
    [1.0, 1.0, -1.0]
    """
    jobs = amounts(jobs, "jobs")
    shares = jobs.div(jobs.sum(axis=1).where(lambda t: t > 0), axis=0)
    return _correlated(shares.to_numpy(np.float64), jobs.index)


def exchange_similarity(flows: pd.DataFrame) -> pd.DataFrame:
    r"""
    Largest of the shares that two sectors have in each other's inputs and outputs.

    Parameters
    ----------
    flows
        What each sector (rows) sells to each (columns); sectors in the same order.

    Returns
    -------
    similarity
        Sectors by sectors, symmetric, from 0 to 1; a sector's sales to itself count in its sums and are not told.

    Raises
    ------
    LayerError
        If rows and columns differ, or flows are texts, infinite or negative.

    Notes
    -----
    .. math:: IO_{ij} = \max\left( \frac{f_{ij}}{\sum_k f_{kj}}, \frac{f_{ij}}{\sum_k f_{ik}},
       \frac{f_{ji}}{\sum_k f_{ki}}, \frac{f_{ji}}{\sum_k f_{jk}} \right)

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> flows = pd.DataFrame([[0.0, 8], [2, 2]], index=["10", "11"], columns=["10", "11"])
    >>> float(exchange_similarity(flows).loc["10", "11"])
    1.0
    """
    if list(flows.index) != list(flows.columns):
        raise LayerError(message("flows: rows and columns are not the same sectors in the same order."))
    sold = amounts(flows, "flows").to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.fmax(sold / sold.sum(axis=0, keepdims=True), sold / sold.sum(axis=1, keepdims=True))
    both = np.fmax(shares, shares.T)
    np.fill_diagonal(both, np.nan)
    return pd.DataFrame(both, index=flows.index, columns=flows.columns)


def combined_similarity(matrices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """
    Mean of several similarities, each standardised over its pairs.

    Parameters
    ----------
    matrices
        Similarities, sectors by sectors, by name; a pair that one lacks is told by the others.

    Returns
    -------
    similarity
        All sectors by all sectors, in standard deviations from the mean pair; the diagonal is NaN.

    Raises
    ------
    LayerError
        If there is none, or in one all pairs are alike.

    Examples
    --------
    >>> one = pd.DataFrame([[1, 3.0, 1], [3, 1, 2], [1, 2, 1]], index=list("abc"), columns=list("abc"))
    >>> combined_similarity({"one": one, "tenfold": 10 * one}).round(3).loc["a"].tolist()
    [nan, 1.225, -1.225]
    """
    if not matrices:
        raise LayerError(message("similarities: there are none."))
    sectors = sorted(set().union(*(m.index for m in matrices.values())))
    layers = np.stack([_standardised(name, m, sectors) for name, m in matrices.items()])
    known = ~np.isnan(layers)
    number = known.sum(axis=0)
    mean = np.where(number > 0, np.nansum(layers, axis=0) / np.maximum(number, 1), np.nan)
    return pd.DataFrame(mean, index=sectors, columns=sectors)


def related_groups(
    similarity: pd.DataFrame,
    *,
    method: Grouping = "louvain",
    number: Count | None = None,
    links: Share = 0.05,
    resolution: Ratio = 1.0,
    rng: int = 1,
) -> pd.Series:
    """
    Groups of similar sectors.

    Parameters
    ----------
    similarity
        Sectors by sectors, symmetric; pairs that are NaN are no links.
    method
        "louvain": communities of the network of the strongest links; "ward" and "k_means": sectors whose rows of
        similarities are alike; "average": mean similarity between groups.
    number
        Number of groups; not of "louvain", which finds it.
    links
        Of "louvain": share of all pairs that are links, the most similar first, and of those only pairs above 0.
    resolution
        Of "louvain": above 1 groups are smaller, below 1 larger.
    rng
        Seed.

    Returns
    -------
    groups
        Number of its group by sector, the largest group 1; NaN for sectors without links.

    Raises
    ------
    LayerError
        If there are fewer than two sectors, or a method needs a number of groups that is missing or out of range.

    References
    ----------
    .. [1] Blondel, V. D., Guillaume, J.-L., Lambiotte, R. & Lefebvre, E. (2008). Fast unfolding of communities in large
       networks. Journal of Statistical Mechanics, P10008.
    .. [2] Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. Journal of the American
       Statistical Association 58, 236-244.

    Examples
    --------
    >>> values = np.kron(np.eye(2), np.ones((3, 3)))
    >>> similarity = pd.DataFrame(values, index=list("abcxyz"), columns=list("abcxyz"))
    >>> related_groups(similarity, method="ward", number=2).tolist()
    [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    """
    sectors = similarity.index
    values = amounts(similarity, "similarities", signed=True).to_numpy(np.float64, copy=True)
    if len(sectors) < _FEWEST:
        raise LayerError(message("similarities: fewer than two sectors make no group."))
    if method == "louvain":
        return _ranked(_communities(values, links, resolution, rng), sectors)
    if number is None or not 1 <= number <= len(sectors):
        raise LayerError(
            message("number: give how many groups there are to be, from 1 to {most}.", most=len(sectors))
        )
    # A pair nobody knows is as similar as the average pair.
    np.fill_diagonal(values, np.nan)
    values = np.where(np.isnan(values), np.nanmean(values) if (~np.isnan(values)).any() else 0.0, values)
    if method == "average":
        away = values.max() - (values + values.T) / 2
        np.fill_diagonal(away, 0)
        tree = hierarchy.average(squareform(away, checks=False))
        return _ranked(hierarchy.fcluster(tree, number, "maxclust"), sectors)
    # A sector is most similar to itself: without that, two alike differ in the places of one another.
    np.fill_diagonal(values, values.max())
    if method == "ward":
        return _ranked(hierarchy.fcluster(hierarchy.ward(values), number, "maxclust"), sectors)
    return _ranked(kmeans2(values, number, minit="++", rng=rng, iter=100)[1], sectors)


def validation_scores(definition: pd.Series, similarity: pd.DataFrame) -> Validation:
    r"""
    Scores of a definition of groups of sectors: are they more similar within than between?

    Parameters
    ----------
    definition
        Group of each sector; of sectors with none nothing is asked.
    similarity
        Sectors by sectors, symmetric; NaN where unknown. The diagonal is not looked at.

    Returns
    -------
    validation
        Groups, sectors and scores.

    Raises
    ------
    LayerError
        If there are fewer than two groups, or a sector has two groups.

    Notes
    -----
    For a group c with sectors i and j, and another c',

    .. math:: WCR_c = \overline{s_{ij}},\ i \ne j \in c; \qquad BCR_{cc'} = \overline{s_{ij}},\ i \in c, j \in c'

    `groups_mean` is the share of the groups whose WCR is above the mean of their BCR, `groups_95` above the 95th
    percentile of them; `sectors_mean` and `sectors_95` the same with each sector alone in place of c. A group of one
    sector has no WCR, and counts as not above: else all that is parted would be right. This is the scheme of [1]_; its
    published scores were not at hand, and rest on American matrices: compare definitions by the same matrix, not with
    them.

    References
    ----------
    .. [1] Delgado, M., Porter, M. E. & Stern, S. (2016). Defining clusters of related industries. Journal of Economic
       Geography 16, 1-38.

    Examples
    --------
    >>> values = [[1, 0.8, 0.1, 0.2], [0.8, 1, 0.3, 0.0], [0.1, 0.3, 1, 0.6], [0.2, 0.0, 0.6, 1]]
    >>> similarity = pd.DataFrame(values, index=list("abxy"), columns=list("abxy"))
    >>> found = validation_scores(pd.Series({"a": "A", "b": "A", "x": "X", "y": "X"}), similarity)
    >>> found.groups[["within", "between"]].round(3).values.tolist(), float(found.scores["score"])
    ([[0.8, 0.15], [0.6, 0.15]], 1.0)
    """
    definition = definition.dropna()
    if not definition.index.is_unique:
        raise LayerError(
            message("definitions: scores need one group for each sector, and some sectors have several.")
        )
    held = definition[definition.index.isin(similarity.index)]
    names = pd.Index(sorted(held.unique()), name="group")
    if len(names) < _FEWEST:
        raise LayerError(message("definitions: scores compare groups, and there are fewer than two."))
    similarity = amounts(similarity, "similarities", signed=True)
    values = similarity.reindex(index=held.index, columns=held.index).to_numpy(np.float64, copy=True)
    np.fill_diagonal(values, np.nan)
    member = (held.to_numpy()[:, None] == names.to_numpy()[None, :]).astype(np.float64)
    known = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    with np.errstate(invalid="ignore"):
        by_sector = (filled @ member) / (known @ member)
        by_group = (member.T @ filled @ member) / (member.T @ known @ member)
    own = member.argmax(axis=1)
    groups = _compared(by_group, np.arange(len(names)), names)
    groups.insert(0, "sectors", member.sum(axis=0).astype(int))
    sectors = _compared(by_sector, own, held.index)
    sectors.insert(0, "group", held.to_numpy())
    sectors["nearest"], sectors["outlier"] = _nearest(by_sector, own, names)
    return Validation(groups, sectors, _scores(groups, sectors))


def candidate_groups(
    similarity: pd.DataFrame,
    *,
    methods: Sequence[Grouping],
    numbers: Sequence[int],
    links: Share = 0.05,
    rng: int = 1,
) -> tuple[pd.DataFrame, pd.Series]:
    """
    Definitions by several methods and numbers of groups, with their scores, and the best of them.

    Parameters
    ----------
    similarity
        Sectors by sectors.
    methods
        Methods tried.
    numbers
        Numbers of groups tried, by methods that need one.
    links
        Of "louvain": share of all pairs that are links.
    rng
        Seed.

    Returns
    -------
    candidates, best
        One row per definition: `method`, `groups`, the scores, `chosen` ("yes" for the best by `score`, of equal ones
        that of fewer groups); and the group of each sector by the best.

    Raises
    ------
    LayerError
        If no method gives two groups or more.

    Examples
    --------
    >>> values = np.kron(np.eye(3), np.ones((3, 3)))
    >>> similarity = pd.DataFrame(values, index=list("abcmnoxyz"), columns=list("abcmnoxyz"))
    >>> table, best = candidate_groups(similarity, methods=["ward"], numbers=[3])
    >>> table[["groups", "chosen"]].values.tolist()
    [[3, 'yes']]
    """
    rows, found = [], []
    for method in methods:
        for number in [None] if method == "louvain" else numbers:
            groups = related_groups(similarity, method=method, number=number, links=links, rng=rng)
            if groups.nunique() < _FEWEST:
                continue
            scores = validation_scores(groups, similarity).scores
            rows.append({"method": method, "groups": groups.nunique(), **scores})
            found.append(groups)
    if not rows:
        raise LayerError(
            message("similarities: no method finds two groups. Give more sectors, or choose other settings.")
        )
    table = pd.DataFrame(rows)
    order = table.sort_values(["score", "groups"], ascending=[False, True], kind="stable").index
    table["chosen"] = np.where(table.index == order[0], "yes", "no")
    return table, found[order[0]]


def _correlated(rows: Floats, names: pd.Index) -> pd.DataFrame:
    gaps = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((gaps**2).sum(axis=1, keepdims=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = gaps / np.where(length > 0, length, np.nan)
    return pd.DataFrame(np.clip(unit @ unit.T, -1, 1), index=names, columns=names)


def _standardised(name: str, matrix: pd.DataFrame, sectors: list[str]) -> Floats:
    values = (
        amounts(matrix, f"similarities: {name}", signed=True)
        .reindex(index=sectors, columns=sectors)
        .to_numpy(np.float64, copy=True)
    )
    np.fill_diagonal(values, np.nan)
    if not np.allclose(values, values.T, equal_nan=True):
        raise LayerError(message("similarities: “{name}” is not the same in both directions.", name=name))
    known = values[~np.isnan(values)]
    if not len(known) or not known.std() > 0:
        raise LayerError(message("similarities: in “{name}” all pairs are alike.", name=name))
    found: Floats = (values - known.mean()) / known.std()
    return found


def _communities(values: Floats, links: float, resolution: float, rng: int) -> Floats:
    first, second = np.triu_indices(len(values), 1)
    strength = values[first, second]
    known = strength[~np.isnan(strength)]
    label = np.full(len(values), np.nan)
    if not len(known):
        return label
    cut = np.quantile(known, 1 - links)
    linked = (strength >= cut) & (strength > 0)
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(first[linked], second[linked], strength[linked], strict=True))
    for k, members in enumerate(nx.community.louvain_communities(graph, resolution=resolution, seed=rng)):
        label[list(members)] = k
    return label


def _ranked(label: npt.ArrayLike, sectors: pd.Index) -> pd.Series:
    """Numbers from 1, the largest group first, of equal ones that of the first sector."""
    codes = pd.Series(np.asarray(label, dtype=float), index=sectors)
    size = codes.groupby(codes).transform("size")
    place = pd.Series(np.arange(len(codes), dtype=float), index=sectors).groupby(codes).transform("min")
    keys = (
        pd.DataFrame({"size": -size, "place": place})
        .dropna()
        .drop_duplicates()
        .sort_values(["size", "place"])
    )
    rank = {p: float(k) for k, p in enumerate(keys["place"], 1)}
    return place.map(rank).rename("group")


def _compared(means: Floats, own: Codes, names: pd.Index) -> pd.DataFrame:
    """Means with the own group beside those with the others."""
    within = means[np.arange(len(own)), own]
    others = means.copy()
    others[np.arange(len(own)), own] = np.nan
    empty = np.isnan(others).all(axis=1)
    others[empty] = 0
    between = np.where(empty, np.nan, np.nanmean(others, axis=1))
    high = np.where(empty, np.nan, np.nanpercentile(others, _PERCENTILE, axis=1))
    frame = pd.DataFrame({"within": within, "between": between, "between_95": high}, index=names)
    for name, limit in (("above_mean", between), ("above_95", high)):
        untold = np.isnan(within) | np.isnan(limit)
        frame[name] = np.where(untold, "unknown", np.where(within > limit, "yes", "no"))
    return frame


def _nearest(means: Floats, own: Codes, names: pd.Index) -> tuple[list[str | None], list[str]]:
    within = means[np.arange(len(own)), own]
    others = means.copy()
    others[np.arange(len(own)), own] = -np.inf
    others = np.where(np.isnan(others), -np.inf, others)
    best = others.argmax(axis=1)
    most = others.max(axis=1)
    nearest = [names[b] if np.isfinite(m) else None for b, m in zip(best, most, strict=True)]
    alone = np.isnan(within)
    return nearest, np.where(alone, "unknown", np.where(most > within, "yes", "no")).tolist()


def _scores(groups: pd.DataFrame, sectors: pd.DataFrame) -> pd.Series:
    found = {
        f"{what}_{name}": float((table[column] == "yes").mean())
        for what, table in (("groups", groups), ("sectors", sectors))
        for name, column in (("mean", "above_mean"), ("95", "above_95"))
    }
    return pd.Series({**found, "score": np.mean(list(found.values()))})


def similarity_matrices(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """
    Matrices of a layer of similarities.

    Parameters
    ----------
    rows
        `sector`, `other`, `value` and, where there are several, `matrix` and `form`: "similarity" as it is,
        "exchange" (what the first sells to the second) or "occupation" (jobs of the sector in the occupation that
        `other` names).

    Returns
    -------
    matrices
        Sectors by sectors, by name.

    Raises
    ------
    LayerError
        If a matrix has several forms, or the two directions of a pair contradict each other.

    Examples
    --------
    >>> rows = pd.DataFrame({"sector": ["10"], "other": ["11"], "value": [0.5]})
    >>> float(similarity_matrices(rows)["similarity"].loc["11", "10"])
    0.5
    """
    table = rows.assign(
        value=amounts(rows["value"], "similarities: value", signed=True),
        matrix=rows.get("matrix", pd.Series("similarity", index=rows.index)).fillna("similarity"),
        form=rows.get("form", pd.Series("similarity", index=rows.index)).fillna("similarity"),
    )
    forms = table.groupby("matrix")["form"].nunique()
    if (forms > 1).any():
        raise LayerError(
            message(
                "similarities: a matrix has one form: {values} have several.",
                values=listing(forms.index[forms > 1].tolist()),
            )
        )
    return {str(name): _matrix(str(name), part) for name, part in table.groupby("matrix", sort=False)}


def _matrix(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    wide = rows.pivot_table(index="sector", columns="other", values="value", aggfunc="first")
    form = rows["form"].iloc[0]
    if form == "occupation":
        return occupation_similarity(wide.fillna(0.0))
    sectors = sorted(set(wide.index) | set(wide.columns))
    square = wide.reindex(index=sectors, columns=sectors)
    if form == "exchange":
        return exchange_similarity(square.fillna(0.0))
    turned = square.T
    if not np.allclose(square.where(turned.notna()), turned.where(square.notna()), equal_nan=True):
        raise LayerError(message("similarities: “{name}” is not the same in both directions.", name=name))
    return square.fillna(turned)
