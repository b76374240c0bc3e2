"""Tables of the capitals: indicators on one scale, scores with what they hide, and what other choices would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._intervals import drawn_in_parts
from geoterritorio.assessment._ranking import column_quantiles, row_ranks, side_by_side
from geoterritorio.assessment.normalising import LOWER, NORMALISATIONS, Normalisation, on_scale
from geoterritorio.i18n import mark
from geoterritorio.identification.cures import CAPITALS

if TYPE_CHECKING:
    from geoterritorio.assessment._capital_table import Assigned
    from geoterritorio.assessment.capital_scores import CapitalRules

Floats = npt.NDArray[np.float64]
LEFT_OUT, AT_RANDOM, NORMALISED = CHANGES = (
    mark("indicator left out"),
    mark("weights at random"),
    mark("normalisation"),
)
_SEPARATOR = "; "


@dataclass(frozen=True)
class Drawn:
    """Ends of intervals: of the indicators (territories by indicators), of scores and ranks (by capitals)."""

    indicators: tuple[Floats, Floats]
    scores: tuple[Floats, Floats]
    ranks: tuple[Floats, Floats]


def scaled(given: Assigned, method: Normalisation) -> Floats:
    """Territories by indicators on the scale of the method."""
    found = np.full(given.values.shape, np.nan)
    for column, (name, row) in enumerate(given.table.iterrows()):
        figures = given.values[name].to_numpy(np.float64)
        found[:, column] = on_scale(figures, method, lower=row["direction"] == LOWER, goal=row["goal"])
    return found


def mean(table: Floats, weights: Floats) -> Floats:
    """Weighted mean over the last axis, of what is known; NaN where nothing is."""
    known = ~np.isnan(table)
    total = (known * weights).sum(axis=-1)
    found: Floats = np.divide(
        (np.where(known, table, 0.0) * weights).sum(axis=-1),
        total,
        out=np.full(table.shape[:-1], np.nan),
        where=total > 0,
    )
    return found


def ranks(scores: Floats) -> Floats:
    """1 is the highest score over the last axis, equal ones share the better rank; NaN without one."""
    known = ~np.isnan(scores.reshape(-1, scores.shape[-1])).any(axis=0)
    found = np.full(scores.shape, np.nan)
    told = scores if known.all() else scores[..., known]
    rank = row_ranks(-np.round(told, 12), average=False)
    if known.all():
        return rank
    found[..., known] = rank
    return found


def told(given: Assigned, table: Floats, capital: str, least: float) -> npt.NDArray[np.bool_]:
    """Territories of which enough of the capital is known."""
    weights = given.of(capital)
    enough: npt.NDArray[np.bool_] = known_share(table, weights) >= max(least, 1e-12)
    return enough


def known_share(table: Floats, weights: Floats) -> Floats:
    """Part of the weights that is known, by territory; NaN where there are none."""
    total = weights.sum()
    found: Floats = (~np.isnan(table) * weights).sum(axis=1)
    return found / total if total > 0 else np.full(len(table), np.nan)


def drawn_scores(given: Assigned, rules: CapitalRules, random: np.random.Generator) -> Drawn | None:
    """Intervals that follow from those of the indicators; None where there are none."""
    some = (given.low.notna() & given.high.notna()).any().to_numpy()
    if not (rules.draws and some.any()):
        return None
    tails = ((1 - rules.level) / 2, (1 + rules.level) / 2)
    ends = np.full((2, *given.values.shape), np.nan)
    number, places = len(given.capitals), len(given.values)
    sums, totals = np.zeros((number, rules.draws, places)), np.zeros((number, places))
    on = np.empty((rules.draws, places))
    for column, (name, row) in enumerate(given.table.iterrows()):
        figures, low, high = (t[name].to_numpy(np.float64) for t in (given.values, given.low, given.high))
        done = 0
        for drawn in drawn_in_parts(figures, low, high, level=rules.level, draws=rules.draws, random=random):
            on[done : (done := done + len(drawn))] = drawn
        there = _scale(on, rules.normalise, lower=row["direction"] == LOWER, goal=row["goal"])
        if some[column]:
            ends[:, there, column] = column_quantiles(on, tails)[:, there]
        which = given.capitals.index(row["capital"])
        on *= row["weight"]
        np.add(sums[which], on, out=sums[which], where=there)
        totals[which] += row["weight"] * there
    return Drawn((ends[0], ends[1]), *_ends(sums, totals, given, rules, tails))


def _scale(drawn: Floats, method: Normalisation, *, lower: bool, goal: float) -> npt.NDArray[np.bool_]:
    """Draws of an indicator brought to the scale of the method, in their place; where all of them have one."""
    known = []

    def scale(part: slice) -> None:
        drawn[part] = on_scale(drawn[part], method, lower=lower, goal=goal)
        known.append(~np.isnan(drawn[part]).any(axis=0))

    side_by_side(scale, *drawn.shape)
    there: npt.NDArray[np.bool_] = np.all(known, axis=0)
    return there


def _ends(
    sums: Floats, totals: Floats, given: Assigned, rules: CapitalRules, tails: tuple[float, float]
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Quantiles of drawn scores and of their ranks, territories by capitals."""
    found = np.full((2, 2, sums.shape[2], sums.shape[0]), np.nan)
    table = scaled(given, rules.normalise)
    for which, capital in enumerate(given.capitals):
        rows = told(given, table, capital, rules.least_known) & (totals[which] > 0)
        if rows.any():
            drawn = sums[which][:, rows]
            drawn /= totals[which, rows]
            found[0, :, rows, which] = column_quantiles(drawn, tails).T
            found[1, :, rows, which] = column_quantiles(ranks(drawn), tails, between=False).T
    return (found[0, 0], found[0, 1]), (found[1, 0], found[1, 1])


