"""K, L, pair correlation and D: are plants nearer to each other than anywhere in a window? (Ripley, Besag, Diggle)"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.patterns._edges import inner_share, kernels_of, shifted_overlap
from geoterritorio.patterns._few import enough
from geoterritorio.patterns._jit import say_first
from geoterritorio.patterns.duranton_overman import chosen_of, placed
from geoterritorio.patterns.grounds import Chosen
from geoterritorio.patterns.rules import DistanceFunction, Random, distances, simulations, sound, told
from geoterritorio.patterns.sites import Sites, say_coincident, sites
from geoterritorio.patterns.window import Chance, Correction, Window, WindowRules, window_of
from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Form = Literal["k", "l", "pcf", "d", "d_between"]
Pairs = tuple[Codes, Floats, Floats]

# Stands for the sector where all plants are looked at.
ALL = "all"
# Most that a pair may count by correction: less of the circle than a hundredth says little (as in spatstat).
_MOST = 100.0
# Pairs held at a time, and plants whose pairs they are: so many numbers are sorted fastest.
_PAIRS, _ROWS = 5_000_000, 2**16
# Side of the window over the largest distance.
_QUARTER = 4
_STOYAN = 0.15


@dataclass(frozen=True)
class _Side:
    """Plants looked from or at: places from the origin of the window on, and weights."""

    places: Floats
    weight: Floats


@dataclass(frozen=True)
class _View:
    """What is looked for in a window, at which distances."""

    window: Window
    correction: Correction
    form: Form
    radii: Floats
    width: float

    def value(self, first: _Side, second: _Side | None) -> Floats:
        """The function of plants that are where they are given; NaN where nothing in the window is so far apart."""
        return np.where(self.radii > self.window.diameter, np.nan, self._anywhere(first, second))

    def _anywhere(self, first: _Side, second: _Side | None) -> Floats:
        if self.form == "pcf":
            return self.density(first, second)
        if self.form in ("d", "d_between"):
            others = self.k(second or first, None) if self.form == "d" else self.k(first, second)
            return self.k(first, None) - others
        found = self.k(first, second)
        if self.form == "l":
            found = np.sqrt(found / np.pi) - self.radii
        return found

    def k(self, first: _Side, second: _Side | None) -> Floats:
        """Weight around a plant, over the weight of a square metre."""
        size = len(self.radii)
        near = np.zeros(size + 1)
        border = self.correction == "border"
        # The first distance that a plant is nearer than, and the first that is beyond its edge.
        beyond = (
            np.searchsorted(self.radii, self.window.within(first.places), side="right") if border else None
        )
        for i, away, weight in self.pairs(first, second, self.radii[-1]):
            place = np.searchsorted(self.radii, away, side="right")
            near += np.bincount(place, weight, minlength=size + 1)
            if beyond is not None:
                near -= np.bincount(np.maximum(beyond[i], place), weight, minlength=size + 1)
        around = self.window.area * np.maximum(near[:size].cumsum(), 0)
        products = _products(first, second)
        looking = np.full(size, products.sum())
        if beyond is not None:
            looking = np.bincount(beyond, products, minlength=size + 1)[::-1].cumsum()[::-1][1:]
        # Nobody is looked from where all are nearer to the edge.
        found: Floats = np.divide(around, looking, out=np.full(size, np.nan), where=looking > 0)
        return found

    def density(self, first: _Side, second: _Side | None) -> Floats:
        """Weight on the circle around a plant, over the weight of a square metre and the circle's length."""
        parts = [(away, weight) for _, away, weight in self.pairs(first, second, self.radii[-1] + self.width)]
        away, weight = (np.concatenate(v) for v in zip(*parts, strict=True))
        order = np.argsort(away)
        away, weight = away[order], weight[order]
        starts, ends = (np.searchsorted(away, self.radii + side) for side in (-self.width, self.width))
        found = np.full(len(self.radii), np.nan)
        for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if self.radii[k] > 0:
                bell = 1 - ((self.radii[k] - away[start:end]) / self.width) ** 2
                found[k] = 0.75 / self.width * (bell @ weight[start:end]) / (2 * np.pi * self.radii[k])
        found *= self.window.area / _products(first, second).sum()
        return found

    def pairs(self, first: _Side, second: _Side | None, most: float) -> Iterator[Pairs]:
        """Pairs up to a distance, by the plant looked from: this plant, distance, corrected weight."""
        other = first if second is None else second
        whole, size = cKDTree(other.places), len(first.places)
        number = whole.count_neighbors(cKDTree(first.places), most)
        step = min(max(1, int(size * _PAIRS / max(number, 1))), _ROWS)
        for k in range(0, size, step):
            looking = _Side(first.places[k : k + step], first.weight[k : k + step])
            found = cKDTree(looking.places).sparse_distance_matrix(whole, most, output_type="ndarray")
            if second is None:
                found = found[found["i"] + k != found["j"]]
            found = found[np.argsort(found["i"].astype(np.uint16), kind="stable")]
            i, j, away = found["i"], found["j"], found["v"]
            counted = self.corrected(looking, i, other.places[j], away)
            yield i + k, away, looking.weight[i] * other.weight[j] * counted

    def corrected(self, looking: _Side, i: Codes, others: Floats, away: Floats) -> Floats:
        """How much each pair counts, by the number of the plant looked from and the place of the other."""
        edges = self.window.edges
        if self.correction == "isotropic":
            start = np.searchsorted(i, np.arange(len(looking.places) + 1))
            share = inner_share(edges, looking.places, start, others, away)
        elif self.correction == "translation":
            share = shifted_overlap(edges, others - looking.places[i]) / self.window.area
        else:
            return np.ones(len(away))
        return 1 / np.maximum(share, 1 / _MOST)


