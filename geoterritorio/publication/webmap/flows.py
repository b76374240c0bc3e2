"""What does a layer of flows between places carry into the page?"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.further import FurtherLayer, Look
from geoterritorio.publication.webmap.layers import Places, places
from geoterritorio.publication.webmap.texts import Words, in_all_languages

# all flows, those that leave the chosen place, those that reach it
COLOURS = ("#5f4b8b", "#5f4b8b", "#a8490b")
# more than these make a browser slow, and nobody can tell them apart; the smallest are left off and counted
MOST = 20_000
# a map of a region with more flows than these at once is a tangle: it opens with the largest
_AT_FIRST = 60
# flows of fewer people than these tell of persons
FEWEST = 3
_LARGEST = 2**30 - 1
_COLUMNS = ("origin", "destination", "flow")
WAY = mark("Wide where a flow begins, pointed where it ends")


class FlowLayer(FurtherLayer):
    """
    Flows between places, over the quotients of a territory map.

    Parameters
    ----------
    places
        Points between which flows run.
    table
        Columns `from` and `to` (positions among the places) and `flow`, largest first.
    total
        Number of flows that are told, those that cannot be drawn included.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    told
        How to read a flow, and what is left out, by language.
    """

    def __init__(
        self, places: Places, table: pd.DataFrame, total: int, name: Words, told: list[dict[Language, str]]
    ) -> None:
        super().__init__(places, total, table, (), name, Look())
        self._name = "FlowLayer"
        self.told = told

    def block(self) -> str:
        """
        Names of the places and all flows as one data block.

        Returns
        -------
        block
            Compressed base64 text.
        """
        flow = self.table["flow"].to_numpy(dtype=float)
        scale = 1 if (flow == np.round(flow)).all() else 100
        columns = {
            "from": codec.Column(self.table["from"].to_numpy(dtype=float)),
            "to": codec.Column(self.table["to"].to_numpy(dtype=float)),
            "flow": codec.Column(flow, scale),
        }
        return codec.pack(columns, {"ids": self.places.ids, "names": self.places.names})

    def own(self) -> dict[str, Any]:
        """Colours, how to read the flows, and where the slider begins."""
        return {"own": True, "colours": COLOURS, "flows": self.told, "start": self._start()}

    def _start(self) -> int:
        """Least position of the slider, in percent of the way from the smallest to the largest flow by their logs."""
        flow = self.table["flow"].to_numpy(dtype=float)
        if len(flow) <= _AT_FIRST or flow[0] <= flow[-1]:
            return 0
        return int(np.ceil(100 * np.log(flow[_AT_FIRST - 1] / flow[-1]) / np.log(flow[0] / flow[-1])))


def flow_layer(
    territories: gpd.GeoDataFrame, flows: pd.DataFrame, *, name: Words, way: Words = "", least: float = FEWEST
) -> FlowLayer:
    """
    Layer of flows between places that the reader can lay over the quotients.

    Each flow is a curve, wide where it begins and pointed where it ends; its width is proportional to the flow. The
    reader chooses the smallest flow that is shown, and one place of which all flows are shown.

    Parameters
    ----------
    territories
        Places between which flows run: `territory`, `name` (optional) and polygons or points in any stated CRS.
    flows
        Table with `origin`, `destination` and `flow`, one row per pair. Flows within a place, of zero, unknown or with
        an end that is none of the places are not drawn; the last are counted in the legend.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    way
        How to read a flow; by default that it is wide where it begins.
    least
        Smallest flow that may be told. Flows of one or two people tell of persons: by default they are withheld, and
        so is the smallest other flow of a place from which, or to which, a single one is withheld. Zero for flows of
        anything but people.

    Returns
    -------
    layer
        Element for `territory_map` or its `add_child`.

    Raises
    ------
    LayerError
        Columns are missing, a pair comes twice, or a flow is negative or too large.
    CRSError
        The places state no CRS.

    Notes
    -----
    What is withheld never reaches the file, nor do totals of which it is a part: shares are shares of what is told.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(
    ...     {"territory": ["a", "b", "c"]}, geometry=gpd.points_from_xy([2.0, 2.1, 2.2], [41.0, 41.0, 41.1]), crs=4326
    ... )
    >>> commuters = pd.DataFrame({"origin": ["a", "b", "a"], "destination": ["b", "a", "a"], "flow": [40, 2, 500]})
    >>> flow_layer(towns, commuters, name="Commuters").table["flow"].tolist()
    [40.0]
    """
    problems = _problems(flows)
    if problems:
        raise LayerError(problems)
    ground = places(territories)
    at = pd.Index(ground.ids)
    table = pd.DataFrame(
        {
            "from": at.get_indexer(flows["origin"].astype(str)),
            "to": at.get_indexer(flows["destination"].astype(str)),
            "flow": flows["flow"].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    across = table[(flows["origin"] != flows["destination"]).to_numpy() & (table["flow"] > 0).to_numpy()]
    hidden = _withheld(across, least)
    told = across[~hidden].sort_values("flow", ascending=False, kind="stable")
    drawn = told[(told["from"] >= 0) & (told["to"] >= 0)].iloc[:MOST].reset_index(drop=True)
    used = np.unique(drawn[["from", "to"]].to_numpy())
    drawn = drawn.assign(**{c: np.searchsorted(used, drawn[c]) for c in ("from", "to")})
    points = np.asarray(shapely.point_on_surface(ground.shapes[used]), dtype=object)
    ends = Places("point", [ground.ids[k] for k in used], [ground.names[k] for k in used], points)
    legend = [way or _words(message(WAY)), *_left_out(int(hidden.sum()), least, len(told) - len(drawn))]
    return FlowLayer(ends, drawn, len(told), name, [in_all_languages(text) for text in legend])


def _problems(flows: pd.DataFrame) -> list[Message]:
    lacking = [c for c in _COLUMNS if c not in flows.columns]
    if lacking:
        return [message("The flows lack the column `{column}`.", column=c) for c in lacking]
    if not pd.api.types.is_numeric_dtype(flows["flow"]):
        return [message("The column `flow` of the flows holds no numbers.")]
    found = []
    repeated = int(flows.duplicated(["origin", "destination"]).sum())
    if repeated:
        found.append(message("{count} flows repeat the pair of another; keep one period.", count=repeated))
    wrong = int(((flows["flow"] < 0) | (flows["flow"] > _LARGEST)).sum())
    if wrong:
        found.append(message("{count} flows are negative or too large to draw.", count=wrong))
    return found


def _withheld(flows: pd.DataFrame, least: float) -> pd.Series:
    """Flows below the least, and the smallest other one where a single one of a place would follow from its total."""
    hidden = flows["flow"] < least
    if not hidden.any():
        return hidden
    before = 0
    while before < (before := int(hidden.sum())):
        for end in ("from", "to"):
            alone = hidden.groupby(flows[end]).transform("sum") == 1
            others = flows[alone & ~hidden]
            hidden = hidden | flows.index.isin(others.groupby(end)["flow"].idxmin())
    return hidden


def _left_out(withheld: int, least: float, absent: int) -> list[dict[Language, str]]:
    found = []
    if withheld:
        text = message(
            "Withheld, because flows below {least} would tell of single persons: {count}. Where no flow is told, there "
            "is none or it is withheld.",
            least=least,
            count=withheld,
        )
        found.append(_words(text))
    if absent:
        found.append(_words(message("Flows that are not on the map: {count}", count=absent)))
    return found


def _words(text: Message) -> dict[Language, str]:
    return {lang: text.render(translator(lang)) for lang in LANGUAGES}
