"""Shift-share: how much of a change is the nation's, the sectors' and the territory's own?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._panel import Floats, Missing, Panel, Reference, Step, panel
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing

Additive = Literal["classic", "esteban_marquillas", "arcelus", "spatial"]
Method = Literal["classic", "esteban_marquillas", "arcelus", "dynamic", "spatial", "gerfin"]
Flags = npt.NDArray[np.bool_]
Parts = dict[str, Floats]

POSITIONS = (
    "specialised, advantaged",
    "specialised, disadvantaged",
    "not specialised, advantaged",
    "not specialised, disadvantaged",
)
COMPONENTS: dict[str, tuple[str, ...]] = {
    "classic": ("national", "mix", "regional", "unsplit"),
    "esteban_marquillas": ("national", "mix", "competitive", "allocation", "unsplit"),
    "arcelus": (
        "national_homothetic",
        "national_differential",
        "mix_homothetic",
        "mix_differential",
        "regional_growth_homothetic",
        "regional_growth_differential",
        "regional_mix_homothetic",
        "regional_mix_differential",
        "unsplit",
    ),
    "spatial": ("national", "neighbours", "regional", "unsplit"),
    "gerfin": ("national", "mix", "regional"),
}


@dataclass(frozen=True)
class ShiftShare:
    """
    Components of change, and how they were found.

    Parameters
    ----------
    cells
        One row per territory and sector: `territory`, `sector`, `before`, `after`, `change` and the components; of
        Esteban-Marquillas also `position`, of Gerfin also `growth` (after over before).
    totals
        The same by territory (index `territory`), all sectors together.
    steps
        The same by territory for each step of time: `territory`, `start`, `end` and so on; one step, unless dynamic.
    components
        Names of the columns that add up to `change`, or of which `growth` is the product (Gerfin).
    method
        Method.
    step
        Method of each step, which differs from `method` if that is dynamic.
    periods
        Periods compared, in order.
    reference
        Whole compared with: its name, or “own sums”.
    """

    cells: pd.DataFrame
    totals: pd.DataFrame
    steps: pd.DataFrame
    components: tuple[str, ...]
    method: str
    step: str
    periods: tuple[str, ...]
    reference: str


def shift_share(
    before: pd.DataFrame | Mapping[Any, pd.DataFrame],
    after: pd.DataFrame | None = None,
    *,
    method: Method = "classic",
    step: Additive = "classic",
    reference: Reference | None = None,
    neighbours: pd.DataFrame | None = None,
    missing: Missing = "refuse",
) -> ShiftShare:
    r"""
    Change of each territory and sector as parts of the nation, the sector and the territory.

    Parameters
    ----------
    before
        Jobs or establishments, territories by sectors, at the start; or tables by period (any order), or a long table
        with `territory`, `sector`, `period` and `employment`. NaN is withheld or unknown.
    after
        The same at the end; None where `before` holds the periods, of which the first and the last are compared.
    method
        What the change is divided into, see Notes.
    step
        Method of each step of a dynamic analysis.
    reference
        Totals by sector of the whole: a pair (start, end), or by period (mapping, or frame with periods as columns).
        None takes the table's own sums over the cells known at both ends.
    neighbours
        Of the spatial method: weights, territories by territories, or a table of pairs `territory`, `neighbour` and
        perhaps `weight`. Only the proportions within a row matter, so rows need not sum to 1.
    missing
        What a territory or sector means that some periods lack: refuse, or zero.

    Returns
    -------
    result
        Components by cell, by territory and by step. NaN where a figure needed is withheld or unknown.

    Raises
    ------
    LayerError
        Cells are negative or infinite, labels or periods repeat, periods are fewer than two or no dates, periods differ
        in territories or sectors, the reference lacks a sector or period, or neighbours are missing or unfit.

    Notes
    -----
    With :math:`e_{ir}` at the start, :math:`g` growth rates (:math:`g_{ir}` of the cell, :math:`g_r` of the territory,
    :math:`g_i` of the sector and :math:`g` of all sectors in the whole) and the homothetic
    :math:`h_{ir} = e_r e_i / e` (:math:`e_r` the sum over the sectors of the table):

    .. math::
        \Delta e_{ir} &= e_{ir} g + e_{ir} (g_i - g) + e_{ir} (g_{ir} - g_i) \\
        e_{ir} (g_{ir} - g_i) &= h_{ir} (g_{ir} - g_i) + (e_{ir} - h_{ir}) (g_{ir} - g_i) \\
        \Delta e_{ir} &= e_{ir} [g + (g_i - g) + (g_r - g) + (g_{ir} - g_r - g_i + g)] \\
        \Delta e_{ir} &= e_{ir} [g + (g_{ir}^W - g) + (g_{ir} - g_{ir}^W)]

    * *classic* (Dunn): the first line, as `national`, `mix` and `regional`.
    * *esteban_marquillas*: the regional part divided as in the second line, into `competitive` and `allocation`;
      `position` says whether the territory is specialised in the sector, and advantaged in it.
    * *arcelus*: the four terms of the third line, each as a homothetic part (on :math:`h`) and a differential one (on
      :math:`e - h`).
    * *spatial*: the fourth line, with the growth of the sector among the neighbours,
      :math:`g_{ir}^W = \sum_s w_{rs} \Delta e_{is} / \sum_s w_{rs} e_{is}`.
    * *dynamic*: the components of every step from one period to the next, added up, so that the structure and the
      growth of the years between count.
    * *gerfin*: indices of growth, national :math:`e'/e`, mix :math:`\sum_i e_{ir} (e_i'/e_i) / e_r` over the national
      one, and regional, the rest; their product is the growth.

    All but Gerfin's are amounts that add up to the change in each cell. `unsplit` holds what no rate exists to divide:
    the jobs of a sector new to the territory (Esteban-Marquillas, Arcelus), and what is beyond the national part (of
    Arcelus the national and the regional growth) where the sector has jobs here but at the start none in the whole, or
    none among all neighbours. The components concerned are 0 there, for nothing is assigned to them. In the classic and
    spatial methods the jobs of a new sector are regional. Gerfin's indices without a base are NaN.

    A cell withheld at either end has no components, nor has its territory in total; own sums leave it out at both ends.
    What needs the total of the territory (:math:`h`, :math:`g_r`) or its neighbours' figures is NaN where those are.

    The parts describe; they explain nothing. A positive regional part says that a sector grew faster here than in the
    whole, not that the territory caused it: the parts depend on the sectors' detail, on the years chosen, on the whole,
    and a large territory is part of what it is compared with. Small bases give large rates.

    References
    ----------
    .. [1] Dunn, E. S. (1960). A statistical and analytical technique for regional analysis. Papers of the Regional
       Science Association 6, 97-112.
    .. [2] Gerfin, H. (1964). Gesamtwirtschaftliches Wachstum und regionale Entwicklung. Kyklos 17, 565-593.
    .. [3] Esteban-Marquillas, J. M. (1972). A reinterpretation of shift-share analysis. Regional and Urban Economics 2,
       249-261.
    .. [4] Arcelus, F. J. (1984). An extension of shift-share analysis. Growth and Change 15, 3-8.
    .. [5] Barff, R. A., Knight, P. L. (1988). Dynamic shift-share analysis. Growth and Change 19, 1-10.
    .. [6] Nazara, S., Hewings, G. J. D. (2004). Spatial structure and taxonomy of decomposition in shift-share
       analysis. Growth and Change 35, 476-490.

    Examples
    --------
    >>> import pandas as pd
    >>> old = pd.DataFrame({"10": [100.0, 300.0], "62": [400.0, 200.0]}, index=["A", "B"])
    >>> new = pd.DataFrame({"10": [120.0, 330.0], "62": [400.0, 250.0]}, index=["A", "B"])
    >>> found = shift_share(old, new)
    >>> found.cells[["territory", "sector", "change", *found.components]].round(2)
      territory sector  change  national   mix  regional  unsplit
    0         A     10    20.0      10.0  2.50      7.50      0.0
    1         A     62     0.0      40.0 -6.67    -33.33      0.0
    2         B     10    30.0      30.0  7.50     -7.50      0.0
    3         B     62    50.0      20.0 -3.33     33.33      0.0
    """
    tables = panel(before, after, reference, missing)
    _say_unknown(tables)
    name = step if method == "dynamic" else method
    weights = _weights(neighbours, tables.territories) if name == "spatial" else None
    periods = tuple(tables.cells)
    span = tables.step(periods[0], periods[-1])
    spans = tables.steps() if method == "dynamic" else [span]
    divided = [_divided(s, name, weights) for s in spans]
    whole = {part: np.sum([parts[part] for parts in divided], axis=0) for part in divided[0]}
    cells = _cells(tables, span, whole)
    if method == "esteban_marquillas":
        cells["position"] = _positions(whole)
    return ShiftShare(
        cells,
        pd.DataFrame(_by_territory(span, whole, name), index=tables.territories),
        _steps(
            tables.territories,
            spans,
            [_by_territory(*pair, name) for pair in zip(spans, divided, strict=True)],
        ),
        COMPONENTS[name],
        method,
        name,
        periods,
        tables.reference,
    )


def _divided(step: Step, name: str, weights: sparse.csr_array | None) -> Parts:
    """Components of a step; none where a cell is unknown at either end."""
    unknown = np.isnan(step.base) | np.isnan(step.final)
    parts = _METHODS[name](step, weights)
    return (
        {part: np.where(unknown, np.nan, values) for part, values in parts.items()}
        if unknown.any()
        else parts
    )


def _classic(step: Step, _: object) -> Parts:
    return _three(step, "mix", step.sector_base, step.sector_final)


def _spatial(step: Step, weights: sparse.csr_array) -> Parts:
    base, final = _lagged(weights, step.base), _lagged(weights, step.final)
    return _three(step, "neighbours", base, final)


def _three(step: Step, name: str, base: Floats, final: Floats) -> Parts:
    """National part, the part of a group between nation and cell, the cell's own, and what cannot be divided."""
    national = step.base * _rate(step.total_base, step.total_final)
    expected = step.base * _rate(base, final)
    own = step.final - step.base - expected
    # Without a rate of the group nothing says how much of the rest is the group's and how much the cell's.
    lacking = (base == 0) & (step.base > 0)
    none = own * 0
    return {
        "national": national,
        name: np.where(lacking, none, expected - national),
        "regional": np.where(lacking, none, own),
        "unsplit": np.where(lacking, own - national, none),
    }


