"""Do people and firms share the same places? Where residents live beside where jobs are, and who does both."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.delimitation.commuting import sums, unit_flows
from geoterritorio.delimitation.containment import contained
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Count, Level

Floats = npt.NDArray[np.float64]
# One place alone holds all, whatever is where.
_LEAST = 2


def containment_intervals(
    flows: pd.DataFrame,
    membership: pd.Series | None = None,
    *,
    outside: tuple[str, ...] = (),
    totals: pd.DataFrame | None = None,
    level: Level = 0.95,
) -> pd.DataFrame:
    r"""
    Self-containment of territories on both sides, with intervals and what chance alone would give.

    Parameters
    ----------
    flows
        Commuters by `origin`, `destination`, `flow`, those within a place among them.
    membership
        Territory of each place, by its identifier; by default each is its own.
    outside
        Names that flows give to what is across the border of the study.
    totals
        By place: all employed `residents` and all `workers`, where they are more than the flows say.
    level
        Level of the intervals.

    Returns
    -------
    containment
        As `self_containment`, of all territories, and for both sides (`supply`, `demand`) `_low`, `_high` and
        `_chance`.

    Raises
    ------
    FlowError
        The flows are wrong, or name none of the places.

    Notes
    -----
    Intervals are Wilson's for the share of so many commuters, each taken on their own: they read “if people chose
    home and work once more”. Couples, firms that moved and rounded figures make them too narrow.

    Chance: if people chose where to work without regard to where they live, the share of residents who work in their
    territory would be its share of all workers of the territories compared, and the share of workers who live in it its
    share of all residents:

    .. math:: s^0_r = W_r / \textstyle\sum_q W_q, \qquad d^0_r = R_r / \textstyle\sum_q R_q

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aabb"), "destination": list("abba"), "flow": [80, 20, 50, 10]})
    >>> found = containment_intervals(flows)
    >>> found.loc["a", ["supply", "supply_low", "supply_high", "supply_chance"]].round(3).tolist()
    [0.8, 0.711, 0.867, 0.562]
    """
    found = _contained(flows, membership, outside, totals)
    for side, own, other in (("supply", "residents", "workers"), ("demand", "workers", "residents")):
        found[f"{side}_low"], found[f"{side}_high"] = wilson(found["internal"], found[own], level=level)
        found[f"{side}_chance"] = found[other] / found[other].sum()
    return found


def _contained(
    flows: pd.DataFrame, membership: pd.Series | None, outside: tuple[str, ...], totals: pd.DataFrame | None
) -> pd.DataFrame:
    """Self-containment of all territories, those that nobody leaves or enters among them."""
    if membership is None:
        named = pd.unique(pd.concat([flows["origin"], flows["destination"]]).dropna().astype(str))
        units = sorted(set(named) - set(outside))
        membership = pd.Series(units, index=units, name="territory", dtype=object)
    known = membership.dropna().astype(str)
    told = unit_flows(flows, known.index, outside=outside, totals=totals)
    code, names = pd.factorize(known.set_axis(known.index.astype(str)).reindex(told.units), sort=True)
    pairs, size = told.pairs, len(names)
    within = code[pairs.origin] == code[pairs.destination]
    living, working = (sums(code, v, None, size) for v in (told.residents, told.workers))
    both = sums(code[pairs.origin], pairs.flow, within, size)
    with np.errstate(invalid="ignore"):  # of nobody no share is anything
        shares = {
            "supply": both / living,
            "demand": both / working,
            "containment": contained(living, working, both),
        }
    table = {"residents": living, "workers": working, "internal": both, **shares}
    return pd.DataFrame(table, index=pd.Index(names, name="territory"))


def wilson(part: pd.Series, whole: pd.Series, *, level: Level = 0.95) -> tuple[pd.Series, pd.Series]:
    """
    Wilson's interval of shares.

    Parameters
    ----------
    part, whole
        Those of whom it holds, and all of them.
    level
        Level of the intervals.

    Returns
    -------
    low, high
        Ends; NaN where the whole is none.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(pd.Series([80.0]), pd.Series([100.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.7112], [0.8666])
    """
    z = stats.norm.ppf((1 + level) / 2)
    number = whole.where(whole > 0)
    share = part / number
    middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2)) / (1 + z**2 / number)
    return (middle - half).clip(lower=0), (middle + half).clip(upper=1)


def home_job_overlap(
    homes: pd.Series,
    jobs: pd.Series,
    membership: pd.Series,
    *,
    draws: Count = 999,
    rng: int | np.random.Generator = 1,
) -> pd.DataFrame:
    r"""
    How far the places where people live are those where jobs are, within each territory.

    Parameters
    ----------
    homes, jobs
        People who live, and jobs, by place; NaN where unknown, places that one of them lacks have none of it.
    membership
        Territory of each place.
    draws
        Draws of both baselines; 0 leaves them out.
    rng
        Seed or generator of the draws.

    Returns
    -------
    overlap
        By territory: `places`, `homes`, `jobs`, `dissimilarity`, `overlap` (one less that); `even`, the mean overlap if
        jobs were where people are but for small numbers, with `p_apart` and `q_apart`; `dealt`, the mean overlap if the
        jobs of its places were dealt anew among them, with `p_together` and `q_together`; `reason` where it is unknown.

    Raises
    ------
    LayerError
        Figures are texts, negative or infinite, or none of the places has a territory.

    Notes
    -----
    With :math:`h_i` people and :math:`w_i` jobs of place i, H and W those of the territory, one less Duncan and
    Duncan's index of dissimilarity (which is Hoover's of jobs beside people):

    .. math:: O = 1 - \tfrac12 \sum_i |h_i / H - w_i / W| = \sum_i \min(h_i / H, w_i / W)

    It is the share of jobs that would be where they are if each place had its share of the people. It depends on how
    small the places are: smaller ones overlap less. Even: people and jobs are drawn anew, as many as there are, each on
    its own, from the shares of both together; jobs come in establishments, so that the baseline is too strict and
    `p_apart` too small where a few plants hold many. Dealt: all orders of the jobs over the places are equally likely;
    with few places p cannot be small (three have six orders). q: Benjamini-Hochberg over the territories of the table.

    References
    ----------
    .. [1] Duncan, O. D., Duncan, B. (1955). A methodological analysis of segregation indexes. American Sociological
       Review 20, 210-217.
    .. [2] Carrington, W. J., Troske, K. R. (1997). On measuring segregation in samples with small units. Journal of
       Business & Economic Statistics 15, 402-409.

    Examples
    --------
    >>> places = pd.Series("A", index=["a", "b", "c"])
    >>> homes = pd.Series([500, 300, 200], index=places.index)
    >>> jobs = pd.Series([800, 100, 100], index=places.index)
    >>> float(home_job_overlap(homes, jobs, places, draws=0).loc["A", "overlap"].round(3))
    0.7
    """
    table = _by_place(homes, jobs, membership)
    random = np.random.default_rng(rng)
    rows = {name: _overlap(part, draws, random) for name, part in table.groupby("territory", sort=True)}
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("territory")
    for side in ("apart", "together"):
        found[f"q_{side}"] = false_discoveries(found[f"p_{side}"])
    return found


def false_discoveries(p: pd.Series) -> Floats:
    """Benjamini and Hochberg's q over all that were tested; NaN of the others."""
    q: Floats = p.to_numpy(np.float64, copy=True)
    tested = ~np.isnan(q)
    if tested.any():
        q[tested] = stats.false_discovery_control(q[tested])
    return q


