"""How much what is farther away counts less: functions of a cost, from 1 where it is nothing towards 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.proximity._limits import up_to
from geoterritorio.registry import Positive, Ratio

Floats = npt.NDArray[np.float64]
Weights = Floats | npt.NDArray[np.bool_]
Form = Literal[
    "within", "steps", "linear", "gaussian", "normal", "exponential", "power", "pareto", "logistic"
]
# Weights of the thirds of the way to the limit: ten, twenty and thirty minutes of Luo and Qi's slow decay.
_THIRDS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
_BOUNDED = ("within", "steps", "linear", "gaussian")
_HALVED = ("normal", "exponential", "pareto", "logistic")
# Options that only some forms use.
_USED_BY: Mapping[str, tuple[str, ...]] = {
    "half": _HALVED,
    "exponent": ("exponential", "power", "pareto", "logistic"),
    "steps": ("steps",),
}
# Exponents of their authors, or those in common use.
_EXPONENTS: Mapping[str, float] = {"exponential": 1.0, "power": 2.0, "pareto": 2.0, "logistic": 3.0}
STEEPEST = 20.0
# Weights between which products with amounts of any usual size still have all their digits.
_SMALLEST, _LARGEST = 1e-290, 1e290
# What costs at a part of the limit may be more than it by being written to four decimals, and its share of the part.
_WRITTEN, _WRITTEN_SHARE = 5e-5, 1e-3
# Steps that are told one by one.
_FEW = 12


@dataclass(frozen=True)
class DecayRules:
    """
    How weights fall with costs.

    Attributes
    ----------
    decay
        Form of the decay: within (all the same up to the limit), steps, linear to 0 at the limit, gaussian (Dai's, 0 at
        the limit), normal (a bell without end), exponential, power, pareto, or logistic; by default that of the method.
    within
        Largest cost that counts, itself included: metres for straight lines, otherwise the unit of the costs. By
        default all listed costs count, as far as the table goes; straight lines need it.
    half
        Cost at which the weight is one half, for normal, exponential, pareto and logistic decay.
    exponent
        How steeply weights fall: of the exponential the power of the cost (1; 2 is a bell), of the power (2) and pareto
        (2) forms the exponent, of the logistic form the steepness (3); up to 20.
    steps
        Weights by cost, such as “10: 1; 20: 0.68; 30: 0.22”, up to and with each cost, for steps; by default 1, 0.68
        and 0.22 in the thirds of the way to the limit.
    least
        Costs below it count as it: the power form is infinite at 0.
    """

    decay: Form | None = None
    within: Positive | None = None
    half: Positive | None = None
    exponent: Positive | None = None
    steps: str | None = None
    least: Ratio = 0.0


def decay_weights(costs: npt.ArrayLike, *, rules: DecayRules) -> Floats:
    r"""
    Weights of costs.

    Parameters
    ----------
    costs
        Costs, in one unit, from 0 up; any shape.
    rules
        Form and numbers; without a form, the same weight for all that is within the limit.

    Returns
    -------
    weights
        Of the same shape, from 0 to 1 (power: any number); 0 beyond the limit; NaN where the cost is.

    Raises
    ------
    LayerError
        A cost is negative or 0 where the form has no weight for it, or a number of the rules is missing, out of range
        or not used by the form.

    Notes
    -----
    Costs at a limit are within it, those beyond it by a billionth too, which is rounding. Thirds of the limit are
    taken as costs written to four decimals are, 0.00005 more where they are no whole numbers.

    With limit :math:`d_0`, half :math:`h`, exponent :math:`b`:

    .. math::
        \text{linear: } 1 - d/d_0, \quad
        \text{gaussian: } \frac{e^{-\frac12 (d/d_0)^2} - e^{-\frac12}}{1 - e^{-\frac12}}, \quad
        \text{normal: } 2^{-(d/h)^2}, \quad
        \text{exponential: } 2^{-(d/h)^b}

    .. math::
        \text{power: } \max(d, \text{least})^{-b}, \quad
        \text{pareto: } \left(1 + (2^{1/b} - 1)\, d/h\right)^{-b}, \quad
        \text{logistic: } \frac{1}{1 + e^{b (d/h - 1)}}

    An exponential :math:`e^{-\lambda d}` has its half at :math:`\ln 2 / \lambda`; a bell
    :math:`e^{-d^2 / 2s^2}` at :math:`s \sqrt{2 \ln 2}`.

    References
    ----------
    .. [1] Dai, D. (2010). Black residential segregation, disparities in spatial access to health care facilities,
       and late-stage breast cancer diagnosis in metropolitan Detroit. Health & Place 16, 1038-1052.
    .. [2] Luo, W. & Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
       accessibility to primary care physicians. Health & Place 15, 1100-1107.
    .. [3] Kwan, M.-P. (1998). Space-time and integral measures of individual accessibility: a comparative analysis
       using a point-based framework. Geographical Analysis 30, 191-216.

    Examples
    --------
    >>> decay_weights([0, 500, 1000, 1500], rules=DecayRules("gaussian", within=1000)).round(3).tolist()
    [1.0, 0.701, 0.0, 0.0]
    >>> decay_weights([5, 10, 25, 31], rules=DecayRules("steps", within=30)).tolist()
    [1.0, 1.0, 0.22, 0.0]
    """
    away = np.asarray(costs, dtype=np.float64)
    below = int((away < 0).sum())
    if below:
        raise LayerError(
            message("costs: {count} are below 0, which is no way. Correct or remove them.", count=below)
        )
    weights = pair_weights(away, rules)
    return np.where(np.isnan(away), np.nan, weights)


def pair_weights(costs: Floats, rules: DecayRules) -> Weights:
    """Weights of costs that are known and not negative; true and false where they are only 1 and 0."""
    form, away = _counted(costs, rules)
    with np.errstate(over="ignore"):
        weights = _FORMS[form](away, rules)
    if rules.within is not None and form not in _BOUNDED:
        weights *= away <= up_to(rules.within)
    return weights


def counting_weights(costs: Floats, rules: DecayRules, *, squared: bool = False) -> Weights:
    """
    Weights that can be summed.

    Parameters
    ----------
    costs
        Known costs from 0 up.
    rules
        Form and numbers.
    squared
        Whether their squares are summed too.

    Returns
    -------
    weights
        As of `pair_weights`.

    Raises
    ------
    LayerError
        Weights within the limit are too small or too large for sums, and would pass as out of reach.
    """
    weights = pair_weights(costs, rules)
    if (rules.decay or "within") in _BOUNDED:
        return weights
    smallest, largest = (np.sqrt(n) if squared else n for n in (_SMALLEST, _LARGEST))
    vanishing = (weights < smallest) & (costs <= up_to(np.inf if rules.within is None else rules.within))
    problems = []
    if vanishing.any():
        problems.append(_vanishing(costs[vanishing], len(costs), rules))
    if (weights > largest).any():
        problems.append(
            message(
                "costs: {count} are so small that their weights by {form} decay have no bounds. Set “least” (costs "
                "below it count as it).",
                count=int((weights > largest).sum()),
                form=str(rules.decay),
            )
        )
    if problems:
        raise LayerError(problems)
    return weights


def _vanishing(costs: Floats, number: int, rules: DecayRules) -> Message:
    values = {"count": len(costs), "number": number, "cost": float(costs.min()), "form": str(rules.decay)}
    if rules.half is None:
        return message(
            "costs: {count} of {number}, from {cost} on, are so large that their weights by {form} decay vanish in "
            "sums. Lower the exponent, take a larger unit, or give the largest cost that counts, “within”.",
            **values,
        )
    return message(
        "costs: {count} of {number}, from {cost} on, are so far beyond the half, {half}, that their weights by {form} "
        "decay vanish in sums. Are costs in metres and the half in minutes? Give both in one unit, or the largest cost "
        "that counts, “within”.",
        half=float(rules.half),
        **values,
    )


def log_weights(costs: Floats, rules: DecayRules) -> Floats:
    """Logarithms of weights, which shares can be made of however small these are; without end below where 0."""
    form, away = _counted(costs, rules)
    with np.errstate(over="ignore", divide="ignore"):
        logs = _LOGS[form](away, rules) if form in _LOGS else np.log(_FORMS[form](away, rules))
    if form in _BOUNDED:
        return logs
    within = away <= up_to(np.inf if rules.within is None else rules.within)
    lost = np.isinf(logs) & within
    if lost.any():
        raise LayerError(_vanishing(costs[lost], len(costs), rules))
    return np.where(within, logs, -np.inf)


def _counted(costs: Floats, rules: DecayRules) -> tuple[str, Floats]:
    """Form, and costs as it counts them."""
    check_decay(rules)
    form = rules.decay or "within"
    away = np.maximum(costs, rules.least) if rules.least else costs
    if form == "power" and (away == 0).any():
        raise LayerError(
            message(
                "costs: {count} are 0, where power decay has no weight. Set “least” (costs below it count as it), or "
                "choose exponential or pareto decay.",
                count=int((away == 0).sum()),
            )
        )
    return form, away


def check_decay(rules: DecayRules) -> None:
    """
    Refusal of rules whose numbers do not fit their form.

    Raises
    ------
    LayerError
        The limit or the half is missing or 0, the exponent 0 or above 20, the least cost beyond the limit, the steps
        are not text such as “10: 1; 20: 0.5”, or the form does not use one of these.
    """
    form = rules.decay or "within"
    if form not in _FORMS:
        raise LayerError(
            message("decay: {forms}, not {value}.", forms=", ".join(_FORMS), value=str(rules.decay))
        )
    problems = [*_out_of_range(rules, form), *unused(rules, form)]
    if problems:
        raise LayerError(problems)
    if form == "steps":
        _steps(rules)


def _out_of_range(rules: DecayRules, form: str) -> list[Message]:
    problems: list[Message] = []
    limited = rules.within is None or rules.within > 0
    if not limited:
        problems.append(message("within: a limit is above 0, not {value}.", value=float(rules.within or 0)))
    if form in ("linear", "gaussian") and rules.within is None:
        problems.append(
            message(
                "within: {form} decay ends at a limit. Give the largest cost that counts.", form=str(form)
            )
        )
    if form in _HALVED and not 0 < (rules.half or 0) < np.inf:
        problems.append(
            message(
                "half: {form} decay needs the cost at which the weight is one half, above 0.", form=str(form)
            )
        )
    if rules.exponent is not None and not 0 < rules.exponent <= STEEPEST:
        problems.append(out_of_bounds(rules.exponent))
    most = np.inf if rules.within is None else rules.within
    if not 0 <= rules.least < np.inf or (limited and rules.least > most):
        problems.append(
            message("least: from 0 to the limit “within”, not {value}.", value=float(rules.least))
        )
    return problems


def out_of_bounds(exponent: float) -> Message:
    """Message of an exponent that is none."""
    return message("exponent: from above 0 to {most}, not {value}.", most=STEEPEST, value=float(exponent))


def unused(rules: DecayRules, form: str) -> list[Message]:
    """Options that are given and of which the form knows nothing."""
    return [
        message(
            "{option}: {form} decay does not use it, only these do: {forms}. Choose one of them as “decay”, or leave "
            "{option} out.",
            option=option,
            form=form,
            forms=", ".join(forms),
        )
        for option, forms in _USED_BY.items()
        if getattr(rules, option) is not None and form not in forms
    ]


def parts_of(limit: float, parts: Floats) -> Floats:
    """Costs at parts of a limit, with what costs written to four decimals may be more; the limit itself as it is."""
    costs: Floats = parts * limit
    written = np.minimum(_WRITTEN, _WRITTEN_SHARE * costs)
    return np.where((parts < 1) & (costs != np.round(costs)), costs + written, costs)


def _steps(rules: DecayRules) -> tuple[Floats, Floats]:
    """Costs and weights of steps, ascending."""
    if rules.steps is None:
        if rules.within is None:
            raise LayerError(
                message(
                    "steps: give weights by cost, such as “10: 1; 20: 0.68; 30: 0.22”, or the limit “within”, to "
                    "whose thirds they belong by default."
                )
            )
        limits, weights = np.array(_THIRDS).T
        return parts_of(rules.within, limits), weights
    try:
        pairs = [[float(n) for n in part.split(":")] for part in rules.steps.split(";") if part.strip()]
        limits, weights = np.array(pairs, dtype=np.float64).T
    except ValueError as error:
        raise _unclear_steps(rules) from error
    ordered = (np.diff(limits) > 0).all() and (np.diff(weights) <= 0).all()
    given = np.concatenate([limits, weights])
    if not (ordered and (given >= 0).all() and np.isfinite(given).all()):
        raise _unclear_steps(rules)
    if rules.within is None or rules.within >= limits[-1]:
        return limits, weights
    last = int(np.searchsorted(limits, rules.within))
    return np.append(limits[:last], rules.within), weights[: last + 1]


def _unclear_steps(rules: DecayRules) -> LayerError:
    return LayerError(
        message(
            "steps: “{value}” are no weights by cost. Write them from the least cost to the largest, with weights "
            "that do not rise, such as “10: 1; 20: 0.68; 30: 0.22”.",
            value=str(rules.steps),
        )
    )


def _exponent(rules: DecayRules) -> float:
    return float(_EXPONENTS[str(rules.decay)] if rules.exponent is None else rules.exponent)


def _part(away: Floats, scale: float | None) -> Floats:
    """Costs as parts of the scale, which the rules are known to have."""
    return away / float(scale or np.nan)


def _within(away: Floats, rules: DecayRules) -> Weights:
    return away <= up_to(np.inf if rules.within is None else rules.within)


def _stepped(away: Floats, rules: DecayRules) -> Floats:
    limits, weights = _steps(rules)
    limits = limits * up_to(1.0)
    if len(limits) > _FEW:
        found: Floats = np.append(weights, 0.0)[np.searchsorted(limits, away, side="left")]
        return found
    # A few comparisons are faster than as many searches as there are costs.
    step = np.zeros(away.shape, dtype=np.uint8)
    for limit in limits:
        step += (away > limit).view(np.uint8)
    return np.asarray(np.take(np.append(weights, 0.0), step, mode="clip"))


def _linear(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(np.maximum(1 - _part(away, rules.within), 0.0))


def _gaussian(away: Floats, rules: DecayRules) -> Floats:
    end = np.exp(-0.5)
    bell = np.exp(-0.5 * _part(away, rules.within) ** 2)
    return np.asarray(np.maximum((bell - end) / (1 - end), 0.0))


def _normal(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(np.exp(_log_normal(away, rules)))


def _exponential(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(np.exp(_log_exponential(away, rules)))


def _power(away: Floats, rules: DecayRules) -> Floats:
    found: Floats = away ** -_exponent(rules)
    return found


def _pareto(away: Floats, rules: DecayRules) -> Floats:
    steep = _exponent(rules)
    found: Floats = (1 + (2 ** (1 / steep) - 1) * _part(away, rules.half)) ** -steep
    return found


def _logistic(away: Floats, rules: DecayRules) -> Floats:
    # By its twin with a half, which does not overflow.
    found: Floats = 0.5 * (1 - np.tanh(0.5 * _exponent(rules) * (_part(away, rules.half) - 1)))
    return found


def _log_normal(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(-np.log(2) * _part(away, rules.half) ** 2)


def _log_exponential(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(-np.log(2) * _part(away, rules.half) ** _exponent(rules))


def _log_power(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(-_exponent(rules) * np.log(away))


def _log_pareto(away: Floats, rules: DecayRules) -> Floats:
    steep = _exponent(rules)
    return np.asarray(-steep * np.log1p((2 ** (1 / steep) - 1) * _part(away, rules.half)))


def _log_logistic(away: Floats, rules: DecayRules) -> Floats:
    return np.asarray(-np.logaddexp(0.0, _exponent(rules) * (_part(away, rules.half) - 1)))


_FORMS: Mapping[str, Callable[[Floats, DecayRules], Weights]] = {
    "within": _within,
    "steps": _stepped,
    "linear": _linear,
    "gaussian": _gaussian,
    "normal": _normal,
    "exponential": _exponential,
    "power": _power,
    "pareto": _pareto,
    "logistic": _logistic,
}
_LOGS: Mapping[str, Callable[[Floats, DecayRules], Floats]] = {
    "normal": _log_normal,
    "exponential": _log_exponential,
    "power": _log_power,
    "pareto": _log_pareto,
    "logistic": _log_logistic,
}
