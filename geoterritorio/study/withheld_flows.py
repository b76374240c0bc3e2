"""What of a network of labour markets is not published, because it would tell of a few commuters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.publication.disclosure.contributions import Contributions, Level, whole
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.disclosure.secured import secured

Mask = npt.NDArray[np.bool_]
Hidden = dict[str, Mask]
# Every withheld flow has a proof by construction; some are verified too.
_VERIFIED = 5
_OWN = ("flow", "share_of_residents", "share_of_workers", "expected")
_BOTH = ("reciprocal", "net", "reciprocity", "cohesion")
_SUMS = ("residents", "workers")
# Of a market as `labour_markets` tells of it: what rests on those who stay in it.
_STAYING = ("supply", "demand", "validity", "validity_before")
# Strengths of commuting between two places are their flows, squared, over residents and workers.
_STRENGTHS = ("trace", "reserve")
# End of a flow that lies across the border, and of the sum of a line.
_BORDER, _ALL = "\x00border", "\x00all"
Pairs = frozenset[tuple[str, str]]
_NETWORK = ("value", "null_mean", "low", "high", "rho", "p")


def of_markets(outputs: Mapping[str, Any], fewest: int, beside: Pairs = frozenset()) -> dict[str, Hidden]:
    """
    Of `market_network`, every figure from which a flow of a few commuters could be solved.

    Parameters
    ----------
    outputs
        Links, markets and figures of the whole.
    fewest
        Fewest commuters that are told.
    beside
        Flows that other results of the same commuters withhold.

    Returns
    -------
    hidden
        By output and column, rows whose figure is withheld.

    Notes
    -----
    Flows between markets, within them and across the border are one table, whose rows add up to residents and whose
    columns to workers. Commuters sent are residents less those who stay or cross the border, so that they tell no more
    where these are told. Numbers of partners as if all were equal, and reciprocity, are told only where no flow of the
    line is withheld.
    """
    markets, links = outputs["markets"], outputs["links"]
    names = pd.Index(markets["territory"].astype(str))
    at = names.get_indexer(links["origin"].astype(str)), names.get_indexer(links["destination"].astype(str))
    hidden = _with_others(_pattern(markets, links, at, fewest), names, beside)
    cells, residents, workers = hidden[0, 0], hidden[0, 1].ravel(), hidden[1, 0].ravel()
    mine, opposite = cells[at], cells[at[1], at[0]]
    return {
        "links": dict.fromkeys(_OWN, mine)
        | dict.fromkeys(_BOTH, mine | opposite)
        | {"share_of_residents": mine | residents[at[0]], "share_of_workers": mine | workers[at[1]]},
        "markets": _of_markets(cells, residents[:-1], workers[:-1], markets, names),
        "network": _of_whole(hidden, outputs["network"]),
    }


def of_drawn(outputs: Mapping[str, Any], fewest: int, beside: Pairs = frozenset()) -> dict[str, Hidden]:
    """
    Of `labour_markets`, every figure that tells a flow of a few commuters between the markets that it draws.

    Parameters
    ----------
    outputs
        Areas, flows between and within them, trace and reserve.
    fewest
        Fewest commuters that are told.
    beside
        Flows that other results of the same commuters withhold.

    Returns
    -------
    hidden
        By output and column, rows whose figure is withheld.
    """
    markets, links, between = _drawn(outputs)
    names = pd.Index(markets["territory"])
    at = names.get_indexer(links["origin"]), names.get_indexer(links["destination"])
    hidden = _with_others(_pattern(markets, links, at, fewest), names, beside)
    cells, residents, workers = hidden[0, 0], hidden[0, 1].ravel(), hidden[1, 0].ravel()
    there = names.get_indexer(between["origin"]), names.get_indexer(between["destination"])
    stay = np.diag(cells)[:-1]
    sums = residents[:-1] | workers[:-1]
    found: dict[str, Hidden] = {
        "between": {"flow": cells[there]},
        "areas": {
            "residents": residents[:-1],
            "workers": workers[:-1],
            "internal": stay,
            **dict.fromkeys(_STAYING, stay | sums),
            "commuters_share": stay | sums,
            "balance": sums,
            "beyond": cells[:-1, -1] | cells[-1, :-1],
        },
    }
    for name in _STRENGTHS:
        found[name] = {"cohesion": np.ones(len(outputs[name]), dtype=bool)}
    return found


def pairs_of_markets(outputs: Mapping[str, Any], fewest: int) -> Pairs:
    """Flows, and sums of lines, that `market_network` withholds, by the names of both ends."""
    markets, links = outputs["markets"], outputs["links"]
    names = pd.Index(markets["territory"].astype(str))
    at = names.get_indexer(links["origin"].astype(str)), names.get_indexer(links["destination"].astype(str))
    return _pairs(_pattern(markets, links, at, fewest), names)


def pairs_of_drawn(outputs: Mapping[str, Any], fewest: int) -> Pairs:
    """Flows, and sums of lines, that `labour_markets` withholds, by the names of both ends."""
    markets, links, _ = _drawn(outputs)
    names = pd.Index(markets["territory"])
    at = names.get_indexer(links["origin"]), names.get_indexer(links["destination"])
    return _pairs(_pattern(markets, links, at, fewest), names)


def _drawn(outputs: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Markets and links as `market_network` has them, and the flows between and within markets that they are from."""
    between = outputs["between"].astype({"origin": str, "destination": str})
    areas = outputs["areas"]
    names = areas["territory"].astype(str).to_numpy()
    flows = between.pivot_table(index="origin", columns="destination", values="flow", aggfunc="sum")
    flows = flows.reindex(index=names, columns=names).fillna(0)
    markets = pd.DataFrame(
        {
            "territory": names,
            "internal": np.diag(flows),
            # What is left of residents and workers crosses the border.
            "beyond_out": np.maximum(areas["residents"].to_numpy(float) - flows.sum(axis=1).to_numpy(), 0),
            "beyond_in": np.maximum(areas["workers"].to_numpy(float) - flows.sum(axis=0).to_numpy(), 0),
        }
    )
    apart = between["origin"].ne(between["destination"]) & between["flow"].gt(0)
    return markets, between[apart], between


