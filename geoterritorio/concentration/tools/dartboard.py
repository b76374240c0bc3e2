"""Concentration and coagglomeration of plants on layers: one row per sector, group or pair."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import _darts, dartboard, pairing
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, distribution_of, say_alone
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import has_geometry
from geoterritorio.layers.schema import Counts, Firms, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

# Throws are the same at every run.
_SEED = 1
_ALL = "all"
# q below it is what most look for.
_LEVEL = 0.05
_ROUNDING = 1e-9
_SECTOR = Column("sector", "text", "Code of the sector")
_SECTOR_NAME = Column("sector_name", "text", "Name of the sector", required=False)
_OTHER = Column("other", "text", mark("Code of the other sector"))
_OTHER_NAME = Column("other_name", "text", mark("Name of the other sector"), required=False)
_P = Column("p", "number", mark("Two-sided p-value of placement by chance"))
_Q = Column("q", "number", mark("p-value adjusted for all rows tested in the table (Benjamini-Hochberg)"))
_WHOLE = Column("reference", "text", mark("Distribution over territories that was compared with"))
_Z = Column("z", "number", mark("Deviation from placement by chance, in standard deviations"))
_REASON = Column(
    "reason",
    "text",
    mark("Why there is no value of the pair: no jobs, withheld (in either sector), or one territory"),
    required=False,
)
DARTBOARD = Layer(
    "dartboard",
    ("table",),
    (
        _SECTOR,
        _SECTOR_NAME,
        Column(
            "gamma",
            "number",
            mark("Concentration beyond what plants of these sizes show by chance: 0 is chance"),
        ),
        _Z,
        _P,
        _Q,
        Column("g", "number", mark("Concentration before the size of plants is taken into account")),
        Column("variance", "number", mark("Variance of g under placement by chance")),
        Column("herfindahl", "number", mark("Sum of the squared shares of the plants in the sector")),
        Column("plants", "number", mark("Establishments with jobs")),
        Column(
            "reason",
            "text",
            mark(
                "Why there is no value: no jobs, withheld, one territory, plants unknown, one plant; or why there is "
                "no test: sizes unknown"
            ),
            required=False,
        ),
        _WHOLE,
    ),
    key=("sector",),
)
_GAMMA = Column(
    "gamma", "number", mark("Coagglomeration: above 0 in the same territories, below 0 in different ones")
)
GROUPS = Layer(
    "coagglomeration",
    ("table",),
    (
        Column("group", "text", mark("First characters of the codes of the group's sectors")),
        Column("sectors", "number", mark("Sectors of the group that have jobs")),
        _GAMMA,
        _Z,
        _P,
        _Q,
        _WHOLE,
    ),
    key=("group",),
)
PAIRS = Layer(
    "coagglomerated_pairs",
    ("table",),
    (_SECTOR, _SECTOR_NAME, _OTHER, _OTHER_NAME, _GAMMA, _Z, _P, _Q, _REASON, _WHOLE),
    key=("sector", "other"),
)
COLOCATION = Layer(
    "plant_colocation",
    ("table",),
    (
        _SECTOR,
        _SECTOR_NAME,
        _OTHER,
        _OTHER_NAME,
        Column(
            "colocation",
            "number",
            mark("Share of the pairs of plants of the two sectors in the same territory"),
        ),
        Column("expected", "number", mark("Its mean when all plants exchange their sectors at random")),
        Column("excess", "number", mark("Colocation beyond that mean")),
        _Z,
        _P,
        _Q,
        _REASON,
    ),
    key=("sector", "other"),
)
Dartboard = Annotated[pd.DataFrame, DARTBOARD]
Groups = Annotated[pd.DataFrame, GROUPS]
Pairs = Annotated[pd.DataFrame, PAIRS]
Colocation = Annotated[pd.DataFrame, COLOCATION]


@tool
def ellison_glaeser(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 999,
    progress: Progress = no_progress,
) -> Dartboard:
    """
    Concentration of sectors beyond their plants, by Ellison and Glaeser.

    Whether the jobs of a sector are more concentrated than those of everything, and more than plants of its sizes would
    be if thrown at the map: a sector of one large plant is not. Read z and q first; gamma has no natural classes.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the table's own sums, or the total of counts.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    replicates
        Number of times the plants are thrown for the p-values; 0 takes these from z, as if it were normal.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        As for location quotients, or if counts of jobs come without the sums of squared sizes.

    References
    ----------
    .. [1] Ellison, G. & Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a dartboard
       approach. Journal of Political Economy 105, 889-927.
    """
    progress(0, mark("Counting"))
    given = _given(territories, firms, counts, reference, measure=measure, total=total)
    progress(0.3, mark("Throwing plants"))
    return _by_sector(dartboard.ellison_glaeser, given, replicates)


@tool
def maurel_sedillot(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 999,
    progress: Progress = no_progress,
) -> Dartboard:
    """
    Concentration of sectors beyond their plants, by Maurel and Sedillot.

    As the index of Ellison and Glaeser, but it counts the pairs of jobs in the same territory: concentration in large
    territories raises it, absence from them lowers it.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the table's own sums, or the total of counts.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    replicates
        Number of times the plants are thrown for the p-values; 0 takes these from z, as if it were normal.
    progress
        Callback.

    Returns
    -------
    output
        One row per sector.

    Raises
    ------
    LayerError
        As for location quotients, or if counts of jobs come without the sums of squared sizes.

    References
    ----------
    .. [1] Maurel, F. & Sedillot, B. (1999). A measure of the geographic concentration in French manufacturing
       industries. Regional Science and Urban Economics 29, 575-604.
    """
    progress(0, mark("Counting"))
    given = _given(territories, firms, counts, reference, measure=measure, total=total)
    progress(0.3, mark("Throwing plants"))
    return _by_sector(dartboard.maurel_sedillot, given, replicates)


@tool
def coagglomeration(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    characters: Count = 2,
    progress: Progress = no_progress,
) -> Groups:
    """
    Coagglomeration of groups of sectors.

    Whether the sectors of a group are found in the same territories, however concentrated each of them is. Groups are
    the sectors whose codes begin alike.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the table's own sums, or the total of counts.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    characters
        Number of first characters that the codes of a group have in common; 0 makes one group of all.
    progress
        Callback.

    Returns
    -------
    output
        One row per group.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] Ellison, G. & Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a dartboard
       approach. Journal of Political Economy 105, 889-927.
    """
    progress(0, mark("Counting"))
    given = _given(territories, firms, counts, reference, measure=measure, total=total)
    codes = given.cells.table.columns
    groups = pd.Series(codes.astype(str).str[:characters] if characters else _ALL, index=codes, dtype=object)
    found = pairing.coagglomeration(given.cells.table, given.plants, groups, reference=given.whole)
    return _ordered(found.reset_index(names="group").assign(reference=found.attrs["reference"]), GROUPS)


@tool
def pairwise_coagglomeration(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    reference: Counts | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    progress: Progress = no_progress,
) -> Pairs:
    """
    Coagglomeration of pairs of sectors.

    Whether two sectors are strong in the same territories. The test leaves each sector where it is in turn and throws
    the plants of the other; of the two results the less certain is given. Thousands of pairs are tested: read q.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Jobs or establishments by territory, perhaps of more sectors and territories, whose distribution is compared
        with; by default the mean of the sectors' shares in each territory.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    progress
        Callback.

    Returns
    -------
    output
        One row per pair of sectors.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L. & Kerr, W. R. (2010). What causes industry agglomeration? Evidence from
       coagglomeration patterns. American Economic Review 100, 1195-1213.
    """
    progress(0, mark("Counting"))
    given = _given(territories, firms, counts, reference, measure=measure, total=total)
    # Pairs are compared with the mean of the sectors, not with the total.
    whole = None if reference is None else given.whole
    say_alone(given.cells, territory=False, sector=reference is not None or given.cells.totals is not None)
    progress(0.5, mark("Comparing pairs"))
    found = pairing.coagglomerated_pairs(given.cells.table, given.plants, reference=whole)
    return _ordered(_named(found, given.cells).assign(reference=found.attrs["reference"]), PAIRS)


@tool
def plant_colocation(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    total: str | None = None,
    progress: Progress = no_progress,
) -> Colocation:
    """
    Colocation of the plants of pairs of sectors.

    How often a plant of one sector and a plant of another share a territory, beyond what would be if all plants kept
    their places and exchanged their sectors at random. Every plant counts once.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Establishments by territory and sector; give this or firms.
    total
        Sector code of counts that stands for all sectors together, if they have one.
    progress
        Callback.

    Returns
    -------
    output
        One row per pair of sectors.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] Howard, E., Newman, C. & Tarp, F. (2016). Measuring industry coagglomeration and identifying the driving
       forces. Journal of Economic Geography 16, 1055-1078.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure="establishments", total=total)
    say_alone(cells, compared=False)
    progress(0.5, mark("Comparing pairs"))
    return _ordered(_named(pairing.plant_colocation(cells.table), cells), COLOCATION)