def _products(first: _Side, second: _Side | None) -> Floats:
    """Weight of each plant looked from times that of all it could look at."""
    seen = first.weight.sum() - first.weight if second is None else second.weight.sum()
    products: Floats = first.weight * seen
    return products


def k_function(  # noqa: PLR0913 - costs are asked for only to be refused with the reason
    points: pd.DataFrame,
    sector: str | None = None,
    neighbours: str | None = None,
    *,
    costs: pd.DataFrame | None = None,
    window: Polygon | MultiPolygon | None = None,
    form: Form = "k",
    weighted: bool = False,
    rules: WindowRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> DistanceFunction:
    r"""
    Plants around a plant by distance, over their density in a window, beside what chance gives.

    Parameters
    ----------
    points
        Plants: `x` and `y` in metres, `sector` and, if weighted, `employment`. With those of all sectors chance can
        put the plants of one on the places of others.
    sector
        Sector whose plants are looked from; None looks at all plants, whatever their sector.
    neighbours
        Sector whose plants are looked at, or of the controls of D; None looks within the sector, and takes all other
        plants for controls.
    costs
        Refused, with the reason: there is no area of costs. `k_density`, `m_function` and `m_density` take them.
    window
        Polygon in which plants could be, in the same metres; None takes the rectangle around all plants. Plants
        outside are left out.
    form
        "k": Ripley's K, in square metres; "l": Besag's L, in metres, 0 under chance; "pcf": pair correlation, 1 under
        chance; "d": K of the sector minus K of the controls (Diggle & Chetwynd); "d_between": K of the sector
        minus that of the controls around the sector.
    weighted
        Whether a pair counts with the product of the jobs of its plants.
    rules
        Distances, correction, chance and bands; None takes the defaults.
    rng
        Generator of the placements, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    function
        Values by distance with bands, tests and verdict; `sector` is "all" for all plants. The `attrs` of the table
        hold `area` (square metres), `window` ("given" or "rectangle") and `null`. NaN where no plant is so far from
        the edge (border correction), at distances larger than the window, and, of pair correlations, at distance 0.
        Bands are NaN, and nothing is tested, beyond half the shorter side of the window.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, the sector is unknown or has too few plants or no weight, the
        window has no area or holds no plant, form, correction and null do not fit, or there is a table of costs.

    Notes
    -----
    In a window of area :math:`A`, with weights :math:`w` (1 unless weighted),

    .. math:: K(r) = \frac{A}{\sum_{i \ne j} w_i w_j} \sum_{i \ne j} w_i w_j\, e_{ij}\, 1\{d_{ij} < r\}, \qquad
       L(r) = \sqrt{K(r) / \pi} - r

    .. math:: g(r) = \frac{A}{2 \pi r \sum_{i \ne j} w_i w_j} \sum_{i \ne j} w_i w_j\, e_{ij}\,
       \kappa_h(r - d_{ij})

    with Epanechnikov's kernel :math:`\kappa_h`. The correction :math:`e_{ij}` is 1 over the share of the circle around
    :math:`i` through :math:`j` that is in the window, or :math:`A` over the area the window has in common with
    itself shifted by :math:`j - i`, and no more than 100. With the border correction the sums of both
    numerator and denominator go over the plants that are at least :math:`r` from the edge. Up to half the shorter side
    of the window these corrections hold; farther away circles around its middle leave it, few pairs stand
    for all, and nothing is tested. A quarter of that side, the default, is better. Of two sectors
    :math:`i` is of the first, :math:`j` of the second.

    Where plants are anywhere with the same chance, :math:`K(r) = \pi r^2`, :math:`L(r) = 0`, :math:`g(r) = 1`. That
    is seldom what is asked of plants: fields, hills and towns make all industry leave it. Give the plants of all
    sectors, so that chance takes their places, or ask for D, which compares with controls. Windows may have holes
    and parts; distances do not bend around holes. The time grows with the
    corners of the window, faster still with the translation correction: simplify windows of thousands of corners.

    References
    ----------
    .. [1] Ripley, B. D. (1977). Modelling spatial patterns. Journal of the Royal Statistical Society B 39, 172-212.
    .. [2] Besag, J. (1977). Contribution to the discussion on Dr Ripley's paper. Journal of the Royal Statistical
       Society B 39, 193-195.
    .. [3] Diggle, P. J., Chetwynd, A. G. (1991). Second-order analysis of spatial clustering for inhomogeneous
       populations. Biometrics 47, 1155-1163.
    .. [4] Baddeley, A., Rubak, E., Turner, R. (2015). Spatial Point Patterns: Methodology and Applications with R. CRC
       Press.
    .. [5] Penttinen, A. (2006). Statistics for marked point patterns. Yearbook of the Finnish Statistical Society,
       70-91.

    Examples
    --------
    >>> import numpy as np, pandas as pd, shapely
    >>> rng = np.random.default_rng(1)
    >>> town, country = rng.normal(5000, 300, (40, 2)), rng.uniform(0, 10000, (160, 2))
    >>> points = pd.DataFrame(np.vstack([town, country]), columns=["x", "y"])
    >>> points["sector"] = ["15"] * 40 + ["25"] * 160
    >>> square = shapely.box(0, 0, 10000, 10000)
    >>> rules = WindowRules(farthest=1000, steps=2, simulations=99)
    >>> found = k_function(points, "15", window=square, form="l", rules=rules, rng=1)
    >>> found.table["value"].round().tolist(), found.verdict
    ([0.0, 4053.0, 4540.0], 'localised')
    """
    refuse_costs(costs)
    rules = rules or WindowRules()
    sound(rules)
    words = wrong_word("form", form, get_args(Form))
    if words:
        raise LayerError(words)
    plants, frame = window_of(_placed_sites(points, weighted=weighted), window)
    observed = _chosen(plants, sector, neighbours, form, weighted=weighted)
    rules = _checked(plants, observed, rules, form, sector or ALL, neighbours)
    say_coincident(plants, sector)
    view, rules = _view(frame, observed, rules, form)

    def sides(chosen: Chosen) -> tuple[_Side, _Side | None]:
        places = np.column_stack([plants.x, plants.y]) - frame.origin
        one, two = chosen.weights()
        second = None if chosen.second is None else _Side(places[chosen.second], two)
        return _Side(places[chosen.first], one), second

    def draw(generator: np.random.Generator) -> Floats:
        if rules.null is None or rules.null == "position":
            return view.value(*_anywhere(frame, observed, generator))
        return view.value(*sides(placed(plants, observed, rules.null, generator)))

    say_first(progress, *kernels_of(rules.correction))
    value = pd.Series(view.value(*sides(observed)), index=distances(view.radii[-1], rules))
    simulated = simulations(draw, int(rules.simulations), rng, progress)
    # Where no correction holds the mean of chance is not what it should be, and a verdict would say little.
    simulated[:, view.radii[: simulated.shape[1]] > frame.reach] = np.nan
    found = told(
        value,
        simulated,
        rules,
        sector=sector or ALL,
        neighbours=neighbours or sector or ALL,
        plants=len(observed.first),
        bandwidth=view.width,
    )
    found.table.attrs.update(area=frame.area, window="given" if frame.given else "rectangle", null=rules.null)
    return found


def refuse_costs(costs: pd.DataFrame | None) -> None:
    """
    Refusal of a table of costs, which functions of a window cannot take.

    Parameters
    ----------
    costs
        Table, or None, which passes.

    Raises
    ------
    LayerError
        There is a table.
    """
    if costs is not None:
        raise LayerError(
            message(
                "costs: K, L, pair correlation, D and K weighted with jobs compare with the area of a window, which a "
                "table of costs has not. Use k-density or m-function, which take such a table."
            )
        )


def _placed_sites(points: pd.DataFrame, *, weighted: bool) -> Sites:
    if not {"x", "y"} <= set(points.columns):
        raise LayerError(
            message(
                "points: K, L, pair correlation and D need coordinates (x and y), since they compare with the area "
                "of a window. A table of costs has none: use k-density or m-function."
            )
        )
    return sites(points, weighted=weighted)


def _chosen(
    plants: Sites, sector: str | None, neighbours: str | None, form: Form, *, weighted: bool
) -> Chosen:
    """Places of the plants looked from and at, or of cases and controls."""
    if sector is None:
        if neighbours is not None or form in ("d", "d_between"):
            raise LayerError(message("sector: name the sector that is compared with neighbours or controls."))
        return Chosen(np.arange(len(plants)), None, plants.weight if weighted else None)
    observed = chosen_of(plants, sector, neighbours, weighted=weighted)
    if observed.second is not None or form not in ("d", "d_between"):
        return observed
    others = np.flatnonzero(plants.code != plants.number(sector))
    return replace(observed, second=others, second_weight=plants.weight[others] if weighted else None)


def _checked(
    plants: Sites, observed: Chosen, rules: WindowRules, form: Form, sector: str, neighbours: str | None
) -> WindowRules:
    """Rules with the null filled in; refusal of what does not fit."""
    enough(observed, rules, sector, neighbours, least=2 if observed.second is None or form[0] == "d" else 1)
    used = len(observed.first) + (0 if observed.second is None else len(observed.second))
    all_used = used == len(plants)
    null = rules.null or ("position" if observed.second is None and all_used else "location")
    problems = []
    if form == "pcf" and rules.correction == "border":
        problems.append(message("correction: a pair correlation has no border correction. Choose another."))
    if observed.second is not None and len(observed.second) < (2 if form == "d" else 1):
        problems.append(message("neighbours: there are no establishments to compare with."))
    elif observed.mass() <= 0:
        problems.append(
            message("sector “{sector}”: its establishments have no jobs to weigh with.", sector=sector)
        )
    if null == "independence" and observed.second is None:
        problems.append(
            message("null: independence is that of two sectors. Name neighbours, or choose another.")
        )
    elif all_used and rules.simulations and _idle(observed, null):
        problems.append(
            message(
                "null: there are no other establishments to exchange places with. Give those of all sectors, or "
                "choose “position”."
            )
        )
    if problems:
        raise LayerError(problems)
    return replace(rules, null=null)


def _idle(observed: Chosen, null: Chance) -> bool:
    """Whether chance changes nothing where all plants are looked at."""
    if observed.second is not None:
        return null == "independence"
    return null == "labelling" or (null == "location" and observed.first_weight is None)


def _view(frame: Window, observed: Chosen, rules: WindowRules, form: Form) -> tuple[_View, WindowRules]:
    farthest = rules.farthest or frame.shorter_side / _QUARTER
    if farthest > frame.reach:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "The largest distance ({distance} m) is more than half the shorter side of the window ({side} m): "
                    "beyond half of that side no correction for edges holds, so nothing is tested there.",
                    distance=round(farthest),
                    side=round(frame.shorter_side),
                )
            ),
            stacklevel=3,
        )
    width = np.nan
    if form == "pcf":
        looked_at = observed.first if observed.second is None else observed.second
        width = rules.bandwidth or _bandwidth(len(looked_at), frame.area)
    rules = replace(rules, farthest=farthest, bandwidth=width if form == "pcf" else rules.bandwidth)
    radii = distances(farthest, rules).to_numpy()
    return _View(frame, rules.correction, form, radii, width), rules


def _bandwidth(number: int, area: float) -> Metres:
    return float(_STOYAN / np.sqrt(number / area))


def _anywhere(frame: Window, observed: Chosen, rng: np.random.Generator) -> tuple[_Side, _Side | None]:
    """Plants anywhere in the window."""
    one, two = observed.weights()
    first = _Side(frame.drawn(len(one), rng), one)
    return first, None if observed.second is None else _Side(frame.drawn(len(two), rng), two)
