"""K, L, pair correlation and D on layers: establishments and the window they could be in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
from shapely.geometry import MultiPolygon, Polygon

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.crs import align
from geoterritorio.layers.schema import Costs, Firms, Territories
from geoterritorio.patterns import ripley
from geoterritorio.patterns.envelopes import ranges
from geoterritorio.patterns.rules import DistanceFunction
from geoterritorio.patterns.tools._plants import Plants, plants_of
from geoterritorio.patterns.tools.distance import FUNCTIONS, METRES, VERDICTS, spans, tested
from geoterritorio.patterns.window import WindowRules
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

_RULES = WindowRules()
_KM2 = 1e6
_VERDICT = {c.name: c for c in VERDICTS.columns}
WINDOW_VERDICTS = Layer(
    "window_verdicts",
    ("table",),
    (
        *(_VERDICT[c] for c in ("sector", "sector_name", "neighbours", "plants", "unit")),
        Column("verdict", "text", "localised, dispersed, neither or untested"),
        *(_VERDICT[c] for c in ("distances", "p")),
        *(_VERDICT[c] for c in ("p_largest", "tested", "scaling", "convention", "band", "simulations")),
        Column("form", "text", "Function found: k, l, pcf, d or d_between"),
        Column("correction", "text", "Correction for what is beyond the window"),
        Column("null", "text", "What chance is: position, location, labelling or independence"),
        Column("window", "text", "given, or rectangle: the one around all establishments"),
        Column("area", "number", "Area of the window in square kilometres"),
        *(_VERDICT[c] for c in ("bandwidth", "farthest", "scale_error")),
    ),
    key=("sector", "neighbours"),
)


_USED = ("convention", "band", "scaling", "simulations")
Form = Literal["k", "l", "pcf", "d", "d_between", "k_jobs", "l_jobs"]
_OF_JOBS: dict[Form, ripley.Form] = {"k_jobs": "k", "l_jobs": "l"}
_PLAIN: dict[Form, ripley.Form] = {"k": "k", "l": "l", "pcf": "pcf", "d": "d", "d_between": "d_between"}


@dataclass(frozen=True)
class KFunctionResult:
    """
    K or its kin with bands, and what it says of the sector.

    Attributes
    ----------
    verdicts
        One row: the verdict, and the window it rests on.
    functions
        One row per distance.
    rules
        How it was found.
    """

    verdicts: Annotated[pd.DataFrame, WINDOW_VERDICTS]
    functions: Annotated[pd.DataFrame, FUNCTIONS]
    rules: WindowRules


@tool
def k_function(
    firms: Firms,
    territories: Territories | None = None,
    costs: Costs | None = None,
    *,
    sector: str,
    neighbours: str | None = None,
    form: Form = "l",
    rules: WindowRules = _RULES,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> KFunctionResult:
    """
    K and its kin: how many establishments are around one, over their density in a window (Ripley, Besag, Diggle).

    It compares with the land of a window, which M does not: all industry leaves an even spread. Against the places of
    other establishments, or as a difference from controls, it tells what is the sector's own.

    Parameters
    ----------
    firms
        Register of establishments of all sectors: the places where chance may put those of the sector.
    territories
        Polygons that together are the window in which establishments could be; by default the rectangle around all.
    costs
        Refused, with the reason: there is no area of costs. K-density and M take them.
    sector
        Code of the sector.
    neighbours
        Code of the sector whose establishments are looked at from those of the sector, or which are the controls; by
        default the same, or all others for controls.
    form
        "k": Ripley's K in square metres; "l": Besag's L in metres, 0 under an even chance; "k_jobs" and "l_jobs": the
        same with establishments counting with their jobs; "pcf": pair correlation, 1 under an even chance; "d": K of
        the sector minus K of the controls; "d_between": K of the sector minus that of the controls around it.
    rules
        Distances, correction, bands and chance.
    seed
        Seed of the placements.
    progress
        Callback.

    Returns
    -------
    result
        Function by distance, and its verdict.

    Raises
    ------
    LayerError
        There are no points, jobs or sectors of this code, the establishments of the sector are too few, territories are
        no polygons or hold none of them, or form, correction and null do not fit.
    CRSError
        Metres cannot be measured in the layer's CRS.

    References
    ----------
    .. [1] Ripley, B. D. (1977). Modelling spatial patterns. Journal of the Royal Statistical Society B 39, 172-212.
    .. [2] Diggle, P. J. & Chetwynd, A. G. (1991). Second-order analysis of spatial clustering for inhomogeneous
       populations. Biometrics 47, 1155-1163.
    """
    ripley.refuse_costs(costs)
    weighted = form in _OF_JOBS
    plants = plants_of(firms, weighted=weighted)
    found = ripley.k_function(
        plants.points,
        sector,
        neighbours,
        window=None if territories is None else _window(territories, plants.layer),
        form={**_PLAIN, **_OF_JOBS}[form],
        weighted=weighted,
        rules=rules,
        rng=seed,
        progress=progress,
    )
    used = _used(found, rules)
    return KFunctionResult(_verdict(found, plants, form, used), _rows(found, plants), used)


def _window(territories: gpd.GeoDataFrame, firms: gpd.GeoDataFrame) -> Polygon | MultiPolygon:
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(
            message("territories: points and lines are no window. Give polygons, or leave territories out.")
        )
    shape: Polygon | MultiPolygon = align(territories, firms, name="territories").union_all()
    return shape


def _used(found: DistanceFunction, rules: WindowRules) -> WindowRules:
    """Rules with what was chosen filled in."""
    return replace(rules, farthest=found.table.index[-1], null=found.table.attrs["null"])


def _rows(found: DistanceFunction, plants: Plants) -> pd.DataFrame:
    rows = found.table.reset_index().assign(sector=found.sector, neighbours=found.neighbours)
    return _titled(rows, plants, FUNCTIONS)


def _verdict(found: DistanceFunction, plants: Plants, form: Form, rules: WindowRules) -> pd.DataFrame:
    index = "psi" if found.verdict == "dispersed" else "gamma"
    runs = ranges(found.table[index]) if len(found.simulated) else []
    shown = ("sector", "neighbours", "plants", "verdict", "p", "p_largest", "bandwidth")
    row = {
        **{name: getattr(found, name) for name in shown},
        "area": found.table.attrs["area"] / _KM2,
        "window": found.table.attrs["window"],
        **{name: getattr(rules, name) for name in (*_USED, "correction", "null", "farthest")},
        "form": form,
        "unit": METRES,
        "distances": spans(runs, found),
        "tested": tested(found),
        "scale_error": plants.error,
    }
    return _titled(pd.DataFrame([row]), plants, WINDOW_VERDICTS)


def _titled(rows: pd.DataFrame, plants: Plants, layer: Layer) -> pd.DataFrame:
    if len(plants.names):
        rows["sector_name"] = rows["sector"].map(plants.names)
    return rows[[c.name for c in layer.columns if c.name in rows.columns]]