@dataclass(frozen=True)
class _Given:
    """Table, the establishments behind it, and the distribution compared with; None is the table's own sums."""

    cells: Cells
    plants: pd.DataFrame
    whole: pd.Series | None


def _given(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    reference: pd.DataFrame | None,
    *,
    measure: Measure,
    total: str | None,
) -> _Given:
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    if reference is None:
        say_alone(cells, sector=cells.totals is None)
    whole = _distribution(reference, cells, measure=measure, total=total)
    return _Given(cells, _plants(territories, firms, cells, measure), whole)


def _distribution(
    reference: pd.DataFrame | None, cells: Cells, *, measure: Measure, total: str | None
) -> pd.Series | None:
    """Totals by territory of what is compared with; None where it is the table's own sums."""
    if reference is None:
        return None if cells.totals is None else cells.totals.rename("total")
    return distribution_of(reference, measure=measure, total=total)


def _plants(
    territories: gpd.GeoDataFrame, firms: pd.DataFrame | None, cells: Cells, measure: Measure
) -> pd.DataFrame:
    """Establishments behind the table, or what is known of their sizes."""
    if firms is not None:
        sizes = firms["employment"] if measure == "employment" else 1.0
        where = _place(territories, firms)
        return pd.DataFrame({"territory": where, "sector": firms["sector"], "employment": sizes})
    if measure == "establishments":
        number = cells.table.sum().round().astype(np.int64)
        return pd.DataFrame({"sector": number.index.repeat(number), "employment": 1.0})
    unknown = cells.table * np.nan
    squares = cells.other.get("squares", unknown).sum(skipna=False)
    plants = cells.other.get("establishments", unknown).sum(skipna=False)
    return pd.DataFrame({"herfindahl": squares / cells.table.sum(skipna=False) ** 2, "plants": plants})


