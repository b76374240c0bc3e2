"""Who reaches what at which cost: pairs of places and centres, aligned with both, from a table or straight lines."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import distinct, together
from geoterritorio.proximity._catchments import accessed
from geoterritorio.proximity._inside import arranged, orderly
from geoterritorio.proximity._limits import NOWHERE, up_to
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.registry import PositiveMetres

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
# Places whose neighbours are looked for at a time.
_BLOCK = 4096
_ENDS = ("origin", "destination")


@dataclass(frozen=True)
class Pairs:
    """
    Places and the centres that they reach, place after place.

    Attributes
    ----------
    places, centres
        Identifiers, in the order of demand and supply.
    start
        Where the pairs of each place begin; one more than the places.
    centre
        Centre of each pair, by its number.
    cost
        Cost from the place to the centre.
    beyond
        Rows of the table whose ends are no place or no centre, and are not used.
    limit
        Longest straight line; None of a table, which ends where it ends.
    """

    places: pd.Index
    centres: pd.Index
    start: npt.NDArray[np.int64]
    centre: Codes
    cost: Floats
    beyond: int = 0
    limit: float | None = None

    def __len__(self) -> int:
        return len(self.cost)

    def sums(self, weights: npt.NDArray[Any], values: Floats) -> Floats:
        """Weighted sums over the centres of each place; what is unknown where the weight is 0 is no matter."""
        return accessed((self.start, self.centre, weights), values)

    def place(self) -> npt.NDArray[np.int64]:
        """Number of the place of each pair."""
        return np.repeat(np.arange(len(self.places)), np.diff(self.start))


def pairs_from_costs(costs: pd.DataFrame, places: pd.Index, centres: pd.Index) -> Pairs:
    """
    Pairs of a table of costs.

    Parameters
    ----------
    costs
        `origin` (a place), `destination` (a centre) and `cost` from the one to the other, in any unit; pairs that
        are not listed are out of reach. Categorical ends are looked up fastest.
    places, centres
        Identifiers, of the same type as the ends.

    Returns
    -------
    pairs
        Aligned with places and centres; rows with other ends are counted.

    Raises
    ------
    LayerError
        The table lacks a column, identifiers repeat, pairs are listed twice, costs are missing, infinite or negative,
        or no row has a place and a centre: the message says how their identifiers look.

    Warns
    -----
    GeoterritorioWarning
        If rows have other ends.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"origin": ["a", "a"], "destination": ["x", "y"], "cost": [5.0, 9.0]})
    >>> pairs_from_costs(costs, pd.Index(["a", "b"]), pd.Index(["y", "x"])).centre.tolist()
    [1, 0]
    """
    _require_distinct(places, centres)
    require_columns(costs, (*_ENDS, "cost"))
    found = _in_order(costs, places, centres)
    if found is not None:
        return found
    ends = [_codes(costs[end], labels) for end, labels in zip(_ENDS, (places, centres), strict=True)]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    if costs.empty:
        raise LayerError(
            message("costs: the table has no row. Was its cut-off too low, or no place near a road?")
        )
    if not known.any():
        raise _no_pair(costs, places, centres)
    cost = _numbers(costs["cost"])
    beyond = len(known) - int(known.sum())
    if beyond:
        ends, cost = [codes[known] for codes in ends], cost[known]
    _require_costs(cost)
    origin, destination = ends
    if (np.diff(origin) < 0).any():
        origin, destination, cost = arranged(origin, destination, cost, len(places))
    start = np.concatenate([[0], np.cumsum(np.bincount(origin, minlength=len(places)))])
    found = Pairs(places, centres, start, destination.astype(np.int32, copy=False), cost, beyond)
    _require_once(found, origin)
    _say_beyond(beyond, len(known))
    return found


def pairs_from_points(places: pd.DataFrame, centres: pd.DataFrame, *, within: PositiveMetres) -> Pairs:
    """
    Pairs by straight lines between points.

    Parameters
    ----------
    places, centres
        `x` and `y` in metres, by identifier.
    within
        Longest line, itself included.

    Returns
    -------
    pairs
        All with a line of at most that length; lines below a millimetre are 0, as between a point and itself that
        were put into one system.

    Raises
    ------
    LayerError
        Identifiers repeat, coordinates are missing, or the limit is not above 0.

    Examples
    --------
    >>> import pandas as pd
    >>> places = pd.DataFrame({"x": [0.0, 900.0], "y": 0.0}, index=["a", "b"])
    >>> centres = pd.DataFrame({"x": [300.0], "y": [400.0]}, index=["z"])
    >>> pairs_from_points(places, centres, within=500.0).cost.tolist()
    [500.0]
    """
    _require_distinct(places.index, centres.index)
    if not (within > 0 and np.isfinite(within)):
        raise LayerError(
            message(
                "within: straight lines need a longest one, in metres, above 0, not {value}.", value=within
            )
        )
    ends = [frame[["x", "y"]].to_numpy(dtype=np.float64) for frame in (places, centres)]
    for name, points in zip(("demand", "supply"), ends, strict=True):
        lost = int((~np.isfinite(points).all(axis=1)).sum())
        if lost:
            raise LayerError(
                message(
                    "{layer}: {count} have no coordinates. Place them or remove them.", layer=name, count=lost
                )
            )
    # The tree rounds its own way at the limit: it looks a little farther, and the lengths decide.
    tree, reach = cKDTree(ends[1]), up_to(up_to(within))
    found = [_block(tree, ends, first, within, reach) for first in range(0, len(places), _BLOCK)]
    number = np.concatenate([np.zeros(0, np.int64), *(f[0] for f in found)])
    centre = np.concatenate([np.zeros(0, np.int32), *(f[1] for f in found)])
    cost = np.concatenate([np.zeros(0), *(f[2] for f in found)])
    start = np.concatenate([[0], np.cumsum(number)])
    return Pairs(places.index, centres.index, start, centre, cost, limit=float(within))


def _block(
    tree: cKDTree, ends: list[Floats], first: int, within: float, reach: float
) -> tuple[npt.NDArray[np.int64], Codes, Floats]:
    """Centres and lengths of a block of places, and how many each has."""
    points = ends[0][first : first + _BLOCK]
    lists = tree.query_ball_point(points, reach, return_sorted=True)
    number = np.array([len(one) for one in lists], dtype=np.int64)
    centre = np.concatenate([np.zeros(0, np.int32), *lists]).astype(np.int32)
    row = np.repeat(np.arange(len(points)), number)
    away = points[row] - ends[1][centre]
    cost = np.sqrt(away[:, 0] ** 2 + away[:, 1] ** 2)
    cost[cost < NOWHERE] = 0.0
    kept = cost <= up_to(within)
    return np.bincount(row[kept], minlength=len(points)), centre[kept], cost[kept]


def _in_order(costs: pd.DataFrame, places: pd.Index, centres: pd.Index) -> Pairs | None:
    """Pairs of a table whose rows are in order and as they should be, in one pass; None of any other."""
    cost = costs["cost"].to_numpy()
    keys = [_key(costs[end], labels) for end, labels in zip(_ENDS, (places, centres), strict=True)]
    if not len(cost) or cost.dtype != np.float64 or any(key is None for key in keys):
        return None
    start, centre = np.zeros(len(places) + 1, np.int64), np.empty(len(cost), np.int32)
    if not orderly(tuple(keys), np.ascontiguousarray(cost), start, centre, len(centres)):
        return None
    return Pairs(places, centres, start, centre, np.ascontiguousarray(cost))


def _key(ends: pd.Series, labels: pd.Index) -> tuple[npt.NDArray[Any], int, Codes] | None:
    """Codes of ends, the least of them, and the number among the labels that each stands for; None of text."""
    if isinstance(ends.dtype, pd.CategoricalDtype):
        among = labels.get_indexer(ends.cat.categories).astype(np.int32)
        # Of one width, for which the pass is compiled.
        return np.asarray(pd.Categorical(ends).codes).astype(np.int32), 0, among
    whole = all(isinstance(d, np.dtype) and d.kind == "i" for d in (ends.dtype, labels.dtype))
    if not whole or int(labels.max()) - int(labels.min()) > 2 * len(ends) + len(labels):
        return None
    codes = ends.to_numpy()
    wide = codes if codes.dtype == np.int64 else codes.astype(np.int32)
    return wide, int(labels.min()), _numbered(labels)[:-1]


def _numbered(labels: pd.Index) -> Codes:
    """Numbers of labels by their distance from the least; -1 where there is none, as in the last."""
    among = np.full(int(labels.max()) - int(labels.min()) + 2, -1, dtype=np.int32)
    among[labels.to_numpy() - int(labels.min())] = np.arange(len(labels), dtype=np.int32)
    return among


def require_columns(costs: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Refusal of a table of costs that lacks columns."""
    lost = [name for name in names if name not in costs.columns]
    if lost:
        raise LayerError(
            message(
                "costs: the table has no columns {values}. Name them; it has: {found}.",
                values=distinct(lost),
                found=distinct(costs.columns),
            )
        )


