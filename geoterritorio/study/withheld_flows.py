"""What of a network of labour markets is not published, because it would tell of a few commuters."""

from __future__ import annotations

from collections.abc import Mapping
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
_NETWORK = ("value", "null_mean", "low", "high", "rho", "p")


def of_markets(outputs: Mapping[str, Any], fewest: int) -> dict[str, Hidden]:
    """
    Of `market_network`, every figure from which a flow of a few commuters could be solved.

    Parameters
    ----------
    outputs
        Links, markets and figures of the whole.
    fewest
        Fewest commuters that are told.

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
    hidden = _pattern(markets, links, at, fewest)
    cells, residents, workers = hidden[0, 0], hidden[0, 1].ravel(), hidden[1, 0].ravel()
    mine, opposite = cells[at], cells[at[1], at[0]]
    return {
        "links": dict.fromkeys(_OWN, mine)
        | dict.fromkeys(_BOTH, mine | opposite)
        | {"share_of_residents": mine | residents[at[0]], "share_of_workers": mine | workers[at[1]]},
        "markets": _of_markets(cells, residents[:-1], workers[:-1], markets, names),
        "network": _of_whole(hidden, outputs["network"]),
    }


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