def _pairs(hidden: Mapping[Level, Mask], names: pd.Index) -> Pairs:
    """Withheld flows and sums by the names of their ends."""
    ends = [*names, _BORDER]
    cells = {(ends[a], ends[b]) for a, b in zip(*np.nonzero(hidden[0, 0]), strict=True)}
    sent = {(ends[a], _ALL) for a in np.flatnonzero(hidden[0, 1].ravel())}
    return frozenset(cells | sent | {(_ALL, ends[b]) for b in np.flatnonzero(hidden[1, 0].ravel())})


def _with_others(
    hidden: Mapping[Level, Mask], names: pd.Index, beside: Iterable[tuple[str, str]]
) -> dict[Level, Mask]:
    """Flows withheld here, and those of the same names that are withheld elsewhere."""
    found = {level: mask.copy() for level, mask in hidden.items()}
    ends = {name: k for k, name in enumerate([*names, _BORDER])}
    for origin, destination in beside:
        if origin == _ALL and destination in ends:
            found[1, 0][0, ends[destination]] = True
        elif destination == _ALL and origin in ends:
            found[0, 1][ends[origin], 0] = True
        elif origin in ends and destination in ends:
            found[0, 0][ends[origin], ends[destination]] = True
    return found


def _pattern(
    markets: pd.DataFrame, links: pd.DataFrame, at: tuple[Any, Any], fewest: int
) -> Mapping[Level, Mask]:
    """Flows withheld: those of few, and others without which sums would tell these; the border is the last market."""
    size = len(markets)
    own = np.arange(size)
    row = np.concatenate([at[0], own, own, np.full(size, size)])
    column = np.concatenate([at[1], own, np.full(size, size), own])
    flow = np.concatenate(
        [
            links["flow"].to_numpy(float),
            *(markets[c].to_numpy(float) for c in ("internal", "beyond_out", "beyond_in")),
        ]
    )
    there = np.flatnonzero(flow > 0)
    # More commuters than this make no difference to any rule.
    people = np.clip(flow[there].round(), 1, fewest + 1).astype(np.intp)
    each = np.repeat(there, people)
    given = Contributions(
        row[each],
        column[each],
        np.arange(len(each)),
        flow[each] / np.repeat(people, people),
        whole([np.arange(size + 1)], size + 1),
        whole([np.arange(size + 1)], size + 1),
    )
    return secured(given, DisclosureRules(minimum=fewest, verified=_VERIFIED)).hidden


def _of_markets(
    cells: Mask, residents: Mask, workers: Mask, markets: pd.DataFrame, names: pd.Index
) -> Hidden:
    """Figures of markets, by the flows and sums that are withheld."""
    size = len(markets)
    inner, out, into = cells[:size, :size], cells[:size, size], cells[size, :size]
    stay = np.diag(inner)
    apart = inner & ~np.eye(size, dtype=bool)
    to, of = (
        _to_partner(apart, markets[c], names, axis)
        for axis, c in enumerate(("main_destination", "main_origin"))
    )
    sent, received = stay | out | residents, stay | into | workers
    from_here, to_here = (np.asarray(apart.any(axis=k), dtype=bool) for k in (1, 0))
    return {
        "residents": residents,
        "workers": workers,
        "gain": residents | workers,
        "internal": stay,
        "openness_out": stay | residents,
        "openness_in": stay | workers,
        "sent": sent,
        "received": received,
        "beyond_out": out,
        "beyond_in": into,
        "destination_share": to | residents,
        "origin_share": of | workers,
        "effective_destinations": from_here,
        "effective_origins": to_here,
        "reciprocity": from_here | to_here,
        "reciprocity_expected": sent | received | sent.any() | received.any(),
    }


def _to_partner(apart: Mask, partner: pd.Series, names: pd.Index, axis: int) -> Mask:
    """Whether the flow to or from each market's main partner is withheld."""
    other = names.get_indexer(partner.astype(object).where(partner.notna(), "").astype(str))
    own = np.arange(len(names))
    flows = apart[own, other] if axis == 0 else apart[other, own]
    return np.asarray((other >= 0) & flows, dtype=bool)


def _of_whole(hidden: Mapping[Level, Mask], network: pd.DataFrame) -> Hidden:
    """Figures of the whole: sums of what stays need every flow within, and reciprocity every flow between."""
    cells = hidden[0, 0]
    size = len(cells) - 1
    beyond = {"beyond_out": bool(hidden[1, 0].ravel()[size]), "beyond_in": bool(hidden[0, 1].ravel()[size])}
    total = bool(hidden[1, 1].any())
    within = bool(np.diag(cells).any()) or total or any(beyond.values())
    lost = {
        **beyond,
        "commuters": total,
        **dict.fromkeys(("within_markets", "between_markets", "share_between"), within),
        "weighted_reciprocity": bool((cells[:size, :size] & ~np.eye(size, dtype=bool)).any()),
    }
    mask = network["measure"].map(lost).fillna(value=False).to_numpy(dtype=bool)
    return dict.fromkeys(_NETWORK, mask)