def _place(territories: gpd.GeoDataFrame, firms: pd.DataFrame) -> pd.Series:
    """Territory of each establishment; what is doubtful about it was said when the table was made."""
    if not has_geometry(firms):
        return firms["territory"].where(firms["territory"].isin(territories["territory"]))
    return assign(firms.geometry.to_crs(territories.crs), territories).territory


def _by_sector(index: Callable[..., pd.DataFrame], given: _Given, replicates: int) -> pd.DataFrame:
    bare = "herfindahl" in given.plants
    if bare and "squares" not in given.cells.other:
        raise LayerError(
            message(
                "counts: no column “squares” (sums of the squared sizes of establishments), which concentration beyond "
                "plants needs. Name the column, give a register, or count establishments."
            )
        )
    found = index(
        given.cells.table,
        given.plants,
        reference=given.whole,
        method="simulated" if replicates > 0 and not bare else "normal",
        replicates=replicates,
        rng=_SEED,
    )
    if replicates > 0 and not bare:
        _say_coarse(found["p"].dropna(), replicates)
    rows = found.reset_index(names="sector").assign(reference=found.attrs["reference"])
    rows["sector_name"] = rows["sector"].map(given.cells.names)
    return _ordered(rows, DARTBOARD)


def _say_coarse(p: pd.Series, replicates: int) -> None:
    """Warning of throws too few for any q below 0.05."""
    least = _darts.smallest_p(replicates)
    smallest = int((p <= least * (1 + _ROUNDING)).sum())
    if smallest and least * len(p) / smallest > _LEVEL:
        text = message(
            "{number} sectors are tested with {replicates} throws, and {smallest} have the smallest p there can be: "
            "too coarse for q below 0.05. About {needed} throws would do.",
            number=len(p),
            replicates=replicates,
            smallest=smallest,
            needed=int(np.ceil(replicates * least * len(p) / smallest / _LEVEL)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _named(pairs: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    names = {f"{c}_name": pairs[c].map(cells.names) for c in ("sector", "other")}
    return pairs.assign(sector_name=names["sector_name"], other_name=names["other_name"])


def _ordered(rows: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    return rows[[c.name for c in layer.columns]]
