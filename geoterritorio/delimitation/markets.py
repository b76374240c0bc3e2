"""Labour markets: areas in which most who live work, and most who work live, drawn from commuting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation import contiguity, market_quality
from geoterritorio.delimitation._dissolving import ALONE, CIRCLE, FALLS, FILLED, MOVED, UNLINKED, dissolve
from geoterritorio.delimitation._enclaves import ENCLAVE, join_enclaves
from geoterritorio.delimitation.commuting import Commuting, commuting
from geoterritorio.delimitation.containment import LabourMarketRules, sound
from geoterritorio.delimitation.outlines import names_of, outlines
from geoterritorio.errors import Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.findings import listing, strings
from geoterritorio.registry import Progress, no_progress

Codes = npt.NDArray[np.int64]
COUNTED, NOBODY, INLAND, NOT_KNOWN = BORDERS = (
    mark("counted"),
    mark("nobody"),
    mark("inland"),
    mark("not known"),
)
GROUPED = mark("grouped")
HOW = (GROUPED, FILLED, ENCLAVE, ALONE)


@dataclass(frozen=True)
class LabourMarkets:
    """
    Labour markets and how they came about.

    Parameters
    ----------
    membership
        By place: `market`, NaN where it belongs to none; `how` ("grouped", "filled from the reserve", "joined to what
        it touches", or why it belongs to none) and `moves`, how often it changed its market.
    areas
        By market: `territory` (the place with most jobs, its centre), `name` (of that place), what `quality` says and,
        where territories are given, `pieces` (groups of places that do not touch) and geometry.
    quality
        By market: `units`; `residents` and `workers` (employed); `internal`, who are both; `supply` and `demand`, the
        share of residents and of workers who are both; `validity`, and whether it is 1 or more (`valid`);
        `validity_before` those in reserve came, and their number `from_reserve`; `commuters_share` and `balance` (who
        cross its border, and residents less workers, per internal); `cohesion_links` (pairs of its places that commute)
        and `cohesion_flows` (share of internal between its places); `central_units` (more than 100 jobs, and more
        workers than residents); `links_in` and `links_out` (other markets); `beyond` (commuters across the border of
        the study) and `border`: "counted", "nobody" crosses it; where the flows do not say who does, "not known" of a
        market at the edge and "inland" of others; `seed`, the place by which `trace` calls it.
    trace
        By `iteration`: the weakest `market` with its `validity`, the `unit` that left it, the `target` it commutes with
        most, their `cohesion`, validity of the target before and after, and the `outcome`. Markets are called by the
        place with which they began.
    reserve
        By place that went to the reserve: at which `iteration`, and why (`outcome`); the `market` it was given at the
        end, their `cohesion` then, and the validity of that market without it (`market_before`) and with it
        (`market_after`), then.
    modularity
        Newman's modularity of the markets in the flows.
    rules
        By which they were made.
    """

    membership: pd.DataFrame
    areas: pd.DataFrame
    quality: pd.DataFrame
    trace: pd.DataFrame
    reserve: pd.DataFrame
    modularity: float
    rules: LabourMarketRules


def labour_markets(
    flows: pd.DataFrame,
    territories: gpd.GeoDataFrame | None = None,
    *,
    rules: LabourMarketRules | None = None,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
    progress: Progress = no_progress,
) -> LabourMarkets:
    r"""
    Labour markets by the harmonised European algorithm.

    Parameters
    ----------
    flows
        Commuters by `origin` (where they live), `destination` (where they work) and `flow`, those within a place among
        them.
    territories
        Places with `territory` and geometry, in a projected CRS in metres; flows to and from others cross the border of
        the study. By default the places are those of the flows.
    rules
        Sizes and self-containments asked for, and what becomes of enclaves.
    outside
        Names that flows give to what is across the border.
    totals
        By place: all employed `residents` and all `workers`, where they are more than the flows say.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    markets
        Membership, areas, quality, trace and reserve.

    Raises
    ------
    FlowError
        The flows are wrong, or name none of the places.
    LayerError
        The rules contradict each other, or enclaves are to be joined and there are no polygons.
    CRSError
        Metres cannot be measured on the territories.

    Warns
    -----
    GeoterritorioWarning
        If flows name places that the study does not have, if places have no flow within, or belong to no market.

    Notes
    -----
    Each place begins as a market. The one of lowest validity gives up the place with most commuters across its borders,
    which goes to the market b of greatest cohesion with it,

    .. math:: f_{ab}^2 / (R_a W_b) + f_{ba}^2 / (R_b W_a),

    if that does not lower the validity of b; otherwise it waits in a reserve. This goes on until every market is valid
    or one is left. Those in reserve then go to the market of greatest cohesion, whatever becomes of its validity: read
    `quality.valid`. Ties go to the first identifier, of targets to the last. Where moves would come back to a partition
    that was there before, the place goes to the reserve.

    References
    ----------
    .. [1] Coombes, M. & Bond, S. (2008). Travel-to-Work Areas: the 2007 review. London: ONS.
    .. [2] Franconi, L., Ichim, D. & D'Alò, M. (2017). Labour Market Areas for territorial policies: Tools for a
       European approach. Statistical Journal of the IAOS 33(3), 585-591.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {"origin": list("aabbccdd"), "destination": list("abbaccdc"), "flow": [90, 10, 30, 30, 99, 1, 40, 30]}
    ... ).groupby(["origin", "destination"], as_index=False).sum()
    >>> found = labour_markets(flows, rules=LabourMarketRules(50, 0.6, 200, 0.8))
    >>> found.membership["market"].to_dict()
    {'a': 'a', 'b': 'a', 'c': 'c', 'd': 'c'}
    """
    rules = rules or LabourMarketRules()
    sound(rules)
    units = None if territories is None else territories["territory"]
    if territories is not None:
        require_metres(territories, name="territories")
    progress(0, mark("Reading flows"))
    known = commuting(flows, units, outside=outside, totals=totals)
    seed, trace = dissolve(known, rules, progress)
    placed = None if territories is None else _placed(territories, known.units)
    if rules.enclaves == "join":
        seed, trace = join_enclaves(known, seed, trace, placed, rules)
    progress(0.95, mark("Describing markets"))
    return _told(known, seed, trace, territories, rules)


def summary(found: LabourMarkets) -> dict[str, float]:
    """
    Figures of markets as a whole.

    Parameters
    ----------
    found
        The markets.

    Returns
    -------
    summary
        `markets`, of which `valid_markets` are valid and of `unknown_borders` the flows do not say who crosses the
        border of the study; places that came `from_reserve`; Newman's `modularity`.
    """
    table = found.quality
    return {
        "markets": len(table),
        "valid_markets": int((table["valid"] == "yes").sum()),
        "unknown_borders": int((table["border"] == NOT_KNOWN).sum()),
        "from_reserve": int(table["from_reserve"].sum()),
        "modularity": found.modularity,
    }


def doubts(found: LabourMarkets) -> Iterator[Message]:
    """
    What of markets is easily overlooked.

    Parameters
    ----------
    found
        The markets.

    Yields
    ------
    doubt
        Of markets that are not valid, are so only since nobody crosses their border, or have a border of which the
        flows say nothing.
    """
    table, least = found.quality, found.rules.min_size
    weak = table[table["valid"] == "no"]
    if len(weak):
        yield message(
            "markets: not valid by the rules: {count} of {all} ({values}). {reserve} places came from the reserve, "
            "whatever became of the validity: read the columns “valid” and “validity_before”.",
            count=len(weak),
            all=len(table),
            values=listing(weak.sort_values("validity", kind="stable").index),
            reserve=int(table["from_reserve"].sum()),
        )
    small = table[(table["valid"] == "yes") & (table["residents"] < least)]
    if len(small):
        yield message(
            "markets: smaller than asked ({least}), and valid only since nobody crosses their border: {count} of {all} "
            "({values}).",
            least=least,
            count=len(small),
            all=len(table),
            values=listing(small.index),
        )
    unknown = int((table["border"] == NOT_KNOWN).sum())
    if unknown:
        yield message(
            "markets: of {count} of {all}, which lie at the edge of the study, it is not known who crosses it. Give "
            "flows to and from outside, or totals of all places.",
            count=unknown,
            all=len(table),
        )


def between(flows: pd.DataFrame, market: pd.Series) -> pd.DataFrame:
    """
    Flows between markets.

    Parameters
    ----------
    flows
        Flows between places, as given to `labour_markets`.
    market
        Market of each place; NaN for none.

    Returns
    -------
    between
        `origin` and `destination` (markets), `flow`, those within a market among them; flows of places without market
        and across the border of the study left out.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aab"), "destination": list("acc"), "flow": [1.0, 2, 3]})
    >>> between(flows, pd.Series({"a": "m", "b": "m", "c": "n"})).to_numpy().tolist()
    [['m', 'm', 1.0], ['m', 'n', 5.0]]
    """
    ends = {end: strings(flows[end]).astype(object).map(market) for end in ("origin", "destination")}
    table = pd.DataFrame({**ends, "flow": flows["flow"].astype(float)}).dropna()
    table = table[table["flow"] > 0]
    return table.groupby(list(ends), as_index=False, observed=True)["flow"].sum()


def _placed(territories: gpd.GeoDataFrame, units: pd.Index) -> gpd.GeoDataFrame:
    """Territories of the units, in their order."""
    where = pd.Index(strings(territories["territory"])).get_indexer(units)
    return territories.iloc[where].reset_index(drop=True)


def _told(
    known: Commuting,
    seed: Codes,
    trace: pd.DataFrame,
    territories: gpd.GeoDataFrame | None,
    rules: LabourMarketRules,
) -> LabourMarkets:
    label, centre = _numbered(known, seed)
    name = pd.Index(known.units[centre], name="market")
    market = pd.Series(np.append(name.to_numpy(dtype=object), [np.nan])[label], known.units)
    filled = np.isin(np.arange(len(label)), trace.loc[trace["outcome"] == FILLED, "unit"])
    quality = market_quality.quality(known, label, rules).set_axis(name)
    before = market_quality.quality(known, np.where(filled, -1, label), rules)["validity"]
    first = np.full(len(centre), -1)
    first[label[label >= 0]] = seed[label >= 0]
    quality = quality.assign(
        from_reserve=np.bincount(label[filled & (label >= 0)], minlength=len(centre)),
        validity_before=before.reindex(range(len(centre))).to_numpy(),
        border=np.where(quality["beyond"] > 0, COUNTED, NOBODY if known.beyond.any() else NOT_KNOWN),
        seed=known.units[first].to_numpy(),
    )
    placed = None if territories is None else _placed(territories, known.units)
    shapes = None if placed is None else outlines(placed, label, len(quality), snap=rules.snap)
    if placed is not None and shapes is not None:
        quality = quality.assign(**_lying(placed, label, shapes, quality["border"].to_numpy(), rules))
    return LabourMarkets(
        _membership(known, market, trace),
        _areas(quality, placed, shapes, known.units),
        quality,
        _named(trace, known.units),
        _reserve(trace, market, known.units),
        market_quality.modularity(known, label),
        rules,
    )


def _numbered(known: Commuting, seed: Codes) -> tuple[Codes, Codes]:
    """Markets numbered in the order of their centres' identifiers, and the centres."""
    rough = np.full(len(seed), -1, dtype=np.int64)
    rough[seed >= 0] = np.unique(seed[seed >= 0], return_inverse=True)[1]
    centre = market_quality.centres(known, rough)
    rank = np.append(np.argsort(np.argsort(centre)), -1)
    return rank[rough], np.sort(centre)


