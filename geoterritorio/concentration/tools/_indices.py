"""What the tools of indices share: one index of every sector or territory, with what is known of its certainty."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import _shares
from geoterritorio.concentration._margins import OWN, Whole
from geoterritorio.concentration._shares import EVEN, Index, Of
from geoterritorio.concentration.chance import index_intervals, index_null
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, distribution_of, say_alone
from geoterritorio.concentration.withheld import UNDEFINED, cell_bounds, index_bounds, settle
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.schema import ESTIMATED, KNOWN
from geoterritorio.registry import Column, Count, Layer, Progress, Ratio, no_progress

Against = Literal["activity", "area"]

# Results are the same each time they are asked for.
_SEED = 1
# Cylindrical and of equal area.
_EQUAL_AREA = 6933
# Columns in the unit of an index.
IN_UNITS = ("value", "least", "most", "null_mean", "corrected", "low", "high")
_VALUES = (
    Column("measure", "text", "Name of the index"),
    Column("definition", "text", "Which of the measures of that name it is", required=False),
    Column("value", "number", "Value of the index; an estimate where cells are withheld"),
    Column("least", "number", "The least it can be, where cells are withheld", required=False),
    Column("most", "number", "The most it can be, where cells are withheld", required=False),
    Column("plants", "number", "Number of establishments", required=False),
    Column(
        "null_mean", "number", "Mean of the index if establishments were placed by chance", required=False
    ),
    Column("p", "number", "Chance of an index at least as far from the whole", required=False),
    Column("q", "number", "p-value adjusted for all rows tested (Benjamini-Hochberg)", required=False),
    Column("corrected", "number", "Index without what chance adds to it", required=False),
    Column("low", "number", "Lower end of the interval of the corrected index", required=False),
    Column("high", "number", "Upper end of the interval of the corrected index", required=False),
    Column("status", "text", "known, estimated (cells are withheld), or undefined"),
    Column("reference", "text", "Whole compared with: own sums, reference, published totals or area"),
)
SECTOR_INDICES = Layer(
    "sector_indices",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        *_VALUES,
    ),
    key=("sector",),
)
TERRITORY_INDICES = Layer(
    "territory_indices",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        *_VALUES,
    ),
    key=("territory",),
)
SectorIndices = Annotated[pd.DataFrame, SECTOR_INDICES]
TerritoryIndices = Annotated[gpd.GeoDataFrame, TERRITORY_INDICES]


@dataclass(frozen=True)
class ComparisonRules:
    """
    What sectors are compared with, and how exact the figures are.

    Parameters
    ----------
    against
        What a sector's distribution is compared with where no reference is given: all activity, or the areas of the
        territories.
    rounding
        Most that a published figure may be off by rounding, in jobs or establishments.
    replicates
        Number of times chance places the establishments of a register; 0 leaves chance out.
    """

    against: Against = "activity"
    rounding: Ratio = 0
    replicates: Count = 199


@dataclass(frozen=True)
class Given:
    """What a tool was given, and the table made of it."""

    territories: gpd.GeoDataFrame
    firms: pd.DataFrame | None
    cells: Cells
    measure: Measure
    total: str | None


def by_sector(layers: Given, rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Table of the sectors."""
    table = rows.rename_axis("sector").reset_index().assign(measure=name)
    table["sector_name"] = table["sector"].map(layers.cells.names)
    return table[[c.name for c in SECTOR_INDICES.columns if c.name in table.columns]]