def _esteban_marquillas(step: Step, _: object) -> Parts:
    parts = _classic(step, None)
    new = step.base == 0
    advantage = np.where(new, 0.0, parts["regional"] / np.where(new, 1.0, step.base))
    homothetic = _homothetic(step)
    return {
        "national": parts["national"],
        "mix": parts["mix"],
        "competitive": np.where(new, 0.0, homothetic * advantage),
        "allocation": np.where(new, 0.0, _away(step.base, homothetic) * advantage),
        "unsplit": parts["unsplit"] + np.where(new, parts["regional"], 0.0),
    }


def _arcelus(step: Step, _: object) -> Parts:
    nation = _rate(step.total_base, step.total_final)
    sector = _rate(step.sector_base, step.sector_final)
    territory = _rate(step.base.sum(axis=1), step.final.sum(axis=1))[:, None]
    new, lacking = step.base == 0, (step.sector_base == 0) & (step.base > 0)
    change = step.final - step.base
    own = change / np.where(new, 1.0, step.base) - territory - sector + nation
    undivided = new | lacking
    rates = {
        "national": nation,
        "mix": np.where(lacking, 0.0, sector - nation),
        "regional_growth": territory - nation,
        "regional_mix": np.where(undivided, 0.0, own),
    }
    homothetic = _homothetic(step)
    away = _away(step.base, homothetic)
    parts = {}
    for name, rate in rates.items():
        parts[f"{name}_homothetic"], parts[f"{name}_differential"] = homothetic * rate, away * rate
    return {**parts, "unsplit": np.where(undivided, change - step.base * territory, change * 0)}