def say_no_limit(pairs: Pairs, rules: DecayRules) -> None:
    """Warning that a table ends where it was cut off: equal weights have no other limit."""
    if rules.within is not None or rules.decay not in (None, "within") or pairs.limit is not None:
        return
    text = message(
        "within: no limit is given, so that all costs of the table count alike, up to the largest, {most}. Give "
        "the largest cost that counts if the table goes farther.",
        most=float(pairs.cost.max()),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _say_beyond(beyond: int, number: int) -> None:
    if not beyond:
        return
    text = message(
        "costs: {count} of {number} rows go from or to what is neither in the demand nor in the supply, and "
        "are not used.",
        count=beyond,
        number=number,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _codes(ends: pd.Series, labels: pd.Index) -> npt.NDArray[np.int32]:
    """Number of each end among the labels; -1 where it is none of them."""
    if isinstance(ends.dtype, pd.CategoricalDtype):
        among = np.append(labels.get_indexer(ends.cat.categories), -1).astype(np.int32)
        return np.asarray(among[ends.cat.codes.to_numpy()])
    if pd.api.types.is_integer_dtype(ends.dtype) and pd.api.types.is_integer_dtype(labels.dtype):
        return _looked_up(ends.to_numpy(), labels)
    # Each text is looked for once, not in each row.
    codes, found = pd.factorize(ends)
    among = np.append(labels.get_indexer(pd.Index(found)), -1).astype(np.int32)
    return np.asarray(among[codes])


def _looked_up(ends: npt.NDArray[np.integer], labels: pd.Index) -> npt.NDArray[np.int32]:
    """Number of whole numbers among others: by a list of all between the least and the largest, if it is short."""
    least, largest = int(labels.min()), int(labels.max())
    if not len(ends) or largest - least > 2 * len(ends) + len(labels):
        return np.asarray(labels.get_indexer(ends), dtype=np.int32)
    among = _numbered(labels)
    if int(ends.min()) >= least and int(ends.max()) <= largest:
        return np.asarray(among[ends - least])
    return np.asarray(among[np.where((ends < least) | (ends > largest), largest + 1, ends) - least])


def _require_distinct(places: pd.Index, centres: pd.Index) -> None:
    problems = [
        message(
            "{layer}: identifiers repeat: {values}. Each must stand once; merge or rename them.",
            layer=name,
            values=distinct(labels[labels.duplicated()]),
        )
        for name, labels in (("demand", places), ("supply", centres))
        if not labels.is_unique
    ]
    problems += [
        message("{layer}: there are no rows. Choose a layer with rows.", layer=name)
        for name, labels in (("demand", places), ("supply", centres))
        if not len(labels)
    ]
    if problems:
        raise LayerError(problems)


def _numbers(cost: pd.Series) -> Floats:
    if pd.api.types.is_numeric_dtype(cost.dtype):
        return np.asarray(cost.to_numpy(dtype=np.float64, na_value=np.nan))
    raise LayerError(message("costs: column “cost” holds what are no numbers. Correct it."))


def _require_costs(cost: Floats) -> None:
    # One pass where all is well: a sum is finite only if all are, and a least value is NaN if one is.
    if np.isfinite(cost.sum()) and cost.min() >= 0:
        return
    wrong = (
        message("{count} missing", count=int(np.isnan(cost).sum())),
        message("{count} infinite", count=int(np.isinf(cost).sum())),
        message("{count} below 0", count=int((cost < 0).sum())),
    )
    there = [text for text in wrong if text.values["count"]]
    if there:
        raise LayerError(
            message(
                "costs: column “cost” has values that are no costs: {what}. Remove the rows of pairs that are out of "
                "reach, and correct the others.",
                what=together(there),
            )
        )


def _require_once(pairs: Pairs, origin: npt.NDArray[np.int32]) -> None:
    cells, number = len(pairs.places) * len(pairs.centres), len(pairs)
    code = origin.astype(np.int64) * len(pairs.centres) + pairs.centre
    step = np.diff(code)
    if (step > 0).all():
        return
    if cells <= 64 * number:
        seen = np.zeros(cells, dtype=np.bool_)
        seen[code] = True
        twice = number - int(seen.sum())
    else:
        twice = number - len(np.unique(code))
    if twice:
        raise LayerError(
            message(
                "costs: {count} pairs of place and centre are listed more than once. Keep one cost for each, for "
                "example the least.",
                count=twice,
            )
        )


def _no_pair(costs: pd.DataFrame, places: pd.Index, centres: pd.Index) -> LayerError:
    """What parts identifiers that were meant to be the same: numbers and text, zeros at the front, ends swapped."""
    swapped = costs["origin"].isin(centres).any() and costs["destination"].isin(places).any()
    hint: Message | str = ""
    if swapped:
        hint = message(" Origins are centres and destinations places: swap the columns.")
    elif _alike(costs["origin"], places) and _alike(costs["destination"], centres):
        hint = message(
            " They agree once written as text without zeros at the front: give both the same form, as text."
        )
    return LayerError(
        message(
            "costs: none of the {count} rows goes from a place of the demand (such as {place}) to a centre of the "
            "supply (such as {centre}); they go from {origin} to {destination}.{hint}",
            count=len(costs),
            place=distinct(places[:2]),
            centre=distinct(centres[:2]),
            origin=distinct(costs["origin"].head(2)),
            destination=distinct(costs["destination"].head(2)),
            hint=hint,
        )
    )


def _alike(ends: pd.Series, labels: pd.Index) -> bool:
    given, known = (
        _bare(pd.Series(v).drop_duplicates()) for v in (ends.astype(object), labels.astype(object))
    )
    return bool(given.isin(known).any())


def _bare(values: pd.Series) -> pd.Series:
    texts = values.astype(str).str.strip()
    return texts.str.replace(r"\.0$", "", regex=True).str.lstrip("0")
