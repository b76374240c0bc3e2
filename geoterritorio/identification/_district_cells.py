"""The table districts are found in: markets by kinds of sectors by ranges of sizes, each cell between two bounds.

A kind of sectors is told by the activities and the industries that its codes may belong to; a range of sizes by the
size classes that its establishments may belong to. What is coarse, withheld or without size is thus one and the same:
a cell that may count here or there.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.identification.district_rules import DistrictRules
from geoterritorio.layers.amounts import amounts, refuse_periods
from geoterritorio.layers.findings import listing
from geoterritorio.layers.recoding import recode_sectors
from geoterritorio.layers.sector_links import REMAINDER
from geoterritorio.layers.sector_tree import refuse_other
from geoterritorio.layers.size_names import class_bounds
from geoterritorio.layers.vocabularies import vocabulary

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
ACTIVITIES: tuple[str, ...] = tuple(vocabulary("istat_activities")["code"])
INDUSTRIES: tuple[str, ...] = tuple(vocabulary("istat_main_industries")["code"])
GROUPS = "groups"
MANUFACTURING = ACTIVITIES.index("manufacturing")
AGRICULTURE = ACTIVITIES.index("agriculture")
BUSINESS, CONSUMER = ACTIVITIES.index("business_services"), ACTIVITIES.index("consumer_services")
_WHOLE = "\N{EMPTY SET}"  # a market of no name that tables use
ANY_SECTOR = "any sector"  # the sector of plants of which none is stated


@dataclass(frozen=True)
class Kinds:
    """
    Kinds of sectors: which activities and which industries each may belong to.

    Parameters
    ----------
    activity, industry
        Kinds by activities, and by industries; an industry of a kind that may not be manufacturing is one it has where
        it is.
    of
        Kind of each sector.
    """

    activity: Flags
    industry: Flags
    of: pd.Series


@dataclass(frozen=True)
class Cells:
    """
    Jobs and units of markets (last axis but one) in cells (last axis): kinds by ranges of sizes.

    Parameters
    ----------
    low, high
        Jobs at least and at most; the most may be infinite.
    units_low, units_high
        Establishments, or enterprises, likewise.
    """

    low: Floats
    high: Floats
    units_low: Floats
    units_high: Floats

    def summed(self) -> Cells:
        """All markets together, as one."""
        return Cells(
            *(v.sum(axis=-2, keepdims=True) for v in (self.low, self.high, self.units_low, self.units_high))
        )


def size_ranges(classes: int) -> Codes:
    """First and last size class of every range of classes."""
    return np.array([(a, b) for a in range(classes) for b in range(a, classes)], dtype=np.int64)


def kinds_of(rows: pd.DataFrame, classification: str) -> Kinds:
    """
    Kinds of the sectors of a table.

    Parameters
    ----------
    rows
        Columns `territory` and `sector`.
    classification
        Vocabulary of the codes, or "groups" where they are those of activities and industries.

    Returns
    -------
    kinds
        Codes that are unknown, or stand for a sector that is not stated, may belong to any.

    Raises
    ------
    LayerError
        If no code is known, or one contains another of the same market.
    """
    pairs = rows[["territory", "sector"]].drop_duplicates()
    codes = pd.Index(pairs["sector"].unique())
    if classification == GROUPS:
        activity, industry = _grouped(codes)
    else:
        activity = _linked(pairs, codes, classification, "istat_activities", ACTIVITIES)
        making = codes[activity[:, MANUFACTURING]]
        industry = np.zeros((len(codes), len(INDUSTRIES)), dtype=bool)
        if len(making):
            some = pairs[pairs["sector"].isin(making)]
            industry[activity[:, MANUFACTURING]] = _linked(
                some, making, classification, "istat_main_industries", INDUSTRIES
            )
    strange = ~activity.any(axis=1)
    _tell_unknown(codes[strange & (codes != ANY_SECTOR)], rows, classification)
    # Left out, their jobs would count as none; they may be of any industry.
    activity[strange], industry[strange] = True, True
    both = np.hstack([activity, industry])
    found, code = np.unique(both, axis=0, return_inverse=True)
    width = len(ACTIVITIES)
    return Kinds(found[:, :width], found[:, width:], pd.Series(code.ravel(), index=codes, dtype=np.int64))


def _grouped(codes: pd.Index) -> tuple[Flags, Flags]:
    """Groups that codes name themselves; several with semicolons between them are those it may belong to."""
    parts = pd.Series(codes.astype(str), index=range(len(codes))).str.split(";").explode().str.strip()
    activity, industry = (
        np.zeros((len(codes), len(names)), dtype=bool) for names in (ACTIVITIES, INDUSTRIES)
    )
    for flags, names in ((activity, ACTIVITIES), (industry, INDUSTRIES)):
        place = pd.Index(names).get_indexer(parts)
        flags[parts.index[place >= 0], place[place >= 0]] = True
    activity[industry.any(axis=1), MANUFACTURING] = True
    industry[activity[:, MANUFACTURING] & ~industry.any(axis=1)] = True
    strange = parts[~parts.isin([*ACTIVITIES, *INDUSTRIES])].index
    activity[strange], industry[strange] = False, False
    return activity, industry


def _linked(
    pairs: pd.DataFrame, codes: pd.Index, classification: str, target: str, names: tuple[str, ...]
) -> Flags:
    """Which groups each code may belong to, by the tables that lead there."""
    links = _links(tuple(pairs.itertuples(index=False, name=None)), classification, target)
    flags = np.zeros((len(codes), len(names)), dtype=bool)
    flags[codes.get_indexer(links["sector"]), pd.Index(names).get_indexer(links["target"])] = True
    return flags


@lru_cache(maxsize=16)
def _links(pairs: tuple[tuple[object, object], ...], classification: str, target: str) -> pd.DataFrame:
    """Sectors with their groups; a code beside one that it contains, in one market, is refused."""
    rows = pd.DataFrame(pairs, columns=["territory", "sector"]).assign(employment=1.0)
    with warnings.catch_warnings():
        # Levels may differ: a code above several groups may belong to each of them.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = recode_sectors(rows, source=classification, target=target).split
    return found[found["target"] != REMAINDER]


def _tell_unknown(codes: pd.Index, rows: pd.DataFrame, classification: str) -> None:
    if not len(codes):
        return
    if rows.loc[rows["territory"] != _WHOLE, "sector"].isin([*codes, ANY_SECTOR]).all():
        raise LayerError(
            message(
                "sector: none of the {count} codes ({values}) is one of “{classification}”. Name their classification.",
                count=len(codes),
                values=listing(sorted(map(str, codes))),
                classification=classification,
            )
        )
    warnings.warn(
        GeoterritorioWarning(
            message(
                "{count} codes of sectors are none of “{classification}”: {values}. Their jobs may be of any industry, "
                "which can leave steps unknown. Correct them; remove rows that are totals.",
                count=len(codes),
                classification=classification,
                values=listing(sorted(map(str, codes))),
            )
        ),
        stacklevel=6,
    )


def refuse_edition(table: pd.DataFrame, classification: str) -> None:
    """
    Refusal of a table that says its codes are those of another classification, or edition.

    Parameters
    ----------
    table
        With a column `classification`, or without.
    classification
        What its codes are read as.
    """
    if "classification" in table.columns and classification != GROUPS:
        refuse_other(table["classification"], classification)


def checked(jobs: pd.DataFrame, name: str, *, keys: tuple[str, ...]) -> pd.DataFrame:
    """
    Rows of a table of jobs with numbers in their columns.

    Parameters
    ----------
    jobs
        The table.
    name
        What it is called in refusals.
    keys
        Columns that it must have besides `employment`.

    Returns
    -------
    rows
        With `low` and `high` (jobs), `units_low` and `units_high`, `size_class`.

    Raises
    ------
    LayerError
        With everything that is wrong.
    """
    absent = [c for c in (*keys, "employment") if c not in jobs.columns]
    if absent:
        raise LayerError(message("{layer}: no column “{column}”.", layer=name, column="”, “".join(absent)))
    refuse_periods(jobs, name)
    rows = jobs[[*keys]].astype(object).reset_index(drop=True)
    # A reference has no market; what belongs to none is left out as it would be of any table.
    rows["size_class"] = jobs["size_class"].to_numpy(dtype=object) if "size_class" in jobs else None
    problems: list[Message] = []
    for column, low, high in (("employment", "low", "high"), ("establishments", "units_low", "units_high")):
        value, least, most = (_numbers(jobs, c, name) for c in (column, f"{column}_low", f"{column}_high"))
        missing = np.isnan(value)
        rows[low] = np.where(missing, np.nan_to_num(least), value)
        rows[high] = np.where(missing, np.where(np.isnan(most), np.inf, most), value)
        wrong = int(((rows[low] < 0) | (rows[low] > rows[high])).sum())
        if wrong:
            problems.append(
                message(
                    "{layer}: {count} rows whose {column} is below 0, or at least more than at most. Correct them.",
                    layer=name,
                    count=wrong,
                    column=column,
                )
            )
    if problems:
        raise LayerError(problems)
    return rows


def _numbers(frame: pd.DataFrame, column: str, name: str) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    values, bound = frame[column], column.endswith(("_low", "_high"))
    if bound:
        # Layers that are not asked for bounds have them as they stand in the file.
        read = pd.to_numeric(values, errors="coerce")
        values = read if read.notna().equals(values.notna()) else values
    # What is below 0 is told of the row.
    found = amounts(values, f"{name}: {column}", signed=True, endless=column.endswith("_high"))
    return np.asarray(found, dtype=np.float64)


def ranges_of(rows: pd.DataFrame, rules: DistrictRules, *, whole: bool) -> Codes:
    """
    Range of size classes of each row.

    Parameters
    ----------
    rows
        As `checked` returns them.
    rules
        Ends of the classes, and whose jobs they are about.
    whole
        Whether rows are totals of a whole, of which nothing follows for the sizes of those in it.

    Returns
    -------
    ranges
        Position in `size_ranges`.

    Raises
    ------
    LayerError
        If a size class says no numbers.
    """
    low, high = class_bounds(rows["size_class"])
    given = rows["size_class"].notna().to_numpy()
    dumb = rows.loc[given & np.isnan(low), "size_class"]
    if len(dumb):
        raise LayerError(
            message(
                "size_class: {count} rows whose class says no number of jobs: {values}. Write it in numbers, such as "
                "10-49, or as small, medium or large.",
                count=len(dumb),
                values=listing(sorted(map(str, dumb.unique()))),
            )
        )
    low, high = np.where(given, low, 0.0), np.where(given, high, np.inf)
    if rules.size_of == "plant" and not whole:
        # No plant is larger than all the jobs of its cell, and a single one is as large as these.
        alone = (rows["units_low"] == 1) & (rows["units_high"] == 1)
        high = np.minimum(high, np.maximum(rows["high"], low))
        low = np.where(alone, np.clip(rows["low"], low, high), low)
    ends = np.array(rules.ends) + 1
    first, last = (np.searchsorted(ends, v, side="right") for v in (low, high))
    ranges = size_ranges(len(ends) + 1)
    position = np.zeros((len(ends) + 1, len(ends) + 1), dtype=np.int64)
    position[ranges[:, 0], ranges[:, 1]] = np.arange(len(ranges))
    return position[first, np.maximum(first, last)]


def places_of(
    rows: pd.DataFrame, kinds: Kinds, rules: DistrictRules, markets: pd.Index | None
) -> tuple[Codes, tuple[int, int]]:
    """
    Cell of each row.

    Parameters
    ----------
    rows
        As `checked` returns them.
    kinds
        Kinds of their sectors.
    rules
        Ends of size classes.
    markets
        Markets wanted, each even if it has no row; None makes a whole of all rows.

    Returns
    -------
    places
        Number of the cell, kinds outside and ranges inside; −1 where the sector has no kind.
    shape
        How many markets, and cells of each.
    """
    size = ranges_of(rows, rules, whole=markets is None)
    width = len(size_ranges(len(rules.classes)))
    number = 1 if markets is None else len(markets)
    market = np.zeros(len(rows), np.int64) if markets is None else markets.get_indexer(rows["territory"])
    kind = kinds.of.reindex(rows["sector"]).fillna(-1).to_numpy(dtype=np.int64)
    cell = (market * len(kinds.activity) + kind) * width + size
    return np.where(kind < 0, -1, cell), (number, len(kinds.activity) * width)


def cells_of(rows: pd.DataFrame, kinds: Kinds, rules: DistrictRules, markets: pd.Index | None) -> Cells:
    """Cells of a table of jobs as `checked` returns it: markets by cells; None makes a whole of all rows."""
    cell, shape = places_of(rows, kinds, rules, markets)
    inside = cell >= 0
    return Cells(
        *(
            np.bincount(
                cell[inside], rows.loc[inside, c].to_numpy(dtype=float), minlength=shape[0] * shape[1]
            )
            .reshape(shape)
            .astype(np.float64)
            for c in ("low", "high", "units_low", "units_high")
        )
    )


def both_kinds(jobs: pd.DataFrame, reference: pd.DataFrame | None, classification: str) -> Kinds:
    """Kinds of the sectors of a table and of the whole it is compared with."""
    own = jobs[["territory", "sector"]].astype(object)
    if reference is None:
        return kinds_of(own, classification)
    whole = reference[["sector"]].astype(object).assign(territory=_WHOLE)
    return kinds_of(pd.concat([own, whole], ignore_index=True), classification)


def sized_jobs(firms: pd.DataFrame, rules: DistrictRules) -> tuple[pd.DataFrame, Codes, Floats]:
    """
    Jobs of a register by market, sector and size class.

    Parameters
    ----------
    firms
        Establishments: `territory`, `sector`, `employment`, and `group` where enterprises make the size.
    rules
        Ends of the classes, and whose jobs make them.

    Returns
    -------
    jobs
        Table by `territory`, `sector`, `size_class` with `employment` and `establishments` (of enterprises: how many
        there are in the market and sector). Where jobs of plants are not stated, rows of their own without size class
        have jobs of `employment_low` or more; where their sector is not, it is any.
    row
        Row of the table of each establishment; −1 of those in no market.
    unit
        What part of a unit each establishment is; 1 where plants make the size.

    Raises
    ------
    LayerError
        A needed column is missing.
    """
    needed = ["territory", "sector", "employment", *(["group"] if rules.size_of == "enterprise" else [])]
    absent = [c for c in needed if c not in firms.columns]
    if absent:
        raise LayerError(
            message(
                "firms: no column “{column}”, without which their sizes are not known. Name it, or let plants make "
                "the size.",
                column="”, “".join(absent),
            )
        )
    refuse_edition(firms, rules.classification)
    refuse_periods(firms, "firms")
    table = pd.DataFrame({c: firms[c].to_numpy() for c in needed})
    table["employment"] = amounts(table["employment"], "firms: employment")
    usable = table["territory"].notna().to_numpy()
    _tell_unusable(table, usable)
    table, where = table[usable], np.flatnonzero(usable)
    table = table.assign(sector=table["sector"].astype(object).where(table["sector"].notna(), ANY_SECTOR))
    size, unit = table["employment"].to_numpy(), np.ones(len(table))
    if rules.size_of == "enterprise":
        size, unit = _of_enterprises(table, where, rules)
    classes = np.array([*rules.classes, None], dtype=object)
    label = np.searchsorted(np.array(rules.ends) + 1, size, side="right")
    table = table.assign(size_class=classes[np.where(np.isnan(size), -1, label)], establishments=unit)
    # Plants without jobs are counted apart, or they would hide those of the others.
    groups = table.groupby(
        ["territory", "sector", "size_class", table["employment"].isna()], sort=True, dropna=False
    )
    sums = (
        groups[["employment", "establishments"]]
        .sum()
        .reset_index(names=["territory", "sector", "size_class", "open"])
    )
    row = np.full(len(firms), -1, dtype=np.int64)
    row[where] = groups.ngroup().to_numpy()
    units = np.ones(len(firms))
    units[where] = unit
    return _with_open(sums), row, units


def _with_open(sums: pd.DataFrame) -> pd.DataFrame:
    """Table in which jobs that are not stated are missing, and not nothing."""
    open_ = sums["open"].to_numpy(dtype=bool)
    jobs = sums.drop(columns="open")
    return jobs.assign(employment=jobs["employment"].where(~open_)) if open_.any() else jobs


def _of_enterprises(table: pd.DataFrame, where: Codes, rules: DistrictRules) -> tuple[Floats, Floats]:
    """Jobs of each plant's enterprise, missing where those of one of its plants are, and its part of a firm."""
    own = table["group"].notna().to_numpy()
    _tell_groups(table["group"])
    name = table["group"].astype(object).where(own, where.astype(str)) + np.where(own, "", " alone")
    jobs = table.groupby(name)["employment"]
    size = jobs.transform("sum").where(jobs.transform("count") == jobs.transform("size"))
    # An enterprise with several plants of one industry in one market is one firm there.
    kind = kinds_of(table, rules.classification).of.reindex(table["sector"]).to_numpy()
    part = 1 / table.assign(one=1).groupby([name, "territory", kind], dropna=False)["one"].transform("size")
    return size.to_numpy(), part.to_numpy()