def _gerfin(step: Step, _: object) -> Parts:
    return _indices(step, step.base, step.final, _expected(step))


def _expected(step: Step) -> Floats:
    """What each cell would hold at the end if it had grown like its sector; NaN where that had no base."""
    lacking = step.sector_base == 0
    growth = np.where(lacking, np.nan, step.sector_final / np.where(lacking, 1.0, step.sector_base))
    return np.where(step.base == 0, 0.0, step.base * growth)


def _indices(step: Step, base: Floats, final: Floats, expected: Floats) -> Parts:
    """Growth as the product of three indices; NaN where one of them has no base."""
    nation = step.total_final / step.total_base if step.total_base > 0 else np.nan
    base, expected = (np.where(values > 0, values, np.nan) for values in (base, expected))
    growth = final / base
    mix = expected / base / (nation or np.nan) + growth * 0
    return {"growth": growth, "national": nation + growth * 0, "mix": mix, "regional": final / expected}


def _rate(base: Any, final: Any) -> Any:
    """Growth rate; 0 where there is no base, and so nothing to which the rate could apply."""
    empty = np.equal(base, 0)
    return np.where(empty, 0.0, final / np.where(empty, 1.0, base) - 1)


def _homothetic(step: Step) -> Floats:
    """What each cell would hold at the start if the territory had the shares of the whole."""
    share = step.sector_base / (step.total_base or 1.0)
    result: Floats = step.base.sum(axis=1)[:, None] * share
    return result


def _away(base: Floats, homothetic: Floats) -> Floats:
    """Specialisation in jobs; an exact 0 where only rounding is left."""
    return np.where(np.isclose(base, homothetic, rtol=1e-12, atol=0), base * 0, base - homothetic)


_METHODS: dict[str, Callable[[Step, Any], Parts]] = {
    "classic": _classic,
    "esteban_marquillas": _esteban_marquillas,
    "arcelus": _arcelus,
    "spatial": _spatial,
    "gerfin": _gerfin,
}


