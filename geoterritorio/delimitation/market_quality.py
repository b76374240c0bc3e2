"""What each labour market is like: size, self-containment, cohesion, centres, links to the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation.commuting import Commuting
from geoterritorio.delimitation.containment import LabourMarketRules, validity

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
# Jobs from which on a place can be a centre.
_CENTRAL = 100


def centres(flows: Commuting, label: Codes) -> Codes:
    """Unit with most jobs in each market, by its number from 0; of equal ones the first."""
    order = np.lexsort((np.arange(len(label)), -flows.workers, label))
    order = order[label[order] >= 0]
    first = np.ones(len(order), dtype=bool)
    first[1:] = label[order][1:] != label[order][:-1]
    return order[first]


def quality(flows: Commuting, label: Codes, rules: LabourMarketRules) -> pd.DataFrame:
    """
    Sums and shares of markets.

    Parameters
    ----------
    flows
        Commuting between units.
    label
        Market of each unit, numbered from 0; -1 for none.
    rules
        By which a market is valid.

    Returns
    -------
    quality
        By market: what `LabourMarkets` says of its `quality`.
    """
    number = int(label.max(initial=-1)) + 1
    mine = label >= 0
    market = label[mine]
    origin = np.repeat(np.arange(len(label)), np.diff(flows.out.start))
    a, b = label[origin], label[flows.out.other]
    within = (a == b) & (a >= 0)
    living, working, beyond, own = (
        np.bincount(market, v[mine], number)
        for v in (flows.residents, flows.workers, flows.beyond, flows.own)
    )
    both = np.bincount(a[within], flows.out.flow[within], number)
    units = np.bincount(market, minlength=number)
    links = np.bincount(a[within & (origin != flows.out.other)], minlength=number)
    valid = validity(living, working, both, rules)
    coming, going = _links(a, b, number)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(
            {
                "units": units,
                "residents": living,
                "workers": working,
                "internal": both,
                "supply": both / living,
                "demand": both / working,
                "validity": valid,
                "valid": np.where(valid >= 1, "yes", "no"),
                "commuters_share": (living + working - 2 * both) / (2 * both),
                "balance": (living - working) / both,
                "cohesion_links": np.where(units > 1, links / (units * (units - 1)), np.nan),
                "cohesion_flows": np.where(units > 1, (both - own) / both, np.nan),
                "central_units": np.bincount(market, _central(flows)[mine], number).astype(int),
                "links_in": coming,
                "links_out": going,
                "beyond": beyond,
            }
        )


def _central(flows: Commuting) -> Floats:
    """Units of many jobs into which more people commute than out of them."""
    central: Floats = ((flows.workers > _CENTRAL) & (flows.workers > flows.residents)).astype(float)
    return central


def _links(a: Codes, b: Codes, number: int) -> tuple[Codes, Codes]:
    """Markets from which people come, and to which they go, its own not counted."""
    apart = (a != b) & (a >= 0) & (b >= 0)
    pairs = np.unique(a[apart] * number + b[apart])
    return np.bincount(pairs % number, minlength=number), np.bincount(pairs // number, minlength=number)


def modularity(flows: Commuting, label: Codes) -> float:
    """Newman's modularity of markets in the flows between units, those across the border left aside."""
    number = int(label.max(initial=-1)) + 1
    origin = np.repeat(np.arange(len(label)), np.diff(flows.out.start))
    a, b, flow = label[origin], label[flows.out.other], flows.out.flow
    inside = (a >= 0) & (b >= 0)
    a, b, flow = a[inside], b[inside], flow[inside]
    total = flow.sum()
    own = np.bincount(a[a == b], flow[a == b], number)
    out, into = np.bincount(a, flow, number), np.bincount(b, flow, number)
    return float((own - out * into / total).sum() / total)