def _by_place(homes: pd.Series, jobs: pd.Series, membership: pd.Series) -> pd.DataFrame:
    known = membership.dropna()
    twice = known.index[known.index.duplicated()].unique()
    if len(twice):
        raise LayerError(
            message(
                "places: {count} identifiers stand in it more than once: {values}. Keep one row each.",
                count=len(twice),
                values=listing(twice),
            )
        )
    figures = {
        name: amounts(values, name).astype(np.float64) for name, values in (("homes", homes), ("jobs", jobs))
    }
    if not any(known.index.isin(values.index).any() for values in figures.values()):
        raise LayerError(
            message(
                "places: none of {values} is among the places of the figures ({others}). Use the same identifiers.",
                values=listing(known.index),
                others=listing(homes.index),
            )
        )
    table = pd.DataFrame({n: v.reindex(known.index, fill_value=0.0) for n, v in figures.items()})
    return table.assign(territory=known)


_UNTOLD = ("dissimilarity", "overlap", "even", "p_apart", "dealt", "p_together")


def _overlap(part: pd.DataFrame, draws: int, random: np.random.Generator) -> dict[str, float | str]:
    """One territory, with its baselines."""
    homes, jobs = (part[c].to_numpy() for c in ("homes", "jobs"))
    found: dict[str, float | str] = {"places": len(part), "homes": homes.sum(), "jobs": jobs.sum()}
    found |= dict.fromkeys(_UNTOLD, np.nan)
    reason = _unknown(homes, jobs)
    found["reason"] = reason
    if reason:
        return found
    overlap = float(_common(homes, jobs))
    found |= {"dissimilarity": 1 - overlap, "overlap": overlap}
    if draws:
        both = (homes + jobs) / (homes + jobs).sum()
        even = _common(
            *(
                random.multinomial(max(round(v.sum()), 1), both, size=draws).astype(float)
                for v in (homes, jobs)
            )
        )
        dealt = _common(homes, random.permuted(np.tile(jobs, (draws, 1)), axis=1))
        found |= {
            "even": float(np.mean(even)),
            "p_apart": (1 + np.sum(even <= overlap + 1e-12)) / (draws + 1),
            "dealt": float(np.mean(dealt)),
            "p_together": (1 + np.sum(dealt >= overlap - 1e-12)) / (draws + 1),
        }
    return found


def _unknown(homes: Floats, jobs: Floats) -> str:
    if np.isnan(homes).any() or np.isnan(jobs).any():
        return "withheld cells"
    if len(homes) < _LEAST:
        return "one place only"
    return "" if homes.sum() > 0 and jobs.sum() > 0 else "nobody lives or works there"


def _common(homes: Floats, jobs: Floats) -> Any:
    """Sum of the smaller of both shares, over the last axis."""
    first, second = (v / v.sum(axis=-1, keepdims=True) for v in (homes, jobs))
    return np.minimum(first, second).sum(axis=-1)