def by_territory(layers: Given, rows: pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    """Territories with their index."""
    territories = layers.territories
    shape = territories.geometry.name
    kept = [c for c in ("territory", "name", shape) if c in territories.columns]
    joined = territories[kept].merge(
        rows.rename_axis("territory").reset_index().assign(measure=name),
        on="territory",
        how="left",
        validate="one_to_one",
    )
    return joined[[*(c.name for c in TERRITORY_INDICES.columns if c.name in joined.columns), shape]]


def given(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    *,
    measure: Measure,
    total: str | None,
) -> Given:
    """Layers with the table made of them."""
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    return Given(territories, firms, cells, measure, total)


def rows_of(
    layers: Given,
    index: Index,
    *,
    of: Of,
    reference: pd.Series | Whole | None,
    sector_totals: pd.Series | None = None,
    rounding: float = 0,
    replicates: int,
    progress: Progress,
) -> pd.DataFrame:
    """Index of every sector or territory, with what chance or withheld cells leave of it."""
    if index in EVEN:
        say_alone(layers.cells, territory=of == "sectors", sector=of == "territories", compared=False)
    if layers.firms is None or not replicates:
        return _from_counts(
            layers.cells, index, of=of, reference=reference, sector_totals=sector_totals, rounding=rounding
        )
    located = _located(layers.territories, layers.firms, layers.measure)
    draws: dict[str, Any] = {"of": of, "reference": reference, "rng": _SEED, "replicates": replicates}
    with warnings.catch_warnings():
        # What is left out was said when the table was made.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        null = index_null(located, index, progress=_part(progress, 0.1, 0.2), **draws)
        interval = index_intervals(located, index, progress=_part(progress, 0.2, 1), **draws)
    rows = null.join(interval[["corrected", "low", "high"]]).drop(columns="null_sd")
    table = layers.cells.table
    rows = rows.reindex(table.columns if of == "sectors" else table.index)
    rows["plants"] = rows["plants"].fillna(0)
    rows["status"] = np.where(rows["value"].isna(), UNDEFINED, KNOWN).astype(object)
    return rows.assign(reference=_name(reference))


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the work."""

    def part(fraction: float, text: str = "") -> None:
        progress(start + (end - start) * fraction, text)

    return part


def _located(territories: gpd.GeoDataFrame, firms: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Establishments inside with the territory of each; without jobs where establishments are counted."""
    columns = ["sector", *(["employment"] if measure == "employment" else [])]
    table = pd.DataFrame(firms[columns])
    if has_geometry(firms):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GeoterritorioWarning)
            points = align(firms, territories, name="firms")
        table["territory"] = assign(points, territories).territory.to_numpy()
    else:
        table["territory"] = firms["territory"].where(firms["territory"].isin(territories["territory"]))
    return table.dropna(subset=["territory", "sector"])


def _from_counts(
    cells: Cells,
    index: Index,
    *,
    of: Of,
    reference: pd.Series | Whole | None,
    sector_totals: pd.Series | None,
    rounding: float,
) -> pd.DataFrame:
    """Index with its bounds where cells are withheld."""
    table = cells.table
    open_ = bool(table.isna().any(axis=None))
    # Totals say something of withheld cells only; those of a whole table may be of more sectors.
    known: dict[str, Any] = {"totals": cells.totals, "sector_totals": sector_totals} if open_ else {}
    others = cells.totals if of == "sectors" else sector_totals
    if open_ and reference is None and not _bounded(table, index, others, known, rounding):
        found = _shares.shares(table, of, None, compared=index not in EVEN)
        value = found.series(_shares.function_of(index, of)(found.own, found.whole), "value")
        status = np.where(_holding(table.isna(), of), UNDEFINED, KNOWN).astype(object)
        return pd.DataFrame({"value": value, "status": status, "reference": _name(None)})
    rows = index_bounds(table, index, of=of, reference=reference, rounding=rounding, **known)
    rows = rows.rename(columns={"estimate": "value", "low": "least", "high": "most"})
    rows["status"] = rows["status"].mask(rows.index.isin(_estimated(cells, of)), ESTIMATED)
    rows["status"] = rows["status"].mask(rows["value"].isna(), UNDEFINED)
    if open_:
        _say_open(table, rows["status"][_holding(table.isna(), of)])
    name = _name(reference) if reference is not None or others is None else "published totals"
    return rows.assign(reference=name)