def _lying(
    placed: gpd.GeoDataFrame,
    label: Codes,
    shapes: gpd.GeoSeries,
    border: npt.NDArray[np.object_],
    rules: LabourMarketRules,
) -> dict[str, npt.NDArray[np.generic]]:
    """Parts of each market, and what is known of its border, by where its places lie."""
    if not placed.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return {}
    number = len(border)
    piece = contiguity.pieces(contiguity.touching(placed, snap=rules.snap), label)
    each = np.unique(np.column_stack([label, piece])[label >= 0], axis=0)
    if (border == NOT_KNOWN).any():
        ground = pd.concat([shapes, placed.geometry[label < 0]], ignore_index=True)
        at_edge = contiguity.edge(gpd.GeoDataFrame(geometry=ground), snap=rules.snap)[:number]
        border = np.where(at_edge, NOT_KNOWN, INLAND)
    return {"pieces": np.bincount(each[:, 0], minlength=number), "border": border}


def _membership(known: Commuting, market: pd.Series, trace: pd.DataFrame) -> pd.DataFrame:
    last = trace[trace["outcome"].isin([FILLED, ENCLAVE, ALONE])].drop_duplicates("unit", keep="last")
    how = pd.Series(GROUPED, known.units, dtype=object)
    how.iloc[last["unit"].to_numpy(dtype=int)] = last["outcome"].to_numpy()
    moved = trace.loc[trace["outcome"].isin([MOVED, FILLED, ENCLAVE]), "unit"].to_numpy(dtype=int)
    table = pd.DataFrame({"market": market, "how": how, "moves": np.bincount(moved, minlength=len(how))})
    gone = pd.DataFrame({"market": np.nan, "how": known.left_out, "moves": 0}, known.left_out.index)
    together = pd.concat([table, gone.astype({"market": object})]) if len(gone) else table
    return together.rename_axis("territory").sort_index()


