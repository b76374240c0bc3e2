"""Territories beside their peers, from a table of indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from geoterritorio.assessment import beside_peers
from geoterritorio.assessment.beside_peers import RULES, BenchmarkRules
from geoterritorio.assessment.tools._tables import names, shaped, wide
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import IndicatorTable, Territories
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
COMPARISON = Layer(
    "benchmark",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("indicator", "text", mark("Name of the indicator")),
        Column("value", "number", mark("Figure of the territory; empty where it is missing")),
        Column("low", "number", mark("Lower end of its own interval, where it has one")),
        Column("high", "number", mark("Upper end of its own interval, where it has one")),
        Column("peers", "number", mark("Peers with a figure")),
        Column("median", "number", mark("Median of the peers")),
        Column("median_low", "number", mark("Lower end of its interval, where figures have intervals")),
        Column("median_high", "number", mark("Upper end of its interval, where figures have intervals")),
        Column("lower", "number", mark("Lower end of the peers' usual range, by default the lower quartile")),
        Column("upper", "number", mark("Upper end of the peers' usual range, by default the upper quartile")),
        Column("least", "number", mark("Lowest figure of a peer")),
        Column("most", "number", mark("Highest figure of a peer")),
        Column("difference", "number", mark("Figure less the median of the peers")),
        Column(
            "place",
            "text",
            mark("Above, among or below the usual range of the peers"),
            options=beside_peers.PLACES,
        ),
        Column("same_place", "number", mark("Share of draws within the intervals in which that is the same")),
        Column("rank", "number", mark("Rank among the territory and its peers; 1 is the highest figure")),
        Column("rank_low", "number", mark("Best rank that the intervals allow at the level")),
        Column("rank_high", "number", mark("Worst rank that the intervals allow at the level")),
        Column(
            "rests_on",
            "text",
            mark(
                "What is known of chance: own intervals, those of some, or nothing but the spread of the peers"
            ),
            options=beside_peers.ORIGINS,
        ),
    ),
    key=("territory", "indicator"),
)
PEERS = Layer(
    "benchmark_peers",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("order", "number", mark("1 is the most similar; empty where peers were named")),
        Column("peer", "text", mark("Identifier of the peer")),
        Column("peer_name", "text", mark("Name of the peer"), required=False),
        Column("distance", "number", mark("Distance over the indicators matched by, without unit")),
    ),
    key=("territory", "peer"),
)


@dataclass(frozen=True)
class BenchmarkResult:
    """
    Territories beside their peers.

    Attributes
    ----------
    comparison
        One row per territory and indicator.
    chosen_peers
        One row per territory and peer.
    rules
        How peers were found and compared.
    """

    comparison: Annotated[pd.DataFrame, COMPARISON]
    chosen_peers: Annotated[pd.DataFrame, PEERS]
    rules: BenchmarkRules


@tool
def benchmark(
    indicators: IndicatorTable,
    territories: Territories | None = None,
    *,
    territory: str | None = None,
    peers: str | None = None,
    match: str | None = None,
    period: str | None = None,
    rules: BenchmarkRules = RULES,
    progress: Progress = no_progress,
) -> BenchmarkResult:
    """
    Territories beside named or most similar peers.

    How a territory compares with its peers, indicator by indicator: median and usual range of the peers, difference,
    and rank. Peers are named, or the most similar ones by chosen indicators, each on the same footing. Where indicators
    come with intervals, rank and median have intervals too; where not, the table says that nothing but the spread of
    the peers is known. There is no total score. Indicators by which peers are matched differ little by design: compare
    by others.

    Parameters
    ----------
    indicators
        Figures by territory and indicator, with the ends of their intervals if they have any.
    territories
        Territories, for their names.
    territory
        Identifier of the territory that is compared; by default each is.
    peers
        Identifiers of the peers, with semicolons between; by default the most similar ones.
    match
        Indicators by which similar ones are found, with semicolons between; by default all.
    period
        Period whose figures are compared, if there are several.
    rules
        How peers are found and compared.
    progress
        Callback.

    Returns
    -------
    result
        Comparison and peers.

    Raises
    ------
    LayerError
        If there are several periods and none is chosen, only one territory, or names that are unknown.

    References
    ----------
    .. [1] Mahalanobis, P. C. (1936). On the generalised distance in statistics. Proceedings of the National Institute
       of Sciences of India 2, 49-55.
    .. [2] Goldstein, H., Spiegelhalter, D. J. (1996). League tables and their limitations. Journal of the Royal
       Statistical Society A 159, 385-443.
    """
    progress(0, mark("Comparing with peers"))
    rows = _of_period(indicators, period)
    found = beside_peers.benchmark(
        wide(rows, "value"),
        *(wide(rows, end) if end in rows.columns else None for end in ("low", "high")),
        territories=None if territory is None else [territory],
        peers=_parts(peers),
        match=_parts(match),
        rules=rules,
    )
    named = names(territories)
    near = found.peers if named is None else found.peers.assign(peer_name=found.peers["peer"].map(named))
    return BenchmarkResult(shaped(found.comparison, named, COMPARISON), shaped(near, named, PEERS), rules)


def _of_period(indicators: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """Rows of one period, each with the name of its indicator."""
    rows = indicators if "indicator" in indicators.columns else indicators.assign(indicator="value")
    known = sorted(rows["period"].dropna().astype(str).unique()) if "period" in rows.columns else []
    if period is not None:
        rows = rows[rows["period"].astype(str) == period] if known else rows.head(0)
    if (period is None and len(known) > 1) or rows.empty:
        raise LayerError(
            message(
                "period: {value}: choose one of the periods of the indicators: {known}.",
                value=period or "–",
                known=listing(known) if known else "–",
            )
        )
    return rows


def _parts(text: str | None) -> list[str] | None:
    """Names between semicolons."""
    return None if text is None else [part.strip() for part in text.split(";") if part.strip()]