def _bounded(
    table: pd.DataFrame, index: Index, others: pd.Series | None, totals: dict[str, Any], rounding: float
) -> bool:
    """Whether totals tell of the withheld cells, and of the whole that is compared with."""
    if index in EVEN:
        return any(total is not None for total in totals.values())
    if others is not None:
        return True
    return bool(settle(table, cell_bounds(table, rounding=rounding, **totals)).notna().all(axis=None))


def _say_open(table: pd.DataFrame, held: pd.Series) -> None:
    text = message(
        "{cells} cells are withheld or unknown: of the {number} rows or columns that hold them, {estimated} are "
        "estimated from published totals, and {undefined} are undefined, because no total given bounds their cells.",
        cells=int(table.isna().to_numpy().sum()),
        number=len(held),
        estimated=int((held == ESTIMATED).sum()),
        undefined=int((held != ESTIMATED).sum()),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _estimated(cells: Cells, of: Of) -> list[str]:
    """Sectors or territories with cells that the source itself estimated."""
    told = cells.status[cells.status == ESTIMATED]
    return [label[1 if of == "sectors" else 0] for label in told.index]


def _holding(missing: pd.DataFrame, of: Of) -> npt.NDArray[np.bool_]:
    held: npt.NDArray[np.bool_] = missing.any(axis=0 if of == "sectors" else 1).to_numpy()
    return held


def _name(reference: pd.Series | Whole | None) -> str:
    return OWN if reference is None else str(reference.name or "reference")


def plain_rows(layers: Given, values: pd.Series, of: Of) -> pd.DataFrame:
    """Rows of an index of which neither chance nor bounds are known."""
    status = pd.Series(KNOWN, index=values.index, dtype=object)
    status = status.mask(values.index.isin(_estimated(layers.cells, of)), ESTIMATED)
    status = status.mask(values.isna(), UNDEFINED)
    return pd.DataFrame({"value": values, "status": status, "reference": values.attrs["reference"]})


def compared_with(layers: Given, reference: pd.DataFrame | None, against: Against) -> pd.Series | None:
    """Distribution by territory that sectors are compared with; None is the table's own sums."""
    if reference is not None:
        if against != "activity":
            raise LayerError(message("Compare with a reference or with areas, not with both."))
        return distribution_of(reference, measure=layers.measure, total=layers.total)
    territories, totals = layers.territories, layers.cells.totals
    say_alone(layers.cells, sector=against == "activity" and totals is None)
    if against == "activity":
        return None if totals is None else totals.rename("published totals")
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: areas need polygons; compare with activity instead."))
    if territories.crs is None:
        raise CRSError(
            message("{layer}: areas need a CRS, and the layer has none.", layer=mark("territories"))
        )
    shapes = territories.geometry.to_crs(_EQUAL_AREA)
    return pd.Series(shapes.area.to_numpy(), index=territories["territory"], name="area")


def totals_of(sector_totals: pd.DataFrame | None, measure: Measure) -> pd.Series | None:
    """Published totals of the sectors as a series."""
    if sector_totals is None:
        return None
    if measure not in sector_totals.columns:
        raise LayerError(
            message(
                "{layer}: no column “{column}”, which the measure “{column}” needs. "
                "Name the column, or choose the other measure.",
                layer="sector_totals",
                column=measure,
            )
        )
    totals: pd.Series = sector_totals.set_index("sector")[measure].astype(float)
    return totals


def areas_of(
    layers: Given, index: Index, sector_totals: pd.DataFrame | None, rounding: float
) -> pd.DataFrame:
    """Index of the territories over the sectors, from the table alone; what is amiss was said of the sectors."""
    totals = totals_of(sector_totals, layers.measure)
    # Without the total of a sector the whole is not known: own sums say more.
    if totals is not None and totals.reindex(layers.cells.table.columns).isna().any():
        totals = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return rows_of(
            layers,
            index,
            of="territories",
            reference=None,
            sector_totals=totals,
            rounding=rounding,
            replicates=0,
            progress=no_progress,
        )
