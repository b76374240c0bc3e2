"""Clumps: where plants lie close together, what each holds, and whether it is found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import spatial, special

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.patterns._bounds import problems_of, wrong_count
from geoterritorio.patterns.sites import Sites, say_coincident, sites
from geoterritorio.registry import Count, Metres, Progress, Share, no_progress

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Method = Literal["dbscan", "hdbscan"]
DistanceRule = Literal["chance", "knee"]
Random = int | np.random.Generator | None

# Fewer plants than this are no clump, however many jobs they have.
_FEWEST = 3
# Plants that are close together by chance alone: in one of twenty patterns thrown evenly there is such a plant.
_ERROR = 0.05
# A clump is found again where it shares this part with one of another run (Hennig 2007: below, it is dissolved).
_AGAIN = 0.5
_STABLE = 0.75
# Sectors named, most first.
_NAMED = 3


@dataclass(frozen=True)
class ClumpRules:
    """
    How clumps are found and tried.

    Parameters
    ----------
    method
        "dbscan": plants with `least` others within `distance`, and those beside them; "hdbscan": clumps of any
        density that last longest as the distance grows, of `least` plants or more; it never finds one clump alone, and
        often some where there are none, which their stability shows.
    least
        Plants that make a clump, 3 or more; None takes the square root of their number, and 5 or more, of fewer plants
        all. With weights, as many times the mean weight, of which no plant counts for more than a third: one large
        plant is no clump.
    distance
        Of "dbscan", in metres. "chance": the largest at which plants thrown evenly over the ground would show no clump
        in 19 of 20 cases; "knee": where the distances to the neighbour of number `least`, in order, bend most.
    ground
        Square metres on which plants can be; None takes the convex hull of all plants, of all sectors.
    factors
        By what `least` and, apart from it, `distance` are multiplied to try other settings.
    draws
        How often some plants are left out.
    share
        Share of the plants kept in each draw.
    """

    method: Method = "dbscan"
    least: Count | None = None
    distance: Metres | DistanceRule = "chance"
    ground: float | None = None
    factors: tuple[float, ...] = (2 / 3, 0.8, 1.25, 1.5)
    draws: Count = 20
    share: Share = 0.8


@dataclass(frozen=True)
class Clumps:
    """
    Clumps of plants.

    Parameters
    ----------
    clumps
        By clump, the largest first: `plants`, `jobs`, `share_plants` and `share_jobs` of the sector, mean centre `x`
        and `y`, `main_sectors`, `similarity` and `found_again` when plants are left out, `similarity_settings` and
        `found_again_settings` under other settings, and `stability`: "stable", "partly" or "unstable".
    plants
        By plant: `clump`, NaN outside clumps, and `probability` of belonging to it.
    rules
        How they were found, with what was chosen filled in.
    """

    clumps: pd.DataFrame
    plants: pd.DataFrame
    rules: ClumpRules


def clumps(
    points: pd.DataFrame,
    sector: str | Sequence[str] | None = None,
    *,
    weighted: bool = False,
    rules: ClumpRules | None = None,
    rng: Random = 1,
    progress: Progress = no_progress,
) -> Clumps:
    r"""
    Clumps of plants, and how surely each is one.

    Parameters
    ----------
    points
        All plants: `x` and `y` in metres, `sector`, and `employment` where jobs are told or weigh.
    sector
        Sector or sectors whose plants are looked at; None takes all.
    weighted
        Whether a plant counts with its jobs. Only "dbscan" can: of "hdbscan" jobs are told, and weigh nothing.
    rules
        Method, settings, and how they are tried; None takes the defaults.
    rng
        Generator of the draws, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    clumps
        Clumps and plants; none is a result too.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, there are fewer plants than make a clump, all are at one point or
        without jobs, or jobs are to weigh in "hdbscan".

    Notes
    -----
    Thrown evenly over an area :math:`A`, a plant has :math:`m` others within :math:`r` with probability
    :math:`P(m, \mu)`, the regularised gamma function of their expected number :math:`\mu = (n - 1) \pi r^2 / A`. The
    distance of the rule "chance" makes that 0.05 divided by :math:`n`. This does not ask whether the sector clumps more
    than all plants do: see `k_density`.

    Of each clump the most similar one of another run is taken, by Jaccard's index (those in both over those in either,
    among the plants of that run). `similarity` is the mean over runs, `found_again` the share of runs in which it is
    0.5 or more. A clump is "stable" where both similarities are 0.75 or more, "unstable" where one is below 0.5.

    The probability is that of scikit-learn for "hdbscan"; for "dbscan" what is within the distance over what makes a
    clump, 1 at most.

    References
    ----------
    .. [1] Ester, M., Kriegel, H.-P., Sander, J., Xu, X. (1996). A density-based algorithm for discovering clusters in
       large spatial databases with noise. Proceedings of KDD-96, 226-231.
    .. [2] Campello, R. J. G. B., Moulavi, D., Sander, J. (2013). Density-based clustering based on hierarchical
       density estimates. Advances in Knowledge Discovery and Data Mining, 160-172.
    .. [3] Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics and Data Analysis
       52, 258-271.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> town, country = rng.normal(5000, 300, (40, 2)), rng.uniform(0, 20000, (60, 2))
    >>> points = pd.DataFrame(np.vstack([town, country]), columns=["x", "y"]).assign(sector="15")
    >>> found = clumps(points).clumps.loc["1"]
    >>> int(found["plants"]), found["stability"]
    (43, 'stable')
    """
    rules = rules or ClumpRules()
    problems = problems_of(replace(rules, least=None))
    problems += wrong_count("least", rules.least, _FEWEST) if rules.least is not None else []
    if problems:
        raise LayerError(problems)
    plants = sites(points, weighted=weighted)
    chosen = plants.code >= 0
    if sector is not None:
        names = [sector] if isinstance(sector, str) else list(sector)
        chosen = np.isin(plants.code, [plants.number(name) for name in names])
    places = np.column_stack([plants.x, plants.y])[chosen]
    weight = plants.weight[chosen]
    _refuse(places, weight, rules, weighted=weighted)
    rules = _with_settings(rules, places, plants)
    say_coincident(replace(plants, x=plants.x[chosen], y=plants.y[chosen], code=plants.code[chosen]))
    label, probability = found(places, weight, rules)
    rows = points.loc[chosen].assign(clump=_names(label), probability=probability)
    tried = _tried(places, weight, label, rules, rng, progress)
    return Clumps(_described(rows, tried), rows[["clump", "probability"]], rules)


def _refuse(places: Floats, weight: Floats, rules: ClumpRules, *, weighted: bool) -> None:
    problems = []
    n, least = len(places), max(_FEWEST, 0 if weighted else rules.least or 0)
    if n < least:
        problems.append(
            message("points: establishments: {number}; to make a clump: {least}.", number=n, least=least)
        )
    elif len(np.unique(places, axis=0)) == 1:
        problems.append(
            message(
                "points: all {number} establishments are at one point, where no clump can be told from another.",
                number=n,
            )
        )
    if weighted and not weight.sum() > 0:
        problems.append(message("points: no establishment has jobs, which are to weigh."))
    if weighted and rules.method == "hdbscan":
        problems.append(
            message("points: jobs cannot weigh in “hdbscan”. Take “dbscan”, or count establishments.")
        )
    given = rules.distance
    if not isinstance(given, str) and not (np.isfinite(given) and given > 0):
        problems.append(message("{name}: give metres above 0.", name="distance"))
    if problems:
        raise LayerError(problems)


def _with_settings(rules: ClumpRules, places: Floats, plants: Sites) -> ClumpRules:
    """Rules with numbers in place of what the data decide."""
    n = len(places)
    least = int(rules.least or min(max(5, round(np.sqrt(n))), n))
    if rules.method == "hdbscan":
        return replace(rules, least=least)
    distance = rules.distance
    if distance == "knee":
        distance = _knee(places, least)
    elif distance == "chance":
        ground = rules.ground or _hull(plants)
        expected = float(special.gammaincinv(max(least - 1, 1), _ERROR / n))
        distance = float(np.sqrt(expected * ground / (np.pi * (n - 1))))
        rules = replace(rules, ground=ground)
    if not distance > 0:
        raise LayerError(
            message(
                "distance: the data give none by the rule “{rule}”. Give metres above 0.", rule=rules.distance
            )
        )
    return replace(rules, least=least, distance=distance)


def _hull(plants: Sites) -> float:
    """Area of the convex hull of all plants, 0 where they lie on a line."""
    try:
        return float(spatial.ConvexHull(np.column_stack([plants.x, plants.y])).volume)
    except (spatial.QhullError, ValueError):
        return 0.0


def _knee(places: Floats, least: int) -> float:
    """Distance that lies farthest below the straight line from the least to the largest."""
    k = min(least - 1, len(places) - 1)
    away = np.sort(spatial.KDTree(places).query(places, k=[max(k, 1) + 1])[0].ravel())
    line = np.linspace(away[0], away[-1], len(away))
    return float(away[np.argmax(line - away)])


def found(places: Floats, weight: Floats, rules: ClumpRules) -> tuple[Labels, Floats]:
    """
    Clump of each plant by one run.

    Parameters
    ----------
    places
        Coordinates in metres, plants by two.
    weight
        How much each counts.
    rules
        With numbers for `least` and, of "dbscan", `distance`.

    Returns
    -------
    label, probability
        Number of the clump, the one with most plants 0; -1 outside.
    """
    if rules.method == "hdbscan":
        return _lasting(places, rules)
    label = _dense(places, weight, rules)
    relative = _relative(weight, rules)
    return label, _density(places, relative, label, float(rules.distance), int(rules.least or _FEWEST))


def _labelled(places: Floats, weight: Floats, rules: ClumpRules) -> Labels:
    """Clump of each plant by one run, without its probability."""
    return _lasting(places, rules)[0] if rules.method == "hdbscan" else _dense(places, weight, rules)


def _lasting(places: Floats, rules: ClumpRules) -> tuple[Labels, Floats]:
    """Clumps by "hdbscan", and their probabilities."""
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - takes seconds, and only clumps need it

    least = int(rules.least or _FEWEST)
    run = HDBSCAN(min_cluster_size=min(max(2, least), len(places)), copy=True).fit(places)
    return _ordered(run.labels_), np.asarray(run.probabilities_, dtype=float)


def _dense(places: Floats, weight: Floats, rules: ClumpRules) -> Labels:
    """Clumps by "dbscan"."""
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - takes seconds, and only clumps need it

    relative = _relative(weight, rules)
    run = DBSCAN(eps=float(rules.distance), min_samples=int(rules.least or _FEWEST))
    run.fit(places, sample_weight=None if (relative == 1).all() else relative)
    return _ordered(run.labels_)


def _relative(weight: Floats, rules: ClumpRules) -> Floats:
    """Weights over their mean, none more than a third of what makes a clump."""
    relative: Floats = np.minimum(weight / weight.mean(), int(rules.least or _FEWEST) / _FEWEST)
    return relative


def _density(places: Floats, weight: Floats, label: Labels, distance: float, least: int) -> Floats:
    """What is within the distance of each plant of a clump, over what makes a clump."""
    inside = label >= 0
    tree = spatial.KDTree(places)
    # Neighbours are counted faster than their weights are summed.
    if (weight == 1).all():
        around = tree.query_ball_point(places[inside], distance, return_length=True)
    else:
        around = _summed(tree, places[inside], weight, distance)
    probability = np.zeros(len(places))
    probability[inside] = np.minimum(around / least, 1)
    return probability


def _summed(tree: spatial.KDTree, places: Floats, weight: Floats, distance: float) -> Floats:
    """Weights within the distance of places."""
    near = tree.query_ball_point(places, distance)
    count = np.array([len(n) for n in near], dtype=np.int64)
    around = np.zeros(len(count))
    if len(count):
        flat = np.concatenate(near).astype(np.int64)
        np.add.at(around, np.repeat(np.arange(len(count)), count), weight[flat])
    return around


def _ordered(label: npt.NDArray[np.integer]) -> Labels:
    """Labels by number of plants, the most first, without clumps of too few."""
    size = np.bincount(label[label >= 0], minlength=int(label.max(initial=-1)) + 1)
    order = np.argsort(-size, kind="stable")
    rank = np.full(len(size) + 1, -1, dtype=np.int64)
    rank[order] = np.where(size[order] >= _FEWEST, np.arange(len(size)), -1)
    ordered: Labels = rank[label]
    return ordered


def _names(label: Labels) -> npt.NDArray[np.object_]:
    names: npt.NDArray[np.object_] = np.where(label >= 0, (label + 1).astype(str).astype(object), np.nan)
    return names


def _tried(
    places: Floats, weight: Floats, label: Labels, rules: ClumpRules, rng: Random, progress: Progress
) -> pd.DataFrame:
    """Similarity of each clump to the nearest of each other run."""
    number = int(label.max(initial=-1)) + 1
    columns: dict[str, Floats] = {}
    settings, draws = list(_settings(rules)), list(_draws(len(places), rules, rng))
    every = np.arange(len(places))
    runs = [("settings", every, r) for r in settings] + [("draws", kept, r) for kept, r in draws]
    likeness: dict[str, list[Floats]] = {"settings": [], "draws": []}
    for i, (kind, kept, changed) in enumerate(runs if number else ()):
        other = _labelled(places[kept], weight[kept], changed)
        likeness[kind].append(_likeness(label[kept], other, number))
        progress((i + 1) / len(runs), mark("Looking for the clumps again"))
    for kind, ending in (("draws", ""), ("settings", "_settings")):
        table = np.array(likeness[kind]).reshape(len(likeness[kind]), number)
        known = len(table) > 0
        columns[f"similarity{ending}"] = table.mean(axis=0) if known else np.full(number, np.nan)
        again = (table >= _AGAIN).mean(axis=0) if known else np.full(number, np.nan)
        columns[f"found_again{ending}"] = again
    return pd.DataFrame(columns)


def _settings(rules: ClumpRules) -> Iterator[ClumpRules]:
    for factor in rules.factors:
        yield replace(rules, least=_fewer(rules, factor))
        if rules.method == "dbscan":
            yield replace(rules, distance=float(rules.distance) * factor)


def _fewer(rules: ClumpRules, factor: float) -> int:
    return max(2, round(int(rules.least or _FEWEST) * factor))


def _draws(number: int, rules: ClumpRules, rng: Random) -> Iterator[tuple[Labels, ClumpRules]]:
    """Plants kept, and what makes a clump of so many."""
    generator = np.random.default_rng(rng)
    kept = max(_FEWEST, round(rules.share * number))
    thinner = replace(rules, least=_fewer(rules, kept / number))
    for _ in range(int(rules.draws)):
        yield np.sort(generator.choice(number, kept, replace=False)), thinner


def _likeness(label: Labels, other: Labels, number: int) -> Floats:
    """Largest Jaccard index of each clump with those of another run."""
    others = int(other.max(initial=-1)) + 1
    if not others:
        return np.zeros(number)
    both = np.zeros((number + 1, others + 1))
    np.add.at(both, (label, other), 1)
    sizes = both.sum(axis=1)[:-1, None], both.sum(axis=0)[None, :-1]
    shared = both[:-1, :-1]
    either = sizes[0] + sizes[1] - shared
    best: Floats = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0).max(axis=1)
    return best


def _described(rows: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """One row per clump."""
    if "employment" not in rows.columns:
        rows = rows.assign(employment=np.nan)
    jobs = rows["employment"].astype(float)
    groups = rows.assign(employment=jobs).dropna(subset="clump").groupby("clump")
    table = pd.DataFrame(
        {
            "plants": groups.size(),
            "jobs": groups["employment"].sum(min_count=1),
            "share_plants": groups.size() / len(rows),
            "share_jobs": groups["employment"].sum(min_count=1) / (jobs.sum(min_count=1) or np.nan),
            "x": groups["x"].mean(),
            "y": groups["y"].mean(),
            "main_sectors": groups["sector"].agg(_main),
        }
    )
    order = [str(i + 1) for i in range(len(table))]
    table = table.reindex(pd.Index(order, name="clump", dtype=object))
    table = table.assign(**{c: tried[c].to_numpy() for c in tried})
    least = table[["similarity", "similarity_settings"]].min(axis=1, skipna=True).to_numpy(dtype=float)
    verdict = np.where(least >= _STABLE, "stable", np.where(least < _AGAIN, "unstable", "partly"))
    return table.assign(stability=np.where(np.isnan(least), "untested", verdict))


def _main(sectors: pd.Series) -> str:
    """Commonest sectors with their share of the plants."""
    counts = sectors.astype(str).value_counts()
    counts = counts.loc[sorted(counts.index, key=lambda code: (-counts[code], code))[:_NAMED]]
    return "; ".join(f"{code} ({100 * n / len(sectors):.0f} %)" for code, n in counts.items())
