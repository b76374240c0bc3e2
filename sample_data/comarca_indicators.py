"""Indicators of the invented labour markets, those counted from plants with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import comarca_codes as codes
import numpy as np
import pandas as pd
from comarca_history import TODAY
from comarca_plants import operating
from comarca_tables import market_id

if TYPE_CHECKING:
    from comarca_land import Array, Land

_NORMAL = 1.959964  # of an interval of 95 %
_MANUFACTURING = range(10, 34)  # divisions of NACE
_SMALL = 50  # jobs from which a plant is no longer small
_SPANISH = {
    "Jobs in manufacturing (share)": "Empleos en la manufactura (proporción)",
    "Jobs in plants below 50 (share)": "Empleos en establecimientos de menos de 50 (proporción)",
    "Jobs a plant": "Empleos por establecimiento",
    "Residents who work in it (share)": "Residentes que trabajan en él (proporción)",
    "Income per head": "Renta por habitante",
}


def indicators(
    plants: pd.DataFrame, land: Land, flows: pd.DataFrame, incomes: pd.DataFrame, ids: Array
) -> pd.DataFrame:
    """
    Five indicators of each labour market.

    Shares and sizes of plants have intervals as of a ratio, if the process that placed the plants were repeated; income
    and commuting are told by a census and have none.

    Parameters
    ----------
    plants
        Establishments as they truly are.
    land
        Labour market of every municipality.
    flows
        Commuting of all censuses, of which the latest is used.
    incomes
        Income per head of municipalities.
    ids
        Identifiers of the municipalities, in the order of `land`.

    Returns
    -------
    table
        `territory`, `indicator`, `indicator_es`, `value`, `low`, `high`, `period`.
    """
    now = plants[operating(plants, TODAY)]
    market = land.market[now["place"].to_numpy()]
    jobs = now["employment"].to_numpy(dtype=float)
    division = now["sector"].astype(str).str[:2].astype(int)
    making = division.isin(_MANUFACTURING).to_numpy()
    ones = np.ones(len(jobs))
    of = pd.Series(market_id(land.market), index=ids)
    parts = [
        _ratio("Jobs in manufacturing (share)", making * jobs, jobs, market, land.markets),
        _ratio("Jobs in plants below 50 (share)", (jobs < _SMALL) * jobs, jobs, market, land.markets),
        _ratio("Jobs a plant", jobs, ones, market, land.markets),
        _plain("Residents who work in it (share)", _kept(flows, of)),
        _plain("Income per head", _income(incomes, of)),
    ]
    table = pd.concat(parts, ignore_index=True)
    table.insert(2, "indicator_es", table["indicator"].map(_SPANISH))
    return table.assign(period=TODAY[:4], nature=codes.NATURE)


def _ratio(name: str, part: Array, whole: Array, market: Array, number: int) -> pd.DataFrame:
    """Ratio of two sums over the plants of each market, with its interval."""
    above, below = (np.bincount(market, w, minlength=number) for w in (part, whole))
    ratio = above / below
    error = np.sqrt(np.bincount(market, (part - ratio[market] * whole) ** 2, minlength=number)) / below
    return pd.DataFrame(
        {
            "territory": market_id(np.arange(number)),
            "indicator": name,
            "value": ratio.round(4),
            "low": np.maximum(ratio - _NORMAL * error, 0).round(4),
            "high": (ratio + _NORMAL * error).round(4),
        }
    )


def _plain(name: str, values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"territory": values.index, "indicator": name, "value": values.round(4).to_numpy()})


def _kept(flows: pd.DataFrame, of: pd.Series) -> pd.Series:
    """Share of the employed residents of each market who work in it."""
    last = flows[flows["period"] == flows["period"].max()]
    home, work = last["origin"].map(of), last["destination"].map(of)
    within = last["flow"].where(home == work, 0).groupby(home).sum()
    return within / last["flow"].groupby(home).sum()


def _income(incomes: pd.DataFrame, of: pd.Series) -> pd.Series:
    last = incomes[incomes["period"] == incomes["period"].max()]
    market = last["territory"].map(of)
    return (last["value"] * last["weight"]).groupby(market).sum() / last["weight"].groupby(market).sum()