def _by_territory(step: Step, parts: Parts, name: str) -> dict[str, Floats]:
    base, final = step.base.sum(axis=1), step.final.sum(axis=1)
    amounts = {"before": base, "after": final, "change": final - base}
    if name != "gerfin":
        return {**amounts, **{part: values.sum(axis=1) for part, values in parts.items()}}
    return {**amounts, **_indices(step, base, final, _expected(step).sum(axis=1))}


def _cells(tables: Panel, step: Step, parts: Parts) -> pd.DataFrame:
    rows, columns = tables.territories, tables.sectors
    columns_of = {"before": step.base, "after": step.final, "change": step.final - step.base, **parts}
    return pd.DataFrame(
        {
            "territory": rows.repeat(len(columns)),
            "sector": columns.take(np.tile(np.arange(len(columns)), len(rows))),
            **{name: values.ravel() for name, values in columns_of.items()},
        }
    )


def _positions(parts: Parts) -> Any:
    """Which of the four cases each cell is; None on the borders between them."""
    advantaged = np.sign(parts["competitive"]).ravel()
    specialised = advantaged * np.sign(parts["allocation"]).ravel()
    found = np.full(len(advantaged), None, dtype=object)
    for case, (own, growth) in zip(POSITIONS, product((1, -1), repeat=2), strict=True):
        found[(specialised == own) & (advantaged == growth)] = case
    return found


def _steps(territories: pd.Index, spans: list[Step], totals: list[dict[str, Floats]]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"territory": territories, "start": span.start, "end": span.end, **values})
        for span, values in zip(spans, totals, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def _lagged(weights: sparse.csr_array, cells: Floats) -> Floats:
    """Weighted sums over neighbours; NaN where a neighbour is unknown."""
    unknown = np.isnan(cells)
    sums: Floats = np.where(weights @ unknown > 0, np.nan, weights @ np.where(unknown, 0.0, cells))
    return sums


def _weights(neighbours: pd.DataFrame | None, territories: pd.Index) -> sparse.csr_array:
    if neighbours is None:
        raise LayerError(message("The spatial method needs neighbours: weights, or a table of pairs."))
    rows, columns, values = _pairs(neighbours)
    row, column = territories.get_indexer(rows), territories.get_indexer(columns)
    problems = _unfit(rows, columns, values, row, column)
    if problems:
        raise LayerError(problems)
    size = len(territories)
    return sparse.csr_array((values, (row, column)), shape=(size, size))


def _pairs(neighbours: pd.DataFrame) -> tuple[pd.Index, pd.Index, Floats]:
    """Labels and weights of the pairs that are neighbours."""
    if {"territory", "neighbour"} <= set(neighbours.columns):
        given = neighbours["weight"] if "weight" in neighbours.columns else np.ones(len(neighbours))
        values = np.asarray(given, np.float64)
        rows, columns = pd.Index(neighbours["territory"]), pd.Index(neighbours["neighbour"])
    else:
        dense = neighbours.to_numpy(np.float64)
        at_row, at_column = np.nonzero(dense)
        values = dense[at_row, at_column]
        rows, columns = neighbours.index[at_row], neighbours.columns[at_column]
    kept = values != 0
    return rows[kept], columns[kept], values[kept]


def _unfit(rows: pd.Index, columns: pd.Index, values: Floats, row: Any, column: Any) -> list[Message]:
    strange = rows[row < 0].append(columns[column < 0]).unique()
    problems = []
    if len(strange):
        problems.append(
            message(
                "neighbours: {count} territories are not in the tables: {values}.",
                count=len(strange),
                values=listing(strange),
            )
        )
    own, wrong = int((rows == columns).sum()), int((~(values > 0)).sum())
    if own:
        problems.append(
            message("neighbours: {count} territories are their own neighbours. Remove them.", count=own)
        )
    if wrong:
        problems.append(message("neighbours: {count} weights are negative or missing.", count=wrong))
    return problems


def _say_unknown(tables: Panel) -> None:
    unknown: Flags = np.any([np.isnan(cells) for cells in tables.cells.values()], axis=0)
    if not unknown.any():
        return
    found = {"cells": int(unknown.sum()), "territories": int(unknown.any(axis=1).sum())}
    text = (
        message(
            "{cells} cells are withheld or unknown in some period: they and the totals of {territories} territories "
            "have no components, and the whole's own sums leave them out. Give a reference.",
            **found,
        )
        if tables.reference == OWN_SUMS
        else message(
            "{cells} cells are withheld or unknown in some period: they and the totals of {territories} territories "
            "have no components.",
            **found,
        )
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)