def indicators(given: Assigned, table: Floats, rules: CapitalRules, drawn: Drawn | None) -> pd.DataFrame:
    """One row per territory and indicator."""
    places, names = given.values.index, given.table.index
    low, high = drawn.indicators if drawn else (np.full(table.shape, np.nan),) * 2
    whole = given.table.groupby("capital")["weight"].transform("sum")
    columns = {c: np.tile(given.table[c].to_numpy(), len(places)) for c in ("capital", "direction", "weight")}
    figures = {"value": given.values, "low": given.low, "high": given.high}
    around = _around(table.ravel(), low.ravel(), high.ravel())
    found = pd.DataFrame(
        {
            "territory": np.repeat(places.to_numpy(), len(names)),
            "indicator": np.tile(names.to_numpy(), len(places)),
            **columns,
            "weight_share": np.tile((given.table["weight"] / whole).to_numpy(), len(places)),
            **{name: frame.to_numpy(np.float64).ravel() for name, frame in figures.items()},
            "normalised": table.ravel(),
            "normalised_low": around[0],
            "normalised_high": around[1],
            "normalisation": rules.normalise,
        }
    )
    return found.assign(reason=_reasons(given, table).ravel())


def _reasons(given: Assigned, table: Floats) -> npt.NDArray[np.object_]:
    """Why an indicator says nothing of a territory; empty where it does."""
    values = given.values.to_numpy(np.float64)
    number = (~np.isnan(values)).sum(axis=0)
    found = np.where(
        ~np.isnan(table), "", np.where(number == 1, "only one figure", "same everywhere")
    ).astype(object)
    found[np.isnan(values)] = "no figure here"
    found[:, number == 0] = "no figures given"
    return found


def scores(given: Assigned, table: Floats, drawn: Drawn | None, rules: CapitalRules) -> pd.DataFrame:
    """One row per territory and capital."""
    frames = [
        _of_capital(given, table, capital, rules, None if drawn is None else _picked(drawn, which))
        for which, capital in enumerate(given.capitals)
    ]
    order = pd.Index(given.values.index)
    found = pd.concat(frames, ignore_index=True)
    rank = order.get_indexer(found["territory"])
    return found.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)


def _picked(drawn: Drawn, which: int) -> dict[str, Floats]:
    pairs = {"score": drawn.scores, "rank": drawn.ranks}
    return {
        f"{name}_{end}": ends[k][:, which]
        for name, ends in pairs.items()
        for k, end in enumerate(("low", "high"))
    }