def _tell_groups(groups: pd.Series) -> None:
    """Refusal of enterprises without a name, which would be one; and what it means if none has two plants."""
    blank = int((groups.dropna().astype(str).str.strip() == "").sum())
    if blank:
        raise LayerError(
            message(
                "firms: {count} rows whose group is an empty text, which would make them one enterprise. Leave it "
                "missing where an establishment has none.",
                count=blank,
            )
        )
    if groups.dropna().is_unique:
        text = message(
            "firms: no enterprise has more than one establishment ({count} of {number} have a group), so sizes of "
            "enterprises are those of their plants. Fill the column group, or let plants make the size.",
            count=int(groups.notna().sum()),
            number=len(groups),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _tell_unusable(table: pd.DataFrame, usable: Flags) -> None:
    lost = table[usable]
    told = (
        message("{count} establishments lie in no market and are left out.", count=int((~usable).sum())),
        message(
            "{count} establishments have no sector: their jobs may be of any industry, which can leave steps unknown.",
            count=int(lost["sector"].isna().sum()),
        ),
        message(
            "{count} establishments have no jobs stated: these may be any number, which can leave steps unknown.",
            count=int(lost["employment"].isna().sum()),
        ),
    )
    for text in told:
        if text.values["count"]:
            warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    if not lost[["sector", "employment"]].notna().all(axis=1).any():
        raise LayerError(message("firms: none has a market, a sector and jobs."))
