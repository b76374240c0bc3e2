"""Every figure that the steps of districts ask for, of all markets at once, and of replicates of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoterritorio.identification._district_cells import (
    AGRICULTURE,
    MANUFACTURING,
    Cells,
    Flags,
    Kinds,
    size_ranges,
)
from geoterritorio.identification._ranges import Range, counted, excess, quotient, share
from geoterritorio.identification.district_rules import DistrictRules

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """Which cells belong to each sum: surely, and perhaps; rows are sums."""

    surely: Flags
    perhaps: Flags

    def __and__(self, other: Sums) -> Sums:
        return Sums(self.surely & other.surely, self.perhaps & other.perhaps)

    def without(self) -> Sums:
        """Everything that is not in each sum."""
        return Sums(~self.perhaps, ~self.surely)


@dataclass(frozen=True)
class Plan:
    """Sums that the account of some kinds and size classes needs."""

    activities: Sums
    manufacturing: Sums
    industries: Sums
    sizes: Sums
    smaller: Sums
    industry_sizes: Sums
    industry_smaller: Sums
    below_medium: Sums
    medium: Sums
    farming: Sums
    everything: Sums


@dataclass(frozen=True)
class Account:
    """
    Figures of markets; the last axes are those of the names, before them markets, before them replicates.

    Parameters
    ----------
    jobs
        All jobs.
    activity_jobs, activity_units, activity_quotient, activity_excess
        By activity.
    making, making_whole
        Share of manufacturing here and in the whole.
    size_jobs, size_quotient
        By size class, within manufacturing.
    smaller, smaller_whole
        Share of small and medium firms in manufacturing here and in the whole.
    industry_jobs, industry_units, industry_quotient, industry_excess, industry_share
        By main industry; the share is that of manufacturing.
    industry_size_jobs
        By main industry and size class.
    industry_smaller, industry_small
        Share of small and medium firms, and of small ones, in the jobs of each industry.
    small_jobs, medium_jobs, medium_units
        By main industry: jobs of the firms below medium, of medium ones, and how many these are.
    manufacturing_units, manufacturing_units_whole
        Units in manufacturing here, and in the whole.
    """

    jobs: Range
    activity_jobs: Range
    activity_units: Range
    activity_quotient: Range
    activity_excess: Range
    making: Range
    making_whole: Range
    size_jobs: Range
    size_units: Range
    size_quotient: Range
    smaller: Range
    smaller_whole: Range
    industry_jobs: Range
    industry_units: Range
    industry_quotient: Range
    industry_excess: Range
    industry_share: Range
    industry_size_jobs: Range
    industry_smaller: Range
    industry_small: Range
    small_jobs: Range
    medium_jobs: Range
    medium_units: Range
    manufacturing_units: Range
    manufacturing_units_whole: Range


def plan(kinds: Kinds, rules: DistrictRules) -> Plan:
    """Sums over the cells of these kinds and size classes."""
    activities = _of_kinds(kinds.activity, rules)
    industries = _of_kinds(kinds.industry, rules)
    making = Sums(activities.surely[[MANUFACTURING]], activities.perhaps[[MANUFACTURING]])
    industries = industries & making
    ranges = size_ranges(len(rules.classes))
    classes = np.arange(len(rules.classes))
    within = (ranges[:, 0] <= classes[:, None]) & (ranges[:, 1] >= classes[:, None])
    alone = within & (ranges[:, 0] == ranges[:, 1])
    sizes = _of_ranges(alone, within, kinds)
    smaller = _upto(ranges, len(classes) - 2, kinds)
    below = _upto(ranges, len(classes) - 3, kinds)
    medium = Sums(sizes.surely[[-2]], sizes.perhaps[[-2]])
    every = np.ones((1, activities.surely.shape[1]), dtype=bool)
    both = Sums(
        (industries.surely[:, None] & sizes.surely[None]).reshape(-1, every.shape[1]),
        (industries.perhaps[:, None] & sizes.perhaps[None]).reshape(-1, every.shape[1]),
    )
    return Plan(
        activities=activities,
        manufacturing=making,
        industries=industries,
        sizes=sizes & making,
        smaller=smaller & making,
        industry_sizes=both,
        industry_smaller=industries & smaller,
        below_medium=industries & below,
        medium=industries & medium,
        farming=Sums(activities.surely[[AGRICULTURE]], activities.perhaps[[AGRICULTURE]]),
        everything=Sums(every, every),
    )


def _of_kinds(flags: Flags, rules: DistrictRules) -> Sums:
    """Sums of groups of sectors over the cells, which have every range of sizes for each kind."""
    width = len(size_ranges(len(rules.classes)))
    perhaps = np.repeat(flags.T, width, axis=1)
    surely = np.repeat((flags & (flags.sum(axis=1, keepdims=True) == 1)).T, width, axis=1)
    return Sums(surely, perhaps)


def _of_ranges(surely: Flags, perhaps: Flags, kinds: Kinds) -> Sums:
    number = len(kinds.activity)
    return Sums(np.tile(surely, number), np.tile(perhaps, number))


def _upto(ranges: npt.NDArray[np.int64], last: int, kinds: Kinds) -> Sums:
    """Sum of the size classes up to one."""
    return _of_ranges((ranges[:, 1] <= last)[None], (ranges[:, 0] <= last)[None], kinds)


def account(cells: Cells, whole: Cells | None, sums: Plan, rules: DistrictRules) -> Account:
    """
    Figures of all markets.

    Parameters
    ----------
    cells
        Markets by cells; perhaps replicates before them.
    whole
        What they are compared with; None takes all markets together.
    sums
        Which cells make each sum.
    rules
        What shares are taken of.

    Returns
    -------
    account
        The figures.
    """
    beyond = cells.summed() if whole is None else whole
    everything, making = sums.everything, sums.manufacturing
    base = Sums(~sums.farming.perhaps, ~sums.farming.surely) if rules.without_agriculture else everything
    inner = making if rules.industry_whole == "manufacturing" else everything
    activity = _compared(cells, beyond, sums.activities, everything)
    industry = _compared(cells, beyond, sums.industries, inner)
    size = _compared(cells, beyond, sums.sizes, making)
    share_of = _share(cells, sums.industries, making)
    smaller, smaller_whole = (_share(c, sums.smaller, making)[..., 0] for c in (cells, beyond))
    industry_sizes = _jobs(cells, sums.industry_sizes)
    shape = (*industry_sizes.low.shape[:-1], sums.industries.surely.shape[0], -1)
    return Account(
        jobs=_jobs(cells, everything)[..., 0],
        activity_jobs=activity[0],
        activity_units=_units(cells, sums.activities),
        activity_quotient=activity[1],
        activity_excess=activity[2],
        making=_share(cells, making, base)[..., 0],
        making_whole=_share(beyond, making, base)[..., 0],
        size_jobs=size[0],
        size_units=_units(cells, sums.sizes),
        size_quotient=size[1],
        smaller=smaller,
        smaller_whole=smaller_whole,
        industry_jobs=industry[0],
        industry_units=_units(cells, sums.industries),
        industry_quotient=industry[1],
        industry_excess=industry[2],
        industry_share=share_of,
        industry_size_jobs=Range(industry_sizes.low.reshape(shape), industry_sizes.high.reshape(shape)),
        industry_smaller=_inner_share(cells, sums.industry_smaller, sums.industries),
        industry_small=_inner_share(cells, sums.below_medium, sums.industries),
        small_jobs=_jobs(cells, sums.below_medium),
        medium_jobs=_jobs(cells, sums.medium),
        medium_units=_medium(cells, sums, rules),
        manufacturing_units=_units(cells, making)[..., 0],
        manufacturing_units_whole=_units(beyond, making)[..., 0],
    )


def _jobs(cells: Cells, sums: Sums) -> Range:
    return counted(cells.low, cells.high, sums.surely, sums.perhaps)


def _units(cells: Cells, sums: Sums) -> Range:
    return counted(cells.units_low, cells.units_high, sums.surely, sums.perhaps)


def _parts(cells: Cells, sums: Sums, base: Sums) -> tuple[Range, Range]:
    """Jobs in each sum and in the rest of the base."""
    return _jobs(cells, sums & base), _jobs(cells, sums.without() & base)


def _share(cells: Cells, sums: Sums, base: Sums) -> Range:
    return share(*_parts(cells, sums, base))


def _inner_share(cells: Cells, parts: Sums, wholes: Sums) -> Range:
    """Share of each part in a whole of its own."""
    return share(_jobs(cells, parts), _jobs(cells, parts.without() & wholes))


def _compared(cells: Cells, whole: Cells, sums: Sums, base: Sums) -> tuple[Range, Range, Range]:
    """Jobs, quotient and excess of each sum within the base."""
    part, rest = _parts(cells, sums, base)
    there = _share(whole, sums, base)
    return part, quotient(share(part, rest), there), excess(part, rest, there)


def _medium(cells: Cells, sums: Plan, rules: DistrictRules) -> Range:
    """How many medium firms each industry has; of plants their jobs bound that too."""
    told = _units(cells, sums.medium)
    if rules.size_of != "plant":
        return told
    jobs, least = _jobs(cells, sums.medium), rules.ends[-2] + 1
    fewest = np.ceil(jobs.low / rules.medium - 1e-9)
    most = np.floor(jobs.high / least + 1e-9)
    return Range(
        np.maximum(told.low, np.minimum(fewest, told.high)), np.maximum(np.minimum(told.high, most), told.low)
    )