def _areas(
    quality: pd.DataFrame, placed: gpd.GeoDataFrame | None, shapes: gpd.GeoSeries | None, units: pd.Index
) -> pd.DataFrame:
    table = quality.rename_axis("territory").reset_index()
    name = table["territory"] if placed is None else names_of(placed, units, table["territory"])
    table.insert(1, "name", name)
    if placed is None:
        return table
    return gpd.GeoDataFrame(table, geometry=shapes, crs=placed.crs)


def _named(trace: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    ids = np.append(units.to_numpy(dtype=object), [np.nan])
    return trace.assign(
        **{c: ids[trace[c].to_numpy(dtype=int)] for c in ("market", "unit", "target")}
    ).set_index("iteration")


def _reserve(trace: pd.DataFrame, market: pd.Series, units: pd.Index) -> pd.DataFrame:
    went = trace[trace["outcome"].isin([FALLS, UNLINKED, CIRCLE])].set_index("unit")[["iteration", "outcome"]]
    # What is said of the market is of the day it was given, not of the move by which the place came to the reserve.
    given = {"target_before": "market_before", "target_after": "market_after"}
    filled = trace[trace["outcome"] == FILLED].set_index("unit")[["cohesion", *given]].rename(columns=given)
    table = went.join(filled)
    ids = units[table.index.to_numpy(dtype=int)]
    return table.assign(market=market.reindex(ids).to_numpy()).set_axis(ids).rename_axis("territory")
