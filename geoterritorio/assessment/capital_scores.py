"""The four capitals of a territory: its indicators by capital, what is missing of them, and how firm they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.assessment import _capital_parts as parts
from geoterritorio.assessment._capital_table import assigned
from geoterritorio.assessment._intervals import one_figure_each
from geoterritorio.assessment.normalising import Normalisation
from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Count, Level, Share

# One alone has no place among others.
_LEAST = 2


@dataclass(frozen=True)
class CapitalRules:
    """
    How indicators become capitals.

    Parameters
    ----------
    normalise
        How indicators are made comparable: percentile (place among the territories), zscore (standard deviations from
        their mean), minmax (part of the way from the worst to the best) or reference (distance from the goal, as a
        share of it).
    least_known
        Share of a capital's indicators, by their weights, from which on it is told; below, it is unknown.
    level
        Level of the indicators' own intervals, and of those made of them.
    draws
        How often figures are drawn within their intervals, and weights at random; 0 leaves these out.
    seed
        Seed of the draws.
    """

    normalise: Normalisation = "percentile"
    least_known: Share = 0.5
    level: Level = 0.95
    draws: Count = 999
    seed: Count = 1


RULES = CapitalRules()


@dataclass(frozen=True)
class Capitals:
    """
    Capitals of the territories.

    Parameters
    ----------
    normalised
        One row per territory and indicator: `capital`, `direction`, `weight`, `weight_share` within the capital,
        `value` with its interval, `normalised` with its interval, and `reason` where that is unknown.
    scores
        One row per territory and capital: `score` with its interval, `least`, `most` and `spread` of its indicators,
        how many are known, which are missing, `rank`, and `reason` where it is unknown.
    sensitivity
        One row per territory, capital and what was changed: score and rank then, and how far the rank moved.
    rules
        How they were made.
    """

    normalised: pd.DataFrame
    scores: pd.DataFrame
    sensitivity: pd.DataFrame
    rules: CapitalRules


def capitals(
    values: pd.DataFrame,
    assignment: pd.DataFrame,
    *,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    rules: CapitalRules = RULES,
) -> Capitals:
    r"""
    Human, social, natural and economic capital of each territory, from indicators.

    Parameters
    ----------
    values
        Territories by indicators; NaN where missing.
    assignment
        One row per indicator: `indicator`, `capital` (human, social, natural, economic), and perhaps `direction`
        (higher or lower, which is better; by default higher), `weight` (by default 1), `goal`, and `least` and `most`,
        between which its figures must lie.
    low, high
        Ends of the indicators' own intervals, of the same form; NaN where there is none.
    rules
        How indicators are made comparable, and how much must be known.

    Returns
    -------
    capitals
        Indicators, scores, sensitivity and rules.

    Raises
    ------
    LayerError
        If there is only one territory, or one twice; figures are texts, infinite, outside their own interval or their
        bounds; or the assignment names an indicator twice, a capital that is none, or nothing that is in the table.

    Warns
    -----
    GeoterritorioWarning
        If indicators have no capital, or are the same everywhere.

    Notes
    -----
    The score of a capital is the mean of its normalised indicators, weighted by the weights of the table, over those
    that are known:

    .. math:: S_{rc} = \sum_{i \in c} w_i y_{ir} \Big/ \sum_{i \in c} w_i

    A good figure makes up for a bad one: `least`, `most` and `spread` (weighted standard deviation) tell what the mean
    hides. Capitals are not added up: there is no total. A capital of which less than `least_known` is known is unknown,
    and so is one without indicators; an indicator that the assignment names counts whether or not the table has it.

    Intervals come of figures drawn within their own, independent of each other; where only some indicators have one
    (`with_intervals`), they are too narrow. Sensitivity: each indicator left out; weights drawn at random (uniform over
    all that add up to 1), which gives an interval of the rank; and each other normalisation.

    References
    ----------
    .. [1] OECD, JRC (2008). Handbook on Constructing Composite Indicators: Methodology and User Guide. Paris: OECD
       Publishing.
    .. [2] Saisana, M., Saltelli, A., Tarantola, S. (2005). Uncertainty and sensitivity analysis techniques as tools for
       the quality assessment of composite indicators. Journal of the Royal Statistical Society A 168, 307-323.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"graduates": [10.0, 20, 30], "unemployed": [9.0, 5, 7]}, index=list("ABC"))
    >>> given = pd.DataFrame({"indicator": ["graduates", "unemployed"], "capital": ["human", "human"],
    ...     "direction": ["higher", "lower"]})
    >>> found = capitals(table, given).scores.query("capital == 'human'")
    >>> found[["territory", "score", "least", "most", "rank"]].round(3).to_string(index=False).splitlines()[1]
    '        A  0.167  0.167 0.167   3.0'
    """
    values = one_figure_each(values, "indicators")
    lows, highs = (
        None if t is None else one_figure_each(t, f"indicators: {name}").reindex_like(values)
        for name, t in (("low", low), ("high", high))
    )
    given = assigned(values, assignment, lows, highs, rules)
    if len(values) < _LEAST and rules.normalise != "reference":
        raise LayerError(
            message(
                "indicators: {count} territories: there is none to compare with. Give two or more, or goals "
                "(normalise reference).",
                count=len(values),
            )
        )
    random = np.random.default_rng(rules.seed)
    table = parts.scaled(given, rules.normalise)
    drawn = parts.drawn_scores(given, rules, random)
    scores = parts.scores(given, table, drawn, rules)
    return Capitals(
        parts.indicators(given, table, rules, drawn),
        scores,
        parts.sensitivity(given, table, scores, rules, random),
        rules,
    )
