"""The network that labour markets are for each other: who goes where, how open each is, how much comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation import _strengths
from geoterritorio.delimitation.commuting import numbered, sums
from geoterritorio.errors import FlowError, message
from geoterritorio.registry import Count

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Random = int | np.random.Generator | None
# Markets up to which chance is worked out, since it is asked of every two of them.
_MOST = 1500
_BAND = (2.5, 97.5)


@dataclass(frozen=True)
class MarketNetwork:
    """
    Markets, and what flows between them.

    Parameters
    ----------
    links
        By `origin` and `destination` (different markets with commuters): `flow`, `share_of_residents` of the origin,
        `share_of_workers` of the destination, `reciprocal` (the flow the other way), `net` (flow less that),
        `reciprocity` (share of both flows that is returned), `cohesion` (as in `labour_markets`) and `expected` (by
        chance that keeps what leaves and reaches each market).
    markets
        By market: `units` (places), `centre` (place with most jobs), `residents`, `workers`, `internal`; `openness_out`
        and `openness_in`, the share of residents who work, and of workers who live, elsewhere; `gain`, workers less
        residents; `sent` and `received`, commuters to and from other markets, `beyond_out` and `beyond_in`, those
        across the border of the study or of places without market; the largest flows (`main_destination`,
        `destination_share` of residents, `main_origin`, `origin_share` of workers); `destinations` and `origins`, the
        number of other markets, and `effective_destinations` and `effective_origins`, as if all were equal;
        `reciprocity` and `reciprocity_expected`.
    network
        By `measure`: `value`, and of the reciprocities `null_mean`, `low`, `high` (95 % of networks by chance), `rho`
        (0 by chance, 1 where all is returned) and `p`.
    """

    links: pd.DataFrame
    markets: pd.DataFrame
    network: pd.DataFrame


@dataclass(frozen=True)
class _Flows:
    """Flows between markets as two lists of pairs, each pair once; and their sums."""

    names: pd.Index
    origin: Codes
    destination: Codes
    flow: Floats
    returned: Floats
    internal: Floats
    beyond_out: Floats
    beyond_in: Floats

    @property
    def size(self) -> int:
        return len(self.names)

    @property
    def sent(self) -> Floats:
        return sums(self.origin, self.flow, None, self.size)

    @property
    def received(self) -> Floats:
        return sums(self.destination, self.flow, None, self.size)

    @property
    def residents(self) -> Floats:
        return self.internal + self.sent + self.beyond_out

    @property
    def workers(self) -> Floats:
        return self.internal + self.received + self.beyond_in


def market_network(
    flows: pd.DataFrame,
    market: pd.Series,
    *,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
    draws: Count = 199,
    rng: Random = 1,
) -> MarketNetwork:
    r"""
    Network of local labour markets.

    Parameters
    ----------
    flows
        Commuters by `origin`, `destination`, `flow`, those within a place among them.
    market
        Market of each place, by its identifier; NaN for none. Any division will do.
    outside
        Names that flows give to what is across the border of the study.
    totals
        By place: all employed `residents` and all `workers`, where they are more than the flows say.
    draws
        Networks drawn by chance, for the band and p of reciprocity.
    rng
        Generator, or its seed.

    Returns
    -------
    network
        Links, markets and figures of the whole. Everybody who lives or works in a market is counted once: within,
        between markets, or beyond.

    Raises
    ------
    FlowError
        The flows are wrong, name none of the places, or no place has a market.

    Warns
    -----
    GeoterritorioWarning
        If flows name places that are neither in `market` nor `outside`, or places have no flow within.

    Notes
    -----
    .. math:: r = \frac{\sum_{a \ne b} \min(f_{ab}, f_{ba})}{\sum_{a \ne b} f_{ab}}, \qquad
              \rho = \frac{r - \langle r \rangle}{1 - \langle r \rangle}

    is the weighted reciprocity: the share of commuters between markets whom others match the other way. Chance keeps,
    on average, what leaves and reaches each market and nothing else; nearness is no part of it, so that flows between
    neighbours are mostly larger than expected, and returned more. Above 1500 markets chance is not worked out.

    That of links (`reciprocity`) is the share of those whose opposite is there; chance then places as many links
    anywhere, so that its mean is their density. Effective numbers are inverse Herfindahl indices.

    References
    ----------
    .. [1] Squartini, T., Picciolo, F., Ruzzenenti, F. & Garlaschelli, D. (2013). Reciprocity of weighted networks.
       Scientific Reports 3, 2729.
    .. [2] Garlaschelli, D. & Loffredo, M. I. (2004). Patterns of link reciprocity in directed networks. Physical Review
       Letters 93, 268701.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aabbb"), "destination": list("abbac"), "flow": [80, 20, 60, 30, 10]})
    >>> found = market_network(flows, pd.Series({"a": "A", "b": "B"}), outside=["c"])
    >>> found.links[["origin", "destination", "flow", "share_of_residents", "reciprocal"]].values.tolist()
    [['A', 'B', 20.0, 0.2, 30.0], ['B', 'A', 30.0, 0.3, 20.0]]
    """
    units, pairs, (out, into) = numbered(flows, market.index, outside=outside, totals=totals)
    given = market.set_axis(market.index.astype(str)).reindex(units)
    label, names = pd.factorize(given, sort=True)
    label = label.astype(np.int64)
    if not len(names):
        raise FlowError(message("market: no place belongs to one."))
    mine = np.append(label, -1)
    a, b = mine[pairs.origin], mine[pairs.destination]
    size = len(names)
    inside = (pairs.origin >= 0) & (pairs.destination >= 0)
    # `out` and `into` hold what crosses the border of the study; to places without market flows say the rest.
    leaves, comes = (inside & (end >= 0) & (other < 0) for end, other in ((a, b), (b, a)))
    known = _flows(
        pd.Index(names, name="market"),
        (a, b, pairs.flow),
        sums(label, out, label >= 0, size) + sums(a, pairs.flow, leaves, size),
        sums(label, into, label >= 0, size) + sums(b, pairs.flow, comes, size),
    )
    mean = _expected(known)
    workers = into + sums(pairs.destination, pairs.flow, inside, len(units))
    centre = _centres(label, workers)
    return MarketNetwork(
        _links(known, mean),
        _markets(known, mean, np.bincount(label[label >= 0], minlength=size), units[centre]),
        _network(known, mean, int(draws), np.random.default_rng(rng)),
    )


def _flows(
    names: pd.Index, pairs: tuple[Codes, Codes, Floats], beyond_out: Floats, beyond_in: Floats
) -> _Flows:
    a, b, flow = pairs
    size = len(names)
    both = (a >= 0) & (b >= 0)
    key, at = np.unique(a[both] * size + b[both], return_inverse=True)
    total = np.bincount(at, flow[both], len(key)).astype(float)
    origin, destination = key // size, key % size
    apart = origin != destination
    back = destination[apart] * size + origin[apart]
    where = np.minimum(np.searchsorted(key, back), len(key) - 1)
    returned = np.where(key[where] == back, total[where], 0.0) if len(key) else np.array([])
    internal = sums(origin, total, ~apart, size)
    return _Flows(
        names, origin[apart], destination[apart], total[apart], returned, internal, beyond_out, beyond_in
    )


def _centres(label: Codes, workers: Floats) -> Codes:
    """Unit with most jobs in each market; of equal ones the first."""
    order = np.lexsort((np.arange(len(label)), -workers, label))
    order = order[label[order] >= 0]
    return order[np.unique(label[order], return_index=True)[1]]


def _expected(known: _Flows) -> Floats | None:
    if known.size > _MOST:
        return None
    return _strengths.expected(known.sent, known.received)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return share


def _links(known: _Flows, mean: Floats | None) -> pd.DataFrame:
    a, b, flow, back = known.origin, known.destination, known.flow, known.returned
    living, working = known.residents, known.workers
    # Where nobody comes back, nobody may live or work there.
    strength = np.divide(back**2, living[b] * working[a], out=np.zeros(len(back)), where=back > 0)
    return pd.DataFrame(
        {
            "origin": known.names[a],
            "destination": known.names[b],
            "flow": flow,
            "share_of_residents": flow / living[a],
            "share_of_workers": flow / working[b],
            "reciprocal": back,
            "net": flow - back,
            "reciprocity": 2 * np.minimum(flow, back) / (flow + back),
            "cohesion": flow**2 / (living[a] * working[b]) + strength,
            "expected": np.full(len(flow), np.nan) if mean is None else mean[a, b],
        }
    )


def _markets(known: _Flows, mean: Floats | None, units: Codes, centre: pd.Index) -> pd.DataFrame:
    living, working, size = known.residents, known.workers, known.size
    matched = np.minimum(known.flow, known.returned)
    moved = known.sent + known.received
    by_chance = np.full(size, np.nan) if mean is None else 2 * _strengths.returned(mean).sum(axis=1)
    to, sent_most = _largest(known.origin, known.destination, known.flow, known.names)
    source, got_most = _largest(known.destination, known.origin, known.flow, known.names)
    return pd.DataFrame(
        {
            "units": units,
            "centre": centre,
            "residents": living,
            "workers": working,
            "internal": known.internal,
            "openness_out": 1 - _share(known.internal, living),
            "openness_in": 1 - _share(known.internal, working),
            "gain": working - living,
            "sent": known.sent,
            "received": known.received,
            "beyond_out": known.beyond_out,
            "beyond_in": known.beyond_in,
            "main_destination": to,
            "destination_share": _share(sent_most, living),
            "main_origin": source,
            "origin_share": _share(got_most, working),
            "destinations": np.bincount(known.origin, minlength=size),
            "origins": np.bincount(known.destination, minlength=size),
            "effective_destinations": _effective(known.origin, known.flow, size),
            "effective_origins": _effective(known.destination, known.flow, size),
            "reciprocity": _share(2 * sums(known.origin, matched, None, size), moved),
            "reciprocity_expected": _share(by_chance, moved),
        },
        index=known.names,
    )


def _largest(
    end: Codes, other: Codes, flow: Floats, names: pd.Index
) -> tuple[npt.NDArray[np.object_], Floats]:
    """Other end of the largest flow at each end, and that flow; of equal ones the first."""
    order = np.lexsort((other, -flow, end))
    at, first = np.unique(end[order], return_index=True)
    found, most = np.full(len(names), np.nan, dtype=object), np.full(len(names), np.nan)
    found[at], most[at] = names.to_numpy(dtype=object)[other[order][first]], flow[order][first]
    return found, most


def _effective(end: Codes, flow: Floats, size: int) -> Floats:
    return _share(sums(end, flow, None, size) ** 2, sums(end, flow * flow, None, size))


def _network(known: _Flows, mean: Floats | None, draws: int, rng: np.random.Generator) -> pd.DataFrame:
    between, within = float(known.flow.sum()), float(known.internal.sum())
    beyond_out, beyond_in = float(known.beyond_out.sum()), float(known.beyond_in.sum())
    possible = known.size * (known.size - 1)
    density = len(known.flow) / possible if possible else np.nan
    plain = {
        "markets": known.size,
        "commuters": within + between + beyond_out + beyond_in,
        "within_markets": within,
        "between_markets": between,
        "beyond_out": beyond_out,
        "beyond_in": beyond_in,
        "share_between": between / (within + between) if within + between else np.nan,
        "links": len(known.flow),
        "density": density,
    }
    rows = {name: {"value": float(value)} for name, value in plain.items()}
    returned = float((known.returned > 0).mean()) if len(known.flow) else np.nan
    rows["reciprocity"] = {"value": returned, "null_mean": density}
    rows["weighted_reciprocity"] = _weighted(known, mean, draws, rng)
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["value", "null_mean", "low", "high", "rho", "p"]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (table["value"] - table["null_mean"]) / (1 - table["null_mean"])
    return table.assign(rho=rho.where(table["null_mean"] < 1)).rename_axis("measure").reset_index()


def _weighted(known: _Flows, mean: Floats | None, draws: int, rng: np.random.Generator) -> dict[str, float]:
    between = float(known.flow.sum())
    if not between:
        return {"value": np.nan}
    value = float(np.minimum(known.flow, known.returned).sum() / between)
    if mean is None:
        return {"value": value}
    middle = float(_strengths.returned(mean).sum() / between)
    found = {"value": value, "null_mean": middle}
    drawn = _strengths.drawn_reciprocities(mean, draws, rng)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return found
    low, high = np.percentile(drawn, _BAND)
    further = int((np.abs(drawn - middle) >= abs(value - middle)).sum())
    return {**found, "low": float(low), "high": float(high), "p": (1 + further) / (1 + len(drawn))}
