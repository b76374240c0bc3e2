"""How much of a territory's work rests on technology and knowledge?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import CellBounds, Whole
from geoterritorio.errors import LayerError, message
from geoterritorio.identification.cluster_quotients import Sizes, quotients_of, sound_sizes, sound_whole
from geoterritorio.identification.cures import KNOWLEDGE
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.registry import Level

Floats = npt.NDArray[np.float64]
# What Eurostat puts together: all knowledge-intensive services, and high technology in both.
TOGETHER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kis": ("kis_high_tech", "kis_market", "kis_financial", "kis_other"),
        "high_technology": ("high_tech", "kis_high_tech"),
    }
)
# Fewer effective establishments than these say little, whatever the interval.
_FEW = 5
_SHORT, _HIDDEN = "codes too short", "withheld cells"


def knowledge_content(
    sizes: Sizes,
    classes: pd.DataFrame,
    bounds: CellBounds | None = None,
    *,
    reference: Whole | None = None,
    value_added: pd.DataFrame | None = None,
    level: Level = 0.95,
) -> pd.DataFrame:
    """
    Jobs in groups of technology and knowledge, with intervals.

    Parameters
    ----------
    sizes
        Jobs and establishments, territories by sectors.
    classes
        `sector` and `class`; a sector in several rows has too short a code to say to which it belongs.
    bounds
        Least and most that withheld cells can hold; None takes 0 and no limit.
    reference
        Totals by sector of the whole; None takes the table's own sums.
    value_added
        Value added, territories by sectors.
    level
        Level of the intervals.

    Returns
    -------
    content
        One row per territory and class, and for what Eurostat puts together (`TOGETHER`): `employment`,
        `employment_low`, `employment_high`, `establishments`, `share`, `share_low`, `share_high`, `lq`, `low`, `high`,
        `q`, `certainty`, `productivity`, `relative_productivity`, `reason` and `cure`.

    Raises
    ------
    LayerError
        If none of the sectors has a class, or figures are texts, infinite or negative.

    Notes
    -----
    Where a sector's code is too short (division 30 holds high, medium-high and medium-low technology), its jobs may
    belong to the class or not: `employment_low` leaves them out, `employment_high` has them in, and quotient and
    productivity stay unknown. Withheld cells lie between their bounds in the same way, and the share between
    `share_low` and `share_high`, the ends of S / (S + N), with S jobs of the class and N others of the territory.
    Relative productivity is that of the territory over that of all territories together, in the same class.

    Examples
    --------
    >>> jobs = pd.DataFrame({"26.5": [30.0, 10], "10.1": [70.0, 190]}, index=["A", "B"])
    >>> classes = pd.DataFrame({"sector": ["26.5", "10.1"], "class": ["high_tech", "low_tech"]})
    >>> found = knowledge_content(Sizes(jobs), classes)
    >>> found.loc[found["class"] == "high_tech", ["territory", "share", "lq"]].values.tolist()
    [['A', 0.3, 2.25], ['B', 0.05, 0.375]]
    """
    sizes = sound_sizes(sizes)
    sound_whole(reference)
    value_added = None if value_added is None else amounts(value_added, "value_added", signed=True)
    table = sizes.amount
    known = classes[classes["sector"].isin(table.columns)]
    if known.empty:
        raise LayerError(
            message(
                "None of the sectors belongs to a group of technology or knowledge, for example {values}. These groups "
                "are of NACE Rev. 2: recode other classifications first.",
                values=listing(sorted(table.columns)),
            )
        )
    names = [*dict.fromkeys(known["class"]), *TOGETHER]
    sure, maybe = _members(known, names, table.columns)
    core = pd.DataFrame(
        [(s, n) for k, n in enumerate(names) for s in table.columns[sure[:, k] > 0]],
        columns=["sector", "group"],
    )
    used = [n for k, n in enumerate(names) if sure[:, k].any() or maybe[:, k].any()]
    ends = _ends(table, bounds)
    parts = [
        _rows(n, sizes, (sure, maybe), names.index(n), core, (ends, reference, value_added, level))
        for n in used
    ]
    result = pd.concat(parts, ignore_index=True)
    result["q"], result["certainty"] = _told(result, level)
    return result


def _members(known: pd.DataFrame, names: list[str], sectors: pd.Index) -> tuple[Floats, Floats]:
    """Sectors that surely belong to each class, and those that may."""
    pairs = crossed(known["sector"], known["class"]).reindex(index=sectors, fill_value=0) > 0
    several = pairs.sum(axis=1) > 1
    columns, options = [], []
    for name in names:
        inside = [c for c in TOGETHER.get(name, (name,)) if c in pairs.columns]
        within = pairs[inside].any(axis=1)
        whole = within & ~pairs.drop(columns=inside).any(axis=1)
        columns.append(whole & (~several | (name in TOGETHER)))
        options.append(within & ~columns[-1])
    return np.column_stack(columns).astype(float), np.column_stack(options).astype(float)


def _rows(
    name: str,
    sizes: Sizes,
    members: tuple[Floats, Floats],
    k: int,
    core: pd.DataFrame,
    given: tuple[tuple[Floats, Floats], Whole | None, pd.DataFrame | None, float],
) -> pd.DataFrame:
    ends, reference, value_added, level = given
    table = sizes.amount
    sure, maybe = members[0][:, k] > 0, members[1][:, k] > 0
    hidden = table.isna().to_numpy()
    least, most = ends[0][:, sure].sum(axis=1), ends[1][:, sure | maybe].sum(axis=1)
    gap = hidden[:, sure | maybe].any(axis=1)
    short = bool(maybe.any())
    jobs = np.where(gap | (least < most), np.nan, least)
    rows = table.sum(axis=1, skipna=False).to_numpy(np.float64)
    amount = "establishments" if sizes.plants else "employment"
    frame = pd.DataFrame({"territory": table.index, "class": name, amount: jobs})
    frame[f"{amount}_low"], frame[f"{amount}_high"] = least, np.where(np.isfinite(most), most, np.nan)
    if sizes.establishments is not None and not sizes.plants:
        plants = sizes.establishments.loc[:, sure].sum(axis=1, skipna=False).to_numpy(np.float64)
        frame["establishments"] = np.where(short, np.nan, plants)
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["share"] = jobs / np.where(rows > 0, rows, np.nan)
    frame["share_low"], frame["share_high"] = _share_ends(ends, sure, maybe)
    empty = np.full(len(table), np.nan)
    told = dict.fromkeys(("lq", "low", "high", "p", "effective"), empty)
    if not short and sure.any():
        found = quotients_of(sizes, core, [name], reference, level=level)
        told = {c: found[c][:, 0] for c in told}
    frame = frame.assign(**told)
    frame["productivity"], frame["relative_productivity"] = _productivity(value_added, table, sure, jobs)
    # Without a reference the whole is the table's own sums, which lack what is withheld anywhere.
    open_ = hidden.any() and reference is None
    frame["reason"] = np.select(
        [gap | np.isnan(rows), least < most, np.full(len(table), open_)], [_HIDDEN, _SHORT, _HIDDEN], ""
    )
    frame["cure"] = frame["reason"].map(KNOWLEDGE).fillna("")
    return frame


def _ends(table: pd.DataFrame, bounds: CellBounds | None) -> tuple[Floats, Floats]:
    """The least and the most each cell can hold."""
    values = table.to_numpy(np.float64)
    hidden = np.isnan(values)
    if bounds is None:
        return np.where(hidden, 0.0, values), np.where(hidden, np.inf, values)
    low, high = (t.reindex_like(table).to_numpy(np.float64) for t in (bounds.low, bounds.high))
    return (
        np.where(hidden, np.nan_to_num(low), values),
        np.where(hidden, np.where(np.isnan(high), np.inf, high), values),
    )


def _share_ends(
    ends: tuple[Floats, Floats], sure: npt.NDArray[np.bool_], maybe: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """The least and the largest share of a class: its jobs fewest among most others, and most among fewest."""
    low, high = ends
    inside = sure | maybe
    least, most = low[:, sure].sum(axis=1), high[:, inside].sum(axis=1)
    others_most, others_least = high[:, ~sure].sum(axis=1), low[:, ~inside].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        smallest = np.where(least > 0, least / (least + others_most), 0.0)
        largest = np.where(np.isfinite(most), most / (most + others_least), 1.0)
    # Where nobody surely works there is no share to bound.
    empty = high.sum(axis=1) == 0
    return np.where(empty, np.nan, smallest), np.where(empty, np.nan, largest)


def _productivity(
    value_added: pd.DataFrame | None, table: pd.DataFrame, sure: npt.NDArray[np.bool_], jobs: Floats
) -> tuple[Floats, Floats]:
    if value_added is None:
        empty = np.full(len(table), np.nan)
        return empty, empty
    wide = value_added.reindex(index=table.index, columns=table.columns)
    # Without jobs there is no value added, said or unsaid.
    part = (
        wide.where(wide.notna() | (table != 0), 0.0)
        .loc[:, sure]
        .sum(axis=1, skipna=False)
        .to_numpy(np.float64)
    )
    known = ~np.isnan(part) & ~np.isnan(jobs)
    with np.errstate(divide="ignore", invalid="ignore"):
        mine = part / np.where(jobs > 0, jobs, np.nan)
        everywhere = part[known].sum() / jobs[known].sum()
    return mine, mine / everywhere


def _told(result: pd.DataFrame, level: float) -> tuple[Floats, list[str]]:
    """Q over all cells, and the word for each."""
    p = result["p"].to_numpy(np.float64)
    q = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    low, high = result["low"].to_numpy(), result["high"].to_numpy()
    sure = q <= 1 - level
    few = result["effective"].to_numpy() < _FEW
    words = np.select(
        [result["reason"] == _HIDDEN, ~tested, sure & (high < 1), few, sure & (low > 1)],
        ["withheld", "untested", "low", "few", "high"],
        "unclear",
    )
    return q, words.tolist()
