"""How does the map show results that have one figure for each territory?"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading
from geoterritorio.publication.webmap.palette import FIGURES
from geoterritorio.study.mapfacts import KEPT_BACK, KEPT_BACK_COLOUR, kept_back
from geoterritorio.study.withholding import WITHHELD

# Kinds of areas with figures, and which of their figures is drawn.
DRAWN: Mapping[str, str] = {
    "territory_indices": "value",
    "cluster_areas": "index",
    "complexity_areas": "eci",
    "fitness_areas": "fitness",
    "variety": "related",
    "shift_share_areas": "regional",
    "knowledge_areas": "lq",
    "cluster_star_areas": "total",
    "strong_cluster_areas": "strong_groups",
    "relatedness_density_areas": "density",
}
# What is told beside the figure, where it is known: the bounds of those figures that have any, and other figures.
_BESIDE = ("low", "high", "q", "unrelated", "competitive", "change")
_NUMBERS = {"over": mark("{a} or more"), "under": mark("under {a}"), "between": mark("{a} to {b}")}


def figured(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> list[FurtherLayer]:
    """
    Territories filled the darker the higher their figure is, which is told with its interval.

    Parameters
    ----------
    rows
        Areas of a kind in `DRAWN`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layers
        The layer; none where a territory has several rows, as of sectors or pairs, or no figure is known. Territories
        whose figure is withheld are a class of their own.
    """
    column = DRAWN[kind]
    finite = np.isfinite(rows[column].to_numpy(dtype=float, na_value=np.nan))
    known, hidden = rows[finite], rows[~finite & kept_back(rows)]
    if known.empty or rows["territory"].duplicated().any():
        return []
    values = known[column].to_numpy(dtype=float)
    # as the key writes them, so that no figure stands in a class that its own words exclude
    parts = np.quantile(values, np.arange(1, len(FIGURES)) / len(FIGURES))
    breaks = sorted({float(f"{b:.3g}") for b in parts if values.min() < float(f"{b:.3g}") <= values.max()})
    place = np.searchsorted(breaks, values, side="right")
    there = [k for k in range(len(breaks), -1, -1) if (place == k).any()]
    shade = np.linspace(0, len(FIGURES) - 1, max(2, len(breaks) + 1)).round().astype(int)
    facts = [column, *(c for c in _BESIDE if c in known and known[c].notna().any())]
    look = Look(
        {c: {lang: heading(c, kind, translator(lang)) for lang in LANGUAGES} for c in facts},
        (*(FIGURES[shade[k]] for k in there), *([KEPT_BACK_COLOUR] if len(hidden) else [])),
    )
    labels = {f"part {k}": _words(breaks, k) for k in there}
    labels |= {WITHHELD: {lang: translator(lang)(KEPT_BACK) for lang in LANGUAGES}} if len(hidden) else {}
    drawn = known.assign(part=[f"part {k}" for k in place])
    if len(hidden):
        drawn = pd.concat([drawn, hidden.assign(part=WITHHELD)])
    return [further_layer(drawn, name=name, kinds="part", labels=labels, look=look)]


def _words(breaks: list[float], k: int) -> dict[Language, str]:
    """Between which numbers a class lies."""
    if not breaks:
        return dict.fromkeys(LANGUAGES, "–")
    key = "under" if k == 0 else "over" if k == len(breaks) else "between"
    ends = {"a": breaks[max(k - 1, 0)], "b": breaks[min(k, len(breaks) - 1)]}
    return {
        lang: translator(lang)(_NUMBERS[key]).format(**{end: _number(x, lang) for end, x in ends.items()})
        for lang in LANGUAGES
    }


def _number(value: float, lang: Language) -> str:
    text = np.format_float_positional(value, trim="-").replace("-", "−")
    return text.replace(".", ",") if lang == "es" else text