def _of_capital(
    given: Assigned, table: Floats, capital: str, rules: CapitalRules, ends: dict[str, Floats] | None
) -> pd.DataFrame:
    """One capital of all territories."""
    weights = given.of(capital)
    some = weights > 0
    own = table[:, some]
    enough = told(given, table, capital, rules.least_known)
    score = np.where(enough, mean(own, weights[some]), np.nan)
    found = pd.DataFrame({"territory": given.values.index, "capital": capital, "score": score})
    nothing = np.full(len(score), np.nan)
    ends = ends or dict.fromkeys(("score_low", "score_high", "rank_low", "rank_high"), nothing)
    found["score_low"], found["score_high"] = _around(score, ends["score_low"], ends["score_high"])
    for name, pick in (("least", np.fmin), ("most", np.fmax)):
        found[name] = np.where(enough, pick.reduce(own, axis=1, initial=np.nan), np.nan)
    found["spread"] = np.sqrt(np.maximum(mean((own - score[:, None]) ** 2, weights[some]), 0))
    known = ~np.isnan(own)
    found["indicators"], found["known"] = int(some.sum()), known.sum(axis=1)
    found["known_share"] = known_share(table, weights)
    both = (given.low.notna() & given.high.notna()).to_numpy()[:, some]
    found["with_intervals"] = (known & both).sum(axis=1)
    names = given.table.index.to_numpy()[some].astype(str)
    found["missing"] = [_SEPARATOR.join(names[~row]) for row in known]
    found["rank"] = ranks(score[None, :])[0]
    found["rank_low"], found["rank_high"] = _around(
        found["rank"].to_numpy(), ends["rank_low"], ends["rank_high"]
    )
    reason = "" if some.any() else "no indicators assigned"
    found["reason"] = np.where(enough, "", reason or "too little known")
    found["cure"] = [CAPITALS.get(r, "") for r in found["reason"]]
    return found


def _around(figure: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Ends that hold the figure: drawn ones scatter more than it and are drawn towards the middle."""
    known = ~np.isnan(low + figure)
    return np.where(known, np.fmin(low, figure), np.nan), np.where(known, np.fmax(high, figure), np.nan)


def sensitivity(
    given: Assigned, table: Floats, found: pd.DataFrame, rules: CapitalRules, random: np.random.Generator
) -> pd.DataFrame:
    """Scores and ranks under other choices, one row per territory, capital and choice."""
    rows = []
    for capital in given.capitals:
        own = found[found["capital"] == capital]
        weights, base = given.of(capital), own["rank"].to_numpy()
        ranked = ~np.isnan(base)
        if not ranked.any():
            continue
        for change, what, score, rank, ends in _changed(given, table, weights, ranked, rules, random):
            rows.append(
                pd.DataFrame(
                    {
                        "territory": own["territory"].to_numpy(),
                        "capital": capital,
                        "changed": change,
                        "what": what,
                        "score": score,
                        "rank": rank,
                        "rank_low": ends[0],
                        "rank_high": ends[1],
                        "moved": rank - base,
                    }
                )[ranked]
            )
    columns = ["territory", "capital", "changed", "what", "score", "rank", "rank_low", "rank_high", "moved"]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)


_Change = tuple[str, str, Floats, Floats, tuple[Floats, Floats]]


def _changed(
    given: Assigned,
    table: Floats,
    weights: Floats,
    ranked: npt.NDArray[np.bool_],
    rules: CapitalRules,
    random: np.random.Generator,
) -> Iterator[_Change]:
    """Each other choice: what it is, scores and ranks of those that have one, and ends of the ranks."""
    nothing = np.full(len(table), np.nan)
    for column in np.flatnonzero(weights):
        score = _kept(mean(table, np.where(np.arange(len(weights)) == column, 0.0, weights)), ranked)
        yield LEFT_OUT, str(given.table.index[column]), score, ranks(score[None, :])[0], (nothing, nothing)
    some = np.flatnonzero(weights)
    if rules.draws and len(some) > 1:
        own = table[ranked][:, some]
        drawn = random.dirichlet(np.ones(len(some)), size=rules.draws)
        many = ranks(np.stack([mean(own, w) for w in drawn]))
        tails = ((1 - rules.level) / 2, 0.5, (1 + rules.level) / 2)
        full = np.full((3, len(table)), np.nan)
        full[:, ranked] = column_quantiles(many, tails, between=False)
        yield AT_RANDOM, "", nothing, full[1], (full[0], full[2])
    for method in NORMALISATIONS:
        goals = given.table["goal"].to_numpy()[some]
        if method != rules.normalise and (
            method != "reference" or (goals != 0).all() & ~np.isnan(goals).any()
        ):
            score = _kept(mean(scaled(given, method), weights), ranked)
            yield NORMALISED, method, score, ranks(score[None, :])[0], (nothing, nothing)


def _kept(score: Floats, ranked: npt.NDArray[np.bool_]) -> Floats:
    return np.where(ranked, score, np.nan)
